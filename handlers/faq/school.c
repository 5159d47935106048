/* How a matcher comes to be: it reads its examples, learns to tell items apart, and finds out how
 * far it can be trusted by examining itself. */
#include "handlers/faq/learnt.h"

#include "bot/base/text.h"

#define FOLDS    5
#define FEW      2000 /* lessons; so few are dealt into folds three times */
#define OUTSIDE  0.25 /* the part of all messages that no item answers, as far as one can tell */
#define RARE     0.25  /* so much counts what is not found of examples that were thought up */
#define REAL_OUT 100  /* so many examples of no item count as much as all items left out */

/* --- lessons --- */

struct school {
    struct matcher *matcher;
    struct arena arena; /* of the bags */
    struct lesson *lessons;
    size_t n, cap;
};

static void add_lesson(struct school *s, struct arena *scratch, const char *folded, size_t class,
                       size_t origin)
{
    struct grams grams = grams_of(scratch, folded);
    ARRAY_GROW(s->lessons, s->n, s->cap);
    s->lessons[s->n++] =
        (struct lesson){vocabulary_learn(s->matcher->vocabulary, &s->arena, &grams),
                        (uint16_t) class, (uint32_t)origin};
}

static void settle(struct school *s)
{
    struct bag *bags = xcalloc(s->n + 1, sizeof(*bags));
    for (size_t i = 0; i < s->n; i++)
        bags[i] = s->lessons[i].bag;
    vocabulary_settle(s->matcher->vocabulary, bags, s->n);
    for (size_t i = 0; i < s->n; i++)
        s->lessons[i].bag = bags[i];
    free(bags);
}

static void read_lessons(struct school *s)
{
    const struct teaching *t = s->matcher->teaching;
    struct arena scratch = ARENA_INIT;
    for (size_t i = 0, class = 0; i < t->n; i++) {
        class = matcher_class(s->matcher, t->examples[i].label, class);
        if (class == s->matcher->classes.n)
            continue;
        const struct example *e = &t->examples[i];
        const char *folded = matcher_read(s->matcher, &scratch, e->text, e->lang);
        const char *bare = text_strip_accents(&scratch, folded);
        add_lesson(s, &scratch, folded, class, i);
        if (!str_eq(folded, bare))
            add_lesson(s, &scratch, bare, class, i);
        arena_clear(&scratch);
    }
    arena_release(&scratch);
    settle(s);
}

static void keep_verbatim(const struct school *s)
{
    struct verbatim *all = xcalloc(s->n + 1, sizeof(*all));
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++)
        all[i] = (struct verbatim){s->lessons[i].bag.words, s->lessons[i].class};
    qsort(all, s->n, sizeof(*all), verbatim_compare);
    for (size_t i = 0; i < s->n; i++) {
        if (!n || all[n - 1].words != all[i].words)
            all[n++] = all[i];
        else if (all[n - 1].class != all[i].class)
            all[n - 1].class = AMBIGUOUS;
    }
    s->matcher->verbatim = all;
    s->matcher->n_verbatim = n;
}

/* --- calibration: what becomes of lessons that the model had not --- */

enum group { GROUP_IN, GROUP_LEFT_OUT, GROUP_OUT, GROUPS };

struct exam {
    const struct school *school;
    struct trial *trials, *kind_trials; /* side by side */
    enum group *groups;
    size_t n, cap;
};

/* Who of n is in which fold; the same each time, and neighbours come apart. */
static void deal(uint8_t *folds, size_t n, uint64_t *seed)
{
    for (size_t i = 0; i < n; i++)
        folds[i] = (uint8_t)(i % FOLDS);
    for (size_t i = n; i > 1; i--) {
        *seed = *seed * 6364136223846793005ULL + 1442695040888963407ULL;
        size_t k = (size_t)(*seed >> 33) % i;
        uint8_t swapped = folds[i - 1];
        folds[i - 1] = folds[k];
        folds[k] = swapped;
    }
}

static void add_trial(struct exam *e, const struct ruling *v, size_t class, enum group group)
{
    if (e->n == e->cap) {
        e->cap = e->cap ? 2 * e->cap : 1024;
        e->trials = xrealloc(e->trials, e->cap * sizeof(*e->trials));
        e->kind_trials = xrealloc(e->kind_trials, e->cap * sizeof(*e->kind_trials));
        e->groups = xrealloc(e->groups, e->cap * sizeof(*e->groups));
    }
    struct trial *t = &e->trials[e->n], *k = &e->kind_trials[e->n];
    *t = (struct trial){.right = group == GROUP_IN && v->best == class};
    *k = (struct trial){.right = class && v->kind == class};
    memcpy(t->signs, v->signs, sizeof(t->signs));
    memcpy(k->signs, v->kind_signs, sizeof(k->signs));
    e->groups[e->n++] = group;
}

/* A fifth of the examples is asked, and all of a fifth of the items, as if nobody knew those. */
static void examine(struct exam *e, const uint8_t *item_fold, const uint8_t *origin_fold,
                    size_t fold)
{
    const struct school *s = e->school;
    const struct classes *classes = &s->matcher->classes;
    uint32_t *picked = xcalloc(s->n + 1, sizeof(*picked));
    struct arena scratch = ARENA_INIT;
    size_t n = 0;
#define IS_LEFT_OUT(l) ((l)->class >= classes->first_item && item_fold[(l)->class] == fold)
#define IS_ASKED(l)    (IS_LEFT_OUT(l) || origin_fold[(l)->origin] == fold)
    for (size_t i = 0; i < s->n; i++)
        if (!IS_ASKED(&s->lessons[i]))
            picked[n++] = (uint32_t)i;
    struct model *m = model_train(s->lessons, picked, n, s->matcher->vocabulary, classes->n);
    for (size_t i = 0; i < s->n; i++) {
        const struct lesson *l = &s->lessons[i];
        if (!IS_ASKED(l) || l->bag.is_bare) /* bare words are not answered anyway */
            continue;
        struct ruling v = judge(m, classes, &scratch, &l->bag);
        if (v.best)
            add_trial(e, &v, l->class,
                      l->class < classes->first_item ? GROUP_OUT
                      : IS_LEFT_OUT(l)               ? GROUP_LEFT_OUT
                                                     : GROUP_IN);
        arena_clear(&scratch);
    }
    model_free(m);
    arena_release(&scratch);
    free(picked);
}

/* Trials of what no item answers stand for OUTSIDE of all messages.
 *
 * Of the knowledge's examples a model that lacks them finds 70 of 100, of questions that others
 * wrote 96 (tests/data/faq_held_out.tsv): odds that differ ninefold. RARE takes less than that for
 * granted: a wrong answer costs more than a person's. */
static void weigh_trials(struct exam *e, size_t rounds)
{
    double n[GROUPS] = {0}, weight[GROUPS] = {[GROUP_IN] = 1};
    for (size_t i = 0; i < e->n; i++)
        n[e->groups[i]]++;
    double outside = OUTSIDE / (1 - OUTSIDE) * n[GROUP_IN];
    double real_out = n[GROUP_OUT] / (double)rounds;
    double real = n[GROUP_LEFT_OUT] > 0 ? real_out / (real_out + REAL_OUT) : 1;
    if (n[GROUP_LEFT_OUT] > 0)
        weight[GROUP_LEFT_OUT] = (1 - real) * outside / n[GROUP_LEFT_OUT];
    if (n[GROUP_OUT] > 0)
        weight[GROUP_OUT] = real * outside / n[GROUP_OUT];
    for (size_t i = 0; i < e->n; i++) {
        bool is_rare = e->groups[i] == GROUP_IN && !e->trials[i].right;
        bool is_hard = is_rare && e->school->matcher->teaching->by_hand;
        e->kind_trials[i].weight = weight[e->groups[i]] / (double)rounds;
        e->trials[i].weight = e->kind_trials[i].weight * (is_hard ? RARE : 1);
    }
}

static void calibrate(const struct school *s)
{
    struct matcher *m = s->matcher;
    struct exam e = {.school = s};
    size_t rounds = s->n < FEW ? 3 : 1;
    uint8_t *item_fold = xcalloc(m->classes.n, 1);
    uint8_t *origin_fold = xcalloc(m->teaching->n + 1, 1);
    uint64_t seed = 1;
    for (size_t round = 0; round < rounds; round++) {
        deal(item_fold + m->classes.first_item, m->classes.n - m->classes.first_item, &seed);
        deal(origin_fold, m->teaching->n, &seed);
        for (size_t fold = 0; fold < FOLDS; fold++)
            examine(&e, item_fold, origin_fold, fold);
    }
    weigh_trials(&e, rounds);
    trust_fit(&m->trust, e.trials, e.n);
    trust_fit(&m->kind_trust, e.kind_trials, e.n);
    m->bar = trust_bar(e.trials, e.n, m->teaching->precision / 100.0);
    free(item_fold);
    free(origin_fold);
    free(e.trials);
    free(e.kind_trials);
    free(e.groups);
}

struct matcher *matcher_new(const struct teaching *t)
{
    struct matcher *m = matcher_alloc(t);
    struct school s = {.matcher = m};
    m->vocabulary = vocabulary_new();
    read_lessons(&s);
    keep_verbatim(&s);
    calibrate(&s);
    uint32_t *all = xcalloc(s.n + 1, sizeof(*all));
    for (size_t i = 0; i < s.n; i++)
        all[i] = (uint32_t)i;
    m->model = model_train(s.lessons, all, s.n, m->vocabulary, m->classes.n);
    free(all);
    free(s.lessons);
    arena_release(&s.arena);
    return m;
}
