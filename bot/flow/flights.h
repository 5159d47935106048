/* One pass through the list of a job: recipients are taken, sent to, and told of, at most
 * FLIGHTS_MAX of them at a time. What the store has marked and a crash leaves is never repeated,
 * unless the pass says so. */
#ifndef ZAIDE_FLOW_FLIGHTS_H
#define ZAIDE_FLOW_FLIGHTS_H

#include "bot/model/announcement.h"
#include "bot/model/phrases.h"
#include "bot/ports/adapter.h"
#include "bot/ports/store.h"

#define FLIGHTS_MAX 30

struct flights;

struct flights_ports {
    struct store *store;
    struct phrases *const *phrases;
    int64_t (*per_s)(void *arg); /* how many may go out a second now; 0: none just now */
    /* To a group or a channel, whose budget is shared with conversations: 0, and it is charged;
     * else when to ask again. And it asked for a wait. */
    int64_t (*spare_ms)(void *arg, const char *chat);
    void (*pause_chat)(void *arg, const char *chat, int64_t until_ms);
    void (*send)(void *arg, const struct outgoing *outgoing, void *ticket);
    void (*moved)(void *arg); /* something came of what was asked: call flights_run */
    void *arg;
};

struct pass {                        /* all lives as long as the pass */
    const char *list, *name, *takes; /* as in struct list_step */
    enum content_kind kind;          /* TEXT: it is said; EDIT; DELETE */
    const char *sent, *failed;       /* the states of whom it reached; and, but for TEXT, did not */
    const struct announcement *what;
    int64_t left; /* how many may still be taken */
};

struct flights *flights_new(const char *account, const struct flights_ports *ports);
void flights_free(struct flights *f);

void flights_hold(struct flights *f, int64_t epoch); /* of the lease; what is out is lost by this */
void flights_begin(struct flights *f, const struct pass *pass);
/* Do what may be done. `is_wanted` false: nobody more is taken, and who was not sent to yet is put
 * back. True when all is over and told: then the pass ends. */
bool flights_run(struct flights *f, bool is_wanted);
int64_t flights_wake_ms(const struct flights *f); /* when to run again; INT64_MAX: when moved */
/* False: the ticket is not of ours. */
bool flights_settle(struct flights *f, void *ticket, const struct delivery *delivery);
size_t flights_count(const struct flights *f);

#endif
