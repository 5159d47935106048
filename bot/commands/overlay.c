#include "bot/commands/overlay.h"

#include "bot/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- a set of files --- */

static struct overlay_file *find(const struct overlay *o, const char *name)
{
    for (size_t i = 0; i < o->n; i++)
        if (str_eq(o->items[i].name, name))
            return &o->items[i];
    return NULL;
}

const char *overlay_get(const struct overlay *o, const char *name)
{
    const struct overlay_file *file = find(o, name);
    return file ? file->text : NULL;
}

void overlay_set(struct overlay *o, const char *name, const char *text)
{
    struct overlay_file *file = find(o, name);
    if (!file && text) {
        ARRAY_GROW(o->items, o->n, o->cap);
        o->items[o->n++] = (struct overlay_file){xstrdup(name), xstrdup(text)};
    } else if (file) {
        free(file->text);
        file->text = xstrdup(text);
    }
    if (file && !text) {
        free(file->name);
        *file = o->items[--o->n];
    }
}

void overlay_copy(struct overlay *to, const struct overlay *from)
{
    *to = (struct overlay){0};
    for (size_t i = 0; i < from->n; i++)
        overlay_set(to, from->items[i].name, from->items[i].text);
}

void overlay_release(struct overlay *o)
{
    for (size_t i = 0; i < o->n; i++) {
        free(o->items[i].name);
        free(o->items[i].text);
    }
    free(o->items);
    *o = (struct overlay){0};
}

/* --- on disk --- */

static char *dir_of(const struct settings *settings)
{
    struct buf path = BUF_INIT(4096);
    buf_printf(&path, "%s/knowledge", settings_get(settings, "DATA_DIR"));
    return buf_detach(&path);
}

static char *read_text(const char *path)
{
    struct buf text = BUF_INIT(REVISION_BYTES);
    char chunk[4096];
    FILE *in = fopen(path, "re");
    for (size_t n; in && (n = fread(chunk, 1, sizeof(chunk), in)) > 0;)
        buf_add(&text, chunk, n);
    bool ok = in && !ferror(in) && !buf_over(&text) && !memchr(text.data, '\0', text.len);
    if (!ok)
        log_error("knowledge", "%s cannot be read, or is larger than %d bytes: it is left out",
                  path, REVISION_BYTES);
    if (in)
        fclose(in);
    if (ok)
        return buf_detach(&text);
    buf_release(&text);
    return NULL;
}

void overlay_read(struct overlay *o, const struct settings *settings)
{
    char *dir = dir_of(settings), *roots[] = {dir, NULL};
    FTS *tree = access(dir, F_OK) ? NULL : fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    for (FTSENT *at; tree && (at = fts_read(tree));) {
        const char *name = at->fts_path + strlen(dir) + (at->fts_level > 0);
        char *text =
            at->fts_info == FTS_F && revision_is_file(name) ? read_text(at->fts_path) : NULL;
        if (text)
            overlay_set(o, name, text);
        free(text);
    }
    if (tree)
        fts_close(tree);
    free(dir);
}

/* Whole or not at all: a new file takes the old one's place. */
static int write_file(const char *path, const char *text, struct buf *why)
{
    struct buf fresh = BUF_INIT(4096);
    buf_printf(&fresh, "%s.new", path);
    FILE *out = fopen(fresh.data, "we");
    bool ok = out && fputs(text, out) >= 0;
    ok = (!out || !fclose(out)) && ok && !rename(fresh.data, path);
    if (!ok)
        buf_fail(why, "%s cannot be written: %s", path, strerror(errno));
    buf_release(&fresh);
    return ok ? 0 : -1;
}

int overlay_write(const struct overlay *o, const struct settings *settings, struct buf *why)
{
    struct overlay there = {0};
    struct arena a = ARENA_INIT;
    char *dir = dir_of(settings);
    int failed = 0;
    overlay_read(&there, settings);
    mkdir(dir, 0700);
    for (size_t i = 0; i < o->n && !failed; i++) {
        const struct overlay_file *file = &o->items[i];
        const char *slash = strchr(file->name, '/');
        if (str_eq(overlay_get(&there, file->name), file->text))
            continue;
        if (slash)
            mkdir(arena_printf(&a, "%s/%.*s", dir, (int)(slash - file->name), file->name), 0700);
        failed = write_file(arena_printf(&a, "%s/%s", dir, file->name), file->text, why);
    }
    for (size_t i = 0; i < there.n && !failed; i++)
        if (!overlay_get(o, there.items[i].name))
            unlink(arena_printf(&a, "%s/%s", dir, there.items[i].name));
    overlay_release(&there);
    arena_release(&a);
    free(dir);
    return failed;
}

/* --- by the revisions --- */

uint64_t overlay_wanted(const struct facts *facts)
{
    struct buf all = BUF_INIT(1 << 20);
    for (size_t i = 0; i < facts->n_revisions; i++) {
        const struct revision *r = &facts->revisions[i];
        if (r->state != REVISION_DRAFT)
            buf_printf(&all, "%" PRId64 " %d\n", r->no, facts_live(facts, r->file) == r);
    }
    uint64_t hash = fnv1a64(all.data, all.len);
    buf_release(&all);
    return hash;
}

static const char *text_of(const struct revision *r, const struct pair *texts, size_t n)
{
    char digits[INT_TEXT];
    const char *no = int_text(digits, r->no);
    for (size_t i = 0; i < n; i++)
        if (str_eq(texts[i].name, no))
            return texts[i].value;
    return NULL;
}

bool overlay_follow(struct overlay *o, const struct facts *facts, const struct pair *texts,
                    size_t n_texts)
{
    bool changed = false;
    for (size_t i = 0; i < facts->n_revisions; i++) {
        const struct revision *r = &facts->revisions[i];
        const struct revision *live = facts_live(facts, r->file);
        const char *text = live ? text_of(live, texts, n_texts) : NULL;
        if (r->state == REVISION_DRAFT || (live && !text) || str_eq(overlay_get(o, r->file), text))
            continue;
        overlay_set(o, r->file, text);
        changed = true;
    }
    return changed;
}
