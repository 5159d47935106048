#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "bot/flow/pipeline.h"

#define ANN  "telegram:77:1001"
#define ROOM "room:telegram:77:-100200"
#define NOW  INT64_C(1790000000000)

/* Three handlers that write down when they are asked: "a", "b", "c" in `asked`; 'A' is a screen,
 * '+' a load and '-' an unload. The first of them does what `first_does` says. */
static char asked[64];
static void (*first_does)(const struct turn *t, struct effects *e);
static enum verdict first_says, second_says;
static int loads_until_fault;
static const struct agent *speaker;

static void write_down(char c)
{
    size_t len = strlen(asked);
    assert_true(len + 1 < sizeof(asked));
    asked[len] = c;
    asked[len + 1] = '\0';
}

static enum verdict handle_a(const void *self, const struct turn *t, struct effects *e)
{
    (void)self;
    write_down('a');
    speaker = t->agent;
    if (first_does)
        first_does(t, e);
    return first_says;
}

static enum verdict handle_b(const void *self, const struct turn *t, struct effects *e)
{
    (void)t;
    (void)e;
    if (self)
        assert_string_equal(self, "known");
    write_down('b');
    return second_says;
}

static enum verdict handle_c(const void *self, const struct turn *t, struct effects *e)
{
    (void)self;
    (void)t;
    (void)e;
    write_down('c');
    return HANDLER_PASS;
}

static void screen_a(const void *self, const struct conversation *subject, struct arena *a,
                     struct event *event)
{
    (void)self;
    assert_string_equal(subject->id, ANN);
    write_down('A');
    event->content.text = arena_printf(a, "%s screened", event->content.text);
}

static void screen_c(const void *self, const struct conversation *subject, struct arena *a,
                     struct event *event)
{
    (void)self;
    (void)subject;
    (void)a;
    write_down('C');
    assert_string_equal(event->content.text, "hello screened");
}

static int load_b(const struct handler_files *files, const struct settings *settings,
                  const struct phrases *phrases, void **self, struct buf *why)
{
    (void)settings;
    assert_non_null(files->items);
    assert_true(phrases_has_language(phrases, "en"));
    *self = xstrdup("known");
    write_down('+');
    (void)why;
    return 0;
}

static int load_c(const struct handler_files *files, const struct settings *settings,
                  const struct phrases *phrases, void **self, struct buf *why)
{
    (void)files;
    (void)settings;
    (void)phrases;
    (void)self;
    return loads_until_fault-- == 0 ? buf_fail(why, "c: the file is wrong") : 0;
}

static void unload_b(void *self)
{
    write_down('-');
    free(self);
}

static const struct handler a = {.name = "a",
                                 .help = "",
                                 .states = IN_ANY_STATE,
                                 .in_rooms = true,
                                 .screen = screen_a,
                                 .handle = handle_a};
static const struct handler b = {.name = "b",
                                 .help = "",
                                 .states = IN_STATE(STATE_BOT),
                                 .load = load_b,
                                 .unload = unload_b,
                                 .handle = handle_b};
static const struct handler c = {.name = "c",
                                 .help = "",
                                 .in_rooms = true,
                                 .states = IN_STATE(STATE_WAITING) | IN_STATE(STATE_BOT),
                                 .load = load_c,
                                 .screen = screen_c,
                                 .handle = handle_c};
static const struct handler *const handlers[] = {&a, &b, &c, NULL};

struct scene {
    struct arena arena;
    struct settings *settings;
    struct pipeline p;
    struct conversation before;
    struct event event;
    struct agent agent;
    struct facts facts;
    struct effects e;
};

static int load(struct scene *s, const char *name, const char *yaml, struct buf *why)
{
    struct yaml *root = yaml_parse(name, yaml, strlen(yaml), why);
    struct file_tree file = {name, root};
    struct handler_files files = {&file, 1, "knowledge"};
    int failed = pipeline_load(&s->p, &files, why);
    yaml_tree_free(root);
    return failed;
}

static int set_up(void **state)
{
    struct scene *s = xcalloc(1, sizeof(*s));
    first_does = NULL;
    first_says = second_says = HANDLER_PASS;
    loads_until_fault = -1;
    s->settings = settings_new();
    pipeline_init(&s->p, handlers, s->settings);
    assert_int_equal(load(s, "en/phrases.yaml", "hello: hi", NULL), 0);
    asked[0] = '\0';
    conversation_init(&s->before, ANN);
    s->agent = (struct agent){.name = "mia", .ids = "telegram:5", .role = ROLE_AGENT};
    s->facts = (struct facts){.agents = &s->agent, .n_agents = 1};
    s->event = (struct event){.type = EVENT_MESSAGE,
                              .now_ms = NOW,
                              .name = "Ann",
                              .username = "ann",
                              .from = {"telegram", "77", "1001", "", "1001"},
                              .data = "",
                              .content = {.text = "hello"}};
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    struct scene *s = *state;
    pipeline_release(&s->p);
    settings_free(s->settings);
    arena_release(&s->arena);
    free(s);
    return 0;
}

static void run(struct scene *s)
{
    s->e = (struct effects){.arena = &s->arena, .next_case = 65};
    pipeline_run(&s->p, &s->before, &s->event, &s->facts, &s->e);
}

static void assert_asked(const char *wanted)
{
    assert_string_equal(asked, wanted);
    asked[0] = '\0';
}

/* --- who is asked --- */

static void test_in_order_until_done(void **state)
{
    struct scene *s = *state;
    run(s);
    assert_asked("abc");
    second_says = HANDLER_DONE;
    run(s);
    assert_asked("ab");
    first_says = HANDLER_DONE;
    run(s);
    assert_asked("a");
}

static void test_by_state(void **state)
{
    struct scene *s = *state;
    s->before.state = STATE_WAITING;
    run(s);
    assert_asked("ac");
    s->before.state = STATE_CLAIMED;
    run(s);
    assert_asked("a");
    s->before.state = STATE_PENDING;
    run(s);
    assert_asked("a");
}

static void open_case(const struct turn *t, struct effects *e)
{
    effect_enqueue(e, &(struct case_opening){.reason = "asked", .priority = 2});
    assert_int_equal(t->subject->state, STATE_WAITING); /* seen at once */
}

static void test_the_state_after_the_effects_so_far(void **state)
{
    struct scene *s = *state;
    first_does = open_case;
    run(s);
    assert_asked("ac");
    assert_true(s->e.opens_case && s->e.subject->case_no == 65);
    assert_int_equal(s->before.state, STATE_BOT); /* what was loaded is not touched */
}

static void test_rooms(void **state)
{
    struct scene *s = *state;
    conversation_init(&s->before, ROOM);
    s->event.room = ROOM;
    run(s);
    assert_asked("ac");
    assert_true(s->e.line == 0 && s->e.n == 0);
}

static void test_effects_of_those_who_pass_are_kept(void **state)
{
    struct scene *s = *state;
    size_t n;
    run(s);
    n = s->e.n;
    first_does = open_case;
    run(s);
    assert_true(s->e.n > n);
}

/* --- screens --- */

static void test_screens_come_before_all(void **state)
{
    struct scene *s = *state;
    pipeline_screen(&s->p, &s->arena, &s->before, &s->event);
    assert_asked("AC");
    assert_string_equal(s->event.content.text, "hello screened");
}

/* --- who speaks --- */

static void test_the_agent(void **state)
{
    struct scene *s = *state;
    s->event.from.user = "5";
    run(s);
    assert_null(speaker); /* in his own private chat an agent is a customer */
    s->event.room = ROOM;
    run(s);
    assert_ptr_equal(speaker, &s->agent);
    s->event.is_anonymous = true;
    run(s);
    assert_null(speaker);
    s->event.is_anonymous = false;
    s->event.from.user = "6";
    run(s);
    assert_null(speaker);
    s->event.from = (struct address){"cli", "cli", "cli", "", "mia"};
    run(s);
    assert_ptr_equal(speaker, &s->agent);
}

/* --- what is remembered of the customer --- */

static int64_t counted(const struct scene *s, const char *name)
{
    int64_t n = 0;
    for (size_t i = 0; i < s->e.n; i++)
        if (s->e.items[i]->type == EFFECT_COUNT && str_eq(s->e.items[i]->name, name))
            n += s->e.items[i]->number;
    return n;
}

static void test_the_customer_is_noted(void **state)
{
    struct scene *s = *state;
    s->before.lines = 7;
    s->before.blocked = 1;
    s->before.username = "old";
    run(s);
    assert_true(s->e.subject->last_in == NOW && s->e.subject->blocked == 0);
    assert_string_equal(s->e.subject->name, "Ann");
    assert_string_equal(s->e.subject->username, "ann");
    assert_true(s->e.line == 8 && s->e.subject->lines == 8);
    assert_true(counted(s, "in") == 1);

    s->event.name = s->event.username = "";
    s->before.name = "Ann";
    run(s);
    assert_string_equal(s->e.subject->name, "Ann");  /* no name is no news … */
    assert_string_equal(s->e.subject->username, ""); /* … but a username may be given up */
}

static void test_only_the_customer_is_noted(void **state)
{
    struct scene *s = *state;
    s->event.room = ROOM;
    run(s);
    assert_true(s->e.line == 1 && s->e.subject->last_in == 0);
    assert_string_equal(s->e.subject->name, "");
    s->event.room = NULL;
    s->event.type = EVENT_BUTTON;
    run(s);
    assert_true(s->e.line == 0 && s->e.n == 0 && s->e.subject->last_in == 0);
}

/* --- timers --- */

static void test_timers_that_are_stale(void **state)
{
    struct scene *s = *state;
    s->event = (struct event){.type = EVENT_TIMER,
                              .now_ms = NOW,
                              .data = "t",
                              .due_ms = NOW - 5,
                              .content = CONTENT_INIT};
    run(s); /* disarmed, or forgotten with all its record: it comes again until it is disarmed */
    assert_asked("");
    assert_int_equal(s->e.n, 2);
    assert_int_equal(s->e.items[1]->type, EFFECT_TIMER);
    assert_true(s->e.items[1]->number == 0);
    assert_string_equal(conversation_var(s->e.subject, "timer.t"), "");
    conversation_set(&s->before, &s->arena, "timer.t", "1790000000001");
    run(s); /* moved */
    assert_asked("");
    assert_int_equal(s->e.n, 0);
    conversation_set(&s->before, &s->arena, "timer.other", "1789999999995");
    run(s);
    assert_int_equal(s->e.n, 0);
}

static void test_a_timer_that_fires_is_disarmed_first(void **state)
{
    struct scene *s = *state;
    conversation_set(&s->before, &s->arena, "timer.t", "1789999999995");
    s->event = (struct event){.type = EVENT_TIMER,
                              .now_ms = NOW,
                              .data = "t",
                              .due_ms = NOW - 5,
                              .content = CONTENT_INIT};
    run(s);
    assert_asked("abc");
    assert_int_equal(s->e.n, 1);
    assert_int_equal(s->e.items[0]->type, EFFECT_TIMER);
    assert_true(s->e.items[0]->number == 0);
    assert_string_equal(conversation_var(s->e.subject, "timer.t"), "");
    assert_true(s->e.line == 0);
}

/* --- loading --- */

static void test_a_reload_swaps_all_or_nothing(void **state)
{
    struct scene *s = *state;
    struct buf why = BUF_INIT(500);
    const struct phrases *phrases = s->p.phrases;
    loads_until_fault = 0;
    assert_int_equal(load(s, "en/phrases.yaml", "hello: hullo", &why), -1);
    assert_string_equal(why.data, "c: the file is wrong");
    assert_asked("+-"); /* what was built is taken down, what works is kept */
    assert_ptr_equal(s->p.phrases, phrases);
    loads_until_fault = -1;
    assert_int_equal(load(s, "en/phrases.yaml", "hello: hullo", &why), 0);
    assert_asked("+-");
    assert_string_equal(phrase(s->p.phrases, &s->arena, "en", "hello", NULL, 0), "hullo");
    assert_int_equal(load(s, "en/phrases.yaml", "hello: [1, 2]", &why), -1);
    static const struct phrase_group says[] = {{"greet", "hello bye"}, {NULL, NULL}};
    s->p.says = says;
    buf_clear(&why);
    assert_int_equal(load(s, "en/phrases.yaml", "greet: {hello: hi}", &why), -1);
    assert_string_equal(why.data, "knowledge/en/phrases.yaml: greet.bye is missing");
    assert_int_equal(load(s, "en/phrases.yaml", "greet: {hello: hi, bye: ''}", &why), -1);
    s->p.says = NULL;
    struct scene other = {0}; /* built beside it, as in another thread */
    pipeline_init(&other.p, handlers, s->settings);
    asked[0] = '\0';
    assert_int_equal(load(&other, "en/phrases.yaml", "hello: hey", &why), 0);
    assert_asked("+");
    pipeline_swap(&s->p, &other.p);
    assert_string_equal(phrase(s->p.phrases, &s->arena, "en", "hello", NULL, 0), "hey");
    pipeline_swap(&s->p, &other.p);
    pipeline_release(&other.p);
    assert_asked("-");
    assert_int_equal(load(s, "zh/phrases.yaml", "hello: x", &why), -1);
    assert_string_equal(why.data, "knowledge/en/phrases.yaml is missing: set KNOWLEDGE_DIR to a "
                                  "folder that has it");
    assert_int_equal(load(s, "en/phrases.yaml.bak", "hello: x", &why), -1);
    assert_string_equal(phrase(s->p.phrases, &s->arena, "en", "hello", NULL, 0), "hullo");
    buf_release(&why);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_in_order_until_done),
        TEST(test_by_state),
        TEST(test_the_state_after_the_effects_so_far),
        TEST(test_rooms),
        TEST(test_effects_of_those_who_pass_are_kept),
        TEST(test_screens_come_before_all),
        TEST(test_the_agent),
        TEST(test_the_customer_is_noted),
        TEST(test_only_the_customer_is_noted),
        TEST(test_timers_that_are_stale),
        TEST(test_a_timer_that_fires_is_disarmed_first),
        TEST(test_a_reload_swaps_all_or_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
