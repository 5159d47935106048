/* The knowledge as it is on disk: every .yaml file below a folder, and what staff changed. */
#ifndef ZAIDE_COMMANDS_LIBRARY_H
#define ZAIDE_COMMANDS_LIBRARY_H

#include "bot/commands/overlay.h"
#include "bot/ports/handler.h"

struct library;

/* A folder. NULL: `why` has every file that cannot be read, a line each. */
struct library *library_load(const char *dir, struct buf *why);
/* The same with this over it, and with what the folder has not; `overlay` NULL: nothing. */
struct library *library_load_with(const char *dir, const struct overlay *overlay, struct buf *why);
/* KNOWLEDGE_DIR, with DATA_DIR/knowledge over it. */
struct library *library_open(const struct settings *settings, struct buf *why);
void library_free(struct library *l); /* NULL is fine */
/* Sorted by name; lives with the library. */
const struct handler_files *library_files(const struct library *l);

#endif
