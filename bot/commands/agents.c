/* zaide agents: who may answer customers. */
#include "bot/base/zone.h"
#include "bot/commands/commands.h"
#include "bot/commands/setup.h"

#include <inttypes.h>

struct editing {
    struct agent agent;
    struct arena arena;
    bool remove, list;
    struct setup *setup;
};

const char agents_usage[] =
    "usage: zaide agents list\n"
    "       zaide agents remove NAME\n"
    "       zaide agents add NAME --id telegram:123 [--id …] [--role agent|lead|manager|admin]\n"
    "             [--languages zh,en] [--team wallet] [--skills p2p,kyc] [--capacity 5]\n"
    "             [--shift 09:00-24:00] [--tz Asia/Shanghai] [--alias \"Miya\"]\n"
    "NAME: lower-case letters, digits, - and _. Adding a name again replaces all of it.\n";

static int usage(void)
{
    fputs(agents_usage, stderr);
    return EXIT_USAGE;
}

static int wrong(const char *what, const char *value, const char *allowed)
{
    fprintf(stderr, "zaide agents: %s %s: %s\n", what, value, allowed);
    return EXIT_USAGE;
}

/* --- options --- */

static const char *words(struct arena *a, const char *list)
{
    char *s = arena_strdup(a, list);
    for (char *at = s; *at; at++)
        if (*at == ',')
            *at = ' ';
    return s;
}

/* "09:00-24:00" */
static bool parse_shift(const char *s, struct agent *agent)
{
    int fh, fm, th, tm, end = 0;
    if (sscanf(s, "%2d:%2d-%2d:%2d%n", &fh, &fm, &th, &tm, &end) != 4 || s[end])
        return false;
    agent->shift_from = fh * 60 + fm;
    agent->shift_to = th * 60 + tm;
    bool ok = fh >= 0 && fm >= 0 && fm < 60 && th >= 0 && tm >= 0 && tm < 60;
    return ok && agent->shift_from < 1440 && agent->shift_to <= 1440;
}

/* "zh,en": two or three small letters each */
static bool are_languages(const char *s)
{
    for (;;) {
        size_t len = strspn(s, "abcdefghijklmnopqrstuvwxyz");
        if (len < 2 || len > 3 || (s[len] && s[len] != ','))
            return false;
        if (!s[len])
            return true;
        s += len + 1;
    }
}

static bool is_id(const char *s)
{
    const char *colon = strchr(s, ':');
    return colon && colon > s && colon[1] && !strchr(s, ' ') && !strchr(colon + 1, ':');
}

static int option(struct editing *e, const char *name, const char *value)
{
    struct agent *agent = &e->agent;
    if (str_eq(name, "--role")) {
        if (!role_parse(value, &agent->role))
            return wrong(name, value, "agent, lead, manager or admin");
    } else if (str_eq(name, "--id")) {
        if (!is_id(value))
            return wrong(name, value, "platform:number, as telegram:123456");
        agent->ids = *agent->ids ? arena_printf(&e->arena, "%s %s", agent->ids, value) : value;
    } else if (str_eq(name, "--languages")) {
        if (!are_languages(value))
            return wrong(name, value, "codes with commas between, as zh,en");
        agent->languages = words(&e->arena, value);
    } else if (str_eq(name, "--team")) {
        agent->teams = words(&e->arena, value);
    } else if (str_eq(name, "--skills")) {
        agent->skills = words(&e->arena, value);
    } else if (str_eq(name, "--capacity")) {
        if (parse_i64(value, &agent->capacity) || agent->capacity < 0)
            return wrong(name, value, "a number of cases; 0: no limit");
    } else if (str_eq(name, "--shift")) {
        if (!parse_shift(value, agent))
            return wrong(name, value, "local hours, as 09:00-24:00 or 22:00-06:00");
    } else if (str_eq(name, "--tz")) {
        if (!zone_is_known(value))
            return wrong(name, value, "an IANA time zone, as Asia/Shanghai");
        agent->tz = value;
    } else if (str_eq(name, "--alias")) {
        agent->alias = value;
    } else {
        return usage();
    }
    return EXIT_DONE;
}

/* --- acting --- */

static void on_put(void *arg, enum store_status status)
{
    struct editing *e = arg;
    bool ok = status == STORE_OK;
    if (!ok)
        fprintf(stderr, "zaide: Redis went away: try again\n");
    else
        printf("%s %s\n", e->remove ? "removed" : "saved", e->agent.name);
    setup_done(e->setup, ok ? EXIT_DONE : EXIT_REFUSED);
}

static void print_agent(const struct agent *a, int64_t now_ms)
{
    char shift[32] = "always";
    if (a->shift_from != a->shift_to)
        snprintf(shift, sizeof(shift), "%02d:%02d-%02d:%02d", a->shift_from / 60, a->shift_from % 60,
                 a->shift_to / 60, a->shift_to % 60);
    printf("%-16s %-8s %-14s %-18s %s %s  open %" PRId64, a->name, role_name(a->role), a->alias,
           a->languages, shift, a->tz, a->open);
    if (a->capacity)
        printf("/%" PRId64, a->capacity);
    printf("  %s  %s%s%s\n", agent_on_shift(a, now_ms) ? "on shift" : "off", a->ids,
           *a->teams ? "  team " : "", a->teams);
}

static void list(const struct facts *f)
{
    if (!f->n_agents)
        printf("No agents are registered. Add the first: zaide agents add NAME --role admin --id "
               "telegram:123\n");
    for (size_t i = 0; i < f->n_agents; i++)
        print_agent(&f->agents[i], clock_ms());
}

static bool id_is_taken(const struct facts *f, const struct agent *mine, const char **by)
{
    for (const char *at = mine->ids; *at;) {
        char id[200];
        size_t len = strcspn(at, " ");
        snprintf(id, sizeof(id), "%.*s", (int)len, at);
        for (size_t i = 0; i < f->n_agents; i++)
            if (!str_eq(f->agents[i].name, mine->name) && words_have(f->agents[i].ids, id)) {
                *by = f->agents[i].name;
                return true;
            }
        at += len + strspn(at + len, " ");
    }
    return false;
}

static void act(struct setup *s, void *arg)
{
    struct editing *e = arg;
    const struct facts *f = engine_facts(s->engine);
    const char *by = NULL;
    e->setup = s;
    if (e->list) {
        list(f);
        setup_done(s, EXIT_DONE);
    } else if (e->remove && !facts_agent(f, e->agent.name)) {
        fprintf(stderr, "zaide: no agent is called %s: see zaide agents list\n", e->agent.name);
        setup_done(s, EXIT_REFUSED);
    } else if (id_is_taken(f, &e->agent, &by)) {
        fprintf(stderr, "zaide: that id belongs to %s: zaide agents remove %s first\n", by, by);
        setup_done(s, EXIT_REFUSED);
    } else {
        struct buf json = BUF_INIT(8000);
        if (!e->remove)
            agent_to_json(&e->agent, &json);
        engine_put(s->engine, "agents", e->agent.name, json.data, on_put, e);
        buf_release(&json);
    }
}

static bool is_name(const char *s)
{
    return *s && strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-_") == strlen(s);
}

int command_agents(int argc, char **argv)
{
    struct editing e = {.agent = {.role = ROLE_AGENT,
                                  .ids = "",
                                  .languages = "",
                                  .teams = "",
                                  .skills = "",
                                  .tz = "UTC"}};
    const char *verb = argc > 1 ? argv[1] : "";
    e.list = str_eq(verb, "list") && argc == 2;
    e.remove = str_eq(verb, "remove") && argc == 3;
    bool add = str_eq(verb, "add") && argc >= 3 && argc % 2;
    if (!e.list && !e.remove && !add)
        return usage();
    e.agent.name = e.list ? "" : argv[2];
    if (!e.list && !is_name(e.agent.name))
        return wrong("NAME", e.agent.name, "lower-case letters, digits, - and _");
    int status = EXIT_DONE;
    for (int i = 3; add && !status && i + 1 < argc; i += 2)
        status = option(&e, argv[i], argv[i + 1]);
    if (!status && add && !*e.agent.ids)
        status = wrong("--id", "is missing", "the platform account that may answer, as telegram:123");
    if (!e.agent.alias)
        e.agent.alias = e.agent.name;
    if (!status)
        status = setup_command(act, &e);
    arena_release(&e.arena);
    return status;
}
