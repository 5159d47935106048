/* A linear support vector machine, one class against the rest, over features.c. The margins by
 * which it decides become a probability by logistic regression, fitted to margins that examples got
 * from a machine trained without them. */
#include "handlers/faq/matcher.h"

#include "bot/base/text.h"
#include "handlers/faq/features.h"

#include <math.h>

#define LANES  8 /* classes are padded to a multiple, so that the compiler uses vector units */
#define EPOCHS 3
#define COST   1.0F /* of a wrong example against large weights */
#define FOLDS  3    /* each example is judged by a machine that learnt 2/3 of the others */
#define SIGNS  4    /* inputs of the logistic regression */

struct known {
    const struct example *example;
    const char *folded;
    struct vector vector;
    size_t class; /* an index of labels; 0: none */
    size_t fold;
};

struct matcher {
    struct arena arena;
    struct vocabulary *vocabulary;
    struct known *known; /* in the order of learning */
    size_t n, cap;
    const char **labels;                /* [0] is NULL, "none" */
    size_t n_labels, cap_labels, width; /* width: n_labels, padded */
    float *weights;                     /* vocabulary x width */
    double signs[SIGNS];
    double bar;
};

/* --- the machine --- */

static void add_scores(const struct matcher *m, const float *weights, const struct vector *v,
                       float *scores)
{
    memset(scores, 0, m->width * sizeof(*scores));
    for (size_t i = 0; i < v->n; i++) {
        const float *w = weights + v->items[i].id * m->width, x = v->items[i].weight;
        for (size_t k = 0; k < m->width; k += LANES)
            for (size_t lane = 0; lane < LANES; lane++)
                scores[k + lane] += x * w[k + lane];
    }
}

static void add_weights(const struct matcher *m, float *weights, const struct vector *v,
                        const float *step)
{
    for (size_t i = 0; i < v->n; i++) {
        float *w = weights + v->items[i].id * m->width, x = v->items[i].weight;
        for (size_t k = 0; k < m->width; k += LANES)
            for (size_t lane = 0; lane < LANES; lane++)
                w[k + lane] += x * step[k + lane];
    }
}

/* Dual coordinate descent for the squared hinge loss (Hsieh et al., ICML 2008), all classes of an
 * example at a time. Examples of the fold `without` are left out. */
static void train(const struct matcher *m, size_t without, float *weights)
{
    float *alphas = xcalloc(m->n * m->width, sizeof(*alphas));
    float *scores = xcalloc(m->width, sizeof(*scores)), *step = xcalloc(m->width, sizeof(*step));
    const float slack = 1 / (2 * COST);

    memset(weights, 0, vocabulary_len(m->vocabulary) * m->width * sizeof(*weights));
    for (int epoch = 0; epoch < EPOCHS; epoch++) {
        for (size_t i = 0; i < m->n; i++) {
            const struct known *e = &m->known[i];
            float *alpha = alphas + i * m->width;
            if (e->fold == without)
                continue;
            add_scores(m, weights, &e->vector, scores);
            for (size_t k = 0; k < m->n_labels; k++) {
                float y = e->class == k ? 1 : -1;
                float gradient = y * scores[k] - 1 + alpha[k] * slack;
                float better = fmaxf(0, alpha[k] - gradient / (1 + slack));
                step[k] = (better - alpha[k]) * y;
                alpha[k] = better;
            }
            add_weights(m, weights, &e->vector, step);
        }
    }
    free(alphas);
    free(scores);
    free(step);
}

/* --- from margins to a probability --- */

struct ranking {
    size_t best, second; /* classes; 0: there is none */
    double signs[SIGNS]; /* how high it scores, its lead over the next item and over "none" */
};

static struct ranking judge(const struct matcher *m, const float *weights, const struct vector *v,
                            float *scores)
{
    struct ranking out = {0};
    add_scores(m, weights, v, scores);
    for (size_t k = 1; k < m->n_labels; k++) {
        if (!out.best || scores[k] > scores[out.best]) {
            out.second = out.best;
            out.best = k;
        } else if (!out.second || scores[k] > scores[out.second]) {
            out.second = k;
        }
    }
    double top = scores[out.best], next = out.second ? scores[out.second] : -1;
    memcpy(out.signs, (double[SIGNS]){1, top, top - next, top - scores[0]}, sizeof(out.signs));
    return out;
}

static double probability(const double *signs, const double *x)
{
    double z = 0;
    for (size_t i = 0; i < SIGNS; i++)
        z += signs[i] * x[i];
    return 1 / (1 + exp(-z));
}

/* Solve the symmetric, positive system a x = b, which it destroys (Gauss-Jordan). */
static void solve(double a[SIGNS][SIGNS], double b[SIGNS])
{
    for (size_t i = 0; i < SIGNS; i++) {
        for (size_t row = 0; row < SIGNS; row++) {
            double times = a[row][i] / a[i][i];
            if (row == i)
                continue;
            for (size_t k = i; k < SIGNS; k++)
                a[row][k] -= times * a[i][k];
            b[row] -= times * b[i];
        }
    }
    for (size_t i = 0; i < SIGNS; i++)
        b[i] /= a[i][i];
}

struct trial { /* what became of one example that the machine had not seen */
    double x[SIGNS], probability;
    bool right;
};

#define NEWTON_STEPS 12
#define RIDGE        0.1 /* keeps the fit finite where right and wrong never overlap */

static void fit(double *signs, const struct trial *trials, size_t n)
{
    for (int round = 0; round < NEWTON_STEPS; round++) {
        double curve[SIGNS][SIGNS] = {{0}}, slope[SIGNS];
        for (size_t i = 0; i < SIGNS; i++) {
            curve[i][i] = RIDGE;
            slope[i] = -RIDGE * signs[i];
        }
        for (size_t t = 0; t < n; t++) {
            const double *x = trials[t].x, p = probability(signs, x);
            for (size_t i = 0; i < SIGNS; i++) {
                slope[i] += (trials[t].right - p) * x[i];
                for (size_t k = 0; k < SIGNS; k++)
                    curve[i][k] += p * (1 - p) * x[i] * x[k];
            }
        }
        solve(curve, slope);
        for (size_t i = 0; i < SIGNS; i++)
            signs[i] += slope[i];
    }
}

static int by_probability(const void *a, const void *b)
{
    const struct trial *x = a, *y = b;
    return (x->probability < y->probability) - (x->probability > y->probability);
}

/* The lowest bar above which the trials are expected to be right often enough; 1: there is none.
 * Half a wrong answer is added, so that a handful of trials cannot set a bar. */
static double find_bar(struct trial *trials, size_t n, double precision)
{
    double sum = 0, bar = 1;
    qsort(trials, n, sizeof(*trials), by_probability);
    for (size_t i = 0; i < n; i++) {
        sum += trials[i].probability;
        if (sum >= precision * ((double)i + 1.5))
            bar = trials[i].probability;
    }
    return bar;
}

static void calibrate(struct matcher *m, double precision)
{
    struct trial *trials = xcalloc(m->n + 1, sizeof(*trials));
    float *scores = xcalloc(m->width, sizeof(*scores));
    size_t n = 0;
    for (size_t fold = 0; fold < FOLDS; fold++) {
        train(m, fold, m->weights);
        for (size_t i = 0; i < m->n; i++) {
            const struct known *e = &m->known[i];
            if (e->fold != fold)
                continue;
            struct ranking v = judge(m, m->weights, &e->vector, scores);
            memcpy(trials[n].x, v.signs, sizeof(v.signs));
            trials[n++].right = v.best && v.best == e->class;
        }
    }
    fit(m->signs, trials, n);
    for (size_t i = 0; i < n; i++)
        trials[i].probability = probability(m->signs, trials[i].x);
    m->bar = find_bar(trials, n, precision);
    free(trials);
    free(scores);
}

/* --- examples --- */

static size_t class_of(struct matcher *m, const char *label)
{
    for (size_t k = 0; k < m->n_labels; k++)
        if (str_eq(m->labels[k], label))
            return k;
    ARRAY_GROW(m->labels, m->n_labels, m->cap_labels);
    m->labels[m->n_labels] = label;
    return m->n_labels++;
}

static void add_known(struct matcher *m, const struct example *e, const char *folded, size_t fold)
{
    ARRAY_GROW(m->known, m->n, m->cap);
    m->known[m->n++] = (struct known){e, folded, {NULL, 0}, class_of(m, e->label), fold};
}

/* A fixed order in which neighbours, who are of one item, come apart. */
static void shuffle(struct known *known, size_t n)
{
    uint64_t seed = 1;
    for (size_t i = n; i > 1; i--) {
        seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
        size_t k = (size_t)(seed >> 33) % i;
        struct known swapped = known[i - 1];
        known[i - 1] = known[k];
        known[k] = swapped;
    }
}

static void learn_vectors(struct matcher *m)
{
    struct arena scratch = ARENA_INIT;
    struct grams *grams = xcalloc(m->n + 1, sizeof(*grams));
    for (size_t i = 0; i < m->n; i++) {
        grams[i] = grams_of(&scratch, m->known[i].folded);
        vocabulary_learn(m->vocabulary, &grams[i]);
    }
    for (size_t i = 0; i < m->n; i++)
        m->known[i].vector = vocabulary_vector(m->vocabulary, &m->arena, &grams[i]);
    free(grams);
    arena_release(&scratch);
}

struct matcher *matcher_new(const struct example *examples, size_t n, int precision)
{
    struct matcher *m = xcalloc(1, sizeof(*m));
    m->vocabulary = vocabulary_new();
    class_of(m, NULL);
    for (size_t i = 0; i < n; i++) {
        const char *folded = text_fold_match(&m->arena, examples[i].text);
        const char *bare = text_strip_accents(&m->arena, folded);
        add_known(m, &examples[i], folded, i % FOLDS);
        if (!str_eq(folded, bare))
            add_known(m, &examples[i], bare, i % FOLDS);
    }
    shuffle(m->known, m->n);
    learn_vectors(m);
    m->width = (m->n_labels + LANES - 1) / LANES * LANES;
    m->weights = xcalloc(vocabulary_len(m->vocabulary) * m->width + 1, sizeof(*m->weights));
    calibrate(m, precision / 100.0);
    train(m, FOLDS, m->weights);
    return m;
}

void matcher_free(struct matcher *m)
{
    if (!m)
        return;
    vocabulary_free(m->vocabulary);
    arena_release(&m->arena);
    free(m->known);
    free(m->labels);
    free(m->weights);
    free(m);
}

/* --- asking --- */

double matcher_bar(const struct matcher *m)
{
    return m->bar;
}

/* The very words of an example; NULL also where two items have it. */
static const struct known *find_verbatim(const struct matcher *m, const char *folded)
{
    const struct known *found = NULL;
    for (size_t i = 0; i < m->n; i++) {
        if (!str_eq(m->known[i].folded, folded))
            continue;
        if (found && found->class != m->known[i].class)
            return NULL;
        found = &m->known[i];
    }
    return found;
}

struct match matcher_match(const struct matcher *m, struct arena *a, const char *text)
{
    const char *folded = text_fold_match(a, text);
    struct grams grams = grams_of(a, folded);
    struct vector vector = vocabulary_vector(m->vocabulary, a, &grams);
    if (!vector.n || m->n_labels == 1)
        return (struct match){0};

    float *scores = arena_alloc(a, m->width * sizeof(*scores));
    struct ranking v = judge(m, m->weights, &vector, scores);
    struct match out = {.confidence = probability(m->signs, v.signs)};
    const struct known *same = find_verbatim(m, folded);
    if (same && same->class) {
        if (same->class != v.best)
            v.second = v.best;
        v.best = same->class;
        out.confidence = 1;
    }
    out.id = m->labels[v.best];
    out.second = m->labels[v.second];
    out.sure = out.confidence >= m->bar && !(same && !same->class);
    return out;
}

static int by_value(const void *a, const void *b)
{
    const struct likeness *x = a, *y = b;
    if (x->value != y->value)
        return x->value < y->value ? 1 : -1;
    return (x->example > y->example) - (x->example < y->example);
}

/* An example with accents was learnt without them too: it is named once. */
static bool is_named(const struct likeness *named, size_t n, const struct example *e)
{
    for (size_t i = 0; i < n; i++)
        if (named[i].example == e)
            return true;
    return false;
}

size_t matcher_nearest(const struct matcher *m, struct arena *a, const char *text,
                       struct likeness *out, size_t max)
{
    struct grams grams = grams_of(a, text_fold_match(a, text));
    struct vector vector = vocabulary_vector(m->vocabulary, a, &grams);
    float *dense = arena_alloc(a, (vocabulary_len(m->vocabulary) + 1) * sizeof(*dense));
    double square = 0;
    for (size_t i = 0; i < vector.n; i++) {
        dense[vector.items[i].id] = vector.items[i].weight;
        square += (double)vector.items[i].weight * vector.items[i].weight;
    }

    struct likeness *all = arena_alloc(a, (m->n + 1) * sizeof(*all));
    size_t n = 0;
    for (size_t i = 0; i < m->n; i++) {
        const struct known *e = &m->known[i];
        double common = 0, own = 0;
        for (size_t k = 0; k < e->vector.n; k++) {
            double weight = e->vector.items[k].weight;
            common += weight * dense[e->vector.items[k].id];
            own += weight * weight;
        }
        if (common > 0)
            all[n++] = (struct likeness){e->example, common / fmax(own, square)};
    }
    qsort(all, n, sizeof(*all), by_value);
    size_t kept = 0;
    for (size_t i = 0; i < n && kept < max; i++)
        if (!is_named(out, kept, all[i].example))
            out[kept++] = all[i];
    return kept;
}
