/* What handlers lacked when they were asked (need_… in ports/handler.h), fetched so that all of
 * them can be asked again. */
#ifndef ZAIDE_FLOW_NEEDS_H
#define ZAIDE_FLOW_NEEDS_H

#include "bot/model/document.h"
#include "bot/model/effect.h"
#include "bot/model/review.h"
#include "bot/ports/store.h"

struct needs_ports {
    struct store *store;
    /* The bytes of a file that came from `at`; see adapter.h. */
    void (*fetch)(void *arg, const struct address *at, const struct file *file, size_t max,
                  void (*done)(void *arg, const struct document *document), void *done_arg);
    /* See review.h. NULL to `done`: it could not be asked for. */
    void (*review)(void *arg, const struct review_request *request,
                   void (*done)(void *arg, const struct review *review), void *done_arg);
    void *arg;
};

/* Of one event. Zeroed: nothing was fetched yet. It and the arena live until `done`. */
struct needs {
    const struct fates *fates;
    const struct conversation *record;
    const struct document *document;
    const struct review *review;

    struct arena *arena; /* while something is fetched: where to, and whom to tell */
    const char *record_id;
    void (*done)(void *arg, bool ok);
    void *arg;
};

/* Before a run: what there is. After it: does a handler lack more? */
void needs_give(const struct needs *n, struct effects *e);
bool needs_is_lacking(const struct needs *n, const struct effects *e);

/* What they ask for, copied: the memory of a run goes before it is fetched. */
void needs_keep(struct arena *a, struct effects *e);
/* Fetch what was lacking first. Not ok: the store went away, or this process ends. */
void needs_fetch(struct needs *n, const struct needs_ports *ports, struct arena *a,
                 const struct event *event, const struct effects *e,
                 void (*done)(void *arg, bool ok), void *arg);

/* Somebody else changed something: what the store told is old. */
void needs_forget(struct needs *n);

#endif
