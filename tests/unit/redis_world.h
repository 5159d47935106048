/* What the tests of redis.c share: a real redis-server, which each test starts for itself, and a
 * record of what was called back. */
#ifndef ZAIDE_TESTS_REDIS_WORLD_H
#define ZAIDE_TESTS_REDIS_WORLD_H

#include <arpa/inet.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "bot/io/redis.h"

#define DEADLINE_MS 10000

/* Run the loop until something has come true. */
#define WAIT_FOR(w, condition)                                                                     \
    do {                                                                                           \
        int64_t end_ms = clock_monotonic_ms() + DEADLINE_MS;                                       \
        while (!(condition)) {                                                                     \
            if (clock_monotonic_ms() > end_ms)                                                     \
                fail_msg("never came true: %s", #condition);                                       \
            loop_step((w)->loop, 100);                                                             \
        }                                                                                          \
    } while (0)

#define CALL(r, on_reply, arg, ...)                                                                \
    redis_call(r, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *),                     \
               (const char *const[]){__VA_ARGS__}, NULL, on_reply, arg)

struct world {
    struct loop *loop;
    struct redis *redis, *listener;
    char dir[64], url[128];
    pid_t server;
    int port;

    int ups, downs, replies, nulls, strays; /* strays: callbacks from inside a call of ours */
    bool is_inside;
    char error[512]; /* of the last on_down */
    struct buf said; /* replies and messages, each followed by a blank */
};

/* The server. */

/* Also of the next processes, which run beside this one, and below what the system hands out: so
 * nobody takes it while a server that is to come back is away. */
static inline int free_port(void)
{
    static int n;
    for (;;) {
        int port = 10000 + getpid() % 1000 * 20 + n++ % 20;
        struct sockaddr_in a = {.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        bool is_free = !bind(fd, (struct sockaddr *)&a, sizeof(a));
        close(fd);
        if (is_free)
            return port;
    }
}

/* `more` are options beyond the usual ones, NULL-ended; NULL: none. Being up is for the caller to
 * wait for. */
static inline void start_server(struct world *w, const char *const *more)
{
    char port[16];
    snprintf(port, sizeof(port), "%d", w->port);
    const char *args[32] = {"redis-server", "--port", port,       "--unixsocket", "redis.sock",
                            "--save",       "",       "--dir",    w->dir,         "--logfile",
                            "redis.log",    "--bind", "127.0.0.1"};
    size_t n = 13;
    while (more && *more)
        args[n++] = *more++;
    w->server = fork();
    assert_true(w->server >= 0);
    if (w->server == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        execvp("redis-server", (char **)args);
        execv("/usr/bin/redis-check-rdb",
              (char **)args); /* package redis-tools: the same program */
        _exit(127);
    }
}

static inline void kill_server(struct world *w)
{
    if (!w->server)
        return;
    kill(w->server, SIGKILL);
    waitpid(w->server, NULL, 0);
    w->server = 0;
}

/* Returns when the server is really stopped. */
static inline void stop_server(struct world *w)
{
    int status;
    kill(w->server, SIGSTOP);
    assert_int_equal(waitpid(w->server, &status, WUNTRACED), w->server);
    assert_true(WIFSTOPPED(status));
}

static inline struct redis_address address(const char *url)
{
    struct redis_address a;
    struct buf why = BUF_INIT(512);
    if (redis_address_parse(&a, url, &why))
        fail_msg("%s: %s", url, why.data);
    buf_release(&why);
    return a;
}

/* What is called back. */

static inline void on_up(void *arg)
{
    struct world *w = arg;
    w->ups++;
    w->strays += w->is_inside;
}

static inline void on_down(void *arg, const char *error)
{
    struct world *w = arg;
    w->downs++;
    w->strays += w->is_inside;
    snprintf(w->error, sizeof(w->error), "%s", error);
}

static inline void say(struct world *w, const struct redis_value *v)
{
    size_t len;
    const char *text = redis_str(v, &len);
    switch (redis_kind(v)) {
    case REDIS_NIL:
        buf_str(&w->said, v ? "nil" : "NULL");
        break;
    case REDIS_INT:
        buf_printf(&w->said, "%lld", (long long)redis_int(v, -1));
        break;
    case REDIS_STRING:
    case REDIS_STATUS:
        buf_add(&w->said, text, len);
        break;
    case REDIS_ERROR:
        buf_printf(&w->said, "(%s)", text);
        break;
    case REDIS_ARRAY:
        buf_char(&w->said, '[');
        for (size_t i = 0; i < redis_len(v); i++)
            say(w, redis_item(v, i));
        buf_char(&w->said, ']');
        break;
    }
    buf_char(&w->said, ' ');
}

static inline void on_reply(void *arg, const struct redis_value *reply)
{
    struct world *w = arg;
    w->replies++;
    w->nulls += !reply;
    w->strays += w->is_inside;
    say(w, reply);
}

static inline void on_message(void *arg, const char *payload, size_t len)
{
    struct world *w = arg;
    w->replies++;
    buf_add(&w->said, payload, len);
    buf_char(&w->said, ' ');
}

static inline void connect_to(struct world *w, const char *url)
{
    struct redis_address a = address(url);
    w->is_inside = true;
    w->redis = redis_new(w->loop, &a, on_up, on_down, w);
    w->is_inside = false;
    redis_address_release(&a);
}

/* Connected to a fresh server. */
static inline void come_up(struct world *w)
{
    start_server(w, NULL);
    connect_to(w, w->url);
    WAIT_FOR(w, w->ups == 1);
    w->downs = 0; /* the server may have been slower than we */
}

static inline int set_up(void **state)
{
    struct world *w = xcalloc(1, sizeof(*w));
    w->loop = loop_new();
    buf_init(&w->said, 1 << 20);
    snprintf(w->dir, sizeof(w->dir), "/tmp/zaide-redis-XXXXXX");
    assert_non_null(mkdtemp(w->dir));
    snprintf(w->url, sizeof(w->url), "unix://%s/redis.sock", w->dir);
    *state = w;
    return 0;
}

static inline int remove_file(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

static inline int tear_down(void **state)
{
    struct world *w = *state;
    assert_int_equal(w->strays, 0);
    redis_free(w->redis);
    redis_free(w->listener);
    loop_free(w->loop);
    kill_server(w);
    nftw(w->dir, remove_file, 8, FTW_DEPTH | FTW_PHYS);
    buf_release(&w->said);
    free(w);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
