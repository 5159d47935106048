/* Amounts of money: decimal strings, exact to the last digit, of any length. No number of the
 * machine holds them. Pure. */
#ifndef ZAIDE_BASE_DECIMAL_H
#define ZAIDE_BASE_DECIMAL_H

#include "bot/base/arena.h"

#define DECIMAL_MAX 80 /* characters of one that people write */

/* "12", "0.50", "1234567890123.000000000000000001": digits, at most one point between them, no
 * sign, no needless zero in front. */
bool decimal_is(const char *s);
bool decimal_is_zero(const char *s);

/* Both are decimals: below, equal to or above 0, as strcmp. */
int decimal_compare(const char *x, const char *y);

/* Both are decimals; the sum has as many digits behind the point as the longer one. */
const char *decimal_add(struct arena *a, const char *x, const char *y);

#endif
