#include "handlers/extract/number.h"

#include "handlers/extract/letters.h"

/* --- decimals --- */

#define MAX_DIGITS 36

struct decimal {
    unsigned __int128 n; /* without the point */
    unsigned scale;      /* digits behind it */
};

static unsigned __int128 ten_to(unsigned zeros)
{
    unsigned __int128 n = 1;
    while (zeros--)
        n *= 10;
    return n;
}

static bool is_below(struct decimal d, unsigned zeros)
{
    return zeros + d.scale > MAX_DIGITS || d.n < ten_to(zeros + d.scale);
}

/* Ten times, so often. False: too large. */
static bool shift(struct decimal *d, unsigned zeros)
{
    unsigned off = zeros < d->scale ? zeros : d->scale;
    d->scale -= off;
    zeros -= off;
    if (zeros > MAX_DIGITS || d->n >= ten_to(MAX_DIGITS - zeros))
        return false;
    d->n *= ten_to(zeros);
    return true;
}

static bool add(struct decimal *d, struct decimal more)
{
    unsigned scale = d->scale > more.scale ? d->scale : more.scale;
    struct decimal *both[] = {d, &more};
    for (size_t i = 0; i < 2; i++) {
        unsigned zeros = scale - both[i]->scale;
        if (zeros >= MAX_DIGITS || both[i]->n >= ten_to(MAX_DIGITS - zeros))
            return false;
        both[i]->n *= ten_to(zeros);
        both[i]->scale = scale;
    }
    d->n += more.n;
    return true;
}

static const char *printed(struct arena *a, struct decimal d)
{
    char digits[MAX_DIGITS + 8];
    size_t at = sizeof(digits);
    digits[--at] = '\0';
    for (unsigned i = 0; i <= d.scale || d.n; i++) {
        if (i == d.scale && i)
            digits[--at] = '.';
        digits[--at] = (char)('0' + (int)(d.n % 10));
        d.n /= 10;
    }
    return arena_strdup(a, digits + at);
}

/* --- digits with points and commas --- */

#define MAX_GROUPS 12

struct literal {
    size_t end, n; /* groups of digits */
    size_t start[MAX_GROUPS], len[MAX_GROUPS];
    char between[MAX_GROUPS]; /* behind each group but the last */
};

/* How many bytes it took in the original: a full-width comma between ASCII digits is a comma of the
 * sentence. */
static uint32_t width(const struct scan *s, size_t at)
{
    return s->text.at[at + 1] - s->text.at[at];
}

/* A blank parts thousands only: three digits follow, and no fourth. */
static bool is_separator(const struct scan *s, size_t at)
{
    const char *text = s->low;
    if (text[at] == ' ')
        return is_digit(text[at + 1]) && is_digit(text[at + 2]) && is_digit(text[at + 3]) &&
               !is_digit(text[at + 4]);
    return letter_in(text[at], ".,'") && is_digit(text[at + 1]) && width(s, at) == width(s, at - 1);
}

static bool read_literal(const struct scan *s, size_t at, struct literal *l)
{
    *l = (struct literal){.end = at};
    size_t digits = 0;
    while (l->n < MAX_GROUPS) {
        size_t len = 0;
        while (is_digit(s->low[l->end + len]))
            len++;
        l->start[l->n] = l->end;
        l->len[l->n++] = len;
        l->end += len;
        digits += len;
        if (!len || digits > MAX_DIGITS - 8)
            return false;
        bool may_be_parted =
            s->low[l->end] != ' ' || (l->len[0] <= 3 && (l->n == 1 || l->between[l->n - 2] == ' '));
        if (!is_separator(s, l->end) || !may_be_parted)
            return true;
        l->between[l->n - 1] = s->low[l->end++];
    }
    return false;
}

/* Do the separators up to this group part thousands? India's do by two and three. */
static bool are_thousands(const struct literal *l, const struct scan *s, size_t last)
{
    bool by_three = l->len[0] <= 3 && s->low[l->start[0]] != '0',
         by_two = by_three && l->len[0] <= 2;
    for (size_t i = 1; i <= last; i++) {
        by_three &= l->len[i] == 3 && l->between[i - 1] == l->between[0];
        by_two &= l->len[i] == (i == last ? 3u : 2u) && l->between[i - 1] == ',';
    }
    return by_three || by_two;
}

/* Whether "1.000" and "1,000" are a thousand or one. */
enum sense { SENSE_THOUSAND, SENSE_DECIMAL, SENSE_DOUBTFUL };

static enum sense sense_of(struct scan *s, char sign)
{
    if (sign == '\'' || sign == ' ')
        return SENSE_THOUSAND;
    if (str_empty(s->lang)) {
        bool sure = false;
        const char *lang = text_language(s->arena, s->text.s, "", &sure);
        s->lang = sure ? lang : "?";
    }
    for (const char *at = "en zh ja ko ms "; *at; at += 3)
        if (!strncmp(at, s->lang, 2) && s->lang[1])
            return sign == ',' ? SENSE_THOUSAND : SENSE_DECIMAL;
    return SENSE_DOUBTFUL;
}

/* The value; with `is_second` the other reading. *is_doubtful: there is one. */
static bool literal_value(struct scan *s, const struct literal *l, bool is_second,
                          bool *is_doubtful, struct decimal *d)
{
    size_t last = l->n - 1;
    char sign = last ? l->between[last - 1] : '\0';
    bool is_decimal = false;
    size_t first = 0; /* group */
    *d = (struct decimal){0};
    if (last == 1 && sign == ' ') { /* "1 000", but "1 500" may be two numbers */
        bool is_sure = !strncmp(s->low + l->start[1], "000", 3);
        *is_doubtful |= !is_sure;
        first = is_second && !is_sure;
    } else if (last == 1 && are_thousands(l, s, 1)) {
        enum sense sense = sense_of(s, sign);
        bool is_vietnamese = str_eq(s->lang, "vi");
        *is_doubtful |= sense == SENSE_DOUBTFUL;
        is_decimal = sense == SENSE_DECIMAL ||
                     (sense == SENSE_DOUBTFUL && (sign == '.' && !is_vietnamese) != is_second);
    } else if (last && !are_thousands(l, s, last)) {
        is_decimal = letter_in(sign, ".,") &&
                     (last == 1 || (sign != l->between[0] && are_thousands(l, s, last - 1)));
        if (!is_decimal)
            return false;
    }
    for (size_t g = first; g <= last; g++)
        for (size_t i = 0; i < l->len[g]; i++) {
            d->n = d->n * 10 + (unsigned)(s->low[l->start[g] + i] - '0');
            d->scale += is_decimal && g == last;
        }
    return true;
}

/* --- digits, words and powers of ten --- */

#define MAX_PARTS 8

enum sum_state { AFTER_NOTHING, AFTER_DIGITS, AFTER_WORD, AFTER_POWER };

struct sum {
    struct scan *scan;
    bool is_second, is_doubtful;
    struct decimal parts[MAX_PARTS];
    unsigned zeros[MAX_PARTS]; /* the power that each was multiplied by */
    size_t n;
    enum sum_state last;
    unsigned power;      /* the last one */
    bool is_latin_power; /* "k", "tr": digits behind it go on as if behind a point */
    bool is_joined;      /* "and" stands before the next piece */
    bool is_broken;      /* too large, or too many parts */
    bool is_tail;        /* 一万二: the last word is behind a power, and none is behind it */
    struct number out;
};

/* Each of these notes when it failed: a number that is half read is none. */
static bool push(struct sum *u, struct decimal d, unsigned zeros)
{
    u->is_broken |= u->n == MAX_PARTS;
    if (u->is_broken)
        return false;
    u->zeros[u->n] = zeros;
    u->parts[u->n++] = d;
    return true;
}

static void multiply(struct sum *u, struct decimal *d, unsigned zeros)
{
    u->is_broken |= !shift(d, zeros);
}

static void collect(struct sum *u, struct decimal *total, struct decimal d)
{
    u->is_broken |= !add(total, d);
}

/* What is smaller than the power is multiplied by it: 3 千 5 百 万. */
static bool apply_power(struct sum *u, const struct word *w)
{
    unsigned zeros = (unsigned)strtoul(w->value, NULL, 10);
    struct decimal all = {0};
    bool has_any = false;
    bool is_next = u->last == AFTER_DIGITS || u->last == AFTER_WORD; /* 15000 万 */
    while (u->n && (is_next || is_below(u->parts[u->n - 1], zeros))) {
        is_next = false;
        has_any = true;
        collect(u, &all, u->parts[--u->n]);
    }
    if (!has_any)
        all.n = 1;
    u->out.is_bare_power |= !has_any && u->last == AFTER_NOTHING;
    bool is_rising = u->n && u->zeros[u->n - 1] <= zeros; /* "1亿2亿" */
    u->is_broken |= is_rising || (!has_any && u->last == AFTER_POWER);
    u->power = zeros;
    u->is_latin_power = !((unsigned char)*w->text >= 0xE3 && (unsigned char)*w->text <= 0xED);
    u->last = AFTER_POWER;
    u->is_tail = false;
    u->out.has_power = true;
    u->out.is_large |= u->is_latin_power && zeros >= 6;
    multiply(u, &all, zeros);
    return push(u, all, zeros);
}

/* "twenty five", "hai mươi lăm": tens and ones; else two numbers side by side are none. */
static bool apply_word(struct sum *u, const struct word *w)
{
    struct decimal d = {.n = (unsigned)strtoul(w->value, NULL, 10)};
    struct decimal *last = u->n ? &u->parts[u->n - 1] : NULL;
    if (u->last == AFTER_WORD || u->last == AFTER_DIGITS) {
        if (u->last == AFTER_DIGITS || last->n < 20 || last->n > 90 || last->n % 10 || d.n > 9)
            return false;
        last->n += d.n;
        return true;
    }
    u->is_tail = u->last == AFTER_POWER && !u->is_joined && u->power > 1 && d.n && d.n < 10;
    u->last = AFTER_WORD;
    return push(u, d, 0);
}

static bool apply_half(struct sum *u, const struct word *w)
{
    bool is_said = is_digit(*w->value); /* a quarter: "25" */
    struct decimal half = {.n = is_said ? strtoul(w->value, NULL, 10) : 5,
                           .scale = is_said ? (unsigned)strlen(w->value) : 1};
    if (u->last == AFTER_POWER)
        multiply(u, &half, u->power);
    u->last = AFTER_WORD;
    return push(u, half, 0);
}

/* "一个半": where the half ends, or 0. */
static size_t linked_half(const struct sum *u, size_t at, const struct word **out)
{
    const struct scan *s = u->scan;
    if (u->last != AFTER_DIGITS && u->last != AFTER_WORD)
        return 0;
    const struct word *linker = scan_word(s, IN_CLASS(WORD_LINKER), at);
    size_t next = linker ? at + linker->len : at;
    const struct word *half = linker ? scan_word(s, IN_CLASS(WORD_HALF), next) : NULL;
    *out = half;
    return half ? next + half->len : 0;
}

static bool is_unit_at(const struct scan *s, size_t at)
{
    return scan_word(s,
                     IN_CLASS(WORD_CURRENCY) | IN_CLASS(WORD_CURRENCY_AFTER) | IN_CLASS(WORD_COIN) |
                         IN_CLASS(WORD_COIN_CAPITALS),
                     at);
}

static const struct word *power_at(const struct sum *u, size_t at, bool is_glued)
{
    const struct scan *s = u->scan;
    uint64_t classes = IN_CLASS(WORD_POWER) | (is_glued ? IN_CLASS(WORD_POWER_GLUED) : 0);
    return scan_word(s, classes, at);
}

/* "1万2" is 12000, "1k5" 1500, "1tr25" 1250000; but "8万5000" 85000, and "1万5千" goes on. */
static bool apply_digits(struct sum *u, const struct literal *l)
{
    struct decimal d;
    size_t digits = l->end - l->start[0];
    size_t next = l->end + (u->scan->low[l->end] == ' ');
    bool is_tail = u->last == AFTER_POWER && !power_at(u, next, next == l->end);
    if (!literal_value(u->scan, l, u->is_second, &u->is_doubtful, &d))
        return false;
    if (is_tail && (u->is_latin_power || digits == 1)) {
        if (l->n > 1 || digits > u->power)
            return false;
        multiply(u, &d, u->power - (unsigned)digits);
    }
    u->out.has_digits = true;
    u->out.has_signs |= l->n > 1;
    u->last = AFTER_DIGITS;
    return push(u, d, 0);
}

/* "one hundred and fifty" */
static size_t skip_joiner(struct sum *u, size_t at)
{
    const struct scan *s = u->scan;
    const struct word *w = u->last == AFTER_POWER ? scan_word(s, IN_CLASS(WORD_JOINER), at) : NULL;
    size_t next = w ? at + w->len + (s->low[at + w->len] == ' ') : at;
    u->is_joined = w && scan_word(s, IN_CLASS(WORD_NUMBER), next);
    return u->is_joined ? next : at;
}

/* "12 triệu 500", "2 tỷ 3": in Vietnamese the rest may stand apart. */
static bool is_tail_apart(const struct sum *u, const struct literal *l)
{
    size_t len = l->end - l->start[0];
    return u->is_latin_power && u->power >= 6 && l->n == 1 && (len == 1 || len == 3) &&
           !is_alnum(u->scan->low[l->end]) && !number_counts_listed(u->scan, l->end);
}

/* The next piece of the number, which ends where `out.end` is set; false: it ended before. */
static bool next_piece(struct sum *u, size_t at)
{
    struct scan *s = u->scan;
    struct literal l;
    bool is_first = u->last == AFTER_NOTHING;
    bool is_blank = s->low[at] == ' ' || (u->last == AFTER_WORD && s->low[at] == '-');
    size_t blank = !is_first && is_blank, next = at + blank;
    if (is_digit(s->low[next])) {
        bool may = is_first ||
                   (u->last == AFTER_POWER && read_literal(s, next, &l) &&
                    (!blank || power_at(u, l.end + (s->low[l.end] == ' '), s->low[l.end] != ' ') ||
                     is_tail_apart(u, &l)));
        if (!may || !read_literal(s, next, &l) || !apply_digits(u, &l))
            return false;
        u->out.end = l.end;
        return true;
    }
    const struct word *w;
    size_t half_end = linked_half(u, next, &w);
    if (half_end) {
        u->out.end = half_end;
        return apply_half(u, w);
    }
    w = is_first || !blank ? NULL : scan_word(s, IN_CLASS(WORD_HALF), next);
    if (w && starts_with(w->text, "and ")) { /* "two and a half" */
        u->out.end = next + w->len;
        return apply_half(u, w);
    }
    w = u->last == AFTER_DIGITS && !blank && is_unit_at(s, next)
            ? NULL
            : power_at(u, next, u->last == AFTER_DIGITS && !blank);
    bool ok = w && apply_power(u, w);
    if (!w && u->last != AFTER_DIGITS) {
        next = skip_joiner(u, next);
        w = scan_word(s, IN_CLASS(WORD_NUMBER) | IN_CLASS(WORD_HALF), next);
        ok = w && (w->class == WORD_HALF ? (is_first || u->last == AFTER_POWER) && apply_half(u, w)
                                         : apply_word(u, w));
    }
    if (ok)
        u->out.end = next + w->len;
    return ok;
}

/* False: no number. */
static bool read_sum(struct sum *u, size_t at, struct decimal *total)
{
    u->out.end = at;
    while (next_piece(u, u->out.end))
        ;
    /* 一万二 is 12000; "một trăm hai" 120 or 102 */
    bool is_scaled = u->is_tail && (!u->is_latin_power || u->is_second);
    u->is_doubtful |= u->is_tail && u->is_latin_power;
    if (is_scaled && u->n)
        multiply(u, &u->parts[u->n - 1], u->power - 1);
    *total = (struct decimal){0};
    for (size_t i = 0; i < u->n; i++)
        collect(u, total, u->parts[i]);
    return u->n && !u->is_broken;
}

size_t number_counted_coins(const struct scan *s, size_t end)
{
    size_t next = end + (s->low[end] == ' ');
    const struct word *linker = scan_word(s, IN_CLASS(WORD_LINKER), next);
    const struct word *noun = scan_word(s, IN_CLASS(WORD_COUNTER) | IN_CLASS(WORD_SPAN), next);
    bool is_coins = linker && str_eq(linker->value, "piece") && (!noun || noun->len <= linker->len);
    return is_coins ? next + linker->len : 0;
}

bool number_counts_listed(const struct scan *s, size_t end)
{
    return scan_word(s,
                     IN_CLASS(WORD_COUNTER) | IN_CLASS(WORD_SPAN) | IN_CLASS(WORD_HOUR) |
                         IN_CLASS(WORD_MINUTE),
                     end + (s->low[end] == ' '));
}

bool number_counts(const struct scan *s, size_t end)
{
    uint64_t going_on = IN_CLASS(WORD_AFTER_MONEY) | IN_CLASS(WORD_DAY) | IN_CLASS(WORD_MONEY) |
                        IN_CLASS(WORD_SAYS) | NAMES;
    size_t next = end + (s->low[end] == ' ');
    if (number_counts_listed(s, end))
        return true;
    return is_alpha(s->low[next]) && next > end && !s->taken[next] && !scan_word(s, going_on, next);
}

bool number_read(struct scan *s, size_t at, struct number *n)
{
    struct sum first = {.scan = s}, second = {.scan = s, .is_second = true};
    struct decimal total;
    if (!read_sum(&first, at, &total))
        return false;
    *n = first.out;
    n->start = at;
    n->value = printed(s->arena, total);
    n->other = first.is_doubtful && read_sum(&second, at, &total) ? printed(s->arena, total) : "";
    return true;
}
