/* The way in: every event becomes one turn of its subject: load, run the handlers, commit; again when somebody else was faster, or
 * when a handler lacked a fact, which is fetched. One turn at a time a subject, in order; subjects run side by side.
 *
 * `done` of an event is called once, after its commit (or when it needs none): only then may the platform be told. While the
 * store is away nothing is done and nothing is lost: turns wait for inbox_resume. */
#ifndef ZAIDE_FLOW_INBOX_H
#define ZAIDE_FLOW_INBOX_H

#include "bot/flow/pipeline.h"
#include "bot/flow/poison.h"
#include "bot/model/document.h"
#include "bot/model/review.h"
#include "bot/ports/store.h"

struct inbox;

struct inbox_ports {
    struct store *store;
    const struct pipeline *pipeline;
    struct poison *poison; /* may be NULL */
    const struct facts *(*facts)(void *arg); /* the snapshot of now */
    void (*reread)(void *arg); /* a global hash has another value than the snapshot: read it before the next answer of the store */
    /* A turn is about to be committed: its outbox entries may be told to be taken. Then what came of it. */
    void (*committing)(void *arg, unsigned partition, struct commit *commit);
    void (*committed)(void *arg, unsigned partition, const struct commit *commit, const struct committed *result);
    void (*show)(void *arg, const struct event *event, const struct effect *shown); /* transient effects */
    /* As in route.h. */
    int64_t (*line_of)(void *arg, const char *conversation, const char *surface, const char *message_id);
    void (*said)(void *arg, const struct event *event, const struct effect *said); /* in a community group */
    /* What handlers may need from outside the store: as in needs.h. */
    void (*fetch)(void *arg, const struct address *at, const struct file *file, size_t max,
                  void (*done)(void *arg, const struct document *document), void *done_arg);
    void (*review)(void *arg, const struct review_request *request,
                   void (*done)(void *arg, const struct review *review), void *done_arg);
    /* A turn is over, committed or not: what it reports, for the radar. */
    void (*turned)(void *arg, const struct event *event, const struct effects *effects);
    void *arg;
};

struct inbox *inbox_new(const struct inbox_ports *ports);
void inbox_free(struct inbox *in); /* turns not committed are forgotten: the platforms hand them in again */

/* The event is copied. done may come from inside this call. */
void inbox_deliver(struct inbox *in, const struct event *event, void (*done)(void *arg), void *arg);
/* Hand on what a commit told another subject: a tell of this process, or one that another left behind. */
void inbox_tell(struct inbox *in, unsigned partition, int64_t id, const char *json, int64_t now_ms);
void inbox_resume(struct inbox *in); /* the store is back: what was read before may be old */
size_t inbox_waiting(const struct inbox *in); /* events not done */

#define INBOX_CACHE 10000 /* conversations kept in memory */

#endif
