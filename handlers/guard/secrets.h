/* Finds what nobody may see in what people type: seed phrases, private keys, 2FA keys, card
 * numbers, passwords, one-time codes. Pure.
 *
 * Addresses, transaction hashes and explorer links are no secrets. What may be a key or a hash is
 * told by the words around it, and so is what a password, a code or a card's number is. */
#ifndef ZAIDE_GUARD_SECRETS_H
#define ZAIDE_GUARD_SECRETS_H

#include "bot/base/arena.h"

/* The gravest first. */
enum secret_kind {
    SECRET_SEED, /* 12 or more words of a BIP-39 list in a row */
    SECRET_KEY,  /* opens a wallet: xprv, WIF, XRP and Stellar seeds, hex, keystore files */
    SECRET_TOTP, /* an authenticator's key or otpauth link */
    SECRET_CARD, /* a bank card's number */
    SECRET_PASSWORD,
    SECRET_OTP, /* a one-time code; it lapses within minutes */
    SECRET_HEX, /* 64 hex digits: a key or a transaction hash, and no word says which */
    SECRET_LINK, /* a sign-in link of the exchange: for whoever opens it (identity/link.h) */
    SECRET_KINDS
};
const char *secret_kind_name(enum secret_kind k); /* "seed", "key" ... "hex" */

struct secret {
    enum secret_kind kind;
    size_t offset, len; /* bytes of the text, on character boundaries */
};

struct secrets {
    struct secret *items; /* by offset, none overlapping */
    size_t n, cap;
};

/* What was asked for is given, and no secret. */
enum secret_asked {
    ASKED_HEX = 1, /* in doubt 64 hex digits are a transaction hash */
    ASKED_CODE = 2 /* six digits called a code are an invite code */
};

/* `asked`: a set of these. Copies of the text that are made on the way are wiped; the text is left
 * as it is. */
struct secrets secrets_find(struct arena *a, const char *text, unsigned asked);

/* Is it the name of a wallet's key file ("UTC--2024-…", "keystore.json", "wallet.dat")? `words`:
 * what was written with it; of a .json file they may tell. Nobody looks into files. */
bool secret_is_key_file(struct arena *a, const char *name, const char *words);

void secrets_add(struct secrets *s, struct arena *a, struct secret found); /* for the finders */

#endif
