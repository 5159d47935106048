#include "bot/flow/turn.h"

#include "bot/base/text.h"
#include "bot/flow/entry.h"

#include <inttypes.h>

#define MAX_LINE      (2 * JSON_MAX_BYTES)
#define ALBUM_HOLD_MS 500 /* the parts come one by one, but at once */

const char *turn_stream(struct arena *a, const struct address *to, bool is_room)
{
    return is_room ? arena_printf(a, "%s:%s:%s", to->platform, to->account, to->chat)
                   : arena_printf(a, "%s:%s", to->platform, to->account);
}

/* --- the transcript --- */

static const char *content_json(struct arena *a, const struct content *content)
{
    struct buf out = BUF_INIT(MAX_LINE);
    struct json_writer w = JSON_WRITER(&out);
    content_write(&w, NULL, content);
    return arena_take(a, &out);
}

/* A line of the transcript has the same as the outbox. An id of where it came from means nothing
 * where it goes. */
static const char *said_json(const struct effects *e, struct effect *say)
{
    struct content content = say->content;
    content.about_id = NULL;
    if (!say->json)
        say->json = content_json(e->arena, &content);
    return say->json;
}

static const char *line_json(const struct effects *e, int64_t line, const char *by, bool is_note,
                             const char *content)
{
    struct buf out = BUF_INIT(MAX_LINE);
    struct json_writer w = JSON_WRITER(&out);
    json_open(&w, NULL, '{');
    json_put_int(&w, "n", line);
    json_put_int(&w, "ms", e->event->now_ms);
    json_put_str(&w, "by", by);
    if (is_note)
        json_put_bool(&w, "note", true);
    json_put_raw(&w, "content", content);
    json_close(&w, '}');
    return arena_take(e->arena, &out);
}

static bool reaches_customer(const struct effect *it, int64_t line)
{
    return it->type == EFFECT_SAY && it->relay && it->lane == LANE_CUSTOMER && it->line == line;
}

/* Staff's words that no effect carried to the customer are a note. */
static bool was_relayed(const struct effects *e)
{
    for (size_t i = 0; i < e->n; i++)
        if (reaches_customer(e->items[i], e->line))
            return true;
    return false;
}

/* An earlier line was a note until now. */
static const char *sent_json(const struct effects *e, const struct effect *it)
{
    struct buf out = BUF_INIT(1000);
    struct json_writer w = JSON_WRITER(&out);
    json_open(&w, NULL, '{');
    json_put_str(&w, "mark", MARK_SENT);
    json_put_int(&w, "line", it->line);
    json_put_int(&w, "ms", e->event->now_ms);
    json_put_str(&w, "by", it->author);
    json_close(&w, '}');
    return arena_take(e->arena, &out);
}

static void add_lines(const struct effects *e, struct commit *out)
{
    struct commit_line *lines = arena_alloc(e->arena, (e->n + 1) * sizeof(*lines));
    size_t n = 0;
    if (e->line) {
        const struct event *event = e->event;
        const char *by =
            event->room ? arena_printf(e->arena, "%s:%s", event->from.platform, event->from.user)
                        : "customer";
        bool is_note = event->room && !was_relayed(e);
        const char *content = content_json(e->arena, &event->content);
        lines[n++].json = line_json(e, e->line, by, is_note, content);
    }
    for (size_t i = 0; i < e->n; i++) {
        struct effect *it = e->items[i];
        if (it->type == EFFECT_SAY && it->line && !it->relay)
            lines[n++].json = line_json(e, it->line, it->author, false, said_json(e, it));
        else if (it->line && it->line != e->line && reaches_customer(it, it->line))
            lines[n++].json = sent_json(e, it);
    }
    out->lines = lines;
    out->n_lines = n;
}

static void add_map(const struct effects *e, struct commit *out)
{
    const struct event *event = e->event;
    /* In a group an edit is a message of its own: what it changed was not kept. */
    bool is_new = event->content.kind == CONTENT_TEXT || conversation_is_group(e->subject);
    if (!e->line || !event->message_id || !is_new)
        return;
    struct commit_map *map = arena_alloc(e->arena, 2 * sizeof(*map));
    map->surface = event->room ? event->room : "customer";
    map->message_id = event->message_id;
    map->line =
        event->room ? -e->line : e->line; /* staff's own lines are told apart by their sign */
    out->maps = map;
    out->n_maps = 1;
    if (!str_eq(event->room ? event->room : "", e->subject->id))
        return;
    map[1] = map[0]; /* in General: what we say there of it goes by this name */
    map[1].surface = "customer";
    out->n_maps = 2;
}

/* --- the outbox --- */

static const char *topic_title(const struct effects *e)
{
    const struct conversation *c = e->subject;
    const char *who = str_empty(c->name) ? c->id : text_excerpt(e->arena, c->name, 40);
    int64_t no = c->case_no ? c->case_no : c->last_case; /* a name alone may be nothing to see */
    return no ? arena_printf(e->arena, "#%ld %s · %s", (long)no, who, c->lang) : who;
}

/* A staff room has a stream of its own; a group that is none (yet) shares the account's. */
static bool has_own_stream(const struct effects *e, const struct facts *facts, const char *room)
{
    return room || facts_room(facts, e->subject->id);
}

static void push_out(const struct effects *e, const struct facts *facts, struct commit *out,
                     struct effect *say, const struct address *address, const char *room)
{
    struct entry *entry = arena_alloc(e->arena, sizeof(*entry));
    *entry = (struct entry){
        .to = *address,
        .conversation = e->subject->id,
        .room = room,
        .title = room ? topic_title(e) : "",
        .line = say->content.kind == CONTENT_TEXT ? say->line : 0,
        .committed_ms = e->event->now_ms,
        .hold_ms = say->hold_ms || !say->content.album ? say->hold_ms : ALBUM_HOLD_MS,
        .decor = say->decor,
        .is_notice = say->notice,
        .leads = say->leads,
        .is_group = room || conversation_is_room(e->subject),
        .is_community = !room && conversation_is_group(e->subject),
        .content = say->content,
    };
    struct buf json = BUF_INIT(MAX_LINE);
    entry_write(&json, entry, said_json(e, say));
    bool own_stream = has_own_stream(e, facts, room);
    out->out[out->n_out++] =
        (struct commit_out){.stream = turn_stream(e->arena, address, own_stream),
                            .json = arena_take(e->arena, &json),
                            .entry = entry};
}

static bool is_for_room(const struct effect *say, const char *room)
{
    return !str_eq(say->room, room) && (!say->only_room || str_eq(say->only_room, room));
}

static void add_out(const struct effects *e, const struct facts *facts, struct commit *out)
{
    out->out = arena_alloc(e->arena, e->n * (facts->n_rooms + 1) * sizeof(*out->out));
    const char *id = e->subject->id;
    struct address home = {0};
    bool has_home = address_parse(
        e->arena, conversation_is_room(e->subject) ? id + strlen("room:") : id, &home);
    for (size_t i = 0; i < e->n; i++) {
        struct effect *it = e->items[i];
        if (it->type != EFFECT_SAY)
            continue;
        if (it->lane == LANE_CUSTOMER && has_home)
            push_out(e, facts, out, it, &home, NULL);
        for (size_t r = 0; it->lane == LANE_STAFF && r < facts->n_rooms; r++)
            if (is_for_room(it, facts->rooms[r].id))
                push_out(e, facts, out, it, &facts->rooms[r].address, facts->rooms[r].id);
    }
}

/* --- the rest --- */

const char *day_bucket(struct arena *a, const char *kind, int64_t ms)
{
    return arena_printf(a, "%s:%" PRId64, kind, ms / (24 * 3600 * 1000));
}

static void add_small(const struct effects *e, struct commit *out)
{
    struct commit_timer *timers = arena_alloc(e->arena, e->n * sizeof(*timers));
    struct commit_count *counts = arena_alloc(e->arena, e->n * sizeof(*counts));
    struct commit_put *puts = arena_alloc(e->arena, e->n * sizeof(*puts));
    struct commit_tell *tells = arena_alloc(e->arena, e->n * sizeof(*tells));
    for (size_t i = 0; i < e->n; i++) {
        const struct effect *it = e->items[i];
        switch (it->type) {
        case EFFECT_TIMER:
            timers[out->n_timers++] = (struct commit_timer){it->name, it->number};
            break;
        case EFFECT_COUNT:
            counts[out->n_counts++] = (struct commit_count){it->name, it->number};
            break;
        case EFFECT_PUT:
            puts[out->n_puts++] = (struct commit_put){it->name, it->key, it->value, it->was};
            break;
        case EFFECT_TELL: {
            struct buf json = BUF_INIT(JSON_MAX_BYTES);
            struct json_writer w = JSON_WRITER(&json);
            json_open(&w, NULL, '{');
            json_put_str(&w, "to", it->name);
            json_put_str(&w, "data", it->value);
            if (it->content.kind == CONTENT_TEXT && !content_is_empty(&it->content)) {
                content_write(&w, "content", &it->content);
                json_put_str(&w, "name", e->subject->name);
                json_put_str(&w, "username", e->subject->username);
                json_put_str(&w, "lang", e->subject->lang);
            }
            json_put_str(&w, "bucket", day_bucket(e->arena, "told", e->event->now_ms));
            json_put_str(&w, "id",
                         arena_printf(e->arena, "%s/%s.%zu", e->event->id.bucket,
                                      e->event->id.member, out->n_tells));
            json_close(&w, '}');
            tells[out->n_tells++].json = arena_take(e->arena, &json);
            break;
        }
        case EFFECT_SAY:
        case EFFECT_SHOW:
        case EFFECT_SET:
            break;
        }
    }
    out->timers = timers;
    out->counts = counts;
    out->puts = puts;
    out->tells = tells;
}

static void add_case(const struct effects *e, const struct conversation *before, struct commit *out)
{
    const struct conversation *c = e->subject;
    if (e->opens_case)
        out->case_no = c->last_case > 0 && !c->case_no ? c->last_case : c->case_no;
    if (!c->case_no && !before->case_no)
        return;
    out->open_case_no = c->case_no ? c->case_no : before->case_no;
    out->open_case = "";
    if (!c->case_no)
        return;
    struct buf line = BUF_INIT(MAX_LINE);
    open_case_print(&line, c);
    out->open_case = arena_take(e->arena, &line);
}

/* His line in the audience, whatever changed it. Who writes, or comes back, blocks us no more. */
static void add_person(const struct effects *e, const struct conversation *before,
                       struct commit *out)
{
    const struct conversation *c = e->subject;
    struct commit_person *p = arena_alloc(e->arena, sizeof(*p));
    if (!c->last_in || !audience_place(e->arena, c->id, &p->account, &p->name))
        return;
    bool is_back = event_is_by_customer(e->event) || (before->blocked && !c->blocked);
    bool is_lost = c->blocked && !before->blocked, has_marks = c->no_news != before->no_news;
    p->entry = person_print(e->arena, c);
    if (!is_back && !is_lost && !has_marks && str_eq(p->entry, person_print(e->arena, before)))
        return;
    p->bucket = audience_bucket(c->id);
    p->set = arena_printf(e->arena, "%s%s", is_lost ? "b" : "", has_marks && c->no_news ? "o" : "");
    p->clear =
        arena_printf(e->arena, "%s%s", is_back ? "bd" : "", has_marks && !c->no_news ? "o" : "");
    out->person = p;
}

void turn_commit(const struct effects *e, const struct conversation *before,
                 const struct facts *facts, struct commit *out)
{
    *out = (struct commit){
        .subject = before->id,
        .version = before->version,
        .event = e->event->id,
        .now_ms = e->event->now_ms,
    };
    out->set = conversation_diff(e->arena, before, e->subject, &out->n_set);
    add_lines(e, out);
    add_map(e, out);
    add_out(e, facts, out);
    add_small(e, out);
    add_case(e, before, out);
    add_person(e, before, out);
}
