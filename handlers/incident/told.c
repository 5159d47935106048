#include "handlers/incident/incident.h"

#include "bot/model/audience.h"
#include "handlers/faq/answer.h"
#include "handlers/group/group.h"
#include "handlers/staff/case.h"
#include "handlers/when.h"

#include <inttypes.h>

#define ANOTHER  "incident:another:" /* a button, and the incident's id */
#define AGAIN    "incident.again"    /* when he was told last that his words are noted */
#define AGAIN_MS (3 * 60 * 1000)
#define LINE     "incident.line" /* of the post in a group */

/* --- words --- */

const char *incident_text(const struct turn *t, enum lane_id lane, const struct incident *i,
                          const char *case_no)
{
    const char *key = arena_printf(t->arena, "incident.%s", incident_state_name(i->state));
    const char *what = own_text(&i->what, turn_lang(t, lane));
    const char *since = i->from_ms && !i->until_ms ? when_at(t, lane, i->from_ms) : "";
    const char *window =
        i->from_ms && i->until_ms ? when_between(t, lane, i->from_ms, i->until_ms) : "";
    return turn_phrase(t, lane, key, FILL("what", what ? what : ""), FILL("pairs", i->pairs),
                       FILL("since", since), FILL("window", window), FILL("link", i->link),
                       FILL("case", case_no));
}

static void say_state(const struct turn *t, struct effects *e, const struct incident *i)
{
    bool is_open = i->state != INCIDENT_CLOSED;
    const char *no =
        turn_number(t, t->subject->case_no ? t->subject->case_no : t->subject->last_case);
    struct content content = {.text = incident_text(t, LANE_CUSTOMER, i, no)};
    struct effect *said = effect_say(e, LANE_CUSTOMER, &content);
    say_button(t, e, said, "incident.another", arena_printf(t->arena, ANOTHER "%" PRId64, i->id),
               false);
    if (is_open)
        say_button(t, e, said, "button.human", "human", true);
}

/* --- in and out of the queue --- */

static void note_told(struct effects *e, const struct incident *i)
{
    effect_set_int(e, incident, i->id);
    effect_set_int(e, incident_rev, i->rev);
    effect_asked(e, arena_printf(e->arena, ASKED_INCIDENT "%" PRId64, i->id));
}

static void park(const struct turn *t, struct effects *e, const struct incident *i)
{
    const char *subject = arena_printf(t->arena, INCIDENT_SUBJECT "%" PRId64, i->id);
    bool was_shown = !e->opens_case;
    if (!effect_park(e, subject) || !was_shown)
        return;
    say(t, e, LANE_STAFF, "incidents.parked", FILL("id", turn_number(t, i->id)))->decor = true;
    case_title(t, e, false);
}

void incident_leave(const struct turn *t, struct effects *e, const char *topic)
{
    if (!conversation_is_parked(t->subject) || !effect_release(e))
        return;
    effect_set_int(e, unanswered, t->event->now_ms);
    if (topic)
        effect_set(e, topic, topic);
    case_show_card(t, e);
    case_show_history(t, e);
    case_arm_alarm(t, e);
}

void incident_stay(const struct turn *t, struct effects *e)
{
    int64_t last = conversation_var_int(t->subject, AGAIN), now = t->event->now_ms;
    if (t->event->type != EVENT_MESSAGE || t->event->content.kind != CONTENT_TEXT ||
        (last && now - last < AGAIN_MS))
        return;
    struct effect *said = say(t, e, LANE_CUSTOMER, "incident.again",
                              FILL("case", turn_number(t, t->subject->case_no)));
    say_button(t, e, said, "incident.another",
               arena_printf(t->arena, ANOTHER "%" PRId64, t->subject->incident), false);
    say_button(t, e, said, "button.human", "human", true);
    effect_var(e, AGAIN, turn_number(t, now));
}

/* --- words of a customer --- */

const struct report *incident_report(const struct turn *t, struct effects *e, const char *topic)
{
    struct report *r = arena_alloc(t->arena, sizeof(*r));
    const char *words = turn_phrase(t, LANE_CUSTOMER, "incident.error_words");
    *r = report_read(t->arena, t->event->content.text, words);
    if (topic)
        r->topic = arena_strdup(t->arena, topic);
    e->report = r;
    return r;
}

bool incident_answer(const struct turn *t, struct effects *e, const struct report *r,
                     const struct item *item)
{
    const struct conversation *c = t->subject;
    const struct incident *i = facts_reported(t->facts, r, c->incident_not);
    if (!i || (c->state != STATE_BOT && c->state != STATE_WAITING && !conversation_is_parked(c)))
        return false;
    if (conversation_is_parked(c)) {
        incident_stay(t, e);
        return true;
    }
    bool waits = c->state == STATE_WAITING;
    struct case_opening why = {.reason = "incident",
                               .topic = i->topic,
                               .team = item ? item->team : "support",
                               .priority = item ? item->priority : 2};
    effect_enqueue(e, &why);
    effect_set(e, report, report_print(t->arena, r));
    if (waits) /* those who look at his topic have all he said */
        effect_relay(e, LANE_STAFF, "customer");
    say_state(t, e, i);
    note_told(e, i);
    effect_var(e, AGAIN, turn_number(t, t->event->now_ms));
    park(t, e, i);
    effect_count(e, "incidents.answered", 1);
    return true;
}

/* --- told by the incident --- */

static bool concerns(const struct turn *t, const struct incident *i)
{
    const struct conversation *c = t->subject;
    struct report r = report_parse(t->arena, c->report);
    if (c->state == STATE_BOT || c->incident_not == i->id)
        return false;
    if (c->incident == i->id)
        return c->incident_rev < i->rev;
    if (str_empty(r.topic))
        r.topic = c->topic;
    return c->state == STATE_WAITING && incident_is_open(i) && incident_has(i, &r);
}

/* It is over for him, without the question that ends a person's work. */
static void end(const struct turn *t, struct effects *e)
{
    if (conversation_is_parked(t->subject) && effect_close(e))
        case_title(t, e, true);
}

static void hear(const struct turn *t, struct effects *e, const struct incident *i)
{
    bool is_closed = i->state == INCIDENT_CLOSED;
    say_state(t, e, i);
    note_told(e, i);
    if (is_closed)
        end(t, e);
    else
        park(t, e, i);
}

static void edit_post(const struct turn *t, struct effects *e, const struct incident *i)
{
    struct content content = {.kind = CONTENT_EDIT,
                              .text = incident_text(t, LANE_CUSTOMER, i, ""),
                              .about_line = conversation_var_int(t->subject, LINE)};
    if (content.about_line)
        effect_say(e, LANE_CUSTOMER, &content);
}

/* "incident:3:5" */
static enum verdict told(const struct turn *t, struct effects *e, const char *data)
{
    const char *colon = strchr(data + strlen(INCIDENT_SUBJECT), ':');
    if (!colon)
        return HANDLER_PASS;
    const char *subject = arena_strndup(t->arena, data, (size_t)(colon - data));
    const struct conversation *record = need_record(e, subject);
    struct incident i;
    if (!record || !incident_of(t->arena, record, "now", &i))
        return HANDLER_DONE;
    if (turn_in_group(t))
        edit_post(t, e, &i);
    else if (concerns(t, &i))
        hear(t, e, &i);
    return HANDLER_DONE;
}

/* --- "my problem is another one" --- */

static enum verdict another(const struct turn *t, struct effects *e, const char *id)
{
    const struct conversation *c = t->subject;
    int64_t no;
    if (parse_i64(id, &no))
        return HANDLER_PASS;
    effect_show(e, "");
    bool was_parked = conversation_is_parked(c);
    if (c->incident_not != no)
        effect_set_int(e, incident_not, no);
    if (c->incident == no)
        effect_set_int(e, incident, 0);
    if (was_parked) {
        incident_leave(t, e, NULL);
        size_t place = facts_place(t->facts, c);
        say(t, e, LANE_CUSTOMER, "incident.returned", FILL("case", turn_number(t, c->case_no)),
            FILL("n", turn_number(t, (int64_t)place)));
        effect_set_int(e, announced, t->event->now_ms);
        return HANDLER_DONE;
    }
    if (c->state != STATE_BOT)
        return HANDLER_DONE;
    struct case_opening why = {.reason = "reopened", .team = "support", .priority = 2};
    case_reopen(t, e, &why);
    return HANDLER_PASS; /* handoff tells the place */
}

enum verdict told_handle(const struct turn *t, struct effects *e)
{
    const char *data = t->event->data;
    if (t->event->type == EVENT_TOLD && starts_with(data, INCIDENT_SUBJECT))
        return told(t, e, data);
    if (t->event->type == EVENT_BUTTON && turn_is_customer(t) && starts_with(data, ANOTHER))
        return another(t, e, data + strlen(ANOTHER));
    return HANDLER_PASS;
}

/* --- in a community group --- */

static const char *post_name(const struct turn *t, const struct incident *i)
{
    return arena_printf(t->arena, INCIDENT_SUBJECT "%" PRId64, i->id);
}

/* It may not be among the facts yet, or forgotten by this process since. */
static bool has_post(const struct turn *t, const struct incident *i)
{
    struct address at = t->event->from;
    at.thread = at.user = "";
    return words_have(i->groups, address_print(t->arena, &at)) ||
           talk_answered(t->event->talk, post_name(t, i), 0);
}

bool incident_in_group(const struct turn *t, struct effects *e, const struct report *r)
{
    const struct incident *i = facts_reported(t->facts, r, 0);
    if (!i)
        return false;
    const struct talk_post *post = talk_answered(t->event->talk, post_name(t, i), 0);
    if (has_post(t, i)) {
        if (!t->event->is_to_us)
            return true; /* it stands there, pinned */
        struct effect *said = say(t, e, LANE_CUSTOMER, "incident.see_pinned");
        said->content.about_line = e->line;
        if (post && post->message_id)
            content_button(t->arena, &said->content,
                           turn_phrase(t, LANE_CUSTOMER, "group.button_see"), NULL)
                ->message_id = post->message_id;
        return true;
    }
    struct content content = {.text = incident_text(t, LANE_CUSTOMER, i, ""), .pin = true};
    struct effect *said = group_answer(t, e, &content);
    said->topic = post_name(t, i);
    group_private_button(t, e, said);
    effect_var(e, LINE, turn_number(t, said->line));
    effect_tell(e, post_name(t, i),
                arena_printf(t->arena, INCIDENT_POST "%" PRId64 " %s", i->rev, t->subject->id));
    effect_count(e, "group.incident", 1);
    return true;
}
