/* The outbox when the store goes away, when another process sends, and after a crash. */
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

/* --- the lease --- */

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

/* --- the store --- */

static void test_the_store_goes_before_a_send(void **state)
{
    struct world *w = *state;
    hold(w, 1);
    w->slow->is_slow = true;
    push_line(w, ANN, "one", 1);
    look(w);
    slow_answer_all(w->slow);
    run(w); /* take was asked … */
    assert_int_equal(w->slow->calls[SLOW_TAKE], 1);
    slow_go_down(w->slow); /* … and its answer is lost */
    pass(w, 60000);
    assert_int_equal(w->n_sends, 0);
    slow_come_back(w->slow);
    w->slow->is_slow = false;
    outbox_resume(w->o);
    pass(w, 1000);
    assert_sent_texts(w, "one");
    sent(w, "901");
    pass(w, 100);
    assert_int_equal(stock(w, ANN, ACCOUNT).n, 0);
}

static void test_the_store_goes_before_it_is_settled(void **state)
{
    struct world *w = *state;
    hold(w, 1);
    for (int i = 1; i <= 3; i++)
        push_line(w, ANN, arena_printf(&w->arena, "%d", i), i);
    push_line(w, BOB, "other", 1);
    run(w);
    w->slow->lose[SLOW_SENT] = 1; /* one of them does not arrive */
    w->slow->is_slow = true;
    settle(w, send_of(w, "other"), (struct delivery){.outcome = DELIVERY_SENT, .id = "801"});
    settle(w, send_of(w, "1"), (struct delivery){.outcome = DELIVERY_SENT, .id = "901"});
    clock_set_ms(clock_ms() + 10);
    run(w);
    slow_go_down(w->slow);
    pass(w, 600000);
    assert_int_equal(w->n_sends, 2);
    assert_int_equal(outbox_in_flight(w->o), 2); /* both are still to be told */
    slow_come_back(w->slow);
    w->slow->is_slow = false;
    outbox_resume(w->o);
    pass(w, 1000);
    all_sent(w);
    all_sent(w);
    pass(w, 1000);
    assert_int_equal(w->n_sends, 4); /* each once */
    assert_int_equal(outbox_in_flight(w->o), 0);
    assert_int_equal(stock(w, ANN, ACCOUNT).n, 0);
    assert_int_equal(stock(w, BOB, ACCOUNT).n, 0);
    assert_true(line_of(w, ANN, "customer", "901") == 1);
    assert_true(line_of(w, BOB, "customer", "801") == 1);
    assert_marks(w, ANN, "");
}

static void test_what_settles_while_the_store_is_away(void **state)
{
    struct world *w = *state;
    hold(w, 1);
    push_line(w, ANN, "one", 1);
    push_line(w, ANN, "two", 2);
    run(w);
    slow_go_down(w->slow);
    sent(w, "901");
    w->wake_ms = INT64_MAX;
    outbox_run(w->o);
    assert_true(w->wake_ms > clock_ms()); /* it waits for on_up; it does not spin */
    pass(w, 60000);
    assert_sent_texts(w, "one");
    slow_come_back(w->slow);
    outbox_resume(w->o);
    pass(w, 100);
    assert_sent_texts(w, "one|two");
    assert_true(line_of(w, ANN, "customer", "901") == 1);
    assert_int_equal(stock(w, ANN, ACCOUNT).n, 1);
}

static void test_the_store_goes_while_opening(void **state)
{
    struct world *w = *state;
    push_line(w, ANN, "one", 1);
    w->slow->is_slow = true;
    outbox_hold(w->o, 1);
    while (outbox_opening(w->o) > 40)
        assert_true(slow_answer(w->slow));
    slow_go_down(w->slow);
    pass(w, 1000);
    assert_int_equal(outbox_opening(w->o), 40);
    slow_come_back(w->slow);
    w->slow->is_slow = false;
    outbox_resume(w->o);
    pass(w, 100);
    assert_int_equal(outbox_opening(w->o), 0);
    assert_sent_texts(w, "one");
}

static void test_many_settle_in_batches(void **state)
{
    struct world *w = *state;
    w->limits.max_in_flight = 500;
    outbox_free(w->o);
    w->o = open_outbox(w);
    hold(w, 1);
    const char *same = ANN;
    for (int i = 0, n = 0; n < 200; i++) { /* all in one partition */
        same = arena_printf(&w->arena, "telegram:77:%d", 10000 + i);
        if (conversation_partition(same) != conversation_partition(ANN))
            continue;
        push_line(w, same, "hello", 1);
        n++;
    }
    run(w);
    assert_int_equal(w->n_sends, 200);
    int calls = w->slow->calls[SLOW_SENT];
    for (size_t i = 0; i < w->n_sends; i++) {
        struct delivery d = {.outcome = DELIVERY_SENT, .id = "9"};
        void *ticket = w->sends[i].ticket;
        w->sends[i].ticket = NULL;
        outbox_settle(w->o, ticket, &d);
    }
    pass(w, 50);
    assert_in_range(w->slow->calls[SLOW_SENT] - calls, 4, 10); /* 64 at a time */
    assert_int_equal(outbox_in_flight(w->o), 0);
    assert_int_equal(stock(w, same, ACCOUNT).n, 0);
}

/* --- crashes --- */

static void crash(struct world *w, int64_t next_epoch)
{
    for (size_t i = 0; i < w->n_sends; i++)
        w->sends[i].ticket = NULL;
    outbox_free(w->o);
    w->o = open_outbox(w);
    hold(w, next_epoch);
}

static void test_after_a_crash_the_doubtful_is_marked(void **state)
{
    struct world *w = *state;
    hold(w, 1);
    push_line(w, ANN, "one", 1);
    push_line(w, ANN, "two", 2);
    run(w);
    crash(w, 2); /* "one" may be out */
    assert_sent_texts(w, "one|one");
    sent(w, "901");
    assert_int_equal(w->n_told, 1);
    assert_int_equal(w->told[0].event->type, EVENT_DOUBT);
    sent(w, "902");
    pass(w, 100);
    assert_sent_texts(w, "one|one|two");
    assert_marks(w, ANN, "maybe twice@customer 1");
    assert_int_equal(w->n_told, 1);
}

static void test_a_wait_outlives_a_crash(void **state)
{
    struct world *w = *state;
    hold(w, 1);
    push_line(w, ANN, "one", 1);
    run(w);
    retry_after(w, 7200000);
    crash(w, 2);
    pass(w, 7199999);
    assert_int_equal(w->n_sends, 1);
    pass(w, 1);
    assert_int_equal(w->n_sends, 2);
    sent(w, "901");
    pass(w, 100);
    assert_marks(w, ANN, "");
}

/* Telegram told the group to wait: also what was never tried waits, and nothing more once it is
 * over. */
static void test_a_groups_wait_outlives_a_crash(void **state)
{
    struct world *w = *state;
    hold(w, 1);
    push(w, to_staff(ANN, "card"));
    run(w);
    retry_after(w, 600000);
    struct entry other = to_staff(BOB, "card");
    commit_entry(w, &other);
    crash(w, 2);
    pass(w, 599999);
    assert_int_equal(w->n_sends, 1);
    pass(w, 1);
    assert_int_equal(w->n_sends, 3);
    sent(w, "t9");
    all_sent(w);
    pass(w, 100);
    crash(w, 3);
    push(w, to_staff(BOB, "words"));
    run(w);
    assert_string_equal(last_send(w)->text, "words");
}

static void test_doubts_are_counted_over_crashes(void **state)
{
    struct world *w = *state;
    hold(w, 1);
    push_line(w, ANN, "one", 1);
    run(w);
    for (int epoch = 2; epoch <= 5; epoch++)
        crash(w, epoch);
    assert_int_equal(w->n_sends, 5);
    assert_int_equal(w->n_told, 0);
    unknown(w);
    pass(w, 100);
    assert_int_equal(w->n_told, 1);
    assert_int_equal(w->told[0].event->refusal, REFUSAL_TOO_MANY);
    assert_int_equal(stock(w, ANN, ACCOUNT).n, 0);
}

static void test_freed_with_everything_under_way(void **state)
{
    struct world *w = *state;
    hold(w, 1);
    w->tells_wait = true;
    for (int i = 1; i < 5; i++) {
        push_line(w, ANN, "a", i);
        push_line(w, BOB, "b", i);
        push(w, to_staff(ANN, "card"));
    }
    run(w);
    refused(w, REFUSAL_BLOCKED);
    settle(w, &w->sends[0], (struct delivery){.outcome = DELIVERY_SENT, .id = "9"});
    w->slow->is_slow = true;
    push_line(w, "telegram:77:1003", "c", 1);
    run(w); /* tear_down frees it all; nothing may leak, nobody may be called */
}

/* --- refusals that somebody must hear of --- */

static void test_a_refused_edit_is_told(void **state)
{
    static const enum content_kind kinds[] = {CONTENT_EDIT, CONTENT_DELETE};
    struct world *w = *state;
    hold(w, 1);
    push_line(w, ANN, "helo", 7);
    run(w);
    sent(w, "901");
    pass(w, 100);
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        struct entry change = to_customer(ANN, "hello");
        change.content.kind = kinds[i];
        change.content.about_line = 7;
        push(w, change);
        run(w);
        refused(w, REFUSAL_TOO_OLD);
        assert_int_equal(w->n_told, i + 1);
        assert_int_equal(w->told[i].event->type, EVENT_REFUSED);
        assert_int_equal(w->told[i].event->refusal, REFUSAL_TOO_OLD);
        assert_true(w->told[i].event->line == 7);
    }
    pass(w, 100);
    assert_int_equal(stock(w, ANN, ACCOUNT).n, 0);
}

/* The board is decoration; but when somebody deletes it, its room must know. */
static void test_a_board_that_is_gone(void **state)
{
    struct world *w = *state;
    struct entry board = to_staff(ROOM, "no cases");
    hold(w, 1);
    board.room = NULL; /* General is the room's own lane */
    board.line = 3;
    struct pushed made = commit_entry(w, &board);
    outbox_push(w->o, PARTITION_GLOBAL, ACCOUNT, made.id, made.json);
    run(w);
    sent(w, "901");
    pass(w, 100);
    struct entry edit = board;
    edit.line = 0;
    edit.decor = true;
    edit.content = (struct content){.kind = CONTENT_EDIT, .text = "1 case", .about_line = 3};
    commit_entry(w, &edit);
    w->is_looked_at[PARTITION_GLOBAL] = true;
    run(w);
    assert_string_equal(last_send(w)->about_id, "901");
    refused(w, REFUSAL_NO_MESSAGE);
    assert_int_equal(w->n_told, 1);
    assert_string_equal(w->told[0].event->subject, ROOM);
    assert_int_equal(w->told[0].event->refusal, REFUSAL_NO_MESSAGE);
    assert_true(w->told[0].event->line == 3);
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
        TEST(test_what_is_gone_is_not_sent),
        TEST(test_an_old_wait_takes_back_nobodys_attempt),
        TEST(test_an_old_doubt_is_the_new_holders),
        TEST(test_an_old_refusal_is_not_told),
        TEST(test_an_old_outcome_without_the_lease),
        TEST(test_the_store_goes_before_a_send),
        TEST(test_the_store_goes_before_it_is_settled),
        TEST(test_what_settles_while_the_store_is_away),
        TEST(test_the_store_goes_while_opening),
        TEST(test_many_settle_in_batches),
        TEST(test_after_a_crash_the_doubtful_is_marked),
        TEST(test_a_wait_outlives_a_crash),
        TEST(test_a_groups_wait_outlives_a_crash),
        TEST(test_doubts_are_counted_over_crashes),
        TEST(test_freed_with_everything_under_way),
        TEST(test_a_refused_edit_is_told),
        TEST(test_a_board_that_is_gone),
    };
    if (log_configure("error", NULL))
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
