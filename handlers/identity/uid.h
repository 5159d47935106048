/* What is known of a UID and of a sign-in link, each a subject of its own ("uid:12345678",
 * "link:<id>"), so that one commit decides who was first. Nobody asks for the record of a UID that
 * was only typed. Pure.
 *
 * They are told, and tell the conversations back (EVENT_TOLD, words with blanks between):
 *
 *     to a link           open <conversation> <uid>
 *     from it             identity.proven <uid> | identity.again <uid> | identity.used
 *     to a UID            here <conversation> | gone <conversation> | tags <tags>
 *     from it, to those   identity.tags <uid> <tags>
 *     who proved it
 *
 * Like all subjects they are forgotten RETENTION after the last change; a conversation says that it
 * is here again long before that. */
#ifndef ZAIDE_HANDLERS_IDENTITY_UID_H
#define ZAIDE_HANDLERS_IDENTITY_UID_H

#include "bot/ports/handler.h"

#define UID_SUBJECT  "uid:"
#define LINK_SUBJECT "link:"

#define IDENTITY_PROVEN "identity.proven "
#define IDENTITY_AGAIN  "identity.again "
#define IDENTITY_USED   "identity.used"
#define IDENTITY_TAGS   "identity.tags "

bool uid_is_record(const struct conversation *c); /* one of the two */
/* False: it is somebody else's. */
bool uid_told(const struct turn *t, struct effects *e);

#define TAGS_MAX 200
/* "vip kol": words of letters, digits, - and _; none is fine. */
bool uid_tags_are_sound(const char *tags);

#endif
