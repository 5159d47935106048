#include "adapters/telegram/setup.h"

#include <inttypes.h>
#include <string.h>

#include "bot/base/log.h"
#include "bot/base/text.h"

#define MAX_TRIES    5
#define RETRY_MS     5000
#define LONGEST_WAIT 3600 /* s; what must wait longer is left for the next start */

/* In the order of the menu. A command here has a phrase menu.<command>. */
static const char *const customer_commands[] = {"start", "help", "language", "human", "verify"};
static const char *const staff_commands[] = {
    "claim", "release", "transfer", "pending", "close", "note",
    "tag",   "delete",  "reply",    "fate",    "verify",  "help",
};

struct telegram_setup {
    struct telegram_api *api;
    struct adapter_host *host;
    struct arena arena; /* grows by a few KB a room */
    struct telegram_request *todo;
    size_t n, cap, next;
    struct timer *timer;
    int tries;
    bool is_asking;
};

static const char *menu_phrase(struct telegram_setup *s, const char *lang, const char *name,
                               size_t max)
{
    const char *key = arena_printf(&s->arena, "menu.%s", name);
    const char *text = phrase(*s->host->phrases, &s->arena, lang, key, NULL, 0);
    return arena_strndup(&s->arena, text, text_cut(text, max));
}

static const char *commands_json(struct telegram_setup *s, const char *lang,
                                 const char *const *commands, size_t n)
{
    struct buf json = BUF_INIT(64 * 1024);
    struct json_writer w = JSON_WRITER(&json);
    json_open(&w, NULL, '[');
    for (size_t i = 0; i < n; i++) {
        json_open(&w, NULL, '{');
        json_put_str(&w, "command", commands[i]);
        json_put_str(&w, "description", menu_phrase(s, lang, commands[i], 256));
        json_close(&w, '}');
    }
    json_close(&w, ']');
    return arena_take(&s->arena, &json);
}

static void go_on(struct telegram_setup *s);

static void on_answer(void *arg, const struct telegram_answer *answer)
{
    struct telegram_setup *s = arg;
    if (!answer)
        return;
    struct delivery d;
    const char *method = s->todo[s->next].method;
    telegram_delivery(answer, true, &d);
    s->is_asking = false;
    int64_t wait_ms = d.retry_ms ? d.retry_ms : RETRY_MS;
    if (d.outcome == DELIVERY_RETRY_AFTER && ++s->tries < MAX_TRIES &&
        wait_ms <= LONGEST_WAIT * 1000) {
        timer_arm(s->timer, wait_ms);
        return;
    }
    if (d.outcome != DELIVERY_SENT)
        log_warn("telegram", "%s: %s; it is tried again at the next start", method, d.why);
    s->next++;
    s->tries = 0;
    go_on(s);
}

static void go_on(struct telegram_setup *s)
{
    if (s->is_asking || timer_is_armed(s->timer))
        return;
    if (s->next == s->n) {
        s->next = s->n = s->cap = 0;
        arena_clear(&s->arena);
        return;
    }
    s->is_asking = true;
    telegram_call(s->api, &s->todo[s->next], on_answer, s);
}

static void on_timer(void *arg)
{
    go_on(arg);
}

struct telegram_setup *telegram_setup_new(struct telegram_api *api, struct adapter_host *host)
{
    struct telegram_setup *s = xcalloc(1, sizeof(*s));
    s->api = api;
    s->host = host;
    s->timer = timer_new(host->loop, on_timer, s);
    return s;
}

void telegram_setup_free(struct telegram_setup *s)
{
    if (!s)
        return;
    timer_free(s->timer);
    arena_release(&s->arena);
    free(s);
}

static struct telegram_request *add(struct telegram_setup *s, const char *method)
{
    ARENA_GROW(&s->arena, s->todo, s->n, s->cap);
    s->todo[s->n] = telegram_request(method);
    return &s->todo[s->n++];
}

/* `code` NULL: for all whose language is none of ours. */
static void add_language(struct telegram_setup *s, const char *lang, const char *code)
{
    struct telegram_request *r = add(s, "setMyCommands");
    telegram_add_json(r, "commands",
                      commands_json(s, lang, customer_commands, ARRAY_LEN(customer_commands)));
    telegram_add_json(r, "scope", "{\"type\":\"all_private_chats\"}");
    telegram_add(r, "language_code", code);
    r = add(s, "setMyDescription");
    telegram_add(r, "description", menu_phrase(s, lang, "description", 512));
    telegram_add(r, "language_code", code);
    r = add(s, "setMyShortDescription");
    telegram_add(r, "short_description", menu_phrase(s, lang, "short_description", 120));
    telegram_add(r, "language_code", code);
}

void telegram_setup_room(struct telegram_setup *s, const char *chat)
{
    int64_t id;
    if (parse_i64(chat, &id) < 0)
        return;
    const char *lang = settings_get(s->host->settings, "STAFF_LANGUAGE");
    struct telegram_request *r = add(s, "setMyCommands");
    telegram_add_json(r, "commands",
                      commands_json(s, lang, staff_commands, ARRAY_LEN(staff_commands)));
    telegram_add_json(r, "scope",
                      arena_printf(&s->arena, "{\"type\":\"chat\",\"chat_id\":%" PRId64 "}", id));
    go_on(s);
}

void telegram_setup_customers(struct telegram_setup *s)
{
    struct buf item = BUF_INIT(100);
    const char *fallback = NULL;
    for (size_t i = 0; settings_item(s->host->settings, "LANGUAGES", i, &item); i++) {
        const char *lang = arena_strdup(&s->arena, item.data);
        if (strlen(lang) == 2) /* Telegram knows ISO 639-1 only */
            add_language(s, lang, lang);
        if (!fallback || str_eq(lang, "en"))
            fallback = lang;
    }
    if (fallback)
        add_language(s, fallback, NULL);
    for (size_t i = 0; settings_item(s->host->settings, "TELEGRAM_STAFF_CHAT", i, &item); i++)
        telegram_setup_room(s, item.data);
    buf_release(&item);
    go_on(s);
}
