/* The bytes of a file that somebody sent: getFile, then a download
 * (https://core.telegram.org/bots/api#getfile). Telegram hands bots files of up to 20 MB. */
#ifndef ZAIDE_TELEGRAM_FETCH_H
#define ZAIDE_TELEGRAM_FETCH_H

#include "adapters/telegram/api.h"

/* As `fetch` in bot/ports/adapter.h; never from inside. */
void telegram_fetch(struct telegram_api *api, const struct file *file, size_t max,
                    void (*done)(void *arg, const struct document *document), void *arg);

#endif
