#include "handlers/staff/canned.h"

#include "handlers/lint.h"
#include "handlers/staff/case.h"
#include "handlers/staff/commands.h"

#define COMMAND    "/reply"
#define MAX_UNITS  1000 /* UTF-16: a customer reads it on a telephone */
#define MAX_LISTED 40
#define FIRST      50 /* characters of it in a list */

struct reply {
    const char *lang, *name, *text;
};

struct canned {
    struct arena arena;    /* holds all strings */
    struct reply *replies; /* in the order of the files */
    size_t n, cap;
    const char **langs; /* that zaide speaks: they have phrases */
    size_t n_langs;
};

static const struct reply *find(const struct canned *c, const char *lang, const char *name)
{
    for (size_t i = 0; i < c->n; i++)
        if (str_eq(c->replies[i].lang, lang) && str_eq(c->replies[i].name, name))
            return &c->replies[i];
    return NULL;
}

/* --- loading --- */

static void read_reply(struct canned *c, struct lint *l, const char *lang, const struct yaml *item)
{
    if (!lint_is_id(item->key))
        lint_fault(l, item->line, "%s: a name has small letters, digits and _, at most %d",
                   item->key, LINT_MAX_ID);
    if (item->kind != YAML_SCALAR || str_empty(item->text)) {
        lint_fault(l, item->line, "%s: a reply is one text", item->key);
        return;
    }
    if (text_utf16_len(item->text, strlen(item->text)) > MAX_UNITS)
        lint_fault(l, item->line, "%s is longer than %d characters", item->key, MAX_UNITS);
    lint_placeholders(l, item->line, item->text, "{alias}, {case} and ");
    size_t len = strlen(item->text);
    while (len && item->text[len - 1] == '\n')
        len--;
    ARENA_GROW(&c->arena, c->replies, c->n, c->cap);
    c->replies[c->n++] = (struct reply){lang, arena_strdup(&c->arena, item->key),
                                        arena_strndup(&c->arena, item->text, len)};
}

static void read_file(struct canned *c, struct lint *l, const char *lang, const struct yaml *root)
{
    static const char *const keys[] = {"reviewed_by", "replies", NULL};
    lint_keys(l, root, keys);
    const struct yaml *replies = lint_member(l, root, "replies", YAML_MAP);
    for (size_t i = 0; replies && i < replies->n; i++)
        read_reply(c, l, lang, &replies->items[i]);
}

struct canned *canned_load(const struct handler_files *files, const struct settings *settings,
                           struct buf *why)
{
    struct canned *c = xcalloc(1, sizeof(*c));
    struct lint l;
    lint_init(&l, files, settings);
    c->langs = arena_alloc(&c->arena, files->n * sizeof(*c->langs));
    for (size_t i = 0; i < files->n; i++) {
        const char *name = files->items[i].name, *slash = name + strcspn(name, "/");
        const char *lang = arena_strndup(&c->arena, name, (size_t)(slash - name));
        l.file = name;
        if (str_eq(slash, "/phrases.yaml"))
            c->langs[c->n_langs++] = lang;
        else if (str_eq(slash, "/replies.yaml"))
            read_file(c, &l, lang, files->items[i].root);
    }
    if (lint_end(&l, why)) {
        canned_free(c);
        return NULL;
    }
    return c;
}

void canned_free(struct canned *c)
{
    if (!c)
        return;
    arena_release(&c->arena);
    free(c);
}

/* Is it the first of this name? */
static bool is_first(const struct canned *c, const struct reply *reply)
{
    for (const struct reply *r = c->replies; r < reply; r++)
        if (str_eq(r->name, reply->name))
            return false;
    return true;
}

void canned_check(const struct canned *c, struct buf *out)
{
    for (size_t i = 0; i < c->n; i++)
        for (size_t l = 0; is_first(c, &c->replies[i]) && l < c->n_langs; l++)
            if (!find(c, c->langs[l], c->replies[i].name))
                buf_printf(out, "%s/replies.yaml: %s is missing\n", c->langs[l],
                           c->replies[i].name);
}

/* --- what there is --- */

static const struct reply *find_for(const struct canned *c, const struct turn *t, const char *name)
{
    const struct reply *found = find(c, turn_lang(t, LANE_CUSTOMER), name);
    return found ? found : find(c, "en", name);
}

static const char *filled(const struct turn *t, const struct reply *reply, const char *no_case)
{
    const char *no = t->subject->case_no ? turn_number(t, t->subject->case_no) : no_case;
    struct fill values[] = {{"alias", t->agent->alias}, {"case", no}};
    return phrases_fill(t->phrases, t->arena, reply->text, values, ARRAY_LEN(values));
}

/* "txid  Please send me …": those that could be sent now. */
static void tell_all(const struct canned *c, const struct turn *t, struct effects *e)
{
    char *lines = arena_strdup(t->arena, "");
    size_t n = 0;
    for (size_t i = 0; i < c->n; i++) {
        const struct reply *reply = find_for(c, t, c->replies[i].name);
        const char *text = reply && is_first(c, &c->replies[i]) ? filled(t, reply, "…") : NULL;
        if (text && n++ < MAX_LISTED)
            lines = arena_printf(t->arena, "%s%s%s  %s", lines, *lines ? "\n" : "", reply->name,
                                 text_excerpt(t->arena, text, FIRST));
    }
    if (n)
        staff_say(t, e, "staff.replies", FILL("replies", lines),
                  FILL("more", n > MAX_LISTED ? turn_number(t, (int64_t)(n - MAX_LISTED)) : ""));
    else
        staff_deny(t, e, "staff.replies_none");
}

static void tell_unknown(const struct canned *c, const struct turn *t, struct effects *e,
                         const char *name)
{
    char *near = arena_strdup(t->arena, "");
    for (size_t i = 0; i < c->n; i++) {
        const char *known = c->replies[i].name;
        bool is_near =
            edit_distance(name, known) <= strlen(name) / 3 + 1 || starts_with(known, name);
        if (is_near && is_first(c, &c->replies[i]) && find_for(c, t, known))
            near = arena_printf(t->arena, "%s%s%s", near, *near ? " " : "", known);
    }
    staff_deny(t, e, "staff.no_such_reply", FILL("name", name), FILL("near", near));
}

/* The first setting that a text wants and that is not set; "": none. */
static const char *lacking(const struct turn *t, const struct reply *reply)
{
    for (const char *at = reply->text; (at = strstr(at, "{BRAND_")); at++) {
        const char *name = arena_strndup(t->arena, at + 1, strcspn(at + 1, "}"));
        if (!settings_has(t->settings, name))
            return name;
    }
    return "";
}

/* --- /reply --- */

bool canned_is_asked(const struct content *typed)
{
    size_t len = strlen(COMMAND);
    return typed->kind == CONTENT_TEXT && starts_with(typed->text, COMMAND) &&
           (!typed->text[len] || strchr(" @\n", typed->text[len]));
}

const char *canned_words(const struct canned *c, const struct turn *t, struct effects *e,
                         const struct content *typed)
{
    const char *rest = typed->text + strlen(COMMAND);
    if (*rest == '@') /* "/reply@the_bot txid" */
        rest += strcspn(rest, " \n");
    rest += strspn(rest, " \n");
    const char *name = arena_strndup(t->arena, rest, strcspn(rest, " \n"));
    if (!*name) {
        tell_all(c, t, e);
        return NULL;
    }
    const struct reply *reply = find_for(c, t, name);
    if (!reply) {
        tell_unknown(c, t, e, name);
        return NULL;
    }
    const char *text = filled(t, reply, ""), *setting = lacking(t, reply);
    if (!text && *setting)
        staff_deny(t, e, "staff.reply_unset", FILL("name", name), FILL("setting", setting));
    else if (!text)
        staff_deny(t, e, "staff.no_case");
    return text;
}

bool canned_say(const struct canned *c, const struct turn *t, struct effects *e,
                const struct content *typed, int64_t line)
{
    const char *words = canned_words(c, t, e, typed);
    if (!words)
        return false;
    struct content content = {.text = words};
    content.about_line = typed->about_line > 0 ? typed->about_line : 0;
    effect_say_as(e, t->agent->name, line, &content);
    case_answered(t, e);
    say(t, e, LANE_STAFF, "staff.replied", FILL("text", words));
    if (str_eq(t->event->from.platform, "cli"))
        effect_show(e, words);
    return true;
}
