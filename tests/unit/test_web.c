#include "tests/unit/web_world.h"

/* Take the first reply, which is whole, off w->reply. */
static void next_reply(struct world *w)
{
    size_t len = (size_t)(strstr(w->reply.data, "\r\n\r\n") + 4 - w->reply.data) + w->body.len;
    char *rest = xstrdup(w->reply.data + len);
    buf_clear(&w->reply);
    buf_str(&w->reply, rest);
    free(rest);
}

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
    assert_non_null(strstr(w->reply.data, "\r\nAllow: GET, HEAD\r\nAllow: POST\r\n"));
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

static void test_chunks(void **state)
{
    struct world *w = *state;
    ask(w,
        "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"
        "3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n",
        "201");
    assert_string_equal(w->body.data, "abc0123456789");
    assert_int_equal(w->calls, 1);
    redial(w);
    send_text(w, "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n");
    char *chunk = xcalloc(1, 0x10000);
    for (int i = 0; i <= WEB_MAX_BODY / 0x10000; i++) {
        send_text(w, "10000\r\n");
        send_bytes(w, chunk, 0x10000);
        send_text(w, "\r\n");
    }
    free(chunk);
    send_text(w, "0\r\n\r\n");
    WAIT_FOR(w, is_whole(w, true)); /* known at the end only, so the connection lives on */
    assert_true(starts_with(w->reply.data, "HTTP/1.1 413 "));
    assert_int_equal(w->calls, 1);
    next_reply(w);
    send_text(w, "GET /hello HTTP/1.1\r\n" HOST "\r\n");
    WAIT_FOR(w, is_whole(w, true));
    assert_string_equal(w->body.data, "hello GET /hello?");
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

/* Whole requests at once, the next one directly behind each body. */
static void test_pipelined_posts(void **state)
{
    struct world *w = *state;
    enum { N = 200 };
    struct buf all = BUF_INIT(1 << 20);
    for (int i = 0; i < N; i++)
        buf_printf(&all, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 4\r\n\r\n%04d", i);
    redial(w);
    send_bytes(w, all.data, all.len);
    buf_release(&all);
    for (int i = 0; i < N; i++) {
        char expected[8];
        snprintf(expected, sizeof(expected), "%04d", i);
        WAIT_FOR(w, is_whole(w, true));
        assert_string_equal(w->body.data, expected);
        next_reply(w);
    }
    assert_int_equal(w->reply.len, 0);
    assert_int_equal(w->calls, N);
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

static void test_headers(void **state)
{
    struct world *w = *state;
    ask(w, "POST /secret HTTP/1.1\r\n" HOST "X-SECRET:  a:b c\r\nContent-Length: 2\r\n\r\nhi",
        "200");
    assert_string_equal(w->body.data, "a:b c");
    ask(w, "POST /secret HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\nhi", "200");
    assert_string_equal(w->body.data, "");
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

static void test_answer_later(void **state)
{
    struct world *w = *state;
    redial(w);
    send_text(w, "POST /later HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\nhi"
                 "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 4\r\n\r\nnext");
    WAIT_FOR(w, w->n_due == 1);
    int first = w->fd;
    w->fd = -1;
    ask(w, "GET /hello HTTP/1.1\r\n" HOST "\r\n", "200"); /* others do not wait */
    redial(w);
    send_text(w, "POST /later HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nyou");
    WAIT_FOR(w, w->n_due == 2);
    assert_int_equal(w->reply.len, 0);
    int second = w->fd;
    w->fd = first;
    settle(w);
    listen_in(w);
    assert_int_equal(w->reply.len, 0);
    assert_int_equal(w->calls, 3); /* nor has the one behind it begun */
    answer_due(w, "at last");
    WAIT_FOR(w, is_whole(w, true));
    assert_string_equal(w->body.data, "hi at last");
    next_reply(w);
    WAIT_FOR(w, is_whole(w, true));
    assert_string_equal(w->body.data, "next");
    close(first);
    w->fd = second;
    buf_clear(&w->reply);
    w->due[0]->status = 503;
    answer_due(w, "too");
    WAIT_FOR(w, is_whole(w, true));
    assert_true(starts_with(w->reply.data, "HTTP/1.1 503 "));
    assert_string_equal(w->body.data, "you too");
    assert_string_equal(header(w, "cache-control"), "no-store");
    next_reply(w);
    send_text(w, "GET /hello HTTP/1.1\r\n" HOST "\r\n");
    WAIT_FOR(w, is_whole(w, true));
    assert_string_equal(w->body.data, "hello GET /hello?");
}

static void test_answer_within_the_route(void **state)
{
    struct world *w = *state;
    ask(w, "GET /now HTTP/1.1\r\n" HOST "\r\nGET /now HTTP/1.1\r\n" HOST "\r\n", "200");
    next_reply(w);
    WAIT_FOR(w, is_whole(w, true));
}

static void test_two_servers(void **state)
{
    struct world *w = *state;
    struct web *first = w->web;
    const struct web_route route = {"GET", "/hello", say_hello, w};
    w->web = web_new(w->loop, "127.0.0.1:0", &route, 1, &w->why);
    assert_non_null(w->web);
    assert_int_not_equal(web_port(w->web), web_port(first));
    ask(w, "GET /hello HTTP/1.1\r\n" HOST "\r\n", "200");
    web_free(w->web);
    w->web = first;
    ask(w, "GET /hello HTTP/1.1\r\n" HOST "\r\n", "200");
}

static void test_ipv6(void **state)
{
    struct world *w = *state;
    struct web *on_ipv4 = w->web;
    const struct web_route route = {"GET", "/hello", say_hello, w};
    struct sockaddr_in6 to = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    w->fd = socket(AF_INET6, SOCK_STREAM, 0);
    if (bind(w->fd, (struct sockaddr *)&to, sizeof(to)))
        skip(); /* a machine without IPv6 */
    w->web = web_new(w->loop, "[::1]:0", &route, 1, &w->why);
    assert_non_null(w->web);
    to.sin6_port = htons((uint16_t)web_port(w->web));
    assert_int_equal(connect(w->fd, (struct sockaddr *)&to, sizeof(to)), 0);
    fcntl(w->fd, F_SETFL, O_NONBLOCK);
    send_text(w, "GET /hello HTTP/1.1\r\n" HOST "\r\n");
    WAIT_FOR(w, is_whole(w, true));
    assert_string_equal(w->body.data, "hello GET /hello?");
    web_free(on_ipv4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SET_UP(test_get),
        WITH_SET_UP(test_head),
        WITH_SET_UP(test_unknown_path),
        WITH_SET_UP(test_wrong_method),
        WITH_SET_UP(test_post),
        WITH_SET_UP(test_post_in_pieces),
        WITH_SET_UP(test_largest_body),
        WITH_SET_UP(test_chunks),
        WITH_SET_UP(test_get_with_a_body),
        WITH_SET_UP(test_keep_alive),
        WITH_SET_UP(test_pipelined),
        WITH_SET_UP(test_pipelined_posts),
        WITH_SET_UP(test_large_answers),
        WITH_SET_UP(test_headers),
        WITH_SET_UP(test_continue),
        WITH_SET_UP(test_answer_later),
        WITH_SET_UP(test_answer_within_the_route),
        WITH_SET_UP(test_two_servers),
        WITH_SET_UP(test_ipv6),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
