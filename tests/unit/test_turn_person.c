/* Which turns change whose line in the audience. */
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "bot/flow/turn.h"
#include "bot/model/audience.h"

#define ANN  "telegram:77:1001"
#define ROOM "room:telegram:77:-100200"
#define NOW  INT64_C(1790000000000)

struct scene {
    struct arena arena;
    struct conversation before, subject;
    struct event event;
    struct effects e;
    struct facts facts;
    struct commit commit;
};

static void scene_init(struct scene *s, const char *id)
{
    *s = (struct scene){0};
    s->event = (struct event){.type = EVENT_MESSAGE,
                              .id = {"77:3815", "42"},
                              .now_ms = NOW,
                              .from = {"telegram", "77", "1001", "", "1001"},
                              .content = {.text = "hello"}};
    conversation_init(&s->before, id);
    conversation_copy(&s->arena, &s->subject, &s->before);
    s->e = (struct effects){.arena = &s->arena, .subject = &s->subject, .event = &s->event};
}

static void scene_release(struct scene *s)
{
    arena_release(&s->arena);
}

static const struct commit *commit(struct scene *s)
{
    turn_commit(&s->e, &s->before, &s->facts, &s->commit);
    return &s->commit;
}

static void test_a_customers_turn_keeps_his_line(void **state)
{
    struct scene s;
    (void)state;
    scene_init(&s, ANN);
    effect_set_int(&s.e, last_in, NOW);
    effect_set(&s.e, lang, "zh");
    effect_asked(&s.e, "kyc");
    const struct commit_person *p = commit(&s)->person;
    assert_non_null(p);
    assert_string_equal(p->account, "telegram:77");
    assert_string_equal(p->name, "1001");
    assert_int_equal(p->bucket, audience_bucket(ANN));
    assert_string_equal(p->entry, person_print(&s.arena, &s.subject));
    assert_string_equal(p->set, "");
    assert_string_equal(p->clear, "bd"); /* who writes blocks us no more */
    scene_release(&s);
}

static void test_other_turns_keep_it_where_it_changes(void **state)
{
    struct scene s;
    (void)state;
    scene_init(&s, ANN);
    s.before.last_in = s.subject.last_in = NOW - 1000;
    s.event.room = ROOM;
    assert_null(commit(&s)->person);
    effect_set(&s.e, tags, "vip");
    assert_non_null(commit(&s)->person);
    assert_string_equal(s.commit.person->clear, "");
    effect_set(&s.e, tags, "");
    effect_set_int(&s.e, blocked, 1); /* the platform says so */
    assert_string_equal(commit(&s)->person->set, "b");
    effect_set_int(&s.e, blocked, 0);
    effect_set_int(&s.e, no_news, 1);
    assert_string_equal(commit(&s)->person->set, "o");
    s.before.no_news = 1;
    effect_set_int(&s.e, no_news, 0);
    assert_string_equal(commit(&s)->person->clear, "o");
    scene_release(&s);
}

static void test_who_never_wrote_has_none(void **state)
{
    static const char *const others[] = {ANN, ROOM, "telegram:77:-100::1001", "job:5"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        struct scene s;
        scene_init(&s, others[i]);
        s.subject.last_in = i ? NOW : 0;
        s.subject.lang = "zh";
        assert_null(commit(&s)->person);
        scene_release(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_customers_turn_keeps_his_line),
        cmocka_unit_test(test_other_turns_keep_it_where_it_changes),
        cmocka_unit_test(test_who_never_wrote_has_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
