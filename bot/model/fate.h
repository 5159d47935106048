/* What became of the words that were to go to a customer, as the store tells it: flow/fates.c reads
 * it for a handler that needs it (need_fates in ports/handler.h). Pure: the nouns only. */
#ifndef ZAIDE_MODEL_FATE_H
#define ZAIDE_MODEL_FATE_H

#include "bot/model/event.h"

enum fate {
    FATE_NOTE,    /* it never was to go out */
    FATE_SENT,    /* the platform took it. (None tells a bot whether it was read.) */
    FATE_TWICE,   /* it took it, perhaps twice */
    FATE_REFUSED, /* given up: `refusal`, and the platform's words in `why` */
    FATE_WAITING, /* in the outbox, surely not out. `until_ms`: not before then, because … */
    FATE_PAUSED,  /* … the platform asked for a pause (a rate limit) */
    FATE_AWAY,    /* … the platform could not be reached */
    FATE_SENDING, /* handed to the platform, which has not answered yet */
    FATE_UNSURE   /* the connection broke while it was being sent: it may have arrived, and goes out
                     again at `until_ms` */
};

/* What staff or the bot said (CONTENT_TEXT), a change of it, its deletion. */
struct sending {
    enum content_kind kind;
    int64_t line;      /* the transcript line that was said, changed or deleted */
    int64_t ms;        /* when we took it on */
    const char *by;    /* "bot", an agent's name, or "telegram:123" of whoever typed it */
    const char *words; /* the beginning of them */
    enum fate fate;
    int64_t until_ms;
    int64_t late_ms; /* SENT, TWICE: when, if it was more than a minute later; else 0 */
    enum refusal refusal;
    const char *why;
};

struct fates {
    const struct sending *items; /* by the order of the transcript */
    size_t n;
};

#endif
