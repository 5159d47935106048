#include "handlers/flows/steps.h"

#include "handlers/faq/faq.h"
#include "handlers/flows/flows.h"
#include "handlers/flows/judge.h"
#include "handlers/flows/tools.h"
#include "handlers/staff/steps.h"

/* --- where it stands --- */

struct speaker flow_speaker(const struct turn *t, struct effects *e)
{
    const struct book *b = turn_self(t, &flows_handler);
    return (struct speaker){b, t, e, book_flow(b, conversation_var(t->subject, FLOW))};
}

bool flows_is_open(const struct conversation *c)
{
    const char *id = conversation_var(c, FLOW);
    return *id && starts_with(c->asked, id) && c->asked[strlen(id)] == '.';
}

const char *flow_asked(const struct conversation *c)
{
    return c->asked + strlen(conversation_var(c, FLOW)) + 1;
}

const struct item *flow_item(const struct speaker *s)
{
    const void *faq = turn_self(s->turn, &faq_handler);
    return faq && s->flow ? knowledge_item(faq_knowledge(faq), s->flow->id) : NULL;
}

const struct item_words *flow_words(const struct speaker *s)
{
    const struct item *item = flow_item(s);
    return item ? item_words(item, turn_lang(s->turn, LANE_CUSTOMER)) : NULL;
}

void flow_wait(const struct speaker *s, const char *field)
{
    const struct turn *t = s->turn;
    const struct item *item = flow_item(s);
    int64_t idle_ms = settings_int(t->settings, "FLOW_IDLE");
    if (!item || !item->always_human)
        idle_ms *= 2; /* nobody waits for it but the customer */
    effect_var(s->effects, FLOW, s->flow->id);
    effect_set(s->effects, asked, arena_printf(t->arena, "%s.%s", s->flow->id, field));
    if (t->subject->state == STATE_BOT)
        effect_timer(s->effects, FLOW, t->event->now_ms + idle_ms);
}

void flow_close(const struct speaker *s)
{
    for (size_t i = 0; s->flow && i < s->flow->n_fields; i++)
        if (*pick_values(s->turn->subject, s->turn->arena, s->flow->fields[i].name))
            effect_var(s->effects, arena_printf(s->turn->arena, "pick.%s", s->flow->fields[i].name),
                       "");
    effect_var(s->effects, FLOW, "");
    effect_set(s->effects, asked, "");
    effect_timer(s->effects, FLOW, 0);
}

/* --- to a person --- */

void flow_open_case(const struct speaker *s, const char *reason, const struct flow_class *class)
{
    const struct item *item = flow_item(s);
    struct case_opening why = {
        .reason = reason,
        .topic = s->flow->id,
        .team = class && *class->team ? class->team
                : item                ? item->team
                                      : "support",
        .priority = item ? item->priority : 2,
    };
    effect_enqueue(s->effects, &why);
}

/* Somebody else opened the case in the middle of the flow: it is about this. */
void flow_adopt(const struct speaker *s)
{
    const struct item *item = flow_item(s);
    const struct conversation *c = s->turn->subject;
    if (item && str_empty(c->topic)) {
        effect_set(s->effects, topic, item->id);
        if (!str_eq(c->reason, "secret"))
            effect_set(s->effects, team, item->team);
        if (item->priority < c->priority)
            effect_set_int(s->effects, priority, item->priority);
    }
    flow_close(s);
}

static const char *summary(const struct speaker *s)
{
    const char *all = "";
    struct form_line line;
    for (const char *at = NULL; form_next(s->turn->subject, s->turn->arena, &at, &line);)
        all = arena_printf(s->turn->arena, "%s%s– %s", all, *all ? "\n" : "",
                           flow_line(s, LANE_CUSTOMER, &line, false));
    return TEXT(s, LANE_CUSTOMER, "summary", FILL("form", all));
}

static void show_form_to_staff(const struct speaker *s)
{
    struct content content = {.text = flows_form(s->turn, s->effects)};
    effect_say(s->effects, LANE_STAFF, &content);
}

static void end_with_case(const struct speaker *s, const char *before,
                          const struct flow_class *class)
{
    const struct turn *t = s->turn;
    const struct item *item = flow_item(s);
    const char *team = class && *class->team ? class->team : item ? item->team : "support";
    if (class && *class->pending)
        effect_var(s->effects, FLOW_PENDING, arena_printf(t->arena, "%s %s", team, class->pending));
    flow_say(s, flow_join(s, before, summary(s)));
    if (*s->flow->steps)
        effect_var(s->effects, STEPS_PLAN, s->flow->steps);
    if (t->subject->state == STATE_BOT)
        flow_open_case(s, "form", class);
    else
        show_form_to_staff(s);
    if (t->subject->state != STATE_BOT && !s->effects->opens_case)
        steps_begin(t, s->effects);
    flow_close(s);
}

static void end_answered(const struct speaker *s, const char *before)
{
    struct effect *said = flow_say(s, flow_join(s, before, TEXT(s, LANE_CUSTOMER, "answered")));
    const void *faq = turn_self(s->turn, &faq_handler);
    const struct item *offer = faq ? knowledge_item(faq_knowledge(faq), s->flow->offer) : NULL;
    const struct item_words *words =
        offer ? item_words(offer, turn_lang(s->turn, LANE_CUSTOMER)) : NULL;
    if (words)
        content_button(s->turn->arena, &said->content, words->title,
                       arena_printf(s->turn->arena, "topic:%s", offer->id));
    say_button(s->turn, s->effects, said, "button.solved", "solved:yes", false);
    say_button(s->turn, s->effects, said, "button.human", "human", true);
    flow_close(s);
}

/* --- going on --- */

/* Asked of some classes only. */
static bool is_further(const struct flow *flow, const char *field)
{
    for (size_t i = 0; i < flow->n_classes; i++)
        if (words_hold(&flow->classes[i].ask, field))
            return true;
    return false;
}

/* An answer after which nothing is left to do. */
static bool is_over(const struct speaker *s)
{
    for (size_t i = 0; i < s->flow->n_fields; i++) {
        const struct flow_field *field = &s->flow->fields[i];
        const char *value = form_get(s->turn->subject, s->turn->arena, field->name);
        if (*value && words_hold(&field->ends, value))
            return true;
    }
    return false;
}

static const struct flow_field *next_field(const struct speaker *s, const struct flow_class *class)
{
    for (size_t i = 0; i < s->flow->n_fields; i++) {
        const struct flow_field *field = &s->flow->fields[i];
        const char *when =
            field->when ? form_get(s->turn->subject, s->turn->arena, field->when) : NULL;
        if (field->is_heard || (field->when && !str_eq(when, field->when_value)))
            continue;
        bool is_due =
            class ? words_hold(&class->ask, field->name) : !is_further(s->flow, field->name);
        if (is_due && !*form_get(s->turn->subject, s->turn->arena, field->name))
            return field;
    }
    return NULL;
}

/* Once: what a class means is not repeated. */
static const char *class_words(const struct speaker *s, const struct flow_class *class)
{
    if (!class || str_eq(conversation_var(s->turn->subject, FLOW_CLASS), class->name))
        return "";
    effect_var(s->effects, FLOW_CLASS, class->name);
    return TEXT(s, LANE_CUSTOMER, arena_printf(s->turn->arena, "class.%s.say", class->name));
}

/* A link that leads elsewhere is security's: its topic is offered, the link is not shown again. */
static void go_on_invite(const struct speaker *s, const char *before)
{
    const char *said = "";
    bool is_foreign;
    const char *asked = invite_next(s, &said, &is_foreign);
    if (asked) {
        flow_ask(s, flow_field(s->flow, asked), before);
        flow_wait(s, asked);
        return;
    }
    struct effect *answer = flow_say(s, said);
    if (is_foreign)
        flow_button(s, answer, "button.report", "topic:phishing_report", false);
    else
        say_button(s->turn, s->effects, answer, "button.solved", "solved:yes", false);
    say_button(s->turn, s->effects, answer, "button.human", "human", true);
    flow_close(s);
}

void flow_go_on(const struct speaker *s, const char *before)
{
    if (s->flow->is_invite) {
        go_on_invite(s, before);
        return;
    }
    if (is_over(s)) {
        end_answered(s, before);
        return;
    }
    const struct flow_class *class =
        judge_class(s->book, s->flow, s->turn->subject, s->turn->arena);
    if (class && class->is_answered && s->turn->subject->state == STATE_BOT) {
        end_answered(s, flow_join(s, before, class_words(s, class)));
        return;
    }
    const struct flow_field *field = next_field(s, NULL);
    if (field) {
        class = NULL;
    } else {
        before = flow_join(s, before, class_words(s, class));
        field = class ? next_field(s, class) : NULL;
    }
    if (field) {
        flow_ask(s, field, before);
        flow_wait(s, field->name);
    } else if (s->flow->is_answered) {
        end_answered(s, before);
    } else {
        end_with_case(s, before, class);
    }
}

void flow_ask_again(const struct speaker *s, const char *before)
{
    const struct flow_field *field = flow_field(s->flow, flow_asked(s->turn->subject));
    const struct item_words *words = s->flow->pages ? flow_words(s) : NULL;
    size_t page = (size_t)conversation_var_int(s->turn->subject, FLOW_PAGE);
    if (!field && words && page < flow_pages(s, words)) {
        flow_show_page(s, flow_item(s), words, page);
        flow_wait(s, "page");
    } else if (field) {
        flow_ask(s, field, before);
        flow_wait(s, field->name);
    }
}
