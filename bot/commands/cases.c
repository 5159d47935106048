/* zaide cases: what is open, in the order of the queue. */
#include "bot/commands/commands.h"
#include "bot/commands/setup.h"

#include <inttypes.h>

static const char *age(struct arena *a, int64_t ms)
{
    int64_t s = ms < 0 ? 0 : ms / 1000;
    if (s < 120)
        return arena_printf(a, "%" PRId64 " s", s);
    return s < 7200 ? arena_printf(a, "%" PRId64 " min", s / 60)
                    : arena_printf(a, "%" PRId64 " h", s / 3600);
}

static void print_case(struct arena *a, const struct open_case *c, int64_t now_ms)
{
    printf("#%-6" PRId64 " %-8s P%" PRId64 "  %-3s %-8s %-12s %-20s %s%s%s\n", c->no,
           conversation_state_name(c->state), c->priority, c->lang, age(a, now_ms - c->since),
           str_empty(c->owner) ? "–" : c->owner, text_excerpt(a, c->name, 20), c->reason,
           str_empty(c->topic) ? "" : " ", c->topic);
}

static void print_json(const struct facts *f)
{
    struct buf out = BUF_INIT(64 * 1024 * 1024);
    struct json_writer w = JSON_WRITER(&out);
    json_open(&w, NULL, '[');
    for (size_t i = 0; i < f->n_cases; i++) {
        const struct open_case *c = &f->cases[i];
        json_open(&w, NULL, '{');
        json_put_int(&w, "case", c->no);
        json_put_str(&w, "state", conversation_state_name(c->state));
        json_put_int(&w, "priority", c->priority);
        json_put_str(&w, "conversation", c->conversation);
        json_put_str(&w, "name", c->name);
        json_put_str(&w, "lang", c->lang);
        json_put_str(&w, "owner", c->owner);
        json_put_str(&w, "reason", c->reason);
        json_put_str(&w, "topic", c->topic);
        json_put_int(&w, "since_ms", c->since);
        json_put_int(&w, "unanswered_ms", c->unanswered);
        json_close(&w, '}');
    }
    json_close(&w, ']');
    printf("%s\n", out.data);
    buf_release(&out);
}

static void act(struct setup *s, void *arg)
{
    const bool *as_json = arg;
    const struct facts *f = engine_facts(s->engine);
    struct arena a = ARENA_INIT;
    if (*as_json)
        print_json(f);
    else if (!f->n_cases)
        printf("No open cases. Everybody has been answered.\n");
    for (size_t i = 0; !*as_json && i < f->n_cases; i++)
        print_case(&a, &f->cases[i], clock_ms());
    if (!*as_json && f->n_cases && !f->n_agents)
        printf("No agents are registered: zaide agents add NAME --id telegram:123 --languages zh,en\n");
    arena_release(&a);
    setup_done(s, EXIT_DONE);
}

int command_cases(int argc, char **argv)
{
    bool as_json = argc == 2 && str_eq(argv[1], "--json");
    if (argc > 1 && !as_json) {
        fprintf(stderr, "usage: zaide cases [--json]\n");
        return EXIT_USAGE;
    }
    return setup_command(act, &as_json);
}
