/* Flows: what is asked one thing at a time, a form for the person who gets the case, or steps to
 * go through with next and back. For the handlers that begin one, are asked in the middle of one,
 * or show its form. Pure.
 *
 * What a flow knows of its customer stands in the record: "flow" (the item it belongs to), "asked"
 * ("<item>.<field>"), "form" (handlers/flows/form.h), so it outlives restarts. */
#ifndef ZAIDE_HANDLERS_FLOWS_FLOWS_H
#define ZAIDE_HANDLERS_FLOWS_FLOWS_H

#include "handlers/faq/knowledge.h"

extern const struct handler flows_handler;

/* Is the customer in the middle of one? */
bool flows_is_open(const struct conversation *c);

/* Begins the item's flow, in place of its plain answer. False: it has none, or another one has the
 * word; then nothing was done. When it ends at once, all being said, the case is opened. */
bool flows_begin(const struct turn *t, struct effects *e, const struct item *item,
                 const struct item_words *words);

/* After something else was answered: shall the open flow go on? */
void flows_offer(const struct turn *t, struct effects *e);

/* What the customer gave, a line each, in staff's language, with links to explorers and the other
 * cases of the same transaction; "" where nothing was. */
const char *flows_form(const struct turn *t, struct effects *e);

/* For /pending without words: "wallet 3d", as the class of the case says; "": it says nothing. */
const char *flows_pending(const struct conversation *c);

#endif
