/* The FAQ handler on a small knowledge of its own, turn by turn. */
#include "bot/commands/core_settings.h"
#include "bot/ports/handler.h"
#include "tests/unit/effects_print.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

extern const struct handler faq_handler;

static const char items[] =
    "twofa_bind: { area: shop, team: till, priority: 3, always_human: no, collect: [] }\n"
    "kyc_howto: { area: shop, team: guards, priority: 1, always_human: yes, collect: [] }\n"
    "swap: { area: shop, team: bank, priority: 2, always_human: no, collect: [], needs: "
    "[BRAND_CONVERT_URL] }\n"
    "human_request: { area: shop, team: desk, priority: 2, always_human: yes, collect: [] }\n"
    "fair: { area: shop, team: till, priority: 3, always_human: no, collect: [], "
    "from: 1970-01-02, until: 1970-01-03 }\n";

static const char teams[] = "till: { owners: [] }\nguards: { owners: [mia, lena] }\n"
                            "bank: { owners: [] }\ndesk: { owners: [] }\n";

static const char shop[] =
    "items:\n"
    "  twofa_bind:\n"
    "    title: Set up codes\n"
    "    answer:\n"
    "      - Install the app.\n"
    "      - text: Only from {BRAND_NAME}.\n"
    "        button: { label: Check, url: \"{BRAND_VERIFY_URL}\" }\n"
    "      - Scan the picture.\n"
    "    followups: []\n"
    "    examples: [how to set up codes, set up the code app, where do i set up codes]\n"
    "    near: []\n"
    "  kyc_howto:\n"
    "    title: House on fire\n"
    "    answer: [Leave the house., Close the doors.]\n"
    "    followups: []\n"
    "    examples: [my house is on fire, it burns in my house]\n"
    "    near: []\n"
    "  swap:\n"
    "    title: Swap coins\n"
    "    answer: [\"Press swap.\"]\n"
    "    followups: []\n"
    "    examples: [swap my coins, how to swap coins]\n"
    "    near: []\n"
    "  human_request:\n"
    "    title: A person\n"
    "    answer: [A person comes.]\n"
    "    followups: []\n"
    "    examples: [give me a person, a real person please]\n"
    "    near: []\n"
    "  fair:\n"
    "    title: The fair\n"
    "    answer: [Come in.]\n"
    "    followups: []\n"
    "    examples: [when is the summer fair]\n"
    "    near: []\n";

static const char shop_zh[] = "items:\n"
                              "  twofa_bind:\n"
                              "    title: 绑定\n"
                              "    answer: [装应用。]\n"
                              "    followups: []\n"
                              "    examples: [怎么绑定]\n"
                              "    near: []\n";

static const char phrases_en[] =
    "faq: { topics: Topics?, glad: Glad., "
    "ended: \"Over, {date}\", not_yet: \"Not before {date}\", "
    "which: Which?, perhaps: Perhaps., again: \"Again {case}.\", "
    "no_help_words: no help|useless, joins: \" also\", links: \" and \", ends: \" pls \", "
    "asks: how }\n"
    "close: { no: Not yet }\n"
    "media: { ask: What is it about? }\n"
    "button: { human: Person, solved: Solved }\n";

/* One turn at a time; `before` is changed between turns. */
struct world {
    struct arena arena;
    struct settings *settings;
    struct phrases *phrases;
    void *self;
    struct conversation before;
    struct effects effects;
    struct event event;
    struct buf log;
};

static struct yaml *parse(const char *name, const char *text)
{
    struct buf why = BUF_INIT(1000);
    struct yaml *root = yaml_parse(name, text, strlen(text), &why);
    if (!root)
        fail_msg("%s", why.data);
    buf_release(&why);
    return root;
}

static int load(struct world *w, const char *words, void **self, struct buf *why)
{
    struct yaml *trees[] = {parse("en/shop.yaml", words), parse("items.yaml", items),
                            parse("teams.yaml", teams), parse("zh/shop.yaml", shop_zh)};
    struct file_tree files[] = {{"en/shop.yaml", trees[0]},
                                {"items.yaml", trees[1]},
                                {"teams.yaml", trees[2]},
                                {"zh/shop.yaml", trees[3]}};
    struct handler_files all = {files, ARRAY_LEN(files), "kb"};
    int status = faq_handler.load(&all, w->settings, w->phrases, self, why);
    for (size_t i = 0; i < ARRAY_LEN(trees); i++)
        yaml_tree_free(trees[i]);
    return status;
}

static int set_up(void **state)
{
    struct world *w = xcalloc(1, sizeof(*w));
    w->log = (struct buf)BUF_INIT(10000);
    w->settings = settings_new();
    settings_add(w->settings, "core", core_settings);
    settings_add(w->settings, "faq", faq_handler.settings);
    w->phrases = phrases_new(w->settings);
    struct yaml *root = parse("en/phrases.yaml", phrases_en);
    assert_int_equal(phrases_add(w->phrases, "en", root, NULL), 0);
    yaml_tree_free(root);
    assert_int_equal(load(w, shop, &w->self, NULL), 0);
    conversation_init(&w->before, "console:1:1");
    w->before.lang = "en";
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;
    faq_handler.unload(w->self);
    phrases_free(w->phrases);
    settings_free(w->settings);
    arena_release(&w->arena);
    buf_release(&w->log);
    free(w);
    return 0;
}

/* What the handler did, a line each, with the buttons' data; its verdict is the first word. */
static const char *turn(struct world *w)
{
    static const struct facts nobody;
    struct conversation *subject = arena_alloc(&w->arena, sizeof(*subject));
    struct event *event = arena_alloc(&w->arena, sizeof(*event));
    *event = w->event;
    conversation_copy(&w->arena, subject, &w->before);
    w->effects =
        (struct effects){.arena = &w->arena, .subject = subject, .event = event, .next_case = 64};
    struct turn t = {.event = event,
                     .subject = subject,
                     .facts = &nobody,
                     .phrases = w->phrases,
                     .settings = w->settings,
                     .arena = &w->arena};
    enum verdict verdict = faq_handler.handle(w->self, &t, &w->effects);
    buf_clear(&w->log);
    buf_str(&w->log, verdict == HANDLER_DONE ? "DONE\n" : "PASS\n");
    effects_print(&w->effects, &w->log);
    return w->log.data;
}

static const char *write_to(struct world *w, const char *text)
{
    w->event = (struct event){.type = EVENT_MESSAGE, .content = {.text = text}};
    return turn(w);
}

static const char *press(struct world *w, const char *data)
{
    w->event = (struct event){.type = EVENT_BUTTON, .content = CONTENT_INIT, .data = data};
    return turn(w);
}

/* The first words to the customer. */
static const struct content *said_by(const struct world *w)
{
    for (size_t i = 0; i < w->effects.n; i++)
        if (w->effects.items[i]->type == EFFECT_SAY)
            return &w->effects.items[i]->content;
    fail_msg("nothing is said: %s", w->log.data);
    return NULL;
}

static void test_answers(void **state)
{
    struct world *w = *state;
    assert_string_equal(write_to(w, "How can one set up codes?"), /* few examples: only very words
                                                                are certain */
                        "DONE\n"
                        "say customer bot: Which? [Set up codes] [Swap coins] [Person]\n"
                        "set misses=1\n"
                        "count faq.which 1\n");
    assert_string_equal(said_by(w)->buttons[1].data, "topic:swap");
    w->before.misses = 1; /* asked once; then a person */
    assert_string_equal(write_to(w, "How can one set up codes?"), "PASS\ncount faq.unsure 1\n");
    assert_string_equal(
        write_to(w, "How to set up codes?"),
        "DONE\n"
        "set faq.next=swap\n"
        "set faq.last=twofa_bind\n"
        "set misses=0\n"
        "count faq.twofa_bind 1\n"
        "set faq.at=0\n"
        "set questions=twofa_bind:0\n"
        "say customer bot: Install the app.\n\n• Scan the picture. [Solved] [Not yet] [Person]\n"
        "count faq.answered 1\n");
    const struct content *said = said_by(w);
    assert_string_equal(said->buttons[0].data, "solved:yes");
    assert_string_equal(said->buttons[1].data, "solved:no");
    assert_string_equal(said->buttons[2].data, "human");
    assert_int_equal(said->n_files, 0);
}

static void test_fills_settings(void **state)
{
    struct world *w = *state;
    assert_int_equal(settings_set(w->settings, "BRAND_NAME", "Shop", NULL), 0);
    write_to(w, "how to set up codes"); /* the link is still unset: the whole entry is out */
    assert_null(strstr(w->log.data, "Shop"));
    assert_int_equal(settings_set(w->settings, "BRAND_VERIFY_URL", "https://s.example", NULL), 0);
    write_to(w, "how to set up codes");
    const struct content *said = said_by(w);
    assert_string_equal(said->text, "Install the app.\n\n• Only from Shop.\n• Scan the picture.");
    assert_int_equal(said->n_buttons, 4);
    assert_string_equal(said->buttons[0].label, "Check");
    assert_string_equal(said->buttons[0].url, "https://s.example");
    assert_null(said->buttons[0].data);
}

static void test_language(void **state)
{
    struct world *w = *state;
    w->before.lang = "zh";
    write_to(w, "how to set up codes"); /* asked in English by one whose language is Chinese */
    assert_string_equal(said_by(w)->text, "装应用。");
    w->before.lang = "vi"; /* has no words: English */
    write_to(w, "怎么绑定");
    assert_non_null(strstr(w->log.data, "Install the app."));
}

static void test_always_human(void **state)
{
    struct world *w = *state;
    const char *log = write_to(w, "my house is on fire");
    assert_true(starts_with(log, "PASS\n"));
    assert_non_null(strstr(log, "say customer bot: Leave the house.\n\n• Close the doors.\n"));
    assert_null(strstr(log, "faq.answered"));
    assert_true(w->effects.opens_case);
    assert_string_equal(w->effects.subject->reason, "always_human");
    assert_string_equal(w->effects.subject->topic, "kyc_howto");
    assert_string_equal(w->effects.subject->team, "guards");
    assert_int_equal(w->effects.subject->priority, 1);
    assert_string_equal(conversation_var(w->effects.subject, "case.notify"), "mia, lena");

    /* Waiting for something less urgent: the answer, and the case gains urgency. */
    w->before.state = STATE_WAITING;
    w->before.priority = 3;
    log = write_to(w, "my house is on fire");
    assert_true(starts_with(log, "PASS\n"));
    assert_non_null(strstr(log, "Leave the house."));
    assert_int_equal(w->effects.subject->priority, 1);
    assert_false(w->effects.opens_case);

    /* Said already: no second lecture. */
    conversation_set(&w->before, &w->arena, "faq.last", "kyc_howto");
    assert_null(strstr(write_to(w, "my house is on fire"), "say "));
}

static void test_needs(void **state)
{
    struct world *w = *state;
    const char *log = write_to(w, "swap my coins");
    assert_true(starts_with(log, "PASS\n"));
    assert_null(strstr(log, "Press swap"));
    assert_true(w->effects.opens_case);
    assert_string_equal(w->effects.subject->topic, "swap");
    assert_int_equal(settings_set(w->settings, "BRAND_CONVERT_URL", "https://s.example", NULL), 0);
    assert_true(starts_with(write_to(w, "swap my coins"), "DONE\n"));
    assert_non_null(strstr(w->log.data, "Press swap"));
}

static void test_an_answer_that_did_not_help(void **state)
{
    struct world *w = *state;
    conversation_set(&w->before, &w->arena, "faq.last", "twofa_bind");
    conversation_set(&w->before, &w->arena, "faq.next", "swap");
    assert_int_equal(settings_set(w->settings, "BRAND_CONVERT_URL", "https://s.example", NULL), 0);
    const char *log = press(w, "solved:no"); /* the next best, once */
    assert_true(starts_with(log, "DONE\nshow \nset faq.next=\nsay customer bot: Perhaps.\n"));
    assert_non_null(strstr(log, "say customer bot: Press swap."));
    assert_true(starts_with(write_to(w, "No help!"), "DONE\nset faq.next=\n"));

    conversation_set(&w->before, &w->arena, "faq.next", "");
    log = press(w, "solved:no"); /* then a person */
    assert_true(starts_with(log, "PASS\nshow \n"));
    assert_true(w->effects.opens_case);
    assert_string_equal(w->effects.subject->reason, "not_helped");
    assert_string_equal(w->effects.subject->topic, "twofa_bind");
    assert_string_equal(w->effects.subject->team, "till");
    conversation_set(&w->before, &w->arena, "faq.next", "kyc_howto"); /* a person at once */
    press(w, "solved:no");
    assert_string_equal(w->effects.subject->topic, "twofa_bind");
    w->before.state = STATE_WAITING;
    assert_string_equal(press(w, "solved:no"), "PASS\n");
}

static void test_the_same_again_while_it_waits(void **state)
{
    struct world *w = *state;
    w->before.state = STATE_WAITING;
    w->before.case_no = 64;
    conversation_set(&w->before, &w->arena, "faq.last", "twofa_bind");
    conversation_set(&w->before, &w->arena, "faq.at", "1000");
    w->event = (struct event){
        .type = EVENT_MESSAGE, .now_ms = 1000 + 59999, .content = {.text = "how to set up codes"}};
    assert_null(strstr(turn(w), "say "));
    w->event.now_ms++;
    const char *log = turn(w);
    assert_true(starts_with(log, "PASS\n"));
    assert_non_null(strstr(log, "say customer bot: Again 64.\n"));
    assert_non_null(strstr(log, "say customer bot: Install the app."));
}

static void test_several_questions(void **state)
{
    struct world *w = *state;
    const char *log = write_to(w, "how to set up codes. also how is the weather in the hills");
    assert_true(starts_with(log, "PASS\n")); /* the rest is a case: handoff */
    assert_non_null(strstr(log, "say customer bot: Install the app."));
    log = write_to(w, "how to set up codes\nhow to set up codes");
    assert_null(strstr(log, "faq.several"));
    log = write_to(w, "how to set up codes; my house is on fire");
    assert_non_null(strstr(log, "say customer bot: Install the app."));
    assert_non_null(strstr(log, "say customer bot: Leave the house."));
    assert_true(w->effects.opens_case);
    assert_string_equal(w->effects.subject->topic, "kyc_howto");
}

static void test_campaigns_have_their_days(void **state)
{
    struct world *w = *state;
    static const int64_t day_ms = 24 * 3600 * 1000;
    struct event asked = {.type = EVENT_BUTTON, .content = CONTENT_INIT, .data = "topic:fair"};
    w->event = asked;
    assert_string_equal(turn(w), "DONE\nset faq.last=fair\nset misses=0\ncount faq.fair 1\n"
                                 "say customer bot: Not before 1970-01-02 [Person]\nshow \n");
    w->event.now_ms = day_ms;
    assert_non_null(strstr(turn(w), "Come in."));
    w->event.now_ms = 3 * day_ms - 1;
    assert_non_null(strstr(turn(w), "Come in."));
    w->event.now_ms = 3 * day_ms;
    assert_non_null(strstr(turn(w), "Over, 1970-01-03 [Person]"));
    assert_int_equal(settings_set(w->settings, "TIMEZONE", "America/New_York", NULL), 0);
    assert_non_null(strstr(turn(w), "Come in."));
}

static void test_asks_for_a_person(void **state)
{
    struct world *w = *state;
    const char *log = write_to(w, "give me a person");
    assert_true(starts_with(log, "PASS\n"));
    assert_null(strstr(log, "say ")); /* handoff tells the place */
    assert_string_equal(w->effects.subject->reason, "asked");
    assert_string_equal(w->effects.subject->topic, "human_request");
}

static void test_waiting(void **state)
{
    struct world *w = *state;
    w->before.state = STATE_WAITING;
    const char *log = write_to(w, "how to set up codes");
    assert_true(starts_with(log, "PASS\n")); /* so that staff sees the words too */
    assert_non_null(strstr(log, "• Scan the picture. [Person]\n"));
    assert_int_equal(w->effects.subject->state, STATE_WAITING);
    assert_string_equal(write_to(w, "something else"), "PASS\n");
}

static void test_buttons(void **state)
{
    struct world *w = *state;
    const char *log = press(w, "topics");
    assert_string_equal(log, "DONE\nshow \n"
                             "say customer bot: Topics? [Set up codes] [House on fire] [Person]\n");
    const struct content *said = said_by(w);
    assert_string_equal(said->buttons[0].data, "topic:twofa_bind");
    assert_string_equal(said->buttons[2].data, "human");

    log = press(w, "topic:twofa_bind");
    assert_true(starts_with(log, "DONE\nset faq.last=twofa_bind\n") && ends_with(log, "show \n"));
    log = press(w, "topic:kyc_howto");
    assert_true(starts_with(log, "PASS\n") && ends_with(log, "show \n"));
    assert_true(w->effects.opens_case);
    assert_string_equal(press(w, "topic:gone"), "PASS\n");
    assert_string_equal(press(w, "topic:"), "PASS\n");
    assert_string_equal(press(w, "human"), "PASS\n");
    assert_string_equal(press(w, "solved:yes"),
                        "DONE\nshow \nsay customer bot: Glad.\ncount faq.solved 1\n");
    w->before.state = STATE_WAITING;
    log = press(w, "topic:twofa_bind"); /* the case hears of it, too */
    assert_true(starts_with(log, "PASS\n") && ends_with(log, "show \n"));
}

static void test_files(void **state)
{
    struct world *w = *state;
    struct file photo = {.kind = FILE_PHOTO, .id = "x"};
    w->event = (struct event){.type = EVENT_MESSAGE, .content = {.text = ""}};
    w->event.content.files = &photo;
    w->event.content.n_files = 1;
    assert_string_equal(turn(w), "DONE\nsay customer bot: What is it about? [Set up codes]"
                                 " [House on fire] [Person]\nset misses=1\n");
    w->before.misses = 1;
    assert_string_equal(turn(w), "PASS\n");
    w->before.misses = 0;
    w->before.state = STATE_WAITING;
    assert_string_equal(turn(w), "PASS\n");
    w->before.state = STATE_BOT;
    w->event.content.text = "how to set up codes"; /* a file with words */
    assert_true(starts_with(turn(w), "DONE\n"));
    w->event.content.kind = CONTENT_EDIT;
    assert_string_equal(turn(w), "PASS\n");
}

static void test_not_for_us(void **state)
{
    struct world *w = *state;
    w->event = (struct event){.type = EVENT_MESSAGE, .content = {.text = "how to set up codes"}};
    w->event.room = "room:console:1:2";
    assert_string_equal(turn(w), "PASS\n");
    w->event = (struct event){.type = EVENT_TIMER, .content = CONTENT_INIT, .data = "topics"};
    assert_string_equal(turn(w), "PASS\n");
}

static void test_reload_refuses(void **state)
{
    struct world *w = *state;
    struct buf why = BUF_INIT(1000);
    void *self = NULL;
    assert_int_equal(load(w, "items: { nobody: {} }\n", &self, &why), -1);
    assert_null(self);
    assert_non_null(strstr(why.data, "kb/en/shop.yaml:1: nobody is not in items.yaml"));
    buf_release(&why);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
#define TURN(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
        TURN(test_answers),
        TURN(test_fills_settings),
        TURN(test_language),
        TURN(test_always_human),
        TURN(test_needs),
        TURN(test_asks_for_a_person),
        TURN(test_campaigns_have_their_days),
        TURN(test_an_answer_that_did_not_help),
        TURN(test_the_same_again_while_it_waits),
        TURN(test_several_questions),
        TURN(test_waiting),
        TURN(test_buttons),
        TURN(test_files),
        TURN(test_not_for_us),
        TURN(test_reload_refuses),
#undef TURN
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
