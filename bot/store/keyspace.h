/* A small Redis in memory: keys that expire, each with a hash and a list (or stream) under it. For
 * memory.c and nobody else: nothing here is meant to be fast with millions. */
#ifndef ZAIDE_STORE_KEYSPACE_H
#define ZAIDE_STORE_KEYSPACE_H

#include "bot/base/arena.h"
#include "bot/model/conversation.h"

struct table_item {
    struct table_item *next;
    void *value;
    char key[];
};

struct table { /* by string, chained */
    struct table_item **slots;
    size_t n_slots, n;
};

#define TABLE_EACH(t, item)                                                                        \
    for (size_t slot_ = 0; slot_ < (t)->n_slots; slot_++)                                          \
        for (struct table_item *item = (t)->slots[slot_]; item; item = item->next)

struct row {
    int64_t id; /* counts up by one from 1; none comes twice, also when all are removed */
    char *text;
    int64_t attempts, not_before_ms; /* of an outbox entry */
    int64_t stamp; /* as in out_entry */
};

struct value {
    struct table fields; /* name -> text */
    struct row *rows;
    size_t n_rows, cap_rows;
    int64_t last_id;
    int64_t expires_ms; /* of clock_ms(); 0: never */
};

struct keyspace {
    struct table values[PARTITIONS + 1];
    struct buf key; /* that is looked for: looking often takes no memory */
    int64_t swept_ms;
};

void keyspace_init(struct keyspace *k);
void keyspace_release(struct keyspace *k);
void keyspace_sweep(struct keyspace *k); /* drops, once an hour, what has expired */

/* A key is "<kind>:<name>", in its partition's table. `at` makes what is not there, `peek` returns
 * NULL: at once where the partition is empty, as nearly all are in a talk whose days fly by. */
struct value *keyspace_at(struct keyspace *k, unsigned partition, const char *kind,
                          const char *name);
struct value *keyspace_peek(struct keyspace *k, unsigned partition, const char *kind,
                            const char *name);

/* Reading takes NULL for an empty value. */
const char *value_get(const struct value *v, const char *field);    /* NULL: absent */
int64_t value_get_number(const struct value *v, const char *field); /* 0: absent */
struct pair *value_pairs(const struct value *v, struct arena *a,
                         size_t *n);                                  /* copies, in any order */
void value_put(struct value *v, const char *field, const char *text); /* "" deletes */
void value_put_number(struct value *v, const char *field, int64_t n);
void value_add(struct value *v, const char *field, int64_t n);
void value_clear(struct value *v);

int64_t value_append(struct value *v, const char *text);  /* the new row's id */
struct row *value_row(const struct value *v, int64_t id); /* NULL: absent; valid till rows change */
void value_remove(struct value *v, struct row *row);

#endif
