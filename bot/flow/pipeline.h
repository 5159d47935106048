/* One event through all handlers: screens first, then each handler in the order of handlers/list.h
 * until one is DONE. Pure. */
#ifndef ZAIDE_FLOW_PIPELINE_H
#define ZAIDE_FLOW_PIPELINE_H

#include "bot/ports/handler.h"

struct pipeline {
    const struct handler *const *handlers;
    void **selves; /* what each handler knows */
    size_t n;
    const struct settings *settings;
    const struct phrase_group *says; /* phrases without which nothing is loaded; may be NULL */
    struct phrases *phrases;
};

/* `handlers` ends with NULL and must outlive the pipeline. Nothing is loaded yet. */
void pipeline_init(struct pipeline *p, const struct handler *const *handlers,
                   const struct settings *settings);

/* Build all that handlers know from files, then swap it in. -1: `why` says what is wrong and
 * everything stays as it was. */
MUST_USE int pipeline_load(struct pipeline *p, const struct handler_files *files, struct buf *why);
/* Get ready to answer customers. Short commands, which do not, go without. */
void pipeline_prepare(struct pipeline *p, const struct handler_cache *cache);
/* What another one of the same handlers has loaded is used from now on, and the other has what was
 * used. So that loading, which takes longer than a turn may, can be done beside the turns. */
void pipeline_swap(struct pipeline *p, struct pipeline *other);
void pipeline_release(struct pipeline *p);

/* Mask what nobody may see. Once an event, before anything else looks at it. */
void pipeline_screen(const struct pipeline *p, struct arena *a, const struct conversation *subject,
                     struct event *event);

/* Run. `effects->arena`, ->next_case, ->fates, ->record and ->document are set by the caller; all
 * else is filled here. effects->n == 0 and effects->line == 0: nothing is to be done.
 * effects->needs_… of what is not there: a handler lacks that, so run again when it is read. */
void pipeline_run(const struct pipeline *p, const struct conversation *before,
                  const struct event *event, const struct facts *facts, struct effects *effects);

#endif
