#include <inttypes.h>

#include "bot/store/redis_internal.h"
#include "bot/store/rules.h"

/* The requests: each port call becomes one FCALL of functions.lua, or one plain command. */

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
    return arena_int(&call->arena, n);
}

/* An FCALL in the making: its words, in the order in which the function reads them. */
struct request {
    struct call *call;
    const char **words;
    size_t n, cap;
};

static void put(struct request *r, const char *word)
{
    ARENA_GROW(&r->call->arena, r->words, r->n, r->cap);
    r->words[r->n++] = word;
}

static void put_number(struct request *r, int64_t n)
{
    put(r, n ? digits(r->call, n) : "0");
}

static void put_flag(struct request *r, bool on)
{
    put(r, on ? "1" : "0");
}

static void put_maybe(struct request *r, const char *word)
{
    put_flag(r, word != NULL);
    put(r, word ? word : "");
}

static struct request begin(struct call *call, const char *function, unsigned partition)
{
    struct request r = {.call = call};
    put(&r, "FCALL");
    put(&r, function);
    put(&r, "1");
    put(&r, call->store->roots[partition]);
    return r;
}

static void end(struct request *r, reader *read)
{
    call_send(r->call, r->n, r->words, read);
}

/* Turns. */

static void load(struct store *s, const char *subject, const struct store_ref *refs, size_t n_refs,
                 void (*done)(void *arg, const struct loaded *), void *arg)
{
    struct call *call = call_new(s, arg);
    unsigned partition = conversation_partition(subject);
    struct request r = begin(call, "zaide2_load", partition);
    call->done.load = done;
    call->n = n_refs;
    put(&r, subject);
    put_number(&r, partition);
    put_number(&r, (int64_t)n_refs);
    for (size_t i = 0; i < n_refs; i++) {
        put(&r, refs[i].surface);
        put(&r, refs[i].message_id);
    }
    end(&r, read_load);
}

static void put_puts(struct request *r, const struct commit *c)
{
    put_number(r, (int64_t)c->n_puts);
    for (size_t i = 0; i < c->n_puts; i++) {
        put(r, c->puts[i].hash);
        put(r, c->puts[i].key);
        put(r, c->puts[i].value);
        put_maybe(r, c->puts[i].was);
    }
}

static void put_record(struct request *r, const struct commit *c)
{
    put_number(r, (int64_t)c->n_set);
    for (size_t i = 0; i < c->n_set; i++) {
        put(r, c->set[i].name);
        put(r, c->set[i].value);
    }
    put_number(r, c->case_no);
    put_number(r, c->open_case_no);
    put_maybe(r, c->open_case);
}

static void put_lines(struct request *r, const struct commit *c)
{
    put_number(r, (int64_t)c->n_lines);
    for (size_t i = 0; i < c->n_lines; i++)
        put(r, c->lines[i].json);
    put_number(r, (int64_t)c->n_maps);
    for (size_t i = 0; i < c->n_maps; i++) {
        put(r, c->maps[i].surface);
        put(r, c->maps[i].message_id);
        put_number(r, c->maps[i].line);
    }
}

static void put_effects(struct request *r, const struct commit *c)
{
    put_number(r, (int64_t)c->n_timers);
    for (size_t i = 0; i < c->n_timers; i++) {
        put(r, c->timers[i].name);
        put_number(r, c->timers[i].due_ms);
    }
    put(r, c->taker ? c->taker : "");
    put_number(r, c->epoch);
    put_number(r, c->stamp);
    put_number(r, (int64_t)c->n_out);
    for (size_t i = 0; i < c->n_out; i++) {
        put(r, c->out[i].stream);
        put(r, c->out[i].json);
        put_flag(r, c->out[i].take);
    }
    put_number(r, (int64_t)c->n_tells);
    for (size_t i = 0; i < c->n_tells; i++)
        put(r, c->tells[i].json);
    put_number(r, c->now_ms / STORE_HOUR_MS);
    put_number(r, (int64_t)c->n_counts);
    for (size_t i = 0; i < c->n_counts; i++) {
        put(r, c->counts[i].name);
        put_number(r, c->counts[i].n);
    }
}

static void put_person(struct request *r, const struct commit_person *person)
{
    put_flag(r, person != NULL);
    if (!person)
        return;
    put(r, person->account);
    put_number(r, person->bucket);
    put(r, person->name);
    put(r, person->entry);
    put(r, person->set);
    put(r, person->clear);
}

static void commit(struct store *s, const struct commit *c,
                   void (*done)(void *arg, const struct committed *), void *arg)
{
    struct call *call = call_new(s, arg);
    unsigned partition = conversation_partition(c->subject);
    struct request r = begin(call, "zaide2_commit", partition);
    rules_check_commit(c);
    call->done.commit = done;
    call->n = c->n_out;
    call->n_tells = c->n_tells;
    put(&r, call->store->channel);
    put(&r, call->store->process);
    put_number(&r, call->store->retention_ms);
    put(&r, c->subject);
    put_number(&r, partition);
    put_number(&r, c->version);
    put(&r, c->event.bucket);
    put(&r, c->event.member);
    put_number(&r, c->case_no);
    put_puts(&r, c);
    put_record(&r, c);
    put_lines(&r, c);
    put_effects(&r, c);
    put_person(&r, c->person);
    end(&r, read_commit);
}

static void poll(struct store *s, unsigned partition, int64_t now_ms, int64_t known_cases,
                 const struct poll_stream *streams, size_t n_streams,
                 void (*done)(void *arg, const struct polled *), void *arg)
{
    struct call *call = call_new(s, arg);
    struct request r = begin(call, "zaide2_poll", partition);
    call->done.poll = done;
    call->n = n_streams;
    call->streams = arena_alloc(&call->arena, n_streams * sizeof(*call->streams));
    put_number(&r, now_ms);
    put_number(&r, known_cases);
    put_number(&r, (int64_t)n_streams);
    for (size_t i = 0; i < n_streams; i++) {
        call->streams[i] = arena_strdup(&call->arena, streams[i].stream);
        put(&r, streams[i].stream);
        put_number(&r, streams[i].from_id);
    }
    end(&r, read_poll);
}

/* The outbox. */

static struct request begin_holder(struct call *call, const char *function, unsigned partition,
                                   const char *account, int64_t epoch)
{
    struct request r = begin(call, function, partition);
    put(&r, account);
    put_number(&r, epoch);
    return r;
}

static void hold(struct store *s, unsigned partition, const char *account, int64_t epoch,
                 void (*done)(void *arg, enum store_status), void *arg)
{
    struct call *call = call_new(s, arg);
    struct request r = begin_holder(call, "zaide2_hold", partition, account, epoch);
    call->done.status = done;
    end(&r, read_status);
}

static void take(struct store *s, unsigned partition, const char *account, int64_t epoch,
                 const struct take *takes, size_t n,
                 void (*done)(void *arg, enum store_status, const struct taken *taken), void *arg)
{
    struct call *call = call_new(s, arg);
    struct request r = begin_holder(call, "zaide2_take", partition, account, epoch);
    call->done.take = done;
    call->n = n;
    put_number(&r, (int64_t)n);
    for (size_t i = 0; i < n; i++) {
        put(&r, takes[i].stream);
        put_number(&r, takes[i].id);
        put(&r, takes[i].conversation);
        put(&r, takes[i].surface);
        put_number(&r, takes[i].about_line);
        put_maybe(&r, takes[i].room);
    }
    end(&r, read_take);
}

static void sent(struct store *s, unsigned partition, const char *account, int64_t epoch,
                 int64_t now_ms, const struct sent *items, size_t n,
                 void (*done)(void *arg, enum store_status), void *arg)
{
    struct call *call = call_new(s, arg);
    struct request r = begin_holder(call, "zaide2_sent", partition, account, epoch);
    call->done.status = done;
    put_number(&r, now_ms);
    put_number(&r, call->store->retention_ms);
    put_number(&r, (int64_t)n);
    for (size_t i = 0; i < n; i++) {
        put(&r, items[i].stream);
        put_number(&r, items[i].id);
        put(&r, items[i].conversation);
        put(&r, items[i].surface);
        put_number(&r, items[i].line);
        put_maybe(&r, items[i].message_id);
        put_maybe(&r, items[i].mark);
        put_flag(&r, items[i].dead);
    }
    end(&r, read_status);
}

static void defer(struct store *s, unsigned partition, const char *account, int64_t epoch,
                  const char *stream, int64_t id, int64_t not_before_ms, bool unsent,
                  void (*done)(void *arg, enum store_status), void *arg)
{
    struct call *call = call_new(s, arg);
    struct request r = begin_holder(call, "zaide2_defer", partition, account, epoch);
    call->done.status = done;
    put(&r, stream);
    put_number(&r, id);
    put_number(&r, not_before_ms);
    put_flag(&r, unsent);
    end(&r, read_status);
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
    struct request r = begin(call, "zaide2_bind", PARTITION_GLOBAL);
    put(&r, room);
    put(&r, thread);
    put(&r, conversation);
    end(&r, read_bind);
}

/* The thread is bound to the conversation; now the other way. */
void write_home(struct call *call)
{
    struct request r = begin(call, "zaide2_home", conversation_partition(call->conversation));
    put(&r, call->conversation);
    put(&r, call->room);
    put(&r, call->thread);
    put_number(&r, call->store->retention_ms);
    end(&r, read_status);
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
    struct request r = begin(call, "zaide2_lease", PARTITION_GLOBAL);
    call->done.lease = done;
    put(&r, account);
    put(&r, holder);
    put_number(&r, ttl_ms);
    end(&r, read_lease);
}

static void unlease(struct store *s, const char *account, const char *holder,
                    void (*done)(void *arg, enum store_status), void *arg)
{
    struct call *call = call_new(s, arg);
    struct request r = begin(call, "zaide2_unlease", PARTITION_GLOBAL);
    call->done.status = done;
    put(&r, account);
    put(&r, holder);
    end(&r, read_status);
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
    struct request r = begin(call, "zaide2_counts", partition);
    call->done.pairs = done;
    put_number(&r, rules_first_hour(from_ms, to_ms));
    put_number(&r, rules_last_hour(to_ms));
    end(&r, read_pairs);
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

/* The audience and lists. */

static void people(struct store *s, unsigned partition, const char *account, unsigned bucket,
                   void (*done)(void *arg, const struct people *), void *arg)
{
    struct call *call = call_new(s, arg);
    struct request r = begin(call, "zaide2_people", partition);
    call->done.people = done;
    put(&r, account);
    put_number(&r, bucket);
    end(&r, read_people);
}

static void list_add(struct store *s, unsigned partition, const char *list, unsigned bucket,
                     const char *const *names, size_t n, const char *value,
                     void (*done)(void *arg, enum store_status), void *arg)
{
    struct call *call = call_new(s, arg);
    struct request r = begin(call, "zaide2_list_add", partition);
    call->done.status = done;
    put(&r, list);
    put_number(&r, bucket);
    put(&r, value);
    put_number(&r, (int64_t)n);
    for (size_t i = 0; i < n; i++)
        put(&r, names[i]);
    end(&r, read_status);
}

static void put_words(struct request *r, const char *words)
{
    struct arena *a = &r->call->arena;
    int64_t n = 0;
    for (const char *at = words; *at; at += strcspn(at, " "), at += *at == ' ')
        n++;
    put_number(r, n);
    for (const char *at = words; *at; at += strcspn(at, " "), at += *at == ' ')
        put(r, arena_strndup(a, at, strcspn(at, " ")));
}

static void list_step(struct store *s, unsigned partition, const struct list_step *step,
                      void (*done)(void *arg, const struct list_taken *), void *arg)
{
    struct call *call = call_new(s, arg);
    struct request r = begin(call, "zaide2_list_step", partition);
    call->done.listed = done;
    put(&r, step->list);
    put(&r, step->account);
    put_number(&r, step->epoch);
    put(&r, step->pass);
    put_number(&r, step->stamp);
    put_number(&r, step->own_since);
    put_flag(&r, step->can_repeat);
    put_number(&r, (int64_t)step->max);
    put_words(&r, step->takes);
    put_number(&r, (int64_t)step->n_results);
    for (size_t i = 0; i < step->n_results; i++) {
        put_number(&r, step->results[i].bucket);
        put(&r, step->results[i].name);
        put(&r, step->results[i].value);
        put_maybe(&r, step->results[i].marks);
    }
    end(&r, read_listed);
}

static void list_sums(struct store *s, unsigned partition, const char *list,
                      void (*done)(void *arg, enum store_status, const struct pair *, size_t n),
                      void *arg)
{
    struct call *call = call_new(s, arg);
    struct request r = begin(call, "zaide2_list_sums", partition);
    call->done.pairs = done;
    put(&r, list);
    end(&r, read_pairs);
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
    .people = people,
    .list_add = list_add,
    .list_step = list_step,
    .list_sums = list_sums,
    .free = store_redis_free,
};
