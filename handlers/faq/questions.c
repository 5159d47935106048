#include "handlers/faq/questions.h"

#include "handlers/words.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>

#define CUTS_MAX 64
#define CLAUSES  QUESTIONS_MAX /* all ways to join so many are looked at */

/* Where a message may be cut. */
enum kind {
    CUT_NONE,
    CUT_WEAK, /* a sign, a word like "and"; a blank in Chinese and Japanese */
    CUT_PLAIN /* a new line, a number of a list, words like "another question" */
};

/* Chosen on tests/data/exam's mixed messages, and on single ones of tests/data/faq_held_out.tsv. */
static const double price[] = {[CUT_WEAK] = 0.74, [CUT_PLAIN] = 0.27};
#define ASKING  0.66 /* what a part counts that asks for something unknown */
#define SUBJECT 0.5  /* sure enough that a part is about something */
#define WORDS   5    /* in a shorter part the matcher's confidence counts less */
#define SMALL   0.1  /* so sure that it is small talk: a greeting asks nothing */
#define OTHER   0.05 /* so sure that it is of a kind that nobody has an answer to */

struct cut {
    size_t end, begin; /* bytes: of the text before, of the text behind */
    enum kind kind;
};

/* Pieces of the message that are not cut any more. */
struct clause {
    size_t begin, end;
    enum kind kind; /* of the cut before it */
};

struct cutter {
    const struct turn *t;
    const struct matcher *matcher;
    const char *text, *small; /* side by side */
    const char *asks;
    struct cut cuts[CUTS_MAX];
    size_t n_cuts;
    struct clause clauses[CLAUSES + 1];
    size_t n;
};

/* --- where to cut --- */

static void add_cut(struct cutter *c, size_t end, size_t begin, enum kind kind)
{
    if (c->n_cuts < CUTS_MAX)
        c->cuts[c->n_cuts++] = (struct cut){end, begin, kind};
}

static bool is_blank(char c)
{
    return isspace((unsigned char)c);
}

static bool is_wide(const char *s) /* Chinese, Japanese, their punctuation */
{
    return (unsigned char)*s >= 0xE3 && (unsigned char)*s <= 0xE9;
}

/* May it be cut at the sign that stands at `i`, and how long is that? */
static enum kind sign_at(const char *text, size_t i, size_t *len)
{
    static const char *const wide[] = {"。", "？", "！", "；", "，", "、"};
    const char *s = text + i;
    *len = 1;
    if (*s == '\n')
        return CUT_PLAIN;
    if (strchr(".?!;,", *s)) /* but "0.5", "zaide.org" */
        return s[1] && !is_blank(s[1]) ? CUT_NONE : CUT_WEAK;
    if (*s == ' ')
        return (i > 2 && is_wide(s - 3)) || is_wide(s + 1) ? CUT_WEAK : CUT_NONE;
    if ((unsigned char)*s < 0x80)
        return CUT_NONE;
    *len = strlen("。");
    for (size_t k = 0; k < ARRAY_LEN(wide); k++)
        if (starts_with(s, wide[k]))
            return CUT_WEAK;
    return CUT_NONE;
}

/* "1. …  2. …" */
static bool is_number(const char *text, size_t i, char wanted)
{
    const char *s = text + i;
    bool begins = !i || is_blank(s[-1]) || (unsigned char)s[-1] >= 0x80;
    return begins && *s == wanted && s[1] && (strchr(".) ", s[1]) || starts_with(s + 1, "、"));
}

static void find_signs(struct cutter *c)
{
    size_t len;
    char next = '1';
    for (size_t i = 0; c->text[i]; i++) {
        enum kind kind = sign_at(c->text, i, &len);
        if (kind != CUT_NONE)
            add_cut(c, i, i + len, kind);
        if (is_number(c->text, i, next)) {
            add_cut(c, i, i + 2, next > '1' ? CUT_PLAIN : CUT_NONE);
            next++;
        }
    }
}

/* In the customer's language, and in English, which people mix in. */
static const char *list(const struct turn *t, const char *key)
{
    if (str_eq(turn_lang(t, LANE_CUSTOMER), "en"))
        return turn_phrase(t, LANE_CUSTOMER, key);
    return arena_printf(t->arena, "%s|%s", turn_phrase(t, LANE_CUSTOMER, key),
                        phrase(t->phrases, t->arena, "en", key, NULL, 0));
}

/* Before the words, which say nothing but that another question comes; but " and how" -> "how". */
static void find_joins(struct cutter *c, const char *key, enum kind kind)
{
    const char *joins = list(c->t, key);
    for (size_t at = 0, len; (at = words_find(c->small, at, joins, &len)) != SIZE_MAX; at += len) {
        const char *join = arena_strndup(c->t->arena, c->small + at, len);
        size_t asking = words_find(join, 0, list(c->t, "faq.asks"), NULL);
        add_cut(c, at, at + (asking < len ? asking : len), kind);
    }
}

static void find_ends(struct cutter *c)
{
    const char *ends = list(c->t, "faq.ends");
    for (size_t at = 0, len; (at = words_find(c->small, at, ends, &len)) != SIZE_MAX; at += len)
        add_cut(c, at + len, at + len, CUT_WEAK);
}

static int by_place(const void *a, const void *b)
{
    const struct cut *x = a, *y = b;
    return x->begin != y->begin ? (x->begin > y->begin) - (x->begin < y->begin)
                                : (x->end > y->end) - (x->end < y->end);
}

/* --- clauses --- */

static bool has_letter(const char *s, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (isalnum((unsigned char)s[i]) || (unsigned char)s[i] >= 0x80)
            return true;
    return false;
}

/* Give up the cheapest cut. */
static void join_weakest(struct cutter *c)
{
    size_t weakest = 1;
    for (size_t i = 2; i < c->n; i++)
        if (c->clauses[i].kind < c->clauses[weakest].kind)
            weakest = i;
    c->clauses[weakest - 1].end = c->clauses[weakest].end;
    memmove(&c->clauses[weakest], &c->clauses[weakest + 1],
            (--c->n - weakest) * sizeof(*c->clauses));
}

static void add_clause(struct cutter *c, struct clause clause)
{
    c->clauses[c->n++] = clause;
    if (c->n > CLAUSES)
        join_weakest(c);
}

static void find_clauses(struct cutter *c)
{
    struct clause next = {.kind = CUT_NONE};
    find_signs(c);
    find_joins(c, "faq.joins", CUT_PLAIN);
    find_joins(c, "faq.links", CUT_WEAK);
    find_ends(c);
    qsort(c->cuts, c->n_cuts, sizeof(*c->cuts), by_place);
    add_cut(c, strlen(c->text), strlen(c->text), CUT_NONE);
    for (size_t i = 0; i < c->n_cuts; i++) {
        const struct cut *cut = &c->cuts[i];
        if (cut->end > next.begin && has_letter(c->text + next.begin, cut->end - next.begin)) {
            next.end = cut->end;
            add_clause(c, next);
            next.kind = CUT_NONE;
        }
        next.begin = cut->begin > next.begin ? cut->begin : next.begin;
        next.kind = cut->kind > next.kind ? cut->kind : next.kind;
    }
}

/* --- which cuts to make --- */

/* Without blanks around it, and without the end sign, but for a "?": that one says something. */
static char *trimmed(struct arena *a, const char *s, size_t len)
{
    while (len && (is_blank(*s) || *s == ',')) {
        s++;
        len--;
    }
    while (len && strchr(" \n\t.,!;", s[len - 1]))
        len--;
    return arena_strndup(a, s, len);
}

/* The lists of faq.asks may say "ko.": at the end of a part. */
static bool reads_as_question(const struct cutter *c, const char *folded)
{
    const char *ended = arena_printf(c->t->arena, "%s.", folded);
    return strchr(folded, '?') || words_find(ended, 0, c->asks, NULL) != SIZE_MAX;
}

/* How many words there are, about: two Chinese characters or Korean syllables for one. */
static double length_of(const char *folded)
{
    double n = 0;
    enum text_kind before = TEXT_OTHER;
    for (const char *at = folded, *end = at + strlen(at); at < end;) {
        enum text_kind kind = text_kind(text_next(&at, end));
        bool is_in_word = before == TEXT_LETTER || before == TEXT_DIGIT;
        if (kind == TEXT_HAN || kind == TEXT_HANGUL)
            n += 0.5;
        else if ((kind == TEXT_LETTER || kind == TEXT_DIGIT) && !is_in_word)
            n++;
        before = kind;
    }
    return n;
}

struct part {
    struct question question;
    double worth;
};

static bool is_kind(const struct match *m, const char *kind, double confidence)
{
    return str_eq(m->kind, kind) && m->kind_confidence >= confidence;
}

static struct question read_text(const struct cutter *c, size_t begin, size_t end)
{
    const char *text = trimmed(c->t->arena, c->text + begin, end - begin);
    const char *lang = turn_lang(c->t, LANE_CUSTOMER);
    return (struct question){text, matcher_match(c->matcher, text, lang), true};
}

/* Clauses from `first` to `last` as one part. */
static struct part read_part(const struct cutter *c, size_t first, size_t last)
{
    struct question q = read_text(c, c->clauses[first].begin, c->clauses[last].end);
    const char *folded = text_fold_match(c->t->arena, q.text);
    double length = length_of(folded), known = q.match.confidence;
    if (known < 1 && length < WORDS)
        known *= length / WORDS;
    bool wonders = reads_as_question(c, folded) || is_kind(&q.match, "uncovered", OTHER);
    if (is_kind(&q.match, "smalltalk", SMALL))
        wonders = false;
    bool is_example = known == 1 && first == 0 && last + 1 == c->n; /* it is not torn apart */
    q.asks = wonders || known >= SUBJECT;
    return (struct part){q, is_example ? CLAUSES : wonders && known < ASKING ? ASKING : known};
}

/* Both are about the same item. */
static bool is_same(const struct match *a, const struct match *b)
{
    return str_eq(a->id, b->id) && a->confidence >= SUBJECT && b->confidence >= SUBJECT;
}

/* The best way to cut, from the last part to the first. Returns how many parts there are. */
static size_t find_parts(const struct cutter *c, struct question *parts)
{
    struct part ending[CLAUSES]; /* that end with this clause, in the best way */
    size_t begins[CLAUSES], n = 0;
    double best[CLAUSES + 1] = {0}; /* of so many clauses */
    for (size_t last = 0; last < c->n; last++) {
        best[last + 1] = -1;
        for (size_t first = 0; first <= last; first++) {
            struct part part = read_part(c, first, last);
            double value = best[first] + part.worth;
            const struct part *before = first ? &ending[first - 1] : NULL;
            if (before && is_same(&before->question.match, &part.question.match))
                value -= fmin(part.worth, before->worth); /* one question in two sentences */
            else if (before)
                value -= price[c->clauses[first].kind];
            if (value <= best[last + 1])
                continue;
            best[last + 1] = value;
            ending[last] = part;
            begins[last] = first;
        }
    }
    for (size_t end = c->n; end; end = begins[end - 1])
        parts[n++] = ending[end - 1].question;
    return n;
}

size_t questions_split(const struct turn *t, const struct matcher *m, const char *text,
                       struct question out[QUESTIONS_MAX])
{
    struct cutter c = {.t = t, .matcher = m, .text = text, .small = text_small(t->arena, text)};
    struct question parts[CLAUSES];
    size_t n = 0;
    find_clauses(&c);
    if (c.n == 1) { /* most messages: what it is, whatever it reads like */
        out[0] = read_text(&c, c.clauses[0].begin, c.clauses[0].end);
        return 1;
    }
    c.asks = list(t, "faq.asks");
    for (size_t left = find_parts(&c, parts); left--;) {
        const struct question *part = &parts[left];
        struct match *before = n ? &out[n - 1].match : NULL;
        if (!before || !is_same(before, &part->match))
            out[n++] = *part;
        else if (before->confidence < part->match.confidence)
            *before = part->match;
    }
    return n;
}
