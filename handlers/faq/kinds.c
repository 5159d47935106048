#include "handlers/faq/kinds.h"

#include "handlers/lint.h"
#include "handlers/staff/case.h"

#define SURE        0.8           /* of what these words are */
#define SURE_ENOUGH 0.5           /* where care would be missed */
#define MAX_PUZZLES 2             /* in a row; the next goes to a person */
#define CARED       "kinds.cared" /* in which case: said once in each */

struct behaviour {
    const char *kind;
    const char *reason; /* why it becomes a case; NULL: it does not */
    int priority;
    bool picks;   /* one of its lines, not all */
    bool puzzles; /* we did not understand */
    bool flags;   /* the moderators hear of it */
};

static const struct behaviour behaviours[] = {
    {.kind = "distress", .reason = "distress", .priority = 1},
    {.kind = "complaint", .reason = "complaint", .priority = 2},
    {.kind = "uncovered", .reason = "uncovered", .priority = 3},
    {.kind = "price"},
    {.kind = "smalltalk", .picks = true},
    {.kind = "offtopic", .puzzles = true},
    {.kind = "gibberish", .puzzles = true},
    {.kind = "scam", .flags = true},
};

struct lines {
    const char *lang;
    const struct behaviour *of;
    const char **items;
    size_t n;
};

struct kinds {
    struct arena arena; /* holds all strings */
    struct lines *lines;
    size_t n, cap;
};

static const struct behaviour *find_behaviour(const char *kind)
{
    for (size_t i = 0; i < ARRAY_LEN(behaviours); i++)
        if (str_eq(behaviours[i].kind, kind))
            return &behaviours[i];
    return NULL;
}

static const struct lines *find_lines(const struct kinds *k, const char *lang,
                                      const struct behaviour *of)
{
    for (size_t i = 0; i < k->n; i++)
        if (str_eq(k->lines[i].lang, lang) && k->lines[i].of == of)
            return &k->lines[i];
    return NULL;
}

/* --- loading --- */

/* At least one line stands without a setting, or nothing might be left to say. */
static void read_kind(struct kinds *k, struct lint *l, const char *lang, const struct yaml *map)
{
    static const char *const keys[] = {"answer", "examples", NULL};
    struct lines lines = {.lang = lang, .of = find_behaviour(map->key)};
    bool stands_alone = false;
    if (!lines.of)
        lint_fault(l, map->line, "%s is no kind that zaide knows", map->key);
    lint_keys(l, map, keys);
    const struct yaml *answer = lint_member(l, map, "answer", YAML_LIST);
    lines.items = arena_alloc(&k->arena, ((answer ? answer->n : 0) + 1) * sizeof(*lines.items));
    for (size_t i = 0; answer && i < answer->n; i++) {
        const struct yaml *line = &answer->items[i];
        if (str_empty(line->text)) {
            lint_fault(l, line->line, "a line of an answer is a text");
            continue;
        }
        lint_placeholders(l, line->line, line->text, "");
        stands_alone |= !strchr(line->text, '{');
        lines.items[lines.n++] = arena_strdup(&k->arena, line->text);
    }
    if (answer && !stands_alone)
        lint_fault(l, answer->line, "no line of %s stands without a setting", map->key);
    ARENA_GROW(&k->arena, k->lines, k->n, k->cap);
    k->lines[k->n++] = lines;
}

static void read_file(struct kinds *k, struct lint *l, const char *lang, const struct yaml *root)
{
    static const char *const keys[] = {"reviewed_by", "kinds", NULL};
    lint_keys(l, root, keys);
    const struct yaml *map = lint_member(l, root, "kinds", YAML_MAP);
    for (size_t i = 0; map && i < map->n; i++)
        read_kind(k, l, lang, &map->items[i]);
}

struct kinds *kinds_load(const struct handler_files *files, const struct settings *settings,
                         struct buf *why)
{
    struct kinds *k = xcalloc(1, sizeof(*k));
    struct lint l;
    lint_init(&l, files, settings);
    for (size_t i = 0; i < files->n; i++) {
        const char *name = files->items[i].name, *slash = strchr(name, '/');
        if (!str_eq(slash, "/kinds.yaml"))
            continue;
        l.file = name;
        read_file(k, &l, arena_strndup(&k->arena, name, (size_t)(slash - name)),
                  files->items[i].root);
    }
    if (lint_end(&l, why)) {
        kinds_free(k);
        return NULL;
    }
    return k;
}

void kinds_free(struct kinds *k)
{
    if (!k)
        return;
    arena_release(&k->arena);
    free(k);
}

/* --- answering --- */

/* What its settings allow, one below the other; or one of them, the same for the same event. */
static const char *words(const struct turn *t, const struct lines *lines)
{
    const char **said = arena_alloc(t->arena, (lines->n + 1) * sizeof(*said));
    size_t n = 0;
    for (size_t i = 0; i < lines->n; i++) {
        said[n] = phrases_fill(t->phrases, t->arena, lines->items[i], NULL, 0);
        n += said[n] != NULL;
    }
    if (lines->of->picks)
        return n ? said[turn_draw(t, n)] : "";
    const char *text = "";
    for (size_t i = 0; i < n; i++)
        text = arena_printf(t->arena, "%s%s%s", text, i ? "\n" : "", said[i]);
    return text;
}

static struct effect *say_words(const struct turn *t, struct effects *e, const struct lines *lines)
{
    struct content content = {.text = words(t, lines)};
    return effect_say(e, LANE_CUSTOMER, &content);
}

static enum verdict open_case(const struct turn *t, struct effects *e, const struct lines *lines)
{
    const struct behaviour *b = lines->of;
    bool is_first = b->priority == 1; /* before all others */
    say_words(t, e, lines);
    struct case_opening why = {.reason = b->reason, .team = "support", .priority = b->priority};
    effect_enqueue(e, &why);
    if (is_first) {
        effect_var(e, CARED, turn_number(t, t->subject->case_no));
        effect_var(e, CASE_NOTIFY, case_leads(t));
    }
    return HANDLER_PASS;
}

/* Staff rooms hear of it; nobody needs to act at once. */
static void tell_moderators(const struct turn *t, struct effects *e)
{
    const char *name = str_empty(t->event->name) ? t->subject->id : t->event->name;
    for (size_t i = 0; i < t->facts->n_rooms; i++)
        effect_tell(e, t->facts->rooms[i].id,
                    arena_printf(t->arena, "scam %s\n%s", text_excerpt(t->arena, name, 40),
                                 text_excerpt(t->arena, t->event->content.text, 200)));
    effect_count(e, "faq.scam", 1);
}

enum verdict kinds_answer(const struct kinds *k, const struct turn *t, struct effects *e,
                          const char *kind, double confidence)
{
    const struct conversation *c = t->subject;
    const struct behaviour *b = find_behaviour(kind);
    const struct lines *lines = find_lines(k, turn_lang(t, LANE_CUSTOMER), b);
    if (!lines)
        lines = find_lines(k, "en", b);
    if (!b || !lines || confidence < (b->priority == 1 ? SURE_ENOUGH : SURE))
        return HANDLER_PASS;
    if (b->flags)
        tell_moderators(t, e);
    if (c->state != STATE_BOT) {
        bool cares = b->priority == 1 && conversation_var_int(c, CARED) != c->case_no;
        return cares ? open_case(t, e, lines) : HANDLER_PASS;
    }
    if (b->reason)
        return open_case(t, e, lines);
    if (b->puzzles && c->misses >= MAX_PUZZLES)
        return HANDLER_PASS;
    if (b->puzzles || c->misses)
        effect_set_int(e, misses, b->puzzles ? c->misses + 1 : 0);
    if (b->flags && !t->event->is_private)
        return HANDLER_DONE; /* in a group an answer would only make it larger */
    struct effect *said = say_words(t, e, lines);
    if (b->puzzles) {
        say_button(t, e, said, "button.topics", "topics", false);
        say_button(t, e, said, "button.human", "human", true);
    }
    return HANDLER_DONE;
}
