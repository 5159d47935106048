/* What the server refuses and survives. */
#include "tests/unit/web_world.h"

#include <sys/resource.h>

#include "bot/base/log.h"

/* By the server, with nothing more to read. */
static bool is_cut(int fd)
{
    char c;
    ssize_t len = read(fd, &c, 1);
    return len == 0 || (len < 0 && errno == ECONNRESET);
}

static void test_nonsense(void **state)
{
    struct world *w = *state;
    ask_roughly(w, "GET /hello HTTP/2.0\r\n" HOST "\r\n", "505");
    ask_roughly(w, "GET /hello HTTP/1.1\r\nHost\r\n\r\n", "400");
    WAIT_FOR(w, w->has_ended); /* nothing after it can be understood */
    redial(w);
    send_text(w, "hello\r\n\r\n");
    WAIT_FOR(w, w->has_ended);
    ask(w, "BREW /hello HTTP/1.1\r\n" HOST "\r\n", "405");
    ask(w, "GET /../../etc/passwd HTTP/1.1\r\n" HOST "\r\n", "404");
    ask(w, "GET /hello%00 HTTP/1.1\r\n" HOST "\r\n", "404");
    ask(w, "GET /hello%4 HTTP/1.1\r\n" HOST "\r\n", "404");
    ask(w, "GET http://x/hello HTTP/1.1\r\n" HOST "\r\n", "404");
    ask(w, "OPTIONS * HTTP/1.1\r\n" HOST "\r\n", "404");
    assert_int_equal(w->calls, 0);
}

/* Every prefix of a request, and each with one byte changed: whatever comes of it, the server lives
 * and answers the next. */
static void test_damaged_requests(void **state)
{
    struct world *w = *state;
    static const char request[] =
        "POST /echo?a=%20b&c HTTP/1.1\r\n" HOST "Cookie: a=b\r\nContent-Length: 5\r\n\r\nab\r\nc";
    static const char bytes[] = {'\0', '\r', '\n', ' ', '%', ':', '?', '=', (char)0xff};
    for (size_t i = 0; i < sizeof(request) - 1; i++) {
        redial(w);
        send_bytes(w, request, i);
        settle(w);
        for (size_t k = 0; k < sizeof(bytes); k++) {
            char copy[sizeof(request)];
            memcpy(copy, request, sizeof(request));
            copy[i] = bytes[k];
            redial(w);
            send_bytes(w, copy, sizeof(request) - 1);
            shutdown(w->fd, SHUT_WR);
            settle(w);
        }
    }
    ask(w, "GET /hello HTTP/1.1\r\n" HOST "\r\n", "200");
}

/* The same numbers every time. */
static void test_random_bytes(void **state)
{
    struct world *w = *state;
    uint32_t seed = 1;
    for (int i = 0; i < 300; i++) {
        char noise[512];
        for (size_t k = 0; k < sizeof(noise); k++) {
            seed = seed * 1664525 + 1013904223;
            noise[k] = i % 2 ? (char)(seed >> 24) : "GET / HTTP/1.1\r\n:0,"[(seed >> 24) % 19];
        }
        redial(w);
        send_bytes(w, noise, sizeof(noise));
        settle(w);
    }
    ask(w, "GET /hello HTTP/1.1\r\n" HOST "\r\n", "200");
}

/* What two readers could read differently. */
static void test_bodies_of_unclear_length(void **state)
{
    struct world *w = *state;
    static const char *const wrong[] = {
        "Content-Length: 3\r\nContent-Length: 4",
        "Content-Length: 3\r\nContent-Length: 3",
        "Content-Length : 3",
        "Content-Length: 3\r\n 0",
        "Content-Length: 3\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 3",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: identity",
        "Transfer-Encoding : chunked",
        "transfer-encoding:\tchunked ",
    };
    char request[256];
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        snprintf(request, sizeof(request), "POST /echo HTTP/1.1\r\n" HOST "%s\r\n\r\nabc",
                 wrong[i]);
        ask(w, request, "400");
        WAIT_FOR(w, w->has_ended);
    }
    /* These the library itself refuses. */
    ask_roughly(w, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 3x\r\n\r\nabc", "400");
    ask_roughly(w, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: -3\r\n\r\nabc", "400");
    ask_roughly(w, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: \r\n\r\nabc", "400");
    assert_int_equal(w->calls, 0);
}

static void test_body_too_large(void **state)
{
    struct world *w = *state;
    size_t len = 6 * WEB_MAX_BODY;
    char *body = xcalloc(1, len), head[128];
    snprintf(head, sizeof(head), "POST /echo HTTP/1.1\r\n" HOST "Content-Length: %zu\r\n\r\n", len);
    redial(w);
    send_text(w, head);
    send_bytes(w, body, len);
    free(body);
    WAIT_FOR(w, is_whole(w, true));
    assert_true(starts_with(w->reply.data, "HTTP/1.1 413 "));
    ask(w, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 1048577\r\n\r\nabc", "413");
    ask(w, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 9223372036854775808\r\n\r\nabc", "413");
    assert_string_equal(header(w, "connection"), "close");
    WAIT_FOR(w, w->has_ended);
    assert_int_equal(w->calls, 0);
}

static void test_long_head(void **state)
{
    struct world *w = *state;
    static char head[40000];
    memset(head, 'x', sizeof(head));
    redial(w);
    send_text(w, "GET /hello HTTP/1.1\r\n" HOST "X: ");
    send_bytes(w, head, 8192);
    send_text(w, "\r\n\r\n");
    WAIT_FOR(w, is_whole(w, true));
    assert_true(starts_with(w->reply.data, "HTTP/1.1 200 "));
    redial(w);
    send_text(w, "GET /hello HTTP/1.1\r\n" HOST "X: ");
    send_bytes(w, head, sizeof(head));
    WAIT_FOR(w, is_whole(w, true));
    assert_true(starts_with(w->reply.data, "HTTP/1.1 431 "));
    assert_int_equal(w->calls, 1);
}

/* One byte every 100 ms would take for ever; silence too. */
static void test_slow_headers_are_cut(void **state)
{
    struct world *w = *state;
    int silent = dial(w);
    redial(w);
    int64_t began_ms = clock_monotonic_ms();
    send_text(w, "GET /hello HTTP/1.1\r\nX: ");
    while (!w->has_ended && clock_monotonic_ms() - began_ms < DEADLINE_MS) {
        int64_t sent_ms = clock_monotonic_ms();
        send(w->fd, "x", 1, MSG_NOSIGNAL);
        while (!w->has_ended && clock_monotonic_ms() - sent_ms < 100) {
            loop_step(w->loop, 20);
            listen_in(w);
        }
    }
    assert_true(w->has_ended);
    assert_in_range(clock_monotonic_ms() - began_ms, 4900, 7000);
    WAIT_FOR(w, is_cut(silent));
    close(silent);
    assert_int_equal(w->calls, 0);
}

static void test_freed_with_connections_open(void **state)
{
    struct world *w = *state;
    int fds[50];
    for (size_t i = 0; i < ARRAY_LEN(fds); i++) {
        fds[i] = dial(w);
        if (i % 3 == 1)
            assert_true(write(fds[i], "GET /hello HT", 13) == 13);
        if (i % 3 == 2)
            assert_true(dprintf(fds[i], "POST /echo HTTP/1.1\r\nContent-Length: 9\r\n\r\nab") > 0);
    }
    redial(w);
    send_text(w, "GET /much?4000000 HTTP/1.1\r\n" HOST "\r\n"); /* half answered */
    settle(w);
    web_free(w->web);
    w->web = NULL;
    for (size_t i = 0; i < ARRAY_LEN(fds); i++) {
        assert_true(is_cut(fds[i]));
        close(fds[i]);
    }
}

static void test_freed_with_answers_due(void **state)
{
    struct world *w = *state;
    int waiting[3];
    for (size_t i = 0; i < ARRAY_LEN(waiting); i++) {
        redial(w);
        send_text(w, "POST /later HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\nhi");
        WAIT_FOR(w, w->n_due == i + 1);
        waiting[i] = w->fd;
        w->fd = -1;
    }
    answer_due(w, "just now"); /* resumed, but nothing sent yet */
    web_free(w->web);
    w->web = NULL;
    for (size_t i = 0; i < ARRAY_LEN(waiting); i++) {
        assert_true(is_cut(waiting[i]));
        close(waiting[i]);
    }
}

/* The client has gone meanwhile; the answer is lost and nothing else. */
static void test_answer_to_nobody(void **state)
{
    struct world *w = *state;
    for (int i = 0; i < 4; i++) {
        redial(w);
        send_text(w, "POST /later HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\nhi");
        WAIT_FOR(w, w->n_due == (size_t)i + 1);
        if (i % 2) /* a reset, not an end */
            setsockopt(w->fd, SOL_SOCKET, SO_LINGER, &(struct linger){1, 0}, sizeof(struct linger));
    }
    ask(w, "GET /hello HTTP/1.1\r\n" HOST "\r\n", "200");
    while (w->n_due)
        answer_due(w, "all");
    ask(w, "GET /hello HTTP/1.1\r\n" HOST "\r\n", "200");
}

/* The 1,000th is served; more wait, and come in as others go. */
static void test_many_connections(void **state)
{
    struct world *w = *state;
    enum { N = 999 };
    static const char request[] = "GET /hello HTTP/1.1\r\n" HOST "\r\n";
    static int busy[N];
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur < 2 * N + 100)
        skip();
    for (int i = 0; i < N; i++) {
        busy[i] = dial(w);
        assert_true(dprintf(busy[i], "POST /echo HTTP/1.1\r\nContent-Length: 9\r\n\r\nab") > 0);
        loop_step(w->loop, 0);
    }
    ask(w, request, "200");
    int last = w->fd;
    w->fd = -1;
    redial(w);
    send_text(w, request);
    settle(w);
    assert_int_equal(w->calls, 1);
    for (int i = 0; i < N; i++)
        close(busy[i]);
    close(last);
    WAIT_FOR(w, is_whole(w, true));
    assert_int_equal(w->calls, 2);
}

/* What the library has to say of it is for the log, and only when asked for. */
static void test_log(void **state)
{
    struct world *w = *state;
    char path[] = "/tmp/zaide-web-XXXXXX", text[500] = "";
    close(mkstemp(path));
    assert_int_equal(log_open(path, &w->why), 0);
    ask_roughly(w, "GET /hello HTTP/1.0\r\nno colon\r\n\r\n", "400");
    assert_int_equal(log_configure("info,web=debug", &w->why), 0);
    ask_roughly(w, "GET /hello HTTP/1.1\r\nno colon\r\n\r\n", "400");
    log_close();
    assert_int_equal(log_configure(NULL, &w->why), 0);
    FILE *file = fopen(path, "r");
    assert_non_null(fgets(text, sizeof(text), file));
    assert_non_null(strstr(text, " debug web: "));
    assert_null(fgets(text, sizeof(text), file));
    fclose(file);
    unlink(path);
}

static void test_wrong_places(void **state)
{
    struct world *w = *state;
    char where[64];
    snprintf(where, sizeof(where), "127.0.0.1:%d", web_port(w->web));
    assert_null(web_new(w->loop, where, NULL, 0, &w->why));
    assert_non_null(strstr(w->why.data, "HTTP_LISTEN"));
    assert_non_null(strstr(w->why.data, where));
    assert_non_null(strstr(w->why.data, "another port"));
    static const char *const wrong[] = {"",
                                        "8080",
                                        ":80",
                                        "127.0.0.1",
                                        "127.0.0.1:",
                                        "127.0.0.1:x",
                                        "127.0.0.1:65536",
                                        "127.0.0.1:-1",
                                        "192.0.2.1:0"};
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        assert_null(web_new(w->loop, wrong[i], NULL, 0, &w->why));
        assert_non_null(strstr(w->why.data, "HTTP_LISTEN"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SET_UP(test_nonsense),
        WITH_SET_UP(test_damaged_requests),
        WITH_SET_UP(test_random_bytes),
        WITH_SET_UP(test_bodies_of_unclear_length),
        WITH_SET_UP(test_body_too_large),
        WITH_SET_UP(test_long_head),
        WITH_SET_UP(test_slow_headers_are_cut),
        WITH_SET_UP(test_freed_with_connections_open),
        WITH_SET_UP(test_freed_with_answers_due),
        WITH_SET_UP(test_answer_to_nobody),
        WITH_SET_UP(test_many_connections),
        WITH_SET_UP(test_log),
        WITH_SET_UP(test_wrong_places),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
