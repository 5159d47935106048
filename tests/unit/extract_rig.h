/* The lexicon of the repository, and what is found in a text as one line: the fields in the order
 * of the text, each "field=value", then "@unit", "{chains}" (when asked for), "!" where it is not
 * valid, "?" where it is ambiguous, "|" and the other reading. "secret:kind" comes first. */
#ifndef ZAIDE_TESTS_EXTRACT_RIG_H
#define ZAIDE_TESTS_EXTRACT_RIG_H

#include "bot/base/buf.h"
#include "bot/commands/library.h"
#include "handlers/extract/extract.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct arena arena;
static struct lexicon *lexicon;

static inline int rig_setup(void **state)
{
    struct buf why = BUF_INIT(64 * 1024);
    struct library *library = library_load("handlers/knowledge", &why);
    (void)state;
    lexicon = library ? lexicon_load(library_files(library), &why) : NULL;
    library_free(library);
    if (!lexicon)
        die("%s", why.data);
    buf_release(&why);
    return 0;
}

static inline int rig_teardown(void **state)
{
    (void)state;
    lexicon_free(lexicon);
    arena_release(&arena);
    return 0;
}

enum shown { WITHOUT_CHAINS, WITH_CHAINS };

static inline const char *rig_show(const char *text, const char *asked, const char *lang,
                                   enum shown how)
{
    struct extract *e = extract_find(lexicon, &arena, text, asked, lang);
    struct buf out = BUF_INIT(1024 * 1024);
    if (e->secret)
        buf_printf(&out, "secret:%s", e->secret);
    for (size_t i = 0; i < e->n; i++) {
        const struct found *f = &e->items[i];
        assert_true(f->len && f->offset + f->len <= strlen(text));
        assert_true(text_is_utf8(text + f->offset, f->len));
        buf_printf(&out, "%s%s=%s", out.len ? " " : "", field_name(f->field), f->value);
        if (*f->unit)
            buf_printf(&out, "@%s", f->unit);
        if (how == WITH_CHAINS && *f->chains)
            buf_printf(&out, "{%s}", f->chains);
        buf_printf(&out, "%s%s", f->is_valid ? "" : "!", f->is_ambiguous ? "?" : "");
        if (*f->other)
            buf_printf(&out, "|%s", f->other);
    }
    const char *shown = arena_strdup(&arena, out.data);
    buf_release(&out);
    return shown;
}

struct rig_row {
    const char *text, *want, *asked, *lang;
};
#define ROW(t, w)                                                                                  \
    {                                                                                              \
        .text = (t), .want = (w)                                                                   \
    }
#define ASKED(a, t, w)                                                                             \
    {                                                                                              \
        .text = (t), .want = (w), .asked = (a)                                                     \
    }
#define SPOKEN(l, t, w)                                                                            \
    {                                                                                              \
        .text = (t), .want = (w), .lang = (l)                                                      \
    }

/* Every row that is wrong is told. */
static inline void rig_check(const struct rig_row *rows, size_t n, enum shown how)
{
    size_t wrong = 0;
    for (size_t i = 0; i < n; i++) {
        const char *asked = rows[i].asked ? rows[i].asked : "",
                   *lang = rows[i].lang ? rows[i].lang : "";
        const char *got = rig_show(rows[i].text, asked, lang, how);
        bool is_right = str_eq(got, rows[i].want);
        if (!is_right)
            print_error("%s\n  wanted: %s\n  got:    %s\n", rows[i].text, rows[i].want, got);
        wrong += !is_right;
        arena_clear(&arena);
    }
    assert_int_equal(wrong, 0);
}

#endif
