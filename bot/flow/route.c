#include "bot/flow/route.h"

struct routing {
    const struct route *route;
    struct arena *arena;
    struct event *event;
    void (*done)(void *arg, enum store_status);
    void *arg;
    const char **cases; /* a reaction: the conversations that it may be in */
    size_t n_cases, next;
};

static void end(struct routing *r, enum store_status status, const char *subject)
{
    r->event->subject = subject;
    r->done(r->arg, status); /* may free the arena */
}

/* --- a topic --- */

static void on_home(void *arg, enum store_status status, const char *conversation)
{
    struct routing *r = arg;
    end(r, status, conversation ? arena_strdup(r->arena, conversation) : r->event->room);
}

/* --- a reaction --- */

static void look_in_next(struct routing *r);

static void found(struct routing *r, int64_t line)
{
    r->event->content.about_line = line;
    end(r, STORE_OK, r->cases[r->next]);
}

static void on_line(void *arg, const struct loaded *loaded)
{
    struct routing *r = arg;
    if (loaded->status != STORE_OK) {
        end(r, loaded->status, NULL);
    } else if (loaded->about_lines[0]) {
        found(r, loaded->about_lines[0]);
    } else {
        r->next++;
        look_in_next(r);
    }
}

static void look_in_next(struct routing *r)
{
    const struct event *e = r->event;
    struct store *store = r->route->store;
    if (r->next == r->n_cases) {
        end(r, STORE_OK, e->room);
        return;
    }
    const char *conversation = r->cases[r->next];
    struct store_ref about = {e->room, e->content.about_id};
    int64_t line = r->route->line_of(r->route->arg, conversation, e->room, e->content.about_id);
    if (line)
        found(r, line);
    else
        store->ops->load(store, conversation, &about, 1, on_line, r);
}

/* Only the owner's reactions go to the customer, so his cases are all there is to look at. */
static void find_reaction(struct routing *r, const struct facts *facts)
{
    const struct address *from = &r->event->from;
    const struct agent *agent = facts_agent_by_id(facts, from->platform, from->user);
    r->cases = arena_alloc(r->arena, facts->n_cases * sizeof(*r->cases));
    for (size_t i = 0; agent && i < facts->n_cases; i++)
        if (str_eq(facts->cases[i].owner, agent->name))
            r->cases[r->n_cases++] = arena_strdup(r->arena, facts->cases[i].conversation);
    look_in_next(r);
}

/* --- all --- */

void route_find(const struct route *route, struct arena *a, struct event *e,
                void (*done)(void *arg, enum store_status), void *arg)
{
    const struct facts *facts = route->facts(route->arg);
    struct address chat = {e->from.platform, e->from.account, e->from.chat, "", ""};
    char *where = address_print(a, &chat);
    struct routing *r = arena_alloc(a, sizeof(*r));
    *r = (struct routing){.route = route, .arena = a, .event = e, .done = done, .arg = arg};
    if (e->is_private) {
        end(r, STORE_OK, where);
        return;
    }
    char *room = arena_printf(a, "room:%s", where);
    bool is_ours = facts_room(facts, room);
    if (!is_ours && !starts_with(e->content.text, "/staff")) {
        end(r, STORE_OK, NULL);
        return;
    }
    e->room = room;
    if (is_ours && !str_empty(e->from.thread))
        route->store->ops->find_home(route->store, room, e->from.thread, on_home, r);
    else if (is_ours && e->content.kind == CONTENT_REACTION)
        find_reaction(r, facts);
    else
        end(r, STORE_OK, room);
}
