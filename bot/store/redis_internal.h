/* Shared by the files of the store in Redis: redis.c (coming up, staying up), redis_write.c
 * (requests), redis_read.c (replies) and redis_replicas.c (when replies count). */
#ifndef ZAIDE_STORE_REDIS_INTERNAL_H
#define ZAIDE_STORE_REDIS_INTERNAL_H

#include "bot/store/redis.h"

struct store_redis {
    struct store store; /* first: a struct store * of ours is one of these */
    struct redis *redis, *doorbell;
    struct timer *retry;
    struct replicas *replicas;
    char *roots[PARTITIONS + 1]; /* what a partition's keys begin with: "zaide:{00bg}:" */
    char *channel;               /* of the doorbell */
    char process[17];            /* our name on it */
    int64_t retention_ms;
    char trouble[512]; /* why it is down, as told; "" when up */
};

extern const struct store_ops store_redis_ops;
void store_redis_free(struct store *s);

#define NOT_OURS "an answer that none of our functions gives"

/* Down although connected: on_down, and up again by itself. NULL: too many calls wait. */
void store_redis_fall(struct store_redis *s, const char *error);

typedef void reader(void *call, const struct redis_value *reply);

/* A call whose reply has not come, or does not count yet. */
struct call {
    struct store_redis *store;
    struct arena arena; /* for what is needed later, and for the result */
    union {
        void (*load)(void *arg, const struct loaded *);
        void (*commit)(void *arg, const struct committed *);
        void (*poll)(void *arg, const struct polled *);
        void (*take)(void *arg, enum store_status, const struct taken *);
        void (*status)(void *arg, enum store_status);
        void (*home)(void *arg, enum store_status, const char *conversation);
        void (*lease)(void *arg, enum store_status, int64_t epoch);
        void (*pairs)(void *arg, enum store_status, const struct pair *, size_t n);
        void (*lines)(void *arg, enum store_status, const char *const *, size_t n);
        void (*people)(void *arg, const struct people *);
        void (*listed)(void *arg, const struct list_taken *);
    } done;
    void *arg;
    size_t n, n_tells;                        /* asked: refs, entries and tells, streams, takes */
    const char **streams;                     /* poll: the asked ones, in order */
    const char *conversation, *room, *thread; /* set_home */
    reader *read;                             /* redis_replicas.c: of the reply, … */
    struct redis_value *reply;                /* … which is here while it does not count */
    struct call *next;
};

/* The value of "name:value\r\n" in INFO's answer; cut to fit, "" when absent. */
void store_redis_info(const char *info, const char *name, char *value, size_t max);

/* Between the calls and the connection: `read` gets the reply once it counts, in the order of the
 * calls. `seen` takes INFO's answer, at each connect before the first call. */
struct replicas *replicas_new(struct loop *l, struct store_redis *s);
void replicas_call(struct call *call, size_t argc, const char *const *argv, reader *read);
void replicas_seen(struct replicas *r, const char *info);
void replicas_free(struct replicas *r); /* after the connection */

/* The readers, one a kind of reply. Each calls `done` and frees the call; without a reply (NULL) or
 * with an error the status is STORE_DOWN; so it is, and the store falls, when the reply is not
 * shaped as functions.lua answers: nothing is read out of it then. */
void read_load(void *call, const struct redis_value *reply);
void read_commit(void *call, const struct redis_value *reply);
void read_poll(void *call, const struct redis_value *reply);
void read_take(void *call, const struct redis_value *reply);
void read_status(void *call, const struct redis_value *reply);
void read_bind(void *call, const struct redis_value *reply);
void read_exists(void *call, const struct redis_value *reply);
void read_home(void *call, const struct redis_value *reply);
void read_lease(void *call, const struct redis_value *reply);
void read_pairs(void *call, const struct redis_value *reply);
void read_lines(void *call, const struct redis_value *reply);
void read_people(void *call, const struct redis_value *reply);
void read_listed(void *call, const struct redis_value *reply);

/* What follows a reply: the second half of set_home; is this home a forgotten conversation's? then
 * it goes. */
void write_home(struct call *call);
void check_home(struct store_redis *s, const char *home, const char *conversation);
void forget_home(struct call *call);

#endif
