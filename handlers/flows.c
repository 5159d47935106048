/* Flows: a form filled one question at a time, or steps with next and back. What a customer may do
 * at any moment: give more than was asked, ask something else, want a person, come back tomorrow.
 */
#include "handlers/flows/flows.h"

#include "handlers/faq/faq.h"
#include "handlers/flows/card.h"
#include "handlers/flows/steps.h"
#include "handlers/flows/tools.h"
#include "handlers/identity/uid.h"

#define FORM_AT "form.at" /* ms of its last change outside of a flow */

#define MAX_MISSES 2 /* what was not understood so often in a row goes to a person … */
#define MAX_WRONG  3 /* … as does what cannot be right */
#define DAY_MS     INT64_C(86400000)

/* --- beginning --- */

static void clear(const struct speaker *s)
{
    effect_var(s->effects, FORM, "");
    effect_var(s->effects, FLOW_CLASS, "");
    effect_var(s->effects, FLOW_PENDING, "");
    effect_var(s->effects, TAKE_MISFIT, "");
    effect_var(s->effects, FORM_AT, "");
    effect_set_int(s->effects, misses, 0);
}

static const char *problem(const struct speaker *s, const struct taken *taken, const char *asked)
{
    struct arena *a = s->turn->arena;
    if (taken->wrong) {
        const char *key = arena_printf(a, "wrong.%s", taken->wrong_field);
        return TEXT(s, LANE_CUSTOMER, flow_has_text(s, key) ? key : "wrong.any",
                    FILL("value", taken->wrong), FILL("network", taken->network));
    }
    if (taken->instead == FIELDS)
        return "";
    const char *is = TEXT(s, LANE_CUSTOMER, arena_printf(a, "noun.%s", field_name(taken->instead)));
    const struct flow_field *field = flow_field(s->flow, asked);
    const char *kind = field && field->kind != FIELDS ? field_name(field->kind) : "txid";
    const char *noun = TEXT(s, LANE_CUSTOMER, arena_printf(a, "noun.%s", kind));
    return TEXT(s, LANE_CUSTOMER, "instead", FILL("is", is), FILL("asked", noun));
}

/* What the exchange has signed is not asked for. */
static void take_proven(const struct speaker *s)
{
    const char *uid = s->turn->subject->uid_proven;
    if (*uid && flow_field(s->flow, "uid"))
        form_set(s->effects, "uid", uid);
}

/* The option that most of the text speaks for: "no, cancelled" is cancelled. */
static const char *match_option(const struct speaker *s, const struct flow_field *field)
{
    struct arena *a = s->turn->arena;
    const char *text = s->turn->event->content.text, *best = NULL;
    size_t longest = 0;
    for (size_t i = 0; i < field->options.n; i++) {
        const char *option = field->options.items[i];
        char *label = arena_printf(a, "%s.%s.%s", s->flow->id, field->name, option);
        size_t len = flow_word_in(s, text, arena_printf(a, "words.%s.%s", field->name, option));
        if (flow_word_in(s, text, label) == WHOLE_TEXT)
            return option;
        if (len > longest) {
            longest = len;
            best = option;
        }
    }
    return best;
}

/* What is told of a heard field: the option that most of the text speaks for; or NULL. */
static const char *heard(const struct speaker *s, const struct flow_field *field)
{
    return field->is_heard ? match_option(s, field) : NULL;
}

static void hear(const struct speaker *s, struct taken *taken)
{
    for (size_t i = 0; i < s->flow->n_fields; i++) {
        const struct flow_field *field = &s->flow->fields[i];
        const char *option = heard(s, field);
        if (option)
            take_known(s->effects, &(struct form_line){field->name, option}, taken);
    }
}

/* `known`: the form as it was before, whose values for this flow's fields are taken over. */
static void begin_form(const struct speaker *s, const char *opening, const char *known)
{
    struct taken taken = {.instead = FIELDS};
    take_proven(s);
    if (s->turn->event->type == EVENT_MESSAGE) {
        taken = take_message(s->book, s->flow, s->turn, s->effects, "");
        hear(s, &taken);
    }
    struct form_line line;
    for (const char *at = known; form_next_of(s->turn->arena, &at, &line);)
        if (flow_field(s->flow, line.name))
            take_known(s->effects, &line, &taken);
    if (s->flow->is_invite && s->turn->event->type == EVENT_MESSAGE)
        invite_take(s);
    const char *said = flow_join(s, opening, flow_facts(s, &taken));
    flow_go_on(s, flow_join(s, said, problem(s, &taken, "")));
}

/* What was said within a day, outside of a flow; it may have been about this. */
static const char *gathered(const struct turn *t)
{
    int64_t at = conversation_var_int(t->subject, FORM_AT);
    bool is_fresh = at && t->event->now_ms - at <= DAY_MS;
    return is_fresh ? arena_strdup(t->arena, conversation_var(t->subject, FORM)) : "";
}

static bool has_needs(const struct speaker *s)
{
    for (size_t i = 0; i < s->flow->needs.n; i++)
        if (!settings_has(s->turn->settings, s->flow->needs.items[i]))
            return false;
    return true;
}

bool flows_begin(const struct turn *t, struct effects *e, const struct item *item,
                 const struct item_words *words)
{
    struct speaker s = flow_speaker(t, e);
    bool is_another = flows_is_open(t->subject) && !(s.flow && s.flow->pages);
    s.flow = book_flow(s.book, item->id);
    if (!s.flow || is_another || turn_in_group(t) || t->subject->state != STATE_BOT ||
        !has_needs(&s))
        return false;
    const char *known = gathered(t);
    clear(&s);
    if (s.flow->pages || s.flow->is_answered)
        effect_count(e, "faq.answered", 1);
    if (s.flow->pages) {
        flow_show_page(&s, item, words, 0);
        effect_var(e, FLOW_PAGE, "");
        flow_wait(&s, "page");
    } else {
        begin_form(&s, flow_opening(&s, words, s.flow->opening), known);
    }
    return true;
}

/* --- answers --- */

static bool tells_more(const struct speaker *s)
{
    for (size_t i = 0; i < s->flow->n_fields; i++)
        if (heard(s, &s->flow->fields[i]))
            return true;
    return false;
}

/* It is a question about something else, which the faq answers: the item's id, or NULL. */
static const char *asked_otherwise(const struct speaker *s, const struct taken *taken)
{
    const char *text = s->turn->event->content.text;
    const void *faq = turn_self(s->turn, &faq_handler);
    bool is_question = strchr(text, '?') || strstr(text, "？");
    bool is_weak = taken->strongest == FIELDS || taken->strongest == FIELD_AMOUNT ||
                   taken->strongest == FIELD_NETWORK || taken->strongest == FIELD_COIN ||
                   taken->strongest == FIELD_TIME;
    if (!is_weak || str_empty(text) || (taken->is_answer && !is_question) ||
        (!is_question && tells_more(s)))
        return NULL;
    const char *id = faq ? faq_sure(faq, s->turn, text) : NULL;
    return id && !str_eq(id, s->flow->id) ? id : NULL;
}

/* The faq answers, or a person is wanted: for what the flow is about. */
static enum verdict leave(const struct speaker *s, const char *id)
{
    if (str_eq(id, KNOWLEDGE_HUMAN) && s->turn->subject->state == STATE_BOT) {
        flow_open_case(s, "asked", NULL);
        flow_close(s);
    }
    return HANDLER_PASS;
}

static const char *take_option(const struct speaker *s, const struct flow_field *field,
                               const char *option, struct taken *taken)
{
    struct arena *a = s->turn->arena;
    char *key = arena_printf(a, "%s.say.%s.%s", s->flow->id, field->name, option);
    form_set(s->effects, field->name, option);
    taken->is_answer = true;
    return flow_has_text(s, key) ? TEXT(s, LANE_CUSTOMER, key) : "";
}

/* Of these a plain text is an answer, too: a network nobody has heard of, a memo in words. */
static bool is_short_for(enum field kind, const char *text)
{
    size_t len = strlen(text), blanks = 0;
    for (const char *at = text; *at; at++)
        blanks += *at == ' ';
    switch (kind) {
    case FIELD_COIN:
        return len <= 12 && !blanks;
    case FIELD_NETWORK:
        return len <= 24 && blanks <= 1;
    case FIELD_MEMO:
        return len <= 28 && blanks <= 1;
    case FIELD_TIME:
        return len <= 60;
    case FIELD_TXID:
    case FIELD_ADDRESS:
    case FIELD_CONTRACT:
    case FIELD_AMOUNT:
    case FIELD_UID:
    case FIELD_ORDER_ID:
    case FIELD_LINK:
    case FIELD_INVITE_CODE:
    case FIELD_EMAIL:
        return false;
    case FIELDS:
        break;
    }
    return true;
}

static bool takes_text(const struct flow_field *field, const char *text)
{
    return !field->options.n && !str_empty(text) && !str_eq(field->name, "screenshot") &&
           is_short_for(field->kind, text) && (field->kind == FIELDS || !strchr(text, '?'));
}

static void miss(const struct speaker *s, const struct taken *taken)
{
    const char *asked = flow_asked(s->turn->subject), *what = problem(s, taken, asked);
    int64_t misses = s->turn->subject->misses + 1;
    if (misses >= (*what ? MAX_WRONG : MAX_MISSES)) {
        if (s->turn->subject->state == STATE_BOT)
            flow_open_case(s, "unsure", NULL);
        flow_close(s);
        return;
    }
    effect_set_int(s->effects, misses, misses);
    const char *facts = flow_facts(s, taken);
    bool is_news = *facts || *what;
    flow_ask_again(s, is_news ? flow_join(s, facts, what) : TEXT(s, LANE_CUSTOMER, "again"));
}

static enum verdict answer_page(const struct speaker *s)
{
    const char *text = s->turn->event->content.text;
    const char *other = asked_otherwise(s, &(struct taken){.strongest = FIELDS});
    if (other)
        return leave(s, other);
    if (flow_word_in(s, text, "words.next") == WHOLE_TEXT) {
        int64_t page = conversation_var_int(s->turn->subject, FLOW_PAGE) + 1;
        const struct item_words *words = flow_words(s);
        if (words && (size_t)page < flow_pages(s, words)) {
            flow_show_page(s, flow_item(s), words, (size_t)page);
            effect_var(s->effects, FLOW_PAGE, turn_number(s->turn, page));
            flow_wait(s, "page");
            return HANDLER_DONE;
        }
    }
    return HANDLER_PASS;
}

static enum verdict answer(const struct speaker *s)
{
    const struct turn *t = s->turn;
    const char *text = t->event->content.text, *said = "";
    const struct flow_field *field = flow_field(s->flow, flow_asked(t->subject));
    if (!field)
        return answer_page(s);
    struct taken taken = take_message(s->book, s->flow, t, s->effects, field->name);
    const char *other = asked_otherwise(s, &taken);
    if (other)
        return leave(s, other);
    taken.is_answer |= s->flow->is_invite && invite_take(s);
    hear(s, &taken);
    const char *option = taken.is_answer ? NULL : match_option(s, field);
    if (option) {
        said = take_option(s, field, option, &taken);
    } else if (!taken.is_answer && flow_word_in(s, text, "words.skip") == WHOLE_TEXT) {
        form_set(s->effects, field->name, FORM_SKIPPED);
        taken.is_answer = true;
    } else if (!taken.is_answer && !taken.wrong && takes_text(field, text)) {
        take_text(t, s->effects, field->name, &taken);
    }
    bool is_correction = taken.n_got && taken.instead == FIELDS && !taken.wrong;
    if (taken.is_answer || is_correction) {
        effect_set_int(s->effects, misses, 0);
        const char *facts = flow_join(s, flow_facts(s, &taken), said);
        flow_go_on(s, taken.wrong ? flow_join(s, facts, problem(s, &taken, "")) : facts);
    } else {
        miss(s, &taken);
    }
    return HANDLER_DONE;
}

void flows_offer(const struct turn *t, struct effects *e)
{
    struct speaker s = flow_speaker(t, e);
    const struct item_words *words = flow_words(&s);
    if (!s.flow || !words)
        return;
    struct effect *said =
        flow_say(&s, TEXT(&s, LANE_CUSTOMER, "offer", FILL("title", words->title)));
    flow_button(&s, said, "button.go_on", "flow:on", false);
    flow_button(&s, said, "button.stop", "flow:stop", true);
}

/* --- buttons --- */

static void turn_page(struct speaker *s, const char *data)
{
    size_t len = strcspn(data, ":");
    int64_t page;
    const struct flow *flow = book_flow(s->book, arena_strndup(s->turn->arena, data, len));
    bool is_free = !flows_is_open(s->turn->subject) || (s->flow && s->flow->pages);
    s->flow = flow;
    const struct item_words *words = flow_words(s);
    if (!flow || !words || !data[len] || parse_i64(data + len + 1, &page) || page < 0 ||
        (size_t)page >= flow_pages(s, words))
        return;
    flow_show_page(s, flow_item(s), words, (size_t)page);
    if (!is_free)
        return;
    effect_var(s->effects, FLOW_PAGE, turn_number(s->turn, page));
    flow_wait(s, "page");
}

static bool chose(const struct speaker *s, const char *data, struct taken *taken, const char **said)
{
    const struct turn *t = s->turn;
    size_t verb = strcspn(data, ":"), rest = data[verb] ? verb + 1 : verb;
    size_t len = strcspn(data + rest, ":");
    const char *name = arena_strndup(t->arena, data + rest, len);
    const char *arg = data[rest + len] ? data + rest + len + 1 : "";
    const struct flow_field *field = s->flow ? flow_field(s->flow, name) : NULL;
    int64_t n;
    if (!field || !flows_is_open(t->subject) || !str_eq(name, flow_asked(t->subject)))
        return false;
    if (starts_with(data, "skip:")) {
        form_set(s->effects, name, FORM_SKIPPED);
        return true;
    }
    if (starts_with(data, "pick:") && !parse_i64(arg, &n) && n >= 0)
        return take_pick(s->flow, s->effects, name, (size_t)n, taken);
    if (!starts_with(data, "opt:") || !words_hold(&field->options, arg))
        return false;
    *said = take_option(s, field, arg, taken);
    return true;
}

static enum verdict pressed(struct speaker *s, const char *data)
{
    struct taken taken = {.instead = FIELDS};
    const char *said = "";
    bool is_open = flows_is_open(s->turn->subject);
    if (str_eq(data, "solved:yes") && is_open)
        flow_close(s);
    if (!starts_with(data, "flow:"))
        return HANDLER_PASS;
    data += strlen("flow:");
    if (starts_with(data, "page:")) {
        turn_page(s, data + strlen("page:"));
    } else if (starts_with(data, "further:")) {
        s->flow = book_flow(s->book, data + strlen("further:"));
        if (s->flow && s->turn->subject->state == STATE_BOT)
            begin_form(s, "", "");
    } else if (str_eq(data, "stop") && is_open) {
        flow_close(s);
        flow_say(s, TEXT(s, LANE_CUSTOMER, "stopped"));
    } else if (str_eq(data, "on") && is_open) {
        flow_ask_again(s, "");
    } else if (chose(s, data, &taken, &said)) {
        effect_set_int(s->effects, misses, 0);
        flow_go_on(s, flow_join(s, flow_facts(s, &taken), said));
    } else {
        effect_show(s->effects, TEXT(s, LANE_CUSTOMER, "late"));
        return HANDLER_DONE;
    }
    effect_show(s->effects, "");
    return s->effects->opens_case ? HANDLER_PASS : HANDLER_DONE;
}

/* --- turns --- */

/* The customer has been silent: money does not wait, and the rest is forgotten. */
static enum verdict silent(const struct speaker *s)
{
    const struct item *item = flow_item(s);
    if (!flows_is_open(s->turn->subject) || s->turn->subject->state != STATE_BOT)
        return HANDLER_DONE;
    if (!item || !item->always_human) {
        flow_close(s);
        return HANDLER_DONE;
    }
    flow_say(s, TEXT(s, LANE_CUSTOMER, "passed"));
    flow_open_case(s, "form_silent", NULL);
    return HANDLER_PASS;
}

/* In the middle of a form the customer has opened a sign-in link. */
static enum verdict told(const struct speaker *s)
{
    const struct conversation *c = s->turn->subject;
    bool is_proven = starts_with(s->turn->event->data, IDENTITY_PROVEN) && s->flow;
    if (!is_proven || !flows_is_open(c))
        return HANDLER_PASS;
    take_proven(s);
    if (str_eq(flow_asked(c), "uid"))
        flow_go_on(s, "");
    return HANDLER_PASS;
}

/* Without a flow: what a person will want to know, as long as it may be about the same. */
static void gather(const struct speaker *s)
{
    const struct turn *t = s->turn;
    const char *before = conversation_var(t->subject, FORM);
    int64_t at = conversation_var_int(t->subject, FORM_AT), now = t->event->now_ms;
    if (t->subject->state == STATE_BOT && *before && now - at > DAY_MS)
        clear(s);
    take_facts(s->book, t, s->effects);
    if (!str_eq(before, conversation_var(t->subject, FORM)))
        effect_var(s->effects, FORM_AT, turn_number(t, now));
}

static enum verdict message(const struct speaker *s)
{
    const struct turn *t = s->turn;
    const struct content *content = &t->event->content;
    bool is_open = flows_is_open(t->subject);
    if (s->effects->opens_case) {
        if (is_open)
            flow_adopt(s);
        return HANDLER_PASS;
    }
    if (content->kind != CONTENT_TEXT || content->text[0] == '/')
        return HANDLER_PASS;
    if (content->secret) /* the guard has said what to do */
        return is_open && t->subject->state == STATE_BOT ? HANDLER_DONE : HANDLER_PASS;
    if (!is_open || !s->flow) {
        if (!str_empty(content->text))
            gather(s);
        return HANDLER_PASS;
    }
    enum verdict verdict = answer(s);
    bool is_staffs = s->effects->opens_case || t->subject->state != STATE_BOT;
    return is_staffs ? HANDLER_PASS : verdict;
}

static enum verdict handle(const void *self, const struct turn *t, struct effects *e)
{
    struct speaker s = flow_speaker(t, e);
    (void)self;
    if (card_is_fact(t->subject)) {
        if (t->event->type == EVENT_TOLD)
            card_fact_told(t, e);
        return HANDLER_DONE;
    }
    if (t->event->type == EVENT_TIMER)
        return str_eq(t->event->data, FLOW) ? silent(&s) : HANDLER_PASS;
    if (t->event->type == EVENT_TOLD)
        return told(&s);
    if (!turn_is_customer(t) || turn_in_group(t) || !s.book || !s.book->lexicon)
        return HANDLER_PASS;
    if (t->event->type == EVENT_MESSAGE)
        return message(&s);
    if (e->opens_case && flows_is_open(t->subject))
        flow_adopt(&s);
    return e->opens_case ? HANDLER_PASS : pressed(&s, t->event->data);
}

/* --- loading --- */

static int load(const struct handler_files *files, const struct settings *settings,
                const struct phrases *phrases, void **self, struct buf *why)
{
    (void)phrases;
    *self = book_load(files, settings, why);
    return *self ? 0 : -1;
}

static void unload(void *self)
{
    book_free(self);
}

static void check(const void *self, struct buf *out)
{
    const struct book *b = self;
    phrases_missing(b->texts, out);
}

static const struct setting settings_rows[] = {
    {"FLOW_IDLE",
     "how long a form waits for its customer's next word; then a person gets what is in it (where "
     "none is needed, it is forgotten after twice that)",
     SETTING_DURATION, "24h", NULL, 60 * 1000, 30 * DAY_MS},
    {"BRAND_INVITE_RULES",
     "file that says how invite links look: region: {host, locale, path}, or no; hosts as in "
     "BRAND_HOSTS",
     SETTING_TEXT, NULL, NULL, 0, 0},
    {0},
};

const struct handler flows_handler = {
    .name = "flows",
    .help = "forms and steps, one thing at a time",
    .settings = settings_rows,
    .states = IN_STATE(STATE_BOT) | IN_STATE(STATE_WAITING),
    .load = load,
    .unload = unload,
    .check = check,
    .handle = handle,
};
