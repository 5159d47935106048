#include "handlers/staff/fate.h"

#include "bot/base/zone.h"
#include "handlers/staff/case.h"
#include "handlers/staff/commands.h"
#include "handlers/staff/held.h"

#define LAST      5  /* messages that a summary has */
#define LOOK_BACK 60 /* lines: what the customer and the bot said stands between */
#define MAX_TOLD  4000

/* "21:04"; of another day with its date. */
static const char *clock_time(const struct turn *t, int64_t ms)
{
    const char *tz = settings_get(t->settings, "TIMEZONE");
    const char *today = zone_print(t->arena, tz, t->event->now_ms);
    const char *then = zone_print(t->arena, tz, ms);
    size_t date = strcspn(then, " ");
    return strncmp(then, today, date) ? then : then + date + 1;
}

static const char *who(const struct turn *t, const char *by)
{
    if (str_eq(by, "bot"))
        return turn_phrase(t, LANE_STAFF, "fate.bot");
    if (!strchr(by, ':')) /* no "telegram:123" */
        return case_alias(t, by);
    const struct agent *agent = facts_agent_of(t->facts, by);
    return agent ? agent->alias : by;
}

static const char *late(const struct turn *t, const struct sending *s)
{
    return turn_phrase(t, LANE_STAFF, "fate.late", FILL("time", clock_time(t, s->late_ms)));
}

static const char *refused(const struct turn *t, const struct sending *s)
{
    const char *key = arena_printf(t->arena, "refused.%s", refusal_name(s->refusal));
    const char *why = turn_phrase(t, LANE_STAFF, key, FILL("why", s->why));
    const char *what = s->refusal == REFUSAL_TOO_MANY ? "fate.given_up" /* it may be out */
                       : s->kind == CONTENT_TEXT      ? "fate.refused"
                                                      : "fate.undone";
    return turn_phrase(t, LANE_STAFF, what, FILL("why", why));
}

static const char *state_of(const struct turn *t, const struct sending *s)
{
    bool is_said = s->kind == CONTENT_TEXT;
    const char *until = s->until_ms ? clock_time(t, s->until_ms) : "";
    switch (s->fate) {
    case FATE_NOTE:
        return turn_phrase(t, LANE_STAFF, "fate.note");
    case FATE_SENT:
        return s->late_ms ? late(t, s)
                          : turn_phrase(t, LANE_STAFF, is_said ? "fate.sent" : "fate.done");
    case FATE_TWICE:
        return turn_phrase(t, LANE_STAFF, is_said ? "fate.twice" : "fate.done");
    case FATE_REFUSED:
        return refused(t, s);
    case FATE_WAITING:
        return turn_phrase(t, LANE_STAFF, "fate.waiting");
    case FATE_PAUSED:
        return turn_phrase(t, LANE_STAFF, "fate.paused", FILL("time", until));
    case FATE_AWAY:
        return turn_phrase(t, LANE_STAFF, "fate.away", FILL("time", until));
    case FATE_SENDING:
        return turn_phrase(t, LANE_STAFF, "fate.sending");
    case FATE_UNSURE:
        return turn_phrase(t, LANE_STAFF, "fate.unsure");
    }
    return "";
}

/* "21:04 Miya: which lamp is it? – delivered" */
static void tell_sending(const struct turn *t, const struct sending *s, struct buf *out)
{
    const char *key = s->kind == CONTENT_EDIT     ? "fate.edited"
                      : s->kind == CONTENT_DELETE ? "fate.deleted"
                                                  : "fate.said";
    buf_printf(out, "%s%s", out->len ? "\n" : "",
               turn_phrase(t, LANE_STAFF, key, FILL("time", clock_time(t, s->ms)),
                           FILL("who", who(t, s->by)), FILL("words", s->words),
                           FILL("fate", state_of(t, s))));
}

/* Words, then what was done to them. */
static void tell_line(const struct turn *t, const struct fates *f, int64_t line, struct buf *out)
{
    for (size_t i = 0; i < f->n; i++)
        if (f->items[i].line == line && f->items[i].fate != FATE_NOTE)
            tell_sending(t, &f->items[i], out);
}

static bool is_note(const struct fates *f, int64_t line)
{
    for (size_t i = 0; i < f->n; i++)
        if (f->items[i].line == line && f->items[i].kind == CONTENT_TEXT)
            return f->items[i].fate == FATE_NOTE;
    return false;
}

bool fate_went_out(const struct fates *f, int64_t line)
{
    for (size_t i = 0; i < f->n; i++)
        if (f->items[i].line == line && f->items[i].kind == CONTENT_TEXT)
            return f->items[i].fate != FATE_NOTE;
    return false;
}

static void tell_one(const struct turn *t, struct effects *e, int64_t line)
{
    const struct fates *f = need_fates(e, line);
    struct buf told = BUF_INIT(MAX_TOLD);
    if (!f)
        return;
    tell_line(t, f, line, &told);
    if (told.len)
        staff_say(t, e, "fate.told", FILL("messages", told.data),
                  FILL("tz", settings_get(t->settings, "TIMEZONE")));
    else if (held_is(t, line))
        staff_say(t, e, "fate.held");
    else
        staff_say(t, e, is_note(f, line) ? "fate.note" : "fate.gone");
    buf_release(&told);
}

/* Which were the last ones, oldest first? */
static size_t last_lines(const struct turn *t, const struct fates *f, int64_t *lines)
{
    int64_t since = t->subject->case_no ? t->subject->opened : 0;
    size_t n = 0;
    for (size_t i = 0; i < f->n; i++) {
        const struct sending *s = &f->items[i];
        if (s->kind != CONTENT_TEXT || s->fate == FATE_NOTE || s->ms < since)
            continue;
        if (n == LAST)
            memmove(lines, lines + 1, --n * sizeof(*lines));
        lines[n++] = s->line;
    }
    return n;
}

static void tell_last(const struct turn *t, struct effects *e)
{
    int64_t from = e->line > LOOK_BACK ? e->line - LOOK_BACK : 1, lines[LAST];
    const struct fates *f = need_fates(e, from);
    struct buf told = BUF_INIT(MAX_TOLD);
    if (!f)
        return;
    size_t n = last_lines(t, f, lines);
    for (size_t i = 0; i < n; i++)
        tell_line(t, f, lines[i], &told);
    if (n)
        staff_say(t, e, "fate.last", FILL("tz", settings_get(t->settings, "TIMEZONE")),
                  FILL("messages", told.data));
    else
        staff_say(t, e, "fate.none");
    buf_release(&told);
}

void fate_tell(const struct turn *t, struct effects *e)
{
    const struct content *c = &t->event->content;
    if (c->about_line < 0) /* only lines of staff have negative numbers */
        tell_one(t, e, -c->about_line);
    else if (c->about_line > 0)
        staff_deny(t, e, "fate.which");
    else
        tell_last(t, e);
}
