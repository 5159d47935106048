#include "bot/io/redis.h"

#include <hiredis/async.h>
#include <hiredis/hiredis.h>
#include <hiredis/sds.h>
#include <netdb.h>
#include <uv.h>

#include "bot/base/log.h"

#define MAX_WAITING    65536
#define MAX_COMMAND    (256 * 1024 * 1024) /* Redis takes 512 MB in one string */
#define KEPT_COMMAND   (64 * 1024)
#define MUCH           16384 /* goes out at once, so that the server works while we do */
#define FIRST_RETRY_MS 50
#define LAST_RETRY_MS  2000
#define BEAT_MS        1000
#define DEAD_BEATS     4 /* counted, not measured: a stall of our own is one beat, however long */

enum link_state { LINK_DOWN, LINK_RESOLVING, LINK_CONNECTING, LINK_UP };

struct call {
    struct call *next;
    void (*on_reply)(void *arg, const struct redis_value *reply);
    void *arg;
};

struct calls {
    struct call *first, *last;
    size_t n;
};

struct lookup { /* outlives a redis_free: its thread cannot be called back */
    uv_getaddrinfo_t uv;
    struct redis *redis;
};

struct redis {
    struct loop *loop;
    struct redis_address address;
    void (*on_up)(void *arg);
    void (*on_down)(void *arg, const char *error);
    void *arg;

    enum link_state state;
    redisAsyncContext *link;          /* while CONNECTING and UP */
    struct lookup *lookup;            /* while RESOLVING */
    struct addrinfo *found, *untried; /* the host's addresses, and those not yet tried */
    struct buf command;               /* the one being sent */
    struct calls waiting;             /* sent; hiredis has a callback for each, same order */
    struct calls lost;                /* will get NULL */

    struct timer *retry, *beat, *lose;
    int64_t retry_ms;
    int silent_beats;
    bool is_owed;   /* the server owes us a reply */
    bool is_told;   /* of being down */
    bool *is_freed; /* where on_lose wants to know */
    char error[512];

    char *channel; /* a listener's: its greeting ends with SUBSCRIBE */
    void (*on_message)(void *arg, const char *payload, size_t len);
};

static void push(struct calls *calls, struct call *call)
{
    call->next = NULL;
    if (calls->last)
        calls->last->next = call;
    else
        calls->first = call;
    calls->last = call;
    calls->n++;
}

static struct call *pop(struct calls *calls)
{
    struct call *call = calls->first;
    if (!call)
        return NULL;
    calls->first = call->next;
    if (!calls->first)
        calls->last = NULL;
    calls->n--;
    return call;
}

static void answer(struct call *call, const void *reply)
{
    struct call c = *call;
    free(call);
    if (c.on_reply)
        c.on_reply(c.arg, reply);
}

/* The glue: what hiredis needs of an event loop. Where the socket has an error libuv stops the
 * handle and gives a negative status; hiredis finds the error itself if told to read or write. (Its
 * own adapters/libuv.h just returns, so that a refused connection is never told.) */

struct glue {
    uv_poll_t uv;
    redisAsyncContext *link; /* NULL once hiredis is done; the glue lives until libuv is done too */
    int events;
};

static void on_poll(uv_poll_t *handle, int status, int events)
{
    struct glue *g = handle->data;
    if (status < 0) {
        events = g->events ? g->events : UV_READABLE;
        g->events = 0;
    }
    if (g->link && (events & UV_READABLE))
        redisAsyncHandleRead(g->link);
    if (g->link && (events & UV_WRITABLE))
        redisAsyncHandleWrite(g->link);
}

/* hiredis asks anew with each command; libuv would call the system each time. */
static void poll_for(struct glue *g, int events)
{
    if (events == g->events)
        return;
    g->events = events;
    if (events)
        uv_poll_start(&g->uv, events, on_poll);
    else
        uv_poll_stop(&g->uv);
}

static void add_read(void *glue)
{
    poll_for(glue, ((struct glue *)glue)->events | UV_READABLE);
}

static void add_write(void *glue)
{
    poll_for(glue, ((struct glue *)glue)->events | UV_WRITABLE);
}

static void del_write(void *glue)
{
    poll_for(glue, ((struct glue *)glue)->events & ~UV_WRITABLE);
}

static void free_glue(uv_handle_t *handle)
{
    free(handle->data);
}

static void clean_up(void *glue)
{
    struct glue *g = glue;
    g->link = NULL;
    uv_close((uv_handle_t *)&g->uv, free_glue);
}

static void attach(redisAsyncContext *link, uv_loop_t *uv)
{
    struct glue *g = xcalloc(1, sizeof(*g));
    int rc = uv_poll_init(uv, &g->uv, link->c.fd);
    if (rc < 0)
        die("redis: the connection cannot be watched: %s", uv_strerror(rc));
    g->uv.data = g;
    g->link = link;
    link->ev.data = g;
    link->ev.addRead = add_read;
    link->ev.addWrite = add_write;
    link->ev.delWrite = del_write;
    link->ev.cleanup = clean_up;
}

/* Down. hiredis calls its pending callbacks with NULL while it tears a connection down, which is no
 * place to run ours: they ignore that, and `lost` is told from a timer. */

static void try_next(struct redis *r);

/* From now on hiredis's callbacks find no owner. The caller frees what it gets, unless hiredis
 * will. */
static redisAsyncContext *let_go(struct redis *r)
{
    redisAsyncContext *link = r->link;
    r->link = NULL;
    if (link)
        link->data = NULL;
    return link;
}

static void forget_addresses(struct redis *r)
{
    if (r->found)
        uv_freeaddrinfo(r->found);
    r->found = r->untried = NULL;
}

static void lose_waiting(struct redis *r)
{
    struct call *call;
    while ((call = pop(&r->waiting)))
        push(&r->lost, call);
}

/* The one way down, whatever the state; the link is let go already. */
static void fall(struct redis *r, const char *why)
{
    if (r->address.path)
        snprintf(r->error, sizeof(r->error), "Redis at %s: %s", r->address.path, why);
    else
        snprintf(r->error, sizeof(r->error), "Redis at %s:%d: %s", r->address.host, r->address.port,
                 why);
    timer_disarm(r->beat);
    if (r->state == LINK_CONNECTING && r->untried) {
        try_next(r);
        return;
    }
    r->state = LINK_DOWN;
    forget_addresses(r);
    lose_waiting(r);
    timer_arm(r->lose, 0);
    timer_arm(r->retry, r->retry_ms / 2 + (int64_t)(uv_hrtime() % (uint64_t)r->retry_ms));
    r->retry_ms = r->retry_ms * 2 < LAST_RETRY_MS ? r->retry_ms * 2 : LAST_RETRY_MS;
}

static void cut(struct redis *r, const char *why)
{
    redisAsyncContext *link = let_go(r);
    fall(r, why);
    redisAsyncFree(link);
}

static void on_lose(void *arg)
{
    struct redis *r = arg;
    bool is_freed = false;
    r->is_freed = &is_freed;
    if (r->state == LINK_DOWN && !r->is_told) {
        r->is_told = true;
        log_warn("redis", "down: %s", r->error);
        if (r->on_down)
            r->on_down(r->arg, r->error);
    }
    /* Calls made meanwhile wait for the next round: who repeats at once cannot keep input out. */
    for (size_t n = is_freed ? 0 : r->lost.n; n > 0 && !is_freed; n--)
        answer(pop(&r->lost), NULL);
    if (is_freed)
        return;
    r->is_freed = NULL;
    if (r->lost.n)
        timer_arm(r->lose, 0);
}

/* Up. */

static void rise(struct redis *r)
{
    r->state = LINK_UP;
    r->retry_ms = FIRST_RETRY_MS;
    r->is_told = false;
    r->error[0] = '\0';
    forget_addresses(r);
    log_info("redis", "up%s%s", r->channel ? ", listening on " : "", r->channel ? r->channel : "");
    if (r->on_up)
        r->on_up(r->arg); /* may free it */
}

static void hear(struct redis *r)
{
    r->silent_beats = 0;
    r->is_owed = r->waiting.n > 0;
}

/* What ends the word before and says what follows ("\r\n$"), and how long that is. */
static void put_count(struct buf *out, const char *before, size_t n)
{
    char line[INT_TEXT + 5], *end = line + sizeof(line), *at = end;
    *--at = '\n';
    *--at = '\r';
    do
        *--at = (char)('0' + n % 10);
    while (n /= 10);
    at -= strlen(before);
    memcpy(at, before, strlen(before));
    buf_add(out, at, (size_t)(end - at));
}

/* The protocol's array of strings. hiredis's own writer takes three times as long. */
static bool ask(struct redis *r, redisCallbackFn *on_answer, const char *name, int argc,
                const char *const *argv, const size_t *lens)
{
    struct buf *command = &r->command;
    buf_clear(command);
    put_count(command, "*", (size_t)argc);
    for (int i = 0; i < argc; i++) {
        size_t len = lens ? lens[i] : strlen(argv[i]);
        put_count(command, i ? "\r\n$" : "$", len);
        buf_add(command, argv[i], len);
    }
    buf_str(command, "\r\n");
    if (buf_over(command))
        die("redis: a %s of more than %d MB", argv[0], MAX_COMMAND / 1024 / 1024);
    r->is_owed = true;
    bool ok = redisAsyncFormattedCommand(r->link, on_answer, (void *)name, command->data,
                                         command->len) == REDIS_OK;
    if (command->cap > KEPT_COMMAND)
        buf_release(command);
    if (ok && sdslen(r->link->c.obuf) >= MUCH) {
        int is_all;
        redisBufferWrite(&r->link->c, &is_all); /* an error is found again in the next round */
    }
    return ok;
}

static void on_message(redisAsyncContext *link, void *reply, void *name)
{
    (void)name;
    struct redis *r = link->data;
    const struct redis_value *kind = redis_item(reply, 0), *payload = redis_item(reply, 2);
    if (!r || !reply)
        return;
    hear(r);
    if (r->state == LINK_CONNECTING) {
        rise(r);
    } else if (str_eq(redis_str(kind, NULL), "message") && r->on_message) {
        size_t len;
        const char *text = redis_str(payload, &len);
        r->on_message(r->arg, text, len); /* may free it */
    }
}

static void subscribe(struct redis *r)
{
    ask(r, on_message, NULL, 2, (const char *const[]){"SUBSCRIBE", r->channel}, NULL);
}

static void on_greeted(redisAsyncContext *link, void *reply, void *name)
{
    struct redis *r = link->data;
    if (!r || !reply)
        return;
    hear(r);
    r->is_owed = r->state == LINK_CONNECTING; /* the rest of the greeting */
    if (redis_kind(reply) == REDIS_ERROR) {
        const char *text = redis_str(reply, NULL);
        char why[256];
        if (str_eq(name, "AUTH")) /* the code only: the text may quote what we sent */
            snprintf(why, sizeof(why),
                     "AUTH was refused (%.*s): check user and password in REDIS_URL",
                     (int)strcspn(text, " "), text);
        else
            snprintf(why, sizeof(why), "%s was refused: %s", (const char *)name, text);
        cut(r, why);
    } else if (str_eq(name, "PING") && r->state == LINK_CONNECTING) {
        if (r->channel)
            subscribe(r);
        else
            rise(r);
    }
}

static void ping(struct redis *r)
{
    ask(r, on_greeted, "PING", 1, (const char *const[]){"PING"}, NULL);
}

static void greet(struct redis *r)
{
    const struct redis_address *a = &r->address;
    if (a->password && a->user)
        ask(r, on_greeted, "AUTH", 3, (const char *const[]){"AUTH", a->user, a->password}, NULL);
    else if (a->password)
        ask(r, on_greeted, "AUTH", 2, (const char *const[]){"AUTH", a->password}, NULL);
    if (a->db) {
        char db[16];
        snprintf(db, sizeof(db), "%d", a->db);
        ask(r, on_greeted, "SELECT", 2, (const char *const[]){"SELECT", db}, NULL);
    }
    ping(r);
}

/* hiredis 0.14 never calls back the PING of a connection that listens, so such a one subscribes
 * again: that changes nothing and is answered. */
static void on_beat(void *arg)
{
    struct redis *r = arg;
    timer_arm(r->beat, BEAT_MS);
    if (r->is_owed) {
        if (++r->silent_beats == DEAD_BEATS)
            cut(r, "the server does not answer");
    } else if (r->channel) {
        subscribe(r);
    } else {
        ping(r);
    }
}

/* Connecting. */

/* hiredis tells of a connection that could not be made, or has ended, and frees it itself. */
static void on_link(const redisAsyncContext *link, int status)
{
    struct redis *r = link->data;
    if (r && status != REDIS_OK) {
        let_go(r);
        fall(r, link->c.errstr);
    }
}

/* `ip` is numeric; NULL: the unix socket. */
static void start_link(struct redis *r, const char *ip)
{
    redisAsyncContext *link =
        ip ? redisAsyncConnect(ip, r->address.port) : redisAsyncConnectUnix(r->address.path);
    if (!link)
        die("redis: out of memory");
    r->state = LINK_CONNECTING;
    if (link->err) {
        fall(r, link->errstr);
        redisAsyncFree(link);
        return;
    }
    r->link = link;
    link->data = r;
    attach(link, loop_uv(r->loop));
    redisAsyncSetConnectCallback(link, on_link);
    redisAsyncSetDisconnectCallback(link, on_link);
    r->silent_beats = 0;
    timer_arm(r->beat, BEAT_MS);
    greet(r);
}

static void try_next(struct redis *r)
{
    char ip[NI_MAXHOST];
    struct addrinfo *next = r->untried;
    r->untried = next->ai_next;
    int rc = getnameinfo(next->ai_addr, next->ai_addrlen, ip, sizeof(ip), NULL, 0, NI_NUMERICHOST);
    if (rc == 0)
        start_link(r, ip);
    else
        fall(r, gai_strerror(rc));
}

static void on_resolved(uv_getaddrinfo_t *handle, int status, struct addrinfo *found)
{
    struct lookup *lookup = handle->data;
    struct redis *r = lookup->redis;
    free(lookup);
    if (!r) {
        uv_freeaddrinfo(found);
        return;
    }
    r->lookup = NULL;
    if (status < 0) {
        fall(r, uv_strerror(status));
        return;
    }
    r->found = r->untried = found;
    r->state = LINK_CONNECTING;
    try_next(r);
}

static void on_retry(void *arg)
{
    struct redis *r = arg;
    if (r->address.path) {
        start_link(r, NULL);
        return;
    }
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct lookup *lookup = xcalloc(1, sizeof(*lookup));
    lookup->uv.data = lookup;
    lookup->redis = r;
    int rc =
        uv_getaddrinfo(loop_uv(r->loop), &lookup->uv, on_resolved, r->address.host, NULL, &hints);
    if (rc < 0) {
        free(lookup);
        fall(r, uv_strerror(rc));
        return;
    }
    r->lookup = lookup;
    r->state = LINK_RESOLVING;
}

/* For the callers. */

struct redis *redis_new(struct loop *l, const struct redis_address *a, void (*on_up)(void *arg),
                        void (*on_down)(void *arg, const char *error), void *arg)
{
    struct redis *r = xcalloc(1, sizeof(*r));
    r->loop = l;
    redis_address_copy(&r->address, a);
    buf_init(&r->command, MAX_COMMAND);
    r->on_up = on_up;
    r->on_down = on_down;
    r->arg = arg;
    r->retry = timer_new(l, on_retry, r);
    r->beat = timer_new(l, on_beat, r);
    r->lose = timer_new(l, on_lose, r);
    r->retry_ms = FIRST_RETRY_MS;
    timer_arm(r->retry, 0);
    return r;
}

void redis_free(struct redis *r)
{
    if (!r)
        return;
    if (r->is_freed)
        *r->is_freed = true;
    redisAsyncContext *link = let_go(r);
    if (link)
        redisAsyncFree(link); /* from inside one of its callbacks it waits for that to end */
    if (r->lookup) {
        r->lookup->redis = NULL;
        uv_cancel((uv_req_t *)&r->lookup->uv);
    }
    r->state = LINK_DOWN;
    lose_waiting(r);
    struct call *call;
    while ((call = pop(&r->lost)))
        answer(call, NULL);
    timer_free(r->retry);
    timer_free(r->beat);
    timer_free(r->lose);
    forget_addresses(r);
    redis_address_release(&r->address);
    free(r->channel);
    buf_release(&r->command);
    free(r);
}

bool redis_is_up(const struct redis *r)
{
    return r->state == LINK_UP;
}

const char *redis_error(const struct redis *r)
{
    return r->error;
}

static void on_reply(redisAsyncContext *link, void *reply, void *name)
{
    (void)name;
    struct redis *r = link->data;
    if (!r || !reply)
        return;
    struct call *call = pop(&r->waiting);
    hear(r);
    answer(call, reply); /* may free it */
}

void redis_call(struct redis *r, int argc, const char *const *argv, const size_t *lens,
                void (*on_call_reply)(void *arg, const struct redis_value *reply), void *arg)
{
    struct call *call = xmalloc(sizeof(*call));
    *call = (struct call){.on_reply = on_call_reply, .arg = arg};
    if (r->state == LINK_UP && r->waiting.n < MAX_WAITING &&
        ask(r, on_reply, NULL, argc, argv, lens)) {
        push(&r->waiting, call);
    } else {
        push(&r->lost, call);
        timer_arm(r->lose, 0);
    }
}

size_t redis_pending(const struct redis *r)
{
    return r->waiting.n + r->lost.n;
}

struct redis *redis_listen(struct loop *l, const struct redis_address *a, const char *channel,
                           void (*on_up)(void *arg),
                           void (*on_payload)(void *arg, const char *payload, size_t len),
                           void *arg)
{
    struct redis *r = redis_new(l, a, on_up, NULL, arg);
    r->channel = xstrdup(channel);
    r->on_message = on_payload;
    return r;
}
