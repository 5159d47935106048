/* The few things every file needs: memory that never fails, exact comparisons, small parsers.
 *
 * Out of memory ends the process (the state is in Redis), so callers never check for NULL. */
#ifndef ZAIDE_BASE_UTIL_H
#define ZAIDE_BASE_UTIL_H

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
#define MUST_USE __attribute__((warn_unused_result))

/* Print the message to stderr and end with status 70: only for what cannot be survived. */
_Noreturn void die(const char *fmt, ...) PRINTF_LIKE(1, 2);

void *xmalloc(size_t len);
void *xcalloc(size_t n, size_t len);
void *xrealloc(void *p, size_t len);
char *xstrdup(const char *s);              /* NULL gives NULL */
char *xstrndup(const char *s, size_t len);

/* Make room for one more element in a growing array: doubles `*cap`. */
#define ARRAY_GROW(items, n, cap)                                                                  \
    do {                                                                                           \
        if ((n) == (cap)) {                                                                        \
            (cap) = (cap) ? (cap) * 2 : 8;                                                         \
            (items) = xrealloc((items), (cap) * sizeof(*(items)));                                 \
        }                                                                                          \
    } while (0)

/* Inline, for a turn asks these a thousand times, and the first letter mostly tells. */
static inline bool str_eq(const char *a, const char *b) /* NULL equals NULL only */
{
    return a && b ? *a == *b && strcmp(a, b) == 0 : a == b;
}

static inline bool starts_with(const char *s, const char *prefix)
{
    if (!s || !prefix)
        return false;
    while (*prefix && *s == *prefix)
        s++, prefix++;
    return !*prefix;
}

static inline bool str_empty(const char *s) /* NULL or "" */
{
    return !s || !*s;
}

bool ends_with(const char *s, const char *end);

/* Of ASCII, whatever sign a char has. */
#define is_digit(c)  (isdigit((unsigned char)(c)) != 0)
#define is_xdigit(c) (isxdigit((unsigned char)(c)) != 0)
#define is_alpha(c)  (isalpha((unsigned char)(c)) != 0)
#define is_alnum(c)  (isalnum((unsigned char)(c)) != 0)
#define is_lower(c)  (islower((unsigned char)(c)) != 0)
#define is_upper(c)  (isupper((unsigned char)(c)) != 0)
#define is_space(c)  (isspace((unsigned char)(c)) != 0)

int hex_digit(char c); /* 0 to 15; -1: it is none */

/* Whole-string parsers: 0, or -1 and the output untouched. Neither takes blanks or a '+'. */
MUST_USE int parse_i64(const char *s, int64_t *out);
MUST_USE int parse_duration(const char *s, int64_t *out_ms); /* 250ms 15s 10m 24h 90d, with unit */

/* The number in decimal digits, somewhere in `text`. */
#define INT_TEXT 24
char *int_text(char text[INT_TEXT], int64_t n);

/* How many letters to add, drop or change to make `b` of `a` (Levenshtein): for "did you mean …".
 * The first 63 bytes of `b` count. */
size_t edit_distance(const char *a, const char *b);

/* FNV-1a, 64 bits: partitions and hash tables. */
uint64_t fnv1a64(const void *data, size_t len);

/* The UTC wall clock in ms. Handlers do not ask it: they get the time in the event. */
int64_t clock_ms(void);
void clock_set_ms(int64_t now_ms); /* for tests: it stands still; 0: back to the real clock */

/* A clock that never jumps, for leases and timeouts. Also held by clock_set_ms. */
int64_t clock_monotonic_ms(void);

#endif
