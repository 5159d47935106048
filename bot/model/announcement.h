/* An announcement: what is said, in which languages, to whom and when. A job's record has it as
 * JSON in its variable "what". Pure. */
#ifndef ZAIDE_MODEL_ANNOUNCEMENT_H
#define ZAIDE_MODEL_ANNOUNCEMENT_H

#include "bot/model/audience.h"
#include "bot/model/message.h"

#define ANNOUNCEMENT "what"

struct announcement_text {
    const char *lang; /* "": of all */
    struct content content;
};

struct announcement_chat { /* a channel or a group */
    const char *chat;      /* "-1001234567890", "@exchange_news" */
    const char *lang;      /* in which it is told there; "": by the order below */
};

struct announcement {
    struct announcement_text *texts;
    size_t n_texts, cap_texts;
    const char *fallback; /* "en zh": tried in this order after the reader's own language; then the
                           * first text */
    struct audience who;
    bool only_chats;  /* no person gets it */
    const char *list; /* people's chats, with blanks between: these only, of those who are meant;
                       * "": all who are */
    struct announcement_chat *chats;
    size_t n_chats, cap_chats;
    int64_t at_ms;        /* starts then, once it is approved; 0: when somebody starts it */
    bool is_urgent;       /* makes a sound at night, too */
    const char *incident; /* its number, "" none: only then may it go without a second person */
};
#define ANNOUNCEMENT_INIT                                                                          \
    {                                                                                              \
        .fallback = "", .list = "", .incident = ""                                                 \
    }

char *announcement_print(struct arena *a, const struct announcement *what);
/* False: it is none. */
bool announcement_parse(struct arena *a, const char *json, struct announcement *out);

/* What somebody of this language reads. There is at least one text. */
const struct announcement_text *announcement_text(const struct announcement *what,
                                                  const char *lang);
/* May it make no sound where the clock shows this? From 23 to 8. */
bool announcement_is_silent(const struct announcement *what, int minute_of_day);

#endif
