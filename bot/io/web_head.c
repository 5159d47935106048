#include "bot/io/web_head.h"

#include <string.h>
#include <strings.h>

#include "bot/io/percent.h"

static int refuse(const char **why, int status, const char *text)
{
    *why = text;
    return status;
}

/* Printable bytes, and lines that end with CR LF. */
static bool is_clean(const char *s, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)s[i];
        if (c == '\r' && i + 1 < len && s[i + 1] == '\n')
            i++;
        else if ((c < ' ' && c != '\t') || c == 0x7f)
            return false;
    }
    return true;
}

/* A method or a header's name. */
static bool is_token(const char *s)
{
    static const char allowed[] = "!#$%&'*+-.^_`|~0123456789"
                                  "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    return *s && !s[strspn(s, allowed)];
}

/* The text up to `end`, cut off `*rest`; NULL without `end`. */
static char *cut(char **rest, const char *end)
{
    char *text = *rest, *found = strstr(text, end);
    if (!found)
        return NULL;
    *found = '\0';
    *rest = found + strlen(end);
    return text;
}

/* The last line has no end. */
static char *next_line(char **rest)
{
    char *last = *rest, *line = last ? cut(rest, "\r\n") : NULL;
    if (line)
        return line;
    *rest = NULL;
    return last;
}

static char *trim(char *s)
{
    s += strspn(s, " \t");
    size_t len = strlen(s);
    while (len > 0 && strchr(" \t", s[len - 1]))
        s[--len] = '\0';
    return s;
}

static int parse_request_line(struct web_head *h, char *line, const char **why)
{
    const char *method = cut(&line, " ");
    char *target = cut(&line, " ");
    if (!method || !target || !is_token(method) || *target != '/' || !starts_with(line, "HTTP/"))
        return refuse(why, 400, "not an HTTP/1.1 request");
    if (!str_eq(line, "HTTP/1.1") && !str_eq(line, "HTTP/1.0"))
        return refuse(why, 505, "only HTTP/1.1 is spoken here");
    h->keeps_alive = str_eq(line, "HTTP/1.1");
    char *query = strchr(target, '?');
    if (query)
        *query++ = '\0';
    if (!percent_decode(target))
        return refuse(why, 400, "the path has a wrong %-sequence");
    h->method = method;
    h->path = target;
    h->query = query ? query : "";
    return 0;
}

static int parse_header(struct web_head *h, char *line, const char **why)
{
    const char *name = cut(&line, ":");
    if (!name || !is_token(name))
        return refuse(why, 400, "a header is not name: value");
    const char *value = trim(line);
    if (!strcasecmp(name, "Content-Length")) {
        if (h->body_len >= 0 || *value == '-' || parse_i64(value, &h->body_len))
            return refuse(why, 400, "wrong Content-Length");
    } else if (!strcasecmp(name, "Transfer-Encoding")) {
        return refuse(why, 411, "chunked bodies are not taken: send a Content-Length");
    } else if (!strcasecmp(name, "Connection")) {
        if (strcasestr(value, "close"))
            h->keeps_alive = false;
    } else if (!strcasecmp(name, "Expect")) {
        h->expects_continue = !strcasecmp(value, "100-continue");
    }
    return 0;
}

int web_head_parse(struct web_head *h, char *text, size_t len, const char **why)
{
    *h = (struct web_head){.body_len = -1};
    if (!is_clean(text, len))
        return refuse(why, 400, "control characters in the head");
    char *rest = text;
    int status = parse_request_line(h, next_line(&rest), why);
    for (char *line; !status && (line = next_line(&rest));)
        status = parse_header(h, line, why);
    if (status)
        return status;
    if (h->body_len < 0 &&
        (str_eq(h->method, "POST") || str_eq(h->method, "PUT") || str_eq(h->method, "PATCH")))
        return refuse(why, 411, "a Content-Length is missing");
    if (h->body_len < 0)
        h->body_len = 0;
    return 0;
}
