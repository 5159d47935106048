#include "handlers/tone/check.h"

#include <ctype.h>

#define UNREVIEWED "nobody yet"

/* Of one language. */
struct check {
    const struct handler_files *files;
    const struct yaml *items; /* items.yaml, or NULL */
    const struct yaml *tone;
    const char *file; /* name of the one that is being checked */
    size_t max_sentence, max_steps;
    bool counts_characters; /* not words */
    struct arena arena;
    struct buf *out;
};

/* To whom, and about what. What stands on a customer's button is in his words: as to staff. */
enum tie { TO_STAFF, TO_CUSTOMER, ABOUT_MONEY };

static void fault(struct check *c, int line, const char *fmt, ...) PRINTF_LIKE(3, 4);
static void fault(struct check *c, int line, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    buf_printf(c->out, "%s:%d: ", c->file, line);
    buf_vprintf(c->out, fmt, args);
    buf_char(c->out, '\n');
    va_end(args);
}

/* --- sentences --- */

static bool is_emoji(int32_t c)
{
    return (c >= 0x1f000 && c <= 0x1faff) || (c >= 0x2600 && c <= 0x27bf) || c == 0x2b50 ||
           c == 0x2b55 || c == 0xfe0f;
}

/* Is the sentence over with this character? A point within a word or number does not end it. */
static bool is_end(int32_t c, const char *rest)
{
    static const int32_t always[] = {'\n', 0x3002 /* 。 */, 0xff01 /* ！ */, 0xff1f /* ？ */};
    for (size_t i = 0; i < ARRAY_LEN(always); i++)
        if (c == always[i])
            return true;
    return (c == '.' || c == '!' || c == '?') && (!*rest || is_space(*rest));
}

/* Words have a letter or digit; what is between { and } is one. */
static size_t sentence_len(const struct check *c, const char *s, const char *end)
{
    size_t words = 0, characters = 0;
    bool in_word = false;
    while (s < end) {
        if (*s == '{')
            s += strcspn(s, "}");
        const char *at = s;
        int32_t ch = text_next(&s, end);
        if (ch < 0x80 && isspace(ch)) {
            in_word = false;
            continue;
        }
        characters++;
        bool is_letter = ch < 0x80 ? isalnum(ch) || *at == '}' : ch < 0x2000 || ch > 0x206f;
        if (is_letter && !in_word) {
            words++;
            in_word = true;
        }
    }
    return c->counts_characters ? characters : words;
}

static void check_sentences(struct check *c, const struct yaml *node)
{
    const char *s = node->text, *end = s + strlen(s), *begin = s;
    while (s < end) {
        int32_t ch = text_next(&s, end);
        if (s < end && !is_end(ch, s))
            continue;
        size_t len = sentence_len(c, begin, s);
        if (len > c->max_sentence)
            fault(c, node->line, "a sentence of %zu %s, of which %zu are allowed: %s", len,
                  c->counts_characters ? "characters" : "words", c->max_sentence,
                  text_excerpt(&c->arena, begin, 40));
        begin = s;
    }
}

/* --- texts --- */

static void check_signs(struct check *c, const struct yaml *node)
{
    for (const char *s = node->text, *end = s + strlen(s); s < end;) {
        int32_t ch = text_next(&s, end);
        if (is_emoji(ch) || ch == '!' || ch == 0xff01) {
            fault(c, node->line, "no emoji and no \"!\" where money or safety is at stake");
            return;
        }
    }
}

static void check_text(struct check *c, const struct yaml *node, enum tie tie)
{
    const struct yaml *never = yaml_get(c->tone, "never");
    const struct yaml *address = yaml_get(c->tone, "address_never");
    const char *text = text_fold_match(&c->arena, node->text);
    for (size_t i = 0; never && i < never->n; i++)
        if (strstr(text, text_fold_match(&c->arena, never->items[i].text)))
            fault(c, node->line, "we never say \"%s\"", never->items[i].text);
    if (tie == TO_STAFF)
        return;
    text = text_small(&c->arena, node->text);
    for (size_t i = 0; address && i < address->n; i++)
        if (strstr(text, text_small(&c->arena, address->items[i].text)))
            fault(c, node->line, "nobody is addressed with \"%s\"", address->items[i].text);
    check_sentences(c, node);
    if (tie == ABOUT_MONEY)
        check_signs(c, node);
}

/* A text and all below it. */
static void check_texts(struct check *c, const struct yaml *node, enum tie tie)
{
    static const char *const theirs[] = {
        "words", "thanks_words", "no_help_words", "joins",      "links",
        "ends",  "asks",         "asks_members",  "fails_words"};         /* what customers write */
    static const char *const not_said[] = {"staff", "yes", "no", "name"}; /* guard.staff; labels */
    for (size_t i = 0; i < ARRAY_LEN(theirs); i++)
        if (str_eq(node->key, theirs[i]))
            return;
    for (size_t i = 0; i < ARRAY_LEN(not_said); i++)
        if (str_eq(node->key, not_said[i]))
            tie = TO_STAFF;
    if (node->kind == YAML_SCALAR)
        check_text(c, node, tie);
    for (size_t i = 0; i < node->n; i++)
        check_texts(c, &node->items[i], tie);
}

/* --- items --- */

static bool has_words(struct check *c, const struct yaml *node, const char *words)
{
    if (node->kind == YAML_SCALAR &&
        strstr(text_fold_match(&c->arena, node->text), text_fold_match(&c->arena, words)))
        return true;
    for (size_t i = 0; i < node->n; i++)
        if (has_words(c, &node->items[i], words))
            return true;
    return false;
}

static void check_item(struct check *c, const struct yaml *item)
{
    const struct yaml *answer = yaml_get(item, "answer"), *title = yaml_get(item, "title");
    const char *always = yaml_str(yaml_get(c->tone, "always_said"), item->key);
    const char *first = yaml_str(yaml_get(c->tone, "opens_with"), item->key);
    int64_t priority = yaml_int(yaml_get(c->items, item->key), "priority", 3);
    if (title)
        check_texts(c, title, TO_STAFF);
    if (!answer)
        return;
    check_texts(c, answer, priority < 3 ? ABOUT_MONEY : TO_CUSTOMER);
    if (answer->n > c->max_steps)
        fault(c, answer->line, "%zu steps, of which %zu are allowed", answer->n, c->max_steps);
    if (always && !has_words(c, answer, always))
        fault(c, answer->line, "%s is always told with \"%s\"", item->key, always);
    if (first && (!answer->n || !has_words(c, &answer->items[0], first)))
        fault(c, answer->line, "%s opens with \"%s\"", item->key, first);
}

static void check_kind(struct check *c, const struct yaml *kind)
{
    static const char *const light[] = {"price", "smalltalk", "offtopic", "gibberish"};
    enum tie tie = ABOUT_MONEY;
    for (size_t i = 0; i < ARRAY_LEN(light); i++)
        if (str_eq(kind->key, light[i]))
            tie = TO_CUSTOMER;
    const struct yaml *answer = yaml_get(kind, "answer");
    if (answer)
        check_texts(c, answer, tie);
}

/* --- files --- */

static void check_phrases(struct check *c, const struct yaml *root, enum tie to_customers)
{
    static const char *const to_staff[] = {"reason",  "staff",  "fate", "room",     "menu",
                                           "refused", "button", "noun", "same_txid"};
    for (size_t i = 0; i < root->n; i++) {
        enum tie tie = to_customers;
        for (size_t k = 0; k < ARRAY_LEN(to_staff); k++)
            if (str_eq(root->items[i].key, to_staff[k]))
                tie = TO_STAFF;
        check_texts(c, &root->items[i], tie);
    }
}

static void check_own(struct check *c, const struct yaml *root)
{
    static const char *const said[] = {"openings", "got"};
    for (size_t i = 0; i < ARRAY_LEN(said); i++)
        if (yaml_get(root, said[i]))
            check_texts(c, yaml_get(root, said[i]), ABOUT_MONEY);
}

static void check_file(struct check *c, const char *name, const struct yaml *root)
{
    const struct yaml *items = yaml_get(root, "items"), *kinds = yaml_get(root, "kinds");
    if (str_empty(yaml_str(root, "reviewed_by")))
        fault(c, 1, "reviewed_by is missing: who has read it, or \"" UNREVIEWED "\"");
    if (str_eq(name, "phrases.yaml"))
        check_phrases(c, root, TO_CUSTOMER);
    else if (str_eq(name, "flows.yaml"))
        check_phrases(c, root, ABOUT_MONEY);
    else if (str_eq(name, "tone.yaml"))
        check_own(c, root);
    else if (str_eq(name, "replies.yaml"))
        check_texts(c, root, ABOUT_MONEY);
    for (size_t i = 0; items && i < items->n; i++)
        check_item(c, &items->items[i]);
    for (size_t i = 0; kinds && i < kinds->n; i++)
        check_kind(c, &kinds->items[i]);
}

/* --- all --- */

static const struct yaml *find(const struct handler_files *files, const char *lang, size_t len,
                               const char *name)
{
    for (size_t i = 0; i < files->n; i++) {
        const char *at = files->items[i].name;
        if (!strncmp(at, lang, len) && at[len] == '/' && str_eq(at + len + 1, name))
            return files->items[i].root;
    }
    return NULL;
}

/* The files of "zh/" from the i-th on. */
static void check_language(struct check *c, size_t from, size_t len)
{
    const struct file_tree *all = c->files->items;
    const char *max = yaml_str(c->tone, "max_sentence");
    c->max_sentence = max ? strtoul(max, NULL, 10) : SIZE_MAX;
    c->counts_characters = max && strstr(max, "characters");
    c->max_steps = (size_t)yaml_int(c->tone, "max_steps", INT64_MAX);
    for (size_t i = from; i < c->files->n && !strncmp(all[i].name, all[from].name, len + 1); i++) {
        c->file = all[i].name;
        check_file(c, all[i].name + len + 1, all[i].root);
    }
}

/* What zaide speaks has phrases. Files are sorted, so a language's stand together. */
void tone_check(const struct handler_files *files, struct buf *out)
{
    struct check c = {.files = files, .out = out};
    for (size_t i = 0; i < files->n; i++)
        if (str_eq(files->items[i].name, "items.yaml"))
            c.items = files->items[i].root;
    for (size_t i = 0; i < files->n; i++) {
        const char *name = files->items[i].name;
        size_t len = strcspn(name, "/");
        bool is_first = !i || strncmp(files->items[i - 1].name, name, len + 1) != 0;
        if (!is_first || !find(files, name, len, "phrases.yaml"))
            continue;
        c.tone = find(files, name, len, "tone.yaml");
        if (!c.tone)
            buf_printf(out, "%.*s/tone.yaml is missing: how zaide sounds\n", (int)len, name);
        check_language(&c, i, len);
    }
    arena_release(&c.arena);
}

struct reviews tone_reviews(const struct handler_files *files)
{
    struct reviews r = {0, 0};
    for (size_t i = 0; i < files->n; i++) {
        const char *name = files->items[i].name, *by;
        size_t len = strcspn(name, "/");
        if (!find(files, name, len, "phrases.yaml"))
            continue;
        by = yaml_str(files->items[i].root, "reviewed_by");
        r.files++;
        r.open += str_empty(by) || starts_with(by, UNREVIEWED);
    }
    return r;
}
