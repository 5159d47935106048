/* What in a customers' group looks like fraud: members who imitate one of ours, pages that ask for
 * a wallet's phrase, invitations to elsewhere. Pure. */
#ifndef ZAIDE_WATCH_JUDGE_H
#define ZAIDE_WATCH_JUDGE_H

#include "bot/ports/handler.h"
#include "handlers/verify/officials.h"

#define WATCH_WORDS "watch/words.yaml"

enum watch_list { LIST_WALLET_LINKS, LIST_WALLET_WORDS, LIST_INVITES, LIST_REFERRALS, WATCH_LISTS };

struct judge {
    struct title_words titles; /* beside names, as for /verify */
    struct arena arena;
    const char **words[WATCH_LISTS]; /* in small letters; each ends with NULL */
};
/* NULL: `why` says what is wrong. The files may go afterwards. */
struct judge *judge_load(const struct handler_files *files, struct buf *why);
void judge_free(struct judge *j);

enum suspicion {
    SUSPICION_NONE,
    SUSPICION_STAFF,  /* the name or handle of one of ours */
    SUSPICION_HOST,   /* a link made to look like ours */
    SUSPICION_WALLET, /* a page that asks for a wallet's phrase */
    SUSPICION_INVITE, /* into another group, or to another exchange */
    SUSPICIONS
};
const char *suspicion_name(enum suspicion s); /* "staff" …: phrases watch.why.<name> */

struct suspect {
    enum suspicion what;
    const char *like; /* which of ours it resembles; the link; or "" */
    /* It cannot be somebody who happens to be called so: other letters, a title beside the name. */
    bool is_sure;
};

/* The event's sender, and what is said. Our own people and whoever hides behind the group are never
 * suspected. `known_as`: a name that a moderator found fine; or "". */
struct suspect judge_event(const struct judge *j, const struct turn *t, const char *known_as);

/* The name and handle as judged, to be known again: "Miya Support @miya_cs". */
const char *judge_called(const struct turn *t);

#endif
