/* One link, many chats, three processes at once: exactly one of them is proven, on either store. */
#include "tests/unit/store_world.h"

#include "bot/commands/core_settings.h"
#include "bot/commands/library.h"
#include "bot/flow/inbox.h"
#include "handlers/identity/link.h"

#define CHATS     40
#define PROCESSES 3
#define SECRET    "0123456789abcdef0123456789abcdef"

extern const struct handler guard_handler, identity_handler;
static const struct handler *const handlers[] = {&guard_handler, &identity_handler, NULL};

struct process {
    struct settings *settings;
    struct pipeline pipeline;
    struct inbox *in;
};

static const struct facts *no_facts(void *arg)
{
    static const struct facts none;
    (void)arg;
    return &none;
}

static void ignore_committing(void *arg, unsigned partition, struct commit *c)
{
    (void)arg;
    (void)partition;
    (void)c;
}

static void ignore_committed(void *arg, unsigned partition, const struct commit *c,
                             const struct committed *result)
{
    (void)arg;
    (void)partition;
    (void)c;
    (void)result;
}

static void begin_process(struct process *p, struct store *store, const struct library *library)
{
    struct buf why = BUF_INIT(1000);
    p->settings = all_settings();
    assert_int_equal(settings_set(p->settings, "BRAND_ID_SECRET", SECRET, &why), 0);
    pipeline_init(&p->pipeline, handlers, p->settings);
    assert_int_equal(pipeline_load(&p->pipeline, library_files(library), &why), 0);
    struct inbox_ports ports = {.store = store,
                                .pipeline = &p->pipeline,
                                .facts = no_facts,
                                .committing = ignore_committing,
                                .committed = ignore_committed,
                                .arg = p};
    p->in = inbox_new(&ports);
    buf_release(&why);
}

static void end_process(struct process *p)
{
    inbox_free(p->in);
    pipeline_release(&p->pipeline);
    settings_free(p->settings);
}

static void open_in(struct trial *t, struct process *p, int chat, const char *payload)
{
    const char *user = arena_printf(&t->arena, "%d", 2000 + chat);
    struct event event = {.type = EVENT_MESSAGE,
                          .id = {"77:1", arena_printf(&t->arena, "%d", chat)},
                          .now_ms = NOW_MS,
                          .from = {"telegram", "77", user, "", user},
                          .is_private = true,
                          .name = "",
                          .username = "",
                          .content = {.text = arena_printf(&t->arena, "/start %s", payload)}};
    inbox_deliver(p->in, &event, NULL, NULL);
}

static bool are_quiet(const struct process *all)
{
    size_t n = 0;
    for (int i = 0; i < PROCESSES; i++)
        n += inbox_waiting(all[i].in);
    return !n;
}

static const char *proven(struct trial *t, int chat)
{
    return field(t, arena_printf(&t->arena, "telegram:77:%d", 2000 + chat), "uid_proven");
}

static void test_one_use(void **state)
{
    struct trial *t = *state;
    struct buf why = BUF_INIT(1000);
    struct library *library = library_load("handlers/knowledge", &why);
    struct process all[PROCESSES];
    char payload[LINK_PAYLOAD + 1];
    int n_proven = 0;
    assert_non_null(library);
    for (int i = 0; i < PROCESSES; i++)
        begin_process(&all[i], t->store, library);
    link_sign(payload, SECRET, "telegram", "12345678", NOW_MS / 1000 + 300);
    for (int chat = 0; chat < CHATS; chat++)
        for (int i = 0; i < PROCESSES; i++) /* the same update reaches each, as after a crash */
            open_in(t, &all[(chat + i) % PROCESSES], chat, payload);
    if (t->w)
        WAIT_FOR(t->w, are_quiet(all));
    assert_true(are_quiet(all));
    for (int chat = 0; chat < CHATS; chat++) {
        const char *uid = proven(t, chat);
        n_proven += *uid != '\0';
        assert_true(!*uid || str_eq(uid, "12345678"));
        /* Who was too late was told so, once; who was first, that it is proven. */
        const char *id = arena_printf(&t->arena, "telegram:77:%d", 2000 + chat);
        struct answer lines = transcript(t, id, 1, 10);
        assert_int_equal(lines.n, 2);
        assert_null(strstr(lines.lines[0], "12345678"));
        assert_int_equal(strstr(lines.lines[1], "12345678") != NULL, *uid != '\0');
    }
    assert_int_equal(n_proven, 1);
    for (int i = 0; i < PROCESSES; i++)
        end_process(&all[i]);
    library_free(library);
    buf_release(&why);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_one_use, set_up_memory, tear_down_trial),
        cmocka_unit_test_setup_teardown(test_one_use, set_up_redis, tear_down_trial),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
