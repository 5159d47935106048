#include "adapters/telegram/poll.h"

#include <inttypes.h>

#include "adapters/telegram/decode.h"
#include "bot/base/log.h"

#define POLL_S    50 /* Telegram's limit */
#define CALL_MS   65000
#define MAX_REPLY (16 * 1024 * 1024) /* Telegram stops a batch at 4 MB */
#define BATCH     100
#define MAX_KEPT  1000
#define STRIKES   5 /* a garbled answer may be the network's fault; five in a row are not */

/* Waits, in seconds. */
#define SLOW        2
#define IDLE        1
#define TOKEN_RETRY 30
#define MAX_BACKOFF 30
#define MAX_RETRY   86400

/* An update that came and is not confirmed yet. */
struct update {
    struct telegram_poll *poll;
    struct update *next;
    int64_t id;
    bool is_done;
};

enum state {
    POLL_OFF,
    POLL_ASKING,  /* a getUpdates is under way */
    POLL_READING, /* its updates are being handed in */
    POLL_SLOW,    /* some are not done; asks again when they are, or when the timer fires */
    POLL_BACKOFF  /* something is wrong; asks again when the timer fires */
};

struct telegram_poll {
    struct telegram_api *api;
    struct adapter_host *host;
    const char *account;
    enum state state;
    struct http_call *call;
    struct timer *timer;
    int64_t second_ms;
    int64_t offset;         /* the first update that is not done; 0: none is known yet */
    int64_t asked;          /* the offset of the latest question */
    struct update *updates; /* by id; the first is not done */
    size_t n_updates, n_waiting;
    int failures;   /* in a row */
    bool is_away;   /* it was not reached: the next answer shall come at once, to know that it is */
    size_t singles; /* so many updates are asked for one by one */
    int strikes;    /* answers in a row that brought us nowhere */
    int64_t asked_ms; /* when the latest question was put */
    struct buf trouble;
};

static void ask(struct telegram_poll *p);

/* Trouble */

/* Told when it changes. NULL: it works. */
static void set_trouble(struct telegram_poll *p, const char *what)
{
    if (str_eq(p->trouble.data, what ? what : ""))
        return;
    buf_clear(&p->trouble);
    buf_str(&p->trouble, what);
    p->host->trouble(p->host, what);
}

static void wait_s(struct telegram_poll *p, enum state state, int64_t seconds)
{
    p->state = state;
    timer_arm(p->timer, seconds * p->second_ms);
}

static void back_off(struct telegram_poll *p)
{
    int64_t seconds = 1 << (p->failures > 5 ? 5 : p->failures);
    p->failures++;
    wait_s(p, POLL_BACKOFF, seconds < MAX_BACKOFF ? seconds : MAX_BACKOFF);
}

/* No updates came. */
static void on_failure(struct telegram_poll *p, const struct telegram_answer *answer)
{
    struct buf what = BUF_INIT(1024);
    if (answer->code == 409) {
        set_trouble(p, strstr(answer->words, "webhook")
                           ? "a webhook is set, so polling gets nothing: " TELEGRAM_ADVICE_WEBHOOK
                           : "another program polls with this token: " TELEGRAM_ADVICE_POLLER);
        back_off(p);
    } else if (telegram_is_token_refused(answer)) {
        set_trouble(p, "token refused: " TELEGRAM_ADVICE_TOKEN);
        p->failures++;
        wait_s(p, POLL_BACKOFF, TOKEN_RETRY);
    } else if (answer->code == 429 && answer->retry_after_s > 0) {
        log_warn("telegram", "getUpdates must wait %" PRId64 " s", answer->retry_after_s);
        wait_s(p, POLL_BACKOFF,
               answer->retry_after_s < MAX_RETRY ? answer->retry_after_s : MAX_RETRY);
    } else {
        /* A batch too large for us comes back as a failure, too: one by one it passes. */
        if (answer->outcome == HTTP_UNKNOWN && !p->singles)
            p->singles = 1;
        buf_printf(&what, answer->code ? "the Bot API answers: %s" : "cannot reach the Bot API: %s",
                   answer->words);
        /* A connection that is cut once in a while is no trouble. */
        if (p->failures || answer->outcome == HTTP_NOT_SENT)
            set_trouble(p, what.data);
        else
            log_debug("telegram", "%s", what.data);
        p->is_away = true;
        back_off(p);
    }
    buf_release(&what);
}

/* Updates that are kept */

/* NULL: it came before. Below `asked` it is a new one all the same: after a quiet week the ids
 * start anew at random. */
static struct update *keep_update(struct telegram_poll *p, int64_t id)
{
    if (id >= p->asked && id < p->offset)
        return NULL; /* confirmed since the question was put */
    struct update **at = &p->updates;
    while (*at && (*at)->id < id)
        at = &(*at)->next;
    if (*at && (*at)->id == id)
        return NULL;
    struct update *u = xcalloc(1, sizeof(*u));
    *u = (struct update){.poll = p, .next = *at, .id = id};
    *at = u;
    p->n_updates++;
    p->n_waiting++;
    return u;
}

/* The event is committed, or there was none. Frees what can be confirmed now. */
static void finish_update(struct update *u)
{
    struct telegram_poll *p = u->poll;
    u->is_done = true;
    p->n_waiting--;
    while (p->updates && p->updates->is_done) {
        struct update *first = p->updates;
        p->offset = first->id + 1;
        p->updates = first->next;
        p->n_updates--;
        free(first);
    }
}

static void on_done(void *arg)
{
    struct telegram_poll *p = ((struct update *)arg)->poll;
    finish_update(arg);
    if (!p->n_waiting && p->state == POLL_SLOW)
        ask(p);
}

/* Batches */

static void skip(struct telegram_poll *p, int64_t id, enum log_level level, const char *why)
{
    struct update *u = keep_update(p, id);
    if (!u)
        return;
    log_at(level, "telegram", "update %" PRId64 " skipped: %s", id, why);
    finish_update(u);
}

/* false: it has no id, so it cannot be confirmed. */
static bool read_update(struct telegram_poll *p, const char *text, size_t len)
{
    struct buf why = BUF_INIT(200);
    struct arena arena = ARENA_INIT;
    struct json *json = json_parse(text, len, &why);
    int64_t id = json ? telegram_update_id(json) : telegram_find_update_id(text, len);
    enum telegram_decoded decoded = TELEGRAM_MALFORMED;
    struct event event;
    const char *reason = why.data;
    if (json)
        decoded = telegram_decode(&arena, json, p->account, p->host->username, clock_ms(), &event,
                                  &reason);
    if (decoded == TELEGRAM_EVENT) {
        struct update *u = keep_update(p, id);
        if (u)
            p->host->deliver(p->host, &event, on_done, u);
    } else if (id >= 0) {
        skip(p, id, decoded == TELEGRAM_SILENT ? LOG_DEBUG : LOG_WARN, reason);
    }
    json_free(json);
    arena_release(&arena);
    buf_release(&why);
    return id >= 0;
}

/* An answer that brings us nowhere, and would come again for ever. No update below the offset is
 * left, so to confirm one more cannot confirm any but the one that stands in the way. */
static void get_over(struct telegram_poll *p, const struct http_reply *reply, bool is_answer)
{
    int64_t id = telegram_find_update_id(reply->body, reply->body_len);
    if (!p->singles)
        p->singles = 1;
    if (++p->strikes < STRIKES) {
        wait_s(p, POLL_BACKOFF, IDLE);
    } else if (id >= 0 || (is_answer && p->offset)) {
        skip(p, id >= 0 ? id : p->offset, LOG_WARN, "it cannot be read");
        p->failures = p->strikes = 0;
        ask(p);
    } else {
        set_trouble(p, "the Bot API answers what cannot be read: is TELEGRAM_API_URL right?");
        back_off(p);
    }
}

/* Waits for what is not done, or asks on; but never in a hurry for an answer that told nothing. */
static void go_on(struct telegram_poll *p)
{
    p->failures = p->strikes = 0;
    p->is_away = false;
    set_trouble(p, NULL);
    if (p->n_waiting) {
        wait_s(p, POLL_SLOW, SLOW);
    } else if (p->offset == p->asked && clock_monotonic_ms() - p->asked_ms < IDLE * p->second_ms) {
        wait_s(p, POLL_BACKOFF, IDLE);
    } else {
        ask(p);
    }
}

static void read_batch(struct telegram_poll *p, const struct http_reply *reply)
{
    struct telegram_batch batch;
    const char *text;
    size_t len, n_named = 0, n_unnamed = 0;
    p->state = POLL_READING;
    bool is_answer = telegram_batch_open(&batch, reply->body, reply->body_len);
    while (is_answer && p->n_updates < MAX_KEPT && telegram_batch_next(&batch, &text, &len)) {
        if (read_update(p, text, len))
            n_named++;
        else
            n_unnamed++;
        if (p->state != POLL_READING)
            return; /* told to stop meanwhile: what was not handed in comes again */
    }
    bool is_broken = !is_answer || batch.is_broken, was_single = p->singles > 0;
    if (was_single)
        p->singles--;
    if (!n_named && (n_unnamed || (is_broken && was_single))) {
        get_over(p, reply, is_answer);
        return;
    }
    if (is_broken)
        p->singles = BATCH;
    go_on(p);
}

static void on_reply(void *arg, const struct http_reply *reply)
{
    struct telegram_poll *p = arg;
    p->call = NULL;
    if (reply->outcome == HTTP_REPLIED && reply->status == 200) {
        read_batch(p, reply);
        return;
    }
    struct arena arena = ARENA_INIT;
    struct telegram_answer answer;
    telegram_answer_read(&arena, reply, &answer);
    on_failure(p, &answer);
    telegram_answer_release(&answer);
    arena_release(&arena);
}

static void ask(struct telegram_poll *p)
{
    struct buf json = BUF_INIT(1024);
    timer_disarm(p->timer);
    p->state = POLL_ASKING;
    if (p->updates)
        p->offset = p->updates->id;
    p->asked = p->offset;
    p->asked_ms = clock_monotonic_ms();
    buf_char(&json, '{');
    if (p->offset)
        buf_printf(&json, "\"offset\":%" PRId64 ",", p->offset);
    buf_printf(&json, "\"limit\":%d,\"timeout\":%d,\"allowed_updates\":%s}", p->singles ? 1 : BATCH,
               p->is_away ? 0 : POLL_S, telegram_allowed_updates);
    p->call = telegram_call_raw(p->api, "getUpdates", json.data, CALL_MS, MAX_REPLY, on_reply, p);
    buf_release(&json);
}

static void on_timer(void *arg)
{
    ask(arg);
}

/* What the header promises. */

struct telegram_poll *telegram_poll_new(struct telegram_api *api, struct adapter_host *host,
                                        const char *account)
{
    struct telegram_poll *p = xcalloc(1, sizeof(*p));
    p->api = api;
    p->host = host;
    p->account = account;
    p->second_ms = 1000;
    p->timer = timer_new(host->loop, on_timer, p);
    buf_init(&p->trouble, 2048);
    return p;
}

void telegram_poll_set_second(struct telegram_poll *p, int64_t second_ms)
{
    p->second_ms = second_ms;
}

void telegram_poll_listen(struct telegram_poll *p, bool on)
{
    if (on == (p->state != POLL_OFF))
        return;
    if (on) {
        ask(p);
        return;
    }
    http_cancel(p->call); /* confirms nothing that was not confirmed before */
    p->call = NULL;
    timer_disarm(p->timer);
    p->state = POLL_OFF;
}

void telegram_poll_free(struct telegram_poll *p)
{
    if (!p)
        return;
    telegram_poll_listen(p, false);
    timer_free(p->timer);
    buf_release(&p->trouble);
    while (p->updates) {
        struct update *next = p->updates->next;
        free(p->updates);
        p->updates = next;
    }
    free(p);
}
