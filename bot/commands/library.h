/* The knowledge as it is on disk: every .yaml file below a folder. */
#ifndef ZAIDE_COMMANDS_LIBRARY_H
#define ZAIDE_COMMANDS_LIBRARY_H

#include "bot/ports/handler.h"

struct library;

/* NULL: `why` has every file that cannot be read, a line each. */
struct library *library_load(const char *dir, struct buf *why);
void library_free(struct library *l); /* NULL is fine */
/* Sorted by name; lives with the library. */
const struct handler_files *library_files(const struct library *l);

#endif
