#include "bot/flow/flights.h"

#include "bot/base/log.h"
#include "bot/base/zone.h"
#include "bot/flow/waits.h"

#include <inttypes.h>

#define TAKE_AT        10 /* so many places free: as many more are taken at once */
#define IN_A_ROW       3  /* not-nows, and nothing else between: then all of us are meant */
#define MAX_BACKOFF_MS 30000
#define PRESSED_MS     20

enum flight_state {
    FLIGHT_FREE,
    FLIGHT_READY, /* to be sent at not_before_ms */
    FLIGHT_OUT,   /* the platform has it */
    FLIGHT_OVER,  /* the store is to be told … */
    FLIGHT_TOLD,  /* … and is being told */
    FLIGHT_LOST   /* out, but no longer ours to tell of */
};

struct flight {
    enum flight_state state;
    struct arena arena;
    unsigned partition, bucket;
    const char *name, *before, *lang;
    bool is_chat; /* a channel or a group */
    const char *value, *marks;
    int64_t not_before_ms;
    int tries;
};

struct flights {
    struct flights_ports ports;
    char *account, *pause; /* the name under which a pause is kept */
    int64_t epoch, asked_epoch;
    int64_t stamp, own_since; /* of the last call; who was taken by earlier ones is not ours */
    struct pass pass;
    unsigned partition;
    bool is_asking, is_lost; /* the store was; its answer did not come */
    unsigned asked_partition;
    size_t asked_max;
    struct flight all[FLIGHTS_MAX];
    int64_t next_us, wake_ms, pause_until_ms;
    int in_a_row;
};

static size_t count(const struct flights *f, enum flight_state state)
{
    size_t n = 0;
    for (size_t i = 0; i < FLIGHTS_MAX; i++)
        n += f->all[i].state == state;
    return n;
}

static void flight_free(struct flight *it)
{
    arena_release(&it->arena);
    *it = (struct flight){0};
}

static void end(struct flight *it, const char *value, const char *marks)
{
    it->state = FLIGHT_OVER;
    it->value = value;
    it->marks = marks;
}

/* --- taking and telling --- */

static const char *kept_with(const char *value)
{
    const char *blank = strchr(value, ' ');
    return blank ? blank + 1 : "";
}

/* In which it is told to a channel or a group: at first, and when it is changed. */
static const char *chat_lang(const struct announcement *what, const char *name)
{
    for (size_t i = 0; i < what->n_chats; i++)
        if (str_eq(what->chats[i].chat, name))
            return what->chats[i].lang;
    return "";
}

static void take_off(struct flights *f, const struct listed *listed)
{
    struct flight *it = f->all;
    struct person p;
    while (it->state != FLIGHT_FREE)
        it++; /* no more are taken than there are places */
    *it = (struct flight){
        .state = FLIGHT_READY, .partition = f->asked_partition, .bucket = listed->bucket};
    it->name = arena_strdup(&it->arena, listed->name);
    it->before = arena_strdup(&it->arena, listed->value);
    bool is_known = person_parse(&it->arena, listed->person, &p);
    it->lang = p.lang;
    it->is_chat = *listed->name == '-' || *listed->name == '@';
    if (it->is_chat)
        it->lang = chat_lang(f->pass.what, it->name);
    if (f->pass.kind != CONTENT_TEXT || it->is_chat)
        return;
    if (!is_known)
        end(it, refusal_name(REFUSAL_NOT_STARTED), NULL);
    else if (person_refuses(&f->pass.what->who, &p))
        end(it, person_refuses(&f->pass.what->who, &p), NULL);
}

static void on_step(void *arg, const struct list_taken *taken)
{
    struct flights *f = arg;
    f->is_asking = false;
    if (f->asked_epoch != f->epoch) { /* held anew meanwhile */
        f->ports.moved(f->ports.arg);
        return;
    }
    f->is_lost = taken->status == STORE_DOWN;
    if (f->is_lost)
        return;
    for (size_t i = 0; i < FLIGHTS_MAX; i++)
        if (f->all[i].state == FLIGHT_TOLD)
            flight_free(&f->all[i]);
    if (taken->status == STORE_FENCED) {
        flights_hold(f, 0);
    } else {
        for (size_t i = 0; i < taken->n; i++)
            take_off(f, &taken->items[i]);
        f->pass.left -= (int64_t)taken->n;
        f->partition += taken->is_end && f->asked_max && f->asked_partition == f->partition;
    }
    f->ports.moved(f->ports.arg);
}

/* The flights that are TOLD in this partition, and so many more. Repeated word for word when the
 * answer is lost. */
static void ask(struct flights *f)
{
    struct list_result results[FLIGHTS_MAX];
    struct list_step step = {
        .list = f->pass.list,
        .account = f->account,
        .epoch = f->epoch,
        .pass = f->pass.name,
        .takes = f->pass.takes,
        .max = f->asked_max,
        .stamp = f->stamp,
        .own_since = f->own_since,
        .can_repeat = f->pass.kind != CONTENT_TEXT,
        .results = results,
    };
    for (size_t i = 0; i < FLIGHTS_MAX; i++)
        if (f->all[i].state == FLIGHT_TOLD)
            results[step.n_results++] = (struct list_result){f->all[i].bucket, f->all[i].name,
                                                             f->all[i].value, f->all[i].marks};
    f->is_asking = true;
    f->asked_epoch = f->epoch;
    f->ports.store->ops->list_step(f->ports.store, f->asked_partition, &step, on_step, f);
}

/* Of one partition: what is over there is told, and more is taken where the pass is. */
static bool exchange(struct flights *f, bool takes)
{
    const struct flight *over = NULL;
    for (size_t i = 0; i < FLIGHTS_MAX; i++)
        if (f->all[i].state == FLIGHT_OVER && (!over || f->all[i].partition < over->partition))
            over = &f->all[i];
    size_t free = count(f, FLIGHT_FREE);
    bool has_room = free >= TAKE_AT || (int64_t)free >= f->pass.left;
    takes = takes && f->partition < PARTITIONS && f->pass.left > 0 && free && has_room;
    if (!over && !takes)
        return false;
    f->asked_partition = over ? over->partition : f->partition;
    f->asked_max = takes && f->asked_partition == f->partition ? free : 0;
    if ((int64_t)f->asked_max > f->pass.left)
        f->asked_max = (size_t)f->pass.left;
    for (size_t i = 0; i < FLIGHTS_MAX; i++)
        if (f->all[i].state == FLIGHT_OVER && f->all[i].partition == f->asked_partition)
            f->all[i].state = FLIGHT_TOLD;
    f->stamp++;
    ask(f);
    return true;
}

/* --- sending --- */

static const char *say(const struct flights *f, struct arena *a, const char *lang, const char *key)
{
    return phrase(*f->ports.phrases, a, lang, key, NULL, 0);
}

static struct content content_of(const struct flights *f, struct arena *a, const struct flight *it)
{
    const struct announcement *what = f->pass.what;
    struct content c = announcement_text(what, it->lang)->content;
    const char *zone = say(f, a, *it->lang ? it->lang : "en", "announce.zone");
    c.kind = f->pass.kind;
    c.silent = announcement_is_silent(what, zone_minute_of_day(zone, clock_ms()));
    struct button *own = c.buttons;
    c.buttons = arena_alloc(a, (c.n_buttons + 1) * sizeof(*c.buttons));
    for (size_t i = 0; i < c.n_buttons; i++)
        c.buttons[i] = own[i];
    if (!it->is_chat && !what->who.is_own_matter)
        c.buttons[c.n_buttons++] = (struct button){
            .label = say(f, a, *it->lang ? it->lang : "en", "announce.stop"), .data = "news:off"};
    return c;
}

static void send(struct flights *f, struct flight *it)
{
    struct arena a = ARENA_INIT;
    size_t colon = strcspn(f->account, ":");
    struct outgoing out = {
        .kind = OUTGOING_CONTENT,
        .to = {arena_strndup(&a, f->account, colon), f->account + colon + 1, it->name, "", ""},
        .content = content_of(f, &a, it),
        .about_id = f->pass.kind == CONTENT_TEXT ? NULL : kept_with(it->before),
        .committed_ms = clock_ms(),
        .is_bulk = true,
    };
    if (f->pass.kind == CONTENT_DELETE)
        out.content = (struct content){.kind = CONTENT_DELETE, .text = ""};
    it->state = FLIGHT_OUT;
    f->ports.send(f->ports.arg, &out, it);
    arena_release(&a);
}

/* Those whose time has come, as many as may go out now. */
static void send_due(struct flights *f)
{
    int64_t now = clock_ms();
    f->wake_ms = INT64_MAX;
    for (size_t i = 0; i < FLIGHTS_MAX; i++) {
        struct flight *it = &f->all[i];
        int64_t at = it->not_before_ms > f->pause_until_ms ? it->not_before_ms : f->pause_until_ms;
        if (it->state != FLIGHT_READY)
            continue;
        int64_t per_s = f->ports.per_s(f->ports.arg);
        if (per_s == 0)
            at = at > now + PRESSED_MS ? at : now + PRESSED_MS;
        else if (f->next_us / 1000 > at)
            at = f->next_us / 1000;
        if (at <= now && it->is_chat)
            at = it->not_before_ms = f->ports.spare_ms(f->ports.arg, it->name);
        if (at > now) {
            f->wake_ms = at < f->wake_ms ? at : f->wake_ms;
            continue;
        }
        if (f->next_us < (now - 100) * 1000) /* what was not used is not saved up */
            f->next_us = (now - 100) * 1000;
        f->next_us += 1000000 / per_s;
        send(f, it);
    }
}

/* --- what the platform answers --- */

/* It surely did not go out. */
static void not_now(struct flights *f, struct flight *it, const struct delivery *d)
{
    int64_t ms = d->retry_ms ? d->retry_ms : INT64_C(1000) << (it->tries < 5 ? it->tries++ : 5);
    if (!d->retry_ms && ms > MAX_BACKOFF_MS)
        ms = MAX_BACKOFF_MS;
    it->state = FLIGHT_READY;
    it->not_before_ms = clock_ms() + ms;
    if (it->is_chat && !d->whole_account)
        f->ports.pause_chat(f->ports.arg, it->name, it->not_before_ms);
    if (!d->whole_account && ++f->in_a_row < IN_A_ROW)
        return;
    if (it->not_before_ms <= f->pause_until_ms)
        return;
    log_warn("broadcast", "%s: asked to wait %" PRId64 " s", f->account, (ms + 999) / 1000);
    f->pause_until_ms = it->not_before_ms;
    if (d->retry_ms)
        waits_keep(f->ports.store, f->pause, "", f->pause_until_ms);
}

static void refused(struct flights *f, struct flight *it, const struct delivery *d)
{
    const char *marks = d->refusal == REFUSAL_BLOCKED       ? (const char[]){MARK_BLOCKED, '\0'}
                        : d->refusal == REFUSAL_DEACTIVATED ? (const char[]){MARK_GONE, '\0'}
                                                            : NULL;
    const char *value = refusal_name(d->refusal);
    if (f->pass.kind != CONTENT_TEXT)
        value = arena_printf(&it->arena, "%s %s", f->pass.failed, kept_with(it->before));
    end(it, value, it->is_chat ? NULL : arena_strdup(&it->arena, marks));
    log_debug("broadcast", "%s:%s refused (%s): %s", f->account, it->name, refusal_name(d->refusal),
              d->why ? d->why : "");
}

bool flights_settle(struct flights *f, void *ticket, const struct delivery *d)
{
    struct flight *it = f->all;
    while (it < f->all + FLIGHTS_MAX && it != ticket)
        it++;
    if (it == f->all + FLIGHTS_MAX)
        return false;
    if (it->state == FLIGHT_LOST) {
        flight_free(it);
        f->ports.moved(f->ports.arg);
        return true;
    }
    if (d->outcome != DELIVERY_RETRY_AFTER)
        f->in_a_row = 0;
    const char *id = f->pass.kind == CONTENT_TEXT ? d->id : kept_with(it->before);
    switch (d->outcome) {
    case DELIVERY_SENT:
        end(it, str_empty(id) ? f->pass.sent : arena_printf(&it->arena, "%s %s", f->pass.sent, id),
            NULL);
        break;
    case DELIVERY_RETRY_AFTER:
        not_now(f, it, d);
        break;
    case DELIVERY_REFUSED:
        refused(f, it, d);
        break;
    case DELIVERY_UNKNOWN:
        end(it, f->pass.kind == CONTENT_TEXT ? LIST_UNKNOWN : it->before, NULL);
        break;
    }
    f->ports.moved(f->ports.arg);
    return true;
}

/* --- the pass --- */

void flights_begin(struct flights *f, const struct pass *pass)
{
    f->pass = *pass;
    f->partition = 0;
}

bool flights_run(struct flights *f, bool is_wanted)
{
    f->wake_ms = INT64_MAX;
    if (!f->epoch || !f->ports.store->is_up || f->is_asking)
        return false;
    for (size_t i = 0; !is_wanted && i < FLIGHTS_MAX; i++)
        if (f->all[i].state == FLIGHT_READY)
            end(&f->all[i], f->all[i].before, NULL);
    if (f->is_lost)
        ask(f);
    while (!f->is_asking && !f->is_lost && exchange(f, is_wanted))
        ;
    send_due(f);
    return !f->is_asking && !f->is_lost && count(f, FLIGHT_FREE) == FLIGHTS_MAX &&
           (!is_wanted || f->partition == PARTITIONS || f->pass.left <= 0);
}

int64_t flights_wake_ms(const struct flights *f)
{
    return f->wake_ms;
}

size_t flights_count(const struct flights *f)
{
    return FLIGHTS_MAX - count(f, FLIGHT_FREE);
}

/* --- life --- */

static void on_pause(void *arg, enum store_status status, int64_t until_ms)
{
    struct flights *f = arg;
    if (status == STORE_OK && until_ms > f->pause_until_ms)
        f->pause_until_ms = until_ms;
}

void flights_hold(struct flights *f, int64_t epoch)
{
    f->epoch = epoch;
    f->is_lost = false;
    f->own_since = f->stamp + 1;
    for (size_t i = 0; i < FLIGHTS_MAX; i++) {
        struct flight *it = &f->all[i];
        if (it->state == FLIGHT_OUT || it->state == FLIGHT_LOST)
            it->state = FLIGHT_LOST; /* the platform answers yet */
        else if (it->state != FLIGHT_FREE)
            flight_free(it);
    }
    if (epoch)
        waits_ask(f->ports.store, f->pause, "", on_pause, f);
}

struct flights *flights_new(const char *account, const struct flights_ports *ports)
{
    struct flights *f = xcalloc(1, sizeof(*f));
    struct buf pause = BUF_INIT(300);
    f->ports = *ports;
    f->account = xstrdup(account);
    buf_printf(&pause, "%s#bulk", account);
    f->pause = buf_detach(&pause);
    f->wake_ms = INT64_MAX;
    f->stamp = clock_ms() * 1000; /* grows over restarts, too */
    return f;
}

void flights_free(struct flights *f)
{
    for (size_t i = 0; i < FLIGHTS_MAX; i++)
        flight_free(&f->all[i]);
    free(f->account);
    free(f->pause);
    free(f);
}
