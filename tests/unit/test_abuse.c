/* Abuse is taken out of a message, and plain questions are not taken for it. */
#include "bot/commands/core_settings.h"
#include "bot/commands/library.h"
#include "handlers/insult/abuse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct world {
    struct arena arena;
    struct settings *settings;
    struct library *library;
    struct abuse *abuse; /* as it is shipped */
};

static int set_up(void **state)
{
    struct world *w = xcalloc(1, sizeof(*w));
    struct buf why = BUF_INIT(4000);
    w->settings = settings_new();
    settings_add(w->settings, "core", core_settings);
    w->library = library_load("handlers/knowledge", &why);
    assert_non_null(w->library);
    w->abuse = abuse_load(library_files(w->library), w->settings, &why);
    if (!w->abuse)
        fail_msg("%s", why.data);
    buf_release(&why);
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;
    abuse_free(w->abuse);
    library_free(w->library);
    settings_free(w->settings);
    arena_release(&w->arena);
    free(w);
    return 0;
}

static void test_takes_out(void **state)
{
    static const struct {
        const char *lang, *text, *rest; /* NULL: there is none */
    } rows[] = {
        {"en", "where is my deposit", NULL},
        {"en", "fuck you where is my deposit", "where is my deposit"},
        {"en", "FUUUUCK! Where is my USDT? And my KYC?", "! Where is my USDT? And my KYC?"},
        {"en", "you stupid bot", ""},
        {"en", "fuck you all!!! 🖕", ""},
        {"en", "btc.\nshit\nhttps://a.example/b?c=1,2", "btc.\n\nhttps://a.example/b?c=1,2"},
        {"zh", "傻逼，充值怎么没到账？還有邀請連結", "，充值怎么没到账？還有邀請連結"},
        {"zh", "你们这帮傻逼", ""},
        {"zh", "幹你娘 提币呢", "提币呢"},
        {"zh", "fuck 提币呢", "提币呢"},
        {"vi", "đm bọn chó rút tiền sao lâu thế", "rút tiền sao lâu thế"},
        {"vi", "Khon nan, rut tien sao lau the", ", rut tien sao lau the"},
        {"ja", "クソが、出金まだですか", "、出金まだですか"},
        {"ja", "てめえらこの馬鹿野郎", ""},
        {"ko", "씨발 출금 언제 돼요", "출금 언제 돼요"},
        {"ko", "야 이 개새끼들아", ""},
        {"ms", "pukimak bila withdraw nak masuk", "bila withdraw nak masuk"},
        {"ms", "korang memang bangang", ""},
        {"ja", "đm", NULL}, /* another language's */
        {"xx", "fuck", ""}, /* English is everybody's */
        {"en", "", NULL},
    };
    struct world *w = *state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const char *rest = abuse_take_out(w->abuse, &w->arena, rows[i].lang, rows[i].text);
        if (!rest != !rows[i].rest)
            fail_msg("%s: %s", rows[i].text, rest ? rest : "nothing found");
        if (rest) /* a blank where a word stood is nothing */
            assert_string_equal(rest + strspn(rest, " "), rows[i].rest);
    }
}

/* --- nobody who asks plainly is caught --- */

static size_t count_caught(struct world *w, const char *path, const char *lang, bool names_lang)
{
    char line[4000];
    size_t n = 0;
    FILE *in = fopen(path, "re");
    assert_non_null(in);
    while (fgets(line, sizeof(line), in)) {
        char own[3] = {line[0], line[1], '\0'};
        if (*line == '#')
            continue;
        if (abuse_take_out(w->abuse, &w->arena, names_lang ? own : lang, line)) {
            print_message("caught: %s", line);
            n++;
        }
    }
    fclose(in);
    return n;
}

static void test_plain_questions(void **state)
{
    static const char *const languages[] = {"zh", "en", "vi", "ja", "ko", "ms"};
    static const char *const which[][2] = {
        {"exam/", ".tsv"}, {"exam/", "_mixed.tsv"}, {"fields/", ".tsv"}};
    struct world *w = *state;
    size_t n = count_caught(w, "tests/data/faq_held_out.tsv", NULL, true);
    for (size_t i = 0; i < ARRAY_LEN(languages); i++)
        for (size_t k = 0; k < ARRAY_LEN(which); k++) {
            const char *path = arena_printf(&w->arena, "tests/data/%s%s%s", which[k][0],
                                            languages[i], which[k][1]);
            n += count_caught(w, path, languages[i], false);
        }
    assert_int_equal(n, 0);
}

/* --- the file --- */

static void assert_fault(struct world *w, const char *text, const char *fault)
{
    struct buf why = BUF_INIT(4000);
    struct yaml *root = yaml_parse("insults.yaml", text, strlen(text), &why);
    assert_non_null(root);
    struct file_tree file = {"en/insults.yaml", root};
    struct abuse *abuse = abuse_load(&(struct handler_files){&file, 1, "kb"}, w->settings, &why);
    assert_null(abuse);
    assert_string_equal(why.data, fault);
    yaml_tree_free(root);
    buf_release(&why);
}

static void test_faults(void **state)
{
    struct world *w = *state;
    assert_fault(w, "words: [oaf, x]\nbeside: [you]\nplain: [hello]\n",
                 "kb/en/insults.yaml:1: \"x\" is too short for a word of abuse");
    assert_fault(w, "words: [ass]\nbeside: [you]\nplain:\n- my asset\n- an ass!\n",
                 "kb/en/insults.yaml:5: a word of the list is found in \"an ass!\"");
    assert_fault(w, "words: [[oaf]]\nbeside: [you]\nplain: [\"\"]\n",
                 "kb/en/insults.yaml:1: an entry of the list is a text\n"
                 "kb/en/insults.yaml:3: an entry of the list is a text");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_takes_out),
                                       cmocka_unit_test(test_plain_questions),
                                       cmocka_unit_test(test_faults)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
