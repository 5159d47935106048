/* What concerns another subject, and what happens when the store goes away. */
#include "tests/unit/inbox_world.h"

/* --- tells --- */

static void test_a_tell_reaches_its_subject_once(void **state)
{
    struct world *w = *state;
    hear(w, ANN, "tell " BOB " hello");
    assert_log(w, BOB, "hello");
    assert_int_equal(tells_left(w, ANN), 0);
    hear(w, ANN, "tell " ANN " myself");
    assert_log(w, ANN, "myself");
    hear(w, ANN, "tell " BOB " tell " ANN " back");
    assert_log(w, ANN, "myself back");
    assert_int_equal(tells_left(w, BOB), 0);
}

static void keep_tell(void *arg, const struct polled *polled)
{
    struct world *w = arg;
    for (size_t i = 0; i < polled->n_tells; i++)
        inbox_tell(w->in, conversation_partition(ANN), polled->tells[i].id, polled->tells[i].json,
                   clock_ms());
}

static void sweep_tells(struct world *w)
{
    w->slow->memory->ops->poll(w->slow->memory, conversation_partition(ANN), clock_ms(),
                               POLL_CASES_ANEW, NULL, 0, keep_tell, w);
}

static void test_a_tell_outlives_a_crash(void **state)
{
    struct world *w = *state;
    w->slow->is_slow = true;
    hear(w, ANN, "tell " BOB " hello");
    slow_answer(w->slow); /* loaded; the commit is done, its answer is not here yet */
    assert_int_equal(tells_left(w, ANN), 1);
    slow_go_down(w->slow);
    inbox_free(w->in);
    w->slow->is_slow = false;
    slow_come_back(w->slow);
    w->in = open_inbox(w);
    sweep_tells(w);
    assert_log(w, BOB, "hello");
    assert_int_equal(tells_left(w, ANN), 0);
}

static void test_a_tell_that_is_found_again_counts_once(void **state)
{
    struct world *w = *state;
    w->slow->is_slow = true;
    hear(w, ANN, "tell " BOB " hello");
    while (tells_left(w, ANN) == 0 || w->n_done == 0)
        assert_true(slow_answer(w->slow));
    sweep_tells(w); /* before it was crossed out */
    sweep_tells(w);
    slow_answer_all(w->slow);
    assert_log(w, BOB, "hello");
    assert_int_equal(tells_left(w, ANN), 0);
}

static void ignore_commit(void *arg, const struct committed *c)
{
    (void)arg;
    assert_int_equal(c->status, STORE_OK);
}

static void test_a_tell_that_cannot_be_read_goes(void **state)
{
    struct world *w = *state;
    struct commit_tell odd[] = {{""}, {"{"}, {"{}"}, {"{\"to\":\"" BOB "\",\"data\":\"hello\"}"}};
    struct commit c = {.subject = ANN,
                       .event = {"77:1", "odd"},
                       .now_ms = clock_ms(),
                       .tells = odd,
                       .n_tells = ARRAY_LEN(odd)};
    w->slow->memory->ops->commit(w->slow->memory, &c, ignore_commit, NULL);
    sweep_tells(w);
    assert_int_equal(tells_left(w, ANN), 0);
    assert_log(w, BOB, "");
}

static void test_freed_with_tells_under_way(void **state)
{
    struct world *w = *state;
    w->slow->is_slow = true;
    hear(w, ANN, "tell " BOB " hello");
    while (w->n_done == 0)
        assert_true(slow_answer(w->slow));
    hear(w, "telegram:77:1003", "hello");
    deliver(w, w->in, in_topic("9", "hello")); /* nothing may leak in tear_down */
}

/* --- the store goes --- */

static void test_nothing_is_lost_wherever_it_breaks(void **state)
{
    static const enum slow_op ops[] = {SLOW_LOAD, SLOW_COMMIT};
    struct world *w = *state;
    for (size_t i = 0; i < 2 * ARRAY_LEN(ops); i++) {
        enum slow_op op = ops[i / 2];
        int before = w->slow->calls[op];
        const char *id = arena_printf(&w->arena, "telegram:77:%zu", 3000 + i);
        w->slow->is_slow = true;
        w->slow->lose[op] = i % 2; /* it arrives and its answer is lost, or it does not arrive */
        hear(w, id, "a");
        hear(w, id, "b");
        while (w->slow->calls[op] == before)
            assert_true(slow_answer(w->slow));
        slow_go_down(w->slow);
        hear(w, id, "c"); /* comes while it is away */
        assert_int_equal(w->n_done, 3 * i);
        assert_int_equal(inbox_waiting(w->in), 3);
        slow_come_back(w->slow);
        w->slow->is_slow = false;
        inbox_resume(w->in);
        assert_int_equal(w->n_done, 3 * (i + 1));
        assert_int_equal(inbox_waiting(w->in), 0);
        assert_log(w, id, "a b c");
    }
    assert_string_equal(w->done.data, "a b c a b c a b c a b c");
}

static void test_staffs_words_wait_in_order(void **state)
{
    struct world *w = *state;
    give_home(w, ANN, "9");
    give_home(w, BOB, "8");
    for (int fast = 0; fast < 2; fast++) {
        w->slow->is_slow = true;
        deliver(w, w->in, in_topic("9", "a")); /* its home is being asked for */
        deliver(w, w->in, in_topic("9", "b"));
        slow_go_down(w->slow);
        deliver(w, w->in, in_topic("8", "x"));
        deliver(w, w->in, in_topic("9", "c"));
        assert_int_equal(inbox_waiting(w->in), 4);
        slow_come_back(w->slow);
        w->slow->is_slow = !fast;
        inbox_resume(w->in);
        deliver(w, w->in, in_topic("9", "d"));
        slow_answer_all(w->slow);
        assert_int_equal(inbox_waiting(w->in), 0);
    }
    assert_log(w, ANN, "a b c d a b c d");
    assert_log(w, BOB, "x x");
}

static void test_down_again_while_resuming(void **state)
{
    struct world *w = *state;
    for (int i = 0; i < 20; i++)
        hear(w, arena_printf(&w->arena, "telegram:77:%d", 3000 + i), "a");
    slow_go_down(w->slow);
    for (int i = 0; i < 20; i++)
        hear(w, arena_printf(&w->arena, "telegram:77:%d", 3000 + i), "b");
    w->slow->store.is_up = true;
    w->slow->is_slow = true;
    inbox_resume(w->in);
    for (int i = 0; i < 7; i++)
        slow_answer(w->slow);
    slow_go_down(w->slow);
    slow_come_back(w->slow);
    w->slow->is_slow = false;
    inbox_resume(w->in);
    assert_int_equal(inbox_waiting(w->in), 0);
    for (int i = 0; i < 20; i++)
        assert_log(w, arena_printf(&w->arena, "telegram:77:%d", 3000 + i), "a b");
}

static int loads_of(struct world *w, int from, int to)
{
    int before = w->slow->calls[SLOW_LOAD];
    for (int i = from; i < to; i++)
        hear(w, arena_printf(&w->arena, "telegram:77:%d", i), "x");
    return w->slow->calls[SLOW_LOAD] - before;
}

/* More than memory keeps, all waiting for the store: none is forgotten while they are gone through.
 */
static void test_resuming_more_than_memory_keeps(void **state)
{
    struct world *w = *state;
    enum { MANY = INBOX_CACHE + 20 };
    slow_go_down(w->slow);
    loads_of(w, 0, MANY);
    assert_int_equal(inbox_waiting(w->in), MANY);
    slow_come_back(w->slow);
    inbox_resume(w->in);
    assert_int_equal(w->n_done, MANY);
    loads_of(w, MANY, MANY + 100); /* from now on the oldest go again */
    assert_true(loads_of(w, 0, MANY) >= 100);
}

/* Many conversations, a connection that breaks all the time: all is there, once, in order. */
static void test_storm(void **state)
{
    struct world *w = *state;
    enum { CUSTOMERS = 12, EVENTS = 1500 };
    int next[CUSTOMERS] = {0};
    uint32_t dice = 4711;
    w->slow->is_slow = true;
    for (int i = 0; i < EVENTS;) {
        dice = dice * 1664525 + 1013904223;
        uint32_t roll = dice >> 16;
        if (roll % 5 < 2) {
            int who = (int)(roll / 5 % CUSTOMERS);
            hear(w, arena_printf(&w->arena, "telegram:77:%d", 3000 + who),
                 arena_printf(&w->arena, "%d", next[who]++));
            i++;
        } else if (roll % 41 == 0 && w->store->is_up) {
            slow_go_down(w->slow);
        } else if (!w->store->is_up && roll % 7 == 0) {
            w->store->is_up = true;
            inbox_resume(w->in);
        } else if (roll % 29 == 0) {
            w->slow->lose[roll % 2 ? SLOW_LOAD : SLOW_COMMIT] = 1;
            slow_answer(w->slow);
            if (w->store->is_up)
                slow_go_down(w->slow); /* what is lost means a broken connection */
        } else {
            slow_answer(w->slow);
        }
    }
    memset(w->slow->lose, 0, sizeof(w->slow->lose));
    w->store->is_up = true;
    inbox_resume(w->in);
    slow_answer_all(w->slow);
    assert_int_equal(inbox_waiting(w->in), 0);
    assert_int_equal(w->n_done, EVENTS);
    for (int who = 0; who < CUSTOMERS; who++) {
        struct buf wanted = BUF_INIT(10000);
        for (int i = 0; i < next[who]; i++)
            buf_printf(&wanted, "%s%d", i ? " " : "", i);
        assert_log(w, arena_printf(&w->arena, "telegram:77:%d", 3000 + who), wanted.data);
        buf_release(&wanted);
    }
}

/* --- facts that a handler lacks --- */

static void test_facts_are_fetched_and_all_are_asked_again(void **state)
{
    struct world *w = *state;
    hear(w, ANN, "say hello");
    hear(w, ANN, "fates");
    assert_log(w, ANN, "1");
    assert_int_equal(n_screened, 2);
    assert_int_equal(w->n_committed, 2);
    assert_string_equal(w->done.data, "say hello fates");
}

static void test_another_subject_s_record(void **state)
{
    struct world *w = *state;
    hear(w, BOB, "bread");
    hear(w, ANN, "record " BOB);
    hear(w, ANN, "record telegram:77:unknown");
    hear(w, ANN, "and");
    assert_log(w, ANN, "bread  and");
    assert_log(w, BOB, "bread");
    assert_int_equal(inbox_waiting(w->in), 0);
}

static void test_another_subject_s_record_while_the_store_is_away(void **state)
{
    struct world *w = *state;
    hear(w, BOB, "bread");
    hear(w, ANN, "a");
    w->slow->lose[SLOW_LOAD] = 1;
    hear(w, ANN, "record " BOB);
    assert_int_equal(inbox_waiting(w->in), 1);
    inbox_resume(w->in);
    assert_int_equal(inbox_waiting(w->in), 0);
    assert_log(w, ANN, "a bread");
}

static void test_facts_that_lead_to_nothing(void **state)
{
    struct world *w = *state;
    hear(w, ANN, "a");
    w->slow->is_slow = true;
    hear(w, BOB, "tell " ANN " look");
    slow_answer_all(w->slow);
    assert_int_equal(inbox_waiting(w->in), 0);
    assert_int_equal(tells_left(w, BOB), 0);
    assert_log(w, ANN, "a");
}

static void test_facts_while_the_store_is_away(void **state)
{
    static const enum slow_op ops[] = {SLOW_HASH_GET, SLOW_POLL, SLOW_TRANSCRIPT};
    struct world *w = *state;
    for (size_t i = 0; i < ARRAY_LEN(ops); i++) {
        w->slow->lose[ops[i]] = 1;
        hear(w, ANN, "fates");
        hear(w, ANN, "after");
        assert_int_equal(inbox_waiting(w->in), 2);
        inbox_resume(w->in);
        assert_int_equal(inbox_waiting(w->in), 0);
    }
    assert_log(w, ANN, "0 after 0 after 0 after");
}

static void slip_in(void *arg, enum slow_op op)
{
    struct world *w = arg;
    if (op != SLOW_COMMIT)
        return;
    w->slow->before = NULL; /* once */
    another_sets(w, ANN, "log", "another");
}

static void test_facts_of_a_turn_that_was_too_slow_are_old(void **state)
{
    struct world *w = *state;
    w->slow->before = slip_in;
    w->slow->before_arg = w;
    hear(w, ANN, "fates");
    assert_log(w, ANN, "another 0");
    assert_int_equal(w->slow->calls[SLOW_TRANSCRIPT], 2);
}

static void test_freed_with_facts_under_way(void **state)
{
    struct world *w = *state;
    w->slow->is_slow = true;
    hear(w, ANN, "fates");
    slow_answer(w->slow); /* the record */
    slow_answer(w->slow); /* the pauses */
    assert_int_equal(w->slow->calls[SLOW_POLL], 1);
    assert_int_equal(inbox_waiting(w->in), 1);
}

static void test_a_document_is_fetched_as_text(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *bytes;
        size_t len;
        const char *heard;
    } documents[] = {
        {"a: b", 4, "a: b"},
        {"\xef\xbb\xbf\xe5\x90\x97", 6, "\xe5\x90\x97"}, /* behind a byte order mark */
        {"a\0b", 3, "not_text"},
        {"\xb2\xe2\xca\xd4", 4, "not_text"}, /* GBK */
    };
    for (size_t i = 0; i < ARRAY_LEN(documents); i++) {
        another_sets(w, ANN, "log", "");
        w->document = (struct document){.text = documents[i].bytes, .len = documents[i].len};
        deliver(w, w->in, message(ANN, "document"));
        assert_log(w, ANN, documents[i].heard);
    }
    w->document = (struct document){.text = "", .fault = DOCUMENT_GONE, .why = "no such file"};
    hear(w, ANN, "document");
    assert_log(w, ANN, "not_text gone");
    assert_int_equal(w->n_fetched, 5);
}

/* What the subject hears meanwhile waits its turn; what changes it does not make the platform be
 * asked twice. */
static void test_a_document_that_takes_its_time(void **state)
{
    struct world *w = *state;
    w->is_fetching = true;
    hear(w, ANN, "document");
    hear(w, ANN, "after");
    hear(w, BOB, "bread");
    assert_string_equal(w->done.data, "bread");
    another_sets(w, ANN, "log", "another");
    w->fetched(w->fetched_arg, &(struct document){.text = "words", .len = 5});
    assert_log(w, ANN, "another words after");
    assert_int_equal(w->n_fetched, 1);
}

static void test_freed_with_a_document_under_way(void **state)
{
    struct world *w = *state;
    w->is_fetching = true;
    hear(w, ANN, "document");
    w->fetched(w->fetched_arg, NULL); /* the platform is closed */
    assert_int_equal(inbox_waiting(w->in), 1);
    inbox_resume(w->in);
    assert_int_equal(w->n_fetched, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_tell_reaches_its_subject_once),
        TEST(test_a_tell_outlives_a_crash),
        TEST(test_a_tell_that_is_found_again_counts_once),
        TEST(test_a_tell_that_cannot_be_read_goes),
        TEST(test_freed_with_tells_under_way),
        TEST(test_nothing_is_lost_wherever_it_breaks),
        TEST(test_staffs_words_wait_in_order),
        TEST(test_down_again_while_resuming),
        TEST(test_resuming_more_than_memory_keeps),
        TEST(test_storm),
        TEST(test_facts_are_fetched_and_all_are_asked_again),
        TEST(test_another_subject_s_record),
        TEST(test_another_subject_s_record_while_the_store_is_away),
        TEST(test_facts_that_lead_to_nothing),
        TEST(test_facts_while_the_store_is_away),
        TEST(test_facts_of_a_turn_that_was_too_slow_are_old),
        TEST(test_freed_with_facts_under_way),
        TEST(test_a_document_is_fetched_as_text),
        TEST(test_a_document_that_takes_its_time),
        TEST(test_freed_with_a_document_under_way),
    };
    if (log_configure("error", NULL))
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
