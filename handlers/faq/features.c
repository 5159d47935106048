#include "handlers/faq/features.h"

#include "bot/base/text.h"

#include <math.h>

enum block { BLOCK_WORDS, BLOCK_PIECES, BLOCKS };

/* Chosen by cross-validation on the knowledge: pieces say a little less than words. */
static const double block_weight[BLOCKS] = {[BLOCK_WORDS] = 1.0, [BLOCK_PIECES] = 0.7};

#define PIECE_MIN 2
#define PIECE_MAX 4 /* letters of a word, its edges included */
#define HAN_MAX   3 /* Chinese or Japanese characters in a row */
#define LETTERS   64
#define MAX_GRAMS 4096

/* --- counting --- */

struct counter {
    struct arena *arena;
    struct gram *items;
    size_t n;
};

static void count(struct counter *c, enum block block, uint64_t hash)
{
    if (c->n < MAX_GRAMS)
        c->items[c->n++] = (struct gram){hash * BLOCKS + block, block, 1};
}

/* A character that is a word by itself. Latin letters with marks end long before. */
static bool is_han(const char *token)
{
    const char *at = token, *end = token + strlen(token);
    return text_next(&at, end) >= 0x2e80 && at == end;
}

static bool is_number(const char *token)
{
    return token[strspn(token, "0123456789")] == '\0';
}

static void count_words(struct counter *c, const struct text_tokens *tokens)
{
    uint64_t before = 0;
    for (size_t i = 0; i < tokens->n; i++) {
        const char *word = is_number(tokens->items[i]) ? "0" : tokens->items[i];
        uint64_t pair[2] = {before, fnv1a64(word, strlen(word))};
        count(c, BLOCK_WORDS, pair[1]);
        count(c, BLOCK_WORDS, fnv1a64(pair, sizeof(pair)));
        before = pair[1];
    }
}

/* "usdt": ^u us sd dt t$ ^us usd … */
static void count_pieces(struct counter *c, const char *word)
{
    const char *text = arena_printf(c->arena, "^%s$", word), *end = text + strlen(text);
    const char *letters[LETTERS + 1] = {text};
    size_t n = 0;
    for (const char *at = text; at < end && n < LETTERS; letters[++n] = at)
        text_next(&at, end);
    for (size_t len = PIECE_MIN; len <= PIECE_MAX; len++)
        for (size_t i = 0; i + len <= n; i++)
            count(c, BLOCK_PIECES, fnv1a64(letters[i], (size_t)(letters[i + len] - letters[i])));
}

/* From the i-th token on: one, two and three characters in a row. */
static void count_han(struct counter *c, const struct text_tokens *tokens, size_t i)
{
    uint64_t run = 0;
    for (size_t end = i + HAN_MAX; i < end && i < tokens->n && is_han(tokens->items[i]); i++) {
        uint64_t longer[2] = {run, fnv1a64(tokens->items[i], strlen(tokens->items[i]))};
        run = fnv1a64(longer, sizeof(longer));
        count(c, BLOCK_PIECES, run);
    }
}

static int by_hash(const void *a, const void *b)
{
    const struct gram *x = a, *y = b;
    return (x->hash > y->hash) - (x->hash < y->hash);
}

struct grams grams_of(struct arena *a, const char *folded)
{
    struct gram found[MAX_GRAMS];
    struct counter c = {a, found, 0};
    struct text_tokens tokens = text_tokens(a, folded);
    count_words(&c, &tokens);
    for (size_t i = 0; i < tokens.n; i++) {
        if (is_han(tokens.items[i]))
            count_han(&c, &tokens, i);
        else if (!is_number(tokens.items[i]))
            count_pieces(&c, tokens.items[i]);
    }
    qsort(found, c.n, sizeof(*found), by_hash);
    struct grams grams = {arena_alloc(a, c.n * sizeof(*found)), 0};
    for (size_t i = 0; i < c.n; i++) {
        if (i && found[i].hash == found[i - 1].hash)
            grams.items[grams.n - 1].count++;
        else
            grams.items[grams.n++] = found[i];
    }
    return grams;
}

/* --- vocabulary: a hash table of what was seen, and in how many texts --- */

struct word {
    uint64_t hash;
    uint32_t id, texts; /* texts == 0: a free place */
};

struct vocabulary {
    struct word *words;
    size_t n, cap; /* cap is a power of two, at most half full */
    size_t texts;
};

struct vocabulary *vocabulary_new(void)
{
    struct vocabulary *v = xcalloc(1, sizeof(*v));
    v->cap = 1024;
    v->words = xcalloc(v->cap, sizeof(*v->words));
    return v;
}

void vocabulary_free(struct vocabulary *v)
{
    if (!v)
        return;
    free(v->words);
    free(v);
}

size_t vocabulary_len(const struct vocabulary *v)
{
    return v->n;
}

static struct word *place_of(const struct vocabulary *v, uint64_t hash)
{
    size_t i = (hash ^ hash >> 32) & (v->cap - 1);
    while (v->words[i].texts && v->words[i].hash != hash)
        i = (i + 1) & (v->cap - 1);
    return &v->words[i];
}

static void grow(struct vocabulary *v)
{
    struct vocabulary old = *v;
    v->cap *= 2;
    v->words = xcalloc(v->cap, sizeof(*v->words));
    for (size_t i = 0; i < old.cap; i++)
        if (old.words[i].texts)
            *place_of(v, old.words[i].hash) = old.words[i];
    free(old.words);
}

void vocabulary_learn(struct vocabulary *v, const struct grams *text)
{
    v->texts++;
    for (size_t i = 0; i < text->n; i++) {
        if (2 * v->n >= v->cap)
            grow(v);
        struct word *w = place_of(v, text->items[i].hash);
        if (!w->texts)
            *w = (struct word){text->items[i].hash, (uint32_t)v->n++, 0};
        w->texts++;
    }
}

struct vector vocabulary_vector(const struct vocabulary *v, struct arena *a,
                                const struct grams *text)
{
    struct vector out = {arena_alloc(a, text->n * sizeof(*out.items)), 0};
    uint32_t *block_of = arena_alloc(a, text->n * sizeof(*block_of));
    double squares[BLOCKS] = {0}, total = 0;
    double unheard_of = 1 + log(1.0 + (double)v->texts); /* the rarity of a word of no example */

    for (size_t i = 0; i < text->n; i++) {
        const struct gram *g = &text->items[i];
        const struct word *w = place_of(v, g->hash);
        double rarity = 1 + log((1.0 + (double)v->texts) / (1.0 + w->texts));
        double weight = (1 + log(g->count)) * rarity;
        squares[g->block] += weight * weight;
        if (!w->texts)
            continue;
        block_of[out.n] = g->block;
        out.items[out.n++] = (struct feature){w->id, (float)weight};
    }
    for (size_t b = 0; b < BLOCKS; b++) {
        total += squares[b] > 0 ? block_weight[b] * block_weight[b] : 0;
        squares[b] += unheard_of * unheard_of;
    }
    for (size_t i = 0; i < out.n; i++) {
        enum block b = block_of[i];
        out.items[i].weight *= (float)(block_weight[b] / sqrt(squares[b] * total));
    }
    return out;
}
