/* What an answer of the Bot API means. Pure.
 *
 * The envelope is {ok, result} or {ok: false, error_code, description, parameters: {retry_after,
 * migrate_to_chat_id}} (https://core.telegram.org/bots/api#making-requests). Descriptions are the
 * texts of telegram-bot-api's Client.cpp and of the servers behind it; they are no part of the
 * documented API, so a text that is not known is a refusal in Telegram's own words. */
#ifndef ZAIDE_TELEGRAM_ERRORS_H
#define ZAIDE_TELEGRAM_ERRORS_H

#include "bot/io/http.h"
#include "bot/ports/adapter.h"

struct telegram_answer {
    enum http_outcome outcome;
    bool is_ok;
    const struct json *result; /* NULL unless ok; lives until telegram_answer_release */
    int code;                  /* error_code, else the HTTP status; 0: no answer that can be read */
    const char *words;         /* the description, or what went wrong on the way; never a token */
    int64_t retry_after_s;     /* -1: not said */
    const char *migrated_to;   /* the chat's new id, or NULL */
    struct json *root;
};

/* Strings live in the arena. Whatever came, this is an answer. */
void telegram_answer_read(struct arena *a, const struct http_reply *reply,
                          struct telegram_answer *out);
void telegram_answer_release(struct telegram_answer *answer);

/* 401 and 404: Telegram does not know this token. */
bool telegram_is_token_refused(const struct telegram_answer *answer);

/* What became of a send. `can_repeat`: the call may be made twice (an edit, a deletion), so a doubt
 * is no doubt. `id` is left "". */
void telegram_delivery(const struct telegram_answer *answer, bool can_repeat, struct delivery *out);

/* What a person can do about it: for the log and doctor. */
#define TELEGRAM_ADVICE_TOKEN                                                                      \
    "in Telegram open @BotFather, send /mybots, choose the bot, then API Token, and put it into "  \
    "TELEGRAM_BOT_TOKEN"
#define TELEGRAM_ADVICE_WEBHOOK                                                                    \
    "open https://api.telegram.org/bot<TOKEN>/deleteWebhook in a browser, with the token in "      \
    "place of <TOKEN>"
#define TELEGRAM_ADVICE_POLLER                                                                     \
    "stop it, or give this zaide a bot of its own (@BotFather, /newbot); if nobody knows which "   \
    "program it is, @BotFather's /revoke gives a new token that only you have"

#endif
