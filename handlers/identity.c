/* Who is it? A UID that somebody types is claimed and proves nothing: it opens no door, and what is
 * known of it is told to nobody. It is proven by a link that the exchange has signed
 * (handlers/identity/link.h), once. A proven customer has the tags of the exchange's list. */
#include "handlers/identity/link.h"
#include "handlers/identity/uid.h"

#define TOLD      "uid.told" /* ms: when the UID's record last heard of this conversation */
#define LIST_TAGS "uid.tags" /* those among the tags that the list gave */

/* --- a link was opened --- */

/* Secrets are several while the exchange goes over to a new one. */
static enum link_verdict check(const struct turn *t, struct link *link)
{
    const struct event *event = t->event;
    int64_t opened_ms = event->sent_ms ? event->sent_ms : event->now_ms;
    enum link_verdict verdict = LINK_FORGED;
    struct buf secret = BUF_INIT(1000);
    for (size_t i = 0; verdict == LINK_FORGED; i++) {
        if (!settings_item(t->settings, "BRAND_ID_SECRET", i, &secret))
            break;
        verdict = link_check(event->proof, secret.data, event->from.platform, opened_ms, link);
    }
    buf_release(&secret);
    return verdict;
}

static enum verdict open_link(const struct turn *t, struct effects *e)
{
    struct link link;
    switch (check(t, &link)) {
    case LINK_GOOD:
        effect_tell(e, arena_printf(t->arena, LINK_SUBJECT "%s", link.id),
                    arena_printf(t->arena, "open %s %s", t->subject->id, link.uid));
        break;
    case LINK_EXPIRED:
        say(t, e, LANE_CUSTOMER, "identity.expired");
        effect_count(e, "identity.expired", 1);
        break;
    case LINK_FORGED:
    case LINK_TOO_LONG:
    case LINK_VERDICTS:
        say(t, e, LANE_CUSTOMER, "identity.bad");
        effect_count(e, "identity.bad", 1);
    }
    return HANDLER_DONE;
}

/* --- what came of it --- */

static void come_here(const struct turn *t, struct effects *e)
{
    effect_tell(e, arena_printf(t->arena, UID_SUBJECT "%s", t->subject->uid_proven),
                arena_printf(t->arena, "here %s", t->subject->id));
    effect_var(e, TOLD, turn_number(t, t->event->now_ms));
}

static void prove(const struct turn *t, struct effects *e, const char *uid)
{
    const char *before = t->subject->uid_proven;
    if (*before && !str_eq(before, uid))
        effect_tell(e, arena_printf(t->arena, UID_SUBJECT "%s", before),
                    arena_printf(t->arena, "gone %s", t->subject->id));
    effect_set(e, uid_proven, arena_strdup(t->arena, uid));
    effect_set(e, uid_claimed, "");
    come_here(t, e);
    effect_count(e, "identity.proven", 1);
    say(t, e, LANE_CUSTOMER, "identity.proven", FILL("uid", uid));
    if (t->subject->state != STATE_BOT)
        say(t, e, LANE_STAFF, "identity.staff", FILL("uid", uid));
}

/* What staff tagged by hand stays. */
static void take_tags(const struct turn *t, struct effects *e, const char *told)
{
    size_t len = strcspn(told, " ");
    const char *given = conversation_var(t->subject, LIST_TAGS);
    const char *listed = told[len] ? told + len + 1 : "";
    char *all = arena_strdup(t->arena, listed);
    if (!str_eq(arena_strndup(t->arena, told, len), t->subject->uid_proven))
        return; /* the customer is another one by now */
    for (const char *at = t->subject->tags; *at;) {
        size_t n = strcspn(at, " ");
        char *tag = arena_strndup(t->arena, at, n);
        if (!words_have(given, tag) && !words_have(listed, tag))
            all = arena_printf(t->arena, "%s%s%s", all, *all ? " " : "", tag);
        at += n + strspn(at + n, " ");
    }
    if (!str_eq(all, t->subject->tags))
        effect_set(e, tags, all);
    if (!str_eq(listed, given))
        effect_var(e, LIST_TAGS, listed);
}

/* Flows go on when what they asked for is proven. */
static enum verdict told(const struct turn *t, struct effects *e)
{
    const char *data = t->event->data;
    if (starts_with(data, IDENTITY_PROVEN))
        prove(t, e, data + strlen(IDENTITY_PROVEN));
    else if (starts_with(data, IDENTITY_AGAIN))
        say(t, e, LANE_CUSTOMER, "identity.again", FILL("uid", data + strlen(IDENTITY_AGAIN)));
    else if (str_eq(data, IDENTITY_USED))
        say(t, e, LANE_CUSTOMER, "identity.used");
    else if (starts_with(data, IDENTITY_TAGS))
        take_tags(t, e, data + strlen(IDENTITY_TAGS));
    return HANDLER_PASS;
}

/* --- turns --- */

static enum verdict handle(const void *self, const struct turn *t, struct effects *e)
{
    (void)self;
    if (uid_is_record(t->subject)) {
        bool is_ours = t->event->type == EVENT_TOLD && uid_told(t, e);
        return is_ours ? HANDLER_DONE : HANDLER_PASS;
    }
    if (t->event->type == EVENT_TOLD)
        return told(t, e);
    if (!turn_is_customer(t) || turn_in_group(t))
        return HANDLER_PASS;
    if (t->event->proof && settings_has(t->settings, "BRAND_ID_SECRET"))
        return open_link(t, e);
    int64_t told_ms = conversation_var_int(t->subject, TOLD);
    bool is_due = t->event->now_ms - told_ms > settings_int(t->settings, "RETENTION") / 4;
    if (*t->subject->uid_proven && is_due)
        come_here(t, e);
    return HANDLER_PASS;
}

/* --- loading --- */

static int load(const struct handler_files *files, const struct settings *settings,
                const struct phrases *phrases, void **self, struct buf *why)
{
    (void)files;
    (void)phrases;
    struct buf secret = BUF_INIT(1000);
    bool is_short = false;
    for (size_t i = 0; settings_item(settings, "BRAND_ID_SECRET", i, &secret); i++)
        is_short |= secret.len < LINK_SECRET_MIN;
    buf_release(&secret);
    *self = NULL;
    return is_short ? buf_fail(why,
                               "BRAND_ID_SECRET: a secret has at least %d characters; "
                               "`openssl rand -hex 32` makes one",
                               LINK_SECRET_MIN)
                    : 0;
}

static const struct setting settings_rows[] = {
    {"BRAND_ID_SECRET",
     "signs the exchange's sign-in links (adapters/README.md), 32 characters at least; two, with "
     "a comma between, while a new one takes over. Unset: nobody can prove a UID",
     SETTING_SECRET, NULL, NULL, 0, 0},
    {"BRAND_SIGN_IN_URL",
     "page of the exchange that leads its signed-in customers here by such a link", SETTING_URL,
     NULL, NULL, 0, 0},
    {0},
};

const struct handler identity_handler = {
    .name = "identity",
    .help = "proves a customer's UID by a link that the exchange has signed",
    .settings = settings_rows,
    .states = IN_ANY_STATE,
    .load = load,
    .handle = handle,
};
