/* Insults: nothing is said about them. The question beside them is answered as any other
 * (insult_free); who says nothing else hears one warm line and is offered a person; staff is told
 * once, so that a rude tone surprises nobody. */
#include "handlers/insult/insult.h"

#include "handlers/flows/flows.h"
#include "handlers/insult/abuse.h"

#define AT        "insult.at" /* ms of the last */
#define FLAG_MS   (24 * 60 * 60 * 1000)
#define MAX_ALONE 2 /* in a row; the next goes to a person */

static bool is_flagged(const struct turn *t)
{
    int64_t at = conversation_var_int(t->subject, AT);
    return at && t->event->now_ms - at < FLAG_MS;
}

const char *insult_flag(const struct turn *t)
{
    return is_flagged(t) ? turn_phrase(t, LANE_STAFF, "staff.insulted") : "";
}

const char *insult_free(const struct turn *t, const char *text)
{
    const struct abuse *abuse = turn_self(t, &insult_handler);
    bool is_found = conversation_var_int(t->subject, AT) == t->event->now_ms;
    if (!abuse || (!is_found && !turn_in_group(t))) /* in groups nobody has looked yet */
        return text;
    const char *rest = abuse_take_out(abuse, t->arena, turn_lang(t, LANE_CUSTOMER), text);
    return str_empty(rest) ? text : rest;
}

bool insult_is_all(const struct turn *t, const char *lang, const char *text)
{
    const struct abuse *abuse = turn_self(t, &insult_handler);
    const char *rest = abuse ? abuse_take_out(abuse, t->arena, lang, text) : NULL;
    return rest && !*rest;
}

static enum verdict only_insulted(const struct turn *t, struct effects *e)
{
    bool in_form = flows_is_open(t->subject);
    if (!in_form && t->subject->misses >= MAX_ALONE)
        return HANDLER_PASS; /* handoff opens a case */
    if (!in_form)
        effect_set_int(e, misses, t->subject->misses + 1);
    struct effect *said = say(t, e, LANE_CUSTOMER, "insult.alone");
    say_button(t, e, said, "button.human", "human", false);
    return HANDLER_DONE;
}

static enum verdict handle(const void *self, const struct turn *t, struct effects *e)
{
    const struct content *content = &t->event->content;
    if (!turn_is_customer(t) || t->event->type != EVENT_MESSAGE || content->kind != CONTENT_TEXT)
        return HANDLER_PASS;
    const char *rest = abuse_take_out(self, t->arena, turn_lang(t, LANE_CUSTOMER), content->text);
    if (!rest)
        return HANDLER_PASS;
    bool has_case = t->subject->state != STATE_BOT && !e->opens_case; /* else its card says it */
    if (has_case && !is_flagged(t))
        say(t, e, LANE_STAFF, "staff.insulted");
    effect_var(e, AT, turn_number(t, t->event->now_ms));
    effect_count(e, "insults", 1);
    bool is_alone = !*rest && !content->n_files && t->subject->state == STATE_BOT;
    return is_alone ? only_insulted(t, e) : HANDLER_PASS;
}

static int load(const struct handler_files *files, const struct settings *settings,
                const struct phrases *phrases, void **self, struct buf *why)
{
    (void)phrases;
    return (*self = abuse_load(files, settings, why)) ? 0 : -1;
}

static void unload(void *self)
{
    abuse_free(self);
}

const struct handler insult_handler = {
    .name = "insult",
    .help = "abuse: the question beside it counts",
    .states = IN_ANY_STATE,
    .load = load,
    .unload = unload,
    .handle = handle,
};
