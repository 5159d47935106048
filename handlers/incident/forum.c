#include "handlers/incident/incident.h"

#include "bot/base/zone.h"
#include "handlers/incident/order.h"
#include "handlers/staff/commands.h"
#include "handlers/when.h"

#include <inttypes.h>

#define CARD_LINE  "incident."   /* and its id: the line of its card */
#define SURGE_LINE "surge."      /* and its key: the line of its card … */
#define SURGE_WHAT "surge.what." /* … the order that would open an incident of it … */
#define SURGE_N    "surge.n."    /* … and how many customers it tells of */
#define MAX_SURGES 24            /* cards known of: what an earlier start left goes */
#define BUTTON     "incident:"   /* "incident:3:undo", "incident:3:announced" */
#define OPEN       "surge:"      /* and its place among those known of */

/* --- posts --- */

/* A new one, or what the old one is changed to. `var` remembers its line. */
static struct effect *post(const struct turn *t, struct effects *e, const char *var,
                           const char *text)
{
    int64_t line = conversation_var_int(t->subject, var);
    struct content content = {
        .kind = line ? CONTENT_EDIT : CONTENT_TEXT, .text = text, .about_line = line};
    struct effect *said = effect_say(e, LANE_CUSTOMER, &content);
    if (!line)
        effect_var(e, var, turn_number(t, said->line));
    return said;
}

/* "card 3 announced\n…": the states after this one as buttons, or "undo", or "-" for none. */
static void show_card(const struct turn *t, struct effects *e, const char *card)
{
    size_t id_len = strcspn(card, " ");
    const char *id = arena_strndup(t->arena, card, id_len);
    const char *buttons = card + id_len + (card[id_len] == ' '), *text = strchr(buttons, '\n');
    enum incident_state state;
    if (!text)
        return;
    const char *kind = arena_strndup(t->arena, buttons, (size_t)(text - buttons));
    const char *line = arena_printf(t->arena, CARD_LINE "%s", id);
    struct effect *said = post(t, e, line, text + 1);
    if (str_eq(kind, "-")) /* nothing follows; its number may be given again */
        effect_var(e, line, "");
    if (str_eq(kind, "undo"))
        say_button(t, e, said, "incidents.undo", arena_printf(t->arena, BUTTON "%s:undo", id),
                   false);
    if (!incident_state_parse(kind, &state))
        return;
    for (int s = state + 1; s < INCIDENT_STATES; s++) {
        const char *name = incident_state_name((enum incident_state)s);
        say_button(t, e, said, arena_printf(t->arena, "incidents.state_%s", name),
                   arena_printf(t->arena, BUTTON "%s:%s", id, name), s > (int)state + 1);
    }
}

/* --- surges --- */

static void forget_surges(const struct turn *t, struct effects *e)
{
    size_t n = 0;
    const char *names[3 * MAX_SURGES];
    for (size_t i = 0; i < t->subject->n_vars && n < ARRAY_LEN(names); i++)
        if (starts_with(t->subject->vars[i].name, SURGE_LINE))
            names[n++] = t->subject->vars[i].name;
    for (size_t i = 0; n == ARRAY_LEN(names) && i < n; i++)
        effect_var(e, names[i], "");
}

/* What a manager would type to open an incident of it. */
static const char *order_of(const struct turn *t, const struct json *j)
{
    const char *since = zone_print(t->arena, "UTC", json_int(j, "since", 0));
    const char *order =
        arena_printf(t->arena, "open %s\nfrom: %s UTC\n", json_text(j, "topic", t->arena), since);
    const char *pairs = json_text(j, "pairs", t->arena), *errors = json_text(j, "errors", t->arena);
    const struct json *examples = json_at(j, "examples");
    if (*pairs)
        order = arena_printf(t->arena, "%spairs: %s\n", order, pairs);
    if (*errors)
        order = arena_printf(t->arena, "%serrors: %s\n", order, errors);
    for (size_t i = 0; i < json_len(examples); i++)
        order = arena_printf(t->arena, "%swords: %s\n", order,
                             json_text(json_item(examples, i), "", t->arena));
    return order;
}

static const char *quoted(const struct turn *t, const struct json *examples)
{
    char *all = arena_strdup(t->arena, "");
    for (size_t i = 0; i < json_len(examples); i++)
        all = arena_printf(t->arena, "%s%s– %s", all, i ? "\n" : "",
                           json_text(json_item(examples, i), "", t->arena));
    return all;
}

static void show_surge(const struct turn *t, struct effects *e, const char *json)
{
    struct json *j = json_parse(json, strlen(json), NULL);
    const char *key = json_text(j, "key", t->arena);
    const char *line = arena_printf(t->arena, SURGE_LINE "%s", key);
    const char *shown = arena_printf(t->arena, SURGE_N "%s", key);
    bool is_over = json_bool(j, "over"), is_new = !*conversation_var(t->subject, line);
    int64_t since = json_int(j, "since", 0), n = json_int(j, "n", 0);
    int64_t before = conversation_var_int(t->subject, shown);
    bool is_behind = !is_over && n <= before; /* another process, or an earlier start, told more */
    if (!*key || (is_over && is_new) || is_behind) {
        json_free(j);
        return;
    }
    const char *text =
        turn_phrase(t, LANE_STAFF, is_over ? "incidents.surge_over" : "incidents.surge",
                    FILL("n", turn_number(t, n > before ? n : before)),
                    FILL("time", turn_wait(t, LANE_STAFF, t->event->now_ms - since)),
                    FILL("since", when_at(t, LANE_STAFF, since)),
                    FILL("topic", json_text(j, "topic", t->arena)),
                    FILL("pairs", json_text(j, "pairs", t->arena)),
                    FILL("errors", json_text(j, "errors", t->arena)),
                    FILL("langs", json_text(j, "langs", t->arena)),
                    FILL("examples", quoted(t, json_at(j, "examples"))));
    if (is_new)
        forget_surges(t, e);
    struct effect *said = post(t, e, line, text);
    const char *what = arena_printf(t->arena, SURGE_WHAT "%s", key);
    if (is_over) {
        effect_var(e, line, "");
        effect_var(e, what, "");
        effect_var(e, shown, "");
    } else {
        effect_var(e, what, order_of(t, j));
        effect_var(e, shown, turn_number(t, n));
        say_button(t, e, said, "incidents.open", arena_printf(t->arena, OPEN "%.50s", key), false);
    }
    said->decor = !is_new && !is_over;
    json_free(j);
}

/* --- commands --- */

static int64_t next_id(const struct facts *f)
{
    int64_t id = 0;
    for (size_t i = 0; i < f->n_incidents; i++)
        if (f->incidents[i].id > id)
            id = f->incidents[i].id;
    return id + 1;
}

static void order(const struct turn *t, struct effects *e, int64_t id, const char *text)
{
    const struct event *event = t->event;
    effect_tell(e, arena_printf(t->arena, INCIDENT_SUBJECT "%" PRId64, id),
                arena_printf(t->arena, INCIDENT_DO "%s:%s %s %s", event->from.platform,
                             event->from.user, t->subject->id, text));
}

static void list(const struct turn *t, struct effects *e)
{
    char *all = arena_strdup(t->arena, turn_phrase(t, LANE_STAFF, "incidents.usage"));
    for (size_t i = 0; i < t->facts->n_incidents; i++) {
        const struct incident *in = &t->facts->incidents[i];
        const char *state = turn_phrase(
            t, LANE_STAFF,
            arena_printf(t->arena, "incidents.state_%s", incident_state_name(in->state)));
        all = arena_printf(t->arena, "%s\n#%" PRId64 " %s %s %s", all, in->id, state, in->topic,
                           in->pairs);
    }
    struct content content = {.text = all};
    effect_say(e, LANE_CUSTOMER, &content);
}

static void command(const struct turn *t, struct effects *e, const char *text)
{
    struct order o;
    if (!staff_may(t, e, MAY_ANNOUNCE, "staff.not_allowed"))
        return;
    if (!order_parse(t, text, &o))
        staff_deny(t, e, o.wrong_key, FILL("word", o.wrong));
    else if (o.verb == ORDER_LIST)
        list(t, e);
    else if (o.verb == ORDER_OPEN)
        order(t, e, next_id(t->facts), text);
    else if (o.id || t->facts->n_incidents == 1)
        order(t, e, o.id ? o.id : t->facts->incidents[0].id, text);
    else
        list(t, e);
}

/* "/incident", "/incident@the_bot", and then a blank, a line, or nothing. */
static const char *words_after(const char *text, const char *name)
{
    if (!starts_with(text, name))
        return NULL;
    const char *at = text + strlen(name);
    if (*at == '@')
        at += strcspn(at, " \n");
    return !*at || *at == ' ' || *at == '\n' ? at + (*at == ' ') : NULL;
}

static enum verdict message(const struct turn *t, struct effects *e)
{
    const char *text = t->event->content.text, *words;
    if (t->event->content.kind != CONTENT_TEXT)
        return HANDLER_PASS;
    if ((words = words_after(text, "/incident")))
        command(t, e, words);
    else if (!(words = words_after(text, "/notice")))
        return HANDLER_PASS;
    else if (staff_may(t, e, MAY_ANNOUNCE, "staff.not_allowed"))
        notice_command(t, e, words);
    return HANDLER_DONE;
}

static enum verdict pressed(const struct turn *t, struct effects *e)
{
    const char *data = t->event->data;
    bool is_surge = starts_with(data, OPEN);
    const char *at = data + strlen(is_surge ? OPEN : BUTTON), *colon = strchr(at, ':');
    if (!is_surge && !(starts_with(data, BUTTON) && colon))
        return HANDLER_PASS;
    if (!staff_may(t, e, MAY_ANNOUNCE, "staff.not_allowed"))
        return HANDLER_DONE;
    effect_show(e, "");
    if (is_surge) {
        const char *what =
            conversation_var(t->subject, arena_printf(t->arena, SURGE_WHAT "%s", at));
        if (*what)
            order(t, e, next_id(t->facts), what);
        return HANDLER_DONE;
    }
    const char *id = arena_strndup(t->arena, at, (size_t)(colon - at));
    int64_t no;
    if (!parse_i64(id, &no))
        order(t, e, no,
              arena_printf(t->arena, "%s %s", str_eq(colon + 1, "undo") ? "undo" : "update",
                           str_eq(colon + 1, "undo") ? id : colon + 1));
    return HANDLER_DONE;
}

enum verdict forum_handle(const struct turn *t, struct effects *e)
{
    const char *data = t->event->data;
    switch (t->event->type) {
    case EVENT_MESSAGE:
        return message(t, e);
    case EVENT_BUTTON:
        return pressed(t, e);
    case EVENT_TOLD:
        if (starts_with(data, INCIDENT_CARD))
            show_card(t, e, data + strlen(INCIDENT_CARD));
        else if (starts_with(data, INCIDENT_SURGE))
            show_surge(t, e, data + strlen(INCIDENT_SURGE));
        else
            return HANDLER_PASS;
        return HANDLER_DONE;
    case EVENT_TIMER:
    case EVENT_REFUSED:
    case EVENT_DOUBT:
    case EVENT_MEMBER:
    case EVENT_HOME:
    case EVENT_ROOM:
        break;
    }
    return HANDLER_PASS;
}
