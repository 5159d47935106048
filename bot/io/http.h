/* HTTP requests on the loop. The only user of libcurl.
 *
 * A POST goes out at most once. libcurl by itself repeats one when a kept connection dies before the
 * first byte of the reply, so a POST of which a byte has gone out is not let on a second connection;
 * tests/unit/test_http.c shows the table. (A GET may be repeated.) So every outcome is one of three,
 * and "unknown" is told to the caller, never retried here.
 *
 * http and https only, redirects are replies, no proxy, no compression, HTTP/2 where https offers
 * it. http_new unsets SSLKEYLOGFILE, by which libcurl would write down every connection's keys. */
#ifndef ZAIDE_IO_HTTP_H
#define ZAIDE_IO_HTTP_H

#include "bot/io/loop.h"

struct http;
struct http_call;

enum http_outcome {
    HTTP_REPLIED,  /* a whole reply arrived: see status */
    HTTP_NOT_SENT, /* no byte of the request left this machine: safe to repeat */
    HTTP_UNKNOWN   /* it may have arrived: time-out, cut connection, a reply cut short or too large */
};

struct http_part { /* multipart/form-data; exactly one of value and path */
    const char *name, *value;
    const char *path;      /* a local file, opened when the call starts and read without the loop */
    const char *file_name; /* what the server is told; NULL: the path's last part, none for values */
};

struct http_request { /* everything is copied */
    const char *method;            /* "GET" or "POST" */
    const char *url;               /* never logged: it may hold a token */
    const char *const *headers;    /* "Name: value", NULL-ended; may be NULL */
    const char *body;              /* POST only; may hold NUL bytes */
    size_t body_len;
    const char *content_type;      /* of the body */
    const struct http_part *parts; /* instead of body */
    size_t n_parts;
    int64_t timeout_ms;            /* for the whole call, waiting included; 0: 60 s */
    size_t max_reply;              /* bytes; 0: 1 MB. Larger: HTTP_UNKNOWN */
};

struct http_reply {
    enum http_outcome outcome;
    int status;            /* 0 unless HTTP_REPLIED */
    const char *body;      /* NUL-terminated; valid inside on_done only */
    size_t body_len;
    int64_t retry_after_s; /* header Retry-After, a date turned into seconds; -1 without */
    const char *error;     /* what went wrong, may name the host, never the URL; "" when replied */
};

struct http *http_new(struct loop *l);
void http_free(struct http *h); /* calls in flight end without on_done; not from inside on_done */

/* Start a call. on_done comes exactly once, never from inside http_send; the call is gone by then.
 * It may send and cancel. max_in_flight calls run at once; the rest wait in order, and of these at
 * most 50 start a round. */
struct http_call *http_send(struct http *h, const struct http_request *request,
                            void (*on_done)(void *arg, const struct http_reply *reply), void *arg);
void http_cancel(struct http_call *call); /* on_done will not come; NULL is fine */

/* 64 and 8 unless set. As many connections as may run are kept open. Over HTTP/2 a connection carries
 * 8 calls; over HTTP/1.1 one, so that a host which is polled for several accounts needs a connection
 * for each poll and some for all else. */
void http_set_limits(struct http *h, size_t max_in_flight, size_t max_per_host);
size_t http_in_flight(const struct http *h); /* waiting ones included */

#endif
