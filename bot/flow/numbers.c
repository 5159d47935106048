#include "bot/flow/numbers.h"

void numbers_loaded(struct numbers *n, unsigned partition, int64_t next)
{
    if (!n->of[partition].under_way || next > n->of[partition].next)
        n->of[partition].next = next;
}

int64_t numbers_next(const struct numbers *n, unsigned partition)
{
    return n->of[partition].next;
}

void numbers_begin(struct numbers *n, unsigned partition, const struct commit *c)
{
    if (!c->case_no)
        return;
    n->of[partition].next = c->case_no + PARTITIONS;
    n->of[partition].under_way++;
}

void numbers_end(struct numbers *n, unsigned partition, const struct commit *c)
{
    n->of[partition].under_way -= c->case_no != 0;
}
