#include "bot/base/json.h"
#include "bot/store/redis_internal.h"

/* The replies. Strings are those of the reply, which lives as long as the callback. */

static void finish(struct call *call)
{
    arena_release(&call->arena);
    free(call);
}

/* --- shapes --- */

static bool is_text(const struct redis_value *v)
{
    return redis_kind(v) == REDIS_STRING;
}

static bool is_number(const struct redis_value *v)
{
    return redis_int(v, 0) == redis_int(v, 1);
}

static bool is_array(const struct redis_value *v, size_t n)
{
    return redis_kind(v) == REDIS_ARRAY && redis_len(v) == n;
}

/* Texts in groups of `group`. */
static bool is_flat(const struct redis_value *v, size_t group)
{
    bool ok = redis_kind(v) == REDIS_ARRAY && redis_len(v) % group == 0;
    for (size_t i = 0; ok && i < redis_len(v); i++)
        ok = is_text(redis_item(v, i));
    return ok;
}

/* Texts, of which the n-th of each group is a number. */
static bool is_flat_with(const struct redis_value *v, size_t group, size_t n)
{
    bool ok = is_flat(v, group);
    for (size_t i = n; ok && i < redis_len(v); i += group)
        ok = is_number(redis_item(v, i));
    return ok;
}

static bool is_numbers(const struct redis_value *v, size_t n)
{
    bool ok = is_array(v, n);
    for (size_t i = 0; ok && i < n; i++)
        ok = is_number(redis_item(v, i));
    return ok;
}

/* --- status --- */

/* STORE_OK or STORE_DOWN. An error that Redis answers is a fall; so is no answer on a connection
 * that stands (too many calls wait), for the caller is promised an on_up; and so is an answer that
 * cannot be one. */
static enum store_status status_of(const struct call *call, const struct redis_value *reply,
                                   bool is_sound)
{
    struct store_redis *s = call->store;
    bool is_error = redis_kind(reply) == REDIS_ERROR;
    if (reply && !is_error && is_sound)
        return STORE_OK;
    if (s->store.is_up && (reply || redis_is_up(s->redis)))
        store_redis_fall(s, reply && !is_error ? NOT_OURS : redis_str(reply, NULL));
    return STORE_DOWN;
}

static bool is_word(const struct redis_value *word)
{
    static const char *const words[] = {"OK", "CONFLICT", "SEEN", "FENCED"};
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (str_eq(redis_str(word, NULL), words[i]))
            return true;
    return false;
}

/* The same, for functions that answer with a word. */
static enum store_status status_in(const struct call *call, const struct redis_value *reply,
                                   const struct redis_value *word, bool is_sound)
{
    enum store_status status = status_of(call, reply, is_sound);
    const char *text = redis_str(word, NULL);
    if (status == STORE_DOWN)
        return STORE_DOWN;
    return str_eq(text, "CONFLICT") ? STORE_CONFLICT
           : str_eq(text, "SEEN")   ? STORE_SEEN
           : str_eq(text, "FENCED") ? STORE_FENCED
                                    : STORE_OK;
}

/* --- parts --- */

static const char *text_at(const struct redis_value *array, size_t n)
{
    return redis_str(redis_item(array, n), NULL);
}

static int64_t number_at(const struct redis_value *array, size_t n)
{
    return redis_int(redis_item(array, n), 0);
}

static int64_t *numbers(struct arena *a, const struct redis_value *array)
{
    int64_t *out = arena_alloc(a, redis_len(array) * sizeof(*out));
    for (size_t i = 0; i < redis_len(array); i++)
        out[i] = number_at(array, i);
    return out;
}

/* A flat array: name, value, name, value … */
static struct pair *pairs(struct arena *a, const struct redis_value *flat, size_t *n)
{
    *n = redis_len(flat) / 2;
    struct pair *out = arena_alloc(a, *n * sizeof(*out));
    for (size_t i = 0; i < *n; i++)
        out[i] = (struct pair){text_at(flat, 2 * i), text_at(flat, 2 * i + 1)};
    return out;
}

void read_load(void *arg, const struct redis_value *reply)
{
    struct call *call = arg;
    const struct redis_value *lines = redis_item(reply, 2);
    bool is_sound = is_array(reply, 3) && is_flat(redis_item(reply, 0), 2) &&
                    is_number(redis_item(reply, 1)) && is_array(lines, call->n);
    struct loaded out = {.status = status_of(call, reply, is_sound)};
    if (out.status == STORE_OK) {
        out.pairs = pairs(&call->arena, redis_item(reply, 0), &out.n_pairs);
        out.next_case = number_at(reply, 1);
        out.about_lines = numbers(&call->arena, lines);
    }
    call->done.load(call->arg, &out);
    finish(call);
}

void read_commit(void *arg, const struct redis_value *reply)
{
    struct call *call = arg;
    const struct redis_value *word = redis_item(reply, 0), *ids = redis_item(reply, 2);
    bool is_done = str_eq(redis_str(word, NULL), "OK");
    bool has_ids = is_numbers(ids, call->n) && is_numbers(redis_item(reply, 3), call->n_tells) &&
                   is_number(redis_item(reply, 4));
    bool is_sound = is_word(word) && is_number(redis_item(reply, 1)) && (!is_done || has_ids);
    struct committed out = {.status = status_in(call, reply, word, is_sound)};
    if (out.status != STORE_DOWN)
        out.version = number_at(reply, 1);
    if (out.status == STORE_OK) {
        out.out = numbers(&call->arena, ids);
        out.n_out = call->n;
        out.tells = numbers(&call->arena, redis_item(reply, 3));
        out.n_tells = call->n_tells;
        out.is_taken = number_at(reply, 4);
    }
    call->done.commit(call->arg, &out);
    finish(call);
}

static const struct due_timer *timers(struct arena *a, const struct redis_value *flat, size_t *n)
{
    size_t n_rows;
    struct pair *rows = pairs(a, flat, &n_rows);
    struct due_timer *out = arena_alloc(a, n_rows * sizeof(*out));
    *n = 0;
    for (size_t i = 0; i < n_rows; i++) { /* "<subject>|<name>", due */
        const char *bar = strrchr(rows[i].name, '|');
        if (bar)
            out[(*n)++] = (struct due_timer){
                .subject = arena_strndup(a, rows[i].name, (size_t)(bar - rows[i].name)),
                .name = bar + 1,
                .due_ms = number_at(flat, 2 * i + 1),
            };
    }
    return out;
}

/* An array for each stream: id, json, mark, id … (a mark: "attempts not_before stamp") */
static const struct out_entry *entries(struct call *call, const struct redis_value *streams,
                                       size_t *n)
{
    size_t cap = 0;
    struct out_entry *out = NULL;
    for (size_t s = 0; s < redis_len(streams); s++) {
        const struct redis_value *flat = redis_item(streams, s);
        for (size_t i = 0; i + 2 < redis_len(flat); i += 3) {
            ARENA_GROW(&call->arena, out, *n, cap);
            struct out_entry *entry = &out[(*n)++];
            entry->stream = call->streams[s];
            entry->id = number_at(flat, i);
            entry->json = text_at(flat, i + 1);
            char *rest;
            entry->attempts = strtoll(text_at(flat, i + 2), &rest, 10);
            entry->not_before_ms = strtoll(rest, &rest, 10);
            entry->stamp = strtoll(rest, NULL, 10);
        }
    }
    return out;
}

static const struct told *tells(struct arena *a, const struct redis_value *flat, size_t *n)
{
    *n = redis_len(flat) / 2;
    struct told *out = arena_alloc(a, *n * sizeof(*out));
    for (size_t i = 0; i < *n; i++)
        out[i] = (struct told){number_at(flat, 2 * i), text_at(flat, 2 * i + 1)};
    return out;
}

void read_poll(void *arg, const struct redis_value *reply)
{
    struct call *call = arg;
    struct arena *a = &call->arena;
    const struct redis_value *streams = redis_item(reply, 1), *cases = redis_item(reply, 4);
    bool is_sound = is_array(reply, 5) && is_flat(redis_item(reply, 0), 2) &&
                    is_array(streams, call->n) && is_flat_with(redis_item(reply, 2), 2, 0) &&
                    is_number(redis_item(reply, 3)) &&
                    (redis_kind(cases) == REDIS_NIL || is_flat(cases, 2));
    for (size_t i = 0; is_sound && i < call->n; i++)
        is_sound = is_flat_with(redis_item(streams, i), 3, 0);
    struct polled out = {.status = status_of(call, reply, is_sound)};
    if (out.status == STORE_OK) {
        out.timers = timers(a, redis_item(reply, 0), &out.n_timers);
        out.entries = entries(call, streams, &out.n_entries);
        out.tells = tells(a, redis_item(reply, 2), &out.n_tells);
        out.cases_version = number_at(reply, 3);
        out.has_cases = redis_kind(cases) == REDIS_ARRAY;
        out.open_cases = pairs(a, cases, &out.n_open_cases);
    }
    call->done.poll(call->arg, &out);
    finish(call);
}

/* {about id, thread, attempts}, or nil where the entry is gone. */
static bool is_taken(const struct redis_value *row)
{
    return redis_kind(row) == REDIS_NIL || (is_array(row, 3) && is_number(redis_item(row, 2)));
}

void read_take(void *arg, const struct redis_value *reply)
{
    struct call *call = arg;
    const struct redis_value *word = redis_item(reply, 0);
    bool is_done = str_eq(redis_str(word, NULL), "OK");
    bool is_sound = is_word(word) && (!is_done || is_array(reply, call->n + 1));
    for (size_t i = 0; is_sound && is_done && i < call->n; i++)
        is_sound = is_taken(redis_item(reply, i + 1));
    enum store_status status = status_in(call, reply, word, is_sound);
    struct taken *out = NULL;
    if (status == STORE_OK) {
        out = arena_alloc(&call->arena, call->n * sizeof(*out));
        for (size_t i = 0; i < call->n; i++) {
            const struct redis_value *row = redis_item(reply, i + 1);
            out[i] = (struct taken){.is_gone = redis_kind(row) == REDIS_NIL,
                                    .attempts = number_at(row, 2),
                                    .about_id = text_at(row, 0),
                                    .thread = text_at(row, 1)};
        }
    }
    call->done.take(call->arg, status, out);
    finish(call);
}

void read_status(void *arg, const struct redis_value *reply)
{
    struct call *call = arg;
    bool is_sound = is_word(reply) || redis_kind(reply) == REDIS_INT;
    enum store_status status = status_in(call, reply, reply, is_sound);
    call->done.status(call->arg, status);
    finish(call);
}

void read_bind(void *arg, const struct redis_value *reply)
{
    struct call *call = arg;
    const struct redis_value *word = redis_item(reply, 0), *by_chance = redis_item(reply, 1);
    bool is_done = str_eq(redis_str(word, NULL), "OK");
    bool is_sound = is_word(word) && (!is_done || is_flat(by_chance, 2));
    enum store_status status = status_in(call, reply, word, is_sound);
    struct store_redis *s = call->store;
    if (status == STORE_OK) {
        write_home(call);
        for (size_t i = 0; i + 1 < redis_len(by_chance); i += 2)
            check_home(s, text_at(by_chance, i), text_at(by_chance, i + 1));
        return;
    }
    call->done.status(call->arg, status);
    finish(call);
}

void read_exists(void *arg, const struct redis_value *reply)
{
    if (status_of(arg, reply, is_number(reply)) == STORE_OK && redis_int(reply, 1) == 0)
        forget_home(arg);
    else
        finish(arg);
}

void read_home(void *arg, const struct redis_value *reply)
{
    struct call *call = arg;
    bool is_sound = is_text(reply) || redis_kind(reply) == REDIS_NIL;
    enum store_status status = status_of(call, reply, is_sound);
    call->done.home(call->arg, status, status == STORE_OK ? redis_str(reply, NULL) : NULL);
    finish(call);
}

void read_lease(void *arg, const struct redis_value *reply)
{
    struct call *call = arg;
    enum store_status status = status_of(call, reply, is_number(reply));
    call->done.lease(call->arg, status, status == STORE_OK ? redis_int(reply, 0) : 0);
    finish(call);
}

void read_pairs(void *arg, const struct redis_value *reply)
{
    struct call *call = arg;
    enum store_status status = status_of(call, reply, is_flat(reply, 2));
    size_t n = 0;
    struct pair *out = status == STORE_OK ? pairs(&call->arena, reply, &n) : NULL;
    call->done.pairs(call->arg, status, out, n);
    finish(call);
}

void read_lines(void *arg, const struct redis_value *reply)
{
    struct call *call = arg;
    enum store_status status = status_of(call, reply, is_flat(reply, 1));
    size_t n = status == STORE_OK ? redis_len(reply) : 0;
    const char **out = arena_alloc(&call->arena, n * sizeof(*out));
    for (size_t i = 0; i < n; i++)
        out[i] = text_at(reply, i);
    call->done.lines(call->arg, status, out, n);
    finish(call);
}

/* {bucket, persons} */
void read_people(void *arg, const struct redis_value *reply)
{
    struct call *call = arg;
    bool is_sound =
        is_array(reply, 2) && is_number(redis_item(reply, 0)) && is_flat(redis_item(reply, 1), 2);
    struct people out = {.status = status_of(call, reply, is_sound)};
    if (out.status == STORE_OK) {
        out.bucket = (unsigned)number_at(reply, 0);
        out.pairs = pairs(&call->arena, redis_item(reply, 1), &out.n);
    }
    call->done.people(call->arg, &out);
    finish(call);
}

/* {status, is it the end?, bucket, name, value, person, bucket …} */
void read_listed(void *arg, const struct redis_value *reply)
{
    struct call *call = arg;
    const struct redis_value *word = redis_item(reply, 0), *flat = redis_item(reply, 2);
    bool is_sound = is_array(reply, 3) && is_word(word) && is_number(redis_item(reply, 1)) &&
                    is_flat_with(flat, 4, 0);
    struct list_taken out = {.status = status_in(call, reply, word, is_sound)};
    if (out.status == STORE_OK) {
        out.is_end = number_at(reply, 1);
        out.n = redis_len(flat) / 4;
        struct listed *items = arena_alloc(&call->arena, out.n * sizeof(*items));
        for (size_t i = 0; i < out.n; i++)
            items[i] = (struct listed){(unsigned)number_at(flat, 4 * i), text_at(flat, 4 * i + 1),
                                       text_at(flat, 4 * i + 2), text_at(flat, 4 * i + 3)};
        out.items = items;
    }
    call->done.listed(call->arg, &out);
    finish(call);
}
