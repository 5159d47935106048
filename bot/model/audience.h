/* Whom a bot may write to: everyone who wrote to it or pressed start, kept for each account of a
 * platform. Pure.
 *
 * The store has a line for each person, in the partition of his conversation, on one of
 * AUDIENCE_BUCKETS pages: "<marks> <entry>". The entry follows from the conversation's record, and
 * every commit that changes it changes the line with it. The marks, a letter each, are the line's
 * own: a refusal of the platform sets one, RETENTION forgets none. */
#ifndef ZAIDE_MODEL_AUDIENCE_H
#define ZAIDE_MODEL_AUDIENCE_H

#include "bot/model/conversation.h"

#define MARK_BLOCKED   'b' /* he blocked the bot; his next word takes it back */
#define MARK_GONE      'd' /* his account was deleted */
#define MARK_OPTED_OUT 'o' /* he wants no news; what is about his own case he gets */

struct person {
    bool is_blocked, is_gone, is_opted_out, has_case;
    const char *lang, *tags; /* "" where none is known; "vip kol" */
    int64_t seen_ms;         /* his last word, to the hour */
    const char *asked; /* "deposit_missing:29833333 kyc:29833310": what about, in which minute */
};

/* The entry of this conversation. */
char *person_print(struct arena *a, const struct conversation *c);
/* What the store keeps. False: it is none, or nothing is kept. */
bool person_parse(struct arena *a, const char *kept, struct person *out);

/* Is it the private chat of one person with the bot? Only those are an audience; `account` is then
 * "telegram:77" and `name` his chat, "12345". */
bool audience_place(struct arena *a, const char *conversation, const char **account,
                    const char **name);
#define AUDIENCE_BUCKETS 256
unsigned audience_bucket(const char *conversation);

/* What the record remembers of what he asks about: an FAQ id, or any other word without blank or
 * colon that an audience may be chosen by. The last ASKED_MAX are kept. */
#define ASKED_MAX 8
char *asked_add(struct arena *a, const char *asked, const char *what, int64_t now_ms);
#define ASKED_INCIDENT "incident" /* and its number: he was told of it */
/* Since then? */
bool asked_has(const char *asked, const char *what, int64_t since_ms);

/* Who is meant. Where nothing is said ({0}) all are; lists are words with blanks between, of which
 * one is enough. */
enum audience_case { CASE_ANY, CASE_OPEN, CASE_NONE };
struct audience {
    const char *platforms, *langs, *tags, *not_tags; /* NULL and "": any */
    int64_t seen_since_ms, seen_before_ms;           /* his last word; 0: any */
    const char *asked;                               /* one of these … */
    int64_t asked_since_ms;                          /* … since then */
    int64_t incident;                                /* who was told of this one; 0: any */
    enum audience_case with_case;
    bool is_own_matter; /* it is about a case of theirs: who wants no news gets it, too */
};

/* Of its platform. Blocked, gone and opted out are not asked here: see person_refuses. */
bool audience_has(const struct audience *who, const struct person *p);
/* Why he is not written to, as a state of a job's list ("blocked", "deactivated", "opted_out");
 * NULL: he may be. */
const char *person_refuses(const struct audience *who, const struct person *p);

#endif
