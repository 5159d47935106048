/* The staff rooms of this process's platforms: what is missing in them, whether they take posts,
 * and the registry's list of them.
 *
 * A room is checked once a start, when our standing in it changes, when it refuses posts, and again
 * and again while something is missing (no platform tells when topics are switched on). What is
 * found goes to the room's own handler, to the log and /healthz. */
#ifndef ZAIDE_FLOW_ROOMS_H
#define ZAIDE_FLOW_ROOMS_H

#include "bot/flow/inbox.h"
#include "bot/flow/post.h"

struct rooms;

struct rooms_ports {
    struct store *store;
    struct inbox *inbox;
    const struct facts *(*facts)(void *arg);
    struct post *(*post_of)(void *arg, const struct address *at); /* NULL: another process's */
    void *arg;
};

struct rooms *rooms_new(const struct rooms_ports *ports);
void rooms_free(struct rooms *r); /* after the posts are closed: no check is under way then */

/* Every second: their entries are sent, due checks are made. */
void rooms_look_after(struct rooms *r);
/* The registry has what our settings name, and no more what they no longer name. */
void rooms_keep(struct rooms *r);

/* Our standing in this chat may have changed. */
void rooms_check_again(struct rooms *r, const struct address *at);
/* As the outbox's ports. */
void rooms_moved(struct rooms *r, const struct address *at, const char *to);
void rooms_refused(struct rooms *r, const struct address *at, enum room_act act, const char *why);

/* A member "rooms" for /healthz: "ok" or what to do, each that this process has looked at. False:
 * one takes no posts. */
bool rooms_health(struct rooms *r, struct json_writer *w);

#endif
