#include "handlers/staff/steps.h"

#include <inttypes.h>

#include "bot/base/zone.h"
#include "handlers/staff/case.h"
#include "handlers/staff/commands.h"

#define STEPS     "steps" /* variable: a line each, "product 4h mia 1763758696000" */
#define NOBODY    "-"
#define MAX_STEPS 8
#define DAY_MS    INT64_C(86400000)

struct step {
    const char *name, *length, *owner;
    int64_t due_ms; /* of the one that runs; 0: not yet, -1: done */
};
struct steps {
    struct step items[MAX_STEPS];
    size_t n;
};

/* --- the record --- */

static const char *word(struct arena *a, const char **at)
{
    size_t len = strcspn(*at, " \n");
    const char *s = arena_strndup(a, *at, len);
    *at += len + ((*at)[len] == ' ');
    return s;
}

static struct steps read_steps(const struct turn *t, const char *lines)
{
    struct steps s = {.n = 0};
    while (*lines && s.n < MAX_STEPS) {
        struct step *step = &s.items[s.n++];
        step->name = word(t->arena, &lines);
        step->length = word(t->arena, &lines);
        step->owner = word(t->arena, &lines);
        if (parse_i64(word(t->arena, &lines), &step->due_ms))
            step->due_ms = 0;
        if (!*step->owner)
            step->owner = NOBODY;
        lines += *lines == '\n';
    }
    return s;
}

static void keep(const struct turn *t, struct effects *e, const struct steps *s)
{
    const char *all = "";
    for (size_t i = 0; i < s->n; i++)
        all = arena_printf(t->arena, "%s%s %s %s %" PRId64 "\n", all, s->items[i].name,
                           s->items[i].length, s->items[i].owner, s->items[i].due_ms);
    effect_var(e, STEPS, all);
}

static struct step *running(struct steps *s)
{
    for (size_t i = 0; i < s->n; i++)
        if (s->items[i].due_ms > 0)
            return &s->items[i];
    return NULL;
}

static int64_t length_ms(const struct step *step)
{
    int64_t ms;
    return parse_duration(step->length, &ms) ? DAY_MS : ms;
}

static void start(const struct turn *t, struct effects *e, struct step *step)
{
    step->due_ms = t->event->now_ms + length_ms(step);
    effect_timer(e, STEPS_TIMER, step->due_ms);
}

/* --- what staff sees --- */

static const char *owner(const struct turn *t, const struct step *step)
{
    return str_eq(step->owner, NOBODY) ? turn_phrase(t, LANE_STAFF, "step.nobody")
                                       : case_alias(t, step->owner);
}

static const char *list(const struct turn *t, const struct steps *s)
{
    const char *all = "", *tz = settings_get(t->settings, "TIMEZONE");
    int64_t due_ms = t->event->now_ms; /* one follows the other */
    for (size_t i = 0; i < s->n; i++) {
        const struct step *step = &s->items[i];
        due_ms = step->due_ms > 0   ? step->due_ms
                 : step->due_ms < 0 ? due_ms
                                    : due_ms + length_ms(step);
        const char *key = step->due_ms < 0 ? "step.done"
                          : step->due_ms   ? "step.running"
                                           : "step.open";
        const char *date = step->due_ms < 0 ? "" : zone_print(t->arena, tz, due_ms);
        all = arena_printf(t->arena, "%s%s%s", all, *all ? "\n" : "",
                           turn_phrase(t, LANE_STAFF, key, FILL("step", step->name),
                                       FILL("owner", owner(t, step)), FILL("date", date),
                                       FILL("tz", tz)));
    }
    return all;
}

static void show(const struct turn *t, struct effects *e, const struct steps *s)
{
    staff_say(t, e, "step.list", FILL("steps", list(t, s)));
}

/* --- moves --- */

void steps_begin(const struct turn *t, struct effects *e)
{
    const char *plan = conversation_var(t->subject, STEPS_PLAN);
    if (!*plan)
        return;
    struct steps s = read_steps(t, plan);
    effect_var(e, STEPS_PLAN, "");
    start(t, e, &s.items[0]);
    keep(t, e, &s);
    say(t, e, LANE_STAFF, "step.list", FILL("steps", list(t, &s)));
}

void steps_forget(struct effects *e)
{
    if (!*conversation_var(e->subject, STEPS))
        return;
    effect_var(e, STEPS, "");
    effect_timer(e, STEPS_TIMER, 0);
}

static void finish(const struct turn *t, struct effects *e, struct steps *s, struct step *step)
{
    if (str_eq(step->owner, NOBODY))
        step->owner = t->agent->name;
    step->due_ms = -1;
    effect_timer(e, STEPS_TIMER, 0);
    if (step + 1 < s->items + s->n)
        start(t, e, step + 1);
    else
        staff_say(t, e, "step.all");
}

/* "risk @ray": of the step that is named, else of the one that runs; NULL: no such step, or done.
 */
static struct step *step_named(struct steps *s, const char *name, size_t len)
{
    for (size_t i = 0; len && i < s->n; i++)
        if (strlen(s->items[i].name) == len && !strncmp(s->items[i].name, name, len))
            return s->items[i].due_ms < 0 ? NULL : &s->items[i];
    return len ? NULL : running(s);
}

void steps_command(const struct turn *t, struct effects *e, const char *rest)
{
    struct steps s = read_steps(t, conversation_var(t->subject, STEPS));
    const char *at = strchr(rest, '@');
    size_t name_len = at ? (size_t)(at - rest) : 0;
    while (name_len && rest[name_len - 1] == ' ')
        name_len--;
    struct step *step = at ? step_named(&s, rest, name_len) : running(&s);
    const struct agent *whose = at ? facts_agent(t->facts, at + 1) : NULL;
    if (!s.n) {
        staff_deny(t, e, "step.none");
        return;
    }
    if (step && str_eq(rest, "done")) {
        finish(t, e, &s, step);
    } else if (step && whose) {
        step->owner = whose->name;
    } else if (*rest) {
        staff_deny(t, e, "step.usage");
        return;
    }
    keep(t, e, &s);
    show(t, e, &s);
}

void steps_due(const struct turn *t, struct effects *e)
{
    struct steps s = read_steps(t, conversation_var(t->subject, STEPS));
    const struct step *step = running(&s);
    if (!step)
        return;
    say(t, e, LANE_STAFF, "step.due", FILL("step", step->name), FILL("owner", owner(t, step)),
        FILL("case", turn_number(t, t->subject->case_no)));
    effect_timer(e, STEPS_TIMER, t->event->now_ms + DAY_MS);
}
