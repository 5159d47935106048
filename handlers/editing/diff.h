/* What is different between two YAML files, for people: which texts came and which went, by the
 * names of what they belong to. Comments and the order of keys are not told. Pure. */
#ifndef ZAIDE_HANDLERS_EDITING_DIFF_H
#define ZAIDE_HANDLERS_EDITING_DIFF_H

#include "bot/base/arena.h"
#include "bot/base/yaml.h"
#include "bot/model/review.h"

/* In the order of `now`, then what `old` alone has (NULL: it had nothing). What is returned lives
 * in `a`, the texts with the trees. */
struct change *diff_trees(struct arena *a, const struct yaml *old, const struct yaml *now,
                          size_t *n);

#endif
