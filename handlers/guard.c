/* The guard: customers paste seed phrases and keys into chats. They are masked in every part of
 * what comes in, before anything is logged, stored or shown to a colleague; the customer is told to
 * move the funds, and security gets a case. */
#include "bot/ports/handler.h"

#include "handlers/group/group.h"
#include "handlers/guard/secrets.h"
#include "handlers/identity/link.h"
#include "handlers/staff/case.h"

#include <sodium.h>

/* Marks, not prose: the same in every language. */
static const char *const marks[SECRET_KINDS] = {
    [SECRET_SEED] = "▇▇▇ [seed phrase]",  [SECRET_KEY] = "▇▇▇ [private key]",
    [SECRET_TOTP] = "▇▇▇ [2FA key]",      [SECRET_HEX] = "▇▇▇ [64 hex digits]",
    [SECRET_LINK] = "▇▇▇ [sign-in link]",
};

struct screen {
    struct arena *arena;
    bool hex_is_public;
    enum secret_kind worst; /* SECRET_KINDS: nothing found */
};

/* --- screening --- */

/* The text with its secrets replaced, and the original wiped; the text itself when there are none.
 */
static const char *mask(struct screen *s, const char *text, struct secrets *found)
{
    *found = (struct secrets){0};
    if (str_empty(text))
        return text;
    *found = secrets_find(s->arena, text, s->hex_is_public);
    if (!found->n)
        return text;
    size_t len = strlen(text), at = 0, room = len;
    for (size_t i = 0; i < found->n; i++)
        room += strlen(marks[found->items[i].kind]);
    char *masked = arena_alloc(s->arena, room + 1), *to = masked;
    for (size_t i = 0; i < found->n; i++) {
        const struct secret *it = &found->items[i];
        to = mempcpy(to, text + at, it->offset - at);
        to = mempcpy(to, marks[it->kind], strlen(marks[it->kind]));
        at = it->offset + it->len;
        if (it->kind < s->worst)
            s->worst = it->kind;
    }
    memcpy(to, text + at, len - at);
    sodium_memzero((char *)(uintptr_t)text, len); /* it lives in the turn's arena */
    return masked;
}

/* Mask in place; says whether there was anything to mask. */
static bool screen_string(struct screen *s, const char **text)
{
    struct secrets found;
    *text = mask(s, *text, &found);
    return found.n > 0;
}

/* Follow the text: false when the entity began or ended within a secret. */
static bool move_entity(struct entity *e, const struct secrets *masked)
{
    size_t start = e->offset, end = start + e->len, moved_start = start, moved_end = end;
    for (size_t i = 0; i < masked->n; i++) {
        const struct secret *it = &masked->items[i];
        size_t from = it->offset, to = from + it->len, mark = strlen(marks[it->kind]);
        if (from >= end)
            break;
        if (to > start && (from < start || to > end))
            return false;
        if (to <= start)
            moved_start = moved_start + mark - it->len;
        moved_end = moved_end + mark - it->len;
    }
    e->offset = moved_start;
    e->len = moved_end - moved_start;
    return true;
}

static void screen_text(struct screen *s, struct content *c)
{
    struct secrets found;
    c->text = mask(s, c->text, &found);
    size_t n = 0;
    for (size_t i = 0; i < c->n_entities; i++) {
        struct entity e = c->entities[i];
        bool is_clean = !screen_string(s, &e.url); /* a link with a mark in it leads nowhere */
        if (is_clean && move_entity(&e, &found))
            c->entities[n++] = e;
    }
    c->n_entities = n;
}

/* A file goes out under its own name by its id, so one whose name holds a secret stays behind. */
static void screen_files(struct screen *s, struct content *c)
{
    bool hex_was_public = s->hex_is_public;
    size_t n = 0;
    for (size_t i = 0; i < c->n_files; i++) {
        struct file f = c->files[i];
        /* Cameras and apps name files so. */
        s->hex_is_public = hex_was_public || !file_kind_is_words(f.kind);
        bool is_clean = !screen_string(s, &f.name) & !screen_string(s, &f.mime);
        if (is_clean)
            c->files[n++] = f;
        else if (!c->unreadable)
            c->unreadable = file_kind_name(f.kind);
    }
    c->n_files = n;
    s->hex_is_public = hex_was_public;
}

static void screen_content(struct screen *s, struct content *c)
{
    screen_text(s, c);
    screen_string(s, &c->quote);
    screen_string(s, &c->reaction);
    screen_string(s, &c->unreadable);
    for (size_t i = 0; i < c->n_buttons; i++) {
        screen_string(s, &c->buttons[i].label);
        screen_string(s, &c->buttons[i].data);
        screen_string(s, &c->buttons[i].url);
    }
    screen_files(s, c);
}

/* A sign-in link was opened. What it says is for the identity handler alone, and nothing of it is
 * kept. */
static void take_proof(struct arena *a, struct event *event)
{
    struct content *c = &event->content;
    bool is_opened = event->type == EVENT_MESSAGE && event->is_private && !event->is_carried &&
                     c->kind == CONTENT_TEXT && starts_with(c->text, LINK_START);
    if (!is_opened)
        return;
    char *text = (char *)(uintptr_t)c->text; /* it lives in the turn's arena */
    event->proof = arena_strdup(a, text + strlen("/start "));
    sodium_memzero(text + strlen("/start"), strlen(text) - strlen("/start"));
    c->n_entities = 0;
    c->origin_chat = c->origin_id = NULL;
}

static void guard_screen(const void *self, const struct conversation *subject, struct arena *a,
                         struct event *event)
{
    (void)self;
    const char *asked = subject ? subject->asked : NULL;
    struct screen s = {.arena = a, .worst = SECRET_KINDS};
    screen_string(&s, &event->name); /* who writes is no part of what is written */
    screen_string(&s, &event->username);
    screen_string(&s, &event->forwarded.name);
    if (event->type != EVENT_MESSAGE && event->type != EVENT_BUTTON)
        return;
    take_proof(a, event);
    s.worst = SECRET_KINDS;
    /* Staff paste hashes all day; a customer who was asked for one sends it without a word. */
    s.hex_is_public = !event->is_private || ends_with(asked, "txid") || ends_with(asked, "address");
    screen_content(&s, &event->content);
    screen_string(&s, &event->data);
    if (s.worst == SECRET_KINDS)
        return;
    event->content.secret = secret_kind_name(s.worst);
    event->content.origin_chat = event->content.origin_id = NULL;
}

/* --- telling --- */

static enum verdict guard_handle(const void *self, const struct turn *t, struct effects *e)
{
    const char *kind = t->event->content.secret;
    (void)self;
    if (!kind)
        return HANDLER_PASS;
    effect_count(e, "secrets", 1);
    if (turn_in_group(t)) { /* whoever owns it gets a case in the private chat, by the button */
        group_delete_secret(t, e);
        return HANDLER_DONE;
    }
    if (!turn_is_customer(t)) {
        bool is_room = conversation_is_room(t->subject);
        say(t, e, is_room ? LANE_CUSTOMER : LANE_STAFF, "guard.staff", FILL("kind", kind));
        return HANDLER_PASS;
    }
    if (!t->event->is_carried) /* else the group has told */
        say(t, e, LANE_CUSTOMER, arena_printf(t->arena, "guard.%s", kind));
    bool is_link = str_eq(kind, secret_kind_name(SECRET_LINK));
    if (!is_link && !str_eq(kind, secret_kind_name(SECRET_HEX)))
        case_secure(t, e);
    bool is_all = is_link && t->subject->state == STATE_BOT; /* it was said what to do with it */
    return is_all ? HANDLER_DONE : HANDLER_PASS;
}

const struct handler guard_handler = {
    .name = "guard",
    .help = "masks seed phrases, private keys and 2FA keys before anyone sees them",
    .states = IN_ANY_STATE,
    .in_rooms = true,
    .in_groups = true,
    .screen = guard_screen,
    .handle = guard_handle,
};
