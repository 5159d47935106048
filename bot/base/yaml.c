#include "bot/base/yaml.h"

#include "bot/base/arena.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#define MAX_BYTES (4 * 1024 * 1024)
#define MAX_NODES 200000
#define MAX_DEPTH 32

/* Everything of a file lives in one arena. */
struct document {
    struct yaml root; /* first, so that yaml_tree_free finds the rest */
    struct arena arena;
};

struct reader {
    yaml_parser_t parser;
    yaml_event_t event; /* the current one */
    struct arena *arena;
    const char *name, *data;
    size_t nodes;
    struct buf *why;
};

static int fail(const struct reader *r, size_t line, const char *what)
{
    return buf_fail(r->why, "%s:%zu: %s", r->name, line, what);
}

static int fail_here(const struct reader *r, const char *what)
{
    return fail(r, r->event.start_mark.line + 1, what);
}

/* What libyaml says, without the text around it. */
static int fail_parser(const struct reader *r)
{
    const yaml_parser_t *p = &r->parser;
    size_t line = p->problem_mark.line + 1;

    if (p->error == YAML_READER_ERROR) { /* has no mark: count the lines */
        line = 1;
        for (size_t i = 0; i < p->problem_offset; i++)
            line += r->data[i] == '\n';
    }
    return fail(r, line, p->problem ? p->problem : "not YAML");
}

static int next_event(struct reader *r)
{
    yaml_event_delete(&r->event);
    return yaml_parser_parse(&r->parser, &r->event) ? 0 : fail_parser(r);
}

/* The text of a scalar event, or NULL. */
static const char *read_text(struct reader *r)
{
    const char *text = (const char *)r->event.data.scalar.value;
    size_t len = r->event.data.scalar.length;

    if (strlen(text) != len) {
        fail_here(r, "a NUL character inside a text");
        return NULL;
    }
    return arena_strndup(r->arena, text, len);
}

static int compare_keys(const void *a, const void *b)
{
    const struct yaml *const *x = a, *const *y = b;
    int order = strcmp((*x)->key, (*y)->key);

    return order ? order : (*x)->line - (*y)->line;
}

static int refuse_duplicates(struct reader *r, const struct yaml *map)
{
    const struct yaml **sorted = arena_alloc(r->arena, map->n * sizeof(*sorted));

    for (size_t i = 0; i < map->n; i++)
        sorted[i] = &map->items[i];
    qsort(sorted, map->n, sizeof(*sorted), compare_keys);
    for (size_t i = 1; i < map->n; i++) {
        if (str_eq(sorted[i]->key, sorted[i - 1]->key))
            return buf_fail(r->why, "%s:%d: the key \"%s\" is there already, in line %d", r->name,
                            sorted[i]->line, sorted[i]->key, sorted[i - 1]->line);
    }
    return 0;
}

static bool has_anchor_or_tag(const yaml_event_t *e)
{
    if (e->type == YAML_SCALAR_EVENT)
        return e->data.scalar.anchor || e->data.scalar.tag;
    if (e->type == YAML_SEQUENCE_START_EVENT)
        return e->data.sequence_start.anchor || e->data.sequence_start.tag;
    if (e->type == YAML_MAPPING_START_EVENT)
        return e->data.mapping_start.anchor || e->data.mapping_start.tag;
    return e->type == YAML_ALIAS_EVENT;
}

static int read_node(struct reader *r, struct yaml *node, int depth);

/* After the event that opens a list or a map, up to the one that ends it. */
static int read_items(struct reader *r, struct yaml *node, yaml_event_type_t end, int depth)
{
    size_t cap = 0;

    if (depth == MAX_DEPTH)
        return fail_here(r, "nested too deeply");
    while (next_event(r) == 0) {
        if (r->event.type == end)
            return node->kind == YAML_MAP ? refuse_duplicates(r, node) : 0;
        struct yaml key = {0}, item = {0};
        if (node->kind == YAML_MAP) {
            if (read_node(r, &key, depth + 1) < 0)
                return -1;
            if (key.kind != YAML_SCALAR)
                return fail(r, (size_t)key.line, "a key must be a word or a text");
            if (next_event(r) < 0)
                return -1;
        }
        if (read_node(r, &item, depth + 1) < 0)
            return -1;
        item.key = key.text;
        if (key.line)
            item.line = key.line;
        ARENA_GROW(r->arena, node->items, node->n, cap);
        node->items[node->n++] = item;
    }
    return -1;
}

/* The current event begins the node. */
static int read_node(struct reader *r, struct yaml *node, int depth)
{
    node->line = (int)r->event.start_mark.line + 1;
    if (++r->nodes > MAX_NODES)
        return fail_here(r, "too many entries in one file");
    if (has_anchor_or_tag(&r->event))
        return fail_here(r, "anchors (&, *) and tags (!) are not allowed: write the value itself");
    if (r->event.type == YAML_SEQUENCE_START_EVENT) {
        node->kind = YAML_LIST;
        return read_items(r, node, YAML_SEQUENCE_END_EVENT, depth);
    }
    if (r->event.type == YAML_MAPPING_START_EVENT) {
        node->kind = YAML_MAP;
        return read_items(r, node, YAML_MAPPING_END_EVENT, depth);
    }
    node->kind = YAML_SCALAR;
    node->text = read_text(r);
    return node->text ? 0 : -1;
}

static int read_file(struct reader *r, struct yaml *root)
{
    *root = (struct yaml){.kind = YAML_MAP, .line = 1};
    if (next_event(r) < 0 || next_event(r) < 0) /* stream start; document start or the end */
        return -1;
    if (r->event.type == YAML_STREAM_END_EVENT)
        return 0;
    if (next_event(r) < 0 || read_node(r, root, 0) < 0)
        return -1;
    if (next_event(r) < 0 || next_event(r) < 0) /* document end, stream end */
        return -1;
    return r->event.type == YAML_STREAM_END_EVENT ? 0
                                                  : fail_here(r, "a second document in one file");
}

struct yaml *yaml_parse(const char *name, const char *data, size_t len, struct buf *why)
{
    if (len > MAX_BYTES) {
        buf_fail(why, "%s: %zu bytes, at most %d are read", name, len, MAX_BYTES);
        return NULL;
    }
    struct document *d = xcalloc(1, sizeof(*d));
    struct reader r = {.arena = &d->arena, .name = name, .data = data, .why = why};
    if (!yaml_parser_initialize(&r.parser))
        die("out of memory (libyaml)");
    yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&r.parser, (const unsigned char *)data, len);
    int rc = read_file(&r, &d->root);
    yaml_event_delete(&r.event);
    yaml_parser_delete(&r.parser);
    if (rc == 0)
        return &d->root;
    yaml_tree_free(&d->root);
    return NULL;
}

struct yaml *yaml_load(const char *path, struct buf *why)
{
    struct yaml *root = NULL;
    FILE *file = fopen(path, "re");
    if (!file) {
        buf_fail(why, "%s: cannot be opened: %s", path, strerror(errno));
        return NULL;
    }
    char *data = xmalloc(MAX_BYTES + 1); /* one more than allowed, so that yaml_parse refuses it */
    size_t len = fread(data, 1, MAX_BYTES + 1, file);
    if (ferror(file))
        buf_fail(why, "%s: cannot be read: %s", path, strerror(errno));
    else
        root = yaml_parse(path, data, len, why);
    free(data);
    fclose(file);
    return root;
}

void yaml_tree_free(struct yaml *root)
{
    if (!root)
        return;
    struct document *d = (struct document *)root;
    arena_release(&d->arena);
    free(d);
}

const struct yaml *yaml_get(const struct yaml *map, const char *key)
{
    if (!map || map->kind != YAML_MAP)
        return NULL;
    for (size_t i = 0; i < map->n; i++)
        if (str_eq(map->items[i].key, key))
            return &map->items[i];
    return NULL;
}

const char *yaml_str(const struct yaml *map, const char *key)
{
    const struct yaml *item = yaml_get(map, key);

    return item && item->kind == YAML_SCALAR ? item->text : NULL;
}

bool yaml_bool(const struct yaml *map, const char *key)
{
    const char *text = yaml_str(map, key);

    return str_eq(text, "yes") || str_eq(text, "true") || str_eq(text, "on");
}

int64_t yaml_int(const struct yaml *map, const char *key, int64_t fallback)
{
    const char *text = yaml_str(map, key);
    int64_t value;

    return text && parse_i64(text, &value) == 0 ? value : fallback;
}
