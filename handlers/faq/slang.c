#include "handlers/faq/slang.h"

#include "bot/base/text.h"

#define BUCKETS 64 /* by the first letter */

struct saying {
    struct saying *next; /* in the bucket, the longest first */
    const char *said, *standard, *bare;
    size_t len;
    enum text_kind first, last; /* letters of `said` */
};

struct list {
    struct list *next;
    const char *lang;
    struct saying *buckets[BUCKETS];
};

struct slang {
    struct arena arena;
    struct list *lists;
    uint64_t hash;
};

struct slang *slang_new(void)
{
    return xcalloc(1, sizeof(struct slang));
}

void slang_free(struct slang *s)
{
    if (!s)
        return;
    arena_release(&s->arena);
    free(s);
}

uint64_t slang_hash(const struct slang *s)
{
    return s->hash;
}

static struct list *find_list(const struct slang *s, const char *lang)
{
    struct list *list = s->lists;
    while (list && !str_eq(list->lang, lang))
        list = list->next;
    return list;
}

bool slang_has(const struct slang *s, const char *lang)
{
    return find_list(s, lang);
}

static struct list *make_list(struct slang *s, const char *lang)
{
    struct list *list = find_list(s, lang);
    if (list)
        return list;
    list = arena_alloc(&s->arena, sizeof(*list));
    list->lang = arena_strdup(&s->arena, lang);
    list->next = s->lists;
    return s->lists = list;
}

static bool is_ascii(const char *s)
{
    while (*s > 0)
        s++;
    return !*s;
}

void slang_add(struct slang *s, const char *lang, const char *said, const char *standard)
{
    struct saying *it = arena_alloc(&s->arena, sizeof(*it));
    it->said = text_fold_match(&s->arena, said);
    it->standard = text_fold_match(&s->arena, standard);
    it->bare = text_strip_accents(&s->arena, it->standard);
    it->len = strlen(it->said);
    if (!it->len)
        return;
    const char *at = it->said, *end = at + it->len;
    int32_t first = text_next(&at, end), last = first;
    while (at < end)
        last = text_next(&at, end);
    it->first = text_kind(first);
    it->last = text_kind(last);

    struct saying **place = &make_list(s, lang)->buckets[(uint32_t)first % BUCKETS];
    while (*place && (*place)->len >= it->len) {
        if (str_eq((*place)->said, it->said))
            return;
        place = &(*place)->next;
    }
    it->next = *place;
    *place = it;
    const char *const parts[] = {lang, it->said, it->standard};
    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        s->hash = (s->hash ^ fnv1a64(parts[i], strlen(parts[i]))) * 0x9E3779B97F4A7C15ULL;
}

/* Does a word go on from one letter to the next? */
static bool is_inside(enum text_kind before, enum text_kind after)
{
    bool alphabet = before == TEXT_LETTER || before == TEXT_DIGIT;
    return alphabet ? after == TEXT_LETTER || after == TEXT_DIGIT
                    : before == TEXT_HANGUL && after == TEXT_HANGUL;
}

static bool fits(const struct saying *it, enum text_kind before, const char *at, const char *end)
{
    if ((size_t)(end - at) < it->len || memcmp(at, it->said, it->len) ||
        is_inside(before, it->first))
        return false;
    const char *next = at + it->len;
    enum text_kind after = next < end ? text_kind(text_next(&next, end)) : TEXT_OTHER;
    return it->last == TEXT_HANGUL || !is_inside(it->last, after);
}

const char *slang_apply(const struct slang *s, struct arena *a, const char *lang,
                        const char *folded)
{
    const struct list *list = find_list(s, lang);
    const char *at = folded, *end = folded + strlen(folded), *kept = folded, *out = "";
    enum text_kind before = TEXT_OTHER;
    while (list && at < end) {
        const char *next = at;
        int32_t c = text_next(&next, end);
        const struct saying *it = list->buckets[(uint32_t)c % BUCKETS];
        while (it && !fits(it, before, at, end))
            it = it->next;
        if (it) {
            out = arena_printf(a, "%s%.*s%s", out, (int)(at - kept), kept,
                               is_ascii(folded) ? it->bare : it->standard);
            kept = next = at + it->len;
        }
        before = it ? it->last : text_kind(c);
        at = next;
    }
    return kept > folded ? arena_printf(a, "%s%s", out, kept) : folded;
}
