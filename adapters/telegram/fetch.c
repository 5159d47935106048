#include "adapters/telegram/fetch.h"

struct fetching {
    struct telegram_api *api;
    struct arena arena;
    size_t max;
    void (*done)(void *arg, const struct document *document);
    void *arg;
};

static void end(struct fetching *f, const struct document *document)
{
    f->done(f->arg, document);
    arena_release(&f->arena);
    free(f);
}

static void fail(struct fetching *f, enum document_fault fault, const char *why)
{
    end(f, &(struct document){.text = "", .fault = fault, .why = why});
}

static void on_bytes(void *arg, const struct http_reply *reply)
{
    struct fetching *f = arg;
    if (!reply)
        end(f, NULL);
    else if (reply->outcome != HTTP_REPLIED)
        fail(f, DOCUMENT_UNREACHABLE, reply->error);
    else if (reply->status != 200) /* 404: an hour has passed, or it was deleted */
        fail(f, reply->status == 404 ? DOCUMENT_GONE : DOCUMENT_UNREACHABLE,
             arena_printf(&f->arena, "the download ends with %d", reply->status));
    else
        end(f, &(struct document){.text = reply->body, .len = reply->body_len, .why = ""});
}

/* "documents/file_7.yaml", as it may stand in a URL; NULL: that names no file of Telegram's. */
static const char *path_of(struct arena *a, const char *path)
{
    struct buf out = BUF_INIT(4096);
    if (*path == '/' || strstr(path, "..")) /* a server that runs with --local names its own disk */
        return NULL;
    for (const char *at = path; *at; at++) {
        if (is_alnum(*at) || strchr("/._-", *at))
            buf_char(&out, *at);
        else
            buf_printf(&out, "%%%02X", (unsigned char)*at);
    }
    return arena_take(a, &out);
}

/* "file is too big" and what else getFile refuses with is in none of the tables: it is no send. */
static void on_path(void *arg, const struct telegram_answer *answer)
{
    struct fetching *f = arg;
    if (!answer) {
        end(f, NULL);
        return;
    }
    const char *path = answer->is_ok ? json_str(answer->result, "file_path") : NULL;
    if (!answer->is_ok && answer->code == 400)
        fail(f, strstr(answer->words, "too big") ? DOCUMENT_TOO_BIG : DOCUMENT_GONE, answer->words);
    else if (!answer->is_ok)
        fail(f, DOCUMENT_UNREACHABLE, answer->words);
    else if (json_int(answer->result, "file_size", 0) > (int64_t)f->max)
        fail(f, DOCUMENT_TOO_BIG, "");
    else if (str_empty(path) || !(path = path_of(&f->arena, path)))
        fail(f, DOCUMENT_UNREACHABLE, "getFile names no path that can be downloaded");
    else
        telegram_download(f->api, path, f->max, on_bytes, f);
}

void telegram_fetch(struct telegram_api *api, const struct file *file, size_t max,
                    void (*done)(void *arg, const struct document *document), void *arg)
{
    struct fetching *f = xcalloc(1, sizeof(*f));
    *f = (struct fetching){.api = api, .max = max, .done = done, .arg = arg};
    struct telegram_request request = telegram_request("getFile");
    telegram_add(&request, "file_id", file->id);
    telegram_call(api, &request, on_path, f);
}
