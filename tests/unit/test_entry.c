#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "bot/flow/entry.h"

#define ANN  "telegram:77:1001"
#define ROOM "room:telegram:77:-100200"

static struct arena arena;

static struct entry entry_of(const char *text)
{
    return (struct entry){.to = {"telegram", "77", "1001", "", ""},
                          .conversation = ANN,
                          .title = "",
                          .content = {.text = text}};
}

static struct entry held(const char *text)
{
    struct entry e = entry_of(text);
    e.hold_ms = 600;
    return e;
}

static struct entry decor(enum content_kind kind, const char *text)
{
    struct entry e = entry_of(text);
    e.decor = true;
    e.content.kind = kind;
    return e;
}

static char *written(const struct entry *e)
{
    struct buf out = BUF_INIT(JSON_MAX_BYTES);
    entry_write(&out, e, NULL);
    char *json = arena_strdup(&arena, out.data);
    buf_release(&out);
    return json;
}

static void test_entry_survives_json(void **state)
{
    struct entry e = {
        .to = {"telegram", "77", "-100200", "9", ""},
        .conversation = ANN,
        .room = ROOM,
        .title = "#65 Ann · zh",
        .line = INT64_C(9007199254740993),
        .committed_ms = INT64_C(1790000000000),
        .hold_ms = 600,
        .decor = true,
        .is_group = true,
        .is_notice = true,
        .content = {.kind = CONTENT_EDIT, .text = "你好\n\"x\"", .about_line = 4, .pin = true},
    };
    struct entry back;
    (void)state;
    assert_true(entry_read(&arena, written(&e), &back));
    assert_string_equal(back.to.platform, "telegram");
    assert_string_equal(back.to.account, "77");
    assert_string_equal(back.to.chat, "-100200");
    assert_string_equal(back.to.thread, "9");
    assert_string_equal(back.conversation, ANN);
    assert_string_equal(back.room, ROOM);
    assert_string_equal(back.title, e.title);
    assert_true(back.line == e.line && back.committed_ms == e.committed_ms && back.hold_ms == 600);
    assert_true(back.decor && back.is_group && back.is_notice);
    assert_int_equal(back.content.kind, CONTENT_EDIT);
    assert_string_equal(back.content.text, e.content.text);
    assert_true(back.content.about_line == 4 && back.content.pin);
    assert_string_equal(entry_surface(&back), ROOM);

    e = entry_of("hi");
    assert_true(entry_read(&arena, written(&e), &back));
    assert_null(back.room);
    assert_false(back.decor || back.is_group);
    assert_string_equal(entry_surface(&back), "customer");
}

static void test_a_copy_says_the_same(void **state)
{
    struct entity bold = {.type = ENTITY_BOLD, .offset = 0, .len = 2};
    struct entry e = entry_of("你好"), back, copy,
                 bare = {.conversation = ANN, .content = CONTENT_INIT};
    (void)state;
    e.room = ROOM;
    e.title = "#65 Ann";
    e.hold_ms = 600;
    e.content.entities = &bold;
    e.content.n_entities = 1;
    e.content.quote = "好";
    content_button(&arena, &e.content, "Claim", "claim");
    entry_copy(&arena, &e, &copy);
    assert_string_equal(written(&copy), written(&e));
    assert_ptr_not_equal(copy.content.text, e.content.text);
    assert_true(entry_read(&arena, written(&e), &back));
    assert_string_equal(written(&copy), written(&back));
    entry_copy(&arena, &bare, &copy); /* what is absent is "", as when it is read */
    assert_string_equal(copy.to.thread, "");
    assert_string_equal(copy.title, "");
    assert_null(copy.room);
}

static void test_what_is_not_ours_is_refused(void **state)
{
    struct entry back, e = entry_of("hi");
    (void)state;
    assert_false(entry_read(&arena, "", &back));
    assert_false(entry_read(&arena, "{}", &back));
    assert_false(entry_read(&arena, "[1]", &back));
    e.to.chat = "";
    assert_false(entry_read(&arena, written(&e), &back));
    e = entry_of("hi");
    e.conversation = "";
    assert_false(entry_read(&arena, written(&e), &back));
}

static bool joins(struct entry first, struct entry next)
{
    return entry_joins(&first, &next, 4096);
}

static void test_only_held_plain_words_join(void **state)
{
    struct file photo = {.kind = FILE_PHOTO, .id = "F"};
    struct button yes = {.label = "Yes", .data = "y"};
    (void)state;
    assert_true(joins(held("a"), held("b")));
    assert_false(joins(held("a"), entry_of("b")));
    assert_false(joins(entry_of("a"), held("b")));
    struct entry with[6];
    for (size_t i = 0; i < ARRAY_LEN(with); i++)
        with[i] = held("x");
    with[0].content.files = &photo;
    with[0].content.n_files = 1;
    with[1].content.buttons = &yes;
    with[1].content.n_buttons = 1;
    with[2].content.about_line = 3; /* a reply */
    with[3].content.pin = true;
    with[4].content.kind = CONTENT_EDIT;
    with[5].decor = true;
    for (size_t i = 0; i < ARRAY_LEN(with); i++) {
        assert_false(joins(held("a"), with[i]));
        if (i < 5)
            assert_false(joins(with[i], held("a")));
    }
}

/* A message that is changed again and again costs one post while the budget is short. */
static void test_what_is_about_one_message_joins(void **state)
{
    struct entry first = held("Edited: a"), next = held("Edited: b"), other = held("c");
    (void)state;
    first.content.about_line = next.content.about_line = 3;
    other.content.about_line = 4;
    assert_true(joins(first, next));
    assert_false(joins(first, other));
    assert_false(joins(first, held("d")));
    next.content.quote = "this";
    assert_false(joins(first, next));
    first.content.quote = "this";
    assert_true(joins(first, next));
}

static void test_join_up_to_the_platforms_length(void **state)
{
    struct entry a = held("12345"), b = held("1234"),
                 emoji = held("\xf0\x9f\x98\x80\xf0\x9f\x98\x80");
    (void)state;
    assert_true(entry_joins(&a, &b, 10)); /* the newline counts */
    assert_false(entry_joins(&a, &b, 9));
    assert_true(entry_joins(&a, &emoji, 10)); /* UTF-16 units: two each */
    assert_false(entry_joins(&a, &emoji, 9));
}

static void test_joined_words(void **state)
{
    struct entry a = held("one"), b = held("two"), c = held("three");
    (void)state;
    a.line = 5;
    entry_join(&arena, &a, &b);
    entry_join(&arena, &a, &c);
    assert_string_equal(a.content.text, "one\ntwo\nthree");
    assert_true(a.line == 5);
    assert_string_equal(b.content.text, "two");
}

/* The greeting above the answer, the card above the customer's words: of one turn only. */
static void test_what_leads_is_one_message_with_the_next(void **state)
{
    struct entry card = entry_of("card"), words = held("words"), later = held("words"),
                 photo = entry_of("see"), reply = held("words"), pressed = entry_of("more"), back;
    struct file file = {.kind = FILE_PHOTO};
    (void)state;
    assert_false(entry_leads(&card, &words, 4096));
    card.leads = true;
    card.committed_ms = words.committed_ms;
    words.line = 3;
    assert_true(entry_leads(&card, &words, 4096));
    assert_true(entry_leads(&card, &words, 11) && !entry_leads(&card, &words, 10));
    later.committed_ms = words.committed_ms + 1;
    assert_false(entry_leads(&card, &later, 4096));
    photo.committed_ms = reply.committed_ms = pressed.committed_ms = card.committed_ms;
    photo.content.files = &file;
    photo.content.n_files = 1;
    assert_false(entry_leads(&card, &photo, 4096) || entry_leads(&photo, &words, 4096));
    reply.content.about_line = 2;
    assert_false(entry_leads(&card, &reply, 4096));
    content_button(&arena, &pressed.content, "Yes", "yes");
    assert_true(entry_leads(&card, &pressed, 4096));
    content_button(&arena, &card.content, "Claim", "claim");
    assert_false(entry_leads(&card, &pressed, 4096));

    assert_true(entry_read(&arena, written(&card), &back));
    assert_true(back.leads && entry_leads(&back, &words, 4096));
    entry_join(&arena, &card, &words);
    assert_string_equal(card.content.text, "card\n\nwords");
    assert_true(card.line == 3 && card.content.n_buttons == 1); /* an answer to it is one to them */
    assert_false(card.leads || entry_leads(&card, &words, 4096));
}

static void test_of_decoration_the_newest_counts(void **state)
{
    struct entry old = decor(CONTENT_HOME, "#65 Ann"), fresh = decor(CONTENT_HOME, "● #65 Ann"),
                 board = decor(CONTENT_EDIT, "1 waiting"), last = decor(CONTENT_HOME, "✓ #65 Ann");
    (void)state;
    last.decor = false; /* closing a topic is not for show */
    assert_true(joins(old, fresh));
    assert_false(joins(old, board));
    assert_false(joins(last, fresh));
    entry_join(&arena, &old, &fresh);
    assert_string_equal(old.content.text, "● #65 Ann");
    assert_true(old.decor);

    assert_true(joins(old, last)); /* but it makes what was for show before it idle */
    entry_join(&arena, &old, &last);
    assert_string_equal(old.content.text, "✓ #65 Ann");
    assert_false(old.decor);
    assert_false(joins(old, fresh));
    assert_false(joins(decor(CONTENT_HOME, "x"), held("words")));
    board.content.about_line = 4;
    assert_false(joins(decor(CONTENT_EDIT, "x"), board)); /* another post */
    assert_false(joins(decor(CONTENT_TEXT, "x"), held("words")));
}

static void test_what_is_missed_when_it_is_refused(void **state)
{
    static const struct {
        enum content_kind kind;
        bool decor;
        enum refusal refusal;
        bool is_missed;
    } rows[] = {
        {CONTENT_TEXT, false, REFUSAL_BLOCKED, true},
        {CONTENT_TEXT, true, REFUSAL_BLOCKED, false},
        {CONTENT_EDIT, false, REFUSAL_TOO_OLD, true},
        {CONTENT_EDIT, true, REFUSAL_OTHER, false},
        {CONTENT_EDIT, true, REFUSAL_NO_MESSAGE, true}, /* the board was deleted */
        {CONTENT_DELETE, false, REFUSAL_TOO_OLD, true},
        {CONTENT_DELETE, false, REFUSAL_NO_MESSAGE, false}, /* it is gone, as was wanted */
        {CONTENT_REACTION, false, REFUSAL_OTHER, false},
        {CONTENT_HOME, false, REFUSAL_OTHER, false},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct entry e = entry_of("x");
        e.content.kind = rows[i].kind;
        e.decor = rows[i].decor;
        assert_int_equal(entry_is_missed(&e, rows[i].refusal), rows[i].is_missed);
    }
}

static void test_rooms_trouble_is_no_refusal(void **state)
{
    static const enum refusal waits[] = {REFUSAL_KICKED, REFUSAL_NO_RIGHT, REFUSAL_NO_CHAT,
                                         REFUSAL_NO_FORUM, REFUSAL_TOPIC_CLOSED};
    struct entry e = entry_of("x");
    (void)state;
    for (int r = REFUSAL_OTHER; r < REFUSALS; r++) {
        bool is_trouble = false;
        for (size_t i = 0; i < ARRAY_LEN(waits); i++)
            is_trouble |= waits[i] == (enum refusal)r;
        e.is_group = true;
        assert_int_equal(entry_waits_for_room(&e, (enum refusal)r), is_trouble);
        e.is_group = false; /* a customer's chat does not come back */
        assert_false(entry_waits_for_room(&e, (enum refusal)r));
    }
}

/* A file or words may be at fault for themselves; what zaide says plainly is not. */
static void test_whose_fault_it_is(void **state)
{
    (void)state;
    struct entry e = entry_of("x");
    e.is_group = true;
    e.room = ROOM;
    assert_false(entry_blames_room(&e, REFUSAL_OTHER));
    assert_false(entry_blames_room(&e, REFUSAL_FILE));
    assert_true(entry_blames_room(&e, REFUSAL_KICKED));
    e.is_notice = true;
    assert_true(entry_blames_room(&e, REFUSAL_OTHER));
    assert_false(entry_blames_room(&e, REFUSAL_NO_TOPIC)); /* it gets a new one */
    assert_false(entry_is_missed(&e, REFUSAL_OTHER));
    e.is_notice = false;
    e.room = NULL; /* General */
    assert_true(entry_blames_room(&e, REFUSAL_OTHER));
    assert_false(entry_blames_room(&e, REFUSAL_NO_MESSAGE));
    e.is_group = false;
    assert_false(entry_blames_room(&e, REFUSAL_OTHER));
}

static void test_marks(void **state)
{
    struct entry e = entry_of("x");
    (void)state;
    e.line = 7;
    e.committed_ms = 90;
    assert_string_equal(entry_mark(&arena, &e, MARK_TWICE, NULL, NULL, 99),
                        "{\"mark\":\"maybe twice\",\"line\":7,\"of\":90,"
                        "\"surface\":\"customer\",\"ms\":99}");
    e.room = ROOM;
    assert_string_equal(entry_mark(&arena, &e, MARK_REFUSED, "blocked", "a \"reason\"", 99),
                        "{\"mark\":\"not delivered\",\"line\":7,\"of\":90,\"surface\":\"" ROOM
                        "\",\"refusal\":\"blocked\",\"why\":\"a \\\"reason\\\"\",\"ms\":99}");

    e = entry_of("x"); /* a change is no line of its own: it is marked by the one it is about */
    e.content.kind = CONTENT_EDIT;
    e.content.about_line = 7;
    e.committed_ms = 95;
    assert_string_equal(entry_mark(&arena, &e, MARK_LATE, NULL, NULL, 99),
                        "{\"mark\":\"late\",\"line\":7,\"kind\":\"edit\",\"of\":95,"
                        "\"surface\":\"customer\",\"ms\":99}");
}

static void test_late(void **state)
{
    struct entry e = entry_of("x");
    (void)state;
    e.committed_ms = 1000;
    assert_false(entry_is_late(&e, 61000));
    assert_true(entry_is_late(&e, 61001));
    e.content.kind = CONTENT_REACTION;
    assert_false(entry_is_late(&e, 61001));
    e.content.kind = CONTENT_DELETE;
    assert_true(entry_is_late(&e, 61001));
    e.is_group = true; /* there everybody sees it */
    assert_false(entry_is_late(&e, 61001));
}

static struct entry part(enum file_kind kind, const char *album, const char *text)
{
    struct entry e = held(text);
    e.content.files = arena_alloc(&arena, sizeof(*e.content.files));
    *e.content.files = (struct file){.kind = kind, .id = text};
    e.content.n_files = 1;
    e.content.album = album;
    return e;
}

static void test_parts_of_an_album_join(void **state)
{
    struct entry photo = part(FILE_PHOTO, "a", "first"), video = part(FILE_VIDEO, "a", "");
    struct entry other = part(FILE_PHOTO, "b", ""), paper = part(FILE_DOCUMENT, "a", "");
    struct entry voice = part(FILE_VOICE, "a", ""), late = part(FILE_PHOTO, "a", "");
    struct entry words = held("words"), answer = part(FILE_PHOTO, "a", "");
    (void)state;
    late.hold_ms = 0;
    answer.content.about_line = 4;
    assert_true(entry_joins(&photo, &video, 4096));
    assert_false(entry_joins(&photo, &other, 4096));
    assert_false(entry_joins(&photo, &paper, 4096));
    assert_false(entry_joins(&voice, &voice, 4096));
    assert_false(entry_joins(&photo, &late, 4096));
    assert_false(entry_joins(&photo, &words, 4096));
    assert_false(entry_joins(&words, &photo, 4096));
    assert_false(entry_joins(&photo, &answer, 4096));
    for (int n = 1; n < ALBUM_MAX; n++) {
        assert_true(entry_joins(&photo, &video, 4096));
        entry_join(&arena, &photo, &video);
    }
    assert_false(entry_joins(&photo, &video, 4096)); /* it is full */
    assert_int_equal(photo.content.n_files, ALBUM_MAX);
    assert_int_equal(photo.content.files[0].kind, FILE_PHOTO);
    assert_int_equal(photo.content.files[ALBUM_MAX - 1].kind, FILE_VIDEO);
    assert_string_equal(photo.content.text, "first");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_entry_survives_json),
        cmocka_unit_test(test_a_copy_says_the_same),
        cmocka_unit_test(test_what_is_not_ours_is_refused),
        cmocka_unit_test(test_only_held_plain_words_join),
        cmocka_unit_test(test_what_is_about_one_message_joins),
        cmocka_unit_test(test_join_up_to_the_platforms_length),
        cmocka_unit_test(test_joined_words),
        cmocka_unit_test(test_what_leads_is_one_message_with_the_next),
        cmocka_unit_test(test_of_decoration_the_newest_counts),
        cmocka_unit_test(test_what_is_missed_when_it_is_refused),
        cmocka_unit_test(test_rooms_trouble_is_no_refusal),
        cmocka_unit_test(test_whose_fault_it_is),
        cmocka_unit_test(test_marks),
        cmocka_unit_test(test_late),
        cmocka_unit_test(test_parts_of_an_album_join),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_release(&arena);
    return failed;
}
