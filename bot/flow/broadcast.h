/* Works through the lists of jobs (model/job.h) for one account, while this process holds its
 * lease: makes the list, sends, changes or takes back, one job at a time, urgent ones first, and
 * tells the job how far it is.
 *
 * Conversations go first: this stays below ANNOUNCE_PER_S less what they send, and waits while
 * their way out is full. In a group both share its budget. */
#ifndef ZAIDE_FLOW_BROADCAST_H
#define ZAIDE_FLOW_BROADCAST_H

#include "bot/flow/flights.h"
#include "bot/model/facts.h"

struct broadcast;

struct broadcast_ports {
    struct store *store;
    struct phrases *const *phrases;
    const struct facts *(*facts)(void *arg);
    int64_t (*per_s)(void *arg); /* as in flights.h, like the next two */
    int64_t (*spare_ms)(void *arg, const char *chat);
    void (*pause_chat)(void *arg, const char *chat, int64_t until_ms);
    void (*send)(void *arg, const struct outgoing *outgoing, void *ticket);
    void (*deliver)(void *arg, const struct event *event);
    void (*wake)(void *arg, int64_t at_ms); /* call broadcast_run at that time */
    void *arg;
};

/* `account`: "telegram:77". */
struct broadcast *broadcast_new(const char *account, const struct broadcast_ports *ports);
void broadcast_free(struct broadcast *b);

void broadcast_hold(struct broadcast *b, int64_t epoch); /* of the lease; 0: not ours */
void broadcast_stop(struct broadcast *b); /* takes nobody more: the process goes down */
void broadcast_run(struct broadcast *b);  /* do what may be done now; at least once a second */
/* False: the ticket is not of ours. */
bool broadcast_settle(struct broadcast *b, void *ticket, const struct delivery *delivery);
size_t broadcast_in_flight(const struct broadcast *b);

#endif
