#include "bot/io/loop.h"

#include <errno.h>
#include <signal.h>
#include <uv.h>

#include "bot/base/log.h"

#define STALL_MS 100

struct job {
    void (*run)(void *arg);
    void *arg;
};

struct loop {
    uv_loop_t uv;
    uv_prepare_t before_wait; /* measures stalls; keeps loop_run running while nothing else does */
    uv_idle_t has_jobs;       /* active while jobs wait, so that the loop does not sleep */
    uv_timer_t step_over;     /* ends the wait of loop_step */
    bool is_step_over;
    bool is_firing; /* a timer's callback is running */
    uint64_t mark_ns, mark_idle_ns;
    struct job *jobs;
    size_t n_jobs, cap_jobs;
    struct signal_watch *signals;
};

struct timer {
    uv_timer_t uv;
    struct loop *loop;
    void (*on_fire)(void *arg);
    void *arg;
};

struct watch {
    uv_poll_t uv;
    void (*on_ready)(void *arg);
    void *arg;
};

struct signal_watch {
    uv_signal_t uv;
    void (*on_signal)(void *arg, int signum);
    void *arg;
    struct signal_watch *next;
};

static void must(int rc, const char *what)
{
    if (rc < 0)
        die("event loop: %s: %s", what, uv_strerror(rc));
}

/* Every handle is the first member of what was allocated for it. */
static void free_handle(uv_handle_t *handle)
{
    free(handle);
}

/* Stalls: the time since the last mark that was not spent waiting. */

static void mark_now(struct loop *l)
{
    l->mark_ns = uv_hrtime();
    l->mark_idle_ns = uv_metrics_idle_time(&l->uv);
}

static void before_wait(uv_prepare_t *handle)
{
    struct loop *l = handle->data;
    uint64_t began_ns = l->mark_ns, began_idle_ns = l->mark_idle_ns;
    mark_now(l);
    uint64_t waited_ns = l->mark_idle_ns - began_idle_ns;
    int64_t busy_ms = (int64_t)(l->mark_ns - began_ns - waited_ns) / 1000000;
    if (busy_ms > STALL_MS)
        log_warn("loop", "stalled for %lld ms", (long long)busy_ms);
}

/* Jobs added meanwhile wait for the next round, so that a chain of them cannot keep input out. */
static void run_jobs(uv_idle_t *handle)
{
    struct loop *l = handle->data;
    size_t n = l->n_jobs;
    for (size_t i = 0; i < n; i++) {
        struct job job = l->jobs[i]; /* a copy: the array may move */
        job.run(job.arg);
    }
    l->n_jobs -= n;
    memmove(l->jobs, l->jobs + n, l->n_jobs * sizeof(*l->jobs));
    if (l->n_jobs == 0)
        uv_idle_stop(handle);
}

void loop_later(struct loop *l, void (*run)(void *arg), void *arg)
{
    ARRAY_GROW(l->jobs, l->n_jobs, l->cap_jobs);
    l->jobs[l->n_jobs++] = (struct job){run, arg};
    uv_idle_start(&l->has_jobs, run_jobs);
}

/* Work elsewhere. */

struct work {
    uv_work_t uv;
    void (*work)(void *arg);
    void (*done)(void *arg);
    void *arg;
};

static void do_work(uv_work_t *request)
{
    struct work *w = (struct work *)request;
    w->work(w->arg);
}

static void work_done(uv_work_t *request, int status)
{
    struct work *w = (struct work *)request;
    must(status, "work");
    w->done(w->arg);
    free(w);
}

void loop_work(struct loop *l, void (*work)(void *arg), void (*done)(void *arg), void *arg)
{
    struct work *w = xcalloc(1, sizeof(*w));
    *w = (struct work){.work = work, .done = done, .arg = arg};
    must(uv_queue_work(&l->uv, &w->uv, do_work, work_done), "work");
}

/* The loop itself. */

struct loop *loop_new(void)
{
    struct loop *l = xcalloc(1, sizeof(*l));
    must(uv_loop_init(&l->uv), "start");
    must(uv_loop_configure(&l->uv, UV_METRICS_IDLE_TIME), "measure idle time");
    must(uv_prepare_init(&l->uv, &l->before_wait), "prepare");
    must(uv_idle_init(&l->uv, &l->has_jobs), "idle");
    must(uv_timer_init(&l->uv, &l->step_over), "timer");
    l->before_wait.data = l->has_jobs.data = l->step_over.data = l;
    uv_prepare_start(&l->before_wait, before_wait);
    signal(SIGPIPE, SIG_IGN); /* a peer that went away is an error code, not our end */
    return l;
}

void loop_run(struct loop *l)
{
    mark_now(l);
    uv_run(&l->uv, UV_RUN_DEFAULT);
}

void loop_stop(struct loop *l)
{
    uv_stop(&l->uv);
}

static void on_step_over(uv_timer_t *handle)
{
    struct loop *l = handle->data;
    l->is_step_over = true;
    uv_stop(&l->uv); /* due before the wait has begun: then it must not wait at all */
}

bool loop_step(struct loop *l, int64_t max_ms)
{
    mark_now(l);
    uv_update_time(&l->uv);
    bool is_due = uv_backend_timeout(&l->uv) == 0;
    if (is_due || max_ms <= 0) {
        uv_run(&l->uv, UV_RUN_NOWAIT);
        return is_due;
    }
    l->is_step_over = false;
    uv_timer_start(&l->step_over, on_step_over, (uint64_t)max_ms, 0);
    uv_run(&l->uv, UV_RUN_ONCE);
    uv_timer_stop(&l->step_over);
    return !l->is_step_over;
}

static void die_of_leak(uv_handle_t *handle, void *arg)
{
    (void)arg;
    if (!uv_is_closing(handle))
        die("event loop: a %s was not freed before the loop", uv_handle_type_name(handle->type));
}

void loop_free(struct loop *l)
{
    while (l->n_jobs)
        run_jobs(&l->has_jobs);
    while (l->signals) {
        struct signal_watch *s = l->signals;
        l->signals = s->next;
        uv_close((uv_handle_t *)&s->uv, free_handle);
    }
    uv_close((uv_handle_t *)&l->before_wait, NULL);
    uv_close((uv_handle_t *)&l->has_jobs, NULL);
    uv_close((uv_handle_t *)&l->step_over, NULL);
    uv_walk(&l->uv, die_of_leak, NULL);
    uv_run(&l->uv, UV_RUN_DEFAULT);
    must(uv_loop_close(&l->uv), "close");
    free(l->jobs);
    free(l);
}

void *loop_uv(struct loop *l)
{
    return &l->uv;
}

/* Timers. */

struct timer *timer_new(struct loop *l, void (*on_fire)(void *arg), void *arg)
{
    struct timer *t = xcalloc(1, sizeof(*t));
    must(uv_timer_init(&l->uv, &t->uv), "timer");
    t->loop = l;
    t->on_fire = on_fire;
    t->arg = arg;
    return t;
}

static void on_timer(uv_timer_t *handle)
{
    struct timer *t = (struct timer *)handle;
    struct loop *l = t->loop;
    l->is_firing = true;
    t->on_fire(t->arg); /* may free the timer */
    l->is_firing = false;
}

/* libuv counts from the start of its round, so the round's age is added. It fires timers until none
 * is due, so what a timer arms must not be due in the same round. */
void timer_arm(struct timer *t, int64_t after_ms)
{
    struct loop *l = t->loop;
    int64_t age_ms = (int64_t)(uv_hrtime() / 1000000) - (int64_t)uv_now(&l->uv);
    int64_t due_ms = (after_ms > 0 ? after_ms : 0) + (age_ms > 0 ? age_ms : 0);
    if (l->is_firing && due_ms == 0)
        due_ms = 1;
    uv_timer_start(&t->uv, on_timer, (uint64_t)due_ms, 0);
}

void timer_disarm(struct timer *t)
{
    uv_timer_stop(&t->uv);
}

bool timer_is_armed(const struct timer *t)
{
    return uv_is_active((const uv_handle_t *)&t->uv);
}

void timer_free(struct timer *t)
{
    if (t)
        uv_close((uv_handle_t *)&t->uv, free_handle);
}

/* Descriptors. */

/* With an error libuv has stopped the watch: the owner's read will find what it was. */
static void on_poll(uv_poll_t *handle, int status, int events)
{
    (void)status;
    (void)events;
    struct watch *w = (struct watch *)handle;
    w->on_ready(w->arg); /* may free the watch */
}

struct watch *watch_new(struct loop *l, int fd, void (*on_ready)(void *arg), void *arg)
{
    struct watch *w = xcalloc(1, sizeof(*w));
    int rc = uv_poll_init(&l->uv, &w->uv, fd);
    if (rc < 0) {
        free(w);
        errno = -rc;
        return NULL;
    }
    w->on_ready = on_ready;
    w->arg = arg;
    must(uv_poll_start(&w->uv, UV_READABLE, on_poll), "watch a descriptor");
    return w;
}

void watch_free(struct watch *w)
{
    if (w)
        uv_close((uv_handle_t *)&w->uv, free_handle);
}

/* Signals. */

static void on_signal(uv_signal_t *handle, int signum)
{
    struct signal_watch *s = (struct signal_watch *)handle;
    s->on_signal(s->arg, signum);
}

void loop_on_signal(struct loop *l, int signum, void (*run)(void *arg, int signum), void *arg)
{
    struct signal_watch *s = xcalloc(1, sizeof(*s));
    must(uv_signal_init(&l->uv, &s->uv), "signal");
    s->on_signal = run;
    s->arg = arg;
    must(uv_signal_start(&s->uv, on_signal, signum), "watch a signal");
    s->next = l->signals;
    l->signals = s;
}
