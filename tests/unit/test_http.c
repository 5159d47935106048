#include <dlfcn.h>
#include <fcntl.h>
#include <netdb.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "bot/io/http.h"
#include "tests/unit/http_server.h"

#define DEADLINE_MS 10000

struct world {
    struct loop *loop;
    struct http *http;
    struct server server;
    int n_done;
};

struct result {
    struct world *world;
    bool is_done;
    enum http_outcome outcome;
    int status, number;
    int64_t retry_after_s;
    char error[512];
    char body[64]; /* its beginning */
    size_t body_len;
    struct http_call *victim; /* to be cancelled then */
};

static void on_done(void *arg, const struct http_reply *reply)
{
    struct result *r = arg;
    assert_false(r->is_done);
    r->is_done = true;
    r->outcome = reply->outcome;
    r->status = reply->status;
    r->retry_after_s = reply->retry_after_s;
    snprintf(r->error, sizeof(r->error), "%s", reply->error);
    assert_int_equal(reply->body[reply->body_len], '\0');
    snprintf(r->body, sizeof(r->body), "%s", reply->body);
    r->body_len = reply->body_len;
    r->number = ++r->world->n_done;
    http_cancel(r->victim);
}

/* A path becomes a URL of the server; all else stays what it is. */
static const char *url_of(struct world *w, const char *path)
{
    static char url[256];
    if (path[0] != '/' || strchr(path, ':'))
        return path;
    snprintf(url, sizeof(url), "http://127.0.0.1:%d%s", w->server.port, path);
    return url;
}

#define STEP_UNTIL(w, condition)                                                                   \
    do {                                                                                           \
        int64_t end_ms_ = clock_monotonic_ms() + DEADLINE_MS;                                      \
        while (!(condition)) {                                                                     \
            loop_step((w)->loop, 10);                                                              \
            assert_true(clock_monotonic_ms() < end_ms_);                                           \
        }                                                                                          \
    } while (0)

/* Send, wait for the outcome, compare. The result lives until the next one. */
static struct result *ask(struct world *w, struct http_request request, enum http_outcome outcome)
{
    static struct result r;
    r = (struct result){.world = w};
    request.url = url_of(w, request.url);
    http_send(w->http, &request, on_done, &r);
    assert_false(r.is_done);
    STEP_UNTIL(w, r.is_done);
    assert_int_equal(r.outcome, outcome);
    assert_int_equal(http_in_flight(w->http), 0);
    if (outcome == HTTP_REPLIED) {
        assert_string_equal(r.error, "");
    } else {
        assert_string_not_equal(r.error, "");
        assert_int_equal(r.status, 0);
        assert_int_equal(r.body_len, 0);
        assert_int_equal(r.retry_after_s, -1);
    }
    return &r;
}

#define GET(to) ((struct http_request){.method = "GET", .url = (to)})
#define POST(to, text)                                                                             \
    ((struct http_request){.method = "POST",                                                       \
                           .url = (to),                                                            \
                           .body = (text),                                                         \
                           .body_len = strlen(text),                                               \
                           .content_type = "text/plain"})
#define FORM(to, form)                                                                             \
    ((struct http_request){                                                                        \
        .method = "POST", .url = (to), .parts = (form), .n_parts = ARRAY_LEN(form)})

/* Without waiting. */
static struct http_call *begin(struct world *w, struct result *r, const char *path)
{
    struct http_request request = POST(url_of(w, path), "hello");
    *r = (struct result){.world = w};
    return http_send(w->http, &request, on_done, r);
}

static int set_up(void **state)
{
    struct world *w = xcalloc(1, sizeof(*w));
    server_start(&w->server);
    w->loop = loop_new();
    w->http = http_new(w->loop);
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;
    if (w->http)
        http_free(w->http);
    loop_free(w->loop);
    server_stop(&w->server);
    free(w);
    return 0;
}

static void a_request_arrives_as_it_was_sent(void **state)
{
    struct world *w = *state;
    struct http_request request = POST("/echo", "{\"text\":\"你好\"}");
    request.content_type = "application/json";
    request.headers = (const char *[]){"Authorization: Bot x", NULL};
    struct result *r = ask(w, request, HTTP_REPLIED);
    assert_int_equal(r->status, 200);
    assert_string_equal(r->body, "{\"text\":\"你好\"}");
    assert_int_equal(r->retry_after_s, -1);

    const char *head = w->server.head.data;
    assert_true(starts_with(head, "POST /echo HTTP/1.1\r\n"));
    assert_non_null(strstr(head, "\r\nContent-Type: application/json\r\n"));
    assert_non_null(strstr(head, "\r\nAuthorization: Bot x\r\n"));
    assert_null(strstr(head, "Accept-Encoding"));

    assert_int_equal(ask(w, GET("/echo"), HTTP_REPLIED)->body_len, 0);
    assert_true(starts_with(w->server.head.data, "GET /echo HTTP/1.1\r\n"));
    assert_null(strstr(w->server.head.data, "Content-Type"));

    static char large[3 << 20];
    memset(large, 'x', sizeof(large) - 1);
    ask(w, POST("/status/200", large), HTTP_REPLIED);
    assert_int_equal(w->server.body.len, sizeof(large) - 1);
    assert_null(strstr(w->server.head.data, "Expect")); /* the server would have to answer twice */
    assert_int_equal(w->server.n_connections, 1);       /* kept open all the time */
}

/* The server reads the whole request and cuts the connection: a first one or a kept one, politely
 * or not. Whatever the body is made of, it was seen once. */
static void a_post_on_a_cut_connection_goes_out_once(void **state)
{
    struct world *w = *state;
    struct server *s = &w->server;
    char path[] = "/tmp/zaide-test-http-XXXXXX";
    int fd = mkstemp(path);
    assert_int_equal(write(fd, "picture", 7), 7);
    close(fd);
    struct http_part values[] = {{.name = "a", .value = "1"}, {.name = "b", .value = "2"}};
    struct http_part file[] = {{.name = "photo", .path = path}};
    struct http_part both[] = {values[0], file[0]};
    struct http_part none[] = {{.name = "a", .value = ""}};
    static char large[300000];
    memset(large, 'x', sizeof(large) - 1);

    static const char *const cuts[] = {"/cut", "/reset"};
    for (size_t i = 0; i < ARRAY_LEN(cuts); i++) {
        struct http_request requests[] = {
            POST(cuts[i], "hello"), POST(cuts[i], large), POST(cuts[i], ""),  FORM(cuts[i], values),
            FORM(cuts[i], file),    FORM(cuts[i], both),  FORM(cuts[i], none)};
        for (size_t j = 0; j < ARRAY_LEN(requests); j++) {
            int n_posts = count(s, &s->n_posts);
            ask(w, requests[j], HTTP_UNKNOWN); /* a connection of its own: the last one was cut */
            assert_int_equal(count(s, &s->n_posts), n_posts + 1);

            ask(w, POST("/ok", "x"), HTTP_REPLIED);
            const struct connection *kept = s->last;
            ask(w, requests[j], HTTP_UNKNOWN);
            assert_int_equal(count(s, &s->n_posts), n_posts + 3);
            assert_ptr_equal(s->last, kept);
        }
    }
    unlink(path);
}

/* What libcurl does with a POST, too, where nobody keeps it from it. */
static void a_get_on_a_cut_connection_is_repeated(void **state)
{
    struct world *w = *state;
    ask(w, GET("/ok"), HTTP_REPLIED);
    ask(w, GET("/cut"), HTTP_UNKNOWN);
    assert_int_equal(count(&w->server, &w->server.n_gets), 3);
}

/* libcurl means to repeat it, and ends with "could not connect": but it was seen. */
static void a_post_that_was_seen_is_never_not_sent(void **state)
{
    struct world *w = *state;
    ask(w, POST("/ok", "x"), HTTP_REPLIED);
    ask(w, POST("/cut-and-stop", "x"), HTTP_UNKNOWN);
    assert_int_equal(count(&w->server, &w->server.n_posts), 2);
    ask(w, POST("/ok", "x"), HTTP_NOT_SENT);
}

static void a_connection_closed_while_idle_is_not_used(void **state)
{
    struct world *w = *state;
    ask(w, POST("/then-close", "x"), HTTP_REPLIED);
    STEP_UNTIL(w, count(&w->server, &w->server.n_open) == 0);
    ask(w, POST("/ok", "x"), HTTP_REPLIED);
    assert_int_equal(count(&w->server, &w->server.n_posts), 2);
}

static void a_silent_server_is_unknown(void **state)
{
    struct world *w = *state;
    struct http_request request = POST("/silent", "x");
    request.timeout_ms = 100;
    int64_t began_ms = clock_monotonic_ms();
    ask(w, request, HTTP_UNKNOWN);
    assert_true(clock_monotonic_ms() - began_ms >= 100);
    assert_int_equal(count(&w->server, &w->server.n_posts), 1);
}

/* Whether it waits in our queue or, as libcurl has it, for a connection. */
static void waiting_counts_as_time(void **state)
{
    struct world *w = *state;
    struct result running;
    struct http_request request = POST("/ok", "x");
    request.timeout_ms = 50;
    for (size_t max_in_flight = 1; max_in_flight <= 2; max_in_flight++) {
        http_set_limits(w->http, max_in_flight, 1);
        struct http_call *call = begin(w, &running, "/silent");
        struct result waiting = {.world = w};
        request.url = url_of(w, "/ok");
        http_send(w->http, &request, on_done, &waiting);
        STEP_UNTIL(w, waiting.is_done);
        assert_int_equal(waiting.outcome, HTTP_NOT_SENT);
        assert_false(running.is_done);
        http_cancel(call);
        ask(w, POST("/ok", "x"), HTTP_REPLIED); /* nothing stays behind */
    }
}

static void what_never_left_is_not_sent(void **state)
{
    struct world *w = *state;
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof(at);
    char url[64];
    int fd = socket(AF_INET, SOCK_STREAM, 0); /* has a port, but does not listen */
    assert_int_equal(bind(fd, (struct sockaddr *)&at, len), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);

    ask(w, POST("/ok", "so that a handle with a past is used"), HTTP_REPLIED);
    snprintf(url, sizeof(url), "http://127.0.0.1:%d/bot1:CANARY/x", ntohs(at.sin_port));
    struct result *r = ask(w, POST(url, "x"), HTTP_NOT_SENT);
    assert_non_null(strstr(r->error, "connect"));
    assert_null(strstr(r->error, "CANARY"));
    close(fd);

    /* The connection stands, but dies before the request's first byte. */
    ask(w, POST("/ok", "x"), HTTP_REPLIED);
    snprintf(url, sizeof(url), "https://127.0.0.1:%d/bot1:CANARY/x", w->server.port);
    r = ask(w, POST(url, "x"), HTTP_NOT_SENT);
    assert_null(strstr(r->error, "CANARY"));
    assert_int_equal(count(&w->server, &w->server.n_posts), 2);
}

static void a_broken_url_is_not_sent_and_not_told(void **state)
{
    struct world *w = *state;
    static const char *const urls[] = {"",
                                       "bot1:CANARY/getMe",
                                       "/bot1:CANARY/getMe",
                                       "http:/bot1:CANARY/getMe",
                                       "http:///bot1:CANARY/getMe",
                                       "http://[bot1:CANARY/getMe",
                                       "http://127.0.0.1:99bot1:CANARY/getMe",
                                       "ftp://127.0.0.1/bot1:CANARY/getMe",
                                       "file:///etc/CANARY"};
    for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
        ask(w, POST("/ok", "x"), HTTP_REPLIED);
        struct result *r = ask(w, POST(urls[i], "x"), HTTP_NOT_SENT);
        assert_null(strcasestr(r->error, "CANARY"));
    }
}

static void every_status_is_a_reply(void **state)
{
    struct world *w = *state;
    static const int statuses[] = {201, 400, 403, 404, 409, 500, 503};
    for (size_t i = 0; i < ARRAY_LEN(statuses); i++) {
        char path[32];
        snprintf(path, sizeof(path), "/status/%d", statuses[i]);
        struct result *r = ask(w, POST(path, "x"), HTTP_REPLIED);
        assert_int_equal(r->status, statuses[i]);
        assert_string_equal(r->body, "{}");
        assert_int_equal(r->retry_after_s, -1);
    }
    assert_int_equal(ask(w, POST("/redirect", "x"), HTTP_REPLIED)->status, 302);
    assert_int_equal(ask(w, GET("/redirect"), HTTP_REPLIED)->status, 302);
    assert_int_equal(count(&w->server, &w->server.n_gets), 1); /* not followed */
}

static void retry_after_is_read(void **state)
{
    struct world *w = *state;
    struct result *r = ask(w, POST("/status/429/7", "x"), HTTP_REPLIED);
    assert_int_equal(r->status, 429);
    assert_int_equal(r->retry_after_s, 7);
    assert_string_equal(r->body, "{}");
    assert_int_equal(ask(w, POST("/status/429/0", "x"), HTTP_REPLIED)->retry_after_s, 0);
    assert_int_equal(ask(w, POST("/status/429/past", "x"), HTTP_REPLIED)->retry_after_s, 0);
    assert_true(ask(w, POST("/status/503/future", "x"), HTTP_REPLIED)->retry_after_s > 86400);
    assert_int_equal(ask(w, POST("/status/429", "x"), HTTP_REPLIED)->retry_after_s, -1);
}

static void a_reply_has_a_largest_size(void **state)
{
    struct world *w = *state;
    struct http_request request = POST("/big/2000", "x");
    request.max_reply = 2000;
    assert_int_equal(ask(w, request, HTTP_REPLIED)->body_len, 2000);
    request.max_reply = 1999;
    assert_string_equal(ask(w, request, HTTP_UNKNOWN)->error,
                        "the reply is larger than 1999 bytes");
    ask(w, POST("/endless", "x"), HTTP_UNKNOWN);
    assert_string_equal(ask(w, POST("/headers", "x"), HTTP_UNKNOWN)->error,
                        "the reply's headers are larger than 65536 bytes");
    ask(w, POST("/short", "x"), HTTP_UNKNOWN);
    assert_int_equal(count(&w->server, &w->server.n_posts), 5);
}

static void a_form_carries_values_and_files(void **state)
{
    struct world *w = *state;
    char path[] = "/tmp/zaide-test-http-XXXXXX";
    int fd = mkstemp(path);
    assert_int_equal(write(fd, "bytes\0and\xff", 10), 10);
    close(fd);
    struct http_part parts[] = {
        {.name = "chat_id", .value = "-100123"},
        {.name = "photo", .path = path, .file_name = "receipt.png"},
        {.name = "raw", .path = path},
        {.name = "note", .value = "inline", .file_name = "note.txt"},
    };
    ask(w, FORM("/ok", parts), HTTP_REPLIED);
    const struct buf *body = &w->server.body;
    assert_non_null(strstr(w->server.head.data, "\r\nContent-Type: multipart/form-data; boundary"));
    static const char *const pieces[] = {
        "form-data; name=\"chat_id\"\r\n\r\n-100123\r\n",
        "form-data; name=\"photo\"; filename=\"receipt.png\"\r\n",
        "Content-Type: image/png\r\n\r\nbytes\0and\xff\r\n",
        "form-data; name=\"raw\"; filename=\"zaide-test-http-",
        "form-data; name=\"note\"; filename=\"note.txt\"\r\n",
        "\r\n\r\ninline\r\n",
    };
    for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
        size_t len = i == 2 ? 38 : strlen(pieces[i]);
        assert_non_null(memmem(body->data, body->len, pieces[i], len));
    }

    unlink(path);
    struct result *r = ask(w, FORM("/ok", parts), HTTP_NOT_SENT);
    assert_non_null(strstr(r->error, "No such file"));
    assert_int_equal(count(&w->server, &w->server.n_posts), 1);
}

static void a_cancelled_call_says_nothing(void **state)
{
    struct world *w = *state;
    struct server *s = &w->server;
    struct result running, waiting, other, last;
    http_set_limits(w->http, 2, 2);
    http_cancel(NULL);
    struct http_call *first = begin(w, &running, "/silent");
    begin(w, &other, "/silent");
    struct http_call *second = begin(w, &waiting, "/ok");
    begin(w, &last, "/ok");
    STEP_UNTIL(w, count(s, &s->n_posts) == 2);
    assert_int_equal(http_in_flight(w->http), 4);
    http_cancel(second);
    http_cancel(first);
    assert_int_equal(http_in_flight(w->http), 2);
    STEP_UNTIL(w, last.is_done); /* in the room that was made */
    assert_int_equal(last.outcome, HTTP_REPLIED);
    assert_int_equal(count(s, &s->n_posts), 3);
    assert_int_equal(w->n_done, 1);
}

/* Both replies may have been read when the first is told. */
static void a_call_can_be_cancelled_when_another_ends(void **state)
{
    struct world *w = *state;
    struct result a, b, c;
    struct http_call *call_a = begin(w, &a, "/ok"), *call_b = begin(w, &b, "/ok");
    begin(w, &c, "/ok");
    a.victim = call_b;
    b.victim = call_a;
    STEP_UNTIL(w, http_in_flight(w->http) == 0);
    assert_int_equal(a.is_done + b.is_done, 1);
    assert_true(c.is_done);
}

static void many_calls_wait_for_their_turn(void **state)
{
    struct world *w = *state;
    struct server *s = &w->server;
    enum { N = 2000 };
    struct result *results = xcalloc(N, sizeof(*results));
    http_set_limits(w->http, 16, 64);
    for (int i = 0; i < N; i++)
        begin(w, &results[i], "/echo");
    assert_int_equal(http_in_flight(w->http), N);
    STEP_UNTIL(w, http_in_flight(w->http) == 0);
    for (int i = 0; i < N; i++) {
        assert_int_equal(results[i].outcome, HTTP_REPLIED);
        assert_string_equal(results[i].body, "hello");
    }
    free(results);
    assert_int_equal(w->n_done, N);
    assert_int_equal(count(s, &s->n_posts), N);
    assert_in_range(count(s, &s->n_connections), 2, 16); /* each was kept and used again */
}

static void one_host_gets_its_share_and_calls_keep_their_order(void **state)
{
    struct world *w = *state;
    struct server *s = &w->server;
    struct result results[40];
    http_set_limits(w->http, 64, 3);
    for (size_t i = 0; i < ARRAY_LEN(results); i++)
        begin(w, &results[i], "/ok");
    STEP_UNTIL(w, http_in_flight(w->http) == 0);
    assert_in_range(count(s, &s->n_connections), 2, 3);

    http_set_limits(w->http, 1, 3);
    w->n_done = 0;
    for (size_t i = 0; i < ARRAY_LEN(results); i++)
        begin(w, &results[i], "/ok");
    STEP_UNTIL(w, http_in_flight(w->http) == 0);
    for (size_t i = 0; i < ARRAY_LEN(results); i++)
        assert_int_equal(results[i].number, i + 1);
}

static void as_many_connections_are_kept_as_may_run(void **state)
{
    struct world *w = *state;
    struct server *s = &w->server;
    struct result results[8];
    char url[64];
    http_set_limits(w->http, 8, 8);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 8; i++)
            begin(w, &results[i], "/status/200");
        STEP_UNTIL(w, http_in_flight(w->http) == 0);
        assert_int_equal(count(s, &s->n_connections), 8);
    }
    snprintf(url, sizeof(url), "http://localhost:%d/ok", s->port);
    ask(w, POST(url, "x"), HTTP_REPLIED); /* another host: the oldest makes room */
    STEP_UNTIL(w, count(s, &s->n_open) == 8);
    assert_int_equal(count(s, &s->n_connections), 9);
}

static void calls_in_flight_end_with_their_client(void **state)
{
    struct world *w = *state;
    struct result running, waiting, starting;
    http_set_limits(w->http, 1, 1);
    begin(w, &running, "/silent");
    begin(w, &waiting, "/ok");
    STEP_UNTIL(w, count(&w->server, &w->server.n_posts) == 1);
    http_free(w->http);
    w->http = http_new(w->loop);
    begin(w, &starting, "/ok");
    http_free(w->http);
    w->http = NULL;
    STEP_UNTIL(w, count(&w->server, &w->server.n_open) == 0);
    assert_int_equal(w->n_done, 0);
}

/* The environment cannot turn our calls away or write down their keys. */
static void the_environment_has_no_say(void **state)
{
    struct world *w = *state;
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
    setenv("SSLKEYLOGFILE", "/dev/null", 1);
    http_free(w->http);
    w->http = http_new(w->loop);
    assert_null(getenv("SSLKEYLOGFILE"));
    ask(w, POST("/ok", "x"), HTTP_REPLIED);
    unsetenv("http_proxy");
    unsetenv("ALL_PROXY");
}

/* A name server that does not answer: libcurl looks names up on a thread, which sits in here. */

static pthread_mutex_t lookup_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t lookup_may_end = PTHREAD_COND_INITIALIZER;
static int n_lookups;
static bool is_stuck;

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                struct addrinfo **out)
{
    int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
    *(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
    if (!str_eq(name, "stuck.test"))
        return real(name, service, hints, out);
    pthread_mutex_lock(&lookup_lock);
    n_lookups++;
    while (is_stuck)
        pthread_cond_wait(&lookup_may_end, &lookup_lock);
    n_lookups--;
    pthread_mutex_unlock(&lookup_lock);
    return EAI_AGAIN;
}

static int lookups(void)
{
    pthread_mutex_lock(&lookup_lock);
    int n = n_lookups;
    pthread_mutex_unlock(&lookup_lock);
    return n;
}

static void a_stuck_lookup_holds_nobody_up(void **state)
{
    struct world *w = *state;
    struct result cancelled, freed;
    is_stuck = true;
    struct http_call *call = begin(w, &cancelled, "http://stuck.test/");
    begin(w, &freed, "http://stuck.test/");
    STEP_UNTIL(w, lookups() == 2);
    alarm(DEADLINE_MS / 1000); /* waiting for the thread would last for ever */
    http_cancel(call);
    struct http_request request = POST("http://stuck.test/", "x");
    request.timeout_ms = 50;
    struct result timed_out = {.world = w};
    http_send(w->http, &request, on_done, &timed_out);
    STEP_UNTIL(w, timed_out.is_done);
    assert_int_equal(timed_out.outcome, HTTP_NOT_SENT);
    http_free(w->http);
    w->http = NULL;
    alarm(0);
    pthread_mutex_lock(&lookup_lock);
    is_stuck = false;
    pthread_cond_broadcast(&lookup_may_end);
    pthread_mutex_unlock(&lookup_lock);
    STEP_UNTIL(w, lookups() == 0);
}

#define IN_A_WORLD(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_WORLD(a_request_arrives_as_it_was_sent),
        IN_A_WORLD(a_post_on_a_cut_connection_goes_out_once),
        IN_A_WORLD(a_get_on_a_cut_connection_is_repeated),
        IN_A_WORLD(a_post_that_was_seen_is_never_not_sent),
        IN_A_WORLD(a_connection_closed_while_idle_is_not_used),
        IN_A_WORLD(a_silent_server_is_unknown),
        IN_A_WORLD(waiting_counts_as_time),
        IN_A_WORLD(what_never_left_is_not_sent),
        IN_A_WORLD(a_broken_url_is_not_sent_and_not_told),
        IN_A_WORLD(every_status_is_a_reply),
        IN_A_WORLD(retry_after_is_read),
        IN_A_WORLD(a_reply_has_a_largest_size),
        IN_A_WORLD(a_form_carries_values_and_files),
        IN_A_WORLD(a_cancelled_call_says_nothing),
        IN_A_WORLD(a_call_can_be_cancelled_when_another_ends),
        IN_A_WORLD(many_calls_wait_for_their_turn),
        IN_A_WORLD(one_host_gets_its_share_and_calls_keep_their_order),
        IN_A_WORLD(as_many_connections_are_kept_as_may_run),
        IN_A_WORLD(calls_in_flight_end_with_their_client),
        IN_A_WORLD(the_environment_has_no_say),
        IN_A_WORLD(a_stuck_lookup_holds_nobody_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
