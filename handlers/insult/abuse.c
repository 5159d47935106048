#include "handlers/insult/abuse.h"

#include "handlers/faq/slang.h"
#include "handlers/lint.h"

#define MAX_TEXT (64 * 1024)

struct abuse {
    struct slang *words, *beside;
};

/* --- taking out --- */

/* `folded` itself where nothing of the list is in it. */
static const char *without(const struct slang *list, struct arena *a, const char *lang,
                           const char *folded)
{
    const char *own = slang_apply(list, a, lang, folded);
    return str_eq(lang, "en") ? own : slang_apply(list, a, "en", own);
}

static bool says_something(const char *folded)
{
    for (const char *at = folded, *end = at + strlen(at); at < end;) {
        enum text_kind kind = text_kind(text_next(&at, end));
        if (kind != TEXT_OTHER && kind != TEXT_SIGN)
            return true;
    }
    return false;
}

/* Where a message may be cut into questions; folding would make something else of some. */
static size_t sign_len(const char *s)
{
    static const char *const wide[] = {"。", "，", "！", "？", "；", "、", "：", "…"};
    if (strchr(".,!?;:\n", *s))
        return 1;
    for (size_t i = 0; i < ARRAY_LEN(wide); i++)
        if (starts_with(s, wide[i]))
            return strlen(wide[i]);
    return 0;
}

/* Piece by piece, so that signs stay and what has no abuse in it stays as it was typed. */
static void take_out(const struct abuse *abuse, struct arena *a, const char *lang, const char *text,
                     struct buf *out)
{
    for (const char *at = text; *at;) {
        const char *end = at;
        while (*end && !sign_len(end))
            end++;
        const char *piece = arena_strndup(a, at, (size_t)(end - at));
        const char *folded = text_fold_match(a, piece),
                   *rest = without(abuse->words, a, lang, folded);
        buf_str(out, rest == folded ? piece : rest);
        size_t sign = *end ? sign_len(end) : 0;
        buf_add(out, end, sign);
        at = end + sign;
    }
}

const char *abuse_take_out(const struct abuse *abuse, struct arena *a, const char *lang,
                           const char *text)
{
    const char *folded = text_fold_match(a, text), *rest = without(abuse->words, a, lang, folded);
    if (rest == folded)
        return NULL;
    if (!says_something(without(abuse->beside, a, lang, rest)))
        return "";
    struct buf out = BUF_INIT(MAX_TEXT);
    take_out(abuse, a, lang, text, &out);
    if (!buf_over(&out))
        rest = arena_strndup(a, out.data, out.len);
    buf_release(&out);
    return rest;
}

/* --- loading --- */

static bool is_text(struct lint *l, const struct yaml *node)
{
    bool is = node->kind == YAML_SCALAR && !str_empty(node->text);
    if (!is)
        lint_fault(l, node->line, "an entry of the list is a text");
    return is;
}

/* One letter alone stands in too many words. */
static void read_words(struct lint *l, struct slang *words, const char *lang,
                       const struct yaml *list)
{
    for (size_t i = 0; list && i < list->n; i++) {
        const struct yaml *node = &list->items[i];
        if (!is_text(l, node))
            continue;
        if (text_utf16_len(node->text, strlen(node->text)) < 2)
            lint_fault(l, node->line, "\"%s\" is too short for a word of abuse", node->text);
        else
            slang_add(words, lang, node->text, "");
    }
}

static void read_beside(struct lint *l, struct slang *beside, const char *lang,
                        const struct yaml *list)
{
    for (size_t i = 0; list && i < list->n; i++)
        if (is_text(l, &list->items[i]))
            slang_add(beside, lang, list->items[i].text, "");
}

static void check_plain(struct lint *l, const struct abuse *abuse, const char *lang,
                        const struct yaml *list)
{
    struct arena a = ARENA_INIT;
    for (size_t i = 0; list && i < list->n; i++)
        if (is_text(l, &list->items[i]) && abuse_take_out(abuse, &a, lang, list->items[i].text))
            lint_fault(l, list->items[i].line, "a word of the list is found in \"%s\"",
                       list->items[i].text);
    arena_release(&a);
}

/* English comes early: the names are sorted. */
static void read_file(struct abuse *abuse, struct lint *l, const char *lang,
                      const struct yaml *root)
{
    static const char *const keys[] = {"reviewed_by", "words", "beside", "plain", NULL};
    lint_keys(l, root, keys);
    read_words(l, abuse->words, lang, lint_member(l, root, "words", YAML_LIST));
    read_beside(l, abuse->beside, lang, lint_member(l, root, "beside", YAML_LIST));
    check_plain(l, abuse, lang, lint_member(l, root, "plain", YAML_LIST));
}

struct abuse *abuse_load(const struct handler_files *files, const struct settings *settings,
                         struct buf *why)
{
    struct abuse *abuse = xcalloc(1, sizeof(*abuse));
    abuse->words = slang_new();
    abuse->beside = slang_new();
    struct lint l;
    lint_init(&l, files, settings);
    for (size_t i = 0; i < files->n; i++) {
        char lang[3] = "";
        l.file = files->items[i].name;
        if (strlen(l.file) < 2 || !str_eq(l.file + 2, "/insults.yaml"))
            continue;
        memcpy(lang, l.file, 2);
        read_file(abuse, &l, lang, files->items[i].root);
    }
    if (lint_end(&l, why)) {
        abuse_free(abuse);
        return NULL;
    }
    return abuse;
}

void abuse_free(struct abuse *a)
{
    if (!a)
        return;
    slang_free(a->words);
    slang_free(a->beside);
    free(a);
}
