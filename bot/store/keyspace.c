#include "bot/store/keyspace.h"

#include <inttypes.h>

#define SWEEP_MS 3600000

/* Tables. */

/* The link to the item with that key, or to where it would go; NULL while there are no slots. */
static struct table_item **table_link(const struct table *t, const char *key)
{
    if (!t->n_slots)
        return NULL;
    struct table_item **link = &t->slots[fnv1a64(key, strlen(key)) % t->n_slots];
    while (*link && !str_eq((*link)->key, key))
        link = &(*link)->next;
    return link;
}

static void *table_get(const struct table *t, const char *key)
{
    struct table_item **link = table_link(t, key);
    return link && *link ? (*link)->value : NULL;
}

static void table_grow(struct table *t)
{
    struct table bigger = {.n_slots = t->n_slots ? t->n_slots * 2 : 8, .n = t->n};
    bigger.slots = xcalloc(bigger.n_slots, sizeof(*bigger.slots));
    for (size_t i = 0; i < t->n_slots; i++)
        for (struct table_item *item = t->slots[i], *next; item; item = next) {
            next = item->next;
            item->next = NULL;
            *table_link(&bigger, item->key) = item;
        }
    free(t->slots);
    *t = bigger;
}

/* Returns what was there before, now the caller's; NULL: nothing. */
static void *table_put(struct table *t, const char *key, void *value)
{
    if (t->n == t->n_slots)
        table_grow(t);
    struct table_item **link = table_link(t, key);
    void *before = *link ? (*link)->value : NULL;
    if (!*link) {
        size_t len = strlen(key) + 1;
        *link = xcalloc(1, sizeof(**link) + len);
        memcpy((*link)->key, key, len);
        t->n++;
    }
    (*link)->value = value;
    return before;
}

/* Returns what it held, now the caller's. */
static void *table_unlink(struct table *t, struct table_item **link)
{
    struct table_item *item = *link;
    void *value = item->value;
    *link = item->next;
    free(item);
    t->n--;
    return value;
}

static void table_release(struct table *t, void (*free_value)(void *value))
{
    for (size_t i = 0; i < t->n_slots; i++)
        while (t->slots[i])
            free_value(table_unlink(t, &t->slots[i]));
    free(t->slots);
    *t = (struct table){0};
}

/* Values. */

void value_clear(struct value *v)
{
    table_release(&v->fields, free);
    for (size_t i = 0; i < v->n_rows; i++)
        free(v->rows[i].text);
    free(v->rows);
    *v = (struct value){0};
}

static void value_free(void *v)
{
    value_clear(v);
    free(v);
}

static bool is_expired(const struct value *v)
{
    return v->expires_ms && v->expires_ms <= clock_ms();
}

const char *value_get(const struct value *v, const char *field)
{
    return v ? table_get(&v->fields, field) : NULL;
}

int64_t value_get_number(const struct value *v, const char *field)
{
    int64_t n;
    return parse_i64(value_get(v, field), &n) < 0 ? 0 : n;
}

struct pair *value_pairs(const struct value *v, struct arena *a, size_t *n)
{
    *n = 0;
    if (!v)
        return NULL;
    struct pair *out = arena_alloc(a, v->fields.n * sizeof(*out));
    TABLE_EACH(&v->fields, it)
    out[(*n)++] = (struct pair){arena_strdup(a, it->key), arena_strdup(a, it->value)};
    return out;
}

void value_put(struct value *v, const char *field, const char *text)
{
    struct table_item **link = table_link(&v->fields, field);
    if (*text)
        free(table_put(&v->fields, field, xstrdup(text)));
    else if (link && *link)
        free(table_unlink(&v->fields, link));
}

void value_put_number(struct value *v, const char *field, int64_t n)
{
    char text[24];
    snprintf(text, sizeof(text), "%" PRId64, n);
    value_put(v, field, text);
}

void value_add(struct value *v, const char *field, int64_t n)
{
    value_put_number(v, field, value_get_number(v, field) + n);
}

int64_t value_append(struct value *v, const char *text)
{
    ARRAY_GROW(v->rows, v->n_rows, v->cap_rows);
    v->rows[v->n_rows++] = (struct row){.id = ++v->last_id, .text = xstrdup(text)};
    return v->last_id;
}

struct row *value_row(const struct value *v, int64_t id)
{
    for (size_t i = 0; v && i < v->n_rows; i++)
        if (v->rows[i].id == id)
            return &v->rows[i];
    return NULL;
}

void value_remove(struct value *v, struct row *row)
{
    size_t after = (size_t)(v->rows + v->n_rows - row) - 1;
    free(row->text);
    memmove(row, row + 1, after * sizeof(*row));
    v->n_rows--;
}

/* The keys. */

static struct value *find(struct keyspace *k, unsigned partition, const char *kind,
                          const char *name, bool make)
{
    struct table *t = &k->values[partition];
    if (!t->n && !make)
        return NULL;
    buf_clear(&k->key);
    buf_str(&k->key, kind);
    buf_str(&k->key, ":");
    buf_str(&k->key, name);
    struct value *v = table_get(t, k->key.data);
    if (!v && make) {
        v = xcalloc(1, sizeof(*v));
        table_put(t, k->key.data, v);
    }
    if (v && is_expired(v))
        value_clear(v);
    return v;
}

struct value *keyspace_at(struct keyspace *k, unsigned partition, const char *kind,
                          const char *name)
{
    return find(k, partition, kind, name, true);
}

struct value *keyspace_peek(struct keyspace *k, unsigned partition, const char *kind,
                            const char *name)
{
    return find(k, partition, kind, name, false);
}

void keyspace_init(struct keyspace *k)
{
    *k = (struct keyspace){.key = BUF_INIT(SIZE_MAX / 4)};
}

static void sweep(struct table *t)
{
    for (size_t i = 0; i < t->n_slots; i++)
        for (struct table_item **link = &t->slots[i]; *link;) {
            if (is_expired((*link)->value))
                value_free(table_unlink(t, link));
            else
                link = &(*link)->next;
        }
}

void keyspace_sweep(struct keyspace *k)
{
    if (clock_ms() - k->swept_ms < SWEEP_MS)
        return;
    k->swept_ms = clock_ms();
    for (struct table *t = k->values; t < k->values + ARRAY_LEN(k->values); t++)
        sweep(t);
}

void keyspace_release(struct keyspace *k)
{
    for (struct table *t = k->values; t < k->values + ARRAY_LEN(k->values); t++)
        table_release(t, value_free);
    buf_release(&k->key);
}
