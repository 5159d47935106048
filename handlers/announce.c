/* Announcements: /announce in a staff room's General makes a job, whose topic has all the rest
 * (announce/life.c); a customer says that he wants no news; a manager sees how it will look. */
#include "bot/ports/handler.h"

#include "handlers/announce/draft.h"
#include "handlers/announce/life.h"
#include "handlers/staff/commands.h"

#define COMMAND "/announce"

struct announce {
    char *pictures; /* the folder that drafts may name pictures of */
};

/* --- in General --- */

static bool is_asked(const struct content *typed)
{
    size_t len = strlen(COMMAND);
    return typed->kind == CONTENT_TEXT && starts_with(typed->text, COMMAND) &&
           (!typed->text[len] || strchr(" @\n", typed->text[len]));
}

/* "/announce 5" with a list goes to that one. */
static void pass_list(const struct turn *t, struct effects *e, int64_t no, const char *list)
{
    const struct job *job = facts_job(t->facts, no);
    if (!job || job->stage > JOB_APPROVED) {
        staff_deny(t, e, "announce.not_now");
        return;
    }
    effect_tell(e, job_subject(t->arena, no),
                arena_printf(t->arena, LIFE_LIST "%s %s", t->agent->name, list));
    staff_say(t, e, "announce.made", FILL("no", turn_number(t, no)));
}

/* The number is taken by this turn: of two at once one runs again. */
static void make(const struct announce *self, const struct turn *t, struct effects *e)
{
    struct content content = draft_written(t);
    struct announcement what;
    struct draft_fault fault;
    struct job job = {.no = facts_next_job(t->facts)};
    const char *list = NULL;
    int64_t no;
    if (!staff_may(t, e, MAY_ANNOUNCE, "staff.not_allowed"))
        return;
    if (draft_has_list(&content)) {
        list = draft_list(t, e, &content);
        if (!list)
            return;
    }
    if (!draft_fetch(t, e, &content))
        return;
    if (list && !parse_i64(content.text, &no)) {
        pass_list(t, e, no, list);
    } else if (content_is_empty(&content)) {
        staff_say(t, e, "announce.usage");
    } else if (!draft_read(t, self->pictures, &content, &what, &fault)) {
        staff_deny(t, e, arena_printf(t->arena, "announce.%s", fault.key),
                   FILL("what", fault.what));
    } else {
        what.list = list ? list : what.list;
        what.only_chats &= !list;
        effect_replace(e, "jobs", turn_number(t, job.no), "", job_print(t->arena, &job));
        effect_tell(e, job_subject(t->arena, job.no),
                    arena_printf(t->arena, LIFE_DRAFT "%s %s", t->agent->name,
                                 announcement_print(t->arena, &what)));
        staff_say(t, e, "announce.made", FILL("no", turn_number(t, job.no)));
    }
}

/* --- the customer's side --- */

static void set_news(const struct turn *t, struct effects *e, bool wanted)
{
    effect_set_int(e, no_news, !wanted);
    if (t->event->type == EVENT_BUTTON)
        effect_show(e, "");
    struct effect *said = say(t, e, LANE_CUSTOMER, wanted ? "announce.again" : "announce.stopped");
    if (!wanted)
        say_button(t, e, said, "announce.again_button", "news:on", false);
}

/* Each language as its readers see it, on this platform. */
static void say_preview(const struct turn *t, struct effects *e, const char *json)
{
    struct announcement what;
    if (!announcement_parse(t->arena, json, &what))
        return;
    for (size_t i = 0; i < what.n_texts; i++) {
        struct content c = what.texts[i].content;
        const char *lang = *what.texts[i].lang ? what.texts[i].lang : "*";
        say(t, e, LANE_CUSTOMER, "announce.preview", FILL("lang", lang))->notice = true;
        effect_say(e, LANE_CUSTOMER, &c)->notice = true;
    }
}

static enum verdict customer(const struct turn *t, struct effects *e)
{
    const char *data = t->event->data;
    bool is_button = t->event->type == EVENT_BUTTON && !t->event->room;
    if (is_button && starts_with(data, "news:")) {
        set_news(t, e, str_eq(data, "news:on"));
        return HANDLER_DONE;
    }
    if (t->event->type != EVENT_TOLD)
        return HANDLER_PASS;
    if (starts_with(data, LIFE_PREVIEW)) {
        if (t->subject->last_in) /* who never pressed start cannot be written to */
            say_preview(t, e, data + strlen(LIFE_PREVIEW));
        return HANDLER_DONE;
    }
    if (starts_with(data, LIFE_ALERT)) {
        struct content c = {.text = arena_strdup(t->arena, data + strlen(LIFE_ALERT))};
        if (t->subject->last_in)
            effect_say(e, LANE_CUSTOMER, &c)->notice = true;
        return HANDLER_DONE;
    }
    return HANDLER_PASS;
}

/* --- turns --- */

static void job(const struct announce *self, const struct turn *t, struct effects *e)
{
    switch (t->event->type) {
    case EVENT_MESSAGE:
        if (t->event->room && is_asked(&t->event->content) && t->agent && !t->subject->version)
            make(self, t, e); /* from a terminal, where the number was looked up */
        else if (t->event->room)
            life_typed(t, e, self->pictures);
        break;
    case EVENT_BUTTON:
        life_pressed(t, e);
        break;
    case EVENT_TIMER:
        life_timer(t, e);
        break;
    case EVENT_TOLD:
        life_told(t, e);
        break;
    case EVENT_REFUSED:
    case EVENT_DOUBT:
    case EVENT_MEMBER:
    case EVENT_HOME:
    case EVENT_ROOM:
        break;
    }
}

static enum verdict handle(const void *arg, const struct turn *t, struct effects *e)
{
    const struct announce *self = arg;
    if (conversation_is_job(t->subject)) {
        job(self, t, e);
        return HANDLER_DONE;
    }
    if (!conversation_is_room(t->subject))
        return customer(t, e);
    if (t->event->type != EVENT_MESSAGE || !is_asked(&t->event->content))
        return HANDLER_PASS;
    make(self, t, e);
    return HANDLER_DONE;
}

static int load(const struct handler_files *files, const struct settings *settings,
                const struct phrases *phrases, void **self, struct buf *why)
{
    struct announce *a = xcalloc(1, sizeof(*a));
    struct buf path = BUF_INIT(4096);
    (void)settings;
    (void)phrases;
    (void)why;
    buf_printf(&path, "%s/pictures", files->dir);
    a->pictures = buf_detach(&path);
    *self = a;
    return 0;
}

static void unload(void *self)
{
    struct announce *a = self;
    free(a->pictures);
    free(a);
}

const struct handler announce_handler = {
    .name = "announce",
    .help = "announcements to many",
    .states = IN_ANY_STATE,
    .in_rooms = true,
    .in_jobs = true,
    .load = load,
    .unload = unload,
    .handle = handle,
};
