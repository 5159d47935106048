#include "bot/commands/parts.h"

#define ADAPTER(name) extern const struct adapter name##_adapter;
#include "adapters/list.h"
#undef ADAPTER
#define HANDLER(name) extern const struct handler name##_handler;
#include "handlers/list.h"
#undef HANDLER

const struct adapter *const all_adapters[] = {
#define ADAPTER(name) &name##_adapter,
#include "adapters/list.h"
#undef ADAPTER
    NULL,
};

const struct handler *const all_handlers[] = {
#define HANDLER(name) &name##_handler,
#include "handlers/list.h"
#undef HANDLER
    NULL,
};

const struct phrase_group all_phrases[] = {
#define PHRASES(group, keys) {group, keys},
#include "handlers/phrases.inc.h"
#undef PHRASES
    {NULL, NULL},
};
