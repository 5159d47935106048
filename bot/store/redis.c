#include "bot/store/redis.h"

#include <inttypes.h>
#include <sys/random.h>

#include "bot/base/log.h"
#include "bot/store/functions.h"
#include "bot/store/redis_internal.h"

#define RETRY_MS     250
#define OLDEST       7 /* functions came with 7.0 */
#define CRC16_XMODEM 0x1021

/* Partitions. */

unsigned store_redis_slot(const char *tag)
{
    unsigned crc = 0;
    for (; *tag; tag++) {
        crc ^= (unsigned)(unsigned char)*tag << 8;
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 0x8000 ? crc << 1 ^ CRC16_XMODEM : crc << 1;
        crc &= 0xffff;
    }
    return crc % STORE_REDIS_SLOTS;
}

void store_redis_tag(unsigned partition, char tag[STORE_REDIS_TAG_LEN + 1])
{
    const unsigned band = STORE_REDIS_SLOTS / PARTITIONS;
    if (partition == PARTITION_GLOBAL) {
        snprintf(tag, STORE_REDIS_TAG_LEN + 1, "g");
        return;
    }
    for (char a = 'a'; a <= 'z'; a++)
        for (char b = 'a'; b <= 'z'; b++) {
            snprintf(tag, STORE_REDIS_TAG_LEN + 1, "%02u%c%c", partition % 100, a, b);
            if (store_redis_slot(tag) / band == partition)
                return;
        }
    die("no hash tag for partition %u", partition);
}

/* Is it a Redis for us? */

void store_redis_info(const char *info, const char *name, char *value, size_t max)
{
    size_t len = strlen(name);
    value[0] = '\0';
    for (const char *line = info; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (starts_with(line, name) && line[len] == ':') {
            line += len + 1;
            snprintf(value, max, "%.*s", (int)strcspn(line, "\r\n"), line);
            return;
        }
    }
}

int store_redis_check(const char *info, struct buf *why)
{
    char version[32], role[16], host[256], port[8], memory[32], policy[32];
    store_redis_info(info, "redis_version", version, sizeof(version));
    store_redis_info(info, "role", role, sizeof(role));
    store_redis_info(info, "master_host", host, sizeof(host));
    store_redis_info(info, "master_port", port, sizeof(port));
    store_redis_info(info, "maxmemory", memory, sizeof(memory));
    store_redis_info(info, "maxmemory_policy", policy, sizeof(policy));
    if (!*version)
        return buf_fail(why, "INFO names no redis_version: set REDIS_URL to a Redis %d.0 or later",
                        OLDEST);
    if (strtol(version, NULL, 10) < OLDEST)
        return buf_fail(why,
                        "Redis %s is too old: update it to %d.0 or later (it must know functions), "
                        "or remove REDIS_URL to use the built-in server",
                        version, OLDEST);
    if (str_eq(role, "slave"))
        return buf_fail(why,
                        "this Redis is a replica and takes no writes: set REDIS_URL to its "
                        "primary, %s:%s",
                        host, port);
    if (*memory && !str_eq(memory, "0") && !str_eq(policy, "noeviction"))
        return buf_fail(why,
                        "this Redis forgets data when its memory is full (maxmemory-policy %s): "
                        "set it to noeviction, or take one that is not a cache",
                        policy);
    return 0;
}

static const char *advice(const char *error)
{
    static const struct {
        const char *code, *advice;
    } rows[] = {
        {"OOM", "its maxmemory is used up: raise it"},
        {"MISCONF", "it cannot write to its disk: make room there and look into its log"},
        {"READONLY", "it has become a replica: set REDIS_URL to its primary"},
        {"NOREPLICAS",
         "too few replicas are connected: start them, or lower min-replicas-to-write"},
        {"NOPERM", "allow the user of REDIS_URL all commands, our keys and channels (ACL SETUSER)"},
        {"MOVED", "it is one node of a cluster: set REDIS_URL to a single server"},
        {"LOADING", "it is loading its data: wait"},
        {"ERR Function not found", "somebody deleted our functions: they are loaded again"},
        {NOT_OURS, "something else has our functions' names there: ours are loaded again"},
        {"BUSY", "somebody's script blocks it: wait, or SCRIPT KILL"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (starts_with(error, rows[i].code))
            return rows[i].advice;
    return "this should not happen: please report it";
}

/* Coming up: ask who is there, give it the functions, tell the user. */

static struct store_redis *of(void *arg)
{
    return arg;
}

static void set_down(struct store_redis *s, const char *why)
{
    s->store.is_up = false;
    timer_arm(s->retry, RETRY_MS);
    if (str_eq(s->trouble, why))
        return;
    snprintf(s->trouble, sizeof(s->trouble), "%s", why);
    if (s->store.on_down)
        s->store.on_down(s->store.arg, why);
}

void store_redis_fall(struct store_redis *s, const char *error)
{
    char why[sizeof(s->trouble)];
    if (!error)
        snprintf(why, sizeof(why), "Redis is too slow: too many commands wait for an answer");
    else
        snprintf(why, sizeof(why), "Redis says \"%.200s\": %s", error, advice(error));
    set_down(s, why);
}

static void set_up(struct store_redis *s)
{
    if (s->store.is_up)
        return;
    s->store.is_up = true;
    s->trouble[0] = '\0';
    timer_disarm(s->retry);
    if (s->store.on_up)
        s->store.on_up(s->store.arg);
}

static void on_library(void *arg, const struct redis_value *reply)
{
    if (!reply)
        return;
    if (redis_kind(reply) == REDIS_ERROR)
        store_redis_fall(arg, redis_str(reply, NULL));
    else
        set_up(arg);
}

static void on_info(void *arg, const struct redis_value *reply)
{
    struct store_redis *s = of(arg);
    struct buf why = BUF_INIT(sizeof(s->trouble) - 1);
    if (!reply)
        return;
    if (redis_kind(reply) == REDIS_ERROR) {
        store_redis_fall(s, redis_str(reply, NULL));
    } else if (store_redis_check(redis_str(reply, NULL) ? redis_str(reply, NULL) : "", &why) < 0) {
        set_down(s, why.data);
    } else {
        replicas_seen(s->replicas, redis_str(reply, NULL));
        const char *load[] = {"FUNCTION", "LOAD", "REPLACE", functions_lua};
        redis_call(s->redis, ARRAY_LEN(load), load, NULL, on_library, s);
    }
    buf_release(&why);
}

/* At every connect, and again and again until it is good. */
static void ask(void *arg)
{
    struct store_redis *s = of(arg);
    redis_call(s->redis, 1, (const char *const[]){"INFO"}, NULL, on_info, s);
    timer_arm(s->retry, RETRY_MS);
}

static void on_fall(void *arg, const char *error)
{
    struct store_redis *s = of(arg);
    s->store.is_up = false;
    timer_disarm(s->retry);
    snprintf(s->trouble, sizeof(s->trouble), "%s", error);
    if (s->store.on_down)
        s->store.on_down(s->store.arg, error);
}

/* "<partition> <process>": another process committed something there. */
static void on_doorbell(void *arg, const char *payload, size_t len)
{
    struct store_redis *s = of(arg);
    char *end;
    unsigned long partition = strtoul(payload, &end, 10);
    if (len == 0 || *end != ' ' || partition > PARTITION_GLOBAL || str_eq(end + 1, s->process))
        return;
    if (s->store.is_up && s->store.on_doorbell)
        s->store.on_doorbell(s->store.arg, (unsigned)partition);
}

static char *join(const char *a, const char *b, const char *c, const char *d)
{
    struct buf out = BUF_INIT(4096);
    buf_printf(&out, "%s%s%s%s", a, b, c, d);
    return buf_detach(&out);
}

struct store *store_redis_new(struct loop *l, const struct redis_address *a, const char *prefix,
                              int64_t retention_ms)
{
    struct store_redis *s = xcalloc(1, sizeof(*s));
    uint64_t name;
    if (getrandom(&name, sizeof(name), 0) != sizeof(name))
        die("the system gives no random numbers");
    snprintf(s->process, sizeof(s->process), "%016" PRIx64, name);
    for (unsigned p = 0; p <= PARTITION_GLOBAL; p++) {
        char tag[STORE_REDIS_TAG_LEN + 1];
        store_redis_tag(p, tag);
        s->roots[p] = join(prefix, "{", tag, "}:");
    }
    s->channel = join(prefix, "bell", "", "");
    s->retention_ms = retention_ms;
    s->store.ops = &store_redis_ops;
    s->retry = timer_new(l, ask, s);
    s->replicas = replicas_new(l, s);
    s->redis = redis_new(l, a, ask, on_fall, s);
    s->doorbell = redis_listen(l, a, s->channel, NULL, on_doorbell, s);
    return &s->store;
}

void store_redis_free(struct store *store)
{
    struct store_redis *s = of(store);
    s->store.is_up = false; /* what callbacks ask of us now is STORE_DOWN at once */
    s->store.on_down = NULL;
    redis_free(s->doorbell);
    redis_free(s->redis);
    replicas_free(s->replicas);
    timer_free(s->retry);
    for (size_t p = 0; p < ARRAY_LEN(s->roots); p++)
        free(s->roots[p]);
    free(s->channel);
    free(s);
}
