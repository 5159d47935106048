/* The daemon. */
#include "bot/base/log.h"
#include "bot/commands/code.h"
#include "bot/commands/commands.h"
#include "bot/commands/core_settings.h"
#include "bot/commands/live.h"
#include "bot/commands/parts.h"
#include "bot/commands/setup.h"
#include "bot/io/web.h"

#include <inttypes.h>
#include <malloc.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#define DRAIN_MS     5000
#define LARGE_BLOCK  (128 * 1024)
#define CODE_LOOK_MS 500
#define REVIVE_MS    1000
#define HOOK         "/hook/"
#define MAX_HOOKS    16

struct daemon {
    struct setup setup;
    struct live live;
    struct web *web;
    struct timer *code, *revive;
    int64_t code_until_ms;
    char told_code[16];
    bool has_platform, is_stopping;
    bool is_reading, is_outdated; /* the knowledge, beside the turns; and it changed meanwhile */
    struct arena arena; /* as long as the daemon */
};

/* --- pages --- */

static void answer_health(void *arg, const struct web_request *request, struct web_answer *answer)
{
    struct daemon *d = arg;
    (void)request;
    answer->type = "application/json";
    answer->status = engine_health(d->setup.engine, &answer->body) ? 200 : 503;
}

static void answer_metrics(void *arg, const struct web_request *request, struct web_answer *answer)
{
    struct daemon *d = arg;
    (void)request;
    answer->type = "text/plain; version=0.0.4; charset=utf-8";
    engine_metrics(d->setup.engine, &answer->body);
}

static void answer_hook(void *arg, const struct web_request *request, struct web_answer *answer)
{
    struct daemon *d = arg;
    if (!engine_hook(d->setup.engine, request->path + strlen(HOOK), request, answer))
        answer->status = 404;
}

static int open_web(struct daemon *d, struct buf *why)
{
    struct web_route routes[2 + MAX_HOOKS] = {
        {"GET", "/healthz", answer_health, d},
        {"GET", "/metrics", answer_metrics, d},
    };
    size_t n = 2;
    for (size_t i = 0; all_adapters[i] && n < ARRAY_LEN(routes); i++)
        if (all_adapters[i]->hook)
            routes[n++] = (struct web_route){
                "POST", arena_printf(&d->arena, HOOK "%s", all_adapters[i]->name), answer_hook, d};
    const char *listen = settings_get(d->setup.settings, "HTTP_LISTEN");
    d->web = web_new(d->setup.loop, listen, routes, n, why);
    return d->web ? 0 : -1;
}

/* --- the one-time code of /staff --- */

static void on_code_kept(void *arg, enum store_status status)
{
    struct daemon *d = arg;
    if (status != STORE_OK)
        d->code_until_ms = 0;
}

static void make_code(struct daemon *d, int64_t now, int64_t tries)
{
    struct arena a = ARENA_INIT;
    d->code_until_ms = now + CODE_MS;
    code_renew(&a, d->setup.engine, d->code_until_ms, tries, on_code_kept, d);
    arena_release(&a);
}

/* Told once it is valid, whichever zaide on this Redis made it. */
static void tell_code(struct daemon *d, const struct facts *f)
{
    d->code_until_ms = f->code.until_ms;
    if (str_eq(d->told_code, f->code.digits))
        return;
    snprintf(d->told_code, sizeof(d->told_code), "%s", f->code.digits);
    log_warn("staff",
             "no staff room yet: cases wait (see `zaide cases`). Make a group with Topics on, add "
             "the bot as admin, and post there within 10 minutes: /staff %s",
             f->code.digits);
}

static void tell_withdrawn(struct daemon *d)
{
    if (*d->told_code)
        log_warn("staff",
                 "%d wrong codes were posted with /staff: the code is withdrawn. `zaide doctor` "
                 "makes a new one",
                 CODE_TRIES);
    *d->told_code = '\0';
}

/* Until some room is bound there is a code, for ten minutes and then another; but wrong tries are
 * counted from the start of zaide on. */
static void on_code(void *arg)
{
    struct daemon *d = arg;
    int64_t now = clock_ms();
    timer_arm(d->code, CODE_LOOK_MS);
    if (!engine_is_ready(d->setup.engine))
        return;
    const struct facts *f = engine_facts(d->setup.engine);
    if (f->n_rooms)
        return;
    bool is_start = !d->code_until_ms, is_new = is_start || !f->code.digits;
    if (staff_code_is_valid(&f->code, now))
        tell_code(d, f);
    else if (staff_code_is_withdrawn(&f->code) && !is_start)
        tell_withdrawn(d);
    else if (now >= d->code_until_ms)
        make_code(d, now, is_new ? CODE_TRIES : f->code.tries);
}

/* --- signals --- */

static void on_drained(void *arg)
{
    struct daemon *d = arg;
    loop_stop(d->setup.loop);
}

static void on_stop(void *arg, int signum)
{
    struct daemon *d = arg;
    if (d->is_stopping) {
        loop_stop(d->setup.loop);
        return;
    }
    d->is_stopping = true;
    log_info("run", "signal %d: finishing what is on its way", signum);
    engine_drain(d->setup.engine, DRAIN_MS, on_drained, d);
}

/* It configures the log; what else changes needs a start. */
static void read_settings(void)
{
    struct buf why = BUF_INIT(4000);
    struct settings *fresh = load_settings(&why);
    if (!fresh)
        log_error("run", "the old settings stay: %s", why.data);
    settings_free(fresh);
    buf_release(&why);
}

static void on_reload(void *arg, int signum);

static void on_read(void *arg, const char *why)
{
    struct daemon *d = arg;
    d->is_reading = false;
    if (why)
        log_error("run", "the old knowledge stays: %s", why);
    else
        log_info("run", "knowledge read again");
    read_settings();
    if (d->is_outdated)
        on_reload(d, SIGHUP);
}

static void on_reload(void *arg, int signum)
{
    struct daemon *d = arg;
    (void)signum;
    d->is_outdated = d->is_reading; /* what changed while it was read is read once more */
    if (d->is_reading || d->is_stopping)
        return;
    d->is_reading = true;
    setup_reload(&d->setup, on_read, d);
}

static void on_changed(void *arg)
{
    on_reload(arg, SIGHUP);
}

/* The embedded server is our own to look after. */
static void on_revive(void *arg)
{
    struct daemon *d = arg;
    struct buf why = BUF_INIT(1000);
    timer_arm(d->revive, REVIVE_MS);
    if (d->setup.has_embedded && !engine_store_is_up(d->setup.engine) &&
        embedded_revive(&d->setup.embedded, &why))
        log_error("redis", "%s", why.data);
    buf_release(&why);
}

/* --- start --- */

static int open_platforms(struct daemon *d, struct buf *why)
{
    const struct adapter *console = NULL;
    for (size_t i = 0; all_adapters[i]; i++) {
        const struct adapter *a = all_adapters[i];
        if (str_eq(a->name, "console")) {
            console = a;
        } else if (a->is_on(d->setup.settings)) {
            d->has_platform = true;
            if (engine_open(d->setup.engine, a, why))
                return -1;
        }
    }
    if (d->has_platform)
        return 0;
    if (!console || !console->is_on(d->setup.settings)) {
        log_warn("run", "no platform is configured: set TELEGRAM_BOT_TOKEN in .env, or start "
                        "zaide in a terminal to try it out");
        return 0;
    }
    return engine_open(d->setup.engine, console, why);
}

/* While the console is open the log goes to a file, so that it does not run into the talk. */
static int open_log(struct daemon *d, struct buf *why)
{
    const char *dir = settings_get(d->setup.settings, "DATA_DIR");
    struct buf path = BUF_INIT(4096);
    mkdir(dir, 0700); /* what is wrong with it log_open says */
    buf_printf(&path, "%s/zaide.log", dir);
    int failed = log_open(path.data, why);
    buf_release(&path);
    return failed;
}

static void greet(const struct daemon *d)
{
    printf("zaide is here. Its log is in %s/zaide.log.\n"
           "Type as a customer; \"@mia …\" speaks as agent mia. Buttons: !1, !2 (staff: @mia !1).\n"
           "Try:  how do I bind google authenticator      I need a person\n"
           "then: @mia /claim      @mia Hello, I'm Mia      @mia /close      (Ctrl-D ends)\n\n",
           settings_get(d->setup.settings, "DATA_DIR"));
}

static bool wants_console(const struct daemon *d)
{
    for (size_t i = 0; all_adapters[i]; i++)
        if (!str_eq(all_adapters[i]->name, "console") && all_adapters[i]->is_on(d->setup.settings))
            return false;
    return isatty(STDIN_FILENO);
}

/* -1 with `why`; *is_usage: a setting was wrong. */
static int start(struct daemon *d, bool *is_usage, struct buf *why)
{
    bool has_console = wants_console(d);
    if (has_console && open_log(d, why))
        return -1;
    if (setup_engine(&d->setup, true, why) || open_web(d, why))
        return -1;
    if (has_console)
        greet(d);
    if (open_platforms(d, why)) {
        *is_usage = true; /* what can never work, as a token of the wrong form */
        return -1;
    }
    log_info("run", "http://127.0.0.1:%d/healthz and /metrics", web_port(d->web));
    loop_on_signal(d->setup.loop, SIGTERM, on_stop, d);
    loop_on_signal(d->setup.loop, SIGINT, on_stop, d);
    loop_on_signal(d->setup.loop, SIGHUP, on_reload, d);
    live_start(&d->live, &d->setup, on_changed, d);
    d->revive = timer_new(d->setup.loop, on_revive, d);
    timer_arm(d->revive, REVIVE_MS);
    if (d->has_platform && !settings_has(d->setup.settings, "TELEGRAM_STAFF_CHAT")) {
        d->code = timer_new(d->setup.loop, on_code, d);
        timer_arm(d->code, CODE_LOOK_MS);
    }
    return 0;
}

int command_run(int argc, char **argv)
{
    struct daemon d = {0};
    struct buf why = BUF_INIT(8000);
    bool is_usage = false;
    int status = EXIT_REFUSED;
    (void)argv;
    if (argc > 1) {
        fprintf(stderr, "zaide run takes no arguments: see zaide --help\n");
        return EXIT_USAGE;
    }
    umask(077);
    /* These are mapped each by itself: untouched they take nothing, and freed they are gone. Unless
     * told, glibc raises this to the largest that was ever freed. */
    mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK);
    if (setup_init(&d.setup, &is_usage, &why) || start(&d, &is_usage, &why)) {
        fprintf(stderr, "zaide: %s\n", why.data);
        status = is_usage ? EXIT_USAGE : EXIT_REFUSED;
    } else {
        loop_run(d.setup.loop);
        status = EXIT_DONE;
    }
    timer_free(d.code);
    timer_free(d.revive);
    live_stop(&d.live);
    web_free(d.web);
    setup_release(&d.setup);
    arena_release(&d.arena);
    buf_release(&why);
    log_close();
    return status;
}
