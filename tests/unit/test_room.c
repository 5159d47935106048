#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "bot/ports/handler.h"

extern const struct handler room_handler;

#define ROOM "room:telegram:77:-100200"
#define NOW  INT64_C(1790000000000)

static const struct setting rows[] = {
    {"STAFF_LANGUAGE", "of the staff rooms", SETTING_TEXT, "en", NULL, 0, 0},
    {"LANGUAGES", "that we speak", SETTING_TEXT, "zh,en", NULL, 0, 0},
    {"TIMEZONE", "of staff", SETTING_TEXT, "Asia/Shanghai", NULL, 0, 0},
    {0},
};

static const char texts[] = "time: {minutes: \"{n} min\", seconds: \"{n} s\", hours: \"{n} h\"}\n"
                            "room:\n"
                            "  bound: bound\n"
                            "  bad_code: bad code\n"
                            "  admin: \"{name} is the admin\"\n"
                            "  ready: ready\n"
                            "  problems: \"problems:\"\n"
                            "  no_pin: no pin\n"
                            "  no_delete: no delete\n"
                            "  refuses: \"refuses {why}\"\n"
                            "  other: \"{room} says {finding}\"\n"
                            "  moved: \"moved to {id}\"\n"
                            "  help: help\n"
                            "  board: \"{waiting} waiting, {claimed} claimed, {pending} pending, "
                            "{agents} on shift\"\n"
                            "  board_empty: nothing\n"
                            "  board_no_agents: nobody\n"
                            "  board_line: \"#{case} {waited} {lang} P{priority} {name}\"\n"
                            "  board_more: \"and {n} more\"\n";

/* A staff room's General, and one turn in it after the other. */
struct scene {
    struct arena arena;
    struct settings *settings;
    struct phrases *phrases;
    struct agent agents[2];
    struct open_case cases[40];
    struct room rooms[2];
    struct facts facts;
    struct conversation room;
    struct event event;
    struct effects e;
};

static int set_up(void **state)
{
    struct scene *s = xcalloc(1, sizeof(*s));
    struct buf why = BUF_INIT(200);
    s->settings = settings_new();
    settings_add(s->settings, "test", rows);
    s->phrases = phrases_new(s->settings);
    struct yaml *root = yaml_parse("en/phrases.yaml", texts, strlen(texts), &why);
    assert_non_null(root);
    assert_int_equal(phrases_add(s->phrases, "en", root, &why), 0);
    yaml_tree_free(root);
    buf_release(&why);
    s->agents[0] = (struct agent){.name = "mia",
                                  .alias = "Mia",
                                  .role = ROLE_AGENT,
                                  .ids = "telegram:5",
                                  .languages = "zh",
                                  .tz = "UTC"};
    s->facts = (struct facts){.agents = s->agents, .n_agents = 1, .cases = s->cases};
    conversation_init(&s->room, ROOM);
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    struct scene *s = *state;
    phrases_free(s->phrases);
    settings_free(s->settings);
    arena_release(&s->arena);
    free(s);
    return 0;
}

static void happens(struct scene *s, struct event event)
{
    s->event = event;
    s->event.now_ms = event.now_ms ? event.now_ms : NOW;
    s->event.room = ROOM;
    s->event.from = (struct address){"telegram", "77", "-100200", "", "5"};
    s->e = (struct effects){.arena = &s->arena, .subject = &s->room, .event = &s->event};
    struct turn turn = {.event = &s->event,
                        .subject = &s->room,
                        .facts = &s->facts,
                        .phrases = s->phrases,
                        .settings = s->settings,
                        .arena = &s->arena};
    assert_int_equal(room_handler.handle(NULL, &turn, &s->e), HANDLER_DONE);
}

static void hears(struct scene *s, const char *text)
{
    happens(s, (struct event){.type = EVENT_MESSAGE, .content = {.text = text}});
}

/* The only effect of its type, or NULL. */
static const struct effect *only(const struct scene *s, enum effect_type type)
{
    const struct effect *found = NULL;
    for (size_t i = 0; i < s->e.n; i++)
        if (s->e.items[i]->type == type) {
            assert_null(found);
            found = s->e.items[i];
        }
    return found;
}

static void assert_says(const struct scene *s, const char *text)
{
    const struct effect *said = only(s, EFFECT_SAY);
    assert_non_null(said);
    assert_int_equal(said->lane, LANE_CUSTOMER); /* General is a room's own lane */
    assert_string_equal(said->content.text, text);
}

/* --- binding --- */

static void keep_code(struct scene *s, int64_t until_ms, int64_t tries)
{
    struct staff_code code = {.digits = "4821", .until_ms = until_ms, .tries = tries};
    const char *kept = staff_code_print(&s->arena, &code);
    assert_true(staff_code_parse(&s->arena, kept, &s->facts.code));
}

static void test_the_right_code_binds(void **state)
{
    struct scene *s = *state;
    keep_code(s, NOW + 1000, 5);
    hears(s, "/staff@the_bot 4821");
    assert_says(s, "bound");
    assert_string_equal(s->room.name, "staff");
    size_t puts = 0;
    for (size_t i = 0; i < s->e.n; i++)
        if (s->e.items[i]->type == EFFECT_PUT) {
            puts++;
            bool is_code = str_eq(s->e.items[i]->name, "codes");
            assert_string_equal(s->e.items[i]->key, is_code ? "staff" : ROOM);
            assert_string_equal(s->e.items[i]->value, is_code ? "" : "bound");
            assert_true(!is_code || str_eq(s->e.items[i]->was, s->facts.code.kept));
        }
    assert_int_equal(puts, 2); /* and the code is spent */
}

static void test_a_wrong_code_costs_a_try(void **state)
{
    struct scene *s = *state;
    static const char *const wrong[] = {"/staff 4822", "/staff 48210", "/staff 4821 "};
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        keep_code(s, NOW + 1000, 5);
        hears(s, wrong[i]);
        assert_says(s, "bad code");
        const struct effect *put = only(s, EFFECT_PUT);
        assert_string_equal(put->name, "codes");
        assert_string_equal(put->was, s->facts.code.kept);
        assert_true(staff_code_parse(&s->arena, put->value, &s->facts.code));
        assert_true(s->facts.code.tries == 4 && s->facts.code.until_ms == NOW + 1000);
        assert_string_equal(s->facts.code.digits, "4821");
    }
}

/* Too late, withdrawn, none: nothing is left to try, and no code is no key. */
static void test_a_code_that_is_none(void **state)
{
    struct scene *s = *state;
    for (int i = 0; i < 4; i++) {
        keep_code(s, i == 0 ? NOW : NOW + 1000, i == 1 ? 0 : 5);
        if (i == 2)
            s->facts.code = (struct staff_code){0};
        hears(s, i == 3 ? "/staff" : "/staff 4821");
        assert_says(s, "bad code");
        assert_null(only(s, EFFECT_PUT));
    }
}

static void test_small_talk_is_left_alone(void **state)
{
    struct scene *s = *state;
    hears(s, "good morning all");
    assert_int_equal(s->e.n, 0);
    hears(s, "/staffing is low");
    assert_int_equal(s->e.n, 0);
    hears(s, "/help");
    assert_says(s, "help");
}

/* --- agents --- */

static const struct effect *admitted(struct scene *s, const char *id, const char *name)
{
    happens(s, (struct event){.type = EVENT_TOLD,
                              .data = arena_printf(&s->arena, "agent %s %s", id, name)});
    return only(s, EFFECT_PUT);
}

static void test_a_newcomer_becomes_an_agent(void **state)
{
    static const struct {
        const char *name, *key;
    } rows_of[] = {{"Mai Anh", "mai-anh"},
                   {"  --Bob!! ", "bob"},
                   {"王芳", "agent"},
                   {"Mia", "mia-2"},
                   {"x_y.z 9", "x-y-z-9"}};
    struct scene *s = *state;
    for (size_t i = 0; i < ARRAY_LEN(rows_of); i++) {
        struct agent a;
        const struct effect *put = admitted(s, "telegram:99", rows_of[i].name);
        assert_string_equal(put->name, "agents");
        assert_string_equal(put->key, rows_of[i].key);
        assert_true(agent_from_json(&s->arena, put->key, put->value, &a));
        assert_int_equal(a.role, ROLE_AGENT);
        assert_string_equal(a.ids, "telegram:99");
        assert_string_equal(a.languages, "zh en");
        assert_string_equal(a.tz, "Asia/Shanghai");
    }
    happens(s, (struct event){.type = EVENT_TOLD, .data = "agent telegram:99"});
    assert_null(only(s, EFFECT_PUT));
    happens(s, (struct event){.type = EVENT_TOLD, .data = "incident 5 open"});
    assert_int_equal(s->e.n, 0);
}

/* --- the check of a room --- */

static void check(struct scene *s, const char *creator, const char *const *problems, size_t n)
{
    happens(s, (struct event){
                   .type = EVENT_ROOM, .data = creator, .problems = problems, .n_problems = n});
}

static void test_a_finding_is_told_once(void **state)
{
    static const char *const problems[] = {"room.no_pin", "room.no_delete"};
    struct scene *s = *state;
    s->agents[0].role = ROLE_ADMIN;
    check(s, "5", problems, 2);
    assert_says(s, "problems:\n– no pin\n– no delete");
    assert_true(conversation_var_int(&s->room, "timer.board") > NOW);
    check(s, "5", problems, 2);
    assert_null(only(s, EFFECT_SAY));
    check(s, "5", NULL, 0);
    assert_says(s, "ready");
    check(s, "5", NULL, 0);
    assert_null(only(s, EFFECT_SAY));
    assert_null(only(s, EFFECT_TIMER)); /* the board's is armed already */
}

/* A room that takes no posts cannot say so itself. */
static void test_other_rooms_hear_of_trouble(void **state)
{
    static const char *const problems[] = {"room.refuses"};
    struct scene *s = *state;
    struct event found = {.type = EVENT_ROOM,
                          .name = "Night",
                          .problems = problems,
                          .n_problems = 1,
                          .data = "",
                          .content = {.text = "no topics today"}};
    s->rooms[0].id = ROOM;
    s->rooms[1].id = "room:telegram:77:-100300";
    s->facts.rooms = s->rooms;
    s->facts.n_rooms = 2;
    check(s, "", NULL, 0);
    assert_null(only(s, EFFECT_TELL)); /* all is well: nothing to tell */
    happens(s, found);
    assert_says(s, "problems:\n– refuses no topics today");
    const struct effect *tell = only(s, EFFECT_TELL);
    assert_string_equal(tell->name, "room:telegram:77:-100300");
    happens(s, (struct event){.type = EVENT_TOLD, .data = arena_strdup(&s->arena, tell->value)});
    assert_says(s, "Night says problems:\n– refuses no topics today");
    happens(s, found);
    assert_null(only(s, EFFECT_TELL));
    found.n_problems = 0;
    happens(s, found);
    assert_string_equal(only(s, EFFECT_TELL)->value, "room Night\nready");
}

static void test_the_creator_becomes_admin_where_there_is_none(void **state)
{
    struct scene *s = *state;
    struct agent a;
    check(s, "42", NULL, 0);
    const struct effect *put = only(s, EFFECT_PUT);
    assert_true(agent_from_json(&s->arena, put->key, put->value, &a));
    assert_int_equal(a.role, ROLE_ADMIN);
    assert_string_equal(a.ids, "telegram:42");
    s->agents[0].role = ROLE_ADMIN;
    check(s, "42", NULL, 0);
    assert_null(only(s, EFFECT_PUT));
    s->agents[0].role = ROLE_LEAD;
    check(s, "", NULL, 0); /* the platform does not say who it is */
    assert_null(only(s, EFFECT_PUT));
}

/* --- the board --- */

static void tick(struct scene *s)
{
    happens(s, (struct event){.type = EVENT_TIMER, .data = "board"});
    assert_true(only(s, EFFECT_TIMER)->number == NOW + 30000);
}

static void wait_here(struct scene *s, int64_t no)
{
    s->cases[s->facts.n_cases++] = (struct open_case){.no = no,
                                                      .state = STATE_WAITING,
                                                      .priority = 2,
                                                      .since = NOW - 180000,
                                                      .lang = "",
                                                      .name = "",
                                                      .owner = "",
                                                      .tags = "",
                                                      .conversation = "telegram:77:1001"};
}

static void test_the_board_is_one_post_that_is_edited(void **state)
{
    struct scene *s = *state;
    tick(s);
    assert_says(s, "nothing");
    assert_true(only(s, EFFECT_SAY)->content.pin && !only(s, EFFECT_SAY)->decor);
    int64_t line = only(s, EFFECT_SAY)->line;
    assert_true(line > 0);
    tick(s); /* nothing new */
    assert_null(only(s, EFFECT_SAY));
    wait_here(s, 65);
    tick(s);
    assert_says(s, "1 waiting, 0 claimed, 0 pending, 1 on shift\n#65 3 min ? P2 telegram:77:1001");
    const struct effect *edit = only(s, EFFECT_SAY);
    assert_int_equal(edit->content.kind, CONTENT_EDIT);
    assert_true(edit->content.about_line == line && edit->decor);
    tick(s);
    assert_null(only(s, EFFECT_SAY));
}

static void test_a_long_board(void **state)
{
    struct scene *s = *state;
    for (int i = 0; i < 20; i++)
        wait_here(s, 64 + i);
    s->cases[s->facts.n_cases++] =
        (struct open_case){.no = 1, .state = STATE_CLAIMED, .owner = "mia"};
    tick(s);
    const char *text = only(s, EFFECT_SAY)->content.text;
    size_t lines = 1;
    for (const char *at = text; (at = strchr(at, '\n')); at++)
        lines++;
    assert_int_equal(lines, 1 + 15 + 1);
    assert_non_null(strstr(text, "20 waiting, 1 claimed"));
    assert_non_null(strstr(text, "\nand 5 more"));
}

static void test_a_board_without_agents(void **state)
{
    struct scene *s = *state;
    s->facts.n_agents = 0;
    tick(s);
    assert_says(s, "nobody");
}

static void test_a_board_that_was_deleted_is_posted_anew(void **state)
{
    struct scene *s = *state;
    tick(s);
    int64_t line = only(s, EFFECT_SAY)->line;
    wait_here(s, 65);
    tick(s);
    happens(s, (struct event){.type = EVENT_REFUSED,
                              .refusal = REFUSAL_NO_MESSAGE,
                              .line = line + 5,
                              .lane = "customer"});
    assert_int_equal(s->e.n, 0); /* something else */
    happens(s, (struct event){.type = EVENT_REFUSED,
                              .refusal = REFUSAL_NO_MESSAGE,
                              .line = line,
                              .lane = "customer"});
    tick(s); /* with the same words as the edit that failed */
    assert_int_equal(only(s, EFFECT_SAY)->content.kind, CONTENT_TEXT);
    assert_true(only(s, EFFECT_SAY)->content.pin);
    assert_true(only(s, EFFECT_SAY)->line > line);
}

/* --- a move --- */

static void test_a_room_follows_its_chat(void **state)
{
    struct scene *s = *state;
    static const char *const moved[] = {ROOM_MOVED};
    struct event move = {.type = EVENT_ROOM, .data = "-1003", .problems = moved, .n_problems = 1};
    s->rooms[0] =
        (struct room){.id = ROOM, .address = {"telegram", "77", "-100200", "", ""}, .is_own = true};
    s->facts.rooms = s->rooms;
    s->facts.n_rooms = 1;
    tick(s);
    assert_true(conversation_var_int(&s->room, "board.line"));
    happens(s, move);
    assert_string_equal(only(s, EFFECT_PUT)->key, ROOM); /* the same room */
    assert_string_equal(only(s, EFFECT_PUT)->value, "settings -1003 1790000000000");
    assert_says(s, "moved to -1003");
    assert_string_equal(conversation_var(&s->room, "board.line"), ""); /* it is not there */
    happens(s, move); /* both chats tell of it, at once */
    assert_null(only(s, EFFECT_SAY));
    assert_string_equal(only(s, EFFECT_PUT)->key, ROOM);
    room_parse(&s->arena, only(s, EFFECT_PUT)->value, &s->rooms[0]);
    s->rooms[0].is_kept = true;
    happens(s, move);
    assert_int_equal(s->e.n, 0);
}

/* Who can mend it reads of it where he reads: in private, once, and when it is over. */
static void test_admins_hear_of_what_keeps_cases_away(void **state)
{
    struct scene *s = *state;
    static const char *const pin[] = {"room.no_pin"}, *const both[] = {"room.no_pin", "room.help"};
    struct event found = {.type = EVENT_ROOM, .data = "", .name = "Desk", .problems = pin};
    s->agents[0].role = ROLE_ADMIN;
    s->agents[0].ids = "console:x telegram:900 telegrams:8 telegram:";
    s->agents[1] = (struct agent){.name = "bob", .role = ROLE_LEAD, .ids = "telegram:901"};
    s->facts.n_agents = 2;
    found.n_problems = 1;
    happens(s, found); /* cases are shown all the same */
    assert_null(only(s, EFFECT_TELL));
    found.problems = both;
    found.n_problems = 2;
    happens(s, found);
    assert_string_equal(only(s, EFFECT_TELL)->name, "telegram:77:900");
    assert_string_equal(only(s, EFFECT_TELL)->value, "room Desk\nproblems:\n– no pin\n– help");
    happens(s, found);
    assert_null(only(s, EFFECT_TELL));
    found.n_problems = 0;
    happens(s, found);
    assert_string_equal(only(s, EFFECT_TELL)->value, "room Desk\nready");
    found.n_problems = 1;
    happens(s, found);
    assert_null(only(s, EFFECT_TELL));
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_the_right_code_binds),
        TEST(test_a_wrong_code_costs_a_try),
        TEST(test_a_code_that_is_none),
        TEST(test_small_talk_is_left_alone),
        TEST(test_a_newcomer_becomes_an_agent),
        TEST(test_a_finding_is_told_once),
        TEST(test_other_rooms_hear_of_trouble),
        TEST(test_the_creator_becomes_admin_where_there_is_none),
        TEST(test_the_board_is_one_post_that_is_edited),
        TEST(test_a_long_board),
        TEST(test_a_board_without_agents),
        TEST(test_a_board_that_was_deleted_is_posted_anew),
        TEST(test_a_room_follows_its_chat),
        TEST(test_admins_hear_of_what_keeps_cases_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
