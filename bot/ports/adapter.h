/* A platform: one file (or folder) in adapters/ that ends in `const struct adapter <name>_adapter`,
 * and one line in adapters/list.h.
 *
 * It turns what arrives into events and hands them in; it turns outgoing content into requests. It
 * decides nothing: order, rate limits and repeats are the outbox's. Decode (JSON -> event) and
 * encode (outgoing -> request) are pure. */
#ifndef ZAIDE_PORTS_ADAPTER_H
#define ZAIDE_PORTS_ADAPTER_H

#include "bot/base/settings.h"
#include "bot/model/document.h"
#include "bot/model/event.h"
#include "bot/model/facts.h"
#include "bot/model/phrases.h"

struct loop;
struct web_request;
struct web_answer;

/* One thing to do on the platform. */
enum outgoing_kind {
    OUTGOING_CONTENT, /* say, edit, delete, react (see content.kind) */
    OUTGOING_OPEN /* a topic with the title content.text in the room `to`; its id is the thread */
};
struct outgoing {
    enum outgoing_kind kind;
    struct address to; /* chat, and thread for a topic */
    struct content content;
    const char *about_id; /* the platform's, of what is edited, deleted, reacted or replied to */
    int64_t committed_ms; /* when it was said */
    bool is_bulk;         /* one of very many: a wait for it says nothing about the others */
};

enum delivery_outcome {
    DELIVERY_SENT,        /* id: the platform's message id ("" where there is none) */
    DELIVERY_RETRY_AFTER, /* it surely did not go out; again after retry_ms (0: as the outbox likes)
                           */
    DELIVERY_REFUSED,     /* for good: refusal, why; migrated_to where the chat has a new id */
    DELIVERY_UNKNOWN      /* it may have gone out */
};
struct delivery {
    enum delivery_outcome outcome;
    const char *id;
    const char *const *ids; /* of an album: one a file, in their order; NULL: there is only `id` */
    size_t n_ids;
    int64_t retry_ms;
    bool whole_account; /* the wait is for the whole bot, not for this chat */
    enum refusal refusal;
    const char *why; /* the platform's words, for the log and the agent */
    const char *migrated_to;
};

struct adapter_limits { /* what the outbox keeps to; 0: no limit */
    int chat_per_s, chat_burst;
    int group_per_min;     /* over all topics, edits and topic creation included */
    int community_per_min; /* posts in a community group (GROUP_PER_MIN): a limit of our own */
    size_t max_in_flight;
    bool joins; /* a call costs: a greeting and the answer, a case's card and its words are one */
};

/* What an adapter may call. Given to open(); lives as long as the adapter. */
struct adapter_host {
    struct loop *loop;
    const struct settings *settings;
    struct phrases *const
        *phrases;                 /* for menus and descriptions; a reload swaps what it points to */
    struct adapter_limits limits; /* the adapter's; open() may change them by its settings */
    const char *username;         /* the bot's own, "" until the adapter knows it (it sets this) */
    void *core;

    /* The bot's own id is known and it may be used. Once. */
    void (*ready)(struct adapter_host *host, const char *account, const char *username);
    /* It cannot work now, in words that name the next step ("token refused: …"); NULL: it works
     * again. For doctor, /healthz and the log. */
    void (*trouble)(struct adapter_host *host, const char *what);
    /* This chat is a staff room, by settings or by nature. After ready. */
    void (*add_room)(struct adapter_host *host, const char *chat);
    /* All of them were added: what an earlier start had in its settings and this one has not is no
     * staff room any more. Commands of other processes learn of the rooms by this; without it they
     * stay this process's own (the console's). */
    void (*rooms_done)(struct adapter_host *host);
    /* An agent who needs no registering (the console's own), with the rights of an admin. */
    void (*add_agent)(struct adapter_host *host, const char *user);
    /* Hand in an event (copied). done comes exactly once, after its commit, or after it was found
     * to need none: then acknowledge. It does not come while the store is away. */
    void (*deliver)(struct adapter_host *host, const struct event *event, void (*done)(void *arg),
                    void *arg);
    /* Settle a send. Exactly once each, never from inside send(). */
    void (*settle)(struct adapter_host *host, void *ticket, const struct delivery *delivery);
};

struct room_check {      /* what doctor and the binding of a room want to know */
    const char *creator; /* user id, or "" */
    const char *title;
    const char *moved_to;    /* the chat has this id now (and the problem room.moved), or NULL */
    const char *problems[8]; /* phrase keys "room.no_topics" … */
    size_t n_problems;
    const char *advice; /* the same in English, with the fix, for who runs us; or "" */
    bool is_unfit;      /* what is missing keeps cases from being shown there */
};

struct adapter {
    const char *name, *help;
    const char *title; /* as customers call it, "Telegram"; NULL: they do not know it */
    const struct setting *settings;
    size_t max_text; /* UTF-16 units a message */
    struct adapter_limits limits;

    /* Is it configured? Adapters that are not are never opened. */
    bool (*is_on)(const struct settings *settings);
    /* -1 and `why` for what can never work; trouble on the network is told through host->trouble
     * and retried. */
    int (*open)(struct adapter_host *host, void **self, struct buf *why);
    /* Read, or stop reading (no lease, the store is away, shutdown). What was delivered stays to be
     * acknowledged. */
    void (*listen)(void *self, bool on);
    /* The platform calls POST /hook/<name>; see bot/io/web.h. NULL: it never does. */
    void (*hook)(void *self, const struct web_request *request, struct web_answer *answer);
    void (*send)(void *self, const struct outgoing *outgoing, void *ticket);
    /* Transient, best effort: the answer to a button press. */
    void (*show)(void *self, const struct event *pressed, const char *text);
    /* The bytes of a file that somebody sent (its id; text and len may be any bytes), of at most
     * `max`. done comes once, maybe from inside; NULL when the adapter is closed before. What
     * document->text points to need not outlive it. NULL: the platform hands out none. */
    void (*fetch)(void *self, const struct file *file, size_t max,
                  void (*done)(void *arg, const struct document *document), void *arg);
    /* done(NULL) when the adapter is closed before. */
    void (*check_room)(void *self, const struct address *room,
                       void (*done)(void *arg, const struct room_check *check), void *arg);
    /* doctor: a line each, "ok" or what to do; done ends it. Rooms bound by /staff are looked at
     * like those of the settings. is_led: a running zaide has the account's lease, so it is the one
     * who reads. */
    void (*diagnose)(void *self, const struct facts *facts, bool is_led,
                     void (*line)(void *arg, bool ok, const char *what), void (*done)(void *arg),
                     void *arg);
    void (*close)(void *self); /* sends not settled are UNKNOWN: the outbox knows */
};

#endif
