#include "handlers/flows/book.h"

#include "bot/base/decimal.h"
#include "handlers/lint.h"

struct reader {
    struct book *book; /* as far as it is read */
    struct lint *lint;
};

static const char *keep(struct reader *r, const char *s)
{
    return arena_strdup(&r->book->arena, s);
}

/* --- small parts --- */

static struct words read_words(struct reader *r, const struct yaml *list)
{
    struct words w = {NULL, 0};
    if (!list)
        return w;
    if (list->kind == YAML_SCALAR) {
        w.items = arena_alloc(&r->book->arena, sizeof(*w.items));
        w.items[w.n++] = keep(r, list->text);
        return w;
    }
    w.items = arena_alloc(&r->book->arena, (list->n + 1) * sizeof(*w.items));
    for (size_t i = 0; i < list->n; i++) {
        const struct yaml *item = &list->items[i];
        if (list->kind != YAML_LIST || item->kind != YAML_SCALAR || str_empty(item->text))
            lint_fault(r->lint, item->line, "%s: a list of words is wanted", list->key);
        else
            w.items[w.n++] = keep(r, item->text);
    }
    return w;
}

static const char *text_or_empty(struct reader *r, const struct yaml *map, const char *key)
{
    const char *text = yaml_str(map, key);
    return text ? keep(r, text) : "";
}

/* --- a flow --- */

static struct flow_field read_field(struct reader *r, const struct yaml *node)
{
    static const char *const keys[] = {"field", "options", "when", "ends", "heard", NULL};
    struct flow_field field = {.name = "", .kind = FIELDS};
    if (node->kind == YAML_MAP) {
        lint_keys(r->lint, node, keys);
        field.name = text_or_empty(r, node, "field");
        field.options = read_words(r, yaml_get(node, "options"));
        field.ends = read_words(r, yaml_get(node, "ends"));
        field.is_heard = str_eq(yaml_str(node, "heard"), "yes");
        const struct yaml *when = yaml_get(node, "when");
        if (when && when->kind == YAML_MAP && when->n == 1) {
            field.when = keep(r, when->items[0].key);
            field.when_value = text_or_empty(r, when, when->items[0].key);
        }
    } else if (node->kind == YAML_SCALAR) {
        field.name = keep(r, node->text);
    }
    if (!lint_is_id(field.name))
        lint_fault(r->lint, node->line, "a field has a name of small letters, digits and _");
    if (!field.options.n)
        field.kind = field_asked(field.name);
    return field;
}

static void read_form(struct reader *r, const struct yaml *list, struct flow *flow)
{
    if (!list)
        return;
    if (list->kind != YAML_LIST)
        lint_fault(r->lint, list->line, "form is a list of fields");
    flow->fields = arena_alloc(&r->book->arena, (list->n + 1) * sizeof(*flow->fields));
    for (size_t i = 0; i < list->n; i++)
        flow->fields[flow->n_fields++] = read_field(r, &list->items[i]);
}

static struct flow_class read_class(struct reader *r, const struct yaml *map)
{
    struct flow_class c = {
        .name = text_or_empty(r, map, "class"),
        .team = text_or_empty(r, map, "team"),
        .pending = text_or_empty(r, map, "pending"),
        .ask = read_words(r, yaml_get(map, "ask")),
        .is_answered = str_eq(yaml_str(map, "end"), "answered"),
    };
    int64_t ms;
    if (map->kind != YAML_MAP || !lint_is_id(c.name))
        lint_fault(r->lint, map->line, "a class has a name");
    if (*c.pending && parse_duration(c.pending, &ms))
        lint_fault(r->lint, map->line, "pending: %s is no time, as 3d", c.pending);
    c.conditions = arena_alloc(&r->book->arena, (map->n + 1) * sizeof(*c.conditions));
    for (size_t i = 0; i < map->n; i++) {
        const struct yaml *item = &map->items[i];
        if (words_have("class team pending ask end", item->key))
            continue;
        c.conditions[c.n++] =
            (struct condition){.field = keep(r, item->key), .all = read_words(r, item)};
    }
    return c;
}

static void read_classes(struct reader *r, const struct yaml *list, struct flow *flow)
{
    if (!list)
        return;
    flow->classes = arena_alloc(&r->book->arena, (list->n + 1) * sizeof(*flow->classes));
    for (size_t i = 0; i < list->n; i++)
        flow->classes[flow->n_classes++] = read_class(r, &list->items[i]);
}

static const char *read_steps(struct reader *r, const struct yaml *map)
{
    const char *all = "";
    for (size_t i = 0; map && i < map->n; i++) {
        const struct yaml *item = &map->items[i];
        int64_t ms;
        const char *text = item->text ? item->text : "";
        char *length = arena_strndup(&r->book->arena, text, strcspn(text, " "));
        if (!lint_is_id(item->key) || parse_duration(length, &ms))
            lint_fault(r->lint, item->line, "steps: a name and a time, as product: 4h");
        else
            all = arena_printf(&r->book->arena, "%s%s %s\n", all, item->key, item->text);
    }
    return all;
}

static void read_flow(struct reader *r, const struct yaml *map)
{
    static const char *const keys[] = {"opening", "pages", "form",  "end",   "classes",
                                       "needs",   "tool",  "offer", "steps", NULL};
    struct book *b = r->book;
    lint_keys(r->lint, map, keys);
    if (book_flow(b, map->key))
        lint_fault(r->lint, map->line, "%s is there twice", map->key);
    ARENA_GROW(&b->arena, b->flows, b->n_flows, b->cap_flows);
    struct flow *flow = &b->flows[b->n_flows++];
    *flow = (struct flow){
        .id = keep(r, map->key),
        .opening = (int)yaml_int(map, "opening", 1),
        .pages = yaml_get(map, "pages"),
        .offer = text_or_empty(r, map, "offer"),
        .steps = read_steps(r, yaml_get(map, "steps")),
        .is_answered = str_eq(yaml_str(map, "end"), "answered"),
        .is_invite = str_eq(yaml_str(map, "tool"), "invite"),
        .needs = read_words(r, yaml_get(map, "needs")),
    };
    const struct yaml *pages = yaml_get(map, "pages");
    if (pages && pages->kind == YAML_LIST)
        flow->page_order = read_words(r, pages);
    for (size_t i = 0; i < flow->needs.n; i++)
        if (!phrases_is_brand(r->lint->settings, flow->needs.items[i],
                              strlen(flow->needs.items[i])))
            lint_fault(r->lint, map->line, "%s is no setting that starts with BRAND_",
                       flow->needs.items[i]);
    read_form(r, yaml_get(map, "form"), flow);
    read_classes(r, yaml_get(map, "classes"), flow);
    for (size_t i = 0; i < flow->n_classes; i++)
        for (size_t k = 0; k < flow->classes[i].n; k++)
            if (!flow_field(flow, flow->classes[i].conditions[k].field))
                lint_fault(r->lint, map->line, "%s: class %s: there is no field %s", flow->id,
                           flow->classes[i].name, flow->classes[i].conditions[k].field);
}

/* --- the other parts --- */

static void read_set(struct reader *r, const struct yaml *list)
{
    struct book *b = r->book;
    ARENA_GROW(&b->arena, b->sets, b->n_sets, b->cap_sets);
    b->sets[b->n_sets++] = (struct named_words){keep(r, list->key), read_words(r, list)};
}

static void read_region(struct reader *r, const struct yaml *list)
{
    struct book *b = r->book;
    ARENA_GROW(&b->arena, b->regions, b->n_regions, b->cap_regions);
    b->regions[b->n_regions++] = (struct named_words){keep(r, list->key), read_words(r, list)};
}

static void read_cues(struct reader *r, const struct yaml *map)
{
    static const char *const keys[] = {"before", "after", NULL};
    struct book *b = r->book;
    lint_keys(r->lint, map, keys);
    ARENA_GROW(&b->arena, b->cues, b->n_cues, b->cap_cues);
    b->cues[b->n_cues++] = (struct cues){.field = keep(r, map->key),
                                         .before = read_words(r, yaml_get(map, "before")),
                                         .after = read_words(r, yaml_get(map, "after"))};
}

static void read_explorer(struct reader *r, const struct yaml *item)
{
    struct book *b = r->book;
    if (!starts_with(item->text, "https://"))
        lint_fault(r->lint, item->line, "%s: an address that begins with https:// is wanted",
                   item->key);
    ARENA_GROW(&b->arena, b->explorers, b->n_explorers, b->cap_explorers);
    b->explorers[b->n_explorers++] = (struct fill){keep(r, item->key), keep(r, item->text)};
}

static void read_minimum(struct reader *r, const struct yaml *item)
{
    struct book *b = r->book;
    if (item->kind != YAML_SCALAR || !decimal_is(item->text))
        lint_fault(r->lint, item->line, "%s: an amount is wanted, as 0.5", item->key);
    ARENA_GROW(&b->arena, b->minimums, b->n_minimums, b->cap_minimums);
    b->minimums[b->n_minimums++] =
        (struct fill){keep(r, item->key), keep(r, item->text ? item->text : "0")};
}

static void add_token(struct reader *r, const struct yaml *item, const char *class,
                      const char *contract)
{
    struct book *b = r->book;
    size_t len = strcspn(item->key, " ");
    ARENA_GROW(&b->arena, b->tokens, b->n_tokens, b->cap_tokens);
    b->tokens[b->n_tokens++] = (struct token){
        .coin = arena_strndup(&b->arena, item->key, len),
        .network = keep(r, item->key[len] ? item->key + len + 1 : ""),
        .contract = keep(r, contract),
        .class = keep(r, class),
    };
}

static void read_token(struct reader *r, const struct yaml *item)
{
    static const char *const keys[] = {"listed", "old", "delisted", "fake", NULL};
    if (item->kind == YAML_SCALAR && words_have("listed delisted", item->text)) {
        add_token(r, item, item->text, "");
        return;
    }
    if (item->kind != YAML_MAP) {
        lint_fault(r->lint, item->line, "%s: listed, delisted or contracts are wanted", item->key);
        return;
    }
    lint_keys(r->lint, item, keys);
    for (size_t i = 0; i < item->n; i++) {
        struct words contracts = read_words(r, &item->items[i]);
        for (size_t k = 0; k < contracts.n; k++)
            add_token(r, item, item->items[i].key, contracts.items[k]);
    }
}

static void read_part(struct reader *r, const struct yaml *part)
{
    static const struct {
        const char *name;
        void (*read)(struct reader *r, const struct yaml *item);
    } parts[] = {
        {"flows", read_flow},         {"sets", read_set},       {"cues", read_cues},
        {"explorers", read_explorer}, {"regions", read_region}, {"minimums", read_minimum},
        {"tokens", read_token},
    };
    for (size_t p = 0; p < ARRAY_LEN(parts); p++) {
        if (!str_eq(parts[p].name, part->key))
            continue;
        for (size_t i = 0; i < part->n; i++)
            parts[p].read(r, &part->items[i]);
        return;
    }
    lint_fault(r->lint, part->line,
               "%s is none of flows, sets, minimums, tokens, cues, explorers, regions", part->key);
}

/* --- all --- */

static void read_files(struct reader *r, struct buf *why, int *failed)
{
    for (size_t i = 0; i < r->lint->files->n; i++) {
        const struct file_tree *file = &r->lint->files->items[i];
        const char *slash = strchr(file->name, '/');
        r->lint->file = file->name;
        if (starts_with(file->name, "flows/"))
            for (size_t k = 0; k < file->root->n; k++)
                read_part(r, &file->root->items[k]);
        else if (slash && str_eq(slash, "/flows.yaml"))
            *failed |= phrases_add(
                r->book->texts,
                arena_strndup(&r->book->arena, file->name, (size_t)(slash - file->name)),
                file->root, why);
    }
}

/* A knowledge without the extractor's words has no flows either. */
static bool has_words(const struct handler_files *files)
{
    for (size_t i = 0; i < files->n; i++)
        if (starts_with(files->items[i].name, "extract/"))
            return true;
    return false;
}

struct book *book_load(const struct handler_files *files, const struct settings *settings,
                       struct buf *why)
{
    struct lint lint;
    struct reader r = {xcalloc(1, sizeof(*r.book)), &lint};
    int failed = 0;
    r.book->texts = phrases_new(settings);
    phrases_set_file(r.book->texts, "flows.yaml");
    lint_init(&lint, files, settings);
    read_files(&r, why, &failed);
    bool has_lexicon = r.book->n_flows || has_words(files);
    if (has_lexicon)
        r.book->lexicon = lexicon_load(files, why);
    failed |= invite_rules_load(settings, &r.book->arena, &r.book->invites, why);
    if (!lint_end(&lint, why) && !failed && (r.book->lexicon || !has_lexicon))
        return r.book;
    book_free(r.book);
    return NULL;
}

void book_free(struct book *b)
{
    if (!b)
        return;
    phrases_free(b->texts);
    lexicon_free(b->lexicon);
    arena_release(&b->arena);
    free(b);
}

/* --- questions --- */

const struct flow *book_flow(const struct book *b, const char *id)
{
    for (size_t i = 0; b && i < b->n_flows; i++)
        if (str_eq(b->flows[i].id, id))
            return &b->flows[i];
    return NULL;
}

const struct flow_field *flow_field(const struct flow *f, const char *name)
{
    for (size_t i = 0; i < f->n_fields; i++)
        if (str_eq(f->fields[i].name, name))
            return &f->fields[i];
    return NULL;
}

const struct named_words *book_set(const struct book *b, const char *name)
{
    for (size_t i = 0; i < b->n_sets; i++)
        if (str_eq(b->sets[i].name, name))
            return &b->sets[i];
    return NULL;
}

const struct cues *book_cues(const struct book *b, const char *field)
{
    for (size_t i = 0; i < b->n_cues; i++)
        if (str_eq(b->cues[i].field, field))
            return &b->cues[i];
    return NULL;
}

static const char *value_of(const struct fill *items, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq(items[i].name, name))
            return items[i].value;
    return NULL;
}

const char *book_explorer(const struct book *b, const char *chain)
{
    return value_of(b->explorers, b->n_explorers, chain);
}

const char *book_minimum(const struct book *b, const char *of)
{
    return value_of(b->minimums, b->n_minimums, of);
}

bool words_hold(const struct words *w, const char *word)
{
    for (size_t i = 0; i < w->n; i++)
        if (str_eq(w->items[i], word))
            return true;
    return false;
}
