#include "handlers/incident/incident.h"

#include "handlers/incident/order.h"
#include "handlers/staff/case.h"
#include "handlers/when.h"

#include <inttypes.h>

#define UNDO_MS    30000
#define SWEEP_MS   1000     /* while a pass finds somebody … */
#define LOOK_MS    30000    /* … and then: a case may have been opened beside the last pass */
#define CLOSED_MS  600000   /* so long a closed one still looks */
#define PER_PASS   200      /* tells in one commit */
#define GROUP      "group." /* and a member's conversation: the rev that its post shows */
#define NOW        "now"
#define NEXT       "next"
#define MAX_GROUPS 100
#define PREVIEWS   3 /* languages */

bool incident_of(struct arena *a, const struct conversation *record, const char *var,
                 struct incident *out)
{
    const char *json = conversation_var(record, var);
    return *json && incident_parse(a, json, out);
}

/* --- whom it reaches --- */

bool incident_reaches(struct arena *a, const struct incident *i, const struct open_case *c)
{
    if (c->incident == i->id)
        return c->incident_rev < i->rev;
    if (c->state != STATE_WAITING || !incident_is_open(i) || c->incident_not == i->id)
        return false;
    struct report r = report_parse(a, c->report);
    if (str_empty(r.topic))
        r.topic = c->topic;
    return incident_has(i, &r);
}

struct reach {
    int64_t n;
    const char *langs[PREVIEWS];
    size_t n_langs;
};

static struct reach reach_of(const struct turn *t, const struct incident *i)
{
    struct reach r = {.n = 0};
    for (size_t k = 0; k < t->facts->n_cases; k++) {
        const struct open_case *c = &t->facts->cases[k];
        if (!incident_reaches(t->arena, i, c))
            continue;
        bool is_new = r.n_langs < PREVIEWS && !str_empty(c->lang);
        for (size_t l = 0; l < r.n_langs && is_new; l++)
            is_new = !str_eq(r.langs[l], c->lang);
        if (is_new)
            r.langs[r.n_langs++] = arena_strdup(t->arena, c->lang);
        r.n++;
    }
    if (!r.n_langs)
        r.langs[r.n_langs++] = settings_get(t->settings, "STAFF_LANGUAGE");
    return r;
}

/* --- the card --- */

/* In any language: as a customer who speaks it would be told. */
static const char *text_in(const struct turn *t, const char *lang, const struct incident *i)
{
    struct conversation speaker = *t->subject;
    struct turn as = *t;
    speaker.lang = lang;
    as.subject = &speaker;
    return incident_text(&as, LANE_CUSTOMER, i, "…");
}

static const char *summary(const struct turn *t, const struct incident *i)
{
    const char *window = i->from_ms ? when_between(t, LANE_STAFF, i->from_ms, i->until_ms) : "";
    const char *state = turn_phrase(
        t, LANE_STAFF, arena_printf(t->arena, "incidents.state_%s", incident_state_name(i->state)));
    return turn_phrase(t, LANE_STAFF, "incidents.card", FILL("id", turn_number(t, i->id)),
                       FILL("state", state), FILL("topic", i->topic), FILL("pairs", i->pairs),
                       FILL("errors", i->errors), FILL("window", window), FILL("link", i->link),
                       FILL("by", i->by));
}

static void show_card(const struct turn *t, struct effects *e, const struct incident *i,
                      const char *buttons, const char *text)
{
    for (size_t r = 0; r < t->facts->n_rooms; r++)
        effect_tell(
            e, arena_strdup(t->arena, t->facts->rooms[r].id),
            arena_printf(t->arena, INCIDENT_CARD "%" PRId64 " %s\n%s", i->id, buttons, text));
}

static int64_t undo_ms(const struct turn *t)
{
    return settings_int(t->settings, "INCIDENT_UNDO");
}

static const char *preview(const struct turn *t, const struct incident *i)
{
    struct reach r = reach_of(t, i);
    const char *all = turn_phrase(t, LANE_STAFF, "incidents.preview", FILL("card", summary(t, i)),
                                  FILL("n", turn_number(t, r.n)),
                                  FILL("left", turn_wait(t, LANE_STAFF, undo_ms(t))));
    for (size_t l = 0; l < r.n_langs; l++)
        all = arena_printf(t->arena, "%s\n\n[%s]\n%s", all, r.langs[l], text_in(t, r.langs[l], i));
    return all;
}

/* In force; how many were told of it as it is now. */
static void show_state(const struct turn *t, struct effects *e, const struct incident *i)
{
    const char *n = conversation_var(t->subject, "told");
    const char *text = turn_phrase(t, LANE_STAFF, "incidents.in_force", FILL("card", summary(t, i)),
                                   FILL("n", *n ? n : "0"));
    show_card(t, e, i, incident_is_open(i) ? incident_state_name(i->state) : "-", text);
}

/* --- orders --- */

/* Back to where it was typed: a terminal reads it, a room posts it (staff/elsewhere.c). */
static void answer(const struct turn *t, struct effects *e, const char *room, bool denied,
                   const char *text)
{
    if (t->event->type == EVENT_MESSAGE)
        effect_show(e, text)->denied = denied;
    else if (denied)
        effect_tell(e, room, arena_printf(t->arena, "answer %s %s", room, text));
}

#define DENY(t, e, room, key, ...)                                                                 \
    answer(t, e, room, true, turn_phrase(t, LANE_STAFF, key, ##__VA_ARGS__))

static void merge(const struct turn *t, struct incident *i, const struct order *o)
{
    if (o->has_state)
        i->state = o->state;
    if (o->topic)
        i->topic = o->topic;
    if (o->names)
        i->pairs = o->names;
    if (o->errors)
        i->errors = o->errors;
    if (o->link)
        i->link = o->link;
    if (o->from_ms)
        i->from_ms = o->from_ms;
    if (o->until_ms)
        i->until_ms = o->until_ms;
    for (size_t k = 0; k < o->what.n; k++)
        own_text_set(&i->what, o->what.langs[k], o->what.texts[k]);
    for (size_t k = 0; k < o->n_words; k++)
        i->words[k] = o->words[k];
    if (o->n_words)
        i->n_words = o->n_words;
    i->by = t->agent->alias;
}

static void put(const struct turn *t, struct effects *e, const struct incident *i)
{
    effect_put(e, "incidents", turn_number(t, i->id), incident_print(t->arena, i));
}

/* For half a minute it only may become so. A new one is known by its number from now on. */
static void propose(const struct turn *t, struct effects *e, const char *room,
                    struct incident *next, bool is_new)
{
    struct incident draft = *next;
    draft.rev = 0;
    if (is_new)
        put(t, e, &draft);
    next->rev++;
    effect_var(e, NEXT, incident_print(t->arena, next));
    effect_timer(e, "go", t->event->now_ms + undo_ms(t));
    const char *text = preview(t, next);
    show_card(t, e, next, "undo", text);
    answer(t, e, room, false, text);
}

static void undo(const struct turn *t, struct effects *e, const char *room)
{
    struct incident now, next;
    if (!incident_of(t->arena, t->subject, NEXT, &next)) {
        DENY(t, e, room, "incidents.too_late");
        return;
    }
    const char *said = turn_phrase(t, LANE_STAFF, "incidents.undone", FILL("by", t->agent->alias),
                                   FILL("id", turn_number(t, next.id)));
    effect_var(e, NEXT, "");
    effect_timer(e, "go", 0);
    answer(t, e, room, false, said);
    if (incident_of(t->arena, t->subject, NOW, &now)) {
        show_state(t, e, &now);
        return;
    }
    effect_put(e, "incidents", turn_number(t, next.id), "");
    show_card(t, e, &next, "-", said);
}

static bool says_what(const struct incident *i)
{
    return *i->topic || *i->pairs || *i->errors || i->n_words;
}

static void obey(const struct turn *t, struct effects *e, const char *room, const char *text)
{
    struct order o;
    struct incident i;
    bool has_now = incident_of(t->arena, t->subject, NOW, &i) && i.state != INCIDENT_CLOSED;
    bool has_next = *conversation_var(t->subject, NEXT);
    if (!role_may(t->agent->role, MAY_ANNOUNCE)) {
        DENY(t, e, room, "staff.not_allowed");
    } else if (!order_parse(t, text, &o)) {
        DENY(t, e, room, o.wrong_key, FILL("word", o.wrong));
    } else if (o.verb == ORDER_UNDO) {
        undo(t, e, room);
    } else if (has_next) {
        DENY(t, e, room, "incidents.wait");
    } else if ((o.verb == ORDER_OPEN) == has_now) {
        DENY(t, e, room, has_now ? "incidents.taken" : "incidents.no_such");
    } else {
        if (!has_now)
            incident_init(&i, strtoll(t->subject->id + strlen(INCIDENT_SUBJECT), NULL, 10));
        if (!has_now)
            i.from_ms = t->event->now_ms;
        if (o.verb == ORDER_CLOSE) {
            o.has_state = true;
            o.state = INCIDENT_CLOSED;
        }
        merge(t, &i, &o);
        if (says_what(&i))
            propose(t, e, room, &i, !has_now);
        else
            DENY(t, e, room, "incidents.usage");
    }
}

/* --- telling --- */

static void tell(const struct turn *t, struct effects *e, const char *conversation,
                 const struct incident *i)
{
    effect_tell(e, arena_strdup(t->arena, conversation),
                arena_printf(t->arena, INCIDENT_SUBJECT "%" PRId64 ":%" PRId64, i->id, i->rev));
}

/* Posts of groups: told and noted in one commit, so exactly once. */
static size_t tell_groups(const struct turn *t, struct effects *e, const struct incident *i)
{
    size_t n = 0;
    const char *behind[MAX_GROUPS];
    for (size_t k = 0; k < t->subject->n_vars && n < MAX_GROUPS; k++) {
        const struct pair *var = &t->subject->vars[k];
        if (starts_with(var->name, GROUP) && conversation_var_int(t->subject, var->name) < i->rev)
            behind[n++] = var->name;
    }
    for (size_t k = 0; k < n; k++) {
        tell(t, e, behind[k] + strlen(GROUP), i);
        effect_var(e, behind[k], turn_number(t, i->rev));
    }
    return n;
}

/* What was told a moment ago may still look untold from here: whoever is told twice knows it. */
static size_t tell_cases(const struct turn *t, struct effects *e, const struct incident *i)
{
    size_t n = 0;
    for (size_t k = 0; k < t->facts->n_cases && n < PER_PASS; k++)
        if (incident_reaches(t->arena, i, &t->facts->cases[k])) {
            tell(t, e, t->facts->cases[k].conversation, i);
            n++;
        }
    return n;
}

static void sweep(const struct turn *t, struct effects *e)
{
    struct incident i;
    int64_t now = t->event->now_ms;
    if (!incident_of(t->arena, t->subject, NOW, &i))
        return;
    size_t cases = tell_cases(t, e, &i), n = cases + tell_groups(t, e, &i);
    bool is_over = !n && i.state == INCIDENT_CLOSED &&
                   now >= conversation_var_int(t->subject, "closed") + CLOSED_MS;
    bool was_busy = *conversation_var(t->subject, "busy");
    if (is_over) {
        effect_put(e, "incidents", turn_number(t, i.id), "");
        return;
    }
    effect_timer(e, "sweep", now + (n ? SWEEP_MS : LOOK_MS));
    if (n && !was_busy)
        effect_var(e, "busy", "1");
    if (!n && was_busy) {
        effect_var(e, "busy", "");
        if (incident_is_open(&i))
            show_state(t, e, &i);
    }
}

static void go(const struct turn *t, struct effects *e)
{
    struct incident i;
    if (!incident_of(t->arena, t->subject, NEXT, &i))
        return;
    struct reach r = reach_of(t, &i);
    effect_var(e, NOW, incident_print(t->arena, &i));
    effect_var(e, NEXT, "");
    effect_var(e, "told", turn_number(t, r.n));
    if (i.state == INCIDENT_CLOSED)
        effect_var(e, "closed", turn_number(t, t->event->now_ms));
    put(t, e, &i);
    effect_timer(e, "sweep", t->event->now_ms);
    effect_count(e, arena_printf(t->arena, "incidents.%s", incident_state_name(i.state)), 1);
    show_state(t, e, &i);
}

/* A member of a group was answered by a post there, in his conversation: it is the group's. */
static void add_group(const struct turn *t, struct effects *e, const char *data)
{
    struct address at;
    struct incident i;
    const char *conversation = strchr(data, ' ');
    int64_t rev = strtoll(data, NULL, 10);
    if (!conversation || !address_parse(t->arena, conversation + 1, &at) ||
        !incident_of(t->arena, t->subject, NOW, &i))
        return;
    at.thread = at.user = "";
    const char *group = address_print(t->arena, &at);
    if (!words_have(i.groups, group))
        i.groups = arena_printf(t->arena, "%s%s%s", i.groups, *i.groups ? " " : "", group);
    effect_var(e, NOW, incident_print(t->arena, &i));
    effect_var(e, arena_printf(t->arena, GROUP "%s", conversation + 1), turn_number(t, rev));
    if (*conversation_var(t->subject, "timer.sweep")) /* else it is over, and known no more */
        put(t, e, &i);
}

/* --- turns --- */

/* "do telegram:5 room:telegram:7:-100 close 3" */
static void hear(const struct turn *t, struct effects *e, const char *data)
{
    size_t who = strcspn(data, " ");
    const char *room = data + who + (data[who] == ' ');
    size_t len = strcspn(room, " ");
    struct turn as = *t;
    as.agent = facts_agent_of(t->facts, arena_strndup(t->arena, data, who));
    if (as.agent)
        obey(&as, e, arena_strndup(t->arena, room, len), room + len + (room[len] == ' '));
}

void lead_handle(const struct turn *t, struct effects *e)
{
    const char *data = t->event->data;
    switch (t->event->type) {
    case EVENT_MESSAGE:
        if (t->agent)
            obey(t, e, "", t->event->content.text);
        break;
    case EVENT_TIMER:
        if (str_eq(data, "go"))
            go(t, e);
        else
            sweep(t, e);
        break;
    case EVENT_TOLD:
        if (starts_with(data, INCIDENT_DO))
            hear(t, e, data + strlen(INCIDENT_DO));
        else if (starts_with(data, INCIDENT_POST))
            add_group(t, e, data + strlen(INCIDENT_POST));
        break;
    case EVENT_BUTTON:
    case EVENT_REFUSED:
    case EVENT_DOUBT:
    case EVENT_MEMBER:
    case EVENT_HOME:
    case EVENT_ROOM:
        break;
    }
}
