#include "bot/flow/pipeline.h"

#include "bot/base/log.h"

#include <inttypes.h>

void pipeline_init(struct pipeline *p, const struct handler *const *handlers,
                   const struct settings *settings)
{
    *p = (struct pipeline){.handlers = handlers, .settings = settings};
    while (handlers[p->n])
        p->n++;
    p->selves = xcalloc(p->n, sizeof(*p->selves));
}

static void unload(const struct pipeline *p, void **selves)
{
    for (size_t i = 0; i < p->n; i++)
        if (p->handlers[i]->unload && selves[i])
            p->handlers[i]->unload(selves[i]);
    free(selves);
}

/* "zh/phrases.yaml" -> "zh" */
static char *phrase_language(const char *file)
{
    const char *slash = strchr(file, '/');
    return slash && str_eq(slash, "/phrases.yaml") ? xstrndup(file, (size_t)(slash - file)) : NULL;
}

static struct phrases *load_phrases(const struct pipeline *p, const struct handler_files *files,
                                    struct buf *why)
{
    struct phrases *phrases = phrases_new(p->settings);
    for (size_t i = 0; i < files->n; i++) {
        char *lang = phrase_language(files->items[i].name);
        int failed = lang ? phrases_add(phrases, lang, files->items[i].root, why) : 0;
        free(lang);
        if (failed)
            goto out;
    }
    if (!phrases_has_language(phrases, "en"))
        buf_fail(why, "%s/en/phrases.yaml is missing: set KNOWLEDGE_DIR to a folder that has it",
                 files->dir);
    else if (!phrases_complete(phrases, p->says, files->dir, why))
        return phrases;
out:
    phrases_free(phrases);
    return NULL;
}

int pipeline_load(struct pipeline *p, const struct handler_files *files, struct buf *why)
{
    struct phrases *phrases = load_phrases(p, files, why);
    if (!phrases)
        return -1;
    void **selves = xcalloc(p->n, sizeof(*selves));
    for (size_t i = 0; i < p->n; i++) {
        const struct handler *h = p->handlers[i];
        if (h->load && h->load(files, p->settings, phrases, &selves[i], why)) {
            unload(p, selves);
            phrases_free(phrases);
            return -1;
        }
    }
    unload(p, p->selves);
    phrases_free(p->phrases);
    p->selves = selves;
    p->phrases = phrases;
    return 0;
}

void pipeline_prepare(struct pipeline *p, const struct handler_cache *cache)
{
    for (size_t i = 0; i < p->n; i++)
        if (p->handlers[i]->prepare)
            p->handlers[i]->prepare(p->selves[i], cache);
}

void pipeline_swap(struct pipeline *p, struct pipeline *other)
{
    void **selves = p->selves;
    struct phrases *phrases = p->phrases;
    p->selves = other->selves;
    p->phrases = other->phrases;
    other->selves = selves;
    other->phrases = phrases;
}

void pipeline_release(struct pipeline *p)
{
    unload(p, p->selves);
    phrases_free(p->phrases);
    *p = (struct pipeline){0};
}

void pipeline_screen(const struct pipeline *p, struct arena *a, const struct conversation *subject,
                     struct event *event)
{
    for (size_t i = 0; i < p->n; i++)
        if (p->handlers[i]->screen)
            p->handlers[i]->screen(p->selves[i], subject, a, event);
}

/* A timer that was moved or disarmed since it fell due does nothing. One that fires is disarmed
 * first; so is one of a record that was forgotten meanwhile, or it would fire for ever. */
static bool timer_is_stale(struct effects *e, const struct event *event)
{
    const char *var = arena_printf(e->arena, "timer.%s", event->data);
    int64_t due_ms = conversation_var_int(e->subject, var);
    if (!due_ms) /* only the store knows it */
        effect_timer(e, event->data, event->due_ms);
    if (!due_ms || due_ms == event->due_ms)
        effect_timer(e, event->data, 0);
    return due_ms != event->due_ms;
}

/* What the record remembers of whoever writes, whatever the handlers make of it. */
static void note_customer(struct effects *e, const struct event *event)
{
    if (event->room || conversation_is_room(e->subject) || event->type != EVENT_MESSAGE)
        return;
    effect_set_int(e, last_in, event->now_ms);
    if (!str_empty(event->name) && !str_eq(event->name, e->subject->name))
        effect_set(e, name, event->name);
    if (!str_eq(event->username, e->subject->username))
        effect_set(e, username, event->username);
    if (e->subject->blocked)
        effect_set_int(e, blocked, 0);
    effect_count(e, "in", 1);
}

/* In a group most words are not for us: what we say nothing to, nor tell anybody of, is not kept.
 */
static void keep_or_drop(struct effects *e, const struct conversation *before)
{
    for (size_t i = 0; i < e->n; i++)
        if (e->items[i]->type == EFFECT_SAY || e->items[i]->type == EFFECT_TELL) {
            note_customer(e, e->event);
            return;
        }
    conversation_copy(e->arena, e->subject, before);
    e->n = 0;
    e->line = 0;
}

void pipeline_run(const struct pipeline *p, const struct conversation *before,
                  const struct event *event, const struct facts *facts, struct effects *e)
{
    e->subject = arena_alloc(e->arena, sizeof(*e->subject));
    conversation_copy(e->arena, e->subject, before);
    e->event = event;

    struct turn_note *notes = NULL;
    struct turn turn = {
        .event = event,
        .subject = e->subject,
        .facts = facts,
        .phrases = p->phrases,
        .settings = p->settings,
        .arena = e->arena,
        .handlers = p->handlers,
        .selves = p->selves,
        .notes = &notes,
    };
    if (event->room && !event->is_anonymous)
        turn.agent = facts_agent_by_id(facts, event->from.platform, event->from.user);
    if (event->type == EVENT_TIMER && timer_is_stale(e, event))
        return;
    bool is_room = conversation_is_room(before), is_group = conversation_is_group(before);
    bool is_job = conversation_is_job(before), is_incident = conversation_is_incident(before);
    if (event->type == EVENT_MESSAGE && !is_room && !is_incident) {
        e->line = ++e->subject->lines;
        if (!is_group)
            note_customer(e, event);
    }
    for (size_t i = 0; i < p->n; i++) {
        const struct handler *h = p->handlers[i];
        bool asked = is_room       ? h->in_rooms
                     : is_job      ? h->in_jobs
                     : is_incident ? h->in_incidents
                     : is_group    ? h->in_groups
                                   : h->states & IN_STATE(e->subject->state);
        if (!asked)
            continue;
        if (h->handle(p->selves[i], &turn, e) == HANDLER_DONE) {
            log_debug(h->name, "%s: %s is done (%zu effects)", before->id,
                      event_type_name(event->type), e->n);
            break;
        }
    }
    if (is_group && event->type == EVENT_MESSAGE)
        keep_or_drop(e, before);
}
