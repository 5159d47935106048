/* Links by which the exchange says whose UID it is: https://t.me/<bot>?start=<payload>. Its backend
 * makes one for a customer who is signed in there; whoever opens it within ten minutes, once, is
 * proven to be that customer. Pure.
 *
 *     payload  id_<uid>_<expires>_<mac>, at most 64 characters, as Telegram wants
 *     uid      1 to 17 ASCII letters and digits
 *     expires  seconds since 1970 in UTC, in decimal digits; at most 10 minutes ahead
 *     mac      the first 16 bytes of HMAC-SHA256, in 32 small hex digits, of the ASCII text
 *              "zaide-identity-1:<platform>:<uid>:<expires>" under BRAND_ID_SECRET, whose own
 *              characters are the key, as they stand there
 *     platform "telegram", or where else the link is opened
 *
 * adapters/README.md has an example with all values. */
#ifndef ZAIDE_HANDLERS_IDENTITY_LINK_H
#define ZAIDE_HANDLERS_IDENTITY_LINK_H

#include "bot/base/util.h"

#define LINK_START      "/start id_" /* how a message begins that such a link sends */
#define LINK_PAYLOAD    64
#define LINK_UID        17
#define LINK_LIFE_S     600
#define LINK_SKEW_S     60 /* so far the exchange's clock may be ahead of the platform's */
#define LINK_SECRET_MIN 32 /* characters of a secret */

bool link_is_uid(const char *uid);

/* `uid` is one. */
void link_sign(char payload[LINK_PAYLOAD + 1], const char *secret, const char *platform,
               const char *uid, int64_t expires_s);

enum link_verdict {
    LINK_GOOD,
    LINK_FORGED, /* not made with this secret for this platform, or changed since */
    LINK_EXPIRED,
    LINK_TOO_LONG, /* it would hold for longer than LINK_LIFE_S */
    LINK_VERDICTS
};

struct link {
    char uid[LINK_UID + 1];
    int64_t expires_s;
    char id[33]; /* names the link, and tells nothing of it */
};

/* `out` is filled unless it is forged. */
enum link_verdict link_check(const char *payload, const char *secret, const char *platform,
                             int64_t now_ms, struct link *out);

/* What looks like a payload, the first from byte `from` on: where it begins, SIZE_MAX: nowhere.
 * Without its "id_", too: what begins it is soon added again. */
size_t link_find(const char *text, size_t from, size_t *len);

#endif
