/* With a replica: what is acknowledged is on both servers, and one that hangs stops nobody. */
#include "tests/unit/store_world.h"

#include "bot/base/log.h"

static pid_t replica;
static int replica_port;

static void start_replica(const struct world *w)
{
    char port[16], primary[16], dir[80];
    replica_port = free_port();
    snprintf(port, sizeof(port), "%d", replica_port);
    snprintf(primary, sizeof(primary), "%d", w->port);
    snprintf(dir, sizeof(dir), "%s/replica", w->dir);
    assert_int_equal(mkdir(dir, 0700), 0);
    const char *args[] = {"redis-server", "--port",      port,        "--save", "",
                          "--dir",        dir,           "--logfile", "log",    "--bind",
                          "127.0.0.1",    "--replicaof", "127.0.0.1", primary,  NULL};
    replica = fork();
    assert_true(replica >= 0);
    if (replica == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        execvp("redis-server", (char **)args);
        execv("/usr/bin/redis-check-rdb", (char **)args);
        _exit(127);
    }
}

static void end_replica(void)
{
    if (!replica)
        return;
    kill(replica, SIGKILL);
    waitpid(replica, NULL, 0);
    replica = 0;
}

/* Returns when it is really stopped. */
static void stop_replica(void)
{
    int status;
    kill(replica, SIGSTOP);
    assert_int_equal(waitpid(replica, &status, WUNTRACED), replica);
    assert_true(WIFSTOPPED(status));
}

/* In sync: it confirms what is written. */
static void await_replica(struct trial *t)
{
    WAIT_FOR(t->w, strstr(RAW(t, "INFO", "replication"), "state=online"));
    do
        RAW(t, "SET", "beacon", "lit");
    while (!str_eq(RAW(t, "WAIT", "1", "100"), "1 "));
}

static void start_primary(struct world *w)
{
    start_server(w, (const char *const[]){"--appendonly", "yes", "--appendfsync", "always",
                                          "--repl-diskless-sync-delay", "0", NULL});
}

static int set_up_primary(void **state)
{
    set_up(state);
    struct world *w = *state;
    w->port = free_port();
    start_primary(w);
    struct trial *t = begin(w, open_store(w));
    *state = t;
    WAIT_FOR(w, t->store->is_up);
    return 0;
}

/* The store finds a replica when it connects. */
static int set_up_both(void **state)
{
    set_up_primary(state);
    struct trial *t = *state;
    start_replica(t->w);
    await_replica(t);
    t->store->ops->free(t->store);
    struct trial *again = begin(t->w, open_store(t->w));
    arena_release(&t->arena);
    free(t);
    *state = again;
    WAIT_FOR(again->w, again->store->is_up);
    return 0;
}

static int tear_down_both(void **state)
{
    tear_down_trial(state);
    end_replica();
    return 0;
}

static long waits(struct trial *t)
{
    const char *found = strstr(RAW(t, "INFO", "commandstats"), "cmdstat_wait:calls=");
    return found ? strtol(found + strlen("cmdstat_wait:calls="), NULL, 10) : 0;
}

/* What the replica has of a record. */
static const char *replicas_version(struct trial *t, const char *id)
{
    char url[64];
    snprintf(url, sizeof(url), "redis://127.0.0.1:%d", replica_port);
    redis_free(t->w->redis);
    connect_to(t->w, url);
    const char *version = arena_strdup(
        &t->arena, RAW(t, "HGET", key(t, id, arena_printf(&t->arena, "c:%s", id)), "version"));
    redis_free(t->w->redis);
    t->w->redis = NULL;
    return version;
}

static struct answer *begin_commit(struct trial *t, const char *id, int64_t version)
{
    struct answer *a = arena_alloc(&t->arena, sizeof(*a));
    struct commit c = {.subject = id,
                       .version = version,
                       .event = {"77:1", arena_printf(&t->arena, "%d", t->next_event++)},
                       .now_ms = NOW_MS};
    *a = (struct answer){.t = t};
    t->store->ops->commit(t->store, &c, on_committed, a);
    return a;
}

static void await_primary(struct trial *t, const char *version)
{
    WAIT_FOR(t->w, str_eq(RAW(t, "HGET", key(t, ANN, "c:" ANN), "version"), version));
}

static void test_alone_nobody_waits(void **state)
{
    struct trial *t = *state;
    for (int i = 0; i < 20; i++)
        COMMIT(t, ANN, i);
    assert_int_equal(waits(t), 0);
    assert_null(t->store->warning);
}

static void test_acknowledged_is_replicated(void **state)
{
    struct trial *t = *state;
    for (int i = 0; i < 20; i++)
        assert_int_equal(COMMIT(t, ANN, i).status, STORE_OK);
    assert_string_equal(replicas_version(t, ANN), "20 ");
    stop_replica();
    int64_t asked_ms = clock_monotonic_ms();
    struct answer *a = begin_commit(t, ANN, 20);
    await_primary(t, "21 ");
    for (int i = 0; i < 20; i++)
        RAW(t, "PING");
    bool was_held = !a->is_here, was_soon = clock_monotonic_ms() - asked_ms < 900;
    assert_true(was_held || !was_soon); /* a slow machine may have needed all the second */
    kill(replica, SIGCONT);
    await(a);
    assert_int_equal(a->status, STORE_OK);
    assert_int_equal(a->committed.version, 21);
    assert_string_equal(replicas_version(t, ANN), "21 ");
}

static void test_one_wait_for_many(void **state)
{
    struct trial *t = *state;
    enum { MANY = 1000 };
    struct answer *answers[MANY];
    long before = waits(t);
    for (int i = 0; i < MANY; i++)
        answers[i] = begin_commit(t, ANN, i);
    for (int i = 0; i < MANY; i++) {
        await(answers[i]);
        assert_int_equal(answers[i]->committed.version, i + 1); /* in order, and whole */
    }
    assert_in_range(waits(t) - before, 1, MANY / 5);
}

static void test_a_replica_that_hangs(void **state)
{
    struct trial *t = *state;
    stop_replica();
    int64_t asked_ms = clock_monotonic_ms();
    assert_int_equal(COMMIT(t, ANN, 0).status, STORE_OK); /* after a second */
    assert_true(clock_monotonic_ms() - asked_ms >= 900);
    assert_non_null(strstr(t->store->warning, "replica"));
    long before = waits(t);
    for (int i = 1; i <= 50; i++)
        assert_int_equal(COMMIT(t, ANN, i).status, STORE_OK);
    assert_in_range(waits(t) - before, 0,
                    10); /* it is looked at now and then; nobody waits for it */
    assert_int_equal(t->downs, 0);
    kill(replica, SIGCONT);
    WAIT_FOR(t->w, !t->store->warning);
    assert_int_equal(COMMIT(t, ANN, 51).status, STORE_OK);
    assert_string_equal(replicas_version(t, ANN), "52 ");
}

static void test_a_replica_that_goes(void **state)
{
    struct trial *t = *state;
    end_replica();
    assert_int_equal(COMMIT(t, ANN, 0).status, STORE_OK);
    WAIT_FOR(t->w, strstr(RAW(t, "INFO", "replication"), "connected_slaves:0"));
    WAIT_FOR(t->w, !t->store->warning); /* there is none to wait for */
    WAIT_FOR(t->w,
             COMMIT(t, ANN, load(t, ANN).n_pairs ? strtol(field(t, ANN, "version"), NULL, 10) : 0)
                     .status == STORE_OK);
    assert_int_equal(t->downs, 0);
}

static void test_a_replica_that_comes_later(void **state)
{
    struct trial *t = *state;
    COMMIT(t, ANN, 0);
    start_replica(t->w);
    await_replica(t);
    long before = waits(t);
    int64_t version = 1;
    WAIT_FOR(t->w, COMMIT(t, ANN, version++).status == STORE_OK && waits(t) > before);
    assert_string_equal(replicas_version(t, ANN), arena_printf(&t->arena, "%d ", (int)version));
}

static void test_the_primary_dies_before_it_is_replicated(void **state)
{
    struct trial *t = *state;
    stop_replica();
    struct answer *first = begin_commit(t, ANN, 0), *second = begin_commit(t, BOB, 0);
    await_primary(t, "1 ");
    bool was_held = !first->is_here;
    kill_server(t->w);
    await(first);
    await(second);
    assert_int_equal(first->status, was_held ? STORE_DOWN : STORE_OK);
    assert_int_equal(second->status, was_held ? STORE_DOWN : STORE_OK);
}

static void test_freed_while_it_is_held(void **state)
{
    struct trial *t = *state;
    stop_replica();
    struct answer *a = begin_commit(t, ANN, 0);
    await_primary(t, "1 ");
    bool was_held = !a->is_here;
    t->store->ops->free(t->store);
    assert_true(a->is_here);
    assert_int_equal(a->status, was_held ? STORE_DOWN : STORE_OK);
    t->store = store_memory_new(); /* for tear_down */
}

/* The promise: the primary's machine is gone for ever, and what was acknowledged is on the other.
 */
static void test_nothing_acknowledged_is_lost(void **state)
{
    struct trial *t = *state;
    enum { MANY = 1000 };
    struct answer *answers[MANY];
    const char *ids[MANY];
    for (int i = 0; i < MANY; i++) {
        ids[i] = arena_printf(&t->arena, "telegram:77:%d", 7000 + i);
        answers[i] = begin_commit(t, ids[i], 0);
    }
    WAIT_FOR(t->w, answers[200]->is_here);
    kill_server(t->w);
    size_t acknowledged = 0;
    for (int i = 0; i < MANY; i++)
        await(answers[i]);
    for (int i = 0; i < MANY; i++)
        if (answers[i]->status == STORE_OK && ++acknowledged % 20 == 1)
            assert_string_equal(replicas_version(t, ids[i]), "1 ");
    for (int i = MANY - 1; i >= 0; i--) /* and the last of them */
        if (answers[i]->status == STORE_OK) {
            assert_string_equal(replicas_version(t, ids[i]), "1 ");
            break;
        }
    assert_in_range(acknowledged, 201, MANY);
    print_message("%zu of %d acknowledged\n", acknowledged, MANY);
}

#define ALONE(test) cmocka_unit_test_setup_teardown(test, set_up_primary, tear_down_both)
#define BOTH(test)  cmocka_unit_test_setup_teardown(test, set_up_both, tear_down_both)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ALONE(test_alone_nobody_waits),
        BOTH(test_acknowledged_is_replicated),
        BOTH(test_one_wait_for_many),
        BOTH(test_a_replica_that_hangs),
        BOTH(test_a_replica_that_goes),
        ALONE(test_a_replica_that_comes_later),
        BOTH(test_the_primary_dies_before_it_is_replicated),
        BOTH(test_freed_while_it_is_held),
        BOTH(test_nothing_acknowledged_is_lost),
    };
    if (log_configure("error", NULL) < 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
