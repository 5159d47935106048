/* An adapter at work: when it has the lease, and when it must not take it. */
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "bot/base/log.h"
#include "bot/flow/lease.h"
#include "bot/flow/post.h"
#include "tests/unit/slow_store.h"
#include "tests/unit/virtual_loop.h"

#define ACCOUNT "test:77"
#define NOW     INT64_C(1790000000000)

static struct adapter_host *the_host; /* of the adapter opened last */

static int open_adapter(struct adapter_host *host, void **self, struct buf *why)
{
    (void)self, (void)why;
    the_host = host;
    return 0;
}

static const struct adapter adapter = {.name = "test", .max_text = 4096, .open = open_adapter};

struct world {
    struct slow *slow;
    struct pipeline pipeline;
    struct post *post;
};

static void on_event(void *arg)
{
    (void)arg;
}

static void on_look(void *arg, unsigned partition)
{
    (void)arg, (void)partition;
}

static int set_up(void **state)
{
    struct world *w = xcalloc(1, sizeof(*w));
    struct buf why = BUF_INIT(100);
    clock_set_ms(NOW);
    w->slow = slow_store_new();
    struct post_ports ports = {
        .loop = (struct loop *)w, /* there is one: that is all that counts here */
        .store = &w->slow->store,
        .pipeline = &w->pipeline,
        .holder = "us",
        .look = on_look,
        .ready = on_event,
        .arg = w,
    };
    w->post = post_new(&adapter, &ports, &why);
    assert_non_null(w->post);
    buf_release(&why);
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;
    post_close(w->post);
    w->slow->store.ops->free(&w->slow->store);
    post_free(w->post);
    assert_null(all_timers);
    clock_set_ms(0);
    free(w);
    return 0;
}

static void is_ready(void)
{
    the_host->ready(the_host, "77", "a_bot");
}

static void on_epoch(void *arg, enum store_status status, int64_t epoch)
{
    assert_int_equal(status, STORE_OK);
    *(int64_t *)arg = epoch;
}

/* May another process have it? It keeps it until it gives it back. */
static bool another_gets_it(struct world *w)
{
    int64_t epoch;
    struct store *memory = w->slow->memory;
    memory->ops->lease(memory, ACCOUNT, "another", INT64_C(3600000), on_epoch, &epoch);
    return epoch;
}

static void another_gives_it_back(struct world *w)
{
    struct store *memory = w->slow->memory;
    memory->ops->unlease(memory, ACCOUNT, "another", store_ignore, NULL);
}

static void test_a_standby_that_stops_takes_nothing(void **state)
{
    struct world *w = *state;
    assert_true(another_gets_it(w));
    is_ready();
    pass(10000);
    assert_false(post_is_leading(w->post));
    post_stop(w->post);
    another_gives_it_back(w);
    pass(60000);
    post_store_changed(w->post); /* as when the store comes back meanwhile */
    pass(60000);
    assert_false(post_is_leading(w->post));
    assert_true(another_gets_it(w)); /* a third one, at once */
}

static void test_what_was_asked_before_the_stop(void **state)
{
    struct world *w = *state;
    assert_true(another_gets_it(w));
    is_ready();
    w->slow->is_slow = true;
    another_gives_it_back(w);
    pass(LEASE_RENEW_MS); /* given to us, and we have not heard */
    assert_false(another_gets_it(w));
    post_stop(w->post);
    slow_answer_all(w->slow);
    assert_false(post_is_leading(w->post));
    assert_true(another_gets_it(w));
}

static void test_ready_too_late(void **state)
{
    struct world *w = *state;
    post_stop(w->post);
    is_ready();
    pass(60000);
    assert_false(post_is_leading(w->post));
    assert_true(another_gets_it(w));
}

/* What is on its way is settled under the lease; then it goes, and at once. */
static void test_who_leads_keeps_it_to_the_end(void **state)
{
    struct world *w = *state;
    is_ready();
    assert_true(post_is_leading(w->post));
    post_stop(w->post);
    pass(60000);
    assert_true(post_is_leading(w->post));
    assert_false(another_gets_it(w));
    post_drop_lease(w->post);
    assert_false(post_is_leading(w->post));
    assert_true(another_gets_it(w));
}

static void test_lost_while_stopping(void **state)
{
    struct world *w = *state;
    is_ready();
    post_stop(w->post);
    slow_go_down(w->slow);
    pass(20000);
    assert_false(post_is_leading(w->post));
    slow_come_back(w->slow);
    post_store_changed(w->post);
    pass(60000);
    assert_false(post_is_leading(w->post));
    assert_true(another_gets_it(w));
}

static void test_renewed_too_late_while_stopping(void **state)
{
    struct world *w = *state;
    is_ready();
    post_stop(w->post);
    hang(60000); /* all that wakes up then is late */
    pass(60000);
    assert_false(post_is_leading(w->post));
    assert_true(another_gets_it(w));
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_standby_that_stops_takes_nothing),
        TEST(test_what_was_asked_before_the_stop),
        TEST(test_ready_too_late),
        TEST(test_who_leads_keeps_it_to_the_end),
        TEST(test_lost_while_stopping),
        TEST(test_renewed_too_late_while_stopping),
    };
    if (log_configure("error", NULL))
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
