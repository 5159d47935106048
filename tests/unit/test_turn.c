#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "bot/flow/entry.h"
#include "bot/flow/turn.h"

#define ANN   "telegram:77:1001"
#define ROOM  "room:telegram:77:-100200"
#define OTHER "room:telegram:77:-100300"
#define DESK  "room:console:cli:desk"
#define NOW   INT64_C(1790000000000)

/* A turn with three staff rooms around it: two of one account, one on another platform. */
struct scene {
    struct arena arena;
    struct conversation before, subject;
    struct event event;
    struct effects e;
    struct room rooms[3];
    struct facts facts;
    struct commit commit;
};

static void scene_init(struct scene *s, const char *id)
{
    static const char *const rooms[] = {ROOM, OTHER, DESK};
    *s = (struct scene){0};
    for (size_t i = 0; i < ARRAY_LEN(rooms); i++) {
        s->rooms[i].id = rooms[i];
        assert_true(address_parse(&s->arena, rooms[i] + strlen("room:"), &s->rooms[i].address));
    }
    s->facts = (struct facts){.rooms = s->rooms, .n_rooms = ARRAY_LEN(rooms)};
    s->event = (struct event){.type = EVENT_MESSAGE,
                              .id = {"77:3815", "42"},
                              .now_ms = NOW,
                              .from = {"telegram", "77", "1001", "", "1001"},
                              .message_id = "m1",
                              .content = {.text = "hello"}};
    conversation_init(&s->before, id);
    s->before.version = 9;
    s->before.lines = 4;
    conversation_copy(&s->arena, &s->subject, &s->before);
    s->e = (struct effects){
        .arena = &s->arena, .subject = &s->subject, .event = &s->event, .next_case = 129};
}

static void scene_release(struct scene *s)
{
    arena_release(&s->arena);
}

/* The event's own content is a line, as the pipeline makes it. */
static void hears(struct scene *s)
{
    s->e.line = ++s->subject.lines;
}

static void from_staff(struct scene *s)
{
    s->event.room = ROOM;
    s->event.from = (struct address){"telegram", "77", "-100200", "9", "5"};
    hears(s);
}

static const struct commit *commit(struct scene *s)
{
    turn_commit(&s->e, &s->before, &s->facts, &s->commit);
    return &s->commit;
}

static struct effect *say(struct scene *s, enum lane_id lane, const char *text)
{
    return effect_say(&s->e, lane, &(struct content){.text = text});
}

static struct json *line(struct scene *s, size_t n)
{
    assert_true(n < s->commit.n_lines);
    struct json *j = json_parse(s->commit.lines[n].json, strlen(s->commit.lines[n].json), NULL);
    assert_non_null(j);
    return j;
}

static struct entry out(struct scene *s, size_t n)
{
    struct entry e;
    assert_true(n < s->commit.n_out);
    assert_true(entry_read(&s->arena, s->commit.out[n].json, &e));
    return e;
}

/* --- the transcript --- */

static void assert_line(struct scene *s, size_t n, int64_t number, const char *by, bool note,
                        const char *text)
{
    struct json *j = line(s, n);
    assert_true(json_int(j, "n", 0) == number);
    assert_true(json_int(j, "ms", 0) == NOW);
    assert_string_equal(json_str(j, "by"), by);
    assert_int_equal(json_bool(j, "note"), note);
    assert_string_equal(json_str(j, "content.text"), text);
    json_free(j);
}

static void test_lines_of_both_sides(void **state)
{
    struct scene s;
    (void)state;
    scene_init(&s, ANN);
    hears(&s);
    say(&s, LANE_CUSTOMER, "one moment");
    say(&s, LANE_STAFF, "not for the transcript");
    effect_relay(&s.e, LANE_STAFF, "customer");
    say(&s, LANE_CUSTOMER, "still there")->author = "mia";
    commit(&s);
    assert_int_equal(s.commit.n_lines, 3);
    assert_line(&s, 0, 5, "customer", false, "hello");
    assert_line(&s, 1, 6, "bot", false, "one moment");
    assert_line(&s, 2, 7, "mia", false, "still there");
    assert_int_equal(s.commit.n_set, 1); /* lines=7, and no version */
    assert_string_equal(s.commit.set[0].name, "lines");
    assert_string_equal(s.commit.set[0].value, "7");
    scene_release(&s);
}

static void test_staffs_words_are_a_note_unless_they_went_out(void **state)
{
    struct scene s;
    (void)state;
    scene_init(&s, ANN);
    from_staff(&s);
    effect_relay(&s.e, LANE_STAFF, "mia"); /* colleagues elsewhere see it: that makes no reply */
    commit(&s);
    assert_line(&s, 0, 5, "telegram:5", true, "hello");
    scene_release(&s);

    scene_init(&s, ANN);
    from_staff(&s);
    effect_relay(&s.e, LANE_CUSTOMER, "mia");
    commit(&s);
    assert_int_equal(s.commit.n_lines, 1); /* said once, by the one who wrote it */
    assert_line(&s, 0, 5, "telegram:5", false, "hello");
    scene_release(&s);
}

static void test_turn_without_words(void **state)
{
    struct scene s;
    (void)state;
    scene_init(&s, ANN);
    s.event.type = EVENT_TIMER;
    effect_set(&s.e, lang, "zh");
    commit(&s);
    assert_int_equal(s.commit.n_lines, 0);
    assert_int_equal(s.commit.n_maps, 0);
    assert_int_equal(s.commit.n_out, 0);
    assert_string_equal(s.commit.subject, ANN);
    assert_true(s.commit.version == 9 && s.commit.now_ms == NOW);
    assert_string_equal(s.commit.event.bucket, "77:3815");
    assert_string_equal(s.commit.event.member, "42");
    scene_release(&s);
}

/* --- the map of platform ids --- */

static void test_maps_sign_tells_who_wrote_it(void **state)
{
    struct scene s;
    (void)state;
    scene_init(&s, ANN);
    hears(&s);
    commit(&s);
    assert_int_equal(s.commit.n_maps, 1);
    assert_string_equal(s.commit.maps[0].surface, "customer");
    assert_string_equal(s.commit.maps[0].message_id, "m1");
    assert_true(s.commit.maps[0].line == 5);
    scene_release(&s);

    scene_init(&s, ANN);
    from_staff(&s);
    commit(&s);
    assert_string_equal(s.commit.maps[0].surface, ROOM);
    assert_true(s.commit.maps[0].line == -5);
    scene_release(&s);
}

static void test_only_words_are_mapped(void **state)
{
    struct scene s;
    (void)state;
    for (int kind = CONTENT_EDIT; kind <= CONTENT_REACTION; kind++) {
        scene_init(&s, ANN);
        s.event.content.kind = (enum content_kind)kind;
        hears(&s);
        commit(&s);
        assert_int_equal(s.commit.n_maps, 0); /* an edit has the id of what it changes */
        scene_release(&s);
    }
    scene_init(&s, ANN);
    s.event.message_id = NULL;
    hears(&s);
    commit(&s);
    assert_int_equal(s.commit.n_maps, 0);
    scene_release(&s);
}

/* --- the outbox --- */

static void test_to_the_customer(void **state)
{
    struct scene s;
    (void)state;
    scene_init(&s, ANN);
    struct effect *said = say(&s, LANE_CUSTOMER, "hi");
    said->content.about_line = 3;
    said->content.about_id = "foreign";
    commit(&s);
    assert_int_equal(s.commit.n_out, 1);
    assert_string_equal(s.commit.out[0].stream, "telegram:77");
    struct entry e = out(&s, 0);
    assert_string_equal(e.to.platform, "telegram");
    assert_string_equal(e.to.account, "77");
    assert_string_equal(e.to.chat, "1001");
    assert_string_equal(e.conversation, ANN);
    assert_null(e.room);
    assert_false(e.is_group);
    assert_true(e.line == 5 && e.committed_ms == NOW && e.content.about_line == 3);
    assert_null(e.content.about_id); /* an id of another surface */
    scene_release(&s);
}

static void test_to_every_room(void **state)
{
    static const struct {
        const char *stream, *chat;
    } rows[] = {{"telegram:77:-100200", "-100200"},
                {"telegram:77:-100300", "-100300"},
                {"console:cli:desk", "desk"}};
    struct scene s;
    (void)state;
    scene_init(&s, ANN);
    s.subject.case_no = 129;
    s.subject.name = "Ann";
    s.subject.lang = "zh";
    struct effect *card = say(&s, LANE_STAFF, "card");
    card->hold_ms = 600;
    card->decor = true;
    commit(&s);
    assert_int_equal(s.commit.n_out, 3);
    for (size_t i = 0; i < 3; i++) {
        struct entry e = out(&s, i);
        assert_string_equal(s.commit.out[i].stream, rows[i].stream);
        assert_string_equal(e.to.chat, rows[i].chat);
        assert_string_equal(e.room, s.rooms[i].id);
        assert_string_equal(e.conversation, ANN);
        assert_string_equal(e.to.thread, ""); /* its home is asked when it goes */
        assert_string_equal(e.title, "#129 Ann · zh");
        assert_true(e.is_group && e.line == 0 && e.hold_ms == 600 && e.decor);
    }
    scene_release(&s);
}

/* While the store works the snapshot may be built anew, and the knowledge read again. */
static void test_what_goes_out_owns_its_words(void **state)
{
    struct scene s;
    struct arena passing = ARENA_INIT;
    (void)state;
    scene_init(&s, ANN);
    hears(&s);
    s.rooms[0].id = arena_strdup(&passing, ROOM);
    assert_true(address_parse(&passing, ROOM + strlen("room:"), &s.rooms[0].address));
    s.facts.n_rooms = 1;
    say(&s, LANE_STAFF, arena_strdup(&passing, "a phrase"));
    commit(&s);
    arena_release(&passing); /* what is read of it from here on would be a fault */
    struct entry entry = out(&s, 0);
    assert_string_equal(entry.to.chat, "-100200");
    assert_string_equal(entry.room, ROOM);
    assert_string_equal(entry.content.text, "a phrase");
    scene_release(&s);
}

static void test_a_relay_does_not_come_back(void **state)
{
    struct scene s;
    (void)state;
    scene_init(&s, ANN);
    from_staff(&s);
    effect_relay(&s.e, LANE_CUSTOMER, "mia");
    effect_relay(&s.e, LANE_STAFF, "mia");
    say(&s, LANE_STAFF, "the bot's own words go everywhere");
    commit(&s);
    assert_int_equal(s.commit.n_out, 1 + 2 + 3);
    assert_null(out(&s, 0).room);
    assert_true(out(&s, 0).line == 5);
    assert_string_equal(out(&s, 1).room, OTHER);
    assert_string_equal(out(&s, 2).room, DESK);
    assert_true(out(&s, 1).line == 5); /* so replies to the copy find the line */
    assert_string_equal(out(&s, 3).room, ROOM);
    scene_release(&s);
}

/* What was held is the line it was written as; pressed in another room, the first one still has it. */
static void test_an_earlier_line_goes_out(void **state)
{
    struct scene s;
    struct content held = {.text = "hello Ann"};
    (void)state;
    scene_init(&s, ANN);
    s.event.type = EVENT_BUTTON;
    s.event.room = OTHER;
    effect_relay_line(&s.e, LANE_CUSTOMER, &held, "mia", ROOM, 3);
    effect_relay_line(&s.e, LANE_STAFF, &held, "mia", ROOM, 3);
    commit(&s);
    assert_int_equal(s.commit.n_out, 1 + 2);
    assert_true(out(&s, 0).line == 3);
    assert_string_equal(out(&s, 1).room, OTHER);
    assert_true(out(&s, 1).line == 3);
    assert_string_equal(out(&s, 2).room, DESK);
    assert_int_equal(s.commit.n_lines, 1); /* it stands there, as a note */
    struct json *j = line(&s, 0);
    assert_string_equal(json_str(j, "mark"), "sent");
    assert_string_equal(json_str(j, "by"), "mia");
    assert_true(json_int(j, "line", 0) == 3);
    assert_true(json_int(j, "ms", 0) == NOW);
    json_free(j);
    assert_true(s.subject.lines == 4);
    scene_release(&s);
}

static void test_edits_name_no_line_of_their_own(void **state)
{
    struct scene s;
    (void)state;
    scene_init(&s, ANN);
    s.event.content = (struct content){.kind = CONTENT_EDIT, .text = "hullo", .about_line = 2};
    hears(&s);
    effect_relay(&s.e, LANE_STAFF, "customer");
    struct content gone = {.kind = CONTENT_DELETE, .text = "", .about_line = 3};
    effect_say(&s.e, LANE_CUSTOMER, &gone);
    effect_say(&s.e, LANE_STAFF, &gone);
    commit(&s);
    assert_true(out(&s, 0).line == 0);
    assert_true(out(&s, 0).content.about_line == 2);
    assert_true(out(&s, 3).line == 0);
    assert_int_equal(out(&s, 3).content.kind, CONTENT_DELETE);
    assert_true(out(&s, 3).content.about_line == 3);
    scene_release(&s);
}

static void test_words_in_a_rooms_general(void **state)
{
    struct scene s;
    (void)state;
    scene_init(&s, ROOM);
    say(&s, LANE_CUSTOMER, "board");
    commit(&s);
    assert_int_equal(s.commit.n_out, 1);
    struct entry e = out(&s, 0);
    assert_string_equal(s.commit.out[0].stream, "telegram:77:-100200"); /* beside its topics */
    assert_string_equal(e.to.chat, "-100200");
    assert_null(e.room);
    assert_true(e.is_group && e.line == 5);
    scene_release(&s);

    scene_init(&s, "room:telegram:77:-999"); /* no staff room (yet): it has no stream of its own */
    say(&s, LANE_CUSTOMER, "wrong code");
    commit(&s);
    assert_string_equal(s.commit.out[0].stream, "telegram:77");
    assert_true(out(&s, 0).is_group);
    scene_release(&s);
}

static void test_without_rooms(void **state)
{
    struct scene s;
    (void)state;
    scene_init(&s, ANN);
    s.facts.n_rooms = 0;
    say(&s, LANE_STAFF, "nobody reads this");
    say(&s, LANE_CUSTOMER, "hi");
    commit(&s);
    assert_int_equal(s.commit.n_out, 1);
    assert_null(out(&s, 0).room);
    scene_release(&s);
}

/* --- the case --- */

static void test_opening_takes_the_number(void **state)
{
    struct scene s;
    struct open_case c;
    (void)state;
    scene_init(&s, ANN);
    effect_enqueue(&s.e, &(struct case_opening){.reason = "asked", .priority = 2});
    commit(&s);
    assert_true(s.commit.case_no == 129 && s.commit.open_case_no == 129);
    assert_true(open_case_parse(&s.arena, "129", s.commit.open_case, &c));
    assert_int_equal(c.state, STATE_WAITING);
    assert_string_equal(c.conversation, ANN);
    assert_true(c.since == NOW && c.priority == 2);
    scene_release(&s);
}

static void open_before(struct scene *s, enum conversation_state state)
{
    scene_init(s, ANN);
    s->before.state = s->subject.state = state;
    s->before.case_no = s->subject.case_no = 65;
    s->before.priority = s->subject.priority = 3;
    s->before.since = s->subject.since = NOW - 1000;
}

static void test_the_summary_follows_the_state(void **state)
{
    struct scene s;
    struct open_case c;
    (void)state;
    open_before(&s, STATE_WAITING);
    effect_claim(&s.e, "mia");
    commit(&s);
    assert_true(s.commit.case_no == 0); /* it has its number already */
    assert_true(s.commit.open_case_no == 65);
    assert_true(open_case_parse(&s.arena, "65", s.commit.open_case, &c));
    assert_string_equal(c.owner, "mia");
    scene_release(&s);

    open_before(&s, STATE_CLAIMED);
    effect_release(&s.e);
    commit(&s);
    assert_true(open_case_parse(&s.arena, "65", s.commit.open_case, &c));
    assert_true(c.state == STATE_WAITING && c.since == NOW - 1000); /* its old place */
    scene_release(&s);

    open_before(&s, STATE_WAITING);
    effect_set(&s.e, tags, "vip");
    commit(&s);
    assert_true(open_case_parse(&s.arena, "65", s.commit.open_case, &c));
    assert_string_equal(c.tags, "vip");
    scene_release(&s);
}

static void test_closing_takes_it_away(void **state)
{
    struct scene s;
    (void)state;
    open_before(&s, STATE_CLAIMED);
    effect_close(&s.e);
    commit(&s);
    assert_string_equal(s.commit.open_case, "");
    assert_true(s.commit.open_case_no == 65);
    assert_true(s.commit.case_no == 0);
    scene_release(&s);
}

static void test_opened_and_closed_in_one_turn(void **state)
{
    struct scene s;
    (void)state;
    scene_init(&s, ANN);
    effect_enqueue(&s.e, &(struct case_opening){.reason = "asked", .priority = 2});
    effect_close(&s.e);
    commit(&s);
    assert_true(s.commit.case_no == 129); /* the number is spent */
    assert_null(s.commit.open_case);
    scene_release(&s);
}

static void test_no_case_no_summary(void **state)
{
    struct scene s;
    (void)state;
    scene_init(&s, ANN);
    hears(&s);
    commit(&s);
    assert_null(s.commit.open_case);
    assert_true(s.commit.case_no == 0);
    scene_release(&s);
}

static void test_summary_of_a_very_long_name(void **state)
{
    struct scene s;
    struct open_case c;
    (void)state;
    open_before(&s, STATE_WAITING);
    char *name = arena_alloc(&s.arena, 20001);
    memset(name, 'x', 20000);
    effect_set(&s.e, name, name);
    commit(&s);
    assert_true(
        open_case_parse(&s.arena, "65", s.commit.open_case, &c)); /* it stays in the queue */
    scene_release(&s);
}

/* --- timers, counters, the registry, other subjects --- */

static void test_small_things(void **state)
{
    struct scene s;
    (void)state;
    scene_init(&s, ROOM);
    effect_timer(&s.e, "board", NOW + 30000);
    effect_timer(&s.e, "board", 0);
    effect_count(&s.e, "in", 1);
    effect_count(&s.e, "first.ms", 250);
    effect_put(&s.e, "agents", "mia", "{}");
    effect_show(&s.e, "done");
    effect_tell(&s.e, ANN, "hello");
    effect_tell(&s.e, ANN, "again");
    commit(&s);
    assert_int_equal(s.commit.n_timers, 2);
    assert_string_equal(s.commit.timers[1].name, "board");
    assert_true(s.commit.timers[0].due_ms == NOW + 30000 && s.commit.timers[1].due_ms == 0);
    assert_int_equal(s.commit.n_counts, 2);
    assert_string_equal(s.commit.counts[1].name, "first.ms");
    assert_true(s.commit.counts[1].n == 250);
    assert_int_equal(s.commit.n_puts, 1);
    assert_string_equal(s.commit.puts[0].hash, "agents");
    assert_string_equal(s.commit.puts[0].key, "mia");
    assert_int_equal(s.commit.n_out, 0);
    assert_int_equal(s.commit.n_tells, 2);
    for (size_t i = 0; i < 2; i++) {
        struct json *j = json_parse(s.commit.tells[i].json, strlen(s.commit.tells[i].json), NULL);
        assert_string_equal(json_str(j, "to"), ANN);
        assert_string_equal(json_str(j, "data"), i ? "again" : "hello");
        assert_string_equal(json_str(j, "bucket"), "told:20717");
        assert_string_equal(json_str(j, "id"), i ? "77:3815/42.1" : "77:3815/42.0");
        json_free(j);
    }
    scene_release(&s);
}

static void test_streams_and_days(void **state)
{
    struct arena a = ARENA_INIT;
    struct address at = {"telegram", "77", "-100200", "9", "5"};
    (void)state;
    assert_string_equal(turn_stream(&a, &at, false), "telegram:77");
    assert_string_equal(turn_stream(&a, &at, true), "telegram:77:-100200");
    assert_string_equal(day_bucket(&a, "timer", NOW), "timer:20717");
    assert_string_equal(day_bucket(&a, "timer", 20718 * INT64_C(86400000) - 1), "timer:20717");
    arena_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines_of_both_sides),
        cmocka_unit_test(test_staffs_words_are_a_note_unless_they_went_out),
        cmocka_unit_test(test_turn_without_words),
        cmocka_unit_test(test_maps_sign_tells_who_wrote_it),
        cmocka_unit_test(test_only_words_are_mapped),
        cmocka_unit_test(test_to_the_customer),
        cmocka_unit_test(test_to_every_room),
        cmocka_unit_test(test_what_goes_out_owns_its_words),
        cmocka_unit_test(test_a_relay_does_not_come_back),
        cmocka_unit_test(test_an_earlier_line_goes_out),
        cmocka_unit_test(test_edits_name_no_line_of_their_own),
        cmocka_unit_test(test_words_in_a_rooms_general),
        cmocka_unit_test(test_without_rooms),
        cmocka_unit_test(test_opening_takes_the_number),
        cmocka_unit_test(test_the_summary_follows_the_state),
        cmocka_unit_test(test_closing_takes_it_away),
        cmocka_unit_test(test_opened_and_closed_in_one_turn),
        cmocka_unit_test(test_no_case_no_summary),
        cmocka_unit_test(test_summary_of_a_very_long_name),
        cmocka_unit_test(test_small_things),
        cmocka_unit_test(test_streams_and_days),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
