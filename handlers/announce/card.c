#include "handlers/announce/card.h"

#include "bot/base/zone.h"

#include <inttypes.h>

#define CARD_LINE  "card.line"
#define BAR        20
#define MAX_STATES 40

bool card_read(const struct turn *t, struct card *out)
{
    const struct conversation *c = t->subject;
    const char *no = c->id + strlen("job:");
    return job_parse(t->arena, no, conversation_var(c, JOB_SELF), &out->job) &&
           announcement_parse(t->arena, conversation_var(c, JOB_WHAT), &out->what);
}

/* --- sums --- */

struct state {
    const char *name;
    int64_t n;
};

static size_t add_states(const struct turn *t, const char *words, struct state *states, size_t n)
{
    for (const char *at = words; *at; at += *at == ' ') {
        size_t len = strcspn(at, "= ");
        const char *name = arena_strndup(t->arena, at, len);
        int64_t more = at[len] == '=' ? strtoll(at + len + 1, NULL, 10) : 0;
        at += strcspn(at, " ");
        if (starts_with(name, "edited"))
            name = "edited"; /* whichever edition */
        size_t i = 0;
        while (i < n && !str_eq(states[i].name, name))
            i++;
        if (i == MAX_STATES)
            continue;
        if (i == n)
            states[n++] = (struct state){name, 0};
        states[i].n += more;
    }
    return n;
}

static size_t all_states(const struct turn *t, const struct card *c, struct state *states)
{
    size_t n = 0;
    for (size_t i = 0; i < c->job.n_accounts; i++)
        n = add_states(t,
                       conversation_var(t->subject, arena_printf(t->arena, JOB_SUMS "%s",
                                                                 c->job.accounts[i].id)),
                       states, n);
    return n;
}

int64_t card_sum(const struct turn *t, const struct card *c, const char *state)
{
    struct state states[MAX_STATES];
    size_t n = all_states(t, c, states);
    int64_t sum = 0;
    for (size_t i = 0; i < n; i++)
        if (!state || str_eq(states[i].name, state))
            sum += states[i].n;
    return sum;
}

/* --- words --- */

static const char *say_of(const struct turn *t, const char *group, const char *name)
{
    return turn_phrase(t, LANE_STAFF, arena_printf(t->arena, "%s%s", group, name));
}

/* "12345 delivered": a line each. */
static void report(const struct turn *t, const struct card *c, struct buf *out)
{
    static const char *const own[] = {"planned",    "flying",    "sent",
                                      "unknown",    "opted_out", "edited",
                                      "not_edited", "retracted", "not_retracted"};
    struct state states[MAX_STATES];
    size_t n = all_states(t, c, states);
    for (size_t i = 0; i < n; i++) {
        bool is_own = false;
        for (size_t k = 0; k < ARRAY_LEN(own); k++)
            is_own |= str_eq(own[k], states[i].name);
        if (states[i].n)
            buf_printf(out, "\n%" PRId64 " · %s", states[i].n,
                       say_of(t, is_own ? "announce.state_" : "refused.", states[i].name));
    }
}

static const char *when(const struct turn *t, int64_t ms)
{
    const char *tz = settings_get(t->settings, "TIMEZONE");
    const char *utc = zone_print(t->arena, "UTC", ms);
    if (str_eq(tz, "UTC"))
        return arena_printf(t->arena, "%s UTC", utc);
    return arena_printf(t->arena, "%s UTC, %s %s", utc, zone_print(t->arena, tz, ms), tz);
}

/* "language=zh vi tag=vip": what restricts it. */
static const char *audience(const struct turn *t, const struct announcement *what)
{
    const struct audience *who = &what->who;
    struct buf out = BUF_INIT(4000);
    const struct {
        const char *name, *value;
    } rows[] = {
        {"platform", who->platforms},
        {"language", who->langs},
        {"tag", who->tags},
        {"not_tag", who->not_tags},
        {"seen", who->seen_since_ms ? when(t, who->seen_since_ms) : ""},
        {"not_seen", who->seen_before_ms ? when(t, who->seen_before_ms) : ""},
        {"asked", who->asked},
        {"since", who->asked_since_ms ? when(t, who->asked_since_ms) : ""},
        {"case", who->with_case == CASE_OPEN   ? "open"
                 : who->with_case == CASE_NONE ? "none"
                                               : ""},
        {"incident", who->incident ? turn_number(t, who->incident) : ""},
        {"list", *what->list ? "…" : ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (!str_empty(rows[i].value))
            buf_printf(&out, "%s%s=%s", out.len ? " · " : "", rows[i].name, rows[i].value);
    if (!out.len && what->only_chats)
        buf_str(&out, "–");
    return out.len ? arena_take(t->arena, &out) : turn_phrase(t, LANE_STAFF, "announce.card_all");
}

static const char *languages(const struct turn *t, const struct announcement *what)
{
    char *all = arena_strdup(t->arena, "");
    for (size_t i = 0; i < what->n_texts; i++)
        all = arena_printf(t->arena, "%s%s%s", all, i ? " " : "",
                           *what->texts[i].lang ? what->texts[i].lang : "*");
    return all;
}

/* "▓▓▓▓░░░░ 45 %, 900 of 2000, 1200/min, 2 min left" */
static const char *progress(const struct turn *t, const struct card *c)
{
    int64_t all = card_sum(t, c, NULL), over = all - card_sum(t, c, "planned");
    int64_t per_min = conversation_var_int(t->subject, JOB_PER_MIN);
    struct buf bar = BUF_INIT(200);
    if (!all)
        return "";
    for (int64_t i = 0; i < BAR; i++)
        buf_str(&bar, i * all < over * BAR ? "▓" : "░");
    const char *left = per_min > 0 ? turn_wait(t, LANE_STAFF, (all - over) * 60000 / per_min) : "?";
    return turn_phrase(t, LANE_STAFF, "announce.progress", FILL("bar", arena_take(t->arena, &bar)),
                       FILL("percent", turn_number(t, over * 100 / all)),
                       FILL("over", turn_number(t, over)), FILL("all", turn_number(t, all)),
                       FILL("rate", turn_number(t, per_min)), FILL("left", left));
}

static const char *card_text(const struct turn *t, const struct card *c)
{
    const struct conversation *s = t->subject;
    const struct announcement *what = &c->what;
    struct buf out = BUF_INIT(4000);
    bool is_out = c->job.stage >= JOB_CANARY && c->job.stage != JOB_CANCELLED;
    buf_str(&out,
            turn_phrase(t, LANE_STAFF, "announce.card", FILL("no", turn_number(t, c->job.no)),
                        FILL("stage", say_of(t, "announce.stage_", job_stage_name(c->job.stage))),
                        FILL("languages", languages(t, what)), FILL("to", audience(t, what)),
                        FILL("author", conversation_var(s, JOB_AUTHOR)),
                        FILL("approver", conversation_var(s, JOB_APPROVER))));
    if (c->job.is_paused)
        buf_printf(&out, "\n%s", turn_phrase(t, LANE_STAFF, "announce.card_paused"));
    if (what->n_chats)
        buf_printf(&out, "\n%s",
                   turn_phrase(t, LANE_STAFF, "announce.card_chats",
                               FILL("n", turn_number(t, (int64_t)what->n_chats))));
    if (what->at_ms)
        buf_printf(
            &out, "\n%s",
            turn_phrase(t, LANE_STAFF, "announce.card_at", FILL("time", when(t, what->at_ms))));
    if (!c->job.n_accounts)
        buf_printf(&out, "\n%s", turn_phrase(t, LANE_STAFF, "announce.counting"));
    else
        buf_printf(&out, "\n%s",
                   turn_phrase(t, LANE_STAFF, "announce.card_recipients",
                               FILL("n", turn_number(t, job_recipients(&c->job)))));
    if (c->job.stage == JOB_SENDING)
        buf_printf(&out, "\n%s", progress(t, c));
    if (is_out || (c->job.stage == JOB_CANCELLED && card_sum(t, c, "sent")))
        report(t, c, &out);
    buf_printf(&out, "\n\n%s", text_excerpt(t->arena, what->texts[0].content.text, 300));
    return arena_take(t->arena, &out);
}

/* --- buttons --- */

static void button(const struct turn *t, struct content *c, const struct card *card,
                   const char *verb)
{
    content_button(t->arena, c, say_of(t, "announce.button_", verb),
                   arena_printf(t->arena, "job:%s:%" PRId64, verb, card->job.revision));
}

static void add_buttons(const struct turn *t, struct content *c, const struct card *card)
{
    const struct job *job = &card->job;
    bool may_retract =
        t->event->now_ms < conversation_var_int(t->subject, JOB_OUT_MS) + JOB_CHANGE_MS;
    if (job->is_paused)
        button(t, c, card, "resume");
    switch (job->stage) {
    case JOB_DRAFT:
        button(t, c, card, "preview");
        button(t, c, card, "approve");
        button(t, c, card, "cancel");
        break;
    case JOB_APPROVED:
        button(t, c, card, "preview");
        button(t, c, card, "start");
        button(t, c, card, "cancel");
        break;
    case JOB_CHECKED:
        button(t, c, card, "go");
        button(t, c, card, "cancel");
        break;
    case JOB_CANARY:
    case JOB_SENDING:
    case JOB_EDITING:
    case JOB_RETRACTING:
        if (!job->is_paused)
            button(t, c, card, "pause");
        if (job->stage == JOB_CANARY || job->stage == JOB_SENDING)
            button(t, c, card, "cancel");
        break;
    case JOB_DONE:
    case JOB_CANCELLED:
        if (*conversation_var(t->subject, JOB_CHANGE))
            button(t, c, card, "change");
        if (may_retract)
            button(t, c, card, "retract");
        break;
    case JOB_RETRACTED:
    case JOB_STAGES:
        break;
    }
}

/* --- showing --- */

static void show(const struct turn *t, struct effects *e, bool is_news)
{
    struct card card;
    struct content content = CONTENT_INIT;
    int64_t line = conversation_var_int(t->subject, CARD_LINE);
    if (!card_read(t, &card))
        return;
    content.text = card_text(t, &card);
    add_buttons(t, &content, &card);
    if (line) {
        content.kind = CONTENT_EDIT;
        content.about_line = line;
        effect_say(e, LANE_STAFF, &content)->decor = !is_news;
    } else {
        struct effect *said = effect_say(e, LANE_STAFF, &content);
        said->line = ++e->subject->lines;
        effect_var(e, CARD_LINE, turn_number(t, said->line));
    }
    if (is_news && str_eq(t->event->from.platform, "cli"))
        effect_show(e, content.text);
}

void card_show(const struct turn *t, struct effects *e)
{
    show(t, e, true);
}

void card_refresh(const struct turn *t, struct effects *e)
{
    show(t, e, false);
}
