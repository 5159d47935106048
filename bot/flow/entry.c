#include "bot/flow/entry.h"

#include "bot/base/text.h"

const char *entry_surface(const struct entry *e)
{
    return e->room ? e->room : "customer";
}

void entry_write(struct buf *out, const struct entry *e, const char *content)
{
    struct json_writer w = JSON_WRITER(out);
    json_open(&w, NULL, '{');
    json_put_str(&w, "platform", e->to.platform);
    json_put_str(&w, "account", e->to.account);
    json_put_str(&w, "chat", e->to.chat);
    json_put_str(&w, "thread", e->to.thread);
    json_put_str(&w, "conversation", e->conversation);
    json_put_str(&w, "room", e->room);
    json_put_str(&w, "title", e->title);
    json_put_int(&w, "line", e->line);
    json_put_int(&w, "ms", e->committed_ms);
    json_put_int(&w, "hold", e->hold_ms);
    json_put_bool(&w, "decor", e->decor);
    json_put_bool(&w, "group", e->is_group);
    json_put_bool(&w, "notice", e->is_notice);
    if (e->is_community)
        json_put_bool(&w, "community", true);
    if (e->leads)
        json_put_bool(&w, "leads", true);
    if (content)
        json_put_raw(&w, "content", content);
    else
        content_write(&w, "content", &e->content);
    json_close(&w, '}');
}

bool entry_read(struct arena *a, const char *json, struct entry *out)
{
    struct json *j = json_parse_limits(json, strlen(json), 4 * JSON_MAX_BYTES, 100000, NULL);
    *out = (struct entry){
        .to = {json_text(j, "platform", a), json_text(j, "account", a), json_text(j, "chat", a),
               json_text(j, "thread", a), ""},
        .conversation = json_text(j, "conversation", a),
        .room = arena_strdup(a, json_str(j, "room")),
        .title = json_text(j, "title", a),
        .line = json_int(j, "line", 0),
        .committed_ms = json_int(j, "ms", 0),
        .hold_ms = json_int(j, "hold", 0),
        .decor = json_bool(j, "decor"),
        .is_group = json_bool(j, "group"),
        .is_notice = json_bool(j, "notice"),
        .is_community = json_bool(j, "community"),
        .leads = json_bool(j, "leads"),
    };
    content_read(a, json_at(j, "content"), &out->content);
    bool ok = j && *out->to.platform && *out->to.account && *out->to.chat && *out->conversation;
    json_free(j);
    return ok;
}

static const char *copy(struct arena *a, const char *s)
{
    return arena_strdup(a, s ? s : "");
}

void entry_copy(struct arena *a, const struct entry *e, struct entry *out)
{
    *out = *e;
    out->to = (struct address){copy(a, e->to.platform), copy(a, e->to.account),
                               copy(a, e->to.chat), copy(a, e->to.thread), ""};
    out->conversation = copy(a, e->conversation);
    out->room = arena_strdup(a, e->room);
    out->title = copy(a, e->title);
    content_copy(a, &out->content, &e->content);
}

bool entry_is_missed(const struct entry *e, enum refusal r)
{
    if (e->is_notice)
        return false;
    switch (e->content.kind) {
    case CONTENT_TEXT:
        return !e->decor;
    case CONTENT_EDIT:
        return !e->decor || r == REFUSAL_NO_MESSAGE;
    case CONTENT_DELETE:
        return r != REFUSAL_NO_MESSAGE;
    case CONTENT_STANDING:
        return true;
    case CONTENT_REACTION:
    case CONTENT_HOME:
        return false;
    }
    return false;
}

bool entry_waits_for_room(const struct entry *e, enum refusal r)
{
    return e->is_group && (r == REFUSAL_KICKED || r == REFUSAL_NO_RIGHT || r == REFUSAL_NO_CHAT ||
                           r == REFUSAL_NO_FORUM || r == REFUSAL_TOPIC_CLOSED);
}

bool entry_blames_room(const struct entry *e, enum refusal r)
{
    bool is_generals = !e->room && !e->decor && r == REFUSAL_OTHER;
    bool is_plain = e->is_notice && r != REFUSAL_NO_TOPIC;
    return e->is_group && (is_plain || is_generals || entry_waits_for_room(e, r));
}

#define LATE_MS (60 * 1000)

bool entry_is_late(const struct entry *e, int64_t now_ms)
{
    bool is_said = e->content.kind == CONTENT_TEXT || e->content.kind == CONTENT_EDIT ||
                   e->content.kind == CONTENT_DELETE;
    return !e->is_group && is_said && now_ms > e->committed_ms + LATE_MS;
}

char *entry_mark(struct arena *a, const struct entry *e, const char *mark, const char *refusal,
                 const char *why, int64_t now_ms)
{
    bool is_text = e->content.kind == CONTENT_TEXT;
    struct buf out = BUF_INIT(JSON_MAX_BYTES);
    struct json_writer w = JSON_WRITER(&out);
    json_open(&w, NULL, '{');
    json_put_str(&w, "mark", mark);
    json_put_int(&w, "line", is_text ? e->line : e->content.about_line);
    json_put_str(&w, "kind", is_text ? NULL : content_kind_name(e->content.kind));
    json_put_int(&w, "of", e->committed_ms);
    json_put_str(&w, "surface", entry_surface(e));
    json_put_str(&w, "refusal", refusal);
    json_put_str(&w, "why", why);
    json_put_int(&w, "ms", now_ms);
    json_close(&w, '}');
    return arena_take(a, &out);
}

static bool is_plain(const struct content *c)
{
    return c->kind == CONTENT_TEXT && !c->n_files && !c->n_buttons && !c->pin;
}

/* To the same message and the same part of it, or to none. */
static bool answers_same(const struct content *a, const struct content *b)
{
    return a->about_line == b->about_line &&
           str_eq(a->quote ? a->quote : "", b->quote ? b->quote : "");
}

bool entry_replaces(const struct entry *next, const struct entry *first)
{
    return first->decor && next->content.kind != CONTENT_TEXT &&
           next->content.kind == first->content.kind &&
           next->content.about_line == first->content.about_line;
}

static bool is_album(const struct content *c)
{
    return c->kind == CONTENT_TEXT && c->album && c->n_files && file_album_class(c->files->kind) &&
           !c->n_buttons && !c->pin;
}

static bool albums_join(const struct content *first, const struct content *next)
{
    return is_album(first) && is_album(next) && str_eq(first->album, next->album) &&
           file_album_class(first->files->kind) == file_album_class(next->files->kind) &&
           first->n_files + next->n_files <= ALBUM_MAX && !next->about_line;
}

static size_t units_of(const struct entry *e)
{
    return text_utf16_len(e->content.text, strlen(e->content.text));
}

bool entry_joins(const struct entry *first, const struct entry *next, size_t max_text)
{
    if (first->decor || next->decor)
        return entry_replaces(next, first);
    if (!first->hold_ms || !next->hold_ms)
        return false;
    if (albums_join(&first->content, &next->content))
        return true;
    if (!is_plain(&first->content) || !is_plain(&next->content) ||
        !answers_same(&first->content, &next->content))
        return false;
    return units_of(first) + strlen("\n") + units_of(next) <= max_text;
}

static bool stands_alone(const struct content *c)
{
    return c->kind == CONTENT_TEXT && *c->text && !c->n_files && !c->pin && !c->silent &&
           !c->about_line && !c->only_for;
}

bool entry_leads(const struct entry *first, const struct entry *next, size_t max_text)
{
    const struct content *c = &first->content, *more = &next->content;
    return first->leads && first->committed_ms == next->committed_ms && !next->decor &&
           stands_alone(c) && stands_alone(more) && !(c->n_buttons && more->n_buttons) &&
           units_of(first) + strlen("\n\n") + units_of(next) <= max_text;
}

void entry_join(struct arena *a, struct entry *first, const struct entry *next)
{
    if (first->leads) { /* a paragraph of its own */
        first->content.text = arena_printf(a, "%s\n", first->content.text);
        first->leads = next->leads;
        first->line = next->line ? next->line : first->line;
    }
    if (!first->decor) {
        content_join(a, &first->content, &next->content);
        return;
    }
    first->content = next->content;
    first->decor = next->decor;
}
