/* Memory that lives as long as one turn: allocate freely, free once, nothing singly. */
#ifndef ZAIDE_BASE_ARENA_H
#define ZAIDE_BASE_ARENA_H

#include "bot/base/util.h"

#include <string.h> /* ARENA_GROW */

struct arena_block;
struct buf;

struct arena {
    struct arena_block *blocks;
};

#define ARENA_INIT {0}

void *arena_alloc(struct arena *a, size_t len);   /* zeroed, aligned for any type */
void arena_reserve(struct arena *a, size_t len);  /* what is allocated next takes no more than this,
                                                     as long as it fits; else blocks are from 1 KB */
#define ARENA_STRING(len) (((len) / 16 + 1) * 16) /* what a string of this length takes */
char *arena_strdup(struct arena *a, const char *s); /* NULL gives NULL */
char *arena_strndup(struct arena *a, const char *s, size_t len);
char *arena_int(struct arena *a, int64_t n); /* in decimal digits */
char *arena_printf(struct arena *a, const char *fmt, ...) PRINTF_LIKE(2, 3);
char *arena_take(struct arena *a, struct buf *b); /* its text; the buffer is released */
void arena_clear(struct arena *a);   /* forget everything, keep a block for the next turn */
void arena_release(struct arena *a); /* give all memory back; the arena may be used again */

/* Make room for one more element in an array that lives in the arena (the old copy stays until the
 * turn ends). */
#define ARENA_GROW(arena, items, n, cap)                                                           \
    do {                                                                                           \
        if ((n) == (cap)) {                                                                        \
            size_t grown_ = (cap) ? (cap) * 2 : 8;                                                 \
            void *copy_ = arena_alloc((arena), grown_ * sizeof(*(items)));                         \
            if (n)                                                                                 \
                memcpy(copy_, (items), (n) * sizeof(*(items)));                                    \
            (items) = copy_;                                                                       \
            (cap) = grown_;                                                                        \
        }                                                                                          \
    } while (0)

#endif
