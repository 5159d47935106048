#include "bot/model/revision.h"

#include "bot/base/buf.h"
#include "bot/base/json.h"

static const char *const states[] = {"draft", "live", "undone"};

bool revision_is_file(const char *name)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
    size_t len = strspn(name, letters);
    if (len && name[len] == '/') {
        name += len + 1;
        len = strspn(name, letters);
    }
    return len && str_eq(name + len, ".yaml");
}

bool revision_parse(struct arena *a, const char *no, const char *kept, struct revision *out)
{
    struct json *j = json_parse(kept, strlen(kept), NULL);
    const char *state = json_text(j, "state", a);
    *out = (struct revision){.file = json_text(j, "file", a),
                             .by = json_text(j, "by", a),
                             .approved_by = json_text(j, "approved_by", a),
                             .undone_by = json_text(j, "undone_by", a),
                             .ms = json_int(j, "ms", 0),
                             .approved_ms = json_int(j, "approved_ms", 0),
                             .undone_ms = json_int(j, "undone_ms", 0),
                             .kept = arena_strdup(a, kept)};
    bool ok = !parse_i64(no, &out->no) && out->no > 0 && revision_is_file(out->file), known = false;
    for (size_t i = 0; i < ARRAY_LEN(states); i++)
        if (str_eq(states[i], state)) {
            out->state = (enum revision_state)i;
            known = true;
        }
    json_free(j);
    return ok && known;
}

char *revision_print(struct arena *a, const struct revision *r)
{
    struct buf out = BUF_INIT(4096);
    struct json_writer w = JSON_WRITER(&out);
    json_open(&w, NULL, '{');
    json_put_str(&w, "file", r->file);
    json_put_str(&w, "state", states[r->state]);
    json_put_str(&w, "by", r->by);
    json_put_int(&w, "ms", r->ms);
    if (!str_empty(r->approved_by)) {
        json_put_str(&w, "approved_by", r->approved_by);
        json_put_int(&w, "approved_ms", r->approved_ms);
    }
    if (!str_empty(r->undone_by)) {
        json_put_str(&w, "undone_by", r->undone_by);
        json_put_int(&w, "undone_ms", r->undone_ms);
    }
    json_close(&w, '}');
    return arena_take(a, &out);
}
