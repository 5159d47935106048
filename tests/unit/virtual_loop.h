/* Timers on a clock of the test's own. Included by one test file, it takes the place of
 * bot/io/loop.c for what that test links: pass() fires what falls due, in order, at once. */
#ifndef ZAIDE_TESTS_VIRTUAL_LOOP_H
#define ZAIDE_TESTS_VIRTUAL_LOOP_H

#include "bot/io/loop.h"

struct timer {
    struct timer *next;
    void (*on_fire)(void *arg);
    void *arg;
    int64_t due_ms; /* 0: not armed */
};

static struct timer *all_timers;

struct timer *timer_new(struct loop *l, void (*on_fire)(void *arg), void *arg)
{
    struct timer *t = xcalloc(1, sizeof(*t));
    (void)l;
    *t = (struct timer){all_timers, on_fire, arg, 0};
    return all_timers = t;
}

void timer_arm(struct timer *t, int64_t after_ms)
{
    t->due_ms = clock_monotonic_ms() + (after_ms > 0 ? after_ms : 0);
}

void timer_disarm(struct timer *t)
{
    t->due_ms = 0;
}

bool timer_is_armed(const struct timer *t)
{
    return t->due_ms;
}

void timer_free(struct timer *t)
{
    struct timer **at = &all_timers;
    if (!t)
        return;
    while (*at != t)
        at = &(*at)->next;
    *at = t->next;
    free(t);
}

static struct timer *next_due(int64_t until_ms)
{
    struct timer *found = NULL;
    for (struct timer *t = all_timers; t; t = t->next)
        if (t->due_ms && t->due_ms <= until_ms && (!found || t->due_ms < found->due_ms))
            found = t;
    return found;
}

static void pass(int64_t ms)
{
    int64_t end_ms = clock_monotonic_ms() + ms;
    for (struct timer *t; (t = next_due(end_ms));) {
        if (t->due_ms > clock_monotonic_ms())
            clock_set_ms(t->due_ms);
        t->due_ms = 0;
        t->on_fire(t->arg);
    }
    clock_set_ms(end_ms);
}

/* The process is stopped for a while: what fell due fires late. */
static inline void hang(int64_t ms)
{
    clock_set_ms(clock_monotonic_ms() + ms);
    pass(0);
}

#endif
