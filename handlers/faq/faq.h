/* For `zaide ask`: why the handler answers as it does. */
#ifndef ZAIDE_HANDLERS_FAQ_FAQ_H
#define ZAIDE_HANDLERS_FAQ_FAQ_H

#include "bot/base/arena.h"
#include "bot/base/buf.h"

/* `self` is what faq_handler's load built. The best items and the bar, the likeliest kind, the
 * words that decide, and the examples most like the text, a line each. */
void faq_explain(const void *self, struct arena *a, const char *text, struct buf *out);

#endif
