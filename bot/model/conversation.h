/* A conversation: one customer on one chat, with at most one open case. A staff room is one too
 * (its id starts with "room:"), and a job ("job:"): all are subjects, versioned records that one
 * event at a time may change. Pure.
 *
 * State:  BOT -> WAITING -> CLAIMED -> PENDING, and from each back to BOT when the case closes (see
 * effect.h for the moves). */
#ifndef ZAIDE_MODEL_CONVERSATION_H
#define ZAIDE_MODEL_CONVERSATION_H

#include "bot/model/message.h"

enum conversation_state { STATE_BOT, STATE_WAITING, STATE_CLAIMED, STATE_PENDING };
#define IN_STATE(s) (1u << (s))
#define IN_ANY_STATE 0xfu
const char *conversation_state_name(enum conversation_state s);

/* The fields: one row adds one, in the struct, in Redis and in FIELD_… below. N = number (0 when
 * absent), S = string ("" when absent). */
#define CONVERSATION_FIELDS(N, S)                                                                  \
    N(state)                                                                                       \
    N(lines)       /* the transcript's last line */                                                \
    S(lang)                                                                                        \
    N(lang_fixed)  /* the customer chose it: no more guessing */                                   \
    S(name)        /* the customer's display name; a room's title */                               \
    S(username)                                                                                    \
    S(tags)        /* "vip kol" */                                                                 \
    S(uid_claimed) /* the customer's UID on the exchange, as typed … */                            \
    S(uid_proven)  /* … and as the exchange has signed it */                                       \
    N(blocked)     /* the customer blocked the bot */                                              \
    N(greeted)     /* the bot has said that it is a bot */                                         \
    N(last_in)     /* ms of the customer's last word */                                            \
    N(misses)      /* things in a row that we did not understand */                                \
    S(asked)       /* the question we wait for an answer to, "media.topic" */                      \
    N(case_no)     /* open case, 0: none */                                                        \
    S(reason)      /* why it went to a person: a phrase key under reason. */                       \
    S(topic)       /* FAQ id, or "" */                                                             \
    S(team)                                                                                        \
    N(priority)    /* 1 money or safety at stake, 2 blocked, 3 information */                      \
    N(opened)      /* ms the case was opened */                                                    \
    N(since)       /* ms it has been waiting from: its place in the queue, kept when it returns */ \
    S(owner)       /* the agent's name in the registry */                                          \
    N(claimed)     /* ms of the claim */                                                           \
    N(unanswered)  /* ms of the customer's oldest word that no person has answered; 0: none */     \
    N(first_reply) /* ms from opening to a person's first word; 0: not yet */                      \
    N(replies)     /* answers by persons in this case, and … */                                    \
    N(reply_ms)    /* … the sum of the customer's waits before them */                             \
    S(pending_for) /* PENDING: the team or "customer" */                                           \
    N(pending_until)                                                                               \
    N(last_case)   /* the last closed case … */                                                    \
    S(last_owner)  /* … and who had it */                                                          \
    N(last_priority)                                                                               \
    S(last_team)                                                                                   \
    S(last_topic)                                                                                  \
    S(last_reason)                                                                                 \
    N(rated)       /* the last case was rated: 1-5 */                                              \
    N(announced)   /* the place the customer was told last */                                      \
    S(questions)   /* what he asked about lately, and when: see asked_add in audience.h */         \
    N(no_news)     /* he wants no announcements */                                                 \
    S(report)      /* what the open case is about, as a line of report.h */                        \
    N(incident)    /* he was told of this one in his open case … */                                \
    N(incident_rev) /* … the last time as it was then */                                           \
    N(incident_not) /* "my problem is another one" than this */

#define FIELD_ENUM_(f) FIELD_##f,
enum conversation_field { CONVERSATION_FIELDS(FIELD_ENUM_, FIELD_ENUM_) FIELD_COUNT };
#undef FIELD_ENUM_
const char *conversation_field_name(enum conversation_field f);

struct pair {
    const char *name, *value;
};

struct conversation {
    const char *id; /* "telegram:77:12345" or "room:telegram:77:-100200" */
    int64_t version;
#define FIELD_NUMBER_(f) int64_t f;
#define FIELD_STRING_(f) const char *f;
    CONVERSATION_FIELDS(FIELD_NUMBER_, FIELD_STRING_)
#undef FIELD_NUMBER_
#undef FIELD_STRING_
    /* What only one handler knows, and "timer.<name>" = due ms, "held.<line>" = content kept for a
     * decision, "home.<room>" = thread. */
    struct pair *vars;
    size_t n_vars, cap_vars;
};

void conversation_init(struct conversation *c, const char *id);
/* A record out of what is kept of it; the strings are copied. */
struct conversation *conversation_read(struct arena *a, const char *id, const struct pair *pairs,
                                     size_t n);
bool conversation_is_room(const struct conversation *c);
/* An announcement's, or whatever else goes to many: its id is "job:<number>". Like a room it is in
 * the global partition; like a case it has a topic in the staff rooms. */
bool conversation_is_job(const struct conversation *c);
/* "incident:3", see incident.h. Like a room it is in the global partition. */
bool conversation_is_incident(const struct conversation *c);
/* Does the open case wait for an incident's end, and for nobody? */
bool conversation_is_parked(const struct conversation *c);
/* A member's in a community group? Then the id names the user, too. */
bool conversation_is_group(const struct conversation *c);
const char *conversation_platform(struct arena *a, const struct conversation *c);

/* By name, for records: known fields and vars alike. "" (or 0) is absent: it removes, and is got.
 * Strings are kept as given: they must live in the arena. */
void conversation_set(struct conversation *c, struct arena *a, const char *name, const char *value);
const char *conversation_get(const struct conversation *c, struct arena *a, const char *name);
const char *conversation_var(const struct conversation *c, const char *name);
int64_t conversation_var_int(const struct conversation *c, const char *name);

/* A deep copy in `a`. */
void conversation_copy(struct arena *a, struct conversation *to, const struct conversation *from);

/* A record as one block, a third of the size, for keeping many: to be freed. Its id is left out.
 * What is unpacked has its strings in the block and its vars in `a`. */
struct packed_conversation *conversation_pack(const struct conversation *c);
void conversation_unpack(struct arena *a, struct conversation *to, const char *id,
                         const struct packed_conversation *from);

/* What changed from `before` to `after`, as pairs ("" = removed), without version. */
struct pair *conversation_diff(struct arena *a, const struct conversation *before,
                               const struct conversation *after, size_t *n);

/* Is the space-separated word in the list? For tags. */
bool words_have(const char *words, const char *word);

/* 64 partitions; rooms, jobs, incidents, agents and everything global share a 65th. */
#define PARTITIONS 64
#define PARTITION_GLOBAL 64
unsigned conversation_partition(const char *id); /* a case number has it, too: 64 x n + partition */

#endif
