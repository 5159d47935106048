/* Shared by the files of the store in memory: memory.c as functions.lua, memory_lists.c as
 * lists.lua. */
#ifndef ZAIDE_STORE_MEMORY_INTERNAL_H
#define ZAIDE_STORE_MEMORY_INTERNAL_H

#include "bot/ports/store.h"
#include "bot/store/keyspace.h"

struct keyspace *memory_keys(struct store *s);
/* Does a newer holder have the account? The first call of one fences the older ones. */
bool memory_is_fenced(struct keyspace *k, unsigned partition, const char *account, int64_t epoch);

/* A page of the audience, and a person on it. Marks are letters and stay whatever the entry
 * becomes; entry NULL: as it was. */
struct value *memory_users(struct keyspace *k, struct arena *a, unsigned partition,
                           const char *account, unsigned bucket);
void memory_mark_person(struct value *users, struct arena *a, const char *name, const char *entry,
                        const char *set, const char *clear);

/* The calls of the port. */
void memory_people(struct store *s, unsigned partition, const char *account, unsigned bucket,
                   void (*done)(void *arg, const struct people *), void *arg);
void memory_list_add(struct store *s, unsigned partition, const char *list, unsigned bucket,
                     const char *const *names, size_t n, const char *value,
                     void (*done)(void *arg, enum store_status), void *arg);
void memory_list_step(struct store *s, unsigned partition, const struct list_step *step,
                      void (*done)(void *arg, const struct list_taken *), void *arg);
void memory_list_sums(struct store *s, unsigned partition, const char *list,
                      void (*done)(void *arg, enum store_status, const struct pair *, size_t n),
                      void *arg);

#endif
