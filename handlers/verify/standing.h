/* Is this account, link or name one of ours? Three answers: on our lists; not on them, which alone
 * proves nothing; not on them and made to look like one of ours. Pure. */
#ifndef ZAIDE_VERIFY_STANDING_H
#define ZAIDE_VERIFY_STANDING_H

#include "handlers/verify/likeness.h"

struct officials {              /* what is ours; lists end with NULL, each may be NULL */
    const char *const *hosts;   /* "exchange.example": its sub-domains are ours, too */
    const char *const *handles; /* "@exchange_cs", "123456789" (an id), "t.me/+AbC…": these prove */
    const char *const *names;   /* of colleagues and the exchange: anybody may take them */
    const struct known_name *known; /* handles and names, made ready by officials_prepare */
    size_t n_known;
};
void officials_prepare(struct officials *ours, struct arena *a, const struct title_words *w);

enum standing { STANDING_UNLISTED, STANDING_OFFICIAL, STANDING_IMPOSTOR };
const char *standing_name(enum standing s); /* "official" … */

enum standing_reason {
    REASON_LISTED,  /* on our list */
    REASON_UNKNOWN, /* on no list */
    REASON_NAME,    /* the very name of one of ours: a name alone proves nothing */
    REASON_LETTERS, /* letters that only look the same */
    REASON_ADDED,   /* one of our names with words or digits beside it */
    REASON_CLOSE,   /* a letter away from one of our names */
    REASON_HOST,    /* a link made to look like ours */
    REASONS
};
/* "listed" …: phrases verify.why.<name> */
const char *standing_reason_name(enum standing_reason r);

struct standing_verdict {
    enum standing standing;
    enum standing_reason reason;
    const char *like; /* which of ours it is or resembles; or "" */
};

/* `ours` is ready. `claimed`: a name, @handle, numeric id, link or host, as somebody typed it. */
struct standing_verdict standing_of(struct arena *a, const struct title_words *w,
                                    const struct officials *ours, const char *claimed);

/* The same of somebody, by what a platform says of him ("" where it says nothing): an id or a
 * handle proves, a name only gives away. The very name of one of ours, and none of our ids: an
 * impostor. */
struct standing_verdict standing_of_person(struct arena *a, const struct title_words *w,
                                           const struct officials *ours, const char *user,
                                           const char *username, const char *name);

#endif
