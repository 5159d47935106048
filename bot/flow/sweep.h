/* Looks through the partitions for what is due: timers, entries committed elsewhere, tells, open
 * cases that changed. A partition is looked at within a second, and at once when somebody rang. */
#ifndef ZAIDE_FLOW_SWEEP_H
#define ZAIDE_FLOW_SWEEP_H

#include "bot/io/loop.h"
#include "bot/ports/store.h"

struct sweep;

struct sweep_ports {
    struct store *store;
    size_t (*streams)(void *arg, unsigned partition, struct poll_stream *out, size_t max);
    void (*polled)(void *arg, unsigned partition, const struct polled *polled);
    void *arg;
};

/* Without a loop (talks) nothing happens by itself: call sweep_all. */
struct sweep *sweep_new(struct loop *loop, const struct sweep_ports *ports);
void sweep_free(struct sweep *s);
void sweep_look(struct sweep *s, unsigned partition); /* soon */
void sweep_all(struct sweep *s);                      /* now, every partition, open cases anew */
bool sweep_is_complete(const struct sweep *s);        /* has every partition been seen since the last sweep_all? */

#endif
