/* What a matcher is inside: for matcher.c, school.c and reasons.c. */
#ifndef ZAIDE_HANDLERS_FAQ_LEARNT_H
#define ZAIDE_HANDLERS_FAQ_LEARNT_H

#include "handlers/faq/judge.h"
#include "handlers/faq/matcher.h"

#define KIND "kind:" /* how a label starts that is no item's */

struct verbatim { /* an example's very words */
    uint64_t words;
    uint16_t class; /* AMBIGUOUS: of several */
};
#define AMBIGUOUS UINT16_MAX

struct matcher {
    const struct teaching *teaching;
    const char **labels; /* by class */
    struct classes classes;
    struct vocabulary *vocabulary;
    struct model *model;
    struct trust trust, kind_trust;
    double bar;
    struct verbatim *verbatim; /* sorted by words */
    size_t n_verbatim;
};

/* With classes named; all else is empty. */
struct matcher *matcher_alloc(const struct teaching *t);
size_t matcher_class(const struct matcher *m, const char *label, size_t guess); /* or classes.n */

/* What the matcher takes for the same: `text` as it is compared. In the arena. */
const char *matcher_read(const struct matcher *m, struct arena *a, const char *text,
                         const char *lang);
struct bag matcher_bag(const struct matcher *m, struct arena *a, const char *read);

int verbatim_compare(const void *a, const void *b);

#endif
