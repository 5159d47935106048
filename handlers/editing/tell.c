#include "handlers/editing/tell.h"

#include "bot/base/zone.h"
#include "handlers/staff/case.h"
#include "handlers/staff/commands.h"

#include <inttypes.h>

#define MAX_CHANGES 12 /* that are shown one by one */
#define MAX_EXCERPT 90
#define MAX_FAULTS  12
#define MAX_FAULT   300
#define MAX_FORMER  10
#define MAX_TEXT    (64 * 1024)

struct review_request *tell_request(const struct turn *t, const struct review_request *request)
{
    return review_request_copy(t->arena, request);
}

/* --- what is different --- */

/* "items.deposit_howto.examples" is "deposit_howto.examples" to people. */
static const char *shown_path(const char *path)
{
    static const char *const roots[] = {"items.", "kinds."};
    for (size_t i = 0; i < ARRAY_LEN(roots); i++)
        if (starts_with(path, roots[i]))
            return path + strlen(roots[i]);
    return path;
}

static void tell_one(const struct turn *t, const struct change *c, struct buf *out)
{
    buf_printf(out, "%s• %s ", out->len ? "\n" : "", shown_path(c->path));
    if (c->n_come)
        buf_printf(out, " +%zu", c->n_come);
    if (c->n_gone)
        buf_printf(out, " −%zu", c->n_gone);
    if (c->n_gone)
        buf_printf(out, "\n  − %s", text_excerpt(t->arena, c->gone, MAX_EXCERPT));
    if (c->n_come)
        buf_printf(out, "\n  + %s", text_excerpt(t->arena, c->come, MAX_EXCERPT));
}

const char *tell_changes(const struct turn *t, const struct review *review)
{
    struct buf out = BUF_INIT(MAX_TEXT);
    for (size_t i = 0; i < review->n_changes && i < MAX_CHANGES; i++)
        tell_one(t, &review->changes[i], &out);
    if (review->n_changes > MAX_CHANGES)
        buf_printf(&out, "\n… +%zu", review->n_changes - MAX_CHANGES);
    return arena_take(t->arena, &out);
}

void tell_faults(const struct turn *t, struct effects *e, const char *file, const char *faults)
{
    struct buf out = BUF_INIT(MAX_TEXT);
    size_t n = 0;
    for (const char *at = faults; *at; n++) {
        size_t len = strcspn(at, "\n");
        char *line = arena_strndup(t->arena, at, len);
        if (n < MAX_FAULTS)
            buf_printf(&out, "%s• %s", n ? "\n" : "", text_excerpt(t->arena, line, MAX_FAULT));
        at += len + (at[len] == '\n');
    }
    if (n > MAX_FAULTS)
        buf_printf(&out, "\n… +%zu", n - MAX_FAULTS);
    say(t, e, LANE_CUSTOMER, "editing.faults", FILL("file", file),
        FILL("n", turn_number(t, (int64_t)n)), FILL("faults", arena_take(t->arena, &out)));
}

/* --- what is known --- */

static const char *line(const struct turn *t, const char *key, const struct revision *r)
{
    const char *tz = settings_get(t->settings, "TIMEZONE");
    int64_t ms = r->undone_ms ? r->undone_ms : r->approved_ms ? r->approved_ms : r->ms;
    return turn_phrase(
        t, LANE_STAFF, key, FILL("no", turn_number(t, r->no)), FILL("file", r->file),
        FILL("by", case_alias(t, r->by)), FILL("approved", case_alias(t, r->approved_by)),
        FILL("undone", case_alias(t, r->undone_by)), FILL("date", zone_print(t->arena, tz, ms)));
}

void tell_line(const struct turn *t, struct effects *e, const char *key, const struct revision *r)
{
    struct content content = {.text = line(t, key, r)};
    effect_say(e, LANE_CUSTOMER, &content);
}

static const char *key_of(const struct facts *f, const struct revision *r)
{
    switch (r->state) {
    case REVISION_DRAFT:
        return "editing.line_draft";
    case REVISION_LIVE:
        return facts_live(f, r->file) == r ? "editing.line_live" : "editing.line_over";
    case REVISION_UNDONE:
        break;
    }
    return "editing.line_undone";
}

static bool is_former(const struct facts *f, const struct revision *r)
{
    return r->state != REVISION_DRAFT && facts_live(f, r->file) != r;
}

void tell_all(const struct turn *t, struct effects *e)
{
    const struct facts *f = t->facts;
    struct buf out = BUF_INIT(MAX_TEXT);
    size_t n_former = 0;
    for (size_t i = f->n_revisions; i-- > 0;)
        if (!is_former(f, &f->revisions[i]))
            buf_printf(&out, "%s\n", line(t, key_of(f, &f->revisions[i]), &f->revisions[i]));
    for (size_t i = f->n_revisions; i-- > 0 && n_former < MAX_FORMER;)
        if (is_former(f, &f->revisions[i])) {
            buf_printf(&out, "%s\n", line(t, key_of(f, &f->revisions[i]), &f->revisions[i]));
            n_former++;
        }
    if (!out.len)
        buf_printf(&out, "%s\n", turn_phrase(t, LANE_STAFF, "editing.none"));
    buf_printf(&out, "\n%s", turn_phrase(t, LANE_STAFF, "editing.help"));
    struct content content = {.text = arena_take(t->arena, &out)};
    effect_say(e, LANE_CUSTOMER, &content);
}

/* --- keeping --- */

void tell_change(const struct turn *t, struct effects *e, const struct revision *was,
                 const struct revision *now)
{
    effect_replace(e, REVISIONS, turn_number(t, was->no), was->kept, revision_print(t->arena, now));
}

void tell_forget(const struct turn *t, struct effects *e, const struct revision *r)
{
    effect_replace(e, REVISIONS, turn_number(t, r->no), r->kept, "");
    effect_put(e, REVISION_TEXTS, turn_number(t, r->no), "");
}
