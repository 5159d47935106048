#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "handlers/announce/card.h"
#include "handlers/announce/life.h"

#define NOW INT64_C(1790000000000)

static const struct setting rows[] = {
    {"STAFF_LANGUAGE", "of the staff rooms", SETTING_TEXT, "en", NULL, 0, 0},
    {"LANGUAGES", "that we speak", SETTING_TEXT, "en", NULL, 0, 0},
    {"TIMEZONE", "of staff", SETTING_TEXT, "UTC", NULL, 0, 0},
    {0},
};

static const char texts[] = "announce: {title: \"announcement {no}\", card: card, card_all: all, "
                            "stage_draft: draft, counting: counting, button_preview: preview, "
                            "button_approve: approve, button_cancel: cancel}\n";

/* Agents are known up to a second late: one who was added just now is in no snapshot yet. */
static void test_draft_by_a_new_manager(void **state)
{
    struct arena arena = ARENA_INIT;
    struct buf why = BUF_INIT(2000);
    struct settings *settings = settings_new();
    struct yaml *root = yaml_parse("en/phrases.yaml", texts, strlen(texts), &why);
    (void)state;
    settings_add(settings, "test", rows);
    struct phrases *phrases = phrases_new(settings);
    assert_non_null(root);
    assert_int_equal(phrases_add(phrases, "en", root, &why), 0);

    struct announcement_text text = {"", {.text = "Maintenance tonight"}};
    struct announcement what = {.texts = &text, .n_texts = 1};
    struct event event = {.type = EVENT_TOLD, .now_ms = NOW};
    event.data = arena_printf(&arena, LIFE_DRAFT "zoe %s", announcement_print(&arena, &what));
    struct facts nobody = {0};
    struct conversation job;
    conversation_init(&job, "job:1");
    struct effects e = {.arena = &arena, .subject = &job, .event = &event};
    struct turn turn = {.event = &event,
                        .subject = &job,
                        .facts = &nobody,
                        .phrases = phrases,
                        .settings = settings,
                        .arena = &arena};
    struct card card;
    life_told(&turn, &e);
    assert_true(card_read(&turn, &card));
    assert_int_equal(card.job.stage, JOB_DRAFT);
    assert_string_equal(conversation_var(&job, JOB_AUTHOR), "zoe");
    assert_string_equal(card.what.texts[0].content.text, "Maintenance tonight");

    yaml_tree_free(root);
    phrases_free(phrases);
    settings_free(settings);
    buf_release(&why);
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_draft_by_a_new_manager)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
