#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "bot/commands/core_settings.h"
#include "handlers/staff/canned.h"

/* What is read; what is asked for and told is in tests/talks/canned*.talk. */

static struct yaml *trees[8];
static struct file_tree files[8];
static struct handler_files all;
static struct settings *settings;

static void put(const char *name, const char *text)
{
    struct buf why = BUF_INIT(1000);
    struct yaml *root = yaml_parse(name, text, strlen(text), &why);
    if (!root)
        fail_msg("%s", why.data);
    trees[all.n] = root;
    files[all.n++] = (struct file_tree){name, root};
    buf_release(&why);
}

static int set_up(void **state)
{
    (void)state;
    all = (struct handler_files){files, 0, "/k"};
    settings = settings_new();
    settings_add(settings, "core", core_settings);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    for (size_t i = 0; i < all.n; i++)
        yaml_tree_free(trees[i]);
    settings_free(settings);
    return 0;
}

static void assert_faults(const char *wanted)
{
    struct buf why = BUF_INIT(10000);
    struct canned *c = canned_load(&all, settings, &why);
    assert_string_equal(why.data, wanted);
    assert_true(*wanted ? c == NULL : c != NULL);
    canned_free(c);
    buf_release(&why);
}

static void test_what_is_fine(void **state)
{
    (void)state;
    assert_faults(""); /* no file at all */
    put("en/replies.yaml",
        "reviewed_by: nobody\nreplies:\n  hi_2: |\n    Hi, {alias} at {BRAND_NAME}, "
        "#{case}.\n");
    put("en/phrases.yaml", "replies: 7");
    put("zh/replies.yaml", "replies: {}");
    assert_faults("");
}

static void test_every_fault_is_told(void **state)
{
    (void)state;
    put("en/replies.yaml", "replies:\n"
                           "  Hello: x\n"
                           "  none: ''\n"
                           "  list: [a]\n"
                           "  open: '{case'\n"
                           "  who: '{agent} of {BRAND_NAM}'\n"
                           "extra: 1\n");
    put("vi/replies.yaml", "reply: {}\n");
    assert_faults(
        "/k/en/replies.yaml:7: extra is not known here: is it misspelt?\n"
        "/k/en/replies.yaml:2: Hello: a name has small letters, digits and _, at most 40\n"
        "/k/en/replies.yaml:3: none: a reply is one text\n"
        "/k/en/replies.yaml:4: list: a reply is one text\n"
        "/k/en/replies.yaml:5: a { without its }\n"
        "/k/en/replies.yaml:6: {agent} is not known: only {alias}, {case} and settings "
        "that start with BRAND_ are filled in\n"
        "/k/en/replies.yaml:6: {BRAND_NAM} is not known: only {alias}, {case} and settings "
        "that start with BRAND_ are filled in\n"
        "/k/vi/replies.yaml:1: reply is not known here: is it misspelt?\n"
        "/k/vi/replies.yaml:1: replies is missing");
}

static void test_the_longest(void **state)
{
    char text[2200];
    (void)state;
    snprintf(text, sizeof(text), "replies: {fits: '%01000d', long: '%01001d'}", 0, 0);
    put("en/replies.yaml", text);
    assert_faults("/k/en/replies.yaml:1: long is longer than 1000 characters");
}

static void test_what_a_language_lacks(void **state)
{
    struct buf out = BUF_INIT(1000);
    (void)state;
    put("en/replies.yaml", "replies: {a: A, b: B}");
    put("vi/replies.yaml", "replies: {c: C, a: A}");
    put("en/phrases.yaml", "{}"); /* what zaide speaks is to have all */
    put("vi/phrases.yaml", "{}");
    put("zh/phrases.yaml", "{}");
    struct canned *c = canned_load(&all, settings, &out);
    assert_non_null(c);
    canned_check(c, &out);
    assert_string_equal(out.data, "zh/replies.yaml: a is missing\n"
                                  "vi/replies.yaml: b is missing\n"
                                  "zh/replies.yaml: b is missing\n"
                                  "en/replies.yaml: c is missing\n"
                                  "zh/replies.yaml: c is missing\n");
    canned_free(c);
    buf_release(&out);
}

static void test_what_asks_for_one(void **state)
{
    static const struct {
        const char *text;
        bool asks;
    } rows[] = {
        {"/reply", true},       {"/reply txid", true}, {"/reply@the_bot txid", true},
        {"/reply\ntxid", true}, {"/replytxid", false}, {"reply txid", false},
        {"// reply", false},    {"", false},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct content typed = {.text = rows[i].text};
        assert_int_equal(canned_is_asked(&typed), rows[i].asks);
        typed.kind = CONTENT_EDIT;
        assert_false(canned_is_asked(&typed));
    }
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_what_is_fine),          TEST(test_every_fault_is_told), TEST(test_the_longest),
        TEST(test_what_a_language_lacks), TEST(test_what_asks_for_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
