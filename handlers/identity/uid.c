#include "handlers/identity/uid.h"

#define CHATS 10 /* of one customer; the newest are told of new tags */

bool uid_is_record(const struct conversation *c)
{
    return starts_with(c->id, UID_SUBJECT) || starts_with(c->id, LINK_SUBJECT);
}

bool uid_tags_are_sound(const char *tags)
{
    for (const char *at = tags; *at; at++)
        if (!is_alnum(*at) && !strchr(" -_", *at) && (unsigned char)*at < 0x80)
            return false;
    return strlen(tags) <= TAGS_MAX;
}

/* --- a link --- */

/* "<conversation> <uid>": the first one has it. */
static void open_link(const struct turn *t, struct effects *e, const char *rest)
{
    struct arena *a = t->arena;
    size_t len = strcspn(rest, " ");
    const char *by = conversation_var(t->subject, "by"), *chat = arena_strndup(a, rest, len);
    const char *uid = rest[len] ? rest + len + 1 : "";
    if (!*by) {
        effect_var(e, "by", chat);
        effect_tell(e, chat, arena_printf(a, IDENTITY_PROVEN "%s", uid));
    } else {
        bool is_same = str_eq(by, chat);
        effect_tell(e, chat, is_same ? arena_printf(a, IDENTITY_AGAIN "%s", uid) : IDENTITY_USED);
    }
}

/* --- a UID --- */

/* At most CHATS of them, without this one. */
static char *others(const struct turn *t, const char *chat)
{
    char *all = arena_strdup(t->arena, "");
    size_t n = 1;
    for (const char *at = conversation_var(t->subject, "chats"); *at && n < CHATS;) {
        size_t len = strcspn(at, " ");
        char *other = arena_strndup(t->arena, at, len);
        if (!str_eq(other, chat)) {
            all = arena_printf(t->arena, "%s%s%s", all, *all ? " " : "", other);
            n++;
        }
        at += len + (at[len] == ' ');
    }
    return all;
}

static void tell_tags(const struct turn *t, struct effects *e, const char *chat)
{
    const char *uid = t->subject->id + strlen(UID_SUBJECT);
    effect_tell(e, chat, arena_printf(t->arena, IDENTITY_TAGS "%s %s", uid, t->subject->tags));
}

static void set_tags(const struct turn *t, struct effects *e, const char *tags)
{
    effect_set(e, tags, tags);
    effect_var(e, "imported", turn_number(t, t->event->now_ms)); /* keeps it for RETENTION more */
    for (const char *at = conversation_var(t->subject, "chats"); *at;) {
        size_t len = strcspn(at, " ");
        tell_tags(t, e, arena_strndup(t->arena, at, len));
        at += len + (at[len] == ' ');
    }
}

static void leave(const struct turn *t, struct effects *e, const char *chat)
{
    effect_var(e, "chats", others(t, chat));
}

static void come(const struct turn *t, struct effects *e, const char *chat)
{
    char *rest = others(t, chat);
    effect_var(e, "chats", arena_printf(t->arena, "%s%s%s", chat, *rest ? " " : "", rest));
    effect_var(e, "seen", turn_number(t, t->event->now_ms));
    tell_tags(t, e, chat);
}

bool uid_told(const struct turn *t, struct effects *e)
{
    static const struct {
        const char *verb;
        void (*tell)(const struct turn *t, struct effects *e, const char *rest);
    } verbs[] = {{"open ", open_link}, {"here ", come}, {"gone ", leave}, {"tags ", set_tags}};
    for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
        if (starts_with(t->event->data, verbs[i].verb)) {
            verbs[i].tell(t, e, t->event->data + strlen(verbs[i].verb));
            return true;
        }
    return false;
}
