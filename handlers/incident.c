/* Incidents and notices: many have the same trouble, and each hears of it once, in his language. */
#include "handlers/incident/incident.h"

static enum verdict handle(const void *self, const struct turn *t, struct effects *e)
{
    (void)self;
    if (conversation_is_room(t->subject))
        return forum_handle(t, e);
    if (!conversation_is_incident(t->subject))
        return told_handle(t, e);
    lead_handle(t, e);
    return HANDLER_DONE;
}

const struct handler incident_handler = {
    .name = "incident",
    .help = "incidents and notices",
    .states = IN_ANY_STATE,
    .in_rooms = true,
    .in_incidents = true,
    .in_groups = true,
    .handle = handle,
};
