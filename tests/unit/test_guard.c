#include "bot/ports/handler.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

extern const struct handler guard_handler;

#define PHRASE "legal winner thank year wave sausage worth useful legal winner thank yellow"
#define WIF    "5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTJ"
#define HASH   "9edaf0f7d9c6629c31bbf0471fc07d696c73b566b93783f7e25d8d5d2b62fa4f"
#define SEED   "▇▇▇ [seed phrase]"
#define KEY    "▇▇▇ [private key]"

static struct arena arena;

static struct event customer_says(const char *text)
{
    struct event e = {.type = EVENT_MESSAGE, .is_private = true, .name = "", .username = ""};
    e.data = "";
    e.content.text = arena_strdup(&arena, text);
    e.content.origin_chat = "12";
    e.content.origin_id = "34";
    return e;
}

static void screen(struct event *e, const char *asked)
{
    struct conversation subject;
    conversation_init(&subject, "telegram:77:12");
    subject.asked = asked;
    guard_handler.screen(NULL, &subject, &arena, e);
}

/* --- screening --- */

static void test_text_is_masked_and_the_original_wiped(void **state)
{
    struct event e = customer_says("here: " PHRASE ", and " WIF "!");
    const char *original = e.content.text;
    size_t len = strlen(original);
    (void)state;
    screen(&e, "");
    assert_string_equal(e.content.text, "here: " SEED ", and " KEY "!");
    assert_string_equal(e.content.secret, "seed");
    assert_null(e.content.origin_chat);
    assert_null(e.content.origin_id);
    for (size_t i = 0; i < len; i++)
        assert_int_equal(original[i], 0);
    const char *masked = e.content.text;
    screen(&e, ""); /* once more: nothing is left to mask */
    assert_ptr_equal(e.content.text, masked);
}

static void test_clean_content_is_left_alone(void **state)
{
    struct event e = customer_says("my deposit has not arrived, txid " HASH);
    const char *original = e.content.text;
    (void)state;
    screen(&e, "");
    assert_ptr_equal(e.content.text, original);
    assert_null(e.content.secret);
    assert_string_equal(e.content.origin_chat, "12");
    assert_string_equal(e.content.origin_id, "34");
}

static void test_every_part_is_screened(void **state)
{
    const char *parts[10];
    (void)state;
    for (size_t part = 0; part < ARRAY_LEN(parts); part++) {
        struct event e = customer_says("hello");
        struct button button = {.label = "a", .data = "b", .url = "c"};
        struct file file = {
            .kind = FILE_DOCUMENT, .id = "F", .name = "a.txt", .mime = "text/plain"};
        const char **at[] = {
            &e.content.text, &e.content.quote, &e.content.reaction, &e.content.unreadable,
            &button.label,   &button.data,     &button.url,         &e.data,
            &e.name,         &e.username,
        };
        e.content.buttons = &button;
        e.content.n_buttons = 1;
        e.content.files = &file;
        e.content.n_files = 1;
        *at[part] = arena_strdup(&arena, "see " PHRASE);
        parts[part] = *at[part];
        screen(&e, "");
        assert_string_equal(*at[part], "see " SEED);
        assert_string_equal(parts[part], "");
        if (at[part] == &e.name || at[part] == &e.username)
            assert_null(e.content.secret); /* it is no part of what was said */
        else
            assert_string_equal(e.content.secret, "seed");
        assert_int_equal(e.content.n_files, 1);
    }
}

static void test_edits_reactions_and_buttons(void **state)
{
    struct event edit = customer_says(PHRASE), button = customer_says(""),
                 timer = customer_says("");
    (void)state;
    edit.content.kind = CONTENT_EDIT;
    screen(&edit, "");
    assert_string_equal(edit.content.text, SEED);
    button.type = EVENT_BUTTON;
    button.data = arena_strdup(&arena, WIF);
    screen(&button, "");
    assert_string_equal(button.data, KEY);
    assert_string_equal(button.content.secret, "key");
    timer.type = EVENT_TIMER;
    timer.data = arena_strdup(&arena, WIF); /* written by ourselves */
    screen(&timer, "");
    assert_string_equal(timer.data, WIF);
}

static void test_file_named_after_a_secret_stays_behind(void **state)
{
    struct event e = customer_says("see file");
    struct file files[] = {
        {.kind = FILE_PHOTO, .id = "A", .name = "IMG_1.jpg"},
        {.kind = FILE_DOCUMENT, .id = "B", .name = arena_strdup(&arena, PHRASE ".txt")},
        {.kind = FILE_DOCUMENT, .id = "C", .name = HASH ".png"}, /* apps name files so */
    };
    (void)state;
    e.content.files = files;
    e.content.n_files = 3;
    screen(&e, "");
    assert_int_equal(e.content.n_files, 2);
    assert_string_equal(e.content.files[0].id, "A");
    assert_string_equal(e.content.files[1].id, "C");
    assert_string_equal(e.content.unreadable, "document");
    assert_string_equal(e.content.secret, "seed");
}

/* Nobody looks into it: its name or what is said of it tells. */
static void test_key_file_stays_behind(void **state)
{
    struct event e = customer_says("this is my keystore");
    struct file files[] = {
        {.kind = FILE_DOCUMENT, .id = "A", .name = arena_strdup(&arena, "backup.json")},
        {.kind = FILE_PHOTO, .id = "B", .name = arena_strdup(&arena, "a.jpg")},
    };
    (void)state;
    e.content.files = files;
    e.content.n_files = 2;
    screen(&e, "");
    assert_int_equal(e.content.n_files, 1);
    assert_string_equal(e.content.files[0].id, "B");
    assert_string_equal(e.content.secret, "key");
    assert_null(e.content.origin_id);
}

static void test_entities_follow_the_text(void **state)
{
    /* "ab " PHRASE " cd " WIF " ef" */
    const size_t seed = 3, seed_end = seed + strlen(PHRASE), cd = seed_end + 1, wif = cd + 3;
    const size_t wif_end = wif + strlen(WIF), ef = wif_end + 1;
    struct event e = customer_says("ab " PHRASE " cd " WIF " ef");
    struct entity entities[] = {
        {ENTITY_BOLD, 0, 2, NULL},                   /* before: stays */
        {ENTITY_CODE, seed, strlen(PHRASE), NULL},   /* around one: shrinks */
        {ENTITY_ITALIC, 0, ef + 2, NULL},            /* around all */
        {ENTITY_SPOILER, seed + 6, 6, NULL},         /* within: goes */
        {ENTITY_BOLD, 0, seed + 5, NULL},            /* half in: goes */
        {ENTITY_UNDERLINE, seed_end - 1, 4, NULL},   /* half out: goes */
        {ENTITY_STRIKETHROUGH, cd, 2, NULL},         /* between: moves */
        {ENTITY_LINK, ef, 2, "https://example.com"}, /* behind both: moves */
        {ENTITY_LINK, 0, 2, arena_strdup(&arena, "https://example.com/" WIF)}, /* goes */
        {ENTITY_CODE, wif_end, 0, NULL},
    };
    static const struct {
        enum entity_type type;
        const char *text;
    } want[] = {
        {ENTITY_BOLD, "ab"},
        {ENTITY_CODE, SEED},
        {ENTITY_ITALIC, "ab " SEED " cd " KEY " ef"},
        {ENTITY_STRIKETHROUGH, "cd"},
        {ENTITY_LINK, "ef"},
        {ENTITY_CODE, ""},
    };
    (void)state;
    e.content.entities = entities;
    e.content.n_entities = ARRAY_LEN(entities);
    screen(&e, "");
    assert_string_equal(e.content.text, "ab " SEED " cd " KEY " ef");
    assert_int_equal(e.content.n_entities, ARRAY_LEN(want));
    for (size_t i = 0; i < ARRAY_LEN(want); i++) {
        const struct entity *it = &e.content.entities[i];
        assert_int_equal(it->type, want[i].type);
        assert_int_equal(it->len, strlen(want[i].text));
        assert_memory_equal(e.content.text + it->offset, want[i].text, it->len);
    }
    assert_string_equal(e.content.entities[4].url, "https://example.com");
}

static void test_link_of_an_entity_counts(void **state)
{
    struct event e = customer_says("my code");
    struct entity link = {ENTITY_LINK, 0, 2,
                          arena_strdup(&arena, "otpauth://totp/x?secret=JBSWY3DPEHPK3PXP")};
    const char *original = link.url;
    (void)state;
    e.content.entities = &link;
    e.content.n_entities = 1;
    screen(&e, "");
    assert_int_equal(e.content.n_entities, 0);
    assert_string_equal(e.content.secret, "totp");
    assert_string_equal(original, "");
}

static void test_sixty_four_digits(void **state)
{
    struct event bare = customer_says(HASH), asked = customer_says(HASH),
                 staff = customer_says(HASH);
    struct event key = customer_says("private key " HASH);
    (void)state;
    screen(&bare, "");
    assert_string_equal(bare.content.text, "▇▇▇ [64 hex digits]");
    assert_string_equal(bare.content.secret, "hex");
    screen(&asked, "wrong_chain.txid");
    assert_string_equal(asked.content.text, HASH);
    staff.is_private = false;
    screen(&staff, "");
    assert_string_equal(staff.content.text, HASH);
    screen(&key, "wrong_chain.txid");
    assert_string_equal(key.content.text, "private key " KEY);
    assert_string_equal(key.content.secret, "key");
}

static void test_without_a_conversation(void **state)
{
    struct event e = customer_says(PHRASE);
    (void)state;
    guard_handler.screen(NULL, NULL, &arena, &e);
    assert_string_equal(e.content.text, SEED);
}

/* --- telling --- */

static const struct setting rows[] = {
    {"STAFF_LANGUAGE", "of the staff rooms", SETTING_TEXT, "en", NULL, 0, 0},
    {0},
};

struct world {
    struct settings *settings;
    struct phrases *phrases;
    struct facts facts;
    struct conversation subject;
    struct effects effects;
};

static void world_init(struct world *w, const char *id)
{
    static const char texts[] =
        "guard:\n  seed: S\n  key: K\n  totp: T\n  hex: H\n  staff: M {kind}\n"
        "  card: C\n  password: P\n  otp: O\n  is_txid: B\n  paste: A\n  fails_words: wrong|invalid\n"
        "staff:\n  secured: N\n";
    struct buf why = BUF_INIT(200);
    *w = (struct world){.settings = settings_new()};
    settings_add(w->settings, "Staff", rows);
    assert_int_equal(settings_load(w->settings, NULL, (char *[]){NULL}, &why), 0);
    w->phrases = phrases_new(w->settings);
    struct yaml *tree = yaml_parse("en/phrases.yaml", texts, strlen(texts), &why);
    assert_non_null(tree);
    assert_int_equal(phrases_add(w->phrases, "en", tree, &why), 0);
    yaml_tree_free(tree);
    conversation_init(&w->subject, id);
}

static void world_release(struct world *w)
{
    phrases_free(w->phrases);
    settings_free(w->settings);
}

static void handle(struct world *w, struct event *e)
{
    w->effects = (struct effects){
        .arena = &arena, .subject = &w->subject, .event = e, .next_case = 64, .line = 7};
    struct turn turn = {
        .event = e,
        .subject = &w->subject,
        .facts = &w->facts,
        .phrases = w->phrases,
        .settings = w->settings,
        .arena = &arena,
    };
    assert_int_equal(guard_handler.handle(NULL, &turn, &w->effects), HANDLER_PASS);
}

static const struct effect *nth(const struct world *w, enum effect_type type, size_t n)
{
    for (size_t i = 0; i < w->effects.n; i++)
        if (w->effects.items[i]->type == type && !n--)
            return w->effects.items[i];
    return NULL;
}

static void test_customer_is_told_and_security_gets_a_case(void **state)
{
    static const struct {
        const char *text, *said;
        bool has_case;
    } cases[] = {
        {PHRASE, "S", true},
        {WIF, "K", true},
        {"GA key JBSWY3DPEHPK3PXP", "T", true},
        {"visa 4111 1111 1111 1111", "C", true},
        {"my password is hunter22", "P", true},
        {"google code 482913 please", "O", true},
        {"google code 482913 is wrong", "O", false}, /* a question, and it lapses by itself */
        {HASH, "H", false},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct world w;
        struct event e = customer_says(cases[i].text);
        world_init(&w, "telegram:77:12");
        screen(&e, "");
        handle(&w, &e);
        bool is_doubtful = str_eq(cases[i].said, "H");
        const struct effect *gone = nth(&w, EFFECT_SAY, 0);
        const struct effect *said = nth(&w, EFFECT_SAY, 1);
        assert_int_equal(gone->content.kind, CONTENT_DELETE);
        assert_int_equal(gone->content.about_line, 7);
        assert_non_null(said);
        assert_int_equal(said->lane, LANE_CUSTOMER);
        assert_string_equal(said->content.text, cases[i].said);
        assert_int_equal(said->content.n_buttons, is_doubtful ? 1 : 0);
        assert_null(nth(&w, EFFECT_SAY, 2));
        assert_string_equal(nth(&w, EFFECT_COUNT, 0)->name, "secrets");
        assert_int_equal(w.subject.state, cases[i].has_case ? STATE_WAITING : STATE_BOT);
        if (cases[i].has_case) {
            assert_string_equal(w.subject.reason, "secret");
            assert_string_equal(w.subject.team, "security");
            assert_int_equal(w.subject.priority, 1);
        }
        world_release(&w);
    }
}

/* Its owner is a lead, who may keep it. */
static void test_open_case_becomes_securitys(void **state)
{
    struct world w;
    struct event e = customer_says(PHRASE);
    struct agent lena = {.name = "lena", .alias = "Lena", .role = ROLE_LEAD, .teams = ""};
    (void)state;
    world_init(&w, "telegram:77:12");
    w.facts = (struct facts){.agents = &lena, .n_agents = 1};
    w.subject.state = STATE_CLAIMED;
    w.subject.owner = "lena";
    w.subject.case_no = 64;
    w.subject.team = "wallet";
    w.subject.priority = 3;
    screen(&e, "");
    handle(&w, &e);
    assert_string_equal(nth(&w, EFFECT_SAY, 2)->content.text, "N");
    assert_int_equal(nth(&w, EFFECT_SAY, 2)->lane, LANE_STAFF);
    assert_int_equal(w.subject.state, STATE_CLAIMED);
    assert_int_equal(w.subject.case_no, 64);
    assert_string_equal(w.subject.team, "security");
    assert_int_equal(w.subject.priority, 1);
    world_release(&w);
}

static void test_staff_are_told_in_their_room(void **state)
{
    static const struct {
        const char *subject;
        enum lane_id lane;
    } places[] = {{"telegram:77:12", LANE_STAFF}, {"room:telegram:77:-100", LANE_CUSTOMER}};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        struct world w;
        struct event e = customer_says(PHRASE);
        e.is_private = false;
        e.room = "room:telegram:77:-100";
        world_init(&w, places[i].subject);
        screen(&e, "");
        assert_string_equal(e.content.text, SEED);
        handle(&w, &e);
        const struct effect *gone = nth(&w, EFFECT_SAY, 0), *said = nth(&w, EFFECT_SAY, 1);
        assert_int_equal(gone->content.kind, CONTENT_DELETE);
        assert_int_equal(gone->content.about_line, 7);
        assert_int_equal(gone->lane, places[i].lane);
        assert_string_equal(gone->only_room, e.room);
        assert_non_null(said);
        assert_int_equal(said->lane, places[i].lane);
        assert_string_equal(said->content.text, "M seed\n\n" SEED);
        assert_int_equal(w.subject.state, STATE_BOT);
        world_release(&w);
    }
}

static void test_code_of_an_open_question_is_no_case(void **state)
{
    struct world w;
    struct event e = customer_says("google code 482913");
    (void)state;
    world_init(&w, "telegram:77:12");
    w.subject.asked = "twofa_code_invalid.error_text";
    screen(&e, "");
    handle(&w, &e);
    assert_string_equal(nth(&w, EFFECT_SAY, 1)->content.text, "O");
    assert_int_equal(w.subject.state, STATE_BOT);
    world_release(&w);
}

static void test_silent_otherwise(void **state)
{
    struct world w;
    struct event e = customer_says("hello");
    (void)state;
    world_init(&w, "telegram:77:12");
    screen(&e, "");
    handle(&w, &e);
    assert_int_equal(w.effects.n, 0);
    world_release(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_is_masked_and_the_original_wiped),
        cmocka_unit_test(test_clean_content_is_left_alone),
        cmocka_unit_test(test_every_part_is_screened),
        cmocka_unit_test(test_edits_reactions_and_buttons),
        cmocka_unit_test(test_file_named_after_a_secret_stays_behind),
        cmocka_unit_test(test_key_file_stays_behind),
        cmocka_unit_test(test_entities_follow_the_text),
        cmocka_unit_test(test_link_of_an_entity_counts),
        cmocka_unit_test(test_sixty_four_digits),
        cmocka_unit_test(test_without_a_conversation),
        cmocka_unit_test(test_customer_is_told_and_security_gets_a_case),
        cmocka_unit_test(test_open_case_becomes_securitys),
        cmocka_unit_test(test_staff_are_told_in_their_room),
        cmocka_unit_test(test_code_of_an_open_question_is_no_case),
        cmocka_unit_test(test_silent_otherwise),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_release(&arena);
    return failed;
}
