/* libFuzzer: what must hold of folding, rewriting and reading any text. */
#include "bot/base/text.h"
#include "handlers/faq/features.h"
#include "handlers/faq/slang.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void same(struct arena *a, const char *what, char *(*fold)(struct arena *, const char *),
                 const char *text)
{
    char *once = fold(a, text), *twice = fold(a, once);
    if (!text_is_utf8(once, strlen(once)))
        die("%s: not UTF-8 any more", what);
    if (!str_eq(once, twice))
        die("%s: folded again it is another text", what);
}

static void check_grams(struct arena *a, const char *folded)
{
    struct grams one = grams_of(a, folded), two = grams_of(a, folded);
    if (one.n != two.n || one.words != two.words)
        die("two readings of one text");
    for (size_t i = 0; i < one.n; i++)
        if (one.items[i].hash != two.items[i].hash || !one.items[i].count ||
            one.items[i].block >= BLOCKS)
            die("gram %zu", i);
}

/* The first line is slang, "said: standard"; the rest is a text. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct arena a = ARENA_INIT;
    char *text = text_clean(&a, (const char *)data, len), *first = strsep(&text, "\n");
    if (!text)
        text = first;
    same(&a, "text_fold", text_fold, text);
    same(&a, "text_strip_accents", text_strip_accents, text_fold(&a, text));
    char *folded = text_fold_match(&a, text);
    if (!text_is_utf8(folded, strlen(folded)))
        die("text_fold_match: not UTF-8 any more");
    check_grams(&a, folded);

    struct slang *slang = slang_new();
    char *standard = first, *said = strsep(&standard, ":");
    slang_add(slang, "en", said, standard ? standard : "");
    slang_add(slang, "en", "pls", "please");
    const char *rewritten = slang_apply(slang, &a, "en", folded);
    if (!text_is_utf8(rewritten, strlen(rewritten)))
        die("slang_apply: not UTF-8 any more");
    if (!str_eq(slang_apply(slang, &a, "vi", folded), folded))
        die("another language's slang");
    check_grams(&a, rewritten);
    slang_free(slang);
    arena_release(&a);
    return 0;
}
