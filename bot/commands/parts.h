/* All adapters and handlers, from the two lists, and all they say. The only file that sees both. */
#ifndef ZAIDE_COMMANDS_PARTS_H
#define ZAIDE_COMMANDS_PARTS_H

#include "bot/ports/adapter.h"
#include "bot/ports/handler.h"

extern const struct adapter *const all_adapters[]; /* NULL-ended */
extern const struct handler *const all_handlers[];
extern const struct phrase_group all_phrases[];

#endif
