/* The private redis-server of a DATA_DIR, for who sets no REDIS_URL.
 *
 * It lives in DATA_DIR/redis (0700) behind the socket redis.sock, without a TCP port, without our
 * environment, in a session of its own: a crash of zaide does not end it, and the next start finds
 * it again. Several zaide processes may share a DATA_DIR: each holds a shared lock on
 * DATA_DIR/lock, and who gets that alone is the last one. The server inherits a lock on
 * DATA_DIR/redis/server.lock, so that two never run on one folder, whoever died when. These calls
 * block; they are for the start and the end. */
#ifndef ZAIDE_IO_EMBEDDED_H
#define ZAIDE_IO_EMBEDDED_H

#include "bot/base/buf.h"
#include "bot/io/redis.h"

#include <sys/types.h>

struct embedded {
    struct redis_address address; /* for redis_new; released by embedded_stop */
    bool is_started;              /* by us; false: it was running already */
    pid_t pid;                    /* of the server, where we started it; else 0 */
    char *dir, *fsync;            /* DATA_DIR/redis, appendfsync */
    int lock_fd;                  /* DATA_DIR/lock */
};

/* Find the server of `data_dir` (made if missing, in an existing folder) or start it, and wait
 * until it answers and has loaded its data.
 * `fsync` is Redis's appendfsync: "always", "everysec" or "no"; it does not change a server that
 * is running.
 * -1, with nothing held, and the reason in `why`: it was silent for 10 s or ended (see redis.log),
 * no redis-server is installed, the folder cannot be used. */
MUST_USE int embedded_start(struct embedded *e, const char *data_dir, const char *fsync,
                            struct buf *why);

/* Start the server again if it has died, without waiting until it answers: redis_new's reconnecting
 * will find it. Short enough for the loop. 0 also when it lives. A full disk ends a server with
 * appendfsync always, so call this from time to time while Redis is down. */
MUST_USE int embedded_revive(struct embedded *e, struct buf *why);

/* Leave; the last to leave stops the server (its data is on disk) and waits, at most 10 s, until it
 * has ended. Nothing where `e` is zeroed, was stopped already, or did not start. */
void embedded_stop(struct embedded *e);

/* The program to run: redis-server from `path` (as $PATH), else `fallback` where it can be
 * executed: package redis-tools brings the server as redis-check-rdb, which goes by its argv[0].
 * Free it. NULL, with the remedy in `why`, without either. */
char *embedded_find_server(const char *path, const char *fallback, struct buf *why);

#endif
