#include "bot/commands/live.h"

#include "bot/commands/review.h"

#define LOOK_MS 250

/* --- following --- */

static void on_texts(void *arg, enum store_status status, const struct pair *texts, size_t n)
{
    struct live *l = arg;
    l->is_reading = false;
    if (!l->setup || status != STORE_OK)
        return;
    const struct facts *facts = engine_facts(l->setup->engine);
    if (overlay_wanted(facts) != l->asked)
        return; /* the texts may be older than what they are to be read by: once more */
    l->seen = l->asked;
    if (overlay_follow(&l->setup->overlay, facts, texts, n))
        l->changed(l->arg);
}

static void on_look(void *arg)
{
    struct live *l = arg;
    timer_arm(l->timer, LOOK_MS);
    if (l->is_reading || !engine_is_ready(l->setup->engine))
        return;
    l->asked = overlay_wanted(engine_facts(l->setup->engine));
    if (l->asked == l->seen)
        return;
    struct store *store = engine_store(l->setup->engine);
    l->is_reading = true;
    store->ops->hash_get(store, REVISION_TEXTS, on_texts, l);
}

/* --- reviews --- */

struct reviewing {
    struct live *live;
    struct arena arena;
    const struct settings *settings;
    struct review_request *request;
    struct overlay overlay;
    struct review review;
    void (*done)(void *arg, const struct review *review);
    void *arg;
};

static void end(struct reviewing *r, const struct review *review)
{
    if (r->live->setup)
        r->done(r->arg, review);
    overlay_release(&r->overlay);
    arena_release(&r->arena);
    free(r);
}

/* In another thread. */
static void read_with(void *arg)
{
    struct reviewing *r = arg;
    review_file(&r->arena, r->settings, &r->overlay, r->request->file, r->request->text,
                &r->review);
}

static void on_read(void *arg)
{
    struct reviewing *r = arg;
    end(r, &r->review);
}

static void on_text(void *arg, enum store_status status, const struct pair *texts, size_t n)
{
    struct reviewing *r = arg;
    if (!r->live->setup || status != STORE_OK) {
        end(r, NULL);
        return;
    }
    review_find(&r->arena, r->request, texts, n);
    loop_work(r->live->setup->loop, read_with, on_read, r);
}

static void on_review(void *arg, const struct review_request *request,
                      void (*done)(void *arg, const struct review *review), void *done_arg)
{
    struct live *l = arg;
    struct reviewing *r = xcalloc(1, sizeof(*r));
    *r = (struct reviewing){
        .live = l, .settings = l->setup->settings, .done = done, .arg = done_arg};
    r->request = review_request_copy(&r->arena, request);
    overlay_copy(&r->overlay, &l->setup->overlay);
    struct store *store = engine_store(l->setup->engine);
    if (!request->text && request->no)
        store->ops->hash_get(store, REVISION_TEXTS, on_text, r);
    else
        loop_work(l->setup->loop, read_with, on_read, r);
}

/* --- life --- */

void live_start(struct live *l, struct setup *setup, void (*changed)(void *arg), void *arg)
{
    *l = (struct live){.setup = setup, .changed = changed, .arg = arg};
    l->timer = timer_new(setup->loop, on_look, l);
    timer_arm(l->timer, LOOK_MS);
    engine_on_review(setup->engine, (struct reviewer){on_review, l});
}

void live_stop(struct live *l)
{
    timer_free(l->timer);
    l->timer = NULL;
    l->setup = NULL;
}
