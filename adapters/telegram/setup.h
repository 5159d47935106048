/* What Telegram shows of the bot before anybody writes: the command menus, by role, and the
 * descriptions. Texts are the phrases menu.<command>, menu.description and menu.short_description.
 * Best effort: what fails is logged and the bot works without it. */
#ifndef ZAIDE_TELEGRAM_SETUP_H
#define ZAIDE_TELEGRAM_SETUP_H

#include "adapters/telegram/api.h"

struct telegram_setup;

/* The pointers must outlive it. Nothing happens yet. */
struct telegram_setup *telegram_setup_new(struct telegram_api *api, struct adapter_host *host);
void telegram_setup_free(struct telegram_setup *setup); /* before the api */

/* Private chats, in each of LANGUAGES, and the rooms of TELEGRAM_STAFF_CHAT. Each call is made
 * after the one before was answered: Telegram limits these harder than messages. */
void telegram_setup_customers(struct telegram_setup *setup);
void telegram_setup_room(struct telegram_setup *setup, const char *chat);

#endif
