/* What a ChatMemberUpdated says (https://core.telegram.org/bots/api#chatmemberupdated). Pure. */
#ifndef ZAIDE_TELEGRAM_MEMBERSHIP_H
#define ZAIDE_TELEGRAM_MEMBERSHIP_H

#include "bot/base/json.h"

/* Our own standing: "blocked" or "unblocked" by a customer, "changed" in a group. */
const char *telegram_own_change(const struct json *change, bool is_private);

/* Somebody came into the group who was not in it, and is not the bot of this account? Else it is
 * about rights, or somebody left. */
bool telegram_has_joined(const struct json *change, const char *account);

#endif
