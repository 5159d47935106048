/* The guard: customers paste seed phrases, keys, passwords into chats. They are masked in every
 * part of what comes in, before anything is logged, stored or shown to a colleague; the message is
 * deleted where the platform allows, whoever wrote it is told what to do now, and security gets a
 * case (not of a one-time code that is sent with "it is wrong": that is a question). */
#include "bot/ports/handler.h"

#include "bot/base/text.h"
#include "handlers/group/group.h"
#include "handlers/guard/secrets.h"
#include "handlers/identity/link.h"
#include "handlers/staff/case.h"

#include <sodium.h>

/* Marks, not prose: the same in every language. */
static const char *const marks[SECRET_KINDS] = {
    [SECRET_SEED] = "▇▇▇ [seed phrase]",  [SECRET_KEY] = "▇▇▇ [private key]",
    [SECRET_TOTP] = "▇▇▇ [2FA key]",      [SECRET_CARD] = "▇▇▇ [card number]",
    [SECRET_PASSWORD] = "▇▇▇ [password]", [SECRET_OTP] = "▇▇▇ [one-time code]",
    [SECRET_HEX] = "▇▇▇ [64 hex digits]", [SECRET_LINK] = "▇▇▇ [sign-in link]",
};

/* "It's a transaction hash": its button, and the variable that says until when one is awaited. */
#define IS_TXID  "guard.txid"
#define AWAIT_MS INT64_C(1800000)

struct screen {
    struct arena *arena;
    unsigned asked;         /* enum secret_asked */
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
    *found = secrets_find(s->arena, text, s->asked);
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

static bool is_key_file(struct screen *s, const struct content *c, const struct file *f)
{
    bool is_one = f->kind == FILE_DOCUMENT && f->name &&
                  secret_is_key_file(s->arena, f->name, c->text ? c->text : "");
    if (is_one && SECRET_KEY < s->worst)
        s->worst = SECRET_KEY;
    return is_one;
}

/* A file goes out under its own name by its id, so one whose name holds a secret stays behind. */
static void screen_files(struct screen *s, struct content *c)
{
    unsigned was_asked = s->asked;
    size_t n = 0;
    for (size_t i = 0; i < c->n_files; i++) {
        struct file f = c->files[i];
        /* Cameras and apps name files so. */
        if (!file_kind_is_words(f.kind))
            s->asked |= ASKED_HEX;
        bool is_clean = !is_key_file(s, c, &f);
        is_clean &= !screen_string(s, &f.name);
        is_clean &= !screen_string(s, &f.mime);
        s->asked = was_asked;
        if (is_clean)
            c->files[n++] = f;
        else if (!c->unreadable)
            c->unreadable = file_kind_name(f.kind);
    }
    c->n_files = n;
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

/* Somebody else's words: a secret in them is none of the writer's. */
static void screen_replied(struct screen s, struct content *replied)
{
    s.asked |= ASKED_HEX;
    if (replied)
        screen_content(&s, replied);
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

/* How long the first hash is: 64 hex digits, with or without 0x; 0: there is none. */
static size_t hash_len(const char *s)
{
    size_t prefix = starts_with(s, "0x") ? 2 : 0;
    bool is_hash = strspn(s + prefix, "0123456789abcdefABCDEF") == 64 && !is_alnum(s[prefix + 64]);
    return is_hash ? prefix + 64 : 0;
}

static bool has_hash(const char *s)
{
    for (; *s; s++) {
        if (hash_len(s))
            return true;
        while (is_alnum(*s) && is_alnum(s[1]))
            s++;
    }
    return false;
}

static bool is_awaited(const struct conversation *c, const struct event *event)
{
    return c && conversation_var_int(c, IS_TXID) > event->now_ms;
}

/* The customer has said what it is, so it is written down for those who read it later. */
static void name_hash(struct arena *a, struct content *c)
{
    const char *text = c->text + strspn(c->text, " \n");
    size_t len = hash_len(text);
    if (!len || text[len + strspn(text + len, " \n")])
        return;
    c->text = arena_printf(a, "TXID %.*s", (int)len, text);
    c->n_entities = 0;
    c->origin_chat = c->origin_id = NULL;
}

static unsigned what_was_asked(const struct conversation *c, const struct event *event)
{
    const char *asked = c ? c->asked : NULL;
    unsigned set = 0;
    /* Staff paste hashes all day; a customer who was asked for one sends it without a word. */
    if (!event->is_private || ends_with(asked, "txid") || ends_with(asked, "address") ||
        is_awaited(c, event))
        set |= ASKED_HEX;
    if (ends_with(asked, "invite_code"))
        set |= ASKED_CODE;
    return set;
}

static void guard_screen(const void *self, const struct conversation *subject, struct arena *a,
                         struct event *event)
{
    (void)self;
    struct screen s = {.arena = a, .worst = SECRET_KINDS};
    screen_string(&s, &event->name); /* who writes is no part of what is written */
    screen_string(&s, &event->username);
    screen_string(&s, &event->forwarded.name);
    if (event->type != EVENT_MESSAGE && event->type != EVENT_BUTTON)
        return;
    take_proof(a, event);
    s.worst = SECRET_KINDS;
    s.asked = what_was_asked(subject, event);
    if (is_awaited(subject, event) && event->type == EVENT_MESSAGE)
        name_hash(a, &event->content);
    screen_content(&s, &event->content);
    screen_string(&s, &event->data);
    screen_replied(s, event->replied);
    if (s.worst == SECRET_KINDS)
        return;
    event->content.secret = secret_kind_name(s.worst);
    event->content.origin_chat = event->content.origin_id = NULL;
}

/* --- telling --- */

static bool is_kind(const char *kind, enum secret_kind k)
{
    return str_eq(kind, secret_kind_name(k));
}

/* In a private chat, too, the platform may let us delete what others wrote. */
static struct effect *delete_message(const struct turn *t, struct effects *e, enum lane_id lane)
{
    const struct event *event = t->event;
    bool is_edit = event->content.kind == CONTENT_EDIT;
    int64_t line = is_edit ? event->content.about_line : e->line;
    struct content gone = {.kind = CONTENT_DELETE, .text = ""};
    gone.about_line = line < 0 ? -line : line; /* staff's own lines have negative numbers */
    bool is_there = event->type == EVENT_MESSAGE && !event->is_carried && line;
    return is_there ? effect_say(e, lane, &gone) : NULL;
}

static void tell_customer(const struct turn *t, struct effects *e, const char *kind)
{
    if (t->event->is_private)
        delete_message(t, e, LANE_CUSTOMER);
    if (t->event->is_carried) /* the group has told */
        return;
    struct effect *said = say(t, e, LANE_CUSTOMER, arena_printf(t->arena, "guard.%s", kind));
    if (is_kind(kind, SECRET_HEX))
        say_button(t, e, said, "guard.is_txid", IS_TXID, false);
}

/* A colleague's post in a topic goes, and what is left of it is shown once more. */
static void tell_staff(const struct turn *t, struct effects *e, const char *kind)
{
    enum lane_id lane = conversation_is_room(t->subject) ? LANE_CUSTOMER : LANE_STAFF;
    struct effect *gone = delete_message(t, e, lane);
    if (gone)
        gone->only_room = t->event->room;
    struct effect *said = say(t, e, lane, "guard.staff", FILL("kind", kind));
    if (gone)
        said->content.text =
            arena_printf(t->arena, "%s\n\n%s", said->content.text, t->event->content.text);
}

static bool says_one_of(const struct turn *t, const char *lang, const char *key)
{
    const char *text = text_fold_match(t->arena, t->event->content.text);
    const char *words = phrase(t->phrases, t->arena, lang, key, NULL, 0);
    for (const char *at = words; *at;) {
        size_t len = strcspn(at, "|");
        const char *word = text_fold_match(t->arena, arena_strndup(t->arena, at, len));
        if (text_has_word(text, word))
            return true;
        at += len + (at[len] == '|');
    }
    return false;
}

/* "My code 771204 is invalid": many are sent so, and they lapse by themselves. */
static bool asks_about_code(const struct turn *t)
{
    return starts_with(t->subject->asked, "twofa_code_invalid.") ||
           says_one_of(t, turn_lang(t, LANE_CUSTOMER), "guard.fails_words") ||
           says_one_of(t, "en", "guard.fails_words");
}

/* What is security's: not a question, not what is in doubt. */
static bool is_security_s(const struct turn *t, const char *kind)
{
    return !is_kind(kind, SECRET_LINK) && !is_kind(kind, SECRET_HEX) &&
           (!is_kind(kind, SECRET_OTP) || !asks_about_code(t));
}

/* The next 64 hex digits are a hash. What was masked is gone. */
static enum verdict await_hash(const struct turn *t, struct effects *e)
{
    effect_var(e, IS_TXID, turn_number(t, t->event->now_ms + AWAIT_MS));
    say(t, e, LANE_CUSTOMER, "guard.paste");
    effect_show(e, "");
    return HANDLER_DONE;
}

static enum verdict guard_handle(const void *self, const struct turn *t, struct effects *e)
{
    const struct event *event = t->event;
    const char *kind = event->content.secret;
    (void)self;
    if (turn_is_customer(t) && event->type == EVENT_BUTTON && str_eq(event->data, IS_TXID))
        return await_hash(t, e);
    if (turn_is_customer(t) && is_awaited(t->subject, event) && has_hash(event->content.text))
        effect_var(e, IS_TXID, "");
    if (!kind)
        return HANDLER_PASS;
    effect_count(e, "secrets", 1);
    if (turn_in_group(t)) { /* whoever owns it gets a case in the private chat, by the button */
        group_delete_secret(t, e);
        return HANDLER_DONE;
    }
    if (!turn_is_customer(t)) {
        tell_staff(t, e, kind);
        return HANDLER_PASS;
    }
    tell_customer(t, e, kind);
    if (is_security_s(t, kind))
        case_secure(t, e);
    bool is_all = is_kind(kind, SECRET_LINK) &&
                  t->subject->state == STATE_BOT; /* it was said what to do with it */
    return is_all ? HANDLER_DONE : HANDLER_PASS;
}

const struct handler guard_handler = {
    .name = "guard",
    .help = "masks seed phrases, keys, passwords, codes and card numbers before anyone sees them",
    .states = IN_ANY_STATE,
    .in_rooms = true,
    .in_groups = true,
    .screen = guard_screen,
    .handle = guard_handle,
};
