/* Lists of what people write, kept as phrases: "hi|hello|good morning". Pure; the texts are folded
 * (text_fold_match). */
#ifndef ZAIDE_HANDLERS_WORDS_H
#define ZAIDE_HANDLERS_WORDS_H

#include "bot/base/text.h"

/* Where in the text one of the list begins first, from `from` bytes on; SIZE_MAX: nowhere.
 * Of those that begin there the longest is `*found_len` (or NULL) bytes long. A word
 * that begins or ends with an ASCII letter stands alone. */
size_t words_find(const char *folded, size_t from, const char *list, size_t *found_len);

#endif
