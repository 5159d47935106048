/* UIDs, order numbers, memos and invite codes: digits or letters that only a word beside them, or
 * the question that was asked, tells apart. And one-time codes, which nobody is to see. */
#include "handlers/extract/letters.h"
#include "handlers/extract/scan.h"

/* --- forms --- */

#define MIN_UID    6
#define MAX_UID    12
#define MIN_ORDER  15
#define MAX_ORDER  20
#define MAX_MEMO   64 /* bytes; Stellar takes 28 */
#define MAX_TAG    20 /* digits; XRP's tags have 10, Stellar's ids 20 */
#define MAX_INVITE 20

/* Has it the form of the field? *is_valid: of a right length too. */
static bool has_form(enum field field, const char *s, size_t len, bool *is_valid)
{
    bool only_digits = letters_all(s, len, isdigit);
    size_t head = len > 5 && !strncasecmp(s, "mexc-", 5) ? 5 : 0;
    *is_valid = true;
    if (field == FIELD_UID) {
        *is_valid = len >= MIN_UID && len <= MAX_UID;
        return only_digits && len >= 3 && len <= 30;
    }
    if (field == FIELD_ORDER_ID) {
        *is_valid = len >= MIN_ORDER && len <= MAX_ORDER;
        return only_digits && len >= 6 && len <= 30;
    }
    if (field == FIELD_MEMO) {
        *is_valid = !only_digits || len <= MAX_TAG;
        bool is_decimal = memchr(s, '.', len) && letters_count(s, len, isalpha) == 0;
        return len <= MAX_MEMO && !is_decimal;
    }
    if (field == FIELD_INVITE_CODE) {
        *is_valid = len - head >= 3 && len - head <= MAX_INVITE;
        return len - head >= 3 && strcspn(s + head, ".") >= len - head;
    }
    return false;
}

/* A code or memo that is no ordinary word: digits in it, or capitals only. */
static bool is_odd(const struct scan *s, size_t start, size_t end)
{
    const char *text = s->text.s + start;
    size_t len = end - start;
    return letters_count(text, len, isdigit) || (len >= 4 && letters_all(text, len, isupper));
}

/* Letters and digits, with dashes and the like between them. */
static size_t token_end(const struct scan *s, size_t at)
{
    const char *text = s->text.s;
    while (is_alnum(text[at]) || letter_in(text[at], "-_."))
        at++;
    while (at && letter_in(text[at - 1], "-_."))
        at--;
    return at;
}

/* "LUNA_99" is a code: the coin that was seen in it is none. */
static void drop_names(struct scan *s, size_t start, size_t end)
{
    struct extract *x = s->out;
    size_t n = 0;
    for (size_t i = 0; i < x->n; i++) {
        const struct found *f = &x->items[i];
        bool is_name = f->field == FIELD_COIN || f->field == FIELD_NETWORK;
        if (!is_name || f->offset < s->text.at[start] || f->offset >= s->text.at[end])
            x->items[n++] = *f;
    }
    x->n = n;
}

static struct found *add(struct scan *s, enum field field, size_t start, size_t end, bool is_valid)
{
    drop_names(s, start, end);
    struct found *f = scan_add(s, field, start, end, NULL);
    if (f)
        f->is_valid = is_valid;
    scan_take(s, start, end);
    return f;
}

/* --- by their length --- */

/* Digits that stand apart and are in nothing that was found yet. */
static size_t next_digits(const struct scan *s, size_t *at)
{
    while (*at < s->text.len) {
        size_t start = *at, run = scan_run(s, start);
        const char *text = s->text.s;
        bool is_joined = (start && letter_in(text[start - 1], ".,-/+@#$%_")) ||
                         letter_in(text[start + run], "%/_");
        if (letter_in(text[start + run], ".,-") && is_digit(text[start + run + 1]))
            is_joined = true;
        if (run >= 3 && !is_joined && letters_all(text + start, run, isdigit) &&
            scan_is_free(s, start, start + run))
            return run;
        *at += run ? run : 1;
    }
    return 0;
}

/* Nothing else is so long; but what was asked comes first. */
static void find_long_digits(struct scan *s)
{
    bool is_asked = s->asked == FIELD_UID || s->asked == FIELD_ORDER_ID || s->asked == FIELD_MEMO ||
                    s->asked == FIELD_AMOUNT;
    size_t n;
    for (size_t at = 0; !is_asked && (n = next_digits(s, &at)); at += n) {
        struct found *f =
            n >= MIN_ORDER && n <= MAX_ORDER ? add(s, FIELD_ORDER_ID, at, at + n, true) : NULL;
        if (f)
            f->is_ambiguous = true;
    }
}

/* "memo 772819 instead of 772891", "his uid 93847561 mine 10293847": as long as the one before. */
static enum field field_of_same_length(const struct scan *s, size_t at, size_t len)
{
    enum field field = FIELDS;
    size_t nearest = 0;
    for (size_t i = 0; i < s->out->n; i++) {
        const struct found *f = &s->out->items[i];
        bool is_near = f->len + 1 >= len && f->len <= len + 1 && len > 5 &&
                       !strncmp(f->value, s->text.s + at, 3); /* a digit was left out */
        bool is_alike = (f->field == FIELD_UID && f->len == len && f->offset < s->text.at[at]) ||
                        (f->field == FIELD_MEMO && (f->len == len || is_near));
        if (is_alike && f->offset >= nearest) {
            nearest = f->offset;
            field = f->field;
        }
    }
    return field;
}

/* "forgot the memo! it should have been 44120987" */
static enum field field_set_right(const struct scan *s, size_t at)
{
    while (at && letter_in(s->text.s[at - 1], " \t\n:=\"'("))
        at--;
    const struct word *w = scan_word_before(s, IN_CLASS(WORD_IS), at);
    for (size_t i = 0; w && str_eq(w->value, "right") && i < s->n_labels; i++)
        if (s->labels[i].field == FIELD_MEMO && s->labels[i].end <= at)
            return FIELD_MEMO;
    return FIELDS;
}

#define MIN_LOOSE_UID 7

void find_loose_digits(struct scan *s)
{
    size_t n;
    for (size_t at = 0; s->asked == FIELDS && (n = next_digits(s, &at)); at += n) {
        enum field said = scan_named(s, at), field = field_set_right(s, at);
        if (field == FIELDS)
            field = field_of_same_length(s, at, n);
        bool is_like_uid = n >= MIN_LOOSE_UID && n <= MAX_UID && s->text.s[at] != '0' &&
                           (said == FIELDS || said == FIELD_UID);
        if (field == FIELDS && !is_like_uid)
            continue;
        struct found *f = add(s, field == FIELDS ? FIELD_UID : field, at, at + n, true);
        if (f)
            f->is_ambiguous = field == FIELDS;
    }
}

/* --- beside their names --- */

/* Past blanks, signs and words such as "is": to where the value begins. */
static size_t skip_is(const struct scan *s, size_t at, bool *has_sign)
{
    for (size_t words = 0; words < 4;) {
        const struct word *w = scan_word(s, IN_CLASS(WORD_IS), at);
        if (letter_in(s->text.s[at], " \t\n:=#\"'(")) {
            *has_sign |= letter_in(s->text.s[at], ":=#");
            at++;
        } else if (w) {
            *has_sign |= !isascii((unsigned char)*w->text);
            at += w->len;
            words++;
        } else {
            break;
        }
    }
    return at;
}

enum field scan_named(const struct scan *s, size_t at)
{
    bool has_sign = false;
    for (size_t i = 0; i < s->n_labels; i++) {
        const struct label *l = &s->labels[i];
        if (!l->is_weak && l->end <= at && at - l->end <= 64 && skip_is(s, l->end, &has_sign) == at)
            return l->field;
    }
    return FIELDS;
}

/* The same to the left: "12345678 is my uid". */
static size_t skip_is_back(const struct scan *s, size_t at)
{
    for (size_t words = 0; words < 4 && at;) {
        const struct word *w = scan_word_before(s, IN_CLASS(WORD_IS), at);
        if (letter_in(s->text.s[at - 1], " \t\n")) {
            at--;
        } else if (w) {
            at -= w->len;
            words++;
        } else {
            break;
        }
    }
    return at;
}

/* Behind a bare "code" stands an invite code if it has letters and digits, as no one-time code has,
 * and is not written like a word or an amount. */
static bool is_invite_code(const char *s, size_t len)
{
    size_t letters = letters_count(s, len, isalpha), digits = letters_count(s, len, isdigit);
    bool is_odd = letters_count(s, len, isupper) || memchr(s, '-', len);
    return len >= 5 && len <= MAX_INVITE && letters && digits && is_odd &&
           letters + digits + 1 >= len;
}

static bool find_invite_code(struct scan *s, const struct label *l)
{
    bool has_sign = false;
    size_t start = skip_is(s, l->end, &has_sign), end = token_end(s, start);
    if (start >= end || !scan_is_free(s, start, end) ||
        !is_invite_code(s->text.s + start, end - start))
        return false;
    add(s, FIELD_INVITE_CODE, start, end, true);
    return true;
}

/* Nothing counts or measures it: "500 xrp", "sent 500". A long one that is not round needs less. */
static bool is_no_amount(const struct scan *s, size_t start, size_t end)
{
    const uint64_t units = NAMES | IN_CLASS(WORD_CURRENCY) | IN_CLASS(WORD_CURRENCY_AFTER);
    size_t next = end + (s->low[end] == ' '), before = start - (start && s->low[start - 1] == ' ');
    uint64_t glued = next == end ? IN_CLASS(WORD_POWER_GLUED) : 0;
    const struct word *after =
        scan_word(s, units | glued | IN_CLASS(WORD_POWER) | IN_CLASS(WORD_LINKER), next);
    if (after && (after->class != WORD_LINKER || str_eq(after->value, "piece")))
        return false;
    if (end - start >= MIN_UID && strncmp(s->low + end - 3, "000", 3) != 0)
        return true;
    return !scan_word(s, IN_CLASS(WORD_COUNTER) | IN_CLASS(WORD_SPAN) | IN_CLASS(WORD_HOUR),
                      next) &&
           !scan_word_before(s, units | IN_CLASS(WORD_MONEY) | IN_CLASS(WORD_CLOCK), before);
}

static bool is_label(const struct scan *s, size_t at)
{
    for (size_t i = 0; i < s->n_labels; i++)
        if (s->labels[i].start == at)
            return true;
    return false;
}

static bool find_value_after(struct scan *s, const struct label *l)
{
    bool has_sign = false, is_valid = false;
    size_t start = skip_is(s, l->end, &has_sign), end = token_end(s, start);
    const char *text = s->text.s + start;
    bool is_text = l->field == FIELD_MEMO || l->field == FIELD_INVITE_CODE;
    if (start >= end || !scan_is_free(s, start, end) || is_label(s, start) ||
        !has_form(l->field, text, end - start, &is_valid))
        return false;
    if (is_text && !is_odd(s, start, end) && !has_sign)
        return false;
    if (!is_valid && (l->is_weak || !is_no_amount(s, start, end)))
        return false; /* "account 500 usdt" */
    add(s, l->field, start, end, is_valid);
    return true;
}

static bool find_value_before(struct scan *s, const struct label *l)
{
    size_t end = skip_is_back(s, l->start), start = end;
    bool is_valid = false;
    while (start && is_alnum(s->text.s[start - 1]))
        start--;
    bool is_value = end - start >= 4 && scan_is_free(s, start, end) &&
                    letters_all(s->text.s + start, end - start, isdigit) &&
                    has_form(l->field, s->text.s + start, end - start, &is_valid) && is_valid;
    if (is_value)
        add(s, l->field, start, end, true);
    return is_value;
}

static bool has_value(const struct label *l)
{
    return l->field == FIELD_UID || l->field == FIELD_ORDER_ID || l->field == FIELD_MEMO ||
           l->field == FIELD_INVITE_CODE;
}

void find_labelled(struct scan *s)
{
    size_t n = s->n_labels < EXTRACT_MAX ? s->n_labels : EXTRACT_MAX;
    for (size_t i = 0; i < n; i++) {
        struct label *l = &s->labels[i];
        if (l->field == LABEL_CODE || (l->field == FIELD_INVITE_CODE && l->is_weak))
            l->is_done = find_invite_code(s, l);
        else if (has_value(l))
            l->is_done = find_value_after(s, l);
    }
    for (size_t i = 0; i < n; i++)
        if (!s->labels[i].is_done && has_value(&s->labels[i]))
            s->labels[i].is_done = find_value_before(s, &s->labels[i]);
    find_long_digits(s);
}

/* --- further off in the same clause: "the tag that I was given is 88213406" --- */

#define REACH      72 /* bytes */
#define REACH_BACK 40

static bool ends_sentence(const struct scan *s, size_t at)
{
    const char *text = s->text.s + at;
    return !*text || (letter_in(*text, ".!?;\n") && !is_alnum(text[1])) || starts_with(text, "。");
}

/* An invite code or a memo of letters and digits: not "trc20", not "500usdt", not "10am". */
static bool is_like_a_code(const struct scan *s, size_t start, size_t end)
{
    const char *text = s->text.s + start;
    size_t len = end - start, digits = letters_count(text, len, isdigit),
           letters = letters_count(text, len, isalpha), signs = len - letters - digits;
    const struct word *name = scan_word(s, NAMES, start);
    if (len < 5 || len > MAX_INVITE || signs > 1 || memchr(text, '.', len) ||
        (name && name->len + 1 >= len))
        return false;
    if (!digits)
        return signs && memchr(text, '_', len);
    bool is_marked = signs || letters_count(text, len, isupper);
    return letters && (is_marked || (!is_digit(*text) && digits > 1));
}

static bool is_reached(const struct scan *s, enum field field, size_t start, size_t end)
{
    bool is_valid = false;
    size_t at = start;
    bool is_piece = start && (is_alnum(s->text.s[start - 1]) ||
                              letter_in(s->text.s[start - 1], "@/_-.")); /* of a name, a path */
    is_piece |= is_alnum(s->text.s[end]) || letter_in(s->text.s[end], "_-/@");
    if (is_piece || !scan_is_free(s, start, end) || end - start < 4)
        return false;
    if (letters_all(s->text.s + start, end - start, isdigit))
        return field != FIELD_INVITE_CODE && next_digits(s, &at) && at == start &&
               has_form(field, s->text.s + start, end - start, &is_valid) && is_valid &&
               is_no_amount(s, start, end);
    return (field == FIELD_MEMO || field == FIELD_INVITE_CODE) && is_like_a_code(s, start, end);
}

/* Where the words of the next label begin, or those of the one before end. */
static size_t limit_after(const struct scan *s, size_t i)
{
    size_t limit = s->labels[i].end + REACH;
    for (i++; i < s->n_labels && s->labels[i].is_weak;)
        i++;
    return i < s->n_labels && s->labels[i].start < limit ? s->labels[i].start : limit;
}

#define REACH_CODE 16 /* behind a bare "code": "kod sepupu TANK5" */

static bool reach_after(struct scan *s, size_t i)
{
    const struct label *l = &s->labels[i];
    size_t limit = limit_after(s, i);
    bool is_code = l->field == FIELD_INVITE_CODE; /* it tells itself */
    enum field field = l->field;
    if (field == LABEL_CODE) {
        field = FIELD_INVITE_CODE;
        limit = limit < l->end + REACH_CODE ? limit : l->end + REACH_CODE;
    }
    for (size_t at = l->end, end; at < limit && s->text.s[at]; at = end > at ? end : at + 1) {
        if (!is_code && ends_sentence(s, at))
            return false;
        end = is_alnum(s->text.s[at]) ? token_end(s, at) : at;
        bool is_marked = l->field != LABEL_CODE || is_upper(s->text.s[at]);
        if (end > at && is_marked && is_reached(s, field, at, end)) {
            add(s, field, at, end, true);
            return true;
        }
    }
    return false;
}

static bool reach_before(struct scan *s, size_t i)
{
    const struct label *l = &s->labels[i];
    size_t end = l->start, least = i ? s->labels[i - 1].end : 0;
    if (end - least > REACH_BACK)
        least = end - REACH_BACK;
    for (size_t start; end > least && !ends_sentence(s, end - 1); end = start) {
        for (start = end; start > least && (is_alnum(s->text.s[start - 1]) ||
                                            letter_in(s->text.s[start - 1], "-_."));)
            start--;
        if (start < end && is_reached(s, l->field, start, end)) {
            add(s, l->field, start, end, true);
            return true;
        }
        start -= start == end;
    }
    return false;
}

/* "a tag of 44210 where 44120 belongs" */
static void find_alike(struct scan *s)
{
    size_t n;
    for (size_t at = 0; s->asked == FIELDS && (n = next_digits(s, &at)); at += n)
        if (n >= 5 && field_of_same_length(s, at, n) == FIELD_MEMO && is_no_amount(s, at, at + n))
            add(s, FIELD_MEMO, at, at + n, true);
}

void find_reached(struct scan *s)
{
    for (size_t pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < s->n_labels && i < EXTRACT_MAX; i++) {
            struct label *l = &s->labels[i];
            bool may = l->field == FIELD_MEMO || l->field == LABEL_CODE ||
                       l->field == FIELD_INVITE_CODE || (l->field == FIELD_UID && !l->is_weak);
            if (may && !l->is_done)
                l->is_done =
                    !pass ? reach_after(s, i) : l->field != LABEL_CODE && reach_before(s, i);
        }
    find_alike(s);
}

/* --- one-time codes --- */

static void mask_code(struct scan *s, size_t start)
{
    memset(s->text.s + start, MASKED, 6);
    memset(s->low + start, MASKED, 6);
    if (!s->out->secret)
        s->out->secret = "otp";
}

void find_codes(struct scan *s)
{
    for (size_t i = 0; i < s->n_labels; i++) {
        const struct label *l = &s->labels[i];
        bool has_sign = false;
        if (l->field != LABEL_CODE || s->asked == FIELD_INVITE_CODE)
            continue;
        size_t after = skip_is(s, l->end, &has_sign), before = skip_is_back(s, l->start);
        if (scan_run(s, after) == 6 && letters_all(s->text.s + after, 6, isdigit))
            mask_code(s, after);
        else if (before >= 6 && scan_named(s, before - 6) == FIELDS /* "uid 612093 code" */ &&
                 letters_all(s->text.s + before - 6, 6, isdigit) &&
                 (before == 6 || !is_alnum(s->text.s[before - 7])))
            mask_code(s, before - 6);
    }
}

/* --- an answer and nothing else --- */

/* Which field a number answers that is all there is: the one that was asked if it has its form. */
static enum field field_of_digits(const struct scan *s, size_t len, bool *is_known)
{
    bool is_asked = s->asked == FIELD_UID || s->asked == FIELD_ORDER_ID || s->asked == FIELD_MEMO;
    bool is_uid = len >= MIN_UID && len <= MAX_UID, is_order = len >= MIN_ORDER && len <= MAX_ORDER;
    *is_known = is_asked && (s->asked == FIELD_MEMO || (s->asked == FIELD_UID ? is_uid : is_order));
    if (*is_known)
        return s->asked;
    if (is_uid || is_order)
        return is_uid ? FIELD_UID : FIELD_ORDER_ID;
    return is_asked ? s->asked : FIELDS;
}

static void find_asked_digits(struct scan *s)
{
    struct found *last = NULL;
    bool is_known;
    size_t first = scan_blanks(s, 0), n;
    for (size_t at = 0; (n = next_digits(s, &at)); at += n) {
        bool is_whole = at == first && at + n + scan_blanks(s, at + n) == s->text.len;
        enum field field = field_of_digits(s, n, &is_known);
        if (field == FIELDS || (!is_known && !is_whole))
            continue;
        struct found *f = add(s, field, at, at + n, is_known || field != s->asked);
        if (!f)
            return;
        f->is_ambiguous = !is_known || (last && last->field == field);
        if (last && last->field == field)
            last->is_ambiguous = true;
        last = f;
    }
}

/* One word that answers a question for a memo, a code or a coin. */
static void find_asked_word(struct scan *s)
{
    size_t start = scan_blanks(s, 0), end = token_end(s, start);
    bool is_valid = false;
    if (start >= end || end + scan_blanks(s, end) != s->text.len || !scan_is_free(s, start, end))
        return;
    for (size_t i = 0; i < s->out->n; i++)
        if (s->out->items[i].field == s->asked)
            return;
    bool is_coin = s->asked == FIELD_COIN && end - start >= 2 && end - start <= 10;
    bool is_text = s->asked == FIELD_MEMO || s->asked == FIELD_INVITE_CODE;
    if (!is_coin && !(is_text && has_form(s->asked, s->text.s + start, end - start, &is_valid)))
        return;
    struct found *f = is_odd(s, start, end) || s->asked == FIELD_INVITE_CODE
                          ? add(s, s->asked, start, end, is_valid)
                          : NULL;
    if (f)
        f->is_ambiguous = !is_odd(s, start, end) || is_coin;
}

void find_asked(struct scan *s)
{
    find_asked_digits(s);
    find_asked_word(s);
}
