#include "bot/model/incident.h"

#include "bot/base/json.h"

#define ALIKE 0.5 /* of the words of an example */

static const char *const state_names[INCIDENT_STATES] = {
    [INCIDENT_DETECTED] = "detected",         [INCIDENT_REPORTED] = "reported",
    [INCIDENT_ROLLED_BACK] = "rolled_back",   [INCIDENT_ANNOUNCED] = "announced",
    [INCIDENT_COMPENSATING] = "compensating", [INCIDENT_CLOSED] = "closed",
};

const char *incident_state_name(enum incident_state s)
{
    return state_names[s];
}

bool incident_state_parse(const char *name, enum incident_state *out)
{
    for (size_t i = 0; i < INCIDENT_STATES; i++)
        if (str_eq(state_names[i], name)) {
            *out = (enum incident_state)i;
            return true;
        }
    return false;
}

/* --- words of ours --- */

const char *own_text(const struct own_texts *o, const char *lang)
{
    const char *english = NULL;
    for (size_t i = 0; i < o->n; i++) {
        if (str_eq(o->langs[i], lang))
            return o->texts[i];
        if (str_eq(o->langs[i], "en"))
            english = o->texts[i];
    }
    return english;
}

bool own_text_set(struct own_texts *o, const char *lang, const char *text)
{
    size_t i = 0;
    while (i < o->n && !str_eq(o->langs[i], lang))
        i++;
    if (i == OWN_TEXTS)
        return false;
    o->langs[i] = lang;
    o->texts[i] = text;
    o->n += i == o->n;
    return true;
}

static void write_texts(struct json_writer *w, const struct own_texts *o)
{
    json_open(w, "what", '{');
    for (size_t i = 0; i < o->n; i++)
        json_put_str(w, o->langs[i], o->texts[i]);
    json_close(w, '}');
}

static void read_texts(struct arena *a, const struct json *j, struct own_texts *o)
{
    const struct json *what = json_at(j, "what");
    for (size_t i = 0; i < json_len(what) && i < OWN_TEXTS; i++) {
        const struct json *text = json_item(what, i);
        own_text_set(o, arena_strdup(a, json_name(text)), json_text(text, "", a));
    }
}

/* --- incidents --- */

void incident_init(struct incident *i, int64_t id)
{
    *i = (struct incident){
        .id = id, .topic = "", .pairs = "", .errors = "", .link = "", .by = "", .groups = ""};
}

char *incident_print(struct arena *a, const struct incident *i)
{
    struct buf out = BUF_INIT(JSON_MAX_BYTES);
    struct json_writer w = JSON_WRITER(&out);
    json_open(&w, NULL, '{');
    json_put_int(&w, "id", i->id);
    json_put_int(&w, "rev", i->rev);
    json_put_str(&w, "state", incident_state_name(i->state));
    json_put_str(&w, "topic", i->topic);
    json_put_str(&w, "pairs", i->pairs);
    json_put_str(&w, "errors", i->errors);
    json_put_int(&w, "from", i->from_ms);
    json_put_int(&w, "until", i->until_ms);
    json_put_str(&w, "link", i->link);
    json_put_str(&w, "by", i->by);
    json_put_str(&w, "groups", i->groups);
    write_texts(&w, &i->what);
    json_open(&w, "words", '[');
    for (size_t k = 0; k < i->n_words; k++)
        json_put_str(&w, NULL, i->words[k]);
    json_close(&w, ']');
    json_close(&w, '}');
    return arena_take(a, &out);
}

bool incident_parse(struct arena *a, const char *json, struct incident *out)
{
    struct json *j = json_parse(json, strlen(json), NULL);
    incident_init(out, json_int(j, "id", 0));
    bool ok = out->id > 0 && incident_state_parse(json_str(j, "state"), &out->state);
    out->rev = json_int(j, "rev", 0);
    out->topic = json_text(j, "topic", a);
    out->pairs = json_text(j, "pairs", a);
    out->errors = json_text(j, "errors", a);
    out->from_ms = json_int(j, "from", 0);
    out->until_ms = json_int(j, "until", 0);
    out->link = json_text(j, "link", a);
    out->by = json_text(j, "by", a);
    out->groups = json_text(j, "groups", a);
    read_texts(a, j, &out->what);
    const struct json *words = json_at(j, "words");
    for (size_t k = 0; k < json_len(words) && k < INCIDENT_EXAMPLES; k++)
        out->words[out->n_words++] = json_text(json_item(words, k), "", a);
    json_free(j);
    return ok;
}

static bool is_in_its_words(const struct incident *i, const struct report *r)
{
    for (size_t k = 0; k < i->n_words; k++)
        if (report_likeness(i->words[k], r->words) >= ALIKE)
            return true;
    return false;
}

bool incident_has(const struct incident *i, const struct report *r)
{
    bool shares_pair = report_share(i->pairs, r->pairs);
    if (report_share(i->errors, r->errors))
        return true;
    if (*i->pairs && *r->pairs && !shares_pair)
        return false;
    if (*r->topic && *i->topic)
        return str_eq(r->topic, i->topic);
    return shares_pair || is_in_its_words(i, r);
}

/* --- notices --- */

void notice_init(struct notice *n, int64_t id)
{
    *n = (struct notice){.id = id, .names = "", .topics = "", .link = "", .by = ""};
}

char *notice_print(struct arena *a, const struct notice *n)
{
    struct buf out = BUF_INIT(JSON_MAX_BYTES);
    struct json_writer w = JSON_WRITER(&out);
    json_open(&w, NULL, '{');
    json_put_int(&w, "id", n->id);
    json_put_str(&w, "names", n->names);
    json_put_str(&w, "topics", n->topics);
    json_put_int(&w, "from", n->from_ms);
    json_put_int(&w, "until", n->until_ms);
    json_put_str(&w, "link", n->link);
    json_put_str(&w, "by", n->by);
    write_texts(&w, &n->what);
    json_close(&w, '}');
    return arena_take(a, &out);
}

bool notice_parse(struct arena *a, const char *json, struct notice *out)
{
    struct json *j = json_parse(json, strlen(json), NULL);
    notice_init(out, json_int(j, "id", 0));
    bool ok = out->id > 0;
    out->names = json_text(j, "names", a);
    out->topics = json_text(j, "topics", a);
    out->from_ms = json_int(j, "from", 0);
    out->until_ms = json_int(j, "until", 0);
    out->link = json_text(j, "link", a);
    out->by = json_text(j, "by", a);
    read_texts(a, j, &out->what);
    json_free(j);
    return ok;
}
