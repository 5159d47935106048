/* The parts, wired: store, pipeline, inbox, sweep, and a post for each open adapter (its lease and
 * its outbox). One a process.
 *
 * `zaide run` gives it adapters and lives in it; `zaide claim` and its kin deliver one event and
 * leave; a talk runs it without a loop. */
#ifndef ZAIDE_FLOW_ENGINE_H
#define ZAIDE_FLOW_ENGINE_H

#include "bot/flow/pipeline.h"
#include "bot/flow/poison.h"
#include "bot/io/loop.h"
#include "bot/model/review.h"
#include "bot/ports/adapter.h"
#include "bot/ports/store.h"

struct engine;

/* All must outlive the engine but the store, which it frees. `loop` NULL: nothing happens by
 * itself, see engine_step. */
struct engine *engine_new(struct loop *loop, struct store *store, const struct pipeline *pipeline,
                          const struct settings *settings, struct poison *poison /* or NULL */);
void engine_free(struct engine *e);

MUST_USE int engine_open(struct engine *e, const struct adapter *adapter, struct buf *why);

/* Stop reading, let what is on its way end (at most max_ms), then `done`. */
void engine_drain(struct engine *e, int64_t max_ms, void (*done)(void *arg), void *arg);

/* For commands and talks. */
void engine_deliver(struct engine *e, const struct event *event, void (*done)(void *arg),
                    void *arg);
/* Effects shown to an event that no adapter brought; denied: it says why nothing was done. */
void engine_on_show(struct engine *e, void (*show)(void *arg, const char *text, bool denied),
                    void *arg);
/* Who reads the knowledge with a change in it, for handlers that need_review. */
void engine_on_review(struct engine *e, struct reviewer reviewer);
const struct facts *engine_facts(struct engine *e);
/* The registry; "" deletes. */
void engine_put(struct engine *e, const char *hash, const char *key, const char *value,
                void (*done)(void *arg, enum store_status), void *arg);
bool engine_store_is_up(const struct engine *e);
/* In words, with the fix; also while it works, but not as it should. "ok": none. */
const char *engine_store_trouble(const struct engine *e);
struct store *engine_store(struct engine *e);
/* The store is up, every partition and the registry were seen. */
bool engine_is_ready(const struct engine *e);
void engine_on_ready(struct engine *e, void (*ready)(void *arg), void *arg);
void engine_step(struct engine *e); /* without a loop: look everywhere, send what may go */

/* POST /hook/<name>. False: no such platform is open. */
bool engine_hook(struct engine *e, const char *name, const struct web_request *request,
                 struct web_answer *answer);

/* For /healthz and /metrics. Healthy: the store is up, no adapter has trouble, every staff room
 * takes posts. "unreadable" counts entries of the outbox that had to be given up since the start:
 * nobody was told of them but the log. */
bool engine_health(struct engine *e, struct buf *json);
void engine_metrics(struct engine *e, struct buf *out);

#endif
