/* zaide claim, release, reply, note, close, fate: the queue from a terminal. One event, as if an
 * agent had typed it in the case's topic; the daemon sends what it leads to. */
#include "bot/commands/commands.h"
#include "bot/commands/setup.h"
#include "bot/commands/tell.h"
#include "bot/flow/turn.h"

#include <inttypes.h>
#include <unistd.h>

struct acting {
    const char *verb, *agent, *text;
    const char *canned; /* the name of a canned reply; "": list them */
    int64_t case_no;
};

static const char *typed(struct arena *arena, const struct acting *a)
{
    if (a->canned)
        return arena_printf(arena, "/reply %s", a->canned);
    if (str_eq(a->verb, "reply"))
        return a->text;
    if (str_eq(a->verb, "note"))
        return arena_printf(arena, "/note %s", a->text);
    return arena_printf(arena, "/%s", a->verb);
}

/* In the topic such words are held for a decision; here nobody would see the question. */
static bool needs_claim(const struct setup *s, const struct acting *a, const struct open_case *c)
{
    bool claims = str_eq(a->verb, "reply") && settings_is(s->settings, "CLAIM_BY_REPLY", "on");
    bool only_lists = a->canned && !*a->canned;
    return c->state == STATE_WAITING && !claims && !only_lists &&
           (str_eq(a->verb, "reply") || str_eq(a->verb, "release"));
}

static void act(struct setup *s, void *arg)
{
    struct acting *a = arg;
    const struct facts *f = engine_facts(s->engine);
    const struct open_case *c = facts_case(f, a->case_no);
    if (!c) {
        fprintf(stderr, "zaide: no open case #%" PRId64 ": see zaide cases\n", a->case_no);
        setup_done(s, EXIT_REFUSED);
        return;
    }
    if (!tell_may_be(s, a->agent))
        return;
    if (needs_claim(s, a, c)) {
        fprintf(stderr,
                "zaide: nobody has claimed case #%" PRId64 ": zaide claim %" PRId64 " --as %s\n",
                c->no, c->no, a->agent);
        setup_done(s, EXIT_REFUSED);
        return;
    }
    struct arena arena = ARENA_INIT;
    tell_typed(s, a->agent, c->conversation, typed(&arena, a));
    arena_release(&arena);
}

static int usage(const char *verb)
{
    const char *more = str_eq(verb, "reply")  ? " TEXT | --canned [REPLY]"
                       : str_eq(verb, "note") ? " TEXT"
                                              : "";
    fprintf(stderr, "usage: zaide %s CASE --as NAME%s\n", verb, more);
    return EXIT_USAGE;
}

int command_act(int argc, char **argv)
{
    struct acting a = {.verb = argv[0]};
    bool wants_text = str_eq(a.verb, "reply") || str_eq(a.verb, "note");
    const char *number = NULL;
    for (int i = 1; i < argc; i++) {
        if (str_eq(argv[i], "--as") && i + 1 < argc)
            a.agent = argv[++i];
        else if (str_eq(argv[i], "--canned") && str_eq(a.verb, "reply") && !a.canned)
            a.canned = i + 1 < argc && argv[i + 1][0] != '-' ? argv[++i] : "";
        else if (!number)
            number = argv[i] + (argv[i][0] == '#');
        else if (!a.text)
            a.text = argv[i];
        else
            return usage(a.verb);
    }
    if (a.canned)
        wants_text = false;
    if (!number || parse_i64(number, &a.case_no) || !a.agent || wants_text != (a.text != NULL) ||
        (a.text && !*a.text))
        return usage(a.verb);
    if (str_eq(a.verb, "reply") && a.text && *a.text == '/') {
        fprintf(stderr, "zaide reply: a TEXT that begins with / would be a command or a note\n");
        return EXIT_USAGE;
    }
    return setup_command(act, &a);
}
