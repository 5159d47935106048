#include "handlers/staff/foreign.h"

#include "handlers/extract/address.h"
#include "handlers/staff/commands.h"
#include "handlers/staff/held.h"
#include "handlers/verify/links.h"
#include "handlers/verify/officials.h"

#include <inttypes.h>

#define ASKED         "foreign.asked" /* "<agent> <hash of the words>" */
#define LEAST_ADDRESS 25              /* letters; shorter ones are names of accounts */

static bool is_ours(const struct turn *t, const struct officials *ours, const char *link)
{
    struct title_words none = {0};
    return standing_of(t->arena, &none, ours, link).standing == STANDING_OFFICIAL;
}

static bool is_hash(const char *s, size_t len)
{
    size_t prefix = starts_with(s, "0x") ? 2 : 0;
    return len == prefix + 64 && strspn(s + prefix, "0123456789abcdefABCDEF") >= 64;
}

static const char *find_address(struct arena *a, const char *text)
{
    for (const char *at = text; *at;) {
        size_t len =
            strspn(at, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ:_-");
        const char *chains;
        if (len >= LEAST_ADDRESS && !is_hash(at, len) &&
            address_read(at, len, &chains) != READING_NONE)
            return arena_strndup(a, at, len);
        at += len ? len : 1;
    }
    return NULL;
}

const char *foreign_in(const struct turn *t)
{
    const struct content *c = &t->event->content;
    struct title_words none = {0};
    struct officials ours = officials_of(t->arena, t->settings, t->facts, &none);
    const char *link = links_foreign(t->arena, t->settings, c->text);
    if (link)
        return link;
    for (size_t i = 0; i < c->n_entities; i++)
        if (c->entities[i].type == ENTITY_LINK && !str_empty(c->entities[i].url) &&
            !is_ours(t, &ours, c->entities[i].url))
            return c->entities[i].url;
    return find_address(t->arena, c->text);
}

/* What the customer has already is changed only by words that need no second look. */
static void refuse_change(const struct turn *t, struct effects *e, const char *what)
{
    staff_deny(t, e, "staff.foreign_edit", FILL("what", text_excerpt(t->arena, what, 100)));
}

static void ask(const struct turn *t, struct effects *e, const char *what)
{
    const char *shown = text_excerpt(t->arena, what, 100);
    const char *why = str_eq(t->event->from.platform, "cli") ? "" : held_store(t, e);
    if (why) { /* no buttons there, or no room to keep it */
        staff_deny(t, e, "staff.foreign_again", FILL("what", shown));
        return;
    }
    struct effect *said = say(t, e, LANE_STAFF, "staff.foreign", FILL("what", shown));
    said->content.about_line = e->line;
    if (t->subject->state == STATE_WAITING) {
        held_ask(t, e, said, e->line);
        return;
    }
    say_button(t, e, said, "staff.send_anyway", arena_printf(t->arena, "send:%" PRId64, e->line),
               false);
    say_button(t, e, said, "staff.keep_note", arena_printf(t->arena, "note:%" PRId64, e->line),
               true);
}

bool foreign_may_go(const struct turn *t, struct effects *e)
{
    const struct content *c = &t->event->content;
    bool is_words = c->kind == CONTENT_TEXT || c->kind == CONTENT_EDIT;
    const char *what = is_words ? foreign_in(t) : NULL;
    if (!what)
        return true;
    if (c->kind == CONTENT_EDIT) {
        refuse_change(t, e, what);
        return false;
    }
    const char *words = arena_printf(t->arena, "%s %016" PRIx64, t->event->from.user,
                                     fnv1a64(c->text, strlen(c->text)));
    bool is_again = str_eq(conversation_var(t->subject, ASKED), words);
    effect_var(e, ASKED, is_again ? "" : words);
    if (!is_again)
        ask(t, e, what);
    return is_again;
}
