/* What a platform asked to wait for, across a restart; and the end of a wait. */
#include "tests/unit/lanes_rig.h"

#include "bot/flow/waits.h"

#define ACCOUNT "telegram:77"

static int n_done;

static void on_done(void *arg)
{
    (void)arg;
    n_done++;
}

static void read_into(struct rig *r, struct store *store)
{
    n_done = 0;
    waits_read(store, ACCOUNT, r->l, on_done, NULL);
    assert_int_equal(n_done, 1);
}

static void ignore_status(void *arg, enum store_status status)
{
    (void)arg;
    assert_int_equal(status, STORE_OK);
}

static void count_pairs(void *arg, enum store_status status, const struct pair *pairs, size_t n)
{
    (void)pairs;
    assert_int_equal(status, STORE_OK);
    *(size_t *)arg = n;
}

static size_t kept(struct store *store)
{
    size_t n = 99;
    store->ops->hash_get(store, "waits", count_pairs, &n);
    return n;
}

static void test_a_chat_is_paused_before_its_first_entry(void **state)
{
    struct rig *r = *state;
    struct store *store = store_memory_new();
    clock_set_ms(r->now);
    waits_keep(store, ACCOUNT, GROUP, r->now + 10000);
    waits_keep(store, ACCOUNT, "2", r->now + 5000);
    waits_keep(store, "telegram:7", "3", r->now + 5000); /* another account's */
    waits_keep(store, ACCOUNT, "4", r->now);             /* passed */
    read_into(r, store);
    assert_int_equal(kept(store), 3);
    for (int customer = 1; customer <= 4; customer++)
        add(r, NULL, customer, arena_printf(&arena, "to %d", customer));
    add(r, ROOM, 9, "to staff");
    assert_goes(r, "to 1");
    assert_goes(r, "to 3");
    assert_goes(r, "to 4");
    assert_goes(r, NULL);
    assert_in_range(lanes_wake_ms(r->l), r->now + 1, r->now + 5000);
    r->now += 4999;
    assert_goes(r, NULL);
    r->now++;
    assert_goes(r, "to 2");
    r->now += 4999;
    assert_goes(r, NULL);
    r->now++;
    assert_goes(r, "to staff");
    store->ops->free(store);
}

static void test_a_paused_group_is_a_group(void **state)
{
    struct rig *r = *state;
    lanes_pause(r->l, GROUP, r->now + 1000);
    r->now += 1000;
    for (int i = 0; i < 25; i++)
        add(r, ROOM, i, "words");
    for (int i = 0; i < 20; i++)
        assert_goes(r, "words");
    assert_goes(r, NULL);
}

static void test_the_whole_account(void **state)
{
    struct rig *r = *state;
    struct store *store = store_memory_new();
    clock_set_ms(r->now);
    waits_keep(store, ACCOUNT, "", r->now + 3000);
    read_into(r, store);
    add(r, NULL, 1, "words");
    assert_goes(r, NULL);
    r->now += 3000;
    assert_goes(r, "words");
    clock_set_ms(r->now);
    read_into(r, store); /* passed: forgotten */
    assert_int_equal(kept(store), 0);
    store->ops->free(store);
}

static void test_what_is_kept_wrongly_is_forgotten(void **state)
{
    struct rig *r = *state;
    struct store *store = store_memory_new();
    store->ops->hash_put(store, "waits", ACCOUNT " 1", "soon", ignore_status, NULL);
    read_into(r, store);
    assert_int_equal(kept(store), 0);
    add(r, NULL, 1, "words");
    assert_goes(r, "words");
    store->ops->free(store);
}

static void test_a_pause_ends_once(void **state)
{
    struct rig *r = *state;
    add(r, ROOM, 1, "one");
    add(r, ROOM, 2, "two");
    struct lane *one = lanes_next(r->l, r->now), *two = lanes_next(r->l, r->now);
    assert_false(lanes_end_pause(one, r->now));
    lanes_pause_chat(one, r->now + 5000);
    lanes_release(r->l, one, r->now + 5000);
    assert_false(lanes_end_pause(two, r->now)); /* it was under way when the other one was refused */
    assert_true(lanes_end_pause(two, r->now + 5000));
    assert_false(lanes_end_pause(two, r->now + 5000));
    lanes_release(r->l, two, 0);
}

static void test_hurry_ends_the_backoff_but_no_pause(void **state)
{
    struct rig *r = *state;
    add(r, ROOM, 1, "one");
    r->now++;
    add(r, ROOM, 2, "two");
    add(r, NULL, 3, "private");
    struct lane *lane;
    while ((lane = lanes_next(r->l, r->now))) {
        lane->first->not_before_ms = r->now + 30000;
        lanes_release(r->l, lane, r->now + 30000);
    }
    lanes_hurry(r->l, GROUP);
    assert_goes(r, "one");
    assert_goes(r, "two");
    assert_goes(r, NULL); /* another chat's backoff goes on */

    add(r, ROOM, 1, "busy");
    lane = lanes_next(r->l, r->now); /* refused for what was mended while it was under way */
    lanes_hurry(r->l, GROUP);
    lanes_release(r->l, lane, r->now + 30000);
    lane = lanes_next(r->l, r->now);
    assert_non_null(lane);
    lanes_release(r->l, lane, r->now + 30000); /* and once more: so it was not mended */
    assert_goes(r, NULL);
    lanes_hurry(r->l, GROUP);
    assert_goes(r, "busy");

    add(r, ROOM, 1, "three");
    lanes_pause(r->l, GROUP, r->now + 5000);
    lanes_hurry(r->l, GROUP);
    assert_goes(r, NULL);
    r->now += 5000;
    assert_goes(r, "three");
    lanes_hurry(r->l, "-1"); /* nobody knows it: nothing is left behind */
    size_t chats = chats_in_memory(r);
    assert_goes(r, NULL);
    assert_int_equal(chats_in_memory(r), chats - 1);
}

/* The clock is everybody's. */
static int reset_clock(void **state)
{
    (void)state;
    clock_set_ms(0);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_chat_is_paused_before_its_first_entry),
        TEST(test_a_paused_group_is_a_group),
        TEST(test_the_whole_account),
        TEST(test_what_is_kept_wrongly_is_forgotten),
        TEST(test_a_pause_ends_once),
        TEST(test_hurry_ends_the_backoff_but_no_pause),
    };
    return cmocka_run_group_tests(tests, NULL, reset_clock);
}
