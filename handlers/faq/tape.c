#include "handlers/faq/tape.h"

#include <string.h>

void tape_put(struct tape *t, const void *data, size_t len)
{
    buf_add(t->out, data, len);
}

static const void *take(struct tape *t, size_t len)
{
    t->failed |= len > t->len - t->at;
    if (t->failed)
        return NULL;
    t->at += len;
    return t->data + t->at - len;
}

void tape_get(struct tape *t, void *out, size_t len)
{
    const void *found = take(t, len);
    if (found)
        memcpy(out, found, len);
    else
        memset(out, 0, len);
}

void *tape_array(struct tape *t, size_t n, size_t size)
{
    t->failed |= n > t->len / size;
    const void *found = take(t, t->failed ? 0 : n * size);
    return found ? memcpy(xcalloc(n * size + 1, 1), found, n * size) : NULL;
}

#define NO_STRING UINT32_MAX

void tape_put_string(struct tape *t, const char *s)
{
    uint32_t len = s ? (uint32_t)strlen(s) : NO_STRING;
    tape_put(t, &len, sizeof(len));
    if (s)
        tape_put(t, s, len);
}

char *tape_string(struct tape *t)
{
    uint32_t len;
    tape_get(t, &len, sizeof(len));
    return len == NO_STRING || t->failed ? NULL : tape_array(t, len, 1);
}
