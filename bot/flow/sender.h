/* The sends of an outbox that are under way: a lane's burst is marked in flight in the store,
 * handed to the adapter, and ended by what the platform answers: settled, told to its conversation,
 * or left in its stream for later. Of a send begun under an older lease only one outcome counts,
 * that it went out; else the entry waits in its lane, and the next take tells what became of it. */
#ifndef ZAIDE_FLOW_SENDER_H
#define ZAIDE_FLOW_SENDER_H

#include "bot/flow/outbox.h"
#include "bot/flow/settling.h"

struct sender;

struct sender_ports {
    const struct outbox_ports *outside; /* lives as long as the sender */
    struct lanes *lanes;
    struct settling *settling;
    void (*on_free)(void *arg); /* a lane goes on: see what may be sent now */
    void (*on_gone)(void *arg, const struct item *item); /* the store has it no more */
    void (*on_fenced)(void *arg); /* somebody else sends for this account now */
    void *arg;
};

struct sender *sender_new(const char *account, const struct sender_ports *ports);
/* Sends under way are forgotten: their entries stay in the store. */
void sender_free(struct sender *s);

void sender_hold(struct sender *s, int64_t epoch); /* as outbox_hold; what is under way goes on */
/* The store is back: what could not be kept meanwhile is kept now. */
void sender_resume(struct sender *s);
/* A lane that lanes_next or lanes_begin chose. is_taken: its burst is marked in flight already. */
void sender_begin(struct sender *s, struct lane *lane, bool is_taken);
void sender_settle(void *ticket, const struct delivery *delivery);
size_t sender_count(const struct sender *s);

#endif
