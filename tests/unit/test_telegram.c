/* The whole adapter against a server that plays a script: who we are, sends and what becomes of
 * them, menus, rooms, doctor. */
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "bot/base/log.h"
#include "bot/io/loop.h"
#include "bot/ports/adapter.h"
#include "tests/unit/scripted_server.h"

extern const struct adapter telegram_adapter;

#define TOKEN      "70000001:AAFakeTokenFakeTokenFakeTokenFake0"
#define OK(result) "200 {\"ok\":true,\"result\":" result "}"
#define SENT(id)   OK("{\"message_id\":" #id ",\"date\":1,\"chat\":{\"id\":1001}}")
#define BAD(words)                                                                                 \
    "400 {\"ok\":false,\"error_code\":400,\"description\":\"Bad Request: " words "\"}"
#define SLOW_DOWN(s)                                                                               \
    "429 {\"ok\":false,\"error_code\":429,\"description\":\"Too Many Requests: retry after " #s    \
    "\",\"parameters\":{\"retry_after\":" #s "}}"
#define ME                                                                                         \
    {                                                                                              \
        "getMe",                                                                                   \
            OK("{\"id\":70000001,\"is_bot\":true,\"first_name\":\"Z\",\"username\":\"z_bot\","     \
               "\"can_read_all_group_messages\":false}")                                           \
    }
#define NO_PREVIEW ",\"link_preview_options\":{\"is_disabled\":true}"

struct test {
    struct loop *loop;
    struct settings *settings;
    struct phrases *phrases;
    struct adapter_host host;
    struct server server;
    void *self;
    struct arena arena;
    struct buf seen; /* what the adapter told, a line each */
    size_t n_seen;
    bool in_send;
};

static const struct setting core_rows[] = {
    {"LANGUAGES", "", SETTING_LIST, "zh,en", NULL, 0, 0},
    {"STAFF_LANGUAGE", "", SETTING_TEXT, "en", NULL, 0, 0},
    {NULL, NULL, SETTING_TEXT, NULL, NULL, 0, 0},
};

/* What the adapter tells its host. */

static void on_ready(struct adapter_host *host, const char *account, const char *username)
{
    struct test *t = host->core;
    buf_printf(&t->seen, "ready %s @%s\n", account, username);
    t->n_seen++;
}

static void on_trouble(struct adapter_host *host, const char *what)
{
    struct test *t = host->core;
    buf_printf(&t->seen, "trouble %s\n", what ? what : "-");
    t->n_seen++;
}

static void on_deliver(struct adapter_host *host, const struct event *event,
                       void (*done)(void *arg), void *arg)
{
    struct test *t = host->core;
    buf_printf(&t->seen, "event %s\n", event->content.text);
    t->n_seen++;
    done(arg);
}

static void on_settle(struct adapter_host *host, void *ticket, const struct delivery *d)
{
    static const char *const outcomes[] = {"sent", "retry", "refused", "unknown"};
    struct test *t = host->core;
    assert_false(t->in_send);
    buf_printf(&t->seen, "%s %s", (const char *)ticket, outcomes[d->outcome]);
    if (d->outcome == DELIVERY_SENT)
        buf_printf(&t->seen, " '%s'", d->id);
    if (d->outcome == DELIVERY_RETRY_AFTER)
        buf_printf(&t->seen, " %lld%s", (long long)d->retry_ms, d->whole_account ? " all" : "");
    if (d->outcome == DELIVERY_REFUSED)
        buf_printf(&t->seen, " %s: %s", refusal_name(d->refusal), d->why);
    if (d->migrated_to)
        buf_printf(&t->seen, " -> %s", d->migrated_to);
    buf_char(&t->seen, '\n');
    t->n_seen++;
}

static void on_room(void *arg, const struct room_check *check)
{
    struct test *t = arg;
    buf_printf(&t->seen, "room '%s' of '%s'", check->title, check->creator);
    for (size_t i = 0; i < check->n_problems; i++)
        buf_printf(&t->seen, " %s", check->problems[i]);
    buf_char(&t->seen, '\n');
    t->n_seen++;
}

static void on_line(void *arg, bool ok, const char *what)
{
    struct test *t = arg;
    buf_printf(&t->seen, "%s %.40s\n", ok ? "ok" : "no", what);
}

static void on_diagnosed(void *arg)
{
    struct test *t = arg;
    buf_str(&t->seen, "end\n");
    t->n_seen++;
}

/* Set-up */

static void add_phrases(struct test *t)
{
    static const char *const keys[] = {
        "start",    "help",    "language", "human", "claim",       "release",
        "transfer", "pending", "close",    "note",  "description", "short_description",
    };
    static const char *const langs[] = {"zh", "en"};
    for (size_t l = 0; l < ARRAY_LEN(langs); l++) {
        struct buf text = BUF_INIT(10000);
        buf_str(&text, "menu:\n");
        for (size_t i = 0; i < ARRAY_LEN(keys); i++)
            buf_printf(&text, "  %s: %s %s\n", keys[i], langs[l], keys[i]);
        struct yaml *root = yaml_parse("phrases", text.data, text.len, NULL);
        assert_non_null(root);
        assert_int_equal(phrases_add(t->phrases, langs[l], root, NULL), 0);
        yaml_tree_free(root);
        buf_release(&text);
    }
}

static int set_up(void **state)
{
    struct test *t = xcalloc(1, sizeof(*t));
    assert_int_equal(log_configure("error", NULL), 0);
    t->loop = loop_new();
    t->settings = settings_new();
    settings_add(t->settings, "Core", core_rows);
    settings_add(t->settings, "Telegram", telegram_adapter.settings);
    t->phrases = phrases_new(t->settings);
    add_phrases(t);
    buf_init(&t->seen, 100000);
    t->host = (struct adapter_host){.loop = t->loop,
                                    .settings = t->settings,
                                    .phrases = t->phrases,
                                    .core = t,
                                    .ready = on_ready,
                                    .trouble = on_trouble,
                                    .deliver = on_deliver,
                                    .settle = on_settle};
    *state = t;
    return 0;
}

static int tear_down(void **state)
{
    struct test *t = *state;
    if (t->self)
        telegram_adapter.close(t->self);
    if (t->server.pid)
        server_stop(&t->server);
    phrases_free(t->phrases);
    settings_free(t->settings);
    loop_free(t->loop);
    arena_release(&t->arena);
    assert_null(strstr(t->seen.data, "FakeToken"));
    buf_release(&t->seen);
    free(t);
    return 0;
}

static void set(struct test *t, const char *name, const char *value)
{
    assert_int_equal(settings_set(t->settings, name, value, NULL), 0);
}

static void start(struct test *t, const struct step *steps, size_t n)
{
    char url[60];
    server_start(&t->server, steps, n);
    snprintf(url, sizeof(url), "http://127.0.0.1:%d", t->server.port);
    set(t, "TELEGRAM_API_URL", url);
    set(t, "TELEGRAM_BOT_TOKEN", TOKEN);
    assert_int_equal(telegram_adapter.open(&t->host, &t->self, NULL), 0);
    server_expect(&t->server, t->loop, "getMe {}");
}
#define START(t, ...)                                                                              \
    start(t, (const struct step[]){__VA_ARGS__},                                                   \
          sizeof((const struct step[]){__VA_ARGS__}) / sizeof(struct step))

static void expect(struct test *t, const char *request)
{
    server_expect(&t->server, t->loop, request);
}

/* Waits till so much was told, and compares all of it. */
static void assert_seen(struct test *t, size_t n, const char *expected)
{
    int64_t end_ms = clock_monotonic_ms() + SERVER_DEADLINE_MS;
    while (t->n_seen < n && clock_monotonic_ms() < end_ms)
        loop_step(t->loop, 100);
    assert_string_equal(t->seen.data, expected);
    buf_clear(&t->seen);
    t->n_seen = 0;
}

static struct outgoing text_to(const char *chat, const char *text)
{
    struct outgoing out = {.to = {"telegram", "70000001", chat, "", ""}, .content = CONTENT_INIT};
    out.content.text = text;
    return out;
}

static void say_it(struct test *t, const struct outgoing *out, const char *ticket)
{
    t->in_send = true;
    telegram_adapter.send(t->self, out, (void *)(uintptr_t)ticket);
    t->in_send = false;
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

/* Sends */

static void a_send_is_settled_with_its_id(void **state)
{
    struct test *t = *state;
    START(t, ME, {"sendMessage", SENT(9007199254740993)});
    assert_seen(t, 1, "ready 70000001 @z_bot\n");
    struct outgoing out = text_to("1001", "hi");
    say_it(t, &out, "a");
    expect(t, "sendMessage {\"chat_id\":1001,\"text\":\"hi\"" NO_PREVIEW "}");
    assert_seen(t, 1, "a sent '9007199254740993'\n");
}

static void outcomes(void **state)
{
    struct test *t = *state;
    START(t, ME, {"sendMessage", "502 <html>"}, {"sendMessage", NULL},
          {"sendMessage", SLOW_DOWN(7)}, {"sendMessage", BAD("chat not found")},
          {"sendMessage",
           "400 {\"ok\":false,\"error_code\":400,\"description\":\"Bad Request: group "
           "chat was upgraded to a supergroup chat\",\"parameters\":"
           "{\"migrate_to_chat_id\":-1009}}"},
          {"editMessageText", "502 <html>"}, {"editMessageText", NULL},
          {"editMessageText", BAD("message is not modified: specified new message content")},
          {"editMessageText", OK("{\"message_id\":5}")});
    assert_seen(t, 1, "ready 70000001 @z_bot\n");
    struct outgoing out = text_to("1001", "hi");
    static const char *const sends[] = {
        "a unknown\n", "b unknown\n", "c retry 7000\n",
        "d refused no_chat: Bad Request: chat not found\n",
        "e refused no_chat: Bad Request: group chat was upgraded to a "
        "supergroup chat -> -1009\n"};
    for (size_t i = 0; i < ARRAY_LEN(sends); i++) {
        say_it(t, &out, (const char *[]){"a", "b", "c", "d", "e"}[i]);
        assert_seen(t, 1, sends[i]);
    }
    out.content.kind = CONTENT_EDIT;
    out.about_id = "5";
    static const char *const edits[] = {"f retry 0\n", "g retry 0\n", "h sent ''\n", "i sent ''\n"};
    for (size_t i = 0; i < ARRAY_LEN(edits); i++) {
        say_it(t, &out, (const char *[]){"f", "g", "h", "i"}[i]);
        assert_seen(t, 1, edits[i]);
    }
}

static void what_cannot_be_said_is_settled_too(void **state)
{
    struct test *t = *state;
    START(t, ME);
    assert_seen(t, 1, "ready 70000001 @z_bot\n");
    struct outgoing out = text_to("1001", "");
    say_it(t, &out, "a");
    assert_seen(t, 1, "a refused other: there are neither words nor files to send\n");
    struct file file = {.kind = FILE_PHOTO, .path = "/nonexistent/a.png"};
    out.content.files = &file;
    out.content.n_files = 1;
    say_it(t, &out, "b");
    assert_seen(t, 1, "b refused file: cannot read /nonexistent/a.png\n");
}

/* Two private chats at once are told to wait: then it is meant for all. A group has a limit of its
 * own. */
static void a_429_for_the_whole_bot(void **state)
{
    struct test *t = *state;
    START(t, ME, {"sendMessage", SLOW_DOWN(60)}, {"sendMessage", SLOW_DOWN(30)},
          {"sendMessage", SLOW_DOWN(30)}, {"sendMessage", SLOW_DOWN(20)});
    assert_seen(t, 1, "ready 70000001 @z_bot\n");
    static const char *const chats[] = {"1001", "-1002", "1001", "1003"};
    static const char *const seen[] = {"a retry 60000\n", "b retry 30000\n", "c retry 30000\n",
                                       "d retry 20000 all\n"};
    for (size_t i = 0; i < ARRAY_LEN(chats); i++) {
        struct outgoing out = text_to(chats[i], "hi");
        say_it(t, &out, (const char *[]){"a", "b", "c", "d"}[i]);
        assert_seen(t, 1, seen[i]);
    }
}

static const char *long_text(struct test *t)
{
    char *text = arena_alloc(&t->arena, 9001);
    memset(text, 'a', 4096);
    memset(text + 4096, 'b', 4096);
    memset(text + 8192, 'c', 808);
    return text;
}

/* The first part is out: the rest is not left to the outbox, which would say it all again. */
static void the_parts_of_a_long_text_are_one_send(void **state)
{
    struct test *t = *state;
    START(t, ME, {"sendMessage", SENT(10)}, {"sendMessage", SLOW_DOWN(1)},
          {"sendMessage", SENT(11)}, {"sendMessage", SENT(12)});
    assert_seen(t, 1, "ready 70000001 @z_bot\n");
    struct outgoing out = text_to("1001", long_text(t));
    say_it(t, &out, "a");
    static const char parts[] = "abbc";
    for (size_t i = 0; i < 4; i++) {
        char *request = server_next(&t->server, t->loop), wanted[40];
        snprintf(wanted, sizeof(wanted), "\"text\":\"%c", parts[i]);
        assert_non_null(strstr(request, wanted));
        free(request);
    }
    assert_seen(t, 1, "a sent '10'\n");
}

static void a_later_part_that_is_refused_is_reported(void **state)
{
    struct test *t = *state;
    START(t, ME, {"sendMessage", SENT(10)}, {"sendMessage", BAD("chat not found")},
          {"sendMessage", SENT(10)}, {"sendMessage", NULL});
    assert_seen(t, 1, "ready 70000001 @z_bot\n");
    struct outgoing out = text_to("1001", long_text(t));
    say_it(t, &out, "a");
    assert_seen(t, 1, "a refused no_chat: part 2 of 3: Bad Request: chat not found\n");
    say_it(t, &out, "b");
    assert_seen(t, 1, "b unknown\n");
}

static void what_cannot_be_copied_is_sent_by_its_id(void **state)
{
    struct test *t = *state;
    START(t, ME, {"copyMessage", OK("{\"message_id\":20}")},
          {"copyMessage", BAD("message to copy not found")}, {"sendPhoto", SENT(21)});
    assert_seen(t, 1, "ready 70000001 @z_bot\n");
    struct file photo = {.kind = FILE_PHOTO, .id = "AgAC"};
    struct outgoing out = text_to("-1002", "see");
    out.content.files = &photo;
    out.content.n_files = 1;
    out.content.origin_chat = "1001";
    out.content.origin_id = "348";
    say_it(t, &out, "a");
    assert_seen(t, 1, "a sent '20'\n");
    say_it(t, &out, "b");
    assert_seen(t, 1, "b sent '21'\n");
    expect(t, "copyMessage {\"chat_id\":-1002,\"from_chat_id\":1001,\"message_id\":348,"
              "\"caption\":\"see\"}");
    expect(t, "copyMessage {\"chat_id\":-1002,\"from_chat_id\":1001,\"message_id\":348,"
              "\"caption\":\"see\"}");
    expect(t, "sendPhoto {\"chat_id\":-1002,\"photo\":\"AgAC\",\"caption\":\"see\"}");
}

static void a_picture_is_uploaded(void **state)
{
    struct test *t = *state;
    char path[] = "/tmp/zaide-picture-XXXXXX";
    int fd = mkstemp(path);
    assert_int_equal(write(fd, "the bytes of it", 15), 15);
    close(fd);
    START(t, ME, {"sendPhoto", SENT(30)});
    assert_seen(t, 1, "ready 70000001 @z_bot\n");
    struct file picture = {.kind = FILE_PHOTO, .path = path};
    struct entity bold = {ENTITY_BOLD, 0, 4, NULL};
    struct outgoing out = text_to("1001", "look \"here\"");
    out.content.entities = &bold;
    out.content.n_entities = 1;
    out.content.files = &picture;
    out.content.n_files = 1;
    say_it(t, &out, "a");
    assert_seen(t, 1, "a sent '30'\n");
    char *request = server_next(&t->server, t->loop);
    static const char *const wanted[] = {
        "name=\"chat_id\"    1001", "name=\"caption\"    look \"here\"",
        "name=\"caption_entities\"    [{\"type\":\"bold\",\"offset\":0,\"length\":4}]",
        "name=\"photo\"; filename=\"zaide-picture-", "    the bytes of it"};
    for (size_t i = 0; i < ARRAY_LEN(wanted); i++)
        if (!strstr(request, wanted[i]))
            fail_msg("%s is not in: %s", wanted[i], request);
    free(request);
    unlink(path);
}

#define TOPIC "{\"chat_id\":-1002,\"message_thread_id\":41"

static void a_topic_is_opened_named_closed_and_opened_again(void **state)
{
    struct test *t = *state;
    START(t, ME, {"createForumTopic", OK("{\"message_thread_id\":41,\"name\":\"x\"}")},
          {"editForumTopic", OK("true")}, {"editForumTopic", OK("true")},
          {"closeForumTopic", OK("true")}, {"reopenForumTopic", BAD("TOPIC_NOT_MODIFIED")},
          {"editForumTopic", BAD("TOPIC_NOT_MODIFIED")});
    assert_seen(t, 1, "ready 70000001 @z_bot\n");
    struct outgoing out = text_to("-1002", "Ann");
    out.kind = OUTGOING_OPEN;
    say_it(t, &out, "a");
    assert_seen(t, 1, "a sent '41'\n");
    expect(t, "createForumTopic {\"chat_id\":-1002,\"name\":\"Ann\"}");

    out.kind = OUTGOING_CONTENT;
    out.to.thread = "41";
    out.content.kind = CONTENT_HOME;
    say_it(t, &out, "b"); /* known to be open: one call */
    assert_seen(t, 1, "b sent ''\n");
    expect(t, "editForumTopic " TOPIC ",\"name\":\"Ann\"}");
    out.content.closed = true;
    say_it(t, &out, "c");
    assert_seen(t, 1, "c sent ''\n");
    expect(t, "editForumTopic " TOPIC ",\"name\":\"Ann\"}");
    expect(t, "closeForumTopic " TOPIC "}");
    out.content.closed = false;
    say_it(t, &out, "d");
    assert_seen(t, 1, "d sent ''\n");
    expect(t, "reopenForumTopic " TOPIC "}");
    expect(t, "editForumTopic " TOPIC ",\"name\":\"Ann\"}");
}

static void a_pin_follows_its_message(void **state)
{
    struct test *t = *state;
    START(t, ME, {"sendMessage", SENT(50)}, {"pinChatMessage", BAD("not enough rights")});
    assert_seen(t, 1, "ready 70000001 @z_bot\n");
    struct outgoing out = text_to("-1002", "board");
    out.content.pin = true;
    say_it(t, &out, "a");
    assert_seen(t, 1, "a sent '50'\n");
    expect(t, "sendMessage {\"chat_id\":-1002,\"text\":\"board\"" NO_PREVIEW "}");
    expect(t, "pinChatMessage {\"chat_id\":-1002,\"message_id\":50,\"disable_notification\":true}");
}

static void a_button_is_answered(void **state)
{
    struct test *t = *state;
    START(t, ME, {"answerCallbackQuery", BAD("query is too old")});
    struct event pressed = {.callback_id = "39"};
    telegram_adapter.show(t->self, &pressed, "Claimed");
    expect(t, "answerCallbackQuery {\"callback_query_id\":\"39\",\"text\":\"Claimed\"}");
}

static void closing_in_the_middle_leaves_nothing(void **state)
{
    struct test *t = *state;
    set(t, "TELEGRAM_STAFF_CHAT", "-1002");
    START(t, ME, {"sendMessage", SENT(1)}, {"sendMessage", SLOW_DOWN(50)});
    assert_seen(t, 1, "ready 70000001 @z_bot\n");
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
    telegram_adapter.diagnose(t->self, on_line, on_diagnosed, t);
    telegram_adapter.close(t->self);
    t->self = NULL;
    loop_step(t->loop, 0);
    assert_seen(t, 0, "");
}

/* Receiving and menus */

static void listens_from_the_start_and_sets_up_once(void **state)
{
    struct test *t = *state;
    static const char *const calls[] = {
        "setMyCommands {\"commands\":[{\"command\":\"start\",\"description\":\"zh start\"},"
        "{\"command\":\"help\",\"description\":\"zh help\"},"
        "{\"command\":\"language\",\"description\":\"zh language\"},"
        "{\"command\":\"human\",\"description\":\"zh human\"}],"
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
    assert_seen(t, 2, "ready 70000001 @z_bot\nevent hello\n");
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
    assert_seen(t, 1, "ready 70000001 @z_bot\n");
    telegram_adapter.diagnose(t->self, on_line, on_diagnosed, t);
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
    assert_seen(t, 1, "ready 70000001 @z_bot\n");
    telegram_adapter.diagnose(t->self, on_line, on_diagnosed, t);
    assert_seen(t, 1,
                "ok the bot is @z_bot, id 70000001\n"
                "ok note: privacy mode is on, so in groups t\n"
                "ok no webhook is set; 3 updates wait\n"
                "no another program polls with this token. I\n"
                "no staff chat -1002 Support: it has no topi\n"
                "no staff chat -1002 Support: the bot is not\n"
                "no staff chat -1003: Telegram does not know\n"
                "end\n");
    telegram_adapter.diagnose(t->self, on_line, on_diagnosed, t);
    assert_seen(t, 1,
                "ok the bot is @z_bot, id 70000001\n"
                "ok note: privacy mode is on, so in groups t\n"
                "no a webhook is set, so polling gets nothin\n"
                "no staff chat -1002: Telegram does not know\n"
                "no staff chat -1003: Telegram does not know\n"
                "end\n");
    telegram_adapter.diagnose(t->self, on_line, on_diagnosed, t);
    assert_seen(t, 1, "no token refused: in Telegram open @BotFath\nend\n");
    telegram_adapter.diagnose(t->self, on_line, on_diagnosed, t);
    assert_seen(t, 1, "no cannot reach the Bot API at http://127.0\nend\n");
}

#define WITH_SET_UP(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SET_UP(what_is_no_token_is_refused_at_once),
        WITH_SET_UP(tells_who_it_is),
        WITH_SET_UP(keeps_asking_who_it_is),
        WITH_SET_UP(a_send_is_settled_with_its_id),
        WITH_SET_UP(outcomes),
        WITH_SET_UP(what_cannot_be_said_is_settled_too),
        WITH_SET_UP(a_429_for_the_whole_bot),
        WITH_SET_UP(the_parts_of_a_long_text_are_one_send),
        WITH_SET_UP(a_later_part_that_is_refused_is_reported),
        WITH_SET_UP(what_cannot_be_copied_is_sent_by_its_id),
        WITH_SET_UP(a_picture_is_uploaded),
        WITH_SET_UP(a_topic_is_opened_named_closed_and_opened_again),
        WITH_SET_UP(a_pin_follows_its_message),
        WITH_SET_UP(a_button_is_answered),
        WITH_SET_UP(closing_in_the_middle_leaves_nothing),
        WITH_SET_UP(listens_from_the_start_and_sets_up_once),
        WITH_SET_UP(a_room_is_checked),
        WITH_SET_UP(doctor_says_all_is_well),
        WITH_SET_UP(doctor_names_what_is_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
