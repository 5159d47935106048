/* A file that a command was given. */
#ifndef ZAIDE_COMMANDS_READ_FILE_H
#define ZAIDE_COMMANDS_READ_FILE_H

#include "bot/base/buf.h"

/* All of it, into an empty buffer whose maximum is the most that is taken; "-" is stdin. -1 with
 * `why`. */
MUST_USE int read_file(const char *path, struct buf *text, struct buf *why);

#endif
