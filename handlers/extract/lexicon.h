/* The words that tell what stands in a message: coins, networks, currencies, numbers, explorers'
 * hosts ... in all languages at once. They are knowledge: YAML files below extract/ in the
 * knowledge's folder, each a map of
 *
 *     class:
 *       value: [words]
 *
 * in any order and any division over files. Words are matched in small letters and simplified
 * Chinese (text_small_match), so that one spelling is enough; one that begins or ends with a letter
 * counts only where no letter of the same script goes on (Korean: unless it is a particle). */
#ifndef ZAIDE_EXTRACT_LEXICON_H
#define ZAIDE_EXTRACT_LEXICON_H

#include "bot/ports/handler.h"

enum word_class {
    WORD_COIN,           /* value: the ticker */
    WORD_COIN_CAPITALS,  /* the same; an ordinary word too, so only in capitals or at a number */
    WORD_COIN_BESIDE,    /* the same; else beside a number, East Asian writing, or a string of its
                            chain */
    WORD_COIN_AT_NUMBER, /* the same; too short to stand alone: "500u" */
    WORD_NETWORK,        /* value: the network as deposit pages name it */
    WORD_NETWORK_WORD, /* an ordinary word too ("base"): beside "network", or when one was asked */
    WORD_NETWORK_OR_COIN, /* "tron": value as above; its coin by native_coin */
    WORD_CHAIN,          /* from network or ticker to chain; these three are no words of people's */
    WORD_NATIVE_COIN,    /* from network to ticker */
    WORD_NETWORK_OF,     /* from ticker to network */
    WORD_NETWORK_SIGN,   /* "network", "链": what stands beside it is one */
    WORD_NETWORK_OVER,   /* "on", "qua": before an ordinary word it says so too; value "sure": also
                            before the name of a coin, when another coin is spoken of */
    WORD_NETWORK_OR,     /* between two networks: "polygon or eth" */
    WORD_NETWORK_BY,     /* "で", "로": behind an ordinary word it says so too */
    WORD_NETWORK_RATHER, /* tickers that beside another coin mean the network: ARB, OP */
    WORD_TOKEN,          /* tickers that live on many chains: "usdt sol" is on Solana */
    WORD_GOAL,           /* "to", "về": beside the address that money goes to */
    WORD_EXPLORER,       /* host and first part of a path; value: the chain */
    WORD_TX_PATH,        /* a part of an explorer's path: the next is a transaction */
    WORD_ADDRESS_PATH,   /* ... an address */
    WORD_INVITE_QUERY,   /* a parameter of invite links */
    WORD_INVITE_PATH,    /* host and path of invite links; the code is the next part */
    WORD_TLD,            /* the last part of host names that are written without "https://" */
    WORD_SAYS,           /* value: the field that is named so; "code", "other": none of ours */
    WORD_IS,             /* between a field's name and its value */
    WORD_MONEY,          /* "deposited", by language: a bare number at it is an amount */
    WORD_AFTER_MONEY,    /* "from", "yesterday": what may follow such a number */
    WORD_COUNTER,        /* "people", "次": what is counted is no money */
    WORD_VAGUE,          /* "several", "多": then it is no exact amount */
    WORD_LINKER,         /* between a number and its unit: "0.5 个 eth" */
    WORD_OBJECT,         /* "を", "을": between a coin and its amount */
    WORD_CURRENCY,       /* value: ISO code */
    WORD_CURRENCY_AFTER, /* the same; only behind the number: "won" */
    WORD_WHOLE,          /* currencies that have no cents */
    WORD_NUMBER,         /* value: digits */
    WORD_POWER,          /* value: how many zeros */
    WORD_POWER_GLUED,    /* the same; only at digits: "2k" */
    WORD_HALF,
    WORD_JOINER, /* "and", "零": between the parts of a number */
    WORD_DAY,    /* "yesterday"; value "week": a day of the week */
    WORD_DAYTIME, /* "morning"; value "clock" where it stands behind an hour ("pm"), "about": "ごろ"
                   */
    WORD_MONTH,   /* value: 1-12 */
    WORD_ORDINAL,     /* "th" */
    WORD_CLOCK,       /* before a time: value "hour" ("pukul 3"), "date" ("ngày 3"), "part" ("end
                         of october"), "near" or "link"
                         ("at"); "day": behind a day of the month ("3日に") */
    WORD_HOUR,        /* "点", "giờ", "h": behind the hour */
    WORD_HOUR_NUMBER, /* value: digits; counts hours and days only: "한", "두" */
    WORD_MINUTE,      /* value "whole": without a number ("一刻"), "less": before one ("kém") */
    WORD_SPAN,        /* "hours", "天": how long; value "one": with its number ("sejam") */
    WORD_AGO,         /* value "before": stands before ("cách đây 2 tiếng") */
    WORD_RANGE,       /* "from 9 to 18": the hours of an office are no time */
    WORD_ZONE,        /* "utc+8" */
    WORD_CLASSES
};
#define IN_CLASS(c) (1ull << (c))

struct word {
    const char *text, *value;
    size_t len;
    enum word_class class;
    uint32_t next; /* of the same bucket, plus 1 */
};

struct lexicon;

/* NULL: `why` has every fault, "file:line: what" a line each. The files may go afterwards. */
struct lexicon *lexicon_load(const struct handler_files *files, struct buf *why);
void lexicon_free(struct lexicon *l); /* NULL is fine */

/* The longest word of these classes at `at` of such a text, or NULL. */
const struct word *lexicon_at(const struct lexicon *l, uint64_t classes, const char *low,
                              size_t at);

/* The same where another word ended: what stands before does not count ("10ku": k, u). */
const struct word *lexicon_glued_at(const struct lexicon *l, uint64_t classes, const char *low,
                                    size_t at);

/* The longest that ends at `end`, or NULL. */
const struct word *lexicon_before(const struct lexicon *l, uint64_t classes, const char *low,
                                  size_t end);

/* The value of a whole word of such a text, or NULL. */
const char *lexicon_value(const struct lexicon *l, enum word_class class, const char *word);

#endif
