#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "bot/model/phrases.h"

static const struct setting rows[] = {
    {"BRAND_NAME", "the name", SETTING_TEXT, NULL, NULL, 0, 0},
    {"BRAND_FEES_URL", "fees", SETTING_URL, NULL, NULL, 0, 0},
    {"SECRET", "none of a customer's business", SETTING_SECRET, NULL, NULL, 0, 0},
    {0},
};

/* Phrases in two languages, and the settings behind them. */
struct book {
    struct arena arena;
    struct settings *settings;
    struct phrases *phrases;
    struct buf why;
};

static int add(struct book *b, const char *lang, const char *yaml)
{
    struct yaml *root = yaml_parse("test.yaml", yaml, strlen(yaml), &b->why);
    assert_non_null(root);
    int failed = phrases_add(b->phrases, lang, root, &b->why);
    yaml_tree_free(root);
    return failed;
}

static const char english[] = "hello: Hello {name}!\n"
                              "plain: Good day.\n"
                              "case:\n"
                              "  place: You are number {n}.\n"
                              "  deep:\n"
                              "    er: deep down\n"
                              "brand: |\n"
                              "  This is {BRAND_NAME}.\n"
                              "  We are here.\n"
                              "lines: |\n"
                              "  {a} first\n"
                              "\n"
                              "  second {b} and {c}\n"
                              "  third\n"
                              "braces: \"a {} b {not one} {n c } }{ {x\"\n";

static int set_up(void **state)
{
    struct book *b = xcalloc(1, sizeof(*b));
    buf_init(&b->why, 1000);
    b->settings = settings_new();
    settings_add(b->settings, "test", rows);
    b->phrases = phrases_new(b->settings);
    assert_int_equal(add(b, "en", english), 0);
    assert_int_equal(add(b, "zh", "hello: 你好 {name}！\ncase: {place: \"您是第{n}位。\"}\n"), 0);
    *state = b;
    return 0;
}

static int tear_down(void **state)
{
    struct book *b = *state;
    phrases_free(b->phrases);
    settings_free(b->settings);
    buf_release(&b->why);
    arena_release(&b->arena);
    free(b);
    return 0;
}

static const char *say(struct book *b, const char *lang, const char *key, const char *name,
                       const char *value)
{
    struct fill fill = {name, value};
    return phrase(b->phrases, &b->arena, lang, key, &fill, name ? 1 : 0);
}

static void test_phrases_are_filled(void **state)
{
    struct book *b = *state;
    assert_string_equal(say(b, "en", "hello", "name", "Ann"), "Hello Ann!");
    assert_string_equal(say(b, "zh", "hello", "name", "Ann"), "你好 Ann！");
    assert_string_equal(say(b, "zh", "case.place", "n", "3"), "您是第3位。");
    assert_string_equal(say(b, "en", "case.deep.er", NULL, NULL), "deep down");
}

static void test_values_are_no_phrases(void **state)
{
    struct book *b = *state;
    /* What a customer calls himself is not filled in once more. */
    assert_string_equal(say(b, "en", "hello", "name", "{BRAND_NAME} {name} %s\n{n}"),
                        "Hello {BRAND_NAME} {name} %s\n{n}!");
}

static void test_english_stands_in(void **state)
{
    struct book *b = *state;
    assert_string_equal(say(b, "zh", "plain", NULL, NULL), "Good day.");
    assert_string_equal(say(b, "fr", "hello", "name", "Ann"), "Hello Ann!");
    assert_string_equal(say(b, "", "plain", NULL, NULL), "Good day.");
    assert_string_equal(say(b, "en", "no.such", NULL, NULL), "no.such");
    assert_true(phrases_has_language(b->phrases, "zh"));
    assert_false(phrases_has_language(b->phrases, "fr"));
}

static void test_lines_without_value_are_left_out(void **state)
{
    struct book *b = *state;
    struct fill all[] = {{"a", "A"}, {"b", "B"}, {"c", "C"}}, no_a[] = {{"b", "B"}, {"c", "C"}},
                no_c[] = {{"a", "A"}, {"b", "B"}, {"c", ""}, {NULL, NULL}};
    assert_string_equal(phrase(b->phrases, &b->arena, "en", "lines", all, 3),
                        "A first\n\nsecond B and C\nthird");
    assert_string_equal(phrase(b->phrases, &b->arena, "en", "lines", no_a, 2),
                        "\nsecond B and C\nthird");
    assert_string_equal(phrase(b->phrases, &b->arena, "en", "lines", no_c, 4), "A first\n\nthird");
    assert_string_equal(say(b, "en", "hello", NULL, NULL), ""); /* never a bare {name} */
}

static void test_only_brand_settings_are_filled_in(void **state)
{
    struct book *b = *state;
    assert_string_equal(say(b, "en", "brand", NULL, NULL), "We are here.");
    assert_int_equal(settings_set(b->settings, "BRAND_NAME", "Acme", NULL), 0);
    assert_int_equal(settings_set(b->settings, "SECRET", "hunter2", NULL), 0);
    assert_string_equal(say(b, "en", "brand", NULL, NULL), "This is Acme.\nWe are here.");
    assert_string_equal(say(b, "en", "brand", "BRAND_NAME", "Other"),
                        "This is Other.\nWe are here."); /* what is given comes first */
    assert_string_equal(phrases_fill(b->phrases, &b->arena, "by {BRAND_NAME}", NULL, 0), "by Acme");
    assert_null(phrases_fill(b->phrases, &b->arena, "the {SECRET}", NULL, 0));
}

static void test_braces_that_are_no_placeholder(void **state)
{
    struct book *b = *state;
    assert_string_equal(say(b, "en", "braces", NULL, NULL), "a {} b {not one} {n c } }{ {x");
}

static void test_own_texts(void **state)
{
    struct book *b = *state;
    struct fill n = {"n", "3"};
    assert_string_equal(phrases_fill(b->phrases, &b->arena, "n is {n}\nagain {n}\n", &n, 1),
                        "n is 3\nagain 3"); /* the newline of a YAML block goes */
    assert_null(phrases_fill(b->phrases, &b->arena, "fine\n{m} is missing", &n, 1));
    assert_string_equal(phrases_fill(b->phrases, &b->arena, "", &n, 1), "");
    assert_null(phrases_fill(b->phrases, &b->arena, "see {BRAND_FEES_URL}", NULL, 0));
}

static void test_missing_ones_are_listed(void **state)
{
    struct book *b = *state;
    struct buf out = BUF_INIT(10000);
    assert_int_equal(add(b, "vi", english), 0);
    phrases_missing(b->phrases, &out);
    assert_string_equal(out.data, "zh/phrases.yaml: braces is missing\n"
                                  "zh/phrases.yaml: brand is missing\n"
                                  "zh/phrases.yaml: case.deep.er is missing\n"
                                  "zh/phrases.yaml: lines is missing\n"
                                  "zh/phrases.yaml: plain is missing\n");
    buf_release(&out);
}

static void test_values_are_compared(void **state)
{
    struct book *b = *state;
    struct buf out = BUF_INIT(10000);
    assert_int_equal(add(b, "ms",
                         "hello: Hai {nama}\nplain: Baik {BRAND_NAME}\n"
                         "case: {place: 'no {n}', deep: {er: dalam}}\n"
                         "brand: x\nlines: '{a}{b}{c}'\nbraces: '{not one} {n'\n"),
                     0);
    phrases_missing(b->phrases, &out);
    assert_true(starts_with(out.data, "ms/phrases.yaml: hello: {name} is missing\n"
                                      "ms/phrases.yaml: hello: {nama} is not in the English one: "
                                      "is it misspelt?\n"
                                      "zh/"));
    buf_release(&out);
}

static void test_what_is_said_must_be_there(void **state)
{
    static const struct phrase_group all[] = {{"case", "place deep.er"}, {NULL, NULL}};
    static const struct phrase_group more[] = {
        {"case", "place  gone"}, {"cas", "place"}, {"case", "deep.er"}, {NULL, NULL}};
    struct book *b = *state;
    struct buf out = BUF_INIT(1000);
    assert_int_equal(phrases_complete(b->phrases, all, "k", &out), 0);
    assert_int_equal(phrases_complete(b->phrases, NULL, "k", &out), 0);
    assert_int_equal(phrases_complete(b->phrases, more, "k", &out), -1);
    assert_string_equal(out.data, "k/en/phrases.yaml: case.gone is missing\n"
                                  "k/en/phrases.yaml: cas.place is missing");
    buf_clear(&out);
    assert_int_equal(add(b, "vi", "reviewed_by: me\ncase: {place: a, plac: b}\ncas: {place: c}\n"),
                     0);
    phrases_unsaid(b->phrases, all, &out);
    assert_string_equal(out.data, "en/phrases.yaml: braces is never said: is it misspelt?\n"
                                  "en/phrases.yaml: brand is never said: is it misspelt?\n"
                                  "en/phrases.yaml: hello is never said: is it misspelt?\n"
                                  "en/phrases.yaml: lines is never said: is it misspelt?\n"
                                  "en/phrases.yaml: plain is never said: is it misspelt?\n"
                                  "vi/phrases.yaml: cas.place is never said: is it misspelt?\n"
                                  "vi/phrases.yaml: case.plac is never said: is it misspelt?\n"
                                  "zh/phrases.yaml: hello is never said: is it misspelt?\n");
    buf_release(&out);
}

static void test_files_that_are_wrong(void **state)
{
    struct book *b = *state;
    assert_int_equal(add(b, "vi", "- one\n- two\n"), -1);
    assert_string_equal(b->why.data, "vi/phrases.yaml: keys and texts are wanted");
    assert_int_equal(add(b, "vi", "greet:\n  hello:\n    - one\n    - two\n"), -1);
    assert_string_equal(b->why.data, "vi/phrases.yaml:2: greet.hello: a phrase is one text");
    /* A setting that does not exist is a slip of the pen: told at the start, not met at night. */
    assert_int_equal(add(b, "vi", "ok: fine\nbrand: This is {BRAND_NAM}.\n"), -1);
    assert_string_equal(b->why.data,
                        "vi/phrases.yaml:2: brand: {BRAND_NAM} is no setting of zaide");
}

static void test_unknown_setting_in_an_own_text(void **state)
{
    struct book *b = *state;
    assert_null(phrases_fill(b->phrases, &b->arena, "by {BRAND_NAM}", NULL, 0));
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_phrases_are_filled),
        TEST(test_values_are_no_phrases),
        TEST(test_english_stands_in),
        TEST(test_lines_without_value_are_left_out),
        TEST(test_only_brand_settings_are_filled_in),
        TEST(test_braces_that_are_no_placeholder),
        TEST(test_own_texts),
        TEST(test_missing_ones_are_listed),
        TEST(test_what_is_said_must_be_there),
        TEST(test_values_are_compared),
        TEST(test_files_that_are_wrong),
        TEST(test_unknown_setting_in_an_own_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
