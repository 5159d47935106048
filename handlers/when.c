#include "handlers/when.h"

#include "bot/base/zone.h"

#define DAY     strlen("2026-11-22")
#define NOWHERE "Etc/UTC"

/* Without the day where it is that of `other` (NULL: with it). */
static const char *shown(const char *time, const char *other)
{
    return other && !strncmp(time, other, DAY) ? time + DAY + 1 : time;
}

static const char *in_zone(const struct turn *t, const char *tz, int64_t from_ms, int64_t until_ms,
                           const char *utc)
{
    const char *from = zone_print(t->arena, tz, from_ms);
    const char *first = shown(from, utc);
    if (!until_ms)
        return first;
    return arena_printf(t->arena, "%s – %s", first,
                        shown(zone_print(t->arena, tz, until_ms), from));
}

/* Of a customer we know the language alone; English is spoken in too many zones. */
static const char *zone_of(const struct turn *t, enum lane_id lane)
{
    const char *theirs = lane == LANE_CUSTOMER ? turn_phrase(t, lane, "announce.zone") : NOWHERE;
    return str_eq(theirs, NOWHERE) ? settings_get(t->settings, "TIMEZONE") : theirs;
}

const char *when_between(const struct turn *t, enum lane_id lane, int64_t from_ms, int64_t until_ms)
{
    const char *tz = zone_of(t, lane);
    const char *utc = in_zone(t, "UTC", from_ms, until_ms, NULL);
    if (str_eq(tz, "UTC"))
        return arena_printf(t->arena, "%s UTC", utc);
    return arena_printf(t->arena, "%s UTC (%s %s)", utc, in_zone(t, tz, from_ms, until_ms, utc),
                        tz);
}

const char *when_at(const struct turn *t, enum lane_id lane, int64_t ms)
{
    return when_between(t, lane, ms, 0);
}
