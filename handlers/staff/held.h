/* An agent's words in a case that nobody has claimed: kept until somebody sends them or keeps them
 * as a note. They are the line they were written as, so that edits, replies and deletions find what
 * the customer got. Pure. */
#ifndef ZAIDE_HANDLERS_STAFF_HELD_H
#define ZAIDE_HANDLERS_STAFF_HELD_H

#include "handlers/staff/canned.h"

/* The event's message; asks what to do with it, or says why it is not kept. */
void held_keep(const struct turn *t, struct effects *e);
/* The same without a word: NULL, or the phrase why not. */
const char *held_store(const struct turn *t, struct effects *e);
/* The buttons that decide, under `said`. */
void held_ask(const struct turn *t, struct effects *e, struct effect *said, int64_t line);
/* The event is an edit: of one that is held? Then it is made. */
bool held_change(const struct turn *t, struct effects *e);

/* By line. false: it was decided before. */
bool held_is(const struct turn *t, int64_t line);
bool held_drop(const struct turn *t, struct effects *e, int64_t line);
/* As the speaker's answer; else he was told why not. */
bool held_send(const struct canned *canned, const struct turn *t, struct effects *e, int64_t line);
/* All: words that nobody decided about do not go out with the next case. */
void held_forget(const struct turn *t, struct effects *e);

#endif
