/* zaide incident, zaide notice: what a manager may do in the staff room's General, from a terminal.
 * One event, as if it had been typed there; the daemon sends what it leads to. */
#include "bot/base/zone.h"
#include "bot/commands/commands.h"
#include "bot/commands/setup.h"
#include "bot/commands/tell.h"
#include "bot/flow/turn.h"

#include <inttypes.h>
#include <unistd.h>

#define MAX_TYPED 16000

const char incident_usage[] =
    "usage: zaide incident list\n"
    "       zaide incident open TOPIC|PAIR... --as NAME [OPTION]...\n"
    "       zaide incident update ID [STATE] --as NAME [OPTION]...\n"
    "       zaide incident close|undo ID --as NAME\n\n"
    "  TOPIC    an id of the knowledge, as trading_abnormal; PAIR as MX/USDT\n"
    "  STATE    detected, reported, rolled_back, announced, compensating or closed\n"
    "  --from T, --until T    09:30 or \"2026-11-22 09:30\", \"... UTC\"; else of TIMEZONE\n"
    "  --link URL             the announcement, on one of BRAND_HOSTS\n"
    "  --errors N             the number of an error that belongs to it\n"
    "  --text LANG=TEXT       what happened, in a sentence; one for each language\n\n"
    "Nobody is told for 30 s: `zaide incident undo ID` takes it back.\n";
const char notice_usage[] =
    "usage: zaide notice list\n"
    "       zaide notice open COIN|NETWORK|TOPIC... --until T --as NAME [--from T] [--link URL]\n"
    "                         [--text LANG=TEXT]...\n"
    "       zaide notice end ID --as NAME\n\n"
    "Answers that it fits carry it until then: zaide notice open USDT TRC20 --until 14:00 --as "
    "mia\n";

struct ordering {
    const char *agent;
    struct buf typed; /* as it would be in General, without the command's name */
    int64_t id;
    bool opens, lists, is_notice;
};

static int usage(const struct ordering *o)
{
    fputs(o->is_notice ? notice_usage : incident_usage, stderr);
    return EXIT_USAGE;
}

/* --- what is there --- */

static void print_incident(struct arena *a, const struct incident *i)
{
    printf("#%-4" PRId64 " %-13s %-20s %-20s %s UTC  %s\n", i->id,
           i->rev ? incident_state_name(i->state) : "not yet", i->topic, i->pairs,
           zone_print(a, "UTC", i->from_ms), i->link);
}

static void print_notice(struct arena *a, const struct notice *n)
{
    printf("#%-4" PRId64 " %s%s%s  %s – %s UTC\n", n->id, n->names,
           *n->names && *n->topics ? " " : "", n->topics, zone_print(a, "UTC", n->from_ms),
           zone_print(a, "UTC", n->until_ms));
}

static void list(const struct ordering *o, const struct facts *f)
{
    struct arena a = ARENA_INIT;
    size_t n = 0;
    for (size_t i = 0; !o->is_notice && i < f->n_incidents; i++, n++)
        print_incident(&a, &f->incidents[i]);
    for (size_t i = 0; o->is_notice && i < f->n_notices; i++)
        if (f->notices[i].until_ms > clock_ms()) {
            print_notice(&a, &f->notices[i]);
            n++;
        }
    if (!n)
        printf("none\n");
    arena_release(&a);
}

/* --- orders --- */

static int64_t next_id(const struct facts *f)
{
    int64_t id = 1;
    for (size_t i = 0; i < f->n_incidents; i++)
        if (f->incidents[i].id >= id)
            id = f->incidents[i].id + 1;
    return id;
}

static void act(struct setup *s, void *arg)
{
    struct ordering *o = arg;
    const struct facts *f = engine_facts(s->engine);
    if (o->lists) {
        list(o, f);
        setup_done(s, EXIT_DONE);
        return;
    }
    if (!tell_may_be(s, o->agent))
        return;
    struct arena a = ARENA_INIT;
    const char *text = o->typed.data;
    if (o->is_notice)
        tell_typed(s, o->agent, "room:cli:cli:cli", arena_printf(&a, "/notice %s", text));
    else
        tell_typed(s, o->agent,
                   arena_printf(&a, INCIDENT_SUBJECT "%" PRId64, o->opens ? next_id(f) : o->id),
                   text);
    arena_release(&a);
}

/* --- the words of the command --- */

static bool add_option(struct ordering *o, const char *name, const char *value)
{
    static const char *const names[] = {"from", "until", "link", "errors"};
    const char *equals = strchr(value, '=');
    if (strchr(value, '\n'))
        return false;
    if (str_eq(name, "--as"))
        o->agent = value;
    else if (str_eq(name, "--text") && equals)
        buf_printf(&o->typed, "\n%.*s: %s", (int)(equals - value), value, equals + 1);
    else {
        size_t i = 0;
        while (i < ARRAY_LEN(names) && !str_eq(name + 2, names[i]))
            i++;
        if (i == ARRAY_LEN(names))
            return false;
        buf_printf(&o->typed, "\n%s: %s", names[i], value);
    }
    return true;
}

/* Words go on the first line, options below it, in whatever order they come. */
static bool read_words(struct ordering *o, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        bool is_option = starts_with(argv[i], "--");
        if (is_option && ++i == argc)
            return false;
        int64_t id;
        if (!is_option && !parse_i64(argv[i], &id))
            o->id = id;
        if (!is_option)
            buf_printf(&o->typed, "%s%s", i > 1 ? " " : "", argv[i]);
    }
    for (int i = 1; i < argc; i++)
        if (starts_with(argv[i], "--") && !add_option(o, argv[i], argv[i + 1]))
            return false;
        else if (starts_with(argv[i], "--"))
            i++;
    return !buf_over(&o->typed);
}

int command_incident(int argc, char **argv)
{
    struct ordering o = {.typed = BUF_INIT(MAX_TYPED), .is_notice = str_eq(argv[0], "notice")};
    const char *verb = argc > 1 ? argv[1] : "list";
    o.lists = str_eq(verb, "list");
    o.opens = str_eq(verb, "open");
    bool is_verb =
        o.lists || o.opens ||
        (o.is_notice ? str_eq(verb, "end")
                     : str_eq(verb, "update") || str_eq(verb, "close") || str_eq(verb, "undo"));
    bool ok = is_verb && read_words(&o, argc, argv) &&
              (o.lists ? argc <= 2 : o.agent && (o.opens || o.id > 0));
    int status = ok ? setup_command(act, &o) : usage(&o);
    buf_release(&o.typed);
    return status;
}
