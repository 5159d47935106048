/* How zaide sounds: what tone.yaml gives, and every fault that it finds in the texts. */
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "bot/commands/core_settings.h"
#include "handlers/tone/check.h"
#include "handlers/tone/tone.h"

static const char tone_en[] =
    "reviewed_by: nobody yet\n"
    "openings: { calm: [c0, c1, c2], sorry: [s0, s1, s2], plain: [p0, p1, p2, p3] }\n"
    "got: You mean {facts}.\n"
    "never: [Calm  Down, guarantee]\n"
    "address: you\n"
    "address_never: [dear user]\n"
    "max_sentence: 6 words\n"
    "max_steps: 2\n"
    "always_said: { etf: lose nearly all }\n"
    "opens_with: { closed: so sorry }\n";

static const char items[] =
    "etf: { area: shop, team: till, priority: 3, always_human: no, collect: [] }\n"
    "closed: { area: shop, team: till, priority: 1, always_human: no, collect: [] }\n";

#define MAX_FILES 9

struct world {
    struct settings *settings;
    struct yaml *trees[MAX_FILES];
    struct file_tree files[MAX_FILES];
    struct handler_files all;
    struct buf out;
};

/* In order of their names. */
static void put(struct world *w, const char *name, const char *text)
{
    struct buf why = BUF_INIT(1000);
    struct yaml *root = yaml_parse(name, text, strlen(text), &why);
    if (!root)
        fail_msg("%s", why.data);
    w->trees[w->all.n] = root;
    w->files[w->all.n++] = (struct file_tree){name, root};
    buf_release(&why);
}

static int set_up(void **state)
{
    struct world *w = xcalloc(1, sizeof(*w));
    w->all = (struct handler_files){w->files, 0, "kb"};
    w->settings = settings_new();
    settings_add(w->settings, "core", core_settings);
    w->out = (struct buf)BUF_INIT(10000);
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;
    for (size_t i = 0; i < w->all.n; i++)
        yaml_tree_free(w->trees[i]);
    settings_free(w->settings);
    buf_release(&w->out);
    free(w);
    return 0;
}

static void test_what_stands_before_an_answer(void **state)
{
    struct world *w = *state;
    put(w, "en/tone.yaml", tone_en);
    struct tones *t = tones_load(&w->all, w->settings, &w->out);
    assert_non_null(t);
    assert_string_equal(tones_opening(t, "en", MOOD_CALM, 0), "c0");
    assert_string_equal(tones_opening(t, "en", MOOD_SORRY, 2), "s2");
    assert_string_equal(tones_opening(t, "en", MOOD_PLAIN, 3), "p3");
    assert_int_equal(tones_openings(t, "en", MOOD_SORRY), 3);
    assert_int_equal(tones_openings(t, "en", MOOD_PLAIN), 4);
    assert_int_equal(tones_openings(t, "zh", MOOD_CALM), 0);
    assert_string_equal(tones_got(t, "en"), "You mean {facts}.");
    assert_string_equal(tones_got(t, "zh"), "");
    assert_true(tones_opens_itself(t, "en", "closed"));
    assert_false(tones_opens_itself(t, "en", "etf"));
    assert_false(tones_opens_itself(t, "zh", "closed"));
    tones_free(t);
}

static void test_what_is_wrong_in_the_file(void **state)
{
    struct world *w = *state;
    put(w, "en/tone.yaml",
        "openings: { calm: [a, b], sorry: [a, b, ''], gloomy: [a, b, c] }\n"
        "got: You mean it.\n"
        "never: [[a]]\n"
        "address_never: you\n"
        "max_sentence: 25 pages\n"
        "max_steps: many\n"
        "always_said: { etf: [] }\n"
        "honorific: Sir\n");
    assert_null(tones_load(&w->all, w->settings, &w->out));
    assert_string_equal(w->out.data,
                        "kb/en/tone.yaml:8: honorific is not known here: is it misspelt?\n"
                        "kb/en/tone.yaml:1: gloomy is not known here: is it misspelt?\n"
                        "kb/en/tone.yaml:1: calm is to have 3 openings at least\n"
                        "kb/en/tone.yaml:1: an opening is a text\n"
                        "kb/en/tone.yaml:1: plain is missing\n"
                        "kb/en/tone.yaml:2: got is to have {facts}\n"
                        "kb/en/tone.yaml:3: what is not to be said is a text\n"
                        "kb/en/tone.yaml:4: address_never is to be a list\n"
                        "kb/en/tone.yaml:7: etf: the words are missing\n"
                        "kb/en/tone.yaml:1: opens_with is missing\n"
                        "kb/en/tone.yaml:5: max_sentence is to be as \"25 words\" or "
                        "\"45 characters\"\n"
                        "kb/en/tone.yaml:1: max_steps is to be a number");
}

static void assert_faults(struct world *w, const char *wanted)
{
    tone_check(&w->all, &w->out);
    assert_string_equal(w->out.data, wanted);
    buf_clear(&w->out);
}

static void test_what_is_fine(void **state)
{
    struct world *w = *state;
    assert_faults(w, "");
    put(w, "en/phrases.yaml",
        "reviewed_by: me\n"
        "greet: { hello: Glad to meet you!, words: calm down|dear user }\n"
        "staff: { help: \"Calm customers. Dear user, a b c d e f g h.\" }\n");
    put(w, "en/shop.yaml",
        "reviewed_by: me\n"
        "items:\n"
        "  closed:\n"
        "    title: dear user\n"
        "    answer: [\"I am SO\\nsorry. At 0.5 {facts of this} one.\", b]\n"
        "    examples: [calm down dear user]\n"
        "  etf: { answer: [One!, \"It can lose nearly all. 🎉\"] }\n");
    put(w, "en/tone.yaml", tone_en);
    put(w, "items.yaml", items);
    put(w, "xx/other.yaml", "nothing: zaide speaks\n");
    assert_faults(w, "");
}

static void test_every_fault(void **state)
{
    struct world *w = *state;
    put(w, "en/kinds.yaml",
        "reviewed_by: me\n"
        "kinds:\n"
        "  distress: { answer: [We are here!], examples: [guarantee!] }\n"
        "  smalltalk: { answer: [Good morning!] }\n");
    put(w, "en/phrases.yaml",
        "greet: { hello: Dear user. }\n"
        "staff: { help: I guarantee it. }\n");
    put(w, "en/replies.yaml",
        "reviewed_by: me\n"
        "replies:\n"
        "  one: One two three four five six seven.\n"
        "  two: \"One two {three four} five – six: seven? Please calm\\ndown\"\n");
    put(w, "en/shop.yaml",
        "reviewed_by: me\n"
        "items:\n"
        "  closed:\n"
        "    answer:\n"
        "      - text: Oh no\n"
        "        button: { label: 🎉 }\n"
        "      - So sorry.\n"
        "      - A third.\n"
        "  etf:\n"
        "    answer: [It wins.]\n");
    put(w, "en/tone.yaml", tone_en);
    put(w, "items.yaml", items);
    put(w, "zh/phrases.yaml", "reviewed_by: me\n");
    put(w, "zh/slang.yaml", "b: baht\n");
    assert_faults(w, "en/kinds.yaml:3: no emoji and no \"!\" where money or safety is at stake\n"
                     "en/phrases.yaml:1: reviewed_by is missing: who has read it, or \"nobody "
                     "yet\"\n"
                     "en/phrases.yaml:1: nobody is addressed with \"dear user\"\n"
                     "en/phrases.yaml:2: we never say \"guarantee\"\n"
                     "en/replies.yaml:3: a sentence of 7 words, of which 6 are allowed: One two "
                     "three four five six seven.\n"
                     "en/replies.yaml:4: we never say \"Calm  Down\"\n"
                     "en/shop.yaml:6: no emoji and no \"!\" where money or safety is at stake\n"
                     "en/shop.yaml:4: 3 steps, of which 2 are allowed\n"
                     "en/shop.yaml:4: closed opens with \"so sorry\"\n"
                     "en/shop.yaml:10: etf is always told with \"lose nearly all\"\n"
                     "zh/tone.yaml is missing: how zaide sounds\n"
                     "zh/slang.yaml:1: reviewed_by is missing: who has read it, or \"nobody "
                     "yet\"\n");
}

static void test_characters_are_counted(void **state)
{
    struct world *w = *state;
    put(w, "zh/phrases.yaml",
        "reviewed_by: me\ngreet: { hello: \"一二三，四 {x y}。一二三！\" }\n");
    put(w, "zh/tone.yaml", "reviewed_by: me\nmax_sentence: 6 characters\n");
    assert_faults(w, "zh/phrases.yaml:2: a sentence of 7 characters, of which 6 are allowed: "
                     "一二三，四 {x y}。一二三！\n");
}

static void test_who_has_read_it(void **state)
{
    struct world *w = *state;
    put(w, "en/a.yaml", "reviewed_by: nobody yet, but soon\n");
    put(w, "en/phrases.yaml", "reviewed_by: Lan\n");
    put(w, "items.yaml", items);
    put(w, "zh/phrases.yaml", "{}\n");
    struct reviews r = tone_reviews(&w->all);
    assert_int_equal(r.files, 3);
    assert_int_equal(r.open, 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_what_stands_before_an_answer),
        TEST(test_what_is_wrong_in_the_file),
        TEST(test_what_is_fine),
        TEST(test_every_fault),
        TEST(test_characters_are_counted),
        TEST(test_who_has_read_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
