#include "handlers/announce/life.h"

#include "handlers/announce/card.h"
#include "handlers/announce/draft.h"
#include "handlers/staff/commands.h"

#include <inttypes.h>

#define OBJECTION_MS (2 * 60 * 1000) /* so long an emergency can be stopped */
#define GO_ON_MS     (5 * 60 * 1000) /* … and one that nobody watches, after its canary */
#define KEPT_MS      (30 * 24 * 3600 * INT64_C(1000))
#define MAX_FAULTY   20 /* of a canary's hundred: then nothing goes on by itself */

static const char *var(const struct turn *t, const char *name)
{
    return arena_strdup(t->arena, conversation_var(t->subject, name));
}

static void keep(const struct turn *t, struct effects *e, const struct job *job)
{
    const char *kept = job_print(t->arena, job);
    effect_var(e, JOB_SELF, kept);
    effect_put(e, "jobs", turn_number(t, job->no), kept);
}

static void set_stage(const struct turn *t, struct effects *e, struct job *job,
                      enum job_stage stage)
{
    job->stage = stage;
    job->is_paused = false;
    if (stage == JOB_DONE || stage == JOB_CANCELLED || stage == JOB_RETRACTED) {
        effect_timer(e, "forget", t->event->now_ms + KEPT_MS);
        effect_timer(e, "start", 0);
        effect_timer(e, "go", 0);
    }
    keep(t, e, job);
    card_show(t, e);
}

/* --- the draft --- */

/* Its list is made anew, and no approval of an earlier one counts. */
static void set_draft(const struct turn *t, struct effects *e, struct job *job, const char *what)
{
    effect_var(e, JOB_WHAT, what);
    effect_var(e, JOB_APPROVER, "");
    effect_timer(e, "start", 0);
    for (size_t i = 0; i < job->n_accounts; i++)
        effect_var(e, arena_printf(t->arena, JOB_SUMS "%s", job->accounts[i].id), "");
    job->revision++;
    job->n_accounts = 0;
    set_stage(t, e, job, JOB_DRAFT);
}

void life_begin(const struct turn *t, struct effects *e, const char *by, const char *what)
{
    struct job job = {.no = job_number(t->subject->id)};
    if (*var(t, JOB_SELF))
        return; /* told once more */
    effect_set(e, name,
               turn_phrase(t, LANE_STAFF, "announce.title", FILL("no", turn_number(t, job.no))));
    effect_var(e, JOB_AUTHOR, by);
    set_draft(t, e, &job, what);
}

static void change_text(const struct turn *t, struct effects *e, struct card *c, const char *what)
{
    struct job *job = &c->job;
    bool is_out = job->stage == JOB_DONE || job->stage == JOB_CANCELLED;
    if (job->stage == JOB_DRAFT || job->stage == JOB_APPROVED) {
        effect_var(e, JOB_AUTHOR, t->agent->name);
        set_draft(t, e, job, what);
    } else if (is_out &&
               t->event->now_ms < conversation_var_int(t->subject, JOB_OUT_MS) + JOB_CHANGE_MS) {
        effect_var(e, JOB_CHANGE, what);
        effect_var(e, JOB_CHANGER, t->agent->name);
        card_show(t, e);
        staff_say(t, e, "announce.change_asked");
    } else {
        staff_deny(t, e, is_out ? "announce.late" : "announce.not_now");
    }
}

/* Only these people, of those who are meant. */
static void set_list(const struct turn *t, struct effects *e, struct card *c, const char *by,
                     const char *list)
{
    if (c->job.stage > JOB_APPROVED) {
        staff_deny(t, e, "announce.not_now");
        return;
    }
    c->what.list = list;
    c->what.only_chats = false;
    effect_var(e, JOB_AUTHOR, by);
    set_draft(t, e, &c->job, announcement_print(t->arena, &c->what));
}

static void text(const struct turn *t, struct effects *e, struct card *c, const char *pictures)
{
    struct content written = draft_written(t);
    struct announcement what;
    struct draft_fault fault;
    if (!draft_fetch(t, e, &written))
        return;
    bool is_out = c->job.stage > JOB_APPROVED;
    if (draft_read(t, pictures, &written, &what, &fault) &&
        (!is_out || draft_keep_files(t->arena, &c->what, &what, &fault)))
        change_text(t, e, c, announcement_print(t->arena, &what));
    else
        staff_deny(t, e, arena_printf(t->arena, "announce.%s", fault.key),
                   FILL("what", fault.what));
}

/* --- approval --- */

/* Why he cannot approve it; NULL: he can. */
static const char *no_approval(const struct turn *t, const struct card *c)
{
    if (c->job.stage != JOB_DRAFT)
        return "announce.not_now";
    if (!c->job.n_accounts)
        return "announce.counting";
    if (str_eq(var(t, JOB_AUTHOR), t->agent->name))
        return "announce.own";
    return job_recipients(&c->job) ? NULL : "announce.nobody";
}

static void ask_approval(const struct turn *t, struct effects *e, struct card *c)
{
    const char *why = no_approval(t, c);
    if (why)
        staff_deny(t, e, why);
    else
        staff_say(t, e, "announce.approve_how");
}

/* The time it starts by itself, if it does. */
static void arm_start(const struct turn *t, struct effects *e, const struct card *c)
{
    if (c->what.at_ms) {
        effect_var(e, JOB_AUTO, turn_number(t, GO_ON_MS));
        effect_timer(e, "start",
                     c->what.at_ms > t->event->now_ms ? c->what.at_ms : t->event->now_ms + 1);
    }
}

static void approve(const struct turn *t, struct effects *e, struct card *c, int64_t count)
{
    const char *why = no_approval(t, c);
    if (!why && count != job_recipients(&c->job))
        why = "announce.count";
    if (why) {
        staff_deny(t, e, why);
    } else {
        effect_var(e, JOB_APPROVER, t->agent->name);
        arm_start(t, e, c);
        set_stage(t, e, &c->job, JOB_APPROVED);
        staff_say(t, e, "announce.approved");
    }
}

/* Admins hear of it in private, where they once wrote to the bot. */
static void tell_agent(const struct turn *t, struct effects *e, const struct agent *agent,
                       const char *data)
{
    for (size_t i = 0; i < t->facts->n_rooms; i++) {
        const struct address *room = &t->facts->rooms[i].address;
        size_t platform = strlen(room->platform);
        for (const char *id = agent->ids; *id; id += strspn(id, " ")) {
            size_t len = strcspn(id, " ");
            if (len > platform + 1 && !strncmp(id, room->platform, platform) && id[platform] == ':')
                effect_tell(e,
                            arena_printf(t->arena, "%s:%s:%.*s", room->platform, room->account,
                                         (int)(len - platform - 1), id + platform + 1),
                            data);
            id += len;
        }
        if (i + 1 < t->facts->n_rooms &&
            str_eq(t->facts->rooms[i + 1].address.account, room->account))
            break; /* one account is enough */
    }
}

static bool is_of_incident(const struct turn *t, const struct card *c)
{
    int64_t id;
    const struct incident *found =
        parse_i64(c->what.incident, &id) ? NULL : facts_incident(t->facts, id);
    return found && incident_is_open(found);
}

/* Alone, for an incident's text: everybody who could object hears of it, and has two minutes. */
static void emergency(const struct turn *t, struct effects *e, struct card *c, const char *reason)
{
    bool may = c->job.stage == JOB_DRAFT && is_of_incident(t, c) && job_recipients(&c->job) > 0;
    if (!may || !*reason) {
        staff_deny(t, e, "announce.emergency_not");
        return;
    }
    const char *said =
        turn_phrase(t, LANE_STAFF, "announce.alert", FILL("no", turn_number(t, c->job.no)),
                    FILL("agent", t->agent->name), FILL("reason", reason),
                    FILL("n", turn_number(t, job_recipients(&c->job))));
    for (size_t i = 0; i < t->facts->n_agents; i++)
        if (t->facts->agents[i].role == ROLE_ADMIN)
            tell_agent(t, e, &t->facts->agents[i], arena_printf(t->arena, LIFE_ALERT "%s", said));
    effect_say(e, LANE_STAFF, &(struct content){.text = said});
    effect_var(e, JOB_APPROVER, arena_printf(t->arena, "%s!", t->agent->name));
    effect_var(e, JOB_AUTO, "1");
    effect_timer(e, "start", t->event->now_ms + OBJECTION_MS);
    c->job.is_urgent = true;
    set_stage(t, e, &c->job, JOB_APPROVED);
    staff_say(t, e, "announce.emergency");
}

/* --- on its way --- */

static void start(const struct turn *t, struct effects *e, struct card *c)
{
    if (c->job.stage != JOB_APPROVED) {
        staff_deny(t, e, "announce.not_now");
        return;
    }
    effect_timer(e, "start", 0);
    effect_var(e, JOB_OUT_MS, turn_number(t, t->event->now_ms));
    set_stage(t, e, &c->job, JOB_CANARY);
    staff_say(t, e, "announce.started");
}

static void go(const struct turn *t, struct effects *e, struct card *c)
{
    if (c->job.stage != JOB_CHECKED) {
        staff_deny(t, e, "announce.not_now");
        return;
    }
    effect_timer(e, "go", 0);
    set_stage(t, e, &c->job, JOB_SENDING);
    staff_say(t, e, "announce.started");
}

static bool is_running(const struct job *job)
{
    return job->stage == JOB_CANARY || job->stage == JOB_SENDING || job->stage == JOB_EDITING ||
           job->stage == JOB_RETRACTING;
}

static void set_paused(const struct turn *t, struct effects *e, struct card *c, bool is_paused)
{
    if (!is_running(&c->job) || c->job.is_paused == is_paused) {
        staff_deny(t, e, "announce.not_now");
        return;
    }
    c->job.is_paused = is_paused;
    keep(t, e, &c->job);
    card_show(t, e);
    staff_say(t, e, is_paused ? "announce.paused" : "announce.resumed");
}

static void pause(const struct turn *t, struct effects *e, struct card *c)
{
    set_paused(t, e, c, true);
}

static void resume(const struct turn *t, struct effects *e, struct card *c)
{
    set_paused(t, e, c, false);
}

static void cancel(const struct turn *t, struct effects *e, struct card *c)
{
    if (c->job.stage > JOB_SENDING) {
        staff_deny(t, e, "announce.not_now");
        return;
    }
    set_stage(t, e, &c->job, JOB_CANCELLED);
    staff_say(t, e, "announce.cancelled");
}

/* --- what is out already --- */

static bool is_out(const struct turn *t, struct effects *e, const struct card *c)
{
    bool is = c->job.stage == JOB_DONE || c->job.stage == JOB_CANCELLED;
    int64_t out_ms = conversation_var_int(t->subject, JOB_OUT_MS);
    if (!is || !out_ms)
        staff_deny(t, e, "announce.not_now");
    else if (t->event->now_ms >= out_ms + JOB_CHANGE_MS)
        staff_deny(t, e, "announce.late");
    else
        return true;
    return false;
}

static void retract(const struct turn *t, struct effects *e, struct card *c)
{
    if (!is_out(t, e, c))
        return;
    set_stage(t, e, &c->job, JOB_RETRACTING);
    staff_say(t, e, "announce.retracting");
}

static void change(const struct turn *t, struct effects *e, struct card *c)
{
    const char *what = var(t, JOB_CHANGE);
    if (!*what || !is_out(t, e, c)) {
        if (!*what)
            staff_deny(t, e, "announce.not_now");
    } else if (str_eq(var(t, JOB_CHANGER), t->agent->name)) {
        staff_deny(t, e, "announce.own");
    } else {
        struct announcement now = c->what, wanted; /* other words, the same people */
        announcement_parse(t->arena, what, &wanted);
        now.texts = wanted.texts;
        now.n_texts = wanted.n_texts;
        now.fallback = wanted.fallback;
        effect_var(e, JOB_WHAT, announcement_print(t->arena, &now));
        effect_var(e, JOB_CHANGE, "");
        effect_var(e, JOB_CHANGER, "");
        c->job.edition++;
        set_stage(t, e, &c->job, JOB_EDITING);
        staff_say(t, e, "announce.changed");
    }
}

static void preview(const struct turn *t, struct effects *e, struct card *c)
{
    (void)c;
    tell_agent(t, e, t->agent, arena_printf(t->arena, LIFE_PREVIEW "%s", var(t, JOB_WHAT)));
    staff_say(t, e, "announce.previewed");
}

static void show(const struct turn *t, struct effects *e, struct card *c)
{
    (void)c;
    card_show(t, e);
}

/* --- what the accounts tell --- */

static const char *word(const struct turn *t, const char **at)
{
    size_t len = strcspn(*at, " ");
    const char *found = arena_strndup(t->arena, *at, len);
    *at += len + ((*at)[len] == ' ');
    return found;
}

static void note_rate(const struct turn *t, struct effects *e, const struct card *c)
{
    int64_t over = card_sum(t, c, NULL) - card_sum(t, c, "planned"), now = t->event->now_ms;
    const char *before = var(t, JOB_RATE);
    char *rest;
    int64_t ms = strtoll(before, &rest, 10), was = strtoll(rest, NULL, 10);
    if (ms && now > ms)
        effect_var(e, JOB_PER_MIN, turn_number(t, (over - was) * 60000 / (now - ms)));
    effect_var(e, JOB_RATE, arena_printf(t->arena, "%" PRId64 " %" PRId64, now, over));
}

static bool may_go_on(const struct turn *t, const struct card *c)
{
    int64_t over = card_sum(t, c, NULL) - card_sum(t, c, "planned");
    int64_t fine = card_sum(t, c, "sent") + card_sum(t, c, "blocked") +
                   card_sum(t, c, "deactivated") + card_sum(t, c, "opted_out");
    return *var(t, JOB_AUTO) && (over - fine) * 100 <= over * MAX_FAULTY;
}

/* All accounts have done the step. */
static void advance(const struct turn *t, struct effects *e, struct card *c)
{
    struct job *job = &c->job;
    int64_t wait_ms = conversation_var_int(t->subject, JOB_AUTO);
    switch (job->stage) {
    case JOB_CANARY:
        if (!card_sum(t, c, "planned")) {
            set_stage(t, e, job, JOB_DONE);
        } else if (may_go_on(t, c) && wait_ms <= 1) {
            set_stage(t, e, job, JOB_SENDING);
        } else {
            if (may_go_on(t, c))
                effect_timer(e, "go", t->event->now_ms + wait_ms);
            set_stage(t, e, job, JOB_CHECKED);
        }
        break;
    case JOB_SENDING:
        effect_var(e, JOB_OUT_MS, turn_number(t, t->event->now_ms));
        set_stage(t, e, job, JOB_DONE);
        break;
    case JOB_EDITING:
        set_stage(t, e, job, JOB_DONE);
        break;
    case JOB_RETRACTING:
        set_stage(t, e, job, JOB_RETRACTED);
        break;
    case JOB_DRAFT:
    case JOB_APPROVED:
    case JOB_CHECKED:
    case JOB_DONE:
    case JOB_RETRACTED:
    case JOB_CANCELLED:
    case JOB_STAGES:
        keep(t, e, job);
        card_show(t, e);
        break;
    }
}

static void note_account(const struct turn *t, struct job *job, const char *account,
                         const char *did, int64_t n)
{
    struct job_account *found = job_account(job, account);
    if (!found) {
        struct job_account *all =
            arena_alloc(t->arena, (job->n_accounts + 1) * sizeof(*job->accounts));
        for (size_t i = 0; i < job->n_accounts; i++)
            all[i] = job->accounts[i];
        job->accounts = all;
        found = &all[job->n_accounts++];
        *found = (struct job_account){account, n, did};
    }
    found->did = did;
}

/* "did telegram:77 3 canary sent=98 blocked=2" */
static void hear(const struct turn *t, struct effects *e, const char *at, bool is_done)
{
    struct card c;
    word(t, &at);
    const char *account = word(t, &at), *revision = word(t, &at), *step = word(t, &at);
    if (!card_read(t, &c) || !str_eq(revision, turn_number(t, c.job.revision)) ||
        (is_done && (!str_eq(step, job_step(t->arena, &c.job)) ||
                     job_account_is_done(t->arena, &c.job, account))))
        return;
    effect_var(e, arena_printf(t->arena, JOB_SUMS "%s", account), at);
    if (is_done)
        note_account(t, &c.job, account, step, 0);
    if (is_done && c.job.stage == JOB_DRAFT) {
        int64_t others = job_recipients(&c.job);
        job_account(&c.job, account)->n = card_sum(t, &c, NULL) - others;
    }
    note_rate(t, e, &c);
    if (is_done && job_is_done(t->arena, &c.job)) {
        advance(t, e, &c);
    } else if (is_done) {
        keep(t, e, &c.job);
        card_show(t, e);
    } else {
        card_refresh(t, e);
    }
}

void life_told(const struct turn *t, struct effects *e)
{
    const char *data = t->event->data;
    struct card c;
    if (starts_with(data, LIFE_DRAFT) || starts_with(data, LIFE_LIST)) {
        const char *at = data, *verb = word(t, &at), *by = word(t, &at);
        if (str_eq(verb, "draft"))
            life_begin(t, e, by, arena_strdup(t->arena, at));
        else if (card_read(t, &c) && c.job.stage <= JOB_APPROVED)
            set_list(t, e, &c, by, arena_strdup(t->arena, at));
    } else if (starts_with(data, "did ") || starts_with(data, "progress ")) {
        hear(t, e, data, *data == 'd');
    }
}

void life_timer(const struct turn *t, struct effects *e)
{
    struct card c;
    if (!card_read(t, &c))
        return;
    if (str_eq(t->event->data, "start") && c.job.stage == JOB_APPROVED) {
        effect_var(e, JOB_OUT_MS, turn_number(t, t->event->now_ms));
        set_stage(t, e, &c.job, JOB_CANARY);
    } else if (str_eq(t->event->data, "go") && c.job.stage == JOB_CHECKED) {
        set_stage(t, e, &c.job, JOB_SENDING);
    } else if (str_eq(t->event->data, "forget")) {
        bool is_newest = facts_next_job(t->facts) == c.job.no + 1;
        if (is_newest) /* or the next one would get its number */
            effect_timer(e, "forget", t->event->now_ms + KEPT_MS);
        else
            effect_put(e, "jobs", turn_number(t, c.job.no), "");
    }
}

/* --- what people do --- */

static const struct {
    const char *name;
    void (*run)(const struct turn *t, struct effects *e, struct card *c);
} acts[] = {
    {"preview", preview}, {"approve", ask_approval}, {"start", start},
    {"go", go},           {"pause", pause},          {"resume", resume},
    {"cancel", cancel},   {"retract", retract},      {"change", change},
    {"show", show},
};

/* False: there is no such act. */
static bool act(const struct turn *t, struct effects *e, struct card *c, const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(acts); i++)
        if (str_eq(acts[i].name, name)) {
            acts[i].run(t, e, c);
            return true;
        }
    return false;
}

/* "job:approve:3": a button of an earlier revision does nothing. */
void life_pressed(const struct turn *t, struct effects *e)
{
    struct card c;
    const char *data = t->event->data;
    if (!starts_with(data, "job:") || !staff_may(t, e, MAY_ANNOUNCE, "staff.not_allowed") ||
        !card_read(t, &c))
        return;
    data += strlen("job:");
    const char *colon = data + strcspn(data, ":");
    const char *name = arena_strndup(t->arena, data, (size_t)(colon - data));
    if (!*colon || !str_eq(colon + 1, turn_number(t, c.job.revision)) || !act(t, e, &c, name))
        staff_deny(t, e, "announce.stale");
}

void life_typed(const struct turn *t, struct effects *e, const char *pictures)
{
    struct card c;
    const char *typed = t->event->content.text;
    int64_t n;
    bool is_number = !parse_i64(typed, &n), is_command = *typed == '/';
    struct content content = t->event->content;
    bool is_list = draft_has_list(&content) && !is_command;
    if (content.kind != CONTENT_TEXT || (!is_number && !is_command && !is_list))
        return; /* people talk about it */
    size_t len = strcspn(typed, " @\n");
    const char *name = arena_strndup(t->arena, typed + is_command, len - is_command);
    const char *rest = typed + len + (typed[len] == '@' ? strcspn(typed + len, " \n") : 0);
    rest += strspn(rest, " \n");
    if (!staff_may(t, e, MAY_ANNOUNCE, "staff.not_allowed"))
        return;
    const char *list = is_list ? draft_list(t, e, &content) : NULL;
    if (is_list && !list)
        return;
    if (!card_read(t, &c))
        staff_deny(t, e, "announce.not_now");
    else if (is_list)
        set_list(t, e, &c, t->agent->name, list);
    else if (is_number)
        approve(t, e, &c, n);
    else if (str_eq(name, "approve") && !parse_i64(rest, &n))
        approve(t, e, &c, n);
    else if (str_eq(name, "text"))
        text(t, e, &c, pictures);
    else if (str_eq(name, "emergency"))
        emergency(t, e, &c, rest);
    else if (!act(t, e, &c, name))
        staff_say(t, e, "announce.help");
}
