/* The numbers of the cases that turns open, per partition. The last load told the next one; while a
 * commit that takes it is under way, the turn behind it gets the one after. The store has the
 * commits in this order, so a burst of new cases fits; where a guess was wrong (another process was
 * faster), it is a conflict, and the load that follows tells the truth. */
#ifndef ZAIDE_FLOW_NUMBERS_H
#define ZAIDE_FLOW_NUMBERS_H

#include "bot/ports/store.h"

struct numbers { /* zeroed: none is known */
    struct {
        int64_t next;
        size_t under_way; /* commits that take one */
    } of[PARTITIONS + 1];
};

void numbers_loaded(struct numbers *n, unsigned partition, int64_t next);
int64_t numbers_next(const struct numbers *n, unsigned partition);
/* A commit is begun, and has been answered. One that opens no case changes nothing. */
void numbers_begin(struct numbers *n, unsigned partition, const struct commit *c);
void numbers_end(struct numbers *n, unsigned partition, const struct commit *c);

#endif
