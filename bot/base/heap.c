#include "bot/base/heap.h"

static void put(struct heap *h, struct heap_node *node, size_t place)
{
    h->nodes[place - 1] = node;
    node->place = place;
}

/* Into the hole at `place`, or further up, past whatever is larger. */
static void rise(struct heap *h, struct heap_node *node, size_t place)
{
    for (; place > 1 && h->nodes[place / 2 - 1]->key > node->key; place /= 2)
        put(h, h->nodes[place / 2 - 1], place);
    put(h, node, place);
}

/* The hole goes down to the bottom, the smaller child filling it each time. */
static size_t sink(struct heap *h, size_t place)
{
    for (size_t child; (child = 2 * place) <= h->len; place = child) {
        if (child < h->len && h->nodes[child]->key < h->nodes[child - 1]->key)
            child++;
        put(h, h->nodes[child - 1], place);
    }
    return place;
}

void heap_add(struct heap *h, struct heap_node *node, int64_t key)
{
    ARRAY_GROW(h->nodes, h->len, h->room);
    node->key = key;
    rise(h, node, ++h->len);
}

void heap_remove(struct heap *h, struct heap_node *node)
{
    struct heap_node *last = h->nodes[--h->len];
    if (last != node)
        rise(h, last, sink(h, node->place));
    node->place = 0;
}

struct heap_node *heap_first(const struct heap *h)
{
    return h->len ? h->nodes[0] : NULL;
}

void heap_release(struct heap *h)
{
    free(h->nodes);
    *h = (struct heap){0};
}
