/* Feeds the radar with what customers report, and the staff rooms with what it sees. The usual rate
 * of an hour is that of the last seven days, read out of the hourly counters.
 *
 * Open cases keep what was reported. So at a start those of the last hour are told the radar, and
 * then those that another process has opened: a surge goes on over a restart, and processes that
 * share an account's webhooks see the same one. Only what the bot could answer by itself opens no
 * case: of that each process knows its own part, since its start. */
#ifndef ZAIDE_FLOW_LOOKOUT_H
#define ZAIDE_FLOW_LOOKOUT_H

#include "bot/flow/inbox.h"

struct lookout;

struct lookout_ports {
    struct store *store;
    struct inbox *inbox;
    const struct facts *(*facts)(void *arg);
    void *arg;
};

/* SURGE_REPORTS and SURGE_WINDOW of the settings. */
struct lookout *lookout_new(const struct lookout_ports *ports, const struct settings *settings);
void lookout_free(struct lookout *w); /* after the store: no callback is due then */

/* A turn is over: effects->report may say what the customer's words report. */
void lookout_turn(struct lookout *w, const struct event *event, const struct effects *effects);
/* Every second or so. `is_ready`: the facts are complete. */
void lookout_run(struct lookout *w, int64_t now_ms, bool is_ready);

#endif
