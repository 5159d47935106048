/* Servers that refuse, die, or hang; and freeing at any time. */
#include <sys/un.h>

#include "tests/unit/redis_world.h"

static void test_refused(void **state)
{
    struct world *w = *state;
    w->port = free_port();
    char url[64];
    snprintf(url, sizeof(url), "redis://127.0.0.1:%d", w->port);
    connect_to(w, url); /* a stock hiredis adapter would wait here for ever */
    WAIT_FOR(w, w->downs == 1);
    assert_non_null(strstr(w->error, "Connection refused"));
    assert_non_null(strstr(w->error, url + strlen("redis://")));
    assert_string_equal(redis_error(w->redis), w->error);
    assert_false(redis_is_up(w->redis));
    w->is_inside = true;
    CALL(w->redis, on_reply, w, "PING");
    w->is_inside = false;
    WAIT_FOR(w, w->replies);
    assert_string_equal(w->said.data, "NULL ");

    start_server(w, NULL);
    WAIT_FOR(w, w->ups == 1);
    assert_int_equal(w->downs, 1); /* however often it was tried */
    assert_true(redis_is_up(w->redis));
    CALL(w->redis, on_reply, w, "PING");
    WAIT_FOR(w, w->replies == 2);
    assert_string_equal(w->said.data, "NULL PONG ");
}

static void test_no_socket(void **state)
{
    struct world *w = *state;
    connect_to(w, w->url);
    WAIT_FOR(w, w->downs == 1);
    assert_non_null(strstr(w->error, "No such file"));
    assert_non_null(strstr(w->error, "/redis.sock"));
}

static void on_numbered(void *arg, const struct redis_value *reply)
{
    int *order = arg;
    assert_null(reply);
    order[0]++;
}

static void test_killed_in_a_pipeline(void **state)
{
    struct world *w = *state;
    enum { N = 2000 };
    static int order[N];
    memset(order, 0, sizeof(order));
    come_up(w);
    CALL(w->redis, on_reply, w, "SET", "k", "1");
    WAIT_FOR(w, w->replies == 1);

    stop_server(w); /* so that none is answered */
    for (int i = 0; i < N; i++)
        CALL(w->redis, on_numbered, &order[i], "INCR", "n");
    loop_step(w->loop, 0); /* they leave */
    kill_server(w);
    WAIT_FOR(w, w->downs == 1);
    assert_false(redis_is_up(w->redis));
    WAIT_FOR(w, redis_pending(w->redis) == 0);
    for (int i = 0; i < N; i++)
        assert_int_equal(order[i], 1);

    start_server(w, NULL);
    WAIT_FOR(w, w->ups == 2);
    CALL(w->redis, on_reply, w, "PING");
    WAIT_FOR(w, w->replies == 2);
    assert_string_equal(w->said.data, "OK PONG ");
    for (int i = 0; i < N; i++)
        assert_int_equal(order[i], 1);
    assert_int_equal(w->downs, 1);
}

static void on_repeat(void *arg, const struct redis_value *reply)
{
    struct world *w = arg;
    on_reply(w, reply);
    if (!reply)
        CALL(w->redis, on_repeat, w, "PING");
}

/* Against advice, but it must not keep the connection from coming back. */
static void test_repeating_at_once(void **state)
{
    struct world *w = *state;
    connect_to(w, w->url);
    CALL(w->redis, on_repeat, w, "PING");
    WAIT_FOR(w, w->nulls > 3);
    start_server(w, NULL);
    WAIT_FOR(w, w->replies == w->nulls + 1);
    assert_int_equal(w->ups, 1);
}

static void test_stopped_server_is_noticed(void **state)
{
    struct world *w = *state;
    struct redis_address a = address(w->url);
    come_up(w);
    w->listener = redis_listen(w->loop, &a, "bell", on_up, on_message, w);
    redis_address_release(&a);
    WAIT_FOR(w, w->ups == 2);
    CALL(w->redis, on_reply, w, "PING");
    WAIT_FOR(w, w->replies == 1);

    stop_server(w);
    int64_t began_ms = clock_monotonic_ms();
    WAIT_FOR(w, w->downs == 1);
    int64_t took_ms = clock_monotonic_ms() - began_ms;
    assert_in_range(took_ms, 3000, 6000);
    assert_non_null(strstr(w->error, "does not answer"));
    /* Both come back, also from connections that the stopped kernel accepted and nobody greets. */
    kill(w->server, SIGCONT);
    WAIT_FOR(w, w->ups == 4);
    CALL(w->redis, NULL, NULL, "PUBLISH", "bell", "ding");
    WAIT_FOR(w, w->replies == 2);
    assert_string_equal(w->said.data, "PONG ding ");
}

static void test_limit_of_waiting_calls(void **state)
{
    struct world *w = *state;
    come_up(w);
    stop_server(w);
    for (int i = 0; i < 65536 + 5; i++)
        CALL(w->redis, on_reply, w, "PING");
    WAIT_FOR(w, w->replies == 5);
    assert_int_equal(w->nulls, 5);
    assert_int_equal(redis_pending(w->redis), 65536);
    kill(w->server, SIGCONT);
    WAIT_FOR(w, redis_pending(w->redis) == 0);
    assert_int_equal(w->replies, 65536 + 5);
    assert_int_equal(w->nulls, 5);
}

/* A server of our own that says one line of a script to each who connects. */
struct fake {
    struct watch *watch;
    int fd, peers[8], n;
    const char *const *script;
};

static void on_peer(void *arg)
{
    struct fake *f = arg;
    int fd = accept(f->fd, NULL, NULL);
    assert_true(fd >= 0 && f->n < 8);
    const char *line = *f->script++;
    assert_non_null(line);
    assert_int_equal(write(fd, line, strlen(line)), strlen(line));
    f->peers[f->n++] = fd;
}

static void fake_server(struct world *w, struct fake *f, const char *const *script)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    snprintf(a.sun_path, sizeof(a.sun_path), "%s", w->url + strlen("unix://"));
    *f = (struct fake){.fd = socket(AF_UNIX, SOCK_STREAM, 0), .script = script};
    assert_int_equal(bind(f->fd, (struct sockaddr *)&a, sizeof(a)), 0);
    assert_int_equal(listen(f->fd, 8), 0);
    f->watch = watch_new(w->loop, f->fd, on_peer, f);
}

static void fake_server_free(struct fake *f)
{
    watch_free(f->watch);
    close(f->fd);
    while (f->n > 0)
        close(f->peers[--f->n]);
}

static void test_server_that_loads_its_data(void **state)
{
    struct world *w = *state;
    struct fake fake;
    fake_server(w, &fake, (const char *const[]){"-LOADING wait\r\n", "+PONG\r\n", NULL});
    connect_to(w, w->url);
    WAIT_FOR(w, w->ups == 1);
    assert_int_equal(w->downs, 1);
    assert_non_null(strstr(w->error, "LOADING"));
    assert_int_equal(fake.n, 2);
    fake_server_free(&fake);
}

static void test_server_that_talks_something_else(void **state)
{
    struct world *w = *state;
    struct fake fake;
    fake_server(w, &fake, (const char *const[]){"220 mail\r\n", "+PONG\r\n", NULL});
    connect_to(w, w->url);
    WAIT_FOR(w, w->ups == 1);
    assert_int_equal(w->downs, 1);
    assert_non_null(strstr(w->error, "Protocol error"));
    fake_server_free(&fake);
}

/* Freeing. */

static void on_call_again(void *arg, const struct redis_value *reply)
{
    struct world *w = arg;
    on_reply(w, reply);
    CALL(w->redis, on_reply, w, "PING");
}

static void test_free_with_calls_pending(void **state)
{
    struct world *w = *state;
    come_up(w);
    for (int i = 0; i < 10; i++)
        CALL(w->redis, on_reply, w, "PING");
    CALL(w->redis, on_call_again, w, "PING");
    redis_free(w->redis);
    w->redis = NULL;
    assert_int_equal(w->replies, 12);
    assert_int_equal(w->nulls, 12);
    loop_step(w->loop, 0);
    assert_int_equal(w->replies, 12);
}

static void free_it(struct world *w)
{
    struct redis *r = w->redis;
    w->redis = NULL;
    redis_free(r);
}

static void on_reply_free(void *arg, const struct redis_value *reply)
{
    struct world *w = arg;
    free_it(w);
    on_reply(w, reply); /* the reply is still there */
}

static void test_freed_by_a_reply(void **state)
{
    struct world *w = *state;
    come_up(w);
    CALL(w->redis, on_reply_free, w, "ECHO", "x");
    CALL(w->redis, on_reply, w, "ECHO", "y");
    CALL(w->redis, on_reply, w, "ECHO", "z");
    WAIT_FOR(w, w->replies == 3);
    assert_string_equal(w->said.data, "NULL NULL x ");
}

static void on_null_free(void *arg, const struct redis_value *reply)
{
    struct world *w = arg;
    on_reply(w, reply);
    free_it(w);
}

static void test_freed_by_a_lost_call(void **state)
{
    struct world *w = *state;
    connect_to(w, w->url);
    CALL(w->redis, on_null_free, w, "PING");
    CALL(w->redis, on_reply, w, "PING");
    WAIT_FOR(w, !w->redis);
    assert_int_equal(w->nulls, 2);
}

static void on_down_free(void *arg, const char *error)
{
    struct world *w = arg;
    on_down(arg, error);
    free_it(w);
}

static void on_up_free(void *arg)
{
    struct world *w = arg;
    on_up(arg);
    CALL(w->redis, on_reply, w, "PING");
    free_it(w);
}

static void test_freed_by_going_down_or_up(void **state)
{
    struct world *w = *state;
    struct redis_address a = address(w->url);
    w->redis = redis_new(w->loop, &a, NULL, on_down_free, w);
    CALL(w->redis, on_reply, w, "PING");
    WAIT_FOR(w, !w->redis);
    assert_int_equal(w->downs, 1);
    assert_int_equal(w->nulls, 1);

    start_server(w, NULL);
    w->redis = redis_new(w->loop, &a, on_up_free, NULL, w);
    WAIT_FOR(w, !w->redis);
    assert_int_equal(w->ups, 1);
    assert_int_equal(w->nulls, 2);
    redis_address_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_refused),
        TEST(test_no_socket),
        TEST(test_killed_in_a_pipeline),
        TEST(test_repeating_at_once),
        TEST(test_stopped_server_is_noticed),
        TEST(test_limit_of_waiting_calls),
        TEST(test_server_that_loads_its_data),
        TEST(test_server_that_talks_something_else),
        TEST(test_free_with_calls_pending),
        TEST(test_freed_by_a_reply),
        TEST(test_freed_by_a_lost_call),
        TEST(test_freed_by_going_down_or_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
