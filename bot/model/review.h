/* What a change of the knowledge would do, for a handler that needs to know (need_review in
 * ports/handler.h): the whole knowledge is read with it, as `zaide knowledge check` does. */
#ifndef ZAIDE_MODEL_REVIEW_H
#define ZAIDE_MODEL_REVIEW_H

#include "bot/base/arena.h"

struct review_request {
    const char *file; /* as a revision's */
    const char *text; /* what is to stand in it; NULL: what stands in revision `no`, … */
    int64_t no;       /* … or, with 0, what stands in KNOWLEDGE_DIR, if anything */
};

struct review_request *review_request_copy(struct arena *a, const struct review_request *r);

struct change {
    const char *path; /* "items.deposit_howto.examples" */
    /* Texts that went and that came, of a list or one alone. */
    size_t n_gone, n_come;
    const char *gone, *come; /* the first of each; "" where there is none */
};

struct review {
    const char *faults; /* a line each, "file:line: what"; "": none */
    const struct change *changes;
    size_t n_changes;
    bool is_unknown; /* nothing would read a file of this name */
};

/* Who reads it: `done` once, with NULL when the store went away. */
struct reviewer {
    void (*review)(void *arg, const struct review_request *request,
                   void (*done)(void *arg, const struct review *review), void *done_arg);
    void *arg;
};

#endif
