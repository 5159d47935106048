/* Which language the customer speaks: chosen by a button, else guessed from each message and
 * remembered. */
#include "bot/ports/handler.h"

static bool is_offered(const struct turn *t, const char *lang)
{
    struct buf item = BUF_INIT(16);
    bool found = false;
    for (size_t i = 0; !found && settings_item(t->settings, "LANGUAGES", i, &item); i++)
        found = str_eq(item.data, lang);
    buf_release(&item);
    return found && phrases_has_language(t->phrases, lang);
}

/* "zh-hans" -> "zh", where we speak it. */
static const char *hinted(const struct turn *t)
{
    const char *hint = t->event->lang_hint ? t->event->lang_hint : "";
    char *lang = arena_strndup(t->arena, hint, strcspn(hint, "-_"));
    return is_offered(t, lang) ? lang : "en";
}

static void guess(const struct turn *t, struct effects *e)
{
    const struct conversation *c = t->subject;
    const char *known = str_empty(c->lang) ? hinted(t) : c->lang;
    bool sure = false;
    const char *lang = c->lang_fixed || str_empty(t->event->content.text)
                           ? known
                           : text_language(t->arena, t->event->content.text, known, &sure);
    if (!sure || !is_offered(t, lang))
        lang = known;
    if (!str_eq(lang, c->lang))
        effect_set(e, lang, lang);
}

static void ask(const struct turn *t, struct effects *e)
{
    static const char *const names[][2] = {
        {"zh", "中文"},   {"en", "English"}, {"vi", "Tiếng Việt"},
        {"ja", "日本語"}, {"ko", "한국어"},  {"ms", "Bahasa Melayu"},
    };
    struct effect *said = say(t, e, LANE_CUSTOMER, "language.ask");
    size_t shown = 0;
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (is_offered(t, names[i][0])) {
            char *data = arena_printf(t->arena, "lang:%s", names[i][0]);
            content_button(t->arena, &said->content, names[i][1], data)->same_row = shown++ % 3;
        }
}

static enum verdict choose(const struct turn *t, struct effects *e, const char *lang)
{
    if (!is_offered(t, lang))
        return HANDLER_PASS;
    effect_set(e, lang, lang);
    effect_set_int(e, lang_fixed, 1);
    effect_show(e, "");
    say(t, e, LANE_CUSTOMER, "language.set");
    return HANDLER_DONE;
}

static enum verdict handle(const void *self, const struct turn *t, struct effects *e)
{
    (void)self;
    const struct event *event = t->event;
    if (!turn_is_customer(t))
        return HANDLER_PASS;
    if (event->type == EVENT_BUTTON && starts_with(event->data, "lang:"))
        return choose(t, e, event->data + strlen("lang:"));
    if (event->type == EVENT_MESSAGE)
        guess(t, e);
    bool asked = event->type == EVENT_BUTTON ? str_eq(event->data, "lang")
                                             : str_eq(event->content.text, "/language");
    if (!asked || turn_in_group(t))
        return HANDLER_PASS;
    if (event->type == EVENT_BUTTON)
        effect_show(e, "");
    ask(t, e);
    return HANDLER_DONE;
}

const struct handler language_handler = {
    .name = "language",
    .help = "which language the customer speaks",
    .states = IN_ANY_STATE,
    .in_groups = true,
    .handle = handle,
};
