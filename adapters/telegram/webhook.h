/* Updates by webhook: Telegram calls POST /hook/telegram. https://core.telegram.org/bots/api#setwebhook
 *
 * An update gets its 200 after its commit, so Telegram sends what a crash or a Redis that is away
 * has kept from us again, for a day. Updates come in parallel and out of order; one that comes twice
 * is known by its id in the store. Who does not know TELEGRAM_WEBHOOK_SECRET gets 401 and nothing
 * is read. */
#ifndef ZAIDE_TELEGRAM_WEBHOOK_H
#define ZAIDE_TELEGRAM_WEBHOOK_H

#include "adapters/telegram/api.h"
#include "bot/io/web.h"

struct telegram_webhook;

/* -1 with `why`: PUBLIC_URL or the secret is not as Telegram wants it. */
int telegram_webhook_settings(const struct settings *settings, struct buf *why);

/* Where Telegram is to call us; PUBLIC_URL is set. */
const char *telegram_webhook_url(struct arena *a, const struct settings *settings);

/* All pointers must outlive it. It begins stopped. */
struct telegram_webhook *telegram_webhook_new(struct telegram_api *api, struct adapter_host *host,
                                              const char *account);
/* On: Telegram is told where we are, and updates are taken. Off: 503, so they come again. Telegram
 * is not told to stop: what people write meanwhile waits there. */
void telegram_webhook_listen(struct telegram_webhook *w, bool on);
void telegram_webhook_take(struct telegram_webhook *w, const struct web_request *request,
                           struct web_answer *answer);
void telegram_webhook_free(struct telegram_webhook *w); /* before the api; no `done` comes after */

#endif
