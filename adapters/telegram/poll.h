/* Long polling: asks for updates, hands them in as events, confirms what is done.
 *
 * An offset confirms all updates below it, so it is moved only over those whose event is committed
 * (or told us nothing). An offset that was not moved gets the same updates again at once; so the
 * next question waits until the whole batch is done. When one conversation keeps it waiting, the
 * question is put again every 2 s: what comes twice is known by its id, and at most 100 updates can
 * overtake the slow one. Source: telegram-bot-api Client.cpp, TQueue.cpp. */
#ifndef ZAIDE_TELEGRAM_POLL_H
#define ZAIDE_TELEGRAM_POLL_H

#include "adapters/telegram/api.h"

struct telegram_poll;

/* All pointers must outlive it. It begins stopped. */
struct telegram_poll *telegram_poll_new(struct telegram_api *api, struct adapter_host *host,
                                        const char *account);
void telegram_poll_listen(struct telegram_poll *poll, bool on);
void telegram_poll_free(struct telegram_poll *poll); /* before the api; no `done` comes after */

/* For tests: how long a second is in its waits. */
void telegram_poll_set_second(struct telegram_poll *poll, int64_t second_ms);

#endif
