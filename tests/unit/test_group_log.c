/* A day in customers' groups, through the whole flow with the real knowledge: when does the bot speak
 * unasked? tests/data/group_log.tsv says what is a question to it and what is none of its business. */
#define MAX_POSTS 2500

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "bot/base/log.h"
#include "tests/talks/player/stage.c"

#define LOG      "tests/data/group_log.tsv"
#define MAX_LINE 4000
#define MAX_BACK 16 /* how far back a reply reaches */

struct line {
    char *label, *group, *user, *text;
    int64_t seconds, back; /* back 0: no reply */
};

struct said { /* what a reply needs to know of the message that it answers */
    char id[32], user[64];
};

struct reading {
    struct stage *stage;
    struct said last[10][MAX_BACK]; /* by group, newest first */
    size_t questions, spoken, right, in_talk;
};

static void on_counts(void *arg, enum store_status status, const struct pair *pairs, size_t n)
{
    struct buf *topics = arg;
    assert_int_equal(status, STORE_OK);
    for (size_t i = 0; i < n; i++)
        if (starts_with(pairs[i].name, "faq.") && !str_eq(pairs[i].name, "faq.unsure"))
            buf_printf(topics, "%s=%s ", pairs[i].name + 4, pairs[i].value);
}

static void count_topics(struct stage *t, const char *conversation, struct buf *topics)
{
    struct store *store = engine_store(t->engine);
    buf_clear(topics);
    store->ops->counts(store, conversation_partition(conversation), START_MS, clock_ms() + 1, on_counts,
                       topics);
}

/* The topic whose count differs: "" none. */
static const char *new_topic(struct arena *a, const char *before, const char *after)
{
    for (const char *at = after; *at;) {
        size_t len = strcspn(at, " ");
        const char *word = arena_strndup(a, at, len);
        if (!strstr(before, arena_printf(a, "%s ", word)))
            return arena_strndup(a, word, strcspn(word, "="));
        at += len + (at[len] == ' ');
    }
    return "";
}

static int64_t number_of(const char *s)
{
    int64_t n = 0;
    if (!str_eq(s, ".") && parse_i64(s, &n))
        fail_msg("%s is no number", s);
    return n;
}

static struct line parse(char *row)
{
    char *fields[6], *at = row;
    row[strcspn(row, "\n")] = '\0';
    for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
        fields[i] = at;
        at += strcspn(at, "\t");
        if (*at)
            *at++ = '\0';
    }
    return (struct line){fields[0], fields[1],           fields[3],
                         fields[5], number_of(fields[2]), number_of(fields[4])};
}

static size_t group_index(const char *name)
{
    static const char *const names[] = {"zh", "vi", "en", "mix"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (str_eq(names[i], name))
            return i;
    fail_msg("%s is no group", name);
    return 0;
}

static void judge(struct reading *r, const struct line *l, int number, const char *topic,
                  bool has_spoken)
{
    bool is_question = !str_eq(l->label, "-") && !str_eq(l->label, "talk");
    r->questions += is_question;
    r->spoken += has_spoken;
    r->right += has_spoken && str_eq(l->label, topic);
    r->in_talk += has_spoken && str_eq(l->label, "talk");
    if (has_spoken && !str_eq(l->label, topic))
        print_message("line %d, wanted %s, spoke of %s: %s\n", number, l->label, topic, l->text);
    if (is_question && !has_spoken)
        print_message("line %d, silent about %s: %s\n", number, l->label, l->text);
}

static size_t posts_to(const struct stage *t, const char *chat)
{
    size_t n = 0;
    for (size_t i = 0; i < t->n_posts; i++)
        n += str_eq(t->posts[i].to, chat);
    return n;
}

static void play_line(struct reading *r, const struct line *l, int number)
{
    struct stage *t = r->stage;
    struct arena a = ARENA_INIT;
    struct buf before = BUF_INIT(10000), after = BUF_INIT(10000);
    size_t group = group_index(l->group);
    const char *chat = arena_printf(&a, "-200%zu", group);
    size_t posts = posts_to(t, chat);
    struct said *last = r->last[group];
    assert_true(l->back <= MAX_BACK);
    clock_set_ms(clock_ms() + l->seconds * 1000);
    struct event event = {
        .type = EVENT_MESSAGE,
        .from = {.chat = chat, .user = l->user},
        .name = l->user,
        .lang_hint = str_eq(l->group, "mix") ? "en" : l->group,
        .sent_ms = clock_ms(),
        .content = {.text = l->text},
    };
    if (l->back) {
        event.content.about_id = last[l->back - 1].id;
        event.about_user = last[l->back - 1].user;
    }
    stage_address(&event);
    const char *conversation = arena_printf(&a, "telegram:bot:%s::%s", event.from.chat, l->user);
    count_topics(t, conversation, &before);
    stage_deliver(t, &event);
    count_topics(t, conversation, &after);
    judge(r, l, number, new_topic(&a, before.data, after.data), posts_to(t, chat) > posts);
    memmove(last + 1, last, (MAX_BACK - 1) * sizeof(*last));
    snprintf(last->id, sizeof(last->id), "%s", t->last_written);
    snprintf(last->user, sizeof(last->user), "%s", l->user);
    buf_release(&before);
    buf_release(&after);
    arena_release(&a);
}

static void a_day_in_the_groups(void **state)
{
    struct buf why = BUF_INIT(100000);
    struct library *library = library_load("handlers/knowledge", &why);
    struct stage *t = xcalloc(1, sizeof(*t));
    struct reading r = {.stage = t};
    FILE *in = fopen(LOG, "r");
    char row[MAX_LINE];
    int number = 0;
    (void)state;
    assert_non_null(library);
    assert_non_null(in);
    t->file = LOG;
    t->settings = all_settings();
    t->in_a_hurry = true;
    assert_int_equal(settings_set(t->settings, "GROUP_UNASKED", "all", &why), 0);
    stage_begin(t, library_files(library));
    while (fgets(row, sizeof(row), in)) {
        t->line = ++number;
        if (*row == '#')
            continue;
        struct line l = parse(row);
        play_line(&r, &l, number);
    }
    double precision = (double)r.right / (double)r.spoken;
    double recall = (double)r.right / (double)r.questions;
    print_message("%zu questions: %zu times it spoke, %zu times right: precision %.3f, recall %.3f; "
                  "in others' talk %zu times\n",
                  r.questions, r.spoken, r.right, precision, recall, r.in_talk);
    stage_end(t);
    settings_free(t->settings);
    assert_int_equal(t->faults, 0);
    free(t);
    library_free(library);
    buf_release(&why);
    fclose(in);
    assert_true(r.questions == 60);
    assert_true(precision >= 0.95);
    assert_true(recall >= 0.60);
    assert_int_equal(r.in_talk, 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {cmocka_unit_test(a_day_in_the_groups)};
    struct buf why = BUF_INIT(1000);
    if (log_configure(getenv("LOG") ? getenv("LOG") : "error", &why))
        die("%s", why.data);
    buf_release(&why);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
