/* What a case goes through one after the other, each step with its owner and its time: product,
 * risk and test of a DApp. `/step done` finishes the one that runs and starts the next, `/step
 * @mia` says whose it is, `/step risk @ray` whose another one will be, `/step` lists them; past its
 * time it is told. Pure. */
#ifndef ZAIDE_HANDLERS_STAFF_STEPS_H
#define ZAIDE_HANDLERS_STAFF_STEPS_H

#include "bot/ports/handler.h"

#define STEPS_PLAN                                                                                 \
    "steps.plan" /* variable: "product 4h mia\nrisk 4h\n", from when the form is filled */
#define STEPS_TIMER "step"

void steps_begin(const struct turn *t,
                 struct effects *e); /* the case is open; without a plan nothing */
void steps_forget(struct effects *e);
void steps_command(const struct turn *t, struct effects *e, const char *rest);
void steps_due(const struct turn *t, struct effects *e);

#endif
