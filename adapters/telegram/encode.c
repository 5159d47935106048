#include "adapters/telegram/encode.h"

#include <inttypes.h>
#include <string.h>

#include "bot/base/text.h"

#define MAX_JSON (4 * JSON_MAX_BYTES)

struct encoder {
    struct arena *arena;
    const struct outgoing *outgoing;
    const char *username; /* the bot's */
    struct telegram_requests *out;
};

/* Requests and their fields */

struct telegram_request telegram_request(const char *method)
{
    return (struct telegram_request){.method = method};
}

static void add_field(struct telegram_request *r, struct telegram_field field)
{
    if (r->n_fields == ARRAY_LEN(r->fields))
        die("telegram: %s has too many fields", r->method);
    r->fields[r->n_fields++] = field;
}

void telegram_add(struct telegram_request *r, const char *name, const char *text)
{
    if (text)
        add_field(r, (struct telegram_field){.name = name, .value = text});
}

void telegram_add_json(struct telegram_request *r, const char *name, const char *json)
{
    if (json)
        add_field(r, (struct telegram_field){.name = name, .value = json, .is_json = true});
}

/* A number wherever it is one: Telegram's ids have up to 52 bits and are kept as text. */
void telegram_add_id(struct arena *a, struct telegram_request *r, const char *name, const char *id)
{
    int64_t number;
    if (str_empty(id))
        return;
    if (parse_i64(id, &number) == 0)
        telegram_add_json(r, name, arena_int(a, number));
    else
        telegram_add(r, name, id);
}

char *telegram_request_json(struct arena *a, const struct telegram_request *r)
{
    struct buf json = BUF_INIT(MAX_JSON);
    struct json_writer w = JSON_WRITER(&json);
    json_open(&w, NULL, '{');
    for (size_t i = 0; i < r->n_fields; i++) {
        if (r->fields[i].is_json)
            json_put_raw(&w, r->fields[i].name, r->fields[i].value);
        else
            json_put_str(&w, r->fields[i].name, r->fields[i].value);
    }
    json_close(&w, '}');
    return arena_take(a, &json);
}

/* Parts of content */

/* The entities of `len` bytes of the text from `start` on, in UTF-16 units; NULL: there are none.
 */
static const char *entities_json(struct arena *a, const struct content *c, size_t start, size_t len)
{
    struct buf json = BUF_INIT(MAX_JSON);
    struct json_writer w = JSON_WRITER(&json);
    size_t n = 0, text_len = strlen(c->text);
    json_open(&w, NULL, '[');
    for (size_t i = 0; i < c->n_entities; i++) {
        const struct entity *e = &c->entities[i];
        size_t from = e->offset > start ? e->offset : start, to = e->offset + e->len;
        to = to < start + len ? to : start + len;
        bool needs_url = e->type == ENTITY_LINK || e->type == ENTITY_EMOJI;
        if (from >= to || to > text_len || (needs_url && str_empty(e->url)))
            continue;
        json_open(&w, NULL, '{');
        json_put_str(&w, "type", entity_name(e->type));
        json_put_int(&w, "offset", (int64_t)text_utf16_len(c->text + start, from - start));
        json_put_int(&w, "length", (int64_t)text_utf16_len(c->text + from, to - from));
        if (e->type == ENTITY_LINK)
            json_put_str(&w, "url", e->url);
        if (e->type == ENTITY_EMOJI)
            json_put_str(&w, "custom_emoji_id", e->url);
        if (e->type == ENTITY_PRE)
            json_put_str(&w, "language", e->url);
        json_close(&w, '}');
        n++;
    }
    json_close(&w, ']');
    const char *kept = arena_take(a, &json);
    return n ? kept : NULL;
}

/* https://core.telegram.org/api/links: messages of supergroups (whose ids begin with -100) have
 * one, those of small groups have none. */
static const char *message_link(struct encoder *e, const char *message_id)
{
    const char *chat = e->outgoing->to.chat;
    return starts_with(chat, "-100")
               ? arena_printf(e->arena, "https://t.me/c/%s/%s", chat + strlen("-100"), message_id)
               : NULL;
}

/* NULL: it is no link, or one that Telegram has not. */
static const char *button_url(struct encoder *e, const struct button *b)
{
    if (b->start)
        return arena_printf(e->arena, "https://t.me/%s?start=%s", e->username, b->start);
    return b->message_id ? message_link(e, b->message_id) : b->url;
}

static const char *keyboard_json(struct encoder *e)
{
    const struct content *c = &e->outgoing->content;
    struct buf json = BUF_INIT(MAX_JSON);
    struct json_writer w = JSON_WRITER(&json);
    size_t shown = 0;
    json_open(&w, NULL, '{');
    json_open(&w, "inline_keyboard", '[');
    for (size_t i = 0; i < c->n_buttons; i++) {
        const struct button *b = &c->buttons[i];
        const char *url = button_url(e, b);
        if (!url && !b->data)
            continue;
        if (shown && !b->same_row)
            json_close(&w, ']');
        if (!shown || !b->same_row)
            json_open(&w, NULL, '[');
        json_open(&w, NULL, '{');
        json_put_str(&w, "text", b->label);
        json_put_str(&w, url ? "url" : "callback_data", url ? url : b->data);
        json_close(&w, '}');
        shown++;
    }
    if (shown)
        json_close(&w, ']');
    json_close(&w, ']');
    json_close(&w, '}');
    const char *kept = arena_take(e->arena, &json);
    return shown ? kept : NULL;
}

static bool is_blank(const char *s, size_t len)
{
    while (len && strchr(" \t\r\n", s[len - 1]))
        len--;
    return len == 0;
}

/* What every call begins with. General, the topic 1, is named by leaving the thread out. */
static struct telegram_request *add_request(struct encoder *e, const char *method, bool with_thread)
{
    const struct address *to = &e->outgoing->to;
    if (!e->out->cap) { /* most take one, and it is large */
        e->out->items = arena_alloc(e->arena, sizeof(*e->out->items));
        e->out->cap = 1;
    }
    ARENA_GROW(e->arena, e->out->items, e->out->n, e->out->cap);
    struct telegram_request *r = &e->out->items[e->out->n++];
    *r = telegram_request(method);
    telegram_add_id(e->arena, r, "chat_id", to->chat);
    if (with_thread && !str_eq(to->thread, "1"))
        telegram_add_id(e->arena, r, "message_thread_id", to->thread);
    return r;
}

static const char *reply_json(struct encoder *e, int64_t id, const char *quote)
{
    struct buf json = BUF_INIT(MAX_JSON);
    struct json_writer w = JSON_WRITER(&json);
    json_open(&w, NULL, '{');
    json_put_int(&w, "message_id", id);
    json_put_bool(&w, "allow_sending_without_reply", true);
    json_put_str(&w, "quote", quote);
    json_close(&w, '}');
    return arena_take(e->arena, &json);
}

static void add_reply_and_silence(struct encoder *e, struct telegram_request *r, bool is_first)
{
    int64_t id;
    if (e->outgoing->content.silent)
        telegram_add_json(r, "disable_notification", "true");
    if (!is_first || !e->outgoing->about_id || parse_i64(e->outgoing->about_id, &id))
        return;
    const char *quote = e->outgoing->content.quote;
    struct telegram_request plain = *r;
    telegram_add_json(&plain, "reply_parameters", reply_json(e, id, NULL));
    if (!str_empty(quote) && text_utf16_len(quote, strlen(quote)) <= TELEGRAM_MAX_CAPTION) {
        telegram_add_json(r, "reply_parameters", reply_json(e, id, quote));
        r->instead = arena_alloc(e->arena, sizeof(plain)); /* the twin may read otherwise */
        *r->instead = plain;
    } else {
        *r = plain;
    }
}

/* Sends */

static void send_words(struct encoder *e, size_t start)
{
    const struct content *c = &e->outgoing->content;
    while (c->text[start]) {
        const char *text = c->text + start;
        size_t len = text_cut(text, TELEGRAM_MAX_TEXT);
        if (!is_blank(text, len)) {
            struct telegram_request *r = add_request(e, "sendMessage", true);
            telegram_add(r, "text", arena_strndup(e->arena, text, len));
            telegram_add_json(r, "entities", entities_json(e->arena, c, start, len));
            telegram_add_json(r, "link_preview_options", "{\"is_disabled\":true}");
            add_reply_and_silence(e, r, e->out->n == 1);
        }
        start += len;
    }
}

static const struct {
    const char *method, *field;
    bool has_caption;
} sends[FILE_KINDS] = {
    [FILE_PHOTO] = {"sendPhoto", "photo", true},
    [FILE_DOCUMENT] = {"sendDocument", "document", true},
    [FILE_VOICE] = {"sendVoice", "voice", true},
    [FILE_VIDEO] = {"sendVideo", "video", true},
    [FILE_VIDEO_NOTE] = {"sendVideoNote", "video_note", false},
    [FILE_ANIMATION] = {"sendAnimation", "animation", true},
    [FILE_AUDIO] = {"sendAudio", "audio", true},
    [FILE_STICKER] = {"sendSticker", "sticker", false},
};

/* The first `len` bytes of the text. */
static void add_caption(struct encoder *e, struct telegram_request *r, size_t len)
{
    const struct content *c = &e->outgoing->content;
    telegram_add(r, "caption", arena_strndup(e->arena, c->text, len));
    telegram_add_json(r, "caption_entities", entities_json(e->arena, c, 0, len));
}

/* As on a platform that has no such thing. */
static void send_as_words(struct encoder *e, const struct file *f)
{
    struct telegram_request *r = add_request(e, "sendMessage", true);
    const char *words =
        arena_printf(e->arena, "[%s] %s", file_kind_name(f->kind), f->name ? f->name : "");
    telegram_add(r, "text", arena_strndup(e->arena, words, text_cut(words, TELEGRAM_MAX_TEXT)));
    add_reply_and_silence(e, r, e->out->n == 1);
}

static void send_file(struct encoder *e, const struct file *f, size_t caption_len)
{
    if (file_kind_is_words(f->kind)) {
        send_as_words(e, f);
        return;
    }
    struct telegram_request *r = add_request(e, sends[f->kind].method, true);
    if (f->path)
        add_field(r, (struct telegram_field){.name = sends[f->kind].field, .path = f->path});
    else
        telegram_add(r, sends[f->kind].field, f->id);
    if (caption_len)
        add_caption(e, r, caption_len);
    add_reply_and_silence(e, r, e->out->n == 1);
}

/* The caption is always said, so the copy shows what the content is, whatever the original has
 * become. */
static void copy_file(struct encoder *e, const struct file *f, size_t caption_len)
{
    const struct content *c = &e->outgoing->content;
    send_file(e, f, caption_len);
    struct telegram_request *instead = arena_alloc(e->arena, sizeof(*instead));
    *instead = e->out->items[--e->out->n];

    struct telegram_request *r = add_request(e, "copyMessage", true);
    telegram_add_id(e->arena, r, "from_chat_id", c->origin_chat);
    telegram_add_id(e->arena, r, "message_id", c->origin_id);
    if (sends[f->kind].has_caption)
        add_caption(e, r, caption_len);
    add_reply_and_silence(e, r, e->out->n == 1);
    if (f->id || file_kind_is_words(f->kind))
        r->instead = instead; /* which has its own way out of a quote */
}

static bool is_album(const struct content *c)
{
    bool is_one = c->n_files > 1 && c->n_files <= ALBUM_MAX && file_album_class(c->files->kind);
    for (size_t i = 1; is_one && i < c->n_files; i++)
        is_one = file_album_class(c->files[i].kind) == file_album_class(c->files->kind);
    return is_one;
}

static void put_caption(struct encoder *e, struct json_writer *w, size_t at, size_t len)
{
    const struct content *c = &e->outgoing->content;
    if (!len)
        return;
    const char *entities = entities_json(e->arena, c, at, len);
    json_put_str(w, "caption", arena_strndup(e->arena, c->text + at, len));
    if (entities)
        json_put_raw(w, "caption_entities", entities);
}

/* Each part has its own caption; words that were said of all of them stand below the first.
 * Local files are parts of the request, named by their places. */
static void send_album(struct encoder *e, size_t caption_len, bool own_captions)
{
    const struct content *c = &e->outgoing->content;
    struct telegram_request *r = add_request(e, "sendMediaGroup", true);
    struct buf json = BUF_INIT(MAX_JSON);
    struct json_writer w = JSON_WRITER(&json);
    json_open(&w, NULL, '[');
    for (size_t i = 0; i < c->n_files; i++) {
        const struct file *f = &c->files[i];
        const char *place = arena_printf(e->arena, "file%zu", i);
        json_open(&w, NULL, '{');
        json_put_str(&w, "type", sends[f->kind].field);
        json_put_str(&w, "media", f->path ? arena_printf(e->arena, "attach://%s", place) : f->id);
        if (own_captions)
            put_caption(e, &w, f->caption_at, f->caption_len);
        else if (i == 0)
            put_caption(e, &w, 0, caption_len);
        json_close(&w, '}');
        if (f->path)
            add_field(r, (struct telegram_field){.name = place, .path = f->path});
    }
    json_close(&w, ']');
    telegram_add_json(r, "media", arena_take(e->arena, &json));
    add_reply_and_silence(e, r, true);
}

static bool has_own_captions(const struct content *c)
{
    bool has = false;
    for (size_t i = 0; i < c->n_files; i++) {
        const struct file *f = &c->files[i];
        if (text_utf16_len(c->text + f->caption_at, f->caption_len) > TELEGRAM_MAX_CAPTION)
            return false;
        has |= f->caption_len > 0;
    }
    return has;
}

/* Shown to one member alone; where that is refused, to all. Telegram takes it from administrators
 * only, unless the member pressed or whispered just before, and does not say whether it was seen:
 * https://core.telegram.org/bots/api#ephemeral-messages-and-commands */
static void whisper(struct encoder *e, struct telegram_request *r)
{
    int64_t user;
    if (parse_i64(e->outgoing->content.only_for, &user))
        return;
    struct telegram_request *aloud = arena_alloc(e->arena, sizeof(*aloud));
    *aloud = *r;
    telegram_add_json(r, "ephemeral_message_parameters",
                      arena_printf(e->arena, "{\"receiver_user_id\":%" PRId64 "}", user));
    r->is_whisper = true;
    r->instead = aloud;
}

static void send_content(struct encoder *e)
{
    const struct content *c = &e->outgoing->content;
    size_t said = 0; /* bytes of the text that stand in a caption */
    bool as_album = is_album(c);
    if (as_album && has_own_captions(c)) {
        send_album(e, 0, true);
        said = strlen(c->text);
    } else if (as_album) {
        said = c->n_buttons ? 0 : text_cut(c->text, TELEGRAM_MAX_CAPTION); /* it has no buttons */
        send_album(e, said, false);
    }
    for (size_t i = 0; !as_album && i < c->n_files; i++) {
        const struct file *f = &c->files[i];
        size_t caption_len = 0;
        if (i == 0 && sends[f->kind].has_caption)
            caption_len = said = text_cut(c->text, TELEGRAM_MAX_CAPTION);
        if (c->n_files == 1 && !f->path && c->origin_chat && c->origin_id)
            copy_file(e, f, caption_len);
        else
            send_file(e, f, caption_len);
    }
    send_words(e, said);
    if (!e->out->n)
        return;
    struct telegram_request *last = &e->out->items[e->out->n - 1];
    const char *keyboard = keyboard_json(e);
    for (struct telegram_request *r = last; r; r = r->instead)
        telegram_add_json(r, "reply_markup", keyboard);
    if (c->only_for && e->out->n == 1)
        whisper(e, last);
}

/* Changes */

/* The text, or as much of it as one message can hold: an edit cannot become two. *len: of that,
 * without the dots. */
static const char *fitting(struct encoder *e, size_t max_units, size_t *len)
{
    const char *text = e->outgoing->content.text;
    *len = text_cut(text, max_units);
    if (!text[*len])
        return text;
    *len = text_cut(text, max_units - 1);
    return arena_printf(e->arena, "%.*s…", (int)*len, text);
}

static void edit(struct encoder *e)
{
    const struct content *c = &e->outgoing->content;
    const char *method = c->n_files ? "editMessageCaption"
                         : *c->text ? "editMessageText"
                                    : "editMessageReplyMarkup";
    struct telegram_request *r = add_request(e, method, false);
    size_t len;
    telegram_add_id(e->arena, r, "message_id", e->outgoing->about_id);
    if (c->n_files) {
        telegram_add(r, "caption", fitting(e, TELEGRAM_MAX_CAPTION, &len));
        telegram_add_json(r, "caption_entities", entities_json(e->arena, c, 0, len));
    } else if (*c->text) {
        telegram_add(r, "text", fitting(e, TELEGRAM_MAX_TEXT, &len));
        telegram_add_json(r, "entities", entities_json(e->arena, c, 0, len));
        telegram_add_json(r, "link_preview_options", "{\"is_disabled\":true}");
    }
    telegram_add_json(r, "reply_markup", keyboard_json(e));
    r->can_repeat = true;
}

static void react(struct encoder *e)
{
    const char *emoji = e->outgoing->content.reaction;
    struct buf json = BUF_INIT(MAX_JSON);
    struct json_writer w = JSON_WRITER(&json);
    json_open(&w, NULL, '[');
    if (!str_empty(emoji)) {
        json_open(&w, NULL, '{');
        json_put_str(&w, "type", "emoji");
        json_put_str(&w, "emoji", emoji);
        json_close(&w, '}');
    }
    json_close(&w, ']');
    struct telegram_request *r = add_request(e, "setMessageReaction", false);
    telegram_add_id(e->arena, r, "message_id", e->outgoing->about_id);
    telegram_add_json(r, "reaction", arena_take(e->arena, &json));
    r->can_repeat = true;
}

static void delete_message(struct encoder *e)
{
    struct telegram_request *r = add_request(e, "deleteMessage", false);
    telegram_add_id(e->arena, r, "message_id", e->outgoing->about_id);
    r->can_repeat = true;
}

/* All permissions of ChatPermissions: all true lifts every restriction. */
static const char *permissions_json(struct encoder *e, bool all)
{
    static const char *const names[] = {
        "can_send_messages",         "can_send_audios",       "can_send_documents",
        "can_send_photos",           "can_send_videos",       "can_send_video_notes",
        "can_send_voice_notes",      "can_send_polls",        "can_send_other_messages",
        "can_add_web_page_previews", "can_react_to_messages", "can_edit_tag",
        "can_change_info",           "can_invite_users",      "can_pin_messages",
        "can_manage_topics",
    };
    struct buf json = BUF_INIT(MAX_JSON);
    struct json_writer w = JSON_WRITER(&json);
    json_open(&w, NULL, '{');
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        json_put_bool(&w, names[i], all);
    json_close(&w, '}');
    return arena_take(e->arena, &json);
}

static void change_standing(struct encoder *e)
{
    const struct outgoing *o = e->outgoing;
    const char *what = o->content.text;
    bool is_mute = str_eq(what, MEMBER_MUTE), is_ban = str_eq(what, MEMBER_BAN);
    bool is_unban = str_eq(what, MEMBER_UNBAN);
    const char *method = is_ban     ? "banChatMember"
                         : is_unban ? "unbanChatMember"
                                    : "restrictChatMember";
    struct telegram_request *r = add_request(e, method, false);
    telegram_add_id(e->arena, r, "user_id", o->content.only_for);
    if (is_unban) /* else it would throw out who is a member again */
        telegram_add_json(r, "only_if_banned", "true");
    if (!is_ban && !is_unban)
        telegram_add_json(r, "permissions", permissions_json(e, !is_mute));
    if (is_mute)
        telegram_add_json(r, "until_date",
                          arena_int(e->arena, (o->committed_ms + MEMBER_MUTE_MS) / 1000));
    r->can_repeat = true;
}

static const char *title_of(struct encoder *e)
{
    const char *text = text_excerpt(e->arena, e->outgoing->content.text, TELEGRAM_MAX_TITLE);
    return arena_strndup(e->arena, text, text_cut(text, TELEGRAM_MAX_TITLE));
}

/* A closed topic is named first and closed then; an open one is opened first, where it may be
 * closed. */
static void name_topic(struct encoder *e, bool reopen)
{
    const struct content *c = &e->outgoing->content;
    if (!c->closed && reopen)
        add_request(e, "reopenForumTopic", true)->can_repeat = true;
    if (*c->text) {
        struct telegram_request *r = add_request(e, "editForumTopic", true);
        telegram_add(r, "name", title_of(e));
        r->can_repeat = true;
    }
    if (c->closed)
        add_request(e, "closeForumTopic", true)->can_repeat = true;
}

static bool is_topic(const struct address *to)
{
    return !str_empty(to->thread) && !str_eq(to->thread, "1");
}

int telegram_encode(struct arena *a, const struct outgoing *outgoing, const char *username,
                    bool reopen, struct telegram_requests *out, enum refusal *refusal,
                    const char **why)
{
    struct encoder e = {a, outgoing, username, out};
    const struct content *c = &outgoing->content;
    *out = (struct telegram_requests){0};
    *refusal = REFUSAL_OTHER;
    *why = "there are neither words nor files to send";
    if (outgoing->kind == OUTGOING_OPEN) {
        struct telegram_request *r = add_request(&e, "createForumTopic", false);
        telegram_add(r, "name", title_of(&e));
        return 0;
    }
    if (c->kind == CONTENT_HOME && !is_topic(&outgoing->to)) {
        *refusal = REFUSAL_NO_TOPIC;
        *why = "General has no title of ours";
        return -1;
    }
    bool is_about = c->kind == CONTENT_EDIT || c->kind == CONTENT_DELETE ||
                    c->kind == CONTENT_REACTION; /* … another message */
    if (is_about && str_empty(outgoing->about_id)) {
        *refusal = REFUSAL_NO_MESSAGE;
        *why = "the message that is meant is not on Telegram";
        return -1;
    }
    switch (c->kind) {
    case CONTENT_TEXT:
        send_content(&e);
        break;
    case CONTENT_EDIT:
        edit(&e);
        break;
    case CONTENT_DELETE:
        delete_message(&e);
        break;
    case CONTENT_REACTION:
        react(&e);
        break;
    case CONTENT_HOME:
        name_topic(&e, reopen);
        break;
    case CONTENT_STANDING:
        change_standing(&e);
        break;
    }
    return out->n ? 0 : -1;
}

struct telegram_request telegram_encode_pin(struct arena *a, const char *chat, const char *id)
{
    struct telegram_request r = telegram_request("pinChatMessage");
    telegram_add_id(a, &r, "chat_id", chat);
    telegram_add_id(a, &r, "message_id", id);
    telegram_add_json(&r, "disable_notification", "true");
    return r;
}

struct telegram_request telegram_encode_answer(struct arena *a, const char *callback_id,
                                               const char *text)
{
    struct telegram_request r = telegram_request("answerCallbackQuery");
    telegram_add(&r, "callback_query_id", callback_id);
    if (!str_empty(text))
        telegram_add(&r, "text", arena_strndup(a, text, text_cut(text, 200)));
    return r;
}
