#include "handlers/editing/diff.h"

#include "bot/base/buf.h"

#define MAX_TEXT (64 * 1024)

struct diff {
    struct arena *arena;
    struct change *items;
    size_t n, cap;
};

/* A node as one text: a step of an answer with its picture is one. */
static void flatten(const struct yaml *node, struct buf *out)
{
    if (node->key)
        buf_printf(out, "%s%s: ", out->len ? " " : "", node->key);
    buf_str(out, node->kind == YAML_SCALAR ? node->text : "");
    for (size_t i = 0; node->kind != YAML_SCALAR && i < node->n; i++) {
        if (node->kind == YAML_LIST && i)
            buf_str(out, ", ");
        flatten(&node->items[i], out);
    }
}

static const char *text_of(struct diff *d, const struct yaml *node)
{
    struct buf out = BUF_INIT(MAX_TEXT);
    if (node->kind == YAML_SCALAR)
        return node->text;
    if (node->kind == YAML_MAP && yaml_str(node, "text") && node->n == 1)
        return yaml_str(node, "text");
    for (size_t i = 0; i < node->n; i++) {
        buf_str(&out, i && node->kind == YAML_LIST ? ", " : "");
        flatten(&node->items[i], &out);
    }
    return arena_take(d->arena, &out);
}

static void add(struct diff *d, const struct change *c)
{
    if (!c->n_gone && !c->n_come)
        return;
    ARENA_GROW(d->arena, d->items, d->n, d->cap);
    d->items[d->n++] = *c;
}

static const char *below(struct diff *d, const char *path, const char *key)
{
    return *path ? arena_printf(d->arena, "%s.%s", path, key) : arena_strdup(d->arena, key);
}

/* What `of` has and `other` has not, each as often as it stands there. */
static size_t count_more(struct diff *d, const struct yaml *of, const struct yaml *other,
                         const char **first)
{
    size_t n = 0, n_other = other ? other->n : 0;
    bool *taken = arena_alloc(d->arena, n_other + 1);
    *first = "";
    for (size_t i = 0; of && i < of->n; i++) {
        const char *text = text_of(d, &of->items[i]);
        size_t k = 0;
        while (k < n_other && (taken[k] || !str_eq(text_of(d, &other->items[k]), text)))
            k++;
        if (k < n_other)
            taken[k] = true;
        else if (n++ == 0)
            *first = text;
    }
    return n;
}

static bool is_same_order(struct diff *d, const struct yaml *old, const struct yaml *now)
{
    for (size_t i = 0; i < now->n; i++)
        if (!str_eq(text_of(d, &old->items[i]), text_of(d, &now->items[i])))
            return false;
    return true;
}

static void compare_lists(struct diff *d, const char *path, const struct yaml *old,
                          const struct yaml *now)
{
    struct change c = {.path = path};
    c.n_gone = count_more(d, old, now, &c.gone);
    c.n_come = count_more(d, now, old, &c.come);
    if (!c.n_gone && !c.n_come && old && now && !is_same_order(d, old, now)) {
        c.n_gone = c.n_come = 1; /* the same steps in another order */
        c.gone = text_of(d, old);
        c.come = text_of(d, now);
    }
    add(d, &c);
}

static void compare(struct diff *d, const char *path, const struct yaml *old,
                    const struct yaml *now);

static void compare_maps(struct diff *d, const char *path, const struct yaml *old,
                         const struct yaml *now)
{
    for (size_t i = 0; now && i < now->n; i++)
        compare(d, below(d, path, now->items[i].key), yaml_get(old, now->items[i].key),
                &now->items[i]);
    for (size_t i = 0; old && i < old->n; i++)
        if (!yaml_get(now, old->items[i].key))
            compare(d, below(d, path, old->items[i].key), &old->items[i], NULL);
}

/* One of the two may be NULL. */
static void compare(struct diff *d, const char *path, const struct yaml *old,
                    const struct yaml *now)
{
    const struct yaml *any = now ? now : old;
    if (old && now && old->kind != now->kind) {
        compare(d, path, old, NULL);
        compare(d, path, NULL, now);
    } else if (any->kind == YAML_MAP) {
        compare_maps(d, path, old, now);
    } else if (any->kind == YAML_LIST) {
        compare_lists(d, path, old, now);
    } else if (!old || !now || !str_eq(old->text, now->text)) {
        add(d, &(struct change){.path = path,
                                .n_gone = old != NULL,
                                .n_come = now != NULL,
                                .gone = old ? old->text : "",
                                .come = now ? now->text : ""});
    }
}

struct change *diff_trees(struct arena *a, const struct yaml *old, const struct yaml *now,
                          size_t *n)
{
    struct diff d = {.arena = a};
    compare(&d, "", old, now);
    *n = d.n;
    return d.items;
}
