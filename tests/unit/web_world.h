/* What the tests of web.c share: a server with routes, and raw HTTP over loopback sockets, client
 * and server on the same loop. */
#ifndef ZAIDE_TESTS_WEB_WORLD_H
#define ZAIDE_TESTS_WEB_WORLD_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "bot/io/web.h"

#define DEADLINE_MS 15000
#define HOST        "Host: x\r\n"

#define WITH_SET_UP(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

struct world {
    struct loop *loop;
    struct web *web;
    struct buf reply, body, why;
    int fd;
    bool has_ended; /* the server closed */
    int calls;
    struct web_answer *due[8]; /* what /later has put off */
    size_t n_due;
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

static void say_secret(void *arg, const struct web_request *request, struct web_answer *answer)
{
    (void)arg;
    buf_str(&answer->body, web_header(request, "x-secret"));
    assert_null(web_header(request, "X-Secre"));
}

static void say_later(void *arg, const struct web_request *request, struct web_answer *answer)
{
    struct world *w = arg;
    w->calls++;
    assert_in_range(w->n_due, 0, ARRAY_LEN(w->due) - 1);
    w->due[w->n_due++] = answer;
    answer->is_later = true;
    buf_printf(&answer->body, "%s ", request->body);
}

static void say_now(void *arg, const struct web_request *request, struct web_answer *answer)
{
    (void)arg, (void)request;
    answer->is_later = true;
    web_answer_now(answer);
}

/* The oldest of them. */
static void answer_due(struct world *w, const char *text)
{
    struct web_answer *answer = w->due[0];
    assert_in_range(w->n_due, 1, ARRAY_LEN(w->due));
    memmove(w->due, w->due + 1, --w->n_due * sizeof(*w->due));
    buf_str(&answer->body, text);
    web_answer_now(answer);
}

static int set_up(void **state)
{
    struct world *w = xcalloc(1, sizeof(*w));
    const struct web_route routes[] = {
        {"GET", "/hello", say_hello, w},    {"POST", "/echo", say_it_back, w},
        {"GET", "/both", say_hello, w},     {"POST", "/both", say_it_back, w},
        {"GET", "/much", say_much, w},      {"GET", "/nothing", say_nothing, w},
        {"GET", "/now", say_now, w},        {"POST", "/later", say_later, w},
        {"POST", "/secret", say_secret, w},
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
        if (sent < 0 && (errno == EPIPE || errno == ECONNRESET))
            return; /* refused: the answer tells */
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

/* Is the first reply whole? Its body (`has_body`: HEAD and 204 have none) goes to w->body. */
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

static void ask_roughly(struct world *w, const char *request, const char *status)
{
    redial(w);
    send_text(w, request);
    WAIT_FOR(w, is_whole(w, !starts_with(request, "HEAD")));
    if (!starts_with(w->reply.data, "HTTP/1.1 ") || !starts_with(w->reply.data + 9, status))
        fail_msg("%s: %.300s", request, w->reply.data);
}

/* On every answer but the library's own refusals. */
static void ask(struct world *w, const char *request, const char *status)
{
    ask_roughly(w, request, status);
    assert_string_equal(header(w, "x-content-type-options"), "nosniff");
    assert_string_equal(header(w, "cache-control"), "no-store");
    assert_string_equal(header(w, "content-security-policy"), "default-src 'none'");
}

/* Let the server do what it can: what was sent over loopback has come when send returns. */
static void settle(struct world *w)
{
    for (int i = 0; i < 20; i++)
        loop_step(w->loop, 0);
}

#endif
