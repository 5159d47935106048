/* libFuzzer: bytes as each of the texts that the store keeps for us: an outbox entry, a line of the
 * transcript, a field of a record, a case, an agent, a room, a code. What can be read says the same
 * when it is written and read again. */
#include "bot/flow/entry.h"
#include "bot/flow/fates.h"
#include "bot/model/facts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static char *write_entry(struct arena *a, const struct entry *e)
{
    struct buf json = BUF_INIT(8 * JSON_MAX_BYTES);
    entry_write(&json, e, NULL);
    char *text = arena_strdup(a, json.data);
    buf_release(&json);
    return text;
}

static void read_entry(struct arena *a, const char *text)
{
    struct entry e, again;
    if (!entry_read(a, text, &e))
        return;
    char *once = write_entry(a, &e);
    if (!entry_read(a, once, &again))
        die("an entry of ours cannot be read again");
    if (!str_eq(once, write_entry(a, &again)))
        die("an entry says something else when it is read again");
    entry_mark(a, &e, MARK_LATE, NULL, NULL, 1);
    for (int r = 0; r < REFUSALS; r++) {
        entry_is_missed(&e, (enum refusal)r);
        entry_blames_room(&e, (enum refusal)r);
    }
    if (entry_joins(&e, &again, 4096))
        entry_join(a, &e, &again);
}

static void read_registry(struct arena *a, const char *text)
{
    struct agent agent;
    struct open_case open;
    struct staff_code code;
    struct room room = {.address = {.chat = "-1"}};
    if (agent_from_json(a, "mia", text, &agent)) {
        struct buf json = BUF_INIT(8 * JSON_MAX_BYTES);
        agent_to_json(&agent, &json);
        if (!agent_from_json(a, "mia", json.data, &agent))
            die("an agent of ours cannot be read again");
        agent_on_shift(&agent, INT64_C(1790000000000));
        buf_release(&json);
    }
    if (open_case_parse(a, "65", text, &open) && (!open.conversation || !open.owner || !open.tags))
        die("a case without its texts");
    if (staff_code_parse(a, text, &code)) {
        char *once = staff_code_print(a, &code);
        if (!staff_code_parse(a, once, &code) || !str_eq(once, staff_code_print(a, &code)))
            die("a code says something else when it is read again");
    }
    room_parse(a, text, &room);
    char *once = room_print(a, &room);
    room_parse(a, once, &room);
    if (!str_eq(once, room_print(a, &room)))
        die("a room says something else when it is read again");
}

/* "name\nvalue\nname\nvalue …" */
static void read_record(struct arena *a, char *text)
{
    struct conversation c, copy;
    size_t n;
    conversation_init(&c, "telegram:77:1");
    for (char *name = text, *value, *end; *name; name = end) {
        value = name + strcspn(name, "\n");
        if (*value)
            *value++ = '\0';
        end = value + strcspn(value, "\n");
        if (*end)
            *end++ = '\0';
        if (*name)
            conversation_set(&c, a, name, value);
    }
    conversation_copy(a, &copy, &c);
    conversation_diff(a, &c, &copy, &n);
    if (n)
        die("a copy is something else");
}

static void on_fates(void *arg, const struct fates *fates)
{
    for (size_t i = 0; i < fates->n; i++)
        *(size_t *)arg += strlen(fates->items[i].by) + strlen(fates->items[i].words) +
                          strlen(fates->items[i].why);
}

static void on_commit(void *arg, const struct committed *c)
{
    (void)arg;
    if (c->status != STORE_OK)
        die("not committed");
}

/* As the transcript, line by line, and as what waits in the outbox. */
static void read_fates(struct arena *a, const char *text)
{
    struct store *s = store_memory_new();
    struct commit_line lines[16];
    struct commit_out out = {.stream = "telegram:77", .json = text};
    struct commit c = {.subject = "telegram:77:1",
                       .event = {"fuzz", "1"},
                       .now_ms = 1,
                       .lines = lines,
                       .out = &out,
                       .n_out = 1};
    char *rest = arena_strdup(a, text);
    while (*rest && c.n_lines < ARRAY_LEN(lines)) {
        size_t len = strcspn(rest, "\n");
        lines[c.n_lines++].json = arena_strndup(a, rest, len);
        rest += len + (rest[len] == '\n');
    }
    size_t sum = 0;
    s->ops->commit(s, &c, on_commit, NULL);
    fates_read(s, a, "telegram:77:1", 1, 2, on_fates, &sum);
    s->ops->free(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct arena arena = ARENA_INIT;
    char *text = arena_strndup(&arena, (const char *)data, len);
    read_entry(&arena, text);
    read_registry(&arena, text);
    read_fates(&arena, text);
    read_record(&arena, text);
    arena_release(&arena);
    return 0;
}
