#include "handlers/faq/knowledge.h"

#include <unistd.h>

#define MAX_TITLE   30 /* characters: it stands on a button */
#define MAX_ENTRIES 7
#define MAX_ID      40 /* "topic:" and it fit a button's 64 bytes */

struct reader {
    struct knowledge *knowledge; /* as far as it is read */
    const struct handler_files *files;
    const struct settings *settings;
    const char *file; /* name of the file that is being read */
    struct buf faults;
};

/* --- checks; each tells its fault and lets the reading go on --- */

static void fault(struct reader *r, int line, const char *fmt, ...) PRINTF_LIKE(3, 4);
static void fault(struct reader *r, int line, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    buf_printf(&r->faults, "%s%s/%s:%d: ", r->faults.len ? "\n" : "", r->files->dir, r->file, line);
    buf_vprintf(&r->faults, fmt, args);
    va_end(args);
}

static char *keep(struct reader *r, const char *s)
{
    return arena_strdup(&r->knowledge->arena, s);
}

static bool is_id(const char *s)
{
    size_t len = strlen(s);
    return len && len <= MAX_ID && strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_") == len;
}

static bool is_brand_setting(const struct reader *r, const char *name, size_t len)
{
    const char *known;
    for (size_t i = 0; (known = settings_name(r->settings, "BRAND_", i)); i++)
        if (strlen(known) == len && !strncmp(known, name, len))
            return true;
    return false;
}

static void check_keys(struct reader *r, const struct yaml *map, const char *const *keys)
{
    for (size_t i = 0; i < map->n; i++) {
        size_t k = 0;
        while (keys[k] && !str_eq(keys[k], map->items[i].key))
            k++;
        if (!keys[k])
            fault(r, map->items[i].line, "%s is not known here: is it misspelt?",
                  map->items[i].key);
    }
}

/* A member of this kind, or NULL after telling. */
static const struct yaml *member(struct reader *r, const struct yaml *map, const char *key,
                                 enum yaml_kind kind)
{
    static const char *const kinds[] = {"a text", "a list", "a map"};
    const struct yaml *found = yaml_get(map, key);
    if (!found)
        fault(r, map->line, "%s is missing", key);
    else if (found->kind != kind)
        fault(r, found->line, "%s is to be %s", key, kinds[kind]);
    return found && found->kind == kind ? found : NULL;
}

static const char *text_member(struct reader *r, const struct yaml *map, const char *key)
{
    const struct yaml *found = member(r, map, key, YAML_SCALAR);
    if (found && str_empty(found->text))
        fault(r, found->line, "%s is empty", key);
    return found ? keep(r, found->text) : "";
}

/* Every {…} names a setting of the exchange. */
static void check_placeholders(struct reader *r, int line, const char *text)
{
    for (const char *at = text; (at = strchr(at, '{')); at++) {
        size_t len = strcspn(at + 1, "}");
        if (!at[1 + len])
            fault(r, line, "a { without its }");
        else if (!is_brand_setting(r, at + 1, len))
            fault(r, line,
                  "{%.*s} is not known: only settings that start with BRAND_ are filled in",
                  (int)len, at + 1);
    }
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
            fault(r, item->line, "%s is not %s", item->kind == YAML_SCALAR ? item->text : "this",
                  wanted);
        else
            out.items[out.n++] = keep(r, item->text);
    }
    return out;
}

static bool is_word(const struct reader *r, const char *s)
{
    (void)r;
    return is_id(s);
}

static bool is_setting(const struct reader *r, const char *s)
{
    return is_brand_setting(r, s, strlen(s));
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
        fault(r, map->line, "%s is to be yes or no", key);
    return yaml_bool(map, key);
}

static void read_item(struct reader *r, const struct yaml *map)
{
    static const char *const keys[] = {"area",    "team",  "priority", "always_human",
                                       "collect", "needs", NULL};
    struct knowledge *k = r->knowledge;
    if (!is_id(map->key))
        fault(r, map->line, "%s: an id has small letters, digits and _, at most %d", map->key,
              MAX_ID);
    if (map->kind != YAML_MAP) {
        fault(r, map->line, "%s is to be a map", map->key);
        return;
    }
    check_keys(r, map, keys);
    struct item item = {
        .id = keep(r, map->key),
        .area = text_member(r, map, "area"),
        .team = text_member(r, map, "team"),
        .priority = (int)yaml_int(map, "priority", 0),
        .always_human = yes_or_no(r, map, "always_human"),
        .collect = read_strings(r, member(r, map, "collect", YAML_LIST), is_word, "a word"),
    };
    if (item.priority < 1 || item.priority > 3)
        fault(r, map->line, "priority is to be 1, 2 or 3");
    if (yaml_get(map, "needs"))
        item.needs = read_strings(r, member(r, map, "needs", YAML_LIST), is_setting,
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
    check_keys(r, map, keys);
    entry->label = text_member(r, map, "label");
    entry->url = text_member(r, map, "url");
    size_t len = strlen(entry->url);
    if (len < 2 || entry->url[0] != '{' || entry->url[len - 1] != '}')
        fault(r, map->line, "the url of a button is a setting, as \"{BRAND_STATUS_URL}\"");
    else
        check_placeholders(r, map->line, entry->url);
}

static const char *find_picture(struct reader *r, const struct yaml *entry)
{
    const char *name = text_member(r, entry, "picture");
    if (strchr(name, '/') || name[0] == '.') {
        fault(r, entry->line, "picture is the name of a file in pictures/");
        return NULL;
    }
    const char *path = arena_printf(&r->knowledge->arena, "%s/pictures/%s", r->files->dir, name);
    return access(path, R_OK) ? NULL : path;
}

static struct answer_entry read_entry(struct reader *r, const struct yaml *node)
{
    static const char *const keys[] = {"text", "button", "picture", NULL};
    struct answer_entry entry = {.text = ""};
    if (node->kind == YAML_LIST) {
        fault(r, node->line, "an entry of an answer is a text, or a map with text");
    } else if (node->kind == YAML_SCALAR) {
        entry.text = keep(r, node->text);
        if (!*entry.text)
            fault(r, node->line, "an entry of the answer is empty");
    } else {
        check_keys(r, node, keys);
        entry.text = text_member(r, node, "text");
        if (yaml_get(node, "button"))
            read_button(r, member(r, node, "button", YAML_MAP), &entry);
        if (yaml_get(node, "picture"))
            entry.picture = find_picture(r, node);
    }
    check_placeholders(r, node->line, entry.text);
    return entry;
}

static void read_answer(struct reader *r, const struct yaml *list, struct item_words *words)
{
    bool stands_alone = false;
    if (!list)
        return;
    if (!list->n || list->n > MAX_ENTRIES)
        fault(r, list->line, "an answer has 1 to %d entries", MAX_ENTRIES);
    words->answer = arena_alloc(&r->knowledge->arena, (list->n + 1) * sizeof(*words->answer));
    for (size_t i = 0; i < list->n; i++) {
        struct answer_entry entry = read_entry(r, &list->items[i]);
        stands_alone |= !entry.url && !strchr(entry.text, '{');
        words->answer[words->n_answer++] = entry;
    }
    if (list->n && !stands_alone)
        fault(r, list->line, "every entry needs a setting: nothing is left where they are unset");
}

static void add_example(struct reader *r, const char *text, const char *label)
{
    struct knowledge *k = r->knowledge;
    ARENA_GROW(&k->arena, k->examples, k->n_examples, k->cap_examples);
    k->examples[k->n_examples++] = (struct example){keep(r, text), label};
}

static void read_examples(struct reader *r, const struct yaml *list, const struct item *item)
{
    if (list && !list->n)
        fault(r, list->line, "there are no examples");
    for (size_t i = 0; list && i < list->n; i++) {
        const struct yaml *node = &list->items[i];
        if (node->kind != YAML_SCALAR || str_empty(node->text))
            fault(r, node->line, "an example is a text");
        else
            add_example(r, node->text, item->id);
    }
}

/* "other_id: text". Where that id has no item, or is "none", nothing of ours may answer it. */
static void read_near(struct reader *r, const struct yaml *list, const struct item *item)
{
    for (size_t i = 0; list && i < list->n; i++) {
        const struct yaml *node = &list->items[i];
        const struct yaml *only = node->kind == YAML_MAP && node->n == 1 ? node->items : NULL;
        if (!only || only->kind != YAML_SCALAR || str_empty(only->text) || !is_id(only->key)) {
            fault(r, node->line, "a near miss is one line, other_id: text");
            continue;
        }
        const struct item *other = knowledge_item(r->knowledge, only->key);
        if (other == item)
            fault(r, node->line, "a near miss of %s cannot be %s itself", item->id, item->id);
        add_example(r, only->text, other ? other->id : NULL);
    }
}

static void read_words(struct reader *r, const char *lang, struct item *item,
                       const struct yaml *map)
{
    static const char *const keys[] = {"title", "answer", "followups", "examples", "near", NULL};
    check_keys(r, map, keys);
    struct item_words words = {.lang = lang, .title = text_member(r, map, "title")};
    if (text_utf16_len(words.title, strlen(words.title)) > MAX_TITLE)
        fault(r, map->line, "title is longer than %d characters", MAX_TITLE);
    read_answer(r, member(r, map, "answer", YAML_LIST), &words);
    words.followups =
        read_strings(r, member(r, map, "followups", YAML_LIST), is_item, "an id of items.yaml");
    add_example(r, words.title, item->id);
    read_examples(r, member(r, map, "examples", YAML_LIST), item);
    read_near(r, member(r, map, "near", YAML_LIST), item);

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
    check_keys(r, root, keys);
    const struct yaml *items = member(r, root, "items", YAML_MAP);
    for (size_t i = 0; items && i < items->n; i++) {
        const struct yaml *map = &items->items[i];
        struct item *item = find_item(r->knowledge, map->key);
        if (!item)
            fault(r, map->line, "%s is not in items.yaml", map->key);
        else if (!str_eq(item->area, area))
            fault(r, map->line, "%s belongs into %s.yaml", map->key, item->area);
        else if (map->kind != YAML_MAP)
            fault(r, map->line, "%s is to be a map", map->key);
        else
            read_words(r, lang, item, map);
    }
}

static bool is_area(const struct knowledge *k, const char *name)
{
    for (size_t i = 0; i < k->n; i++)
        if (str_eq(k->items[i].area, name))
            return true;
    return false;
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
    const char *area = arena_strndup(a, name + 3, strlen(name + 3) - strlen(".yaml"));
    r->file = name;
    if (is_area(r->knowledge, area))
        read_area(r, lang, area, file->root);
    else if (yaml_get(file->root, "items"))
        fault(r, 1, "no item of items.yaml has the area %s", area);
}

/* --- all --- */

static void read_all(struct reader *r)
{
    const struct yaml *items = NULL;
    r->file = "items.yaml";
    for (size_t i = 0; i < r->files->n; i++)
        if (str_eq(r->files->items[i].name, r->file))
            items = r->files->items[i].root;
    if (!items || items->kind != YAML_MAP || !items->n) {
        fault(r, 1, "the list of items is missing");
        return;
    }
    for (size_t i = 0; i < items->n; i++)
        read_item(r, &items->items[i]);
    for (size_t i = 0; i < r->files->n; i++)
        read_file(r, &r->files->items[i]);
    r->file = "items.yaml";
    for (size_t i = 0; i < r->knowledge->n; i++)
        if (!r->knowledge->items[i].n_words)
            fault(r, yaml_get(items, r->knowledge->items[i].id)->line,
                  "%s has no words in any language", r->knowledge->items[i].id);
}

#define MAX_FAULTS (256 * 1024)

struct knowledge *knowledge_load(const struct handler_files *files, const struct settings *settings,
                                 struct buf *why)
{
    struct knowledge *k = xcalloc(1, sizeof(*k));
    struct reader r = {k, files, settings, "", BUF_INIT(MAX_FAULTS)};
    read_all(&r);
    if (r.faults.len) {
        buf_fail(why, "%s", r.faults.data);
        knowledge_free(k);
        k = NULL;
    }
    buf_release(&r.faults);
    return k;
}

void knowledge_free(struct knowledge *k)
{
    if (!k)
        return;
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

bool item_is_complete(const struct item *item, const struct settings *settings)
{
    for (size_t i = 0; i < item->needs.n; i++)
        if (!settings_has(settings, item->needs.items[i]))
            return false;
    return true;
}
