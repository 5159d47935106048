/* Which FAQ item does a message ask for, and how sure is that? Replaceable: whoever keeps these
 * five functions may put any other matcher behind them. Pure; it learns from examples and from
 * nothing else, so the same examples and message always give the same answer.
 *
 * All languages are one model: a message is compared with every example, whatever its language, as
 * people mix them. Texts with accents are also learnt without them. */
#ifndef ZAIDE_HANDLERS_FAQ_MATCHER_H
#define ZAIDE_HANDLERS_FAQ_MATCHER_H

#include "bot/base/arena.h"

struct example {
    const char *text;
    const char *label; /* an item's id; NULL: looks like an item, but none may answer it */
};

struct matcher;

/* The examples' strings must outlive the matcher. `precision`, in percent, is how often an answer
 * has to be right: the bar for being sure is set by it and by how well the examples are found by a
 * model that has not seen them. With little to learn from, the bar is so high that only an
 * example's very words pass. */
struct matcher *matcher_new(const struct example *examples, size_t n, int precision);
void matcher_free(struct matcher *m);

struct match {
    const char *id;     /* the best item; NULL where the text gives nothing to go by */
    const char *second; /* the next best, or NULL */
    double confidence;  /* 0..1, that `id` is right; means the same in every language */
    bool sure;          /* it may be answered */
};
struct match matcher_match(const struct matcher *m, struct arena *a, const char *text);
double matcher_bar(const struct matcher *m); /* the confidence from which it is sure */

/* Why: the examples that are most like the text, best first. Returns how many, at most `max`. */
struct likeness {
    const struct example *example;
    double value; /* 0..1 */
};
size_t matcher_nearest(const struct matcher *m, struct arena *a, const char *text,
                       struct likeness *out, size_t max);

#endif
