/* A text as it is searched for what people paste into it: invisible characters left out, full-width
 * letters, digits and signs made ASCII, all kinds of blanks made plain ones. Every byte knows where
 * it stood. */
#ifndef ZAIDE_BASE_PLAIN_H
#define ZAIDE_BASE_PLAIN_H

#include "bot/base/arena.h"

struct plain {
    char *s; /* all of it lives in the arena */
    size_t len;
    uint32_t *at; /* len + 1 offsets into the original text; the last is its length */
};

struct plain plain_new(struct arena *a, const char *text);

#endif
