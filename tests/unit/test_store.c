/* What every store must do, on the one in memory and on the one in Redis. */
#include "tests/unit/store_world.h"

#include "bot/base/log.h"

/* Turns. */

static void test_round_trip(void **state)
{
    struct trial *t = *state;
    struct loaded l = load(t, ANN);
    assert_int_equal(l.n_pairs, 0);
    struct committed c = COMMIT(t, ANN, 0, LIST(set, {"lang", "zh"}, {"name", "小安"}));
    assert_int_equal(c.status, STORE_OK);
    assert_int_equal(c.version, 1);
    c = COMMIT(t, ANN, 1, LIST(set, {"lang", ""}, {"never", ""}, {"tags", "vip kol"}));
    assert_int_equal(c.status, STORE_OK);
    assert_int_equal(c.version, 2);
    l = load(t, ANN);
    assert_int_equal(l.n_pairs, 3);
    assert_string_equal(pair_of(l.pairs, l.n_pairs, "version"), "2");
    assert_string_equal(pair_of(l.pairs, l.n_pairs, "name"), "小安");
    assert_string_equal(pair_of(l.pairs, l.n_pairs, "tags"), "vip kol");
    assert_int_equal(load(t, BOB).n_pairs, 0);
}

static void test_conflict_changes_nothing(void **state)
{
    struct trial *t = *state;
    unsigned p = conversation_partition(ANN);
    struct event_id event = {"77:9", "5"};
    COMMIT(t, ANN, 0, LIST(set, {"lang", "zh"}));
    struct commit late = {
        .subject = ANN,
        .event = event,
        .open_case = "{}",
        .open_case_no = 64,
        LIST(set, {"lang", "en"}),
        LIST(lines, {"{}"}),
        LIST(maps, {"customer", "9", 1}),
        LIST(timers, {"wait", 1}),
        LIST(out, {.stream = "77", .json = "{}"}),
        LIST(counts, {"n", 1}),
        LIST(tells, {"{}"}),
    };
    struct committed c = commit(t, late);
    assert_int_equal(c.status, STORE_CONFLICT);
    assert_int_equal(c.version, 1);
    assert_int_equal(c.n_out, 0);
    assert_int_equal(load(t, ANN).n_pairs, 2);
    assert_string_equal(field(t, ANN, "lang"), "zh");
    assert_int_equal(line_of(t, ANN, "customer", "9"), 0);
    assert_int_equal(transcript(t, ANN, 1, 9).n, 0);
    assert_int_equal(counts(t, NOW_MS, NOW_MS + 1).n, 0);
    struct polled polled = poll_at(t, p, NOW_MS, "77", 0);
    assert_int_equal(polled.n_timers + polled.n_entries + polled.n_tells + polled.n_open_cases, 0);

    late.version = 1; /* reloaded: the event is not taken for seen */
    assert_int_equal(commit(t, late).status, STORE_OK);
    polled = poll_at(t, p, NOW_MS, "77", 0);
    assert_int_equal(polled.n_timers + polled.n_entries + polled.n_tells + polled.n_open_cases, 4);
}

static void test_seen_beats_version(void **state)
{
    struct trial *t = *state;
    struct event_id event = {"77:3815", "16383"};
    assert_int_equal(COMMIT(t, ANN, 0, .event = event, LIST(lines, {"{}"})).status, STORE_OK);
    struct committed c = COMMIT(t, ANN, 0, .event = event, LIST(lines, {"{}"})); /* a repeat */
    assert_int_equal(c.status, STORE_SEEN);
    assert_int_equal(c.version, 1);
    assert_int_equal(c.n_out, 0);
    assert_int_equal(COMMIT(t, ANN, 1, .event = event, LIST(lines, {"{}"})).status, STORE_SEEN);
    assert_int_equal(transcript(t, ANN, 1, 9).n, 1);

    event.member = "16382";
    assert_int_equal(COMMIT(t, ANN, 1, .event = event, LIST(lines, {"{}"})).status, STORE_OK);
    event = (struct event_id){"77:3816", "16383"};
    assert_int_equal(COMMIT(t, ANN, 2, .event = event, LIST(lines, {"{}"})).status, STORE_OK);
    assert_int_equal(transcript(t, ANN, 1, 9).n, 3);
}

static void test_case_numbers(void **state)
{
    struct trial *t = *state;
    unsigned p = conversation_partition(ANN);
    int64_t first = load(t, ANN).next_case;
    assert_int_equal(first, 64 + p);
    assert_int_equal(load(t, BOB).next_case, 64 + conversation_partition(BOB));
    assert_int_equal(COMMIT(t, ANN, 0, .case_no = first).status, STORE_OK);
    assert_int_equal(load(t, ANN).next_case, 128 + p);

    struct committed c = COMMIT(t, ANN, 1, .case_no = first); /* somebody was faster */
    assert_int_equal(c.status, STORE_CONFLICT);
    assert_int_equal(c.version, 1);
    assert_int_equal(COMMIT(t, ANN, 1, .case_no = 192 + p).status, STORE_CONFLICT);
    assert_int_equal(COMMIT(t, ANN, 1, .case_no = 128 + p).status, STORE_OK);
    assert_int_equal(COMMIT(t, ANN, 2).status, STORE_OK); /* none taken, none used up */
    assert_int_equal(load(t, ANN).next_case, 192 + p);
    assert_int_equal(load(t, ROOM).next_case, 0);
}

static void test_open_cases(void **state)
{
    struct trial *t = *state;
    unsigned p = conversation_partition(ANN);
    COMMIT(t, ANN, 0, .open_case_no = 64, .open_case = "{\"state\":1}");
    COMMIT(t, ANN, 1, .open_case_no = 128, .open_case = "{\"state\":1}");
    COMMIT(t, ANN, 2, .open_case_no = 64, .open_case = "{\"state\":2}");
    COMMIT(t, ANN, 3); /* says nothing about cases */
    struct polled polled = poll_at(t, p, NOW_MS, NULL, 0);
    assert_int_equal(polled.n_open_cases, 2);
    assert_string_equal(pair_of(polled.open_cases, 2, "64"), "{\"state\":2}");
    assert_string_equal(pair_of(polled.open_cases, 2, "128"), "{\"state\":1}");
    COMMIT(t, ANN, 4, .open_case_no = 128, .open_case = "");
    polled = poll_at(t, p, NOW_MS, NULL, 0);
    assert_int_equal(polled.n_open_cases, 1);
    assert_string_equal(polled.open_cases[0].name, "64");
    assert_int_equal(poll_at(t, (p + 1) % PARTITIONS, NOW_MS, NULL, 0).n_open_cases, 0);
}

static struct polled poll_cases(struct trial *t, int64_t known)
{
    ASK(t, a, poll, conversation_partition(ANN), NOW_MS, known, NULL, 0, on_polled);
    assert_int_equal(a.status, STORE_OK);
    return a.polled;
}

/* However many there are: who has seen them gets them again when there is news only. */
static void test_cases_are_told_once(void **state)
{
    struct trial *t = *state;
    struct polled first = poll_cases(t, POLL_CASES_ANEW);
    assert_true(first.has_cases && first.n_open_cases == 0);
    assert_false(poll_cases(t, first.cases_version).has_cases);
    for (int i = 0; i < 300; i++)
        COMMIT(t, ANN, i, .open_case_no = 64 * (i + 1), .open_case = "{\"state\":1}");
    struct polled all = poll_cases(t, first.cases_version);
    assert_true(all.has_cases && all.n_open_cases == 300);
    assert_true(all.cases_version != first.cases_version);

    COMMIT(t, ANN, 300, LIST(lines, {"{}"}));
    COMMIT(t, ANN, 301, .open_case_no = 64, .open_case = "{\"state\":1}"); /* as it was */
    COMMIT(t, ANN, 302, .open_case_no = 1, .open_case = "");               /* none */
    struct polled same = poll_cases(t, all.cases_version);
    assert_false(same.has_cases);
    assert_int_equal(same.n_open_cases, 0);
    assert_int_equal(same.cases_version, all.cases_version);
    assert_int_equal(poll_cases(t, POLL_CASES_ANEW).n_open_cases, 300);

    COMMIT(t, ANN, 303, .open_case_no = 64, .open_case = "{\"state\":2}");
    assert_int_equal(poll_cases(t, all.cases_version).n_open_cases, 300);
    COMMIT(t, ANN, 304, .open_case_no = 64, .open_case = "");
    assert_int_equal(poll_cases(t, all.cases_version).n_open_cases, 299);
    assert_true(poll_cases(t, 12345).has_cases); /* another server's */
}

static void test_timers(void **state)
{
    struct trial *t = *state;
    const char *odd = "web:site|2:客户"; /* a '|' of its own */
    unsigned p = conversation_partition(ANN);
    COMMIT(t, ANN, 0, LIST(timers, {"late", NOW_MS + 1}, {"soon", NOW_MS}, {"first", NOW_MS - 9}));
    struct polled polled = poll_at(t, p, NOW_MS - 10, NULL, 0);
    assert_int_equal(polled.n_timers, 0);
    for (int i = 0; i < 2; i++) { /* looking changes nothing */
        polled = poll_at(t, p, NOW_MS, NULL, 0);
        assert_int_equal(polled.n_timers, 2);
        assert_string_equal(polled.timers[0].subject, ANN);
        assert_string_equal(polled.timers[0].name, "first");
        assert_int_equal(polled.timers[0].due_ms, NOW_MS - 9);
        assert_string_equal(polled.timers[1].name, "soon");
        assert_int_equal(polled.timers[1].due_ms, NOW_MS);
    }
    COMMIT(t, ANN, 1, LIST(timers, {"first", 0}, {"soon", NOW_MS + 5}, {"never armed", 0}));
    assert_int_equal(poll_at(t, p, NOW_MS, NULL, 0).n_timers, 0);
    assert_int_equal(poll_at(t, p, NOW_MS + 5, NULL, 0).n_timers, 2);

    COMMIT(t, odd, 0, LIST(timers, {"wait", 1}));
    polled = poll_at(t, conversation_partition(odd), 1, NULL, 0);
    assert_int_equal(polled.n_timers, 1);
    assert_string_equal(polled.timers[0].subject, odd);
    assert_string_equal(polled.timers[0].name, "wait");
}

static void test_tells(void **state)
{
    struct trial *t = *state;
    unsigned p = conversation_partition(ANN);
    struct committed c = COMMIT(t, ANN, 0, LIST(tells, {"{\"to\":1}"}, {"{\"to\":2}"}));
    assert_int_equal(c.n_tells, 2);
    assert_int_equal(c.tells[1], c.tells[0] + 1);
    struct polled polled = poll_at(t, p, NOW_MS, NULL, 0);
    assert_int_equal(polled.n_tells, 2);
    assert_int_equal(polled.tells[0].id, c.tells[0]);
    assert_string_equal(polled.tells[0].json, "{\"to\":1}");
    for (int i = 0; i < 2; i++) { /* twice does no harm */
        ASK(t, a, told, p, c.tells[0], on_status);
        assert_int_equal(a.status, STORE_OK);
    }
    polled = poll_at(t, p, NOW_MS, NULL, 0);
    assert_int_equal(polled.n_tells, 1);
    assert_int_equal(polled.tells[0].id, c.tells[1]);
    ASK(t, a, told, p, c.tells[1], on_status);
    struct committed next = COMMIT(t, ANN, 1, LIST(tells, {"{}"}));
    assert_int_equal(next.tells[0], c.tells[1] + 1);
}

static void test_counts(void **state)
{
    struct trial *t = *state;
    int64_t hour = NOW_MS / HOUR_MS * HOUR_MS;
    COMMIT(t, ANN, 0, .now_ms = hour,
           LIST(counts, {"cases.opened", 1}, {"reply.ms", INT64_C(4000000000000001)}));
    COMMIT(t, ANN, 1, .now_ms = hour + HOUR_MS - 1, LIST(counts, {"cases.opened", 2}));
    COMMIT(t, ANN, 2, .now_ms = hour + HOUR_MS, LIST(counts, {"cases.opened", 10}, {"back", -3}));
    struct answer a = counts(t, hour, hour + HOUR_MS);
    assert_int_equal(a.n, 2);
    assert_string_equal(pair_of(a.pairs, a.n, "cases.opened"), "3");
    assert_string_equal(pair_of(a.pairs, a.n, "reply.ms"), "4000000000000001");
    a = counts(t, hour + 5, hour + HOUR_MS + 1);
    assert_string_equal(pair_of(a.pairs, a.n, "cases.opened"), "13");
    assert_string_equal(pair_of(a.pairs, a.n, "back"), "-3");
    assert_int_equal(counts(t, hour - HOUR_MS, hour).n, 0);
    assert_int_equal(counts(t, hour, hour).n, 0);
    assert_int_equal(counts(t, 0, hour + HOUR_MS).n, 2); /* from the beginning of time */
}

static void test_transcript(void **state)
{
    struct trial *t = *state;
    assert_int_equal(transcript(t, ANN, 1, 10).n, 0);
    COMMIT(t, ANN, 0, LIST(lines, {"1"}, {"2"}, {"3"}));
    COMMIT(t, ANN, 1, LIST(lines, {"4"}));
    struct answer a = transcript(t, ANN, 1, 10);
    assert_int_equal(a.n, 4);
    assert_string_equal(a.lines[0], "1");
    assert_string_equal(a.lines[3], "4");
    a = transcript(t, ANN, 2, 2);
    assert_int_equal(a.n, 2);
    assert_string_equal(a.lines[0], "2");
    assert_string_equal(a.lines[1], "3");
    assert_int_equal(transcript(t, ANN, 4, SIZE_MAX).n, 1);
    assert_int_equal(transcript(t, ANN, 5, 10).n, 0);
    assert_int_equal(transcript(t, ANN, 1, 0).n, 0);
    assert_int_equal(transcript(t, ANN, -7, 1).n, 1);
    assert_int_equal(transcript(t, BOB, 1, 10).n, 0);
}

static void test_a_transcript_keeps_the_newest(void **state)
{
    struct trial *t = *state;
    struct commit_line lines[500];
    for (int c = 0; c < 5; c++) {
        for (size_t i = 0; i < ARRAY_LEN(lines); i++)
            lines[i].json = arena_printf(&t->arena, "%zu", c * ARRAY_LEN(lines) + i + 1);
        COMMIT(t, ANN, c, .lines = lines, .n_lines = ARRAY_LEN(lines));
    }
    struct answer a = transcript(t, ANN, 1, SIZE_MAX);
    assert_int_equal(a.n, STORE_LINES);
    assert_string_equal(a.lines[0], "501"); /* the oldest went */
    assert_string_equal(a.lines[STORE_LINES - 1], "2500");

    COMMIT(t, ANN, 5, LIST(out, {.stream = "77", .json = "{}"}));
    assert_int_equal(sent(t, 1, (struct sent){.stream = "77", .id = 1, .mark = "mark"}), STORE_OK);
    a = transcript(t, ANN, 1, SIZE_MAX);
    assert_int_equal(a.n, STORE_LINES);
    assert_string_equal(a.lines[0], "502");
    assert_string_equal(a.lines[STORE_LINES - 1], "mark");
}

static void test_global_hashes(void **state)
{
    struct trial *t = *state;
    COMMIT(t, ROOM, 0, LIST(puts, {"agents", "mia", "{}", NULL}, {"codes", "x", "y", NULL}));
    ASK(t, put, hash_put, "agents", "leo", "{\"role\":\"lead\"}", on_status);
    assert_int_equal(put.status, STORE_OK);
    ASK(t, both, hash_get, "agents", on_pairs);
    assert_int_equal(both.n, 2);
    assert_string_equal(pair_of(both.pairs, 2, "mia"), "{}");
    assert_string_equal(pair_of(both.pairs, 2, "leo"), "{\"role\":\"lead\"}");
    COMMIT(t, ROOM, 1, LIST(puts, {"agents", "mia", "", NULL}));
    ASK(t, drop, hash_put, "agents", "leo", "", on_status);
    assert_int_equal(drop.status, STORE_OK);
    ASK(t, none, hash_get, "agents", on_pairs);
    assert_int_equal(none.status, STORE_OK);
    assert_int_equal(none.n, 0);
}

/* Of two rooms that use a code one is told to look again. */
static void test_a_put_that_must_find_what_was(void **state)
{
    struct trial *t = *state;
    struct committed a = COMMIT(t, ROOM, 0, LIST(puts, {"codes", "staff", "4821 9 5", ""}));
    assert_int_equal(a.status, STORE_OK);
    a = COMMIT(t, ROOM, 1, LIST(puts, {"codes", "staff", "4822 9 5", ""}));
    assert_int_equal(a.status, STORE_CONFLICT);
    a = COMMIT(t, ROOM, 1, LIST(set, {"name", "x"}),
               LIST(puts, {"rooms", ROOM, "bound", NULL}, {"codes", "staff", "", "4821 9 4"}));
    assert_int_equal(a.status, STORE_CONFLICT); /* all or nothing */
    ASK(t, rooms, hash_get, "rooms", on_pairs);
    assert_int_equal(rooms.n, 0);
    a = COMMIT(t, ROOM, 1, LIST(puts, {"codes", "staff", "4821 9 4", "4821 9 5"}));
    assert_int_equal(a.status, STORE_OK);
    a = COMMIT(t, ROOM, 2, LIST(puts, {"codes", "staff", "", "4821 9 4"}));
    assert_int_equal(a.status, STORE_OK);
    ASK(t, codes, hash_get, "codes", on_pairs);
    assert_int_equal(codes.n, 0);
}

/* Text. */

static void test_odd_bytes(void **state)
{
    struct trial *t = *state;
    char odd[256];
    size_t n = 0;
    for (int c = 1; c < 128; c++)
        odd[n++] = (char)c;
    snprintf(odd + n, sizeof(odd) - n, "\\u0041 \"小\" 👩‍👩‍👧 \xE2\x80\xA8 {}:|@#");
    COMMIT(t, ANN, 0, LIST(set, {odd, odd}), LIST(lines, {odd}), LIST(maps, {odd, odd, 1}),
           LIST(out, {.stream = "77", .json = odd}), LIST(tells, {odd}), .open_case_no = 64,
           .open_case = odd, LIST(counts, {odd, 1}), .event = {odd, odd});
    struct polled polled = poll_stream(t, "77", 0);
    assert_string_equal(field(t, ANN, odd), odd);
    assert_string_equal(transcript(t, ANN, 1, 1).lines[0], odd);
    assert_int_equal(line_of(t, ANN, odd, odd), 1);
    assert_string_equal(polled.entries[0].json, odd);
    assert_string_equal(polled.tells[0].json, odd);
    assert_string_equal(polled.open_cases[0].value, odd);
    assert_string_equal(counts(t, NOW_MS, NOW_MS + 1).pairs[0].name, odd);
    assert_int_equal(COMMIT(t, ANN, 0, .event = {odd, odd}).status, STORE_SEEN);
}

static void test_a_megabyte(void **state)
{
    struct trial *t = *state;
    struct buf big = BUF_INIT(2 << 20);
    while (big.len < 1 << 20)
        buf_str(&big, "钱\"\n");
    const char *text = big.data;
    assert_int_equal(COMMIT(t, ANN, 0, LIST(set, {"held.1", text}), LIST(lines, {text}),
                            LIST(out, {.stream = "77", .json = text}))
                         .status,
                     STORE_OK);
    assert_string_equal(field(t, ANN, "held.1"), text);
    assert_string_equal(transcript(t, ANN, 1, 1).lines[0], text);
    assert_string_equal(poll_stream(t, "77", 0).entries[0].json, text);
    buf_release(&big);
}

static void test_large_ids(void **state)
{
    struct trial *t = *state;
    const char *id = "telegram:9007199254740993:-1009223372036854775807";
    const char *message = "9223372036854775807", *other = "9223372036854775806";
    int64_t due = INT64_C(9007199254740991), line = INT64_C(9007199254740993);
    COMMIT(t, id, 0, LIST(set, {"user", message}, {"lines", "9007199254740993"}),
           LIST(maps, {"customer", message, line}, {"customer", other, 2}),
           LIST(timers, {"far", due}), .open_case_no = line, .open_case = "{}",
           .event = {"77:549755813887", message});
    assert_string_equal(field(t, id, "user"), message);
    assert_string_equal(field(t, id, "lines"), "9007199254740993");
    assert_int_equal(line_of(t, id, "customer", message), line);
    assert_int_equal(line_of(t, id, "customer", other), 2);
    assert_int_equal(COMMIT(t, id, 1, .event = {"77:549755813887", "9223372036854775806"}).status,
                     STORE_OK);
    assert_int_equal(COMMIT(t, id, 2, .event = {"77:549755813887", message}).status, STORE_SEEN);
    struct polled polled = poll_at(t, conversation_partition(id), due, NULL, 0);
    assert_int_equal(polled.timers[0].due_ms, due);
    assert_string_equal(polled.timers[0].subject, id);
    assert_string_equal(polled.open_cases[0].name, "9007199254740993");
}

/* A callback may call the store; what it was given stays good till it returns. */
static void on_load_then_commit(void *arg, const struct loaded *l)
{
    struct answer *a = arg;
    struct commit c = {
        .subject = ANN,
        .version = 1,
        .event = {"77:2", "1"},
        LIST(set, {"a", "new"}, {"b", "new"}, {"c", "new"}),
    };
    struct answer second = {.t = a->t};
    a->t->store->ops->commit(a->t->store, &c, on_committed, a + 1);
    if (!a->t->w)
        a->t->store->ops->poll(a->t->store, 0, 0, POLL_CASES_ANEW, NULL, 0, on_polled, &second);
    assert_string_equal(pair_of(l->pairs, l->n_pairs, "a"), "old");
    on_loaded(a, l);
}

static void test_calls_in_callbacks(void **state)
{
    struct trial *t = *state;
    COMMIT(t, ANN, 0, LIST(set, {"a", "old"}));
    struct answer a[2] = {{.t = t}, {.t = t}};
    t->store->ops->load(t->store, ANN, NULL, 0, on_load_then_commit, &a[0]);
    await(&a[0]);
    await(&a[1]);
    assert_int_equal(a[1].status, STORE_OK);
    assert_string_equal(field(t, ANN, "a"), "new");
}

#define ON_BOTH(test) MEMORY(test), REDIS(test)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(test_round_trip),
        ON_BOTH(test_conflict_changes_nothing),
        ON_BOTH(test_seen_beats_version),
        ON_BOTH(test_case_numbers),
        ON_BOTH(test_open_cases),
        ON_BOTH(test_cases_are_told_once),
        ON_BOTH(test_timers),
        ON_BOTH(test_tells),
        ON_BOTH(test_counts),
        ON_BOTH(test_transcript),
        ON_BOTH(test_a_transcript_keeps_the_newest),
        ON_BOTH(test_global_hashes),
        ON_BOTH(test_a_put_that_must_find_what_was),
        ON_BOTH(test_odd_bytes),
        ON_BOTH(test_a_megabyte),
        ON_BOTH(test_large_ids),
        ON_BOTH(test_calls_in_callbacks),
    };
    if (log_configure("error", NULL) < 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
