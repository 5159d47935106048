#include "handlers/extract/address.h"

#include "handlers/codec/bech32.h"
#include "handlers/codec/hash.h"
#include "handlers/codec/radix.h"
#include "handlers/extract/letters.h"

static bool begins_with(const char *s, size_t len, const char *prefix)
{
    size_t n = strlen(prefix);
    return len >= n && !strncasecmp(s, prefix, n);
}

/* --- base58 with a double SHA-256 --- */

static const struct base58_form {
    const char *chains, *begin;
    size_t n, n_head; /* bytes: all of it, and of its head */
    unsigned char head[3];
    bool is_ripple;
} base58_forms[] = {
    {"BTC BCH", "1", 21, 1, {0x00}, false},
    {"BTC BCH", "3", 21, 1, {0x05}, false},
    {"BTC_TEST", "m", 21, 1, {0x6F}, false},
    {"BTC_TEST", "n", 21, 1, {0x6F}, false},
    {"BTC_TEST", "2", 21, 1, {0xC4}, false},
    {"LTC", "L", 21, 1, {0x30}, false},
    {"LTC", "M", 21, 1, {0x32}, false},
    {"DOGE", "D", 21, 1, {0x1E}, false},
    {"DOGE", "A", 21, 1, {0x16}, false},
    {"DOGE", "9", 21, 1, {0x16}, false},
    {"DASH", "X", 21, 1, {0x4C}, false},
    {"DASH", "7", 21, 1, {0x10}, false},
    {"TRX", "T", 21, 1, {0x41}, false},
    {"ZEC", "t1", 22, 2, {0x1C, 0xB8}, false},
    {"ZEC", "t3", 22, 2, {0x1C, 0xBD}, false},
    {"XTZ", "tz1", 23, 3, {0x06, 0xA1, 0x9F}, false},
    {"XTZ", "tz2", 23, 3, {0x06, 0xA1, 0xA1}, false},
    {"XTZ", "tz3", 23, 3, {0x06, 0xA1, 0xA4}, false},
    {"XTZ", "tz4", 23, 3, {0x06, 0xA1, 0xA6}, false},
    {"XTZ", "KT1", 23, 3, {0x02, 0x5A, 0x79}, false},
    {"XRP", "r", 21, 1, {0x00}, true},
    {"XRP", "X", 31, 2, {0x05, 0x44}, true},
};

/* How long the text is that so many bytes and a checksum make, give or take. */
static bool has_length(const struct base58_form *f, size_t len)
{
    size_t longest = (f->n + 4) * 138 / 100 + 1;
    bool has_zeros = f->head[0] == 0;      /* they are written as one letter each */
    bool is_telling = f->begin[1] != '\0'; /* "tz1": cut off it still is recognised */
    return len <= longest && len + (has_zeros ? 9 : is_telling ? 6 : 3) >= longest;
}

/* An X-address: head, account, whether there is a tag, the tag in eight bytes, lowest first. */
static bool has_right_tag(const unsigned char *raw)
{
    static const unsigned char none[8];
    return raw[22] <= 1 && !memcmp(raw + (raw[22] ? 27 : 23), none, raw[22] ? 4 : 8);
}

static enum reading read_base58(const char *s, size_t len, const char **chains)
{
    unsigned char raw[BASE58_MAX_BYTES];
    const char *looks = NULL;
    for (size_t i = 0; i < ARRAY_LEN(base58_forms); i++) {
        const struct base58_form *f = &base58_forms[i];
        if (*s != *f->begin || strncmp(s, f->begin, strlen(f->begin)) || !has_length(f, len))
            continue;
        const char *alphabet = f->is_ripple ? base58_ripple : base58_bitcoin;
        if (base58check_decode(alphabet, s, len, raw) == f->n && !memcmp(raw, f->head, f->n_head) &&
            (f->n < 31 || has_right_tag(raw))) {
            *chains = f->chains;
            return READING_RIGHT;
        }
        if (!looks && letters_mixed(s, len))
            looks = f->chains;
    }
    *chains = looks;
    return looks ? READING_WRONG : READING_NONE;
}

int64_t address_packed_tag(const char *s, size_t len)
{
    unsigned char raw[BASE58_MAX_BYTES];
    if (*s != 'X' || base58check_decode(base58_ripple, s, len, raw) != 31 || raw[22] != 1)
        return -1;
    return (int64_t)raw[23] | (int64_t)raw[24] << 8 | (int64_t)raw[25] << 16 |
           (int64_t)raw[26] << 24;
}

/* --- bech32 --- */

enum bech32_use { BECH32_SEGWIT, BECH32_ACCOUNT, BECH32_CARDANO };

static const struct {
    const char *prefix, *chain;
    enum bech32_use use;
} bech32_forms[] = {
    {"bc", "BTC", BECH32_SEGWIT},          {"tb", "BTC_TEST", BECH32_SEGWIT},
    {"ltc", "LTC", BECH32_SEGWIT},         {"addr", "ADA", BECH32_CARDANO},
    {"cosmos", "ATOM", BECH32_ACCOUNT},    {"osmo", "OSMO", BECH32_ACCOUNT},
    {"celestia", "TIA", BECH32_ACCOUNT},   {"inj", "INJ", BECH32_ACCOUNT},
    {"sei", "SEI", BECH32_ACCOUNT},        {"kava", "KAVA", BECH32_ACCOUNT},
    {"thor", "RUNE", BECH32_ACCOUNT},      {"dydx", "DYDX", BECH32_ACCOUNT},
    {"cro", "CRO", BECH32_ACCOUNT},        {"akash", "AKT", BECH32_ACCOUNT},
    {"bnb", "BNB_BEACON", BECH32_ACCOUNT},
};

static bool is_right_bech32(const char *s, size_t len, enum bech32_use use)
{
    unsigned char values[BECH32_MAX], raw[BECH32_MAX];
    size_t n;
    if (use == BECH32_SEGWIT)
        return bech32_is_segwit(s, len);
    if (bech32_decode(s, len, values, &n) != BECH32_FIRST || bech32_bytes(values, n, raw, &n))
        return false;
    if (use == BECH32_ACCOUNT)
        return n == 20 || n == 32;
    /* CIP-19: kind and network, then a payment part, then perhaps a staking part */
    return (raw[0] & 0x0F) == 1 && raw[0] >> 4 <= 7 && n >= 29;
}

static enum reading read_bech32(const char *s, size_t len, const char **chains)
{
    for (size_t i = 0; i < ARRAY_LEN(bech32_forms); i++) {
        size_t n = strlen(bech32_forms[i].prefix);
        if (!begins_with(s, len, bech32_forms[i].prefix))
            continue;
        bool is_validator = begins_with(s + n, len - n, "valoper1");
        if (!is_validator && (len <= n || s[n] != '1'))
            continue;
        *chains = bech32_forms[i].chain;
        if (!is_validator && is_right_bech32(s, len, bech32_forms[i].use))
            return READING_RIGHT;
        return len > n + (bech32_forms[i].use == BECH32_SEGWIT ? 5 : 20) ? READING_WRONG
                                                                         : READING_NONE;
    }
    return READING_NONE;
}

/* "bitcoincash:" may be left out; with another name in its place it is another chain's. */
static enum reading read_cashaddr(const char *s, size_t len, const char **chains)
{
    static const char *const others[] = {"ecash:", "bcash:", "bchtest:", "bchreg:"};
    bool has_prefix = begins_with(s, len, "bitcoincash:");
    size_t n = has_prefix ? strlen("bitcoincash:") : 0;
    *chains = "BCH";
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        if (begins_with(s, len, others[i]))
            return READING_WRONG;
    if (len == n || !letter_in(s[n], "qpQP") || !letters_all(s + n, len - n, isalnum))
        return has_prefix ? READING_WRONG : READING_NONE;
    if (cashaddr_is_valid(s + n, len - n))
        return READING_RIGHT;
    bool looks = len - n == 42 && !letters_mixed(s + n, len - n) &&
                 letters_have(s + n, len - n, "023456789");
    return has_prefix || looks ? READING_WRONG : READING_NONE;
}

/* --- hexadecimal --- */

/* ERC-55: capitals where the hash of the small letters has its high bits. */
static bool is_right_case(const char *hex)
{
    unsigned char hash[HASH_BYTES];
    char small[40];
    bool has_small = false, has_capital = false, matches = true;
    for (size_t i = 0; i < sizeof(small); i++)
        small[i] = (char)tolower((unsigned char)hex[i]);
    hash_keccak256(small, sizeof(small), hash);
    for (size_t i = 0; i < sizeof(small); i++) {
        bool is_capital = is_upper(hex[i]);
        bool should_be = hash[i / 2] >> (i % 2 ? 0 : 4) & 8;
        has_capital |= is_capital;
        has_small |= is_lower(hex[i]);
        matches &= is_capital == should_be || is_digit(hex[i]);
    }
    return matches || !has_small || !has_capital;
}

/* 0x and 40 digits: EVM, "0X" is wrong; 0x and 64: Aptos and Sui, without a checksum. */
static enum reading read_hex(const char *s, size_t len, const char **chains)
{
    *chains = "EVM";
    if (len < 3 || s[0] != '0' || (s[1] != 'x' && s[1] != 'X')) {
        bool is_bare =
            (len == 40 || len == 41) && letters_all(s, len, isxdigit) && letters_mixed(s, len);
        return is_bare ? READING_WRONG : READING_NONE;
    }
    size_t digits = letters_count(s + 2, len - 2, isxdigit);
    bool is_pure = digits == len - 2;
    if (is_pure && len == 42)
        return s[1] == 'x' && is_right_case(s + 2) ? READING_RIGHT : READING_WRONG;
    if (len >= 60 && len <= 69 && digits + 2 >= len - 2) {
        *chains = "APT SUI";
        return is_pure && len == 66 && s[1] == 'x' ? READING_RIGHT : READING_WRONG;
    }
    return len >= 14 && len <= 50 && digits + 2 >= len - 2 ? READING_WRONG : READING_NONE;
}

/* --- base32: Stellar, Algorand --- */

static enum reading read_base32(const char *s, size_t len, const char **chains)
{
    unsigned char raw[36], hash[HASH_BYTES];
    bool is_stellar = *s == 'G' && len >= 55 && len <= 58;
    if (len < 55 || len > 60 || !letters_all(s, len, isalnum))
        return READING_NONE;
    if (len == 56 && bits_decode(base32_rfc4648, s, len, raw, 35) && raw[0] == 6 << 3 &&
        crc16(raw, 33) == (raw[33] | raw[34] << 8)) {
        *chains = "XLM";
        return READING_RIGHT;
    }
    if (len == 58 && bits_decode(base32_rfc4648, s, len, raw, 36)) {
        hash_sha512_256(raw, 32, hash);
        *chains = "ALGO";
        if (!memcmp(raw + 32, hash + HASH_BYTES - 4, 4))
            return READING_RIGHT;
    }
    if (letters_count(s, len, islower))
        return READING_NONE;
    *chains = is_stellar ? "XLM" : "ALGO";
    return letters_have(s, len, "234567") && !letters_all(s, len, isxdigit) ? READING_WRONG
                                                                            : READING_NONE;
}

/* --- base58 with checksums of their own, or none --- */

/* SS58: prefix 0 is Polkadot's, 2 Kusama's; 42 is everybody's, and no exchange takes it. */
static enum reading read_ss58(const char *s, size_t len, const char **chains)
{
    unsigned char raw[BASE58_MAX_BYTES], salted[7 + 33] = "SS58PRE", hash[HASH_BYTES];
    if (len < 46 || len > 48 || !letters_mixed(s, len))
        return READING_NONE;
    *chains = "DOT";
    if (base58_decode(base58_bitcoin, s, len, raw) != 35)
        return *s == '1' ? READING_WRONG : READING_NONE;
    memcpy(salted + 7, raw, 33);
    hash_blake2b512(salted, sizeof(salted), hash);
    bool is_right = !memcmp(hash, raw + 33, 2);
    if (raw[0] == 2)
        *chains = "KSM";
    return is_right && (raw[0] == 0 || raw[0] == 2) ? READING_RIGHT : READING_WRONG;
}

/* Cardano's Byron: CBOR [24(bytes), CRC-32 of them]. */
static enum reading read_byron(const char *s, size_t len, const char **chains)
{
    unsigned char raw[BASE58_MAX_BYTES];
    bool looks = begins_with(s, len, "DdzFF") || begins_with(s, len, "Ae2td");
    if (len < 50 || len > 120 || !letters_mixed(s, len))
        return READING_NONE;
    *chains = "ADA";
    size_t n = base58_decode(base58_bitcoin, s, len, raw), inner = n > 10 ? raw[4] : 0;
    if (n > 10 && !memcmp(raw, "\x82\xD8\x18\x58", 4) && n == inner + 10 &&
        raw[inner + 5] == 0x1A) {
        const unsigned char *sum = raw + inner + 6;
        uint32_t crc =
            (uint32_t)sum[0] << 24 | (uint32_t)sum[1] << 16 | (uint32_t)sum[2] << 8 | sum[3];
        if (crc == crc32(raw + 5, inner))
            return READING_RIGHT;
        looks = true;
    }
    return looks ? READING_WRONG : READING_NONE;
}

/* 32 bytes in base58, no checksum. */
static enum reading read_solana(const char *s, size_t len, const char **chains)
{
    unsigned char raw[BASE58_MAX_BYTES];
    *chains = "SOL";
    if (len < 32 || len > 45 || !letters_mixed(s, len))
        return READING_NONE;
    if (base58_decode(base58_bitcoin, s, len, raw) == 32)
        return READING_RIGHT;
    return len >= 42 && letters_all(s, len, isalnum) ? READING_WRONG : READING_NONE;
}

/* --- TON --- */

/* Flags, workchain, 32 bytes, CRC-16: 48 letters of one base64 alphabet. */
static enum reading read_ton(const char *s, size_t len, const char **chains)
{
    unsigned char raw[36];
    *chains = "TON";
    const char *colon = memchr(s, ':', len);
    if (colon) {
        size_t chain = (size_t)(colon - s), hex = len - chain - 1;
        bool is_number = chain <= 2 && (is_digit(*s) || *s == '-');
        if (!is_number || hex != 64 || !letters_all(colon + 1, hex, isxdigit))
            return READING_NONE;
        bool is_right = (chain == 1 && *s == '0') || (chain == 2 && !memcmp(s, "-1", 2));
        return is_right ? READING_RIGHT : READING_WRONG;
    }
    if (len < 46 || len > 50 || !letters_mixed(s, len))
        return READING_NONE;
    bool looks = letter_in(*s, "EU") && letter_in(s[1], "Qf");
    if (len != 48 ||
        (!bits_decode(base64_url, s, len, raw, 36) && !bits_decode(base64_plain, s, len, raw, 36)))
        return looks ? READING_WRONG : READING_NONE;
    if (crc16(raw, 34) != (raw[34] << 8 | raw[35]))
        return looks ? READING_WRONG : READING_NONE;
    bool is_flag = (raw[0] & 0x7F) == 0x11 || (raw[0] & 0x7F) == 0x51;
    if (raw[0] & 0x80)
        *chains = "TON_TEST";
    return is_flag && (raw[1] == 0 || raw[1] == 0xFF) ? READING_RIGHT : READING_WRONG;
}

/* --- all of them --- */

enum reading address_read(const char *s, size_t len, const char **chains)
{
    static enum reading (*const all[])(const char *, size_t, const char **) = {
        read_hex,   read_bech32, read_base58, read_base32,   read_ss58,
        read_byron, read_ton,    read_solana, read_cashaddr,
    };
    const char *looks = NULL;
    for (size_t i = 0; len && i < ARRAY_LEN(all); i++) {
        enum reading r = all[i](s, len, chains);
        if (r == READING_RIGHT)
            return r;
        if (r == READING_WRONG && !looks)
            looks = *chains;
    }
    *chains = looks ? looks : "";
    return looks ? READING_WRONG : READING_NONE;
}

/* HIP-15: five letters that stand for the number and the main network. */
static bool is_right_hedera(const char *number, size_t n, const char *letters)
{
    const long p3 = 26 * 26 * 26, p5 = p3 * 26 * 26;
    long even = 0, odd = 0, all = 0;
    for (size_t i = 0; i < n; i++) {
        long digit = number[i] == '.' ? 10 : number[i] - '0';
        all = (all * 31 + digit) % p3;
        *(i % 2 ? &odd : &even) += digit;
    }
    /* the ledger's id is one zero byte, and six more follow it: they add nothing */
    long sum = ((((long)(n % 5) * 11 + even % 11) * 11 + odd % 11) * p3 + all) % p5;
    sum = sum * 1000003 % p5;
    for (int i = 4; i >= 0; i--, sum /= 26)
        if (letters[i] != (char)('a' + sum % 26))
            return false;
    return true;
}

static enum reading read_hedera(const char *s, size_t len)
{
    size_t n = 4;
    if (len < 5 || strncmp(s, "0.0.", 4))
        return READING_NONE;
    while (n < len && is_digit(s[n]))
        n++;
    if (n == 4 || n > 4 + 10)
        return READING_NONE;
    if (n == len)
        return READING_RIGHT;
    bool has_letters = s[n] == '-' && letters_all(s + n + 1, len - n - 1, isalnum);
    if (!has_letters)
        return READING_NONE;
    return len == n + 6 && is_right_hedera(s, n, s + n + 1) ? READING_RIGHT : READING_WRONG;
}

enum reading address_read_short(const char *s, size_t len, const char **chains)
{
    enum reading r = read_hedera(s, len);
    *chains = "HBAR";
    if (r != READING_NONE)
        return r;
    *chains = "APT";
    if (len >= 3 && len <= 12 && !memcmp(s, "0x", 2) && letters_all(s + 2, len - 2, isxdigit))
        return len == 3 ? READING_RIGHT : READING_WRONG;
    *chains = "EOS";
    bool has_letter = false;
    for (size_t i = 0; i < len; i++) {
        has_letter |= is_lower(s[i]);
        if (!letter_in(s[i], "abcdefghijklmnopqrstuvwxyz12345."))
            return READING_NONE;
    }
    return len == 12 && has_letter && s[len - 1] != '.' ? READING_RIGHT : READING_NONE;
}
