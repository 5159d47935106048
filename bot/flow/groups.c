#include "bot/flow/groups.h"

#include "bot/base/log.h"
#include "bot/base/text.h"

#include <inttypes.h>

#define MAX_GROUPS 1000 /* remembered: those that spoke last */
#define MAX_LINES  24   /* of talk, all topics of the group together */
#define MAX_POSTS  32   /* of ours */
#define BUCKETS    256

struct line {
    char *thread, *user, *to;
    char *name, *username; /* folded: how others call the member */
    int64_t ms;
};

struct post_said {
    char *topic, *conversation, *message_id;
    int64_t line, ms;
};

/* An event that waits for its turn. */
struct waiting {
    struct waiting *next;
    struct arena arena;
    struct event *event;
    void (*done)(void *arg);
    void *arg;
};

struct queue {
    struct waiting *first, *last;
};

struct group {
    struct groups *groups;
    struct group *chain; /* hash bucket */
    struct group *newer, *older;
    char *id; /* "telegram:77:-100" */
    struct line lines[MAX_LINES];
    size_t n_lines;
    struct post_said posts[MAX_POSTS];
    size_t n_posts;
    int64_t joined_ms[TALK_JOINS]; /* a ring */
    size_t n_joined;
    struct queue queue;
    struct waiting *now; /* in the inbox */
    bool is_pumping;
};

struct groups {
    struct groups_ports ports;
    struct group *buckets[BUCKETS];
    struct group *newest, *oldest;
    struct queue early; /* before groups_open */
    size_t n, n_waiting;
    bool is_open;
};

/* --- remembering --- */

static void line_release(struct line *l)
{
    free(l->thread);
    free(l->user);
    free(l->to);
    free(l->name);
    free(l->username);
}

static void post_release(struct post_said *p)
{
    free(p->topic);
    free(p->conversation);
    free(p->message_id);
}

static struct line *add_line(struct group *g)
{
    if (g->n_lines == MAX_LINES) {
        line_release(&g->lines[0]);
        memmove(g->lines, g->lines + 1, --g->n_lines * sizeof(g->lines[0]));
    }
    return &g->lines[g->n_lines++];
}

static struct post_said *add_post(struct group *g)
{
    if (g->n_posts == MAX_POSTS) {
        post_release(&g->posts[0]);
        memmove(g->posts, g->posts + 1, --g->n_posts * sizeof(g->posts[0]));
    }
    return &g->posts[g->n_posts++];
}

static const char *first_word(struct arena *a, const char *name)
{
    size_t len = strcspn(name, " ");
    return len > 1 ? arena_strndup(a, name, len) : ""; /* one letter may be anything */
}

static void remember(struct group *g, const struct event *e)
{
    if (e->type != EVENT_MESSAGE || e->content.kind != CONTENT_TEXT)
        return;
    bool is_reply = e->is_to_others && !str_empty(e->about_user) &&
                    !str_eq(e->about_user, e->from.account) && !str_eq(e->about_user, e->from.user);
    const char *to = is_reply ? e->about_user : e->is_to_others ? "*" : "";
    struct arena a = ARENA_INIT;
    *add_line(g) = (struct line){.thread = xstrdup(e->from.thread),
                                 .user = xstrdup(e->from.user),
                                 .to = xstrdup(to),
                                 .name = xstrdup(first_word(&a, text_fold_match(&a, e->name))),
                                 .username = xstrdup(text_fold_match(&a, e->username)),
                                 .ms = e->sent_ms ? e->sent_ms : e->now_ms};
    arena_release(&a);
}

/* "wei, did yours arrive?" Who spoke lately is called by name, without a sign that the platform
 * knows. */
static bool calls_member(const struct group *g, const struct event *e)
{
    struct arena a = ARENA_INIT;
    const char *text = text_fold_match(&a, e->content.text);
    bool does = false;
    for (size_t i = 0; i < g->n_lines && !does; i++) {
        const struct line *l = &g->lines[i];
        does = !str_eq(l->user, e->from.user) &&
               (text_has_word(text, l->name) || text_has_word(text, l->username));
    }
    arena_release(&a);
    return does;
}

static size_t joins_since(const struct group *g, int64_t ms)
{
    size_t n = 0;
    for (size_t i = 0; i < TALK_JOINS; i++)
        n += g->joined_ms[i] > ms;
    return n;
}

static const struct talk *talk_of(struct arena *a, const struct group *g, const struct event *e)
{
    const char *thread = e->from.thread;
    struct talk *talk = arena_alloc(a, sizeof(*talk));
    talk->n_joins = joins_since(g, e->now_ms - 60 * 1000);
    struct talk_line *lines = arena_alloc(a, (g->n_lines + 1) * sizeof(*lines));
    struct talk_post *posts = arena_alloc(a, (g->n_posts + 1) * sizeof(*posts));
    for (size_t i = 0; i < g->n_lines; i++)
        if (str_eq(g->lines[i].thread, thread))
            lines[talk->n_lines++] =
                (struct talk_line){g->lines[i].user, g->lines[i].to, g->lines[i].ms};
    for (size_t i = 0; i < g->n_posts; i++)
        posts[i] = (struct talk_post){g->posts[i].topic, g->posts[i].message_id, g->posts[i].ms};
    talk->lines = lines;
    talk->posts = posts;
    talk->n_posts = g->n_posts;
    return talk;
}

/* --- groups --- */

static struct group **bucket_of(struct groups *g, const char *id)
{
    return &g->buckets[fnv1a64(id, strlen(id)) % BUCKETS];
}

static struct group *find(struct groups *g, const char *id)
{
    struct group *found = *bucket_of(g, id);
    while (found && !str_eq(found->id, id))
        found = found->chain;
    return found;
}

static void unlink_age(struct group *g)
{
    *(g->newer ? &g->newer->older : &g->groups->newest) = g->older;
    *(g->older ? &g->older->newer : &g->groups->oldest) = g->newer;
}

static void link_newest(struct group *g)
{
    struct groups *all = g->groups;
    g->newer = NULL;
    g->older = all->newest;
    *(all->newest ? &all->newest->newer : &all->oldest) = g;
    all->newest = g;
}

static void group_free(struct group *g)
{
    struct group **at = bucket_of(g->groups, g->id);
    while (*at != g)
        at = &(*at)->chain;
    *at = g->chain;
    unlink_age(g);
    for (size_t i = 0; i < g->n_lines; i++)
        line_release(&g->lines[i]);
    for (size_t i = 0; i < g->n_posts; i++)
        post_release(&g->posts[i]);
    g->groups->n--;
    free(g->id);
    free(g);
}

static void forget_oldest(struct groups *all)
{
    for (struct group *g = all->oldest; all->n > MAX_GROUPS && g;) {
        struct group *newer = g->newer;
        if (!g->now && !g->queue.first)
            group_free(g);
        g = newer;
    }
}

static struct group *get(struct groups *all, const char *id)
{
    struct group *g = find(all, id);
    if (g) {
        unlink_age(g);
    } else {
        g = xcalloc(1, sizeof(*g));
        g->groups = all;
        g->id = xstrdup(id);
        g->chain = *bucket_of(all, id);
        *bucket_of(all, id) = g;
        all->n++;
    }
    link_newest(g);
    return g;
}

/* --- one at a time --- */

static bool is_join(const struct event *e)
{
    return e->type == EVENT_MEMBER && str_eq(e->data, MEMBER_JOINED);
}

static void waiting_free(struct waiting *w)
{
    arena_release(&w->arena);
    free(w);
}

static void push(struct groups *all, struct queue *q, const struct event *event,
                 void (*done)(void *arg), void *arg)
{
    struct waiting *w = xcalloc(1, sizeof(*w));
    w->event = event_copy(&w->arena, event);
    w->done = done;
    w->arg = arg;
    *(q->last ? &q->last->next : &q->first) = w;
    q->last = w;
    all->n_waiting++;
}

static struct waiting *pop(struct groups *all, struct queue *q)
{
    struct waiting *w = q->first;
    q->first = w->next;
    if (!q->first)
        q->last = NULL;
    all->n_waiting--;
    return w;
}

static void pump(struct group *g);

static void on_done(void *arg)
{
    struct group *g = arg;
    struct waiting *w = g->now;
    g->now = NULL;
    remember(g, w->event);
    if (w->done)
        w->done(w->arg);
    waiting_free(w);
    pump(g);
}

static void hand_on(struct group *g)
{
    struct waiting *w = g->now = pop(g->groups, &g->queue);
    struct event *e = w->event;
    e->subject = address_print(&w->arena, &e->from);
    if (is_join(e))
        g->joined_ms[g->n_joined++ % TALK_JOINS] = e->now_ms;
    e->talk = talk_of(&w->arena, g, e);
    e->is_to_others |= e->type == EVENT_MESSAGE && !e->is_to_us && calls_member(g, e);
    inbox_deliver(g->groups->ports.inbox, e, on_done, g);
}

/* The inbox may be done from inside the call, so this loops and never nests. */
static void pump(struct group *g)
{
    if (g->is_pumping)
        return;
    g->is_pumping = true;
    while (!g->now && g->queue.first)
        hand_on(g);
    g->is_pumping = false;
}

/* --- the way in --- */

static const char *chat_of(struct arena *a, const struct event *e)
{
    struct address chat = {e->from.platform, e->from.account, e->from.chat, "", ""};
    return address_print(a, &chat);
}

/* Staff rooms are none, and who asks to become one is let in. */
static bool is_community(const struct groups *all, const char *room, const struct event *e)
{
    return !facts_room(all->ports.facts(all->ports.arg), room) &&
           (e->type == EVENT_MESSAGE || is_join(e)) && !str_empty(e->from.user) &&
           !starts_with(e->content.text, "/staff");
}

static void route(struct groups *all, const struct event *event, void (*done)(void *arg), void *arg)
{
    struct arena a = ARENA_INIT;
    const char *chat = chat_of(&a, event);
    if (is_community(all, arena_printf(&a, "room:%s", chat), event)) {
        struct group *g = get(all, chat);
        push(all, &g->queue, event, done, arg);
        pump(g);
        forget_oldest(all);
    } else {
        if (event->type == EVENT_MEMBER && !is_join(event))
            log_info("groups",
                     "%s: the bot was added, removed, or its rights changed; its id for "
                     "GROUP_UNASKED is %s",
                     chat, event->from.chat);
        inbox_deliver(all->ports.inbox, event, done, arg);
    }
    arena_release(&a);
}

void groups_deliver(struct groups *g, const struct event *event, void (*done)(void *arg), void *arg)
{
    if (event->is_private || event->subject)
        inbox_deliver(g->ports.inbox, event, done, arg);
    else if (g->is_open)
        route(g, event, done, arg);
    else
        push(g, &g->early, event, done, arg);
}

void groups_open(struct groups *g)
{
    g->is_open = true;
    while (g->early.first) {
        struct waiting *w = pop(g, &g->early);
        route(g, w->event, w->done, w->arg);
        waiting_free(w);
    }
}

/* --- what we say --- */

void groups_said(struct groups *all, const struct event *event, const struct effect *said)
{
    struct arena a = ARENA_INIT;
    struct group *g = find(all, chat_of(&a, event));
    if (g && said->lane == LANE_CUSTOMER && said->content.kind == CONTENT_TEXT)
        *add_post(g) = (struct post_said){xstrdup(said->topic ? said->topic : ""),
                                          xstrdup(event->subject), NULL, said->line, event->now_ms};
    arena_release(&a);
}

void groups_posted(struct groups *all, const struct entry *entry, const char *message_id)
{
    struct arena a = ARENA_INIT;
    struct event event = {.from = entry->to};
    struct group *g = find(all, chat_of(&a, &event));
    for (size_t i = 0; g && i < g->n_posts; i++) {
        struct post_said *p = &g->posts[i];
        if (!p->message_id && p->line == entry->line &&
            str_eq(p->conversation, entry->conversation))
            p->message_id = xstrdup(message_id);
    }
    arena_release(&a);
}

size_t groups_waiting(const struct groups *g)
{
    return g->n_waiting;
}

/* --- life --- */

struct groups *groups_new(const struct groups_ports *ports)
{
    struct groups *g = xcalloc(1, sizeof(*g));
    g->ports = *ports;
    return g;
}

static void queue_release(struct groups *g, struct queue *q)
{
    while (q->first)
        waiting_free(pop(g, q));
}

void groups_free(struct groups *g)
{
    queue_release(g, &g->early);
    while (g->newest) {
        struct group *group = g->newest;
        queue_release(g, &group->queue);
        if (group->now)
            waiting_free(group->now);
        group_free(group);
    }
    free(g);
}
