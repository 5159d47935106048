#include "bot/base/text.h"

#include <string.h>
#include <unicode/ubrk.h>
#include <unicode/uchar.h>
#include <unicode/utext.h>
#include <unicode/utf16.h>
#include <unicode/utf8.h>

#define REPLACEMENT "\uFFFD"

/* ICU's services are opened at their first use and kept: opening one costs more than using it a
 * thousand times. */

static void must(UErrorCode status, const char *what)
{
    if (U_FAILURE(status))
        die("ICU: %s: %s", what, u_errorName(status));
}

int32_t text_next(const char **s, const char *end)
{
    ptrdiff_t left = end - *s;
    int32_t i = 0, len = left > U8_MAX_LENGTH ? U8_MAX_LENGTH : (int32_t)left;
    UChar32 c;

    U8_NEXT(*s, i, len, c);
    *s += i;
    return c;
}

bool text_is_utf8(const char *s, size_t len)
{
    const char *end = s + len;

    while (s < end)
        if (text_next(&s, end) < 0)
            return false;
    return true;
}

char *text_clean(struct arena *a, const char *s, size_t len)
{
    const char *end = s + len;
    char *clean = arena_alloc(a, len * strlen(REPLACEMENT) + 1), *to = clean;

    while (s < end) {
        const char *from = s;
        int32_t c = text_next(&s, end);
        if (c <= 0) {
            memcpy(to, REPLACEMENT, strlen(REPLACEMENT));
            to += strlen(REPLACEMENT);
        } else if (c == '\n' || c == '\t' || u_charType(c) != U_CONTROL_CHAR) {
            memcpy(to, from, (size_t)(s - from));
            to += s - from;
        }
    }
    return clean;
}

/* ---- Lengths and cuts ---- */

size_t text_utf16_len(const char *s, size_t bytes)
{
    const char *end = s + bytes;
    size_t units = 0;

    while (s < end)
        units += text_next(&s, end) > 0xFFFF ? 2 : 1;
    return units;
}

size_t text_utf16_to_byte(const char *s, size_t units)
{
    const char *at = s, *end = s + strlen(s);

    if ((size_t)(end - s) <= units) /* each takes a byte at least */
        return (size_t)(end - s);
    while (at < end) {
        const char *next = at;
        size_t width = text_next(&next, end) > 0xFFFF ? 2 : 1;
        if (width > units)
            break;
        units -= width;
        at = next;
    }
    return (size_t)(at - s);
}

/* The grapheme iterator, set to `s`. Its indexes are bytes of `s`. */
static UBreakIterator *graphemes_of(const char *s, size_t len)
{
    static UBreakIterator *iterator;
    static UText text = UTEXT_INITIALIZER;
    UErrorCode status = U_ZERO_ERROR;

    if (!iterator)
        iterator = ubrk_open(UBRK_CHARACTER, "", NULL, 0, &status);
    utext_openUTF8(&text, s, (int64_t)len, &status);
    ubrk_setUText(iterator, &text, &status);
    must(status, "grapheme iterator");
    return iterator;
}

/* How good it is to cut before s[at]. */
enum cut_place { CUT_ANYWHERE, CUT_SPACE, CUT_SENTENCE, CUT_LINE };

static enum cut_place place_of(const char *s, int32_t at)
{
    UChar32 c, after;
    bool spaced;
    int32_t i = at;

    U8_PREV(s, 0, i, c);
    if (c == '\n')
        return CUT_LINE;
    spaced = u_isUWhiteSpace(c);
    while (i > 0 && u_isUWhiteSpace(c))
        U8_PREV(s, 0, i, c);
    U8_NEXT(s, at, -1, after);
    if (c == 0x3002 || c == 0xFF01 || c == 0xFF1F || c == 0xFF0E) /* 。！？． */
        return CUT_SENTENCE;
    if ((c == '.' || c == '!' || c == '?' || c == 0x2026) && (spaced || u_isUWhiteSpace(after)))
        return CUT_SENTENCE;
    return spaced ? CUT_SPACE : CUT_ANYWHERE;
}

size_t text_cut(const char *s, size_t max_units)
{
    size_t limit = text_utf16_to_byte(s, max_units), len = strlen(s), cut = 0;
    enum cut_place best = CUT_ANYWHERE;
    UBreakIterator *graphemes;
    int32_t at;

    if (limit == len)
        return len;
    graphemes = graphemes_of(s, len);
    at = (int32_t)limit;
    if (!ubrk_isBoundary(graphemes, at))
        at = ubrk_preceding(graphemes, (int32_t)limit);
    for (; at > 0 && (!cut || (size_t)at > limit - limit / 4); at = ubrk_previous(graphemes)) {
        enum cut_place place = place_of(s, at);
        if (!cut || place > best) {
            best = place;
            cut = (size_t)at;
        }
    }
    return cut ? cut : limit; /* one grapheme longer than the limit is cut between characters */
}

char *text_excerpt(struct arena *a, const char *s, size_t max_chars)
{
    static const char blank[] = " \t\r\n";
    UBreakIterator *graphemes;
    int32_t at = 0, before = 0;
    size_t len, n = 0;

    s += strspn(s, blank);
    len = strcspn(s, "\n");
    while (len && strchr(blank, s[len - 1]))
        len--;
    if (len <= max_chars)
        return arena_strndup(a, s, len);
    graphemes = graphemes_of(s, len);
    for (; n < max_chars && (size_t)at < len; n++) {
        before = at;
        at = ubrk_next(graphemes);
    }
    if ((size_t)at == len)
        return arena_strndup(a, s, len);
    /* The last grapheme gives its place to the dots. */
    while (before && strchr(blank, s[before - 1]))
        before--;
    return arena_printf(a, "%.*s%s", before, s, max_chars ? "…" : "");
}

/* ---- Tokens ---- */

static bool is_han(int32_t c)
{
    return (c >= 0x3400 && c <= 0x9FFF) || (c >= 0x3041 && c <= 0x30FF) ||
           (c >= 0x31F0 && c <= 0x31FF) || (c >= 0x3005 && c <= 0x3007) ||
           (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x1B000 && c <= 0x1B16F) ||
           (c >= 0x20000 && c <= 0x3FFFF);
}

enum text_kind text_kind(int32_t c)
{
    if (c < 0x80) {
        if (c >= 'a' && c <= 'z')
            return TEXT_LETTER;
        if (c >= '0' && c <= '9')
            return TEXT_DIGIT;
        return c == '$' || c == '?' ? TEXT_SIGN : c >= 'A' && c <= 'Z' ? TEXT_LETTER : TEXT_OTHER;
    }
    if (u_isdigit(c))
        return TEXT_DIGIT;
    if (!u_isUAlphabetic(c) && !(U_GET_GC_MASK(c) & (U_GC_MN_MASK | U_GC_MC_MASK)))
        return TEXT_OTHER;
    if ((c >= 0xAC00 && c <= 0xD7FF) || (c >= 0x1100 && c <= 0x11FF))
        return TEXT_HANGUL;
    return is_han(c) ? TEXT_HAN : TEXT_LETTER;
}

struct text_tokens text_tokens(struct arena *a, const char *folded)
{
    struct text_tokens tokens = {NULL, 0};
    const char *at = folded, *end = folded + strlen(folded), *word = NULL;
    size_t cap = 0;
    int32_t c;

    do {
        const char *start = at;
        c = at < end ? text_next(&at, end) : 0; /* the end closes a word as a space does */
        enum text_kind kind = text_kind(c);
        bool single = kind == TEXT_HAN || kind == TEXT_SIGN;
        if (!single && kind != TEXT_OTHER) {
            if (!word)
                word = start;
            continue;
        }
        if (word) {
            ARENA_GROW(a, tokens.items, tokens.n, cap);
            tokens.items[tokens.n++] = arena_strndup(a, word, (size_t)(start - word));
            word = NULL;
        }
        if (single) {
            ARENA_GROW(a, tokens.items, tokens.n, cap);
            tokens.items[tokens.n++] = arena_strndup(a, start, (size_t)(at - start));
        }
    } while (c);
    return tokens;
}

static bool is_letter_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c & 0x80);
}

bool text_has_word(const char *text, const char *word)
{
    size_t len = strlen(word);
    bool is_latin = word[0] >= 'a' && word[0] <= 'z';
    for (const char *at = text; len && (at = strstr(at, word)); at++)
        if (!is_latin || ((at == text || !is_letter_byte(at[-1])) && !is_letter_byte(at[len])))
            return true;
    return false;
}
