/* Answers what we know for certain; silent where it is not sure. What always needs a person gets
 * the answer that helps this minute, and a case. */
#include "bot/ports/handler.h"

#include "bot/base/log.h"
#include "handlers/faq/faq.h"
#include "handlers/faq/knowledge.h"
#include "handlers/faq/matcher.h"
#include "handlers/flows/flows.h"
#include "handlers/group/group.h"

struct faq {
    struct knowledge *knowledge;
    struct teaching teaching;
    struct matcher **matcher; /* learns when it is first asked, or told to prepare */
};

static const struct matcher *matcher_of(const struct faq *f)
{
    if (!*f->matcher)
        *f->matcher = matcher_new(&f->teaching);
    return *f->matcher;
}

/* Offered where we have to ask what it is about; what hurts most comes first. */
static const char *const topics[] = {
    "wrong_chain_deposit", "deposit_not_credited", "withdrawal_pending", "twofa_bind",
    "twofa_reset",         "invite_link_broken",   "kyc_howto",          "commission_rebate",
};

#define ALBUM "faq.album" /* the newest */

/* --- saying --- */

static const char *filled(const struct turn *t, const char *text)
{
    return phrases_fill(t->phrases, t->arena, text, NULL, 0);
}

/* The first entry answers; the others follow as points. Unset settings take their entries away. */
static struct content answer_content(const struct turn *t, const struct item_words *words)
{
    struct content content = CONTENT_INIT;
    content.files = arena_alloc(t->arena, words->n_answer * sizeof(*content.files));
    for (size_t i = 0, said = 0; i < words->n_answer; i++) {
        const struct answer_entry *entry = &words->answer[i];
        const char *text = filled(t, entry->text), *url = entry->url ? filled(t, entry->url) : "";
        if (!text || !url)
            continue;
        const char *before = said == 0 ? "" : said == 1 ? "\n\n• " : "\n• ";
        content.text = arena_printf(t->arena, "%s%s%s", content.text, before, text);
        said++;
        if (*url)
            content_button(t->arena, &content, entry->label, NULL)->url = url;
        if (entry->picture)
            content.files[content.n_files++] =
                (struct file){.kind = FILE_PHOTO, .path = entry->picture};
    }
    return content;
}

static struct effect *say_answer(const struct turn *t, struct effects *e,
                                 const struct item_words *words)
{
    struct content content = answer_content(t, words);
    return effect_say(e, LANE_CUSTOMER, &content);
}

static void ask_topic(const struct faq *f, const struct turn *t, struct effects *e, const char *key)
{
    struct effect *said = say(t, e, LANE_CUSTOMER, key);
    for (size_t i = 0; i < ARRAY_LEN(topics); i++) {
        const struct item *item = knowledge_item(f->knowledge, topics[i]);
        const struct item_words *words =
            item ? item_words(item, turn_lang(t, LANE_CUSTOMER)) : NULL;
        if (words)
            content_button(t->arena, &said->content, words->title,
                           arena_printf(t->arena, "topic:%s", item->id));
    }
    say_button(t, e, said, "button.human", "human", false);
}

/* --- an item --- */

static void enqueue(struct effects *e, const struct item *item, const char *reason)
{
    struct case_opening why = {
        .reason = reason, .topic = item->id, .team = item->team, .priority = item->priority};
    effect_enqueue(e, &why);
}

/* In BOT the turn ends here. While the case waits, handoff still shows the words to staff. */
static enum verdict answer(const struct turn *t, struct effects *e, const struct item *item,
                           const struct item_words *words)
{
    bool waits = t->subject->state == STATE_WAITING;
    struct effect *said = say_answer(t, e, words);
    if (!waits)
        say_button(t, e, said, "button.solved", "solved:yes", false);
    say_button(t, e, said, "button.human", "human", !waits);
    effect_set_int(e, misses, 0);
    effect_count(e, "faq.answered", 1);
    effect_count(e, arena_printf(t->arena, "faq.%s", item->id), 1);
    if (!waits && flows_is_open(t->subject))
        flows_offer(t, e);
    return waits ? HANDLER_PASS : HANDLER_DONE;
}

/* The handoff handler tells the place. */
static enum verdict hand_over(const struct turn *t, struct effects *e, const struct item *item,
                              const struct item_words *words)
{
    if (item_is_complete(item, t->settings))
        say_answer(t, e, words);
    enqueue(e, item, "always_human");
    effect_set_int(e, misses, 0);
    effect_count(e, arena_printf(t->arena, "faq.%s", item->id), 1);
    return HANDLER_PASS;
}

/* Does the answer ask for it? Then the next bare string may well be one. */
static bool collects(const struct item *item, const char *field)
{
    for (size_t i = 0; i < item->collect.n; i++)
        if (str_eq(item->collect.items[i], field))
            return true;
    return false;
}

static enum verdict serve(const struct turn *t, struct effects *e, const struct item *item)
{
    const struct item_words *words = item_words(item, turn_lang(t, LANE_CUSTOMER));
    bool was_said = str_eq(conversation_var(t->subject, "faq.last"), item->id);
    if (str_eq(item->id, "human_request")) {
        enqueue(e, item, "asked");
        return HANDLER_PASS;
    }
    if (!words || (was_said && t->subject->state == STATE_WAITING))
        return HANDLER_PASS; /* more details of what is being looked at: no second lecture */
    effect_var(e, "faq.last", item->id);
    if (flows_begin(t, e, item, words))
        return e->opens_case ? HANDLER_PASS : HANDLER_DONE;
    const char *asked = collects(item, "txid") ? "faq.txid" : "";
    if (!flows_is_open(t->subject) && !str_eq(t->subject->asked, asked))
        effect_set(e, asked, asked);
    if (item->always_human || !item_is_complete(item, t->settings))
        return hand_over(t, e, item, words);
    return answer(t, e, item, words);
}

/* --- in a community group --- */

/* A coin's way, an order: somebody's own money. */
static bool is_about_own_money(const struct item *item)
{
    return collects(item, "txid") || collects(item, "amount") || collects(item, "order_id");
}

/* A UID, an order, an address: things that look like nothing else. */
static bool has_own_facts(const char *text)
{
    size_t digits = 0, run = 0;
    for (const char *at = text; *at; at++) {
        bool is_digit = *at >= '0' && *at <= '9';
        bool is_letter = (*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z');
        digits = is_digit ? digits + 1 : 0;
        run = is_digit || is_letter ? run + 1 : 0;
        if (digits >= 6 || run >= 26 || (*at == '@' && at > text && at[-1] != ' '))
            return true;
    }
    return false;
}

static void point_to(const struct turn *t, struct effects *e, const struct item *item,
                     const char *message_id)
{
    struct effect *said = say(t, e, LANE_CUSTOMER, "group.same");
    said->content.about_line = e->line;
    said->topic = item->id;
    if (message_id)
        content_button(t->arena, &said->content, turn_phrase(t, LANE_CUSTOMER, "group.button_see"),
                       NULL)
            ->message_id = message_id;
    effect_count(e, "group.repeated", 1);
}

static void answer_group(const struct turn *t, struct effects *e, const struct item *item,
                         const struct item_words *words)
{
    struct content content = answer_content(t, words);
    struct effect *said = group_answer(t, e, &content);
    said->topic = item->id;
    group_private_button(t, e, said);
    effect_count(e, "group.answered", 1);
}

/* In a group everybody's words come, most of them nobody's question. Of those that ask, and of
 * which the matcher is as confident as this, 98 of 100 are right on tests/data/faq_held_out.tsv,
 * near misses included; what does not ask is not answered unasked however confident it is. */
#define ASKING_CONFIDENCE 0.8

static enum verdict in_group(const struct faq *f, const struct turn *t, struct effects *e)
{
    const char *text = group_words(t);
    struct match m = matcher_match(matcher_of(f), t->arena, text, turn_lang(t, LANE_CUSTOMER));
    bool asks = group_asks(t);
    bool is_sure = (asks && m.confidence >= ASKING_CONFIDENCE) || (m.sure && t->event->is_to_us);
    const struct item *item = is_sure ? knowledge_item(f->knowledge, m.id) : NULL;
    const struct item_words *words = item ? item_words(item, turn_lang(t, LANE_CUSTOMER)) : NULL;
    log_debug("faq", "%s: %s %.3f%s%s", t->subject->id, m.id ? m.id : "none", m.confidence,
              m.sure ? "" : " (unsure)", asks ? "" : ", does not ask");
    if (!words)
        return HANDLER_PASS;
    effect_count(e, arena_printf(t->arena, "faq.%s", item->id), 1);
    int64_t since_ms = t->event->now_ms - settings_int(t->settings, "GROUP_REPEAT");
    const struct talk_post *earlier = talk_answered(t->event->talk, item->id, since_ms);
    if (str_eq(item->id, "human_request"))
        group_take_private(t, e, "group.person");
    else if (item->always_human || !item_is_complete(item, t->settings) ||
             is_about_own_money(item) || has_own_facts(text) || t->event->content.n_files)
        group_take_private(t, e, "group.private");
    else if (earlier)
        point_to(t, e, item, earlier->message_id);
    else
        answer_group(t, e, item, words);
    return HANDLER_DONE;
}

/* --- turns --- */

static enum verdict pressed(const struct faq *f, const struct turn *t, struct effects *e)
{
    const char *data = t->event->data;
    if (str_eq(data, "topics")) {
        effect_show(e, "");
        ask_topic(f, t, e, "faq.topics");
        return HANDLER_DONE;
    }
    if (str_eq(data, "solved:yes")) {
        effect_show(e, "");
        say(t, e, LANE_CUSTOMER, "faq.glad");
        effect_count(e, "faq.solved", 1);
        return HANDLER_DONE;
    }
    const char *id = starts_with(data, "topic:") ? data + strlen("topic:") : "";
    const struct item *item = knowledge_item(f->knowledge, id);
    if (!item)
        return HANDLER_PASS;
    bool is_ours = t->subject->state == STATE_BOT;
    size_t before = e->n;
    serve(t, e, item);
    if (is_ours && e->n == before)
        enqueue(e, item, "unsure"); /* there are no words for it in this language */
    if (e->n > before)
        effect_show(e, "");
    return is_ours && !e->opens_case ? HANDLER_DONE : HANDLER_PASS; /* handoff tells staff */
}

static enum verdict read_words(const struct faq *f, const struct turn *t, struct effects *e)
{
    const struct conversation *c = t->subject;
    struct match m =
        matcher_match(matcher_of(f), t->arena, t->event->content.text, turn_lang(t, LANE_CUSTOMER));
    const struct item *item = m.sure ? knowledge_item(f->knowledge, m.id) : NULL;
    log_debug("faq", "%s: %s %.3f%s, then %s", c->id, m.id ? m.id : "none", m.confidence,
              m.sure ? "" : " (unsure)", m.second ? m.second : "none");
    if (item)
        return serve(t, e, item);
    if (c->state == STATE_BOT)
        effect_count(e, "faq.unsure", 1);
    return HANDLER_PASS;
}

static enum verdict handle(const void *self, const struct turn *t, struct effects *e)
{
    const struct faq *f = self;
    const struct content *content = &t->event->content;
    if (!turn_is_customer(t) || e->opens_case)
        return HANDLER_PASS;
    if (turn_in_group(t))
        return in_group(f, t, e);
    if (t->event->type == EVENT_BUTTON)
        return pressed(f, t, e);
    if (content->kind != CONTENT_TEXT || content->secret) /* the guard has answered */
        return HANDLER_PASS;
    bool is_known = content->album && str_eq(conversation_var(t->subject, ALBUM), content->album);
    if (content->album && !is_known && t->subject->state == STATE_BOT)
        effect_var(e, ALBUM, content->album);
    if (!str_empty(content->text))
        return read_words(f, t, e);
    if (is_known && t->subject->state == STATE_BOT)
        return HANDLER_DONE; /* its first part was answered */
    if (!content->n_files || t->subject->state != STATE_BOT || t->subject->misses)
        return HANDLER_PASS;
    ask_topic(f, t, e, "media.ask"); /* a second file without words goes to a person */
    effect_set_int(e, misses, 1);
    return HANDLER_DONE;
}

/* --- loading --- */

static int load(const struct handler_files *files, const struct settings *settings,
                const struct phrases *phrases, void **self, struct buf *why)
{
    (void)phrases;
    struct knowledge *k = knowledge_load(files, settings, why);
    if (!k)
        return -1;
    struct faq *f = xcalloc(1, sizeof(*f));
    f->knowledge = k;
    f->teaching = (struct teaching){k->examples, k->n_examples,
                                    (int)settings_int(settings, "FAQ_PRECISION"), k->slang};
    f->matcher = xcalloc(1, sizeof(*f->matcher));
    *self = f;
    return 0;
}

static void prepare(void *self, const struct handler_cache *cache)
{
    struct faq *f = self;
    if (!*f->matcher)
        *f->matcher = matcher_open(&f->teaching, cache);
}

static void unload(void *self)
{
    struct faq *f = self;
    if (*f->matcher)
        matcher_free(*f->matcher);
    free(f->matcher);
    knowledge_free(f->knowledge);
    free(f);
}

const struct knowledge *faq_knowledge(const void *self)
{
    const struct faq *f = self;
    return f->knowledge;
}

const char *faq_sure(const void *self, const struct turn *t, const char *text)
{
    struct match m = matcher_match(matcher_of(self), t->arena, text, turn_lang(t, LANE_CUSTOMER));
    return m.sure ? m.id : NULL;
}

#define NEAREST 5
#define REASONS 8

void faq_explain(const void *self, struct arena *a, const char *text, struct buf *out)
{
    const struct faq *f = self;
    const struct matcher *matcher = matcher_of(f);
    struct match m = matcher_match(matcher, a, text, NULL);
    struct likeness nearest[NEAREST];
    struct reason reasons[REASONS];
    size_t n = matcher_reasons(matcher, a, text, NULL, reasons, REASONS);
    buf_printf(out, "best %s %.3f, next %s; sure from %.3f: %s\n", m.id ? m.id : "none",
               m.confidence, m.second ? m.second : "none", matcher_bar(matcher),
               m.sure ? "sure" : "not sure");
    if (m.kind)
        buf_printf(out, "as a message that no item answers: %s %.3f\n", m.kind, m.kind_confidence);
    buf_str(out, n ? "words for the best rather than the next:" : "");
    for (size_t i = 0; i < n; i++)
        buf_printf(out, " %s %+.2f", reasons[i].word, reasons[i].value);
    buf_str(out, n ? "\n" : "");
    n = matcher_nearest(matcher, a, text, NULL, nearest, NEAREST);
    for (size_t i = 0; i < n; i++)
        buf_printf(out, "  %.2f like %s: %s\n", nearest[i].value,
                   nearest[i].example->label ? nearest[i].example->label : "none",
                   nearest[i].example->text);
}

static const struct setting settings_rows[] = {
    {"FAQ_PRECISION",
     "how many of 100 answers of the bot have to be right; the higher, the more it leaves to "
     "people",
     SETTING_INT, "97", NULL, 50, 100},
    {0},
};

const struct handler faq_handler = {
    .name = "faq",
    .help = "answers what the knowledge says for certain",
    .settings = settings_rows,
    .states = IN_STATE(STATE_BOT) | IN_STATE(STATE_WAITING),
    .in_groups = true,
    .load = load,
    .prepare = prepare,
    .unload = unload,
    .handle = handle,
};
