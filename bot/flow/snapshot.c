#include "bot/flow/snapshot.h"

#include "bot/base/log.h"

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
    TABLES
};
const char *const snapshot_hashes[TABLES + 1] = {"agents",  "rooms",     "codes",   "jobs",
                                                 REVISIONS, "incidents", "notices", NULL};

struct snapshot {
    struct table cases[PARTITIONS + 1], tables[TABLES];
    struct table own_rooms, own_agents;
    struct arena arena;
    struct facts facts;
    bool is_stale;
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
    bool changed = table_replace(&s->cases[partition], open_cases, n);
    s->is_stale |= changed;
    return changed;
}

bool snapshot_hash(struct snapshot *s, const char *hash, const struct pair *pairs, size_t n)
{
    for (size_t i = 0; i < TABLES; i++)
        if (str_eq(snapshot_hashes[i], hash)) {
            bool changed = table_replace(&s->tables[i], pairs, n);
            s->is_stale |= changed;
            return changed;
        }
    die("snapshot: no table %s", hash);
}

void snapshot_add_room(struct snapshot *s, const char *room_id)
{
    if (table_has(&s->own_rooms, room_id))
        return;
    table_add(&s->own_rooms, room_id, "");
    s->is_stale = true;
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
        s->is_stale = true;
    }
    buf_release(&json);
    buf_release(&ids);
}

/* --- building --- */

static void add_agents(struct snapshot *s, const struct table *t)
{
    struct facts *f = &s->facts;
    const char *at = t->packed.data;
    for (size_t i = 0; i < t->n; i++) {
        struct pair p = table_pair(&at);
        if (facts_agent(f, p.name))
            continue;
        if (agent_from_json(&s->arena, p.name, p.value, &f->agents[f->n_agents]))
            f->n_agents++;
        else
            log_error("registry", "agent %s cannot be read: `zaide agents remove %s` and add again",
                      p.name, p.name);
    }
}

static struct room *room_get(struct snapshot *s, const char *id)
{
    struct facts *f = &s->facts;
    for (size_t i = 0; i < f->n_rooms; i++)
        if (str_eq(f->rooms[i].id, id))
            return &f->rooms[i];
    struct room room = {.id = arena_strdup(&s->arena, id)};
    if (!starts_with(id, "room:") ||
        !address_parse(&s->arena, room.id + strlen("room:"), &room.address))
        return NULL;
    f->rooms[f->n_rooms] = room;
    return &f->rooms[f->n_rooms++];
}

static void add_kept_rooms(struct snapshot *s)
{
    const struct table *t = &s->tables[TABLE_ROOMS];
    const char *at = t->packed.data;
    for (size_t i = 0; i < t->n; i++) {
        struct pair p = table_pair(&at);
        struct room *room = room_get(s, p.name);
        if (!room)
            continue;
        room->is_kept = true;
        room_parse(&s->arena, p.value, room);
    }
}

/* Settings may name a room that moved by its new id: it is the same one. */
static void add_own_rooms(struct snapshot *s)
{
    const char *at = s->own_rooms.packed.data;
    for (size_t i = 0; i < s->own_rooms.n; i++) {
        struct address chat;
        const char *id = table_pair(&at).name;
        bool is_one =
            starts_with(id, "room:") && address_parse(&s->arena, id + strlen("room:"), &chat);
        const struct room *moved = is_one ? facts_moved_room(&s->facts, &chat) : NULL;
        struct room *room = room_get(s, moved ? moved->id : id);
        if (room)
            room->is_own = true;
    }
}

static void add_cases(struct snapshot *s, const struct table *t)
{
    struct facts *f = &s->facts;
    const char *at = t->packed.data;
    for (size_t i = 0; i < t->n; i++) {
        struct pair p = table_pair(&at);
        if (open_case_parse(&s->arena, p.name, p.value, &f->cases[f->n_cases]))
            f->n_cases++;
    }
}

static void add_code(struct snapshot *s, const struct table *t)
{
    const char *at = t->packed.data;
    for (size_t i = 0; i < t->n; i++) {
        struct pair p = table_pair(&at);
        if (str_eq(p.name, "staff"))
            staff_code_parse(&s->arena, p.value, &s->facts.code);
    }
}

static void add_jobs(struct snapshot *s)
{
    const struct table *t = &s->tables[TABLE_JOBS];
    const char *at = t->packed.data;
    for (size_t i = 0; i < t->n; i++) {
        struct pair p = table_pair(&at);
        if (job_parse(&s->arena, p.name, p.value, &s->facts.jobs[s->facts.n_jobs]))
            s->facts.n_jobs++;
        else
            log_error("registry", "job %s cannot be read: another release wrote it", p.name);
    }
}

static void add_revisions(struct snapshot *s, const struct table *t)
{
    struct facts *f = &s->facts;
    const char *at = t->packed.data;
    for (size_t i = 0; i < t->n; i++) {
        struct pair p = table_pair(&at);
        if (revision_parse(&s->arena, p.name, p.value, &f->revisions[f->n_revisions]))
            f->n_revisions++;
    }
}

static void add_incidents(struct snapshot *s, const struct table *t)
{
    struct facts *f = &s->facts;
    const char *at = t->packed.data;
    for (size_t i = 0; i < t->n; i++) {
        struct pair p = table_pair(&at);
        if (incident_parse(&s->arena, p.value, &f->incidents[f->n_incidents]))
            f->n_incidents++;
        else
            log_error("registry", "incident %s cannot be read", p.name);
    }
}

static void add_notices(struct snapshot *s, const struct table *t)
{
    struct facts *f = &s->facts;
    const char *at = t->packed.data;
    for (size_t i = 0; i < t->n; i++) {
        struct pair p = table_pair(&at);
        if (notice_parse(&s->arena, p.value, &f->notices[f->n_notices]))
            f->n_notices++;
        else
            log_error("registry", "notice %s cannot be read", p.name);
    }
}

const struct facts *snapshot_facts(struct snapshot *s)
{
    if (!s->is_stale)
        return &s->facts;
    s->is_stale = false;
    arena_clear(&s->arena);
    size_t n_cases = 0;
    for (size_t p = 0; p <= PARTITIONS; p++)
        n_cases += s->cases[p].n;
    size_t n_agents = s->tables[TABLE_AGENTS].n + s->own_agents.n;
    size_t n_incidents = s->tables[TABLE_INCIDENTS].n, n_notices = s->tables[TABLE_NOTICES].n;
    size_t n_rooms = s->tables[TABLE_ROOMS].n + s->own_rooms.n;
    s->facts = (struct facts){
        .agents = arena_alloc(&s->arena, (n_agents + 1) * sizeof(struct agent)),
        .rooms = arena_alloc(&s->arena, (n_rooms + 1) * sizeof(struct room)),
        .cases = arena_alloc(&s->arena, (n_cases + 1) * sizeof(struct open_case)),
        .jobs = arena_alloc(&s->arena, (s->tables[TABLE_JOBS].n + 1) * sizeof(struct job)),
        .revisions =
            arena_alloc(&s->arena, (s->tables[TABLE_REVISIONS].n + 1) * sizeof(struct revision)),
        .incidents = arena_alloc(&s->arena, (n_incidents + 1) * sizeof(struct incident)),
        .notices = arena_alloc(&s->arena, (n_notices + 1) * sizeof(struct notice)),
    };
    add_agents(s, &s->tables[TABLE_AGENTS]);
    add_agents(s, &s->own_agents);
    add_kept_rooms(s);
    add_own_rooms(s);
    for (size_t p = 0; p <= PARTITIONS; p++)
        add_cases(s, &s->cases[p]);
    add_code(s, &s->tables[TABLE_CODES]);
    add_jobs(s);
    add_revisions(s, &s->tables[TABLE_REVISIONS]);
    add_incidents(s, &s->tables[TABLE_INCIDENTS]);
    add_notices(s, &s->tables[TABLE_NOTICES]);
    facts_sort(&s->facts);
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
    for (size_t p = 0; p <= PARTITIONS; p++)
        table_init(&s->cases[p]);
    for (size_t i = 0; i < TABLES; i++)
        table_init(&s->tables[i]);
    table_init(&s->own_rooms);
    table_init(&s->own_agents);
    s->is_stale = true;
    return s;
}

void snapshot_free(struct snapshot *s)
{
    for (size_t p = 0; p <= PARTITIONS; p++)
        buf_release(&s->cases[p].packed);
    for (size_t i = 0; i < TABLES; i++)
        buf_release(&s->tables[i].packed);
    buf_release(&s->own_rooms.packed);
    buf_release(&s->own_agents.packed);
    arena_release(&s->arena);
    free(s);
}
