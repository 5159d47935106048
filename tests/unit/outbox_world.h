/* An outbox at work on the memory store (through slow_store.h), with a platform whose sends the
 * test settles by hand. What is committed here is committed as a turn would do it. */
#ifndef ZAIDE_TESTS_OUTBOX_WORLD_H
#define ZAIDE_TESTS_OUTBOX_WORLD_H

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "bot/flow/entry.h"
#include "bot/flow/outbox.h"
#include "tests/unit/slow_store.h"

#define ACCOUNT   "telegram:77"
#define ANN       "telegram:77:1001"
#define BOB       "telegram:77:1002"
#define ROOM      "room:telegram:77:-100200"
#define GROUP     "telegram:77:-100200" /* its stream */
#define NOW       INT64_C(1790000000000)
#define MAX_SENDS 2000

struct sending { /* what the platform was asked to do */
    enum outgoing_kind kind;
    enum content_kind content;
    char *text, *chat, *thread, *about_id;
    void *ticket; /* NULL: settled */
    int64_t at_ms;
};

struct telling { /* an event for the inbox */
    struct event *event;
    void (*done)(void *arg);
    void *arg;
};

struct world {
    struct arena arena;
    struct slow *slow;
    struct store *store;
    struct adapter_limits limits;
    struct outbox *o;
    struct sending sends[MAX_SENDS];
    size_t n_sends;
    struct telling told[50];
    size_t n_told;
    const char *posted;             /* what community groups have: "conversation:line=id" */
    const char *refused[ROOM_ACTS]; /* why the room did not take one; NULL: it does */
    const char *moved_to;           /* where it is, as the platform told */
    bool is_looked_at[PARTITIONS + 1], tells_wait;
    int64_t wake_ms; /* when outbox_run is wanted; INT64_MAX: not */
    int next_event;
};

/* --- the outbox's ports --- */

static inline void on_send(void *arg, const struct outgoing *out, void *ticket)
{
    struct world *w = arg;
    assert_true(w->n_sends < MAX_SENDS);
    w->sends[w->n_sends++] = (struct sending){
        .kind = out->kind,
        .content = out->content.kind,
        .text = arena_strdup(&w->arena, out->content.text),
        .chat = arena_strdup(&w->arena, out->to.chat),
        .thread = arena_strdup(&w->arena, out->to.thread),
        .about_id = arena_strdup(&w->arena, out->about_id),
        .ticket = ticket,
        .at_ms = clock_ms(),
    };
}

static inline void on_deliver(void *arg, const struct event *event, void (*done)(void *arg),
                              void *done_arg)
{
    struct world *w = arg;
    assert_true(w->n_told < ARRAY_LEN(w->told));
    w->told[w->n_told++] = (struct telling){event_copy(&w->arena, event), done, done_arg};
    if (done && !w->tells_wait)
        done(done_arg);
}

static inline void on_look(void *arg, unsigned partition)
{
    ((struct world *)arg)->is_looked_at[partition] = true;
}

static inline void on_wake(void *arg, int64_t at_ms)
{
    struct world *w = arg;
    if (at_ms < w->wake_ms)
        w->wake_ms = at_ms;
}

static inline void on_room_refused(void *arg, const struct address *room, enum room_act act,
                                   const char *why)
{
    struct world *w = arg;
    assert_string_equal(room->chat, "-100200");
    w->refused[act] = arena_strdup(&w->arena, why);
}

static inline void on_room_moved(void *arg, const struct address *room, const char *to)
{
    struct world *w = arg;
    assert_string_equal(room->chat, "-100200");
    w->moved_to = arena_strdup(&w->arena, to);
}

static inline void on_posted(void *arg, const struct entry *e, const char *message_id)
{
    struct world *w = arg;
    w->posted = arena_printf(&w->arena, "%s:%ld=%s", e->conversation, (long)e->line, message_id);
}

static inline struct outbox *open_outbox(struct world *w)
{
    struct outbox_ports ports = {w->store, on_send,         on_deliver,    on_look,   on_wake,
                                 on_room_refused, on_room_moved, on_posted, w};
    struct outbox *o = outbox_new(ACCOUNT, &w->limits, 4096, &ports);
    outbox_add_stream(o, GROUP);
    return o;
}

static inline int set_up(void **state)
{
    struct world *w = xcalloc(1, sizeof(*w));
    clock_set_ms(NOW);
    w->slow = slow_store_new();
    w->store = &w->slow->store;
    w->limits.max_in_flight = 32;
    w->wake_ms = INT64_MAX;
    w->o = open_outbox(w);
    *state = w;
    return 0;
}

static inline int tear_down(void **state)
{
    struct world *w = *state;
    w->store->ops->free(w->store);
    outbox_free(w->o);
    arena_release(&w->arena);
    clock_set_ms(0);
    free(w);
    return 0;
}

/* --- the sweep and the loop, by hand --- */

struct looking {
    struct world *w;
    unsigned partition;
};

static inline void on_polled(void *arg, const struct polled *polled)
{
    struct looking *l = arg;
    if (polled->status == STORE_OK)
        outbox_read(l->w->o, l->partition, polled->entries, polled->n_entries);
    free(l);
}

static inline void look(struct world *w)
{
    for (unsigned p = 0; p <= PARTITIONS; p++) {
        if (!w->is_looked_at[p])
            continue;
        struct poll_stream streams[8];
        struct looking *l = xmalloc(sizeof(*l));
        w->is_looked_at[p] = false;
        *l = (struct looking){w, p};
        size_t n = outbox_streams(w->o, p, streams, ARRAY_LEN(streams));
        w->store->ops->poll(w->store, p, clock_ms(), POLL_CASES_ANEW, streams, n, on_polled, l);
    }
}

static inline bool looks(const struct world *w)
{
    for (unsigned p = 0; p <= PARTITIONS; p++)
        if (w->is_looked_at[p])
            return true;
    return false;
}

/* All that is to happen now; the clock stands. */
static inline void run(struct world *w)
{
    do {
        w->wake_ms = INT64_MAX;
        look(w);
        outbox_run(w->o);
    } while (w->wake_ms <= clock_ms() || looks(w));
}

static inline void pass(struct world *w, int64_t ms)
{
    int64_t end = clock_ms() + ms;
    for (run(w); w->wake_ms <= end; run(w))
        clock_set_ms(w->wake_ms);
    clock_set_ms(end);
    run(w);
}

static inline void hold(struct world *w, int64_t epoch)
{
    outbox_hold(w->o, epoch);
    run(w);
}

/* --- entries --- */

static inline struct entry to_customer(const char *conversation, const char *text)
{
    return (struct entry){.to = {"telegram", "77", strrchr(conversation, ':') + 1, "", ""},
                          .conversation = conversation,
                          .title = "",
                          .committed_ms = clock_ms(),
                          .content = {.text = text}};
}

static inline struct entry to_staff(const char *conversation, const char *text)
{
    struct entry e = to_customer(conversation, text);
    e.to.chat = "-100200";
    e.room = ROOM;
    e.title = conversation;
    e.is_group = true;
    return e;
}

struct pushed {
    int64_t id;
    char *json;
};

static inline void on_version(void *arg, const struct loaded *l)
{
    for (size_t i = 0; i < l->n_pairs; i++)
        if (str_eq(l->pairs[i].name, "version"))
            assert_int_equal(parse_i64(l->pairs[i].value, arg), 0);
}

static inline void on_committed(void *arg, const struct committed *c)
{
    assert_int_equal(c->status, STORE_OK);
    if (c->n_out)
        *(int64_t *)arg = c->out[0];
}

/* As another process does it: this outbox is not told. */
static inline struct pushed commit_entry(struct world *w, const struct entry *e)
{
    struct store *memory = w->slow->memory;
    struct pushed made = {0};
    int64_t version = 0;
    struct buf json = BUF_INIT(JSON_MAX_BYTES);
    entry_write(&json, e, NULL);
    made.json = arena_strdup(&w->arena, json.data);
    buf_release(&json);
    struct commit_out out = {.stream = e->room ? GROUP : ACCOUNT, .json = made.json};
    memory->ops->load(memory, e->conversation, NULL, 0, on_version, &version);
    struct commit c = {.subject = e->conversation,
                       .version = version,
                       .event = {"test", arena_printf(&w->arena, "%d", ++w->next_event)},
                       .now_ms = clock_ms(),
                       .out = &out,
                       .n_out = 1};
    memory->ops->commit(memory, &c, on_committed, &made.id);
    return made;
}

/* As the process does it that committed. */
static inline void hand_over(struct world *w, const char *stream, const struct pushed *made,
                             const struct entry *e)
{
    struct commit_out out = {.stream = stream, .json = made->json};
    struct commit c = {.subject = e->conversation, .out = &out, .n_out = 1};
    struct committed result = {.status = STORE_OK, .out = &made->id, .n_out = 1};
    outbox_push(w->o, conversation_partition(e->conversation), &c, &result);
}

static inline void push(struct world *w, struct entry e)
{
    struct pushed made = commit_entry(w, &e);
    hand_over(w, e.room ? GROUP : ACCOUNT, &made, &e);
}

static inline void push_line(struct world *w, const char *conversation, const char *text,
                             int64_t line)
{
    struct entry e = to_customer(conversation, text);
    e.line = line;
    push(w, e);
}

/* --- what the platform answers --- */

static inline struct sending *last_send(struct world *w)
{
    assert_true(w->n_sends > 0);
    return &w->sends[w->n_sends - 1];
}

/* The newest with these words that is under way. */
static inline struct sending *send_of(struct world *w, const char *text)
{
    for (size_t i = w->n_sends; i-- > 0;)
        if (w->sends[i].ticket && str_eq(w->sends[i].text, text))
            return &w->sends[i];
    fail_msg("%s is not being sent", text);
    return NULL;
}

static inline void settle(struct world *w, struct sending *s, struct delivery d)
{
    void *ticket = s->ticket;
    assert_non_null(ticket);
    s->ticket = NULL;
    outbox_settle(w->o, ticket, &d);
    run(w);
}

static inline void sent(struct world *w, const char *id)
{
    settle(w, last_send(w), (struct delivery){.outcome = DELIVERY_SENT, .id = id});
}

static inline void all_sent(struct world *w)
{
    for (size_t i = 0; i < w->n_sends; i++)
        if (w->sends[i].ticket)
            settle(w, &w->sends[i],
                   (struct delivery){.outcome = DELIVERY_SENT,
                                     .id = arena_printf(&w->arena, "m%zu", i)});
}

static inline void refused(struct world *w, enum refusal r)
{
    settle(w, last_send(w),
           (struct delivery){.outcome = DELIVERY_REFUSED, .refusal = r, .why = "no means no"});
}

static inline void unknown(struct world *w)
{
    settle(w, last_send(w), (struct delivery){.outcome = DELIVERY_UNKNOWN, .why = "broken"});
}

static inline void retry_after(struct world *w, int64_t ms)
{
    settle(w, last_send(w), (struct delivery){.outcome = DELIVERY_RETRY_AFTER, .retry_ms = ms});
}

static inline void assert_sent_texts(struct world *w, const char *wanted)
{
    struct buf is = BUF_INIT(100000);
    for (size_t i = 0; i < w->n_sends; i++)
        buf_printf(&is, "%s%s%s", i ? "|" : "", w->sends[i].kind == OUTGOING_OPEN ? "open " : "",
                   w->sends[i].text);
    assert_string_equal(is.data, wanted);
    buf_release(&is);
}

/* --- what the store has --- */

struct stock {
    size_t n;
    int64_t attempts, not_before_ms; /* of the first */
};

static inline void on_stock(void *arg, const struct polled *polled)
{
    struct stock *s = arg;
    s->n = polled->n_entries;
    if (s->n) {
        s->attempts = polled->entries[0].attempts;
        s->not_before_ms = polled->entries[0].not_before_ms;
    }
}

static inline struct stock stock(struct world *w, const char *conversation, const char *stream)
{
    struct stock s = {0};
    struct poll_stream all = {stream, 0};
    struct store *memory = w->slow->memory;
    memory->ops->poll(memory, conversation_partition(conversation), clock_ms(), POLL_CASES_ANEW,
                      &all, 1, on_stock, &s);
    return s;
}

static inline void on_line(void *arg, const struct loaded *l)
{
    *(int64_t *)arg = l->about_lines[0];
}

/* The line that a platform message shows; 0: unknown. */
static inline int64_t line_of(struct world *w, const char *conversation, const char *surface,
                              const char *id)
{
    int64_t line = 0;
    struct store_ref ref = {surface, id};
    w->slow->memory->ops->load(w->slow->memory, conversation, &ref, 1, on_line, &line);
    return line;
}

static inline void on_marks(void *arg, enum store_status status, const char *const *lines, size_t n)
{
    struct buf *out = arg;
    assert_int_equal(status, STORE_OK);
    for (size_t i = 0; i < n; i++) {
        struct json *j = json_parse(lines[i], strlen(lines[i]), NULL);
        if (json_str(j, "mark"))
            buf_printf(out, "%s%s@%s %d", out->len ? ", " : "", json_str(j, "mark"),
                       json_str(j, "surface"), (int)json_int(j, "line", -1));
        json_free(j);
    }
}

/* Its transcript's marks: "not delivered@customer 5, …". */
static inline void assert_marks(struct world *w, const char *conversation, const char *wanted)
{
    struct buf is = BUF_INIT(10000);
    w->slow->memory->ops->transcript(w->slow->memory, conversation, 1, 100, on_marks, &is);
    assert_string_equal(is.data, wanted);
    buf_release(&is);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)

#endif
