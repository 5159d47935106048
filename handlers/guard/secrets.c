#include "handlers/guard/secrets.h"

#include "bot/base/plain.h"
#include "bot/base/text.h"
#include "handlers/codec/radix.h"
#include "handlers/guard/given.h"
#include "handlers/guard/keys.h"
#include "handlers/guard/seed.h"
#include "handlers/guard/signs.h"
#include "handlers/identity/link.h"

#include <sodium.h>

static const char *const kind_names[SECRET_KINDS] = {
    [SECRET_SEED] = "seed", [SECRET_KEY] = "key",           [SECRET_TOTP] = "totp",
    [SECRET_CARD] = "card", [SECRET_PASSWORD] = "password", [SECRET_OTP] = "otp",
    [SECRET_HEX] = "hex",   [SECRET_LINK] = "link",
};

const char *secret_kind_name(enum secret_kind k)
{
    return kind_names[k];
}

void secrets_add(struct secrets *s, struct arena *a, struct secret found)
{
    ARENA_GROW(a, s->items, s->n, s->cap);
    s->items[s->n++] = found;
}

/* --- strings of letters and digits --- */

struct search {
    struct arena *arena;
    struct plain text;
    bool is_shouted; /* the text has no small ASCII letter */
    struct secrets found;
    unsigned asked;
    struct signs signs; /* found when first asked for: most texts hold nothing doubtful */
    bool has_signs;
    size_t doubt_end; /* where the last doubtful string ended, and what it was taken for */
    enum said doubt_said;
};

static enum said said_near(struct search *s, size_t start, size_t end)
{
    if (!s->has_signs)
        s->signs = signs_find(s->arena, signs_of_keys, SAID_KINDS, s->text.s, s->text.len);
    s->has_signs = true;
    return (enum said)signs_near(&s->signs, start, end);
}

static bool is_all(const char *s, size_t len, const char *allowed)
{
    return strspn(s, allowed) >= len;
}

#define HEX "0123456789abcdefABCDEF"

static void add(struct search *s, enum secret_kind kind, size_t start, size_t end)
{
    secrets_add(&s->found, s->arena, (struct secret){kind, start, end - start});
}

/* In a list only the first is announced: what follows it at once is of the same sort. */
static enum said said_of_doubtful(struct search *s, size_t start, size_t end)
{
    enum said said = said_near(s, start, end);
    bool follows = s->doubt_end && start - s->doubt_end <= 8;
    for (size_t i = s->doubt_end; follows && i < start; i++)
        follows = !is_alpha(s->text.s[i]);
    if (said == SAID_NOTHING && follows)
        said = s->doubt_said;
    s->doubt_end = end;
    s->doubt_said = said;
    return said;
}

/* A private key and a transaction hash look the same. */
static void check_hex(struct search *s, size_t start, size_t end)
{
    enum said said = said_of_doubtful(s, start, end);
    if (said == SAID_KEY)
        add(s, SECRET_KEY, start, end);
    else if (said != SAID_PUBLIC && !(s->asked & ASKED_HEX))
        add(s, SECRET_HEX, start, end);
}

static size_t count_digits(const char *s, size_t len)
{
    size_t n = 0;
    for (size_t i = 0; i < len; i++)
        n += is_digit(s[i]);
    return n;
}

/* Could be an authenticator's key: base32 of 10, 16 or 20 bytes. Without a word beside it only a
 * long one counts, which no order number or invite code looks like. */
static void check_base32(struct search *s, size_t start, size_t end)
{
    const char *text = s->text.s + start;
    size_t digits = count_digits(text, end - start);
    enum said said = said_near(s, start, end);
    bool is_word = !digits && (is_lower(*text) || s->is_shouted);
    if ((said == SAID_KEY || said == SAID_TOTP) && !is_word)
        add(s, SECRET_TOTP, start, end);
    else if (said == SAID_NOTHING && end - start >= 32 && digits)
        add(s, SECRET_TOTP, start, end);
}

static void check_string(struct search *s, size_t start, size_t end)
{
    const char *text = s->text.s + start;
    size_t len = end - start;
    size_t prefix = text[0] == '0' && (text[1] == 'x' || text[1] == 'X') ? 2 : 0;
    if (len - prefix == 64 && is_all(text + prefix, 64, HEX))
        check_hex(s, start, end);
    else if (key_is_private(text, len))
        add(s, SECRET_KEY, start, end);
    else if ((len == 16 || len == 26 || len == 32) &&
             (is_all(text, len, base32_rfc4648) || is_all(text, len, base32_small)))
        check_base32(s, start, end);
    else if ((len == 51 || len == 52 || len == 87 || len == 88) &&
             radix_is_all(base58_bitcoin, text, len) &&
             said_near(s, start, end) == SAID_KEY) /* a mistyped WIF; Solana's keys and hashes */
        add(s, SECRET_KEY, start, end);
}

/* "JBSW Y3DP EHPK 3PXP": as exchanges and authenticators show a key. Returns where it ends. */
static size_t check_groups(struct search *s, size_t start)
{
    const char *text = s->text.s;
    const char *allowed = is_all(text + start, 4, base32_rfc4648) ? base32_rfc4648 : base32_small;
    size_t end = start, groups = 0, mixed = 0;
    for (size_t at = start; is_all(text + at, 4, allowed) && !is_alnum(text[at + 4]);
         at = end + 1) {
        size_t n = count_digits(text + at, 4);
        mixed += n > 0 && n < 4;
        groups++;
        end = at + 4;
        if (text[end] != ' ' && text[end] != '-')
            break;
    }
    if (groups >= 4 && mixed) { /* all letters: words; all digits: a card number */
        enum said said = said_near(s, start, end);
        if (said == SAID_KEY || said == SAID_TOTP || (groups >= 8 && mixed >= 2))
            add(s, SECRET_TOTP, start, end);
    }
    return end > start ? end : start + 4;
}

static void find_strings(struct search *s)
{
    for (size_t at = 0; at < s->text.len;) {
        size_t start = at;
        while (is_alnum(s->text.s[at]))
            at++;
        if (at - start >= 16)
            check_string(s, start, at);
        else if (at - start == 4)
            at = check_groups(s, start);
        if (at == start)
            at++;
    }
}

/* --- links and files --- */

/* otpauth://totp/...?secret=..., otpauth-migration://offline?data=..., also within other links. */
static void find_otpauth(struct search *s)
{
    const char *at = s->text.s;
    while ((at = strcasestr(at, "otpauth"))) {
        size_t start = (size_t)(at - s->text.s), len = strcspn(at, " \t\r\n\"'<>");
        if (memmem(at, len, "secret", 6) || memmem(at, len, "data", 4))
            add(s, SECRET_TOTP, start, start + len);
        at += len;
    }
}

static void find_sign_in(struct search *s)
{
    size_t len = 0;
    for (size_t at = 0; (at = link_find(s->text.s, at, &len)) != SIZE_MAX; at += len)
        add(s, SECRET_LINK, at, at + len);
}

/* A wallet file: {"crypto": {"ciphertext": ..., "kdf": ...}}. */
static void find_keystore(struct search *s)
{
    const char *text = s->text.s, *open = strchr(text, '{');
    if (!open || !strcasestr(open, "ciphertext") || !strcasestr(open, "kdf"))
        return;
    const char *last = strrchr(open, '}');
    size_t end = last ? (size_t)(last + 1 - text) : s->text.len;
    add(s, SECRET_KEY, (size_t)(open - text), end);
}

bool secret_is_key_file(struct arena *a, const char *name, const char *words)
{
    static const char *const told[] = {
        "keystore", "wallet",     "private key", "privatekey", "私钥",
        "私鑰",     "钱包",       "錢包",        "khoá riêng", "khoa rieng",
        "秘密鍵",   "キーストア", "개인키",      "키스토어",   "kunci persendirian"};
    const char *low = text_small(a, name), *said = text_small(a, words);
    bool is_json = ends_with(low, ".json"), is_told = false;
    for (size_t i = 0; is_json && i < ARRAY_LEN(told) && !is_told; i++)
        is_told = strstr(low, told[i]) || strstr(said, told[i]);
    return is_told || starts_with(low, "utc--") || ends_with(low, ".keystore") ||
           str_eq(low, "wallet.dat");
}

/* --- all of it --- */

static bool has_small_letter(const char *s)
{
    while (*s && !is_lower(*s))
        s++;
    return *s;
}

static int by_offset(const void *a, const void *b)
{
    const struct secret *x = a, *y = b;
    return (x->offset > y->offset) - (x->offset < y->offset);
}

/* Sort; what overlaps becomes one, of the gravest kind. */
static void merge(struct secrets *s)
{
    size_t n = 0;
    if (s->n)
        qsort(s->items, s->n, sizeof(*s->items), by_offset);
    for (size_t i = 0; i < s->n; i++) {
        struct secret *last = n ? &s->items[n - 1] : NULL, *it = &s->items[i];
        if (!last || it->offset >= last->offset + last->len) {
            s->items[n++] = *it;
            continue;
        }
        size_t end = it->offset + it->len;
        if (end > last->offset + last->len)
            last->len = end - last->offset;
        if (it->kind < last->kind)
            last->kind = it->kind;
    }
    s->n = n;
}

struct secrets secrets_find(struct arena *a, const char *text, unsigned asked)
{
    struct search s = {.arena = a, .text = plain_new(a, text), .asked = asked};
    s.is_shouted = !has_small_letter(s.text.s);
    seed_find(a, s.text.s, s.text.len, &s.found);
    find_strings(&s);
    find_otpauth(&s);
    find_sign_in(&s);
    find_keystore(&s);
    given_find(a, s.text.s, s.text.len, asked & ASKED_CODE, &s.found);
    merge(&s.found);
    for (size_t i = 0; i < s.found.n; i++) {
        struct secret *it = &s.found.items[i];
        size_t end = s.text.at[it->offset + it->len];
        it->offset = s.text.at[it->offset];
        it->len = end - it->offset;
    }
    sodium_memzero(s.text.s, s.text.len);
    return s.found;
}
