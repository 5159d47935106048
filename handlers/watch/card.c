#include "handlers/watch/card.h"

#include "handlers/staff/case.h"
#include "handlers/staff/commands.h"

#include <inttypes.h>

#define CARDS     30            /* kept of a room: the newest */
#define CARD      "watch.card." /* variable and its place: the card as JSON */
#define LAST      "watch.last"  /* number of the newest card */
#define RAID      "watch.raid"  /* "<chat> <ms>": the last one told */
#define RAID_MS   (10 * 60 * 1000)
#define MAX_CARD  8000
#define MAX_AUDIT 1000 /* actions kept: the newest */

enum verb { VERB_DELETE, VERB_MUTE, VERB_BAN, VERB_FINE, VERB_UNDO, VERBS };
static const char *const verbs[VERBS] = {"delete", "mute", "ban", "fine", "undo"};

/* A card as it is kept. */
struct kept {
    int64_t no, line; /* line: of its post */
    const char *member, *text, *log;
    bool has_message;
    const char *state; /* what stands: "mute", "ban", "fine" or "" */
};

void card_tell(const struct turn *t, struct effects *e, const char *room,
               const struct watch_card *card)
{
    struct buf json = BUF_INIT(MAX_CARD);
    struct json_writer w = JSON_WRITER(&json);
    json_open(&w, NULL, '{');
    json_put_str(&w, "member", card->member);
    json_put_str(&w, "who", card->who);
    json_put_str(&w, "why", card->why);
    json_put_str(&w, "like", card->like);
    json_put_str(&w, "words", card->words);
    json_put_bool(&w, "is_message", card->is_message);
    json_put_bool(&w, "is_deleted", card->is_deleted);
    json_put_bool(&w, "is_banned", card->is_banned);
    json_close(&w, '}');
    effect_tell(e, room, arena_printf(t->arena, WATCH_TELL "card %s", json.data));
    buf_release(&json);
}

/* --- keeping --- */

static const char *place_of(const struct turn *t, int64_t no)
{
    return arena_printf(t->arena, CARD "%" PRId64, no % CARDS);
}

static const char *copied(const struct turn *t, const struct json *j, const char *name)
{
    const char *s = json_str(j, name);
    return arena_strdup(t->arena, s ? s : "");
}

static bool read_card(const struct turn *t, int64_t no, struct kept *out)
{
    const char *json = conversation_var(t->subject, place_of(t, no));
    struct json *j = json_parse(json, strlen(json), NULL);
    *out = (struct kept){
        .no = json_int(j, "no", -1),
        .line = json_int(j, "line", 0),
        .member = copied(t, j, "member"),
        .text = copied(t, j, "text"),
        .log = copied(t, j, "log"),
        .has_message = json_bool(j, "has_message"),
        .state = copied(t, j, "state"),
    };
    json_free(j);
    return out->no == no;
}

static void keep_card(const struct turn *t, struct effects *e, const struct kept *card)
{
    struct buf json = BUF_INIT(2 * MAX_CARD);
    struct json_writer w = JSON_WRITER(&json);
    json_open(&w, NULL, '{');
    json_put_int(&w, "no", card->no);
    json_put_int(&w, "line", card->line);
    json_put_str(&w, "member", card->member);
    json_put_str(&w, "text", card->text);
    json_put_str(&w, "log", card->log);
    json_put_bool(&w, "has_message", card->has_message);
    json_put_str(&w, "state", card->state);
    json_close(&w, '}');
    effect_var(e, place_of(t, card->no), arena_take(t->arena, &json));
}

/* Who did what to whom, in the hash of the registry; the newest MAX_AUDIT of a room. */
static void audit(const struct turn *t, struct effects *e, const struct kept *card, const char *by,
                  const char *what)
{
    int64_t n = conversation_var_int(t->subject, "watch.audit") + 1;
    struct buf json = BUF_INIT(2000);
    struct json_writer w = JSON_WRITER(&json);
    json_open(&w, NULL, '{');
    json_put_int(&w, "ms", t->event->now_ms);
    json_put_str(&w, "by", by);
    json_put_str(&w, "what", what);
    json_put_str(&w, "member", card->member);
    json_close(&w, '}');
    effect_var(e, "watch.audit", turn_number(t, n));
    effect_put(e, WATCH_AUDIT, arena_printf(t->arena, "%s/%" PRId64, t->subject->id, n % MAX_AUDIT),
               arena_take(t->arena, &json));
}

/* --- showing --- */

static void add_button(const struct turn *t, struct content *c, const struct kept *card,
                       enum verb verb)
{
    const char *label =
        turn_phrase(t, LANE_STAFF, arena_printf(t->arena, "watch.button_%s", verbs[verb]));
    char *data = arena_printf(t->arena, WATCH_TELL "%" PRId64 " %s", card->no, verbs[verb]);
    content_button(t->arena, c, label, data)->same_row = c->n_buttons > 1;
}

static bool may(const struct kept *card, enum verb verb)
{
    bool is_open = str_empty(card->state);
    switch (verb) {
    case VERB_DELETE:
        return card->has_message;
    case VERB_MUTE:
    case VERB_FINE:
        return is_open;
    case VERB_BAN:
        return is_open || str_eq(card->state, MEMBER_MUTE);
    case VERB_UNDO:
        return !is_open;
    case VERBS:
        break;
    }
    return false;
}

static struct content content_of_card(const struct turn *t, const struct kept *card)
{
    struct content c = {.text = arena_printf(t->arena, "%s%s", card->text, card->log)};
    for (enum verb verb = 0; verb < VERBS; verb++)
        if (may(card, verb))
            add_button(t, &c, card, verb);
    return c;
}

static struct effect *show_again(const struct turn *t, struct effects *e, const struct kept *card)
{
    struct content c = content_of_card(t, card);
    c.kind = CONTENT_EDIT;
    c.about_line = card->line;
    keep_card(t, e, card);
    return effect_say(e, LANE_CUSTOMER, &c);
}

static void add_log(const struct turn *t, struct kept *card, const char *words)
{
    if (strlen(card->log) > 2000)
        card->log = "\n…";
    card->log = arena_printf(t->arena, "%s\n– %s", card->log, words);
}

/* What was done at once, for GUARD is act. */
static void log_own(const struct turn *t, struct effects *e, struct kept *card, enum verb verb)
{
    const char *key = arena_printf(t->arena, "watch.did.%s", verbs[verb]);
    add_log(t, card, turn_phrase(t, LANE_STAFF, key, FILL("agent", "zaide")));
    audit(t, e, card, "zaide", verbs[verb]);
}

/* --- what is told --- */

static void show_new(const struct turn *t, struct effects *e, const char *data)
{
    struct json *j = json_parse(data, strlen(data), NULL);
    struct address at = {0};
    const char *member = copied(t, j, "member"), *why = copied(t, j, "why");
    if (!address_parse(t->arena, member, &at) || str_empty(why)) {
        json_free(j);
        return;
    }
    const char *reason = turn_phrase(t, LANE_STAFF, arena_printf(t->arena, "watch.why.%s", why),
                                     FILL("like", copied(t, j, "like")));
    struct kept card = {
        .no = conversation_var_int(t->subject, LAST) + 1,
        .member = member,
        .text = turn_phrase(t, LANE_STAFF, "watch.card", FILL("who", copied(t, j, "who")),
                            FILL("chat", at.chat), FILL("why", reason),
                            FILL("words", copied(t, j, "words"))),
        .log = "",
        .has_message = json_bool(j, "is_message") && !json_bool(j, "is_deleted"),
        .state = json_bool(j, "is_banned") ? MEMBER_BAN : "",
    };
    if (json_bool(j, "is_deleted"))
        log_own(t, e, &card, VERB_DELETE);
    if (json_bool(j, "is_banned"))
        log_own(t, e, &card, VERB_BAN);
    json_free(j);
    struct content c = content_of_card(t, &card);
    card.line = effect_say(e, LANE_CUSTOMER, &c)->line;
    effect_var(e, LAST, turn_number(t, card.no));
    keep_card(t, e, &card);
}

/* "CHAT N": told once, however long they keep coming. */
static void show_raid(const struct turn *t, struct effects *e, const char *data)
{
    size_t len = strcspn(data, " ");
    const char *chat = arena_strndup(t->arena, data, len);
    const char *last = conversation_var(t->subject, RAID), *ms = strchr(last, ' ');
    int64_t then;
    bool is_same = ms && (size_t)(ms - last) == len && starts_with(last, chat);
    if (!data[len] || (is_same && !parse_i64(ms + 1, &then) && t->event->now_ms - then < RAID_MS))
        return;
    effect_var(e, RAID, arena_printf(t->arena, "%s %" PRId64, chat, t->event->now_ms));
    say(t, e, LANE_CUSTOMER, "watch.raid", FILL("chat", chat), FILL("n", data + len + 1));
}

/* The newest card of the member that `data` begins with; *rest: what stands behind. */
static bool find_card(const struct turn *t, const char *data, struct kept *out, const char **rest)
{
    size_t len = strcspn(data, " ");
    const char *member = arena_strndup(t->arena, data, len);
    int64_t last = conversation_var_int(t->subject, LAST);
    *rest = data + len + (data[len] == ' ');
    for (int64_t no = last; no > last - CARDS && no > 0; no--)
        if (read_card(t, no, out) && str_eq(out->member, member))
            return true;
    return false;
}

/* "CONVERSATION WORDS": what came soon after, on the same card; it can be deleted with the rest. */
static void show_more(const struct turn *t, struct effects *e, const char *data)
{
    struct kept card;
    const char *words;
    if (!find_card(t, data, &card, &words))
        return;
    add_log(t, &card, arena_printf(t->arena, "“%s”", words));
    card.has_message = true;
    show_again(t, e, &card)->decor = true;
}

/* "CONVERSATION REFUSAL" */
static void show_failed(const struct turn *t, struct effects *e, const char *data)
{
    struct kept card;
    const char *refusal;
    if (!find_card(t, data, &card, &refusal))
        return;
    const char *why =
        turn_phrase(t, LANE_STAFF, arena_printf(t->arena, "refused.%s", refusal), FILL("why", "?"));
    add_log(t, &card, turn_phrase(t, LANE_STAFF, "watch.failed", FILL("why", why)));
    card.state = "";
    show_again(t, e, &card);
}

bool card_told(const struct turn *t, struct effects *e)
{
    static const struct {
        const char *name;
        void (*show)(const struct turn *t, struct effects *e, const char *data);
    } kinds[] = {
        {"card ", show_new},
        {"more ", show_more},
        {"raid ", show_raid},
        {"failed ", show_failed},
    };
    const char *data = t->event->data;
    if (!starts_with(data, WATCH_TELL))
        return false;
    data += strlen(WATCH_TELL);
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (starts_with(data, kinds[i].name))
            kinds[i].show(t, e, data + strlen(kinds[i].name));
    return true;
}

/* --- what is pressed --- */

/* What undoes the last: "unban" … */
static const char *undone(const struct kept *card)
{
    return str_eq(card->state, MEMBER_MUTE)  ? MEMBER_UNMUTE
           : str_eq(card->state, MEMBER_BAN) ? MEMBER_UNBAN
                                             : "unfine";
}

static void act(const struct turn *t, struct effects *e, struct kept *card, enum verb verb)
{
    const char *what = verb == VERB_UNDO ? undone(card) : verbs[verb];
    effect_tell(e, card->member, arena_printf(t->arena, WATCH_TELL "%s", what));
    add_log(t, card,
            turn_phrase(t, LANE_STAFF, arena_printf(t->arena, "watch.did.%s", verbs[verb]),
                        FILL("agent", case_alias(t, t->agent->name))));
    if (verb == VERB_DELETE)
        card->has_message = false;
    else
        card->state = verb == VERB_UNDO ? "" : verbs[verb];
    audit(t, e, card, t->agent->name, what);
    show_again(t, e, card);
    effect_show(e, "");
}

bool card_pressed(const struct turn *t, struct effects *e)
{
    const char *data = t->event->data;
    if (!starts_with(data, WATCH_TELL))
        return false;
    data += strlen(WATCH_TELL);
    size_t len = strcspn(data, " ");
    int64_t no;
    struct kept card;
    enum verb verb = 0;
    while (verb < VERBS && (!data[len] || !str_eq(data + len + 1, verbs[verb])))
        verb++;
    if (!t->agent)
        staff_deny(t, e, "staff.not_registered",
                   FILL("name", str_empty(t->event->name) ? "?" : t->event->name));
    else if (parse_i64(arena_strndup(t->arena, data, len), &no) || !read_card(t, no, &card) ||
             !may(&card, verb))
        staff_deny(t, e, "watch.gone");
    else
        act(t, e, &card, verb);
    return true;
}
