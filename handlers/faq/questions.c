#include "handlers/faq/questions.h"

#include "handlers/words.h"

#include <ctype.h>

/* In the customer's language, and in English, which people mix in. */
static const char *list(const struct turn *t, const char *key)
{
    return arena_printf(t->arena, "%s|%s", turn_phrase(t, LANE_CUSTOMER, key),
                        phrase(t->phrases, t->arena, "en", key, NULL, 0));
}

/* The bytes of the sign that ends a sentence here, or 0. */
static size_t end_len(const char *s)
{
    static const char *const wide[] = {"。", "？", "！", "；"};
    if (*s == '\n')
        return 1;
    if (strchr(".?!;", *s))
        return !s[1] || isspace((unsigned char)s[1]) ? 1 : 0; /* "0.5", "zaide.org" */
    if ((unsigned char)*s < 0x80)
        return 0;
    for (size_t i = 0; i < ARRAY_LEN(wide); i++)
        if (starts_with(s, wide[i]))
            return strlen(wide[i]);
    return 0;
}

/* Without blanks around it, and without the end sign, but for a "?": that one says something. */
static char *trimmed(struct arena *a, const char *s, size_t len)
{
    while (len && isspace((unsigned char)*s)) {
        s++;
        len--;
    }
    while (len && strchr(" \n\t.!;", s[len - 1]))
        len--;
    return arena_strndup(a, s, len);
}

static bool has_letter(const char *s)
{
    for (; *s; s++)
        if (isalnum((unsigned char)*s) || (unsigned char)*s >= 0x80)
            return true;
    return false;
}

static bool reads_as_question(const struct turn *t, const char *part)
{
    const char *folded = text_fold_match(t->arena, part);
    return strchr(folded, '?') || words_find(folded, 0, list(t, "faq.asks"), NULL) != SIZE_MAX;
}

/* "and also where is it" -> "where is it", "and how do I" -> "how do I": a joining word says
 * nothing but that another question comes. */
static size_t skip_join(const struct turn *t, const char *small, size_t at, size_t len)
{
    const char *join = arena_strndup(t->arena, small + at, len);
    size_t asks = words_find(join, 0, list(t, "faq.asks"), NULL);
    return at + (asks < len ? asks : len);
}

size_t questions_split(const struct turn *t, const char *text, struct question out[QUESTIONS_MAX])
{
    const char *small = text_small(t->arena, text), *joins = list(t, "faq.joins");
    size_t n = 0, begin = 0, len = strlen(text);
    while (begin < len) {
        size_t join_len = 0, next = words_find(small, begin, joins, &join_len), from = begin;
        if (next == begin) {
            from = skip_join(t, small, begin, join_len);
            next = words_find(small, begin + 1, joins, NULL);
        }
        size_t end = n + 1 < QUESTIONS_MAX && next < len ? next : len;
        for (size_t i = begin, sign; n + 1 < QUESTIONS_MAX && i < end; i++)
            if ((sign = end_len(text + i)))
                end = i + sign;
        const char *part = trimmed(t->arena, text + from, end - from);
        if (has_letter(part))
            out[n++] = (struct question){part, false};
        begin = end;
    }
    for (size_t i = 0; n > 1 && i < n; i++)
        out[i].asks = reads_as_question(t, out[i].text);
    return n;
}
