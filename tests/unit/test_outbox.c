/* Order and outcomes. Homes: test_outbox_homes.c; when the store goes: test_outbox_faults.c; when the
 * lease does: test_outbox_lease.c. */
#include "tests/unit/outbox_world.h"

#include "bot/base/log.h"

/* --- order --- */

static void test_nothing_goes_without_the_lease(void **state)
{
    struct world *w = *state;
    push_line(w, ANN, "hello", 1);
    pass(w, 5000);
    assert_int_equal(w->n_sends, 0);
    assert_int_equal(outbox_opening(w->o), PARTITIONS + 1);
    hold(w, 1);
    assert_int_equal(outbox_opening(w->o), 0);
    assert_sent_texts(w, "hello"); /* read from the stream */
    assert_string_equal(last_send(w)->chat, "1001");
}

static void test_a_conversation_in_order_others_beside_it(void **state)
{
    struct world *w = *state;
    hold(w, 1);
    push_line(w, ANN, "one", 1);
    push_line(w, ANN, "two", 2);
    push_line(w, BOB, "other", 1);
    run(w);
    assert_int_equal(w->n_sends, 2);
    assert_int_equal(outbox_in_flight(w->o), 2);
    assert_int_equal(outbox_waiting(w->o), 3);
    settle(w, send_of(w, "one"), (struct delivery){.outcome = DELIVERY_SENT, .id = "901"});
    assert_int_equal(w->n_sends, 3);
    settle(w, send_of(w, "two"), (struct delivery){.outcome = DELIVERY_SENT, .id = "902"});
    settle(w, send_of(w, "other"), (struct delivery){.outcome = DELIVERY_SENT, .id = "903"});
    pass(w, 100);
    assert_int_equal(outbox_in_flight(w->o), 0);
    assert_int_equal(outbox_waiting(w->o), 0);
    assert_int_equal(stock(w, ANN, ACCOUNT).n, 0);
    assert_int_equal(stock(w, BOB, ACCOUNT).n, 0);
    assert_true(line_of(w, ANN, "customer", "901") == 1);
    assert_true(line_of(w, ANN, "customer", "902") == 2);
    assert_marks(w, ANN, "");
}

static void test_a_gap_is_read(void **state)
{
    struct world *w = *state;
    hold(w, 1);
    push_line(w, ANN, "one", 1);
    run(w);
    struct entry two = to_customer(ANN, "two");
    commit_entry(w, &two); /* by another process, which cannot hand it over */
    push_line(w, ANN, "three", 3);
    assert_true(w->is_looked_at[conversation_partition(ANN)]);
    sent(w, "901");
    assert_sent_texts(w, "one|two");
    sent(w, "902");
    sent(w, "903");
    assert_sent_texts(w, "one|two|three");
}

static void test_an_entry_comes_once_however_often_it_is_seen(void **state)
{
    struct world *w = *state;
    hold(w, 1);
    push_line(w, ANN, "one", 1);
    run(w);
    struct entry two = to_customer(ANN, "two");
    struct pushed made = commit_entry(w, &two);
    w->is_looked_at[conversation_partition(ANN)] = true;
    look(w);
    hand_over(w, ACCOUNT, &made, &two);
    w->is_looked_at[conversation_partition(ANN)] = true;
    look(w);
    assert_int_equal(outbox_waiting(w->o), 2);
    sent(w, "901");
    sent(w, "902");
    pass(w, 1000);
    assert_sent_texts(w, "one|two");
}

static void test_more_than_memory_takes(void **state)
{
    struct world *w = *state;
    enum { MANY = 900 };
    for (int i = 0; i < 600; i++) {
        struct entry e = to_customer(ANN, arena_printf(&w->arena, "%d", i));
        commit_entry(w, &e);
    }
    hold(w, 1);
    assert_int_equal(outbox_waiting(w->o), 256);
    for (int i = 0; i < MANY; i++) {
        if (i < 300) /* more is handed over meanwhile */
            push_line(w, ANN, arena_printf(&w->arena, "%d", 600 + i), 1);
        assert_true(outbox_waiting(w->o) <= 256);
        assert_int_equal(w->n_sends, i + 1);
        assert_string_equal(last_send(w)->text, arena_printf(&w->arena, "%d", i));
        sent(w, "900");
        if (i % 7 == 0)
            pass(w, 10);
    }
    pass(w, 1000);
    assert_int_equal(w->n_sends, MANY);
    assert_int_equal(outbox_waiting(w->o), 0);
    assert_int_equal(stock(w, ANN, ACCOUNT).n, 0);
}

static void test_streams_of_rooms_are_apart(void **state)
{
    struct world *w = *state;
    struct pushed made;
    struct entry e = to_customer(ANN, "hello");
    hold(w, 1);
    made = commit_entry(w, &e);
    hand_over(w, "discord:9", &made, &e);
    pass(w, 100);
    assert_int_equal(w->n_sends, 0); /* not ours */
    push(w, to_staff(BOB, "card"));
    run(w);
    assert_sent_texts(w, "open " BOB);
    assert_string_equal(last_send(w)->chat, "-100200");
}

/* More than memory holds of a stream: none of them stays there, or keeps others back. */
static void test_what_cannot_be_read_is_a_dead_letter(void **state)
{
    static const char *const odd[] = {"", "{", "{\"from\":\"a newer release\"}",
                                      "{\"conversation\":\"" ANN "\"}"};
    struct world *w = *state;
    struct store *memory = w->slow->memory;
    struct commit_out out[300];
    for (size_t i = 0; i < ARRAY_LEN(out); i++)
        out[i] = (struct commit_out){.stream = ACCOUNT, .json = odd[i % ARRAY_LEN(odd)]};
    struct commit c = {.subject = ANN,
                       .event = {"test", "odd"},
                       .now_ms = NOW,
                       .out = out,
                       .n_out = ARRAY_LEN(out)};
    int64_t id;
    memory->ops->commit(memory, &c, on_committed, &id);
    struct entry e = to_customer(ANN, "hello");
    commit_entry(w, &e);
    hold(w, 1);
    pass(w, 1000);
    assert_sent_texts(w, "hello");
    assert_int_equal(stock(w, ANN, ACCOUNT).n, 1);
    assert_int_equal(outbox_unreadable(w->o), ARRAY_LEN(out));
    assert_marks(w, ANN, ""); /* nobody's */
    sent(w, "901");
    pass(w, 100);
    assert_int_equal(outbox_in_flight(w->o), 0);
    assert_int_equal(stock(w, ANN, ACCOUNT).n, 0);
}

/* As much as can be read of it says whom it was for. */
static void test_who_lacks_what_cannot_be_read_is_told(void **state)
{
    static const char *const odd[] = {
        "{\"conversation\":\"" ANN "\",\"line\":3,\"ms\":5,\"to\":\"of another release\"}",
        "{\"conversation\":\"" BOB "\",\"line\":4,\"ms\":5,\"to\":\"not of this partition\"}",
    };
    struct world *w = *state;
    struct store *memory = w->slow->memory;
    struct commit_out out[] = {{.stream = ACCOUNT, .json = odd[0]},
                               {.stream = ACCOUNT, .json = odd[1]}};
    struct commit c = {
        .subject = ANN, .event = {"test", "odd"}, .now_ms = NOW, .out = out, .n_out = 2};
    int64_t id;
    memory->ops->commit(memory, &c, on_committed, &id);
    hold(w, 1);
    pass(w, 1000);
    assert_int_equal(outbox_unreadable(w->o), 2);
    assert_int_equal(w->n_told, 1);
    const struct event *told = w->told[0].event;
    assert_int_equal(told->type, EVENT_REFUSED);
    assert_int_equal(told->refusal, REFUSAL_UNREADABLE);
    assert_int_equal(told->line, 3);
    assert_string_equal(told->subject, ANN);
    assert_string_equal(told->lane, "customer");
    assert_marks(w, ANN, "not delivered@customer 3");
    assert_marks(w, BOB, "");
    assert_int_equal(stock(w, ANN, ACCOUNT).n, 0);
}

static void test_as_many_at_once_as_the_platform_likes(void **state)
{
    struct world *w = *state;
    hold(w, 1);
    for (int i = 0; i < 40; i++)
        push_line(w, arena_printf(&w->arena, "telegram:77:%d", 2000 + i), "hello", 1);
    run(w);
    assert_int_equal(w->n_sends, 32);
    assert_int_equal(w->wake_ms <= clock_ms(), false); /* no busy waiting */
    w->slow->is_slow = true;
    settle(w, &w->sends[3], (struct delivery){.outcome = DELIVERY_SENT, .id = "9"});
    pass(w, 1000);
    assert_int_equal(w->slow->calls[SLOW_TAKE],
                     32); /* the store does not know yet: a crash would repeat it */
    w->slow->is_slow = false;
    slow_answer_all(w->slow);
    run(w);
    assert_int_equal(w->n_sends, 33);
}

/* --- outcomes --- */

static void test_it_is_marked_before_it_leaves(void **state)
{
    struct world *w = *state;
    hold(w, 1);
    w->slow->is_slow = true;
    push_line(w, ANN, "hello", 1);
    w->slow->is_slow = false; /* what push asked for is answered at once */
    run(w);
    sent(w, "901");
    pass(w, 100);
    w->slow->is_slow = true;
    push_line(w, ANN, "again", 2);
    run(w);
    assert_int_equal(w->n_sends, 1);
    assert_int_equal(stock(w, ANN, ACCOUNT).attempts, 1); /* the store knows, we do not yet */
    slow_answer_all(w->slow);
    assert_sent_texts(w, "hello|again");
}

static void test_retry_after(void **state)
{
    struct world *w = *state;
    hold(w, 1);
    push_line(w, ANN, "one", 1);
    push_line(w, BOB, "other", 1);
    run(w);
    settle(w, send_of(w, "one"),
           (struct delivery){.outcome = DELIVERY_RETRY_AFTER, .retry_ms = 3000});
    assert_true(stock(w, ANN, ACCOUNT).not_before_ms == NOW + 3000);
    assert_int_equal(stock(w, ANN, ACCOUNT).attempts, 0); /* it surely did not go out */
    settle(w, send_of(w, "other"), (struct delivery){.outcome = DELIVERY_SENT, .id = "902"});
    push_line(w, BOB, "meanwhile", 2);
    pass(w, 2999);
    assert_int_equal(w->n_sends, 3);
    sent(w, "903");
    pass(w, 1);
    assert_int_equal(w->n_sends, 4);
    settle(w, send_of(w, "one"), (struct delivery){.outcome = DELIVERY_SENT, .id = "904"});
    pass(w, 100);
    assert_marks(w, ANN, "");
    assert_int_equal(w->n_told, 0);
}

static void test_a_wait_holds_what_is_being_marked(void **state)
{
    struct world *w = *state;
    outbox_free(w->o);
    w->limits.group_per_min = 3;
    w->o = open_outbox(w);
    hold(w, 1);
    w->slow->is_slow = true;
    push(w, to_staff(ANN, "card"));
    push(w, to_staff(BOB, "card"));
    run(w);
    slow_answer_all(w->slow); /* both are read */
    run(w);
    assert_true(slow_answer(w->slow)); /* one is marked and goes, the other is not yet */
    assert_int_equal(w->n_sends, 1);
    retry_after(w, 5000);
    w->slow->is_slow = false;
    slow_answer_all(w->slow);
    pass(w, 4999);
    assert_int_equal(w->n_sends, 1);
    pass(w, 1);
    assert_int_equal(w->n_sends, 3); /* the one that was held had spent nothing of the three */
    all_sent(w);
    all_sent(w);
    pass(w, 100);
    assert_marks(w, ANN, "");
    assert_marks(w, BOB, "");
}

static void test_retry_for_the_whole_bot(void **state)
{
    struct world *w = *state;
    hold(w, 1);
    push_line(w, ANN, "one", 1);
    run(w);
    settle(w, last_send(w),
           (struct delivery){
               .outcome = DELIVERY_RETRY_AFTER, .retry_ms = 3000, .whole_account = true});
    push_line(w, BOB, "other", 1);
    pass(w, 2999);
    assert_sent_texts(w, "one");
    pass(w, 1);
    assert_int_equal(w->n_sends, 3);
}

static void test_backoff_grows(void **state)
{
    static const int64_t waits[] = {1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000};
    struct world *w = *state;
    hold(w, 1);
    push_line(w, ANN, "one", 1);
    run(w);
    for (size_t i = 0; i < ARRAY_LEN(waits); i++) {
        retry_after(w, 0);
        pass(w, waits[i] - 1);
        assert_int_equal(w->n_sends, i + 1);
        pass(w, 1);
        assert_int_equal(w->n_sends, i + 2);
    }
    push_line(w, ANN, "two", 2);
    sent(w, "901");
    retry_after(w, 0);
    pass(w, 1000); /* from the start again */
    assert_int_equal(w->n_sends, ARRAY_LEN(waits) + 3);
    assert_marks(w, ANN, "late@customer 1"); /* the last one went out, and no other */
}

static void test_a_wait_is_for_the_whole_chat(void **state)
{
    struct world *w = *state;
    hold(w, 1);
    push(w, to_staff(ANN, "card"));
    run(w);
    retry_after(w, 5000);
    push(w, to_staff(BOB, "card")); /* another topic of the same group */
    push_line(w, BOB, "hello", 1);
    pass(w, 4999);
    assert_int_equal(w->n_sends, 2);
    assert_string_equal(last_send(w)->text, "hello");
    pass(w, 1);
    assert_int_equal(w->n_sends, 4);
}

static void test_it_asks_to_be_run(void **state)
{
    struct world *w = *state;
    hold(w, 1);
    push_line(w, ANN, "one", 1);
    run(w);
    w->wake_ms = INT64_MAX;
    push_line(w, ANN, "two", 2);
    assert_true(w->wake_ms <= clock_ms()); /* handed over */
    outbox_run(w->o);
    w->wake_ms = INT64_MAX;
    struct delivery d = {.outcome = DELIVERY_SENT, .id = "901"};
    void *ticket = last_send(w)->ticket;
    last_send(w)->ticket = NULL;
    outbox_settle(w->o, ticket, &d);
    assert_true(w->wake_ms <= clock_ms()); /* the lane is free */
    outbox_run(w->o);
    w->wake_ms = INT64_MAX;
    struct entry three = to_customer(BOB, "three");
    commit_entry(w, &three);
    w->is_looked_at[conversation_partition(BOB)] = true;
    look(w);
    assert_true(w->wake_ms <= clock_ms()); /* read */
}

static void test_refused_is_told_first(void **state)
{
    struct world *w = *state;
    hold(w, 1);
    w->tells_wait = true;
    push_line(w, ANN, "hello", 7);
    push_line(w, ANN, "next", 8);
    run(w);
    refused(w, REFUSAL_BLOCKED);
    pass(w, 1000);
    assert_int_equal(w->n_told, 1);
    const struct event *e = w->told[0].event;
    assert_int_equal(e->type, EVENT_REFUSED);
    assert_int_equal(e->refusal, REFUSAL_BLOCKED);
    assert_string_equal(e->subject, ANN);
    assert_string_equal(e->lane, "customer");
    assert_string_equal(e->data, "no means no");
    assert_true(e->line == 7 && e->now_ms == NOW);
    assert_string_equal(e->id.bucket, "send:20717");
    assert_int_equal(stock(w, ANN, ACCOUNT).n, 2); /* a crash now tells it again */
    assert_int_equal(w->n_sends, 1);
    w->told[0].done(w->told[0].arg);
    pass(w, 100);
    assert_sent_texts(w, "hello|next");
    assert_int_equal(stock(w, ANN, ACCOUNT).n, 1);
    assert_marks(w, ANN, "not delivered@customer 7");
}

static void test_a_refusal_has_one_id(void **state)
{
    struct world *w = *state;
    w->tells_wait = true;
    hold(w, 1);
    push_line(w, ANN, "hello", 7);
    run(w);
    refused(w, REFUSAL_BLOCKED);
    const struct event *first = w->told[0].event;
    outbox_free(w->o); /* a crash before it was committed; the next start */
    clock_set_ms(NOW + 86400000);
    w->o = open_outbox(w);
    hold(w, 2);
    refused(w, REFUSAL_BLOCKED);
    assert_int_equal(w->n_told, 2);
    assert_string_equal(w->told[1].event->id.bucket, first->id.bucket);
    assert_string_equal(w->told[1].event->id.member, first->id.member);
}

static void test_what_may_have_gone_out_goes_again_and_is_marked(void **state)
{
    struct world *w = *state;
    hold(w, 1);
    push_line(w, ANN, "hello", 7);
    run(w);
    unknown(w);
    assert_int_equal(stock(w, ANN, ACCOUNT).attempts, 1);
    pass(w, 999);
    assert_int_equal(w->n_sends, 1);
    pass(w, 1);
    assert_int_equal(w->n_sends, 2);
    sent(w, "901");
    assert_int_equal(w->n_told, 1);
    assert_int_equal(w->told[0].event->type, EVENT_DOUBT);
    assert_true(w->told[0].event->line == 7);
    assert_string_equal(w->told[0].event->lane, "customer");
    pass(w, 100);
    assert_marks(w, ANN, "maybe twice@customer 7");
    assert_true(line_of(w, ANN, "customer", "901") == 7);
}

static void test_doubts_have_an_end(void **state)
{
    struct world *w = *state;
    hold(w, 1);
    push_line(w, ANN, "hello", 7);
    push_line(w, ANN, "next", 8);
    run(w);
    for (int i = 0; i < 5; i++) { /* five may have gone out: no sixth */
        assert_int_equal(w->n_sends, i + 1);
        assert_int_equal(w->n_told, 0);
        unknown(w);
        pass(w, 60000);
    }
    assert_int_equal(w->n_told, 1);
    assert_int_equal(w->told[0].event->type, EVENT_REFUSED);
    assert_int_equal(w->told[0].event->refusal, REFUSAL_TOO_MANY);
    assert_sent_texts(w, "hello|hello|hello|hello|hello|next");
    assert_marks(w, ANN, "not delivered@customer 7");
}

static void test_decoration_is_not_worth_a_word(void **state)
{
    struct world *w = *state;
    struct entry title = to_staff(ANN, "● #65");
    hold(w, 1);
    push(w, to_staff(ANN, "card"));
    run(w);
    sent(w, "t9");
    all_sent(w);
    title.decor = true;
    title.content.kind = CONTENT_HOME;
    push(w, title);
    run(w);
    assert_string_equal(last_send(w)->text, "● #65");
    refused(w, REFUSAL_OTHER);
    pass(w, 100);
    assert_int_equal(w->n_told, 0);
    assert_int_equal(stock(w, ANN, GROUP).n, 0);
    assert_marks(w, ANN, "");
}

/* --- what refers to another message --- */

static struct entry about(const char *conversation, enum content_kind kind, const char *text,
                          int64_t line)
{
    struct entry e = to_customer(conversation, text);
    e.content.kind = kind;
    e.content.about_line = line;
    return e;
}

static void test_an_edit_finds_its_message(void **state)
{
    struct world *w = *state;
    hold(w, 1);
    push_line(w, ANN, "helo", 7);
    push(w, about(ANN, CONTENT_EDIT, "hello", 7));
    push(w, about(ANN, CONTENT_TEXT, "a reply to it", 7));
    run(w);
    sent(w, "901");
    assert_string_equal(last_send(w)->about_id, "901");
    assert_int_equal(last_send(w)->content, CONTENT_EDIT);
    sent(w, "");
    assert_string_equal(last_send(w)->about_id, "901");
}

static void test_an_edit_of_what_is_just_being_settled(void **state)
{
    struct world *w = *state;
    const char *neighbour = ANN;
    for (int i = 2000; str_eq(neighbour, ANN); i++) {
        const char *id = arena_printf(&w->arena, "telegram:77:%d", i);
        if (conversation_partition(id) == conversation_partition(ANN))
            neighbour = id;
    }
    hold(w, 1);
    push_line(w, ANN, "helo", 7);
    push(w, about(ANN, CONTENT_EDIT, "hello", 7));
    push_line(w, neighbour, "other", 1);
    run(w);
    w->slow->is_slow = true;
    settle(w, send_of(w, "other"), (struct delivery){.outcome = DELIVERY_SENT, .id = "800"});
    clock_set_ms(clock_ms() + 10);
    run(w); /* the partition's settling is under way and waits for its answer … */
    assert_int_equal(w->slow->calls[SLOW_SENT], 1);
    settle(w, send_of(w, "helo"), (struct delivery){.outcome = DELIVERY_SENT, .id = "901"});
    assert_int_equal(outbox_line(w->o, ANN, "customer", "901"), 7); /* answered at once */
    assert_int_equal(outbox_line(w->o, ANN, "customer", "800"), 0);
    assert_int_equal(outbox_line(w->o, ANN, ROOM, "901"), 0);
    while (slow_answer(w->slow)) /* … when the edit asks for the message that it changes */
        pass(w, 10);
    assert_string_equal(last_send(w)->text, "hello");
    assert_string_equal(last_send(w)->about_id, "901");
    assert_int_equal(outbox_line(w->o, ANN, "customer", "901"), 0); /* the store knows it now */
}

static void test_no_edit_of_what_never_arrived(void **state)
{
    static const enum content_kind kinds[] = {CONTENT_EDIT, CONTENT_DELETE, CONTENT_REACTION};
    struct world *w = *state;
    hold(w, 1);
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        push(w, about(ANN, kinds[i], "x", 99));
    push(w, about(ANN, CONTENT_TEXT, "a reply goes as words", 99));
    pass(w, 100);
    assert_sent_texts(w, "a reply goes as words");
    assert_null(last_send(w)->about_id);
    sent(w, "1");
    pass(w, 100);
    assert_int_equal(stock(w, ANN, ACCOUNT).n, 0);
    assert_int_equal(w->n_told, 0);
}

static void test_a_burst_is_one_send_of_many_lines(void **state)
{
    struct world *w = *state;
    hold(w, 1);
    for (int i = 0; i < 3; i++) {
        struct entry e = to_customer(ANN, arena_printf(&w->arena, "line %d", i));
        e.hold_ms = 600;
        e.line = 5 + i;
        push(w, e);
    }
    pass(w, 700);
    assert_sent_texts(w, "line 0\nline 1\nline 2");
    unknown(w);
    pass(w, 2000);
    assert_sent_texts(w, "line 0\nline 1\nline 2|line 0\nline 1\nline 2");
    sent(w, "901");
    pass(w, 100);
    assert_int_equal(stock(w, ANN, ACCOUNT).n, 0);
    assert_true(line_of(w, ANN, "customer", "901") == 7);
    assert_marks(w, ANN, "maybe twice@customer 5, maybe twice@customer 6, maybe twice@customer 7");
    push(w, about(ANN, CONTENT_TEXT, "a reply to the first", 5));
    run(w);
    assert_string_equal(last_send(w)->about_id, "901");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_nothing_goes_without_the_lease),
        TEST(test_a_conversation_in_order_others_beside_it),
        TEST(test_a_gap_is_read),
        TEST(test_an_entry_comes_once_however_often_it_is_seen),
        TEST(test_more_than_memory_takes),
        TEST(test_streams_of_rooms_are_apart),
        TEST(test_what_cannot_be_read_is_a_dead_letter),
        TEST(test_who_lacks_what_cannot_be_read_is_told),
        TEST(test_as_many_at_once_as_the_platform_likes),
        TEST(test_it_is_marked_before_it_leaves),
        TEST(test_retry_after),
        TEST(test_a_wait_holds_what_is_being_marked),
        TEST(test_retry_for_the_whole_bot),
        TEST(test_backoff_grows),
        TEST(test_a_wait_is_for_the_whole_chat),
        TEST(test_it_asks_to_be_run),
        TEST(test_refused_is_told_first),
        TEST(test_a_refusal_has_one_id),
        TEST(test_what_may_have_gone_out_goes_again_and_is_marked),
        TEST(test_doubts_have_an_end),
        TEST(test_decoration_is_not_worth_a_word),
        TEST(test_an_edit_finds_its_message),
        TEST(test_an_edit_of_what_is_just_being_settled),
        TEST(test_no_edit_of_what_never_arrived),
        TEST(test_a_burst_is_one_send_of_many_lines),
    };
    if (log_configure("error", NULL))
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
