#include "handlers/faq/trust.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FOLDS     5
#define MANY      10000 /* trials that are enough to fit */
#define STEPS     15
#define RIDGE     10.0 /* keeps the fit finite where right and wrong never overlap */
#define PRODUCTS  30.0 /* the same for squares and products, which say less that is general */
#define MAX_SIGN  4.0  /* standard deviations */
#define ENOUGH    0.01 /* gain of a step, in log likelihood */
#define MAX_TRUST 0.999999
#define LANES     8

typedef double lanes __attribute__((vector_size(LANES * sizeof(double)), aligned(8)));
#define TERM_LANES (TERMS / LANES)

static void expand(const struct trust *t, const float *signs, double *terms)
{
    size_t n = 1 + SIGNS;
    memset(terms, 0, TERMS * sizeof(*terms));
    terms[0] = 1;
    for (size_t i = 0; i < SIGNS; i++) {
        double x = (signs[i] - t->mean[i]) / t->spread[i];
        terms[1 + i] = x > MAX_SIGN ? MAX_SIGN : x < -MAX_SIGN ? -MAX_SIGN : x;
    }
    for (size_t i = 0; i < SIGNS; i++)
        for (size_t k = i; k < SIGNS; k++)
            terms[n++] = terms[1 + i] * terms[1 + k] / 2;
}

static double dot(const double *a, const double *b)
{
    const lanes *x = (const lanes *)a, *y = (const lanes *)b;
    lanes sum = {0};
    for (size_t i = 0; i < TERM_LANES; i++)
        sum += x[i] * y[i];
    double total = 0;
    for (size_t i = 0; i < LANES; i++)
        total += sum[i];
    return total;
}

double trust_of(const struct trust *t, const float *signs)
{
    double terms[TERMS];
    expand(t, signs, terms);
    double p = 1 / (1 + exp(-dot(t->terms, terms)));
    return fmin(MAX_TRUST, fmax(1 - MAX_TRUST, p));
}

/* --- fitting --- */

static void standardise(struct trust *t, const struct trial *trials, size_t n)
{
    for (size_t i = 0; i < SIGNS; i++) {
        double sum = 0, squares = 0, weight = 0;
        for (size_t k = 0; k < n; k++) {
            double x = trials[k].signs[i], w = trials[k].weight;
            sum += w * x;
            squares += w * x * x;
            weight += w;
        }
        double mean = weight > 0 ? sum / weight : 0;
        double variance = weight > 0 ? squares / weight - mean * mean : 0;
        t->mean[i] = (float)mean;
        t->spread[i] = variance > 1e-9 ? (float)sqrt(variance) : 1;
    }
}

/* Trials as the fit wants them. */
struct fitting {
    const struct trial *trials;
    double (*terms)[TERMS];
    size_t n, left_out; /* the fold that is left out; FOLDS: none */
    size_t stride;      /* where trials are many, so many light ones are counted as one */
};

static bool counts(const struct fitting *f, size_t i)
{
    bool is_picked = f->trials[i].weight > 1 || i / FOLDS % f->stride == 0;
    return i % FOLDS != f->left_out && is_picked;
}

static double weight_of(const struct fitting *f, size_t i)
{
    double weight = f->trials[i].weight;
    return weight > 1 ? weight : weight * (double)f->stride;
}

static double ridge_of(size_t term)
{
    return term > SIGNS ? PRODUCTS : term ? RIDGE : 1e-6;
}

static double log_likelihood(const struct fitting *f, const double *terms)
{
    double sum = 0;
    for (size_t i = 0; i < f->n; i++) {
        if (!counts(f, i))
            continue;
        double z = dot(terms, f->terms[i]);
        sum -= weight_of(f, i) * (f->trials[i].right ? log1p(exp(-z)) : z > 30 ? z : log1p(exp(z)));
    }
    for (size_t i = 0; i < TERMS; i++)
        sum -= ridge_of(i) * terms[i] * terms[i] / 2;
    return sum;
}

/* Slope and curvature of the log likelihood; of `curve` the lower half. */
static void differentiate(const struct fitting *f, const double *terms, double *slope,
                          double (*curve)[TERMS])
{
    memset(curve, 0, TERMS * sizeof(*curve));
    for (size_t i = 0; i < TERMS; i++) {
        slope[i] = -ridge_of(i) * terms[i];
        curve[i][i] = ridge_of(i);
    }
    for (size_t i = 0; i < f->n; i++) {
        if (!counts(f, i))
            continue;
        const double *x = f->terms[i];
        double p = 1 / (1 + exp(-dot(terms, x)));
        double error = (f->trials[i].right - p) * weight_of(f, i);
        double bend = p * (1 - p) * weight_of(f, i);
        for (size_t k = 0; k < TERMS; k++) {
            slope[k] += error * x[k];
            double times = bend * x[k];
            for (size_t lane = 0; lane <= k / LANES; lane++)
                ((lanes *)curve[k])[lane] += times * ((const lanes *)x)[lane];
        }
    }
}

/* Solve the symmetric, positive system a x = b by Cholesky's method; x takes the place of b. */
static void solve(double (*a)[TERMS], double *b)
{
    for (size_t i = 0; i < TERMS; i++) {
        for (size_t j = 0; j <= i; j++) {
            double sum = a[i][j];
            for (size_t k = 0; k < j; k++)
                sum -= a[i][k] * a[j][k];
            a[i][j] = i == j ? sqrt(fmax(sum, 1e-12)) : sum / a[j][j];
        }
    }
    for (size_t i = 0; i < TERMS; i++) {
        for (size_t k = 0; k < i; k++)
            b[i] -= a[i][k] * b[k];
        b[i] /= a[i][i];
    }
    for (size_t i = TERMS; i-- > 0;) {
        for (size_t k = i + 1; k < TERMS; k++)
            b[i] -= a[k][i] * b[k];
        b[i] /= a[i][i];
    }
}

/* Newton's method from `terms` on; a step that does not help is halved. */
static void climb(const struct fitting *f, double *terms)
{
    double slope[TERMS], next[TERMS];
    double(*curve)[TERMS] = xcalloc(TERMS, sizeof(*curve));
    double last = log_likelihood(f, terms);
    for (int step = 0; step < STEPS; step++) {
        double gain = -1;
        differentiate(f, terms, slope, curve);
        solve(curve, slope);
        for (double scale = 1; gain < 0 && scale > 0.01; scale /= 2) {
            for (size_t i = 0; i < TERMS; i++)
                next[i] = terms[i] + scale * slope[i];
            gain = log_likelihood(f, next) - last;
        }
        if (gain > 0) {
            memcpy(terms, next, sizeof(next));
            last += gain;
        }
        if (gain < ENOUGH)
            break;
    }
    free(curve);
}

void trust_fit(struct trust *t, struct trial *trials, size_t n)
{
    struct fitting f = {trials, xcalloc(n + 1, sizeof(*f.terms)), n, FOLDS, n / MANY + 1};
    *t = (struct trust){{0}, {0}, {0}};
    standardise(t, trials, n);
    for (size_t i = 0; i < n; i++)
        expand(t, trials[i].signs, f.terms[i]);
    climb(&f, t->terms);
    for (f.left_out = 0; f.left_out < FOLDS; f.left_out++) {
        struct trust part = *t;
        climb(&f, part.terms);
        for (size_t i = f.left_out; i < n; i += FOLDS)
            trials[i].p = trust_of(&part, trials[i].signs);
    }
    free(f.terms);
}

/* --- the bar --- */

static int by_trust(const void *a, const void *b)
{
    const struct trial *x = a, *y = b;
    return (x->p < y->p) - (x->p > y->p);
}

double trust_bar(struct trial *trials, size_t n, double precision)
{
    double right = 0, wrong = 1, bar = 1;
    if (n)
        qsort(trials, n, sizeof(*trials), by_trust);
    for (size_t i = 0; i < n; i++) {
        *(trials[i].right ? &right : &wrong) += trials[i].weight;
        bool is_last = i + 1 == n || trials[i + 1].p < trials[i].p;
        if (is_last && wrong <= (1 - precision) * (right + wrong))
            bar = trials[i].p;
    }
    return bar;
}
