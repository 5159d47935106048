/* What was labelled in 900 messages of six languages (tests/data/fields/<lang>.tsv, written blind,
 * 600 and later 300), against what is found: precision and recall of each field, F1 = their
 * harmonic mean. Those of fields_unseen came last: nothing was mended on them, so they tell what to
 * expect.
 *
 * A line is "message<TAB>field=text | field=text ...", a line break written as \n. The rules, the
 * same for every language:
 *   - what is said twice counts once: of coins and networks the same value, else the same text;
 *   - what a link holds (a transaction, an address, an invite code) may be given instead of the
 *     link, beside it, or only the link;
 *   - of an amount and a time, units, counters and particles at the edge are within or without, of
 *     a network the word "chain". */
#include "tests/unit/extract_rig.h"

#include "bot/base/plain.h"

#include <stdio.h>

#define MAX_LABELS 32

static const char *const langs[] = {"zh", "en", "vi", "ja", "ko", "ms"};

struct label {
    enum field field;
    const char *text, *value; /* `value`: of a coin or network; else the text */
    size_t start, end;        /* where it was found; of a label: nothing */
    bool is_matched, is_optional;
};

struct labels {
    struct label items[MAX_LABELS + EXTRACT_MAX];
    size_t n;
};

struct score {
    size_t right, wrong, missed;
};

static double f1(const struct score *s)
{
    size_t all = 2 * s->right + s->wrong + s->missed;
    return all ? 2.0 * (double)s->right / (double)all : 1;
}

/* --- reading --- */

static enum field field_named(const char *name)
{
    for (enum field f = 0; f < FIELDS; f++)
        if (str_eq(field_name(f), name))
            return f;
    fail_msg("%s is no field", name);
    return FIELDS;
}

/* What a word means as a coin or a network, so that 테더 and u are the same. */
static const char *value_of(enum field field, const char *text)
{
    static const enum word_class coins[] = {WORD_COIN, WORD_COIN_CAPITALS, WORD_COIN_AT_NUMBER,
                                            WORD_COIN_BESIDE, WORD_NETWORK_OR_COIN};
    static const enum word_class networks[] = {WORD_NETWORK, WORD_NETWORK_WORD,
                                               WORD_NETWORK_OR_COIN};
    if (field != FIELD_COIN && field != FIELD_NETWORK)
        return text;
    const char *low = text_small_match(&arena, plain_new(&arena, text).s), *value = NULL;
    for (size_t i = 0; field == FIELD_COIN && !value && i < ARRAY_LEN(coins); i++)
        value = lexicon_value(lexicon, coins[i], low);
    for (size_t i = 0; field == FIELD_NETWORK && !value && i < ARRAY_LEN(networks); i++)
        value = lexicon_value(lexicon, networks[i], low);
    const char *coin =
        value && field == FIELD_COIN ? lexicon_value(lexicon, WORD_NATIVE_COIN, value) : NULL;
    return coin ? coin : value ? value : low;
}

static void add(struct labels *l, struct label one)
{
    for (size_t i = 0; i < l->n; i++)
        if (l->items[i].field == one.field && str_eq(l->items[i].value, one.value))
            return;
    assert_true(l->n < ARRAY_LEN(l->items));
    l->items[l->n++] = one;
}

static void read_labels(char *rest, const char *message, struct labels *out)
{
    *out = (struct labels){.n = 0};
    while (rest && *rest) {
        char *next = strstr(rest, " | ");
        if (next)
            *next = '\0';
        char *text = strchr(rest, '=');
        assert_non_null(text);
        *text++ = '\0';
        if (!strstr(message, text))
            fail_msg("%s: it does not stand in: %s", text, message);
        enum field field = field_named(rest);
        add(out, (struct label){.field = field, .text = text, .value = value_of(field, text)});
        rest = next ? next + 3 : NULL;
    }
}

static void read_found(const char *message, const char *lang, struct labels *out)
{
    const struct extract *x = extract_find(lexicon, &arena, message, "", lang);
    *out = (struct labels){.n = 0};
    for (size_t i = 0; i < x->n; i++) {
        const struct found *f = &x->items[i];
        struct label one = {.field = f->field, .start = f->offset, .end = f->offset + f->len};
        bool is_name = f->field == FIELD_COIN || f->field == FIELD_NETWORK;
        one.text = arena_strndup(&arena, message + f->offset, f->len);
        one.value = is_name ? f->value : one.text;
        add(out, one);
    }
}

/* --- matching --- */

/* Is it nothing but units, counters and particles? */
static bool is_edge(enum field field, const char *s, size_t len)
{
    static const char *const particles[] = {
        "に",    "を",     "の",    "で",   "から", "頃", "ごろ", "すぎ", "くらい", "分",   "相当",
        "宛",    "에",     "부터",  "쯤",   "경",   "꺼", "치",   "어치", "的",     "多",   "左右",
        "since", "at",     "on",    "in",   "the",  "of", "a",    "an",   "around", "ago",  "lúc",
        "luc",   "hôm",    "hom",   "ngày", "ngay", "từ", "tu",   "hồi",  "vào",    "cái",  "cai",
        "hari",  "jam",    "pukul", "dari", "pada", "lg", "je",   "tu",   "ni",     "tiền", "so",
        "로",    "으로",   "から",  "이",   "tgl",  "~",  "rs",   "kl",   "đến",    "den",  "까지",
        "lebih", "kurang", "。",    "、",   "，",
    };
    const uint64_t units =
        IN_CLASS(WORD_COIN) | IN_CLASS(WORD_COIN_BESIDE) | IN_CLASS(WORD_NETWORK_OR_COIN) |
        IN_CLASS(WORD_COIN_CAPITALS) | IN_CLASS(WORD_COIN_AT_NUMBER) | IN_CLASS(WORD_CURRENCY) |
        IN_CLASS(WORD_CURRENCY_AFTER) | IN_CLASS(WORD_COUNTER) | IN_CLASS(WORD_LINKER);
    const char *low = text_small_match(&arena, arena_strndup(&arena, s, len));
    for (size_t at = 0; low[at];) {
        uint64_t classes = field == FIELD_AMOUNT    ? units
                           : field == FIELD_NETWORK ? IN_CLASS(WORD_NETWORK_SIGN)
                                                    : 0;
        const struct word *w = classes ? lexicon_glued_at(lexicon, classes, low, at) : NULL;
        size_t n = w ? w->len : strchr(" ,.()", low[at]) ? 1 : 0;
        for (size_t i = 0; i < ARRAY_LEN(particles); i++)
            if (starts_with(low + at, particles[i]) && strlen(particles[i]) > n)
                n = strlen(particles[i]);
        if (!n)
            return false;
        at += n;
    }
    return true;
}

/* Somewhere in the message the label lies so that only edges differ. */
static bool is_same_but_edges(const struct label *want, const struct label *got, const char *text)
{
    size_t len = strlen(want->text);
    for (const char *at = text; (at = strstr(at, want->text)); at++) {
        size_t start = (size_t)(at - text), end = start + len;
        size_t from = start < got->start ? start : got->start,
               before = start < got->start ? got->start : start;
        size_t to = end > got->end ? end : got->end, behind = end > got->end ? got->end : end;
        if (before < behind && is_edge(want->field, text + from, before - from) &&
            is_edge(want->field, text + behind, to - behind))
            return true;
    }
    return false;
}

static bool is_match(const struct label *want, const struct label *got, const char *text)
{
    if (want->field != got->field || got->is_matched)
        return false;
    if (str_eq(want->value, got->value) || str_eq(want->text, got->text))
        return true;
    bool has_edges =
        want->field == FIELD_AMOUNT || want->field == FIELD_TIME || want->field == FIELD_NETWORK;
    return has_edges && is_same_but_edges(want, got, text);
}

/* A link and what stands in it: either will do. */
static void find_optional(struct labels *some, const struct labels *others)
{
    for (size_t i = 0; i < some->n; i++)
        for (size_t k = 0; k < others->n; k++) {
            struct label *one = &some->items[i];
            const struct label *other = &others->items[k];
            bool is_held = one->field == FIELD_LINK && other->field != FIELD_LINK &&
                           other->field <= FIELD_CONTRACT && strstr(one->text, other->text);
            bool is_invite = one->field == FIELD_LINK && other->field == FIELD_INVITE_CODE &&
                             strstr(one->text, other->text);
            bool is_within = one->field == FIELD_INVITE_CODE && other->field == FIELD_LINK &&
                             strstr(other->text, one->text);
            bool is_packed = one->field == FIELD_MEMO && other->field == FIELD_ADDRESS &&
                             str_eq(one->text, other->text); /* XRP's X-addresses */
            one->is_optional |= is_packed || is_held || is_invite || is_within;
        }
}

/* --- scoring --- */

static size_t shown;

static void show(const char *lang, const char *what, const struct label *l, const char *text)
{
    if (getenv("FIELDS_SHOW"))
        print_message("%s %s %s=%s  in: %s\n", lang, what, field_name(l->field), l->text, text);
    shown++;
}

static void score_message(char *line, const char *lang, struct score *scores)
{
    char *tab = strchr(line, '\t');
    assert_non_null(tab);
    *tab = '\0';
    for (char *at = line; (at = strstr(at, "\\n")); at++) {
        *at = '\n';
        memmove(at + 1, at + 2, strlen(at + 2) + 1);
    }
    struct labels wanted, found;
    read_labels(tab + 1, line, &wanted);
    read_found(line, lang, &found);
    find_optional(&wanted, &found);
    find_optional(&wanted, &wanted);
    find_optional(&found, &wanted);
    find_optional(&found, &found);
    for (size_t i = 0; i < wanted.n; i++) {
        struct label *want = &wanted.items[i];
        for (size_t k = 0; k < found.n && !want->is_matched; k++)
            if (is_match(want, &found.items[k], line))
                want->is_matched = found.items[k].is_matched = true;
    }
    for (size_t i = 0; i < wanted.n; i++) {
        const struct label *want = &wanted.items[i];
        scores[want->field].right += want->is_matched;
        if (!want->is_matched && !want->is_optional) {
            scores[want->field].missed++;
            show(lang, "missed", want, line);
        }
    }
    for (size_t k = 0; k < found.n; k++)
        if (!found.items[k].is_matched && !found.items[k].is_optional) {
            scores[found.items[k].field].wrong++;
            show(lang, "wrong", &found.items[k], line);
        }
}

static void score_file(const char *folder, const char *lang, struct score *scores)
{
    char path[64], *line = NULL;
    size_t cap = 0;
    snprintf(path, sizeof(path), "tests/data/%s/%s.tsv", folder, lang);
    FILE *f = fopen(path, "re");
    if (!f)
        fail_msg("%s cannot be read", path);
    for (ssize_t len; (len = getline(&line, &cap, f)) > 0; arena_clear(&arena)) {
        line[strcspn(line, "\n")] = '\0';
        score_message(line, lang, scores);
    }
    free(line);
    (void)fclose(f);
}

static void add_score(struct score *sum, const struct score *s)
{
    sum->right += s->right;
    sum->wrong += s->wrong;
    sum->missed += s->missed;
}

/* One row a field, one column a language. */
static void show_table(struct score all[][FIELDS])
{
    for (enum field f = 0; f < FIELDS; f++) {
        struct score row = {0};
        for (size_t i = 0; i < ARRAY_LEN(langs); i++)
            add_score(&row, &all[i][f]);
        print_message("%-12s", field_name(f));
        for (size_t i = 0; i < ARRAY_LEN(langs); i++)
            print_message("  %s %.3f", langs[i], f1(&all[i][f]));
        print_message("  all %.3f of %zu\n", f1(&row), row.right + row.missed);
    }
}

/* F1 of all fields, and of the worst field in one language. */
static void judge(const char *folder, size_t n_fields, double wanted, double wanted_worst)
{
    struct score all[ARRAY_LEN(langs)][FIELDS] = {0}, total = {0};
    double worst = 1;
    shown = 0;
    for (size_t i = 0; i < ARRAY_LEN(langs); i++) {
        struct score sum = {0};
        score_file(folder, langs[i], all[i]);
        for (enum field f = 0; f < FIELDS; f++) {
            add_score(&sum, &all[i][f]);
            worst = f1(&all[i][f]) < worst ? f1(&all[i][f]) : worst;
        }
        print_message("%s %.4f\n", langs[i], f1(&sum));
        add_score(&total, &sum);
    }
    show_table(all);
    print_message("%zu fields: F1 %.4f, the worst field and language %.4f, %zu faults\n",
                  total.right + total.missed, f1(&total), worst, shown);
    assert_true(total.right + total.missed >= n_fields);
    assert_true(f1(&total) >= wanted);
    assert_true(worst >= wanted_worst);
}

static void test_labelled_messages(void **state)
{
    (void)state;
    judge("fields", 2700, 0.98, 0.95);
}

static void test_unseen_messages(void **state)
{
    (void)state;
    judge("fields_unseen", 800, 0.91, 0.5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_labelled_messages),
                                       cmocka_unit_test(test_unseen_messages)};
    return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
