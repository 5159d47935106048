#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "bot/io/percent.h"
#include "bot/io/web_head.h"

/* Parse a copy, so that the sanitizer sees every byte too far. `*text` is to be freed. */
static int parse(struct web_head *h, const char *head, size_t len, char **text)
{
    const char *why = NULL;
    *text = xmalloc(len + 1);
    memcpy(*text, head, len);
    (*text)[len] = '\0';
    int status = web_head_parse(h, *text, len, &why);
    assert_true(status == 0 || why);
    return status;
}

static void test_heads(void **state)
{
    (void)state;
    static const struct {
        const char *head;
        struct web_head expected;
    } good[] = {
        {"GET / HTTP/1.1", {"GET", "/", "", 0, true, false}},
        {"GET /a HTTP/1.0\r\nHost: x", {"GET", "/a", "", 0, false, false}},
        {"GET /a%2Fb%c3%a9?c=%20d?e HTTP/1.1\r\nHost: x",
         {"GET", "/a/b\xc3\xa9", "c=%20d?e", 0, true, false}},
        {"GET /? HTTP/1.1", {"GET", "/", "", 0, true, false}},
        {"POST /p HTTP/1.1\r\ncontent-LENGTH:  12\t \r\nX-Empty:",
         {"POST", "/p", "", 12, true, false}},
        {"POST / HTTP/1.1\r\nContent-Length: 0\r\nConnection: Keep-Alive, Close",
         {"POST", "/", "", 0, false, false}},
        {"PUT / HTTP/1.1\r\nExpect: 100-Continue\r\nContent-Length: 1",
         {"PUT", "/", "", 1, true, true}},
        {"GET / HTTP/1.1\r\nContent-Length: 3\r\nConnection: keep-alive",
         {"GET", "/", "", 3, true, false}},
        {"M-SEARCH /x HTTP/1.1\r\nA: b:c\r\nD: \xe4\xb8\xad",
         {"M-SEARCH", "/x", "", 0, true, false}},
    };
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        const struct web_head *e = &good[i].expected;
        struct web_head h;
        char *text;
        if (parse(&h, good[i].head, strlen(good[i].head), &text))
            fail_msg("%s", good[i].head);
        assert_string_equal(h.method, e->method);
        assert_string_equal(h.path, e->path);
        assert_string_equal(h.query, e->query);
        assert_int_equal(h.body_len, e->body_len);
        assert_int_equal(h.keeps_alive, e->keeps_alive);
        assert_int_equal(h.expects_continue, e->expects_continue);
        free(text);
    }
}

static void test_wrong_heads(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *head;
    } wrong[] = {
        {400, ""},
        {400, "\r\n"},
        {400, "GET"},
        {400, "GET /"},
        {400, "GET / "},
        {400, " GET / HTTP/1.1"},
        {400, "GET  / HTTP/1.1"},
        {400, "GET /a b HTTP/1.1"},
        {400, "G(T / HTTP/1.1"},
        {400, "GET a HTTP/1.1"},
        {400, "GET http://x/ HTTP/1.1"},
        {400, "OPTIONS * HTTP/1.1"},
        {400, "GET /% HTTP/1.1"},
        {400, "GET /%4 HTTP/1.1"},
        {400, "GET /%4g HTTP/1.1"},
        {400, "GET /%00 HTTP/1.1"},
        {505, "GET / HTTP/2.0"},
        {505, "GET / HTTP/1.1 "},
        {400, "GET / http/1.1"},
        {400, "GET / HTTP/1.1\nHost: x"},
        {400, "GET / HTTP/1.1\r\nHost: x\rA: b"},
        {400, "GET / HTTP/1.1\r\nHost: x\r"},
        {400, "GET / HTTP/1.1\r\nHost: \x01"},
        {400, "GET / HTTP/1.1\r\nHost"},
        {400, "GET / HTTP/1.1\r\n: x"},
        {400, "GET / HTTP/1.1\r\nHost : x"},
        {400, "GET / HTTP/1.1\r\nHost: x\r\n folded"},
        {400, "GET / HTTP/1.1\r\n\r\nHost: x"},
        {400, "POST / HTTP/1.1\r\nContent-Length: "},
        {400, "POST / HTTP/1.1\r\nContent-Length: x"},
        {400, "POST / HTTP/1.1\r\nContent-Length: -1"},
        {400, "POST / HTTP/1.1\r\nContent-Length: -0"},
        {400, "POST / HTTP/1.1\r\nContent-Length: +1"},
        {400, "POST / HTTP/1.1\r\nContent-Length: 0x1"},
        {400, "POST / HTTP/1.1\r\nContent-Length: 1, 1"},
        {400, "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1"},
        {400, "POST / HTTP/1.1\r\nContent-Length: 99999999999999999999"},
        {411, "POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked"},
        {411, "POST / HTTP/1.1\r\ntransfer-encoding: identity"},
        {411, "POST / HTTP/1.1"},
        {411, "PUT / HTTP/1.1"},
        {411, "PATCH / HTTP/1.1"},
    };
    struct web_head h;
    char *text;
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        int status = parse(&h, wrong[i].head, strlen(wrong[i].head), &text);
        if (status != wrong[i].status)
            fail_msg("%d: %s", status, wrong[i].head);
        free(text);
    }
    assert_int_equal(parse(&h, "GET /\0 HTTP/1.1", 15, &text), 400);
    free(text);
}

/* Every prefix of a head, and each with one byte changed: a status or none, and nothing read too
 * far. */
static void test_damaged_heads(void **state)
{
    (void)state;
    static const char head[] = "POST /a%20b?q=1 HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"
                               "Connection: close\r\nExpect: 100-continue";
    static const char bytes[] = {'\0', '\r', '\n', ' ', '%', ':', '?', 'a', (char)0xff};
    struct web_head h;
    char *text, copy[sizeof(head)];
    for (size_t len = 0; len < sizeof(head); len++) {
        int status = parse(&h, head, len, &text);
        assert_true(status == 0 || status == 400 || status == 411 || status == 505);
        free(text);
        for (size_t i = 0; i < sizeof(bytes); i++) {
            memcpy(copy, head, sizeof(head));
            copy[len] = bytes[i];
            status = parse(&h, copy, sizeof(head) - 1, &text);
            assert_true(status == 0 || status == 400 || status == 411 || status == 505);
            free(text);
        }
    }
}

static void test_percent(void **state)
{
    (void)state;
    static const char *const good[][2] = {
        {"", ""}, {"a", "a"}, {"%41%62%7e", "Ab~"}, {"%C3%A9", "\xc3\xa9"}, {"a%25b+", "a%b+"}};
    static const char *const wrong[] = {"%", "a%", "%4", "%4g", "%g4", "%%41", "%00", "% 1"};
    char text[32];
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        snprintf(text, sizeof(text), "%s", good[i][0]);
        assert_true(percent_decode(text));
        assert_string_equal(text, good[i][1]);
    }
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        snprintf(text, sizeof(text), "%s", wrong[i]);
        assert_false(percent_decode(text));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_heads),
        cmocka_unit_test(test_wrong_heads),
        cmocka_unit_test(test_damaged_heads),
        cmocka_unit_test(test_percent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
