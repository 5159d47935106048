/* What a customer has to do with compensation: his own lines and nobody else's. They stand in the
 * record of his UID (handlers/identity/uid.h), as "pay.<list>.<row>", and are read for a proven UID
 * only. Pure.
 *
 * The record of a UID is told:   pay.owed <list> <row> <chunk> <asset> <amount> <reason>
 *                                pay.tell <list> <pass>      once a pass
 *                                pay.heard <list> told|<why not, as refusal_name>
 *                                pay.take <conversation> <list> <row> confirmed|disputed
 * and tells the conversations that have proven it:
 *                                pay.news <list>
 *                                pay.done <state> <list> <row> <asset> <amount> */
#ifndef ZAIDE_HANDLERS_COMPENSATION_CLAIM_H
#define ZAIDE_HANDLERS_COMPENSATION_CLAIM_H

#include "bot/ports/handler.h"

#define PAY_ITEM      "compensation_status" /* the FAQ item that this answers */
#define PAY_TELL_OWED "pay.owed "
#define PAY_TELL_NEWS "pay.tell "

/* The record of a UID. */
void pay_uid_told(const struct turn *t, struct effects *e);

/* A conversation. */
void pay_told(const struct turn *t, struct effects *e);
void pay_refused(const struct turn *t, struct effects *e);         /* a send, for good */
enum verdict pay_pressed(const struct turn *t, struct effects *e); /* a button "pay:…" */

/* "Am I on the list?" True: all is said. False: the customer is not known for certain, and was told
 * how to change that; the item's general answer is for everybody. */
bool pay_answer(const struct turn *t, struct effects *e);

#endif
