/* What a message gives to a form: everything at once, not only what was asked. Pure. */
#ifndef ZAIDE_HANDLERS_FLOWS_TAKE_H
#define ZAIDE_HANDLERS_FLOWS_TAKE_H

#include "handlers/flows/book.h"
#include "handlers/flows/form.h"

#define TAKE_MISFIT "flow.misfit" /* variable: the misfit was told */

struct taken {
    struct form_line *got; /* what is in the form now and was not before */
    size_t n_got;
    bool is_answer;          /* what was asked is among it, or a choice for it is open now */
    const char *wrong;       /* a value that cannot be right, or NULL … */
    const char *wrong_field; /* … of this field */
    const char
        *network; /* which a transaction of that form (wrong_field "txid_network") cannot be on */
    enum field instead;   /* of the kind that was asked came none, but this; FIELDS: nothing */
    enum field strongest; /* the kind found that is least likely to be found by chance; FIELDS */
};

/* `asked`: name of the field, or "". The form changes, and "pick.<field>", the values among which
 * the customer is to choose ("1000|1.000"), where a message leaves it open. */
struct taken take_message(const struct book *b, const struct flow *flow, const struct turn *t,
                          struct effects *e, const char *asked);

/* What was said before the flow began is not asked again: a value for a field that has none yet. */
void take_known(struct effects *e, const struct form_line *known, struct taken *out);

/* The transaction cannot be on the network that was named: the network's name, else "". */
const char *take_misfit(const struct book *b, const struct conversation *c, struct arena *a);

/* The whole text is the value. */
void take_text(const struct turn *t, struct effects *e, const char *field, struct taken *out);

/* The n-th value to choose among; its twin field gets the other one of two. False: there is none.
 */
bool take_pick(const struct flow *flow, struct effects *e, const char *field, size_t n,
               struct taken *out);
const char *pick_values(const struct conversation *c, struct arena *a, const char *field);

/* Without a flow: what a person will want to know (txid, coin, network …), by the extractor's
 * names. */
void take_facts(const struct book *b, const struct turn *t, struct effects *e);

/* The region's code that the text names, or NULL. */
const char *take_region(const struct book *b, struct arena *a, const char *text);

#endif
