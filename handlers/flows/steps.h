/* Where a flow stands, and what comes next in it: a question, a person, the end. Pure. */
#ifndef ZAIDE_HANDLERS_FLOWS_STEPS_H
#define ZAIDE_HANDLERS_FLOWS_STEPS_H

#include "handlers/flows/say.h"

/* Variables of the record. FLOW is the timer's name, too. */
#define FLOW         "flow"
#define FLOW_CLASS   "flow.class"
#define FLOW_PENDING "flow.pending"
#define FLOW_PAGE    "flow.page"

struct speaker flow_speaker(const struct turn *t, struct effects *e); /* of the open flow, if any */
const char *flow_asked(const struct conversation *c);         /* the field that is asked for */
const struct item *flow_item(const struct speaker *s);        /* or NULL */
const struct item_words *flow_words(const struct speaker *s); /* or NULL */

void flow_wait(const struct speaker *s, const char *field); /* for the answer to it */
void flow_close(const struct speaker *s);
void flow_open_case(const struct speaker *s, const char *reason, const struct flow_class *class);
void flow_adopt(const struct speaker *s); /* somebody else opened the case in the middle of it */

void flow_go_on(const struct speaker *s, const char *before); /* below what is said before */
void flow_ask_again(const struct speaker *s, const char *before);

#endif
