/* A staff room's General: /staff CODE binds it, its creator becomes admin, what is missing is
 * named, one pinned board shows the queue. */
#include "bot/ports/handler.h"

#include "handlers/staff/case.h"
#include "handlers/staff/commands.h"
#include "handlers/staff/elsewhere.h"

#include <inttypes.h>

#define BOARD_EVERY_MS 30000
#define BOARD_CASES    15
#define MOVED_TO       "moved_to"    /* the last that was told of a move */
#define TOLD_OTHERS    "told_others" /* of what is missing here … */
#define TOLD_ADMINS    "told_admins" /* … in private */
#define SCAM           "scam "       /* how a tell begins of what a customer sent (faq/kinds.c) */

/* --- binding --- */

/* All groups guess at one code, so a use of it is an exchange: of two at once one is run again. */
static void use_code(const struct turn *t, struct effects *e, const char *left)
{
    effect_replace(e, "codes", "staff", t->facts->code.kept, left);
}

static void refuse_code(const struct turn *t, struct effects *e, const char *code)
{
    struct staff_code spent = t->facts->code;
    if (staff_code_is_valid(&spent, t->event->now_ms) && *code) {
        spent.tries--;
        use_code(t, e, staff_code_print(t->arena, &spent));
    }
    say(t, e, LANE_CUSTOMER, "room.bad_code");
}

static void bind(const struct turn *t, struct effects *e, const char *code)
{
    const struct staff_code *right = &t->facts->code;
    if (!staff_code_is_valid(right, t->event->now_ms) || !str_eq(code, right->digits)) {
        refuse_code(t, e, code);
        return;
    }
    use_code(t, e, "");
    effect_put(e, "rooms", t->subject->id, "bound");
    effect_set(e, name, "staff");
    say(t, e, LANE_CUSTOMER, "room.bound");
}

/* --- agents --- */

/* A free registry name from what people call themselves: "Mai Anh" -> "mai-anh". */
static char *registry_name(const struct turn *t, const char *display)
{
    char *name = arena_strdup(t->arena, display);
    size_t n = 0;
    for (const char *at = display; *at && n < 24; at++) {
        char c = is_upper(*at) ? (char)(*at | 0x20) : *at;
        if (is_lower(c) || is_digit(c))
            name[n++] = c;
        else if (n && name[n - 1] != '-')
            name[n++] = '-';
    }
    while (n && name[n - 1] == '-')
        n--;
    name[n] = '\0';
    if (!n)
        name = arena_strdup(t->arena, "agent");
    char *free_name = name;
    for (int i = 2; facts_agent(t->facts, free_name); i++)
        free_name = arena_printf(t->arena, "%s-%d", name, i);
    return free_name;
}

static void add_agent(const struct turn *t, struct effects *e, const char *id, const char *display,
                      enum role role)
{
    struct agent agent = {
        .name = registry_name(t, display),
        .alias = display,
        .role = role,
        .ids = id,
        .languages = settings_get(t->settings, "LANGUAGES"),
        .teams = "",
        .skills = "",
        .tz = settings_get(t->settings, "TIMEZONE"),
    };
    char *languages = arena_strdup(t->arena, agent.languages);
    for (char *at = languages; *at; at++)
        if (*at == ',')
            *at = ' ';
    agent.languages = languages;
    struct buf json = BUF_INIT(4096);
    agent_to_json(&agent, &json);
    effect_replace(e, "agents", agent.name, "", arena_take(t->arena, &json));
}

/* "telegram:77 Mai Anh": a newcomer may answer from now on. */
static void admit(const struct turn *t, struct effects *e, const char *id)
{
    size_t len = strcspn(id, " ");
    char *who = arena_strndup(t->arena, id, len);
    if (id[len] && !facts_agent_of(t->facts, who))
        add_agent(t, e, who, id + len + 1, ROLE_AGENT);
}

/* "Night shift\nSomething is missing…" */
static void hear_of_other(const struct turn *t, struct effects *e, const char *finding)
{
    size_t len = strcspn(finding, "\n");
    if (finding[len])
        say(t, e, LANE_CUSTOMER, "room.other", FILL("room", arena_strndup(t->arena, finding, len)),
            FILL("finding", finding + len + 1));
}

/* "Bob\nsend one coin, get two" */
static void hear_of_scam(const struct turn *t, struct effects *e, const char *what)
{
    size_t len = strcspn(what, "\n");
    if (what[len])
        say(t, e, LANE_CUSTOMER, "room.scam", FILL("name", arena_strndup(t->arena, what, len)),
            FILL("words", what + len + 1));
}

static void told(const struct turn *t, struct effects *e)
{
    const char *data = t->event->data;
    if (starts_with(data, "agent "))
        admit(t, e, data + strlen("agent "));
    else if (starts_with(data, TOLD_OF_ROOM))
        hear_of_other(t, e, data + strlen(TOLD_OF_ROOM));
    else if (starts_with(data, SCAM))
        hear_of_scam(t, e, data + strlen(SCAM));
    else
        elsewhere_told(t, e);
}

/* --- the check of a room --- */

/* The next one is a new post. */
static void forget_board(struct effects *e)
{
    effect_var(e, "board.line", "");
    effect_var(e, "board.text", "");
}

/* Switching topics on makes a supergroup of a group, with a new id. The room stays what it is, it
 * only is elsewhere; and as a group has no topics, no case loses one. */
static void follow(const struct turn *t, struct effects *e)
{
    const struct room *room = facts_room(t->facts, t->subject->id);
    if (!room || str_empty(t->event->data) || str_eq(room_chat(room), t->event->data))
        return;
    struct room moved = *room;
    moved.by_settings |= !room->is_kept;
    moved.moved_to = t->event->data;
    moved.moved_ms = t->event->now_ms;
    effect_put(e, "rooms", room->id, room_print(t->arena, &moved));
    if (str_eq(conversation_var(t->subject, MOVED_TO), moved.moved_to))
        return; /* both chats tell of it */
    effect_var(e, MOVED_TO, moved.moved_to);
    effect_var(e, "finding", ""); /* whatever is found there is news */
    forget_board(e);
    say(t, e, LANE_CUSTOMER, "room.moved", FILL("id", t->event->data));
}

static const char *findings(const struct turn *t)
{
    const struct event *event = t->event;
    if (!event->n_problems)
        return turn_phrase(t, LANE_STAFF, "room.ready");
    struct buf found = BUF_INIT(4000);
    buf_str(&found, turn_phrase(t, LANE_STAFF, "room.problems"));
    for (size_t i = 0; i < event->n_problems; i++)
        buf_printf(
            &found, "\n– %s",
            turn_phrase(t, LANE_STAFF, event->problems[i], FILL("why", event->content.text)));
    return arena_take(t->arena, &found);
}

/* Its title, as far as one was ever seen. */
static const char *name_of(const struct turn *t)
{
    const char *title = str_empty(t->event->name) ? t->subject->name : t->event->name;
    return str_empty(title) ? t->event->from.chat : arena_strdup(t->arena, title);
}

/* Where a room takes no posts itself, the others are where somebody reads of it. */
static void tell_others(const struct turn *t, struct effects *e, const char *text)
{
    bool was_trouble = *conversation_var(t->subject, TOLD_OTHERS);
    if (!t->event->n_problems && !was_trouble)
        return;
    for (size_t i = 0; i < t->facts->n_rooms; i++)
        if (!str_eq(t->facts->rooms[i].id, t->subject->id))
            effect_tell(e, t->facts->rooms[i].id,
                        arena_printf(t->arena, TOLD_OF_ROOM "%s\n%s", name_of(t), text));
    effect_var(e, TOLD_OTHERS, t->event->n_problems ? "1" : "");
}

static bool keeps_cases_away(const char *problem)
{
    return !str_eq(problem, "room.no_pin") && !str_eq(problem, "room.no_delete") &&
           !str_eq(problem, "room.unreachable");
}

/* Customers wait while cases cannot be shown: the admins hear of it in private, too, and of its
 * end. (Where a private chat has the id of its user; who never wrote to us there is not told.) */
static void tell_admins(const struct turn *t, struct effects *e, const char *text)
{
    const struct address *room = &t->event->from;
    bool is_trouble = false;
    for (size_t i = 0; i < t->event->n_problems; i++)
        is_trouble |= keeps_cases_away(t->event->problems[i]);
    if (!is_trouble && !*conversation_var(t->subject, TOLD_ADMINS))
        return;
    const char *told = arena_printf(t->arena, TOLD_OF_ROOM "%s\n%s", name_of(t), text);
    for (size_t i = 0; i < t->facts->n_agents; i++) {
        const struct agent *agent = &t->facts->agents[i];
        const char *id = agent->role == ROLE_ADMIN ? agent->ids : "";
        for (size_t len; *id; id += len + strspn(id + len, " ")) {
            size_t platform = strlen(room->platform);
            len = strcspn(id, " ");
            if (len > platform + 1 && starts_with(id, room->platform) && id[platform] == ':')
                effect_tell(e,
                            arena_printf(t->arena, "%s:%s:%.*s", room->platform, room->account,
                                         (int)(len - platform - 1), id + platform + 1),
                            told);
        }
    }
    effect_var(e, TOLD_ADMINS, is_trouble ? "1" : "");
}

static void checked(const struct turn *t, struct effects *e)
{
    const struct event *event = t->event;
    if (event->n_problems && str_eq(event->problems[0], ROOM_MOVED)) {
        follow(t, e);
        return;
    }
    const char *text = findings(t);
    if (!str_empty(event->name) && !str_eq(event->name, t->subject->name))
        effect_set(e, name, event->name);
    /* Only news is told: after each start the same finding would be noise. */
    bool is_news = !str_eq(conversation_var(t->subject, "finding"), text);
    if (is_news) {
        struct content content = {.text = text};
        effect_say(e, LANE_CUSTOMER, &content);
        effect_var(e, "finding", text);
        tell_others(t, e, text);
        tell_admins(t, e, text);
    }
    bool has_admin = false;
    for (size_t i = 0; i < t->facts->n_agents; i++)
        has_admin |= t->facts->agents[i].role == ROLE_ADMIN;
    if (!has_admin && !str_empty(event->data)) {
        char *id = arena_printf(t->arena, "%s:%s", event->from.platform, event->data);
        add_agent(t, e, id, "admin", ROLE_ADMIN);
        say(t, e, LANE_CUSTOMER, "room.admin", FILL("name", id));
    }
    if (!*conversation_var(t->subject, "timer.board"))
        effect_timer(e, "board", event->now_ms + 1000);
}

/* --- the board --- */

static void board_lines(const struct turn *t, struct buf *out)
{
    const struct facts *f = t->facts;
    size_t shown = 0;
    for (size_t i = 0; i < f->n_cases && shown < BOARD_CASES; i++) {
        const struct open_case *c = &f->cases[i];
        if (c->state != STATE_WAITING)
            continue;
        const char *name =
            str_empty(c->name) ? c->conversation : text_excerpt(t->arena, c->name, 20);
        buf_printf(
            out, "\n%s",
            turn_phrase(t, LANE_STAFF, "room.board_line", FILL("case", turn_number(t, c->no)),
                        FILL("waited", turn_wait(t, LANE_STAFF, t->event->now_ms - c->since)),
                        FILL("lang", str_empty(c->lang) ? "?" : c->lang),
                        FILL("priority", turn_number(t, c->priority)), FILL("name", name)));
        shown++;
    }
    size_t waiting = facts_waiting(f);
    if (waiting > shown)
        buf_printf(out, "\n%s",
                   turn_phrase(t, LANE_STAFF, "room.board_more",
                               FILL("n", turn_number(t, (int64_t)(waiting - shown)))));
}

static const char *board_text(const struct turn *t)
{
    const struct facts *f = t->facts;
    int64_t by_state[4] = {0};
    for (size_t i = 0; i < f->n_cases; i++)
        by_state[f->cases[i].state]++;
    if (!f->n_agents)
        return turn_phrase(t, LANE_STAFF, "room.board_no_agents");
    if (!f->n_cases)
        return turn_phrase(t, LANE_STAFF, "room.board_empty");
    bool speaks;
    size_t on_shift = facts_on_shift(f, t->event->now_ms, "", &speaks);
    struct buf out = BUF_INIT(4000);
    buf_str(&out, turn_phrase(t, LANE_STAFF, "room.board",
                              FILL("waiting", turn_number(t, by_state[STATE_WAITING])),
                              FILL("claimed", turn_number(t, by_state[STATE_CLAIMED])),
                              FILL("pending", turn_number(t, by_state[STATE_PENDING])),
                              FILL("agents", turn_number(t, (int64_t)on_shift))));
    board_lines(t, &out);
    return arena_take(t->arena, &out);
}

/* One pinned post, edited when it changed and at most once in 30 s: edits cost the same budget as
 * answers. */
static void board(const struct turn *t, struct effects *e)
{
    struct content content = {.text = board_text(t), .silent = true};
    int64_t line = conversation_var_int(t->subject, "board.line");
    effect_timer(e, "board", t->event->now_ms + BOARD_EVERY_MS);
    if (str_eq(conversation_var(t->subject, "board.text"), content.text))
        return;
    effect_var(e, "board.text", content.text);
    if (line) {
        content.kind = CONTENT_EDIT;
        content.about_line = line;
        effect_say(e, LANE_CUSTOMER, &content)->decor = true;
    } else {
        content.pin = true;
        struct effect *posted = effect_say(e, LANE_CUSTOMER, &content);
        effect_var(e, "board.line", turn_number(t, posted->line));
    }
}

/* --- turns --- */

static void message(const struct turn *t, struct effects *e)
{
    const char *text = t->event->content.text;
    if (t->event->content.kind != CONTENT_TEXT || *text != '/')
        return;
    size_t len = strcspn(text, " @");
    if (!strncmp(text, "/staff", len) && len == strlen("/staff")) {
        const char *code = strchr(text, ' ');
        bind(t, e, code ? code + strspn(code, " ") : "");
    } else {
        commands_general(t, e, text + 1);
    }
}

static enum verdict handle(const void *self, const struct turn *t, struct effects *e)
{
    (void)self;
    if (!conversation_is_room(t->subject))
        return HANDLER_PASS;
    switch (t->event->type) {
    case EVENT_MESSAGE:
        message(t, e);
        break;
    case EVENT_ROOM:
        checked(t, e);
        break;
    case EVENT_TIMER:
        board(t, e);
        break;
    case EVENT_TOLD:
        told(t, e);
        break;
    case EVENT_BUTTON:
        effect_show(e, "");
        break;
    case EVENT_REFUSED:
        if (t->event->line == conversation_var_int(t->subject, "board.line"))
            forget_board(e); /* somebody deleted it */
        break;
    case EVENT_DOUBT:
    case EVENT_MEMBER:
    case EVENT_HOME:
        break;
    }
    return HANDLER_DONE;
}

const struct handler room_handler = {
    .name = "room",
    .help = "a staff room's General",
    .in_rooms = true,
    .handle = handle,
};
