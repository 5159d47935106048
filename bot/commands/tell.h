/* What a command tells a subject (EVENT_TOLD), as another subject would. */
#ifndef ZAIDE_COMMANDS_TELL_H
#define ZAIDE_COMMANDS_TELL_H

#include "bot/commands/setup.h"

/* `n` is different in each call of one process. `done` once it is committed. */
void tell_subject(struct setup *s, size_t n, const char *subject, const char *data,
                  void (*done)(void *arg), void *arg);

#endif
