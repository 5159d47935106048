/* A message with several questions: its parts, each matched by itself. Pure. */
#ifndef ZAIDE_HANDLERS_FAQ_QUESTIONS_H
#define ZAIDE_HANDLERS_FAQ_QUESTIONS_H

#include "bot/ports/handler.h"
#include "handlers/faq/matcher.h"

#define QUESTIONS_MAX 8

struct question {
    const char *text; /* without the word that joined it */
    struct match match;
    bool asks; /* a question, known or not; else a greeting, or a word about another part */
};

/* A message may be cut where a sentence or a line ends, at commas, and at the words of a language
 * that join or end questions (phrases faq.joins, links and ends). Of all ways to cut it the one is
 * taken whose parts the matcher is surest of, or which ask; each cut has its price, and parts in a
 * row about one item are one. Returns how many there are: 1 and the text itself for most messages,
 * 0 where there is no letter. */
size_t questions_split(const struct turn *t, const struct matcher *m, const char *text,
                       struct question out[QUESTIONS_MAX]);

#endif
