#include "handlers/guard/secrets.h"

#include "bot/base/buf.h"
#include "bot/base/text.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "tests/unit/bip39_lists.h"

static struct arena arena;

/* The text with "<kind>" for each secret. Lives in the arena. */
static char *shown(const char *text, bool hex_is_public)
{
    struct secrets found = secrets_find(&arena, text, hex_is_public);
    struct buf out = BUF_INIT(2 * 1024 * 1024);
    size_t at = 0;
    for (size_t i = 0; i < found.n; i++) {
        const struct secret *it = &found.items[i];
        assert_true(it->offset >= at && it->len > 0 && it->offset + it->len <= strlen(text));
        buf_add(&out, text + at, it->offset - at);
        buf_printf(&out, "<%s>", secret_kind_name(it->kind));
        at = it->offset + it->len;
    }
    buf_str(&out, text + at);
    char *s = arena_strdup(&arena, out.data);
    buf_release(&out);
    return s;
}

static void expect(const char *text, const char *want)
{
    assert_string_equal(shown(text, false), want);
}

static void expect_clean(const char *text)
{
    expect(text, text);
}

/* --- rows of our own --- */

#define PHRASE "legal winner thank year wave sausage worth useful legal winner thank yellow"
#define HEXKEY "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
#define HASH   "9edaf0f7d9c6629c31bbf0471fc07d696c73b566b93783f7e25d8d5d2b62fa4f"

struct row {
    const char *text, *want;
};

static void check_rows(const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++)
        expect(rows[i].text, rows[i].want);
}

static void test_phrases(void **state)
{
    static const struct row rows[] = {
        {PHRASE, "<seed>"},
        {"here: " PHRASE ". pls fix", "here: <seed>. pls fix"},
        {"助记词是" PHRASE "帮我看下", "助记词是<seed>帮我看下"},
        {"복구문구 " PHRASE "이거요", "복구문구 <seed>이거요"},
        {PHRASE " and " PHRASE, "<seed> and <seed>"},
        {"legal\nwinner\nthank\nyear\nwave\nsausage\nworth\nuseful\nlegal\nwinner\nthank\nyellow",
         "<seed>"},
        {"1. legal\r\n2. winner\r\n3. thank\r\n4. year\r\n5. wave\r\n6. sausage\r\n7. worth\r\n"
         "8. useful\r\n9. legal\r\n10. winner\r\n11. thank\r\n12. yellow",
         "1. <seed>"},
        {"①legal②winner③thank④year⑤wave⑥sausage⑦worth⑧useful⑨legal⑩winner⑪thank⑫yellow", "①<seed>"},
        {"[\"legal\",\"winner\",\"thank\",\"year\",\"wave\",\"sausage\",\"worth\",\"useful\","
         "\"legal\",\"winner\",\"thank\",\"yellow\"]",
         "[\"<seed>\"]"},
        {"legal🙂winner🙂thank🙂year🙂wave🙂sausage🙂worth🙂useful🙂legal🙂winner"
         "🙂thank🙂yellow",
         "<seed>"},
        {"legal_winner_thank_year_wave_sausage_worth_useful_legal_winner_thank_yellow", "<seed>"},
        {"ｌｅｇａｌ　ｗｉｎｎｅｒ　ｔｈａｎｋ　ｙｅａｒ　ｗａｖｅ　ｓａｕｓａｇｅ　ｗｏｒｔｈ　"
         "ｕｓｅｆｕｌ　ｌｅｇａｌ　ｗｉｎｎｅｒ　ｔｈａｎｋ　ｙｅｌｌｏｗ",
         "<seed>"},
        {"l\u200Begal w\u200Cinner th\u2060ank y\uFEFFear w\u00ADave saus\u200Dage worth "
         "us\u200Eeful "
         "legal winner\u200B thank yel\u202Elow",
         "<seed>"},
        {"lega winn than year wave saus wort usef lega winn than yell", "<seed>"},
        {"LEGA WINN THAN YEAR WAVE SAUS WORT USEF LEGA WINN THAN YELL ok?", "<seed> ok?"},
        {"word 1: ozone word 2: drill word 3: grab word 4: fiber word 5: curtain word 6: grace "
         "word 7: pudding word 8: thank word 9: cruise word 10: elder word 11: eight word 12: "
         "picnic",
         "<seed>"},
        /* mistyped, and one word short: still worth a wallet */
        {"legal winner thank yeer wave sausage worth useful legal winner thank yellow", "<seed>"},
        {"please fix my phrase: legal winner thank year wave sausage worth usefull legal winner "
         "thank yellow",
         "please fix my <seed>"},
        {"winner thank year wave sausage worth useful legal winner thank yellow", "<seed>"},
        {"legal winner thank year wave sausage worth useful legal winner thank zoo", "<seed>"},
        /* other lists, as they are typed */
        {"monument depenser feroce entasser comedie ferveur optique sonnette codifier discuter "
         "dioxyde nerveux",
         "<seed>"},
        {"MONUMENT DÉPENSER FÉROCE ENTASSER COMÉDIE FERVEUR OPTIQUE SONNETTE CODIFIER DISCUTER "
         "DIOXYDE NERVEUX",
         "<seed>"},
        {"abaco abaco abaco abaco abaco abaco abaco abaco abaco abaco abaco abierto", "<seed>"},
        {"壤、对、据、人、三、谈、我、表、壤、对、据、不", "<seed>"},
        {"1壤2对3据4人5三6谈7我8表9壤10对11据12不", "1<seed>"},
        {"的的的的的的的的的的的在", "<seed>"},
        {"蒙台脱纪构硫浆霉感仅鱼汤", "<seed>"},
        {"蒙台脫紀構硫漿黴感僅魚湯", "<seed>"},
        {"我的钱包：蒙台脱纪构硫浆霉感仅鱼汤，打不开", "我的钱包：<seed>，打不开"},
        {"助记词是蒙台脱纪构硫浆霉感仅鱼汤帮我看下", "助记词是<seed>帮我看下"},
        {"ておくれ、げざん、しねま、こりる、きぼう、しねん、ななおし、ほんやく、きない、けむり、"
         "けまり、てんない",
         "<seed>"},
        {"원고 물질 생일 부산 마요네즈 생활 일찍 큰절 동화책 반성 반드시 의식", "<seed>"},
    };
    (void)state;
    check_rows(rows, ARRAY_LEN(rows));
}

static void test_keys(void **state)
{
    static const struct row rows[] = {
        {"key "
         "xprv9s21ZrQH143K2gA81bYFHqU68xz1cX2APaSq5tt6MFSLeXnCKV1RVUJt9FWNTbrrryem4ZckN8k4Ls1H6n"
         "wdvDTvnV7zEXs2HgPezuVccsq.",
         "key <key>."},
        {"xprv9s21ZrQH143K2gA81bYFHqU68xz1cX2APaSq5tt6MFSLeXnCKV1RVUJt9FWNTbrrryem4ZckN8k4Ls1H6n"
         "wdvDTvnV7zEXs2HgPezuVccsa",
         "<key>"}, /* mistyped */
        {"5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTJ", "<key>"},
        {"我的私钥KwdMAjGmerYanjeui5SHS7JkmpZvVipYvB2LJGU1ZxJwYvP98617打不开",
         "我的私钥<key>打不开"},
        {"5Hu\u200BeCGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTJ", "<key>"},
        {"5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTK", /* wrong checksum, no words */
         "5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTK"},
        {"private key 5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTK", "private key <key>"},
        {"6PRVWUbkzzsbcVac2qwfssoUJAN1Xhrg6bNk8J7Nzm5H7kxEbn2Nh2ZoGg", "<key>"},
        {"snoPBrXtMeMyMHUVTgbuqAfg1SUTb", "<key>"},
        {"sEdTM1uX8pu2do5XvTnutH6HsouMaM2", "<key>"},
        {"SBGWKM3CD4IL47QN6X54N6Y33T3JDNVI6AIJ6CD5IM47HG3IG4O36XCU", "<key>"},
        {"edsk3gUfUPyBSfrS9CCgmCiQsTCHGkviBDusMxDJstFtojtc1zcpsh", "<key>"},
        {"{\"version\":3,\"id\":\"x\",\"crypto\":{\"ciphertext\":\"d172bf74\",\"kdf\":\"scrypt\"}} "
         "help",
         "<key> help"},
        {"{\"Crypto\":{\"ciphertext\":\"d172bf74\",\"kdfparams\":{\"n\":1", "<key>"}, /* cut off */
        /* 64 hex digits: the words beside them tell */
        {HEXKEY, "<hex>"},
        {"0x" HEXKEY, "<hex>"},
        {"my wallet " HEXKEY " help", "my wallet <hex> help"},
        {"private key: 0x" HEXKEY " help me import", "private key: <key> help me import"},
        {"PRIVATE KEY=" HEXKEY, "PRIVATE KEY=<key>"},
        {"私钥" HEXKEY "导入不了", "私钥<key>导入不了"},
        {"khoá riêng của em 0x" HEXKEY, "khoá riêng của em <key>"},
        {"khoa rieng " HEXKEY, "khoa rieng <key>"},
        {"개인키 0x" HEXKEY " 이거요", "개인키 <key> 이거요"},
        {"秘密鍵は" HEXKEY "です", "秘密鍵は<key>です"},
        {"kunci persendirian saya " HEXKEY, "kunci persendirian saya <key>"},
        {HEXKEY " is my secret", "<key> is my secret"},
        {"I want to withdraw, my private key is " HEXKEY,
         "I want to withdraw, my private key is <key>"},
        {"private key " HEXKEY ", txid " HASH, "private key <key>, txid " HASH},
        {"txid " HASH " private key " HEXKEY, "txid " HASH " private key <key>"},
        {"keys:\n" HEXKEY "\n" HEXKEY "\n" HEXKEY, "keys:\n<key>\n<key>\n<key>"},
        {"https://example.com/?pk=" HEXKEY, "https://example.com/?pk=<key>"},
        {"my solana private key "
         "5LmxrEKGchhMuYfw6Qut6CbsvE9pVfb8YvwZKvWssSesDVjHioBCmWKSJQh1WhvcM6CpemhpHNmEMA2a36rzwTa8",
         "my solana private key <key>"},
    };
    (void)state;
    check_rows(rows, ARRAY_LEN(rows));
    assert_string_equal(shown(HASH, true), HASH);
    assert_string_equal(shown("it is my private key " HEXKEY, true), "it is my private key <key>");
    expect_clean("txids:\n" HASH "\n" HASH "\n" HASH);
    expect_clean("public key 0x" HASH);
    expect_clean("ﾄﾗﾝｻﾞｸｼｮﾝ " HASH); /* half-width, as phones type it */
    expect_clean(HASH "ab"); /* 66 digits */
    expect_clean("xpub661MyMwAqRbcFtXgS5sYJABqqG9YLmC4Q1Rdap9gSE8NqtwybGhePY2gZ29ESFjqJoCu1Rupje8Yt"
                 "GqsefD265TMg7usUDFdp6W1EGMcet8");
}

static void test_totp(void **state)
{
    static const struct row rows[] = {
        {"otpauth://totp/Example:alice@google.com?secret=JBSWY3DPEHPK3PXP&issuer=Example",
         "<totp>"},
        {"scan OTPAUTH://totp/x?secret=JBSWY3DPEHPK3PXP now", "scan <totp> now"},
        {"otpauth-migration://offline?data=CiUKCkhlbGxvId6tvu8SB", "<totp>"},
        {"<a href=\"otpauth://totp/交易所:me?secret=JBSWY3DPEHPK3PXP\">", "<a href=\"<totp>\">"},
        {"GA key JBSWY3DPEHPK3PXP", "GA key <totp>"},
        {"GA key JBSW Y3DP EHPK 3PXP", "GA key <totp>"},
        {"ga: jbsw y3dp ehpk 3pxp ok", "ga: <totp> ok"},
        {"密钥JBSWY3DPEHPK3PXP", "密钥<totp>"},
        {"谷歌验证器 JBSWY3DPEHPK3PXP 怎么绑", "谷歌验证器 <totp> 怎么绑"},
        {"mã 2FA: JBSWY3DPEHPK3PXP", "mã 2FA: <totp>"},
        {"khoá JBSW-Y3DP-EHPK-3PXP", "khoá <totp>"},
        {"キーはJBSWY3DPEHPK3PXPです", "キーは<totp>です"},
        {"인증 키 JBSWY3DPEHPK3PXP", "인증 키 <totp>"},
        {"kunci JBSWY3DPEHPK3PXP", "kunci <totp>"},
        {"setup key gezd gnbv gy3t qojq gezd gnbv gy3t qojq", "setup key <totp>"},
        {"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "<totp>"},
        {"T3OM7OUB5NM2LCVZF7JPGJRNUE is my secret", "<totp> is my secret"},
    };
    (void)state;
    check_rows(rows, ARRAY_LEN(rows));
    expect_clean("USDTTRCBEPERCSOL");
    expect_clean("JBSWY3DPEHPK3PXP"); /* could be any code */
    expect_clean("my 2fa key, the responsibilities are clear");
    expect_clean("MY 2FA KEY, THE RESPONSIBILITIES ARE CLEAR");
    expect_clean("that code will make sure nothing from 2FA");
    expect_clean("otpauth:// is a kind of link");
    expect_clean("order JBSWY3DPEHPK3PXP");
}

static void test_several(void **state)
{
    (void)state;
    expect("a " PHRASE " the 5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTJ and GA key "
           "JBSWY3DPEHPK3PXP",
           "a <seed> the <key> and GA key <totp>");
    expect("", "");
    expect("{\"kdf\":\"x\",\"ciphertext\":\"" PHRASE "\"}", "<seed>"); /* the gravest counts */
}

/* --- random phrases --- */

enum style { PLAIN, LINES, NUMBERED, COMMAS, UPPER, BROKEN, COMPOSED, STYLES };

static void print_phrase(struct buf *out, size_t list, const uint16_t *place, size_t n,
                         enum style style)
{
    static const char *const between[STYLES] = {" ", "\n", " ", ", ", " | ", " ", " "};
    for (size_t i = 0; i < n; i++) {
        const char *word = list_words[list][place[i]];
        if (i)
            buf_str(out, between[style]);
        if (style == NUMBERED)
            buf_printf(out, "%zu.", i + 1);
        for (const char *c = word; *c; c++) {
            if (style == BROKEN && c > word && (*c & 0xC0) != 0x80)
                buf_str(out, "\u200B");
            buf_char(out, style == UPPER && *c >= 'a' && *c <= 'z' ? (char)(*c - 32) : *c);
        }
    }
}

static void test_thousand_phrases_of_each_list(void **state)
{
    (void)state;
    for (size_t list = 0; list < LISTS; list++)
        for (size_t i = 0; i < 1000; i++) {
            uint16_t place[24];
            size_t n = 12 + 3 * random_below(5);
            struct buf text = BUF_INIT(10000);
            random_phrase(place, n);
            buf_str(&text, "> ");
            print_phrase(&text, list, place, n, (enum style)(i % STYLES));
            buf_str(&text, " <");
            bool is_composed =
                i % STYLES == COMPOSED; /* the lists are decomposed, phones compose */
            const char *typed = is_composed ? text_fold(&arena, text.data) : text.data;
            expect(typed, i % STYLES == NUMBERED ? "> 1.<seed> <" : "> <seed> <");
            buf_release(&text);
            arena_clear(&arena);
        }
}

static void test_phrases_cut_to_four_letters(void **state)
{
    (void)state;
    for (size_t i = 0; i < 1000; i++) {
        uint16_t place[24];
        size_t n = 12 + 3 * random_below(5);
        struct buf text = BUF_INIT(10000);
        random_phrase(place, n);
        for (size_t k = 0; k < n; k++)
            buf_printf(&text, "%s%.4s", k ? " " : "", list_words[0][place[k]]);
        expect(text.data, "<seed>");
        buf_release(&text);
        arena_clear(&arena);
    }
}

/* Both rest on how unlike talk a phrase is: a few may pass. */
static void test_phrases_in_worse_shape(void **state)
{
    size_t glued = 0, mistyped = 0;
    (void)state;
    for (size_t i = 0; i < 1000; i++) {
        uint16_t place[24];
        size_t n = 12 + 3 * random_below(5), wrong = random_below(12);
        struct buf text = BUF_INIT(10000);
        random_phrase(place, n);
        for (size_t k = 0; k < n; k++)
            buf_str(&text, list_words[1 + i % 2][place[k]]);
        glued += str_eq(shown(text.data, false), "<seed>");
        buf_clear(&text);
        for (size_t k = 0; k < 12; k++)
            buf_printf(&text, "%s%s", k ? " " : "", k == wrong ? "qwerz" : list_words[0][place[k]]);
        mistyped += secrets_find(&arena, text.data, false).n == 1;
        buf_release(&text);
        arena_clear(&arena);
    }
    assert_in_range(glued, 990, 1000);
    assert_in_range(mistyped, 960, 1000);
}

/* --- nothing of this is a secret --- */

static size_t check_lines(const char *path)
{
    char line[8192];
    size_t n = 0;
    FILE *file = fopen(path, "r");
    if (!file)
        die("%s cannot be read: run from the repository's root", path);
    while (fgets(line, sizeof(line), file)) {
        line[strcspn(line, "\n")] = '\0';
        if (*line == '#' || !*line)
            continue;
        expect_clean(line);
        n++;
        arena_clear(&arena);
    }
    fclose(file);
    return n;
}

static void test_ordinary_chat(void **state)
{
    (void)state;
    assert_true(check_lines("tests/data/ordinary_chat.txt") > 250);
}

static void test_our_own_knowledge(void **state)
{
    glob_t found;
    size_t n = 0;
    (void)state;
    if (glob("handlers/knowledge/*/*.yaml", 0, NULL, &found))
        skip();
    for (size_t i = 0; i < found.gl_pathc; i++)
        n += check_lines(found.gl_pathv[i]);
    globfree(&found);
    assert_true(n > 0);
}

/* --- the shared vectors, where they are --- */

static FILE *open_shared(const char *name)
{
    const char *shared = getenv("ZAIDE_SHARED");
    char *path = arena_printf(&arena, "%s/data/chain/%s", shared ? shared : "../shared", name);
    FILE *file = fopen(path, "r");
    if (!file)
        skip();
    return file;
}

/* The next row's columns; the first row, with their names, is passed over. */
static bool next_row(FILE *file, char *line, size_t size, char *columns[4])
{
    do {
        if (!fgets(line, (int)size, file))
            return false;
    } while (starts_with(line, "kind\t") || starts_with(line, "chain\t"));
    char *rest = line;
    for (size_t i = 0; i < 4; i++) {
        columns[i] = rest ? strsep(&rest, "\t\n") : line + strlen(line);
        assert_non_null(columns[i]);
    }
    return true;
}

static void check_vector(const char *kind, const char *secret, bool is_valid)
{
    if (strstr(kind, "_guard") || (str_eq(kind, "otp_code") && !is_valid))
        expect_clean(secret);
    else if (str_eq(kind, "otp_code"))
        assert_non_null(strstr(shown(secret, false), "<otp>"));
    else if (strstr(kind, "_text") && starts_with(kind, "bip39"))
        assert_non_null(strstr(shown(secret, false), "<seed>"));
    else if (str_eq(kind, "bip39_en_obf"))
        assert_non_null(strstr(shown(secret, false), "<seed>"));
    else if (starts_with(kind, "bip39"))
        expect(secret, is_valid ? "<seed>" : "<seed>");
    else if (str_eq(kind, "hex_key"))
        expect(secret, "<hex>");
    else if (str_eq(kind, "totp_secret") && !strchr(secret, ':') && !strchr(secret, ' '))
        expect(arena_printf(&arena, is_valid ? "GA key %s" : "%s", secret),
               is_valid ? "GA key <totp>" : secret);
    else if (!is_valid)
        expect_clean(secret);
    else if (str_eq(kind, "hex_key_text"))
        assert_non_null(strstr(shown(secret, false), "<key>"));
    else if (str_eq(kind, "totp_secret"))
        assert_non_null(strstr(shown(secret, false), "<totp"));
    else
        expect(secret, "<key>");
}

static void test_vectors_of_secrets(void **state)
{
    char line[8192], *columns[4];
    size_t n = 0;
    (void)state;
    FILE *file = open_shared("secrets.tsv");
    for (; next_row(file, line, sizeof(line), columns); n++)
        check_vector(columns[0], columns[1], str_eq(columns[2], "valid"));
    fclose(file);
    assert_true(n > 140);
}

static const char *const deposits[] = {
    "my deposit to %s has not arrived", "充值到%s没到账",
    "nạp vào %s chưa thấy ạ",           "%sに入金しましたがまだです",
    "%s 로 입금했는데 안 와요",         "deposit saya ke %s belum masuk",
};

static void test_addresses_are_no_secrets(void **state)
{
    char line[8192], *columns[4];
    size_t n = 0;
    (void)state;
    FILE *file = open_shared("addresses.tsv");
    while (next_row(file, line, sizeof(line), columns)) {
        if (*columns[1] == 'S' && strlen(columns[1]) == 56)
            continue; /* Stellar's secret keys, listed as no addresses */
        const char *format = deposits[n++ % ARRAY_LEN(deposits)], *hole = strstr(format, "%s");
        expect_clean(
            arena_printf(&arena, "%.*s%s%s", (int)(hole - format), format, columns[1], hole + 2));
        arena_clear(&arena);
    }
    fclose(file);
    assert_true(n > 500);
}

static void test_hashes_and_links_are_no_secrets(void **state)
{
    static const char *const files[] = {"txids.tsv", "txid_urls.tsv"};
    static const char *const before[] = {"txid ", "这笔交易 ", "mã giao dịch: ", "取引ID ",
                                         "해시 "};
    char line[8192], *columns[4];
    (void)state;
    for (size_t f = 0; f < ARRAY_LEN(files); f++) {
        FILE *file = open_shared(files[f]);
        size_t n = 0;
        while (next_row(file, line, sizeof(line), columns)) {
            if (f == 1) {
                expect_clean(columns[1]);
                expect_clean(arena_printf(&arena, "看这个%s", columns[1]));
            }
            for (size_t i = 0; i < ARRAY_LEN(before); i++)
                expect_clean(arena_printf(&arena, "%s%s", before[i], columns[1]));
            assert_string_equal(shown(columns[1], true), columns[1]);
            n++;
            arena_clear(&arena);
        }
        fclose(file);
        assert_true(n > 30);
    }
}

/* --- hostile input --- */

static void test_a_megabyte_of_anything(void **state)
{
    static const char *const units[] = {
        "a",  "aaaa ", "zoo ", "key ",  "的", "的 ",    "{",      "otpauth", HASH " ", "\xFF",
        "가", "あ",    "A2B3", "A2B3 ", "0x", "\u200B", "zoo x ", "助记词",  "5",      "s",
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        struct buf text = BUF_INIT(1024 * 1024);
        while (!buf_over(&text))
            buf_str(&text, units[i]);
        secrets_find(&arena, text.data, false);
        buf_release(&text);
        arena_clear(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_phrases),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_totp),
        cmocka_unit_test(test_several),
        cmocka_unit_test(test_thousand_phrases_of_each_list),
        cmocka_unit_test(test_phrases_cut_to_four_letters),
        cmocka_unit_test(test_phrases_in_worse_shape),
        cmocka_unit_test(test_ordinary_chat),
        cmocka_unit_test(test_our_own_knowledge),
        cmocka_unit_test(test_vectors_of_secrets),
        cmocka_unit_test(test_addresses_are_no_secrets),
        cmocka_unit_test(test_hashes_and_links_are_no_secrets),
        cmocka_unit_test(test_a_megabyte_of_anything),
    };
    if (read_lists() != (size_t)LISTS * WORDS)
        die("bip39.txt: not all words are there");
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_release(&arena);
    return failed;
}
