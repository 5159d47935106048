#include "bot/base/arena.h"

#include "bot/base/buf.h"

#include <sanitizer/asan_interface.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Under AddressSanitizer all but what was handed out is poisoned: a string used after its turn is
 * found, and one read past its end. */

#define FIRST_BLOCK   1024
#define KEPT_BLOCK    (32 * 1024)  /* a cleared arena keeps no larger one */
#define LARGEST_BLOCK (256 * 1024) /* blocks double up to this; a larger request gets its own */

struct arena_block {
    struct arena_block *next;
    size_t used, size;
    max_align_t data[];
};

/* Most arenas need one first block: those that were given back are used again, by their thread. */
#define MAX_SPARE 64
static _Thread_local struct arena_block *spare;
static _Thread_local size_t n_spare;

static struct arena_block *take_spare(void)
{
    struct arena_block *block = spare;
    spare = block->next;
    n_spare--;
    return block;
}

static void free_block(struct arena_block *block)
{
    if (block->size != FIRST_BLOCK || n_spare == MAX_SPARE) {
        free(block);
        return;
    }
    ASAN_POISON_MEMORY_REGION(block->data, block->size);
    block->next = spare;
    spare = block;
    n_spare++;
}

static struct arena_block *add_block(struct arena *a, size_t size)
{
    bool is_usual = size == FIRST_BLOCK && n_spare;
    struct arena_block *block = is_usual ? take_spare() : xmalloc(sizeof(*block) + size);
    *block = (struct arena_block){.next = a->blocks, .size = size};
    ASAN_POISON_MEMORY_REGION(block->data, size);
    a->blocks = block;
    return block;
}

static struct arena_block *add_next_block(struct arena *a, size_t len)
{
    size_t size = a->blocks ? a->blocks->size * 2 : FIRST_BLOCK;
    if (size < FIRST_BLOCK)
        size = FIRST_BLOCK;
    if (size > LARGEST_BLOCK)
        size = LARGEST_BLOCK;
    return add_block(a, size < len ? len : size);
}

void arena_reserve(struct arena *a, size_t len)
{
    if (len)
        add_block(a, len);
}

void *arena_alloc(struct arena *a, size_t len)
{
    if (len > SIZE_MAX / 2)
        die("arena: %zu bytes asked for", len);
    size_t align = _Alignof(max_align_t);
    size_t rounded = (len + align - 1) / align * align;
    if (!rounded)
        rounded = align; /* each gets an address of its own */
    struct arena_block *block = a->blocks;
    if (!block || block->size - block->used < rounded)
        block = add_next_block(a, rounded);
    void *p = (char *)block->data + block->used;
    block->used += rounded;
    ASAN_UNPOISON_MEMORY_REGION(p, len);
    return memset(p, 0, len);
}

char *arena_strdup(struct arena *a, const char *s)
{
    return s ? arena_strndup(a, s, strlen(s)) : NULL;
}

char *arena_strndup(struct arena *a, const char *s, size_t len)
{
    len = strnlen(s, len);
    char *copy = arena_alloc(a, len + 1);
    memcpy(copy, s, len);
    return copy;
}

char *arena_int(struct arena *a, int64_t n)
{
    char text[INT_TEXT];
    return arena_strdup(a, int_text(text, n));
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
    char usual[2048]; /* most are shorter: printed once */
    va_list args, again;
    va_start(args, fmt);
    va_copy(again, args);
    int len = vsnprintf(usual, sizeof(usual), fmt, args);
    if (len < 0)
        die("arena_printf: bad format \"%s\"", fmt);
    char *s = arena_alloc(a, (size_t)len + 1);
    if ((size_t)len < sizeof(usual))
        memcpy(s, usual, (size_t)len);
    else
        vsnprintf(s, (size_t)len + 1, fmt, again);
    va_end(again);
    va_end(args);
    return s;
}

char *arena_take(struct arena *a, struct buf *b)
{
    char *s = arena_strndup(a, b->data, b->len);
    buf_release(b);
    return s;
}

void arena_clear(struct arena *a)
{
    struct arena_block *keep = NULL;
    for (struct arena_block *block = a->blocks; block; block = block->next)
        if (block->size <= KEPT_BLOCK && (!keep || block->size > keep->size))
            keep = block;
    while (a->blocks) {
        struct arena_block *next = a->blocks->next;
        if (a->blocks != keep)
            free_block(a->blocks);
        a->blocks = next;
    }
    if (!keep)
        return;
    ASAN_POISON_MEMORY_REGION(keep->data, keep->size);
    keep->used = 0;
    keep->next = NULL;
    a->blocks = keep;
}

void arena_release(struct arena *a)
{
    while (a->blocks) {
        struct arena_block *next = a->blocks->next;
        free_block(a->blocks);
        a->blocks = next;
    }
}
