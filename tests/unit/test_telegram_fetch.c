/* A file that somebody sent: getFile, then the download; or the truth about why not. */
#include "tests/unit/telegram_rig.h"

static void on_document(void *arg, const struct document *d)
{
    struct test *t = arg;
    if (!d)
        buf_str(&t->seen, "closed\n");
    else if (d->fault)
        buf_printf(&t->seen, "%s: %s\n", document_fault_name(d->fault), d->why);
    else
        buf_printf(&t->seen, "%zu %s\n", d->len, d->text);
    t->n_seen++;
}

static void fetch(struct test *t)
{
    struct file file = {.kind = FILE_DOCUMENT, .id = "BQACid"};
    telegram_adapter.fetch(t->self, &file, 10, on_document, t);
}

#define PATH(path, size)                                                                           \
    {                                                                                              \
        "getFile",                                                                                 \
            OK("{\"file_id\":\"BQACid\",\"file_size\":" #size ",\"file_path\":\"" path "\"}")      \
    }

static void the_bytes(void **state)
{
    struct test *t = *state;
    START(t, ME, PATH("documents/file_7.yaml", 5), {"file_7.yaml", "200 a:\n b"});
    assert_seen(t, 1, "ready 70000001 @z_bot\n");
    fetch(t);
    expect(t, "getFile {\"file_id\":\"BQACid\"}");
    expect(t, "file_7.yaml ");
    assert_seen(t, 1, "5 a:\n b\n");
}

static void a_name_that_needs_escaping(void **state)
{
    struct test *t = *state;
    START(t, ME, PATH("documents/a b?%.yaml", 1), {"a%20b%3F%25.yaml", "200 x"});
    assert_seen(t, 1, "ready 70000001 @z_bot\n");
    fetch(t);
    assert_seen(t, 1, "1 x\n");
}

static void why_not(void **state)
{
    struct test *t = *state;
    static const char *const faults[] = {
        "too_big: \n",
        "too_big: Bad Request: file is too big\n",
        "gone: Bad Request: wrong file_id or the file is temporarily unavailable\n",
        "unreachable: getFile names no path that can be downloaded\n",
        "unreachable: getFile names no path that can be downloaded\n",
        "gone: the download ends with 404\n",
        "unreachable: the download ends with 502\n",
    };
    START(t, ME, PATH("documents/file_1.yaml", 11), {"getFile", BAD("file is too big")},
          {"getFile", BAD("wrong file_id or the file is temporarily unavailable")},
          PATH("/srv/telegram/documents/file_2.yaml", 5), PATH("documents/../../x.yaml", 5),
          PATH("documents/file_3.yaml", 5), {"file_3.yaml", "404 no"},
          PATH("documents/file_4.yaml", 5), {"file_4.yaml", "502 <html>"});
    assert_seen(t, 1, "ready 70000001 @z_bot\n");
    for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
        fetch(t);
        assert_seen(t, 1, faults[i]);
    }
}

/* It says 5 bytes and sends more; the connection breaks. What libcurl calls that is not ours. */
static void a_download_that_breaks(void **state)
{
    struct test *t = *state;
    START(t, ME, PATH("documents/file_1.yaml", 5), {"file_1.yaml", "200 more than ten bytes"},
          PATH("documents/file_2.yaml", 5), {"file_2.yaml", NULL}, {"file_2.yaml", NULL});
    assert_seen(t, 1, "ready 70000001 @z_bot\n");
    for (int i = 0; i < 2; i++) {
        fetch(t);
        while (!t->n_seen)
            loop_step(t->loop, 100);
        assert_true(starts_with(t->seen.data, "unreachable: "));
        buf_clear(&t->seen);
        t->n_seen = 0;
    }
}

static void closed_meanwhile(void **state)
{
    struct test *t = *state;
    START(t, ME, PATH("documents/file_1.yaml", 5));
    assert_seen(t, 1, "ready 70000001 @z_bot\n");
    fetch(t);
    expect(t, "getFile {\"file_id\":\"BQACid\"}");
    expect(t, "file_1.yaml "); /* is held */
    fetch(t);
    telegram_adapter.close(t->self);
    t->self = NULL;
    assert_seen(t, 2, "closed\nclosed\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SET_UP(the_bytes),        WITH_SET_UP(a_name_that_needs_escaping),
        WITH_SET_UP(why_not),          WITH_SET_UP(a_download_that_breaks),
        WITH_SET_UP(closed_meanwhile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
