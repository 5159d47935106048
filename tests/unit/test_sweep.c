/* Looking through the partitions: how often, and for what. */
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "bot/flow/sweep.h"
#include "tests/unit/slow_store.h"
#include "tests/unit/virtual_loop.h"

#define ANN "telegram:77:1001"
#define NOW INT64_C(1790000000000)

struct world {
    struct slow *slow;
    struct sweep *sweep;
    int polled[PARTITIONS + 1], told[PARTITIONS + 1]; /* told: with cases */
    size_t n_cases[PARTITIONS + 1];
    int next_event;
};

static size_t on_streams(void *arg, unsigned partition, struct poll_stream *out, size_t max)
{
    (void)arg, (void)partition, (void)out, (void)max;
    return 0;
}

static void on_polled(void *arg, unsigned partition, const struct polled *polled)
{
    struct world *w = arg;
    w->polled[partition]++;
    w->told[partition] += polled->has_cases;
    if (polled->has_cases)
        w->n_cases[partition] = polled->n_open_cases;
}

static int set_up(void **state)
{
    struct world *w = xcalloc(1, sizeof(*w));
    clock_set_ms(NOW);
    w->slow = slow_store_new();
    struct sweep_ports ports = {&w->slow->store, on_streams, on_polled, w};
    w->sweep = sweep_new((struct loop *)w, &ports); /* there is one: that is all that counts here */
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;
    w->slow->store.ops->free(&w->slow->store);
    sweep_free(w->sweep);
    assert_null(all_timers);
    clock_set_ms(0);
    free(w);
    return 0;
}

static void on_committed(void *arg, const struct committed *c)
{
    assert_int_equal(c->status, STORE_OK);
    *(int64_t *)arg = c->version;
}

/* By another process; "" closes it. */
static void put_case(struct world *w, int64_t no, const char *summary)
{
    static int64_t version;
    char member[24];
    version = w->next_event ? version : 0;
    snprintf(member, sizeof(member), "%d", w->next_event++);
    struct commit c = {.subject = ANN,
                       .version = version,
                       .event = {"test", member},
                       .now_ms = clock_ms(),
                       .open_case_no = no,
                       .open_case = summary};
    w->slow->memory->ops->commit(w->slow->memory, &c, on_committed, &version);
}

static void test_each_within_a_second(void **state)
{
    struct world *w = *state;
    assert_false(sweep_is_complete(w->sweep));
    pass(1000);
    assert_true(sweep_is_complete(w->sweep));
    for (size_t p = 0; p <= PARTITIONS; p++)
        assert_in_range(w->polled[p], 1, 2);
    int before = w->polled[7];
    sweep_look(w->sweep, 7);
    pass(1);
    assert_int_equal(w->polled[7], before + 1);
}

static void test_cases_come_when_they_change(void **state)
{
    struct world *w = *state;
    unsigned p = conversation_partition(ANN);
    for (int i = 1; i <= 300; i++)
        put_case(w, i, "{}");
    pass(60000);
    assert_int_equal(w->told[p], 1);
    assert_int_equal(w->n_cases[p], 300);
    assert_true(w->polled[p] >= 58);
    put_case(w, 5, "");
    put_case(w, 6, "{}");
    pass(60000);
    assert_int_equal(w->told[p], 2);
    assert_int_equal(w->n_cases[p], 299);
    sweep_all(w->sweep); /* the store went and came: it may be another one */
    assert_int_equal(w->told[p], 3);
}

static void test_nothing_is_missed_while_the_store_is_away(void **state)
{
    struct world *w = *state;
    unsigned p = conversation_partition(ANN);
    pass(1000);
    w->slow->is_slow = true;
    put_case(w, 1, "{}");
    sweep_look(w->sweep, p);
    pass(1);
    slow_go_down(w->slow); /* the answer is lost */
    pass(60000);
    assert_int_equal(w->told[p], 1);
    w->slow->is_slow = false;
    slow_come_back(w->slow);
    sweep_look(w->sweep, p);
    pass(1);
    assert_int_equal(w->told[p], 2);
    assert_int_equal(w->n_cases[p], 1);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_each_within_a_second),
        TEST(test_cases_come_when_they_change),
        TEST(test_nothing_is_missed_while_the_store_is_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
