/* Finds in a message what a case needs: coin, network, transaction, address, memo, amount, UID,
 * order number, link, invite code, e-mail, time. Pure; knows the words of a lexicon.
 *
 * What looks alike is decided by the question that was just asked (a UID, an order number, a tag
 * and an amount are all digits), else by the words beside it, else by its form; where these leave
 * a doubt, is_ambiguous says so, and one asks.
 *
 * A line may hold a secret (the guard's finders; one-time codes in more words): then `secret` names
 * its kind, and nothing of it is in what is found. 64 hex digits without a word beside them are
 * one, unless the message tells of a transfer: a coin or network, and an amount, a memo or the
 * other. */
#ifndef ZAIDE_EXTRACT_EXTRACT_H
#define ZAIDE_EXTRACT_EXTRACT_H

#include "bot/ports/handler.h"
#include "handlers/extract/lexicon.h"

enum field {
    FIELD_TXID,
    FIELD_ADDRESS,
    FIELD_CONTRACT, /* an address, where a contract was asked for */
    FIELD_COIN,
    FIELD_NETWORK,
    FIELD_MEMO, /* a destination tag, a comment */
    FIELD_AMOUNT,
    FIELD_UID,
    FIELD_ORDER_ID,
    FIELD_LINK,
    FIELD_INVITE_CODE,
    FIELD_EMAIL,
    FIELD_TIME,
    FIELDS
};
const char *field_name(enum field f); /* "txid" ...: the `collect` lists of items.yaml */

/* The field of a question: "wrong_chain.memo_sent" asks for a memo; FIELDS: for none of these. */
enum field field_asked(const char *asked);

struct found {
    enum field field;
    size_t offset, len; /* of the text as it was written, on character boundaries */
    /* As it is to be kept: an address or TXID without what stood within it, a ticker, a network as
     * deposit pages name it, a plain decimal ("1000.50"), the words of a time. */
    const char *value;
    const char *chains; /* those it can belong to, blanks between: "BTC BCH", "EVM:bsc"; or "" */
    const char *unit;   /* of an amount: ticker or ISO code; else "" */
    const char *other;  /* of an ambiguous amount: its other reading; else "" */
    bool is_valid;      /* false: it looks like one, but its checksum, length or sense is wrong; an
                           amount that can be read in two ways; one of two amounts, when one was asked */
    bool is_ambiguous;  /* ask before you use it */
};

#define EXTRACT_MAX 100 /* of one message; what comes after is left */

struct extract {
    struct found *items; /* by offset */
    size_t n, cap;
    bool is_all;    /* besides it stand only words like "uid" and "is": nothing is asked or told */
    bool takes_hex; /* 64 hex digits in doubt were taken for a transaction */
    const char *secret; /* "seed", "key" ... as the guard names them; or NULL */
};

/* `asked`: the question this answers ("" for none). `lang`: the customer's, which decides whether
 * "1.000" is a thousand ("": guessed from the text). Everything lives in the arena. */
struct extract *extract_find(const struct lexicon *l, struct arena *a, const char *text,
                             const char *asked, const char *lang);
/* The same of the event's text, in the customer's language: once a turn for all who ask. */
const struct extract *extract_event(const struct lexicon *l, const struct turn *t,
                                    const char *asked);

#endif
