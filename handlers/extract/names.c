/* Coins and networks. Many names are both ("Tron", "以太坊"): the question, a word beside them, or
 * another coin in the message decides. */
#include "handlers/extract/scan.h"
#include "handlers/extract/txid.h"

#define NAMES                                                                                      \
    (IN_CLASS(WORD_COIN) | IN_CLASS(WORD_COIN_CAPITALS) | IN_CLASS(WORD_COIN_AT_NUMBER) |          \
     IN_CLASS(WORD_NETWORK) | IN_CLASS(WORD_NETWORK_WORD) | IN_CLASS(WORD_NETWORK_OR_COIN))

struct name {
    size_t start, end;
    const struct word *word;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\n' || c == '\t';
}

/* There is one in "500usdt" and none in "0xeth12ab": of the letters and digits it stands among only
 * a few digits may be left. */
static bool is_piece(const struct scan *s, size_t start, size_t end)
{
    size_t from = start, to = end;
    while (from && is_alnum(s->low[from - 1]))
        from--;
    while (is_alnum(s->low[to]))
        to++;
    for (size_t i = from; i < start; i++)
        if (!is_digit(s->low[i]))
            return true;
    for (size_t i = end; i < to; i++)
        if (!is_digit(s->low[i]))
            return true;
    return start - from > 8 || to - end > 8;
}

static bool is_capitals(const struct scan *s, size_t start, size_t end)
{
    for (size_t i = start; i < end; i++)
        if (is_lower(s->text.s[i]))
            return false;
    return true;
}

/* A Han character begins with one of these bytes. */
static bool is_han(const char *low, size_t at)
{
    return (unsigned char)low[at] >= 0xE4 && (unsigned char)low[at] <= 0xE9;
}

/* "u" is a coin at a number, beside Chinese, and behind "nạp", "mua" ... Else it is you. */
static bool is_coin_here(const struct scan *s, size_t start, size_t end)
{
    const char *low = s->low;
    size_t before = start, after = end;
    if ((start >= 3 && is_han(low, start - 3)) || is_han(low, end))
        return true;
    while (before && is_blank(low[before - 1]))
        before--;
    while (is_blank(low[after]))
        after++;
    if (before && is_digit(low[before - 1]))
        return before == start || !is_alpha(low[after]);
    const struct word *w = scan_word_before(s, IN_CLASS(WORD_MONEY), before);
    return before < start && w && !str_eq(w->value, "en");
}

/* The name that begins here, or NULL. */
static const struct word *name_at(const struct scan *s, size_t at)
{
    const struct word *w = scan_word(s, NAMES, at);
    if (!w)
        return NULL;
    size_t end = at + w->len;
    if (is_piece(s, at, end) || !scan_is_free(s, at, end))
        return NULL;
    bool is_glued = at && is_digit(s->low[at - 1]);
    if (w->class == WORD_COIN_CAPITALS && !is_glued && (!is_capitals(s, at, end) || s->is_shouted))
        return NULL;
    return w->class == WORD_COIN_AT_NUMBER && !is_coin_here(s, at, end) ? NULL : w;
}

/* --- which of the two --- */

static bool has_network_sign(const struct scan *s, const struct name *n)
{
    size_t before = n->start, after = n->end;
    while (before && is_blank(s->low[before - 1]))
        before--;
    while (is_blank(s->low[after]) || s->low[after] == '-')
        after++;
    return scan_word_before(s, IN_CLASS(WORD_NETWORK_SIGN), before) ||
           lexicon_glued_at(s->lexicon, IN_CLASS(WORD_NETWORK_SIGN), s->low, after);
}

static bool is_coin_word(const struct word *w)
{
    return w->class == WORD_COIN || w->class == WORD_COIN_CAPITALS ||
           w->class == WORD_COIN_AT_NUMBER;
}

/* The one network of a coin's own chain: TRX -> TRC20. */
static const char *network_of(const struct scan *s, const char *ticker)
{
    return lexicon_value(s->lexicon, WORD_NETWORK_OF, ticker);
}

static void add(struct scan *s, enum field field, const struct name *n, const char *value,
                bool is_ambiguous)
{
    for (size_t i = 0; i < s->out->n; i++)
        if (s->out->items[i].field == field && str_eq(s->out->items[i].value, value))
            return;
    struct found *f = scan_add(s, field, n->start, n->end, value);
    if (!f)
        return;
    const char *chain = lexicon_value(s->lexicon, WORD_CHAIN, value);
    f->chains = chain ? chain : "";
    f->is_valid = true;
    f->is_ambiguous = is_ambiguous;
}

static void add_name(struct scan *s, const struct name *n, bool has_company)
{
    const char *value = n->word->value;
    const char *coin = value, *network = value;
    if (n->word->class == WORD_NETWORK_WORD && s->asked != FIELD_NETWORK && !has_network_sign(s, n))
        return;
    if (n->word->class == WORD_NETWORK || n->word->class == WORD_NETWORK_WORD) {
        add(s, FIELD_NETWORK, n, network, false);
        return;
    }
    bool is_coin = is_coin_word(n->word);
    if (is_coin)
        network = network_of(s, value);
    else
        coin = lexicon_value(s->lexicon, WORD_NATIVE_COIN, value);
    bool has_sign = has_network_sign(s, n);
    bool is_network =
        network && (s->asked == FIELD_NETWORK || has_sign || (!is_coin && has_company));
    bool is_doubtful = !is_coin && !is_network && s->asked != FIELD_COIN && coin;
    if (is_network || is_doubtful || !coin)
        add(s, FIELD_NETWORK, n, network, is_doubtful);
    if (!is_network && coin)
        add(s, FIELD_COIN, n, coin, is_doubtful);
}

#define MAX_NAMES 64

void find_names(struct scan *s)
{
    struct name names[MAX_NAMES];
    size_t n = 0;
    for (size_t at = 0; at < s->text.len && n < MAX_NAMES;) {
        const struct word *w = scan_may_begin(s, at) ? name_at(s, at) : NULL;
        if (w)
            names[n++] = (struct name){at, at + w->len, w};
        at += w ? w->len : 1;
    }
    for (size_t i = 0; i < n; i++) {
        bool has_company = false; /* "usdt on tron", "arbitrum, not ethereum" */
        for (size_t k = 0; k < n; k++)
            has_company |=
                is_coin_word(names[k].word) || !str_eq(names[k].word->value, names[i].word->value);
        add_name(s, &names[i], has_company);
    }
}
