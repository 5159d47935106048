#include "handlers/incident/order.h"

#include "bot/base/zone.h"
#include "handlers/faq/faq.h"
#include "handlers/verify/link.h"

#define MAX_TEXT 600 /* bytes of what happened, in one language */
#define MAX_LIST 200

static const struct {
    const char *name;
    enum order_verb verb;
} verbs[] = {
    {"list", ORDER_LIST},   {"open", ORDER_OPEN}, {"update", ORDER_UPDATE},
    {"close", ORDER_CLOSE}, {"end", ORDER_CLOSE}, {"undo", ORDER_UNDO},
};

static bool fails(struct order *o, const char *key, const char *word)
{
    if (!o->wrong_key) {
        o->wrong_key = key;
        o->wrong = word;
    }
    return false;
}

static bool is_language(const struct turn *t, const char *name)
{
    struct buf item = BUF_INIT(100);
    bool found = false;
    for (size_t i = 0; !found && settings_item(t->settings, "LANGUAGES", i, &item); i++)
        found = str_eq(item.data, name);
    buf_release(&item);
    return found;
}

static bool is_topic(const struct turn *t, const char *word)
{
    const void *faq = turn_self(t, &faq_handler);
    return faq && knowledge_item(faq_knowledge(faq), word);
}

/* "mx/usdt, BTC/USDT" -> "MX/USDT BTC/USDT" */
static const char *as_list(const struct turn *t, const char *text)
{
    char *list = arena_strdup(t->arena, text), *to = list;
    for (const char *at = text; *at; at++) {
        char c = *at == ',' ? ' ' : is_lower(*at) ? (char)(*at & ~0x20) : *at;
        if (c != ' ' || (to > list && to[-1] != ' '))
            *to++ = c;
    }
    while (to > list && to[-1] == ' ')
        to--;
    *to = '\0';
    return list;
}

static const char *joined(const struct turn *t, const char *list, const char *word)
{
    return list ? arena_printf(t->arena, "%s %s", list, word) : word;
}

/* --- key: value --- */

static bool read_time(const struct turn *t, struct order *o, const char *value, int64_t *out)
{
    const char *tz = settings_get(t->settings, "TIMEZONE");
    return zone_parse(tz, value, t->event->now_ms, out) || fails(o, "incidents.bad_time", value);
}

static bool read_pair(const struct turn *t, struct order *o, const char *key, const char *value)
{
    if (str_eq(key, "from"))
        return read_time(t, o, value, &o->from_ms);
    if (str_eq(key, "until"))
        return read_time(t, o, value, &o->until_ms);
    if (strlen(value) > (is_language(t, key) ? MAX_TEXT : MAX_LIST))
        return fails(o, "incidents.too_long", key);
    if (is_language(t, key))
        return own_text_set(&o->what, key, value);
    if (str_eq(key, "link")) {
        o->link = value;
        return link_is_official(t->settings, value) || fails(o, "incidents.bad_link", value);
    }
    if (str_eq(key, "state")) {
        o->has_state = true;
        return incident_state_parse(value, &o->state) || fails(o, "incidents.bad_word", value);
    }
    if (str_eq(key, "topic")) {
        o->topic = value;
        return is_topic(t, value) || fails(o, "incidents.bad_word", value);
    }
    if (str_eq(key, "words") && o->n_words < INCIDENT_EXAMPLES)
        o->words[o->n_words++] = text_fold_match(t->arena, value);
    else if (str_eq(key, "pairs") || str_eq(key, "coins"))
        o->names = as_list(t, value);
    else if (str_eq(key, "errors"))
        o->errors = as_list(t, value);
    else
        return fails(o, "incidents.bad_word", key);
    return true;
}

/* "zh: text", "zh text" */
static bool read_line(const struct turn *t, struct order *o, const char *line)
{
    size_t len = strcspn(line, ": ");
    const char *value = line + len + (line[len] == ':');
    value += strspn(value, " ");
    if (!*value)
        return fails(o, "incidents.bad_word", line);
    return read_pair(t, o, arena_strndup(t->arena, line, len), value);
}

/* --- the first line --- */

static bool read_word(const struct turn *t, struct order *o, const char *word)
{
    size_t key = strcspn(word, "=");
    if (word[key] && key)
        return read_pair(t, o, arena_strndup(t->arena, word, key), word + key + 1);
    int64_t id;
    if (!parse_i64(word + (*word == '#'), &id) && id > 0) {
        o->id = id;
        return true;
    }
    if (incident_state_parse(word, &o->state)) {
        o->has_state = true;
        return true;
    }
    if (is_topic(t, word)) {
        o->topic = joined(t, o->topic, word);
        return true;
    }
    if (!word[strspn(word, "abcdefghijklmnopqrstuvwxyz_")])
        return fails(o, "incidents.bad_word", word); /* names are in capitals */
    o->names = joined(t, o->names, as_list(t, word));
    return true;
}

static bool read_first(const struct turn *t, struct order *o, const char *line)
{
    size_t len = strcspn(line, " ");
    size_t verb = 0;
    while (verb < ARRAY_LEN(verbs) &&
           (strlen(verbs[verb].name) != len || strncmp(verbs[verb].name, line, len)))
        verb++;
    if (verb < ARRAY_LEN(verbs)) {
        o->verb = verbs[verb].verb;
        line += len;
    } else {
        o->verb = *line ? ORDER_UPDATE : ORDER_LIST;
    }
    for (line += strspn(line, " "); *line; line += len + strspn(line + len, " ")) {
        len = strcspn(line, " ");
        if (!read_word(t, o, arena_strndup(t->arena, line, len)))
            return false;
    }
    return true;
}

bool order_parse(const struct turn *t, const char *text, struct order *out)
{
    *out = (struct order){.verb = ORDER_LIST};
    bool is_first = true;
    for (size_t len; is_first || *text; text += len + (text[len] == '\n'), is_first = false) {
        len = strcspn(text, "\n");
        const char *line = arena_strndup(t->arena, text, len);
        line += strspn(line, " ");
        if (!(is_first ? read_first(t, out, line) : !*line || read_line(t, out, line)))
            return false;
    }
    return true;
}
