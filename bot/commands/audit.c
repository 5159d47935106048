/* zaide audit: what moderators, and zaide by itself, did to members of customers' groups. */
#include "bot/base/zone.h"
#include "bot/commands/commands.h"
#include "bot/commands/setup.h"
#include "handlers/watch/card.h"

#include <inttypes.h>

struct auditing {
    struct setup *setup;
    bool as_json;
};

/* One decision; the texts are the JSON's. */
struct decision {
    struct json *json;
    int64_t ms;
    const char *text;
};

static const char *field(const struct decision *d, const char *name)
{
    const char *text = json_str(d->json, name);
    return text ? text : "?";
}

static int by_time(const void *a, const void *b)
{
    const struct decision *x = a, *y = b;
    return (x->ms > y->ms) - (x->ms < y->ms);
}

static void print(const struct auditing *it, struct arena *a, const struct decision *d)
{
    if (it->as_json)
        printf("%s\n", d->text);
    else
        printf("%s  %-12s %-7s %s\n", zone_print(a, "UTC", d->ms), field(d, "by"), field(d, "what"),
               field(d, "member"));
}

static void on_hash(void *arg, enum store_status status, const struct pair *pairs, size_t n)
{
    struct auditing *it = arg;
    struct arena a = ARENA_INIT;
    struct decision *all = arena_alloc(&a, (n + 1) * sizeof(*all));
    for (size_t i = 0; i < n; i++) {
        struct json *j = json_parse(pairs[i].value, strlen(pairs[i].value), NULL);
        all[i] = (struct decision){j, json_int(j, "ms", 0), pairs[i].value};
    }
    qsort(all, n, sizeof(*all), by_time);
    for (size_t i = 0; i < n; i++)
        print(it, &a, &all[i]);
    for (size_t i = 0; i < n; i++)
        json_free(all[i].json);
    if (status != STORE_OK)
        fprintf(stderr, "zaide audit: Redis is away; try again\n");
    else if (!n && !it->as_json)
        printf("Nothing was decided yet.\n");
    arena_release(&a);
    setup_done(it->setup, status == STORE_OK ? EXIT_DONE : EXIT_REFUSED);
}

static void act(struct setup *s, void *arg)
{
    struct auditing *it = arg;
    struct store *store = engine_store(s->engine);
    it->setup = s;
    store->ops->hash_get(store, WATCH_AUDIT, on_hash, it);
}

int command_audit(int argc, char **argv)
{
    struct auditing it = {.as_json = argc == 2 && str_eq(argv[1], "--json")};
    if (argc > 1 && !it.as_json) {
        fprintf(stderr, "usage: zaide audit [--json]\n");
        return EXIT_USAGE;
    }
    return setup_command(act, &it);
}
