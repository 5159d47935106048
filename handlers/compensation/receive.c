#include "handlers/compensation/receive.h"

#include "handlers/compensation/upload.h"

static const struct file *file_of(const struct content *c)
{
    bool is_one = c->n_files == 1 && c->files[0].kind == FILE_DOCUMENT;
    return is_one ? &c->files[0] : NULL;
}

static const char *fault_key(enum document_fault fault)
{
    static const char *const keys[DOCUMENT_FAULTS] = {
        [DOCUMENT_TOO_BIG] = "compensation.too_big",
        [DOCUMENT_GONE] = "editing.unreachable",
        [DOCUMENT_UNREACHABLE] = "editing.unreachable",
        [DOCUMENT_NOT_TEXT] = "editing.not_text",
    };
    return keys[fault];
}

static void take(const struct turn *t, struct effects *e, const char *list, const char *name,
                 const struct document *document)
{
    struct buf faults = BUF_INIT(3000);
    struct pay_upload u;
    struct pay_tell it;
    if (pay_upload_read(t->arena, name, document->text, document->len, &u, &faults)) {
        say(t, e, LANE_CUSTOMER, "compensation.faults",
            FILL("faults", arena_take(t->arena, &faults)));
        return;
    }
    for (size_t i = 0; pay_upload_tell(t->arena, &u, list, t->agent->name, i, &it); i++)
        effect_tell(e, it.subject, it.data);
    buf_release(&faults);
}

void pay_receive(const struct turn *t, struct effects *e, const char *list)
{
    const struct file *file = file_of(&t->event->content);
    if (!file) {
        say(t, e, LANE_CUSTOMER, "compensation.usage");
        return;
    }
    const char *name = str_empty(file->name) ? list : file->name;
    const struct document *document = need_document(e, file, PAY_FILE);
    if (!document) /* once more, when it is here */
        return;
    if (document->fault)
        say(t, e, LANE_CUSTOMER, fault_key(document->fault), FILL("file", name));
    else
        take(t, e, list, name, document);
}
