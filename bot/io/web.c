#include "bot/io/web.h"

#include <netdb.h>
#include <uv.h>

#include "bot/base/log.h"
#include "bot/io/web_head.h"

#define MAX_CONNECTIONS 1000
#define MAX_HEAD        8192
#define MAX_ANSWER      (4 * 1024 * 1024)
#define MAX_LINGER      (8 * 1024 * 1024)
#define HEAD_MS         5000
#define IDLE_MS         15000 /* between two requests */
#define REQUEST_MS      60000 /* from the head to the end of the answer */
#define LINGER_MS       5000

struct web {
    uv_tcp_t uv; /* first: freed as the handle */
    struct loop *loop;
    struct web_route *routes;
    size_t n_routes, n_connections;
    struct connection *connections;
    bool is_full; /* libuv holds one more, and accepts no further, until that is taken */
    int port;
    char read[64 * 1024]; /* for the connection that reads just now */
};

enum connection_state {
    CONNECTION_READING,
    CONNECTION_ANSWERING, /* reads nothing meanwhile */
    CONNECTION_LINGERING  /* all is said: reads on for a while, or the answer might be lost */
};

struct connection {
    uv_tcp_t uv; /* first: freed as the handle */
    uv_write_t write;
    uv_shutdown_t shutdown;
    struct web *web;
    struct connection *next, *previous;
    struct timer *deadline;
    enum connection_state state;
    struct buf in; /* what has come: the head, or after it the body, and perhaps the next request */
    char *head_text; /* NULL until the head is whole */
    struct web_head head;
    struct buf head_out, body_out;
    bool must_close; /* after this answer */
    size_t n_lingered;
};

static void read_on(struct connection *c);
static void take_connection(struct web *w);
static void advance(struct connection *c);

/* Closing. */

static void free_connection(uv_handle_t *handle)
{
    struct connection *c = (struct connection *)handle;
    free(c->head_text);
    buf_release(&c->in);
    buf_release(&c->head_out);
    buf_release(&c->body_out);
    free(c);
}

static void hang_up(struct connection *c)
{
    struct web *w = c->web;
    if (c->previous)
        c->previous->next = c->next;
    else
        w->connections = c->next;
    if (c->next)
        c->next->previous = c->previous;
    w->n_connections--;
    timer_free(c->deadline);
    uv_close((uv_handle_t *)&c->uv, free_connection);
    if (w->is_full)
        take_connection(w);
}

static void on_deadline(void *connection)
{
    hang_up(connection);
}

static void on_shutdown(uv_shutdown_t *request, int status)
{
    (void)request; /* a failure shows in reading too */
    (void)status;
}

/* Closing a socket with something unread resets it, and the client may lose the answer. */
static void linger(struct connection *c)
{
    c->state = CONNECTION_LINGERING;
    timer_arm(c->deadline, LINGER_MS);
    uv_shutdown(&c->shutdown, (uv_stream_t *)&c->uv, on_shutdown);
    read_on(c);
}

/* Answering. */

static const char *reason(int status)
{
    static const struct {
        int status;
        const char *text;
    } reasons[] = {
        {200, "OK"},
        {201, "Created"},
        {204, "No Content"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {411, "Length Required"},
        {413, "Content Too Large"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {503, "Service Unavailable"},
        {505, "HTTP Version Not Supported"},
    };
    for (size_t i = 0; i < ARRAY_LEN(reasons); i++) {
        if (reasons[i].status == status)
            return reasons[i].text;
    }
    return "";
}

static void on_written(uv_write_t *request, int status)
{
    struct connection *c = request->data;
    if (uv_is_closing((uv_handle_t *)&c->uv))
        return;
    if (status < 0) {
        hang_up(c);
        return;
    }
    buf_release(&c->body_out);
    if (c->in.len == 0)
        buf_release(&c->in); /* it may have held a large body */
    if (c->must_close) {
        linger(c);
        return;
    }
    c->state = CONNECTION_READING;
    timer_arm(c->deadline, c->in.len ? HEAD_MS : IDLE_MS);
    read_on(c);
    advance(c); /* with what came meanwhile */
}

/* c->body_out is the body; `allow` may be NULL. */
static void answer(struct connection *c, int status, const char *type, const char *allow)
{
    bool has_body = status != 204 && !str_eq(c->head.method, "HEAD");
    buf_clear(&c->head_out);
    buf_printf(&c->head_out, "HTTP/1.1 %d %s\r\n", status, reason(status));
    if (status != 204)
        buf_printf(&c->head_out, "Content-Type: %s\r\nContent-Length: %zu\r\n", type,
                   c->body_out.len);
    if (allow)
        buf_printf(&c->head_out, "Allow: %s\r\n", allow);
    if (c->must_close)
        buf_str(&c->head_out, "Connection: close\r\n");
    buf_str(&c->head_out, "X-Content-Type-Options: nosniff\r\n"
                          "Content-Security-Policy: default-src 'none'\r\n"
                          "Cache-Control: no-store\r\n\r\n");
    free(c->head_text);
    c->head_text = NULL;
    c->head = (struct web_head){0};
    c->state = CONNECTION_ANSWERING;
    uv_read_stop((uv_stream_t *)&c->uv);
    uv_buf_t out[] = {uv_buf_init(c->head_out.data, (unsigned)c->head_out.len),
                      uv_buf_init(c->body_out.data, (unsigned)c->body_out.len)};
    c->write.data = c;
    int rc = uv_write(&c->write, (uv_stream_t *)&c->uv, out, has_body ? 2 : 1, on_written);
    if (rc < 0)
        hang_up(c);
}

/* One line of our own. */
static void refuse(struct connection *c, int status, const char *text, const char *allow)
{
    buf_clear(&c->body_out);
    buf_printf(&c->body_out, "%d %s\n", status, text);
    answer(c, status, "text/plain; charset=utf-8", allow);
}

/* Without having read its body: then no next request can be found. */
static void refuse_and_close(struct connection *c, int status, const char *text)
{
    c->must_close = true;
    refuse(c, status, text, NULL);
}

static void call_route(struct connection *c, const struct web_route *route)
{
    char *body = c->in.data, after = body[c->head.body_len];
    const struct web_request request = {
        .method = c->head.method,
        .path = c->head.path,
        .query = c->head.query,
        .body = c->head.body_len ? body : "",
        .body_len = (size_t)c->head.body_len,
    };
    struct web_answer a = {.status = 200, .type = "text/plain; charset=utf-8"};
    buf_init(&a.body, MAX_ANSWER);
    if (c->head.body_len)
        body[c->head.body_len] = '\0'; /* where the next request may begin */
    route->answer(route->arg, &request, &a);
    if (c->head.body_len)
        body[c->head.body_len] = after;
    if (buf_over(&a.body)) {
        log_error("web", "%s: the answer is larger than %d bytes", route->path, MAX_ANSWER);
        buf_release(&a.body);
        refuse(c, 500, "the answer is too large", NULL);
        return;
    }
    c->body_out = a.body;
    answer(c, a.status, a.type, NULL);
}

/* HEAD is GET without the body. */
static void serve(struct connection *c)
{
    const struct web *w = c->web;
    const struct web_head *h = &c->head;
    const char *method = str_eq(h->method, "HEAD") ? "GET" : h->method;
    struct buf allow = BUF_INIT(128);
    const struct web_route *route = NULL;
    for (size_t i = 0; i < w->n_routes && !route; i++) {
        const struct web_route *r = &w->routes[i];
        if (!str_eq(r->path, h->path))
            continue;
        if (str_eq(r->method, method))
            route = r;
        buf_printf(&allow, "%s%s%s", allow.len ? ", " : "", r->method,
                   str_eq(r->method, "GET") ? ", HEAD" : "");
    }
    c->must_close = !h->keeps_alive;
    if (route)
        call_route(c, route);
    else if (allow.len)
        refuse(c, 405, "method not allowed", allow.data);
    else
        refuse(c, 404, "not found", NULL);
    buf_release(&allow);
}

/* Reading. */

static void take_off(struct buf *b, size_t len)
{
    if (len == 0)
        return;
    b->len -= len;
    memmove(b->data, b->data + len, b->len + 1);
}

/* The head, if it is whole; false: not yet, or refused. */
static bool read_head(struct connection *c)
{
    const char *why, *end = memmem(c->in.data, c->in.len, "\r\n\r\n", 4);
    size_t len = end ? (size_t)(end - c->in.data) : c->in.len;
    if (len > MAX_HEAD) {
        refuse_and_close(c, 431, "the head is too long");
        return false;
    }
    if (!end)
        return false;
    c->head_text = xmalloc(len + 1);
    memcpy(c->head_text, c->in.data, len);
    c->head_text[len] = '\0';
    take_off(&c->in, len + 4);
    timer_arm(c->deadline, REQUEST_MS);
    int status = web_head_parse(&c->head, c->head_text, len, &why);
    if (status)
        refuse_and_close(c, status, why);
    else if (c->head.body_len > WEB_MAX_BODY)
        refuse_and_close(c, 413, "the body is too large");
    return c->state == CONNECTION_READING;
}

static void advance(struct connection *c)
{
    static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
    if (!c->head_text && !read_head(c))
        return;
    if (c->in.len >= (size_t)c->head.body_len) {
        size_t body_len = (size_t)c->head.body_len;
        serve(c);
        take_off(&c->in, body_len);
    } else if (c->head.expects_continue) {
        c->head.expects_continue = false;
        uv_buf_t out = uv_buf_init((char *)go_on, sizeof(go_on) - 1);
        uv_try_write((uv_stream_t *)&c->uv, &out, 1); /* who does not get it sends all the same */
    }
}

static void give_room(uv_handle_t *handle, size_t wish, uv_buf_t *room)
{
    (void)wish;
    struct web *w = ((struct connection *)handle)->web;
    *room = uv_buf_init(w->read, sizeof(w->read));
}

static void on_read(uv_stream_t *stream, ssize_t len, const uv_buf_t *room)
{
    struct connection *c = (struct connection *)stream;
    if (len < 0) {
        hang_up(c);
    } else if (c->state == CONNECTION_LINGERING) {
        c->n_lingered += (size_t)len;
        if (c->n_lingered > MAX_LINGER)
            hang_up(c);
    } else if (len > 0) {
        if (!c->head_text && c->in.len == 0)
            timer_arm(c->deadline, HEAD_MS);
        buf_add(&c->in, room->base, (size_t)len);
        advance(c);
    }
}

static void read_on(struct connection *c)
{
    uv_read_start((uv_stream_t *)&c->uv, give_room, on_read);
}

/* Accepting. */

static void take_connection(struct web *w)
{
    struct connection *c = xcalloc(1, sizeof(*c));
    w->is_full = false;
    w->n_connections++;
    c->web = w;
    c->next = w->connections;
    if (c->next)
        c->next->previous = c;
    w->connections = c;
    buf_init(&c->in, MAX_HEAD + WEB_MAX_BODY + sizeof(w->read));
    buf_init(&c->head_out, 1024);
    buf_init(&c->body_out, 256);
    c->deadline = timer_new(w->loop, on_deadline, c);
    timer_arm(c->deadline, HEAD_MS);
    uv_tcp_init(loop_uv(w->loop), &c->uv);
    if (uv_accept((uv_stream_t *)&w->uv, (uv_stream_t *)&c->uv)) {
        hang_up(c);
        return;
    }
    uv_tcp_nodelay(&c->uv, 1);
    read_on(c);
}

static void on_connection(uv_stream_t *stream, int status)
{
    struct web *w = (struct web *)stream;
    if (status < 0)
        log_warn("web", "a connection cannot be accepted: %s", uv_strerror(status));
    else if (w->n_connections < MAX_CONNECTIONS)
        take_connection(w);
    else
        w->is_full = true;
}

static const char *advice(int rc)
{
    return rc == UV_EADDRINUSE      ? "stop what listens there, or choose another port"
           : rc == UV_EACCES        ? "choose a port above 1023"
           : rc == UV_EADDRNOTAVAIL ? "choose an address of this machine"
                                    : "choose another address";
}

static int listen_on(struct web *w, const char *where, struct buf *why)
{
    const char *colon = strrchr(where, ':');
    int64_t port;
    if (!colon || colon == where || parse_i64(colon + 1, &port) || port < 0 || port > 65535)
        return buf_fail(why, "HTTP_LISTEN: \"%s\" is not host:port, as in 127.0.0.1:8080", where);
    bool has_brackets = *where == '[' && colon[-1] == ']';
    char *host = has_brackets ? xstrndup(where + 1, (size_t)(colon - where - 2))
                              : xstrndup(where, (size_t)(colon - where));
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE}, *found;
    int rc = getaddrinfo(host, colon + 1, &hints, &found); /* once, before the loop runs */
    free(host);
    if (rc)
        return buf_fail(why, "HTTP_LISTEN: %s: %s", where, gai_strerror(rc));
    rc = uv_tcp_bind(&w->uv, found->ai_addr, 0);
    freeaddrinfo(found);
    if (!rc)
        rc = uv_listen((uv_stream_t *)&w->uv, SOMAXCONN, on_connection);
    if (rc)
        return buf_fail(why, "HTTP_LISTEN: cannot listen on %s: %s; %s", where, uv_strerror(rc),
                        advice(rc));
    struct sockaddr_storage bound;
    int len = sizeof(bound);
    uv_tcp_getsockname(&w->uv, (struct sockaddr *)&bound, &len);
    w->port = ntohs(bound.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&bound)->sin6_port
                                                : ((struct sockaddr_in *)&bound)->sin_port);
    return 0;
}

struct web *web_new(struct loop *l, const char *where, const struct web_route *routes, size_t n,
                    struct buf *why)
{
    struct web *w = xcalloc(1, sizeof(*w));
    w->loop = l;
    w->routes = xcalloc(n, sizeof(*routes));
    w->n_routes = n;
    for (size_t i = 0; i < n; i++)
        w->routes[i] = routes[i];
    uv_tcp_init(loop_uv(l), &w->uv);
    if (listen_on(w, where, why)) {
        web_free(w);
        return NULL;
    }
    return w;
}

int web_port(const struct web *w)
{
    return w->port;
}

static void free_web(uv_handle_t *handle)
{
    struct web *w = (struct web *)handle;
    free(w->routes);
    free(w);
}

void web_free(struct web *w)
{
    if (!w)
        return;
    w->is_full = false; /* who waits is not taken any more */
    while (w->connections)
        hang_up(w->connections);
    uv_close((uv_handle_t *)&w->uv, free_web);
}
