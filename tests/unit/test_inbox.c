#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "bot/base/log.h"
#include "bot/flow/inbox.h"
#include "tests/unit/slow_store.h"

#include <inttypes.h>

#define ANN  "telegram:77:1001"
#define BOB  "telegram:77:1002"
#define ROOM "room:telegram:77:-100200"
#define NOW  INT64_C(1790000000000)

/* --- a handler that writes down what it hears, so that order and repeats show in the record --- */

static int n_screened;

static void screen(const void *self, const struct conversation *subject, struct arena *a,
                   struct event *event)
{
    (void)self;
    (void)subject;
    if (event->type == EVENT_MESSAGE)
        event->content.text = arena_printf(a, "%s", event->content.text);
    n_screened++;
}

static void note(const struct turn *t, struct effects *e, const char *what)
{
    const char *log = conversation_var(t->subject, "log");
    effect_var(e, "log", arena_printf(t->arena, "%s%s%s", log, *log ? " " : "", what));
}

/* "tell WHOM WHAT", "show WHAT", "open", "arm MS", "about" (which line?), "nothing", or any word. */
static void obey(const struct turn *t, struct effects *e, const char *text)
{
    if (starts_with(text, "tell ")) {
        size_t len = strcspn(text + 5, " ");
        effect_tell(e, arena_strndup(t->arena, text + 5, len), text + 5 + len + 1);
    } else if (starts_with(text, "show ")) {
        effect_show(e, text + 5);
    } else if (str_eq(text, "open")) {
        effect_enqueue(e, &(struct case_opening){.reason = "asked", .priority = 2});
    } else if (starts_with(text, "arm ")) {
        int64_t ms = 0;
        assert_int_equal(parse_i64(text + 4, &ms), 0);
        effect_timer(e, "t", t->event->now_ms + ms);
    } else if (str_eq(text, "about")) {
        note(t, e, arena_printf(t->arena, "%" PRId64, t->event->content.about_line));
    } else if (starts_with(text, "say ")) {
        effect_say(e, LANE_CUSTOMER, &(struct content){.text = text + 4});
    } else if (!str_eq(text, "nothing")) {
        note(t, e, text);
    }
}

static enum verdict handle(const void *self, const struct turn *t, struct effects *e)
{
    (void)self;
    if (t->event->type == EVENT_TIMER)
        note(t, e, "tick");
    else if (t->event->type == EVENT_TOLD)
        obey(t, e, t->event->data);
    else if (t->event->type == EVENT_MESSAGE)
        obey(t, e, t->event->content.text);
    return HANDLER_DONE;
}

static const struct handler scribe = {.name = "scribe", .help = "", .states = IN_ANY_STATE,
                                      .in_rooms = true, .screen = screen, .handle = handle};
static const struct handler *const handlers[] = {&scribe, NULL};

/* --- a process --- */

struct world {
    struct arena arena;
    struct slow *slow;
    struct store *store;
    struct settings *settings;
    struct pipeline pipeline;
    struct room room;
    struct facts facts;
    struct inbox *in;
    struct buf done, shown; /* in the order they came */
    int n_done, n_events, n_committed, n_out;
    void (*when_done)(struct world *w);
};

static const struct facts *facts_of(void *arg)
{
    return &((struct world *)arg)->facts;
}

static void on_committed(void *arg, unsigned partition, const struct commit *c, const int64_t *ids,
                         size_t n)
{
    struct world *w = arg;
    assert_int_equal(partition, conversation_partition(c->subject));
    w->n_committed++;
    w->n_out += (int)n;
    for (size_t i = 0; i < n; i++)
        assert_true(ids[i] > 0 && c->out[i].json);
}

static void on_show(void *arg, const struct event *event, const struct effect *shown)
{
    struct world *w = arg;
    (void)event;
    buf_printf(&w->shown, "%s%s", w->shown.len ? " " : "", shown->content.text);
}

static struct inbox *open_inbox(struct world *w)
{
    struct inbox_ports ports = {.store = w->store, .pipeline = &w->pipeline, .facts = facts_of,
                                .committed = on_committed, .show = on_show, .arg = w};
    return inbox_new(&ports);
}

static int set_up(void **state)
{
    static const char english[] = "hello: hi";
    struct world *w = xcalloc(1, sizeof(*w));
    struct buf why = BUF_INIT(200);
    struct yaml *root = yaml_parse("en/phrases.yaml", english, strlen(english), &why);
    struct file_tree file = {"en/phrases.yaml", root};
    struct handler_files files = {&file, 1, "test"};
    clock_set_ms(NOW);
    n_screened = 0;
    w->slow = slow_store_new();
    w->store = &w->slow->store;
    w->settings = settings_new();
    buf_init(&w->done, 1 << 20);
    buf_init(&w->shown, 10000);
    pipeline_init(&w->pipeline, handlers, w->settings);
    assert_int_equal(pipeline_load(&w->pipeline, &files, &why), 0);
    yaml_tree_free(root);
    buf_release(&why);
    w->room = (struct room){.id = ROOM, .address = {"telegram", "77", "-100200", "", ""}};
    w->facts = (struct facts){.rooms = &w->room, .n_rooms = 1, .staff_code = ""};
    w->in = open_inbox(w);
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;
    w->store->ops->free(w->store);
    inbox_free(w->in);
    pipeline_release(&w->pipeline);
    settings_free(w->settings);
    buf_release(&w->done);
    buf_release(&w->shown);
    arena_release(&w->arena);
    clock_set_ms(0);
    free(w);
    return 0;
}

/* --- events --- */

struct ticket {
    struct world *w;
    const char *name;
    bool is_done;
};

static void on_done(void *arg)
{
    struct ticket *t = arg;
    assert_false(t->is_done); /* exactly once */
    t->is_done = true;
    t->w->n_done++;
    buf_printf(&t->w->done, "%s%s", t->w->done.len ? " " : "", t->name);
    if (t->w->when_done)
        t->w->when_done(t->w);
}

static void deliver(struct world *w, struct inbox *in, struct event event)
{
    struct ticket *t = arena_alloc(&w->arena, sizeof(*t));
    *t = (struct ticket){w, event.content.text ? event.content.text : "", false};
    if (!event.id.member)
        event.id = (struct event_id){"test", arena_printf(&w->arena, "%d", ++w->n_events)};
    event.now_ms = clock_ms();
    event.data = event.data ? event.data : "";
    inbox_deliver(in, &event, on_done, t);
}

static struct event message(const char *conversation, const char *text)
{
    const char *chat = strrchr(conversation, ':') + 1;
    return (struct event){.type = EVENT_MESSAGE, .from = {"telegram", "77", chat, "", chat},
                          .is_private = true, .name = "", .username = "", .content = {.text = text}};
}

static void hear(struct world *w, const char *conversation, const char *text)
{
    deliver(w, w->in, message(conversation, text));
}

static struct event in_topic(const char *thread, const char *text)
{
    return (struct event){.type = EVENT_MESSAGE, .name = "", .username = "",
                          .from = {"telegram", "77", "-100200", thread, "5"},
                          .content = {.text = text}};
}

/* --- what the store has --- */

struct reading {
    struct arena *arena;
    struct conversation *record;
};

static void on_record(void *arg, const struct loaded *l)
{
    struct reading *r = arg;
    for (size_t i = 0; i < l->n_pairs; i++)
        conversation_set(r->record, r->arena, arena_strdup(r->arena, l->pairs[i].name),
                         arena_strdup(r->arena, l->pairs[i].value));
}

static struct conversation record(struct world *w, const char *id)
{
    struct conversation c;
    struct reading r = {&w->arena, &c};
    conversation_init(&c, id);
    w->slow->memory->ops->load(w->slow->memory, id, NULL, 0, on_record, &r);
    return c;
}

static void assert_log(struct world *w, const char *id, const char *wanted)
{
    struct conversation c = record(w, id);
    assert_string_equal(conversation_var(&c, "log"), wanted);
}

static void on_ok(void *arg, const struct committed *c)
{
    (void)arg;
    assert_int_equal(c->status, STORE_OK);
}

/* What another process does to a record. */
static void another_sets(struct world *w, const char *id, const char *name, const char *value)
{
    struct conversation c = record(w, id);
    struct pair pair = {name, value};
    struct commit_timer timer = {"t", 0};
    struct commit commit = {
        .subject = id,
        .version = c.version,
        .event = {"another", arena_printf(&w->arena, "%d", ++w->n_events)},
        .now_ms = clock_ms(),
        .set = &pair,
        .n_set = 1,
    };
    if (str_eq(name, "timer.t") && parse_i64(value, &timer.due_ms) == 0) {
        commit.timers = &timer;
        commit.n_timers = 1;
    }
    w->slow->memory->ops->commit(w->slow->memory, &commit, on_ok, NULL);
}

static void on_tells(void *arg, const struct polled *polled)
{
    *(size_t *)arg = polled->n_tells;
}

static size_t tells_left(struct world *w, const char *id)
{
    size_t n = 99;
    w->slow->memory->ops->poll(w->slow->memory, conversation_partition(id), clock_ms(), NULL, 0,
                               on_tells, &n);
    return n;
}

/* --- order --- */

static void test_one_turn_at_a_time(void **state)
{
    struct world *w = *state;
    w->slow->is_slow = true;
    hear(w, ANN, "a");
    hear(w, ANN, "b");
    hear(w, ANN, "c");
    assert_int_equal(w->slow->calls[SLOW_LOAD], 1);
    slow_answer(w->slow);
    assert_int_equal(w->slow->calls[SLOW_COMMIT], 1);
    hear(w, BOB, "x"); /* others do not wait */
    assert_int_equal(w->slow->calls[SLOW_LOAD], 2);
    assert_int_equal(inbox_waiting(w->in), 4);
    slow_answer(w->slow);
    assert_string_equal(w->done.data, "a");
    slow_answer_all(w->slow);
    assert_int_equal(inbox_waiting(w->in), 0);
    assert_log(w, ANN, "a b c");
    assert_log(w, BOB, "x");
    assert_int_equal(w->slow->calls[SLOW_LOAD], 2); /* the record is kept in memory */
    assert_int_equal(w->n_committed, 4);
    assert_int_equal(n_screened, 4);
}

static void test_done_may_deliver_more(struct world *w)
{
    if (w->n_done < 5)
        hear(w, ANN, arena_printf(&w->arena, "%d", w->n_done));
}

static void test_more_from_inside_done(void **state)
{
    struct world *w = *state;
    w->when_done = test_done_may_deliver_more;
    hear(w, ANN, "first");
    assert_log(w, ANN, "first 1 2 3 4");
    assert_int_equal(inbox_waiting(w->in), 0);
    hear(w, ANN, "second");
    w->slow->is_slow = true;
    hear(w, ANN, "third");
    slow_answer_all(w->slow);
    assert_log(w, ANN, "first 1 2 3 4 second third");
}

/* --- others at work --- */

static void faster(void *arg, enum slow_op op)
{
    struct world *w = arg;
    if (op != SLOW_COMMIT)
        return;
    w->slow->before = NULL; /* once */
    another_sets(w, ANN, "log", "another");
}

static void test_whoever_is_slower_runs_again(void **state)
{
    struct world *w = *state;
    hear(w, ANN, "a");
    w->slow->before = faster;
    w->slow->before_arg = w;
    hear(w, ANN, "b");
    assert_log(w, ANN, "another b"); /* on what is there now */
    assert_string_equal(w->done.data, "a b");
    assert_int_equal(w->slow->calls[SLOW_COMMIT], 3);
    assert_int_equal(w->n_committed, 2);
    assert_int_equal(n_screened, 2); /* once each, however often it runs */
}

static void test_seen_is_done(void **state)
{
    struct world *w = *state;
    struct event e = message(ANN, "a");
    e.id = (struct event_id){"77:3815", "42"};
    deliver(w, w->in, e);
    deliver(w, w->in, e); /* the platform hands it in again */
    struct inbox *other = open_inbox(w);
    deliver(w, other, e); /* and another process gets it too */
    hear(w, ANN, "b");
    inbox_free(other);
    assert_log(w, ANN, "a b");
    assert_int_equal(w->n_done, 4);
    assert_int_equal(w->n_committed, 2);
}

static void test_two_processes_on_one_conversation(void **state)
{
    struct world *w = *state;
    struct inbox *other = open_inbox(w);
    for (int i = 0; i < 6; i++)
        deliver(w, i % 2 ? other : w->in, message(ANN, arena_printf(&w->arena, "%d", i)));
    inbox_free(other);
    assert_log(w, ANN, "0 1 2 3 4 5");
}

static void test_case_numbers_are_taken_once(void **state)
{
    struct world *w = *state;
    const char *neighbour = ANN;
    for (int i = 2000; str_eq(neighbour, ANN); i++) {
        const char *id = arena_printf(&w->arena, "telegram:77:%d", i);
        if (conversation_partition(id) == conversation_partition(ANN))
            neighbour = id;
    }
    hear(w, ANN, "hello"); /* both know the same next number */
    hear(w, neighbour, "hello");
    w->slow->is_slow = true;
    hear(w, ANN, "open");
    hear(w, neighbour, "open");
    slow_answer_all(w->slow);
    int64_t first = record(w, ANN).case_no, second = record(w, neighbour).case_no;
    assert_true(first > 0 && second == first + PARTITIONS);
    assert_int_equal(case_partition(first), conversation_partition(ANN));
    assert_int_equal(w->n_done, 4);
}

/* A command line's `zaide claim` moves timers behind the back of a daemon that has the record in
 * memory. */
static void test_what_is_remembered_may_be_old(void **state)
{
    struct world *w = *state;
    hear(w, ANN, "arm 5000");
    another_sets(w, ANN, "timer.t", arena_printf(&w->arena, "%" PRId64, NOW + 9000));
    clock_set_ms(NOW + 9000);
    struct event tick = {.type = EVENT_TIMER, .subject = ANN, .data = "t", .due_ms = NOW + 9000};
    deliver(w, w->in, tick);
    assert_log(w, ANN, "tick");
    struct conversation c = record(w, ANN);
    assert_string_equal(conversation_var(&c, "timer.t"), "");
}

/* --- turns without effects --- */

static void test_words_are_always_kept(void **state)
{
    struct world *w = *state;
    struct event note_of_staff = in_topic("9", "nothing");
    note_of_staff.subject = ANN;
    note_of_staff.room = ROOM;
    deliver(w, w->in, note_of_staff); /* no handler does anything: it is in the transcript */
    assert_int_equal(w->n_committed, 1);
    assert_true(record(w, ANN).lines == 1);
}

static void test_what_changes_nothing_is_not_committed(void **state)
{
    struct world *w = *state;
    struct event stale = {.type = EVENT_TIMER, .subject = ANN, .data = "t", .due_ms = NOW};
    deliver(w, w->in, stale);
    struct event member = {.type = EVENT_MEMBER, .subject = ANN};
    deliver(w, w->in, member);
    assert_int_equal(w->n_done, 2);
    assert_int_equal(w->slow->calls[SLOW_COMMIT], 0);
    hear(w, ANN, "arm 5");
    deliver(w, w->in, stale);
    assert_int_equal(w->n_done, 4);
    assert_int_equal(w->slow->calls[SLOW_COMMIT], 1);
}

static void test_what_is_shown_comes_after_the_commit(void **state)
{
    struct world *w = *state;
    w->slow->is_slow = true;
    hear(w, ANN, "show sent");
    slow_answer(w->slow);
    assert_string_equal(w->shown.data, "");
    slow_answer(w->slow);
    assert_string_equal(w->shown.data, "sent");
    w->slow->is_slow = false;
    w->slow->before = faster;
    w->slow->before_arg = w;
    hear(w, ANN, "show again"); /* not for the try that lost */
    assert_string_equal(w->shown.data, "sent again");
}

static void test_entries_are_handed_over(void **state)
{
    struct world *w = *state;
    hear(w, ANN, "say hello");
    assert_int_equal(w->n_out, 1);
}

/* --- whose is it --- */

static void ignore_status(void *arg, enum store_status status)
{
    (void)arg;
    assert_int_equal(status, STORE_OK);
}

static void give_home(struct world *w, const char *conversation, const char *thread)
{
    w->slow->memory->ops->set_home(w->slow->memory, conversation, ROOM, thread, ignore_status, NULL);
}

static void test_every_place_has_its_subject(void **state)
{
    struct world *w = *state;
    give_home(w, ANN, "9");
    hear(w, ANN, "private");
    deliver(w, w->in, in_topic("9", "in-her-topic"));
    deliver(w, w->in, in_topic("8", "in-nobodys-topic"));
    deliver(w, w->in, in_topic("", "in-general"));
    struct event elsewhere = in_topic("", "in-some-group");
    elsewhere.from.chat = "-999";
    deliver(w, w->in, elsewhere);
    elsewhere.content.text = "/staff";
    deliver(w, w->in, elsewhere);
    assert_log(w, ANN, "private in-her-topic");
    assert_log(w, ROOM, "in-nobodys-topic in-general");
    assert_log(w, "room:telegram:77:-999", "/staff");
    assert_int_equal(w->n_done, 6);
    assert_int_equal(inbox_waiting(w->in), 0);
}

static void test_a_reply_finds_its_line(void **state)
{
    struct world *w = *state;
    struct event first = message(ANN, "first"), reply = message(ANN, "about"),
                 unknown = message(ANN, "about");
    first.message_id = "m1";
    reply.content.about_id = "m1";
    unknown.content.about_id = "m999";
    deliver(w, w->in, first);
    deliver(w, w->in, reply);
    deliver(w, w->in, unknown);
    assert_log(w, ANN, "first 1 0");
    struct event staffs = in_topic("9", "words"), answer = in_topic("9", "about");
    give_home(w, ANN, "9");
    staffs.message_id = "m1"; /* another surface, another message */
    answer.content.about_id = "m1";
    deliver(w, w->in, staffs);
    deliver(w, w->in, answer);
    assert_log(w, ANN, "first 1 0 words -4");
}

/* --- tells --- */

static void test_a_tell_reaches_its_subject_once(void **state)
{
    struct world *w = *state;
    hear(w, ANN, "tell " BOB " hello");
    assert_log(w, BOB, "hello");
    assert_int_equal(tells_left(w, ANN), 0);
    hear(w, ANN, "tell " ANN " myself");
    assert_log(w, ANN, "myself");
    hear(w, ANN, "tell " BOB " tell " ANN " back");
    assert_log(w, ANN, "myself back");
    assert_int_equal(tells_left(w, BOB), 0);
}

static void keep_tell(void *arg, const struct polled *polled)
{
    struct world *w = arg;
    for (size_t i = 0; i < polled->n_tells; i++)
        inbox_tell(w->in, conversation_partition(ANN), polled->tells[i].id, polled->tells[i].json,
                   clock_ms());
}

static void sweep_tells(struct world *w)
{
    w->slow->memory->ops->poll(w->slow->memory, conversation_partition(ANN), clock_ms(), NULL, 0,
                               keep_tell, w);
}

static void test_a_tell_outlives_a_crash(void **state)
{
    struct world *w = *state;
    w->slow->is_slow = true;
    hear(w, ANN, "tell " BOB " hello");
    slow_answer(w->slow); /* loaded; the commit is done, its answer is not here yet */
    assert_int_equal(tells_left(w, ANN), 1);
    slow_go_down(w->slow);
    inbox_free(w->in);
    w->slow->is_slow = false;
    slow_come_back(w->slow);
    w->in = open_inbox(w);
    sweep_tells(w);
    assert_log(w, BOB, "hello");
    assert_int_equal(tells_left(w, ANN), 0);
}

static void test_a_tell_that_is_found_again_counts_once(void **state)
{
    struct world *w = *state;
    w->slow->is_slow = true;
    hear(w, ANN, "tell " BOB " hello");
    while (tells_left(w, ANN) == 0 || w->n_done == 0)
        assert_true(slow_answer(w->slow));
    sweep_tells(w); /* before it was crossed out */
    sweep_tells(w);
    slow_answer_all(w->slow);
    assert_log(w, BOB, "hello");
    assert_int_equal(tells_left(w, ANN), 0);
}

static void test_freed_with_tells_under_way(void **state)
{
    struct world *w = *state;
    w->slow->is_slow = true;
    hear(w, ANN, "tell " BOB " hello");
    while (w->n_done == 0)
        assert_true(slow_answer(w->slow));
    hear(w, "telegram:77:1003", "hello");
    deliver(w, w->in, in_topic("9", "hello")); /* nothing may leak in tear_down */
}

/* --- the store goes --- */

static void test_nothing_is_lost_wherever_it_breaks(void **state)
{
    static const enum slow_op ops[] = {SLOW_LOAD, SLOW_COMMIT};
    struct world *w = *state;
    for (size_t i = 0; i < 2 * ARRAY_LEN(ops); i++) {
        enum slow_op op = ops[i / 2];
        int before = w->slow->calls[op];
        const char *id = arena_printf(&w->arena, "telegram:77:%zu", 3000 + i);
        w->slow->is_slow = true;
        w->slow->lose[op] = i % 2; /* it arrives and its answer is lost, or it does not arrive */
        hear(w, id, "a");
        hear(w, id, "b");
        while (w->slow->calls[op] == before)
            assert_true(slow_answer(w->slow));
        slow_go_down(w->slow);
        hear(w, id, "c"); /* comes while it is away */
        assert_int_equal(w->n_done, 3 * i);
        assert_int_equal(inbox_waiting(w->in), 3);
        slow_come_back(w->slow);
        w->slow->is_slow = false;
        inbox_resume(w->in);
        assert_int_equal(w->n_done, 3 * (i + 1));
        assert_int_equal(inbox_waiting(w->in), 0);
        assert_log(w, id, "a b c");
    }
    assert_string_equal(w->done.data, "a b c a b c a b c a b c");
}

static void test_staffs_words_wait_in_order(void **state)
{
    struct world *w = *state;
    give_home(w, ANN, "9");
    w->slow->is_slow = true;
    deliver(w, w->in, in_topic("9", "a")); /* its home is being asked for */
    deliver(w, w->in, in_topic("9", "b"));
    slow_go_down(w->slow);
    deliver(w, w->in, in_topic("9", "c"));
    assert_int_equal(inbox_waiting(w->in), 3);
    slow_come_back(w->slow);
    inbox_resume(w->in);
    deliver(w, w->in, in_topic("9", "d"));
    slow_answer_all(w->slow);
    assert_log(w, ANN, "a b c d");
    assert_string_equal(w->done.data, "a b c d");
}

static void test_down_again_while_resuming(void **state)
{
    struct world *w = *state;
    for (int i = 0; i < 20; i++)
        hear(w, arena_printf(&w->arena, "telegram:77:%d", 3000 + i), "a");
    slow_go_down(w->slow);
    for (int i = 0; i < 20; i++)
        hear(w, arena_printf(&w->arena, "telegram:77:%d", 3000 + i), "b");
    w->slow->store.is_up = true;
    w->slow->is_slow = true;
    inbox_resume(w->in);
    for (int i = 0; i < 7; i++)
        slow_answer(w->slow);
    slow_go_down(w->slow);
    slow_come_back(w->slow);
    w->slow->is_slow = false;
    inbox_resume(w->in);
    assert_int_equal(inbox_waiting(w->in), 0);
    for (int i = 0; i < 20; i++)
        assert_log(w, arena_printf(&w->arena, "telegram:77:%d", 3000 + i), "a b");
}

/* Many conversations, a connection that breaks all the time: all is there, once, in order. */
static void test_storm(void **state)
{
    struct world *w = *state;
    enum { CUSTOMERS = 12, EVENTS = 1500 };
    int next[CUSTOMERS] = {0};
    uint32_t dice = 4711;
    w->slow->is_slow = true;
    for (int i = 0; i < EVENTS;) {
        dice = dice * 1664525 + 1013904223;
        uint32_t roll = dice >> 16;
        if (roll % 5 < 2) {
            int who = (int)(roll / 5 % CUSTOMERS);
            hear(w, arena_printf(&w->arena, "telegram:77:%d", 3000 + who),
                 arena_printf(&w->arena, "%d", next[who]++));
            i++;
        } else if (roll % 41 == 0 && w->store->is_up) {
            slow_go_down(w->slow);
        } else if (!w->store->is_up && roll % 7 == 0) {
            w->store->is_up = true;
            inbox_resume(w->in);
        } else if (roll % 29 == 0) {
            w->slow->lose[roll % 2 ? SLOW_LOAD : SLOW_COMMIT] = 1;
            slow_answer(w->slow);
            if (w->store->is_up)
                slow_go_down(w->slow); /* what is lost means a broken connection */
        } else {
            slow_answer(w->slow);
        }
    }
    memset(w->slow->lose, 0, sizeof(w->slow->lose));
    w->store->is_up = true;
    inbox_resume(w->in);
    slow_answer_all(w->slow);
    assert_int_equal(inbox_waiting(w->in), 0);
    assert_int_equal(w->n_done, EVENTS);
    for (int who = 0; who < CUSTOMERS; who++) {
        struct buf wanted = BUF_INIT(10000);
        for (int i = 0; i < next[who]; i++)
            buf_printf(&wanted, "%s%d", i ? " " : "", i);
        assert_log(w, arena_printf(&w->arena, "telegram:77:%d", 3000 + who), wanted.data);
        buf_release(&wanted);
    }
}

/* --- memory --- */

static void test_memory_has_an_end(void **state)
{
    struct world *w = *state;
    enum { MANY = INBOX_CACHE + 50 };
    for (int i = 0; i < MANY; i++) {
        struct arena a = ARENA_INIT;
        inbox_deliver(w->in, &(struct event){.type = EVENT_MEMBER, .data = "",
                                             .subject = arena_printf(&a, "telegram:77:%d", i)},
                      NULL, NULL);
        arena_release(&a);
    }
    int loads = w->slow->calls[SLOW_LOAD];
    assert_int_equal(loads, MANY);
    hear(w, "telegram:77:10049", "hello"); /* the newest is still there … */
    hear(w, "telegram:77:60", "hello");
    assert_int_equal(w->slow->calls[SLOW_LOAD], loads);
    hear(w, "telegram:77:3", "hello"); /* … the oldest is not */
    assert_int_equal(w->slow->calls[SLOW_LOAD], loads + 1);
    assert_log(w, "telegram:77:3", "hello");
    hear(w, "telegram:77:60", "again"); /* used since: it stays */
    assert_int_equal(w->slow->calls[SLOW_LOAD], loads + 1);
}

static void test_all_busy_beyond_memory(void **state)
{
    struct world *w = *state;
    enum { MANY = INBOX_CACHE + 20 };
    w->slow->is_slow = true;
    for (int i = 0; i < MANY; i++) {
        struct arena a = ARENA_INIT;
        inbox_deliver(w->in, &(struct event){.type = EVENT_MEMBER, .data = "",
                                             .subject = arena_printf(&a, "telegram:77:%d", i)},
                      NULL, NULL);
        arena_release(&a);
    }
    assert_int_equal(inbox_waiting(w->in), MANY);
    slow_answer_all(w->slow);
    assert_int_equal(inbox_waiting(w->in), 0);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_one_turn_at_a_time),
        TEST(test_more_from_inside_done),
        TEST(test_whoever_is_slower_runs_again),
        TEST(test_seen_is_done),
        TEST(test_two_processes_on_one_conversation),
        TEST(test_case_numbers_are_taken_once),
        TEST(test_what_is_remembered_may_be_old),
        TEST(test_words_are_always_kept),
        TEST(test_what_changes_nothing_is_not_committed),
        TEST(test_what_is_shown_comes_after_the_commit),
        TEST(test_entries_are_handed_over),
        TEST(test_every_place_has_its_subject),
        TEST(test_a_reply_finds_its_line),
        TEST(test_a_tell_reaches_its_subject_once),
        TEST(test_a_tell_outlives_a_crash),
        TEST(test_a_tell_that_is_found_again_counts_once),
        TEST(test_freed_with_tells_under_way),
        TEST(test_nothing_is_lost_wherever_it_breaks),
        TEST(test_staffs_words_wait_in_order),
        TEST(test_down_again_while_resuming),
        TEST(test_storm),
        TEST(test_memory_has_an_end),
        TEST(test_all_busy_beyond_memory),
    };
    if (log_configure("error", NULL))
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
