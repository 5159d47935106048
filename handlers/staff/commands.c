#include "handlers/staff/commands.h"

#include "bot/base/zone.h"
#include "handlers/flows/flows.h"
#include "handlers/staff/case.h"
#include "handlers/staff/elsewhere.h"
#include "handlers/staff/fate.h"
#include "handlers/staff/held.h"
#include "handlers/staff/steps.h"

#define UPDATE_EVERY_MS (24 * 3600 * INT64_C(1000))
#define MIN_PENDING_MS  (60 * 1000)
#define MAX_PENDING_MS  (90 * UPDATE_EVERY_MS)

static bool owns(const struct turn *t)
{
    return str_eq(t->subject->owner, t->agent->name);
}

/* Has the speaker room for one more? Else it is said. */
static bool has_room(const struct turn *t, struct effects *e)
{
    if (!t->agent->capacity || t->agent->open < t->agent->capacity)
        return true;
    staff_deny(t, e, "staff.full", FILL("n", turn_number(t, t->agent->open)));
    return false;
}

/* Own cases, or anybody's for those who may override. Else it is said why not. */
static bool may_act(const struct turn *t, struct effects *e)
{
    if (t->subject->state == STATE_BOT) {
        staff_deny(t, e, "staff.no_case");
        return false;
    }
    if (owns(t) || role_may(t->agent->role, MAY_OVERRIDE))
        return true;
    if (t->subject->state != STATE_WAITING && !conversation_is_parked(t->subject))
        staff_deny(t, e, "staff.taken", FILL("agent", case_alias(t, t->subject->owner)));
    else if (!case_is_closed_to(t->subject, t->agent))
        return true;
    else
        staff_deny(t, e, "staff.not_allowed");
    return false;
}

/* --- claim --- */

static void reopen(const struct turn *t, struct effects *e)
{
    struct case_opening why = {.reason = "claimed_again", .team = "support", .priority = 2};
    case_reopen(t, e, &why);
}

bool commands_claim(const struct turn *t, struct effects *e)
{
    const struct conversation *c = t->subject;
    const struct agent *agent = t->agent;
    if (owns(t) && c->state == STATE_CLAIMED)
        return true;
    bool is_anothers =
        (c->state == STATE_CLAIMED || c->state == STATE_PENDING) && *c->owner && !owns(t);
    if (is_anothers && !role_may(agent->role, MAY_OVERRIDE)) {
        staff_deny(t, e, "staff.taken", FILL("agent", case_alias(t, c->owner)));
        return false;
    }
    if (case_is_closed_to(c, agent)) {
        staff_deny(t, e, "staff.not_allowed");
        return false;
    }
    if (!has_room(t, e))
        return false;
    if (c->state == STATE_PENDING && owns(t)) {
        case_resume(t, e, "staff.claimed");
        return true;
    }
    if (c->state == STATE_BOT)
        reopen(t, e);
    case_claim(t, e, agent);
    return true;
}

/* Is it the case of this topic? In a closed one it was the last. */
static bool is_here(const struct turn *t, int64_t case_no)
{
    const struct conversation *c = t->subject;
    return case_no == (c->state == STATE_BOT ? c->last_case : c->case_no);
}

static void claim(const struct turn *t, struct effects *e, const char *rest)
{
    int64_t no = elsewhere_number(rest);
    if (*rest && !no)
        staff_deny(t, e, "staff.usage_claim");
    else if (*rest && !is_here(t, no))
        elsewhere_claim(t, e, no);
    else if (owns(t) && t->subject->state == STATE_CLAIMED)
        staff_say(t, e, "staff.yours_already");
    else if (commands_claim(t, e) && t->event->type == EVENT_BUTTON)
        effect_show(e, "");
}

/* --- giving it away --- */

static void release(const struct turn *t, struct effects *e, const char *rest)
{
    (void)rest;
    if (!may_act(t, e) || !effect_release(e))
        return;
    say(t, e, LANE_STAFF, "staff.released", FILL("agent", t->agent->alias));
    say(t, e, LANE_CUSTOMER, "handoff.returned", FILL("case", turn_number(t, t->subject->case_no)));
    case_show_card(t, e);
    case_arm_alarm(t, e);
}

static bool team_exists(const struct turn *t, const char *team)
{
    for (size_t i = 0; i < t->facts->n_agents; i++)
        if (words_have(t->facts->agents[i].teams, team))
            return true;
    return false;
}

/* May it be his, and can he bear it? A lead who hands over means it. */
static bool can_have(const struct turn *t, struct effects *e, const struct agent *to)
{
    bool is_full = to->capacity && to->open >= to->capacity;
    if (str_eq(t->subject->owner, to->name))
        staff_deny(t, e, to == t->agent ? "staff.yours_already" : "staff.theirs_already",
                   FILL("agent", to->alias));
    else if (case_is_closed_to(t->subject, to))
        staff_deny(t, e, "staff.not_theirs", FILL("agent", to->alias));
    else if (is_full && !role_may(t->agent->role, MAY_OVERRIDE))
        staff_deny(t, e, "staff.full_there", FILL("agent", to->alias),
                   FILL("n", turn_number(t, to->open)));
    else
        return true;
    return false;
}

static void transfer_to_agent(const struct turn *t, struct effects *e, const struct agent *to)
{
    const char *from = arena_strdup(t->arena, t->subject->owner);
    bool was_waiting = t->subject->state == STATE_WAITING;
    if (!can_have(t, e, to) || !effect_claim(e, to->name))
        return;
    case_arm_claim(t, e);
    say(t, e, LANE_STAFF, "staff.transferred", FILL("agent", to->alias),
        FILL("from", *from ? case_alias(t, from) : t->agent->alias));
    say(t, e, LANE_CUSTOMER, "handoff.claimed", FILL("agent", to->alias));
    if (was_waiting)
        case_title(t, e, false);
}

static void transfer_to_team(const struct turn *t, struct effects *e, const char *team)
{
    effect_set(e, team, team);
    if (effect_release(e)) {
        say(t, e, LANE_STAFF, "staff.released", FILL("agent", t->agent->alias));
        say(t, e, LANE_CUSTOMER, "handoff.returned",
            FILL("case", turn_number(t, t->subject->case_no)));
    }
    case_show_card(t, e);
    case_arm_alarm(t, e);
}

static void transfer(const struct turn *t, struct effects *e, const char *rest)
{
    const char *name = rest + (*rest == '@');
    if (!*name) {
        staff_deny(t, e, "staff.usage_transfer");
        return;
    }
    if (!may_act(t, e))
        return;
    const struct agent *to = facts_agent(t->facts, name);
    if (to && to == t->agent && t->subject->state == STATE_WAITING) {
        commands_claim(t, e);
    } else if (to) {
        transfer_to_agent(t, e, to);
    } else if (team_exists(t, name)) {
        transfer_to_team(t, e, name);
    } else {
        char *names = arena_strdup(t->arena, "");
        for (size_t i = 0; i < t->facts->n_agents; i++)
            names =
                arena_printf(t->arena, "%s%s@%s", names, i ? " " : "", t->facts->agents[i].name);
        staff_deny(t, e, "staff.no_such_agent", FILL("name", name), FILL("names", names));
    }
}

/* --- pending --- */

static const char *date(const struct turn *t, int64_t ms)
{
    const char *tz = settings_get(t->settings, "TIMEZONE");
    return arena_printf(t->arena, "%s (%s)", zone_print(t->arena, tz, ms), tz);
}

void commands_pending_update(const struct turn *t, struct effects *e)
{
    const struct conversation *c = t->subject;
    if (c->state != STATE_PENDING)
        return;
    int64_t next = t->event->now_ms + UPDATE_EVERY_MS;
    int64_t by = next < c->pending_until ? next : c->pending_until;
    say(t, e, LANE_CUSTOMER, "handoff.pending_update", FILL("case", turn_number(t, c->case_no)),
        FILL("date", date(t, by)));
    if (next < c->pending_until)
        effect_timer(e, "pending_update", next);
}

static void pending(const struct turn *t, struct effects *e, const char *rest)
{
    if (!*rest) /* as the class of the case has it */
        rest = flows_pending(t->subject);
    size_t len = strcspn(rest, " ");
    char *whom = arena_strndup(t->arena, rest, len);
    const char *how_long = rest + len + strspn(rest + len, " ");
    int64_t ms;
    if (!*whom || parse_duration(how_long, &ms) || ms < MIN_PENDING_MS || ms > MAX_PENDING_MS) {
        staff_deny(t, e, "staff.usage_pending");
        return;
    }
    if (!may_act(t, e))
        return;
    if (t->subject->state == STATE_WAITING && !has_room(t, e))
        return;
    if (t->subject->state == STATE_WAITING || conversation_is_parked(t->subject))
        effect_claim(e, t->agent->name); /* who asks for time answers for it */
    effect_resume(e);                    /* a new date takes the place of the old one */
    int64_t now = t->event->now_ms, until = now + ms;
    const char *no = turn_number(t, t->subject->case_no);
    if (!effect_pend(e, whom, until))
        return;
    effect_timer(e, "pending", until);
    if (ms > UPDATE_EVERY_MS)
        effect_timer(e, "pending_update", now + UPDATE_EVERY_MS);
    effect_timer(e, "wait_alarm", 0);
    effect_answered(e);
    int64_t first = ms < UPDATE_EVERY_MS ? until : now + UPDATE_EVERY_MS;
    if (str_eq(whom, "customer"))
        say(t, e, LANE_CUSTOMER, "handoff.pending_customer", FILL("case", no));
    else
        say(t, e, LANE_CUSTOMER, "handoff.pending", FILL("case", no), FILL("team", whom),
            FILL("date", date(t, first)));
    say(t, e, LANE_STAFF, "staff.pending", FILL("team", whom), FILL("date", date(t, until)));
    case_title(t, e, false);
}

/* --- the rest --- */

static void close_case(const struct turn *t, struct effects *e, const char *rest)
{
    (void)rest;
    if (!may_act(t, e))
        return;
    const char *no = turn_number(t, t->subject->case_no);
    say(t, e, LANE_STAFF, "staff.closed", FILL("agent", t->agent->alias), FILL("case", no));
    case_close(t, e);
}

static void note(const struct turn *t, struct effects *e, const char *rest)
{
    if (!*rest && !t->event->content.n_files) {
        staff_deny(t, e, "staff.usage_note");
        return;
    }
    if (str_eq(t->event->from.platform, "cli"))
        effect_relay(e, LANE_STAFF, t->agent->name); /* typed in the topic it is there already */
    staff_say(t, e, "staff.noted");
}

static void tag(const struct turn *t, struct effects *e, const char *rest)
{
    const char *tags = t->subject->tags;
    if (!*rest || strchr(rest, ' ')) {
        staff_deny(t, e, "staff.usage_tag");
        return;
    }
    char *changed = arena_strdup(t->arena, "");
    for (const char *at = tags; *at;) { /* all but this one */
        size_t len = strcspn(at, " ");
        char *word = arena_strndup(t->arena, at, len);
        if (!str_eq(word, rest))
            changed = arena_printf(t->arena, "%s%s%s", changed, *changed ? " " : "", word);
        at += len + strspn(at + len, " ");
    }
    if (!words_have(tags, rest))
        changed = arena_printf(t->arena, "%s%s%s", changed, *changed ? " " : "", rest);
    effect_set(e, tags, changed);
    staff_say(t, e, "staff.tagged", FILL("tags", *changed ? changed : "–"));
}

static void delete_message(const struct turn *t, struct effects *e, const char *rest)
{
    (void)rest;
    int64_t about = t->event->content.about_line;
    if (about >= 0) { /* only lines of staff have negative numbers */
        staff_deny(t, e, "staff.delete_what");
        return;
    }
    if (held_drop(t, e, -about)) {
        staff_say(t, e, "staff.noted");
        return;
    }
    if (!may_act(t, e))
        return;
    struct content gone = {.kind = CONTENT_DELETE, .text = "", .about_line = -about};
    effect_say(e, LANE_CUSTOMER, &gone)->author = t->agent->name;
    staff_say(t, e, "staff.deleted");
}

static void fate(const struct turn *t, struct effects *e, const char *rest)
{
    (void)rest;
    fate_tell(t, e);
}

static void help(const struct turn *t, struct effects *e, const char *rest)
{
    (void)rest;
    staff_say(t, e, "staff.help");
}

static const struct {
    const char *name;
    void (*run)(const struct turn *t, struct effects *e, const char *rest);
} commands[] = {
    {"claim", claim}, {"release", release},  {"transfer", transfer},     {"pending", pending},
    {"note", note},   {"close", close_case}, {"delete", delete_message}, {"tag", tag},
    {"fate", fate},   {"help", help},         {"step", steps_command},
};

/* Its place in the list, or past the end; `rest` is what follows it. */
static size_t find(const char *line, const char **rest)
{
    size_t len = strcspn(line, " @\n"), i = 0;
    *rest = line + len;
    if (**rest == '@' && len) /* "/claim@the_bot"; "/transfer @mia" has a space first */
        *rest += strcspn(*rest, " ");
    *rest += strspn(*rest, " \n");
    while (i < ARRAY_LEN(commands) &&
           (strlen(commands[i].name) != len || strncmp(commands[i].name, line, len)))
        i++;
    return i;
}

void commands_run(const struct turn *t, struct effects *e, const char *line)
{
    const char *rest;
    size_t i = find(line, &rest);
    (i < ARRAY_LEN(commands) ? commands[i].run : help)(t, e, rest);
}

bool commands_general(const struct turn *t, struct effects *e, const char *line)
{
    const char *rest;
    size_t i = find(line, &rest);
    if (i == ARRAY_LEN(commands))
        return false;
    int64_t no = elsewhere_number(rest);
    if (commands[i].run != claim)
        staff_say(t, e, "room.help");
    else if (!staff_may(t, e, MAY_REPLY, "staff.not_allowed"))
        return true;
    else if (!no)
        staff_deny(t, e, "staff.usage_claim");
    else
        elsewhere_claim(t, e, no);
    return true;
}
