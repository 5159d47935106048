/* Nothing in Redis grows without bound: what expires, what is trimmed, and a store that is filled.
 */
#include "tests/unit/store_world.h"

#include "bot/base/log.h"

static int64_t ttl_ms(struct trial *t, const char *name)
{
    return strtoll(RAW(t, "PTTL", name), NULL, 10);
}

static void test_what_expires(void **state)
{
    struct trial *t = *state;
    const char *kinds[] = {"c:" ANN, "t:" ANN, "m:" ANN};
    struct event_id event = {"77:3815", "5"};
    COMMIT(t, ANN, 0, .event = event, LIST(lines, {"{}"}), LIST(maps, {"customer", "1", 1}),
           LIST(out, {.stream = "77", .json = "{}"}), LIST(counts, {"n", 1}));
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        assert_in_range(ttl_ms(t, key(t, ANN, kinds[i])), RETENTION_MS - HOUR_MS, RETENTION_MS);
    assert_in_range(ttl_ms(t, key(t, ANN, "seen:77:3815")), 47 * HOUR_MS, 48 * HOUR_MS);
    const char *hour = arena_printf(&t->arena, "n:%lld", (long long)(NOW_MS / HOUR_MS));
    assert_in_range(ttl_ms(t, key(t, ANN, hour)), 99 * 24 * HOUR_MS, 100 * 24 * HOUR_MS);
    assert_int_equal(ttl_ms(t, key(t, ANN, "out:77")), -1);

    COMMIT(t, ANN, 1, LIST(set, {"case_no", "64"})); /* an open case is kept */
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        assert_int_equal(ttl_ms(t, key(t, ANN, kinds[i])), -1);
    COMMIT(t, ANN, 2, LIST(set, {"case_no", ""}));
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        assert_in_range(ttl_ms(t, key(t, ANN, kinds[i])), RETENTION_MS - HOUR_MS, RETENTION_MS);

    /* What comes after a conversation was forgotten does not stay for ever either. */
    RAW(t, "DEL", key(t, ANN, kinds[0]), key(t, ANN, kinds[1]), key(t, ANN, kinds[2]));
    sent(t, 1, (struct sent){.stream = "77", .id = 1, .line = 1, .message_id = "9", .mark = "{}"});
    assert_in_range(ttl_ms(t, key(t, ANN, "t:" ANN)), RETENTION_MS - HOUR_MS, RETENTION_MS);
    assert_in_range(ttl_ms(t, key(t, ANN, "m:" ANN)), RETENTION_MS - HOUR_MS, RETENTION_MS);
    set_home(t, ANN, "42");
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        assert_in_range(ttl_ms(t, key(t, ANN, kinds[i])), RETENTION_MS - HOUR_MS, RETENTION_MS);

    COMMIT(t, ANN, 0, LIST(out, {.stream = "77", .json = "{"})); /* its record was forgotten, too */
    sent(t, 1, (struct sent){.stream = "77", .id = 2, .conversation = "", .dead = true});
    assert_in_range(ttl_ms(t, key(t, ANN, "dead")), RETENTION_MS - HOUR_MS, RETENTION_MS);

    COMMIT(t, ROOM, 0, LIST(lines, {"{}"})); /* a room that is in use commits all the time */
    assert_in_range(ttl_ms(t, key(t, ROOM, "c:" ROOM)), RETENTION_MS - HOUR_MS, RETENTION_MS);
}

/* A conversation that never ends: what shows a line is forgotten after the line. */
static void test_maps_keep_the_newest(void **state)
{
    struct trial *t = *state;
    enum { A_TURN = 500, MANY = 12000 };
    struct commit_map maps[A_TURN];
    for (int i = 0; i < MANY; i++) {
        const char *id = arena_printf(&t->arena, "%d", i + 1);
        maps[i % A_TURN] = (struct commit_map){i % 2 ? "customer" : ROOM, id, i % 2 ? i : -i};
        if (i % A_TURN == A_TURN - 1)
            COMMIT(t, ANN, i / A_TURN, .maps = maps, .n_maps = A_TURN);
    }
    assert_in_range(strtol(RAW(t, "HLEN", key(t, ANN, "m:" ANN)), NULL, 10), 2 * STORE_LINES,
                    8 * STORE_LINES);
    assert_int_equal(line_of(t, ANN, "customer", "12000"), 11999);
    assert_int_equal(line_of(t, ANN, ROOM, "10001"), -10000);
    assert_int_equal(line_of(t, ANN, ROOM, "1"), 0);
    COMMIT(t, ANN, MANY / A_TURN, LIST(out, {.stream = "77", .json = "{}"}));
    struct take of_old = {.stream = "77", .id = 1, .about_line = 1};
    assert_null(take(t, 1, of_old).taken[0].about_id);

    for (int i = 0; i < MANY; i++) { /* and one line that is shown again and again */
        const char *id = arena_printf(&t->arena, "x%d", i);
        maps[i % A_TURN] = (struct commit_map){"customer", id, 20000};
        if (i % A_TURN == A_TURN - 1)
            COMMIT(t, ANN, MANY / A_TURN + 1 + i / A_TURN, .maps = maps, .n_maps = A_TURN);
    }
    assert_in_range(strtol(RAW(t, "HLEN", key(t, ANN, "m:" ANN)), NULL, 10), 2, 8 * STORE_LINES);
    assert_int_equal(line_of(t, ANN, "customer", "x11999"), 20000);
}

/* Topics of conversations that RETENTION took go, a few with each new one. */
static void test_homes_of_the_forgotten_go(void **state)
{
    struct trial *t = *state;
    enum { OLD = 400, NEW = 800 };
    struct answer *a = arena_alloc(&t->arena, NEW * sizeof(*a));
    for (int round = 0; round < 2; round++) {
        int n = round ? NEW : OLD;
        for (int i = 0; i < n; i++) {
            const char *id = arena_printf(&t->arena, "telegram:77:%d", 5000 + round * OLD + i);
            const char *thread = arena_printf(&t->arena, "%d", round * OLD + i);
            a[i] = (struct answer){.t = t};
            t->store->ops->set_home(t->store, id, ROOM, thread, on_status, &a[i]);
        }
        for (int i = 0; i < n; i++) {
            await(&a[i]);
            assert_int_equal(a[i].status, STORE_OK);
        }
        for (int i = 0; i < OLD && !round; i++) {
            const char *id = arena_printf(&t->arena, "telegram:77:%d", 5000 + i);
            RAW(t, "DEL", key(t, id, arena_printf(&t->arena, "c:%s", id)));
        }
    }
    assert_int_equal(lease(t, "a", 60000), 1); /* what was asked meanwhile is done */
    long left = strtol(RAW(t, "HLEN", key(t, ROOM, "homes")), NULL, 10);
    assert_in_range(left, NEW, NEW + OLD / 4); /* chance decides: about 20 of 400 are left */
    for (int i = 0; i < NEW; i++)
        assert_string_equal(home_of(t, arena_printf(&t->arena, "%d", OLD + i)),
                            arena_printf(&t->arena, "telegram:77:%d", 5000 + OLD + i));
}

/* Whoever adds a kind of key says here what bounds it. */
static void test_every_key_has_a_bound(void **state)
{
    static const char *const bounded[] = {
        "seq",    "cases",  "timers",
        "tell",   "out:",   "fly:", /* by what is open, due, or to be done */
        "homes",  "epochs", "agents",
        "rooms",  "codes",  "waits", /* by topics, accounts, people, chats */
        "users:",                    /* by people */
    };
    struct trial *t = *state;
    COMMIT(t, ANN, 0, LIST(set, {"a", "b"}), LIST(lines, {"{}"}), LIST(maps, {"customer", "1", 1}),
           LIST(timers, {"wait", 1}),
           LIST(out, {.stream = "77", .json = "{}"}, {.stream = "77:-100", .json = "{}"},
                {.stream = "77", .json = "{}"}),
           LIST(tells, {"{}"}), LIST(counts, {"n", 1}), .open_case_no = 64, .open_case = "{}",
           .person = &(struct commit_person){"telegram:77", "1001", 7, "zh 1 0 -", "o", ""});
    COMMIT(t, ROOM, 0,
           LIST(puts, {"agents", "a", "b", NULL}, {"rooms", "a", "b", NULL},
                {"codes", "a", "b", NULL}),
           LIST(lines, {"{}"}), LIST(maps, {"customer", "1", 1}), LIST(counts, {"n", 1}),
           LIST(timers, {"board", 1}), LIST(out, {.stream = "77:-100", .json = "{}"}));
    take(t, 1, (struct take){.stream = "77", .id = 1});
    sent(t, 1, (struct sent){.stream = "77", .id = 2, .dead = true, .mark = "{}"});
    set_home(t, ANN, "42");
    lease(t, "a", 60000);
    const char *const names[] = {"1001", "1002"};
    ASK(t, added, list_add, conversation_partition(ANN), "5.1:telegram:77", 7, names, 2, "planned",
        on_status);
    struct list_step step = {
        .list = "5.1:telegram:77",
        .account = "77",
        .epoch = 1,
        .pass = "send",
        .takes = "planned",
        .max = 1,
        .stamp = 1,
    };
    ASK(t, taken, list_step, conversation_partition(ANN), &step, on_listed);
    assert_int_equal(taken.listed.n, 1);
    ASK(t, wait, hash_put, "waits", "77 1001", "1790000000000", on_status);
    char *keys = arena_strdup(&t->arena, RAW(t, "KEYS", "*"));
    size_t n = 0;
    for (char *name = strtok_r(keys + 1, " ", &keys); name && *name != ']'; n++) {
        bool is_bounded = ttl_ms(t, name) > 0;
        for (size_t i = 0; i < ARRAY_LEN(bounded); i++)
            is_bounded |= starts_with(strstr(name, "}:") + 2, bounded[i]);
        if (!is_bounded)
            fail_msg("%s grows for ever", name);
        name = strtok_r(NULL, " ", &keys);
    }
    assert_in_range(n, 20, 40);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        REDIS(test_what_expires),
        REDIS(test_maps_keep_the_newest),
        REDIS(test_homes_of_the_forgotten_go),
        REDIS(test_every_key_has_a_bound),
    };
    if (log_configure("error", NULL) < 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
