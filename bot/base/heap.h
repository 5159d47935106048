/* What comes first: nodes by the smallest key. A node lies in what it stands for, as its first
 * member, and is in one heap at most; the heap owns none of them. */
#ifndef ZAIDE_BASE_HEAP_H
#define ZAIDE_BASE_HEAP_H

#include "bot/base/util.h"

struct heap_node {
    int64_t key;
    size_t place; /* in the heap, counted from 1; 0: in none */
};

struct heap {
    struct heap_node **nodes; /* the children of nodes[i - 1] are number 2 * i and 2 * i + 1 */
    size_t len, room;
};

void heap_add(struct heap *h, struct heap_node *node, int64_t key);
void heap_remove(struct heap *h, struct heap_node *node);
struct heap_node *heap_first(const struct heap *h); /* NULL: it is empty */
void heap_release(struct heap *h);

#endif
