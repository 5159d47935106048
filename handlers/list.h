/* The order of this list is the order of asking. */
HANDLER(language) /* which one the customer speaks */
HANDLER(guard)    /* secrets: its screen has masked them before anything else looks */
HANDLER(history)  /* what was said before a case: for the person who takes it */
HANDLER(identity) /* links signed by the exchange: whose UID is it? */
HANDLER(compensation) /* who gets how much back, each his own */
HANDLER(outage)   /* a platform of ours is down */
HANDLER(verify)   /* /verify: is this account, link or name one of ours? */
HANDLER(watch)    /* community groups: impostors and traps, and the moderators who decide */
HANDLER(incident) /* many have the same trouble: told once, parked, told again */
HANDLER(group)    /* community groups: may we speak? and the way into the private chat */
HANDLER(announce) /* announcements: their jobs, /announce, and who wants no news */
HANDLER(staff)    /* agents' words and commands in a case's topic */
HANDLER(editing)  /* a staff room's General: changes of the knowledge */
HANDLER(room)     /* a staff room's General: binding, the board */
HANDLER(rating)   /* "solved?" and 1-5 after a case */
HANDLER(greet)    /* /start, /help, /human, hello and thanks */
HANDLER(insult)   /* abuse: the question beside it counts */
HANDLER(flows)    /* forms and steps, one thing at a time */
HANDLER(faq)      /* what we know for certain */
HANDLER(handoff)  /* everything else goes to a person */
