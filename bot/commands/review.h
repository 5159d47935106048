/* Reads the whole knowledge with one file changed, and tells what is wrong with it and what is
 * different (bot/model/review.h). */
#ifndef ZAIDE_COMMANDS_REVIEW_H
#define ZAIDE_COMMANDS_REVIEW_H

#include "bot/commands/overlay.h"
#include "bot/flow/pipeline.h"
#include "bot/model/review.h"

/* Every fault of what a pipeline has loaded from these files, a line each, that it bears: for
 * `zaide knowledge check`. */
void review_check(const struct pipeline *p, const struct handler_files *files, struct buf *out);

/* The text of a revision that a request names by its number alone, of all that the store has. */
void review_find(struct arena *a, struct review_request *request, const struct pair *texts,
                 size_t n);

/* `text` NULL: the file is to be KNOWLEDGE_DIR's own again, or gone where that has none. Takes as long as reading the knowledge
 * does, and may be done in another thread: `overlay` is what is said now, and is not changed. `out`
 * lives in `a`. */
void review_file(struct arena *a, const struct settings *settings, const struct overlay *overlay,
                 const char *file, const char *text, struct review *out);

#endif
