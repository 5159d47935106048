#include "handlers/compensation/list.h"

#include "handlers/compensation/claim.h"
#include "handlers/compensation/line.h"
#include "handlers/compensation/receive.h"

#include <inttypes.h>

#define LOG_MAX 4000 /* bytes; the oldest go first */
#define TIMER   "tell"
#define PASSES  3    /* the news and two reminders */
#define STEP_MS 1000 /* between PAY_STEP lines and the next */
#define END_MS  5000 /* … and after the last, until what became of them is said */

bool pay_is_record(const struct conversation *c)
{
    return starts_with(c->id, PAY_SUBJECT);
}

static const char *var(const struct turn *t, const char *name)
{
    return conversation_var(t->subject, name);
}

static const char *name_of(const struct turn *t)
{
    const char *name = t->subject->id + strlen(PAY_SUBJECT);
    return arena_strndup(t->arena, name, strcspn(name, ":"));
}

static bool is_at(const struct turn *t, const char *stage)
{
    return str_eq(var(t, "stage"), stage);
}

/* --- saying --- */

/* Who did what, for whoever asks later. */
static void note(const struct turn *t, struct effects *e, const char *who, const char *what)
{
    char *log =
        arena_printf(t->arena, "%s%" PRId64 " %s %s\n", var(t, "log"), t->event->now_ms, who, what);
    while (strlen(log) > LOG_MAX)
        log = strchr(log, '\n') + 1;
    effect_var(e, "log", log);
}

#define ANSWER(t, e, room, key, ...) answer(t, e, room, key, FILLS(__VA_ARGS__))
static void answer(const struct turn *t, struct effects *e, const char *room, const char *key,
                   const struct fill *values, size_t n)
{
    const char *text = turn_phrase_(t, LANE_STAFF, key, values, n);
    effect_var(e, "answer", text);
    effect_var(e, "refused", "1");
    if (starts_with(room, "room:"))
        effect_tell(e, room, arena_printf(t->arena, PAY_SAID "%s", text));
}

static void tell_rooms(const struct turn *t, struct effects *e, const char *text)
{
    for (size_t i = 0; i < t->facts->n_rooms; i++)
        effect_tell(e, t->facts->rooms[i].id, arena_printf(t->arena, PAY_SAID "%s", text));
}

static const char *number(const struct turn *t, const char *name)
{
    const char *value = var(t, name);
    return *value ? value : "0";
}

int64_t pay_list_left_ms(const struct conversation *list)
{
    int64_t rows = conversation_var_int(list, "rows"), told = conversation_var_int(list, "next");
    bool is_on = str_eq(conversation_var(list, "stage"), "released") &&
                 conversation_var_int(list, "pass") < PASSES &&
                 (told || !*conversation_var(list, "pass"));
    return is_on && told < rows ? (rows - told + PAY_STEP - 1) / PAY_STEP * STEP_MS : 0;
}

/* "12345 · told": a line each. */
static const char *report(const struct turn *t)
{
    static const char *const own[] = {"told", "unproven"};
    struct arena *a = t->arena;
    char *all = arena_strdup(a, "");
    for (size_t i = 0; i < ARRAY_LEN(own); i++) {
        const char *n = number(t, arena_printf(a, PAY_HEARD "%s", own[i]));
        if (!str_eq(n, "0"))
            all = arena_printf(
                a, "%s%s · %s\n", all, n,
                turn_phrase(t, LANE_STAFF, arena_printf(a, "compensation.heard_%s", own[i])));
    }
    for (enum refusal r = 0; r < REFUSALS; r++) {
        const char *n = number(t, arena_printf(a, PAY_HEARD "%s", refusal_name(r)));
        const char *key = arena_printf(a, "refused.%s", refusal_name(r));
        if (!str_eq(n, "0"))
            all = arena_printf(a, "%s%s · %s\n", all, n, turn_phrase(t, LANE_STAFF, key));
    }
    return all;
}

static const char *card(const struct turn *t, const char *key)
{
    const char *check = arena_strndup(t->arena, var(t, "check"), PAY_TYPED);
    int64_t left = pay_list_left_ms(t->subject);
    return turn_phrase(t, LANE_STAFF, key, FILL("list", name_of(t)), FILL("rows", var(t, "rows")),
                       FILL("next", number(t, "next")), FILL("report", report(t)),
                       FILL("left", left ? turn_wait(t, LANE_STAFF, left) : ""),
                       FILL("sums", pay_sums_words(t->arena, var(t, "sums"))), FILL("check", check),
                       FILL("author", var(t, "author")), FILL("approver", var(t, "approver")),
                       FILL("stage", var(t, "stage")), FILL("confirmed", number(t, "n.confirmed")),
                       FILL("disputed", number(t, "n.disputed")),
                       FILL("claimed", pay_sums_words(t->arena, var(t, "confirmed"))));
}

/* --- a draft --- */

static void begin(const struct turn *t, struct effects *e, const char *at)
{
    const char *who = pay_word(t->arena, &at), *check = pay_word(t->arena, &at);
    if (is_at(t, "released")) {
        tell_rooms(t, e,
                   turn_phrase(t, LANE_STAFF, "compensation.taken", FILL("list", name_of(t))));
        return;
    }
    effect_var(e, "stage", "loading");
    effect_var(e, "author", who);
    effect_var(e, "check", check);
    note(t, e, who, "begins to upload");
}

static void draft(const struct turn *t, struct effects *e, const char *at)
{
    const char *check = pay_word(t->arena, &at), *rows = pay_word(t->arena, &at);
    const char *chunks = pay_word(t->arena, &at);
    if (!is_at(t, "loading") || !str_eq(check, var(t, "check")))
        return; /* somebody else has begun meanwhile */
    effect_var(e, "stage", "draft");
    effect_var(e, "rows", rows);
    effect_var(e, "chunks", chunks);
    effect_var(e, "sums", at + (*at == '\n'));
    note(t, e, var(t, "author"), arena_printf(t->arena, "uploaded %s lines, %s", rows, check));
    tell_rooms(t, e, card(t, "compensation.drafted"));
}

/* --- approval --- */

static const char *refusal(const struct turn *t, const char *who, const char *rows,
                           const char *check)
{
    const struct agent *agent = facts_agent(t->facts, who);
    if (!is_at(t, "draft"))
        return "compensation.no_draft";
    if (!agent || !role_may(agent->role, MAY_ANNOUNCE))
        return "compensation.not_allowed";
    if (str_eq(who, var(t, "author")))
        return "compensation.own";
    bool is_right = str_eq(rows, var(t, "rows")) && strlen(check) == PAY_TYPED &&
                    starts_with(var(t, "check"), check);
    return is_right ? NULL : "compensation.other_list";
}

static void approve(const struct turn *t, struct effects *e, const char *at)
{
    struct arena *a = t->arena;
    const char *who = pay_word(a, &at), *rows = pay_word(a, &at), *check = pay_word(a, &at);
    const char *room = pay_word(a, &at), *why = refusal(t, who, rows, check);
    int64_t chunks;
    if (why || parse_i64(var(t, "chunks"), &chunks)) {
        ANSWER(t, e, room, why ? why : "compensation.no_draft", FILL("list", name_of(t)));
        return;
    }
    effect_var(e, "stage", "released");
    effect_var(e, "approver", who);
    note(t, e, who, "approved");
    for (int64_t i = 0; i < chunks; i++)
        effect_tell(e, arena_printf(a, "%s:%" PRId64, t->subject->id, i),
                    arena_printf(a, "release %s", var(t, "check")));
    effect_timer(e, TIMER, t->event->now_ms + STEP_MS);
    const char *text = card(t, "compensation.released");
    effect_var(e, "answer", text);
    effect_var(e, "refused", "");
    tell_rooms(t, e, text);
}

static void cancel(const struct turn *t, struct effects *e, const char *at)
{
    const char *who = pay_word(t->arena, &at), *room = pay_word(t->arena, &at);
    const struct agent *agent = facts_agent(t->facts, who);
    bool is_open = is_at(t, "draft") || is_at(t, "loading");
    if (!is_open || !agent || !role_may(agent->role, MAY_ANNOUNCE)) {
        ANSWER(t, e, room, is_open ? "compensation.not_allowed" : "compensation.no_draft",
               FILL("list", name_of(t)));
        return;
    }
    effect_var(e, "stage", "cancelled");
    note(t, e, who, "cancelled");
    ANSWER(t, e, room, "compensation.cancelled", FILL("list", name_of(t)));
    effect_var(e, "refused", "");
}

static void show(const struct turn *t, struct effects *e, const char *room)
{
    const char *text = *var(t, "rows") ? card(t, "compensation.card")
                                       : turn_phrase(t, LANE_STAFF, "compensation.no_list");
    effect_tell(e, room, arena_printf(t->arena, PAY_SAID "%s", text));
}

/* --- what customers did --- */

static void add(const struct turn *t, struct effects *e, const char *name, int64_t n)
{
    effect_var(e, name, turn_number(t, conversation_var_int(t->subject, name) + n));
}

static void mark(const struct turn *t, struct effects *e, const char *at)
{
    const char *state = pay_word(t->arena, &at), *before = pay_word(t->arena, &at);
    const char *asset = pay_word(t->arena, &at), *amount = pay_word(t->arena, &at);
    add(t, e, arena_printf(t->arena, "n.%s", state), 1);
    if (!str_eq(before, PAY_OWED))
        add(t, e, arena_printf(t->arena, "n.%s", before), -1);
    if (str_eq(state, PAY_CONFIRMED))
        effect_var(e, "confirmed", pay_sums_add(t->arena, var(t, "confirmed"), asset, amount));
}

static void count_heard(const struct turn *t, struct effects *e, const char *at)
{
    const char *state = pay_word(t->arena, &at), *before = pay_word(t->arena, &at);
    add(t, e, arena_printf(t->arena, PAY_HEARD "%s", state), 1);
    if (*before)
        add(t, e, arena_printf(t->arena, PAY_HEARD "%s", before), -1);
}

static void exported(const struct turn *t, struct effects *e, const char *at)
{
    const char *head = pay_word(t->arena, &at), *who = pay_word(t->arena, &at);
    effect_var(e, arena_printf(t->arena, "head.%s", head), turn_number(t, t->event->now_ms));
    note(t, e, who, arena_printf(t->arena, "exported %s", head));
}

/* --- telling the customers --- */

/* Everybody has heard, as far as he can: said once; later passes only remind. */
static void end_pass(const struct turn *t, struct effects *e, int64_t pass)
{
    int64_t now = t->event->now_ms;
    if (!pass)
        tell_rooms(t, e, card(t, "compensation.all_told"));
    effect_var(e, "next", "");
    effect_var(e, "pass", turn_number(t, pass + 1));
    if (pass + 1 < PASSES)
        effect_timer(e, TIMER, now + settings_int(t->settings, "COMPENSATION_REMIND"));
}

void pay_list_timer(const struct turn *t, struct effects *e)
{
    int64_t pass = conversation_var_int(t->subject, "pass"), now = t->event->now_ms;
    int64_t next = conversation_var_int(t->subject, "next"), due = t->event->due_ms + STEP_MS;
    int64_t rows = conversation_var_int(t->subject, "rows");
    if (!str_eq(t->event->data, TIMER) || !is_at(t, "released"))
        return;
    if (next >= rows) {
        end_pass(t, e, pass);
        return;
    }
    bool must_wait = t->facts->is_pressed || !str_eq(var(t, "ready"), var(t, "chunks"));
    if (!must_wait) {
        effect_tell(e, arena_printf(t->arena, "%s:%" PRId64, t->subject->id, next / PAY_CHUNK),
                    arena_printf(t->arena, "tell %" PRId64 " %" PRId64, pass, next + 1));
        effect_var(e, "next", turn_number(t, next += PAY_STEP));
    }
    /* What was missed is not caught up with. */
    effect_timer(e, TIMER, next >= rows ? now + END_MS : due > now ? due : now);
}

/* --- a chunk --- */

static void tell(const struct turn *t, struct effects *e, const char *at)
{
    struct arena *a = t->arena;
    const char *pass = pay_word(a, &at);
    int64_t first = strtoll(at, NULL, 10);
    struct pay_line line;
    for (const char *rows = var(t, "rows"); pay_line_next(a, &rows, &line);) {
        int64_t row = strtoll(line.row, NULL, 10);
        if (row >= first && row < first + PAY_STEP && str_eq(line.state, PAY_OWED))
            effect_tell(e, arena_printf(a, "uid:%s", line.uid),
                        arena_printf(a, PAY_TELL_NEWS "%s %s", name_of(t), pass));
    }
}

static void release(const struct turn *t, struct effects *e, const char *check)
{
    struct arena *a = t->arena;
    const char *name = name_of(t), *chunk = strrchr(t->subject->id, ':') + 1;
    struct pay_line line;
    if (*var(t, "released"))
        return;
    if (!str_eq(check, var(t, "check"))) {
        effect_var(e, "due", check); /* its lines are still on their way */
        return;
    }
    effect_var(e, "released", "1");
    for (const char *at = var(t, "rows"); pay_line_next(a, &at, &line);)
        effect_tell(e, arena_printf(a, "uid:%s", line.uid),
                    arena_printf(a, PAY_TELL_OWED "%s %s %s %s %s %s", name, line.row, chunk,
                                 line.asset, line.amount, line.reason));
    effect_tell(e, arena_printf(a, PAY_SUBJECT "%s", name), "ready");
}

static void mark_row(const struct turn *t, struct effects *e, const char *at)
{
    struct arena *a = t->arena;
    const char *row = pay_word(a, &at), *state = pay_word(a, &at), *ms = pay_word(a, &at);
    struct buf all = BUF_INIT(64 * 1024);
    struct pay_line line;
    for (const char *from = var(t, "rows"); pay_line_next(a, &from, &line);) {
        if (str_eq(line.row, row)) {
            line.state = state;
            line.at = ms;
        }
        buf_printf(&all, "%s\n", pay_line_print(a, &line));
    }
    effect_var(e, "rows", arena_take(a, &all));
}

static void chunk_told(const struct turn *t, struct effects *e, const char *data)
{
    if (starts_with(data, "rows ") && !*var(t, "released")) {
        const char *at = data + strlen("rows ");
        const char *check = pay_word(t->arena, &at);
        effect_var(e, "check", check);
        effect_var(e, "rows", at + (*at == '\n'));
        if (str_eq(check, var(t, "due")))
            release(t, e, check);
    } else if (starts_with(data, "release ")) {
        release(t, e, data + strlen("release "));
    } else if (starts_with(data, "tell ")) {
        tell(t, e, data + strlen("tell "));
    } else if (starts_with(data, "mark ")) {
        mark_row(t, e, data + strlen("mark "));
    }
}

/* --- all --- */

void pay_list_told(const struct turn *t, struct effects *e)
{
    static const struct {
        const char *verb;
        void (*tell)(const struct turn *t, struct effects *e, const char *at);
    } verbs[] = {{"begin ", begin},       {"draft ", draft}, {"approve ", approve},
                 {"cancel ", cancel},     {"mark ", mark},   {"heard ", count_heard},
                 {"exported ", exported}, {"show ", show}};
    const char *data = t->event->data;
    if (strchr(t->subject->id + strlen(PAY_SUBJECT), ':')) {
        chunk_told(t, e, data);
        return;
    }
    if (str_eq(data, "ready"))
        add(t, e, "ready", 1);
    for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
        if (starts_with(data, verbs[i].verb))
            verbs[i].tell(t, e, data + strlen(verbs[i].verb));
}

/* --- typed in a staff room --- */

void pay_command(const struct turn *t, struct effects *e, const char *rest)
{
    struct arena *a = t->arena;
    const char *verb = pay_word(a, &rest), *name = pay_word(a, &rest);
    const char *list = arena_printf(a, PAY_SUBJECT "%s", name), *room = t->subject->id;
    if (!role_may(t->agent->role, MAY_ANNOUNCE)) {
        say(t, e, LANE_STAFF, "compensation.not_allowed");
    } else if (str_eq(verb, "approve") && pay_is_name(name)) {
        const char *rows = pay_word(a, &rest), *check = pay_word(a, &rest);
        effect_tell(e, list,
                    arena_printf(a, "approve %s %s %s %s", t->agent->name, rows, check, room));
    } else if (str_eq(verb, "upload") && pay_is_name(name)) {
        pay_receive(t, e, name);
    } else if (str_eq(verb, "cancel") && pay_is_name(name)) {
        effect_tell(e, list, arena_printf(a, "cancel %s %s", t->agent->name, room));
    } else if (str_eq(verb, "show") && pay_is_name(name)) {
        effect_tell(e, list, arena_printf(a, "show %s", room));
    } else {
        say(t, e, LANE_STAFF, "compensation.usage");
    }
}
