/* What a command has to say to a subject. */
#ifndef ZAIDE_COMMANDS_TELL_H
#define ZAIDE_COMMANDS_TELL_H

#include "bot/commands/setup.h"

/* As another subject would (EVENT_TOLD). `n` is different in each call of one process. `done` once
 * it is committed. */
void tell_subject(struct setup *s, size_t n, const char *subject, const char *data,
                  void (*done)(void *arg), void *arg);
/* As this agent would by typing. The command ends with it: what is shown is printed, and what is
 * denied makes the exit status. */
void tell_typed(struct setup *s, const char *agent, const char *subject, const char *text);
/* False: nobody is called that, which is said, and ends the command. */
bool tell_may_be(struct setup *s, const char *agent);

#endif
