/* A case's topic in a staff room: opened before its first post, and again when it is lost. */
#include "tests/unit/outbox_world.h"

#include "bot/base/log.h"

static void test_a_topic_is_opened_before_the_first_post(void **state)
{
    struct world *w = *state;
    hold(w, 1);
    push(w, to_staff(ANN, "card"));
    push(w, to_staff(ANN, "words"));
    run(w);
    assert_sent_texts(w, "open " ANN);
    assert_string_equal(last_send(w)->thread, "");
    sent(w, "t9");
    assert_sent_texts(w, "open " ANN "|card");
    assert_string_equal(last_send(w)->thread, "t9");
    sent(w, "901");
    assert_sent_texts(w, "open " ANN "|card|words");
    assert_string_equal(last_send(w)->thread, "t9");
    sent(w, "902");
    pass(w, 100);
    assert_int_equal(stock(w, ANN, GROUP).n, 0);
    assert_marks(w, ANN, ""); /* opening a topic is no doubt */
}

static void test_opening_counts_against_the_groups_limit(void **state)
{
    struct world *w = *state;
    outbox_free(w->o);
    w->limits.group_per_min = 20;
    w->o = open_outbox(w);
    hold(w, 1);
    w->slow->is_slow = true;
    for (int i = 0; i < 45; i++) /* each customer needs a topic and a post: 90 calls */
        push(w, to_staff(arena_printf(&w->arena, "telegram:77:%d", 3000 + i), "card"));
    for (int second = 0; second < 360; second++) {
        for (int i = 0; i < 10; i++) {
            run(w);
            slow_answer_all(w->slow);
            all_sent(w);
        }
        clock_set_ms(clock_ms() + 1000);
    }
    assert_int_equal(w->n_sends, 90);
    for (size_t i = 20; i < w->n_sends; i++)
        assert_true(w->sends[i].at_ms - w->sends[i - 20].at_ms >= 60000);
}

static void test_a_lost_topic_is_opened_anew(void **state)
{
    struct world *w = *state;
    hold(w, 1);
    push(w, to_staff(ANN, "card"));
    run(w);
    sent(w, "t9");
    sent(w, "901");
    push(w, to_staff(ANN, "words"));
    run(w);
    refused(w, REFUSAL_NO_TOPIC);
    assert_int_equal(w->n_told, 1); /* what stood there must be shown anew */
    assert_int_equal(w->told[0].event->type, EVENT_HOME);
    assert_string_equal(w->told[0].event->data, "lost");
    assert_string_equal(w->told[0].event->lane, ROOM);
    pass(w, 100);
    assert_sent_texts(w, "open " ANN "|card|words|open " ANN);
    sent(w, "t10");
    pass(w, 100);
    assert_string_equal(last_send(w)->text, "words");
    assert_string_equal(last_send(w)->thread, "t10");
    sent(w, "902");
    pass(w, 100);
    assert_int_equal(w->n_told, 1);
    assert_int_equal(stock(w, ANN, GROUP).n, 0);
    assert_marks(w, ANN, "");
}

static void test_an_open_topic_is_remembered_while_the_store_is_away(void **state)
{
    struct world *w = *state;
    hold(w, 1);
    push(w, to_staff(ANN, "card"));
    run(w);
    slow_go_down(w->slow);
    sent(w, "t9");
    pass(w, 5000);
    for (int i = 0; i < 2; i++) { /* and it goes once more, just as it is told */
        slow_come_back(w->slow);
        w->slow->lose[SLOW_SET_HOME] = i == 0;
        outbox_resume(w->o);
        pass(w, 100);
    }
    assert_sent_texts(w, "open " ANN "|card");
    assert_string_equal(last_send(w)->thread, "t9");
    sent(w, "901");
    pass(w, 100);
    assert_int_equal(outbox_in_flight(w->o), 0);
    assert_marks(w, ANN, "");
}

static void test_a_loss_that_could_not_be_kept(void **state)
{
    struct world *w = *state;
    hold(w, 1);
    push(w, to_staff(ANN, "card"));
    run(w);
    sent(w, "t9");
    sent(w, "901");
    push(w, to_staff(ANN, "words"));
    run(w);
    w->slow->lose[SLOW_SET_HOME] = 1;
    refused(w, REFUSAL_NO_TOPIC);
    size_t n = w->n_sends;
    pass(w, 999);
    assert_int_equal(w->n_sends, n);
    pass(w, 1); /* once more into the old one, whose loss is kept this time */
    assert_int_equal(w->n_sends, n + 1);
    refused(w, REFUSAL_NO_TOPIC);
    pass(w, 100);
    assert_int_equal(last_send(w)->kind, OUTGOING_OPEN);
}

static void test_a_topic_that_is_anothers_is_not_taken(void **state)
{
    struct world *w = *state;
    hold(w, 1);
    push(w, to_staff(BOB, "card"));
    run(w);
    sent(w, "t9");
    sent(w, "901");
    push(w, to_staff(ANN, "card"));
    run(w);
    sent(w, "t9"); /* which cannot be */
    pass(w, 1000);
    assert_int_equal(last_send(w)->kind, OUTGOING_OPEN);
    sent(w, "t10");
    pass(w, 100);
    assert_string_equal(last_send(w)->thread, "t10");
}

static void test_a_title_waits_for_no_topic(void **state)
{
    struct world *w = *state;
    struct entry title = to_staff(ANN, "#65 Ann");
    hold(w, 1);
    title.content.kind = CONTENT_HOME;
    push(w, title);
    push(w, to_staff(ANN, "card"));
    pass(w, 100);
    assert_sent_texts(w, "open " ANN); /* the topic gets its title as it is opened */
    sent(w, "t9");
    pass(w, 100);
    sent(w, "901");
    push(w, title);
    run(w);
    assert_int_equal(last_send(w)->content, CONTENT_HOME);
    assert_string_equal(last_send(w)->thread, "t9");
}

static void test_a_room_in_trouble_keeps_its_posts(void **state)
{
    static const enum refusal troubles[] = {REFUSAL_KICKED, REFUSAL_NO_RIGHT, REFUSAL_NO_CHAT,
                                            REFUSAL_NO_FORUM, REFUSAL_OTHER};
    struct world *w = *state;
    hold(w, 1);
    push(w, to_staff(ANN, "card"));
    push_line(w, BOB, "hello", 1);
    run(w);
    for (size_t i = 0; i < w->n_sends; i++)
        if (str_eq(w->sends[i].text, "hello"))
            settle(w, &w->sends[i], (struct delivery){.outcome = DELIVERY_SENT, .id = "902"});
    for (size_t i = 0; i < ARRAY_LEN(troubles); i++) {
        struct sending *opening = NULL;
        for (size_t k = 0; k < w->n_sends; k++)
            if (w->sends[k].ticket)
                opening = &w->sends[k];
        assert_non_null(opening);
        assert_int_equal(opening->kind, OUTGOING_OPEN);
        settle(w, opening,
               (struct delivery){
                   .outcome = DELIVERY_REFUSED, .refusal = troubles[i], .why = "no topics today"});
        assert_string_equal(w->refused[ROOM_OPENS], "no topics today");
        size_t n = w->n_sends;
        pass(w, 29999);
        assert_int_equal(w->n_sends, n);
        pass(w, 1);
        assert_int_equal(w->n_sends, n + 1);
    }
    sent(w, "t9");
    pass(w, 100);
    assert_string_equal(last_send(w)->text, "card");
    refused(w, REFUSAL_NO_RIGHT); /* once more, with the topic open */
    pass(w, 30000);
    assert_non_null(w->refused[ROOM_POSTS]);
    assert_null(w->refused[ROOM_OPENS]);
    sent(w, "903");
    pass(w, 100);
    assert_null(w->refused[ROOM_POSTS]);
    assert_int_equal(w->n_told, 0);
    assert_marks(w, ANN, ""); /* none of them went out */
}

/* It is kept long, and not for ever: else its stream would have no bound. */
static void test_a_room_in_trouble_for_a_month(void **state)
{
    struct world *w = *state;
    enum { MANY = 300 };
    hold(w, 1);
    for (int i = 0; i < MANY; i++)
        push(w, to_staff(ANN, arena_printf(&w->arena, "%d", i)));
    run(w);
    int64_t end = NOW + INT64_C(30) * 24 * 3600 * 1000;
    refused(w, REFUSAL_KICKED);
    clock_set_ms(end - 1);
    run(w);
    refused(w, REFUSAL_KICKED);
    assert_int_equal(stock(w, ANN, GROUP).n, 256); /* a page: it has all of them */
    clock_set_ms(end + 30000);
    run(w);
    push(w, to_staff(ANN, "new"));
    for (int i = 0; i < MANY; i++) {
        refused(w, REFUSAL_KICKED);
        pass(w, 10);
    }
    assert_int_equal(stock(w, ANN, GROUP).n, 1);
    assert_int_equal(w->n_told, 0);
    pass(w, 30000);
    sent(w, "t9");
    pass(w, 100);
    assert_string_equal(last_send(w)->text, "new");
}

/* The platform answers 502 for seven minutes: what waits is shown within half a minute afterwards.
 * A customer's chat gets less of what may arrive twice. */
static void test_a_room_without_answers(void **state)
{
    struct world *w = *state;
    hold(w, 1);
    push_line(w, BOB, "hello", 1);
    struct entry words = to_staff(ANN, "words");
    words.line = 4;
    push(w, words);
    run(w);
    settle(w, send_of(w, ANN), (struct delivery){.outcome = DELIVERY_SENT, .id = "t9"});
    int64_t end_ms = clock_ms() + 7 * 60 * 1000;
    while (clock_ms() < end_ms) {
        for (size_t i = 0; i < w->n_sends; i++)
            if (w->sends[i].ticket)
                settle(w, &w->sends[i], (struct delivery){.outcome = DELIVERY_UNKNOWN});
        pass(w, 1000);
    }
    assert_int_equal(w->n_told, 1);
    assert_string_equal(w->told[0].event->subject, BOB);
    size_t n = w->n_sends;
    for (int s = 0; s < 30 && w->n_sends == n; s++)
        pass(w, 1000);
    assert_string_equal(last_send(w)->text, "words");
    sent(w, "901");
    pass(w, 100);
    assert_marks(w, ANN, "maybe twice@" ROOM " 4");
}

/* What is said of a refusal has plain words: refused as well, the room is to blame. */
static void test_a_refused_notice(void **state)
{
    struct world *w = *state;
    hold(w, 1);
    push(w, to_staff(ANN, "words"));
    run(w);
    sent(w, "t9");
    pass(w, 100);
    refused(w, REFUSAL_OTHER);
    pass(w, 100);
    assert_null(
        w->refused[ROOM_POSTS]); /* the words may be at fault: the conversation tells of them */
    assert_int_equal(w->n_told, 1);
    assert_string_equal(w->told[0].event->content.text, "words");
    struct entry notice = to_staff(ANN, "it cannot be shown");
    notice.is_notice = true;
    push(w, notice);
    run(w);
    refused(w, REFUSAL_OTHER);
    pass(w, 100);
    assert_non_null(w->refused[ROOM_POSTS]);
    assert_int_equal(w->n_told, 1);
    assert_int_equal(stock(w, ANN, GROUP).n, 0);
}

static void test_a_doubtful_opening_is_repeated(void **state)
{
    struct world *w = *state;
    hold(w, 1);
    push(w, to_staff(ANN, "card"));
    run(w);
    for (int i = 0; i < 8; i++) { /* never given up: staff would not see the case */
        unknown(w);
        pass(w, 300000);
        assert_int_equal(last_send(w)->kind, OUTGOING_OPEN);
    }
    sent(w, "t9");
    pass(w, 100);
    sent(w, "901");
    pass(w, 100);
    assert_int_equal(w->n_told, 0);
    assert_marks(w, ANN, "");
}

/* A group became a supergroup: the answer names where the room is now. */
static void test_a_room_that_moved(void **state)
{
    struct world *w = *state;
    hold(w, 1);
    push(w, to_staff(ANN, "card"));
    run(w);
    settle(w, last_send(w),
           (struct delivery){.outcome = DELIVERY_REFUSED,
                             .refusal = REFUSAL_NO_CHAT,
                             .why = "upgraded",
                             .migrated_to = "-1003"});
    assert_string_equal(w->moved_to, "-1003");
    assert_null(w->refused[ROOM_OPENS]); /* it is not the room that refuses */
    assert_int_equal(stock(w, ANN, GROUP).n, 1);
    outbox_hurry(w->o, "-100200"); /* it is known where it is */
    run(w);
    sent(w, "t9");
    sent(w, "901");
    pass(w, 100);
    assert_sent_texts(w, "open " ANN "|open " ANN "|card");
    assert_int_equal(stock(w, ANN, GROUP).n, 0);
    assert_marks(w, ANN, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_topic_is_opened_before_the_first_post),
        TEST(test_opening_counts_against_the_groups_limit),
        TEST(test_a_lost_topic_is_opened_anew),
        TEST(test_an_open_topic_is_remembered_while_the_store_is_away),
        TEST(test_a_loss_that_could_not_be_kept),
        TEST(test_a_topic_that_is_anothers_is_not_taken),
        TEST(test_a_title_waits_for_no_topic),
        TEST(test_a_room_in_trouble_keeps_its_posts),
        TEST(test_a_room_in_trouble_for_a_month),
        TEST(test_a_refused_notice),
        TEST(test_a_room_without_answers),
        TEST(test_a_doubtful_opening_is_repeated),
        TEST(test_a_room_that_moved),
    };
    if (log_configure("error", NULL))
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
