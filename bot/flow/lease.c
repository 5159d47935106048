#include "bot/flow/lease.h"

struct lease {
    struct store *store;
    char *account, *holder;
    void (*on_change)(void *arg, int64_t epoch);
    void *arg;
    struct timer *renew, *end;
    int64_t epoch, asked_at_ms;
    bool is_asking, is_retired, is_dropped;
};

static void change(struct lease *l, int64_t epoch)
{
    if (epoch == l->epoch)
        return;
    l->epoch = epoch;
    l->on_change(l->arg, epoch);
}

static void on_end(void *arg)
{
    change(arg, 0);
}

static void on_answer(void *arg, enum store_status status, int64_t epoch)
{
    struct lease *l = arg;
    l->is_asking = false;
    if (status != STORE_OK || l->is_dropped)
        return; /* on_end sees to it when this lasts */
    int64_t left_ms = l->asked_at_ms + LEASE_TTL_MS - LEASE_MARGIN_MS - clock_monotonic_ms();
    if (epoch != l->epoch && l->is_retired) {
        lease_drop(l);
    } else if (epoch && left_ms > 0) {
        timer_arm(l->end, left_ms);
        change(l, epoch);
    } else {
        change(l, 0);
    }
}

void lease_ask(struct lease *l)
{
    if (l->is_dropped || (l->is_retired && !l->epoch))
        return;
    timer_arm(l->renew, LEASE_RENEW_MS);
    if (l->is_asking || !l->store->is_up)
        return;
    l->is_asking = true;
    l->asked_at_ms = clock_monotonic_ms();
    l->store->ops->lease(l->store, l->account, l->holder, LEASE_TTL_MS, on_answer, l);
}

static void on_renew(void *arg)
{
    lease_ask(arg);
}

struct lease *lease_new(struct loop *loop, struct store *store, const char *account,
                        const char *holder, void (*on_change)(void *arg, int64_t epoch), void *arg)
{
    struct lease *l = xcalloc(1, sizeof(*l));
    l->store = store;
    l->account = xstrdup(account);
    l->holder = xstrdup(holder);
    l->on_change = on_change;
    l->arg = arg;
    l->renew = timer_new(loop, on_renew, l);
    l->end = timer_new(loop, on_end, l);
    lease_ask(l);
    return l;
}

void lease_retire(struct lease *l)
{
    l->is_retired = true;
    if (!l->epoch)
        lease_drop(l);
}

/* Also what it does not know to be its own: the answer may be on its way. */
void lease_drop(struct lease *l)
{
    if (l->is_dropped)
        return;
    l->is_dropped = true;
    if (l->store->is_up)
        l->store->ops->unlease(l->store, l->account, l->holder, store_ignore, NULL);
    timer_disarm(l->renew);
    timer_disarm(l->end);
    change(l, 0);
}

void lease_free(struct lease *l)
{
    if (!l)
        return;
    timer_free(l->renew);
    timer_free(l->end);
    free(l->account);
    free(l->holder);
    free(l);
}
