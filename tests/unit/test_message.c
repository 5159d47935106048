#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "bot/model/message.h"

static struct arena arena;

/* --- addresses --- */

static void test_address_prints_what_is_set(void **state)
{
    static const struct {
        struct address at;
        const char *printed;
    } rows[] = {
        {{"telegram", "77", "12345", "", ""}, "telegram:77:12345"},
        {{"telegram", "77", "-100200", "9", ""}, "telegram:77:-100200:9"},
        {{"telegram", "77", "-100200", "9", "5"}, "telegram:77:-100200:9:5"},
        {{"telegram", "77", "-100200", "", "5"}, "telegram:77:-100200::5"},
        {{"telegram", "77", "-100200", NULL, NULL}, "telegram:77:-100200"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct address back;
        char *printed = address_print(&arena, &rows[i].at);
        assert_string_equal(printed, rows[i].printed);
        assert_true(address_parse(&arena, printed, &back));
        assert_string_equal(back.platform, rows[i].at.platform);
        assert_string_equal(back.account, rows[i].at.account);
        assert_string_equal(back.chat, rows[i].at.chat);
        assert_string_equal(back.thread, rows[i].at.thread ? rows[i].at.thread : "");
        assert_string_equal(back.user, rows[i].at.user ? rows[i].at.user : "");
    }
}

static void test_address_needs_three_parts(void **state)
{
    static const char *const bad[] = {
        "", "telegram", "telegram:77", "telegram:77:", ":77:1", "telegram::1", "::", "::::"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct address at = {.chat = "untouched"};
        assert_false(address_parse(&arena, bad[i], &at));
        assert_string_equal(at.chat, "untouched");
    }
}

static void test_address_keeps_colons_of_the_last_part(void **state)
{
    struct address at;
    (void)state;
    assert_true(address_parse(&arena, "matrix:bot:room:thread:@ann:example.org", &at));
    assert_string_equal(at.user, "@ann:example.org");
}

/* --- JSON --- */

static const char *written(const struct content *c)
{
    struct buf out = BUF_INIT(JSON_MAX_BYTES);
    struct json_writer w = JSON_WRITER(&out);
    content_write(&w, NULL, c);
    char *json = arena_strdup(&arena, out.data);
    buf_release(&out);
    return json;
}

static struct content parsed(const char *json)
{
    struct json *j = json_parse(json, strlen(json), NULL);
    struct content c;
    assert_non_null(j);
    content_read(&arena, j, &c);
    json_free(j);
    return c;
}

static void assert_str(const char *a, const char *b)
{
    if (a && b)
        assert_string_equal(a, b);
    else
        assert_ptr_equal(a, b);
}

static void assert_same(const struct content *a, const struct content *b)
{
    assert_int_equal(a->kind, b->kind);
    assert_str(a->text, b->text);
    assert_int_equal(a->n_entities, b->n_entities);
    for (size_t i = 0; i < a->n_entities; i++) {
        assert_int_equal(a->entities[i].type, b->entities[i].type);
        assert_int_equal(a->entities[i].offset, b->entities[i].offset);
        assert_int_equal(a->entities[i].len, b->entities[i].len);
        assert_str(a->entities[i].url, b->entities[i].url);
    }
    assert_int_equal(a->n_files, b->n_files);
    for (size_t i = 0; i < a->n_files; i++) {
        assert_int_equal(a->files[i].kind, b->files[i].kind);
        assert_str(a->files[i].id, b->files[i].id);
        assert_str(a->files[i].path, b->files[i].path);
        assert_str(a->files[i].name, b->files[i].name);
        assert_str(a->files[i].mime, b->files[i].mime);
        assert_true(a->files[i].size == b->files[i].size);
    }
    assert_int_equal(a->n_buttons, b->n_buttons);
    for (size_t i = 0; i < a->n_buttons; i++) {
        assert_str(a->buttons[i].label, b->buttons[i].label);
        assert_str(a->buttons[i].data, b->buttons[i].data);
        assert_str(a->buttons[i].url, b->buttons[i].url);
        assert_str(a->buttons[i].start, b->buttons[i].start);
        assert_str(a->buttons[i].message_id, b->buttons[i].message_id);
        assert_int_equal(a->buttons[i].same_row, b->buttons[i].same_row);
    }
    assert_str(a->about_id, b->about_id);
    assert_true(a->about_line == b->about_line);
    assert_str(a->quote, b->quote);
    assert_str(a->reaction, b->reaction);
    assert_str(a->album, b->album);
    assert_str(a->unreadable, b->unreadable);
    assert_str(a->origin_chat, b->origin_chat);
    assert_str(a->origin_id, b->origin_id);
    assert_str(a->only_for, b->only_for);
    assert_str(a->secret, b->secret);
    assert_int_equal(a->closed, b->closed);
    assert_int_equal(a->pin, b->pin);
    assert_int_equal(a->silent, b->silent);
}

static void round_trip(const struct content *c)
{
    struct content back = parsed(written(c));
    assert_same(c, &back);

    struct arena first = ARENA_INIT;
    struct content original, copy;
    content_copy(&first, &original, c);
    content_copy(&arena, &copy, &original);
    arena_release(&first); /* a string that is shared would be missed from here on */
    assert_same(c, &copy);
}

static void test_every_member_survives(void **state)
{
    struct entity entities[ENTITY_TYPES];
    struct file files[FILE_KINDS];
    struct button buttons[] = {
        {.label = "Claim", .data = "claim"},
        {.label = "状态", .url = "https://status.example/?a=1&b=\"2\"", .same_row = true},
        {.label = "Private", .start = "q-100_5_12"},
        {.label = "There", .message_id = "345"},
    };
    (void)state;
    for (int i = 0; i < ENTITY_TYPES; i++)
        entities[i] = (struct entity){(enum entity_type)i, (size_t)i, 2,
                                      i == ENTITY_LINK ? "https://x.example" : NULL};
    for (int i = 0; i < FILE_KINDS; i++)
        files[i] = (struct file){.kind = (enum file_kind)i,
                                 .id = "AgAD",
                                 .path = i % 2 ? "/tmp/a b.png" : NULL,
                                 .name = "a\"b.png",
                                 .mime = "image/png",
                                 .size = INT64_C(9007199254740993) + i};
    struct content c = {
        .kind = CONTENT_EDIT,
        .text = "line one\nдва \xf0\x9f\x98\x80 \"three\" \\ end of it",
        .entities = entities,
        .n_entities = ENTITY_TYPES,
        .files = files,
        .n_files = FILE_KINDS,
        .buttons = buttons,
        .n_buttons = ARRAY_LEN(buttons),
        .about_id = "9007199254740995",
        .about_line = -12,
        .quote = "what you said",
        .reaction = "\xf0\x9f\x91\x8d",
        .album = "album1",
        .unreadable = "poll",
        .origin_chat = "-100200",
        .origin_id = "77",
        .only_for = "1001",
        .secret = "seed",
        .closed = true,
        .pin = true,
        .silent = true,
    };
    round_trip(&c);
    c.closed = false;
    round_trip(&c);
    c.pin = false;
    round_trip(&c);
    c.silent = false;
    round_trip(&c);
    for (int kind = CONTENT_TEXT; kind <= CONTENT_STANDING; kind++) {
        c.kind = (enum content_kind)kind;
        round_trip(&c);
    }
}

static void test_absent_members_cost_nothing(void **state)
{
    struct content none = CONTENT_INIT;
    struct content taken_back = {.kind = CONTENT_REACTION, .text = "", .reaction = ""};
    (void)state;
    assert_string_equal(written(&none), "{}");
    round_trip(&none);
    round_trip(&taken_back); /* an empty reaction is not an absent one */
}

static void test_reading_bears_nonsense(void **state)
{
    struct content c = parsed("{\"kind\":\"dance\",\"text\":7,\"files\":{},\"buttons\":\"x\","
                              "\"entities\":[{\"type\":\"bold\"},{\"type\":\"no such\"},3],"
                              "\"about\":\"x\",\"closed\":1}");
    (void)state;
    assert_int_equal(c.kind, CONTENT_TEXT);
    assert_string_equal(c.text, "");
    assert_int_equal(c.n_entities, 1);
    assert_int_equal(c.entities[0].len, 0);
    assert_int_equal(c.n_files, 0);
    assert_true(c.about_line == 0);
    assert_false(c.closed);

    c = parsed("{\"text\":\"abc\",\"entities\":[{\"type\":\"bold\",\"at\":2,\"len\":99},"
               "{\"type\":\"code\",\"at\":-5,\"len\":-1},{\"type\":\"pre\",\"at\":50,\"len\":1}],"
               "\"files\":[{\"kind\":\"hologram\"},{\"kind\":\"photo\",\"id\":\"F\"}]}");
    assert_int_equal(c.n_entities, 3); /* each stays within the text */
    assert_int_equal(c.entities[0].offset + c.entities[0].len, 3);
    assert_int_equal(c.entities[1].len, 0);
    assert_int_equal(c.entities[2].offset, 3);
    assert_int_equal(c.n_files, 1);
    assert_string_equal(c.files[0].id, "F");

    content_read(&arena, NULL, &c);
    assert_string_equal(c.text, "");
}

/* --- joining --- */

static void test_a_copy_is_sound(void **state)
{
    struct entity entities[] = {{ENTITY_BOLD, 2, 99, NULL}, {ENTITY_CODE, 50, 1, NULL}};
    struct content c = {.text = "ab\xff", .entities = entities, .n_entities = 2}, copy;
    (void)state;
    content_copy(&arena, &copy, &c);
    assert_string_equal(copy.text, "ab\uFFFD");
    assert_int_equal(copy.entities[0].offset + copy.entities[0].len, strlen(copy.text));
    assert_int_equal(copy.entities[1].offset, strlen(copy.text));
    assert_int_equal(copy.entities[1].len, 0);
}

static void test_join_moves_entities(void **state)
{
    struct entity bold = {ENTITY_BOLD, 0, 3, NULL}, link = {ENTITY_LINK, 3, 2, "https://x.example"};
    struct content first = {.text = "你好", .entities = &bold, .n_entities = 1};
    struct content second = {.text = "中 ok", .entities = &link, .n_entities = 1};
    (void)state;
    content_join(&arena, &first, &second);
    content_join(&arena, &first, &second);
    assert_string_equal(first.text, "你好\n中 ok\n中 ok");
    assert_int_equal(first.n_entities, 3);
    assert_int_equal(first.entities[0].offset, 0);
    for (int i = 1; i < 3; i++) {
        const struct entity *e = &first.entities[i];
        assert_memory_equal(first.text + e->offset, " o", e->len);
        assert_string_equal(e->url, "https://x.example");
    }
    assert_int_equal(link.offset, 3); /* the originals are not touched */
    assert_string_equal(second.text, "中 ok");
}

static void test_join_keeps_the_last_buttons(void **state)
{
    struct content a = {.text = "a"}, b = {.text = "b"}, c = {.text = "c"};
    (void)state;
    content_button(&arena, &a, "A", "a");
    content_button(&arena, &b, "B", "b");
    content_button(&arena, &b, "B2", "b2");
    content_join(&arena, &a, &b);
    content_join(&arena, &a, &c);
    assert_int_equal(a.n_buttons, 2);
    assert_string_equal(a.buttons[0].label, "B");
    assert_string_equal(a.buttons[1].label, "B2");
}

/* --- small helps --- */

static void test_buttons_are_appended(void **state)
{
    struct content c = CONTENT_INIT;
    (void)state;
    content_button(&arena, &c, "1", "one");
    content_button(&arena, &c, "2", "two")->same_row = true;
    content_button(&arena, &c, "3", NULL)->url = "https://x.example";
    assert_int_equal(c.n_buttons, 3);
    assert_string_equal(c.buttons[0].data, "one");
    assert_false(c.buttons[0].same_row);
    assert_true(c.buttons[1].same_row);
    assert_null(c.buttons[2].data);
}

static void test_joined_files_keep_their_words(void **state)
{
    struct file files[] = {{.kind = FILE_PHOTO, .id = "A"},
                           {.kind = FILE_PHOTO, .id = "B"},
                           {.kind = FILE_VIDEO, .id = "C"}};
    struct content c = {.text = "first", .files = &files[0], .n_files = 1};
    struct content silent = {.text = "", .files = &files[1], .n_files = 1};
    struct content last = {.text = "last", .files = &files[2], .n_files = 1};
    (void)state;
    content_join(&arena, &c, &silent);
    content_join(&arena, &c, &last);
    assert_int_equal(c.n_files, 3);
    assert_string_equal(c.text, "first\nlast");
    assert_int_equal(c.files[0].caption_len, 5);
    assert_int_equal(c.files[1].caption_len, 0);
    assert_string_equal(c.text + c.files[2].caption_at, "last");
    assert_int_equal(c.files[2].caption_len, 4);
    c = (struct content){.text = "", .files = &files[0], .n_files = 1};
    content_join(&arena, &c, &last);
    assert_string_equal(c.text, "last");
    assert_int_equal(c.files[0].caption_len, 0);
    assert_int_equal(c.files[1].caption_at, 0);
}

static void test_words_of_a_content(void **state)
{
    struct file photo = {.kind = FILE_PHOTO};
    struct content c = CONTENT_INIT;
    (void)state;
    assert_true(content_is_empty(&c));
    assert_string_equal(content_words(&arena, &c), "");
    c.unreadable = "poll";
    assert_true(content_is_empty(&c));
    assert_string_equal(content_words(&arena, &c), "[poll]");
    c.files = &photo;
    c.n_files = 1;
    assert_false(content_is_empty(&c));
    assert_string_equal(content_words(&arena, &c), "[photo]");
    c.text = "\n  see here\nand there";
    assert_string_equal(content_words(&arena, &c), "[photo] see here");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_address_prints_what_is_set),
        cmocka_unit_test(test_address_needs_three_parts),
        cmocka_unit_test(test_address_keeps_colons_of_the_last_part),
        cmocka_unit_test(test_every_member_survives),
        cmocka_unit_test(test_absent_members_cost_nothing),
        cmocka_unit_test(test_reading_bears_nonsense),
        cmocka_unit_test(test_a_copy_is_sound),
        cmocka_unit_test(test_join_moves_entities),
        cmocka_unit_test(test_join_keeps_the_last_buttons),
        cmocka_unit_test(test_buttons_are_appended),
        cmocka_unit_test(test_joined_files_keep_their_words),
        cmocka_unit_test(test_words_of_a_content),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_release(&arena);
    return failed;
}
