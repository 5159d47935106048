/* What several handlers do with a case: its card, its timers, its topic's title. Pure; effects
 * only. */
#ifndef ZAIDE_HANDLERS_STAFF_CASE_H
#define ZAIDE_HANDLERS_STAFF_CASE_H

#include "bot/ports/handler.h"

/* Kept by handlers/history.c until a case opens. */
#define HISTORY_WORDS "history.words"
#define HISTORY_FILE  "history.file." /* and the line it came in */
const struct pair *case_history_file(const struct conversation *c, size_t *n); /* the oldest of the `n` that are kept; NULL: none */

/* How a tell of a staff room's trouble begins: "room Night shift\nSomething is missing…". */
#define TOLD_OF_ROOM "room "

#define CASE_NOTIFY "case.notify" /* who is named in the case's card, until it is closed */

#define CASE_LINES "case.lines" /* how long the transcript was when the last case was closed */

/* The post with the claim button that opens a case's topic. */
void case_show_card(const struct turn *t, struct effects *e);
/* What was said before it, but for this turn's own words. */
void case_show_history(const struct turn *t, struct effects *e);
/* The topic's name; open ones when budget is spare. */
void case_title(const struct turn *t, struct effects *e, bool closed);

/* Timers. */
/* The leads hear of a wait beyond CASE_LIMIT. */
void case_arm_alarm(const struct turn *t, struct effects *e);
/* Claimed and unanswered: remind, then back to the queue. */
void case_arm_claim(const struct turn *t, struct effects *e);
/* Our word was the last: those end, the idle one starts. */
void case_answered(const struct turn *t, struct effects *e);

/* Moves with all that staff and customer hear of them. */
void case_claim(const struct turn *t, struct effects *e, const struct agent *agent);
/* PENDING -> its owner, or the queue. */
void case_resume(const struct turn *t, struct effects *e, const char *staff_key);
void case_close(const struct turn *t, struct effects *e);
void case_reopen(const struct turn *t, struct effects *e, const struct case_opening *why);

/* A secret was posted: the case, open or not yet, is security's. Only its team and those who may
 * override get it from then on, also when it is closed and comes back. */
void case_secure(const struct turn *t, struct effects *e);
bool case_is_closed_to(const struct conversation *c, const struct agent *agent);

const char *case_alias(const struct turn *t, const char *agent_name); /* what customers see */
/* Names of leads and admins, for alarms. */
const char *case_leads(const struct turn *t);

#endif
