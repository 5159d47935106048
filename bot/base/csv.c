#include "bot/base/csv.h"

#include "bot/base/buf.h"
#include "bot/base/text.h"

#include <strings.h>

#define MARK  "\xEF\xBB\xBF"
#define FIELD 100000 /* bytes; more is a fault */

static char find_separator(const char *at, const char *end)
{
    const char *newline = memchr(at, '\n', (size_t)(end - at));
    size_t len = (size_t)((newline ? newline : end) - at);
    static const char all[] = {',', ';', '\t'};
    for (size_t i = 0; i < sizeof(all); i++)
        if (memchr(at, all[i], len))
            return all[i];
    return ',';
}

void csv_init(struct csv *c, const char *text, size_t len)
{
    bool has_mark = len >= strlen(MARK) && !memcmp(text, MARK, strlen(MARK));
    const char *at = text + (has_mark ? strlen(MARK) : 0);
    *c = (struct csv){at, text + len, 1, find_separator(at, text + len)};
}

static bool is_at(const struct csv *c, char what)
{
    return c->at < c->end && *c->at == what;
}

static bool is_at_break(const struct csv *c)
{
    return c->at == c->end || *c->at == '\n' ||
           (*c->at == '\r' && (c->at + 1 == c->end || c->at[1] == '\n'));
}

static void pass_break(struct csv *c)
{
    c->at += is_at(c, '\r');
    c->at += is_at(c, '\n');
    c->line++;
}

static void skip_blanks(struct csv *c)
{
    while (c->at < c->end && (*c->at == ' ' || (*c->at == '\t' && c->separator != '\t')))
        c->at++;
}

/* What stands between quotes, behind the first. */
static const char *quoted(struct csv *c, struct buf *out)
{
    for (;; c->at++) {
        if (c->at == c->end)
            return "a quote is not closed";
        if (*c->at == '"' && !(c->at + 1 < c->end && c->at[1] == '"'))
            break;
        c->at += *c->at == '"';
        c->line += *c->at == '\n';
        buf_char(out, *c->at);
    }
    c->at++;
    skip_blanks(c);
    return is_at(c, c->separator) || is_at_break(c) ? NULL
                                                    : "something stands behind a closing quote";
}

static const char *read_field(struct csv *c, struct buf *out)
{
    skip_blanks(c);
    if (is_at(c, '"')) {
        c->at++;
        return quoted(c, out);
    }
    while (!is_at(c, c->separator) && !is_at_break(c))
        buf_char(out, *c->at++);
    return NULL;
}

static const char *cleaned(struct arena *a, const struct buf *field)
{
    size_t len = field->len;
    while (len && (field->data[len - 1] == ' ' || field->data[len - 1] == '\t'))
        len--;
    return text_clean(a, field->data, len);
}

static void skip_line(struct csv *c)
{
    while (!is_at_break(c))
        c->at++;
}

bool csv_next(struct csv *c, struct arena *a, struct csv_row *out)
{
    struct buf field = BUF_INIT(FIELD);
    *out = (struct csv_row){0};
    for (skip_blanks(c); c->at < c->end && is_at_break(c); skip_blanks(c))
        pass_break(c);
    if (c->at == c->end)
        return false;
    out->line = c->line;
    for (bool is_more = true; is_more && !out->fault; c->at += is_more) {
        buf_clear(&field);
        out->fault = out->n == CSV_FIELDS ? "it has too many fields" : read_field(c, &field);
        if (!out->fault && buf_over(&field))
            out->fault = "a field is too long";
        if (!out->fault)
            out->fields[out->n++] = cleaned(a, &field);
        is_more = is_at(c, c->separator);
    }
    skip_line(c);
    pass_break(c);
    buf_release(&field);
    return true;
}

int csv_column(const struct csv_row *names, const char *name)
{
    for (size_t i = 0; i < names->n; i++)
        if (!strcasecmp(names->fields[i], name))
            return (int)i;
    return -1;
}

const char *csv_field(const struct csv_row *row, int column)
{
    return column >= 0 && (size_t)column < row->n ? row->fields[column] : "";
}
