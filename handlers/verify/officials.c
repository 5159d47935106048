#include "handlers/verify/officials.h"

#include "handlers/verify/links.h"

#include <string.h>

const struct setting officials_settings[] = {
    {"BRAND_HANDLES",
     "official accounts, channels and groups: @handles, t.me links, numeric ids (for /verify)",
     SETTING_LIST, NULL, NULL, 0, 0},
    {0},
};

struct list {
    struct arena *arena;
    const char **items;
    size_t n, cap;
};

static void add(struct list *l, const char *item)
{
    ARENA_GROW(l->arena, l->items, l->n, l->cap);
    l->items[l->n++] = item ? arena_strdup(l->arena, item) : NULL;
}

static void add_setting(struct list *l, const struct settings *settings, const char *name)
{
    struct buf item = BUF_INIT(4096);
    for (size_t i = 0; settings_item(settings, name, i, &item); i++)
        add(l, item.data);
    buf_release(&item);
}

static void add_ids(struct list *l, const char *ids) /* "telegram:123 console:mia" */
{
    for (const char *at = ids; at && *at;) {
        size_t len = strcspn(at, " ");
        const char *colon = memchr(at, ':', len);
        if (colon)
            add(l, arena_strndup(l->arena, colon + 1, len - (size_t)(colon + 1 - at)));
        at += len + strspn(at + len, " ");
    }
}

struct officials officials_of(struct arena *a, const struct settings *settings,
                              const struct facts *facts, const struct title_words *w)
{
    struct list hosts = {.arena = a}, handles = {.arena = a}, names = {.arena = a};
    add_setting(&hosts, settings, "BRAND_HOSTS");
    add_setting(&handles, settings, "BRAND_HANDLES");
    if (settings_get(settings, "BRAND_NAME"))
        add(&names, settings_get(settings, "BRAND_NAME"));
    for (size_t i = 0; facts && i < facts->n_agents; i++) {
        const struct agent *agent = &facts->agents[i];
        add(&names, str_empty(agent->alias) ? agent->name : agent->alias);
        add_ids(&handles, agent->ids);
    }
    add(&hosts, NULL);
    add(&handles, NULL);
    add(&names, NULL);
    struct officials ours = {.hosts = hosts.items, .handles = handles.items, .names = names.items};
    officials_prepare(&ours, a, w);
    return ours;
}

const char *links_foreign(struct arena *a, const struct settings *settings, const char *text)
{
    struct title_words none = {0};
    struct links links = links_find(a, text);
    struct officials ours = {0};
    if (links.n)
        ours = officials_of(a, settings, NULL, &none);
    for (size_t i = 0; i < links.n; i++)
        if (standing_of(a, &none, &ours, links.items[i]).standing != STANDING_OFFICIAL)
            return links.items[i];
    return NULL;
}
