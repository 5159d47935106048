/* The part of decode.h that works on text. */
#include "adapters/telegram/decode.h"

#include <string.h>

static const char *skip_space(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n'))
        p++;
    return p;
}

/* Behind the string that begins at p; NULL: it never ends. */
static const char *skip_string(const char *p, const char *end)
{
    for (p++; p < end && *p != '"'; p++)
        if (*p == '\\')
            p++;
    return p < end ? p + 1 : NULL;
}

/* Behind the value that begins at p; NULL: it never ends. Brackets are counted, not matched. */
static const char *skip_value(const char *p, const char *end)
{
    size_t depth = 0;
    while (p < end) {
        if (*p == '"') {
            p = skip_string(p, end);
            if (!p || !depth)
                return p;
            continue;
        }
        if (*p == '{' || *p == '[')
            depth++;
        else if ((*p == '}' || *p == ']' || *p == ',') && !depth)
            return p;
        else if ((*p == '}' || *p == ']') && !--depth)
            return p + 1;
        p++;
    }
    return NULL;
}

bool telegram_batch_open(struct telegram_batch *b, const char *text, size_t len)
{
    const char *end = text + len, *p = skip_space(text, end);
    *b = (struct telegram_batch){NULL, end, false};
    if (p == end || *p != '{')
        return false;
    do {
        const char *name = skip_space(p + 1, end);
        if (name == end || *name != '"' || !(p = skip_string(name, end)))
            return false;
        bool is_result = p - name == 8 && memcmp(name, "\"result\"", 8) == 0;
        p = skip_space(p, end);
        if (p == end || *p != ':')
            return false;
        p = skip_space(p + 1, end);
        if (is_result && p < end && *p == '[') {
            b->at = p + 1;
            return true;
        }
        p = skip_value(p, end);
        p = p ? skip_space(p, end) : end;
    } while (p < end && *p == ',');
    return false;
}

bool telegram_batch_next(struct telegram_batch *b, const char **text, size_t *len)
{
    const char *start = skip_space(b->at, b->end);
    if (start < b->end && *start == ',')
        start = skip_space(start + 1, b->end);
    if (start < b->end && *start == ']')
        return false;
    const char *behind = skip_value(start, b->end);
    if (!behind || behind == start) {
        b->is_broken = true;
        return false;
    }
    *text = start;
    *len = (size_t)(behind - start);
    b->at = behind;
    return true;
}

/* A name between quotes, then a colon and digits. In people's words a quote has a backslash before
 * it, so it is the server's. */
int64_t telegram_find_update_id(const char *text, size_t len)
{
    static const char name[] = "\"update_id\"";
    const char *end = text + len, *p = text;
    while ((p = memmem(p, (size_t)(end - p), name, sizeof(name) - 1))) {
        p += sizeof(name) - 1;
        const char *at = skip_space(p, end);
        if (at == end || *at != ':')
            continue;
        at = skip_space(at + 1, end);
        char digits[20];
        size_t n = 0;
        while (at < end && n < sizeof(digits) - 1 && is_digit(*at))
            digits[n++] = *at++;
        digits[n] = '\0';
        int64_t id;
        if (parse_i64(digits, &id) == 0 && id <= INT32_MAX)
            return id;
    }
    return -1;
}
