/* Addresses and transaction ids of every chain: own vectors, each broken in every letter, and all
 * rows of the shared ones. */
#include "tests/unit/extract_rig.h"

#include "handlers/extract/txid.h"

static const struct vector {
    const char *chain, *text;
} addresses[] =
    {
        {"ADA", "DdzFFzCqrhstpwKc8WMvPwwBb5oabcTW9zc5ykA37wJR4tYQucvsR9dXb2kEGNXkFJz2PtrpzfRiZkx8R1"
                "iNo8NYqdsukVmv7EAybFwC"},
        {"ADA", "Ae2tdPwUPEYzs5BRbGcoS3DXvK8mwgggmESz4HqUwMyaS9eNksZGz1LMS9v"},
        {"ADA", "addr1qxy3w62dupy9pzmpdfzxz4k240w5vawyagl5m9djqquyymrtm3grn7gpnjh7rwh2dy62hk8639lt6"
                "kzn32yxq960usnq9pexvt"},
        {"AKT", "akash1f4nskxfw8ufhwnajh7xwt0wmdtxm02vwta6krg"},
        {"ALGO", "HXIWBVQGOO6ZWE5NYJO22XMYRUGZ6TGNX2K2EERPT3ZIWPHE5CLJGB2GEA"},
        {"ATOM", "cosmos1hsk6jryyqjfhp5dhc55tc9jtckygx0eph6dd02"},
        {"BCH", "bitcoincash:qr6m7j9njldwwzlg9v7v53unlr4jkmx6eylep8ekg2"},
        {"BCH", "pqx578nanz2h2estzmkr53zqdg6qt8xyqvwhn6qeyc"},
        {"BCH", "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2"},
        {"BNB_BEACON", "bnb1h8xf9htasu9aclra954dnnve8fgcda4ae7qfa8"},
        {"BTC", "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4"},
        {"BTC", "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0"},
        {"BTC", "1FsSia9rv4NeEwvJ2GvXrX7LyxYspbN2mo"},
        {"BTC", "36j4NfKv6Akva9amjWrLG6MuSQym1GuEmm"},
        {"BTC_TEST", "tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx"},
        {"BTC_TEST", "mzK2FFDEhxqHcmrJw1ysqFkVyhUULo45hZ"},
        {"BTC_TEST", "2NC2hEhe28ULKAJkW5MjZ3jtTMJdvXmByvK"},
        {"CRO", "cro10wrflcdc4pys9vvgqm98yg7yv5ltj7d3xehent"},
        {"DASH", "XgkpWEFe59pX3aMhx6PrDawjNnoZKHeZbp"},
        {"DASH", "7eprxeVjKfVgS8p2RNsZ89K72YV61xg4gq"},
        {"DOGE", "DLSSSUS3ex7YNDACJDxMER1ZMW579Vy8Zy"},
        {"DOGE", "AETZJzedcmLM2rxCM6VqCGF3YEMUjA3jMw"},
        {"DOT", "12dyy3fArMPDXLsnRtapTqZsC2KCEimeqs1dop4AEERaKC6x"},
        {"DYDX", "dydx1adl7usw7z2dnysyn7wvrghu0u0q6gr7jqs4gtt"},
        {"EVM", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"},
        {"INJ", "inj13u6g7vqgw074mgmf2ze2cadzvkz9snlwcrtq8a"},
        {"KAVA", "kava1xd39avn2f008jmvua0eupg39zsp2xn3wf802vn"},
        {"KSM", "FHKAe66mnbk8ke8zVWE9hFVFrJN1mprFPVmD5rrevotkcDZ"},
        {"LTC", "LW6HjAU6GL9fK2LZWUA6VZCzomTdrpx3nr"},
        {"LTC", "MQMcJhpWHYVeQArcZR3sBgyPZxxRtnH441"},
        {"LTC", "ltc1q3m3ujh350qrqdl33pv7pjw0d0m9qnm6qjcjpga"},
        {"OSMO", "osmo1mky69cn8ektwy0845vec9upsdphktxt0en97f5"},
        {"RUNE", "thor1z53wwe7md6cewz9sqwqzn0aavpaun0gw0exn2r"},
        {"SEI", "sei155hqv2rsypqzq0zpjn72frsxx4l6tcmplw63m2"},
        {"TIA", "celestia1tt4tv4jrs4twdtzwywxd8u65duxgk8y73wvfu2"},
        {"TON", "EQDKbjIcfM6ezt8KjKJJLshZJJSqX7XOA4ff-W72r5gqPrHF"},
        {"TON", "Ef8JfFPRpHBV_tZpCurvxMJW69nt2js3SuGEWojGnOpCVPRe"},
        {"TON", "UQAACKJfEIfI5vkht_w3NYk8k-OU5Xl_jq9XNmmkcPaUO-tB"},
        {"TRX", "TJRyWwFs9wTFGZg3JbrVriFbNfCug5tDeC"},
        {"XLM", "GCILJZQ3CKBKBUJWW4TAM6Q37LJA5MQX6GMSFSQN75BPLWIZ33OPRG52"},
        {"XRP", "rGWrZyQqhTp9Xu7G5Pkayo7bXjH4k4QYpf"},
        {"XRP", "XVLhHMPHU98es4dbozjVtdWzVrDjtV18pX8yuPT7y4xaEHi"},
        {"XTZ", "tz1SiPXX4MYGNJNDsRc7n8hkvUqFzg8xqF9m"},
        {"XTZ", "KT1EM2LvxxFGB3Svh9p9HCP2jEEYyHjABMbK"},
        {"ZEC", "t1RygJmrLdNGgi98gUgEJDTVaELTAYWoMBy"},
        {"ZEC", "t3RD6RFKhWSotNbPEY4Vw7Ku9QCfKkzrbBL"},
},
  bare_addresses[] =
      {
          /* without a checksum */
          {"EVM", "0x52908400098527886E0F7030069857D2E4169EE7"},
          {"EVM", "0xde709f2102306220921060314715629080e2fb77"},
          {"SOL", "2gVkYWexTHR5Hb2aLeQN3tnngvWzisFKXDUPrgMHpdST"},
          {"SOL", "69UwBV4LPg7hHUS5JXiXyfgVnESmDKe8KJppsLj8pRU"},
          {"APT", "0xeeff357ea5c1a4e7bc11b2b17ff2dc2dcca69750bfef1e1ebcaccf8c8018175b"},
          {"SUI", "0x259ff8074ab425cbb489f236e18e08f03f1a7856bdf7c7a2877bd64f738b5015"},
          {"TON", "0:ca6e321c7cce9ecedf0a8ca2492ec8592494aa5fb5ce0387dff96ef6af982a3e"},
          {"TON", "-1:8a8627861a5dd96c9db3ce0807b122da5ed473934ce7568a5b4b1c361cbb28ae"},
},
  short_addresses[] =
      {
          {"APT", "0x1"},    {"EOS", "bittrexacct1"},   {"EOS", "binancecleos"},
          {"HBAR", "0.0.1"}, {"HBAR", "0.0.987654321"}, {"HBAR", "0.0.123-vfmkw"},
},
  txids[] = {
      {"BTC", "f4184fc596403b9d638783cf57adfe4c75c605f6356fbc91338530e9831e9e16"},
      {"XRP", "E26AB8F3372D2FC02DEC1FD5674ADAB762D684BFFDBBDF5D674E9D7CF4A47054"},
      {"EVM:bsc", "0xb9ae2e808fe8e57171f303ad8f6e3fd17d949b0bfc7b4db6e8e30a71cc517d7e"},
      {"SOL",
       "5LmxrEKGchhMuYfw6Qut6CbsvE9pVfb8YvwZKvWssSesDVjHioBCmWKSJQh1WhvcM6CpemhpHNmEMA2a36rzwTa8"},
      {"TON", "fJXfn0EVhV09HFuEgUHu4Cchb24nUQtIMwSzmzk2tLs="},
      {"TON", "7c95df9f4115855d3d1c5b848141eee027216f6e27510b483304b39b3936b4bb"},
      {"SUI", "68wBKsZyYXmCUydDmabQ71kTcFWTfDG7tFmTLk1HgNdN"},
      {"ALGO", "CR7POXFTYDLC7TV3IXHA7AZKWABUJC52BACLHJQNXAKZJGRPQY3A"},
      {"FIL", "bafy2bzacedsgjcd6xfhrrymmfrqubb44otlyhvgqkgsh533d5j5hwniiqespm"},
      {"XTZ", "onk3Z6V4StyfiXTPSHwZFvTKVAaws37cHmZacmULPr3VbVHpKrg"},
      {"HBAR", "0.0.19790-1666769504-858851231"},
      {"HBAR", "0.0.19790@1666769504.858851231"},
};

static void check(enum reading (*read)(const char *, size_t, const char **), const struct vector *v)
{
    const char *chains;
    if (read(v->text, strlen(v->text), &chains) != READING_RIGHT || !chains_have(chains, v->chain))
        fail_msg("%s %s: %s", v->chain, v->text, chains);
}

static void test_addresses(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(addresses); i++)
        check(address_read, &addresses[i]);
    for (size_t i = 0; i < ARRAY_LEN(bare_addresses); i++)
        check(address_read, &bare_addresses[i]);
    for (size_t i = 0; i < ARRAY_LEN(short_addresses); i++)
        check(address_read_short, &short_addresses[i]);
}

/* One letter changed, left out or doubled: no longer right, and no crash. */
static void test_broken_addresses(void **state)
{
    static const char letters[] = "2aZ7qm9K";
    size_t tried = 0;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(addresses); i++) {
        const struct vector *v = &addresses[i];
        size_t len = strlen(v->text);
        for (size_t at = 0; at < len; at++)
            for (size_t k = 0; k < sizeof(letters) + 1; k++) {
                char broken[256];
                const char *chains;
                memcpy(broken, v->text, len + 1);
                if (k < sizeof(letters) - 1)
                    broken[at] = letters[k];
                else if (k == sizeof(letters) - 1)
                    memmove(broken + at, v->text + at + 1, len - at);
                else
                    memmove(broken + at + 1, v->text + at, len - at + 1);
                if (str_eq(broken, v->text))
                    continue;
                enum reading r = address_read(broken, strlen(broken), &chains);
                if (r == READING_RIGHT && chains_have(chains, v->chain))
                    fail_msg("%s %s passes for %s", v->chain, broken, v->text);
                tried++;
            }
    }
    assert_true(tried > 10000);
}

static void test_txids(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(txids); i++) {
        check(txid_read, &txids[i]);
        assert_int_equal(txid_read_of(txids[i].text, strlen(txids[i].text), txids[i].chain),
                         READING_RIGHT);
        /* Hedera's last number may be shorter, and so may what base58 alone tells */
        bool is_elastic = strpbrk(txids[i].text, "-@") || str_eq(txids[i].chain, "SOL") ||
                          str_eq(txids[i].chain, "SUI");
        for (size_t len = 0; len < strlen(txids[i].text) && !is_elastic; len++)
            if (txid_read_of(txids[i].text, len, txids[i].chain) == READING_RIGHT)
                fail_msg("%.*s", (int)len, txids[i].text);
    }
    assert_int_equal(txid_read_of(txids[2].text, 66, "TRX"), READING_WRONG);
    assert_int_equal(txid_read_of(txids[0].text, 64, "EVM:ethereum"), READING_WRONG);
    assert_int_equal(txid_read_of(txids[0].text, 64, "VIA"), READING_RIGHT); /* not in our list */
    assert_int_equal(txid_read_of(txids[0].text, 63, "BTC"), READING_WRONG);
    assert_int_equal(txid_read_of("hello", 5, "BTC"), READING_NONE);
    assert_true(chains_have("BTC EVM", "EVM:bsc"));
    assert_false(chains_have("EVM:bsc", "EVM"));
    assert_false(chains_have("BTC_TEST", "BTC"));
    assert_false(chains_have("", "BTC"));
}

static void test_tags(void **state)
{
    (void)state;
    assert_int_equal(address_packed_tag("XVLhHMPHU98es4dbozjVtdWzVrDjtV18pX8yuPT7y4xaEHi", 47),
                     4294967295);
    assert_int_equal(address_packed_tag("rGWrZyQqhTp9Xu7G5Pkayo7bXjH4k4QYpf", 34), -1);
    assert_int_equal(address_packed_tag("X", 1), -1);
}

/* --- the shared vectors, where they are --- */

struct row {
    char line[4096];
    char *chain, *text, *last;
};

static FILE *open_shared(const char *name)
{
    const char *shared = getenv("ZAIDE_SHARED");
    FILE *file =
        fopen(arena_printf(&arena, "%s/data/chain/%s", shared ? shared : "../shared", name), "r");
    char header[4096];
    if (!file || !fgets(header, sizeof(header), file))
        skip();
    return file;
}

static bool next_row(FILE *file, struct row *r)
{
    if (!fgets(r->line, sizeof(r->line), file))
        return false;
    char *rest = r->line;
    r->chain = strsep(&rest, "\t");
    r->text = strsep(&rest, "\t");
    r->last = strsep(&rest, "\t\n");
    return r->last;
}

/* Is it found, right, whole, and of this chain? */
static bool is_found(const struct extract *e, enum field field, const char *value,
                     const char *chain)
{
    for (size_t i = 0; i < e->n; i++) {
        const struct found *f = &e->items[i];
        if (f->field == field && f->is_valid && str_eq(f->value, value) &&
            chains_have(f->chains, chain))
            return true;
    }
    return false;
}

static void check_rows(const char *name, enum field field, size_t at_least)
{
    FILE *file = open_shared(name);
    struct row r;
    size_t n = 0, wrong = 0;
    for (; next_row(file, &r); n++) {
        struct extract *e = extract_find(lexicon, &arena, r.text, field_name(field), "");
        if (is_found(e, field, r.text, r.chain) != str_eq(r.last, "valid")) {
            print_error("%s %s is %s\n", r.chain, r.text, r.last);
            wrong++;
        }
        arena_clear(&arena);
    }
    fclose(file);
    print_message("%s: %zu rows, %zu wrong\n", name, n, wrong);
    assert_int_equal(wrong, 0);
    assert_true(n >= at_least);
}

static void test_shared_addresses(void **state)
{
    (void)state;
    check_rows("addresses.tsv", FIELD_ADDRESS, 545);
}

static void test_shared_txids(void **state)
{
    (void)state;
    check_rows("txids.tsv", FIELD_TXID, 70);
}

static void test_shared_links(void **state)
{
    FILE *file = open_shared("txid_urls.tsv");
    struct row r;
    size_t n = 0;
    (void)state;
    for (; next_row(file, &r); n++) {
        struct extract *e = extract_find(lexicon, &arena, r.text, "", "");
        if (!is_found(e, FIELD_TXID, r.last, r.chain) || !is_found(e, FIELD_LINK, r.text, r.chain))
            fail_msg("%s %s", r.chain, r.text);
        arena_clear(&arena);
    }
    fclose(file);
    assert_true(n >= 43);
}

/* Every explorer's link names its transaction; the columns here: id, symbol, number, prefix. */
static void test_shared_explorers(void **state)
{
    static const char hash[] = "f4184fc596403b9d638783cf57adfe4c75c605f6356fbc91338530e9831e9e16";
    FILE *file = open_shared("explorers.tsv");
    char line[4096];
    size_t n = 0;
    (void)state;
    for (; fgets(line, sizeof(line), file); n++) {
        char *rest = line;
        for (size_t i = 0; i < 3; i++)
            strsep(&rest, "\t");
        const char *text = arena_printf(&arena, "看 %s%s 谢谢", strsep(&rest, "\t"), hash);
        struct extract *e = extract_find(lexicon, &arena, text, "", "");
        size_t found = 0;
        for (size_t i = 0; i < e->n; i++)
            found += e->items[i].field == FIELD_TXID && str_eq(e->items[i].value, hash);
        if (found != 1)
            fail_msg("%s: %s", text, rig_show(text, "", "", WITH_CHAINS));
        arena_clear(&arena);
    }
    fclose(file);
    assert_true(n >= 167);
}

/* What the guard finds in a line is named, and nothing of the line's secret comes out. */
static void test_shared_secrets(void **state)
{
    FILE *file = open_shared("secrets.tsv");
    struct row r; /* kind, text, valid */
    size_t n = 0, secret = 0;
    (void)state;
    for (; next_row(file, &r); n++) {
        struct extract *e = extract_find(lexicon, &arena, r.text, "", "");
        bool is_bare = str_eq(r.text, "JBSWY3DPEHPK3PXP"); /* any code looks so */
        bool is_mistyped = str_eq(r.chain, "bip39_en");
        bool is_secret = str_eq(r.last, "valid") ? !is_bare : is_mistyped;
        if ((e->secret != NULL) != is_secret || (is_secret && e->n))
            fail_msg("%s %s: %s", r.chain, r.text, rig_show(r.text, "", "", WITH_CHAINS));
        secret += is_secret;
        arena_clear(&arena);
    }
    fclose(file);
    assert_true(n >= 148 && secret > 120);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_broken_addresses),
        cmocka_unit_test(test_txids),
        cmocka_unit_test(test_tags),
        cmocka_unit_test(test_shared_addresses),
        cmocka_unit_test(test_shared_txids),
        cmocka_unit_test(test_shared_links),
        cmocka_unit_test(test_shared_explorers),
        cmocka_unit_test(test_shared_secrets),
    };
    return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
