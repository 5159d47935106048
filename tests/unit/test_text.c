#include "bot/base/text.h"
#include "bot/base/buf.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unicode/ustring.h>
#include <unicode/utrans.h>

#include <cmocka.h>

#define FAMILY "👨\u200D👩\u200D👧" /* one grapheme of 5 characters, 8 UTF-16 units, 18 bytes */

struct pair {
    const char *in, *out;
};

/* Each row through one function of the form (arena, text) -> text. */
static void check_pairs(char *(*convert)(struct arena *, const char *), const struct pair *rows,
                        size_t n)
{
    struct arena a = ARENA_INIT;
    for (size_t i = 0; i < n; i++)
        assert_string_equal(convert(&a, rows[i].in), rows[i].out);
    arena_release(&a);
}

static void test_next(void **state)
{
    static const char text[] = "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\xE2\x82x\xFF\xF0\x9F\x98";
    static const int32_t expected[] = {'a', 0xE9, 0x20AC, 0x1F600, -1, 'x', -1, -1};
    static const int ends[] = {1, 3, 6, 10, 12, 13, 14, 17};
    const char *at = text, *end = text + sizeof(text) - 1;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(expected); i++) {
        assert_int_equal(text_next(&at, end), expected[i]);
        assert_int_equal(at - text, ends[i]);
    }
    assert_ptr_equal(at, end);
    assert_true(text_is_utf8("", 0));
    assert_true(text_is_utf8("a\0b", 3));
    assert_true(text_is_utf8("用户😀", strlen("用户😀")));
    assert_false(text_is_utf8("用户", strlen("用户") - 1));
    assert_false(text_is_utf8("\xC0\x80", 2));
    assert_false(text_is_utf8("\xED\xA0\x80", 3));
    assert_false(text_is_utf8("\xF4\x90\x80\x80", 4));
}

static void test_clean(void **state)
{
    struct arena a = ARENA_INIT;
    (void)state;
    assert_string_equal(text_clean(&a, "a\tb\nc\r\x01\x1B[0m\x7F", 12), "a\tb\nc[0m");
    assert_string_equal(text_clean(&a, "a\0b", 3), "a\uFFFDb");
    assert_string_equal(text_clean(&a, "x\xC2\x85y\xC2\xA0z", 7),
                        "xy\u00A0z"); /* C1 controls too */
    assert_string_equal(text_clean(&a, "\xE4\xB8", 2), "\uFFFD");
    assert_string_equal(text_clean(&a, "", 0), "");
    assert_string_equal(text_clean(&a, "用户" FAMILY, strlen("用户" FAMILY)), "用户" FAMILY);
    arena_release(&a);
}

/* ---- Lengths and cuts ---- */

static void test_utf16(void **state)
{
    static const char text[] = "aé€😀b";
    static const size_t bytes[] = {0,  1,  3,  6, 6,
                                   10, 11, 11, 11}; /* of units 0 to 8; 4 lies inside the emoji */
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bytes); i++)
        assert_int_equal(text_utf16_to_byte(text, i), bytes[i]);
    assert_int_equal(text_utf16_to_byte(text, SIZE_MAX), 11);
    assert_int_equal(text_utf16_len(text, strlen(text)), 6);
    assert_int_equal(text_utf16_len(text, 6), 3);
    assert_int_equal(text_utf16_len("", 0), 0);
    assert_int_equal(text_utf16_len(FAMILY, strlen(FAMILY)), 8);
    assert_int_equal(text_utf16_len("\xFFx\xE2\x82", 4), 3); /* each U+FFFD to be counts as one */
}

static void test_cut(void **state)
{
    static const struct {
        const char *text;
        size_t max;
        const char *head;
    } rows[] = {
        {"", 10, ""},
        {"short", 10, "short"},
        {"exactly ten", 11, "exactly ten"},
        {"0123456789abcdef", 8, "01234567"},
        {"0123456789 bcdef", 12, "0123456789 "},
        {"01234 6789abcdef", 12, "01234 6789ab"},       /* the space is not in the last quarter */
        {"one. two three four", 16, "one. two three "}, /* nor is the sentence */
        {"0123456789. four five", 16,
         "0123456789. four"}, /* it ends before the last quarter, no space in it */
        {"0123456789ab. d e f", 16, "0123456789ab. "}, /* a sentence before a later space */
        {"0123456789a\nb. d e f", 16,
         "0123456789a\nb. "},                            /* the line ends before the last quarter */
        {"0123456789ab\n. d e f", 16, "0123456789ab\n"}, /* a line before a later sentence */
        {"0123456789ab1.5 e f", 16, "0123456789ab1.5 "}, /* not a sentence */
        {"一二三四五六七八九十。一二三四五", 12, "一二三四五六七八九十。"},
        {"一二三四五六七八九十？一二三四五", 12, "一二三四五六七八九十？"},
        {"0123456789 word", 11, "0123456789 "},
        {"abc" FAMILY "d", 10, "abc"}, /* no grapheme is cut … */
        {FAMILY "d", 2, "👨"},          /* … but one longer than the limit */
        {FAMILY "d", 1, ""},
        {"😀😀", 3, "😀"},
        {"e\u0301e\u0301", 3, "e\u0301"},
        {"🇻🇳🇨🇳", 7, "🇻🇳"},
        {"a\r\nb", 2, "a"},
        {"각각", 1, "각"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        size_t cut = text_cut(rows[i].text, rows[i].max);
        if (cut != strlen(rows[i].head))
            fail_msg("\"%s\" at %zu is cut to \"%.*s\"", rows[i].text, rows[i].max, (int)cut,
                     rows[i].text);
    }
}

/* Cutting again and again gives every byte once, and no piece is too long. */
static void check_cuts(const char *text, size_t max_units)
{
    const char *end = text + strlen(text);
    while (text < end) {
        size_t cut = text_cut(text, max_units);
        assert_true(cut > 0 && cut <= (size_t)(end - text));
        assert_true(text_utf16_len(text, cut) <= max_units);
        text += cut;
    }
    assert_int_equal(text_cut(text, max_units), 0);
}

static void test_long_cuts(void **state)
{
    struct buf text = BUF_INIT(1000000);
    (void)state;
    for (int i = 0; i < 3000; i++)
        buf_str(&text, i % 7 ? "xin chào 你好。" : FAMILY "\n");
    for (int i = 0; i < 3000; i++)
        buf_str(&text, "\u0301"); /* one grapheme longer than any limit */
    for (size_t max = 2; max < 5000; max = max * 3 + 1)
        check_cuts(text.data, max);
    buf_release(&text);
}

static void test_excerpt(void **state)
{
    static const struct {
        const char *text;
        size_t max;
        const char *excerpt;
    } rows[] = {
        {"", 5, ""},
        {" \n\t\n", 5, ""},
        {"hello", 5, "hello"},
        {"hello ", 5, "hello"},
        {"hello!", 5, "hell…"},
        {"\n  first line \r\nsecond", 40, "first line"},
        {"one two", 5, "one…"},
        {"充值没有到账", 4, "充值没…"},
        {FAMILY FAMILY FAMILY, 2, FAMILY "…"},
        {FAMILY FAMILY, 2, FAMILY FAMILY},
        {"ab", 1, "…"},
        {"ab", 0, ""},
        {"a", 1, "a"},
    };
    struct arena a = ARENA_INIT;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        assert_string_equal(text_excerpt(&a, rows[i].text, rows[i].max), rows[i].excerpt);
    arena_release(&a);
}

/* ---- Folding ---- */

static void test_fold(void **state)
{
    static const struct pair rows[] = {
        {"", ""},
        {"  Hello \t\n WORLD  ", "hello world"},
        {"ＵＳＤＴ　ＴＲＣ２０", "usdt trc20"},
        {"ﾛｸﾞｲﾝ", "ログイン"},
        {"Stra\u00DFe \uFB01n", "strasse fin"},
        {"wi\u200Bth\u00ADdr\u2060aw\uFEFF", "withdraw"},
        {"a\u00A0\u2003b", "a b"},
        {"\u202Eevil\u202C", "evil"},
        {"𝓌𝒾𝓉𝒽", "with"},
        {"①②", "12"},
        {"❤\uFE0F 👍🏻", "❤ 👍🏻"},
        {"RÚT TIỀN ĐI", "rút tiền đi"},
        {"tie\u0302\u0300n", "tiền"},
        {"İ", "i\u0307"},
        {"？！", "?!"},
        {"繁體", "繁體"},
        {"\u3000\u3000", ""},
        {"x\xFFy", "x\uFFFDy"},
        {"\uFDFA", "صلى الله عليه وسلم"}, /* one character becomes eighteen */
    };
    (void)state;
    check_pairs(text_fold, rows, ARRAY_LEN(rows));
}

static void test_fold_match(void **state)
{
    static const struct pair rows[] = {
        {"", ""},
        {"USDT 充值", "usdt 充值"},
        {"為什麼提現還沒到賬", "为什么提现还没到账"},
        {"請問客服", "请问客服"},
        {"轉錯鏈了", "转错链了"},
        {"Deposit ÉTÉ", "deposit été"},
        {"𠀋𠀋", "𠀋𠀋"},
        {"PLEEEASE  help!!!!", "please help!"},
        {"coool 1000 000u", "col 1000 000u"},
        {"ㅠㅠㅠㅠ ㅋㅋ", "\u1172 \u110F"},
        {"充值充值好好好", "充值充值好"},
        {"ơiiiii", "ơi"},
        {"aaa😀😀", "a😀😀"},
    };
    (void)state;
    check_pairs(text_fold_match, rows, ARRAY_LEN(rows));
}

/* Every Chinese letter becomes what ICU's own transform makes of it. */
static void test_simplified_like_icu(void **state)
{
    UErrorCode status = U_ZERO_ERROR;
    UTransliterator *icu = utrans_openU(u"Hant-Hans", -1, UTRANS_FORWARD, NULL, 0, NULL, &status);
    struct arena a = ARENA_INIT;
    (void)state;
    assert_true(U_SUCCESS(status));
    for (UChar c = 0x3400; c <= 0x9FFF; c++) {
        UChar letter[8] = {c};
        char before[8], after[8];
        int32_t len = 1, limit = 1;
        u_strToUTF8(before, sizeof(before), NULL, letter, 1, &status);
        utrans_transUChars(icu, letter, &len, ARRAY_LEN(letter), 0, &limit, &status);
        u_strToUTF8(after, sizeof(after), NULL, letter, len, &status);
        assert_true(U_SUCCESS(status));
        assert_string_equal(text_fold_match(&a, before), after);
        arena_clear(&a);
    }
    utrans_close(icu);
    arena_release(&a);
}

static void test_strip_accents(void **state)
{
    static const struct pair rows[] = {
        {"", ""},
        {"rút tiền không được", "rut tien khong duoc"},
        {"đã chuyển nhầm ví", "da chuyen nham vi"},
        {"ơ ư ă â ê ô đ ỹ ặ", "o u a a e o d y a"},
        {"ガ が パ", "ガ が パ"},
        {"한글", "한글"},
        {"充值 ok", "充值 ok"},
    };
    (void)state;
    check_pairs(text_strip_accents, rows, ARRAY_LEN(rows));
}

static void test_tokens(void **state)
{
    static const struct pair rows[] = {
        {"", ""},
        {" ... ", ""},
        {"withdraw usdt-trc20, 50.5u?", "withdraw|usdt|trc20|50|5u|?"},
        {"$100 why?!?", "$|100|why|?|?"},
        {"我充了usdt没到账", "我|充|了|usdt|没|到|账"},
        {"ログインできない", "ロ|グ|イ|ン|で|き|な|い"},
        {"サーバー、人々", "サ|ー|バ|ー|人|々"},
        {"usdt를 입금", "usdt를|입금"},
        {"rút tiền", "rút|tiền"},
        {"ฝากเงินไม่เข้า", "ฝากเงินไม่เข้า"},
        {"𠀋x", "𠀋|x"},
        {"a😀b", "a|b"},
        {"x\uFFFDy", "x|y"},
        {"don't", "don|t"},
    };
    struct arena a = ARENA_INIT;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf joined = BUF_INIT(200);
        struct text_tokens tokens = text_tokens(&a, rows[i].in);
        for (size_t t = 0; t < tokens.n; t++) {
            buf_str(&joined, t ? "|" : "");
            buf_str(&joined, tokens.items[t]);
        }
        assert_string_equal(joined.data, rows[i].out);
        buf_release(&joined);
    }
    arena_release(&a);
}

/* ---- Corpora, where they lie beside the repository ---- */

static FILE *open_corpus(const char *name)
{
    const char *shared = getenv("ZAIDE_SHARED");
    char path[PATH_MAX];
    snprintf(path, sizeof(path), "%s/data/corpora/%s", shared ? shared : "../shared", name);
    FILE *file = fopen(path, "rb");
    if (!file)
        skip();
    return file;
}

/* What must hold of any bytes whatever. */
static void check_any(struct arena *a, const char *bytes, size_t len)
{
    char *clean = text_clean(a, bytes, len);
    assert_true(text_is_utf8(clean, strlen(clean)));
    assert_string_equal(text_clean(a, clean, strlen(clean)), clean);
    char *raw = arena_strndup(a, bytes, len); /* uncleaned, up to a NUL */
    const char *const texts[] = {clean, raw};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        char *folded = text_fold(a, texts[i]);
        assert_true(text_is_utf8(folded, strlen(folded)));
        assert_string_equal(text_fold(a, folded), folded);
        char *match = text_fold_match(a, texts[i]), *bare = text_strip_accents(a, folded);
        assert_true(text_is_utf8(match, strlen(match)));
        assert_true(text_is_utf8(bare, strlen(bare)));
        struct text_tokens tokens = text_tokens(a, folded);
        for (size_t t = 0; t < tokens.n; t++)
            assert_non_null(strstr(folded, tokens.items[t]));
        assert_non_null(text_language(a, texts[i], "en", NULL));
        check_cuts(texts[i], 2);
        check_cuts(texts[i], 20);
        assert_true(text_utf16_len(texts[i], strlen(texts[i])) <= strlen(texts[i]));
        for (size_t max = 0; max < 4; max++)
            assert_non_null(text_excerpt(a, texts[i], max));
    }
}

static void check_lines(const char *name, int at_least)
{
    FILE *file = open_corpus(name);
    struct arena a = ARENA_INIT;
    struct buf all = BUF_INIT(1000000);
    char line[8192];
    int n = 0;
    for (; fgets(line, sizeof(line), file); n++) {
        check_any(&a, line, strcspn(line, "\n"));
        buf_str(&all, line);
        arena_clear(&a);
    }
    check_any(&a, all.data, all.len);
    assert_true(n >= at_least);
    arena_release(&a);
    buf_release(&all);
    fclose(file);
}

static void test_naughty_strings(void **state)
{
    (void)state;
    check_lines("blns/blns.txt", 700);
}

/* "E2 80" -> bytes. Stops at a colon; returns what follows it, or NULL. */
static const char *read_hex(const char *s, struct buf *bytes)
{
    buf_clear(bytes);
    for (unsigned byte; *s && *s != ':'; s++) {
        if (*s != ' ' && sscanf(s, "%2x", &byte) == 1) {
            buf_char(bytes, (char)byte);
            s++;
        }
    }
    return *s ? s + 1 : NULL;
}

/* Well-formed or not, and how many U+FFFD stand for what is not: the file knows. */
static void test_utf8_vectors(void **state)
{
    FILE *file = open_corpus("utf8tests/utf8tests.txt");
    struct arena a = ARENA_INIT;
    struct buf bytes = BUF_INIT(1000), expected = BUF_INIT(1000);
    char line[1000];
    int valid = 0, invalid = 0;
    (void)state;
    while (fgets(line, sizeof(line), file)) {
        line[strcspn(line, "\r\n")] = '\0';
        const char *kind = strchr(line, ':'), *hex = strstr(line, "hex:");
        if (line[0] == '#' || !kind || !hex)
            continue;
        const char *rest = read_hex(hex + 4, &bytes);
        bool well_formed = starts_with(kind + 1 + (kind[1] == ' '), "valid");
        check_any(&a, bytes.data, bytes.len);
        assert_int_equal(text_is_utf8(bytes.data, bytes.len), well_formed);
        if (well_formed) {
            valid++;
        } else {
            read_hex(strchr(rest, ':') + 1, &expected);
            const char *clean = text_clean(&a, bytes.data, bytes.len);
            const char *wanted =
                text_clean(&a, expected.data, expected.len); /* drops DEL, replaces NUL */
            assert_string_equal(clean, wanted);
            invalid++;
        }
        arena_clear(&a);
    }
    assert_true(valid >= 70 && invalid >= 130);
    arena_release(&a);
    buf_release(&bytes);
    buf_release(&expected);
    fclose(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_next),
        cmocka_unit_test(test_clean),
        cmocka_unit_test(test_utf16),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_long_cuts),
        cmocka_unit_test(test_excerpt),
        cmocka_unit_test(test_fold),
        cmocka_unit_test(test_fold_match),
        cmocka_unit_test(test_simplified_like_icu),
        cmocka_unit_test(test_strip_accents),
        cmocka_unit_test(test_tokens),
        cmocka_unit_test(test_naughty_strings),
        cmocka_unit_test(test_utf8_vectors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
