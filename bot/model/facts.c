#include "bot/model/facts.h"

#include "bot/base/zone.h"

#include <inttypes.h>

static const char *const role_names[] = {
    [ROLE_NONE] = "none",       [ROLE_AGENT] = "agent", [ROLE_LEAD] = "lead",
    [ROLE_MANAGER] = "manager", [ROLE_ADMIN] = "admin",
};

const char *role_name(enum role r)
{
    return role_names[r];
}

bool role_parse(const char *s, enum role *out)
{
    for (size_t i = ROLE_AGENT; i < ARRAY_LEN(role_names); i++)
        if (str_eq(role_names[i], s)) {
            *out = (enum role)i;
            return true;
        }
    return false;
}

bool role_may(enum role r, enum power p)
{
#define BY(role) (1u << (role))
    static const unsigned who[] = {
        [MAY_REPLY] = BY(ROLE_AGENT) | BY(ROLE_LEAD) | BY(ROLE_MANAGER) | BY(ROLE_ADMIN),
        [MAY_OVERRIDE] = BY(ROLE_LEAD) | BY(ROLE_ADMIN),
        [MAY_EDIT] = BY(ROLE_LEAD) | BY(ROLE_MANAGER) | BY(ROLE_ADMIN),
        [MAY_ANNOUNCE] = BY(ROLE_MANAGER) | BY(ROLE_ADMIN),
        [MAY_ADMINISTER] = BY(ROLE_ADMIN),
    };
    return who[p] & BY(r);
#undef BY
}

/* --- agents --- */

bool agent_from_json(struct arena *a, const char *name, const char *json, struct agent *out)
{
    struct json *j = json_parse(json, strlen(json), NULL);
    *out = (struct agent){.name = arena_strdup(a, name)};
    bool ok = j && role_parse(json_str(j, "role"), &out->role);
    out->alias = json_text(j, "alias", a);
    if (!*out->alias)
        out->alias = out->name;
    out->ids = json_text(j, "ids", a);
    out->languages = json_text(j, "languages", a);
    out->teams = json_text(j, "teams", a);
    out->skills = json_text(j, "skills", a);
    out->tz = json_text(j, "tz", a);
    out->capacity = json_int(j, "capacity", 0);
    out->shift_from = (int)json_int(j, "shift_from", 0);
    out->shift_to = (int)json_int(j, "shift_to", 0);
    json_free(j);
    return ok;
}

void agent_to_json(const struct agent *agent, struct buf *out)
{
    struct json_writer w = JSON_WRITER(out);
    json_open(&w, NULL, '{');
    json_put_str(&w, "role", role_name(agent->role));
    json_put_str(&w, "alias", agent->alias);
    json_put_str(&w, "ids", agent->ids);
    json_put_str(&w, "languages", agent->languages);
    json_put_str(&w, "teams", agent->teams);
    json_put_str(&w, "skills", agent->skills);
    json_put_str(&w, "tz", agent->tz);
    json_put_int(&w, "capacity", agent->capacity);
    json_put_int(&w, "shift_from", agent->shift_from);
    json_put_int(&w, "shift_to", agent->shift_to);
    json_close(&w, '}');
}

bool agent_on_shift(const struct agent *agent, int64_t now_ms)
{
    if (agent->shift_from == agent->shift_to)
        return true;
    int now = zone_minute_of_day(agent->tz, now_ms);
    bool overnight = agent->shift_from > agent->shift_to;
    bool after_start = now >= agent->shift_from;
    bool before_end = now < agent->shift_to;
    return overnight ? after_start || before_end : after_start && before_end;
}

/* --- open cases --- */

void open_case_print(struct buf *out, const struct conversation *c)
{
    struct json_writer w = JSON_WRITER(out);
    json_open(&w, NULL, '{');
    json_put_str(&w, "id", c->id);
    json_put_int(&w, "state", c->state);
    json_put_int(&w, "priority", c->priority);
    json_put_int(&w, "since", c->since);
    json_put_int(&w, "opened", c->opened);
    json_put_int(&w, "unanswered", c->unanswered);
    json_put_str(&w, "lang", c->lang);
    json_put_str(&w, "owner", c->owner);
    json_put_str(&w, "name", c->name);
    json_put_str(&w, "reason", c->reason);
    json_put_str(&w, "topic", c->topic);
    json_put_str(&w, "tags", c->tags);
    if (!str_empty(c->report))
        json_put_str(&w, "report", c->report);
    if (c->incident) {
        json_put_int(&w, "incident", c->incident);
        json_put_int(&w, "incident_rev", c->incident_rev);
    }
    if (c->incident_not)
        json_put_int(&w, "incident_not", c->incident_not);
    json_close(&w, '}');
}

bool open_case_parse(struct arena *a, const char *no, const char *line, struct open_case *out)
{
    *out = (struct open_case){0};
    struct json *j = json_parse(line, strlen(line), NULL);
    int64_t state = json_int(j, "state", -1);
    bool ok = j && !parse_i64(no, &out->no) && state > STATE_BOT && state <= STATE_PENDING;
    if (ok) {
        out->state = (enum conversation_state)state;
        out->priority = json_int(j, "priority", 3);
        out->since = json_int(j, "since", 0);
        out->opened = json_int(j, "opened", 0);
        out->unanswered = json_int(j, "unanswered", 0);
        out->conversation = json_text(j, "id", a);
        out->lang = json_text(j, "lang", a);
        out->owner = json_text(j, "owner", a);
        out->name = json_text(j, "name", a);
        out->reason = json_text(j, "reason", a);
        out->topic = json_text(j, "topic", a);
        out->tags = json_text(j, "tags", a);
        out->report = json_text(j, "report", a);
        out->incident = json_int(j, "incident", 0);
        out->incident_rev = json_int(j, "incident_rev", 0);
        out->incident_not = json_int(j, "incident_not", 0);
    }
    json_free(j);
    return ok;
}

#define URGENCY_STEP_MS (10 * 60 * 1000)

int64_t queue_score(int64_t since, int64_t priority, const char *tags)
{
    int64_t steps = (3 - priority) + (words_have(tags, "vip") ? 1 : 0);
    return since - steps * URGENCY_STEP_MS;
}

static int64_t case_score(const struct open_case *c)
{
    return queue_score(c->since, c->priority, c->tags);
}

int open_case_order(const struct open_case *x, const struct open_case *y)
{
    if (x->state != y->state)
        return x->state < y->state ? -1 : 1;
    int64_t sx = case_score(x), sy = case_score(y);
    if (sx != sy)
        return sx < sy ? -1 : 1;
    return (x->no > y->no) - (x->no < y->no);
}

size_t open_case_place(const struct open_case *sorted, size_t n, const struct open_case *c)
{
    size_t from = 0, to = n;
    while (from < to) {
        size_t middle = (from + to) / 2;
        if (open_case_order(&sorted[middle], c) < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

/* --- questions --- */

const struct agent *facts_agent(const struct facts *f, const char *name)
{
    for (size_t i = 0; i < f->n_agents; i++)
        if (str_eq(f->agents[i].name, name))
            return &f->agents[i];
    return NULL;
}

const struct revision *facts_revision(const struct facts *f, int64_t no)
{
    for (size_t i = 0; i < f->n_revisions; i++)
        if (f->revisions[i].no == no)
            return &f->revisions[i];
    return NULL;
}

static const struct revision *last_of(const struct facts *f, const char *file,
                                      enum revision_state state)
{
    for (size_t i = f->n_revisions; i-- > 0;)
        if (f->revisions[i].state == state && str_eq(f->revisions[i].file, file))
            return &f->revisions[i];
    return NULL;
}

const struct revision *facts_live(const struct facts *f, const char *file)
{
    return last_of(f, file, REVISION_LIVE);
}

const struct revision *facts_draft(const struct facts *f, const char *file)
{
    return last_of(f, file, REVISION_DRAFT);
}

const struct agent *facts_agent_by_id(const struct facts *f, const char *platform, const char *user)
{
    char id[128];
    if (str_empty(user) || snprintf(id, sizeof(id), "%s:%s", platform, user) >= (int)sizeof(id))
        return NULL;
    return facts_agent_of(f, id);
}

const struct agent *facts_agent_of(const struct facts *f, const char *id)
{
    if (starts_with(id, "cli:")) /* whoever may run zaide on the server acts under a name */
        return facts_agent(f, id + strlen("cli:"));
    for (size_t i = 0; i < f->n_agents; i++)
        if (words_have(f->agents[i].ids, id))
            return &f->agents[i];
    return NULL;
}

const struct room *facts_room(const struct facts *f, const char *id)
{
    for (size_t i = 0; i < f->n_rooms; i++)
        if (str_eq(f->rooms[i].id, id))
            return &f->rooms[i];
    return NULL;
}

const struct room *facts_moved_room(const struct facts *f, const struct address *chat)
{
    for (size_t i = 0; i < f->n_rooms; i++) {
        const struct room *r = &f->rooms[i];
        if (r->moved_to && str_eq(r->address.platform, chat->platform) &&
            str_eq(r->address.account, chat->account) &&
            (str_eq(r->address.chat, chat->chat) || str_eq(r->moved_to, chat->chat)))
            return r;
    }
    return NULL;
}

const struct incident *facts_incident(const struct facts *f, int64_t id)
{
    for (size_t i = 0; i < f->n_incidents; i++)
        if (f->incidents[i].id == id)
            return &f->incidents[i];
    return NULL;
}

const struct incident *facts_reported(const struct facts *f, const struct report *r,
                                      int64_t not_this)
{
    for (size_t i = 0; i < f->n_incidents; i++)
        if (f->incidents[i].id != not_this && incident_is_open(&f->incidents[i]) &&
            incident_has(&f->incidents[i], r))
            return &f->incidents[i];
    return NULL;
}

const struct open_case *facts_case(const struct facts *f, int64_t no)
{
    for (size_t i = 0; i < f->n_cases; i++)
        if (f->cases[i].no == no)
            return &f->cases[i];
    return NULL;
}

const struct job *facts_job(const struct facts *f, int64_t no)
{
    for (size_t i = 0; i < f->n_jobs; i++)
        if (f->jobs[i].no == no)
            return &f->jobs[i];
    return NULL;
}

int64_t facts_next_job(const struct facts *f)
{
    int64_t last = 0;
    for (size_t i = 0; i < f->n_jobs; i++)
        last = f->jobs[i].no > last ? f->jobs[i].no : last;
    return last + 1;
}

size_t facts_place(const struct facts *f, const struct conversation *c)
{
    struct open_case mine = {.no = c->case_no,
                             .state = STATE_WAITING,
                             .since = c->since,
                             .priority = c->priority,
                             .tags = c->tags};
    size_t before = open_case_place(f->cases, f->n_cases, &mine);
    for (size_t i = 0; i < before; i++)
        if (f->cases[i].no == c->case_no) /* as it was: not before itself */
            return before;
    return before + 1;
}

size_t facts_waiting(const struct facts *f)
{
    size_t n = 0;
    while (n < f->n_cases && f->cases[n].state == STATE_WAITING)
        n++;
    return n;
}

size_t facts_on_shift(const struct facts *f, int64_t now_ms, const char *lang, bool *speaks)
{
    size_t n = 0;
    *speaks = false;
    for (size_t i = 0; i < f->n_agents; i++)
        if (agent_on_shift(&f->agents[i], now_ms)) {
            n++;
            if (words_have(f->agents[i].languages, lang))
                *speaks = true;
        }
    return n;
}

/* --- rooms --- */

#define BY_SETTINGS "settings"

void room_parse(struct arena *a, const char *kept, struct room *out)
{
    size_t len = strcspn(kept, " "), chat = strcspn(kept + len + (kept[len] == ' '), " ");
    const char *ms = kept + len + 1 + chat;
    out->by_settings = str_eq(arena_strndup(a, kept, len), BY_SETTINGS);
    out->moved_to = NULL;
    out->moved_ms = 0;
    if (kept[len] && chat && *ms && !parse_i64(ms + 1, &out->moved_ms))
        out->moved_to = arena_strndup(a, kept + len + 1, chat);
}

char *room_print(struct arena *a, const struct room *room)
{
    const char *how = room->by_settings ? BY_SETTINGS : "bound";
    if (!room->moved_to)
        return arena_strdup(a, how);
    return arena_printf(a, "%s %s %" PRId64, how, room->moved_to, room->moved_ms);
}

const char *room_chat(const struct room *room)
{
    return room->moved_to ? room->moved_to : room->address.chat;
}

/* --- the code of /staff --- */

bool staff_code_parse(struct arena *a, const char *kept, struct staff_code *out)
{
    size_t len = strcspn(kept, " ");
    const char *until = kept + len + (kept[len] == ' ');
    const char *tries = until + strcspn(until, " ");
    *out = (struct staff_code){0};
    if (!len || !*tries ||
        parse_i64(arena_strndup(a, until, (size_t)(tries - until)), &out->until_ms) ||
        parse_i64(tries + 1, &out->tries))
        return false;
    out->digits = arena_strndup(a, kept, len);
    out->kept = arena_strdup(a, kept);
    return true;
}

char *staff_code_print(struct arena *a, const struct staff_code *code)
{
    return arena_printf(a, "%s %" PRId64 " %" PRId64, code->digits, code->until_ms, code->tries);
}

bool staff_code_is_withdrawn(const struct staff_code *code)
{
    return code->digits && code->tries <= 0;
}

bool staff_code_is_valid(const struct staff_code *code, int64_t now_ms)
{
    return code->digits && code->tries > 0 && now_ms < code->until_ms;
}
