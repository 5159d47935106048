/* What others may ask of the faq; `self` is what faq_handler's load built (see turn_self). */
#ifndef ZAIDE_HANDLERS_FAQ_FAQ_H
#define ZAIDE_HANDLERS_FAQ_FAQ_H

#include "handlers/faq/knowledge.h"

extern const struct handler faq_handler;

const struct knowledge *faq_knowledge(const void *self);
/* The id of the item it would answer, or NULL. */
const char *faq_sure(const void *self, const struct turn *t, const char *text);

/* For `zaide ask`: why it answers as it does. The best items and the bar, the likeliest kind, the
 * words that decide, and the examples most like the text, a line each. */
void faq_explain(const void *self, struct arena *a, const char *text, struct buf *out);

#endif
