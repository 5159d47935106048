#include <inttypes.h>

#include "bot/base/json.h"
#include "bot/store/redis_internal.h"
#include "bot/store/rules.h"

/* The requests: each port call becomes one FCALL of functions.lua, or one plain command. */

#define MAX_REQUEST ((size_t)256 * 1024 * 1024) /* Redis itself takes 512 MB */

static struct call *call_new(struct store *s, void *arg)
{
    struct call *call = xcalloc(1, sizeof(*call));
    call->store = (struct store_redis *)s;
    call->arg = arg;
    return call;
}

static void call_send(struct call *call, size_t argc, const char *const *argv, reader *read)
{
    if (call->store->store.is_up)
        replicas_call(call, argc, argv, read);
    else
        read(call, NULL);
}

static char *key(struct call *call, unsigned partition, const char *name)
{
    return arena_printf(&call->arena, "%s%s", call->store->roots[partition], name);
}

static char *digits(struct call *call, int64_t n)
{
    return arena_printf(&call->arena, "%" PRId64, n);
}

/* A request's JSON object. Numbers go as strings: Lua's have only 53 bits. */
struct request {
    struct buf text;
    struct json_writer w;
};

static void put_number(struct json_writer *w, const char *name, int64_t n)
{
    char text[24];
    snprintf(text, sizeof(text), "%" PRId64, n);
    json_put_str(w, name, text);
}

static struct json_writer *begin(struct request *r)
{
    buf_init(&r->text, MAX_REQUEST);
    r->w = (struct json_writer)JSON_WRITER(&r->text);
    json_open(&r->w, NULL, '{');
    return &r->w;
}

static void fcall(struct call *call, const char *function, unsigned partition, struct request *r,
                  reader *read)
{
    json_close(&r->w, '}');
    if (buf_over(&r->text))
        die("%s: a request of more than %zu bytes", function, MAX_REQUEST);
    const char *argv[] = {"FCALL", function, "1", call->store->roots[partition], r->text.data};
    call_send(call, ARRAY_LEN(argv), argv, read);
    buf_release(&r->text);
}

/* Turns. */

static void load(struct store *s, const char *subject, const struct store_ref *refs, size_t n_refs,
                 void (*done)(void *arg, const struct loaded *), void *arg)
{
    struct call *call = call_new(s, arg);
    unsigned partition = conversation_partition(subject);
    struct request r;
    struct json_writer *w = begin(&r);
    call->done.load = done;
    call->n = n_refs;
    json_put_str(w, "subject", subject);
    put_number(w, "partition", partition);
    json_open(w, "refs", '[');
    for (size_t i = 0; i < n_refs; i++) {
        json_open(w, NULL, '{');
        json_put_str(w, "surface", refs[i].surface);
        json_put_str(w, "id", refs[i].message_id);
        json_close(w, '}');
    }
    json_close(w, ']');
    fcall(call, "zaide1_load", partition, &r, read_load);
}

static void put_changes(struct json_writer *w, const struct commit *c)
{
    json_open(w, "set", '[');
    for (size_t i = 0; i < c->n_set; i++) {
        json_open(w, NULL, '{');
        json_put_str(w, "name", c->set[i].name);
        json_put_str(w, "value", c->set[i].value);
        json_close(w, '}');
    }
    json_close(w, ']');
    put_number(w, "case_no", c->case_no);
    json_put_str(w, "open_case", c->open_case);
    put_number(w, "open_case_no", c->open_case_no);
    json_open(w, "timers", '[');
    for (size_t i = 0; i < c->n_timers; i++) {
        json_open(w, NULL, '{');
        json_put_str(w, "name", c->timers[i].name);
        put_number(w, "due", c->timers[i].due_ms);
        json_close(w, '}');
    }
    json_close(w, ']');
}

static void put_words(struct json_writer *w, const struct commit *c)
{
    json_open(w, "lines", '[');
    for (size_t i = 0; i < c->n_lines; i++)
        json_put_str(w, NULL, c->lines[i].json);
    json_close(w, ']');
    json_open(w, "maps", '[');
    for (size_t i = 0; i < c->n_maps; i++) {
        json_open(w, NULL, '{');
        json_put_str(w, "surface", c->maps[i].surface);
        json_put_str(w, "id", c->maps[i].message_id);
        put_number(w, "line", c->maps[i].line);
        json_close(w, '}');
    }
    json_close(w, ']');
    json_open(w, "out", '[');
    for (size_t i = 0; i < c->n_out; i++) {
        json_open(w, NULL, '{');
        json_put_str(w, "stream", c->out[i].stream);
        json_put_str(w, "json", c->out[i].json);
        json_close(w, '}');
    }
    json_close(w, ']');
    json_open(w, "tells", '[');
    for (size_t i = 0; i < c->n_tells; i++)
        json_put_str(w, NULL, c->tells[i].json);
    json_close(w, ']');
}

static void put_sums(struct json_writer *w, const struct commit *c)
{
    json_open(w, "counts", '[');
    for (size_t i = 0; i < c->n_counts; i++) {
        json_open(w, NULL, '{');
        json_put_str(w, "name", c->counts[i].name);
        put_number(w, "n", c->counts[i].n);
        json_close(w, '}');
    }
    json_close(w, ']');
    json_open(w, "puts", '[');
    for (size_t i = 0; i < c->n_puts; i++) {
        json_open(w, NULL, '{');
        json_put_str(w, "hash", c->puts[i].hash);
        json_put_str(w, "key", c->puts[i].key);
        json_put_str(w, "value", c->puts[i].value);
        json_put_str(w, "was", c->puts[i].was);
        json_close(w, '}');
    }
    json_close(w, ']');
}

static void put_retention(struct json_writer *w, const struct call *call)
{
    put_number(w, "retention", call->store->retention_ms);
}

static void commit(struct store *s, const struct commit *c,
                   void (*done)(void *arg, const struct committed *), void *arg)
{
    struct call *call = call_new(s, arg);
    unsigned partition = conversation_partition(c->subject);
    struct request r;
    struct json_writer *w = begin(&r);
    rules_check_commit(c);
    call->done.commit = done;
    call->n = c->n_out;
    call->n_tells = c->n_tells;
    json_put_str(w, "subject", c->subject);
    put_number(w, "partition", partition);
    put_number(w, "version", c->version);
    json_put_str(w, "bucket", c->event.bucket);
    json_put_str(w, "member", c->event.member);
    put_number(w, "hour", c->now_ms / STORE_HOUR_MS);
    put_changes(w, c);
    put_words(w, c);
    put_sums(w, c);
    put_retention(w, call);
    json_put_str(w, "bell", call->store->channel);
    json_put_str(w, "process", call->store->process);
    fcall(call, "zaide1_commit", partition, &r, read_commit);
}

static void poll(struct store *s, unsigned partition, int64_t now_ms, int64_t known_cases,
                 const struct poll_stream *streams, size_t n_streams,
                 void (*done)(void *arg, const struct polled *), void *arg)
{
    struct call *call = call_new(s, arg);
    struct request r;
    struct json_writer *w = begin(&r);
    call->done.poll = done;
    call->n = n_streams;
    call->streams = arena_alloc(&call->arena, n_streams * sizeof(*call->streams));
    put_number(w, "now", now_ms);
    put_number(w, "cases", known_cases);
    json_open(w, "streams", '[');
    for (size_t i = 0; i < n_streams; i++) {
        call->streams[i] = arena_strdup(&call->arena, streams[i].stream);
        json_open(w, NULL, '{');
        json_put_str(w, "stream", streams[i].stream);
        put_number(w, "from", streams[i].from_id);
        json_close(w, '}');
    }
    json_close(w, ']');
    fcall(call, "zaide1_poll", partition, &r, read_poll);
}

/* The outbox. */

static struct json_writer *begin_holder(struct request *r, const char *account, int64_t epoch)
{
    struct json_writer *w = begin(r);
    json_put_str(w, "account", account);
    put_number(w, "epoch", epoch);
    return w;
}

static void hold(struct store *s, unsigned partition, const char *account, int64_t epoch,
                 void (*done)(void *arg, enum store_status), void *arg)
{
    struct call *call = call_new(s, arg);
    struct request r;
    call->done.status = done;
    begin_holder(&r, account, epoch);
    fcall(call, "zaide1_hold", partition, &r, read_status);
}

static void take(struct store *s, unsigned partition, const char *account, int64_t epoch,
                 const struct take *takes, size_t n,
                 void (*done)(void *arg, enum store_status, const struct taken *taken), void *arg)
{
    struct call *call = call_new(s, arg);
    struct request r;
    struct json_writer *w = begin_holder(&r, account, epoch);
    call->done.take = done;
    call->n = n;
    json_open(w, "takes", '[');
    for (size_t i = 0; i < n; i++) {
        json_open(w, NULL, '{');
        json_put_str(w, "stream", takes[i].stream);
        put_number(w, "id", takes[i].id);
        json_put_str(w, "conversation", takes[i].conversation);
        json_put_str(w, "surface", takes[i].surface);
        put_number(w, "about", takes[i].about_line);
        json_put_str(w, "room", takes[i].room);
        json_close(w, '}');
    }
    json_close(w, ']');
    fcall(call, "zaide1_take", partition, &r, read_take);
}

static void sent(struct store *s, unsigned partition, const char *account, int64_t epoch,
                 int64_t now_ms, const struct sent *items, size_t n,
                 void (*done)(void *arg, enum store_status), void *arg)
{
    struct call *call = call_new(s, arg);
    struct request r;
    struct json_writer *w = begin_holder(&r, account, epoch);
    call->done.status = done;
    put_number(w, "now", now_ms);
    put_retention(w, call);
    json_open(w, "sent", '[');
    for (size_t i = 0; i < n; i++) {
        json_open(w, NULL, '{');
        json_put_str(w, "stream", items[i].stream);
        put_number(w, "id", items[i].id);
        json_put_str(w, "conversation", items[i].conversation);
        json_put_str(w, "surface", items[i].surface);
        put_number(w, "line", items[i].line);
        json_put_str(w, "message_id", items[i].message_id);
        json_put_str(w, "mark", items[i].mark);
        json_put_bool(w, "dead", items[i].dead);
        json_close(w, '}');
    }
    json_close(w, ']');
    fcall(call, "zaide1_sent", partition, &r, read_status);
}

static void defer(struct store *s, unsigned partition, const char *account, int64_t epoch,
                  const char *stream, int64_t id, int64_t not_before_ms, bool unsent,
                  void (*done)(void *arg, enum store_status), void *arg)
{
    struct call *call = call_new(s, arg);
    struct request r;
    struct json_writer *w = begin_holder(&r, account, epoch);
    call->done.status = done;
    json_put_str(w, "stream", stream);
    put_number(w, "id", id);
    put_number(w, "not_before", not_before_ms);
    json_put_bool(w, "unsent", unsent);
    fcall(call, "zaide1_defer", partition, &r, read_status);
}

/* Homes. */

static void set_home(struct store *s, const char *conversation, const char *room,
                     const char *thread, void (*done)(void *arg, enum store_status), void *arg)
{
    struct call *call = call_new(s, arg);
    call->done.status = done;
    call->conversation = arena_strdup(&call->arena, conversation);
    call->room = arena_strdup(&call->arena, room);
    call->thread = arena_strdup(&call->arena, thread);
    if (!*thread) {
        write_home(call);
        return;
    }
    struct request r;
    struct json_writer *w = begin(&r);
    json_put_str(w, "room", room);
    json_put_str(w, "thread", thread);
    json_put_str(w, "conversation", conversation);
    fcall(call, "zaide1_bind", PARTITION_GLOBAL, &r, read_bind);
}

/* The thread is bound to the conversation; now the other way. */
void write_home(struct call *call)
{
    unsigned partition = conversation_partition(call->conversation);
    struct request r;
    struct json_writer *w = begin(&r);
    json_put_str(w, "conversation", call->conversation);
    json_put_str(w, "room", call->room);
    json_put_str(w, "thread", call->thread);
    put_retention(w, call);
    fcall(call, "zaide1_home", partition, &r, read_status);
}

/* Where RETENTION took the conversation the thread is nobody's. */
void check_home(struct store_redis *s, const char *home, const char *conversation)
{
    struct call *call = call_new(&s->store, NULL);
    call->done.status = store_ignore;
    call->thread = arena_strdup(&call->arena, home);
    const char *record = arena_printf(&call->arena, "c:%s", conversation);
    const char *argv[] = {"EXISTS", key(call, conversation_partition(conversation), record)};
    call_send(call, ARRAY_LEN(argv), argv, read_exists);
}

void forget_home(struct call *call)
{
    const char *argv[] = {"HDEL", key(call, PARTITION_GLOBAL, "homes"), call->thread};
    call_send(call, ARRAY_LEN(argv), argv, read_status);
}

static void find_home(struct store *s, const char *room, const char *thread,
                      void (*done)(void *arg, enum store_status, const char *conversation),
                      void *arg)
{
    struct call *call = call_new(s, arg);
    call->done.home = done;
    const char *argv[] = {"HGET", key(call, PARTITION_GLOBAL, "homes"),
                          arena_printf(&call->arena, "%s %s", room, thread)};
    call_send(call, ARRAY_LEN(argv), argv, read_home);
}

/* Leases. */

static void lease(struct store *s, const char *account, const char *holder, int64_t ttl_ms,
                  void (*done)(void *arg, enum store_status, int64_t epoch), void *arg)
{
    struct call *call = call_new(s, arg);
    struct request r;
    struct json_writer *w = begin(&r);
    call->done.lease = done;
    json_put_str(w, "account", account);
    json_put_str(w, "holder", holder);
    put_number(w, "ttl", ttl_ms);
    fcall(call, "zaide1_lease", PARTITION_GLOBAL, &r, read_lease);
}

static void unlease(struct store *s, const char *account, const char *holder,
                    void (*done)(void *arg, enum store_status), void *arg)
{
    struct call *call = call_new(s, arg);
    struct request r;
    struct json_writer *w = begin(&r);
    call->done.status = done;
    json_put_str(w, "account", account);
    json_put_str(w, "holder", holder);
    fcall(call, "zaide1_unlease", PARTITION_GLOBAL, &r, read_status);
}

/* The rest. */

static void hash_get(struct store *s, const char *hash,
                     void (*done)(void *arg, enum store_status, const struct pair *, size_t n),
                     void *arg)
{
    struct call *call = call_new(s, arg);
    call->done.pairs = done;
    const char *argv[] = {"HGETALL", key(call, PARTITION_GLOBAL, hash)};
    call_send(call, ARRAY_LEN(argv), argv, read_pairs);
}

static void hash_put(struct store *s, const char *hash, const char *name, const char *value,
                     void (*done)(void *arg, enum store_status), void *arg)
{
    struct call *call = call_new(s, arg);
    call->done.status = done;
    const char *argv[] = {*value ? "HSET" : "HDEL", key(call, PARTITION_GLOBAL, hash), name, value};
    call_send(call, *value ? 4 : 3, argv, read_status);
}

static void told(struct store *s, unsigned partition, int64_t id,
                 void (*done)(void *arg, enum store_status), void *arg)
{
    struct call *call = call_new(s, arg);
    call->done.status = done;
    const char *argv[] = {"XDEL", key(call, partition, "tell"),
                          arena_printf(&call->arena, "%" PRId64 "-0", id)};
    call_send(call, ARRAY_LEN(argv), argv, read_status);
}

static void counts(struct store *s, unsigned partition, int64_t from_ms, int64_t to_ms,
                   void (*done)(void *arg, enum store_status, const struct pair *, size_t n),
                   void *arg)
{
    struct call *call = call_new(s, arg);
    struct request r;
    struct json_writer *w = begin(&r);
    call->done.pairs = done;
    put_number(w, "from", rules_first_hour(from_ms, to_ms));
    put_number(w, "to", rules_last_hour(to_ms));
    fcall(call, "zaide1_counts", partition, &r, read_pairs);
}

static void transcript(struct store *s, const char *conversation, int64_t from, size_t max,
                       void (*done)(void *arg, enum store_status, const char *const *lines,
                                    size_t n),
                       void *arg)
{
    struct call *call = call_new(s, arg);
    int64_t first = from > 1 ? from - 1 : 0; /* LRANGE counts from 0 */
    int64_t end = first + (int64_t)(max < STORE_LINES ? max : STORE_LINES);
    if (max == 0)
        first = end = 1; /* an empty range: from 0 to -1 would be all */
    call->done.lines = done;
    const char *argv[] = {
        "LRANGE",
        key(call, conversation_partition(conversation),
            arena_printf(&call->arena, "t:%s", conversation)),
        digits(call, first),
        digits(call, end - 1),
    };
    call_send(call, ARRAY_LEN(argv), argv, read_lines);
}

const struct store_ops store_redis_ops = {
    .load = load,
    .commit = commit,
    .poll = poll,
    .hold = hold,
    .take = take,
    .sent = sent,
    .defer = defer,
    .set_home = set_home,
    .find_home = find_home,
    .lease = lease,
    .unlease = unlease,
    .hash_get = hash_get,
    .hash_put = hash_put,
    .told = told,
    .counts = counts,
    .transcript = transcript,
    .free = store_redis_free,
};
