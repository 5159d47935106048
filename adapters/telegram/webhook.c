#include "adapters/telegram/webhook.h"

#include <inttypes.h>
#include <string.h>

#include "adapters/telegram/decode.h"
#include "bot/base/log.h"

#define MAX_BACKOFF 60  /* seconds */
#define CONNECTIONS 100 /* Telegram's maximum: they are what lets it send in parallel */

/* An update whose commit is awaited. */
struct taken {
    struct telegram_webhook *webhook;
    struct taken *next, *prev;
    struct web_answer *answer;
};

struct telegram_webhook {
    struct telegram_api *api;
    struct adapter_host *host;
    const char *account;
    struct taken *taken;
    struct timer *timer;
    int failures; /* of setWebhook, in a row */
    bool is_listening;
};

int telegram_webhook_settings(const struct settings *settings, struct buf *why)
{
    const char *url = settings_get(settings, "PUBLIC_URL");
    const char *secret = settings_get(settings, "TELEGRAM_WEBHOOK_SECRET");
    if (settings_is(settings, "TELEGRAM_WEBHOOK", "off"))
        return 0;
    if (!url)
        return buf_fail(why, "TELEGRAM_WEBHOOK=on needs PUBLIC_URL=https://…, where Telegram "
                             "reaches HTTP_LISTEN: a proxy with TLS stands in front");
    if (!starts_with(url, "https://") &&
        starts_with(settings_get(settings, "TELEGRAM_API_URL"), "https://api.telegram.org"))
        return buf_fail(why, "PUBLIC_URL: Telegram calls https:// only; http:// is for a "
                             "telegram-bot-api server of your own (TELEGRAM_API_URL)");
    size_t len = secret ? strlen(secret) : 0;
    if (len < 16 || len > 256 ||
        secret[strspn(secret, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")])
        return buf_fail(why, "TELEGRAM_WEBHOOK=on needs TELEGRAM_WEBHOOK_SECRET: 16 to 256 of "
                             "A-Z a-z 0-9 _ -, as  openssl rand -hex 24  prints");
    return 0;
}

const char *telegram_webhook_url(struct arena *a, const struct settings *settings)
{
    const char *url = settings_get(settings, "PUBLIC_URL");
    size_t len = strlen(url);
    while (len && url[len - 1] == '/')
        len--;
    return arena_printf(a, "%.*s/hook/telegram", (int)len, url);
}

/* Telling Telegram */

static void on_set(void *arg, const struct telegram_answer *answer)
{
    struct telegram_webhook *w = arg;
    if (!answer || !w->is_listening)
        return;
    if (answer->is_ok) {
        if (w->failures)
            w->host->trouble(w->host, NULL);
        w->failures = 0;
        return;
    }
    struct buf what = BUF_INIT(1024);
    if (telegram_is_token_refused(answer))
        buf_str(&what, "token refused: " TELEGRAM_ADVICE_TOKEN);
    else
        buf_printf(&what, "setWebhook fails: %s; is PUBLIC_URL right?", answer->words);
    w->host->trouble(w->host, what.data);
    buf_release(&what);
    int64_t seconds = answer->retry_after_s > 0 ? answer->retry_after_s
                                                : 1 << (w->failures < 6 ? w->failures : 6);
    w->failures++;
    timer_arm(w->timer, (seconds < MAX_BACKOFF ? seconds : MAX_BACKOFF) * 1000);
}

static void tell_where(void *arg)
{
    struct telegram_webhook *w = arg;
    const struct settings *settings = w->host->settings;
    struct arena arena = ARENA_INIT;
    struct telegram_request r = telegram_request("setWebhook");
    telegram_add(&r, "url", telegram_webhook_url(&arena, settings));
    telegram_add(&r, "secret_token", settings_get(settings, "TELEGRAM_WEBHOOK_SECRET"));
    telegram_add_json(&r, "allowed_updates", telegram_allowed_updates);
    telegram_add_json(&r, "max_connections", arena_printf(&arena, "%d", CONNECTIONS));
    telegram_call(w->api, &r, on_set, w);
    arena_release(&arena);
}

void telegram_webhook_listen(struct telegram_webhook *w, bool on)
{
    if (on == w->is_listening)
        return;
    w->is_listening = on;
    timer_disarm(w->timer);
    if (on)
        tell_where(w);
}

/* Taking updates */

/* As long for a guess that is nearly right as for one that is not. */
static bool is_secret(const char *secret, const char *given)
{
    size_t len = strlen(secret), given_len = given ? strlen(given) : 0;
    unsigned differ = len != given_len;
    for (size_t i = 0; i < given_len; i++)
        differ |= (unsigned)(given[i] ^ secret[i % len]);
    return !differ;
}

static void free_taken(struct taken *t)
{
    *(t->prev ? &t->prev->next : &t->webhook->taken) = t->next;
    if (t->next)
        t->next->prev = t->prev;
    free(t);
}

static void on_done(void *arg)
{
    struct taken *t = arg;
    struct web_answer *answer = t->answer;
    free_taken(t);
    web_answer_now(answer);
}

static void deliver(struct telegram_webhook *w, const struct event *event,
                    struct web_answer *answer)
{
    struct taken *t = xcalloc(1, sizeof(*t));
    *t = (struct taken){.webhook = w, .next = w->taken, .answer = answer};
    if (t->next)
        t->next->prev = t;
    w->taken = t;
    answer->is_later = true;
    w->host->deliver(w->host, event, on_done, t);
}

static void refuse(struct web_answer *answer, int status, const char *words)
{
    answer->status = status;
    buf_str(&answer->body, words);
}

/* What cannot be read gets its 200 too: it would come again for a day, and be no better. */
static void read_update(struct telegram_webhook *w, const struct web_request *request,
                        struct web_answer *answer)
{
    struct buf why = BUF_INIT(200);
    struct arena arena = ARENA_INIT;
    struct event event;
    enum telegram_decoded decoded = TELEGRAM_MALFORMED;
    struct json *json = json_parse(request->body, request->body_len, &why);
    const char *reason = why.data;
    if (json)
        decoded = telegram_decode(&arena, json, w->account, w->host->username, clock_ms(), &event,
                                  &reason);
    if (decoded == TELEGRAM_EVENT)
        deliver(w, &event, answer);
    else
        log_at(decoded == TELEGRAM_SILENT ? LOG_DEBUG : LOG_WARN, "telegram",
               "update %" PRId64 " skipped: %s", json ? telegram_update_id(json) : -1, reason);
    json_free(json);
    arena_release(&arena);
    buf_release(&why);
}

void telegram_webhook_take(struct telegram_webhook *w, const struct web_request *request,
                           struct web_answer *answer)
{
    const char *secret = settings_get(w->host->settings, "TELEGRAM_WEBHOOK_SECRET");
    if (!is_secret(secret, web_header(request, "X-Telegram-Bot-Api-Secret-Token")))
        refuse(answer, 401, "this is for Telegram only\n");
    else if (!w->is_listening)
        refuse(answer, 503, "not now: send it again\n");
    else
        read_update(w, request, answer);
}

/* Life */

struct telegram_webhook *telegram_webhook_new(struct telegram_api *api, struct adapter_host *host,
                                              const char *account)
{
    struct telegram_webhook *w = xcalloc(1, sizeof(*w));
    *w = (struct telegram_webhook){.api = api, .host = host, .account = account};
    w->timer = timer_new(host->loop, tell_where, w);
    return w;
}

void telegram_webhook_free(struct telegram_webhook *w)
{
    if (!w)
        return;
    w->is_listening = false;
    while (w->taken)
        free_taken(w->taken);
    timer_free(w->timer);
    free(w);
}
