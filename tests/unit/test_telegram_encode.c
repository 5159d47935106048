/* What is said -> the calls that say it, letter by letter. */
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "adapters/telegram/encode.h"
#include "bot/base/text.h"

struct test {
    struct arena arena;
    struct outgoing out;
    bool reopen;
    struct telegram_requests requests;
    enum refusal refusal;
    const char *why;
};

static int set_up(void **state)
{
    struct test *t = xcalloc(1, sizeof(*t));
    t->out = (struct outgoing){.kind = OUTGOING_CONTENT,
                               .to = {"telegram", "77", "1001", "", ""},
                               .content = CONTENT_INIT};
    *state = t;
    return 0;
}

static int tear_down(void **state)
{
    struct test *t = *state;
    arena_release(&t->arena);
    free(t);
    return 0;
}

/* "method {json}" a line; an upload shows as <path>, what is tried instead after " | ". */
static void print_request(struct test *t, struct buf *out, const struct telegram_request *r)
{
    buf_printf(out, "%s %s", r->method, telegram_request_json(&t->arena, r));
    for (size_t i = 0; i < r->n_fields; i++)
        if (r->fields[i].path)
            buf_printf(out, " %s=<%s>", r->fields[i].name, r->fields[i].path);
    if (r->can_repeat)
        buf_str(out, " again");
    if (r->instead) {
        buf_str(out, " | ");
        print_request(t, out, r->instead);
    }
}

static void assert_calls(struct test *t, const char *expected)
{
    struct buf seen = BUF_INIT(1 << 20);
    int rc = telegram_encode(&t->arena, &t->out, "zaide_bot", t->reopen, &t->requests, &t->refusal,
                             &t->why);
    for (size_t i = 0; i < t->requests.n; i++) {
        if (i)
            buf_char(&seen, '\n');
        print_request(t, &seen, &t->requests.items[i]);
    }
    if (rc < 0)
        buf_printf(&seen, "%s: %s", refusal_name(t->refusal), t->why);
    assert_string_equal(seen.data, expected);
    buf_release(&seen);
}

#define NO_PREVIEW ",\"link_preview_options\":{\"is_disabled\":true}"

static void a_text(void **state)
{
    struct test *t = *state;
    t->out.content.text = "Where is it? \"x\" <b>\n";
    assert_calls(t, "sendMessage {\"chat_id\":1001,\"text\":\"Where is it? \\\"x\\\" "
                    "<b>\\n\"" NO_PREVIEW "}");
}

static void entities_count_utf16_units(void **state)
{
    struct test *t = *state;
    struct entity entities[] = {
        {ENTITY_EMOJI, 0, 4, "536"},
        {ENTITY_BOLD, 5, 6, NULL},
        {ENTITY_LINK, 12, 1, "https://example.com/?a=1&b=2"},
        {ENTITY_PRE, 14, 1, "c"},
        {ENTITY_LINK, 14, 1, NULL},
        {ENTITY_SPOILER, 14, 999, NULL},
    };
    t->out.content.text = "💰 到账 a b";
    t->out.content.entities = entities;
    t->out.content.n_entities = ARRAY_LEN(entities);
    assert_calls(t, "sendMessage {\"chat_id\":1001,\"text\":\"💰 到账 a b\",\"entities\":["
                    "{\"type\":\"custom_emoji\",\"offset\":0,\"length\":2,"
                    "\"custom_emoji_id\":\"536\"},"
                    "{\"type\":\"bold\",\"offset\":3,\"length\":2},"
                    "{\"type\":\"text_link\",\"offset\":6,\"length\":1,"
                    "\"url\":\"https://example.com/?a=1&b=2\"},"
                    "{\"type\":\"pre\",\"offset\":8,\"length\":1,\"language\":\"c\"},"
                    "{\"type\":\"spoiler\",\"offset\":8,\"length\":1}]" NO_PREVIEW "}");
}

static void a_reply_in_a_topic_with_buttons(void **state)
{
    struct test *t = *state;
    struct button buttons[] = {
        {.label = "Claim", .data = "claim 812"},
        {.label = "Note", .data = "note 812", .same_row = true},
        {.label = "Explorer", .url = "https://example.com/tx"},
    };
    t->out.to.chat = "-1009007199254740993";
    t->out.to.thread = "41";
    t->out.about_id = "900";
    t->out.content.text = "Case 812";
    t->out.content.silent = true;
    t->out.content.buttons = buttons;
    t->out.content.n_buttons = ARRAY_LEN(buttons);
    assert_calls(t,
                 "sendMessage {\"chat_id\":-1009007199254740993,\"message_thread_id\":41,"
                 "\"text\":\"Case 812\"" NO_PREVIEW ",\"disable_notification\":true,"
                 "\"reply_parameters\":{\"message_id\":900,\"allow_sending_without_reply\":true},"
                 "\"reply_markup\":{\"inline_keyboard\":[["
                 "{\"text\":\"Claim\",\"callback_data\":\"claim 812\"},"
                 "{\"text\":\"Note\",\"callback_data\":\"note 812\"}],"
                 "[{\"text\":\"Explorer\",\"url\":\"https://example.com/tx\"}]]}}");
}

static void general_has_no_thread(void **state)
{
    struct test *t = *state;
    t->out.to.chat = "-1002";
    t->out.to.thread = "1";
    t->out.content.text = "board";
    assert_calls(t, "sendMessage {\"chat_id\":-1002,\"text\":\"board\"" NO_PREVIEW "}");
}

static void nothing_to_say_is_refused(void **state)
{
    struct test *t = *state;
    assert_calls(t, "other: there are neither words nor files to send");
    t->out.content.text = " \n\t";
    assert_calls(t, "other: there are neither words nor files to send");
}

static void a_file_is_copied_and_else_sent_by_its_id(void **state)
{
    struct test *t = *state;
    struct file photo = {.kind = FILE_PHOTO, .id = "AgAC"};
    struct entity bold = {ENTITY_BOLD, 0, 3, NULL};
    t->out.to.chat = "-1002";
    t->out.to.thread = "41";
    t->out.content.text = "see this";
    t->out.content.entities = &bold;
    t->out.content.n_entities = 1;
    t->out.content.files = &photo;
    t->out.content.n_files = 1;
#define CAPTION                                                                                    \
    ",\"caption\":\"see this\",\"caption_entities\":[{\"type\":\"bold\",\"offset\":0,"             \
    "\"length\":3}]"
    assert_calls(t, "sendPhoto {\"chat_id\":-1002,\"message_thread_id\":41,"
                    "\"photo\":\"AgAC\"" CAPTION "}");
    t->out.content.origin_chat = "1001";
    t->out.content.origin_id = "348";
    assert_calls(t, "copyMessage {\"chat_id\":-1002,\"message_thread_id\":41,"
                    "\"from_chat_id\":1001,\"message_id\":348" CAPTION "}"
                    " | sendPhoto {\"chat_id\":-1002,\"message_thread_id\":41,"
                    "\"photo\":\"AgAC\"" CAPTION "}");
    /* without words the copy is told so: the original may have got some since */
    t->out.content.text = "";
    t->out.content.n_entities = 0;
    assert_calls(t, "copyMessage {\"chat_id\":-1002,\"message_thread_id\":41,"
                    "\"from_chat_id\":1001,\"message_id\":348,\"caption\":\"\"}"
                    " | sendPhoto {\"chat_id\":-1002,\"message_thread_id\":41,"
                    "\"photo\":\"AgAC\"}");
}

static void each_kind_has_its_method(void **state)
{
    struct test *t = *state;
    static const char *const expected[FILE_KINDS] = {
        [FILE_PHOTO] = "sendPhoto {\"chat_id\":1001,\"photo\":\"F\",\"caption\":\"w\"}",
        [FILE_DOCUMENT] = "sendDocument {\"chat_id\":1001,\"document\":\"F\",\"caption\":\"w\"}",
        [FILE_VOICE] = "sendVoice {\"chat_id\":1001,\"voice\":\"F\",\"caption\":\"w\"}",
        [FILE_VIDEO] = "sendVideo {\"chat_id\":1001,\"video\":\"F\",\"caption\":\"w\"}",
        /* without a caption the words come after */
        [FILE_VIDEO_NOTE] = "sendVideoNote {\"chat_id\":1001,\"video_note\":\"F\"}\n"
                            "sendMessage {\"chat_id\":1001,\"text\":\"w\"" NO_PREVIEW "}",
        [FILE_ANIMATION] = "sendAnimation {\"chat_id\":1001,\"animation\":\"F\",\"caption\":\"w\"}",
        [FILE_AUDIO] = "sendAudio {\"chat_id\":1001,\"audio\":\"F\",\"caption\":\"w\"}",
        [FILE_STICKER] = "sendSticker {\"chat_id\":1001,\"sticker\":\"F\"}\n"
                         "sendMessage {\"chat_id\":1001,\"text\":\"w\"" NO_PREVIEW "}",
    };
    for (int kind = 0; kind < FILE_LOCATION; kind++) {
        struct file file = {.kind = (enum file_kind)kind, .id = "F"};
        t->out.content.text = "w";
        t->out.content.files = &file;
        t->out.content.n_files = 1;
        assert_calls(t, expected[kind]);
    }
}

static void what_is_no_file_is_copied_and_else_said(void **state)
{
    struct test *t = *state;
    for (int kind = FILE_LOCATION; kind < FILE_KINDS; kind++) {
        struct file file = {.kind = (enum file_kind)kind, .name = "10.77, 106.7"};
        const char *said = arena_printf(&t->arena,
                                        "sendMessage {\"chat_id\":1001,\"text\":\"[%s] 10.77, "
                                        "106.7\"}",
                                        file_kind_name(file.kind));
        t->out.content.files = &file;
        t->out.content.n_files = 1;
        t->out.content.origin_chat = t->out.content.origin_id = NULL;
        assert_calls(t, said);
        t->out.content.origin_chat = "-1002";
        t->out.content.origin_id = "348";
        assert_calls(t, arena_printf(&t->arena,
                                     "copyMessage {\"chat_id\":1001,\"from_chat_id\":-1002,"
                                     "\"message_id\":348} | %s",
                                     said));
    }
}

static void files_of_a_kind_are_an_album(void **state)
{
    struct test *t = *state;
    struct file files[] = {{.kind = FILE_PHOTO, .id = "A"},
                           {.kind = FILE_PHOTO, .path = "/p/b.png"},
                           {.kind = FILE_VIDEO, .id = "C"}};
    t->out.content.text = "see";
    t->out.content.files = files;
    t->out.content.n_files = 3;
#define MEDIA(caption)                                                                             \
    "\"media\":[{\"type\":\"photo\",\"media\":\"A\"" caption "},{\"type\":\"photo\","              \
    "\"media\":\"attach://file1\"},{\"type\":\"video\",\"media\":\"C\"}]"
    assert_calls(
        t, "sendMediaGroup {\"chat_id\":1001," MEDIA(",\"caption\":\"see\"") "} "
                                                                             "file1=</p/b.png>");
    content_button(&t->arena, &t->out.content, "Ok", "ok");
    assert_calls(
        t, "sendMediaGroup {\"chat_id\":1001," MEDIA(
               "") "} file1=</p/b.png>\n"
                   "sendMessage {\"chat_id\":1001,\"text\":\"see\"" NO_PREVIEW
                   ",\"reply_markup\":{\"inline_keyboard\":[[{\"text\":\"Ok\",\"callback_data\":"
                   "\"ok\"}]]}}");
}

static void a_quote_that_is_not_there_is_left_out(void **state)
{
    struct test *t = *state;
    struct file photo = {.kind = FILE_PHOTO, .id = "A"};
#define REPLY "\"reply_parameters\":{\"message_id\":5,\"allow_sending_without_reply\":true"
#define QUOTE ",\"quote\":\"ERC20 or TRC20\""
#define SAID  "sendMessage {\"chat_id\":1001,\"text\":\"the first\"" NO_PREVIEW "," REPLY
#define SHOWN "sendPhoto {\"chat_id\":1001,\"photo\":\"A\"," REPLY
    t->out.about_id = "5";
    t->out.content.quote = "ERC20 or TRC20";
    t->out.content.text = "the first";
    assert_calls(t, SAID QUOTE "}} | " SAID "}}");
    t->out.content.text = "";
    t->out.content.files = &photo;
    t->out.content.n_files = 1;
    t->out.content.origin_chat = "7";
    t->out.content.origin_id = "8";
    assert_calls(t, "copyMessage {\"chat_id\":1001,\"from_chat_id\":7,\"message_id\":8,"
                    "\"caption\":\"\"," REPLY QUOTE "}} | " SHOWN QUOTE "}} | " SHOWN "}}");
}

static void a_local_file_is_uploaded(void **state)
{
    struct test *t = *state;
    struct file picture = {.kind = FILE_PHOTO, .path = "pictures/a.png"};
    t->out.content.text = "Here";
    t->out.content.files = &picture;
    t->out.content.n_files = 1;
    t->out.content.origin_chat = "1";
    t->out.content.origin_id = "2";
    assert_calls(t, "sendPhoto {\"chat_id\":1001,\"caption\":\"Here\"} photo=<pictures/a.png>");
}

static void what_makes_no_album_is_several_calls(void **state)
{
    struct test *t = *state;
    struct file files[] = {{.kind = FILE_PHOTO, .id = "A"}, {.kind = FILE_VOICE, .id = "B"}};
    t->out.about_id = "5";
    t->out.content.text = "both";
    t->out.content.files = files;
    t->out.content.n_files = 2;
    content_button(&t->arena, &t->out.content, "Ok", "ok");
    assert_calls(t,
                 "sendPhoto {\"chat_id\":1001,\"photo\":\"A\",\"caption\":\"both\","
                 "\"reply_parameters\":{\"message_id\":5,\"allow_sending_without_reply\":true}}\n"
                 "sendVoice {\"chat_id\":1001,\"voice\":\"B\",\"reply_markup\":"
                 "{\"inline_keyboard\":[[{\"text\":\"Ok\",\"callback_data\":\"ok\"}]]}}");
}

static const char *text_of(const struct telegram_request *r, const char *field)
{
    for (size_t i = 0; i < r->n_fields; i++)
        if (str_eq(r->fields[i].name, field))
            return r->fields[i].value;
    return NULL;
}

static void encode(struct test *t)
{
    assert_int_equal(
        telegram_encode(&t->arena, &t->out, "zaide_bot", false, &t->requests, &t->refusal, &t->why),
        0);
}

/* All that was said, in order; no part longer than `max` UTF-16 units. */
static void assert_said(struct test *t, const char *first_field, size_t max, const char *text)
{
    struct buf said = BUF_INIT(1 << 20);
    for (size_t i = 0; i < t->requests.n; i++) {
        const char *part = text_of(&t->requests.items[i], i ? "text" : first_field);
        assert_non_null(part);
        assert_true(text_utf16_len(part, strlen(part)) <= (i ? TELEGRAM_MAX_TEXT : max));
        buf_str(&said, part);
    }
    assert_string_equal(said.data, text);
    buf_release(&said);
}

static void a_long_text_becomes_several_messages(void **state)
{
    struct test *t = *state;
    struct buf text = BUF_INIT(1 << 20);
    for (int i = 0; text.len < 30000; i++)
        buf_printf(&text, "第%d句话 👍👍 ends here.\n", i);
    struct entity all = {ENTITY_BOLD, 0, text.len, NULL};
    t->out.about_id = "5";
    t->out.content.text = text.data;
    t->out.content.entities = &all;
    t->out.content.n_entities = 1;
    content_button(&t->arena, &t->out.content, "Ok", "ok");
    encode(t);
    assert_true(t->requests.n >= 4);
    assert_said(t, "text", TELEGRAM_MAX_TEXT, text.data);
    for (size_t i = 0; i < t->requests.n; i++) {
        const struct telegram_request *r = &t->requests.items[i];
        const char *part = text_of(r, "text");
        char expected[100];
        snprintf(expected, sizeof(expected), "[{\"type\":\"bold\",\"offset\":0,\"length\":%zu}]",
                 text_utf16_len(part, strlen(part)));
        assert_string_equal(text_of(r, "entities"), expected);
        assert_int_equal(part[strlen(part) - 1], '\n'); /* cut between lines */
        assert_int_equal(text_of(r, "reply_parameters") != NULL, i == 0);
        assert_int_equal(text_of(r, "reply_markup") != NULL, i == t->requests.n - 1);
    }
    buf_release(&text);
}

static void a_long_caption_goes_on_below(void **state)
{
    struct test *t = *state;
    struct buf text = BUF_INIT(1 << 20);
    while (text.len < 6000)
        buf_str(&text, "words and words. ");
    struct file photo = {.kind = FILE_PHOTO, .id = "A"};
    t->out.content.files = &photo;
    t->out.content.n_files = 1;
    t->out.content.origin_chat = "1";
    t->out.content.origin_id = "2";
    t->out.content.text = text.data;
    encode(t);
    assert_string_equal(t->requests.items[0].method, "copyMessage");
    assert_string_equal(t->requests.items[1].method, "sendMessage");
    assert_said(t, "caption", TELEGRAM_MAX_CAPTION, text.data);
    buf_release(&text);
}

static void a_tail_of_blanks_is_not_said(void **state)
{
    struct test *t = *state;
    char text[5001];
    memset(text, 'a', 4096);
    memset(text + 4096, '\n', sizeof(text) - 4096);
    text[5000] = '\0';
    t->out.content.text = text;
    encode(t);
    assert_int_equal(t->requests.n, 1);
}

static void edits(void **state)
{
    struct test *t = *state;
    struct file photo = {.kind = FILE_PHOTO, .id = "A"};
    t->out.content.kind = CONTENT_EDIT;
    t->out.content.text = "new";
    assert_calls(t, "no_message: the message that is meant is not on Telegram");
    t->out.about_id = "345";
    assert_calls(t,
                 "editMessageText {\"chat_id\":1001,\"message_id\":345,\"text\":\"new\"" NO_PREVIEW
                 "} again");
    t->out.content.files = &photo;
    t->out.content.n_files = 1;
    assert_calls(t, "editMessageCaption {\"chat_id\":1001,\"message_id\":345,\"caption\":\"new\"} "
                    "again");
    t->out.content.text = "";
    assert_calls(t, "editMessageCaption {\"chat_id\":1001,\"message_id\":345,\"caption\":\"\"} "
                    "again");
    t->out.content.n_files = 0;
    assert_calls(t, "editMessageReplyMarkup {\"chat_id\":1001,\"message_id\":345} again");
    content_button(&t->arena, &t->out.content, "5", "rate 5");
    assert_calls(t, "editMessageReplyMarkup {\"chat_id\":1001,\"message_id\":345,\"reply_markup\":"
                    "{\"inline_keyboard\":[[{\"text\":\"5\",\"callback_data\":\"rate 5\"}]]}} "
                    "again");
}

static void a_long_edit_is_cut_and_says_so(void **state)
{
    struct test *t = *state;
    char text[5001];
    memset(text, 'a', 5000);
    text[5000] = '\0';
    struct entity all = {ENTITY_ITALIC, 0, 5000, NULL};
    t->out.content.kind = CONTENT_EDIT;
    t->out.about_id = "345";
    t->out.content.text = text;
    t->out.content.entities = &all;
    t->out.content.n_entities = 1;
    encode(t);
    const char *said = text_of(&t->requests.items[0], "text");
    assert_int_equal(text_utf16_len(said, strlen(said)), 4096);
    assert_string_equal(said + 4095, "…");
    assert_string_equal(text_of(&t->requests.items[0], "entities"),
                        "[{\"type\":\"italic\",\"offset\":0,\"length\":4095}]");
}

static void deletions_and_reactions(void **state)
{
    struct test *t = *state;
    t->out.about_id = "345";
    t->out.content.kind = CONTENT_DELETE;
    assert_calls(t, "deleteMessage {\"chat_id\":1001,\"message_id\":345} again");
    t->out.content.kind = CONTENT_REACTION;
    t->out.content.reaction = "❤";
    assert_calls(t, "setMessageReaction {\"chat_id\":1001,\"message_id\":345,\"reaction\":"
                    "[{\"type\":\"emoji\",\"emoji\":\"❤\"}]} again");
    t->out.content.reaction = "";
    assert_calls(t, "setMessageReaction {\"chat_id\":1001,\"message_id\":345,\"reaction\":[]} "
                    "again");
}

/* A mute ends by itself; all permissions lift it. */
static void a_members_standing(void **state)
{
    struct test *t = *state;
    t->out.content.kind = CONTENT_STANDING;
    t->out.content.only_for = "1000002";
    t->out.about_id = NULL;
    t->out.committed_ms = INT64_C(1763758800000);
    t->out.content.text = MEMBER_BAN;
    assert_calls(t, "banChatMember {\"chat_id\":1001,\"user_id\":1000002} again");
    t->out.content.text = MEMBER_UNBAN;
    assert_calls(t, "unbanChatMember {\"chat_id\":1001,\"user_id\":1000002,"
                    "\"only_if_banned\":true} again");
    t->out.content.text = MEMBER_MUTE;
    assert_calls(
        t, "restrictChatMember {\"chat_id\":1001,\"user_id\":1000002,\"permissions\":"
           "{\"can_send_messages\":false,\"can_send_audios\":false,\"can_send_documents\":false,"
           "\"can_send_photos\":false,\"can_send_videos\":false,\"can_send_video_notes\":false,"
           "\"can_send_voice_notes\":false,\"can_send_polls\":false,"
           "\"can_send_other_messages\":false,\"can_add_web_page_previews\":false,"
           "\"can_react_to_messages\":false,\"can_edit_tag\":false,\"can_change_info\":false,"
           "\"can_invite_users\":false,\"can_pin_messages\":false,\"can_manage_topics\":false},"
           "\"until_date\":1763845200} again");
}

#define TOPIC "{\"chat_id\":-1002,\"message_thread_id\":41"

static void topics(void **state)
{
    struct test *t = *state;
    t->out.to.chat = "-1002";
    t->out.kind = OUTGOING_OPEN;
    t->out.content.text = "Ann Lee #812";
    assert_calls(t, "createForumTopic {\"chat_id\":-1002,\"name\":\"Ann Lee #812\"}");

    t->out.kind = OUTGOING_CONTENT;
    t->out.content.kind = CONTENT_HOME;
    assert_calls(t, "no_topic: General has no title of ours");
    t->out.to.thread = "41";
    assert_calls(t, "editForumTopic " TOPIC ",\"name\":\"Ann Lee #812\"} again");
    t->reopen = true;
    assert_calls(t, "reopenForumTopic " TOPIC "} again\n"
                    "editForumTopic " TOPIC ",\"name\":\"Ann Lee #812\"} again");
    t->out.content.closed = true;
    assert_calls(t, "editForumTopic " TOPIC ",\"name\":\"Ann Lee #812\"} again\n"
                    "closeForumTopic " TOPIC "} again");
    t->out.content.text = "";
    assert_calls(t, "closeForumTopic " TOPIC "} again");
}

static void a_long_title_is_cut(void **state)
{
    struct test *t = *state;
    struct buf name = BUF_INIT(10000);
    while (name.len < 2000)
        buf_str(&name, "👍名");
    t->out.kind = OUTGOING_OPEN;
    t->out.content.text = name.data;
    encode(t);
    const char *title = text_of(&t->requests.items[0], "name");
    size_t units = text_utf16_len(title, strlen(title));
    assert_true(units <= TELEGRAM_MAX_TITLE && units > TELEGRAM_MAX_TITLE / 2);
    buf_release(&name);
}

static void pins_and_answers(void **state)
{
    struct test *t = *state;
    struct telegram_request r = telegram_encode_pin(&t->arena, "-1002", "77");
    assert_string_equal(telegram_request_json(&t->arena, &r),
                        "{\"chat_id\":-1002,\"message_id\":77,\"disable_notification\":true}");
    assert_string_equal(r.method, "pinChatMessage");
    r = telegram_encode_answer(&t->arena, "39", "");
    assert_string_equal(telegram_request_json(&t->arena, &r), "{\"callback_query_id\":\"39\"}");
    char text[301];
    memset(text, 'a', 300);
    text[300] = '\0';
    r = telegram_encode_answer(&t->arena, "39", text);
    assert_int_equal(strlen(text_of(&r, "text")), 200);
}

static void a_link_into_the_private_chat(void **state)
{
    struct test *t = *state;
    struct button buttons[] = {{.label = "Private", .start = "q-100_5_12"},
                               {.label = "There", .message_id = "345"}};
    t->out.content.text = "x";
    t->out.content.buttons = buttons;
    t->out.content.n_buttons = 2;
    assert_calls(t, "sendMessage {\"chat_id\":1001,\"text\":\"x\"" NO_PREVIEW
                    ",\"reply_markup\":{\"inline_keyboard\":[[{\"text\":\"Private\",\"url\":"
                    "\"https://t.me/zaide_bot?start=q-100_5_12\"}]]}}"); /* messages have no link here */
    t->out.to.chat = "-1002000000077";
    buttons[0] = buttons[1];
    t->out.content.n_buttons = 1;
    assert_calls(t, "sendMessage {\"chat_id\":-1002000000077,\"text\":\"x\"" NO_PREVIEW
                    ",\"reply_markup\":{\"inline_keyboard\":[[{\"text\":\"There\",\"url\":"
                    "\"https://t.me/c/2000000077/345\"}]]}}");
}

/* What the group refuses to whisper is said aloud. */
static void for_one_member_alone(void **state)
{
    struct test *t = *state;
    t->out.to.chat = "-1002000000077";
    t->out.about_id = "78";
    t->out.content.text = "In private, please";
    t->out.content.only_for = "912345678";
    assert_calls(t, "sendMessage {\"chat_id\":-1002000000077,\"text\":\"In private, please\"" NO_PREVIEW
                    ",\"reply_parameters\":{\"message_id\":78,\"allow_sending_without_reply\":true}"
                    ",\"ephemeral_message_parameters\":{\"receiver_user_id\":912345678}} | "
                    "sendMessage {\"chat_id\":-1002000000077,\"text\":\"In private, please\"" NO_PREVIEW
                    ",\"reply_parameters\":{\"message_id\":78,\"allow_sending_without_reply\":true}}");
    assert_true(t->requests.items[0].is_whisper);
    assert_false(t->requests.items[0].instead->is_whisper);
}

#define WITH_SET_UP(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SET_UP(a_text),
        WITH_SET_UP(entities_count_utf16_units),
        WITH_SET_UP(a_reply_in_a_topic_with_buttons),
        WITH_SET_UP(general_has_no_thread),
        WITH_SET_UP(nothing_to_say_is_refused),
        WITH_SET_UP(a_file_is_copied_and_else_sent_by_its_id),
        WITH_SET_UP(each_kind_has_its_method),
        WITH_SET_UP(what_is_no_file_is_copied_and_else_said),
        WITH_SET_UP(files_of_a_kind_are_an_album),
        WITH_SET_UP(a_quote_that_is_not_there_is_left_out),
        WITH_SET_UP(a_local_file_is_uploaded),
        WITH_SET_UP(what_makes_no_album_is_several_calls),
        WITH_SET_UP(a_long_text_becomes_several_messages),
        WITH_SET_UP(a_long_caption_goes_on_below),
        WITH_SET_UP(a_tail_of_blanks_is_not_said),
        WITH_SET_UP(edits),
        WITH_SET_UP(a_long_edit_is_cut_and_says_so),
        WITH_SET_UP(deletions_and_reactions),
        WITH_SET_UP(a_members_standing),
        WITH_SET_UP(topics),
        WITH_SET_UP(a_long_title_is_cut),
        WITH_SET_UP(pins_and_answers),
        WITH_SET_UP(a_link_into_the_private_chat),
        WITH_SET_UP(for_one_member_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
