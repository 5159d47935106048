#include "bot/store/memory_internal.h"

#include <inttypes.h>

/* lists.lua in memory, and what functions.lua does to the audience: best read side by side. */

/* --- the audience --- */

struct value *memory_users(struct keyspace *k, struct arena *a, unsigned partition,
                           const char *account, unsigned bucket)
{
    return keyspace_at(k, partition, "users", arena_printf(a, "%s:%u", account, bucket));
}

void memory_mark_person(struct value *users, struct arena *a, const char *name, const char *entry,
                        const char *set, const char *clear)
{
    const char *was = value_get(users, name);
    if (!was && !entry)
        return;
    size_t n_marks = was ? strcspn(was, " ") : 0, n = 0;
    char *marks = arena_alloc(a, n_marks + strlen(set) + 1);
    for (size_t i = 0; i < n_marks; i++)
        if (!strchr(set, was[i]) && !strchr(clear, was[i]))
            marks[n++] = was[i];
    memcpy(marks + n, set, strlen(set));
    const char *rest = entry ? arena_printf(a, " %s", entry) : was + n_marks;
    value_put(users, name, arena_printf(a, "%s%s", marks, rest));
}

void memory_people(struct store *s, unsigned partition, const char *account, unsigned bucket,
                   void (*done)(void *arg, const struct people *), void *arg)
{
    struct arena a = ARENA_INIT;
    struct people out = {.bucket = bucket};
    for (; out.bucket < AUDIENCE_BUCKETS; out.bucket++) {
        const char *name = arena_printf(&a, "%s:%u", account, out.bucket);
        out.pairs =
            value_pairs(keyspace_peek(memory_keys(s), partition, "users", name), &a, &out.n);
        if (out.n)
            break;
    }
    done(arg, &out);
    arena_release(&a);
}

/* --- lists --- */

/* The keys of one list in one partition. */
struct part {
    struct keyspace *k;
    struct arena *a;
    unsigned partition;
    const char *list;
    struct value *job, *fly;
};

static struct part part_of(struct store *s, struct arena *a, unsigned partition, const char *list)
{
    struct keyspace *k = memory_keys(s);
    struct part p = {k,
                     a,
                     partition,
                     list,
                     keyspace_at(k, partition, "job", list),
                     keyspace_at(k, partition, "jobfly", list)};
    p.job->expires_ms = p.fly->expires_ms = clock_ms() + STORE_LIST_MS;
    return p;
}

static struct value *sent_of(const struct part *p, unsigned bucket)
{
    struct value *sent =
        keyspace_at(p->k, p->partition, "sent", arena_printf(p->a, "%s:%u", p->list, bucket));
    sent->expires_ms = clock_ms() + STORE_LIST_MS;
    return sent;
}

static const char *state_of(struct arena *a, const char *value)
{
    return arena_strndup(a, value, strcspn(value, " "));
}

static void add_sum(const struct part *p, const char *value, int64_t n)
{
    const char *field = arena_printf(p->a, "n.%s", state_of(p->a, value));
    int64_t sum = value_get_number(p->job, field) + n;
    value_put(p->job, field, sum ? arena_int(p->a, sum) : "");
}

static void move(const struct part *p, unsigned bucket, const char *name, const char *before,
                 const char *after)
{
    value_put(sent_of(p, bucket), name, after);
    add_sum(p, before, -1);
    add_sum(p, after, 1);
}

void memory_list_add(struct store *s, unsigned partition, const char *list, unsigned bucket,
                     const char *const *names, size_t n, const char *value,
                     void (*done)(void *arg, enum store_status), void *arg)
{
    struct arena a = ARENA_INIT;
    struct part p = part_of(s, &a, partition, list);
    struct value *sent = sent_of(&p, bucket);
    for (size_t i = 0; i < n; i++)
        if (!value_get(sent, names[i])) {
            value_put(sent, names[i], value);
            add_sum(&p, value, 1);
        }
    arena_release(&a);
    done(arg, STORE_OK);
}

struct taking {
    const struct part *part;
    const struct list_step *step;
    const char *at; /* the name of the pass's place */
    struct listed *items;
    size_t n, cap;
};

/* The pass comes by this bucket once more. */
static void go_back(const struct taking *t, unsigned bucket)
{
    if (value_get_number(t->part->job, t->at) > bucket)
        value_put_number(t->part->job, t->at, bucket);
}

static bool takes(const struct taking *t, const char *value)
{
    return words_have(t->step->takes, state_of(t->part->a, value));
}

static void take_results(const struct taking *t)
{
    const struct list_step *step = t->step;
    const struct part *p = t->part;
    for (size_t i = 0; i < step->n_results; i++) {
        const struct list_result *r = &step->results[i];
        if (!value_get(p->fly, r->name))
            continue;
        value_put(p->fly, r->name, "");
        move(p, r->bucket, r->name, LIST_FLYING, r->value);
        if (takes(t, r->value)) /* not now */
            go_back(t, r->bucket);
        if (r->marks)
            memory_mark_person(memory_users(p->k, p->a, p->partition, step->account, r->bucket),
                               p->a, r->name, NULL, r->marks, "");
    }
}

static void add_taken(struct taking *t, unsigned bucket, const char *name, const char *value)
{
    struct arena *a = t->part->a;
    const char *person =
        value_get(memory_users(t->part->k, a, t->part->partition, t->step->account, bucket), name);
    ARENA_GROW(a, t->items, t->n, t->cap);
    t->items[t->n++] = (struct listed){bucket, arena_strdup(a, name), arena_strdup(a, value),
                                       arena_strdup(a, person ? person : "")};
}

/* What was taken and left, under an earlier epoch or in it; and who was taken by this very call
 * before. */
static void look_at_flying(struct taking *t)
{
    const struct part *p = t->part;
    size_t n;
    struct pair *flying = value_pairs(p->fly, p->a, &n);
    for (size_t i = 0; i < n; i++) {
        char *rest;
        int64_t epoch = strtoll(flying[i].value, &rest, 10), stamp = strtoll(rest, &rest, 10);
        unsigned bucket = (unsigned)strtoul(rest, &rest, 10);
        bool can_repeat = rest[1] == '1';
        const char *before = rest + strlen(" 1 ");
        if (epoch < t->step->epoch || stamp < t->step->own_since) {
            value_put(p->fly, flying[i].name, "");
            move(p, bucket, flying[i].name, LIST_FLYING, can_repeat ? before : LIST_UNKNOWN);
            if (can_repeat)
                go_back(t, bucket);
        } else if (stamp == t->step->stamp) {
            add_taken(t, bucket, flying[i].name, before);
        }
    }
}

/* Of one bucket; is there nobody left? */
static bool take_bucket(struct taking *t, unsigned bucket)
{
    const struct part *p = t->part;
    size_t n;
    struct pair *all = value_pairs(sent_of(p, bucket), p->a, &n);
    for (size_t i = 0; i < n; i++) {
        if (!takes(t, all[i].value))
            continue;
        if (t->n == t->step->max)
            return false;
        add_taken(t, bucket, all[i].name, all[i].value);
        value_put(p->fly, all[i].name,
                  arena_printf(p->a, "%" PRId64 " %" PRId64 " %u %d %s", t->step->epoch,
                               t->step->stamp, bucket, t->step->can_repeat, all[i].value));
        move(p, bucket, all[i].name, all[i].value, LIST_FLYING);
    }
    return true;
}

void memory_list_step(struct store *s, unsigned partition, const struct list_step *step,
                      void (*done)(void *arg, const struct list_taken *), void *arg)
{
    struct arena a = ARENA_INIT;
    struct part p = part_of(s, &a, partition, step->list);
    struct taking t = {.part = &p, .step = step, .at = arena_printf(&a, "at.%s", step->pass)};
    struct list_taken out = {.status = STORE_FENCED};
    if (!memory_is_fenced(p.k, partition, step->account, step->epoch)) {
        take_results(&t);
        look_at_flying(&t);
        unsigned bucket = (unsigned)value_get_number(p.job, t.at);
        bool is_new = !t.n;
        while (is_new && bucket < AUDIENCE_BUCKETS && take_bucket(&t, bucket))
            bucket++;
        value_put_number(p.job, t.at, bucket);
        out = (struct list_taken){STORE_OK, t.items, t.n, bucket == AUDIENCE_BUCKETS};
    }
    done(arg, &out);
    arena_release(&a);
}

void memory_list_sums(struct store *s, unsigned partition, const char *list,
                      void (*done)(void *arg, enum store_status, const struct pair *, size_t n),
                      void *arg)
{
    struct arena a = ARENA_INIT;
    size_t n, sums = 0;
    struct pair *all = value_pairs(keyspace_peek(memory_keys(s), partition, "job", list), &a, &n);
    for (size_t i = 0; i < n; i++)
        if (starts_with(all[i].name, "n."))
            all[sums++] = (struct pair){all[i].name + strlen("n."), all[i].value};
    done(arg, STORE_OK, all, sums);
    arena_release(&a);
}
