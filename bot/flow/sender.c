#include "bot/flow/sender.h"

#include "bot/base/log.h"
#include "bot/flow/turn.h"
#include "bot/flow/waits.h"

#include <inttypes.h>

/* The mean answer time that support aims at is 30 s: when a platform is back after a fault, what
 * waits should not add more than that. */
#define MAX_BACKOFF_MS  30000
#define ROOM_RETRY_MS   30000 /* a staff room that cannot be written to keeps its entries … */
#define ROOM_KEEP_MS    (INT64_C(30) * 24 * 3600 * 1000) /* … so long */
#define MAX_DOUBTS      5 /* sends of one entry that may have gone out: then it is given up and told */
#define MAX_ROOM_DOUBTS 20 /* staff bears to read twice, not to miss: 7 minutes of 502 */

/* A send under way: the ticket an adapter settles. */
struct send {
    struct sender *sender;
    struct lane *lane;
    int64_t epoch;            /* of the lease it was begun under */
    struct send *next, *prev; /* all of them */
    struct arena arena;
    struct entry message;     /* the burst as one */
    struct delivery delivery; /* kept while an event is being committed */
    char *thread;             /* the topic it went to */
    const char *about_id;     /* of what it refers to, as far as it is known */
    bool is_out;              /* the adapter has it */
    bool is_opening;          /* a topic is being opened for it */
    int64_t not_before_ms;    /* deferred: until then … */
    bool is_unsent;           /* … and it surely did not go out */
    /* What the store has not answered yet; asked again when it is back. */
    void (*asked)(struct send *s);
};

struct sender {
    struct sender_ports ports;
    struct store *store;
    char *account;
    int64_t epoch;
    struct send *first;
    size_t n;
};

/* --- the end of a send --- */

static void send_free(struct send *s)
{
    struct sender *sender = s->sender;
    *(s->prev ? &s->prev->next : &sender->first) = s->next;
    if (s->next)
        s->next->prev = s->prev;
    sender->n--;
    arena_release(&s->arena);
    free(s);
}

/* The lane goes on, at once or later; the send is over. */
static void give_back(struct send *s, int64_t not_before_ms)
{
    struct sender *sender = s->sender;
    if (!s->is_out)
        lanes_refund(s->lane);
    lanes_release(sender->ports.lanes, s->lane, not_before_ms);
    send_free(s);
    sender->ports.on_free(sender->ports.arg);
}

/* Of an album each part has an id of its own. */
static const char *id_of_part(const struct delivery *d, const char *message_id, size_t part)
{
    return message_id && part < d->n_ids ? d->ids[part] : message_id;
}

/* What the transcript is to say of a send that is over; NULL: it went as it should, or nobody
 * misses it. */
static const char *mark_of(struct send *s, const struct item *i, bool is_out, bool dead)
{
    const struct delivery *d = &s->delivery;
    const struct entry *e = &i->entry;
    if (dead)
        return entry_mark(&s->arena, e, MARK_REFUSED, refusal_name(d->refusal), d->why, clock_ms());
    if (is_out && i->attempts > 0)
        return entry_mark(&s->arena, e, MARK_TWICE, NULL, NULL, clock_ms());
    if (is_out && entry_is_late(e, clock_ms()))
        return entry_mark(&s->arena, e, MARK_LATE, NULL, NULL, clock_ms());
    return NULL;
}

/* It is out or given up, and settled as that. message_id NULL: it did not go out. */
static void end_burst(struct send *s, const char *message_id, bool dead)
{
    struct sender *sender = s->sender;
    struct item *next;
    size_t part = 0;
    for (struct item *i = lanes_pop(sender->ports.lanes, s->lane); i; i = next, part++) {
        next = i->next;
        const char *mark = mark_of(s, i, message_id != NULL, dead);
        const char *id = id_of_part(&s->delivery, message_id, part);
        settling_add(sender->ports.settling, i, id, mark, dead);
    }
    give_back(s, 0);
}

/* Told to the conversation first, so that a crash in between tells it again under the same id. */
static void tell_conversation(struct send *s, enum event_type type, void (*done)(void *arg))
{
    struct sender *sender = s->sender;
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
        .content = type == EVENT_REFUSED ? s->message.content : (struct content)CONTENT_INIT,
    };
    sender->ports.outside->deliver(sender->ports.outside->arg, &event, done, s);
}

static void on_refusal_told(void *arg)
{
    struct send *s = arg;
    s->lane->failures = 0;
    end_burst(s, NULL, true);
}

static void on_doubt_told(void *arg)
{
    struct send *s = arg;
    end_burst(s, s->delivery.id, false);
}

static bool is_doubtful(const struct lane *lane)
{
    const struct item *i = lane->first;
    for (size_t n = 0; n < lane->joined; n++, i = i->next)
        if (i->attempts > 0)
            return true;
    return false;
}

/* `why` NULL: it took this one. */
static void tell_of_room(const struct send *s, const char *why)
{
    const struct outbox_ports *outside = s->sender->ports.outside;
    const struct entry *e = &s->lane->first->entry;
    enum room_act act = s->is_opening ? ROOM_OPENS : e->room ? ROOM_POSTS : ROOM_TALKS;
    if (e->is_group && (why || s->is_opening || e->content.kind == CONTENT_TEXT))
        outside->room_refused(outside->arg, &e->to, act, why);
}

static void on_success(struct send *s)
{
    const struct sender *sender = s->sender;
    const struct outbox_ports *outside = sender->ports.outside;
    s->lane->failures = 0;
    tell_of_room(s, NULL);
    if (s->message.is_community && !str_empty(s->delivery.id))
        outside->posted(outside->arg, &s->message, s->delivery.id);
    if (lanes_end_pause(s->lane, clock_ms()))
        waits_keep(sender->store, sender->account, s->message.to.chat, 0);
    if (is_doubtful(s->lane) && s->message.line && s->message.content.kind == CONTENT_TEXT)
        tell_conversation(s, EVENT_DOUBT, on_doubt_told);
    else
        on_doubt_told(s);
}

/* The lease went since it was begun, and maybe came back. Another process may have sent the entry
 * meanwhile: only that it went out is news then, the rest is for the new holder to find out. */
static bool is_old(const struct send *s)
{
    return s->epoch != s->sender->epoch;
}

static void on_deferred(void *arg, enum store_status status)
{
    struct send *s = arg;
    struct item *i = s->lane->first;
    if (status == STORE_DOWN)
        return;
    for (size_t n = 0; n < s->lane->joined; n++, i = i->next)
        i->attempts = is_old(s) ? ATTEMPTS_ASK : i->attempts + !s->is_unsent;
    give_back(s, s->not_before_ms);
}

/* They arrive in order, so the last answer stands for all. */
static void ask_defer(struct send *s)
{
    const struct sender *sender = s->sender;
    struct store *store = sender->store;
    const struct delivery *d = &s->delivery;
    s->asked = ask_defer;
    if (d->outcome == DELIVERY_RETRY_AFTER && d->retry_ms)
        waits_keep(store, sender->account, d->whole_account ? "" : s->message.to.chat,
                   s->not_before_ms);
    const struct item *i = s->lane->first;
    for (size_t left = s->lane->joined; left; left--, i = i->next)
        store->ops->defer(store, i->partition, sender->account, s->epoch, i->stream, i->id,
                          s->not_before_ms, s->is_unsent, left > 1 ? store_ignore : on_deferred, s);
}

/* It stays in the stream: later, at a time that survives a restart. */
static void defer(struct send *s, int64_t not_before_ms, bool is_unsent)
{
    s->not_before_ms = not_before_ms;
    s->is_unsent = is_unsent;
    ask_defer(s);
}

/* 1, 2, 4 … 30 s */
static int64_t backoff_ms(struct lane *lane)
{
    int64_t ms = INT64_C(1000) << (lane->failures < 5 ? lane->failures++ : 5);
    return ms > MAX_BACKOFF_MS ? MAX_BACKOFF_MS : ms;
}

static void on_retry(struct send *s)
{
    struct sender *sender = s->sender;
    int64_t now = clock_ms(), wait = s->delivery.retry_ms;
    if (!wait) {
        defer(s, now + backoff_ms(s->lane), true);
        return;
    }
    if (s->delivery.whole_account)
        lanes_pause_all(sender->ports.lanes, now + wait);
    lanes_pause_chat(s->lane, now + wait);
    log_warn("outbox", "%s: asked to wait %" PRId64 " s", sender->account, (wait + 999) / 1000);
    defer(s, now + wait, true);
}

static void on_loss_told(void *arg)
{
    defer(arg, 0, true);
}

static void on_home_lost(void *arg, enum store_status status)
{
    struct send *s = arg;
    s->delivery.why = "lost";
    if (status == STORE_OK)
        tell_conversation(s, EVENT_HOME, on_loss_told);
    else
        defer(s, clock_ms() + 1000, true);
}

static void wait_for_room(struct send *s)
{
    if (clock_ms() - s->lane->first->entry.committed_ms < ROOM_KEEP_MS)
        defer(s, clock_ms() + ROOM_RETRY_MS, true);
    else
        end_burst(s, NULL, true);
}

static void on_refused(struct send *s)
{
    struct sender *sender = s->sender;
    const struct entry *e = &s->lane->first->entry;
    if (is_old(s)) {
        defer(s, clock_ms() + backoff_ms(s->lane), true);
        return;
    }
    log_warn("outbox", "%s to %s refused (%s): %s", e->conversation, entry_surface(e),
             refusal_name(s->delivery.refusal), s->delivery.why);
    const struct outbox_ports *outside = sender->ports.outside;
    if (e->is_group && s->delivery.migrated_to)
        outside->room_moved(outside->arg, &e->to, s->delivery.migrated_to);
    else if (s->is_opening || entry_blames_room(e, s->delivery.refusal))
        tell_of_room(s, s->delivery.why);
    if (e->room && s->delivery.refusal == REFUSAL_NO_TOPIC && !s->is_opening)
        sender->store->ops->set_home(sender->store, e->conversation, e->room, "", on_home_lost, s);
    else if (s->is_opening || entry_waits_for_room(e, s->delivery.refusal))
        wait_for_room(s);
    else if (entry_is_missed(e, s->delivery.refusal))
        tell_conversation(s, EVENT_REFUSED, on_refusal_told);
    else
        end_burst(s, NULL, false);
}

static void on_unknown(struct send *s)
{
    const struct entry *e = &s->lane->first->entry;
    int max_doubts = e->is_group ? MAX_ROOM_DOUBTS : MAX_DOUBTS;
    if (s->is_opening || is_old(s) || s->lane->first->attempts + 1 < max_doubts) {
        defer(s, clock_ms() + backoff_ms(s->lane), s->is_opening);
        return;
    }
    s->delivery.refusal = REFUSAL_TOO_MANY;
    on_refused(s);
}

static void hand_over(struct send *s);

/* Opening was one call; what is to stand in the topic is another, and when the group's limit does
 * not allow it now, it waits its turn again. */
static void on_home_kept(void *arg, enum store_status status)
{
    struct send *s = arg;
    if (status == STORE_OK && !is_old(s) &&
        lanes_charge(s->sender->ports.lanes, s->lane, clock_ms()))
        hand_over(s);
    else if (status != STORE_DOWN)
        defer(s, status == STORE_OK ? 0 : clock_ms() + 1000, true);
}

static void keep_home(struct send *s)
{
    struct store *store = s->sender->store;
    s->asked = keep_home;
    store->ops->set_home(store, s->message.conversation, s->message.room, s->thread, on_home_kept,
                         s);
}

void sender_settle(void *ticket, const struct delivery *d)
{
    struct send *s = ticket;
    s->delivery = *d;
    s->delivery.id = d->id ? arena_strdup(&s->arena, d->id) : "";
    s->delivery.why = d->why ? arena_strdup(&s->arena, d->why) : "";
    s->delivery.migrated_to = arena_strdup(&s->arena, d->migrated_to);
    const char **ids = arena_alloc(&s->arena, d->n_ids * sizeof(*ids));
    for (size_t i = 0; i < d->n_ids; i++)
        ids[i] = arena_strdup(&s->arena, d->ids[i]);
    s->delivery.ids = ids;
    switch (d->outcome) {
    case DELIVERY_SENT:
        if (s->is_opening) {
            tell_of_room(s, NULL);
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

static void hand_over(struct send *s)
{
    struct sender *sender = s->sender;
    struct outgoing out = {.kind = OUTGOING_CONTENT,
                           .to = s->message.to,
                           .content = s->message.content,
                           .about_id = s->about_id,
                           .committed_ms = s->message.committed_ms};
    s->asked = NULL;
    s->is_opening = s->message.room && str_empty(s->thread);
    if (s->is_opening) {
        out.kind = OUTGOING_OPEN;
        out.content = (struct content){.text = s->message.title};
    } else if (s->message.room) {
        out.to.thread = s->thread;
    }
    s->is_out = true;
    sender->ports.outside->send(sender->ports.outside->arg, &out, s);
}

/* What is left of the burst, and what the store knows of that; NULL: nothing is. */
static const struct taken *keep_taken(struct send *s, const struct taken *taken)
{
    struct sender *sender = s->sender;
    const struct taken *kept = NULL;
    struct item *i = s->lane->first, *next;
    for (size_t joined = s->lane->joined; joined; joined--, taken++, i = next) {
        next = i->next;
        if (!taken->is_gone) {
            kept = taken;
            if (i->attempts == ATTEMPTS_ASK)
                i->attempts = taken->attempts;
            continue;
        }
        lanes_remove(sender->ports.lanes, s->lane, i);
        sender->ports.on_gone(sender->ports.arg, i);
        item_free(i);
    }
    return kept;
}

/* It is marked in flight; what it refers to is known now, or will never be. */
static void send_taken(struct send *s, const struct taken *taken)
{
    s->message = lanes_message(s->lane, &s->arena);
    s->thread = arena_strdup(&s->arena, taken->thread);
    const struct content *c = &s->message.content;
    if (taken->about_id)
        s->about_id = arena_strdup(&s->arena, taken->about_id);
    bool needs_target =
        c->kind == CONTENT_EDIT || c->kind == CONTENT_DELETE || c->kind == CONTENT_REACTION;
    bool has_no_topic = c->kind == CONTENT_HOME && str_empty(s->thread);
    if (c->kind == CONTENT_EDIT && s->message.decor && !s->about_id) {
        s->delivery =
            (struct delivery){.refusal = REFUSAL_NO_MESSAGE, .why = "its place is forgotten"};
        tell_conversation(s, EVENT_REFUSED, on_refusal_told); /* a board must be posted anew */
    } else if ((needs_target && !s->about_id) || has_no_topic) {
        end_burst(s, NULL, false); /* its twin never reached this surface */
    } else {
        hand_over(s);
    }
}

static void on_taken(void *arg, enum store_status status, const struct taken *taken)
{
    struct send *s = arg;
    struct sender *sender = s->sender;
    if (status == STORE_DOWN)
        return; /* it may be marked all the same, so it keeps its place */
    s->asked = NULL;
    if (status != STORE_OK) {
        bool is_fenced = status == STORE_FENCED && !is_old(s);
        give_back(s, clock_ms() + 1000);
        if (is_fenced)
            sender->ports.on_fenced(sender->ports.arg);
        return;
    }
    if (is_old(s)) {
        defer(s, 0, true);
        return;
    }
    taken = keep_taken(s, taken);
    int64_t paused_until_ms = lanes_paused_until_ms(sender->ports.lanes, s->lane);
    if (!taken)
        give_back(s, 0);
    else if (paused_until_ms > clock_ms()) /* since it was chosen */
        defer(s, paused_until_ms, true);
    else
        send_taken(s, taken);
}

static void mark(struct send *s)
{
    const struct sender *sender = s->sender;
    const struct lane *lane = s->lane;
    struct take *takes = arena_alloc(&s->arena, lane->joined * sizeof(*takes));
    const struct item *i = lane->first;
    s->asked = mark;
    for (size_t n = 0; n < lane->joined; n++, i = i->next)
        takes[n] = (struct take){
            .stream = i->stream,
            .id = i->id,
            .conversation = i->entry.conversation,
            .surface = entry_surface(&i->entry),
            .about_line = i->entry.content.about_line,
            .room = i->entry.room,
        };
    sender->store->ops->take(sender->store, lane->first->partition, sender->account, s->epoch,
                             takes, lane->joined, on_taken, s);
}

void sender_begin(struct sender *sender, struct lane *lane, bool is_taken)
{
    struct send *s = xcalloc(1, sizeof(*s));
    *s = (struct send){
        .sender = sender, .lane = lane, .epoch = sender->epoch, .next = sender->first};
    if (sender->first)
        sender->first->prev = s;
    sender->first = s;
    sender->n++;

    const struct entry *e = &lane->first->entry;
    s->about_id = arena_strdup(
        &s->arena, settling_message_id(sender->ports.settling, lane->first->partition,
                                       e->conversation, entry_surface(e), e->content.about_line));
    if (is_taken)
        on_taken(s, STORE_OK, arena_alloc(&s->arena, lane->joined * sizeof(struct taken)));
    else
        mark(s);
}

/* --- life --- */

void sender_hold(struct sender *sender, int64_t epoch)
{
    sender->epoch = epoch;
}

void sender_resume(struct sender *sender)
{
    for (struct send *s = sender->first, *next; s; s = next) {
        next = s->next;
        if (s->asked)
            s->asked(s);
    }
}

size_t sender_count(const struct sender *sender)
{
    return sender->n;
}

struct sender *sender_new(const char *account, const struct sender_ports *ports)
{
    struct sender *sender = xcalloc(1, sizeof(*sender));
    sender->ports = *ports;
    sender->store = ports->outside->store;
    sender->account = xstrdup(account);
    return sender;
}

void sender_free(struct sender *sender)
{
    while (sender->first)
        send_free(sender->first);
    free(sender->account);
    free(sender);
}
