#include "handlers/flows/flows.h"
#include "handlers/faq/answer.h"

#include "bot/base/zone.h"
#include "handlers/again.h"
#include "handlers/compensation/claim.h"
#include "handlers/incident/incident.h"
#include "handlers/staff/case.h"

#define OPENING_AGAIN_MS (10 * 60 * 1000)
#define REWORDED_MS      (60 * 1000) /* sooner it is still the first time, in several messages */
#define MAX_FACTS        4
#define DETAILS_MS       (24 * INT64_C(3600) * 1000)
#define LAST_MS          "faq.at" /* when ANSWER_LAST was answered */

/* --- what stands before an answer --- */

static const char *opening(const struct answers *a, const struct turn *t, const struct item *item)
{
    const char *lang = turn_lang(t, LANE_CUSTOMER);
    int64_t last = conversation_var_int(t->subject, LAST_MS);
    if (t->event->type != EVENT_MESSAGE || t->subject->state != STATE_BOT ||
        (last && t->event->now_ms - last < OPENING_AGAIN_MS) ||
        tones_opens_itself(a->tones, lang, item->id))
        return "";
    enum mood mood = (enum mood)(item->priority - 1);
    size_t n = tones_openings(a->tones, lang, mood);
    return n ? tones_opening(a->tones, lang, mood, turn_draw(t, n)) : "";
}

bool item_collects(const struct item *item, const char *field)
{
    for (size_t i = 0; i < item->collect.n; i++)
        if (starts_with(item->collect.items[i], field)) /* network_sent, network_expected */
            return true;
    return false;
}

const struct extract *answer_found(const struct answers *a, const struct turn *t)
{
    static const struct extract nothing;
    if (!a->lexicon || t->event->type != EVENT_MESSAGE)
        return &nothing;
    return extract_event(a->lexicon, t, t->subject->asked);
}

/* "200 USDT", "TRC20"; NULL: nothing that is worth saying back. */
static const char *fact(const struct turn *t, const struct item *item, const struct found *f)
{
    if (!f->is_valid || f->is_ambiguous || !item_collects(item, field_name(f->field)))
        return NULL;
    if (f->field == FIELD_AMOUNT)
        return *f->unit ? arena_printf(t->arena, "%s %s", f->value, f->unit) : NULL;
    return f->field == FIELD_COIN || f->field == FIELD_NETWORK ? f->value : NULL;
}

/* "200 USDT · TRC20"; "": he gave nothing of the kind. */
static const char *facts(const struct answers *a, const struct turn *t, const struct item *item)
{
    const char *said[MAX_FACTS];
    size_t n = 0;
    bool is_wanted = false;
    char *all = arena_strdup(t->arena, "");
    static const enum field order[] = {FIELD_AMOUNT, FIELD_COIN, FIELD_NETWORK};
    for (size_t k = 0; k < ARRAY_LEN(order); k++)
        is_wanted |= item_collects(item, field_name(order[k]));
    if (!is_wanted)
        return all;
    const struct extract *x = answer_found(a, t);
    for (size_t k = 0; k < ARRAY_LEN(order); k++)
        for (size_t i = 0; i < x->n && n < MAX_FACTS; i++) {
            const char *one = x->items[i].field == order[k] ? fact(t, item, &x->items[i]) : NULL;
            bool is_new = one;
            for (size_t s = 0; s < n && is_new; s++) /* "USDT" after "200 USDT" is nothing new */
                is_new = !strstr(said[s], one);
            if (!is_new)
                continue;
            said[n++] = one;
            all = arena_printf(t->arena, "%s%s%s", all, n > 1 ? " · " : "", one);
        }
    return all;
}

/* Where only information is asked for, what was understood is opening enough. */
static const char *preface(const struct answers *a, const struct turn *t, const struct item *item)
{
    struct fill given = {"facts", facts(a, t, item)};
    const char *got = tones_got(a->tones, turn_lang(t, LANE_CUSTOMER));
    got = *given.value ? phrases_fill(t->phrases, t->arena, got, &given, 1) : "";
    bool is_enough = !str_empty(got) && item->priority == 3;
    const char *first = is_enough ? "" : opening(a, t, item);
    return arena_printf(t->arena, "%s%s%s%s", first, *first ? "\n" : "", got ? got : "",
                        str_empty(got) ? "" : "\n");
}

/* --- saying --- */

static const char *filled(const struct turn *t, const char *text)
{
    return phrases_fill(t->phrases, t->arena, text, NULL, 0);
}

/* Several steps may show the same picture. */
static bool has_file(const struct content *c, const char *path)
{
    for (size_t i = 0; i < c->n_files; i++)
        if (str_eq(c->files[i].path, path))
            return true;
    return false;
}

/* The first entry answers; the others follow as points. Unset settings take their entries away. */
struct content answer_content(const struct turn *t, const struct item_words *words)
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
        if (entry->picture && !has_file(&content, entry->picture))
            content.files[content.n_files++] =
                (struct file){.kind = FILE_PHOTO, .path = entry->picture};
    }
    return content;
}

static struct effect *say_answer(const struct answers *a, const struct turn *t, struct effects *e,
                                 const struct item *item, const struct item_words *words)
{
    struct content content = answer_content(t, words);
    content.text = arena_printf(t->arena, "%s%s", preface(a, t, item), content.text);
    effect_var(e, LAST_MS, turn_number(t, t->event->now_ms));
    effect_asked(e, item->id);
    return effect_say(e, LANE_CUSTOMER, &content);
}

/* --- an item --- */

/* "Mia, Lena" */
static const char *owners(const struct turn *t, const struct item *item)
{
    char *names = arena_strdup(t->arena, "");
    for (size_t i = 0; i < item->owners.n; i++)
        names = arena_printf(t->arena, "%s%s%s", names, i ? ", " : "",
                             case_alias(t, item->owners.items[i]));
    return names;
}

void answer_open_case(const struct turn *t, struct effects *e, const struct item *item,
                      const char *reason)
{
    effect_asked(e, item->id);
    struct case_opening why = {
        .reason = reason, .topic = item->id, .team = item->team, .priority = item->priority};
    if (effect_enqueue(e, &why) && item->owners.n)
        effect_var(e, CASE_NOTIFY, owners(t, item));
}

/* One string that nobody types for fun is enough, else two facts. */
const struct item *answer_detailed(const struct answers *a, const struct turn *t,
                                   const struct extract *found)
{
    static const bool is_rare[FIELDS] = {
        [FIELD_TXID] = true, [FIELD_UID] = true, [FIELD_ORDER_ID] = true, [FIELD_ADDRESS] = true};
    const struct item *last =
        knowledge_item(a->knowledge, conversation_var(t->subject, ANSWER_LAST));
    int64_t since = t->event->now_ms - conversation_var_int(t->subject, LAST_MS);
    bool got[FIELDS] = {false}, has_rare = false;
    size_t n = 0;
    if (!last || since > DETAILS_MS || t->subject->state != STATE_BOT)
        return NULL;
    for (size_t i = 0; i < found->n; i++) {
        enum field field = found->items[i].field;
        if (got[field] || !item_collects(last, field_name(field)))
            continue;
        got[field] = true;
        has_rare |= is_rare[field];
        n++;
    }
    return has_rare || n > 1 ? last : NULL;
}

enum verdict answer_details(const struct turn *t, struct effects *e, const struct item *item)
{
    size_t before = e->n;
    if (str_eq(item->id, PAY_ITEM) && (pay_answer(t, e) || e->n > before))
        return HANDLER_DONE;
    answer_open_case(t, e, item, "details");
    return HANDLER_PASS;
}

const char *answer_off_days(const struct turn *t, const struct item *item)
{
    if (!*item->from && !*item->until)
        return NULL;
    const char *tz = settings_get(t->settings, "TIMEZONE");
    const char *today = arena_strndup(t->arena, zone_print(t->arena, tz, t->event->now_ms), 10);
    switch (item_validity(item, today)) {
    case VALID_NOW:
        break;
    case VALID_NOT_YET:
        return turn_phrase(t, LANE_CUSTOMER, "faq.not_yet", FILL("date", item->from));
    case VALID_NO_MORE:
        return turn_phrase(t, LANE_CUSTOMER, "faq.ended", FILL("date", item->until));
    }
    return NULL;
}

static enum verdict say_off_days(const struct turn *t, struct effects *e, const char *text)
{
    struct content content = {.text = text};
    say_button(t, e, effect_say(e, LANE_CUSTOMER, &content), "button.human", "human", false);
    return t->subject->state == STATE_WAITING ? HANDLER_PASS : HANDLER_DONE;
}

#define MAX_FOLLOWUPS    2
#define MAX_BUTTONS      7 /* with which a phone's screen is full */
#define LONGEST_FOLLOWUP 40

/* What a person asks next, below what stands there already: as far as it can be answered now. */
static void add_followups(const struct answers *a, const struct turn *t, struct effect *said,
                          const struct item_words *words)
{
    const char *lang = turn_lang(t, LANE_CUSTOMER);
    for (size_t i = 0, n = 0; i < words->followups.n && n < MAX_FOLLOWUPS; i++) {
        const struct item *next = knowledge_item(a->knowledge, words->followups.items[i]);
        const struct item_words *of = next ? item_words(next, lang) : NULL;
        if (!of || !str_eq(of->lang, words->lang) || said->content.n_buttons >= MAX_BUTTONS ||
            !item_is_complete(next, t->settings) || *next->from || *next->until ||
            text_utf16_len(of->title, strlen(of->title)) > LONGEST_FOLLOWUP)
            continue;
        content_button(t->arena, &said->content, of->title,
                       arena_printf(t->arena, "topic:%s", next->id));
        n++;
    }
}

/* In BOT the turn ends here. While the case waits, handoff still shows the words to staff. */
static enum verdict answer(const struct answers *a, const struct turn *t, struct effects *e,
                           const struct item *item, const struct item_words *words)
{
    bool waits = t->subject->state != STATE_BOT; /* or it is parked */
    struct effect *said = say_answer(a, t, e, item, words);
    if (!waits)
        say_button(t, e, said, "button.solved", "solved:yes", false);
    if (!waits)
        say_button(t, e, said, "close.no", "solved:no", true);
    say_button(t, e, said, "button.human", "human", false);
    if (!waits && !flows_is_open(t->subject))
        add_followups(a, t, said, words);
    effect_count(e, "faq.answered", 1);
    if (!waits && flows_is_open(t->subject))
        flows_offer(t, e);
    return waits ? HANDLER_PASS : HANDLER_DONE;
}

/* The handoff handler tells the place. */
static enum verdict hand_over(const struct answers *a, const struct turn *t, struct effects *e,
                              const struct item *item, const struct item_words *words)
{
    if (item_is_complete(item, t->settings))
        say_answer(a, t, e, item, words);
    answer_open_case(t, e, item, "always_human");
    return HANDLER_PASS;
}

/* Something to look at, which a question does not have: then it is told, not asked. */
static bool gives_details(const struct answers *a, const struct turn *t)
{
    static const bool is_asked_with[FIELDS] = {
        [FIELD_COIN] = true, [FIELD_NETWORK] = true, [FIELD_AMOUNT] = true, [FIELD_TIME] = true};
    if (t->event->content.n_files)
        return true;
    const struct extract *x = answer_found(a, t);
    for (size_t i = 0; i < x->n; i++)
        if (!is_asked_with[x->items[i].field])
            return true;
    return false;
}

/* Asked again while it waits, in the same words or in others: the same facts, with a warm word and
 * the case's number. Details of what is being looked at get no second lecture. */
static enum verdict say_again(const struct answers *a, const struct turn *t, struct effects *e,
                              const struct item *item, const struct item_words *words)
{
    int64_t last = conversation_var_int(t->subject, LAST_MS);
    bool is_same = again_asked(t);
    if (t->event->now_ms - last < (is_same ? AGAIN_MS : REWORDED_MS) ||
        (!is_same && gives_details(a, t)))
        return HANDLER_PASS;
    say(t, e, LANE_CUSTOMER, "faq.again", FILL("case", turn_number(t, t->subject->case_no)));
    say_answer(a, t, e, item, words);
    effect_set_int(e, announced, t->event->now_ms); /* the number was told */
    return HANDLER_PASS;
}

static enum verdict say_item(const struct answers *a, const struct turn *t, struct effects *e,
                             const struct item *item)
{
    const struct item_words *words = item_words(item, turn_lang(t, LANE_CUSTOMER));
    bool was_said = str_eq(conversation_var(t->subject, ANSWER_LAST), item->id);
    if (str_eq(item->id, KNOWLEDGE_HUMAN)) {
        answer_open_case(t, e, item, "asked");
        return HANDLER_PASS;
    }
    if (!words)
        return HANDLER_PASS;
    if (str_eq(item->id, PAY_ITEM) && pay_answer(t, e))
        return HANDLER_DONE;
    const char *off_days = answer_off_days(t, item);
    if (was_said && !off_days && t->subject->state == STATE_WAITING)
        return flows_is_open(t->subject) ? HANDLER_PASS /* it goes into the form */
                                         : say_again(a, t, e, item, words);
    effect_var(e, ANSWER_LAST, item->id);
    effect_set_int(e, misses, 0);
    effect_count(e, arena_printf(t->arena, "faq.%s", item->id), 1);
    if (off_days)
        return say_off_days(t, e, off_days);
    if (flows_begin(t, e, item, words))
        return e->opens_case ? HANDLER_PASS : HANDLER_DONE;
    /* Does the answer ask for it? Then the next bare string may well be one. */
    const char *asked = item_collects(item, "txid") ? "faq.txid" : "";
    if (!flows_is_open(t->subject) && !str_eq(t->subject->asked, asked))
        effect_set(e, asked, asked);
    if (item->always_human || !item_is_complete(item, t->settings))
        return hand_over(a, t, e, item, words);
    return answer(a, t, e, item, words);
}

enum verdict answer_item(const struct answers *a, const struct turn *t, struct effects *e,
                         const struct item *item)
{
    size_t from = e->n;
    enum verdict verdict = say_item(a, t, e, item);
    if (t->facts->n_notices)
        notice_add(t, e, from, item, a->lexicon);
    return verdict;
}
