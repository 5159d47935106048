#include "bot/flow/waits.h"

#include "bot/base/util.h"

#include <inttypes.h>

#define HASH "waits" /* "<account> <chat>" -> until ms */

static char *key_of(const char *account, const char *chat)
{
    struct buf key = BUF_INIT(400);
    buf_printf(&key, "%s %s", account, chat);
    return buf_detach(&key);
}

void waits_keep(struct store *store, const char *account, const char *chat, int64_t until_ms)
{
    struct buf value = BUF_INIT(30);
    char *key = key_of(account, chat);
    if (until_ms)
        buf_printf(&value, "%" PRId64, until_ms);
    store->ops->hash_put(store, HASH, key, value.data, store_ignore, NULL);
    free(key);
    buf_release(&value);
}

struct reading {
    struct store *store;
    char *account;
    struct lanes *lanes;
    void (*done)(void *arg);
    void *arg;
};

static void apply(const struct reading *r, const struct pair *pair)
{
    size_t len = strlen(r->account);
    int64_t until_ms;
    if (strncmp(pair->name, r->account, len) || pair->name[len] != ' ')
        return;
    const char *chat = pair->name + len + 1;
    if (parse_i64(pair->value, &until_ms) < 0 || until_ms <= clock_ms())
        waits_keep(r->store, r->account, chat, 0);
    else if (*chat)
        lanes_pause(r->lanes, chat, until_ms);
    else
        lanes_pause_all(r->lanes, until_ms);
}

static void on_hash(void *arg, enum store_status status, const struct pair *pairs, size_t n)
{
    struct reading *r = arg;
    for (size_t i = 0; status == STORE_OK && i < n; i++)
        apply(r, &pairs[i]);
    if (status == STORE_OK)
        r->done(r->arg);
    free(r->account);
    free(r);
}

void waits_read(struct store *store, const char *account, struct lanes *lanes, void (*done)(void *arg), void *arg)
{
    struct reading *r = xmalloc(sizeof(*r));
    *r = (struct reading){store, xstrdup(account), lanes, done, arg};
    store->ops->hash_get(store, HASH, on_hash, r);
}

struct asking {
    char *all, *chat; /* keys */
    void (*done)(void *arg, enum store_status, int64_t until_ms);
    void *arg;
};

static void on_asked(void *arg, enum store_status status, const struct pair *pairs, size_t n)
{
    struct asking *a = arg;
    int64_t until_ms = 0, ms;
    for (size_t i = 0; i < n; i++)
        if ((str_eq(pairs[i].name, a->all) || str_eq(pairs[i].name, a->chat)) &&
            !parse_i64(pairs[i].value, &ms) && ms > until_ms)
            until_ms = ms;
    a->done(a->arg, status, until_ms);
    free(a->all);
    free(a->chat);
    free(a);
}

void waits_ask(struct store *store, const char *account, const char *chat,
               void (*done)(void *arg, enum store_status, int64_t until_ms), void *arg)
{
    struct asking *a = xmalloc(sizeof(*a));
    *a = (struct asking){key_of(account, ""), key_of(account, chat), done, arg};
    store->ops->hash_get(store, HASH, on_asked, a);
}
