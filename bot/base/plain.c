#include "bot/base/plain.h"

#include "bot/base/text.h"

static bool is_invisible(int32_t c)
{
    static const struct {
        int32_t from, to;
    } ranges[] = {
        {0xAD, 0xAD},     {0x34F, 0x34F},   {0x61C, 0x61C},   {0x180B, 0x180F}, {0x200B, 0x200F},
        {0x202A, 0x202E}, {0x2060, 0x206F}, {0xFE00, 0xFE0F}, {0xFEFF, 0xFEFF}, {0xE0000, 0xE01EF},
    };
    for (size_t i = 0; i < ARRAY_LEN(ranges) && c >= ranges[i].from; i++)
        if (c <= ranges[i].to)
            return true;
    return false;
}

/* The ASCII character it stands for, or 0. */
static char ascii_of(int32_t c)
{
    if (c >= 0xFF01 && c <= 0xFF5E)
        return (char)(c - 0xFEE0);
    return c == 0xA0 || c == 0x3000 || (c >= 0x2000 && c <= 0x200A) ? ' ' : '\0';
}

struct plain plain_new(struct arena *a, const char *text)
{
    size_t len = strlen(text);
    struct plain p = {.s = arena_alloc(a, len + 1)};
    p.at = arena_alloc(a, (len + 1) * sizeof(*p.at));
    for (const char *at = text, *end = text + len; at < end;) {
        const char *from = at;
        int32_t c = text_next(&at, end);
        if (is_invisible(c))
            continue;
        char ascii = ascii_of(c);
        for (const char *b = from; b < (ascii ? from + 1 : at); b++) {
            p.at[p.len] = (uint32_t)(b - text);
            p.s[p.len++] = ascii ? ascii : *b;
        }
    }
    p.at[p.len] = (uint32_t)len;
    return p;
}
