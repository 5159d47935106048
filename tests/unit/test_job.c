#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "bot/model/job.h"

static struct arena arena;

static struct job two_accounts(enum job_stage stage, const char *first, const char *second)
{
    struct job job = {.no = 5, .stage = stage, .revision = 2, .edition = 1, .n_accounts = 2};
    job.accounts = arena_alloc(&arena, 2 * sizeof(*job.accounts));
    job.accounts[0] = (struct job_account){"telegram:77", 90, first};
    job.accounts[1] = (struct job_account){"discord:5", 12, second};
    return job;
}

static void test_it_survives_being_kept(void **state)
{
    (void)state;
    for (int stage = 0; stage < JOB_STAGES; stage++) {
        struct job job = two_accounts((enum job_stage)stage, "plan", "canary"), back;
        job.is_paused = stage % 2;
        job.is_urgent = stage % 3 == 0;
        assert_true(job_parse(&arena, "5", job_print(&arena, &job), &back));
        assert_int_equal(back.no, 5);
        assert_int_equal(back.stage, stage);
        assert_int_equal(back.is_paused, stage % 2);
        assert_int_equal(back.is_urgent, stage % 3 == 0);
        assert_int_equal(back.revision, 2);
        assert_int_equal(back.edition, 1);
        assert_int_equal(job_recipients(&back), 102);
        assert_string_equal(job_account(&back, "discord:5")->did, "canary");
        assert_null(job_account(&back, "telegram:7"));
    }
    struct job none;
    assert_false(job_parse(&arena, "5", "{}", &none));
    assert_false(job_parse(&arena, "5", "{\"stage\":\"flying\"}", &none));
    assert_false(job_parse(&arena, "five", "{\"stage\":\"draft\"}", &none));
}

static void test_a_step_is_done_when_all_have_done_it(void **state)
{
    (void)state;
    struct job job = two_accounts(JOB_CANARY, "canary", "plan");
    assert_string_equal(job_step(&arena, &job), "canary");
    assert_true(job_account_is_done(&arena, &job, "telegram:77"));
    assert_false(job_account_is_done(&arena, &job, "discord:5"));
    assert_true(job_account_is_done(&arena, &job, "console:1")); /* it planned nothing */
    assert_false(job_is_done(&arena, &job));
    job.accounts[1].did = "canary";
    assert_true(job_is_done(&arena, &job));

    job = two_accounts(JOB_DRAFT, "plan", "plan");
    assert_false(job_account_is_done(&arena, &job, "console:1")); /* it may plan yet */
    job = two_accounts(JOB_EDITING, "edit1", "edit0");
    assert_string_equal(job_step(&arena, &job), "edit1");
    assert_false(job_is_done(&arena, &job));
    job = two_accounts(JOB_DONE, "send", "canary");
    assert_null(job_step(&arena, &job));
    assert_true(job_is_done(&arena, &job));
}

static void test_names(void **state)
{
    struct job job = two_accounts(JOB_DRAFT, "plan", "plan");
    (void)state;
    assert_string_equal(job_list(&arena, &job, "telegram:77"), "5.2:telegram:77");
    assert_string_equal(job_subject(&arena, 12), "job:12");
    assert_int_equal(job_number("job:12"), 12);
    assert_int_equal(job_number("job:"), 0);
    assert_int_equal(job_number("room:telegram:77:-100"), 0);
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
        cmocka_unit_test_teardown(test_it_survives_being_kept, tear_down),
        cmocka_unit_test_teardown(test_a_step_is_done_when_all_have_done_it, tear_down),
        cmocka_unit_test_teardown(test_names, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
