#include "bot/model/audience.h"

#include <inttypes.h>

#define HOUR_MS   INT64_C(3600000)
#define MINUTE_MS INT64_C(60000)
#define NONE      "-"

/* --- a person --- */

/* "<lang> <last hour> <open case: 0 or 1> <tags with commas> <asked …>" */
char *person_print(struct arena *a, const struct conversation *c)
{
    char *tags = arena_strdup(a, *c->tags ? c->tags : NONE);
    for (char *at = tags; *at; at++)
        if (*at == ' ')
            *at = ',';
    return arena_printf(a, "%s %" PRId64 " %d %s%s%s", *c->lang ? c->lang : NONE,
                        c->last_in / HOUR_MS, c->case_no != 0, tags, *c->questions ? " " : "",
                        c->questions);
}

/* The next word of what is kept. */
static const char *word(struct arena *a, const char **at)
{
    size_t len = strcspn(*at, " ");
    const char *found = arena_strndup(a, *at, len);
    *at += len + ((*at)[len] == ' ');
    return found;
}

static const char *word_or_none(struct arena *a, const char **at)
{
    const char *found = word(a, at);
    return str_eq(found, NONE) ? "" : found;
}

static char *with_blanks(struct arena *a, const char *list)
{
    char *words = arena_strdup(a, list);
    for (char *at = words; *at; at++)
        if (*at == ',')
            *at = ' ';
    return words;
}

bool person_parse(struct arena *a, const char *kept, struct person *out)
{
    int64_t hour;
    *out = (struct person){.lang = "", .tags = "", .asked = ""};
    if (str_empty(kept))
        return false;
    const char *at = kept, *marks = word(a, &at);
    out->is_blocked = strchr(marks, MARK_BLOCKED);
    out->is_gone = strchr(marks, MARK_GONE);
    out->is_opted_out = strchr(marks, MARK_OPTED_OUT);
    out->lang = word_or_none(a, &at);
    if (parse_i64(word(a, &at), &hour))
        return false;
    out->seen_ms = hour * HOUR_MS;
    out->has_case = str_eq(word(a, &at), "1");
    out->tags = with_blanks(a, word_or_none(a, &at));
    out->asked = arena_strdup(a, at);
    return true;
}

/* --- where he stands --- */

bool audience_place(struct arena *a, const char *conversation, const char **account,
                    const char **name)
{
    const char *chat = conversation;
    for (int colons = 0; colons < 2; colons++) {
        chat = strchr(chat, ':');
        if (!chat)
            return false;
        chat++;
    }
    if (!*chat || strchr(chat, ':') || starts_with(conversation, "room:"))
        return false;
    *account = arena_strndup(a, conversation, (size_t)(chat - conversation) - 1);
    *name = arena_strdup(a, chat);
    return true;
}

/* Other bits of the same hash than conversation_partition takes. */
unsigned audience_bucket(const char *conversation)
{
    return (unsigned)(fnv1a64(conversation, strlen(conversation)) / PARTITIONS % AUDIENCE_BUCKETS);
}

/* --- what he asked about --- */

/* The "what:minute" at `at`: is it of this? */
static bool is_of(const char *at, const char *what)
{
    size_t len = strlen(what);
    return !strncmp(at, what, len) && at[len] == ':';
}

static const char *next_word(const char *at)
{
    at += strcspn(at, " ");
    return at + (*at == ' ');
}

char *asked_add(struct arena *a, const char *asked, const char *what, int64_t now_ms)
{
    char *all = arena_printf(a, "%s:%" PRId64, what, now_ms / MINUTE_MS);
    size_t n = 1;
    for (const char *at = asked; *at && n < ASKED_MAX; at = next_word(at))
        if (!is_of(at, what)) {
            all = arena_printf(a, "%s %.*s", all, (int)strcspn(at, " "), at);
            n++;
        }
    return all;
}

bool asked_has(const char *asked, const char *what, int64_t since_ms)
{
    for (const char *at = asked; *at; at = next_word(at))
        if (is_of(at, what)) /* the whole minute counts */
            return (strtoll(at + strlen(what) + 1, NULL, 10) + 1) * MINUTE_MS > since_ms;
    return false;
}

/* --- who is meant --- */

/* One of the words. */
static bool has_one(const char *words, const char *of)
{
    for (const char *at = words; at && *at; at = next_word(at)) {
        char one[64];
        if (snprintf(one, sizeof(one), "%.*s", (int)strcspn(at, " "), at) < (int)sizeof(one) &&
            words_have(of, one))
            return true;
    }
    return false;
}

static bool asked_one(const struct audience *who, const struct person *p)
{
    for (const char *at = who->asked; *at; at = next_word(at)) {
        char one[64];
        if (snprintf(one, sizeof(one), "%.*s", (int)strcspn(at, " "), at) < (int)sizeof(one) &&
            asked_has(p->asked, one, who->asked_since_ms))
            return true;
    }
    return false;
}

static bool was_told(const struct person *p, int64_t incident)
{
    char word[40];
    snprintf(word, sizeof(word), ASKED_INCIDENT "%" PRId64, incident);
    return asked_has(p->asked, word, 0);
}

bool audience_has(const struct audience *who, const struct person *p)
{
    if (!str_empty(who->langs) && !has_one(who->langs, *p->lang ? p->lang : NONE))
        return false;
    if ((!str_empty(who->tags) && !has_one(who->tags, p->tags)) || has_one(who->not_tags, p->tags))
        return false;
    if ((who->seen_since_ms && p->seen_ms + HOUR_MS <= who->seen_since_ms) ||
        (who->seen_before_ms && p->seen_ms >= who->seen_before_ms))
        return false;
    if (!str_empty(who->asked) && !asked_one(who, p))
        return false;
    if (who->incident && !was_told(p, who->incident))
        return false;
    switch (who->with_case) {
    case CASE_ANY:
        return true;
    case CASE_OPEN:
        return p->has_case;
    case CASE_NONE:
        return !p->has_case;
    }
    return false;
}

const char *person_refuses(const struct audience *who, const struct person *p)
{
    return p->is_gone                               ? "deactivated"
           : p->is_blocked                          ? "blocked"
           : p->is_opted_out && !who->is_own_matter ? "opted_out"
                                                    : NULL;
}
