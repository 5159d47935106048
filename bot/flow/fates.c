#include "bot/flow/fates.h"

#include "bot/base/text.h"
#include "bot/flow/entry.h"
#include "bot/flow/turn.h"
#include "bot/flow/waits.h"

#define WORDS 60 /* characters */

/* An entry of the outbox and the line of the transcript that it came from know each other by these.
 */
struct waiting {
    enum content_kind kind;
    int64_t line, ms;
    enum fate fate;
    int64_t until_ms;
};

/* First the pauses, then the outbox, then the transcript: what leaves the outbox meanwhile has its
 * mark in the transcript by then, because the store does both at once. */
struct reading {
    struct store *store;
    struct arena *arena, scratch;
    const char *conversation, *account;
    struct address to;
    int64_t from_line, now_ms;
    void (*done)(void *arg, const struct fates *fates);
    void *arg;

    int64_t paused_until_ms;
    int64_t until_ms; /* of the entries so far: they go one after another */
    int64_t next_id;  /* of the outbox page that is read */
    struct waiting *waiting;
    size_t n_waiting, cap_waiting;
    struct sending *sent;
    size_t n_sent, cap_sent;
};

static void end(struct reading *r, bool ok)
{
    struct fates *fates = arena_alloc(r->arena, sizeof(*fates));
    *fates = (struct fates){r->sent, r->n_sent};
    r->done(r->arg, ok ? fates : NULL);
    arena_release(&r->scratch);
    free(r);
}

/* --- the transcript --- */

static struct sending *find_sent(struct reading *r, enum content_kind kind, int64_t line,
                                 int64_t ms)
{
    for (size_t i = r->n_sent; i-- > 0;)
        if (r->sent[i].line == line && r->sent[i].kind == kind && r->sent[i].ms == ms)
            return &r->sent[i];
    return NULL;
}

static enum refusal refusal_of(const char *name)
{
    enum refusal r = 0;
    while (r < REFUSALS && !str_eq(refusal_name(r), name))
        r++;
    return r < REFUSALS ? r : REFUSAL_OTHER;
}

/* A note was sent after all, with what was changed in it by then. */
static void read_sent(struct reading *r, const struct json *j)
{
    struct sending *note = NULL;
    const char *by = json_str(j, "by");
    for (size_t i = 0; by && i < r->n_sent; i++) {
        struct sending *s = &r->sent[i];
        if (s->line != json_int(j, "line", 0) || s->fate != FATE_NOTE)
            continue;
        if (s->kind == CONTENT_TEXT)
            note = s;
        else if (s->kind == CONTENT_EDIT && note)
            note->words = s->words;
    }
    if (!note)
        return;
    note->fate = FATE_SENT;
    note->ms = json_int(j, "ms", 0);
    note->by = arena_strdup(r->arena, by);
}

static void read_mark(struct reading *r, const struct json *j)
{
    const char *mark = json_str(j, "mark");
    if (str_eq(mark, MARK_SENT)) {
        read_sent(r, j);
        return;
    }
    struct sending *s = find_sent(r, content_kind_parse(json_str(j, "kind")),
                                  json_int(j, "line", 0), json_int(j, "of", 0));
    if (!s || !str_eq(json_str(j, "surface"), "customer"))
        return;
    s->late_ms = json_int(j, "ms", 0);
    s->fate = str_eq(mark, MARK_REFUSED) ? FATE_REFUSED
              : str_eq(mark, MARK_TWICE) ? FATE_TWICE
                                         : FATE_SENT;
    s->refusal = refusal_of(json_str(j, "refusal"));
    s->why = json_text(j, "why", r->arena);
}

static void read_line(struct reading *r, const struct json *j)
{
    struct content c;
    const char *by = json_str(j, "by");
    content_read(&r->scratch, json_at(j, "content"), &c);
    int64_t about = c.about_line < 0 ? -c.about_line : c.about_line;
    struct sending s = {.kind = c.kind, .ms = json_int(j, "ms", 0), .why = ""};
    s.line = c.kind == CONTENT_TEXT ? json_int(j, "n", 0) : about;
    s.fate = json_bool(j, "note") ? FATE_NOTE : FATE_SENT;
    if (!by || str_eq(by, "customer") || c.kind == CONTENT_REACTION || s.line < r->from_line)
        return;
    s.by = arena_strdup(r->arena, by);
    s.words = text_excerpt(r->arena, content_words(&r->scratch, &c), WORDS);
    ARENA_GROW(r->arena, r->sent, r->n_sent, r->cap_sent);
    r->sent[r->n_sent++] = s;
}

/* What is still in the outbox. */
static void mark_waiting(struct reading *r)
{
    for (size_t i = 0; i < r->n_waiting; i++) {
        const struct waiting *w = &r->waiting[i];
        struct sending *s = find_sent(r, w->kind, w->line, w->ms);
        if (s) {
            s->fate = w->fate;
            s->until_ms = w->until_ms;
        }
    }
}

static void on_lines(void *arg, enum store_status status, const char *const *lines, size_t n)
{
    struct reading *r = arg;
    for (size_t i = 0; status == STORE_OK && i < n; i++) {
        struct json *j = json_parse(lines[i], strlen(lines[i]), NULL);
        if (json_at(j, "mark"))
            read_mark(r, j);
        else if (j)
            read_line(r, j);
        json_free(j);
    }
    mark_waiting(r);
    end(r, status == STORE_OK);
}

/* All that is kept, in one look: between two the oldest might go. */
static void read_transcript(struct reading *r)
{
    r->store->ops->transcript(r->store, r->conversation, 1, STORE_LINES, on_lines, r);
}

/* --- the outbox --- */

static void read_entry(struct reading *r, const struct out_entry *e)
{
    struct entry entry;
    entry_read(&r->scratch, e->json, &entry); /* one of another release is not out either */
    if (entry.room || !str_eq(entry.conversation, r->conversation))
        return;
    if (e->not_before_ms > r->until_ms)
        r->until_ms = e->not_before_ms;
    struct waiting w = {.kind = entry.content.kind, .ms = entry.committed_ms};
    w.line = entry.content.kind == CONTENT_TEXT ? entry.line : entry.content.about_line;
    if (e->attempts)
        w.fate = e->attempts > 1 || e->not_before_ms > r->now_ms ? FATE_UNSURE : FATE_SENDING;
    else if (r->paused_until_ms > r->now_ms)
        w.fate = FATE_PAUSED, w.until_ms = r->paused_until_ms;
    else if (r->until_ms > r->now_ms)
        w.fate = FATE_AWAY, w.until_ms = r->until_ms;
    else
        w.fate = FATE_WAITING;
    ARENA_GROW(&r->scratch, r->waiting, r->n_waiting, r->cap_waiting);
    r->waiting[r->n_waiting++] = w;
}

static void read_outbox(struct reading *r);

static void on_entries(void *arg, const struct polled *p)
{
    struct reading *r = arg;
    if (p->status != STORE_OK) {
        end(r, false);
        return;
    }
    for (size_t i = 0; i < p->n_entries; i++) {
        read_entry(r, &p->entries[i]);
        r->next_id = p->entries[i].id + 1;
    }
    if (p->n_entries == STORE_PAGE)
        read_outbox(r);
    else
        read_transcript(r);
}

static void read_outbox(struct reading *r)
{
    struct poll_stream stream = {turn_stream(&r->scratch, &r->to, false), r->next_id};
    r->store->ops->poll(r->store, conversation_partition(r->conversation), r->now_ms,
                        POLL_CASES_ANEW, &stream, 1, on_entries, r);
}

/* --- all --- */

static void on_pause(void *arg, enum store_status status, int64_t until_ms)
{
    struct reading *r = arg;
    r->paused_until_ms = until_ms;
    if (status == STORE_OK)
        read_outbox(r);
    else
        end(r, false);
}

void fates_read(struct store *store, struct arena *a, const char *conversation, int64_t from_line,
                int64_t now_ms, void (*done)(void *arg, const struct fates *fates), void *arg)
{
    struct reading *r = xcalloc(1, sizeof(*r));
    *r = (struct reading){.store = store,
                          .arena = a,
                          .from_line = from_line,
                          .now_ms = now_ms,
                          .done = done,
                          .arg = arg};
    r->conversation = arena_strdup(a, conversation);
    if (!address_parse(a, conversation, &r->to)) { /* nothing goes there */
        end(r, true);
        return;
    }
    waits_ask(store, turn_stream(a, &r->to, false), r->to.chat, on_pause, r);
}
