/* Entries whose send is over and that the store has not heard of yet: told in batches, again until
 * it answers. */
#ifndef ZAIDE_FLOW_SETTLING_H
#define ZAIDE_FLOW_SETTLING_H

#include "bot/flow/lanes.h"
#include "bot/ports/store.h"

struct settling;

struct settling_ports {
    struct store *store;
    void (*on_gone)(void *arg, const struct item *item); /* the store dropped it */
    void (*on_fenced)(void *arg); /* somebody else sends for this account now */
    void *arg;
};

struct settling *settling_new(const char *account, const struct settling_ports *ports);
void settling_free(struct settling *s);

/* Takes the item over. message_id NULL: nothing to name; mark: a transcript line about the send, or
 * NULL. */
void settling_add(struct settling *s, struct item *item, const char *message_id, const char *mark,
                  bool dead);
/* Is this entry still to be told of? */
bool settling_has(const struct settling *s, const char *stream, unsigned partition, int64_t id);
/* The platform's id of a line that went out and that the store does not know yet; NULL: none. */
const char *settling_message_id(const struct settling *s, unsigned partition,
                                const char *conversation, const char *surface, int64_t line);
/* The other way round; 0: none. */
int64_t settling_line(const struct settling *s, unsigned partition, const char *conversation,
                      const char *surface, const char *message_id);
void settling_flush(struct settling *s, int64_t epoch);
int64_t settling_due_ms(const struct settling *s); /* flush then; INT64_MAX: nothing to tell */
void settling_hurry(struct settling *s);           /* due at once */
size_t settling_count(const struct settling *s);

#endif
