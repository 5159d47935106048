/* What people give away by naming it: "my password is …", "验证码 771204", a bank card's number. By
 * itself it is any word or number; the word beside it says what it is. Pure. */
#ifndef ZAIDE_GUARD_GIVEN_H
#define ZAIDE_GUARD_GIVEN_H

#include "handlers/guard/secrets.h"

/* `text` as plain_new leaves it. Adds what is found. `code_was_asked`: six digits that are called a
 * code are what we asked for. */
void given_find(struct arena *a, const char *text, size_t len, bool code_was_asked,
                struct secrets *out);

#endif
