/* A job: something that goes to many people, as an announcement. It is a subject of its own,
 * "job:<number>", whose record says all of it; this is what the registry's hash "jobs" has of each,
 * for facts and for flow/broadcast.c. Pure.
 *
 *   DRAFT ---> APPROVED ---> CANARY ---> CHECKED ---> SENDING ---> DONE
 *     ^  approval   start, or     a hundred    a person     everyone     |
 *     +--- change   its time      per account  says go                   +-> EDITING -> DONE
 *     and from each before DONE: CANCELLED                               +-> RETRACTING ->
 * RETRACTED
 *
 * For each account of a platform there is a list of recipients (ports/store.h), made anew with each
 * revision of the draft, and worked through step by step by whoever holds the account's lease. An
 * account tells the job when it has done a step; all of them done, the job goes on. */
#ifndef ZAIDE_MODEL_JOB_H
#define ZAIDE_MODEL_JOB_H

#include "bot/model/conversation.h"

enum job_stage {
    JOB_DRAFT,
    JOB_APPROVED, /* waits for its start: by a person, by time, or until nobody objected */
    JOB_CANARY,
    JOB_CHECKED,
    JOB_SENDING,
    JOB_DONE,
    JOB_EDITING,
    JOB_RETRACTING,
    JOB_RETRACTED,
    JOB_CANCELLED,
    JOB_STAGES
};
const char *job_stage_name(enum job_stage s); /* "draft" … */

#define JOB_CANARY_MAX 100 /* recipients of an account */

struct job_account {
    const char *id;  /* "telegram:77" */
    int64_t n;       /* recipients */
    const char *did; /* the last step that it has done: "plan" … */
};

struct job {
    int64_t no;
    enum job_stage stage;
    bool is_paused, is_urgent;    /* urgent ones go first */
    int64_t revision;             /* of its text and audience; of its lists, too */
    int64_t edition;              /* how often what went out was changed */
    struct job_account *accounts; /* those that have told */
    size_t n_accounts;
};

/* What the accounts have to do now: "plan", "canary", "send", "edit<edition>", "retract"; NULL:
 * nothing. */
const char *job_step(struct arena *a, const struct job *job);
/* Has the account done it, or is nothing its to do? */
bool job_account_is_done(struct arena *a, const struct job *job, const char *account);
bool job_is_done(struct arena *a, const struct job *job);               /* all accounts have */
struct job_account *job_account(const struct job *job, const char *id); /* NULL: not told yet */
int64_t job_recipients(const struct job *job);
/* "5.1:telegram:77" */
char *job_list(struct arena *a, const struct job *job, const char *account);

bool job_parse(struct arena *a, const char *no, const char *kept, struct job *out);
char *job_print(struct arena *a, const struct job *job);

char *job_subject(struct arena *a, int64_t no); /* "job:5" */
int64_t job_number(const char *subject);        /* 0: it is none */

#endif
