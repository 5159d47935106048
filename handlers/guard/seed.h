/* Finds seed phrases: 12 or more words of one BIP-39 list in a row, whatever stands between them
 * (numbers, commas, line breaks, bars ...). Pure.
 *
 * Chinese text without spaces consists of list words anyway, so there a phrase must have the right
 * length and checksum and must not read like a sentence. */
#ifndef ZAIDE_GUARD_SEED_H
#define ZAIDE_GUARD_SEED_H

#include "handlers/guard/secrets.h"

/* `text` has no zero-width characters left in it. Adds what is found. */
void seed_find(struct arena *a, const char *text, size_t len, struct secrets *out);

#endif
