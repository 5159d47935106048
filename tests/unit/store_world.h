/* What the tests of the stores share: a store on a fresh redis-server, or in memory, and each port
 * call as a plain function that waits for its answer. Answers live in the trial's arena. */
#ifndef ZAIDE_TESTS_STORE_WORLD_H
#define ZAIDE_TESTS_STORE_WORLD_H

#include "tests/unit/redis_world.h"

#include "bot/store/redis.h"

#define RETENTION_MS INT64_C(7776000000)
#define NOW_MS       INT64_C(1790000000000)
#define HOUR_MS      INT64_C(3600000)
#define ANN          "telegram:77:1001" /* two customers of one account … */
#define BOB          "telegram:77:1002"
#define ROOM         "room:telegram:77:-100200"

struct trial {
    struct world *w; /* the server and the loop; NULL: in memory */
    struct store *store;
    struct arena arena;
    int ups, downs, bells, next_event;
    unsigned bell;
    char why[512];
};

/* Answers. */

struct answer {
    struct trial *t;
    bool is_here;
    enum store_status status;
    struct loaded loaded;
    struct committed committed;
    struct polled polled;
    const struct taken *taken;
    size_t n; /* asked of take; of pairs and lines */
    const char *conversation;
    int64_t epoch;
    const struct pair *pairs;
    const char **lines;
    struct people people;
    struct list_taken listed;
};

static inline void *copy(struct trial *t, const void *items, size_t n, size_t size)
{
    void *out = arena_alloc(&t->arena, n * size);
    if (n)
        memcpy(out, items, n * size);
    return out;
}

static inline struct pair *copy_pairs(struct trial *t, const struct pair *pairs, size_t n)
{
    struct pair *out = arena_alloc(&t->arena, n * sizeof(*out));
    for (size_t i = 0; i < n; i++)
        out[i] = (struct pair){arena_strdup(&t->arena, pairs[i].name),
                               arena_strdup(&t->arena, pairs[i].value)};
    return out;
}

static inline struct answer *answered(void *arg, enum store_status status)
{
    struct answer *a = arg;
    assert_false(a->is_here); /* exactly once */
    a->is_here = true;
    a->status = status;
    return a;
}

static inline void on_status(void *arg, enum store_status status)
{
    answered(arg, status);
}

static inline void on_loaded(void *arg, const struct loaded *l)
{
    struct answer *a = answered(arg, l->status);
    a->loaded = *l;
    a->loaded.pairs = copy_pairs(a->t, l->pairs, l->n_pairs);
    a->loaded.about_lines = copy(a->t, l->about_lines, a->n, sizeof(*l->about_lines));
}

static inline void on_committed(void *arg, const struct committed *c)
{
    struct answer *a = answered(arg, c->status);
    a->committed = *c;
    a->committed.out = copy(a->t, c->out, c->n_out, sizeof(*c->out));
    a->committed.tells = copy(a->t, c->tells, c->n_tells, sizeof(*c->tells));
}

static inline void on_polled(void *arg, const struct polled *p)
{
    struct answer *a = answered(arg, p->status);
    struct due_timer *timers = copy(a->t, p->timers, p->n_timers, sizeof(*timers));
    struct out_entry *entries = copy(a->t, p->entries, p->n_entries, sizeof(*entries));
    struct told *tells = copy(a->t, p->tells, p->n_tells, sizeof(*tells));
    for (size_t i = 0; i < p->n_timers; i++) {
        timers[i].subject = arena_strdup(&a->t->arena, timers[i].subject);
        timers[i].name = arena_strdup(&a->t->arena, timers[i].name);
    }
    for (size_t i = 0; i < p->n_entries; i++) {
        entries[i].stream = arena_strdup(&a->t->arena, entries[i].stream);
        entries[i].json = arena_strdup(&a->t->arena, entries[i].json);
    }
    for (size_t i = 0; i < p->n_tells; i++)
        tells[i].json = arena_strdup(&a->t->arena, tells[i].json);
    a->polled = *p;
    a->polled.timers = timers;
    a->polled.entries = entries;
    a->polled.tells = tells;
    a->polled.open_cases = copy_pairs(a->t, p->open_cases, p->n_open_cases);
}

static inline void on_taken(void *arg, enum store_status status, const struct taken *taken)
{
    struct answer *a = answered(arg, status);
    struct taken *out = copy(a->t, taken, status == STORE_OK ? a->n : 0, sizeof(*out));
    for (size_t i = 0; status == STORE_OK && i < a->n; i++) {
        out[i].about_id = arena_strdup(&a->t->arena, out[i].about_id);
        out[i].thread = arena_strdup(&a->t->arena, out[i].thread);
    }
    a->taken = out;
}

static inline void on_home(void *arg, enum store_status status, const char *conversation)
{
    struct answer *a = answered(arg, status);
    a->conversation = arena_strdup(&a->t->arena, conversation);
}

static inline void on_lease(void *arg, enum store_status status, int64_t epoch)
{
    answered(arg, status)->epoch = epoch;
}

static inline void on_pairs(void *arg, enum store_status status, const struct pair *pairs, size_t n)
{
    struct answer *a = answered(arg, status);
    a->pairs = copy_pairs(a->t, pairs, n);
    a->n = n;
}

static inline void on_lines(void *arg, enum store_status status, const char *const *lines, size_t n)
{
    struct answer *a = answered(arg, status);
    a->lines = arena_alloc(&a->t->arena, n * sizeof(*a->lines));
    for (size_t i = 0; i < n; i++)
        a->lines[i] = arena_strdup(&a->t->arena, lines[i]);
    a->n = n;
}

static inline void on_people(void *arg, const struct people *p)
{
    struct answer *a = answered(arg, p->status);
    a->people = *p;
    a->people.pairs = copy_pairs(a->t, p->pairs, p->n);
}

static inline void on_listed(void *arg, const struct list_taken *l)
{
    struct answer *a = answered(arg, l->status);
    struct listed *items = copy(a->t, l->items, l->n, sizeof(*items));
    for (size_t i = 0; i < l->n; i++) {
        items[i].name = arena_strdup(&a->t->arena, items[i].name);
        items[i].value = arena_strdup(&a->t->arena, items[i].value);
        items[i].person = arena_strdup(&a->t->arena, items[i].person);
    }
    a->listed = *l;
    a->listed.items = items;
}

/* The calls. ASK(trial, answer, call, arguments …, callback) makes one and waits. */

#define ASK(t, a, call, ...)                                                                       \
    struct answer a = {.t = (t)};                                                                  \
    (t)->store->ops->call((t)->store, __VA_ARGS__, &a);                                            \
    await(&a)

static inline void await(struct answer *a)
{
    if (a->t->w)
        WAIT_FOR(a->t->w, a->is_here);
    assert_true(a->is_here);
}

static inline struct loaded load(struct trial *t, const char *subject)
{
    ASK(t, a, load, subject, NULL, 0, on_loaded);
    assert_int_equal(a.status, STORE_OK);
    return a.loaded;
}

/* "" where the field is absent. */
static inline const char *pair_of(const struct pair *pairs, size_t n, const char *name)
{
    const char *value = "";
    for (size_t i = 0; i < n; i++)
        if (str_eq(pairs[i].name, name)) {
            assert_string_equal(value, ""); /* no name twice */
            value = pairs[i].value;
        }
    return value;
}

static inline const char *field(struct trial *t, const char *subject, const char *name)
{
    struct loaded l = load(t, subject);
    return pair_of(l.pairs, l.n_pairs, name);
}

/* The line that a message shows. */
static inline int64_t line_of(struct trial *t, const char *subject, const char *surface,
                              const char *id)
{
    struct answer a = {.t = t, .n = 1};
    struct store_ref ref = {surface, id};
    t->store->ops->load(t->store, subject, &ref, 1, on_loaded, &a);
    await(&a);
    assert_int_equal(a.status, STORE_OK);
    return a.loaded.about_lines[0];
}

/* Without an event of its own a commit gets a new one, without a time NOW_MS. */
static inline struct committed commit(struct trial *t, struct commit c)
{
    if (!c.event.bucket)
        c.event = (struct event_id){"77:1", arena_printf(&t->arena, "%d", t->next_event++)};
    if (!c.now_ms)
        c.now_ms = NOW_MS;
    ASK(t, a, commit, &c, on_committed);
    return a.committed;
}

#define COMMIT(t, id, of_version, ...)                                                             \
    commit(t, (struct commit){.subject = (id), .version = (of_version), __VA_ARGS__})

/* Members of a commit, with their number: COMMIT(t, ANN, 0, LIST(lines, {"{}"}, {"{}"})). */
#define LIST(member, ...)                                                                          \
    .member = (LIST_TYPE_##member[]){__VA_ARGS__},                                                 \
    .n_##member = ARRAY_LEN(((LIST_TYPE_##member[]){__VA_ARGS__}))
#define LIST_TYPE_set    struct pair
#define LIST_TYPE_lines  struct commit_line
#define LIST_TYPE_maps   struct commit_map
#define LIST_TYPE_timers struct commit_timer
#define LIST_TYPE_out    struct commit_out
#define LIST_TYPE_counts struct commit_count
#define LIST_TYPE_puts   struct commit_put
#define LIST_TYPE_tells  struct commit_tell

static inline struct polled poll_at(struct trial *t, unsigned partition, int64_t now_ms,
                                    const char *stream, int64_t from_id)
{
    struct poll_stream s = {stream, from_id};
    ASK(t, a, poll, partition, now_ms, POLL_CASES_ANEW, &s, stream ? 1 : 0, on_polled);
    assert_int_equal(a.status, STORE_OK);
    return a.polled;
}

/* The outbox of ANN's partition. */
static inline struct polled poll_stream(struct trial *t, const char *stream, int64_t from_id)
{
    return poll_at(t, conversation_partition(ANN), NOW_MS, stream, from_id);
}

static inline enum store_status hold(struct trial *t, int64_t epoch)
{
    ASK(t, a, hold, conversation_partition(ANN), "77", epoch, on_status);
    return a.status;
}

static inline struct answer take(struct trial *t, int64_t epoch, struct take it)
{
    struct answer a = {.t = t, .n = 1};
    if (!it.conversation)
        it.conversation = ANN;
    if (!it.surface)
        it.surface = "customer";
    t->store->ops->take(t->store, conversation_partition(ANN), "77", epoch, &it, 1, on_taken, &a);
    await(&a);
    return a;
}

static inline enum store_status sent(struct trial *t, int64_t epoch, struct sent it)
{
    if (!it.conversation)
        it.conversation = ANN;
    if (!it.surface)
        it.surface = "customer";
    ASK(t, a, sent, conversation_partition(ANN), "77", epoch, NOW_MS, &it, 1, on_status);
    return a.status;
}

static inline enum store_status defer(struct trial *t, int64_t epoch, int64_t id,
                                      int64_t not_before_ms, bool unsent)
{
    ASK(t, a, defer, conversation_partition(ANN), "77", epoch, "77", id, not_before_ms, unsent,
        on_status);
    return a.status;
}

static inline enum store_status set_home(struct trial *t, const char *conversation,
                                         const char *thread)
{
    ASK(t, a, set_home, conversation, ROOM, thread, on_status);
    return a.status;
}

static inline const char *home_of(struct trial *t, const char *thread) /* "" where nobody's */
{
    ASK(t, a, find_home, ROOM, thread, on_home);
    assert_int_equal(a.status, STORE_OK);
    return a.conversation ? a.conversation : "";
}

static inline int64_t lease_of(struct trial *t, const char *account, const char *holder,
                               int64_t ttl_ms)
{
    ASK(t, a, lease, account, holder, ttl_ms, on_lease);
    assert_int_equal(a.status, STORE_OK);
    return a.epoch;
}

static inline int64_t lease(struct trial *t, const char *holder, int64_t ttl_ms)
{
    return lease_of(t, "77", holder, ttl_ms);
}

static inline struct answer transcript(struct trial *t, const char *id, int64_t from, size_t max)
{
    ASK(t, a, transcript, id, from, max, on_lines);
    assert_int_equal(a.status, STORE_OK);
    return a;
}

static inline struct answer counts(struct trial *t, int64_t from_ms, int64_t to_ms)
{
    ASK(t, a, counts, conversation_partition(ANN), from_ms, to_ms, on_pairs);
    assert_int_equal(a.status, STORE_OK);
    return a;
}

/* Trials. */

static inline void trial_on_up(void *arg)
{
    ((struct trial *)arg)->ups++;
}

static inline void trial_on_down(void *arg, const char *why)
{
    struct trial *t = arg;
    t->downs++;
    snprintf(t->why, sizeof(t->why), "%s", why);
}

static inline void trial_on_doorbell(void *arg, unsigned partition)
{
    struct trial *t = arg;
    t->bells++;
    t->bell = partition;
}

static inline void start_durable(struct world *w)
{
    static const char *const durable[] = {"--appendonly", "yes", "--appendfsync", "always", NULL};
    start_server(w, durable);
}

static inline struct store *open_store(struct world *w)
{
    struct redis_address a = address(w->url);
    struct store *s = store_redis_new(w->loop, &a, "zaide:", RETENTION_MS);
    redis_address_release(&a);
    return s;
}

static inline struct trial *begin(struct world *w, struct store *s)
{
    struct trial *t = xcalloc(1, sizeof(*t));
    t->w = w;
    t->store = s;
    s->arg = t;
    s->on_up = trial_on_up;
    s->on_down = trial_on_down;
    s->on_doorbell = trial_on_doorbell;
    return t;
}

static inline int set_up_memory(void **state)
{
    *state = begin(NULL, store_memory_new());
    return 0;
}

static inline int set_up_redis(void **state)
{
    set_up(state);
    struct world *w = *state;
    start_durable(w);
    struct trial *t = begin(w, open_store(w));
    *state = t;
    WAIT_FOR(w, t->store->is_up);
    t->downs = 0; /* the server may have been slower than we */
    return 0;
}

static inline int tear_down_trial(void **state)
{
    struct trial *t = *state;
    t->store->ops->free(t->store);
    arena_release(&t->arena);
    clock_set_ms(0);
    *state = t->w;
    if (t->w)
        tear_down(state);
    free(t);
    return 0;
}

/* What Redis itself has. */

/* One raw command; its reply as redis_world.h prints it, good till the next. */
#define RAW(t, ...)                                                                                \
    raw(t, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *),                            \
        (const char *const[]){__VA_ARGS__})
static inline const char *raw(struct trial *t, size_t argc, const char *const *argv)
{
    struct world *w = t->w;
    if (!w->redis)
        connect_to(w, w->url);
    WAIT_FOR(w, redis_is_up(w->redis));
    int before = w->replies;
    buf_clear(&w->said);
    redis_call(w->redis, (int)argc, argv, NULL, on_reply, w);
    WAIT_FOR(w, w->replies > before);
    return w->said.data;
}

/* A key in the partition of `id`. */
static inline const char *key(struct trial *t, const char *id, const char *name)
{
    char tag[STORE_REDIS_TAG_LEN + 1];
    store_redis_tag(conversation_partition(id), tag);
    return arena_printf(&t->arena, "zaide:{%s}:%s", tag, name);
}

#define MEMORY(test) cmocka_unit_test_setup_teardown(test, set_up_memory, tear_down_trial)
#define REDIS(test)  cmocka_unit_test_setup_teardown(test, set_up_redis, tear_down_trial)

#endif
