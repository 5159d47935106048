#include "handlers/faq/in_group.h"

#include "bot/base/log.h"
#include "handlers/group/group.h"
#include "handlers/incident/incident.h"
#include "handlers/insult/insult.h"

/* A coin's way, an order: somebody's own money. */
static bool is_about_own_money(const struct item *item)
{
    return item_collects(item, "txid") || item_collects(item, "amount") ||
           item_collects(item, "order_id");
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
    const char *off_days = answer_off_days(t, item);
    struct content content =
        off_days ? (struct content){.text = off_days} : answer_content(t, words);
    content.n_files = 0; /* its pictures are for the private chat */
    struct effect *said = group_answer(t, e, &content);
    said->topic = item->id;
    group_private_button(t, e, said);
    effect_count(e, "group.answered", 1);
}

/* In a group everybody's words come, most of them nobody's question. Of those that ask, and of
 * which the matcher is as confident as this, 96 of 100 are right on tests/data/faq_held_out.tsv,
 * near misses included; what does not ask is not answered unasked however confident it is. */
#define ASKING_CONFIDENCE 0.9

enum verdict answer_in_group(const struct answers *a, const struct matcher *matcher,
                             const struct turn *t, struct effects *e)
{
    const char *text = group_words(t);
    struct match m = matcher_match(matcher, insult_free(t, text), turn_lang(t, LANE_CUSTOMER));
    bool asks = group_asks(t);
    bool is_sure = (asks && m.confidence >= ASKING_CONFIDENCE) || (m.sure && t->event->is_to_us);
    const struct item *item = is_sure ? knowledge_item(a->knowledge, m.id) : NULL;
    const struct item_words *words = item ? item_words(item, turn_lang(t, LANE_CUSTOMER)) : NULL;
    log_debug("faq", "%s: %s %.3f%s%s", t->subject->id, m.id ? m.id : "none", m.confidence,
              m.sure ? "" : " (unsure)", asks ? "" : ", does not ask");
    bool is_likely = m.sure || m.confidence >= ASKING_CONFIDENCE;
    const struct report *report = incident_report(t, e, is_likely ? m.id : NULL);
    if (!report_is_empty(report) && incident_in_group(t, e, report))
        return HANDLER_DONE;
    if (!words)
        return HANDLER_PASS;
    effect_count(e, arena_printf(t->arena, "faq.%s", item->id), 1);
    int64_t since_ms = t->event->now_ms - settings_int(t->settings, "GROUP_REPEAT");
    const struct talk_post *earlier = talk_answered(t->event->talk, item->id, since_ms);
    if (str_eq(item->id, KNOWLEDGE_HUMAN))
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
