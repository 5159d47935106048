/* What people say and the standard words for it ("pls" -> "please"), a list for each language. A
 * message is rewritten before it is compared, and so are the examples. Pure. */
#ifndef ZAIDE_HANDLERS_FAQ_SLANG_H
#define ZAIDE_HANDLERS_FAQ_SLANG_H

#include "bot/base/arena.h"

struct slang;
struct slang *slang_new(void);
void slang_free(struct slang *s); /* NULL is fine */

/* The strings are copied. Of two that are said alike the first stays. */
void slang_add(struct slang *s, const char *lang, const char *said, const char *standard);
bool slang_has(const struct slang *s, const char *lang);

/* `folded` is what text_fold_match gives. The longest that fits is taken; what begins or ends with
 * letters of an alphabet stands between word edges, Korean begins a word, Chinese and Japanese
 * stand anywhere. What comes of it is not rewritten again. A text without accents gets words
 * without. */
const char *slang_apply(const struct slang *s, struct arena *a, const char *lang,
                        const char *folded);
uint64_t slang_hash(const struct slang *s); /* of all that is in it */

#endif
