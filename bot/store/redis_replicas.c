#include "bot/base/log.h"
#include "bot/store/redis_internal.h"

/* What Redis answers is held back until a replica has what was written before it. The first answer
 * asks for that with a WAIT; those of all calls that were under way by then come before the WAIT's
 * own, which so is enough for them all. There is never more than one. */

#define CONFIRM_MS "1000" /* less than io/redis.h allows a server to be silent */
#define PROBE_MS   "100"
#define LOOK_MS    2000

static const char lags[] =
    "up, but no replica confirms what is written: look into the replica's log, and at INFO "
    "replication";

struct replicas {
    struct store_redis *store;
    struct timer *look;
    struct call *first, *last; /* answered, and a WAIT is out for them */
    bool is_waiting;
    bool has_any; /* replicas, as INFO said last */
};

static void on_confirmed(void *arg, const struct redis_value *reply)
{
    struct replicas *r = arg;
    struct call *all = r->first, *next;
    r->is_waiting = false;
    r->first = r->last = NULL;
    if (reply && redis_int(reply, 0) == 0) {
        r->store->store.warning = lags;
        log_error("store", "%s", lags);
    }
    for (; all; all = next) {
        struct redis_value *answer = all->reply;
        next = all->next;
        all->read(all, reply ? answer : NULL); /* the connection fell: nothing is known of it */
        redis_copy_free(answer);
    }
}

static void on_reply(void *arg, const struct redis_value *reply)
{
    struct call *call = arg;
    struct replicas *r = call->store->replicas;
    bool is_wanted = reply && r->has_any && !r->store->store.warning;
    if (!r->is_waiting && !is_wanted) {
        call->read(call, reply);
        return;
    }
    call->reply = redis_copy(reply);
    call->next = NULL;
    *(r->last ? &r->last->next : &r->first) = call;
    r->last = call;
    if (r->is_waiting)
        return;
    r->is_waiting = true;
    const char *argv[] = {"WAIT", "1", CONFIRM_MS};
    redis_call(r->store->redis, ARRAY_LEN(argv), argv, NULL, on_confirmed, r);
}

void replicas_call(struct call *call, size_t argc, const char *const *argv, reader *read)
{
    call->read = read;
    redis_call(call->store->redis, (int)argc, argv, NULL, on_reply, call);
}

/* Now and then. */

static void on_probed(void *arg, const struct redis_value *reply)
{
    struct replicas *r = arg;
    if (redis_int(reply, 0) == 0 || !r->store->store.warning)
        return;
    r->store->store.warning = NULL;
    log_info("store", "a replica confirms again");
}

void replicas_seen(struct replicas *r, const char *info)
{
    char n[16];
    store_redis_info(info, "connected_slaves", n, sizeof(n));
    bool has_any = *n && !str_eq(n, "0");
    if (has_any != r->has_any)
        log_info("store", has_any ? "Redis has a replica: it confirms what is written"
                                  : "Redis has no replica");
    r->has_any = has_any;
    if (!has_any)
        r->store->store.warning = NULL;
    const char *argv[] = {"WAIT", "1", PROBE_MS};
    if (r->store->store.warning)
        redis_call(r->store->redis, ARRAY_LEN(argv), argv, NULL, on_probed, r);
}

static void on_info(void *arg, const struct redis_value *reply)
{
    if (redis_kind(reply) == REDIS_STRING)
        replicas_seen(arg, redis_str(reply, NULL));
}

static void on_look(void *arg)
{
    struct replicas *r = arg;
    const char *argv[] = {"INFO", "replication"};
    timer_arm(r->look, LOOK_MS);
    if (r->store->store.is_up)
        redis_call(r->store->redis, ARRAY_LEN(argv), argv, NULL, on_info, r);
}

struct replicas *replicas_new(struct loop *l, struct store_redis *s)
{
    struct replicas *r = xcalloc(1, sizeof(*r));
    r->store = s;
    r->look = timer_new(l, on_look, r);
    timer_arm(r->look, LOOK_MS);
    return r;
}

void replicas_free(struct replicas *r)
{
    timer_free(r->look);
    free(r);
}
