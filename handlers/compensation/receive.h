/* A list that a manager posts as a document in a staff room's General: "/compensation upload NAME"
 * is its caption. Pure. */
#ifndef ZAIDE_HANDLERS_COMPENSATION_RECEIVE_H
#define ZAIDE_HANDLERS_COMPENSATION_RECEIVE_H

#include "bot/ports/handler.h"

#define PAY_FILE (1024 * 1024) /* bytes; a longer one comes by a terminal */

/* By `t->agent`, who may do that. Says what is wrong with it, or makes it a draft. */
void pay_receive(const struct turn *t, struct effects *e, const char *list);

#endif
