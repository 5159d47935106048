#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "bot/io/percent.h"

static void test_good(void **state)
{
    (void)state;
    static const char *const good[][2] = {
        {"", ""}, {"a", "a"}, {"%41%62%7e", "Ab~"}, {"%C3%A9", "\xc3\xa9"}, {"a%25b+", "a%b+"}};
    char text[32];
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        snprintf(text, sizeof(text), "%s", good[i][0]);
        assert_true(percent_decode(text));
        assert_string_equal(text, good[i][1]);
    }
}

static void test_wrong(void **state)
{
    (void)state;
    static const char *const wrong[] = {"%", "a%", "%4", "%4g", "%g4", "%%41", "%00", "% 1"};
    char text[32];
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        snprintf(text, sizeof(text), "%s", wrong[i]);
        assert_false(percent_decode(text));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
