/* A change of the knowledge that staff made in their room: one file as a whole, proposed by one
 * person and approved by another. The hash "revisions" has what is known of it, under its number;
 * "revision_texts" has the file, likewise. Pure. */
#ifndef ZAIDE_MODEL_REVISION_H
#define ZAIDE_MODEL_REVISION_H

#include "bot/base/arena.h"

#define REVISIONS      "revisions"
#define REVISION_TEXTS "revision_texts"
#define REVISION_BYTES (64 * 1024) /* of a file, at most */

enum revision_state {
    REVISION_DRAFT, /* waits for a second person */
    REVISION_LIVE,  /* said, unless a later one of the same file is */
    REVISION_UNDONE /* was live, and was taken back */
};

struct revision {
    int64_t no;       /* counts up; of two live ones of a file the later counts */
    const char *file; /* "zh/deposit.yaml" */
    enum revision_state state;
    const char *by, *approved_by, *undone_by; /* agents' names; "" not yet */
    int64_t ms, approved_ms, undone_ms;
    const char *kept; /* as it is kept */
};

/* False: `out` is none. */
bool revision_parse(struct arena *a, const char *no, const char *kept, struct revision *out);
char *revision_print(struct arena *a, const struct revision *r);

/* May a file of the knowledge be called so? "items.yaml", "zh/deposit.yaml": small letters, digits
 * and _, in at most one folder. */
bool revision_is_file(const char *name);

#endif
