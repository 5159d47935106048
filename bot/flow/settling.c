#include "bot/flow/settling.h"

#define FLUSH_MS 5
#define FLUSH_AT 64

struct settled {
    struct settled *next;
    struct item *item;
    char *message_id;
    char *mark;
    bool dead;
};

struct list {
    struct settled *first, *last;
};

/* One batch of a partition is on its way at a time; what settles meanwhile waits for the next. */
struct lot {
    struct settling *settling;
    unsigned partition;
    struct list waiting, flying;
};

struct settling {
    struct settling_ports ports;
    char *account;
    struct lot lots[PARTITIONS + 1];
    size_t n;
    int64_t due_ms;
};

static void list_push(struct list *l, struct settled *it)
{
    it->next = NULL;
    *(l->last ? &l->last->next : &l->first) = it;
    l->last = it;
}

static struct settled *list_pop(struct list *l)
{
    struct settled *it = l->first;
    l->first = it->next;
    if (!l->first)
        l->last = NULL;
    return it;
}

static void settled_free(struct settled *it)
{
    item_free(it->item);
    free(it->message_id);
    free(it->mark);
    free(it);
}

static void be_due(struct settling *s, int64_t at_ms)
{
    if (at_ms < s->due_ms)
        s->due_ms = at_ms;
}

static void on_sent(void *arg, enum store_status status)
{
    struct lot *lot = arg;
    struct settling *s = lot->settling;
    if (status == STORE_DOWN) { /* again, before what came after it */
        while (lot->waiting.first)
            list_push(&lot->flying, list_pop(&lot->waiting));
        lot->waiting = lot->flying;
        lot->flying = (struct list){0};
    }
    while (lot->flying.first) { /* done, or fenced: then the new holder sees to it */
        struct settled *it = list_pop(&lot->flying);
        s->ports.on_gone(s->ports.arg, it->item);
        s->n--;
        settled_free(it);
    }
    if (lot->waiting.first)
        be_due(s, clock_ms() + FLUSH_MS);
    if (status == STORE_FENCED)
        s->ports.on_fenced(s->ports.arg);
}

static void flush_lot(struct settling *s, struct lot *lot, int64_t epoch)
{
    struct sent batch[FLUSH_AT];
    size_t n = 0;
    while (lot->waiting.first && n < FLUSH_AT) {
        struct settled *it = list_pop(&lot->waiting);
        list_push(&lot->flying, it);
        batch[n++] = (struct sent){
            .stream = it->item->stream,
            .id = it->item->id,
            .conversation = it->item->entry.conversation,
            .surface = entry_surface(&it->item->entry),
            .line = it->item->entry.line,
            .message_id = str_empty(it->message_id) ? NULL : it->message_id,
            .mark = it->mark,
            .dead = it->dead,
        };
    }
    struct store *store = s->ports.store;
    store->ops->sent(store, lot->partition, s->account, epoch, clock_ms(), batch, n, on_sent, lot);
}

void settling_flush(struct settling *s, int64_t epoch)
{
    if (!s->ports.store->is_up || !epoch)
        return;
    s->due_ms = INT64_MAX;
    for (size_t p = 0; p <= PARTITIONS; p++)
        if (s->lots[p].waiting.first && !s->lots[p].flying.first)
            flush_lot(s, &s->lots[p], epoch);
}

void settling_add(struct settling *s, struct item *item, const char *message_id, const char *mark,
                  bool dead)
{
    struct settled *it = xcalloc(1, sizeof(*it));
    it->item = item;
    it->message_id = xstrdup(message_id);
    it->mark = xstrdup(mark);
    it->dead = dead;
    list_push(&s->lots[item->partition].waiting, it);
    be_due(s, ++s->n >= FLUSH_AT ? 0 : clock_ms() + FLUSH_MS);
}

/* The entries of a partition that are not told yet, oldest first: NULL begins, NULL ends. */
static const struct settled *next_of(const struct lot *lot, const struct settled *it)
{
    if (!it)
        return lot->flying.first ? lot->flying.first : lot->waiting.first;
    return it == lot->flying.last ? lot->waiting.first : it->next;
}

bool settling_has(const struct settling *s, const char *stream, unsigned partition, int64_t id)
{
    const struct lot *lot = &s->lots[partition];
    for (const struct settled *it = NULL; (it = next_of(lot, it));)
        if (it->item->id == id && str_eq(it->item->stream, stream))
            return true;
    return false;
}

static bool is_told_of(const struct entry *e, const char *conversation, const char *surface)
{
    return str_eq(e->conversation, conversation) && str_eq(entry_surface(e), surface);
}

const char *settling_message_id(const struct settling *s, unsigned partition,
                                const char *conversation, const char *surface, int64_t line)
{
    const struct lot *lot = &s->lots[partition];
    const char *found = NULL;
    for (const struct settled *it = NULL; line && (it = next_of(lot, it));) { /* 0 is no line */
        const struct entry *e = &it->item->entry;
        if (e->line == line && !str_empty(it->message_id) && is_told_of(e, conversation, surface))
            found = it->message_id;
    }
    return found;
}

int64_t settling_line(const struct settling *s, unsigned partition, const char *conversation,
                      const char *surface, const char *message_id)
{
    const struct lot *lot = &s->lots[partition];
    int64_t line = 0;
    for (const struct settled *it = NULL; (it = next_of(lot, it));) {
        const struct entry *e = &it->item->entry;
        if (e->line && str_eq(it->message_id, message_id) && is_told_of(e, conversation, surface))
            line = e->line; /* of a burst the last one, as the store has it */
    }
    return line;
}

int64_t settling_due_ms(const struct settling *s)
{
    return s->due_ms;
}

void settling_hurry(struct settling *s)
{
    s->due_ms = 0;
}

size_t settling_count(const struct settling *s)
{
    return s->n;
}

struct settling *settling_new(const char *account, const struct settling_ports *ports)
{
    struct settling *s = xcalloc(1, sizeof(*s));
    s->ports = *ports;
    s->account = xstrdup(account);
    s->due_ms = INT64_MAX;
    for (unsigned p = 0; p <= PARTITIONS; p++)
        s->lots[p] = (struct lot){.settling = s, .partition = p};
    return s;
}

void settling_free(struct settling *s)
{
    for (size_t p = 0; p <= PARTITIONS; p++) {
        while (s->lots[p].waiting.first)
            settled_free(list_pop(&s->lots[p].waiting));
        while (s->lots[p].flying.first)
            settled_free(list_pop(&s->lots[p].flying));
    }
    free(s->account);
    free(s);
}
