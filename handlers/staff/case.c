#include "handlers/staff/case.h"

#include "bot/base/zone.h"
#include "handlers/flows/flows.h"
#include "handlers/insult/insult.h"
#include "handlers/staff/held.h"
#include "handlers/staff/steps.h"

const char *case_alias(const struct turn *t, const char *agent_name)
{
    const struct agent *agent = facts_agent(t->facts, agent_name);
    return agent ? agent->alias : agent_name;
}

const char *case_leads(const struct turn *t)
{
    char *names = arena_strdup(t->arena, "");
    for (size_t i = 0; i < t->facts->n_agents; i++) {
        const struct agent *agent = &t->facts->agents[i];
        if (role_may(agent->role, MAY_OVERRIDE) && agent_on_shift(agent, t->event->now_ms))
            names = arena_printf(t->arena, "%s%s%s", names, *names ? ", " : "", agent->alias);
    }
    return names;
}

/* --- what staff sees --- */

static const char *uid(const struct turn *t)
{
    const struct conversation *c = t->subject;
    const char *known = *c->uid_proven ? c->uid_proven : c->uid_claimed;
    const char *key = *c->uid_proven ? "identity.is_proven" : "identity.is_claimed";
    return *known ? arena_printf(t->arena, " · UID %s (%s)", known, turn_phrase(t, LANE_STAFF, key))
                  : "";
}

static const char *who(const struct turn *t)
{
    const struct conversation *c = t->subject;
    char *name = arena_printf(t->arena, "%s", str_empty(c->name) ? "?" : c->name);
    if (!str_empty(c->username))
        name = arena_printf(t->arena, "%s (@%s)", name, c->username);
    return arena_printf(t->arena, "%s · %s · %s%s", name, conversation_platform(t->arena, c),
                        c->lang, uid(t));
}

void case_show_card(const struct turn *t, struct effects *e)
{
    const struct conversation *c = t->subject;
    const char *reason = arena_printf(t->arena, "reason.%s", c->reason);
    const char *team = str_eq(c->team, "support") ? "" : c->team; /* anybody's */
    if (c->version) /* else it has no topic yet, and gets one of this name */
        case_title(t, e, false);
    struct effect *card =
        say(t, e, LANE_STAFF, "staff.card", FILL("who", who(t)),
            FILL("why", turn_phrase(t, LANE_STAFF, reason)), FILL("topic", c->topic),
            FILL("team", team), FILL("tags", c->tags), FILL("form", flows_form(t, e)),
            FILL("insulted", insult_flag(t)),
            FILL("waited", turn_wait(t, LANE_STAFF, t->event->now_ms - c->since)),
            FILL("case", turn_number(t, c->case_no)), FILL("priority", turn_number(t, c->priority)),
            FILL("notify", conversation_var(c, CASE_NOTIFY)));
    say_button(t, e, card, "staff.claim", "claim", false);
    card->leads = true;
}

static int64_t line_of(const struct pair *file)
{
    int64_t line;
    return parse_i64(file->name + strlen(HISTORY_FILE), &line) ? 0 : line;
}

const struct pair *case_history_file(const struct conversation *c, size_t *n)
{
    const struct pair *oldest = NULL;
    *n = 0;
    for (size_t i = 0; i < c->n_vars; i++)
        if (starts_with(c->vars[i].name, HISTORY_FILE) && ++*n &&
            (!oldest || line_of(&c->vars[i]) < line_of(oldest)))
            oldest = &c->vars[i];
    return oldest;
}

static void show_file(const struct turn *t, struct effects *e, const char *json)
{
    struct json *j = json_parse(json, strlen(json), NULL);
    struct content content;
    content_read(t->arena, j, &content);
    effect_say(e, LANE_STAFF, &content);
    json_free(j);
}

void case_show_history(const struct turn *t, struct effects *e)
{
    const struct conversation *c = t->subject;
    const char *this_line = turn_number(t, e->line);
    char *words = arena_strdup(t->arena, "");
    for (const char *at = conversation_var(c, HISTORY_WORDS); *at;) {
        size_t len = strcspn(at, "\n"), number = strcspn(at, " ");
        if (number < len && !str_eq(arena_strndup(t->arena, at, number), this_line))
            words = arena_printf(t->arena, "%s%s– %.*s", words, *words ? "\n" : "",
                                 (int)(len - number - 1), at + number + 1);
        at += len + (at[len] == '\n');
    }
    if (*words)
        say(t, e, LANE_STAFF, "staff.history", FILL("words", words),
            FILL("answered", conversation_var(c, "faq.last")));
    effect_var(e, HISTORY_WORDS, "");
    size_t n;
    for (const struct pair *file; (file = case_history_file(c, &n));) {
        if (line_of(file) != e->line)
            show_file(t, e, file->value);
        effect_var(e, file->name, "");
    }
}

void case_title(const struct turn *t, struct effects *e, bool closed)
{
    const struct conversation *c = t->subject;
    int64_t no = closed ? c->last_case : c->case_no;
    const char *sign = closed                      ? "✓ "
                       : c->state == STATE_CLAIMED ? "● "
                       : c->state == STATE_PENDING ? "⏸ "
                                                   : "";
    const char *name = str_empty(c->name) ? c->id : text_excerpt(t->arena, c->name, 40);
    struct content title = {.kind = CONTENT_HOME, .closed = closed};
    title.text = arena_printf(t->arena, "%s#%ld %s · %s", sign, (long)no, name, c->lang);
    effect_say(e, LANE_STAFF, &title)->decor = !closed && c->state != STATE_WAITING;
}

/* --- timers --- */

void case_arm_alarm(const struct turn *t, struct effects *e)
{
    int64_t now = t->event->now_ms, limit = settings_int(t->settings, "CASE_LIMIT");
    int64_t due = t->subject->unanswered ? t->subject->unanswered + limit : now + limit;
    /* What is long over was told already; the same timer at the same time counts once. */
    effect_timer(e, "wait_alarm", due > now ? due : now + limit);
}

void case_arm_claim(const struct turn *t, struct effects *e)
{
    const struct conversation *c = t->subject;
    if (c->state != STATE_CLAIMED || !c->unanswered)
        return;
    /* A new owner has the whole time, however long the customer has waited already. */
    int64_t from = c->unanswered > c->claimed ? c->unanswered : c->claimed;
    int64_t idle = settings_int(t->settings, "CLAIM_IDLE");
    effect_timer(e, "claim_remind", from + idle * 2 / 3);
    effect_timer(e, "claim_return", from + idle);
    effect_timer(e, "case_idle", 0);
}

void case_answered(const struct turn *t, struct effects *e)
{
    effect_answered(e);
    effect_timer(e, "claim_remind", 0);
    effect_timer(e, "claim_return", 0);
    effect_timer(e, "wait_alarm", 0);
    effect_timer(e, "case_idle", t->event->now_ms + settings_int(t->settings, "CASE_IDLE"));
}

/* --- moves --- */

void case_claim(const struct turn *t, struct effects *e, const struct agent *agent)
{
    const char *from = arena_strdup(t->arena, t->subject->owner);
    if (!effect_claim(e, agent->name))
        return;
    case_arm_claim(t, e);
    if (*from)
        say(t, e, LANE_STAFF, "staff.claimed_from", FILL("agent", agent->alias),
            FILL("from", case_alias(t, from)));
    else
        say(t, e, LANE_STAFF, "staff.claimed", FILL("agent", agent->alias));
    say(t, e, LANE_CUSTOMER, "handoff.claimed", FILL("agent", agent->alias));
    case_title(t, e, false);
}

void case_resume(const struct turn *t, struct effects *e, const char *staff_key)
{
    const struct agent *owner = facts_agent(t->facts, t->subject->owner);
    if (owner && effect_resume(e)) {
        case_arm_claim(t, e);
        say(t, e, LANE_STAFF, staff_key, FILL("agent", owner->alias));
        case_title(t, e, false);
    } else if (effect_release(e)) {
        case_show_card(t, e);
        case_arm_alarm(t, e);
    }
}

/* --- security's --- */

#define SECRET   "secret"
#define SECURITY "security"

static bool is_secured(const struct conversation *c)
{
    bool is_open = c->state != STATE_BOT;
    return str_eq(is_open ? c->reason : c->last_reason, SECRET) &&
           str_eq(is_open ? c->team : c->last_team, SECURITY);
}

bool case_is_closed_to(const struct conversation *c, const struct agent *agent)
{
    return is_secured(c) && !role_may(agent->role, MAY_OVERRIDE) &&
           !words_have(agent->teams, SECURITY);
}

/* From one who may not have it any more. The queue has it since the same time as before. */
static void take_away(const struct turn *t, struct effects *e)
{
    const char *owner = case_alias(t, arena_strdup(t->arena, t->subject->owner));
    if (!effect_release(e))
        return;
    say(t, e, LANE_STAFF, "staff.secured_from", FILL("agent", owner));
    say(t, e, LANE_CUSTOMER, "handoff.secured", FILL("case", turn_number(t, t->subject->case_no)));
    effect_set_int(e, announced, t->event->now_ms);
    if (!t->subject->unanswered)
        effect_set_int(e, unanswered, t->event->now_ms);
    case_show_card(t, e);
    case_arm_alarm(t, e);
}

void case_secure(const struct turn *t, struct effects *e)
{
    struct case_opening why = {.reason = SECRET, .team = SECURITY, .priority = 1};
    const struct conversation *c = t->subject;
    bool is_open = c->state != STATE_BOT;
    if (!is_open)
        effect_enqueue(e, &why);
    if (!is_open || is_secured(c))
        return;
    effect_set(e, reason, why.reason);
    effect_set(e, team, why.team);
    effect_set_int(e, priority, why.priority);
    const struct agent *owner = facts_agent(t->facts, c->owner);
    if (c->state != STATE_WAITING && (!owner || case_is_closed_to(c, owner))) {
        take_away(t, e);
        return;
    }
    say(t, e, LANE_STAFF, "staff.secured");
    if (c->state == STATE_WAITING)
        case_show_card(t, e);
}

void case_reopen(const struct turn *t, struct effects *e, const struct case_opening *why)
{
    struct case_opening again = *why;
    if (is_secured(t->subject))
        again = (struct case_opening){
            .reason = SECRET, .topic = why->topic, .team = SECURITY, .priority = 1};
    effect_enqueue(e, &again);
}

void case_close(const struct turn *t, struct effects *e)
{
    const char *owner = arena_strdup(t->arena, t->subject->owner);
    const char *no = turn_number(t, t->subject->case_no);
    if (!effect_close(e))
        return;
    held_forget(t, e);
    steps_forget(e);
    effect_var(e, CASE_NOTIFY, "");
    effect_var(e, CASE_LINES, turn_number(t, t->subject->lines));
    struct effect *asked = *owner ? say(t, e, LANE_CUSTOMER, "close.ask",
                                        FILL("agent", case_alias(t, owner)), FILL("case", no))
                                  : say(t, e, LANE_CUSTOMER, "close.ask_plain", FILL("case", no));
    char *yes = arena_printf(t->arena, "case:solved:%s", no);
    char *not_yet = arena_printf(t->arena, "case:open:%s", no);
    say_button(t, e, asked, "close.yes", yes, false);
    say_button(t, e, asked, "close.no", not_yet, true);
    case_title(t, e, true);
}
