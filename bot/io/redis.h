/* One connection to Redis on the loop: pipelined, in order, reconnecting. The only user of hiredis.
 *
 * hiredis 0.14 reports a refused connection only through a glue of our own, has no time-outs, and
 * resolves names synchronously (we hand it addresses). While up, a silence of a second is broken by
 * a PING, and a server that owes a reply and says nothing for 3 to 4 s counts as gone. So no
 * command may block that long (no BLPOP, no XREAD BLOCK; a WAIT under 3 s), and SUBSCRIBE goes
 * through redis_listen only. A reply nested deeper than 7 arrays ends the connection; one that
 * nobody asked for ends the process (an assertion). */
#ifndef ZAIDE_IO_REDIS_H
#define ZAIDE_IO_REDIS_H

#include "bot/base/buf.h"
#include "bot/io/loop.h"

struct redis;
struct redis_value; /* a reply, valid inside the callback only */

struct redis_address {
    char *path; /* unix socket; else host and port */
    char *host;
    int port, db;
    char *user, *password;
};

/* redis://[[user]:password@]host[:port][/db] or unix:///path[?db=n], with %XX for odd characters,
 * 6379 as default port and IPv6 in brackets. -1 with the reason (never the password) in `why`; the
 * address is then empty. */
MUST_USE int redis_address_parse(struct redis_address *a, const char *url, struct buf *why);
/* `to` is overwritten. */
void redis_address_copy(struct redis_address *to, const struct redis_address *from);
void redis_address_release(struct redis_address *a); /* wipes the password */

/* Connect, and stay connected. The address is copied. Any callback may be NULL, none comes from
 * inside redis_new, each may call anything here, redis_free included.
 * on_up: connected, authenticated, the server has loaded its data; at every (re)connect. What it
 * sends goes before any other command.
 * on_down: `error` says why, in words; once per fall and once for a first connection that fails,
 * before the lost calls get their NULL.
 * Reconnecting goes on by itself (50 ms doubling to 2 s, with jitter); a host name is resolved anew
 * and each of its addresses tried. */
struct redis *redis_new(struct loop *l, const struct redis_address *a, void (*on_up)(void *arg),
                        void (*on_down)(void *arg, const char *error), void *arg);
/* Pending callbacks get NULL, from inside, and so do calls they make; NULL is fine. */
void redis_free(struct redis *r);
bool redis_is_up(const struct redis *r);
/* The last failure in words, with the address and no secret; "" when up. */
const char *redis_error(const struct redis *r);

/* Send one command; `lens` may be NULL for C strings. on_reply comes exactly once, never from
 * inside: with the reply, or with NULL when the connection was down ("not done", within a few ms: a
 * down connection keeps no queue) or fell before the reply came ("maybe done"). So do not repeat a
 * call on NULL: wait for on_up. At most 65,536 wait for replies; more get NULL. on_reply may be
 * NULL. */
void redis_call(struct redis *r, int argc, const char *const *argv, const size_t *lens,
                void (*on_reply)(void *arg, const struct redis_value *reply), void *arg);
size_t redis_pending(const struct redis *r); /* calls whose on_reply has not come */

/* Listen on a channel, over a connection of its own that reconnects too, and on which nothing may
 * be called; on_message gets each payload (binary, NUL-terminated), on_up comes each time the
 * channel is subscribed (messages may have been missed before). */
struct redis *redis_listen(struct loop *l, const struct redis_address *a, const char *channel,
                           void (*on_up)(void *arg),
                           void (*on_message)(void *arg, const char *payload, size_t len),
                           void *arg);

enum redis_kind { REDIS_NIL, REDIS_STRING, REDIS_STATUS, REDIS_INT, REDIS_ARRAY, REDIS_ERROR };
enum redis_kind redis_kind(const struct redis_value *v); /* NULL counts as REDIS_NIL */
/* Of STRING, STATUS, ERROR; NULL for others; len may be NULL. */
const char *redis_str(const struct redis_value *v, size_t *len);
/* Of INT, or a STRING that is a whole integer. */
int64_t redis_int(const struct redis_value *v, int64_t fallback);
size_t redis_len(const struct redis_value *v);                               /* of ARRAY, else 0 */
const struct redis_value *redis_item(const struct redis_value *v, size_t n); /* NULL past the end */

/* A reply to keep after its callback. NULL copies to NULL, and may be freed. */
struct redis_value *redis_copy(const struct redis_value *v);
void redis_copy_free(struct redis_value *copy);

#endif
