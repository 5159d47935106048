#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "bot/model/platform.h"

#define NOW    INT64_C(1790000000000)
#define MINUTE INT64_C(60000)
#define DAY    (24 * 60 * MINUTE)

static struct arena arena;

static void test_a_sign_survives_being_kept(void **state)
{
    struct platform p = {"telegram:77", "Telegram (@the_bot)", NOW}, back;
    (void)state;
    assert_true(platform_parse(&arena, "telegram:77", platform_print(&arena, &p), &back));
    assert_string_equal(back.account, "telegram:77");
    assert_string_equal(back.label, "Telegram (@the_bot)");
    assert_int_equal(back.alive_ms, NOW);
    p.label = "";
    assert_true(platform_parse(&arena, "console:c", platform_print(&arena, &p), &back));
    assert_string_equal(back.label, "");
    assert_false(platform_parse(&arena, "telegram:77", "", &back));
    assert_false(platform_parse(&arena, "telegram:77", "soon Telegram", &back));
}

static int64_t down(int64_t first, int64_t second)
{
    struct platform all[] = {{"a:1", "A", first}, {"b:2", "B", second}};
    return platform_down_since(all, 2, &all[0], MINUTE);
}

static void test_who_is_down(void **state)
{
    (void)state;
    assert_int_equal(down(NOW, NOW), 0);
    assert_int_equal(down(NOW, NOW + MINUTE - 1), 0);
    assert_int_equal(down(NOW, NOW + MINUTE), NOW);
    assert_int_equal(down(NOW, NOW + DAY - 1), NOW);
    assert_int_equal(down(NOW, NOW + DAY), 0); /* somebody took it away */
    assert_int_equal(down(NOW + DAY, NOW), 0); /* it is the other one */
    struct platform alone = {"a:1", "A", NOW - DAY};
    assert_int_equal(platform_down_since(&alone, 1, &alone, MINUTE), 0);
    assert_false(platform_is_gone(&alone, 1, &alone));
}

static int tear_down(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_a_sign_survives_being_kept, tear_down),
        cmocka_unit_test_teardown(test_who_is_down, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
