#include "adapters/telegram/pictures.h"

#include "bot/base/log.h"

#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

/* NULL: it cannot be read. */
static const char *key_of(struct arena *a, const char *path)
{
    struct stat at;
    if (access(path, R_OK) || stat(path, &at))
        return NULL;
    return arena_printf(a, "%s:%" PRId64 ":%" PRId64, path, (int64_t)at.st_mtime,
                        (int64_t)at.st_size);
}

static const char *find(const struct telegram_pictures *p, const char *key)
{
    for (size_t i = 0; i < p->n; i++)
        if (str_eq(p->items[i].key, key))
            return p->items[i].file_id;
    return NULL;
}

void telegram_pictures_use(const struct telegram_pictures *p, struct arena *a, struct content *c)
{
    struct file *files = arena_alloc(a, (c->n_files + 1) * sizeof(*files));
    size_t n = 0;
    for (size_t i = 0; i < c->n_files; i++) {
        struct file file = c->files[i];
        const char *key = file.path ? key_of(a, file.path) : "";
        if (!key) {
            log_warn("telegram", "cannot read %s: the answer goes without it", file.path);
            continue;
        }
        if (file.path && find(p, key)) {
            file.id = find(p, key);
            file.path = NULL;
        }
        files[n++] = file;
    }
    c->files = files;
    c->n_files = n;
}

/* Of the sizes that Telegram makes of a photo the last is the largest. */
static const char *file_id(const struct json *message)
{
    const struct json *sizes = json_at(message, "photo");
    return json_len(sizes) ? json_str(json_item(sizes, json_len(sizes) - 1), "file_id") : NULL;
}

/* "file2" of an album is its third message; "photo" is the only one. */
static const struct json *message_of(const struct telegram_field *field, const struct json *result)
{
    int64_t n = 0;
    if (!json_is_array(result))
        return result;
    bool is_numbered =
        starts_with(field->name, "file") && !parse_i64(field->name + strlen("file"), &n) && n >= 0;
    return is_numbered ? json_item(result, (size_t)n) : NULL;
}

void telegram_pictures_learn(struct telegram_pictures *p, const struct telegram_request *request,
                             const struct json *result)
{
    struct arena a = ARENA_INIT;
    for (size_t i = 0; i < request->n_fields && p->n < TELEGRAM_PICTURES; i++) {
        const struct telegram_field *field = &request->fields[i];
        const char *key = field->path ? key_of(&a, field->path) : NULL;
        const char *id = key ? file_id(message_of(field, result)) : NULL;
        if (id && !find(p, key)) {
            p->items[p->n].key = xstrdup(key);
            p->items[p->n++].file_id = xstrdup(id);
        }
    }
    arena_release(&a);
}

void telegram_pictures_release(struct telegram_pictures *p)
{
    for (size_t i = 0; i < p->n; i++) {
        free(p->items[i].key);
        free(p->items[i].file_id);
    }
    p->n = 0;
}

bool telegram_has_pictures(const struct content *c)
{
    for (size_t i = 0; i < c->n_files; i++)
        if (c->files[i].path)
            return true;
    return false;
}
