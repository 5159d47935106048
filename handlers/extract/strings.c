/* Addresses and transaction ids in plain text: runs of letters and digits that are too long to be
 * words. */
#include "handlers/extract/letters.h"
#include "handlers/extract/scan.h"
#include "handlers/extract/txid.h"

static bool is_address_field(enum field f)
{
    return f == FIELD_ADDRESS || f == FIELD_CONTRACT;
}

static enum field address_field(const struct scan *s)
{
    return s->asked == FIELD_CONTRACT ? FIELD_CONTRACT : FIELD_ADDRESS;
}

static void add(struct scan *s, enum field field, size_t start, size_t end, enum reading r,
                const char *chains, bool is_ambiguous)
{
    struct found *f = scan_add(s, field, start, end, NULL);
    if (f) {
        f->is_valid = r == READING_RIGHT;
        f->chains = chains;
        f->is_ambiguous = is_ambiguous;
    }
    scan_take(s, start, end);
}

/* The tag that an XRP X-address carries is as good as one that is written beside it. */
static void add_packed_tag(struct scan *s, size_t start, size_t end)
{
    int64_t tag = address_packed_tag(s->text.s + start, end - start);
    if (tag < 0)
        return;
    struct found *f =
        scan_add(s, FIELD_MEMO, start, end, arena_printf(s->arena, "%lld", (long long)tag));
    if (f)
        f->is_valid = true;
}

/* Either, both or neither; what was asked decides, then the words beside it. */
static bool judge(struct scan *s, size_t start, size_t end, bool is_cut)
{
    const char *text = s->text.s + start, *tx_chains, *address_chains;
    enum reading tx = txid_read(text, end - start, &tx_chains);
    enum reading address = address_read(text, end - start, &address_chains);
    if (!tx && !address)
        return false;
    if (tx != address) {
        bool is_tx = tx > address;
        enum reading r = is_cut ? READING_WRONG : is_tx ? tx : address;
        add(s, is_tx ? FIELD_TXID : address_field(s), start, end, r,
            is_tx ? tx_chains : address_chains, false);
        if (!is_tx && r == READING_RIGHT)
            add_packed_tag(s, start, end);
        return true;
    }
    enum field said = s->asked == FIELD_TXID || is_address_field(s->asked)
                          ? s->asked
                          : scan_labelled(s, start, end);
    bool is_known = said == FIELD_TXID || is_address_field(said);
    if (is_cut)
        tx = address = READING_WRONG;
    if (said == FIELD_TXID || !is_known)
        add(s, FIELD_TXID, start, end, tx, tx_chains, !is_known);
    if (said != FIELD_TXID)
        add(s, is_known ? said : address_field(s), start, end, address, address_chains, !is_known);
    return true;
}

/* --- where a string begins and ends --- */

/* "bitcoincash:", "0:" and "-1:" (TON) belong to what follows them. */
static size_t start_with_prefix(const struct scan *s, size_t start)
{
    static const char *const prefixes[] = {
        "bitcoincash:", "ecash:", "bcash:", "bchtest:", "bchreg:", "-1:", "0:"};
    for (size_t i = 0; i < ARRAY_LEN(prefixes); i++) {
        size_t n = strlen(prefixes[i]);
        if (start >= n && !memcmp(s->low + start - n, prefixes[i], n) &&
            (start == n || !is_alnum(s->low[start - n - 1])))
            return start - n;
    }
    bool is_number = start >= 2 && s->low[start - 1] == ':' && is_digit(s->low[start - 2]) &&
                     scan_run(s, start) == 64; /* a workchain that is none */
    if (!is_number)
        return start;
    start -= 2;
    return start && s->low[start - 1] == '-' ? start - 1 : start;
}

/* TON's friendly addresses and hashes are base64, with signs in them. */
#define MAX_STRING 64 /* no longer one has signs in it */

static size_t base64_end(const struct scan *s, size_t at)
{
    const char *text = s->text.s;
    size_t most = at + MAX_STRING;
    while (at < most && (is_alnum(text[at]) || letter_in(text[at], "+/-_")))
        at++;
    return at + (text[at] == '=');
}

static bool find_base64(struct scan *s, size_t start)
{
    const char *text = s->text.s + start, *chains;
    size_t end = base64_end(s, start), len = end - start;
    bool is_head = letter_in(*text, "EUkK0") && letter_in(text[1], "Qf");
    if (len == 44 && text[43] == '=' && txid_read(text, len, &chains) == READING_RIGHT)
        return judge(s, start, end, false);
    if (!is_head || len < 46 || address_read(text, len, &chains) == READING_NONE ||
        strncmp(chains, "TON", 3))
        return false;
    add(s, address_field(s), start, end, address_read(text, len, &chains), chains, false);
    return true;
}

/* "0.0.19790-1666769504-858851231" */
static bool find_hedera(struct scan *s, size_t start)
{
    const char *text = s->text.s + start, *chains;
    if (!starts_with(text, "0.0."))
        return false;
    size_t len = 0;
    while (len < MAX_STRING && letter_in(text[len], "0123456789.-@"))
        len++;
    while (len && !is_digit(text[len - 1]))
        len--;
    return txid_read(text, len, &chains) == READING_RIGHT && judge(s, start, start + len, false);
}

/* "0x1234...abcd", as apps shorten: how long it is, or 0. */
static size_t shortened(const struct scan *s, size_t start, size_t run)
{
    const char *text = s->text.s + start;
    size_t dots = strspn(text + run, ".*"),
           ellipsis = starts_with(text + run, "…") ? strlen("…") : 0;
    size_t gap = dots >= 2 ? dots : ellipsis, tail = gap ? scan_run(s, start + run + gap) : 0;
    bool is_id =
        run >= 4 && run <= 20 && letters_count(text, run, isdigit) && tail >= 3 && tail <= 20;
    bool is_known = starts_with(text, "0x") || s->asked == FIELD_TXID || is_address_field(s->asked);
    return is_id && is_known ? run + gap + tail : 0;
}

void find_strings(struct scan *s)
{
    for (size_t at = 0; at < s->text.len && s->out->n < EXTRACT_MAX;) {
        size_t run = scan_run(s, at), start = at, end = at + run, cut = 0;
        if (!run) {
            at++;
            continue;
        }
        at = end;
        if (!scan_is_free(s, start, end))
            continue;
        if (find_base64(s, start) || find_hedera(s, start)) {
            at = base64_end(s, start);
        } else if ((cut = shortened(s, start, run))) {
            enum field field = s->asked == FIELD_TXID ? FIELD_TXID : address_field(s);
            add(s, field, start, start + cut, READING_WRONG, "", false);
            at = start + cut;
        } else if (run >= 9) {
            size_t head = start_with_prefix(s, start);
            bool has_plus = (head && s->low[head - 1] == '+') || s->low[end] == '+';
            if (head < start && judge(s, head, end, has_plus))
                continue;
            judge(s, start, end, has_plus);
        }
    }
}

/* --- what only counts where its chain is spoken of --- */

/* Is one of these chains spoken of? */
static bool are_spoken_of(const struct scan *s, const char *chains)
{
    for (size_t i = 0; i < s->out->n; i++) {
        const struct found *f = &s->out->items[i];
        bool is_name = f->field == FIELD_COIN || f->field == FIELD_NETWORK;
        if (is_name && *f->chains && chains_have(chains, f->chains))
            return true;
    }
    return false;
}

/* "to <string>": money goes there. */
static bool is_goal(const struct scan *s, const struct found *f)
{
    const char *place = strstr(s->text.s, f->value);
    size_t at = place ? (size_t)(place - s->text.s) : 0, end = at + strlen(f->value);
    while (at && letter_in(s->low[at - 1], " \n:"))
        at--;
    return scan_word_before(s, IN_CLASS(WORD_GOAL), at) || scan_word(s, IN_CLASS(WORD_GOAL), end);
}

static void drop(struct extract *x, size_t i)
{
    memmove(&x->items[i], &x->items[i + 1], (x->n - i - 1) * sizeof(*x->items));
    x->n--;
}

/* Called an address, but on the chains that are spoken of it can only be a transaction. */
static void settle_address(const struct scan *s, struct found *f)
{
    const char *chains;
    bool is_transaction =
        f->field == FIELD_ADDRESS && f->is_valid && !are_spoken_of(s, f->chains) &&
        txid_read(f->value, strlen(f->value), &chains) == READING_RIGHT && are_spoken_of(s, chains);
    if (is_transaction) {
        f->field = FIELD_TXID;
        f->chains = chains;
    }
}

void settle_strings(struct scan *s)
{
    for (size_t i = 0; i + 1 < s->out->n; i++) {
        struct found *tx = &s->out->items[i], *address = &s->out->items[i + 1];
        if (tx->field != FIELD_TXID || !tx->is_ambiguous || address->offset != tx->offset)
            continue;
        bool is_tx = are_spoken_of(s, tx->chains), is_address = are_spoken_of(s, address->chains);
        if (is_tx && is_address) {
            is_address = is_goal(s, address);
            is_tx = !is_address;
        }
        if (is_tx == is_address)
            continue;
        tx->is_ambiguous = address->is_ambiguous = false;
        drop(s->out, is_tx ? i + 1 : i);
    }
    for (size_t i = 0; s->asked == FIELDS && i < s->out->n; i++)
        settle_address(s, &s->out->items[i]);
}

static bool is_spoken_of(const struct scan *s, const char *chain)
{
    for (size_t i = 0; i < s->out->n; i++) {
        const struct found *f = &s->out->items[i];
        if ((f->field == FIELD_COIN || f->field == FIELD_NETWORK) && chains_have(f->chains, chain))
            return true;
    }
    return false;
}

/* An EOS name without a digit is a word like others, unless nothing else was said. */
static bool is_only_a_word(const struct scan *s, size_t at, size_t len)
{
    bool is_whole = scan_blanks(s, 0) == at && at + len + scan_blanks(s, at + len) == s->text.len;
    return strcspn(s->text.s + at, "0123456789") >= len && !is_whole;
}

void find_short_addresses(struct scan *s)
{
    for (size_t at = 0; at < s->text.len;) {
        const char *text = s->text.s + at, *chains;
        size_t len = 0;
        while (is_alnum(text[len]) || letter_in(text[len], ".-"))
            len++;
        size_t next = at + (len ? len : 1);
        while (len && !is_alnum(text[len - 1]))
            len--;
        enum reading r = len ? address_read_short(text, len, &chains) : READING_NONE;
        bool is_wanted = is_address_field(s->asked) || (r && is_spoken_of(s, chains));
        if (r && is_wanted && scan_is_free(s, at, at + len) && !is_only_a_word(s, at, len))
            add(s, address_field(s), at, at + len, r, chains, false);
        at = next;
    }
}
