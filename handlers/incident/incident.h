/* Incidents, from the four sides that take part. Pure; effects only.
 *
 *   lead.c    the incident itself: what a manager orders, half a minute to undo it, then a sweep
 *             that tells every case of that kind, again and again until it finds none
 *   forum.c   a staff room's General: the commands, one card for each surge and each incident
 *   told.c    a customer's conversation: what he is told, his place in the queue; a group's post
 *   notice.c  what is paused or planned, said with the answers that it fits
 *
 * A case that is told leaves the queue: it is parked (PENDING for "incident:3") until the incident
 * is closed, the customer says that his is another problem, or he asks for a person. Whoever was
 * told has asked about "incident3" as far as an audience is concerned (model/audience.h). */
#ifndef ZAIDE_INCIDENT_INCIDENT_H
#define ZAIDE_INCIDENT_INCIDENT_H

#include "bot/ports/handler.h"

struct item;
struct lexicon;

/* --- what they tell each other --- */

#define INCIDENT_DO    "do "    /* to the incident: "do telegram:5 room:… <what was typed>" */
#define INCIDENT_POST  "post "  /* to the incident, by a group's member: his conversation has it */
#define INCIDENT_CARD  "card "  /* to a room: "card 3 <buttons>\n<text>" */
#define INCIDENT_SURGE "surge " /* to a room: "surge {…}", by flow/lookout.c */
/* To a conversation: "incident:3:5", the incident and its rev. */

/* What customers are told of it now, in the language of the lane. */
const char *incident_text(const struct turn *t, enum lane_id lane, const struct incident *i,
                          const char *case_no);
/* Has this case still to be told of it? */
bool incident_reaches(struct arena *a, const struct incident *i, const struct open_case *c);
/* The incident as its record has it, and as it may become ("next"). False: it has none. */
bool incident_of(struct arena *a, const struct conversation *record, const char *var,
                 struct incident *out);

/* --- the sides --- */

void lead_handle(const struct turn *t, struct effects *e);
enum verdict forum_handle(const struct turn *t, struct effects *e);
/* Events that are no words: what he is told, "my problem is another one". */
enum verdict told_handle(const struct turn *t, struct effects *e);

/* Pairs and errors out of the customer's words, with what the matcher makes of them; it stays in
 * the turn, for the radar and for the case. */
const struct report *incident_report(const struct turn *t, struct effects *e, const char *topic);
/* His words report an open incident: he is told of it. False: they do not. */
bool incident_answer(const struct turn *t, struct effects *e, const struct report *r,
                     const struct item *item);
/* The same in a community group, where one post answers all. */
bool incident_in_group(const struct turn *t, struct effects *e, const struct report *r);

/* A parked customer writes what is no other question of ours: noted, now and then told so. */
void incident_stay(const struct turn *t, struct effects *e);
/* … or wants a person, or has another problem (of this topic; NULL: not known): back to the queue,
 * at his old place. */
void incident_leave(const struct turn *t, struct effects *e, const char *topic);

/* What is paused or planned and fits this answer: below the first words said since effect `from`.
 */
void notice_add(const struct turn *t, struct effects *e, size_t from, const struct item *item,
                const struct lexicon *lexicon);
/* "/notice …" in General or a terminal. */
void notice_command(const struct turn *t, struct effects *e, const char *text);

#endif
