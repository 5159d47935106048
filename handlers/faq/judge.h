/* From what a model sees in a text to a ruling: which item, which kind of message, and the signs
 * by which trust.h tells how far that is to be believed. */
#ifndef ZAIDE_HANDLERS_FAQ_JUDGE_H
#define ZAIDE_HANDLERS_FAQ_JUDGE_H

#include "handlers/faq/model.h"
#include "handlers/faq/trust.h"

/* Classes: 0 is "none of these", then come the kinds of messages that no item answers, then the
 * items, from first_item to before n. */
struct classes {
    size_t first_item, n;
};

struct ruling {
    size_t best, second; /* items; 0: there is none */
    size_t kind;         /* the class below first_item that scores highest */
    float signs[SIGNS];  /* of `best` */
    float kind_signs[SIGNS];
};

struct ruling judge(const struct model *m, const struct classes *classes, struct arena *a,
                    const struct bag *bag);

#endif
