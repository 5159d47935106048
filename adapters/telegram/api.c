#include "adapters/telegram/api.h"

#include <string.h>

#include "bot/base/log.h"

#define CALL_TIMEOUT_MS   30000
#define UPLOAD_TIMEOUT_MS 120000
#define FILE_TIMEOUT_MS   15000 /* who sent it waits */
#define OTHER_CALLS       16    /* the poll, answers to buttons, what is asked of rooms */

struct call {
    struct telegram_api *api;
    struct call *next, *prev;
    void (*on_done)(void *arg, const struct telegram_answer *answer); /* this … */
    void (*on_bytes)(void *arg, const struct http_reply *reply); /* … or, of a download, this */
    void *arg;
};

struct telegram_api {
    struct http *http;
    char *base;  /* "https://api.telegram.org/bot<token>/" */
    char *files; /* "https://api.telegram.org/file/bot<token>/" */
    struct call *calls;
};

/* "<the bot's id>:<35 letters>". What is shown of a wrong one is nothing: it may be half right. */
static int check_token(const char *token, struct buf *why)
{
    size_t id = strspn(token, "0123456789");
    size_t key = token[id] == ':'
                     ? strspn(token + id + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                              "0123456789_-")
                     : 0;
    if (strchr(token, ','))
        return buf_fail(why, "TELEGRAM_BOT_TOKEN holds several tokens; this version works with one "
                             "bot: keep the token of that one");
    if (!id || key < 30 || token[id + 1 + key])
        return buf_fail(why, "TELEGRAM_BOT_TOKEN is no token: one looks like 123456789:AAF… (35 "
                             "letters after the colon). In Telegram open @BotFather, send /mybots, "
                             "choose the bot, then API Token, and copy all of it");
    return 0;
}

struct telegram_api *telegram_api_new(struct loop *l, const struct settings *settings,
                                      struct buf *why)
{
    const char *token = settings_get(settings, "TELEGRAM_BOT_TOKEN");
    if (check_token(token, why) < 0)
        return NULL;
    struct telegram_api *api = xcalloc(1, sizeof(*api));
    const char *url = settings_get(settings, "TELEGRAM_API_URL");
    struct buf base = BUF_INIT(4096), files = BUF_INIT(4096);
    int len = (int)strlen(url);
    while (len && url[len - 1] == '/')
        len--;
    buf_printf(&base, "%.*s/bot%s/", len, url, token);
    buf_printf(&files, "%.*s/file/bot%s/", len, url, token);
    api->base = buf_detach(&base);
    api->files = buf_detach(&files);
    log_secret(token);
    log_secret(strchr(token, ':') + 1); /* its secret part, however the colon is written */
    api->http = http_new(l);
    http_set_limits(api->http, TELEGRAM_MAX_CALLS + OTHER_CALLS, TELEGRAM_MAX_CALLS + OTHER_CALLS);
    return api;
}

static void drop(struct call *call)
{
    *(call->prev ? &call->prev->next : &call->api->calls) = call->next;
    if (call->next)
        call->next->prev = call->prev;
    free(call);
}

void telegram_api_free(struct telegram_api *api)
{
    if (!api)
        return;
    http_free(api->http);
    while (api->calls) {
        struct call *call = api->calls;
        if (call->on_bytes)
            call->on_bytes(call->arg, NULL);
        else
            call->on_done(call->arg, NULL);
        drop(call);
    }
    free(api->base);
    free(api->files);
    free(api);
}

static void on_reply(void *arg, const struct http_reply *reply)
{
    struct call *call = arg;
    struct arena arena = ARENA_INIT;
    struct telegram_answer answer;
    telegram_answer_read(&arena, reply, &answer);
    call->on_done(call->arg, &answer);
    telegram_answer_release(&answer);
    arena_release(&arena);
    drop(call);
}

static void on_file(void *arg, const struct http_reply *reply)
{
    struct call *call = arg;
    call->on_bytes(call->arg, reply);
    drop(call);
}

static struct call *add(struct telegram_api *api, const struct call *what)
{
    struct call *call = xcalloc(1, sizeof(*call));
    *call = *what;
    call->api = api;
    call->next = api->calls;
    if (call->next)
        call->next->prev = call;
    return api->calls = call;
}

static const char *url_of(struct arena *a, const struct telegram_api *api, const char *method)
{
    return arena_printf(a, "%s%s", api->base, method);
}

void telegram_call(struct telegram_api *api, const struct telegram_request *request,
                   void (*on_done)(void *arg, const struct telegram_answer *answer), void *arg)
{
    struct arena arena = ARENA_INIT;
    struct http_part parts[TELEGRAM_MAX_FIELDS];
    struct http_request http = {.method = "POST",
                                .url = url_of(&arena, api, request->method),
                                .timeout_ms = CALL_TIMEOUT_MS};
    for (size_t i = 0; i < request->n_fields; i++) {
        const struct telegram_field *f = &request->fields[i];
        parts[i] = (struct http_part){.name = f->name, .value = f->value, .path = f->path};
        if (f->path)
            http.n_parts = request->n_fields;
    }
    if (http.n_parts) {
        http.parts = parts;
        http.timeout_ms = UPLOAD_TIMEOUT_MS;
    } else {
        http.body = telegram_request_json(&arena, request);
        http.body_len = strlen(http.body);
        http.content_type = "application/json";
    }
    http_send(api->http, &http, on_reply, add(api, &(struct call){.on_done = on_done, .arg = arg}));
    arena_release(&arena);
}

void telegram_download(struct telegram_api *api, const char *path, size_t max_reply,
                       void (*on_done)(void *arg, const struct http_reply *reply), void *arg)
{
    struct arena arena = ARENA_INIT;
    struct http_request http = {.method = "GET",
                                .url = arena_printf(&arena, "%s%s", api->files, path),
                                .timeout_ms = FILE_TIMEOUT_MS,
                                .max_reply = max_reply};
    http_send(api->http, &http, on_file, add(api, &(struct call){.on_bytes = on_done, .arg = arg}));
    arena_release(&arena);
}

struct http_call *telegram_call_raw(struct telegram_api *api, const char *method, const char *json,
                                    int64_t timeout_ms, size_t max_reply,
                                    void (*on_done)(void *arg, const struct http_reply *reply),
                                    void *arg)
{
    struct arena arena = ARENA_INIT;
    struct http_request http = {.method = "POST",
                                .url = url_of(&arena, api, method),
                                .body = json,
                                .body_len = strlen(json),
                                .content_type = "application/json",
                                .timeout_ms = timeout_ms,
                                .max_reply = max_reply};
    struct http_call *call = http_send(api->http, &http, on_done, arg);
    arena_release(&arena);
    return call;
}
