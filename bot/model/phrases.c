#include "bot/model/phrases.h"

#include "bot/base/log.h"
#include "bot/model/conversation.h"

struct entry {
    const char *lang, *key, *text;
};

struct phrases {
    const struct settings *settings;
    const char *file;
    struct entry *entries; /* sorted by language and key once loaded */
    size_t n, cap;
    struct arena arena; /* holds their strings */
};

struct phrases *phrases_new(const struct settings *settings)
{
    struct phrases *p = xcalloc(1, sizeof(*p));
    p->settings = settings;
    p->file = "phrases.yaml";
    return p;
}

void phrases_set_file(struct phrases *p, const char *file)
{
    p->file = file;
}

void phrases_free(struct phrases *p)
{
    if (!p)
        return;
    free(p->entries);
    arena_release(&p->arena);
    free(p);
}

static int by_lang_and_key(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    int order = strcmp(x->lang, y->lang);
    return order ? order : strcmp(x->key, y->key);
}

static const struct entry *find(const struct phrases *p, const char *lang, const char *key)
{
    struct entry wanted = {lang, key, NULL};
    if (!p->n)
        return NULL;
    return bsearch(&wanted, p->entries, p->n, sizeof(*p->entries), by_lang_and_key);
}

/* The length of a "{name}" at `s`, or 0. */
static size_t placeholder_len(const char *s)
{
    if (*s != '{')
        return 0;
    size_t len = strspn(s + 1, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
    return len && s[len + 1] == '}' ? len + 2 : 0;
}

bool phrases_is_brand(const struct settings *settings, const char *name, size_t len)
{
    const char *known;
    for (size_t i = 0; settings && (known = settings_name(settings, "BRAND_", i)); i++)
        if (strlen(known) == len && !strncmp(known, name, len))
            return true;
    return false;
}

/* Values of {lower_case} names come from callers; the others are settings, and a slip is told now.
 */
static int check_settings(const struct phrases *p, const char *lang, const struct yaml *item,
                          const char *key, struct buf *why)
{
    for (const char *at = item->text; *at; at++) {
        size_t len = placeholder_len(at);
        if (len && starts_with(at, "{BRAND_") && !phrases_is_brand(p->settings, at + 1, len - 2))
            return buf_fail(why, "%s/%s:%d: %s: %.*s is no setting of zaide", lang, p->file,
                            item->line, key, (int)len, at);
    }
    return 0;
}

static int add_map(struct phrases *p, const char *lang, const char *prefix, const struct yaml *map,
                   struct buf *why)
{
    for (size_t i = 0; i < map->n; i++) {
        const struct yaml *item = &map->items[i];
        struct buf key = BUF_INIT(200);
        buf_printf(&key, "%s%s%s", prefix, *prefix ? "." : "", item->key);
        int failed = 0;
        if (item->kind == YAML_MAP) {
            failed = add_map(p, lang, key.data, item, why);
        } else if (item->kind != YAML_SCALAR) {
            failed = buf_fail(why, "%s/%s:%d: %s: a phrase is one text", lang, p->file, item->line,
                              key.data);
        } else {
            ARRAY_GROW(p->entries, p->n, p->cap);
            p->entries[p->n++] = (struct entry){lang, arena_strdup(&p->arena, key.data),
                                                arena_strdup(&p->arena, item->text)};
            failed = check_settings(p, lang, item, key.data, why);
        }
        buf_release(&key);
        if (failed)
            return -1;
    }
    return 0;
}

int phrases_add(struct phrases *p, const char *lang, const struct yaml *root, struct buf *why)
{
    if (root->kind != YAML_MAP)
        return buf_fail(why, "%s/%s: keys and texts are wanted", lang, p->file);
    if (add_map(p, arena_strdup(&p->arena, lang), "", root, why))
        return -1;
    qsort(p->entries, p->n, sizeof(*p->entries), by_lang_and_key);
    return 0;
}

bool phrases_has(const struct phrases *p, const char *key)
{
    return find(p, "en", key);
}

bool phrases_has_language(const struct phrases *p, const char *lang)
{
    for (size_t i = 0; i < p->n; i++)
        if (str_eq(p->entries[i].lang, lang))
            return true;
    return false;
}

/* Each {name} of `one` that `other` lacks: a line is left out whose value nobody gives. */
static void compare_values(const struct phrases *p, const struct entry *one,
                           const struct entry *other, const char *lang, const char *fault,
                           struct buf *out)
{
    for (const char *at = one->text; *at; at++) {
        size_t len = placeholder_len(at);
        if (len && !starts_with(at, "{BRAND_") &&
            !memmem(other->text, strlen(other->text), at, len))
            buf_printf(out, "%s/%s: %s: %.*s %s\n", lang, p->file, one->key, (int)len, at, fault);
    }
}

static void compare(const struct phrases *p, const char *lang, const struct entry *english,
                    struct buf *out)
{
    const struct entry *theirs = find(p, lang, english->key);
    if (!theirs) {
        buf_printf(out, "%s/%s: %s is missing\n", lang, p->file, english->key);
        return;
    }
    compare_values(p, english, theirs, lang, "is missing", out);
    compare_values(p, theirs, english, lang, "is not in the English one: is it misspelt?", out);
}

void phrases_missing(const struct phrases *p, struct buf *out)
{
    for (size_t i = 0; i < p->n; i++) {
        const struct entry *e = &p->entries[i];
        if (i && str_eq(e->lang, p->entries[i - 1].lang))
            continue;
        for (size_t k = 0; k < p->n; k++)
            if (str_eq(p->entries[k].lang, "en"))
                compare(p, e->lang, &p->entries[k], out);
    }
}

static const char *key_of(struct arena *a, const struct phrase_group *g, const char *at, size_t len)
{
    return arena_printf(a, "%s.%.*s", g->group, (int)len, at);
}

int phrases_complete(const struct phrases *p, const struct phrase_group *groups, const char *dir,
                     struct buf *why)
{
    struct arena a = ARENA_INIT;
    int failed = 0;
    for (const struct phrase_group *g = groups; g && g->group; g++)
        for (const char *at = g->keys; *at; at += strspn(at, " ")) {
            size_t len = strcspn(at, " ");
            const struct entry *e = find(p, "en", key_of(&a, g, at, len));
            if (!e || !*e->text) {
                buf_printf(why, "%s%s/en/phrases.yaml: %s.%.*s is missing", why->len ? "\n" : "",
                           dir, g->group, (int)len, at);
                failed = -1;
            }
            at += len;
        }
    arena_release(&a);
    return failed;
}

static bool is_said(const struct phrase_group *groups, const char *key)
{
    size_t len = strcspn(key, ".");
    for (const struct phrase_group *g = groups; g && g->group; g++)
        if (strlen(g->group) == len && !strncmp(g->group, key, len) && key[len])
            return words_have(g->keys, key + len + 1);
    return str_eq(key, "reviewed_by");
}

void phrases_unsaid(const struct phrases *p, const struct phrase_group *groups, struct buf *out)
{
    for (size_t i = 0; i < p->n; i++)
        if (!is_said(groups, p->entries[i].key))
            buf_printf(out, "%s/%s: %s is never said: is it misspelt?\n", p->entries[i].lang,
                       p->file, p->entries[i].key);
}

static const char *value_of(const struct phrases *p, const char *name, const struct fill *values,
                            size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq(values[i].name, name))
            return str_empty(values[i].value) ? NULL : values[i].value;
    bool is_brand = phrases_is_brand(p->settings, name, strlen(name));
    return is_brand ? settings_get(p->settings, name) : NULL;
}

/* One line, filled, at the end of `out`; false where a value is missing. */
static bool fill_line(const struct phrases *p, struct arena *a, const char *line, size_t len,
                      const struct fill *values, size_t n, struct buf *out)
{
    for (size_t i = 0; i < len;) {
        size_t hole = placeholder_len(line + i);
        if (!hole) {
            const char *next = memchr(line + i + 1, '{', len - i - 1);
            size_t plain = next ? (size_t)(next - line) - i : len - i;
            buf_add(out, line + i, plain);
            i += plain;
            continue;
        }
        const char *value = value_of(p, arena_strndup(a, line + i + 1, hole - 2), values, n);
        if (!value)
            return false;
        buf_str(out, value);
        i += hole;
    }
    return true;
}

#define MAX_FILLED (64 * 1024)

/* All lines that can be filled; *complete says whether that was all of them. */
static char *fill_lines(const struct phrases *p, struct arena *a, const char *text,
                        const struct fill *values, size_t n, bool *complete)
{
    struct buf out = BUF_INIT(MAX_FILLED), line = BUF_INIT(MAX_FILLED);
    size_t text_len = strlen(text);
    *complete = true;
    if (!strchr(text, '{')) /* most */
        return arena_strndup(a, text, text_len - ends_with(text, "\n"));
    bool first = true;
    for (const char *at = text; *at || first;) {
        size_t len = strcspn(at, "\n");
        buf_clear(&line);
        if (fill_line(p, a, at, len, values, n, &line)) {
            if (!first)
                buf_char(&out, '\n');
            buf_add(&out, line.data, line.len);
            first = false;
        } else {
            *complete = false;
        }
        at += len;
        if (!*at)
            break;
        at++;
    }
    buf_release(&line);
    return arena_take(a, &out);
}

char *phrases_fill(const struct phrases *p, struct arena *a, const char *text,
                   const struct fill *values, size_t n)
{
    bool complete;
    char *filled = fill_lines(p, a, text, values, n, &complete);
    return complete ? filled : NULL;
}

const char *phrase(const struct phrases *p, struct arena *a, const char *lang, const char *key,
                   const struct fill *values, size_t n)
{
    const struct entry *e = find(p, lang, key);
    if (!e)
        e = find(p, "en", key);
    if (!e) {
        log_error("phrases", "no phrase %s: add it to en/phrases.yaml", key);
        return key;
    }
    bool complete;
    char *filled = fill_lines(p, a, e->text, values, n, &complete);
    size_t len = strlen(filled);
    while (len && filled[len - 1] == '\n')
        filled[--len] = '\0';
    return filled;
}
