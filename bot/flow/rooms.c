#include "bot/flow/rooms.h"

#include "bot/base/log.h"
#include "bot/flow/snapshot.h"
#include "bot/flow/turn.h"

#include <inttypes.h>

#define RECHECK_MS      5000 /* something is missing … */
#define RECHECK_SOON_MS 2500 /* … and customers' words wait for it */

struct state {
    struct state *next;
    char *id;
    char *chat;               /* what the platform called it when we looked last */
    char *refused[ROOM_ACTS]; /* in the platform's words, unexplained by a check; or NULL */
    char *finding; /* of the last check, in words, with the fix; NULL: none, or not checked yet */
    bool is_asked, is_known, has_problems, is_unfit;
};

struct rooms {
    struct rooms_ports ports;
    struct state *states;
    int64_t recheck_ms; /* something is missing in one: all are looked at again then; 0: no */
};

static struct state *state_find(struct rooms *r, const char *id)
{
    struct state *s = r->states;
    while (s && !str_eq(s->id, id))
        s = s->next;
    return s;
}

static struct state *state_get(struct rooms *r, const char *id)
{
    struct state *s = state_find(r, id);
    if (s)
        return s;
    s = xcalloc(1, sizeof(*s));
    s->id = xstrdup(id);
    s->next = r->states;
    return r->states = s;
}

static struct state *state_at(struct rooms *r, const struct address *at)
{
    struct arena a = ARENA_INIT;
    struct address chat = {at->platform, at->account, at->chat, "", ""};
    struct state *s = state_find(r, arena_printf(&a, "room:%s", address_print(&a, &chat)));
    arena_release(&a);
    return s;
}

static void keep_string(char **to, const char *s)
{
    char *old = *to;
    *to = xstrdup(s);
    free(old);
}

static const char *refused(const struct state *s)
{
    for (int act = 0; act < ROOM_ACTS; act++)
        if (s->refused[act])
            return s->refused[act];
    return NULL;
}

/* --- checks --- */

struct checking {
    struct rooms *rooms;
    char *room;
};

static void checking_free(struct checking *c)
{
    free(c->room);
    free(c);
}

static void log_finding(const struct state *s)
{
    if (s->finding)
        log_warn("staff", "staff %s: %s (`zaide doctor` looks at it again)", s->id, s->finding);
    else
        log_info("staff", "staff %s: in order", s->id);
}

/* What the check found explains what was refused; what it did not find is a finding of its own. */
static void note_finding(struct state *s, const struct room_check *check)
{
    struct buf found = BUF_INIT(4000);
    for (int act = 0; check->n_problems && act < ROOM_ACTS; act++)
        keep_string(&s->refused[act], NULL);
    buf_str(&found, check->advice);
    if (refused(s))
        buf_printf(&found, "it refuses posts: %s", refused(s));
    const char *now = found.len ? found.data : NULL;
    s->has_problems = check->n_problems;
    s->is_unfit = check->is_unfit || refused(s);
    s->is_known = true;
    if (!str_eq(s->finding, now)) {
        keep_string(&s->finding, now);
        log_finding(s);
    }
    buf_release(&found);
}

static void tell_room(struct rooms *r, const struct state *s, const struct address *at,
                      const struct event *what)
{
    struct arena a = ARENA_INIT;
    int64_t now = clock_ms();
    struct event event = *what;
    event.type = EVENT_ROOM;
    event.id =
        (struct event_id){day_bucket(&a, "room", now), arena_printf(&a, "%s|%" PRId64, s->id, now)};
    event.now_ms = now;
    event.from = *at;
    event.subject = event.room = s->id;
    inbox_deliver(r->ports.inbox, &event, NULL, NULL);
    arena_release(&a);
}

static void tell_moved(struct rooms *r, const struct state *s, const struct address *at,
                       const char *to)
{
    static const char *const moved[] = {ROOM_MOVED};
    tell_room(
        r, s, at,
        &(struct event){
            .data = to, .name = "", .problems = moved, .n_problems = 1, .content = {.text = ""}});
}

static void tell_checked(struct rooms *r, const struct state *s, const struct address *at,
                         const struct room_check *check)
{
    static const char *const refuses[] = {"room.refuses"};
    const char *why = refused(s);
    tell_room(r, s, at,
              &(struct event){.data = check->creator,
                              .name = check->title,
                              .problems = why ? refuses : check->problems,
                              .n_problems = why ? 1 : check->n_problems,
                              .content = {.text = why ? why : ""}});
}

static void on_checked(void *arg, const struct room_check *check)
{
    struct checking *c = arg;
    struct rooms *r = c->rooms;
    struct state *s = check ? state_find(r, c->room) : NULL; /* NULL: the adapter was closed */
    struct arena a = ARENA_INIT;
    struct address at;
    if (s && address_parse(&a, s->id + strlen("room:"), &at)) {
        struct post *p = r->ports.post_of(r->ports.arg, &at);
        if (check->n_problems)
            r->recheck_ms = clock_ms() + (check->is_unfit ? RECHECK_SOON_MS : RECHECK_MS);
        else if (s->has_problems && p) /* not each time: what is fine for us may still be refused */
            outbox_hurry(post_outbox(p), at.chat);
        note_finding(s, check);
        if (check->moved_to)
            tell_moved(r, s, &at, check->moved_to);
        else
            tell_checked(r, s, &at, check);
    }
    arena_release(&a);
    checking_free(c);
}

static void check(struct rooms *r, struct state *s, struct post *p, const struct address *at)
{
    struct checking *c = xmalloc(sizeof(*c));
    *c = (struct checking){r, xstrdup(s->id)};
    s->is_asked = true;
    if (!post_check_room(p, at, on_checked, c))
        checking_free(c);
}

/* The registry says where a room is that moved: there it is looked at anew, and what waited for it
 * goes. */
static void find_chat(struct state *s, struct post *p, const struct room *room)
{
    const char *chat = room_chat(room);
    if (s->chat && !str_eq(s->chat, chat)) {
        log_warn("staff",
                 "staff %s: the platform calls it %s now: put that into the settings where "
                 "they name the old id",
                 s->id, chat);
        s->is_asked = false;
        outbox_hurry(post_outbox(p), room->address.chat);
    }
    keep_string(&s->chat, chat);
}

void rooms_look_after(struct rooms *r)
{
    const struct facts *f = r->ports.facts(r->ports.arg);
    bool all_again = r->recheck_ms && clock_ms() >= r->recheck_ms;
    if (all_again)
        r->recheck_ms = 0;
    for (size_t i = 0; i < f->n_rooms; i++) {
        const struct room *room = &f->rooms[i];
        struct post *p = r->ports.post_of(r->ports.arg, &room->address);
        if (!p || !post_outbox(p))
            continue;
        struct arena a = ARENA_INIT;
        outbox_add_stream(post_outbox(p), turn_stream(&a, &room->address, true));
        arena_release(&a);
        struct state *s = state_get(r, room->id);
        find_chat(s, p, room);
        if (post_is_leading(p) && (all_again || !s->is_asked))
            check(r, s, p, &room->address);
    }
}

void rooms_check_again(struct rooms *r, const struct address *at)
{
    struct state *s = state_at(r, at);
    if (s)
        s->is_asked = false;
}

void rooms_moved(struct rooms *r, const struct address *at, const char *to)
{
    const struct state *s = state_at(r, at);
    if (s && !str_eq(s->chat, to))
        tell_moved(r, s, at, to);
}

void rooms_refused(struct rooms *r, const struct address *at, enum room_act act, const char *why)
{
    struct state *s = state_at(r, at);
    if (!s || str_eq(s->refused[act], why) || (why && s->has_problems)) /* it is known */
        return;
    keep_string(&s->refused[act], why);
    s->is_asked = false;
}

/* --- the registry --- */

/* Commands that run in another process find rooms there. */
void rooms_keep(struct rooms *r)
{
    const struct facts *f = r->ports.facts(r->ports.arg);
    struct store *store = r->ports.store;
    for (size_t i = 0; i < f->n_rooms; i++) {
        const struct room *room = &f->rooms[i];
        struct post *p = r->ports.post_of(r->ports.arg, &room->address);
        if (!p || !post_knows_rooms(p))
            continue;
        struct arena a = ARENA_INIT;
        struct room by_settings = {.by_settings = true};
        const char *value = room->is_own ? room_print(&a, &by_settings) : "";
        if (room->is_own ? !room->is_kept : room->by_settings)
            store->ops->hash_put(store, "rooms", room->id, value, store_ignore, NULL);
        arena_release(&a);
    }
}

/* --- health --- */

bool rooms_health(struct rooms *r, struct json_writer *w)
{
    const struct facts *f = r->ports.facts(r->ports.arg);
    bool ok = true;
    json_open(w, "rooms", '{');
    for (size_t i = 0; i < f->n_rooms; i++) {
        const struct state *s = state_find(r, f->rooms[i].id);
        if (!s || !s->is_known)
            continue;
        json_put_str(w, s->id + strlen("room:"), s->finding ? s->finding : "ok");
        ok &= !s->is_unfit;
    }
    json_close(w, '}');
    return ok;
}

/* --- life --- */

struct rooms *rooms_new(const struct rooms_ports *ports)
{
    struct rooms *r = xcalloc(1, sizeof(*r));
    r->ports = *ports;
    return r;
}

void rooms_free(struct rooms *r)
{
    while (r->states) {
        struct state *s = r->states;
        r->states = s->next;
        free(s->id);
        free(s->chat);
        for (int act = 0; act < ROOM_ACTS; act++)
            free(s->refused[act]);
        free(s->finding);
        free(s);
    }
    free(r);
}
