/* After a case: "solved?", then 1 to 5. "Not yet" opens it again, for a person. */
#include "bot/ports/handler.h"

#include "handlers/staff/case.h"

#define LOW_RATING 2

static bool is_last_case(const struct turn *t, const char *no)
{
    return str_eq(no, turn_number(t, t->subject->last_case)) && t->subject->state == STATE_BOT;
}

#define ASKED "rating.asked" /* of which case */

static bool was_asked(const struct turn *t)
{
    return conversation_var_int(t->subject, ASKED) == t->subject->last_case;
}

static void solved(const struct turn *t, struct effects *e)
{
    effect_var(e, ASKED, turn_number(t, t->subject->last_case));
    struct effect *asked = say(t, e, LANE_CUSTOMER, "close.rate");
    for (int stars = 1; stars <= 5; stars++) {
        char *label = arena_printf(t->arena, "%d", stars);
        char *data = arena_printf(t->arena, "rate:%d:%ld", stars, (long)t->subject->last_case);
        content_button(t->arena, &asked->content, label, data)->same_row = stars > 1;
    }
}

static void reopen(const struct turn *t, struct effects *e)
{
    const struct conversation *c = t->subject;
    struct case_opening why = {.reason = "reopened",
                               .topic = arena_strdup(t->arena, c->last_topic),
                               .team = arena_strdup(t->arena, c->last_team),
                               .priority = c->last_priority ? (int)c->last_priority : 2};
    say(t, e, LANE_CUSTOMER, "close.reopened");
    case_reopen(t, e, &why); /* handoff tells the place and shows it to staff */
    effect_count(e, "cases.reopened", 1);
}

static void rate(const struct turn *t, struct effects *e, int stars)
{
    const struct conversation *c = t->subject;
    const char *number = turn_number(t, stars), *no = turn_number(t, c->last_case);
    const char *agent = case_alias(t, c->last_owner);
    effect_set_int(e, rated, stars);
    effect_count(e, "rating.n", 1);
    effect_count(e, "rating.sum", stars);
    say(t, e, LANE_CUSTOMER, "close.thanks");
    say(t, e, LANE_STAFF, "staff.rated", FILL("stars", number), FILL("case", no),
        FILL("agent", agent));
    if (stars <= LOW_RATING)
        say(t, e, LANE_STAFF, "staff.low_rating", FILL("leads", case_leads(t)),
            FILL("stars", number), FILL("case", no), FILL("agent", agent));
}

static enum verdict late(const struct turn *t, struct effects *e)
{
    effect_show(e, turn_phrase(t, LANE_CUSTOMER, "close.late"));
    return HANDLER_DONE;
}

static enum verdict handle(const void *self, const struct turn *t, struct effects *e)
{
    (void)self;
    const char *data = t->event->data;
    if (t->event->type != EVENT_BUTTON || !turn_is_customer(t))
        return HANDLER_PASS;
    if (starts_with(data, "case:solved:")) {
        if (!is_last_case(t, data + strlen("case:solved:")) || t->subject->rated || was_asked(t))
            return late(t, e);
        effect_show(e, "");
        solved(t, e);
        return HANDLER_DONE;
    }
    if (starts_with(data, "case:open:")) {
        if (!is_last_case(t, data + strlen("case:open:")))
            return late(t, e);
        effect_show(e, "");
        reopen(t, e);
        return HANDLER_PASS;
    }
    bool is_rating =
        starts_with(data, "rate:") && data[5] >= '1' && data[5] <= '5' && data[6] == ':';
    if (!is_rating)
        return HANDLER_PASS;
    if (!is_last_case(t, data + 7) || t->subject->rated)
        return late(t, e);
    effect_show(e, "");
    rate(t, e, data[5] - '0');
    return HANDLER_DONE;
}

const struct handler rating_handler = {
    .name = "rating",
    .help = "\"solved?\" and 1-5 after a case",
    .states = IN_ANY_STATE,
    .handle = handle,
};
