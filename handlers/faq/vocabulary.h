/* The features that the examples have, numbered. */
#ifndef ZAIDE_HANDLERS_FAQ_VOCABULARY_H
#define ZAIDE_HANDLERS_FAQ_VOCABULARY_H

#include "handlers/faq/features.h"

/* One text as numbers of features. */
struct bag {
    uint32_t *features; /* packed: see below */
    size_t n;
    uint32_t unknown[BLOCKS]; /* how many features of the text no example has */
    size_t n_words;
    bool is_bare;   /* see features.h */
    uint64_t words; /* hash of its words */
};
#define FEATURE_IDS (1U << 24)
#define FEATURE_MAX 31 /* how often one is counted */
static inline uint32_t feature_id(uint32_t f)
{
    return f & (FEATURE_IDS - 1);
}
static inline enum block feature_block(uint32_t f)
{
    return (enum block)(f >> 24 & 7);
}
static inline uint32_t feature_count(uint32_t f)
{
    return f >> 27;
}
static inline bool feature_is_piece(enum block block)
{
    return block == BLOCK_PIECES || block == BLOCK_JAMO;
}

struct vocabulary;
struct vocabulary *vocabulary_new(void);
void vocabulary_free(struct vocabulary *v);
size_t vocabulary_len(const struct vocabulary *v); /* ids are below it */
/* Settled: the ids of stems come first, those of pieces of words next. */
size_t vocabulary_stems(const struct vocabulary *v);
size_t vocabulary_pieces(const struct vocabulary *v);

/* First learn all examples, then settle: ids change, and of what one example alone has pairs are
 * forgotten; where examples are many, all but words and their stems. The examples' bags live in the
 * arena and are settled with it. */
struct bag vocabulary_learn(struct vocabulary *v, struct arena *a, const struct grams *text);
void vocabulary_settle(struct vocabulary *v, struct bag *bags, size_t n);

struct bag vocabulary_bag(const struct vocabulary *v, struct arena *a, const struct grams *text);

/* As bytes, for a cache. Reading gives NULL where there is too little. */
struct tape;
void vocabulary_write(const struct vocabulary *v, struct tape *t);
struct vocabulary *vocabulary_read(struct tape *t);

#endif
