/* Numbers as people write them, exactly: "1,000.50", "1.000,50", "2k", "1万5千", "1tr2", "50만",
 * "năm trăm nghìn", "half". A finite decimal in, a finite decimal out; never a double. */
#ifndef ZAIDE_EXTRACT_NUMBER_H
#define ZAIDE_EXTRACT_NUMBER_H

#include "handlers/extract/scan.h"

struct number {
    size_t start, end;
    const char *value; /* "1000.50" */
    const char *other; /* the other reading of "1.000", or "" */
    bool has_digits, has_signs /* points or commas */, has_power;
    bool is_large;      /* with a power of a million or more by the alphabet: "12 triệu", "5tr" */
    bool is_bare_power; /* "万" alone, which means one in some languages and many in others */
};

/* Where "3个" ends, when nothing is said of what is counted: coins then; else 0. */
size_t number_counted_coins(const struct scan *s, size_t end);

/* Does what follows a number without a unit say that it counts something: "3 times", "500 people"?
 */
bool number_counts(const struct scan *s, size_t end);
bool number_counts_listed(const struct scan *s, size_t end); /* and a word for it is known */

/* The number that begins at `at`. False: there is none, or none that can be relied on. */
bool number_read(struct scan *s, size_t at, struct number *n);

#endif
