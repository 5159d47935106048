#include "bot/flow/sweep.h"

#define TICK_MS     250
#define PER_TICK    ((PARTITIONS + 1 + 3) / 4) /* so each is seen once a second */
#define MAX_STREAMS 64

struct look { /* a poll on its way */
    struct sweep *sweep;
    unsigned partition;
    bool is_out, again;
    int64_t known_cases; /* their version */
};

struct sweep {
    struct sweep_ports ports;
    struct timer *tick, *soon;
    struct look looks[PARTITIONS + 1];
    bool is_wanted[PARTITIONS + 1], is_seen[PARTITIONS + 1];
    unsigned next;
};

static void poll_partition(struct sweep *s, unsigned partition);

static void on_polled(void *arg, const struct polled *polled)
{
    struct look *look = arg;
    struct sweep *s = look->sweep;
    look->is_out = false;
    if (polled->status == STORE_OK) {
        s->is_seen[look->partition] = true;
        look->known_cases = polled->cases_version;
        s->ports.polled(s->ports.arg, look->partition, polled);
    }
    if (look->again) {
        look->again = false;
        sweep_look(s, look->partition);
    }
}

static void poll_partition(struct sweep *s, unsigned partition)
{
    struct look *look = &s->looks[partition];
    s->is_wanted[partition] = false;
    if (look->is_out) {
        look->again = true;
        return;
    }
    look->is_out = true;
    struct poll_stream streams[MAX_STREAMS];
    size_t n = s->ports.streams(s->ports.arg, partition, streams, ARRAY_LEN(streams));
    struct store *store = s->ports.store;
    store->ops->poll(store, partition, clock_ms(), look->known_cases, streams, n, on_polled, look);
}

static void poll_wanted(struct sweep *s)
{
    for (unsigned p = 0; p <= PARTITIONS; p++)
        if (s->is_wanted[p])
            poll_partition(s, p);
}

static void on_soon(void *arg)
{
    struct sweep *s = arg;
    if (s->ports.store->is_up)
        poll_wanted(s);
}

static void on_tick(void *arg)
{
    struct sweep *s = arg;
    timer_arm(s->tick, TICK_MS);
    for (unsigned i = 0; i < PER_TICK; i++) {
        s->is_wanted[s->next] = true;
        s->next = (s->next + 1) % (PARTITIONS + 1);
    }
    on_soon(s);
}

void sweep_look(struct sweep *s, unsigned partition)
{
    s->is_wanted[partition] = true;
    if (s->soon && !timer_is_armed(s->soon))
        timer_arm(s->soon, 1);
}

void sweep_all(struct sweep *s)
{
    memset(s->is_seen, 0, sizeof(s->is_seen));
    for (unsigned p = 0; p <= PARTITIONS; p++) {
        s->looks[p].known_cases = POLL_CASES_ANEW;
        poll_partition(s, p);
    }
}

bool sweep_is_complete(const struct sweep *s)
{
    for (unsigned p = 0; p <= PARTITIONS; p++)
        if (!s->is_seen[p])
            return false;
    return true;
}

struct sweep *sweep_new(struct loop *loop, const struct sweep_ports *ports)
{
    struct sweep *s = xcalloc(1, sizeof(*s));
    s->ports = *ports;
    for (unsigned p = 0; p <= PARTITIONS; p++)
        s->looks[p] = (struct look){.sweep = s, .partition = p, .known_cases = POLL_CASES_ANEW};
    if (loop) {
        s->soon = timer_new(loop, on_soon, s);
        s->tick = timer_new(loop, on_tick, s);
        timer_arm(s->tick, TICK_MS);
    }
    return s;
}

void sweep_free(struct sweep *s)
{
    timer_free(s->tick);
    timer_free(s->soon);
    free(s);
}
