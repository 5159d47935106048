#include "bot/io/redis.h"

#include <hiredis/hiredis.h>

/* A redis_value is hiredis's redisReply. */

static const redisReply *raw(const struct redis_value *v)
{
    return (const redisReply *)v;
}

enum redis_kind redis_kind(const struct redis_value *v)
{
    static const enum redis_kind kinds[] = {
        [REDIS_REPLY_STRING] = REDIS_STRING, [REDIS_REPLY_STATUS] = REDIS_STATUS,
        [REDIS_REPLY_INTEGER] = REDIS_INT,   [REDIS_REPLY_ARRAY] = REDIS_ARRAY,
        [REDIS_REPLY_ERROR] = REDIS_ERROR,   [REDIS_REPLY_NIL] = REDIS_NIL,
    };
    return v ? kinds[raw(v)->type] : REDIS_NIL;
}

const char *redis_str(const struct redis_value *v, size_t *len)
{
    enum redis_kind kind = redis_kind(v);
    bool is_text = kind == REDIS_STRING || kind == REDIS_STATUS || kind == REDIS_ERROR;
    if (len)
        *len = is_text ? raw(v)->len : 0;
    return is_text ? raw(v)->str : NULL;
}

int64_t redis_int(const struct redis_value *v, int64_t fallback)
{
    size_t len;
    int64_t n;
    const char *s = redis_str(v, &len);
    if (redis_kind(v) == REDIS_INT)
        return raw(v)->integer;
    return redis_kind(v) == REDIS_STRING && strlen(s) == len && !parse_i64(s, &n) ? n : fallback;
}

size_t redis_len(const struct redis_value *v)
{
    return redis_kind(v) == REDIS_ARRAY ? raw(v)->elements : 0;
}

const struct redis_value *redis_item(const struct redis_value *v, size_t n)
{
    return n < redis_len(v) ? (const struct redis_value *)raw(v)->element[n] : NULL;
}

struct redis_value *redis_copy(const struct redis_value *v)
{
    if (!v)
        return NULL;
    redisReply *copy = xmalloc(sizeof(*copy));
    *copy = *raw(v);
    if (copy->str) {
        copy->str = xmalloc(copy->len + 1);
        memcpy(copy->str, raw(v)->str, copy->len + 1); /* hiredis ends them with a NUL */
    }
    if (copy->element) {
        copy->element = xcalloc(copy->elements, sizeof(*copy->element));
        for (size_t i = 0; i < copy->elements; i++)
            copy->element[i] = (redisReply *)redis_copy(redis_item(v, i));
    }
    return (struct redis_value *)copy;
}

void redis_copy_free(struct redis_value *copy)
{
    freeReplyObject(copy);
}
