/* A store that answers when the test says so. The memory store behind it keeps the truth: each call
 * is done there at once and in order, as a server does what comes down one connection; only the
 * answer may be held back, or lost. So nothing here pretends to be a store. */
#ifndef ZAIDE_TESTS_SLOW_STORE_H
#define ZAIDE_TESTS_SLOW_STORE_H

#include "bot/ports/store.h"

enum slow_op {
    SLOW_LOAD, SLOW_COMMIT, SLOW_POLL, SLOW_HOLD, SLOW_TAKE, SLOW_SENT, SLOW_DEFER, SLOW_SET_HOME,
    SLOW_FIND_HOME, SLOW_LEASE, SLOW_UNLEASE, SLOW_HASH_GET, SLOW_HASH_PUT, SLOW_TOLD, SLOW_COUNTS,
    SLOW_TRANSCRIPT, SLOW_PEOPLE, SLOW_LIST_ADD, SLOW_LIST_STEP, SLOW_LIST_SUMS, SLOW_OPS
};

struct slow_answer {
    struct slow_answer *next;
    struct arena arena;
    enum slow_op op;
    void (*done)(void); /* cast back by slow_give */
    void *arg;
    enum store_status status;
    size_t n;
    struct loaded loaded;
    struct committed committed;
    struct polled polled;
    struct taken *taken;
    char *conversation;
    int64_t epoch;
    struct pair *pairs;
    const char **lines;
    struct people people;
    struct list_taken listed;
};

struct slow {
    struct store store; /* first: what the tested part gets */
    struct store *memory;
    bool is_slow;        /* answers wait for slow_answer */
    int lose[SLOW_OPS];  /* so many of the next calls never arrive: nothing is done, STORE_DOWN */
    int calls[SLOW_OPS]; /* how often each was asked */
    void (*before)(void *arg, enum slow_op op); /* somebody else is faster; may be NULL */
    void *before_arg;
    struct slow_answer *first, *last;
};

/* --- answers --- */

static inline void slow_give(struct slow_answer *a)
{
    typedef void status_f(void *, enum store_status);
    switch (a->op) {
    case SLOW_LOAD:
        a->loaded.status = a->status;
        ((void (*)(void *, const struct loaded *))a->done)(a->arg, &a->loaded);
        break;
    case SLOW_COMMIT:
        a->committed.status = a->status;
        ((void (*)(void *, const struct committed *))a->done)(a->arg, &a->committed);
        break;
    case SLOW_POLL:
        a->polled.status = a->status;
        ((void (*)(void *, const struct polled *))a->done)(a->arg, &a->polled);
        break;
    case SLOW_TAKE:
        ((void (*)(void *, enum store_status, const struct taken *))a->done)(a->arg, a->status,
                                                                            a->taken);
        break;
    case SLOW_FIND_HOME:
        ((void (*)(void *, enum store_status, const char *))a->done)(a->arg, a->status,
                                                                     a->conversation);
        break;
    case SLOW_LEASE:
        ((void (*)(void *, enum store_status, int64_t))a->done)(a->arg, a->status, a->epoch);
        break;
    case SLOW_PEOPLE:
        a->people.status = a->status;
        ((void (*)(void *, const struct people *))a->done)(a->arg, &a->people);
        break;
    case SLOW_LIST_STEP:
        a->listed.status = a->status;
        ((void (*)(void *, const struct list_taken *))a->done)(a->arg, &a->listed);
        break;
    case SLOW_HASH_GET:
    case SLOW_COUNTS:
    case SLOW_LIST_SUMS:
        ((void (*)(void *, enum store_status, const struct pair *, size_t))a->done)(
            a->arg, a->status, a->pairs, a->n);
        break;
    case SLOW_TRANSCRIPT:
        ((void (*)(void *, enum store_status, const char *const *, size_t))a->done)(
            a->arg, a->status, a->lines, a->n);
        break;
    case SLOW_HOLD:
    case SLOW_SENT:
    case SLOW_DEFER:
    case SLOW_SET_HOME:
    case SLOW_UNLEASE:
    case SLOW_HASH_PUT:
    case SLOW_TOLD:
    case SLOW_LIST_ADD:
        ((status_f *)a->done)(a->arg, a->status);
        break;
    case SLOW_OPS:
        break;
    }
    arena_release(&a->arena);
    free(a);
}

static inline void *slow_copy(struct slow_answer *a, const void *items, size_t n, size_t size)
{
    void *out = arena_alloc(&a->arena, n * size);
    if (n)
        memcpy(out, items, n * size);
    return out;
}

static inline struct pair *slow_pairs(struct slow_answer *a, const struct pair *pairs, size_t n)
{
    struct pair *out = arena_alloc(&a->arena, n * sizeof(*out));
    for (size_t i = 0; i < n; i++)
        out[i] = (struct pair){arena_strdup(&a->arena, pairs[i].name),
                               arena_strdup(&a->arena, pairs[i].value)};
    return out;
}

static inline void slow_on_status(void *arg, enum store_status status)
{
    ((struct slow_answer *)arg)->status = status;
}

static inline void slow_on_loaded(void *arg, const struct loaded *l)
{
    struct slow_answer *a = arg;
    a->loaded = *l;
    a->loaded.pairs = slow_pairs(a, l->pairs, l->n_pairs);
    a->loaded.about_lines = slow_copy(a, l->about_lines, a->n, sizeof(*l->about_lines));
    a->status = l->status;
}

static inline void slow_on_committed(void *arg, const struct committed *c)
{
    struct slow_answer *a = arg;
    a->committed = *c;
    a->committed.out = slow_copy(a, c->out, c->n_out, sizeof(*c->out));
    a->committed.tells = slow_copy(a, c->tells, c->n_tells, sizeof(*c->tells));
    a->status = c->status;
}

static inline void slow_on_polled(void *arg, const struct polled *p)
{
    struct slow_answer *a = arg;
    struct due_timer *timers = slow_copy(a, p->timers, p->n_timers, sizeof(*timers));
    struct out_entry *entries = slow_copy(a, p->entries, p->n_entries, sizeof(*entries));
    struct told *tells = slow_copy(a, p->tells, p->n_tells, sizeof(*tells));
    for (size_t i = 0; i < p->n_timers; i++) {
        timers[i].subject = arena_strdup(&a->arena, timers[i].subject);
        timers[i].name = arena_strdup(&a->arena, timers[i].name);
    }
    for (size_t i = 0; i < p->n_entries; i++) {
        entries[i].stream = arena_strdup(&a->arena, entries[i].stream);
        entries[i].json = arena_strdup(&a->arena, entries[i].json);
    }
    for (size_t i = 0; i < p->n_tells; i++)
        tells[i].json = arena_strdup(&a->arena, tells[i].json);
    a->polled = *p;
    a->polled.timers = timers;
    a->polled.entries = entries;
    a->polled.tells = tells;
    a->polled.open_cases = slow_pairs(a, p->open_cases, p->n_open_cases);
    a->status = p->status;
}

static inline void slow_on_taken(void *arg, enum store_status status, const struct taken *taken)
{
    struct slow_answer *a = arg;
    a->status = status;
    a->taken = slow_copy(a, taken, status == STORE_OK ? a->n : 0, sizeof(*taken));
    for (size_t i = 0; status == STORE_OK && i < a->n; i++) {
        a->taken[i].about_id = arena_strdup(&a->arena, taken[i].about_id);
        a->taken[i].thread = arena_strdup(&a->arena, taken[i].thread);
    }
}

static inline void slow_on_home(void *arg, enum store_status status, const char *conversation)
{
    struct slow_answer *a = arg;
    a->status = status;
    a->conversation = arena_strdup(&a->arena, conversation);
}

static inline void slow_on_lease(void *arg, enum store_status status, int64_t epoch)
{
    struct slow_answer *a = arg;
    a->status = status;
    a->epoch = epoch;
}

static inline void slow_on_pairs(void *arg, enum store_status status, const struct pair *p,
                                 size_t n)
{
    struct slow_answer *a = arg;
    a->status = status;
    a->pairs = slow_pairs(a, p, n);
    a->n = n;
}

static inline void slow_on_people(void *arg, const struct people *p)
{
    struct slow_answer *a = arg;
    a->people = *p;
    a->people.pairs = slow_pairs(a, p->pairs, p->n);
    a->status = p->status;
}

static inline void slow_on_listed(void *arg, const struct list_taken *l)
{
    struct slow_answer *a = arg;
    struct listed *items = slow_copy(a, l->items, l->n, sizeof(*items));
    for (size_t i = 0; i < l->n; i++) {
        items[i].name = arena_strdup(&a->arena, items[i].name);
        items[i].value = arena_strdup(&a->arena, items[i].value);
        items[i].person = arena_strdup(&a->arena, items[i].person);
    }
    a->listed = *l;
    a->listed.items = items;
    a->status = l->status;
}

static inline void slow_on_lines(void *arg, enum store_status status, const char *const *lines,
                                 size_t n)
{
    struct slow_answer *a = arg;
    a->status = status;
    a->lines = arena_alloc(&a->arena, n * sizeof(*a->lines));
    for (size_t i = 0; i < n; i++)
        a->lines[i] = arena_strdup(&a->arena, lines[i]);
    a->n = n;
}

/* --- calls --- */

static inline struct slow_answer *slow_new(struct store *s, enum slow_op op, void (*done)(void),
                                           void *arg)
{
    struct slow *slow = (struct slow *)s;
    struct slow_answer *a = xcalloc(1, sizeof(*a));
    if (slow->before)
        slow->before(slow->before_arg, op);
    slow->calls[op]++;
    a->op = op;
    a->done = done;
    a->arg = arg;
    return a;
}

/* Does the call reach the server? */
static inline bool slow_arrives(struct store *s, struct slow_answer *a)
{
    struct slow *slow = (struct slow *)s;
    bool lost = !s->is_up || slow->lose[a->op] > 0;
    slow->lose[a->op] -= slow->lose[a->op] > 0;
    a->status = STORE_DOWN;
    return !lost;
}

static inline void slow_finish(struct store *s, struct slow_answer *a)
{
    struct slow *slow = (struct slow *)s;
    if (!s->is_up || !slow->is_slow) {
        slow_give(a);
        return;
    }
    *(slow->last ? &slow->last->next : &slow->first) = a;
    slow->last = a;
}

/* One definition of each call: its parameters, and what the memory store is asked. */
#define SLOW_CALL(name, OP, callback, asked, params, ...)                                          \
    static inline void slow_##name params                                                          \
    {                                                                                              \
        struct slow_answer *a_ = slow_new(s, OP, (void (*)(void))done, arg);                       \
        struct store *memory_ = ((struct slow *)s)->memory;                                        \
        a_->n = (asked);                                                                           \
        if (slow_arrives(s, a_))                                                                   \
            memory_->ops->name(memory_, __VA_ARGS__, callback, a_);                                \
        slow_finish(s, a_);                                                                        \
    }

#define STATUS_DONE void (*done)(void *, enum store_status), void *arg

SLOW_CALL(load, SLOW_LOAD, slow_on_loaded, n_refs,
          (struct store *s, const char *subject, const struct store_ref *refs, size_t n_refs,
           void (*done)(void *, const struct loaded *), void *arg), subject, refs, n_refs)
SLOW_CALL(commit, SLOW_COMMIT, slow_on_committed, 0,
          (struct store *s, const struct commit *c, void (*done)(void *, const struct committed *),
           void *arg), c)
SLOW_CALL(poll, SLOW_POLL, slow_on_polled, 0,
          (struct store * s, unsigned partition, int64_t now_ms, int64_t known_cases,
           const struct poll_stream *streams, size_t n_streams,
           void (*done)(void *, const struct polled *), void *arg),
          partition, now_ms, known_cases, streams, n_streams)
SLOW_CALL(hold, SLOW_HOLD, slow_on_status, 0,
          (struct store *s, unsigned partition, const char *account, int64_t epoch, STATUS_DONE),
          partition, account, epoch)
SLOW_CALL(take, SLOW_TAKE, slow_on_taken, n,
          (struct store *s, unsigned partition, const char *account, int64_t epoch,
           const struct take *takes, size_t n,
           void (*done)(void *, enum store_status, const struct taken *), void *arg),
          partition, account, epoch, takes, n)
SLOW_CALL(sent, SLOW_SENT, slow_on_status, 0,
          (struct store *s, unsigned partition, const char *account, int64_t epoch, int64_t now_ms,
           const struct sent *items, size_t n, STATUS_DONE),
          partition, account, epoch, now_ms, items, n)
SLOW_CALL(defer, SLOW_DEFER, slow_on_status, 0,
          (struct store *s, unsigned partition, const char *account, int64_t epoch,
           const char *stream, int64_t id, int64_t not_before_ms, bool unsent, STATUS_DONE),
          partition, account, epoch, stream, id, not_before_ms, unsent)
SLOW_CALL(set_home, SLOW_SET_HOME, slow_on_status, 0,
          (struct store *s, const char *conversation, const char *room, const char *thread,
           STATUS_DONE), conversation, room, thread)
SLOW_CALL(find_home, SLOW_FIND_HOME, slow_on_home, 0,
          (struct store *s, const char *room, const char *thread,
           void (*done)(void *, enum store_status, const char *), void *arg), room, thread)
SLOW_CALL(lease, SLOW_LEASE, slow_on_lease, 0,
          (struct store *s, const char *account, const char *holder, int64_t ttl_ms,
           void (*done)(void *, enum store_status, int64_t), void *arg), account, holder, ttl_ms)
SLOW_CALL(unlease, SLOW_UNLEASE, slow_on_status, 0,
          (struct store *s, const char *account, const char *holder, STATUS_DONE), account, holder)
SLOW_CALL(hash_get, SLOW_HASH_GET, slow_on_pairs, 0,
          (struct store *s, const char *hash,
           void (*done)(void *, enum store_status, const struct pair *, size_t), void *arg), hash)
SLOW_CALL(hash_put, SLOW_HASH_PUT, slow_on_status, 0,
          (struct store *s, const char *hash, const char *key, const char *value, STATUS_DONE),
          hash, key, value)
SLOW_CALL(told, SLOW_TOLD, slow_on_status, 0,
          (struct store *s, unsigned partition, int64_t id, STATUS_DONE), partition, id)
SLOW_CALL(counts, SLOW_COUNTS, slow_on_pairs, 0,
          (struct store *s, unsigned partition, int64_t from_ms, int64_t to_ms,
           void (*done)(void *, enum store_status, const struct pair *, size_t), void *arg),
          partition, from_ms, to_ms)
SLOW_CALL(transcript, SLOW_TRANSCRIPT, slow_on_lines, 0,
          (struct store *s, const char *conversation, int64_t from_line, size_t max,
           void (*done)(void *, enum store_status, const char *const *, size_t), void *arg),
          conversation, from_line, max)

SLOW_CALL(people, SLOW_PEOPLE, slow_on_people, 0,
          (struct store *s, unsigned partition, const char *account, unsigned bucket,
           void (*done)(void *, const struct people *), void *arg), partition, account, bucket)
SLOW_CALL(list_add, SLOW_LIST_ADD, slow_on_status, 0,
          (struct store *s, unsigned partition, const char *list, unsigned bucket,
           const char *const *names, size_t n, const char *value, STATUS_DONE),
          partition, list, bucket, names, n, value)
SLOW_CALL(list_step, SLOW_LIST_STEP, slow_on_listed, 0,
          (struct store *s, unsigned partition, const struct list_step *step,
           void (*done)(void *, const struct list_taken *), void *arg), partition, step)
SLOW_CALL(list_sums, SLOW_LIST_SUMS, slow_on_pairs, 0,
          (struct store *s, unsigned partition, const char *list,
           void (*done)(void *, enum store_status, const struct pair *, size_t), void *arg),
          partition, list)

/* --- for tests --- */

/* Give the oldest answer that waits; false: none does. */
static inline bool slow_answer(struct slow *slow)
{
    struct slow_answer *a = slow->first;
    if (!a)
        return false;
    slow->first = a->next;
    if (!slow->first)
        slow->last = NULL;
    slow_give(a);
    return true;
}

static inline void slow_answer_all(struct slow *slow)
{
    while (slow_answer(slow))
        ;
}

/* The connection breaks: what was asked is done, but nobody hears of it. */
static inline void slow_go_down(struct slow *slow)
{
    slow->store.is_up = false;
    for (struct slow_answer *a = slow->first; a; a = a->next)
        a->status = STORE_DOWN;
    slow_answer_all(slow);
    if (slow->store.on_down)
        slow->store.on_down(slow->store.arg, "the test says so");
}

static inline void slow_come_back(struct slow *slow)
{
    slow->store.is_up = true;
    if (slow->store.on_up)
        slow->store.on_up(slow->store.arg);
}

static inline void slow_free(struct store *s)
{
    struct slow *slow = (struct slow *)s;
    slow->store.on_down = NULL;
    slow_go_down(slow);
    slow->memory->ops->free(slow->memory);
    free(slow);
}

static inline struct slow *slow_store_new(void)
{
    static const struct store_ops ops = {
        slow_load, slow_commit, slow_poll, slow_hold, slow_take, slow_sent, slow_defer,
        slow_set_home, slow_find_home, slow_lease, slow_unlease, slow_hash_get, slow_hash_put,
        slow_told, slow_counts, slow_transcript, slow_people, slow_list_add, slow_list_step,
        slow_list_sums, slow_free,
    };
    struct slow *slow = xcalloc(1, sizeof(*slow));
    slow->store.ops = &ops;
    slow->store.is_up = true;
    slow->memory = store_memory_new();
    return slow;
}

#endif
