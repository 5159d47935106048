/* Community groups: whose talk is going on in each, and what we said there, for handlers to be told
 * (model/talk.h); and one event of a group at a time, so that two who ask the same at once do not
 * both get the answer.
 *
 * In memory alone: after a start the bot has forgotten the last minutes of talk. Two processes of
 * one account by webhook each know their own half. */
#ifndef ZAIDE_FLOW_GROUPS_H
#define ZAIDE_FLOW_GROUPS_H

#include "bot/flow/entry.h"
#include "bot/flow/inbox.h"

struct groups;

struct groups_ports {
    struct inbox *inbox;
    const struct facts *(*facts)(void *arg);
    void *arg;
};

struct groups *groups_new(const struct groups_ports *ports);
/* What waits here was not committed: the platforms hand it in again. */
void groups_free(struct groups *g);

/* All that adapters hand in comes through here, to inbox_deliver. Until groups_open nobody knows
 * which groups are staff rooms: what comes from one waits. */
void groups_deliver(struct groups *g, const struct event *event, void (*done)(void *arg),
                    void *arg);
void groups_open(struct groups *g);

/* As ports of the inbox and of the outbox. */
void groups_said(struct groups *g, const struct event *event, const struct effect *said);
void groups_posted(struct groups *g, const struct entry *entry, const char *message_id);
size_t groups_waiting(const struct groups *g); /* events not handed on yet */

#endif
