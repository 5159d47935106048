/* Times as people are told them: in UTC, and with its name in their own zone where that is another
 * one: "2026-11-22 09:30 UTC (17:30 Asia/Shanghai)". A customer's is that of the language (phrase
 * announce.zone), else the exchange's TIMEZONE, as staff's is. Pure. */
#ifndef ZAIDE_HANDLERS_WHEN_H
#define ZAIDE_HANDLERS_WHEN_H

#include "bot/ports/handler.h"

const char *when_at(const struct turn *t, enum lane_id lane, int64_t ms);
/* "2026-11-22 09:30 – 10:00 UTC (17:30 – 18:00 Asia/Shanghai)" */
const char *when_between(const struct turn *t, enum lane_id lane, int64_t from_ms,
                         int64_t until_ms);

#endif
