#include "bot/commands/setup.h"

#include "bot/base/log.h"
#include "bot/commands/cache.h"
#include "bot/commands/commands.h"
#include "bot/commands/core_settings.h"
#include "bot/commands/parts.h"
#include "bot/store/redis.h"

#include <malloc.h>
#include <sys/stat.h>

#define READY_WITHIN_MS 15000

/* Both are to be released, whatever comes of it. */
static int load(const struct settings *settings, const struct overlay *overlay, struct pipeline *p,
                struct library **library, struct buf *why)
{
    pipeline_init(p, all_handlers, settings);
    p->says = all_phrases;
    *library = library_load_with(settings_get(settings, "KNOWLEDGE_DIR"), overlay, why);
    return *library ? pipeline_load(p, library_files(*library), why) : -1;
}

int setup_init(struct setup *s, bool *is_usage, struct buf *why)
{
    *s = (struct setup){0};
    *is_usage = true;
    s->settings = load_settings(why);
    if (!s->settings)
        return -1;
    *is_usage = false;
    overlay_read(&s->overlay, s->settings);
    if (!load(s->settings, &s->overlay, &s->pipeline, &s->library, why))
        return 0;
    if (!s->overlay.n)
        return -1;
    log_error("knowledge",
              "what staff changed (DATA_DIR/knowledge) does not fit KNOWLEDGE_DIR any more and is "
              "left out: /knowledge undo takes it back: %s",
              why->data);
    pipeline_release(&s->pipeline);
    library_free(s->library);
    buf_clear(why);
    return load(s->settings, NULL, &s->pipeline, &s->library, why);
}

/* `p` is to answer customers from now on. */
static void prepare(const struct setup *s, struct pipeline *p)
{
    struct handler_cache cache = cache_in(settings_get(s->settings, "DATA_DIR"));
    pipeline_prepare(p, &cache);
}

void setup_prepare(struct setup *s)
{
    prepare(s, &s->pipeline);
}

/* Handlers keep none of the files that they have read. They, and what learning took, are several
 * times as much as what is kept. */
static void forget_files(struct library **library)
{
    library_free(*library);
    *library = NULL;
    malloc_trim(0);
}

struct reload {
    struct setup *setup;
    struct overlay overlay;
    struct library *library;
    struct pipeline pipeline;
    struct buf why;
    bool failed;
    void (*done)(void *arg, const char *why);
    void *arg;
};

/* In another thread. */
static void read_again(void *arg)
{
    struct reload *r = arg;
    r->failed = load(r->setup->settings, &r->overlay, &r->pipeline, &r->library, &r->why);
    if (!r->failed)
        prepare(r->setup, &r->pipeline);
}

static void take_over(void *arg)
{
    struct reload *r = arg;
    struct setup *s = r->setup;
    if (!r->failed)
        pipeline_swap(&s->pipeline, &r->pipeline);
    if (!r->failed && overlay_write(&r->overlay, s->settings, &r->why))
        log_error("knowledge", "the next start begins without what staff changed: %s", r->why.data);
    pipeline_release(&r->pipeline);
    forget_files(&r->library);
    overlay_release(&r->overlay);
    r->done(r->arg, r->failed ? r->why.data : NULL);
    buf_release(&r->why);
    free(r);
}

void setup_reload(struct setup *s, void (*done)(void *arg, const char *why), void *arg)
{
    struct reload *r = xcalloc(1, sizeof(*r));
    *r = (struct reload){.setup = s, .why = BUF_INIT(4000), .done = done, .arg = arg};
    overlay_copy(&r->overlay, &s->overlay);
    loop_work(s->loop, read_again, take_over, r);
}

static int find_redis(struct setup *s, struct redis_address *address, struct buf *why)
{
    const char *url = settings_get(s->settings, "REDIS_URL");
    if (url)
        return redis_address_parse(address, url, why);
    if (embedded_start(&s->embedded, settings_get(s->settings, "DATA_DIR"), "always", why))
        return -1;
    s->has_embedded = true;
    *address = s->embedded.address;
    return 0;
}

/* DATA_DIR is there with the embedded server; with another one it may have to be made. */
static int open_poison(struct setup *s, struct buf *why)
{
    const char *dir = settings_get(s->settings, "DATA_DIR");
    mkdir(dir, 0700); /* what is wrong with it poison_open says */
    return poison_open(&s->poison, dir, why);
}

int setup_engine(struct setup *s, bool is_daemon, struct buf *why)
{
    struct redis_address address = {0};
    if (find_redis(s, &address, why) || (is_daemon && open_poison(s, why)))
        return -1;
    if (is_daemon) {
        setup_prepare(s);
        forget_files(&s->library);
    }
    s->loop = loop_new();
    struct store *store =
        store_redis_new(s->loop, &address, settings_get(s->settings, "REDIS_PREFIX"),
                        settings_int(s->settings, "RETENTION"));
    if (!s->has_embedded)
        redis_address_release(&address);
    s->engine = engine_new(s->loop, store, &s->pipeline, s->settings, s->poison);
    return 0;
}

void setup_release(struct setup *s)
{
    if (s->engine)
        engine_free(s->engine);
    if (s->loop)
        loop_free(s->loop);
    poison_close(s->poison);
    if (s->has_embedded)
        embedded_stop(&s->embedded);
    pipeline_release(&s->pipeline);
    library_free(s->library);
    overlay_release(&s->overlay);
    settings_free(s->settings);
    *s = (struct setup){0};
}

/* --- short commands --- */

struct acting {
    struct setup *setup;
    void (*act)(struct setup *s, void *arg);
    void *arg;
};

static void on_ready(void *arg)
{
    struct acting *a = arg;
    a->act(a->setup, a->arg);
}

static void on_late(void *arg)
{
    struct setup *s = arg;
    if (s->takes_its_time)
        return;
    fprintf(stderr, "zaide: Redis did not answer within %d s: %s; see zaide doctor\n",
            READY_WITHIN_MS / 1000, engine_store_trouble(s->engine));
    setup_done(s, EXIT_REFUSED);
}

void setup_done(struct setup *s, int status)
{
    s->status = status;
    loop_stop(s->loop);
}

static int wait_and_act(struct setup *s, void (*act)(struct setup *s, void *arg), void *arg)
{
    struct acting a = {s, act, arg};
    struct timer *late = timer_new(s->loop, on_late, s);
    timer_arm(late, READY_WITHIN_MS);
    engine_on_ready(s->engine, on_ready, &a);
    loop_run(s->loop);
    timer_free(late);
    return s->status;
}

int setup_command(void (*act)(struct setup *s, void *arg), void *arg)
{
    struct setup s;
    struct buf why = BUF_INIT(8000);
    bool is_usage = false;
    int status = EXIT_REFUSED;
    bool ok = !setup_init(&s, &is_usage, &why) && !log_configure("error", &why);
    if (ok && !setup_engine(&s, false, &why))
        status = wait_and_act(&s, act, arg);
    else
        fprintf(stderr, "zaide: %s\n", why.data);
    setup_release(&s);
    buf_release(&why);
    return is_usage ? EXIT_USAGE : status;
}
