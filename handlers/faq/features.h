/* What a message is made of, as numbers: words, word pairs and pieces of words, each weighted by
 * how rare it is (TF-IDF). Pure and deterministic.
 *
 * Chinese and Japanese are taken by the character, so no word segmenter is needed; pieces of words
 * forgive typing errors; all numbers count as one word. A vector has length 1 together with the
 * words that no example has, of which each text counts as having one more. So strange words make a
 * message less like anything, and a bare word is not much of a message. */
#ifndef ZAIDE_HANDLERS_FAQ_FEATURES_H
#define ZAIDE_HANDLERS_FAQ_FEATURES_H

#include "bot/base/arena.h"

/* The features of one text, counted; sorted by hash; they live in the arena. */
struct gram {
    uint64_t hash;
    uint32_t block; /* words, or pieces of words: each is weighed on its own */
    uint32_t count;
};
struct grams {
    struct gram *items;
    size_t n;
};

/* `folded` is what text_fold_match gives. Of a longer text only the first 4096 features count. */
struct grams grams_of(struct arena *a, const char *folded);

struct vocabulary;
struct vocabulary *vocabulary_new(void);
void vocabulary_free(struct vocabulary *v);
void vocabulary_learn(struct vocabulary *v, const struct grams *text); /* one more example */
size_t vocabulary_len(const struct vocabulary *v);                     /* ids are below it */

struct feature {
    uint32_t id;
    float weight;
};
struct vector {
    struct feature *items; /* what the vocabulary knows; n == 0: nothing to go by */
    size_t n;
};

/* Rarity is what was learnt so far, so learn all examples first. Lives in the arena. */
struct vector vocabulary_vector(const struct vocabulary *v, struct arena *a,
                                const struct grams *text);

#endif
