/* The HTTP server on HTTP_LISTEN: health, metrics, later webhooks, chat and desk. The only user of libwebsockets, on our loop. */
#ifndef ZAIDE_IO_WEB_H
#define ZAIDE_IO_WEB_H

#include "bot/base/buf.h"
#include "bot/io/loop.h"

struct web;

struct web_request {
    const char *method, *path, *query; /* query without '?', may be "" */
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
    const char *method, *path; /* "GET", "/healthz"; exact match. A known path with another method: 405, unknown: 404 */
    void (*answer)(void *arg, const struct web_request *request, struct web_answer *answer);
    void *arg;
};

/* Listen on "host:port" (port 0: any). NULL with the reason in `why`; a taken port names the setting and the fix. Routes are copied.
 * Headers must arrive within 5 s; at most 1,000 connections; security headers (nosniff, no-store, CSP default-src 'none') on every answer. */
struct web *web_new(struct loop *l, const char *listen, const struct web_route *routes, size_t n, struct buf *why);
int web_port(const struct web *w);
void web_free(struct web *w);

#endif
