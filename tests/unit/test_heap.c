#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "bot/base/heap.h"

#define NODES 1000

static void test_empty(void **state)
{
    (void)state;
    struct heap h = {0};
    struct heap_node node = {0};
    assert_null(heap_first(&h));
    heap_add(&h, &node, -5);
    assert_ptr_equal(heap_first(&h), &node);
    assert_int_equal(node.place, 1);
    heap_remove(&h, &node);
    assert_null(heap_first(&h));
    assert_int_equal(node.place, 0);
    heap_release(&h);
}

/* Whatever is added and removed in between, the first is always the smallest that is there. */
static void test_order(void **state)
{
    (void)state;
    static struct heap_node nodes[NODES];
    struct heap h = {0};
    srand(7);
    for (int step = 0; step < 20 * NODES; step++) {
        struct heap_node *node = &nodes[rand() % NODES];
        if (node->place)
            heap_remove(&h, node);
        else
            heap_add(&h, node, rand() % 500);
        if (step % 50)
            continue;
        const struct heap_node *least = NULL;
        for (size_t i = 0; i < NODES; i++)
            if (nodes[i].place && (!least || nodes[i].key < least->key))
                least = &nodes[i];
        assert_int_equal(heap_first(&h)->key, least->key);
    }
    int64_t before = -1;
    for (struct heap_node *first; (first = heap_first(&h)); before = first->key) {
        assert_true(first->key >= before);
        heap_remove(&h, first);
    }
    for (size_t i = 0; i < NODES; i++)
        assert_int_equal(nodes[i].place, 0);
    heap_release(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
