/* What staff change of the knowledge in their room, seen from a daemon: it follows the revisions in
 * the store, whichever process they came from, and reads proposals for the handlers. */
#ifndef ZAIDE_COMMANDS_LIVE_H
#define ZAIDE_COMMANDS_LIVE_H

#include "bot/commands/setup.h"

struct live {
    struct setup *setup; /* NULL: it is over */
    struct timer *timer;
    uint64_t asked, seen; /* overlay_wanted: of what is being read, and was read last */
    bool is_reading;
    void (*changed)(void *arg); /* setup->overlay is another one: read the knowledge again */
    void *arg;
};

/* `l` outlives the engine. */
void live_start(struct live *l, struct setup *setup, void (*changed)(void *arg), void *arg);
void live_stop(struct live *l); /* before the setup is released */

#endif
