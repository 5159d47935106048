#include "handlers/guard/bip39.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "tests/unit/bip39_lists.h"

static const enum bip39_list lists[LISTS] = {BIP39_EN, BIP39_ZH_HANS, BIP39_ZH_HANT, BIP39_JA,
                                             BIP39_KO, BIP39_FR,      BIP39_ES,      BIP39_IT,
                                             BIP39_PT, BIP39_CS,      BIP39_RU,      BIP39_TR};

/* SHA-256 of each list as the BIP publishes it (the last two: as wallets have it), one word a line,
 * in NFKD. */
static void test_lists_are_the_standard(void **state)
{
    static const char *const sums[LISTS] = {
        "2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda",
        "5c5942792bd8340cb8b27cd592f1015edf56a8c5b26276ee18a482428e7c5726",
        "417b26b3d8500a4ae3d59717d7011952db6fc2fb84b807f3f94ac734e89c1b5f",
        "2eed0aef492291e061633d7ad8117f1a2b03eb80a29d0e4e3117ac2528d05ffd",
        "9e95f86c167de88f450f0aaf89e87f6624a57f973c67b516e338e8e8b8897f60",
        "ebc3959ab7801a1df6bac4fa7d970652f1df76b683cd2f4003c941c63d517e59",
        "46846a5a0139d1e3cb77293e521c2865f7bcdb82c44e8d0a06a2cd0ecba48c0b",
        "d392c49fdb700a24cd1fceb237c1f65dcc128f6b34a8aacb58b59384b5c648c2",
        "2685e9c194c82ae67e10ba59d9ea5345a23dc093e92276fc5361f6667d79cd3f",
        "7e80e161c3e93d9554c2efb78d4e3cebf8fc727e9c52e03b83b94406bdcc95fc",
        "2ae3221d8c5c3085bf9bbcc15859cad5c8bb132fc6f88b9cb260d8e9c2e0039e",
        "3444e619f0dc452ef7a230f151bbcaa2c011ba54914d4c9a0a857a258d6ec5f7",
    };
    (void)state;
    for (size_t list = 0; list < LISTS; list++) {
        crypto_hash_sha256_state sum;
        unsigned char hash[32];
        char hex[65];
        crypto_hash_sha256_init(&sum);
        for (size_t i = 0; i < WORDS; i++) {
            const char *word = list_words[list][i];
            crypto_hash_sha256_update(&sum, (const unsigned char *)word, strlen(word));
            crypto_hash_sha256_update(&sum, (const unsigned char *)"\n", 1);
        }
        crypto_hash_sha256_final(&sum, hash);
        sodium_bin2hex(hex, sizeof(hex), hash, sizeof(hash));
        assert_string_equal(hex, sums[list]);
    }
}

/* Without U+0300-U+036F, and U+0131 as i. */
static size_t strip(const char *word, char *out)
{
    size_t n = 0;
    for (; *word; word++)
        if ((unsigned char)*word == 0xCC || (unsigned char)*word == 0xCD)
            word++;
        else if ((unsigned char)*word == 0xC4)
            out[n++] = 'i', word++;
        else
            out[n++] = *word;
    return n;
}

static void test_every_word_is_found(void **state)
{
    (void)state;
    for (size_t list = 0; list < LISTS; list++)
        for (size_t i = 0; i < WORDS; i++) {
            char word[40];
            size_t len = strip(list_words[list][i], word);
            struct bip39_word found = bip39_find(word, len);
            assert_true(found.lists >> lists[list] & 1);
            assert_int_equal(found.place[lists[list]], i);
            if (list == 0) {
                assert_int_equal(found.place[BIP39_EN_SHORT], i);
                if (len > 4)
                    assert_int_equal(bip39_find(word, 4).place[BIP39_EN_SHORT], i);
            }
        }
}

static void test_no_other_word(void **state)
{
    static const char *const words[] = {"",      "a",       "the",      "zzzz", "abandonn",
                                        "aband", "zoo zoo", "~",        "!",    "#",
                                        "bip39", "的的",    "\xFF\xFF", "en",   "0"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        assert_int_equal(bip39_find(words[i], strlen(words[i])).lists, 0);
    assert_int_equal(bip39_find("aban", 4).lists, 1u << BIP39_EN_SHORT);
    assert_int_equal(bip39_find("zoo", 3).lists, 1u << BIP39_EN | 1u << BIP39_EN_SHORT);
}

static void test_checksum(void **state)
{
    uint16_t place[25];
    size_t passed = 0;
    (void)state;
    for (size_t i = 0; i < 2000; i++) {
        size_t n = 12 + 3 * random_below(5);
        random_phrase(place, n);
        assert_true(bip39_is_phrase(place, n));
        assert_false(bip39_is_phrase(place, n - 1));
        place[n - 1] ^= 1; /* the checksum's own bit */
        assert_false(bip39_is_phrase(place, n));
        place[n - 1] = 0xFFFF;
        assert_false(bip39_is_phrase(place, n));
        for (size_t w = 0; w < 12; w++)
            place[w] = (uint16_t)random_below(WORDS);
        passed += bip39_is_phrase(place, 12);
    }
    assert_in_range(passed, 80, 180); /* one in sixteen: 125 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lists_are_the_standard),
        cmocka_unit_test(test_every_word_is_found),
        cmocka_unit_test(test_no_other_word),
        cmocka_unit_test(test_checksum),
    };
    if (read_lists() != (size_t)LISTS * WORDS)
        die("bip39.txt: not all words are there");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
