#include "bot/commands/ledger.h"

#include "bot/base/csv.h"
#include "bot/commands/commands.h"
#include "bot/commands/read_file.h"
#include "bot/commands/tell.h"
#include "handlers/compensation/list.h"
#include "handlers/compensation/upload.h"

#include <inttypes.h>

#define MAX_FILE (128 * 1024 * 1024)
#define COLUMNS  "list,line,uid,asset,amount,reason,state,since,hash"
enum { LIST, LINE, UID, ASSET, AMOUNT, REASON, STATE, SINCE, HASH, FIELDS_N };

struct ledger {
    struct arena arena;
    struct setup *setup;
    const char *list, *agent;
    char hash[PAY_CHECK + 1]; /* of the line before; "" before the first */
    int64_t chunks, next, lines;
    const char *check;
};

static void end(struct ledger *l, int status)
{
    struct setup *s = l->setup;
    arena_release(&l->arena);
    free(l);
    setup_done(s, status);
}

static void refuse(struct ledger *l, const char *why)
{
    fprintf(stderr, "zaide compensation: %s\n", why);
    end(l, EXIT_REFUSED);
}

static const struct conversation *read_record(struct ledger *l, const struct loaded *loaded)
{
    return conversation_read(&l->arena, "", loaded->pairs, loaded->n_pairs);
}

static struct ledger *begin(struct setup *s, const char *list, const char *agent)
{
    struct ledger *l = xcalloc(1, sizeof(*l));
    *l = (struct ledger){.setup = s, .list = list, .agent = agent};
    return l;
}

static void load(struct ledger *l, const char *subject,
                 void (*done)(void *arg, const struct loaded *))
{
    struct store *store = engine_store(l->setup->engine);
    store->ops->load(store, subject, NULL, 0, done, l);
}

/* --- writing --- */

/* What a hash is taken of: all fields, which hold no line break. */
static char *facts(struct arena *a, const char *const *fields)
{
    char *all = arena_strdup(a, "");
    for (size_t i = 0; i < HASH; i++)
        all = arena_printf(a, "%s%s\n", all, fields[i]);
    return all;
}

static void print_quoted(const char *s)
{
    if (!strpbrk(s, ",;\"\t")) {
        fputs(s, stdout);
        return;
    }
    putchar('"');
    for (; *s; s++) {
        if (*s == '"')
            putchar('"');
        putchar(*s);
    }
    putchar('"');
}

static void print_line(struct ledger *l, const struct pay_line *line)
{
    const char *const fields[] = {l->list,      line->row,    line->uid,   line->asset,
                                  line->amount, line->reason, line->state, line->at};
    pay_chain(l->hash, facts(&l->arena, fields));
    for (size_t i = 0; i < HASH; i++) {
        print_quoted(fields[i]);
        putchar(',');
    }
    printf("%s\n", l->hash);
    l->lines++;
}

static void on_noted(void *arg)
{
    struct ledger *l = arg;
    bool is_out = !fflush(stdout);
    fprintf(stderr, "%" PRId64 " lines; the last hash, by which this export is known: %s\n",
            l->lines, l->hash);
    end(l, is_out ? EXIT_DONE : EXIT_REFUSED);
}

static void on_chunk(void *arg, const struct loaded *loaded);

static void go_on(struct ledger *l)
{
    if (l->next < l->chunks) {
        load(l, arena_printf(&l->arena, PAY_SUBJECT "%s:%" PRId64, l->list, l->next++), on_chunk);
        return;
    }
    tell_subject(l->setup, 0, arena_printf(&l->arena, PAY_SUBJECT "%s", l->list),
                 arena_printf(&l->arena, "exported %s %s", l->hash, l->agent), on_noted, l);
}

static void on_chunk(void *arg, const struct loaded *loaded)
{
    struct ledger *l = arg;
    const struct conversation *c = read_record(l, loaded);
    const char *at = conversation_var(c, "rows");
    struct pay_line line;
    if (loaded->status != STORE_OK || !str_eq(conversation_var(c, "check"), l->check)) {
        refuse(l, "a part of the list is missing or another one's: upload it again");
        return;
    }
    while (pay_line_next(&l->arena, &at, &line))
        print_line(l, &line);
    go_on(l);
}

static void on_list(void *arg, const struct loaded *loaded)
{
    struct ledger *l = arg;
    const struct conversation *c = read_record(l, loaded);
    if (loaded->status != STORE_OK || parse_i64(conversation_var(c, "chunks"), &l->chunks)) {
        refuse(l, "there is no such list");
        return;
    }
    l->check = conversation_var(c, "check");
    puts(COLUMNS);
    go_on(l);
}

void ledger_export(struct setup *s, const char *list, const char *agent)
{
    struct ledger *l = begin(s, list, agent);
    load(l, arena_printf(&l->arena, PAY_SUBJECT "%s", list), on_list);
}

/* --- verifying --- */

static void on_known(void *arg, const struct loaded *loaded)
{
    struct ledger *l = arg;
    const struct conversation *c = read_record(l, loaded);
    int64_t ms = conversation_var_int(c, arena_printf(&l->arena, "head.%s", l->hash));
    if (loaded->status != STORE_OK || !ms) {
        refuse(l, "the lines fit each other, but no export of this list ended so: it was cut, or "
                  "made by somebody else");
        return;
    }
    printf("intact: %" PRId64 " lines of list %s\n", l->lines, l->list);
    end(l, EXIT_DONE);
}

/* NULL, or what is wrong with the line. */
static const char *check_row(struct ledger *l, const struct csv_row *row)
{
    int64_t no;
    if (row->fault)
        return row->fault;
    if (row->n != FIELDS_N || parse_i64(row->fields[LINE], &no) || no != l->lines + 1)
        return "a line is missing or was added";
    l->list = l->list ? l->list : row->fields[LIST];
    pay_chain(l->hash, facts(&l->arena, row->fields));
    l->lines++;
    return str_eq(l->hash, row->fields[HASH]) ? NULL : "it was changed";
}

void ledger_verify(struct setup *s, const char *file)
{
    struct ledger *l = begin(s, NULL, NULL);
    struct buf text = BUF_INIT(MAX_FILE), why = BUF_INIT(1000);
    struct csv csv;
    struct csv_row row = {0};
    const char *fault = NULL;
    if (read_file(file, &text, &why)) {
        refuse(l, why.data);
    } else {
        csv_init(&csv, text.data, text.len);
        csv_next(&csv, &l->arena, &row);
        while (!fault && csv_next(&csv, &l->arena, &row))
            fault = check_row(l, &row);
        if (!fault && !l->lines)
            fault = "there is no line";
        if (fault)
            refuse(l, arena_printf(&l->arena, "%s:%" PRId64 ": %s", file, row.line, fault));
        else
            load(l, arena_printf(&l->arena, PAY_SUBJECT "%s", l->list), on_known);
    }
    buf_release(&text);
    buf_release(&why);
}
