/* The outbox, homes and leases: on the store in memory and on the one in Redis. */
#include "tests/unit/store_world.h"

#include "bot/base/log.h"

static void test_ids_count_up(void **state)
{
    struct trial *t = *state;
    struct committed c =
        COMMIT(t, ANN, 0,
               LIST(out, {.stream = "77", .json = "a"}, {.stream = "77:-100", .json = "x"},
                    {.stream = "77", .json = "b"}, {.stream = "77", .json = "c"}));
    assert_int_equal(c.n_out, 4);
    assert_int_equal(c.out[0], 1);
    assert_int_equal(c.out[1], 1); /* each stream for itself */
    assert_int_equal(c.out[2], 2);
    assert_int_equal(c.out[3], 3);
    struct polled p = poll_stream(t, "77", 0);
    assert_int_equal(p.n_entries, 3);
    for (int i = 0; i < 3; i++) {
        assert_string_equal(p.entries[i].stream, "77");
        assert_int_equal(p.entries[i].id, i + 1);
        assert_int_equal(p.entries[i].attempts, 0);
        assert_int_equal(p.entries[i].not_before_ms, 0);
    }
    assert_string_equal(p.entries[1].json, "b");
    assert_int_equal(poll_stream(t, "78", 0).n_entries, 0);

    for (int64_t id = 1; id <= 3; id++) /* emptied */
        assert_int_equal(sent(t, 0, (struct sent){.stream = "77", .id = id}), STORE_OK);
    assert_int_equal(poll_stream(t, "77", 0).n_entries, 0);
    c = COMMIT(t, ANN, 1, LIST(out, {.stream = "77", .json = "d"}));
    assert_int_equal(c.out[0], 4);
    assert_string_equal(poll_stream(t, "77", 0).entries[0].json, "d");
    assert_int_equal(poll_stream(t, "77:-100", 0).n_entries, 1);
}

static void test_poll_from(void **state)
{
    struct trial *t = *state;
    struct commit_out out[300];
    for (size_t i = 0; i < ARRAY_LEN(out); i++)
        out[i] = (struct commit_out){.stream = "77", .json = arena_printf(&t->arena, "%zu", i + 1)};
    struct committed c = COMMIT(t, ANN, 0, .out = out, .n_out = ARRAY_LEN(out));
    assert_int_equal(c.out[299], 300);
    struct polled p = poll_stream(t, "77", 0);
    assert_int_equal(p.n_entries, STORE_PAGE);
    assert_string_equal(p.entries[255].json, "256");
    p = poll_stream(t, "77", 257);
    assert_int_equal(p.n_entries, 44);
    assert_int_equal(p.entries[0].id, 257);
    assert_int_equal(poll_stream(t, "77", 301).n_entries, 0);

    COMMIT(t, ANN, 1, LIST(out, {.stream = "77:-100", .json = "x"}));
    struct poll_stream both[] = {{"77:-100", 0}, {"77", 299}};
    ASK(t, a, poll, conversation_partition(ANN), NOW_MS, POLL_CASES_ANEW, both, 2, on_polled);
    assert_int_equal(a.polled.n_entries, 3);
    assert_string_equal(a.polled.entries[0].stream, "77:-100");
    assert_string_equal(a.polled.entries[1].stream, "77");
    assert_int_equal(a.polled.entries[2].id, 300);
}

static void test_fence(void **state)
{
    struct trial *t = *state;
    COMMIT(t, ANN, 0, LIST(out, {.stream = "77", .json = "a"}));
    assert_int_equal(hold(t, 5), STORE_OK);
    assert_int_equal(hold(t, 5), STORE_OK); /* asked again */
    assert_int_equal(hold(t, 10), STORE_OK);
    assert_int_equal(hold(t, 9), STORE_FENCED);
    assert_int_equal(take(t, 9, (struct take){.stream = "77", .id = 1}).status, STORE_FENCED);
    assert_int_equal(sent(t, 9, (struct sent){.stream = "77", .id = 1}), STORE_FENCED);
    assert_int_equal(defer(t, 9, 1, 5, false), STORE_FENCED);
    struct polled p = poll_stream(t, "77", 0);
    assert_int_equal(p.n_entries, 1);
    assert_int_equal(p.entries[0].attempts, 0);
    assert_int_equal(p.entries[0].not_before_ms, 0);

    /* Another account, and another partition, are not its business. */
    ASK(t, other, hold, conversation_partition(ANN), "78", 1, on_status);
    assert_int_equal(other.status, STORE_OK);
    ASK(t, elsewhere, hold, (conversation_partition(ANN) + 1) % PARTITIONS, "77", 1, on_status);
    assert_int_equal(elsewhere.status, STORE_OK);
    assert_int_equal(take(t, 10, (struct take){.stream = "77", .id = 1}).status, STORE_OK);
    assert_int_equal(take(t, 11, (struct take){.stream = "77", .id = 1}).status, STORE_OK);
    assert_int_equal(hold(t, 10),
                     STORE_FENCED); /* a newer holder's first call fences, whatever it is */
    assert_int_equal(sent(t, 10, (struct sent){.stream = "77", .id = 1}), STORE_FENCED);
    assert_int_equal(sent(t, 11, (struct sent){.stream = "77", .id = 1}), STORE_OK);
}

static int64_t attempts(struct trial *t)
{
    struct polled p = poll_stream(t, "77", 0);
    assert_int_equal(p.n_entries, 1);
    return p.entries[0].attempts;
}

static void test_take_marks_attempts(void **state)
{
    struct trial *t = *state;
    struct take it = {.stream = "77", .id = 1};
    COMMIT(t, ANN, 0, LIST(out, {.stream = "77", .json = "a"}));
    take(t, 1, it);
    assert_int_equal(attempts(t), 1);
    hold(t, 2); /* a new holder finds what the old one left */
    assert_int_equal(attempts(t), 1);
    take(t, 2, it);
    assert_int_equal(attempts(t), 2);
    assert_int_equal(sent(t, 2, (struct sent){.stream = "77", .id = 1}), STORE_OK);
    COMMIT(t, ANN, 1, LIST(out, {.stream = "77", .json = "b"}));
    assert_int_equal(attempts(t), 0);
}

static void test_defer(void **state)
{
    struct trial *t = *state;
    struct take it = {.stream = "77", .id = 1};
    COMMIT(t, ANN, 0, LIST(out, {.stream = "77", .json = "a"}));
    defer(t, 1, 1, NOW_MS, true); /* never taken: only the time */
    assert_int_equal(attempts(t), 0);
    assert_int_equal(poll_stream(t, "77", 0).entries[0].not_before_ms, NOW_MS);

    take(t, 1, it);
    defer(t, 1, 1, NOW_MS + 5, false); /* it may be out */
    assert_int_equal(attempts(t), 1);
    assert_int_equal(poll_stream(t, "77", 0).entries[0].not_before_ms, NOW_MS + 5);
    take(t, 1, it);
    assert_int_equal(poll_stream(t, "77", 0).entries[0].not_before_ms, NOW_MS + 5);
    assert_int_equal(attempts(t), 2);
    defer(t, 1, 1, 0, true);
    defer(t, 1, 1, 0, true); /* the answer was lost, asked again */
    assert_int_equal(attempts(t), 1);
    assert_int_equal(poll_stream(t, "77", 0).entries[0].not_before_ms, 0);

    assert_int_equal(sent(t, 1, (struct sent){.stream = "77", .id = 1}), STORE_OK);
    assert_int_equal(defer(t, 1, 1, NOW_MS, false), STORE_OK); /* too late: nothing comes back */
    assert_int_equal(poll_stream(t, "77", 0).n_entries, 0);
}

/* The same in one step: a commit takes what it makes. */
static void test_a_commit_takes(void **state)
{
    struct trial *t = *state;
    struct committed c = COMMIT(
        t, ANN, 0, .taker = "77", .epoch = 3, .stamp = 99,
        LIST(out, {.stream = "77", .json = "a", .take = true}, {.stream = "77", .json = "b"}));
    assert_true(c.is_taken);
    struct polled got = poll_stream(t, "77", 0);
    assert_int_equal(got.entries[0].attempts, 1);
    assert_int_equal(got.entries[0].stamp, 99);
    assert_int_equal(got.entries[1].attempts, 0);
    assert_int_equal(got.entries[1].stamp, 0);

    defer(t, 3, 1, 0, true); /* not sent after all */
    assert_int_equal(poll_stream(t, "77", 0).entries[0].attempts, 0);
    assert_int_equal(poll_stream(t, "77", 0).entries[0].stamp, 0);
    take(t, 3, (struct take){.stream = "77", .id = 1});
    assert_int_equal(poll_stream(t, "77", 0).entries[0].stamp, 1);

    assert_int_equal(hold(t, 4), STORE_OK); /* what a newer one holds is not taken, but made */
    c = COMMIT(t, ANN, 1, .taker = "77", .epoch = 3, .stamp = 99,
               LIST(out, {.stream = "77", .json = "c", .take = true}));
    assert_int_equal(c.status, STORE_OK);
    assert_false(c.is_taken);
    assert_int_equal(poll_stream(t, "77", 0).n_entries, 3);
    assert_int_equal(poll_stream(t, "77", 0).entries[2].attempts, 0);
    assert_false(COMMIT(t, ANN, 2, LIST(out, {.stream = "77", .json = "d"})).is_taken);
}

static void test_take_resolves(void **state)
{
    struct trial *t = *state;
    struct take it = {.stream = "77", .id = 1, .surface = ROOM, .about_line = 1, .room = ROOM};
    COMMIT(t, ANN, 0, LIST(out, {.stream = "77", .json = "a"}, {.stream = "77", .json = "b"}),
           LIST(maps, {"customer", "501", 1}));
    struct answer a = take(t, 1, it);
    assert_null(a.taken[0].about_id); /* known at the customer's, not in the room */
    assert_string_equal(a.taken[0].thread, "");
    assert_int_equal(set_home(t, ANN, "42"), STORE_OK);
    assert_int_equal(
        sent(t, 1,
             (struct sent){.stream = "77", .id = 2, .surface = ROOM, .line = 1, .message_id = "9"}),
        STORE_OK);
    a = take(t, 1, it);
    assert_string_equal(a.taken[0].about_id, "9");
    assert_string_equal(a.taken[0].thread, "42");

    it = (struct take){.stream = "77", .id = 1, .about_line = 1};
    a = take(t, 1, it);
    assert_string_equal(a.taken[0].about_id, "501");
    assert_null(a.taken[0].thread);
    it.about_line = 0;
    assert_null(take(t, 1, it).taken[0].about_id);
    it.about_line = 2;
    assert_null(take(t, 1, it).taken[0].about_id);

    struct take burst[] = {
        {.stream = "77", .id = 1, .conversation = ANN, .surface = "customer", .about_line = 1},
        {.stream = "77", .id = 1, .conversation = ANN, .surface = ROOM, .room = ROOM},
    };
    struct answer two = {.t = t, .n = 2};
    t->store->ops->take(t->store, conversation_partition(ANN), "77", 1, burst, 2, on_taken, &two);
    await(&two);
    assert_string_equal(two.taken[0].about_id, "501");
    assert_null(two.taken[0].thread);
    assert_null(two.taken[1].about_id);
    assert_string_equal(two.taken[1].thread, "42");
}

static void test_take_of_what_is_gone(void **state)
{
    struct trial *t = *state;
    struct take both[] = {
        {.stream = "77", .id = 1, .conversation = ANN, .surface = ROOM, .room = ROOM},
        {.stream = "77", .id = 2, .conversation = ANN, .surface = ROOM, .room = ROOM},
    };
    COMMIT(t, ANN, 0, LIST(out, {.stream = "77", .json = "a"}, {.stream = "77", .json = "b"}));
    assert_int_equal(set_home(t, ANN, "42"), STORE_OK);
    struct answer a = take(t, 1, both[0]);
    assert_false(a.taken[0].is_gone);
    assert_int_equal(a.taken[0].attempts, 0);
    assert_int_equal(take(t, 1, both[0]).taken[0].attempts, 1); /* it may be out already */
    assert_int_equal(sent(t, 1, (struct sent){.stream = "77", .id = 1}), STORE_OK);

    a = (struct answer){.t = t, .n = 2};
    t->store->ops->take(t->store, conversation_partition(ANN), "77", 1, both, 2, on_taken, &a);
    await(&a);
    assert_int_equal(a.status, STORE_OK);
    assert_true(a.taken[0].is_gone);
    assert_false(a.taken[1].is_gone);
    assert_int_equal(a.taken[1].attempts, 0);
    assert_string_equal(a.taken[1].thread, "42");
    struct polled p = poll_stream(t, "77", 0);
    assert_int_equal(p.n_entries, 1);
    assert_int_equal(p.entries[0].attempts, 1);
}

static void test_sent(void **state)
{
    struct trial *t = *state;
    struct sent it = {.stream = "77", .id = 1, .line = 3, .message_id = "812"};
    COMMIT(t, ANN, 0,
           LIST(out, {.stream = "77", .json = "a"}, {.stream = "77", .json = "b"},
                {.stream = "77", .json = "c"}),
           LIST(lines, {"1"}));
    assert_int_equal(sent(t, 1, it), STORE_OK);
    assert_int_equal(line_of(t, ANN, "customer", "812"), 3);
    assert_int_equal(line_of(t, ANN, ROOM, "812"), 0);
    assert_int_equal(line_of(t, BOB, "customer", "812"), 0);
    assert_string_equal(field(t, ANN, "version"), "1"); /* no turn */

    it = (struct sent){.stream = "77", .id = 2, .line = 4, .mark = "{\"mark\":\"maybe twice\"}"};
    for (int i = 0; i < 2; i++) /* the second time it was settled already */
        assert_int_equal(sent(t, 1, it), STORE_OK);
    struct answer lines = transcript(t, ANN, 1, 9);
    assert_int_equal(lines.n, 2);
    assert_string_equal(lines.lines[1], "{\"mark\":\"maybe twice\"}");
    struct polled p = poll_stream(t, "77", 0);
    assert_int_equal(p.n_entries, 1);
    assert_int_equal(p.entries[0].id, 3);

    it = (struct sent){.stream = "77", .id = 3, .mark = "{}", .dead = true};
    assert_int_equal(sent(t, 1, it), STORE_OK);
    assert_int_equal(poll_stream(t, "77", 0).n_entries, 0);
    assert_int_equal(transcript(t, ANN, 1, 9).n, 3);
    COMMIT(t, ANN, 1, LIST(out, {.stream = "77", .json = "{"}));
    it = (struct sent){.stream = "77", .id = 4, .conversation = "", .mark = "{}", .dead = true};
    assert_int_equal(sent(t, 1, it), STORE_OK); /* could not be read: nobody's */
    assert_int_equal(poll_stream(t, "77", 0).n_entries, 0);
    assert_int_equal(transcript(t, "", 1, 9).n, 0);
    it = (struct sent){.stream = "77", .id = 5, .line = 5, .message_id = "813", .mark = "{}"};
    assert_int_equal(sent(t, 1, it), STORE_OK); /* never was one */
    assert_int_equal(line_of(t, ANN, "customer", "813"), 0);
    assert_int_equal(transcript(t, ANN, 1, 9).n, 3);
}

static void test_many_are_settled_at_once(void **state)
{
    struct trial *t = *state;
    struct commit_out out[64];
    struct sent items[64];
    for (size_t i = 0; i < ARRAY_LEN(out); i++) {
        out[i] = (struct commit_out){.stream = "77", .json = "{}"};
        items[i] = (struct sent){.stream = "77", .conversation = ANN, .surface = "customer"};
        items[i].id = items[i].line = (int64_t)i + 1;
        items[i].message_id = arena_printf(&t->arena, "%zu", 500 + i);
    }
    COMMIT(t, ANN, 0, .out = out, .n_out = ARRAY_LEN(out));
    ASK(t, a, sent, conversation_partition(ANN), "77", 1, NOW_MS, items, ARRAY_LEN(items),
        on_status);
    assert_int_equal(a.status, STORE_OK);
    assert_int_equal(poll_stream(t, "77", 0).n_entries, 0);
    assert_int_equal(line_of(t, ANN, "customer", "563"), 64);
}

static void test_homes(void **state)
{
    struct trial *t = *state;
    COMMIT(t, ANN, 0);
    assert_string_equal(home_of(t, "42"), "");
    assert_int_equal(set_home(t, ANN, "42"), STORE_OK);
    assert_int_equal(set_home(t, ANN, "42"), STORE_OK);
    assert_string_equal(home_of(t, "42"), ANN);
    assert_string_equal(field(t, ANN, "home." ROOM), "42");
    assert_string_equal(field(t, ANN, "version"), "1");

    assert_int_equal(set_home(t, BOB, "42"), STORE_CONFLICT); /* never rebound */
    assert_string_equal(home_of(t, "42"), ANN);
    assert_string_equal(field(t, BOB, "home." ROOM), "");

    assert_int_equal(set_home(t, ANN, ""), STORE_OK); /* lost */
    assert_string_equal(field(t, ANN, "home." ROOM), "");
    assert_string_equal(home_of(t, "42"), ANN); /* what is still said there is for her */
    assert_string_equal(home_of(t, ""), "");
    assert_int_equal(set_home(t, BOB, "42"), STORE_CONFLICT);
    assert_int_equal(set_home(t, ANN, "43"), STORE_OK);
    assert_string_equal(home_of(t, "42"), ANN);
    assert_string_equal(home_of(t, "43"), ANN);
    assert_int_equal(COMMIT(t, ANN, 1).status, STORE_OK);
}

/* Ask, while time passes, for what somebody else holds. */
static int64_t wait_for_lease(struct trial *t, const char *account, const char *holder)
{
    int64_t epoch = 0;
    for (int patience = 100000; !epoch && patience; patience--) {
        if (!t->w)
            clock_set_ms(clock_ms() + 1);
        epoch = lease_of(t, account, holder, 60000);
    }
    return epoch;
}

static void test_lease(void **state)
{
    struct trial *t = *state;
    int64_t first = lease(t, "a", 60000);
    assert_true(first > 0);
    assert_int_equal(lease(t, "b", 60000), 0);
    assert_int_equal(lease(t, "a", 60000), first); /* renewed */
    assert_true(lease_of(t, "78", "b", 60000) > 0);

    assert_int_equal(lease(t, "a", 50), first);
    int64_t second = wait_for_lease(t, "77", "b"); /* a has died */
    assert_true(second > first);
    assert_int_equal(lease(t, "a", 60000), 0);

    ASK(t, not_his, unlease, "77", "a", on_status);
    assert_int_equal(not_his.status, STORE_OK);
    assert_int_equal(lease(t, "b", 60000), second);
    ASK(t, his, unlease, "77", "b", on_status);
    assert_int_equal(his.status, STORE_OK);
    int64_t third = lease(t, "a", 50);
    assert_true(third > second);
    assert_true(wait_for_lease(t, "77", "b") > third);
}

/* The same holder, late: somebody may have sent meanwhile. */
static void test_late_renewal(void **state)
{
    struct trial *t = *state;
    int64_t first = lease(t, "a", 20);
    lease_of(t, "a later one", "x", 20);
    assert_true(wait_for_lease(t, "a later one", "y") > 0); /* so the first has run out as well */
    assert_true(lease(t, "a", 20) > first);
}

#define ON_BOTH(test) MEMORY(test), REDIS(test)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(test_ids_count_up),  ON_BOTH(test_poll_from),
        ON_BOTH(test_fence),         ON_BOTH(test_take_marks_attempts),
        ON_BOTH(test_defer),         ON_BOTH(test_a_commit_takes),
        ON_BOTH(test_take_resolves), ON_BOTH(test_take_of_what_is_gone),
        ON_BOTH(test_sent),          ON_BOTH(test_many_are_settled_at_once),
        ON_BOTH(test_homes),         ON_BOTH(test_lease),
        ON_BOTH(test_late_renewal),
    };
    if (log_configure("error", NULL) < 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
