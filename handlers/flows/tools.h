/* What answers where a form alone does not: the flow of a broken invite link. Pure. */
#ifndef ZAIDE_HANDLERS_FLOWS_TOOLS_H
#define ZAIDE_HANDLERS_FLOWS_TOOLS_H

#include "handlers/flows/say.h"

/* The links of the turn's message, clean, go into the form. False: it has none. */
bool invite_take(const struct speaker *s);

/* Looks at the link that was given. The name of the field that is to be asked next, or NULL: the
 * answer is in *said, and *is_foreign says whether the link leads somewhere else. */
const char *invite_next(const struct speaker *s, const char **said, bool *is_foreign);

#endif
