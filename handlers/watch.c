/* The watch over customers' groups: who imitates our people, pages that ask for a wallet's phrase,
 * invitations to elsewhere. Each is shown to the moderators, who decide; with GUARD=act what is
 * sure is removed at once. Names are looked at when somebody joins and at each message, for nobody
 * tells of a rename. */
#include "bot/ports/handler.h"

#include "handlers/watch/card.h"
#include "handlers/watch/judge.h"

#include <inttypes.h>

#define LINES     "watch.lines" /* the member's messages that a moderator may delete: "12 15" */
#define MAX_LINES 20
#define FINE      "watch.fine"     /* what the member was called when a moderator found that fine */
#define CALLED    "watch.called"   /* … and is called now */
#define TOLD      "watch.told"     /* ms of the last card about the member */
#define QUIET_MS  (10 * 60 * 1000) /* what follows a card so soon is another line of the same */
#define MANY      20               /* joins a minute; more are one card, not one each */

static const struct setting settings[] = {
    {"GUARD",
     "in customers' groups: flag: impostors, wallet pages and foreign invitations are shown to the "
     "moderators; act: what is sure is removed at once",
     SETTING_CHOICE, "flag", "flag|act", 0, 0},
    {"GUARD_ROOM",
     "id of the staff room that is shown them, in its General; unset: the first staff room",
     SETTING_TEXT, NULL, NULL, 0, 0},
    {0},
};

/* NULL: there is nobody to show it to. */
static const char *moderators(const struct turn *t)
{
    const char *wanted = settings_get(t->settings, "GUARD_ROOM");
    for (size_t i = 0; i < t->facts->n_rooms; i++) {
        const struct room *room = &t->facts->rooms[i];
        if (!wanted || str_eq(room_chat(room), wanted) || str_eq(room->address.chat, wanted))
            return room->id;
    }
    return NULL;
}

/* --- acting on a member --- */

static void change(struct effects *e, const struct turn *t, const char *what)
{
    struct address at;
    if (!address_parse(t->arena, t->subject->id, &at))
        return;
    struct content c = {.kind = CONTENT_STANDING, .text = what, .only_for = at.user};
    effect_say(e, LANE_CUSTOMER, &c);
}

static void delete_line(struct effects *e, int64_t line)
{
    struct content gone = {.kind = CONTENT_DELETE, .text = "", .about_line = line};
    effect_say(e, LANE_CUSTOMER, &gone);
}

static void delete_lines(const struct turn *t, struct effects *e)
{
    for (const char *at = conversation_var(t->subject, LINES); *at;) {
        size_t len = strcspn(at, " ");
        int64_t line;
        if (!parse_i64(arena_strndup(t->arena, at, len), &line))
            delete_line(e, line);
        at += len + (at[len] == ' ');
    }
    effect_var(e, LINES, "");
}

static void remember_line(const struct turn *t, struct effects *e)
{
    const char *lines = conversation_var(t->subject, LINES);
    size_t n = 1;
    for (const char *at = lines; *at; at++)
        n += *at == ' ';
    if (n >= MAX_LINES) /* the oldest goes */
        lines = strchr(lines, ' ') + 1;
    effect_var(e, LINES,
               arena_printf(t->arena, *lines ? "%s %" PRId64 : "%s%" PRId64, lines, e->line));
}

/* --- what happens in a group --- */

static void tell(const struct turn *t, struct effects *e, const struct suspect *found, bool acts)
{
    const struct event *event = t->event;
    const char *room = moderators(t);
    int64_t told = conversation_var_int(t->subject, TOLD);
    bool is_message = event->type == EVENT_MESSAGE;
    const char *words = is_message ? text_excerpt(t->arena, event->content.text, 300) : "";
    bool is_more = told && event->now_ms - told < QUIET_MS;
    if (room && is_more && is_message && !acts)
        effect_tell(e, room,
                    arena_printf(t->arena, WATCH_TELL "more %s %s", t->subject->id, words));
    if (!room || is_more)
        return;
    struct watch_card card = {
        .member = t->subject->id,
        .who = arena_printf(t->arena, "%s (%s)", judge_called(t), event->from.user),
        .why = suspicion_name(found->what),
        .like = found->like,
        .words = words,
        .is_message = is_message,
        .is_deleted = acts && is_message,
        .is_banned = acts && found->what == SUSPICION_STAFF,
    };
    card_tell(t, e, room, &card);
    effect_var(e, TOLD, turn_number(t, event->now_ms));
}

static enum verdict look(const struct judge *j, const struct turn *t, struct effects *e)
{
    struct suspect found = judge_event(j, t, conversation_var(t->subject, FINE));
    if (!found.what)
        return HANDLER_PASS;
    bool is_message = t->event->type == EVENT_MESSAGE;
    bool acts = found.is_sure && settings_is(t->settings, "GUARD", "act");
    effect_count(e, arena_printf(t->arena, "watch.%s", suspicion_name(found.what)), 1);
    effect_var(e, CALLED, judge_called(t));
    tell(t, e, &found, acts);
    if (is_message && acts)
        delete_line(e, e->line);
    else if (is_message)
        remember_line(t, e);
    if (acts && found.what == SUSPICION_STAFF)
        change(e, t, MEMBER_BAN);
    return HANDLER_DONE; /* whoever it is, the bot has nothing to say to him */
}

static enum verdict joined(const struct judge *j, const struct turn *t, struct effects *e)
{
    size_t n = t->event->talk ? t->event->talk->n_joins : 0;
    const char *room = moderators(t);
    if (n <= MANY)
        return look(j, t, e);
    if (n == MANY + 1 && room)
        effect_tell(e, room,
                    arena_printf(t->arena, WATCH_TELL "raid %s %d", t->event->from.chat, MANY));
    return HANDLER_DONE; /* those who imitate somebody are met again when they write */
}

static enum verdict obey(const struct turn *t, struct effects *e)
{
    static const char *const changes[] = {MEMBER_MUTE, MEMBER_UNMUTE, MEMBER_BAN, MEMBER_UNBAN};
    if (!starts_with(t->event->data, WATCH_TELL))
        return HANDLER_PASS;
    const char *what = t->event->data + strlen(WATCH_TELL);
    for (size_t i = 0; i < ARRAY_LEN(changes); i++)
        if (str_eq(what, changes[i]))
            change(e, t, what);
    if (str_eq(what, "delete"))
        delete_lines(t, e);
    else if (str_eq(what, "fine"))
        effect_var(e, FINE, conversation_var(t->subject, CALLED));
    else if (str_eq(what, "unfine"))
        effect_var(e, FINE, "");
    return HANDLER_DONE;
}

static enum verdict refused(const struct turn *t, struct effects *e)
{
    const struct event *event = t->event;
    const char *room = moderators(t);
    bool is_ours = event->content.kind == CONTENT_STANDING || event->content.kind == CONTENT_DELETE;
    bool is_gone = event->refusal == REFUSAL_NO_MESSAGE; /* somebody was faster */
    if (is_ours && !is_gone && room)
        effect_tell(e, room,
                    arena_printf(t->arena, WATCH_TELL "failed %s %s", t->subject->id,
                                 refusal_name(event->refusal)));
    return HANDLER_PASS;
}

static enum verdict in_group(const struct judge *j, const struct turn *t, struct effects *e)
{
    switch (t->event->type) {
    case EVENT_MESSAGE:
        return look(j, t, e);
    case EVENT_MEMBER:
        return str_eq(t->event->data, MEMBER_JOINED) ? joined(j, t, e) : HANDLER_PASS;
    case EVENT_TOLD:
        return obey(t, e);
    case EVENT_REFUSED:
        return refused(t, e);
    case EVENT_BUTTON:
    case EVENT_TIMER:
    case EVENT_DOUBT:
    case EVENT_HOME:
    case EVENT_ROOM:
        break;
    }
    return HANDLER_PASS;
}

static enum verdict handle(const void *self, const struct turn *t, struct effects *e)
{
    bool is_done = false;
    if (turn_in_group(t))
        return in_group(self, t, e);
    if (conversation_is_room(t->subject))
        is_done = (t->event->type == EVENT_TOLD && card_told(t, e)) ||
                  (t->event->type == EVENT_BUTTON && card_pressed(t, e));
    return is_done ? HANDLER_DONE : HANDLER_PASS;
}

/* --- loading --- */

static int load(const struct handler_files *files, const struct settings *all,
                const struct phrases *phrases, void **self, struct buf *why)
{
    (void)all;
    (void)phrases;
    *self = judge_load(files, why);
    return *self ? 0 : -1;
}

static void unload(void *self)
{
    judge_free(self);
}

const struct handler watch_handler = {
    .name = "watch",
    .help = "customers' groups: impostors, wallet pages, foreign invitations",
    .settings = settings,
    .in_rooms = true,
    .in_groups = true,
    .load = load,
    .unload = unload,
    .handle = handle,
};
