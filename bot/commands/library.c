#include "bot/commands/library.h"

#include <errno.h>
#include <fts.h>
#include <unistd.h>

struct library {
    struct handler_files files;
    struct file_tree *items;
    size_t cap;
    char *dir;
};

static int by_name(const void *a, const void *b)
{
    const struct file_tree *x = a, *y = b;
    return strcmp(x->name, y->name);
}

static bool is_yaml(const char *name)
{
    size_t len = strlen(name);
    return len > 5 && str_eq(name + len - 5, ".yaml");
}

static bool add(struct library *l, const char *path, const struct overlay *overlay, struct buf *why)
{
    struct buf fault = BUF_INIT(4096);
    const char *name = path + strlen(l->dir) + 1;
    const char *text = overlay ? overlay_get(overlay, name) : NULL;
    struct yaml *root =
        text ? yaml_parse(path, text, strlen(text), &fault) : yaml_load(path, &fault);
    if (!root) {
        buf_printf(why, "%s\n", fault.data);
    } else {
        ARRAY_GROW(l->items, l->files.n, l->cap);
        l->items[l->files.n++] = (struct file_tree){.name = xstrdup(name), .root = root};
    }
    buf_release(&fault);
    return root;
}

/* What staff added to the files of the folder. */
static bool add_new(struct library *l, const struct overlay *overlay, struct buf *why)
{
    struct arena a = ARENA_INIT;
    bool ok = true;
    for (size_t i = 0; overlay && i < overlay->n; i++) {
        const char *path = arena_printf(&a, "%s/%s", l->dir, overlay->items[i].name);
        if (access(path, F_OK))
            ok &= add(l, path, overlay, why);
    }
    arena_release(&a);
    return ok;
}

struct library *library_open(const struct settings *settings, struct buf *why)
{
    struct overlay overlay = {0};
    overlay_read(&overlay, settings);
    struct library *l = library_load_with(settings_get(settings, "KNOWLEDGE_DIR"), &overlay, why);
    overlay_release(&overlay);
    return l;
}

struct library *library_load(const char *dir, struct buf *why)
{
    return library_load_with(dir, NULL, why);
}

struct library *library_load_with(const char *dir, const struct overlay *overlay, struct buf *why)
{
    struct library *l = xcalloc(1, sizeof(*l));
    l->dir = xstrdup(dir);
    size_t len = strlen(l->dir);
    while (len > 1 && l->dir[len - 1] == '/')
        l->dir[--len] = '\0';
    char *roots[] = {l->dir, NULL};
    FTS *tree = fts_open(roots, FTS_LOGICAL | FTS_NOCHDIR, NULL);
    bool ok = tree;
    for (FTSENT *at; tree && (at = fts_read(tree));) {
        if (at->fts_info == FTS_F && is_yaml(at->fts_name))
            ok &= add(l, at->fts_path, overlay, why);
    }
    if (tree)
        fts_close(tree);
    ok &= add_new(l, overlay, why);
    if (ok && !l->files.n) {
        buf_fail(why, "%s has no .yaml files: set KNOWLEDGE_DIR", dir);
        ok = false;
    }
    if (!ok) {
        library_free(l);
        return NULL;
    }
    qsort(l->items, l->files.n, sizeof(*l->items), by_name);
    l->files.items = l->items;
    l->files.dir = l->dir;
    return l;
}

void library_free(struct library *l)
{
    if (!l)
        return;
    for (size_t i = 0; i < l->files.n; i++) {
        free((char *)(uintptr_t)l->items[i].name);
        yaml_tree_free((struct yaml *)(uintptr_t)l->items[i].root);
    }
    free(l->items);
    free(l->dir);
    free(l);
}

const struct handler_files *library_files(const struct library *l)
{
    return &l->files;
}
