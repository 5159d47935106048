/* What a customer's words report, as far as it tells whether two people speak of the same trouble:
 * in whatever language, on whatever platform. Pure.
 *
 * It is kept with a case as one line ("trading_abnormal|MX/USDT|30005|the folded words"), and shown
 * to nobody in that form. */
#ifndef ZAIDE_MODEL_REPORT_H
#define ZAIDE_MODEL_REPORT_H

#include "bot/base/arena.h"

struct report {
    const char *topic;  /* the FAQ id it most likely asks for; "": nobody knows */
    const char *pairs;  /* that are named, "MX/USDT BTC/USDT"; or "" */
    const char *errors; /* numbers of errors that are named, "30005"; or "" */
    const char *words;  /* folded, at most REPORT_WORDS bytes */
};

#define REPORT_WORDS 160

/* Pairs, numbers of errors and words out of a text; the topic is the caller's. `error_words` are
 * those that a number of an error follows, folded, separated by |. */
struct report report_read(struct arena *a, const char *text, const char *error_words);

char *report_print(struct arena *a, const struct report *r);
struct report report_parse(struct arena *a, const char *kept); /* of "": all is "" */
bool report_is_empty(const struct report *r);                  /* neither topic, pair nor error */

/* Have the two lists, with a blank between their words, a word in common? */
bool report_share(const char *words, const char *others);

/* A report made ready to be compared with thousands of others. */
struct gist {
    struct report report; /* its strings are the caller's */
    uint64_t topic;       /* its hash; 0: there is none */
    bool has_errors;
    const uint64_t *words; /* hashes of what report_likeness() compares, ascending */
    size_t n_words;
    size_t n_doubles; /* words whose bit another one has, too */
    uint64_t bits;    /* one of each word: with few in common nobody looks at the words */
};

#define GIST_WORDS 64 /* at most */

struct gist gist_of(struct arena *a, const struct report *r);

/* Do both speak of the same? The same topic; where one of them has none, a pair in common or nearly
 * the same words; in any case the same number of an error. */
bool gist_alike(const struct gist *one, const struct gist *other);

/* Of two folded texts: the part of their words (of Chinese and kana: pairs of characters) that they
 * have in common, 0..1; 0 where that is less than three. */
double report_likeness(const char *words, const char *others);

#endif
