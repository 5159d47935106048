#include "bot/flow/lookout.h"

#include "bot/flow/radar.h"
#include "bot/flow/turn.h"

#include <inttypes.h>

#define DAYS       7
#define DAY_MS     (24 * STORE_HOUR_MS)
#define COUNTER    "faq." /* of a topic: what the hourly counters begin with */
#define MAX_TOPICS RADAR_USUAL
#define SURGE      "surge "
#define PAST_MS    (60 * 60 * 1000) /* so old may cases be at the start … */
#define LATELY_MS  10000            /* … and later: facts are a second old, and clocks differ */
#define LOOK_MS    1000

struct rate {
    char *topic;
    int64_t n;
};

struct lookout {
    struct lookout_ports ports;
    struct radar *radar;
    int64_t hour; /* whose usual rates are known */
    int64_t day;  /* asked for, of the last ones */
    struct rate rates[MAX_TOPICS];
    size_t n_rates, n_asked; /* calls that are due */
    bool has_failed;         /* one of them: then all are asked again */
    int64_t looked_ms;       /* at the cases; 0: not yet */
    uint64_t *looked;        /* marks of those that were looked at, in order */
    size_t n_looked;
    int64_t n_told;
};

/* --- what is usual --- */

static void add_rate(struct lookout *w, const char *topic, int64_t n)
{
    size_t i = 0;
    while (i < w->n_rates && !str_eq(w->rates[i].topic, topic))
        i++;
    if (i == MAX_TOPICS)
        return;
    if (i == w->n_rates)
        w->rates[w->n_rates++] = (struct rate){xstrdup(topic), 0};
    w->rates[i].n += n;
}

static void clear_rates(struct lookout *w)
{
    for (size_t i = 0; i < w->n_rates; i++)
        free(w->rates[i].topic);
    w->n_rates = 0;
}

static void ask_day(struct lookout *w);

static void on_counts(void *arg, enum store_status status, const struct pair *pairs, size_t n)
{
    struct lookout *w = arg;
    w->has_failed |= status != STORE_OK;
    for (size_t i = 0; status == STORE_OK && i < n; i++) {
        int64_t count;
        if (starts_with(pairs[i].name, COUNTER) && !parse_i64(pairs[i].value, &count))
            add_rate(w, pairs[i].name + strlen(COUNTER), count);
    }
    if (--w->n_asked)
        return;
    if (!w->has_failed && ++w->day <= DAYS) {
        ask_day(w);
        return;
    }
    if (w->has_failed)
        w->hour = 0;
    for (size_t i = 0; i < w->n_rates && !w->has_failed; i++)
        radar_usual(w->radar, w->rates[i].topic, (double)w->rates[i].n / DAYS);
    clear_rates(w);
}

static void ask_day(struct lookout *w)
{
    struct store *store = w->ports.store;
    int64_t from_ms = w->hour * STORE_HOUR_MS - w->day * DAY_MS;
    w->n_asked = PARTITIONS; /* all at once: the answers may come from inside the calls */
    for (unsigned p = 0; p < PARTITIONS; p++)
        store->ops->counts(store, p, from_ms, from_ms + STORE_HOUR_MS, on_counts, w);
}

/* This hour of each of the last days, a day at a time: all calls at once would be the most memory
 * that a start takes. */
static void ask_usual(struct lookout *w, int64_t hour)
{
    w->hour = hour;
    w->day = 1;
    w->has_failed = false;
    ask_day(w);
}

/* --- what is told --- */

static const char *surge_json(struct arena *a, const struct surge *s)
{
    struct buf out = BUF_INIT(JSON_MAX_BYTES);
    struct json_writer w = JSON_WRITER(&out);
    json_open(&w, NULL, '{');
    json_put_str(&w, "key", s->key);
    json_put_int(&w, "n", s->n);
    json_put_int(&w, "since", s->since_ms);
    json_put_str(&w, "topic", s->report.topic);
    json_put_str(&w, "pairs", s->report.pairs);
    json_put_str(&w, "errors", s->report.errors);
    json_put_str(&w, "langs", s->langs);
    if (s->is_over)
        json_put_bool(&w, "over", true);
    json_open(&w, "examples", '[');
    for (size_t i = 0; i < s->n_examples; i++)
        json_put_str(&w, NULL, s->examples[i]);
    json_close(&w, ']');
    json_close(&w, '}');
    return arena_take(a, &out);
}

static void tell(struct lookout *w, struct arena *a, int64_t now_ms, const struct surge *s)
{
    const struct facts *facts = w->ports.facts(w->ports.arg);
    const char *data = arena_printf(a, SURGE "%s", surge_json(a, s));
    w->n_told++;
    for (size_t i = 0; i < facts->n_rooms; i++) {
        const char *room = arena_strdup(a, facts->rooms[i].id);
        struct event event = {
            .type = EVENT_TOLD,
            .id = {day_bucket(a, "surge", now_ms),
                   arena_printf(a, "%s|%s|%" PRId64 "|%" PRId64, room, s->key, now_ms, w->n_told)},
            .now_ms = now_ms,
            .subject = room,
            .data = data,
            .content = CONTENT_INIT,
        };
        inbox_deliver(w->ports.inbox, &event, NULL, NULL);
    }
}

static void tell_surges(struct lookout *w, int64_t now_ms)
{
    struct surge s;
    struct arena a = ARENA_INIT;
    while (radar_tell(w->radar, now_ms, &a, &s))
        tell(w, &a, now_ms, &s);
    arena_release(&a);
}

/* --- what is seen --- */

void lookout_turn(struct lookout *w, const struct event *event, const struct effects *effects)
{
    const struct report *report = effects->report;
    const struct facts *facts = w->ports.facts(w->ports.arg);
    if (!report || event->room ||
        facts_agent_by_id(facts, event->from.platform, event->from.user) ||
        facts_reported(facts, report, 0)) /* an incident is open: its card says how many */
        return;
    struct arena a = ARENA_INIT;
    const char *who = str_empty(event->from.user) ? event->from.chat : event->from.user;
    struct sighting s = {
        .now_ms = event->now_ms,
        .customer = arena_printf(&a, "%s:%s", event->from.platform, who),
        .lang = effects->subject->lang,
        .text = event->content.text,
        .report = *report,
    };
    radar_see(w->radar, &s);
    arena_release(&a);
    tell_surges(w, event->now_ms);
}

static int compare_opened(const void *a, const void *b)
{
    const struct open_case *x = *(const struct open_case *const *)a;
    const struct open_case *y = *(const struct open_case *const *)b;
    return (x->opened > y->opened) - (x->opened < y->opened);
}

static void see_case(struct lookout *w, struct arena *a, const struct open_case *c)
{
    const struct facts *facts = w->ports.facts(w->ports.arg);
    struct report report = report_parse(a, c->report);
    struct address at;
    if (!address_parse(a, c->conversation, &at) || facts_agent_by_id(facts, at.platform, at.chat) ||
        facts_reported(facts, &report, 0))
        return;
    struct sighting s = {
        .now_ms = c->opened,
        .customer = arena_printf(a, "%s:%s", at.platform, at.chat),
        .lang = c->lang,
        .text = report.words,
        .report = report,
    };
    if (!radar_knows(w->radar, &s))
        radar_see(w->radar, &s);
}

static int compare_marks(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* Of a case and what it reports. */
static uint64_t mark_of(const struct open_case *c)
{
    return fnv1a64(c->report, strlen(c->report)) + (uint64_t)c->no;
}

/* At those that were opened since and not looked at yet; the first time once it is known what is
 * usual. */
static void look_at_cases(struct lookout *w, int64_t now_ms)
{
    const struct facts *facts = w->ports.facts(w->ports.arg);
    int64_t since = now_ms - (w->looked_ms ? LATELY_MS : PAST_MS);
    struct arena a = ARENA_INIT;
    const struct open_case **fresh = arena_alloc(&a, (facts->n_cases + 1) * sizeof(*fresh));
    uint64_t *marks = arena_alloc(&a, (facts->n_cases + 1) * sizeof(*marks));
    size_t n = 0, n_marks = 0;
    w->looked_ms = now_ms;
    for (size_t i = 0; i < facts->n_cases; i++) {
        const struct open_case *c = &facts->cases[i];
        if (c->opened <= since || str_empty(c->report))
            continue;
        uint64_t mark = marks[n_marks++] = mark_of(c);
        if (!w->n_looked || !bsearch(&mark, w->looked, w->n_looked, sizeof(mark), compare_marks))
            fresh[n++] = c;
    }
    qsort(marks, n_marks, sizeof(*marks), compare_marks);
    w->looked = xrealloc(w->looked, (n_marks + 1) * sizeof(*marks));
    memcpy(w->looked, marks, n_marks * sizeof(*marks));
    w->n_looked = n_marks;
    qsort(fresh, n, sizeof(*fresh), compare_opened);
    for (size_t i = 0; i < n; i++)
        see_case(w, &a, fresh[i]);
    arena_release(&a);
}

void lookout_run(struct lookout *w, int64_t now_ms, bool is_ready)
{
    int64_t hour = now_ms / STORE_HOUR_MS;
    if (hour != w->hour && !w->n_asked && w->ports.store->is_up)
        ask_usual(w, hour);
    if (hour == w->hour && !w->n_asked && now_ms - w->looked_ms >= LOOK_MS && is_ready)
        look_at_cases(w, now_ms);
    tell_surges(w, now_ms);
}

/* --- life --- */

struct lookout *lookout_new(const struct lookout_ports *ports, const struct settings *settings)
{
    struct lookout *w = xcalloc(1, sizeof(*w));
    w->ports = *ports;
    w->radar =
        radar_new(settings_int(settings, "SURGE_REPORTS"), settings_int(settings, "SURGE_WINDOW"));
    return w;
}

void lookout_free(struct lookout *w)
{
    clear_rates(w);
    radar_free(w->radar);
    free(w->looked);
    free(w);
}
