#include "tests/unit/lanes_rig.h"

/* --- bursts --- */

static void test_a_burst_is_one_message(void **state)
{
    struct rig *r = *state;
    add_held(r, 1, "one", 600);
    assert_goes(r, NULL);
    r->now += 400;
    add_held(r, 1, "two", 600); /* counted from the newest */
    r->now += 599;
    assert_goes(r, NULL);
    r->now += 1;
    assert_goes(r, "one\ntwo");
    assert_int_equal(lanes_count(r->l), 0);
}

static void test_a_burst_without_end_is_shown(void **state)
{
    struct rig *r = *state;
    int64_t start = r->now;
    for (int i = 0; i < 5; i++, r->now += 300)
        add_held(r, 1, "x", 600);
    assert_true(r->now == start + 1500);
    assert_goes(r, "x\nx\nx\nx\nx");
}

static void test_a_burst_ends_where_it_cannot_join(void **state)
{
    struct rig *r = *state;
    struct item *photo = words(r, ROOM, 1, "photo");
    struct file file = {.kind = FILE_PHOTO};
    photo->entry.content.files = &file;
    photo->entry.content.n_files = 1;
    add_held(r, 1, "one", 600);
    add_held(r, 1, "two", 600);
    lanes_add(r->l, photo);
    add_held(r, 1, "three", 600);
    r->now += 600;
    assert_goes(r, "one\ntwo");
    assert_goes(r, "photo");
    assert_goes(r, "three");
}

static void test_a_burst_ends_at_the_platforms_length(void **state)
{
    struct rig *r = *state;
    char *page = arena_alloc(&arena, 2001);
    memset(page, 'x', 2000);
    for (int i = 0; i < 5; i++)
        add_held(r, 1, page, 600);
    r->now += 600;
    assert_int_equal(strlen(go(r)), 4001);
    assert_int_equal(strlen(go(r)), 4001);
    assert_int_equal(strlen(go(r)), 2000);
}

/* A case's card and the words below it; at once, though more words may come. */
static void test_a_card_goes_with_its_words(void **state)
{
    struct rig *r = *state;
    for (int joins = 0; joins < 2; joins++) {
        r->l->limits.joins = joins;
        struct item *card = words(r, ROOM, 1, "card");
        card->entry.leads = true;
        lanes_add(r->l, card);
        add_held(r, 1, "one", 600);
        add_held(r, 1, "two", 600);
        assert_goes(r, joins ? "card\n\none" : "card");
        assert_goes(r, NULL);
        r->now += 600;
        assert_goes(r, joins ? "two" : "one\ntwo");
    }
}

static void test_what_joins_meanwhile_waits_for_the_next(void **state)
{
    struct rig *r = *state;
    add_held(r, 1, "one", 600);
    add_held(r, 1, "two", 600);
    r->now += 600;
    struct lane *lane = lanes_next(r->l, r->now);
    add_held(r, 1, "three", 600);
    assert_int_equal(lane->joined, 2);
    assert_string_equal(lanes_message(lane, &arena).content.text, "one\ntwo");
    drop(r, lane);
    lanes_release(r->l, lane, 0);
    assert_goes(r, NULL);
    r->now += 600;
    assert_goes(r, "three");
}

/* --- decoration --- */

static void test_decoration_takes_only_what_is_spare(void **state)
{
    struct rig *r = *state;
    int64_t start = r->now;
    add_decor(r, 1, CONTENT_HOME, "title");
    assert_goes(r, "title");
    for (int i = 0; i < 9; i++) {
        add(r, ROOM, 2, "words");
        assert_goes(r, "words");
    }
    add_decor(r, 1, CONTENT_HOME, "title"); /* half of the budget is used: it waits … */
    assert_goes(r, NULL);
    for (int i = 0; i < 10; i++) {
        add(r, ROOM, 2, "words"); /* … while words have the other half */
        assert_goes(r, "words");
    }
    add(r, ROOM, 2, "words");
    assert_goes(r, NULL);
    r->now = lanes_wake_ms(r->l);
    assert_in_range(r->now - start, 60000, 61000);
    assert_goes(r, "words"); /* they go first, though they are younger */
    assert_goes(r, "title");
}

static void test_of_decoration_the_newest_goes(void **state)
{
    struct rig *r = *state;
    add_decor(r, 1, CONTENT_EDIT, "1 waiting");
    add_decor(r, 1, CONTENT_EDIT, "2 waiting");
    add_decor(r, 1, CONTENT_EDIT, "3 waiting");
    assert_goes(r, "3 waiting");
    assert_int_equal(lanes_count(r->l), 0);
}

static void use_half_of_the_budget(struct rig *r)
{
    for (int i = 0; i < 10; i++) {
        add(r, ROOM, 1000, "words");
        assert_goes(r, "words");
    }
}

static void test_words_do_not_wait_for_decoration(void **state)
{
    struct rig *r = *state;
    use_half_of_the_budget(r);
    add_decor(r, 1, CONTENT_HOME, "● #65");
    add(r, ROOM, 1, "please help");
    add(r, ROOM, 1, "are you there?");
    assert_goes(r, "please help");
    assert_goes(r, "are you there?");
    assert_goes(r, NULL);
    int64_t times[1];
    assert_int_equal(run_dry(r, times, 1), 1); /* and it comes, when there is room */
}

static void test_closing_makes_decoration_idle(void **state)
{
    struct rig *r = *state;
    use_half_of_the_budget(r);
    add_decor(r, 1, CONTENT_HOME, "● #65");
    add(r, ROOM, 1, "Mia closed the case");
    struct item *closed = words(r, ROOM, 1, "✓ #65");
    closed->entry.content.kind = CONTENT_HOME;
    closed->entry.content.closed = true;
    lanes_add(r->l, closed);
    add(r, ROOM, 1, "Rated 5 of 5");
    assert_goes(r, "Mia closed the case");
    assert_goes(r, "✓ #65");
    assert_goes(r, "Rated 5 of 5");
    assert_int_equal(lanes_count(r->l), 0); /* what it replaced goes with it */
}

static void test_decoration_under_way_is_not_overtaken(void **state)
{
    struct rig *r = *state;
    add_decor(r, 1, CONTENT_HOME, "#65");
    add_decor(r, 1, CONTENT_HOME, "● #65");
    struct lane *lane = lanes_next(r->l, r->now);
    add(r, ROOM, 1, "please help");
    assert_string_equal(lanes_message(lane, &arena).content.text, "● #65");
    drop(r, lane);
    lanes_release(r->l, lane, 0);
    assert_goes(r, "please help");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_burst_is_one_message),
        TEST(test_a_burst_without_end_is_shown),
        TEST(test_a_burst_ends_where_it_cannot_join),
        TEST(test_a_burst_ends_at_the_platforms_length),
        TEST(test_a_card_goes_with_its_words),
        TEST(test_what_joins_meanwhile_waits_for_the_next),
        TEST(test_decoration_takes_only_what_is_spare),
        TEST(test_of_decoration_the_newest_goes),
        TEST(test_words_do_not_wait_for_decoration),
        TEST(test_closing_makes_decoration_idle),
        TEST(test_decoration_under_way_is_not_overtaken),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_release(&arena);
    return failed;
}
