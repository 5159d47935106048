/* Links in what we post ourselves. Pure. */
#ifndef ZAIDE_VERIFY_LINK_H
#define ZAIDE_VERIFY_LINK_H

#include "bot/base/settings.h"

/* "https://" and a host of BRAND_HOSTS or below one of them, plainly written. */
bool link_is_official(const struct settings *settings, const char *url);

#endif
