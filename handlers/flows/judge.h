/* Which class a form is of, by the conditions in the flow's data. Pure. */
#ifndef ZAIDE_HANDLERS_FLOWS_JUDGE_H
#define ZAIDE_HANDLERS_FLOWS_JUDGE_H

#include "handlers/flows/book.h"

/* The first whose conditions all hold, or NULL. */
const struct flow_class *judge_class(const struct book *b, const struct flow *flow,
                                     const struct conversation *c, struct arena *a);

#endif
