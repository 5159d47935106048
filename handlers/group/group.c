#include "handlers/group/group.h"

#include <inttypes.h>

#define MINUTE_MS     (60 * 1000)
#define NEWS_MS       (2 * MINUTE_MS) /* asked longer ago: answered, or nobody waits for it */
#define QUESTION_MS   (INT64_C(24) * 60 * MINUTE_MS)
#define MAX_QUESTION  (64 * 1024)
#define LONGEST_WORDS 300 /* bytes; who asks is short, who sells something is not */

/* --- understanding --- */

const char *group_words(const struct turn *t)
{
    const char *text = t->event->content.text;
    char *words = arena_strdup(t->arena, text), *to = words;
    for (const char *at = text; *at;) {
        size_t len = strcspn(at, " \n");
        bool is_name = *at == '@' && len > 1;
        if (!is_name)
            to = mempcpy(to, at, len);
        at += len;
        for (; *at == ' ' || *at == '\n'; at++)
            if (to > words && to[-1] != ' ')
                *to++ = ' ';
    }
    while (to > words && to[-1] == ' ')
        to--;
    *to = '\0';
    return words;
}

static bool has_word_of(const struct turn *t, const char *text, const char *lang, const char *key)
{
    const char *words = phrase(t->phrases, t->arena, lang, key, NULL, 0);
    for (const char *at = words; *at;) {
        size_t len = strcspn(at, "|");
        if (text_has_word(text, arena_strndup(t->arena, at, len)))
            return true;
        at += len + (at[len] == '|');
    }
    return false;
}

/* People mix English in. */
static bool has_word(const struct turn *t, const char *text, const char *key)
{
    return has_word_of(t, text, t->subject->lang, key) || has_word_of(t, text, "en", key);
}

static bool was_before(const struct text_tokens *tokens, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (str_eq(tokens->items[k], tokens->items[i]))
            return true;
    return false;
}

/* What a question is about takes three words, or six characters of Chinese; repeats say no more. */
#define LEAST_WORDS 6 /* halves */

static bool says_enough(struct arena *a, const char *text)
{
    struct text_tokens tokens = text_tokens(a, text);
    size_t halves = 0;
    for (size_t i = 0; i < tokens.n; i++) {
        const unsigned char *word = (const unsigned char *)tokens.items[i];
        bool is_character = *word >= 0xe3 && strlen(tokens.items[i]) <= 4;
        if (*word != '?' && !was_before(&tokens, i))
            halves += is_character ? 1 : 2;
    }
    return halves >= LEAST_WORDS;
}

bool group_asks(const struct turn *t)
{
    const char *text = text_fold_match(t->arena, group_words(t));
    bool asks = strchr(text, '?') || has_word(t, text, "group.asks");
    return asks && says_enough(t->arena, text) && !has_word(t, text, "group.asks_members");
}

static bool has_link(const char *text)
{
    return strstr(text, "://") || strstr(text, "t.me/") || strstr(text, "www.");
}

/* --- may we? --- */

static bool is_allowed_here(const struct turn *t)
{
    struct buf item = BUF_INIT(100);
    bool found = false;
    for (size_t i = 0; !found && settings_item(t->settings, "GROUP_UNASKED", i, &item); i++)
        found = str_eq(item.data, "all") || str_eq(item.data, t->event->from.chat);
    buf_release(&item);
    return found;
}

bool group_may_speak_unasked(const struct turn *t)
{
    const struct event *e = t->event;
    const char *text = e->content.text;
    size_t per_min = (size_t)settings_int(t->settings, "GROUP_PER_MIN");
    if (!is_allowed_here(t) || e->is_to_others || !str_empty(e->forwarded.name) ||
        str_empty(text) || text[0] == '/' || strlen(text) > LONGEST_WORDS || has_link(text))
        return false;
    if (e->sent_ms && e->now_ms - e->sent_ms > NEWS_MS)
        return false;
    return !facts_agent_by_id(t->facts, e->from.platform, e->from.user) &&
           talk_posts_since(e->talk, e->now_ms - MINUTE_MS) < per_min &&
           !talk_is_others(e->talk, e->from.user, e->now_ms);
}

bool group_is_owed_answer(const struct turn *t)
{
    const struct event *e = t->event;
    bool is_reply = str_eq(e->about_user, e->from.account);
    return e->is_to_us && (!is_reply || group_asks(t));
}

/* --- saying --- */

struct effect *group_answer(const struct turn *t, struct effects *e, const struct content *content)
{
    struct effect *said = effect_say(e, LANE_CUSTOMER, content);
    said->content.text = arena_printf(t->arena, "%s\n\n%s", content->text,
                                      turn_phrase(t, LANE_CUSTOMER, "group.warning"));
    said->content.about_line = e->line;
    return said;
}

const char *group_question_place(const struct turn *t, int64_t line)
{
    return arena_printf(t->arena, GROUP_QUESTION "%" PRId64, line % GROUP_QUESTIONS);
}

static void keep_question(const struct turn *t, struct effects *e)
{
    struct content content = t->event->content;
    const char *place = group_question_place(t, e->line);
    content.kind = CONTENT_TEXT;
    content.text = group_words(t);
    content.entities = NULL; /* their places moved */
    content.n_entities = 0;
    content.about_id = content.album = content.quote = NULL;
    content.about_line = 0;
    struct buf json = BUF_INIT(MAX_QUESTION);
    struct json_writer w = JSON_WRITER(&json);
    content_write(&w, NULL, &content);
    if (!buf_over(&json)) {
        effect_var(e, place, arena_printf(t->arena, "%" PRId64 " %s", e->line, json.data));
        effect_timer(e, place, t->event->now_ms + QUESTION_MS);
    }
    buf_release(&json);
}

void group_private_button(const struct turn *t, struct effects *e, struct effect *said)
{
    const struct address *from = &t->event->from;
    keep_question(t, e);
    content_button(t->arena, &said->content, turn_phrase(t, LANE_CUSTOMER, "group.button_private"),
                   NULL)
        ->start = arena_printf(t->arena, "q%s_%s_%" PRId64, from->chat, from->thread, e->line);
}

void group_take_private(const struct turn *t, struct effects *e, const char *key)
{
    struct content content = {.text = turn_phrase(t, LANE_CUSTOMER, key)};
    struct effect *said = group_answer(t, e, &content);
    said->content.only_for = t->event->from.user;
    group_private_button(t, e, said);
    effect_count(e, "group.private", 1);
}

void group_delete_secret(const struct turn *t, struct effects *e)
{
    struct content gone = {.kind = CONTENT_DELETE, .text = "", .about_line = e->line};
    effect_say(e, LANE_CUSTOMER, &gone);
    const char *key = str_eq(t->event->content.secret, "link") ? "guard.link" : "group.secret";
    struct effect *said = say(t, e, LANE_CUSTOMER, key, FILL("name", t->event->name));
    said->content.only_for = t->event->from.user;
    group_private_button(t, e, said);
}
