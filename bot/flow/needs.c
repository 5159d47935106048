#include "bot/flow/needs.h"

#include "bot/base/text.h"
#include "bot/flow/fates.h"

void needs_give(const struct needs *n, struct effects *e)
{
    e->fates = n->fates;
    e->record = n->record;
    e->document = n->document;
    e->review = n->review;
}

static bool lacks_record(const struct needs *n, const struct effects *e)
{
    return e->needs_record && !n->record;
}

static bool lacks_fates(const struct needs *n, const struct effects *e)
{
    return e->needs_fates && !n->fates;
}

static bool lacks_document(const struct needs *n, const struct effects *e)
{
    return e->needs_document && !n->document;
}

static bool lacks_review(const struct needs *n, const struct effects *e)
{
    return e->needs_review && !n->review;
}

bool needs_is_lacking(const struct needs *n, const struct effects *e)
{
    return lacks_record(n, e) || lacks_fates(n, e) || lacks_document(n, e) || lacks_review(n, e);
}

void needs_keep(struct arena *a, struct effects *e)
{
    e->needs_record = arena_strdup(a, e->needs_record);
    e->needs_review = review_request_copy(a, e->needs_review);
    if (e->needs_document) {
        struct file *file = arena_alloc(a, sizeof(*file));
        *file = (struct file){.kind = e->needs_document->kind,
                              .id = arena_strdup(a, e->needs_document->id),
                              .size = e->needs_document->size};
        e->needs_document = file;
    }
}

static void on_fates(void *arg, const struct fates *fates)
{
    struct needs *n = arg;
    n->fates = fates;
    n->done(n->arg, fates);
}

static void on_record(void *arg, const struct loaded *loaded)
{
    struct needs *n = arg;
    bool ok = loaded->status == STORE_OK;
    if (ok)
        n->record = conversation_read(n->arena, n->record_id, loaded->pairs, loaded->n_pairs);
    n->done(n->arg, ok);
}

#define BYTE_ORDER_MARK "\xef\xbb\xbf"

static void on_document(void *arg, const struct document *fetched)
{
    struct needs *n = arg;
    if (fetched) {
        struct document *d = arena_alloc(n->arena, sizeof(*d));
        const char *text = fetched->fault ? "" : fetched->text;
        size_t len = fetched->fault ? 0 : fetched->len;
        size_t mark = len >= 3 && !memcmp(text, BYTE_ORDER_MARK, 3) ? 3 : 0;
        *d = (struct document){.text = "", .fault = fetched->fault};
        if (memchr(text, '\0', len) || !text_is_utf8(text, len)) {
            d->fault = DOCUMENT_NOT_TEXT;
        } else {
            d->len = len - mark;
            d->text = arena_strndup(n->arena, text + mark, d->len);
        }
        d->why = fetched->why ? arena_strdup(n->arena, fetched->why) : "";
        n->document = d;
    }
    n->done(n->arg, fetched);
}

static void on_review(void *arg, const struct review *review)
{
    struct needs *n = arg;
    if (review) {
        struct review *kept = arena_alloc(n->arena, sizeof(*kept));
        struct change *changes = arena_alloc(n->arena, (review->n_changes + 1) * sizeof(*changes));
        *kept = *review;
        kept->faults = arena_strdup(n->arena, review->faults);
        for (size_t i = 0; i < review->n_changes; i++) {
            changes[i] = review->changes[i];
            changes[i].path = arena_strdup(n->arena, changes[i].path);
            changes[i].gone = arena_strdup(n->arena, changes[i].gone);
            changes[i].come = arena_strdup(n->arena, changes[i].come);
        }
        kept->changes = changes;
        n->review = kept;
    }
    n->done(n->arg, review);
}

void needs_fetch(struct needs *n, const struct needs_ports *ports, struct arena *a,
                 const struct event *event, const struct effects *e,
                 void (*done)(void *arg, bool ok), void *arg)
{
    n->arena = a;
    n->done = done;
    n->arg = arg;
    if (lacks_record(n, e)) {
        n->record_id = arena_strdup(a, e->needs_record);
        ports->store->ops->load(ports->store, n->record_id, NULL, 0, on_record, n);
    } else if (lacks_fates(n, e)) {
        fates_read(ports->store, a, event->subject, e->needs_fates, clock_ms(), on_fates, n);
    } else if (lacks_document(n, e)) {
        ports->fetch(ports->arg, &event->from, e->needs_document, e->max_document, on_document, n);
    } else {
        ports->review(ports->arg, e->needs_review, on_review, n);
    }
}

void needs_forget(struct needs *n)
{
    n->fates = NULL;
    n->record = NULL;
    n->review = NULL;
}
