/* Hashes, checksums and alphabets, on published vectors. */
#include "handlers/codec/bech32.h"
#include "handlers/codec/hash.h"
#include "handlers/codec/radix.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void expect(void (*hash)(const void *, size_t, unsigned char *), const char *data,
                   const char *want)
{
    unsigned char out[HASH_BYTES];
    char hex[2 * HASH_BYTES + 1];
    hash(data, strlen(data), out);
    for (size_t i = 0; i < HASH_BYTES; i++)
        snprintf(hex + 2 * i, 3, "%02x", out[i]);
    assert_string_equal(hex, want);
}

static void test_hashes(void **state)
{
    static const char long_one[] = /* a whole block of 136 bytes, and one more */
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        "aaaaaaaaaaaaaaaaaaaaaaa"
        "aaaaaaaaaaaaaaaaaaaaaaaa";
    (void)state;
    assert_int_equal(strlen(long_one), 137);
    expect(hash_keccak256, "", "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
    expect(hash_keccak256, "abc",
           "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45");
    expect(hash_keccak256, "The quick brown fox jumps over the lazy dog",
           "4d741b6f1eb29cb2a9b9911c82f56fa8d73b04959d3d9d222895df6c0b28aa15");
    expect(hash_sha512_256, "abc",
           "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23");
    expect(hash_blake2b512, "abc",
           "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1");
    expect(hash_sha256_twice, "hello",
           "9595c9df90075148eb06860365df33584b75bff782a510c6cd4883a419833d50");
    assert_int_equal(crc16("123456789", 9), 0x31C3);
    assert_int_equal(crc32("123456789", 9), 0xCBF43926);
    assert_int_equal(crc16("", 0), 0);
    assert_int_equal(crc32("", 0), 0);
}

static void test_base58(void **state)
{
    unsigned char out[BASE58_MAX_BYTES];
    char digits[400];
    (void)state;
    assert_int_equal(base58_decode(base58_bitcoin, "StV1DL6CwTryKyV", 15, out), 11);
    assert_memory_equal(out, "hello world", 11);
    assert_int_equal(base58_decode(base58_bitcoin, "111z", 4, out), 4);
    assert_memory_equal(out, "\0\0\0\x39", 4);
    assert_int_equal(base58_decode(base58_bitcoin, "0", 1, out), 0);
    assert_int_equal(base58_decode(base58_bitcoin, "", 0, out), 0);
    memset(digits, '1', sizeof(digits));
    assert_int_equal(base58_decode(base58_bitcoin, digits, BASE58_MAX_BYTES, out),
                     BASE58_MAX_BYTES);
    assert_int_equal(base58_decode(base58_bitcoin, digits, BASE58_MAX_BYTES + 1, out), 0);
    memset(digits, 'z', sizeof(digits));
    assert_int_equal(base58_decode(base58_bitcoin, digits, sizeof(digits), out), 0);
    assert_int_equal(
        base58check_decode(base58_bitcoin, "1FsSia9rv4NeEwvJ2GvXrX7LyxYspbN2mo", 34, out), 21);
    assert_int_equal(out[0], 0);
    assert_int_equal(
        base58check_decode(base58_bitcoin, "1FsSia9rv4NeEwvJ2GvXrX7LyxYspbN2mn", 34, out), 0);
    assert_int_equal(
        base58check_decode(base58_ripple, "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh", 34, out), 21);
}

static void test_bits(void **state)
{
    unsigned char out[8];
    (void)state;
    assert_true(bits_decode(base32_rfc4648, "MZXW6YTB", 8, out, 5));
    assert_memory_equal(out, "fooba", 5);
    assert_true(bits_decode(base32_rfc4648, "MZXQ", 4, out, 2));
    assert_false(bits_decode(base32_rfc4648, "MZXR", 4, out, 2)); /* a bit is left over */
    assert_false(bits_decode(base32_rfc4648, "MZX0", 4, out, 2));
    assert_false(bits_decode(base32_rfc4648, "MZXQ", 4, out, 3));
    assert_true(bits_decode(base64_plain, "Zm9v", 4, out, 3));
    assert_memory_equal(out, "foo", 3);
    assert_true(bits_decode(base64_url, "-_-_", 4, out, 3));
    assert_false(bits_decode(base64_plain, "-_-_", 4, out, 3));
    assert_true(bits_decode(base64_plain, "Zm8", 3, out, 2));
    assert_false(bits_decode(base64_plain, "Zm9", 3, out, 2));
}

static enum bech32_kind kind(const char *s)
{
    unsigned char values[BECH32_MAX];
    size_t n;
    return bech32_decode(s, strlen(s), values, &n);
}

static void test_bech32(void **state)
{
    char long_one[BECH32_MAX + 10];
    (void)state;
    assert_int_equal(kind("A12UEL5L"), BECH32_FIRST);
    assert_int_equal(kind("a12uel5l"), BECH32_FIRST);
    assert_int_equal(kind("A12uEL5L"), BECH32_WRONG);
    assert_int_equal(kind("split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w"),
                     BECH32_FIRST);
    assert_int_equal(kind("split1checkupstagehandshakeupstreamerranterredcaperred2y9e3v"),
                     BECH32_WRONG);
    assert_int_equal(kind("A1LQFN3A"), BECH32_M);
    assert_int_equal(kind("abcdef1l7aum6echk45nj3s0wdvt2fg8x9yrzpqzd3ryx"), BECH32_M);
    assert_int_equal(kind("1pzry9x0s0muk"), BECH32_WRONG);
    assert_int_equal(kind("pzry9x0s0muk"), BECH32_WRONG);
    assert_int_equal(kind("li1dgmt3"), BECH32_WRONG);
    assert_int_equal(kind(""), BECH32_WRONG);
    memset(long_one, 'q', sizeof(long_one));
    memcpy(long_one, "bc1", 3);
    long_one[sizeof(long_one) - 1] = '\0';
    assert_int_equal(kind(long_one), BECH32_WRONG);
    assert_true(bech32_is_segwit(
        "bc1pw508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kt5nd6y", 74));
    assert_false(bech32_is_segwit("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kemeawh",
                                  42)); /* version 0 as bech32m */
    assert_true(cashaddr_is_valid("qr6m7j9njldwwzlg9v7v53unlr4jkmx6eylep8ekg2", 42));
    assert_false(cashaddr_is_valid("qr6m7j9njldwwzlg9v7v53unlr4jkmx6eylep8ekg3", 42));
    assert_false(cashaddr_is_valid("q", 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hashes),
        cmocka_unit_test(test_base58),
        cmocka_unit_test(test_bits),
        cmocka_unit_test(test_bech32),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
