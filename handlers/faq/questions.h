/* A message with several questions: its parts, each to be matched by itself. Pure. */
#ifndef ZAIDE_HANDLERS_FAQ_QUESTIONS_H
#define ZAIDE_HANDLERS_FAQ_QUESTIONS_H

#include "bot/ports/handler.h"

#define QUESTIONS_MAX 6 /* what comes after stays with the last */

struct question {
    const char *text;
    bool asks; /* it reads as a question of its own, not as a word about another; not told
                  of a message that has one part only */
};

/* Parts end with a sentence or a line, or before words that join ("another question"; phrase
 * faq.joins). What has no letter is no part. Returns how many. */
size_t questions_split(const struct turn *t, const char *text, struct question out[QUESTIONS_MAX]);

#endif
