/* Groups: what handlers are told of the talk, in which order, and who is no customer. */
#include "tests/unit/inbox_world.h"

#include "bot/flow/groups.h"

#define GROUP "-300"

static struct groups *groups;

static void on_said(void *arg, const struct event *event, const struct effect *said)
{
    struct world *w = arg;
    buf_printf(&w->shown, "%s%s: %s", w->shown.len ? "; " : "", event->from.user,
               said->content.text);
    groups_said(groups, event, said);
}

static int open_groups(void **state)
{
    set_up(state);
    struct world *w = *state;
    struct inbox_ports ports = {.store = w->store,
                                .pipeline = &w->pipeline,
                                .facts = facts_of,
                                .reread = reread,
                                .committing = on_committing,
                                .committed = on_committed,
                                .show = on_show,
                                .said = on_said,
                                .line_of = line_of,
                                .arg = w};
    inbox_free(w->in);
    w->in = inbox_new(&ports);
    groups = groups_new(&(struct groups_ports){w->in, facts_of, w});
    return 0;
}

static int close_groups(void **state)
{
    struct world *w = *state;
    slow_answer_all(w->slow);
    groups_free(groups);
    return tear_down(state);
}

static void hand_in(struct world *w, struct event event)
{
    struct ticket *t = arena_alloc(&w->arena, sizeof(*t));
    *t = (struct ticket){w, event.content.text, false};
    event.id = (struct event_id){"test", arena_printf(&w->arena, "%d", ++w->n_events)};
    event.now_ms = clock_ms();
    event.data = "";
    groups_deliver(groups, &event, on_done, t);
}

static struct event from(const char *user, const char *text)
{
    return (struct event){.type = EVENT_MESSAGE,
                          .from = {"telegram", "77", GROUP, "", user},
                          .name = user,
                          .username = "",
                          .content = {.text = text}};
}

static void test_until_the_rooms_are_known(void **state)
{
    struct world *w = *state;
    hand_in(w, from("ann", "posts"));
    hand_in(w, in_topic("", "a note"));
    hand_in(w, message(BOB, "private"));
    assert_string_equal(w->done.data, "private");
    assert_int_equal(groups_waiting(groups), 2);
    groups_open(groups);
    assert_string_equal(w->done.data, "private posts a note");
    assert_int_equal(groups_waiting(groups), 0);
    assert_string_equal(w->shown.data, "ann: 0 lines, 0 posts");
    assert_log(w, ROOM, "a note"); /* staff, no customer */
}

/* Two ask at once: the second is told of the answer to the first. */
static void test_one_after_the_other(void **state)
{
    struct world *w = *state;
    groups_open(groups);
    w->slow->is_slow = true;
    hand_in(w, from("ann", "posts"));
    hand_in(w, from("ben", "posts"));
    assert_int_equal(w->slow->calls[SLOW_LOAD], 1);
    slow_answer_all(w->slow);
    assert_string_equal(w->shown.data, "ann: 0 lines, 0 posts; ben: 1 lines, 1 posts");
}

static void test_what_is_not_answered_is_not_kept(void **state)
{
    struct world *w = *state;
    groups_open(groups);
    hand_in(w, from("ann", "a note of the handler"));
    assert_string_equal(w->done.data, "a note of the handler");
    assert_int_equal(w->n_committed, 0);
    assert_log(w, "telegram:77:" GROUP "::ann", "");
    hand_in(w, from("ann", "posts"));
    assert_int_equal(w->n_committed, 1);
    assert_true(record(w, "telegram:77:" GROUP "::ann").lines == 2); /* hers and ours */
}

static void test_who_is_called_by_name(void **state)
{
    struct world *w = *state;
    groups_open(groups);
    hand_in(w, from("wei", "nothing"));
    hand_in(w, from("ann", "posts, Wei"));
    hand_in(w, from("ann", "posts of weight"));
    assert_string_equal(w->shown.data, "ann: 1 lines, 0 posts, others'; ann: 2 lines, 1 posts");
}

static void test_topics_and_groups_apart(void **state)
{
    struct world *w = *state;
    struct event there = from("ann", "posts"), in_seven = from("ann", "posts");
    groups_open(groups);
    hand_in(w, from("wei", "nothing"));
    there.from.chat = "-301";
    in_seven.from.thread = "7";
    hand_in(w, there);
    hand_in(w, in_seven);
    hand_in(w, from("ann", "posts"));
    assert_string_equal(w->shown.data, "ann: 0 lines, 0 posts; ann: 0 lines, 0 posts; "
                                       "ann: 1 lines, 1 posts"); /* posts count for the group */
}

static void test_memory_is_bounded(void **state)
{
    struct world *w = *state;
    groups_open(groups);
    for (int i = 0; i < 100; i++)
        hand_in(w, from("wei", "nothing"));
    for (int i = 0; i < 1100; i++) {
        struct event e = from("wei", "nothing");
        e.from.chat = arena_printf(&w->arena, "-%d", 1000 + i);
        hand_in(w, e);
    }
    hand_in(w, from("ann", "posts")); /* the oldest group was forgotten */
    for (int i = 0; i < 100; i++)
        hand_in(w, from("wei", "nothing"));
    hand_in(w, from("ann", "posts"));
    assert_string_equal(w->shown.data, "ann: 0 lines, 0 posts; ann: 24 lines, 1 posts");
}

#define IN_GROUPS(t) cmocka_unit_test_setup_teardown(t, open_groups, close_groups)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        IN_GROUPS(test_until_the_rooms_are_known),        IN_GROUPS(test_one_after_the_other),
        IN_GROUPS(test_what_is_not_answered_is_not_kept), IN_GROUPS(test_who_is_called_by_name),
        IN_GROUPS(test_topics_and_groups_apart),          IN_GROUPS(test_memory_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
