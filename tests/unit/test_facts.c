#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "bot/model/facts.h"

#define MINUTE INT64_C(60000)
#define NOW    INT64_C(1763758800000) /* 2025-11-21 21:00 UTC, a Friday */

static struct arena arena;

/* --- roles --- */

static void test_roles_may_what_the_table_says(void **state)
{
    static const struct {
        enum power power;
        bool agent, lead, manager, admin;
    } rows[] = {
        {MAY_REPLY, true, true, true, true},         {MAY_OVERRIDE, false, true, false, true},
        {MAY_EDIT, false, true, true, true},         {MAY_ANNOUNCE, false, false, true, true},
        {MAY_ADMINISTER, false, false, false, true},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        assert_int_equal(role_may(ROLE_AGENT, rows[i].power), rows[i].agent);
        assert_int_equal(role_may(ROLE_LEAD, rows[i].power), rows[i].lead);
        assert_int_equal(role_may(ROLE_MANAGER, rows[i].power), rows[i].manager);
        assert_int_equal(role_may(ROLE_ADMIN, rows[i].power), rows[i].admin);
        assert_false(role_may(ROLE_NONE, rows[i].power));
    }
}

static void test_role_names(void **state)
{
    enum role role = ROLE_MANAGER;
    (void)state;
    for (int r = ROLE_AGENT; r <= ROLE_ADMIN; r++) {
        assert_true(role_parse(role_name((enum role)r), &role));
        assert_int_equal(role, r);
    }
    assert_false(role_parse("none", &role)); /* nobody is registered as nobody */
    assert_false(role_parse("Admin", &role));
    assert_false(role_parse(NULL, &role));
    assert_int_equal(role, ROLE_ADMIN);
}

/* --- agents --- */

static void test_agent_survives_json(void **state)
{
    struct agent mia = {.name = "mia",
                        .alias = "Miya \"M\" 米娅",
                        .role = ROLE_LEAD,
                        .ids = "telegram:9007199254740993 console:mia",
                        .languages = "zh en",
                        .teams = "wallet security",
                        .skills = "kyc",
                        .capacity = 7,
                        .shift_from = 540,
                        .shift_to = 1440,
                        .tz = "Asia/Shanghai",
                        .open = 3};
    struct agent back;
    struct buf json = BUF_INIT(4000);
    (void)state;
    agent_to_json(&mia, &json);
    assert_true(agent_from_json(&arena, "mia", json.data, &back));
    assert_string_equal(back.name, mia.name);
    assert_string_equal(back.alias, mia.alias);
    assert_int_equal(back.role, mia.role);
    assert_string_equal(back.ids, mia.ids);
    assert_string_equal(back.languages, mia.languages);
    assert_string_equal(back.teams, mia.teams);
    assert_string_equal(back.skills, mia.skills);
    assert_true(back.capacity == 7 && back.shift_from == 540 && back.shift_to == 1440);
    assert_string_equal(back.tz, mia.tz);
    assert_true(back.open == 0); /* counted, not kept */
    buf_release(&json);
}

static void test_agent_json_that_is_none(void **state)
{
    struct agent a;
    (void)state;
    assert_false(agent_from_json(&arena, "mia", "", &a));
    assert_false(agent_from_json(&arena, "mia", "[]", &a));
    assert_false(agent_from_json(&arena, "mia", "{\"role\":\"king\"}", &a));
    assert_false(agent_from_json(&arena, "mia", "{\"role\":3}", &a));
    assert_true(agent_from_json(&arena, "mia", "{\"role\":\"agent\"}", &a));
    assert_string_equal(a.alias, "mia"); /* customers see some name */
    assert_string_equal(a.teams, "");
    assert_true(agent_on_shift(&a, NOW)); /* without hours: always */
}

static void test_shifts(void **state)
{
    static const struct {
        const char *tz;
        int from, to;     /* minutes */
        int hour, minute; /* UTC, of that day */
        bool is_on;
    } rows[] = {
        {"UTC", 9 * 60, 17 * 60, 8, 59, false},
        {"UTC", 9 * 60, 17 * 60, 9, 0, true},
        {"UTC", 9 * 60, 17 * 60, 16, 59, true},
        {"UTC", 9 * 60, 17 * 60, 17, 0, false},
        {"UTC", 0, 0, 3, 0, true},
        {"UTC", 600, 600, 3, 0, true},
        /* 09:00-24:00 ends at midnight */
        {"UTC", 9 * 60, 24 * 60, 23, 59, true},
        {"UTC", 9 * 60, 24 * 60, 0, 0, false},
        /* over midnight */
        {"UTC", 22 * 60, 6 * 60, 21, 59, false},
        {"UTC", 22 * 60, 6 * 60, 22, 0, true},
        {"UTC", 22 * 60, 6 * 60, 0, 0, true},
        {"UTC", 22 * 60, 6 * 60, 5, 59, true},
        {"UTC", 22 * 60, 6 * 60, 6, 0, false},
        /* 09:00-18:00 in Shanghai is 01:00-10:00 UTC */
        {"Asia/Shanghai", 9 * 60, 18 * 60, 0, 59, false},
        {"Asia/Shanghai", 9 * 60, 18 * 60, 1, 0, true},
        {"Asia/Shanghai", 9 * 60, 18 * 60, 10, 0, false},
        /* 20:00-04:00 in New York (winter) is 01:00-09:00 UTC: its midnight is not ours */
        {"America/New_York", 20 * 60, 4 * 60, 0, 59, false},
        {"America/New_York", 20 * 60, 4 * 60, 5, 0, true},
        {"America/New_York", 20 * 60, 4 * 60, 9, 0, false},
        /* half an hour off */
        {"Asia/Kolkata", 9 * 60, 10 * 60, 3, 30, true},
        {"Asia/Kolkata", 9 * 60, 10 * 60, 4, 30, false},
        /* unknown zones count as UTC */
        {"Mars/Olympus", 9 * 60, 17 * 60, 9, 0, true},
        {"", 9 * 60, 17 * 60, 9, 0, true},
    };
    int64_t midnight = NOW - 21 * 60 * MINUTE;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct agent a = {.tz = rows[i].tz, .shift_from = rows[i].from, .shift_to = rows[i].to};
        int64_t at = midnight + (rows[i].hour * 60 + rows[i].minute) * MINUTE;
        if (agent_on_shift(&a, at) != rows[i].is_on)
            fail_msg("row %zu: %s %d-%d at %d:%02d UTC", i, rows[i].tz, rows[i].from, rows[i].to,
                     rows[i].hour, rows[i].minute);
    }
    /* Summer time: 09:00 in Berlin was 07:00 UTC in July and is 08:00 UTC in November. */
    struct agent berlin = {.tz = "Europe/Berlin", .shift_from = 9 * 60, .shift_to = 17 * 60};
    int64_t july = INT64_C(1751846400000); /* 2025-07-07 00:00 UTC */
    assert_true(agent_on_shift(&berlin, july + 7 * 60 * MINUTE));
    assert_false(agent_on_shift(&berlin, midnight + 7 * 60 * MINUTE));
    assert_true(agent_on_shift(&berlin, midnight + 8 * 60 * MINUTE));
}

/* --- cases --- */

static void test_case_survives_its_line(void **state)
{
    struct conversation c;
    struct open_case back;
    struct buf line = BUF_INIT(4000);
    (void)state;
    conversation_init(&c, "telegram:77:1001");
    c.state = STATE_PENDING;
    c.case_no = 129;
    c.priority = 1;
    c.since = NOW;
    c.opened = NOW - 1;
    c.unanswered = NOW + 1;
    c.lang = "zh";
    c.owner = "mia";
    c.name = "王\n\"五\"";
    c.reason = "asked";
    c.topic = "kyc";
    c.tags = "vip kol";
    open_case_print(&line, &c);
    assert_true(open_case_parse(&arena, "129", line.data, &back));
    assert_true(back.no == 129 && back.priority == 1 && back.since == NOW);
    assert_true(back.opened == NOW - 1 && back.unanswered == NOW + 1);
    assert_int_equal(back.state, STATE_PENDING);
    assert_string_equal(back.conversation, c.id);
    assert_string_equal(back.lang, c.lang);
    assert_string_equal(back.owner, c.owner);
    assert_string_equal(back.name, c.name);
    assert_string_equal(back.reason, c.reason);
    assert_string_equal(back.topic, c.topic);
    assert_string_equal(back.tags, c.tags);
    buf_release(&line);
}

static void test_case_line_that_is_none(void **state)
{
    struct open_case c;
    (void)state;
    assert_false(open_case_parse(&arena, "1", "", &c));
    assert_false(open_case_parse(&arena, "1", "{}", &c));
    assert_false(open_case_parse(&arena, "x", "{\"state\":1}", &c));
    assert_false(open_case_parse(&arena, "1", "{\"state\":0}", &c)); /* BOT has no case */
    assert_false(open_case_parse(&arena, "1", "{\"state\":4}", &c));
    assert_true(open_case_parse(&arena, "1", "{\"state\":1}", &c));
    assert_string_equal(c.tags, "");
}

/* A queue: number, minutes waited, priority, tags. */
static struct open_case waiting(int64_t no, int64_t minutes, int64_t priority, const char *tags)
{
    return (struct open_case){.no = no,
                              .since = NOW - minutes * MINUTE,
                              .priority = priority,
                              .state = STATE_WAITING,
                              .owner = "",
                              .tags = tags};
}

static int by_order(const void *x, const void *y)
{
    return open_case_order(x, y);
}

static void assert_order(struct open_case *cases, size_t n, const char *wanted)
{
    struct buf is = BUF_INIT(1000);
    qsort(cases, n, sizeof(*cases), by_order);
    for (size_t i = 0; i < n; i++)
        buf_printf(&is, "%s%d", i ? " " : "", (int)cases[i].no);
    assert_string_equal(is.data, wanted);
    buf_release(&is);
}

static void test_queue_order(void **state)
{
    struct open_case cases[] = {
        waiting(1, 5, 3, ""),
        waiting(2, 1, 1, ""), /* 20 minutes ahead for money at stake */
        waiting(3, 4, 2, ""),
        waiting(4, 4, 2, "vip"), /* 10 for a VIP */
        waiting(5, 60, 3, ""),   /* nobody starves */
        {.no = 6, .state = STATE_CLAIMED, .since = NOW - 90 * MINUTE, .owner = "mia", .tags = ""},
        {.no = 7, .state = STATE_PENDING, .since = NOW - 90 * MINUTE, .owner = "mia", .tags = ""},
    };
    struct open_case at_once[] = {waiting(9, 5, 3, ""), waiting(3, 5, 3, ""), waiting(7, 5, 3, ""),
                                  waiting(1, 5, 3, "")};
    struct facts f = {.cases = cases, .n_cases = ARRAY_LEN(cases)};
    (void)state;
    /* scores in minutes before now: 5 / 21 / 14 / 24 / 60 */
    assert_order(cases, ARRAY_LEN(cases), "5 4 2 3 1 6 7");
    assert_order(at_once, ARRAY_LEN(at_once), "1 3 7 9");
    assert_int_equal(facts_waiting(&f), 5);
    assert_true(facts_case(&f, 6)->state == STATE_CLAIMED);
    assert_null(facts_case(&f, 8));
}

static void test_scores(void **state)
{
    (void)state;
    assert_true(queue_score(NOW, 3, "") == NOW);
    assert_true(queue_score(NOW, 2, "") == NOW - 10 * MINUTE);
    assert_true(queue_score(NOW, 1, "") == NOW - 20 * MINUTE);
    assert_true(queue_score(NOW, 3, "kol vip") == NOW - 10 * MINUTE);
    assert_true(queue_score(NOW, 1, "vip") == NOW - 30 * MINUTE);
    assert_true(queue_score(NOW, 3, "vips") == NOW);
}

static void test_places(void **state)
{
    struct open_case cases[] = {waiting(64, 30, 2, ""),
                                waiting(128, 20, 2, ""),
                                waiting(192, 10, 2, ""),
                                {.no = 256, .state = STATE_CLAIMED, .owner = "mia", .tags = ""}};
    struct facts f = {.cases = cases, .n_cases = ARRAY_LEN(cases)}, none = {0};
    struct conversation c;
    (void)state;
    conversation_init(&c, "telegram:77:1001");
    c.case_no = 320;
    c.priority = 2;
    c.since = NOW; /* not in the facts yet: behind all that wait */
    assert_int_equal(facts_place(&f, &c), 4);
    assert_int_equal(facts_place(&none, &c), 1);
    c.tags = "vip";
    c.since = NOW - 5 * MINUTE; /* 15 by score */
    assert_int_equal(facts_place(&f, &c), 3);
    c.tags = "";
    c.case_no = 128; /* in the facts itself: not before itself */
    c.since = NOW - 20 * MINUTE;
    assert_int_equal(facts_place(&f, &c), 2);
    c.case_no = 100; /* of two that came at once the smaller number goes first */
    assert_int_equal(facts_place(&f, &c), 2);
    c.case_no = 150;
    assert_int_equal(facts_place(&f, &c), 3);
}

/* --- questions --- */

static void test_agents_are_found(void **state)
{
    struct agent agents[] = {
        {.name = "mia", .ids = "telegram:12 discord:9", .languages = "zh"},
        {.name = "lena", .ids = "telegram:123 console:cli", .languages = "en vi"},
    };
    struct facts f = {.agents = agents, .n_agents = 2};
    char long_id[200];
    (void)state;
    memset(long_id, '1', sizeof(long_id) - 1);
    long_id[sizeof(long_id) - 1] = '\0';
    assert_ptr_equal(facts_agent(&f, "lena"), &agents[1]);
    assert_null(facts_agent(&f, "Lena"));
    assert_null(facts_agent(&f, ""));
    assert_ptr_equal(facts_agent_by_id(&f, "telegram", "12"), &agents[0]);
    assert_ptr_equal(facts_agent_by_id(&f, "telegram", "123"), &agents[1]);
    assert_ptr_equal(facts_agent_by_id(&f, "discord", "9"), &agents[0]);
    assert_null(facts_agent_by_id(&f, "discord", "12"));
    assert_null(facts_agent_by_id(&f, "telegram", "1"));
    assert_null(facts_agent_by_id(&f, "telegram", ""));
    assert_null(facts_agent_by_id(&f, "telegram", NULL));
    assert_null(facts_agent_by_id(&f, "telegram", long_id));
    assert_ptr_equal(facts_agent_by_id(&f, "cli", "mia"), &agents[0]); /* by name */
    assert_null(facts_agent_by_id(&f, "cli", "12"));
    assert_ptr_equal(facts_agent_of(&f, "discord:9"), &agents[0]);
    assert_null(facts_agent_of(&f, "discord:"));
}

static void test_who_is_there(void **state)
{
    struct agent agents[] = {
        {.name = "mia", .languages = "zh", .tz = "UTC"},
        {.name = "lena", .languages = "en vi", .tz = "UTC", .shift_from = 60, .shift_to = 120},
    };
    struct facts f = {.agents = agents, .n_agents = 2}, none = {0};
    bool speaks = true;
    (void)state;
    assert_int_equal(facts_on_shift(&none, NOW, "zh", &speaks), 0);
    assert_false(speaks);
    assert_int_equal(facts_on_shift(&f, NOW, "zh", &speaks), 1);
    assert_true(speaks);
    assert_int_equal(facts_on_shift(&f, NOW, "vi", &speaks), 1); /* who speaks it is not there */
    assert_false(speaks);
    assert_int_equal(facts_on_shift(&f, NOW + 4 * 60 * MINUTE + MINUTE, "vi", &speaks), 2);
    assert_true(speaks);
}

static void test_rooms_are_found(void **state)
{
    struct room rooms[] = {{.id = "room:telegram:77:-1"}, {.id = "room:telegram:77:-12"}};
    struct facts f = {.rooms = rooms, .n_rooms = 2};
    (void)state;
    assert_ptr_equal(facts_room(&f, "room:telegram:77:-12"), &rooms[1]);
    assert_null(facts_room(&f, "room:telegram:77:-123"));
    assert_null(facts_room(&f, NULL));
}

static void test_where_a_room_is(void **state)
{
    (void)state;
    struct arena *a = &arena;
    struct room r = {.address = {"telegram", "77", "-200", "", ""}};
    static const char *const whole[] = {"bound", "settings", "bound -1003 9", "settings -1003 9"};
    static const char *const broken[] = {"", "bound ", "bound -1003", "bound -1003 x", "bound  9"};
    for (size_t i = 0; i < ARRAY_LEN(whole); i++) {
        room_parse(a, whole[i], &r);
        assert_string_equal(room_print(a, &r), whole[i]);
        assert_true(r.by_settings == (i % 2 == 1));
        assert_string_equal(room_chat(&r), i < 2 ? "-200" : "-1003");
    }
    struct facts f = {.rooms = &r, .n_rooms = 1};
    struct address at = r.address;
    assert_ptr_equal(facts_moved_room(&f, &at), &r);
    at.chat = "-1003";
    assert_ptr_equal(facts_moved_room(&f, &at), &r);
    at.account = "78";
    assert_null(facts_moved_room(&f, &at));
    for (size_t i = 0; i < ARRAY_LEN(broken); i++) {
        room_parse(a, broken[i], &r);
        assert_string_equal(room_chat(&r), "-200");
        assert_null(facts_moved_room(&f, &r.address));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_roles_may_what_the_table_says),
        cmocka_unit_test(test_role_names),
        cmocka_unit_test(test_agent_survives_json),
        cmocka_unit_test(test_agent_json_that_is_none),
        cmocka_unit_test(test_shifts),
        cmocka_unit_test(test_case_survives_its_line),
        cmocka_unit_test(test_case_line_that_is_none),
        cmocka_unit_test(test_queue_order),
        cmocka_unit_test(test_scores),
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_agents_are_found),
        cmocka_unit_test(test_who_is_there),
        cmocka_unit_test(test_rooms_are_found),
        cmocka_unit_test(test_where_a_room_is),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_release(&arena);
    return failed;
}
