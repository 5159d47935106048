/* Holds what zaide says to the rules of each language's tone.yaml: for `zaide knowledge check`.
 * Pure. */
#ifndef ZAIDE_HANDLERS_TONE_CHECK_H
#define ZAIDE_HANDLERS_TONE_CHECK_H

#include "bot/ports/handler.h"

/* A line for each fault, "file:line: what". To customers and staff: nothing of `never`. To
 * customers also: no form of address of `address_never`, sentences no longer than `max_sentence`,
 * answers of at most `max_steps` entries, neither emoji nor "!" but where only information is asked
 * for (items of priority 3), and what `always_said` and `opens_with` ask of single items. Every
 * file says by whom it was `reviewed_by`. */
void tone_check(const struct handler_files *files, struct buf *out);

/* How many files of a language's texts there are, and how many no second native speaker has
 * reviewed ("nobody yet"). */
struct reviews {
    size_t files, open;
};
struct reviews tone_reviews(const struct handler_files *files);

#endif
