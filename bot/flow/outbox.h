/* The way out of one account: what was committed is sent, in order, within the platform's limits, and again until it is settled.
 *
 * Before a send the entry is marked in flight in the store; after it the entry is dropped there and the platform's id kept. An
 * entry whose earlier send may have gone out (unknown outcome, a crash) is sent again and marked "maybe twice". */
#ifndef ZAIDE_FLOW_OUTBOX_H
#define ZAIDE_FLOW_OUTBOX_H

#include "bot/flow/lanes.h"
#include "bot/ports/store.h"

struct outbox;

enum room_act { ROOM_OPENS /* a topic */, ROOM_POSTS /* in one */, ROOM_TALKS /* in General */, ROOM_ACTS };

struct outbox_ports {
    struct store *store;
    void (*send)(void *arg, const struct outgoing *outgoing, void *ticket);
    void (*deliver)(void *arg, const struct event *event, void (*done)(void *arg), void *done_arg); /* to the inbox */
    void (*look)(void *arg, unsigned partition);      /* entries may be missing: poll this partition soon */
    void (*wake)(void *arg, int64_t at_ms);           /* call outbox_run at that time; it asks once, until that has run */
    /* Not for what stands in it: in the platform's words. NULL: it took one. */
    void (*room_refused)(void *arg, const struct address *room, enum room_act act, const char *why);
    void (*room_moved)(void *arg, const struct address *room, const char *to); /* its chat has this id now, the platform says */
    /* A community group has it. */
    void (*posted)(void *arg, const struct entry *e, const char *message_id);
    void *arg;
};

/* `account` is "<platform>:<the bot's own id>": the name of its stream and of its lease. */
struct outbox *outbox_new(const char *account, const struct adapter_limits *limits, size_t max_text,
                          const struct outbox_ports *ports);
void outbox_free(struct outbox *o);

/* The lease is ours under this epoch: fence every partition, then read what is there. 0: it was lost; nothing is sent any more. */
void outbox_hold(struct outbox *o, int64_t epoch);
/* The store is back: settle what was sent meanwhile, fence again, go on. */
void outbox_resume(struct outbox *o);
/* A staff room is in order again: what waits for it goes at once. */
void outbox_hurry(struct outbox *o, const char *chat);
/* How many partitions are not fenced yet; 0: everything is open. */
size_t outbox_opening(const struct outbox *o);

/* Streams of this account besides its own: one a staff room. Before outbox_hold or at any time later. */
void outbox_add_stream(struct outbox *o, const char *stream);
/* What to poll in a partition: fills at most `max`, gives how many. */
size_t outbox_streams(const struct outbox *o, unsigned partition, struct poll_stream *out, size_t max);

/* Before a commit of this process: an answer that may leave at once is taken by the commit itself, which saves the store a call. Then
 * what came of it, whatever that is, with its entries. */
void outbox_reserve(struct outbox *o, unsigned partition, struct commit *c);
void outbox_push(struct outbox *o, unsigned partition, const struct commit *c, const struct committed *result);
/* Entries from the store. Unknown streams are ignored. */
void outbox_read(struct outbox *o, unsigned partition, const struct out_entry *entries, size_t n);

void outbox_run(struct outbox *o); /* send what may go now; flush what is settled */
void outbox_settle(struct outbox *o, void *ticket, const struct delivery *delivery);

/* The line that a message shows which is out and not settled in the store yet; 0: none. */
int64_t outbox_line(const struct outbox *o, const char *conversation, const char *surface,
                    const char *message_id);

/* For what announcements send to a group or channel: see lanes_spare_ms. And the platform asked for a wait there. */
int64_t outbox_spare_ms(struct outbox *o, const char *chat);
void outbox_pause_chat(struct outbox *o, const char *chat, int64_t until_ms);

size_t outbox_unreadable(const struct outbox *o); /* entries so far that were none: they are dead letters now */
size_t outbox_waiting(const struct outbox *o);   /* entries in memory */
bool outbox_is_full(const struct outbox *o); /* what waits cannot go out, for too much is on its way */
size_t outbox_in_flight(const struct outbox *o); /* being taken, handed to the adapter, or being settled */

#endif
