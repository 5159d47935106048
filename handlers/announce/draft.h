/* What a manager wrote becomes an announcement: a YAML map (README, "Announcements"), or plain
 * words with their picture, which then are the text of all languages. Pure. */
#ifndef ZAIDE_ANNOUNCE_DRAFT_H
#define ZAIDE_ANNOUNCE_DRAFT_H

#include "bot/model/announcement.h"
#include "bot/ports/handler.h"

#define DRAFT_MAX_TEXT    4000 /* UTF-16 units, so that it is one message everywhere … */
#define DRAFT_MAX_CAPTION 1000 /* … also with a picture */
#define DRAFT_MAX_BUTTONS 6
#define DRAFT_MAX_LANGS   20

struct draft_fault {
    const char *key;  /* a phrase "announce.<key>" */
    const char *what; /* its {what} */
};

#define DRAFT_MAX_BYTES   (512 * 1024)

/* A document that was sent with no words: what stands in it takes their place. False: it is not
 * here yet, and the handler is asked again, or it was said why it cannot be read. */
bool draft_fetch(const struct turn *t, struct effects *e, struct content *written);

/* `pictures`: the folder that may be named from. False: `fault` says what must be changed. */
bool draft_read(const struct turn *t, const char *pictures, const struct content *written,
                struct announcement *out, struct draft_fault *fault);

#endif
