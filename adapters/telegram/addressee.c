#include "adapters/telegram/addressee.h"

#include <strings.h>

#include "bot/base/text.h"

#define MAX_ENTITIES 100

static bool is_id(const char *id, int64_t number)
{
    int64_t parsed;
    return parse_i64(id, &parsed) == 0 && parsed == number;
}

/* Is the text from byte `start` to `end` "@username", or does "@username" end it? */
static bool names_us(const char *text, size_t start, size_t end, const char *username)
{
    while (start < end && text[start] != '@')
        start++;
    return start < end && end - start - 1 == strlen(username) &&
           !strncasecmp(text + start + 1, username, end - start - 1);
}

static void read_entity(struct event *event, const struct json *entity, const char *text,
                        const char *username)
{
    const char *type = json_str(entity, "type");
    int64_t offset = json_int(entity, "offset", -1), units = json_int(entity, "length", -1);
    bool is_command = str_eq(type, "bot_command"), is_mention = str_eq(type, "mention");
    if (str_eq(type, "text_mention")) {
        bool is_us = is_id(event->from.account, json_int(entity, "user.id", 0));
        *(is_us ? &event->is_to_us : &event->is_to_others) = true;
        return;
    }
    if ((!is_command && !is_mention) || offset < 0 || units <= 0 || offset > INT32_MAX ||
        units > INT32_MAX)
        return;
    size_t start = text_utf16_to_byte(text, (size_t)offset);
    size_t end = text_utf16_to_byte(text, (size_t)(offset + units));
    bool has_name = memchr(text + start, '@', end - start);
    if ((is_command && !has_name) || names_us(text, start, end, username))
        event->is_to_us = true;
    else
        event->is_to_others = true;
}

/* A post of a channel that stands in its discussion group is nobody's talk. */
static void read_replied(struct event *event, const struct json *replied)
{
    int64_t who = json_int(replied, "from.id", 0);
    bool opens_topic = json_at(replied, "forum_topic_created") ||
                       is_id(event->from.thread, json_int(replied, "message_id", 0));
    if (!replied || opens_topic || json_bool(replied, "is_automatic_forward"))
        return;
    if (is_id(event->from.account, who))
        event->is_to_us = true;
    else if (!is_id(event->from.user, who))
        event->is_to_others = true;
}

void telegram_read_addressee(struct event *event, const struct json *message, const char *username)
{
    const char *text = json_str(message, "text");
    const struct json *entities = json_at(message, text ? "entities" : "caption_entities");
    event->sent_ms = json_int(message, "date", 0) * 1000;
    if (event->is_private)
        return;
    if (!text)
        text = json_str(message, "caption");
    for (size_t i = 0; text && i < json_len(entities) && i < MAX_ENTITIES; i++)
        read_entity(event, json_item(entities, i), text, username);
    read_replied(event, json_at(message, "reply_to_message"));
}
