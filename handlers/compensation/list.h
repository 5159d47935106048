/* A compensation list as a subject ("pay:mx-rollback"), and its lines, PAY_CHUNK of them in each of
 * further subjects ("pay:mx-rollback:0" …), so that a list of any length is worked on in small
 * steps, each of them exactly once. Pure.
 *
 *     stage  loading -> draft -> released      or cancelled, before it was released
 *
 * A released one tells its customers in three passes, COMPENSATION_REMIND apart, PAY_STEP lines a
 * second, and waits while conversations need the way out. Where a pass is stands in the record, so
 * after a crash it goes on there; what became of it is counted by UID ("heard.told",
 * "heard.unproven": told once he signs in, "heard.blocked" …) and said when the first pass is over.
 *
 * A list is told (EVENT_TOLD; <room> is where the answer goes, "-": nowhere; the last one is kept
 * as "answer", and as "refused" whether it said no):
 *
 *     begin <agent> <check>                     its lines are about to come
 *     draft <check> <rows> <chunks>\n<sums>     all of them are here
 *     approve <agent> <rows> <check> <room>     by another one; the number and the first 8 digits
 *                                               of the checksum as he typed them, so no list but
 *                                               the one he saw
 *     cancel <agent> <room> | show <room>
 *     ready                                     a chunk has handed out its lines
 *     heard <state> <before>                    by a UID
 *     mark <state> <before> <asset> <amount>    a customer has confirmed or disputed a line
 *     exported <head> <agent>
 *
 * and a chunk:  rows <check>\n<lines> | release <check> | tell <pass> <first row> |
 *               mark <row> <state> <ms> */
#ifndef ZAIDE_HANDLERS_COMPENSATION_LIST_H
#define ZAIDE_HANDLERS_COMPENSATION_LIST_H

#include "bot/ports/handler.h"

#define PAY_SUBJECT "pay:"
#define PAY_TYPED   8           /* digits of the checksum that who approves types */
#define PAY_STEP    10          /* lines whose customers hear of them at once; divides PAY_CHUNK */
#define PAY_HEARD   "heard."    /* and a state: how many UIDs are in it */
#define PAY_SAID    "pay.said " /* to a room: words for its General */

bool pay_is_record(const struct conversation *c);            /* a list or a chunk */
void pay_list_told(const struct turn *t, struct effects *e); /* either of them */
void pay_list_timer(const struct turn *t, struct effects *e);
int64_t pay_list_left_ms(const struct conversation *list); /* of the pass that it is in; or 0 */

/* Typed in General: "/compensation approve NAME COUNT CHECK". */
void pay_command(const struct turn *t, struct effects *e, const char *rest);

#endif
