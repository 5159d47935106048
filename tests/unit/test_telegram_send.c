/* The adapter's sends, against a server that plays a script: each is settled once, with the truth.
 */
#include "tests/unit/telegram_rig.h"

static void a_send_is_settled_with_its_id(void **state)
{
    struct test *t = *state;
    START(t, ME, {"sendMessage", SENT(9007199254740993)});
    assert_seen(t, 1, "ready 70000001 @z_bot\n");
    struct outgoing out = text_to("1001", "hi");
    say_it(t, &out, "a");
    expect(t, "sendMessage {\"chat_id\":1001,\"text\":\"hi\"" NO_PREVIEW "}");
    assert_seen(t, 1, "a sent '9007199254740993'\n");
}

static void outcomes(void **state)
{
    struct test *t = *state;
    START(t, ME, {"sendMessage", "502 <html>"}, {"sendMessage", NULL},
          {"sendMessage", SLOW_DOWN(7)}, {"sendMessage", BAD("chat not found")},
          {"sendMessage",
           "400 {\"ok\":false,\"error_code\":400,\"description\":\"Bad Request: group "
           "chat was upgraded to a supergroup chat\",\"parameters\":"
           "{\"migrate_to_chat_id\":-1009}}"},
          {"editMessageText", "502 <html>"}, {"editMessageText", NULL},
          {"editMessageText", BAD("message is not modified: specified new message content")},
          {"editMessageText", OK("{\"message_id\":5}")});
    assert_seen(t, 1, "ready 70000001 @z_bot\n");
    struct outgoing out = text_to("1001", "hi");
    static const char *const sends[] = {
        "a unknown\n", "b unknown\n", "c retry 7000\n",
        "d refused no_chat: Bad Request: chat not found\n",
        "e refused no_chat: Bad Request: group chat was upgraded to a "
        "supergroup chat -> -1009\n"};
    for (size_t i = 0; i < ARRAY_LEN(sends); i++) {
        say_it(t, &out, (const char *[]){"a", "b", "c", "d", "e"}[i]);
        assert_seen(t, 1, sends[i]);
    }
    out.content.kind = CONTENT_EDIT;
    out.about_id = "5";
    static const char *const edits[] = {"f retry 0\n", "g retry 0\n", "h sent ''\n", "i sent ''\n"};
    for (size_t i = 0; i < ARRAY_LEN(edits); i++) {
        say_it(t, &out, (const char *[]){"f", "g", "h", "i"}[i]);
        assert_seen(t, 1, edits[i]);
    }
}

static void what_cannot_be_said_is_settled_too(void **state)
{
    struct test *t = *state;
    START(t, ME);
    assert_seen(t, 1, "ready 70000001 @z_bot\n");
    struct outgoing out = text_to("1001", "");
    say_it(t, &out, "a");
    assert_seen(t, 1, "a refused other: there are neither words nor files to send\n");
    struct file file = {.kind = FILE_PHOTO, .path = "/nonexistent/a.png"};
    out.content.files = &file;
    out.content.n_files = 1;
    say_it(t, &out, "b");
    assert_seen(t, 1, "b refused other: there are neither words nor files to send\n");
}

/* Two private chats at once are told to wait: then it is meant for all. A group has a limit of its
 * own. */
static void a_429_for_the_whole_bot(void **state)
{
    struct test *t = *state;
    START(t, ME, {"sendMessage", SLOW_DOWN(60)}, {"sendMessage", SLOW_DOWN(30)},
          {"sendMessage", SLOW_DOWN(30)}, {"sendMessage", SLOW_DOWN(20)});
    assert_seen(t, 1, "ready 70000001 @z_bot\n");
    static const char *const chats[] = {"1001", "-1002", "1001", "1003"};
    static const char *const seen[] = {"a retry 60000\n", "b retry 30000\n", "c retry 30000\n",
                                       "d retry 20000 all\n"};
    for (size_t i = 0; i < ARRAY_LEN(chats); i++) {
        struct outgoing out = text_to(chats[i], "hi");
        say_it(t, &out, (const char *[]){"a", "b", "c", "d"}[i]);
        assert_seen(t, 1, seen[i]);
    }
}

/* The first part is out: the rest is not left to the outbox, which would say it all again. */
static void the_parts_of_a_long_text_are_one_send(void **state)
{
    struct test *t = *state;
    START(t, ME, {"sendMessage", SENT(10)}, {"sendMessage", SLOW_DOWN(1)},
          {"sendMessage", SENT(11)}, {"sendMessage", SENT(12)});
    assert_seen(t, 1, "ready 70000001 @z_bot\n");
    struct outgoing out = text_to("1001", long_text(t));
    say_it(t, &out, "a");
    static const char parts[] = "abbc";
    for (size_t i = 0; i < 4; i++) {
        char *request = server_next(&t->server, t->loop), wanted[40];
        snprintf(wanted, sizeof(wanted), "\"text\":\"%c", parts[i]);
        assert_non_null(strstr(request, wanted));
        free(request);
    }
    assert_seen(t, 1, "a sent '10'\n");
}

static void a_later_part_that_is_refused_is_reported(void **state)
{
    struct test *t = *state;
    START(t, ME, {"sendMessage", SENT(10)}, {"sendMessage", BAD("chat not found")},
          {"sendMessage", SENT(10)}, {"sendMessage", NULL});
    assert_seen(t, 1, "ready 70000001 @z_bot\n");
    struct outgoing out = text_to("1001", long_text(t));
    say_it(t, &out, "a");
    assert_seen(t, 1, "a refused no_chat: part 2 of 3: Bad Request: chat not found\n");
    say_it(t, &out, "b");
    assert_seen(t, 1, "b unknown\n");
}

static void what_cannot_be_copied_is_sent_by_its_id(void **state)
{
    struct test *t = *state;
    START(t, ME, {"copyMessage", OK("{\"message_id\":20}")},
          {"copyMessage", BAD("message to copy not found")}, {"sendPhoto", SENT(21)});
    assert_seen(t, 1, "ready 70000001 @z_bot\n");
    struct file photo = {.kind = FILE_PHOTO, .id = "AgAC"};
    struct outgoing out = text_to("-1002", "see");
    out.content.files = &photo;
    out.content.n_files = 1;
    out.content.origin_chat = "1001";
    out.content.origin_id = "348";
    say_it(t, &out, "a");
    assert_seen(t, 1, "a sent '20'\n");
    say_it(t, &out, "b");
    assert_seen(t, 1, "b sent '21'\n");
    expect(t, "copyMessage {\"chat_id\":-1002,\"from_chat_id\":1001,\"message_id\":348,"
              "\"caption\":\"see\"}");
    expect(t, "copyMessage {\"chat_id\":-1002,\"from_chat_id\":1001,\"message_id\":348,"
              "\"caption\":\"see\"}");
    expect(t, "sendPhoto {\"chat_id\":-1002,\"photo\":\"AgAC\",\"caption\":\"see\"}");
}

static void each_part_of_an_album_has_its_id(void **state)
{
    struct test *t = *state;
    START(t, ME,
          {"sendMediaGroup", OK("[{\"message_id\":20},{\"message_id\":21},{\"message_id\":22}]")},
          {"sendMediaGroup", BAD("wrong file identifier/HTTP URL specified")});
    assert_seen(t, 1, "ready 70000001 @z_bot\n");
    struct file files[] = {{.kind = FILE_PHOTO, .id = "A"},
                           {.kind = FILE_PHOTO, .id = "B"},
                           {.kind = FILE_VIDEO, .id = "C"}};
    struct outgoing out = text_to("1001", "");
    out.content.files = files;
    out.content.n_files = ARRAY_LEN(files);
    say_it(t, &out, "a");
    assert_seen(t, 1, "a sent '20' '21' '22'\n");
    say_it(t, &out, "b");
    assert_seen(t, 1, "b refused file: Bad Request: wrong file identifier/HTTP URL specified\n");
}

static void a_picture_is_uploaded(void **state)
{
    struct test *t = *state;
    char path[] = "/tmp/zaide-picture-XXXXXX";
    int fd = mkstemp(path);
    assert_int_equal(write(fd, "the bytes of it", 15), 15);
    close(fd);
    START(t, ME, {"sendPhoto", SENT(30)});
    assert_seen(t, 1, "ready 70000001 @z_bot\n");
    struct file picture = {.kind = FILE_PHOTO, .path = path};
    struct entity bold = {ENTITY_BOLD, 0, 4, NULL};
    struct outgoing out = text_to("1001", "look \"here\"");
    out.content.entities = &bold;
    out.content.n_entities = 1;
    out.content.files = &picture;
    out.content.n_files = 1;
    say_it(t, &out, "a");
    assert_seen(t, 1, "a sent '30'\n");
    char *request = server_next(&t->server, t->loop);
    static const char *const wanted[] = {
        "name=\"chat_id\"    1001", "name=\"caption\"    look \"here\"",
        "name=\"caption_entities\"    [{\"type\":\"bold\",\"offset\":0,\"length\":4}]",
        "name=\"photo\"; filename=\"zaide-picture-", "    the bytes of it"};
    for (size_t i = 0; i < ARRAY_LEN(wanted); i++)
        if (!strstr(request, wanted[i]))
            fail_msg("%s is not in: %s", wanted[i], request);
    free(request);
    unlink(path);
}

#define PHOTO(id, file)                                                                            \
    OK("{\"message_id\":" #id ",\"photo\":[{\"file_id\":\"small\"},{\"file_id\":\"" file "\"}]}")

/* Uploaded once; drawn anew it is another picture. Without it, or refused, the words go alone. */
static void a_picture_is_remembered_and_never_stops_the_words(void **state)
{
    struct test *t = *state;
    char path[] = "/tmp/zaide-picture-XXXXXX";
    int fd = mkstemp(path);
    assert_int_equal(write(fd, "1", 1), 1);
    START(t, ME, {"sendPhoto", PHOTO(30, "F1")}, {"sendPhoto", PHOTO(31, "F1")},
          {"sendPhoto", BAD("IMAGE_PROCESS_FAILED")}, {"sendMessage", SENT(32)},
          {"sendMessage", SENT(33)});
    assert_seen(t, 1, "ready 70000001 @z_bot\n");
    struct file picture = {.kind = FILE_PHOTO, .path = path};
    struct outgoing out = text_to("1001", "look");
    out.content.files = &picture;
    out.content.n_files = 1;
    say_it(t, &out, "a");
    assert_seen(t, 1, "a sent '30'\n");
    free(server_next(&t->server, t->loop));
    say_it(t, &out, "b");
    assert_seen(t, 1, "b sent '31'\n");
    expect(t, "sendPhoto {\"chat_id\":1001,\"photo\":\"F1\",\"caption\":\"look\"}");
    assert_int_equal(write(fd, "23", 2), 2);
    close(fd);
    say_it(t, &out, "c");
    assert_seen(t, 1, "c sent '32'\n");
    free(server_next(&t->server, t->loop));
    expect(t, "sendMessage {\"chat_id\":1001,\"text\":\"look\"" NO_PREVIEW "}");
    unlink(path);
    say_it(t, &out, "d");
    assert_seen(t, 1, "d sent '33'\n");
    expect(t, "sendMessage {\"chat_id\":1001,\"text\":\"look\"" NO_PREVIEW "}");
}

#define TOPIC "{\"chat_id\":-1002,\"message_thread_id\":41"

static void a_topic_is_opened_named_closed_and_opened_again(void **state)
{
    struct test *t = *state;
    START(t, ME, {"createForumTopic", OK("{\"message_thread_id\":41,\"name\":\"x\"}")},
          {"editForumTopic", OK("true")}, {"editForumTopic", OK("true")},
          {"closeForumTopic", OK("true")}, {"reopenForumTopic", BAD("TOPIC_NOT_MODIFIED")},
          {"editForumTopic", BAD("TOPIC_NOT_MODIFIED")}, {"reopenForumTopic", OK("true")},
          {"reopenForumTopic", OK("true")});
    assert_seen(t, 1, "ready 70000001 @z_bot\n");
    struct outgoing out = text_to("-1002", "Ann");
    out.kind = OUTGOING_OPEN;
    say_it(t, &out, "a");
    assert_seen(t, 1, "a sent '41'\n");
    expect(t, "createForumTopic {\"chat_id\":-1002,\"name\":\"Ann\"}");

    out.kind = OUTGOING_CONTENT;
    out.to.thread = "41";
    out.content.kind = CONTENT_HOME;
    say_it(t, &out, "b"); /* known to be open: one call */
    assert_seen(t, 1, "b sent ''\n");
    expect(t, "editForumTopic " TOPIC ",\"name\":\"Ann\"}");
    out.content.closed = true;
    say_it(t, &out, "c");
    assert_seen(t, 1, "c sent ''\n");
    expect(t, "editForumTopic " TOPIC ",\"name\":\"Ann\"}");
    expect(t, "closeForumTopic " TOPIC "}");
    out.content.closed = false;
    say_it(t, &out, "d");
    assert_seen(t, 1, "d sent ''\n");
    expect(t, "reopenForumTopic " TOPIC "}");
    expect(t, "editForumTopic " TOPIC ",\"name\":\"Ann\"}");
    out.content.reopen = true; /* somebody else closed it */
    out.content.text = "";
    say_it(t, &out, "e");
    assert_seen(t, 1, "e sent ''\n");
    expect(t, "reopenForumTopic " TOPIC "}");
    telegram_adapter.listen(t->self, false); /* another process may close it now */
    out.content.reopen = false;
    say_it(t, &out, "f");
    assert_seen(t, 1, "f sent ''\n");
    expect(t, "reopenForumTopic " TOPIC "}");
}

static void a_pin_follows_its_message(void **state)
{
    struct test *t = *state;
    START(t, ME, {"sendMessage", SENT(50)}, {"pinChatMessage", BAD("not enough rights")});
    assert_seen(t, 1, "ready 70000001 @z_bot\n");
    struct outgoing out = text_to("-1002", "board");
    out.content.pin = true;
    say_it(t, &out, "a");
    assert_seen(t, 1, "a sent '50'\n");
    expect(t, "sendMessage {\"chat_id\":-1002,\"text\":\"board\"" NO_PREVIEW "}");
    expect(t, "pinChatMessage {\"chat_id\":-1002,\"message_id\":50,\"disable_notification\":true}");
}

static void a_button_is_answered(void **state)
{
    struct test *t = *state;
    START(t, ME, {"answerCallbackQuery", BAD("query is too old")});
    struct event pressed = {.callback_id = "39"};
    telegram_adapter.show(t->self, &pressed, "Claimed");
    expect(t, "answerCallbackQuery {\"callback_query_id\":\"39\",\"text\":\"Claimed\"}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SET_UP(a_send_is_settled_with_its_id),
        WITH_SET_UP(outcomes),
        WITH_SET_UP(what_cannot_be_said_is_settled_too),
        WITH_SET_UP(a_429_for_the_whole_bot),
        WITH_SET_UP(the_parts_of_a_long_text_are_one_send),
        WITH_SET_UP(a_later_part_that_is_refused_is_reported),
        WITH_SET_UP(what_cannot_be_copied_is_sent_by_its_id),
        WITH_SET_UP(each_part_of_an_album_has_its_id),
        WITH_SET_UP(a_picture_is_uploaded),
        WITH_SET_UP(a_picture_is_remembered_and_never_stops_the_words),
        WITH_SET_UP(a_topic_is_opened_named_closed_and_opened_again),
        WITH_SET_UP(a_pin_follows_its_message),
        WITH_SET_UP(a_button_is_answered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
