/* The word lists: what is refused, where a word counts. And texts made plain. */
#include "bot/base/plain.h"
#include "tests/unit/extract_rig.h"

static struct lexicon *loaded(const char *yaml, struct buf *why)
{
    struct yaml *root = yaml_parse("extract/x.yaml", yaml, strlen(yaml), why);
    struct file_tree tree = {"extract/x.yaml", root};
    struct handler_files files = {&tree, 1, "knowledge"};
    assert_non_null(root);
    struct lexicon *l = lexicon_load(&files, why);
    yaml_tree_free(root);
    return l;
}

static void refused(const char *yaml, const char *want)
{
    struct buf why = BUF_INIT(10000);
    assert_null(loaded(yaml, &why));
    assert_string_equal(why.data, want);
    buf_release(&why);
}

static void test_faults(void **state)
{
    (void)state;
    refused("coin:\n  BTC: [btc]\nfruit: {a: [b]}\n",
            "extract/x.yaml:3: fruit is no class of words with a map of values");
    refused("coin: [btc]\n", "extract/x.yaml:1: coin is no class of words with a map of values");
    refused("coin:\n  BTC: btc\n  ETH: []\n",
            "extract/x.yaml:2: BTC is to be a list of words\nextract/x.yaml:3: ETH is to be a list "
            "of words");
    refused("coin:\n  BTC: [btc, [x], \"\"]\n",
            "extract/x.yaml:2: not a word\nextract/x.yaml:2: not a word");
    refused("{}\n", "knowledge/extract/ has no words");
}

static void expect(const struct lexicon *l, const char *low, size_t at, const char *want)
{
    const struct word *w = lexicon_at(l, IN_CLASS(WORD_COIN) | IN_CLASS(WORD_POWER_GLUED), low, at);
    if (!str_eq(w ? w->value : NULL, want))
        fail_msg("%s at %zu: %s", low, at, w ? w->value : "nothing");
}

static void test_where_words_count(void **state)
{
    struct buf why = BUF_INIT(10000);
    struct lexicon *l = loaded("coin: {BTC: [BTC, 比特币, 비트, ビット], BTCX: [btcx], T20: "
                               "[t20]}\npower_glued: {'3': [k]}\n",
                               &why);
    (void)state;
    assert_non_null(l);
    expect(l, "btc", 0, "BTC");
    expect(l, "5btc5", 1, "BTC");
    expect(l, "xbtc", 1, NULL);
    expect(l, "btcy", 0, NULL);
    expect(l, "btcx", 0, "BTCX");
    expect(l, "btcđ", 0, NULL);
    expect(l, "t20", 0, "T20");
    expect(l, "t201", 0, NULL);
    expect(l, "我的比特币呢", strlen("我的"), "BTC");
    expect(l, "비트를", 0, "BTC");
    expect(l, "비트겟", 0, NULL);
    expect(l, "업비트", strlen("업"), NULL);
    expect(l, "ビット", 0, "BTC");
    expect(l, "ラビット", strlen("ラ"), NULL);
    expect(l, "ビットで", 0, "BTC");
    expect(l, "2ku", 1, "3");
    assert_string_equal(lexicon_before(l, IN_CLASS(WORD_COIN), "my btc", 6)->value, "BTC");
    assert_null(lexicon_before(l, IN_CLASS(WORD_COIN), "my btc ", 7));
    assert_string_equal(lexicon_glued_at(l, IN_CLASS(WORD_COIN), "kbtc", 1)->value, "BTC");
    assert_string_equal(lexicon_value(l, WORD_COIN, "btc"), "BTC");
    assert_null(lexicon_value(l, WORD_COIN, "bt"));
    assert_null(lexicon_value(l, WORD_COIN, ""));
    lexicon_free(l);
    buf_release(&why);
}

static void test_plain(void **state)
{
    (void)state;
    struct plain p = plain_new(&arena, "Ａ１\u200B，b\u3000ｃ。");
    assert_string_equal(p.s, "A1,b c。");
    assert_int_equal(p.len, strlen(p.s));
    assert_int_equal(p.at[0], 0);
    assert_int_equal(p.at[1], 3);
    assert_int_equal(p.at[2], 9); /* over the invisible one */
    assert_int_equal(p.at[p.len], strlen("Ａ１\u200B，b\u3000ｃ。"));
    p = plain_new(&arena, "");
    assert_int_equal(p.len, 0);
    assert_int_equal(p.at[0], 0);
    assert_string_equal(text_small(&arena, "ABC Số ĐÔ Ü İ ẞ 比"), "abc số đô ü İ ẞ 比");
    assert_string_equal(text_small(&arena, "\xFF"
                                           "A\xC3"),
                        "\xFF"
                        "a\xC3");
    assert_string_equal(text_small(&arena, ""), "");
}

/* Every name in our own lists leads somewhere. */
static void test_our_own_lists(void **state)
{
    static const char *const natives[] = {"BTC", "ETH", "TRX", "SOL", "XRP", "TON"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(natives); i++) {
        assert_non_null(lexicon_value(lexicon, WORD_CHAIN, natives[i]));
        const char *network = lexicon_value(lexicon, WORD_NETWORK_OF, natives[i]);
        assert_non_null(network);
        assert_string_equal(lexicon_value(lexicon, WORD_CHAIN, network),
                            lexicon_value(lexicon, WORD_CHAIN, natives[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_where_words_count),
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_our_own_lists),
    };
    return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
