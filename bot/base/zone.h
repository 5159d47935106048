/* Time zones by their IANA names. With text.c the only user of ICU. */
#ifndef ZAIDE_BASE_ZONE_H
#define ZAIDE_BASE_ZONE_H

#include "bot/base/arena.h"

bool zone_is_known(const char *tz);
/* "09:30" (of that zone's today), "11-22 09:30" (of its year) or "2026-11-22 09:30"; with " UTC"
 * behind it in UTC. False: it is none of these, and the output is untouched. */
bool zone_parse(const char *tz, const char *text, int64_t now_ms, int64_t *out_ms);
int zone_minute_of_day(const char *tz, int64_t ms); /* 0..1439; an unknown zone counts as UTC */
char *zone_print(struct arena *a, const char *tz, int64_t ms); /* "2026-11-21 20:58" */

#endif
