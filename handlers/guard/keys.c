#include "handlers/guard/keys.h"

#include <sodium.h>

static const char bitcoin58[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
static const char ripple58[] = "rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz";
static const char base32[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

#define MAX_BYTES 88 /* of the longest form */

/* The place of a letter in its alphabet, or -1. */
static int digit(const char *alphabet, char c)
{
    const char *at = c ? strchr(alphabet, c) : NULL;
    return at ? (int)(at - alphabet) : -1;
}

bool key_is_base58(const char *s, size_t len)
{
    while (len && digit(bitcoin58, s[len - 1]) >= 0)
        len--;
    return !len;
}

/* What base58 stands for, without its four checksum bytes; 0 when they are wrong or it is too long.
 */
static size_t decode58(const char *alphabet, const char *s, size_t len, unsigned char *out)
{
    unsigned char number[MAX_BYTES] = {0}, hash[crypto_hash_sha256_BYTES];
    size_t n = 0; /* bytes of the number, lowest first */
    for (size_t i = 0; i < len; i++) {
        int carry = digit(alphabet, s[i]);
        if (carry < 0)
            return 0;
        for (size_t k = 0; k < n || carry; k++) {
            if (k == sizeof(number))
                return 0;
            carry += number[k] * 58;
            number[k] = (unsigned char)carry;
            carry >>= 8;
            n = k < n ? n : k + 1;
        }
    }
    for (size_t i = 0; i < n; i++)
        out[i] = number[n - 1 - i];
    sodium_memzero(number, sizeof(number));
    if (n <= 4)
        return 0;
    crypto_hash_sha256(hash, out, n - 4);
    crypto_hash_sha256(hash, hash, sizeof(hash));
    return memcmp(hash, out + n - 4, 4) ? 0 : n - 4;
}

/* SEP-23: version, 32 bytes, CRC16-XModem with the low byte first. */
static bool is_stellar_seed(const char *s, size_t len)
{
    unsigned char raw[35];
    if (len != 56 || *s != 'S')
        return false;
    for (size_t i = 0, bits = 0, n = 0; i < len; i++) {
        int value = digit(base32, s[i]);
        if (value < 0)
            return false;
        bits = (bits << 5 | (size_t)value) & 0xFFFF;
        if ((i + 1) * 5 / 8 > n) {
            raw[n] = (unsigned char)(bits >> ((i + 1) * 5 - (n + 1) * 8));
            n++;
        }
    }
    unsigned crc = 0;
    for (size_t i = 0; i < 33; i++) {
        crc ^= (unsigned)raw[i] << 8;
        for (int bit = 0; bit < 8; bit++)
            crc = (crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1) & 0xFFFF;
    }
    bool is_seed = raw[0] == 0x90 && raw[33] == (crc & 0xFF) && raw[34] == crc >> 8;
    sodium_memzero(raw, sizeof(raw));
    return is_seed;
}

static bool has_form(const unsigned char *raw, size_t n, bool is_ripple)
{
    static const struct {
        bool is_ripple;
        size_t n, n_head;
        unsigned char head[4];
    } forms[] = {
        {false, 39, 2, {0x01, 0x42}},             /* BIP-38 */
        {false, 39, 2, {0x01, 0x43}},             /* BIP-38, EC multiplied */
        {false, 36, 4, {0x0D, 0x0F, 0x3A, 0x07}}, /* Tezos edsk, seed */
        {false, 68, 4, {0x2B, 0xF6, 0x4E, 0x07}}, /* Tezos edsk, whole key */
        {true, 17, 1, {0x21}},                    /* XRP, secp256k1 */
        {true, 19, 3, {0x01, 0xE1, 0x4B}},        /* XRP, Ed25519 */
    };
    for (size_t i = 0; i < ARRAY_LEN(forms); i++)
        if (forms[i].is_ripple == is_ripple && forms[i].n == n &&
            !memcmp(raw, forms[i].head, forms[i].n_head))
            return true;
    if (is_ripple || raw[0] < 0x80) /* WIF: every coin has its own first byte */
        return false;
    return n == 33 || (n == 34 && raw[33] == 1);
}

bool key_is_private(const char *s, size_t len, bool *certain)
{
    unsigned char raw[MAX_BYTES];
    *certain = true;
    if (is_stellar_seed(s, len))
        return true;
    if (len > 100 && strchr("xyztuvYZUV", *s) && !memcmp(s + 1, "prv", 3)) {
        *certain = decode58(bitcoin58, s, len, raw) == 78;
        sodium_memzero(raw, sizeof(raw));
        return true;
    }
    bool is_ripple = *s == 's' && len >= 25 && len <= 35;
    if (!is_ripple && !(len >= 51 && len <= 58) && len != 98)
        return false;
    size_t n = decode58(is_ripple ? ripple58 : bitcoin58, s, len, raw);
    bool is_key = n && has_form(raw, n, is_ripple);
    sodium_memzero(raw, sizeof(raw));
    return is_key;
}
