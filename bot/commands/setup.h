/* What most commands need before they can begin: settings, knowledge, the store. */
#ifndef ZAIDE_COMMANDS_SETUP_H
#define ZAIDE_COMMANDS_SETUP_H

#include "bot/commands/library.h"
#include "bot/flow/engine.h"
#include "bot/io/embedded.h"

struct setup {
    struct settings *settings;
    struct library *library; /* NULL once the daemon has learnt from it */
    struct overlay overlay;  /* what staff changed; read by the next setup_reload */
    struct pipeline pipeline;
    struct loop *loop;
    struct embedded embedded;
    bool has_embedded;
    struct poison *poison;
    struct engine *engine;
    int status;          /* of a short command, once it is done */
    bool was_denied;     /* what tell_typed told */
    bool takes_its_time; /* it watches something, and ends when that does */
};

/* Settings and knowledge. -1 with `why`; *is_usage: the settings were wrong (exit status 2). What
 * staff changed and no longer fits KNOWLEDGE_DIR is left out, and told in the log. */
MUST_USE int setup_init(struct setup *s, bool *is_usage, struct buf *why);
/* Answer customers' questions: the daemon does so by itself. */
void setup_prepare(struct setup *s);
/* The loop, Redis (the embedded server is found or started) and an engine on it. The daemon also
 * minds what ended it before (poison.h). */
MUST_USE int setup_engine(struct setup *s, bool is_daemon, struct buf *why);
/* Read the knowledge again, beside the turns; `done` with the faults when the old one stays, else
 * with NULL: then DATA_DIR/knowledge has the overlay, too. One at a time. */
void setup_reload(struct setup *s, void (*done)(void *arg, const char *why), void *arg);
void setup_release(struct setup *s);

/* A short command, whole: set up, wait until the engine is ready, `act`, wait for setup_done. Gives
 * the exit status. */
int setup_command(void (*act)(struct setup *s, void *arg), void *arg);
void setup_done(struct setup *s, int status);

#endif
