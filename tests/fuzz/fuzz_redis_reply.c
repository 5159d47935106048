/* libFuzzer: bytes as what Redis answers to a call of the store. The first chooses the call and how
 * much was asked, the rest is the reply as it comes down the wire. Whatever came, the caller is
 * answered once, with what it can walk through. */
#include <hiredis/hiredis.h>

#include "bot/store/redis_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static size_t n_answers, n_asked, n_tells, sum;

static void walk(const char *s)
{
    if (s)
        sum += strlen(s);
}

static void must(const char *s)
{
    if (!s)
        die("a text that is none");
    walk(s);
}

static void walk_pairs(const struct pair *pairs, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        must(pairs[i].name);
        must(pairs[i].value);
    }
}

static void on_load(void *arg, const struct loaded *l)
{
    (void)arg;
    n_answers++;
    walk_pairs(l->pairs, l->n_pairs);
    for (size_t i = 0; l->status == STORE_OK && i < n_asked; i++)
        sum += (size_t)l->about_lines[i];
}

static void on_commit(void *arg, const struct committed *c)
{
    (void)arg;
    n_answers++;
    if (c->status == STORE_OK && (c->n_out != n_asked || c->n_tells != n_tells))
        die("committed, but other entries than were asked");
    for (size_t i = 0; i < c->n_out; i++)
        sum += (size_t)c->out[i];
    for (size_t i = 0; i < c->n_tells; i++)
        sum += (size_t)c->tells[i];
}

static void on_poll(void *arg, const struct polled *p)
{
    (void)arg;
    n_answers++;
    for (size_t i = 0; i < p->n_timers; i++) {
        must(p->timers[i].subject);
        must(p->timers[i].name);
    }
    for (size_t i = 0; i < p->n_entries; i++) {
        must(p->entries[i].stream);
        must(p->entries[i].json);
    }
    for (size_t i = 0; i < p->n_tells; i++)
        must(p->tells[i].json);
    walk_pairs(p->open_cases, p->n_open_cases);
}

static void on_take(void *arg, enum store_status status, const struct taken *taken)
{
    (void)arg;
    n_answers++;
    for (size_t i = 0; status == STORE_OK && i < n_asked; i++) {
        walk(taken[i].about_id);
        walk(taken[i].thread);
    }
}

static void on_status(void *arg, enum store_status status)
{
    (void)arg, (void)status;
    n_answers++;
}

static void on_home(void *arg, enum store_status status, const char *conversation)
{
    (void)arg, (void)status;
    n_answers++;
    walk(conversation);
}

static void on_lease(void *arg, enum store_status status, int64_t epoch)
{
    (void)arg;
    n_answers++;
    if (status != STORE_OK && epoch)
        die("a lease that nobody gave");
}

static void on_pairs(void *arg, enum store_status status, const struct pair *pairs, size_t n)
{
    (void)arg, (void)status;
    n_answers++;
    walk_pairs(pairs, n);
}

static void on_lines(void *arg, enum store_status status, const char *const *lines, size_t n)
{
    (void)arg, (void)status;
    n_answers++;
    for (size_t i = 0; i < n; i++)
        must(lines[i]);
}

enum { LOAD, COMMIT, POLL, TAKE, STATUS, BIND, EXISTS, HOME, LEASE, PAIRS, LINES, CALLS };

/* A call that was sent by a store which is down by now: so nothing goes out from here. */
static reader *begin(struct call *call, int which)
{
    static const char *streams[] = {"telegram:77", "telegram:77:-100", "a", "b"};
    call->n = n_asked;
    call->n_tells = n_tells;
    call->streams = streams;
    call->conversation = "telegram:77:1";
    call->room = call->thread = "";
    switch (which) {
    case LOAD:
        call->done.load = on_load;
        return read_load;
    case COMMIT:
        call->done.commit = on_commit;
        return read_commit;
    case POLL:
        call->done.poll = on_poll;
        return read_poll;
    case TAKE:
        call->done.take = on_take;
        return read_take;
    case HOME:
        call->done.home = on_home;
        return read_home;
    case LEASE:
        call->done.lease = on_lease;
        return read_lease;
    case PAIRS:
        call->done.pairs = on_pairs;
        return read_pairs;
    case LINES:
        call->done.lines = on_lines;
        return read_lines;
    case BIND:
    case EXISTS:
    default:
        call->done.status = on_status;
        return which == BIND ? read_bind : which == EXISTS ? read_exists : read_status;
    }
}

static void answer(const redisReply *reply, int which)
{
    static struct store_redis store;
    for (size_t p = 0; p <= PARTITIONS; p++)
        store.roots[p] = (char[]){"zaide:{0}:"};
    struct call *call = xcalloc(1, sizeof(*call));
    call->store = &store;
    n_answers = 0;
    begin(call, which)(call, (const struct redis_value *)reply);
    size_t wanted = which == EXISTS ? 0 : 1; /* nobody waits for that one */
    if (which != EXISTS && n_answers < wanted)
        die("call %d was not answered", which);
    if (which != BIND && n_answers > 1)
        die("call %d was answered twice", which);
}

/* hiredis 0.14 allocates an array as long as it is announced, before its items are there: that is
 * not what is tried here. */
static bool has_huge_array(const uint8_t *data, size_t len)
{
    size_t digits = 0;
    bool is_count = false;
    for (size_t i = 0; i < len; i++) {
        bool is_digit = data[i] >= '0' && data[i] <= '9';
        is_count = data[i] == '*' || (is_count && (is_digit || strchr("+- ", data[i])));
        digits = is_count ? digits + is_digit : 0;
        if (digits > 4)
            return true;
    }
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (len < 2 || has_huge_array(data + 2, len - 2))
        return 0;
    int which = data[0] % CALLS;
    n_asked = data[1] % 4;
    n_tells = data[1] / 4 % 4;
    redisReader *reader = redisReaderCreate();
    void *reply = NULL;
    redisReaderFeed(reader, (const char *)data + 2, len - 2);
    if (redisReaderGetReply(reader, &reply) == REDIS_OK && reply)
        answer(reply, which);
    if (reply)
        freeReplyObject(reply);
    redisReaderFree(reader);
    return 0;
}
