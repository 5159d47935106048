/* From effects to one commit: transcript lines, outbox entries, queue, timers. Pure. */
#ifndef ZAIDE_FLOW_TURN_H
#define ZAIDE_FLOW_TURN_H

#include "bot/model/effect.h"
#include "bot/model/facts.h"
#include "bot/ports/store.h"

/* Fill `out`; everything it points to lives in the effects' arena. */
void turn_commit(const struct effects *e, const struct conversation *before,
                 const struct facts *facts, struct commit *out);

/* The seen-bucket of events that have no number of their own: "timer:20413", by the UTC day they
 * belong to. */
const char *day_bucket(struct arena *a, const char *kind, int64_t ms);

/* The outbox stream an address belongs to: "telegram:77", or "telegram:77:-100200" for a staff
 * room. */
const char *turn_stream(struct arena *a, const struct address *to, bool is_room);

#endif
