#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "bot/model/audience.h"

#define NOW    INT64_C(1763758800000)
#define HOUR   INT64_C(3600000)
#define MINUTE INT64_C(60000)

static struct arena arena;

static struct person kept(const char *line)
{
    struct person p;
    assert_true(person_parse(&arena, line, &p));
    return p;
}

static void test_a_person_survives_his_line(void **state)
{
    struct conversation c;
    (void)state;
    conversation_init(&c, "telegram:77:12345");
    c.lang = "zh";
    c.tags = "vip kol";
    c.last_in = NOW + 5;
    c.case_no = 129;
    c.questions = asked_add(&arena, asked_add(&arena, "", "kyc", NOW - HOUR), "deposit", NOW);
    struct person p = kept(arena_printf(&arena, "ob %s", person_print(&arena, &c)));
    assert_true(p.is_opted_out && p.is_blocked && !p.is_gone && p.has_case);
    assert_string_equal(p.lang, "zh");
    assert_string_equal(p.tags, "vip kol");
    assert_string_equal(p.asked, c.questions);
    assert_int_equal(p.seen_ms, NOW / HOUR * HOUR);

    conversation_init(&c, "telegram:77:12345");
    c.last_in = NOW;
    p = kept(arena_printf(&arena, " %s", person_print(&arena, &c)));
    assert_false(p.is_opted_out || p.is_blocked || p.is_gone || p.has_case);
    assert_string_equal(p.lang, "");
    assert_string_equal(p.tags, "");
    assert_string_equal(p.asked, "");
    assert_false(person_parse(&arena, "", &p));
    assert_false(person_parse(&arena, "o zh", &p));
}

static void test_where_he_stands(void **state)
{
    const char *account, *name;
    (void)state;
    assert_true(audience_place(&arena, "telegram:77:12345", &account, &name));
    assert_string_equal(account, "telegram:77");
    assert_string_equal(name, "12345");
    static const char *const others[] = {"room:telegram:77:-100", "telegram:77:-100:4:12",
                                         "telegram:77:-100::12", "job:5", "telegram:77:"};
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        assert_false(audience_place(&arena, others[i], &account, &name));
    unsigned seen = 0;
    for (int i = 0; i < 2000; i++) {
        unsigned bucket = audience_bucket(arena_printf(&arena, "telegram:77:%d", 1000 + i));
        assert_true(bucket < AUDIENCE_BUCKETS);
        seen |= 1u << (bucket * 32 / AUDIENCE_BUCKETS);
    }
    assert_int_equal(seen, 0xffffffffu); /* spread over all */
}

static void test_what_was_asked(void **state)
{
    const char *asked = "";
    (void)state;
    for (int i = 0; i < 20; i++)
        asked = asked_add(&arena, asked, arena_printf(&arena, "q%d", i), NOW + i * MINUTE);
    assert_true(asked_has(asked, "q19", 0));
    assert_true(asked_has(asked, "q12", 0));
    assert_false(asked_has(asked, "q11", 0)); /* the last eight */
    assert_false(asked_has(asked, "q1", 0));  /* and no part of a word */
    asked = asked_add(&arena, asked, "q12", NOW + HOUR);
    assert_true(asked_has(asked, "q12", NOW + HOUR - MINUTE));
    assert_true(asked_has(asked, "q19", NOW + 19 * MINUTE));
    assert_false(asked_has(asked, "q19", NOW + 20 * MINUTE));
    assert_true(asked_has(asked, "q13", 0)); /* asked twice is one of the eight */
}

static bool has(struct audience who, const char *line)
{
    struct person p = kept(line);
    return audience_has(&who, &p);
}

#define WHO(...) ((struct audience){__VA_ARGS__})

static void test_a_filter(void **state)
{
    const char *ann = arena_printf(&arena, " zh %d 1 vip,kol deposit:%d", 489932, 29395980);
    int64_t hour = INT64_C(489932) * HOUR, minute = INT64_C(29395980) * MINUTE;
    (void)state;
    assert_true(has(WHO(0), ann));
    assert_true(has(WHO(.langs = "vi zh"), ann));
    assert_false(has(WHO(.langs = "vi en"), ann));
    assert_true(has(WHO(.langs = "-"), " - 1 0 -"));
    assert_true(has(WHO(.tags = "kol x"), ann));
    assert_false(has(WHO(.tags = "ko"), ann));
    assert_false(has(WHO(.not_tags = "x vip"), ann));
    assert_true(has(WHO(.not_tags = "vi"), ann));
    assert_true(has(WHO(.seen_since_ms = hour + HOUR - 1), ann));
    assert_false(has(WHO(.seen_since_ms = hour + HOUR), ann));
    assert_true(has(WHO(.seen_before_ms = hour + 1), ann));
    assert_false(has(WHO(.seen_before_ms = hour), ann));
    assert_true(has(WHO(.with_case = CASE_OPEN), ann));
    assert_false(has(WHO(.with_case = CASE_NONE), ann));
    assert_true(has(WHO(.asked = "kyc deposit", .asked_since_ms = minute), ann));
    assert_false(has(WHO(.asked = "kyc deposit", .asked_since_ms = minute + MINUTE), ann));
    assert_false(has(WHO(.asked = "kyc"), ann));
    assert_false(has(WHO(.asked = "deposit", .langs = "en"), ann)); /* all of it */
}

static void test_who_is_not_written_to(void **state)
{
    struct person p = kept("o zh 1 0 -");
    (void)state;
    assert_string_equal(person_refuses(&WHO(0), &p), "opted_out");
    assert_null(person_refuses(&WHO(.is_own_matter = true), &p));
    p = kept("ob zh 1 0 -");
    assert_string_equal(person_refuses(&WHO(.is_own_matter = true), &p), "blocked");
    p = kept("obd zh 1 0 -");
    assert_string_equal(person_refuses(&WHO(0), &p), "deactivated");
    p = kept(" zh 1 0 -");
    assert_null(person_refuses(&WHO(0), &p));
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
        cmocka_unit_test_teardown(test_a_person_survives_his_line, tear_down),
        cmocka_unit_test_teardown(test_where_he_stands, tear_down),
        cmocka_unit_test_teardown(test_what_was_asked, tear_down),
        cmocka_unit_test_teardown(test_a_filter, tear_down),
        cmocka_unit_test_teardown(test_who_is_not_written_to, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
