#include "bot/commands/tell.h"

#include "bot/commands/commands.h"
#include "bot/flow/turn.h"

#include <inttypes.h>
#include <unistd.h>

void tell_subject(struct setup *s, size_t n, const char *subject, const char *data,
                  void (*done)(void *arg), void *arg)
{
    struct arena a = ARENA_INIT;
    int64_t now = clock_ms();
    struct event event = {
        .type = EVENT_TOLD,
        .id = {day_bucket(&a, "cli", now),
               arena_printf(&a, "%" PRId64 ".%d.%zu", now, (int)getpid(), n)},
        .now_ms = now,
        .subject = subject,
        .data = data,
        .content = CONTENT_INIT,
    };
    engine_deliver(s->engine, &event, done, arg);
    arena_release(&a);
}

static void on_show(void *arg, const char *text, bool denied)
{
    struct setup *s = arg;
    s->was_denied |= denied;
    if (!str_empty(text))
        fprintf(denied ? stderr : stdout, "%s\n", text);
}

static void on_typed(void *arg)
{
    struct setup *s = arg;
    setup_done(s, s->was_denied ? EXIT_REFUSED : EXIT_DONE);
}

void tell_typed(struct setup *s, const char *agent, const char *subject, const char *text)
{
    struct arena a = ARENA_INIT;
    int64_t now = clock_ms();
    struct event event = {
        .type = EVENT_MESSAGE,
        .id = {day_bucket(&a, "cli", now), arena_printf(&a, "%" PRId64 ".%d", now, (int)getpid())},
        .now_ms = now,
        .from = {"cli", "cli", "cli", "", agent},
        .name = agent,
        .subject = subject,
        .room = "cli",
        .content = {.text = text},
    };
    engine_on_show(s->engine, on_show, s);
    engine_deliver(s->engine, &event, on_typed, s);
    arena_release(&a);
}

bool tell_may_be(struct setup *s, const char *agent)
{
    if (facts_agent(engine_facts(s->engine), agent))
        return true;
    fprintf(stderr, "zaide: no agent is called %s: see zaide agents list\n", agent);
    setup_done(s, EXIT_REFUSED);
    return false;
}
