/* Words of abuse, a list for each language: <language>/insults.yaml. They are taken out of what a
 * customer writes, so that the question beside them is understood. Pure but for the loading.
 *
 *     words:  abuse, as it is typed; what complains ("scam", "rubbish") is none
 *     beside: words that say nothing when only abuse stands beside them ("you", "all of you")
 *     plain:  messages in which none may be found: a list that catches one is not taken */
#ifndef ZAIDE_INSULT_ABUSE_H
#define ZAIDE_INSULT_ABUSE_H

#include "bot/ports/handler.h"

struct abuse;

/* NULL: `why` has every fault. The files may go afterwards. */
struct abuse *abuse_load(const struct handler_files *files, const struct settings *settings,
                         struct buf *why);
void abuse_free(struct abuse *a); /* NULL is fine */

/* The text without abuse of this language and of English, which people mix in; "" where nothing
 * else is said. NULL: there is none in it. Words are found as slang.h finds them. */
const char *abuse_take_out(const struct abuse *abuse, struct arena *a, const char *lang,
                           const char *text);

#endif
