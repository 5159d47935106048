#include "handlers/announce/draft.h"

#include "bot/base/csv.h"
#include "handlers/staff/commands.h"
#include "handlers/verify/officials.h"

#include <inttypes.h>

struct reading {
    const struct turn *t;
    struct arena *arena;
    const char *pictures;
    struct announcement *out;
    struct draft_fault *fault; /* the first */
};

static bool fail(struct reading *r, const char *key, const char *what)
{
    if (!r->fault->key)
        *r->fault = (struct draft_fault){key, arena_strdup(r->arena, what ? what : "")};
    return false;
}

/* --- values --- */

/* A map has these and no others. */
static bool has_only(struct reading *r, const struct yaml *map, const char *keys)
{
    for (size_t i = 0; i < map->n; i++)
        if (!words_have(keys, map->items[i].key))
            return fail(r, "unknown_key", map->items[i].key);
    return true;
}

/* "zh vi", "zh, vi" or a list, as words with one blank between. */
static const char *words_of(struct reading *r, const struct yaml *map, const char *key)
{
    const struct yaml *y = yaml_get(map, key);
    struct buf out = BUF_INIT(64 * 1024);
    for (size_t i = 0; y && i < (y->kind == YAML_LIST ? y->n : 1); i++) {
        const char *at = y->kind == YAML_LIST ? y->items[i].text : y->text;
        for (size_t len; at && *at; at += len) {
            at += strspn(at, " ,;\n");
            len = strcspn(at, " ,;\n");
            if (len && out.len)
                buf_char(&out, ' ');
            buf_add(&out, at, len);
        }
    }
    return arena_take(r->arena, &out);
}

/* A length of time before now (or after it), or a date and time in UTC. 0: nothing is said. */
static int64_t time_of(struct reading *r, const struct yaml *map, const char *key, int direction)
{
    const char *text = yaml_str(map, key);
    struct tm day = {0};
    int64_t ms;
    if (str_empty(text))
        return 0;
    if (!parse_duration(text, &ms))
        return r->t->event->now_ms + direction * ms;
    const char *end = strptime(text, "%Y-%m-%d", &day);
    int wanted = day.tm_mday;
    if (end && *end) /* "2026-11-22 18:00", "2026-11-22T18:00Z" */
        end = strptime(end + (*end == 'T'), "%H:%M", &day);
    ms = timegm(&day) * INT64_C(1000);
    if (end)
        end += strspn(end, " ");
    if (end && (!*end || str_eq(end, "Z") || str_eq(end, "UTC")) && day.tm_mday == wanted)
        return ms;
    fail(r, "bad_time", text);
    return 0;
}

/* --- links --- */

static bool is_link_char(char c)
{
    return is_alnum(c) || (c && strchr("-._~:/?#@+%=&", c));
}

/* Letters, digits and hyphens with dots between, the last part of letters. */
static bool looks_like_host(const char *s)
{
    size_t len = strcspn(s, "/?#:"), last = 0, dots = 0;
    for (size_t i = 0; i < len; i++) {
        if (s[i] == '.')
            last = i + 1;
        else if (!is_alnum(s[i]) && s[i] != '-')
            return false;
        dots += s[i] == '.';
    }
    for (size_t i = last; i < len; i++)
        if (!is_alpha(s[i]))
            return false;
    return dots && len - last >= 2;
}

static bool check_link(struct reading *r, const struct officials *ours, const char *link)
{
    static const struct title_words none = {0};
    struct standing_verdict found = standing_of(r->arena, &none, ours, link);
    return found.standing == STANDING_OFFICIAL || fail(r, "foreign_link", link);
}

/* Whatever a platform would make a link of. */
static bool check_words(struct reading *r, const struct officials *ours, const char *text)
{
    for (const char *at = text; *at;) {
        if (!is_link_char(*at)) {
            at++;
            continue;
        }
        size_t len = 0;
        while (is_link_char(at[len]))
            len++;
        char *word = arena_strndup(r->arena, at, len);
        at += len;
        while (len && strchr(".:?-~", word[len - 1])) /* the sentence's own */
            word[--len] = '\0';
        bool is_handle = *word == '@' && is_alpha(word[1]);
        if ((is_handle || strstr(word, "://") || looks_like_host(word)) &&
            !check_link(r, ours, word))
            return false;
    }
    return true;
}

static bool check_content(struct reading *r, const struct officials *ours, const struct content *c)
{
    int64_t max = c->n_files ? DRAFT_MAX_CAPTION : DRAFT_MAX_TEXT;
    if (content_is_empty(c))
        return fail(r, "no_text", NULL);
    if ((int64_t)text_utf16_len(c->text, strlen(c->text)) > max)
        return fail(r, "too_long", arena_int(r->arena, max));
    for (size_t i = 0; i < c->n_entities; i++)
        if (c->entities[i].type == ENTITY_LINK && !check_link(r, ours, c->entities[i].url))
            return false;
    for (size_t i = 0; i < c->n_buttons; i++)
        if (!check_link(r, ours, c->buttons[i].url))
            return false;
    return check_words(r, ours, c->text);
}

/* --- texts --- */

static const char *trimmed(struct arena *a, const char *text)
{
    size_t len = strlen(text);
    while (len && is_space(text[len - 1]))
        len--;
    return arena_strndup(a, text, len);
}

static void add_text(struct reading *r, const char *lang, const struct content *content)
{
    struct announcement *out = r->out;
    ARENA_GROW(r->arena, out->texts, out->n_texts, out->cap_texts);
    out->texts[out->n_texts++] = (struct announcement_text){arena_strdup(r->arena, lang), *content};
}

static bool read_texts(struct reading *r, const struct yaml *root)
{
    const struct yaml *text = yaml_get(root, "text");
    if (!text || text->kind == YAML_LIST || (text->kind == YAML_MAP && !text->n))
        return fail(r, "no_text", NULL);
    if (text->kind == YAML_SCALAR)
        add_text(r, "", &(struct content){.text = trimmed(r->arena, text->text)});
    for (size_t i = 0; i < text->n; i++) {
        const struct yaml *one = &text->items[i];
        if (one->kind != YAML_SCALAR || r->out->n_texts == DRAFT_MAX_LANGS)
            return fail(r, "no_text", one->key);
        add_text(r, one->key, &(struct content){.text = trimmed(r->arena, one->text)});
    }
    return true;
}

/* What a map says for a language, or the one word for all; else the first. */
static const char *for_lang(const struct yaml *y, const char *lang)
{
    if (!y || y->kind == YAML_SCALAR)
        return y ? y->text : NULL;
    const char *own = yaml_str(y, lang);
    return own ? own : y->kind == YAML_MAP && y->n ? y->items[0].text : NULL;
}

static bool add_picture(struct reading *r, const char *name, struct content *c)
{
    if (!name)
        return true;
    if (!*name || strchr(name, '/') || *name == '.')
        return fail(r, "no_picture", name);
    c->files = arena_alloc(r->arena, sizeof(*c->files));
    c->files[0] = (struct file){
        .kind = FILE_PHOTO,
        .path = arena_printf(r->arena, "%s/%s", r->pictures, name),
        .name = arena_strdup(r->arena, name),
    };
    c->n_files = 1;
    return true;
}

static bool add_buttons(struct reading *r, const struct yaml *buttons, const char *lang,
                        struct content *c)
{
    if (buttons && (buttons->kind != YAML_LIST || buttons->n > DRAFT_MAX_BUTTONS))
        return fail(r, "bad_button", NULL);
    for (size_t i = 0; buttons && i < buttons->n; i++) {
        const struct yaml *one = &buttons->items[i];
        const char *label = for_lang(yaml_get(one, "label"), lang);
        const char *url = for_lang(yaml_get(one, "url"), lang);
        if (str_empty(label) || str_empty(url))
            return fail(r, "bad_button", label);
        content_button(r->arena, c, arena_strdup(r->arena, label), NULL)->url =
            arena_strdup(r->arena, url);
    }
    return true;
}

static bool add_things(struct reading *r, const struct yaml *root)
{
    for (size_t i = 0; i < r->out->n_texts; i++) {
        struct announcement_text *text = &r->out->texts[i];
        if (!add_picture(r, for_lang(yaml_get(root, "picture"), text->lang), &text->content) ||
            !add_buttons(r, yaml_get(root, "buttons"), text->lang, &text->content))
            return false;
    }
    return true;
}

/* --- whom --- */

/* One that names nobody would let everybody through. */
static bool read_list_of(struct reading *r, const struct yaml *map)
{
    if (!yaml_get(map, "list"))
        return true;
    r->out->list = words_of(r, map, "list");
    return *r->out->list || fail(r, "bad_audience", "list");
}

static bool read_audience(struct reading *r, const struct yaml *y)
{
    struct audience *who = &r->out->who;
    const char *with_case = yaml_str(y, "case"), *incident = yaml_str(y, "incident");
    if (!y)
        return true;
    if (y->kind == YAML_SCALAR) { /* "none": channels and groups only */
        r->out->only_chats = str_eq(y->text, "none");
        return str_eq(y->text, "none") || str_eq(y->text, "all") ||
               fail(r, "bad_audience", y->text);
    }
    if (!has_only(
            r, y,
            "platform language tag not_tag seen not_seen asked since case incident list own_case"))
        return false;
    who->platforms = words_of(r, y, "platform");
    who->langs = words_of(r, y, "language");
    who->tags = words_of(r, y, "tag");
    who->not_tags = words_of(r, y, "not_tag");
    who->seen_since_ms = time_of(r, y, "seen", -1);
    who->seen_before_ms = time_of(r, y, "not_seen", -1);
    who->asked = words_of(r, y, "asked");
    who->asked_since_ms = time_of(r, y, "since", -1);
    who->is_own_matter = yaml_bool(y, "own_case");
    if (!read_list_of(r, y))
        return false;
    if (incident && (parse_i64(incident, &who->incident) || who->incident <= 0))
        return fail(r, "bad_audience", incident);
    if (with_case && !str_eq(with_case, "open") && !str_eq(with_case, "none"))
        return fail(r, "bad_audience", with_case);
    if (with_case)
        who->with_case = str_eq(with_case, "open") ? CASE_OPEN : CASE_NONE;
    if (who->is_own_matter && who->with_case != CASE_OPEN && !*who->asked && !who->incident)
        return fail(r, "bad_audience", "own_case");
    return !r->fault->key;
}

static bool read_chats(struct reading *r, const struct yaml *y)
{
    struct announcement *out = r->out;
    if (y && y->kind != YAML_LIST)
        return fail(r, "bad_chat", y->key);
    for (size_t i = 0; y && i < y->n; i++) { /* "-1001234567890" or "-1001234567890 zh" */
        const char *text = y->items[i].text ? y->items[i].text : "", *lang = strchr(text, ' ');
        if ((*text != '-' && *text != '@') || !text[1])
            return fail(r, "bad_chat", text);
        ARENA_GROW(r->arena, out->chats, out->n_chats, out->cap_chats);
        out->chats[out->n_chats++] =
            (struct announcement_chat){arena_strndup(r->arena, text, strcspn(text, " ")),
                                       arena_strdup(r->arena, lang ? lang + 1 : "")};
    }
    return true;
}

/* --- all of it --- */

static bool read_map(struct reading *r, const struct yaml *root)
{
    struct announcement *out = r->out;
    if (!has_only(r, root,
                  "text fallback picture buttons audience chats list at urgent incident") ||
        !read_texts(r, root) || !add_things(r, root) ||
        !read_audience(r, yaml_get(root, "audience")) || !read_chats(r, yaml_get(root, "chats")) ||
        !read_list_of(r, root))
        return false;
    out->fallback = words_of(r, root, "fallback");
    out->at_ms = time_of(r, root, "at", 1);
    out->is_urgent = yaml_bool(root, "urgent");
    out->incident = words_of(r, root, "incident");
    if (out->only_chats && !out->n_chats)
        return fail(r, "bad_audience", "none");
    return !r->fault->key;
}

/* A map that has a text: plain words may be YAML, too. */
static struct yaml *parse_map(struct reading *r, const char *text)
{
    bool is_map =
        starts_with(text, "text:") || starts_with(text, "{text:") || strstr(text, "\ntext:");
    struct buf why = BUF_INIT(1000);
    struct yaml *root = is_map ? yaml_parse("draft", text, strlen(text), &why) : NULL;
    if (is_map && !root)
        fail(r, "unreadable", why.data);
    buf_release(&why);
    return root;
}

static bool read(struct reading *r, const struct content *written)
{
    struct content plain = *written;
    struct yaml *root = parse_map(r, written->text);
    if (r->fault->key)
        return false;
    if (!root) {
        plain.about_id = plain.album = plain.quote = NULL;
        plain.about_line = 0;
        add_text(r, "", &plain);
        return true;
    }
    bool ok = root->kind == YAML_MAP && read_map(r, root);
    for (size_t i = 0; ok && written->n_files && i < r->out->n_texts; i++) {
        r->out->texts[i].content.files = written->files;
        r->out->texts[i].content.n_files = written->n_files;
    }
    yaml_tree_free(root);
    return ok || fail(r, "unreadable", "");
}

struct content draft_written(const struct turn *t)
{
    struct content c = t->event->content;
    const char *rest = c.text + strcspn(c.text, " \n");
    rest += strspn(rest, " \n");
    if (!*rest && !c.n_files && t->event->replied)
        return *t->event->replied;
    size_t gone = (size_t)(rest - c.text), n = 0;
    struct entity *kept = arena_alloc(t->arena, c.n_entities * sizeof(*kept));
    for (size_t i = 0; i < c.n_entities; i++)
        if (c.entities[i].offset >= gone) {
            kept[n] = c.entities[i];
            kept[n++].offset -= gone;
        }
    c.entities = kept;
    c.n_entities = n;
    c.text = rest;
    return c;
}

bool draft_fetch(const struct turn *t, struct effects *e, struct content *written)
{
    bool is_one = written->n_files == 1 && written->files[0].kind == FILE_DOCUMENT;
    if (!is_one || *written->text)
        return true;
    const struct document *document = need_document(e, &written->files[0], DRAFT_MAX_BYTES);
    if (!document)
        return false;
    if (!*document->text) {
        staff_deny(t, e, "announce.unreadable", FILL("what", document_fault_name(document->fault)));
        return false;
    }
    written->text = document->text;
    written->files = NULL;
    written->n_files = 0;
    return true;
}

bool draft_has_list(const struct content *written)
{
    return written->n_files == 1 && written->files[0].kind == FILE_DOCUMENT &&
           ends_with(written->files[0].name, ".csv");
}

/* The number of the first faulty line; 0: there is none. */
static int64_t read_list(struct arena *a, const struct document *document, struct buf *out)
{
    struct csv csv;
    struct csv_row row;
    csv_init(&csv, document->text, document->len);
    while (csv_next(&csv, a, &row)) {
        const char *id = csv_field(&row, 0);
        int64_t number;
        bool is_id = !row.fault && !parse_i64(id, &number) && number > 0;
        if (is_id)
            buf_printf(out, "%s%" PRId64, out->len ? " " : "", number);
        else if (row.fault || row.line > 1)
            return row.line;
    }
    return 0;
}

const char *draft_list(const struct turn *t, struct effects *e, struct content *written)
{
    const struct document *document = need_document(e, &written->files[0], DRAFT_MAX_BYTES);
    struct buf list = BUF_INIT(DRAFT_MAX_BYTES);
    if (!document)
        return NULL;
    if (document->fault) {
        staff_deny(t, e, "announce.unreadable", FILL("what", document_fault_name(document->fault)));
        return NULL;
    }
    const char *name = written->files[0].name;
    int64_t line = read_list(t->arena, document, &list);
    if (line || !list.len) {
        staff_deny(t, e, "announce.bad_audience",
                   FILL("what", arena_printf(t->arena, "%s:%" PRId64, name, line ? line : 1)));
        buf_release(&list);
        return NULL;
    }
    written->files = NULL;
    written->n_files = 0;
    return arena_take(t->arena, &list);
}

bool draft_read(const struct turn *t, const char *pictures, const struct content *written,
                struct announcement *out, struct draft_fault *fault)
{
    static const struct title_words none = {0};
    struct reading r = {t, t->arena, pictures, out, fault};
    *out = (struct announcement)ANNOUNCEMENT_INIT;
    *fault = (struct draft_fault){0};
    if (!read(&r, written))
        return false;
    struct officials ours = officials_of(t->arena, t->settings, t->facts, &none);
    for (size_t i = 0; i < out->n_texts; i++)
        if (!check_content(&r, &ours, &out->texts[i].content))
            return false;
    return true;
}

static bool has_other_files(const struct content *was, const struct content *now)
{
    const struct file *a = was->files, *b = now->files;
    if (!now->n_files)
        return false;
    return now->n_files != was->n_files || a->kind != b->kind || !str_eq(a->id, b->id) ||
           !str_eq(a->path, b->path);
}

bool draft_keep_files(struct arena *a, const struct announcement *was, struct announcement *what,
                      struct draft_fault *fault)
{
    *fault = (struct draft_fault){0};
    for (size_t i = 0; i < what->n_texts; i++) {
        struct content *now = &what->texts[i].content;
        const struct content *old = &announcement_text(was, what->texts[i].lang)->content;
        if (has_other_files(old, now))
            *fault = (struct draft_fault){"other_picture", ""};
        else if (old->n_files && text_utf16_len(now->text, strlen(now->text)) > DRAFT_MAX_CAPTION)
            *fault = (struct draft_fault){"too_long", arena_int(a, DRAFT_MAX_CAPTION)};
        now->files = old->files;
        now->n_files = old->n_files;
    }
    return !fault->key;
}
