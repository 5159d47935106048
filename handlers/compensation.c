/* Compensation: lists that one manager uploads and another one approves; each customer sees his own
 * lines, and only when the exchange has proven who he is. */
#include "handlers/compensation/claim.h"
#include "handlers/compensation/list.h"
#include "handlers/identity/uid.h"

#define COMMAND "/compensation"
#define DAY_MS  INT64_C(86400000)

/* --- a staff room's General --- */

static bool is_command(const char *text)
{
    const char *behind = text + strlen(COMMAND);
    return starts_with(text, COMMAND) && (!*behind || *behind == ' ' || *behind == '@');
}

static enum verdict in_room(const struct turn *t, struct effects *e)
{
    const struct event *event = t->event;
    if (event->type == EVENT_TOLD && starts_with(event->data, PAY_SAID)) {
        struct content said = {.text = event->data + strlen(PAY_SAID)};
        effect_say(e, LANE_CUSTOMER, &said);
        return HANDLER_DONE;
    }
    bool is_typed = event->type == EVENT_MESSAGE && event->content.kind == CONTENT_TEXT &&
                    t->agent && is_command(event->content.text);
    if (!is_typed)
        return HANDLER_PASS;
    const char *rest = event->content.text + strcspn(event->content.text, " ");
    pay_command(t, e, rest + strspn(rest, " "));
    return HANDLER_DONE;
}

/* --- a customer --- */

static enum verdict ask(const struct turn *t, struct effects *e)
{
    if (!pay_answer(t, e) && !e->n)
        return HANDLER_PASS; /* nobody can prove anything here */
    return HANDLER_DONE;
}

static enum verdict handle(const void *self, const struct turn *t, struct effects *e)
{
    const struct event *event = t->event;
    (void)self;
    if (pay_is_record(t->subject) || uid_is_record(t->subject)) {
        if (event->type == EVENT_TIMER)
            pay_list_timer(t, e);
        else if (event->type == EVENT_TOLD && uid_is_record(t->subject))
            pay_uid_told(t, e);
        else if (event->type == EVENT_TOLD)
            pay_list_told(t, e);
        return HANDLER_DONE;
    }
    if (conversation_is_room(t->subject))
        return in_room(t, e);
    if (event->type == EVENT_TOLD)
        pay_told(t, e);
    else if (event->type == EVENT_REFUSED)
        pay_refused(t, e);
    if (!turn_is_customer(t) || turn_in_group(t))
        return HANDLER_PASS;
    if (event->type == EVENT_BUTTON)
        return starts_with(event->data, "pay:") ? pay_pressed(t, e) : HANDLER_PASS;
    return event->content.kind == CONTENT_TEXT && is_command(event->content.text) ? ask(t, e)
                                                                                  : HANDLER_PASS;
}

static const struct setting settings_rows[] = {
    {"COMPENSATION_REMIND", "how long after the news a customer is reminded of an open line, twice",
     SETTING_DURATION, "3d", NULL, 60 * 1000, 60 * DAY_MS},
    {0},
};

const struct handler compensation_handler = {
    .name = "compensation",
    .help = "lists of compensation, and each customer's own lines",
    .settings = settings_rows,
    .states = IN_ANY_STATE,
    .in_rooms = true,
    .handle = handle,
};
