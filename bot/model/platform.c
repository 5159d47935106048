#include "bot/model/platform.h"

#include "bot/base/util.h"

#include <inttypes.h>

#define GONE_MS (24 * 3600 * INT64_C(1000))

/* "1790000000000 Telegram (@the_bot)" */
bool platform_parse(struct arena *a, const char *account, const char *kept, struct platform *out)
{
    size_t len = strcspn(kept, " ");
    const char *label = kept + len + (kept[len] == ' ');
    *out = (struct platform){arena_strdup(a, account), arena_strdup(a, label), 0};
    return !parse_i64(arena_strndup(a, kept, len), &out->alive_ms);
}

char *platform_print(struct arena *a, const struct platform *p)
{
    return arena_printf(a, "%" PRId64 " %s", p->alive_ms, p->label);
}

/* How long others go on without it. */
static int64_t missing_ms(const struct platform *all, size_t n, const struct platform *p)
{
    int64_t newest = p->alive_ms;
    for (size_t i = 0; i < n; i++)
        newest = all[i].alive_ms > newest ? all[i].alive_ms : newest;
    return newest - p->alive_ms;
}

int64_t platform_down_since(const struct platform *all, size_t n, const struct platform *p,
                            int64_t after_ms)
{
    bool is_down = missing_ms(all, n, p) >= after_ms && !platform_is_gone(all, n, p);
    return is_down ? p->alive_ms : 0;
}

bool platform_is_gone(const struct platform *all, size_t n, const struct platform *p)
{
    return missing_ms(all, n, p) >= GONE_MS;
}
