#include "handlers/codec/radix.h"

#include "handlers/codec/hash.h"

#include <sodium.h>

const char base58_bitcoin[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const char base58_ripple[] = "rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz";
const char base32_rfc4648[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const char base32_small[] = "abcdefghijklmnopqrstuvwxyz234567";
const char base32_bech[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
const char base64_plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const char base64_url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

int radix_digit(const char *alphabet, char letter)
{
    const char *at = letter ? strchr(alphabet, letter) : NULL;
    return at ? (int)(at - alphabet) : -1;
}

bool radix_is_all(const char *alphabet, const char *s, size_t len)
{
    while (len && radix_digit(alphabet, s[len - 1]) >= 0)
        len--;
    return !len;
}

size_t base58_decode(const char *alphabet, const char *s, size_t len, unsigned char *out)
{
    unsigned char number[BASE58_MAX_BYTES] = {0};
    size_t n = 0, zeros = 0; /* bytes of the number, lowest first */
    bool fits = true;
    while (zeros < len && s[zeros] == alphabet[0])
        zeros++;
    for (size_t i = zeros; i < len && fits; i++) {
        int carry = radix_digit(alphabet, s[i]);
        fits = carry >= 0;
        for (size_t k = 0; fits && (k < n || carry); k++) {
            fits = zeros + k < sizeof(number);
            if (!fits)
                break;
            carry += number[k] * 58;
            number[k] = (unsigned char)carry;
            carry >>= 8;
            n = k < n ? n : k + 1;
        }
    }
    fits = fits && zeros + n <= sizeof(number);
    if (fits) {
        memset(out, 0, zeros);
        for (size_t i = 0; i < n; i++)
            out[zeros + i] = number[n - 1 - i];
    }
    sodium_memzero(number, sizeof(number));
    return fits ? zeros + n : 0;
}

size_t base58check_decode(const char *alphabet, const char *s, size_t len, unsigned char *out)
{
    unsigned char hash[HASH_BYTES];
    size_t n = base58_decode(alphabet, s, len, out);
    if (n <= 4)
        return 0;
    hash_sha256_twice(out, n - 4, hash);
    return memcmp(hash, out + n - 4, 4) ? 0 : n - 4;
}

bool bits_decode(const char *alphabet, const char *s, size_t len, unsigned char *out, size_t n)
{
    unsigned width = alphabet[32] ? 6 : 5, bits = 0, n_bits = 0;
    size_t at = 0;
    if (len * width / 8 != n)
        return false;
    for (size_t i = 0; i < len; i++) {
        int digit = radix_digit(alphabet, s[i]);
        if (digit < 0)
            return false;
        bits = (bits << width | (unsigned)digit) & 0xFFFF;
        n_bits += width;
        if (n_bits >= 8) {
            n_bits -= 8;
            out[at++] = (unsigned char)(bits >> n_bits);
        }
    }
    return n_bits < width && !(bits & ((1u << n_bits) - 1));
}
