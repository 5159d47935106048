/* An inbox on the memory store (through slow_store.h), with one handler that writes down what it
 * hears, so that order and repeats show in the record. */
#ifndef ZAIDE_TESTS_INBOX_WORLD_H
#define ZAIDE_TESTS_INBOX_WORLD_H

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

/* --- the handler --- */

static int n_screened;

static inline void screen(const void *self, const struct conversation *subject, struct arena *a,
                          struct event *event)
{
    (void)self;
    (void)subject;
    if (event->type == EVENT_MESSAGE)
        event->content.text = arena_printf(a, "%s", event->content.text);
    n_screened++;
}

static inline void note(const struct turn *t, struct effects *e, const char *what)
{
    const char *log = conversation_var(t->subject, "log");
    effect_var(e, "log", arena_printf(t->arena, "%s%s%s", log, *log ? " " : "", what));
}

/* "tell WHOM WHAT", "show WHAT", "say WHAT", "use the code", "open", "arm MS", "about" (which
 * line?), "fates" (how many?), "posts" (of the group, say so), "record WHOSE" (log), "look" (at
 * them, no more), "document", "nothing", or any word. */
static inline void obey(const struct turn *t, struct effects *e, const char *text)
{
    if (starts_with(text, "tell ")) {
        size_t len = strcspn(text + 5, " ");
        effect_tell(e, arena_strndup(t->arena, text + 5, len), text + 5 + len + 1);
    } else if (starts_with(text, "show ")) {
        effect_show(e, text + 5);
    } else if (str_eq(text, "use the code")) { /* as it is known */
        effect_replace(e, "codes", "staff", t->facts->code.kept, "");
        note(t, e, t->facts->code.kept);
    } else if (str_eq(text, "open")) {
        effect_enqueue(e, &(struct case_opening){.reason = "asked", .priority = 2});
    } else if (starts_with(text, "arm ")) {
        int64_t ms = 0;
        assert_int_equal(parse_i64(text + 4, &ms), 0);
        effect_timer(e, "t", t->event->now_ms + ms);
    } else if (str_eq(text, "about")) {
        note(t, e, arena_printf(t->arena, "%" PRId64, t->event->content.about_line));
    } else if (str_eq(text, "fates")) {
        const struct fates *f = need_fates(e, 1);
        note(t, e, f ? arena_printf(t->arena, "%zu", f->n) : "thrown away");
    } else if (starts_with(text, "record ")) {
        const struct conversation *other = need_record(e, text + strlen("record "));
        note(t, e, other ? conversation_var(other, "log") : "thrown away");
    } else if (str_eq(text, "document")) {
        struct file *file = arena_alloc(t->arena, sizeof(*file));
        file->id = arena_strdup(t->arena, "f1");
        const struct document *d = need_document(e, file, 64);
        note(t, e, !d ? "thrown away" : d->fault ? document_fault_name(d->fault) : d->text);
    } else if (str_eq(text, "look")) {
        need_fates(e, 1);
    } else if (starts_with(text, "say ")) {
        effect_say(e, LANE_CUSTOMER, &(struct content){.text = text + 4});
    } else if (starts_with(text, "posts")) { /* of ours, as far as we are told */
        const struct talk *talk = t->event->talk;
        effect_say(
            e, LANE_CUSTOMER,
            &(struct content){.text = arena_printf(t->arena, "%zu lines, %zu posts%s",
                                                   talk->n_lines, talk->n_posts,
                                                   t->event->is_to_others ? ", others'" : "")});
    } else if (!str_eq(text, "nothing")) {
        note(t, e, text);
    }
}

static inline enum verdict handle(const void *self, const struct turn *t, struct effects *e)
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

static const struct handler scribe = {.name = "scribe",
                                      .help = "",
                                      .states = IN_ANY_STATE,
                                      .in_rooms = true,
                                      .in_groups = true,
                                      .screen = screen,
                                      .handle = handle};
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
    int n_done, n_events, n_committing, n_committed, n_out, n_reread;
    void (*when_done)(struct world *w);
    struct document document; /* what the platform has, … */
    bool is_fetching;         /* … when it comes, if not at once */
    int n_fetched;
    void (*fetched)(void *arg, const struct document *d);
    void *fetched_arg;
};

static inline const struct facts *facts_of(void *arg)
{
    return &((struct world *)arg)->facts;
}

static inline void on_code(void *arg, enum store_status status, const struct pair *pairs, size_t n)
{
    struct world *w = arg;
    assert_int_equal(status, STORE_OK);
    w->facts.code.kept = n ? arena_strdup(&w->arena, pairs[0].value) : "";
}

static inline void reread(void *arg)
{
    struct world *w = arg;
    w->n_reread++;
    w->store->ops->hash_get(w->store, "codes", on_code, w);
}

static inline void on_committing(void *arg, unsigned partition, struct commit *c)
{
    struct world *w = arg;
    assert_int_equal(partition, conversation_partition(c->subject));
    w->n_committing++;
}

static inline void on_committed(void *arg, unsigned partition, const struct commit *c,
                                const struct committed *result)
{
    struct world *w = arg;
    assert_int_equal(partition, conversation_partition(c->subject));
    assert_true(w->n_committing-- > 0);
    if (result->status != STORE_OK)
        return;
    w->n_committed++;
    w->n_out += (int)result->n_out;
    for (size_t i = 0; i < result->n_out; i++)
        assert_true(result->out[i] > 0 && c->out[i].json);
}

static inline void on_show(void *arg, const struct event *event, const struct effect *shown)
{
    struct world *w = arg;
    (void)event;
    buf_printf(&w->shown, "%s%s", w->shown.len ? " " : "", shown->content.text);
}

/* What was just sent: ANN's line 7 in the room. */
static inline int64_t line_of(void *arg, const char *conversation, const char *surface,
                              const char *message_id)
{
    (void)arg;
    bool is_it = str_eq(conversation, ANN) && str_eq(surface, ROOM) && str_eq(message_id, "just");
    return is_it ? 7 : 0;
}

static inline void fetch(void *arg, const struct address *at, const struct file *file, size_t max,
                         void (*done)(void *arg, const struct document *d), void *done_arg)
{
    struct world *w = arg;
    assert_string_equal(at->platform, "telegram");
    assert_string_equal(file->id, "f1");
    assert_int_equal(max, 64);
    w->n_fetched++;
    w->fetched = done;
    w->fetched_arg = done_arg;
    if (!w->is_fetching)
        done(done_arg, &w->document);
}

static inline struct inbox *open_inbox(struct world *w)
{
    struct inbox_ports ports = {.store = w->store,
                                .pipeline = &w->pipeline,
                                .facts = facts_of,
                                .reread = reread,
                                .committing = on_committing,
                                .committed = on_committed,
                                .show = on_show,
                                .line_of = line_of,
                                .fetch = fetch,
                                .arg = w};
    return inbox_new(&ports);
}

static inline int set_up(void **state)
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
    w->facts = (struct facts){.rooms = &w->room, .n_rooms = 1};
    w->in = open_inbox(w);
    *state = w;
    return 0;
}

static inline int tear_down(void **state)
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

static inline void on_done(void *arg)
{
    struct ticket *t = arg;
    assert_false(t->is_done); /* exactly once */
    t->is_done = true;
    t->w->n_done++;
    buf_printf(&t->w->done, "%s%s", t->w->done.len ? " " : "", t->name);
    if (t->w->when_done)
        t->w->when_done(t->w);
}

static inline void deliver(struct world *w, struct inbox *in, struct event event)
{
    struct ticket *t = arena_alloc(&w->arena, sizeof(*t));
    *t = (struct ticket){w, event.content.text ? event.content.text : "", false};
    if (!event.id.member)
        event.id = (struct event_id){"test", arena_printf(&w->arena, "%d", ++w->n_events)};
    event.now_ms = clock_ms();
    event.data = event.data ? event.data : "";
    inbox_deliver(in, &event, on_done, t);
}

static inline struct event message(const char *conversation, const char *text)
{
    const char *chat = strrchr(conversation, ':') + 1;
    return (struct event){.type = EVENT_MESSAGE,
                          .from = {"telegram", "77", chat, "", chat},
                          .is_private = true,
                          .name = "",
                          .username = "",
                          .content = {.text = text}};
}

static inline void hear(struct world *w, const char *conversation, const char *text)
{
    deliver(w, w->in, message(conversation, text));
}

static inline struct event in_topic(const char *thread, const char *text)
{
    return (struct event){.type = EVENT_MESSAGE,
                          .name = "",
                          .username = "",
                          .from = {"telegram", "77", "-100200", thread, "5"},
                          .content = {.text = text}};
}

/* --- what the store has --- */

struct reading {
    struct arena *arena;
    struct conversation *record;
};

static inline void on_record(void *arg, const struct loaded *l)
{
    struct reading *r = arg;
    for (size_t i = 0; i < l->n_pairs; i++)
        conversation_set(r->record, r->arena, arena_strdup(r->arena, l->pairs[i].name),
                         arena_strdup(r->arena, l->pairs[i].value));
}

static inline struct conversation record(struct world *w, const char *id)
{
    struct conversation c;
    struct reading r = {&w->arena, &c};
    conversation_init(&c, id);
    w->slow->memory->ops->load(w->slow->memory, id, NULL, 0, on_record, &r);
    return c;
}

static inline void assert_log(struct world *w, const char *id, const char *wanted)
{
    struct conversation c = record(w, id);
    assert_string_equal(conversation_var(&c, "log"), wanted);
}

static inline void on_ok(void *arg, const struct committed *c)
{
    (void)arg;
    assert_int_equal(c->status, STORE_OK);
}

/* What another process does to a record. */
static inline void another_sets(struct world *w, const char *id, const char *name,
                                const char *value)
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

static inline void on_tells(void *arg, const struct polled *polled)
{
    *(size_t *)arg = polled->n_tells;
}

static inline size_t tells_left(struct world *w, const char *id)
{
    size_t n = 99;
    w->slow->memory->ops->poll(w->slow->memory, conversation_partition(id), clock_ms(),
                               POLL_CASES_ANEW, NULL, 0, on_tells, &n);
    return n;
}

static inline void ignore_status(void *arg, enum store_status status)
{
    (void)arg;
    assert_int_equal(status, STORE_OK);
}

static inline void give_home(struct world *w, const char *conversation, const char *thread)
{
    w->slow->memory->ops->set_home(w->slow->memory, conversation, ROOM, thread, ignore_status,
                                   NULL);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)

#endif
