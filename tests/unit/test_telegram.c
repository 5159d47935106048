/* The adapter against a server that plays a script: who we are, menus, rooms, doctor, the end. */
#include "tests/unit/telegram_rig.h"

static void on_room(void *arg, const struct room_check *check)
{
    struct test *t = arg;
    t->n_seen++;
    if (!check) {
        buf_str(&t->seen, "room unknown\n");
        return;
    }
    buf_printf(&t->seen, "room '%s' of '%s'", check->title, check->creator);
    for (size_t i = 0; i < check->n_problems; i++)
        buf_printf(&t->seen, " %s", check->problems[i]);
    buf_char(&t->seen, '\n');
}

static void on_line(void *arg, bool ok, const char *what)
{
    struct test *t = arg;
    buf_printf(&t->seen, "%s %.40s\n", ok ? "ok" : "no", what);
}

static const struct facts no_rooms;

static void on_diagnosed(void *arg)
{
    struct test *t = arg;
    buf_str(&t->seen, "end\n");
    t->n_seen++;
}

/* Opening */

static void assert_not_opened(struct test *t, const char *token, const char *words)
{
    struct buf why = BUF_INIT(1000);
    set(t, "TELEGRAM_BOT_TOKEN", token);
    assert_int_equal(telegram_adapter.open(&t->host, &t->self, &why), -1);
    assert_non_null(strstr(why.data, words));
    assert_null(strstr(why.data, "AAFake"));
    buf_release(&why);
}

static void what_is_no_token_is_refused_at_once(void **state)
{
    struct test *t = *state;
    assert_false(telegram_adapter.is_on(t->settings));
    assert_not_opened(t, "AAFakeTokenFakeTokenFakeTokenFake0", "@BotFather");
    assert_true(telegram_adapter.is_on(t->settings));
    assert_not_opened(t, "12345:", "@BotFather");
    assert_not_opened(t, TOKEN "/../x", "@BotFather");
    assert_not_opened(t, TOKEN "," TOKEN, "several tokens");
}

static void tells_who_it_is(void **state)
{
    struct test *t = *state;
    START(t, ME);
    assert_seen(t, 1, "ready 70000001 @z_bot\n");
}

static void keeps_asking_who_it_is(void **state)
{
    struct test *t = *state;
    START(t, {"getMe", "401 {\"ok\":false,\"error_code\":401,\"description\":\"Unauthorized\"}"},
          ME);
    assert_seen(t, 1,
                "trouble token refused: in Telegram open @BotFather, send /mybots, choose the bot, "
                "then API Token, and put it into TELEGRAM_BOT_TOKEN\n");
    assert_seen(t, 2, "trouble -\nready 70000001 @z_bot\n");
}

/* Receiving and menus */

static void listens_from_the_start_and_sets_up_once(void **state)
{
    struct test *t = *state;
    static const char *const calls[] = {
        "setMyCommands {\"commands\":[{\"command\":\"start\",\"description\":\"zh start\"},"
        "{\"command\":\"help\",\"description\":\"zh help\"},"
        "{\"command\":\"language\",\"description\":\"zh language\"},"
        "{\"command\":\"human\",\"description\":\"zh human\"},"
        "{\"command\":\"verify\",\"description\":\"zh verify\"}],"
        "\"scope\":{\"type\":\"all_private_chats\"},\"language_code\":\"zh\"}",
        "setMyDescription {\"description\":\"zh description\",\"language_code\":\"zh\"}",
        "setMyShortDescription {\"short_description\":\"zh short_description\","
        "\"language_code\":\"zh\"}",
    };
    set(t, "TELEGRAM_STAFF_CHAT", "-1002");
    set(t, "LANGUAGES", "zh");
    START(t, ME,
          {"getUpdates", OK("[{\"update_id\":1,\"message\":{\"message_id\":1,\"from\":{\"id\":5},"
                            "\"chat\":{\"id\":5,\"type\":\"private\"},\"text\":\"hello\"}}]")},
          {"setMyCommands", SLOW_DOWN(1)}, {"setMyCommands", OK("true")},
          {"setMyDescription", BAD("description is too long")},
          {"setMyShortDescription", OK("true")}, {"setMyCommands", OK("true")},
          {"setMyDescription", OK("true")}, {"setMyShortDescription", OK("true")},
          {"setMyCommands", OK("true")});
    telegram_adapter.listen(t->self, true); /* before it knows who it is */
    assert_seen(t, 3, "ready 70000001 @z_bot\nadd_room -1002\nevent hello\n");
    telegram_adapter.listen(t->self, false);
    telegram_adapter.listen(t->self, true);
    struct buf setup = BUF_INIT(100000);
    for (size_t n = 0; n < 9 - 1;) {
        char *request = server_next(&t->server, t->loop);
        if (!starts_with(request, "getUpdates")) {
            buf_printf(&setup, "%s\n", request);
            n++;
        }
        free(request);
    }
    const char *at = setup.data;
    for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
        if (i == 0) { /* told to wait, and made again */
            assert_true(starts_with(at, calls[0]));
            at += strlen(calls[0]) + 1;
        }
        assert_true(starts_with(at, calls[i]));
        at += strlen(calls[i]) + 1;
    }
    assert_non_null(strstr(at, "setMyDescription {\"description\":\"zh description\"}\n"));
    assert_non_null(strstr(at, "{\"command\":\"claim\",\"description\":\"en claim\"}"));
    assert_non_null(strstr(at, "\"scope\":{\"type\":\"chat\",\"chat_id\":-1002}}\n"));
    buf_release(&setup);
}

/* Rooms */

#define CHAT(more)                                                                                 \
    {                                                                                              \
        "getChat", OK("{\"id\":-1002,\"type\":\"supergroup\",\"title\":\"Support\"" more "}")      \
    }
#define ADMINS(rights)                                                                             \
    {                                                                                              \
        "getChatAdministrators", OK("[{\"status\":\"creator\",\"user\":{\"id\":5}}," rights        \
                                    "{\"status\":\"administrator\",\"user\":{\"id\":6}}]")         \
    }
#define US(topics, pin, delete)                                                                    \
    "{\"status\":\"administrator\",\"user\":{\"id\":70000001},\"can_manage_topics\":" #topics      \
    ",\"can_pin_messages\":" #pin ",\"can_delete_messages\":" #delete "},"

static void a_room_is_checked(void **state)
{
    struct test *t = *state;
    START(t, ME, CHAT(",\"is_forum\":true"), ADMINS(US(true, true, true)), CHAT(""), ADMINS(""),
          CHAT(",\"is_forum\":true"), ADMINS(US(false, false, false)),
          {"getChat", BAD("chat not found")}, {"getChat", OK("{\"id\":5,\"type\":\"private\"}")},
          {"getChat", "502 <html>"}, CHAT(",\"is_forum\":true"),
          {"getChatAdministrators",
           "403 {\"ok\":false,\"error_code\":403,\"description\":\"Forbidden: "
           "bot is not a member of the supergroup chat\"}"});
    assert_seen(t, 1, "ready 70000001 @z_bot\n");
    static const char *const seen[] = {
        "room 'Support' of '5'\n",
        "room 'Support' of '5' room.no_topics room.not_admin\n",
        "room 'Support' of '5' room.no_manage_topics room.no_pin room.no_delete\n",
        "room '' of '' room.not_found\n",
        "room '' of '' room.not_group\n",
        "room '' of '' room.unreachable\n",
        "room 'Support' of '' room.not_found\n",
    };
    struct address room = {"telegram", "70000001", "-1002", "", ""};
    for (size_t i = 0; i < ARRAY_LEN(seen); i++) {
        telegram_adapter.check_room(t->self, &room, on_room, t);
        assert_seen(t, 1, seen[i]);
    }
}

/* Doctor */

#define NO_HOOK                                                                                    \
    {                                                                                              \
        "getWebhookInfo", OK("{\"url\":\"\",\"pending_update_count\":3}")                          \
    }

static void doctor_says_all_is_well(void **state)
{
    struct test *t = *state;
    set(t, "TELEGRAM_STAFF_CHAT", "-1002");
    START(t, ME, ME, NO_HOOK, {"getUpdates", OK("[]")}, CHAT(",\"is_forum\":true"),
          ADMINS(US(true, true, true)));
    assert_seen(t, 2, "ready 70000001 @z_bot\nadd_room -1002\n");
    telegram_adapter.diagnose(t->self, &no_rooms, false, on_line, on_diagnosed, t);
    assert_seen(t, 1,
                "ok the bot is @z_bot, id 70000001\n"
                "ok note: privacy mode is on, so in groups t\n"
                "ok no webhook is set; 3 updates wait\n"
                "ok no other program polls with this token\n"
                "ok staff chat -1002 Support: topics on, rig\n"
                "end\n");
}

static void doctor_names_what_is_wrong(void **state)
{
    struct test *t = *state;
    set(t, "TELEGRAM_STAFF_CHAT", "-1002, -1003");
    START(t, ME, ME, NO_HOOK,
          {"getUpdates",
           "409 {\"ok\":false,\"error_code\":409,\"description\":\"Conflict: terminated "
           "by other getUpdates request\"}"},
          CHAT(""), ADMINS(""), {"getChat", BAD("chat not found")}, ME,
          {"getWebhookInfo", OK("{\"url\":\"https://example.com/secret\"}")},
          {"getChat", BAD("chat not found")}, {"getChat", BAD("chat not found")},
          {"getMe", "401 {\"ok\":false,\"error_code\":401,\"description\":\"Unauthorized\"}"},
          {"getMe", NULL});
    assert_seen(t, 3, "ready 70000001 @z_bot\nadd_room -1002\nadd_room -1003\n");
    telegram_adapter.diagnose(t->self, &no_rooms, false, on_line, on_diagnosed, t);
    assert_seen(t, 1,
                "ok the bot is @z_bot, id 70000001\n"
                "ok note: privacy mode is on, so in groups t\n"
                "ok no webhook is set; 3 updates wait\n"
                "no another program polls with this token: s\n"
                "no staff chat -1002 Support: it has no topi\n"
                "no staff chat -1002 Support: the bot is not\n"
                "no staff chat -1003: Telegram does not know\n"
                "end\n");
    telegram_adapter.diagnose(t->self, &no_rooms, false, on_line, on_diagnosed, t);
    assert_seen(t, 1,
                "ok the bot is @z_bot, id 70000001\n"
                "ok note: privacy mode is on, so in groups t\n"
                "no a webhook is set, so polling gets nothin\n"
                "no staff chat -1002: Telegram does not know\n"
                "no staff chat -1003: Telegram does not know\n"
                "end\n");
    telegram_adapter.diagnose(t->self, &no_rooms, false, on_line, on_diagnosed, t);
    assert_seen(t, 1, "no token refused: in Telegram open @BotFath\nend\n");
    telegram_adapter.diagnose(t->self, &no_rooms, false, on_line, on_diagnosed, t);
    assert_seen(t, 1, "no cannot reach the Bot API at http://127.0\nend\n");
}

static void doctor_looks_at_bound_rooms_and_leaves_a_running_zaide_alone(void **state)
{
    struct test *t = *state;
    struct room rooms[] = {
        {.address = {.platform = "telegram", .account = "70000001", .chat = "-1002"}},
        {.address = {.platform = "telegram", .account = "70000001", .chat = "-1003"}},
        {.address = {.platform = "telegram", .account = "70000002", .chat = "-1004"}},
        {.address = {.platform = "discord", .account = "70000001", .chat = "-1005"}},
    };
    struct facts facts = {.rooms = rooms, .n_rooms = ARRAY_LEN(rooms)};
    set(t, "TELEGRAM_STAFF_CHAT", "-1002");
    START(t, ME, ME, NO_HOOK, {"getChat", BAD("chat not found")},
          {"getChat", BAD("chat not found")});
    assert_seen(t, 2, "ready 70000001 @z_bot\nadd_room -1002\n");
    telegram_adapter.diagnose(t->self, &facts, true, on_line, on_diagnosed, t);
    assert_seen(t, 1,
                "ok the bot is @z_bot, id 70000001\n"
                "ok note: privacy mode is on, so in groups t\n"
                "ok no webhook is set; 3 updates wait\n"
                "ok a running zaide polls with this token\n"
                "no staff chat -1002: Telegram does not know\n"
                "no staff chat -1003: Telegram does not know\n"
                "end\n");
}

static void doctor_asks_what_the_guard_may_do(void **state)
{
    struct test *t = *state;
    set(t, "GROUP_UNASKED", "-2001, all, -2002, -2003");
    set(t, "GUARD", "act");
    START(t, ME, ME, NO_HOOK,
          {"getChatMember", OK("{\"status\":\"administrator\",\"can_delete_messages\":true,"
                               "\"can_restrict_members\":true}")},
          {"getChatMember", OK("{\"status\":\"administrator\",\"can_delete_messages\":true}")},
          {"getChatMember", BAD("chat not found")});
    assert_seen(t, 1, "ready 70000001 @z_bot\n");
    telegram_adapter.diagnose(t->self, &no_rooms, true, on_line, on_diagnosed, t);
    assert_seen(t, 1,
                "ok the bot is @z_bot, id 70000001\n"
                "ok note: privacy mode is on, so in groups t\n"
                "ok no webhook is set; 3 updates wait\n"
                "ok a running zaide polls with this token\n"
                "ok note: no staff room yet. Cases wait in t\n"
                "ok group -2001: the guard may delete and ba\n"
                "no group -2002: the guard cannot mute and b\n"
                "no group -2003: Telegram answers: Bad Reque\n"
                "end\n");
}

/* The end */

static void closing_in_the_middle_leaves_nothing(void **state)
{
    struct test *t = *state;
    set(t, "TELEGRAM_STAFF_CHAT", "-1002");
    START(t, ME, {"sendMessage", SENT(1)}, {"sendMessage", SLOW_DOWN(50)});
    assert_seen(t, 2, "ready 70000001 @z_bot\nadd_room -1002\n");
    telegram_adapter.listen(t->self, true);
    struct outgoing held = text_to("1001", long_text(t)), lost = text_to("1003", "hi");
    say_it(t, &held, "held"); /* its second part waits for a minute */
    expect(t, "getUpdates {\"limit\":100,\"timeout\":50,\"allowed_updates\":[\"message\","
              "\"edited_message\",\"callback_query\",\"message_reaction\",\"chat_member\","
              "\"my_chat_member\"]}");
    for (int i = 0; i < 3; i++) /* two parts, and the first call of the menus */
        free(server_next(&t->server, t->loop));
    say_it(t, &lost, "lost");
    lost.content.text = "";
    say_it(t, &lost, "empty");
    telegram_adapter.check_room(t->self, &held.to, on_room, t);
    telegram_adapter.diagnose(t->self, &no_rooms, false, on_line, on_diagnosed, t);
    telegram_adapter.close(t->self);
    t->self = NULL;
    loop_step(t->loop, 0);
    assert_seen(t, 1, "room unknown\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SET_UP(what_is_no_token_is_refused_at_once),
        WITH_SET_UP(tells_who_it_is),
        WITH_SET_UP(keeps_asking_who_it_is),
        WITH_SET_UP(closing_in_the_middle_leaves_nothing),
        WITH_SET_UP(listens_from_the_start_and_sets_up_once),
        WITH_SET_UP(a_room_is_checked),
        WITH_SET_UP(doctor_says_all_is_well),
        WITH_SET_UP(doctor_names_what_is_wrong),
        WITH_SET_UP(doctor_looks_at_bound_rooms_and_leaves_a_running_zaide_alone),
        WITH_SET_UP(doctor_asks_what_the_guard_may_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
