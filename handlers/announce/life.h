/* The life of an announcement, from the draft to the report: who may do what when. Pure; the job's
 * own subject, in whose topic its buttons stand and commands are typed. */
#ifndef ZAIDE_ANNOUNCE_LIFE_H
#define ZAIDE_ANNOUNCE_LIFE_H

#include "bot/ports/handler.h"

/* How a tell begins that makes one: "draft mia {…}", who and what. Who may was asked by whoever tells: the agent
 * may be too new to be known here. */
#define LIFE_DRAFT "draft "
/* … and one that gives it a list: "list mia 12345 67890". */
#define LIFE_LIST "list "
/* How tells to private chats begin: the announcement as JSON; words to an admin. */
#define LIFE_PREVIEW "announce.preview "
#define LIFE_ALERT   "announce.alert "

/* A new one, by the agent of this name. */
void life_begin(const struct turn *t, struct effects *e, const char *by, const char *what);
/* EVENT_TOLD, EVENT_TIMER, a button's data, a line that was typed ("/pause", "12345"). */
void life_told(const struct turn *t, struct effects *e);
void life_timer(const struct turn *t, struct effects *e);
void life_pressed(const struct turn *t, struct effects *e);
void life_typed(const struct turn *t, struct effects *e, const char *pictures);

#endif
