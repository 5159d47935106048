#include "handlers/compensation/claim.h"

#include "bot/base/zone.h"
#include "bot/model/announcement.h"
#include "handlers/compensation/line.h"
#include "handlers/compensation/list.h"
#include "handlers/flows/flows.h"
#include "handlers/flows/form.h"
#include "handlers/identity/uid.h"

#include <inttypes.h>

#define TELL_TAKE  "pay.take "
#define TELL_HEARD "pay.heard "
#define TELL_NEWS  "pay.news "
#define TELL_DONE  "pay.done "

#define NEWS      "news."  /* and a list: how many of its passes have come here */
#define HEARD     "heard." /* and a list: what became of its news */
#define TOLD      "told"
#define SHOWN_MAX 20

/* --- a line, in the record of a UID: "owed 0 USDT 12.50 rollback of MX/USDT" --- */

struct claim {
    const char *list, *row; /* of its name, "pay.<list>.<row>" */
    const char *state, *chunk, *asset, *amount, *reason;
};

static bool claim_read(struct arena *a, const struct pair *var, struct claim *out)
{
    const char *at = var->value, *name = var->name + strlen("pay.");
    if (!starts_with(var->name, "pay.") || !strchr(name, '.'))
        return false;
    out->list = arena_strndup(a, name, strcspn(name, "."));
    out->row = strchr(name, '.') + 1;
    out->state = pay_word(a, &at);
    out->chunk = pay_word(a, &at);
    out->asset = pay_word(a, &at);
    out->amount = pay_word(a, &at);
    out->reason = at;
    return true;
}

static const char *claim_name(struct arena *a, const char *list, const char *row)
{
    return arena_printf(a, "pay.%s.%s", list, row);
}

static bool claim_find(struct arena *a, const struct conversation *uid, const char *list,
                       const char *row, struct claim *out)
{
    struct pair var = {claim_name(a, list, row), ""};
    var.value = conversation_var(uid, var.name);
    return *var.value && claim_read(a, &var, out);
}

static int by_place(const void *a, const void *b)
{
    const struct claim *x = a, *y = b;
    int order = strcmp(x->list, y->list);
    size_t m = strlen(x->row), n = strlen(y->row);
    return order ? order : m != n ? (m > n) - (m < n) : strcmp(x->row, y->row);
}

/* Of this list, or of all (""); all, or only those that wait for the customer. */
static struct claim *claims_of(struct arena *a, const struct conversation *uid, const char *list,
                               bool is_open_only, size_t *n)
{
    struct claim *all = arena_alloc(a, (uid->n_vars + 1) * sizeof(*all));
    *n = 0;
    for (size_t i = 0; i < uid->n_vars; i++)
        if (claim_read(a, &uid->vars[i], &all[*n]) && (!*list || str_eq(all[*n].list, list)))
            *n += !is_open_only || str_eq(all[*n].state, PAY_OWED);
    qsort(all, *n, sizeof(*all), by_place);
    return all;
}

/* --- the record of a UID --- */

static void owe(const struct turn *t, struct effects *e, const char *at)
{
    struct arena *a = t->arena;
    const char *list = pay_word(a, &at), *row = pay_word(a, &at), *name = claim_name(a, list, row);
    if (!*conversation_var(t->subject, name))
        effect_var(e, name, arena_printf(a, PAY_OWED " %s", at));
}

/* The list counts what became of it: each UID once, as it is now. */
static void heard(const struct turn *t, struct effects *e, const char *list, const char *state)
{
    struct arena *a = t->arena;
    const char *name = arena_printf(a, HEARD "%s", list);
    const char *before = conversation_var(t->subject, name);
    bool has_others = strchr(conversation_var(t->subject, "chats"), ' ');
    if (str_eq(before, state) || (has_others && str_eq(before, TOLD)))
        return; /* one of his chats is enough */
    effect_tell(e, arena_printf(a, PAY_SUBJECT "%s", list),
                arena_printf(a, "heard %s %s", state, before));
    effect_var(e, name, state);
    name = arena_printf(a, NEWS "%s", list);
    if (str_eq(state, TOLD) && !*conversation_var(t->subject, name))
        effect_var(e, name, "1"); /* as he signed in: the first pass has nothing to tell him */
}

/* The first line of each pass tells of all. */
static void pass_on(const struct turn *t, struct effects *e, const char *at)
{
    struct arena *a = t->arena;
    const char *list = pay_word(a, &at), *name = arena_printf(a, NEWS "%s", list);
    const char *chats = conversation_var(t->subject, "chats");
    int64_t pass = strtoll(at, NULL, 10);
    size_t n;
    claims_of(a, t->subject, list, true, &n);
    if (!n || conversation_var_int(t->subject, name) > pass)
        return;
    effect_var(e, name, turn_number(t, pass + 1));
    if (!*chats)
        heard(t, e, list, "unproven");
    while (*chats)
        effect_tell(e, pay_word(a, &chats), arena_printf(a, TELL_NEWS "%s", list));
}

/* The first one counts: a hundred presses are one. */
static void take(const struct turn *t, struct effects *e, const char *at)
{
    struct arena *a = t->arena;
    const char *chat = pay_word(a, &at), *list = pay_word(a, &at), *row = pay_word(a, &at);
    const char *state = pay_word(a, &at);
    struct claim c;
    bool is_there = claim_find(a, t->subject, list, row, &c);
    if (!is_there || str_eq(c.state, PAY_CONFIRMED) || str_eq(c.state, state))
        return;
    effect_var(e, claim_name(a, list, row),
               arena_printf(a, "%s %s %s %s %s", state, c.chunk, c.asset, c.amount, c.reason));
    effect_tell(e, arena_printf(a, PAY_SUBJECT "%s:%s", list, c.chunk),
                arena_printf(a, "mark %s %s %" PRId64, row, state, t->event->now_ms));
    effect_tell(e, arena_printf(a, PAY_SUBJECT "%s", list),
                arena_printf(a, "mark %s %s %s %s", state, c.state, c.asset, c.amount));
    effect_tell(e, chat,
                arena_printf(a, TELL_DONE "%s %s %s %s %s", state, list, row, c.asset, c.amount));
}

void pay_uid_told(const struct turn *t, struct effects *e)
{
    const char *data = t->event->data;
    if (starts_with(data, PAY_TELL_OWED)) {
        owe(t, e, data + strlen(PAY_TELL_OWED));
    } else if (starts_with(data, PAY_TELL_NEWS)) {
        pass_on(t, e, data + strlen(PAY_TELL_NEWS));
    } else if (starts_with(data, TELL_HEARD)) {
        const char *at = data + strlen(TELL_HEARD), *list = pay_word(t->arena, &at);
        heard(t, e, list, at);
    } else if (starts_with(data, TELL_TAKE)) {
        take(t, e, data + strlen(TELL_TAKE));
    }
}

/* --- what a customer is shown --- */

/* What is known of the UID that the customer has proven; NULL: it is being read, or there is none.
 */
static const struct conversation *own_record(const struct turn *t, struct effects *e)
{
    const char *uid = t->subject->uid_proven;
    return *uid ? need_record(e, arena_printf(t->arena, UID_SUBJECT "%s", uid)) : NULL;
}

/* News that nobody asked for makes no sound at night, as announcements. */
static bool is_silent(const struct turn *t)
{
    static const struct announcement usual = ANNOUNCEMENT_INIT;
    const char *zone = settings_get(t->settings, "TIMEZONE");
    bool is_news = starts_with(t->event->data, TELL_NEWS);
    return is_news && announcement_is_silent(&usual, zone_minute_of_day(zone, t->event->now_ms));
}

static void show_claim(const struct turn *t, struct effects *e, const struct claim *c)
{
    struct arena *a = t->arena;
    struct effect *said =
        say(t, e, LANE_CUSTOMER, "compensation.line", FILL("amount", c->amount),
            FILL("asset", c->asset), FILL("reason", c->reason), FILL("list", c->list),
            FILL("row", c->row),
            FILL("state",
                 turn_phrase(t, LANE_CUSTOMER, arena_printf(a, "compensation.is_%s", c->state))));
    said->content.silent = is_silent(t);
    if (str_eq(c->state, PAY_CONFIRMED))
        return;
    say_button(t, e, said, "compensation.confirm",
               arena_printf(a, "pay:" PAY_CONFIRMED ":%s:%s", c->list, c->row), false);
    if (str_eq(c->state, PAY_OWED))
        say_button(t, e, said, "compensation.dispute",
                   arena_printf(a, "pay:" PAY_DISPUTED ":%s:%s", c->list, c->row), true);
}

static size_t show_claims(const struct turn *t, struct effects *e, const struct conversation *uid)
{
    size_t n;
    const struct claim *all = claims_of(t->arena, uid, "", false, &n);
    for (size_t i = 0; i < n && i < SHOWN_MAX; i++)
        show_claim(t, e, &all[i]);
    return n;
}

bool pay_answer(const struct turn *t, struct effects *e)
{
    if (turn_in_group(t) || !settings_has(t->settings, "BRAND_ID_SECRET"))
        return false;
    if (!*t->subject->uid_proven) {
        say(t, e, LANE_CUSTOMER, "compensation.sign_in");
        return false;
    }
    const struct conversation *uid = own_record(t, e);
    if (uid && !show_claims(t, e, uid))
        say_button(t, e, say(t, e, LANE_CUSTOMER, "compensation.none"), "button.human", "human",
                   false);
    return true;
}

/* --- what came of it --- */

static void done(const struct turn *t, struct effects *e, const char *at)
{
    struct arena *a = t->arena;
    const char *state = pay_word(a, &at), *list = pay_word(a, &at), *row = pay_word(a, &at);
    const char *asset = pay_word(a, &at), *amount = pay_word(a, &at);
    if (str_eq(state, PAY_CONFIRMED))
        say(t, e, LANE_CUSTOMER, "compensation.confirmed", FILL("amount", amount),
            FILL("asset", asset), FILL("list", list), FILL("row", row));
}

static void tell_heard(const struct turn *t, struct effects *e, const char *list, const char *state)
{
    effect_tell(e, arena_printf(t->arena, UID_SUBJECT "%s", t->subject->uid_proven),
                arena_printf(t->arena, TELL_HEARD "%s %s", list, state));
}

/* What is open of this list, or of all ("") for who has just proven who he is. */
static void show_news(const struct turn *t, struct effects *e, const char *list)
{
    const struct conversation *uid = own_record(t, e);
    size_t n = 0;
    const struct claim *all = uid ? claims_of(t->arena, uid, list, true, &n) : NULL;
    for (size_t i = 0; i < n; i++) {
        bool is_next = !i || !str_eq(all[i].list, all[i - 1].list);
        if (is_next)
            tell_heard(t, e, all[i].list,
                       t->subject->blocked ? refusal_name(REFUSAL_BLOCKED) : TOLD);
        if (!t->subject->blocked && i < SHOWN_MAX)
            show_claim(t, e, &all[i]);
    }
}

void pay_told(const struct turn *t, struct effects *e)
{
    const char *data = t->event->data;
    if (starts_with(data, TELL_DONE))
        done(t, e, data + strlen(TELL_DONE));
    else if (starts_with(data, TELL_NEWS))
        show_news(t, e, data + strlen(TELL_NEWS));
    else if (starts_with(data, IDENTITY_PROVEN))
        show_news(t, e, "");
}

/* A line is known by its buttons: "pay:confirmed:mx-rollback:1". */
void pay_refused(const struct turn *t, struct effects *e)
{
    const struct content *c = &t->event->content;
    const char *data = c->n_buttons ? c->buttons[0].data : NULL;
    bool is_line = !str_empty(data) && starts_with(data, "pay:") && *t->subject->uid_proven;
    const char *list = is_line ? strchr(data + strlen("pay:"), ':') : NULL;
    if (list)
        tell_heard(t, e, arena_strndup(t->arena, list + 1, strcspn(list + 1, ":")),
                   refusal_name(t->event->refusal));
}

/* --- buttons --- */

/* A person gets the line as a form. */
static enum verdict dispute(const struct turn *t, struct effects *e, const struct claim *c)
{
    struct case_opening why = {
        .reason = "disputed", .topic = PAY_ITEM, .team = "support", .priority = 2};
    bool is_open = t->subject->state != STATE_BOT;
    effect_var(e, FORM, "");
    form_set(e, "uid", t->subject->uid_proven);
    form_set(e, "amount", arena_printf(t->arena, "%s %s", c->amount, c->asset));
    form_set(e, "compensation", arena_printf(t->arena, "%s, %s: %s", c->list, c->row, c->reason));
    effect_show(e, "");
    say(t, e, LANE_CUSTOMER, "compensation.what_is_wrong");
    effect_enqueue(e, &why);
    if (!is_open)
        return HANDLER_PASS; /* handoff tells the place */
    struct content form = {.text = flows_form(t, e)};
    effect_say(e, LANE_STAFF, &form);
    return HANDLER_DONE;
}

static enum verdict toast(const struct turn *t, struct effects *e, const char *key)
{
    effect_show(e, turn_phrase(t, LANE_CUSTOMER, key));
    return HANDLER_DONE;
}

/* Whatever a client of somebody's own sends: it is looked up among the customer's own lines. */
enum verdict pay_pressed(const struct turn *t, struct effects *e)
{
    struct arena *a = t->arena;
    const char *data = t->event->data + strlen("pay:");
    size_t state = strcspn(data, ":"), rest = state + (data[state] == ':');
    const char *taken = arena_strndup(a, data, state), *list = data + rest;
    const char *row = strchr(list, ':') ? strchr(list, ':') + 1 : "";
    bool is_confirmed = str_eq(taken, PAY_CONFIRMED);
    struct claim c;
    if (!*t->subject->uid_proven)
        return toast(t, e, "compensation.gone");
    const struct conversation *uid = own_record(t, e);
    if (!uid)
        return HANDLER_DONE; /* once more, when it is read */
    list = arena_strndup(a, list, strcspn(list, ":"));
    if (!claim_find(a, uid, list, row, &c) || (!is_confirmed && !str_eq(taken, PAY_DISPUTED)))
        return toast(t, e, "compensation.gone");
    if (str_eq(c.state, PAY_CONFIRMED) || str_eq(c.state, taken))
        return toast(t, e, arena_printf(a, "compensation.is_%s", c.state));
    effect_tell(e, arena_printf(a, UID_SUBJECT "%s", t->subject->uid_proven),
                arena_printf(a, TELL_TAKE "%s %s %s %s", t->subject->id, list, row, taken));
    if (!is_confirmed)
        return dispute(t, e, &c);
    effect_show(e, "");
    return HANDLER_DONE;
}
