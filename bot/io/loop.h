/* The event loop: timers, file descriptors, signals, work for later or for elsewhere. The only user
 * of libuv, but for the glue that feeds libcurl and hiredis from the same loop (through loop_uv).
 *
 * One thread but for loop_work. No call may take longer than 5 ms: a stall of more than 100 ms is
 * logged. */
#ifndef ZAIDE_IO_LOOP_H
#define ZAIDE_IO_LOOP_H

#include "bot/base/util.h"

struct loop;
struct timer;
struct watch;

struct loop *loop_new(void);
void loop_run(struct loop *l);  /* until loop_stop */
void loop_stop(struct loop *l); /* may be called from any callback */
void *loop_uv(struct loop *l);  /* the uv_loop_t */

/* For tests: run what is due, else wait for something, at most max_ms. false: that time passed and
 * nothing came. Step by 10 ms or so until your condition holds or your deadline is over; what came
 * due between the look and the wait may be noticed at the wait's end only. */
bool loop_step(struct loop *l, int64_t max_ms);

/* Runs what loop_later still holds, and the close callbacks. Signal handlers go with the loop; all
 * else that was made on it must be freed before: it dies of a leak, naming its kind. */
void loop_free(struct loop *l);

/* A timer that fires once per arming, never a whole ms early, never from inside. Arming again moves
 * it. It may be freed at any time, also from its own callback. Armed with 0 (below 0 counts as 0)
 * it fires in the next round, or 1 ms later if armed by a timer: a loop_later that can be taken
 * back. */
struct timer *timer_new(struct loop *l, void (*on_fire)(void *arg), void *arg);
void timer_arm(struct timer *t, int64_t after_ms);
void timer_disarm(struct timer *t);
bool timer_is_armed(const struct timer *t);
void timer_free(struct timer *t); /* NULL is fine */

/* Run a function once, soon and in order, but not from inside this call. It cannot be taken back:
 * what `arg` points to must live till then. */
void loop_later(struct loop *l, void (*run)(void *arg), void *arg);

/* Run `work` in another thread, then `done` from the loop. What takes longer than a turn may: the
 * loop goes on meanwhile, so `work` touches nothing that it touches. It cannot be taken back;
 * loop_free waits for it. */
void loop_work(struct loop *l, void (*work)(void *arg), void (*done)(void *arg), void *arg);

/* Call on_ready while the descriptor can be read, has ended, or (once) has failed: reading it
 * tells. It is made non-blocking and stays the caller's, who closes it after watch_free. NULL with
 * errno where it cannot be watched: EPERM for a plain file or /dev/null, which are read without
 * waiting. */
struct watch *watch_new(struct loop *l, int fd, void (*on_ready)(void *arg), void *arg);
void watch_free(struct watch *w); /* also from on_ready; NULL is fine */

/* Call on_signal from the loop, not from the interrupt. loop_new ignores SIGPIPE. */
void loop_on_signal(struct loop *l, int signum, void (*on_signal)(void *arg, int signum),
                    void *arg);

#endif
