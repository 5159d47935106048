#include "bot/flow/snapshot.h"

#include "bot/base/log.h"
#include "bot/flow/open_cases.h"

/* A set of pairs as it came, kept as one block so that "did it change?" is one comparison. */
struct table {
    struct buf packed; /* name NUL value NUL … */
    size_t n;
};

#define MAX_TABLE (64 * 1024 * 1024)

enum {
    TABLE_AGENTS,
    TABLE_ROOMS,
    TABLE_CODES,
    TABLE_JOBS,
    TABLE_REVISIONS,
    TABLE_INCIDENTS,
    TABLE_NOTICES,
    TABLE_PLATFORMS,
    TABLES
};
const char *const snapshot_hashes[TABLES + 1] = {
    "agents", "rooms", "codes", "jobs", REVISIONS, "incidents", "notices", PLATFORMS, NULL};

struct snapshot {
    struct table tables[TABLES];
    struct table own_rooms, own_agents;
    struct arena arenas[TABLES]; /* what facts has of each table */
    bool is_stale[TABLES];
    struct open_cases cases;
    struct facts facts;
};

static void table_add(struct table *t, const char *name, const char *value)
{
    buf_add(&t->packed, name, strlen(name) + 1);
    buf_add(&t->packed, value, strlen(value) + 1);
    t->n++;
}

static bool table_replace(struct table *t, const struct pair *pairs, size_t n)
{
    struct table fresh = {.packed = BUF_INIT(MAX_TABLE)};
    for (size_t i = 0; i < n; i++)
        table_add(&fresh, pairs[i].name, pairs[i].value);
    bool same = fresh.packed.len == t->packed.len &&
                !memcmp(fresh.packed.data, t->packed.data, t->packed.len);
    if (same) {
        buf_release(&fresh.packed);
        return false;
    }
    buf_release(&t->packed);
    *t = fresh;
    return true;
}

/* Walk: gives the pair at `at` and moves on. */
static struct pair table_pair(const char **at)
{
    struct pair p = {.name = *at};
    p.value = p.name + strlen(p.name) + 1;
    *at = p.value + strlen(p.value) + 1;
    return p;
}

static bool table_has(const struct table *t, const char *name)
{
    const char *at = t->packed.data;
    for (size_t i = 0; i < t->n; i++)
        if (str_eq(table_pair(&at).name, name))
            return true;
    return false;
}

bool snapshot_cases(struct snapshot *s, unsigned partition, const struct pair *open_cases, size_t n)
{
    return open_cases_replace(&s->cases, partition, open_cases, n);
}

void snapshot_case(struct snapshot *s, unsigned partition, int64_t no, const char *line)
{
    open_cases_put(&s->cases, partition, no, line);
}

bool snapshot_hash(struct snapshot *s, const char *hash, const struct pair *pairs, size_t n)
{
    for (size_t i = 0; i < TABLES; i++)
        if (str_eq(snapshot_hashes[i], hash)) {
            bool changed = table_replace(&s->tables[i], pairs, n);
            s->is_stale[i] |= changed;
            return changed;
        }
    die("snapshot: no table %s", hash);
}

void snapshot_add_room(struct snapshot *s, const char *room_id)
{
    if (table_has(&s->own_rooms, room_id))
        return;
    table_add(&s->own_rooms, room_id, "");
    s->is_stale[TABLE_ROOMS] = true;
}

void snapshot_add_agent(struct snapshot *s, const char *platform, const char *user)
{
    struct buf json = BUF_INIT(1000), ids = BUF_INIT(200);
    buf_printf(&ids, "%s:%s", platform, user);
    struct agent agent = {.name = user,
                          .alias = user,
                          .role = ROLE_ADMIN,
                          .ids = ids.data,
                          .languages = "zh en vi ja ko ms",
                          .teams = "",
                          .skills = "",
                          .tz = "UTC"};
    agent_to_json(&agent, &json);
    if (!table_has(&s->own_agents, user)) {
        table_add(&s->own_agents, user, json.data);
        s->is_stale[TABLE_AGENTS] = true;
    }
    buf_release(&json);
    buf_release(&ids);
}

/* --- agents and what they have --- */

static void on_moved(void *arg, const struct open_case *c, bool comes)
{
    struct snapshot *s = arg;
    for (size_t i = 0; c->state == STATE_CLAIMED && i < s->facts.n_agents; i++)
        if (str_eq(s->facts.agents[i].name, c->owner))
            s->facts.agents[i].open += comes ? 1 : -1;
}

static void add_agents(struct snapshot *s, const struct table *t)
{
    struct facts *f = &s->facts;
    const char *at = t->packed.data;
    for (size_t i = 0; i < t->n; i++) {
        struct pair p = table_pair(&at);
        if (facts_agent(f, p.name))
            continue;
        if (agent_from_json(&s->arenas[TABLE_AGENTS], p.name, p.value, &f->agents[f->n_agents]))
            f->n_agents++;
        else
            log_error("registry", "agent %s cannot be read: `zaide agents remove %s` and add again",
                      p.name, p.name);
    }
}

/* Room for what a table has. */
static void *alloc(struct snapshot *s, int table, size_t n, size_t size)
{
    return arena_alloc(&s->arenas[table], (n + 1) * size);
}

static void build_agents(struct snapshot *s, const struct table *t)
{
    struct facts *f = &s->facts;
    f->agents = alloc(s, TABLE_AGENTS, t->n + s->own_agents.n, sizeof(*f->agents));
    f->n_agents = 0;
    add_agents(s, t);
    add_agents(s, &s->own_agents);
    for (size_t i = 0; i < s->cases.n; i++)
        on_moved(s, &s->cases.sorted[i], true);
}

/* --- rooms --- */

static struct room *room_get(struct snapshot *s, const char *id)
{
    struct facts *f = &s->facts;
    struct arena *a = &s->arenas[TABLE_ROOMS];
    for (size_t i = 0; i < f->n_rooms; i++)
        if (str_eq(f->rooms[i].id, id))
            return &f->rooms[i];
    struct room room = {.id = arena_strdup(a, id)};
    if (!starts_with(id, "room:") || !address_parse(a, room.id + strlen("room:"), &room.address))
        return NULL;
    f->rooms[f->n_rooms] = room;
    return &f->rooms[f->n_rooms++];
}

/* Settings may name a room that moved by its new id: it is the same one. */
static void add_own_rooms(struct snapshot *s)
{
    const char *at = s->own_rooms.packed.data;
    for (size_t i = 0; i < s->own_rooms.n; i++) {
        struct address chat;
        const char *id = table_pair(&at).name;
        bool is_one = starts_with(id, "room:") &&
                      address_parse(&s->arenas[TABLE_ROOMS], id + strlen("room:"), &chat);
        const struct room *moved = is_one ? facts_moved_room(&s->facts, &chat) : NULL;
        struct room *room = room_get(s, moved ? moved->id : id);
        if (room)
            room->is_own = true;
    }
}

static void build_rooms(struct snapshot *s, const struct table *t)
{
    const char *at = t->packed.data;
    s->facts.rooms = alloc(s, TABLE_ROOMS, t->n + s->own_rooms.n, sizeof(*s->facts.rooms));
    s->facts.n_rooms = 0;
    for (size_t i = 0; i < t->n; i++) {
        struct pair p = table_pair(&at);
        struct room *room = room_get(s, p.name);
        if (!room)
            continue;
        room->is_kept = true;
        room_parse(&s->arenas[TABLE_ROOMS], p.value, room);
    }
    add_own_rooms(s);
}

/* --- the others --- */

static void build_code(struct snapshot *s, const struct table *t)
{
    const char *at = t->packed.data;
    s->facts.code = (struct staff_code){0};
    for (size_t i = 0; i < t->n; i++) {
        struct pair p = table_pair(&at);
        if (str_eq(p.name, "staff"))
            staff_code_parse(&s->arenas[TABLE_CODES], p.value, &s->facts.code);
    }
}

static void build_jobs(struct snapshot *s, const struct table *t)
{
    struct facts *f = &s->facts;
    const char *at = t->packed.data;
    f->jobs = alloc(s, TABLE_JOBS, t->n, sizeof(*f->jobs));
    f->n_jobs = 0;
    for (size_t i = 0; i < t->n; i++) {
        struct pair p = table_pair(&at);
        if (job_parse(&s->arenas[TABLE_JOBS], p.name, p.value, &f->jobs[f->n_jobs]))
            f->n_jobs++;
        else
            log_error("registry", "job %s cannot be read: another release wrote it", p.name);
    }
}

static int by_number(const void *a, const void *b)
{
    const struct revision *x = a, *y = b;
    return (x->no > y->no) - (x->no < y->no);
}

static void build_revisions(struct snapshot *s, const struct table *t)
{
    struct facts *f = &s->facts;
    const char *at = t->packed.data;
    f->revisions = alloc(s, TABLE_REVISIONS, t->n, sizeof(*f->revisions));
    f->n_revisions = 0;
    for (size_t i = 0; i < t->n; i++) {
        struct pair p = table_pair(&at);
        if (revision_parse(&s->arenas[TABLE_REVISIONS], p.name, p.value,
                           &f->revisions[f->n_revisions]))
            f->n_revisions++;
    }
    qsort(f->revisions, f->n_revisions, sizeof(*f->revisions), by_number);
}

static void build_incidents(struct snapshot *s, const struct table *t)
{
    struct facts *f = &s->facts;
    const char *at = t->packed.data;
    f->incidents = alloc(s, TABLE_INCIDENTS, t->n, sizeof(*f->incidents));
    f->n_incidents = 0;
    for (size_t i = 0; i < t->n; i++) {
        struct pair p = table_pair(&at);
        if (incident_parse(&s->arenas[TABLE_INCIDENTS], p.value, &f->incidents[f->n_incidents]))
            f->n_incidents++;
        else
            log_error("registry", "incident %s cannot be read", p.name);
    }
}

static void build_notices(struct snapshot *s, const struct table *t)
{
    struct facts *f = &s->facts;
    const char *at = t->packed.data;
    f->notices = alloc(s, TABLE_NOTICES, t->n, sizeof(*f->notices));
    f->n_notices = 0;
    for (size_t i = 0; i < t->n; i++) {
        struct pair p = table_pair(&at);
        if (notice_parse(&s->arenas[TABLE_NOTICES], p.value, &f->notices[f->n_notices]))
            f->n_notices++;
        else
            log_error("registry", "notice %s cannot be read", p.name);
    }
}

static void build_platforms(struct snapshot *s, const struct table *t)
{
    struct facts *f = &s->facts;
    const char *at = t->packed.data;
    f->platforms = alloc(s, TABLE_PLATFORMS, t->n, sizeof(*f->platforms));
    f->n_platforms = 0;
    for (size_t i = 0; i < t->n; i++) {
        struct pair p = table_pair(&at);
        if (platform_parse(&s->arenas[TABLE_PLATFORMS], p.name, p.value,
                           &f->platforms[f->n_platforms]))
            f->n_platforms++;
    }
}

static void (*const builders[TABLES])(struct snapshot *s, const struct table *t) = {
    [TABLE_AGENTS] = build_agents,       [TABLE_ROOMS] = build_rooms,
    [TABLE_CODES] = build_code,          [TABLE_JOBS] = build_jobs,
    [TABLE_REVISIONS] = build_revisions, [TABLE_INCIDENTS] = build_incidents,
    [TABLE_NOTICES] = build_notices,     [TABLE_PLATFORMS] = build_platforms,
};

void snapshot_press(struct snapshot *s, bool is_pressed)
{
    s->facts.is_pressed = is_pressed;
}

const struct facts *snapshot_facts(struct snapshot *s)
{
    for (size_t i = 0; i < TABLES; i++) {
        if (!s->is_stale[i])
            continue;
        s->is_stale[i] = false;
        arena_clear(&s->arenas[i]);
        builders[i](s, &s->tables[i]);
    }
    s->facts.cases = s->cases.sorted;
    s->facts.n_cases = s->cases.n;
    return &s->facts;
}

/* --- life --- */

static void table_init(struct table *t)
{
    buf_init(&t->packed, MAX_TABLE);
}

struct snapshot *snapshot_new(void)
{
    struct snapshot *s = xcalloc(1, sizeof(*s));
    for (size_t i = 0; i < TABLES; i++) {
        table_init(&s->tables[i]);
        s->is_stale[i] = true;
    }
    table_init(&s->own_rooms);
    table_init(&s->own_agents);
    s->cases.moved = on_moved;
    s->cases.arg = s;
    return s;
}

void snapshot_free(struct snapshot *s)
{
    open_cases_release(&s->cases);
    for (size_t i = 0; i < TABLES; i++) {
        buf_release(&s->tables[i].packed);
        arena_release(&s->arenas[i]);
    }
    buf_release(&s->own_rooms.packed);
    buf_release(&s->own_agents.packed);
    free(s);
}
