#include "bot/model/report.h"

#include "bot/base/text.h"

#define ALIKE        0.5 /* of the words in common */
#define LEAST_COMMON 3
#define MAX_LIST     120 /* bytes of pairs, and of errors */
#define MAX_PART     12  /* letters of a coin */
#define LEAST_ERROR  3   /* digits: fewer are a count, or a step … */
#define MOST_ERROR   8   /* … more are an order or a UID */

/* --- lists --- */

static bool has_word(const char *list, const char *word, size_t len)
{
    for (size_t at = 0, end; list[at]; at = end + (list[end] == ' ')) {
        end = at + strcspn(list + at, " ");
        if (end - at == len && !memcmp(list + at, word, len))
            return true;
    }
    return false;
}

static const char *add_word(struct arena *a, const char *list, const char *word)
{
    size_t len = strlen(list);
    if (has_word(list, word, strlen(word)) || len + strlen(word) > MAX_LIST)
        return list;
    return arena_printf(a, "%s%s%s", list, len ? " " : "", word);
}

bool report_share(const char *words, const char *others)
{
    for (size_t len; *words; words += len + (words[len] == ' ')) {
        len = strcspn(words, " ");
        if (has_word(others, words, len))
            return true;
    }
    return false;
}

/* --- pairs --- */

/* What a coin is priced in, the longer before those that end like them. */
static const char *const quotes[] = {"FDUSD", "USDT", "USDC", "TUSD", "BTC", "ETH", "USD"};

static size_t quote_at_end(const char *word, size_t len)
{
    for (size_t i = 0; i < ARRAY_LEN(quotes); i++) {
        size_t quote = strlen(quotes[i]);
        if (len >= quote && !memcmp(word + len - quote, quotes[i], quote))
            return quote;
    }
    return 0;
}

/* "MX/USDT", "mx_usdt", "MX-USDT", "MXUSDT": all of it a word of ASCII letters and digits. */
static const char *pair_of(struct arena *a, const char *run, size_t len)
{
    char word[2 * MAX_PART];
    size_t n = 0, parts = 1;
    for (size_t i = 0; i < len; i++)
        if (strchr("/_-", run[i]))
            parts++;
        else if (n < sizeof(word))
            word[n++] = is_lower(run[i]) ? (char)(run[i] & ~0x20) : run[i];
    size_t quote = n < sizeof(word) ? quote_at_end(word, n) : 0;
    size_t base = n - quote;
    bool is_one = quote && base >= (parts == 1 ? 2 : 1) && base <= MAX_PART && parts <= 2;
    if (!is_one || (parts == 1 && quote < 4)) /* "wbtc" is a coin */
        return NULL;
    return arena_printf(a, "%.*s/%.*s", (int)base, word, (int)quote, word + base);
}

static const char *find_pairs(struct arena *a, const char *text)
{
    const char *list = "";
    for (const char *at = text; *at;) {
        size_t len = 0;
        while (is_alnum(at[len]) || (len && at[len] && strchr("/_-", at[len])))
            len++;
        const char *pair = len ? pair_of(a, at, len) : NULL;
        if (pair)
            list = add_word(a, list, pair);
        at += len ? len : 1;
    }
    return list;
}

/* --- errors --- */

static bool is_error_number(const char *token)
{
    size_t len = strspn(token, "0123456789");
    return !token[len] && len >= LEAST_ERROR && len <= MOST_ERROR;
}

static bool ends_with_word(const char *text, const char *end, const char *words)
{
    while (end > text && strchr(" :#-([=", end[-1]))
        end--;
    for (const char *at = words; *at;) {
        size_t len = strcspn(at, "|");
        if (len && (size_t)(end - text) >= len && !memcmp(end - len, at, len))
            return true;
        at += len + (at[len] == '|');
    }
    return false;
}

/* "error 30005", "错误码：30005" (folded, so the colon is ours). */
static const char *find_errors(struct arena *a, const char *folded, const char *error_words)
{
    const char *list = "";
    for (const char *at = folded; *at;) {
        size_t len = strspn(at, "0123456789");
        bool is_whole = at == folded || !is_alnum(at[-1]);
        const char *number = len && is_whole ? arena_strndup(a, at, len) : "";
        if (is_error_number(number) && !is_alnum(at[len]) &&
            ends_with_word(folded, at, error_words))
            list = add_word(a, list, number);
        at += len ? len : 1;
    }
    return list;
}

/* --- the whole --- */

struct report report_read(struct arena *a, const char *text, const char *error_words)
{
    const char *folded = text_fold_match(a, text);
    size_t len = strlen(folded);
    while (len > REPORT_WORDS) { /* whole characters only */
        do
            len--;
        while (((unsigned char)folded[len] & 0xc0) == 0x80);
    }
    char *words = arena_strndup(a, folded, len);
    for (char *at = words; *at; at++)
        if (*at == '|' || *at == '\n')
            *at = ' ';
    return (struct report){.topic = "",
                           .pairs = find_pairs(a, text),
                           .errors = find_errors(a, folded, error_words),
                           .words = words};
}

char *report_print(struct arena *a, const struct report *r)
{
    return arena_printf(a, "%s|%s|%s|%s", r->topic, r->pairs, r->errors, r->words);
}

struct report report_parse(struct arena *a, const char *kept)
{
    const char *parts[4] = {"", "", "", ""};
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        size_t len = strcspn(kept, "|");
        parts[i] = arena_strndup(a, kept, len);
        kept += len + (kept[len] == '|');
    }
    return (struct report){
        .topic = parts[0], .pairs = parts[1], .errors = parts[2], .words = parts[3]};
}

bool report_is_empty(const struct report *r)
{
    return str_empty(r->topic) && str_empty(r->pairs) && str_empty(r->errors);
}

/* --- likeness --- */

struct features {
    uint64_t items[GIST_WORDS]; /* ascending */
    size_t n;
};

static void add_feature(struct features *f, uint64_t hash)
{
    size_t at = f->n;
    while (at && f->items[at - 1] > hash)
        at--;
    if (f->n == GIST_WORDS || (at && f->items[at - 1] == hash))
        return;
    memmove(&f->items[at + 1], &f->items[at], (f->n - at) * sizeof(hash));
    f->items[at] = hash;
    f->n++;
}

enum sign { SIGN_GAP, SIGN_DIGIT, SIGN_LETTER, SIGN_HAN };

/* By its first bytes: a radar compares thousands of texts, and these are folded already. */
static enum sign sign_of(const char *at, size_t *len)
{
    unsigned char c = (unsigned char)*at, next = c ? (unsigned char)at[1] : 0;
    size_t n = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    *len = strnlen(at, n);
    if (n == 1)
        return is_digit(*at) ? SIGN_DIGIT : is_alpha(*at) ? SIGN_LETTER : SIGN_GAP;
    bool is_punctuation = (c == 0xe3 && next == 0x80) || c == 0xe2 || n == 4;
    bool is_han = c >= 0xe3 && c <= 0xe9; /* kana, too; Hangul has words */
    return is_punctuation ? SIGN_GAP : is_han ? SIGN_HAN : SIGN_LETTER;
}

/* Words of one letter say nothing, and numbers are each one's own. */
static void read_features(const char *words, struct features *f)
{
    const char *last_han = NULL;
    for (const char *at = words; *at;) {
        const char *start = at;
        size_t len, n = 0;
        bool has_letter = false;
        for (enum sign s; *at && ((s = sign_of(at, &len)) == SIGN_LETTER || s == SIGN_DIGIT);
             at += len, n++)
            has_letter |= s == SIGN_LETTER;
        if (n > 1 && has_letter)
            add_feature(f, fnv1a64(start, (size_t)(at - start)));
        if (n) {
            last_han = NULL;
            continue;
        }
        bool is_han = sign_of(at, &len) == SIGN_HAN;
        at += len;
        if (is_han && last_han)
            add_feature(f, fnv1a64(last_han, (size_t)(at - last_han)));
        last_han = is_han ? start : NULL;
    }
}

static double part_of(size_t common, size_t n, size_t m)
{
    return common < LEAST_COMMON ? 0 : 2.0 * (double)common / (double)(n + m);
}

static double likeness(const uint64_t *a, size_t n, const uint64_t *b, size_t m)
{
    size_t common = 0;
    for (size_t i = 0, k = 0; i < n && k < m;) {
        uint64_t one = a[i], other = b[k];
        common += one == other;
        i += one <= other;
        k += other <= one;
    }
    return part_of(common, n, m);
}

double report_likeness(const char *words, const char *others)
{
    struct features a = {.n = 0}, b = {.n = 0};
    read_features(words, &a);
    read_features(others, &b);
    return likeness(a.items, a.n, b.items, b.n);
}

static size_t count_bits(uint64_t bits)
{
    return (size_t)__builtin_popcountll(bits);
}

struct gist gist_of(struct arena *a, const struct report *r)
{
    struct features f = {.n = 0};
    read_features(r->words, &f);
    uint64_t *words = arena_alloc(a, f.n * sizeof(*words));
    memcpy(words, f.items, f.n * sizeof(*words));
    struct gist g = {.report = *r,
                     .topic = *r->topic ? fnv1a64(r->topic, strlen(r->topic)) : 0,
                     .has_errors = *r->errors,
                     .words = words,
                     .n_words = f.n};
    for (size_t i = 0; i < f.n; i++)
        g.bits |= UINT64_C(1) << words[i] % 64;
    g.n_doubles = f.n - count_bits(g.bits);
    return g;
}

/* The words that have a bit of their own in common and all that share one are the most. */
static bool may_be_alike(const struct gist *one, const struct gist *other)
{
    size_t most = count_bits(one->bits & other->bits) + one->n_doubles;
    return part_of(most, one->n_words, other->n_words) >= ALIKE;
}

bool gist_alike(const struct gist *one, const struct gist *other)
{
    if (one->has_errors && other->has_errors &&
        report_share(one->report.errors, other->report.errors))
        return true;
    if (one->topic && other->topic)
        return one->topic == other->topic;
    return report_share(one->report.pairs, other->report.pairs) ||
           (may_be_alike(one, other) &&
            likeness(one->words, one->n_words, other->words, other->n_words) >= ALIKE);
}
