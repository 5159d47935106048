#include "bot/model/announcement.h"

#define NIGHT_BEGINS (23 * 60)
#define NIGHT_ENDS   (8 * 60)

/* --- JSON --- */

static const char *const case_names[] = {
    [CASE_ANY] = "any", [CASE_OPEN] = "open", [CASE_NONE] = "none"};

static void write_who(struct json_writer *w, const struct audience *who)
{
    json_open(w, "who", '{');
    json_put_str(w, "platforms", who->platforms);
    json_put_str(w, "langs", who->langs);
    json_put_str(w, "tags", who->tags);
    json_put_str(w, "not_tags", who->not_tags);
    json_put_int(w, "seen_since", who->seen_since_ms);
    json_put_int(w, "seen_before", who->seen_before_ms);
    json_put_str(w, "asked", who->asked);
    json_put_int(w, "asked_since", who->asked_since_ms);
    json_put_int(w, "incident", who->incident);
    json_put_str(w, "case", case_names[who->with_case]);
    json_put_bool(w, "own_matter", who->is_own_matter);
    json_close(w, '}');
}

static struct audience read_who(struct arena *a, const struct json *j)
{
    struct audience who = {
        .platforms = json_text(j, "platforms", a),
        .langs = json_text(j, "langs", a),
        .tags = json_text(j, "tags", a),
        .not_tags = json_text(j, "not_tags", a),
        .seen_since_ms = json_int(j, "seen_since", 0),
        .seen_before_ms = json_int(j, "seen_before", 0),
        .asked = json_text(j, "asked", a),
        .asked_since_ms = json_int(j, "asked_since", 0),
        .incident = json_int(j, "incident", 0),
        .is_own_matter = json_bool(j, "own_matter"),
    };
    for (int i = CASE_ANY; i <= CASE_NONE; i++)
        if (str_eq(json_str(j, "case"), case_names[i]))
            who.with_case = (enum audience_case)i;
    return who;
}

char *announcement_print(struct arena *a, const struct announcement *what)
{
    struct buf out = BUF_INIT(4 * JSON_MAX_BYTES);
    struct json_writer w = JSON_WRITER(&out);
    json_open(&w, NULL, '{');
    json_open(&w, "texts", '[');
    for (size_t i = 0; i < what->n_texts; i++) {
        json_open(&w, NULL, '{');
        json_put_str(&w, "lang", what->texts[i].lang);
        content_write(&w, "content", &what->texts[i].content);
        json_close(&w, '}');
    }
    json_close(&w, ']');
    json_put_str(&w, "fallback", what->fallback);
    write_who(&w, &what->who);
    json_put_bool(&w, "only_chats", what->only_chats);
    json_put_str(&w, "list", what->list);
    json_open(&w, "chats", '[');
    for (size_t i = 0; i < what->n_chats; i++) {
        json_open(&w, NULL, '{');
        json_put_str(&w, "chat", what->chats[i].chat);
        json_put_str(&w, "lang", what->chats[i].lang);
        json_close(&w, '}');
    }
    json_close(&w, ']');
    json_put_int(&w, "at", what->at_ms);
    json_put_bool(&w, "urgent", what->is_urgent);
    json_put_str(&w, "incident", what->incident);
    json_close(&w, '}');
    return arena_take(a, &out);
}

bool announcement_parse(struct arena *a, const char *json, struct announcement *out)
{
    struct json *j = json_parse_limits(json, strlen(json), 4 * JSON_MAX_BYTES, 100000, NULL);
    const struct json *texts = json_at(j, "texts"), *chats = json_at(j, "chats");
    *out = (struct announcement){
        .n_texts = json_len(texts),
        .fallback = json_text(j, "fallback", a),
        .who = read_who(a, json_at(j, "who")),
        .only_chats = json_bool(j, "only_chats"),
        .list = json_text(j, "list", a),
        .n_chats = json_len(chats),
        .at_ms = json_int(j, "at", 0),
        .is_urgent = json_bool(j, "urgent"),
        .incident = json_text(j, "incident", a),
    };
    out->texts = arena_alloc(a, out->n_texts * sizeof(*out->texts));
    for (size_t i = 0; i < out->n_texts; i++) {
        out->texts[i].lang = json_text(json_item(texts, i), "lang", a);
        content_read(a, json_at(json_item(texts, i), "content"), &out->texts[i].content);
    }
    out->chats = arena_alloc(a, out->n_chats * sizeof(*out->chats));
    for (size_t i = 0; i < out->n_chats; i++)
        out->chats[i] = (struct announcement_chat){json_text(json_item(chats, i), "chat", a),
                                                   json_text(json_item(chats, i), "lang", a)};
    json_free(j);
    return out->n_texts > 0;
}

/* --- who reads what --- */

static const struct announcement_text *find(const struct announcement *what, const char *lang,
                                            size_t len)
{
    for (size_t i = 0; i < what->n_texts; i++)
        if (strlen(what->texts[i].lang) == len && !strncmp(what->texts[i].lang, lang, len))
            return &what->texts[i];
    return NULL;
}

const struct announcement_text *announcement_text(const struct announcement *what, const char *lang)
{
    const struct announcement_text *found = *lang ? find(what, lang, strlen(lang)) : NULL;
    for (const char *at = what->fallback; !found && *at; at += *at == ' ') {
        found = find(what, at, strcspn(at, " "));
        at += strcspn(at, " ");
    }
    return found ? found : &what->texts[0];
}

bool announcement_is_silent(const struct announcement *what, int minute_of_day)
{
    return !what->is_urgent && (minute_of_day >= NIGHT_BEGINS || minute_of_day < NIGHT_ENDS);
}
