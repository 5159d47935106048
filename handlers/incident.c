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

static const struct setting settings_rows[] = {
    {"INCIDENT_UNDO",
     "so long what a manager said of an incident can be undone before anybody is told",
     SETTING_DURATION, "30s", NULL, 1000, 600000},
    {0},
};

const struct handler incident_handler = {
    .name = "incident",
    .help = "incidents and notices",
    .settings = settings_rows,
    .states = IN_ANY_STATE,
    .in_rooms = true,
    .in_incidents = true,
    .in_groups = true,
    .handle = handle,
};
