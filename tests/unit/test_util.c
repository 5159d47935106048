#include "bot/base/util.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

/* AddressSanitizer ends the process by itself where malloc would give NULL; here it must not. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

/* Runs `fn` in a process of its own: its exit status, and what it wrote to stderr. */
static int run_apart(void (*fn)(void), char *err, size_t err_size)
{
    int fds[2], status;
    size_t len = 0;
    ssize_t n;
    assert_int_equal(pipe(fds), 0);
    fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        dup2(fds[1], STDERR_FILENO);
        close(fds[0]);
        close(fds[1]);
        fn();
        _exit(0);
    }
    close(fds[1]);
    while (len + 1 < err_size && (n = read(fds[0], err + len, err_size - 1 - len)) > 0)
        len += (size_t)n;
    err[len] = '\0';
    close(fds[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void die_once(void)
{
    die("partition %d is not ours", 7);
}

static void alloc_too_much(void)
{
    xmalloc(SIZE_MAX / 4);
}

static void calloc_too_much(void)
{
    xcalloc(SIZE_MAX / 4, 16); /* the product overflows */
}

static void realloc_too_much(void)
{
    xrealloc(NULL, SIZE_MAX / 4);
}

static void test_die(void **state)
{
    char err[4096];
    (void)state;
    assert_int_equal(run_apart(die_once, err, sizeof(err)), 70);
    assert_string_equal(err, "zaide: partition 7 is not ours\n");
}

static void test_out_of_memory(void **state)
{
    static void (*const cases[])(void) = {alloc_too_much, calloc_too_much, realloc_too_much};
    char err[16384];
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_int_equal(run_apart(cases[i], err, sizeof(err)), 70);
        assert_non_null(strstr(err, "zaide: out of memory ("));
    }
}

static void test_memory(void **state)
{
    (void)state;
    char *p = xmalloc(0);
    assert_non_null(p);
    p = xrealloc(p, 3);
    memcpy(p, "ab", 3);
    p = xrealloc(p, 0);
    assert_non_null(p);
    free(p);

    p = xcalloc(3, 5);
    for (int i = 0; i < 15; i++)
        assert_int_equal(p[i], 0);
    free(p);
    p = xcalloc(0, 5);
    assert_non_null(p);
    free(p);
}

static void test_strings(void **state)
{
    (void)state;
    assert_null(xstrdup(NULL));
    char *s = xstrdup("在的");
    assert_string_equal(s, "在的");
    free(s);
    s = xstrndup("abcdef", 3);
    assert_string_equal(s, "abc");
    free(s);
    s = xstrndup("ab", 10); /* stops at the NUL */
    assert_string_equal(s, "ab");
    free(s);
    s = xstrndup((const char[]){'x', 'y'}, 2); /* no NUL needed */
    assert_string_equal(s, "xy");
    free(s);

    assert_true(str_eq("a", "a"));
    assert_false(str_eq("a", "b"));
    assert_false(str_eq("a", "ab"));
    assert_true(str_eq(NULL, NULL));
    assert_false(str_eq(NULL, ""));
    assert_false(str_eq("", NULL));

    assert_true(starts_with("telegram:1", "telegram:"));
    assert_true(starts_with("a", ""));
    assert_false(starts_with("tele", "telegram"));
    assert_false(starts_with(NULL, "a"));
    assert_true(str_empty(NULL));
    assert_true(str_empty(""));
    assert_false(str_empty(" "));
}

static void test_array_grow(void **state)
{
    (void)state;
    int *items = NULL;
    size_t n = 0, cap = 0;
    for (int i = 0; i < 1000; i++) {
        ARRAY_GROW(items, n, cap);
        items[n++] = i;
    }
    for (int i = 0; i < 1000; i++)
        assert_int_equal(items[i], i);
    assert_int_equal(cap, 1024);
    free(items);
}

static void test_parse_i64(void **state)
{
    static const struct {
        const char *text;
        int64_t value;
    } good[] = {
        {"0", 0},
        {"-0", 0},
        {"007", 7},
        {"-1001234567890", -1001234567890},
        {"9223372036854775807", INT64_MAX},
        {"-9223372036854775808", INT64_MIN},
    };
    static const char *const bad[] = {"",
                                      "-",
                                      " 1",
                                      "1 ",
                                      "+1",
                                      "1.0",
                                      "0x10",
                                      "--1",
                                      "- 1",
                                      "12ab",
                                      "1e3",
                                      "\t1",
                                      "1\n",
                                      "９",
                                      "9223372036854775808",
                                      "-9223372036854775809"};
    int64_t value;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        value = 4711;
        assert_int_equal(parse_i64(good[i].text, &value), 0);
        assert_true(value == good[i].value);
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        value = 4711;
        assert_int_equal(parse_i64(bad[i], &value), -1);
        assert_true(value == 4711);
    }
    assert_int_equal(parse_i64(NULL, &value), -1);
}

static void test_parse_duration(void **state)
{
    static const struct {
        const char *text;
        int64_t ms;
    } good[] = {
        {"250ms", 250},
        {"15s", 15000},
        {"10m", 600000},
        {"24h", 86400000},
        {"90d", 7776000000},
        {"0s", 0},
        {"106751991167d", 106751991167 * 86400000},
        {"9223372036854775807ms", INT64_MAX},
    };
    static const char *const bad[] = {
        "",    "15",    "s",     "15 s",          "15S", "1.5h", "-1s",
        "+1s", "15sec", "1h30m", "106751991168d", " 1s", "1s ",  "9223372036854775808ms",
        "m",   "1M"};
    int64_t ms;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        ms = 4711;
        assert_int_equal(parse_duration(good[i].text, &ms), 0);
        assert_true(ms == good[i].ms);
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        ms = 4711;
        assert_int_equal(parse_duration(bad[i], &ms), -1);
        assert_true(ms == 4711);
    }
    assert_int_equal(parse_duration(NULL, &ms), -1);
}

/* The values are the published test vectors of FNV-1a. */
static void test_fnv1a64(void **state)
{
    (void)state;
    assert_true(fnv1a64("", 0) == UINT64_C(0xcbf29ce484222325));
    assert_true(fnv1a64("a", 1) == UINT64_C(0xaf63dc4c8601ec8c));
    assert_true(fnv1a64("foobar", 6) == UINT64_C(0x85944171f73967e8));
    assert_true(fnv1a64("\xff", 1) == UINT64_C(0xaf64724c8602eb6e)); /* bytes are unsigned */
}

static void test_clocks(void **state)
{
    (void)state;
    clock_set_ms(1795294696123);
    assert_true(clock_ms() == 1795294696123);
    assert_true(clock_monotonic_ms() == 1795294696123);
    clock_set_ms(0);

    int64_t seconds = time(NULL);
    assert_in_range(clock_ms() / 1000, seconds - 1, seconds + 60);
    int64_t before = clock_monotonic_ms(), now;
    do {
        now = clock_monotonic_ms();
        assert_true(now >= before);
        assert_true(time(NULL) < seconds + 10);
    } while (now == before || now % 1000 == 0); /* it goes on, and not by whole seconds */
}

static void test_edit_distance(void **state)
{
    char longer[101];
    (void)state;
    assert_int_equal(edit_distance("", ""), 0);
    assert_int_equal(edit_distance("abc", ""), 3);
    assert_int_equal(edit_distance("", "abc"), 3);
    assert_int_equal(edit_distance("kitten", "sitting"), 3);
    assert_int_equal(edit_distance("txit", "txid"), 1);
    memset(longer, 'a', 100);
    longer[100] = '\0';
    assert_int_equal(edit_distance("", longer), 63);
    assert_int_equal(edit_distance(longer, longer), 37); /* only its beginning counts */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_die),
        cmocka_unit_test(test_out_of_memory),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_strings),
        cmocka_unit_test(test_array_grow),
        cmocka_unit_test(test_parse_i64),
        cmocka_unit_test(test_parse_duration),
        cmocka_unit_test(test_edit_distance),
        cmocka_unit_test(test_fnv1a64),
        cmocka_unit_test(test_clocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
