/* Canned replies: words that an agent sends as his own with /reply NAME, in the customer's language
 * or else in English. They stand in <language>/replies.yaml of the knowledge. {BRAND_…} settings,
 * {alias} and {case} are filled in; a reply of which one has no value is left out. Pure but for the
 * loading. */
#ifndef ZAIDE_HANDLERS_STAFF_CANNED_H
#define ZAIDE_HANDLERS_STAFF_CANNED_H

#include "bot/ports/handler.h"

struct canned;

/* NULL: `why` has every fault. The files may go afterwards. */
struct canned *canned_load(const struct handler_files *files, const struct settings *settings,
                           struct buf *why);
void canned_free(struct canned *c);
/* A line for each reply that a language lacks and another has. */
void canned_check(const struct canned *c, struct buf *out);

bool canned_is_asked(const struct content *typed); /* "/reply NAME", or "/reply" alone */

/* The words that were asked for, as the speaker would send them now; NULL: there are none, and the
 * speaker was told why, or which replies there are. */
const char *canned_words(const struct canned *c, const struct turn *t, struct effects *e,
                         const struct content *typed);
/* Say them, in the name of the line that was typed: its edits, its deletion and answers to it find
 * what the customer got. Staff sees the words. false: as above. */
bool canned_say(const struct canned *c, const struct turn *t, struct effects *e,
                const struct content *typed, int64_t line);

#endif
