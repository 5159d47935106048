/* zaide tags import FILE: who is a VIP, by UID. Whoever has proven a UID has its tags from then on;
 * who proves it later, from then. */
#include "bot/base/csv.h"
#include "bot/commands/commands.h"
#include "bot/commands/read_file.h"
#include "bot/commands/tell.h"
#include "handlers/identity/link.h"
#include "handlers/identity/uid.h"

#include <inttypes.h>

#define MAX_FILE   (64 * 1024 * 1024)
#define MAX_FAULTS 20
#define AT_ONCE    256

const char tags_usage[] =
    "usage: zaide tags import FILE\n"
    "FILE: comma-separated values, the first line names the columns: uid,tags. Several tags stand\n"
    "with blanks between; none takes the tags away that an earlier list gave. With a fault in any\n"
    "line nothing is imported. A UID that is not imported again is forgotten after RETENTION.\n";

struct line {
    const char *uid, *tags;
};

struct importing {
    struct arena arena;
    struct line *lines;
    size_t n, cap, next, done, n_faults;
    const char *file;
    struct setup *setup;
    bool is_pumping;
};

/* --- the file --- */

static void fault(struct importing *in, int64_t line, const char *what)
{
    if (in->n_faults++ < MAX_FAULTS)
        fprintf(stderr, "%s:%" PRId64 ": %s\n", in->file, line, what);
}

static void take_row(struct importing *in, const struct csv_row *row, int uid, int tags)
{
    struct line it = {csv_field(row, uid), csv_field(row, tags)};
    if (row->fault) {
        fault(in, row->line, row->fault);
    } else if (!link_is_uid(it.uid)) {
        fault(in, row->line, "uid: 1 to 17 ASCII letters and digits");
    } else if (!uid_tags_are_sound(it.tags)) {
        fault(in, row->line, "tags: letters, digits, - and _, with blanks between, 200 at most");
    } else {
        ARENA_GROW(&in->arena, in->lines, in->n, in->cap);
        in->lines[in->n++] = it;
    }
}

static int by_uid(const void *a, const void *b)
{
    const struct line *const *x = a, *const *y = b;
    return strcmp((*x)->uid, (*y)->uid);
}

/* Which of two lines should count? */
static void find_doubles(struct importing *in)
{
    const struct line **all = arena_alloc(&in->arena, (in->n + 1) * sizeof(*all));
    for (size_t i = 0; i < in->n; i++)
        all[i] = &in->lines[i];
    qsort(all, in->n, sizeof(*all), by_uid);
    for (size_t i = 1; i < in->n; i++)
        if (str_eq(all[i - 1]->uid, all[i]->uid) && in->n_faults++ < MAX_FAULTS)
            fprintf(stderr, "%s: UID %s stands there twice\n", in->file, all[i]->uid);
}

static void read_rows(struct importing *in, const struct buf *text)
{
    struct csv csv;
    struct csv_row row;
    csv_init(&csv, text->data, text->len);
    bool has_names = csv_next(&csv, &in->arena, &row);
    int uid = has_names ? csv_column(&row, "uid") : -1, tags = csv_column(&row, "tags");
    if (uid < 0 || tags < 0) {
        fault(in, 1, "the first line names the columns: uid,tags");
        return;
    }
    while (csv_next(&csv, &in->arena, &row))
        take_row(in, &row, uid, tags);
    find_doubles(in);
}

static int read_list(struct importing *in)
{
    struct buf text = BUF_INIT(MAX_FILE), why = BUF_INIT(1000);
    int failed = read_file(in->file, &text, &why);
    if (failed)
        fprintf(stderr, "zaide tags: %s\n", why.data);
    else
        read_rows(in, &text);
    if (in->n_faults)
        fprintf(stderr, "%zu faults: nothing was imported\n", in->n_faults);
    buf_release(&text);
    buf_release(&why);
    return failed || in->n_faults ? -1 : 0;
}

/* --- acting --- */

static void pump(struct importing *in);

static void on_done(void *arg)
{
    struct importing *in = arg;
    in->done++;
    pump(in);
}

static void deliver(struct importing *in, const struct line *line)
{
    struct arena a = ARENA_INIT;
    tell_subject(in->setup, in->next, arena_printf(&a, UID_SUBJECT "%s", line->uid),
                 arena_printf(&a, "tags %s", line->tags), on_done, in);
    arena_release(&a);
}

static void pump(struct importing *in)
{
    if (in->is_pumping) /* `done` may come from inside deliver */
        return;
    in->is_pumping = true;
    while (in->next < in->n && in->next - in->done < AT_ONCE)
        deliver(in, &in->lines[in->next++]);
    in->is_pumping = false;
    if (in->done == in->n) {
        printf("imported %zu UIDs\n", in->n);
        setup_done(in->setup, EXIT_DONE);
    }
}

static void act(struct setup *s, void *arg)
{
    struct importing *in = arg;
    in->setup = s;
    pump(in);
}

int command_tags(int argc, char **argv)
{
    struct importing in = {.file = argc == 3 ? argv[2] : NULL};
    if (!in.file || !str_eq(argv[1], "import")) {
        fputs(tags_usage, stderr);
        return EXIT_USAGE;
    }
    int status = read_list(&in) ? EXIT_REFUSED : setup_command(act, &in);
    arena_release(&in.arena);
    return status;
}
