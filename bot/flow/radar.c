#include "bot/flow/radar.h"

#include "bot/base/text.h"

#include <inttypes.h>
#include <math.h>

#define CHANCE        1e-6 /* so seldom as many come together without a cause (Poisson) */
#define LEADERS       8    /* reports of a surge that a new one is compared with */
#define EXAMPLE_CHARS 160
#define MAX_LANGS     8
#define MAX_UNION     240 /* bytes of pairs, of errors */
#define SLOTS         256 /* of topics, by their hash */

struct seen { /* a report, as it is remembered */
    struct gist gist;
    struct arena arena; /* holds its strings */
    uint64_t customer;
    int64_t ms;
    char lang[8];
    const char *text;
};

struct tally {
    char lang[8];
    int64_t n;
};

struct live { /* a surge */
    struct arena arena;
    const char *key, *pairs, *errors;
    struct gist leaders[LEADERS];
    size_t n_leaders;
    uint64_t *customers;
    size_t n_customers;
    struct tally langs[MAX_LANGS];
    const char *examples[RADAR_EXAMPLES];
    size_t n_examples;
    int64_t since_ms, last_ms, told_ms, told_n;
};

struct usual {
    uint64_t topic;
    int64_t alarming; /* so many customers within the window are more than chance */
};

/* How many of those in the ring there are. */
struct census {
    int64_t of_topic[SLOTS], without_topic, with_errors;
};

/* Whom a count has met: a hash table, emptied by the next round. */
struct met {
    uint64_t customer, round;
};

struct radar {
    int64_t reports, window_ms;
    struct seen ring[RADAR_REPORTS];
    size_t next;
    struct census census;
    struct live surges[RADAR_SURGES];
    size_t n_surges;
    struct usual usual[RADAR_USUAL];
    size_t n_usual;
    int64_t alarming; /* of all other topics */
    struct met met[2 * RADAR_REPORTS];
    uint64_t round;
};

static uint64_t hash(const char *s)
{
    return fnv1a64(s, strlen(s));
}

/* --- what is usual --- */

static struct usual *find_usual(struct radar *r, uint64_t topic)
{
    for (size_t i = 0; i < r->n_usual; i++)
        if (r->usual[i].topic == topic)
            return &r->usual[i];
    return NULL;
}

static int64_t alarming(const struct radar *r, double an_hour)
{
    double mean = an_hour * (double)r->window_ms / 3600000.0;
    double exactly = exp(-mean), more = 1 - exactly;
    int64_t n = 1;
    for (; n < RADAR_REPORTS && (n < r->reports || more > CHANCE); n++) {
        exactly *= mean / (double)n;
        more -= exactly;
    }
    return n;
}

void radar_usual(struct radar *r, const char *topic, double an_hour)
{
    struct usual *u = find_usual(r, hash(topic));
    if (!u && r->n_usual < RADAR_USUAL)
        *(u = &r->usual[r->n_usual++]) = (struct usual){.topic = hash(topic)};
    if (u)
        u->alarming = alarming(r, an_hour);
}

/* --- surges --- */

static const char *merged(struct arena *a, const char *list, const char *more)
{
    for (const char *at = more; *at;) {
        size_t len = strcspn(at, " ");
        const char *word = arena_strndup(a, at, len);
        if (!report_share(word, list) && strlen(list) + len < MAX_UNION)
            list = arena_printf(a, "%s%s%s", list, *list ? " " : "", word);
        at += len + strspn(at + len, " ");
    }
    return list;
}

static void count_lang(struct live *l, const char *lang)
{
    for (size_t i = 0; i < MAX_LANGS; i++) {
        struct tally *t = &l->langs[i];
        if (t->n && !str_eq(t->lang, lang))
            continue;
        snprintf(t->lang, sizeof(t->lang), "%s", lang);
        t->n++;
        return;
    }
}

static struct report kept(struct arena *a, const struct report *r)
{
    return (struct report){.topic = arena_strdup(a, r->topic),
                           .pairs = arena_strdup(a, r->pairs),
                           .errors = arena_strdup(a, r->errors),
                           .words = arena_strdup(a, r->words)};
}

static struct gist kept_gist(struct arena *a, const struct report *r)
{
    struct report copy = kept(a, r);
    return gist_of(a, &copy);
}

/* What says the same in other words is no further example. */
static void add_example(struct live *l, const struct seen *s)
{
    if (l->n_examples == RADAR_EXAMPLES || str_empty(s->text))
        return;
    for (size_t i = 0; i < l->n_examples; i++)
        if (str_eq(l->examples[i], s->text))
            return;
    l->examples[l->n_examples++] = arena_strdup(&l->arena, s->text);
}

static void join(struct live *l, const struct seen *s)
{
    if (s->ms > l->last_ms)
        l->last_ms = s->ms;
    for (size_t i = 0; i < l->n_customers; i++)
        if (l->customers[i] == s->customer)
            return;
    if (l->n_customers == RADAR_CUSTOMERS)
        return;
    l->customers[l->n_customers++] = s->customer;
    l->pairs = merged(&l->arena, l->pairs, s->gist.report.pairs);
    l->errors = merged(&l->arena, l->errors, s->gist.report.errors);
    if (l->n_leaders < LEADERS)
        l->leaders[l->n_leaders++] = kept_gist(&l->arena, &s->gist.report);
    count_lang(l, s->lang);
    add_example(l, s);
}

static bool is_of(const struct live *l, const struct gist *g)
{
    for (size_t i = 0; i < l->n_leaders; i++)
        if (gist_alike(&l->leaders[i], g))
            return true;
    return false;
}

static void end(struct radar *r, struct live *l)
{
    arena_release(&l->arena);
    free(l->customers);
    *l = r->surges[--r->n_surges];
}

static struct live *oldest(struct radar *r)
{
    struct live *found = &r->surges[0];
    for (size_t i = 1; i < r->n_surges; i++)
        if (r->surges[i].last_ms < found->last_ms)
            found = &r->surges[i];
    return found;
}

/* The first of whom it is known what he asks. */
static const struct report *spokesman(const struct live *l)
{
    for (size_t i = 0; i < l->n_leaders; i++)
        if (l->leaders[i].topic)
            return &l->leaders[i].report;
    return &l->leaders[0].report;
}

static const char *key_of(struct arena *a, const struct report *r)
{
    if (!str_empty(r->topic))
        return arena_strdup(a, r->topic);
    if (!str_empty(r->errors))
        return arena_strndup(a, r->errors, strcspn(r->errors, " "));
    if (!str_empty(r->pairs))
        return arena_strndup(a, r->pairs, strcspn(r->pairs, " "));
    return arena_printf(a, "w%016" PRIx64, hash(r->words));
}

/* --- reports --- */

/* A word has two letters and a gap, a pair of Han characters begins every three bytes. */
static size_t size_of_words(const struct report *r)
{
    return ARENA_STRING((strlen(r->words) / 3 + 1) * sizeof(uint64_t));
}

static size_t size_of(const struct report *r)
{
    return ARENA_STRING(strlen(r->topic)) + ARENA_STRING(strlen(r->pairs)) +
           ARENA_STRING(strlen(r->errors)) + ARENA_STRING(strlen(r->words)) + size_of_words(r);
}

static void take_census(struct census *c, const struct seen *s, int by)
{
    if (!s->text)
        return;
    *(s->gist.topic ? &c->of_topic[s->gist.topic % SLOTS] : &c->without_topic) += by;
    c->with_errors += s->gist.has_errors ? by : 0;
}

static struct seen *remember(struct radar *r, const struct sighting *s)
{
    struct seen *to = &r->ring[r->next];
    struct arena scratch = ARENA_INIT;
    const char *text = text_excerpt(&scratch, s->text, EXAMPLE_CHARS);
    r->next = (r->next + 1) % RADAR_REPORTS;
    take_census(&r->census, to, -1);
    arena_release(&to->arena);
    *to = (struct seen){.customer = hash(s->customer), .ms = s->now_ms};
    arena_reserve(&to->arena, size_of(&s->report) + ARENA_STRING(strlen(text)));
    to->gist = kept_gist(&to->arena, &s->report);
    to->text = arena_strdup(&to->arena, text);
    snprintf(to->lang, sizeof(to->lang), "%s", s->lang);
    arena_release(&scratch);
    take_census(&r->census, to, 1);
    return to;
}

static bool is_near(const struct radar *r, const struct seen *of, const struct seen *s)
{
    return s->text && s->ms > of->ms - r->window_ms && s->ms < of->ms + r->window_ms &&
           gist_alike(&of->gist, &s->gist);
}

/* No more than so many in the ring can be like it: known without comparing it with each. */
static int64_t most_alike(const struct census *c, const struct gist *g)
{
    if (!g->topic)
        return RADAR_REPORTS;
    return c->of_topic[g->topic % SLOTS] + c->without_topic + (g->has_errors ? c->with_errors : 0);
}

/* Does the round meet this customer for the first time? */
static bool is_met_first(struct radar *r, uint64_t customer)
{
    size_t i = customer % ARRAY_LEN(r->met);
    for (; r->met[i].round == r->round; i = (i + 1) % ARRAY_LEN(r->met))
        if (r->met[i].customer == customer)
            return false;
    r->met[i] = (struct met){customer, r->round};
    return true;
}

/* How many customers within the window say the same as `of`; at most `enough` are counted. */
static int64_t count(struct radar *r, const struct seen *of, int64_t enough)
{
    int64_t n = 0;
    r->round++;
    for (size_t i = 0; i < RADAR_REPORTS && n < enough; i++)
        n += is_near(r, of, &r->ring[i]) && is_met_first(r, r->ring[i].customer);
    return n;
}

/* From the oldest on, so that its examples are the first who said it. */
static void begin(struct radar *r, const struct seen *of)
{
    if (r->n_surges == RADAR_SURGES)
        end(r, oldest(r));
    struct live *l = &r->surges[r->n_surges++];
    *l = (struct live){.pairs = "", .errors = "", .since_ms = of->ms};
    l->customers = xcalloc(RADAR_CUSTOMERS, sizeof(*l->customers));
    l->leaders[l->n_leaders++] = kept_gist(&l->arena, &of->gist.report);
    for (size_t i = 0; i < RADAR_REPORTS; i++) {
        const struct seen *s = &r->ring[(r->next + i) % RADAR_REPORTS];
        if (!is_near(r, of, s))
            continue;
        if (s->ms < l->since_ms)
            l->since_ms = s->ms;
        join(l, s);
    }
    l->key = key_of(&l->arena, spokesman(l));
}

void radar_see(struct radar *r, const struct sighting *s)
{
    const struct seen *seen = remember(r, s);
    for (size_t i = 0; i < r->n_surges; i++)
        if (is_of(&r->surges[i], &seen->gist)) {
            if (seen->ms - r->surges[i].last_ms >= RADAR_CALM_MS) {
                end(r, &r->surges[i]); /* that was an earlier one */
                break;
            }
            join(&r->surges[i], seen);
            return;
        }
    const struct usual *usual = find_usual(r, seen->gist.topic);
    int64_t enough = usual ? usual->alarming : r->alarming;
    if (most_alike(&r->census, &seen->gist) >= enough && count(r, seen, enough) >= enough)
        begin(r, seen);
}

bool radar_knows(const struct radar *r, const struct sighting *s)
{
    struct arena a = ARENA_INIT;
    const struct seen asked = {
        .gist = gist_of(&a, &s->report), .customer = hash(s->customer), .ms = s->now_ms};
    bool knows = false;
    for (size_t i = 0; i < RADAR_REPORTS && !knows; i++)
        knows = r->ring[i].customer == asked.customer && is_near(r, &asked, &r->ring[i]);
    arena_release(&a);
    return knows;
}

/* --- telling --- */

static const char *langs_of(struct arena *a, const struct live *l)
{
    const char *all = "";
    for (size_t i = 0; i < MAX_LANGS && l->langs[i].n; i++)
        all =
            arena_printf(a, "%s%s%s %" PRId64, all, i ? ", " : "", l->langs[i].lang, l->langs[i].n);
    return all;
}

static void describe(const struct live *l, struct arena *a, struct surge *out)
{
    *out = (struct surge){.key = arena_strdup(a, l->key),
                          .report = kept(a, spokesman(l)),
                          .n = (int64_t)l->n_customers,
                          .since_ms = l->since_ms,
                          .langs = langs_of(a, l),
                          .n_examples = l->n_examples};
    out->report.pairs = arena_strdup(a, l->pairs);
    out->report.errors = arena_strdup(a, l->errors);
    for (size_t i = 0; i < l->n_examples; i++)
        out->examples[i] = arena_strdup(a, l->examples[i]);
}

bool radar_tell(struct radar *r, int64_t now_ms, struct arena *a, struct surge *out)
{
    for (size_t i = 0; i < r->n_surges; i++) {
        struct live *l = &r->surges[i];
        bool is_over = now_ms - l->last_ms >= RADAR_CALM_MS;
        bool is_news = (int64_t)l->n_customers != l->told_n;
        if (!is_over && (!is_news || (l->told_ms && now_ms - l->told_ms < RADAR_TELL_MS)))
            continue;
        l->told_ms = now_ms;
        l->told_n = (int64_t)l->n_customers;
        describe(l, a, out);
        out->is_over = is_over;
        if (is_over)
            end(r, l);
        return true;
    }
    return false;
}

/* --- life --- */

struct radar *radar_new(int64_t reports, int64_t window_ms)
{
    struct radar *r = xcalloc(1, sizeof(*r));
    r->reports = reports;
    r->window_ms = window_ms;
    r->alarming = alarming(r, 0);
    return r;
}

void radar_free(struct radar *r)
{
    if (!r)
        return;
    while (r->n_surges)
        end(r, &r->surges[0]);
    for (size_t i = 0; i < RADAR_REPORTS; i++)
        arena_release(&r->ring[i].arena);
    free(r);
}
