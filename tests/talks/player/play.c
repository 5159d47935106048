/* Plays talks (tests/talks/README.md), line by line. One fault is one line: file:line, what came, what was wanted. */
#include "bot/base/log.h"
#include "bot/commands/core_settings.h"
#include "tests/talks/player/exam.h"
#include "tests/talks/player/links.h"
#include "tests/talks/player/people.h"

#include <inttypes.h>

/* --- doing --- */

static char *conversation_of(const struct stage *t, struct arena *a)
{
    return arena_printf(a, "telegram:bot:%s", t->customer);
}

/* The topic of the customer whose turn it is: of the newest staff post in one. */
static const char *topic_of(struct stage *t)
{
    for (size_t i = t->n_posts; i-- > 0;)
        if (str_eq(t->posts[i].to, "staff") && !str_empty(t->posts[i].thread))
            return t->posts[i].thread;
    return "";
}

static void unread_is_a_fault(struct stage *t)
{
    for (size_t i = 0; i < t->n_posts; i++)
        if (!t->posts[i].read && !str_eq(t->posts[i].to, "staff")) {
            stage_fault(t, "nobody expected this to %s: %s", t->posts[i].to, t->posts[i].text);
            t->posts[i].read = true;
        }
}

/* "words] rest": the newest post that the writer's side was shown with these words. */
static const char *about_words(struct stage *t, struct arena *a, const char *to, const char **text)
{
    size_t len = strcspn(*text, "]");
    char *words = arena_strndup(a, *text, len);
    const char *found = NULL;
    for (size_t i = 0; i < t->n_posts; i++)
        if (str_eq(t->posts[i].to, to) && strstr(t->posts[i].text, words))
            found = t->posts[i].id;
    if (!found)
        stage_fault(t, "no post to %s has the words %s", to, words);
    *text += len + ((*text)[len] == ']');
    *text += **text == ' ';
    return found;
}

/* "[mine some words] rest": the newest that somebody typed with these words. */
static struct typed *typed_with(struct stage *t, struct arena *a, const char **text)
{
    static struct typed nothing;
    size_t start = strlen("[mine "), len = strcspn(*text, "]");
    char *words = arena_strndup(a, *text + start, len - start);
    struct typed *found = &nothing;
    for (size_t i = 0; i < t->n_typed; i++)
        if (strstr(t->typed[i].text, words))
            found = &t->typed[i];
    if (found == &nothing)
        stage_fault(t, "nobody typed the words %s", words);
    *text += len + ((*text)[len] == ']');
    *text += **text == ' ';
    return found;
}

/* `about_user`: who wrote what it answers. */
static struct content content_of(struct stage *t, struct arena *a, const char *to, const char *text,
                                 const char **about_user)
{
    struct content c = {.text = text};
    static const char *const kinds[] = {"[photo]", "[document]", "[voice]", "[video]"};
    if (starts_with(text, "[album ")) { /* [album photo] caption: a part of the album of this chat */
        c.album = to;
        text = arena_printf(a, "[%s", text + strlen("[album "));
    }
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (starts_with(text, kinds[i])) {
            c.files = arena_alloc(a, sizeof(*c.files));
            c.files[0] = (struct file){.kind = (enum file_kind)i, .id = "file1"};
            c.n_files = 1;
            c.text = text + strlen(kinds[i]) + strspn(text + strlen(kinds[i]), " ");
        }
    if (starts_with(text, "[document ")) /* [document NAME] caption */
        stage_attach(t, a, &c);
    if (starts_with(c.text, "[location]"))
        c = (struct content){.text = c.text + strlen("[location]") + (c.text[10] == ' '),
                             .unreadable = "location"};
    if (starts_with(c.text, "[edit] "))
        c = (struct content){CONTENT_EDIT, text + strlen("[edit] "), .about_id = t->last_written};
    if (starts_with(c.text, "[re] ")) { /* a reply to the newest message somebody typed */
        c.about_id = arena_strdup(a, t->last_written);
        *about_user = arena_strdup(a, t->last_writer);
        c.text += strlen("[re] ");
    }
    bool is_edit = starts_with(c.text, "[edit ");
    if (is_edit || starts_with(c.text, "[mine ")) { /* [mine some words] text: a reply to that */
        const struct typed *typed = typed_with(t, a, &c.text);
        c.kind = is_edit ? CONTENT_EDIT : CONTENT_TEXT;
        c.about_id = arena_strdup(a, typed->id);
        *about_user = arena_strdup(a, typed->user);
    }
    if (starts_with(c.text, "[re ")) { /* [re some words] text: a reply to the post that has them */
        c.text += strlen("[re ");
        c.about_id = about_words(t, a, to, &c.text);
        *about_user = "bot";
    }
    if (starts_with(c.text, "[react ")) { /* [react some words] emoji */
        c.kind = CONTENT_REACTION;
        c.text += strlen("[react ");
        c.about_id = about_words(t, a, to, &c.text);
        c.reaction = c.text;
        c.text = "";
    }
    return c;
}

/* "1@-2001/5": customer 1 in the topic 5 of the group -2001. */
static void read_place(struct stage *t, struct arena *a, const char *who, struct address *from)
{
    size_t len = strcspn(who, "@");
    snprintf(t->customer, sizeof(t->customer), "%.*s", (int)len, who);
    const char *chat = who[len] ? who + len + 1 : t->customer, *slash = strchr(chat, '/');
    *from = (struct address){.chat = arena_strndup(a, chat, strcspn(chat, "/")),
                             .thread = slash ? arena_strdup(a, slash + 1) : "",
                             .user = t->customer};
    snprintf(t->place, sizeof(t->place), "%s", from->chat);
}

/* "> telegram:1 zh  text" */
static void customer_writes(struct stage *t, char *rest)
{
    struct arena a = ARENA_INIT;
    unread_is_a_fault(t);
    char *text = strstr(rest, "  ");
    if (!text)
        text = strchr(rest, ' ');
    if (!text) {
        stage_fault(t, "> who [language]  text");
        return;
    }
    char *who = arena_strndup(&a, rest, (size_t)(text - rest));
    text += strspn(text, " ");
    char *lang = strchr(who, ' ');
    if (lang)
        *lang++ = '\0';
    struct event event = {.type = EVENT_MESSAGE, .lang_hint = lang ? lang : "", .sent_ms = clock_ms()};
    event.forwarded = people_read(&a, "[from ", &text);
    const struct origin as = people_read(&a, "[as ", &text);
    read_place(t, &a, strchr(who, ':') ? strchr(who, ':') + 1 : who, &event.from);
    event.name = *as.name ? as.name : arena_printf(&a, "customer %s", t->customer);
    event.username = as.username;
    event.is_private = str_eq(event.from.chat, event.from.user);
    event.content = content_of(t, &a, t->place, links_fill(t, &a, text), &event.about_user);
    if (!event.is_private)
        stage_address(&event);
    stage_deliver(t, &event);
    arena_release(&a);
}

/* "joins telegram:5@-2001  Some Name" */
static void joins(struct stage *t, const char *rest)
{
    struct arena a = ARENA_INIT;
    size_t len = strcspn(rest, " ");
    struct event event = {
        .type = EVENT_MEMBER,
        .name = rest + len + strspn(rest + len, " "),
        .data = MEMBER_JOINED,
        .content = CONTENT_INIT,
    };
    const char *who = arena_strndup(&a, rest, len);
    read_place(t, &a, strchr(who, ':') ? strchr(who, ':') + 1 : who, &event.from);
    stage_deliver(t, &event);
    arena_release(&a);
}

/* The platform asks for a pause at the next send to a customer, or cannot be reached at all. */
static void wait_next(struct stage *t, const char *duration)
{
    t->next[0] = (struct delivery){.outcome = DELIVERY_RETRY_AFTER};
    if (parse_duration(duration, &t->next[0].retry_ms))
        stage_fault(t, "wait %s: a duration is wanted, as 10m", duration);
}

/* "topic closed", "topic opened": by hand */
static void topic_changes(struct stage *t, const char *data)
{
    struct event event = {
        .type = EVENT_HOME,
        .from = {.chat = STAFF_CHAT, .thread = topic_of(t), .user = "olga"},
        .name = "Olga",
        .data = data,
        .content = CONTENT_INIT,
    };
    stage_deliver(t, &event);
}

static const struct button *find_button(struct stage *t, const char *to, const char *label,
                                        const struct post_seen **on)
{
    for (int exact = 1; exact >= 0; exact--) /* the newest with this label, else with these words */
        for (size_t i = t->n_posts; i-- > 0;)
            for (size_t b = 0; str_eq(t->posts[i].to, to) && b < t->posts[i].n_buttons; b++) {
                const struct button *button = &t->posts[i].buttons[b];
                if (exact ? str_eq(button->label, label) : strstr(button->label, label) != NULL) {
                    *on = &t->posts[i];
                    return button;
                }
            }
    stage_fault(t, "%s was shown no button %s", to, label);
    return NULL;
}

/* The customer follows a link into the private chat. */
static void start(struct stage *t, const char *payload)
{
    struct arena a = ARENA_INIT;
    struct event event = {
        .type = EVENT_MESSAGE,
        .from = {.chat = t->customer, .user = t->customer},
        .name = arena_printf(&a, "customer %s", t->customer),
        .is_private = true,
        .content = {.text = arena_printf(&a, "/start %s", payload)},
    };
    snprintf(t->place, sizeof(t->place), "%s", t->customer);
    stage_deliver(t, &event);
    arena_release(&a);
}

/* "follows telegram:2 Label": a customer presses a button that another one was shown. */
static void follow(struct stage *t, const char *rest)
{
    const struct post_seen *on = NULL;
    size_t len = strcspn(rest, " ");
    const struct button *b = find_button(t, t->place, rest + len + strspn(rest + len, " "), &on);
    const char *colon = memchr(rest, ':', len), *who = colon ? colon + 1 : rest;
    snprintf(t->customer, sizeof(t->customer), "%.*s", (int)(rest + len - who), who);
    if (b && b->start)
        start(t, b->start);
}

static void press(struct stage *t, const char *agent, const char *label)
{
    const struct post_seen *on = NULL;
    const struct button *b = find_button(t, agent ? "staff" : t->place, label, &on);
    if (!b)
        return;
    if (b->start) {
        start(t, b->start);
        return;
    }
    free(t->toast);
    t->toast = NULL;
    t->n_toasts = 0;
    struct event event = {
        .type = EVENT_BUTTON,
        .from = {.chat = agent ? STAFF_CHAT : t->customer,
                 .thread = agent ? on->thread : "",
                 .user = agent ? agent : t->customer},
        .name = agent ? agent : "",
        .is_private = !agent,
        .data = b->data,
        .callback_id = "cb",
        .content = {.text = "", .about_id = on->id},
    };
    stage_deliver(t, &event);
    if (t->n_toasts != 1)
        stage_fault(t, "the press was answered %d times, wanted once", t->n_toasts);
}

/* With a command comes what it answers. */
static void add_replied(struct stage *t, struct arena *a, struct event *event)
{
    const char *nobody = "";
    for (size_t i = 0; *event->content.text == '/' && i < t->n_typed; i++)
        if (str_eq(t->typed[i].id, event->content.about_id)) {
            event->replied = arena_alloc(a, sizeof(*event->replied));
            *event->replied = content_of(t, a, "staff", t->typed[i].text, &nobody);
        }
}

/* "@mia text", "@mia ! Label", "@mia General /help" */
static void agent_writes(struct stage *t, char *rest)
{
    struct arena a = ARENA_INIT;
    char *agent = arena_strndup(&a, rest, strcspn(rest, " "));
    char *text = rest + strlen(agent) + strspn(rest + strlen(agent), " ");
    if (starts_with(text, "! ")) {
        press(t, agent, text + 2);
        arena_release(&a);
        return;
    }
    bool in_general = starts_with(text, "General ");
    if (in_general)
        text += strlen("General ");
    struct event event = {
        .type = EVENT_MESSAGE,
        .from = {.chat = STAFF_CHAT, .thread = in_general ? "" : topic_of(t), .user = agent},
        .name = agent,
        .is_anonymous = str_eq(agent, "anonymous"),
    };
    event.content = content_of(t, &a, "staff", links_check(&a, text), &event.about_user);
    add_replied(t, &a, &event);
    stage_deliver(t, &event);
    arena_release(&a);
}

/* "agent mia role=lead languages=zh,en alias=Miya teams=wallet capacity=2" */
static void add_agent(struct stage *t, char *rest)
{
    struct arena a = ARENA_INIT;
    char *name = arena_strndup(&a, rest, strcspn(rest, " "));
    struct agent agent = {.name = name, .alias = name, .role = ROLE_AGENT, .languages = "zh en vi",
                          .teams = "", .skills = "", .tz = "UTC",
                          .ids = arena_printf(&a, "telegram:%s", name)};
    for (char *at = rest + strlen(name); *at;) {
        at += strspn(at, " ");
        size_t len = strcspn(at, " "), eq = strcspn(at, "=");
        char *key = arena_strndup(&a, at, eq < len ? eq : len);
        char *value = eq < len ? arena_strndup(&a, at + eq + 1, len - eq - 1) : arena_strdup(&a, "");
        for (char *c = value; *c; c++)
            if (*c == ',')
                *c = ' ';
        if (str_eq(key, "role"))
            role_parse(value, &agent.role);
        else if (str_eq(key, "languages"))
            agent.languages = value;
        else if (str_eq(key, "alias"))
            agent.alias = value;
        else if (str_eq(key, "teams"))
            agent.teams = value;
        else if (str_eq(key, "capacity") && parse_i64(value, &agent.capacity))
            stage_fault(t, "capacity=%s", value);
        at += len;
    }
    struct buf json = BUF_INIT(4000);
    agent_to_json(&agent, &json);
    engine_put(t->engine, "agents", name, json.data, store_ignore, NULL);
    buf_release(&json);
    arena_release(&a);
    stage_settle(t);
}

/* --- expecting --- */

/* "…" stands for anything; without one at an end, the text must begin or end there. */
static bool matches(const char *text, const char *pattern)
{
    static const char any[] = "…";
    const char *at = text;
    bool anchored = true;
    while (*pattern) {
        if (starts_with(pattern, any)) {
            pattern += strlen(any);
            anchored = false;
            continue;
        }
        const char *next = strstr(pattern, any);
        size_t len = next ? (size_t)(next - pattern) : strlen(pattern);
        char *piece = xstrndup(pattern, len);
        const char *found = anchored ? (starts_with(at, piece) ? at : NULL) : strstr(at, piece);
        if (!next && !anchored) /* the last piece ends the text */
            found = strlen(at) >= len && str_eq(at + strlen(at) - len, piece)
                        ? at + strlen(at) - len : NULL;
        free(piece);
        if (!found)
            return false;
        at = found + len;
        pattern += len;
        anchored = true;
    }
    return !anchored || !*at;
}

static void customer_hears(struct stage *t, char *rest)
{
    size_t len = strcspn(rest, " ");
    const char *pattern = rest + len + strspn(rest + len, " ");
    char *who = xstrndup(rest, len);
    char *chat = strchr(who, ':') ? strchr(who, ':') + 1 : who;
    char *topic = strchr(chat, '/');
    if (topic)
        *topic++ = '\0';
    for (size_t i = 0; i < t->n_posts; i++) {
        struct post_seen *p = &t->posts[i];
        if (p->read || !str_eq(p->to, chat) || (topic && !str_eq(p->thread, topic)))
            continue;
        p->read = true;
        if (!matches(p->text, pattern))
            stage_fault(t, "%s heard: %s\n    wanted: %s", who, p->text, pattern);
        free(who);
        return;
    }
    stage_fault(t, "%s heard nothing; wanted: %s", who, pattern);
    free(who);
}

/* Staff posts may be skipped: the first unread one that matches is taken, those before it count as read. */
static void staff_sees(struct stage *t, const char *pattern)
{
    for (size_t i = 0; i < t->n_posts; i++) {
        struct post_seen *p = &t->posts[i];
        if (p->read || !str_eq(p->to, "staff") || !matches(p->text, pattern))
            continue;
        for (size_t k = 0; k <= i; k++)
            if (str_eq(t->posts[k].to, "staff"))
                t->posts[k].read = true;
        return;
    }
    stage_fault(t, "staff saw no: %s", pattern);
    for (size_t i = 0; i < t->n_posts; i++)
        if (!t->posts[i].read && str_eq(t->posts[i].to, "staff"))
            fprintf(stderr, "    unread: %s\n", t->posts[i].text);
}

static void staff_sees_no(struct stage *t, const char *pattern)
{
    for (size_t i = 0; i < t->n_posts; i++)
        if (!t->posts[i].read && str_eq(t->posts[i].to, "staff") && matches(t->posts[i].text, pattern))
            stage_fault(t, "staff saw: %s", t->posts[i].text);
}

static void on_record(void *arg, const struct loaded *loaded)
{
    struct conversation *c = arg;
    static struct arena a;
    arena_clear(&a);
    for (size_t i = 0; i < loaded->n_pairs; i++)
        conversation_set(c, &a, arena_strdup(&a, loaded->pairs[i].name),
                         arena_strdup(&a, loaded->pairs[i].value));
}

/* "= WAITING owner=mia lang=zh" */
static void state_is(struct stage *t, char *rest)
{
    struct arena a = ARENA_INIT;
    struct conversation c;
    struct store *store = engine_store(t->engine);
    conversation_init(&c, conversation_of(t, &a));
    store->ops->load(store, c.id, NULL, 0, on_record, &c);
    for (char *at = rest; *at;) {
        size_t len = strcspn(at, " ");
        char *word = arena_strndup(&a, at, len), *eq = strchr(word, '=');
        if (eq)
            *eq = '\0';
        const char *is = eq ? conversation_get(&c, &a, word) : conversation_state_name((enum conversation_state)c.state);
        const char *wanted = eq ? eq + 1 : word;
        if (!str_eq(is, wanted))
            stage_fault(t, "%s is %s, wanted %s", eq ? word : "state", is, wanted);
        at += len + strspn(at + len, " ");
    }
    arena_release(&a);
}

static void refuse_next(struct stage *t, const char *name)
{
    bool to_staff = starts_with(name, "staff ");
    struct delivery *next = &t->next[to_staff];
    name += to_staff ? strlen("staff ") : 0;
    *next = (struct delivery){.outcome = DELIVERY_REFUSED, .why = "refused by the talk"};
    if (str_eq(name, "unknown"))
        next->outcome = DELIVERY_UNKNOWN;
    for (int r = 0; r < REFUSALS; r++)
        if (str_eq(refusal_name((enum refusal)r), name))
            next->refusal = (enum refusal)r;
}

/* --- a talk --- */

static void play_line(struct stage *t, char *line)
{
    if (!*line || *line == '#')
        return;
    char *rest = line + strcspn(line, " ");
    rest += strspn(rest, " ");
    int64_t ms;
    t->in_a_hurry = starts_with(line, ">>");
    if (stage_document(t, line) || stage_platform(t, line)) {
        t->in_a_hurry = false;
    } else if (*line == '>') {
        customer_writes(t, rest);
    } else if (starts_with(line, "<staff ")) {
        staff_sees(t, rest);
    } else if (starts_with(line, "<!staff ")) {
        staff_sees_no(t, rest);
    } else if (*line == '<') {
        customer_hears(t, rest);
    } else if (starts_with(line, "! ")) {
        unread_is_a_fault(t);
        press(t, NULL, rest);
    } else if (starts_with(line, "follows ")) {
        unread_is_a_fault(t);
        follow(t, rest);
    } else if (*line == '@') {
        agent_writes(t, line + 1);
    } else if (*line == '=') {
        state_is(t, rest);
    } else if (*line == '+') {
        if (parse_duration(rest, &ms))
            stage_fault(t, "+ %s: a duration is wanted, as 10m", rest);
        else
            stage_pass(t, ms);
    } else if (starts_with(line, "agent ")) {
        add_agent(t, rest);
    } else if (starts_with(line, "tags ")) {
        links_tag(t, rest);
    } else if (starts_with(line, "list ")) {
        links_upload(t, rest);
    } else if (starts_with(line, "toast ")) {
        if (!t->toast || !matches(t->toast, rest))
            stage_fault(t, "toast is %s, wanted %s", t->toast ? t->toast : "(none)", rest);
    } else if (starts_with(line, "blocks ")) {
        people_change(t, "blocked", rest);
    } else if (starts_with(line, "joins ")) {
        joins(t, rest);
    } else if (starts_with(line, "unblocks ")) {
        people_change(t, "unblocked", rest);
    } else if (starts_with(line, "topic ")) {
        topic_changes(t, rest);
    } else if (starts_with(line, "refuse ")) {
        refuse_next(t, rest);
    } else if (starts_with(line, "wait ")) {
        wait_next(t, rest);
    } else if (str_eq(line, "restart")) {
        stage_restart(t);
    } else if (str_eq(line, "away") || str_eq(line, "back")) {
        t->is_away = *line == 'a';
    } else {
        stage_fault(t, "what is this line? %s", line);
    }
}

static void read_settings(struct stage *t, char *line, struct buf *why)
{
    char *name = line + strlen("set "), *space = strchr(name, ' ');
    if (!space) {
        stage_fault(t, "set NAME value");
        return;
    }
    *space = '\0';
    if (settings_set(t->settings, name, space + 1, why))
        stage_fault(t, "%s", why->data);
}

static int play(const char *file, const struct handler_files *files)
{
    struct stage *t = xcalloc(1, sizeof(*t));
    struct buf why = BUF_INIT(100000);
    char *line = NULL;
    size_t cap = 0;
    FILE *in = fopen(file, "r");
    if (!in)
        die("%s cannot be read", file);
    t->file = file;
    t->settings = all_settings();
    for (ssize_t len; (len = getline(&line, &cap, in)) >= 0;) {
        line[strcspn(line, "\n")] = '\0';
        t->line++;
        if (starts_with(line, "set ")) {
            read_settings(t, line, &why);
            continue;
        }
        if (!t->engine && *line && *line != '#')
            stage_begin(t, files);
        play_line(t, line);
    }
    if (t->engine) {
        unread_is_a_fault(t);
        stage_end(t);
    } else {
        stage_fault(t, "nothing is said here");
    }
    int faults = t->faults;
    settings_free(t->settings);
    free(t);
    free(line);
    fclose(in);
    buf_release(&why);
    return faults;
}

int main(int argc, char **argv)
{
    struct buf why = BUF_INIT(100000);
    struct library *library = library_load("handlers/knowledge", &why);
    int failed = 0;
    if (!library || log_configure(getenv("LOG") ? getenv("LOG") : "error", &why))
        die("%s", why.data);
    for (int i = 1; i < argc; i++)
        if ((ends_with(argv[i], ".talk") ? play : exam_play)(argv[i], library_files(library)))
            failed++;
    printf("talks: %d passed, %d failed\n", argc - 1 - failed, failed);
    library_free(library);
    buf_release(&why);
    return failed ? 1 : 0;
}
