#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "bot/model/effect.h"

#define ANN "telegram:77:1001"
#define NOW INT64_C(1790000000000)

/* A turn of Ann's, with the case at the state a test wants. */
struct scene {
    struct arena arena;
    struct conversation subject;
    struct event event;
    struct effects e;
};

static void scene_init(struct scene *s, enum conversation_state state)
{
    *s = (struct scene){.event = {.type = EVENT_MESSAGE, .now_ms = NOW, .content = CONTENT_INIT}};
    struct conversation *c = &s->subject;
    conversation_init(c, ANN);
    c->state = state;
    if (state != STATE_BOT) {
        c->case_no = 65;
        c->priority = 2;
        c->reason = "unsure";
        c->topic = "kyc";
        c->team = "support";
        c->opened = c->since = c->unanswered = NOW - 60000;
    }
    if (state == STATE_CLAIMED || state == STATE_PENDING) {
        c->owner = "mia";
        c->claimed = NOW - 30000;
    }
    if (state == STATE_PENDING) {
        c->pending_for = "wallet";
        c->pending_until = NOW + 1000;
    }
    s->e = (struct effects){.arena = &s->arena, .subject = c, .event = &s->event, .next_case = 129};
}

static void scene_release(struct scene *s)
{
    arena_release(&s->arena);
}

static void arm(struct scene *s, const char *name)
{
    conversation_set(&s->subject, &s->arena, arena_printf(&s->arena, "timer.%s", name), "99");
}

static bool is_armed(const struct scene *s, const char *name)
{
    char var[64];
    snprintf(var, sizeof(var), "timer.%s", name);
    return *conversation_var(&s->subject, var);
}

static int64_t counted(const struct scene *s, const char *counter)
{
    int64_t sum = 0;
    for (size_t i = 0; i < s->e.n; i++)
        if (s->e.items[i]->type == EFFECT_COUNT && str_eq(s->e.items[i]->name, counter))
            sum += s->e.items[i]->number;
    return sum;
}

/* --- which moves are there --- */

static bool enqueue(struct effects *e)
{
    return effect_enqueue(e, &(struct case_opening){.reason = "asked", .priority = 3});
}

static bool claim(struct effects *e)
{
    return effect_claim(e, "lena");
}

static bool claim_own(struct effects *e)
{
    return effect_claim(e, "mia");
}

static bool pend(struct effects *e)
{
    return effect_pend(e, "wallet", NOW + 5000);
}

static void test_every_move_from_every_state(void **state)
{
    enum { NO = -1, B = STATE_BOT, W = STATE_WAITING, C = STATE_CLAIMED, P = STATE_PENDING };
    static const struct {
        bool (*move)(struct effects *e);
        int to[4]; /* from BOT, WAITING, CLAIMED, PENDING */
    } rows[] = {
        {enqueue, {W, NO, NO, NO}},       {claim, {NO, C, C, C}},  {claim_own, {NO, C, NO, NO}},
        {effect_release, {NO, NO, W, W}}, {pend, {NO, NO, P, NO}}, {effect_resume, {NO, NO, NO, C}},
        {effect_close, {NO, B, B, B}},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        for (int from = STATE_BOT; from <= STATE_PENDING; from++) {
            struct scene s;
            struct conversation before;
            size_t changes;
            scene_init(&s, (enum conversation_state)from);
            arm(&s, "wait_alarm");
            conversation_copy(&s.arena, &before, &s.subject);
            bool moved = rows[i].move(&s.e);
            conversation_diff(&s.arena, &before, &s.subject, &changes);
            assert_int_equal(moved, rows[i].to[from] != NO);
            assert_int_equal(s.subject.state, moved ? rows[i].to[from] : from);
            if (moved) {
                assert_true(changes > 0 && s.e.n > 0);
            } else { /* a refused move leaves no trace */
                assert_int_equal(changes, 0);
                assert_int_equal(s.e.n, 0);
                assert_false(s.e.opens_case);
            }
            scene_release(&s);
        }
}

/* --- each move --- */

static void test_opening(void **state)
{
    struct scene s;
    (void)state;
    scene_init(&s, STATE_BOT);
    s.subject.rated = 4;
    assert_true(effect_enqueue(
        &s.e, &(struct case_opening){
                  .reason = "asked", .topic = "kyc", .team = "kyc-team", .priority = 2}));
    const struct conversation *c = &s.subject;
    assert_true(s.e.opens_case);
    assert_true(c->case_no == 129);
    assert_string_equal(c->reason, "asked");
    assert_string_equal(c->topic, "kyc");
    assert_string_equal(c->team, "kyc-team");
    assert_true(c->priority == 2 && c->opened == NOW && c->since == NOW && c->unanswered == NOW);
    assert_true(c->rated == 0);
    assert_true(counted(&s, "cases.opened") == 1);
    scene_release(&s);
}

static void test_open_case_only_gains_urgency(void **state)
{
    struct scene s;
    struct case_opening worse = {
        .reason = "secret", .topic = "x", .team = "security", .priority = 1};
    (void)state;
    for (int from = STATE_WAITING; from <= STATE_PENDING; from++) {
        scene_init(&s, (enum conversation_state)from);
        assert_false(effect_enqueue(&s.e, &worse));
        assert_true(s.subject.priority == 1);
        assert_string_equal(s.subject.reason, "secret");
        assert_int_equal(s.subject.state, from);
        assert_true(s.subject.case_no == 65 && s.subject.since == NOW - 60000);
        assert_false(s.e.opens_case);
        size_t n = s.e.n;
        assert_false(effect_enqueue(&s.e, &worse)); /* no more urgent than it is */
        assert_int_equal(s.e.n, n);
        scene_release(&s);
    }
}

static void test_claim_and_transfer(void **state)
{
    struct scene s;
    (void)state;
    scene_init(&s, STATE_WAITING);
    s.subject.announced = NOW - 5;
    assert_true(effect_claim(&s.e, "mia"));
    assert_string_equal(s.subject.owner, "mia");
    assert_true(s.subject.claimed == NOW && s.subject.announced == 0);
    assert_true(s.subject.unanswered == NOW - 60000); /* nobody has answered yet */
    s.event.now_ms = NOW + 7;
    assert_false(effect_claim(&s.e, "mia"));
    assert_true(effect_claim(&s.e, "lena"));
    assert_string_equal(s.subject.owner, "lena");
    assert_true(s.subject.claimed == NOW + 7);
    assert_true(counted(&s, "cases.claimed") == 2);
    scene_release(&s);

    scene_init(&s, STATE_PENDING);
    arm(&s, "pending");
    arm(&s, "pending_update");
    assert_true(effect_claim(&s.e, "lena"));
    assert_string_equal(s.subject.pending_for, "");
    assert_true(s.subject.pending_until == 0);
    assert_false(is_armed(&s, "pending") || is_armed(&s, "pending_update"));
    scene_release(&s);
}

static void test_owner_is_a_copy(void **state)
{
    struct scene s;
    char name[] = "lena", var[] = "home";
    (void)state;
    scene_init(&s, STATE_WAITING);
    assert_true(effect_claim(&s.e, name));
    effect_var(&s.e, var, name);
    memset(name, 'x', 4); /* the registry was read anew */
    memset(var, 'x', 4);
    assert_string_equal(s.subject.owner, "lena");
    assert_string_equal(conversation_var(&s.subject, "home"), "lena");
    scene_release(&s);
}

static void test_release_keeps_the_place(void **state)
{
    static const char *const ended[] = {"claim_remind", "claim_return", "case_idle", "pending",
                                        "pending_update"};
    struct scene s;
    (void)state;
    for (int from = STATE_CLAIMED; from <= STATE_PENDING; from++) {
        scene_init(&s, (enum conversation_state)from);
        for (size_t i = 0; i < ARRAY_LEN(ended); i++)
            if (from == STATE_PENDING || !starts_with(ended[i], "pending"))
                arm(&s, ended[i]);
        arm(&s, "wait_alarm");
        assert_true(effect_release(&s.e));
        assert_string_equal(s.subject.owner, "");
        assert_true(s.subject.claimed == 0 && s.subject.case_no == 65);
        assert_true(s.subject.since == NOW - 60000 && s.subject.unanswered == NOW - 60000);
        assert_string_equal(s.subject.pending_for, "");
        for (size_t i = 0; i < ARRAY_LEN(ended); i++)
            assert_false(is_armed(&s, ended[i]));
        assert_true(is_armed(&s, "wait_alarm")); /* the customer waits on */
        assert_true(counted(&s, "cases.returned") == 1);
        scene_release(&s);
    }
}

static void test_pending_and_back(void **state)
{
    struct scene s;
    (void)state;
    scene_init(&s, STATE_CLAIMED);
    arm(&s, "claim_remind");
    arm(&s, "claim_return");
    arm(&s, "case_idle");
    assert_true(effect_pend(&s.e, "wallet", NOW + 5000));
    assert_string_equal(s.subject.pending_for, "wallet");
    assert_true(s.subject.pending_until == NOW + 5000);
    assert_string_equal(s.subject.owner, "mia");
    assert_false(is_armed(&s, "claim_remind") || is_armed(&s, "claim_return") ||
                 is_armed(&s, "case_idle"));
    arm(&s, "pending");
    arm(&s, "pending_update");
    s.event.now_ms = NOW + 9;
    assert_true(effect_resume(&s.e));
    assert_string_equal(s.subject.owner, "mia");
    assert_string_equal(s.subject.pending_for, "");
    assert_true(s.subject.claimed == NOW + 9); /* the whole time again */
    assert_false(is_armed(&s, "pending") || is_armed(&s, "pending_update"));
    scene_release(&s);
}

static void test_closing_leaves_only_the_memory(void **state)
{
    static const char *const timers[] = {"claim_remind", "claim_return", "case_idle",
                                         "wait_alarm",   "pending",      "pending_update"};
    struct scene s;
    (void)state;
    for (int from = STATE_WAITING; from <= STATE_PENDING; from++) {
        scene_init(&s, (enum conversation_state)from);
        struct conversation *c = &s.subject;
        c->replies = c->first_reply = c->reply_ms = c->announced = c->misses = 5;
        c->lang = "vi";
        c->tags = "vip";
        c->asked = "media.topic";
        for (size_t i = 0; i < ARRAY_LEN(timers); i++)
            if (from == STATE_PENDING || !starts_with(timers[i], "pending"))
                arm(&s, timers[i]);
        assert_true(effect_close(&s.e));
        assert_true(c->last_case == 65);
        assert_string_equal(c->last_topic, "kyc");
        assert_string_equal(c->last_team, "support");
        assert_true(c->last_priority == 2);
        assert_string_equal(c->last_owner, from == STATE_WAITING ? "" : "mia");
        for (size_t i = 0; i < ARRAY_LEN(timers); i++)
            assert_false(is_armed(&s, timers[i]));
        /* As if there had never been a case, but for these. */
        struct conversation blank;
        size_t n;
        conversation_init(&blank, ANN);
        struct pair *left = conversation_diff(&s.arena, &blank, c, &n);
        for (size_t i = 0; i < n; i++)
            assert_true(starts_with(left[i].name, "last_") || str_eq(left[i].name, "lang") ||
                        str_eq(left[i].name, "tags"));
        assert_true(counted(&s, "cases.closed") == 1);
        scene_release(&s);
    }
}

/* --- response times --- */

static void test_response_times(void **state)
{
    struct scene s;
    (void)state;
    scene_init(&s, STATE_CLAIMED);
    effect_answered(&s.e); /* a minute after the opening */
    assert_true(s.subject.first_reply == 60000 && s.subject.replies == 1);
    assert_true(s.subject.reply_ms == 60000 && s.subject.unanswered == 0);
    size_t n = s.e.n;
    effect_answered(&s.e); /* a second line in a row answers nothing */
    assert_int_equal(s.e.n, n);

    s.subject.unanswered = NOW + 10000;
    s.event.now_ms = NOW + 15000;
    effect_answered(&s.e);
    assert_true(s.subject.first_reply == 60000); /* only once a case */
    assert_true(s.subject.replies == 2 && s.subject.reply_ms == 65000);
    assert_true(counted(&s, "first.n") == 1 && counted(&s, "first.ms") == 60000);
    assert_true(counted(&s, "reply.n") == 2 && counted(&s, "reply.ms") == 65000);
    scene_release(&s);
}

static void test_clock_that_went_back(void **state)
{
    struct scene s;
    (void)state;
    scene_init(&s, STATE_CLAIMED);
    s.event.now_ms = NOW - 120000; /* a minute before the case was opened */
    effect_answered(&s.e);
    assert_true(s.subject.first_reply == 1); /* there was one */
    assert_true(s.subject.reply_ms == 0);
    assert_true(counted(&s, "first.ms") >= 0 && counted(&s, "reply.ms") >= 0);
    scene_release(&s);
}

/* --- saying --- */

static void test_lines_are_counted_for_what_customers_get(void **state)
{
    struct scene s;
    struct content text = {.text = "hi"}, edit = {.kind = CONTENT_EDIT, .text = "hi"};
    (void)state;
    scene_init(&s, STATE_BOT);
    s.subject.lines = 7;
    assert_true(effect_say(&s.e, LANE_CUSTOMER, &text)->line == 8);
    assert_true(effect_say(&s.e, LANE_STAFF, &text)->line == 0);
    assert_true(effect_say(&s.e, LANE_CUSTOMER, &edit)->line == 0);
    assert_true(effect_say(&s.e, LANE_CUSTOMER, &text)->line == 9);
    assert_true(s.subject.lines == 9);
    struct effect *as = effect_say_as(&s.e, "mia", 5, &text); /* line 5, told once more */
    assert_true(as->line == 5 && as->lane == LANE_CUSTOMER && s.subject.lines == 9);
    assert_string_equal(as->author, "mia");
    struct content gone = {.kind = CONTENT_DELETE, .text = "", .about_line = 8};
    assert_true(effect_say(&s.e, LANE_CUSTOMER, &gone)->line == 10); /* the transcript says so */
    assert_true(effect_say(&s.e, LANE_STAFF, &gone)->line == 0);
    assert_true(s.subject.lines == 10);
    scene_release(&s);
}

static void test_effects_stay_where_they_are(void **state)
{
    struct scene s;
    struct content text = {.text = "hi"};
    (void)state;
    scene_init(&s, STATE_BOT);
    struct effect *first = effect_say(&s.e, LANE_STAFF, &text);
    for (int i = 0; i < 100; i++)
        effect_count(&s.e, "x", 1);
    first->hold_ms = 5;
    assert_true(s.e.items[0]->hold_ms == 5);
    scene_release(&s);
}

static void test_relay_is_the_events_own_line(void **state)
{
    struct scene s;
    struct button button = {.label = "x", .data = "y"};
    struct file file = {.kind = FILE_PHOTO, .id = "F"};
    (void)state;
    scene_init(&s, STATE_WAITING);
    s.event.content = (struct content){
        .text = "see", .files = &file, .n_files = 1, .buttons = &button, .n_buttons = 1};
    s.subject.lines = s.e.line = 4;
    struct effect *relayed = effect_relay(&s.e, LANE_STAFF, "customer");
    assert_true(relayed->relay && relayed->line == 4 && s.subject.lines == 4);
    assert_int_equal(relayed->lane, LANE_STAFF);
    assert_string_equal(relayed->author, "customer");
    assert_string_equal(effect_show(&s.e, "x")->author, "bot");
    assert_string_equal(relayed->content.text, "see");
    assert_int_equal(relayed->content.n_files, 1);
    assert_int_equal(relayed->content.n_buttons, 0); /* they are not ours to press */
    assert_int_equal(s.event.content.n_buttons, 1);
    scene_release(&s);
}

/* --- the rest --- */

static void test_timers(void **state)
{
    struct scene s;
    (void)state;
    scene_init(&s, STATE_BOT);
    effect_timer(&s.e, "board", 0); /* disarming what is not armed */
    assert_int_equal(s.e.n, 0);
    effect_timer(&s.e, "board", NOW + 5);
    assert_true(conversation_var_int(&s.subject, "timer.board") == NOW + 5);
    effect_timer(&s.e, "board", 0);
    assert_false(is_armed(&s, "board"));
    assert_int_equal(s.e.n, 2);
    assert_true(s.e.items[1]->number == 0);
    scene_release(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_move_from_every_state),
        cmocka_unit_test(test_opening),
        cmocka_unit_test(test_open_case_only_gains_urgency),
        cmocka_unit_test(test_claim_and_transfer),
        cmocka_unit_test(test_owner_is_a_copy),
        cmocka_unit_test(test_release_keeps_the_place),
        cmocka_unit_test(test_pending_and_back),
        cmocka_unit_test(test_closing_leaves_only_the_memory),
        cmocka_unit_test(test_response_times),
        cmocka_unit_test(test_clock_that_went_back),
        cmocka_unit_test(test_lines_are_counted_for_what_customers_get),
        cmocka_unit_test(test_effects_stay_where_they_are),
        cmocka_unit_test(test_relay_is_the_events_own_line),
        cmocka_unit_test(test_timers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
