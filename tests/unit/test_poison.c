/* An event that ended the process twice is left alone at the third start. */
#include "bot/flow/poison.h"

#include "bot/base/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>

#include <cmocka.h>

static const struct event_id bad = {"telegram:77:1", "13"}, good = {"telegram:77:1", "14"};

struct folder {
    char path[64];
};

static int setup(void **state)
{
    struct folder *f = xcalloc(1, sizeof(*f));
    struct buf why = BUF_INIT(100);
    snprintf(f->path, sizeof(f->path), "/tmp/zaide-poison-XXXXXX");
    assert_non_null(mkdtemp(f->path));
    assert_int_equal(log_configure("error", &why), 0);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct folder *f = *state;
    char name[128];
    snprintf(name, sizeof(name), "%s/running", f->path);
    unlink(name);
    snprintf(name, sizeof(name), "%s/suspects", f->path);
    unlink(name);
    snprintf(name, sizeof(name), "%s/name", f->path);
    unlink(name);
    assert_int_equal(rmdir(f->path), 0);
    free(f);
    return 0;
}

static struct poison *open_in(void **state)
{
    struct folder *f = *state;
    struct buf why = BUF_INIT(1000);
    struct poison *p = NULL;
    assert_int_equal(poison_open(&p, f->path, &why), 0);
    return p;
}

/* What a crash does: the memory goes, the file stays. */
static void crash(void **state, struct poison *p)
{
    struct folder *f = *state;
    char from[128], to[128];
    snprintf(from, sizeof(from), "%s/running", f->path);
    snprintf(to, sizeof(to), "%s/kept", f->path);
    assert_int_equal(rename(from, to), 0);
    poison_close(p);
    assert_int_equal(rename(to, from), 0);
}

static void test_clean_end_is_forgotten(void **state)
{
    poison_close(open_in(state));
    struct poison *p = open_in(state);
    assert_false(poison_is_wary(p));
    assert_false(poison_is_deadly(p, &bad));
    poison_close(p);
}

static void test_the_name_stays(void **state)
{
    struct poison *p = open_in(state);
    char name[64];
    snprintf(name, sizeof(name), "%s", poison_name(p));
    assert_int_equal(strlen(name), 32);
    crash(state, p);
    p = open_in(state);
    assert_string_equal(poison_name(p), name);
    poison_close(p);
}

static void test_twice_is_deadly(void **state)
{
    struct poison *p = open_in(state);
    crash(state, p); /* the first time nothing was noted: nobody was wary */

    for (int end = 0; end < POISON_DEADLY; end++) {
        p = open_in(state);
        assert_true(poison_is_wary(p));
        assert_false(poison_is_deadly(p, &bad));
        poison_begin(p, &good);
        poison_end(p);
        poison_begin(p, &bad);
        crash(state, p);
    }
    p = open_in(state);
    assert_true(poison_is_deadly(p, &bad));
    assert_false(poison_is_deadly(p, &good));
    poison_close(p);

    p = open_in(state); /* still known after a clean end */
    assert_true(poison_is_deadly(p, &bad));
    poison_close(p);
}

static void test_calm_after_many_turns(void **state)
{
    struct poison *p = open_in(state);
    crash(state, p);
    p = open_in(state);
    for (int i = 0; i < POISON_TURNS; i++) {
        assert_true(poison_is_wary(p));
        poison_begin(p, &good);
        poison_end(p);
    }
    assert_false(poison_is_wary(p));
    poison_close(p);
}

static void test_a_second_zaide_is_no_crash(void **state)
{
    struct poison *first = open_in(state), *second = open_in(state);
    assert_null(poison_name(second));
    assert_false(poison_is_wary(second));
    poison_begin(second, &bad); /* does nothing */
    poison_close(second);
    poison_close(first);
    struct poison *p = open_in(state);
    assert_false(poison_is_wary(p));
    poison_close(p);
}

static void test_folder_missing(void **state)
{
    struct buf why = BUF_INIT(1000);
    struct poison *p = NULL;
    (void)state;
    assert_int_equal(poison_open(&p, "/nonexistent", &why), -1);
    assert_non_null(strstr(why.data, "DATA_DIR"));
    assert_null(p);
    buf_release(&why);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_clean_end_is_forgotten, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_name_stays, setup, teardown),
        cmocka_unit_test_setup_teardown(test_twice_is_deadly, setup, teardown),
        cmocka_unit_test_setup_teardown(test_calm_after_many_turns, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_second_zaide_is_no_crash, setup, teardown),
        cmocka_unit_test(test_folder_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
