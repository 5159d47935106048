/* Every text of telegram-bot-api's and of the servers behind it that we act on, and what becomes of
 * a send. */
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "adapters/telegram/errors.h"
#include "bot/base/log.h"

struct reading {
    struct arena arena;
    struct telegram_answer answer;
    struct delivery delivery;
};

static void read_reply(struct reading *r, const struct http_reply *reply, bool can_repeat)
{
    *r = (struct reading){0};
    telegram_answer_read(&r->arena, reply, &r->answer);
    telegram_delivery(&r->answer, can_repeat, &r->delivery);
}

static void read_status(struct reading *r, int status, const char *body, bool can_repeat)
{
    struct http_reply reply = {.outcome = HTTP_REPLIED,
                               .status = status,
                               .body = body,
                               .body_len = strlen(body),
                               .retry_after_s = -1,
                               .error = ""};
    read_reply(r, &reply, can_repeat);
}

static void done(struct reading *r)
{
    telegram_answer_release(&r->answer);
    arena_release(&r->arena);
}

static const struct {
    int code;
    const char *description;
    enum refusal refusal;
} refused[] = {
    {403, "Forbidden: bot was blocked by the user", REFUSAL_BLOCKED},
    {403, "Forbidden: user is deactivated", REFUSAL_DEACTIVATED},
    {403, "Forbidden: bot can't initiate conversation with a user", REFUSAL_NOT_STARTED},
    {403, "Forbidden: bot can't send messages to bots", REFUSAL_NOT_STARTED},
    {403, "Forbidden: bot was kicked from the group chat", REFUSAL_KICKED},
    {403, "Forbidden: bot was kicked from the supergroup chat", REFUSAL_KICKED},
    {403, "Forbidden: bot is not a member of the supergroup chat", REFUSAL_KICKED},
    {403, "Forbidden: bot is not a member of the channel chat", REFUSAL_KICKED},
    {400, "Bad Request: CHANNEL_PRIVATE", REFUSAL_KICKED},
    {400, "Bad Request: chat not found", REFUSAL_NO_CHAT},
    {400, "Bad Request: PEER_ID_INVALID", REFUSAL_NO_CHAT},
    {400, "Bad Request: chat_id is empty", REFUSAL_NO_CHAT},
    {403, "Forbidden: the group chat was deleted", REFUSAL_NO_CHAT},
    {400, "Bad Request: group chat was deactivated", REFUSAL_NO_CHAT},
    {400, "Bad Request: message thread not found", REFUSAL_NO_TOPIC},
    {400, "Bad Request: TOPIC_DELETED", REFUSAL_NO_TOPIC},
    {400, "Bad Request: TOPIC_ID_INVALID", REFUSAL_NO_TOPIC},
    {400, "Bad Request: invalid message thread identifier specified", REFUSAL_NO_TOPIC},
    {400, "Bad Request: TOPIC_CLOSED", REFUSAL_TOPIC_CLOSED},
    {400, "Bad Request: the chat is not a forum", REFUSAL_NO_FORUM},
    {400, "Bad Request: CHANNEL_FORUM_MISSING", REFUSAL_NO_FORUM},
    {400, "Bad Request: not enough rights to send text messages to the chat", REFUSAL_NO_RIGHT},
    {400, "Bad Request: not enough rights to send photos to the chat", REFUSAL_NO_RIGHT},
    {400, "Bad Request: not enough rights to create a topic", REFUSAL_NO_RIGHT},
    {400, "Bad Request: not enough rights to manage pinned messages in the chat", REFUSAL_NO_RIGHT},
    {400, "Bad Request: have no rights to send a message", REFUSAL_NO_RIGHT},
    {400, "Bad Request: need administrator rights in the channel chat", REFUSAL_NO_RIGHT},
    {400, "Bad Request: CHAT_ADMIN_REQUIRED", REFUSAL_NO_RIGHT},
    {403, "Forbidden: CHAT_WRITE_FORBIDDEN", REFUSAL_NO_RIGHT},
    {400, "Bad Request: CHAT_SEND_PHOTOS_FORBIDDEN", REFUSAL_NO_RIGHT},
    {400, "Bad Request: message can't be deleted", REFUSAL_NO_RIGHT},
    {403, "Forbidden: MESSAGE_DELETE_FORBIDDEN", REFUSAL_NO_RIGHT},
    {400, "Bad Request: message can't be deleted for everyone", REFUSAL_TOO_OLD},
    {400, "Bad Request: message can't be edited", REFUSAL_TOO_OLD},
    {400, "Bad Request: query is too old and response timeout expired or query ID is invalid",
     REFUSAL_TOO_OLD},
    {400, "Bad Request: message to edit not found", REFUSAL_NO_MESSAGE},
    {400, "Bad Request: message to be replied not found", REFUSAL_NO_MESSAGE},
    {400, "Bad Request: message to copy not found", REFUSAL_NO_MESSAGE},
    {400, "Bad Request: message to react not found", REFUSAL_NO_MESSAGE},
    {400, "Bad Request: message to pin not found", REFUSAL_NO_MESSAGE},
    {400, "Bad Request: MESSAGE_ID_INVALID", REFUSAL_NO_MESSAGE},
    {400, "Bad Request: there is no text in the message to edit", REFUSAL_NO_MESSAGE},
    {400, "Bad Request: there is no caption in the message to edit", REFUSAL_NO_MESSAGE},
    {400, "Bad Request: message is too long", REFUSAL_TOO_LONG},
    {400, "Bad Request: message caption is too long", REFUSAL_TOO_LONG},
    {400, "Bad Request: MESSAGE_TOO_LONG", REFUSAL_TOO_LONG},
    {400, "Bad Request: MEDIA_CAPTION_TOO_LONG", REFUSAL_TOO_LONG},
    {400, "Bad Request: the message can't be copied", REFUSAL_FILE},
    {400, "Bad Request: wrong file identifier/HTTP URL specified", REFUSAL_FILE},
    {400, "Bad Request: wrong remote file identifier specified: Wrong padding in the string",
     REFUSAL_FILE},
    {400, "Bad Request: wrong file_id or the file is temporarily unavailable", REFUSAL_FILE},
    {400, "Bad Request: file is too big", REFUSAL_FILE},
    {400, "Bad Request: file must be non-empty", REFUSAL_FILE},
    {400, "Bad Request: failed to get HTTP URL content", REFUSAL_FILE},
    {400, "Bad Request: can't use file of type Video as Photo", REFUSAL_FILE},
    {400, "Bad Request: PHOTO_INVALID_DIMENSIONS", REFUSAL_FILE},
    {400, "Bad Request: IMAGE_PROCESS_FAILED", REFUSAL_FILE},
    {413, "Request Entity Too Large", REFUSAL_FILE},
    {400, "Bad Request: message text is empty", REFUSAL_OTHER},
    {400, "Bad Request: BUTTON_DATA_INVALID", REFUSAL_OTHER},
    {400, "Bad Request: REACTION_INVALID", REFUSAL_OTHER},
    {404, "Not Found: method not found", REFUSAL_OTHER},
};

static void refusals_are_known_by_their_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
        struct reading r;
        char body[500];
        snprintf(body, sizeof(body), "{\"ok\":false,\"error_code\":%d,\"description\":\"%s\"}",
                 refused[i].code, refused[i].description);
        read_status(&r, refused[i].code, body, false);
        if (r.delivery.outcome != DELIVERY_REFUSED || r.delivery.refusal != refused[i].refusal)
            fail_msg("%s: outcome %d, %s", refused[i].description, (int)r.delivery.outcome,
                     refusal_name(r.delivery.refusal));
        assert_string_equal(r.delivery.why, refused[i].description);
        assert_null(r.delivery.migrated_to);
        done(&r);
    }
}

static void what_is_so_already_counts_as_done(void **state)
{
    (void)state;
    static const char *const words[] = {
        "Bad Request: message is not modified: specified new message content and reply markup are "
        "exactly the same as a current content and reply markup of the message",
        "Bad Request: TOPIC_NOT_MODIFIED",
        "Bad Request: message to delete not found",
    };
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        struct reading r;
        char body[500];
        snprintf(body, sizeof(body), "{\"ok\":false,\"error_code\":400,\"description\":\"%s\"}",
                 words[i]);
        read_status(&r, 400, body, true);
        assert_int_equal(r.delivery.outcome, DELIVERY_SENT);
        done(&r);
    }
}

static void a_result_is_sent(void **state)
{
    (void)state;
    struct reading r;
    read_status(&r, 200, "{\"ok\":true,\"result\":{\"message_id\":9007199254740993}}", false);
    assert_int_equal(r.delivery.outcome, DELIVERY_SENT);
    assert_string_equal(json_id(r.answer.result, "message_id", &r.arena), "9007199254740993");
    done(&r);
    read_status(&r, 200, "{\"ok\":true,\"result\":true}", true);
    assert_int_equal(r.delivery.outcome, DELIVERY_SENT);
    done(&r);
}

static void a_moved_group_says_where_to(void **state)
{
    (void)state;
    struct reading r;
    read_status(&r, 400,
                "{\"ok\":false,\"error_code\":400,\"description\":\"Bad Request: group chat was "
                "upgraded to a supergroup chat\",\"parameters\":{\"migrate_to_chat_id\":"
                "-1009007199254740993}}",
                false);
    assert_int_equal(r.delivery.outcome, DELIVERY_REFUSED);
    assert_int_equal(r.delivery.refusal, REFUSAL_NO_CHAT);
    assert_string_equal(r.delivery.migrated_to, "-1009007199254740993");
    done(&r);
}

static void a_429_waits_to_the_second(void **state)
{
    (void)state;
    struct reading r;
    read_status(&r, 429,
                "{\"ok\":false,\"error_code\":429,\"description\":\"Too Many Requests: retry after "
                "37\",\"parameters\":{\"retry_after\":37}}",
                false);
    assert_int_equal(r.delivery.outcome, DELIVERY_RETRY_AFTER);
    assert_int_equal(r.delivery.retry_ms, 37000);
    assert_false(r.delivery.whole_account);
    done(&r);

    /* hours */
    read_status(&r, 429,
                "{\"ok\":false,\"error_code\":429,\"description\":\"Too Many Requests: retry after "
                "21600\",\"parameters\":{\"retry_after\":21600}}",
                true);
    assert_int_equal(r.delivery.retry_ms, 21600000);
    done(&r);

    /* by a proxy: only the header says how long */
    struct http_reply reply = {.outcome = HTTP_REPLIED,
                               .status = 429,
                               .body = "slow down",
                               .body_len = 9,
                               .retry_after_s = 4,
                               .error = ""};
    read_reply(&r, &reply, false);
    assert_int_equal(r.delivery.outcome, DELIVERY_RETRY_AFTER);
    assert_int_equal(r.delivery.retry_ms, 4000);
    done(&r);
    reply.retry_after_s = -1;
    read_reply(&r, &reply, false);
    assert_int_equal(r.delivery.retry_ms, 1000);
    done(&r);
    read_status(&r, 429,
                "{\"ok\":false,\"error_code\":429,\"description\":\"\",\"parameters\":"
                "{\"retry_after\":9223372036854775807}}",
                false);
    assert_int_equal(r.delivery.retry_ms, 1000);
    done(&r);
}

/* After the request was written nobody knows; only what can be made twice is made again. */
static void doubts(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *body;
    } cases[] = {
        {500, "{\"ok\":false,\"error_code\":500,\"description\":\"Internal Server Error\"}"},
        {502, "<html><head><title>502 Bad Gateway</title></head></html>"},
        {503, ""},
        {504, "{\"ok\":false,\"error_code\":504,\"description\":\"Gateway Timeout\"}"},
        {200, "{\"ok\":true,\"result\":{\"message_id\":1"},
        {200, "{\"ok\":true}"},
        {200, "[]"},
        {200, "<html>welcome to the hotel</html>"},
        {302, ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct reading r;
        read_status(&r, cases[i].status, cases[i].body, false);
        assert_int_equal(r.delivery.outcome, DELIVERY_UNKNOWN);
        done(&r);
        read_status(&r, cases[i].status, cases[i].body, true);
        assert_int_equal(r.delivery.outcome, DELIVERY_RETRY_AFTER);
        assert_int_equal(r.delivery.retry_ms, 0);
        done(&r);
    }
}

static void a_broken_line(void **state)
{
    (void)state;
    struct reading r;
    struct http_reply reply = {
        .outcome = HTTP_NOT_SENT, .body = "", .retry_after_s = -1, .error = "could not connect"};
    read_reply(&r, &reply, false);
    assert_int_equal(r.delivery.outcome, DELIVERY_RETRY_AFTER);
    assert_int_equal(r.delivery.retry_ms, 0);
    assert_string_equal(r.delivery.why, "could not connect");
    done(&r);
    reply.outcome = HTTP_UNKNOWN;
    read_reply(&r, &reply, false);
    assert_int_equal(r.delivery.outcome, DELIVERY_UNKNOWN);
    done(&r);
    read_reply(&r, &reply, true);
    assert_int_equal(r.delivery.outcome, DELIVERY_RETRY_AFTER);
    done(&r);
}

/* A refused token is no reason to throw messages away: somebody will put a new one in. */
static void a_refused_token_holds_everything(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "{\"ok\":false,\"error_code\":401,\"description\":\"Unauthorized\"}",
        "{\"ok\":false,\"error_code\":404,\"description\":\"Not Found\"}",
    };
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        struct reading r;
        read_status(&r, i ? 404 : 401, bodies[i], false);
        assert_true(telegram_is_token_refused(&r.answer));
        assert_int_equal(r.delivery.outcome, DELIVERY_RETRY_AFTER);
        assert_true(r.delivery.whole_account);
        assert_true(r.delivery.retry_ms > 0);
        done(&r);
    }
}

/* A 403 in HTML is a firewall's: Telegram has not seen the message. */
static void a_proxys_refusal_is_not_telegrams(void **state)
{
    (void)state;
    struct reading r;
    read_status(&r, 403, "<html>403 Forbidden</html>", false);
    assert_int_equal(r.delivery.outcome, DELIVERY_RETRY_AFTER);
    done(&r);
    read_status(&r, 413, "<html>413 Request Entity Too Large</html>", false);
    assert_int_equal(r.delivery.outcome, DELIVERY_REFUSED);
    assert_int_equal(r.delivery.refusal, REFUSAL_FILE);
    done(&r);
}

static void words_hold_no_token_and_have_an_end(void **state)
{
    (void)state;
    struct reading r;
    char body[3000] = "{\"ok\":false,\"error_code\":400,\"description\":\"no such URL: /bot"
                      "70000001:AAFakeTokenFakeTokenFakeTokenFake0/sendMessage ";
    size_t len = strlen(body);
    memset(body + len, 'x', 2000);
    snprintf(body + len + 2000, 100, "\"}");
    read_status(&r, 400, body, false);
    assert_null(strstr(r.delivery.why, "FakeToken"));
    assert_non_null(strstr(r.delivery.why, "[token]"));
    assert_true(strlen(r.delivery.why) < 600);
    done(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refusals_are_known_by_their_words),
        cmocka_unit_test(what_is_so_already_counts_as_done),
        cmocka_unit_test(a_result_is_sent),
        cmocka_unit_test(a_moved_group_says_where_to),
        cmocka_unit_test(a_429_waits_to_the_second),
        cmocka_unit_test(doubts),
        cmocka_unit_test(a_broken_line),
        cmocka_unit_test(a_refused_token_holds_everything),
        cmocka_unit_test(a_proxys_refusal_is_not_telegrams),
        cmocka_unit_test(words_hold_no_token_and_have_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
