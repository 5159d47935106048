/* zaide stats: cases, response times, ratings of a span of days. */
#include "bot/commands/commands.h"
#include "bot/commands/setup.h"

#include <inttypes.h>

#define DAY_MS INT64_C(86400000)

struct sum {
    const char *name;
    int64_t n;
};

struct counting {
    struct setup *setup;
    int64_t from_ms, to_ms;
    bool as_json;
    struct sum *sums;
    size_t n, cap;
    struct arena arena;
    unsigned answered; /* partitions */
    bool failed;
};

static struct sum *find(const struct counting *c, const char *name)
{
    for (size_t i = 0; i < c->n; i++)
        if (str_eq(c->sums[i].name, name))
            return &c->sums[i];
    return NULL;
}

static int64_t sum(const struct counting *c, const char *name)
{
    const struct sum *found = find(c, name);
    return found ? found->n : 0;
}

static void add(struct counting *c, const char *name, int64_t n)
{
    struct sum *found = find(c, name);
    if (!found) {
        ARENA_GROW(&c->arena, c->sums, c->n, c->cap);
        found = &c->sums[c->n++];
        found->name = arena_strdup(&c->arena, name);
    }
    found->n += n;
}

static void print_sum(const struct counting *c, const char *label, const char *name)
{
    printf("%-24s %" PRId64 "\n", label, sum(c, name));
}

/* A mean with nothing to average is not 0: it is "–". */
static void print_mean(const char *label, int64_t total, int64_t n, double unit, const char *suffix)
{
    if (n)
        printf("%-24s %.1f%s\n", label, (double)total / (double)n / unit, suffix);
    else
        printf("%-24s –\n", label);
}

static void print_text(const struct counting *c)
{
    if (!c->n) {
        printf("Nothing was counted in these days yet.\n");
        return;
    }
    print_sum(c, "messages in", "in");
    print_sum(c, "answered by the bot", "faq.answered");
    print_sum(c, "cases opened", "cases.opened");
    print_sum(c, "cases closed", "cases.closed");
    print_sum(c, "returned to the queue", "cases.returned");
    print_sum(c, "reopened", "cases.reopened");
    print_mean("first response", sum(c, "first.ms"), sum(c, "first.n"), 1000, " s");
    print_mean("mean response", sum(c, "reply.ms"), sum(c, "reply.n"), 1000, " s");
    print_mean("rating (1-5)", sum(c, "rating.sum"), sum(c, "rating.n"), 1, "");
    print_sum(c, "alarms", "alarms");
    print_sum(c, "secrets masked", "secrets");
}

static void print_json(const struct counting *c)
{
    struct buf out = BUF_INIT(1024 * 1024);
    struct json_writer w = JSON_WRITER(&out);
    json_open(&w, NULL, '{');
    for (size_t i = 0; i < c->n; i++)
        json_put_int(&w, c->sums[i].name, c->sums[i].n);
    json_close(&w, '}');
    printf("%s\n", out.data);
    buf_release(&out);
}

static void on_counts(void *arg, enum store_status status, const struct pair *pairs, size_t n)
{
    struct counting *c = arg;
    c->failed |= status != STORE_OK;
    for (size_t i = 0; i < n; i++) {
        int64_t number;
        if (!parse_i64(pairs[i].value, &number))
            add(c, pairs[i].name, number);
    }
    if (++c->answered < PARTITIONS + 1)
        return;
    if (c->failed)
        fprintf(stderr, "zaide: Redis went away: try again\n");
    else if (c->as_json)
        print_json(c);
    else
        print_text(c);
    setup_done(c->setup, c->failed ? EXIT_REFUSED : EXIT_DONE);
}

static void act(struct setup *s, void *arg)
{
    struct counting *c = arg;
    struct store *store = engine_store(s->engine);
    c->setup = s;
    for (unsigned p = 0; p <= PARTITIONS; p++)
        store->ops->counts(store, p, c->from_ms, c->to_ms, on_counts, c);
}

/* "2026-11-21", UTC. A day that its month has not is none. */
static bool parse_day(const char *s, int64_t *out_ms)
{
    struct tm day = {0};
    const char *end = strptime(s, "%Y-%m-%d", &day);
    int wanted = day.tm_mday;
    *out_ms = timegm(&day) * INT64_C(1000);
    return end && !*end && day.tm_mday == wanted;
}

const char stats_usage[] = "usage: zaide stats [--from 2026-11-01] [--to 2026-11-30] [--json]\n"
                           "Days in UTC; without --from: today.\n";

int command_stats(int argc, char **argv)
{
    struct counting c = {.to_ms = clock_ms()};
    c.from_ms = c.to_ms - c.to_ms % DAY_MS;
    bool ok = true;
    for (int i = 1; ok && i < argc; i++) {
        if (str_eq(argv[i], "--json")) {
            c.as_json = true;
        } else if (str_eq(argv[i], "--from") && i + 1 < argc) {
            ok = parse_day(argv[++i], &c.from_ms);
        } else if (str_eq(argv[i], "--to") && i + 1 < argc) {
            ok = parse_day(argv[++i], &c.to_ms);
            c.to_ms += DAY_MS - 1;
        } else {
            ok = false;
        }
    }
    if (!ok || c.from_ms > c.to_ms) {
        fputs(stats_usage, stderr);
        return EXIT_USAGE;
    }
    int status = setup_command(act, &c);
    arena_release(&c.arena);
    return status;
}
