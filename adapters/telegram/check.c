#include "adapters/telegram/check.h"

#include "adapters/telegram/webhook.h"

#include <inttypes.h>
#include <string.h>

#include "bot/base/text.h"

/* Rooms */

/* Unfit: cases cannot be shown there, or new ones cannot. */
static const struct finding {
    const char *key;
    bool is_unfit;
    const char *advice;
} findings[] = {
    {"room.unreachable", false, "Telegram did not answer; try again"},
    {"room.not_found", true,
     "Telegram does not know it, or the bot is not in it: add the bot to the group, or correct "
     "TELEGRAM_STAFF_CHAT (a forum's id begins with -100); without that setting zaide prints a "
     "code at its start, to be sent there as /staff CODE"},
    {ROOM_MOVED, true,
     "it has become a supergroup with an id of its own: zaide follows it by itself when it runs; "
     "where TELEGRAM_STAFF_CHAT names the old id put the new one there"},
    {"room.not_group", true, "it is no group: the staff room is a group with topics"},
    {"room.no_topics", true, "it has no topics: in the group's settings turn on Topics"},
    {"room.not_admin", true,
     "the bot is not admin there: group info, Administrators, Add Admin, choose the "
     "bot, and allow Manage Topics, Pin Messages and Delete Messages"},
    {"room.no_manage_topics", true,
     "the bot lacks a right: group info, Administrators, the bot, Manage Topics"},
    {"room.no_pin", false,
     "the bot lacks a right: group info, Administrators, the bot, Pin Messages"},
    {"room.no_delete", false,
     "the bot lacks a right: group info, Administrators, the bot, Delete Messages"},
};

static const struct finding *finding_of(const char *key)
{
    for (size_t i = 0; i < ARRAY_LEN(findings); i++)
        if (str_eq(findings[i].key, key))
            return &findings[i];
    die("telegram: no finding %s", key);
}

struct room_asking {
    struct telegram_api *api;
    struct arena arena;
    const char *account, *chat;
    struct room_check check;
    void (*done)(void *arg, const struct room_check *check);
    void *arg;
};

static void add_problem(struct room_asking *r, const char *key)
{
    r->check.problems[r->check.n_problems++] = key;
}

static void end_asking(struct room_asking *r, bool is_closed)
{
    struct room_check *c = &r->check;
    c->advice = "";
    for (size_t i = 0; i < c->n_problems; i++) {
        const struct finding *f = finding_of(c->problems[i]);
        c->advice = arena_printf(&r->arena, "%s%s%s", c->advice, i ? "; " : "", f->advice);
        c->is_unfit |= f->is_unfit;
    }
    r->done(r->arg, is_closed ? NULL : &r->check);
    arena_release(&r->arena);
    free(r);
}

/* true: no answer that says anything of the room. */
static bool has_failed(struct room_asking *r, const struct telegram_answer *answer)
{
    if (answer->is_ok)
        return false;
    bool is_known = answer->code == 400 || answer->code == 403;
    r->check.moved_to = answer->migrated_to ? arena_strdup(&r->arena, answer->migrated_to) : NULL;
    if (r->check.moved_to)
        r->check.n_problems = 0;
    add_problem(r, r->check.moved_to ? ROOM_MOVED
                   : is_known        ? "room.not_found"
                                     : "room.unreachable");
    return true;
}

static void read_rights(struct room_asking *r, const struct json *admin)
{
    bool is_owner = str_eq(json_str(admin, "status"), "creator");
    if (!admin) {
        add_problem(r, "room.not_admin");
        return;
    }
    if (!is_owner && !json_bool(admin, "can_manage_topics"))
        add_problem(r, "room.no_manage_topics");
    if (!is_owner && !json_bool(admin, "can_pin_messages"))
        add_problem(r, "room.no_pin");
    if (!is_owner && !json_bool(admin, "can_delete_messages"))
        add_problem(r, "room.no_delete");
}

static void on_admins(void *arg, const struct telegram_answer *answer)
{
    struct room_asking *r = arg;
    if (!answer) {
        end_asking(r, true);
        return;
    }
    if (!has_failed(r, answer)) {
        const struct json *us = NULL;
        for (size_t i = 0; i < json_len(answer->result); i++) {
            const struct json *admin = json_item(answer->result, i);
            const char *id = json_id(admin, "user.id", &r->arena);
            if (str_eq(id, r->account))
                us = admin;
            if (id && str_eq(json_str(admin, "status"), "creator"))
                r->check.creator = id;
        }
        read_rights(r, us);
    }
    end_asking(r, false);
}

static void on_chat(void *arg, const struct telegram_answer *answer)
{
    struct room_asking *r = arg;
    if (!answer) {
        end_asking(r, true);
        return;
    }
    if (has_failed(r, answer)) {
        end_asking(r, false);
        return;
    }
    const char *title = json_str(answer->result, "title");
    const char *type = json_str(answer->result, "type");
    if (title)
        r->check.title = text_clean(&r->arena, title, strlen(title));
    if (!str_eq(type, "supergroup") && !str_eq(type, "group")) {
        add_problem(r, "room.not_group");
        end_asking(r, false);
        return;
    }
    if (!json_bool(answer->result, "is_forum"))
        add_problem(r, "room.no_topics");
    struct telegram_request request = telegram_request("getChatAdministrators");
    telegram_add_id(&r->arena, &request, "chat_id", r->chat);
    telegram_call(r->api, &request, on_admins, r);
}

void telegram_check_room(struct telegram_api *api, const char *account, const char *chat,
                         void (*done)(void *arg, const struct room_check *check), void *arg)
{
    struct room_asking *r = xcalloc(1, sizeof(*r));
    *r = (struct room_asking){
        .api = api, .check = {.creator = "", .title = ""}, .done = done, .arg = arg};
    r->account = arena_strdup(&r->arena, account);
    r->chat = arena_strdup(&r->arena, chat);
    struct telegram_request request = telegram_request("getChat");
    telegram_add_id(&r->arena, &request, "chat_id", r->chat);
    telegram_call(api, &request, on_chat, r);
}

/* Doctor */

struct diagnosis {
    struct telegram_api *api;
    const struct settings *settings;
    struct arena arena;
    const char *account;
    bool is_led, has_room;
    const char *note;      /* of a room that moved; or NULL */
    struct address *rooms; /* an account of "": named by the settings */
    size_t n_rooms, cap, next_room;
    size_t next_group;
    struct buf group; /* a customers' group that GROUP_UNASKED names */
    void (*line)(void *arg, bool ok, const char *what);
    void (*done)(void *arg);
    void *arg;
};

static void free_diagnosis(struct diagnosis *d)
{
    buf_release(&d->group);
    arena_release(&d->arena);
    free(d);
}

/* true: all is being closed, and `d` is gone. */
static bool is_closed(struct diagnosis *d, const void *answer)
{
    if (!answer)
        free_diagnosis(d);
    return !answer;
}

static void end_diagnosis(struct diagnosis *d)
{
    d->done(d->arg);
    free_diagnosis(d);
}

static void add_room(struct diagnosis *d, const char *account, const char *chat)
{
    for (size_t i = 0; i < d->n_rooms; i++)
        if (str_eq(d->rooms[i].chat, chat) && !*d->rooms[i].account)
            return; /* bound, and in the settings */
    ARENA_GROW(&d->arena, d->rooms, d->n_rooms, d->cap);
    d->rooms[d->n_rooms++] = (struct address){.account = arena_strdup(&d->arena, account),
                                              .chat = arena_strdup(&d->arena, chat)};
}

static const struct room *room_at(const struct facts *facts, const char *chat)
{
    for (size_t i = 0; i < facts->n_rooms; i++)
        if (str_eq(facts->rooms[i].address.platform, "telegram") &&
            str_eq(facts->rooms[i].address.chat, chat))
            return &facts->rooms[i];
    return NULL;
}

static void list_rooms(struct diagnosis *d, const struct facts *facts)
{
    struct buf chat = BUF_INIT(1000);
    for (size_t i = 0; settings_item(d->settings, "TELEGRAM_STAFF_CHAT", i, &chat); i++) {
        const struct room *room = room_at(facts, chat.data);
        add_room(d, "", room ? room_chat(room) : chat.data);
        if (room && room->moved_to)
            d->note =
                arena_printf(&d->arena,
                             "note: TELEGRAM_STAFF_CHAT names %s, which became a supergroup with "
                             "the id %s: zaide follows it; put the new id there",
                             chat.data, room->moved_to);
    }
    buf_release(&chat);
    for (size_t i = 0; i < facts->n_rooms; i++)
        if (str_eq(facts->rooms[i].address.platform, "telegram"))
            add_room(d, facts->rooms[i].address.account, room_chat(&facts->rooms[i]));
}

static void ask_room(struct diagnosis *d);
static void ask_group(struct diagnosis *d);

static void call_simple(struct diagnosis *d, const char *method, const char *field,
                        const char *value,
                        void (*on_done)(void *arg, const struct telegram_answer *answer))
{
    struct telegram_request request = telegram_request(method);
    if (field)
        telegram_add_json(&request, field, value);
    telegram_call(d->api, &request, on_done, d);
}

/* What the guard may do in a customers' group: delete, mute, ban. */
static void on_group(void *arg, const struct telegram_answer *answer)
{
    struct diagnosis *d = arg;
    if (is_closed(d, answer))
        return;
    const struct json *us = answer->result;
    bool may_ban = json_bool(us, "can_restrict_members");
    bool may_delete = json_bool(us, "can_delete_messages");
    bool acts = settings_is(d->settings, "GUARD", "act");
    const char *chat = d->group.data;
    if (!answer->is_ok)
        d->line(d->arg, false,
                arena_printf(&d->arena,
                             "group %s: Telegram answers: %s; is the bot in it, and is the id in "
                             "GROUP_UNASKED right?",
                             chat, answer->words));
    else if (may_ban && may_delete)
        d->line(d->arg, true,
                arena_printf(&d->arena, "group %s: the guard may delete and ban there", chat));
    else
        d->line(d->arg, !acts,
                arena_printf(&d->arena,
                             "%sgroup %s: the guard cannot %s there: group info, Administrators, "
                             "the bot, Ban Users and Delete Messages",
                             acts ? "" : "note: ", chat,
                             may_ban      ? "delete"
                             : may_delete ? "mute and ban"
                                          : "delete, mute and ban"));
    ask_group(d);
}

static void ask_group(struct diagnosis *d)
{
    struct arena *a = &d->arena;
    bool has_one;
    do
        has_one = settings_item(d->settings, "GROUP_UNASKED", d->next_group++, &d->group);
    while (has_one && str_eq(d->group.data, "all"));
    if (!has_one) {
        end_diagnosis(d);
        return;
    }
    struct telegram_request request = telegram_request("getChatMember");
    telegram_add_id(a, &request, "chat_id", d->group.data);
    telegram_add_id(a, &request, "user_id", d->account);
    telegram_call(d->api, &request, on_group, d);
}

static void on_room(void *arg, const struct room_check *check)
{
    struct diagnosis *d = arg;
    if (is_closed(d, check))
        return;
    const char *room = arena_printf(&d->arena, "staff chat %s%s%s", d->rooms[d->next_room].chat,
                                    *check->title ? " " : "", check->title);
    for (size_t i = 0; i < check->n_problems; i++)
        d->line(d->arg, false,
                arena_printf(&d->arena, "%s: %s", room, finding_of(check->problems[i])->advice));
    if (!check->n_problems)
        d->line(d->arg, true, arena_printf(&d->arena, "%s: topics on, rights there", room));
    d->next_room++;
    ask_room(d);
}

static bool is_ours(const struct diagnosis *d, const struct address *room)
{
    return !*room->account || str_eq(room->account, d->account);
}

static void ask_room(struct diagnosis *d)
{
    while (d->next_room < d->n_rooms && !is_ours(d, &d->rooms[d->next_room]))
        d->next_room++;
    if (d->next_room < d->n_rooms) {
        d->has_room = true;
        telegram_check_room(d->api, d->account, d->rooms[d->next_room].chat, on_room, d);
        return;
    }
    if (d->note)
        d->line(d->arg, true, d->note);
    if (!d->has_room)
        d->line(d->arg, true,
                "note: no staff room yet. Cases wait in the queue (zaide cases) until one is "
                "bound: make a group, turn on Topics, make the bot admin, and send there the "
                "/staff CODE that zaide prints");
    ask_group(d);
}

static void on_poll(void *arg, const struct telegram_answer *answer)
{
    struct diagnosis *d = arg;
    if (is_closed(d, answer))
        return;
    if (answer->code == 409)
        d->line(d->arg, false, "another program polls with this token: " TELEGRAM_ADVICE_POLLER);
    else if (answer->is_ok)
        d->line(d->arg, true, "no other program polls with this token");
    else
        d->line(d->arg, false,
                arena_printf(&d->arena, "getUpdates fails: %s; try again", answer->words));
    ask_room(d);
}

/* Updates come by webhook: does Telegram know where, and does it get through? */
static void look_at_webhook(struct diagnosis *d, const struct json *info)
{
    const char *url = json_str(info, "url"), *error = json_str(info, "last_error_message");
    const char *ours = telegram_webhook_url(&d->arena, d->settings);
    int64_t waiting = json_int(info, "pending_update_count", 0);
    if (str_empty(url))
        d->line(d->arg, d->is_led,
                "no webhook is set yet: start zaide run, which tells Telegram where it is");
    else if (!str_eq(url, ours))
        d->line(d->arg, false,
                arena_printf(&d->arena,
                             "the webhook goes to %s, PUBLIC_URL says %s: end the program that has "
                             "set it, then start zaide run again",
                             url, ours));
    else if (!str_empty(error) && waiting)
        d->line(d->arg, false,
                arena_printf(&d->arena,
                             "%" PRId64 " updates wait, Telegram says: %s; is %s open to the "
                             "internet, with a certificate Telegram accepts?",
                             waiting, error, ours));
    else
        d->line(
            d->arg, true,
            arena_printf(&d->arena, "Telegram calls %s; %" PRId64 " updates wait", ours, waiting));
    ask_room(d);
}

static void on_webhook(void *arg, const struct telegram_answer *answer)
{
    struct diagnosis *d = arg;
    if (is_closed(d, answer))
        return;
    bool is_set = !str_empty(json_str(answer->result, "url"));
    if (answer->is_ok && settings_is(d->settings, "TELEGRAM_WEBHOOK", "on")) {
        look_at_webhook(d, answer->result);
        return;
    }
    if (!answer->is_ok)
        d->line(d->arg, false,
                arena_printf(&d->arena, "getWebhookInfo fails: %s; try again", answer->words));
    else if (is_set)
        d->line(d->arg, false,
                "a webhook is set, so polling gets nothing: " TELEGRAM_ADVICE_WEBHOOK);
    else
        d->line(d->arg, true,
                arena_printf(&d->arena, "no webhook is set; %" PRId64 " updates wait",
                             json_int(answer->result, "pending_update_count", 0)));
    /* Asked twice within 3 s the other one cuts us off, or we it; confirms nothing. */
    if (answer->is_ok && !is_set && !d->is_led) {
        call_simple(d, "getUpdates", "timeout", "5", on_poll);
        return;
    }
    if (d->is_led)
        d->line(d->arg, true, "a running zaide polls with this token");
    ask_room(d);
}

static void on_me(void *arg, const struct telegram_answer *answer)
{
    struct diagnosis *d = arg;
    if (is_closed(d, answer))
        return;
    const char *id = json_id(answer->result, "id", &d->arena);
    const char *name = json_str(answer->result, "username");
    if (!id) {
        const char *what =
            telegram_is_token_refused(answer) ? "token refused: " TELEGRAM_ADVICE_TOKEN
            : answer->code
                ? arena_printf(&d->arena, "the Bot API answers: %s; try again", answer->words)
                : arena_printf(&d->arena,
                               "cannot reach the Bot API at %s: %s. Look at the network, the "
                               "firewall and TELEGRAM_API_URL",
                               settings_get(d->settings, "TELEGRAM_API_URL"), answer->words);
        d->line(d->arg, false, what);
        end_diagnosis(d);
        return;
    }
    d->account = id;
    d->line(d->arg, true,
            arena_printf(&d->arena, "the bot is @%s, id %s",
                         name ? text_clean(&d->arena, name, strlen(name)) : "?", id));
    if (!json_bool(answer->result, "can_read_all_group_messages"))
        d->line(
            d->arg, true,
            "note: privacy mode is on, so in groups the bot sees commands, replies and mentions "
            "only (as "
            "admin of the staff room it sees all there). To answer in groups without a mention: "
            "@BotFather, /setprivacy, choose the bot, Disable; then take the bot out of the group "
            "and "
            "add it again");
    call_simple(d, "getWebhookInfo", NULL, NULL, on_webhook);
}

void telegram_diagnose(struct telegram_api *api, const struct settings *settings,
                       const struct facts *facts, bool is_led,
                       void (*line)(void *arg, bool ok, const char *what), void (*done)(void *arg),
                       void *arg)
{
    struct diagnosis *d = xcalloc(1, sizeof(*d));
    *d = (struct diagnosis){
        .api = api, .settings = settings, .is_led = is_led, .line = line, .done = done, .arg = arg};
    d->group = (struct buf)BUF_INIT(1000);
    list_rooms(d, facts);
    call_simple(d, "getMe", NULL, NULL, on_me);
}
