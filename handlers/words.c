#include "handlers/words.h"

#include <ctype.h>

static bool is_letter(char c)
{
    return (unsigned char)c < 0x80 && isalnum((unsigned char)c);
}

/* As memmem, for short words: most begin with two letters that the text has nowhere. */
static const char *find(const char *text, const char *word, size_t len)
{
    while ((text = strchr(text, *word)) &&
           ((len > 1 && text[1] != word[1]) || strncmp(text, word, len)))
        text++;
    return text;
}

static bool stands_alone(const char *text, size_t at, size_t len)
{
    bool begins = at && is_letter(text[at]) && is_letter(text[at - 1]);
    bool ends = is_letter(text[at + len - 1]) && is_letter(text[at + len]);
    return !begins && !ends;
}

size_t words_find(const char *folded, size_t from, const char *list, size_t *found_len)
{
    size_t first = SIZE_MAX, longest = 0;
    for (const char *at = list; *at;) {
        size_t len = strcspn(at, "|");
        for (const char *s = folded + from; len && (s = find(s, at, len)); s++)
            if (stands_alone(folded, (size_t)(s - folded), len)) {
                size_t place = (size_t)(s - folded);
                if (place < first || (place == first && len > longest))
                    longest = len;
                if (place < first)
                    first = place;
                break;
            }
        at += len + (at[len] == '|');
    }
    if (found_len)
        *found_len = longest;
    return first;
}
