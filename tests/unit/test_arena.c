#include "bot/base/arena.h"
#include "bot/base/buf.h"

#include <sanitizer/asan_interface.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Every piece is aligned, zeroed, and no other piece lies in it: each is filled with its own byte,
 * and all are looked at when the last has been written. */
static void fill_and_check(struct arena *a, size_t n, size_t step)
{
    unsigned char **pieces = xcalloc(n, sizeof(*pieces));
    for (size_t i = 0; i < n; i++) {
        pieces[i] = arena_alloc(a, i * step);
        assert_int_equal((uintptr_t)pieces[i] % _Alignof(max_align_t), 0);
        for (size_t j = 0; j < i * step; j++)
            assert_int_equal(pieces[i][j], 0);
        memset(pieces[i], (int)(i % 251) + 1, i * step);
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i * step; j++)
            assert_int_equal(pieces[i][j], i % 251 + 1);
    free(pieces);
}

static void test_alloc(void **state)
{
    struct arena a = ARENA_INIT;
    (void)state;
    fill_and_check(&a, 300, 1);
    fill_and_check(&a, 100, 97);
    arena_release(&a);
    assert_null(a.blocks);
}

static void test_large(void **state)
{
    struct arena a = ARENA_INIT;
    (void)state;
    char *small = arena_strdup(&a, "small");
    char *large = arena_alloc(&a, 3 * 1024 * 1024);
    memset(large, 'x', 3 * 1024 * 1024);
    char *after = arena_strdup(&a, "after");
    assert_string_equal(small, "small");
    assert_string_equal(after, "after");
    arena_release(&a);
}

static void test_empty_pieces_differ(void **state)
{
    struct arena a = ARENA_INIT;
    (void)state;
    assert_ptr_not_equal(arena_alloc(&a, 0), arena_alloc(&a, 0));
    arena_release(&a);
}

static void test_int(void **state)
{
    struct arena a = ARENA_INIT;
    (void)state;
    assert_string_equal(arena_int(&a, 0), "0");
    assert_string_equal(arena_int(&a, -7), "-7");
    assert_string_equal(arena_int(&a, 1790000000000), "1790000000000");
    assert_string_equal(arena_int(&a, INT64_MAX), "9223372036854775807");
    assert_string_equal(arena_int(&a, INT64_MIN), "-9223372036854775808");
    arena_release(&a);
}

static void test_strings(void **state)
{
    struct arena a = ARENA_INIT;
    (void)state;
    assert_null(arena_strdup(&a, NULL));
    assert_string_equal(arena_strdup(&a, ""), "");
    assert_string_equal(arena_strndup(&a, "abcdef", 3), "abc");
    assert_string_equal(arena_strndup(&a, "ab", 9), "ab");
    assert_string_equal(arena_strndup(&a, (const char[]){'x', 'y'}, 2), "xy");
    assert_string_equal(arena_printf(&a, "%s:%d", "telegram", 77), "telegram:77");
    char *first = arena_printf(&a, "%5000d", 1);
    assert_int_equal(strlen(first), 5000);
    assert_string_equal(first + 4999, "1");
    assert_string_equal(arena_printf(&a, "%s", ""), "");
    struct buf b = BUF_INIT(100);
    assert_string_equal(arena_take(&a, &b), "");
    buf_str(&b, "written piece by piece");
    assert_string_equal(arena_take(&a, &b), "written piece by piece");
    assert_int_equal(b.len, 0);
    arena_release(&a);
}

static void test_grow(void **state)
{
    struct arena a = ARENA_INIT;
    int *items = NULL;
    size_t n = 0, cap = 0;
    (void)state;
    for (int i = 0; i < 5000; i++) {
        ARENA_GROW(&a, items, n, cap);
        items[n++] = i;
    }
    for (int i = 0; i < 5000; i++)
        assert_int_equal(items[i], i);
    arena_release(&a);
}

static void test_reserve(void **state)
{
    struct arena a = ARENA_INIT;
    (void)state;
    const char *strings[] = {"", "fifteen letters", "sixteen letters!", "a somewhat longer string"};
    size_t len = 0;
    for (size_t i = 0; i < 4; i++)
        len += ARENA_STRING(strlen(strings[i]));
    arena_reserve(&a, len);
    struct arena_block *block = a.blocks;
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(arena_strdup(&a, strings[i]), strings[i]);
    assert_ptr_equal(a.blocks, block);
    arena_strdup(&a, "one more");
    assert_ptr_not_equal(a.blocks, block);
    arena_release(&a);
}

static void test_clear(void **state)
{
    struct arena a = ARENA_INIT;
    (void)state;
    arena_clear(&a); /* nothing yet */
    fill_and_check(&a, 100, 1000);
    arena_clear(&a);
    struct arena_block *kept = a.blocks;
    assert_non_null(kept);
    char *first = arena_alloc(&a, 64);
    arena_clear(&a);
    for (int turn = 0; turn < 1000; turn++) { /* turns of the usual size ask for no new memory */
        assert_ptr_equal(arena_alloc(&a, 64), first);
        fill_and_check(&a, 20, 80);
        assert_ptr_equal(a.blocks, kept);
        arena_clear(&a);
    }
    arena_release(&a);
    assert_string_equal(arena_strdup(&a, "again"), "again"); /* may be used again */
    arena_release(&a);
}

#ifdef __SANITIZE_ADDRESS__
static void test_misuse_is_found(void **state)
{
    struct arena a = ARENA_INIT;
    (void)state;
    char *s = arena_strndup(&a, "12 bytes now", 12);
    assert_null(__asan_region_is_poisoned(s, 13));
    assert_ptr_equal(__asan_region_is_poisoned(s, 14), s + 13);
    arena_clear(&a);
    assert_ptr_equal(__asan_region_is_poisoned(s, 1), s);
    arena_release(&a);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alloc),
        cmocka_unit_test(test_large),
        cmocka_unit_test(test_int),
        cmocka_unit_test(test_strings),
        cmocka_unit_test(test_empty_pieces_differ),
        cmocka_unit_test(test_grow),
        cmocka_unit_test(test_reserve),
        cmocka_unit_test(test_clear),
#ifdef __SANITIZE_ADDRESS__
        cmocka_unit_test(test_misuse_is_found),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
