#include "handlers/verify/link.h"

bool link_is_official(const struct settings *settings, const char *url)
{
    const char *host = starts_with(url, "https://") ? url + strlen("https://") : "";
    size_t len = strspn(host, "abcdefghijklmnopqrstuvwxyz0123456789.-");
    struct buf ours = BUF_INIT(4096);
    bool found = false;
    if (!len || (host[len] && host[len] != '/') || url[strcspn(url, " \n\t")])
        return false;
    for (size_t i = 0; !found && settings_item(settings, "BRAND_HOSTS", i, &ours); i++)
        found = len >= ours.len && !memcmp(host + len - ours.len, ours.data, ours.len) &&
                (len == ours.len || host[len - ours.len - 1] == '.');
    buf_release(&ours);
    return found;
}
