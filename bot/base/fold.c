/* text_fold and its relatives of text.h: texts that a reader takes for the same become the same. */
#include "bot/base/text.h"

#include <unicode/uchar.h>
#include <unicode/uidna.h>
#include <unicode/unorm2.h>
#include <unicode/uspoof.h>
#include <unicode/ustring.h>
#include <unicode/utf8.h>

static void must(UErrorCode status, const char *what)
{
    if (U_FAILURE(status))
        die("ICU: %s: %s", what, u_errorName(status));
}

/* --- UTF-8 -> UTF-16, where ICU works, and back --- */

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

/* --- folding --- */

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

static bool is_ascii(const char *s)
{
    while (*s > 0)
        s++;
    return !*s;
}

/* What fold() would give, without ICU's 3 µs. */
static char *fold_ascii(struct arena *a, const char *s)
{
    char *folded = arena_alloc(a, strlen(s) + 1);
    size_t len = 0;
    bool spaced = false;

    for (; *s; s++) {
        if (*s == ' ' || (*s >= '\t' && *s <= '\r')) {
            spaced = len > 0;
            continue;
        }
        if (spaced)
            folded[len++] = ' ';
        spaced = false;
        folded[len++] = *s >= 'A' && *s <= 'Z' ? (char)(*s + 'a' - 'A') : *s;
    }
    return folded;
}

char *text_fold(struct arena *a, const char *s)
{
    return is_ascii(s) ? fold_ascii(a, s) : to_utf8(a, fold(a, s));
}

/* --- traditional -> simplified Chinese --- */

#define FIRST_HAN 0x3400
#define LAST_HAN  0x9FFF

static const UChar pairs[] =
#include "bot/base/simplified.inc.h"
    ;

/* ICU's own transform would do, at 2 MB and 2 µs a letter. Two threads that fill the table at once
 * write the same. */
static UChar simplified(UChar c)
{
    static _Atomic UChar table[LAST_HAN - FIRST_HAN + 1]; /* 0: stays as it is */
    static _Atomic bool is_full;

    if (c < FIRST_HAN || c > LAST_HAN)
        return c;
    if (!is_full) {
        for (size_t i = 0; pairs[i]; i += 2)
            table[pairs[i] - FIRST_HAN] = pairs[i + 1];
        is_full = true;
    }
    UChar found = table[c - FIRST_HAN];
    return found ? found : c;
}

/* --- for matching --- */

static bool repeats(int32_t c)
{
    return c > ' ' && !u_isdigit(c);
}

/* "pleeease" and "pleaseeee" -> "please": what stands three times or more is kept once, except
 * digits. Of Korean jamo without a syllable (ㅠㅠ, ㅋㅋ) two are enough. */
static char *squeeze(char *s)
{
    const char *at = s, *end = s + strlen(s);
    char *to = s;

    while (at < end) {
        const char *from = at, *next = at;
        int32_t c = text_next(&at, end);
        size_t len = (size_t)(at - from), n = 1;
        char letter[4]; /* its place may be written over */
        memcpy(letter, from, len);
        for (next = at; next < end && repeats(c) && text_next(&next, end) == c; at = next)
            n++;
        bool is_jamo = c >= 0x1100 && c <= 0x11FF;
        for (size_t copies = n > 2 || is_jamo ? 1 : n; copies; copies--, to += len)
            memcpy(to, letter, len);
    }
    *to = '\0';
    return s;
}

static bool has_three_alike(const char *s)
{
    for (; *s; s++)
        if (s[0] == s[1] && s[0] == s[2])
            return true;
    return false;
}

char *text_fold_match(struct arena *a, const char *s)
{
    if (is_ascii(s)) {
        char *folded = fold_ascii(a, s);
        return has_three_alike(folded) ? squeeze(folded) : folded;
    }
    struct utf16 t = fold(a, s);
    for (int32_t i = 0; i < t.len; i++)
        t.s[i] = simplified(t.s[i]);
    return squeeze(to_utf8(a, t));
}

/* --- other foldings --- */

char *text_strip_accents(struct arena *a, const char *folded)
{
    if (is_ascii(folded))
        return arena_strdup(a, folded);
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

static char *small_copy(struct arena *a, const char *s, bool is_simplified)
{
    char *small = arena_strdup(a, s), *at = small, *end = small + strlen(small);

    while (at < end) {
        const char *next = at;
        int32_t c = text_next(&next, end), lower = c < 0 ? c : u_tolower(c), i = 0;
        size_t len = (size_t)(next - at);
        if (is_simplified && lower >= FIRST_HAN && lower <= LAST_HAN)
            lower = simplified((UChar)lower);
        if (lower != c && (size_t)U8_LENGTH(lower) == len)
            U8_APPEND_UNSAFE(at, i, lower);
        at += len;
    }
    return small;
}

char *text_small(struct arena *a, const char *s)
{
    return small_copy(a, s, false);
}

char *text_small_match(struct arena *a, const char *s)
{
    return small_copy(a, s, true);
}
