/* Which process polls and sends for an account: a lease in the store, renewed while it is held. Its
 * holder stops before the lease could end on its own monotonic clock, so two never send at once
 * even when one of them hangs. */
#ifndef ZAIDE_FLOW_LEASE_H
#define ZAIDE_FLOW_LEASE_H

#include "bot/io/loop.h"
#include "bot/ports/store.h"

struct lease;

/* on_change(epoch): ours from now on under this epoch; 0: no longer. `holder` names this process
 * and start. */
struct lease *lease_new(struct loop *loop, struct store *store, const char *account,
                        const char *holder, void (*on_change)(void *arg, int64_t epoch), void *arg);
void lease_ask(struct lease *l); /* now, as when the store is back */
/* The process goes down: what it holds it keeps, renewed in time, until lease_drop; it never takes
 * it anew. */
void lease_retire(struct lease *l);
void lease_drop(struct lease *l); /* give it up for good: another process may have it at once */
void lease_free(struct lease *l); /* after the store */

#define LEASE_TTL_MS    10000
#define LEASE_RENEW_MS  3000
#define LEASE_MARGIN_MS 2000

#endif
