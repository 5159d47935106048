/* Raw HTTP over loopback sockets, client and server on the same loop. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "bot/io/web.h"

#define DEADLINE_MS 15000

struct world {
    struct loop *loop;
    struct web *web;
    struct buf reply, body, why;
    int fd;
    bool has_ended; /* the server closed */
    int calls;
};

/* Routes. */

static void say_hello(void *arg, const struct web_request *request, struct web_answer *answer)
{
    struct world *w = arg;
    w->calls++;
    buf_printf(&answer->body, "hello %s %s?%s", request->method, request->path, request->query);
}

static void say_it_back(void *arg, const struct web_request *request, struct web_answer *answer)
{
    struct world *w = arg;
    w->calls++;
    assert_int_equal(request->body[request->body_len], '\0');
    answer->status = 201;
    answer->type = "application/json";
    buf_add(&answer->body, request->body, request->body_len);
}

static void say_much(void *arg, const struct web_request *request, struct web_answer *answer)
{
    (void)arg;
    int64_t n = 0;
    assert_int_equal(parse_i64(request->query, &n), 0);
    for (int64_t i = 0; i < n; i++)
        buf_char(&answer->body, (char)('a' + i % 26));
}

static void say_nothing(void *arg, const struct web_request *request, struct web_answer *answer)
{
    (void)arg, (void)request;
    answer->status = 204;
}

static int set_up(void **state)
{
    struct world *w = xcalloc(1, sizeof(*w));
    const struct web_route routes[] = {
        {"GET", "/hello", say_hello, w}, {"POST", "/echo", say_it_back, w},
        {"GET", "/both", say_hello, w},  {"POST", "/both", say_it_back, w},
        {"GET", "/much", say_much, w},   {"GET", "/nothing", say_nothing, w},
    };
    w->loop = loop_new();
    w->fd = -1;
    buf_init(&w->reply, 16 << 20);
    buf_init(&w->body, 16 << 20);
    buf_init(&w->why, 512);
    w->web = web_new(w->loop, "127.0.0.1:0", routes, ARRAY_LEN(routes), &w->why);
    assert_non_null(w->web);
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;
    web_free(w->web);
    loop_free(w->loop);
    close(w->fd);
    buf_release(&w->reply);
    buf_release(&w->body);
    buf_release(&w->why);
    free(w);
    return 0;
}

/* The client. */

static int dial(struct world *w)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)web_port(w->web)),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}

static void redial(struct world *w)
{
    close(w->fd);
    w->fd = dial(w);
    w->has_ended = false;
    buf_clear(&w->reply);
}

/* Take what has come. */
static void listen_in(struct world *w)
{
    char data[65536];
    ssize_t len;
    while ((len = read(w->fd, data, sizeof(data))) > 0)
        buf_add(&w->reply, data, (size_t)len);
    w->has_ended = len == 0 || errno != EAGAIN;
}

/* Runs the loop until `condition`; the client listens meanwhile. */
#define WAIT_FOR(w, condition)                                                                     \
    do {                                                                                           \
        int64_t end_ms = clock_monotonic_ms() + DEADLINE_MS;                                       \
        while (!(condition)) {                                                                     \
            if (clock_monotonic_ms() > end_ms)                                                     \
                fail_msg("never came true: %s; got: %.500s", #condition, (w)->reply.data);         \
            loop_step((w)->loop, 5);                                                               \
            listen_in(w);                                                                          \
        }                                                                                          \
    } while (0)

static void send_bytes(struct world *w, const char *data, size_t len)
{
    int64_t end_ms = clock_monotonic_ms() + DEADLINE_MS;
    while (len > 0) {
        ssize_t sent = send(w->fd, data, len, MSG_NOSIGNAL);
        assert_true(sent >= 0 || errno == EAGAIN);
        assert_true(clock_monotonic_ms() < end_ms);
        data += sent > 0 ? sent : 0;
        len -= sent > 0 ? (size_t)sent : 0;
        loop_step(w->loop, 0);
    }
}

static void send_text(struct world *w, const char *text)
{
    send_bytes(w, text, strlen(text));
}

/* A header's value in the reply, or NULL. */
static const char *header(struct world *w, const char *name)
{
    static char value[256];
    char line[64];
    const char *end = strstr(w->reply.data, "\r\n\r\n");
    snprintf(line, sizeof(line), "\r\n%s: ", name);
    const char *found = strcasestr(w->reply.data, line);
    if (!found || found > end)
        return NULL;
    found += strlen(line);
    snprintf(value, sizeof(value), "%.*s", (int)strcspn(found, "\r"), found);
    return value;
}

/* Is the first reply whole? Its body (`has_body`: HEAD and 204 have none) goes to w->body, and it
 * is taken off w->reply by next_reply. */
static bool is_whole(struct world *w, bool has_body)
{
    const char *end = strstr(w->reply.data, "\r\n\r\n");
    int64_t len = 0;
    if (!end)
        return false;
    if (has_body && header(w, "content-length"))
        assert_int_equal(parse_i64(header(w, "content-length"), &len), 0);
    if (w->reply.len < (size_t)(end + 4 - w->reply.data) + (size_t)len)
        return false;
    buf_clear(&w->body);
    buf_add(&w->body, end + 4, (size_t)len);
    return true;
}

static void next_reply(struct world *w)
{
    size_t len = (size_t)(strstr(w->reply.data, "\r\n\r\n") + 4 - w->reply.data) + w->body.len;
    char *rest = xstrdup(w->reply.data + len);
    buf_clear(&w->reply);
    buf_str(&w->reply, rest);
    free(rest);
}

static void ask(struct world *w, const char *request, const char *status)
{
    redial(w);
    send_text(w, request);
    WAIT_FOR(w, is_whole(w, !starts_with(request, "HEAD")));
    if (!starts_with(w->reply.data, "HTTP/1.1 ") || !starts_with(w->reply.data + 9, status))
        fail_msg("%s: %.300s", request, w->reply.data);
    /* On every answer. */
    assert_string_equal(header(w, "x-content-type-options"), "nosniff");
    assert_string_equal(header(w, "cache-control"), "no-store");
    assert_string_equal(header(w, "content-security-policy"), "default-src 'none'");
}

#define HOST "Host: x\r\n"

static void test_get(void **state)
{
    struct world *w = *state;
    ask(w, "GET /hello HTTP/1.1\r\n" HOST "\r\n", "200");
    assert_string_equal(w->body.data, "hello GET /hello?");
    assert_string_equal(header(w, "content-type"), "text/plain; charset=utf-8");
    assert_null(header(w, "server"));
    ask(w, "GET /hello?a=1&b=%20x HTTP/1.1\r\n" HOST "\r\n", "200");
    assert_string_equal(w->body.data, "hello GET /hello?a=1&b=%20x");
    ask(w, "GET /h%65llo HTTP/1.1\r\n" HOST "\r\n", "200");
    ask(w, "GET /hello HTTP/1.1\r\n" HOST "Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n", "200");
    ask(w, "GET /nothing HTTP/1.1\r\n" HOST "\r\n", "204");
    assert_string_equal(w->body.data, "");
}

static void test_head(void **state)
{
    struct world *w = *state;
    ask(w, "HEAD /hello HTTP/1.1\r\n" HOST "\r\nGET /hello HTTP/1.1\r\n" HOST "\r\n", "200");
    assert_string_equal(header(w, "content-length"), "18");
    next_reply(w);
    WAIT_FOR(w, is_whole(w, true)); /* nothing lies between the two */
    assert_true(starts_with(w->reply.data, "HTTP/1.1 200"));
    assert_string_equal(w->body.data, "hello GET /hello?");
}

static void test_unknown_path(void **state)
{
    struct world *w = *state;
    ask(w, "GET /hell HTTP/1.1\r\n" HOST "\r\n", "404");
    ask(w, "GET /hello/ HTTP/1.1\r\n" HOST "\r\n", "404");
    ask(w, "POST /none HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc", "404");
    assert_string_equal(w->body.data, "404 not found\n");
    assert_int_equal(w->calls, 0);
}

static void test_wrong_method(void **state)
{
    struct world *w = *state;
    ask(w, "POST /hello HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc", "405");
    assert_string_equal(header(w, "allow"), "GET, HEAD");
    ask(w, "DELETE /both HTTP/1.1\r\n" HOST "\r\n", "405");
    assert_string_equal(header(w, "allow"), "GET, HEAD, POST");
    ask(w, "GET /echo HTTP/1.1\r\n" HOST "\r\n", "405");
    ask(w, "HEAD /echo HTTP/1.1\r\n" HOST "\r\n", "405");
    assert_int_equal(w->calls, 0);
}

static void test_post(void **state)
{
    struct world *w = *state;
    ask(w, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\na\nb c", "201");
    assert_string_equal(w->body.data, "a\nb c");
    assert_string_equal(header(w, "content-type"), "application/json");
    ask(w, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n", "201");
    assert_string_equal(w->body.data, "");
    ask(w, "POST /both HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\nx", "201");
    assert_string_equal(w->body.data, "x");
    ask(w, "GET /both HTTP/1.1\r\n" HOST "\r\n", "200");
}

static void test_post_in_pieces(void **state)
{
    struct world *w = *state;
    static const char request[] =
        "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 8\r\n\r\nabcdefgh";
    redial(w);
    for (size_t i = 0; i < strlen(request); i++) {
        assert_false(is_whole(w, true));
        send_bytes(w, request + i, 1);
    }
    WAIT_FOR(w, is_whole(w, true));
    assert_string_equal(w->body.data, "abcdefgh");
}

static void test_largest_body(void **state)
{
    struct world *w = *state;
    char *body = xmalloc(WEB_MAX_BODY);
    char head[128];
    for (size_t i = 0; i < WEB_MAX_BODY; i++)
        body[i] = (char)(i * 7 % 251);
    snprintf(head, sizeof(head), "POST /echo HTTP/1.1\r\n" HOST "Content-Length: %d\r\n\r\n",
             WEB_MAX_BODY);
    redial(w);
    send_text(w, head);
    send_bytes(w, body, WEB_MAX_BODY);
    WAIT_FOR(w, w->reply.len > WEB_MAX_BODY && is_whole(w, true));
    assert_int_equal(w->body.len, WEB_MAX_BODY);
    assert_memory_equal(w->body.data, body, WEB_MAX_BODY);
    free(body);
}

static void test_body_too_large(void **state)
{
    struct world *w = *state;
    size_t len = 6 * WEB_MAX_BODY;
    char *body = xcalloc(1, len), head[128];
    snprintf(head, sizeof(head), "POST /echo HTTP/1.1\r\n" HOST "Content-Length: %zu\r\n\r\n", len);
    redial(w);
    send_text(w, head);
    send_bytes(w, body, len); /* who talks on is heard out, not reset */
    free(body);
    WAIT_FOR(w, is_whole(w, true));
    assert_true(starts_with(w->reply.data, "HTTP/1.1 413 "));

    ask(w, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 1048577\r\n\r\nabc", "413");
    ask(w, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 99999999999\r\n\r\nabc", "413");
    assert_string_equal(header(w, "connection"), "close");
    WAIT_FOR(w, w->has_ended);
    assert_int_equal(w->calls, 0);
}

static void test_bodies_of_unknown_length(void **state)
{
    struct world *w = *state;
    ask(w, "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        "411");
    WAIT_FOR(w, w->has_ended);
    ask(w, "POST /echo HTTP/1.1\r\n" HOST "\r\n", "411");
    WAIT_FOR(w, w->has_ended);
    ask(w, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 3x\r\n\r\nabc", "400");
    WAIT_FOR(w, w->has_ended);
    ask(w, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: -3\r\n\r\nabc", "400");
    ask(w, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
        "400");
    assert_int_equal(w->calls, 0);
}

/* What a request's body holds must not be taken for a request. */
static void test_get_with_a_body(void **state)
{
    struct world *w = *state;
    ask(w, "GET /hello HTTP/1.1\r\n" HOST "Content-Length: 21\r\n\r\nGET /both HTTP/1.1\r\n\n",
        "200");
    assert_int_equal(w->calls, 1);
    next_reply(w);
    send_text(w, "GET /hello HTTP/1.1\r\n" HOST "\r\n");
    WAIT_FOR(w, is_whole(w, true));
    assert_true(starts_with(w->reply.data, "HTTP/1.1 200 "));
    assert_int_equal(w->calls, 2);
}

static void test_keep_alive(void **state)
{
    struct world *w = *state;
    redial(w);
    for (int i = 0; i < 50; i++) {
        send_text(w, i % 2 ? "GET /hello HTTP/1.1\r\n" HOST "\r\n"
                           : "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\nhi");
        WAIT_FOR(w, is_whole(w, true));
        assert_string_equal(w->body.data, i % 2 ? "hello GET /hello?" : "hi");
        next_reply(w);
        assert_false(w->has_ended);
    }
    assert_int_equal(w->calls, 50);
    send_text(w, "GET /hello HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n");
    WAIT_FOR(w, w->has_ended);
    assert_true(is_whole(w, true));
    redial(w);
    send_text(w, "GET /hello HTTP/1.0\r\n\r\n");
    WAIT_FOR(w, w->has_ended);
    assert_non_null(strstr(w->reply.data, "hello GET"));
}

static void test_pipelined(void **state)
{
    struct world *w = *state;
    redial(w);
    for (int i = 0; i < 5; i++)
        send_text(w, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\nhi"
                     "GET /hello HTTP/1.1\r\n" HOST "\r\n");
    for (int i = 0; i < 10; i++) {
        WAIT_FOR(w, is_whole(w, true));
        assert_string_equal(w->body.data, i % 2 ? "hello GET /hello?" : "hi");
        next_reply(w);
    }
}

static void test_large_answers(void **state)
{
    struct world *w = *state;
    ask(w, "GET /much?65536 HTTP/1.1\r\n" HOST "\r\n", "200");
    assert_int_equal(w->body.len, 65536);
    ask(w, "GET /much?4194304 HTTP/1.1\r\n" HOST "\r\n", "200");
    assert_int_equal(w->body.len, 4194304);
    for (size_t i = 0; i < w->body.len; i++)
        assert_int_equal(w->body.data[i], 'a' + i % 26);
    ask(w, "GET /much?4194305 HTTP/1.1\r\n" HOST "\r\n", "500");
}

static void test_nonsense(void **state)
{
    struct world *w = *state;
    ask(w, "\r\n\r\n", "400");
    ask(w, "hello\r\n\r\n", "400");
    ask(w, "GET /hello HTTP/2.0\r\n" HOST "\r\n", "505");
    ask(w, "GET /hello HTTP/1.1\r\nHost : x\r\n\r\n", "400");
    WAIT_FOR(w, w->has_ended); /* nothing after it can be understood */
    ask(w, "BREW /hello HTTP/1.1\r\n" HOST "\r\n", "405");
    ask(w, "GET /../../etc/passwd HTTP/1.1\r\n" HOST "\r\n", "404");
    ask(w, "GET /hello%00 HTTP/1.1\r\n" HOST "\r\n", "400");
    assert_int_equal(w->calls, 0);
}

static void test_continue(void **state)
{
    struct world *w = *state;
    redial(w);
    send_text(w,
              "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 2\r\nExpect: 100-continue\r\n\r\n");
    WAIT_FOR(w, w->reply.len);
    assert_string_equal(w->reply.data, "HTTP/1.1 100 Continue\r\n\r\n");
    buf_clear(&w->reply);
    send_text(w, "hi");
    WAIT_FOR(w, is_whole(w, true));
    assert_string_equal(w->body.data, "hi");
    ask(w, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 9999999\r\nExpect: 100-continue\r\n\r\n",
        "413");
}

static void test_long_head(void **state)
{
    struct world *w = *state;
    char head[8192 + 64] = "GET /hello HTTP/1.1\r\nX: ";
    memset(head + strlen(head), 'x', 8192 - strlen(head));
    redial(w);
    send_text(w, head);
    send_text(w, "\r\n\r\n");
    WAIT_FOR(w, is_whole(w, true)); /* 8,192 bytes are fine */
    assert_true(starts_with(w->reply.data, "HTTP/1.1 200 "));
    assert_int_equal(w->calls, 1);
    redial(w);
    send_text(w, head);
    send_text(w, "x");
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
    char c;
    WAIT_FOR(w, read(silent, &c, 1) == 0);
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
    for (int i = 0; i < 100; i++)
        loop_step(w->loop, 0);
    web_free(w->web);
    w->web = NULL;
    for (size_t i = 0; i < ARRAY_LEN(fds); i++) {
        char c;
        assert_true(read(fds[i], &c, 1) <= 0 && errno != EAGAIN);
        close(fds[i]);
    }
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
    while (loop_step(w->loop, 20))
        continue;
    assert_int_equal(w->calls, 1);
    for (int i = 0; i < N; i++)
        close(busy[i]);
    close(last);
    WAIT_FOR(w, is_whole(w, true));
    assert_int_equal(w->calls, 2);
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

static void test_two_servers(void **state)
{
    struct world *w = *state;
    struct web *first = w->web;
    const struct web_route route = {"GET", "/hello", say_hello, w};
    w->web = web_new(w->loop, "localhost:0", &route, 1, &w->why);
    assert_non_null(w->web);
    assert_int_not_equal(web_port(w->web), web_port(first));
    ask(w, "GET /hello HTTP/1.1\r\n" HOST "\r\n", "200");
    web_free(w->web);
    w->web = first;
    ask(w, "GET /hello HTTP/1.1\r\n" HOST "\r\n", "200");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_get),
        TEST(test_head),
        TEST(test_unknown_path),
        TEST(test_wrong_method),
        TEST(test_post),
        TEST(test_post_in_pieces),
        TEST(test_largest_body),
        TEST(test_body_too_large),
        TEST(test_bodies_of_unknown_length),
        TEST(test_get_with_a_body),
        TEST(test_keep_alive),
        TEST(test_pipelined),
        TEST(test_large_answers),
        TEST(test_nonsense),
        TEST(test_continue),
        TEST(test_long_head),
        TEST(test_slow_headers_are_cut),
        TEST(test_freed_with_connections_open),
        TEST(test_many_connections),
        TEST(test_wrong_places),
        TEST(test_two_servers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
