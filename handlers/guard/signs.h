/* What the words beside a string say of it: a private key and a transaction hash look the same.
 * Pure. */
#ifndef ZAIDE_GUARD_SIGNS_H
#define ZAIDE_GUARD_SIGNS_H

#include "bot/base/arena.h"

enum said {
    SAID_NOTHING,
    SAID_PUBLIC, /* "txid", "deposit", "address", "https" ... */
    SAID_KEY,    /* "private key", "secret", "import" ... */
    SAID_TOTP    /* "2FA", "authenticator" ... */
};

struct sign {
    size_t start, end; /* bytes of the text */
    enum said said;
};

struct signs {
    struct sign *items; /* in order */
    size_t n, cap;
};

/* All telling words of the text. */
struct signs signs_find(struct arena *a, const char *text, size_t len);

/* What the telling word nearest to these bytes says, if there is one within 96 bytes. */
enum said signs_near(const struct signs *signs, size_t start, size_t end);

#endif
