/* The outbox when the lease goes, and another process sends. */
#include "tests/unit/outbox_world.h"

#include "bot/base/log.h"

static void on_hold(void *arg, enum store_status status)
{
    *(enum store_status *)arg = status;
}

/* Another process takes the account over, as its hold does it. */
static void another_holds(struct world *w, int64_t epoch)
{
    for (unsigned p = 0; p <= PARTITIONS; p++) {
        enum store_status status = STORE_DOWN;
        w->slow->memory->ops->hold(w->slow->memory, p, ACCOUNT, epoch, on_hold, &status);
        assert_int_equal(status, STORE_OK);
    }
}

/* It sends and settles one of its entries. */
static void another_sends(struct world *w, const char *conversation, int64_t epoch, int64_t id)
{
    enum store_status status = STORE_DOWN;
    struct sent sent = {.stream = ACCOUNT,
                        .id = id,
                        .conversation = conversation,
                        .surface = "customer",
                        .line = id,
                        .message_id = "77777"};
    w->slow->memory->ops->sent(w->slow->memory, conversation_partition(conversation), ACCOUNT,
                               epoch, clock_ms(), &sent, 1, on_hold, &status);
    assert_int_equal(status, STORE_OK);
}

static void test_a_fenced_holder_stops(void **state)
{
    struct world *w = *state;
    hold(w, 1);
    push_line(w, ANN, "one", 1);
    run(w);
    another_holds(w, 2);
    push_line(w, BOB, "not ours to send", 1);
    run(w);
    pass(w, 60000);
    assert_sent_texts(w, "one");
    assert_int_equal(outbox_opening(w->o), PARTITIONS + 1);
    assert_int_equal(stock(w, BOB, ACCOUNT).attempts, 0);
    assert_true(w->wake_ms == INT64_MAX);
    sent(w, "901"); /* its own last one is settled by the other, who sends it again */
    pass(w, 60000);
    assert_int_equal(stock(w, ANN, ACCOUNT).n, 1);
    assert_int_equal(stock(w, ANN, ACCOUNT).attempts, 1);
}

static void test_a_holder_that_comes_too_late(void **state)
{
    struct world *w = *state;
    another_holds(w, 5);
    push_line(w, ANN, "one", 1);
    hold(w, 4);
    pass(w, 60000);
    assert_int_equal(w->n_sends, 0);
    assert_int_equal(outbox_opening(w->o), PARTITIONS + 1);
}

static void test_nothing_goes_after_the_lease_is_lost(void **state)
{
    struct world *w = *state;
    hold(w, 1);
    push_line(w, ANN, "one", 1);
    push_line(w, ANN, "two", 2);
    run(w);
    w->slow->is_slow = true;
    push_line(w, BOB, "asked but not answered", 1);
    slow_answer_all(w->slow);
    run(w);
    outbox_hold(w->o, 0);
    slow_answer_all(w->slow);
    all_sent(w);
    pass(w, 60000);
    assert_sent_texts(w, "one");
}

/* A process hangs, loses the account, and gets it back: what the other one has sent meanwhile must
 * not go out again. */
static void test_what_another_has_sent_meanwhile(void **state)
{
    struct world *w = *state;
    hold(w, 1);
    push_line(w, ANN, "one", 1);
    push_line(w, ANN, "two", 2);
    push_line(w, ANN, "three", 3);
    run(w);
    sent(w, "901");
    pass(w, 100); /* "two" is under way */
    outbox_hold(w->o, 0);
    another_holds(w, 2);
    another_sends(w, ANN, 2, 3); /* and "three" is sent by the other */
    struct entry four = to_customer(ANN, "four");
    commit_entry(w, &four);
    sent(w, "902");
    hold(w, 3);
    pass(w, 1000);
    all_sent(w);
    pass(w, 1000);
    assert_sent_texts(w, "one|two|four");
    assert_int_equal(stock(w, ANN, ACCOUNT).n, 0);
    assert_int_equal(outbox_waiting(w->o), 0);
}

static void test_under_way_while_the_lease_comes_back(void **state)
{
    struct world *w = *state;
    hold(w, 1);
    push_line(w, ANN, "one", 1);
    push_line(w, ANN, "two", 2);
    run(w);
    outbox_hold(w->o, 0);
    hold(w, 2);
    pass(w, 1000);
    assert_sent_texts(w, "one"); /* still under way: not once more */
    sent(w, "901");
    pass(w, 100);
    assert_sent_texts(w, "one|two");
    sent(w, "902");
    pass(w, 1000);
    assert_int_equal(stock(w, ANN, ACCOUNT).n, 0);
    assert_int_equal(outbox_waiting(w->o), 0);
    assert_marks(w, ANN, "");
}

static void test_over_just_as_the_lease_comes_back(void **state)
{
    struct world *w = *state;
    hold(w, 1);
    push_line(w, ANN, "one", 1);
    push_line(w, ANN, "two", 2);
    run(w);
    outbox_hold(w->o, 0);
    w->slow->is_slow = true;
    outbox_hold(w->o, 2);
    unknown(w); /* it waits in its lane again, before the stream is read */
    w->slow->is_slow = false;
    slow_answer_all(w->slow);
    pass(w, 5000);
    all_sent(w);
    all_sent(w);
    pass(w, 5000);
    assert_sent_texts(w, "one|one|two");
    assert_int_equal(stock(w, ANN, ACCOUNT).n, 0);
    assert_int_equal(outbox_waiting(w->o), 0);
}

/* The answer to a mark is lost, then the lease: another one may send it now. */
static void test_marks_whose_lease_is_lost(void **state)
{
    struct world *w = *state;
    hold(w, 1);
    w->slow->is_slow = true;
    push_line(w, ANN, "one", 1);
    look(w);
    slow_answer_all(w->slow);
    outbox_run(w->o);
    slow_go_down(w->slow);
    outbox_hold(w->o, 0);
    slow_come_back(w->slow);
    w->slow->is_slow = false;
    outbox_resume(w->o);
    assert_int_equal(outbox_in_flight(w->o), 0);
    another_holds(w, 2);
    another_sends(w, ANN, 2, 1);
    hold(w, 3);
    pass(w, 60000);
    assert_int_equal(w->n_sends, 0);
}

/* The other one sent the first of three that we sent as one. */
static void test_what_is_gone_is_not_sent(void **state)
{
    struct world *w = *state;
    hold(w, 1);
    for (int i = 1; i <= 3; i++) {
        struct entry e = to_customer(ANN, arena_printf(&w->arena, "%d", i));
        e.hold_ms = 600;
        e.line = i;
        push(w, e);
    }
    pass(w, 700);
    outbox_hold(w->o, 0);
    another_holds(w, 2);
    another_sends(w, ANN, 2, 1);
    w->slow->is_slow = true;
    outbox_hold(w->o, 3);
    unknown(w); /* in its lane again, before the stream is read */
    w->slow->is_slow = false;
    slow_answer_all(w->slow);
    pass(w, 5000);
    assert_sent_texts(w, "1\n2\n3|2\n3");
    sent(w, "901");
    pass(w, 100);
    assert_marks(w, ANN, "maybe twice@customer 2, maybe twice@customer 3");
    assert_int_equal(stock(w, ANN, ACCOUNT).n, 0);
    assert_int_equal(outbox_waiting(w->o), 0);
}

static void on_take(void *arg, enum store_status status, const struct taken *taken)
{
    (void)taken;
    *(enum store_status *)arg = status;
}

/* What the platform said to a send of an older lease: whoever has the lease now may have sent it,
 * or be at it. */
static void begin_then_lose_the_lease(struct world *w)
{
    hold(w, 1);
    push_line(w, ANN, "one", 1);
    run(w);
    outbox_hold(w->o, 0);
    another_holds(w, 2);
}

static void another_takes(struct world *w, const char *conversation, int64_t epoch, int64_t id)
{
    enum store_status status = STORE_DOWN;
    struct take take = {
        .stream = ACCOUNT, .id = id, .conversation = conversation, .surface = "customer"};
    w->slow->memory->ops->take(w->slow->memory, conversation_partition(conversation), ACCOUNT,
                               epoch, &take, 1, on_take, &status);
    assert_int_equal(status, STORE_OK);
}

static void test_an_old_wait_takes_back_nobodys_attempt(void **state)
{
    struct world *w = *state;
    begin_then_lose_the_lease(w);
    another_takes(w, ANN, 2, 1);
    hold(w, 3);
    retry_after(w, 5000); /* to our first: the other's may be out */
    assert_int_equal(stock(w, ANN, ACCOUNT).attempts, 2);
    pass(w, 4999);
    assert_sent_texts(w, "one"); /* the platform's word counts all the same */
    pass(w, 1);
    assert_sent_texts(w, "one|one");
    sent(w, "901");
    pass(w, 100);
    assert_marks(w, ANN, "maybe twice@customer 1");
}

static void test_an_old_doubt_is_the_new_holders(void **state)
{
    struct world *w = *state;
    begin_then_lose_the_lease(w);
    another_takes(w, ANN, 2, 1);
    hold(w, 3);
    for (int i = 0; i < 2; i++)
        another_takes(w, ANN, 3, 1);
    unknown(w);
    pass(w, 60000);
    assert_sent_texts(w, "one|one");
    unknown(w); /* the fifth that may be out: no sixth */
    pass(w, 60000);
    assert_sent_texts(w, "one|one");
    assert_int_equal(w->told[0].event->refusal, REFUSAL_TOO_MANY);
}

static void test_an_old_refusal_is_not_told(void **state)
{
    struct world *w = *state;
    begin_then_lose_the_lease(w);
    another_sends(w, ANN, 2, 1);
    hold(w, 3);
    refused(w, REFUSAL_BLOCKED);
    pass(w, 60000);
    assert_sent_texts(w, "one");
    assert_int_equal(w->n_told, 0);
    assert_int_equal(outbox_waiting(w->o), 0);
    assert_marks(w, ANN, "");
}

static void test_an_old_outcome_without_the_lease(void **state)
{
    struct world *w = *state;
    begin_then_lose_the_lease(w);
    another_takes(w, ANN, 2, 1);
    refused(w, REFUSAL_BLOCKED);
    pass(w, 60000);
    assert_int_equal(w->n_told, 0);
    assert_int_equal(stock(w, ANN, ACCOUNT).attempts, 2);
    assert_int_equal(outbox_in_flight(w->o), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_fenced_holder_stops),
        TEST(test_a_holder_that_comes_too_late),
        TEST(test_nothing_goes_after_the_lease_is_lost),
        TEST(test_what_another_has_sent_meanwhile),
        TEST(test_under_way_while_the_lease_comes_back),
        TEST(test_over_just_as_the_lease_comes_back),
        TEST(test_marks_whose_lease_is_lost),
        TEST(test_what_is_gone_is_not_sent),
        TEST(test_an_old_wait_takes_back_nobodys_attempt),
        TEST(test_an_old_doubt_is_the_new_holders),
        TEST(test_an_old_refusal_is_not_told),
        TEST(test_an_old_outcome_without_the_lease),
    };
    if (log_configure("error", NULL))
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
