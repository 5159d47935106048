/* Pictures of answers: uploaded once, from then on named by the file_id that Telegram gave them
 * (https://core.telegram.org/bots/api#sending-files). Kept in memory: after a start each is
 * uploaded once more. */
#ifndef ZAIDE_TELEGRAM_PICTURES_H
#define ZAIDE_TELEGRAM_PICTURES_H

#include "adapters/telegram/encode.h"

#define TELEGRAM_PICTURES 256 /* who has more uploads the rest each time */

struct telegram_pictures {
    struct {
        char *key, *file_id; /* the path, and when it was drawn */
    } items[TELEGRAM_PICTURES];
    size_t n;
};

/* Local files that are known get their ids; those that cannot be read are left out. */
void telegram_pictures_use(const struct telegram_pictures *p, struct arena *a, struct content *c);
/* What was uploaded with this request is known from now on. */
void telegram_pictures_learn(struct telegram_pictures *p, const struct telegram_request *request,
                             const struct json *result);
void telegram_pictures_release(struct telegram_pictures *p);
bool telegram_has_pictures(const struct content *c); /* local files: ask before _use */

#endif
