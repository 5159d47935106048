/* "/claim 812", typed where case 812 is not: in General, or in another case's topic. The case's own
 * conversation is told, does it, and tells back what came of it. Pure. */
#ifndef ZAIDE_HANDLERS_STAFF_ELSEWHERE_H
#define ZAIDE_HANDLERS_STAFF_ELSEWHERE_H

#include "bot/ports/handler.h"

/* The number in "812" or "#812"; 0: it is none. */
int64_t elsewhere_number(const char *typed);

/* Where it was typed, by an agent: asks the case's conversation, or says why not. */
void elsewhere_claim(const struct turn *t, struct effects *e, int64_t case_no);

/* EVENT_TOLD: in the case's conversation the claim, where it was typed the answer. false: the event
 * is neither. */
bool elsewhere_told(const struct turn *t, struct effects *e);

/* The answer on its way back: for staff_answer. */
void elsewhere_answer(const struct turn *t, struct effects *e, const char *text);

#endif
