/* Which accounts of ours work. Whoever polls and sends for one gives a sign of life as long as the
 * platform takes and gives, in the hash "platforms". Nobody says that one is down: its signs end
 * while others' go on, whoever or whatever is to blame. Pure. */
#ifndef ZAIDE_MODEL_PLATFORM_H
#define ZAIDE_MODEL_PLATFORM_H

#include "bot/base/arena.h"

#define PLATFORMS      "platforms"
#define PLATFORM_SIGNS 4 /* in the time after which one counts as down */

struct platform {
    const char *account; /* "telegram:77" */
    const char *label;   /* as customers know it, "Telegram (@the_bot)"; "": they do not */
    int64_t alive_ms;    /* its last sign */
};

bool platform_parse(struct arena *a, const char *account, const char *kept, struct platform *out);
char *platform_print(struct arena *a, const struct platform *p);

/* Since when it is down: its last sign, where another one's came `after_ms` later or more; 0: it is
 * not. What gave no sign for a day is not down, but gone. */
int64_t platform_down_since(const struct platform *all, size_t n, const struct platform *p,
                            int64_t after_ms);
bool platform_is_gone(const struct platform *all, size_t n, const struct platform *p);

#endif
