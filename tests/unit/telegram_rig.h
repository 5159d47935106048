/* The Telegram adapter, its host, and a server that plays a script. What the adapter tells its host
 * is noted, a line each. */
#ifndef ZAIDE_TESTS_TELEGRAM_RIG_H
#define ZAIDE_TESTS_TELEGRAM_RIG_H

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

#define WITH_SET_UP(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

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
    {"PUBLIC_URL", "", SETTING_URL, NULL, NULL, 0, 0},
    {"GROUP_UNASKED", "", SETTING_LIST, NULL, NULL, 0, 0},
    {"GUARD", "", SETTING_CHOICE, "flag", "flag|act", 0, 0},
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

static void on_add_room(struct adapter_host *host, const char *chat)
{
    struct test *t = host->core;
    buf_printf(&t->seen, "add_room %s\n", chat);
    t->n_seen++;
}

static void on_rooms_done(struct adapter_host *host)
{
    (void)host;
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
    for (size_t i = 1; i < d->n_ids; i++)
        buf_printf(&t->seen, " '%s'", d->ids[i]);
    if (d->outcome == DELIVERY_RETRY_AFTER)
        buf_printf(&t->seen, " %lld%s", (long long)d->retry_ms, d->whole_account ? " all" : "");
    if (d->outcome == DELIVERY_REFUSED)
        buf_printf(&t->seen, " %s: %s", refusal_name(d->refusal), d->why);
    if (d->migrated_to)
        buf_printf(&t->seen, " -> %s", d->migrated_to);
    buf_char(&t->seen, '\n');
    t->n_seen++;
}

/* Set-up */

static void add_phrases(struct test *t)
{
    static const char *const keys[] = {
        "start", "help",    "language",    "human",             "verify",
        "claim", "release", "transfer",    "pending",
        "close", "note",    "tag",         "delete",
        "fate",  "reply",   "description", "short_description",
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
                                    .username = "",
                                    .settings = t->settings,
                                    .phrases = &t->phrases,
                                    .core = t,
                                    .ready = on_ready,
                                    .trouble = on_trouble,
                                    .add_room = on_add_room,
                                    .rooms_done = on_rooms_done,
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

static inline struct outgoing text_to(const char *chat, const char *text)
{
    struct outgoing out = {.to = {"telegram", "70000001", chat, "", ""}, .content = CONTENT_INIT};
    out.content.text = text;
    return out;
}

/* Of three parts: aaa…, bbb…, ccc… */
static inline const char *long_text(struct test *t)
{
    char *text = arena_alloc(&t->arena, 9001);
    memset(text, 'a', 4096);
    memset(text + 4096, 'b', 4096);
    memset(text + 8192, 'c', 808);
    return text;
}

static inline void say_it(struct test *t, const struct outgoing *out, const char *ticket)
{
    t->in_send = true;
    telegram_adapter.send(t->self, out, (void *)(uintptr_t)ticket);
    t->in_send = false;
}

#endif
