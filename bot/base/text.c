#include "bot/base/text.h"

#include <string.h>
#include <unicode/ubrk.h>
#include <unicode/uchar.h>
#include <unicode/uidna.h>
#include <unicode/unorm2.h>
#include <unicode/uscript.h>
#include <unicode/uspoof.h>
#include <unicode/ustring.h>
#include <unicode/utext.h>
#include <unicode/utf16.h>
#include <unicode/utf8.h>
#include <unicode/utrans.h>

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

/* ---- Folding: UTF-8 -> UTF-16, where ICU works, and back ---- */

struct utf16 {
    UChar *s;
    int32_t len;
};

static struct utf16 utf16_new(struct arena *a, int32_t cap)
{
    return (struct utf16){arena_alloc(a, (size_t)cap * sizeof(UChar)), 0};
}

static struct utf16 from_utf8(struct arena *a, const char *s)
{
    UErrorCode status = U_ZERO_ERROR;
    int32_t len = (int32_t)strlen(s);
    struct utf16 t = utf16_new(a, len + 1);

    u_strFromUTF8WithSub(t.s, len + 1, &t.len, s, len, 0xFFFD, NULL, &status);
    must(status, "from UTF-8");
    return t;
}

static char *to_utf8(struct arena *a, struct utf16 t)
{
    UErrorCode status = U_ZERO_ERROR;
    int32_t cap = t.len * 3 + 1;
    char *s = arena_alloc(a, (size_t)cap);

    u_strToUTF8WithSub(s, cap, NULL, t.s, t.len, 0xFFFD, NULL, &status);
    must(status, "to UTF-8");
    return s;
}

typedef const UNormalizer2 *normalizer(UErrorCode *);

static struct utf16 normalize(struct arena *a, normalizer *get, struct utf16 in)
{
    for (int32_t cap = in.len + in.len / 2 + 8;;) {
        UErrorCode status = U_ZERO_ERROR;
        struct utf16 out = utf16_new(a, cap);
        out.len = unorm2_normalize(get(&status), in.s, in.len, out.s, cap, &status);
        if (status != U_BUFFER_OVERFLOW_ERROR) {
            must(status, "normalize");
            return out;
        }
        cap = out.len;
    }
}

static struct utf16 fold(struct arena *a, const char *s)
{
    /* NFKC_Casefold is also what drops the default-ignorable characters. */
    struct utf16 t = normalize(a, unorm2_getNFKCCasefoldInstance, from_utf8(a, s));
    int32_t len = 0;
    bool spaced = false;

    for (int32_t i = 0; i < t.len; i++) {
        if (u_isUWhiteSpace(t.s[i])) { /* no white space lies beyond U+FFFF */
            spaced = len > 0;
            continue;
        }
        if (spaced)
            t.s[len++] = ' ';
        spaced = false;
        t.s[len++] = t.s[i];
    }
    t.len = len;
    return t;
}

char *text_fold(struct arena *a, const char *s)
{
    return to_utf8(a, fold(a, s));
}

static struct utf16 to_simplified(struct arena *a, struct utf16 in)
{
    static const UChar id[] = u"Hant-Hans";
    static UTransliterator *hant_hans; /* locked by ICU: a reload folds in another thread */
    int32_t first_han = 0;

    while (first_han < in.len && in.s[first_han] < 0x3400)
        first_han++;
    if (first_han == in.len) /* most messages: spares 15 of 16 µs */
        return in;
    if (!hant_hans) {
        UErrorCode status = U_ZERO_ERROR;
        hant_hans = utrans_openU(id, -1, UTRANS_FORWARD, NULL, 0, NULL, &status);
        must(status, "Hant-Hans");
    }
    for (int32_t cap = in.len + 8;;) {
        UErrorCode status = U_ZERO_ERROR;
        struct utf16 out = utf16_new(a, cap);
        int32_t limit = in.len;
        u_memcpy(out.s, in.s, in.len);
        out.len = in.len;
        utrans_transUChars(hant_hans, out.s, &out.len, cap, 0, &limit, &status);
        if (status != U_BUFFER_OVERFLOW_ERROR) {
            must(status, "Hant-Hans");
            return out;
        }
        cap = out.len;
    }
}

char *text_fold_match(struct arena *a, const char *s)
{
    return to_utf8(a, to_simplified(a, fold(a, s)));
}

char *text_strip_accents(struct arena *a, const char *folded)
{
    struct utf16 t = normalize(a, unorm2_getNFDInstance, from_utf8(a, folded));
    int32_t len = 0;

    for (int32_t i = 0; i < t.len; i++) {
        if (t.s[i] >= 0x300 && t.s[i] <= 0x36F) /* accents of letters; kana marks lie elsewhere */
            continue;
        t.s[len++] = t.s[i] == 0x111 ? 'd' : t.s[i]; /* đ has no decomposition */
    }
    t.len = len;
    return to_utf8(a, normalize(a, unorm2_getNFCInstance, t));
}

char *text_skeleton(struct arena *a, const char *s)
{
    static USpoofChecker *checker;
    struct utf16 in = from_utf8(a, s);

    if (!checker) {
        UErrorCode status = U_ZERO_ERROR;
        checker = uspoof_open(&status);
        must(status, "confusables");
    }
    for (int32_t cap = in.len * 2 + 8;;) {
        UErrorCode status = U_ZERO_ERROR;
        struct utf16 out = utf16_new(a, cap);
        out.len = uspoof_getSkeleton(checker, 0, in.s, in.len, out.s, cap, &status);
        if (status != U_BUFFER_OVERFLOW_ERROR) {
            must(status, "skeleton");
            return to_utf8(a, out);
        }
        cap = out.len + 1;
    }
}

char *text_host(struct arena *a, const char *s)
{
    static UIDNA *idna;
    UErrorCode status = U_ZERO_ERROR;
    UIDNAInfo info = UIDNA_INFO_INITIALIZER;
    struct utf16 in = from_utf8(a, s), out = utf16_new(a, in.len * 4 + 8);

    if (!idna) {
        idna = uidna_openUTS46(UIDNA_NONTRANSITIONAL_TO_UNICODE, &status);
        must(status, "host names");
    }
    out.len = uidna_nameToUnicode(idna, in.s, in.len, out.s, in.len * 4 + 8, &info, &status);
    if (U_FAILURE(status)) /* longer than any host's */
        return text_small(a, s);
    return to_utf8(a, out);
}

char *text_small(struct arena *a, const char *s)
{
    char *small = arena_strdup(a, s), *at = small, *end = small + strlen(small);

    while (at < end) {
        const char *next = at;
        int32_t c = text_next(&next, end), lower = c < 0 ? c : u_tolower(c), i = 0;
        size_t len = (size_t)(next - at);
        if (lower != c && (size_t)U8_LENGTH(lower) == len)
            U8_APPEND_UNSAFE(at, i, lower);
        at += len;
    }
    return small;
}

/* ---- Tokens ---- */

static bool is_word_char(int32_t c)
{
    return c >= 0 && (u_isUAlphabetic(c) || u_isdigit(c) ||
                      (U_GET_GC_MASK(c) & (U_GC_MN_MASK | U_GC_MC_MASK)));
}

/* A token of its own: Chinese and Japanese put no spaces. */
static bool is_single(int32_t c)
{
    return c == '$' || c == '?' ||
           (is_word_char(c) &&
            (uscript_hasScript(c, USCRIPT_HAN) || uscript_hasScript(c, USCRIPT_HIRAGANA) ||
             uscript_hasScript(c, USCRIPT_KATAKANA)));
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
        bool single = is_single(c);
        if (!single && is_word_char(c)) {
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
