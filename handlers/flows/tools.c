#include "handlers/flows/tools.h"

#define MAX_LINKS 4

static const char *form_text(const struct speaker *s, const char *field)
{
    const char *value = form_get(s->turn->subject, s->turn->arena, field);
    return str_eq(value, FORM_SKIPPED) ? "" : value;
}

bool invite_take(const struct speaker *s)
{
    struct arena *a = s->turn->arena;
    struct invite_link links[MAX_LINKS];
    size_t n = invite_links(s->book->lexicon, s->turn->settings, a, s->turn->event->content.text,
                            links, MAX_LINKS);
    const char *all = "";
    for (size_t i = 0; i < n; i++)
        all = arena_printf(a, "%s%s%s", all, *all ? " " : "", invite_build(a, NULL, &links[i]));
    if (n)
        form_set(s->effects, "link", all);
    return n > 0;
}

/* Of several links ours counts, unless another one stands beside it. */
static bool read_link(const struct speaker *s, struct invite_link *out, bool *is_foreign)
{
    struct invite_link links[MAX_LINKS];
    const char *text = form_text(s, "link");
    size_t n =
        invite_links(s->book->lexicon, s->turn->settings, s->turn->arena, text, links, MAX_LINKS);
    *is_foreign = false;
    for (size_t i = 0; i < n; i++)
        *is_foreign |= !links[i].is_ours;
    *out = n ? links[0] : (struct invite_link){.host = "", .rest = "", .parameter = "", .code = ""};
    return n > 0;
}

static const char *new_link(const struct speaker *s, const struct invite_link *link, bool has_link,
                            const struct invite_rule *rule)
{
    struct arena *a = s->turn->arena;
    const char *url = invite_build(a, rule, link);
    bool is_same = has_link && str_eq(url, invite_build(a, NULL, link));
    return TEXT(s, LANE_CUSTOMER, is_same ? "invite.same" : "invite.new", FILL("link", url),
                FILL("host", rule ? rule->host : link->host), FILL("code", link->code));
}

const char *invite_next(const struct speaker *s, const char **said, bool *is_foreign)
{
    struct arena *a = s->turn->arena;
    const struct conversation *c = s->turn->subject;
    struct invite_link link;
    bool has_link = read_link(s, &link, is_foreign), has_rules = s->book->invites.n;
    const char *code = form_text(s, "invite_code");
    if (*is_foreign) {
        *said = TEXT(s, LANE_CUSTOMER, "invite.foreign");
        return NULL;
    }
    if (!*link.code)
        link.code = code;
    if (!has_link && !*code && !*form_get(c, a, "link"))
        return "link";
    if (!*link.code && !*form_get(c, a, "invite_code"))
        return "invite_code";
    if (has_rules && !*form_get(c, a, "country"))
        return "country";
    const struct invite_rule *rule =
        has_rules ? invite_rule(&s->book->invites, form_text(s, "country")) : NULL;
    if (rule && !rule->is_served)
        *said = TEXT(s, LANE_CUSTOMER, "invite.unserved");
    else if (!*link.code || (!has_link && !rule))
        *said = TEXT(s, LANE_CUSTOMER, "invite.no_code");
    else
        *said = new_link(s, &link, has_link, rule);
    return NULL;
}
