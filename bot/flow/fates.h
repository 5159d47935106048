/* Reads what became of the words to a customer: from the outbox, the transcript and the pauses that
 * the platform asked for. */
#ifndef ZAIDE_FLOW_FATES_H
#define ZAIDE_FLOW_FATES_H

#include "bot/model/fate.h"
#include "bot/ports/store.h"

/* Of all that concerns lines from `from_line` on. They live in `a`, which must outlive the reading;
 * NULL: the store went away. */
void fates_read(struct store *store, struct arena *a, const char *conversation, int64_t from_line,
                int64_t now_ms, void (*done)(void *arg, const struct fates *fates), void *arg);

#endif
