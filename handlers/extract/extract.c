#include "handlers/extract/extract.h"

#include "handlers/codec/radix.h"
#include "handlers/extract/letters.h"
#include "handlers/extract/scan.h"
#include "handlers/extract/txid.h"
#include "handlers/guard/secrets.h"

static const char *const field_names[FIELDS] = {
    [FIELD_TXID] = "txid",
    [FIELD_ADDRESS] = "address",
    [FIELD_CONTRACT] = "contract",
    [FIELD_COIN] = "coin",
    [FIELD_NETWORK] = "network",
    [FIELD_MEMO] = "memo",
    [FIELD_AMOUNT] = "amount",
    [FIELD_UID] = "uid",
    [FIELD_ORDER_ID] = "order_id",
    [FIELD_LINK] = "link",
    [FIELD_INVITE_CODE] = "invite_code",
    [FIELD_EMAIL] = "email",
    [FIELD_TIME] = "time",
};

const char *field_name(enum field f)
{
    return field_names[f];
}

/* "network_expected" is a network, "uid_invitee" a UID. */
enum field field_asked(const char *asked)
{
    const char *dot = asked ? strrchr(asked, '.') : NULL, *name = dot ? dot + 1 : asked;
    for (enum field f = 0; name && f < FIELDS; f++) {
        size_t len = strlen(field_names[f]);
        if (starts_with(name, field_names[f]) && (!name[len] || name[len] == '_'))
            return f;
    }
    return FIELDS;
}

/* --- what the finders share --- */

bool scan_is_free(const struct scan *s, size_t start, size_t end)
{
    for (size_t i = start; i < end; i++)
        if (s->taken[i])
            return false;
    return true;
}

void scan_take(struct scan *s, size_t start, size_t end)
{
    memset(s->taken + start, true, end - start);
}

struct found *scan_add(struct scan *s, enum field field, size_t start, size_t end,
                       const char *value)
{
    if (s->out->n == EXTRACT_MAX || start >= end)
        return NULL;
    ARENA_GROW(s->arena, s->out->items, s->out->n, s->out->cap);
    struct found *f = &s->out->items[s->out->n++];
    memset(s->found + start, true, end - start);
    size_t from = s->text.at[start], to = s->text.at[end - 1] + 1;
    /* the last byte may have been one of a full-width character's three */
    while (to < s->text.at[end] && ((unsigned char)s->original[to] & 0xC0) == 0x80)
        to++;
    *f = (struct found){
        .field = field, .offset = from, .len = to - from, .chains = "", .unit = "", .other = ""};
    f->value = value ? value : arena_strndup(s->arena, s->text.s + start, end - start);
    return f;
}

/* "to <address>, hash <transaction>": a word before one string is not about the one behind it. */
static bool is_named_else(const struct scan *s, const struct label *l)
{
    size_t at = l->end;
    while (letter_in(s->text.s[at], " :=#\n"))
        at++;
    return scan_run(s, at) >= 9;
}

enum field scan_labelled(const struct scan *s, size_t start, size_t end)
{
    enum field best = FIELDS;
    for (size_t i = 0; i < s->n_labels; i++) {
        const struct label *l = &s->labels[i];
        if (l->is_weak)
            continue;
        if (l->end <= start && start - l->end <= 64)
            best = l->field;
        else if (l->start >= end && l->start - end <= 24 && best == FIELDS && !is_named_else(s, l))
            best = l->field;
    }
    return best;
}

bool scan_may_begin(const struct scan *s, size_t at)
{
    unsigned char c = (unsigned char)s->low[at];
    return (c & 0xC0) != 0x80 && !(islower(c) && at && is_lower(s->low[at - 1]));
}

size_t scan_run(const struct scan *s, size_t at)
{
    size_t n = 0;
    while (is_alnum(s->text.s[at + n]))
        n++;
    return n;
}

size_t scan_blanks(const struct scan *s, size_t at)
{
    return strspn(s->text.s + at, " \t\n");
}

static void find_labels(struct scan *s)
{
    for (size_t at = 0; at < s->text.len;) {
        const struct word *w = scan_may_begin(s, at) ? scan_word(s, IN_CLASS(WORD_SAYS), at) : NULL;
        if (w) {
            enum field field = field_asked(w->value);
            ARENA_GROW(s->arena, s->labels, s->n_labels, s->cap_labels);
            if (field == FIELDS && !str_eq(w->value, "code"))
                field = LABEL_OTHER;
            bool is_weak = strstr(w->value, "_weak");
            s->labels[s->n_labels++] = (struct label){at, at + w->len, field, is_weak, false};
        }
        at += w ? w->len : 1;
    }
}

/* --- preparing the text --- */

static bool is_whole_string(const char *s, size_t len)
{
    const char *chains;
    return address_read(s, len, &chains) == READING_RIGHT ||
           txid_read(s, len, &chains) == READING_RIGHT;
}

/* 32 bytes of base58 prove nothing: any two halves of the right length are that. */
static bool is_whole_when_joined(const char *s, size_t len)
{
    return is_whole_string(s, len) &&
           (len < 40 || len > 45 || !radix_is_all(base58_bitcoin, s, len));
}

/* A long string that was broken at the end of a line: what is right only when joined is joined. */
static void join_lines(struct plain *p)
{
    size_t joined_lines = 0;
    for (char *line = strchr(p->s, '\n'); line && joined_lines < EXTRACT_MAX;
         line = strchr(line + 1, '\n')) {
        size_t end = (size_t)(line - p->s), start = end, next = end, last;
        while (start && letter_in(p->s[start - 1], " \r\t"))
            start--;
        size_t head_end = start;
        while (start && is_alnum(p->s[start - 1]))
            start--;
        next += strspn(p->s + end, " \r\t\n");
        for (last = next; is_alnum(p->s[last]);)
            last++;
        size_t head = head_end - start, tail = last - next;
        char joined[256];
        if (head < 6 || tail < 3 || head + tail >= sizeof(joined))
            continue;
        memcpy(joined, p->s + start, head);
        memcpy(joined + head, p->s + next, tail);
        if (is_whole_string(p->s + start, head) || is_whole_string(p->s + next, tail) ||
            !is_whole_when_joined(joined, head + tail))
            continue;
        memmove(p->s + head_end, p->s + next, p->len - next + 1);
        memmove(p->at + head_end, p->at + next, (p->len - next + 1) * sizeof(*p->at));
        p->len -= next - head_end;
        joined_lines++;
        line = p->s + head_end - 1;
    }
}

/* What the guard finds is masked before anything else is looked for. */
static void mask_secrets(struct scan *s, bool hex_is_public)
{
    unsigned asked = hex_is_public ? ASKED_HEX : s->asked == FIELD_INVITE_CODE ? ASKED_CODE : 0;
    struct secrets found = secrets_find(s->arena, s->text.s, asked);
    enum secret_kind worst = SECRET_KINDS;
    for (size_t i = 0; i < found.n; i++) {
        memset(s->text.s + found.items[i].offset, MASKED, found.items[i].len);
        if (found.items[i].kind < worst)
            worst = found.items[i].kind;
    }
    if (worst != SECRET_KINDS)
        s->out->secret = secret_kind_name(worst);
}

static bool is_shouted(const char *s)
{
    size_t words = 0;
    for (; *s; s++) {
        if (is_lower(*s))
            return false;
        words += is_upper(s[0]) && !is_upper(s[1]);
    }
    return words > 3;
}

static int by_offset(const void *a, const void *b)
{
    const struct found *x = a, *y = b;
    if (x->offset != y->offset)
        return x->offset < y->offset ? -1 : 1;
    return (x->field > y->field) - (x->field < y->field);
}

/* A coin or a network, and an amount, a memo or the other one of the two. */
static bool tells_of_transfer(const struct extract *x)
{
    size_t n = 0, names = 0;
    for (size_t i = 0; i < x->n; i++) {
        enum field f = x->items[i].field;
        bool is_name = f == FIELD_COIN || f == FIELD_NETWORK;
        names += is_name;
        n += is_name || f == FIELD_AMOUNT || f == FIELD_MEMO;
    }
    return names && n >= 2;
}

/* Is there nothing else but words that name what was found? */
static bool is_all_found(const struct scan *s)
{
    uint64_t names = IN_CLASS(WORD_SAYS) | IN_CLASS(WORD_IS) | IN_CLASS(WORD_NETWORK_SIGN);
    for (size_t at = 0; at < s->text.len;) {
        unsigned char c = (unsigned char)s->low[at];
        const struct word *w = s->found[at] ? NULL : scan_word(s, names, at);
        if (s->found[at] || (c < 0x80 && !isalnum(c) && c != '?'))
            at++;
        else if (w)
            at += w->len;
        else
            return false;
    }
    return s->out->n > 0;
}

static struct extract *search(const struct lexicon *l, struct arena *a, const char *text,
                              enum field asked, const char *lang, bool hex_is_public)
{
    struct extract *out = arena_alloc(a, sizeof(*out));
    struct scan s = {.arena = a, .lexicon = l, .original = text, .lang = lang, .out = out};
    s.asked = asked;
    s.text = plain_new(a, text);
    join_lines(&s.text);
    mask_secrets(&s, hex_is_public);
    s.low = text_small_match(a, s.text.s);
    s.is_shouted = is_shouted(s.text.s);
    s.taken = arena_alloc(a, s.text.len + 1);
    s.found = arena_alloc(a, s.text.len + 1);
    find_labels(&s);
    find_codes(&s);
    find_links(&s);
    find_strings(&s);
    find_names(&s);
    settle_strings(&s);
    find_short_addresses(&s);
    find_labelled(&s);
    find_times(&s);
    find_reached(&s);
    find_amounts(&s);
    find_asked(&s);
    find_loose_digits(&s);
    if (out->n)
        qsort(out->items, out->n, sizeof(*out->items), by_offset);
    out->is_all = is_all_found(&s);
    return out;
}

struct extract *extract_find(const struct lexicon *l, struct arena *a, const char *text,
                             const char *asked, const char *lang)
{
    enum field field = field_asked(asked);
    bool hex_is_public = field == FIELD_TXID || field == FIELD_ADDRESS || field == FIELD_CONTRACT;
    struct extract *out = search(l, a, text, field, lang, hex_is_public);
    bool is_doubtful = out->secret && str_eq(out->secret, secret_kind_name(SECRET_HEX));
    if (!is_doubtful || !tells_of_transfer(out))
        return out;
    out = search(l, a, text, field, lang, true);
    out->takes_hex = true;
    return out;
}

const struct extract *extract_event(const struct lexicon *l, const struct turn *t,
                                    const char *asked)
{
    const char *text = t->event->content.text, *lang = turn_lang(t, LANE_CUSTOMER);
    const char *key =
        arena_printf(t->arena, "extract %d %s %s", (int)field_asked(asked), lang, text);
    const struct extract *x = turn_noted(t, key);
    if (!x) {
        x = extract_find(l, t->arena, text, asked, lang);
        turn_note(t, key, x);
    }
    return x;
}
