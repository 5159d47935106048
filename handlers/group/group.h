/* What several handlers do in a community group. Pure; effects only.
 *
 * The way into the private chat: a member's words stay in his conversation of that group for a day,
 * and a button takes their asker to the bot with "/start q<chat>_<thread>_<line>". The private chat
 * asks for them under the presser's own id, so the link is worth nothing to anybody else, and they
 * are handed on once (handlers/group.c). */
#ifndef ZAIDE_HANDLERS_GROUP_H
#define ZAIDE_HANDLERS_GROUP_H

#include "bot/ports/handler.h"

/* The message without the names it calls ("@somebody"): what there is to understand. */
const char *group_words(const struct turn *t);

/* Does it ask or call for help, in more than a word or two, and not the members about themselves?
 * By question marks and the words of group.asks and group.asks_members. */
bool group_asks(const struct turn *t);

/* Nobody asked us, and yet we may speak: allowed here, nobody else's talk, said just now by a
 * customer, and there is room for one more post. */
bool group_may_speak_unasked(const struct turn *t);

/* It mentions us, or answers us with a question: silence would be rude. */
bool group_is_owed_answer(const struct turn *t);

/* A post below the message, with the warning that staff never writes first. Nobody's facts may be
 * in it. */
struct effect *group_answer(const struct turn *t, struct effects *e, const struct content *content);

/* The words of `key`, shown to the asker alone where the platform can, with the button that takes
 * the question into the private chat. */
void group_take_private(const struct turn *t, struct effects *e, const char *key);
/* That button, below something said. */
void group_private_button(const struct turn *t, struct effects *e, struct effect *said);

/* A secret stands in the group: away with it, and its writer is told. */
void group_delete_secret(const struct turn *t, struct effects *e);

#define GROUP_QUESTIONS 4           /* kept of one member: the newest */
#define GROUP_QUESTION  "question." /* var and timer of each place: "<line> <content as JSON>" */
const char *group_question_place(const struct turn *t, int64_t line); /* "question.2" */

#endif
