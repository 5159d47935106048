/* With a real redis-server in a folder of its own. */
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "bot/io/embedded.h"

#define DEADLINE_MS 10000

struct world {
    char dir[64], data[80]; /* a folder for the test, and DATA_DIR in it */
    struct embedded one, two;
    struct buf why, said;
};

static void start(struct world *w, struct embedded *e)
{
    if (embedded_start(e, w->data, "always", &w->why))
        fail_msg("%s", w->why.data);
}

/* Send one command; the reply as it comes, in w->said. The server ends each reply with a newline.
 */
static const char *ask(struct world *w, const char *command)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    char reply[16384];
    snprintf(to.sun_path, sizeof(to.sun_path), "%s/redis/redis.sock", w->data);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
    assert_int_equal(dprintf(fd, "%s\r\n", command), strlen(command) + 2);
    ssize_t len = read(fd, reply, sizeof(reply) - 1);
    assert_true(len > 0);
    close(fd);
    buf_clear(&w->said);
    buf_add(&w->said, reply, (size_t)len);
    return w->said.data;
}

static pid_t server_pid(struct world *w)
{
    const char *field = strstr(ask(w, "INFO server"), "process_id:");
    assert_non_null(field);
    return (pid_t)strtol(field + strlen("process_id:"), NULL, 10);
}

static bool is_alive(pid_t pid)
{
    char path[64], state = 'X';
    snprintf(path, sizeof(path), "/proc/%d/stat", pid);
    FILE *f = fopen(path, "r");
    if (f) {
        assert_int_equal(fscanf(f, "%*d (%*[^)]) %c", &state), 1);
        fclose(f);
    }
    return state != 'X' && state != 'Z';
}

static void kill_server(pid_t pid)
{
    int64_t end_ms = clock_monotonic_ms() + DEADLINE_MS;
    kill(pid, SIGKILL);
    while (is_alive(pid)) {
        assert_true(clock_monotonic_ms() < end_ms);
        sched_yield();
    }
}

static int set_up(void **state)
{
    struct world *w = xcalloc(1, sizeof(*w));
    buf_init(&w->why, 1024);
    buf_init(&w->said, 1 << 16);
    snprintf(w->dir, sizeof(w->dir), "/tmp/zaide-embedded-XXXXXX");
    assert_non_null(mkdtemp(w->dir));
    snprintf(w->data, sizeof(w->data), "%s/var", w->dir);
    *state = w;
    return 0;
}

static int remove_file(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

static int tear_down(void **state)
{
    struct world *w = *state;
    embedded_stop(&w->one);
    embedded_stop(&w->two);
    nftw(w->dir, remove_file, 8, FTW_DEPTH | FTW_PHYS);
    buf_release(&w->why);
    buf_release(&w->said);
    free(w);
    return 0;
}

static void assert_mode(const char *dir, const char *name, mode_t mode)
{
    char path[160];
    struct stat st;
    snprintf(path, sizeof(path), "%s%s", dir, name);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, mode);
}

static void test_start(void **state)
{
    struct world *w = *state;
    start(w, &w->one);
    assert_true(w->one.is_started);
    assert_string_equal(ask(w, "PING"), "+PONG\r\n");
    assert_int_equal(server_pid(w), w->one.pid);
    assert_mode(w->data, "", 0700);
    assert_mode(w->data, "/redis", 0700);
    assert_mode(w->data, "/redis/redis.sock", 0600);
    assert_mode(w->data, "/redis/redis.log", 0600);
    static const char *const wanted[][2] = {
        {"port", "0"},
        {"appendonly", "yes"},
        {"save", ""},
        {"appendfsync", "always"},
        {"daemonize", "no"},
        {"maxmemory-policy", "noeviction"},
        {"unixsocketperm", "600"},
        {"aof-load-truncated", "yes"},
    };
    for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
        char command[64], reply[128];
        snprintf(command, sizeof(command), "CONFIG GET %s", wanted[i][0]);
        snprintf(reply, sizeof(reply), "*2\r\n$%zu\r\n%s\r\n$%zu\r\n%s\r\n", strlen(wanted[i][0]),
                 wanted[i][0], strlen(wanted[i][1]), wanted[i][1]);
        assert_string_equal(ask(w, command), reply);
    }
}

/* What a child must not have of us: our session, our environment (tokens), our descriptors (ports,
 * locks). */
static void test_nothing_is_inherited(void **state)
{
    struct world *w = *state;
    char path[64], text[4096];
    int leaky = dup(0); /* not close-on-exec */
    setenv("ZAIDE_TEST_TOKEN", "hush-hush", 1);
    start(w, &w->one);
    pid_t pid = w->one.pid;
    assert_int_equal(getsid(pid), pid);

    snprintf(path, sizeof(path), "/proc/%d/environ", pid);
    int fd = open(path, O_RDONLY);
    assert_int_equal(read(fd, text, sizeof(text)), 0);
    close(fd);

    /* Besides stdio and the lock only what it opened itself: sockets, pipes, its own files. */
    snprintf(path, sizeof(path), "/proc/%d/fd", pid);
    DIR *dir = opendir(path);
    int n = 0;
    for (struct dirent *entry; (entry = readdir(dir));) {
        ssize_t len = readlinkat(dirfd(dir), entry->d_name, text, sizeof(text) - 1);
        if (len < 0 || text[0] != '/')
            continue;
        text[len] = '\0';
        n++;
        if (!str_eq(text, "/dev/null") && !starts_with(text, w->one.dir) &&
            !starts_with(text, "/dev/urandom"))
            fail_msg("inherited: %s", text);
    }
    assert_true(n >= 4);
    closedir(dir);
    close(leaky);
    unsetenv("ZAIDE_TEST_TOKEN");
}

static void test_found_again(void **state)
{
    struct world *w = *state;
    start(w, &w->one);
    pid_t pid = server_pid(w);
    start(w, &w->two);
    assert_false(w->two.is_started);
    assert_int_equal(server_pid(w), pid);
    assert_string_equal(w->two.address.path, w->one.address.path);
}

/* A zaide that crashed leaves its server, and no lock. */
static void test_found_after_a_crash(void **state)
{
    struct world *w = *state;
    int status;
    pid_t child = fork();
    if (child == 0) {
        if (embedded_start(&w->one, w->data, "always", NULL))
            _exit(1);
        kill(getpid(), SIGKILL);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    pid_t pid = server_pid(w);
    start(w, &w->one);
    assert_false(w->one.is_started);
    assert_int_equal(server_pid(w), pid);
    embedded_stop(&w->one);
    assert_false(is_alive(pid));
}

/* Only one server comes of many starts at once. */
static void test_started_by_two_at_once(void **state)
{
    struct world *w = *state;
    enum { N = 6 };
    int fds[2], started = 0, status;
    pid_t pids[N];
    assert_int_equal(pipe(fds), 0);
    for (int i = 0; i < N; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            char go;
            close(fds[1]);
            _exit(read(fds[0], &go, 1) != 0 || embedded_start(&w->one, w->data, "always", NULL)
                      ? 2
                      : w->one.is_started);
        }
    }
    close(fds[0]);
    close(fds[1]); /* go */
    for (int i = 0; i < N; i++) {
        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) < 2);
        started += WEXITSTATUS(status);
    }
    assert_int_equal(started, 1);
    start(w, &w->one);
    assert_false(w->one.is_started);
}

static void test_stopped_by_the_last(void **state)
{
    struct world *w = *state;
    start(w, &w->one);
    start(w, &w->two);
    pid_t pid = server_pid(w);
    embedded_stop(&w->one); /* who started it need not be the last */
    assert_int_equal(server_pid(w), pid);
    assert_string_equal(ask(w, "SET k kept"), "+OK\r\n");
    embedded_stop(&w->two);
    assert_false(is_alive(pid));
    embedded_stop(&w->two); /* nothing more */

    start(w, &w->one);
    assert_true(w->one.is_started);
    assert_string_equal(ask(w, "GET k"), "$4\r\nkept\r\n");
}

static void test_killed(void **state)
{
    struct world *w = *state;
    char path[160];
    struct stat st;
    start(w, &w->one);
    assert_string_equal(ask(w, "SET k acknowledged"), "+OK\r\n");
    kill_server(w->one.pid);
    start(w, &w->two);
    assert_true(w->two.is_started);
    assert_string_equal(ask(w, "GET k"), "$12\r\nacknowledged\r\n");

    /* Torn in the middle of the last write, as by a power loss. */
    assert_string_equal(ask(w, "SET torn x"), "+OK\r\n");
    kill_server(w->two.pid);
    snprintf(path, sizeof(path), "%s/appendonlydir/appendonly.aof.1.incr.aof", w->two.dir);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(truncate(path, st.st_size - 3), 0);
    embedded_stop(&w->two);
    start(w, &w->two);
    assert_string_equal(ask(w, "GET k"), "$12\r\nacknowledged\r\n");
    assert_string_equal(ask(w, "GET torn"), "$-1\r\n");
}

static void test_revived(void **state)
{
    struct world *w = *state;
    start(w, &w->one);
    pid_t pid = w->one.pid;
    assert_int_equal(embedded_revive(&w->one, &w->why), 0);
    assert_int_equal(w->one.pid, pid);
    assert_string_equal(ask(w, "SET k v"), "+OK\r\n");
    kill_server(pid);
    int64_t end_ms = clock_monotonic_ms() + DEADLINE_MS;
    while (w->one.pid == pid) { /* the kernel may take a moment to drop the dead one's lock */
        assert_int_equal(embedded_revive(&w->one, &w->why), 0);
        assert_true(clock_monotonic_ms() < end_ms);
    }
    start(w, &w->two); /* waits */
    assert_false(w->two.is_started);
    assert_string_equal(ask(w, "GET k"), "$1\r\nv\r\n");
}

static void test_one_that_hangs_is_not_doubled(void **state)
{
    struct world *w = *state;
    start(w, &w->one);
    kill(w->one.pid, SIGSTOP);
    assert_int_equal(embedded_start(&w->two, w->data, "always", &w->why), -1);
    assert_non_null(strstr(w->why.data, "redis.log"));
    kill(w->one.pid, SIGCONT);
    assert_int_equal(server_pid(w), w->one.pid);
}

static void test_one_that_ends_at_once(void **state)
{
    struct world *w = *state;
    char path[160];
    start(w, &w->one);
    snprintf(path, sizeof(path), "%s/appendonlydir/appendonly.aof.manifest", w->one.dir);
    embedded_stop(&w->one);
    int fd = open(path, O_WRONLY | O_TRUNC);
    assert_int_equal(write(fd, "nonsense\n", 9), 9);
    close(fd);
    assert_int_equal(embedded_start(&w->one, w->data, "always", &w->why), -1);
    assert_non_null(strstr(w->why.data, "ended at once"));
    assert_non_null(strstr(w->why.data, "redis.log"));
}

static void test_wrong_data_dirs(void **state)
{
    struct world *w = *state;
    char path[256] = "";
    snprintf(path, sizeof(path), "%s/no/such/parent", w->dir);
    assert_int_equal(embedded_start(&w->one, path, "always", &w->why), -1);
    assert_non_null(strstr(w->why.data, "DATA_DIR"));

    snprintf(path, sizeof(path), "%s/", w->dir);
    memset(path + strlen(path), 'x', 107 - strlen("/redis/redis.sock") + 1 - strlen(path));
    assert_int_equal(embedded_start(&w->one, path, "always", &w->why), -1);
    assert_non_null(strstr(w->why.data, "DATA_DIR"));
    assert_non_null(strstr(w->why.data, "107 bytes"));
    path[strlen(path) - 1] = '\0'; /* one less is fine */
    if (embedded_start(&w->one, path, "always", &w->why))
        fail_msg("%s", w->why.data);
    embedded_stop(&w->one);

    assert_int_equal(mkdir(w->data, 0755), 0); /* DATA_DIR itself may be open, */
    snprintf(path, sizeof(path), "%s/redis", w->data);
    assert_int_equal(mkdir(path, 0755), 0); /* this is made private, */
    start(w, &w->one);
    assert_mode(path, "", 0700);
    embedded_stop(&w->one);
    assert_int_equal(nftw(path, remove_file, 8, FTW_DEPTH | FTW_PHYS), 0);
    assert_int_equal(symlink(w->dir, path), 0); /* and may not lead elsewhere */
    assert_int_equal(embedded_start(&w->one, w->data, "always", &w->why), -1);
    assert_non_null(strstr(w->why.data, "not a folder"));
}

static void test_program(void **state)
{
    struct world *w = *state;
    char path[160], program[160];
    assert_null(embedded_find_server(w->dir, "/no/such/program", &w->why));
    assert_non_null(strstr(w->why.data, "apt-get install redis-tools"));
    char *found = embedded_find_server(NULL, "/bin/sh", &w->why);
    assert_string_equal(found, "/bin/sh");
    free(found);

    snprintf(program, sizeof(program), "%s/redis-server", w->dir);
    close(open(program, O_CREAT | O_WRONLY, 0700));
    snprintf(path, sizeof(path), "/no/such:%s:", w->dir);
    found = embedded_find_server(path, "/bin/sh", &w->why);
    assert_string_equal(found, program);
    free(found);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_start),
        TEST(test_nothing_is_inherited),
        TEST(test_found_again),
        TEST(test_found_after_a_crash),
        TEST(test_started_by_two_at_once),
        TEST(test_stopped_by_the_last),
        TEST(test_killed),
        TEST(test_revived),
        TEST(test_one_that_hangs_is_not_doubled),
        TEST(test_one_that_ends_at_once),
        TEST(test_wrong_data_dirs),
        TEST(test_program),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
