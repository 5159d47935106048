/* One message while it is searched, and the finders, which share it. Inside handlers/extract/. */
#ifndef ZAIDE_EXTRACT_SCAN_H
#define ZAIDE_EXTRACT_SCAN_H

#include "bot/base/plain.h"
#include "handlers/extract/extract.h"

/* What coins and networks are called. */
#define NAMES                                                                                      \
    (IN_CLASS(WORD_COIN) | IN_CLASS(WORD_COIN_CAPITALS) | IN_CLASS(WORD_COIN_BESIDE) |             \
     IN_CLASS(WORD_COIN_AT_NUMBER) | IN_CLASS(WORD_NETWORK) | IN_CLASS(WORD_NETWORK_WORD) |        \
     IN_CLASS(WORD_NETWORK_OR_COIN))

#define MASKED '\x1F' /* stands where a secret was: no finder takes it for anything */

/* A word that says what the string beside it is. */
struct label {
    size_t start, end;
    enum field field; /* or one of those below */
    bool is_weak;     /* "account": counts only before what has the right form */
    bool is_done;     /* its value was found */
};
#define LABEL_CODE  FIELDS       /* a one-time code */
#define LABEL_OTHER (FIELDS + 1) /* none of ours: "error code" */

struct scan {
    struct arena *arena;
    const struct lexicon *lexicon;
    const char *original;
    struct plain text;    /* lines joined that a long string was broken into, secrets masked */
    char *low;            /* the same in small letters */
    bool *taken;          /* by byte: it is no more for the other finders */
    bool *found;          /* by byte: it is part of something that was found */
    struct label *labels; /* in order */
    size_t n_labels, cap_labels;
    bool is_shouted;  /* IN A TEXT LIKE THIS capitals tell nothing */
    enum field asked; /* FIELDS: nothing */
    const char *lang;
    struct extract *out;
};

bool scan_is_free(const struct scan *s, size_t start, size_t end);
void scan_take(struct scan *s, size_t start, size_t end);

/* Note what was found; NULL when there is no more room. A NULL value: the bytes themselves. */
struct found *scan_add(struct scan *s, enum field field, size_t start, size_t end,
                       const char *value);

/* The field that the nearest word names, at most 64 bytes before the string or 24 behind it; FIELDS
 * when there is none. */
enum field scan_labelled(const struct scan *s, size_t start, size_t end);

/* The field that a word names whose value begins at `at`; FIELDS when there is none. */
enum field scan_named(const struct scan *s, size_t at);

/* May a word or number begin here? Not within a character, nor within a word of ASCII letters. */
bool scan_may_begin(const struct scan *s, size_t at);

/* The longest word of these classes that begins at `at`, or ends at `end`; NULL: there is none. */
static inline const struct word *scan_word(const struct scan *s, uint64_t classes, size_t at)
{
    return lexicon_at(s->lexicon, classes, s->low, at);
}
static inline const struct word *scan_word_before(const struct scan *s, uint64_t classes,
                                                  size_t end)
{
    return lexicon_before(s->lexicon, classes, s->low, end);
}

size_t scan_run(const struct scan *s, size_t at); /* how many letters and digits begin here */
size_t scan_blanks(const struct scan *s, size_t at);

/* The finders, in the order they are asked: what one has taken is not for the next. */
void find_links(struct scan *s);     /* and e-mails, and what explorers' links name */
void find_strings(struct scan *s);   /* addresses and transaction ids */
void find_names(struct scan *s);     /* coins and networks */
void settle_strings(struct scan *s); /* which of two readings the coins and networks speak for */
void find_short_addresses(struct scan *s);
void find_codes(struct scan *s);    /* one-time codes: masked */
void find_labelled(struct scan *s); /* UIDs, order numbers, memos, invite codes that are named so */
void find_times(struct scan *s);
void find_reached(struct scan *s); /* the same, further off in the clause */
void find_amounts(struct scan *s);
void find_asked(struct scan *s);        /* a message that is nothing but an answer */
void find_loose_digits(struct scan *s); /* UIDs and memos that only their length tells */

#endif
