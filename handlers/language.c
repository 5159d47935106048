/* Which language the customer speaks: chosen by a button, else guessed from each message and
 * remembered. Who writes in one that we do not speak is told so in English, may choose another, and
 * gets a person. */
#include "bot/ports/handler.h"
#include "handlers/insult/insult.h"

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

/* NULL, or the language of the message, which we do not speak (or, of ours, are not to). */
static const char *guess(const struct turn *t, struct effects *e)
{
    const struct conversation *c = t->subject;
    const char *text = t->event->content.text, *foreign = NULL;
    const char *known = str_empty(c->lang) ? hinted(t) : c->lang;
    bool is_silent = c->lang_fixed || str_empty(text) || *text == '/', sure = false;
    const char *lang = is_silent ? known : text_language(t->arena, text, known, &sure);
    if (!is_silent)
        foreign = !sure ? text_foreign(t->arena, text) : is_offered(t, lang) ? NULL : lang;
    if (foreign && str_empty(c->lang))
        known = "en"; /* whatever he speaks, the platform's guess is no better */
    bool changes = !str_empty(c->lang) && !str_eq(lang, known);
    if (!sure || foreign || (changes && insult_is_all(t, known, text))) /* everybody says "fuck" */
        lang = known;
    if (!str_eq(lang, c->lang))
        effect_set(e, lang, lang);
    return foreign;
}

static void offer(const struct turn *t, struct effects *e, const char *key)
{
    static const char *const names[][2] = {
        {"zh", "中文"},   {"en", "English"}, {"vi", "Tiếng Việt"},
        {"ja", "日本語"}, {"ko", "한국어"},  {"ms", "Bahasa Melayu"},
    };
    struct effect *said = say(t, e, LANE_CUSTOMER, key);
    size_t shown = 0;
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (is_offered(t, names[i][0])) {
            char *data = arena_printf(t->arena, "lang:%s", names[i][0]);
            content_button(t->arena, &said->content, names[i][1], data)->same_row = shown++ % 3;
        }
}

#define TAG     "lang:"        /* how a tag begins: agents see which language it is */
#define FOREIGN "lang.foreign" /* the last that was told that we do not speak it */

static void set_tag(const struct turn *t, struct effects *e, const char *lang)
{
    char *tags = arena_printf(t->arena, TAG "%s", lang);
    if (words_have(t->subject->tags, tags))
        return;
    for (const char *at = t->subject->tags; *at;) {
        size_t len = strcspn(at, " ");
        if (!starts_with(at, TAG))
            tags = arena_printf(t->arena, "%.*s %s", (int)len, at, tags);
        at += len + strspn(at + len, " ");
    }
    effect_set(e, tags, tags);
}

/* A line and the languages to choose from, once; and a person, who may know how to translate. */
static void excuse(const struct turn *t, struct effects *e, const char *lang)
{
    const struct conversation *c = t->subject;
    bool is_news = !str_eq(conversation_var(c, FOREIGN), lang);
    set_tag(t, e, lang);
    if (c->state == STATE_CLAIMED || c->state == STATE_PENDING)
        return; /* a person is there already */
    if (is_news) {
        effect_var(e, FOREIGN, lang);
        offer(t, e, "language.foreign");
    }
    struct case_opening why = {.reason = "language", .team = "support", .priority = 2};
    if (c->state == STATE_BOT)
        effect_enqueue(e, &why);
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
    bool is_words = event->type == EVENT_MESSAGE && event->content.kind == CONTENT_TEXT;
    const char *foreign = event->type == EVENT_MESSAGE ? guess(t, e) : NULL;
    if (foreign && is_words && !turn_in_group(t) && !event->content.secret)
        excuse(t, e, foreign);
    bool asked = event->type == EVENT_BUTTON ? str_eq(event->data, "lang")
                                             : str_eq(event->content.text, "/language");
    if (!asked || turn_in_group(t))
        return HANDLER_PASS;
    if (event->type == EVENT_BUTTON)
        effect_show(e, "");
    offer(t, e, "language.ask");
    return HANDLER_DONE;
}

const struct handler language_handler = {
    .name = "language",
    .help = "which language the customer speaks",
    .states = IN_ANY_STATE,
    .in_groups = true,
    .handle = handle,
};
