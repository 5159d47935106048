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

/* -1: not even what it bears could be looked for. */
static int read_all(struct library *l, const struct settings *settings, struct buf *faults)
{
    struct pipeline p;
    pipeline_init(&p, all_handlers, settings);
    p.says = all_phrases;
    int failed = pipeline_load(&p, library_files(l), faults);
    if (!failed)
        review_check(&p, library_files(l), faults);
    pipeline_release(&p);
    return failed;
}

/* The same fault, though its line has moved: "zh/deposit.yaml:7: too long". */
static bool is_same(const char *a, size_t a_len, const char *b, size_t b_len)
{
    const char *a_end = a + a_len, *b_end = b + b_len;
    while (a < a_end && b < b_end && *a == *b && *a != ':') {
        a++;
        b++;
    }
    if (a == a_end || b == b_end || *a != ':' || *b != ':')
        return false;
    a += 1 + strspn(a + 1, "0123456789");
    b += 1 + strspn(b + 1, "0123456789");
    return a_end - a == b_end - b && !memcmp(a, b, (size_t)(a_end - a));
}

static bool has_fault(const char *faults, const char *fault, size_t fault_len)
{
    for (const char *at = faults; *at;) {
        size_t len = strcspn(at, "\n");
        if (is_same(at, len, fault, fault_len))
            return true;
        at += len + (at[len] == '\n');
    }
    return false;
}

/* Who changes one file answers for what is new, not for what was borne before. */
static void forgive(struct library *now, const struct settings *settings, struct buf *faults)
{
    struct buf old = BUF_INIT(MAX_FAULTS), fresh = BUF_INIT(MAX_FAULTS);
    read_all(now, settings, &old);
    for (const char *at = faults->data; *at;) {
        size_t len = strcspn(at, "\n");
        if (!has_fault(old.data, at, len)) {
            buf_add(&fresh, at, len);
            buf_char(&fresh, '\n');
        }
        at += len + (at[len] == '\n');
    }
    buf_release(&old);
    buf_release(faults);
    *faults = fresh;
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

/* A new file is read where it has items, in the folder of a language that zaide speaks: whether
 * they are in its place, their reader tells. `root` NULL: it cannot be read. */
static bool may_come(const struct handler_files *files, const char *file, const struct yaml *root)
{
    size_t len = strcspn(file, "/");
    for (size_t i = 0; i < files->n; i++)
        if (!strncmp(files->items[i].name, file, len) &&
            str_eq(files->items[i].name + len, "/phrases.yaml"))
            return !root || yaml_get(root, "items");
    return false;
}

void review_find(struct arena *a, struct review_request *request, const struct pair *texts,
                 size_t n)
{
    char digits[INT_TEXT];
    const char *no = int_text(digits, request->no);
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
    const struct yaml *fresh = then ? handler_file(library_files(then), file) : NULL;
    if (now && !old && !may_come(library_files(now), file, fresh)) {
        out->is_unknown = true;
    } else if (then) {
        struct change *changes = diff_trees(a, old, fresh, &out->n_changes);
        keep(a, changes, out->n_changes);
        out->changes = changes;
        if (!read_all(then, settings, &faults) && faults.len)
            forgive(now, settings, &faults);
    }
    out->faults = without_dir(a, faults.data, dir);
    buf_release(&faults);
    library_free(then);
    library_free(now);
    overlay_release(&with);
}
