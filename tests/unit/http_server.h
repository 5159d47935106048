/* An HTTP/1.1 server for tests: blocking sockets on 127.0.0.1, one thread a connection. The path of
 * a request says how it is answered (see answer()). A request counts once it has arrived whole. */
#ifndef ZAIDE_TESTS_HTTP_SERVER_H
#define ZAIDE_TESTS_HTTP_SERVER_H

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bot/base/buf.h"

#define MAX_CONNECTIONS 512

struct connection {
    struct server *server;
    pthread_t thread;
    int fd; /* -1: closed */
};

struct server {
    int fd, port;
    pthread_t thread;
    pthread_mutex_t lock;
    struct connection connections[MAX_CONNECTIONS];
    int n_connections, n_open; /* ever; now */
    int n_posts, n_gets;
    struct connection *last; /* the last request's */
    struct buf head, body;   /* its own */
};

static void say(int fd, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void say(int fd, const char *fmt, ...)
{
    struct buf text = BUF_INIT(1 << 20);
    va_list args;
    va_start(args, fmt);
    buf_vprintf(&text, fmt, args);
    va_end(args);
    for (size_t at = 0; at < text.len;) {
        ssize_t n = send(fd, text.data + at, text.len - at, MSG_NOSIGNAL);
        if (n <= 0)
            break;
        at += (size_t)n;
    }
    buf_release(&text);
}

/* true: the connection stays open */
static bool answer(struct server *s, int fd, const char *path, const struct buf *body)
{
    char c, retry[64];
    int n;
    if (str_eq(path, "/cut-and-stop"))
        shutdown(s->fd, SHUT_RDWR); /* nobody listens any more */
    if (starts_with(path, "/cut"))
        return false;
    if (str_eq(path, "/reset")) {
        struct linger reset = {.l_onoff = 1};
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
        return false;
    }
    if (str_eq(path, "/silent"))
        return read(fd, &c, 1) > 0; /* until the client gives up */
    if (str_eq(path, "/endless")) {
        say(fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        while (send(fd, "4\r\nmore\r\n", 9, MSG_NOSIGNAL) == 9)
            ;
        return false;
    }
    if (str_eq(path, "/short")) {
        say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort");
        return false;
    }
    if (str_eq(path, "/headers")) {
        say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n");
        for (int i = 0; i < 100; i++)
            say(fd, "X-Filler: %01000d\r\n", 0);
        say(fd, "\r\n");
        return true;
    }
    if (sscanf(path, "/status/%d/%63s", &n, retry) == 2) {
        const char *value = str_eq(retry, "past")     ? "Fri, 31 Dec 1999 23:59:59 GMT"
                            : str_eq(retry, "future") ? "Fri, 31 Dec 2100 23:59:59 GMT"
                                                      : retry;
        say(fd, "HTTP/1.1 %d X\r\nRetry-After: %s\r\nContent-Length: 2\r\n\r\n{}", n, value);
    } else if (sscanf(path, "/status/%d", &n) == 1) {
        say(fd, "HTTP/1.1 %d X\r\nContent-Length: 2\r\n\r\n{}", n);
    } else if (sscanf(path, "/big/%d", &n) == 1) {
        say(fd, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%0*d", n, n, 0);
    } else if (str_eq(path, "/redirect")) {
        say(fd, "HTTP/1.1 302 X\r\nLocation: /ok\r\nContent-Length: 0\r\n\r\n");
    } else { /* an echo */
        say(fd, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", body->len);
        send(fd, body->data, body->len, MSG_NOSIGNAL);
    }
    return !str_eq(path, "/then-close");
}

/* Read one request; false at the end of the connection. */
static bool read_request(int fd, struct buf *head, struct buf *body)
{
    char *end, data[65536];
    size_t len = 0, body_len = 0;
    buf_clear(head);
    buf_clear(body);
    while (!(end = strstr(head->data, "\r\n\r\n"))) {
        ssize_t n = read(fd, data, sizeof(data));
        if (n <= 0 || data[0] == 0x16) /* TLS says hello: not here */
            return false;
        buf_add(head, data, (size_t)n);
    }
    len = (size_t)(end + 4 - head->data);
    const char *length = strcasestr(head->data, "\r\nContent-Length:");
    if (length)
        body_len = strtoul(length + 17, NULL, 10);
    buf_add(body, head->data + len, head->len - len);
    head->data[head->len = len] = '\0';
    while (body->len < body_len) {
        ssize_t n = read(fd, data, sizeof(data));
        if (n <= 0)
            return false;
        buf_add(body, data, (size_t)n);
    }
    return true;
}

static void *serve(void *arg)
{
    struct connection *c = arg;
    struct server *s = c->server;
    struct buf head = BUF_INIT(1 << 20), body = BUF_INIT(1 << 24);
    bool is_open = true;
    while (is_open && read_request(c->fd, &head, &body)) {
        char method[8], path[64];
        if (sscanf(head.data, "%7s %63s", method, path) != 2)
            break;
        pthread_mutex_lock(&s->lock);
        *(str_eq(method, "POST") ? &s->n_posts : &s->n_gets) += 1;
        s->last = c;
        buf_clear(&s->head);
        buf_clear(&s->body);
        buf_add(&s->head, head.data, head.len);
        buf_add(&s->body, body.data, body.len);
        pthread_mutex_unlock(&s->lock);
        is_open = answer(s, c->fd, path, &body);
    }
    pthread_mutex_lock(&s->lock);
    close(c->fd);
    c->fd = -1;
    s->n_open--;
    pthread_mutex_unlock(&s->lock);
    buf_release(&head);
    buf_release(&body);
    return NULL;
}

static void *accept_all(void *arg)
{
    struct server *s = arg;
    for (int fd; (fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC)) >= 0;) {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
        pthread_mutex_lock(&s->lock);
        struct connection *c = &s->connections[s->n_connections++];
        *c = (struct connection){.server = s, .fd = fd};
        s->n_open++;
        pthread_create(&c->thread, NULL, serve, c);
        pthread_mutex_unlock(&s->lock);
    }
    return NULL;
}

static void server_start(struct server *s)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof(at);
    pthread_mutex_init(&s->lock, NULL);
    buf_init(&s->head, 1 << 20);
    buf_init(&s->body, 1 << 24);
    s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(s->fd, (struct sockaddr *)&at, len) < 0 || listen(s->fd, MAX_CONNECTIONS) < 0 ||
        getsockname(s->fd, (struct sockaddr *)&at, &len) < 0)
        die("the test's server cannot listen");
    s->port = ntohs(at.sin_port);
    pthread_create(&s->thread, NULL, accept_all, s);
}

static void server_stop(struct server *s)
{
    shutdown(s->fd, SHUT_RDWR);
    pthread_join(s->thread, NULL);
    for (int i = 0; i < s->n_connections; i++) {
        pthread_mutex_lock(&s->lock);
        if (s->connections[i].fd >= 0)
            shutdown(s->connections[i].fd, SHUT_RDWR);
        pthread_mutex_unlock(&s->lock);
        pthread_join(s->connections[i].thread, NULL);
    }
    close(s->fd);
    buf_release(&s->head);
    buf_release(&s->body);
}

static int count(struct server *s, const int *what)
{
    pthread_mutex_lock(&s->lock);
    int n = *what;
    pthread_mutex_unlock(&s->lock);
    return n;
}

#endif
