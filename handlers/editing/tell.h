/* What a room is told of changes of the knowledge, and how they are kept. Pure. */
#ifndef ZAIDE_HANDLERS_EDITING_TELL_H
#define ZAIDE_HANDLERS_EDITING_TELL_H

#include "bot/ports/handler.h"

struct review_request *tell_request(const struct turn *t, const struct review_request *request);

const char *tell_changes(const struct turn *t, const struct review *review);
/* Why a file is not taken over. */
void tell_faults(const struct turn *t, struct effects *e, const char *file, const char *faults);
/* A phrase with all that is known of a revision. */
void tell_line(const struct turn *t, struct effects *e, const char *key, const struct revision *r);
/* What is live, what waits, what was. */
void tell_all(const struct turn *t, struct effects *e);

/* The revision becomes `now`, unless somebody was faster: then the turn runs anew. Or it goes. */
void tell_change(const struct turn *t, struct effects *e, const struct revision *was,
                 const struct revision *now);
void tell_forget(const struct turn *t, struct effects *e, const struct revision *r);

#endif
