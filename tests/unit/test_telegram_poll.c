/* Long polling against a server that plays a script. Whatever goes wrong there, nothing is
 * confirmed before it is done, nothing is asked for ever, and nothing ends the process. */
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "adapters/telegram/poll.h"
#include "bot/base/log.h"
#include "tests/unit/scripted_server.h"

#define SECOND_MS           50 /* of the waits */
#define TOKEN               "70000001:AAFakeTokenFakeTokenFakeTokenFake0"
#define ASK(fields)         ASK_FOR(fields, "50")
#define ASK_AT_ONCE(fields) ASK_FOR(fields, "0")
#define ASK_FOR(fields, seconds)                                                                   \
    "getUpdates {" fields ",\"timeout\":" seconds                                                  \
    ",\"allowed_updates\":[\"message\",\"edited_message\","                                        \
    "\"callback_query\",\"message_reaction\",\"chat_member\",\"my_chat_member\"]}"
#define UPDATE(id)                                                                                 \
    "{\"update_id\":" #id ",\"message\":{\"message_id\":" #id ",\"from\":{\"id\":5,\"is_bot\":"    \
    "false,\"first_name\":\"A\"},\"chat\":{\"id\":5,\"type\":\"private\"},\"date\":1,\"text\":"    \
    "\"hi\"}}"
#define ANSWER(list) "200 {\"ok\":true,\"result\":[" list "]}"

struct delivered {
    char id[24];
    void (*done)(void *arg);
    void *arg;
};

struct test {
    struct loop *loop;
    struct settings *settings;
    struct telegram_api *api;
    struct telegram_poll *poll;
    struct adapter_host host;
    struct server server;
    struct delivered delivered[300];
    size_t n_delivered;
    bool done_at_once, stop_at_once;
    struct buf troubles; /* a line each; "-" when it works again */
    char log_path[32];
};

static void on_trouble(struct adapter_host *host, const char *what)
{
    struct test *t = host->core;
    buf_printf(&t->troubles, "%s\n", what ? what : "-");
}

static void on_deliver(struct adapter_host *host, const struct event *event,
                       void (*done)(void *arg), void *arg)
{
    struct test *t = host->core;
    assert_true(t->n_delivered < ARRAY_LEN(t->delivered));
    struct delivered *d = &t->delivered[t->n_delivered++];
    snprintf(d->id, sizeof(d->id), "%s", event->message_id);
    d->done = done;
    d->arg = arg;
    if (t->done_at_once)
        done(arg);
    if (t->stop_at_once)
        telegram_poll_listen(t->poll, false);
}

static void finish(struct test *t, size_t n)
{
    t->delivered[n].done(t->delivered[n].arg);
}

static int set_up(void **state)
{
    struct test *t = xcalloc(1, sizeof(*t));
    snprintf(t->log_path, sizeof(t->log_path), "/tmp/zaide-poll-XXXXXX");
    close(mkstemp(t->log_path));
    assert_int_equal(log_open(t->log_path, NULL), 0);
    assert_int_equal(log_configure("debug", NULL), 0);
    t->loop = loop_new();
    buf_init(&t->troubles, 100000);
    *state = t;
    return 0;
}

static void start(struct test *t, const struct step *steps, size_t n)
{
    static const struct setting rows[] = {
        {"TELEGRAM_BOT_TOKEN", "", SETTING_SECRET, NULL, NULL, 0, 0},
        {"TELEGRAM_API_URL", "", SETTING_URL, NULL, NULL, 0, 0},
        {NULL, NULL, SETTING_TEXT, NULL, NULL, 0, 0},
    };
    char url[60];
    server_start(&t->server, steps, n);
    snprintf(url, sizeof(url), "http://127.0.0.1:%d/", t->server.port);
    t->settings = settings_new();
    settings_add(t->settings, "Telegram", rows);
    assert_int_equal(settings_set(t->settings, "TELEGRAM_BOT_TOKEN", TOKEN, NULL), 0);
    assert_int_equal(settings_set(t->settings, "TELEGRAM_API_URL", url, NULL), 0);
    t->host = (struct adapter_host){.loop = t->loop,
                                    .settings = t->settings,
                                    .core = t,
                                    .trouble = on_trouble,
                                    .deliver = on_deliver};
    t->api = telegram_api_new(t->loop, t->settings, NULL);
    assert_non_null(t->api);
    t->poll = telegram_poll_new(t->api, &t->host, "70000001");
    telegram_poll_set_second(t->poll, SECOND_MS);
    telegram_poll_listen(t->poll, true);
}
#define START(t, ...)                                                                              \
    start(t, (const struct step[]){__VA_ARGS__},                                                   \
          sizeof((const struct step[]){__VA_ARGS__}) / sizeof(struct step))

/* No log line may hold the token. */
static void assert_no_token(const char *path)
{
    struct buf log = BUF_INIT(64 << 20);
    char chunk[4096];
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    for (size_t n; (n = fread(chunk, 1, sizeof(chunk), file)) > 0;)
        buf_add(&log, chunk, n);
    fclose(file);
    assert_null(strstr(log.data, "FakeToken"));
    buf_release(&log);
}

static int tear_down(void **state)
{
    struct test *t = *state;
    telegram_poll_free(t->poll);
    telegram_api_free(t->api);
    settings_free(t->settings);
    server_stop(&t->server);
    loop_free(t->loop);
    assert_null(strstr(t->troubles.data, "FakeToken"));
    buf_release(&t->troubles);
    log_close();
    assert_no_token(t->log_path);
    unlink(t->log_path);
    free(t);
    return 0;
}

static void expect(struct test *t, const char *request)
{
    server_expect(&t->server, t->loop, request);
}

static void wait_for(struct test *t, size_t n_delivered)
{
    int64_t end_ms = clock_monotonic_ms() + SERVER_DEADLINE_MS;
    while (t->n_delivered < n_delivered && clock_monotonic_ms() < end_ms)
        loop_step(t->loop, 100);
    assert_int_equal(t->n_delivered, n_delivered);
}

static void wait_for_trouble(struct test *t, const char *text)
{
    int64_t end_ms = clock_monotonic_ms() + SERVER_DEADLINE_MS;
    while (!strstr(t->troubles.data, text) && clock_monotonic_ms() < end_ms)
        loop_step(t->loop, 100);
    assert_non_null(strstr(t->troubles.data, text));
}

static void asks_on_when_all_is_done(void **state)
{
    struct test *t = *state;
    START(t, {"getUpdates", ANSWER(UPDATE(100) "," UPDATE(101))},
          {"getUpdates", ANSWER(UPDATE(102))});
    telegram_poll_set_second(t->poll, 3600 * 1000); /* nothing here may wait for a timer */
    expect(t, ASK("\"limit\":100"));
    wait_for(t, 2);
    assert_string_equal(t->delivered[0].id, "100");
    assert_string_equal(t->delivered[1].id, "101");
    finish(t, 1);
    finish(t, 0);
    expect(t, ASK("\"offset\":102,\"limit\":100"));
    wait_for(t, 3);
    finish(t, 2);
    expect(t, ASK("\"offset\":103,\"limit\":100"));
    assert_string_equal(t->troubles.data, "");
}

static void done_may_come_at_once(void **state)
{
    struct test *t = *state;
    t->done_at_once = true;
    START(t, {"getUpdates", ANSWER(UPDATE(100) "," UPDATE(101))});
    expect(t, ASK("\"limit\":100"));
    expect(t, ASK("\"offset\":102,\"limit\":100"));
    assert_int_equal(t->n_delivered, 2);
}

/* 100 stays undone: others overtake it, and nothing behind it is confirmed. */
static void a_slow_one_holds_nobody_up(void **state)
{
    struct test *t = *state;
    START(t, {"getUpdates", ANSWER(UPDATE(100) "," UPDATE(101))},
          {"getUpdates", ANSWER(UPDATE(100) "," UPDATE(101) "," UPDATE(102))},
          {"getUpdates", ANSWER(UPDATE(100) "," UPDATE(101) "," UPDATE(102))});
    expect(t, ASK("\"limit\":100"));
    wait_for(t, 2);
    finish(t, 1);
    expect(t, ASK("\"offset\":100,\"limit\":100"));
    wait_for(t, 3);
    assert_string_equal(t->delivered[2].id, "102");
    finish(t, 2);
    expect(t, ASK("\"offset\":100,\"limit\":100"));
    finish(t, 0); /* while the same ones are on their way again */
    expect(t, ASK("\"offset\":103,\"limit\":100"));
    assert_int_equal(t->n_delivered, 3);
}

static void stopping_keeps_what_was_delivered(void **state)
{
    struct test *t = *state;
    START(t, {"getUpdates", ANSWER(UPDATE(100) "," UPDATE(101))});
    expect(t, ASK("\"limit\":100"));
    wait_for(t, 2);
    telegram_poll_listen(t->poll, false);
    finish(t, 0);
    finish(t, 1);
    telegram_poll_listen(t->poll, true);
    expect(t, ASK("\"offset\":102,\"limit\":100"));
    telegram_poll_listen(t->poll, false); /* in the middle of a question */
    telegram_poll_listen(t->poll, true);
    expect(t, ASK("\"offset\":102,\"limit\":100"));
}

static void stopping_in_the_middle_of_a_batch(void **state)
{
    struct test *t = *state;
    t->done_at_once = t->stop_at_once = true;
    START(t, {"getUpdates", ANSWER(UPDATE(100) "," UPDATE(101))});
    expect(t, ASK("\"limit\":100"));
    wait_for(t, 1);
    t->stop_at_once = false;
    telegram_poll_listen(t->poll, true);
    expect(t, ASK("\"offset\":101,\"limit\":100")); /* 101 was never handed in */
}

static void what_tells_nothing_is_confirmed(void **state)
{
    struct test *t = *state;
    START(t, {"getUpdates",
              ANSWER("{\"update_id\":100,\"poll\":{}},{\"update_id\":101,\"message\":7}")});
    expect(t, ASK("\"limit\":100"));
    expect(t, ASK("\"offset\":102,\"limit\":100"));
    assert_int_equal(t->n_delivered, 0);
}

/* Bad UTF-8, a document too deep, an id that is a text: each costs only itself. */
static void one_that_cannot_be_read_spoils_no_other(void **state)
{
    struct test *t = *state;
    t->done_at_once = true;
    struct buf answer = BUF_INIT(100000);
    buf_str(&answer,
            "200 {\"ok\":true,\"result\":[" UPDATE(100) ",{\"update_id\":101,\"x\":\"\xff\"},");
    buf_str(&answer, UPDATE(102) ",{\"update_id\":103,\"x\":");
    for (int i = 0; i < 500; i++)
        buf_char(&answer, '[');
    for (int i = 0; i < 500; i++)
        buf_char(&answer, ']');
    buf_str(&answer, "},{\"update_id\":\"104\"}," UPDATE(105) "]}");
    START(t, {"getUpdates", answer.data});
    expect(t, ASK("\"limit\":100"));
    expect(t, ASK("\"offset\":106,\"limit\":100"));
    assert_int_equal(t->n_delivered, 3);
    buf_release(&answer);
}

static void an_answer_above_a_megabyte(void **state)
{
    struct test *t = *state;
    t->done_at_once = true;
    struct buf answer = BUF_INIT(64 << 20);
    buf_str(&answer, "200 {\"ok\":true,\"result\":[");
    for (int id = 100; id < 200; id++) {
        buf_printf(&answer,
                   "%s{\"update_id\":%d,\"message\":{\"message_id\":%d,\"from\":{\"id\":5},"
                   "\"chat\":{\"id\":5,\"type\":\"private\"},\"text\":\"",
                   id > 100 ? "," : "", id, id);
        for (int i = 0; i < 5000; i++)
            buf_str(&answer, "\xe5\x85\x85"); /* 15 KB each */
        buf_str(&answer, "\"}}");
    }
    buf_str(&answer, "]}");
    assert_true(answer.len > 1500000);
    START(t, {"getUpdates", answer.data});
    expect(t, ASK("\"limit\":100"));
    expect(t, ASK("\"offset\":200,\"limit\":100"));
    assert_int_equal(t->n_delivered, 100);
    buf_release(&answer);
}

/* Once it may be the network; then one by one; and what stays broken is left behind by its id. */
static void a_broken_answer_is_got_over(void **state)
{
    struct test *t = *state;
    static const char cut[] = "200 {\"ok\":true,\"result\":[{\"update_id\":101,\"message\":{\"te";
    t->done_at_once = true;
    START(t,
          {"getUpdates", "200 {\"ok\":true,\"result\":[" UPDATE(100) ",{\"update_id\":101,\"mess"},
          {"getUpdates", cut}, {"getUpdates", cut}, {"getUpdates", cut}, {"getUpdates", cut},
          {"getUpdates", cut}, {"getUpdates", ANSWER(UPDATE(102))});
    expect(t, ASK("\"limit\":100"));
    for (int i = 0; i < 5; i++)
        expect(t, ASK("\"offset\":101,\"limit\":1"));
    expect(t, ASK("\"offset\":102,\"limit\":1"));
    wait_for(t, 2);
    assert_string_equal(t->delivered[1].id, "102");
}

static void a_garbled_answer_loses_nothing(void **state)
{
    struct test *t = *state;
    t->done_at_once = true;
    START(t, {"getUpdates", "200 {\"ok\":true,\"result\":[{\"update_id\":100,\"mess"},
          {"getUpdates", "200 {\"ok\":true,\"result\":[{\"update_id\":100,\"mess"},
          {"getUpdates", ANSWER(UPDATE(100))});
    expect(t, ASK("\"limit\":100"));
    expect(t, ASK("\"limit\":1"));
    expect(t, ASK("\"limit\":1"));
    expect(t, ASK("\"offset\":101,\"limit\":1"));
    assert_int_equal(t->n_delivered, 1);
}

static void one_without_an_id_is_got_over(void **state)
{
    struct test *t = *state;
    t->done_at_once = true;
    static const char nameless[] = ANSWER("{\"a\":1}");
    START(t, {"getUpdates", ANSWER(UPDATE(100))}, {"getUpdates", nameless},
          {"getUpdates", nameless}, {"getUpdates", nameless}, {"getUpdates", nameless},
          {"getUpdates", nameless}, {"getUpdates", ANSWER(UPDATE(102))});
    expect(t, ASK("\"limit\":100"));
    expect(t, ASK("\"offset\":101,\"limit\":100"));
    for (int i = 0; i < 4; i++)
        expect(t, ASK("\"offset\":101,\"limit\":1"));
    expect(t, ASK("\"offset\":102,\"limit\":1"));
    wait_for(t, 2);
}

/* A hotel's welcome page, for ever: told, and nothing is skipped. */
static void a_page_that_is_no_answer(void **state)
{
    struct test *t = *state;
    static const char page[] = "200 <html>Welcome! Please sign in.</html>";
    t->done_at_once = true;
    START(t, {"getUpdates", ANSWER(UPDATE(100))}, {"getUpdates", page}, {"getUpdates", page},
          {"getUpdates", page}, {"getUpdates", page}, {"getUpdates", page}, {"getUpdates", page},
          {"getUpdates", page}, {"getUpdates", ANSWER(UPDATE(101))});
    expect(t, ASK("\"limit\":100"));
    expect(t, ASK("\"offset\":101,\"limit\":100"));
    for (int i = 0; i < 7; i++)
        expect(t, ASK("\"offset\":101,\"limit\":1"));
    wait_for(t, 2);
    assert_string_equal(t->troubles.data,
                        "the Bot API answers what cannot be read: is TELEGRAM_API_URL right?\n-\n");
}

static void ids_may_start_anew(void **state)
{
    struct test *t = *state;
    START(t, {"getUpdates", ANSWER(UPDATE(1000))}, {"getUpdates", ANSWER(UPDATE(5))});
    expect(t, ASK("\"limit\":100"));
    wait_for(t, 1);
    finish(t, 0);
    expect(t, ASK("\"offset\":1001,\"limit\":100"));
    wait_for(t, 2);
    finish(t, 1);
    expect(t, ASK("\"offset\":6,\"limit\":100"));
}

static int64_t ms_until(struct test *t, const char *request)
{
    int64_t began_ms = clock_monotonic_ms();
    expect(t, request);
    return clock_monotonic_ms() - began_ms;
}

static void an_empty_answer_in_no_time_is_no_reason_to_hurry(void **state)
{
    struct test *t = *state;
    START(t, {"getUpdates", ANSWER("")});
    expect(t, ASK("\"limit\":100"));
    assert_true(ms_until(t, ASK("\"limit\":100")) >= SECOND_MS - 10);
}

static void a_cut_line_is_tried_again_ever_more_slowly(void **state)
{
    struct test *t = *state;
    START(t, {"getUpdates", NULL}, {"getUpdates", "502 <html>Bad Gateway</html>"},
          {"getUpdates", ANSWER(UPDATE(100))});
    expect(t, ASK("\"limit\":100"));
    assert_true(ms_until(t, ASK_AT_ONCE("\"limit\":1")) >= SECOND_MS - 10);
    assert_true(ms_until(t, ASK_AT_ONCE("\"limit\":1")) >= 2 * SECOND_MS - 10);
    wait_for(t, 1);
    finish(t, 0);
    expect(t, ASK("\"offset\":101,\"limit\":100"));
    wait_for_trouble(t, "-\n"); /* the first time was none */
    assert_string_equal(t->troubles.data, "the Bot API answers: status 502 without JSON\n-\n");
}

static void nobody_there(void **state)
{
    struct test *t = *state;
    START(t, {"getUpdates", NULL});
    telegram_poll_listen(t->poll, false);
    server_stop(&t->server); /* the port is free now */
    telegram_poll_listen(t->poll, true);
    wait_for_trouble(t, "cannot reach the Bot API: ");
    server_start(&t->server, NULL, 0);
}

static void another_poller_is_named(void **state)
{
    struct test *t = *state;
    START(t,
          {"getUpdates",
           "409 {\"ok\":false,\"error_code\":409,\"description\":\"Conflict: terminated "
           "by other getUpdates request; make sure that only one bot instance is "
           "running\"}"},
          {"getUpdates", ANSWER(UPDATE(100))});
    expect(t, ASK("\"limit\":100"));
    wait_for_trouble(t, "another program polls with this token");
    expect(t, ASK("\"limit\":100"));
    wait_for_trouble(t, "\n-\n");
}

static void a_webhook_is_named(void **state)
{
    struct test *t = *state;
    START(t,
          {"getUpdates",
           "409 {\"ok\":false,\"error_code\":409,\"description\":\"Conflict: can't use getUpdates "
           "method while webhook is active; use deleteWebhook to delete the webhook first\"}"});
    wait_for_trouble(t, "deleteWebhook");
}

static void a_refused_token_is_named(void **state)
{
    struct test *t = *state;
    START(t,
          {"getUpdates", "401 {\"ok\":false,\"error_code\":401,\"description\":\"Unauthorized\"}"});
    wait_for_trouble(t, "token refused: ");
}

static void a_429_is_obeyed(void **state)
{
    struct test *t = *state;
    START(t, {"getUpdates", "429 {\"ok\":false,\"error_code\":429,\"description\":\"Too Many "
                            "Requests: retry after 2\",\"parameters\":{\"retry_after\":2}}"});
    expect(t, ASK("\"limit\":100"));
    assert_true(ms_until(t, ASK("\"limit\":100")) >= 2 * SECOND_MS - 10);
    assert_string_equal(t->troubles.data, "");
}

#define WITH_SET_UP(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SET_UP(asks_on_when_all_is_done),
        WITH_SET_UP(done_may_come_at_once),
        WITH_SET_UP(a_slow_one_holds_nobody_up),
        WITH_SET_UP(stopping_keeps_what_was_delivered),
        WITH_SET_UP(stopping_in_the_middle_of_a_batch),
        WITH_SET_UP(what_tells_nothing_is_confirmed),
        WITH_SET_UP(one_that_cannot_be_read_spoils_no_other),
        WITH_SET_UP(an_answer_above_a_megabyte),
        WITH_SET_UP(a_broken_answer_is_got_over),
        WITH_SET_UP(a_garbled_answer_loses_nothing),
        WITH_SET_UP(one_without_an_id_is_got_over),
        WITH_SET_UP(a_page_that_is_no_answer),
        WITH_SET_UP(ids_may_start_anew),
        WITH_SET_UP(an_empty_answer_in_no_time_is_no_reason_to_hurry),
        WITH_SET_UP(a_cut_line_is_tried_again_ever_more_slowly),
        WITH_SET_UP(nobody_there),
        WITH_SET_UP(another_poller_is_named),
        WITH_SET_UP(a_webhook_is_named),
        WITH_SET_UP(a_refused_token_is_named),
        WITH_SET_UP(a_429_is_obeyed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
