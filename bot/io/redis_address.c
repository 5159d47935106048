#include "bot/io/redis.h"

#include <string.h>
#include <sys/un.h>

#include "bot/io/percent.h"

#define FORMS  "write redis://[user:password@]host:port[/db] or unix:///path[?db=n]"
#define MAX_DB 1000000

/* A part of the URL without its %XX. It may be a password, so an error does not show it. */
static int decode(char **out, const char *s, size_t len, const char *what, struct buf *why)
{
    char *text = xstrndup(s, len);
    if (!percent_decode(text)) {
        free(text);
        return buf_fail(why, "REDIS_URL: the %s has a stray '%%': write it as %%25", what);
    }
    *out = text;
    return 0;
}

static int parse_number(const char *s, int64_t min, int64_t max, const char *what, int *out,
                        struct buf *why)
{
    int64_t n;
    if (parse_i64(s, &n) || n < min || n > max)
        return buf_fail(why, "REDIS_URL: the %s must be a number from %d to %d; " FORMS, what,
                        (int)min, (int)max);
    *out = (int)n;
    return 0;
}

/* user:password, :password or user */
static int parse_login(struct redis_address *a, const char *s, size_t len, struct buf *why)
{
    const char *colon = memchr(s, ':', len);
    size_t user_len = colon ? (size_t)(colon - s) : len;
    if (!colon)
        return buf_fail(why, "REDIS_URL: a user without a password; " FORMS);
    if (user_len > 0 && decode(&a->user, s, user_len, "user", why))
        return -1;
    return decode(&a->password, colon + 1, len - user_len - 1, "password", why);
}

/* host, host:port, [IPv6], [IPv6]:port */
static int parse_host(struct redis_address *a, const char *s, size_t len, struct buf *why)
{
    const char *end = s + len, *host_end, *colon;
    if (len > 0 && *s == '[') {
        s++;
        host_end = memchr(s, ']', (size_t)(end - s));
        if (!host_end)
            return buf_fail(why, "REDIS_URL: '[' without ']'; " FORMS);
        colon = host_end + 1;
    } else {
        colon = memchr(s, ':', len);
        host_end = colon = colon ? colon : end;
    }
    if (host_end == s)
        return buf_fail(why, "REDIS_URL: the host is missing; " FORMS);
    if (colon < end && *colon != ':')
        return buf_fail(why, "REDIS_URL: ']' must be followed by :port; " FORMS);
    a->host = xstrndup(s, (size_t)(host_end - s));
    a->port = 6379;
    if (colon == end)
        return 0;
    char *port = xstrndup(colon + 1, (size_t)(end - colon - 1));
    int rc = parse_number(port, 1, 65535, "port", &a->port, why);
    free(port);
    return rc;
}

static int parse_tcp(struct redis_address *a, const char *s, struct buf *why)
{
    size_t len = strcspn(s, "/");
    const char *at = memrchr(s, '@', len);
    if (at && parse_login(a, s, (size_t)(at - s), why))
        return -1;
    const char *host = at ? at + 1 : s;
    if (parse_host(a, host, len - (size_t)(host - s), why))
        return -1;
    if (str_empty(s + len) || str_eq(s + len, "/"))
        return 0;
    return parse_number(s + len + 1, 0, MAX_DB, "database", &a->db, why);
}

static int parse_unix(struct redis_address *a, const char *s, struct buf *why)
{
    size_t len = strcspn(s, "?"), max = sizeof((struct sockaddr_un){0}.sun_path) - 1;
    if (*s != '/')
        return buf_fail(why, "REDIS_URL: the socket's path must start with '/'; " FORMS);
    if (decode(&a->path, s, len, "path", why))
        return -1;
    if (strlen(a->path) > max)
        return buf_fail(why,
                        "REDIS_URL: the socket's path is longer than %zu bytes, which no "
                        "socket may be; move it to a shorter path",
                        max);
    if (!s[len])
        return 0;
    if (!starts_with(s + len, "?db="))
        return buf_fail(why, "REDIS_URL: only ?db=n may follow the path; " FORMS);
    return parse_number(s + len + 4, 0, MAX_DB, "database", &a->db, why);
}

int redis_address_parse(struct redis_address *a, const char *url, struct buf *why)
{
    int rc;
    *a = (struct redis_address){0};
    if (starts_with(url, "redis://"))
        rc = parse_tcp(a, url + strlen("redis://"), why);
    else if (starts_with(url, "unix://"))
        rc = parse_unix(a, url + strlen("unix://"), why);
    else
        rc = buf_fail(why, "REDIS_URL must start with redis:// or unix://; " FORMS);
    if (rc)
        redis_address_release(a);
    return rc;
}

void redis_address_copy(struct redis_address *to, const struct redis_address *from)
{
    *to = (struct redis_address){
        .path = xstrdup(from->path),
        .host = xstrdup(from->host),
        .port = from->port,
        .db = from->db,
        .user = xstrdup(from->user),
        .password = xstrdup(from->password),
    };
}

void redis_address_release(struct redis_address *a)
{
    if (a->password)
        explicit_bzero(a->password, strlen(a->password));
    free(a->path);
    free(a->host);
    free(a->user);
    free(a->password);
    *a = (struct redis_address){0};
}
