#include "handlers/watch/judge.h"

#include "bot/base/text.h"
#include "handlers/verify/links.h"

static const char *const names[SUSPICIONS] = {
    [SUSPICION_NONE] = "",         [SUSPICION_STAFF] = "staff",   [SUSPICION_HOST] = "host",
    [SUSPICION_WALLET] = "wallet", [SUSPICION_INVITE] = "invite",
};

const char *suspicion_name(enum suspicion s)
{
    return names[s];
}

const char *judge_called(const struct turn *t)
{
    const struct event *e = t->event;
    return str_empty(e->username) ? e->name
                                  : arena_printf(t->arena, "%s @%s", e->name, e->username);
}

/* --- loading --- */

static const char *const list_names[WATCH_LISTS] = {
    [LIST_WALLET_LINKS] = "wallet_links",
    [LIST_WALLET_WORDS] = "wallet_words",
    [LIST_INVITES] = "invites",
    [LIST_REFERRALS] = "referrals",
};

static const char **read_list(struct arena *a, const struct yaml *list)
{
    size_t n = list ? list->n : 0;
    const char **words = arena_alloc(a, (n + 1) * sizeof(*words));
    for (size_t i = 0; i < n; i++)
        words[i] = text_small(a, list->items[i].text ? list->items[i].text : " ");
    return words;
}

struct judge *judge_load(const struct handler_files *files, struct buf *why)
{
    const struct yaml *root = handler_file(files, WATCH_WORDS);
    struct judge *j = xcalloc(1, sizeof(*j));
    if (title_words_load(&j->titles, handler_file(files, TITLE_WORDS), TITLE_WORDS, why)) {
        free(j);
        return NULL;
    }
    for (size_t i = 0; i < WATCH_LISTS; i++)
        j->words[i] = read_list(&j->arena, root ? yaml_get(root, list_names[i]) : NULL);
    return j;
}

void judge_free(struct judge *j)
{
    title_words_release(&j->titles);
    arena_release(&j->arena);
    free(j);
}

/* --- judging --- */

/* Is a word of this list in the text, which is in small letters? */
static bool has_word(const struct judge *j, enum watch_list list, const char *text)
{
    for (const char *const *word = j->words[list]; *word; word++)
        if (strstr(text, *word))
            return true;
    return false;
}

static struct suspect judge_person(const struct judge *j, const struct turn *t,
                                   const struct officials *ours)
{
    const struct event *e = t->event;
    struct standing_verdict found =
        standing_of_person(t->arena, &j->titles, ours, e->from.user, e->username, e->name);
    bool is_sure = found.reason == REASON_LETTERS || found.reason == REASON_ADDED;
    if (found.standing != STANDING_IMPOSTOR)
        return (struct suspect){SUSPICION_NONE, "", false};
    return (struct suspect){SUSPICION_STAFF, found.like, is_sure};
}

static struct suspect judge_link(const struct judge *j, const struct turn *t,
                                 const struct officials *ours, const char *link, const char *text)
{
    struct standing_verdict found = standing_of(t->arena, &j->titles, ours, link);
    const char *low = text_small(t->arena, link);
    enum suspicion what = SUSPICION_NONE;
    if (found.standing == STANDING_OFFICIAL)
        return (struct suspect){SUSPICION_NONE, "", false};
    if (found.standing == STANDING_IMPOSTOR)
        what = SUSPICION_HOST;
    else if (has_word(j, LIST_INVITES, low))
        what = SUSPICION_INVITE;
    else if (has_word(j, LIST_WALLET_LINKS, low) || has_word(j, LIST_WALLET_WORDS, text))
        what = SUSPICION_WALLET;
    else if (has_word(j, LIST_REFERRALS, low))
        what = SUSPICION_INVITE;
    return (struct suspect){what, link, true};
}

static struct suspect judge_words(const struct judge *j, const struct turn *t,
                                  const struct officials *ours)
{
    const struct content *c = &t->event->content;
    const char *low = text_small(t->arena, c->text);
    struct suspect found = {SUSPICION_NONE, "", false};
    struct links links = links_find(t->arena, c->text);
    for (size_t i = 0; i < links.n && !found.what; i++)
        found = judge_link(j, t, ours, links.items[i], low);
    for (size_t i = 0; i < c->n_entities && !found.what; i++)
        if (c->entities[i].type == ENTITY_LINK && !str_empty(c->entities[i].url))
            found = judge_link(j, t, ours, c->entities[i].url, low);
    return found;
}

struct suspect judge_event(const struct judge *j, const struct turn *t, const char *known_as)
{
    const struct event *e = t->event;
    struct suspect none = {SUSPICION_NONE, "", false};
    if (e->is_anonymous || facts_agent_by_id(t->facts, e->from.platform, e->from.user))
        return none;
    struct officials ours = officials_of(t->arena, t->settings, t->facts, &j->titles);
    struct suspect found = none;
    if (e->type == EVENT_MESSAGE && !str_empty(e->content.text))
        found = judge_words(j, t, &ours);
    if (!found.what && !str_eq(judge_called(t), known_as))
        found = judge_person(j, t, &ours);
    return found;
}
