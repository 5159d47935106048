/* What a customer gave, by field: the variable "form" of the record, a line each ("coin USDT"), in
 * the order in which it was given. It stays until the next flow begins, so that the card of a case
 * that comes back has it, too. Pure. */
#ifndef ZAIDE_HANDLERS_FLOWS_FORM_H
#define ZAIDE_HANDLERS_FLOWS_FORM_H

#include "bot/model/effect.h"

#define FORM         "form"
#define FORM_SKIPPED "–" /* asked, and the customer has none */

#define FORM_VALUE 300 /* bytes of one value; more is cut */

const char *form_get(const struct conversation *c, struct arena *a,
                     const char *field);                                /* "" absent */
void form_set(struct effects *e, const char *field, const char *value); /* "" removes */

struct form_line {
    const char *name, *value;
};
/* The next field after `*at` (begin with NULL): its name; false at the end. */
bool form_next(const struct conversation *c, struct arena *a, const char **at,
               struct form_line *out);
bool form_next_of(struct arena *a, const char **at, struct form_line *out); /* of a form's text */

#endif
