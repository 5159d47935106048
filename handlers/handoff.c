/* Everything else goes to a person: opens the case, tells the customer the place, shows the case
 * and every further word to staff. */
#include "bot/ports/handler.h"

#include "handlers/again.h"
#include "handlers/group/group.h"
#include "handlers/incident/incident.h"
#include "handlers/staff/case.h"
#include "handlers/staff/steps.h"

#define BURST_HOLD_MS  600
#define NOTED_EVERY_MS (3 * 60 * 1000) /* "I've added that" not after each line of a burst */
#define TOPIC          "topic:"        /* what faq.c's buttons say, and the id */

/* --- the customer hears --- */

static const char *ahead(const struct turn *t, size_t place)
{
    if (place == 2)
        return turn_phrase(t, LANE_CUSTOMER, "handoff.ahead_one");
    return turn_phrase(t, LANE_CUSTOMER, "handoff.ahead_many",
                       FILL("n", turn_number(t, (int64_t)place - 1)));
}

static void tell_place(const struct turn *t, struct effects *e)
{
    const struct conversation *c = t->subject;
    size_t place = facts_place(t->facts, c);
    bool speaks;
    size_t on_shift = facts_on_shift(t->facts, t->event->now_ms, c->lang, &speaks);
    const char *no = turn_number(t, c->case_no);
    if (!on_shift)
        say(t, e, LANE_CUSTOMER, "handoff.nobody", FILL("case", no));
    else if (place == 1)
        say(t, e, LANE_CUSTOMER, "handoff.next", FILL("case", no));
    else
        say(t, e, LANE_CUSTOMER, "handoff.waiting", FILL("case", no),
            FILL("ahead", ahead(t, place)));
    if (on_shift && !speaks)
        say(t, e, LANE_CUSTOMER, "handoff.other_language");
    effect_set_int(e, announced, t->event->now_ms);
}

static void say_noted(const struct turn *t, struct effects *e, const char *place)
{
    say(t, e, LANE_CUSTOMER, "handoff.noted", FILL("case", turn_number(t, t->subject->case_no)),
        FILL("place", place));
}

static void tell_noted(const struct turn *t, struct effects *e)
{
    size_t place = facts_place(t->facts, t->subject);
    say_noted(t, e,
              place == 1 ? turn_phrase(t, LANE_CUSTOMER, "handoff.place_next")
                         : turn_phrase(t, LANE_CUSTOMER, "handoff.place",
                                       FILL("n", turn_number(t, (int64_t)place))));
    effect_set_int(e, announced, t->event->now_ms);
}

/* --- staff sees --- */

static void relay_to_staff(const struct turn *t, struct effects *e)
{
    const struct content *content = &t->event->content;
    if (content->kind == CONTENT_EDIT) {
        struct effect *said = say(t, e, LANE_STAFF, "staff.edited", FILL("text", content->text));
        said->content.about_line = content->about_line; /* what it was stands there */
        said->hold_ms = BURST_HOLD_MS;
        return;
    }
    struct effect *shown = effect_relay(e, LANE_STAFF, "customer");
    if (content->unreadable) { /* behind what can be read of it */
        const char *kind =
            turn_phrase(t, LANE_STAFF, "staff.unreadable", FILL("kind", content->unreadable));
        shown->content.text = content_is_empty(content)
                                  ? kind
                                  : arena_printf(t->arena, "%s\n%s", content->text, kind);
    }
    if (content->kind == CONTENT_TEXT && !content->n_files)
        shown->hold_ms = BURST_HOLD_MS;
}

/* --- turns --- */

static void open_case(const struct turn *t, struct effects *e)
{
    case_show_card(t, e);
    case_show_history(t, e);
    steps_begin(t, e);
    case_arm_alarm(t, e);
    if (e->report)
        effect_set(e, report, report_print(t->arena, e->report));
    if (t->event->type == EVENT_MESSAGE) {
        relay_to_staff(t, e);
        again_keep(t, e);
    }
    tell_place(t, e);
}

static bool is_answered(const struct effects *e)
{
    for (size_t i = 0; i < e->n; i++)
        if (e->items[i]->type == EFFECT_SAY && e->items[i]->lane == LANE_CUSTOMER)
            return true;
    return false;
}

/* What the bot knows it has said by now. The same words once more deserve a word, too: the place.
 */
static void tell_waiting(const struct turn *t, struct effects *e)
{
    int64_t since = t->event->now_ms - t->subject->announced;
    if (is_answered(e))
        again_keep(t, e);
    else if (since >= AGAIN_MS && again_asked(t))
        tell_place(t, e);
    if (t->event->now_ms - t->subject->announced > NOTED_EVERY_MS)
        tell_noted(t, e);
}

static void add_to_case(const struct turn *t, struct effects *e)
{
    const struct conversation *c = t->subject;
    bool speaks = t->event->content.kind == CONTENT_TEXT;
    if (conversation_is_parked(c)) { /* history.c keeps it */
        incident_stay(t, e);
        return;
    }
    relay_to_staff(t, e);
    if (!speaks)
        return;
    if (c->state == STATE_WAITING && e->report && !report_is_empty(e->report))
        effect_set(e, report, report_print(t->arena, e->report));
    if (c->state == STATE_PENDING)
        case_resume(t, e, "staff.pending_reply");
    if (!c->unanswered) {
        effect_set_int(e, unanswered, t->event->now_ms);
        case_arm_claim(t, e);
        case_arm_alarm(t, e);
    }
    if (c->state == STATE_WAITING)
        tell_waiting(t, e);
}

static void tell_who_has_it(const struct turn *t, struct effects *e)
{
    say_noted(t, e,
              turn_phrase(t, LANE_CUSTOMER, "handoff.place_with",
                          FILL("agent", case_alias(t, t->subject->owner))));
}

/* A person is asked for once more: the place again, or who has it. */
static void asked_again(const struct turn *t, struct effects *e)
{
    incident_leave(t, e, NULL);
    if (t->subject->state == STATE_WAITING)
        tell_place(t, e);
    else
        tell_who_has_it(t, e);
}

/* Whoever writes his own client may send anything. */
static bool picks_topic(const char *data)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
    const char *id = data + strlen(TOPIC);
    return starts_with(data, TOPIC) && *id && !id[strspn(id, letters)];
}

/* It was answered already when the bot knew something about it. */
static void pick_topic(const struct turn *t, struct effects *e, const char *topic)
{
    bool is_answered = false;
    for (size_t i = 0; i < e->n; i++)
        is_answered |= e->items[i]->type == EFFECT_SHOW;
    if (str_empty(t->subject->topic))
        effect_set(e, topic, topic);
    say(t, e, LANE_STAFF, "staff.picked", FILL("topic", topic));
    if (is_answered)
        return;
    effect_show(e, "");
    if (t->subject->state == STATE_WAITING)
        tell_noted(t, e);
    else
        tell_who_has_it(t, e);
}

static bool asks_for_human(const struct event *event)
{
    return event->type == EVENT_BUTTON ? str_eq(event->data, "human")
                                       : str_eq(event->content.text, "/human");
}

static enum verdict message(const struct turn *t, struct effects *e)
{
    const struct content *content = &t->event->content;
    if (content->unreadable)
        say(t, e, LANE_CUSTOMER, "handoff.unreadable", FILL("kind", content->unreadable));
    if (e->opens_case) {
        open_case(t, e);
    } else if (t->subject->state != STATE_BOT) {
        if (!asks_for_human(t->event) || !conversation_is_parked(t->subject))
            add_to_case(t, e);
        if (asks_for_human(t->event))
            asked_again(t, e);
    } else if (content->kind == CONTENT_TEXT &&
               (!content_is_empty(content) || str_eq(content->unreadable, UNREADABLE_DEADLY))) {
        const char *reason = content->unreadable        ? "unreadable"
                             : str_empty(content->text) ? "media"
                                                        : "unsure";
        struct case_opening why = {.reason = reason, .team = "support", .priority = 2};
        effect_enqueue(e, &why);
        open_case(t, e);
    }
    return HANDLER_DONE;
}

static enum verdict handle(const void *self, const struct turn *t, struct effects *e)
{
    (void)self;
    if (!turn_is_customer(t)) {
        if (e->opens_case) /* a timer's */
            open_case(t, e);
        return HANDLER_PASS;
    }
    if (turn_in_group(t)) {
        if (group_is_owed_answer(t))
            group_take_private(t, e, "group.unsure");
        return HANDLER_DONE;
    }
    if (t->event->type == EVENT_MESSAGE)
        return message(t, e);
    if (e->opens_case)
        open_case(t, e);
    else if (asks_for_human(t->event) && t->subject->state != STATE_BOT)
        asked_again(t, e);
    else if (picks_topic(t->event->data) && t->subject->state != STATE_BOT)
        pick_topic(t, e, t->event->data + strlen(TOPIC));
    else
        effect_show(e, ""); /* a button from long ago: answered, so that it stops spinning */
    return HANDLER_DONE;
}

const struct handler handoff_handler = {
    .name = "handoff",
    .help = "cases for people",
    .states = IN_ANY_STATE,
    .in_groups = true,
    .handle = handle,
};
