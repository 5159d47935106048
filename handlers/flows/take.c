#include "handlers/flows/take.h"

#include "handlers/extract/txid.h"

#include <ctype.h>

#define MAX_VALUES 6 /* of one kind in a message */
#define BEFORE     40
#define AFTER      24 /* bytes from a value to the word that tells what it is */

struct value {
    const struct found *found; /* its first mention */
    const char *text;          /* as it is kept */
};

struct taker {
    const struct book *book;
    const struct flow *flow;
    const struct turn *turn;
    struct effects *e;
    const char *asked;
    const struct extract *x;
    const char *low; /* the text in small letters */
    struct taken *out;
};

static struct arena *arena_of(const struct taker *k)
{
    return k->turn->arena;
}

const char *pick_values(const struct conversation *c, struct arena *a, const char *field)
{
    return conversation_var(c, arena_printf(a, "pick.%s", field));
}

static void set_pick(struct effects *e, const char *field, const char *values)
{
    if (!str_eq(pick_values(e->subject, e->arena, field), values))
        effect_var(e, arena_printf(e->arena, "pick.%s", field), values);
}

static void put(struct effects *e, struct taken *out, const char *field, const char *value)
{
    set_pick(e, field, "");
    if (str_eq(form_get(e->subject, e->arena, field), value))
        return;
    form_set(e, field, value);
    if (str_eq(field, "uid") && !str_eq(value, e->subject->uid_proven))
        effect_set(e, uid_claimed, value);
    struct form_line *got = arena_alloc(e->arena, (out->n_got + 1) * sizeof(*got));
    if (out->n_got)
        memcpy(got, out->got, out->n_got * sizeof(*got));
    got[out->n_got++] = (struct form_line){field, value};
    out->got = got;
}

static void give(struct taker *k, const struct flow_field *field, const char *value)
{
    put(k->e, k->out, field->name, value);
    k->out->is_answer |= str_eq(field->name, k->asked);
}

static void leave_open(struct taker *k, const struct flow_field *field, const struct value *values,
                       size_t n)
{
    char *all = arena_strdup(arena_of(k), "");
    if (*form_get(k->e->subject, arena_of(k), field->name))
        return;
    for (size_t i = 0; i < n; i++)
        all = arena_printf(arena_of(k), "%s%s%s", all, *all ? "|" : "", values[i].text);
    set_pick(k->e, field->name, all);
    k->out->is_answer |= str_eq(field->name, k->asked);
}

/* --- values --- */

static const char *as_kept(const struct taker *k, const struct found *f, const char *value)
{
    if (f->field != FIELD_AMOUNT || !*f->unit)
        return value;
    return arena_printf(arena_of(k), "%s %s", value, f->unit);
}

/* The different right ones of a kind. */
static size_t values_of(const struct taker *k, enum field kind, struct value *out)
{
    size_t n = 0;
    for (size_t i = 0; i < k->x->n && n < MAX_VALUES; i++) {
        const struct found *f = &k->x->items[i];
        if (f->field != kind || !f->is_valid || f->is_ambiguous)
            continue;
        const char *text = as_kept(k, f, f->value);
        bool is_new = true;
        for (size_t v = 0; v < n; v++)
            is_new &= !str_eq(out[v].text, text);
        if (is_new)
            out[n++] = (struct value){f, text};
    }
    return n;
}

/* --- which of two fields? --- */

static bool is_word_at(const char *low, size_t at, size_t len)
{
    bool starts = isalnum((unsigned char)low[at]) && at && isalnum((unsigned char)low[at - 1]);
    bool ends = isalnum((unsigned char)low[at + len - 1]) && isalnum((unsigned char)low[at + len]);
    return !starts && !ends;
}

/* How near the nearest of these words is: 1 beside it, 0 nowhere. */
static double nearness(const struct words *words, const char *low, size_t from, size_t to,
                       bool before)
{
    double best = 0;
    for (size_t w = 0; w < words->n; w++) {
        size_t len = strlen(words->items[w]);
        for (size_t at = from; at + len <= to; at++) {
            if (memcmp(low + at, words->items[w], len) || !is_word_at(low, at, len))
                continue;
            size_t gap = before ? to - at - len : at - from;
            double near = 1.0 / (1.0 + (double)gap);
            best = near > best ? near : best;
        }
    }
    return best;
}

/* What stands behind a comma is about the next value. */
static size_t clause_len(const char *s, size_t max)
{
    static const char *const signs[] = {",", ";", ".", "\n", "，", "；", "。", "、"};
    for (size_t n = 0; n < max; n++)
        for (size_t i = 0; i < ARRAY_LEN(signs); i++)
            if (starts_with(s + n, signs[i]))
                return n;
    return max;
}

/* How much the words around all mentions of a value say that it is this field's. */
static double likeness(const struct taker *k, const struct flow_field *field,
                       const struct value *value)
{
    const struct cues *cues = book_cues(k->book, field->name);
    size_t len = strlen(k->low);
    double best = 0;
    for (size_t i = 0; cues && i < k->x->n; i++) {
        const struct found *f = &k->x->items[i];
        if (f->field != value->found->field || !str_eq(f->value, value->found->value))
            continue;
        size_t start = f->offset, end = f->offset + f->len;
        size_t from = start > BEFORE ? start - BEFORE : 0,
               to = end + AFTER < len ? end + AFTER : len;
        to = end + clause_len(k->low + end, to - end);
        double b = nearness(&cues->before, k->low, from, start, true);
        double a = nearness(&cues->after, k->low, end, to, false);
        best = a > best ? a : best;
        best = b > best ? b : best;
    }
    return best;
}

static bool is_empty(const struct taker *k, const struct flow_field *field)
{
    return !*form_get(k->e->subject, arena_of(k), field->name);
}

static void one_of_two(struct taker *k, const struct flow_field *const *fields,
                       const struct value *value)
{
    double first = likeness(k, fields[0], value), second = likeness(k, fields[1], value);
    bool asks_first = str_eq(fields[0]->name, k->asked),
         asks_second = str_eq(fields[1]->name, k->asked);
    bool empty_first = is_empty(k, fields[0]), empty_second = is_empty(k, fields[1]);
    if (first != second)
        give(k, fields[second > first], value->text);
    else if (asks_first || asks_second)
        give(k, fields[asks_second], value->text);
    else if (empty_first != empty_second)
        give(k, fields[empty_second], value->text);
    else if (empty_first)
        leave_open(k, fields[0], value, 1);
}

static void two_of_two(struct taker *k, const struct flow_field *const *fields,
                       const struct value *values)
{
    double straight = likeness(k, fields[0], &values[0]) + likeness(k, fields[1], &values[1]);
    double crossed = likeness(k, fields[0], &values[1]) + likeness(k, fields[1], &values[0]);
    if (straight == crossed) {
        leave_open(k, fields[0], values, 2);
        leave_open(k, fields[1], values, 2);
        return;
    }
    give(k, fields[0], values[crossed > straight].text);
    give(k, fields[1], values[crossed < straight].text);
}

static void take_kind(struct taker *k, enum field kind)
{
    const struct flow_field *fields[2];
    size_t n_fields = 0;
    for (size_t i = 0; i < k->flow->n_fields && n_fields < 2; i++)
        if (k->flow->fields[i].kind == kind)
            fields[n_fields++] = &k->flow->fields[i];
    struct value values[MAX_VALUES];
    size_t n = values_of(k, kind, values);
    if (!n_fields || !n)
        return;
    if (n_fields == 2 && n == 1)
        one_of_two(k, fields, &values[0]);
    else if (n_fields == 2)
        two_of_two(k, fields, values);
    else if (n == 1 || kind == FIELD_LINK) /* links are not shown on buttons */
        give(k, fields[0], values[0].text);
    else
        leave_open(k, fields[0], values, n);
}

/* --- what cannot be right --- */

static const struct flow_field *field_of_kind(const struct taker *k, enum field kind)
{
    const struct flow_field *asked = flow_field(k->flow, k->asked);
    if (asked && asked->kind == kind)
        return asked;
    for (size_t i = 0; i < k->flow->n_fields; i++)
        if (k->flow->fields[i].kind == kind)
            return &k->flow->fields[i];
    return NULL;
}

static void note_wrong(struct taker *k, const struct found *f)
{
    const struct flow_field *field = field_of_kind(k, f->field);
    if (!field || !is_empty(k, field))
        return;
    if (f->is_ambiguous && *f->other) {
        struct value values[] = {{f, as_kept(k, f, f->value)}, {f, as_kept(k, f, f->other)}};
        leave_open(k, field, values, 2);
    } else if (!f->is_valid && !f->is_ambiguous && f->field != FIELD_AMOUNT) {
        k->out->wrong = f->value;
        k->out->wrong_field = field->name;
    }
}

/* Networks and coins are named in passing; nobody types a transaction by chance. */
static int strength(enum field f)
{
    static const int by_field[FIELDS] = {
        [FIELD_TXID] = 9, [FIELD_ADDRESS] = 8,     [FIELD_CONTRACT] = 8, [FIELD_EMAIL] = 7,
        [FIELD_LINK] = 6, [FIELD_INVITE_CODE] = 6, [FIELD_UID] = 5,      [FIELD_ORDER_ID] = 5,
        [FIELD_MEMO] = 4, [FIELD_AMOUNT] = 3,      [FIELD_NETWORK] = 2,  [FIELD_COIN] = 2,
        [FIELD_TIME] = 1,
    };
    return f < FIELDS ? by_field[f] : 0;
}

static void read_found(struct taker *k)
{
    const struct flow_field *asked = flow_field(k->flow, k->asked);
    for (size_t i = 0; i < k->x->n; i++) {
        const struct found *f = &k->x->items[i];
        note_wrong(k, f);
        if (strength(f->field) > strength(k->out->strongest))
            k->out->strongest = f->field;
    }
    bool is_missing = asked && asked->kind != FIELDS && !k->out->is_answer && !k->out->wrong;
    if (is_missing && strength(k->out->strongest) >= strength(FIELD_UID))
        k->out->instead = k->out->strongest;
}

/* --- a transaction and its network --- */

static const char *network_field(const struct conversation *c, struct arena *a)
{
    return *form_get(c, a, "network_sent") ? "network_sent" : "network";
}

const char *take_misfit(const struct book *b, const struct conversation *c, struct arena *a)
{
    const char *txid = form_get(c, a, "txid"), *network = form_get(c, a, network_field(c, a));
    const char *chain = lexicon_value(b->lexicon, WORD_CHAIN, network);
    bool is_known = *txid && !str_eq(txid, FORM_SKIPPED) && chain;
    return is_known && txid_read_of(txid, strlen(txid), chain) == READING_WRONG ? network : "";
}

static bool has_got(const struct taken *out, const char *field)
{
    for (size_t i = 0; i < out->n_got; i++)
        if (str_eq(out->got[i].name, field))
            return true;
    return false;
}

/* It is told once, and what was given before is asked again; if that changes nothing, both stay as
 * they are, for the agent. */
static void compare_with_network(struct taker *k)
{
    const struct conversation *c = k->e->subject;
    const char *network = take_misfit(k->book, c, arena_of(k));
    if (!*network || *conversation_var(c, TAKE_MISFIT))
        return;
    const char *field = network_field(c, arena_of(k));
    k->out->wrong = form_get(c, arena_of(k), "txid");
    k->out->wrong_field = "txid_network";
    k->out->network = network;
    effect_var(k->e, TAKE_MISFIT, "told");
    form_set(k->e, has_got(k->out, "txid") ? field : "txid", "");
}

/* --- all --- */

const char *take_region(const struct book *b, struct arena *a, const char *text)
{
    const char *low = text_small(a, text);
    size_t len = strlen(low);
    for (size_t r = 0; r < b->n_regions; r++) {
        const struct named_words *region = &b->regions[r];
        if (nearness(&region->words, low, 0, len, true) > 0)
            return region->name;
        size_t n = strlen(region->name);
        for (const char *at = text; (at = strstr(at, region->name)); at++)
            if (is_word_at(text, (size_t)(at - text), n))
                return region->name;
    }
    return NULL;
}

struct taken take_message(const struct book *b, const struct flow *flow, const struct turn *t,
                          struct effects *e, const char *asked)
{
    struct taken out = {.instead = FIELDS, .strongest = FIELDS};
    struct taker k = {.book = b, .flow = flow, .turn = t, .e = e, .asked = asked, .out = &out};
    k.x = extract_event(b->lexicon, t, asked);
    k.low = text_small(t->arena, t->event->content.text);
    for (enum field f = 0; f < FIELDS; f++)
        take_kind(&k, f);
    const struct flow_field *region = flow_field(flow, "country"),
                            *picture = flow_field(flow, "screenshot");
    const char *code = region ? take_region(b, t->arena, t->event->content.text) : NULL;
    if (code)
        give(&k, region, code);
    if (picture && t->event->content.n_files)
        give(&k, picture, "+");
    read_found(&k);
    if (!out.wrong)
        compare_with_network(&k);
    return out;
}

void take_known(struct effects *e, const struct form_line *known, struct taken *out)
{
    struct form_line line;
    bool is_free = !*form_get(e->subject, e->arena, known->name);
    for (const char *at = NULL; form_next(e->subject, e->arena, &at, &line);)
        is_free &= !str_eq(line.value, known->value); /* it may be the friend's */
    if (is_free && !*pick_values(e->subject, e->arena, known->name))
        put(e, out, known->name, known->value);
}

void take_text(const struct turn *t, struct effects *e, const char *field, struct taken *out)
{
    put(e, out, field, t->event->content.text);
    out->is_answer = true;
}

bool take_pick(const struct flow *flow, struct effects *e, const char *field, size_t n,
               struct taken *out)
{
    const struct flow_field *it = flow_field(flow, field);
    const char *values = arena_strdup(e->arena, pick_values(e->subject, e->arena, field));
    const char *items[MAX_VALUES];
    size_t n_items = 0;
    for (const char *at = values; *at && n_items < MAX_VALUES;) {
        size_t len = strcspn(at, "|");
        items[n_items++] = arena_strndup(e->arena, at, len);
        at += len + (at[len] == '|');
    }
    if (!it || n >= n_items)
        return false;
    put(e, out, field, items[n]);
    for (size_t i = 0; n_items == 2 && i < flow->n_fields; i++) {
        const struct flow_field *twin = &flow->fields[i];
        bool is_twin = twin != it && twin->kind == it->kind &&
                       str_eq(pick_values(e->subject, e->arena, twin->name), values);
        if (is_twin)
            put(e, out, twin->name, items[1 - n]);
    }
    out->is_answer = true;
    return true;
}

void take_facts(const struct book *b, const struct turn *t, struct effects *e)
{
    static const enum field wanted[] = {
        FIELD_TXID, FIELD_ADDRESS,  FIELD_COIN, FIELD_NETWORK,     FIELD_AMOUNT, FIELD_UID,
        FIELD_MEMO, FIELD_ORDER_ID, FIELD_LINK, FIELD_INVITE_CODE, FIELD_EMAIL,  FIELD_TIME,
    };
    struct taken out = {.instead = FIELDS, .strongest = FIELDS};
    struct taker k = {.book = b, .turn = t, .e = e, .asked = "", .out = &out};
    k.x = extract_event(b->lexicon, t, t->subject->asked);
    for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
        struct value values[MAX_VALUES];
        if (values_of(&k, wanted[i], values) == 1)
            put(e, &out, field_name(wanted[i]), values[0].text);
    }
}
