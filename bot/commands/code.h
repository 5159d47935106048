/* The one-time code of /staff: how one is made (facts.h says what it is). */
#ifndef ZAIDE_COMMANDS_CODE_H
#define ZAIDE_COMMANDS_CODE_H

#include "bot/flow/engine.h"

#define CODE_MS (10 * 60 * INT64_C(1000)) /* so long it is good */

/* In place of the one there is. Gives its digits, in `a`. */
const char *code_renew(struct arena *a, struct engine *e, int64_t until_ms, int64_t tries,
                       void (*done)(void *arg, enum store_status), void *arg);

#endif
