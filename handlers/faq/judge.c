#include "handlers/faq/judge.h"

#include <math.h>

#define RIVALS    3    /* the best items by score, which are looked at more closely */
#define FOR_STEMS 0.4F /* what it counts that all words of a text speak for an item */
#define NO_ITEM   (-1.0F)

struct rival {
    size_t class;
    float score;
    float support; /* of the stems */
};

/* The items that score highest, best first. */
static size_t find_rivals(const struct model *m, const struct classes *c, const struct sight *s,
                          struct rival *rivals)
{
    size_t n = 0;
    for (size_t k = c->first_item; k < c->n; k++) {
        if (!model_members(m, k))
            continue;
        size_t at = n < RIVALS ? n++ : RIVALS;
        for (; at > 0 && rivals[at - 1].score < s->scores[k]; at--)
            if (at < RIVALS)
                rivals[at] = rivals[at - 1];
        if (at < RIVALS)
            rivals[at] = (struct rival){k, s->scores[k], 0};
    }
    return n;
}

/* Scores of words that merely go together count less than words that each speak for the item. */
static void rank(const struct model *m, const struct sight *s, struct rival *rivals, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        rivals[i].support = model_support_of_stems(m, s, rivals[i].class);
        rivals[i].score += FOR_STEMS * rivals[i].support;
    }
    for (size_t i = 1; i < n; i++) {
        for (size_t k = i; k > 0 && rivals[k - 1].score < rivals[k].score; k--) {
            struct rival swapped = rivals[k];
            rivals[k] = rivals[k - 1];
            rivals[k - 1] = swapped;
        }
    }
}

/* The standard deviation of the items' scores. */
static float spread_of(const struct model *m, const struct classes *c, const struct sight *s)
{
    float sum = 0, squares = 0, n = 0;
    for (size_t k = c->first_item; k < c->n; k++) {
        if (!model_members(m, k))
            continue;
        sum += s->scores[k];
        squares += s->scores[k] * s->scores[k];
        n++;
    }
    float mean = sum / n, variance = squares / n - mean * mean;
    return variance > 0 ? sqrtf(variance) : 0;
}

/* The class that scores highest among those that no item answers; 0 where none was learnt. */
static size_t best_kind(const struct model *m, const struct classes *c, const struct sight *s)
{
    size_t best = 0;
    for (size_t k = 1; k < c->first_item; k++)
        if (model_members(m, k) && (!model_members(m, best) || s->scores[k] > s->scores[best]))
            best = k;
    return best;
}

struct ruling judge(const struct model *m, const struct classes *classes, struct arena *a,
                    const struct bag *bag)
{
    struct sight s = model_look(m, a, bag);
    struct rival rivals[RIVALS + 1] = {{0, 0, 0}};
    struct ruling v = {0};
    size_t n = find_rivals(m, classes, &s, rivals);
    v.kind = best_kind(m, classes, &s);
    if (!n)
        return v;
    rank(m, &s, rivals, n);
    v.best = rivals[0].class;
    v.second = n > 1 ? rivals[1].class : 0;
    struct nearness near = model_nearness(m, &s, v.best);
    bool has_kind = model_members(m, v.kind);
    float over_kind = has_kind ? s.scores[v.best] - s.scores[v.kind] : 0;
    float length = logf(1 + (float)s.n_words);
    const float signs[SIGNS] = {
        rivals[0].score,
        rivals[0].score - (n > 1 ? rivals[1].score : NO_ITEM),
        over_kind,
        s.unknown[BLOCK_PIECES],
        length,
        spread_of(m, classes, &s),
        model_support(m, &s, v.best),
        rivals[0].support,
        model_likeness(m, &s, v.best),
        near.covered,
        near.shared,
    };
    memcpy(v.signs, signs, sizeof(signs));
    struct nearness kind_near = model_nearness(m, &s, v.kind);
    const float kind_signs[SIGNS] = {has_kind ? s.scores[v.kind] : NO_ITEM,
                                     -over_kind,
                                     model_likeness(m, &s, v.kind),
                                     s.unknown[BLOCK_WORDS],
                                     length,
                                     kind_near.covered,
                                     kind_near.shared};
    memcpy(v.kind_signs, kind_signs, sizeof(kind_signs));
    return v;
}
