#include "handlers/incident/incident.h"

#include "handlers/faq/answer.h"
#include "handlers/incident/order.h"
#include "handlers/staff/commands.h"
#include "handlers/when.h"

#include <inttypes.h>

#define KEEP_MS (24 * 3600 * INT64_C(1000)) /* in the list, after its end */

/* --- with answers --- */

/* What of a kind is named, in capitals: "TRC20 ARBITRUM_ONE". */
static const char *names_in(const struct turn *t, const struct lexicon *lexicon, enum field kind,
                            const char *text)
{
    char *all = arena_strdup(t->arena, "");
    const struct extract *x = extract_find(lexicon, t->arena, text, "", "");
    for (size_t i = 0; i < x->n; i++) {
        const struct found *f = &x->items[i];
        if (f->field != kind || !f->is_valid)
            continue;
        char *name = arena_strdup(t->arena, f->value);
        for (char *at = name; *at; at++)
            *at = *at == ' ' ? '_' : is_lower(*at) ? (char)(*at & ~0x20) : *at;
        all = arena_printf(t->arena, "%s%s%s", all, *all ? " " : "", name);
    }
    return all;
}

/* Which coin's way, by which network. */
static bool is_of_ways(const struct item *item)
{
    return item_collects(item, "network") || item_collects(item, "txid") ||
           str_eq(item->area, "withdrawal") || str_eq(item->area, "deposit");
}

/* Who names none may well mean it; who names another does not. */
static bool means_another(const struct turn *t, const struct notice *n,
                          const struct lexicon *lexicon, enum field kind)
{
    const char *ours = names_in(t, lexicon, kind, n->names);
    const char *theirs = names_in(t, lexicon, kind, t->event->content.text);
    return *ours && *theirs && !report_share(ours, theirs);
}

static bool fits(const struct turn *t, const struct notice *n, const struct item *item,
                 const struct lexicon *lexicon)
{
    if (n->until_ms <= t->event->now_ms)
        return false;
    if (*n->topics ? !words_have(n->topics, item->id) : *n->names && !is_of_ways(item))
        return false;
    return !lexicon || t->event->type != EVENT_MESSAGE ||
           (!means_another(t, n, lexicon, FIELD_COIN) &&
            !means_another(t, n, lexicon, FIELD_NETWORK));
}

static const char *notice_text(const struct turn *t, const struct notice *n)
{
    bool is_now = n->from_ms <= t->event->now_ms;
    const char *what = own_text(&n->what, turn_lang(t, LANE_CUSTOMER));
    const char *key = what        ? "notice.own"
                      : *n->names ? is_now ? "notice.paused" : "notice.pauses"
                      : is_now    ? "notice.works"
                                  : "notice.will_work";
    return turn_phrase(t, LANE_CUSTOMER, key, FILL("names", n->names),
                       FILL("what", what ? what : ""), FILL("link", n->link),
                       FILL("window", when_between(t, LANE_CUSTOMER, n->from_ms, n->until_ms)));
}

void notice_add(const struct turn *t, struct effects *e, size_t from, const struct item *item,
                const struct lexicon *lexicon)
{
    struct effect *said = NULL;
    for (size_t i = from; i < e->n && !said; i++)
        if (e->items[i]->type == EFFECT_SAY && e->items[i]->lane == LANE_CUSTOMER &&
            e->items[i]->content.kind == CONTENT_TEXT)
            said = e->items[i];
    for (size_t i = 0; said && i < t->facts->n_notices; i++)
        if (fits(t, &t->facts->notices[i], item, lexicon))
            said->content.text = arena_printf(t->arena, "%s\n\n%s", said->content.text,
                                              notice_text(t, &t->facts->notices[i]));
}

/* --- "/notice …" --- */

static const char *listed(const struct turn *t, const struct notice *n)
{
    return turn_phrase(t, LANE_STAFF, "notices.line", FILL("id", turn_number(t, n->id)),
                       FILL("names", n->names), FILL("topics", n->topics),
                       FILL("window", when_between(t, LANE_STAFF, n->from_ms, n->until_ms)),
                       FILL("by", n->by));
}

static void list(const struct turn *t, struct effects *e)
{
    char *all = arena_strdup(t->arena, turn_phrase(t, LANE_STAFF, "notices.usage"));
    for (size_t i = 0; i < t->facts->n_notices; i++)
        if (t->facts->notices[i].until_ms > t->event->now_ms)
            all = arena_printf(t->arena, "%s\n%s", all, listed(t, &t->facts->notices[i]));
    staff_say(t, e, "notices.list", FILL("list", all));
}

static const struct notice *find(const struct facts *f, int64_t id)
{
    for (size_t i = 0; i < f->n_notices; i++)
        if (f->notices[i].id == id)
            return &f->notices[i];
    return NULL;
}

static void drop_old(const struct turn *t, struct effects *e)
{
    for (size_t i = 0; i < t->facts->n_notices; i++)
        if (t->facts->notices[i].until_ms + KEEP_MS < t->event->now_ms)
            effect_put(e, "notices", turn_number(t, t->facts->notices[i].id), "");
}

static void open_notice(const struct turn *t, struct effects *e, const struct order *o)
{
    struct notice n;
    int64_t id = 1;
    for (size_t i = 0; i < t->facts->n_notices; i++)
        if (t->facts->notices[i].id >= id)
            id = t->facts->notices[i].id + 1;
    notice_init(&n, id);
    n.names = o->names ? o->names : "";
    n.topics = o->topic ? o->topic : "";
    n.from_ms = o->from_ms ? o->from_ms : t->event->now_ms;
    n.until_ms = o->until_ms;
    n.link = o->link ? o->link : "";
    n.what = o->what;
    n.by = t->agent->alias;
    if ((!*n.names && !*n.topics && !n.what.n) || n.until_ms <= t->event->now_ms ||
        n.until_ms <= n.from_ms) {
        staff_deny(t, e, "notices.usage");
        return;
    }
    drop_old(t, e);
    effect_replace(e, "notices", turn_number(t, id), "", notice_print(t->arena, &n));
    struct conversation reader = *t->subject;
    struct turn as = *t;
    reader.id = "preview"; /* read by customers, not by the room */
    reader.lang = settings_get(t->settings, "STAFF_LANGUAGE");
    as.subject = &reader;
    staff_say(t, e, "notices.opened", FILL("line", listed(t, &n)),
              FILL("text", notice_text(&as, &n)));
}

void notice_command(const struct turn *t, struct effects *e, const char *text)
{
    struct order o;
    if (!order_parse(t, text, &o)) {
        staff_deny(t, e, o.wrong_key, FILL("word", o.wrong));
    } else if (o.verb == ORDER_LIST) {
        list(t, e);
    } else if (o.verb == ORDER_CLOSE || o.verb == ORDER_UNDO) {
        if (!find(t->facts, o.id)) {
            staff_deny(t, e, "notices.no_such");
            return;
        }
        effect_put(e, "notices", turn_number(t, o.id), "");
        staff_say(t, e, "notices.ended", FILL("id", turn_number(t, o.id)));
    } else {
        open_notice(t, e, &o);
    }
}
