/* The outbox and entries that are taken by the very commit that makes them. */
#include "tests/unit/outbox_world.h"

#include "bot/base/log.h"

#define MAX_MADE 3

/* A turn with its entries, as the engine leads it to its commit. */
struct making {
    struct world *w;
    struct entry entries[MAX_MADE];
    struct commit_out out[MAX_MADE];
    struct commit commit;
};

static void on_made(void *arg, const struct committed *result)
{
    struct making *m = arg;
    outbox_push(m->w->o, conversation_partition(m->commit.subject), &m->commit, result);
}

static void add(struct making *m, struct entry e)
{
    struct buf json = BUF_INIT(JSON_MAX_BYTES);
    size_t i = m->commit.n_out++;
    entry_write(&json, &e, NULL);
    m->entries[i] = e;
    m->out[i] = (struct commit_out){.stream = e.room ? GROUP : ACCOUNT,
                                    .json = arena_strdup(&m->w->arena, json.data),
                                    .entry = &m->entries[i]};
    buf_release(&json);
}

static struct making *make_all(struct world *w, const struct entry *entries, size_t n)
{
    struct making *m = arena_alloc(&w->arena, sizeof(*m));
    const char *conversation = entries[0].conversation;
    int64_t version = 0;
    w->slow->memory->ops->load(w->slow->memory, conversation, NULL, 0, on_version, &version);
    *m = (struct making){.w = w};
    m->commit = (struct commit){.subject = conversation,
                                .version = version,
                                .event = {"made", arena_printf(&w->arena, "%d", ++w->next_event)},
                                .now_ms = clock_ms(),
                                .out = m->out};
    for (size_t i = 0; i < n; i++)
        add(m, entries[i]);
    outbox_reserve(w->o, conversation_partition(conversation), &m->commit);
    return m;
}

static struct making *make(struct world *w, struct entry e)
{
    return make_all(w, &e, 1);
}

static bool commits(struct making *m)
{
    m->w->store->ops->commit(m->w->store, &m->commit, on_made, m);
    return m->out[0].take;
}

static bool is_taken(struct world *w, struct entry e)
{
    return commits(make(w, e));
}

/* With the lease, and one entry gone out in the partitions of ANN and BOB. */
static void begin(struct world *w)
{
    hold(w, 1);
    push_line(w, ANN, "before", 0);
    push_line(w, BOB, "before", 0);
    for (run(w); outbox_waiting(w->o); pass(w, 100))
        all_sent(w);
    assert_int_equal(w->n_sends, 2);
    w->n_sends = 0;
    memset(w->slow->calls, 0, sizeof(w->slow->calls));
}

static void test_it_goes_with_its_commit(void **state)
{
    struct world *w = *state;
    begin(w);
    assert_true(is_taken(w, to_customer(ANN, "one")));
    assert_sent_texts(w, "one"); /* from inside: nobody had to be woken */
    assert_int_equal(w->slow->calls[SLOW_TAKE], 0);
    assert_int_equal(stock(w, ANN, ACCOUNT).attempts, 1);
    run(w);
    sent(w, "901");
    pass(w, 100);
    assert_int_equal(stock(w, ANN, ACCOUNT).n, 0);
    assert_marks(w, ANN, "");
    assert_int_equal(outbox_in_flight(w->o), 0);
}

/* In a platform that joins them: a greeting above the answer. */
static struct making *make_greeted(struct world *w)
{
    struct entry all[] = {to_customer(ANN, "hello"), to_staff(ANN, "card"),
                          to_customer(ANN, "answer")};
    all[0].leads = true;
    w->limits.joins = true;
    outbox_free(w->o);
    w->o = open_outbox(w);
    begin(w);
    return make_all(w, all, ARRAY_LEN(all));
}

static void test_what_is_one_message_goes_with_its_commit(void **state)
{
    struct world *w = *state;
    struct making *m = make_greeted(w);
    assert_true(commits(m) && m->out[2].take && !m->out[1].take);
    assert_sent_texts(w, "hello\n\nanswer");
    assert_int_equal(w->slow->calls[SLOW_TAKE], 0);
    assert_int_equal(outbox_in_flight(w->o), 1);
    sent(w, "901");
    pass(w, 100);
    assert_int_equal(stock(w, ANN, ACCOUNT).n, 0);
    assert_marks(w, ANN, "");
}

static void test_what_is_one_message_is_given_back_whole(void **state)
{
    struct world *w = *state;
    struct making *m = make_greeted(w);
    outbox_pause_chat(w->o, to_customer(ANN, "").to.chat, clock_ms() + 5000);
    assert_true(commits(m));
    assert_int_equal(w->n_sends, 0);
    assert_int_equal(outbox_in_flight(w->o), 0);
    pass(w, 6000);
    all_sent(w);
    pass(w, 6000);
    assert_int_equal(stock(w, ANN, ACCOUNT).n, 0);
    assert_marks(w, ANN, ""); /* no "maybe twice" of either */
}

static void test_not_without_the_lease(void **state)
{
    struct world *w = *state;
    begin(w);
    outbox_hold(w->o, 0);
    assert_false(is_taken(w, to_customer(ANN, "one")));
    run(w);
    assert_int_equal(w->n_sends, 0);
}

/* What is before it goes before it; what needs the store's answer, or may wait for more, is asked.
 */
static void test_only_what_may_go_at_once(void **state)
{
    struct world *w = *state;
    struct entry held = to_customer(BOB, "held"), reply = held, card = held;
    begin(w);
    assert_true(is_taken(w, to_customer(ANN, "one")));
    assert_false(is_taken(w, to_customer(ANN, "two")));
    held.hold_ms = 600;
    reply.content.about_line = 1;
    card.room = ROOM;
    assert_false(is_taken(w, held));
    assert_false(is_taken(w, reply));
    assert_false(is_taken(w, card));
    assert_sent_texts(w, "one");
}

static void test_reserved_is_in_flight(void **state)
{
    struct world *w = *state;
    w->limits.max_in_flight = 1;
    outbox_free(w->o);
    w->o = open_outbox(w);
    begin(w);
    struct making *first = make(w, to_customer(ANN, "one"));
    assert_true(first->out[0].take);
    assert_int_equal(outbox_in_flight(w->o), 1);
    push_line(w, BOB, "two", 1);
    run(w);
    assert_int_equal(w->n_sends, 0);
    assert_true(commits(first));
    assert_sent_texts(w, "one");
    run(w);
    sent(w, "901");
    pass(w, 100);
    assert_sent_texts(w, "one|two");
}

static void test_a_commit_that_fails_frees_its_place(void **state)
{
    struct world *w = *state;
    begin(w);
    struct making *m = make(w, to_customer(ANN, "one"));
    m->commit.version = 7;
    assert_true(commits(m));
    assert_int_equal(outbox_in_flight(w->o), 0);
    run(w);
    assert_int_equal(w->n_sends, 0);
    assert_true(is_taken(w, to_customer(ANN, "again")));
    assert_sent_texts(w, "again");
}

static void test_paused_meanwhile(void **state)
{
    struct world *w = *state;
    begin(w);
    assert_true(is_taken(w, to_customer(ANN, "one")));
    struct making *m = make(w, to_customer(BOB, "two"));
    settle(w, last_send(w),
           (struct delivery){
               .outcome = DELIVERY_RETRY_AFTER, .retry_ms = 5000, .whole_account = true});
    assert_true(commits(m));
    run(w);
    assert_sent_texts(w, "one");
    assert_int_equal(stock(w, BOB, ACCOUNT).attempts, 0); /* given back: it never left */
    pass(w, 6000);
    all_sent(w);
    pass(w, 6000);
    assert_marks(w, BOB, "");
    assert_int_equal(stock(w, BOB, ACCOUNT).n, 0);
}

static void on_status(void *arg, enum store_status status)
{
    *(enum store_status *)arg = status;
}

static void test_another_holds_it(void **state)
{
    struct world *w = *state;
    enum store_status status = STORE_DOWN;
    begin(w);
    struct making *m = make(w, to_customer(ANN, "one"));
    w->slow->memory->ops->hold(w->slow->memory, conversation_partition(ANN), ACCOUNT, 2, on_status,
                               &status);
    assert_true(commits(m));
    run(w);
    assert_int_equal(w->n_sends, 0);
    assert_int_equal(stock(w, ANN, ACCOUNT).attempts, 0);
    assert_int_equal(outbox_opening(w->o), PARTITIONS + 1);
}

/* It may be applied or not; but what was taken under this lease and never handed over is no doubt.
 */
static void lose_the_answer(struct world *w)
{
    begin(w);
    w->slow->is_slow = true;
    assert_true(is_taken(w, to_customer(ANN, "one")));
    slow_go_down(w->slow);
    assert_int_equal(outbox_in_flight(w->o), 0);
    assert_int_equal(stock(w, ANN, ACCOUNT).attempts, 1);
    w->slow->is_slow = false;
    slow_come_back(w->slow);
}

static void test_an_answer_is_lost(void **state)
{
    struct world *w = *state;
    lose_the_answer(w);
    outbox_resume(w->o);
    run(w);
    assert_sent_texts(w, "one");
    sent(w, "901");
    pass(w, 100);
    assert_marks(w, ANN, "");
    assert_int_equal(stock(w, ANN, ACCOUNT).n, 0);
}

/* The same life, under another epoch; then another life, which knows nothing. */
static void test_an_answer_and_the_lease_are_lost(void **state)
{
    struct world *w = *state;
    lose_the_answer(w);
    hold(w, 2);
    assert_sent_texts(w, "one");
    sent(w, "901");
    pass(w, 100);
    assert_marks(w, ANN, "");
}

static void test_an_answer_and_the_process_are_lost(void **state)
{
    struct world *w = *state;
    lose_the_answer(w);
    outbox_free(w->o);
    w->o = open_outbox(w);
    hold(w, 1); /* soon enough it has the lease it had */
    assert_sent_texts(w, "one");
    sent(w, "901");
    pass(w, 100);
    assert_marks(w, ANN, "maybe twice@customer 0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_it_goes_with_its_commit),
        TEST(test_what_is_one_message_goes_with_its_commit),
        TEST(test_what_is_one_message_is_given_back_whole),
        TEST(test_not_without_the_lease),
        TEST(test_only_what_may_go_at_once),
        TEST(test_reserved_is_in_flight),
        TEST(test_a_commit_that_fails_frees_its_place),
        TEST(test_paused_meanwhile),
        TEST(test_another_holds_it),
        TEST(test_an_answer_is_lost),
        TEST(test_an_answer_and_the_lease_are_lost),
        TEST(test_an_answer_and_the_process_are_lost),
    };
    if (log_configure("error", NULL))
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
