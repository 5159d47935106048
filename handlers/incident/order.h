/* What a manager types of incidents and notices, in General or a terminal:
 *
 *     /incident open trading_abnormal MX/USDT          /incident 3 announced
 *     from: 09:30                                      link: https://exchange.example/notice
 *     zh: MX/USDT 成交价异常
 *
 * Behind the verb stand a number, a state, an FAQ id and pairs (of a notice: coins and networks);
 * in the lines below, or as key=value without blanks, what else is known. Times are of TIMEZONE
 * unless UTC stands behind them. Pure. */
#ifndef ZAIDE_INCIDENT_ORDER_H
#define ZAIDE_INCIDENT_ORDER_H

#include "bot/ports/handler.h"

enum order_verb { ORDER_LIST, ORDER_OPEN, ORDER_UPDATE, ORDER_CLOSE, ORDER_UNDO };

struct order {
    enum order_verb verb;
    int64_t id; /* 0: none was named */
    bool has_state;
    enum incident_state state;
    const char *topic, *names, *errors, *link; /* NULL: not said; `names` are pairs, or coins */
    int64_t from_ms, until_ms;                 /* 0: not said */
    struct own_texts what;
    const char *words[INCIDENT_EXAMPLES]; /* how customers put it, a "words:" line each */
    size_t n_words;
    const char *wrong_key,
        *wrong; /* a phrase that says what is wrong with this word; NULL: nothing */
};

/* `text` without the command's name. False: it cannot be understood, see wrong_key. */
bool order_parse(const struct turn *t, const char *text, struct order *out);

#endif
