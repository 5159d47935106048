/* An adapter at work: its lease, its outbox, and the host that it calls. Made by the engine, one
 * for each platform that is on.
 *
 * Where the platform gave a staff room's chat a new id, the room keeps the old one in everything
 * that we keep and queue: here, at the edge, it becomes the new one on the way out and the old one
 * on the way in. So a move moves nothing. */
#ifndef ZAIDE_FLOW_POST_H
#define ZAIDE_FLOW_POST_H

#include "bot/flow/outbox.h"
#include "bot/flow/pipeline.h"
#include "bot/io/loop.h"
#include "bot/model/facts.h"

struct post_ports {
    struct loop *loop; /* NULL: no lease, it leads at once (talks) */
    struct store *store;
    const struct pipeline *pipeline;
    const struct settings *settings;
    const char *holder; /* of leases: this process */
    void (*deliver)(void *arg, const struct event *event, void (*done)(void *arg), void *done_arg);
    void (*look)(void *arg, unsigned partition);
    void (*add_room)(void *arg, const char *room_id);
    void (*add_agent)(void *arg, const char *platform, const char *user);
    void (*ready)(void *arg);                              /* a post has its account now */
    void (*standing)(void *arg, const struct address *at); /* the bot's rights changed in a group */
    const struct facts *(*facts)(void *arg);
    /* As the outbox's ports: room_refused, room_moved, posted. */
    void (*refused)(void *arg, const struct address *room, enum room_act act, const char *why);
    void (*moved)(void *arg, const struct address *room, const char *to);
    void (*posted)(void *arg, const struct entry *e, const char *message_id);
    void *arg;
};

struct post;

/* NULL with `why` when the adapter can never work. */
struct post *post_new(const struct adapter *adapter, const struct post_ports *ports,
                      struct buf *why);
void post_stop(struct post *p); /* read no more, and do not take the lease where it stands by */
void post_drop_lease(struct post *p); /* what was on its way is over: another process may have it */
void post_close(struct post *p);      /* the adapter is closed; before the store is freed */
void post_free(struct post *p);       /* after */

void post_store_changed(struct post *p); /* the store came or went */
/* The platform called /hook/<name>. */
void post_hook(struct post *p, const struct web_request *request, struct web_answer *answer);
void post_run(
    struct post *p); /* send what may go: without a loop, and what nobody else wakes for */
size_t post_in_flight(const struct post *p); /* sends under way, or not told to the store yet */

bool post_is_at(const struct post *p, const struct address *at); /* this platform and account? */
bool post_knows_rooms(const struct post *p);      /* its settings named all their staff rooms */
bool post_is_leading(const struct post *p);       /* it has the lease: it polls and sends */
/* It sends, and what was sent in the last second leaves no room for ten more (ANNOUNCE_PER_S). */
bool post_is_pressed(const struct post *p);
struct outbox *post_outbox(const struct post *p); /* NULL until it is ready */
void post_show(struct post *p, const struct event *event, const char *text);
/* False where the platform has no such thing. */
bool post_check_room(struct post *p, const struct address *room,
                     void (*done)(void *arg, const struct room_check *), void *arg);

/* The bytes of a file that came from this platform; see adapter.h. */
void post_fetch(struct post *p, const struct file *file, size_t max,
                void (*done)(void *arg, const struct document *document), void *arg);

const char *post_name(const struct post *p);
/* For /healthz: "ok", "connecting", "standing by", or the trouble in words. */
const char *post_state(const struct post *p, bool *ok);
void post_metrics(const struct post *p, struct buf *out);

#endif
