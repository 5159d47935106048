/* When: dates, hours, "yesterday", "2 hours ago", and their combinations. The words are kept as
 * they were written: they say more than a guess at the customer's clock would. */
#include "handlers/extract/letters.h"
#include "handlers/extract/number.h"

struct part {
    size_t end;     /* 0: there is none */
    bool is_valid;  /* a date and an hour that exist */
    bool is_enough; /* alone: "yesterday" is a time, "morning" and "(UTC+8)" are none */
    bool is_hour, is_daytime, is_day;
    bool is_weekday;
    bool is_loose; /* "一点" is also "a little": an hour only behind a day or a part of one */
};

#define NO_PART ((struct part){0})

static struct part a_day(size_t end, bool is_valid)
{
    return (struct part){.end = end, .is_valid = is_valid, .is_enough = true};
}

static struct part an_hour(size_t end, bool is_valid)
{
    return (struct part){.end = end, .is_valid = is_valid, .is_enough = true, .is_hour = true};
}

static size_t digits_at(struct scan *s, size_t at)
{
    size_t n = 0;
    while (is_digit(s->low[at + n]))
        n++;
    return n;
}

static int number_at(struct scan *s, size_t at, size_t n)
{
    int value = 0;
    for (size_t i = 0; i < n && i < 6; i++)
        value = value * 10 + s->low[at + i] - '0';
    return value;
}

static bool is_date(int year, int month, int day)
{
    static const int days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return year >= 2009 && year <= 2099 && month >= 1 && month <= 12 && day >= 1 &&
           day <= days[month - 1];
}

/* "十", "mười một", "열한": how many bytes; 0: no number of an hour. */
static size_t words_at(struct scan *s, size_t at, int *value)
{
    struct number n;
    const struct word *w = scan_word(s, IN_CLASS(WORD_HOUR_NUMBER), at);
    if (w) {
        *value = (int)strtol(w->value, NULL, 10);
        return w->len;
    }
    if (is_digit(s->low[at]) || !number_read(s, at, &n) || n.has_digits || strlen(n.value) > 2)
        return 0;
    *value = (int)strtol(n.value, NULL, 10);
    return n.end - at;
}

static size_t skip_blanks(struct scan *s, size_t at)
{
    return at + (s->low[at] == ' ') + (s->low[at] == ' ' && s->low[at + 1] == ' ');
}

/* Not so at "2026-01-14T08:30:00Z". */
static bool is_inside_word(struct scan *s, size_t at)
{
    const char *low = s->low + at;
    bool is_iso = (low[0] == 't' && is_digit(low[1])) ||
                  (low[-1] == 't' && at >= 2 && is_digit(low[-2])) ||
                  (low[0] == 'z' && !is_alnum(low[1]));
    return is_alnum(low[-1]) && is_alnum(low[0]) && !is_iso;
}

static bool is_behind_point(struct scan *s, size_t at)
{
    return at >= 2 && s->low[at - 1] == '.' && is_digit(s->low[at - 2]);
}

/* --- dates --- */

/* A day and a month, but not "24/7", and no fraction; "02/06" is none. */
static bool is_likely_date(int a, int b, bool has_zero)
{
    bool is_fraction = a < 10 && b < 10 && !has_zero;
    return (is_date(2024, a, b) || is_date(2024, b, a)) && !is_fraction && !(a == 24 && b == 7);
}

/* 2026-01-14, 14/01/2026, 14/01/26, 14/11; 1/4 only where a time is asked for. */
static struct part read_numeric_date(struct scan *s, size_t at)
{
    size_t n[3] = {digits_at(s, at)}, start[3] = {at};
    char between = s->low[at + n[0]];
    if (!n[0] || n[0] > 4 || !letter_in(between, "-/."))
        return NO_PART;
    size_t count = 1, end = at + n[0];
    while (count < 3 && s->low[end] == between && digits_at(s, end + 1)) {
        start[count] = end + 1;
        n[count] = digits_at(s, end + 1);
        end = start[count] + n[count];
        count++;
    }
    bool goes_on = s->low[end] == between && is_alnum(s->low[end + 1]);
    if (goes_on || is_inside_word(s, end))
        return NO_PART;
    int a = number_at(s, at, n[0]), b = number_at(s, start[1], n[1]),
        c = number_at(s, start[2], n[2]);
    if (count == 3 && n[0] == 4 && n[1] <= 2 && n[2] <= 2)
        return a_day(end, is_date(a, b, c));
    if (count == 3 && n[0] <= 2 && n[1] <= 2 && n[2] == 4)
        return a_day(end, is_date(c, b, a) || is_date(c, a, b));
    bool is_short = between == '/' && n[0] <= 2 && n[1] <= 2;
    if (is_short && count == 3 && n[2] == 2 && c >= 20)
        return a_day(end, is_date(2000 + c, b, a) || is_date(2000 + c, a, b));
    if (is_short && count == 2 &&
        (s->asked == FIELD_TIME || is_likely_date(a, b, n[0] + n[1] == 4)))
        return a_day(end, is_date(2024, a, b) || is_date(2024, b, a));
    return NO_PART;
}

/* 2026年1月14日, 1월 14일, 1月14号 */
static struct part read_east_asian_date(struct scan *s, size_t at)
{
    static const char *const units[][4] = {{"年", "년"}, {"月", "월"}, {"日", "号", "일"}};
    int value[3] = {2024, 0, 0};
    size_t end = at, found = 0;
    for (size_t i = 0; i < 3 && is_digit(s->low[at]); i++) {
        size_t from = skip_blanks(s, end), n = digits_at(s, from), len = 0;
        size_t sign = skip_blanks(s, from + n);
        for (size_t k = 0; n && k < 4 && units[i][k]; k++)
            if (starts_with(s->low + sign, units[i][k]))
                len = strlen(units[i][k]);
        if (!len || (i == 0) != (n == 4))
            continue;
        value[i] = number_at(s, from, n);
        end = sign + len;
        found |= 1u << i;
    }
    static const char *const thirds[] = {"初",   "底",   "末", "头", "中旬",
                                         "上旬", "下旬", "초", "말", "중순"};
    for (size_t i = 0; (found & 6) == 2 && i < ARRAY_LEN(thirds); i++)
        if (starts_with(s->low + end, thirds[i]))
            return a_day(end + strlen(thirds[i]), value[1] >= 1 && value[1] <= 12);
    bool is_whole = found == 6 || found == 7;
    return is_whole ? a_day(end, is_date(value[0], value[1], value[2])) : NO_PART;
}

/* "tháng 11", behind the day: where it ends, or 0. */
static size_t month_behind(struct scan *s, size_t at)
{
    const struct word *w = scan_word(s, IN_CLASS(WORD_ORDINAL), at);
    size_t from = w && str_eq(w->value, "month") ? skip_blanks(s, at + w->len) : at,
           n = digits_at(s, from);
    bool is_month = from > at && n && n <= 2 && number_at(s, from, n) <= 12;
    return is_month ? from + n : 0;
}

/* "3号转的", "3日に", "on the 3rd", "ngày 3": a day of this month or of the last. */
static struct part read_day_of_month(struct scan *s, size_t at)
{
    static const char *const units[] = {"日", "号", "일"};
    const struct word *before = scan_word(s, IN_CLASS(WORD_CLOCK), at);
    bool is_said = before && str_eq(before->value, "date");
    size_t from = is_said ? skip_blanks(s, at + before->len) : at, n = digits_at(s, from);
    size_t end = from + n, unit = 0;
    if (!n || n > 2 || number_at(s, from, n) < 1 || number_at(s, from, n) > 31)
        return NO_PART;
    if (is_said) {
        const struct word *ordinal = scan_word(s, IN_CLASS(WORD_ORDINAL), end);
        end += ordinal && !str_eq(ordinal->value, "month") ? ordinal->len : 0;
        size_t month = month_behind(s, skip_blanks(s, end));
        if (month)
            return a_day(month, true);
        bool is_counted = scan_word(s,
                                    NAMES | IN_CLASS(WORD_COUNTER) | IN_CLASS(WORD_SPAN) |
                                        IN_CLASS(WORD_POWER) | IN_CLASS(WORD_POWER_GLUED),
                                    skip_blanks(s, end));
        bool goes_on = is_alnum(s->low[end]) || letter_in(s->low[end], "/:-%") ||
                       (letter_in(s->low[end], ".,") && is_digit(s->low[end + 1]));
        return goes_on || (is_counted && !ordinal) ? NO_PART : a_day(end, true);
    }
    for (size_t i = 0; i < ARRAY_LEN(units); i++)
        if (starts_with(s->low + end, units[i]))
            unit = strlen(units[i]);
    if (!unit)
        return NO_PART;
    end += unit;
    size_t next = skip_blanks(s, end + (starts_with(s->low + end, "の") ? 3 : 0));
    const struct word *after = scan_word(s, IN_CLASS(WORD_CLOCK), end);
    bool is_day =
        (after && str_eq(after->value, "day")) || scan_word(s, IN_CLASS(WORD_DAYTIME), next);
    return is_day ? a_day(end, true) : NO_PART;
}

/* "end of october", "cuối tháng 10" */
static struct part read_part_of_month(struct scan *s, size_t at)
{
    const struct word *w = scan_word(s, IN_CLASS(WORD_CLOCK), at);
    if (!w || !str_eq(w->value, "part"))
        return NO_PART;
    size_t next = skip_blanks(s, at + w->len), end = month_behind(s, next);
    const struct word *month = scan_word(s, IN_CLASS(WORD_MONTH), next);
    if (month && !strchr(month->value, '?'))
        end = next + month->len;
    return end ? a_day(end, true) : NO_PART;
}

/* "Jan 5th, 2026", "5 Jan", "5 tháng 1" */
static struct part read_named_date(struct scan *s, size_t at)
{
    size_t n = digits_at(s, at), end = at, day = 0;
    const struct word *w, *ordinal = NULL;
    if (n && n <= 2) {
        day = (size_t)number_at(s, at, n);
        end = at + n;
        ordinal = scan_word(s, IN_CLASS(WORD_ORDINAL), end);
        end = skip_blanks(s, end + (ordinal ? ordinal->len : 0));
    }
    if (at && is_alnum(s->low[at - 1]))
        return NO_PART;
    size_t month_end = day ? month_behind(s, end) : 0;
    if (month_end)
        return a_day(month_end, day <= 31);
    w = scan_word(s, IN_CLASS(WORD_MONTH), end);
    if (!w && ordinal && str_eq(ordinal->value, "day")) { /* "18hb", "10hb 11" */
        size_t digits = digits_at(s, end);
        bool is_month = digits && digits <= 2 && number_at(s, end, digits) <= 12 &&
                        !is_alnum(s->low[end + digits]) && !letter_in(s->low[end + digits], ".:/");
        return a_day(is_month ? end + digits : at + n + ordinal->len, day <= 31);
    }
    if (!w)
        return NO_PART;
    bool is_word = strchr(w->value, '?') && !ordinal;
    size_t month = (size_t)strtol(w->value, NULL, 10);
    end += w->len;
    size_t next = skip_blanks(s, end);
    if (starts_with(s->low + next, "the ")) /* "Nov the 5th" */
        next += 4;
    if (!day && (n = digits_at(s, next)) && n <= 2) {
        day = (size_t)number_at(s, next, n);
        end = next + n;
        if (scan_word(s, IN_CLASS(WORD_ORDINAL), end))
            end += scan_word(s, IN_CLASS(WORD_ORDINAL), end)->len;
    }
    next = skip_blanks(s, end + (s->low[end] == ','));
    if (day && digits_at(s, next) == 4 && is_date(number_at(s, next, 4), 1, 1)) {
        end = next + 4;
        is_word = false;
    }
    return day && !is_word ? a_day(end, is_date(2024, (int)month, (int)day)) : NO_PART;
}

/* --- hours --- */

/* 8:30, 08:30:15; 7.40 where it is said to be an hour, or a part of the day follows. */
static struct part read_clock_time(struct scan *s, size_t at, bool is_said)
{
    size_t n = digits_at(s, at), end = at + n;
    char between = s->low[end];
    if (!n || n > 2 || !letter_in(between, ":.") || digits_at(s, end + 1) != 2)
        return NO_PART;
    bool is_valid = number_at(s, at, n) <= 24 && number_at(s, end + 1, 2) < 60;
    end += 3;
    if (between == ':' && s->low[end] == ':' && digits_at(s, end + 1) == 2) {
        is_valid &= number_at(s, end + 1, 2) <= 60;
        end += 3;
    }
    bool goes_on = s->low[end] == between || is_digit(s->low[end]);
    const struct word *half = scan_word(s, IN_CLASS(WORD_DAYTIME), skip_blanks(s, end));
    if (goes_on || (between == '.' && (!is_valid || (!is_said && !half))))
        return NO_PART;
    if (half && (between == '.' || str_eq(half->value, "clock")))
        end = skip_blanks(s, end) + half->len;
    return an_hour(end, is_valid);
}

static struct part read_clock(struct scan *s, size_t at)
{
    return read_clock_time(s, at, false);
}

/* Behind the hour and its unit: minutes, or a half; they make it enough. */
static struct part with_minutes(struct scan *s, struct part p)
{
    size_t next = skip_blanks(s, p.end);
    const struct word *half = scan_word(s, IN_CLASS(WORD_HALF), next);
    const struct word *sign = scan_word(s, IN_CLASS(WORD_MINUTE), next);
    if (sign && str_eq(sign->value, "less")) /* "9h kém 10" */
        next = skip_blanks(s, next + sign->len);
    size_t n = digits_at(s, next);
    int tens = 0;
    size_t words = n || half ? 0 : words_at(s, next, &tens);
    if (words && tens >= 10 && tens < 60 && next == p.end) { /* "七点四十" */
        const struct word *minute = scan_word(s, IN_CLASS(WORD_MINUTE), next + words);
        p.is_enough = true;
        p.end = next + words + (minute ? minute->len : 0);
    } else if (sign && str_eq(sign->value, "whole")) {
        p.is_enough = true;
        p.end = next + sign->len;
    } else if (sign && n && n <= 2) {
        p.end = next + n;
    } else if (n && n <= 2 && number_at(s, next, n) < 60) {
        const struct word *minute = scan_word(s, IN_CLASS(WORD_MINUTE), skip_blanks(s, next + n));
        bool is_glued = next == p.end && n == 2;
        p.is_enough |= minute || is_glued;
        if (minute)
            p.end = skip_blanks(s, next + n) + minute->len;
        else if (is_glued)
            p.end = next + n;
    } else if (half) {
        p.end = next + half->len;
    }
    return p;
}

/* "8 in the morning" */
static size_t in_the_morning(struct scan *s, size_t at)
{
    const struct word *link = scan_word(s, IN_CLASS(WORD_CLOCK), at);
    size_t next = link && starts_with(link->text, "in") ? skip_blanks(s, at + link->len) : at;
    const struct word *half = next > at ? scan_word(s, IN_CLASS(WORD_DAYTIME), next) : NULL;
    return half ? next + half->len : 0;
}

/* 8点30分, 8h30, 3pm, "pukul 3" */
static struct part read_hour(struct scan *s, size_t at)
{
    const struct word *before = scan_word(s, IN_CLASS(WORD_CLOCK), at);
    bool is_said = before && str_eq(before->value, "hour");
    size_t from = is_said ? skip_blanks(s, at + before->len) : at, n = digits_at(s, from);
    struct part clock = is_said ? read_clock_time(s, from, true) : NO_PART;
    int hour = n && n <= 2 ? number_at(s, from, n) : 99;
    size_t words = n ? 0 : words_at(s, from, &hour), end = from + n + words;
    if (clock.end || (hour > 24 && !is_said) || letter_in(s->low[end], "/:"))
        return clock;
    size_t next = skip_blanks(s, end), morning = n ? in_the_morning(s, next) : 0;
    const struct word *unit = scan_word(s, IN_CLASS(WORD_HOUR), next);
    const struct word *span = scan_word(s, IN_CLASS(WORD_SPAN), next);
    if (span && (!unit || span->len > unit->len || hour == 24)) /* "24時間", "24h" */
        return NO_PART;
    if (morning)
        return an_hour(morning, true);
    const struct word *thirty =
        unit ? NULL : scan_word(s, IN_CLASS(WORD_HALF), next); /* "8 rưỡi" */
    size_t behind = thirty ? skip_blanks(s, next + thirty->len) : next;
    const struct word *half = scan_word(s, IN_CLASS(WORD_DAYTIME), behind);
    bool is_clock = half && str_eq(half->value, "clock") && hour <= 12;
    const struct word *noon = is_said && !n ? scan_word(s, IN_CLASS(WORD_DAY), from) : NULL;
    if (noon && str_eq(noon->value, "noon")) /* "a quarter past noon" */
        return an_hour(from + noon->len, true);
    if (hour > 24)
        return NO_PART;
    if (!unit && (is_said || is_clock))
        return an_hour(half ? behind + half->len : end, true);
    if (!unit)
        return NO_PART;
    bool is_weak = str_eq(unit->value, "weak");
    struct part p = an_hour(next + unit->len, true);
    p.is_enough = n && !is_weak;
    p.is_loose = !n && is_weak;
    return with_minutes(s, p);
}

/* "2", "2-3", "1.5", "hai", "两三", "a few": where it ends; 0: nothing is counted. */
static size_t count_end(struct scan *s, size_t at)
{
    const uint64_t numbers = IN_CLASS(WORD_NUMBER) | IN_CLASS(WORD_HOUR_NUMBER);
    size_t n = digits_at(s, at), end = at + n;
    if (n) {
        size_t sign = letter_in(s->low[end], ".,-~") ? 1 : starts_with(s->low + end, "、") ? 3 : 0;
        size_t more = sign ? digits_at(s, end + sign) : 0;
        return n > 4 ? 0 : end + (more ? sign + more : 0);
    }
    int value;
    size_t words = words_at(s, at, &value);
    const struct word *w = scan_word(s, numbers | IN_CLASS(WORD_VAGUE) | IN_CLASS(WORD_HALF), at);
    if (w && w->len > words)
        words = w->len;
    w = words ? scan_word(s, numbers, at + words) : NULL;
    return words ? at + words + (w ? w->len : 0) : 0;
}

/* "2 hours", "半个小时", "sejam", "an hour and a half": where it ends; 0: it is none. */
static size_t span_end(struct scan *s, size_t at)
{
    const struct word *span = scan_word(s, IN_CLASS(WORD_SPAN), at);
    size_t end = at;
    if (!span || !str_eq(span->value, "one")) {
        end = count_end(s, at);
        for (size_t i = 0; end && i < 3; i++) {
            size_t next = skip_blanks(s, end);
            span = scan_word(s, IN_CLASS(WORD_SPAN), next);
            const struct word *w =
                span ? NULL
                     : scan_word(s,
                                 IN_CLASS(WORD_LINKER) | IN_CLASS(WORD_VAGUE) | IN_CLASS(WORD_HALF),
                                 next);
            end = span || w ? next + (w ? w->len : 0) : 0;
            if (span)
                break;
        }
        if (!end || !span)
            return 0;
    }
    end += span->len;
    const struct word *half = scan_word(s, IN_CLASS(WORD_HALF), skip_blanks(s, end));
    return half ? skip_blanks(s, end) + half->len : end;
}

/* "2 hours ago", "3天前", "hai tiếng trước", "cách đây 2 tiếng" */
static struct part read_ago(struct scan *s, size_t at)
{
    const struct word *ago = scan_word(s, IN_CLASS(WORD_AGO), at);
    bool is_before = ago && str_eq(ago->value, "before");
    size_t end = span_end(s, is_before ? skip_blanks(s, at + ago->len) : at);
    if (!end || is_before)
        return end ? a_day(end, true) : NO_PART;
    const struct word *about = scan_word(s, IN_CLASS(WORD_DAYTIME), skip_blanks(s, end));
    if (about && str_eq(about->value, "about"))
        end = skip_blanks(s, end) + about->len;
    end = skip_blanks(s, end);
    ago = scan_word(s, IN_CLASS(WORD_AGO), end);
    return ago && !str_eq(ago->value, "before") ? a_day(end + ago->len, true) : NO_PART;
}

/* "yesterday", "上午", "(UTC+8)" */
static struct part read_word(struct scan *s, size_t at)
{
    const struct word *w =
        scan_word(s, IN_CLASS(WORD_DAY) | IN_CLASS(WORD_DAYTIME) | IN_CLASS(WORD_ZONE), at);
    if (!w)
        return NO_PART;
    size_t end = at + w->len;
    if (w->class == WORD_ZONE && letter_in(s->low[end], "+-") && digits_at(s, end + 1))
        end += 1 + digits_at(s, end + 1);
    return (struct part){end,
                         true,
                         w->class == WORD_DAY,
                         .is_daytime = w->class == WORD_DAYTIME,
                         .is_day = w->class == WORD_DAY,
                         .is_weekday = w->class == WORD_DAY && str_eq(w->value, "week")};
}

/* --- all together --- */

/* What a time may begin with, other than a digit. */
#define BEGINS_TIME                                                                                \
    (IN_CLASS(WORD_NUMBER) | IN_CLASS(WORD_POWER) | IN_CLASS(WORD_VAGUE) | IN_CLASS(WORD_HALF) |   \
     IN_CLASS(WORD_MONTH) | IN_CLASS(WORD_CLOCK) | IN_CLASS(WORD_DAY) | IN_CLASS(WORD_DAYTIME) |   \
     IN_CLASS(WORD_ZONE) | IN_CLASS(WORD_HOUR_NUMBER) | IN_CLASS(WORD_SPAN) | IN_CLASS(WORD_AGO))

static struct part read_part(struct scan *s, size_t at)
{
    static struct part (*const all[])(struct scan *, size_t) = {
        read_ago,          read_numeric_date,  read_east_asian_date,
        read_day_of_month, read_part_of_month, read_named_date,
        read_clock,        read_hour,          read_word,
    };
    bool is_number = is_digit(s->low[at]);
    if (!is_number && !scan_word(s, BEGINS_TIME, at))
        return NO_PART;
    bool is_inside = at && is_number && (is_inside_word(s, at) || is_behind_point(s, at));
    struct part best = NO_PART;
    for (size_t i = 0; !is_inside && i < ARRAY_LEN(all); i++) {
        struct part p = all[i](s, at);
        if (p.end > best.end && !is_inside_word(s, p.end))
            best = p;
    }
    return best;
}

/* A bare number that is an hour because of what stands before it: "tonight at 11", "selasa 8
 * malam"; or a day: "先月30日". */
static struct part read_bare(struct scan *s, size_t at, const struct part *whole, bool is_near)
{
    static const char *const days[] = {"日", "号", "일"};
    size_t n = digits_at(s, at), end = at + n;
    if (!n || n > 2 || whole->is_hour || !whole->is_day)
        return NO_PART;
    for (size_t i = 0; i < ARRAY_LEN(days); i++)
        if (starts_with(s->low + end, days[i]) && number_at(s, at, n) <= 31)
            return a_day(end + strlen(days[i]), true);
    if (starts_with(s->low + end, "ish"))
        end += 3; /* "around 8ish" */
    const struct word *half = scan_word(s, IN_CLASS(WORD_DAYTIME), skip_blanks(s, end));
    if (number_at(s, at, n) > 24 || is_alnum(s->low[end]) || letter_in(s->low[end], ".:/%"))
        return NO_PART;
    if (half)
        return an_hour(skip_blanks(s, end) + half->len, true);
    bool is_counted =
        scan_word(s, NAMES | IN_CLASS(WORD_CURRENCY_AFTER), skip_blanks(s, end)) ||
        scan_word(s, IN_CLASS(WORD_COUNTER) | IN_CLASS(WORD_SPAN), skip_blanks(s, end));
    return is_near && !is_counted ? an_hour(end, true) : NO_PART;
}

/* The next part of a time that has ended at `at`, over what may stand between; *start: where. */
static struct part next_part(struct scan *s, const struct part *whole, size_t *start)
{
    size_t at = whole->end;
    if (s->low[at] == '(' && s->low[at + 1] < 0 && s->low[at + 2] && s->low[at + 3] &&
        s->low[at + 4] == ')')
        at += 5; /* "11/5(水)" */
    while (letter_in(s->low[at], " ,()t-") && (s->low[at] != 't' || is_digit(s->low[at + 1])))
        at++;
    struct part p = read_part(s, at);
    const struct word *w = scan_word(s, IN_CLASS(WORD_CLOCK), at);
    *start = at;
    if (!p.end)
        p = read_bare(s, at, whole, false);
    if (p.end || !w)
        return p;
    *start = skip_blanks(s, at + w->len);
    p = read_part(s, *start);
    return p.end ? p : read_bare(s, *start, whole, str_eq(w->value, "near"));
}

/* "9時から24時まで", "9:00-18:00", "周一到周五": where it ends; 0: no range. */
static size_t range_end(struct scan *s, const struct part *whole)
{
    size_t at = skip_blanks(s, whole->end);
    const struct word *w = scan_word(s, IN_CLASS(WORD_RANGE), at);
    bool may = (whole->is_hour && !whole->is_day) || whole->is_weekday;
    if (!may || (!w && s->low[at] != '-'))
        return 0;
    at = skip_blanks(s, at + (w ? w->len : 1));
    struct part p = read_part(s, at);
    if (p.is_daytime && !p.is_hour)
        p = read_part(s, skip_blanks(s, p.end));
    return p.is_hour == whole->is_hour && p.is_weekday == whole->is_weekday ? p.end : 0;
}

static struct part join(struct part whole, struct part p)
{
    whole.end = p.end;
    whole.is_valid &= p.is_valid;
    whole.is_hour |= p.is_hour;
    whole.is_daytime |= p.is_daytime;
    whole.is_day |= p.is_day;
    whole.is_enough |= p.is_enough || (whole.is_hour && whole.is_daytime);
    return whole;
}

static char *squeezed(struct scan *s, size_t start, size_t end)
{
    char *value = arena_strndup(s->arena, s->text.s + start, end - start), *to = value;
    for (const char *at = value; *at; at++)
        if (!is_space(*at) || (to > value && to[-1] != ' '))
            *to++ = is_space(*at) ? ' ' : *at;
    *to = '\0';
    return value;
}

void find_times(struct scan *s)
{
    for (size_t at = 0; at < s->text.len;) {
        struct part p = scan_may_begin(s, at) ? read_part(s, at) : NO_PART, whole = p;
        if (!p.end || !scan_is_free(s, at, p.end)) {
            at++;
            continue;
        }
        whole.is_hour &= !p.is_loose;
        size_t skipped, next;
        while (!(skipped = range_end(s, &whole)) && (p = next_part(s, &whole, &next)).end) {
            if (next - whole.end > 16 || !scan_is_free(s, next, p.end))
                break;
            whole = join(whole, p);
        }
        if (whole.is_enough && !skipped) {
            if (at && s->low[at - 1] == '~' && !s->taken[at - 1])
                at--; /* "~40 min ago" */
            struct found *f = scan_add(s, FIELD_TIME, at, whole.end, squeezed(s, at, whole.end));
            if (f)
                f->is_valid = whole.is_valid;
            scan_take(s, at, whole.end);
        }
        at = skipped ? skipped : whole.end;
    }
}
