/* A compensation list for finance: every line with the hash of the one before, so that a change
 * afterwards shows. The last hash is kept with the list. */
#ifndef ZAIDE_COMMANDS_LEDGER_H
#define ZAIDE_COMMANDS_LEDGER_H

#include "bot/commands/setup.h"

/* Both end with setup_done. */
void ledger_export(struct setup *s, const char *list, const char *agent); /* on stdout */
void ledger_verify(struct setup *s, const char *file);

#endif
