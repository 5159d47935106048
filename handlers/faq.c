/* Answers what we know for certain; silent where it is not sure. What always needs a person gets
 * the answer that helps this minute, and a case. */
#include "bot/ports/handler.h"

#include "bot/base/log.h"
#include "handlers/faq/answer.h"
#include "handlers/faq/faq.h"
#include "handlers/faq/kinds.h"
#include "handlers/faq/matcher.h"
#include "handlers/faq/in_group.h"
#include "handlers/faq/questions.h"
#include "handlers/flows/flows.h"
#include "handlers/incident/incident.h"
#include "handlers/insult/insult.h"

struct faq {
    struct knowledge *knowledge;
    struct tones *tones;
    struct lexicon *lexicon;
    struct answers answers; /* all three */
    struct kinds *kinds;
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

/* --- it did not help --- */

#define NEXT "faq.next" /* the item that came next for the last question: tried once */

static void set_next(const struct turn *t, struct effects *e, const char *id)
{
    if (!str_eq(conversation_var(t->subject, NEXT), id))
        effect_var(e, NEXT, id);
}

static enum verdict give_up(const struct faq *f, const struct turn *t, struct effects *e)
{
    const struct item *item =
        knowledge_item(f->knowledge, conversation_var(t->subject, ANSWER_LAST));
    struct case_opening why = {.reason = "not_helped",
                               .topic = item ? item->id : "",
                               .team = item ? item->team : "support",
                               .priority = item ? item->priority : 2};
    effect_enqueue(e, &why);
    effect_count(e, "faq.not_helped", 1);
    return HANDLER_PASS; /* handoff tells the place */
}

static enum verdict not_helped(const struct faq *f, const struct turn *t, struct effects *e)
{
    const struct item *item = knowledge_item(f->knowledge, conversation_var(t->subject, NEXT));
    if (t->subject->state != STATE_BOT)
        return HANDLER_PASS;
    if (!item || item->always_human)
        return give_up(f, t, e);
    set_next(t, e, "");
    say(t, e, LANE_CUSTOMER, "faq.perhaps");
    return answer_item(&f->answers, t, e, item);
}

static bool says_not_helped(const struct turn *t)
{
    return *conversation_var(t->subject, ANSWER_LAST) &&
           turn_says_only(t, t->event->content.text, "faq.no_help_words");
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
    if (str_eq(data, "solved:no") && t->subject->state == STATE_BOT) {
        effect_show(e, "");
        return not_helped(f, t, e);
    }
    const char *id = starts_with(data, "topic:") ? data + strlen("topic:") : "";
    const struct item *item = knowledge_item(f->knowledge, id);
    if (!item)
        return HANDLER_PASS;
    set_next(t, e, "");
    bool is_ours = t->subject->state == STATE_BOT;
    size_t before = e->n;
    answer_item(&f->answers, t, e, item);
    if (is_ours && e->n == before)
        answer_open_case(t, e, item, "unsure"); /* there are no words for it in this language */
    if (e->n > before)
        effect_show(e, "");
    return is_ours && !e->opens_case ? HANDLER_DONE : HANDLER_PASS; /* handoff tells staff */
}

/* --- words --- */

#define LIKELY 0.5 /* what a report is about need not be sure enough to be answered */

/* What is reported; what is no trouble of ours (a price, a joke) reports nothing. */
static const struct report *report_of(const struct faq *f, const struct turn *t, struct effects *e,
                                      const struct match *m)
{
    bool is_likely = m->sure || m->confidence >= LIKELY;
    if (!is_likely && m->kind && m->kind_confidence >= LIKELY && !str_eq(m->kind, "complaint") &&
        !str_eq(m->kind, "uncovered"))
        return NULL;
    const struct item *item = is_likely ? knowledge_item(f->knowledge, m->id) : NULL;
    if (item && str_eq(item->id, KNOWLEDGE_HUMAN))
        return NULL;
    return incident_report(t, e, item ? item->id : NULL);
}

static struct match match(const struct faq *f, const struct turn *t, const char *text)
{
    return matcher_match(matcher_of(f), text, turn_lang(t, LANE_CUSTOMER));
}

static const struct item *item_of(const struct faq *f, const struct match *m)
{
    return m->sure ? knowledge_item(f->knowledge, m->id) : NULL;
}

/* What the parts of a message ask for, in its order. */
struct asked {
    const struct item *items[QUESTIONS_MAX];
    size_t n;
    bool rest; /* a question that we have no answer to */
};

static void add_item(struct asked *asked, const struct item *item)
{
    for (size_t i = 0; i < asked->n; i++)
        if (asked->items[i] == item)
            return;
    asked->items[asked->n++] = item;
}

static struct asked sort_parts(const struct faq *f, const struct question *parts, size_t n)
{
    struct asked asked = {.n = 0};
    for (size_t i = 0; i < n; i++) {
        const struct item *item = item_of(f, &parts[i].match);
        if (item)
            add_item(&asked, item);
        asked.rest |= !item && parts[i].asks;
    }
    return asked;
}

/* Each known one is answered; the rest is one case, which handoff opens. */
static enum verdict answer_several(const struct faq *f, const struct turn *t, struct effects *e,
                                   const struct asked *asked)
{
    bool is_persons = false;
    set_next(t, e, "");
    for (size_t i = 0; i < asked->n; i++) {
        answer_item(&f->answers, t, e, asked->items[i]);
        is_persons |= asked->items[i]->always_human && flows_is_open(t->subject);
    }
    effect_count(e, "faq.several", 1);
    /* the rest goes with a form that ends at a person */
    bool is_done = (!asked->rest || is_persons) && t->subject->state == STATE_BOT;
    return is_done ? HANDLER_DONE : HANDLER_PASS;
}

#define NEAR 0.6 /* sure enough to ask whether it is this or the next */

/* A short question instead of a guess; who answers with words again gets a person. */
static bool ask_which(const struct faq *f, const struct turn *t, struct effects *e,
                      const struct match *m)
{
    const struct item *both[] = {m->id ? knowledge_item(f->knowledge, m->id) : NULL,
                                 m->second ? knowledge_item(f->knowledge, m->second) : NULL};
    if (!both[0] || !both[1] || m->confidence < NEAR || t->subject->misses)
        return false;
    if (both[0]->always_human || both[1]->always_human)
        return false; /* a person it will be: why ask first? */
    struct effect *said = say(t, e, LANE_CUSTOMER, "faq.which");
    for (size_t i = 0; i < ARRAY_LEN(both); i++) {
        const struct item_words *words = item_words(both[i], turn_lang(t, LANE_CUSTOMER));
        content_button(t->arena, &said->content, words ? words->title : both[i]->id,
                       arena_printf(t->arena, "topic:%s", both[i]->id));
    }
    say_button(t, e, said, "button.human", "human", false);
    effect_set_int(e, misses, 1);
    effect_count(e, "faq.which", 1);
    return true;
}

/* While an incident has his case: what we know he is told at once; for what needs a person it goes
 * back to the queue; the rest is noted (handoff). */
static enum verdict parked_asks(const struct faq *f, const struct turn *t, struct effects *e,
                                const struct item *item)
{
    if (!item)
        return HANDLER_PASS;
    if (item->always_human || !item_is_complete(item, t->settings))
        incident_leave(t, e, str_eq(item->id, KNOWLEDGE_HUMAN) ? NULL : item->id);
    return answer_item(&f->answers, t, e, item);
}

static enum verdict read_words(const struct faq *f, const struct turn *t, struct effects *e)
{
    const struct conversation *c = t->subject;
    if (says_not_helped(t))
        return not_helped(f, t, e);
    const char *text = insult_free(t, t->event->content.text);
    bool has_digits = text[strcspn(text, "0123456789")];
    const struct extract *found = has_digits ? answer_found(&f->answers, t) : NULL;
    const struct item *last = found ? answer_detailed(&f->answers, t, found) : NULL;
    if (found && found->is_all) /* no question, whatever it is like */
        return last ? answer_details(t, e, last) : HANDLER_PASS;
    struct question parts[QUESTIONS_MAX];
    size_t n = questions_split(t, matcher_of(f), text, parts);
    struct asked asked = sort_parts(f, parts, n);
    struct match m = n == 1 ? parts[0].match : match(f, t, text);
    const struct item *item = item_of(f, &m);
    log_debug("faq", "%s: %s %.3f%s, then %s; %s %.3f; %zu of %zu parts known%s", c->id,
              m.id ? m.id : "none", m.confidence, m.sure ? "" : " (unsure)",
              m.second ? m.second : "none", m.kind ? m.kind : "no kind", m.kind_confidence, asked.n,
              n, asked.rest ? ", others not" : "");
    const struct report *report = report_of(f, t, e, &m);
    bool is_distress = m.kind && str_eq(m.kind, "distress") && m.kind_confidence >= LIKELY;
    if (report && !is_distress &&
        incident_answer(t, e, report, m.id ? knowledge_item(f->knowledge, m.id) : NULL))
        return HANDLER_DONE;
    if (conversation_is_parked(c))
        return parked_asks(f, t, e, item);
    if (asked.n > 1 || (asked.n && asked.rest))
        return answer_several(f, t, e, &asked);
    if (item) {
        set_next(t, e, m.second ? m.second : "");
        return answer_item(&f->answers, t, e, item);
    }
    if (last)
        return answer_details(t, e, last);
    size_t before = e->n;
    if (m.kind && kinds_answer(f->kinds, t, e, m.kind, m.kind_confidence) == HANDLER_DONE)
        return HANDLER_DONE;
    if (c->state != STATE_BOT || e->n > before)
        return HANDLER_PASS;
    if (ask_which(f, t, e, &m))
        return HANDLER_DONE;
    effect_count(e, "faq.unsure", 1);
    return HANDLER_PASS;
}

static enum verdict handle(const void *self, const struct turn *t, struct effects *e)
{
    const struct faq *f = self;
    const struct content *content = &t->event->content;
    if (!turn_is_customer(t) || e->opens_case ||
        (t->subject->state == STATE_PENDING && !conversation_is_parked(t->subject)))
        return HANDLER_PASS;
    if (turn_in_group(t))
        return answer_in_group(&f->answers, matcher_of(f), t, e);
    if (t->event->type == EVENT_BUTTON)
        return pressed(f, t, e);
    if (content->kind != CONTENT_TEXT || content->secret) /* the guard has answered */
        return HANDLER_PASS;
    bool is_known = content->album && str_eq(conversation_var(t->subject, ALBUM), content->album);
    if (content->album && !is_known && t->subject->state == STATE_BOT)
        effect_var(e, ALBUM, content->album);
    const struct item *led_to = starts_with(content->text, "/start ") /* by a link: greet.c */
                                    ? knowledge_item(f->knowledge, content->text + 7)
                                    : NULL;
    if (led_to)
        return answer_item(&f->answers, t, e, led_to);
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

static void unload(void *self)
{
    struct faq *f = self;
    if (*f->matcher)
        matcher_free(*f->matcher);
    free(f->matcher);
    lexicon_free(f->lexicon);
    tones_free(f->tones);
    kinds_free(f->kinds);
    knowledge_free(f->knowledge);
    free(f);
}

static bool has_lexicon(const struct handler_files *files)
{
    for (size_t i = 0; i < files->n; i++)
        if (starts_with(files->items[i].name, "extract/"))
            return true;
    return false;
}

static int load(const struct handler_files *files, const struct settings *settings,
                const struct phrases *phrases, void **self, struct buf *why)
{
    (void)phrases;
    struct faq *f = xcalloc(1, sizeof(*f));
    f->knowledge = knowledge_load(files, settings, why);
    if (f->knowledge)
        f->teaching = (struct teaching){f->knowledge->examples, f->knowledge->n_examples,
                                        (int)settings_int(settings, "FAQ_PRECISION"),
                                        f->knowledge->slang, true};
    f->matcher = xcalloc(1, sizeof(*f->matcher));
    bool ok = f->knowledge && (f->tones = tones_load(files, settings, why)) &&
              (f->kinds = kinds_load(files, settings, why)) &&
              (!has_lexicon(files) || (f->lexicon = lexicon_load(files, why)));
    if (!ok) {
        unload(f);
        return -1;
    }
    f->answers = (struct answers){f->knowledge, f->tones, f->lexicon};
    *self = f;
    return 0;
}

static void prepare(void *self, const struct handler_cache *cache)
{
    struct faq *f = self;
    if (!*f->matcher)
        *f->matcher = matcher_open(&f->teaching, cache);
}

const struct knowledge *faq_knowledge(const void *self)
{
    const struct faq *f = self;
    return f->knowledge;
}

const char *faq_sure(const void *self, const struct turn *t, const char *text)
{
    struct match m = match(self, t, insult_free(t, text));
    return m.sure ? m.id : NULL;
}

#define NEAREST 5
#define REASONS 8

void faq_explain(const void *self, struct arena *a, const char *text, struct buf *out)
{
    const struct faq *f = self;
    const struct matcher *matcher = matcher_of(f);
    struct match m = matcher_match(matcher, text, NULL);
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
    .states = IN_STATE(STATE_BOT) | IN_STATE(STATE_WAITING) | IN_STATE(STATE_PENDING),
    .in_groups = true,
    .load = load,
    .prepare = prepare,
    .unload = unload,
    .handle = handle,
};
