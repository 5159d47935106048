#include "bot/flow/outbox.h"

#include "bot/base/log.h"
#include "bot/flow/sender.h"
#include "bot/flow/turn.h"
#include "bot/flow/waits.h"

#include <inttypes.h>

#define MAX_STREAMS 16 /* the account's own and its staff rooms */
#define MAX_LOST    256
#define MAX_HELD    256 /* entries of a stream in memory; the rest waits in the store */

struct stream {
    char *name;
    int64_t next[PARTITIONS + 1]; /* the id we expect next; 0: whichever the store has */
    size_t held[PARTITIONS + 1];
};

struct outbox {
    struct outbox_ports ports;
    char *account;
    struct lanes *lanes;
    size_t max_in_flight;
    int64_t epoch;
    bool is_open[PARTITIONS + 1];
    struct stream streams[MAX_STREAMS];
    size_t n_streams;
    struct sender *sender;
    struct settling *settling;
    size_t n_reserved; /* commits under way that take an entry */
    size_t n_stamps;
    int64_t lost[MAX_LOST]; /* stamps of commits whose answer never came: a ring */
    size_t n_lost;
    size_t n_unreadable;
    bool is_running, is_woken; /* … soon */
};

static struct stream *stream_find(struct outbox *o, const char *name)
{
    for (size_t i = 0; i < o->n_streams; i++)
        if (str_eq(o->streams[i].name, name))
            return &o->streams[i];
    return NULL;
}

static void wake_soon(struct outbox *o)
{
    if (!o->is_running && !o->is_woken)
        o->ports.wake(o->ports.arg, clock_ms());
    o->is_woken = !o->is_running;
}

/* --- sending --- */

static void on_free(void *arg)
{
    wake_soon(arg);
}

/* What a crash would leave in doubt is never more than the platform takes at once. */
static bool may_begin(const struct outbox *o)
{
    return o->epoch && o->ports.store->is_up && outbox_in_flight(o) < o->max_in_flight;
}

void outbox_run(struct outbox *o)
{
    if (o->is_running)
        return;
    o->is_running = true;
    o->is_woken = false;
    struct lane *lane;
    while (may_begin(o) && (lane = lanes_next(o->lanes, clock_ms())))
        sender_begin(o->sender, lane, false);
    if (clock_ms() >= settling_due_ms(o->settling))
        settling_flush(o->settling, o->epoch);
    o->is_running = false;
    int64_t at = may_begin(o) ? lanes_wake_ms(o->lanes) : INT64_MAX;
    if (settling_due_ms(o->settling) < at)
        at = settling_due_ms(o->settling);
    if (o->epoch && o->ports.store->is_up && at != INT64_MAX)
        o->ports.wake(o->ports.arg, at);
}

void outbox_settle(struct outbox *o, void *ticket, const struct delivery *delivery)
{
    (void)o;
    sender_settle(ticket, delivery);
}

/* --- entries --- */

void outbox_add_stream(struct outbox *o, const char *name)
{
    if (stream_find(o, name))
        return;
    if (o->n_streams == MAX_STREAMS) {
        log_error("outbox", "more than %d staff rooms: %s gets nothing", MAX_STREAMS - 1, name);
        return;
    }
    o->streams[o->n_streams++] = (struct stream){.name = xstrdup(name)};
    for (unsigned p = 0; p <= PARTITIONS; p++)
        if (o->is_open[p])
            o->ports.look(o->ports.arg, p);
}

size_t outbox_streams(const struct outbox *o, unsigned partition, struct poll_stream *out,
                      size_t max)
{
    size_t n = 0;
    if (!o->is_open[partition])
        return 0;
    for (size_t i = 0; i < o->n_streams && n < max; i++)
        if (o->streams[i].held[partition] < MAX_HELD)
            out[n++] = (struct poll_stream){o->streams[i].name, o->streams[i].next[partition]};
    return n;
}

/* Who wrote it is told, where that much can be read of it. */
static void tell_of_unreadable(struct outbox *o, const struct item *item, const char *why)
{
    const struct entry *e = &item->entry;
    struct arena a = ARENA_INIT;
    struct event event = {
        .type = EVENT_REFUSED,
        .id = {day_bucket(&a, "send", e->committed_ms),
               arena_printf(&a, "unreadable:%u:%s:%" PRId64, item->partition, item->stream,
                            item->id)},
        .now_ms = clock_ms(),
        .from = e->to,
        .subject = e->conversation,
        .refusal = REFUSAL_UNREADABLE,
        .data = why,
        .line = e->line ? e->line : e->content.about_line,
        .lane = entry_surface(e),
        .content = e->content,
    };
    if (entry_is_missed(e, event.refusal))
        o->ports.deliver(o->ports.arg, &event, NULL, NULL);
    arena_release(&a);
}

/* It goes to the dead letters, where a person can look at it; nobody waits for it. */
static void bury(struct outbox *o, struct item *item)
{
    static const char why[] = "not an entry that this release knows";
    struct entry *e = &item->entry;
    log_error("outbox",
              "%s: entry %" PRId64 " of partition %u cannot be read (%s): see its dead letters",
              item->stream, item->id, item->partition, why);
    o->n_unreadable++;
    const char *mark = "cannot be read", *refusal = NULL;
    if ((e->line || e->content.about_line) &&
        conversation_partition(e->conversation) == item->partition) {
        mark = MARK_REFUSED;
        refusal = refusal_name(REFUSAL_UNREADABLE);
        tell_of_unreadable(o, item, why);
    } else {
        *e = (struct entry){.conversation = ""};
    }
    settling_add(o->settling, item, NULL,
                 entry_mark(&item->arena, e, mark, refusal, why, clock_ms()), true);
}

/* A commit of ours took it, but the answer did not come, so nobody has sent it. */
static bool never_left(const struct outbox *o, const struct out_entry *e)
{
    for (size_t i = 0; e->stamp && i < MAX_LOST; i++)
        if (o->lost[i] == e->stamp)
            return true;
    return false;
}

static void give_back(struct outbox *o, unsigned partition, int64_t id)
{
    struct store *store = o->ports.store;
    store->ops->defer(store, partition, o->account, o->epoch, o->account, id, 0, true, store_ignore,
                      NULL);
}

/* Returns the item in its lane; NULL: there is none. `known`: what its JSON says; NULL: read it. */
static struct item *accept(struct outbox *o, struct stream *stream, unsigned partition,
                           const struct out_entry *e, const struct entry *known)
{
    struct item *item = xcalloc(1, sizeof(*item));
    *item = (struct item){.partition = partition,
                          .stream = stream->name,
                          .id = e->id,
                          .attempts = never_left(o, e) ? 0 : e->attempts,
                          .not_before_ms = e->not_before_ms};
    if (never_left(o, e))
        give_back(o, partition, e->id);
    stream->next[partition] = e->id + 1;
    stream->held[partition]++;
    if (known)
        entry_copy(&item->arena, known, &item->entry);
    else if (!entry_read(&item->arena, e->json, &item->entry)) {
        bury(o, item);
        return NULL;
    }
    if (lanes_add(o->lanes, item))
        return item;
    stream->held[partition]--; /* begun under an earlier lease, and not over yet */
    item_free(item);
    return NULL;
}

/* An answer to a customer, in no hurry for others, that needs nothing from the store to be sent. */
static bool may_take(const struct entry *e)
{
    return !e->room && !e->hold_ms && !e->decor && e->content.kind == CONTENT_TEXT &&
           !e->content.about_line;
}

/* The entry, and those behind it that go out as one message with it. */
static void take_burst(struct outbox *o, struct commit *c, size_t first)
{
    struct arena scratch = ARENA_INIT;
    struct entry whole = *c->out[first].entry;
    c->out[first].take = true;
    for (size_t i = first + 1; i < c->n_out; i++) {
        const struct entry *next = c->out[i].entry;
        if (!str_eq(c->out[i].stream, o->account) || !str_eq(next->to.chat, whole.to.chat))
            continue;
        if (!may_take(next) || !lanes_joins(o->lanes, &whole, next))
            break;
        entry_join(&scratch, &whole, next);
        c->out[i].take = true;
    }
    arena_release(&scratch);
}

void outbox_reserve(struct outbox *o, unsigned partition, struct commit *c)
{
    bool is_known = o->is_open[partition] && o->streams[0].next[partition];
    size_t i = 0;
    while (i < c->n_out && !str_eq(c->out[i].stream, o->account))
        i++;
    if (i == c->n_out || !is_known || !may_begin(o) || !may_take(c->out[i].entry) ||
        !lanes_are_free(o->lanes, c->out[i].entry->to.chat, clock_ms()))
        return;
    take_burst(o, c, i);
    c->taker = o->account;
    c->epoch = o->epoch;
    c->stamp = clock_ms() * 1000000 + (int64_t)(++o->n_stamps % 1000000);
    o->n_reserved++;
}

/* The entry in its lane; NULL: it is not in memory yet. */
static struct item *push(struct outbox *o, unsigned partition, const struct commit_out *out,
                         int64_t id)
{
    struct stream *stream = stream_find(o, out->stream);
    struct item *item = NULL;
    struct out_entry e = {.id = id, .json = out->json};
    if (!stream || !o->is_open[partition])
        return NULL;
    if (id == stream->next[partition] && stream->held[partition] < MAX_HELD) {
        item = accept(o, stream, partition, &e, out->entry);
        wake_soon(o);
    } else if (id > stream->next[partition]) {
        o->ports.look(o->ports.arg, partition);
    }
    return item;
}

/* What was taken goes out now, `first` before all; or it was not to be taken after all. */
static void begin_taken(struct outbox *o, unsigned partition, const struct commit *c,
                        const struct committed *result, const struct item *first)
{
    struct lane *lane = NULL;
    if (first && c->epoch == o->epoch)
        lane = lanes_begin(o->lanes, first, clock_ms());
    size_t n_begun = lane ? lane->joined : 0;
    if (lane)
        sender_begin(o->sender, lane, true);
    for (size_t i = 0; i < result->n_out; i++)
        if (c->out[i].take && (!n_begun || !n_begun--))
            give_back(o, partition, result->out[i]);
}

void outbox_push(struct outbox *o, unsigned partition, const struct commit *c,
                 const struct committed *result)
{
    bool is_ours = str_eq(c->taker, o->account), has_first = false;
    const struct item *first = NULL;
    if (is_ours) {
        o->n_reserved--;
        if (result->status == STORE_DOWN)
            o->lost[o->n_lost++ % MAX_LOST] = c->stamp;
        wake_soon(o);
    }
    if (result->status != STORE_OK)
        return;
    for (size_t i = 0; i < result->n_out; i++) {
        const struct item *item = push(o, partition, &c->out[i], result->out[i]);
        if (c->out[i].take && !has_first)
            first = item;
        has_first |= c->out[i].take;
    }
    if (is_ours && result->is_taken && o->is_open[partition])
        begin_taken(o, partition, c, result, first);
}

void outbox_read(struct outbox *o, unsigned partition, const struct out_entry *entries, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct out_entry *e = &entries[i];
        struct stream *stream = stream_find(o, e->stream);
        if (!stream || !o->is_open[partition] || e->id < stream->next[partition] ||
            stream->held[partition] >= MAX_HELD)
            continue;
        if (settling_has(o->settling, e->stream, partition, e->id))
            stream->next[partition] = e->id + 1;
        else
            accept(o, stream, partition, e, NULL);
    }
    if (n)
        wake_soon(o);
}

/* The store dropped it: there is room for one more of its stream, and for one more send. */
static void on_gone(void *arg, const struct item *item)
{
    struct outbox *o = arg;
    if (stream_find(o, item->stream)->held[item->partition]-- == MAX_HELD)
        o->ports.look(o->ports.arg, item->partition);
    wake_soon(o);
}

/* --- holding --- */

struct holding {
    struct outbox *outbox;
    unsigned partition;
};

static void on_fenced(void *arg)
{
    outbox_hold(arg, 0);
}

static void on_held(void *arg, enum store_status status)
{
    struct holding h = *(struct holding *)arg;
    struct outbox *o = h.outbox;
    free(arg);
    if (status == STORE_OK && o->epoch) {
        o->is_open[h.partition] = true;
        o->ports.look(o->ports.arg, h.partition);
    } else if (status == STORE_FENCED) {
        outbox_hold(o, 0);
    }
}

static void fence_all(void *arg)
{
    struct outbox *o = arg;
    struct store *store = o->ports.store;
    for (unsigned p = 0; p <= PARTITIONS; p++) {
        struct holding *h = xmalloc(sizeof(*h));
        *h = (struct holding){o, p};
        store->ops->hold(store, p, o->account, o->epoch, on_held, h);
    }
}

static void on_forgotten(void *arg, const struct item *item)
{
    stream_find(arg, item->stream)->held[item->partition]--;
}

/* What only waits is read anew under the next lease: another one may have sent it meanwhile. */
static void forget(struct outbox *o)
{
    lanes_forget(o->lanes, on_forgotten, o);
    for (size_t i = 0; i < o->n_streams; i++)
        memset(o->streams[i].next, 0, sizeof(o->streams[i].next));
}

void outbox_hold(struct outbox *o, int64_t epoch)
{
    if (epoch && epoch == o->epoch)
        return;
    if (!epoch && o->epoch)
        log_info("outbox", "%s: no longer sending from here", o->account);
    o->epoch = epoch;
    sender_hold(o->sender, epoch);
    memset(o->is_open, 0, sizeof(o->is_open));
    forget(o);
    if (epoch)
        waits_read(o->ports.store, o->account, o->lanes, fence_all, o);
}

void outbox_resume(struct outbox *o)
{
    sender_resume(o->sender);
    if (!o->epoch)
        return;
    waits_read(o->ports.store, o->account, o->lanes, fence_all, o);
    settling_hurry(o->settling);
    wake_soon(o);
}

void outbox_hurry(struct outbox *o, const char *chat)
{
    lanes_hurry(o->lanes, chat);
    wake_soon(o);
}

size_t outbox_opening(const struct outbox *o)
{
    size_t n = 0;
    for (unsigned p = 0; p <= PARTITIONS; p++)
        n += !o->is_open[p];
    return n;
}

int64_t outbox_line(const struct outbox *o, const char *conversation, const char *surface,
                    const char *message_id)
{
    return settling_line(o->settling, conversation_partition(conversation), conversation, surface,
                         message_id);
}

int64_t outbox_spare_ms(struct outbox *o, const char *chat)
{
    return lanes_spare_ms(o->lanes, chat, clock_ms());
}

void outbox_pause_chat(struct outbox *o, const char *chat, int64_t until_ms)
{
    lanes_pause(o->lanes, chat, until_ms);
}

size_t outbox_unreadable(const struct outbox *o)
{
    return o->n_unreadable;
}

size_t outbox_waiting(const struct outbox *o)
{
    return lanes_count(o->lanes);
}

bool outbox_is_full(const struct outbox *o)
{
    return !may_begin(o);
}

size_t outbox_in_flight(const struct outbox *o)
{
    return o->n_reserved + sender_count(o->sender) + settling_count(o->settling);
}

/* --- life --- */

struct outbox *outbox_new(const char *account, const struct adapter_limits *limits, size_t max_text,
                          const struct outbox_ports *ports)
{
    struct outbox *o = xcalloc(1, sizeof(*o));
    o->ports = *ports;
    o->account = xstrdup(account);
    o->lanes = lanes_new(limits, max_text);
    o->max_in_flight = limits->max_in_flight ? limits->max_in_flight : 64;
    struct settling_ports settling = {ports->store, on_gone, on_fenced, o};
    o->settling = settling_new(account, &settling);
    struct sender_ports sender = {&o->ports, o->lanes, o->settling, on_free, on_gone, on_fenced, o};
    o->sender = sender_new(account, &sender);
    outbox_add_stream(o, account);
    return o;
}

void outbox_free(struct outbox *o)
{
    if (!o)
        return;
    sender_free(o->sender);
    settling_free(o->settling);
    for (size_t i = 0; i < o->n_streams; i++)
        free(o->streams[i].name);
    lanes_free(o->lanes);
    free(o->account);
    free(o);
}
