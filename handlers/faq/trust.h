/* How far a verdict can be trusted: logistic regression over signs of it, their squares and
 * products, fitted to verdicts on examples that the judge had not seen. */
#ifndef ZAIDE_HANDLERS_FAQ_TRUST_H
#define ZAIDE_HANDLERS_FAQ_TRUST_H

#include "bot/base/util.h"

#define SIGNS 11
#define TERMS 80 /* 1, each sign, each product of two; and some to fill vectors */

struct trial { /* one verdict on what the judge had not seen */
    float signs[SIGNS];
    bool right;
    double weight; /* how many messages of real life it stands for */
    double p;      /* filled by trust_fit: what trials without it make of it */
};

struct trust {
    float mean[SIGNS], spread[SIGNS];
    double terms[TERMS];
};

void trust_fit(struct trust *t, struct trial *trials, size_t n);
double trust_of(const struct trust *t, const float *signs); /* 0..1, both excluded */

/* The lowest probability from which on the trials were right so often (0..1), by their `p`; 1:
 * there is none. One wrong trial is added, so that a handful of them sets no bar. Sorts the trials.
 */
double trust_bar(struct trial *trials, size_t n, double precision);

#endif
