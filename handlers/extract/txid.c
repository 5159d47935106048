#include "handlers/extract/txid.h"

#include "handlers/codec/radix.h"
#include "handlers/extract/letters.h"

/* --- the forms --- */

/* A hash in hexadecimal; a digit too few or too many, or one that is none, is a slip of the hand.
 */
static enum reading read_digits(const char *s, size_t len)
{
    size_t digits = letters_count(s, len, isxdigit);
    if (len == 64 && digits == len)
        return READING_RIGHT;
    bool looks = len >= 60 && len <= 68 && digits + 2 >= len && letters_all(s, len, isalnum);
    return looks ? READING_WRONG : READING_NONE;
}

static enum reading read_bare_hash(const char *s, size_t len)
{
    return len >= 2 && (s[1] == 'x' || s[1] == 'X') ? READING_NONE : read_digits(s, len);
}

static enum reading read_0x_hash(const char *s, size_t len)
{
    bool has_0x = len > 2 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X');
    return has_0x ? read_digits(s + 2, len - 2) : READING_NONE;
}

static enum reading read_solana(const char *s, size_t len)
{
    unsigned char raw[BASE58_MAX_BYTES];
    if (len < 84 || len > 90 || !letters_mixed(s, len))
        return READING_NONE;
    if (len <= 88 && base58_decode(base58_bitcoin, s, len, raw) == 64)
        return READING_RIGHT;
    return letters_all(s, len, isalnum) ? READING_WRONG : READING_NONE;
}

/* A wrong one is rather a wrong Solana address. */
static enum reading read_sui(const char *s, size_t len)
{
    unsigned char raw[BASE58_MAX_BYTES];
    bool is_hash = len >= 40 && len <= 44 && letters_mixed(s, len) &&
                   base58_decode(base58_bitcoin, s, len, raw) == 32;
    return is_hash ? READING_RIGHT : READING_NONE;
}

static enum reading read_algorand(const char *s, size_t len)
{
    unsigned char raw[32];
    bool is_hash = len == 52 && bits_decode(base32_rfc4648, s, len, raw, 32);
    return is_hash && !letters_all(s, len, isalpha) ? READING_RIGHT : READING_NONE;
}

/* 32 bytes of base64, which end in "=". */
static enum reading read_ton(const char *s, size_t len)
{
    unsigned char raw[32];
    if (len != 44 || s[43] != '=' || !letters_mixed(s, len))
        return READING_NONE;
    bool is_hash =
        bits_decode(base64_plain, s, 43, raw, 32) || bits_decode(base64_url, s, 43, raw, 32);
    return is_hash ? READING_RIGHT : READING_NONE;
}

static enum reading read_tezos(const char *s, size_t len)
{
    unsigned char raw[BASE58_MAX_BYTES];
    if (len != 51 || *s != 'o' || !letters_mixed(s, len))
        return READING_NONE;
    bool is_right =
        base58check_decode(base58_bitcoin, s, len, raw) == 34 && raw[0] == 5 && raw[1] == 116;
    return is_right ? READING_RIGHT : READING_WRONG;
}

/* A CID: version 1, DAG-CBOR, BLAKE2b-256 and its 32 bytes, in base32. */
static enum reading read_filecoin(const char *s, size_t len)
{
    unsigned char raw[38];
    bool is_cid = len == 62 && *s == 'b' && bits_decode(base32_small, s + 1, len - 1, raw, 38) &&
                  !memcmp(raw, "\x01\x71\xA0\xE4\x02\x20", 6);
    return is_cid ? READING_RIGHT : READING_NONE;
}

static size_t skip_digits(const char *s, size_t len, size_t at)
{
    while (at < len && is_digit(s[at]))
        at++;
    return at;
}

/* The payer's account and a time: 0.0.19790@1666769504.858851231; explorers write dashes. */
static enum reading read_hedera(const char *s, size_t len)
{
    size_t at = len > 4 && !memcmp(s, "0.0.", 4) ? skip_digits(s, len, 4) : 0;
    if (at <= 4 || at == len || !letter_in(s[at], "@-"))
        return READING_NONE;
    size_t seconds = at + 1, end = skip_digits(s, len, seconds);
    if (end - seconds != 10 || end == len || !letter_in(s[end], ".-"))
        return READING_NONE;
    size_t rest = len - end - 1;
    return rest && rest <= 9 && letters_all(s + end + 1, rest, isdigit) ? READING_RIGHT
                                                                        : READING_NONE;
}

static const struct {
    const char *chains;
    enum reading (*read)(const char *s, size_t len);
} forms[] = {
    {"BTC BCH LTC DOGE DASH ZEC TRX XRP XLM TON ADA EOS NEO ATOM OSMO TIA INJ SEI KAVA RUNE DYDX "
     "CRO AKT BNB_BEACON",
     read_bare_hash},
    {"EVM APT DOT KSM VET", read_0x_hash},
    {"SOL", read_solana},
    {"SUI NEAR", read_sui},
    {"ALGO", read_algorand},
    {"TON", read_ton},
    {"XTZ", read_tezos},
    {"FIL", read_filecoin},
    {"HBAR", read_hedera},
};

/* --- reading --- */

bool chains_have(const char *chains, const char *chain)
{
    size_t family = strcspn(chain, ":");
    for (const char *at = chains; *at; at += strspn(at, " ")) {
        size_t len = strcspn(at, " ");
        if ((len == strlen(chain) || len == family) && !strncmp(at, chain, len))
            return true;
        at += len;
    }
    return false;
}

enum reading txid_read(const char *s, size_t len, const char **chains)
{
    enum reading best = READING_NONE;
    *chains = "";
    for (size_t i = 0; len && i < ARRAY_LEN(forms); i++) {
        enum reading r = forms[i].read(s, len);
        if (r > best) {
            best = r;
            *chains = forms[i].chains;
        }
    }
    return best;
}

enum reading txid_read_of(const char *s, size_t len, const char *chain)
{
    const char *chains;
    bool is_known = false;
    enum reading r = txid_read(s, len, &chains);
    for (size_t i = 0; i < ARRAY_LEN(forms); i++)
        is_known |= chains_have(forms[i].chains, chain);
    return r == READING_RIGHT && is_known && !chains_have(chains, chain) ? READING_WRONG : r;
}
