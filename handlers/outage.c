/* A platform of ours is down: who writes where we are still reached is told so, once, with the
 * other ways to us. */
#include "bot/ports/handler.h"

#include "handlers/when.h"

#define TOLD     "outage."                   /* and the account: when he was told of it */
#define AGAIN_MS (12 * 3600 * INT64_C(1000)) /* one that comes and goes is told of once */

static int64_t down_since(const struct turn *t, const struct platform *p)
{
    return platform_down_since(t->facts->platforms, t->facts->n_platforms, p,
                               settings_int(t->settings, "PLATFORM_DOWN"));
}

/* "Discord (@a_bot), Telegram (@the_bot)" */
static const char *those_up(const struct turn *t)
{
    const char *all = "";
    for (size_t i = 0; i < t->facts->n_platforms; i++) {
        const struct platform *p = &t->facts->platforms[i];
        bool is_gone = platform_is_gone(t->facts->platforms, t->facts->n_platforms, p);
        if (*p->label && !is_gone && !down_since(t, p))
            all = arena_printf(t->arena, "%s%s%s", all, *all ? ", " : "", p->label);
    }
    return all;
}

static void tell(const struct turn *t, struct effects *e, const struct platform *p)
{
    const char *var = arena_printf(t->arena, TOLD "%s", p->account);
    int64_t since = down_since(t, p), told = conversation_var_int(t->subject, var);
    if (!since || !*p->label || (told && t->event->now_ms < told + AGAIN_MS))
        return;
    effect_var(e, var, turn_number(t, t->event->now_ms));
    say(t, e, LANE_CUSTOMER, "outage.told", FILL("name", p->label),
        FILL("time", when_at(t, LANE_CUSTOMER, since)), FILL("up", those_up(t)));
}

static enum verdict handle(const void *self, const struct turn *t, struct effects *e)
{
    (void)self;
    if (t->event->type != EVENT_MESSAGE || t->event->content.kind != CONTENT_TEXT ||
        !turn_is_customer(t))
        return HANDLER_PASS;
    for (size_t i = 0; i < t->facts->n_platforms; i++)
        tell(t, e, &t->facts->platforms[i]);
    return HANDLER_PASS;
}

const struct handler outage_handler = {
    .name = "outage",
    .help = "a platform of ours that is down is named on the others",
    .states = IN_STATE(STATE_BOT) | IN_STATE(STATE_WAITING) | IN_STATE(STATE_PENDING),
    .handle = handle,
};
