/* /verify: is this account, link or name one of ours? Answers what the lists say and vouches for
 * nothing else; an imitation of ours goes to the security team. */
#include "handlers/verify/officials.h"

#include "bot/ports/handler.h"

#define ASKED "verify.who"

struct verify {
    struct title_words titles;
};

static int load(const struct handler_files *files, const struct settings *settings,
                const struct phrases *phrases, void **self, struct buf *why)
{
    (void)settings;
    (void)phrases;
    struct verify *v = xcalloc(1, sizeof(*v));
    if (title_words_load(&v->titles, handler_file(files, TITLE_WORDS), TITLE_WORDS, why)) {
        free(v);
        return -1;
    }
    *self = v;
    return 0;
}

static void unload(void *self)
{
    struct verify *v = self;
    title_words_release(&v->titles);
    free(v);
}

static void tell(const struct turn *t, struct effects *e, struct standing_verdict found)
{
    effect_count(e, arena_printf(t->arena, "verify.%s", standing_name(found.standing)), 1);
    const char *key = found.reason == REASON_NAME && found.standing == STANDING_UNLISTED
                          ? "verify.name"
                          : arena_printf(t->arena, "verify.%s", standing_name(found.standing));
    struct effect *said = say(t, e, LANE_CUSTOMER, key);
    if (found.standing == STANDING_UNLISTED)
        say_button(t, e, said, "button.human", "human", false);
    if (found.standing != STANDING_IMPOSTOR)
        return;
    struct case_opening why = {.reason = "impostor", .team = "security", .priority = 1};
    effect_enqueue(e, &why);
}

/* Staff see the reason, too. What was asked is not repeated as a link. */
static enum verdict tell_staff(const struct verify *v, const struct turn *t, struct effects *e,
                               const char *what)
{
    struct officials ours = officials_of(t->arena, t->settings, t->facts, &v->titles);
    struct standing_verdict found = standing_of(t->arena, &v->titles, &ours, what);
    struct fill like = {"like", found.like};
    const char *key = arena_printf(t->arena, "verify.why.%s", standing_reason_name(found.reason));
    const char *why = phrase(t->phrases, t->arena, turn_lang(t, LANE_STAFF), key, &like, 1);
    struct effect *said =
        say(t, e, LANE_STAFF, "verify.staff", FILL("what", text_excerpt(t->arena, what, 60)),
            FILL("verdict", standing_name(found.standing)), FILL("why", why));
    said->content.about_line = e->line;
    said->only_room = t->event->room;
    return HANDLER_DONE;
}

static enum verdict ask(const struct turn *t, struct effects *e)
{
    say(t, e, LANE_CUSTOMER, "verify.ask");
    effect_set(e, asked, ASKED);
    return HANDLER_DONE;
}

static enum verdict handle(const void *self, const struct turn *t, struct effects *e)
{
    const struct verify *v = self;
    const struct content *content = &t->event->content;
    const char *text = content->text;
    if (t->event->type != EVENT_MESSAGE || content->kind != CONTENT_TEXT)
        return HANDLER_PASS;
    bool is_command = str_eq(text, "/verify") || starts_with(text, "/verify ");
    if (t->event->room)
        return is_command && t->agent && text[strlen("/verify")]
                   ? tell_staff(v, t, e, text + strlen("/verify "))
                   : HANDLER_PASS;
    if (!turn_is_customer(t))
        return HANDLER_PASS;
    bool is_answer = str_eq(t->subject->asked, ASKED) && *text != '/';
    const struct origin *by = &t->event->forwarded;
    bool is_forwarded = !str_empty(by->name);
    if (is_command)
        text += strlen("/verify");
    text += strspn(text, " \n");
    if (is_command && !*text)
        return ask(t, e);
    if (!is_command && !is_answer && !is_forwarded)
        return HANDLER_PASS;
    if (is_answer)
        effect_set(e, asked, "");
    struct officials ours = officials_of(t->arena, t->settings, t->facts, &v->titles);
    struct standing_verdict found =
        is_forwarded && !is_command
            ? standing_of_person(t->arena, &v->titles, &ours, by->user, by->username, by->name)
            : standing_of(t->arena, &v->titles, &ours, text);
    /* Of a forwarded message that nobody asked about, only an imitation is spoken of. */
    if (!is_command && !is_answer && found.standing != STANDING_IMPOSTOR)
        return HANDLER_PASS;
    tell(t, e, found);
    return found.standing == STANDING_IMPOSTOR ? HANDLER_PASS : HANDLER_DONE;
}

const struct handler verify_handler = {
    .name = "verify",
    .help = "tells whether an account, a link or a name is one of ours",
    .settings = officials_settings,
    .states = IN_ANY_STATE,
    .load = load,
    .unload = unload,
    .handle = handle,
};
