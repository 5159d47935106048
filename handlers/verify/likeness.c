#include "handlers/verify/likeness.h"

#include <string.h>

#include "bot/base/text.h"

#define MAX_NAME       256 /* bytes; what follows is not looked at */
#define LEAST_LEFT     2   /* characters of a name that is left without its titles */
#define LEAST_SWAPPED  5   /* characters of a name whose neighbours may be swapped */
#define LEAST_CHANGED  6   /* … in which a letter may be another, more or less */
#define LEAST_CHANGED2 11  /* … in which two may */

/* --- what the eye takes a name for --- */

/* Digits and signs that stand for letters. "i", "l", "j" and "1" are one stroke. */
static char plain_letter(char c)
{
    static const char from[] = "013457891ij!|$@", to[] = "oleastbglllllsa";
    const char *at = c ? strchr(from, c) : NULL;
    return at ? to[at - from] : c;
}

static bool is_letter(char c)
{
    return is_alnum(c) || (unsigned char)c >= 0x80;
}

/* A sign by itself stands for nothing ("Ann | Admin", "@ann"). */
static void make_plain(char *s)
{
    char before = ' ';
    for (; *s; before = *s++) {
        if (is_letter(*s) || (is_letter(before) && is_letter(s[1])) || *s == '$')
            *s = plain_letter(*s);
        else if (*s == '|')
            *s = ' ';
    }
}

static size_t char_len(const char *s)
{
    const char *next = s;
    text_next(&next, s + strlen(s));
    return (size_t)(next - s);
}

/* Within a word runs of one letter become one; signs are gone, for tokens have none. */
static char *squeeze(struct arena *a, const char *s)
{
    struct text_tokens words = text_tokens(a, s);
    char *out = arena_alloc(a, strlen(s) + 1), *to = out, *start = out;
    for (size_t i = 0; i < words.n; i++) {
        if (i == 0 || words.items[i][char_len(words.items[i])]) /* "A n n" is one word */
            start = to;
        for (const char *at = words.items[i]; *at; at += char_len(at)) {
            size_t len = char_len(at);
            bool is_again = to >= start + len && !memcmp(to - len, at, len);
            memcpy(to, at, len);
            to += is_again ? 0 : len;
        }
    }
    *to = '\0';
    return out;
}

/* Capitals of other scripts look like ours, their small letters do not always ("М" and "м"): so
 * what the eye takes them for is asked before and after all letters are made small. */
static char *seen(struct arena *a, const char *name)
{
    char *s = arena_strndup(a, name, strnlen(name, MAX_NAME));
    s += *s == '@';
    for (int round = 0; round < 2; round++) {
        make_plain(s);
        s = text_strip_accents(a, text_fold_match(a, text_skeleton(a, s)));
    }
    make_plain(s);
    return squeeze(a, s);
}

/* --- titles --- */

static int by_length(const void *one, const void *other)
{
    size_t a = strlen(*(char *const *)one), b = strlen(*(char *const *)other);
    return a < b ? 1 : a > b ? -1 : strcmp(*(char *const *)one, *(char *const *)other);
}

int title_words_load(struct title_words *w, const struct yaml *root, const char *file,
                     struct buf *why)
{
    const struct yaml *titles = root ? yaml_get(root, "titles") : NULL;
    size_t cap = 0;
    *w = (struct title_words){.arena = ARENA_INIT};
    for (size_t i = 0; titles && i < titles->n; i++)
        for (size_t k = 0; k < titles->items[i].n; k++) {
            const struct yaml *word = &titles->items[i].items[k];
            char *title = seen(&w->arena, word->text ? word->text : "");
            if (!*title) {
                buf_printf(why, "%s:%d: a title is a word", file, word->line);
                title_words_release(w);
                return -1;
            }
            ARENA_GROW(&w->arena, w->items, w->n, cap);
            w->items[w->n++] = title;
        }
    if (w->n)
        qsort(w->items, w->n, sizeof(*w->items), by_length);
    return 0;
}

void title_words_release(struct title_words *w)
{
    arena_release(&w->arena);
    *w = (struct title_words){.n = 0};
}

static size_t n_chars(const char *s)
{
    size_t n = 0;
    for (; *s; s += char_len(s))
        n++;
    return n;
}

/* How much of the name's end is this title; in "nikadmin" it shares a letter with the name. */
static size_t title_at_end(const char *name, const char *title)
{
    if (ends_with(name, title))
        return strlen(title);
    size_t len = strlen(name), rest = strlen(title) - 1;
    bool shares = len > rest && name[len - rest - 1] == *title && ends_with(name, title + 1);
    return rest >= 3 && shares ? rest : 0;
}

/* The name without a title before or behind it, as long as a name is left; NULL: it has none. */
static char *without_title(struct arena *a, const char *name, const struct title_words *w)
{
    size_t len = strlen(name);
    for (size_t i = 0; i < w->n; i++) {
        size_t head = starts_with(name, w->items[i]) ? strlen(w->items[i]) : 0;
        size_t tail = head ? 0 : title_at_end(name, w->items[i]);
        if (!head && !tail)
            continue;
        char *left = arena_strndup(a, name + head, len - head - tail);
        if (n_chars(left) >= LEAST_LEFT)
            return left;
    }
    return NULL;
}

/* "miya07" is miya; a year or a number is a name of its own. */
static char *without_digits(struct arena *a, const char *name)
{
    size_t len = strnlen(name, MAX_NAME), end = len;
    while (end && strchr(" ._-", name[end - 1]))
        end--;
    size_t digits = 0;
    while (end && is_digit(name[end - 1])) {
        end--;
        digits++;
    }
    return digits && digits <= 2 && end ? arena_strndup(a, name, end) : NULL;
}

struct name_form name_form(struct arena *a, const struct title_words *w, const char *name)
{
    struct name_form f = {.small = text_small(a, name)};
    f.small += *f.small == '@';
    f.whole = seen(a, name);
    const char *start = without_digits(a, f.small);
    f.bare = start ? seen(a, start) : f.whole;
    for (const char *left = f.bare; (left = without_title(a, left, w)); f.has_title = true)
        f.bare = left;
    return f;
}

/* --- comparing --- */

#define MAX_CHARS 64

static size_t to_chars(const char *s, int32_t *out)
{
    size_t n = 0;
    for (const char *end = s + strlen(s); s < end && n < MAX_CHARS;)
        out[n++] = text_next(&s, end);
    return n;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Letters to change, add, drop or swap with the next (optimal string alignment). */
static size_t distance(const int32_t *s, size_t n, const int32_t *t, size_t m, bool *is_swap)
{
    size_t rows[3][MAX_CHARS + 1];
    for (size_t j = 0; j <= m; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t *row = rows[i % 3], *above = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            row[j] = least(least(above[j], row[j - 1]) + 1, above[j - 1] + (s[i - 1] != t[j - 1]));
            if (i > 1 && j > 1 && s[i - 1] == t[j - 2] && s[i - 2] == t[j - 1])
                row[j] = least(row[j], before[j - 2] + 1);
        }
    }
    size_t differing = 0;
    for (size_t i = 0; i < n && n == m; i++)
        differing += s[i] != t[i];
    *is_swap = n == m && differing == 2 && rows[n % 3][m] == 1;
    return rows[n % 3][m];
}

static bool is_close(const char *claimed, const char *official)
{
    int32_t s[MAX_CHARS], t[MAX_CHARS];
    size_t n = to_chars(claimed, s), m = to_chars(official, t), gap = n > m ? n - m : m - n;
    bool is_swap;
    if (m < LEAST_SWAPPED || gap > 2)
        return false;
    size_t d = distance(s, n, t, m, &is_swap);
    return (d == 1 && (is_swap || m >= LEAST_CHANGED)) || (d == 2 && m >= LEAST_CHANGED2);
}

enum likeness name_likeness(const struct name_form *claimed, const struct name_form *official)
{
    if (!*official->whole || !*claimed->whole)
        return LIKENESS_NONE;
    if (str_eq(claimed->small, official->small))
        return LIKENESS_SAME;
    if (str_eq(claimed->whole, official->whole))
        return LIKENESS_LETTERS;
    if (str_eq(claimed->bare, official->bare))
        return LIKENESS_ADDED;
    if (is_close(claimed->whole, official->whole) ||
        (claimed->has_title && is_close(claimed->bare, official->bare)))
        return LIKENESS_CLOSE;
    return LIKENESS_NONE;
}
