#include "bot/io/web.h"

#include <errno.h>
#include <microhttpd.h>
#include <netdb.h>
#include <strings.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bot/base/log.h"
#include "bot/io/percent.h"

#define MAX_CONNECTIONS 1000
#define MAX_ANSWER      (4 * 1024 * 1024)
#define MAX_ROUNDS      16 /* of the library, each up to 32 KB a connection, at one go */
#define FIRST_HEAD_MS   5000
#define TURN_MS         60000 /* from a head to the end of its answer, and on to the next head */

struct web {
    struct loop *loop;
    struct MHD_Daemon *mhd;
    struct watch *watch; /* of the library's epoll descriptor */
    struct timer *again; /* the library has more to do */
    struct web_route *routes;
    size_t n_routes;
    LIST_HEAD(, web_connection) suspended;
};

struct web_connection { /* and the request it is at */
    struct web *web;
    struct MHD_Connection *mhd;
    struct timer *deadline;
    char *target; /* path, NUL, query */
    struct buf body;
    struct web_request request; /* has its method when the head is there, its body when all is */
    struct web_answer answer;
    bool is_suspended;
    LIST_ENTRY(web_connection) entry; /* in suspended */
};

/* Answering. */

static void say(struct web_connection *c, int status, const char *text)
{
    c->answer.status = status;
    buf_clear(&c->answer.body);
    buf_printf(&c->answer.body, "%d %s\n", status, text);
}

static enum MHD_Result send_answer(struct web_connection *c)
{
    struct web_answer *a = &c->answer;
    if (buf_over(&a->body)) {
        log_error("web", "%s: the answer is larger than %d bytes", c->request.path, MAX_ANSWER);
        say(c, 500, "the answer is too large");
    }
    size_t len = a->body.len;
    struct MHD_Response *out =
        MHD_create_response_from_buffer(len, buf_detach(&a->body), MHD_RESPMEM_MUST_FREE);
    MHD_add_response_header(out, "Content-Type", a->type);
    MHD_add_response_header(out, "X-Content-Type-Options", "nosniff");
    MHD_add_response_header(out, "Content-Security-Policy", "default-src 'none'");
    MHD_add_response_header(out, "Cache-Control", "no-store");
    for (size_t i = 0; a->status == 405 && i < c->web->n_routes; i++) {
        const struct web_route *r = &c->web->routes[i];
        if (str_eq(r->path, c->request.path))
            MHD_add_response_header(out, "Allow",
                                    str_eq(r->method, "GET") ? "GET, HEAD" : r->method);
    }
    enum MHD_Result result = MHD_queue_response(c->mhd, (unsigned)a->status, out);
    MHD_destroy_response(out);
    buf_release(&c->body);
    timer_arm(c->deadline, TURN_MS);
    return result;
}

static void call_route(struct web_connection *c)
{
    const struct web_request *r = &c->request;
    const char *method = str_eq(r->method, "HEAD") ? "GET" : r->method;
    say(c, 404, "not found");
    for (size_t i = 0; i < c->web->n_routes; i++) {
        const struct web_route *route = &c->web->routes[i];
        if (!str_eq(route->path, r->path))
            continue;
        if (str_eq(route->method, method)) {
            c->answer.status = 200;
            buf_clear(&c->answer.body);
            route->answer(route->arg, r, &c->answer);
            return;
        }
        say(c, 405, "method not allowed");
    }
}

void web_answer_now(struct web_answer *answer)
{
    struct web_connection *c = answer->connection;
    answer->is_later = false;
    if (!c->is_suspended)
        return; /* the route has not returned yet */
    c->is_suspended = false;
    LIST_REMOVE(c, entry);
    MHD_resume_connection(c->mhd); /* with the next run on_request comes again */
    timer_arm(c->web->again, 0);
}

/* Reading. */

const char *web_header(const struct web_request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection->mhd, MHD_HEADER_KIND, name);
}

static enum MHD_Result count_length(void *n, enum MHD_ValueKind kind, const char *name,
                                    const char *value)
{
    (void)kind, (void)value;
    if (!strncasecmp(name, "Content-Length", 14) || !strncasecmp(name, "Transfer-Encoding", 17))
        ++*(int *)n;
    return MHD_YES;
}

/* The library is lenient where a proxy in front may read another end of the body: two lengths, a
 * length beside a coding, a coding unknown, blanks after the name. */
static enum MHD_Result check_head(struct web_connection *c)
{
    const char *length = web_header(&c->request, "Content-Length");
    const char *coding = web_header(&c->request, "Transfer-Encoding");
    int64_t len = 0;
    int n = 0;
    MHD_get_connection_values(c->mhd, MHD_HEADER_KIND, count_length, &n);
    if (n != (length || coding) || (coding && strcasecmp(coding, "chunked")))
        say(c, 400, "the body has no clear length");
    else if (length && (parse_i64(length, &len) || len > WEB_MAX_BODY))
        say(c, 413, "the body is too large");
    else
        return MHD_YES;
    return send_answer(c);
}

/* Comes with the head, with each piece of the body, at the end, and again when resumed. */
static enum MHD_Result on_request(void *web, struct MHD_Connection *mhd, const char *url,
                                  const char *method, const char *version, const char *data,
                                  size_t *len, void **context)
{
    struct web_connection *c = *context;
    (void)mhd, (void)url, (void)version;
    if (!c->request.method) {
        c->request.method = method;
        timer_arm(c->deadline, TURN_MS);
        return check_head(c);
    }
    if (*len > 0) {
        buf_add(&c->body, data, *len);
        *len = 0;
        return MHD_YES;
    }
    if (!c->request.body) {
        c->request.body = c->body.data;
        c->request.body_len = c->body.len;
        if (buf_over(&c->body))
            say(c, 413, "the body is too large");
        else
            call_route(c);
    }
    if (!c->answer.is_later)
        return send_answer(c);
    c->is_suspended = true;
    LIST_INSERT_HEAD(&((struct web *)web)->suspended, c, entry);
    MHD_suspend_connection(c->mhd);
    return MHD_YES;
}

/* Comes with the request line; what it returns is the context of on_request. */
static void *on_target(void *web, const char *target, struct MHD_Connection *mhd)
{
    (void)web;
    struct web_connection *c =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
    free(c->target);
    c->target = xstrdup(target);
    char *end = strchrnul(c->target, '?');
    const char *query = *end ? end + 1 : end;
    *end = '\0';
    if (!percent_decode(c->target))
        *c->target = '\0'; /* no route has that path */
    c->request = (struct web_request){.path = c->target, .query = query, .connection = c};
    c->answer = (struct web_answer){.type = "text/plain; charset=utf-8", .connection = c};
    buf_init(&c->answer.body, MAX_ANSWER);
    return c;
}

/* Connections. */

/* The library knows no such limit; it sees a socket that has ended. */
static void on_deadline(void *connection)
{
    struct web_connection *c = connection;
    shutdown(MHD_get_connection_info(c->mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd,
             SHUT_RDWR);
}

static void on_connection(void *web, struct MHD_Connection *mhd, void **socket_context,
                          enum MHD_ConnectionNotificationCode what)
{
    struct web *w = web;
    struct web_connection *c = *socket_context;
    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        *socket_context = c = xcalloc(1, sizeof(*c));
        c->web = w;
        c->mhd = mhd;
        buf_init(&c->body, WEB_MAX_BODY);
        c->deadline = timer_new(w->loop, on_deadline, c);
        timer_arm(c->deadline, FIRST_HEAD_MS);
        return;
    }
    timer_free(c->deadline);
    free(c->target);
    buf_release(&c->body);
    buf_release(&c->answer.body);
    free(c);
    timer_arm(w->again, 0); /* if it was full, it listens again with the next run only */
}

static void run(void *web)
{
    struct web *w = web;
    MHD_UNSIGNED_LONG_LONG ms; /* always 0, as the library keeps no timeouts here */
    bool has_more = true;
    for (int i = 0; i < MAX_ROUNDS && has_more; i++) {
        MHD_run(w->mhd);
        has_more = MHD_get_timeout(w->mhd, &ms) == MHD_YES;
    }
    if (has_more)
        timer_arm(w->again, 0);
}

static void on_log(void *arg, const char *fmt, va_list args)
{
    char line[500];
    (void)arg;
    vsnprintf(line, sizeof(line), fmt, args);
    log_debug("web", "%.*s", (int)strcspn(line, "\n"), line);
}

/* Beginning and end. */

int web_check_listen(const char *where, struct buf *why)
{
    const char *colon = strrchr(where, ':');
    int64_t port;
    if (!colon || colon == where || parse_i64(colon + 1, &port) || port < 0 || port > 65535)
        return buf_fail(why, "HTTP_LISTEN: \"%s\" is not host:port, as in 127.0.0.1:8080", where);
    return 0;
}

/* The socket, or -1. */
static int listen_on(const char *where, struct buf *why)
{
    if (web_check_listen(where, why))
        return -1;
    const char *colon = strrchr(where, ':');
    bool has_brackets = *where == '[' && colon[-1] == ']';
    char *host = xstrndup(where + has_brackets, (size_t)(colon - where) - 2 * has_brackets);
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE}, *found;
    int rc = getaddrinfo(host, colon + 1, &hints, &found); /* once, before the loop runs */
    free(host);
    if (rc)
        return buf_fail(why, "HTTP_LISTEN: %s: %s", where, gai_strerror(rc));
    int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
    bool listens = fd >= 0 && !setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) &&
                   !bind(fd, found->ai_addr, found->ai_addrlen) && !listen(fd, SOMAXCONN);
    int error = errno;
    freeaddrinfo(found);
    if (listens)
        return fd;
    close(fd);
    return buf_fail(why, "HTTP_LISTEN: cannot listen on %s: %s; %s", where, strerror(error),
                    error == EADDRINUSE
                        ? "stop what listens there, or choose another port"
                        : "choose an address of this machine and a port above 1023");
}

struct web *web_new(struct loop *l, const char *where, const struct web_route *routes, size_t n,
                    struct buf *why)
{
    int fd = listen_on(where, why);
    if (fd < 0)
        return NULL;
    struct web *w = xcalloc(1, sizeof(*w));
    w->loop = l;
    w->n_routes = n;
    w->routes = xcalloc(n, sizeof(*routes));
    for (size_t i = 0; i < n; i++)
        w->routes[i] = routes[i];
    w->mhd = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0, NULL, NULL, on_request, w,
        MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL, MHD_OPTION_LISTEN_SOCKET, fd,
        MHD_OPTION_CONNECTION_LIMIT, MAX_CONNECTIONS,
        MHD_OPTION_URI_LOG_CALLBACK, on_target, w, MHD_OPTION_NOTIFY_CONNECTION, on_connection, w,
        MHD_OPTION_END);
    if (!w->mhd)
        die("http server: %s", strerror(errno));
    int epoll_fd = MHD_get_daemon_info(w->mhd, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
    w->watch = watch_new(l, epoll_fd, run, w);
    w->again = timer_new(l, run, w);
    return w;
}

int web_port(const struct web *w)
{
    return MHD_get_daemon_info(w->mhd, MHD_DAEMON_INFO_BIND_PORT)->port;
}

void web_free(struct web *w)
{
    if (!w)
        return;
    watch_free(w->watch);
    while (!LIST_EMPTY(&w->suspended)) /* the library cannot be stopped otherwise */
        web_answer_now(&LIST_FIRST(&w->suspended)->answer);
    MHD_stop_daemon(w->mhd);
    timer_free(w->again);
    free(w->routes);
    free(w);
}
