/* What was said lately in a community group, as far as it tells whose talk a message belongs to and
 * what we have answered there. Nobody's words are in it. Kept in memory by flow/groups.c; it
 * advises, like the standing facts. */
#ifndef ZAIDE_MODEL_TALK_H
#define ZAIDE_MODEL_TALK_H

#include "bot/base/arena.h"

struct talk_line { /* of a member */
    const char *user;
    const char *to; /* whom it answers or mentions: a user, "" nobody, "*" of unknown id */
    int64_t ms;
};

struct talk_post {          /* of ours */
    const char *topic;      /* the FAQ id that it answers, or "" */
    const char *message_id; /* NULL until it is out */
    int64_t ms;
};

struct talk {
    const struct talk_line *lines; /* in this topic of the group, oldest first */
    size_t n_lines;
    const struct talk_post *posts; /* in the whole group, oldest first */
    size_t n_posts;
    size_t n_joins; /* who came into the group within the last minute, at most TALK_JOINS */
};

#define TALK_JOINS 64

struct talk *talk_copy(struct arena *a, const struct talk *talk); /* NULL of NULL */

/* How many posts of ours since then. */
size_t talk_posts_since(const struct talk *talk, int64_t ms);
/* The newest post since then that answers this FAQ id; or NULL. */
const struct talk_post *talk_answered(const struct talk *talk, const char *topic, int64_t since_ms);
/* Would it be rude to speak unasked? The writer is in a talk with another member: one of them
 * answered or mentioned the other, or their words follow one another. */
bool talk_is_others(const struct talk *talk, const char *user, int64_t now_ms);

#endif
