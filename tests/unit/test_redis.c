/* Calls, logging in, listening. */
#include "tests/unit/redis_world.h"

#include <netdb.h>

/* Calls. */

static void test_replies(void **state)
{
    struct world *w = *state;
    come_up(w);
    w->is_inside = true;
    CALL(w->redis, on_reply, w, "SET", "k", "12");
    CALL(w->redis, on_reply, w, "GET", "k");
    CALL(w->redis, NULL, NULL, "INCR", "k");
    CALL(w->redis, on_reply, w, "INCR", "k");
    CALL(w->redis, on_reply, w, "GET", "none");
    CALL(w->redis, on_reply, w, "EVAL", "return {1,'two',{3,false}}", "0");
    CALL(w->redis, on_reply, w, "LPUSH", "k", "x");
    w->is_inside = false;
    assert_int_equal(redis_pending(w->redis), 7);
    WAIT_FOR(w, w->replies == 6);
    assert_string_equal(w->said.data,
                        "OK 12 14 nil [1 two [3 nil ] ] (WRONGTYPE Operation against a key holding "
                        "the wrong kind of value) ");
    assert_int_equal(redis_pending(w->redis), 0);
    assert_string_equal(redis_error(w->redis), "");
}

static void on_number(void *arg, const struct redis_value *reply)
{
    int64_t *n = arg;
    *n = redis_int(reply, -7);
}

static void test_values(void **state)
{
    struct world *w = *state;
    int64_t whole = 0, partly = 0, text = 0, none = 0;
    come_up(w);
    CALL(w->redis, on_number, &whole, "ECHO", "-9223372036854775808");
    CALL(w->redis, on_number, &partly, "EVAL", "return '12\\0x'", "0");
    CALL(w->redis, on_number, &text, "PING");
    CALL(w->redis, on_number, &none, "GET", "none");
    CALL(w->redis, on_reply, w, "PING");
    WAIT_FOR(w, w->replies);
    assert_true(whole == INT64_MIN);
    assert_int_equal(partly, -7);
    assert_int_equal(text, -7);
    assert_int_equal(none, -7);
    assert_int_equal(redis_kind(NULL), REDIS_NIL);
    assert_null(redis_str(NULL, NULL));
    assert_null(redis_item(NULL, 0));
    assert_int_equal(redis_len(NULL), 0);
}

static void test_binary_safe(void **state)
{
    struct world *w = *state;
    come_up(w);
    const char *const argv[] = {"ECHO", "a\0b\r\n\xff"};
    const size_t lens[] = {4, 6};
    redis_call(w->redis, 2, argv, lens, on_reply, w);
    WAIT_FOR(w, w->replies);
    assert_int_equal(w->said.len, 7);
    assert_memory_equal(w->said.data, "a\0b\r\n\xff ", 7);
}

static void on_reply_to_keep(void *arg, const struct redis_value *reply)
{
    *(struct redis_value **)arg = redis_copy(reply);
}

static void test_a_copy_outlives_its_callback(void **state)
{
    struct world *w = *state;
    struct redis_value *copy = NULL;
    come_up(w);
    CALL(w->redis, on_reply_to_keep, &copy, "EVAL",
         "return {'a\\0b', 7, {}, {'x', {'y'}}, false, redis.error_reply('BAD'), {ok = 'FINE'}}",
         "0");
    CALL(w->redis, on_reply, w, "ECHO", "another");
    WAIT_FOR(w, w->replies == 1);
    buf_clear(&w->said);
    say(w, copy);
    const char wanted[] = "[a\0b 7 [] [x [y ] ] nil (ERR BAD) FINE ] ";
    assert_int_equal(w->said.len, sizeof(wanted) - 1);
    assert_memory_equal(w->said.data, wanted, sizeof(wanted) - 1);
    redis_copy_free(copy);
    assert_null(redis_copy(NULL));
    redis_copy_free(NULL);
}

static void on_count(void *arg, const struct redis_value *reply)
{
    struct world *w = arg;
    on_reply(w, reply);
    w->is_inside = true;
    if (reply && redis_int(reply, 0) < 100)
        CALL(w->redis, on_count, w, "INCR", "n");
    w->is_inside = false;
}

static void test_calls_made_in_callbacks(void **state)
{
    struct world *w = *state;
    come_up(w);
    CALL(w->redis, on_count, w, "INCR", "n");
    WAIT_FOR(w, w->replies == 100);
    assert_int_equal(w->nulls, 0);
}

/* Who we are, and where. */

static void test_login_and_database(void **state)
{
    struct world *w = *state;
    start_server(
        w, (const char *const[]){"--user", "alice", "on", ">open-sesame", "~*", "+@all", NULL});
    char url[256];
    snprintf(url, sizeof(url), "%s?db=3", w->url);
    struct redis_address a = address(url);
    a.user = xstrdup("alice");
    a.password = xstrdup("open-sesame");
    w->redis = redis_new(w->loop, &a, on_up, on_down, w);
    WAIT_FOR(w, w->ups == 1);
    CALL(w->redis, on_reply, w, "ACL", "WHOAMI");
    CALL(w->redis, on_reply, w, "SET", "k", "v");
    CALL(w->redis, on_reply, w, "SELECT", "0");
    CALL(w->redis, on_reply, w, "GET", "k");
    WAIT_FOR(w, w->replies == 4);
    assert_string_equal(w->said.data, "alice OK OK nil ");
    redis_free(w->redis);

    free(a.password);
    a.password = xstrdup("open-barley");
    w->downs = 0;
    w->redis = redis_new(w->loop, &a, on_up, on_down, w);
    WAIT_FOR(w, w->downs == 1);
    assert_non_null(strstr(w->error, "AUTH was refused (WRONGPASS)"));
    assert_null(strstr(w->error, "barley"));
    redis_address_release(&a);
}

static void test_password_alone(void **state)
{
    struct world *w = *state;
    w->port = free_port();
    start_server(w, (const char *const[]){"--requirepass", "open-sesame", NULL});
    char url[256];
    snprintf(url, sizeof(url), "redis://:open-sesame@127.0.0.1:%d", w->port);
    connect_to(w, url);
    WAIT_FOR(w, w->ups == 1);
    redis_free(w->redis);

    w->downs = 0;
    connect_to(w, w->url);
    WAIT_FOR(w, w->downs == 1);
    assert_non_null(strstr(w->error, "PING was refused: NOAUTH"));
    redis_free(w->redis);

    w->downs = 0;
    snprintf(url, sizeof(url), "redis://:open-sesame@127.0.0.1:%d/99", w->port);
    connect_to(w, url);
    WAIT_FOR(w, w->downs == 1);
    assert_non_null(strstr(w->error, "SELECT was refused: ERR DB index is out of range"));
}

/* "localhost" may be ::1 first, where nobody listens: the next address is tried before it counts as
 * a failure. */
static void test_by_name(void **state)
{
    struct world *w = *state;
    struct addrinfo *found;
    if (getaddrinfo("localhost", NULL, NULL, &found))
        skip(); /* a bare chroot has no /etc/hosts */
    freeaddrinfo(found);
    w->port = free_port();
    char url[64];
    snprintf(url, sizeof(url), "redis://127.0.0.1:%d", w->port);
    start_server(w, NULL);
    connect_to(w, url);
    WAIT_FOR(w, w->ups == 1);
    redis_free(w->redis);
    w->downs = 0;
    snprintf(url, sizeof(url), "redis://localhost:%d", w->port);
    connect_to(w, url);
    WAIT_FOR(w, w->ups == 2);
    assert_int_equal(w->downs, 0);
}

static void test_bad_name(void **state)
{
    struct world *w = *state;
    char url[512] = "redis://";
    memset(url + strlen(url), 'x', 400); /* too long to be asked of any resolver */
    connect_to(w, url);
    WAIT_FOR(w, w->downs == 1);
    assert_non_null(strstr(w->error, "xxx:6379: "));
}

static void test_freed_while_resolving(void **state)
{
    struct world *w = *state;
    connect_to(w, "redis://localhost:1");
    loop_step(w->loop, 0);
    CALL(w->redis, on_reply, w, "PING");
    redis_free(w->redis);
    w->redis = NULL;
    assert_string_equal(w->said.data, "NULL ");
}

/* Listening. */

static void test_listening_is_forbidden(void **state)
{
    struct world *w = *state;
    struct redis_address a = address(w->url);
    come_up(w);
    CALL(w->redis, NULL, NULL, "ACL", "SETUSER", "default", "resetchannels");
    w->listener = redis_listen(w->loop, &a, "bell", on_up, on_message, w);
    redis_address_release(&a);
    const struct redis *r = (const struct redis *)w->listener; /* for want of an on_down */
    WAIT_FOR(w, strstr(redis_error(r), "NOPERM"));
    assert_int_equal(w->ups, 1);
}

static void test_listener(void **state)
{
    struct world *w = *state;
    struct redis_address a = address(w->url);
    come_up(w);
    w->listener = redis_listen(w->loop, &a, "bell", on_up, on_message, w);
    redis_address_release(&a);
    WAIT_FOR(w, w->ups == 2);
    const char *const argv[] = {"PUBLISH", "bell", "b\0c"};
    CALL(w->redis, NULL, NULL, "PUBLISH", "bell", "a");
    CALL(w->redis, NULL, NULL, "PUBLISH", "other", "no");
    redis_call(w->redis, 3, argv, (const size_t[]){7, 4, 3}, NULL, NULL);
    WAIT_FOR(w, w->replies == 2);
    assert_int_equal(w->said.len, 6);
    assert_memory_equal(w->said.data, "a b\0c ", 6);

    kill_server(w);
    WAIT_FOR(w, w->downs == 1);
    start_server(w, NULL);
    WAIT_FOR(w, w->ups == 4); /* both came back */
    buf_clear(&w->said);
    CALL(w->redis, NULL, NULL, "PUBLISH", "bell", "d");
    WAIT_FOR(w, w->replies == 3);
    assert_string_equal(w->said.data, "d ");
}

static void on_last_message(void *arg, const char *payload, size_t len)
{
    struct world *w = arg;
    on_message(arg, payload, len);
    redis_free(w->listener);
    w->listener = NULL;
}

static void test_listener_freed_by_its_message(void **state)
{
    struct world *w = *state;
    struct redis_address a = address(w->url);
    come_up(w);
    w->listener = redis_listen(w->loop, &a, "bell", on_up, on_last_message, w);
    redis_address_release(&a);
    WAIT_FOR(w, w->ups == 2);
    CALL(w->redis, NULL, NULL, "PUBLISH", "bell", "a");
    CALL(w->redis, NULL, NULL, "PUBLISH", "bell", "b");
    WAIT_FOR(w, w->replies == 1);
    CALL(w->redis, on_reply, w, "PUBSUB", "NUMSUB", "bell");
    WAIT_FOR(w, w->replies == 2);
    assert_non_null(strstr(w->said.data, "a [bell "));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_replies),
        TEST(test_values),
        TEST(test_binary_safe),
        TEST(test_a_copy_outlives_its_callback),
        TEST(test_calls_made_in_callbacks),
        TEST(test_login_and_database),
        TEST(test_password_alone),
        TEST(test_by_name),
        TEST(test_bad_name),
        TEST(test_freed_while_resolving),
        TEST(test_listening_is_forbidden),
        TEST(test_listener),
        TEST(test_listener_freed_by_its_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
