/* The radar: its rules by themselves, then a day and a quiet week of real messages, as the real
 * knowledge understands them. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "bot/base/log.h"
#include "bot/commands/core_settings.h"
#include "bot/commands/library.h"
#include "bot/commands/parts.h"
#include "bot/flow/pipeline.h"
#include "bot/flow/radar.h"

#include <inttypes.h>

#define START_MS INT64_C(1763758800000)
#define MINUTE   INT64_C(60000)

static struct arena arena;

static struct report about(const char *topic)
{
    return (struct report){.topic = topic, .pairs = "", .errors = "", .words = ""};
}

static void see(struct radar *r, int64_t ms, int customer, struct report report)
{
    struct sighting s = {.now_ms = START_MS + ms,
                         .customer = arena_printf(&arena, "telegram:%d", customer),
                         .lang = customer % 2 ? "en" : "zh",
                         .text = arena_printf(&arena, "words of %d", customer),
                         .report = report};
    radar_see(r, &s);
}

static bool tells(struct radar *r, int64_t ms, struct surge *s)
{
    return radar_tell(r, START_MS + ms, &arena, s);
}

static void five_customers_within_the_window(void **state)
{
    struct radar *r = radar_new(5, 3 * MINUTE);
    struct surge s;
    (void)state;
    see(r, 0, 1, about("chart"));
    see(r, 1000, 1, about("chart")); /* says it again */
    see(r, 2000, 2, about("chart"));
    see(r, 3000, 3, about("other"));
    see(r, 4000, 4, about("chart"));
    see(r, 5000, 5, about("chart"));
    assert_false(tells(r, 6000, &s));
    see(r, 3 * MINUTE - 1, 6, about("chart"));
    assert_true(tells(r, 3 * MINUTE, &s));
    assert_string_equal(s.key, "chart");
    assert_int_equal(s.n, 5);
    assert_int_equal(s.since_ms, START_MS);
    assert_string_equal(s.langs, "en 2, zh 3");
    assert_int_equal(s.n_examples, RADAR_EXAMPLES);
    assert_string_equal(s.examples[0], "words of 1");
    assert_false(tells(r, 3 * MINUTE, &s));
    radar_free(r);
}

static void too_slow_is_no_surge(void **state)
{
    struct radar *r = radar_new(5, 3 * MINUTE);
    struct surge s;
    (void)state;
    for (int i = 0; i < 100; i++)
        see(r, i * MINUTE, i, about("chart"));
    assert_false(tells(r, 100 * MINUTE, &s));
    radar_free(r);
}

static void told_again_when_it_grows_and_when_it_is_over(void **state)
{
    struct radar *r = radar_new(2, 3 * MINUTE);
    struct surge s;
    (void)state;
    see(r, 0, 1, about("chart"));
    see(r, 1, 2, about("chart"));
    assert_true(tells(r, 2, &s));
    see(r, 3, 3, about("chart"));
    assert_false(tells(r, 4, &s)); /* not at once: the room has a limit */
    assert_true(tells(r, 2 + RADAR_TELL_MS, &s));
    assert_int_equal(s.n, 3);
    assert_false(s.is_over);
    assert_false(tells(r, RADAR_CALM_MS - 1, &s));
    assert_true(tells(r, 3 + RADAR_CALM_MS, &s));
    assert_true(s.is_over);
    assert_false(tells(r, 4 + RADAR_CALM_MS, &s));
    radar_free(r);
}

static void what_is_usual_is_no_surge(void **state)
{
    struct radar *r = radar_new(5, 3 * MINUTE);
    struct surge s;
    (void)state;
    radar_usual(r, "deposit", 200); /* ten in three minutes */
    for (int i = 0; i < 27; i++)
        see(r, i * 1000, i, about("deposit"));
    assert_false(tells(r, 40000, &s));
    for (int i = 27; i < 33; i++)
        see(r, i * 1000, i, about("deposit"));
    assert_true(tells(r, 40000, &s));
    radar_free(r);
}

/* Where nobody knows what is asked: the same pair, the same error, nearly the same words. */
static void unknown_questions_are_compared(void **state)
{
    struct radar *r = radar_new(4, 3 * MINUTE);
    struct surge s;
    struct report pair = {.topic = "", .pairs = "MX/USDT BTC/USDT", .errors = "", .words = ""};
    struct report error = {.topic = "", .pairs = "MX/USDT", .errors = "30005", .words = ""};
    struct report both = {.topic = "trade", .pairs = "", .errors = "30005", .words = ""};
    struct report other = {.topic = "", .pairs = "ETH/USDT", .errors = "", .words = ""};
    (void)state;
    see(r, 0, 1, pair);
    see(r, 1, 2, error);
    see(r, 2, 3, other);
    see(r, 3, 4, both);
    assert_false(tells(r, 4, &s));
    see(r, 5, 5, error);
    assert_true(tells(r, 6, &s));
    assert_int_equal(s.n, 4);
    assert_string_equal(s.key, "trade");
    assert_string_equal(s.report.errors, "30005");
    assert_string_equal(s.report.pairs, "MX/USDT BTC/USDT");
    radar_free(r);

    r = radar_new(3, 3 * MINUTE);
    see(r, 0, 1, report_read(&arena, "the red lamp on my card is blinking", ""));
    see(r, 1, 2, report_read(&arena, "a red lamp is blinking on the card!", ""));
    see(r, 2, 3, report_read(&arena, "my cat sleeps on the sofa", ""));
    assert_false(tells(r, 3, &s));
    see(r, 4, 4, report_read(&arena, "Why is the red lamp blinking on my card", ""));
    assert_true(tells(r, 5, &s));
    assert_int_equal(s.n, 3);
    radar_free(r);
}

static void memory_is_bounded(void **state)
{
    struct radar *r = radar_new(2, 3 * MINUTE);
    struct surge s;
    (void)state;
    for (int i = 0; i < 3 * RADAR_CUSTOMERS; i++)
        see(r, i, i, about(arena_printf(&arena, "topic%d", i % (3 * RADAR_SURGES))));
    int n = 0;
    while (tells(r, 6000, &s))
        n++;
    assert_int_equal(n, RADAR_SURGES);
    radar_free(r);
}

static void pairs_and_errors_are_found(void **state)
{
    static const struct {
        const char *text, *pairs, *errors;
    } rows[] = {
        {"MX/USDT and mx_usdt, BTCUSDT", "MX/USDT BTC/USDT", ""},
        {"sell my BTC/ETH now", "BTC/ETH", ""},
        {"i lost 300 usdt on erc20", "", ""},
        {"wbtc and 12/2025 or and/or", "", ""},
        {"系统错误 30005，急", "", "30005"},
        {"错误码：30005 / error code: 1021", "", "30005 1021"},
        {"my uid is 30005123, order 30005", "", ""},
        {"error 30005123456", "", ""},
        {"BTC3L/USDT báo lỗi 700003", "BTC3L/USDT", "700003"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct report r = report_read(&arena, rows[i].text, "错误|错误码|error|error code|lỗi");
        assert_string_equal(r.pairs, rows[i].pairs);
        assert_string_equal(r.errors, rows[i].errors);
        struct report again = report_parse(&arena, report_print(&arena, &r));
        assert_string_equal(again.pairs, r.pairs);
        assert_string_equal(again.errors, r.errors);
        assert_string_equal(again.words, r.words);
    }
}

/* --- real messages --- */

#define MAX_MESSAGES 4000
#define MESSAGES     2000
#define PLANTED      40

struct message {
    const char *lang, *text;
    bool is_planted;
    struct report report;
    bool has_report;
};

struct replay {
    struct library *library;
    struct settings *settings;
    struct pipeline pipeline;
    struct message messages[MAX_MESSAGES], planted[PLANTED];
    size_t n, n_planted;
};

/* The field of each line that is a message; fields end with a tab. */
static void read_lines(struct message *to, size_t *n, size_t max, const char *path, int lang_field,
                       int text_field)
{
    FILE *in = fopen(path, "r");
    char row[8000];
    assert_non_null(in);
    while (*n < max && fgets(row, sizeof(row), in)) {
        row[strcspn(row, "\n")] = '\0';
        char *at = row, *field, *lang = "en", *text = NULL;
        for (int i = 0; (field = strsep(&at, "\t")); i++) {
            lang = i == lang_field ? field : lang;
            text = i == text_field ? field : text;
        }
        if (*row != '#' && !str_empty(text))
            to[(*n)++] = (struct message){.lang = arena_strdup(&arena, lang),
                                          .text = arena_strdup(&arena, text)};
    }
    fclose(in);
}

/* What the real handlers take it for. */
static void understand(struct replay *w, struct message *m)
{
    struct arena a = ARENA_INIT;
    struct conversation before;
    struct facts facts = {0};
    struct event event = {.type = EVENT_MESSAGE,
                          .id = {"test", "1"},
                          .now_ms = START_MS,
                          .from = {"telegram", "bot", "1", "", "1"},
                          .name = "customer",
                          .username = "",
                          .lang_hint = m->lang,
                          .is_private = true,
                          .data = "",
                          .about_user = "",
                          .forwarded = {"", "", ""},
                          .subject = "telegram:bot:1",
                          .content = {.text = m->text}};
    struct effects effects = {.arena = &a, .next_case = 64};
    conversation_init(&before, event.subject);
    pipeline_screen(&w->pipeline, &a, &before, &event);
    pipeline_run(&w->pipeline, &before, &event, &facts, &effects);
    m->has_report = effects.report;
    if (effects.report)
        m->report = report_parse(&arena, report_print(&a, effects.report));
    arena_release(&a);
}

static int set_up(void **state)
{
    struct buf why = BUF_INIT(100000);
    struct replay *w = xcalloc(1, sizeof(*w));
    *state = w;
    w->library = library_load("handlers/knowledge", &why);
    w->settings = all_settings();
    pipeline_init(&w->pipeline, all_handlers, w->settings);
    if (!w->library || pipeline_load(&w->pipeline, library_files(w->library), &why))
        fail_msg("%s", why.data);
    read_lines(w->planted, &w->n_planted, PLANTED, "tests/data/surge_log.tsv", 0, 1);
    read_lines(w->messages, &w->n, MAX_MESSAGES, "tests/data/faq_held_out.tsv", 0, 2);
    read_lines(w->messages, &w->n, MAX_MESSAGES, "tests/data/group_log.tsv", 1, 5);
    read_lines(w->messages, &w->n, MAX_MESSAGES, "tests/data/ordinary_chat.txt", 9, 0);
    for (size_t i = 0; i < w->n_planted; i++) {
        w->planted[i].is_planted = true;
        understand(w, &w->planted[i]);
    }
    for (size_t i = 0; i < w->n; i++)
        understand(w, &w->messages[i]);
    buf_release(&why);
    return 0;
}

static int tear_down(void **state)
{
    struct replay *w = *state;
    pipeline_release(&w->pipeline);
    settings_free(w->settings);
    library_free(w->library);
    free(w);
    arena_release(&arena);
    return 0;
}

/* Which of the others is the i-th: each in turn, those of one file far from each other. */
static struct message *other(struct replay *w, size_t i)
{
    size_t stride = 389;
    while (w->n % stride == 0)
        stride++;
    return &w->messages[i * stride % w->n];
}

static void play(struct radar *r, const struct message *m, int64_t ms, size_t customer)
{
    struct sighting s = {.now_ms = START_MS + ms,
                         .customer = arena_printf(&arena, "telegram:%zu", customer),
                         .lang = m->is_planted ? "ours" : "else", /* so they are counted apart */
                         .text = m->text,
                         .report = m->report};
    if (m->has_report)
        radar_see(r, &s);
}

/* "ours 5, else 1" */
static int64_t planted_of(const struct surge *s)
{
    const char *at = strstr(s->langs, "ours ");
    return at ? strtoll(at + strlen("ours "), NULL, 10) : 0;
}

/* What the hourly counters of a week like this would say. */
static void learn_usual(struct replay *w, struct radar *r, int64_t every_ms)
{
    for (size_t i = 0; i < w->n; i++) {
        const struct message *m = &w->messages[i];
        size_t n = 0;
        for (size_t k = 0; k < w->n; k++)
            n += w->messages[k].has_report && str_eq(w->messages[k].report.topic, m->report.topic);
        if (m->has_report && !str_empty(m->report.topic))
            radar_usual(r, m->report.topic,
                        (double)n / (double)w->n * 3600000.0 / (double)every_ms);
    }
}

/* A message every so often; in the middle the forty, one every six seconds. */
static void play_day(struct replay *w, struct radar *r, int64_t every_ms)
{
    struct surge s;
    size_t others = 0, planted = 0, at_alarm = 0;
    int64_t begun = 0, alarm = 0, n = 0, right = 0;
    for (int64_t ms = 0, next = 0; others + planted < MESSAGES; ms += 1000) {
        if (others >= MESSAGES / 2 && planted < PLANTED && ms % 6000 == 0) {
            begun = planted ? begun : ms;
            play(r, &w->planted[planted], ms, 100000 + planted);
            planted++;
        }
        if (ms >= next && others < MESSAGES - PLANTED) {
            play(r, other(w, others), ms, others);
            others++;
            next += every_ms;
        }
        while (radar_tell(r, START_MS + ms, &arena, &s)) {
            n = s.n;
            right = planted_of(&s);
            if (right * 10 < n * 9)
                fail_msg("no surge of ours: %s, %s, %s", s.key, s.langs, s.examples[0]);
            if (alarm)
                continue;
            alarm = ms;
            at_alarm = planted;
        }
    }
    print_message("every %" PRId64 " s: alarm %" PRId64 " s after the first of the forty, with the "
                  "%zuth; at the end %" PRId64 " of them and %" PRId64 " others\n",
                  every_ms / 1000, (alarm - begun) / 1000, at_alarm, right, n - right);
    assert_true(alarm);
    assert_true(at_alarm <= 10 || alarm - begun <= MINUTE);
    assert_true(right >= PLANTED * 3 / 4);
    radar_free(r);
}

static void forty_among_two_thousand(void **state)
{
    struct replay *w = *state;
    assert_int_equal(w->n_planted, PLANTED);
    play_day(w, radar_new(5, 3 * MINUTE), 43000); /* a day */
}

/* So much that five within three minutes are usual. */
static void forty_in_three_busy_hours(void **state)
{
    struct replay *w = *state;
    struct radar *r = radar_new(5, 3 * MINUTE);
    learn_usual(w, r, 5000);
    play_day(w, r, 5000);
}

/* The same messages as they come in a week: no alarm. */
static void a_quiet_week(void **state)
{
    struct replay *w = *state;
    struct radar *r = radar_new(5, 3 * MINUTE);
    struct surge s;
    for (size_t i = 0; i < MESSAGES; i++) {
        int64_t ms = (int64_t)i * (7 * 24 * 60 * MINUTE / MESSAGES);
        play(r, other(w, i), ms, i);
        if (radar_tell(r, START_MS + ms, &arena, &s))
            fail_msg("an alarm: %s, %s", s.key, s.examples[0]);
    }
    radar_free(r);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(five_customers_within_the_window),
        cmocka_unit_test(too_slow_is_no_surge),
        cmocka_unit_test(told_again_when_it_grows_and_when_it_is_over),
        cmocka_unit_test(what_is_usual_is_no_surge),
        cmocka_unit_test(unknown_questions_are_compared),
        cmocka_unit_test(memory_is_bounded),
        cmocka_unit_test(pairs_and_errors_are_found),
        cmocka_unit_test(forty_among_two_thousand),
        cmocka_unit_test(forty_in_three_busy_hours),
        cmocka_unit_test(a_quiet_week),
    };
    struct buf why = BUF_INIT(1000);
    if (log_configure(getenv("LOG") ? getenv("LOG") : "error", &why))
        die("%s", why.data);
    buf_release(&why);
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
