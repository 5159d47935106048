/* libFuzzer: any message after a first byte that says what was asked. What is found lies in it, on
 * character boundaries, makes sense, and has nothing of a secret. */
#include "bot/base/text.h"
#include "bot/commands/library.h"
#include "handlers/extract/extract.h"
#include "handlers/guard/secrets.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const struct lexicon *words(void)
{
    static struct lexicon *lexicon;
    struct buf why = BUF_INIT(64 * 1024);
    struct library *library = lexicon ? NULL : library_load("handlers/knowledge", &why);
    if (library)
        lexicon = lexicon_load(library_files(library), &why);
    if (!lexicon)
        die("%s", why.data);
    library_free(library);
    buf_release(&why);
    return lexicon;
}

static bool is_decimal(const char *s)
{
    size_t whole = strspn(s, "0123456789"),
           part = s[whole] == '.' ? strspn(s + whole + 1, "0123456789") : 0;
    return whole && !s[whole + (part ? part + 1 : 0)];
}

static void check_found(const struct found *f, const char *text)
{
    size_t len = strlen(text);
    if (f->field >= FIELDS || !f->len || f->len > len || f->offset > len - f->len)
        die("%d lies outside", (int)f->field);
    if (!text_is_utf8(text + f->offset, f->len) || !text_is_utf8(text, f->offset))
        die("%s begins or ends within a character", field_name(f->field));
    if (!*f->value || !text_is_utf8(f->value, strlen(f->value)))
        die("%s has no value", field_name(f->field));
    if (f->field == FIELD_AMOUNT && (!is_decimal(f->value) || (*f->other && !is_decimal(f->other))))
        die("amount %s %s", f->value, f->other);
    if (*f->other && (!f->is_ambiguous || f->is_valid))
        die("%s has two readings and is sure", f->value);
}

static void check(struct arena *a, const char *text, const char *asked)
{
    struct extract *e = extract_find(words(), a, text, asked, "");
    bool asks_hex = str_eq(asked, "txid") || str_eq(asked, "address") || str_eq(asked, "contract");
    unsigned expected = asks_hex ? ASKED_HEX : str_eq(asked, "invite_code") ? ASKED_CODE : 0;
    if (e->takes_hex)
        expected |= ASKED_HEX;
    struct secrets secrets = secrets_find(a, text, expected);
    if (secrets.n && !e->secret)
        die("a secret is kept quiet");
    for (size_t i = 0; i < e->n; i++) {
        const struct found *f = &e->items[i];
        check_found(f, text);
        if (i && f->offset < e->items[i - 1].offset)
            die("not in order");
        for (size_t k = 0; k < secrets.n; k++)
            if (f->offset < secrets.items[k].offset + secrets.items[k].len &&
                f->offset + f->len > secrets.items[k].offset)
                die("%s shows a secret", field_name(f->field));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct arena arena = ARENA_INIT;
    if (!len)
        return 0;
    enum field asked = *data % (FIELDS + 1);
    const char *text = text_clean(&arena, (const char *)data + 1, len - 1);
    check(&arena, text, asked < FIELDS ? field_name(asked) : "");
    arena_release(&arena);
    return 0;
}
