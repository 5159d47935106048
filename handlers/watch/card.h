/* The moderators' side of the watch: a card in a staff room's General for each suspicion, with the
 * buttons that decide, what was done by whom, and the way back. Pure.
 *
 * The member's conversation of the group and the staff room tell each other (effect_tell):
 *     to the room      "watch card {"member": conversation, "who": …}"   "watch raid CHAT N"
 *                      "watch more CONVERSATION WORDS"   "watch failed CONVERSATION REFUSAL"
 *     to the member's  "watch delete", "mute", "unmute", "ban", "unban", "fine", "unfine" */
#ifndef ZAIDE_WATCH_CARD_H
#define ZAIDE_WATCH_CARD_H

#include "bot/ports/handler.h"

#define WATCH_TELL "watch "
/* Global hash of what was decided: "<room>/<n>" -> {"ms":…, "by": agent or "zaide",
 * "what": "delete" …, "member": conversation} */
#define WATCH_AUDIT "audit"

struct watch_card {
    const char *member;             /* the member's conversation of the group */
    const char *who;                /* "Miya Support @miya_cs (1234)" */
    const char *why, *like, *words; /* suspicion_name; what it resembles; what was written, or "" */
    bool is_message;                /* there is one to delete */
    bool is_deleted, is_banned;     /* at once, for GUARD is act */
};
void card_tell(const struct turn *t, struct effects *e, const char *room,
               const struct watch_card *card);

/* In a room: what was told, what was pressed. false: it is none of the watch's. */
bool card_told(const struct turn *t, struct effects *e);
bool card_pressed(const struct turn *t, struct effects *e);

#endif
