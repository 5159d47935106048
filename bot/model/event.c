#include "bot/model/event.h"

static const char *const event_type_names[] = {
    [EVENT_MESSAGE] = "message", [EVENT_BUTTON] = "button", [EVENT_TIMER] = "timer",
    [EVENT_REFUSED] = "refused", [EVENT_DOUBT] = "doubt",   [EVENT_MEMBER] = "member",
    [EVENT_HOME] = "home",       [EVENT_ROOM] = "room",     [EVENT_TOLD] = "told",
};

static const char *const refusal_names[REFUSALS] = {
    [REFUSAL_OTHER] = "other",
    [REFUSAL_BLOCKED] = "blocked",
    [REFUSAL_DEACTIVATED] = "deactivated",
    [REFUSAL_NOT_STARTED] = "not_started",
    [REFUSAL_NO_CHAT] = "no_chat",
    [REFUSAL_KICKED] = "kicked",
    [REFUSAL_NO_RIGHT] = "no_right",
    [REFUSAL_NO_TOPIC] = "no_topic",
    [REFUSAL_TOPIC_CLOSED] = "topic_closed",
    [REFUSAL_NO_FORUM] = "no_forum",
    [REFUSAL_NO_MESSAGE] = "no_message",
    [REFUSAL_TOO_LONG] = "too_long",
    [REFUSAL_TOO_OLD] = "too_old",
    [REFUSAL_TOO_MANY] = "too_many",
    [REFUSAL_FILE] = "file",
    [REFUSAL_UNREADABLE] = "unreadable",
};

const char *event_type_name(enum event_type t)
{
    return event_type_names[t];
}

const char *refusal_name(enum refusal r)
{
    return refusal_names[r];
}

static const char *or_empty(struct arena *a, const char *s)
{
    return s ? arena_strdup(a, s) : "";
}

struct event *event_copy(struct arena *a, const struct event *e)
{
    struct event *c = arena_alloc(a, sizeof(*c));
    *c = *e;
    c->id = (struct event_id){or_empty(a, e->id.bucket), or_empty(a, e->id.member)};
    c->from = (struct address){or_empty(a, e->from.platform), or_empty(a, e->from.account),
                               or_empty(a, e->from.chat), or_empty(a, e->from.thread),
                               or_empty(a, e->from.user)};
    c->name = or_empty(a, e->name);
    c->username = or_empty(a, e->username);
    c->lang_hint = or_empty(a, e->lang_hint);
    c->message_id = arena_strdup(a, e->message_id);
    c->about_user = or_empty(a, e->about_user);
    c->forwarded = (struct origin){or_empty(a, e->forwarded.user), or_empty(a, e->forwarded.name),
                                   or_empty(a, e->forwarded.username)};
    c->proof = arena_strdup(a, e->proof);
    c->data = or_empty(a, e->data);
    c->callback_id = arena_strdup(a, e->callback_id);
    c->lane = arena_strdup(a, e->lane);
    c->subject = arena_strdup(a, e->subject);
    c->room = arena_strdup(a, e->room);
    const char **problems = arena_alloc(a, (e->n_problems + 1) * sizeof(*problems));
    for (size_t i = 0; i < e->n_problems; i++)
        problems[i] = arena_strdup(a, e->problems[i]);
    c->problems = problems;
    content_copy(a, &c->content, &e->content);
    if (e->replied) {
        c->replied = arena_alloc(a, sizeof(*c->replied));
        content_copy(a, c->replied, e->replied);
    }
    c->talk = talk_copy(a, e->talk);
    return c;
}
