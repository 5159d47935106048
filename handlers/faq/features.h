/* What a message is made of: numbers that stand for its words, pairs of words and pieces of words.
 * Pure and deterministic.
 *
 * Chinese and Japanese are taken by the character, so no word segmenter is needed; pieces of words
 * forgive typing errors; all numbers count as one word. */
#ifndef ZAIDE_HANDLERS_FAQ_FEATURES_H
#define ZAIDE_HANDLERS_FAQ_FEATURES_H

#include "bot/base/arena.h"

/* Each kind of features is weighed on its own. */
enum block {
    BLOCK_WORDS,
    BLOCK_BIGRAMS, /* neighbours, in their order */
    BLOCK_STEMS,   /* words without English endings or Korean particles */
    BLOCK_PAIRS,   /* stems of one message in any order */
    BLOCK_PIECES,  /* of a word: 2 to 4 letters with its edges, 1 to 3 Chinese or Korean ones */
    BLOCK_JAMO,    /* 3 to 6 letters of Korean syllables */
    BLOCKS
};

struct gram {
    uint64_t hash; /* of one block only */
    uint32_t block, count;
};
struct grams {
    struct gram *items; /* in the order of the text; in the arena */
    size_t n;
    size_t n_words;
    bool is_bare;   /* a lone word, or two Chinese or Korean letters: not much of a question */
    uint64_t words; /* the hash of all words, in order; signs and punctuation are nothing */
};

/* `folded` is what text_fold_match gives. Of a longer text only the first 1000 letters count. */
struct grams grams_of(struct arena *a, const char *folded);

#endif
