/* When: dates, hours, "yesterday", "2 hours ago", and their combinations. The words are kept as
 * they were written: they say more than a guess at the customer's clock would. */
#include "handlers/extract/letters.h"
#include "handlers/extract/scan.h"

struct part {
    size_t end;     /* 0: there is none */
    bool is_valid;  /* a date and an hour that exist */
    bool is_enough; /* alone: "yesterday" is a time, "morning" and "(UTC+8)" are none */
};

#define NO_PART ((struct part){0})

static size_t digits_at(const struct scan *s, size_t at)
{
    size_t n = 0;
    while (is_digit(s->low[at + n]))
        n++;
    return n;
}

static int number_at(const struct scan *s, size_t at, size_t n)
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

static size_t skip_blanks(const struct scan *s, size_t at)
{
    return at + (s->low[at] == ' ') + (s->low[at] == ' ' && s->low[at + 1] == ' ');
}

/* Not so at "2026-01-14T08:30:00Z". */
static bool is_inside_word(const struct scan *s, size_t at)
{
    const char *low = s->low + at;
    bool is_iso = (low[0] == 't' && is_digit(low[1])) ||
                  (low[-1] == 't' && at >= 2 && is_digit(low[-2])) ||
                  (low[0] == 'z' && !is_alnum(low[1]));
    return is_alnum(low[-1]) && is_alnum(low[0]) && !is_iso;
}

static bool is_behind_point(const struct scan *s, size_t at)
{
    return at >= 2 && s->low[at - 1] == '.' && is_digit(s->low[at - 2]);
}

/* --- dates --- */

/* 2026-01-14, 14/01/2026; 14/1 and 1.14 only where a time is asked for. */
static struct part read_numeric_date(const struct scan *s, size_t at)
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
        return (struct part){end, is_date(a, b, c), true};
    if (count == 3 && n[0] <= 2 && n[1] <= 2 && n[2] == 4)
        return (struct part){end, is_date(c, b, a) || is_date(c, a, b), true};
    bool is_short =
        count == 2 && between == '/' && n[0] <= 2 && n[1] <= 2 && s->asked == FIELD_TIME;
    if (is_short)
        return (struct part){end, is_date(2024, a, b) || is_date(2024, b, a), true};
    return NO_PART;
}

/* 2026年1月14日, 1월 14일, 1月14号 */
static struct part read_east_asian_date(const struct scan *s, size_t at)
{
    static const char *const units[][4] = {{"年", "년"}, {"月", "월"}, {"日", "号", "號", "일"}};
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
    bool is_whole = found == 6 || found == 7;
    return is_whole ? (struct part){end, is_date(value[0], value[1], value[2]), true} : NO_PART;
}

/* "Jan 5th, 2026", "5 Jan", "ngày 5 tháng 1" */
static struct part read_named_date(const struct scan *s, size_t at)
{
    size_t n = digits_at(s, at), end = at, day = 0;
    const struct word *w;
    if (n && n <= 2) {
        day = (size_t)number_at(s, at, n);
        end = at + n;
        if (scan_word(s, IN_CLASS(WORD_ORDINAL), end))
            end += scan_word(s, IN_CLASS(WORD_ORDINAL), end)->len;
        end = skip_blanks(s, end);
    }
    w = scan_word(s, IN_CLASS(WORD_MONTH), end);
    if (!w || (at && is_alnum(s->low[at - 1])))
        return NO_PART;
    size_t month = (size_t)strtol(w->value, NULL, 10);
    end += w->len;
    size_t next = skip_blanks(s, end);
    if (!day && (n = digits_at(s, next)) && n <= 2) {
        day = (size_t)number_at(s, next, n);
        end = next + n;
        if (scan_word(s, IN_CLASS(WORD_ORDINAL), end))
            end += scan_word(s, IN_CLASS(WORD_ORDINAL), end)->len;
    }
    next = skip_blanks(s, end + (s->low[end] == ','));
    if (day && digits_at(s, next) == 4 && is_date(number_at(s, next, 4), 1, 1))
        end = next + 4;
    return day ? (struct part){end, is_date(2024, (int)month, (int)day), true} : NO_PART;
}

/* --- hours --- */

/* 8:30, 08:30:15 */
static struct part read_clock(const struct scan *s, size_t at)
{
    size_t n = digits_at(s, at), end = at + n;
    if (!n || n > 2 || s->low[end] != ':' || digits_at(s, end + 1) != 2)
        return NO_PART;
    bool is_valid = number_at(s, at, n) <= 24 && number_at(s, end + 1, 2) < 60;
    end += 3;
    if (s->low[end] == ':' && digits_at(s, end + 1) == 2) {
        is_valid &= number_at(s, end + 1, 2) <= 60;
        end += 3;
    }
    bool goes_on = s->low[end] == ':' || is_digit(s->low[end]);
    const struct word *half = scan_word(s, IN_CLASS(WORD_DAYTIME), skip_blanks(s, end));
    if (half && str_eq(half->value, "clock"))
        end = skip_blanks(s, end) + half->len;
    return goes_on ? NO_PART : (struct part){end, is_valid, true};
}

/* 8点30分, 8h30, 3pm, "pukul 3" */
static struct part read_hour(const struct scan *s, size_t at)
{
    const struct word *before = scan_word(s, IN_CLASS(WORD_CLOCK), at);
    bool is_said = before && str_eq(before->value, "hour");
    size_t from = is_said ? skip_blanks(s, at + before->len) : at, n = digits_at(s, from);
    const struct word *number = n ? NULL : scan_word(s, IN_CLASS(WORD_NUMBER), from);
    if (n > 2 || (!n && !number))
        return NO_PART;
    int hour = n ? number_at(s, from, n) : (int)strtol(number->value, NULL, 10);
    if (hour > 24)
        return NO_PART;
    size_t end = from + (n ? n : number->len), next = skip_blanks(s, end);
    const struct word *unit = scan_word(s, IN_CLASS(WORD_HOUR), next);
    const struct word *half = scan_word(s, IN_CLASS(WORD_DAYTIME), next);
    const struct word *span = scan_word(s, IN_CLASS(WORD_SPAN), next);
    if (span && (!unit || span->len > unit->len || hour == 24)) /* "24時間", "24h" */
        return NO_PART;
    if (!unit && (is_said || (half && str_eq(half->value, "clock"))))
        return (struct part){half ? next + half->len : end, true, true};
    if (!unit)
        return NO_PART;
    bool is_enough = n && !str_eq(unit->value, "weak"); /* 一点 is also "a little" */
    end = next + unit->len;
    next = skip_blanks(s, end);
    n = digits_at(s, next);
    if (n && n <= 2 && number_at(s, next, n) < 60) {
        const struct word *minute = scan_word(s, IN_CLASS(WORD_MINUTE), skip_blanks(s, next + n));
        if (minute)
            end = skip_blanks(s, next + n) + minute->len;
        else if (next == end && n == 2)
            end = next + n;
        is_enough |= minute || end == next + n;
    } else if (scan_word(s, IN_CLASS(WORD_HALF), next)) {
        end = next + scan_word(s, IN_CLASS(WORD_HALF), next)->len;
    }
    return (struct part){end, true, is_enough};
}

/* "2 hours ago", "3天前", "hai tiếng trước" */
static struct part read_ago(const struct scan *s, size_t at)
{
    size_t n = digits_at(s, at), end = at + n;
    const struct word *number =
        n ? NULL
          : scan_word(s, IN_CLASS(WORD_NUMBER) | IN_CLASS(WORD_VAGUE) | IN_CLASS(WORD_HALF), at);
    if (n > 4 || (!n && !number))
        return NO_PART;
    end = skip_blanks(s, end + (number ? number->len : 0));
    const struct word *linker = scan_word(s, IN_CLASS(WORD_LINKER), end);
    const struct word *span = scan_word(s, IN_CLASS(WORD_SPAN), end);
    if (!span && linker)
        span = scan_word(s, IN_CLASS(WORD_SPAN), end = skip_blanks(s, end + linker->len));
    if (!span)
        return NO_PART;
    end = skip_blanks(s, end + span->len);
    const struct word *ago = scan_word(s, IN_CLASS(WORD_AGO), end);
    return ago ? (struct part){end + ago->len, true, true} : NO_PART;
}

/* "yesterday", "上午", "(UTC+8)" */
static struct part read_word(const struct scan *s, size_t at)
{
    const struct word *w =
        scan_word(s, IN_CLASS(WORD_DAY) | IN_CLASS(WORD_DAYTIME) | IN_CLASS(WORD_ZONE), at);
    if (!w)
        return NO_PART;
    size_t end = at + w->len;
    if (w->class == WORD_ZONE && letter_in(s->low[end], "+-") && digits_at(s, end + 1))
        end += 1 + digits_at(s, end + 1);
    return (struct part){end, true, w->class == WORD_DAY};
}

/* --- all together --- */

static struct part read_part(const struct scan *s, size_t at)
{
    static struct part (*const all[])(const struct scan *, size_t) = {
        read_ago,  read_numeric_date, read_east_asian_date, read_named_date, read_clock,
        read_hour, read_word,
    };
    bool is_number = is_digit(s->low[at]);
    bool is_inside = at && is_number && (is_inside_word(s, at) || is_behind_point(s, at));
    struct part best = NO_PART;
    for (size_t i = 0; !is_inside && i < ARRAY_LEN(all); i++) {
        struct part p = all[i](s, at);
        if (p.end > best.end && !is_inside_word(s, p.end))
            best = p;
    }
    return best;
}

/* The next part of a time that has ended at `at`, over what may stand between; *start: where. */
static struct part next_part(const struct scan *s, size_t at, size_t *start)
{
    while (letter_in(s->low[at], " ,()t-") && (s->low[at] != 't' || is_digit(s->low[at + 1])))
        at++;
    struct part p = read_part(s, at);
    const struct word *w = scan_word(s, IN_CLASS(WORD_CLOCK), at);
    *start = at;
    if (p.end || !w)
        return p;
    *start = skip_blanks(s, at + w->len);
    return read_part(s, *start);
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
        for (size_t next; (p = next_part(s, whole.end, &next)).end;) {
            if (next - whole.end > 16 || !scan_is_free(s, next, p.end))
                break;
            whole =
                (struct part){p.end, whole.is_valid && p.is_valid, whole.is_enough || p.is_enough};
        }
        if (whole.is_enough) {
            struct found *f = scan_add(s, FIELD_TIME, at, whole.end, squeezed(s, at, whole.end));
            if (f)
                f->is_valid = whole.is_valid;
            scan_take(s, at, whole.end);
        }
        at = whole.end;
    }
}
