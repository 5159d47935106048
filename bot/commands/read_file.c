#include "bot/commands/read_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int read_file(const char *path, struct buf *text, struct buf *why)
{
    FILE *in = str_eq(path, "-") ? stdin : fopen(path, "re");
    char chunk[16384];
    if (!in)
        return buf_fail(why, "%s: %s", path, strerror(errno));
    for (size_t n; (n = fread(chunk, 1, sizeof(chunk), in)) > 0;)
        buf_add(text, chunk, n);
    bool is_broken = ferror(in);
    if (in != stdin)
        fclose(in);
    if (is_broken)
        return buf_fail(why, "%s cannot be read", path);
    return buf_over(text) ? buf_fail(why, "%s is longer than %zu bytes", path, text->max) : 0;
}
