/* Says what the knowledge has for an item, and passes on to a person what always needs one. Pure.
 *
 * Before the answer to words of the customer stands one of the language's openings, unless he was
 * answered a moment ago, and what he gave of coin, network and amount where the item asks for it.
 */
#ifndef ZAIDE_HANDLERS_FAQ_ANSWER_H
#define ZAIDE_HANDLERS_FAQ_ANSWER_H

#include "handlers/extract/extract.h"
#include "handlers/faq/knowledge.h"
#include "handlers/tone/tone.h"

struct answers {
    const struct knowledge *knowledge;
    const struct tones *tones;
    const struct lexicon *lexicon; /* NULL: nothing is found in what customers write */
};

#define ANSWER_LAST "faq.last" /* of the record: the item that was answered last */

/* What the customer's words of this turn hold; nothing where there are none. */
const struct extract *answer_found(const struct answers *a, const struct turn *t);
/* The answer by itself. What needs a setting that is unset is left out. */
struct content answer_content(const struct turn *t, const struct item_words *words);
/* A campaign's item holds on some days only. NULL: today; else what to say instead. */
const char *answer_off_days(const struct turn *t, const struct item *item);
bool item_collects(const struct item *item,
                   const char *field); /* also "network" of "network_sent" */
/* The item's case; its team's owners are named in it. */
void answer_open_case(const struct turn *t, struct effects *e, const struct item *item,
                      const char *reason);
/* The item whose answer, within a day, asked for what was found now; NULL: there is none. */
const struct item *answer_detailed(const struct answers *a, const struct turn *t,
                                   const struct extract *found);
/* What its answer asked for has come: a case, but where only the owner of an account is told. */
enum verdict answer_details(const struct turn *t, struct effects *e, const struct item *item);
/* PASS: the case, new or waiting, is the next handlers'. */
enum verdict answer_item(const struct answers *a, const struct turn *t, struct effects *e,
                         const struct item *item);

#endif
