/* Bytes written one behind the other and read in the same order, for a cache: the same program on
 * the same machine reads what it wrote, so values are kept as they lie in memory. */
#ifndef ZAIDE_HANDLERS_FAQ_TAPE_H
#define ZAIDE_HANDLERS_FAQ_TAPE_H

#include "bot/base/buf.h"

struct tape {
    struct buf *out;  /* to write */
    const char *data; /* to read */
    size_t len, at;
    bool failed; /* more was read than there is */
};

void tape_put(struct tape *t, const void *data, size_t len);
void tape_get(struct tape *t, void *out, size_t len); /* zeros where it fails */
/* Allocated, with one byte more; NULL where it fails. */
void *tape_array(struct tape *t, size_t n, size_t size);

void tape_put_string(struct tape *t, const char *s); /* NULL is kept */
char *tape_string(struct tape *t);                   /* allocated, or NULL */

#endif
