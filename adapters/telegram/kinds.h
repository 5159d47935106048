/* What the members of a Message are, by their names. Pure. */
#ifndef ZAIDE_TELEGRAM_KINDS_H
#define ZAIDE_TELEGRAM_KINDS_H

#include <stdbool.h>

/* Those that are about it, not in it. Blanks before and behind each. */
extern const char telegram_about[];
/* Those by which Telegram itself speaks: nobody said anything. */
extern const char telegram_services[];

bool telegram_is_listed(const char *list, const char *name);

#endif
