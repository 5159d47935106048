#include "handlers/staff/held.h"

#include "handlers/staff/case.h"
#include "handlers/staff/commands.h"

#include <inttypes.h>

/* They are part of the record. */
#define HELD_MAX   (16 * 1024) /* bytes each */
#define HELD_SLOTS 10
#define HELD       "held."

static char *var_of(const struct turn *t, int64_t line)
{
    return arena_printf(t->arena, HELD "%" PRId64, line);
}

static bool has_slot(const struct turn *t, int64_t line)
{
    size_t n = 0;
    for (size_t i = 0; i < t->subject->n_vars; i++)
        n += starts_with(t->subject->vars[i].name, HELD);
    return n < HELD_SLOTS || held_is(t, line);
}

/* With the room that shows it already. What it is about is known by a negative number in that room
 * only. NULL, or the phrase that says why it is not kept. */
static const char *keep(const struct turn *t, struct effects *e, int64_t line,
                        const struct content *content, const char *room)
{
    struct content kept = *content;
    kept.kind = CONTENT_TEXT;
    kept.about_line = kept.about_line < 0 ? -kept.about_line : kept.about_line;
    struct buf json = BUF_INIT(HELD_MAX);
    struct json_writer w = JSON_WRITER(&json);
    json_open(&w, NULL, '{');
    json_put_str(&w, "room", room);
    content_write(&w, "content", &kept);
    json_close(&w, '}');
    const char *why = buf_over(&json)      ? "staff.hold_long"
                      : !has_slot(t, line) ? "staff.hold_many"
                                           : NULL;
    effect_var(e, var_of(t, line), why ? "" : json.data);
    buf_release(&json);
    return why;
}

static void deny(const struct turn *t, struct effects *e, const char *why)
{
    staff_deny(t, e, why, FILL("n", turn_number(t, HELD_SLOTS)));
}

static bool read_held(const struct turn *t, int64_t line, struct content *content,
                      const char **room)
{
    const char *json = conversation_var(t->subject, var_of(t, line));
    struct json *j = json_parse(json, strlen(json), NULL);
    content_read(t->arena, json_at(j, "content"), content);
    *room = arena_strdup(t->arena, json_str(j, "room"));
    bool found = json_at(j, "content");
    json_free(j);
    return found;
}

void held_keep(const struct turn *t, struct effects *e)
{
    const char *why = held_store(t, e);
    if (why)
        deny(t, e, why);
    else
        held_ask(t, e, say(t, e, LANE_STAFF, "staff.hold"), e->line);
}

const char *held_store(const struct turn *t, struct effects *e)
{
    return keep(t, e, e->line, &t->event->content, t->event->room);
}

void held_ask(const struct turn *t, struct effects *e, struct effect *said, int64_t line)
{
    char *claim = arena_printf(t->arena, "claim:%" PRId64, line);
    char *note = arena_printf(t->arena, "note:%" PRId64, line);
    say_button(t, e, said, "staff.claim_send", claim, false);
    say_button(t, e, said, "staff.keep_note", note, true);
}

bool held_change(const struct turn *t, struct effects *e)
{
    int64_t line = -t->event->content.about_line; /* staff's own lines are negative */
    struct content content;
    const char *room;
    if (t->event->content.kind != CONTENT_EDIT || !read_held(t, line, &content, &room))
        return false;
    if (starts_with(t->event->content.text, "//")) {
        held_drop(t, e, line);
        staff_say(t, e, "staff.noted");
        return true;
    }
    int64_t about = content.about_line;
    content = t->event->content;
    content.about_line = about;
    const char *why = keep(t, e, line, &content, room);
    if (why)
        deny(t, e, why);
    return true;
}

bool held_is(const struct turn *t, int64_t line)
{
    return *conversation_var(t->subject, var_of(t, line));
}

bool held_drop(const struct turn *t, struct effects *e, int64_t line)
{
    bool was = held_is(t, line);
    if (was)
        effect_var(e, var_of(t, line), "");
    return was;
}

bool held_send(const struct canned *canned, const struct turn *t, struct effects *e, int64_t line)
{
    struct content content;
    const char *room;
    if (!read_held(t, line, &content, &room)) {
        staff_deny(t, e, "staff.held_gone");
        return false;
    }
    if (canned_is_asked(&content)) {
        if (!canned_say(canned, t, e, &content, line))
            return false;
    } else {
        effect_relay_line(e, LANE_CUSTOMER, &content, t->agent->name, room, line);
        effect_relay_line(e, LANE_STAFF, &content, t->agent->name, room, line);
        case_answered(t, e);
    }
    effect_var(e, var_of(t, line), "");
    return true;
}

void held_forget(const struct turn *t, struct effects *e)
{
    for (size_t i = t->subject->n_vars; i-- > 0;) /* removing puts the last one here */
        if (starts_with(t->subject->vars[i].name, HELD))
            effect_var(e, t->subject->vars[i].name, "");
}
