/* Calls of the Bot API over HTTP. Holds the token, which is in every URL and therefore in no log
 * line and no error text. */
#ifndef ZAIDE_TELEGRAM_API_H
#define ZAIDE_TELEGRAM_API_H

#include "adapters/telegram/encode.h"
#include "adapters/telegram/errors.h"

struct telegram_api;

/* Calls at once. A platform that takes 50 ms for each gets 1,000 a second with half of them. */
#define TELEGRAM_MAX_CALLS 128
/* Sends that are under way, and those that a commit has just taken or that the store does not know
 * settled yet: with fewer, a crowd's answers wait for the store. So many may be in doubt after a
 * crash. */
#define TELEGRAM_MAX_IN_FLIGHT 256

/* NULL and `why`: the token is not one. No call is made. */
struct telegram_api *telegram_api_new(struct loop *l, const struct settings *settings,
                                      struct buf *why);
void telegram_api_free(struct telegram_api *api); /* each call under way ends with a NULL answer */

/* on_done comes exactly once, never from inside. A NULL answer: all is being closed; free what you
 * hold, call nothing. */
void telegram_call(struct telegram_api *api, const struct telegram_request *request,
                   void (*on_done)(void *arg, const struct telegram_answer *answer), void *arg);

/* GET of a path that getFile named, likewise: status 200 has the bytes. */
void telegram_download(struct telegram_api *api, const char *path, size_t max_reply,
                       void (*on_done)(void *arg, const struct http_reply *reply), void *arg);

/* The raw reply of a POST with a JSON body, for getUpdates. Cancel it before the api is freed. */
struct http_call *telegram_call_raw(struct telegram_api *api, const char *method, const char *json,
                                    int64_t timeout_ms, size_t max_reply,
                                    void (*on_done)(void *arg, const struct http_reply *reply),
                                    void *arg);

#endif
