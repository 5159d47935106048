#include "bot/commands/core_settings.h"
#include "bot/commands/library.h"
#include "handlers/faq/knowledge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define MAX_FILES 5

/* Files as a library would give them. */
struct shelf {
    struct file_tree items[MAX_FILES];
    struct handler_files files;
    struct settings *settings;
    struct buf why;
};

static void shelf_init(struct shelf *s, const char *dir)
{
    *s = (struct shelf){.why = BUF_INIT(10000)};
    s->files = (struct handler_files){s->items, 0, dir};
    s->settings = settings_new();
    settings_add(s->settings, "core", core_settings);
}

static void shelf_put(struct shelf *s, const char *name, const char *text)
{
    struct yaml *root = yaml_parse(name, text, strlen(text), &s->why);
    if (!root)
        fail_msg("%s", s->why.data);
    s->items[s->files.n++] = (struct file_tree){name, root};
}

static void shelf_release(struct shelf *s)
{
    for (size_t i = 0; i < s->files.n; i++)
        yaml_tree_free((struct yaml *)(uintptr_t)s->items[i].root);
    settings_free(s->settings);
    buf_release(&s->why);
}

#define ITEMS                                                                                      \
    "pay: { area: shop, team: till, priority: 2, always_human: no, collect: [order, amount] }\n"   \
    "fire: { area: shop, team: guards, priority: 1, always_human: yes, collect: [] }\n"            \
    "swap: { area: other, team: till, priority: 3, always_human: no, collect: [],"                 \
    " needs: [BRAND_CONVERT_URL] }\n"

#define SHOP                                                                                       \
    "reviewed_by: nobody yet\n"                                                                    \
    "items:\n"                                                                                     \
    "  pay:\n"                                                                                     \
    "    title: Paying\n"                                                                          \
    "    answer:\n"                                                                                \
    "      - Go to the till.\n"                                                                    \
    "      - text: See {BRAND_NAME} there.\n"                                                      \
    "        button: { label: Fees, url: \"{BRAND_FEES_URL}\" }\n"                                 \
    "      - { text: A drawing, picture: till.png }\n"                                             \
    "    followups: [fire]\n"                                                                      \
    "    examples: [how to pay, where is the till]\n"                                              \
    "    near:\n"                                                                                  \
    "      - fire: the till is burning\n"                                                          \
    "      - refunds: pay me back\n"                                                               \
    "      - none: who pays your rent\n"                                                           \
    "  fire:\n"                                                                                    \
    "    title: Fire\n"                                                                            \
    "    answer: [Leave the house.]\n"                                                             \
    "    followups: []\n"                                                                          \
    "    examples: [it burns]\n"                                                                   \
    "    near: []\n"

#define OTHER                                                                                      \
    "items:\n"                                                                                     \
    "  swap:\n"                                                                                    \
    "    title: 换\n"                                                                             \
    "    answer: [换一换]\n"                                                                    \
    "    followups: []\n"                                                                          \
    "    examples: [怎么换]\n"                                                                  \
    "    near: []\n"

static void test_reads_all(void **state)
{
    struct shelf s;
    (void)state;
    shelf_init(&s, "/nowhere");
    shelf_put(&s, "en/shop.yaml", SHOP);
    shelf_put(&s, "items.yaml", ITEMS);
    shelf_put(&s, "zh/other.yaml", OTHER);
    shelf_put(&s, "zh/phrases.yaml", "greet: {BRAND_WHATEVER}\n"); /* somebody else's */
    struct knowledge *k = knowledge_load(&s.files, s.settings, &s.why);
    if (!k)
        fail_msg("%s", s.why.data);
    for (size_t i = 0; i < s.files.n; i++) /* nothing of the files is kept */
        yaml_tree_free((struct yaml *)(uintptr_t)s.items[i].root);
    s.files.n = 0;

    assert_int_equal(k->n, 3);
    const struct item *pay = knowledge_item(k, "pay"), *swap = knowledge_item(k, "swap");
    assert_string_equal(pay->area, "shop");
    assert_string_equal(pay->team, "till");
    assert_int_equal(pay->priority, 2);
    assert_false(pay->always_human);
    assert_true(knowledge_item(k, "fire")->always_human);
    assert_int_equal(pay->collect.n, 2);
    assert_string_equal(pay->collect.items[1], "amount");
    assert_null(knowledge_item(k, "refunds"));

    const struct item_words *words = item_words(pay, "en");
    assert_string_equal(words->title, "Paying");
    assert_int_equal(words->n_answer, 3);
    assert_string_equal(words->answer[0].text, "Go to the till.");
    assert_null(words->answer[0].url);
    assert_string_equal(words->answer[1].label, "Fees");
    assert_string_equal(words->answer[1].url, "{BRAND_FEES_URL}");
    assert_null(words->answer[2].picture); /* there is no such file */
    assert_string_equal(words->followups.items[0], "fire");
    assert_ptr_equal(item_words(pay, "zh"), words); /* English where the language lacks it */
    assert_string_equal(item_words(swap, "zh")->title, "换");
    assert_null(item_words(swap, "vi"));

    assert_true(item_is_complete(pay, s.settings));
    assert_false(item_is_complete(swap, s.settings));
    assert_int_equal(settings_set(s.settings, "BRAND_CONVERT_URL", "https://x.example", NULL), 0);
    assert_true(item_is_complete(swap, s.settings));

    static const struct example wanted[] = {
        {"Paying", "pay", "en"},
        {"how to pay", "pay", "en"},
        {"where is the till", "pay", "en"},
        {"the till is burning", "fire", "en"},
        {"pay me back", NULL, "en"},
        {"who pays your rent", NULL, "en"},
        {"Fire", "fire", "en"},
        {"it burns", "fire", "en"},
        {"换", "swap", "zh"},
        {"怎么换", "swap", "zh"},
    };
    assert_int_equal(k->n_examples, ARRAY_LEN(wanted));
    for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
        assert_string_equal(k->examples[i].text, wanted[i].text);
        assert_true(str_eq(k->examples[i].label, wanted[i].label));
        assert_string_equal(k->examples[i].lang, wanted[i].lang);
    }
    knowledge_free(k);
    knowledge_free(NULL);
    shelf_release(&s);
}

/* A new item may come before its words. */
static void test_gaps(void **state)
{
    struct shelf s;
    struct buf gaps = BUF_INIT(1000);
    (void)state;
    shelf_init(&s, "/nowhere");
    shelf_put(&s, "items.yaml",
              ITEMS "rest: { area: beds, team: t, priority: 3, always_human: no, collect: [] }\n");
    shelf_put(&s, "en/shop.yaml", SHOP);
    shelf_put(&s, "zh/other.yaml", OTHER);
    shelf_put(&s, "zh/slang.yaml", "reviewed_by: nobody yet\n");
    assert_int_equal(settings_set(s.settings, "LANGUAGES", "zh,en", NULL), 0);
    struct knowledge *k = knowledge_load(&s.files, s.settings, &s.why);
    if (!k)
        fail_msg("%s", s.why.data);
    assert_null(item_words(knowledge_item(k, "rest"), "zh"));
    assert_false(slang_has(k->slang, "zh")); /* nobody says "reviewed_by" */
    knowledge_gaps(k, s.settings, &gaps);
    assert_string_equal(gaps.data, "pay has no words in zh\n"
                                   "fire has no words in zh\n"
                                   "swap has no words in en\n"
                                   "rest has no words in zh\n"
                                   "rest has no words in en\n");
    knowledge_free(k);
    buf_release(&gaps);
    shelf_release(&s);
}

static void test_pictures(void **state)
{
    char dir[] = "/tmp/test_knowledge.XXXXXX";
    struct shelf s;
    struct arena a = ARENA_INIT;
    (void)state;
    assert_non_null(mkdtemp(dir));
    const char *pictures = arena_printf(&a, "%s/pictures", dir);
    const char *of_en = arena_printf(&a, "%s/en", pictures);
    const char *picture = arena_printf(&a, "%s/till.png", of_en);
    assert_int_equal(mkdir(pictures, 0700), 0);
    assert_int_equal(mkdir(of_en, 0700), 0);
    fclose(fopen(picture, "we"));
    shelf_init(&s, dir);
    shelf_put(&s, "en/shop.yaml", SHOP);
    shelf_put(&s, "items.yaml", ITEMS);
    shelf_put(&s, "zh/other.yaml", OTHER);
    struct knowledge *k = knowledge_load(&s.files, s.settings, &s.why);
    if (!k)
        fail_msg("%s", s.why.data);
    const struct item_words *words = item_words(knowledge_item(k, "pay"), "en");
    assert_string_equal(words->answer[2].picture, picture);
    knowledge_free(k);
    shelf_release(&s);
    unlink(picture);
    rmdir(of_en);
    rmdir(pictures);
    rmdir(dir);
    arena_release(&a);
}

/* Replace the first `from` of `text`. */
static char *with(struct arena *a, const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);
    assert_non_null(at);
    return arena_printf(a, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
}

static void refuses(const char *items, const char *shop, const char *fault)
{
    struct shelf s;
    shelf_init(&s, "kb");
    shelf_put(&s, "en/shop.yaml", shop);
    shelf_put(&s, "items.yaml", items);
    shelf_put(&s, "zh/other.yaml", OTHER);
    assert_null(knowledge_load(&s.files, s.settings, &s.why));
    if (!strstr(s.why.data, fault))
        fail_msg("wanted: %s\ngot: %s", fault, s.why.data);
    assert_null(knowledge_load(&s.files, s.settings, NULL));
    shelf_release(&s);
}

static void test_faults_of_items(void **state)
{
    static const struct {
        const char *from, *to, *fault;
    } cases[] = {
        {"pay:", "Pay:", "kb/items.yaml:1: Pay: an id has small letters, digits and _"},
        {"pay: {", "pay: {} #", "kb/items.yaml:1: area is missing"},
        {"pay: {", "pay: [] #", "kb/items.yaml:1: pay is to be a map"},
        {"area: shop", "aera: shop", "kb/items.yaml:1: aera is not known here: is it misspelt?"},
        {"team: till", "team: ''", "kb/items.yaml:1: team is empty"},
        {"team: till", "team: [x]", "kb/items.yaml:1: team is to be a text"},
        {"priority: 2", "from: 22.11.2026, priority: 2",
         "kb/items.yaml:1: from is to be a day, as 2026-11-22"},
        {"priority: 2", "from: 2026-11-23, until: 2026-11-22, priority: 2",
         "kb/items.yaml:1: it is over before it begins"},
        {"priority: 2", "priority: 4", "kb/items.yaml:1: priority is to be 1, 2 or 3"},
        {"priority: 2", "priority: high", "kb/items.yaml:1: priority is to be 1, 2 or 3"},
        {"always_human: no", "always_human: maybe", "kb/items.yaml:1: always_human is to be yes"},
        {"collect: [order", "collect: [My Order", "kb/items.yaml:1: My Order is not a word"},
        {"collect: [order, amount]", "collect: order", "kb/items.yaml:1: collect is to be a list"},
        {"[BRAND_CONVERT_URL]", "[BRAND_CONVERTER]",
         "kb/items.yaml:3: BRAND_CONVERTER is not a setting that starts with BRAND_"},
        {"[BRAND_CONVERT_URL]", "[DATA_DIR]", "kb/items.yaml:3: DATA_DIR is not a setting"},
        {"swap:", "swop:", "kb/zh/other.yaml:2: swap is not in items.yaml"},
        {"area: other", "area: othr",
         "kb/zh/other.yaml:1: no item of items.yaml has the area other"},
    };
    struct arena a = ARENA_INIT;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        refuses(with(&a, ITEMS, cases[i].from, cases[i].to), SHOP, cases[i].fault);
    refuses("[]\n", SHOP, "kb/items.yaml:1: the list of items is missing");
    arena_release(&a);
}

static void test_faults_of_words(void **state)
{
    static const struct {
        const char *from, *to, *fault;
    } cases[] = {
        {"items:", "itms:", "kb/en/shop.yaml:1: items is missing"},
        {"items:", "itms:", "kb/en/shop.yaml:2: itms is not known here"},
        {"  pay:", "  play:", "kb/en/shop.yaml:3: play is not in items.yaml"},
        {"  pay:", "  swap:", "kb/en/shop.yaml:3: swap belongs into other.yaml"},
        {"    title: Paying\n", "", "kb/en/shop.yaml:3: title is missing"},
        {"title: Paying", "title:", "kb/en/shop.yaml:4: title is empty"},
        {"title: Paying", "title: How to pay at the till, in detail",
         "kb/en/shop.yaml:3: title is longer than 30 characters"},
        {"    followups: [fire]\n", "", "kb/en/shop.yaml:3: followups is missing"},
        {"followups: [fire]", "followups: [fir]",
         "kb/en/shop.yaml:10: fir is not an id of items.yaml"},
        {"- Go to the till.", "- ''", "kb/en/shop.yaml:6: an entry of the answer is empty"},
        {"- Go to the till.", "- []", "kb/en/shop.yaml:6: an entry of an answer is a text, or"},
        {"{BRAND_NAME}", "{BRAND_NAM}",
         "kb/en/shop.yaml:7: {BRAND_NAM} is not known: only settings that start with BRAND_"},
        {"{BRAND_NAME}", "{DATA_DIR}", "kb/en/shop.yaml:7: {DATA_DIR} is not known"},
        {"{BRAND_NAME}", "{BRAND_NAME", "kb/en/shop.yaml:7: a { without its }"},
        {"\"{BRAND_FEES_URL}\"", "\"https://x.example\"",
         "kb/en/shop.yaml:8: the url of a button is a setting, as \"{BRAND_STATUS_URL}\""},
        {"\"{BRAND_FEES_URL}\"", "\"{BRAND_FEES}\"",
         "kb/en/shop.yaml:8: {BRAND_FEES} is not known"},
        {"label: Fees,", "", "kb/en/shop.yaml:8: label is missing"},
        {"picture: till.png", "picture: ../till.png",
         "kb/en/shop.yaml:9: picture is the name of a file in pictures/en/"},
        {"[how to pay, where is the till]", "[]", "kb/en/shop.yaml:11: there are no examples"},
        {"[how to pay, where is the till]", "[[x]]", "kb/en/shop.yaml:11: an example is a text"},
        {"    near:\n      - fire:", "    near:\n      - pay:",
         "kb/en/shop.yaml:13: a near miss of pay cannot be pay itself"},
        {"- fire: the till is burning", "- the till is burning",
         "kb/en/shop.yaml:13: a near miss is one line, other_id: text"},
        {"- fire: the till is burning", "- { fire: a, pay: b }",
         "kb/en/shop.yaml:13: a near miss is one line"},
        {"[Leave the house.]", "[\"{BRAND_NAME}\"]",
         "kb/en/shop.yaml:18: every entry needs a setting"},
        {"[Leave the house.]", "[]", "kb/en/shop.yaml:18: an answer has 1 to 7 entries"},
        {"[Leave the house.]", "[1, 2, 3, 4, 5, 6, 7, 8]",
         "kb/en/shop.yaml:18: an answer has 1 to 7 entries"},
    };
    struct arena a = ARENA_INIT;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        refuses(ITEMS, with(&a, SHOP, cases[i].from, cases[i].to), cases[i].fault);
    arena_release(&a);
}

/* All faults at once, each on its line. */
static void test_lists_every_fault(void **state)
{
    struct arena a = ARENA_INIT;
    const char *shop = with(&a, SHOP, "    title: Paying\n", "");
    shop = with(&a, shop, "{BRAND_NAME}", "{PRICE}");
    shop = with(&a, shop, "[it burns]", "[]");
    struct shelf s;
    (void)state;
    shelf_init(&s, "kb");
    shelf_put(&s, "en/shop.yaml", shop);
    shelf_put(&s, "items.yaml", with(&a, ITEMS, "priority: 3", "priority: 0"));
    shelf_put(&s, "zh/other.yaml", OTHER);
    assert_null(knowledge_load(&s.files, s.settings, &s.why));
    assert_string_equal(
        s.why.data,
        "kb/items.yaml:3: priority is to be 1, 2 or 3\n"
        "kb/en/shop.yaml:3: title is missing\n"
        "kb/en/shop.yaml:6: {PRICE} is not known: only settings that start with BRAND_ are "
        "filled in\n"
        "kb/en/shop.yaml:19: there are no examples");
    shelf_release(&s);
    arena_release(&a);
}

/* The steps that show a picture, and which: "0 network.png\n". */
static const char *pictures_of(struct arena *a, const struct item_words *words)
{
    const char *all = "";
    for (size_t i = 0; i < words->n_answer; i++) {
        const char *path = words->answer[i].picture;
        if (path)
            all = arena_printf(a, "%s%zu %s\n", all, i, strrchr(path, '/') + 1);
    }
    return all;
}

static size_t n_examples_of(const struct knowledge *k, const char *id, const char *lang)
{
    size_t n = 0;
    for (size_t i = 0; i < k->n_examples; i++)
        n += str_eq(k->examples[i].label, id) && str_eq(k->examples[i].lang, lang);
    return n;
}

/* Of 51 items in six languages each is said, with the same pictures, and asked in many ways. */
static void test_our_own(void **state)
{
    static const char *const languages[] = {"zh", "en", "vi", "ja", "ko", "ms"};
    struct arena a = ARENA_INIT;
    struct settings *settings = settings_new();
    struct buf why = BUF_INIT(100000);
    (void)state;
    settings_add(settings, "core", core_settings);
    struct library *library = library_load("handlers/knowledge", &why);
    struct knowledge *k = library ? knowledge_load(library_files(library), settings, &why) : NULL;
    if (!k)
        fail_msg("%s", why.data);
    library_free(library);
    assert_int_equal(k->n, 51);
    for (size_t i = 0; i < k->n; i++)
        for (size_t n = 0; n < ARRAY_LEN(languages); n++) {
            const struct item *item = &k->items[i];
            const struct item_words *words = item_words(item, languages[n]);
            assert_string_equal(words->lang, languages[n]);
            assert_string_equal(pictures_of(&a, words), pictures_of(&a, item_words(item, "en")));
            if (n_examples_of(k, item->id, languages[n]) <= 15) /* the title is one */
                fail_msg("%s has too few examples in %s", item->id, languages[n]);
        }
    const struct item_words *bind = item_words(knowledge_item(k, "twofa_bind"), "ms");
    assert_string_equal(pictures_of(&a, bind), "0 twofa_where.png\n1 twofa_where.png\n"
                                               "2 twofa_where.png\n4 twofa_key.png\n"
                                               "5 twofa_key.png\n6 twofa_code.png\n");
    assert_string_equal(pictures_of(&a, item_words(knowledge_item(k, "deposit_howto"), "en")),
                        "1 network.png\n");
    knowledge_free(k);
    arena_release(&a);
    settings_free(settings);
    buf_release(&why);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_all),       cmocka_unit_test(test_gaps),
        cmocka_unit_test(test_pictures),        cmocka_unit_test(test_faults_of_items),
        cmocka_unit_test(test_faults_of_words), cmocka_unit_test(test_lists_every_fault),
        cmocka_unit_test(test_our_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
