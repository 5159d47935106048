/* Order, others at work, whose is it, memory. Tells and faults: test_inbox_faults.c. */
#include "tests/unit/inbox_world.h"

/* --- order --- */

static void test_one_turn_at_a_time(void **state)
{
    struct world *w = *state;
    w->slow->is_slow = true;
    hear(w, ANN, "a");
    hear(w, ANN, "b");
    hear(w, ANN, "c");
    assert_int_equal(w->slow->calls[SLOW_LOAD], 1);
    slow_answer(w->slow);
    assert_int_equal(w->slow->calls[SLOW_COMMIT], 1);
    hear(w, BOB, "x"); /* others do not wait */
    assert_int_equal(w->slow->calls[SLOW_LOAD], 2);
    assert_int_equal(inbox_waiting(w->in), 4);
    slow_answer(w->slow);
    assert_string_equal(w->done.data, "a");
    slow_answer_all(w->slow);
    assert_int_equal(inbox_waiting(w->in), 0);
    assert_log(w, ANN, "a b c");
    assert_log(w, BOB, "x");
    assert_int_equal(w->slow->calls[SLOW_LOAD], 2); /* the record is kept in memory */
    assert_int_equal(w->n_committed, 4);
    assert_int_equal(n_screened, 4);
}

static void test_done_may_deliver_more(struct world *w)
{
    if (w->n_done < 5)
        hear(w, ANN, arena_printf(&w->arena, "%d", w->n_done));
}

static void test_more_from_inside_done(void **state)
{
    struct world *w = *state;
    w->when_done = test_done_may_deliver_more;
    hear(w, ANN, "first");
    assert_log(w, ANN, "first 1 2 3 4");
    assert_int_equal(inbox_waiting(w->in), 0);
    hear(w, ANN, "second");
    w->slow->is_slow = true;
    hear(w, ANN, "third");
    slow_answer_all(w->slow);
    assert_log(w, ANN, "first 1 2 3 4 second third");
}

/* --- others at work --- */

static void faster(void *arg, enum slow_op op)
{
    struct world *w = arg;
    if (op != SLOW_COMMIT)
        return;
    w->slow->before = NULL; /* once */
    another_sets(w, ANN, "log", "another");
}

static void test_whoever_is_slower_runs_again(void **state)
{
    struct world *w = *state;
    hear(w, ANN, "a");
    w->slow->before = faster;
    w->slow->before_arg = w;
    hear(w, ANN, "b");
    assert_log(w, ANN, "another b"); /* on what is there now */
    assert_string_equal(w->done.data, "a b");
    assert_int_equal(w->slow->calls[SLOW_COMMIT], 3);
    assert_int_equal(w->n_committed, 2);
    assert_int_equal(n_screened, 2); /* once each, however often it runs */
}

/* What the snapshot says of a global hash may be old: it is read again before the turn is run again. */
static void test_a_code_that_was_used_meanwhile(void **state)
{
    struct world *w = *state;
    struct store *store = w->slow->memory;
    w->facts.code.kept = "4821 9 5";
    store->ops->hash_put(store, "codes", "staff", "4821 9 4", store_ignore, NULL);
    w->slow->is_slow = true;
    deliver(w, w->in, in_topic("", "use the code"));
    slow_answer_all(w->slow);
    assert_log(w, ROOM, "4821 9 4");
    assert_int_equal(w->n_reread, 1);
}

static void test_seen_is_done(void **state)
{
    struct world *w = *state;
    struct event e = message(ANN, "a");
    e.id = (struct event_id){"77:3815", "42"};
    deliver(w, w->in, e);
    deliver(w, w->in, e); /* the platform hands it in again */
    struct inbox *other = open_inbox(w);
    deliver(w, other, e); /* and another process gets it too */
    hear(w, ANN, "b");
    inbox_free(other);
    assert_log(w, ANN, "a b");
    assert_int_equal(w->n_done, 4);
    assert_int_equal(w->n_committed, 2);
}

static void test_two_processes_on_one_conversation(void **state)
{
    struct world *w = *state;
    struct inbox *other = open_inbox(w);
    for (int i = 0; i < 6; i++)
        deliver(w, i % 2 ? other : w->in, message(ANN, arena_printf(&w->arena, "%d", i)));
    inbox_free(other);
    assert_log(w, ANN, "0 1 2 3 4 5");
}

/* Somebody else of ANN's partition. */
static const char *neighbour_of_ann(struct world *w)
{
    for (int i = 2000;; i++) {
        const char *id = arena_printf(&w->arena, "telegram:77:%d", i);
        if (conversation_partition(id) == conversation_partition(ANN))
            return id;
    }
}

static void test_case_numbers_are_taken_once(void **state)
{
    struct world *w = *state;
    const char *neighbour = neighbour_of_ann(w);
    hear(w, ANN, "hello"); /* both know the same next number */
    hear(w, neighbour, "hello");
    w->slow->is_slow = true;
    hear(w, ANN, "open");
    hear(w, neighbour, "open");
    int commits = w->slow->calls[SLOW_COMMIT];
    slow_answer_all(w->slow);
    assert_int_equal(w->slow->calls[SLOW_COMMIT], commits); /* neither was in vain */
    int64_t first = record(w, ANN).case_no, second = record(w, neighbour).case_no;
    assert_true(first > 0 && second == first + PARTITIONS);
    assert_int_equal(first % PARTITIONS, conversation_partition(ANN));
    assert_int_equal(w->n_done, 4);
}

static void test_a_number_that_was_not_taken_after_all(void **state)
{
    struct world *w = *state;
    const char *neighbour = neighbour_of_ann(w);
    hear(w, ANN, "hello");
    hear(w, neighbour, "hello");
    another_sets(w, ANN, "tags", "vip"); /* so ANN's commit is a conflict, … */
    w->slow->is_slow = true;
    hear(w, ANN, "open");
    hear(w, neighbour, "open"); /* … and this number too high */
    slow_answer_all(w->slow);
    int64_t a = record(w, ANN).case_no, b = record(w, neighbour).case_no;
    assert_true(a && b && a + b == 2 * (a < b ? a : b) + PARTITIONS);
    assert_int_equal(a + b, 3 * PARTITIONS + 2 * conversation_partition(ANN));
}

/* A command line's `zaide claim` moves timers behind the back of a daemon that has the record in
 * memory. */
static void test_what_is_remembered_may_be_old(void **state)
{
    struct world *w = *state;
    hear(w, ANN, "arm 5000");
    another_sets(w, ANN, "timer.t", arena_printf(&w->arena, "%" PRId64, NOW + 9000));
    clock_set_ms(NOW + 9000);
    struct event tick = {.type = EVENT_TIMER, .subject = ANN, .data = "t", .due_ms = NOW + 9000};
    deliver(w, w->in, tick);
    assert_log(w, ANN, "tick");
    struct conversation c = record(w, ANN);
    assert_string_equal(conversation_var(&c, "timer.t"), "");
}

/* --- turns without effects --- */

static void test_words_are_always_kept(void **state)
{
    struct world *w = *state;
    struct event note_of_staff = in_topic("9", "nothing");
    note_of_staff.subject = ANN;
    note_of_staff.room = ROOM;
    deliver(w, w->in, note_of_staff); /* no handler does anything: it is in the transcript */
    assert_int_equal(w->n_committed, 1);
    assert_true(record(w, ANN).lines == 1);
}

static void test_what_changes_nothing_is_not_committed(void **state)
{
    struct world *w = *state;
    struct event stale = {.type = EVENT_TIMER, .subject = ANN, .data = "t", .due_ms = NOW};
    struct event member = {.type = EVENT_MEMBER, .subject = ANN};
    deliver(w, w->in, member);
    assert_int_equal(w->n_done, 1);
    assert_int_equal(w->slow->calls[SLOW_COMMIT], 0);
    hear(w, ANN, "arm 5");
    deliver(w, w->in, stale);
    assert_int_equal(w->n_done, 3);
    assert_int_equal(w->slow->calls[SLOW_COMMIT], 1);
}

static void test_what_is_shown_comes_after_the_commit(void **state)
{
    struct world *w = *state;
    w->slow->is_slow = true;
    hear(w, ANN, "show sent");
    slow_answer(w->slow);
    assert_string_equal(w->shown.data, "");
    slow_answer(w->slow);
    assert_string_equal(w->shown.data, "sent");
    w->slow->is_slow = false;
    w->slow->before = faster;
    w->slow->before_arg = w;
    hear(w, ANN, "show again"); /* not for the try that lost */
    assert_string_equal(w->shown.data, "sent again");
}

static void test_entries_are_handed_over(void **state)
{
    struct world *w = *state;
    hear(w, ANN, "say hello");
    assert_int_equal(w->n_out, 1);
}

/* --- whose is it --- */

static void test_every_place_has_its_subject(void **state)
{
    struct world *w = *state;
    give_home(w, ANN, "9");
    hear(w, ANN, "private");
    deliver(w, w->in, in_topic("9", "in-her-topic"));
    deliver(w, w->in, in_topic("8", "in-nobodys-topic"));
    deliver(w, w->in, in_topic("", "in-general"));
    struct event elsewhere = in_topic("", "in-some-group");
    elsewhere.from.chat = "-999";
    deliver(w, w->in, elsewhere);
    elsewhere.content.text = "/staff";
    deliver(w, w->in, elsewhere);
    assert_log(w, ANN, "private in-her-topic");
    assert_log(w, ROOM, "in-nobodys-topic in-general");
    assert_log(w, "room:telegram:77:-999", "/staff");
    assert_int_equal(w->n_done, 6);
    assert_int_equal(inbox_waiting(w->in), 0);
}

static void test_a_reply_finds_its_line(void **state)
{
    struct world *w = *state;
    struct event first = message(ANN, "first"), reply = message(ANN, "about"),
                 unknown = message(ANN, "about");
    first.message_id = "m1";
    reply.content.about_id = "m1";
    unknown.content.about_id = "m999";
    deliver(w, w->in, first);
    deliver(w, w->in, reply);
    deliver(w, w->in, unknown);
    assert_log(w, ANN, "first 1 0");
    struct event staffs = in_topic("9", "words"), answer = in_topic("9", "about");
    give_home(w, ANN, "9");
    staffs.message_id = "m1"; /* another surface, another message */
    answer.content.about_id = "m1";
    deliver(w, w->in, staffs);
    deliver(w, w->in, answer);
    assert_log(w, ANN, "first 1 0 words -4");
}

/* The store is told in batches: what was answered at once is known before. */
static void test_a_reply_to_what_went_out_this_instant(void **state)
{
    struct world *w = *state;
    struct event first = in_topic("9", "about"), elsewhere = message(ANN, "about");
    give_home(w, ANN, "9");
    first.content.about_id = elsewhere.content.about_id = "just";
    deliver(w, w->in, first);
    deliver(w, w->in, elsewhere);
    assert_log(w, ANN, "7 0");
}

static struct event reaction(const char *user, const char *about_id)
{
    struct event e = in_topic("", "about");
    e.from.user = user;
    e.content.kind = CONTENT_REACTION;
    e.content.about_id = about_id;
    return e;
}

/* It comes without a topic. */
static void test_a_reaction_is_found_in_the_cases_of_who_reacts(void **state)
{
    struct world *w = *state;
    static struct agent agents[] = {{.name = "mia", .ids = "telegram:5"},
                                    {.name = "mike", .ids = "telegram:6"}};
    static struct open_case cases[] = {{.no = 1, .owner = "mia", .conversation = BOB},
                                       {.no = 2, .owner = "mike", .conversation = "telegram:77:3"},
                                       {.no = 3, .owner = "mia", .conversation = ANN}};
    w->facts.agents = agents;
    w->facts.n_agents = 2;
    w->facts.cases = cases;
    w->facts.n_cases = 3;
    struct event words = in_topic("9", "words");
    give_home(w, ANN, "9");
    words.message_id = "m1";
    deliver(w, w->in, words);
    struct inbox *later = open_inbox(w); /* nothing of it was in memory */
    deliver(w, later, reaction("5", "m1"));
    deliver(w, later, reaction("5", "just")); /* of what the store does not know yet, too */
    assert_log(w, ANN, "words -1 7");
    deliver(w, later, reaction("6", "m1")); /* another's case */
    deliver(w, later, reaction("8", "m1")); /* a stranger */
    deliver(w, later, reaction("5", "m2"));
    assert_log(w, ANN, "words -1 7");
    assert_log(w, ROOM, "0 0 0"); /* General's handler leaves them alone */
    w->slow->lose[SLOW_LOAD] = 1;
    deliver(w, later, reaction("5", "m1"));
    assert_int_equal(w->n_done, 6);
    inbox_resume(later); /* the store is back */
    assert_log(w, ANN, "words -1 7 -1");
    assert_int_equal(inbox_waiting(later), 0);
    inbox_free(later);
}

/* --- memory --- */

static void hear_from(struct world *w, int from, int to)
{
    for (int i = from; i < to; i++)
        hear(w, arena_printf(&w->arena, "telegram:77:%d", i), "x");
}

/* How many of these are no longer in memory? Looking uses them. */
static int forgotten(struct world *w, int from, int to)
{
    int loads = w->slow->calls[SLOW_LOAD];
    hear_from(w, from, to);
    return w->slow->calls[SLOW_LOAD] - loads;
}

static void test_memory_has_an_end(void **state)
{
    struct world *w = *state;
    hear_from(w, 0, INBOX_CACHE);
    hear_from(w, 10000, 10050);
    assert_int_equal(forgotten(w, 50, 60), 0); /* the oldest 50 had to go */
    assert_int_equal(forgotten(w, 49, 50), 1);
    assert_int_equal(forgotten(w, 50, 60), 0); /* used since, so they stay … */
    hear_from(w, 10050, 10150);
    assert_int_equal(forgotten(w, 50, 60), 0);
    assert_int_equal(forgotten(w, 200, 300), 0);
    assert_int_equal(forgotten(w, 161, 171), 0);
    assert_int_equal(forgotten(w, 60, 161), 101); /* … and others went in their place */
    hear_from(w, 20000, 20000 + INBOX_CACHE);
    assert_int_equal(forgotten(w, 50, 60), 10);
    assert_log(w, "telegram:77:49", "x x");
}

static void test_all_busy_beyond_memory(void **state)
{
    struct world *w = *state;
    enum { MANY = INBOX_CACHE + 20 };
    w->slow->is_slow = true;
    for (int i = 0; i < MANY; i++) {
        struct arena a = ARENA_INIT;
        inbox_deliver(w->in,
                      &(struct event){.type = EVENT_MEMBER,
                                      .data = "",
                                      .subject = arena_printf(&a, "telegram:77:%d", i)},
                      NULL, NULL);
        arena_release(&a);
    }
    assert_int_equal(inbox_waiting(w->in), MANY);
    slow_answer_all(w->slow);
    assert_int_equal(inbox_waiting(w->in), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_one_turn_at_a_time),
        TEST(test_more_from_inside_done),
        TEST(test_whoever_is_slower_runs_again),
        TEST(test_a_code_that_was_used_meanwhile),
        TEST(test_seen_is_done),
        TEST(test_two_processes_on_one_conversation),
        TEST(test_case_numbers_are_taken_once),
        TEST(test_a_number_that_was_not_taken_after_all),
        TEST(test_what_is_remembered_may_be_old),
        TEST(test_words_are_always_kept),
        TEST(test_what_changes_nothing_is_not_committed),
        TEST(test_what_is_shown_comes_after_the_commit),
        TEST(test_entries_are_handed_over),
        TEST(test_every_place_has_its_subject),
        TEST(test_a_reply_finds_its_line),
        TEST(test_a_reply_to_what_went_out_this_instant),
        TEST(test_a_reaction_is_found_in_the_cases_of_who_reacts),
        TEST(test_memory_has_an_end),
        TEST(test_all_busy_beyond_memory),
    };
    if (log_configure("error", NULL))
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
