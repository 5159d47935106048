/* What no item answers: <language>/kinds.yaml has what people write that is out of scope, each kind
 * with words and a behaviour of its own. Pure but for the loading. */
#ifndef ZAIDE_HANDLERS_FAQ_KINDS_H
#define ZAIDE_HANDLERS_FAQ_KINDS_H

#include "bot/ports/handler.h"

struct kinds;

/* NULL: `why` has every fault. The files may go afterwards. */
struct kinds *kinds_load(const struct handler_files *files, const struct settings *settings,
                         struct buf *why);
void kinds_free(struct kinds *k);

/* The customer's words are of this kind ("distress"), with a confidence of 0 to 1:
 *     distress              words of care, a case before all others, the leads are named in it
 *     complaint, uncovered  a line, and a case
 *     price                 a line: no number, no advice
 *     smalltalk             one of several warm lines
 *     offtopic, gibberish   a line; who is not understood twice in a row gets a person
 *     scam                  a line, in private only, and the moderators hear of it
 * For distress less certainty is asked for. While a case waits only distress is
 * answered; the others are added to it. PASS: handoff goes on. */
enum verdict kinds_answer(const struct kinds *k, const struct turn *t, struct effects *e,
                          const char *kind, double confidence);

#endif
