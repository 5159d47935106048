/* The inbox and what ended the process before (poison.h): an event is blamed while the handlers are
 * at it, and not a moment longer. */
#include "tests/unit/inbox_world.h"

#include <unistd.h>

static char folder[64];
static struct buf noted; /* what `running` holds while a handler works */
static bool is_deadly;

static char *in_folder(struct arena *a, const char *name)
{
    return arena_printf(a, "%s/%s", folder, name);
}

static void read_note(struct buf *out)
{
    struct arena a = ARENA_INIT;
    char text[1024];
    FILE *f = fopen(in_folder(&a, "running"), "r");
    assert_non_null(f);
    buf_clear(out);
    buf_add(out, text, fread(text, 1, sizeof(text), f));
    fclose(f);
    arena_release(&a);
}

static enum verdict look(const void *self, const struct turn *t, struct effects *e)
{
    (void)self;
    read_note(&noted);
    is_deadly = str_eq(t->event->content.unreadable, UNREADABLE_DEADLY);
    assert_int_equal(is_deadly, str_empty(t->event->content.text));
    obey(t, e, t->event->content.text);
    return HANDLER_DONE;
}

static const struct handler looker = {
    .name = "looker", .help = "", .states = IN_ANY_STATE, .handle = look};
static const struct handler *const lookers[] = {&looker, NULL};

static struct poison *open_poison(void)
{
    struct buf why = BUF_INIT(1000);
    struct poison *p = NULL;
    assert_int_equal(poison_open(&p, folder, &why), 0);
    buf_release(&why);
    return p;
}

/* kill -9: the memory goes, the note stays. */
static void crash(struct world *w, struct poison *p)
{
    char *running = in_folder(&w->arena, "running"), *kept = in_folder(&w->arena, "kept");
    assert_int_equal(rename(running, kept), 0);
    poison_close(p);
    assert_int_equal(rename(kept, running), 0);
}

static struct inbox *start(struct world *w, struct poison *p)
{
    struct inbox_ports ports = {.store = w->store,
                                .pipeline = &w->pipeline,
                                .poison = p,
                                .facts = facts_of,
                                .committing = on_committing,
                                .committed = on_committed,
                                .show = on_show,
                                .line_of = line_of,
                                .arg = w};
    return inbox_new(&ports);
}

static struct event bad(void)
{
    return (struct event){.type = EVENT_MESSAGE,
                          .id = {"telegram:77:1", "13"},
                          .now_ms = NOW,
                          .subject = ANN,
                          .name = "",
                          .username = "",
                          .content = {.text = "say hello"}};
}

static int set_up_folder(void **state)
{
    assert_int_equal(set_up(state), 0);
    struct world *w = *state;
    pipeline_release(&w->pipeline);
    pipeline_init(&w->pipeline, lookers, w->settings);
    snprintf(folder, sizeof(folder), "/tmp/zaide-inbox-XXXXXX");
    assert_non_null(mkdtemp(folder));
    buf_init(&noted, 1024);
    crash(w, open_poison()); /* so that the next one is wary */
    return 0;
}

static int tear_down_folder(void **state)
{
    struct world *w = *state;
    static const char *const names[] = {"running", "suspects", "name"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        unlink(in_folder(&w->arena, names[i]));
    rmdir(folder);
    buf_release(&noted);
    return tear_down(state);
}

static void test_it_is_noted_while_handlers_work(void **state)
{
    struct world *w = *state;
    struct poison *p = open_poison();
    struct inbox *in = start(w, p);
    struct buf after = BUF_INIT(1024);
    w->slow->is_slow = true;
    deliver(w, in, bad());
    assert_true(slow_answer(w->slow)); /* loaded; the commit is not answered yet */
    assert_string_equal(noted.data, "telegram:77:1/13\n");
    read_note(&after);
    assert_string_equal(after.data, "");
    slow_answer_all(w->slow);
    assert_int_equal(w->n_done, 1);
    w->slow->is_slow = false;
    struct event idle = bad();
    idle.type = EVENT_MEMBER;
    idle.id.member = "14";
    idle.content.text = "nothing";
    deliver(w, in, idle);
    assert_int_equal(w->n_done, 2);
    read_note(&after);
    assert_string_equal(after.data, "");
    buf_release(&after);
    inbox_free(in);
    poison_close(p);
}

/* Whatever ends us while Redis is slow: it is not the message's fault. */
static void test_a_commit_under_way_blames_nobody(void **state)
{
    struct world *w = *state;
    for (int end = 0; end < POISON_DEADLY + 1; end++) {
        struct poison *p = open_poison();
        struct inbox *in = start(w, p);
        w->slow->lose[SLOW_COMMIT] = 1;
        deliver(w, in, bad());
        assert_false(is_deadly);
        inbox_free(in);
        crash(w, p);
    }
}

static void test_what_ended_us_twice_is_left_alone(void **state)
{
    struct world *w = *state;
    struct event event = bad();
    for (int end = 0; end < POISON_DEADLY; end++) {
        struct poison *p = open_poison();
        poison_begin(p, &event.id);
        crash(w, p);
    }
    struct poison *p = open_poison();
    struct inbox *in = start(w, p);
    deliver(w, in, bad());
    assert_true(is_deadly);
    assert_int_equal(w->n_done, 1);
    inbox_free(in);
    poison_close(p);
}

#define IN_FOLDER(t) cmocka_unit_test_setup_teardown(t, set_up_folder, tear_down_folder)

int main(void)
{
    struct buf why = BUF_INIT(100);
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_it_is_noted_while_handlers_work),
        IN_FOLDER(test_a_commit_under_way_blames_nobody),
        IN_FOLDER(test_what_ended_us_twice_is_left_alone),
    };
    if (log_configure("error", &why))
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
