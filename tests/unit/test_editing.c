/* Changes of the knowledge: what they are called and kept as, what is told of them, and how they
 * lie over KNOWLEDGE_DIR. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "bot/base/log.h"
#include "bot/base/yaml.h"
#include "bot/commands/library.h"
#include "bot/commands/overlay.h"
#include "handlers/editing/diff.h"

static struct arena arena;

static int clear(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

static void names_of_files(void **state)
{
    static const char *const good[] = {"items.yaml", "zh/deposit.yaml", "flows/web3.yaml"};
    static const char *const bad[] = {"",
                                      ".yaml",
                                      "zh/.yaml",
                                      "/zh/deposit.yaml",
                                      "../items.yaml",
                                      "zh/../items.yaml",
                                      "zh/a/b.yaml",
                                      "zh/deposit.yml",
                                      "zh/deposit.yaml.new",
                                      "zh/De.yaml",
                                      "zh//deposit.yaml"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(good); i++)
        assert_true(revision_is_file(good[i]));
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_false(revision_is_file(bad[i]));
}

static void a_revision_is_kept_whole(void **state)
{
    struct revision r = {.no = 7,
                         .file = "zh/deposit.yaml",
                         .state = REVISION_UNDONE,
                         .by = "olga",
                         .approved_by = "lena",
                         .undone_by = "mia",
                         .ms = 1,
                         .approved_ms = 2,
                         .undone_ms = 3};
    struct revision out;
    (void)state;
    assert_true(revision_parse(&arena, "7", revision_print(&arena, &r), &out));
    assert_string_equal(revision_print(&arena, &out), revision_print(&arena, &r));
    assert_int_equal(out.no, 7);
    assert_int_equal(out.state, REVISION_UNDONE);
    assert_string_equal(out.undone_by, "mia");
    assert_false(revision_parse(&arena, "x", revision_print(&arena, &r), &out));
    assert_false(revision_parse(&arena, "7", "{\"file\":\"../x.yaml\",\"state\":\"live\"}", &out));
    assert_false(revision_parse(&arena, "7", "{\"file\":\"x.yaml\",\"state\":\"dead\"}", &out));
    assert_false(revision_parse(&arena, "7", "", &out));
}

/* --- what is different --- */

static void assert_diff(const char *old, const char *now, const char *wanted)
{
    struct yaml *a = old ? yaml_parse("old", old, strlen(old), NULL) : NULL;
    struct yaml *b = yaml_parse("now", now, strlen(now), NULL);
    struct buf told = BUF_INIT(10000);
    size_t n;
    assert_non_null(b);
    const struct change *changes = diff_trees(&arena, a, b, &n);
    for (size_t i = 0; i < n; i++)
        buf_printf(&told, "%s +%zu -%zu '%s' '%s'\n", changes[i].path, changes[i].n_come,
                   changes[i].n_gone, changes[i].come, changes[i].gone);
    assert_string_equal(told.data, wanted);
    buf_release(&told);
    yaml_tree_free(a);
    yaml_tree_free(b);
}

static void what_is_different(void **state)
{
    static const char old[] = "a: one\nlist: [x, y, y, z]\nitem:\n  answer:\n    - first\n"
                              "    - text: second\n      picture: p.png\n  near: [b]\n";
    (void)state;
    assert_diff(old, old, "");
    assert_diff("# a comment\na: 1\nb: 2\n", "b: 2\na: 1\n", "");
    assert_diff("a: one\n", "a: two\n", "a +1 -1 'two' 'one'\n");
    assert_diff("a: one\n", "b: one\n", "b +1 -0 'one' ''\na +0 -1 '' 'one'\n");
    assert_diff("l: [x, y, y, z]\n", "l: [y, x, n, m]\n", "l +2 -2 'n' 'y'\n");
    assert_diff("l: [x, y]\n", "l: [y, x]\n", "l +1 -1 'y, x' 'x, y'\n");
    assert_diff("m: {a: 1}\n", "m: [1]\n", "m.a +0 -1 '' '1'\nm +1 -0 '1' ''\n");
    assert_diff(old,
                "a: one\nlist: [x, y, y, z]\nitem:\n  answer:\n    - first\n"
                "    - text: second\n      picture: q.png\n",
                "item.answer +1 -1 'text: second picture: q.png' 'text: second picture: p.png'\n"
                "item.near +0 -1 '' 'b'\n");
    assert_diff(NULL, "a: {b: [c, d]}\n", "a.b +2 -0 'c' ''\n");
}

/* --- over KNOWLEDGE_DIR --- */

static const struct setting rows[] = {
    {"KNOWLEDGE_DIR", "", SETTING_TEXT, "handlers/knowledge", NULL, 0, 0},
    {"DATA_DIR", "", SETTING_TEXT, "./var", NULL, 0, 0},
    {NULL, NULL, SETTING_TEXT, NULL, NULL, 0, 0},
};

static void write_to(const char *path, const char *text)
{
    FILE *out = fopen(path, "we");
    assert_non_null(out);
    fputs(text, out);
    fclose(out);
}

static void it_lies_in_a_folder_of_its_own(void **state)
{
    char dir[] = "/tmp/zaide-overlay-XXXXXX";
    struct settings *settings = settings_new();
    struct overlay o = {0}, again = {0}, third = {0};
    struct buf why = BUF_INIT(1000);
    (void)state;
    assert_non_null(mkdtemp(dir));
    settings_add(settings, "Core", rows);
    assert_int_equal(settings_set(settings, "DATA_DIR", dir, NULL), 0);
    overlay_read(&again, settings); /* there is none yet */
    assert_int_equal(again.n, 0);
    overlay_set(&o, "items.yaml", "a: 1\n");
    overlay_set(&o, "zh/deposit.yaml", "b: 2\n");
    assert_int_equal(overlay_write(&o, settings, &why), 0);
    overlay_read(&again, settings);
    assert_int_equal(again.n, 2);
    assert_string_equal(overlay_get(&again, "zh/deposit.yaml"), "b: 2\n");
    write_to(arena_printf(&arena, "%s/knowledge/notes.txt", dir), "no file of ours");
    overlay_set(&o, "items.yaml", NULL);
    overlay_set(&o, "zh/deposit.yaml", "c: 3\n");
    assert_int_equal(overlay_write(&o, settings, &why), 0);
    overlay_read(&third, settings);
    assert_int_equal(third.n, 1);
    assert_string_equal(overlay_get(&third, "zh/deposit.yaml"), "c: 3\n");
    assert_int_equal(access(arena_printf(&arena, "%s/knowledge/notes.txt", dir), F_OK), 0);
    assert_int_equal(system(arena_printf(&arena, "rm -rf %s", dir)), 0);
    overlay_release(&o);
    overlay_release(&again);
    overlay_release(&third);
    settings_free(settings);
    buf_release(&why);
}

static void a_library_with_changes(void **state)
{
    struct overlay o = {0};
    struct buf why = BUF_INIT(10000);
    (void)state;
    overlay_set(&o, "teams.yaml", "changed: yes\n");
    overlay_set(&o, "zh/new.yaml", "x: y\n"); /* the folder has none */
    struct library *l = library_load_with("handlers/knowledge", &o, &why);
    assert_non_null(l);
    assert_string_equal(yaml_str(handler_file(library_files(l), "teams.yaml"), "changed"), "yes");
    assert_string_equal(yaml_str(handler_file(library_files(l), "zh/new.yaml"), "x"), "y");
    for (size_t i = 1; i < library_files(l)->n; i++)
        assert_true(strcmp(library_files(l)->items[i - 1].name, library_files(l)->items[i].name) <
                    0);
    library_free(l);
    overlay_set(&o, "zh/new.yaml", "[\n");
    assert_null(library_load_with("handlers/knowledge", &o, &why));
    assert_true(starts_with(why.data, "handlers/knowledge/zh/new.yaml:"));
    buf_clear(&why);
    overlay_set(&o, "zh/new.yaml", NULL);
    overlay_set(&o, "teams.yaml", "[\n");
    assert_null(library_load_with("handlers/knowledge", &o, &why));
    assert_true(starts_with(why.data, "handlers/knowledge/teams.yaml:"));
    overlay_release(&o);
    buf_release(&why);
}

static void what_the_revisions_say(void **state)
{
    struct revision revisions[] = {
        {.no = 1, .file = "a.yaml", .state = REVISION_LIVE},
        {.no = 2, .file = "b.yaml", .state = REVISION_LIVE},
        {.no = 3, .file = "a.yaml", .state = REVISION_LIVE},
        {.no = 4, .file = "c.yaml", .state = REVISION_DRAFT},
    };
    const struct pair texts[] = {{"3", "third"}, {"1", "first"}, {"4", "fourth"}};
    struct facts facts = {.revisions = revisions, .n_revisions = ARRAY_LEN(revisions)};
    struct overlay o = {0};
    (void)state;
    overlay_set(&o, "b.yaml", "old b");
    overlay_set(&o, "d.yaml", "of a store that is lost");
    uint64_t before = overlay_wanted(&facts);
    assert_true(overlay_follow(&o, &facts, texts, ARRAY_LEN(texts)));
    assert_string_equal(overlay_get(&o, "a.yaml"), "third");
    assert_string_equal(overlay_get(&o, "b.yaml"), "old b"); /* its text is not there */
    assert_null(overlay_get(&o, "c.yaml"));
    assert_string_equal(overlay_get(&o, "d.yaml"), "of a store that is lost");
    assert_false(overlay_follow(&o, &facts, texts, ARRAY_LEN(texts)));

    revisions[3].file = "e.yaml"; /* drafts are nobody's matter yet */
    assert_true(overlay_wanted(&facts) == before);
    revisions[2].state = REVISION_UNDONE;
    assert_true(overlay_wanted(&facts) != before);
    assert_true(overlay_follow(&o, &facts, texts, ARRAY_LEN(texts)));
    assert_string_equal(overlay_get(&o, "a.yaml"), "first");
    revisions[0].state = REVISION_UNDONE;
    assert_true(overlay_follow(&o, &facts, texts, ARRAY_LEN(texts)));
    assert_null(overlay_get(&o, "a.yaml"));
    overlay_release(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(names_of_files, clear),
        cmocka_unit_test_teardown(a_revision_is_kept_whole, clear),
        cmocka_unit_test_teardown(what_is_different, clear),
        cmocka_unit_test_teardown(it_lies_in_a_folder_of_its_own, clear),
        cmocka_unit_test_teardown(a_library_with_changes, clear),
        cmocka_unit_test_teardown(what_the_revisions_say, clear),
    };
    if (log_configure("error", NULL))
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
