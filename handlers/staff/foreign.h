/* Words of an agent that lead elsewhere: a link to a host that is none of ours, an address. They
 * wait for a second press, by whoever wrote them; the same words typed once more are one, too.
 * Pure. */
#ifndef ZAIDE_HANDLERS_STAFF_FOREIGN_H
#define ZAIDE_HANDLERS_STAFF_FOREIGN_H

#include "bot/ports/handler.h"

/* The first link or address of the event's content that is on no list of ours; NULL: there is none.
 */
const char *foreign_in(const struct turn *t);

/* The event's words may go out: they hold nothing foreign, or were confirmed. Else they are kept
 * and the writer is asked. */
bool foreign_may_go(const struct turn *t, struct effects *e);

#endif
