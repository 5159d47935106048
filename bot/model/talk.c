#include "bot/model/talk.h"

#include "bot/base/util.h"

#define TALK_MS     (3 * 60 * 1000) /* two who answered each other are still at it */
#define EXCHANGE_MS (60 * 1000)     /* somebody spoke right after the writer, who speaks again */

struct talk *talk_copy(struct arena *a, const struct talk *talk)
{
    if (!talk)
        return NULL;
    struct talk *copy = arena_alloc(a, sizeof(*copy));
    struct talk_line *lines = arena_alloc(a, (talk->n_lines + 1) * sizeof(*lines));
    struct talk_post *posts = arena_alloc(a, (talk->n_posts + 1) * sizeof(*posts));
    for (size_t i = 0; i < talk->n_lines; i++) {
        const struct talk_line *l = &talk->lines[i];
        lines[i] = (struct talk_line){arena_strdup(a, l->user), arena_strdup(a, l->to), l->ms};
    }
    for (size_t i = 0; i < talk->n_posts; i++) {
        const struct talk_post *p = &talk->posts[i];
        posts[i] =
            (struct talk_post){arena_strdup(a, p->topic), arena_strdup(a, p->message_id), p->ms};
    }
    *copy = (struct talk){lines, talk->n_lines, posts, talk->n_posts, talk->n_joins};
    return copy;
}

size_t talk_posts_since(const struct talk *talk, int64_t ms)
{
    size_t n = 0;
    for (size_t i = 0; i < talk->n_posts; i++)
        n += talk->posts[i].ms > ms;
    return n;
}

const struct talk_post *talk_answered(const struct talk *talk, const char *topic, int64_t since_ms)
{
    for (size_t i = talk->n_posts; i-- > 0;)
        if (talk->posts[i].ms > since_ms && str_eq(talk->posts[i].topic, topic))
            return &talk->posts[i];
    return NULL;
}

static bool is_between(const struct talk_line *l, const char *user)
{
    bool by = str_eq(l->user, user), to = str_eq(l->to, user);
    return by ? !to && !str_empty(l->to) : to;
}

/* The last word is another member's, and before that the writer spoke: a question and its answer,
 * or an answer and the next question. */
static bool follows_exchange(const struct talk *talk, const char *user, int64_t now_ms)
{
    size_t n = talk->n_lines;
    if (n < 2 || str_eq(talk->lines[n - 1].user, user) || !str_empty(talk->lines[n - 1].to))
        return false;
    const struct talk_line *before = &talk->lines[n - 2];
    return str_eq(before->user, user) && before->ms > now_ms - EXCHANGE_MS;
}

bool talk_is_others(const struct talk *talk, const char *user, int64_t now_ms)
{
    for (size_t i = 0; i < talk->n_lines; i++)
        if (talk->lines[i].ms > now_ms - TALK_MS && is_between(&talk->lines[i], user))
            return true;
    return follows_exchange(talk, user, now_ms);
}
