/* The store in Redis 7.0 or later (ports/store.h): bot/store/functions.lua does the work, here are
 * its callers. One connection for commands, one that listens for doorbells. */
#ifndef ZAIDE_STORE_REDIS_H
#define ZAIDE_STORE_REDIS_H

#include "bot/io/redis.h"
#include "bot/ports/store.h"

/* `prefix` begins every key ("zaide:"). A conversation without an open case is forgotten
 * retention_ms after its last change; 0: never. Comes up by itself: see on_up.
 *
 * An error that Redis answers (no memory left, the disk is full, made a replica) is a fall too:
 * on_down says what to do, and the store asks every 250 ms whether it is over. */
struct store *store_redis_new(struct loop *l, const struct redis_address *a, const char *prefix,
                              int64_t retention_ms);

/* Replicas. Where the server has some, an answer counts only when one of them has it too, so what
 * was acknowledged is not lost with the server's machine. INFO is asked at each connect and every 2
 * s.
 *
 * When none confirms within a second zaide goes on without, says so (`warning`, the log), and looks
 * again every 2 s. It does not stand still: the message is on the server's disk by then, a broken
 * replica would be worse than none, and it would promise nothing more, for Redis itself gives up a
 * replica that is silent for its repl-timeout, and then there is none to wait for. Who wants to
 * stand still rather than go on alone says so to the server, with min-replicas-to-write: its
 * refusals are a fall, and nothing is acknowledged. */

/* Can this server hold the store? `info` is its answer to INFO. -1 and the reason in `why`. */
MUST_USE int store_redis_check(const char *info, struct buf *why);

/* The partition's hash tag: the first of "NNaa" to "NNzz" (NN the partition) whose cluster slot
 * lies in p*256 .. p*256+255, so that the 64 spread evenly; "g" for the global one. Tags are in the
 * keys: how they are found never changes. */
#define STORE_REDIS_TAG_LEN 4
#define STORE_REDIS_SLOTS   16384
void store_redis_tag(unsigned partition, char tag[STORE_REDIS_TAG_LEN + 1]);
unsigned store_redis_slot(const char *tag); /* redis.io/docs/reference/cluster-spec: CRC16 */

#endif
