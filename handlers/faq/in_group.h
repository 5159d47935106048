/* Questions in a community group: what is known is answered below the question, what is somebody's
 * own goes to the private chat. */
#ifndef ZAIDE_HANDLERS_FAQ_IN_GROUP_H
#define ZAIDE_HANDLERS_FAQ_IN_GROUP_H

#include "handlers/faq/answer.h"

/* PASS: nothing is sure enough to be said before everybody. */
enum verdict answer_in_group(const struct answers *a, const struct matcher *matcher,
                             const struct turn *t, struct effects *e);

#endif
