/* Exact sums of amounts. */
#include "bot/base/decimal.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void test_what_is_one(void **state)
{
    static const char *const right[] = {
        "0",
        "7",
        "10",
        "0.5",
        "0.00",
        "12.50",
        "1234567890123456789012345678901234567890.000000000000000001"};
    static const char *const wrong[] = {"",    ".",   ".5", "5.", "05",    "00.1", "-1", "+1",
                                        "1e3", "1,5", "1 ", " 1", "1.2.3", "0x1",  "１"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(right); i++)
        if (!decimal_is(right[i]))
            fail_msg("%s", right[i]);
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
        if (decimal_is(wrong[i]))
            fail_msg("%s", wrong[i]);
    assert_true(decimal_is_zero("0"));
    assert_true(decimal_is_zero("0.000"));
    assert_false(decimal_is_zero("0.0001"));
}

static void adds(const char *x, const char *y, const char *want)
{
    struct arena a = ARENA_INIT;
    assert_string_equal(decimal_add(&a, x, y), want);
    assert_string_equal(decimal_add(&a, y, x), want);
    arena_release(&a);
}

static void test_sums(void **state)
{
    (void)state;
    adds("0", "0", "0");
    adds("1", "2", "3");
    adds("9", "1", "10");
    adds("999.999", "0.001", "1000.000");
    adds("0.1", "0.2", "0.3");
    adds("0.5", "0.25", "0.75");
    adds("0.5", "7", "7.5");
    adds("12.50", "0", "12.50");
    adds("9007199254740993", "1", "9007199254740994");
    adds("0.000000000000000001", "123456789012345678901234567890",
         "123456789012345678901234567890.000000000000000001");
    adds("99999999999999999999.999999999999999999", "0.000000000000000001",
         "100000000000000000000.000000000000000000");
}

/* A hundred thousand times a cent. */
static void test_many(void **state)
{
    struct arena a = ARENA_INIT;
    char sum[64] = "0";
    (void)state;
    for (int i = 0; i < 100000; i++) {
        const char *next = decimal_add(&a, sum, "0.01");
        memcpy(sum, next, strlen(next) + 1);
        arena_clear(&a);
    }
    assert_string_equal(sum, "1000.00");
    arena_release(&a);
}

static void test_order(void **state)
{
    static const char *const rising[] = {"0",   "0.001", "0.5", "1",    "1.01",
                                         "1.1", "9.99",  "10",  "100.5"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rising); i++)
        for (size_t k = 0; k < ARRAY_LEN(rising); k++) {
            int order = decimal_compare(rising[i], rising[k]);
            assert_int_equal((order > 0) - (order < 0), (i > k) - (i < k));
        }
    assert_int_equal(decimal_compare("1.50", "1.5"), 0);
    assert_int_equal(decimal_compare("10", "10.000"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_what_is_one),
        cmocka_unit_test(test_sums),
        cmocka_unit_test(test_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
