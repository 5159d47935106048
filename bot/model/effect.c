#include "bot/model/effect.h"

#include "bot/model/audience.h"

#include <inttypes.h>

static struct effect *append(struct effects *e, enum effect_type type)
{
    ARENA_GROW(e->arena, e->items, e->n, e->cap);
    struct effect *made = arena_alloc(e->arena, sizeof(*made));
    made->type = type;
    made->author = "bot";
    made->content.text = "";
    return e->items[e->n++] = made;
}

/* --- saying --- */

struct effect *effect_say(struct effects *e, enum lane_id lane, const struct content *content)
{
    struct effect *made = append(e, EFFECT_SAY);
    made->lane = lane;
    made->content = *content;
    if (lane == LANE_CUSTOMER && (content->kind == CONTENT_TEXT || content->kind == CONTENT_DELETE))
        made->line = ++e->subject->lines;
    return made;
}

struct effect *effect_say_as(struct effects *e, const char *author, int64_t line,
                             const struct content *content)
{
    struct effect *made = append(e, EFFECT_SAY);
    made->lane = LANE_CUSTOMER;
    made->content = *content;
    made->author = author;
    made->line = line;
    return made;
}

struct effect *effect_relay_line(struct effects *e, enum lane_id lane,
                                 const struct content *content, const char *author,
                                 const char *room, int64_t line)
{
    struct effect *made = append(e, EFFECT_SAY);
    made->lane = lane;
    made->content = *content;
    made->content.buttons = NULL;
    made->content.n_buttons = 0;
    made->author = author;
    made->line = line;
    made->relay = true;
    made->room = room;
    return made;
}

struct effect *effect_relay(struct effects *e, enum lane_id lane, const char *author)
{
    return effect_relay_line(e, lane, &e->event->content, author, e->event->room, e->line);
}

struct effect *effect_show(struct effects *e, const char *text)
{
    struct effect *made = append(e, EFFECT_SHOW);
    made->content.text = text;
    return made;
}

/* --- the subject --- */

/* Copied: what facts own may be gone when the commit is answered. */
static void set_named(struct effects *e, const char *name, const char *value)
{
    name = arena_strdup(e->arena, name);
    value = arena_strdup(e->arena, value);
    conversation_set(e->subject, e->arena, name, value);
    struct effect *made = append(e, EFFECT_SET);
    made->name = name;
    made->value = value;
}

void effect_set_(struct effects *e, enum conversation_field f, const char *value)
{
    set_named(e, conversation_field_name(f), value);
}

void effect_set_int_(struct effects *e, enum conversation_field f, int64_t value)
{
    set_named(e, conversation_field_name(f), arena_int(e->arena, value));
}

void effect_var(struct effects *e, const char *name, const char *value)
{
    set_named(e, name, value);
}

void effect_timer(struct effects *e, const char *name, int64_t due_ms)
{
    const char *var = arena_printf(e->arena, "timer.%s", name);
    if (!due_ms && str_empty(conversation_var(e->subject, var)))
        return;
    conversation_set(e->subject, e->arena, var,
                     due_ms ? arena_int(e->arena, due_ms) : "");
    struct effect *made = append(e, EFFECT_TIMER);
    made->name = name;
    made->number = due_ms;
}

void effect_count(struct effects *e, const char *counter, int64_t n)
{
    struct effect *made = append(e, EFFECT_COUNT);
    made->name = counter;
    made->number = n;
}

void effect_asked(struct effects *e, const char *what)
{
    if (!str_empty(what) && !conversation_is_group(e->subject))
        effect_set(e, questions,
                   asked_add(e->arena, e->subject->questions, what, e->event->now_ms));
}

/* --- the case --- */

static void set_state(struct effects *e, enum conversation_state state)
{
    effect_set_int(e, state, state);
}

bool effect_enqueue(struct effects *e, const struct case_opening *why)
{
    struct conversation *c = e->subject;
    if (c->state != STATE_BOT) {
        if (why->priority < c->priority) {
            effect_set_int(e, priority, why->priority);
            effect_set(e, reason, why->reason);
        }
        return false;
    }
    e->opens_case = true;
    set_state(e, STATE_WAITING);
    effect_set_int(e, case_no, e->next_case);
    effect_set(e, reason, why->reason);
    effect_set(e, topic, why->topic ? why->topic : "");
    effect_set(e, team, why->team ? why->team : "");
    effect_set_int(e, priority, why->priority);
    effect_set_int(e, opened, e->event->now_ms);
    effect_set_int(e, since, e->event->now_ms);
    effect_set_int(e, unanswered, e->event->now_ms);
    effect_set_int(e, rated, 0);
    effect_count(e, "cases.opened", 1);
    return true;
}

/* Nobody's silence counts any more. */
static void disarm_owner(struct effects *e)
{
    effect_timer(e, "claim_remind", 0);
    effect_timer(e, "claim_return", 0);
    effect_timer(e, "case_idle", 0);
}

static void leave_pending(struct effects *e)
{
    effect_set(e, pending_for, "");
    effect_set_int(e, pending_until, 0);
    effect_timer(e, "pending", 0);
    effect_timer(e, "pending_update", 0);
}

bool effect_claim(struct effects *e, const char *agent)
{
    struct conversation *c = e->subject;
    if (c->state == STATE_BOT || str_eq(c->owner, agent))
        return false;
    if (c->state == STATE_PENDING)
        leave_pending(e);
    set_state(e, STATE_CLAIMED);
    effect_set(e, owner, agent);
    effect_set_int(e, claimed, e->event->now_ms);
    effect_set_int(e, announced, 0);
    effect_count(e, "cases.claimed", 1);
    return true;
}

bool effect_release(struct effects *e)
{
    struct conversation *c = e->subject;
    if (c->state != STATE_CLAIMED && c->state != STATE_PENDING)
        return false;
    if (c->state == STATE_PENDING)
        leave_pending(e);
    set_state(e, STATE_WAITING);
    effect_set(e, owner, "");
    effect_set_int(e, claimed, 0);
    disarm_owner(e);
    effect_count(e, "cases.returned", 1);
    return true;
}

bool effect_pend(struct effects *e, const char *whom, int64_t until_ms)
{
    if (e->subject->state != STATE_CLAIMED)
        return false;
    set_state(e, STATE_PENDING);
    effect_set(e, pending_for, whom);
    effect_set_int(e, pending_until, until_ms);
    disarm_owner(e);
    return true;
}

bool effect_park(struct effects *e, const char *incident)
{
    if (e->subject->state != STATE_WAITING)
        return false;
    set_state(e, STATE_PENDING);
    effect_set(e, pending_for, incident);
    effect_set_int(e, unanswered, 0);
    effect_timer(e, "wait_alarm", 0);
    effect_count(e, "cases.parked", 1);
    return true;
}

bool effect_resume(struct effects *e)
{
    if (e->subject->state != STATE_PENDING)
        return false;
    leave_pending(e);
    set_state(e, STATE_CLAIMED);
    effect_set_int(e, claimed, e->event->now_ms);
    return true;
}

bool effect_close(struct effects *e)
{
    struct conversation *c = e->subject;
    if (c->state == STATE_BOT)
        return false;
    if (c->state == STATE_PENDING)
        leave_pending(e);
    effect_set_int(e, last_case, c->case_no);
    effect_set(e, last_owner, c->owner);
    effect_set(e, last_topic, c->topic);
    effect_set(e, last_reason, c->reason);
    effect_set(e, last_team, c->team);
    effect_set_int(e, last_priority, c->priority);
    static const enum conversation_field of_the_case[] = {
        FIELD_case_no,    FIELD_opened,    FIELD_since,       FIELD_claimed,
        FIELD_unanswered, FIELD_replies,   FIELD_first_reply, FIELD_reply_ms,
        FIELD_priority,   FIELD_announced, FIELD_misses,      FIELD_incident,
        FIELD_incident_rev,
    };
    set_state(e, STATE_BOT);
    for (size_t i = 0; i < ARRAY_LEN(of_the_case); i++)
        effect_set_int_(e, of_the_case[i], 0);
    effect_set(e, owner, "");
    effect_set(e, reason, "");
    effect_set(e, topic, "");
    effect_set(e, team, "");
    effect_set(e, asked, "");
    effect_set(e, report, "");
    disarm_owner(e);
    effect_timer(e, "wait_alarm", 0);
    effect_count(e, "cases.closed", 1);
    return true;
}

/* The wall clock may go back. */
static int64_t passed_ms(const struct effects *e, int64_t since)
{
    return e->event->now_ms > since ? e->event->now_ms - since : 0;
}

void effect_answered(struct effects *e)
{
    struct conversation *c = e->subject;
    if (!c->unanswered)
        return;
    int64_t wait_ms = passed_ms(e, c->unanswered);
    if (!c->first_reply) {
        int64_t first_ms = passed_ms(e, c->opened);
        effect_set_int(e, first_reply, first_ms ? first_ms : 1);
        effect_count(e, "first.n", 1);
        effect_count(e, "first.ms", first_ms);
    }
    effect_set_int(e, replies, c->replies + 1);
    effect_set_int(e, reply_ms, c->reply_ms + wait_ms);
    effect_set_int(e, unanswered, 0);
    effect_count(e, "reply.n", 1);
    effect_count(e, "reply.ms", wait_ms);
}

/* --- others --- */

void effect_replace(struct effects *e, const char *hash, const char *key, const char *was,
                    const char *value)
{
    struct effect *made = append(e, EFFECT_PUT);
    made->name = hash;
    made->key = key;
    made->value = value;
    made->was = was ? arena_strdup(e->arena, was) : NULL; /* facts may be gone when it is committed */
}

void effect_put(struct effects *e, const char *hash, const char *key, const char *value)
{
    effect_replace(e, hash, key, NULL, value);
}

void effect_tell(struct effects *e, const char *subject, const char *data)
{
    struct effect *made = append(e, EFFECT_TELL);
    made->name = subject;
    made->value = data;
}

void effect_tell_content(struct effects *e, const char *subject, const struct content *content)
{
    struct effect *made = append(e, EFFECT_TELL);
    made->name = subject;
    made->value = "";
    made->content = *content;
}
