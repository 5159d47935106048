/* Amounts of money: a number with a unit, or one that a word or the question makes an amount. A
 * number alone is none: "ok 500 people". */
#include "handlers/extract/letters.h"
#include "handlers/extract/number.h"

#define COIN_UNITS                                                                                 \
    (IN_CLASS(WORD_COIN) | IN_CLASS(WORD_COIN_CAPITALS) | IN_CLASS(WORD_COIN_BESIDE) |             \
     IN_CLASS(WORD_COIN_AT_NUMBER) | IN_CLASS(WORD_NETWORK_OR_COIN))
#define UNITS_BEFORE                                                                               \
    (IN_CLASS(WORD_COIN) | IN_CLASS(WORD_COIN_CAPITALS) | IN_CLASS(WORD_COIN_BESIDE) |             \
     IN_CLASS(WORD_NETWORK_OR_COIN) | IN_CLASS(WORD_CURRENCY))
#define UNITS (COIN_UNITS | IN_CLASS(WORD_CURRENCY) | IN_CLASS(WORD_CURRENCY_AFTER))

struct amount {
    size_t start, end; /* with its unit */
    struct number number;
    const struct word *unit; /* or NULL */
    size_t unit_at;
    bool is_vague, is_range;
};

static size_t skip_blank(const struct scan *s, size_t at)
{
    return at + (s->low[at] == ' ');
}

static size_t skip_blank_back(const struct scan *s, size_t at)
{
    return at - (at && s->low[at - 1] == ' ');
}

/* --- units --- */

static const char *unit_value(const struct scan *s, const struct amount *a)
{
    if (!a->unit || a->unit->class != WORD_NETWORK_OR_COIN)
        return a->unit ? a->unit->value : "";
    const char *coin = lexicon_value(s->lexicon, WORD_NATIVE_COIN, a->unit->value);
    return coin ? coin : "";
}

/* An ordinary word that is a ticker too counts in capitals, or with no blank between. */
static bool is_unit(const struct scan *s, const struct word *w, size_t at, bool is_glued)
{
    if (!w || !(IN_CLASS(w->class) & UNITS))
        return false;
    if (w->class == WORD_COIN_CAPITALS && !is_glued)
        return !letters_count(s->text.s + at, w->len, islower);
    size_t next = skip_blank(s, at + w->len);
    bool is_alone = is_glued || !is_alpha(s->low[next]) || scan_word(s, NAMES, next);
    return w->class != WORD_COIN_AT_NUMBER || is_alone;
}

/* "usdt sol 300", "96.3 雪崩C链": it was taken for a network, so it is no unit. */
static bool is_network_at(const struct scan *s, size_t at)
{
    for (size_t i = 0; i < s->out->n; i++)
        if (s->out->items[i].field == FIELD_NETWORK && s->out->items[i].offset == s->text.at[at] &&
            !s->out->items[i].is_ambiguous)
            return true;
    return false;
}

static bool find_unit_at(const struct scan *s, struct amount *a, size_t at)
{
    bool is_glued = at == a->number.end;
    const struct word *w =
        is_glued ? lexicon_glued_at(s->lexicon, UNITS, s->low, at) : scan_word(s, UNITS, at);
    if (!is_unit(s, w, at, is_glued) || !scan_is_free(s, at, at + w->len) || is_network_at(s, at))
        return false;
    bool is_doubtful = w->class == WORD_COIN_AT_NUMBER || w->class == WORD_COIN_BESIDE ||
                       w->class == WORD_NETWORK_OR_COIN;
    if (is_doubtful && !is_glued && !a->number.has_digits &&
        !number_counted_coins(s, a->number.end))
        return false; /* "one u. s. dollar", "a near miss"; but "半个以太" */
    bool is_latin = isascii((unsigned char)s->low[a->number.start]);
    if (IN_CLASS(w->class) & COIN_UNITS && a->number.is_bare_power && is_latin && !is_glued)
        return false; /* in Malay "ngan" is "with" */
    a->unit = w;
    a->unit_at = at;
    a->end = at + w->len;
    return true;
}

/* Behind the number: "500 u", "0.5 个 eth", "1000多块". */
static void find_unit_after(const struct scan *s, struct amount *a)
{
    size_t at = a->number.end, next = skip_blank(s, at);
    const struct word *vague = scan_word(s, IN_CLASS(WORD_VAGUE), next);
    if (vague) {
        a->is_vague = true;
        a->end = at = next + vague->len;
        next = skip_blank(s, at);
    }
    const struct word *linker = scan_word(s, IN_CLASS(WORD_LINKER), next);
    size_t behind = linker ? skip_blank(s, next + linker->len) : 0;
    bool is_counted = linker && str_eq(linker->value, "piece") && behind > next + linker->len &&
                      scan_word_before(s, UNITS_BEFORE, skip_blank_back(s, a->start));
    if (is_counted) /* "PEPE 500万枚 eth…" */
        return;
    const struct word *second = linker ? scan_word(s, IN_CLASS(WORD_LINKER), behind) : NULL;
    if (second && find_unit_at(s, a, skip_blank(s, behind + second->len)))
        return; /* "千枚のxrp" */
    if (!linker || !find_unit_at(s, a, behind))
        find_unit_at(s, a, next);
}

/* Before it: "$500", "rm3k", "USDT 500", "비트코인 0.5개". */
static void find_unit_before(const struct scan *s, struct amount *a)
{
    size_t end = skip_blank_back(s, a->start);
    const struct word *w = scan_word_before(s, UNITS_BEFORE, end);
    bool is_form = !w && end && s->low[end - 1] == ':'; /* "USDT: 500" */
    if (is_form)
        w = scan_word_before(s, UNITS_BEFORE, --end);
    const struct word *object = w ? NULL : scan_word_before(s, IN_CLASS(WORD_OBJECT), end);
    if (object) /* "USDTを3,250" */
        w = scan_word_before(s, UNITS_BEFORE, end -= object->len);
    const struct word *linker = scan_word(s, IN_CLASS(WORD_LINKER), skip_blank(s, a->number.end));
    bool is_counted = linker && str_eq(linker->value, "piece");
    if (!w || (!a->number.has_digits && !is_counted) || !is_unit(s, w, end - w->len, false))
        return;
    bool is_ordinary = w->class == WORD_COIN_BESIDE || w->class == WORD_NETWORK_OR_COIN;
    bool is_head = end == a->start && a->number.end - a->start == 1; /* "ltc1" */
    if (is_network_at(s, end - w->len) || is_head)
        return;
    if (is_ordinary && !is_counted && number_counts(s, a->number.end))
        return;
    a->unit = w;
    a->unit_at = end - w->len;
    if (!is_form)
        a->start = a->unit_at;
    if (linker && !a->is_vague)
        a->end = skip_blank(s, a->number.end) + linker->len;
}

/* --- is it one? --- */

static bool is_hangul(const struct scan *s, size_t at)
{
    const char *from = s->low + at;
    int32_t c = *from ? text_next(&from, s->low + s->text.len) : 0;
    return c >= 0xAC00 && c <= 0xD7A3;
}

/* "5%", "10x", "3l", "#500", "v2", "trc-20", "500/1000": no. */
static bool is_part_of_more(const struct scan *s, const struct amount *a)
{
    const char *low = s->low, *end = low + a->end;
    char before = a->start ? low[a->start - 1] : ' ',
         first = a->start > 1 ? low[a->start - 2] : ' ';
    bool is_ascii = a->start && s->text.at[a->start] - s->text.at[a->start - 1] == 1;
    if (is_alnum(before) || letter_in(before, "#@_/\\^&"))
        return true;
    if (is_ascii && letter_in(before, ".,") && is_alnum(first))
        return true; /* a full-width comma ends a clause */
    if (before == '-' && is_alpha(first))
        return true;
    if (a->unit && is_alpha(*end) && lexicon_glued_at(s->lexicon, NAMES, low, a->end))
        return false; /* "150刀usdc" */
    if (is_alnum(*end) || letter_in(*end, "%_^\\") || (*end == '/' && !a->unit))
        return true;
    bool is_range = *end == '-' && !a->unit;
    return (*end == ':' || is_range) && is_digit(end[1]);
}

/* A word that makes the number behind it an amount, with "of", ":" and the like between. */
static bool is_introduced(const struct scan *s, const struct amount *a)
{
    size_t end = a->start;
    for (size_t i = 0; i < 4; i++) {
        while (end && letter_in(s->low[end - 1], " :="))
            end--;
        const struct word *w = scan_word_before(
            s, IN_CLASS(WORD_MONEY) | IN_CLASS(WORD_SAYS) | IN_CLASS(WORD_IS), end);
        if (!w)
            return false;
        if (w->class == WORD_MONEY || (w->class == WORD_SAYS && str_eq(w->value, "amount")))
            return true;
        if (w->class != WORD_IS)
            return false;
        end -= w->len;
    }
    return false;
}

/* "300枚送金", "500을 보냈": in Japanese and Korean the word stands behind. */
static bool is_followed(const struct scan *s, const struct amount *a)
{
    size_t coins = number_counted_coins(s, a->number.end),
           at = skip_blank(s, coins ? coins : a->number.end);
    const struct word *object = scan_word(s, IN_CLASS(WORD_OBJECT), at);
    at = object ? skip_blank(s, at + object->len) : at;
    const struct word *w = scan_word(s, IN_CLASS(WORD_MONEY), at);
    return w && a->number.has_digits && (str_eq(w->value, "ja") || str_eq(w->value, "ko"));
}

#define CLAUSE 96 /* bytes to either side */

/* Is there a word of money in the same clause, of a large sum in the message? */
static bool has_money_word(const struct scan *s, const struct amount *a)
{
    size_t from = a->number.is_large ? 0 : a->start, to = a->number.is_large ? s->text.len : a->end;
    while (from && a->start - from < CLAUSE && !letter_in(s->low[from - 1], ".,;!?\n"))
        from--;
    while (to < s->text.len && to - a->end < CLAUSE && !letter_in(s->low[to], ".,;!?\n"))
        to++;
    for (size_t at = from; at < to; at++) {
        if (!scan_may_begin(s, at))
            continue;
        const struct word *w = scan_word(s, IN_CLASS(WORD_MONEY) | IN_CLASS(WORD_SAYS), at);
        if (w && (w->class == WORD_MONEY || str_eq(w->value, "amount")))
            return true;
    }
    return false;
}

static bool is_whole(const struct scan *s, const struct amount *a)
{
    return scan_blanks(s, 0) >= a->start && a->end + scan_blanks(s, a->end) >= s->text.len;
}

/* "internal transfer 8837261": a long number that is not round. */
static bool is_like_an_id(const char *value)
{
    size_t len = strlen(value);
    return len >= 6 && letters_all(value, len, isdigit) && !str_eq(value + len - 3, "000");
}

/* "연구원": in Korean most words hold a syllable that is a number too. */
static bool is_piece_of_hangul(const struct scan *s, const struct amount *a)
{
    bool is_apart = a->number.start && s->low[a->number.start - 1] == ' ' &&
                    scan_word(s, IN_CLASS(WORD_LINKER), a->number.end);
    return !is_apart && !a->number.has_digits && is_hangul(s, a->start) &&
           (!a->number.has_power || (a->start >= 3 && is_hangul(s, a->start - 3)));
}

/* Is a coin, a network, a transaction, an address or a memo spoken of? */
static bool is_about_transfer(const struct scan *s)
{
    for (size_t i = 0; i < s->out->n; i++) {
        enum field f = s->out->items[i].field;
        if (f == FIELD_COIN || f == FIELD_NETWORK || f == FIELD_TXID || f == FIELD_ADDRESS ||
            f == FIELD_MEMO)
            return true;
    }
    return false;
}

/* What stands before a bare amount: nothing, a sign, something that was found, a word that leads to
 * one; East Asian words are not told apart by blanks. */
static bool may_stand_behind(const struct scan *s, size_t start, size_t number_end)
{
    size_t end = skip_blank_back(s, start);
    if (!end || s->taken[end - 1] || !is_alnum(s->low[end - 1]))
        return !end || (unsigned char)s->low[end - 1] < 0x80 ||
               (end >= 3 && (unsigned char)s->low[end - 3] >= 0xE3);
    return memchr(s->low + start, ',', number_end - start) ||
           scan_word_before(
               s, IN_CLASS(WORD_MONEY) | IN_CLASS(WORD_AFTER_MONEY) | IN_CLASS(WORD_IS) | NAMES,
               end);
}

/* "1. where … 2. when …", "balance 0" */
static bool is_label_of_list(const struct scan *s, const struct amount *a)
{
    const char *end = s->low + a->number.end;
    bool is_short = a->number.end - a->start <= 2;
    return str_eq(a->number.value, "0") || (is_short && letter_in(*end, ".)") && end[1] == ' ');
}

static bool is_year(const char *value)
{
    return strlen(value) == 4 && strcmp(value, "2015") >= 0 && strcmp(value, "2035") <= 0;
}

/* "3 times", "500 people"; of "38 củ của tôi" only what is known to be counted is. */
static bool is_counting(const struct scan *s, const struct amount *a)
{
    bool is_money = a->number.has_power && a->number.has_digits;
    size_t end = a->end + (s->low[a->end] == '+');
    return is_money ? number_counts_listed(s, end) : number_counts(s, end);
}

/* "컨펌은 6개": what is counted stands before. */
static bool is_counted_before(const struct scan *s, const struct amount *a)
{
    size_t end = skip_blank_back(s, a->start);
    const struct word *w = scan_word_before(s, IN_CLASS(WORD_IS), end);
    end = w ? skip_blank_back(s, end - w->len) : end;
    w = scan_word_before(s, IN_CLASS(WORD_COUNTER), end);
    return w && w->len > 3; /* Korean's shortest are endings, too */
}

/* "hash …, 220, uid 1827": in a report of a transfer a number that is nothing else is its amount.
 */
static bool is_of_transfer(const struct scan *s, const struct amount *a)
{
    const struct number *n = &a->number;
    size_t coins = number_counted_coins(s, a->number.end);
    enum field said = scan_named(s, a->start);
    bool is_word = coins && !n->is_bare_power && n->has_power;
    bool is_memo = said == FIELD_MEMO && n->has_signs; /* "without memo 45.25": no memo is so */
    if ((!n->has_digits && !is_word) || (said != FIELDS && said != FIELD_AMOUNT && !is_memo))
        return false;
    if (is_like_an_id(n->value) || is_label_of_list(s, a) || is_year(n->value) ||
        is_counted_before(s, a) || !is_about_transfer(s) ||
        (!is_memo && !may_stand_behind(s, a->start, a->number.end)))
        return false;
    return coins || !is_counting(s, a);
}

static bool is_amount(const struct scan *s, const struct amount *a)
{
    const struct number *n = &a->number;
    if (a->unit)
        return !is_piece_of_hangul(s, a);
    if (!number_counted_coins(s, a->number.end) &&
        (n->is_bare_power || (!n->has_digits && !n->has_power)))
        return false;
    if (s->asked == FIELD_AMOUNT)
        return !scan_word(s, IN_CLASS(WORD_SPAN), skip_blank(s, a->end));
    if (scan_named(s, a->start) == FIELD_AMOUNT || is_of_transfer(s, a))
        return !is_like_an_id(n->value);
    bool is_said = is_introduced(s, a) || is_followed(s, a);
    if (is_counting(s, a) && !(is_said && number_counted_coins(s, n->end)))
        return false;
    if (is_said)
        return !is_like_an_id(n->value) && !is_label_of_list(s, a);
    if (is_whole(s, a))
        return n->has_digits && (n->has_power || n->has_signs);
    return n->has_power && n->has_digits && has_money_word(s, a);
}

/* --- noting it --- */

static void add_coin(struct scan *s, const struct amount *a)
{
    const char *ticker = unit_value(s, a), *chain = lexicon_value(s->lexicon, WORD_CHAIN, ticker);
    for (size_t i = 0; i < s->out->n; i++) {
        struct found *f = &s->out->items[i];
        if (f->field == FIELD_COIN && str_eq(f->value, ticker)) {
            f->is_ambiguous = false;
            return;
        }
    }
    struct found *f = scan_add(s, FIELD_COIN, a->unit_at, a->unit_at + a->unit->len, ticker);
    if (f) {
        f->is_valid = true;
        f->chains = chain ? chain : "";
    }
}

/* Of a currency without cents "1.000" is a thousand. */
static void settle(const struct scan *s, struct amount *a)
{
    struct number *n = &a->number;
    bool is_whole_unit = a->unit && lexicon_value(s->lexicon, WORD_WHOLE, a->unit->value);
    if (!*n->other || !is_whole_unit)
        return;
    if (strchr(n->value, '.'))
        n->value = n->other;
    n->other = "";
}

static void add_amount(struct scan *s, struct amount *a)
{
    settle(s, a);
    struct found *f = scan_add(s, FIELD_AMOUNT, a->start, a->end, a->number.value);
    if (!f)
        return;
    f->other = a->number.other;
    f->is_ambiguous = *f->other || a->is_vague || a->is_range;
    f->is_valid = !f->is_ambiguous;
    f->unit = unit_value(s, a);
    scan_take(s, a->start, a->end);
    if (a->unit && IN_CLASS(a->unit->class) & COIN_UNITS)
        add_coin(s, a);
}

/* Where to go on behind digits that are no amount: not within them. */
static size_t skip_literal(const struct scan *s, size_t at)
{
    while (is_alnum(s->low[at]) || (letter_in(s->low[at], ".,") && is_digit(s->low[at + 1]) &&
                                    s->text.at[at + 1] - s->text.at[at] == 1))
        at++; /* a full-width comma ends a clause */
    return at;
}

/* "十几u", "fifteen ninety nine dollars", "1亿2亿": what is left of a number that was not read. */
static bool follows_number(const struct scan *s, const struct amount *a)
{
    size_t at = a->number.start, blank = skip_blank_back(s, at);
    const struct word *glued = scan_word_before(s, IN_CLASS(WORD_POWER), at);
    const struct word *before =
        scan_word_before(s, IN_CLASS(WORD_NUMBER) | IN_CLASS(WORD_POWER), blank);
    bool is_number = before && before->len > 2 && !a->number.has_digits; /* "a" is none */
    const struct word *vague = scan_word_before(s, IN_CLASS(WORD_VAGUE), blank);
    bool is_vague = vague && scan_is_free(s, blank - vague->len, blank); /* not 上 of 晚上 */
    return is_vague || is_number || (glued && !isascii((unsigned char)*glued->text));
}

static bool read_amount(struct scan *s, size_t at, struct amount *a)
{
    *a = (struct amount){.start = at};
    if (!number_read(s, at, &a->number) || !scan_is_free(s, at, a->number.end))
        return false;
    a->end = a->number.end;
    find_unit_after(s, a);
    if (!a->unit)
        find_unit_before(s, a);
    if (follows_number(s, a) || is_part_of_more(s, a) || !is_amount(s, a))
        return false;
    a->is_range =
        a->start >= 2 && letter_in(s->low[a->start - 1], "-~") && is_digit(s->low[a->start - 2]);
    return true;
}

static bool may_begin(const struct scan *s, size_t at)
{
    bool is_letter = is_alpha(s->low[at]);
    bool is_inside = is_letter && at && is_alnum(s->low[at - 1]);
    return !s->taken[at] && !is_inside && s->low[at] != ' ' && scan_may_begin(s, at);
}

void find_amounts(struct scan *s)
{
    size_t n = 0, first = s->out->n;
    for (size_t at = 0; at < s->text.len;) {
        struct amount a;
        if (may_begin(s, at) && read_amount(s, at, &a)) {
            add_amount(s, &a);
            n++;
            at = a.end;
        } else {
            at = is_digit(s->low[at]) ? skip_literal(s, at) : at + 1;
        }
    }
    /* one was asked for, and several without a unit came */
    for (size_t i = first; n > 1 && s->asked == FIELD_AMOUNT && i < s->out->n; i++)
        if (s->out->items[i].field == FIELD_AMOUNT && !*s->out->items[i].unit) {
            s->out->items[i].is_ambiguous = true;
            s->out->items[i].is_valid = false;
        }
}
