#include "bot/store/rules.h"

void rules_check_commit(const struct commit *c)
{
    if (str_empty(c->event.bucket) || str_empty(c->event.member))
        die("commit of %s: its event has no id", c->subject);
    if (c->n_puts && conversation_partition(c->subject) != PARTITION_GLOBAL)
        die("commit of %s: only a room may write a global hash", c->subject);
}

int64_t rules_first_hour(int64_t from_ms, int64_t to_ms)
{
    int64_t kept_ms = to_ms - STORE_COUNTS_MS;
    return (from_ms > kept_ms ? from_ms : kept_ms) / STORE_HOUR_MS;
}

int64_t rules_last_hour(int64_t to_ms)
{
    return (to_ms - 1) / STORE_HOUR_MS;
}
