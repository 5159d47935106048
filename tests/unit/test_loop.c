#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "bot/base/log.h"
#include "bot/io/loop.h"

#define DEADLINE_MS 5000

/* What happened, in order, as one letter each; and what tear_down frees. */
struct trace {
    struct loop *loop;
    struct timer *timer, *other;
    struct watch *watch;
    int fd;
    int64_t armed_ms;
    char seen[64];
};

static void note(struct trace *t, char c)
{
    size_t len = strlen(t->seen);
    assert_true(len + 1 < sizeof(t->seen));
    t->seen[len] = c;
}

static void note_a(void *arg)
{
    note(arg, 'a');
}

static void note_b(void *arg)
{
    note(arg, 'b');
}

static void step_until(struct trace *t, const char *seen)
{
    int64_t end_ms = clock_monotonic_ms() + DEADLINE_MS;
    while (strlen(t->seen) < strlen(seen) && clock_monotonic_ms() < end_ms)
        loop_step(t->loop, 10);
    assert_string_equal(t->seen, seen);
}

static int set_up(void **state)
{
    struct trace *t = xcalloc(1, sizeof(*t));
    t->loop = loop_new();
    *state = t;
    return 0;
}

static int tear_down(void **state)
{
    struct trace *t = *state;
    timer_free(t->timer);
    timer_free(t->other);
    watch_free(t->watch);
    loop_free(t->loop);
    free(t);
    return 0;
}

static void timers_fire_in_order_of_time(void **state)
{
    struct trace *t = *state;
    struct timer *a = t->timer = timer_new(t->loop, note_a, t);
    struct timer *b = t->other = timer_new(t->loop, note_b, t);
    int64_t began_ms = clock_monotonic_ms();
    timer_arm(a, 20);
    timer_arm(b, 10);
    step_until(t, "ba");
    assert_true(clock_monotonic_ms() - began_ms >= 20);
    assert_false(timer_is_armed(a));
}

static void a_timer_can_be_moved_and_disarmed(void **state)
{
    struct trace *t = *state;
    struct timer *a = t->timer = timer_new(t->loop, note_a, t);
    struct timer *b = t->other = timer_new(t->loop, note_b, t);
    timer_arm(a, 3600 * 1000);
    timer_arm(a, -5);
    assert_true(timer_is_armed(a));
    step_until(t, "a");
    timer_arm(a, 1);
    timer_disarm(a);
    assert_false(timer_is_armed(a));
    timer_arm(b, 5);
    step_until(t, "ab");
}

static void free_timer(void *arg)
{
    struct trace *t = arg;
    note(t, 'f');
    timer_free(t->timer);
    t->timer = NULL;
}

static void a_timer_can_free_itself(void **state)
{
    struct trace *t = *state;
    t->timer = timer_new(t->loop, free_timer, t);
    timer_arm(t->timer, 0);
    step_until(t, "f");
}

static void an_armed_timer_can_be_freed(void **state)
{
    struct trace *t = *state;
    struct timer *a = t->timer = timer_new(t->loop, note_a, t);
    struct timer *b = t->other = timer_new(t->loop, note_b, t);
    timer_arm(a, 0);
    timer_free(a);
    t->timer = NULL;
    timer_arm(b, 5);
    step_until(t, "b");
}

static void work_then_arm(void *arg)
{
    struct trace *t = arg;
    int64_t end_ms = clock_monotonic_ms() + 30;
    while (clock_monotonic_ms() < end_ms)
        ;
    t->armed_ms = clock_monotonic_ms();
    timer_arm(t->timer, 20);
}

/* libuv alone would count from before the work, and fire at once. */
static void a_timer_counts_from_its_arming(void **state)
{
    struct trace *t = *state;
    t->timer = timer_new(t->loop, note_a, t);
    loop_later(t->loop, work_then_arm, t);
    step_until(t, "a");
    assert_true(clock_monotonic_ms() - t->armed_ms >= 20);
}

static void arm_again_at_once(void *arg)
{
    struct trace *t = arg;
    note(t, 'a');
    timer_arm(t->timer, 0);
}

static void read_byte(void *arg)
{
    struct trace *t = arg;
    char c = '!';
    ssize_t n = read(t->fd, &c, 1);
    note(t, n == 1 ? c : n == 0 ? '.' : '?');
    if (n != 1 || c == 'x') {
        watch_free(t->watch);
        t->watch = NULL;
    }
}

/* libuv alone would fire it for ever in one round, and never come to its input. */
static void a_timer_of_zero_fires_once_a_round(void **state)
{
    struct trace *t = *state;
    t->timer = timer_new(t->loop, arm_again_at_once, t);
    timer_arm(t->timer, 0);
    assert_true(loop_step(t->loop, 0));
    assert_string_equal(t->seen, "a");
    while (strlen(t->seen) < 2)
        loop_step(t->loop, 0);
    assert_string_equal(t->seen, "aa");
}

static void later_again(void *arg)
{
    struct trace *t = arg;
    note(t, 'l');
    loop_later(t->loop, note_b, t);
    loop_later(t->loop, note_a, t);
}

static void later_runs_in_order_and_never_from_inside(void **state)
{
    struct trace *t = *state;
    loop_later(t->loop, note_a, t);
    loop_later(t->loop, later_again, t);
    assert_string_equal(t->seen, "");
    assert_true(loop_step(t->loop, 0));
    assert_string_equal(t->seen, "al"); /* what was added meanwhile has a round of its own */
    assert_true(loop_step(t->loop, 0));
    assert_string_equal(t->seen, "alba");
    for (int i = 0; i < 20; i++)
        loop_later(t->loop, note_a, t);
    step_until(t, "albaaaaaaaaaaaaaaaaaaaaa");
}

static void a_loop_that_ends_runs_its_jobs(void **state)
{
    (void)state;
    struct trace t = {.loop = loop_new()};
    loop_later(t.loop, later_again, &t);
    loop_free(t.loop);
    assert_string_equal(t.seen, "lba");
}

static void a_watch_reads_bytes_and_the_end(void **state)
{
    struct trace *t = *state;
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    t->fd = fds[0];
    t->watch = watch_new(t->loop, t->fd, read_byte, t);
    assert_non_null(t->watch);
    assert_null(watch_new(t->loop, t->fd, read_byte, t));
    assert_int_equal(errno, EEXIST);
    assert_int_equal(write(fds[1], "hi", 2), 2);
    step_until(t, "hi");
    close(fds[1]);
    step_until(t, "hi.");
    assert_null(t->watch);
    assert_int_not_equal(fcntl(t->fd, F_GETFD), -1); /* the descriptor stayed ours */
    close(t->fd);
}

/* A connection cut with RST is a poll error, which libuv does not report as readable. */
static void a_watch_hears_of_a_reset(void **state)
{
    struct trace *t = *state;
    int listener = socket(AF_INET, SOCK_STREAM, 0), near = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_storage at = {.ss_family = AF_INET};
    socklen_t len = sizeof(at);
    assert_int_equal(listen(listener, 1), 0); /* unbound: the kernel chooses a port */
    assert_int_equal(getsockname(listener, (struct sockaddr *)&at, &len), 0);
    assert_int_equal(connect(near, (struct sockaddr *)&at, len), 0);
    int far = accept(listener, NULL, NULL);
    struct linger reset = {.l_onoff = 1};
    setsockopt(far, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
    t->fd = near;
    t->watch = watch_new(t->loop, t->fd, read_byte, t);
    close(far);
    step_until(t, "?");
    close(near);
    close(listener);
}

static void a_plain_file_cannot_be_watched(void **state)
{
    struct trace *t = *state;
    int fd = open("/dev/null", O_RDONLY);
    assert_null(watch_new(t->loop, fd, read_byte, t));
    assert_int_equal(errno, EPERM);
    close(fd);
}

static void stop(void *arg)
{
    loop_stop(((struct trace *)arg)->loop);
}

static void stop_on_signal(void *arg, int signum)
{
    struct trace *t = arg;
    note(t, signum == SIGUSR1 ? '1' : signum == SIGUSR2 ? '2' : '?');
    if (signum == SIGUSR2)
        loop_stop(t->loop);
    else
        raise(SIGUSR2);
}

static void run_lasts_until_stop(void **state)
{
    struct trace *t = *state;
    loop_on_signal(t->loop, SIGUSR1, stop_on_signal, t);
    loop_on_signal(t->loop, SIGUSR2, stop_on_signal, t);
    raise(SIGUSR1);
    loop_run(t->loop);
    assert_string_equal(t->seen, "12");
    t->timer = timer_new(t->loop, stop, t);
    timer_arm(t->timer, 5); /* and once more */
    loop_run(t->loop);
}

static void a_cut_pipe_does_not_end_the_process(void **state)
{
    (void)state;
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    close(fds[0]);
    assert_int_equal(write(fds[1], "x", 1), -1);
    assert_int_equal(errno, EPIPE);
    close(fds[1]);
}

static void a_step_says_whether_anything_came(void **state)
{
    struct trace *t = *state;
    while (loop_step(t->loop, 0)) /* what making the loop left behind */
        ;
    int64_t began_ms = clock_monotonic_ms();
    assert_false(loop_step(t->loop, 20));
    assert_true(clock_monotonic_ms() - began_ms >= 20);
    t->timer = timer_new(t->loop, note_a, t);
    timer_arm(t->timer, 0);
    assert_true(loop_step(t->loop, DEADLINE_MS));
    loop_later(t->loop, note_b, t);
    assert_true(loop_step(t->loop, DEADLINE_MS));
    assert_string_equal(t->seen, "ab");
    assert_false(loop_step(t->loop, 20)); /* nothing is left to spin on */
    assert_true(clock_monotonic_ms() - began_ms < DEADLINE_MS);
}

static void stall(void *arg)
{
    struct trace *t = arg;
    int64_t end_ms = clock_monotonic_ms() + 120;
    while (clock_monotonic_ms() < end_ms)
        ;
    timer_arm(t->timer, 1);
}

static void a_stall_is_logged_and_waiting_is_not(void **state)
{
    struct trace *t = *state;
    int fds[2];
    char path[32], text[256] = "";
    assert_int_equal(pipe2(fds, O_NONBLOCK), 0);
    snprintf(path, sizeof(path), "/dev/fd/%d", fds[1]);
    assert_int_equal(log_open(path, NULL), 0);

    t->timer = timer_new(t->loop, stop, t);
    timer_arm(t->timer, 150);
    loop_run(t->loop); /* waits */
    assert_int_equal(read(fds[0], text, sizeof(text) - 1), -1);
    assert_int_equal(errno, EAGAIN);

    loop_later(t->loop, stall, t);
    loop_run(t->loop);
    assert_true(read(fds[0], text, sizeof(text) - 1) > 0);
    assert_non_null(strstr(text, " warn loop: stalled for "));

    log_close();
    close(fds[0]);
    close(fds[1]);
}

static void a_leak_is_named(void **state)
{
    (void)state;
    int fds[2], status;
    assert_int_equal(pipe(fds), 0);
    pid_t pid = fork();
    if (pid == 0) {
        struct trace t = {.loop = loop_new()};
        dup2(fds[1], STDERR_FILENO);
        t.timer = timer_new(t.loop, note_a, &t);
        loop_free(t.loop);
        _exit(0);
    }
    close(fds[1]);
    char text[256] = "";
    size_t len = 0;
    for (ssize_t n = 1; n > 0; len += (size_t)n) {
        n = read(fds[0], text + len, sizeof(text) - 1 - len);
        assert_true(n >= 0);
    }
    assert_string_equal(text, "zaide: event loop: a timer was not freed before the loop\n");
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 70);
    close(fds[0]);
}

#define ON_A_LOOP(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

/* --- work elsewhere --- */

struct job {
    struct trace *trace;
    pthread_t loops, works;
    _Atomic bool may_end;
};

/* It ends when the loop has done something else meanwhile. */
static void work(void *arg)
{
    struct job *j = arg;
    j->works = pthread_self();
    while (!j->may_end)
        sched_yield();
}

static void work_is_done(void *arg)
{
    struct job *j = arg;
    assert_true(pthread_equal(j->loops, pthread_self()));
    assert_false(pthread_equal(j->loops, j->works));
    note(j->trace, 'w');
}

static void let_it_end(void *arg)
{
    struct job *j = arg;
    note(j->trace, 'l');
    j->may_end = true;
}

static void the_loop_goes_on_beside_work(void **state)
{
    struct trace *t = *state;
    struct job j = {.trace = t, .loops = pthread_self()};
    loop_work(t->loop, work, work_is_done, &j);
    loop_later(t->loop, let_it_end, &j);
    step_until(t, "lw");
}

static void loop_free_waits_for_work(void **state)
{
    struct trace *t = *state;
    struct job j = {.trace = t, .loops = pthread_self(), .may_end = true};
    loop_work(t->loop, work, work_is_done, &j);
    loop_free(t->loop);
    t->loop = loop_new();
    assert_string_equal(t->seen, "w");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_A_LOOP(timers_fire_in_order_of_time),
        ON_A_LOOP(a_timer_can_be_moved_and_disarmed),
        ON_A_LOOP(a_timer_can_free_itself),
        ON_A_LOOP(a_timer_counts_from_its_arming),
        ON_A_LOOP(an_armed_timer_can_be_freed),
        ON_A_LOOP(a_timer_of_zero_fires_once_a_round),
        ON_A_LOOP(later_runs_in_order_and_never_from_inside),
        cmocka_unit_test(a_loop_that_ends_runs_its_jobs),
        ON_A_LOOP(a_watch_reads_bytes_and_the_end),
        ON_A_LOOP(a_watch_hears_of_a_reset),
        ON_A_LOOP(a_plain_file_cannot_be_watched),
        ON_A_LOOP(run_lasts_until_stop),
        ON_A_LOOP(a_cut_pipe_does_not_end_the_process),
        ON_A_LOOP(a_step_says_whether_anything_came),
        ON_A_LOOP(a_stall_is_logged_and_waiting_is_not),
        cmocka_unit_test(a_leak_is_named),
        ON_A_LOOP(the_loop_goes_on_beside_work), /* last: from here on there are threads */
        ON_A_LOOP(loop_free_waits_for_work),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
