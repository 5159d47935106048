#include "bot/ports/handler.h"

const struct yaml *handler_file(const struct handler_files *files, const char *name)
{
    for (size_t i = 0; i < files->n; i++)
        if (str_eq(files->items[i].name, name))
            return files->items[i].root;
    return NULL;
}

const char *turn_lang(const struct turn *t, enum lane_id lane)
{
    bool to_staff = lane == LANE_STAFF || conversation_is_room(t->subject);
    if (to_staff)
        return settings_get(t->settings, "STAFF_LANGUAGE");
    return str_empty(t->subject->lang) ? "en" : t->subject->lang;
}

const void *turn_noted(const struct turn *t, const char *key)
{
    for (const struct turn_note *n = t->notes ? *t->notes : NULL; n; n = n->next)
        if (str_eq(n->key, key))
            return n->value;
    return NULL;
}

void turn_note(const struct turn *t, const char *key, const void *value)
{
    if (!t->notes)
        return;
    struct turn_note *n = arena_alloc(t->arena, sizeof(*n));
    *n = (struct turn_note){*t->notes, key, value};
    *t->notes = n;
}

size_t turn_draw(const struct turn *t, size_t n)
{
    const struct event_id *id = &t->event->id;
    const char *text =
        arena_printf(t->arena, "%s:%s", id->bucket ? id->bucket : "", id->member ? id->member : "");
    return fnv1a64(text, strlen(text)) % n;
}

const char *turn_phrase_(const struct turn *t, enum lane_id lane, const char *key,
                         const struct fill *values, size_t n)
{
    return phrase(t->phrases, t->arena, turn_lang(t, lane), key, values, n);
}

struct effect *say_(const struct turn *t, struct effects *e, enum lane_id lane, const char *key,
                    const struct fill *values, size_t n)
{
    struct content content = CONTENT_INIT;
    content.text = turn_phrase_(t, lane, key, values, n);
    return effect_say(e, lane, &content);
}

void say_button(const struct turn *t, struct effects *e, struct effect *said, const char *label_key,
                const char *data, bool same_row)
{
    const char *label = turn_phrase(t, said->lane, label_key);
    content_button(e->arena, &said->content, label, data)->same_row = same_row;
}

char *turn_number(const struct turn *t, int64_t n)
{
    return arena_int(t->arena, n);
}

const char *turn_wait(const struct turn *t, enum lane_id lane, int64_t ms)
{
    static const struct {
        int64_t ms;
        const char *key;
    } units[] = {
        {24 * 3600 * 1000, "time.days"},
        {3600 * 1000, "time.hours"},
        {60 * 1000, "time.minutes"},
        {1000, "time.seconds"},
    };
    size_t i = 0;
    while (i < ARRAY_LEN(units) - 1 && ms < 2 * units[i].ms)
        i++;
    return turn_phrase(t, lane, units[i].key,
                       FILL("n", turn_number(t, ms < 0 ? 0 : ms / units[i].ms)));
}

bool turn_says_only(const struct turn *t, const char *text, const char *key)
{
    const char *folded = text_fold_match(t->arena, text);
    const char *words = turn_phrase(t, LANE_CUSTOMER, key);
    size_t len = strlen(folded);
    while (len && strchr(".!?~ ", folded[len - 1]))
        len--;
    while (len >= 3 && !memcmp(folded + len - 3, "。", 3))
        len -= 3;
    for (const char *at = words; *at;) {
        size_t n = strcspn(at, "|");
        if (n == len && !strncmp(at, folded, n))
            return true;
        at += n + (at[n] == '|');
    }
    return false;
}

const void *turn_self(const struct turn *t, const struct handler *of)
{
    for (size_t i = 0; t->handlers && t->handlers[i]; i++)
        if (t->handlers[i] == of)
            return t->selves[i];
    return NULL;
}
