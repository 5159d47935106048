/* The open cases of all partitions in the order of model/facts.h, each read once, when it changed:
 * what one costs does not grow with how many there are. */
#ifndef ZAIDE_FLOW_OPEN_CASES_H
#define ZAIDE_FLOW_OPEN_CASES_H

#include "bot/model/facts.h"

struct kept_case {
    struct arena arena; /* holds its strings */
    int64_t no;
    const char *line; /* as the store has it */
    struct open_case read;
    bool is_readable; /* else nobody sees it */
    bool is_told;
};

struct kept_cases { /* of one partition */
    struct kept_case *items;
    size_t n, cap;
};

struct open_cases {
    struct kept_cases kept[PARTITIONS + 1];
    struct open_case *sorted; /* a copy of each; good until the next change */
    size_t n, cap;
    /* One comes, or goes; it changes by going and coming. */
    void (*moved)(void *arg, const struct open_case *c, bool comes);
    void *arg;
};

/* All that the store has of a partition. Says whether anything changed. */
bool open_cases_replace(struct open_cases *o, unsigned partition, const struct pair *pairs,
                        size_t n);
/* One of them, as somebody just committed it; "": closed. */
void open_cases_put(struct open_cases *o, unsigned partition, int64_t no, const char *line);
void open_cases_release(struct open_cases *o);

#endif
