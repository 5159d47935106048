/* libFuzzer: any text; what is found lies in it, in order, on character boundaries. */
#include "bot/base/text.h"
#include "handlers/guard/secrets.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check(struct arena *a, const char *text, unsigned asked)
{
    struct secrets found = secrets_find(a, text, asked);
    size_t at = 0, len = strlen(text);
    bool is_utf8 = text_is_utf8(text, len);
    for (size_t i = 0; i < found.n; i++) {
        const struct secret *it = &found.items[i];
        if (it->offset < at || !it->len || it->len > len || it->offset > len - it->len)
            die("secret %zu lies outside", i);
        if (it->kind >= SECRET_KINDS || ((asked & ASKED_HEX) && it->kind == SECRET_HEX))
            die("secret %zu is of a wrong kind", i);
        if (is_utf8 && !text_is_utf8(text + at, it->offset - at))
            die("secret %zu begins within a character", i);
        at = it->offset + it->len;
    }
    if (is_utf8 && !text_is_utf8(text + at, len - at))
        die("the last secret ends within a character");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct arena arena = ARENA_INIT;
    const char *text = arena_strndup(&arena, (const char *)data, len);
    for (unsigned asked = 0; asked <= (ASKED_HEX | ASKED_CODE); asked++)
        check(&arena, text, asked);
    secret_is_key_file(&arena, text, text);
    arena_release(&arena);
    return 0;
}
