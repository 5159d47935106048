/* Transactions as subjects: see handlers/flows/card.c; the form itself is in
 * handlers/flows/flows.h. */
#ifndef ZAIDE_HANDLERS_FLOWS_CARD_H
#define ZAIDE_HANDLERS_FLOWS_CARD_H

#include "bot/ports/handler.h"

bool card_is_fact(const struct conversation *c);
void card_fact_told(const struct turn *t, struct effects *e); /* of a case that has it */

#endif
