/* The head of an HTTP/1.x request, parsed strictly and without I/O. Internal to web.c, with tests of its own. */
#ifndef ZAIDE_IO_WEB_HEAD_H
#define ZAIDE_IO_WEB_HEAD_H

#include "bot/base/util.h"

struct web_head {
    const char *method, *path, *query; /* within the text; the path is %-decoded, the query is as sent, without '?' */
    int64_t body_len;
    bool keeps_alive;       /* HTTP/1.1 without "Connection: close" */
    bool expects_continue;  /* waits for "100 Continue" before it sends its body */
};

/* Parse a head: all before the empty line, as a string of `len` bytes, which is cut up. 0, or the status to refuse with and, in `why`, one
 * line for the client. What two readers could read differently is refused: bare CR or LF, folded lines, a second Content-Length, any
 * Transfer-Encoding, a POST, PUT or PATCH without a length. */
MUST_USE int web_head_parse(struct web_head *h, char *text, size_t len, const char **why);

#endif
