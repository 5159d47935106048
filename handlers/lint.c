#include "handlers/lint.h"

#define MAX_FAULTS (256 * 1024)

void lint_init(struct lint *l, const struct handler_files *files, const struct settings *settings)
{
    *l = (struct lint){files, settings, "", BUF_INIT(MAX_FAULTS)};
}

int lint_end(struct lint *l, struct buf *why)
{
    int failed = l->faults.len ? buf_fail(why, "%s", l->faults.data) : 0;
    buf_release(&l->faults);
    return failed;
}

void lint_fault(struct lint *l, int line, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    buf_printf(&l->faults, "%s%s/%s:%d: ", l->faults.len ? "\n" : "", l->files->dir, l->file, line);
    buf_vprintf(&l->faults, fmt, args);
    va_end(args);
}

bool lint_is_id(const char *s)
{
    size_t len = strlen(s);
    return len && len <= LINT_MAX_ID && strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_") == len;
}

void lint_keys(struct lint *l, const struct yaml *map, const char *const *keys)
{
    for (size_t i = 0; i < map->n; i++) {
        size_t k = 0;
        while (keys[k] && !str_eq(keys[k], map->items[i].key))
            k++;
        if (!keys[k])
            lint_fault(l, map->items[i].line, "%s is not known here: is it misspelt?",
                       map->items[i].key);
    }
}

const struct yaml *lint_member(struct lint *l, const struct yaml *map, const char *key,
                               enum yaml_kind kind)
{
    static const char *const kinds[] = {"a text", "a list", "a map"};
    const struct yaml *found = yaml_get(map, key);
    if (!found)
        lint_fault(l, map->line, "%s is missing", key);
    else if (found->kind != kind)
        lint_fault(l, found->line, "%s is to be %s", key, kinds[kind]);
    return found && found->kind == kind ? found : NULL;
}

/* `also` is "{alias}, {case} and ". */
static bool is_one_of(const char *also, const char *name, size_t len)
{
    for (const char *at = also; (at = strchr(at, '{')); at++)
        if (strcspn(at + 1, "}") == len && !strncmp(at + 1, name, len))
            return true;
    return false;
}

void lint_placeholders(struct lint *l, int line, const char *text, const char *also)
{
    for (const char *at = text; (at = strchr(at, '{')); at++) {
        size_t len = strcspn(at + 1, "}");
        if (!at[1 + len])
            lint_fault(l, line, "a { without its }");
        else if (!phrases_is_brand(l->settings, at + 1, len) && !is_one_of(also, at + 1, len))
            lint_fault(l, line,
                       "{%.*s} is not known: only %ssettings that start with BRAND_ are "
                       "filled in",
                       (int)len, at + 1, also);
    }
}
