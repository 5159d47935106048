/* Everything that is to happen, as a closed list. Handlers append effects and return; nobody acts
 * before the commit.
 *
 * Each constructor also applies its change to the working copy of the subject (turn->subject), so a
 * later handler sees it. */
#ifndef ZAIDE_MODEL_EFFECT_H
#define ZAIDE_MODEL_EFFECT_H

#include "bot/model/conversation.h"
#include "bot/model/document.h"
#include "bot/model/event.h"
#include "bot/model/fate.h"
#include "bot/model/report.h"
#include "bot/model/review.h"

/* STAFF: the case's topic in every staff room. A room's own General is its LANE_CUSTOMER. */
enum lane_id { LANE_CUSTOMER, LANE_STAFF };

enum effect_type {
    EFFECT_SAY,   /* content to a lane */
    EFFECT_SHOW,  /* transient, after the commit, not stored: the answer to a button, "typing" */
    EFFECT_SET,   /* the subject changed: nothing more to do than to store it */
    EFFECT_TIMER, /* arm (due_ms) or disarm (0) */
    EFFECT_COUNT, /* add to a counter of this hour */
    EFFECT_PUT,   /* rooms only: one field of a global hash ("agents", "rooms", "codes") */
    EFFECT_TELL   /* an event for another subject */
};

struct effect {
    enum effect_type type;
    enum lane_id lane;
    struct content content; /* SAY; SHOW: text */
    const char *author;     /* SAY: "bot", or the agent's name when a person speaks */
    int64_t line;           /* SAY: the transcript line this is a copy of; 0: of none */
    int64_t hold_ms;        /* SAY: may wait so long for more of a burst, and is joined to it */
    bool leads;             /* SAY: one message with what this turn says next there, if it can be */
    bool denied;            /* SHOW: it says why nothing was done */
    bool relay;             /* SAY: somebody's own words: their line is in the transcript already */
    const char *room;       /* SAY: the staff room that shows them already, or NULL */
    const char *only_room;  /* SAY, to staff: in no other room; NULL: in all */
    bool decor;             /* SAY: only with budget to spare; a newer one replaces it */
    const char *topic;      /* SAY, in a group: the FAQ id that it answers; NULL: none */
    bool notice;            /* SAY: tells of a refusal, so a refusal of it is told to nobody */
    const char *name;       /* TIMER, COUNT; PUT: hash; TELL: subject */
    const char *key;        /* PUT: field */
    const char *value;      /* PUT: value ("" deletes); TELL: data */
    const char *was;        /* PUT: only over this ("": none), else the turn runs anew; NULL: any */
    int64_t number;         /* TIMER: due_ms; COUNT: how much */
    const char *json;       /* SAY: its content, written once by turn.c */
};

struct effects {
    struct arena *arena;
    struct conversation *subject; /* as it is after the effects so far */
    const struct event *event;
    int64_t line;          /* the transcript line of the event's own content; 0: it has none */
    struct effect **items; /* pointers: an effect may be completed after others were added */
    size_t n, cap;
    const struct report *report;       /* what the customer's words report; NULL: nothing */
    bool opens_case;                   /* the commit checks that nobody else took the case number */
    int64_t next_case;                 /* the partition's next case number, from the load */
    const struct fates *fates;         /* as far as they were asked for … */
    int64_t needs_fates;               /* … by a handler: from this line on; 0: by none */
    const struct conversation *record; /* another subject's, as far as it was asked for … */
    const char *needs_record;          /* … by a handler: its id; NULL: by none */
    const struct document *document;   /* what stands in a file of the event's, as far as … */
    const struct file *needs_document; /* … it was asked for by a handler; NULL: by none */
    size_t max_document;               /* bytes; more is refused */
    const struct review *review;       /* of a change of the knowledge, as far as it … */
    const struct review_request *needs_review; /* … was asked for by a handler; NULL: by none */
};

/* Say. The content may be changed through the returned effect until the handler returns.
 * effect_say: by the bot; words and deletions to the customer become lines. */
struct effect *effect_say(struct effects *e, enum lane_id lane, const struct content *content);
/* The event's own content. */
struct effect *effect_relay(struct effects *e, enum lane_id lane, const char *author);
/* The same of an earlier event's, kept until now. */
struct effect *effect_relay_line(struct effects *e, enum lane_id lane,
                                 const struct content *content, const char *author,
                                 const char *room, int64_t line);
/* To the customer, by an agent, in the name of a line that did not go out itself (the name of a
 * canned reply): edits and replies find these words by it. The transcript tells that line once
 * more; the later one counts. */
struct effect *effect_say_as(struct effects *e, const char *author, int64_t line,
                             const struct content *content);
/* "" just answers the button. */
struct effect *effect_show(struct effects *e, const char *text);

/* The subject. */
#define effect_set(e, field, value)     effect_set_(e, FIELD_##field, value)     /* S fields */
#define effect_set_int(e, field, value) effect_set_int_(e, FIELD_##field, value) /* N fields */
void effect_set_(struct effects *e, enum conversation_field f, const char *value);
void effect_set_int_(struct effects *e, enum conversation_field f, int64_t value);
void effect_var(struct effects *e, const char *name, const char *value); /* "" removes */
void effect_timer(struct effects *e, const char *name, int64_t due_ms);  /* 0 disarms */
void effect_count(struct effects *e, const char *counter, int64_t n);

/* He asked about this (an FAQ id): an audience may be chosen by it. In a group nothing. */
void effect_asked(struct effects *e, const char *what);

/* The case. Each is a no-op where the move is not allowed from the present state; the return value
 * says whether it was made. */
struct case_opening {
    const char *reason, *topic, *team;
    int priority;
};
/* BOT -> WAITING; an open case keeps its number and only gains urgency. */
bool effect_enqueue(struct effects *e, const struct case_opening *why);
/* WAITING, PENDING -> CLAIMED; CLAIMED: a transfer. */
bool effect_claim(struct effects *e, const char *agent);
/* CLAIMED -> WAITING, at its old place. */
bool effect_release(struct effects *e);
bool effect_pend(struct effects *e, const char *whom, int64_t until_ms); /* CLAIMED -> PENDING */
/* WAITING -> PENDING until an incident ("incident:3") is over, or effect_release. */
bool effect_park(struct effects *e, const char *incident);
/* PENDING -> CLAIMED by the same owner. */
bool effect_resume(struct effects *e);
bool effect_close(struct effects *e);    /* any open case -> BOT */
void effect_answered(struct effects *e); /* a person's word went to the customer: response times */

/* Other subjects and the registry. */
void effect_put(struct effects *e, const char *hash, const char *key, const char *value);
void effect_replace(struct effects *e, const char *hash, const char *key, const char *was,
                    const char *value);
void effect_tell(struct effects *e, const char *subject, const char *data);
/* A private chat of the same customer gets this as if it were written there: an EVENT_MESSAGE that
 * is_carried. It is not empty. */
void effect_tell_content(struct effects *e, const char *subject, const struct content *content);

#endif
