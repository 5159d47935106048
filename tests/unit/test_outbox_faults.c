/* The outbox when the store goes away, and after a crash. When another process sends:
 * test_outbox_lease.c. */
#include "tests/unit/outbox_world.h"

#include "bot/base/log.h"

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

static size_t in_doubt(struct world *w, const char *const *conversations, size_t n)
{
    size_t found = 0;
    for (size_t i = 0; i < n; i++)
        found += stock(w, conversations[i], ACCOUNT).attempts > 0;
    return found;
}

/* What was marked and not begun keeps its place: a crash leaves no more in doubt than may be under
 * way. */
static void test_marks_whose_answer_is_lost(void **state)
{
    struct world *w = *state;
    static const char *const all[] = {ANN, BOB, "telegram:77:1003", "telegram:77:1004"};
    w->limits.max_in_flight = 2;
    outbox_free(w->o);
    w->o = open_outbox(w);
    hold(w, 1);
    w->slow->is_slow = true;
    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        push_line(w, all[i], arena_printf(&w->arena, "%zu", i), 1);
    look(w);
    slow_answer_all(w->slow);
    outbox_run(w->o);
    assert_int_equal(w->slow->calls[SLOW_TAKE], 2);
    for (int times = 0; times < 2; times++) {
        slow_go_down(w->slow);
        pass(w, 5000);
        slow_come_back(w->slow);
        outbox_resume(w->o);
        outbox_run(w->o);
    }
    assert_int_equal(in_doubt(w, all, ARRAY_LEN(all)), 2);
    w->slow->is_slow = false;
    slow_answer_all(w->slow);
    pass(w, 100);
    assert_int_equal(w->n_sends, 2);
    assert_int_equal(in_doubt(w, all, ARRAY_LEN(all)), 2);
    all_sent(w);
    pass(w, 100);
    all_sent(w);
    pass(w, 100);
    assert_int_equal(w->n_sends, 4);
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        assert_int_equal(stock(w, all[i], ACCOUNT).n, 0);
        assert_marks(w, all[i], "");
    }
}

/* The platform refused for now, and the store did not hear of it: it is told when it is back, so
 * that a crash finds no doubt where there is none. */
static void test_the_store_goes_before_it_is_deferred(void **state)
{
    struct world *w = *state;
    w->limits.max_in_flight = 2;
    outbox_free(w->o);
    w->o = open_outbox(w);
    hold(w, 1);
    for (int i = 1; i <= 3; i++) {
        struct entry e = to_customer(ANN, arena_printf(&w->arena, "%d", i));
        e.hold_ms = 10;
        push(w, e);
    }
    pass(w, 100);
    slow_go_down(w->slow);
    retry_after(w, 5000);
    assert_int_equal(outbox_in_flight(w->o), 1);
    pass(w, 1000);
    slow_come_back(w->slow);
    outbox_resume(w->o);
    pass(w, 3999);
    assert_int_equal(w->n_sends, 1);
    assert_int_equal(outbox_in_flight(w->o), 0);
    assert_int_equal(stock(w, ANN, ACCOUNT).attempts, 0);
    assert_int_equal(stock(w, ANN, ACCOUNT).not_before_ms, NOW + 100 + 5000);
    pass(w, 1);
    assert_int_equal(w->n_sends, 2);
    all_sent(w);
    pass(w, 100);
    assert_marks(w, ANN, "");
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
    assert_int_equal(outbox_in_flight(w->o), 3); /* both are still to be told, "2" to be marked */
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
    assert_marks(w, ANN, "late@customer 2, late@customer 3");
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
    assert_marks(w, ANN, "late@customer 1");
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

/* The same, when the store was away as it was told. */
static void test_a_wait_outlives_the_store_and_a_crash(void **state)
{
    struct world *w = *state;
    hold(w, 1);
    push(w, to_staff(ANN, "card"));
    run(w);
    slow_go_down(w->slow);
    retry_after(w, 600000);
    slow_come_back(w->slow);
    outbox_resume(w->o);
    run(w);
    crash(w, 2);
    push(w, to_staff(BOB, "card"));
    pass(w, 599999);
    assert_int_equal(w->n_sends, 1);
    pass(w, 1);
    assert_int_equal(w->n_sends, 3);
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
    hand_over(w, ACCOUNT, &made, &board);
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

/* Nobody knows its message any more: the same. */
static void test_a_board_that_is_unknown(void **state)
{
    struct world *w = *state;
    struct entry edit = to_staff(ROOM, "1 case");
    edit.room = NULL;
    edit.decor = true;
    edit.content.kind = CONTENT_EDIT;
    edit.content.about_line = 3;
    commit_entry(w, &edit);
    hold(w, 1);
    pass(w, 1000);
    assert_int_equal(w->n_sends, 0);
    assert_int_equal(w->n_told, 1);
    assert_string_equal(w->told[0].event->subject, ROOM);
    assert_int_equal(w->told[0].event->refusal, REFUSAL_NO_MESSAGE);
    assert_true(w->told[0].event->line == 3);
    assert_int_equal(stock(w, ROOM, ACCOUNT).n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_the_store_goes_before_a_send),
        TEST(test_marks_whose_answer_is_lost),
        TEST(test_the_store_goes_before_it_is_deferred),
        TEST(test_the_store_goes_before_it_is_settled),
        TEST(test_what_settles_while_the_store_is_away),
        TEST(test_the_store_goes_while_opening),
        TEST(test_many_settle_in_batches),
        TEST(test_after_a_crash_the_doubtful_is_marked),
        TEST(test_a_wait_outlives_a_crash),
        TEST(test_a_groups_wait_outlives_a_crash),
        TEST(test_a_wait_outlives_the_store_and_a_crash),
        TEST(test_doubts_are_counted_over_crashes),
        TEST(test_freed_with_everything_under_way),
        TEST(test_a_refused_edit_is_told),
        TEST(test_a_board_that_is_gone),
        TEST(test_a_board_that_is_unknown),
    };
    if (log_configure("error", NULL))
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
