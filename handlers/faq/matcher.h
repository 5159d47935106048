/* Which FAQ item does a message ask for, and how sure is that? Pure; it learns from examples and
 * from nothing else, so the same examples and message always give the same answer, bit for bit.
 *
 * All languages are one model: a message is compared with every example, whatever its language, as
 * people mix them. Texts with accents are also learnt without them. */
#ifndef ZAIDE_HANDLERS_FAQ_MATCHER_H
#define ZAIDE_HANDLERS_FAQ_MATCHER_H

#include "bot/ports/handler.h"
#include "handlers/faq/slang.h"

struct example {
    const char *text;
    const char *label; /* an item's id; "kind:<name>": a message of that kind, which no item
                          answers; NULL: looks like an item, but none may answer it */
    const char *lang;  /* or NULL */
};

/* What a matcher learns from; it must outlive the matcher. */
struct teaching {
    const struct example *examples;
    size_t n;
    int precision;             /* how many of 100 answers have to be right */
    const struct slang *slang; /* or NULL */
    bool by_hand; /* somebody thought the examples up, each way to ask once: the rare and
                     the hard ones are more than among what people send */
};

struct matcher;

/* The bar for being sure is set by the precision, and by how well the examples are found by models
 * that have not seen them nor, in part, their whole item. With little to learn from, the bar is so
 * high that only an example's very words pass. */
struct matcher *matcher_new(const struct teaching *t);
void matcher_free(struct matcher *m);

/* A matcher as bytes, and back. NULL: these bytes are of another teaching, or broken. */
void matcher_save(const struct matcher *m, struct buf *out);
struct matcher *matcher_load(const struct teaching *t, const void *data, size_t len);
/* From the cache where it is there, else new and then kept in it. `cache` may be NULL. */
struct matcher *matcher_open(const struct teaching *t, const struct handler_cache *cache);

struct match {
    const char *id;         /* the best item; NULL where the text gives nothing to go by */
    const char *second;     /* the next best, or NULL */
    double confidence;      /* 0..1, that `id` is right; means the same in every language */
    bool sure;              /* it may be answered */
    const char *kind;       /* the likeliest kind, without "kind:"; NULL: none comes near */
    double kind_confidence; /* 0..1, that the message is of that kind and no item's */
};
/* `lang` is the language of the text or of the customer; NULL: it is to be guessed. */
struct match matcher_match(const struct matcher *m, const char *text, const char *lang);
double matcher_bar(const struct matcher *m); /* the confidence from which it is sure */

/* Why: the examples that are most like the text, best first. Returns how many, at most `max`. Takes
 * its time: all examples are read again. */
struct likeness {
    const struct example *example;
    double value; /* 0..1 */
};
size_t matcher_nearest(const struct matcher *m, struct arena *a, const char *text, const char *lang,
                       struct likeness *out, size_t max);

/* Why: the words that speak most for the best item rather than the next, or against it (< 0); the
 * strongest first. */
struct reason {
    const char *word; /* in the arena */
    double value;     /* how much the lead would shrink without it */
};
size_t matcher_reasons(const struct matcher *m, struct arena *a, const char *text, const char *lang,
                       struct reason *out, size_t max);

#endif
