/* Compensation lists on either store, with three processes at work: every line reaches its own
 * customer, the sums are exact, a hundred presses are one, and nobody gets at another one's line.
 */
#include "tests/unit/processes.h"

#include "handlers/compensation/list.h"
#include "handlers/compensation/upload.h"

#include <inttypes.h>

#define ANN_UID "10000007"
#define BOB_UID "10000008"

extern const struct handler guard_handler, identity_handler, compensation_handler;
static const struct handler *const handlers[] = {&guard_handler, &identity_handler,
                                                 &compensation_handler, NULL};
static struct agent agents[] = {
    {.name = "max", .alias = "max", .role = ROLE_MANAGER, .ids = "telegram:1"},
    {.name = "kim", .alias = "kim", .role = ROLE_MANAGER, .ids = "telegram:2"},
    {.name = "mia", .alias = "mia", .role = ROLE_LEAD, .ids = "telegram:3"},
};
static const struct facts facts = {.agents = agents, .n_agents = ARRAY_LEN(agents)};

static void upload(struct crowd *c, const char *csv, struct pay_upload *out)
{
    struct buf faults = BUF_INIT(1000);
    struct pay_tell it;
    assert_int_equal(pay_upload_read(&c->t->arena, "list", csv, strlen(csv), out, &faults), 0);
    for (size_t i = 0; pay_upload_tell(&c->t->arena, out, "mx", "max", i, &it); i++) {
        tell(c, it.subject, it.data);
        settle(c);
    }
    buf_release(&faults);
}

static void approve(struct crowd *c, const struct pay_upload *u, const char *who)
{
    tell(c, "pay:mx", arena_printf(&c->t->arena, "approve %s %zu %.8s -", who, u->n, u->check));
    settle(c);
}

static const char *list_var(struct crowd *c, const char *name)
{
    return field(c->t, "pay:mx", name);
}

/* --- many lines --- */

/* Line i is of UID 10000000 + i and has i + 1 of the smallest unit. */
static char *long_list(int n)
{
    struct buf csv = BUF_INIT(10 << 20);
    buf_str(&csv, "uid,asset,amount,reason\n");
    for (int i = 0; i < n; i++)
        buf_printf(&csv, "%d,USDT,0.%018d,\"the rollback, pair %d\"\n", 10000000 + i, i + 1, i % 7);
    return buf_detach(&csv);
}

static void lines_reach_their_customers(struct trial *t, int n)
{
    struct crowd c;
    struct pay_upload u;
    char *csv = long_list(n), sums[64];
    begin_crowd(&c, t, handlers, &facts);
    upload(&c, csv, &u);
    snprintf(sums, sizeof(sums), "USDT 0.%018ld\n", (long)n * (n + 1) / 2);
    assert_string_equal(list_var(&c, "sums"), sums);
    approve(&c, &u, "kim");
    assert_string_equal(list_var(&c, "stage"), "released");
    assert_string_equal(list_var(&c, "ready"), list_var(&c, "chunks"));
    for (int i = 0; i < n; i++) {
        struct arena *a = &t->arena;
        const char *uid = arena_printf(a, "uid:%d", 10000000 + i);
        char want[200];
        snprintf(want, sizeof(want), "owed %d USDT 0.%018d the rollback, pair %d", i / PAY_CHUNK,
                 i + 1, i % 7);
        struct loaded l = load(t, uid);
        size_t lines = 0;
        for (size_t p = 0; p < l.n_pairs; p++)
            lines += starts_with(l.pairs[p].name, "pay.");
        assert_int_equal(lines, 1);
        assert_string_equal(pair_of(l.pairs, l.n_pairs, arena_printf(a, "pay.mx.%d", i + 1)), want);
        if (i % 500 == 499)
            arena_clear(a);
    }
    end_crowd(&c);
    free(csv);
}

static void test_10000_lines(void **state)
{
    lines_reach_their_customers(*state, 10000);
}

static void test_1000_lines(void **state)
{
    lines_reach_their_customers(*state, 1000);
}

/* --- approval --- */

#define TWO                                                                                        \
    "uid,asset,amount,reason\n" ANN_UID ",USDT,12.50,rollback\n" BOB_UID ",USDT,777.77,rollback\n"

static void test_two_people(void **state)
{
    struct crowd c;
    struct pay_upload u, other;
    begin_crowd(&c, *state, handlers, &facts);
    upload(&c, TWO, &u);
    approve(&c, &u, "max"); /* the author */
    approve(&c, &u, "mia"); /* no manager */
    approve(&c, &u, "eve"); /* nobody */
    assert_string_equal(list_var(&c, "stage"), "draft");
    upload(&c, TWO ANN_UID ",USDT,1000000,one more\n", &other);
    approve(&c, &u, "kim"); /* what he saw is not there any more */
    assert_string_equal(list_var(&c, "stage"), "draft");
    assert_string_equal(field(c.t, "uid:" ANN_UID, "pay.mx.1"), "");
    approve(&c, &other, "kim");
    assert_string_equal(list_var(&c, "stage"), "released");
    upload(&c, TWO, &u); /* released is released */
    assert_string_equal(list_var(&c, "rows"), "3");
    assert_string_equal(field(c.t, "uid:" ANN_UID, "pay.mx.3"), "owed 0 USDT 1000000 one more");
    end_crowd(&c);
}

/* A document's lines and its approval go different ways. */
static void test_lines_that_come_late(void **state)
{
    struct crowd c;
    struct pay_upload u;
    struct pay_tell all[3];
    struct buf faults = BUF_INIT(1000);
    begin_crowd(&c, *state, handlers, &facts);
    assert_int_equal(pay_upload_read(&c.t->arena, "list", TWO, strlen(TWO), &u, &faults), 0);
    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        assert_true(pay_upload_tell(&c.t->arena, &u, "mx", "max", i, &all[i]));
    tell(&c, all[0].subject, all[0].data);
    tell(&c, all[2].subject, all[2].data);
    approve(&c, &u, "kim");
    assert_string_equal(list_var(&c, "stage"), "released");
    assert_string_equal(list_var(&c, "ready"), "");
    tell(&c, all[1].subject, all[1].data);
    settle(&c);
    assert_string_equal(list_var(&c, "ready"), "1");
    assert_string_equal(field(c.t, "uid:" ANN_UID, "pay.mx.1"), "owed 0 USDT 12.50 rollback");
    end_crowd(&c);
    buf_release(&faults);
}

/* --- presses --- */

static void press(struct crowd *c, int user, const char *data, int times)
{
    for (int i = 0; i < times; i++) {
        struct event event = from_customer(c, user, EVENT_BUTTON);
        event.data = data;
        event.callback_id = "cb";
        deliver(c, i, event);
    }
}

static size_t lines_with(struct crowd *c, int user, const char *words)
{
    struct answer got = transcript(c->t, chat_of(c, user), 1, 1000);
    size_t n = 0;
    for (size_t i = 0; i < got.n; i++)
        n += strstr(got.lines[i], words) != NULL;
    return n;
}

static void test_100_presses(void **state)
{
    struct crowd c;
    struct pay_upload u;
    begin_crowd(&c, *state, handlers, &facts);
    upload(&c, TWO, &u);
    approve(&c, &u, "kim");
    open_link(&c, 2001, ANN_UID);
    settle(&c);
    assert_int_equal(lines_with(&c, 2001, "12.50"), 1);
    press(&c, 2001, "pay:confirmed:mx:1", 100);
    settle(&c);
    assert_int_equal(lines_with(&c, 2001, "that is confirmed: 12.50 USDT"), 1);
    assert_string_equal(list_var(&c, "n.confirmed"), "1");
    assert_string_equal(list_var(&c, "confirmed"), "USDT 12.50\n");
    assert_string_equal(field(c.t, "uid:" ANN_UID, "pay.mx.1"), "confirmed 0 USDT 12.50 rollback");
    press(&c, 2001, "pay:disputed:mx:1", 3); /* too late */
    settle(&c);
    assert_string_equal(list_var(&c, "n.disputed"), "");
    assert_non_null(strstr(field(c.t, "pay:mx:0", "rows"), "1 confirmed 1790000000000 " ANN_UID));
    end_crowd(&c);
}

static bool makes_sound(struct crowd *c, int64_t now_ms)
{
    unsigned partition = conversation_partition(chat_of(c, 2001));
    struct event news = {.type = EVENT_TOLD,
                         .now_ms = now_ms,
                         .subject = chat_of(c, 2001),
                         .data = "pay.news mx",
                         .content = CONTENT_INIT};
    struct polled before = poll_at(c->t, partition, now_ms, "telegram:77", 1);
    deliver(c, 0, news);
    settle(c);
    struct polled after = poll_at(c->t, partition, now_ms, "telegram:77", 1);
    assert_int_equal(after.n_entries, before.n_entries + 1);
    const char *json = after.entries[before.n_entries].json;
    assert_non_null(strstr(json, "12.50"));
    return !strstr(json, "\"silent\"");
}

static void test_news_at_night(void **state)
{
    struct crowd c;
    struct pay_upload u;
    begin_crowd(&c, *state, handlers, &facts);
    upload(&c, TWO, &u);
    approve(&c, &u, "kim");
    open_link(&c, 2001, ANN_UID);
    settle(&c);
    assert_true(makes_sound(&c, NOW_MS)); /* 13:33 UTC */
    assert_false(makes_sound(&c, NOW_MS + 12 * HOUR_MS));
    end_crowd(&c);
}

/* --- telling them --- */

/* Every process sees the timer; the first commit has it. */
static bool ring(struct crowd *c, int64_t now_ms)
{
    struct polled due = poll_at(c->t, conversation_partition("pay:mx"), now_ms, NULL, 0);
    for (size_t i = 0; i < due.n_timers; i++) {
        struct event event = {
            .type = EVENT_TIMER,
            .id = {"timer:1", arena_printf(&c->t->arena, "%s|%s|%" PRId64, due.timers[i].subject,
                                           due.timers[i].name, due.timers[i].due_ms)},
            .now_ms = now_ms,
            .subject = due.timers[i].subject,
            .data = due.timers[i].name,
            .due_ms = due.timers[i].due_ms,
            .content = CONTENT_INIT};
        for (int p = 0; p < PROCESSES; p++)
            deliver(c, p, event);
    }
    settle(c);
    return due.n_timers;
}

#define LINES  35
#define PROVEN 12 /* each third */

static void test_each_hears_once(void **state)
{
    struct facts now = facts;
    struct crowd c;
    struct pay_upload u;
    char *csv = long_list(LINES);
    int64_t ms = NOW_MS;
    begin_crowd(&c, *state, handlers, &now);
    upload(&c, csv, &u);
    for (int i = 0; i < PROVEN; i++)
        open_link(&c, 2001 + i, arena_printf(&c.t->arena, "%d", 10000000 + 3 * i));
    settle(&c);
    approve(&c, &u, "kim");
    assert_false(ring(&c, ms));
    assert_true(ring(&c, ms += 1000));
    assert_string_equal(list_var(&c, "next"), "10");
    now.is_pressed = true; /* many customers are being answered */
    for (int i = 0; i < 5; i++)
        assert_true(ring(&c, ms += 1000));
    assert_string_equal(list_var(&c, "next"), "10");
    now.is_pressed = false;
    for (int i = 0; i < 3; i++)
        assert_true(ring(&c, ms += 60000)); /* late, as after a crash: still one step each */
    assert_string_equal(list_var(&c, "next"), "40");
    assert_true(ring(&c, ms += 60000));
    assert_false(ring(&c, ms += 60000));
    for (int i = 0; i < PROVEN; i++)
        assert_int_equal(lines_with(&c, 2001 + i, "USDT"), 1);
    assert_string_equal(list_var(&c, "heard.told"), "12");
    assert_string_equal(list_var(&c, "heard.unproven"), "23");
    open_link(&c, 2100, "10000001");
    settle(&c);
    assert_int_equal(lines_with(&c, 2100, "USDT"), 1);
    assert_string_equal(list_var(&c, "heard.told"), "13");
    assert_string_equal(list_var(&c, "heard.unproven"), "22");
    end_crowd(&c);
    free(csv);
}

/* Ann's client sends what it likes; so does that of one who only says that he is Bob. */
static void test_nobody_gets_at_anothers_line(void **state)
{
    static const char good[] = "pay:confirmed:mx:2";
    struct crowd c;
    struct pay_upload u;
    begin_crowd(&c, *state, handlers, &facts);
    upload(&c, TWO, &u);
    approve(&c, &u, "kim");
    open_link(&c, 2001, ANN_UID);
    settle(&c);
    for (size_t i = strlen("pay:"); i < strlen(good); i++)
        for (int b = 1; b < 256; b += 7) {
            char *data = arena_strdup(&c.t->arena, good);
            data[i] = (char)b;
            if (starts_with(data, "pay:confirmed:mx:1"))
                continue; /* her own */
            press(&c, 2001, data, 1);
            press(&c, 2002, data, 1);
        }
    static const char *const more[] = {"pay:",
                                       "pay:::",
                                       "pay:confirmed",
                                       "pay:confirmed:mx",
                                       "pay:confirmed:mx:",
                                       good,
                                       "pay:owed:mx:2",
                                       "pay:disputed:mx:2",
                                       "pay:confirmed:mx:2 " BOB_UID,
                                       "pay:confirmed:mx.2:",
                                       "pay:confirmed:mx:1",
                                       "pay:disputed:mx:-2"};
    for (size_t i = 0; i < ARRAY_LEN(more); i++) {
        press(&c, 2002, more[i], 1);
        if (!str_eq(more[i], "pay:confirmed:mx:1"))
            press(&c, 2001, more[i], 1);
    }
    settle(&c);
    assert_string_equal(field(c.t, "uid:" ANN_UID, "pay.mx.1"), "owed 0 USDT 12.50 rollback");
    assert_string_equal(field(c.t, "uid:" BOB_UID, "pay.mx.2"), "owed 0 USDT 777.77 rollback");
    assert_string_equal(list_var(&c, "n.confirmed"), "");
    assert_string_equal(list_var(&c, "n.disputed"), "");
    assert_int_equal(lines_with(&c, 2001, "777"), 0);
    assert_int_equal(lines_with(&c, 2002, "7"), 0);
    assert_null(strstr(c.toasts.data, "777"));
    end_crowd(&c);
}

#define FOREIGN 1000

/* She tries everybody's line; so does one who has proven nothing. */
static void test_1000_foreign_lines(void **state)
{
    struct crowd c;
    struct pay_upload u;
    char *csv = long_list(FOREIGN + 1);
    begin_crowd(&c, *state, handlers, &facts);
    upload(&c, csv, &u);
    approve(&c, &u, "kim");
    open_link(&c, 2001, "10000000");
    settle(&c);
    for (int row = 2; row <= FOREIGN + 1; row++) {
        const char *state_of = row % 2 ? PAY_CONFIRMED : PAY_DISPUTED;
        const char *data = arena_printf(&c.t->arena, "pay:%s:mx:%d", state_of, row);
        press(&c, 2001, data, 1);
        press(&c, 2002, data, 1);
    }
    settle(&c);
    assert_int_equal(lines_with(&c, 2001, "USDT"), 1);
    assert_int_equal(lines_with(&c, 2002, "USDT"), 0);
    assert_null(strstr(c.toasts.data, "USDT"));
    assert_null(strstr(c.toasts.data, "0.0"));
    assert_string_equal(list_var(&c, "n.confirmed"), "");
    assert_string_equal(list_var(&c, "n.disputed"), "");
    end_crowd(&c);
    free(csv);
}

#define ON_BOTH(test)                                                                              \
    cmocka_unit_test_setup_teardown(test, set_up_memory, tear_down_trial),                         \
        cmocka_unit_test_setup_teardown(test, set_up_redis, tear_down_trial)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_10000_lines, set_up_memory, tear_down_trial),
        cmocka_unit_test_setup_teardown(test_1000_lines, set_up_redis, tear_down_trial),
        ON_BOTH(test_two_people),
        ON_BOTH(test_lines_that_come_late),
        ON_BOTH(test_100_presses),
        ON_BOTH(test_news_at_night),
        ON_BOTH(test_each_hears_once),
        ON_BOTH(test_nobody_gets_at_anothers_line),
        cmocka_unit_test_setup_teardown(test_1000_foreign_lines, set_up_memory, tear_down_trial),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
