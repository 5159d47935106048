/* Whom the platform told us to leave alone, and until when: in the store until it has passed, so
 * that a restart obeys it, too. */
#ifndef ZAIDE_FLOW_WAITS_H
#define ZAIDE_FLOW_WAITS_H

#include "bot/flow/lanes.h"
#include "bot/ports/store.h"

/* `chat` "": the whole account. `until_ms` 0: it is forgotten. */
void waits_keep(struct store *store, const char *account, const char *chat, int64_t until_ms);

/* Pauses the lanes by what is kept, then calls `done`; not while the store is away (ask again when
 * it is back). */
void waits_read(struct store *store, const char *account, struct lanes *lanes,
                void (*done)(void *arg), void *arg);

/* Until when this chat, or its whole account, is to be left alone (0: it is not). */
void waits_ask(struct store *store, const char *account, const char *chat,
               void (*done)(void *arg, enum store_status, int64_t until_ms), void *arg);

#endif
