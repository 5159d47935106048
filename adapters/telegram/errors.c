#include "adapters/telegram/errors.h"

#include "bot/base/log.h"
#include "bot/base/text.h"

#define TOKEN_RETRY_MS   30000 /* somebody has to mend the token first */
#define DEFAULT_RETRY_MS 1000  /* a 429 that does not say how long */

/* The first text that is part of the description decides, upper and lower case alike. */
static const struct {
    const char *text;
    enum refusal refusal;
} refusals[] = {
    {"blocked by the user", REFUSAL_BLOCKED},
    {"USER_IS_BLOCKED", REFUSAL_BLOCKED},
    {"user is deactivated", REFUSAL_DEACTIVATED},
    {"USER_DEACTIVATED", REFUSAL_DEACTIVATED},
    {"can't initiate conversation", REFUSAL_NOT_STARTED},
    {"bot can't send messages to bots", REFUSAL_NOT_STARTED},

    {"bot was kicked", REFUSAL_KICKED},
    {"bot is not a member", REFUSAL_KICKED},
    {"CHANNEL_PRIVATE", REFUSAL_KICKED},

    {"thread not found", REFUSAL_NO_TOPIC},
    {"TOPIC_DELETED", REFUSAL_NO_TOPIC},
    {"TOPIC_ID_INVALID", REFUSAL_NO_TOPIC},
    {"invalid message thread identifier", REFUSAL_NO_TOPIC},
    {"TOPIC_CLOSED", REFUSAL_TOPIC_CLOSED},
    {"the chat is not a forum", REFUSAL_NO_FORUM},
    {"FORUM_MISSING", REFUSAL_NO_FORUM},

    {"caption is too long", REFUSAL_TOO_LONG},
    {"message is too long", REFUSAL_TOO_LONG},
    {"text is too long", REFUSAL_TOO_LONG},
    {"reply markup is too long", REFUSAL_TOO_LONG},
    {"MESSAGE_TOO_LONG", REFUSAL_TOO_LONG},
    {"CAPTION_TOO_LONG", REFUSAL_TOO_LONG},

    {"message can't be edited", REFUSAL_TOO_OLD},
    {"can't be deleted for everyone", REFUSAL_TOO_OLD},
    {"EDIT_TIME_EXPIRED", REFUSAL_TOO_OLD},
    {"query is too old", REFUSAL_TOO_OLD},

    {"is an administrator of the chat", REFUSAL_NO_RIGHT}, /* to restrict or ban one */
    {"can't remove chat owner", REFUSAL_NO_RIGHT},
    {"can't restrict self", REFUSAL_NO_RIGHT},
    {"message can't be deleted", REFUSAL_NO_RIGHT},
    {"DELETE_FORBIDDEN", REFUSAL_NO_RIGHT},
    {"not enough rights", REFUSAL_NO_RIGHT},
    {"no rights to send", REFUSAL_NO_RIGHT},
    {"no write access", REFUSAL_NO_RIGHT},
    {"administrator rights", REFUSAL_NO_RIGHT},
    {"ADMIN_REQUIRED", REFUSAL_NO_RIGHT},
    {"WRITE_FORBIDDEN", REFUSAL_NO_RIGHT},
    {"RIGHT_FORBIDDEN", REFUSAL_NO_RIGHT},
    {"CHAT_RESTRICTED", REFUSAL_NO_RIGHT},
    {"CHAT_SEND_", REFUSAL_NO_RIGHT},

    {"message to edit not found", REFUSAL_NO_MESSAGE},
    {"message to delete not found", REFUSAL_NO_MESSAGE},
    {"message to copy not found", REFUSAL_NO_MESSAGE},
    {"message to forward not found", REFUSAL_NO_MESSAGE},
    {"message to react not found", REFUSAL_NO_MESSAGE},
    {"message to pin not found", REFUSAL_NO_MESSAGE},
    {"message to be replied not found", REFUSAL_NO_MESSAGE},
    {"reply message not found", REFUSAL_NO_MESSAGE},
    {"replied message not found", REFUSAL_NO_MESSAGE},
    {"message not found", REFUSAL_NO_MESSAGE},
    {"there is no text in the message", REFUSAL_NO_MESSAGE},
    {"there is no caption in the message", REFUSAL_NO_MESSAGE},
    {"message identifier is not specified", REFUSAL_NO_MESSAGE},
    {"invalid message identifier", REFUSAL_NO_MESSAGE},
    {"MESSAGE_ID_INVALID", REFUSAL_NO_MESSAGE},
    {"QUOTE_TEXT_INVALID", REFUSAL_NO_MESSAGE},

    {"message can't be copied", REFUSAL_FILE},
    {"file identifier", REFUSAL_FILE},
    {"file_id", REFUSAL_FILE},
    {"remote file", REFUSAL_FILE},
    {"wrong padding in the string", REFUSAL_FILE},
    {"file is too big", REFUSAL_FILE},
    {"file must be non-empty", REFUSAL_FILE},
    {"Request Entity Too Large", REFUSAL_FILE},
    {"HTTP URL content", REFUSAL_FILE},
    {"type of the web page content", REFUSAL_FILE},
    {"can't use file of type", REFUSAL_FILE},
    {"PHOTO_", REFUSAL_FILE},
    {"IMAGE_PROCESS_FAILED", REFUSAL_FILE},
    {"MEDIA_EMPTY", REFUSAL_FILE},
    {"MEDIA_INVALID", REFUSAL_FILE},
    {"FILE_REFERENCE_", REFUSAL_FILE},
    {"FILE_PART", REFUSAL_FILE},
    {"VOICE_MESSAGES_FORBIDDEN", REFUSAL_FILE},

    {"chat not found", REFUSAL_NO_CHAT},
    {"upgraded to a supergroup", REFUSAL_NO_CHAT},
    {"group chat was deactivated", REFUSAL_NO_CHAT},
    {"group chat was deleted", REFUSAL_NO_CHAT},
    {"chat was deleted", REFUSAL_NO_CHAT},
    {"chat_id is empty", REFUSAL_NO_CHAT},
    {"chat identifier is not specified", REFUSAL_NO_CHAT},
    {"PEER_ID_INVALID", REFUSAL_NO_CHAT},
    {"CHANNEL_INVALID", REFUSAL_NO_CHAT},
    {"CHAT_ID_INVALID", REFUSAL_NO_CHAT},
};

/* Refusals that say: it is so already. */
static const char *const done_already[] = {
    "message is not modified", "MESSAGE_NOT_MODIFIED",        "TOPIC_NOT_MODIFIED",
    "CHAT_NOT_MODIFIED",       "message to delete not found",
};

/* In one piece and masked (a proxy may quote the URL) before it is cut, so that no half of a token
 * is left. */
static const char *clean_words(struct arena *a, const char *words)
{
    struct buf b = BUF_INIT(64 * 1024);
    char *clean = text_clean(a, words, strnlen(words, 4096));
    buf_str(&b, clean);
    log_mask(&b);
    char *kept = arena_strndup(a, b.data, text_utf16_to_byte(b.data, 500));
    buf_release(&b);
    return kept;
}

void telegram_answer_read(struct arena *a, const struct http_reply *reply,
                          struct telegram_answer *out)
{
    *out = (struct telegram_answer){.outcome = reply->outcome, .retry_after_s = -1};
    if (reply->outcome != HTTP_REPLIED) {
        out->words = clean_words(a, reply->error);
        return;
    }
    out->root = json_parse(reply->body, reply->body_len, NULL);
    const struct json *root = json_is_object(out->root) ? out->root : NULL;
    const char *description = json_str(root, "description");
    if (json_bool(root, "ok") && json_at(root, "result")) {
        out->is_ok = true;
        out->result = json_at(root, "result");
    }
    /* A proxy on the way answers in HTML: then the status is all there is. */
    int64_t code = json_int(root, "error_code", reply->status);
    out->code = out->is_ok ? 200 : code >= 400 && code <= 599 ? (int)code : reply->status;
    if (description)
        out->words = clean_words(a, description);
    else
        out->words = arena_printf(a, "status %d%s", reply->status, root ? "" : " without JSON");
    out->retry_after_s = json_int(root, "parameters.retry_after", reply->retry_after_s);
    out->migrated_to = json_id(root, "parameters.migrate_to_chat_id", a);
}

void telegram_answer_release(struct telegram_answer *answer)
{
    json_free(answer->root);
    answer->root = NULL;
    answer->result = NULL;
}

bool telegram_is_token_refused(const struct telegram_answer *answer)
{
    return answer->code == 401 ||
           (answer->code == 404 && !strcasestr(answer->words, "method not found"));
}

static enum refusal refusal_of(const char *words)
{
    for (size_t i = 0; i < ARRAY_LEN(refusals); i++)
        if (strcasestr(words, refusals[i].text))
            return refusals[i].refusal;
    return REFUSAL_OTHER;
}

static bool is_done_already(const char *words)
{
    for (size_t i = 0; i < ARRAY_LEN(done_already); i++)
        if (strcasestr(words, done_already[i]))
            return true;
    return false;
}

void telegram_delivery(const struct telegram_answer *answer, bool can_repeat, struct delivery *out)
{
    enum delivery_outcome doubt = can_repeat ? DELIVERY_RETRY_AFTER : DELIVERY_UNKNOWN;
    *out = (struct delivery){.outcome = DELIVERY_SENT, .id = "", .why = answer->words};
    if (answer->is_ok)
        return;
    if (answer->outcome == HTTP_NOT_SENT) {
        out->outcome = DELIVERY_RETRY_AFTER;
    } else if (answer->outcome == HTTP_UNKNOWN || answer->code >= 500 || answer->code < 400) {
        out->outcome = doubt;
    } else if (answer->code == 429) {
        out->outcome = DELIVERY_RETRY_AFTER;
        out->retry_ms = answer->retry_after_s > 0 && answer->retry_after_s < INT32_MAX
                            ? answer->retry_after_s * 1000
                            : DEFAULT_RETRY_MS;
    } else if (telegram_is_token_refused(answer)) {
        out->outcome = DELIVERY_RETRY_AFTER;
        out->retry_ms = TOKEN_RETRY_MS;
        out->whole_account = true;
    } else if (!answer->root && answer->code != 413) { /* a proxy's word, not Telegram's */
        out->outcome = DELIVERY_RETRY_AFTER;
    } else if (!is_done_already(answer->words)) {
        out->outcome = DELIVERY_REFUSED;
        out->refusal = answer->code == 413 ? REFUSAL_FILE : refusal_of(answer->words);
        out->migrated_to = answer->migrated_to;
    }
}
