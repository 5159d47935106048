/* What handlers keep from one start to the next: DATA_DIR/cache/<name>. It may be removed at any
 * time. */
#ifndef ZAIDE_COMMANDS_CACHE_H
#define ZAIDE_COMMANDS_CACHE_H

#include "bot/ports/handler.h"

/* In `dir`, which must outlive it. Another program's files are not read, nor broken ones; what
 * cannot be written is not. */
struct handler_cache cache_in(const char *dir);

#endif
