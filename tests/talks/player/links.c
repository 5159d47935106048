#include "tests/talks/player/links.h"

#include "handlers/identity/link.h"
#include "handlers/identity/uid.h"

static char last[LINK_PAYLOAD + 1];

static void make(struct stage *t, const char *words)
{
    char uid[LINK_UID + 1], secret[200];
    size_t len = strcspn(words, " ");
    int64_t left_ms = LINK_LIFE_S * 1000, past_ms;
    const char *secrets = settings_get(t->settings, "BRAND_ID_SECRET");
    if (str_eq(words, "again"))
        return;
    if (words[len] && (words[len + 1] != '-' || parse_duration(words + len + 2, &past_ms)))
        stage_fault(t, "{link UID} or {link UID -1s}");
    else if (words[len])
        left_ms = -past_ms;
    snprintf(uid, sizeof(uid), "%.*s", (int)len, words);
    snprintf(secret, sizeof(secret), "%.*s", secrets ? (int)strcspn(secrets, ",") : 0,
             secrets ? secrets : "");
    link_sign(last, secret, "telegram", uid, (clock_ms() + left_ms) / 1000);
}

const char *links_fill(struct stage *t, struct arena *a, const char *text)
{
    const char *at = strstr(text, "{link ");
    if (!at)
        return text;
    const char *words = at + strlen("{link "), *end = words + strcspn(words, "}");
    make(t, arena_strndup(a, words, (size_t)(end - words)));
    return arena_printf(a, "%.*s%s%s", (int)(at - text), text, last, *end ? end + 1 : end);
}

static void ignore(void *arg)
{
    (void)arg;
}

void links_tag(struct stage *t, const char *rest)
{
    struct arena a = ARENA_INIT;
    size_t len = strcspn(rest, " ");
    struct event event = {
        .type = EVENT_TOLD,
        .id = {"tags", arena_printf(&a, "%ld", (long)++t->n_events)},
        .now_ms = clock_ms(),
        .subject = arena_printf(&a, UID_SUBJECT "%.*s", (int)len, rest),
        .data = arena_printf(&a, "tags %s", rest + len + strspn(rest + len, " ")),
        .content = CONTENT_INIT,
    };
    engine_deliver(t->engine, &event, ignore, NULL);
    arena_release(&a);
    stage_settle(t);
}
