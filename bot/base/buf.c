#include "bot/base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAP 256

char buf_empty[1] = ""; /* shared by every empty buffer, so it is never written to */

void buf_init(struct buf *b, size_t max)
{
    *b = (struct buf)BUF_INIT(max);
}

void buf_release(struct buf *b)
{
    if (b->cap)
        free(b->data);
    buf_init(b, b->max);
}

void buf_clear(struct buf *b)
{
    if (b->cap)
        b->data[0] = '\0';
    b->len = 0;
    b->over = false;
}

char *buf_detach(struct buf *b)
{
    char *s = b->cap ? b->data : xstrdup("");
    buf_init(b, b->max);
    return s;
}

/* Room for `len` more bytes and the NUL, or false where that would pass the maximum. */
static bool make_room(struct buf *b, size_t len)
{
    if (len > b->max - b->len) {
        b->over = true;
        return false;
    }
    size_t need = b->len + len + 1;
    if (need <= b->cap)
        return true;
    size_t cap = b->cap ? b->cap : FIRST_CAP;
    while (cap < need)
        cap *= 2;
    if (cap > b->max)
        cap = b->max + 1;
    b->data = xrealloc(b->cap ? b->data : NULL, cap);
    b->cap = cap;
    return true;
}

void buf_add(struct buf *b, const void *data, size_t len)
{
    if (len == 0 || !make_room(b, len))
        return;
    memcpy(b->data + b->len, data, len);
    b->len += len;
    b->data[b->len] = '\0';
}

void buf_str(struct buf *b, const char *s)
{
    if (s)
        buf_add(b, s, strlen(s));
}

void buf_char(struct buf *b, char c)
{
    if (b->len + 1 >= b->cap) {
        buf_add(b, &c, 1);
        return;
    }
    b->data[b->len++] = c;
    b->data[b->len] = '\0';
}

void buf_vprintf(struct buf *b, const char *fmt, va_list args)
{
    va_list again;
    va_copy(again, args);
    size_t room = b->cap - b->len;
    int len = vsnprintf(room ? b->data + b->len : NULL, room, fmt, args);
    if (len < 0)
        die("buf_printf: bad format \"%s\"", fmt);
    if ((size_t)len < room && (size_t)len <= b->max - b->len) {
        b->len += (size_t)len;
    } else if (len > 0 && make_room(b, (size_t)len)) {
        vsnprintf(b->data + b->len, (size_t)len + 1, fmt, again);
        b->len += (size_t)len;
    } else if (room) {
        b->data[b->len] = '\0'; /* the first try has written over it */
    }
    va_end(again);
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    buf_vprintf(b, fmt, args);
    va_end(args);
}

int buf_fail(struct buf *why, const char *fmt, ...)
{
    if (!why)
        return -1;
    struct buf text = BUF_INIT(SIZE_MAX - 1); /* apart, as `why` may be among the arguments */
    va_list args;
    va_start(args, fmt);
    buf_vprintf(&text, fmt, args);
    va_end(args);
    size_t len = text.len;
    if (len > why->max) /* half a reason is better than none; do not end inside a UTF-8 character */
        for (len = why->max; len && ((unsigned char)text.data[len] & 0xc0) == 0x80;)
            len--;
    buf_clear(why);
    buf_add(why, text.data, len);
    buf_release(&text);
    return -1;
}
