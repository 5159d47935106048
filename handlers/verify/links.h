/* The links of a text, as people write them: with a scheme, with "www.", or a bare host name. Pure.
 */
#ifndef ZAIDE_VERIFY_LINKS_H
#define ZAIDE_VERIFY_LINKS_H

#include "bot/base/arena.h"
#include "bot/base/settings.h"

struct links {
    const char **items; /* in the order of the text, without the signs that end a sentence */
    size_t n, cap;
};

/* E-mail addresses are none. Everything lives in the arena. */
struct links links_find(struct arena *a, const char *text);

/* The first that is neither of BRAND_HOSTS nor in BRAND_HANDLES; NULL: there is none. */
const char *links_foreign(struct arena *a, const struct settings *settings, const char *text);

#endif
