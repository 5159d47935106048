/* Hello: /start, /help, /human and its button, messages that only greet or thank. Says once that it
 * is a bot. */
#include "bot/ports/handler.h"
#include "handlers/faq/faq.h"
#include "handlers/flows/flows.h"

static void say_hello(const struct turn *t, struct effects *e, const char *key)
{
    struct effect *said = say(t, e, LANE_CUSTOMER, key);
    say_button(t, e, said, "button.topics", "topics", false);
    say_button(t, e, said, "button.human", "human", false);
    say_button(t, e, said, "button.language", "lang", true);
    effect_set_int(e, greeted, 1);
}

static void ask_for_human(struct effects *e)
{
    struct case_opening why = {.reason = "asked", .team = "support", .priority = 2};
    effect_enqueue(e, &why);
}

static enum verdict pressed(const struct turn *t, struct effects *e)
{
    if (!str_eq(t->event->data, "human"))
        return HANDLER_PASS;
    effect_show(e, "");
    ask_for_human(e);
    return HANDLER_PASS; /* handoff tells the place */
}

/* Says once that it is a bot. */
static void say_briefly(const struct turn *t, struct effects *e)
{
    if (t->subject->greeted)
        return;
    say(t, e, LANE_CUSTOMER, "greet.short")->leads = true;
    effect_set_int(e, greeted, 1);
}

/* t.me/<bot>?start=twofa_bind on a page of the exchange leads to that answer. */
static bool leads_to_answer(const struct turn *t, const char *text)
{
    const void *faq = turn_self(t, &faq_handler);
    return faq && starts_with(text, "/start ") &&
           knowledge_item(faq_knowledge(faq), text + strlen("/start "));
}

static enum verdict said_command(const struct turn *t, struct effects *e, const char *text)
{
    if (leads_to_answer(t, text)) {
        say_briefly(t, e);
        return HANDLER_PASS;
    }
    if (str_eq(text, "/start") || starts_with(text, "/start ")) {
        say_hello(t, e, "greet.hello");
        return HANDLER_DONE;
    }
    if (str_eq(text, "/help")) {
        say_hello(t, e, "greet.help");
        return HANDLER_DONE;
    }
    if (str_eq(text, "/human"))
        ask_for_human(e);
    return HANDLER_PASS;
}

static enum verdict handle(const void *self, const struct turn *t, struct effects *e)
{
    (void)self;
    const struct content *content = &t->event->content;
    if (!turn_is_customer(t))
        return HANDLER_PASS;
    if (t->event->type == EVENT_BUTTON)
        return pressed(t, e);
    if (content->kind != CONTENT_TEXT)
        return HANDLER_PASS;
    if (content->text[0] == '/')
        return said_command(t, e, content->text);
    if (t->subject->state != STATE_BOT || flows_is_open(t->subject))
        return HANDLER_PASS;
    if (turn_says_only(t, content->text, "greet.words")) {
        say_hello(t, e, t->subject->greeted ? "greet.again" : "greet.hello");
        return HANDLER_DONE;
    }
    if (turn_says_only(t, content->text, "greet.thanks_words")) {
        say(t, e, LANE_CUSTOMER, "greet.thanks");
        return HANDLER_DONE;
    }
    say_briefly(t, e);
    return HANDLER_PASS;
}

const struct handler greet_handler = {
    .name = "greet",
    .help = "hello, help, thanks",
    .states = IN_ANY_STATE,
    .handle = handle,
};
