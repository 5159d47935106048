/* What no item answers: each kind's own behaviour, turn by turn. */
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "bot/commands/core_settings.h"
#include "handlers/faq/kinds.h"
#include "tests/unit/effects_print.h"

static const char words_en[] =
    "reviewed_by: nobody yet\n"
    "kinds:\n"
    "  distress: { answer: [I am with you., \"Call {BRAND_CARE_LINE}\"], examples: [a] }\n"
    "  complaint: { answer: [I am sorry., Tell me more.] }\n"
    "  uncovered: { answer: [Noted.] }\n"
    "  price: { answer: [I do not know prices.] }\n"
    "  smalltalk: { answer: [Hello., Hi., Good day.] }\n"
    "  offtopic: { answer: [Only coins here.] }\n"
    "  gibberish: { answer: [Again please.] }\n"
    "  scam: { answer: [Not from us.] }\n";

struct world {
    struct arena arena;
    struct settings *settings;
    struct phrases *phrases;
    struct kinds *kinds;
    struct conversation before;
    struct event event;
    struct facts facts;
    struct effects effects;
    struct buf log;
};

static struct kinds *load(struct world *w, const char *text, struct buf *why)
{
    struct yaml *root = yaml_parse("kinds.yaml", text, strlen(text), why);
    assert_non_null(root);
    struct file_tree file = {"en/kinds.yaml", root};
    struct handler_files all = {&file, 1, "kb"};
    struct kinds *k = kinds_load(&all, w->settings, why);
    yaml_tree_free(root);
    return k;
}

static int set_up(void **state)
{
    static struct room rooms[] = {{.id = "room:console:1:9"}, {.id = "room:console:1:8"}};
    static struct agent agents[] = {
        {.name = "lena", .alias = "Lena", .role = ROLE_LEAD, .tz = "UTC"},
        {.name = "mia", .alias = "Mia", .role = ROLE_AGENT, .tz = "UTC"}};
    static const char phrases[] = "button: { topics: Topics, human: Person }";
    struct world *w = xcalloc(1, sizeof(*w));
    w->log = (struct buf)BUF_INIT(10000);
    w->settings = settings_new();
    settings_add(w->settings, "core", core_settings);
    w->phrases = phrases_new(w->settings);
    struct yaml *root = yaml_parse("phrases.yaml", phrases, strlen(phrases), NULL);
    assert_int_equal(phrases_add(w->phrases, "en", root, NULL), 0);
    yaml_tree_free(root);
    w->kinds = load(w, words_en, NULL);
    assert_non_null(w->kinds);
    conversation_init(&w->before, "console:1:1");
    w->before.lang = "zh"; /* has no words: English */
    w->facts = (struct facts){.agents = agents, .n_agents = 2, .rooms = rooms, .n_rooms = 2};
    w->event = (struct event){.type = EVENT_MESSAGE,
                              .id = {"console:1", "7"},
                              .name = "Bob",
                              .is_private = true,
                              .content = {.text = "the words"}};
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;
    kinds_free(w->kinds);
    phrases_free(w->phrases);
    settings_free(w->settings);
    arena_release(&w->arena);
    buf_release(&w->log);
    free(w);
    return 0;
}

static const char *turn(struct world *w, const char *kind, double confidence)
{
    struct conversation *subject = arena_alloc(&w->arena, sizeof(*subject));
    struct event *event = arena_alloc(&w->arena, sizeof(*event));
    *event = w->event;
    conversation_copy(&w->arena, subject, &w->before);
    w->effects =
        (struct effects){.arena = &w->arena, .subject = subject, .event = event, .next_case = 64};
    struct turn t = {.event = event,
                     .subject = subject,
                     .facts = &w->facts,
                     .phrases = w->phrases,
                     .settings = w->settings,
                     .arena = &w->arena};
    enum verdict verdict = kinds_answer(w->kinds, &t, &w->effects, kind, confidence);
    buf_clear(&w->log);
    buf_str(&w->log, verdict == HANDLER_DONE ? "DONE\n" : "PASS\n");
    effects_print(&w->effects, &w->log);
    return w->log.data;
}

static void test_distress(void **state)
{
    struct world *w = *state;
    const char *log = turn(w, "distress", 0.5);
    assert_true(starts_with(log, "PASS\nsay customer bot: I am with you.\n"));
    assert_null(strstr(log, "Call"));
    const struct conversation *c = w->effects.subject;
    assert_true(w->effects.opens_case);
    assert_string_equal(c->reason, "distress");
    assert_int_equal(c->priority, 1);
    assert_string_equal(conversation_var(c, "case.notify"), "Lena");

    assert_int_equal(settings_set(w->settings, "BRAND_CARE_LINE", "123", NULL), 0);
    assert_non_null(strstr(turn(w, "distress", 0.5), "I am with you.\nCall 123\n"));
    assert_string_equal(turn(w, "distress", 0.49), "PASS\n");

    /* A case that waits becomes more urgent; the words are said once in each. */
    w->before.state = STATE_WAITING;
    w->before.priority = 3;
    w->before.case_no = 64;
    log = turn(w, "distress", 0.9);
    assert_non_null(strstr(log, "I am with you."));
    assert_int_equal(w->effects.subject->priority, 1);
    assert_string_equal(w->effects.subject->reason, "distress");
    conversation_set(&w->before, &w->arena, "kinds.cared", "64");
    assert_string_equal(turn(w, "distress", 0.9), "PASS\n");
}

static void test_those_that_become_a_case(void **state)
{
    struct world *w = *state;
    const char *log = turn(w, "complaint", 0.8);
    assert_true(starts_with(log, "PASS\nsay customer bot: I am sorry.\nTell me more.\n"));
    assert_string_equal(w->effects.subject->reason, "complaint");
    assert_int_equal(w->effects.subject->priority, 2);
    assert_string_equal(conversation_var(w->effects.subject, "case.notify"), "");
    turn(w, "uncovered", 0.8);
    assert_string_equal(w->effects.subject->reason, "uncovered");
    assert_int_equal(w->effects.subject->priority, 3);
    w->before.state = STATE_WAITING; /* staff is shown the words, and that is all */
    assert_string_equal(turn(w, "complaint", 0.9), "PASS\n");
    assert_string_equal(turn(w, "uncovered", 0.9), "PASS\n");
}

static void test_those_that_do_not(void **state)
{
    struct world *w = *state;
    assert_string_equal(turn(w, "price", 0.79), "PASS\n");
    assert_string_equal(turn(w, "price", 0.8), "DONE\nsay customer bot: I do not know prices.\n");
    w->before.misses = 1; /* understood again */
    assert_string_equal(turn(w, "price", 0.8),
                        "DONE\nset misses=0\nsay customer bot: I do not know prices.\n");
    w->before.state = STATE_WAITING;
    assert_string_equal(turn(w, "price", 0.9), "PASS\n");
    assert_string_equal(turn(w, "weather", 0.9), "PASS\n");
}

static void test_small_talk_draws_by_the_event(void **state)
{
    struct world *w = *state;
    bool heard[3] = {false};
    static const char *const said[] = {"Hello.", "Hi.", "Good day."};
    for (int i = 0; i < 60; i++) {
        w->event.id.member = arena_printf(&w->arena, "%d", i);
        const char *once = arena_strdup(&w->arena, turn(w, "smalltalk", 0.9));
        assert_string_equal(turn(w, "smalltalk", 0.9), once);
        for (size_t k = 0; k < ARRAY_LEN(said); k++)
            heard[k] |= strstr(once, said[k]) != NULL;
    }
    assert_true(heard[0] && heard[1] && heard[2]);
}

static void test_who_is_not_understood_gets_a_person(void **state)
{
    struct world *w = *state;
    assert_string_equal(turn(w, "gibberish", 0.9),
                        "DONE\nset misses=1\nsay customer bot: Again please. [Topics] [Person]\n");
    w->before.misses = 1;
    assert_string_equal(
        turn(w, "offtopic", 0.9),
        "DONE\nset misses=2\nsay customer bot: Only coins here. [Topics] [Person]\n");
    w->before.misses = 2;
    assert_string_equal(turn(w, "gibberish", 0.9), "PASS\n"); /* handoff opens a case */
}

static void test_scams_are_told_to_the_moderators(void **state)
{
    struct world *w = *state;
    const char *log = turn(w, "scam", 0.9);
    assert_non_null(strstr(log, "tell room:console:1:9 scam Bob\nthe words\n"));
    assert_non_null(strstr(log, "tell room:console:1:8 scam Bob\n"));
    assert_non_null(strstr(log, "say customer bot: Not from us.\n"));
    w->event.is_private = false;
    log = turn(w, "scam", 0.9);
    assert_true(starts_with(log, "DONE\n"));
    assert_null(strstr(log, "say "));
    assert_non_null(strstr(log, "tell room:console:1:9 scam Bob\n"));
    w->before.state = STATE_WAITING;
    assert_true(starts_with(turn(w, "scam", 0.9), "PASS\ntell "));
}

static void test_what_is_wrong_in_the_file(void **state)
{
    struct world *w = *state;
    struct buf why = BUF_INIT(4000);
    assert_null(load(w,
                     "kinds:\n"
                     "  weather: { answer: [x] }\n"
                     "  price: { answer: [\"{BRAND_NAME}\", \"\"], reply: x }\n"
                     "  scam: { answer: [\"{BRAND_X} y\", z] }\n"
                     "  offtopic: {}\n"
                     "other: x\n",
                     &why));
    assert_string_equal(why.data,
                        "kb/en/kinds.yaml:6: other is not known here: is it misspelt?\n"
                        "kb/en/kinds.yaml:2: weather is no kind that zaide knows\n"
                        "kb/en/kinds.yaml:3: reply is not known here: is it misspelt?\n"
                        "kb/en/kinds.yaml:3: a line of an answer is a text\n"
                        "kb/en/kinds.yaml:3: no line of price stands without a setting\n"
                        "kb/en/kinds.yaml:4: {BRAND_X} is not known: only settings that start with "
                        "BRAND_ are filled in\n"
                        "kb/en/kinds.yaml:5: answer is missing");
    buf_release(&why);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_distress),
        TEST(test_those_that_become_a_case),
        TEST(test_those_that_do_not),
        TEST(test_small_talk_draws_by_the_event),
        TEST(test_who_is_not_understood_gets_a_person),
        TEST(test_scams_are_told_to_the_moderators),
        TEST(test_what_is_wrong_in_the_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
