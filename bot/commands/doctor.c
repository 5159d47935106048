/* zaide doctor: one line a check, each fault with its fix. */
#include "bot/base/log.h"
#include "bot/commands/code.h"
#include "bot/commands/commands.h"
#include "bot/commands/core_settings.h"
#include "bot/commands/parts.h"
#include "bot/commands/setup.h"
#include "bot/flow/lease.h"

#include <unistd.h>

#define REDIS_WITHIN_MS 6000 /* a server that is silent is known as such after 5 s */

struct doctor {
    struct setup setup;
    void *self; /* of the one being asked */
    struct adapter_host host;
    const struct adapter *adapter;
    struct buf account; /* "telegram:77"; empty while the platform has not said it */
    char holder[32];
    bool has_platform, has_answered, has_lease, is_led, has_code;
    int faults;
};

static void line(void *arg, bool ok, const char *what)
{
    struct doctor *d = arg;
    printf("%s  %s\n", ok ? "ok  " : "FIX ", what);
    d->faults += !ok;
}

/* --- settings --- */

static void check_brand(struct doctor *d)
{
    const char *name;
    struct buf unset = BUF_INIT(2000);
    for (size_t i = 0; (name = settings_name(d->setup.settings, "BRAND_", i)); i++)
        if (!settings_has(d->setup.settings, name))
            buf_printf(&unset, "%s%s", unset.len ? ", " : "", name);
    if (unset.len) {
        struct buf text = BUF_INIT(3000);
        buf_printf(&text, "not set, so steps that need them are left out of answers: %s",
                   unset.data);
        line(d, false, text.data);
        buf_release(&text);
    } else {
        line(d, true, "all BRAND_ settings are set");
    }
    buf_release(&unset);
}

/* One without the other; the line before names them when neither is set. */
static void check_identity(struct doctor *d)
{
    const struct settings *s = d->setup.settings;
    bool has_secret = settings_has(s, "BRAND_ID_SECRET");
    bool has_page = settings_has(s, "BRAND_SIGN_IN_URL");
    if (has_page && !has_secret)
        line(d, false,
             "nobody can prove a UID: share BRAND_ID_SECRET (`openssl rand -hex 32`) with the "
             "exchange's backend, which signs links with it; adapters/README.md says how");
    else if (has_secret && !has_page)
        line(d, false,
             "sign-in links are checked, but customers are not told where to get one: "
             "BRAND_SIGN_IN_URL=https://… (a page of the exchange)");
    else if (has_secret)
        line(d, true, "sign-in links of the exchange are checked; zaide identity sign makes one");
}

/* --- Redis --- */

static void on_redis(void *arg)
{
    struct doctor *d = arg;
    line(d, true, d->setup.has_embedded ? "Redis: the embedded server answers" : "Redis answers");
    const struct facts *f = engine_facts(d->setup.engine);
    if (!f->n_agents)
        line(d, false,
             "no agents are registered: zaide agents add NAME --role admin --id telegram:123 "
             "--languages zh,en");
    loop_stop(d->setup.loop);
}

static void on_no_redis(void *arg)
{
    struct doctor *d = arg;
    struct buf text = BUF_INIT(2000);
    buf_printf(&text, "Redis: %s", engine_store_trouble(d->setup.engine));
    if (!d->setup.has_embedded)
        buf_str(&text, ". Where it is says REDIS_URL, redis://[user:password@]host:port[/db] or "
                       "unix:///path; without it zaide starts a server of its own");
    line(d, false, text.data);
    buf_release(&text);
    loop_stop(d->setup.loop);
}

static void check_redis(struct doctor *d)
{
    struct buf why = BUF_INIT(4000);
    if (setup_engine(&d->setup, false, &why)) {
        line(d, false, why.data);
    } else {
        struct timer *late = timer_new(d->setup.loop, on_no_redis, d);
        timer_arm(late, REDIS_WITHIN_MS);
        engine_on_ready(d->setup.engine, on_redis, d);
        loop_run(d->setup.loop);
        timer_free(late);
    }
    buf_release(&why);
}

/* --- the code of /staff --- */

static void on_code_kept(void *arg, enum store_status status)
{
    struct doctor *d = arg;
    d->has_code = status == STORE_OK;
    loop_stop(d->setup.loop);
}

/* Whoever looks here is who should know it. */
static void check_code(struct doctor *d)
{
    struct engine *e = d->setup.engine;
    if (!e || !engine_store_is_up(e) || engine_facts(e)->n_rooms ||
        !staff_code_is_withdrawn(&engine_facts(e)->code))
        return;
    struct arena a = ARENA_INIT;
    const char *digits = code_renew(&a, e, clock_ms() + CODE_MS, CODE_TRIES, on_code_kept, d);
    loop_run(d->setup.loop);
    if (d->has_code)
        line(d, false,
             arena_printf(&a,
                          "wrong codes were tried, so the one of /staff was withdrawn. The new "
                          "one, good for ten minutes: post /staff %s in the staff's group",
                          digits));
    arena_release(&a);
}

/* --- platforms --- */

static void on_asked(void *arg)
{
    struct doctor *d = arg;
    loop_stop(d->setup.loop);
}

static void has_answered(struct doctor *d)
{
    if (!d->has_answered)
        loop_stop(d->setup.loop);
    d->has_answered = true;
}

static void on_ready(struct adapter_host *host, const char *account, const char *username)
{
    struct doctor *d = host->core;
    (void)username;
    if (!d->has_answered)
        buf_printf(&d->account, "%s:%s", d->adapter->name, account);
    has_answered(d);
}

static void on_trouble(struct adapter_host *host, const char *what)
{
    (void)what; /* diagnose says it, with the fix */
    has_answered(host->core);
}

static void ignore_rooms_done(struct adapter_host *host)
{
    (void)host;
}

static void ignore_room(struct adapter_host *host, const char *chat)
{
    (void)host;
    (void)chat;
}

static void on_lease(void *arg, enum store_status status, int64_t epoch)
{
    struct doctor *d = arg;
    d->has_lease = status == STORE_OK && epoch;
    d->is_led = status == STORE_OK && !epoch;
    loop_stop(d->setup.loop);
}

static void on_unleased(void *arg, enum store_status status)
{
    struct doctor *d = arg;
    (void)status;
    loop_stop(d->setup.loop);
}

/* A running zaide must not be disturbed by looking for who polls: with the lease in hand nobody of
 * ours does. */
static void take_lease(struct doctor *d)
{
    d->has_lease = d->is_led = false;
    if (!d->account.len || !d->setup.engine || !engine_store_is_up(d->setup.engine))
        return;
    struct store *store = engine_store(d->setup.engine);
    store->ops->lease(store, d->account.data, d->holder, LEASE_TTL_MS, on_lease, d);
    loop_run(d->setup.loop);
}

static void give_lease_back(struct doctor *d)
{
    struct store *store = d->has_lease ? engine_store(d->setup.engine) : NULL;
    if (!store || !store->is_up)
        return;
    store->ops->unlease(store, d->account.data, d->holder, on_unleased, d);
    loop_run(d->setup.loop);
}

static void diagnose(struct doctor *d)
{
    static const struct facts unknown;
    loop_run(d->setup.loop); /* until it has answered */
    take_lease(d);
    d->adapter->diagnose(d->self, d->setup.engine ? engine_facts(d->setup.engine) : &unknown,
                         d->is_led, line, on_asked, d);
    loop_run(d->setup.loop);
    d->adapter->close(d->self);
    give_lease_back(d);
}

static void check_platform(struct doctor *d, const struct adapter *a)
{
    struct buf why = BUF_INIT(4000);
    d->adapter = a;
    d->has_answered = false;
    buf_clear(&d->account);
    d->host = (struct adapter_host){
        .loop = d->setup.loop,
        .settings = d->setup.settings,
        .phrases = &d->setup.pipeline.phrases,
        .core = d,
        .ready = on_ready,
        .trouble = on_trouble,
        .add_room = ignore_room,
        .rooms_done = ignore_rooms_done,
        .add_agent = ignore_room,
    };
    d->has_platform = true;
    if (a->open(&d->host, &d->self, &why))
        line(d, false, why.data);
    else
        diagnose(d);
    buf_release(&why);
}

static void check_platforms(struct doctor *d)
{
    if (!d->setup.loop)
        d->setup.loop = loop_new();
    for (size_t i = 0; all_adapters[i]; i++)
        if (all_adapters[i]->diagnose && all_adapters[i]->is_on(d->setup.settings))
            check_platform(d, all_adapters[i]);
    if (!d->has_platform)
        line(d, false,
             "no platform is configured: in Telegram write /newbot to @BotFather and put the token "
             "it gives you into .env as TELEGRAM_BOT_TOKEN=… (chmod 600 .env)");
}

int command_doctor(int argc, char **argv)
{
    struct doctor d = {.account = BUF_INIT(200)};
    struct buf why = BUF_INIT(100000);
    bool is_usage = false;
    int status = EXIT_REFUSED;
    (void)argv;
    if (argc > 1) {
        fprintf(stderr, "zaide doctor takes no arguments\n");
        return EXIT_USAGE;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    snprintf(d.holder, sizeof(d.holder), "doctor.%d", (int)getpid());
    if (setup_init(&d.setup, &is_usage, &why) || log_configure("error", &why)) {
        line(&d, false, why.data);
        status = is_usage ? EXIT_USAGE : EXIT_REFUSED;
    } else {
        line(&d, true, "settings and knowledge can be read");
        check_brand(&d);
        check_identity(&d);
        check_redis(&d);
        check_code(&d);
        check_platforms(&d);
        status = d.faults ? EXIT_REFUSED : EXIT_DONE;
    }
    setup_release(&d.setup);
    buf_release(&d.account);
    buf_release(&why);
    return status;
}
