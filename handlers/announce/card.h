/* What staff sees of an announcement: one post in its topic, changed as it goes on. Pure. */
#ifndef ZAIDE_ANNOUNCE_CARD_H
#define ZAIDE_ANNOUNCE_CARD_H

#include "bot/model/announcement.h"
#include "bot/ports/handler.h"

/* Variables of the job's record. */
#define JOB_WHAT     ANNOUNCEMENT
#define JOB_SELF     "job"    /* as in the hash "jobs" */
#define JOB_AUTHOR   "author" /* agents, by name */
#define JOB_APPROVER "approver"
#define JOB_AUTO     "auto"    /* goes on after the canary by itself, after so many ms */
#define JOB_CHANGE   "change"  /* the new text of what is out, until a second person approves … */
#define JOB_CHANGER  "changer" /* … and who wrote it */
#define JOB_OUT_MS   "out"     /* when the last of it went out */
#define JOB_SUMS     "sums."   /* and the account: "sent=98 blocked=2" */
#define JOB_RATE     "rate"    /* "<ms> <how many were over then>" … */
#define JOB_PER_MIN  "per_min" /* … and what follows from two of them */

#define JOB_CHANGE_MS (48 * 3600 * INT64_C(1000)) /* so long a bot may change or delete its words  \
                                                   */

struct card {
    struct job job;
    struct announcement what;
};

/* False: there is no such job (yet). */
bool card_read(const struct turn *t, struct card *out);

/* Post it, or change the post; who typed in a terminal gets it as an answer. */
void card_show(const struct turn *t, struct effects *e);
/* The same where nothing happened but numbers: when budget is spare. */
void card_refresh(const struct turn *t, struct effects *e);
/* How many are in this state, over all accounts; NULL: in any. */
int64_t card_sum(const struct turn *t, const struct card *c, const char *state);

#endif
