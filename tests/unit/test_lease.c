#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "bot/flow/lease.h"
#include "tests/unit/slow_store.h"
#include "tests/unit/virtual_loop.h"

#define ACCOUNT "telegram:77"
#define NOW     INT64_C(1790000000000)

/* A process: its own way to the one store, its own lease. */
struct process {
    struct slow *slow;
    struct lease *lease;
    int64_t epoch; /* as it was told last */
    int changes;
};

static void on_change(void *arg, int64_t epoch)
{
    struct process *p = arg;
    assert_true(epoch != p->epoch); /* only news */
    p->epoch = epoch;
    p->changes++;
}

struct world {
    struct process a, b;
    struct store *memory; /* where both write */
};

static void start(struct process *p, const char *holder)
{
    p->lease = lease_new(NULL, &p->slow->store, ACCOUNT, holder, on_change, p);
}

static int set_up(void **state)
{
    struct world *w = xcalloc(1, sizeof(*w));
    clock_set_ms(NOW);
    w->a.slow = slow_store_new();
    w->b.slow = slow_store_new();
    w->memory = w->a.slow->memory;
    w->b.slow->memory->ops->free(w->b.slow->memory);
    w->b.slow->memory = w->memory;
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;
    w->b.slow->memory = store_memory_new(); /* each frees one */
    w->a.slow->store.ops->free(&w->a.slow->store);
    w->b.slow->store.ops->free(&w->b.slow->store);
    lease_free(w->a.lease);
    lease_free(w->b.lease);
    lease_free(NULL);
    assert_null(all_timers);
    clock_set_ms(0);
    free(w);
    return 0;
}

static void test_one_holds_and_renews(void **state)
{
    struct world *w = *state;
    start(&w->a, "a");
    start(&w->b, "b");
    assert_true(w->a.epoch == 1 && w->b.epoch == 0);
    pass(3600000);
    assert_true(w->a.epoch == 1 && w->a.changes == 1); /* renewed in time it keeps its epoch */
    assert_int_equal(w->b.changes, 0);
    assert_in_range(w->a.slow->calls[SLOW_LEASE], 1200, 1202); /* every 3 s */
}

static void test_given_up_it_goes_to_the_next(void **state)
{
    struct world *w = *state;
    start(&w->a, "a");
    start(&w->b, "b");
    pass(10000);
    lease_drop(w->a.lease);
    assert_true(w->a.epoch == 0);
    pass(LEASE_RENEW_MS);
    assert_true(w->b.epoch == 2);
    pass(60000);
    assert_true(w->a.epoch == 0 && w->b.epoch == 2); /* who gave it up does not ask again */
    assert_int_equal(w->a.slow->calls[SLOW_UNLEASE], 1);
}

static void test_given_up_while_it_is_being_renewed(void **state)
{
    struct world *w = *state;
    start(&w->a, "a");
    w->a.slow->is_slow = true;
    pass(LEASE_RENEW_MS);
    assert_non_null(w->a.slow->first); /* the renewal is on its way */
    lease_drop(w->a.lease);
    slow_answer_all(w->a.slow);
    assert_true(w->a.epoch == 0);
    pass(60000);
    slow_answer_all(w->a.slow);
    lease_ask(w->a.lease); /* as when the store comes back during a shutdown */
    slow_answer_all(w->a.slow);
    assert_true(w->a.epoch == 0 && w->a.changes == 2);
}

static void test_who_retires_takes_nothing_anew(void **state)
{
    struct world *w = *state;
    start(&w->a, "a");
    start(&w->b, "b");
    lease_retire(w->b.lease); /* it stands by */
    lease_retire(w->a.lease); /* it holds it, and keeps it */
    pass(60000);
    assert_true(w->a.epoch == 1 && w->a.changes == 1 && w->b.changes == 0);
    lease_drop(w->a.lease);
    lease_drop(w->a.lease);
    pass(60000);
    assert_true(w->a.epoch == 0 && w->b.epoch == 0);
    assert_int_equal(w->a.slow->calls[SLOW_UNLEASE], 1);
}

/* The heart of it: at no moment do two hold it, whatever hangs or breaks. */
static void test_it_ends_before_another_can_have_it(void **state)
{
    struct world *w = *state;
    start(&w->a, "a");
    start(&w->b, "b");
    pass(1);
    slow_go_down(w->a.slow); /* only a's connection */
    int64_t lost_ms = 0, got_ms = 0;
    for (int i = 0; i < 30000; i += 10) {
        pass(10);
        if (!lost_ms && !w->a.epoch)
            lost_ms = clock_ms();
        if (!got_ms && w->b.epoch)
            got_ms = clock_ms();
        assert_false(w->a.epoch && w->b.epoch);
    }
    assert_true(lost_ms && got_ms);
    assert_in_range(lost_ms - NOW, LEASE_TTL_MS - LEASE_MARGIN_MS - 10,
                    LEASE_TTL_MS - LEASE_MARGIN_MS + 10);
    assert_true(got_ms - lost_ms >= LEASE_MARGIN_MS - 20);
    slow_come_back(w->a.slow);
    lease_ask(w->a.lease);
    pass(60000);
    assert_true(w->a.epoch == 0 && w->b.epoch == 2);
}

static void test_a_process_that_hangs(void **state)
{
    struct world *w = *state;
    start(&w->a, "a");
    pass(5000);
    hang(60000);
    assert_true(w->a.epoch == 2); /* what it holds now is a new lease, and it knows */
    assert_int_equal(w->a.changes, 2);
}

static void test_a_slow_answer_counts_from_the_question(void **state)
{
    struct world *w = *state;
    start(&w->a, "a");
    w->a.slow->is_slow = true;
    pass(LEASE_RENEW_MS); /* asked at 3 s … */
    clock_set_ms(NOW + 7000);
    slow_answer_all(w->a.slow); /* … answered at 7 s: good until 3 + 8 s */
    pass(3999);
    assert_true(w->a.epoch == 1);
    pass(2);
    assert_true(w->a.epoch == 0);
}

static void test_one_question_at_a_time(void **state)
{
    struct world *w = *state;
    w->a.slow->is_slow = true;
    start(&w->a, "a");
    pass(20000);
    lease_ask(w->a.lease);
    assert_int_equal(w->a.slow->calls[SLOW_LEASE], 1);
    slow_answer_all(w->a.slow); /* 20 s old: it is over by now */
    assert_int_equal(w->a.changes, 0);
    pass(LEASE_RENEW_MS);
    slow_answer_all(w->a.slow);
    assert_true(w->a.epoch == 2);
}

static void test_a_store_that_is_away_at_first(void **state)
{
    struct world *w = *state;
    w->a.slow->store.is_up = false;
    start(&w->a, "a");
    pass(60000);
    assert_int_equal(w->a.changes, 0);
    assert_int_equal(w->a.slow->calls[SLOW_LEASE], 0);
    slow_come_back(w->a.slow);
    lease_ask(w->a.lease);
    assert_true(w->a.epoch == 1);
}

static void test_a_short_break_is_not_noticed(void **state)
{
    struct world *w = *state;
    start(&w->a, "a");
    pass(4000);
    slow_go_down(w->a.slow);
    pass(4000);
    slow_come_back(w->a.slow);
    lease_ask(w->a.lease);
    pass(60000);
    assert_true(w->a.epoch == 1 && w->a.changes == 1);
}

static void test_another_is_faster(void **state)
{
    struct world *w = *state;
    start(&w->a, "a");
    pass(1000);
    clock_set_ms(NOW + 20000); /* a hangs, its lease is over … */
    start(&w->b, "b");
    assert_true(w->b.epoch == 2);
    pass(0); /* … and the first thing it learns when it wakes up */
    assert_true(w->a.epoch == 0);
    pass(60000);
    assert_true(w->a.epoch == 0 && w->b.epoch == 2);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_one_holds_and_renews),
        TEST(test_given_up_it_goes_to_the_next),
        TEST(test_given_up_while_it_is_being_renewed),
        TEST(test_who_retires_takes_nothing_anew),
        TEST(test_it_ends_before_another_can_have_it),
        TEST(test_a_process_that_hangs),
        TEST(test_a_slow_answer_counts_from_the_question),
        TEST(test_one_question_at_a_time),
        TEST(test_a_store_that_is_away_at_first),
        TEST(test_a_short_break_is_not_noticed),
        TEST(test_another_is_faster),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
