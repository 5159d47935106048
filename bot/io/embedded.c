#include "bot/io/embedded.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bot/base/log.h"

#define PATIENCE_MS 10000 /* for a server that starts, or ends */
#define ANSWER_S    1     /* for one answer */
#define SOCKET      "/redis.sock"

/* Paths. */

static char *path_of(const char *dir, const char *name)
{
    struct buf path = BUF_INIT(PATH_MAX);
    buf_printf(&path, "%s%s", dir, name);
    return buf_detach(&path);
}

static int open_lock(const char *dir, const char *name)
{
    char *path = path_of(dir, name);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    free(path);
    return fd;
}

static int make_dir(const char *path, bool is_private, struct buf *why)
{
    struct stat st;
    if (mkdir(path, 0700) && errno != EEXIST)
        return buf_fail(why, "DATA_DIR: %s cannot be made: %s; make its parent, or set DATA_DIR",
                        path, strerror(errno));
    if (lstat(path, &st) || (is_private && !S_ISDIR(st.st_mode)))
        return buf_fail(why, "DATA_DIR: %s is not a folder; move it away", path);
    if (is_private && st.st_uid != geteuid())
        return buf_fail(why, "DATA_DIR: %s belongs to another user; chown it, or set DATA_DIR",
                        path);
    if (is_private && (st.st_mode & 07777) != 0700 && chmod(path, 0700))
        return buf_fail(why, "DATA_DIR: %s cannot be made private: %s", path, strerror(errno));
    return 0;
}

static int make_dirs(struct embedded *e, const char *data_dir, struct buf *why)
{
    size_t max = sizeof((struct sockaddr_un){0}.sun_path) - 1;
    if (make_dir(data_dir, false, why))
        return -1;
    char *whole = realpath(data_dir, NULL); /* the server changes its folder */
    if (!whole)
        return buf_fail(why, "DATA_DIR: %s: %s", data_dir, strerror(errno));
    e->dir = path_of(whole, "/redis");
    e->address.path = path_of(e->dir, SOCKET);
    e->lock_fd = open_lock(whole, "/lock");
    free(whole);
    if (e->lock_fd < 0)
        return buf_fail(why, "DATA_DIR: %s/lock: %s; make it a folder that zaide may write to, or "
                             "set DATA_DIR", data_dir, strerror(errno));
    if (strlen(e->address.path) > max)
        return buf_fail(why,
                        "DATA_DIR: %s is longer than the %zu bytes a socket's path may have; "
                        "choose a shorter DATA_DIR",
                        e->address.path, max);
    return make_dir(e->dir, true, why);
}

/* Asking the server. */

static void nap(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 20 * 1000000}, NULL);
}

enum presence { SERVER_GONE, SERVER_SILENT, SERVER_LOADING, SERVER_READY };

/* Send one command and read the start of the answer; "" where none comes in time. */
static enum presence ask(const struct embedded *e, const char *command)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    struct timeval wait = {.tv_sec = ANSWER_S};
    char answer[64] = "";
    enum presence is = SERVER_SILENT;
    snprintf(to.sun_path, sizeof(to.sun_path), "%s", e->address.path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return is;
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
    if (connect(fd, (struct sockaddr *)&to, sizeof(to))) {
        if (errno == ENOENT || errno == ECONNREFUSED)
            is = SERVER_GONE;
    } else if (send(fd, command, strlen(command), MSG_NOSIGNAL) > 0 &&
               recv(fd, answer, sizeof(answer) - 1, 0) > 0) {
        is = starts_with(answer, "-LOADING") ? SERVER_LOADING : SERVER_READY;
    }
    close(fd);
    return is;
}

/* Starting. */

char *embedded_find_server(const char *path, const char *fallback, struct buf *why)
{
    while (path && *path) {
        size_t len = strcspn(path, ":");
        struct buf program = BUF_INIT(PATH_MAX);
        buf_add(&program, path, len);
        buf_str(&program, "/redis-server");
        if (len > 0 && !access(program.data, X_OK))
            return buf_detach(&program);
        buf_release(&program);
        path += len + (path[len] == ':');
    }
    if (!access(fallback, X_OK))
        return xstrdup(fallback);
    buf_fail(why, "no redis-server is installed: apt-get install redis-tools, or set REDIS_URL");
    return NULL;
}

/* The server inherits the lock as its descriptor 3, and of ours nothing else. */
static int spawn(struct embedded *e, int server_lock, struct buf *why)
{
    char *program = embedded_find_server(getenv("PATH"), "/usr/bin/redis-check-rdb", why);
    if (!program)
        return -1;
    char *log = path_of(e->dir, "/redis.log"), *pidfile = path_of(e->dir, "/redis.pid");
    /* clang-format off */
    char *const args[] = {
        "redis-server",
        "--port", "0",
        "--unixsocket", e->address.path,
        "--unixsocketperm", "600",
        "--dir", e->dir,
        "--pidfile", pidfile,
        "--daemonize", "no",
        "--save", "",
        "--appendonly", "yes",
        "--appendfsync", e->fsync,
        "--aof-load-truncated", "yes",
        "--maxmemory-policy", "noeviction",
        NULL,
    };
    /* clang-format on */
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0600);
    posix_spawn_file_actions_adddup2(&files, 1, 2);
    posix_spawn_file_actions_adddup2(&files, server_lock, 3);
    posix_spawn_file_actions_addclosefrom_np(&files, 4);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes,
                             POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    pid_t pid;
    int rc = posix_spawn(&pid, program, &files, &attributes, args, (char *const[]){NULL});
    e->pid = rc ? 0 : pid;
    if (rc)
        buf_fail(why, "%s cannot be started: %s", program, strerror(rc));
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
    free(log);
    free(pidfile);
    free(program);
    return rc ? -1 : 0;
}

/* The lock that a server holds as long as it lives; -1 with EWOULDBLOCK: one lives. */
static int take_server_lock(const struct embedded *e)
{
    int fd = open_lock(e->dir, "/server.lock");
    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB)) {
        close(fd);
        errno = EWOULDBLOCK;
        fd = -1;
    }
    return fd;
}

int embedded_revive(struct embedded *e, struct buf *why)
{
    int server_lock = take_server_lock(e);
    if (server_lock < 0 && errno == EWOULDBLOCK)
        return 0;
    if (server_lock < 0)
        return buf_fail(why, "DATA_DIR: %s/server.lock: %s", e->dir, strerror(errno));
    if (e->pid)
        waitpid(e->pid, NULL, 0); /* it has let go of the lock, so it is as good as gone */
    int rc = spawn(e, server_lock, why);
    close(server_lock); /* the server has it */
    return rc;
}

static bool has_ended(struct embedded *e)
{
    if (!e->pid || waitpid(e->pid, NULL, WNOHANG) != e->pid)
        return false;
    e->pid = 0;
    return true;
}

static int wait_until_ready(struct embedded *e, struct buf *why)
{
    int64_t end_ms = clock_monotonic_ms() + PATIENCE_MS;
    bool is_told = false;
    for (; clock_monotonic_ms() < end_ms; nap()) {
        switch (ask(e, "PING\r\n")) {
        case SERVER_READY:
            e->is_started = e->pid != 0;
            return 0;
        case SERVER_LOADING: /* a sign of life: any amount of data may load */
            if (!is_told)
                log_info("redis", "the embedded server is loading its data");
            is_told = true;
            end_ms = clock_monotonic_ms() + PATIENCE_MS;
            break;
        case SERVER_GONE:
            if (has_ended(e))
                return buf_fail(why, "the embedded Redis ended at once: %s/redis.log says why",
                                e->dir);
            if (embedded_revive(e, why))
                return -1;
            break;
        case SERVER_SILENT:
            break;
        }
    }
    return buf_fail(why, "the embedded Redis does not answer: see %s/redis.log", e->dir);
}

/* Who stops holds the lock alone for a while. */
static int take_shared_lock(struct embedded *e, struct buf *why)
{
    int64_t end_ms = clock_monotonic_ms() + 2 * PATIENCE_MS;
    while (flock(e->lock_fd, LOCK_SH | LOCK_NB)) {
        if (clock_monotonic_ms() > end_ms)
            return buf_fail(why, "DATA_DIR: another zaide is stopping its Redis; try again");
        nap();
    }
    return 0;
}

static void release(struct embedded *e)
{
    if (e->lock_fd >= 0)
        close(e->lock_fd);
    e->lock_fd = -1;
    redis_address_release(&e->address);
    free(e->dir);
    free(e->fsync);
    e->dir = e->fsync = NULL;
}

int embedded_start(struct embedded *e, const char *data_dir, const char *fsync, struct buf *why)
{
    *e = (struct embedded){.fsync = xstrdup(fsync), .lock_fd = -1};
    if (make_dirs(e, data_dir, why) || take_shared_lock(e, why) || wait_until_ready(e, why)) {
        release(e);
        return -1;
    }
    log_info("redis", "embedded server in %s: %s", e->dir, e->is_started ? "started" : "found");
    return 0;
}

static void shut_down(struct embedded *e)
{
    int64_t end_ms = clock_monotonic_ms() + PATIENCE_MS;
    int server_lock;
    ask(e, "SHUTDOWN\r\n");
    while ((server_lock = take_server_lock(e)) < 0) {
        if (clock_monotonic_ms() > end_ms) {
            log_warn("redis", "the embedded server does not end: see %s/redis.log", e->dir);
            return;
        }
        nap();
    }
    close(server_lock);
    if (e->pid)
        waitpid(e->pid, NULL, 0);
}

void embedded_stop(struct embedded *e)
{
    if (!e->dir)
        return;
    flock(e->lock_fd, LOCK_UN); /* first, or two who leave at once would each see the other */
    if (!flock(e->lock_fd, LOCK_EX | LOCK_NB))
        shut_down(e);
    release(e);
}
