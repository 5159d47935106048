#include "bot/base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* What buf.h promises of every buffer at any time. */
static void check(const struct buf *b)
{
    assert_non_null(b->data);
    assert_true(b->len <= b->max);
    assert_int_equal(b->data[b->len], '\0');
    assert_true(b->cap == 0 ? b->data == buf_empty && b->len == 0 : b->cap > b->len);
    assert_true(b->cap <= b->max + 1);
    assert_int_equal(buf_empty[0], '\0');
}

static void test_empty(void **state)
{
    struct buf b = BUF_INIT(10), c;
    (void)state;
    check(&b);
    assert_string_equal(b.data, "");
    buf_clear(&b);
    buf_release(&b);
    buf_init(&c, 10);
    check(&c);
    buf_str(&c, NULL);
    buf_str(&c, "");
    buf_add(&c, NULL, 0);
    buf_printf(&c, "%s", "");
    check(&c);
    assert_false(buf_over(&c));
    assert_int_equal(c.cap, 0); /* nothing was allocated */
}

static void test_append(void **state)
{
    struct buf b = BUF_INIT(1000);
    (void)state;
    buf_str(&b, "case ");
    buf_printf(&b, "%d/%s", 812, "zh");
    buf_char(&b, ' ');
    buf_add(&b, "ab\0c", 4);
    check(&b);
    assert_int_equal(b.len, 16);
    assert_memory_equal(b.data, "case 812/zh ab\0c", 17);
    assert_false(buf_over(&b));
    buf_release(&b);
}

static void test_growth(void **state)
{
    struct buf b = BUF_INIT(100000);
    (void)state;
    for (int i = 0; i < 10000; i++) {
        buf_printf(&b, "%04d,", i);
        check(&b);
    }
    assert_int_equal(b.len, 50000);
    for (int i = 0; i < 10000; i++) {
        char want[8];
        snprintf(want, sizeof(want), "%04d,", i);
        assert_memory_equal(b.data + 5 * i, want, 5);
    }
    buf_release(&b);
}

static void test_maximum(void **state)
{
    struct buf b = BUF_INIT(5);
    (void)state;
    buf_str(&b, "abcde"); /* exactly full */
    check(&b);
    assert_false(buf_over(&b));
    buf_char(&b, 'f');
    check(&b);
    assert_string_equal(b.data, "abcde");
    assert_true(buf_over(&b));

    buf_clear(&b);
    check(&b);
    assert_false(buf_over(&b));
    assert_string_equal(b.data, "");
    buf_str(&b, "abc");
    buf_printf(&b, "%d", 123); /* would pass it: not even a part */
    assert_string_equal(b.data, "abc");
    assert_true(buf_over(&b));
    buf_str(&b, "de"); /* what fits is still taken */
    assert_string_equal(b.data, "abcde");
    assert_true(buf_over(&b));
    buf_release(&b);
    check(&b);
    assert_false(buf_over(&b));

    struct buf none = BUF_INIT(0);
    buf_char(&none, 'x');
    assert_true(buf_over(&none));
    check(&none);

    struct buf huge = BUF_INIT(SIZE_MAX);
    buf_str(&huge, "x");
    assert_string_equal(huge.data, "x");
    buf_add(&huge, "y", SIZE_MAX); /* the sum would wrap */
    assert_true(buf_over(&huge));
    assert_string_equal(huge.data, "x");
    buf_release(&huge);
}

static void test_detach(void **state)
{
    struct buf b = BUF_INIT(100);
    (void)state;
    char *s = buf_detach(&b);
    assert_string_equal(s, "");
    free(s);
    buf_str(&b, "mine");
    s = buf_detach(&b);
    check(&b);
    buf_str(&b, "new");
    assert_string_equal(s, "mine");
    assert_string_equal(b.data, "new");
    free(s);
    buf_release(&b);
}

static void test_fail(void **state)
{
    struct buf why = BUF_INIT(30);
    (void)state;
    assert_int_equal(buf_fail(NULL, "%d", 1), -1);
    buf_str(&why, "old");
    assert_int_equal(buf_fail(&why, "line %d: bad", 3), -1);
    assert_string_equal(why.data, "line 3: bad");
    assert_int_equal(buf_fail(&why, "%s:%s", "faq.yaml", why.data), -1); /* wraps its own text */
    assert_string_equal(why.data, "faq.yaml:line 3: bad");
    buf_release(&why);
}

static void test_fail_cuts(void **state)
{
    struct buf why = BUF_INIT(8);
    (void)state;
    buf_fail(&why, "%s", "1234567890");
    check(&why);
    assert_string_equal(why.data, "12345678");
    buf_fail(&why, "%s", "123456在的"); /* 在 would end at byte 9 */
    check(&why);
    assert_string_equal(why.data, "123456");
    buf_fail(&why, "%s", "12345在的"); /* and here at byte 8 */
    assert_string_equal(why.data, "12345在");
    buf_release(&why);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty),     cmocka_unit_test(test_append),
        cmocka_unit_test(test_growth),    cmocka_unit_test(test_maximum),
        cmocka_unit_test(test_detach),    cmocka_unit_test(test_fail),
        cmocka_unit_test(test_fail_cuts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
