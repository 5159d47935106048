/* Managers change the knowledge without a shell: a file of it is posted in a staff room's General,
 * read as a whole with all the others, shown as what would be different, and approved by somebody
 * else. /knowledge tells what is live, /knowledge undo takes the last change back. */
#include "bot/ports/handler.h"

#include "handlers/editing/tell.h"
#include "handlers/staff/commands.h"

#include <inttypes.h>

#define COMMAND       "/knowledge"
#define MAX_REVISIONS 40 /* that are remembered */

/* --- what --- */

/* What follows the command; NULL: it is none of ours. */
static const char *argument(const char *text)
{
    if (!starts_with(text, COMMAND))
        return NULL;
    const char *rest = text + strlen(COMMAND);
    if (*rest == '@')
        rest += strcspn(rest, " ");
    return !*rest || *rest == ' ' ? rest + strspn(rest, " ") : NULL;
}

static const struct file *document_of(const struct content *c)
{
    bool is_one = c->n_files == 1 && c->files[0].kind == FILE_DOCUMENT && c->files[0].name;
    return is_one ? &c->files[0] : NULL;
}

/* Where a file goes: "zh/deposit.yaml" by the caption, or "zh" and its own name, or that alone:
 * "items.yaml", "zh-deposit.yaml" (a name has no slash), "zh-deposit (2).yaml" (from a phone). */
static const char *place_of(const struct turn *t, const char *said, const char *file_name)
{
    const char *copy = strstr(file_name, " (");
    size_t kept = copy ? (size_t)(copy - file_name) : strlen(file_name);
    char *name = arena_printf(t->arena, "%.*s%s", (int)kept, file_name, copy ? ".yaml" : "");
    for (char *at = name; *at; at++)
        *at = is_upper(*at) ? (char)(*at | 0x20) : *at;
    if (strchr(said, '.'))
        return said;
    if (*said)
        return arena_printf(t->arena, "%s/%s", said, name);
    size_t len = strcspn(name, "-");
    if (!name[len] && is_lower(name[0]) && is_lower(name[1]) && name[2] == '_')
        len = 2; /* "zh_deposit.yaml" */
    if (name[len])
        name[len] = '/';
    return name;
}

/* --- a proposal --- */

/* There is room for one more: the oldest that is over goes. */
static void forget_one(const struct turn *t, struct effects *e)
{
    const struct facts *f = t->facts;
    const struct revision *over = NULL;
    for (size_t i = 0; i < f->n_revisions && !over; i++)
        if (f->revisions[i].state == REVISION_UNDONE)
            over = &f->revisions[i];
    for (size_t i = 0; i < f->n_revisions && !over; i++) {
        const struct revision *r = &f->revisions[i];
        if (r->state == REVISION_LIVE && facts_live(f, r->file) != r)
            over = r;
    }
    if (f->n_revisions >= MAX_REVISIONS && over)
        tell_forget(t, e, over);
}

static void void_draft(const struct turn *t, struct effects *e, const char *file)
{
    const struct revision *old = facts_draft(t->facts, file);
    if (!old)
        return;
    tell_forget(t, e, old);
    say(t, e, LANE_CUSTOMER, "editing.void", FILL("no", turn_number(t, old->no)),
        FILL("file", file));
}

static void propose(const struct turn *t, struct effects *e, const char *file,
                    const struct document *document, const struct review *review)
{
    const struct facts *f = t->facts;
    int64_t no = f->n_revisions ? f->revisions[f->n_revisions - 1].no + 1 : 1;
    struct revision r = {.no = no,
                         .file = file,
                         .state = REVISION_DRAFT,
                         .by = t->agent->name,
                         .ms = t->event->now_ms};
    void_draft(t, e, file);
    forget_one(t, e);
    effect_replace(e, REVISIONS, turn_number(t, no), "", revision_print(t->arena, &r));
    effect_put(e, REVISION_TEXTS, turn_number(t, no), document->text);
    struct effect *said = say(t, e, LANE_CUSTOMER, "editing.draft", FILL("no", turn_number(t, no)),
                              FILL("file", file), FILL("name", t->agent->alias),
                              FILL("changes", tell_changes(t, review)));
    say_button(t, e, said, "editing.approve", arena_printf(t->arena, "knowledge:yes:%" PRId64, no),
               false);
    say_button(t, e, said, "editing.discard", arena_printf(t->arena, "knowledge:no:%" PRId64, no),
               true);
}

/* Each need_… sends the turn round once more. */
static void receive(const struct turn *t, struct effects *e, const struct file *sent,
                    const char *said)
{
    const char *file = place_of(t, said, sent->name);
    if (!staff_may(t, e, MAY_EDIT, "editing.not_allowed"))
        return;
    if (!revision_is_file(file)) {
        staff_deny(t, e, "editing.no_such", FILL("file", file));
        return;
    }
    const struct document *document = need_document(e, sent, REVISION_BYTES);
    if (!document)
        return;
    if (document->fault) {
        static const char *const keys[DOCUMENT_FAULTS] = {
            [DOCUMENT_TOO_BIG] = "editing.too_big",
            [DOCUMENT_GONE] = "editing.unreachable",
            [DOCUMENT_UNREACHABLE] = "editing.unreachable",
            [DOCUMENT_NOT_TEXT] = "editing.not_text",
        };
        staff_deny(t, e, keys[document->fault], FILL("file", file));
        return;
    }
    const struct review *review =
        need_review(e, tell_request(t, &(struct review_request){file, document->text, 0}));
    if (!review)
        return;
    if (review->is_unknown)
        staff_deny(t, e, "editing.no_such", FILL("file", file));
    else if (*review->faults)
        tell_faults(t, e, file, review->faults);
    else if (!review->n_changes)
        staff_say(t, e, "editing.same", FILL("file", file));
    else
        propose(t, e, file, document, review);
}

/* --- deciding --- */

/* Others' changes may have made it wrong since. */
static void approve(const struct turn *t, struct effects *e, const struct revision *draft)
{
    if (str_eq(draft->by, t->agent->name)) {
        staff_deny(t, e, "editing.own");
        return;
    }
    const struct review *review =
        need_review(e, tell_request(t, &(struct review_request){draft->file, NULL, draft->no}));
    if (!review)
        return;
    effect_show(e, "");
    if (*review->faults) {
        tell_faults(t, e, draft->file, review->faults);
        return;
    }
    struct revision live = *draft;
    live.state = REVISION_LIVE;
    live.approved_by = t->agent->name;
    live.approved_ms = t->event->now_ms;
    tell_change(t, e, draft, &live);
    tell_line(t, e, "editing.live", &live);
}

static void discard(const struct turn *t, struct effects *e, const struct revision *draft)
{
    effect_show(e, "");
    tell_forget(t, e, draft);
    say(t, e, LANE_CUSTOMER, "editing.discarded", FILL("no", turn_number(t, draft->no)),
        FILL("file", draft->file), FILL("name", t->agent->alias));
}

/* "yes:7", "no:7" */
static void decide(const struct turn *t, struct effects *e, const char *what)
{
    const char *colon = strchr(what, ':');
    int64_t no = 0;
    if (!staff_may(t, e, MAY_EDIT, "editing.not_allowed"))
        return;
    const struct revision *draft =
        colon && !parse_i64(colon + 1, &no) ? facts_revision(t->facts, no) : NULL;
    if (!draft || draft->state != REVISION_DRAFT)
        staff_deny(t, e, "editing.decided");
    else if (starts_with(what, "yes:"))
        approve(t, e, draft);
    else
        discard(t, e, draft);
}

/* --- taking back --- */

static const struct revision *last_live(const struct facts *f)
{
    const struct revision *last = NULL;
    for (size_t i = 0; i < f->n_revisions; i++) {
        const struct revision *r = &f->revisions[i];
        if (facts_live(f, r->file) == r && (!last || r->approved_ms >= last->approved_ms))
            last = r;
    }
    return last;
}

/* What was said of the file before; NULL: its own text. */
static const struct revision *before(const struct facts *f, const struct revision *live)
{
    const struct revision *found = NULL;
    for (size_t i = 0; i < f->n_revisions; i++) {
        const struct revision *r = &f->revisions[i];
        if (r->no < live->no && r->state == REVISION_LIVE && str_eq(r->file, live->file))
            found = r;
    }
    return found;
}

static void undo(const struct turn *t, struct effects *e)
{
    const struct revision *live = last_live(t->facts);
    if (!staff_may(t, e, MAY_EDIT, "editing.not_allowed"))
        return;
    if (!live) {
        staff_say(t, e, "editing.nothing");
        return;
    }
    const struct revision *old = before(t->facts, live);
    struct review_request request = {live->file, NULL, old ? old->no : 0};
    const struct review *review = need_review(e, tell_request(t, &request));
    if (!review)
        return;
    if (*review->faults) {
        tell_faults(t, e, live->file, review->faults);
        return;
    }
    struct revision undone = *live;
    undone.state = REVISION_UNDONE;
    undone.undone_by = t->agent->name;
    undone.undone_ms = t->event->now_ms;
    void_draft(t, e, live->file); /* it was shown beside another text */
    tell_change(t, e, live, &undone);
    tell_line(t, e, "editing.undone", &undone);
}

/* --- turns --- */

static enum verdict message(const struct turn *t, struct effects *e)
{
    const struct content *c = &t->event->content;
    const struct file *document = document_of(c);
    const char *said = argument(c->text);
    if (c->kind != CONTENT_TEXT || (!said && !str_empty(c->text)))
        return HANDLER_PASS;
    if (document && (said || ends_with(document->name, ".yaml")))
        receive(t, e, document, said ? said : "");
    else if (!said)
        return HANDLER_PASS;
    else if (str_eq(said, "undo"))
        undo(t, e);
    else if (staff_may(t, e, MAY_EDIT, "editing.not_allowed"))
        tell_all(t, e);
    return HANDLER_DONE;
}

static enum verdict handle(const void *self, const struct turn *t, struct effects *e)
{
    const char *data = t->event->data;
    (void)self;
    if (!conversation_is_room(t->subject))
        return HANDLER_PASS;
    if (t->event->type == EVENT_MESSAGE)
        return message(t, e);
    if (t->event->type != EVENT_BUTTON || !starts_with(data, "knowledge:"))
        return HANDLER_PASS;
    decide(t, e, data + strlen("knowledge:"));
    return HANDLER_DONE;
}

const struct handler editing_handler = {
    .name = "editing",
    .help = "changes of the knowledge, in a staff room's General",
    .in_rooms = true,
    .handle = handle,
};
