#include "bot/flow/inbox.h"

#include "bot/base/log.h"
#include "bot/flow/needs.h"
#include "bot/flow/numbers.h"
#include "bot/flow/route.h"
#include "bot/flow/turn.h"

#include <inttypes.h>

#define MAX_TRIES 50 /* conflicts in a row: past this something is wrong, and it is told */

/* An event on its way, with the memory it lives in. */
struct arrival {
    struct arrival *next;
    struct arena arena;
    struct event *event;
    void (*done)(void *arg);
    void *arg;
    struct needs needs; /* what handlers lacked */
    int tries;
    bool is_screened;
};

/* One try at a turn, from the run to the commit's answer. Its memory goes on to the next attempt,
 * whosever that is: there are as many as commits in flight, and the last one's is still warm. */
struct attempt {
    struct attempt *next;
    struct arena arena;
    struct conversation record; /* as it was; its strings are the slot's */
    struct effects effects;
    struct commit commit;
};

/* A subject with its record, as far as we know it, and its events in order. */
struct slot {
    struct inbox *inbox;
    struct slot *chain;         /* hash bucket */
    struct slot *newer, *older; /* idle ones by last use */
    struct arrival *first, *last;
    bool is_running, is_pumping, is_fresh, is_idle;
    struct packed_conversation *record; /* NULL: not known */
    struct attempt *attempt;            /* in flight, or NULL */
    char id[];
};

#define BUCKETS 16384

struct inbox {
    struct inbox_ports ports;
    struct route route;
    struct slot *buckets[BUCKETS];
    struct slot *newest, *oldest;             /* idle slots */
    struct arrival *homeless, *last_homeless; /* whose subject could not be asked for yet */
    struct attempt *attempts;                 /* free ones */
    struct numbers numbers;
    size_t n_slots, n_waiting;
    bool is_stalled;  /* the store went away during a turn */
    bool is_resuming; /* slots stay where they are */
};

static void pump(struct slot *s);
static void enqueue(struct inbox *in, struct arrival *a);

/* --- attempts --- */

static struct attempt *attempt_get(struct inbox *in)
{
    struct attempt *t = in->attempts;
    if (t)
        in->attempts = t->next;
    else
        t = xcalloc(1, sizeof(*t));
    return t;
}

static void attempt_put(struct inbox *in, struct attempt *t)
{
    arena_clear(&t->arena);
    t->next = in->attempts;
    in->attempts = t;
}

static void attempt_free(struct attempt *t)
{
    arena_release(&t->arena);
    free(t);
}

/* --- slots --- */

static struct slot **bucket_of(struct inbox *in, const char *id)
{
    return &in->buckets[fnv1a64(id, strlen(id)) % BUCKETS];
}

static void idle_remove(struct inbox *in, struct slot *s)
{
    if (!s->is_idle)
        return;
    *(s->newer ? &s->newer->older : &in->newest) = s->older;
    *(s->older ? &s->older->newer : &in->oldest) = s->newer;
    s->newer = s->older = NULL;
    s->is_idle = false;
}

static void slot_free(struct inbox *in, struct slot *s)
{
    struct slot **at = bucket_of(in, s->id);
    while (*at != s)
        at = &(*at)->chain;
    *at = s->chain;
    idle_remove(in, s);
    if (s->attempt)
        attempt_free(s->attempt);
    free(s->record);
    free(s);
    in->n_slots--;
}

static void idle_add(struct inbox *in, struct slot *s)
{
    s->is_idle = true;
    s->older = in->newest;
    *(in->newest ? &in->newest->newer : &in->oldest) = s;
    in->newest = s;
    if (in->n_slots > INBOX_CACHE && !in->is_resuming)
        slot_free(in, in->oldest);
}

static struct slot *slot_get(struct inbox *in, const char *id)
{
    struct slot **bucket = bucket_of(in, id);
    for (struct slot *s = *bucket; s; s = s->chain)
        if (str_eq(s->id, id))
            return s;
    size_t size = strlen(id) + 1;
    struct slot *s = xcalloc(1, sizeof(*s) + size);
    s->inbox = in;
    memcpy(s->id, id, size);
    s->chain = *bucket;
    *bucket = s;
    in->n_slots++;
    return s;
}

static void slot_remember(struct slot *s, const struct conversation *record)
{
    struct packed_conversation *fresh = conversation_pack(record);
    free(s->record);
    s->record = fresh;
}

static void slot_forget(struct slot *s)
{
    free(s->record);
    s->record = NULL;
}

/* --- a turn --- */

static struct arrival *arrival_new(struct inbox *in, const struct event *event)
{
    struct arrival *a = xcalloc(1, sizeof(*a));
    a->event = event_copy(&a->arena, event);
    in->n_waiting++;
    return a;
}

static void arrival_free(struct arrival *a)
{
    arena_release(&a->arena);
    free(a);
}

/* The event at the head is settled: say so, and go on with the next. */
static void finish(struct slot *s)
{
    struct arrival *a = s->first;
    s->first = a->next;
    if (!s->first)
        s->last = NULL;
    s->inbox->n_waiting--;
    if (a->done)
        a->done(a->arg); /* may bring more for this subject */
    arrival_free(a);
    s->is_running = false;
    pump(s);
}

static void again(struct slot *s)
{
    slot_forget(s);
    s->is_running = false;
    needs_forget(&s->first->needs);
    if (++s->first->tries == MAX_TRIES)
        log_error("inbox", "%s: %d conflicts in a row: is another process looping on it?", s->id,
                  MAX_TRIES);
    pump(s);
}

static void stall(struct slot *s)
{
    slot_forget(s);
    s->is_running = false;
    s->inbox->is_stalled = true;
}

static void show_effects(const struct slot *s, const struct effects *effects)
{
    const struct inbox_ports *ports = &s->inbox->ports;
    const struct event *event = s->first->event;
    for (size_t i = 0; i < effects->n; i++) {
        const struct effect *it = effects->items[i];
        if (it->type == EFFECT_SHOW)
            ports->show(ports->arg, event, it);
        else if (it->type == EFFECT_SAY && event->talk)
            ports->said(ports->arg, event, it);
    }
    if (effects->report)
        ports->turned(ports->arg, event, effects);
}

/* Tells go to their subjects at once; they stay in the store until those have committed. */
struct telling {
    struct inbox *inbox;
    unsigned partition;
    int64_t id;
};

static void on_told(void *arg)
{
    const struct telling *t = arg;
    struct store *store = t->inbox->ports.store;
    store->ops->told(store, t->partition, t->id, store_ignore, NULL);
}

/* A customer's words that another of his conversations hands on. */
static void carry(struct arena *a, const struct json *j, struct event *event)
{
    address_parse(a, event->subject, &event->from);
    event->from.user = event->from.chat;
    event->type = EVENT_MESSAGE;
    event->is_private = event->is_carried = true;
    event->name = json_str(j, "name");
    event->username = json_str(j, "username");
    event->lang_hint = json_str(j, "lang");
    content_read(a, json_at(j, "content"), &event->content);
}

void inbox_tell(struct inbox *in, unsigned partition, int64_t id, const char *json, int64_t now_ms)
{
    struct json *j = json_parse(json, strlen(json), NULL);
    const char *to = json_str(j, "to"), *bucket = json_str(j, "bucket"), *name = json_str(j, "id");
    if (str_empty(to) || str_empty(bucket) || str_empty(name)) {
        log_error("inbox", "tell %" PRId64 " of partition %u cannot be read: it is dropped", id,
                  partition);
        in->ports.store->ops->told(in->ports.store, partition, id, store_ignore, NULL);
    } else {
        struct event told = {
            .type = EVENT_TOLD,
            .id = {bucket, name},
            .now_ms = now_ms,
            .subject = to,
            .data = json_str(j, "data"),
            .content = CONTENT_INIT,
        };
        struct arena scratch = ARENA_INIT;
        if (json_at(j, "content"))
            carry(&scratch, j, &told);
        struct arrival *a = arrival_new(in, &told);
        arena_release(&scratch);
        struct telling *t = arena_alloc(&a->arena, sizeof(*t));
        *t = (struct telling){in, partition, id};
        a->done = on_told;
        a->arg = t;
        enqueue(in, a);
    }
    json_free(j);
}

static void applied(struct slot *s, struct attempt *t, const struct committed *result)
{
    struct inbox *in = s->inbox;
    unsigned partition = conversation_partition(s->id);
    for (size_t i = 0; i < result->n_tells; i++)
        inbox_tell(in, partition, result->tells[i], t->commit.tells[i].json, t->commit.now_ms);
    show_effects(s, &t->effects);
    t->effects.subject->version = result->version;
    slot_remember(s, t->effects.subject); /* last: the commit has strings of the old record */
}

static void on_commit(void *arg, const struct committed *result)
{
    struct slot *s = arg;
    struct attempt *t = s->attempt;
    const struct inbox_ports *ports = &s->inbox->ports;
    unsigned partition = conversation_partition(s->id);
    s->attempt = NULL;
    numbers_end(&s->inbox->numbers, partition, &t->commit);
    ports->committed(ports->arg, partition, &t->commit, result);
    if (result->status == STORE_OK)
        applied(s, t, result);
    else if (result->status == STORE_CONFLICT && t->commit.n_puts)
        ports->reread(ports->arg);
    attempt_put(s->inbox, t);
    switch (result->status) {
    case STORE_OK:
        finish(s);
        return;
    case STORE_SEEN:
        slot_forget(s); /* applied before, by somebody */
        finish(s);
        return;
    case STORE_CONFLICT:
        again(s);
        return;
    case STORE_FENCED:
    case STORE_DOWN:
        stall(s);
        return;
    }
}

/* It ended the process twice: what it says is left alone. */
static void defuse(struct event *event)
{
    log_error("inbox", "event %s/%s ended zaide twice: it is not looked into again",
              event->id.bucket, event->id.member);
    event->content = (struct content){.text = "", .unreadable = UNREADABLE_DEADLY};
    event->replied = NULL;
    event->name = event->username = "";
}

/* That is believed of a record just read only: another process may have changed the one in memory.
 */
static void nothing_to_do(struct slot *s)
{
    if (s->is_fresh) {
        finish(s);
        return;
    }
    slot_forget(s);
    s->is_running = false;
    pump(s);
}

static void run(struct slot *s);

/* What a handler lacked is here: all are asked again. */
static void on_needs(void *arg, bool ok)
{
    struct slot *s = arg;
    if (ok)
        run(s);
    else
        stall(s);
}

/* The effects are thrown away, and their memory with them. */
static void fetch_needs(struct slot *s, struct attempt *t)
{
    struct inbox *in = s->inbox;
    struct arrival *a = s->first;
    struct needs_ports ports = {in->ports.store, in->ports.fetch, in->ports.review, in->ports.arg};
    struct effects lacking = t->effects;
    needs_keep(&a->arena, &lacking);
    attempt_put(in, t);
    needs_fetch(&a->needs, &ports, &a->arena, a->event, &lacking, on_needs, s);
}

static void run(struct slot *s)
{
    struct inbox *in = s->inbox;
    struct arrival *a = s->first;
    unsigned partition = conversation_partition(s->id);
    const struct facts *facts = in->ports.facts(in->ports.arg);
    bool is_deadly = poison_is_deadly(in->ports.poison, &a->event->id);
    if (is_deadly && a->event->type != EVENT_MESSAGE) {
        finish(s);
        return;
    }
    if (is_deadly)
        defuse(a->event);
    poison_begin(in->ports.poison, &a->event->id);
    struct attempt *t = attempt_get(in);
    conversation_unpack(&t->arena, &t->record, s->id, s->record);
    if (!a->is_screened) { /* what was just asked tells a transaction hash from a key */
        pipeline_screen(in->ports.pipeline, &a->arena, &t->record, a->event);
        a->is_screened = true;
    }
    t->effects =
        (struct effects){.arena = &t->arena, .next_case = numbers_next(&in->numbers, partition)};
    needs_give(&a->needs, &t->effects);
    pipeline_run(in->ports.pipeline, &t->record, a->event, facts, &t->effects);
    bool is_lacking = needs_is_lacking(&a->needs, &t->effects);
    bool has_effects = !is_lacking && (t->effects.n || t->effects.line);
    if (has_effects)
        turn_commit(&t->effects, &t->record, facts, &t->commit);
    poison_end(in->ports.poison); /* whatever ends us while the store works is not its fault */
    if (has_effects) {
        s->attempt = t;
        numbers_begin(&in->numbers, partition, &t->commit);
        in->ports.committing(in->ports.arg, partition, &t->commit);
        in->ports.store->ops->commit(in->ports.store, &t->commit, on_commit, s);
        return;
    }
    if (is_lacking) {
        fetch_needs(s, t);
        return;
    }
    if (s->is_fresh)
        show_effects(s, &t->effects);
    attempt_put(in, t);
    nothing_to_do(s);
}

/* Does the event name a platform message whose line must be asked for? */
static bool refers(const struct event *event)
{
    return event->content.about_id && !event->content.about_line;
}

static const char *surface_of(const struct event *event)
{
    return event->room ? event->room : "customer";
}

static void on_load(void *arg, const struct loaded *loaded)
{
    struct slot *s = arg;
    if (loaded->status != STORE_OK) {
        stall(s);
        return;
    }
    struct arena scratch = ARENA_INIT;
    slot_remember(s, conversation_read(&scratch, s->id, loaded->pairs, loaded->n_pairs));
    arena_release(&scratch);
    numbers_loaded(&s->inbox->numbers, conversation_partition(s->id), loaded->next_case);
    s->is_fresh = true;
    struct event *event = s->first->event;
    if (refers(event)) {
        event->content.about_line = loaded->about_lines[0];
        if (!loaded->about_lines[0]) /* it went out this instant, maybe */
            event->content.about_line = s->inbox->ports.line_of(
                s->inbox->ports.arg, s->id, surface_of(event), event->content.about_id);
    }
    run(s);
}

static void start(struct slot *s)
{
    struct store *store = s->inbox->ports.store;
    const struct event *event = s->first->event;
    struct store_ref about = {surface_of(event), event->content.about_id};
    s->is_running = true;
    s->is_fresh = false;
    if (s->record && !refers(event))
        run(s);
    else
        store->ops->load(store, s->id, &about, refers(event) ? 1 : 0, on_load, s);
}

/* Run what waits. The store may answer from inside the call, so this loops and never nests. */
static void pump(struct slot *s)
{
    if (s->is_pumping)
        return;
    s->is_pumping = true;
    while (s->first && !s->is_running && !s->inbox->is_stalled)
        start(s);
    s->is_pumping = false;
    if (!s->first && !s->is_idle)
        idle_add(s->inbox, s);
}

static void enqueue(struct inbox *in, struct arrival *a)
{
    struct slot *s = slot_get(in, a->event->subject);
    idle_remove(in, s);
    *(s->last ? &s->last->next : &s->first) = a;
    s->last = a;
    pump(s);
}

/* --- whose is it? --- */

struct homing {
    struct inbox *inbox;
    struct arrival *arrival;
};

static void drop(struct inbox *in, struct arrival *a)
{
    in->n_waiting--;
    if (a->done)
        a->done(a->arg);
    arrival_free(a);
}

static void add_homeless(struct inbox *in, struct arrival *a)
{
    *(in->last_homeless ? &in->last_homeless->next : &in->homeless) = a;
    in->last_homeless = a;
}

static void on_routed(void *arg, enum store_status status)
{
    struct homing h = *(struct homing *)arg;
    if (status != STORE_OK) {
        h.inbox->is_stalled = true;
        add_homeless(h.inbox, h.arrival);
    } else if (h.arrival->event->subject) {
        enqueue(h.inbox, h.arrival);
    } else {
        drop(h.inbox, h.arrival);
    }
}

static void find_home(struct inbox *in, struct arrival *a)
{
    if (in->is_stalled && !a->event->is_private) { /* in order behind those that wait */
        add_homeless(in, a);
        return;
    }
    struct homing *h = arena_alloc(&a->arena, sizeof(*h));
    *h = (struct homing){in, a};
    route_find(&in->route, &a->arena, a->event, on_routed, h);
}

void inbox_deliver(struct inbox *in, const struct event *event, void (*done)(void *arg), void *arg)
{
    struct arrival *a = arrival_new(in, event);
    a->done = done;
    a->arg = arg;
    if (a->event->subject)
        enqueue(in, a);
    else
        find_home(in, a);
}

/* --- life --- */

struct inbox *inbox_new(const struct inbox_ports *ports)
{
    struct inbox *in = xcalloc(1, sizeof(*in));
    in->ports = *ports;
    in->route = (struct route){ports->store, ports->facts, ports->line_of, ports->arg};
    return in;
}

static void free_all(struct arrival *a)
{
    while (a) {
        struct arrival *next = a->next;
        arrival_free(a);
        a = next;
    }
}

void inbox_free(struct inbox *in)
{
    free_all(in->homeless);
    for (size_t b = 0; b < BUCKETS; b++) {
        while (in->buckets[b]) {
            struct slot *s = in->buckets[b];
            free_all(s->first);
            slot_free(in, s);
        }
    }
    while (in->attempts)
        attempt_free(attempt_get(in));
    free(in);
}

void inbox_resume(struct inbox *in)
{
    in->is_stalled = false;
    in->is_resuming = true;
    for (size_t b = 0; b < BUCKETS; b++)
        for (struct slot *s = in->buckets[b]; s; s = s->chain) {
            if (!s->is_running)
                slot_forget(s);
            pump(s);
        }
    in->is_resuming = false;
    struct arrival *homeless = in->homeless;
    in->homeless = in->last_homeless = NULL;
    while (homeless) {
        struct arrival *a = homeless;
        homeless = a->next;
        a->next = NULL;
        find_home(in, a);
    }
}

size_t inbox_waiting(const struct inbox *in)
{
    return in->n_waiting;
}
