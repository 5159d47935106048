/* The standing facts of now: open cases as the sweep reports them and as we commit them, agents and
 * rooms from the registry. */
#ifndef ZAIDE_FLOW_SNAPSHOT_H
#define ZAIDE_FLOW_SNAPSHOT_H

#include "bot/model/facts.h"

struct snapshot;

struct snapshot *snapshot_new(void);
void snapshot_free(struct snapshot *s);

/* What the store has; each says whether anything changed. */
bool snapshot_cases(struct snapshot *s, unsigned partition, const struct pair *open_cases,
                    size_t n);
bool snapshot_hash(struct snapshot *s, const char *hash, const struct pair *pairs, size_t n);
/* What one case of it has become, by our own commit; "": closed. */
void snapshot_case(struct snapshot *s, unsigned partition, int64_t no, const char *line);
extern const char *const snapshot_hashes[]; /* the store's that are wanted: "agents" …, then NULL */

/* What this process knows of itself: rooms named in settings, the console's agents. */
void snapshot_add_room(struct snapshot *s, const char *room_id);
void snapshot_add_agent(struct snapshot *s, const char *platform, const char *user);

void snapshot_press(struct snapshot *s, bool is_pressed);

/* What changed is built anew; what was there of it is gone then. */
const struct facts *snapshot_facts(struct snapshot *s);

#endif
