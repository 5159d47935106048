/* What is known of an incident and of what is planned: standing facts that answers are made of.
 * Pure.
 *
 * An incident is a subject of its own ("incident:3"): its record has it in the variable "now", and
 * each change for half a minute in "next". What holds is in the hash "incidents", too, where every
 * process sees it. A notice stands in the hash "notices" alone. */
#ifndef ZAIDE_MODEL_INCIDENT_H
#define ZAIDE_MODEL_INCIDENT_H

#include "bot/base/buf.h"
#include "bot/model/report.h"

#define INCIDENT_SUBJECT "incident:" /* how its id begins */

enum incident_state {
    INCIDENT_DETECTED,
    INCIDENT_REPORTED, /* to those who can mend it */
    INCIDENT_ROLLED_BACK,
    INCIDENT_ANNOUNCED,
    INCIDENT_COMPENSATING,
    INCIDENT_CLOSED,
    INCIDENT_STATES
};
const char *incident_state_name(enum incident_state s); /* "rolled_back" */
bool incident_state_parse(const char *name, enum incident_state *out);

/* Words of ours, one text a language. */
#define OWN_TEXTS 6
struct own_texts {
    const char *langs[OWN_TEXTS], *texts[OWN_TEXTS];
    size_t n;
};
/* In this language, else in English, else NULL. */
const char *own_text(const struct own_texts *o, const char *lang);
/* In place of what it had; false: no room for another language. */
bool own_text_set(struct own_texts *o, const char *lang, const char *text);

#define INCIDENT_EXAMPLES 3

struct incident {
    int64_t id;
    int64_t rev; /* counts its states and changes; 0: nothing holds yet, it may still be undone */
    enum incident_state state;
    const char *topic;         /* the FAQ id that it answers; "" where none fits */
    const char *pairs;         /* "MX/USDT BTC/USDT"; "": all */
    const char *errors;        /* numbers of errors */
    int64_t from_ms, until_ms; /* of the trouble; 0: unknown */
    const char *link;          /* the announcement, on an official host; or "" */
    const char *by;            /* the agent who said so last */
    const char *groups;        /* community groups that have its post, "telegram:77:-100" */
    struct own_texts what;     /* what happened, in a sentence */
    const char *words[INCIDENT_EXAMPLES]; /* folded: how customers put it */
    size_t n_words;
};
/* The strings stay where they are. */
void incident_init(struct incident *i, int64_t id);
char *incident_print(struct arena *a, const struct incident *i); /* JSON */
bool incident_parse(struct arena *a, const char *json, struct incident *out);
/* Does somebody report this one? Who names pairs and none of its own means another. */
bool incident_has(const struct incident *i, const struct report *r);
static inline bool incident_is_open(const struct incident *i)
{
    return i->rev > 0 && i->state != INCIDENT_CLOSED;
}

/* A coin or network is paused, a page is maintained: what fits it is answered with it. */
struct notice {
    int64_t id;
    const char *names;  /* coins and networks, "USDT TRC20"; "": whatever coin */
    const char *topics; /* FAQ ids that it is said with; "": those that ask for a coin's way */
    int64_t from_ms, until_ms; /* it ends by itself */
    const char *link, *by;
    struct own_texts what;
};
void notice_init(struct notice *n, int64_t id);
char *notice_print(struct arena *a, const struct notice *n);
bool notice_parse(struct arena *a, const char *json, struct notice *out);

#endif
