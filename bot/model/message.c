#include "bot/model/message.h"

#include "bot/base/text.h"

static const char *const entity_names[ENTITY_TYPES] = {
    [ENTITY_BOLD] = "bold",           [ENTITY_ITALIC] = "italic",
    [ENTITY_UNDERLINE] = "underline", [ENTITY_STRIKETHROUGH] = "strikethrough",
    [ENTITY_SPOILER] = "spoiler",     [ENTITY_BLOCKQUOTE] = "blockquote",
    [ENTITY_CODE] = "code",           [ENTITY_PRE] = "pre",
    [ENTITY_LINK] = "text_link",      [ENTITY_EMOJI] = "custom_emoji",
};

static const char *const file_kind_names[FILE_KINDS] = {
    [FILE_PHOTO] = "photo", [FILE_DOCUMENT] = "document",     [FILE_VOICE] = "voice",
    [FILE_VIDEO] = "video", [FILE_VIDEO_NOTE] = "video_note", [FILE_ANIMATION] = "animation",
    [FILE_AUDIO] = "audio", [FILE_STICKER] = "sticker",       [FILE_LOCATION] = "location",
    [FILE_VENUE] = "venue", [FILE_CONTACT] = "contact",       [FILE_POLL] = "poll",
    [FILE_DICE] = "dice",
};

static const char *const content_kind_names[] = {
    [CONTENT_TEXT] = "text",         [CONTENT_EDIT] = "edit", [CONTENT_DELETE] = "delete",
    [CONTENT_REACTION] = "reaction", [CONTENT_HOME] = "home", [CONTENT_STANDING] = "standing",
};

const char *entity_name(enum entity_type t)
{
    return entity_names[t];
}

const char *file_kind_name(enum file_kind k)
{
    return file_kind_names[k];
}

bool file_kind_is_words(enum file_kind k)
{
    return k >= FILE_LOCATION;
}

int file_album_class(enum file_kind k)
{
    static const int classes[FILE_KINDS] = {
        [FILE_PHOTO] = 1, [FILE_VIDEO] = 1, [FILE_DOCUMENT] = 2, [FILE_AUDIO] = 3};
    return classes[k];
}

/* The index of `name`, or `n` where it is none of them. */
static size_t name_index(const char *const *names, size_t n, const char *name)
{
    size_t i = 0;
    while (i < n && !str_eq(names[i], name))
        i++;
    return i;
}

const char *content_kind_name(enum content_kind k)
{
    return content_kind_names[k];
}

enum content_kind content_kind_parse(const char *name)
{
    size_t kind = name_index(content_kind_names, ARRAY_LEN(content_kind_names), name);
    return kind == ARRAY_LEN(content_kind_names) ? CONTENT_TEXT : (enum content_kind)kind;
}

char *address_print(struct arena *a, const struct address *at)
{
    const char *thread = str_empty(at->thread) ? "" : at->thread;
    const char *user = str_empty(at->user) ? "" : at->user;
    char *s = arena_printf(a, "%s:%s:%s", at->platform, at->account, at->chat);
    if (*thread || *user)
        s = arena_printf(a, "%s:%s", s, thread);
    return *user ? arena_printf(a, "%s:%s", s, user) : s;
}

bool address_parse(struct arena *a, const char *s, struct address *out)
{
    const char *parts[5] = {"", "", "", "", ""};
    size_t n = 0;
    while (n < ARRAY_LEN(parts)) {
        size_t len = n == ARRAY_LEN(parts) - 1 ? strlen(s) : strcspn(s, ":");
        parts[n++] = arena_strndup(a, s, len);
        if (!s[len])
            break;
        s += len + 1;
    }
    if (n < 3 || !*parts[0] || !*parts[1] || !*parts[2])
        return false;
    *out = (struct address){parts[0], parts[1], parts[2], parts[3], parts[4]};
    return true;
}

struct button *content_button(struct arena *a, struct content *c, const char *label,
                              const char *data)
{
    struct button *grown = arena_alloc(a, (c->n_buttons + 1) * sizeof(*grown));
    if (c->n_buttons)
        memcpy(grown, c->buttons, c->n_buttons * sizeof(*grown));
    c->buttons = grown;
    c->buttons[c->n_buttons] = (struct button){.label = label, .data = data};
    return &c->buttons[c->n_buttons++];
}

bool content_is_empty(const struct content *c)
{
    return str_empty(c->text) && !c->n_files;
}

const char *content_words(struct arena *a, const struct content *c)
{
    const char *text = text_excerpt(a, c->text, 200);
    if (c->n_files && !*text && file_kind_is_words(c->files[0].kind))
        text = text_excerpt(a, c->files[0].name ? c->files[0].name : "", 200);
    if (c->n_files)
        return arena_printf(a, "[%s]%s%s", file_kind_name(c->files[0].kind), *text ? " " : "",
                            text);
    if (c->unreadable)
        return arena_printf(a, "[%s]%s%s", c->unreadable, *text ? " " : "", text);
    return text;
}

static void put_flag(struct json_writer *w, const char *name, bool on)
{
    if (on)
        json_put_bool(w, name, true);
}

static void put_number(struct json_writer *w, const char *name, int64_t n)
{
    if (n)
        json_put_int(w, name, n);
}

void content_write(struct json_writer *w, const char *name, const struct content *c)
{
    json_open(w, name, '{');
    if (c->kind != CONTENT_TEXT)
        json_put_str(w, "kind", content_kind_names[c->kind]);
    if (!str_empty(c->text))
        json_put_str(w, "text", c->text);
    if (c->n_entities) {
        json_open(w, "entities", '[');
        for (size_t i = 0; i < c->n_entities; i++) {
            json_open(w, NULL, '{');
            json_put_str(w, "type", entity_names[c->entities[i].type]);
            json_put_int(w, "at", (int64_t)c->entities[i].offset);
            json_put_int(w, "len", (int64_t)c->entities[i].len);
            json_put_str(w, "url", c->entities[i].url);
            json_close(w, '}');
        }
        json_close(w, ']');
    }
    if (c->n_files) {
        json_open(w, "files", '[');
        for (size_t i = 0; i < c->n_files; i++) {
            json_open(w, NULL, '{');
            json_put_str(w, "kind", file_kind_names[c->files[i].kind]);
            json_put_str(w, "id", c->files[i].id);
            json_put_str(w, "path", c->files[i].path);
            json_put_str(w, "name", c->files[i].name);
            json_put_str(w, "mime", c->files[i].mime);
            put_number(w, "size", c->files[i].size);
            json_close(w, '}');
        }
        json_close(w, ']');
    }
    if (c->n_buttons) {
        json_open(w, "buttons", '[');
        for (size_t i = 0; i < c->n_buttons; i++) {
            json_open(w, NULL, '{');
            json_put_str(w, "label", c->buttons[i].label);
            json_put_str(w, "data", c->buttons[i].data);
            json_put_str(w, "url", c->buttons[i].url);
            json_put_str(w, "start", c->buttons[i].start);
            json_put_str(w, "message", c->buttons[i].message_id);
            put_flag(w, "same_row", c->buttons[i].same_row);
            json_close(w, '}');
        }
        json_close(w, ']');
    }
    put_number(w, "about", c->about_line);
    json_put_str(w, "about_id", c->about_id);
    json_put_str(w, "quote", c->quote);
    json_put_str(w, "reaction", c->reaction);
    json_put_str(w, "album", c->album);
    json_put_str(w, "unreadable", c->unreadable);
    json_put_str(w, "origin_chat", c->origin_chat);
    json_put_str(w, "origin_id", c->origin_id);
    json_put_str(w, "only_for", c->only_for);
    json_put_str(w, "secret", c->secret);
    put_flag(w, "closed", c->closed);
    put_flag(w, "reopen", c->reopen);
    put_flag(w, "pin", c->pin);
    put_flag(w, "silent", c->silent);
    json_close(w, '}');
}

static const char *copy_str(struct arena *a, const struct json *j, const char *name)
{
    return arena_strdup(a, json_str(j, name));
}

static size_t clamp(int64_t n, size_t max)
{
    return n < 0 ? 0 : (uint64_t)n > max ? max : (size_t)n;
}

static void read_entities(struct arena *a, const struct json *list, struct content *c)
{
    size_t max = strlen(c->text);
    c->entities = arena_alloc(a, json_len(list) * sizeof(*c->entities));
    for (size_t i = 0; i < json_len(list); i++) {
        const struct json *j = json_item(list, i);
        size_t type = name_index(entity_names, ENTITY_TYPES, json_str(j, "type"));
        if (type == ENTITY_TYPES)
            continue;
        size_t offset = clamp(json_int(j, "at", 0), max);
        c->entities[c->n_entities++] =
            (struct entity){.type = (enum entity_type)type,
                            .offset = offset,
                            .len = clamp(json_int(j, "len", 0), max - offset),
                            .url = copy_str(a, j, "url")};
    }
}

static void read_files(struct arena *a, const struct json *list, struct content *c)
{
    c->files = arena_alloc(a, json_len(list) * sizeof(*c->files));
    for (size_t i = 0; i < json_len(list); i++) {
        const struct json *j = json_item(list, i);
        size_t kind = name_index(file_kind_names, FILE_KINDS, json_str(j, "kind"));
        if (kind == FILE_KINDS)
            continue;
        c->files[c->n_files++] = (struct file){.kind = (enum file_kind)kind,
                                               .id = copy_str(a, j, "id"),
                                               .path = copy_str(a, j, "path"),
                                               .name = copy_str(a, j, "name"),
                                               .mime = copy_str(a, j, "mime"),
                                               .size = json_int(j, "size", 0)};
    }
}

void content_read(struct arena *a, const struct json *j, struct content *c)
{
    *c = (struct content)CONTENT_INIT;
    c->kind = content_kind_parse(json_str(j, "kind"));
    const char *text = copy_str(a, j, "text");
    c->text = text ? text : "";
    read_entities(a, json_at(j, "entities"), c);
    read_files(a, json_at(j, "files"), c);
    const struct json *buttons = json_at(j, "buttons");
    for (size_t i = 0; i < json_len(buttons); i++) {
        const struct json *b = json_item(buttons, i);
        struct button *made = content_button(a, c, copy_str(a, b, "label"), copy_str(a, b, "data"));
        made->url = copy_str(a, b, "url");
        made->start = copy_str(a, b, "start");
        made->message_id = copy_str(a, b, "message");
        made->same_row = json_bool(b, "same_row");
    }
    c->about_line = json_int(j, "about", 0);
    c->about_id = copy_str(a, j, "about_id");
    c->quote = copy_str(a, j, "quote");
    c->reaction = copy_str(a, j, "reaction");
    c->album = copy_str(a, j, "album");
    c->unreadable = copy_str(a, j, "unreadable");
    c->origin_chat = copy_str(a, j, "origin_chat");
    c->origin_id = copy_str(a, j, "origin_id");
    c->only_for = copy_str(a, j, "only_for");
    c->secret = copy_str(a, j, "secret");
    c->closed = json_bool(j, "closed");
    c->reopen = json_bool(j, "reopen");
    c->pin = json_bool(j, "pin");
    c->silent = json_bool(j, "silent");
}

void content_copy(struct arena *a, struct content *to, const struct content *from)
{
    *to = *from;
    const char **strings[] = {&to->about_id,  &to->quote,      &to->reaction,
                              &to->album,     &to->unreadable, &to->origin_chat,
                              &to->origin_id, &to->only_for,   &to->secret};
    for (size_t i = 0; i < ARRAY_LEN(strings); i++)
        *strings[i] = arena_strdup(a, *strings[i]);
    const char *text = from->text ? from->text : "";
    size_t len = strlen(text);
    to->text = text_is_utf8(text, len) ? arena_strndup(a, text, len) : text_clean(a, text, len);
    len = strlen(to->text);
    to->entities = arena_alloc(a, from->n_entities * sizeof(*to->entities));
    for (size_t i = 0; i < from->n_entities; i++) {
        const struct entity *e = &from->entities[i];
        size_t offset = e->offset < len ? e->offset : len;
        to->entities[i] = (struct entity){.type = e->type,
                                          .offset = offset,
                                          .len = e->len < len - offset ? e->len : len - offset,
                                          .url = arena_strdup(a, e->url)};
    }
    to->files = arena_alloc(a, from->n_files * sizeof(*to->files));
    for (size_t i = 0; i < from->n_files; i++) {
        const struct file *f = &from->files[i];
        to->files[i] = (struct file){.kind = f->kind,
                                     .id = arena_strdup(a, f->id),
                                     .path = arena_strdup(a, f->path),
                                     .name = arena_strdup(a, f->name),
                                     .mime = arena_strdup(a, f->mime),
                                     .size = f->size,
                                     .caption_at = f->caption_at,
                                     .caption_len = f->caption_len};
    }
    to->buttons = arena_alloc(a, from->n_buttons * sizeof(*to->buttons));
    for (size_t i = 0; i < from->n_buttons; i++) {
        const struct button *b = &from->buttons[i];
        to->buttons[i] = (struct button){.label = arena_strdup(a, b->label),
                                         .data = arena_strdup(a, b->data),
                                         .url = arena_strdup(a, b->url),
                                         .start = arena_strdup(a, b->start),
                                         .message_id = arena_strdup(a, b->message_id),
                                         .same_row = b->same_row};
    }
}

/* Returns where in the text the new words begin. */
static size_t join_words(struct arena *a, struct content *c, const struct content *more)
{
    const char *between = str_empty(c->text) ? "" : "\n";
    size_t shift = strlen(c->text) + strlen(between);
    c->text = arena_printf(a, "%s%s%s", c->text, between, more->text);
    struct entity *all = arena_alloc(a, (c->n_entities + more->n_entities) * sizeof(*all));
    if (c->n_entities)
        memcpy(all, c->entities, c->n_entities * sizeof(*all));
    for (size_t i = 0; i < more->n_entities; i++) {
        all[c->n_entities + i] = more->entities[i];
        all[c->n_entities + i].offset += shift;
    }
    c->entities = all;
    c->n_entities += more->n_entities;
    return shift;
}

static void join_files(struct arena *a, struct content *c, const struct content *more,
                       size_t said_before, size_t words_at)
{
    struct file *all = arena_alloc(a, (c->n_files + more->n_files) * sizeof(*all));
    if (c->n_files)
        memcpy(all, c->files, c->n_files * sizeof(*all));
    if (c->n_files == 1)
        all[0].caption_len = said_before;
    memcpy(all + c->n_files, more->files, more->n_files * sizeof(*all));
    all[c->n_files].caption_at = words_at;
    all[c->n_files].caption_len = strlen(more->text);
    c->files = all;
    c->n_files += more->n_files;
}

void content_join(struct arena *a, struct content *c, const struct content *more)
{
    size_t said_before = strlen(c->text), words_at = said_before;
    if (!str_empty(more->text))
        words_at = join_words(a, c, more);
    if (more->n_files)
        join_files(a, c, more, said_before, words_at);
    if (more->n_buttons) {
        c->buttons = more->buttons;
        c->n_buttons = more->n_buttons;
    }
}
