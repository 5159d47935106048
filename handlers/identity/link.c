#include "handlers/identity/link.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define DOMAIN  "zaide-identity-1"
#define PREFIX  "id_"
#define MAC     32 /* hex digits */
#define EXPIRES 11 /* digits at most */

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
static const char digits[] = "0123456789";
static const char hex[] = "0123456789abcdef";

bool link_is_uid(const char *uid)
{
    size_t len = strspn(uid, letters);
    return len && len <= LINK_UID && !uid[len];
}

/* The first half is the link's proof, the second its name. */
static void sign(char mac[MAC + 1], char id[MAC + 1], const char *secret, const char *platform,
                 const char *uid, const char *expires)
{
    const char *const parts[] = {DOMAIN, ":", platform, ":", uid, ":", expires};
    crypto_auth_hmacsha256_state state;
    unsigned char full[crypto_auth_hmacsha256_BYTES];
    crypto_auth_hmacsha256_init(&state, (const unsigned char *)secret, strlen(secret));
    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        crypto_auth_hmacsha256_update(&state, (const unsigned char *)parts[i], strlen(parts[i]));
    crypto_auth_hmacsha256_final(&state, full);
    sodium_bin2hex(mac, MAC + 1, full, MAC / 2);
    sodium_bin2hex(id, MAC + 1, full + MAC / 2, MAC / 2);
    sodium_memzero(&state, sizeof(state));
}

void link_sign(char payload[LINK_PAYLOAD + 1], const char *secret, const char *platform,
               const char *uid, int64_t expires_s)
{
    char digits_of[INT_TEXT], mac[MAC + 1], id[MAC + 1];
    const char *expires = int_text(digits_of, expires_s);
    sign(mac, id, secret, platform, uid, expires);
    snprintf(payload, LINK_PAYLOAD + 1, PREFIX "%s_%s_%s", uid, expires, mac);
}

/* --- reading --- */

struct parts {
    size_t uid, expires; /* bytes of each; "_" stands between them, and before the MAC */
};

/* Does `s` begin with "<uid>_<expires>_<mac>" and nothing that belongs to it behind? */
static bool is_split(const char *s, struct parts *out)
{
    out->uid = strspn(s, letters);
    if (!out->uid || out->uid > LINK_UID || s[out->uid] != '_')
        return false;
    const char *at = s + out->uid + 1;
    out->expires = strspn(at, digits);
    if (!out->expires || out->expires > EXPIRES || at[out->expires] != '_')
        return false;
    at += out->expires + 1;
    return strspn(at, hex) == MAC && !is_alnum(at[MAC]) && at[MAC] != '_' && at[MAC] != '-';
}

static size_t parts_len(const struct parts *p)
{
    return p->uid + p->expires + MAC + 2;
}

enum link_verdict link_check(const char *payload, const char *secret, const char *platform,
                             int64_t now_ms, struct link *out)
{
    struct parts parts;
    char expires[EXPIRES + 1], mac[MAC + 1];
    const char *uid = payload + strlen(PREFIX);
    if (!starts_with(payload, PREFIX) || !is_split(uid, &parts) || uid[parts_len(&parts)])
        return LINK_FORGED;
    *out = (struct link){0};
    memcpy(out->uid, uid, parts.uid);
    snprintf(expires, sizeof(expires), "%.*s", (int)parts.expires, uid + parts.uid + 1);
    sign(mac, out->id, secret, platform, out->uid, expires);
    if (sodium_memcmp(mac, uid + parts_len(&parts) - MAC, MAC) ||
        parse_i64(expires, &out->expires_s))
        return LINK_FORGED;
    int64_t left_s = out->expires_s - now_ms / 1000;
    if (left_s <= 0)
        return LINK_EXPIRED;
    return left_s > LINK_LIFE_S + LINK_SKEW_S ? LINK_TOO_LONG : LINK_GOOD;
}

size_t link_find(const char *text, size_t from, size_t *len)
{
    if (!strchr(text + from, '_'))
        return SIZE_MAX;
    for (size_t at = from; text[at]; at++) {
        struct parts parts;
        bool is_within = at && is_alnum(text[at - 1]); /* it began before */
        if (is_within || !is_split(text + at, &parts))
            continue;
        size_t prefix = strlen(PREFIX), start = at;
        if (at >= prefix && !memcmp(text + at - prefix, PREFIX, prefix))
            start -= prefix;
        *len = at + parts_len(&parts) - start;
        return start;
    }
    return SIZE_MAX;
}
