/* What only the store in Redis has: a server that dies, refuses and forgets; keys that others read.
 */
#include "tests/unit/store_world.h"

#include "bot/base/log.h"

/* Partitions. */

static void test_tags(void **state)
{
    (void)state;
    assert_int_equal(store_redis_slot("123456789"), 0x31C3); /* the example of the specification */
    for (unsigned p = 0; p < PARTITIONS; p++) {
        char tag[STORE_REDIS_TAG_LEN + 1], number[3];
        store_redis_tag(p, tag);
        snprintf(number, sizeof(number), "%02u", p % 100);
        assert_memory_equal(tag, number, 2);
        assert_in_range(store_redis_slot(tag), p * 256, p * 256 + 255);
    }
    /* Pinned: data of last year is found under these. */
    char tag[STORE_REDIS_TAG_LEN + 1];
    store_redis_tag(0, tag);
    assert_string_equal(tag, "00dq");
    store_redis_tag(41, tag);
    assert_string_equal(tag, "41fc");
    store_redis_tag(63, tag);
    assert_string_equal(tag, "63dy");
    store_redis_tag(PARTITION_GLOBAL, tag);
    assert_string_equal(tag, "g");
}

/* Is it a Redis for us? */

static const char *refusal_of(const char *info)
{
    static char text[512];
    struct buf why = BUF_INIT(sizeof(text) - 1);
    int rc = store_redis_check(info, &why);
    assert_int_equal(rc, why.len ? -1 : 0);
    snprintf(text, sizeof(text), "%s", why.data);
    buf_release(&why);
    return text;
}

static void test_check(void **state)
{
    (void)state;
#define SERVER "# Server\r\nredis_version:"
    assert_string_equal(refusal_of(SERVER "7.0.15\r\nrole:master\r\n"), "");
    assert_string_equal(refusal_of(SERVER "7.2.4\r\nvalkey_version:8.0.1\r\nrole:master\r\n"), "");
    assert_string_equal(refusal_of(SERVER "10.0.0\r\nrole:master\r\n"), "");
    assert_non_null(strstr(refusal_of(SERVER "6.2.7\r\nrole:master\r\n"),
                           "Redis 6.2.7 is too old: update it to 7.0 or later"));
    assert_non_null(strstr(refusal_of(SERVER "7.0.15\r\nrole:slave\r\nmaster_host:10.0.0.3\r\n"
                                             "master_port:6379\r\nslave_read_only:1\r\n"),
                           "a replica and takes no writes: set REDIS_URL to its primary, "
                           "10.0.0.3:6379"));
    assert_string_equal(refusal_of(SERVER "7.0.15\r\nrole:master\r\nmaxmemory:0\r\n"
                                          "maxmemory_policy:allkeys-lru\r\n"),
                        "");
    assert_string_equal(refusal_of(SERVER "7.0.15\r\nrole:master\r\nmaxmemory:1024\r\n"
                                          "maxmemory_policy:noeviction\r\n"),
                        "");
    assert_non_null(strstr(refusal_of(SERVER "7.0.15\r\nrole:master\r\nmaxmemory:1024\r\n"
                                             "maxmemory_policy:volatile-lru\r\n"),
                           "(maxmemory-policy volatile-lru): set it to noeviction"));
    assert_non_null(strstr(refusal_of("hello"), "redis_version"));
    assert_non_null(strstr(refusal_of(""), "7.0 or later"));
}

/* Keys that others read. */

static void test_dead_letters(void **state)
{
    struct trial *t = *state;
    COMMIT(t, ANN, 0, LIST(out, {.stream = "77", .json = "{\"a\":1}"}));
    take(t, 1, (struct take){.stream = "77", .id = 1});
    sent(t, 1, (struct sent){.stream = "77", .id = 1, .mark = "{\"why\":2}", .dead = true});
    defer(t, 1, 1, NOW_MS, false);
    take(t, 1, (struct take){.stream = "77", .id = 1});
    const char *dead = RAW(t, "XRANGE", key(t, ANN, "dead"), "-", "+");
    assert_non_null(strstr(dead, "stream 77 id 1 ms 1790000000000 j {\"a\":1} mark {\"why\":2} "));
    COMMIT(t, ANN, 1, LIST(out, {.stream = "77", .json = "{"}));
    sent(t, 1,
         (struct sent){.stream = "77", .id = 2, .conversation = "", .mark = "{}", .dead = true});
    dead = RAW(t, "XRANGE", key(t, ANN, "dead"), "-", "+");
    assert_non_null(strstr(dead, "stream 77 id 2 ms 1790000000000 j { mark {} "));
    assert_string_equal(RAW(t, "EXISTS", key(t, ANN, "t:")), "0 ");
    assert_string_equal(RAW(t, "HKEYS", key(t, ANN, "fly:77")), "[epoch ] "); /* no marks */
}

static size_t count_keys(struct trial *t, const char *root)
{
    size_t n = 0;
    for (const char *at = RAW(t, "KEYS", "*"); (at = strstr(at, root)); at++)
        n++;
    return n;
}

static void test_keys(void **state)
{
    struct trial *t = *state;
    COMMIT(t, ANN, 0, LIST(set, {"a", "b"}), LIST(lines, {"{}"}), LIST(maps, {"customer", "1", 1}),
           LIST(timers, {"wait", 1}),
           LIST(out, {.stream = "77", .json = "{}"}, {.stream = "77", .json = "{}"}),
           LIST(tells, {"{}"}), LIST(counts, {"n", 1}), .open_case_no = 64, .open_case = "{}");
    take(t, 1, (struct take){.stream = "77", .id = 1});
    sent(t, 1, (struct sent){.stream = "77", .id = 2, .dead = true});
    assert_int_equal(hold(t, 1), STORE_OK);
    assert_int_equal(defer(t, 1, 1, NOW_MS, true), STORE_OK);
    assert_int_equal(set_home(t, ANN, "42"), STORE_OK);
    assert_true(lease(t, "a", 60000) > 0);
    /* c t m seen cases timers out fly tell dead n seq; lease epochs homes */
    assert_string_equal(RAW(t, "DBSIZE"), "15 ");
    assert_int_equal(count_keys(t, key(t, ANN, "")), 12);
    assert_int_equal(count_keys(t, key(t, ROOM, "")), 3);
}

/* A cluster of one node: the slots are what we think, and no function leaves its own. */
static void test_on_a_cluster(void **state)
{
    struct trial *t = *state;
    char bus[16];
    kill_server(t->w);
    snprintf(bus, sizeof(bus), "%d", free_port());
    t->w->port = free_port();
    start_server(t->w,
                 (const char *const[]){"--cluster-enabled", "yes", "--cluster-port", bus, NULL});
    RAW(t, "CLUSTER", "ADDSLOTSRANGE", "0", "16383");
    WAIT_FOR(t->w, strstr(RAW(t, "CLUSTER", "INFO"), "cluster_state:ok"));
    for (unsigned p = 0; p <= PARTITION_GLOBAL; p++) {
        char tag[STORE_REDIS_TAG_LEN + 1], slot[16];
        store_redis_tag(p, tag);
        snprintf(slot, sizeof(slot), "%u ", store_redis_slot(tag));
        assert_string_equal(
            RAW(t, "CLUSTER", "KEYSLOT", arena_printf(&t->arena, "zaide:{%s}:c:web:1:2", tag)),
            slot);
    }
    WAIT_FOR(t->w, t->store->is_up);
    test_keys(state);
}

/* Doorbells. */

static void test_doorbell(void **state)
{
    struct trial *t = *state;
    struct trial *other = begin(t->w, open_store(t->w));
    WAIT_FOR(t->w, other->store->is_up);
    /* Both listen once somebody else's ring is heard by two. */
    int heard = 0;
    while (heard < 2) {
        buf_clear(&t->w->said);
        RAW(t, "PUBLISH", "zaide:bell", "7 somebody");
        heard = t->w->said.data[0] - '0';
    }
    RAW(t, "PUBLISH", "zaide:bell", "99 somebody");
    RAW(t, "PUBLISH", "zaide:bell", "nonsense");
    RAW(t, "PUBLISH", "zaide:bell", "");
    RAW(t, "PUBLISH", "zaide:bell", "64 somebody");
    WAIT_FOR(t->w, t->bell == PARTITION_GLOBAL && other->bell == PARTITION_GLOBAL);
    t->bells = other->bells = 0;

    struct commit_tell tell = {"{}"};
    struct commit_out out[] = {{.stream = "telegram:77", .json = "{}", .take = true},
                               {.stream = "telegram:77", .json = "{}"}};
    /* What is sent at once by who commits it nobody else has to look for. */
    struct commit quiet = {.subject = "telegram:77:1003",
                           .event = {"77:3", "1"},
                           .out = out,
                           .n_out = 1,
                           .taker = "telegram:77",
                           .epoch = 1,
                           .stamp = 2};
    struct commit loud = quiet;
    loud.subject = ANN;
    loud.n_out = 2;
    assert_int_equal(commit(t, quiet).status, STORE_OK);
    loud.event.member = "2";
    assert_int_equal(commit(t, loud).status, STORE_OK);
    assert_int_equal(
        COMMIT(other, BOB, 0, .tells = &tell, .n_tells = 1, .event = {"77:2", "1"}).status,
        STORE_OK);
    WAIT_FOR(t->w, t->bells && other->bells);
    assert_int_equal(t->bell, conversation_partition(BOB));
    assert_int_equal(other->bell, conversation_partition(ANN));
    RAW(t, "PUBLISH", "zaide:bell", "64 somebody"); /* the last that they hear */
    WAIT_FOR(t->w, t->bell == PARTITION_GLOBAL && other->bell == PARTITION_GLOBAL);
    assert_int_equal(t->bells, 2); /* one's own is not heard */
    assert_int_equal(other->bells, 2);
    other->store->ops->free(other->store);
    arena_release(&other->arena);
    free(other);
}

/* Falls. */

enum { COMMITS = 2000, KILL_AT = 300 };

struct storm {
    struct answer answers[COMMITS];
    char ids[COMMITS][32];
    struct world *w;
    size_t done;
};

static void storm_commit(struct trial *t, struct storm *s, size_t i,
                         void (*done)(void *arg, const struct committed *))
{
    struct commit c = {
        .subject = s->ids[i],
        .event = {"77:1", s->ids[i]},
        .now_ms = NOW_MS,
        LIST(set, {"lang", "zh"}, {"last_in", "1790000000000"}),
        LIST(lines, {"{\"n\":1,\"by\":\"customer\",\"content\":{\"text\":\"hello\"}}"}),
        LIST(out, {.stream = "77", .json = "{\"content\":{\"text\":\"hello yourself\"}}"}),
    };
    s->answers[i] = (struct answer){.t = t};
    t->store->ops->commit(t->store, &c, done, &s->answers[i]);
}

static void on_committed_then_kill(void *arg, const struct committed *c)
{
    struct answer *a = arg;
    struct world *w = a->t->w;
    on_committed(a, c);
    if (w->server && a->status == STORE_OK && ++w->ups == KILL_AT)
        kill_server(w); /* -9 */
}

static size_t count(const struct storm *s, enum store_status status)
{
    size_t n = 0;
    for (size_t i = 0; i < COMMITS; i++)
        n += s->answers[i].is_here && s->answers[i].status == status;
    return n;
}

/* Each partition's outbox has ids 1, 2, 3 …; returns how many there are in all. */
static size_t count_out(struct trial *t)
{
    size_t n = 0;
    for (unsigned p = 0; p < PARTITIONS; p++) {
        struct polled polled = poll_at(t, p, NOW_MS, "77", 0);
        for (size_t i = 0; i < polled.n_entries; i++)
            assert_int_equal(polled.entries[i].id, i + 1);
        n += polled.n_entries;
    }
    return n;
}

static void test_killed_in_a_pipeline(void **state)
{
    struct trial *t = *state;
    t->w->ups = 0; /* counts commits */
    struct storm *s = arena_alloc(&t->arena, sizeof(*s));
    for (size_t i = 0; i < COMMITS; i++) {
        snprintf(s->ids[i], sizeof(s->ids[i]), "telegram:77:%zu", i);
        storm_commit(t, s, i, on_committed_then_kill);
    }
    WAIT_FOR(t->w, count(s, STORE_OK) + count(s, STORE_DOWN) == COMMITS);
    size_t acknowledged = count(s, STORE_OK);
    assert_in_range(acknowledged, KILL_AT, COMMITS - 1);
    assert_false(t->store->is_up);
    assert_int_equal(t->downs, 1);
    ASK(t, down, lease, "77", "a", 1000, on_lease);
    assert_int_equal(down.status, STORE_DOWN);

    t->ups = 0;
    start_durable(t->w);
    WAIT_FOR(t->w, t->ups == 1);
    for (size_t i = 0; i < COMMITS; i++)
        if (s->answers[i].status == STORE_OK) /* every acknowledged one is there */
            assert_string_equal(field(t, s->ids[i], "version"), "1");
    for (size_t i = 0; i < COMMITS; i++) /* the others are asked for again */
        if (s->answers[i].status == STORE_DOWN)
            storm_commit(t, s, i, on_committed);
    WAIT_FOR(t->w, count(s, STORE_OK) + count(s, STORE_SEEN) == COMMITS);
    for (size_t i = 0; i < COMMITS; i++) { /* and all happened once */
        assert_string_equal(field(t, s->ids[i], "version"), "1");
        assert_int_equal(transcript(t, s->ids[i], 1, 9).n, 1);
    }
    assert_int_equal(count_out(t), COMMITS);
    print_message("%zu acknowledged, %zu lost their reply only\n", acknowledged,
                  count(s, STORE_SEEN));
}

static void test_functions_survive(void **state)
{
    struct trial *t = *state;
    for (int i = 0; i < 3; i++) {
        kill_server(t->w);
        WAIT_FOR(t->w, !t->store->is_up);
        start_durable(t->w);
        WAIT_FOR(t->w, t->store->is_up);
        assert_int_equal(COMMIT(t, ANN, i).status, STORE_OK);
    }
    assert_non_null(strstr(RAW(t, "FUNCTION", "LIST"), "library_name zaide2 "));

    /* An older release was here: who comes later brings its own. */
    RAW(t, "FUNCTION", "LOAD", "REPLACE",
        "#!lua name=zaide2\n"
        "redis.register_function('zaide2_commit', function() return 'of old' end)");
    struct trial *other = begin(t->w, open_store(t->w));
    WAIT_FOR(t->w, other->store->is_up);
    assert_int_equal(other->downs, 0);
    assert_int_equal(COMMIT(other, BOB, 0, .event = {"77:9", "1"}).version, 1);
    other->store->ops->free(other->store);
    arena_release(&other->arena);
    free(other);

    /* What it answered to is nothing that we can read. */
    RAW(t, "FUNCTION", "LOAD", "REPLACE",
        "#!lua name=zaide2\n"
        "redis.register_function('zaide2_commit', function() return {'OK', '1', {}} end)");
    assert_int_equal(COMMIT(t, ANN, 3).status, STORE_DOWN);
    assert_non_null(strstr(t->why, "ours are loaded again"));
    WAIT_FOR(t->w, t->store->is_up);

    RAW(t, "FUNCTION", "FLUSH");
    assert_int_equal(COMMIT(t, ANN, 3).status, STORE_DOWN);
    assert_non_null(strstr(t->why, "loaded again"));
    WAIT_FOR(t->w, t->store->is_up);
    assert_int_equal(COMMIT(t, ANN, 3).status, STORE_OK);
}

static void test_out_of_memory(void **state)
{
    struct trial *t = *state;
    COMMIT(t, ANN, 0);
    t->downs = t->ups = 0;
    RAW(t, "CONFIG", "SET", "maxmemory", "1");
    struct event_id event = {"77:9", "1"};
    assert_int_equal(COMMIT(t, ANN, 1, .event = event).status, STORE_DOWN);
    assert_int_equal(t->downs, 1);
    assert_false(t->store->is_up);
    assert_non_null(strstr(t->why, "maxmemory"));
    /* It is asked again and again, and told once. */
    WAIT_FOR(t->w, strstr(RAW(t, "INFO", "errorstats"), "errorstat_OOM:count=3"));
    assert_int_equal(t->downs, 1);
    RAW(t, "CONFIG", "SET", "maxmemory", "0");
    WAIT_FOR(t->w, t->ups == 1);
    assert_int_equal(COMMIT(t, ANN, 1, .event = event).status, STORE_OK);
}

static void test_made_a_replica(void **state)
{
    struct trial *t = *state;
    RAW(t, "REPLICAOF", "127.0.0.1", "1");
    assert_int_equal(COMMIT(t, ANN, 0, .event = {"77:9", "1"}).status, STORE_DOWN);
    assert_non_null(strstr(t->why, "replica"));
    WAIT_FOR(t->w, strstr(t->why, "set REDIS_URL to its primary, 127.0.0.1:1"));
    RAW(t, "REPLICAOF", "NO", "ONE");
    WAIT_FOR(t->w, t->store->is_up);
    assert_int_equal(COMMIT(t, ANN, 0, .event = {"77:9", "1"}).status, STORE_OK);
}

static void test_a_foreign_key(void **state)
{
    struct trial *t = *state;
    RAW(t, "SET", key(t, ANN, "c:" ANN), "who wrote this?");
    assert_int_equal(COMMIT(t, ANN, 0).status, STORE_DOWN);
    assert_non_null(strstr(t->why, "WRONGTYPE"));
    assert_null(strstr(t->why, "who wrote"));
    WAIT_FOR(t->w, t->store->is_up); /* the others are served */
    assert_int_equal(COMMIT(t, BOB, 0).status, STORE_OK);
}

/* More calls than the connection holds: told, and up again, so that who waits for on_up is woken.
 */
static void test_too_many_calls(void **state)
{
    struct trial *t = *state;
    enum { CALLS = 65600 };
    struct answer *a = xcalloc(CALLS, sizeof(*a));
    t->downs = t->ups = 0;
    stop_server(t->w);
    for (size_t i = 0; i < CALLS; i++) {
        a[i].t = t;
        t->store->ops->told(t->store, 0, 1, on_status, &a[i]);
    }
    WAIT_FOR(t->w, t->downs == 1);
    assert_non_null(strstr(t->why, "too slow"));
    kill(t->w->server, SIGCONT);
    WAIT_FOR(t->w, t->ups == 1);
    size_t n_ok = 0, n_down = 0;
    for (size_t i = 0; i < CALLS; i++) {
        await(&a[i]);
        n_ok += a[i].status == STORE_OK;
        n_down += a[i].status == STORE_DOWN;
    }
    assert_int_equal(n_ok, 65536);
    assert_int_equal(n_ok + n_down, CALLS);
    free(a);
}

static void test_freed_with_calls_due(void **state)
{
    struct trial *t = *state;
    struct answer a[7];
    for (size_t i = 0; i < ARRAY_LEN(a); i++)
        a[i] = (struct answer){.t = t};
    struct store *s = t->store;
    struct commit c = {.subject = ANN, .event = {"77:9", "1"}, .now_ms = NOW_MS};
    s->ops->load(s, ANN, NULL, 0, on_loaded, &a[0]);
    s->ops->commit(s, &c, on_committed, &a[1]);
    s->ops->poll(s, 0, 0, POLL_CASES_ANEW, NULL, 0, on_polled, &a[2]);
    s->ops->set_home(s, ANN, ROOM, "42", on_status, &a[3]);
    s->ops->find_home(s, ROOM, "42", on_home, &a[4]);
    s->ops->hash_get(s, "agents", on_pairs, &a[5]);
    s->ops->transcript(s, ANN, 1, 9, on_lines, &a[6]);
    s->ops->free(s);
    for (size_t i = 0; i < ARRAY_LEN(a); i++) {
        assert_true(a[i].is_here);
        assert_int_equal(a[i].status, STORE_DOWN);
    }
    t->store = store_memory_new(); /* for tear_down */
}

static void test_no_server_at_all(void **state)
{
    struct world *w = *state;
    struct trial *t = begin(w, open_store(w));
    assert_false(t->store->is_up);
    ASK(t, a, lease, "77", "a", 1000, on_lease);
    assert_int_equal(a.status, STORE_DOWN);
    WAIT_FOR(w, t->downs == 1);
    assert_non_null(strstr(t->why, "redis.sock"));
    start_durable(w);
    WAIT_FOR(w, t->ups == 1);
    assert_true(lease(t, "a", 1000) > 0);
    t->store->ops->free(t->store);
    free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tags),      cmocka_unit_test(test_check),
        REDIS(test_dead_letters),         REDIS(test_keys),
        REDIS(test_on_a_cluster),         REDIS(test_doorbell),
        REDIS(test_killed_in_a_pipeline), REDIS(test_functions_survive),
        REDIS(test_out_of_memory),        REDIS(test_made_a_replica),
        REDIS(test_a_foreign_key),        REDIS(test_too_many_calls),
        REDIS(test_freed_with_calls_due), TEST(test_no_server_at_all),
    };
    if (log_configure("error", NULL) < 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
