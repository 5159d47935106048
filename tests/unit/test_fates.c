#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "bot/flow/entry.h"
#include "bot/flow/fates.h"
#include "bot/flow/waits.h"
#include "tests/unit/slow_store.h"

#include <inttypes.h>

#define ANN    "telegram:77:1001"
#define STREAM "telegram:77"
#define NOW    INT64_C(1790000000000)

struct world {
    struct slow *slow;
    struct store *store;
    struct arena arena;
    int64_t version;
    bool is_answered;
    const struct fates *fates;
};

static int set_up(void **state)
{
    struct world *w = xcalloc(1, sizeof(*w));
    clock_set_ms(NOW);
    w->slow = slow_store_new();
    w->store = &w->slow->store;
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;
    w->store->ops->free(w->store);
    arena_release(&w->arena);
    clock_set_ms(0);
    free(w);
    return 0;
}

/* --- what the store has --- */

static void on_committed(void *arg, const struct committed *c)
{
    assert_int_equal(c->status, STORE_OK);
    *(int64_t *)arg = c->n_out ? c->out[0] : 0;
}

/* One line and one entry of the outbox, either of them NULL for none; the entry's id. */
static int64_t commit(struct world *w, const char *line, const struct entry *e)
{
    struct buf json = BUF_INIT(10000);
    int64_t id = 0;
    if (e)
        entry_write(&json, e, NULL);
    struct commit_line lines = {line};
    struct commit_out out = {.stream = STREAM, .json = json.data};
    struct commit c = {.subject = ANN,
                       .version = w->version,
                       .event = {"test", arena_printf(&w->arena, "%" PRId64, w->version)},
                       .now_ms = NOW,
                       .lines = &lines,
                       .n_lines = line != NULL,
                       .out = &out,
                       .n_out = e != NULL};
    w->version++;
    w->slow->memory->ops->commit(w->slow->memory, &c, on_committed, &id);
    buf_release(&json);
    return id;
}

static struct entry entry_of(enum content_kind kind, int64_t line, int64_t ms)
{
    struct entry e = {.to = {"telegram", "77", "1001", "", ""},
                      .conversation = ANN,
                      .title = "",
                      .committed_ms = ms,
                      .content = {.kind = kind, .text = "x"}};
    if (kind == CONTENT_TEXT)
        e.line = line;
    else
        e.content.about_line = line;
    return e;
}

static const char *said(struct world *w, int64_t line, int64_t ms)
{
    return arena_printf(&w->arena,
                        "{\"n\":%" PRId64 ",\"ms\":%" PRId64
                        ",\"by\":\"telegram:5\",\"content\":{\"text\":\"words %" PRId64 "\"}}",
                        line, ms, line);
}

/* Said and in the outbox: the entry's id. */
static int64_t say(struct world *w, int64_t line, int64_t ms)
{
    struct entry e = entry_of(CONTENT_TEXT, line, ms);
    return commit(w, said(w, line, ms), &e);
}

static void on_taken(void *arg, enum store_status status, const struct taken *taken)
{
    (void)arg;
    (void)taken;
    assert_int_equal(status, STORE_OK);
}

static void take(struct world *w, int64_t id)
{
    struct take t = {.stream = STREAM, .id = id, .conversation = ANN, .surface = "customer"};
    w->slow->memory->ops->take(w->slow->memory, conversation_partition(ANN), STREAM, 1, &t, 1,
                               on_taken, NULL);
}

static void defer(struct world *w, int64_t id, int64_t until_ms, bool unsent)
{
    w->slow->memory->ops->defer(w->slow->memory, conversation_partition(ANN), STREAM, 1, STREAM, id,
                                until_ms, unsent, store_ignore, NULL);
}

static void sent(struct world *w, int64_t id, const char *mark)
{
    struct sent s = {
        .stream = STREAM, .id = id, .conversation = ANN, .surface = "customer", .mark = mark};
    w->slow->memory->ops->sent(w->slow->memory, conversation_partition(ANN), STREAM, 1, NOW, &s, 1,
                               store_ignore, NULL);
}

static char *mark(struct world *w, const struct entry *e, const char *what, enum refusal r)
{
    return entry_mark(&w->arena, e, what, refusal_name(r), "why", NOW + 5);
}

/* --- asking --- */

static void on_fates(void *arg, const struct fates *fates)
{
    struct world *w = arg;
    assert_false(w->is_answered);
    w->is_answered = true;
    w->fates = fates;
}

static const struct fates *ask(struct world *w, int64_t from_line)
{
    w->is_answered = false;
    fates_read(w->store, &w->arena, ANN, from_line, NOW, on_fates, w);
    assert_true(w->is_answered);
    return w->fates;
}

/* Of the only thing that is known of this line. */
static const struct sending *fate_of(struct world *w, int64_t line)
{
    const struct fates *f = ask(w, line);
    const struct sending *found = NULL;
    assert_non_null(f);
    for (size_t i = 0; i < f->n; i++)
        if (f->items[i].line == line) {
            assert_null(found);
            found = &f->items[i];
        }
    return found;
}

/* --- tests --- */

static void test_from_the_outbox_to_the_customer(void **state)
{
    struct world *w = *state;
    int64_t id = say(w, 1, NOW - 9000);
    const struct sending *s = fate_of(w, 1);
    assert_int_equal(s->fate, FATE_WAITING);
    assert_int_equal(s->ms, NOW - 9000);
    assert_string_equal(s->by, "telegram:5");
    assert_string_equal(s->words, "words 1");

    take(w, id); /* the platform cannot be reached */
    assert_int_equal(fate_of(w, 1)->fate, FATE_SENDING);
    defer(w, id, NOW + 2000, true);
    s = fate_of(w, 1);
    assert_int_equal(s->fate, FATE_AWAY);
    assert_int_equal(s->until_ms, NOW + 2000);

    take(w, id); /* the connection breaks */
    defer(w, id, NOW + 4000, false);
    assert_int_equal(fate_of(w, 1)->fate, FATE_UNSURE);
    take(w, id);
    assert_int_equal(fate_of(w, 1)->fate, FATE_UNSURE);
    struct entry e = entry_of(CONTENT_TEXT, 1, NOW - 9000);
    sent(w, id, mark(w, &e, MARK_TWICE, 0));
    assert_int_equal(fate_of(w, 1)->fate, FATE_TWICE);

    sent(w, say(w, 2, NOW), NULL);
    s = fate_of(w, 2);
    assert_int_equal(s->fate, FATE_SENT);
    assert_int_equal(s->late_ms, 0);
    e = entry_of(CONTENT_TEXT, 3, NOW);
    sent(w, say(w, 3, NOW), mark(w, &e, MARK_LATE, 0));
    s = fate_of(w, 3);
    assert_int_equal(s->fate, FATE_SENT);
    assert_int_equal(s->late_ms, NOW + 5);
    e = entry_of(CONTENT_TEXT, 4, NOW);
    sent(w, say(w, 4, NOW), mark(w, &e, MARK_REFUSED, REFUSAL_BLOCKED));
    s = fate_of(w, 4);
    assert_int_equal(s->fate, FATE_REFUSED);
    assert_int_equal(s->refusal, REFUSAL_BLOCKED);
    assert_string_equal(s->why, "why");
}

static void test_what_comes_after_it_waits_too(void **state)
{
    struct world *w = *state;
    int64_t first = say(w, 1, NOW);
    say(w, 2, NOW);
    take(w, first);
    defer(w, first, NOW + 3000, true);
    const struct sending *s = fate_of(w, 2);
    assert_int_equal(s->fate, FATE_AWAY);
    assert_int_equal(s->until_ms, NOW + 3000);

    waits_keep(w->store, STREAM, "1002", NOW + 90000); /* another chat */
    assert_int_equal(fate_of(w, 2)->fate, FATE_AWAY);
    waits_keep(w->store, STREAM, "1001", NOW + 50000);
    s = fate_of(w, 2);
    assert_int_equal(s->fate, FATE_PAUSED);
    assert_int_equal(s->until_ms, NOW + 50000);
    waits_keep(w->store, STREAM, "", NOW + 60000); /* the whole account */
    assert_int_equal(fate_of(w, 2)->until_ms, NOW + 60000);
    waits_keep(w->store, STREAM, "", NOW - 1); /* over */
    waits_keep(w->store, STREAM, "1001", 0);
    assert_int_equal(fate_of(w, 2)->fate, FATE_AWAY);
}

static void test_changes_have_fates_of_their_own(void **state)
{
    struct world *w = *state;
    sent(w, say(w, 1, NOW), NULL);
    struct entry first = entry_of(CONTENT_EDIT, 1, NOW + 1),
                 second = entry_of(CONTENT_EDIT, 1, NOW + 2);
    struct entry gone = entry_of(CONTENT_DELETE, 1, NOW + 3);
    int64_t id = commit(w,
                        "{\"n\":2,\"ms\":1790000000001,\"by\":\"telegram:5\",\"content\":"
                        "{\"kind\":\"edit\",\"text\":\"other\",\"about\":-1}}",
                        &first);
    sent(w, id, mark(w, &first, MARK_REFUSED, REFUSAL_TOO_OLD));
    commit(w,
           "{\"n\":3,\"ms\":1790000000002,\"by\":\"telegram:5\",\"content\":"
           "{\"kind\":\"edit\",\"text\":\"another\",\"about\":-1}}",
           &second);
    id = commit(w,
                "{\"n\":4,\"ms\":1790000000003,\"by\":\"mia\",\"content\":"
                "{\"kind\":\"delete\",\"about\":1}}",
                &gone);
    take(w, id);

    const struct fates *f = ask(w, 1);
    assert_int_equal(f->n, 4);
    const enum fate wanted[] = {FATE_SENT, FATE_REFUSED, FATE_WAITING, FATE_SENDING};
    const enum content_kind kinds[] = {CONTENT_TEXT, CONTENT_EDIT, CONTENT_EDIT, CONTENT_DELETE};
    for (size_t i = 0; i < f->n; i++) {
        assert_int_equal(f->items[i].line, 1);
        assert_int_equal(f->items[i].kind, kinds[i]);
        assert_int_equal(f->items[i].fate, wanted[i]);
    }
    assert_string_equal(f->items[2].words, "another");
    assert_string_equal(f->items[3].by, "mia");
    assert_int_equal(ask(w, 2)->n, 0); /* they are about an older line */
}

static const char *note(struct world *w, int64_t line, const char *content)
{
    return arena_printf(&w->arena,
                        "{\"n\":%" PRId64 ",\"ms\":%" PRId64
                        ",\"by\":\"telegram:5\",\"note\":true,\"content\":{%s}}",
                        line, NOW - 9000, content);
}

static void test_what_never_went_out(void **state)
{
    struct world *w = *state;
    commit(w, "{\"n\":1,\"ms\":1,\"by\":\"customer\",\"content\":{\"text\":\"hi\"}}", NULL);
    commit(w, note(w, 2, "\"text\":\"mine\""), NULL);
    commit(w, note(w, 3, "\"kind\":\"reaction\",\"about\":1"), NULL);
    commit(w, "no line of ours", NULL);
    assert_int_equal(ask(w, 1)->n, 1);
    assert_int_equal(fate_of(w, 2)->fate, FATE_NOTE);

    struct entry e = entry_of(CONTENT_TEXT, 5, NOW); /* of others, on the same stream */
    e.conversation = "telegram:77:1002";
    commit(w, said(w, 5, NOW), &e);
    e.conversation = ANN;
    e.room = "room:telegram:77:-100200";
    commit(w, NULL, &e);
    assert_int_equal(fate_of(w, 5)->fate, FATE_SENT);
}

static void test_a_note_that_was_sent_after_all(void **state)
{
    struct world *w = *state;
    struct entry e = entry_of(CONTENT_TEXT, 1, NOW), canned = entry_of(CONTENT_TEXT, 5, NOW + 1);
    commit(w, note(w, 1, "\"text\":\"first\""), NULL);
    commit(w, note(w, 2, "\"text\":\"another\""), NULL);
    commit(w, note(w, 3, "\"kind\":\"edit\",\"text\":\"second\",\"about\":-1"), NULL);
    int64_t id =
        commit(w, "{\"mark\":\"sent\",\"line\":1,\"ms\":1790000000000,\"by\":\"mia\"}", &e);
    const struct fates *f = ask(w, 1);
    assert_int_equal(f->items[0].fate, FATE_WAITING);
    assert_string_equal(f->items[0].words, "second");
    assert_string_equal(f->items[0].by, "mia");
    assert_int_equal(f->items[1].fate, FATE_NOTE);
    sent(w, id, NULL);
    assert_int_equal(ask(w, 1)->items[0].fate, FATE_SENT);

    /* Of a canned reply the line is told once more, with the words. */
    commit(w, note(w, 5, "\"text\":\"/reply txid\""), NULL);
    commit(w, "{\"n\":5,\"ms\":1790000000001,\"by\":\"mia\",\"content\":{\"text\":\"TXID?\"}}",
           &canned);
    f = ask(w, 5);
    assert_int_equal(f->n, 2);
    assert_int_equal(f->items[0].fate, FATE_NOTE);
    assert_int_equal(f->items[1].fate, FATE_WAITING);
    assert_string_equal(f->items[1].words, "TXID?");
}

static void test_many_entries_are_read_in_pages(void **state)
{
    struct world *w = *state;
    for (int64_t line = 1; line <= 700; line++)
        say(w, line, NOW);
    for (int64_t id = 1; id <= 10; id++)
        sent(w, id, NULL);
    const struct fates *f = ask(w, 1);
    assert_int_equal(f->n, 700);
    for (size_t i = 0; i < f->n; i++)
        assert_int_equal(f->items[i].fate, i < 10 ? FATE_SENT : FATE_WAITING);
    assert_int_equal(ask(w, 445)->n, 256); /* a page, full to the brim */
}

static void test_what_is_kept_no_longer(void **state)
{
    struct world *w = *state;
    for (int64_t line = 1; line <= STORE_LINES + 5; line++)
        commit(w, said(w, line, NOW), NULL);
    assert_null(fate_of(w, 5));
    assert_int_equal(fate_of(w, 6)->fate, FATE_SENT);
    assert_int_equal(ask(w, 1)->n, STORE_LINES);
}

/* Meanwhile it was refused: it has left the outbox, and the transcript is read after that. */
static struct entry refused;
static void refuse_meanwhile(void *arg, enum slow_op op)
{
    struct world *w = arg;
    if (op != SLOW_TRANSCRIPT)
        return;
    w->slow->before = NULL;
    sent(w, 1, mark(w, &refused, MARK_REFUSED, REFUSAL_FILE));
}

static void test_nothing_is_said_to_be_out_that_is_not(void **state)
{
    struct world *w = *state;
    say(w, 1, NOW);
    refused = entry_of(CONTENT_TEXT, 1, NOW);
    w->slow->before = refuse_meanwhile;
    w->slow->before_arg = w;
    assert_int_equal(fate_of(w, 1)->fate, FATE_WAITING); /* as it was a moment ago */
    assert_int_equal(fate_of(w, 1)->fate, FATE_REFUSED);
}

/* One of another release, before the outbox has looked at it and after. */
static void test_what_cannot_be_read_is_not_out(void **state)
{
    struct world *w = *state;
    struct entry e = entry_of(CONTENT_TEXT, 1, NOW);
    e.to.chat = "";
    int64_t id = commit(w, said(w, 1, NOW), &e);
    assert_int_equal(fate_of(w, 1)->fate, FATE_WAITING);
    sent(w, id, mark(w, &e, MARK_REFUSED, REFUSAL_UNREADABLE));
    assert_int_equal(fate_of(w, 1)->fate, FATE_REFUSED);
    assert_int_equal(fate_of(w, 1)->refusal, REFUSAL_UNREADABLE);
}

static void test_the_store_goes_away(void **state)
{
    static const enum slow_op ops[] = {SLOW_HASH_GET, SLOW_POLL, SLOW_TRANSCRIPT};
    struct world *w = *state;
    say(w, 1, NOW);
    for (size_t i = 0; i < ARRAY_LEN(ops); i++) {
        w->slow->lose[ops[i]] = 1;
        assert_null(ask(w, 1));
    }
    assert_non_null(ask(w, 1));
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_from_the_outbox_to_the_customer),
        TEST(test_what_comes_after_it_waits_too),
        TEST(test_changes_have_fates_of_their_own),
        TEST(test_what_never_went_out),
        TEST(test_a_note_that_was_sent_after_all),
        TEST(test_many_entries_are_read_in_pages),
        TEST(test_what_is_kept_no_longer),
        TEST(test_what_cannot_be_read_is_not_out),
        TEST(test_nothing_is_said_to_be_out_that_is_not),
        TEST(test_the_store_goes_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
