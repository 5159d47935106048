/* A web server that plays a script, in a process of its own. Each request is told to the test as a
 * line; the next answer for its method (the last part of the path) goes back. Without one the
 * request is held, like a long poll. */
#ifndef ZAIDE_TESTS_SCRIPTED_SERVER_H
#define ZAIDE_TESTS_SCRIPTED_SERVER_H

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bot/base/buf.h"
#include "bot/io/loop.h"

#define SERVER_DEADLINE_MS 20000

struct step {
    const char *method, *answer; /* "200 {…}"; NULL: the connection is cut without a word */
};

struct server {
    pid_t pid;
    int port, fd; /* the lines come here */
    struct buf seen;
};

struct server_client {
    int fd;
    struct buf in;
};

static void server_write(int fd, const char *data, size_t len)
{
    while (len) {
        ssize_t n = write(fd, data, len);
        if (n <= 0)
            _exit(1);
        data += n;
        len -= (size_t)n;
    }
}

static void server_answer(struct server_client *c, const char *answer)
{
    struct buf out = BUF_INIT(64 << 20);
    if (answer) {
        buf_printf(&out, "HTTP/1.1 %.3s X\r\nContent-Length: %zu\r\n\r\n%s", answer,
                   strlen(answer + 4), answer + 4);
        server_write(c->fd, out.data, out.len);
    } else {
        close(c->fd);
        c->fd = -1;
    }
    buf_release(&out);
}

/* true: a whole request was there and is dealt with. */
static bool server_take(struct server_client *c, const struct step *steps, size_t n, bool *used,
                        int report)
{
    char *head_end = strstr(c->in.data, "\r\n\r\n");
    if (!head_end)
        return false;
    const char *length = strcasestr(c->in.data, "\r\nContent-Length:");
    size_t body_len = length && length < head_end ? strtoul(length + 17, NULL, 10) : 0;
    size_t head_len = (size_t)(head_end - c->in.data) + 4;
    if (c->in.len < head_len + body_len)
        return false;
    const char *path_end = strstr(c->in.data, " HTTP/"), *method = path_end;
    while (method[-1] != '/')
        method--;
    char name[100];
    snprintf(name, sizeof(name), "%.*s", (int)(path_end - method), method);

    struct buf line = BUF_INIT(64 << 20);
    buf_printf(&line, "%s ", name);
    for (size_t i = 0; i < body_len; i++) { /* one line, whatever it is */
        char b = c->in.data[head_len + i];
        buf_char(&line, b == '\n' || b == '\r' || b == '\0' ? ' ' : b);
    }
    buf_char(&line, '\n');
    server_write(report, line.data, line.len);
    buf_release(&line);

    struct buf rest = BUF_INIT(64 << 20);
    buf_add(&rest, c->in.data + head_len + body_len, c->in.len - head_len - body_len);
    buf_release(&c->in);
    c->in = rest;
    for (size_t i = 0; i < n; i++) {
        if (used[i] || strcmp(steps[i].method, name) != 0)
            continue;
        used[i] = true;
        server_answer(c, steps[i].answer);
        break;
    }
    return true;
}

static _Noreturn void server_play(int listener, const struct step *steps, size_t n, int report)
{
    struct server_client clients[32];
    struct pollfd fds[33];
    bool *used = xcalloc(n + 1, sizeof(*used));
    size_t n_clients = 0;
    for (;;) {
        fds[0] = (struct pollfd){.fd = listener, .events = POLLIN};
        for (size_t i = 0; i < n_clients; i++)
            fds[i + 1] = (struct pollfd){.fd = clients[i].fd, .events = POLLIN};
        size_t n_fds = n_clients + 1;
        if (poll(fds, n_fds, SERVER_DEADLINE_MS * 3) <= 0)
            _exit(1);
        for (size_t i = 1; i < n_fds; i++) {
            struct server_client *c = &clients[i - 1];
            char chunk[65536];
            if (c->fd < 0 || !fds[i].revents)
                continue;
            ssize_t len = read(c->fd, chunk, sizeof(chunk));
            if (len <= 0) {
                close(c->fd);
                c->fd = -1;
                continue;
            }
            buf_add(&c->in, chunk, (size_t)len);
            while (c->fd >= 0 && server_take(c, steps, n, used, report))
                ;
        }
        if (fds[0].revents && n_clients < ARRAY_LEN(clients)) {
            struct server_client *c = &clients[n_clients++];
            c->fd = accept(listener, NULL, NULL);
            buf_init(&c->in, 64 << 20);
        }
    }
}

static void server_start(struct server *s, const struct step *steps, size_t n)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(at);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), ends[2];
    assert_int_equal(bind(listener, (struct sockaddr *)&at, sizeof(at)), 0);
    assert_int_equal(listen(listener, 16), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&at, &len), 0);
    assert_int_equal(pipe(ends), 0);
    pid_t parent = getpid();
    s->pid = fork();
    if (s->pid == 0) {
        signal(SIGPIPE, SIG_IGN);
        server_play(listener, steps, n, ends[1]);
    }
    assert_true(s->pid > 0 && getpid() == parent);
    close(listener);
    close(ends[1]);
    s->port = ntohs(at.sin_port);
    s->fd = ends[0];
    fcntl(s->fd, F_SETFL, O_NONBLOCK);
    buf_init(&s->seen, 64 << 20);
}

static void server_stop(struct server *s)
{
    kill(s->pid, SIGKILL);
    waitpid(s->pid, NULL, 0);
    close(s->fd);
    buf_release(&s->seen);
}

/* The next request, as "method body". It runs the loop until it comes. */
static char *server_next(struct server *s, struct loop *l)
{
    int64_t end_ms = clock_monotonic_ms() + SERVER_DEADLINE_MS;
    char *newline;
    while (!(newline = strchr(s->seen.data, '\n'))) {
        char chunk[65536];
        ssize_t n = read(s->fd, chunk, sizeof(chunk));
        if (n > 0)
            buf_add(&s->seen, chunk, (size_t)n);
        else if (n == 0 || clock_monotonic_ms() > end_ms)
            fail_msg("no further request came");
        else
            loop_step(l, 5);
    }
    char *line = xstrndup(s->seen.data, (size_t)(newline - s->seen.data));
    struct buf rest = BUF_INIT(64 << 20);
    buf_str(&rest, newline + 1);
    buf_release(&s->seen);
    s->seen = rest;
    return line;
}

/* The same, compared. */
static void server_expect(struct server *s, struct loop *l, const char *expected)
{
    char *line = server_next(s, l);
    assert_string_equal(line, expected);
    free(line);
}

#endif
