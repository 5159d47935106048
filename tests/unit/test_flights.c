/* A pass through a list, on a store whose answers may be late or lost: who is sent to, how often,
 * and what the sums say meanwhile. */
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "bot/flow/flights.h"
#include "tests/unit/slow_store.h"

#define ACCOUNT "telegram:77"
#define PEOPLE  90
#define NOW     INT64_C(1790000000000)

struct going {
    char name[16];
    size_t n_buttons;
    bool is_silent;
    void *ticket;
    bool is_open;
};

struct world {
    struct slow *slow;
    struct flights *flights;
    struct phrases *phrases;
    struct announcement what;
    struct announcement_text text;
    struct going sent[4 * PEOPLE];
    size_t n_sent;
    int64_t per_s;
    int64_t spare_ms;  /* groups may be posted to from then on … */
    int64_t paused_ms; /* … and were told to wait until then */
};

static int64_t per_s(void *arg)
{
    return ((struct world *)arg)->per_s;
}

static int64_t spare_ms(void *arg, const char *chat)
{
    struct world *w = arg;
    assert_int_equal(*chat, '-'); /* people have a budget each, which the platform keeps */
    return w->spare_ms > clock_ms() ? w->spare_ms : 0;
}

static void on_pause(void *arg, const char *chat, int64_t until_ms)
{
    struct world *w = arg;
    assert_int_equal(*chat, '-');
    w->paused_ms = until_ms;
}

static void on_send(void *arg, const struct outgoing *out, void *ticket)
{
    struct world *w = arg;
    struct going *s = &w->sent[w->n_sent++];
    snprintf(s->name, sizeof(s->name), "%s", out->to.chat);
    s->n_buttons = out->content.n_buttons;
    s->is_silent = out->content.silent;
    s->ticket = ticket;
    s->is_open = true;
    assert_true(out->is_bulk);
}

static void on_moved(void *arg)
{
    (void)arg;
}

static void ignore_status(void *arg, enum store_status status)
{
    (void)arg;
    assert_int_equal(status, STORE_OK);
}

static void on_kept(void *arg, const struct committed *c)
{
    (void)arg;
    assert_int_equal(c->status, STORE_OK);
}

static void keep_person(struct world *w, int i)
{
    struct arena a = ARENA_INIT;
    const char *id = arena_printf(&a, ACCOUNT ":%d", 1000 + i), *name = id + strlen(ACCOUNT) + 1;
    struct commit_person person = {ACCOUNT, name, audience_bucket(id), "en 1 0 -", "", ""};
    struct commit c = {.subject = id, .event = {"77:1", name}, .person = &person};
    struct store *memory = w->slow->memory;
    memory->ops->commit(memory, &c, on_kept, NULL);
    memory->ops->list_add(memory, conversation_partition(id), "5.1:" ACCOUNT, audience_bucket(id),
                          &name, 1, "planned", ignore_status, NULL);
    arena_release(&a);
}

static struct pass pass_of(const struct world *w)
{
    return (struct pass){.list = "5.1:" ACCOUNT,
                         .name = "send",
                         .takes = "planned",
                         .sent = "sent",
                         .what = &w->what,
                         .left = INT64_MAX};
}

static int set_up(void **state)
{
    struct world *w = xcalloc(1, sizeof(*w));
    clock_set_ms(NOW);
    w->slow = slow_store_new();
    struct settings *settings = settings_new();
    w->phrases = phrases_new(settings);
    struct buf why = BUF_INIT(1000);
    static const char *const says[][2] = {
        {"en", "announce: {zone: UTC, stop: stop}"},
        {"zh", "announce: {zone: Asia/Shanghai, stop: 不再接收}"},
    };
    for (size_t i = 0; i < ARRAY_LEN(says); i++) {
        struct yaml *root = yaml_parse("phrases.yaml", says[i][1], strlen(says[i][1]), &why);
        assert_int_equal(phrases_add(w->phrases, says[i][0], root, &why), 0);
        yaml_tree_free(root);
    }
    w->per_s = 100000;
    w->text = (struct announcement_text){"", {.text = "news"}};
    w->what = (struct announcement){.texts = &w->text, .n_texts = 1, .fallback = ""};
    for (int i = 0; i < PEOPLE; i++)
        keep_person(w, i);
    struct flights_ports ports = {&w->slow->store, &w->phrases, per_s,    spare_ms,
                                  on_pause,        on_send,     on_moved, w};
    w->flights = flights_new(ACCOUNT, &ports);
    flights_hold(w->flights, 1);
    struct pass pass = pass_of(w);
    flights_begin(w->flights, &pass);
    settings_free(settings);
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;
    slow_free(&w->slow->store);
    flights_free(w->flights);
    phrases_free(w->phrases);
    clock_set_ms(0);
    free(w);
    return 0;
}

struct want {
    const char *state;
    int64_t sum;
};

static void add_sum(void *arg, enum store_status status, const struct pair *pairs, size_t n)
{
    struct want *want = arg;
    assert_int_equal(status, STORE_OK);
    for (size_t i = 0; i < n; i++)
        if (!want->state || str_eq(pairs[i].name, want->state))
            want->sum += strtoll(pairs[i].value, NULL, 10);
}

static int64_t sum(struct world *w, const char *of)
{
    struct want want = {of, 0};
    struct store *memory = w->slow->memory;
    for (unsigned p = 0; p < PARTITIONS; p++)
        memory->ops->list_sums(memory, p, "5.1:" ACCOUNT, add_sum, &want);
    return want.sum;
}

static void answer(struct world *w, struct going *s, struct delivery d)
{
    s->is_open = false;
    assert_true(flights_settle(w->flights, s->ticket, &d));
}

/* Until the pass is over, each send being answered as it comes. */
static void fly(struct world *w, struct delivery d)
{
    for (int patience = 100000; !flights_run(w->flights, true); patience--) {
        assert_true(patience > 0);
        assert_int_equal(sum(w, NULL), PEOPLE);
        assert_true(sum(w, LIST_FLYING) <= FLIGHTS_MAX);
        while (slow_answer(w->slow))
            ;
        for (size_t i = 0; i < w->n_sent; i++)
            if (w->sent[i].is_open)
                answer(w, &w->sent[i], d);
        clock_set_ms(clock_ms() + 10);
    }
}

static void assert_nobody_twice(const struct world *w)
{
    for (size_t i = 0; i < w->n_sent; i++)
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(w->sent[i].name, w->sent[k].name);
}

static const struct delivery fine = {.outcome = DELIVERY_SENT, .id = "9"};

static void test_everybody_once(void **state)
{
    struct world *w = *state;
    fly(w, fine);
    assert_int_equal(w->n_sent, PEOPLE);
    assert_nobody_twice(w);
    assert_int_equal(sum(w, "sent"), PEOPLE);
}

static void test_lost_answers_of_the_store(void **state)
{
    struct world *w = *state;
    w->slow->is_slow = true;
    for (int round = 0; sum(w, "sent") < PEOPLE / 2; round++) {
        assert_true(round < 10000);
        flights_run(w->flights, true);
        if (round % 3 == 0) { /* what was asked is done, but nobody hears of it */
            slow_go_down(w->slow);
            slow_come_back(w->slow);
        }
        slow_answer_all(w->slow);
        for (size_t i = 0; i < w->n_sent; i++)
            if (w->sent[i].is_open)
                answer(w, &w->sent[i], fine);
        clock_set_ms(clock_ms() + 10);
    }
    w->slow->is_slow = false;
    fly(w, fine);
    assert_int_equal(w->n_sent, PEOPLE);
    assert_nobody_twice(w);
    assert_int_equal(sum(w, "sent"), PEOPLE);
}

/* Another process has the lease: what was on its way is unknown, and not sent again. */
static void test_a_new_holder(void **state)
{
    struct world *w = *state;
    flights_run(w->flights, true);
    size_t out = w->n_sent;
    assert_in_range(out, 1, FLIGHTS_MAX);
    flights_hold(w->flights, 0);
    assert_false(flights_run(w->flights, true));
    for (size_t i = 0; i < out; i++)
        answer(w, &w->sent[i], fine); /* too late */
    flights_hold(w->flights, 2);
    struct pass pass = pass_of(w);
    flights_begin(w->flights, &pass);
    fly(w, fine);
    assert_nobody_twice(w);
    assert_int_equal(sum(w, LIST_UNKNOWN) + sum(w, "sent"), PEOPLE);
    assert_in_range(sum(w, LIST_UNKNOWN), out, FLIGHTS_MAX);
}

static void test_what_it_was_told(void **state)
{
    struct world *w = *state;
    flights_run(w->flights, true);
    assert_true(w->n_sent >= 4);
    answer(w, &w->sent[0],
           (struct delivery){.outcome = DELIVERY_REFUSED, .refusal = REFUSAL_BLOCKED});
    answer(w, &w->sent[1], (struct delivery){.outcome = DELIVERY_UNKNOWN});
    answer(w, &w->sent[2], (struct delivery){.outcome = DELIVERY_RETRY_AFTER, .retry_ms = 5000});
    size_t before = w->n_sent;
    clock_set_ms(clock_ms() + 4999);
    flights_run(w->flights, true);
    for (size_t i = before; i < w->n_sent; i++)
        assert_string_not_equal(w->sent[i].name, w->sent[2].name);
    fly(w, fine);
    assert_int_equal(sum(w, "blocked"), 1);
    assert_int_equal(sum(w, LIST_UNKNOWN), 1);
    assert_int_equal(sum(w, "sent"), PEOPLE - 2);
    assert_int_equal(w->n_sent, PEOPLE + 1); /* the one that was not taken, once more */
}

/* A group that has had enough for this minute waits, and nobody with it; it gets the post once, and
 * without the button of those who are asked one by one. */
static void test_a_full_group(void **state)
{
    struct world *w = *state;
    const char *group = "-1001";
    int64_t free_ms = 0;
    size_t n_group = 0;
    w->slow->memory->ops->list_add(w->slow->memory, 0, "5.1:" ACCOUNT, 0, &group, 1, "planned en",
                                   ignore_status, NULL);
    for (int patience = 100000; !flights_run(w->flights, true); patience--) {
        assert_true(patience > 0);
        for (size_t i = 0; i < w->n_sent; i++) {
            struct going *s = &w->sent[i];
            if (!s->is_open)
                continue;
            bool is_group = str_eq(s->name, group);
            assert_int_equal(s->n_buttons, !is_group);
            if (is_group && n_group++ == 0) {
                free_ms = clock_ms() + 40000;
                answer(w, s, (struct delivery){DELIVERY_RETRY_AFTER, .retry_ms = 40000});
                assert_int_equal(w->paused_ms, free_ms); /* for conversations there, too */
                continue;
            }
            assert_true(!is_group || clock_ms() >= free_ms);
            answer(w, s, fine);
        }
        if (sum(w, "sent") == PEOPLE) /* all the others are through before it */
            assert_true(clock_ms() < free_ms || n_group == 2);
        clock_set_ms(clock_ms() + 100);
    }
    assert_int_equal(n_group, 2);
    assert_int_equal(sum(w, "sent"), PEOPLE + 1);
    assert_int_equal(w->n_sent, PEOPLE + 2);
}

/* Conversations have its budget: it waits for what they leave, and nobody with it. */
static void test_a_busy_group(void **state)
{
    struct world *w = *state;
    const char *group = "-1001";
    bool was_sent = false;
    w->slow->memory->ops->list_add(w->slow->memory, 0, "5.1:" ACCOUNT, 0, &group, 1, "planned en",
                                   ignore_status, NULL);
    w->spare_ms = clock_ms() + 30000;
    for (int patience = 100000; !flights_run(w->flights, true); patience--) {
        assert_true(patience > 0);
        for (size_t i = 0; i < w->n_sent; i++) {
            if (!w->sent[i].is_open)
                continue;
            was_sent |= str_eq(w->sent[i].name, group);
            answer(w, &w->sent[i], fine);
        }
        if (clock_ms() < w->spare_ms)
            assert_false(was_sent);
        if (sum(w, "sent") == PEOPLE && !was_sent)
            assert_int_equal(flights_wake_ms(w->flights), w->spare_ms);
        clock_set_ms(clock_ms() + 100);
    }
    assert_true(was_sent);
    assert_int_equal(w->n_sent, PEOPLE + 1);
}

/* It makes no sound where its readers sleep: 15:30 UTC is half past eleven at night in Shanghai. */
static void test_the_night_of_its_readers(void **state)
{
    struct world *w = *state;
    const char *group = "-1001";
    struct announcement_chat chat = {group, "zh"};
    w->what.chats = &chat;
    w->what.n_chats = 1;
    w->slow->memory->ops->list_add(w->slow->memory, 0, "5.1:" ACCOUNT, 0, &group, 1, "planned",
                                   ignore_status, NULL);
    clock_set_ms(NOW - NOW % 86400000 + INT64_C(15) * 3600000 + 1800000);
    for (int patience = 100000; !flights_run(w->flights, true); patience--) {
        assert_true(patience > 0);
        for (size_t i = 0; i < w->n_sent; i++)
            if (w->sent[i].is_open) {
                assert_int_equal(w->sent[i].is_silent, str_eq(w->sent[i].name, group));
                answer(w, &w->sent[i], fine);
            }
        clock_set_ms(clock_ms() + 1);
    }
    assert_int_equal(sum(w, "sent"), PEOPLE + 1);
}

/* Three in a row are told to wait: all wait. */
static void test_a_wait_for_all(void **state)
{
    struct world *w = *state;
    flights_run(w->flights, true);
    for (int i = 0; i < 3; i++)
        answer(w, &w->sent[i],
               (struct delivery){.outcome = DELIVERY_RETRY_AFTER, .retry_ms = 60000});
    for (size_t i = 3; i < w->n_sent; i++)
        answer(w, &w->sent[i], (struct delivery){.outcome = DELIVERY_RETRY_AFTER});
    size_t before = w->n_sent;
    for (int s = 0; s < 59; s++) {
        clock_set_ms(clock_ms() + 1000);
        flights_run(w->flights, true);
    }
    assert_int_equal(w->n_sent, before);
    clock_set_ms(clock_ms() + 1001);
    flights_run(w->flights, true);
    assert_true(w->n_sent > before);
}

/* A pause: nobody more, and who was taken but not sent to gets it later. */
static void test_a_pause(void **state)
{
    struct world *w = *state;
    flights_run(w->flights, true);
    size_t before = w->n_sent;
    answer(w, &w->sent[0], (struct delivery){.outcome = DELIVERY_RETRY_AFTER, .retry_ms = 60000});
    for (size_t i = 1; i < before; i++)
        answer(w, &w->sent[i], fine);
    while (!flights_run(w->flights, false))
        ;
    assert_int_equal(w->n_sent, before);
    assert_int_equal(sum(w, LIST_FLYING), 0);
    assert_int_equal(sum(w, "planned"), PEOPLE - (int64_t)before + 1);
    struct pass pass = pass_of(w);
    flights_begin(w->flights, &pass);
    fly(w, fine);
    assert_int_equal(sum(w, "sent"), PEOPLE);
}

static void test_a_canary(void **state)
{
    struct world *w = *state;
    struct pass pass = pass_of(w);
    pass.left = 40;
    flights_begin(w->flights, &pass);
    fly(w, fine);
    assert_int_equal(w->n_sent, 40);
    assert_int_equal(sum(w, "planned"), PEOPLE - 40);
}

/* Replies go first: while they fill the way out nothing goes, and never faster than is left. */
static void test_below_conversations(void **state)
{
    struct world *w = *state;
    w->per_s = 0;
    flights_run(w->flights, true);
    assert_int_equal(w->n_sent, 0);
    assert_in_range(flights_wake_ms(w->flights), clock_ms() + 1, clock_ms() + 100);
    w->per_s = 5;
    for (int ms = 0; ms < 2000; ms += 10) {
        clock_set_ms(clock_ms() + 10);
        flights_run(w->flights, true);
    }
    assert_in_range(w->n_sent, 8, 11);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_everybody_once),
        TEST(test_lost_answers_of_the_store),
        TEST(test_a_new_holder),
        TEST(test_what_it_was_told),
        TEST(test_a_wait_for_all),
        TEST(test_a_pause),
        TEST(test_a_canary),
        TEST(test_below_conversations),
        TEST(test_a_full_group),
        TEST(test_a_busy_group),
        TEST(test_the_night_of_its_readers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
