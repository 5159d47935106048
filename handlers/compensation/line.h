/* A line of a compensation list: who gets how much of what, and why. Pure. */
#ifndef ZAIDE_HANDLERS_COMPENSATION_LINE_H
#define ZAIDE_HANDLERS_COMPENSATION_LINE_H

#include "bot/base/arena.h"

#define PAY_REASON 100   /* bytes */
#define PAY_ASSET  15    /* letters and digits */
#define PAY_NAME   20    /* of a list: small letters, digits and - */
#define PAY_CHUNK  50    /* lines that one record of a list has */
#define PAY_LINES  50000 /* of a list */

#define PAY_OWED      "owed"
#define PAY_CONFIRMED "confirmed"
#define PAY_DISPUTED  "disputed"

struct pay_line {
    const char *row; /* its number in the list, from 1 */
    const char *state;
    const char *at; /* ms of the state's last change; "0" */
    const char *uid, *asset, *amount, *reason;
};

bool pay_is_name(const char *s);
/* Why it cannot be in a list, in English; NULL: it can. */
const char *pay_line_fault(const struct pay_line *line);

/* "1 owed 0 12345678 USDT 12.50 rollback of MX/USDT", as records keep it. */
char *pay_line_print(struct arena *a, const struct pay_line *line);
/* Of the first line of the text, which `*at` then leaves behind. False at its end. */
bool pay_line_next(struct arena *a, const char **at, struct pay_line *out);
/* What a list's checksum is taken of: all but what may change later. */
char *pay_line_facts(struct arena *a, const struct pay_line *line);

/* Sums by asset, "BTC 0.5\nUSDT 12.50\n", with one amount more. */
char *pay_sums_add(struct arena *a, const char *sums, const char *asset, const char *amount);
/* "0.5 BTC, 12.50 USDT" */
char *pay_sums_words(struct arena *a, const char *sums);

/* The next word of what was told. */
const char *pay_word(struct arena *a, const char **at);

#endif
