#include "bot/commands/tell.h"

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
