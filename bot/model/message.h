/* Who said what: the nouns that every platform shares. Pure; all strings live in the turn's arena.
 *
 * Content is the same coming in and going out, so relaying is a copy: an edit, a photo, a reaction
 * are kinds of content, never special paths. A message is named by its line in the transcript;
 * platform ids are translated at the edges. */
#ifndef ZAIDE_MODEL_MESSAGE_H
#define ZAIDE_MODEL_MESSAGE_H

#include "bot/base/arena.h"
#include "bot/base/json.h"

/* Printed "telegram:77:12345", with thread and user where they are set: keys and logs. Absent parts
 * are "". */
struct address {
    const char *platform;
    const char *account; /* the bot's own platform id, so that a new token keeps its keys */
    const char *chat, *thread, *user;
};

char *address_print(struct arena *a, const struct address *address);
/* False unless it has at least three parts. */
bool address_parse(struct arena *a, const char *s, struct address *out);

enum entity_type { /* Telegram's list; other platforms use what they have of it */
    ENTITY_BOLD,
    ENTITY_ITALIC,
    ENTITY_UNDERLINE,
    ENTITY_STRIKETHROUGH,
    ENTITY_SPOILER,
    ENTITY_BLOCKQUOTE,
    ENTITY_CODE,
    ENTITY_PRE,
    ENTITY_LINK, /* text with a url */
    ENTITY_EMOJI, /* custom emoji: its id in `url` */
    ENTITY_TYPES
};
const char *entity_name(enum entity_type t); /* as in Telegram's MessageEntity.type */

struct entity {
    enum entity_type type;
    size_t offset, len; /* bytes of `text`, on character boundaries */
    const char *url;    /* LINK, EMOJI; language of PRE */
};

enum file_kind {
    FILE_PHOTO,
    FILE_DOCUMENT,
    FILE_VOICE,
    FILE_VIDEO,
    FILE_VIDEO_NOTE,
    FILE_ANIMATION,
    FILE_AUDIO,
    FILE_STICKER,
    /* No file stands behind these: `name` says what it is, in words and numbers. */
    FILE_LOCATION,
    FILE_VENUE,
    FILE_CONTACT,
    FILE_POLL,
    FILE_DICE,
    FILE_KINDS
};
bool file_kind_is_words(enum file_kind k); /* one of the latter */
/* Files of one class may stand in one album; 0: it stands alone (as Telegram has it). */
int file_album_class(enum file_kind k);
#define ALBUM_MAX 10 /* files in one album */
const char *file_kind_name(enum file_kind k); /* "photo" … */

struct file {
    enum file_kind kind;
    const char *id;   /* the platform's; works within one account only */
    const char *path; /* a local file to upload (pictures of answers), else NULL */
    const char *name, *mime;
    int64_t size;
    size_t caption_at, caption_len; /* its part of a joined album's text; never stored */
};

struct button {
    const char *label;
    const char *data;  /* comes back as EVENT_BUTTON; at most 64 bytes */
    const char *url;   /* instead of data */
    const char *start; /* instead of data: opens our private chat and says "/start …" there */
    const char *message_id; /* instead of data: leads to this message of the chat, if it can */
    bool same_row;          /* stands beside the one before */
};

enum content_kind {
    CONTENT_TEXT,     /* words and/or files */
    CONTENT_EDIT,     /* new words, caption or buttons of `about` */
    CONTENT_DELETE,   /* `about` is gone */
    CONTENT_REACTION, /* `reaction` on `about`; "" takes it back */
    CONTENT_HOME,     /* outgoing only: the topic's title is `text`; see `closed` and `reopen` */
    CONTENT_STANDING  /* outgoing only, in a group: what becomes of the member `only_for` is `text`,
                         one of MEMBER_… */
};
#define MEMBER_MUTE    "mute" /* may not write for MEMBER_MUTE_MS from when it was said */
#define MEMBER_UNMUTE  "unmute"
#define MEMBER_BAN     "ban" /* thrown out, and may not come back */
#define MEMBER_UNBAN   "unban"
#define MEMBER_MUTE_MS INT64_C(86400000)
const char *content_kind_name(enum content_kind k);     /* "text" … */
enum content_kind content_kind_parse(const char *name); /* what is none (NULL, too) is text */

struct content {
    enum content_kind kind;
    const char *text; /* never NULL */
    struct entity *entities;
    size_t n_entities;
    struct file *files;
    size_t n_files;
    struct button *buttons;
    size_t n_buttons;
    const char *about_id;   /* the platform's, of what is edited, deleted, reacted or replied to */
    int64_t about_line;     /* the same as a transcript line; 0: none or unknown to us */
    const char *quote;      /* the part of `about` that a reply quotes, or NULL */
    const char *reaction;   /* an emoji */
    const char *album;      /* parts with the same id belong together */
    const char *unreadable; /* a kind that we cannot carry ("poll"): its sender is told */
    const char *origin_chat, *origin_id; /* the platform can copy it thence; NULL once screened */
    const char *only_for; /* outgoing, in a group: the one user who sees it, if the platform can */
    const char *secret;   /* what a screen masked: "seed", "key" …; NULL: nothing */
    bool closed, reopen; /* HOME: close the topic; open it, for somebody else closed it */
    bool pin, silent;
};

#define CONTENT_INIT {.text = ""}

struct button *content_button(struct arena *a, struct content *c, const char *label,
                              const char *data);
bool content_is_empty(const struct content *c); /* neither words nor files */
/* Text, or "[photo]": one line for notes and boards. */
const char *content_words(struct arena *a, const struct content *c);

/* JSON as it stands in transcripts and the outbox. Absent members are left out. */
void content_write(struct json_writer *w, const char *name, const struct content *c);
void content_read(struct arena *a, const struct json *j, struct content *c);
/* The same without JSON, and as sound: ill-formed UTF-8 is replaced, entities end with the text. */
void content_copy(struct arena *a, struct content *to, const struct content *from);

/* Append `more` below `c`: words joined by a newline, entities moved; files put after files. For
 * bursts and albums. */
void content_join(struct arena *a, struct content *c, const struct content *more);

#endif
