/* What both stores hold commits and questions to. */
#ifndef ZAIDE_STORE_RULES_H
#define ZAIDE_STORE_RULES_H

#include "bot/ports/store.h"

/* Ends the process where it breaks a rule of the port. */
void rules_check_commit(const struct commit *c);

/* The hours since 1970 that `counts` sums: from no earlier than what is kept, to that included. */
int64_t rules_first_hour(int64_t from_ms, int64_t to_ms);
int64_t rules_last_hour(int64_t to_ms);

#endif
