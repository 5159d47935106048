#include "bot/base/log.h"

#include "bot/base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#define MAX_LINE       4096 /* bytes, the newline among them */
#define MAX_TEXT       (1024 * 1024)
#define MAX_TOPICS     32
#define MAX_TOPIC_LEN  31
#define MAX_SECRETS    1024
#define MIN_SECRET_LEN 6

static const char *const level_names[] = {
    [LOG_ERROR] = "error", [LOG_WARN] = "warn", [LOG_INFO] = "info", [LOG_DEBUG] = "debug"};

struct levels {
    enum log_level others;
    size_t n;
    struct {
        char topic[MAX_TOPIC_LEN + 1];
        enum log_level level;
    } topics[MAX_TOPICS];
};

struct secret {
    char *text;
    size_t len;
};

static struct levels levels = {.others = LOG_INFO};
static int log_fd = STDERR_FILENO;
static struct secret *secrets; /* the longest first: one may begin with another */
static size_t n_secrets, cap_secrets;

/* What is on */

static int find_level(const char *name, size_t len)
{
    for (int i = 0; i < (int)ARRAY_LEN(level_names); i++)
        if (strlen(level_names[i]) == len && memcmp(level_names[i], name, len) == 0)
            return i;
    return -1;
}

static int set_level(struct levels *l, const char *item, size_t len, struct buf *why)
{
    const char *equals = memchr(item, '=', len);
    const char *name = equals ? equals + 1 : item;
    size_t name_len = len - (size_t)(name - item), topic_len = equals ? (size_t)(equals - item) : 0;
    int level = find_level(name, name_len);
    if (level < 0)
        return buf_fail(why, "LOG: \"%.*s\" is no level; use error, warn, info or debug",
                        (int)name_len, name);
    if (!equals) {
        l->others = (enum log_level)level;
        return 0;
    }
    if (topic_len == 0 || topic_len > MAX_TOPIC_LEN)
        return buf_fail(why, "LOG: \"%.*s\" names no topic; write it as telegram=debug", (int)len,
                        item);
    if (l->n == MAX_TOPICS)
        return buf_fail(why, "LOG: more than %d topics; leave some out", MAX_TOPICS);
    memcpy(l->topics[l->n].topic, item, topic_len);
    l->topics[l->n++].level = (enum log_level)level;
    return 0;
}

int log_configure(const char *spec, struct buf *why)
{
    struct levels next = {.others = LOG_INFO};
    const char *p = spec ? spec : "";
    while (*(p += strspn(p, ", "))) {
        size_t len = strcspn(p, ", ");
        if (set_level(&next, p, len, why) < 0)
            return -1;
        p += len;
    }
    levels = next;
    return 0;
}

bool log_is_on(enum log_level level, const char *topic)
{
    for (size_t i = levels.n; i > 0; i--) /* the last word on a topic counts */
        if (str_eq(levels.topics[i - 1].topic, topic))
            return level <= levels.topics[i - 1].level;
    return level <= levels.others;
}

/* What is hidden */

void log_secret(const char *text)
{
    size_t len = text ? strlen(text) : 0, at = 0;
    if (len < MIN_SECRET_LEN)
        return;
    for (size_t i = 0; i < n_secrets; i++)
        if (str_eq(secrets[i].text, text))
            return;
    if (n_secrets == MAX_SECRETS) /* going on would print the next one */
        die("more than %d secrets to hide from the log", MAX_SECRETS);
    ARRAY_GROW(secrets, n_secrets, cap_secrets);
    while (at < n_secrets && secrets[at].len >= len)
        at++;
    memmove(secrets + at + 1, secrets + at, (n_secrets - at) * sizeof(*secrets));
    secrets[at] = (struct secret){xstrdup(text), len};
    n_secrets++;
}

/* Length of the Telegram bot token that starts at `s`, or 0. In a URL its colon may be %3A. */
static size_t token_len(const char *s)
{
    static const char tail[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
    size_t len = 0;
    while (len <= 12 && is_digit(s[len]))
        len++;
    if (len < 8 || len > 12)
        return 0;
    if (s[len] == ':')
        len += 1;
    else if (strncasecmp(s + len, "%3A", 3) == 0)
        len += 3;
    else
        return 0;
    size_t tail_len = strspn(s + len, tail);
    return tail_len >= 30 ? len + tail_len : 0;
}

/* Length of what must be hidden at byte `at`, or 0; `*mask` is then what stands in its place. */
static size_t hidden_len(const struct buf *line, size_t at, const char **mask)
{
    const char *s = line->data + at;
    size_t len = token_len(s);
    *mask = len ? "[token]" : "[secret]";
    for (size_t i = 0; i < n_secrets && !len; i++)
        if (*s == *secrets[i].text && secrets[i].len <= line->len - at &&
            memcmp(s, secrets[i].text, secrets[i].len) == 0)
            len = secrets[i].len;
    return len;
}

void log_mask(struct buf *line)
{
    struct buf out;
    const char *mask, *inner;
    size_t copied = 0;
    buf_init(&out, line->max);
    for (size_t start = 0, end; start < line->len; start = end) {
        end = start + hidden_len(line, start, &mask);
        if (end == start) {
            end++;
            continue;
        }
        for (size_t i = start + 1; i < end; i++) { /* one that begins inside may end later */
            size_t inner_end = i + hidden_len(line, i, &inner);
            if (inner_end > end)
                end = inner_end;
        }
        buf_add(&out, line->data + copied, start - copied);
        buf_str(&out, mask);
        copied = end;
    }
    if (!copied)
        return;
    buf_add(&out, line->data + copied, line->len - copied);
    out.over = out.over || line->over;
    buf_release(line);
    *line = out;
}

/* The sink */

/* Control characters could forge a line or steer a terminal: white space becomes a space, the
 * others go (U+0080-9F too). What is no UTF-8 becomes '?'. */
static void clean(struct buf *line)
{
    const char *at = line->data, *end = at + line->len;
    char *to = line->data;
    while (at < end) {
        const char *from = at;
        int32_t c = text_next(&at, end);
        if (c < 0 || c == '\n' || c == '\r' || c == '\t')
            *to++ = c < 0 ? '?' : ' ';
        else if (c >= 0x20 && (c < 0x7f || c > 0x9f))
            to = (char *)memmove(to, from, (size_t)(at - from)) + (at - from);
    }
    *to = '\0';
    line->len = (size_t)(to - line->data);
}

static void cut(struct buf *line)
{
    static const char dots[] = "…";
    if (line->len < MAX_LINE)
        return;
    size_t end = MAX_LINE - 1 - strlen(dots);
    while (((unsigned char)line->data[end] & 0xc0) == 0x80)
        end--;
    line->data[end] = '\0';
    line->len = end;
    buf_str(line, dots);
}

static void add_time(struct buf *line)
{
    int64_t now_ms = clock_ms();
    time_t seconds = now_ms / 1000;
    struct tm t;
    gmtime_r(&seconds, &t);
    buf_printf(line, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", t.tm_year + 1900, t.tm_mon + 1,
               t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec, (int)(now_ms % 1000));
}

/* One write in the usual case, so that the lines of two processes do not mix. */
static void write_line(const struct buf *line)
{
    for (size_t done = 0; done < line->len;) {
        ssize_t n = write(log_fd, line->data + done, line->len - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return; /* a full disk must not stop the bot */
        done += (size_t)n;
    }
}

void log_at(enum log_level level, const char *topic, const char *fmt, ...)
{
    if (!log_is_on(level, topic))
        return;
    struct buf line = BUF_INIT(MAX_TEXT);
    add_time(&line);
    buf_printf(&line, " %s %s: ", level_names[level], topic);
    va_list args;
    va_start(args, fmt);
    buf_vprintf(&line, fmt, args);
    va_end(args);
    if (buf_over(&line))
        buf_str(&line, "(a text of more than 1 MB)");

    log_mask(&line); /* as it was registered, and before the cut halves it */
    clean(&line);
    log_mask(&line); /* and what control characters split */
    cut(&line);
    buf_char(&line, '\n');

    write_line(&line);
    buf_release(&line);
}

int log_open(const char *path, struct buf *why)
{
    if (!path) {
        log_close();
        return 0;
    }
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return buf_fail(why, "cannot write the log to %s: %s; choose another file", path,
                        strerror(errno));
    log_close();
    log_fd = fd;
    return 0;
}

void log_close(void)
{
    if (log_fd != STDERR_FILENO)
        close(log_fd);
    log_fd = STDERR_FILENO;
}
