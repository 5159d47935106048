/* Is it set up right? Rooms and `zaide doctor`, by asking Telegram. */
#ifndef ZAIDE_TELEGRAM_CHECK_H
#define ZAIDE_TELEGRAM_CHECK_H

#include "adapters/telegram/api.h"

/* Problems are the phrase keys room.unreachable, room.not_found (a wrong id, or the bot is not in
 * it), room.moved (a group that became a supergroup), room.not_group, room.no_topics,
 * room.not_admin, room.no_manage_topics, room.no_pin, room.no_delete. `account` is the bot's id.
 * done comes once; with a NULL check when the api is freed before. */
void telegram_check_room(struct telegram_api *api, const char *account, const char *chat,
                         void (*done)(void *arg, const struct room_check *check), void *arg);

/* As in adapter.h, but nothing comes when the api is freed before. The facts are read at once. */
void telegram_diagnose(struct telegram_api *api, const struct settings *settings,
                       const struct facts *facts, bool is_led,
                       void (*line)(void *arg, bool ok, const char *what), void (*done)(void *arg),
                       void *arg);

#endif
