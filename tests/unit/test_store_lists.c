/* The audience and the lists of jobs, on the store in memory and on the one in Redis. */
#include "tests/unit/store_world.h"

#include "bot/base/log.h"

#define ACCOUNT "telegram:77"
#define LIST5   "5.1:telegram:77"

static unsigned here(void)
{
    return conversation_partition(ANN);
}

/* --- the audience --- */

static struct people people_from(struct trial *t, unsigned bucket)
{
    ASK(t, a, people, here(), ACCOUNT, bucket, on_people);
    assert_int_equal(a.status, STORE_OK);
    return a.people;
}

static const char *person(struct trial *t, unsigned bucket, const char *name)
{
    struct people page = people_from(t, bucket);
    return page.bucket == bucket ? pair_of(page.pairs, page.n, name) : "";
}

static void keep(struct trial *t, int64_t version, struct commit_person p)
{
    struct commit c = {.subject = ANN, .version = version, .person = &p};
    assert_int_equal(commit(t, c).status, STORE_OK);
}

static void test_a_commit_keeps_its_person(void **state)
{
    struct trial *t = *state;
    keep(t, 0, (struct commit_person){ACCOUNT, "1001", 7, "zh 5 0 -", "", ""});
    assert_string_equal(person(t, 7, "1001"), " zh 5 0 -");
    keep(t, 1, (struct commit_person){ACCOUNT, "1001", 7, "en 6 1 vip", "ob", ""});
    assert_string_equal(person(t, 7, "1001"), "ob en 6 1 vip");
    keep(t, 2, (struct commit_person){ACCOUNT, "1001", 7, "en 7 1 vip", "", "bd"});
    assert_string_equal(person(t, 7, "1001"), "o en 7 1 vip");
    keep(t, 3,
         (struct commit_person){ACCOUNT, "1001", 7, "en 7 1 vip", "o", ""}); /* once is enough */
    assert_string_equal(person(t, 7, "1001"), "o en 7 1 vip");
    COMMIT(t, ANN, 4, LIST(set, {"lang", "vi"})); /* says nothing about him */
    assert_string_equal(person(t, 7, "1001"), "o en 7 1 vip");
}

static void test_a_refused_commit_keeps_nobody(void **state)
{
    struct trial *t = *state;
    struct commit_person p = {ACCOUNT, "1001", 7, "zh 5 0 -", "", ""};
    COMMIT(t, ANN, 0);
    assert_int_equal(COMMIT(t, ANN, 0, .person = &p).status, STORE_CONFLICT);
    assert_int_equal(people_from(t, 0).n, 0);
    assert_int_equal(people_from(t, 0).bucket, AUDIENCE_BUCKETS);
}

static void test_pages(void **state)
{
    struct trial *t = *state;
    keep(t, 0, (struct commit_person){ACCOUNT, "1", 0, "zh 5 0 -", "", ""});
    keep(t, 1, (struct commit_person){ACCOUNT, "2", 9, "zh 5 0 -", "", ""});
    keep(t, 2, (struct commit_person){ACCOUNT, "3", 9, "zh 5 0 -", "", ""});
    keep(t, 3, (struct commit_person){ACCOUNT, "4", AUDIENCE_BUCKETS - 1, "zh 5 0 -", "", ""});
    keep(t, 4, (struct commit_person){"telegram:78", "5", 10, "zh 5 0 -", "", ""});
    assert_int_equal(people_from(t, 0).bucket, 0);
    assert_int_equal(people_from(t, 1).bucket, 9);
    assert_int_equal(people_from(t, 1).n, 2);
    assert_int_equal(people_from(t, 10).bucket, AUDIENCE_BUCKETS - 1);
    assert_int_equal(people_from(t, AUDIENCE_BUCKETS).bucket, AUDIENCE_BUCKETS);
}

/* --- lists --- */

static void add(struct trial *t, unsigned bucket, const char *name)
{
    ASK(t, a, list_add, here(), LIST5, bucket, &name, 1, "planned", on_status);
    assert_int_equal(a.status, STORE_OK);
}

static struct list_taken step(struct trial *t, struct list_step s)
{
    s.list = LIST5;
    s.account = "77";
    s.pass = s.pass ? s.pass : "send";
    s.takes = s.takes ? s.takes : "planned";
    ASK(t, a, list_step, here(), &s, on_listed);
    return a.listed;
}

#define STEP(t, of_epoch, of_stamp, ...)                                                           \
    step(t, (struct list_step){.epoch = (of_epoch), .stamp = (of_stamp), __VA_ARGS__})
#define LIST_TYPE_results struct list_result

/* "planned=2 sent=1", by name; 0 is left out. */
static const char *sums(struct trial *t)
{
    static const char *const states[] = {"blocked",   LIST_FLYING, "planned",
                                         "retracted", "sent",      LIST_UNKNOWN};
    ASK(t, a, list_sums, here(), LIST5, on_pairs);
    assert_int_equal(a.status, STORE_OK);
    char *out = arena_strdup(&t->arena, "");
    size_t known = 0;
    for (size_t i = 0; i < ARRAY_LEN(states); i++) {
        const char *n = pair_of(a.pairs, a.n, states[i]);
        known += *n != '\0';
        if (*n)
            out = arena_printf(&t->arena, "%s%s%s=%s", out, *out ? " " : "", states[i], n);
    }
    assert_int_equal(known, a.n);
    return out;
}

static void test_nobody_is_taken_twice(void **state)
{
    struct trial *t = *state;
    const char *const names[] = {"a", "b", "c"};
    ASK(t, a, list_add, here(), LIST5, 3, names, 3, "planned", on_status);
    ASK(t, again, list_add, here(), LIST5, 3, names, 3, "planned", on_status);
    add(t, 200, "d");
    assert_string_equal(sums(t), "planned=4");

    struct list_taken first = STEP(t, 1, 1, .max = 2);
    assert_int_equal(first.n, 2);
    assert_false(first.is_end);
    assert_int_equal(first.items[0].bucket, 3);
    assert_string_equal(first.items[0].value, "planned");
    assert_string_equal(first.items[0].person, "");
    assert_string_equal(sums(t), "flying=2 planned=2");

    struct list_taken second =
        STEP(t, 1, 2, .max = 9, LIST(results, {3, first.items[0].name, "sent 4711", NULL}));
    assert_int_equal(second.n, 2);
    for (size_t i = 0; i < 2; i++)
        for (size_t k = 0; k < 2; k++)
            assert_string_not_equal(first.items[i].name, second.items[k].name);
    assert_string_equal(sums(t), "flying=3 sent=1");

    struct list_taken last =
        STEP(t, 1, 3, .max = 9,
             LIST(results, {3, first.items[1].name, "blocked", NULL},
                  {second.items[0].bucket, second.items[0].name, "sent", NULL}));
    assert_int_equal(last.n, 0);
    assert_true(last.is_end);
    last = STEP(t, 1, 4, .max = 9,
                LIST(results, {second.items[1].bucket, second.items[1].name, "sent", NULL}));
    assert_true(last.is_end);
    assert_string_equal(sums(t), "blocked=1 sent=3");
}

static void test_a_lost_answer_is_given_again(void **state)
{
    struct trial *t = *state;
    for (int i = 0; i < 5; i++)
        add(t, 3, arena_printf(&t->arena, "%d", i));
    struct list_taken first = STEP(t, 1, 1, .max = 2), again = STEP(t, 1, 1, .max = 2);
    assert_int_equal(again.n, 2);
    for (size_t i = 0; i < 2; i++) /* in any order */
        assert_true(str_eq(again.items[i].name, first.items[0].name) ||
                    str_eq(again.items[i].name, first.items[1].name));
    assert_string_equal(sums(t), "flying=2 planned=3");

    struct list_step with = {.epoch = 1,
                             .stamp = 2,
                             .max = 2,
                             LIST(results, {3, first.items[0].name, "sent", NULL},
                                  {3, first.items[1].name, "blocked", NULL})};
    step(t, with);
    step(t, with);
    assert_string_equal(sums(t), "blocked=1 flying=2 planned=1 sent=1");
}

static void test_what_a_crash_leaves_is_unknown(void **state)
{
    struct trial *t = *state;
    for (int i = 0; i < 5; i++)
        add(t, i, arena_printf(&t->arena, "%d", i));
    struct list_taken lost = STEP(t, 1, 1, .max = 3);
    assert_int_equal(lost.n, 3);
    struct list_taken next = STEP(t, 2, 1, .max = 9); /* the same stamp, another life */
    assert_int_equal(next.n, 2);
    for (size_t i = 0; i < 2; i++)
        for (size_t k = 0; k < 3; k++)
            assert_string_not_equal(next.items[i].name, lost.items[k].name);
    assert_string_equal(sums(t), "flying=2 unknown=3");
    STEP(t, 2, 2, LIST(results, {0, lost.items[0].name, "sent", NULL})); /* too late */
    assert_string_equal(sums(t), "flying=2 unknown=3");
    STEP(t, 2, 3, .own_since = 2); /* the lease was lost between, and is the same again */
    assert_string_equal(sums(t), "unknown=5");
    assert_int_equal(STEP(t, 1, 5, .max = 9).status, STORE_FENCED);
    assert_string_equal(sums(t), "unknown=5");
}

/* Retracting twice does no harm. */
static void test_what_can_be_repeated_is(void **state)
{
    struct trial *t = *state;
    for (int i = 0; i < 3; i++)
        add(t, i, arena_printf(&t->arena, "%d", i));
    struct list_taken all = STEP(t, 1, 1, .max = 9);
    STEP(t, 1, 2,
         LIST(results, {0, all.items[0].name, "sent 10", NULL},
              {1, all.items[1].name, "sent 11", NULL}, {2, all.items[2].name, "blocked", NULL}));
    struct list_taken lost =
        STEP(t, 1, 3, .pass = "retract", .takes = "edited sent", .can_repeat = true, .max = 9);
    assert_int_equal(lost.n, 2);
    assert_string_equal(lost.items[0].value, "sent 10");
    assert_string_equal(sums(t), "blocked=1 flying=2");
    struct list_taken again =
        STEP(t, 2, 1, .pass = "retract", .takes = "edited sent", .can_repeat = true, .max = 9);
    assert_int_equal(again.n, 2);
    assert_string_equal(again.items[1].value, "sent 11");
    assert_true(STEP(t, 2, 2, .pass = "retract", .takes = "edited sent",
                     LIST(results, {0, again.items[0].name, "retracted", NULL},
                          {1, again.items[1].name, "retracted", NULL}))
                    .is_end);
    assert_string_equal(sums(t), "blocked=1 retracted=2");
}

static void test_not_now(void **state)
{
    struct trial *t = *state;
    for (int i = 0; i < 4; i++)
        add(t, i, arena_printf(&t->arena, "%d", i));
    struct list_taken all = STEP(t, 1, 1, .max = 9);
    assert_int_equal(all.n, 4);
    assert_true(all.is_end);
    STEP(t, 1, 2,
         LIST(results, {3, all.items[3].name, "sent", NULL},
              {1, all.items[1].name, "planned", NULL}));
    assert_string_equal(sums(t), "flying=2 planned=1 sent=1");
    struct list_taken again = STEP(t, 1, 3, .max = 9);
    assert_int_equal(again.n, 1);
    assert_string_equal(again.items[0].name, all.items[1].name);
}

static void test_a_refusal_marks_the_audience(void **state)
{
    struct trial *t = *state;
    keep(t, 0, (struct commit_person){ACCOUNT, "1001", 7, "zh 5 0 -", "o", ""});
    ASK(t, a, list_add, here(), LIST5, 7, ((const char *[]){"1001", "9"}), 2, "planned", on_status);
    struct list_step s = {.list = LIST5,
                          .account = ACCOUNT,
                          .epoch = 1,
                          .stamp = 1,
                          .pass = "send",
                          .takes = "planned",
                          .max = 9};
    ASK(t, taken, list_step, here(), &s, on_listed);
    assert_int_equal(taken.listed.n, 2);
    size_t known = str_eq(taken.listed.items[0].name, "1001") ? 0 : 1;
    assert_string_equal(taken.listed.items[known].person, "o zh 5 0 -");
    assert_string_equal(taken.listed.items[1 - known].person, "");
    struct list_result results[] = {{7, "1001", "blocked", "b"}, {7, "9", "deactivated", "d"}};
    s.stamp = 2;
    s.results = results;
    s.n_results = 2;
    ASK(t, told, list_step, here(), &s, on_listed);
    assert_true(told.listed.is_end);
    assert_string_equal(person(t, 7, "1001"), "ob zh 5 0 -");
    assert_int_equal(people_from(t, 0).n, 1); /* nobody is made of a mark */
}

#define ON_BOTH(test) MEMORY(test), REDIS(test)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(test_a_commit_keeps_its_person),
        ON_BOTH(test_a_refused_commit_keeps_nobody),
        ON_BOTH(test_pages),
        ON_BOTH(test_nobody_is_taken_twice),
        ON_BOTH(test_a_lost_answer_is_given_again),
        ON_BOTH(test_what_a_crash_leaves_is_unknown),
        ON_BOTH(test_what_can_be_repeated_is),
        ON_BOTH(test_not_now),
        ON_BOTH(test_a_refusal_marks_the_audience),
    };
    if (log_configure("error", NULL) < 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
