#include "handlers/codec/bech32.h"

#include "handlers/codec/radix.h"

#include <ctype.h>

static bool has_one_case(const char *s, size_t len)
{
    bool has_small = false, has_capital = false;
    for (size_t i = 0; i < len; i++) {
        has_small |= is_lower(s[i]);
        has_capital |= is_upper(s[i]);
    }
    return !has_small || !has_capital;
}

/* The letters' values; false when one of them is no letter. */
static bool read_values(const char *s, size_t len, unsigned char *values)
{
    for (size_t i = 0; i < len; i++) {
        int value = radix_digit(base32_bech, (char)tolower((unsigned char)s[i]));
        if (value < 0)
            return false;
        values[i] = (unsigned char)value;
    }
    return true;
}

int bech32_bytes(const unsigned char *values, size_t n, unsigned char *out, size_t *n_out)
{
    unsigned bits = 0, n_bits = 0;
    *n_out = 0;
    for (size_t i = 0; i < n; i++) {
        bits = (bits << 5 | values[i]) & 0xFFFF;
        n_bits += 5;
        if (n_bits >= 8) {
            n_bits -= 8;
            out[(*n_out)++] = (unsigned char)(bits >> n_bits);
        }
    }
    return n_bits < 5 && !(bits & ((1u << n_bits) - 1)) ? 0 : -1;
}

/* --- checksums --- */

/* A BCH code over groups of five bits; the highest of them stands at bit `top` of the sum. */
struct bch {
    unsigned top;
    uint64_t generator[5];
};

static uint64_t bch_step(const struct bch *code, uint64_t sum, unsigned value)
{
    uint64_t above = sum >> code->top;
    sum = (sum ^ above << code->top) << 5 ^ value;
    for (unsigned i = 0; i < 5; i++)
        sum ^= above >> i & 1 ? code->generator[i] : 0;
    return sum;
}

/* --- bech32 --- */

static const struct bch bech32 = {25, {0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3}};

enum bech32_kind bech32_decode(const char *s, size_t len, unsigned char values[BECH32_MAX],
                               size_t *n)
{
    const char *one = memrchr(s, '1', len);
    size_t prefix = one ? (size_t)(one - s) : 0;
    *n = 0;
    if (!prefix || len > BECH32_MAX || len < prefix + 7 || !has_one_case(s, len) ||
        !read_values(one + 1, len - prefix - 1, values))
        return BECH32_WRONG;
    uint64_t sum = 1;
    for (size_t i = 0; i < prefix; i++)
        sum = bch_step(&bech32, sum, (unsigned)tolower((unsigned char)s[i]) >> 5);
    sum = bch_step(&bech32, sum, 0);
    for (size_t i = 0; i < prefix; i++)
        sum = bch_step(&bech32, sum, (unsigned)tolower((unsigned char)s[i]) & 31);
    *n = len - prefix - 1;
    for (size_t i = 0; i < *n; i++)
        sum = bch_step(&bech32, sum, values[i]);
    *n -= 6;
    return sum == 1 ? BECH32_FIRST : sum == 0x2bc830a3 ? BECH32_M : BECH32_WRONG;
}

bool bech32_is_segwit(const char *s, size_t len)
{
    unsigned char values[BECH32_MAX], program[BECH32_MAX];
    size_t n, n_program;
    enum bech32_kind kind = bech32_decode(s, len, values, &n);
    if (len > 90 || kind == BECH32_WRONG || n < 1 ||
        bech32_bytes(values + 1, n - 1, program, &n_program))
        return false;
    if (values[0] == 0)
        return kind == BECH32_FIRST && (n_program == 20 || n_program == 32);
    return values[0] <= 16 && kind == BECH32_M && n_program >= 2 && n_program <= 40;
}

/* --- cashaddr --- */

static const struct bch cashaddr = {
    35, {0x98f2bc8e61, 0x79b76d99e2, 0xf33e5fb3c4, 0xae2eabe2a8, 0x1e4f43e470}};

bool cashaddr_is_valid(const char *s, size_t len)
{
    static const size_t sizes[] = {20, 24, 28, 32, 40, 48, 56, 64};
    unsigned char values[BECH32_MAX], payload[BECH32_MAX];
    size_t n;
    if (len < 10 || len > BECH32_MAX || !has_one_case(s, len) || !read_values(s, len, values))
        return false;
    uint64_t sum = 1;
    for (const char *c = "bitcoincash"; *c; c++)
        sum = bch_step(&cashaddr, sum, *c & 31u);
    sum = bch_step(&cashaddr, sum, 0);
    for (size_t i = 0; i < len; i++)
        sum = bch_step(&cashaddr, sum, values[i]);
    if (sum != 1 || bech32_bytes(values, len - 8, payload, &n) || n < 1)
        return false;
    return !(payload[0] & 0x80) && n - 1 == sizes[payload[0] & 7];
}
