#include "bot/commands/review.h"

#include "bot/commands/library.h"
#include "bot/commands/parts.h"
#include "handlers/editing/diff.h"
#include "handlers/tone/check.h"

#define MAX_FAULTS (256 * 1024)

void review_check(const struct pipeline *p, const struct handler_files *files, struct buf *out)
{
    phrases_missing(p->phrases, out);
    phrases_unsaid(p->phrases, p->says, out);
    for (size_t i = 0; i < p->n; i++)
        if (p->handlers[i]->check)
            p->handlers[i]->check(p->selves[i], out);
    tone_check(files, out);
}

static void read_all(struct library *l, const struct settings *settings, struct buf *faults)
{
    struct pipeline p;
    pipeline_init(&p, all_handlers, settings);
    p.says = all_phrases;
    if (!pipeline_load(&p, library_files(l), faults))
        review_check(&p, library_files(l), faults);
    pipeline_release(&p);
}

/* "<dir>/zh/deposit.yaml:7: …" -> "zh/deposit.yaml:7: …": who reads it in the forum has no folder.
 */
static char *without_dir(struct arena *a, const char *faults, const char *dir)
{
    struct buf out = BUF_INIT(MAX_FAULTS);
    size_t dir_len = strlen(dir);
    while (dir_len > 1 && dir[dir_len - 1] == '/')
        dir_len--;
    for (const char *at = faults; *at;) {
        size_t len = strcspn(at, "\n");
        bool has_dir = !strncmp(at, dir, dir_len) && at[dir_len] == '/';
        size_t skip = has_dir ? dir_len + 1 : 0;
        buf_add(&out, at + skip, len - skip);
        buf_char(&out, '\n');
        at += len + (at[len] == '\n');
    }
    return arena_take(a, &out);
}

/* The trees go: what is told of them stays. */
static void keep(struct arena *a, struct change *changes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        changes[i].gone = arena_strdup(a, changes[i].gone);
        changes[i].come = arena_strdup(a, changes[i].come);
    }
}

void review_find(struct arena *a, struct review_request *request, const struct pair *texts,
                 size_t n)
{
    char no[INT_TEXT];
    int_text(no, request->no);
    for (size_t i = 0; i < n && !request->text; i++)
        if (str_eq(texts[i].name, no))
            request->text = arena_strdup(a, texts[i].value);
    if (!request->text)
        request->text = ""; /* it went meanwhile: an empty file is a faulty one */
}

void review_file(struct arena *a, const struct settings *settings, const struct overlay *overlay,
                 const char *file, const char *text, struct review *out)
{
    struct buf faults = BUF_INIT(MAX_FAULTS);
    struct overlay with;
    const char *dir = settings_get(settings, "KNOWLEDGE_DIR");
    struct library *now = library_load_with(dir, overlay, &faults);
    *out = (struct review){0};
    overlay_copy(&with, overlay);
    overlay_set(&with, file, text);
    struct library *then = now ? library_load_with(dir, &with, &faults) : NULL;
    const struct yaml *old = now ? handler_file(library_files(now), file) : NULL;
    if (now && !old) {
        out->is_unknown = true;
    } else if (then) {
        struct change *changes =
            diff_trees(a, old, handler_file(library_files(then), file), &out->n_changes);
        keep(a, changes, out->n_changes);
        out->changes = changes;
        read_all(then, settings, &faults);
    }
    out->faults = without_dir(a, faults.data, dir);
    buf_release(&faults);
    library_free(then);
    library_free(now);
    overlay_release(&with);
}
