#include "bot/flow/poison.h"

#include "bot/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#define MAX_NOTE     1024
#define MAX_SUSPECTS 100 /* more than ever happens; the oldest go first */

/* `running` is there while we are; it holds the event at work, when wary. `suspects` has a line for each end: the event it met. */
struct poison {
    char *running, *suspects;
    int fd; /* of `running`, locked; -1: another zaide on this folder minds it */
    char name[40];
    int turns_left;
    struct buf ends; /* lines of `suspects` */
};

static void note(struct buf *out, const struct event_id *id)
{
    buf_printf(out, "%s/%s\n", id->bucket, id->member);
}

static void read_all(const char *path, struct buf *out)
{
    char chunk[4096];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    for (ssize_t n; (n = read(fd, chunk, sizeof(chunk))) > 0;)
        buf_add(out, chunk, (size_t)n);
    close(fd);
}

static int write_all(const char *path, const struct buf *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return -1;
    ssize_t n = write(fd, text->data, text->len);
    close(fd);
    return n == (ssize_t)text->len ? 0 : -1;
}

static void write_note(struct poison *p, const char *text, size_t len)
{
    if (ftruncate(p->fd, 0) || pwrite(p->fd, text, len, 0) != (ssize_t)len)
        log_error("poison", "%s: %s", p->running, strerror(errno));
}

static size_t count_lines(const struct buf *b)
{
    size_t n = 0;
    for (size_t i = 0; i < b->len; i++)
        n += b->data[i] == '\n';
    return n;
}

/* The last end left `running` behind: whose turn was it? */
static void learn(struct poison *p)
{
    struct buf met = BUF_INIT(MAX_NOTE);
    read_all(p->running, &met);
    p->turns_left = POISON_TURNS;
    log_warn("poison", "the last run did not end cleanly%s%s", met.len ? ", during " : "",
             met.data);
    if (count_lines(&p->ends) >= MAX_SUSPECTS)
        buf_clear(&p->ends);
    buf_add(&p->ends, met.data, met.len);
    if (met.len && write_all(p->suspects, &p->ends))
        log_error("poison", "%s cannot be written: %s", p->suspects, strerror(errno));
    buf_release(&met);
}

static char *path_in(const char *dir, const char *name)
{
    struct buf path = BUF_INIT(4096);
    buf_printf(&path, "%s/%s", dir, name);
    return buf_detach(&path);
}

/* Random, made once. */
static void name_folder(struct poison *p, const char *dir)
{
    char *path = path_in(dir, "name");
    struct buf text = BUF_INIT(sizeof(p->name) - 1);
    unsigned char random[16];
    read_all(path, &text);
    if (text.len != 2 * sizeof(random) && !getentropy(random, sizeof(random))) {
        buf_clear(&text);
        for (size_t i = 0; i < sizeof(random); i++)
            buf_printf(&text, "%02x", random[i]);
        if (write_all(path, &text))
            log_error("poison", "%s cannot be written: %s", path, strerror(errno));
    }
    snprintf(p->name, sizeof(p->name), "%s", text.data);
    buf_release(&text);
    free(path);
}

int poison_open(struct poison **out, const char *dir, struct buf *why)
{
    struct poison *p = xcalloc(1, sizeof(*p));
    p->running = path_in(dir, "running");
    p->suspects = path_in(dir, "suspects");
    buf_init(&p->ends, (MAX_SUSPECTS + 1) * MAX_NOTE);
    read_all(p->suspects, &p->ends);
    bool was_left = !access(p->running, F_OK);
    p->fd = open(p->running, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (p->fd < 0) {
        buf_fail(why, "DATA_DIR: %s cannot be written: %s", p->running, strerror(errno));
        poison_close(p);
        *out = NULL;
        return -1;
    }
    if (flock(p->fd, LOCK_EX | LOCK_NB)) { /* whoever holds it is alive */
        close(p->fd);
        p->fd = -1;
    } else {
        name_folder(p, dir);
        if (was_left)
            learn(p);
        write_note(p, "", 0);
    }
    *out = p;
    return 0;
}

void poison_close(struct poison *p)
{
    if (!p)
        return;
    if (p->fd >= 0) {
        close(p->fd);
        unlink(p->running);
    }
    free(p->running);
    free(p->suspects);
    buf_release(&p->ends);
    free(p);
}

const char *poison_name(const struct poison *p)
{
    return p && *p->name ? p->name : NULL;
}

bool poison_is_wary(const struct poison *p)
{
    return p && p->turns_left > 0;
}

bool poison_is_deadly(const struct poison *p, const struct event_id *id)
{
    if (!p || !p->ends.len)
        return false;
    struct buf wanted = BUF_INIT(MAX_NOTE);
    note(&wanted, id);
    int met = 0;
    for (const char *at = p->ends.data; *at;) {
        size_t len = strcspn(at, "\n") + 1;
        met += len == wanted.len && !memcmp(at, wanted.data, len);
        at += at[len - 1] ? len : len - 1;
    }
    buf_release(&wanted);
    return met >= POISON_DEADLY;
}

void poison_begin(struct poison *p, const struct event_id *id)
{
    if (!poison_is_wary(p))
        return;
    struct buf text = BUF_INIT(MAX_NOTE);
    note(&text, id);
    write_note(p, text.data, text.len);
    buf_release(&text);
}

void poison_end(struct poison *p)
{
    if (!poison_is_wary(p))
        return;
    p->turns_left--;
    write_note(p, "", 0);
}
