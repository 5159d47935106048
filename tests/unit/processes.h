/* Several processes on one store, each with an inbox and the handlers that a test names: what they
 * do at once, on Redis or in memory. */
#ifndef ZAIDE_TESTS_PROCESSES_H
#define ZAIDE_TESTS_PROCESSES_H

#include "tests/unit/store_world.h"

#include "bot/commands/core_settings.h"
#include "bot/commands/library.h"
#include "bot/flow/inbox.h"
#include "handlers/identity/link.h"

#define PROCESSES 3
#define ID_SECRET "0123456789abcdef0123456789abcdef"

struct process {
    struct settings *settings;
    struct pipeline pipeline;
    struct inbox *in;
};

struct crowd {
    struct trial *t;
    struct library *library;
    struct process all[PROCESSES];
    const struct facts *facts;
    struct buf toasts; /* a line each */
    int n_events;
};

static inline const struct facts *crowd_facts(void *arg)
{
    return ((struct crowd *)arg)->facts;
}

static inline void ignore_committing(void *arg, unsigned partition, struct commit *c)
{
    (void)arg;
    (void)partition;
    (void)c;
}

static inline void ignore_committed(void *arg, unsigned partition, const struct commit *c,
                                    const struct committed *result)
{
    (void)arg;
    (void)partition;
    (void)c;
    (void)result;
}

static inline void note_shown(void *arg, const struct event *event, const struct effect *shown)
{
    struct crowd *crowd = arg;
    (void)event;
    buf_printf(&crowd->toasts, "%s\n", shown->content.text);
}

static inline void begin_crowd(struct crowd *c, struct trial *t,
                               const struct handler *const *handlers, const struct facts *facts)
{
    struct buf why = BUF_INIT(10000);
    *c = (struct crowd){.t = t, .facts = facts, .toasts = BUF_INIT(1 << 20)};
    c->library = library_load("handlers/knowledge", &why);
    assert_non_null(c->library);
    for (int i = 0; i < PROCESSES; i++) {
        struct process *p = &c->all[i];
        p->settings = all_settings();
        assert_int_equal(settings_set(p->settings, "BRAND_ID_SECRET", ID_SECRET, &why), 0);
        pipeline_init(&p->pipeline, handlers, p->settings);
        assert_int_equal(pipeline_load(&p->pipeline, library_files(c->library), &why), 0);
        struct inbox_ports ports = {.store = t->store,
                                    .pipeline = &p->pipeline,
                                    .facts = crowd_facts,
                                    .committing = ignore_committing,
                                    .committed = ignore_committed,
                                    .show = note_shown,
                                    .arg = c};
        p->in = inbox_new(&ports);
    }
    buf_release(&why);
}

static inline void end_crowd(struct crowd *c)
{
    for (int i = 0; i < PROCESSES; i++) {
        inbox_free(c->all[i].in);
        pipeline_release(&c->all[i].pipeline);
        settings_free(c->all[i].settings);
    }
    library_free(c->library);
    buf_release(&c->toasts);
}

static inline bool is_quiet(const struct crowd *c)
{
    size_t n = 0;
    for (int i = 0; i < PROCESSES; i++)
        n += inbox_waiting(c->all[i].in);
    return !n;
}

static inline void settle(struct crowd *c)
{
    if (c->t->w)
        WAIT_FOR(c->t->w, is_quiet(c));
    assert_true(is_quiet(c));
}

/* An event of its own, unless it has an id; to one of them. */
static inline void deliver(struct crowd *c, int process, struct event event)
{
    if (!event.id.bucket)
        event.id = (struct event_id){"77:9", arena_printf(&c->t->arena, "%d", c->n_events++)};
    event.now_ms = event.now_ms ? event.now_ms : NOW_MS;
    event.name = event.username = "";
    inbox_deliver(c->all[process % PROCESSES].in, &event, NULL, NULL);
}

static inline const char *chat_of(struct crowd *c, int user)
{
    return arena_printf(&c->t->arena, "telegram:77:%d", user);
}

static inline struct event from_customer(struct crowd *c, int user, enum event_type type)
{
    const char *id = arena_printf(&c->t->arena, "%d", user);
    return (struct event){.type = type,
                          .from = {"telegram", "77", id, "", id},
                          .is_private = true,
                          .content = CONTENT_INIT};
}

static inline void tell(struct crowd *c, const char *subject, const char *data)
{
    deliver(c, 0,
            (struct event){
                .type = EVENT_TOLD, .subject = subject, .data = data, .content = CONTENT_INIT});
}

static inline void open_link(struct crowd *c, int user, const char *uid)
{
    char payload[LINK_PAYLOAD + 1];
    struct event event = from_customer(c, user, EVENT_MESSAGE);
    link_sign(payload, ID_SECRET, "telegram", uid, NOW_MS / 1000 + 300);
    event.content.text = arena_printf(&c->t->arena, "/start %s", payload);
    deliver(c, user, event);
}

#endif
