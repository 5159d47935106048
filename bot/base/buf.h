/* A growing byte string with a maximum, always NUL-terminated.
 *
 * `data` is never NULL and may be printed at any time. What would pass the maximum is not appended
 * at all and sets `over`; so a caller appends freely and asks buf_over() once at the end. What is
 * appended must not lie in the buffer itself. */
#ifndef ZAIDE_BASE_BUF_H
#define ZAIDE_BASE_BUF_H

#include "bot/base/util.h"

#include <stdarg.h>

struct buf {
    char *data;
    size_t len, cap, max;
    bool over;
};

extern char buf_empty[]; /* what `data` points to before the first append */
#define BUF_INIT(max_len) {buf_empty, 0, 0, (max_len), false}

void buf_init(struct buf *b, size_t max);
void buf_release(struct buf *b); /* frees; the buffer may be used again */
void buf_clear(struct buf *b);   /* empties, keeps the memory, clears `over` */
char *buf_detach(struct buf *b); /* you now own the string: free() it */

void buf_add(struct buf *b, const void *data, size_t len);
void buf_str(struct buf *b, const char *s); /* NULL adds nothing */
void buf_char(struct buf *b, char c);
void buf_printf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
void buf_vprintf(struct buf *b, const char *fmt, va_list args);

static inline bool buf_over(const struct buf *b)
{
    return b->over;
}

/* For error paths: sets the text and returns -1, as in `return buf_fail(why, "…")`. `why` may be
 * NULL. Its old text may be an argument: `return buf_fail(why, "%s: %s", path, why->data)`. A text
 * longer than the maximum is cut. */
int buf_fail(struct buf *why, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
