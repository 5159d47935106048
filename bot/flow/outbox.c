#include "bot/flow/outbox.h"

#include "bot/base/log.h"
#include "bot/flow/settling.h"
#include "bot/flow/turn.h"
#include "bot/flow/waits.h"

#include <inttypes.h>

#define MAX_STREAMS 16      /* the account's own and its staff rooms */
#define MAX_HELD 256        /* entries of a stream in memory; the rest waits in the store */
#define MAX_DOUBTS 5        /* sends of one entry that may have gone out: then it is given up and told */
#define ROOM_RETRY_MS 30000 /* a staff room that cannot be written to keeps its entries */

struct stream {
    char *name;
    int64_t next[PARTITIONS + 1]; /* the id we expect next */
    size_t held[PARTITIONS + 1];
};

/* A send under way: the ticket an adapter settles. */
struct send {
    struct outbox *outbox;
    struct lane *lane;
    struct send *next, *prev; /* all of them */
    struct arena arena;
    struct entry message;     /* the burst as one */
    struct delivery delivery; /* kept while an event is being committed */
    char *thread;             /* the topic it went to */
    char *about_id;           /* of what it refers to, where that is out and not settled yet */
    bool is_opening;          /* a topic is being opened for it */
    bool is_homeless;         /* it is open, and the store went before it knew */
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
    struct send *sends;
    size_t n_sends;
    struct settling *settling;
    bool is_running;
};

static struct stream *stream_find(struct outbox *o, const char *name)
{
    for (size_t i = 0; i < o->n_streams; i++)
        if (str_eq(o->streams[i].name, name))
            return &o->streams[i];
    return NULL;
}

/* --- the end of a send --- */

static void send_free(struct send *s)
{
    struct outbox *o = s->outbox;
    *(s->prev ? &s->prev->next : &o->sends) = s->next;
    if (s->next)
        s->next->prev = s->prev;
    o->n_sends--;
    arena_release(&s->arena);
    free(s);
}

static void wake_soon(struct outbox *o)
{
    if (!o->is_running)
        o->ports.wake(o->ports.arg, clock_ms());
}

/* The lane goes on, at once or later; the send is over. */
static void give_back(struct send *s, int64_t not_before_ms)
{
    struct outbox *o = s->outbox;
    lanes_release(o->lanes, s->lane, not_before_ms);
    send_free(s);
    wake_soon(o);
}

static void drop_burst(struct send *s, const char *message_id, const char *mark, bool dead)
{
    struct outbox *o = s->outbox;
    struct item *next;
    for (struct item *i = lanes_pop(o->lanes, s->lane); i; i = next) {
        next = i->next;
        bool is_doubtful = i->attempts > 0 && !dead && message_id;
        const char *what = mark ? mark : is_doubtful ? "maybe twice" : NULL;
        const char *why = mark ? s->delivery.why : NULL;
        const char *json = what ? entry_mark(&s->arena, &i->entry, what, why, clock_ms()) : NULL;
        settling_add(o->settling, i, message_id, json, dead);
    }
}

/* Told to the conversation first, so that a crash in between tells it again under the same id. */
static void tell_conversation(struct send *s, enum event_type type, void (*done)(void *arg))
{
    struct outbox *o = s->outbox;
    const struct item *head = s->lane->first;
    struct event event = {
        .type = type,
        .id = {day_bucket(&s->arena, "send", head->entry.committed_ms),
               arena_printf(&s->arena, "%s:%u:%s:%" PRId64, event_type_name(type), head->partition,
                            head->stream, head->id)},
        .now_ms = clock_ms(),
        .from = head->entry.to,
        .subject = head->entry.conversation,
        .refusal = s->delivery.refusal,
        .data = s->delivery.why,
        .line = head->entry.line ? head->entry.line : head->entry.content.about_line,
        .lane = entry_surface(&head->entry),
        .content = CONTENT_INIT,
    };
    o->ports.deliver(o->ports.arg, &event, done, s);
}

static void on_refusal_told(void *arg)
{
    struct send *s = arg;
    s->lane->failures = 0;
    drop_burst(s, NULL, "not delivered", true);
    give_back(s, 0);
}

static void on_doubt_told(void *arg)
{
    struct send *s = arg;
    drop_burst(s, s->delivery.id, NULL, false);
    give_back(s, 0);
}

static bool is_doubtful(const struct lane *lane)
{
    const struct item *i = lane->first;
    for (size_t n = 0; n < lane->joined; n++, i = i->next)
        if (i->attempts > 0)
            return true;
    return false;
}

static void on_success(struct send *s)
{
    const struct outbox *o = s->outbox;
    s->lane->failures = 0;
    if (lanes_end_pause(s->lane, clock_ms()))
        waits_keep(o->ports.store, o->account, s->message.to.chat, 0);
    if (is_doubtful(s->lane) && s->message.line && s->message.content.kind == CONTENT_TEXT)
        tell_conversation(s, EVENT_DOUBT, on_doubt_told);
    else
        on_doubt_told(s);
}

/* It stays in the stream: later, at a time that survives a restart. `unsent`: it surely did not go out. */
static void defer(struct send *s, int64_t not_before_ms, bool unsent)
{
    struct outbox *o = s->outbox;
    struct store *store = o->ports.store;
    struct item *i = s->lane->first;
    for (size_t n = 0; n < s->lane->joined; n++, i = i->next) {
        i->attempts += !unsent;
        store->ops->defer(store, i->partition, o->account, o->epoch, i->stream, i->id,
                          not_before_ms, unsent, store_ignore, NULL);
    }
    give_back(s, not_before_ms);
}

static int64_t backoff_ms(struct lane *lane)
{
    int64_t ms = INT64_C(1000) << (lane->failures < 9 ? lane->failures++ : 9); /* 1, 2, 4 … 300 s */
    return ms > 300000 ? 300000 : ms;
}

static void on_retry(struct send *s)
{
    struct outbox *o = s->outbox;
    int64_t now = clock_ms(), wait = s->delivery.retry_ms;
    if (!wait) {
        defer(s, now + backoff_ms(s->lane), true);
        return;
    }
    if (s->delivery.whole_account)
        lanes_pause_all(o->lanes, now + wait);
    lanes_pause_chat(s->lane, now + wait);
    waits_keep(o->ports.store, o->account, s->delivery.whole_account ? "" : s->message.to.chat,
               now + wait);
    log_warn("outbox", "%s: asked to wait %" PRId64 " s", o->account, (wait + 999) / 1000);
    defer(s, now + wait, true);
}

static void on_home_lost(void *arg, enum store_status status)
{
    defer(arg, status == STORE_OK ? 0 : clock_ms() + 1000, true);
}

static void on_refused(struct send *s)
{
    struct outbox *o = s->outbox;
    const struct entry *e = &s->lane->first->entry;
    log_warn("outbox", "%s to %s refused (%s): %s", e->conversation, entry_surface(e),
             refusal_name(s->delivery.refusal), s->delivery.why);
    if (e->room && s->delivery.refusal == REFUSAL_NO_TOPIC && !s->is_opening)
        o->ports.store->ops->set_home(o->ports.store, e->conversation, e->room, "", on_home_lost, s);
    else if (entry_waits_for_room(e, s->delivery.refusal))
        o->ports.room_trouble(o->ports.arg, &e->to), defer(s, clock_ms() + ROOM_RETRY_MS, true);
    else if (entry_is_missed(e, s->delivery.refusal))
        tell_conversation(s, EVENT_REFUSED, on_refusal_told);
    else
        drop_burst(s, NULL, NULL, false), give_back(s, 0);
}

static void on_unknown(struct send *s)
{
    if (s->is_opening || s->lane->first->attempts + 1 < MAX_DOUBTS) {
        defer(s, clock_ms() + backoff_ms(s->lane), s->is_opening);
        return;
    }
    s->delivery.refusal = REFUSAL_TOO_MANY;
    tell_conversation(s, EVENT_REFUSED, on_refusal_told);
}

/* Opening was one call; what is to stand in the topic waits its turn again, for the group's limit
 * counts both. */
static void on_home_kept(void *arg, enum store_status status)
{
    struct send *s = arg;
    s->is_homeless = status == STORE_DOWN; /* told again when the store is back */
    if (!s->is_homeless)
        defer(s, status == STORE_OK ? 0 : clock_ms() + 1000, true);
}

static void keep_home(struct send *s)
{
    struct store *store = s->outbox->ports.store;
    store->ops->set_home(store, s->message.conversation, s->message.room, s->thread, on_home_kept,
                         s);
}

void outbox_settle(struct outbox *o, void *ticket, const struct delivery *d)
{
    struct send *s = ticket;
    (void)o;
    s->delivery = *d;
    s->delivery.id = d->id ? arena_strdup(&s->arena, d->id) : "";
    s->delivery.why = d->why ? arena_strdup(&s->arena, d->why) : "";
    switch (d->outcome) {
    case DELIVERY_SENT:
        if (s->is_opening) {
            s->thread = arena_strdup(&s->arena, d->id);
            keep_home(s);
        } else {
            on_success(s);
        }
        return;
    case DELIVERY_RETRY_AFTER:
        on_retry(s);
        return;
    case DELIVERY_REFUSED:
        on_refused(s);
        return;
    case DELIVERY_UNKNOWN:
        on_unknown(s);
        return;
    }
}

/* --- the beginning of a send --- */

static void hand_over(struct send *s, const char *about_id)
{
    struct outbox *o = s->outbox;
    struct outgoing out = {.kind = OUTGOING_CONTENT, .to = s->message.to,
                           .content = s->message.content, .about_id = about_id};
    if (s->message.room && str_empty(s->thread)) {
        s->is_opening = true;
        out.kind = OUTGOING_OPEN;
        out.content = (struct content){.text = s->message.title};
    } else if (s->message.room) {
        out.to.thread = s->thread;
    }
    o->ports.send(o->ports.arg, &out, s);
}

static void on_taken(void *arg, enum store_status status, const struct taken *taken)
{
    struct send *s = arg;
    struct outbox *o = s->outbox;
    if (status == STORE_FENCED || status == STORE_DOWN || !o->epoch) {
        give_back(s, clock_ms() + 1000);
        if (status == STORE_FENCED)
            outbox_hold(o, 0);
        return;
    }
    if (lanes_paused_until_ms(o->lanes, s->lane) > clock_ms()) { /* since it was chosen */
        defer(s, lanes_paused_until_ms(o->lanes, s->lane), true);
        return;
    }
    const struct content *c = &s->message.content;
    s->thread = arena_strdup(&s->arena, taken[0].thread);
    const char *about_id =
        taken[0].about_id ? arena_strdup(&s->arena, taken[0].about_id) : s->about_id;
    bool needs_target = c->kind == CONTENT_EDIT || c->kind == CONTENT_DELETE || c->kind == CONTENT_REACTION;
    bool has_no_topic = c->kind == CONTENT_HOME && str_empty(s->thread);
    if ((needs_target && !about_id) || has_no_topic) {
        drop_burst(s, NULL, NULL, false); /* its twin never reached this surface */
        give_back(s, 0);
        return;
    }
    hand_over(s, about_id);
}

static void begin(struct outbox *o, struct lane *lane)
{
    struct send *s = xcalloc(1, sizeof(*s));
    *s = (struct send){.outbox = o, .lane = lane, .next = o->sends};
    if (o->sends)
        o->sends->prev = s;
    o->sends = s;
    o->n_sends++;
    s->message = lanes_message(lane, &s->arena);

    const struct entry *e = &lane->first->entry;
    s->about_id = arena_strdup(
        &s->arena, settling_message_id(o->settling, lane->first->partition, e->conversation,
                                       entry_surface(e), s->message.content.about_line));
    struct take *takes = arena_alloc(&s->arena, lane->joined * sizeof(*takes));
    const struct item *i = lane->first;
    for (size_t n = 0; n < lane->joined; n++, i = i->next)
        takes[n] = (struct take){
            .stream = i->stream,
            .id = i->id,
            .conversation = i->entry.conversation,
            .surface = entry_surface(&i->entry),
            .about_line = s->message.content.about_line,
            .room = i->entry.room,
        };
    struct store *store = o->ports.store;
    store->ops->take(store, lane->first->partition, o->account, o->epoch, takes, lane->joined,
                     on_taken, s);
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
    struct lane *lane;
    while (may_begin(o) && (lane = lanes_next(o->lanes, clock_ms())))
        begin(o, lane);
    if (clock_ms() >= settling_due_ms(o->settling))
        settling_flush(o->settling, o->epoch);
    o->is_running = false;
    int64_t at = may_begin(o) ? lanes_wake_ms(o->lanes) : INT64_MAX;
    if (settling_due_ms(o->settling) < at)
        at = settling_due_ms(o->settling);
    if (o->epoch && o->ports.store->is_up && at != INT64_MAX)
        o->ports.wake(o->ports.arg, at);
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

static void accept(struct outbox *o, struct stream *stream, unsigned partition,
                   const struct out_entry *e)
{
    struct item *item = xcalloc(1, sizeof(*item));
    *item = (struct item){.partition = partition, .stream = stream->name, .id = e->id,
                          .attempts = (int)e->attempts, .not_before_ms = e->not_before_ms};
    stream->next[partition] = e->id + 1;
    if (!entry_read(&item->arena, e->json, &item->entry)) {
        log_error("outbox", "outbox entry %s %" PRId64 " cannot be read: it is skipped",
                  e->stream, e->id);
        item_free(item);
        return;
    }
    if (lanes_add(o->lanes, item))
        stream->held[partition]++;
    else /* begun under an earlier lease, and not over yet */
        item_free(item);
}

void outbox_push(struct outbox *o, unsigned partition, const char *name, int64_t id,
                 const char *json)
{
    struct stream *stream = stream_find(o, name);
    if (!stream || !o->is_open[partition])
        return;
    struct out_entry e = {.stream = name, .id = id, .json = json};
    if (id == stream->next[partition] && stream->held[partition] < MAX_HELD) {
        accept(o, stream, partition, &e);
        wake_soon(o);
    } else if (id > stream->next[partition]) {
        o->ports.look(o->ports.arg, partition);
    }
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
            accept(o, stream, partition, e);
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
    memset(o->is_open, 0, sizeof(o->is_open));
    forget(o);
    if (epoch)
        waits_read(o->ports.store, o->account, o->lanes, fence_all, o);
}

void outbox_resume(struct outbox *o)
{
    for (struct send *s = o->sends, *next; s; s = next) {
        next = s->next;
        if (s->is_homeless)
            keep_home(s);
    }
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

size_t outbox_waiting(const struct outbox *o)
{
    return lanes_count(o->lanes);
}

size_t outbox_in_flight(const struct outbox *o)
{
    return o->n_sends + settling_count(o->settling);
}

/* --- life --- */

struct outbox *outbox_new(const char *account, const struct adapter_limits *limits,
                          size_t max_text, const struct outbox_ports *ports)
{
    struct outbox *o = xcalloc(1, sizeof(*o));
    o->ports = *ports;
    o->account = xstrdup(account);
    o->lanes = lanes_new(limits, max_text);
    o->max_in_flight = limits->max_in_flight ? limits->max_in_flight : 64;
    struct settling_ports settling = {ports->store, on_gone, on_fenced, o};
    o->settling = settling_new(account, &settling);
    outbox_add_stream(o, account);
    return o;
}

void outbox_free(struct outbox *o)
{
    if (!o)
        return;
    while (o->sends)
        send_free(o->sends);
    settling_free(o->settling);
    for (size_t i = 0; i < o->n_streams; i++)
        free(o->streams[i].name);
    lanes_free(o->lanes);
    free(o->account);
    free(o);
}
