/* An outbox entry: what is to be sent, to whom, and what the outbox must know to keep its order.
 * Pure. */
#ifndef ZAIDE_FLOW_ENTRY_H
#define ZAIDE_FLOW_ENTRY_H

#include "bot/model/event.h"

struct entry {
    struct address to; /* a staff lane: the room's chat; its thread is asked when it goes */
    const char *conversation;
    const char *room;  /* a staff lane; NULL: the customer's (or a room's own General) */
    const char *title; /* of the topic, should one have to be opened */
    int64_t line;      /* 0: not a line of the transcript */
    int64_t committed_ms, hold_ms;
    bool decor, is_group;
    bool is_community; /* a group of customers: limited by GROUP_PER_MIN */
    bool is_notice;    /* it tells of another one's refusal */
    bool leads;        /* see entry_leads */
    struct content content;
};

/* The surface whose message ids these are: "customer" or the room's id. */
const char *entry_surface(const struct entry *e);

/* `content`: its content as JSON; NULL: it is written here. */
void entry_write(struct buf *out, const struct entry *e, const char *content);
/* false: not ours; `out` has what could be read, "" and 0 else. */
bool entry_read(struct arena *a, const char *json, struct entry *out);

/* The same without JSON: as it will be read. */
void entry_copy(struct arena *a, const struct entry *e, struct entry *out);

/* Would somebody miss it when it is refused so? Decoration and reactions nobody does, a change of
 * what was said one does; and the board that somebody deleted must be posted anew. */
bool entry_is_missed(const struct entry *e, enum refusal r);
/* Refused because its staff room takes no posts at present: it is kept until the room does. */
bool entry_waits_for_room(const struct entry *e, enum refusal r);
/* Is the room at fault, not what was to be posted? Plain words of ours are fine everywhere else. */
bool entry_blames_room(const struct entry *e, enum refusal r);
/* A transcript line about its send; `refusal` is its name and `why` the platform's words, or both
 * are NULL. "of" is the ms at which what it speaks of was committed, as the transcript has it. */
#define MARK_REFUSED "not delivered"
#define MARK_TWICE   "maybe twice"
#define MARK_LATE    "late" /* out at last, more than a minute later */
#define MARK_SENT    "sent" /* by turn.c: what was a note went out after all */
char *entry_mark(struct arena *a, const struct entry *e, const char *mark, const char *refusal,
                 const char *why, int64_t now_ms);
/* Would staff ask when these words to a customer went out? */
bool entry_is_late(const struct entry *e, int64_t now_ms);

/* Is `first` decoration that `next` makes idle: a newer title, a newer text of the same post? */
bool entry_replaces(const struct entry *next, const struct entry *first);
/* May `next` be joined to `first` into one message of at most max_text UTF-16 units, or one
 * album? */
bool entry_joins(const struct entry *first, const struct entry *next, size_t max_text);
/* May `first`, which leads, be one message with `next`, what its turn said after it: the greeting
 * above the answer, the card above the customer's words? */
bool entry_leads(const struct entry *first, const struct entry *next, size_t max_text);
/* Of a burst the words are joined, of an album the files, too; of decoration only what replaces it
 * counts. */
void entry_join(struct arena *a, struct entry *first, const struct entry *next);

#endif
