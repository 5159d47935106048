/* The same question once more while a case is open. It is known by its letters and digits: who asks
 * again often does it with more question marks, or with worse words. Pure. */
#ifndef ZAIDE_HANDLERS_AGAIN_H
#define ZAIDE_HANDLERS_AGAIN_H

#include "bot/ports/handler.h"

#define AGAIN_MS 1000 /* since the answer: sooner it is one message, sent twice */

void again_keep(const struct turn *t, struct effects *e); /* this was asked, and answered */
bool again_asked(const struct turn *t); /* is it asked again? A button asks nothing. */

#endif
