/* The settings that belong to no platform and no handler. */
#ifndef ZAIDE_COMMANDS_CORE_SETTINGS_H
#define ZAIDE_COMMANDS_CORE_SETTINGS_H

#include "bot/base/settings.h"

extern const struct setting core_settings[];

/* A new table with all rows: core, every adapter's, every handler's. */
struct settings *all_settings(void);

/* all_settings and their values from .env and the environment; also configures the log. NULL with
 * `why`. */
struct settings *load_settings(struct buf *why);

#endif
