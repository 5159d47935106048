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
#define DRAFT_MAX_BYTES   (512 * 1024)

struct draft_fault {
    const char *key;  /* a phrase "announce.<key>" */
    const char *what; /* its {what} */
};

/* What stands behind a command, with its files; behind a command alone: what it answers. */
struct content draft_written(const struct turn *t);
/* A document that was sent with no words: what stands in it takes their place. False: it is not
 * here yet, and the handler is asked again, or it was said why it cannot be read. */
bool draft_fetch(const struct turn *t, struct effects *e, struct content *written);

/* People's ids, "12345 67890", where the one file is a list: a document that is called so
 * (people.csv), ids in its first column, whose first line may name it. It is taken out of
 * `written`. NULL: there is none, or it is not here yet, or it was said what is wrong with it; then
 * `written` has it still. */
bool draft_has_list(const struct content *written);
const char *draft_list(const struct turn *t, struct effects *e, struct content *written);

/* `pictures`: the folder that may be named from. False: `fault` says what must be changed. */
bool draft_read(const struct turn *t, const char *pictures, const struct content *written,
                struct announcement *out, struct draft_fault *fault);

/* Other words for what went out so: its files stay, for an edit changes words and buttons alone. */
bool draft_keep_files(struct arena *a, const struct announcement *was, struct announcement *what,
                      struct draft_fault *fault);

#endif
