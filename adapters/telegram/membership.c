#include "adapters/telegram/membership.h"

static bool is_in(const struct json *member)
{
    const char *status = json_str(member, "status");
    return str_eq(status, "member") || str_eq(status, "administrator") ||
           str_eq(status, "creator") ||
           (str_eq(status, "restricted") && json_bool(member, "is_member"));
}

const char *telegram_own_change(const struct json *change, bool is_private)
{
    const char *status = json_str(change, "new_chat_member.status");
    bool is_gone = str_eq(status, "kicked") || str_eq(status, "left");
    return !is_private ? "changed" : is_gone ? "blocked" : "unblocked";
}

static bool is_account(const struct json *user, const char *account)
{
    int64_t id;
    return !parse_i64(account, &id) && json_int(user, "id", 0) == id;
}

bool telegram_has_joined(const struct json *change, const char *account)
{
    return !is_account(json_at(change, "new_chat_member.user"), account) &&
           !is_in(json_at(change, "old_chat_member")) && is_in(json_at(change, "new_chat_member"));
}
