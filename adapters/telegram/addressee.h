/* To whom is a group's message said? Pure. */
#ifndef ZAIDE_TELEGRAM_ADDRESSEE_H
#define ZAIDE_TELEGRAM_ADDRESSEE_H

#include "bot/model/event.h"

/* Fills is_to_us, is_to_others and sent_ms of an event whose `from` is read already.
 * Commands without a name are for every bot; privacy mode shows them to all of them. */
void telegram_read_addressee(struct event *event, const struct json *message, const char *username);

#endif
