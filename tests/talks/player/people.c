#include "tests/talks/player/people.h"

struct origin people_read(struct arena *a, const char *sign, char **text)
{
    struct origin by = {"", "", ""};
    if (!starts_with(*text, sign))
        return by;
    char *at = *text + strlen(sign);
    size_t len = strcspn(at, "]");
    char *words = arena_strndup(a, at, len);
    *text = at + len + (at[len] == ']');
    *text += strspn(*text, " ");
    if (*words == '@')
        by.username = strsep(&words, " ") + 1;
    if (words && *words >= '0' && *words <= '9')
        by.user = strsep(&words, " ");
    by.name = words ? words : "";
    return by;
}

void people_change(struct stage *t, const char *data, const char *who)
{
    snprintf(t->customer, sizeof(t->customer), "%s", strchr(who, ':') ? strchr(who, ':') + 1 : who);
    snprintf(t->place, sizeof(t->place), "%s", t->customer);
    struct event event = {
        .type = EVENT_MEMBER,
        .from = {.chat = t->customer, .user = t->customer},
        .is_private = true,
        .data = data,
        .content = CONTENT_INIT,
    };
    stage_deliver(t, &event);
}
