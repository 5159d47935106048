#include "adapters/telegram/decode.h"

#include <inttypes.h>
#include <string.h>

#include "adapters/telegram/addressee.h"
#include "adapters/telegram/kinds.h"
#include "adapters/telegram/membership.h"
#include "bot/base/text.h"

#define MAX_TEXT     (64 * 1024) /* bytes; Telegram's own limit is 4096 units, at most 12 KB */
#define MAX_ENTITIES 100         /* as Telegram's */
#define MAX_NAME     128
#define MAX_ID       512 /* file ids and callback ids have about 100 */
#define MAX_OPTIONS  12  /* of a poll, as Telegram's */
#define MAX_MEMBERS  200 /* of an object that are looked through */

#define ANONYMOUS_ADMIN "1087968824" /* @GroupAnonymousBot, who stands for all of them */

const char telegram_allowed_updates[] =
    "[\"message\",\"edited_message\",\"callback_query\",\"message_reaction\","
    "\"chat_member\",\"my_chat_member\"]";

struct decoder {
    struct arena *arena;
    const char *username; /* the bot's */
    const char *why;      /* why there is no event */
    bool is_silent;       /* it is well-formed, and tells us nothing */
    struct event *event;
};

static bool refuse(struct decoder *d, const char *why)
{
    d->why = why;
    return false;
}

static bool ignore(struct decoder *d, const char *why)
{
    d->is_silent = true;
    return refuse(d, why);
}

/* Small parts */

/* "" where it is no string. */
static char *clean_str(struct decoder *d, const struct json *j, const char *path)
{
    const char *s = json_str(j, path);
    return s ? text_clean(d->arena, s, strnlen(s, MAX_TEXT)) : arena_strdup(d->arena, "");
}

/* The same, for what is shown in one line. */
static const char *short_str(struct decoder *d, const struct json *j, const char *path)
{
    return text_excerpt(d->arena, clean_str(d, j, path), MAX_NAME);
}

/* An id that is a string and goes back to Telegram as it came; NULL where it is none. */
static const char *opaque_id(struct decoder *d, const struct json *j, const char *path)
{
    const char *s = json_str(j, path);
    return str_empty(s) || strlen(s) > MAX_ID ? NULL : arena_strdup(d->arena, s);
}

/* An id that is an integer, exactly as text; NULL where it is none. */
static const char *number_id(struct decoder *d, const struct json *j, const char *path)
{
    int64_t id = json_int(j, path, 0);
    return id ? arena_int(d->arena, id) : NULL;
}

static const char *full_name(struct decoder *d, const struct json *who)
{
    const char *title = clean_str(d, who, "title"); /* of a chat */
    const char *first = clean_str(d, who, "first_name"), *last = clean_str(d, who, "last_name");
    const char *name =
        *title ? title : arena_printf(d->arena, *last ? "%s %s" : "%s%s", first, last);
    return text_excerpt(d->arena, name, MAX_NAME);
}

static void read_person(struct decoder *d, const struct json *user)
{
    struct event *e = d->event;
    const char *id = number_id(d, user, "id");
    e->from.user = id ? id : "";
    e->name = full_name(d, user);
    e->username = short_str(d, user, "username");
    e->lang_hint = short_str(d, user, "language_code");
    e->is_anonymous = json_bool(user, "is_bot") || str_eq(id, ANONYMOUS_ADMIN);
}

/* Somebody who speaks as a group or a channel. */
static void read_mask(struct decoder *d, const struct json *chat)
{
    d->event->is_anonymous = true;
    d->event->name = full_name(d, chat);
    d->event->username = short_str(d, chat, "username");
    if (!*d->event->from.user && number_id(d, chat, "id"))
        d->event->from.user = number_id(d, chat, "id");
}

static bool read_chat(struct decoder *d, const struct json *chat)
{
    const char *id = number_id(d, chat, "id");
    if (!id)
        return refuse(d, "no chat id");
    if (str_eq(json_str(chat, "type"), "channel"))
        return ignore(d, "channel");
    d->event->from.chat = id;
    d->event->is_private = str_eq(json_str(chat, "type"), "private");
    return true;
}

/* A topic of a forum. General has none, and the threads of other groups are replies. */
static void read_thread(struct decoder *d, const struct json *message)
{
    const char *thread = number_id(d, message, "message_thread_id");
    if (thread && json_bool(message, "is_topic_message") &&
        str_eq(json_str(message, "chat.type"), "supergroup"))
        d->event->from.thread = thread;
}

/* Content */

static bool entity_type_of(const char *name, enum entity_type *out)
{
    for (int t = 0; t < ENTITY_TYPES; t++)
        if (str_eq(entity_name((enum entity_type)t), name)) {
            *out = (enum entity_type)t;
            return true;
        }
    *out = ENTITY_BLOCKQUOTE;
    return str_eq(name, "expandable_blockquote");
}

static void read_entities(struct decoder *d, const struct json *list, const char *raw)
{
    struct content *c = &d->event->content;
    bool is_changed = !str_eq(raw, c->text); /* by text_clean, which then moved what follows */
    size_t n = json_is_array(list) ? json_len(list) : 0;
    n = n < MAX_ENTITIES ? n : MAX_ENTITIES;
    c->entities = arena_alloc(d->arena, n * sizeof(*c->entities));
    for (size_t i = 0; i < n; i++) {
        const struct json *j = json_item(list, i);
        struct entity e = {0};
        int64_t from = json_int(j, "offset", -1), units = json_int(j, "length", -1);
        if (!entity_type_of(json_str(j, "type"), &e.type) || from < 0 || units <= 0 ||
            from > MAX_TEXT || units > MAX_TEXT)
            continue;
        size_t start = text_utf16_to_byte(raw, (size_t)from);
        size_t end = text_utf16_to_byte(raw, (size_t)(from + units));
        if (is_changed) {
            start = strlen(text_clean(d->arena, raw, start));
            end = strlen(text_clean(d->arena, raw, end));
        }
        const char *url = e.type == ENTITY_LINK    ? "url"
                          : e.type == ENTITY_EMOJI ? "custom_emoji_id"
                          : e.type == ENTITY_PRE   ? "language"
                                                   : NULL;
        if (url && json_str(j, url))
            e.url = clean_str(d, j, url);
        if (start >= end || (str_empty(e.url) && (e.type == ENTITY_LINK || e.type == ENTITY_EMOJI)))
            continue;
        e.offset = start;
        e.len = end - start;
        c->entities[c->n_entities++] = e;
    }
}

static bool read_words(struct decoder *d, const struct json *message)
{
    const char *raw = json_str(message, "text");
    const char *entities = "entities";
    if (!raw) {
        raw = json_str(message, "caption");
        entities = "caption_entities";
    }
    if (!raw)
        return true;
    size_t len = strlen(raw);
    if (len > MAX_TEXT)
        return refuse(d, "a text longer than Telegram allows");
    d->event->content.text = text_clean(d->arena, raw, len);
    read_entities(d, json_at(message, entities), raw);
    return true;
}

/* The order decides: an animation comes with a document, a live photo with a photo. */
static const struct {
    const char *name;
    enum file_kind kind;
} file_fields[] = {
    {"animation", FILE_ANIMATION},   {"photo", FILE_PHOTO},       {"video", FILE_VIDEO},
    {"video_note", FILE_VIDEO_NOTE}, {"voice", FILE_VOICE},       {"audio", FILE_AUDIO},
    {"sticker", FILE_STICKER},       {"document", FILE_DOCUMENT},
};

static void read_file(struct decoder *d, const struct json *message)
{
    struct content *c = &d->event->content;
    for (size_t i = 0; i < ARRAY_LEN(file_fields); i++) {
        const struct json *j = json_at(message, file_fields[i].name);
        if (file_fields[i].kind == FILE_PHOTO)
            j = json_at(j, "-1"); /* its sizes, the largest last */
        const char *id = opaque_id(d, j, "file_id");
        if (!id)
            continue;
        c->files = arena_alloc(d->arena, sizeof(*c->files));
        c->n_files = 1;
        int64_t size = json_int(j, "file_size", 0);
        *c->files =
            (struct file){.kind = file_fields[i].kind, .id = id, .size = size > 0 ? size : 0};
        if (json_str(j, "file_name"))
            c->files->name = clean_str(d, j, "file_name"); /* whole: it goes out with the file */
        if (json_str(j, "mime_type"))
            c->files->mime = short_str(d, j, "mime_type");
        return;
    }
}

/* What follows is copied as it is, so its words are whole: a screen must see all of them. */

/* "10.77, 106.7", or NULL. */
static const char *coordinates(struct decoder *d, const struct json *location)
{
    const char *latitude = json_number(location, "latitude", d->arena);
    const char *longitude = json_number(location, "longitude", d->arena);
    return latitude && longitude ? arena_printf(d->arena, "%s, %s", latitude, longitude) : NULL;
}

static const char *venue_words(struct decoder *d, const struct json *venue)
{
    const char *where = coordinates(d, json_at(venue, "location"));
    return where ? arena_printf(d->arena, "%s, %s (%s)", clean_str(d, venue, "title"),
                                clean_str(d, venue, "address"), where)
                 : NULL;
}

/* Those of the members that are there, one behind the other. */
static const char *members_joined(struct decoder *d, const struct json *j, const char *const *names,
                                  size_t n, const char *between)
{
    const char *all = "";
    for (size_t i = 0; i < n; i++) {
        const char *text = clean_str(d, j, names[i]);
        if (*text)
            all = arena_printf(d->arena, "%s%s%s", all, *all ? between : "", text);
    }
    return all;
}

static const char *contact_words(struct decoder *d, const struct json *contact)
{
    static const char *const names[] = {"first_name", "last_name", "phone_number", "vcard"};
    return json_str(contact, "phone_number")
               ? members_joined(d, contact, names, ARRAY_LEN(names), " ")
               : NULL;
}

static const char *poll_words(struct decoder *d, const struct json *poll)
{
    static const char *const names[] = {"question", "description", "explanation"};
    const struct json *options = json_at(poll, "options");
    const char *words = members_joined(d, poll, names, ARRAY_LEN(names), "\n");
    for (size_t i = 0; i < json_len(options) && i < MAX_OPTIONS; i++)
        words =
            arena_printf(d->arena, "%s\n– %s", words, clean_str(d, json_item(options, i), "text"));
    return *words ? words : NULL;
}

static const char *dice_words(struct decoder *d, const struct json *dice)
{
    const char *value = number_id(d, dice, "value");
    return value ? arena_printf(d->arena, "%s %s", short_str(d, dice, "emoji"), value) : NULL;
}

/* A venue comes with its location. */
static const struct {
    const char *name;
    enum file_kind kind;
    const char *(*words)(struct decoder *d, const struct json *j);
} word_fields[] = {
    {"venue", FILE_VENUE, venue_words},       {"location", FILE_LOCATION, coordinates},
    {"contact", FILE_CONTACT, contact_words}, {"poll", FILE_POLL, poll_words},
    {"dice", FILE_DICE, dice_words},
};

static void read_file_of_words(struct decoder *d, const struct json *message)
{
    struct content *c = &d->event->content;
    for (size_t i = 0; i < ARRAY_LEN(word_fields) && !c->n_files; i++) {
        const struct json *j = json_at(message, word_fields[i].name);
        const char *words = j ? word_fields[i].words(d, j) : NULL;
        if (!words)
            continue;
        c->files = arena_alloc(d->arena, sizeof(*c->files));
        c->n_files = 1;
        *c->files = (struct file){.kind = word_fields[i].kind, .name = words};
    }
}

/* The name of the first member of `object` that is set and not in the list; NULL: there is none. */
static const char *first_member(struct decoder *d, const struct json *object, const char *except)
{
    size_t n = json_len(object) < MAX_MEMBERS ? json_len(object) : MAX_MEMBERS;
    for (size_t i = 0; i < n; i++) {
        const struct json *member = json_item(object, i);
        const char *name = json_name(member);
        if (!str_empty(name) && json_at(member, "") && !telegram_is_listed(except, name))
            return text_excerpt(d->arena, text_clean(d->arena, name, strlen(name)), MAX_NAME);
    }
    return NULL;
}

/* What a command answers comes with it: `/announce` says that. */
static void read_replied(struct decoder *d, const struct json *replied)
{
    struct event holder = {.content = CONTENT_INIT};
    struct decoder reader = {.arena = d->arena, .event = &holder};
    if (!read_words(&reader, replied))
        return;
    read_file(&reader, replied);
    d->event->replied = arena_alloc(d->arena, sizeof(*d->event->replied));
    *d->event->replied = holder.content;
}

static void read_reply(struct decoder *d, const struct json *message)
{
    struct content *c = &d->event->content;
    const struct json *replied = json_at(message, "reply_to_message");
    const char *id = number_id(d, replied, "message_id");
    /* All in a topic hangs below the message that opened it. */
    if (id && !json_at(replied, "forum_topic_created") && !str_eq(id, d->event->from.thread)) {
        const char *who = number_id(d, replied, "from.id");
        c->about_id = id;
        d->event->about_user = who ? who : "";
        if (*c->text == '/' && is_lower(c->text[1]) && !d->event->is_private)
            read_replied(d, replied);
    }
    if (json_str(message, "quote.text"))
        c->quote = clean_str(d, message, "quote.text");
}

/* Whose words are passed on. Those who hide it leave their name alone. */
static void read_origin(struct decoder *d, const struct json *origin)
{
    static const char *const whose[] = {"sender_user", "sender_chat", "chat"};
    struct origin *by = &d->event->forwarded;
    *by = (struct origin){"", clean_str(d, origin, "sender_user_name"), ""};
    for (size_t i = 0; i < ARRAY_LEN(whose); i++) {
        const struct json *who = json_at(origin, whose[i]);
        const char *id = number_id(d, who, "id");
        if (!id)
            continue;
        *by = (struct origin){id, full_name(d, who), short_str(d, who, "username")};
    }
}

static bool read_content(struct decoder *d, const struct json *message)
{
    struct content *c = &d->event->content;
    if (!read_words(d, message))
        return false;
    read_file(d, message);
    if (!c->n_files)
        read_file_of_words(d, message);
    if (!c->n_files && !json_str(message, "text")) {
        c->unreadable = first_member(d, message, telegram_about);
        if (c->unreadable && telegram_is_listed(telegram_services, c->unreadable))
            return ignore(d, c->unreadable);
    }
    if (content_is_empty(c) && !c->unreadable)
        return refuse(d, "a message without content");
    c->album = opaque_id(d, message, "media_group_id");
    c->origin_chat = d->event->from.chat;
    c->origin_id = d->event->message_id;
    read_reply(d, message);
    if (json_at(message, "forward_origin"))
        read_origin(d, json_at(message, "forward_origin"));
    return true;
}

/* Updates */

static bool is_topic_change(const struct json *message)
{
    return json_at(message, "forum_topic_closed") || json_at(message, "forum_topic_reopened");
}

/* A group became a supergroup, which has an id of its own. Both say so, the old one and the new. */
static bool read_move(struct decoder *d, const struct json *message)
{
    static const char *const moved[] = {ROOM_MOVED};
    struct event *e = d->event;
    const char *to = number_id(d, message, "migrate_to_chat_id");
    const char *from = number_id(d, message, "migrate_from_chat_id");
    if (!to && !from)
        return false;
    e->type = EVENT_ROOM;
    e->data = to ? to : e->from.chat;
    e->from.chat = to ? e->from.chat : from;
    e->problems = moved;
    e->n_problems = 1;
    return true;
}

static bool read_message(struct decoder *d, const struct json *message)
{
    struct event *e = d->event;
    e->type = EVENT_MESSAGE;
    e->message_id = number_id(d, message, "message_id");
    if (!e->message_id)
        return refuse(d, "no message id");
    if (!read_chat(d, json_at(message, "chat")))
        return false;
    read_thread(d, message);
    read_person(d, json_at(message, "from"));
    if (json_at(message, "sender_chat"))
        read_mask(d, json_at(message, "sender_chat"));
    if (!*e->from.user)
        return refuse(d, "no sender");
    telegram_read_addressee(e, message, d->username);
    if (read_move(d, message))
        return true;
    if (is_topic_change(message) && !str_eq(e->from.user, e->from.account)) {
        e->type = EVENT_HOME;
        e->data = json_at(message, "forum_topic_closed") ? "closed" : "opened";
        return true;
    }
    return read_content(d, message);
}

static bool read_edit(struct decoder *d, const struct json *message)
{
    struct content *c = &d->event->content;
    if (!read_message(d, message))
        return false;
    bool is_words = c->n_files && file_kind_is_words(c->files->kind);
    const char *kind = is_words ? file_kind_name(c->files->kind) : c->unreadable;
    if (is_words || (kind && content_is_empty(c))) /* a live location moves, a poll is voted in */
        return ignore(d, arena_printf(d->arena, "edited %s", kind));
    c->kind = CONTENT_EDIT;
    c->about_id = d->event->message_id;
    d->event->about_user = ""; /* it answers what it answered before */
    return true;
}

static bool read_button(struct decoder *d, const struct json *query)
{
    struct event *e = d->event;
    e->type = EVENT_BUTTON;
    e->callback_id = opaque_id(d, query, "id");
    if (!e->callback_id || !json_str(query, "data"))
        return ignore(d, "a button without data");
    e->data = short_str(d, query, "data");
    /* Of a message too old to be shown only chat and id are left. */
    const struct json *message = json_at(query, "message");
    e->content.about_id = number_id(d, message, "message_id");
    if (!e->content.about_id)
        return ignore(d, "a button without message");
    if (!read_chat(d, json_at(message, "chat")))
        return false;
    read_thread(d, message);
    read_person(d, json_at(query, "from"));
    return *e->from.user ? true : refuse(d, "no sender");
}

static bool read_reaction(struct decoder *d, const struct json *reaction)
{
    struct event *e = d->event;
    struct content *c = &e->content;
    e->type = EVENT_MESSAGE;
    c->kind = CONTENT_REACTION;
    c->about_id = number_id(d, reaction, "message_id");
    if (!c->about_id)
        return refuse(d, "no message id");
    if (!read_chat(d, json_at(reaction, "chat")))
        return false;
    read_person(d, json_at(reaction, "user"));
    if (json_at(reaction, "actor_chat"))
        read_mask(d, json_at(reaction, "actor_chat"));
    if (!*e->from.user)
        return refuse(d, "no sender");

    const struct json *now = json_at(reaction, "new_reaction");
    if (!json_is_array(now))
        return refuse(d, "a reaction without its list");
    c->reaction = "";
    for (size_t i = 0; i < json_len(now); i++) /* the newest is the last */
        if (str_eq(json_str(json_item(now, i), "type"), "emoji"))
            c->reaction = short_str(d, json_item(now, i), "emoji");
    if (json_len(now) && !*c->reaction)
        return ignore(d, "a reaction that is no emoji");
    return true;
}

/* Ours: blocked by a customer, made admin. A member's: who came in, not who let him in. */
static bool read_membership(struct decoder *d, const struct json *change, bool is_ours)
{
    struct event *e = d->event;
    e->type = EVENT_MEMBER;
    if (!read_chat(d, json_at(change, "chat")))
        return false;
    read_person(d, json_at(change, is_ours ? "from" : "new_chat_member.user"));
    if (!json_str(change, "new_chat_member.status") || !*e->from.user)
        return refuse(d, "a change of standing without its status");
    e->data = is_ours ? telegram_own_change(change, e->is_private) : MEMBER_JOINED;
    return is_ours || telegram_has_joined(change, e->from.account) || ignore(d, "chat_member");
}

static bool read_standing(struct decoder *d, const struct json *change)
{
    return read_membership(d, change, true);
}

static bool read_member(struct decoder *d, const struct json *change)
{
    return read_membership(d, change, false);
}

static const struct {
    const char *name;
    bool (*read)(struct decoder *d, const struct json *value);
} readers[] = {
    {"message", read_message},         {"edited_message", read_edit},
    {"callback_query", read_button},   {"message_reaction", read_reaction},
    {"my_chat_member", read_standing}, {"chat_member", read_member},
};

int64_t telegram_update_id(const struct json *update)
{
    int64_t id = json_int(update, "update_id", -1);
    return id >= 0 && id <= INT32_MAX ? id : -1; /* "int32", telegram-bot-api */
}

static bool read_update(struct decoder *d, const struct json *update)
{
    for (size_t i = 0; i < ARRAY_LEN(readers); i++) {
        const struct json *value = json_at(update, readers[i].name);
        if (json_is_object(value))
            return readers[i].read(d, value);
        if (value)
            return refuse(d, "a member of the wrong type");
    }
    const char *name = first_member(d, update, " update_id ");
    return name ? ignore(d, name) : refuse(d, "an empty update");
}

enum telegram_decoded telegram_decode(struct arena *a, const struct json *update,
                                      const char *account, const char *username, int64_t now_ms,
                                      struct event *out, const char **why)
{
    int64_t id = telegram_update_id(update);
    struct decoder d = {.arena = a, .event = out, .username = username};
    *out = (struct event){
        .now_ms = now_ms,
        .from = {.platform = "telegram", .account = account, .chat = "", .thread = "", .user = ""},
        .name = "",
        .username = "",
        .lang_hint = "",
        .data = "",
        .about_user = "",
        .content = CONTENT_INIT,
    };
    *why = "no update id";
    if (id < 0)
        return TELEGRAM_MALFORMED;
    out->id.bucket = arena_printf(a, "%s:%" PRId64, account, id >> 14);
    out->id.member = arena_int(a, id & 0x3fff);
    bool is_event = read_update(&d, update);
    *why = d.why;
    return is_event ? TELEGRAM_EVENT : d.is_silent ? TELEGRAM_SILENT : TELEGRAM_MALFORMED;
}
