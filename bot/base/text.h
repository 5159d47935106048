/* Text as people type it. Strings are UTF-8; results live in the arena. Behind it (text.c, fold.c)
 * and behind zone.h is ICU. */
#ifndef ZAIDE_BASE_TEXT_H
#define ZAIDE_BASE_TEXT_H

#include "bot/base/arena.h"

/* The character at *s, which moves past it; -1 for ill-formed bytes, of which it passes as many as
 * Unicode replaces by one U+FFFD. Needs *s < end. */
int32_t text_next(const char **s, const char *end);
bool text_is_utf8(const char *s, size_t len); /* well-formed, no surrogates, no overlong forms */

/* Ill-formed bytes and NUL become U+FFFD; control characters but \n and \t are dropped. Do this
 * first with what comes from outside; the functions below only survive other input. */
char *text_clean(struct arena *a, const char *s, size_t len);

/* Platforms count differently: Telegram's limits and entity offsets are UTF-16 units. */
size_t text_utf16_len(const char *s, size_t bytes);

/* Byte offset of that unit, clamped to the end; of a unit inside a character: where that begins. */
size_t text_utf16_to_byte(const char *s, size_t units);

/* Longest prefix of at most `max_units` UTF-16 units that ends between graphemes, by preference
 * after a newline, else a sentence, else a space of its last quarter. Returns bytes; at least one
 * character where `s` is not empty and max_units >= 2. */
size_t text_cut(const char *s, size_t max_units);

/* NFKC, case-folded, default-ignorable and zero-width characters removed, white space runs as one
 * space, trimmed. For matching only. */
char *text_fold(struct arena *a, const char *s);
/* text_fold, then traditional -> simplified Chinese; what stands three times or more in a row, but
 * for digits, stands once ("pleeease"). */
char *text_fold_match(struct arena *a, const char *s);
/* The folded text without the accents of letters (Vietnamese typed without marks). */
char *text_strip_accents(struct arena *a, const char *folded);
/* UTS #39: two texts with the same skeleton look alike on a screen (Cyrillic "а" and Latin "a",
 * "rn" and "m"). For comparing only: a skeleton is nothing to show. */
char *text_skeleton(struct arena *a, const char *s);
/* A host name as people see it, in small letters: "xn--…" as what it stands for (UTS #46). */
char *text_host(struct arena *a, const char *s);

/* In small letters, byte for byte as long as `s`: a letter whose small form is of another length
 * stays as it is. For matching where the places must be kept. */
char *text_small(struct arena *a, const char *s);
/* text_small, then traditional -> simplified Chinese, still byte for byte as long. */
char *text_small_match(struct arena *a, const char *s);

/* What a character of a folded text is to whoever reads words. */
enum text_kind {
    TEXT_OTHER, /* blanks, punctuation, emoji */
    TEXT_LETTER,
    TEXT_DIGIT,
    TEXT_HAN,    /* Chinese and kana: no spaces between words */
    TEXT_HANGUL, /* syllables and jamo */
    TEXT_SIGN    /* $ and ? */
};
enum text_kind text_kind(int32_t c);

/* Tokens of a folded text: runs of letters, marks and digits; each Han or kana character its own;
 * `$` and `?` kept. */
struct text_tokens {
    char **items;
    size_t n;
};
struct text_tokens text_tokens(struct arena *a, const char *folded);

/* Is `word` in the text, both folded? What begins with a Latin letter only as a word of its own; ""
 * is in none. */
bool text_has_word(const char *text, const char *word);

/* Guess the language among zh en vi ja ko ms by script, marks and frequent short words. `fallback`
 * is returned (with *sure false) where the text gives too little (an emoji, a coin name, a number,
 * loan words alone), is undecided, or is in no language of these. Of Han characters that may be both
 * Chinese and Japanese it decides, too. `sure` may be NULL. */
const char *text_language(struct arena *a, const char *s, const char *fallback, bool *sure);
/* Of a text of which that was not sure: the language that it most likely is in, if it is none of
 * these ("ru", "ar", "th", "es" …); NULL: it cannot be told. */
const char *text_foreign(struct arena *a, const char *s);

/* The first line that is not blank, at most `max_chars` graphemes of it with the "…" that ends it
 * when cut. For titles, topic names and logs. */
char *text_excerpt(struct arena *a, const char *s, size_t max_chars);

#endif
