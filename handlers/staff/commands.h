/* What an agent may type with a slash in a case's topic. One row of a table each. Pure. */
#ifndef ZAIDE_HANDLERS_STAFF_COMMANDS_H
#define ZAIDE_HANDLERS_STAFF_COMMANDS_H

#include "bot/ports/handler.h"

/* `line` without the slash: "transfer @mia", also "claim@the_bot". An unknown command shows the
 * help. */
void commands_run(const struct turn *t, struct effects *e, const char *line);

/* The same typed in a room's General: /claim takes the case that it names, of the others it is said
 * where they belong. false: it is none of these. */
bool commands_general(const struct turn *t, struct effects *e, const char *line);

/* True: it is the speaker's now; else the speaker was told why not. */
bool commands_claim(const struct turn *t, struct effects *e);
/* The customer's dated update, every 24 h. */
void commands_pending_update(const struct turn *t, struct effects *e);

/* Answer who acted: a toast for a button, words in the topic (staff.c). staff_deny says why nothing
 * was done. */
void staff_answer(const struct turn *t, struct effects *e, bool denied, const char *key,
                  const struct fill *values, size_t n);
#define staff_say(t, e, key, ...)  staff_answer(t, e, false, key, FILLS(__VA_ARGS__))
#define staff_deny(t, e, key, ...) staff_answer(t, e, true, key, FILLS(__VA_ARGS__))
/* Has the speaker this power? Else he was told why not, a colleague who lacks it by `denial`. */
bool staff_may(const struct turn *t, struct effects *e, enum power power, const char *denial);

#endif
