/* What is to happen on Telegram -> calls of the Bot API 10.3
 * (https://core.telegram.org/bots/api#available-methods). Pure; all lives in the arena.
 *
 * Words go as text and entities, never with a parse_mode: then nothing needs escaping and nothing
 * can break. A quote that is not in the message to the letter makes Telegram refuse the whole reply,
 * which then goes without it. */
#ifndef ZAIDE_TELEGRAM_ENCODE_H
#define ZAIDE_TELEGRAM_ENCODE_H

#include "bot/ports/adapter.h"

#define TELEGRAM_MAX_TEXT    4096 /* UTF-16 units, after entities */
#define TELEGRAM_MAX_CAPTION 1024
#define TELEGRAM_MAX_TITLE   128 /* of a topic */
#define TELEGRAM_MAX_FIELDS  16

struct telegram_field {
    const char *name;
    const char *value;
    bool is_json;     /* the value is a number, true, a list, an object; else it is a text */
    const char *path; /* instead of a value: a local file to upload */
};

struct telegram_request {
    const char *method;
    struct telegram_field fields[TELEGRAM_MAX_FIELDS];
    size_t n_fields;
    bool can_repeat;                  /* twice is like once: an edit, a deletion */
    bool is_whisper;                  /* an ephemeral message: `instead` whatever it is refused for */
    struct telegram_request *instead; /* when the message to copy is gone, or the quote is not in it */
};

/* The calls that one outgoing takes, to be made in order; its id is what the first one answers. */
struct telegram_requests {
    struct telegram_request *items;
    size_t n, cap;
};

/* `username`: the bot's, for links to it. `reopen`: a topic that gets its title may be closed. -1: it
 * cannot be said on Telegram; *refusal and *why say so. */
int telegram_encode(struct arena *a, const struct outgoing *outgoing, const char *username,
                    bool reopen, struct telegram_requests *out, enum refusal *refusal,
                    const char **why);

struct telegram_request telegram_encode_pin(struct arena *a, const char *chat, const char *id);
struct telegram_request telegram_encode_answer(struct arena *a, const char *callback_id,
                                               const char *text);

/* A request by hand: name it, then add its fields. A NULL value adds nothing. */
struct telegram_request telegram_request(const char *method);
void telegram_add(struct telegram_request *r, const char *name, const char *text);
void telegram_add_json(struct telegram_request *r, const char *name, const char *json);
void telegram_add_id(struct arena *a, struct telegram_request *r, const char *name, const char *id);
char *telegram_request_json(struct arena *a, const struct telegram_request *r);

#endif
