/* Why a matcher answers as it does: for people, so it may take its time. */
#include "handlers/faq/learnt.h"

#include "bot/base/text.h"

#include <math.h>

/* --- the examples that are most like a text --- */

static int by_value(const void *a, const void *b)
{
    const struct likeness *x = a, *y = b;
    if (x->value != y->value)
        return x->value < y->value ? 1 : -1;
    return (x->example > y->example) - (x->example < y->example);
}

/* Cosine of the text, whose values lie in `dense`, and of a text that is read as `other`. */
static double compare(const struct matcher *m, struct arena *a, const float *dense,
                      const char *other)
{
    struct bag bag = matcher_bag(m, a, other);
    float *values = arena_alloc(a, bag.n * sizeof(*values));
    double sum = 0;
    model_values(m->model, &bag, values);
    for (size_t i = 0; i < bag.n; i++)
        sum += (double)values[i] * dense[feature_id(bag.features[i])];
    return fmin(sum, 1);
}

/* With its accents or without. */
static double likeness_of(const struct matcher *m, const float *dense, const struct example *e)
{
    struct arena a = ARENA_INIT;
    const char *read = matcher_read(m, &a, e->text, e->lang);
    double value =
        fmax(compare(m, &a, dense, read), compare(m, &a, dense, text_strip_accents(&a, read)));
    arena_release(&a);
    return value;
}

size_t matcher_nearest(const struct matcher *m, struct arena *a, const char *text, const char *lang,
                       struct likeness *out, size_t max)
{
    struct bag bag = matcher_bag(m, a, matcher_read(m, a, text, lang));
    float *values = arena_alloc(a, bag.n * sizeof(*values));
    float *dense = arena_alloc(a, vocabulary_len(m->vocabulary) * sizeof(*dense));
    struct likeness *all = arena_alloc(a, m->teaching->n * sizeof(*all));
    size_t n = 0;
    model_values(m->model, &bag, values);
    for (size_t i = 0; i < bag.n; i++)
        dense[feature_id(bag.features[i])] = values[i];
    for (size_t i = 0; bag.n && i < m->teaching->n; i++) {
        const struct example *e = &m->teaching->examples[i];
        double value = likeness_of(m, dense, e);
        if (value > 0)
            all[n++] = (struct likeness){e, value};
    }
    qsort(all, n, sizeof(*all), by_value);
    n = n < max ? n : max;
    memcpy(out, all, n * sizeof(*out));
    return n;
}

/* --- the words that decide --- */

/* How far `best` leads over `second` in the text. */
static double lead(const struct matcher *m, struct arena *a, const char *read, size_t best,
                   size_t second)
{
    struct bag bag = matcher_bag(m, a, read);
    struct sight s = model_look(m->model, a, &bag);
    return (double)s.scores[best] - (second ? s.scores[second] : 0);
}

static int by_strength(const void *a, const void *b)
{
    const struct reason *x = a, *y = b;
    double d = fabs(y->value) - fabs(x->value);
    return (d > 0) - (d < 0);
}

/* The text without its i-th token: they stand in it one behind the other. */
static char *without(struct arena *a, const char *read, const struct text_tokens *tokens, size_t i)
{
    const char *at = read;
    for (size_t k = 0; k < i; k++)
        at = strstr(at, tokens->items[k]) + strlen(tokens->items[k]);
    at = strstr(at, tokens->items[i]);
    return arena_printf(a, "%.*s %s", (int)(at - read), read, at + strlen(tokens->items[i]));
}

size_t matcher_reasons(const struct matcher *m, struct arena *a, const char *text, const char *lang,
                       struct reason *out, size_t max)
{
    const char *read = matcher_read(m, a, text, lang);
    struct bag bag = matcher_bag(m, a, read);
    struct text_tokens tokens = text_tokens(a, read);
    struct ruling v = judge(m->model, &m->classes, a, &bag);
    struct reason *all = arena_alloc(a, tokens.n * sizeof(*all));
    if (!bag.n || !v.best)
        return 0;
    double whole = lead(m, a, read, v.best, v.second);
    for (size_t i = 0; i < tokens.n; i++) {
        double less = lead(m, a, without(a, read, &tokens, i), v.best, v.second);
        all[i] = (struct reason){tokens.items[i], whole - less};
    }
    qsort(all, tokens.n, sizeof(*all), by_strength);
    size_t n = tokens.n < max ? tokens.n : max;
    memcpy(out, all, n * sizeof(*out));
    return n;
}
