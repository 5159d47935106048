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

/* So many digits, and what ends them; -1: there are others. */
static int number(const char **at, size_t digits, char end)
{
    int n = 0;
    for (size_t i = 0; i < digits; i++, (*at)++) {
        if (!is_digit(**at))
            return -1;
        n = 10 * n + (**at - '0');
    }
    if (**at != end)
        return -1;
    *at += end != '\0';
    return n;
}

bool zone_parse(const char *tz, const char *text, int64_t now_ms, int64_t *out_ms)
{
    char local[32];
    size_t len = strlen(text);
    bool is_utc = ends_with(text, " UTC");
    if (is_utc)
        len -= strlen(" UTC");
    if (len >= sizeof(local))
        return false;
    memcpy(local, text, len);
    local[len] = '\0';
    UCalendar *c = calendar_at(is_utc ? "UTC" : tz, now_ms);
    int year = field(c, UCAL_YEAR), month = field(c, UCAL_MONTH) + 1, day = field(c, UCAL_DATE);
    const char *at = local;
    if (len == strlen("2026-11-22 09:30"))
        year = number(&at, 4, '-');
    if (len >= strlen("11-22 09:30")) {
        month = number(&at, 2, '-');
        day = number(&at, 2, ' ');
    }
    int hour = number(&at, 2, ':'), minute = number(&at, 2, '\0');
    bool ok = year > 0 && month >= 1 && month <= 12 && day >= 1 && day <= 31 && hour >= 0 &&
              hour <= 23 && minute >= 0 && minute <= 59;
    UErrorCode status = U_ZERO_ERROR;
    if (ok) {
        ucal_setDateTime(c, year, month - 1, day, hour, minute, 0, &status);
        ucal_set(c, UCAL_MILLISECOND, 0);
        *out_ms = (int64_t)ucal_getMillis(c, &status);
    }
    ucal_close(c);
    return ok && U_SUCCESS(status);
}
