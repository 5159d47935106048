/* Staff in a case's topic: whose words reach the customer, what is held, what is a note; buttons;
 * timers; what became of a send. */
#include "bot/ports/handler.h"

#include "handlers/staff/canned.h"
#include "handlers/staff/case.h"
#include "handlers/staff/commands.h"
#include "handlers/staff/elsewhere.h"
#include "handlers/staff/fate.h"
#include "handlers/staff/foreign.h"
#include "handlers/staff/held.h"
#include "handlers/staff/steps.h"

#include <inttypes.h>

#define NOTICE_UNITS   3000 /* of UTF-16: what is said beside it fits into one post, too */
#define NOTICE_HOLD_MS 600  /* several become one post */

/* --- small helps --- */

void staff_answer(const struct turn *t, struct effects *e, bool denied, const char *key,
                  const struct fill *values, size_t n)
{
    const char *text = turn_phrase_(t, LANE_STAFF, key, values, n);
    if (t->event->type == EVENT_BUTTON || str_eq(t->event->from.platform, "cli")) {
        effect_show(e, text)->denied = denied;
        return;
    }
    if (t->event->type == EVENT_TOLD) {
        elsewhere_answer(t, e, text);
        return;
    }
    struct content content = {.text = text};
    effect_say(e, conversation_is_room(t->subject) ? LANE_CUSTOMER : LANE_STAFF, &content);
}

bool staff_may(const struct turn *t, struct effects *e, enum power power, const char *denial)
{
    const char *name = str_empty(t->event->name) ? "?" : t->event->name;
    if (t->event->is_anonymous)
        staff_deny(t, e, "staff.anonymous");
    else if (!t->agent)
        staff_deny(t, e, "staff.stranger", FILL("name", name));
    else if (!role_may(t->agent->role, power))
        staff_deny(t, e, denial);
    else
        return true;
    return false;
}

/* --- newcomers --- */

#define NEWCOMER      "newcomer." /* and the user's id: the name */
#define MAX_NEWCOMERS 20

static bool has_place(const struct turn *t)
{
    size_t n = 0;
    for (size_t i = 0; i < t->subject->n_vars; i++)
        n += starts_with(t->subject->vars[i].name, NEWCOMER);
    return n < MAX_NEWCOMERS;
}

static bool is_for_colleagues(const struct content *content)
{
    return content->text[0] == '/'; /* a command, or a note */
}

/* Words for the customer are held, should an admin let the writer answer. */
static void hold_newcomer(const struct turn *t, struct effects *e)
{
    const struct event *event = t->event;
    const char *name = str_empty(event->name) ? event->from.user : event->name;
    const char *var = arena_printf(t->arena, NEWCOMER "%s", event->from.user);
    struct effect *asked = say(t, e, LANE_STAFF, "staff.not_registered", FILL("name", name));
    if (!*conversation_var(t->subject, var) && !has_place(t))
        return;
    if (t->subject->state == STATE_WAITING && !is_for_colleagues(&event->content) &&
        !content_is_empty(&event->content))
        held_store(t, e);
    const char *label =
        turn_phrase(t, LANE_STAFF, "staff.let", FILL("name", text_excerpt(t->arena, name, 24)));
    char *data = arena_printf(t->arena, "let:%s:%" PRId64, event->from.user, e->line);
    content_button(t->arena, &asked->content, label, data);
    effect_var(e, var, name);
}

static void let_newcomer(const struct turn *t, struct effects *e, const char *data)
{
    size_t len = strcspn(data, ":");
    char *user = arena_strndup(t->arena, data, len);
    char *var = arena_printf(t->arena, NEWCOMER "%s", user);
    const char *name = arena_strdup(t->arena, conversation_var(t->subject, var));
    int64_t line;
    if (!role_may(t->agent->role, MAY_ADMINISTER)) {
        staff_deny(t, e, "staff.admin_only");
        return;
    }
    effect_var(e, var, "");
    if (!*name || facts_agent_by_id(t->facts, t->event->from.platform, user)) {
        staff_deny(t, e, "staff.held_gone");
        return;
    }
    effect_tell(e, t->event->room,
                arena_printf(t->arena, "agent %s:%s %s", t->event->from.platform, user, name));
    struct effect *said = say(t, e, LANE_STAFF, "staff.let_done", FILL("name", name));
    bool is_held = data[len] && !parse_i64(data + len + 1, &line) && held_is(t, line);
    if (is_held && t->subject->state == STATE_WAITING)
        held_ask(t, e, said, line);
    else if (is_held)
        held_drop(t, e, line);
    effect_show(e, "");
}

/* --- words --- */

/* What is said by a reply to a colleague's post is for that colleague. */
static bool answers_colleague(const struct event *event)
{
    if (event->content.kind != CONTENT_TEXT)
        return false;
    if (str_empty(event->about_user)) /* staff's lines have negative numbers */
        return event->content.about_line < 0;
    return !str_eq(event->about_user, event->from.user) &&
           !str_eq(event->about_user, event->from.account);
}

/* What a staff line is about is known by its negative number in its own room only. */
static void relay(const struct turn *t, struct effects *e, enum lane_id lane)
{
    struct content *c = &effect_relay(e, lane, t->agent->name)->content;
    if (c->about_line < 0)
        c->about_line = -c->about_line;
}

static void tell_unreadable(const struct turn *t, struct effects *e)
{
    const char *what =
        turn_phrase(t, LANE_STAFF, "staff.unreadable", FILL("kind", t->event->content.unreadable));
    staff_deny(t, e, "staff.failed", FILL("why", what));
}

static void reply(const struct canned *canned, const struct turn *t, struct effects *e)
{
    if (canned_is_asked(&t->event->content)) {
        canned_say(canned, t, e, &t->event->content, e->line);
        return;
    }
    if (!foreign_may_go(t, e))
        return;
    relay(t, e, LANE_CUSTOMER);
    relay(t, e, LANE_STAFF);
    if (t->event->content.unreadable) /* its words went, the rest of it did not */
        tell_unreadable(t, e);
    if (t->event->content.kind == CONTENT_TEXT)
        case_answered(t, e);
}

static bool runs_command(const struct content *content)
{
    return content->text[0] == '/' && content->text[1] != '/';
}

/* Whose words these are may not speak to the customer now. */
static void tell_why_not(const struct turn *t, struct effects *e)
{
    const struct conversation *c = t->subject;
    if (c->state == STATE_BOT)
        staff_deny(t, e, "staff.no_case");
    else if (c->state == STATE_WAITING)
        staff_deny(t, e, "staff.hold");
    else
        staff_deny(t, e, "staff.not_yours", FILL("agent", case_alias(t, c->owner)));
}

/* Of a note the change is nobody's business; of words that the customer has it is missed. */
static void tell_lost_edit(const struct turn *t, struct effects *e)
{
    int64_t line = -t->event->content.about_line; /* staff's own lines are negative */
    const struct fates *f = line > 0 ? need_fates(e, line) : NULL;
    if (f && fate_went_out(f, line))
        tell_why_not(t, e);
}

static void words(const struct canned *canned, const struct turn *t, struct effects *e)
{
    const struct conversation *c = t->subject;
    const struct content *content = &t->event->content;
    bool is_canned = canned_is_asked(content); /* from here on like plain words */
    if (t->event->is_anonymous) {
        staff_deny(t, e, "staff.anonymous");
    } else if (t->agent && content->kind == CONTENT_EDIT && runs_command(content)) {
        if (!starts_with(content->text, "/note")) /* that one stays a note */
            staff_deny(t, e, "staff.command_edited");
    } else if (t->agent && content->kind == CONTENT_TEXT && runs_command(content) && !is_canned) {
        commands_run(t, e, content->text + 1);
    } else if (t->agent && is_canned && !canned_words(canned, t, e, content)) {
        return; /* it was said why */
    } else if (held_change(t, e)) {
        return;
    } else if (starts_with(content->text, "//")) {
        return; /* a note, as its writer wants it: the transcript has it */
    } else if (answers_colleague(t->event) && !is_canned) {
        staff_deny(t, e, "staff.noted_reply");
    } else if (!t->agent) {
        if (content->kind == CONTENT_TEXT)
            hold_newcomer(t, e);
    } else if (content->unreadable && content_is_empty(content)) {
        tell_unreadable(t, e);
    } else if (str_eq(c->owner, t->agent->name)) {
        reply(canned, t, e);
    } else if (content->kind == CONTENT_EDIT) {
        tell_lost_edit(t, e);
    } else if (content->kind != CONTENT_TEXT) {
        return;
    } else if (c->state == STATE_WAITING && settings_is(t->settings, "CLAIM_BY_REPLY", "on")) {
        if (commands_claim(t, e))
            reply(canned, t, e);
    } else if (c->state == STATE_WAITING) {
        if (is_canned || foreign_may_go(t, e))
            held_keep(t, e);
    } else {
        tell_why_not(t, e);
    }
}

/* --- buttons --- */

static void decide_held(const struct canned *canned, const struct turn *t, struct effects *e,
                        const char *line_text, bool send)
{
    int64_t line;
    if (parse_i64(line_text, &line) || !held_is(t, line)) {
        staff_deny(t, e, "staff.held_gone");
    } else if (!send) {
        held_drop(t, e, line);
        staff_say(t, e, "staff.noted");
    } else if (commands_claim(t, e) && held_send(canned, t, e, line)) {
        staff_say(t, e, "staff.sent");
    }
}

/* The second press, by the owner. */
static void send_anyway(const struct canned *canned, const struct turn *t, struct effects *e,
                        const char *line_text)
{
    int64_t line;
    if (parse_i64(line_text, &line) || !held_is(t, line))
        staff_deny(t, e, "staff.held_gone");
    else if (!str_eq(t->subject->owner, t->agent->name))
        staff_deny(t, e, "staff.not_yours", FILL("agent", case_alias(t, t->subject->owner)));
    else if (held_send(canned, t, e, line))
        staff_say(t, e, "staff.sent");
}

static enum verdict pressed(const struct canned *canned, const struct turn *t, struct effects *e)
{
    const char *data = t->event->data;
    if (!t->agent) {
        staff_deny(t, e, "staff.not_registered",
                   FILL("name", str_empty(t->event->name) ? "?" : t->event->name));
    } else if (str_eq(data, "claim")) {
        commands_run(t, e, data);
    } else if (starts_with(data, "claim:")) {
        decide_held(canned, t, e, data + strlen("claim:"), true);
    } else if (starts_with(data, "send:")) {
        send_anyway(canned, t, e, data + strlen("send:"));
    } else if (starts_with(data, "note:")) {
        decide_held(canned, t, e, data + strlen("note:"), false);
    } else if (starts_with(data, "let:")) {
        let_newcomer(t, e, data + strlen("let:"));
    } else {
        effect_show(e, "");
    }
    return HANDLER_DONE;
}

/* --- timers --- */

static enum verdict timer(const struct turn *t, struct effects *e, const char *name)
{
    const struct conversation *c = t->subject;
    int64_t now = t->event->now_ms;
    const char *waited = turn_wait(t, LANE_STAFF, c->unanswered ? now - c->unanswered : 0);
    if (str_eq(name, "claim_remind")) {
        int64_t left = conversation_var_int(c, "timer.claim_return") - now;
        say(t, e, LANE_STAFF, "staff.remind", FILL("agent", case_alias(t, c->owner)),
            FILL("waited", waited), FILL("left", turn_wait(t, LANE_STAFF, left)));
    } else if (str_eq(name, "claim_return")) {
        const char *owner = case_alias(t, arena_strdup(t->arena, c->owner));
        if (!effect_release(e))
            return HANDLER_DONE;
        say(t, e, LANE_STAFF, "staff.returned", FILL("agent", owner), FILL("waited", waited));
        say(t, e, LANE_CUSTOMER, "handoff.returned", FILL("case", turn_number(t, c->case_no)));
        case_show_card(t, e);
        case_arm_alarm(t, e);
    } else if (str_eq(name, "case_idle") && c->state == STATE_CLAIMED) {
        int64_t idle = settings_int(t->settings, "CASE_IDLE");
        say(t, e, LANE_STAFF, "staff.closed_idle", FILL("case", turn_number(t, c->case_no)),
            FILL("waited", turn_wait(t, LANE_STAFF, idle)));
        case_close(t, e);
    } else if (str_eq(name, "wait_alarm") && c->unanswered && c->state != STATE_PENDING) {
        say(t, e, LANE_STAFF, "staff.alarm", FILL("leads", case_leads(t)), FILL("waited", waited),
            FILL("case", turn_number(t, c->case_no)));
        effect_timer(e, "wait_alarm", now + 2 * (now - c->unanswered)); /* rarer and rarer */
        effect_count(e, "alarms", 1);
    } else if (str_eq(name, "pending")) {
        say(t, e, LANE_CUSTOMER, "handoff.pending_due", FILL("case", turn_number(t, c->case_no)));
        effect_set_int(e, unanswered, now);
        case_resume(t, e, "staff.pending_due");
    } else if (str_eq(name, "pending_update")) {
        commands_pending_update(t, e);
    } else if (str_eq(name, STEPS_TIMER)) {
        steps_due(t, e);
    } else {
        return HANDLER_PASS; /* somebody else's */
    }
    return HANDLER_DONE;
}

/* --- what became of a send --- */

/* What a forum did not take must not be missed there: its words are shown plainly. */
static void not_shown(const struct turn *t, struct effects *e, const char *why)
{
    const struct content *c = &t->event->content;
    const char *words = arena_strndup(t->arena, c->text, text_cut(c->text, NOTICE_UNITS));
    if (c->n_files)
        words = arena_printf(t->arena, "[%s] %s", file_kind_name(c->files[0].kind), words);
    struct effect *told =
        say(t, e, LANE_STAFF, "staff.not_shown", FILL("why", why), FILL("words", words));
    told->hold_ms = NOTICE_HOLD_MS;
    told->notice = true;
    told->only_room = t->event->lane;
}

/* Of the open case, or of the last one, which may have been closed before it was known. */
static bool is_of_case(const struct turn *t)
{
    return t->subject->state != STATE_BOT ||
           t->event->line <= conversation_var_int(t->subject, CASE_LINES);
}

static void refused(const struct turn *t, struct effects *e)
{
    const struct event *event = t->event;
    bool is_customers = str_eq(event->lane, "customer");
    if (is_customers && event->refusal == REFUSAL_BLOCKED)
        effect_set_int(e, blocked, 1);
    if (is_customers && !is_of_case(t))
        return;
    char *key = arena_printf(t->arena, "refused.%s", refusal_name(event->refusal));
    const char *words = turn_phrase(t, LANE_STAFF, key, FILL("why", event->data));
    if (!is_customers) {
        not_shown(t, e, words);
        return;
    }
    const char *what = event->content.kind == CONTENT_DELETE ? "staff.not_deleted"
                       : event->content.kind == CONTENT_EDIT ? "staff.not_changed"
                                                             : "staff.failed";
    struct effect *told = say(t, e, LANE_STAFF, what, FILL("why", words));
    told->content.about_line = event->line;
}

/* --- its topic --- */

/* Who may not manage topics could write there no more. */
static void reopen_topic(const struct turn *t, struct effects *e)
{
    struct content open = {.kind = CONTENT_HOME, .text = "", .reopen = true};
    effect_say(e, LANE_STAFF, &open)->only_room = t->event->room;
    say(t, e, LANE_STAFF, "staff.topic_stays")->only_room = t->event->room;
}

static void open_again(const struct turn *t, struct effects *e)
{
    size_t first = e->n;
    say(t, e, LANE_STAFF, "staff.moved");
    case_show_card(t, e);
    for (size_t i = first; i < e->n; i++)
        e->items[i]->only_room = t->event->lane;
}

static void topic(const struct turn *t, struct effects *e)
{
    if (t->subject->state == STATE_BOT)
        return;
    if (str_eq(t->event->data, "closed"))
        reopen_topic(t, e);
    else if (str_eq(t->event->data, "lost"))
        open_again(t, e);
}

static void member(const struct turn *t, struct effects *e)
{
    bool blocked = str_eq(t->event->data, "blocked");
    if (!t->event->is_private)
        return;
    effect_set_int(e, blocked, blocked);
    if (t->subject->state != STATE_BOT)
        say(t, e, LANE_STAFF, blocked ? "staff.blocked" : "staff.unblocked");
}

/* "room Night shift\nSomething is missing…": to an admin, in his own chat with the bot. */
static bool hear_of_room(const struct turn *t, struct effects *e, const char *told)
{
    const char *name = told + strlen(TOLD_OF_ROOM), *finding = strchr(told, '\n');
    if (!starts_with(told, TOLD_OF_ROOM) || !finding)
        return false;
    if (!t->subject->last_in) /* he never pressed start: a bot may not write first */
        return true;
    struct fill values[] = {{"room", arena_strndup(t->arena, name, (size_t)(finding - name))},
                            {"finding", finding + 1}};
    struct content said = {.text = phrase(t->phrases, t->arena, turn_lang(t, LANE_STAFF),
                                          "room.for_admin", values, ARRAY_LEN(values))};
    effect_say(e, LANE_CUSTOMER, &said)->notice = true;
    return true;
}

static enum verdict handle(const void *self, const struct turn *t, struct effects *e)
{
    const struct canned *canned = self;
    switch (t->event->type) {
    case EVENT_MESSAGE:
        if (!t->event->room)
            return HANDLER_PASS;
        words(canned, t, e);
        return HANDLER_DONE;
    case EVENT_BUTTON:
        return t->event->room ? pressed(canned, t, e) : HANDLER_PASS;
    case EVENT_TIMER:
        return timer(t, e, t->event->data);
    case EVENT_REFUSED:
        refused(t, e);
        return HANDLER_DONE;
    case EVENT_DOUBT:
        if (str_eq(t->event->lane, "customer") && is_of_case(t))
            say(t, e, LANE_STAFF, "staff.doubt")->content.about_line = t->event->line;
        return HANDLER_DONE;
    case EVENT_MEMBER:
        member(t, e);
        return HANDLER_DONE;
    case EVENT_HOME:
        topic(t, e);
        return HANDLER_DONE;
    case EVENT_TOLD:
        if (hear_of_room(t, e, t->event->data) || elsewhere_told(t, e))
            return HANDLER_DONE;
        break;
    case EVENT_ROOM:
        return HANDLER_DONE;
    }
    return HANDLER_PASS;
}

/* --- loading --- */

static int load(const struct handler_files *files, const struct settings *settings,
                const struct phrases *phrases, void **self, struct buf *why)
{
    (void)phrases;
    *self = canned_load(files, settings, why);
    return *self ? 0 : -1;
}

static void unload(void *self)
{
    canned_free(self);
}

static void check(const void *self, struct buf *out)
{
    canned_check(self, out);
}

const struct handler staff_handler = {
    .name = "staff",
    .help = "agents in a case's topic",
    .states = IN_ANY_STATE,
    .load = load,
    .unload = unload,
    .check = check,
    .handle = handle,
};
