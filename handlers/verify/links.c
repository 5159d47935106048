#include "handlers/verify/links.h"

#include <string.h>

#include "bot/base/plain.h"
#include "bot/base/text.h"

/* A bare "host.end" is a link where the end is one of these: "U.S." and "file.jpg" are not. */
static const char ends[] =
    "|com|net|org|io|app|me|co|xyz|top|site|online|info|vip|cc|link|finance|exchange|live|pro|dev|"
    "gg|"
    "ly|club|shop|network|support|example|cn|vn|jp|kr|my|hk|tw|sg|uk|us|eu|ru|tr|in|id|ph|th|biz|"
    "tv|"
    "to|gl|ai|art|fun|icu|win|world|space|website|tech|store|page|trade|cash|money|wallet|help|"
    "click|"
    "digital|center|services|zone|team|group|global|world|one|plus|run|bz|ws|pw|su|ch|de|fr|";

/* Letters of other scripts than Chinese and its neighbours imitate ours, and stand in hosts. */
static bool is_part(int32_t c)
{
    if (c < 0x80)
        return c > ' ' && !strchr("\"'`<>|,;{}()[]", c);
    return (c >= 0xC0 && c < 0x2000) || (c >= 0x2C00 && c < 0x2E80);
}

static bool is_end(const char *host)
{
    const char *last = strrchr(host, '.');
    size_t len = last ? strlen(last + 1) : 0;
    char end[24];
    if (len < 2 || len > 20 || last == host)
        return false;
    snprintf(end, sizeof(end), "|%s|", last + 1);
    return strstr(ends, end);
}

/* Where the link of this run begins, or NULL. */
static const char *start_of(struct arena *a, const char *run)
{
    const char *scheme = strstr(run, "://");
    if (scheme) {
        while (scheme > run && is_alpha(scheme[-1]))
            scheme--;
        return is_alpha(*scheme) ? scheme : NULL;
    }
    size_t len = strcspn(run, "/?#:");
    char *host = text_small(a, arena_strndup(a, run, len));
    return !strchr(host, '@') && is_end(host) ? run : NULL;
}

static void add(struct arena *a, struct links *out, const char *run, size_t len)
{
    while (len && strchr(".!?:*_~", run[len - 1]))
        len--;
    const char *start = start_of(a, arena_strndup(a, run, len));
    if (!start)
        return;
    ARENA_GROW(a, out->items, out->n, out->cap);
    out->items[out->n++] = start;
}

struct links links_find(struct arena *a, const char *text)
{
    struct links out = {0};
    struct plain plain = plain_new(a, text);
    const char *run = plain.s, *end = plain.s + plain.len;
    for (const char *at = run; at < end;) {
        const char *from = at;
        if (is_part(text_next(&at, end)))
            continue;
        if (from > run)
            add(a, &out, run, (size_t)(from - run));
        run = at;
    }
    if (end > run)
        add(a, &out, run, (size_t)(end - run));
    return out;
}
