/* Several processes look out for surges on one store, and one of them begins anew: one card. */
#include "tests/unit/processes.h"

#include "bot/flow/lookout.h"

#define STREAM "telegram:77:-100200"
#define MAX    10

extern const struct handler incident_handler;
static const struct handler *const handlers[] = {&incident_handler, NULL};

struct watch {
    struct crowd crowd;
    struct room room;
    struct open_case cases[MAX];
    struct facts facts;
    struct lookout *all[PROCESSES];
};

static const struct facts *watch_facts(void *arg)
{
    return &((struct watch *)arg)->facts;
}

static void begin_one(struct watch *w, int process)
{
    struct process *p = &w->crowd.all[process];
    struct lookout_ports ports = {w->crowd.t->store, p->in, watch_facts, w};
    w->all[process] = lookout_new(&ports, p->settings);
}

static struct watch *begin_watch(struct trial *t)
{
    struct watch *w = xcalloc(1, sizeof(*w));
    w->room = (struct room){.id = ROOM, .address = {"telegram", "77", "-100200", "", ""}};
    w->facts = (struct facts){.rooms = &w->room, .n_rooms = 1, .cases = w->cases};
    begin_crowd(&w->crowd, t, handlers, &w->facts);
    for (int i = 0; i < PROCESSES; i++)
        begin_one(w, i);
    return w;
}

static void end_watch(struct watch *w)
{
    for (int i = 0; i < PROCESSES; i++)
        lookout_free(w->all[i]);
    end_crowd(&w->crowd);
    free(w);
}

static void run(struct watch *w, int64_t now_ms)
{
    for (int i = 0; i < PROCESSES; i++)
        lookout_run(w->all[i], now_ms, true);
    settle(&w->crowd);
}

/* One process hears him; of the case that this opens all know a moment later. */
static void report(struct watch *w, int process, int user, int64_t now_ms)
{
    struct arena *a = &w->crowd.t->arena;
    struct event event = from_customer(&w->crowd, user, EVENT_MESSAGE);
    struct report r = {
        .topic = "trading_abnormal", .pairs = "MX/USDT", .errors = "", .words = "mx is frozen"};
    struct conversation c;
    struct effects effects = {.arena = a, .subject = &c, .report = &r};
    conversation_init(&c, chat_of(&w->crowd, user));
    event.now_ms = now_ms;
    event.content.text = "MX is frozen";
    lookout_turn(w->all[process], &event, &effects);
    w->cases[w->facts.n_cases++] = (struct open_case){.no = user,
                                                      .state = STATE_WAITING,
                                                      .opened = now_ms,
                                                      .conversation = c.id,
                                                      .lang = "en",
                                                      .topic = r.topic,
                                                      .report = report_print(a, &r)};
    run(w, now_ms + 1000);
}

struct posts {
    size_t n, edits;
    const char *last;
};

static struct posts posts_of(struct watch *w)
{
    struct polled p = poll_at(w->crowd.t, PARTITION_GLOBAL, NOW_MS, STREAM, 1);
    struct posts posts = {.n = p.n_entries, .last = ""};
    for (size_t i = 0; i < p.n_entries; i++) {
        posts.last = p.entries[i].json;
        posts.edits += strstr(posts.last, "\"edit\"") != NULL;
    }
    return posts;
}

static void test_one_card(void **state)
{
    struct watch *w = begin_watch(*state);
    int64_t now = NOW_MS;
    run(w, now);
    for (int i = 0; i < 4; i++)
        report(w, i % PROCESSES, i, now += 10000);
    assert_int_equal(posts_of(w).n, 0);
    report(w, 1, 4, now += 10000);
    assert_int_equal(posts_of(w).n, 1);
    assert_int_equal(posts_of(w).edits, 0);
    assert_non_null(strstr(posts_of(w).last, "5 customers report the same"));

    lookout_free(w->all[1]); /* killed */
    begin_one(w, 1);
    run(w, now += 10000);
    assert_int_equal(posts_of(w).n, 1);
    report(w, 1, 5, now += 20000);
    run(w, now += 20000);
    assert_int_equal(posts_of(w).n, 2);
    assert_int_equal(posts_of(w).edits, 1);
    assert_non_null(strstr(posts_of(w).last, "6 customers report the same"));
    end_watch(w);
}

/* All of them at once, and nobody has told of it yet. */
static void test_begun_anew_before_the_card(void **state)
{
    struct watch *w = begin_watch(*state);
    int64_t now = NOW_MS;
    run(w, now);
    for (int i = 0; i < 4; i++)
        report(w, i % PROCESSES, i, now += 10000);
    for (int i = 0; i < PROCESSES; i++) {
        lookout_free(w->all[i]);
        begin_one(w, i);
    }
    report(w, 2, 4, now += 10000);
    run(w, now += 20000);
    assert_int_equal(posts_of(w).n, 1);
    assert_non_null(strstr(posts_of(w).last, "5 customers report the same"));
    end_watch(w);
}

/* --- what is usual --- */

static int failing; /* so many calls */

static void many_an_hour(struct store *s, unsigned partition, int64_t from_ms, int64_t to_ms,
                         void (*done)(void *arg, enum store_status, const struct pair *, size_t n),
                         void *arg)
{
    struct pair pair = {"faq.trading_abnormal", "400"};
    (void)s, (void)from_ms, (void)to_ms;
    if (failing-- > 0)
        done(arg, STORE_DOWN, NULL, 0);
    else
        done(arg, STORE_OK, &pair, partition == 5);
}

/* Redis is away for a moment while it is asked: else everything would be more than usual. */
static void test_usual_is_asked_until_it_is_known(void **state)
{
    struct watch *w = begin_watch(*state);
    struct store *store = w->crowd.t->store;
    const struct store_ops *ops = store->ops;
    struct store_ops own = *ops;
    int64_t now = NOW_MS;
    own.counts = many_an_hour;
    store->ops = &own;
    failing = 3 * PROCESSES * PARTITIONS;
    while (failing >= 0)
        run(w, now += 1000);
    for (int i = 0; i < 6; i++)
        report(w, i % PROCESSES, i, now += 10000);
    store->ops = ops;
    assert_int_equal(posts_of(w).n, 0);
    end_watch(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_one_card, set_up_memory, tear_down_trial),
        cmocka_unit_test_setup_teardown(test_begun_anew_before_the_card, set_up_memory,
                                        tear_down_trial),
        cmocka_unit_test_setup_teardown(test_usual_is_asked_until_it_is_known, set_up_memory,
                                        tear_down_trial),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
