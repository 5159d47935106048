#include "handlers/guard/keys.h"

#include "handlers/codec/hash.h"
#include "handlers/codec/radix.h"

#include <sodium.h>

/* SEP-23: version, 32 bytes, CRC16-XModem with the low byte first. */
static bool is_stellar_seed(const char *s, size_t len)
{
    unsigned char raw[35];
    if (len != 56 || *s != 'S' || !bits_decode(base32_rfc4648, s, len, raw, sizeof(raw)))
        return false;
    unsigned crc = crc16(raw, 33);
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

bool key_is_private(const char *s, size_t len)
{
    unsigned char raw[BASE58_MAX_BYTES];
    if (is_stellar_seed(s, len))
        return true;
    if (len > 100 && strchr("xyztuvYZUV", *s) && !memcmp(s + 1, "prv", 3))
        return true;
    bool is_ripple = *s == 's' && len >= 25 && len <= 35;
    if (!is_ripple && !(len >= 51 && len <= 58) && len != 98)
        return false;
    size_t n = base58check_decode(is_ripple ? base58_ripple : base58_bitcoin, s, len, raw);
    bool is_key = n && has_form(raw, n, is_ripple);
    sodium_memzero(raw, sizeof(raw));
    return is_key;
}
