/* Time zones by their IANA names. With text.c the only user of ICU. */
#ifndef ZAIDE_BASE_ZONE_H
#define ZAIDE_BASE_ZONE_H

#include "bot/base/arena.h"

bool zone_is_known(const char *tz);
int zone_minute_of_day(const char *tz, int64_t ms); /* 0..1439; an unknown zone counts as UTC */
char *zone_print(struct arena *a, const char *tz, int64_t ms); /* "2026-11-21 20:58" */

#endif
