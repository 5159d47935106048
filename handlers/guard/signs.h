/* What the words beside a string say of it: a private key and a transaction hash look the same.
 * Pure. */
#ifndef ZAIDE_GUARD_SIGNS_H
#define ZAIDE_GUARD_SIGNS_H

#include "bot/base/arena.h"

enum said {
    SAID_NOTHING,
    SAID_PUBLIC, /* "txid", "deposit", "address", "https" ... */
    SAID_KEY,    /* "private key", "secret", "import" ... */
    SAID_TOTP,   /* "2FA", "authenticator" ... */
    SAID_KINDS
};
extern const char *const signs_of_keys[SAID_KINDS];

struct sign {
    size_t start, end; /* bytes of the text */
    int said;          /* the list that has it */
};

struct signs {
    struct sign *items; /* in order */
    size_t n, cap;
};

/* All words of the text that a list has, the longest first where several begin. Lists 1 to n - 1
 * are of words in small letters, divided by bars; those that begin with an ASCII letter or digit
 * are whole words. At most 500 together. */
struct signs signs_find(struct arena *a, const char *const *lists, int n, const char *text,
                        size_t len);

/* The list of the word nearest to these bytes; 0 if there is none within 96 bytes. */
int signs_near(const struct signs *signs, size_t start, size_t end);

#endif
