#include "bot/base/zone.h"

#include <unicode/ucal.h>
#include <unicode/ustring.h>

/* ICU takes an unknown zone for GMT in silence: known ones have a canonical name. */
bool zone_is_known(const char *tz)
{
    UChar name[64], canonical[64];
    UErrorCode status = U_ZERO_ERROR;
    UBool is_system = 0;
    if (str_empty(tz) || strlen(tz) >= ARRAY_LEN(name))
        return false;
    u_uastrncpy(name, tz, (int32_t)ARRAY_LEN(name));
    ucal_getCanonicalTimeZoneID(name, -1, canonical, (int32_t)ARRAY_LEN(canonical), &is_system,
                                &status);
    return U_SUCCESS(status) && is_system;
}

static UCalendar *calendar_at(const char *tz, int64_t ms)
{
    UChar name[64];
    UErrorCode status = U_ZERO_ERROR;
    u_uastrncpy(name, zone_is_known(tz) ? tz : "UTC", (int32_t)ARRAY_LEN(name));
    UCalendar *calendar = ucal_open(name, -1, "en", UCAL_GREGORIAN, &status);
    if (U_SUCCESS(status))
        ucal_setMillis(calendar, (UDate)ms, &status);
    if (U_FAILURE(status))
        die("zone: ICU calendar: %s", u_errorName(status));
    return calendar;
}

static int field(UCalendar *calendar, UCalendarDateFields f)
{
    UErrorCode status = U_ZERO_ERROR;
    return (int)ucal_get(calendar, f, &status);
}

int zone_minute_of_day(const char *tz, int64_t ms)
{
    UCalendar *calendar = calendar_at(tz, ms);
    int minute = field(calendar, UCAL_HOUR_OF_DAY) * 60 + field(calendar, UCAL_MINUTE);
    ucal_close(calendar);
    return minute;
}

char *zone_print(struct arena *a, const char *tz, int64_t ms)
{
    UCalendar *c = calendar_at(tz, ms);
    char *out =
        arena_printf(a, "%04d-%02d-%02d %02d:%02d", field(c, UCAL_YEAR), field(c, UCAL_MONTH) + 1,
                     field(c, UCAL_DATE), field(c, UCAL_HOUR_OF_DAY), field(c, UCAL_MINUTE));
    ucal_close(c);
    return out;
}
