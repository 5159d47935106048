#include "bot/base/yaml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct yaml *parse(const char *text)
{
    struct buf why = BUF_INIT(300);
    struct yaml *root = yaml_parse("faq.yaml", text, strlen(text), &why);
    if (!root)
        fail_msg("%s", why.data);
    buf_release(&why);
    return root;
}

static void assert_refused(const char *text, size_t len, const char *reason)
{
    struct buf why = BUF_INIT(300);
    assert_null(yaml_parse("faq.yaml", text, len, &why));
    assert_string_equal(why.data, reason);
    buf_release(&why);
    assert_null(yaml_parse("faq.yaml", text, len, NULL));
}

static void test_tree(void **state)
{
    struct yaml *root = parse("# what the bot knows\n"
                              "reviewed_by: nobody yet\n"
                              "items:\n"
                              "  deposit_howto:\n"
                              "    answer:\n"
                              "      - 请先选择网络。\n"
                              "      - text: \"two\\nlines 😀\"\n"
                              "        button: { label: 'it''s', url: x }\n"
                              "    followups: [a, b,\n"
                              "                c]\n"
                              "    note: >\n"
                              "      folded\n"
                              "      text\n"
                              "last: |\n"
                              "  kept\n"
                              "  lines\n");
    (void)state;
    assert_int_equal(root->kind, YAML_MAP);
    assert_null(root->key);
    assert_null(root->text);
    assert_int_equal(root->n, 3);
    assert_string_equal(root->items[0].key, "reviewed_by");
    assert_string_equal(root->items[0].text, "nobody yet");
    assert_int_equal(root->items[0].line, 2);
    assert_string_equal(yaml_str(root, "last"), "kept\nlines\n");

    const struct yaml *item = yaml_get(yaml_get(root, "items"), "deposit_howto");
    assert_int_equal(item->line, 4);
    assert_string_equal(yaml_str(item, "note"), "folded text\n");
    const struct yaml *answer = yaml_get(item, "answer");
    assert_int_equal(answer->kind, YAML_LIST);
    assert_int_equal(answer->line, 5); /* the key's line, not that of the first entry */
    assert_int_equal(answer->n, 2);
    assert_string_equal(answer->items[0].text, "请先选择网络。");
    assert_null(answer->items[0].key);
    assert_int_equal(answer->items[0].line, 6);
    assert_int_equal(answer->items[1].kind, YAML_MAP);
    assert_int_equal(answer->items[1].line, 7);
    assert_string_equal(yaml_str(&answer->items[1], "text"), "two\nlines 😀");
    assert_string_equal(yaml_str(yaml_get(&answer->items[1], "button"), "label"), "it's");
    const struct yaml *followups = yaml_get(item, "followups");
    assert_int_equal(followups->n, 3);
    assert_string_equal(followups->items[2].text, "c");
    assert_int_equal(followups->items[2].line, 10);
    yaml_tree_free(root);
}

static void test_access(void **state)
{
    struct yaml *root =
        parse("yes: yes\ntrue: true\non: on\nno: no\nodd: YES!\nempty:\nquoted: ''\nn: -42\n"
              "big: 9223372036854775807\nover: 9223372036854775808\nunit: 5m\nlist: [1]\n");
    (void)state;
    assert_true(yaml_bool(root, "yes"));
    assert_true(yaml_bool(root, "true"));
    assert_true(yaml_bool(root, "on"));
    assert_false(yaml_bool(root, "no"));
    assert_false(yaml_bool(root, "odd"));
    assert_false(yaml_bool(root, "list"));
    assert_false(yaml_bool(root, "absent"));
    assert_string_equal(yaml_str(root, "empty"), "");
    assert_string_equal(yaml_str(root, "quoted"), "");
    assert_null(yaml_str(root, "list"));
    assert_null(yaml_str(root, "absent"));
    assert_int_equal(yaml_int(root, "n", 7), -42);
    assert_true(yaml_int(root, "big", 7) == INT64_MAX);
    assert_int_equal(yaml_int(root, "over", 7), 7);
    assert_int_equal(yaml_int(root, "unit", 7), 7);
    assert_int_equal(yaml_int(root, "empty", 7), 7);
    assert_int_equal(yaml_int(root, "list", 7), 7);
    assert_null(yaml_get(NULL, "n"));
    assert_null(yaml_get(yaml_get(root, "n"), "n"));
    assert_null(yaml_get(yaml_get(root, "list"), "n"));
    yaml_tree_free(root);
    yaml_tree_free(NULL);
}

static void test_empty(void **state)
{
    static const char *const texts[] = {"",   "\n\n",          "# only a comment\n", "\xEF\xBB\xBF",
                                        "{}", "---\n{}\n...\n"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct yaml *root = parse(texts[i]);
        assert_int_equal(root->kind, YAML_MAP);
        assert_int_equal(root->n, 0);
        assert_int_equal(root->line, 1 + (i == 5));
        yaml_tree_free(root);
    }
    struct yaml *list = parse("- a\n- b\n");
    assert_int_equal(list->kind, YAML_LIST);
    assert_int_equal(list->n, 2);
    yaml_tree_free(list);
}

static void test_refusals(void **state)
{
    static const struct {
        const char *text, *reason;
    } rows[] = {
        {"a: 1\nb: 2\na: 3\n", "faq.yaml:3: the key \"a\" is there already, in line 1"},
        {"x:\n  - {k: 1, j: 2, \"k\": 3}\n",
         "faq.yaml:2: the key \"k\" is there already, in line 2"},
        {"a: &x 1\n",
         "faq.yaml:1: anchors (&, *) and tags (!) are not allowed: write the value itself"},
        {"a:\n  b: *x\n",
         "faq.yaml:2: anchors (&, *) and tags (!) are not allowed: write the value itself"},
        {"a: !!int 1\n",
         "faq.yaml:1: anchors (&, *) and tags (!) are not allowed: write the value itself"},
        {"a:\n- !x [1]\n",
         "faq.yaml:2: anchors (&, *) and tags (!) are not allowed: write the value itself"},
        {"a: &m {b: 1}\n",
         "faq.yaml:1: anchors (&, *) and tags (!) are not allowed: write the value itself"},
        {"&k a: 1\n",
         "faq.yaml:1: anchors (&, *) and tags (!) are not allowed: write the value itself"},
        {"ok: 1\n[a, b]: 1\n", "faq.yaml:2: a key must be a word or a text"},
        {"a: 1\n---\nb: 2\n", "faq.yaml:2: a second document in one file"},
        {"a: \"x\\0y\"\n", "faq.yaml:1: a NUL character inside a text"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        assert_refused(rows[i].text, strlen(rows[i].text), rows[i].reason);
}

/* What is wrong is said in libyaml's words, but the line is always there. */
static void test_syntax(void **state)
{
    static const struct {
        const char *text, *place;
    } rows[] = {
        {"a: 1\n\tb: 2\n", "faq.yaml:2: "},   {"a: 1\n b: 2\n", "faq.yaml:2: "},
        {"a: [1, 2\nb: 3\n", "faq.yaml:2: "}, {"a: \"open\n\n", "faq.yaml:3: "},
        {"a: 1\nb: \xFF\n", "faq.yaml:2: "},  {"a: 1\n\nb: \xE4\xB8", "faq.yaml:3: "},
        {"a: \x01\n", "faq.yaml:1: "},        {"%YAML 9.9\n---\na: 1\n", "faq.yaml:1: "},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf why = BUF_INIT(300);
        assert_null(yaml_parse("faq.yaml", rows[i].text, strlen(rows[i].text), &why));
        if (!starts_with(why.data, rows[i].place) || why.len == strlen(rows[i].place))
            fail_msg("%s and not %s", why.data, rows[i].place);
        buf_release(&why);
    }
    assert_null(yaml_parse("faq.yaml", "a: 1\nb: \0\n", 10, NULL));
}

static void test_limits(void **state)
{
    struct buf text = BUF_INIT(5 * 1024 * 1024);
    (void)state;
    for (int i = 0; i < 32; i++)
        buf_char(&text, '[');
    for (int i = 0; i < 32; i++)
        buf_char(&text, ']');
    struct yaml *root = parse(text.data);
    yaml_tree_free(root);
    buf_clear(&text);
    for (int i = 0; i < 33; i++)
        buf_char(&text, '[');
    assert_refused(text.data, text.len, "faq.yaml:1: nested too deeply");
    for (int i = 0; i < 100000; i++)
        buf_char(&text, '[');
    assert_refused(text.data, text.len, "faq.yaml:1: nested too deeply");

    buf_clear(&text);
    for (int i = 0; i < 199999; i++)
        buf_str(&text, "- x\n");
    root = parse(text.data);
    assert_int_equal(root->n, 199999);
    assert_int_equal(root->items[199998].line, 199999);
    yaml_tree_free(root);
    buf_str(&text, "- x\n");
    assert_refused(text.data, text.len, "faq.yaml:200000: too many entries in one file");

    buf_clear(&text);
    for (int i = 0; i < 90000; i++) /* looking for a key twice must not take a look at every pair */
        buf_printf(&text, "k%d: 1\n", i);
    root = parse(text.data);
    assert_int_equal(root->n, 90000);
    yaml_tree_free(root);

    buf_clear(&text);
    buf_str(&text, "a: b\n#");
    while (text.len < 4 * 1024 * 1024)
        buf_char(&text, ' ');
    root = parse(text.data);
    yaml_tree_free(root);
    buf_char(&text, ' ');
    assert_refused(text.data, text.len, "faq.yaml: 4194305 bytes, at most 4194304 are read");
    buf_release(&text);
}

/* No changed byte may do more than be refused. */
static void test_damage(void **state)
{
    static const char whole[] = "a: [1, {b: c}]\n'd': \"\\u00e9\"\ne:\n- |\n  f\n- >-\n  g\n# h\n";
    (void)state;
    for (size_t at = 0; at < strlen(whole); at++) {
        for (int byte = 0; byte < 256; byte++) {
            char *changed = xstrdup(whole);
            changed[at] = (char)byte;
            yaml_tree_free(yaml_parse("x", changed, strlen(whole), NULL));
            free(changed);
        }
    }
}

static void test_load(void **state)
{
    char path[] = "/tmp/zaide-yaml-XXXXXX";
    int fd = mkstemp(path);
    struct buf why = BUF_INIT(300), expected = BUF_INIT(300);
    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "a: b\nc: [\n", 10), 10);
    assert_null(yaml_load(path, &why));
    buf_printf(&expected, "%s:3: did not find expected node content", path);
    assert_string_equal(why.data, expected.data);
    assert_int_equal(ftruncate(fd, 5), 0);
    struct yaml *root = yaml_load(path, &why);
    assert_non_null(root);
    assert_string_equal(yaml_str(root, "a"), "b");
    yaml_tree_free(root);

    struct buf big = BUF_INIT(4 * 1024 * 1024 - 4); /* with "a: b\n" one byte too long */
    while (!buf_over(&big))
        buf_char(&big, '\n');
    assert_int_equal(lseek(fd, 5, SEEK_SET), 5);
    assert_int_equal(write(fd, big.data, big.len), big.len);
    assert_null(yaml_load(path, &why));
    buf_clear(&expected);
    buf_printf(&expected, "%s: 4194305 bytes, at most 4194304 are read", path);
    assert_string_equal(why.data, expected.data);
    buf_release(&big);
    close(fd);
    unlink(path);

    assert_null(yaml_load(path, &why));
    buf_clear(&expected);
    buf_printf(&expected, "%s: cannot be opened: No such file or directory", path);
    assert_string_equal(why.data, expected.data);
    assert_null(yaml_load("/", &why));
    assert_string_equal(why.data, "/: cannot be read: Is a directory");
    buf_release(&why);
    buf_release(&expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tree),   cmocka_unit_test(test_access),
        cmocka_unit_test(test_empty),  cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_syntax), cmocka_unit_test(test_limits),
        cmocka_unit_test(test_damage), cmocka_unit_test(test_load),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
