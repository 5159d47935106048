/* An event that ends the process (a fault of ours) must not end it at every start: the platform
 * hands it in again, because it was never acknowledged. After an unclean end each event is noted in
 * DATA_DIR before its turn; one that was being worked on at two ends is deadly, and is not looked
 * into again. */
#ifndef ZAIDE_FLOW_POISON_H
#define ZAIDE_FLOW_POISON_H

#include "bot/base/buf.h"
#include "bot/model/event.h"

struct poison;

/* -1: the folder cannot be written. Was the last end unclean? Then poison_is_wary until
 * POISON_TURNS turns went well. */
MUST_USE int poison_open(struct poison **out, const char *dir, struct buf *why);
void poison_close(struct poison *p); /* a clean end; NULL is fine */

/* A name that a process keeps over its restarts, so that it gets its leases back at once: this
 * DATA_DIR's, while we are alone on it; NULL: we are not. */
const char *poison_name(const struct poison *p);

bool poison_is_wary(const struct poison *p);
bool poison_is_deadly(const struct poison *p, const struct event_id *id);
/* Before a turn; does nothing unless wary. p may be NULL, as in all below. */
void poison_begin(struct poison *p, const struct event_id *id);
void poison_end(struct poison *p); /* it went well */

#define POISON_TURNS  500
#define POISON_DEADLY 2 /* ends */

#endif
