#include "bot/flow/lanes.h"

#include "bot/base/heap.h"

/* At most `max` calls in `span_ms`: a ring of the times of the last ones. */
#define WINDOW_MAX 32
struct window {
    int64_t *at; /* `max` of them */
    size_t next, max;
    int64_t span_ms;
};

struct chat {
    struct heap_node wakes; /* in the heap of those that wait: when to look at it again */
    struct chat *chain;     /* hash bucket */
    struct chat *queued;    /* ready list */
    bool is_ready;
    char *id;
    bool is_group;
    bool is_guessed; /* its limit: no entry has said yet what kind of chat it is */
    struct window window;
    int64_t paused_until_ms;
    struct lane *lanes;
};

#define BUCKETS 4096

struct lanes {
    struct adapter_limits limits;
    size_t max_text, n_items;
    struct chat *buckets[BUCKETS];
    struct chat *ready, *last_ready;
    struct heap waiting; /* of chats, by the time of their wake */
    int64_t paused_until_ms;
};

/* --- windows --- */

/* The place of the call `back` before the next one. */
static size_t window_place(const struct window *w, size_t back)
{
    return (w->next + w->max - back) % w->max;
}

/* When one more call is allowed, with `reserve` calls kept back for what matters more. */
static int64_t window_opens_ms(const struct window *w, size_t reserve)
{
    if (!w->max)
        return 0;
    int64_t oldest = w->at[window_place(w, w->max > reserve ? w->max - reserve : 1)];
    return oldest ? oldest + w->span_ms : 0;
}

static void window_charge(struct window *w, int64_t now_ms)
{
    if (!w->max)
        return;
    w->at[w->next] = now_ms;
    w->next = (w->next + 1) % w->max;
}

/* More than the ring holds: the same rate over a shorter time. What was charged before counts. */
static void window_init(struct window *w, int max, int64_t span_ms)
{
    struct window old = *w;
    *w = (struct window){
        .max = max > WINDOW_MAX ? WINDOW_MAX : (size_t)max,
        .span_ms = max > WINDOW_MAX ? span_ms * WINDOW_MAX / max : span_ms,
    };
    w->at = xcalloc(w->max, sizeof(*w->at));
    for (size_t back = old.max < w->max ? old.max : w->max; back; back--)
        window_charge(w, old.at[window_place(&old, back)]);
    free(old.at);
}

/* As if the call charged at that time had not been. */
static void window_refund(struct window *w, int64_t charged_ms)
{
    size_t back = 1;
    while (back <= w->max && w->at[window_place(w, back)] != charged_ms)
        back++;
    if (back > w->max)
        return; /* out of the ring since */
    for (; back > 1; back--)
        w->at[window_place(w, back)] = w->at[window_place(w, back - 1)];
    w->next = window_place(w, 1);
    w->at[w->next] = 0;
}

/* --- chats --- */

static struct chat **bucket_of(struct lanes *l, const char *id)
{
    return &l->buckets[fnv1a64(id, strlen(id)) % BUCKETS];
}

static struct chat *chat_get(struct lanes *l, const char *id)
{
    struct chat **bucket = bucket_of(l, id);
    for (struct chat *c = *bucket; c; c = c->chain)
        if (str_eq(c->id, id))
            return c;
    struct chat *c = xcalloc(1, sizeof(*c));
    c->id = xstrdup(id);
    c->chain = *bucket;
    return *bucket = c;
}

/* With the first entry we know what kind of chat it is. */
static void chat_limit(const struct lanes *l, struct chat *c, const struct entry *e)
{
    if (c->window.at && !c->is_guessed)
        return;
    c->is_guessed = false;
    c->is_group = e->is_group || e->is_community;
    if (e->is_community)
        window_init(&c->window, l->limits.community_per_min, 60 * 1000 + 500);
    else if (e->is_group)
        window_init(&c->window, l->limits.group_per_min, 60 * 1000 + 500);
    else
        window_init(&c->window, l->limits.chat_burst,
                    l->limits.chat_per_s ? 1000 * l->limits.chat_burst / l->limits.chat_per_s : 0);
}

static void chat_free(struct lanes *l, struct chat *c)
{
    struct chat **at = bucket_of(l, c->id);
    while (*at != c)
        at = &(*at)->chain;
    *at = c->chain;
    free(c->window.at);
    free(c->id);
    free(c);
}

static void make_ready(struct lanes *l, struct chat *c)
{
    if (c->is_ready)
        return;
    if (c->wakes.place)
        heap_remove(&l->waiting, &c->wakes);
    c->is_ready = true;
    c->queued = NULL;
    if (l->ready)
        l->last_ready->queued = c;
    else
        l->ready = c;
    l->last_ready = c;
}

static struct chat *pop_ready(struct lanes *l)
{
    struct chat *c = l->ready;
    l->ready = c->queued;
    c->is_ready = false;
    return c;
}

/* Waiting chats whose time has come are ready again. */
static void wake(struct lanes *l, int64_t now_ms)
{
    for (struct heap_node *first; (first = heap_first(&l->waiting)) && first->key <= now_ms;)
        make_ready(l, (struct chat *)first);
}

/* --- lanes --- */

static uint64_t lane_hash(const struct entry *e)
{
    const char *surface = entry_surface(e);
    return fnv1a64(e->conversation, strlen(e->conversation)) +
           3 * fnv1a64(surface, strlen(surface));
}

/* A new one is the chat's last. */
static struct lane *lane_get(struct chat *c, const struct entry *e)
{
    uint64_t hash = lane_hash(e); /* in a crowded group there are hundreds to compare with */
    struct lane **at = &c->lanes;
    while (*at && !((*at)->hash == hash && str_eq((*at)->conversation, e->conversation) &&
                    str_eq((*at)->surface, entry_surface(e))))
        at = &(*at)->next;
    if (*at)
        return *at;
    struct lane *lane = xcalloc(1, sizeof(*lane));
    *lane = (struct lane){.chat = c,
                          .hash = hash,
                          .conversation = xstrdup(e->conversation),
                          .surface = xstrdup(entry_surface(e))};
    return *at = lane;
}

static void lane_free(struct lane *lane)
{
    struct lane **at = &lane->chat->lanes;
    while (*at != lane)
        at = &(*at)->next;
    *at = lane->next;
    free(lane->conversation);
    free(lane->surface);
    free(lane);
}

void item_free(struct item *item)
{
    struct arena arena = item->arena;
    free(item);
    arena_release(&arena);
}

/* Words do not wait for decoration: they go after the last item that is none, or is under way. */
static struct item *last_words(const struct lane *lane)
{
    struct item *found = NULL;
    size_t under_way = lane->is_busy ? lane->joined : 0, n = 0;
    for (struct item *i = lane->first; i; i = i->next)
        if (n++ < under_way || !i->entry.decor)
            found = i;
    return found;
}

static bool lane_has(const struct lane *lane, const struct item *item)
{
    for (const struct item *i = lane->first; i; i = i->next)
        if (i->id == item->id && i->partition == item->partition && str_eq(i->stream, item->stream))
            return true;
    return false;
}

bool lanes_add(struct lanes *l, struct item *item)
{
    struct chat *c = chat_get(l, item->entry.to.chat);
    struct lane *lane = lane_get(c, &item->entry);
    if (lane_has(lane, item))
        return false;
    chat_limit(l, c, &item->entry);
    struct item *after = item->entry.content.kind == CONTENT_TEXT ? last_words(lane) : lane->last;
    struct item **at = after ? &after->next : &lane->first;
    item->next = *at;
    *at = item;
    if (!item->next)
        lane->last = item;
    l->n_items++;
    if (!lane->is_busy)
        make_ready(l, c);
    return true;
}

#define HOLD_MAX_MS 1500 /* a burst that does not end is shown after this */

/* A held entry waits for more of its burst, counted from the newest, but never long. */
static int64_t hold_ends_ms(const struct lane *lane)
{
    const struct entry *head = &lane->first->entry;
    const struct entry *newest = head;
    for (const struct item *i = lane->first->next; i && i->entry.hold_ms; i = i->next)
        newest = &i->entry;
    int64_t end = newest->committed_ms + newest->hold_ms;
    int64_t latest = head->committed_ms + HOLD_MAX_MS;
    return !head->hold_ms ? 0 : end < latest ? end : latest;
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* Decoration that something of its kind replaces is as urgent as that. */
static bool is_decor(const struct lane *lane)
{
    const struct item *i = lane->first;
    while (i->next && entry_replaces(&i->next->entry, &i->entry))
        i = i->next;
    return i->entry.decor;
}

/* A secret that stands in a group goes at once; and it is no post. */
static bool is_free(const struct lane *lane)
{
    const struct entry *head = &lane->first->entry;
    return head->is_community &&
           (head->content.kind == CONTENT_DELETE || head->content.kind == CONTENT_STANDING);
}

static int64_t lane_opens_ms(const struct lane *lane)
{
    size_t reserve = is_decor(lane) ? lane->chat->window.max / 2 : 0;
    int64_t at = later(lane->not_before_ms, lane->first->not_before_ms);
    at = later(at, hold_ends_ms(lane));
    if (is_free(lane))
        return at;
    return later(at, window_opens_ms(&lane->chat->window, reserve));
}

static int64_t head_since(const struct lane *lane)
{
    return is_decor(lane) ? INT64_MAX : lane->first->entry.committed_ms;
}

/* The lane of this chat that goes next, or NULL and when to ask again. Of equals the newest: what
 * somebody just began. */
static struct lane *choose(const struct chat *c, int64_t now_ms, int64_t *wake_ms)
{
    struct lane *best = NULL;
    int64_t since = INT64_MAX; /* of the best */
    *wake_ms = INT64_MAX;
    for (struct lane *lane = c->lanes; lane; lane = lane->next) {
        if (lane->is_busy || !lane->first)
            continue;
        if (best && lane->first->entry.committed_ms > since)
            continue; /* a quick look: in a crowded group that is most of them */
        int64_t at = later(lane_opens_ms(lane), c->paused_until_ms);
        if (at > now_ms)
            *wake_ms = at < *wake_ms ? at : *wake_ms;
        else if (!best || head_since(lane) <= since) {
            best = lane;
            since = head_since(lane);
        }
    }
    return best;
}

bool lanes_joins(const struct lanes *l, const struct entry *whole, const struct entry *next)
{
    return entry_joins(whole, next, l->max_text) ||
           (l->limits.joins && entry_leads(whole, next, l->max_text));
}

static void choose_burst(const struct lanes *l, struct lane *lane)
{
    struct arena scratch = ARENA_INIT;
    struct entry whole = lane->first->entry;
    lane->joined = 1;
    for (struct item *i = lane->first->next; i && lanes_joins(l, &whole, &i->entry); i = i->next) {
        entry_join(&scratch, &whole, &i->entry);
        lane->joined++;
    }
    arena_release(&scratch);
}

struct entry lanes_message(const struct lane *lane, struct arena *a)
{
    struct entry whole = lane->first->entry;
    const struct item *i = lane->first;
    for (size_t n = 1; n < lane->joined; n++) {
        i = i->next;
        entry_join(a, &whole, &i->entry);
    }
    return whole;
}

static struct lane *begin(struct lanes *l, struct lane *lane, int64_t now_ms)
{
    lane->is_busy = true;
    lane->is_hurried = false;
    choose_burst(l, lane);
    lane->charged_ms = is_free(lane) ? 0 : now_ms;
    if (lane->charged_ms)
        window_charge(&lane->chat->window, now_ms);
    make_ready(l, lane->chat); /* another lane of it may be free too */
    return lane;
}

struct lane *lanes_begin(struct lanes *l, const struct item *item, int64_t now_ms)
{
    struct chat *c = chat_get(l, item->entry.to.chat);
    struct lane *lane = c->lanes;
    while (lane && (lane->is_busy || lane->first != item))
        lane = lane->next;
    if (!lane || later(l->paused_until_ms, c->paused_until_ms) > now_ms ||
        lane_opens_ms(lane) > now_ms)
        return NULL;
    return begin(l, lane, now_ms);
}

bool lanes_are_free(const struct lanes *l, const char *chat, int64_t now_ms)
{
    const struct chat *c = *bucket_of((struct lanes *)(uintptr_t)l, chat);
    while (c && !str_eq(c->id, chat))
        c = c->chain;
    int64_t opens_ms = c ? later(c->paused_until_ms, window_opens_ms(&c->window, 0)) : 0;
    return later(l->paused_until_ms, opens_ms) <= now_ms && !(c && c->lanes);
}

#define SPARE_LOOK_MS 1000

int64_t lanes_spare_ms(struct lanes *l, const char *chat, int64_t now_ms)
{
    struct chat *c = chat_get(l, chat);
    if (!c->window.at) {
        c->is_group = c->is_guessed = true;
        window_init(&c->window, l->limits.group_per_min, 60 * 1000 + 500);
    }
    int64_t at = window_opens_ms(&c->window, c->window.max / 2);
    at = later(at, later(l->paused_until_ms, c->paused_until_ms));
    if (c->lanes)
        at = later(at, now_ms + SPARE_LOOK_MS);
    if (at > now_ms)
        return at;
    window_charge(&c->window, now_ms);
    return 0;
}

struct lane *lanes_next(struct lanes *l, int64_t now_ms)
{
    if (l->paused_until_ms > now_ms)
        return NULL;
    wake(l, now_ms);
    while (l->ready) {
        struct chat *c = pop_ready(l);
        int64_t wake_ms;
        struct lane *lane = choose(c, now_ms, &wake_ms);
        if (lane)
            return begin(l, lane, now_ms);
        if (wake_ms != INT64_MAX)
            heap_add(&l->waiting, &c->wakes, wake_ms);
        else if (!c->lanes && !c->is_group &&
                 window_opens_ms(&c->window, c->window.max - 1) <= now_ms)
            chat_free(l, c);
        else if (!c->lanes && !c->is_group)
            heap_add(&l->waiting, &c->wakes, window_opens_ms(&c->window, c->window.max - 1));
    }
    return NULL;
}

int64_t lanes_wake_ms(const struct lanes *l)
{
    if (l->ready)
        return l->paused_until_ms;
    const struct heap_node *first = heap_first(&l->waiting);
    return first ? later(first->key, l->paused_until_ms) : INT64_MAX;
}

void lanes_remove(struct lanes *l, struct lane *lane, struct item *item)
{
    struct item **at = &lane->first, *before = NULL;
    for (; *at != item; at = &(*at)->next)
        before = *at;
    *at = item->next;
    if (lane->last == item)
        lane->last = before;
    lane->joined--;
    l->n_items--;
}

struct item *lanes_pop(struct lanes *l, struct lane *lane)
{
    struct item *burst = lane->first, *last = burst;
    for (size_t i = 1; i < lane->joined; i++)
        last = last->next;
    lane->first = last->next;
    if (!lane->first)
        lane->last = NULL;
    last->next = NULL;
    l->n_items -= lane->joined;
    lane->joined = 0;
    return burst;
}

void lanes_release(struct lanes *l, struct lane *lane, int64_t not_before_ms)
{
    struct chat *c = lane->chat;
    lane->is_busy = false;
    lane->not_before_ms = lane->is_hurried ? 0 : not_before_ms;
    if (!lane->first)
        lane_free(lane);
    make_ready(l, c);
}

bool lanes_charge(const struct lanes *l, struct lane *lane, int64_t now_ms)
{
    if (lanes_paused_until_ms(l, lane) > now_ms || lane_opens_ms(lane) > now_ms)
        return false;
    window_charge(&lane->chat->window, now_ms);
    return true;
}

void lanes_refund(struct lane *lane)
{
    if (lane->charged_ms)
        window_refund(&lane->chat->window, lane->charged_ms);
}

void lanes_pause_chat(struct lane *lane, int64_t until_ms)
{
    lane->chat->paused_until_ms = later(lane->chat->paused_until_ms, until_ms);
}

void lanes_pause(struct lanes *l, const char *chat, int64_t until_ms)
{
    struct chat *c = chat_get(l, chat);
    c->paused_until_ms = later(c->paused_until_ms, until_ms);
}

int64_t lanes_paused_until_ms(const struct lanes *l, const struct lane *lane)
{
    return later(l->paused_until_ms, lane->chat->paused_until_ms);
}

bool lanes_end_pause(struct lane *lane, int64_t now_ms)
{
    struct chat *c = lane->chat;
    bool is_over = c->paused_until_ms && c->paused_until_ms <= now_ms;
    if (is_over)
        c->paused_until_ms = 0;
    return is_over;
}

void lanes_hurry(struct lanes *l, const char *chat)
{
    struct chat *c = chat_get(l, chat);
    for (struct lane *lane = c->lanes; lane; lane = lane->next) {
        lane->not_before_ms = 0;
        lane->is_hurried = lane->is_busy;
        if (lane->first)
            lane->first->not_before_ms = 0;
    }
    make_ready(l, c);
}

void lanes_pause_all(struct lanes *l, int64_t until_ms)
{
    l->paused_until_ms = later(l->paused_until_ms, until_ms);
}

static void lane_forget(struct lanes *l, struct lane *lane,
                        void (*gone)(void *arg, const struct item *), void *arg)
{
    struct item **at = &lane->first, *next;
    lane->last = NULL;
    for (size_t n = lane->is_busy ? lane->joined : 0; n; n--) {
        lane->last = *at;
        at = &(*at)->next;
    }
    struct item *i = *at;
    *at = NULL;
    for (; i; i = next) {
        next = i->next;
        gone(arg, i);
        item_free(i);
        l->n_items--;
    }
    if (!lane->is_busy)
        lane_free(lane);
}

void lanes_forget(struct lanes *l, void (*gone)(void *arg, const struct item *), void *arg)
{
    struct lane *next;
    for (size_t b = 0; b < BUCKETS; b++)
        for (struct chat *c = l->buckets[b]; c; c = c->chain)
            for (struct lane *lane = c->lanes; lane; lane = next) {
                next = lane->next;
                lane_forget(l, lane, gone, arg);
            }
}

size_t lanes_count(const struct lanes *l)
{
    return l->n_items;
}

struct lanes *lanes_new(const struct adapter_limits *limits, size_t max_text)
{
    struct lanes *l = xcalloc(1, sizeof(*l));
    l->limits = *limits;
    l->max_text = max_text;
    return l;
}

void lanes_free(struct lanes *l)
{
    for (size_t b = 0; b < BUCKETS; b++)
        while (l->buckets[b]) {
            struct chat *c = l->buckets[b];
            while (c->lanes) {
                while (c->lanes->first) {
                    struct item *item = c->lanes->first;
                    c->lanes->first = item->next;
                    item_free(item);
                }
                lane_free(c->lanes);
            }
            chat_free(l, c);
        }
    heap_release(&l->waiting);
    free(l);
}
