/* The stage a talk is played on: the whole flow on the memory store, a platform that only listens, a clock of its own. */
#ifndef ZAIDE_TESTS_STAGE_H
#define ZAIDE_TESTS_STAGE_H

#include "bot/commands/library.h"
#include "bot/commands/overlay.h"
#include "bot/flow/engine.h"

#define STAFF_CHAT "-1001"
#ifndef MAX_POSTS
#define MAX_POSTS 400
#endif

/* A message as one side sees it. */
struct post_seen {
    char *to;   /* chat, or "staff" */
    char *text; /* with the [labels] of its buttons */
    char *id, *thread;
    struct button buttons[16];
    size_t n_buttons;
    bool read;
};

struct stage {
    const char *file; /* of the talk, and the line it is at: for faults */
    int line, faults;
    struct settings *settings;
    struct pipeline pipeline;
    struct engine *engine; /* NULL until stage_begin */
    struct store *store;   /* the engine's */
    struct adapter_host *host, *other; /* and of another platform; NULL: there is none */
    struct post_seen posts[MAX_POSTS];
    size_t n_posts;
    void *tickets[MAX_POSTS]; /* sends to be settled */
    size_t n_tickets;
    struct delivery next[2];  /* what becomes of the next send to a customer; to staff, General and titles apart */
    bool is_away;             /* customers' chats cannot be reached */
    int64_t n_events, n_messages, n_threads;
    char customer[64];        /* whose turn it is: user id, … */
    char place[64];           /* … and the chat they wrote in last: their own, or a group's */
    char *toast;              /* what the last button press was answered with … */
    int n_toasts;             /* … and how often: a platform takes one answer */
    char last_written[32];    /* the id of the newest message somebody typed, and who it was */
    char last_writer[64];
    struct typed {
        char *id, *text, *user;
    } typed[MAX_POSTS];
    size_t n_typed;
    bool in_a_hurry;          /* the next one follows at once */
    struct sheet {            /* a file that can be sent */
        char *name;
        struct buf text;
    } *sheets;
    size_t n_sheets, cap_sheets;
    struct overlay overlay;   /* what staff changed of the knowledge … */
    struct library *changed;  /* … and all of it, read again */
    uint64_t seen;            /* overlay_wanted of it */
};

void stage_begin(struct stage *t, const struct handler_files *files);
void stage_restart(struct stage *t); /* what is not in the store is forgotten */
void stage_forget(struct stage *t); /* the posts so far */
void stage_end(struct stage *t);

/* A group's message: to whom, by what it answers and whom it names ("@the_bot"). */
void stage_address(struct event *event);

/* Something happens; then everything settles and a second passes (in a hurry: a tenth). */
void stage_deliver(struct stage *t, struct event *event);
void stage_settle(struct stage *t); /* until nothing moves any more */
void stage_pass(struct stage *t, int64_t ms);

/* "document NAME" begins one, "| …" is its next line, "document NAME is FILE" has what stands in
 * FILE, "document NAME has OLD => NEW" changes words of it. False: the line is none of these. */
bool stage_document(struct stage *t, const char *line);
/* A text "[document NAME] caption" becomes that file and the caption. */
void stage_attach(struct stage *t, struct arena *a, struct content *c);

/* "platform Discord" is another one of ours; "platform Discord fails", "platform Discord works". */
bool stage_platform(struct stage *t, const char *line);

void stage_fault(struct stage *t, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
