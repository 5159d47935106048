/* Times as people are told them: in UTC, and in the exchange's TIMEZONE where that is another one,
 * with its name: "2026-11-22 09:30 UTC (17:30 Asia/Shanghai)". Pure. */
#ifndef ZAIDE_HANDLERS_WHEN_H
#define ZAIDE_HANDLERS_WHEN_H

#include "bot/ports/handler.h"

const char *when_at(const struct turn *t, int64_t ms);
/* "2026-11-22 09:30 – 10:00 UTC (17:30 – 18:00 Asia/Shanghai)" */
const char *when_between(const struct turn *t, int64_t from_ms, int64_t until_ms);

#endif
