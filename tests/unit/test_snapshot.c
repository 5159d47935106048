#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "bot/base/log.h"
#include "bot/flow/snapshot.h"

#define ROOM "room:telegram:77:-100200"
#define NOW  INT64_C(1790000000000)

static int set_up(void **state)
{
    *state = snapshot_new();
    return 0;
}

static int tear_down(void **state)
{
    snapshot_free(*state);
    return 0;
}

static bool put(struct snapshot *s, const char *hash, const char *key, const char *value)
{
    struct pair pair = {key, value};
    return snapshot_hash(s, hash, &pair, 1);
}

static const char mia[] = "{\"role\":\"lead\",\"alias\":\"Miya\",\"ids\":\"telegram:5\"}";

static void test_nothing_yet(void **state)
{
    const struct facts *f = snapshot_facts(*state);
    assert_int_equal(f->n_agents + f->n_cases + f->n_rooms, 0);
    assert_null(f->code.digits);
}

static void test_agents_come_and_go(void **state)
{
    struct snapshot *s = *state;
    struct pair two[] = {{"mia", mia}, {"lena", "{\"role\":\"agent\"}"}};
    assert_true(snapshot_hash(s, "agents", two, 2));
    const struct facts *f = snapshot_facts(s);
    assert_int_equal(f->n_agents, 2);
    assert_string_equal(facts_agent(f, "mia")->alias, "Miya");
    assert_int_equal(facts_agent_by_id(f, "telegram", "5")->role, ROLE_LEAD);
    assert_string_equal(facts_agent(f, "lena")->alias, "lena");
    assert_true(snapshot_hash(s, "agents", two + 1, 1));
    f = snapshot_facts(s);
    assert_int_equal(f->n_agents, 1);
    assert_null(facts_agent(f, "mia"));
    assert_true(snapshot_hash(s, "agents", NULL, 0));
    assert_int_equal(snapshot_facts(s)->n_agents, 0);
}

static void test_only_news_builds_anew(void **state)
{
    struct snapshot *s = *state;
    assert_true(put(s, "agents", "mia", mia));
    const struct agent *agent = snapshot_facts(s)->agents;
    assert_false(put(s, "agents", "mia", mia));
    assert_false(snapshot_cases(s, 3, NULL, 0));
    assert_ptr_equal(snapshot_facts(s)->agents, agent); /* the strings of before are still good */
    assert_true(put(s, "agents", "mia", "{\"role\":\"agent\"}"));
    assert_int_equal(facts_agent(snapshot_facts(s), "mia")->role, ROLE_AGENT);
    /* the same bytes, cut in another place, are something else */
    assert_true(put(s, "rooms", "ab", "c"));
    assert_true(put(s, "rooms", "a", "bc"));
}

static void test_an_agent_that_cannot_be_read(void **state)
{
    struct snapshot *s = *state;
    struct pair all[] = {{"bad", "{\"role\":"}, {"mia", mia}, {"worse", "{\"role\":\"king\"}"}};
    snapshot_hash(s, "agents", all, 3);
    assert_int_equal(snapshot_facts(s)->n_agents, 1);
    assert_non_null(facts_agent(snapshot_facts(s), "mia"));
}

static void test_own_agents_and_rooms(void **state)
{
    struct snapshot *s = *state;
    snapshot_add_agent(s, "console", "you");
    snapshot_add_agent(s, "console", "you");
    snapshot_add_room(s, "room:console:cli:desk");
    snapshot_add_room(s, ROOM);
    snapshot_add_room(s, ROOM);
    put(s, "rooms", ROOM, "bound"); /* named in the settings and bound as well */
    put(s, "agents", "you", mia);   /* the registry's word counts more */
    const struct facts *f = snapshot_facts(s);
    assert_int_equal(f->n_agents, 1);
    assert_int_equal(f->agents[0].role, ROLE_LEAD);
    assert_int_equal(f->n_rooms, 2);
    assert_string_equal(facts_room(f, ROOM)->address.chat, "-100200");
    assert_string_equal(facts_room(f, "room:console:cli:desk")->address.platform, "console");
    put(s, "agents", "mia", mia);
    f = snapshot_facts(s);
    assert_int_equal(f->n_agents, 2);
    assert_int_equal(facts_agent_by_id(f, "console", "you")->role, ROLE_ADMIN);
    snapshot_hash(s, "rooms", NULL, 0);
    assert_int_equal(snapshot_facts(s)->n_rooms, 2); /* our own stay */
    snapshot_add_room(s, "room:telegram:77:-100300");
    assert_int_equal(snapshot_facts(s)->n_rooms, 3); /* news at once */
    snapshot_add_agent(s, "console", "me");
    assert_non_null(facts_agent_by_id(snapshot_facts(s), "console", "me"));
}

static void test_who_knows_a_room(void **state)
{
    struct snapshot *s = *state;
    struct pair kept[] = {{ROOM, "settings"}, {"room:telegram:77:-1", "bound"}};
    snapshot_add_room(s, ROOM);
    const struct room *room = facts_room(snapshot_facts(s), ROOM);
    assert_true(room->is_own && !room->is_kept && !room->by_settings);
    snapshot_hash(s, "rooms", kept, 2);
    room = facts_room(snapshot_facts(s), ROOM);
    assert_true(room->is_own && room->is_kept && room->by_settings);
    room = facts_room(snapshot_facts(s), "room:telegram:77:-1");
    assert_true(!room->is_own && room->is_kept && !room->by_settings);
}

/* A group became a supergroup: the room is the same one, whichever id the settings name. */
static void test_a_room_that_moved(void **state)
{
    struct snapshot *s = *state;
    put(s, "rooms", ROOM, "settings -1003 1790000000000");
    snapshot_add_room(s, ROOM);
    const struct facts *f = snapshot_facts(s);
    const struct room *room = facts_room(f, ROOM);
    assert_int_equal(f->n_rooms, 1);
    assert_true(room->is_own && room->by_settings && room->moved_ms == NOW);
    assert_string_equal(room->address.chat, "-100200");
    assert_string_equal(room_chat(room), "-1003");
    snapshot_add_room(s, "room:telegram:77:-1003");
    assert_int_equal(snapshot_facts(s)->n_rooms, 1);
    snapshot_add_room(s, "room:telegram:78:-1003"); /* another bot's */
    assert_int_equal(snapshot_facts(s)->n_rooms, 2);
}

static void test_rooms_that_are_none(void **state)
{
    struct snapshot *s = *state;
    struct pair all[] = {{"telegram:77:-1", "bound"}, {"room:telegram", "bound"}, {ROOM, "bound"}};
    snapshot_hash(s, "rooms", all, 3);
    assert_int_equal(snapshot_facts(s)->n_rooms, 1);
}

static void test_cases_of_all_partitions(void **state)
{
    struct snapshot *s = *state;
    struct pair first[] = {{"67", "{\"state\":1,\"since\":2000,\"priority\":3}"},
                           {"131", "{\"state\":2,\"owner\":\"mia\"}"},
                           {"195", "{\"state\":9}"}},
                second = {"68", "{\"state\":1,\"since\":1000,\"priority\":3}"};
    put(s, "agents", "mia", mia);
    assert_true(snapshot_cases(s, 3, first, 3));
    assert_true(snapshot_cases(s, 4, &second, 1));
    const struct facts *f = snapshot_facts(s);
    assert_int_equal(f->n_cases, 3); /* what cannot be read is left out */
    assert_true(f->cases[0].no == 68 && f->cases[1].no == 67 && f->cases[2].no == 131);
    assert_true(facts_agent(f, "mia")->open == 1);
    assert_true(snapshot_cases(s, 3, NULL, 0));
    f = snapshot_facts(s);
    assert_int_equal(f->n_cases, 1);
    assert_true(facts_agent(f, "mia")->open == 0);
}

static void assert_cases(struct snapshot *s, const char *wanted)
{
    const struct facts *f = snapshot_facts(s);
    struct buf is = BUF_INIT(1000);
    for (size_t i = 0; i < f->n_cases; i++)
        buf_printf(&is, "%s%d", i ? " " : "", (int)f->cases[i].no);
    assert_string_equal(is.data ? is.data : "", wanted);
    buf_release(&is);
}

#define WAITS(since) "{\"state\":1,\"priority\":3,\"since\":" #since "}"
#define OF(owner)    "{\"state\":2,\"owner\":\"" owner "\"}"

/* Committed here, then as the store tells it: one by one, in their order, each owner's counted. */
static void test_cases_one_by_one(void **state)
{
    struct snapshot *s = *state;
    const struct facts *f = snapshot_facts(s);
    put(s, "agents", "mia", mia);
    snapshot_case(s, 3, 67, WAITS(2000));
    snapshot_case(s, 4, 68, WAITS(1000));
    snapshot_case(s, 3, 131, WAITS(3000));
    assert_cases(s, "68 67 131");
    snapshot_case(s, 4, 68, OF("mia"));
    snapshot_case(s, 3, 67, OF("nobody"));
    assert_cases(s, "131 67 68");
    assert_true(facts_agent(f, "mia")->open == 1);
    snapshot_case(s, 4, 68, WAITS(4000));
    assert_true(facts_agent(f, "mia")->open == 0);
    assert_cases(s, "131 68 67");
    snapshot_case(s, 3, 67, "");
    snapshot_case(s, 3, 67, "");
    assert_cases(s, "131 68");
    struct pair told[] = {{"131", WAITS(3000)}, {"67", OF("mia")}};
    assert_true(snapshot_cases(s, 3, told, 2)); /* another process has it */
    assert_cases(s, "131 68 67");
    assert_true(facts_agent(f, "mia")->open == 1);
    const char *strings = f->cases[0].lang;
    assert_false(snapshot_cases(s, 3, told, 2));
    assert_ptr_equal(f->cases[0].lang, strings); /* not read again */
    snapshot_case(s, 3, 131, "{");
    assert_cases(s, "68 67");
    snapshot_case(s, 3, 131, WAITS(1));
    assert_cases(s, "131 68 67");
    assert_true(snapshot_cases(s, 3, told + 1, 1));
    assert_cases(s, "68 67");
    put(s, "agents", "mia", "{\"role\":\"agent\"}"); /* read anew, and so counted anew */
    assert_true(facts_agent(snapshot_facts(s), "mia")->open == 1);
}

/* What waits for somebody else is not on the owner's desk. */
static void test_an_owners_open_cases(void **state)
{
    struct snapshot *s = *state;
    struct pair agents[] = {{"mia", mia}, {"lena", "{\"role\":\"agent\"}"}};
    snapshot_hash(s, "agents", agents, 2);
    snapshot_case(s, 1, 1, OF("mia"));
    snapshot_case(s, 2, 2, OF("mia"));
    snapshot_case(s, 3, 3, "{\"state\":3,\"owner\":\"mia\"}");
    snapshot_case(s, 4, 4, WAITS(1));
    const struct facts *f = snapshot_facts(s);
    assert_true(facts_agent(f, "mia")->open == 2);
    assert_true(facts_agent(f, "lena")->open == 0);
}

static void test_the_staff_code(void **state)
{
    struct snapshot *s = *state;
    put(s, "codes", "staff", "4821 1790000600000 5");
    assert_true(staff_code_is_valid(&snapshot_facts(s)->code, NOW));
    assert_string_equal(snapshot_facts(s)->code.digits, "4821");
    static const char *const bad[] = {"4821",
                                      "4821 ",
                                      "4821 soon 5",
                                      "",
                                      " 5",
                                      "4821 1790000600000",
                                      "4821 1790000600000 ",
                                      "4821 1790000600000 x",
                                      " 1790000600000 5"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        put(s, "codes", "staff", bad[i]);
        assert_null(snapshot_facts(s)->code.digits); /* nobody gets in by it */
    }
    put(s, "codes", "other", "4821 1790000600000 5");
    assert_null(snapshot_facts(s)->code.digits);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_nothing_yet),
        TEST(test_agents_come_and_go),
        TEST(test_only_news_builds_anew),
        TEST(test_an_agent_that_cannot_be_read),
        TEST(test_own_agents_and_rooms),
        TEST(test_who_knows_a_room),
        TEST(test_a_room_that_moved),
        TEST(test_rooms_that_are_none),
        TEST(test_cases_of_all_partitions),
        TEST(test_cases_one_by_one),
        TEST(test_an_owners_open_cases),
        TEST(test_the_staff_code),
    };
    if (log_configure("error", NULL))
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
