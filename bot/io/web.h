/* The HTTP/1.1 server on HTTP_LISTEN: health, metrics, later webhooks, chat and desk. For a public address put a proxy with TLS in front.
 *
 * It is our own, on libuv: libwebsockets 4.1.6 answers a POST twice, or reads freed memory, when the next request follows its body at
 * once. Strict where readers may differ (see web_head.h); keep-alive, HEAD, Expect; requests of one connection one after the other. */
#ifndef ZAIDE_IO_WEB_H
#define ZAIDE_IO_WEB_H

#include "bot/base/buf.h"
#include "bot/io/loop.h"

struct web;

struct web_request {
    const char *method, *path, *query; /* the path %-decoded; the query as sent, without '?', may be "" */
    const char *body;                  /* NUL-terminated, at most WEB_MAX_BODY */
    size_t body_len;
};

#define WEB_MAX_BODY (1024 * 1024)

struct web_answer { /* filled by the route; the body is copied out */
    int status;         /* 200 unless set */
    const char *type;   /* "text/plain; charset=utf-8" unless set */
    struct buf body;    /* at most 4 MB */
};

struct web_route {
    const char *method, *path; /* "GET", "/healthz"; exact match. A known path with another method: 405, unknown: 404; GET answers HEAD too */
    void (*answer)(void *arg, const struct web_request *request, struct web_answer *answer); /* may not call web_free */
    void *arg;
};

/* Listen on "host:port", "[::]:port" (port 0: any). NULL with the reason in `why`; a taken port names the setting and the fix. Routes are
 * copied, their strings not. A request's head (8 KB) must arrive within 5 s, a request be over within 60 s; at most 1,000 connections, more
 * wait; security headers (nosniff, no-store, CSP default-src 'none') on every answer. */
struct web *web_new(struct loop *l, const char *listen, const struct web_route *routes, size_t n, struct buf *why);
int web_port(const struct web *w);
void web_free(struct web *w); /* open connections are cut; NULL is fine */

#endif
