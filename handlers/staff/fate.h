/* /fate: what became of one's words to the customer, or of the last ones. Pure; told from what the
 * store has (model/fate.h). */
#ifndef ZAIDE_HANDLERS_STAFF_FATE_H
#define ZAIDE_HANDLERS_STAFF_FATE_H

#include "bot/ports/handler.h"

/* Of the message that the event replies to, else of the case's last ones. Any registered agent may
 * ask. */
void fate_tell(const struct turn *t, struct effects *e);

bool fate_went_out(const struct fates *f, int64_t line); /* or is to: it never was a note only */

#endif
