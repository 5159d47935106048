#include "handlers/tone/tone.h"

#include "handlers/lint.h"

#define MIN_OPENINGS 3 /* else one reads the same words too often */

struct sentences {
    const char **items;
    size_t n;
};

struct tone {
    const char *lang, *got;
    struct sentences openings[MOODS];
    struct sentences own; /* ids of items with first words of their own */
};

struct tones {
    struct arena arena; /* holds all strings */
    struct tone *items;
    size_t n;
};

/* --- loading --- */

struct reader {
    struct tones *tones;
    struct lint *lint;
};

static void read_openings(struct reader *r, struct tone *tone, const struct yaml *map)
{
    static const char *const keys[] = {"calm", "sorry", "plain", NULL};
    struct arena *a = &r->tones->arena;
    if (map)
        lint_keys(r->lint, map, keys);
    for (size_t m = 0; map && m < MOODS; m++) {
        const struct yaml *list = lint_member(r->lint, map, keys[m], YAML_LIST);
        struct sentences *out = &tone->openings[m];
        if (!list)
            continue;
        if (list->n < MIN_OPENINGS)
            lint_fault(r->lint, list->line, "%s is to have %d openings at least", keys[m],
                       MIN_OPENINGS);
        out->items = arena_alloc(a, (list->n + 1) * sizeof(*out->items));
        for (size_t i = 0; i < list->n; i++) {
            if (str_empty(list->items[i].text))
                lint_fault(r->lint, list->items[i].line, "an opening is a text");
            out->items[out->n++] = arena_strdup(a, list->items[i].text);
        }
    }
}

/* The limits and lists that check.c uses are of the right form. */
static void read_rules(struct reader *r, const struct yaml *root)
{
    struct lint *l = r->lint;
    static const char *const lists[] = {"never", "address_never"};
    for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
        const struct yaml *list = lint_member(l, root, lists[i], YAML_LIST);
        for (size_t k = 0; list && k < list->n; k++)
            if (str_empty(list->items[k].text))
                lint_fault(l, list->items[k].line, "what is not to be said is a text");
    }
    static const char *const maps[] = {"always_said", "opens_with"};
    for (size_t i = 0; i < ARRAY_LEN(maps); i++) {
        const struct yaml *map = lint_member(l, root, maps[i], YAML_MAP);
        for (size_t k = 0; map && k < map->n; k++)
            if (str_empty(map->items[k].text))
                lint_fault(l, map->items[k].line, "%s: the words are missing", map->items[k].key);
    }
    const struct yaml *max = lint_member(l, root, "max_sentence", YAML_SCALAR);
    const char *unit = max ? max->text + strspn(max->text, "0123456789") : "";
    if (max && (unit == max->text || (!str_eq(unit, " words") && !str_eq(unit, " characters"))))
        lint_fault(l, max->line, "max_sentence is to be as \"25 words\" or \"45 characters\"");
    if (yaml_int(root, "max_steps", 0) < 1)
        lint_fault(l, root->line, "max_steps is to be a number");
}

static void read_file(struct reader *r, struct tone *tone, const struct yaml *root)
{
    static const char *const keys[] = {
        "reviewed_by",  "openings",  "got",         "never",      "address", "address_never",
        "max_sentence", "max_steps", "always_said", "opens_with", NULL};
    struct arena *a = &r->tones->arena;
    lint_keys(r->lint, root, keys);
    read_openings(r, tone, lint_member(r->lint, root, "openings", YAML_MAP));
    const struct yaml *got = lint_member(r->lint, root, "got", YAML_SCALAR);
    tone->got = arena_strdup(a, got ? got->text : "");
    if (got && !strstr(got->text, "{facts}"))
        lint_fault(r->lint, got->line, "got is to have {facts}");
    if (got)
        lint_placeholders(r->lint, got->line, got->text, "{facts} and ");
    read_rules(r, root);
    const struct yaml *own = yaml_get(root, "opens_with");
    tone->own.items = arena_alloc(a, (own ? own->n + 1 : 1) * sizeof(*tone->own.items));
    for (size_t i = 0; own && i < own->n; i++)
        if (own->kind == YAML_MAP)
            tone->own.items[tone->own.n++] = arena_strdup(a, own->items[i].key);
}

struct tones *tones_load(const struct handler_files *files, const struct settings *settings,
                         struct buf *why)
{
    struct lint lint;
    struct reader r = {xcalloc(1, sizeof(*r.tones)), &lint};
    struct tones *t = r.tones;
    lint_init(&lint, files, settings);
    t->items = arena_alloc(&t->arena, (files->n + 1) * sizeof(*t->items));
    for (size_t i = 0; i < files->n; i++) {
        const char *name = files->items[i].name, *slash = strchr(name, '/');
        if (!str_eq(slash, "/tone.yaml"))
            continue;
        lint.file = name;
        struct tone *tone = &t->items[t->n++];
        tone->lang = arena_strndup(&t->arena, name, (size_t)(slash - name));
        read_file(&r, tone, files->items[i].root);
    }
    if (lint_end(&lint, why)) {
        tones_free(t);
        return NULL;
    }
    return t;
}

void tones_free(struct tones *t)
{
    if (!t)
        return;
    arena_release(&t->arena);
    free(t);
}

/* --- what is said --- */

static const struct tone *find(const struct tones *t, const char *lang)
{
    for (size_t i = 0; i < t->n; i++)
        if (str_eq(t->items[i].lang, lang))
            return &t->items[i];
    return NULL;
}

size_t tones_openings(const struct tones *t, const char *lang, enum mood mood)
{
    const struct tone *tone = find(t, lang);
    return tone ? tone->openings[mood].n : 0;
}

const char *tones_opening(const struct tones *t, const char *lang, enum mood mood, size_t which)
{
    return find(t, lang)->openings[mood].items[which];
}

const char *tones_got(const struct tones *t, const char *lang)
{
    const struct tone *tone = find(t, lang);
    return tone ? tone->got : "";
}

bool tones_opens_itself(const struct tones *t, const char *lang, const char *id)
{
    const struct tone *tone = find(t, lang);
    for (size_t i = 0; tone && i < tone->own.n; i++)
        if (str_eq(tone->own.items[i], id))
            return true;
    return false;
}
