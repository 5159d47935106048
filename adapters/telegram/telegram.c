/* Telegram, by the Bot API 10.3. This is the moving half: it asks decode.h and encode.h what things
 * mean, and errors.h what became of them. Updates come in through poll.c or webhook.c. */
#include "adapters/telegram/check.h"
#include "adapters/telegram/fetch.h"
#include "adapters/telegram/pictures.h"
#include "adapters/telegram/poll.h"
#include "adapters/telegram/setup.h"
#include "adapters/telegram/webhook.h"
#include "bot/base/log.h"

#define START_RETRY_MS  2000
#define MAX_START_MS    30000
#define MAX_PART_TRIES  5
#define PART_RETRY_MS   1000
#define LONGEST_PART_MS 60000 /* a later part waits so long at most for its 429 */
#define OPEN_TOPICS     1024

struct telegram {
    struct adapter_host *host;
    struct telegram_api *api;
    struct telegram_poll *poll; /* this or the other, once we know who we are */
    struct telegram_webhook *webhook;
    struct telegram_setup *setup;
    char *account, *username;
    bool wants_to_listen, is_set_up;
    struct timer *start_timer;
    int64_t start_ms; /* the next wait */
    struct send *sends;
    uint64_t open_topics[OPEN_TOPICS]; /* hashes of those we know to be open, each at its place */
    char slow_chat[24]; /* the private chat that was last told to wait, and until when */
    int64_t slow_until_ms;
    struct telegram_pictures pictures;
};

/* One outgoing under way. */
struct send {
    struct telegram *telegram;
    struct send *next, *prev;
    void *ticket;
    struct arena arena;
    struct address to;
    struct telegram_requests requests;
    struct telegram_requests without; /* the same without pictures, or none */
    size_t at;                        /* the request under way */
    int tries;                        /* of that one */
    const char *id;
    const char **ids; /* of an album */
    size_t n_ids;
    uint64_t topic;
    bool pins, opens, is_bulk;
    struct timer *timer;      /* before a part that must wait, or before it is settled; else NULL */
    struct delivery delivery; /* what the timer settles, when `is_over` */
    bool is_over;
};

/* Sends */

static void free_send(struct send *s)
{
    *(s->prev ? &s->prev->next : &s->telegram->sends) = s->next;
    if (s->next)
        s->next->prev = s->prev;
    timer_free(s->timer);
    arena_release(&s->arena);
    free(s);
}

static void settle(struct send *s, const struct delivery *delivery)
{
    s->telegram->host->settle(s->telegram->host, s->ticket, delivery);
    free_send(s);
}

static void start_part(struct send *s);

static void on_send_timer(void *arg)
{
    struct send *s = arg;
    if (s->is_over)
        settle(s, &s->delivery);
    else
        start_part(s);
}

static void wait_for(struct send *s, int64_t ms)
{
    if (!s->timer)
        s->timer = timer_new(s->telegram->host->loop, on_send_timer, s);
    timer_arm(s->timer, ms);
}

/* send() was called just now, and may not be answered from inside. */
static void settle_later(struct send *s, enum refusal refusal, const char *why)
{
    s->is_over = true;
    s->delivery =
        (struct delivery){.outcome = DELIVERY_REFUSED, .id = "", .refusal = refusal, .why = why};
    wait_for(s, 0);
}

static void on_pinned(void *arg, const struct telegram_answer *answer)
{
    (void)arg;
    if (answer && !answer->is_ok)
        log_warn("telegram", "pinChatMessage: %s", answer->words);
}

static uint64_t *topic_place(struct telegram *t, uint64_t topic)
{
    return &t->open_topics[topic % OPEN_TOPICS];
}

static uint64_t topic_hash(struct arena *a, const char *chat, const char *thread)
{
    const char *name = arena_printf(a, "%s:%s", chat, thread);
    return fnv1a64(name, strlen(name));
}

/* All parts are out. */
static void on_sent(struct send *s)
{
    struct telegram *t = s->telegram;
    const struct telegram_request *last = &s->requests.items[s->requests.n - 1];
    if (s->opens)
        s->topic = topic_hash(&s->arena, s->to.chat, s->id);
    if (s->topic)
        *topic_place(t, s->topic) = str_eq(last->method, "closeForumTopic") ? 0 : s->topic;
    if (s->pins && *s->id) {
        struct telegram_request pin = telegram_encode_pin(&s->arena, s->to.chat, s->id);
        telegram_call(t->api, &pin, on_pinned, NULL);
    }
    settle(s, &(struct delivery){
                  .outcome = DELIVERY_SENT, .id = s->id, .ids = s->ids, .n_ids = s->n_ids});
}

/* Telegram does not say whom a 429 means. A group has its own limit; two private chats at once mean
 * all. */
static bool is_for_all(struct telegram *t, const char *chat, int64_t wait_ms)
{
    int64_t now_ms = clock_monotonic_ms();
    if (*chat == '-')
        return false;
    bool both = now_ms < t->slow_until_ms && !str_eq(t->slow_chat, chat);
    snprintf(t->slow_chat, sizeof(t->slow_chat), "%s", chat);
    t->slow_until_ms = now_ms + wait_ms;
    return both;
}

/* The first part did not go out, or something after it went wrong. A part of a message that is out
 * already cannot be left to the outbox, which would send all of it again: it is tried here. */
static void on_unsent(struct send *s, struct delivery *d)
{
    if (s->at == 0) {
        if (d->outcome == DELIVERY_RETRY_AFTER && d->retry_ms && !d->whole_account && !s->is_bulk)
            d->whole_account = is_for_all(s->telegram, s->to.chat, d->retry_ms);
        settle(s, d);
        return;
    }
    int64_t wait_ms = d->retry_ms ? d->retry_ms : PART_RETRY_MS;
    if (d->outcome == DELIVERY_RETRY_AFTER && ++s->tries < MAX_PART_TRIES &&
        wait_ms <= LONGEST_PART_MS) {
        wait_for(s, wait_ms);
        return;
    }
    if (d->outcome == DELIVERY_RETRY_AFTER)
        d->outcome = DELIVERY_UNKNOWN;
    d->id = s->id;
    d->ids = s->ids;
    d->n_ids = s->n_ids;
    d->why = arena_printf(&s->arena, "part %zu of %zu: %s", s->at + 1, s->requests.n, d->why);
    settle(s, d);
}

static const char *id_of(struct arena *a, const struct json *result)
{
    const char *id = json_id(result, "message_id", a);
    if (!id)
        id = json_id(result, "message_thread_id", a); /* of createForumTopic */
    return id && !str_eq(id, "0") ? id : "";          /* an ephemeral message has none */
}

/* An album answers with a list of messages. */
static void read_ids(struct send *s, const struct json *result)
{
    if (json_is_array(result)) {
        s->n_ids = json_len(result);
        s->ids = arena_alloc(&s->arena, s->n_ids * sizeof(*s->ids));
        for (size_t i = 0; i < s->n_ids; i++)
            s->ids[i] = id_of(&s->arena, json_item(result, i));
    }
    s->id = s->n_ids ? s->ids[0] : id_of(&s->arena, result);
}

static void on_part(void *arg, const struct telegram_answer *answer)
{
    struct send *s = arg;
    if (!answer)
        return; /* close() frees it */
    struct telegram_request *request = &s->requests.items[s->at];
    struct delivery d;
    telegram_delivery(answer, request->can_repeat, &d);
    if (d.outcome == DELIVERY_REFUSED && d.refusal == REFUSAL_FILE && s->at == 0 &&
        s->without.n) { /* the words are what counts */
        log_warn("telegram", "a picture was refused, its answer goes without it: %s",
                 answer->words);
        s->requests = s->without;
        s->without.n = 0;
        start_part(s);
        return;
    }
    if (d.outcome == DELIVERY_REFUSED && request->instead &&
        (request->is_whisper || d.refusal == REFUSAL_NO_MESSAGE || d.refusal == REFUSAL_FILE)) {
        *request = *request->instead;
        start_part(s);
        return;
    }
    if (d.outcome != DELIVERY_SENT) {
        on_unsent(s, &d);
        return;
    }
    if (s->at == 0 && !request->can_repeat)
        read_ids(s, answer->result);
    telegram_pictures_learn(&s->telegram->pictures, request, answer->result);
    s->tries = 0;
    if (++s->at < s->requests.n)
        start_part(s);
    else
        on_sent(s);
}

static void start_part(struct send *s)
{
    telegram_call(s->telegram->api, &s->requests.items[s->at], on_part, s);
}

/* With the pictures that can be read; and without any, should Telegram not take them. */
static int encode(struct send *s, const struct outgoing *outgoing, bool reopen,
                  enum refusal *refusal, const char **why)
{
    const struct telegram *t = s->telegram;
    struct outgoing with = *outgoing, without = *outgoing;
    if (!telegram_has_pictures(&outgoing->content))
        return telegram_encode(&s->arena, outgoing, t->username, reopen, &s->requests, refusal,
                               why);
    telegram_pictures_use(&t->pictures, &s->arena, &with.content);
    without.content.n_files = 0;
    if (telegram_encode(&s->arena, &without, t->username, reopen, &s->without, refusal, why) < 0)
        s->without.n = 0;
    return telegram_encode(&s->arena, &with, t->username, reopen, &s->requests, refusal, why);
}

static void telegram_send(void *self, const struct outgoing *outgoing, void *ticket)
{
    struct telegram *t = self;
    struct send *s = xcalloc(1, sizeof(*s));
    *s = (struct send){.telegram = t, .next = t->sends, .ticket = ticket, .id = ""};
    if (s->next)
        s->next->prev = s;
    t->sends = s;
    s->to.chat = arena_strdup(&s->arena, outgoing->to.chat);
    s->pins = outgoing->kind == OUTGOING_CONTENT && outgoing->content.pin &&
              outgoing->content.kind == CONTENT_TEXT;
    s->opens = outgoing->kind == OUTGOING_OPEN;
    s->is_bulk = outgoing->is_bulk;
    bool reopen = false;
    if (outgoing->kind == OUTGOING_CONTENT && outgoing->content.kind == CONTENT_HOME) {
        s->topic = topic_hash(&s->arena, outgoing->to.chat, outgoing->to.thread);
        reopen = outgoing->content.reopen || *topic_place(t, s->topic) != s->topic;
    }
    enum refusal refusal;
    const char *why;
    if (encode(s, outgoing, reopen, &refusal, &why) < 0)
        settle_later(s, refusal, why);
    else
        start_part(s);
}

static void on_shown(void *arg, const struct telegram_answer *answer)
{
    (void)arg;
    if (answer && !answer->is_ok)
        log_debug("telegram", "answerCallbackQuery: %s", answer->words);
}

static void telegram_show(void *self, const struct event *pressed, const char *text)
{
    struct telegram *t = self;
    struct arena arena = ARENA_INIT;
    if (!str_empty(pressed->callback_id)) {
        struct telegram_request request =
            telegram_encode_answer(&arena, pressed->callback_id, text);
        telegram_call(t->api, &request, on_shown, NULL);
    }
    arena_release(&arena);
}

/* Start and stop */

static void follow_wish(struct telegram *t)
{
    if (t->poll)
        telegram_poll_listen(t->poll, t->wants_to_listen);
    else if (t->webhook)
        telegram_webhook_listen(t->webhook, t->wants_to_listen);
    else
        return;
    if (t->wants_to_listen && !t->is_set_up) {
        t->is_set_up = true; /* not before: doctor changes nothing */
        telegram_setup_customers(t->setup);
    }
}

static void add_rooms(struct telegram *t)
{
    struct buf chat = BUF_INIT(100);
    for (size_t i = 0; settings_item(t->host->settings, "TELEGRAM_STAFF_CHAT", i, &chat); i++)
        t->host->add_room(t->host, chat.data);
    t->host->rooms_done(t->host);
    buf_release(&chat);
}

static void on_me(void *arg, const struct telegram_answer *answer)
{
    struct telegram *t = arg;
    if (!answer)
        return;
    struct arena arena = ARENA_INIT;
    const char *id = json_id(answer->result, "id", &arena);
    const char *username = json_str(answer->result, "username");
    if (id) {
        t->account = xstrdup(id);
        t->username = xstrdup(username ? username : "");
        t->host->username = t->username;
        if (settings_is(t->host->settings, "TELEGRAM_WEBHOOK", "on"))
            t->webhook = telegram_webhook_new(t->api, t->host, t->account);
        else
            t->poll = telegram_poll_new(t->api, t->host, t->account);
        if (t->start_ms > START_RETRY_MS)
            t->host->trouble(t->host, NULL);
        t->host->ready(t->host, t->account, t->username);
        add_rooms(t);
        follow_wish(t);
    } else {
        t->host->trouble(t->host, telegram_is_token_refused(answer)
                                      ? "token refused: " TELEGRAM_ADVICE_TOKEN
                                      : arena_printf(&arena, "getMe fails: %s", answer->words));
        timer_arm(t->start_timer, t->start_ms);
        t->start_ms = t->start_ms * 2 < MAX_START_MS ? t->start_ms * 2 : MAX_START_MS;
    }
    arena_release(&arena);
}

static void ask_who_we_are(void *arg)
{
    struct telegram *t = arg;
    struct telegram_request request = telegram_request("getMe");
    telegram_call(t->api, &request, on_me, t);
}

static bool telegram_is_on(const struct settings *settings)
{
    return settings_has(settings, "TELEGRAM_BOT_TOKEN");
}

static int check_rooms(const struct settings *settings, struct buf *why)
{
    struct buf chat = BUF_INIT(1000);
    int64_t id;
    bool ok = true;
    for (size_t i = 0; ok && settings_item(settings, "TELEGRAM_STAFF_CHAT", i, &chat); i++)
        ok = !parse_i64(chat.data, &id);
    log_mask(&chat); /* it may be a token in the wrong row */
    if (!ok)
        buf_fail(why,
                 "TELEGRAM_STAFF_CHAT: \"%s\" is no chat id, as -1001234567890; without one send "
                 "/staff CODE in the group, with the code that zaide prints at its start",
                 chat.data);
    buf_release(&chat);
    return ok ? 0 : -1;
}

static int telegram_open(struct adapter_host *host, void **self, struct buf *why)
{
    if (check_rooms(host->settings, why) || telegram_webhook_settings(host->settings, why))
        return -1;
    struct telegram_api *api = telegram_api_new(host->loop, host->settings, why);
    if (!api)
        return -1;
    struct telegram *t = xcalloc(1, sizeof(*t));
    t->host = host;
    t->api = api;
    host->limits.group_per_min = (int)settings_int(host->settings, "TELEGRAM_GROUP_PER_MIN");
    t->setup = telegram_setup_new(api, host);
    t->start_timer = timer_new(host->loop, ask_who_we_are, t);
    t->start_ms = START_RETRY_MS;
    ask_who_we_are(t);
    *self = t;
    return 0;
}

static void telegram_listen(void *self, bool on)
{
    struct telegram *t = self;
    t->wants_to_listen = on;
    memset(t->open_topics, 0, sizeof(t->open_topics)); /* others may have closed them meanwhile */
    follow_wish(t);
}

static void telegram_hook(void *self, const struct web_request *request, struct web_answer *answer)
{
    struct telegram *t = self;
    if (t->webhook)
        telegram_webhook_take(t->webhook, request, answer);
    else
        answer->status = t->poll ? 404 : 503; /* we poll; or we do not know yet who we are */
}

static void telegram_close(void *self)
{
    struct telegram *t = self;
    telegram_poll_free(t->poll);
    telegram_webhook_free(t->webhook);
    telegram_setup_free(t->setup);
    timer_free(t->start_timer);
    while (t->sends)
        free_send(t->sends);
    telegram_api_free(t->api);
    free(t->account);
    free(t->username);
    telegram_pictures_release(&t->pictures);
    free(t);
}

/* Rooms and doctor */

struct room_asked {
    struct telegram *telegram;
    char *chat;
    void (*done)(void *arg, const struct room_check *check);
    void *arg;
};

static void on_room(void *arg, const struct room_check *check)
{
    struct room_asked *asked = arg;
    if (check && !check->n_problems && asked->telegram->is_set_up)
        telegram_setup_room(asked->telegram->setup, asked->chat);
    asked->done(asked->arg, check);
    free(asked->chat);
    free(asked);
}

static void telegram_ask_room(void *self, const struct address *room,
                              void (*done)(void *arg, const struct room_check *check), void *arg)
{
    struct telegram *t = self;
    struct room_asked *asked = xcalloc(1, sizeof(*asked));
    *asked = (struct room_asked){t, xstrdup(room->chat), done, arg};
    telegram_check_room(t->api, room->account, room->chat, on_room, asked);
}

static void telegram_fetch_file(void *self, const struct file *file, size_t max,
                                void (*done)(void *arg, const struct document *document), void *arg)
{
    struct telegram *t = self;
    telegram_fetch(t->api, file, max, done, arg);
}

static void telegram_doctor(void *self, const struct facts *facts, bool is_led,
                            void (*line)(void *arg, bool ok, const char *what),
                            void (*done)(void *arg), void *arg)
{
    struct telegram *t = self;
    telegram_diagnose(t->api, t->host->settings, facts, is_led, line, done, arg);
}

static const struct setting settings[] = {
    {"TELEGRAM_BOT_TOKEN", "The bot's token, from @BotFather (/newbot). Unset: Telegram is off.",
     SETTING_SECRET, NULL, NULL, 0, 0},
    {"TELEGRAM_API_URL", "Where the Bot API is: Telegram's own, or your telegram-bot-api server.",
     SETTING_URL, "https://api.telegram.org", NULL, 0, 0},
    {"TELEGRAM_STAFF_CHAT",
     "Id of the staff's group with topics (-100...). Unset: bind it by sending\n"
     "/staff CODE in the group, with the code that zaide prints at its start.",
     SETTING_LIST, NULL, NULL, 0, 0},
    {"TELEGRAM_GROUP_PER_MIN",
     "Calls a minute that zaide allows itself in one group. Telegram takes about 20.", SETTING_INT,
     "20", NULL, 1, 600000},
    {"TELEGRAM_WEBHOOK",
     "How updates come: off is long polling; on: Telegram calls PUBLIC_URL/hook/telegram.",
     SETTING_CHOICE, "off", "off|on", 0, 0},
    {"TELEGRAM_WEBHOOK_SECRET",
     "16 to 256 of A-Z a-z 0-9 _ - that only Telegram and zaide know, as  openssl rand -hex 24\n"
     "prints. Wanted when TELEGRAM_WEBHOOK is on.",
     SETTING_SECRET, NULL, NULL, 0, 0},
    {0},
};

/* Limits: https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this */
const struct adapter telegram_adapter = {
    .name = "telegram",
    .title = "Telegram",
    .help = "Telegram: private chats with customers, and the staff's forum",
    .settings = settings,
    .max_text = TELEGRAM_MAX_TEXT,
    .limits = {.chat_per_s = 1,
               .chat_burst = 3,
               .group_per_min = 20,
               .max_in_flight = TELEGRAM_MAX_IN_FLIGHT,
               .joins = true},
    .is_on = telegram_is_on,
    .open = telegram_open,
    .listen = telegram_listen,
    .hook = telegram_hook,
    .send = telegram_send,
    .show = telegram_show,
    .fetch = telegram_fetch_file,
    .check_room = telegram_ask_room,
    .diagnose = telegram_doctor,
    .close = telegram_close,
};
