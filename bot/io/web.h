/* The HTTP/1.1 server on HTTP_LISTEN: health, metrics, webhooks. The only user of libmicrohttpd.
 * For a public address put a proxy with TLS in front.
 *
 * At most 1,000 connections, more wait. The first head of a connection must arrive within 5 s; a
 * request must be over, and the next one's head be there, within 60 s each: who is slower is cut.
 * A head over about 30 KB gets 431. Keep-alive, pipelining, chunked bodies and "Expect" work. Every
 * answer carries nosniff, no-store and CSP default-src 'none', but for the library's own refusals
 * (400, 414, 431, 505) of what is no request. */
#ifndef ZAIDE_IO_WEB_H
#define ZAIDE_IO_WEB_H

#include "bot/base/buf.h"
#include "bot/io/loop.h"

struct web;
struct web_connection;

#define WEB_MAX_BODY (1024 * 1024) /* a longer one: 413 */

struct web_request { /* lives until its answer is given */
    const char *method, *path, *query; /* the path %-decoded; the query as sent, without '?' */
    const char *body;                  /* NUL-terminated, "" without one */
    size_t body_len;
    struct web_connection *connection; /* web.c's */
};

struct web_answer {
    int status;       /* 200 unless set */
    const char *type; /* a literal; "text/plain; charset=utf-8" unless set */
    struct buf body;  /* at most 4 MB, else the answer is 500 */
    bool is_later;    /* see web_answer_now */
    struct web_connection *connection; /* web.c's */
};

struct web_route {
    const char *method, *path; /* "GET", "/healthz": exact. An unknown path: 404, method: 405 */
    void (*answer)(void *arg, const struct web_request *request, struct web_answer *answer);
    void *arg; /* GET answers HEAD too. A route may not call web_free */
};

/* Listen on "host:port", "[::]:port" (port 0: any). NULL with the reason in `why`, which names the
 * setting and the fix. Routes are copied, their strings not. */
struct web *web_new(struct loop *l, const char *listen, const struct web_route *routes, size_t n,
                    struct buf *why);
int web_port(const struct web *w);
/* Has it that form? -1 and `why` as above. */
MUST_USE int web_check_listen(const char *listen, struct buf *why);

/* Cuts open connections; NULL is fine. An answer still due is never given: its pointer is dead, so
 * free first whoever would call web_answer_now. */
void web_free(struct web *w);

/* A header of the request, without regard to case; NULL if it has none. Lives as the request. */
const char *web_header(const struct web_request *request, const char *name);

/* To answer later, as when a commit must come first: the route sets answer->is_later and keeps the
 * pointer; when it knows, it fills the answer in and calls this, once, from anywhere (also before
 * it has returned). It must be called even if the client has gone or was cut, which nobody tells:
 * the connection is held till then. */
void web_answer_now(struct web_answer *answer);

#endif
