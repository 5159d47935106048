/* What waits to be sent and what may go next: order, rate limits, bursts. Pure: time is given,
 * nothing is sent here.
 *
 * A lane is a conversation on one surface: its entries go one after another. A chat holds lanes
 * under one rate limit (a staff group: all its topics); within it, the lane whose head has waited
 * longest goes first. A lane in backoff blocks only itself. */
#ifndef ZAIDE_FLOW_LANES_H
#define ZAIDE_FLOW_LANES_H

#include "bot/flow/entry.h"
#include "bot/ports/adapter.h"

#define ATTEMPTS_ASK (-1)

struct item { /* one outbox entry in memory; owned by its lane until it is popped */
    struct item *next;
    struct arena arena; /* holds the entry and the stream's name */
    struct entry entry;
    unsigned partition;
    const char *stream;
    int64_t id;
    int64_t attempts; /* begun, and maybe out; ATTEMPTS_ASK: others may have begun some */
    int64_t not_before_ms;
};

struct chat;

struct lane {
    struct lane *next;
    struct chat *chat;
    uint64_t hash; /* of the next two */
    char *conversation, *surface;
    struct item *first, *last;
    size_t joined;   /* how many of the first items go out as one message */
    bool is_busy;    /* taken by lanes_next, until lanes_release */
    bool is_hurried; /* … and meanwhile what kept it back was mended, so its answer may be old */
    int failures;    /* in a row, for the backoff */
    int64_t not_before_ms, charged_ms;
};

struct lanes;

struct lanes *lanes_new(const struct adapter_limits *limits, size_t max_text);
void lanes_free(struct lanes *l);

/* In order; but words go before decoration that still waits. false: its lane has this entry
 * already; the item stays the caller's. */
bool lanes_add(struct lanes *l, struct item *item);

/* The next lane that may send now, marked busy, its burst chosen (lane->joined) and its chat's
 * budget charged; NULL: none. */
struct lane *lanes_next(struct lanes *l, int64_t now_ms);
/* The item's lane, in the same way, if it is the item's turn and it may go now; else NULL. */
struct lane *lanes_begin(struct lanes *l, const struct item *item, int64_t now_ms);
/* Would the chat's next item go at once? */
bool lanes_are_free(const struct lanes *l, const char *chat, int64_t now_ms);
/* Something that is no entry wants to go to this group or channel: 0, it may go now, and the chat's
 * budget is charged; else when to ask again. Half of the budget is kept for entries, and all of it
 * while some wait. */
int64_t lanes_spare_ms(struct lanes *l, const char *chat, int64_t now_ms);
/* When to ask again; INT64_MAX: after the next add or release. */
int64_t lanes_wake_ms(const struct lanes *l);

/* Does `next` go out as one message with what stands before it in its lane? */
bool lanes_joins(const struct lanes *l, const struct entry *whole, const struct entry *next);
/* The message that the chosen burst makes; parts of it live in `a`, the rest in the items. */
struct entry lanes_message(const struct lane *lane, struct arena *a);

/* One of the chosen burst is settled already: out of it, and the caller's. */
void lanes_remove(struct lanes *l, struct lane *lane, struct item *item);
/* The burst is out, or given up: its items, first to last, now the caller's. */
struct item *lanes_pop(struct lanes *l, struct lane *lane);
/* One more call for the chosen burst: may it go now? Then its chat's budget is charged again. */
bool lanes_charge(const struct lanes *l, struct lane *lane, int64_t now_ms);
/* Before its release: the chosen burst was not sent after all, so its chat's budget is as it
 * was. */
void lanes_refund(struct lane *lane);
/* No longer busy; goes on at `not_before_ms` (0: at once). An empty lane may be freed by this. */
void lanes_release(struct lanes *l, struct lane *lane, int64_t not_before_ms);
void lanes_pause_chat(struct lane *lane, int64_t until_ms);
/* The same, before its first entry, too. */
void lanes_pause(struct lanes *l, const char *chat, int64_t until_ms);
/* Its chat, or all. */
int64_t lanes_paused_until_ms(const struct lanes *l, const struct lane *lane);
/* Its chat was paused and is no more: true once. */
bool lanes_end_pause(struct lane *lane, int64_t now_ms);
/* What kept the chat's lanes back is mended: their backoff ends, a pause stays. */
void lanes_hurry(struct lanes *l, const char *chat);
void lanes_pause_all(struct lanes *l, int64_t until_ms);

/* Forget all items but those of bursts under way: `gone` is called for each before it is freed. */
void lanes_forget(struct lanes *l, void (*gone)(void *arg, const struct item *), void *arg);
size_t lanes_count(const struct lanes *l); /* items held */
void item_free(struct item *item);

#endif
