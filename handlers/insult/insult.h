/* What others may ask about abuse in a customer's words. */
#ifndef ZAIDE_INSULT_INSULT_H
#define ZAIDE_INSULT_INSULT_H

#include "bot/ports/handler.h"

extern const struct handler insult_handler;

/* A text of this turn without the abuse in it, for whoever looks for the question; `text` itself
 * where there is none, or nothing else. */
const char *insult_free(const struct turn *t, const char *text);
/* Is the text nothing but abuse, in this language or English? */
bool insult_is_all(const struct turn *t, const char *lang, const char *text);
/* The line for whoever takes the case; "": nobody was insulted within a day. */
const char *insult_flag(const struct turn *t);

#endif
