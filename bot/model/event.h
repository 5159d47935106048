/* Everything that happens, as one type. Time is part of the event: nobody behind the inbox reads a
 * clock. */
#ifndef ZAIDE_MODEL_EVENT_H
#define ZAIDE_MODEL_EVENT_H

#include "bot/model/message.h"
#include "bot/model/talk.h"

enum event_type {
    EVENT_MESSAGE, /* content from a customer or from staff */
    EVENT_BUTTON,  /* `data` of a button that we showed under message `content.about_id` */
    EVENT_TIMER,   /* `data` names the timer, `due_ms` when it was due */
    EVENT_REFUSED, /* the platform refused a send for good: `refusal`, `line`, `lane` */
    EVENT_DOUBT,   /* a send may have arrived twice: `line`, `lane` */
    EVENT_MEMBER,  /* the customer "blocked" or "unblocked" us, our standing "changed", somebody
                      "joined" a group: `data` */
    EVENT_HOME,    /* a case's topic: "closed", "opened" by hand, or "lost" in `lane`: `data` */
    EVENT_ROOM,    /* a staff room was checked: `data` is its creator's user id, see `problems` */
    EVENT_TOLD     /* another subject says `data` (see effect_tell) */
};
const char *event_type_name(enum event_type t);

/* Why a platform refused; each has a phrase "refused.<name>" for the agent. */
enum refusal {
    REFUSAL_OTHER,
    REFUSAL_BLOCKED,      /* by the user */
    REFUSAL_DEACTIVATED,  /* the user's account is gone */
    REFUSAL_NOT_STARTED,  /* a bot may not write first */
    REFUSAL_NO_CHAT,
    REFUSAL_KICKED,
    REFUSAL_NO_RIGHT,     /* the bot is no longer admin, or lacks the right */
    REFUSAL_NO_TOPIC,     /* the thread is gone */
    REFUSAL_TOPIC_CLOSED,
    REFUSAL_NO_FORUM,     /* topics were switched off */
    REFUSAL_NO_MESSAGE,   /* the message to edit, delete or reply to is gone */
    REFUSAL_TOO_LONG,
    REFUSAL_TOO_OLD,
    REFUSAL_TOO_MANY,     /* gave up after all attempts */
    REFUSAL_FILE,
    REFUSAL_UNREADABLE,   /* not by the platform: the outbox could not read it back */
    REFUSALS
};
const char *refusal_name(enum refusal r);

/* The id comes from the event, never from its arrival; a repeat has the same one. */
struct event_id {
    const char *bucket; /* "77:3815": account and update id >> 14; others the event's own UTC day */
    const char *member; /* low 14 bits; others their text id */
};

/* In place of the content of an event that ended the process twice: nobody looks into it again, a
 * person is asked. */
#define UNREADABLE_DEADLY "message"

struct origin { /* what a platform says of somebody; "" where it says nothing */
    const char *user, *name, *username;
};

struct event {
    enum event_type type;
    struct event_id id;
    int64_t now_ms;
    struct address from;     /* where it happened and who did it */
    const char *name;        /* display name of who did it, or "" */
    const char *username;    /* without @, or "" */
    const char *lang_hint;   /* the platform's guess ("zh-hans"), or "" */
    bool is_private;         /* a chat with the bot alone */
    bool is_to_us;           /* a group's message that mentions, commands or answers us … */
    bool is_to_others;       /* … that mentions, answers or calls somebody else */
    int64_t sent_ms;         /* when it was written, by the platform's clock; 0: unknown */
    bool is_carried;         /* asked in a group, brought here by the customer */
    const struct talk *talk; /* of a community group, before this message; NULL: it is none */
    bool is_anonymous;       /* an anonymous admin, a channel or a bot: does not speak for us */
    const char *message_id;  /* the platform's id of the message, or NULL */
    const char *about_user;  /* a reply: whom it answers (ourselves: the account); "" unknown */
    struct origin forwarded; /* who wrote what this message only passes on, if it does */
    struct content *replied; /* what a command in a group answers, when the platform sent it along;
                              * else NULL. Screened, never stored */
    struct content content;  /* MESSAGE; BUTTON: about_id; REFUSED: what was refused */
    const char *proof; /* MESSAGE: what a sign-in link brought, taken out of the text by a screen */
    const char *data;
    const char *callback_id; /* BUTTON: what the platform wants answered */
    int64_t due_ms;
    enum refusal refusal;
    int64_t line;
    const char *lane;            /* REFUSED, DOUBT: "customer" or the room's id */
    const char *const *problems; /* ROOM: what is missing, as phrase keys; or ROOM_MOVED alone */
    size_t n_problems;

    /* Set by the inbox: */
    const char *subject; /* conversation or room id */
    const char *room;    /* the staff room it came through; NULL: the customer's side */
};

#define MEMBER_JOINED "joined"
#define ROOM_MOVED "room.moved" /* the platform gave the room's chat the id `data` */

/* From the customer's side, by the customer? (A staff room's and an agent's events are not.) */
static inline bool event_is_by_customer(const struct event *e)
{
    return !e->room && (e->type == EVENT_MESSAGE || e->type == EVENT_BUTTON);
}

/* A deep copy in the arena. */
struct event *event_copy(struct arena *a, const struct event *e);

#endif
