#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "bot/model/announcement.h"

static struct arena arena;

static struct announcement news(const char *fallback)
{
    static struct announcement_text texts[] = {
        {"zh", {.text = "维护"}}, {"en", {.text = "Maintenance"}}, {"vi", {.text = "Bảo trì"}}};
    return (struct announcement){
        .texts = texts, .n_texts = 3, .fallback = fallback, .list = "", .incident = ""};
}

static const char *reads(const char *fallback, const char *lang)
{
    struct announcement what = news(fallback);
    return announcement_text(&what, lang)->content.text;
}

static void test_who_reads_what(void **state)
{
    (void)state;
    assert_string_equal(reads("", "vi"), "Bảo trì");
    assert_string_equal(reads("", "ja"), "维护"); /* the first */
    assert_string_equal(reads("", ""), "维护");
    assert_string_equal(reads("ko en", "ja"), "Maintenance");
    assert_string_equal(reads("en", "zh"), "维护"); /* his own comes first */
    assert_string_equal(reads("e env", "ja"), "维护");
}

static void test_the_night(void **state)
{
    struct announcement what = news("");
    (void)state;
    assert_true(announcement_is_silent(&what, 23 * 60));
    assert_true(announcement_is_silent(&what, 0));
    assert_true(announcement_is_silent(&what, 7 * 60 + 59));
    assert_false(announcement_is_silent(&what, 8 * 60));
    assert_false(announcement_is_silent(&what, 22 * 60 + 59));
    what.is_urgent = true;
    assert_false(announcement_is_silent(&what, 0));
}

static void test_it_survives_being_kept(void **state)
{
    struct announcement what = news("en zh"), back;
    struct announcement_chat chats[] = {{"-1001", "zh"}, {"@news", ""}};
    (void)state;
    what.chats = chats;
    what.n_chats = 2;
    what.at_ms = 5;
    what.is_urgent = what.only_chats = true;
    what.list = "1 2";
    what.incident = "7";
    what.who = (struct audience){.platforms = "telegram",
                                 .langs = "zh vi",
                                 .tags = "vip",
                                 .not_tags = "kol",
                                 .seen_since_ms = 1,
                                 .seen_before_ms = 2,
                                 .asked = "kyc",
                                 .asked_since_ms = 3,
                                 .incident = 4,
                                 .with_case = CASE_OPEN,
                                 .is_own_matter = true};
    char *kept = announcement_print(&arena, &what);
    assert_true(announcement_parse(&arena, kept, &back));
    assert_string_equal(announcement_print(&arena, &back), kept);
    assert_int_equal(back.who.with_case, CASE_OPEN);
    assert_string_equal(back.chats[0].lang, "zh");
    assert_string_equal(back.texts[2].content.text, "Bảo trì");
    assert_false(announcement_parse(&arena, "{}", &back));
    assert_false(announcement_parse(&arena, "", &back));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who_reads_what),
        cmocka_unit_test(test_the_night),
        cmocka_unit_test(test_it_survives_being_kept),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_release(&arena);
    return failed;
}
