/* Checks that the readers of knowledge files share. Each tells its fault as "dir/file:line: what"
 * and lets the reading go on, so that one look finds them all. Pure. */
#ifndef ZAIDE_HANDLERS_LINT_H
#define ZAIDE_HANDLERS_LINT_H

#include "bot/ports/handler.h"

struct lint {
    const struct handler_files *files;
    const struct settings *settings;
    const char *file; /* name of the one that is being read */
    struct buf faults;
};

void lint_init(struct lint *l, const struct handler_files *files, const struct settings *settings);
/* Hand the faults over. -1 with `why`: there are some. */
MUST_USE int lint_end(struct lint *l, struct buf *why);

void lint_fault(struct lint *l, int line, const char *fmt, ...) PRINTF_LIKE(3, 4);

bool lint_is_id(const char *s); /* small letters, digits and _, at most LINT_MAX_ID */
#define LINT_MAX_ID 40          /* "topic:" and it fit a button's 64 bytes */
/* A map has these and no others; `keys` ends with NULL. */
void lint_keys(struct lint *l, const struct yaml *map, const char *const *keys);
/* A member of this kind, or NULL after telling. */
const struct yaml *lint_member(struct lint *l, const struct yaml *map, const char *key,
                               enum yaml_kind kind);
/* Every {…} names a setting of the exchange, or one of `also`: "", or "{alias}, {case} and " for
 * the sentence that tells. */
void lint_placeholders(struct lint *l, int line, const char *text, const char *also);

#endif
