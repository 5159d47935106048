#include "bot/flow/post.h"

#include "bot/base/log.h"
#include "bot/flow/broadcast.h"
#include "bot/flow/lease.h"

#include <inttypes.h>

struct post {
    struct post_ports ports;
    const struct adapter *adapter;
    void *self;
    struct adapter_host host;
    char *account; /* "telegram:77"; NULL until it is ready */
    char *trouble;
    char *label;     /* as customers know it: struct platform */
    int64_t sign_ms; /* when it gave its last sign of life */
    struct outbox *outbox;
    struct broadcast *broadcast;
    struct lease *lease;
    struct timer *wake, *bulk_wake;
    int64_t second_ms; /* of conversations' sends: since then so many, and in the second before */
    int64_t n_this_second, n_last_second;
    bool is_listening, is_leading, is_stopped, knows_rooms;
    uint64_t n_in, n_sent, n_refused, n_unknown, n_later;
};

/* --- rooms that moved --- */

static const struct room *moved_room(const struct post *p, const struct address *chat)
{
    return facts_moved_room(p->ports.facts(p->ports.arg), chat);
}

/* What stood in the old chat cannot be changed or answered in the new one: its numbers are others'.
 */
static void follow(const struct post *p, struct outgoing *out)
{
    const struct room *room = moved_room(p, &out->to);
    if (!room)
        return;
    out->to.chat = room->moved_to;
    if (out->committed_ms < room->moved_ms)
        out->about_id = NULL;
}

static struct address as_kept(const struct post *p, const struct address *at)
{
    const struct room *room = moved_room(p, at);
    struct address kept = *at;
    if (room)
        kept.chat = room->address.chat;
    return kept;
}

/* --- signs of life --- */

static char *label_of(const char *title, const char *username)
{
    struct buf label = BUF_INIT(200);
    buf_str(&label, title);
    if (title && *username)
        buf_printf(&label, " (@%s)", username);
    return buf_detach(&label);
}

static void forget_those_gone(const struct post *p)
{
    const struct facts *f = p->ports.facts(p->ports.arg);
    struct store *store = p->ports.store;
    for (size_t i = 0; i < f->n_platforms; i++)
        if (platform_is_gone(f->platforms, f->n_platforms, &f->platforms[i]))
            store->ops->hash_put(store, PLATFORMS, f->platforms[i].account, "", store_ignore, NULL);
}

static void give_sign(struct post *p)
{
    struct store *store = p->ports.store;
    int64_t now = clock_ms();
    int64_t every = settings_int(p->ports.settings, "PLATFORM_DOWN") / PLATFORM_SIGNS;
    if (!p->is_leading || p->trouble || p->is_stopped || !store->is_up || now < p->sign_ms + every)
        return;
    struct arena a = ARENA_INIT;
    struct platform sign = {p->account, p->label, now};
    p->sign_ms = now;
    store->ops->hash_put(store, PLATFORMS, p->account, platform_print(&a, &sign), store_ignore,
                         NULL);
    forget_those_gone(p);
    arena_release(&a);
}

/* --- the lease's side --- */

static void listen_or_not(struct post *p)
{
    bool on = p->is_leading && p->ports.store->is_up && !p->is_stopped;
    if (on == p->is_listening || !p->adapter->listen)
        return;
    p->is_listening = on;
    p->adapter->listen(p->self, on);
}

static void on_lease(void *arg, int64_t epoch)
{
    struct post *p = arg;
    p->is_leading = epoch != 0;
    outbox_hold(p->outbox, epoch);
    broadcast_hold(p->broadcast, epoch);
    listen_or_not(p);
    give_sign(p);
    if (epoch)
        log_info(p->adapter->name, "%s: polling and sending", p->account);
}

/* --- the outbox's side --- */

static void count_send(struct post *p)
{
    int64_t now = clock_ms(), passed = now - p->second_ms;
    if (passed >= 1000 || passed < 0) {
        p->n_last_second = passed >= 1000 && passed < 2000 ? p->n_this_second : 0;
        p->n_this_second = 0;
        p->second_ms = now;
    }
    p->n_this_second++;
}

static void on_send(void *arg, const struct outgoing *outgoing, void *ticket)
{
    struct post *p = arg;
    struct outgoing out = *outgoing;
    count_send(p);
    follow(p, &out);
    p->adapter->send(p->self, &out, ticket);
}

static void on_outbox_event(void *arg, const struct event *event, void (*done)(void *arg),
                            void *done_arg)
{
    struct post *p = arg;
    p->ports.deliver(p->ports.arg, event, done, done_arg);
}

static void on_look(void *arg, unsigned partition)
{
    struct post *p = arg;
    p->ports.look(p->ports.arg, partition);
}

static void on_room_refused(void *arg, const struct address *room, enum room_act act,
                            const char *why)
{
    struct post *p = arg;
    p->ports.refused(p->ports.arg, room, act, why);
}

static void on_room_moved(void *arg, const struct address *room, const char *to)
{
    struct post *p = arg;
    p->ports.moved(p->ports.arg, room, to);
}

static void on_posted(void *arg, const struct entry *e, const char *message_id)
{
    struct post *p = arg;
    p->ports.posted(p->ports.arg, e, message_id);
}

static void on_wake(void *arg)
{
    struct post *p = arg;
    outbox_run(p->outbox);
}

static void wake_at(void *arg, int64_t at_ms)
{
    struct post *p = arg;
    if (p->wake)
        timer_arm(p->wake, at_ms - clock_ms());
}

/* --- the broadcast's side --- */

#define FEW 10 /* that go to many in one second (PAY_STEP) */

/* Sends of the last second that are no announcements. */
static int64_t sent_lately(const struct post *p)
{
    int64_t passed = clock_ms() - p->second_ms;
    return passed < 1000   ? p->n_this_second + p->n_last_second * (1000 - passed) / 1000
           : passed < 2000 ? p->n_this_second * (2000 - passed) / 1000
                           : 0;
}

/* What conversations leave. */
static int64_t bulk_per_s(void *arg)
{
    struct post *p = arg;
    int64_t left = settings_int(p->ports.settings, "ANNOUNCE_PER_S") - sent_lately(p);
    if (outbox_is_full(p->outbox))
        return 0;
    return left > 1 ? left : 1;
}

bool post_is_pressed(const struct post *p)
{
    int64_t lately = sent_lately(p), own = settings_int(p->ports.settings, "ANNOUNCE_PER_S");
    return p->is_leading && (outbox_is_full(p->outbox) || (lately && lately + FEW > own));
}

/* A group has one budget for both. */
static int64_t bulk_spare_ms(void *arg, const char *chat)
{
    struct post *p = arg;
    return outbox_spare_ms(p->outbox, chat);
}

static void on_bulk_pause(void *arg, const char *chat, int64_t until_ms)
{
    struct post *p = arg;
    outbox_pause_chat(p->outbox, chat, until_ms);
}

static void on_bulk_send(void *arg, const struct outgoing *outgoing, void *ticket)
{
    struct post *p = arg;
    p->adapter->send(p->self, outgoing, ticket);
}

static void on_bulk_event(void *arg, const struct event *event)
{
    struct post *p = arg;
    p->ports.deliver(p->ports.arg, event, NULL, NULL);
}

static void on_bulk_wake(void *arg)
{
    struct post *p = arg;
    broadcast_run(p->broadcast);
}

static void bulk_wake_at(void *arg, int64_t at_ms)
{
    struct post *p = arg;
    if (p->bulk_wake)
        timer_arm(p->bulk_wake, at_ms - clock_ms());
}

static const struct facts *facts_of(void *arg)
{
    const struct post *p = arg;
    return p->ports.facts(p->ports.arg);
}

static struct broadcast *open_broadcast(struct post *p)
{
    struct broadcast_ports ports = {
        .store = p->ports.store,
        .phrases = &p->ports.pipeline->phrases,
        .facts = facts_of,
        .per_s = bulk_per_s,
        .spare_ms = bulk_spare_ms,
        .pause_chat = on_bulk_pause,
        .send = on_bulk_send,
        .deliver = on_bulk_event,
        .wake = bulk_wake_at,
        .arg = p,
    };
    return broadcast_new(p->account, &ports);
}

/* --- the adapter's side --- */

static void host_ready(struct adapter_host *host, const char *account, const char *username)
{
    struct post *p = host->core;
    struct buf name = BUF_INIT(200);
    buf_printf(&name, "%s:%s", p->adapter->name, account);
    p->account = buf_detach(&name);
    p->label = label_of(p->adapter->title, username);
    log_info(p->adapter->name, "this is @%s (%s)", username, p->account);
    struct outbox_ports ports = {
        .store = p->ports.store,
        .send = on_send,
        .deliver = on_outbox_event,
        .look = on_look,
        .wake = wake_at,
        .room_refused = on_room_refused,
        .room_moved = on_room_moved,
        .posted = on_posted,
        .arg = p,
    };
    p->outbox = outbox_new(p->account, &p->host.limits, p->adapter->max_text, &ports);
    p->broadcast = open_broadcast(p);
    if (p->ports.loop && !p->is_stopped) {
        p->wake = timer_new(p->ports.loop, on_wake, p);
        p->bulk_wake = timer_new(p->ports.loop, on_bulk_wake, p);
        p->lease =
            lease_new(p->ports.loop, p->ports.store, p->account, p->ports.holder, on_lease, p);
    } else if (!p->ports.loop) {
        on_lease(p, 1);
    }
    p->ports.ready(p->ports.arg);
}

static void host_trouble(struct adapter_host *host, const char *what)
{
    struct post *p = host->core;
    if (str_eq(p->trouble, what))
        return;
    free(p->trouble);
    p->trouble = xstrdup(what);
    if (what)
        log_error(p->adapter->name, "%s", what);
    else
        log_info(p->adapter->name, "works again");
}

static void host_deliver(struct adapter_host *host, const struct event *event,
                         void (*done)(void *arg), void *arg)
{
    struct post *p = host->core;
    struct event kept = *event;
    kept.from = as_kept(p, &event->from);
    p->n_in++;
    if (event->type == EVENT_MEMBER && !event->is_private)
        p->ports.standing(p->ports.arg, &kept.from);
    p->ports.deliver(p->ports.arg, &kept, done, arg);
}

static void host_settle(struct adapter_host *host, void *ticket, const struct delivery *d)
{
    struct post *p = host->core;
    p->n_sent += d->outcome == DELIVERY_SENT;
    p->n_refused += d->outcome == DELIVERY_REFUSED;
    p->n_unknown += d->outcome == DELIVERY_UNKNOWN;
    p->n_later += d->outcome == DELIVERY_RETRY_AFTER;
    if (!broadcast_settle(p->broadcast, ticket, d))
        outbox_settle(p->outbox, ticket, d);
}

static void host_add_room(struct adapter_host *host, const char *chat)
{
    struct post *p = host->core;
    struct buf id = BUF_INIT(300);
    buf_printf(&id, "room:%s:%s", p->account, chat);
    p->ports.add_room(p->ports.arg, id.data);
    buf_release(&id);
}

static void host_rooms_done(struct adapter_host *host)
{
    struct post *p = host->core;
    p->knows_rooms = true;
}

static void host_add_agent(struct adapter_host *host, const char *user)
{
    struct post *p = host->core;
    p->ports.add_agent(p->ports.arg, p->adapter->name, user);
}

/* --- life --- */

struct post *post_new(const struct adapter *adapter, const struct post_ports *ports,
                      struct buf *why)
{
    struct post *p = xcalloc(1, sizeof(*p));
    p->ports = *ports;
    p->adapter = adapter;
    p->host = (struct adapter_host){
        .loop = ports->loop,
        .settings = ports->settings,
        .phrases = &ports->pipeline->phrases,
        .limits = adapter->limits,
        .username = "",
        .core = p,
        .ready = host_ready,
        .trouble = host_trouble,
        .add_room = host_add_room,
        .rooms_done = host_rooms_done,
        .add_agent = host_add_agent,
        .deliver = host_deliver,
        .settle = host_settle,
    };
    p->host.limits.community_per_min = (int)settings_int(ports->settings, "GROUP_PER_MIN");
    if (!adapter->open(&p->host, &p->self, why))
        return p;
    post_free(p);
    return NULL;
}

void post_stop(struct post *p)
{
    p->is_stopped = true;
    listen_or_not(p);
    if (p->broadcast)
        broadcast_stop(p->broadcast);
    if (p->lease)
        lease_retire(p->lease);
}

void post_drop_lease(struct post *p)
{
    if (p->lease)
        lease_drop(p->lease);
}

void post_close(struct post *p)
{
    p->is_stopped = true;
    if (p->adapter->close)
        p->adapter->close(p->self);
}

void post_free(struct post *p)
{
    lease_free(p->lease);
    outbox_free(p->outbox);
    broadcast_free(p->broadcast);
    timer_free(p->wake);
    timer_free(p->bulk_wake);
    free(p->account);
    free(p->trouble);
    free(p->label);
    free(p);
}

/* --- the engine's side --- */

void post_store_changed(struct post *p)
{
    if (p->ports.store->is_up && p->outbox)
        outbox_resume(p->outbox);
    if (p->ports.store->is_up && p->lease)
        lease_ask(p->lease);
    listen_or_not(p);
}

void post_run(struct post *p)
{
    if (p->outbox)
        outbox_run(p->outbox);
    if (p->broadcast)
        broadcast_run(p->broadcast);
    give_sign(p);
}

size_t post_in_flight(const struct post *p)
{
    return (p->outbox ? outbox_in_flight(p->outbox) : 0) +
           (p->broadcast ? broadcast_in_flight(p->broadcast) : 0);
}

bool post_is_at(const struct post *p, const struct address *at)
{
    return p->account && str_eq(p->adapter->name, at->platform) &&
           str_eq(p->account + strlen(at->platform) + 1, at->account);
}

bool post_knows_rooms(const struct post *p)
{
    return p->knows_rooms;
}

bool post_is_leading(const struct post *p)
{
    return p->is_leading;
}

struct outbox *post_outbox(const struct post *p)
{
    return p->outbox;
}

void post_show(struct post *p, const struct event *event, const char *text)
{
    if (p->adapter->show)
        p->adapter->show(p->self, event, text);
}

void post_hook(struct post *p, const struct web_request *request, struct web_answer *answer)
{
    p->adapter->hook(p->self, request, answer);
}

bool post_check_room(struct post *p, const struct address *room,
                     void (*done)(void *arg, const struct room_check *), void *arg)
{
    struct outgoing at = {.to = *room};
    follow(p, &at);
    if (p->adapter->check_room)
        p->adapter->check_room(p->self, &at.to, done, arg);
    return p->adapter->check_room;
}

void post_fetch(struct post *p, const struct file *file, size_t max,
                void (*done)(void *arg, const struct document *document), void *arg)
{
    static const struct document none = {
        .text = "", .fault = DOCUMENT_UNREACHABLE, .why = "this platform hands out no files"};
    if (p->adapter->fetch)
        p->adapter->fetch(p->self, file, max, done, arg);
    else
        done(arg, &none);
}

const char *post_name(const struct post *p)
{
    return p->adapter->name;
}

const char *post_state(const struct post *p, bool *ok)
{
    *ok = !p->trouble;
    if (p->trouble)
        return p->trouble;
    return !p->account ? "connecting" : p->is_leading ? "ok" : "standing by";
}

void post_metrics(const struct post *p, struct buf *out)
{
    const struct {
        const char *name;
        uint64_t value;
    } all[] = {
        {"events_total", p->n_in},
        {"sends_total", p->n_sent},
        {"sends_refused_total", p->n_refused},
        {"sends_unknown_total", p->n_unknown},
        {"sends_deferred_total", p->n_later},
        {"outbox_unreadable_total", p->outbox ? outbox_unreadable(p->outbox) : 0},
        {"outbox_waiting", p->outbox ? outbox_waiting(p->outbox) : 0},
        {"platform_up", p->account && !p->trouble},
    };
    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        buf_printf(out, "zaide_%s{platform=\"%s\"} %" PRIu64 "\n", all[i].name, p->adapter->name,
                   all[i].value);
}
