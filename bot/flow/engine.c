#include "bot/flow/engine.h"

#include "bot/base/log.h"
#include "bot/flow/groups.h"
#include "bot/flow/inbox.h"
#include "bot/flow/post.h"
#include "bot/flow/rooms.h"
#include "bot/flow/snapshot.h"
#include "bot/flow/sweep.h"
#include "bot/flow/turn.h"
#include "bot/flow/lookout.h"

#include <inttypes.h>
#include <unistd.h>

#define MAX_POSTS 8

struct engine {
    struct loop *loop;
    struct store *store;
    const struct pipeline *pipeline;
    const struct settings *settings;
    struct snapshot *snapshot;
    struct inbox *inbox;
    struct groups *groups;
    struct lookout *lookout;
    struct sweep *sweep;
    struct rooms *rooms;
    struct post *posts[MAX_POSTS];
    size_t n_posts;
    struct timer *registry; /* agents, rooms and codes are read again every second */
    char holder[64];
    char *store_trouble;
    bool is_drained, was_ready, has_registry;
    void (*show)(void *arg, const char *text, bool denied);
    void *show_arg;
    struct reviewer reviewer;
    void (*ready)(void *arg);
    void *ready_arg;
    struct timer *drain;
    int64_t drain_until_ms;
    void (*drained)(void *arg);
    void *drained_arg;
};

#define REGISTRY_MS 1000

/* --- the store's side --- */

static void on_store_up(void *arg)
{
    struct engine *e = arg;
    free(e->store_trouble);
    e->store_trouble = NULL;
    log_info("store", "up");
    inbox_resume(e->inbox);
    for (size_t i = 0; i < e->n_posts; i++)
        post_store_changed(e->posts[i]);
    sweep_all(e->sweep);
    if (e->registry)
        timer_arm(e->registry, 0);
}

static void on_store_down(void *arg, const char *why)
{
    struct engine *e = arg;
    free(e->store_trouble);
    e->store_trouble = xstrdup(why);
    log_error("store", "away, nothing is read or acknowledged until it is back: %s", why);
    for (size_t i = 0; i < e->n_posts; i++)
        post_store_changed(e->posts[i]);
}

static void on_doorbell(void *arg, unsigned partition)
{
    struct engine *e = arg;
    if (partition <= PARTITIONS)
        sweep_look(e->sweep, partition);
}

static size_t streams_of(void *arg, unsigned partition, struct poll_stream *out, size_t max)
{
    struct engine *e = arg;
    size_t n = 0;
    for (size_t i = 0; i < e->n_posts; i++)
        if (post_outbox(e->posts[i]))
            n += outbox_streams(post_outbox(e->posts[i]), partition, out + n, max - n);
    return n;
}

static void tell_ready(struct engine *e)
{
    if (e->was_ready || !engine_is_ready(e))
        return;
    e->was_ready = true;
    if (e->ready)
        e->ready(e->ready_arg);
}

static void deliver_timer(struct engine *e, const struct due_timer *t)
{
    struct arena a = ARENA_INIT;
    struct event event = {
        .type = EVENT_TIMER,
        .id = {day_bucket(&a, "timer", t->due_ms),
               arena_printf(&a, "%s|%s|%" PRId64, t->subject, t->name, t->due_ms)},
        .now_ms = clock_ms(),
        .subject = t->subject,
        .data = t->name,
        .due_ms = t->due_ms,
        .content = CONTENT_INIT,
    };
    inbox_deliver(e->inbox, &event, NULL, NULL);
    arena_release(&a);
}

static void on_polled(void *arg, unsigned partition, const struct polled *polled)
{
    struct engine *e = arg;
    if (polled->has_cases)
        snapshot_cases(e->snapshot, partition, polled->open_cases, polled->n_open_cases);
    for (size_t i = 0; i < e->n_posts; i++)
        if (post_outbox(e->posts[i]))
            outbox_read(post_outbox(e->posts[i]), partition, polled->entries, polled->n_entries);
    for (size_t i = 0; i < polled->n_tells; i++)
        inbox_tell(e->inbox, partition, polled->tells[i].id, polled->tells[i].json, clock_ms());
    for (size_t i = 0; i < polled->n_timers; i++)
        deliver_timer(e, &polled->timers[i]);
    tell_ready(e);
}

static struct post *post_of(void *arg, const struct address *at)
{
    struct engine *e = arg;
    for (size_t i = 0; i < e->n_posts; i++)
        if (post_is_at(e->posts[i], at))
            return e->posts[i];
    return NULL;
}

/* --- the registry --- */

struct reading {
    struct engine *engine;
    const char *const *hash; /* of snapshot_hashes */
};

static void on_hash(void *arg, enum store_status status, const struct pair *pairs, size_t n)
{
    struct reading r = *(struct reading *)arg;
    free(arg);
    if (status != STORE_OK)
        return;
    snapshot_hash(r.engine->snapshot, *r.hash, pairs, n);
    if (!r.hash[1] && !r.engine->has_registry) { /* they come in the order of asking */
        r.engine->has_registry = true;
        groups_open(r.engine->groups);
    }
    tell_ready(r.engine);
}

static void read_registry(void *arg)
{
    struct engine *e = arg;
    for (const char *const *hash = snapshot_hashes; *hash; hash++) {
        struct reading *r = xmalloc(sizeof(*r));
        *r = (struct reading){e, hash};
        e->store->ops->hash_get(e->store, *hash, on_hash, r);
    }
}

static void look_whether_pressed(struct engine *e)
{
    bool is_pressed = false;
    for (size_t i = 0; i < e->n_posts; i++)
        is_pressed |= post_is_pressed(e->posts[i]);
    snapshot_press(e->snapshot, is_pressed);
}

static void on_registry(void *arg)
{
    struct engine *e = arg;
    timer_arm(e->registry, REGISTRY_MS);
    if (!e->store->is_up)
        return;
    rooms_look_after(e->rooms);
    look_whether_pressed(e);
    lookout_run(e->lookout, clock_ms(), engine_is_ready(e));
    if (e->has_registry)
        rooms_keep(e->rooms);
    read_registry(e);
    for (size_t i = 0; i < e->n_posts; i++)
        post_run(e->posts[i]);
}

/* --- the inbox's side --- */

static const struct facts *facts_now(void *arg)
{
    return engine_facts(arg);
}

static void on_committing(void *arg, unsigned partition, struct commit *c)
{
    struct engine *e = arg;
    for (size_t i = 0; i < e->n_posts && !c->taker; i++)
        if (post_outbox(e->posts[i]))
            outbox_reserve(post_outbox(e->posts[i]), partition, c);
}

static void on_committed(void *arg, unsigned partition, const struct commit *c,
                         const struct committed *result)
{
    struct engine *e = arg;
    for (size_t i = 0; i < e->n_posts; i++)
        if (post_outbox(e->posts[i]))
            outbox_push(post_outbox(e->posts[i]), partition, c, result);
    if (result->status != STORE_OK)
        return;
    if (c->open_case)
        snapshot_case(e->snapshot, partition, c->open_case_no, c->open_case);
    if (c->n_puts && e->registry)
        timer_arm(e->registry, 0);
}

static void on_show(void *arg, const struct event *event, const struct effect *shown)
{
    struct engine *e = arg;
    struct post *p = post_of(e, &event->from);
    if (p)
        post_show(p, event, shown->content.text);
    else if (e->show)
        e->show(e->show_arg, shown->content.text, shown->denied);
}

static int64_t line_of(void *arg, const char *conversation, const char *surface,
                       const char *message_id)
{
    struct engine *e = arg;
    int64_t line = 0;
    for (size_t i = 0; !line && i < e->n_posts; i++)
        if (post_outbox(e->posts[i]))
            line = outbox_line(post_outbox(e->posts[i]), conversation, surface, message_id);
    return line;
}

static void on_said(void *arg, const struct event *event, const struct effect *said)
{
    struct engine *e = arg;
    groups_said(e->groups, event, said);
}

static void on_fetch(void *arg, const struct address *at, const struct file *file, size_t max,
                     void (*done)(void *arg, const struct document *document), void *done_arg)
{
    static const struct document nowhere = {
        .text = "", .fault = DOCUMENT_UNREACHABLE, .why = "another process has this platform"};
    struct post *p = post_of(arg, at);
    if (p)
        post_fetch(p, file, max, done, done_arg);
    else
        done(done_arg, &nowhere);
}

static void on_review(void *arg, const struct review_request *request,
                      void (*done)(void *arg, const struct review *review), void *done_arg)
{
    static const struct review none = {.faults = "this process does not review\n"};
    struct engine *e = arg;
    if (e->reviewer.review)
        e->reviewer.review(e->reviewer.arg, request, done, done_arg);
    else
        done(done_arg, &none);
}

static void on_turned(void *arg, const struct event *event, const struct effects *effects)
{
    struct engine *e = arg;
    lookout_turn(e->lookout, event, effects);
}

/* --- posts --- */

static void post_delivers(void *arg, const struct event *event, void (*done)(void *arg),
                          void *done_arg)
{
    struct engine *e = arg;
    groups_deliver(e->groups, event, done, done_arg);
}

static void post_posted(void *arg, const struct entry *entry, const char *message_id)
{
    struct engine *e = arg;
    groups_posted(e->groups, entry, message_id);
}

static void post_looks(void *arg, unsigned partition)
{
    struct engine *e = arg;
    sweep_look(e->sweep, partition);
}

static void post_adds_room(void *arg, const char *room_id)
{
    struct engine *e = arg;
    snapshot_add_room(e->snapshot, room_id);
}

static void post_adds_agent(void *arg, const char *platform, const char *user)
{
    struct engine *e = arg;
    snapshot_add_agent(e->snapshot, platform, user);
}

static void post_standing(void *arg, const struct address *at)
{
    struct engine *e = arg;
    rooms_check_again(e->rooms, at);
}

static void post_refused(void *arg, const struct address *room, enum room_act act, const char *why)
{
    struct engine *e = arg;
    rooms_refused(e->rooms, room, act, why);
}

static void post_moved(void *arg, const struct address *room, const char *to)
{
    struct engine *e = arg;
    rooms_moved(e->rooms, room, to);
}

static void post_is_ready(void *arg)
{
    struct engine *e = arg;
    if (e->registry)
        timer_arm(e->registry, 0);
}

int engine_open(struct engine *e, const struct adapter *adapter, struct buf *why)
{
    struct post_ports ports = {
        .loop = e->loop,
        .store = e->store,
        .pipeline = e->pipeline,
        .settings = e->settings,
        .holder = e->holder,
        .deliver = post_delivers,
        .look = post_looks,
        .add_room = post_adds_room,
        .add_agent = post_adds_agent,
        .ready = post_is_ready,
        .standing = post_standing,
        .refused = post_refused,
        .moved = post_moved,
        .facts = facts_now,
        .posted = post_posted,
        .arg = e,
    };
    if (e->n_posts == MAX_POSTS)
        return buf_fail(why, "more than %d platforms", MAX_POSTS);
    struct post *p = post_new(adapter, &ports, why);
    if (!p)
        return -1;
    e->posts[e->n_posts++] = p;
    return 0;
}

bool engine_hook(struct engine *e, const char *name, const struct web_request *request,
                 struct web_answer *answer)
{
    for (size_t i = 0; i < e->n_posts; i++)
        if (str_eq(post_name(e->posts[i]), name)) {
            post_hook(e->posts[i], request, answer);
            return true;
        }
    return false;
}

/* --- for commands and talks --- */

void engine_deliver(struct engine *e, const struct event *event, void (*done)(void *arg), void *arg)
{
    inbox_deliver(e->inbox, event, done, arg);
}

void engine_on_show(struct engine *e, void (*show)(void *arg, const char *text, bool denied), void *arg)
{
    e->show = show;
    e->show_arg = arg;
}

void engine_on_review(struct engine *e, struct reviewer reviewer)
{
    e->reviewer = reviewer;
}

const struct facts *engine_facts(struct engine *e)
{
    return snapshot_facts(e->snapshot);
}

void engine_put(struct engine *e, const char *hash, const char *key, const char *value,
                void (*done)(void *arg, enum store_status), void *arg)
{
    e->store->ops->hash_put(e->store, hash, key, value, done, arg);
}

bool engine_store_is_up(const struct engine *e)
{
    return e->store->is_up;
}

const char *engine_store_trouble(const struct engine *e)
{
    const struct store *s = e->store;
    if (s->is_up)
        return s->warning ? s->warning : "ok";
    return e->store_trouble ? e->store_trouble : "connecting";
}

struct store *engine_store(struct engine *e)
{
    return e->store;
}

bool engine_is_ready(const struct engine *e)
{
    return e->store->is_up && e->has_registry && sweep_is_complete(e->sweep);
}

void engine_on_ready(struct engine *e, void (*ready)(void *arg), void *arg)
{
    e->ready = ready;
    e->ready_arg = arg;
}

void engine_step(struct engine *e)
{
    read_registry(e);
    rooms_look_after(e->rooms);
    lookout_run(e->lookout, clock_ms(), engine_is_ready(e));
    sweep_all(e->sweep);
    for (size_t i = 0; i < e->n_posts; i++)
        post_run(e->posts[i]);
}

/* --- draining --- */

static bool is_quiet(const struct engine *e)
{
    size_t busy = inbox_waiting(e->inbox) + groups_waiting(e->groups);
    for (size_t i = 0; i < e->n_posts; i++)
        busy += post_in_flight(e->posts[i]);
    return !busy;
}

#define DRAIN_LOOK_MS 20

static void on_drain(void *arg)
{
    struct engine *e = arg;
    if (e->is_drained) {
        e->drained(e->drained_arg);
        return;
    }
    e->is_drained = is_quiet(e) || clock_monotonic_ms() >= e->drain_until_ms || !e->store->is_up;
    for (size_t i = 0; e->is_drained && i < e->n_posts; i++)
        post_drop_lease(e->posts[i]);
    timer_arm(e->drain, DRAIN_LOOK_MS);
}

void engine_drain(struct engine *e, int64_t max_ms, void (*done)(void *arg), void *arg)
{
    e->drained = done;
    e->drained_arg = arg;
    e->drain_until_ms = clock_monotonic_ms() + max_ms;
    for (size_t i = 0; i < e->n_posts; i++)
        post_stop(e->posts[i]);
    timer_arm(e->drain, 0);
}

/* --- health --- */

bool engine_health(struct engine *e, struct buf *json)
{
    bool ok = e->store->is_up;
    size_t unreadable = 0;
    struct json_writer w = JSON_WRITER(json);
    json_open(&w, NULL, '{');
    json_put_str(&w, "redis", engine_store_trouble(e));
    json_open(&w, "platforms", '{');
    for (size_t i = 0; i < e->n_posts; i++) {
        bool fine;
        json_put_str(&w, post_name(e->posts[i]), post_state(e->posts[i], &fine));
        ok &= fine;
        if (post_outbox(e->posts[i]))
            unreadable += outbox_unreadable(post_outbox(e->posts[i]));
    }
    json_close(&w, '}');
    ok &= rooms_health(e->rooms, &w);
    json_put_int(&w, "waiting", (int64_t)facts_waiting(engine_facts(e)));
    json_put_int(&w, "unreadable", (int64_t)unreadable);
    json_put_bool(&w, "ok", ok);
    json_close(&w, '}');
    return ok;
}

static void metric(struct buf *out, const char *name, uint64_t value)
{
    buf_printf(out, "zaide_%s %" PRIu64 "\n", name, value);
}

void engine_metrics(struct engine *e, struct buf *out)
{
    const struct facts *f = engine_facts(e);
    metric(out, "store_up", e->store->is_up);
    metric(out, "store_warning", e->store->warning != NULL);
    metric(out, "cases_waiting", facts_waiting(f));
    metric(out, "cases_open", f->n_cases);
    metric(out, "agents", f->n_agents);
    metric(out, "inbox_waiting", inbox_waiting(e->inbox));
    for (size_t i = 0; i < e->n_posts; i++)
        post_metrics(e->posts[i], out);
}

/* --- life --- */

struct engine *engine_new(struct loop *loop, struct store *store, const struct pipeline *pipeline,
                          const struct settings *settings, struct poison *poison)
{
    struct engine *e = xcalloc(1, sizeof(*e));
    e->loop = loop;
    e->store = store;
    e->pipeline = pipeline;
    e->settings = settings;
    e->snapshot = snapshot_new();
    if (poison_name(poison))
        snprintf(e->holder, sizeof(e->holder), "%s", poison_name(poison));
    else
        snprintf(e->holder, sizeof(e->holder), "%d.%" PRId64, (int)getpid(), clock_monotonic_ms());
    struct inbox_ports in = {
        .store = store,
        .pipeline = pipeline,
        .poison = poison,
        .facts = facts_now,
        .reread = read_registry,
        .committing = on_committing,
        .committed = on_committed,
        .show = on_show,
        .line_of = line_of,
        .said = on_said,
        .fetch = on_fetch,
        .review = on_review,
        .turned = on_turned,
        .arg = e,
    };
    e->inbox = inbox_new(&in);
    e->groups = groups_new(&(struct groups_ports){e->inbox, facts_now, e});
    e->lookout = lookout_new(&(struct lookout_ports){store, e->inbox, facts_now, e}, settings);
    struct rooms_ports rooms = {store, e->inbox, facts_now, post_of, e};
    e->rooms = rooms_new(&rooms);
    struct sweep_ports sweep = {store, streams_of, on_polled, e};
    e->sweep = sweep_new(loop, &sweep);
    if (loop) {
        e->registry = timer_new(loop, on_registry, e);
        e->drain = timer_new(loop, on_drain, e);
    }
    store->arg = e;
    store->on_up = on_store_up;
    store->on_down = on_store_down;
    store->on_doorbell = on_doorbell;
    if (store->is_up)
        on_store_up(e);
    return e;
}

void engine_free(struct engine *e)
{
    for (size_t i = 0; i < e->n_posts; i++)
        post_close(e->posts[i]);
    e->store->on_up = NULL;
    e->store->on_down = NULL;
    e->store->on_doorbell = NULL;
    e->store->ops->free(e->store); /* callbacks that are due come now */
    for (size_t i = 0; i < e->n_posts; i++)
        post_free(e->posts[i]);
    rooms_free(e->rooms);
    sweep_free(e->sweep);
    groups_free(e->groups);
    lookout_free(e->lookout);
    inbox_free(e->inbox);
    snapshot_free(e->snapshot);
    timer_free(e->registry);
    timer_free(e->drain);
    free(e->store_trouble);
    free(e);
}
