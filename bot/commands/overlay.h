/* The files of the knowledge that staff changed, or added, in their room. They take the place of
 * KNOWLEDGE_DIR's own, which stay as they are: that folder may be a checkout, another user's, or
 * read-only.
 *
 * The truth is in the store (bot/model/revision.h), for every process. DATA_DIR/knowledge has a
 * copy, so that a start, and `zaide ask`, need not wait for the store. */
#ifndef ZAIDE_COMMANDS_OVERLAY_H
#define ZAIDE_COMMANDS_OVERLAY_H

#include "bot/base/settings.h"
#include "bot/model/facts.h"

struct overlay_file {
    char *name, *text;
};
struct overlay { /* zeroed: none */
    struct overlay_file *items;
    size_t n, cap;
};

const char *overlay_get(const struct overlay *o, const char *name); /* NULL: it has no such file */
void overlay_set(struct overlay *o, const char *name, const char *text); /* text NULL: drop it */
void overlay_copy(struct overlay *to, const struct overlay *from);
void overlay_release(struct overlay *o);

/* What DATA_DIR/knowledge has. What cannot be read is left out and told in the log. */
void overlay_read(struct overlay *o, const struct settings *settings);
/* Make DATA_DIR/knowledge have this. -1: `why`. */
MUST_USE int overlay_write(const struct overlay *o, const struct settings *settings,
                           struct buf *why);

/* What is live by these revisions, in 64 bits: another one, another set. */
uint64_t overlay_wanted(const struct facts *facts);
/* Have what the revisions say, of their texts as the store has them. A file that no revision names
 * stays as it is: a store that was lost must not take it along. False: nothing changed. */
bool overlay_follow(struct overlay *o, const struct facts *facts, const struct pair *texts,
                    size_t n_texts);

#endif
