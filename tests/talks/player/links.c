#include "tests/talks/player/links.h"

#include "handlers/compensation/list.h"
#include "handlers/compensation/upload.h"
#include "handlers/identity/link.h"
#include "handlers/identity/uid.h"

static char last[LINK_PAYLOAD + 1], check[PAY_TYPED + 1];

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

static void tell(struct stage *t, struct arena *a, const char *subject, const char *data)
{
    struct event event = {
        .type = EVENT_TOLD,
        .id = {"told", arena_printf(a, "%ld", (long)++t->n_events)},
        .now_ms = clock_ms(),
        .subject = subject,
        .data = data,
        .content = CONTENT_INIT,
    };
    engine_deliver(t->engine, &event, ignore, NULL);
    stage_settle(t);
}

void links_tag(struct stage *t, const char *rest)
{
    struct arena a = ARENA_INIT;
    size_t len = strcspn(rest, " ");
    tell(t, &a, arena_printf(&a, UID_SUBJECT "%.*s", (int)len, rest),
         arena_printf(&a, "tags %s", rest + len + strspn(rest + len, " ")));
    arena_release(&a);
}

void links_upload(struct stage *t, const char *rest)
{
    struct arena a = ARENA_INIT;
    struct buf faults = BUF_INIT(10000);
    struct pay_upload u;
    struct pay_tell it;
    const char *list = pay_word(&a, &rest), *by = pay_word(&a, &rest),
               *author = pay_word(&a, &rest);
    char *rows = arena_printf(&a, "uid,asset,amount,reason\n%s", rest);
    for (char *at = rows; *at; at++)
        if (*at == ';')
            *at = '\n';
    if (!str_eq(by, "by") || pay_upload_read(&a, list, rows, strlen(rows), &u, &faults))
        stage_fault(t, "list NAME by AGENT uid,asset,amount,reason;…: %s", faults.data);
    for (size_t i = 0; !faults.len && pay_upload_tell(&a, &u, list, author, i, &it); i++)
        tell(t, &a, it.subject, it.data);
    snprintf(check, sizeof(check), "%s", u.check);
    buf_release(&faults);
    arena_release(&a);
}

const char *links_check(struct arena *a, const char *text)
{
    const char *at = strstr(text, "{check}");
    return at ? arena_printf(a, "%.*s%s%s", (int)(at - text), text, check, at + strlen("{check}"))
              : text;
}
