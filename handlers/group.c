/* Community groups: whether to speak at all, greetings, and the way of a question into the private
 * chat. What is asked there faq.c answers; where it is not sure handoff.c offers the private chat.
 */
#include "handlers/group/group.h"

#include <inttypes.h>

#define CARRY "carry " /* to a member's conversation of a group: "carry <line>" */
#define GONE  "gone"   /* to the private chat: there is no such question (any more) */

/* --- in the group --- */

static void say_hello(const struct turn *t, struct effects *e)
{
    struct content content = {.text = turn_phrase(t, LANE_CUSTOMER, "group.hello")};
    struct effect *said = group_answer(t, e, &content);
    content_button(t->arena, &said->content, turn_phrase(t, LANE_CUSTOMER, "group.button_private"),
                   NULL)
        ->start = "group";
}

/* "/human" or "/human@zaide_bot": of the latter group_words leaves all. */
static bool is_command(const char *text, const char *name)
{
    size_t len = strcspn(text, "@ ");
    return len == strlen(name) && !strncmp(text, name, len);
}

/* Said to us, and nothing to find out. */
static bool answer_courtesy(const struct turn *t, struct effects *e, const char *words)
{
    bool is_name_alone = str_empty(words) && !t->event->content.n_files;
    if (is_command(words, "/human"))
        group_take_private(t, e, "group.person");
    else if (is_name_alone || is_command(words, "/help") || is_command(words, "/start") ||
             turn_says_only(t, words, "greet.words"))
        say_hello(t, e);
    else if (turn_says_only(t, words, "greet.thanks_words"))
        say(t, e, LANE_CUSTOMER, "greet.thanks")->content.about_line = e->line;
    else
        return words[0] == '/'; /* maybe another bot's */
    return true;
}

/* Those who ask by name wait for their turn in the outbox, but not for minutes. */
static bool is_too_much(const struct turn *t)
{
    size_t per_min = (size_t)settings_int(t->settings, "GROUP_PER_MIN");
    return talk_posts_since(t->event->talk, t->event->now_ms - 60 * 1000) >= 2 * per_min;
}

static enum verdict in_group(const struct turn *t, struct effects *e)
{
    const struct event *event = t->event;
    if (event->content.kind != CONTENT_TEXT || event->is_anonymous ||
        settings_is(t->settings, "GROUP_ANSWERS", "off"))
        return HANDLER_DONE;
    if (!event->is_to_us)
        return group_may_speak_unasked(t) ? HANDLER_PASS : HANDLER_DONE;
    if (is_too_much(t))
        return HANDLER_DONE;
    return answer_courtesy(t, e, group_words(t)) ? HANDLER_DONE : HANDLER_PASS;
}

/* --- from there into the private chat --- */

/* "carry 12", asked by the private chat of this member. */
static void hand_on(const struct turn *t, struct effects *e, const char *line)
{
    struct address at;
    int64_t n;
    if (!address_parse(t->arena, t->subject->id, &at) || parse_i64(line, &n))
        return;
    at = (struct address){at.platform, at.account, at.user, "", ""};
    const char *private = address_print(t->arena, &at), *place = group_question_place(t, n);
    const char *kept = conversation_var(t->subject, place), *json = strchr(kept, ' ');
    if (!json || (size_t)(json - kept) != strlen(line) || !starts_with(kept, line)) {
        effect_tell(e, private, GONE);
        return;
    }
    struct json *j = json_parse(json, strlen(json), NULL);
    struct content content;
    content_read(t->arena, j, &content);
    json_free(j);
    effect_tell_content(e, private, &content);
    effect_var(e, place, "");
    effect_timer(e, place, 0);
}

/* "/start q-100123_5_12": 5 is the topic, or nothing. */
static bool ask_for_question(const struct turn *t, struct effects *e, const char *text)
{
    if (!starts_with(text, "/start q"))
        return false;
    const char *payload = text + strlen("/start q");
    size_t chat = strcspn(payload, "_");
    if (!chat || !payload[chat])
        return false;
    const char *thread = payload + chat + 1;
    size_t len = strcspn(thread, "_");
    int64_t line;
    if (!thread[len] || parse_i64(thread + len + 1, &line) || line <= 0)
        return false;
    struct address member = t->event->from;
    member.user = member.chat;
    member.chat = arena_strndup(t->arena, payload, chat);
    member.thread = arena_strndup(t->arena, thread, len);
    effect_tell(e, address_print(t->arena, &member),
                arena_printf(t->arena, CARRY "%" PRId64, line));
    return true;
}

static enum verdict in_private(const struct turn *t, struct effects *e)
{
    const struct event *event = t->event;
    if (event->type == EVENT_TOLD && str_eq(event->data, GONE)) {
        say(t, e, LANE_CUSTOMER, "group.gone");
        return HANDLER_DONE;
    }
    if (event->type != EVENT_MESSAGE || !event->is_private)
        return HANDLER_PASS;
    if (event->is_carried && !str_empty(event->content.text))
        say(t, e, LANE_CUSTOMER, "group.carried", FILL("question", event->content.text));
    return ask_for_question(t, e, event->content.text) ? HANDLER_DONE : HANDLER_PASS;
}

static enum verdict handle(const void *self, const struct turn *t, struct effects *e)
{
    (void)self;
    if (!turn_in_group(t))
        return in_private(t, e);
    if (t->event->type == EVENT_MESSAGE)
        return in_group(t, e);
    if (t->event->type == EVENT_TIMER)
        effect_var(e, t->event->data, ""); /* a question that nobody came for */
    else if (t->event->type == EVENT_TOLD && starts_with(t->event->data, CARRY))
        hand_on(t, e, t->event->data + strlen(CARRY));
    return HANDLER_DONE;
}

const struct handler group_handler = {
    .name = "group",
    .help = "customers' groups: when to speak there, and what belongs into the private chat",
    .states = IN_ANY_STATE,
    .in_groups = true,
    .handle = handle,
};
