#include <inttypes.h>

#include "bot/store/memory_internal.h"
#include "bot/store/rules.h"

/* The store in plain memory, for talks and for the console without Redis. It has the keys of
 * functions.lua and does the same to them, so the two are best read side by side. Left out is what
 * the port cannot read: dead letters, RETENTION, bounds of maps. What a callback gets is a copy,
 * for it may call the store again. */

struct memory {
    struct store store; /* first: a struct store * of ours is one of these */
    struct keyspace keys;
};

static struct keyspace *keys_of(struct store *s)
{
    return &((struct memory *)s)->keys;
}

struct keyspace *memory_keys(struct store *s)
{
    return keys_of(s);
}

/* Turns. */

static const char *twin(struct arena *a, const char *surface, const char *message_id)
{
    return arena_printf(a, "%s:%s", surface, message_id);
}

static const char *place(struct arena *a, int64_t line, const char *surface)
{
    return arena_printf(a, "%" PRId64 "@%s", line, surface);
}

static void map_line(struct value *map, struct arena *a, const char *surface,
                     const char *message_id, int64_t line)
{
    value_put_number(map, twin(a, surface, message_id), line);
    value_put(map, place(a, line < 0 ? -line : line, surface), message_id);
}

static void append_line(struct keyspace *k, unsigned p, const char *subject, const char *line)
{
    struct value *lines = keyspace_at(k, p, "t", subject);
    value_append(lines, line);
    while (lines->n_rows > STORE_LINES)
        value_remove(lines, lines->rows);
}

static int64_t next_case(struct keyspace *k, unsigned partition)
{
    int64_t n = value_get_number(keyspace_peek(k, partition, "seq", ""), "case");
    return partition == PARTITION_GLOBAL ? 0 : PARTITIONS * (n + 1) + partition;
}

static void load(struct store *s, const char *subject, const struct store_ref *refs, size_t n_refs,
                 void (*done)(void *arg, const struct loaded *), void *arg)
{
    struct keyspace *k = keys_of(s);
    struct arena a = ARENA_INIT;
    unsigned p = conversation_partition(subject);
    const struct value *map = keyspace_peek(k, p, "m", subject);
    int64_t *lines = arena_alloc(&a, n_refs * sizeof(*lines));
    for (size_t i = 0; i < n_refs; i++)
        lines[i] = value_get_number(map, twin(&a, refs[i].surface, refs[i].message_id));
    struct loaded out = {.next_case = next_case(k, p), .about_lines = lines};
    out.pairs = value_pairs(keyspace_peek(k, p, "c", subject), &a, &out.n_pairs);
    done(arg, &out);
    arena_release(&a);
}

static void put_case(struct keyspace *k, unsigned p, const struct commit *c)
{
    struct value *cases = keyspace_at(k, p, "cases", "");
    char no[24];
    snprintf(no, sizeof(no), "%" PRId64, c->open_case_no);
    const char *before = value_get(cases, no);
    if (str_eq(before ? before : "", c->open_case))
        return;
    value_put(cases, no, c->open_case);
    value_add(keyspace_at(k, p, "seq", ""), "cases", 1);
}

bool memory_is_fenced(struct keyspace *k, unsigned partition, const char *account, int64_t epoch)
{
    struct value *fly = keyspace_at(k, partition, "fly", account);
    int64_t newest = value_get_number(fly, "epoch");
    if (epoch > newest)
        value_put_number(fly, "epoch", epoch);
    return epoch < newest;
}

static int64_t add_out(struct keyspace *k, unsigned p, const struct commit *c,
                       const struct commit_out *out, bool *is_taken)
{
    struct value *stream = keyspace_at(k, p, "out", out->stream);
    int64_t id = value_append(stream, out->json);
    *is_taken = *is_taken || (out->take && !memory_is_fenced(k, p, c->taker, c->epoch));
    if (out->take && *is_taken) {
        struct row *row = value_row(stream, id);
        row->attempts = 1;
        row->stamp = c->stamp;
    }
    return id;
}

static void apply(struct keyspace *k, unsigned p, const struct commit *c, struct arena *a,
                  struct committed *result)
{
    struct value *record = keyspace_at(k, p, "c", c->subject),
                 *map = keyspace_at(k, p, "m", c->subject);
    struct value *timers = keyspace_at(k, p, "timers", ""), *seq = keyspace_at(k, p, "seq", "");
    struct value *seen = keyspace_at(k, p, "seen", c->event.bucket);
    int64_t *out = arena_alloc(a, c->n_out * sizeof(*out));
    int64_t *tells = arena_alloc(a, c->n_tells * sizeof(*tells));

    value_put(seen, c->event.member, "1");
    seen->expires_ms = clock_ms() + STORE_SEEN_MS;
    value_put_number(record, "version", c->version + 1);
    for (size_t i = 0; i < c->n_set; i++)
        value_put(record, c->set[i].name, c->set[i].value);
    if (c->case_no)
        value_add(seq, "case", 1);
    if (c->open_case)
        put_case(k, p, c);
    for (size_t i = 0; i < c->n_lines; i++)
        append_line(k, p, c->subject, c->lines[i].json);
    for (size_t i = 0; i < c->n_maps; i++)
        map_line(map, a, c->maps[i].surface, c->maps[i].message_id, c->maps[i].line);
    for (size_t i = 0; i < c->n_timers; i++) {
        const char *name = arena_printf(a, "%s|%s", c->subject, c->timers[i].name);
        if (c->timers[i].due_ms)
            value_put_number(timers, name, c->timers[i].due_ms);
        else
            value_put(timers, name, "");
    }
    for (size_t i = 0; i < c->n_out; i++)
        out[i] = add_out(k, p, c, &c->out[i], &result->is_taken);
    for (size_t i = 0; i < c->n_tells; i++)
        tells[i] = value_append(keyspace_at(k, p, "tell", ""), c->tells[i].json);
    for (size_t i = 0; i < c->n_counts; i++) {
        struct value *hour = keyspace_at(k, p, "n", arena_int(a, c->now_ms / STORE_HOUR_MS));
        value_add(hour, c->counts[i].name, c->counts[i].n);
        hour->expires_ms = clock_ms() + STORE_COUNTS_MS;
    }
    if (c->person)
        memory_mark_person(memory_users(k, a, p, c->person->account, c->person->bucket), a,
                           c->person->name, c->person->entry, c->person->set, c->person->clear);
    for (size_t i = 0; i < c->n_puts; i++)
        value_put(keyspace_at(k, p, c->puts[i].hash, ""), c->puts[i].key, c->puts[i].value);
    *result = (struct committed){STORE_OK,   c->version + 1,  out, c->n_out, tells,
                                 c->n_tells, result->is_taken};
}

static bool has_what_was(struct keyspace *k, unsigned p, const struct commit *c)
{
    for (size_t i = 0; i < c->n_puts; i++) {
        const struct commit_put *put = &c->puts[i];
        const char *is = value_get(keyspace_peek(k, p, put->hash, ""), put->key);
        if (put->was && !str_eq(put->was, is ? is : ""))
            return false;
    }
    return true;
}

static void commit(struct store *s, const struct commit *c,
                   void (*done)(void *arg, const struct committed *), void *arg)
{
    struct keyspace *k = keys_of(s);
    struct arena a = ARENA_INIT;
    unsigned p = conversation_partition(c->subject);
    int64_t version = value_get_number(keyspace_peek(k, p, "c", c->subject), "version");
    struct committed result = {.version = version};
    rules_check_commit(c);
    keyspace_sweep(k);
    if (value_get(keyspace_peek(k, p, "seen", c->event.bucket), c->event.member))
        result.status = STORE_SEEN;
    else if (version != c->version || (c->case_no && c->case_no != next_case(k, p)) ||
             !has_what_was(k, p, c))
        result.status = STORE_CONFLICT;
    else
        apply(k, p, c, &a, &result);
    done(arg, &result);
    arena_release(&a);
}

static int by_due(const void *a, const void *b)
{
    const struct due_timer *x = a, *y = b;
    if (x->due_ms != y->due_ms)
        return x->due_ms < y->due_ms ? -1 : 1;
    int order = strcmp(x->subject, y->subject);
    return order ? order : strcmp(x->name, y->name);
}

static struct due_timer *due_timers(struct arena *a, const struct value *timers, int64_t now_ms,
                                    size_t *n)
{
    *n = 0;
    if (!timers)
        return NULL;
    struct due_timer *out = arena_alloc(a, timers->fields.n * sizeof(*out));
    TABLE_EACH(&timers->fields, it)
    {
        int64_t due_ms = value_get_number(timers, it->key);
        const char *bar = strrchr(it->key, '|');
        if (due_ms > now_ms)
            continue;
        out[(*n)++] = (struct due_timer){
            .subject = arena_strndup(a, it->key, (size_t)(bar - it->key)),
            .name = arena_strdup(a, bar + 1),
            .due_ms = due_ms,
        };
    }
    qsort(out, *n, sizeof(*out), by_due);
    if (*n > STORE_PAGE)
        *n = STORE_PAGE;
    return out;
}

static void poll(struct store *s, unsigned partition, int64_t now_ms, int64_t known_cases,
                 const struct poll_stream *streams, size_t n_streams,
                 void (*done)(void *arg, const struct polled *), void *arg)
{
    struct keyspace *k = keys_of(s);
    struct arena a = ARENA_INIT;
    struct polled out = {0};
    struct out_entry *entries = NULL;
    struct told *tells = NULL;
    size_t cap_entries = 0, cap_tells = 0;
    out.timers = due_timers(&a, keyspace_peek(k, partition, "timers", ""), now_ms, &out.n_timers);
    for (size_t i = 0; i < n_streams; i++) {
        const struct value *v = keyspace_peek(k, partition, "out", streams[i].stream);
        size_t first = out.n_entries;
        for (size_t r = 0; v && r < v->n_rows && out.n_entries - first < STORE_PAGE; r++) {
            const struct row *row = &v->rows[r];
            if (row->id < streams[i].from_id)
                continue;
            ARENA_GROW(&a, entries, out.n_entries, cap_entries);
            entries[out.n_entries++] = (struct out_entry){
                .stream = arena_strdup(&a, streams[i].stream),
                .id = row->id,
                .json = arena_strdup(&a, row->text),
                .attempts = row->attempts,
                .not_before_ms = row->not_before_ms,
                .stamp = row->stamp,
            };
        }
    }
    const struct value *v = keyspace_peek(k, partition, "tell", "");
    for (size_t r = 0; v && r < v->n_rows && r < STORE_PAGE; r++) {
        ARENA_GROW(&a, tells, out.n_tells, cap_tells);
        tells[out.n_tells++] = (struct told){v->rows[r].id, arena_strdup(&a, v->rows[r].text)};
    }
    out.entries = entries;
    out.tells = tells;
    out.cases_version = value_get_number(keyspace_peek(k, partition, "seq", ""), "cases");
    out.has_cases = out.cases_version != known_cases;
    if (out.has_cases)
        out.open_cases =
            value_pairs(keyspace_peek(k, partition, "cases", ""), &a, &out.n_open_cases);
    done(arg, &out);
    arena_release(&a);
}

/* The outbox. */

static void hold(struct store *s, unsigned partition, const char *account, int64_t epoch,
                 void (*done)(void *arg, enum store_status), void *arg)
{
    done(arg, memory_is_fenced(keys_of(s), partition, account, epoch) ? STORE_FENCED : STORE_OK);
}

static void take(struct store *s, unsigned partition, const char *account, int64_t epoch,
                 const struct take *takes, size_t n,
                 void (*done)(void *arg, enum store_status, const struct taken *taken), void *arg)
{
    struct keyspace *k = keys_of(s);
    struct arena a = ARENA_INIT;
    bool fenced = memory_is_fenced(k, partition, account, epoch);
    struct taken *out = fenced ? NULL : arena_alloc(&a, n * sizeof(*out));
    for (size_t i = 0; !fenced && i < n; i++) {
        const struct take *t = &takes[i];
        struct row *row = value_row(keyspace_peek(k, partition, "out", t->stream), t->id);
        out[i].is_gone = !row;
        if (!row)
            continue;
        out[i].attempts = row->attempts++;
        row->stamp = 1;
        if (t->about_line)
            out[i].about_id =
                arena_strdup(&a, value_get(keyspace_peek(k, partition, "m", t->conversation),
                                           place(&a, t->about_line, t->surface)));
        if (t->room) {
            const char *thread = value_get(keyspace_peek(k, partition, "c", t->conversation),
                                           arena_printf(&a, "home.%s", t->room));
            out[i].thread = arena_strdup(&a, thread ? thread : "");
        }
    }
    done(arg, fenced ? STORE_FENCED : STORE_OK, out);
    arena_release(&a);
}

static void settle(struct keyspace *k, unsigned p, const struct sent *it, struct arena *a)
{
    struct value *stream = keyspace_peek(k, p, "out", it->stream);
    struct row *row = value_row(stream, it->id);
    if (!row)
        return;
    value_remove(stream, row);
    if (it->message_id && it->line)
        map_line(keyspace_at(k, p, "m", it->conversation), a, it->surface, it->message_id,
                 it->line);
    if (it->mark && *it->conversation)
        append_line(k, p, it->conversation, it->mark);
}

static void sent(struct store *s, unsigned partition, const char *account, int64_t epoch,
                 int64_t now_ms, const struct sent *items, size_t n,
                 void (*done)(void *arg, enum store_status), void *arg)
{
    struct keyspace *k = keys_of(s);
    struct arena a = ARENA_INIT;
    bool fenced = memory_is_fenced(k, partition, account, epoch);
    (void)now_ms; /* of dead letters */
    for (size_t i = 0; !fenced && i < n; i++)
        settle(k, partition, &items[i], &a);
    arena_release(&a);
    done(arg, fenced ? STORE_FENCED : STORE_OK);
}

static void defer(struct store *s, unsigned partition, const char *account, int64_t epoch,
                  const char *stream, int64_t id, int64_t not_before_ms, bool unsent,
                  void (*done)(void *arg, enum store_status), void *arg)
{
    struct keyspace *k = keys_of(s);
    bool fenced = memory_is_fenced(k, partition, account, epoch);
    struct row *row = value_row(keyspace_peek(k, partition, "out", stream), id);
    if (!fenced && row) {
        row->attempts -= unsent && row->stamp;
        row->stamp = 0;
        row->not_before_ms = not_before_ms;
    }
    done(arg, fenced ? STORE_FENCED : STORE_OK);
}

/* Homes and leases. */

static void set_home(struct store *s, const char *conversation, const char *room,
                     const char *thread, void (*done)(void *arg, enum store_status), void *arg)
{
    struct keyspace *k = keys_of(s);
    struct arena a = ARENA_INIT;
    struct value *homes = keyspace_at(k, PARTITION_GLOBAL, "homes", "");
    const char *key = arena_printf(&a, "%s %s", room, thread);
    const char *owner = *thread ? value_get(homes, key) : NULL;
    bool taken = owner && !str_eq(owner, conversation);
    if (*thread && !owner)
        value_put(homes, key, conversation);
    if (!taken)
        value_put(keyspace_at(k, conversation_partition(conversation), "c", conversation),
                  arena_printf(&a, "home.%s", room), thread);
    arena_release(&a);
    done(arg, taken ? STORE_CONFLICT : STORE_OK);
}

static void find_home(struct store *s, const char *room, const char *thread,
                      void (*done)(void *arg, enum store_status, const char *conversation),
                      void *arg)
{
    struct arena a = ARENA_INIT;
    const char *owner = value_get(keyspace_peek(keys_of(s), PARTITION_GLOBAL, "homes", ""),
                                  arena_printf(&a, "%s %s", room, thread));
    done(arg, STORE_OK, arena_strdup(&a, owner));
    arena_release(&a);
}

static void lease(struct store *s, const char *account, const char *holder, int64_t ttl_ms,
                  void (*done)(void *arg, enum store_status, int64_t epoch), void *arg)
{
    struct keyspace *k = keys_of(s);
    struct value *epochs = keyspace_at(k, PARTITION_GLOBAL, "epochs", "");
    const char *now = value_get(keyspace_peek(k, PARTITION_GLOBAL, "lease", account), "holder");
    int64_t epoch = value_get_number(epochs, account);
    if (now && !str_eq(now, holder)) {
        done(arg, STORE_OK, 0);
        return;
    }
    if (!now)
        value_put_number(epochs, account, ++epoch);
    struct value *held = keyspace_at(k, PARTITION_GLOBAL, "lease", account);
    value_put(held, "holder", holder);
    held->expires_ms = clock_ms() + ttl_ms;
    done(arg, STORE_OK, epoch);
}

static void unlease(struct store *s, const char *account, const char *holder,
                    void (*done)(void *arg, enum store_status), void *arg)
{
    struct value *held = keyspace_peek(keys_of(s), PARTITION_GLOBAL, "lease", account);
    if (str_eq(value_get(held, "holder"), holder))
        value_put(held, "holder", "");
    done(arg, STORE_OK);
}

/* The rest. */

static void hash_get(struct store *s, const char *hash,
                     void (*done)(void *arg, enum store_status, const struct pair *, size_t n),
                     void *arg)
{
    struct arena a = ARENA_INIT;
    size_t n;
    struct pair *out = value_pairs(keyspace_peek(keys_of(s), PARTITION_GLOBAL, hash, ""), &a, &n);
    done(arg, STORE_OK, out, n);
    arena_release(&a);
}

static void hash_put(struct store *s, const char *hash, const char *key, const char *value,
                     void (*done)(void *arg, enum store_status), void *arg)
{
    value_put(keyspace_at(keys_of(s), PARTITION_GLOBAL, hash, ""), key, value);
    done(arg, STORE_OK);
}

static void told(struct store *s, unsigned partition, int64_t id,
                 void (*done)(void *arg, enum store_status), void *arg)
{
    struct value *tells = keyspace_peek(keys_of(s), partition, "tell", "");
    struct row *row = value_row(tells, id);
    if (row)
        value_remove(tells, row);
    done(arg, STORE_OK);
}

static void counts(struct store *s, unsigned partition, int64_t from_ms, int64_t to_ms,
                   void (*done)(void *arg, enum store_status, const struct pair *, size_t n),
                   void *arg)
{
    struct arena a = ARENA_INIT;
    struct value sums = {0};
    size_t n;
    for (int64_t h = rules_first_hour(from_ms, to_ms); h <= rules_last_hour(to_ms); h++) {
        const struct value *hour = keyspace_peek(keys_of(s), partition, "n", arena_int(&a, h));
        if (!hour)
            continue;
        TABLE_EACH(&hour->fields, it)
        value_add(&sums, it->key, value_get_number(hour, it->key));
    }
    struct pair *out = value_pairs(&sums, &a, &n);
    value_clear(&sums);
    done(arg, STORE_OK, out, n);
    arena_release(&a);
}

static void transcript(struct store *s, const char *conversation, int64_t from, size_t max,
                       void (*done)(void *arg, enum store_status, const char *const *lines,
                                    size_t n),
                       void *arg)
{
    struct arena a = ARENA_INIT;
    const struct value *v =
        keyspace_peek(keys_of(s), conversation_partition(conversation), "t", conversation);
    size_t first = from > 1 ? (size_t)from - 1 : 0, n = 0;
    const char **out = NULL;
    size_t cap = 0;
    for (size_t i = first; v && i < v->n_rows && n < max && n < STORE_LINES; i++) {
        ARENA_GROW(&a, out, n, cap);
        out[n++] = arena_strdup(&a, v->rows[i].text);
    }
    done(arg, STORE_OK, out, n);
    arena_release(&a);
}

static void free_all(struct store *s)
{
    keyspace_release(keys_of(s));
    free(s);
}

struct store *store_memory_new(void)
{
    static const struct store_ops ops = {
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
        .people = memory_people,
        .list_add = memory_list_add,
        .list_step = memory_list_step,
        .list_sums = memory_list_sums,
        .free = free_all,
    };
    struct memory *m = xcalloc(1, sizeof(*m));
    keyspace_init(&m->keys);
    m->store.ops = &ops;
    m->store.is_up = true;
    return &m->store;
}
