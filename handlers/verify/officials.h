/* What is ours, from the settings and the registry. */
#ifndef ZAIDE_VERIFY_OFFICIALS_H
#define ZAIDE_VERIFY_OFFICIALS_H

#include "bot/base/settings.h"
#include "bot/model/facts.h"
#include "handlers/verify/standing.h"

extern const struct setting officials_settings[];

/* BRAND_HOSTS, BRAND_HANDLES, BRAND_NAME; the agents' numeric ids prove, their names do not.
 * `facts` may be NULL. */
struct officials officials_of(struct arena *a, const struct settings *settings,
                              const struct facts *facts, const struct title_words *w);

#endif
