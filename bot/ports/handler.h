/* All that the author of a handler needs. A handler is one file in handlers/ and one line in
 * handlers/list.h, at its place in the order of asking. It is pure: it may not block, read a clock,
 * draw a random number, keep anything between turns or free memory. Strings live in the turn's
 * arena. So it is tested by a readable talk (tests/talks/). */
#ifndef ZAIDE_PORTS_HANDLER_H
#define ZAIDE_PORTS_HANDLER_H

#include "bot/base/settings.h"
#include "bot/base/text.h"
#include "bot/base/yaml.h"
#include "bot/model/effect.h"
#include "bot/model/facts.h"
#include "bot/model/phrases.h"

struct handler;

struct turn {
    const struct event *event;          /* screened */
    const struct conversation *subject; /* as it is after the effects so far */
    const struct facts *facts;
    const struct phrases *phrases;
    const struct settings *settings;
    const struct agent
        *agent; /* who speaks, when it came through a staff room and is registered; else NULL */
    struct arena *arena;
    const struct handler *const
        *handlers; /* all, ending with NULL, and what each has loaded: see turn_self */
    void *const *selves;
    struct turn_note **notes; /* see turn_noted; NULL: none are taken */
};

/* What was worked out in a turn, for whoever asks the same again. */
struct turn_note {
    struct turn_note *next;
    const char *key;
    const void *value;
};
const void *turn_noted(const struct turn *t, const char *key); /* NULL: not yet */
void turn_note(const struct turn *t, const char *key, const void *value);

/* In a community group, before everybody? Its members' conversations are apart from their private
 * chats. */
static inline bool turn_in_group(const struct turn *t)
{
    return conversation_is_group(t->subject);
}

/* What another handler has loaded, for the functions of its own header; or NULL. */
const void *turn_self(const struct turn *t, const struct handler *of);

/* What became of the words to the customer from this line on. NULL the first time: then return,
 * whatever the verdict. The effects of this run are thrown away, the store is asked, and all
 * handlers are asked again. */
static inline const struct fates *need_fates(struct effects *e, int64_t from_line)
{
    e->needs_fates = from_line;
    return e->fates;
}

/* From the customer's side? (A staff room's and an agent's events are not.) */
static inline bool turn_is_customer(const struct turn *t)
{
    return event_is_by_customer(t->event);
}

/* Another subject's record as it was a moment ago: it advises. NULL the first time, as above; of
 * one subject a turn. */
static inline const struct conversation *need_record(struct effects *e, const char *subject)
{
    if (e->record && str_eq(e->record->id, subject))
        return e->record;
    e->needs_record = subject;
    return NULL;
}

/* What stands in a file of this event's, of at most `max` bytes. NULL the first time, as above; of
 * one file a turn. It takes as long as the platform takes, and whatever else happens to the subject
 * waits: for words in staff's rooms, not for what customers send. */
static inline const struct document *need_document(struct effects *e, const struct file *file,
                                                   size_t max)
{
    e->needs_document = file;
    e->max_document = max;
    return e->document;
}

/* What a change of the knowledge would do. NULL the first time, as above; one a turn. It takes a
 * second or two, in which the subject waits, and turns of others do not. */
static inline const struct review *need_review(struct effects *e,
                                               const struct review_request *request)
{
    e->needs_review = request;
    return e->review;
}

enum verdict {
    HANDLER_PASS, /* ask the next one (effects so far are kept) */
    HANDLER_DONE  /* nobody else is asked */
};

/* What main has read for handlers: every .yaml under KNOWLEDGE_DIR, by name ("zh/deposit.yaml"),
 * sorted. */
struct file_tree {
    const char *name;
    const struct yaml *root;
};
struct handler_files {
    const struct file_tree *items;
    size_t n;
    const char *dir; /* for the paths of pictures */
};
/* The file of this name; NULL: there is none. */
const struct yaml *handler_file(const struct handler_files *files, const char *name);

/* Where handlers keep what took them long to work out, for the next start. It may all be gone by
 * then. */
struct handler_cache {
    void *(*read)(void *arg, const char *name, size_t *len); /* allocated; NULL: there is none */
    void (*write)(void *arg, const char *name, const void *data, size_t len);
    void *arg;
};

struct handler {
    const char *name, *help;
    const struct setting *settings; /* rows, or NULL */
    unsigned states;   /* IN_STATE(…) | …: in which states of a conversation it is asked */
    bool in_rooms;     /* asked for events of a staff room's General too */
    bool in_jobs;      /* asked for events of jobs, in whose topics staff writes too */
    bool in_incidents; /* asked for an incident's own events, which are nobody's words */
    bool in_groups;    /* asked in community groups, where cases and buttons that call back have no
                          place */

    /* Optional. Build what the handler knows from files; -1 and `why` keep the old one. It may run
     * in another thread, beside turns that use the old one: it touches nothing but what it is
     * given. The files may go afterwards. */
    int (*load)(const struct handler_files *files, const struct settings *settings,
                const struct phrases *phrases, void **self, struct buf *why);
    /* Optional. What only answering customers needs and takes its time; without it the first
     * question pays. In the loading thread. */
    void (*prepare)(void *self, const struct handler_cache *cache);
    void (*unload)(void *self);
    /* Optional. What loading bears and `zaide knowledge check` tells: a line each, "file: what". */
    void (*check)(const void *self, struct buf *out);

    /* Optional. Mask what nobody may see, in any part of the content, before it is logged, stored
     * or shown to a handler. */
    void (*screen)(const void *self, const struct conversation *subject, struct arena *a,
                   struct event *event);

    enum verdict (*handle)(const void *self, const struct turn *turn, struct effects *effects);
};

/* Short cuts. turn_phrase() gives a phrase in the customer's language (LANE_CUSTOMER) or the room's
 * (LANE_STAFF, STAFF_LANGUAGE), say() says it there; both take the values of its placeholders.
 *     say(t, e, LANE_CUSTOMER, "handoff.waiting", FILL("case", no), FILL("place", place));
 * The effect that is returned may be given buttons with say_button. */
#define FILL(n, v) ((struct fill){(n), (v)})
#define FILLS(...) /* the array, and how many: the first is nobody's, for there may be none */     \
    (struct fill[]){{NULL, NULL}, ##__VA_ARGS__},                                                  \
        ARRAY_LEN(((struct fill[]){{NULL, NULL}, ##__VA_ARGS__}))
#define turn_phrase(t, lane, key, ...) turn_phrase_(t, lane, key, FILLS(__VA_ARGS__))
#define say(t, e, lane, key, ...)      say_(t, e, lane, key, FILLS(__VA_ARGS__))
const char *turn_phrase_(const struct turn *t, enum lane_id lane, const char *key,
                         const struct fill *values, size_t n);
struct effect *say_(const struct turn *t, struct effects *e, enum lane_id lane, const char *key,
                    const struct fill *values, size_t n);
void say_button(const struct turn *t, struct effects *e, struct effect *said, const char *label_key,
                const char *data, bool same_row);

/* Is the text nothing but one of the words of a phrase "hi|hello", in the customer's language? */
bool turn_says_only(const struct turn *t, const char *text, const char *key);
/* A number below `n` from the event's id: for one of several words. A replay draws the same. */
size_t turn_draw(const struct turn *t, size_t n);
const char *turn_lang(const struct turn *t, enum lane_id lane);
char *turn_number(const struct turn *t, int64_t n);
const char *turn_wait(const struct turn *t, enum lane_id lane,
                      int64_t ms); /* "3 min", from time.* */

#endif
