/* Standing facts: snapshots of the registry and of open cases, up to a second old. They advise;
 * what must be exact is in the subject's version. Pure: parsing and questions only. */
#ifndef ZAIDE_MODEL_FACTS_H
#define ZAIDE_MODEL_FACTS_H

#include "bot/model/incident.h"
#include "bot/model/job.h"
#include "bot/model/platform.h"
#include "bot/model/revision.h"

enum role { ROLE_NONE, ROLE_AGENT, ROLE_LEAD, ROLE_MANAGER, ROLE_ADMIN };
const char *role_name(enum role r);
bool role_parse(const char *s, enum role *out);

/* Who has which: role_may in facts.c. */
enum power {
    MAY_REPLY,    /* claim, reply, note, pending, close own cases, verify */
    MAY_OVERRIDE, /* transfer or take over others' cases; security cases; reports */
    MAY_EDIT,     /* knowledge and canned replies */
    MAY_ANNOUNCE,
    MAY_ADMINISTER /* agents, settings, forget, export, audit; let a newcomer answer */
};
bool role_may(enum role r, enum power p);

struct agent {
    const char *name;  /* the registry's key: lower-case letters, digits, - and _ */
    const char *alias; /* what customers see; the name when "" */
    enum role role;
    const char *ids;       /* "telegram:123 console:mia" */
    const char *languages; /* "zh en" */
    const char *teams, *skills;
    int64_t capacity;         /* open cases at once; 0: no limit */
    int shift_from, shift_to; /* minutes of the local day; equal: always on; may pass midnight */
    const char *tz;           /* "Asia/Shanghai" */
    int64_t open;             /* cases owned now */
};
bool agent_from_json(struct arena *a, const char *name, const char *json, struct agent *out);
void agent_to_json(const struct agent *agent, struct buf *out);
bool agent_on_shift(const struct agent *agent, int64_t now_ms);

struct open_case {
    int64_t no, priority, since, opened, unanswered;
    enum conversation_state state;
    const char *conversation, *lang, *owner, *name, *reason, *topic, *tags;
    const char *report; /* as the record has it, like the next three */
    int64_t incident, incident_rev, incident_not;
};
/* The line kept in Redis for a conversation with an open case. */
void open_case_print(struct buf *out, const struct conversation *c);
bool open_case_parse(struct arena *a, const char *no, const char *line, struct open_case *out);
/* Those that wait first, in the order of the queue; of equals the smaller number. Below 0, 0 for
 * the same case only, above 0. */
int open_case_order(const struct open_case *x, const struct open_case *y);
/* Where it stands, or belongs, among `n` in that order. */
size_t open_case_place(const struct open_case *sorted, size_t n, const struct open_case *c);

struct room {
    const char *id;         /* "room:telegram:77:-100200": for ever, whatever happens to its chat */
    struct address address; /* as in its id */
    const char *moved_to; /* the platform gave its chat this id (a group became a supergroup) … */
    int64_t moved_ms;     /* … then; NULL and 0: never */
    bool is_own;          /* named by this process's settings */
    bool is_kept;         /* in the registry, where every process sees it */
    bool by_settings;     /* there because some process's settings name it; else by /staff */
};

/* What the hash "rooms" has of a room: by_settings, moved_to and moved_ms, as "settings", "bound",
 * "bound -100300 1790000000000". */
void room_parse(struct arena *a, const char *kept, struct room *out);
char *room_print(struct arena *a, const struct room *room);
const char *room_chat(const struct room *room); /* what the platform calls its chat now */

/* The one-time code that makes a group a staff room. Kept in the hash "codes" under "staff":
 * "4821 1763758696000 5". */
#define CODE_TRIES 5 /* of 9000 codes: who guesses finds it once in 1800 times; then withdrawn */
struct staff_code {
    const char *digits; /* NULL: there is none */
    int64_t until_ms;
    int64_t tries;    /* wrong ones left, over all groups and codes since the start; 0: withdrawn */
    const char *kept; /* as it is kept */
};
/* As it is kept. False: `out` is none. */
bool staff_code_parse(struct arena *a, const char *kept, struct staff_code *out);
char *staff_code_print(struct arena *a, const struct staff_code *code);
bool staff_code_is_valid(const struct staff_code *code, int64_t now_ms);
bool staff_code_is_withdrawn(const struct staff_code *code);

struct facts {
    struct agent *agents;
    size_t n_agents;
    const struct open_case *cases; /* in the order of open_case_order */
    size_t n_cases;
    struct room *rooms;
    size_t n_rooms;
    struct job *jobs;
    size_t n_jobs;
    struct staff_code code;
    struct revision *revisions; /* of the knowledge, the oldest first */
    size_t n_revisions;
    struct incident *incidents; /* by id; those not begun yet and closed ones are told still, too */
    size_t n_incidents;
    struct notice *notices; /* by id; also those that are over */
    size_t n_notices;
    struct platform *platforms;
    size_t n_platforms;
    bool is_pressed; /* conversations need the way out: what goes to many waits. As far as this
                        process sends */
};

/* Smaller goes first: waiting since, minus 10 minutes for each step of urgency and for a VIP; so
 * nobody starves. */
int64_t queue_score(int64_t since, int64_t priority, const char *tags);

const struct agent *facts_agent(const struct facts *f, const char *name);
const struct agent *facts_agent_by_id(const struct facts *f, const char *platform,
                                      const char *user);
const struct agent *facts_agent_of(const struct facts *f, const char *id); /* "telegram:77" */
const struct room *facts_room(const struct facts *f, const char *id);
/* From this chat, or to it; NULL: none. */
const struct room *facts_moved_room(const struct facts *f, const struct address *chat);
const struct incident *facts_incident(const struct facts *f, int64_t id);
/* The open one that somebody reports, but for `not_this`; NULL: none. */
const struct incident *facts_reported(const struct facts *f, const struct report *r,
                                      int64_t not_this);
const struct open_case *facts_case(const struct facts *f, int64_t no);
const struct job *facts_job(const struct facts *f, int64_t no);
int64_t facts_next_job(const struct facts *f); /* a number that none has */
const struct revision *facts_revision(const struct facts *f, int64_t no); /* or NULL */
/* Of a file: what is said of it now, and what is proposed; NULL: its own text, and nothing. */
const struct revision *facts_live(const struct facts *f, const char *file);
const struct revision *facts_draft(const struct facts *f, const char *file);
/* 1 = next; counts a case that is about to be queued. */
size_t facts_place(const struct facts *f, const struct conversation *c);
size_t facts_waiting(const struct facts *f);
/* People on shift; *speaks: one knows the language. */
size_t facts_on_shift(const struct facts *f, int64_t now_ms, const char *lang, bool *speaks);

#endif
