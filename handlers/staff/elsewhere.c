#include "handlers/staff/elsewhere.h"

#include "handlers/staff/case.h"
#include "handlers/staff/commands.h"

#include <inttypes.h>

#define CLAIM  "claim "  /* "claim 812 telegram:123 <subject> <room>": who, typed where */
#define ANSWER "answer " /* "answer <room> <text>" */

/* The next word of a tell. */
static const char *word(struct arena *a, const char **at)
{
    size_t len = strcspn(*at, " ");
    const char *found = arena_strndup(a, *at, len);
    *at += len + ((*at)[len] == ' ');
    return found;
}

int64_t elsewhere_number(const char *typed)
{
    int64_t no;
    return parse_i64(typed + (*typed == '#'), &no) || no < 0 ? 0 : no;
}

void elsewhere_claim(const struct turn *t, struct effects *e, int64_t case_no)
{
    const struct open_case *c = facts_case(t->facts, case_no);
    const struct event *event = t->event;
    if (!c)
        staff_deny(t, e, "staff.no_such_case", FILL("case", turn_number(t, case_no)));
    else
        effect_tell(e, arena_strdup(t->arena, c->conversation),
                    arena_printf(t->arena, CLAIM "%" PRId64 " %s:%s %s %s", case_no,
                                 event->from.platform, event->from.user, t->subject->id,
                                 event->room));
}

/* --- in the case's conversation --- */

static void claim(const struct turn *t, struct effects *e)
{
    const char *at = t->event->data + strlen(CLAIM);
    int64_t no = elsewhere_number(word(t->arena, &at));
    struct turn as = *t;
    as.agent = facts_agent_of(t->facts, word(t->arena, &at));
    if (!as.agent)
        return; /* removed since */
    if (t->subject->case_no != no)
        staff_deny(&as, e, "staff.no_such_case", FILL("case", turn_number(t, no)));
    else if (t->subject->state == STATE_CLAIMED && str_eq(t->subject->owner, as.agent->name))
        staff_say(&as, e, "staff.yours_already");
    else if (commands_claim(&as, e))
        staff_say(&as, e, "staff.claimed", FILL("agent", as.agent->alias));
}

void elsewhere_answer(const struct turn *t, struct effects *e, const char *text)
{
    const char *at = t->event->data + strlen(CLAIM);
    struct fill values[] = {{"case", word(t->arena, &at)}, {"text", text}};
    word(t->arena, &at);
    const char *subject = word(t->arena, &at);
    const char *answer = phrase(t->phrases, t->arena, turn_lang(t, LANE_STAFF), "staff.of_case",
                                values, ARRAY_LEN(values));
    effect_tell(e, subject, arena_printf(t->arena, ANSWER "%s %s", at, answer));
}

/* --- where it was typed --- */

static void say_answer(const struct turn *t, struct effects *e)
{
    const char *at = t->event->data + strlen(ANSWER), *room = word(t->arena, &at);
    struct content content = {.text = at};
    bool is_general = conversation_is_room(t->subject);
    struct effect *said = effect_say(e, is_general ? LANE_CUSTOMER : LANE_STAFF, &content);
    if (!is_general)
        said->only_room = room;
}

bool elsewhere_told(const struct turn *t, struct effects *e)
{
    const char *data = t->event->data;
    bool is_claim = starts_with(data, CLAIM) && !conversation_is_room(t->subject);
    if (is_claim)
        claim(t, e);
    else if (starts_with(data, ANSWER))
        say_answer(t, e);
    else
        return false;
    return true;
}
