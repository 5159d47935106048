/* Whose is what happens? A private chat is a conversation. In a staff room a topic belongs to one;
 * a reaction comes without its topic, so it is looked for where the one who reacts may speak: in
 * the cases that he owns. Everything else in a room is its General's. Other groups are none of
 * ours, unless they ask to become a room. */
#ifndef ZAIDE_FLOW_ROUTE_H
#define ZAIDE_FLOW_ROUTE_H

#include "bot/model/facts.h"
#include "bot/ports/store.h"

struct route {
    struct store *store;
    const struct facts *(*facts)(void *arg);
    /* The line that a message shows which went out so lately that the store may not know it; 0:
     * none. `surface`: "customer" or the room. */
    int64_t (*line_of)(void *arg, const char *conversation, const char *surface,
                       const char *message_id);
    void *arg;
};

/* Sets the event's subject (left NULL: it is none of ours) and room, and the line of what a
 * reaction was found on; what they point to lives in `a`. STORE_DOWN: nothing is known; ask again
 * when the store is back. All must live until `done`, which may come from inside. */
void route_find(const struct route *route, struct arena *a, struct event *e,
                void (*done)(void *arg, enum store_status), void *arg);

#endif
