/* An adapter at work: when it has the lease, and when it must not take it. */
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "bot/base/log.h"
#include "bot/flow/entry.h"
#include "bot/flow/lease.h"
#include "bot/flow/post.h"
#include "tests/unit/slow_store.h"
#include "tests/unit/virtual_loop.h"

#define ACCOUNT "test:77"
#define NOW     INT64_C(1790000000000)

static struct adapter_host *the_host; /* of the adapter opened last */

static struct outgoing sent_out; /* what it was last asked to send */
static void *last_ticket;

static void send_out(void *self, const struct outgoing *outgoing, void *ticket)
{
    (void)self;
    last_ticket = ticket;
    sent_out = *outgoing;
}

static int open_adapter(struct adapter_host *host, void **self, struct buf *why)
{
    (void)self, (void)why;
    the_host = host;
    return 0;
}

static const struct adapter adapter = {
    .name = "test", .title = "Test", .max_text = 4096, .open = open_adapter, .send = send_out};

struct world {
    struct slow *slow;
    struct pipeline pipeline;
    struct post *post;
    struct settings *settings;
    struct room room;
    struct facts facts;
    struct event delivered;
    struct address standing;
};

static void on_event(void *arg)
{
    (void)arg;
}

static void on_look(void *arg, unsigned partition)
{
    (void)arg, (void)partition;
}

static void on_pushed(void *arg, const struct committed *c)
{
    (void)arg;
    assert_int_equal(c->status, STORE_OK);
}

static const struct facts *facts_of(void *arg)
{
    return &((struct world *)arg)->facts;
}

static void on_deliver(void *arg, const struct event *event, void (*done)(void *arg),
                       void *done_arg)
{
    (void)done, (void)done_arg;
    ((struct world *)arg)->delivered = *event;
}

static void on_standing(void *arg, const struct address *at)
{
    ((struct world *)arg)->standing = *at;
}

static void on_refused(void *arg, const struct address *room, enum room_act act, const char *why)
{
    (void)arg, (void)act;
    assert_string_equal(room->chat, "-200");
    assert_null(why);
}

static const struct setting rows[] = {
    {"GROUP_PER_MIN", "posts", SETTING_INT, "6", NULL, 1, 20},
    {"PLATFORM_DOWN", "signs", SETTING_DURATION, "60s", NULL, 1000, 86400000},
    {0},
};

static int set_up(void **state)
{
    struct world *w = xcalloc(1, sizeof(*w));
    struct buf why = BUF_INIT(100);
    clock_set_ms(NOW);
    w->slow = slow_store_new();
    w->settings = settings_new();
    settings_add(w->settings, "core", rows);
    struct post_ports ports = {
        .loop = (struct loop *)w, /* there is one: that is all that counts here */
        .store = &w->slow->store,
        .pipeline = &w->pipeline,
        .settings = w->settings,
        .holder = "us",
        .look = on_look,
        .deliver = on_deliver,
        .standing = on_standing,
        .refused = on_refused,
        .facts = facts_of,
        .ready = on_event,
        .arg = w,
    };
    w->post = post_new(&adapter, &ports, &why);
    assert_non_null(w->post);
    buf_release(&why);
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;
    post_close(w->post);
    w->slow->store.ops->free(&w->slow->store);
    post_free(w->post);
    settings_free(w->settings);
    assert_null(all_timers);
    clock_set_ms(0);
    free(w);
    return 0;
}

static void is_ready(void)
{
    the_host->ready(the_host, "77", "a_bot");
}

static void on_epoch(void *arg, enum store_status status, int64_t epoch)
{
    assert_int_equal(status, STORE_OK);
    *(int64_t *)arg = epoch;
}

/* May another process have it? It keeps it until it gives it back. */
static bool another_gets_it(struct world *w)
{
    int64_t epoch;
    struct store *memory = w->slow->memory;
    memory->ops->lease(memory, ACCOUNT, "another", INT64_C(3600000), on_epoch, &epoch);
    return epoch;
}

static void another_gives_it_back(struct world *w)
{
    struct store *memory = w->slow->memory;
    memory->ops->unlease(memory, ACCOUNT, "another", store_ignore, NULL);
}

static void test_a_standby_that_stops_takes_nothing(void **state)
{
    struct world *w = *state;
    assert_true(another_gets_it(w));
    is_ready();
    pass(10000);
    assert_false(post_is_leading(w->post));
    post_stop(w->post);
    another_gives_it_back(w);
    pass(60000);
    post_store_changed(w->post); /* as when the store comes back meanwhile */
    pass(60000);
    assert_false(post_is_leading(w->post));
    assert_true(another_gets_it(w)); /* a third one, at once */
}

static void test_what_was_asked_before_the_stop(void **state)
{
    struct world *w = *state;
    assert_true(another_gets_it(w));
    is_ready();
    w->slow->is_slow = true;
    another_gives_it_back(w);
    pass(LEASE_RENEW_MS); /* given to us, and we have not heard */
    assert_false(another_gets_it(w));
    post_stop(w->post);
    slow_answer_all(w->slow);
    assert_false(post_is_leading(w->post));
    assert_true(another_gets_it(w));
}

static void test_ready_too_late(void **state)
{
    struct world *w = *state;
    post_stop(w->post);
    is_ready();
    pass(60000);
    assert_false(post_is_leading(w->post));
    assert_true(another_gets_it(w));
}

/* What is on its way is settled under the lease; then it goes, and at once. */
static void test_who_leads_keeps_it_to_the_end(void **state)
{
    struct world *w = *state;
    is_ready();
    assert_true(post_is_leading(w->post));
    post_stop(w->post);
    pass(60000);
    assert_true(post_is_leading(w->post));
    assert_false(another_gets_it(w));
    post_drop_lease(w->post);
    assert_false(post_is_leading(w->post));
    assert_true(another_gets_it(w));
}

static void test_lost_while_stopping(void **state)
{
    struct world *w = *state;
    is_ready();
    post_stop(w->post);
    slow_go_down(w->slow);
    pass(20000);
    assert_false(post_is_leading(w->post));
    slow_come_back(w->slow);
    post_store_changed(w->post);
    pass(60000);
    assert_false(post_is_leading(w->post));
    assert_true(another_gets_it(w));
}

static void test_renewed_too_late_while_stopping(void **state)
{
    struct world *w = *state;
    is_ready();
    post_stop(w->post);
    hang(60000); /* all that wakes up then is late */
    pass(60000);
    assert_false(post_is_leading(w->post));
    assert_true(another_gets_it(w));
}

static void push_to_room(struct world *w, int64_t committed_ms, int64_t about_line)
{
    struct buf json = BUF_INIT(JSON_MAX_BYTES);
    struct entry e = {.to = {"test", "77", "-200", "", ""},
                      .conversation = "room:test:77:-200",
                      .title = "",
                      .is_group = true,
                      .committed_ms = committed_ms,
                      .content = {.text = "hello", .about_line = about_line}};
    entry_write(&json, &e, NULL);
    struct commit_out out = {.stream = "test:77:-200", .json = json.data};
    struct commit_map map = {"customer", "901", 3};
    static int64_t version;
    char member[24];
    snprintf(member, sizeof(member), "%d", (int)version);
    struct commit c = {.subject = e.conversation,
                       .version = version++,
                       .event = {"test", member},
                       .now_ms = NOW,
                       .out = &out,
                       .n_out = 1,
                       .maps = &map,
                       .n_maps = 1};
    struct store *memory = w->slow->memory;
    memory->ops->commit(memory, &c, on_pushed, NULL);
    struct out_entry pushed = {.stream = out.stream, .id = version, .json = json.data};
    outbox_read(post_outbox(w->post), conversation_partition(e.conversation), &pushed, 1);
    buf_release(&json);
    post_run(w->post);
}

/* A room that moved keeps its old id in everything that is kept; the platform never hears it. */
static void test_a_room_that_moved(void **state)
{
    struct world *w = *state;
    w->room = (struct room){.id = "room:test:77:-200",
                            .address = {"test", "77", "-200", "", ""},
                            .moved_to = "-1003",
                            .moved_ms = NOW};
    w->facts = (struct facts){.rooms = &w->room, .n_rooms = 1};
    is_ready();
    outbox_add_stream(post_outbox(w->post), "test:77:-200");
    struct event e = {.type = EVENT_MEMBER, .from = {"test", "77", "-1003", "", "5"}};
    the_host->deliver(the_host, &e, NULL, NULL);
    assert_string_equal(w->delivered.from.chat, "-200");
    assert_string_equal(w->standing.chat, "-200");
    e.from.chat = "-1004";
    the_host->deliver(the_host, &e, NULL, NULL);
    assert_string_equal(w->delivered.from.chat, "-1004");

    push_to_room(w, NOW + 1, 3);
    assert_string_equal(sent_out.to.chat, "-1003");
    assert_string_equal(sent_out.about_id, "901");
    the_host->settle(the_host, last_ticket, &(struct delivery){.id = "9"});
    push_to_room(w, NOW - 1, 3); /* of what stood in the old chat: here the number is another's */
    assert_string_equal(sent_out.to.chat, "-1003");
    assert_null(sent_out.about_id);
}

struct signs {
    struct arena arena;
    struct platform last;
    size_t n;
};

static void on_signs(void *arg, enum store_status status, const struct pair *pairs, size_t n)
{
    struct signs *s = arg;
    assert_int_equal(status, STORE_OK);
    s->n = n;
    s->last = (struct platform){0};
    for (size_t i = 0; i < n; i++)
        if (str_eq(pairs[i].name, ACCOUNT))
            assert_true(platform_parse(&s->arena, pairs[i].name, pairs[i].value, &s->last));
}

/* After so much time, in which it is called as the engine does. */
static struct platform sign_after(struct world *w, struct signs *s, int64_t ms)
{
    for (int64_t end = clock_ms() + ms; clock_ms() < end;) {
        clock_set_ms(clock_ms() + 1000);
        post_run(w->post);
    }
    w->slow->store.ops->hash_get(&w->slow->store, PLATFORMS, on_signs, s);
    return s->last;
}

/* It gives signs of life while it leads and the platform works, and forgets those of others that
 * are gone. */
static void test_signs_of_life(void **state)
{
    struct world *w = *state;
    struct signs s = {0};
    w->facts = (struct facts){0};
    is_ready();
    struct platform sign = sign_after(w, &s, 1000);
    const int64_t first = NOW; /* at once */
    assert_int_equal(sign.alive_ms, first);
    assert_string_equal(sign.label, "Test (@a_bot)");
    assert_int_equal(sign_after(w, &s, 13000).alive_ms, first);
    assert_int_equal(sign_after(w, &s, 1000).alive_ms, first + 15000);

    the_host->trouble(the_host, "it does not answer");
    assert_int_equal(sign_after(w, &s, 120000).alive_ms, first + 15000);
    the_host->trouble(the_host, NULL);
    assert_int_equal(sign_after(w, &s, 1000).alive_ms, first + 136000);

    struct platform all[] = {{"old:1", "Old", first - INT64_C(2) * 86400000},
                             {ACCOUNT, "Test", first}};
    w->facts.platforms = all;
    w->facts.n_platforms = 2;
    w->slow->store.ops->hash_put(&w->slow->store, PLATFORMS, "old:1", platform_print(&s.arena, all),
                                 store_ignore, NULL);
    sign_after(w, &s, 15000);
    assert_int_equal(s.n, 1);
    arena_release(&s.arena);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_standby_that_stops_takes_nothing),
        TEST(test_what_was_asked_before_the_stop),
        TEST(test_ready_too_late),
        TEST(test_who_leads_keeps_it_to_the_end),
        TEST(test_lost_while_stopping),
        TEST(test_renewed_too_late_while_stopping),
        TEST(test_a_room_that_moved),
        TEST(test_signs_of_life),
    };
    if (log_configure("error", NULL))
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
