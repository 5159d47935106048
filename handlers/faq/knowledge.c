#include "handlers/faq/knowledge.h"

#include <unistd.h>

#include "handlers/lint.h"

#define MAX_TITLE   30 /* characters: it stands on a button */
#define MAX_ENTRIES 7

struct reader {
    struct knowledge *knowledge; /* as far as it is read */
    struct lint *lint;
    const struct yaml *teams; /* teams.yaml, or NULL */
    const char *lang;         /* of the file that is being read */
};

/* --- small helps --- */

static char *keep(struct reader *r, const char *s)
{
    return arena_strdup(&r->knowledge->arena, s);
}

static const char *text_member(struct reader *r, const struct yaml *map, const char *key)
{
    const struct yaml *found = lint_member(r->lint, map, key, YAML_SCALAR);
    if (found && str_empty(found->text))
        lint_fault(r->lint, found->line, "%s is empty", key);
    return found ? keep(r, found->text) : "";
}

/* The texts of a list; each that `ok` refuses is told as "not …". */
static struct string_list read_strings(struct reader *r, const struct yaml *list,
                                       bool (*ok)(const struct reader *r, const char *s),
                                       const char *wanted)
{
    struct string_list out = {NULL, 0};
    if (!list)
        return out;
    out.items = arena_alloc(&r->knowledge->arena, (list->n + 1) * sizeof(*out.items));
    for (size_t i = 0; i < list->n; i++) {
        const struct yaml *item = &list->items[i];
        if (item->kind != YAML_SCALAR || !ok(r, item->text))
            lint_fault(r->lint, item->line, "%s is not %s",
                       item->kind == YAML_SCALAR ? item->text : "this", wanted);
        else
            out.items[out.n++] = keep(r, item->text);
    }
    return out;
}

static bool is_word(const struct reader *r, const char *s)
{
    (void)r;
    return lint_is_id(s);
}

static bool is_any(const struct reader *r, const char *s)
{
    (void)r;
    return *s;
}

static bool is_setting(const struct reader *r, const char *s)
{
    return phrases_is_brand(r->lint->settings, s, strlen(s));
}

static bool is_item(const struct reader *r, const char *s)
{
    return knowledge_item(r->knowledge, s);
}

/* --- items.yaml --- */

static bool yes_or_no(struct reader *r, const struct yaml *map, const char *key)
{
    const char *text = yaml_str(map, key);
    if (!str_eq(text, "yes") && !str_eq(text, "no"))
        lint_fault(r->lint, map->line, "%s is to be yes or no", key);
    return yaml_bool(map, key);
}

/* "2026-11-22": such texts are in the order of their days. */
static const char *read_day(struct reader *r, const struct yaml *map, const char *key)
{
    static const char form[] = "0000-00-00";
    const char *text = yaml_str(map, key);
    bool ok = !text || strlen(text) == strlen(form);
    for (size_t i = 0; text && ok && form[i]; i++)
        ok = form[i] == '0' ? strchr("0123456789", text[i]) != NULL : text[i] == form[i];
    if (!ok)
        lint_fault(r->lint, map->line, "%s is to be a day, as 2026-11-22", key);
    return keep(r, text ? text : "");
}

/* Of the item's team; where there is no teams.yaml nobody is named. */
static struct string_list read_owners(struct reader *r, const struct yaml *map)
{
    const char *name = yaml_str(map, "team");
    const struct yaml *team = yaml_get(r->teams, name ? name : "");
    if (r->teams && !team)
        lint_fault(r->lint, map->line, "%s is no team of teams.yaml", name ? name : "this");
    return read_strings(r, team ? yaml_get(team, "owners") : NULL, is_any, "a name");
}

static void read_item(struct reader *r, const struct yaml *map)
{
    static const char *const keys[] = {
        "area", "team", "priority", "always_human", "collect", "needs", "from", "until", NULL};
    struct knowledge *k = r->knowledge;
    if (!lint_is_id(map->key))
        lint_fault(r->lint, map->line, "%s: an id has small letters, digits and _, at most %d",
                   map->key, LINT_MAX_ID);
    if (map->kind != YAML_MAP) {
        lint_fault(r->lint, map->line, "%s is to be a map", map->key);
        return;
    }
    lint_keys(r->lint, map, keys);
    struct item item = {
        .id = keep(r, map->key),
        .area = text_member(r, map, "area"),
        .team = text_member(r, map, "team"),
        .priority = (int)yaml_int(map, "priority", 0),
        .always_human = yes_or_no(r, map, "always_human"),
        .collect =
            read_strings(r, lint_member(r->lint, map, "collect", YAML_LIST), is_word, "a word"),
        .from = read_day(r, map, "from"),
        .until = read_day(r, map, "until"),
        .owners = read_owners(r, map),
    };
    if (*item.until && strcmp(item.from, item.until) > 0)
        lint_fault(r->lint, map->line, "it is over before it begins");
    if (item.priority < 1 || item.priority > 3)
        lint_fault(r->lint, map->line, "priority is to be 1, 2 or 3");
    if (yaml_get(map, "needs"))
        item.needs = read_strings(r, lint_member(r->lint, map, "needs", YAML_LIST), is_setting,
                                  "a setting that starts with BRAND_");
    ARENA_GROW(&k->arena, k->items, k->n, k->cap);
    k->items[k->n++] = item;
}

/* --- <language>/<area>.yaml --- */

static void read_button(struct reader *r, const struct yaml *map, struct answer_entry *entry)
{
    static const char *const keys[] = {"label", "url", NULL};
    if (!map)
        return;
    lint_keys(r->lint, map, keys);
    entry->label = text_member(r, map, "label");
    entry->url = text_member(r, map, "url");
    size_t len = strlen(entry->url);
    if (len < 2 || entry->url[0] != '{' || entry->url[len - 1] != '}')
        lint_fault(r->lint, map->line,
                   "the url of a button is a setting, as \"{BRAND_STATUS_URL}\"");
    else
        lint_placeholders(r->lint, map->line, entry->url, "");
}

static const char *find_picture(struct reader *r, const struct yaml *entry)
{
    const char *name = text_member(r, entry, "picture");
    if (strchr(name, '/') || name[0] == '.') {
        lint_fault(r->lint, entry->line, "picture is the name of a file in pictures/%s/", r->lang);
        return NULL;
    }
    const char *path =
        arena_printf(&r->knowledge->arena, "%s/pictures/%s/%s", r->lint->files->dir, r->lang, name);
    return access(path, R_OK) ? NULL : path;
}

static struct answer_entry read_entry(struct reader *r, const struct yaml *node)
{
    static const char *const keys[] = {"text", "button", "picture", NULL};
    struct answer_entry entry = {.text = ""};
    if (node->kind == YAML_LIST) {
        lint_fault(r->lint, node->line, "an entry of an answer is a text, or a map with text");
    } else if (node->kind == YAML_SCALAR) {
        entry.text = keep(r, node->text);
        if (!*entry.text)
            lint_fault(r->lint, node->line, "an entry of the answer is empty");
    } else {
        lint_keys(r->lint, node, keys);
        entry.text = text_member(r, node, "text");
        if (yaml_get(node, "button"))
            read_button(r, lint_member(r->lint, node, "button", YAML_MAP), &entry);
        if (yaml_get(node, "picture"))
            entry.picture = find_picture(r, node);
    }
    lint_placeholders(r->lint, node->line, entry.text, "");
    return entry;
}

static void read_answer(struct reader *r, const struct yaml *list, struct item_words *words)
{
    bool stands_alone = false;
    if (!list)
        return;
    if (!list->n || list->n > MAX_ENTRIES)
        lint_fault(r->lint, list->line, "an answer has 1 to %d entries", MAX_ENTRIES);
    words->answer = arena_alloc(&r->knowledge->arena, (list->n + 1) * sizeof(*words->answer));
    for (size_t i = 0; i < list->n; i++) {
        struct answer_entry entry = read_entry(r, &list->items[i]);
        stands_alone |= !entry.url && !strchr(entry.text, '{');
        words->answer[words->n_answer++] = entry;
    }
    if (list->n && !stands_alone)
        lint_fault(r->lint, list->line,
                   "every entry needs a setting: nothing is left where they are unset");
}

static void add_example(struct reader *r, const char *text, const char *label)
{
    struct knowledge *k = r->knowledge;
    ARRAY_GROW(k->examples, k->n_examples, k->cap_examples);
    k->examples[k->n_examples++] = (struct example){keep(r, text), label, r->lang};
}

static void read_examples(struct reader *r, const struct yaml *list, const char *label)
{
    if (list && !list->n)
        lint_fault(r->lint, list->line, "there are no examples");
    for (size_t i = 0; list && i < list->n; i++) {
        const struct yaml *node = &list->items[i];
        if (node->kind != YAML_SCALAR || str_empty(node->text))
            lint_fault(r->lint, node->line, "an example is a text");
        else
            add_example(r, node->text, label);
    }
}

/* "other_id: text". Where that id has no item, or is "none", nothing of ours may answer it. */
static void read_near(struct reader *r, const struct yaml *list, const struct item *item)
{
    for (size_t i = 0; list && i < list->n; i++) {
        const struct yaml *node = &list->items[i];
        const struct yaml *only = node->kind == YAML_MAP && node->n == 1 ? node->items : NULL;
        if (!only || only->kind != YAML_SCALAR || str_empty(only->text) || !lint_is_id(only->key)) {
            lint_fault(r->lint, node->line, "a near miss is one line, other_id: text");
            continue;
        }
        const struct item *other = knowledge_item(r->knowledge, only->key);
        if (other == item)
            lint_fault(r->lint, node->line, "a near miss of %s cannot be %s itself", item->id,
                       item->id);
        add_example(r, only->text, other ? other->id : NULL);
    }
}

static void read_words(struct reader *r, const char *lang, struct item *item,
                       const struct yaml *map)
{
    static const char *const keys[] = {"title", "answer", "followups", "examples", "near", NULL};
    lint_keys(r->lint, map, keys);
    struct item_words words = {.lang = lang, .title = text_member(r, map, "title")};
    if (text_utf16_len(words.title, strlen(words.title)) > MAX_TITLE)
        lint_fault(r->lint, map->line, "title is longer than %d characters", MAX_TITLE);
    read_answer(r, lint_member(r->lint, map, "answer", YAML_LIST), &words);
    words.followups = read_strings(r, lint_member(r->lint, map, "followups", YAML_LIST), is_item,
                                   "an id of items.yaml");
    add_example(r, words.title, item->id);
    read_examples(r, lint_member(r->lint, map, "examples", YAML_LIST), item->id);
    read_near(r, lint_member(r->lint, map, "near", YAML_LIST), item);

    struct item_words *all = arena_alloc(&r->knowledge->arena, (item->n_words + 1) * sizeof(*all));
    if (item->n_words)
        memcpy(all, item->words, item->n_words * sizeof(*all));
    all[item->n_words++] = words;
    item->words = all;
}

static struct item *find_item(struct knowledge *k, const char *id)
{
    const struct item *found = knowledge_item(k, id);
    return found ? &k->items[found - k->items] : NULL;
}

static void read_area(struct reader *r, const char *lang, const char *area, const struct yaml *root)
{
    static const char *const keys[] = {"reviewed_by", "items", NULL};
    lint_keys(r->lint, root, keys);
    const struct yaml *items = lint_member(r->lint, root, "items", YAML_MAP);
    for (size_t i = 0; items && i < items->n; i++) {
        const struct yaml *map = &items->items[i];
        struct item *item = find_item(r->knowledge, map->key);
        if (!item)
            lint_fault(r->lint, map->line, "%s is not in items.yaml", map->key);
        else if (!str_eq(item->area, area))
            lint_fault(r->lint, map->line, "%s belongs into %s.yaml", map->key, item->area);
        else if (map->kind != YAML_MAP)
            lint_fault(r->lint, map->line, "%s is to be a map", map->key);
        else
            read_words(r, lang, item, map);
    }
}

/* --- other files of a language --- */

/* kinds.yaml: "kind:price" is the label of what the kind `price` has as examples. */
static void read_kinds(struct reader *r, const struct yaml *root)
{
    const struct yaml *kinds = lint_member(r->lint, root, "kinds", YAML_MAP);
    for (size_t i = 0; kinds && i < kinds->n; i++) {
        const struct yaml *kind = &kinds->items[i];
        if (!lint_is_id(kind->key))
            lint_fault(r->lint, kind->line, "%s is no name of a kind", kind->key);
        read_examples(r, lint_member(r->lint, kind, "examples", YAML_LIST),
                      arena_printf(&r->knowledge->arena, "kind:%s", kind->key));
    }
}

/* slang.yaml: "said: standard", a line each; and by whom it was reviewed. */
static void read_slang(struct reader *r, const struct yaml *root)
{
    for (size_t i = 0; i < root->n; i++) {
        const struct yaml *line = &root->items[i];
        if (str_eq(line->key, "reviewed_by"))
            continue;
        if (line->kind != YAML_SCALAR || str_empty(line->text))
            lint_fault(r->lint, line->line,
                       "a line of slang reads \"what is said: the words for it\"");
        else
            slang_add(r->knowledge->slang, r->lang, line->key, line->text);
    }
}

static bool is_area(const struct knowledge *k, const char *name)
{
    for (size_t i = 0; i < k->n; i++)
        if (str_eq(k->items[i].area, name))
            return true;
    return false;
}

/* Does the bot speak it? English stands in for what another one lacks. */
static bool is_spoken(const struct settings *settings, const char *lang)
{
    struct buf item = BUF_INIT(16);
    bool found = str_eq(lang, "en");
    for (size_t i = 0; !found && settings_item(settings, "LANGUAGES", i, &item); i++)
        found = str_eq(item.data, lang);
    buf_release(&item);
    return found;
}

/* "zh/deposit.yaml" is ours where an item has the area, or where it has items (of a misspelt area);
 * other files in a language's folder belong to others. */
static void read_file(struct reader *r, const struct file_tree *file)
{
    const char *name = file->name;
    struct arena *a = &r->knowledge->arena;
    if (strcspn(name, "/") != 2 || strchr(name + 3, '/'))
        return;
    const char *lang = arena_strndup(a, name, 2);
    if (!is_spoken(r->lint->settings, lang))
        return;
    const char *area = arena_strndup(a, name + 3, strlen(name + 3) - strlen(".yaml"));
    r->lint->file = name;
    r->lang = lang;
    if (is_area(r->knowledge, area))
        read_area(r, lang, area, file->root);
    else if (str_eq(area, "kinds"))
        read_kinds(r, file->root);
    else if (str_eq(area, "slang"))
        read_slang(r, file->root);
    else if (yaml_get(file->root, "items"))
        lint_fault(r->lint, 1, "no item of items.yaml has the area %s", area);
}

/* --- all --- */

static const struct yaml *find_file(const struct reader *r, const char *name)
{
    for (size_t i = 0; i < r->lint->files->n; i++)
        if (str_eq(r->lint->files->items[i].name, name))
            return r->lint->files->items[i].root;
    return NULL;
}

static void read_teams(struct reader *r)
{
    static const char *const keys[] = {"owners", NULL};
    r->teams = find_file(r, "teams.yaml");
    r->lint->file = "teams.yaml";
    for (size_t i = 0; r->teams && i < r->teams->n; i++) {
        lint_keys(r->lint, &r->teams->items[i], keys);
        lint_member(r->lint, &r->teams->items[i], "owners", YAML_LIST);
    }
}

static void read_all(struct reader *r)
{
    const struct yaml *items = find_file(r, "items.yaml");
    read_teams(r);
    r->lint->file = "items.yaml";
    if (!items || items->kind != YAML_MAP || !items->n) {
        lint_fault(r->lint, 1, "the list of items is missing");
        return;
    }
    for (size_t i = 0; i < items->n; i++)
        read_item(r, &items->items[i]);
    for (size_t i = 0; i < r->lint->files->n; i++)
        read_file(r, &r->lint->files->items[i]);
}

struct knowledge *knowledge_load(const struct handler_files *files, const struct settings *settings,
                                 struct buf *why)
{
    struct lint lint;
    struct reader r = {.knowledge = xcalloc(1, sizeof(*r.knowledge)), .lint = &lint};
    r.knowledge->slang = slang_new();
    lint_init(&lint, files, settings);
    read_all(&r);
    if (lint_end(&lint, why)) {
        knowledge_free(r.knowledge);
        return NULL;
    }
    return r.knowledge;
}

void knowledge_free(struct knowledge *k)
{
    if (!k)
        return;
    slang_free(k->slang);
    free(k->examples);
    arena_release(&k->arena);
    free(k);
}

const struct item *knowledge_item(const struct knowledge *k, const char *id)
{
    for (size_t i = 0; i < k->n; i++)
        if (str_eq(k->items[i].id, id))
            return &k->items[i];
    return NULL;
}

static const struct item_words *words_in(const struct item *item, const char *lang)
{
    for (size_t i = 0; i < item->n_words; i++)
        if (str_eq(item->words[i].lang, lang))
            return &item->words[i];
    return NULL;
}

const struct item_words *item_words(const struct item *item, const char *lang)
{
    const struct item_words *words = words_in(item, lang);
    return words ? words : words_in(item, "en");
}

enum validity item_validity(const struct item *item, const char *today)
{
    if (strncmp(today, item->from, strlen(item->from)) < 0)
        return VALID_NOT_YET;
    return *item->until && strcmp(today, item->until) > 0 ? VALID_NO_MORE : VALID_NOW;
}

bool item_is_complete(const struct item *item, const struct settings *settings)
{
    for (size_t i = 0; i < item->needs.n; i++)
        if (!settings_has(settings, item->needs.items[i]))
            return false;
    return true;
}

void knowledge_gaps(const struct knowledge *k, const struct settings *settings, struct buf *out)
{
    struct buf lang = BUF_INIT(16);
    for (size_t i = 0; i < k->n; i++)
        for (size_t n = 0; settings_item(settings, "LANGUAGES", n, &lang); n++)
            if (!words_in(&k->items[i], lang.data))
                buf_printf(out, "%s has no words in %s\n", k->items[i].id, lang.data);
    buf_release(&lang);
}
