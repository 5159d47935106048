/* Lanes under Telegram's limits, at a time of the test's own. */
#ifndef ZAIDE_TESTS_LANES_RIG_H
#define ZAIDE_TESTS_LANES_RIG_H

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "bot/flow/lanes.c" /* with its inside: what is done must leave nothing behind */

#define GROUP "-100200"
#define ROOM  "room:telegram:77:-100200"

static struct arena arena;

struct rig {
    struct lanes *l;
    int64_t now;
    int64_t next_id;
};

static inline int set_up(void **state)
{
    static const struct adapter_limits limits = {
        .chat_per_s = 1, .chat_burst = 3, .group_per_min = 20, .community_per_min = 6, .max_in_flight = 32};
    struct rig *r = xcalloc(1, sizeof(*r));
    r->l = lanes_new(&limits, 4096);
    r->now = INT64_C(1790000000000);
    *state = r;
    return 0;
}

static inline int tear_down(void **state)
{
    struct rig *r = *state;
    lanes_free(r->l);
    free(r);
    arena_clear(&arena);
    return 0;
}

/* Words for a customer's private chat, or (room) for that customer's topic in the staff group. */
static inline struct item *words(struct rig *r, const char *room, int customer, const char *text)
{
    struct item *i = xcalloc(1, sizeof(*i));
    char *chat = arena_printf(&arena, "%d", customer);
    i->id = ++r->next_id;
    i->entry = (struct entry){
        .to = {"telegram", "77", room ? GROUP : chat, "", ""},
        .conversation = arena_printf(&arena, "telegram:77:%d", customer),
        .room = room,
        .is_group = room,
        .committed_ms = r->now,
        .content = {.text = text},
    };
    return i;
}

static inline void add(struct rig *r, const char *room, int customer, const char *text)
{
    lanes_add(r->l, words(r, room, customer, text));
}

static inline void add_decor(struct rig *r, int customer, enum content_kind kind, const char *text)
{
    struct item *i = words(r, ROOM, customer, text);
    i->entry.decor = true;
    i->entry.content.kind = kind;
    lanes_add(r->l, i);
}

static inline void add_held(struct rig *r, int customer, const char *text, int64_t hold_ms)
{
    struct item *i = words(r, ROOM, customer, text);
    i->entry.hold_ms = hold_ms;
    lanes_add(r->l, i);
}

static inline void drop(struct rig *r, struct lane *lane)
{
    struct item *next;
    for (struct item *i = lanes_pop(r->l, lane); i; i = next) {
        next = i->next;
        item_free(i);
    }
}

/* Send what goes next, at once: its text, or NULL when nothing may go now. */
static inline const char *go(struct rig *r)
{
    struct lane *lane = lanes_next(r->l, r->now);
    if (!lane)
        return NULL;
    const char *text = arena_strdup(&arena, lanes_message(lane, &arena).content.text);
    drop(r, lane);
    lanes_release(r->l, lane, 0);
    return text;
}

static inline void assert_goes(struct rig *r, const char *text)
{
    const char *went = go(r);
    if (went && text)
        assert_string_equal(went, text);
    else
        assert_ptr_equal(went, text);
}

static inline size_t chats_in_memory(const struct rig *r)
{
    size_t n = 0;
    for (size_t b = 0; b < BUCKETS; b++)
        for (const struct chat *c = r->l->buckets[b]; c; c = c->chain)
            n++;
    return n;
}

static inline size_t lanes_in_memory(const struct rig *r)
{
    size_t n = 0;
    for (size_t b = 0; b < BUCKETS; b++)
        for (const struct chat *c = r->l->buckets[b]; c; c = c->chain)
            for (const struct lane *lane = c->lanes; lane; lane = lane->next)
                n++;
    return n;
}

/* Everything that can be sent is sent; time moves to when the lanes want to be asked again. */
static inline size_t run_dry(struct rig *r, int64_t *times, size_t max)
{
    size_t n = 0;
    while (lanes_count(r->l)) {
        if (go(r)) {
            assert_true(n < max);
            times[n++] = r->now;
            continue;
        }
        int64_t wake = lanes_wake_ms(r->l);
        assert_true(wake > r->now);     /* no busy waiting … */
        assert_true(wake != INT64_MAX); /* … and no waiting for ever */
        r->now = wake;
    }
    return n;
}

static inline void assert_rate(const int64_t *times, size_t n, size_t max, int64_t span_ms)
{
    for (size_t i = max; i < n; i++)
        assert_true(times[i] - times[i - max] >= span_ms);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)

#endif
