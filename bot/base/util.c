#include "bot/base/util.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void die(const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    fputs("zaide: ", stderr);
    vfprintf(stderr, fmt, args);
    fputc('\n', stderr);
    va_end(args);
    exit(70); /* EX_SOFTWARE */
}

/* malloc(0) may be NULL, which would look like a failure: ask for one byte at least. */
void *xmalloc(size_t len)
{
    void *p = malloc(len ? len : 1);
    if (!p)
        die("out of memory (%zu bytes)", len);
    return p;
}

void *xcalloc(size_t n, size_t len)
{
    void *p = n && len ? calloc(n, len) : calloc(1, 1);
    if (!p)
        die("out of memory (%zu times %zu bytes)", n, len);
    return p;
}

void *xrealloc(void *p, size_t len)
{
    p = realloc(p, len ? len : 1);
    if (!p)
        die("out of memory (%zu bytes)", len);
    return p;
}

char *xstrdup(const char *s)
{
    return s ? xstrndup(s, strlen(s)) : NULL;
}

char *xstrndup(const char *s, size_t len)
{
    len = strnlen(s, len);
    char *copy = xmalloc(len + 1);
    memcpy(copy, s, len);
    copy[len] = '\0';
    return copy;
}

bool ends_with(const char *s, const char *end)
{
    size_t len = s ? strlen(s) : 0, tail = end ? strlen(end) : 0;
    return s && end && len >= tail && strcmp(s + len - tail, end) == 0;
}

int hex_digit(char c)
{
    if (is_digit(c))
        return c - '0';
    return is_xdigit(c) ? (c | 0x20) - 'a' + 10 : -1;
}

/* strtoll skips white space and a '+', which ids and settings never have. */
static bool is_number_start(const char *s)
{
    if (s && *s == '-')
        s++;
    return s && is_digit(*s);
}

int parse_i64(const char *s, int64_t *out)
{
    if (!is_number_start(s))
        return -1;
    char *end;
    errno = 0;
    long long value = strtoll(s, &end, 10);
    if (errno || *end)
        return -1;
    *out = value;
    return 0;
}

char *int_text(char text[INT_TEXT], int64_t n)
{
    char *at = text + INT_TEXT - 1;
    uint64_t left = n < 0 ? -(uint64_t)n : (uint64_t)n;
    *at = '\0';
    do
        *--at = (char)('0' + left % 10);
    while (left /= 10);
    if (n < 0)
        *--at = '-';
    return at;
}

int parse_duration(const char *s, int64_t *out_ms)
{
    static const struct {
        const char *name;
        int64_t ms;
    } units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}};

    if (!is_number_start(s) || *s == '-')
        return -1;
    char *unit;
    errno = 0;
    long long value = strtoll(s, &unit, 10);
    if (errno)
        return -1;
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        if (!str_eq(unit, units[i].name))
            continue;
        int64_t ms;
        if (__builtin_mul_overflow(value, units[i].ms, &ms))
            return -1;
        *out_ms = ms;
        return 0;
    }
    return -1;
}

static size_t least(size_t a, size_t b, size_t c)
{
    size_t ab = a < b ? a : b;
    return ab < c ? ab : c;
}

size_t edit_distance(const char *a, const char *b)
{
    size_t row[64], b_len = strnlen(b, ARRAY_LEN(row) - 1);
    for (size_t j = 0; j <= b_len; j++)
        row[j] = j;
    for (size_t i = 1; a[i - 1]; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            size_t changed = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            row[j] = least(changed, row[j] + 1, row[j - 1] + 1);
        }
    }
    return row[b_len];
}

uint64_t fnv1a64(const void *data, size_t len)
{
    const unsigned char *p = data;
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < len; i++) {
        hash ^= p[i];
        hash *= UINT64_C(0x100000001b3); /* wraps on purpose */
    }
    return hash;
}

static int64_t held_ms; /* what both clocks show while a test holds them; 0: they run */

static int64_t read_clock_ms(clockid_t id)
{
    struct timespec t;
    if (held_ms)
        return held_ms;
    if (clock_gettime(id, &t) != 0)
        die("the system clock cannot be read: %s", strerror(errno));
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t clock_ms(void)
{
    return read_clock_ms(CLOCK_REALTIME);
}

int64_t clock_monotonic_ms(void)
{
    return read_clock_ms(CLOCK_MONOTONIC);
}

void clock_set_ms(int64_t now_ms)
{
    held_ms = now_ms;
}
