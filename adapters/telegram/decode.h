/* An Update of the Bot API 10.3 (https://core.telegram.org/bots/api#update) -> an event. Pure, and
 * never fatal: Telegram's word is data like a customer's. */
#ifndef ZAIDE_TELEGRAM_DECODE_H
#define ZAIDE_TELEGRAM_DECODE_H

#include "bot/model/event.h"

/* JSON for `allowed_updates`: what is understood here. */
extern const char telegram_allowed_updates[];

/* The update's id, a positive int32; -1 where there is none. */
int64_t telegram_update_id(const struct json *update);

enum telegram_decoded {
    TELEGRAM_EVENT,    /* *out is the event, its strings in the arena */
    TELEGRAM_SILENT,   /* well-formed, and tells us nothing: a service message, a channel's post */
    TELEGRAM_MALFORMED /* not what Telegram sends */
};

/* Without an event *why says for the log what it was, in names of fields and kinds, never in
 * people's words. `account` is the bot's id, `username` its name without @ (in a group one says
 * it), `now_ms` becomes the event's time. */
enum telegram_decoded telegram_decode(struct arena *a, const struct json *update,
                                      const char *account, const char *username, int64_t now_ms,
                                      struct event *out, const char **why);

/* The answer of getUpdates, cut into its updates without understanding them: one that cannot be
 * read spoils no other. */
struct telegram_batch {
    const char *at, *end;
    bool is_broken; /* set where the text cannot even be cut any further */
};

/* false: there is no list of updates in it. The text must outlive the batch. */
bool telegram_batch_open(struct telegram_batch *b, const char *text, size_t len);
/* The next update's text; false at the end, or where it is broken. */
bool telegram_batch_next(struct telegram_batch *b, const char **text, size_t *len);
/* The first update id that stands in a text which is no JSON; -1: none. */
int64_t telegram_find_update_id(const char *text, size_t len);

#endif
