#include "bot/base/settings.h"
#include "bot/commands/core_settings.h"
#include "bot/commands/library.h"
#include "handlers/faq/knowledge.h"
#include "handlers/faq/matcher.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A small shop: three items, and near misses that none may answer. */
static const struct example shop[] = {
    {"how do i reset my password", "password", NULL},
    {"i forgot my password", "password", NULL},
    {"lost password, how to log in", "password", NULL},
    {"password reset link please", "password", NULL},
    {"cannot remember the password of my account", "password", NULL},
    {"忘记密码了怎么办", "password", NULL},
    {"密码忘了 怎么重置", "password", NULL},
    {"where is my parcel", "parcel", NULL},
    {"my parcel did not arrive", "parcel", NULL},
    {"parcel still not delivered", "parcel", NULL},
    {"when will the parcel come", "parcel", NULL},
    {"track my parcel", "parcel", NULL},
    {"我的包裹到哪了", "parcel", NULL},
    {"包裹一直没有到", "parcel", NULL},
    {"hoá đơn của tôi ở đâu", "invoice", NULL},
    {"cho tôi xin hoá đơn", "invoice", NULL},
    {"send me the invoice", "invoice", NULL},
    {"i need an invoice for my company", "invoice", NULL},
    {"where can i download the invoice", "invoice", NULL},
    {"发票在哪里下载", "invoice", NULL},
    {"the parcel was broken", NULL, NULL},
    {"my parcel arrived damaged", NULL, NULL},
    {"包裹破了", NULL, NULL},
    {"the password of the wifi in your shop", NULL, NULL},
    {"who invented the invoice", NULL, NULL},
};

static struct matcher *open_shop(int precision)
{
    static struct teaching teachings[101];
    teachings[precision] = (struct teaching){shop, ARRAY_LEN(shop), precision, NULL, false};
    return matcher_new(&teachings[precision]);
}

static struct match ask(const struct matcher *m, const char *text)
{
    struct match found = matcher_match(m, text, NULL);
    assert_true(found.confidence >= 0 && found.confidence <= 1);
    return found;
}

static void test_finds_the_item(void **state)
{
    static const char *const asked[][2] = {
        {"please help, i forgot the password", "password"},
        {"my parcel has not arrived yet", "parcel"},
        {"could you send the invoice again", "invoice"},
        {"密码重置在哪", "password"},
        {"我的包裹没到", "parcel"},
    };
    struct matcher *m = open_shop(80);
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(asked); i++)
        assert_string_equal(ask(m, asked[i][0]).id, asked[i][1]);
    assert_string_equal(ask(m, "PASSWORD   ｒｅｓｅｔ").id,
                        "password");                          /* case and width are nothing */
    assert_string_equal(ask(m, "我的包裹沒到").id, "parcel"); /* traditional letters */
    matcher_free(m);
}

/* More items than a byte counts, and a word that only the first and the last one have. */
static void test_many_items(void **state)
{
    enum { ITEMS = 300 };
    struct arena a = ARENA_INIT;
    struct example *examples = arena_alloc(&a, 2 * ITEMS * sizeof(*examples));
    (void)state;
    for (int i = 0; i < ITEMS; i++) {
        const char *place = i % (ITEMS - 1) ? "shelf" : "lantern";
        const char *id = arena_printf(&a, "item_%d", i);
        char name[] = {(char)('a' + i % 20), (char)('a' + i / 20), (char)('a' + i % 7), '\0'};
        examples[2 * i] = (struct example){arena_printf(&a, "%s %s", place, name), id, NULL};
        examples[2 * i + 1] = (struct example){arena_printf(&a, "my %s %s", name, place), id, NULL};
    }
    struct teaching t = {examples, 2 * ITEMS, 80, NULL, false};
    struct matcher *m = matcher_new(&t);
    for (size_t i = 0; i < 2 * ITEMS; i++)
        assert_string_equal(ask(m, arena_printf(&a, "%s please", examples[i].text)).id,
                            examples[i].label);
    struct match found = ask(m, "lantern");
    assert_true(str_eq(found.id, "item_0") ? str_eq(found.second, "item_299")
                                           : str_eq(found.second, "item_0"));
    matcher_free(m);
    arena_release(&a);
}

static void test_vietnamese_without_accents(void **state)
{
    struct matcher *m = open_shop(80);
    (void)state;
    assert_string_equal(ask(m, "cho toi xin hoa don").id, "invoice");
    assert_true(ask(m, "cho toi xin hoa don").sure); /* the very words, but for the accents */
    matcher_free(m);
}

static void test_examples_are_certain(void **state)
{
    struct matcher *m = open_shop(100); /* a bar that nothing else reaches */
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(shop); i++) {
        struct match found = ask(m, shop[i].text);
        assert_int_equal(found.sure, shop[i].label != NULL);
        if (shop[i].label) {
            assert_string_equal(found.id, shop[i].label);
            assert_true(found.confidence == 1);
        }
    }
    assert_false(ask(m, "i forgot my password again").sure);
    matcher_free(m);
}

static void test_silent_on_others(void **state)
{
    static const char *const others[] = {
        "will gold go up tomorrow",
        "the parcel was broken in two",
        "今天天气不错",
        "xqzv jkwp",
        "what is the password of your wifi",
        "😀",
        "12345",
    };
    struct matcher *m = open_shop(95);
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        if (ask(m, others[i]).sure)
            fail_msg("sure about: %s", others[i]);
    matcher_free(m);
}

static void test_two_questions_are_none(void **state)
{
    struct matcher *m = open_shop(90);
    struct match found = ask(m, "i forgot my password and where is my parcel");
    (void)state;
    assert_false(found.sure);
    assert_string_not_equal(found.id, found.second);
    assert_true(str_eq(found.id, "password") || str_eq(found.id, "parcel"));
    assert_true(str_eq(found.second, "password") || str_eq(found.second, "parcel"));
    matcher_free(m);
}

static void test_nothing_to_go_by(void **state)
{
    static const char *const nothing[] = {"", "   ", "!!! …", "\xF0\x9F\x99\x8F", "%%%%"};
    struct teaching nobody = {NULL, 0, 97, NULL, false};
    struct matcher *m = open_shop(80), *empty = matcher_new(&nobody);
    struct arena a = ARENA_INIT;
    struct likeness nearest[3];
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(nearest); i++) {
        struct match found = ask(m, nothing[i]);
        assert_null(found.id);
        assert_false(found.sure);
        assert_int_equal(matcher_nearest(m, &a, nothing[i], NULL, nearest, 3), 0);
    }
    assert_null(ask(empty, "i forgot my password").id);
    matcher_free(m);
    matcher_free(empty);
    matcher_free(NULL);
    arena_release(&a);
}

/* The same words in two items: neither is certain. */
static void test_an_example_of_two_items(void **state)
{
    struct example doubtful[ARRAY_LEN(shop) + 1];
    memcpy(doubtful, shop, sizeof(shop));
    doubtful[ARRAY_LEN(shop)] = (struct example){"track my parcel", "password", NULL};
    struct teaching t = {doubtful, ARRAY_LEN(doubtful), 97, NULL, false};
    struct matcher *m = matcher_new(&t);
    (void)state;
    assert_true(ask(m, "track my parcel").confidence < 1);
    assert_false(ask(m, "track my parcel").sure);
    matcher_free(m);
}

static void test_deterministic(void **state)
{
    static const char *const texts[] = {"parcel password", "where is it", "发票", "i forgot"};
    struct matcher *one = open_shop(97), *two = open_shop(97);
    (void)state;
    assert_true(matcher_bar(one) == matcher_bar(two));
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct match a = ask(one, texts[i]), b = ask(two, texts[i]);
        assert_string_equal(a.id, b.id);
        assert_true(a.confidence == b.confidence);
    }
    matcher_free(one);
    matcher_free(two);
}

/* --- the cache --- */

static void test_saved(void **state)
{
    static const char *const texts[] = {
        "parcel password",     "where is it",           "发票", "track my parcel",
        "cho toi xin hoa don", "the parcel was broken", "😀"};
    struct matcher *m = open_shop(90);
    struct buf bytes = BUF_INIT(10000000), again = BUF_INIT(10000000);
    struct teaching same = {shop, ARRAY_LEN(shop), 90, NULL, false},
                    bolder = {shop, ARRAY_LEN(shop), 80, NULL, false},
                    less = {shop, ARRAY_LEN(shop) - 1, 90, NULL, false};
    (void)state;
    matcher_save(m, &bytes);
    struct matcher *loaded = matcher_load(&same, bytes.data, bytes.len);
    assert_non_null(loaded);
    matcher_save(loaded, &again);
    assert_int_equal(bytes.len, again.len);
    assert_memory_equal(bytes.data, again.data, bytes.len);
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct match a = ask(m, texts[i]), b = ask(loaded, texts[i]);
        assert_true(str_eq(a.id, b.id) && str_eq(a.second, b.second));
        assert_true(a.confidence == b.confidence && a.sure == b.sure);
    }
    assert_null(matcher_load(&bolder, bytes.data, bytes.len));
    assert_null(matcher_load(&less, bytes.data, bytes.len));
    for (size_t len = 0; len < bytes.len; len += 1 + len / 7)
        assert_null(matcher_load(&same, bytes.data, len));
    buf_char(&bytes, 'x');
    assert_null(matcher_load(&same, bytes.data, bytes.len));
    matcher_free(loaded);
    matcher_free(m);
    buf_release(&bytes);
    buf_release(&again);
}

/* --- messages that no item answers --- */

static void test_kinds(void **state)
{
    static const struct example hall[] = {
        {"where is my parcel", "parcel", NULL},
        {"my parcel did not arrive", "parcel", NULL},
        {"parcel still not delivered", "parcel", NULL},
        {"track my parcel", "parcel", NULL},
        {"i need an invoice for my company", "invoice", NULL},
        {"send me the invoice", "invoice", NULL},
        {"where can i download the invoice", "invoice", NULL},
        {"good morning", "kind:smalltalk", NULL},
        {"good evening everybody", "kind:smalltalk", NULL},
        {"thank you and good night", "kind:smalltalk", NULL},
        {"you are all thieves", "kind:complaint", NULL},
        {"this is the worst shop ever", "kind:complaint", NULL},
        {"the worst service of all", "kind:complaint", NULL},
    };
    struct teaching t = {hall, ARRAY_LEN(hall), 90, NULL, false};
    struct matcher *m = matcher_new(&t);
    (void)state;
    struct match said = ask(m, "good morning everybody");
    assert_string_equal(said.kind, "smalltalk");
    assert_false(said.sure);
    assert_true(str_eq(said.id, "parcel") || str_eq(said.id, "invoice"));
    said = ask(m, "Good evening, everybody!");
    assert_string_equal(said.kind, "smalltalk"); /* its very words */
    assert_true(said.kind_confidence == 1);
    assert_true(said.confidence == 0);
    assert_string_equal(ask(m, "worst service ever").kind, "complaint");
    said = ask(m, "track my parcel");
    assert_true(said.sure && said.kind_confidence == 0);
    matcher_free(m);
}

static void test_slang(void **state)
{
    struct slang *slang = slang_new();
    slang_add(slang, "en", "pckg", "parcel");
    struct teaching t = {shop, ARRAY_LEN(shop), 97, slang, false};
    struct matcher *m = matcher_new(&t);
    (void)state;
    struct match said = matcher_match(m, "Track my pckg!", "en");
    assert_string_equal(said.id, "parcel");
    assert_true(said.sure);
    assert_false(matcher_match(m, "Track my pckg!", "vi").sure);
    matcher_free(m);
    slang_free(slang);
}

/* A word alone is sure only where it is an example. */
static void test_bare_words(void **state)
{
    static const char *const bare[] = {"parcel", "password?", "invoice!", "密码", "发票", "包裹?"};
    struct matcher *m = open_shop(80);
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bare); i++)
        assert_false(ask(m, bare[i]).sure);
    matcher_free(m);
}

/* --- reasons --- */

static void test_reasons(void **state)
{
    struct matcher *m = open_shop(97);
    struct arena a = ARENA_INIT;
    struct reason reasons[8];
    (void)state;
    assert_string_equal(ask(m, "please tell me where the parcel is").id, "parcel");
    size_t n = matcher_reasons(m, &a, "please tell me where the parcel is", NULL, reasons, 8);
    assert_int_equal(n, 7);
    assert_string_equal(reasons[0].word, "parcel");
    assert_true(reasons[0].value > 0);
    for (size_t i = 1; i < n; i++)
        assert_true(fabs(reasons[i].value) <= fabs(reasons[i - 1].value));
    assert_int_equal(matcher_reasons(m, &a, "😀", NULL, reasons, 8), 0);
    arena_release(&a);
    matcher_free(m);
}

static void test_nearest(void **state)
{
    struct matcher *m = open_shop(97);
    struct arena a = ARENA_INIT;
    struct likeness nearest[4];
    (void)state;
    assert_int_equal(matcher_nearest(m, &a, "parcel still not delivered?", NULL, nearest, 4), 4);
    assert_string_equal(nearest[0].example->text, "parcel still not delivered");
    for (size_t i = 1; i < 4; i++)
        assert_true(nearest[i].value <= nearest[i - 1].value);
    /* An example that was learnt with and without accents is named once. */
    size_t n = matcher_nearest(m, &a, "hoá đơn của tôi ở đâu", NULL, nearest, 4);
    assert_true(nearest[0].value > 0.999 && nearest[0].value < 1.001);
    for (size_t i = 1; i < n; i++)
        assert_ptr_not_equal(nearest[i].example, nearest[0].example);
    arena_release(&a);
    matcher_free(m);
}

/* --- the knowledge itself, on messages that it has not seen --- */

struct score {
    size_t in_scope, answered, right, all_answered;
};

/* "zh\tdeposit_howto\ttext" -> its parts; false for a comment. */
static bool read_row(char *line, char *parts[3])
{
    line[strcspn(line, "\n")] = '\0';
    if (*line == '#' || !*line)
        return false;
    parts[0] = line;
    for (size_t i = 1; i < 3; i++) {
        parts[i] = strchr(parts[i - 1], '\t');
        assert_non_null(parts[i]);
        *parts[i]++ = '\0';
    }
    return true;
}

static void count_row(struct score *s, const struct match *m, const char *label)
{
    bool in_scope = !str_eq(label, "none");
    s->in_scope += in_scope;
    s->all_answered += m->sure;
    s->answered += m->sure && in_scope;
    s->right += m->sure && in_scope && str_eq(m->id, label);
}

static void print_score(const char *what, const struct score *s)
{
    printf("%s: precision %.3f (%zu of %zu), coverage %.3f (%zu of %zu)\n", what,
           (double)s->right / (double)(s->all_answered ? s->all_answered : 1), s->right,
           s->all_answered, (double)s->answered / (double)s->in_scope, s->answered, s->in_scope);
}

static void test_held_out(void **state)
{
    static const char *const languages[] = {"zh", "en", "vi"};
    struct settings *settings = settings_new();
    struct buf why = BUF_INIT(100000);
    struct score all = {0}, each[ARRAY_LEN(languages)] = {{0}};
    char line[2000];
    (void)state;
    settings_add(settings, "core", core_settings);
    struct library *library = library_load("handlers/knowledge", &why);
    struct knowledge *k = library ? knowledge_load(library_files(library), settings, &why) : NULL;
    if (!k)
        fail_msg("%s", why.data);
    struct teaching t = {k->examples, k->n_examples, 97, k->slang, true};
    struct matcher *m = matcher_new(&t);
    FILE *in = fopen("tests/data/faq_held_out.tsv", "re");
    assert_non_null(in);
    while (fgets(line, sizeof(line), in)) {
        char *parts[3];
        if (!read_row(line, parts))
            continue;
        struct match found = ask(m, parts[2]);
        assert_true(str_eq(parts[1], "none") || knowledge_item(k, parts[1]));
        count_row(&all, &found, parts[1]);
        for (size_t i = 0; i < ARRAY_LEN(languages); i++)
            if (str_eq(parts[0], languages[i]))
                count_row(&each[i], &found, parts[1]);
        if (found.sure && !str_eq(found.id, parts[1]))
            printf("wrong: %.3f %s for %s: %s\n", found.confidence, found.id, parts[1], parts[2]);
    }
    for (size_t i = 0; i < ARRAY_LEN(languages); i++)
        print_score(languages[i], &each[i]);
    print_score("all", &all);
    assert_true((double)all.right >= 0.97 * (double)all.all_answered);
    assert_true((double)all.answered >= 0.5 * (double)all.in_scope);
    fclose(in);
    matcher_free(m);
    knowledge_free(k);
    library_free(library);
    settings_free(settings);
    buf_release(&why);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finds_the_item),
        cmocka_unit_test(test_many_items),
        cmocka_unit_test(test_vietnamese_without_accents),
        cmocka_unit_test(test_examples_are_certain),
        cmocka_unit_test(test_silent_on_others),
        cmocka_unit_test(test_two_questions_are_none),
        cmocka_unit_test(test_nothing_to_go_by),
        cmocka_unit_test(test_an_example_of_two_items),
        cmocka_unit_test(test_deterministic),
        cmocka_unit_test(test_saved),
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_slang),
        cmocka_unit_test(test_bare_words),
        cmocka_unit_test(test_reasons),
        cmocka_unit_test(test_nearest),
        cmocka_unit_test(test_held_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
