/* Order, rates, pauses, memory. Bursts and decoration: test_lanes_bursts.c. */
#include "tests/unit/lanes_rig.h"

/* --- order --- */

static void test_one_at_a_time_in_order(void **state)
{
    struct rig *r = *state;
    add(r, NULL, 1, "one");
    add(r, NULL, 1, "two");
    add(r, NULL, 2, "other");
    assert_int_equal(lanes_count(r->l), 3);
    struct lane *first = lanes_next(r->l, r->now);
    assert_string_equal(first->first->entry.content.text, "one");
    struct lane *other = lanes_next(r->l, r->now);
    assert_string_equal(other->first->entry.content.text, "other");
    assert_null(lanes_next(r->l, r->now)); /* two waits for one */
    add(r, NULL, 1, "three");
    assert_null(lanes_next(r->l, r->now));
    drop(r, first);
    assert_null(lanes_next(r->l, r->now)); /* not before it is given back */
    lanes_release(r->l, first, 0);
    assert_goes(r, "two");
    assert_goes(r, "three");
    drop(r, other);
    lanes_release(r->l, other, 0);
    assert_goes(r, NULL);
    assert_int_equal(lanes_count(r->l), 0);
    assert_true(lanes_in_memory(r) == 0);
}

static void test_what_waits_longest_goes_first(void **state)
{
    struct rig *r = *state;
    static const int committed[] = {30, 10, 50, 20, 40};
    int64_t start = r->now;
    for (size_t i = 0; i < ARRAY_LEN(committed); i++) {
        r->now = start + committed[i];
        add(r, ROOM, (int)i, arena_printf(&arena, "%d", committed[i]));
        add(r, ROOM, (int)i, "later");
    }
    r->now = start + 100;
    for (int t = 10; t <= 50; t += 10) { /* each lane's second words are as old as its first */
        assert_goes(r, arena_printf(&arena, "%d", t));
        assert_goes(r, "later");
    }
    assert_goes(r, NULL);
}

static void test_an_entry_is_there_once(void **state)
{
    struct rig *r = *state;
    add(r, NULL, 1, "one");
    struct item *again = words(r, NULL, 1, "one"), *neighbour = words(r, NULL, 1, "two");
    again->id = 1;
    assert_false(lanes_add(r->l, again));
    item_free(again);
    neighbour->id = 1;
    neighbour->partition = 7; /* each partition counts for itself */
    assert_true(lanes_add(r->l, neighbour));
    assert_int_equal(lanes_count(r->l), 2);
    assert_goes(r, "one");
    assert_goes(r, "two");
    assert_goes(r, NULL);
}

static void test_surfaces_of_a_conversation_are_lanes_of_their_own(void **state)
{
    struct rig *r = *state;
    add(r, ROOM, 1, "for staff");
    add(r, NULL, 1, "for the customer");
    struct lane *staff = lanes_next(r->l, r->now);
    assert_string_equal(staff->first->entry.content.text, "for staff");
    assert_goes(r, "for the customer");
    drop(r, staff);
    lanes_release(r->l, staff, 0);
}

/* --- rates --- */

static void test_a_group_gets_twenty_a_minute_over_all_topics(void **state)
{
    struct rig *r = *state;
    int64_t times[100], start = r->now;
    for (int i = 0; i < 100; i++) {
        add(r, ROOM, i % 30, "words");
        r->now += 7;
    }
    assert_int_equal(run_dry(r, times, 100), 100);
    assert_rate(times, 100, 20, 60000);
    assert_true(times[19] - start < 1000);               /* the first twenty at once … */
    assert_in_range(times[20] - times[0], 60000, 61000); /* … and no slower than it must be */
    assert_true(times[99] - start < 4 * 61000 + 1000);
}

static void test_a_window_slides(void **state)
{
    struct rig *r = *state;
    int64_t times[200];
    size_t n = 0;
    for (int second = 0; second < 400; second++) { /* a word every two seconds, bursts of 40 */
        int words_now = second % 100 == 50 ? 40 : second % 2;
        for (int i = 0; i < words_now && n + lanes_count(r->l) < ARRAY_LEN(times); i++)
            add(r, ROOM, i, "words");
        while (go(r))
            times[n++] = r->now;
        r->now += 1000;
    }
    assert_true(n > 100);
    assert_rate(times, n, 20, 60000);
}

static void test_a_private_chat_gets_three_and_then_one_a_second(void **state)
{
    struct rig *r = *state;
    int64_t times[12];
    for (int i = 0; i < 12; i++)
        add(r, NULL, 1, "words");
    assert_int_equal(run_dry(r, times, 12), 12);
    assert_rate(times, 12, 3, 3000);
    assert_true(times[2] == times[0]);
    assert_true(times[11] - times[0] == 9000);
    for (int i = 0; i < 30; i++) /* others do not wait for it */
        add(r, NULL, 100 + i, "words");
    for (int i = 0; i < 30; i++)
        assert_goes(r, "words");
}

/* --- backoff and pauses --- */

static void test_backoff_blocks_only_its_lane(void **state)
{
    struct rig *r = *state;
    add(r, ROOM, 1, "bad");
    add(r, ROOM, 1, "behind it");
    r->now += 1;
    add(r, ROOM, 2, "good");
    struct lane *bad = lanes_next(r->l, r->now);
    lanes_release(r->l, bad, r->now + 5000);
    assert_goes(r, "good");
    assert_goes(r, NULL);
    assert_true(lanes_wake_ms(r->l) == r->now + 5000);
    r->now += 4999;
    assert_goes(r, NULL);
    r->now += 1;
    assert_goes(r, "bad");
    assert_goes(r, "behind it");
}

static void test_what_the_store_says_to_hold_back(void **state)
{
    struct rig *r = *state;
    struct item *late = words(r, NULL, 1, "late");
    late->not_before_ms = r->now + 3000;
    lanes_add(r->l, late);
    add(r, NULL, 1, "behind it");
    assert_goes(r, NULL);
    r->now += 3000;
    assert_goes(r, "late");
    assert_goes(r, "behind it");
}

static void test_a_paused_chat(void **state)
{
    struct rig *r = *state;
    add(r, ROOM, 1, "a");
    r->now += 1;
    add(r, ROOM, 2, "b");
    add(r, NULL, 3, "private");
    struct lane *a = lanes_next(r->l, r->now);
    lanes_pause_chat(a, r->now + 10000);
    lanes_pause_chat(a, r->now + 5000); /* a shorter wait does not end a longer one */
    lanes_release(r->l, a, 0);
    assert_goes(r, "private");
    assert_goes(r, NULL);
    r->now += 9999;
    assert_goes(r, NULL);
    r->now += 1;
    assert_goes(r, "a");
    assert_goes(r, "b");
}

static void test_all_paused(void **state)
{
    struct rig *r = *state;
    lanes_pause_all(r->l, r->now + 10000);
    lanes_pause_all(r->l, r->now + 5000);
    add(r, ROOM, 1, "a");
    add(r, NULL, 2, "b");
    assert_goes(r, NULL);
    assert_true(lanes_wake_ms(r->l) == r->now + 10000);
    r->now += 9999;
    assert_goes(r, NULL);
    r->now += 1;
    assert_goes(r, "a");
    assert_goes(r, "b");
}

/* --- nothing is left behind --- */

static void test_chats_and_lanes_are_forgotten(void **state)
{
    struct rig *r = *state;
    for (int i = 0; i < 1000; i++)
        add(r, NULL, i, "words");
    for (int i = 0; i < 1000; i++)
        assert_goes(r, "words");
    assert_goes(r, NULL);
    assert_int_equal(lanes_in_memory(r), 0);
    assert_int_equal(chats_in_memory(r), 1000); /* their windows are still known */
    add(r, NULL, 7, "more");
    r->now += 3000;
    assert_goes(r, "more");
    assert_goes(r, NULL);
    assert_int_equal(chats_in_memory(r), 1);
    r->now += 3000;
    assert_goes(r, NULL);
    assert_int_equal(chats_in_memory(r), 0);
    assert_true(lanes_wake_ms(r->l) == INT64_MAX);
}

static void count(void *arg, const struct item *item)
{
    (void)item;
    ++*(int *)arg;
}

static void test_forgetting_spares_what_is_under_way(void **state)
{
    struct rig *r = *state;
    int gone = 0;
    add_held(r, 1, "one", 600);
    add_held(r, 1, "two", 600);
    r->now += 600;
    struct lane *burst = lanes_next(r->l, r->now);
    add(r, ROOM, 1, "three");
    add(r, ROOM, 2, "other topic");
    add(r, NULL, 3, "private");
    lanes_forget(r->l, count, &gone);
    assert_int_equal(gone, 3);
    assert_int_equal(lanes_count(r->l), 2);
    assert_int_equal(lanes_in_memory(r), 1);
    add(r, ROOM, 1, "three again");
    assert_string_equal(lanes_message(burst, &arena).content.text, "one\ntwo");
    drop(r, burst);
    lanes_release(r->l, burst, 0);
    assert_goes(r, "three again");
    assert_goes(r, NULL);
}

/* Many customers and topics, sends that fail, pauses: each lane keeps its order, all arrives, the
 * limits hold. */
static void test_storm(void **state)
{
    struct rig *r = *state;
    enum { CUSTOMERS = 25, WORDS = 1200 };
    int64_t next[2][CUSTOMERS] = {{0}}, sent[2][CUSTOMERS] = {{0}}, *times[CUSTOMERS + 1];
    size_t n_times[CUSTOMERS + 1] = {0};
    uint32_t dice = 12345;
    for (size_t i = 0; i <= CUSTOMERS; i++)
        times[i] = xcalloc(3 * WORDS, sizeof(int64_t));
    for (int added = 0; added < WORDS || lanes_count(r->l);) {
        dice = dice * 1664525 + 1013904223;
        uint32_t roll = dice >> 16;
        if (added < WORDS && roll % 3) {
            int who = (int)(roll % CUSTOMERS), staff = roll / 100 % 2;
            add(r, staff ? ROOM : NULL, who,
                arena_printf(&arena, "%d %d %d", staff, who, (int)next[staff][who]++));
            added++;
        }
        struct lane *lane = lanes_next(r->l, r->now);
        if (!lane) {
            int64_t wake = lanes_wake_ms(r->l);
            assert_true(wake > r->now);
            r->now = wake != INT64_MAX && roll % 2 ? wake : r->now + roll % 500;
            continue;
        }
        int staff, who, number;
        const char *text = lane->first->entry.content.text;
        assert_int_equal(sscanf(text, "%d %d %d", &staff, &who, &number), 3);
        size_t chat = staff ? CUSTOMERS : (size_t)who;
        times[chat][n_times[chat]++] = r->now;
        assert_true(number == sent[staff][who]);
        if (roll % 11 == 0 && n_times[chat] < 2 * WORDS) { /* it failed */
            lanes_release(r->l, lane, r->now + roll % 3000);
        } else {
            if (roll % 53 == 0)
                lanes_pause_chat(lane, r->now + roll % 5000);
            if (roll % 97 == 0)
                lanes_pause_all(r->l, r->now + roll % 2000);
            sent[staff][who]++;
            drop(r, lane);
            lanes_release(r->l, lane, 0);
        }
    }
    for (size_t i = 0; i < CUSTOMERS; i++) {
        assert_rate(times[i], n_times[i], 3, 3000);
        assert_true(sent[0][i] == next[0][i] && sent[1][i] == next[1][i]);
    }
    assert_rate(times[CUSTOMERS], n_times[CUSTOMERS], 20, 60000);
    assert_true(n_times[CUSTOMERS] > 300);
    r->now += 10000;
    assert_goes(r, NULL);
    assert_int_equal(chats_in_memory(r), 1); /* the group */
    assert_int_equal(lanes_in_memory(r), 0);
    for (size_t i = 0; i <= CUSTOMERS; i++)
        free(times[i]);
}

static void add_to_group(struct rig *r, int member, enum content_kind kind)
{
    struct item *i = words(r, NULL, member, "words");
    i->entry.to.chat = "-100300";
    i->entry.conversation = arena_printf(&arena, "telegram:77:-100300::%d", member);
    i->entry.is_community = true;
    i->entry.content.kind = kind;
    lanes_add(r->l, i);
}

static void give_up(struct rig *r, struct lane *lane)
{
    drop(r, lane);
    lanes_release(r->l, lane, 0);
}

/* Six posts a minute; a secret goes at once, and is none of them. */
static void test_a_community_group(void **state)
{
    struct rig *r = *state;
    int sent = 0;
    for (int i = 0; i < 8; i++)
        add_to_group(r, i, CONTENT_TEXT);
    for (struct lane *lane; (lane = lanes_next(r->l, r->now)); sent++)
        give_up(r, lane);
    assert_int_equal(sent, 6);
    add_to_group(r, 20, CONTENT_DELETE);
    struct lane *lane = lanes_next(r->l, r->now);
    assert_non_null(lane);
    assert_int_equal(lane->first->entry.content.kind, CONTENT_DELETE);
    give_up(r, lane);
    assert_null(lanes_next(r->l, r->now + 60 * 1000));
    for (sent = 0; (lane = lanes_next(r->l, r->now + 61 * 1000)); sent++)
        give_up(r, lane);
    assert_int_equal(sent, 2);
}

/* An announcement in a group takes half of its budget at most, and none while words wait. */
static void test_what_is_spare(void **state)
{
    struct rig *r = *state;
    for (int i = 0; i < 10; i++)
        assert_int_equal(lanes_spare_ms(r->l, GROUP, r->now + i), 0);
    assert_int_equal(lanes_spare_ms(r->l, GROUP, r->now + 10), r->now + 60500);
    assert_int_equal(lanes_spare_ms(r->l, "-100300", r->now), 0); /* another one has its own */
    r->now += 20;
    for (int i = 0; i < 11; i++)
        add(r, ROOM, i, "words");
    for (int i = 0; i < 10; i++)
        assert_goes(r, "words");
    assert_goes(r, NULL); /* twenty in all */
    r->now += 60500;
    assert_true(lanes_spare_ms(r->l, GROUP, r->now) > r->now); /* one waits still */
    assert_goes(r, "words");
    assert_int_equal(lanes_spare_ms(r->l, GROUP, r->now), 0);
    lanes_pause(r->l, GROUP, r->now + 5000);
    assert_int_equal(lanes_spare_ms(r->l, GROUP, r->now), r->now + 5000);
}

/* Of a chat that only announcements know we guess the limit; its first entry tells. */
static void test_what_is_spare_where_nobody_spoke(void **state)
{
    struct rig *r = *state;
    assert_int_equal(lanes_spare_ms(r->l, GROUP, r->now), 0);
    for (int i = 0; i < 6; i++) {
        struct item *item = words(r, NULL, i, "words");
        item->entry.is_community = true;
        item->entry.to.chat = GROUP;
        lanes_add(r->l, item);
    }
    for (int i = 0; i < 5; i++)
        assert_goes(r, "words");
    assert_goes(r, NULL); /* six a minute, the announcement being one of them */
}

static void test_no_limits(void **state)
{
    struct rig *r = *state;
    struct adapter_limits none = {0};
    lanes_free(r->l);
    r->l = lanes_new(&none, 4096);
    for (int i = 0; i < 100; i++) {
        add(r, ROOM, 1, "words");
        add(r, NULL, 1, "words");
    }
    for (int i = 0; i < 200; i++)
        assert_goes(r, "words");
    add_decor(r, 1, CONTENT_HOME, "title");
    assert_goes(r, "title");
    assert_goes(r, NULL);
    assert_int_equal(chats_in_memory(r), 1);
}

/* A server of one's own may take more calls than the ring remembers. */
static void test_a_rate_beyond_the_ring(void **state)
{
    struct rig *r = *state;
    r->l->limits.group_per_min = 20 * WINDOW_MAX;
    for (int i = 0; i < 2 * WINDOW_MAX; i++)
        add(r, ROOM, i, "words");
    for (int i = 0; i < WINDOW_MAX; i++)
        assert_goes(r, "words");
    assert_goes(r, NULL);
    int64_t wait_ms = lanes_wake_ms(r->l) - r->now;
    assert_in_range(wait_ms, 60000 / 20, 61000 / 20);
    r->now += wait_ms;
    assert_goes(r, "words");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_one_at_a_time_in_order),
        TEST(test_what_waits_longest_goes_first),
        TEST(test_an_entry_is_there_once),
        TEST(test_surfaces_of_a_conversation_are_lanes_of_their_own),
        TEST(test_a_group_gets_twenty_a_minute_over_all_topics),
        TEST(test_a_window_slides),
        TEST(test_a_private_chat_gets_three_and_then_one_a_second),
        TEST(test_backoff_blocks_only_its_lane),
        TEST(test_what_the_store_says_to_hold_back),
        TEST(test_a_paused_chat),
        TEST(test_all_paused),
        TEST(test_chats_and_lanes_are_forgotten),
        TEST(test_forgetting_spares_what_is_under_way),
        TEST(test_storm),
        TEST(test_a_community_group),
        TEST(test_what_is_spare),
        TEST(test_what_is_spare_where_nobody_spoke),
        TEST(test_no_limits),
        TEST(test_a_rate_beyond_the_ring),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_release(&arena);
    return failed;
}
