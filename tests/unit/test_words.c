/* Lists of people's words. */
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "handlers/words.h"

static void test_find(void **state)
{
    (void)state;
    assert_int_equal(words_find("and also how", 0, "how|also", NULL), 4);
    assert_int_equal(words_find("and also how", 5, "how|also", NULL), 9);
    assert_int_equal(words_find("somehow shows", 0, "how", NULL), SIZE_MAX);
    assert_int_equal(words_find("show how", 0, "how", NULL), 5);
    assert_int_equal(words_find("a b and how", 0, " and how", NULL), 3);
    assert_int_equal(words_find("提币怎么还没到", 0, "为什么|怎么", NULL), strlen("提币"));
    size_t len;
    assert_int_equal(words_find("x and also how", 0, " and| and also", &len), 1);
    assert_int_equal(len, strlen(" and also"));
    assert_int_equal(words_find("", 0, "a", NULL), SIZE_MAX);
    assert_int_equal(words_find("a", 0, "", NULL), SIZE_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
