/* Coins and networks. Many names are both ("Tron", "以太坊"): the question, a word beside them, or
 * another coin in the message decides. */
#include "handlers/extract/letters.h"
#include "handlers/extract/number.h"
#include "handlers/extract/txid.h"

#define NETWORKS (IN_CLASS(WORD_NETWORK) | IN_CLASS(WORD_NETWORK_WORD))
#define UNITS    (NAMES | IN_CLASS(WORD_CURRENCY) | IN_CLASS(WORD_CURRENCY_AFTER))

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

/* "u" is a coin at a number, beside Chinese, behind "nạp", "mua" ..., and where a coin was asked for
 * and nothing else is said. Else it is you. */
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
    if (s->asked == FIELD_COIN && !before && (!low[after] || is_han(low, after)))
        return true;
    if (before && is_digit(low[before - 1]))
        return before == start || !is_alpha(low[after]) || scan_word(s, NAMES, after);
    const struct word *w = scan_word_before(s, IN_CLASS(WORD_MONEY) | IN_CLASS(WORD_VAGUE), before);
    return before < start && w && !str_eq(w->value, "en");
}

static size_t skip_blank(const struct scan *s, size_t at)
{
    return at + is_blank(s->low[at]);
}

/* A number without a unit of its own stands beside it: "120 ton", "dot 60". */
static bool has_number(struct scan *s, size_t start, size_t end)
{
    size_t next = skip_blank(s, end), before = start - (start && is_blank(s->low[start - 1]));
    size_t token = before;
    while (token && (is_alnum(s->low[token - 1]) || s->low[token - 1] == '.'))
        token--;
    bool has_unit = before && !is_digit(s->low[before - 1]) &&
                    scan_word_before(s, UNITS, before); /* "500u 트론으로" */
    if (token < before && is_digit(s->low[token]) && before - token <= 12 && !has_unit &&
        scan_is_free(s, token, before))
        return true;
    struct number n;
    if (!s->low[next] || s->taken[next] || !number_read(s, next, &n) || n.end - next > 16 ||
        is_alnum(s->low[n.end]))
        return false;
    if (number_counted_coins(s, n.end))
        return true;
    return n.has_digits && !scan_word(s, UNITS, skip_blank(s, n.end)) && !number_counts(s, n.end);
}

/* East Asian writing on either side of a Latin word. */
static bool is_among_east_asian(const struct scan *s, size_t start, size_t end)
{
    size_t next = skip_blank(s, end), before = start - (start && is_blank(s->low[start - 1]));
    unsigned char first = (unsigned char)s->low[start];
    return first < 0x80 &&
           ((before >= 3 && (unsigned char)s->low[before - 3] >= 0xE3) ||
            ((unsigned char)s->low[next] >= 0xE3 && (unsigned char)s->low[next] <= 0xED));
}

#define MAX_KIN 5 /* a hash that fits more chains than these tells none */

/* An address or a transaction of its chain stands in the message. */
static bool has_string_of(const struct scan *s, const char *ticker)
{
    const char *chain = lexicon_value(s->lexicon, WORD_CHAIN, ticker);
    for (size_t i = 0; chain && i < s->out->n; i++) {
        const struct found *f = &s->out->items[i];
        size_t blanks = 0;
        for (const char *at = f->chains; *at; at++)
            blanks += *at == ' ';
        if ((f->field == FIELD_TXID || f->field == FIELD_ADDRESS) && blanks < MAX_KIN &&
            chains_have(f->chains, chain))
            return true;
    }
    return false;
}

/* The one network of a coin's own chain: TRX -> TRC20. */
static const char *network_of(const struct scan *s, const char *ticker)
{
    return lexicon_value(s->lexicon, WORD_NETWORK_OF, ticker);
}

/* "nạp ton", "ton memo": beside a word of money or of memos. */
static bool is_spoken_of(const struct scan *s, size_t start, size_t end)
{
    size_t before = start - (start && is_blank(s->low[start - 1]));
    const struct word *after = scan_word(s, IN_CLASS(WORD_SAYS), skip_blank(s, end));
    return (before < start && scan_word_before(s, IN_CLASS(WORD_MONEY), before)) ||
           (after && str_eq(after->value, "memo"));
}

static bool has_network_sign(const struct scan *s, size_t start, size_t end);

/* "baseで送った", "走op上的": an ordinary word, and what was done over it. */
static bool is_done_over(const struct scan *s, size_t end)
{
    return lexicon_glued_at(s->lexicon, IN_CLASS(WORD_NETWORK_BY), s->low, end);
}

/* "on base", "qua solana"; the word that says so, or NULL. */
static const struct word *over_before(const struct scan *s, size_t start)
{
    while (start && is_blank(s->low[start - 1]))
        start--;
    return scan_word_before(s, IN_CLASS(WORD_NETWORK_OVER), start);
}

/* An ordinary word, which is a coin only where that is said or plain to see. */
static bool is_word_here(struct scan *s, const struct word *w, size_t start, size_t end)
{
    bool is_glued = start && is_digit(s->low[start - 1]);
    bool is_shown = is_capitals(s, start, end) && !s->is_shouted && is_alpha(s->low[start]);
    if (is_digit(s->low[end]) || s->low[end] == '_')
        return false; /* "MX8842019" */
    if (is_glued || is_shown)
        return true;
    bool is_over =
        has_network_sign(s, start, end) || (w->class == WORD_COIN_CAPITALS && is_done_over(s, end));
    if (is_over && network_of(s, w->value))
        return true;
    return w->class == WORD_COIN_BESIDE &&
           (has_number(s, start, end) || is_spoken_of(s, start, end) ||
            is_among_east_asian(s, start, end) || has_string_of(s, w->value));
}

/* The name that begins here, or NULL. */
static const struct word *name_at(struct scan *s, size_t at)
{
    const struct word *w = scan_word(s, NAMES, at);
    if (!w)
        return NULL;
    size_t end = at + w->len;
    if (is_piece(s, at, end) || !scan_is_free(s, at, end))
        return NULL;
    bool is_ordinary = w->class == WORD_COIN_CAPITALS || w->class == WORD_COIN_BESIDE;
    if (is_ordinary && !is_word_here(s, w, at, end))
        return NULL;
    return w->class == WORD_COIN_AT_NUMBER && !is_coin_here(s, at, end) ? NULL : w;
}

/* --- which of the two --- */

/* "Network: Cardano", "网络是ton" */
static const struct word *named_network(const struct scan *s, size_t *before)
{
    for (size_t i = 0; i < 3; i++) {
        while (*before && (is_blank(s->low[*before - 1]) || letter_in(s->low[*before - 1], ":=-(")))
            --*before;
        const struct word *w =
            scan_word_before(s, IN_CLASS(WORD_NETWORK_SIGN) | IN_CLASS(WORD_IS), *before);
        if (!w || w->class == WORD_NETWORK_SIGN)
            return w && str_eq(w->value, "name") ? w : NULL;
        *before -= w->len;
    }
    return NULL;
}

static bool has_network_sign(const struct scan *s, size_t start, size_t end)
{
    size_t before = start, after = end;
    while (before && is_blank(s->low[before - 1]))
        before--;
    while (is_blank(s->low[after]) || s->low[after] == '-')
        after++;
    const struct word *sign = scan_word_before(s, IN_CLASS(WORD_NETWORK_SIGN), before);
    if (!sign)
        sign = named_network(s, &before);
    size_t sign_at = sign ? before - sign->len : 0;
    bool is_others = sign_at > 1 && is_blank(s->low[sign_at - 1]) &&
                     scan_word_before(s, NETWORKS, sign_at - 1); /* "scroll network eth" */
    if (sign && !is_others)
        return true;
    const struct word *of = scan_word(s, IN_CLASS(WORD_LINKER), after); /* "トロンのネットワーク" */
    return lexicon_glued_at(s->lexicon, IN_CLASS(WORD_NETWORK_SIGN), s->low, after) ||
           (of && scan_word(s, IN_CLASS(WORD_NETWORK_SIGN), skip_blank(s, after + of->len)));
}

static bool is_coin_word(const struct word *w)
{
    return w->class == WORD_COIN || w->class == WORD_COIN_CAPITALS ||
           w->class == WORD_COIN_BESIDE || w->class == WORD_COIN_AT_NUMBER;
}

/* "aptos hash": the chain that it is on. */
static bool is_before_string(const struct scan *s, size_t end)
{
    const struct word *w = scan_word(s, IN_CLASS(WORD_SAYS), skip_blank(s, end));
    return w && (str_eq(w->value, "txid") || str_eq(w->value, "address"));
}

/* "polygon or eth", "不是arb": a word that sets it beside another. */
static bool is_beside_another(const struct scan *s, size_t start, size_t end)
{
    while (start && is_blank(s->low[start - 1]))
        start--;
    return scan_word_before(s, IN_CLASS(WORD_NETWORK_OR), start) ||
           scan_word(s, IN_CLASS(WORD_NETWORK_OR), skip_blank(s, end));
}

/* "Network? Some Tron or so": it was spoken of before; of a coin's name only as a question. */
static bool is_network_asked(const struct scan *s, size_t start, bool is_coin)
{
    const char *question = memchr(s->low, '?', start);
    for (size_t at = 0; at < start && (question || !is_coin); at++) {
        const struct word *w =
            scan_may_begin(s, at) ? scan_word(s, IN_CLASS(WORD_NETWORK_SIGN), at) : NULL;
        if (w && str_eq(w->value, "name"))
            return !is_coin || memchr(s->low + at, '?', start - at);
    }
    return false;
}

/* "usdt sol", "usdc (eth)": the second is where the first one lives. */
static bool is_behind_token(const struct scan *s, const struct name *n, const struct name *before)
{
    size_t gap = before ? n->start - before->end : 0;
    return gap && gap <= 2 && strspn(s->low + before->end, " (-") >= gap &&
           lexicon_value(s->lexicon, WORD_TOKEN, before->word->value);
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

/* What else the message names. */
struct company {
    bool has_other;   /* "usdt on tron", "arbitrum, not ethereum" */
    bool has_coin;    /* another coin than this */
    bool has_network; /* what can only be a network */
};

/* Do the words around it make a network of what may be one? */
static bool is_made_network(struct scan *s, const struct name *n, const struct name *before,
                            struct company company)
{
    const struct word *over = over_before(s, n->start), *w = n->word;
    bool is_by = is_done_over(s, n->end);
    bool is_counted = s->asked == FIELDS && has_number(s, n->start, n->end); /* "トロン 9000枚" */
    if (has_network_sign(s, n->start, n->end) || is_behind_token(s, n, before))
        return true;
    if (!is_coin_word(w))
        return over || is_by || is_before_string(s, n->end) ||
               (!is_counted && (company.has_other || is_network_asked(s, n->start, false)));
    if (over && str_eq(over->value, "sure") && company.has_other)
        return true;
    if (is_by && w->class == WORD_COIN_CAPITALS)
        return true;
    if (is_counted)
        return false;
    if (company.has_network && is_beside_another(s, n->start, n->end))
        return true;
    return (company.has_coin && lexicon_value(s->lexicon, WORD_NETWORK_RATHER, w->value)) ||
           is_network_asked(s, n->start, true);
}

static void add_name(struct scan *s, const struct name *n, const struct name *before,
                     struct company company)
{
    const char *value = n->word->value, *coin = value, *network = value;
    enum word_class class = n->word->class;
    if (class == WORD_NETWORK_WORD && s->asked != FIELD_NETWORK && !company.has_network &&
        !has_network_sign(s, n->start, n->end) && !over_before(s, n->start) &&
        !is_done_over(s, n->end))
        return;
    if (class == WORD_NETWORK || class == WORD_NETWORK_WORD) {
        add(s, FIELD_NETWORK, n, network, false);
        return;
    }
    bool is_coin = is_coin_word(n->word);
    if (is_coin)
        network = network_of(s, value);
    else
        coin = lexicon_value(s->lexicon, WORD_NATIVE_COIN, value);
    bool is_network =
        network && (s->asked == FIELD_NETWORK || is_made_network(s, n, before, company));
    bool is_doubtful = !is_coin && s->asked != FIELD_COIN && !has_number(s, n->start, n->end);
    if (is_network || !coin)
        add(s, FIELD_NETWORK, n, network, false);
    else
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
        struct company company = {0};
        for (size_t k = 0; k < n; k++) {
            const struct word *w = names[k].word;
            bool is_other = !str_eq(w->value, names[i].word->value), is_coin = is_coin_word(w);
            bool is_network =
                w->class == WORD_NETWORK || has_network_sign(s, names[k].start, names[k].end);
            company.has_other |= is_other || (is_coin && !is_coin_word(names[i].word));
            company.has_coin |= is_other && is_coin;
            company.has_network |= is_other && (is_network || !is_coin);
        }
        add_name(s, &names[i], i ? &names[i - 1] : NULL, company);
    }
}
