/* Who people in talks are called, and what they do to the bot. */
#ifndef ZAIDE_TESTS_PEOPLE_H
#define ZAIDE_TESTS_PEOPLE_H

#include "tests/talks/player/stage.h"

/* "[from @handle 123456 Some Name] text", where the text begins so: handle and id may be missing,
 * as where somebody hides them. *text moves past it. */
struct origin people_read(struct arena *a, const char *sign, char **text);

/* "blocks telegram:1", "unblocks telegram:1": the bot. */
void people_change(struct stage *t, const char *data, const char *who);

#endif
