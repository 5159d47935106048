/* Comma-separated values, as spreadsheets write them (RFC 4180): a line is a row, a field may stand
 * between quotes and then has commas, line breaks and "" for a quote. Where the first line has no
 * comma but semicolons or tabs, those stand between fields. A byte order mark and blank lines are
 * skipped, blanks around fields are cut. Pure. */
#ifndef ZAIDE_BASE_CSV_H
#define ZAIDE_BASE_CSV_H

#include "bot/base/arena.h"

#define CSV_FIELDS 32 /* in a row; more are a fault */

struct csv {
    const char *at, *end;
    int64_t line; /* that comes next */
    char separator;
};

struct csv_row {
    int64_t line; /* where it begins, from 1 */
    const char *fields[CSV_FIELDS];
    size_t n;
    const char *fault; /* why it cannot be read, in English; NULL: it could */
};

/* The text must outlive it. */
void csv_init(struct csv *c, const char *text, size_t len);
/* False at the end. Fields live in the arena; what is not UTF-8 is replaced. */
bool csv_next(struct csv *c, struct arena *a, struct csv_row *out);

/* The number of the field with this name, in whatever case, or -1. */
int csv_column(const struct csv_row *names, const char *name);
/* "" where the row has no such field. */
const char *csv_field(const struct csv_row *row, int column);

#endif
