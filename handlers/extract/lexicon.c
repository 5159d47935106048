#include "handlers/extract/lexicon.h"

#include <ctype.h>

#define BUCKETS   4096
#define PREFIX    3 /* bytes: one Han character or syllable */
#define MAX_WORDS 20000

struct lexicon {
    struct arena arena;
    struct word *words;
    size_t n, cap, longest[WORD_CLASSES];
    uint64_t begun[256]; /* classes of the words that begin with a byte: most bytes begin few */
    struct bucket {
        uint32_t first;   /* plus 1 */
        uint64_t classes; /* of its words */
    } buckets[BUCKETS];
};

static const char *const class_names[WORD_CLASSES] = {
    [WORD_COIN] = "coin",
    [WORD_COIN_CAPITALS] = "coin_capitals",
    [WORD_COIN_BESIDE] = "coin_beside",
    [WORD_COIN_AT_NUMBER] = "coin_at_number",
    [WORD_NETWORK] = "network",
    [WORD_NETWORK_WORD] = "network_word",
    [WORD_NETWORK_OR_COIN] = "network_or_coin",
    [WORD_CHAIN] = "chain",
    [WORD_NATIVE_COIN] = "native_coin",
    [WORD_NETWORK_OF] = "network_of",
    [WORD_NETWORK_SIGN] = "network_sign",
    [WORD_NETWORK_OVER] = "network_over",
    [WORD_NETWORK_OR] = "network_or",
    [WORD_NETWORK_BY] = "network_by",
    [WORD_NETWORK_RATHER] = "network_rather",
    [WORD_TOKEN] = "token",
    [WORD_GOAL] = "goal",
    [WORD_EXPLORER] = "explorer",
    [WORD_TX_PATH] = "tx_path",
    [WORD_ADDRESS_PATH] = "address_path",
    [WORD_INVITE_QUERY] = "invite_query",
    [WORD_INVITE_PATH] = "invite_path",
    [WORD_TLD] = "tld",
    [WORD_SAYS] = "says",
    [WORD_IS] = "is",
    [WORD_MONEY] = "money",
    [WORD_AFTER_MONEY] = "after_money",
    [WORD_COUNTER] = "counter",
    [WORD_VAGUE] = "vague",
    [WORD_LINKER] = "linker",
    [WORD_OBJECT] = "object",
    [WORD_CURRENCY] = "currency",
    [WORD_CURRENCY_AFTER] = "currency_after",
    [WORD_WHOLE] = "whole",
    [WORD_NUMBER] = "number",
    [WORD_POWER] = "power",
    [WORD_POWER_GLUED] = "power_glued",
    [WORD_HALF] = "half",
    [WORD_JOINER] = "joiner",
    [WORD_DAY] = "day",
    [WORD_DAYTIME] = "daytime",
    [WORD_MONTH] = "month",
    [WORD_ORDINAL] = "ordinal",
    [WORD_CLOCK] = "clock",
    [WORD_HOUR] = "hour",
    [WORD_HOUR_NUMBER] = "hour_number",
    [WORD_MINUTE] = "minute",
    [WORD_SPAN] = "span",
    [WORD_AGO] = "ago",
    [WORD_RANGE] = "range",
    [WORD_ZONE] = "zone",
};

/* --- reading --- */

/* The bucket of words that begin with these bytes; a word of fewer has one of its own. */
static size_t bucket_of(const char *s, size_t len)
{
    return fnv1a64(s, len < PREFIX ? len : PREFIX) % BUCKETS;
}

/* `value` is in the arena. */
static void add(struct lexicon *l, enum word_class class, const char *value, const char *text)
{
    bool is_exact = (class >= WORD_CHAIN && class <= WORD_NETWORK_OF) || class == WORD_TOKEN ||
                    class == WORD_NETWORK_RATHER || class == WORD_WHOLE;
    struct word w = {.class = class, .len = strlen(text), .value = value};
    w.text = is_exact ? arena_strdup(&l->arena, text) : text_small_match(&l->arena, text);
    struct bucket *bucket = &l->buckets[bucket_of(w.text, w.len)];
    w.next = bucket->first;
    ARRAY_GROW(l->words, l->n, l->cap);
    l->words[l->n++] = w;
    bucket->first = (uint32_t)l->n;
    bucket->classes |= IN_CLASS(class);
    l->begun[(unsigned char)*w.text] |= IN_CLASS(class);
    if (w.len > l->longest[class])
        l->longest[class] = w.len;
}

static void read_class(struct lexicon *l, const char *file, const struct yaml *map, struct buf *why)
{
    enum word_class class = 0;
    while (class < WORD_CLASSES && !str_eq(class_names[class], map->key))
        class ++;
    if (class == WORD_CLASSES || map->kind != YAML_MAP) {
        buf_printf(why, "%s:%d: %s is no class of words with a map of values\n", file, map->line,
                   map->key);
        return;
    }
    for (size_t i = 0; i < map->n; i++) {
        const struct yaml *list = &map->items[i];
        const char *value = arena_strdup(&l->arena, list->key);
        if (list->kind != YAML_LIST || !list->n)
            buf_printf(why, "%s:%d: %s is to be a list of words\n", file, list->line, list->key);
        for (size_t k = 0; list->kind == YAML_LIST && k < list->n; k++)
            if (list->items[k].kind != YAML_SCALAR || str_empty(list->items[k].text) ||
                l->n >= MAX_WORDS)
                buf_printf(why, "%s:%d: not a word\n", file, list->items[k].line);
            else
                add(l, class, value, list->items[k].text);
    }
}

struct lexicon *lexicon_load(const struct handler_files *files, struct buf *why)
{
    struct lexicon *l = xcalloc(1, sizeof(*l));
    struct buf faults = BUF_INIT(64 * 1024);
    for (size_t i = 0; i < files->n; i++) {
        const struct file_tree *file = &files->items[i];
        if (!starts_with(file->name, "extract/"))
            continue;
        for (size_t k = 0; file->root->kind == YAML_MAP && k < file->root->n; k++)
            read_class(l, file->name, &file->root->items[k], &faults);
    }
    if (!l->n && !faults.len)
        buf_printf(&faults, "%s/extract/ has no words\n", files->dir);
    if (faults.len) {
        buf_fail(why, "%.*s", (int)faults.len - 1, faults.data);
        lexicon_free(l);
        l = NULL;
    }
    buf_release(&faults);
    return l;
}

void lexicon_free(struct lexicon *l)
{
    if (!l)
        return;
    arena_release(&l->arena);
    free(l->words);
    free(l);
}

/* --- where a word may begin and end --- */

enum script { SCRIPT_NONE, SCRIPT_LATIN, SCRIPT_HANGUL, SCRIPT_KATAKANA };

static enum script script_of(int32_t c)
{
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= 0xC0 && c <= 0x24F) ||
        (c >= 0x300 && c <= 0x36F) || (c >= 0x1E00 && c <= 0x1EFF))
        return SCRIPT_LATIN;
    if (c >= 0xAC00 && c <= 0xD7A3)
        return SCRIPT_HANGUL;
    return c >= 0x30A1 && c <= 0x30FF ? SCRIPT_KATAKANA : SCRIPT_NONE;
}

static int32_t char_before(const char *s, size_t at)
{
    const char *from = s + at;
    while (from > s && ((unsigned char)*--from & 0xC0) == 0x80)
        ;
    return at ? text_next(&from, s + at) : 0;
}

static int32_t char_at(const char *s)
{
    return *s ? text_next(&s, s + strnlen(s, 4)) : 0;
}

/* What a Korean name may go on with: the first syllables of particles, endings, 코인, 네트워크,
 * 체인, 망 and 메인넷. */
static bool is_particle(int32_t c)
{
    static const char all[] = "은는이가을를에의로으도만와과랑나면인요입였고코네체망메";
    for (const char *at = all; *at;)
        if (text_next(&at, all + sizeof(all)) == c)
            return true;
    return false;
}

static bool is_name(enum word_class c)
{
    return c <= WORD_NETWORK_OR_COIN;
}

static bool is_figure(int32_t c)
{
    return c >= '0' && c <= '9';
}

/* Does the word begin here, and is not the rest of a longer one? */
static bool begins_apart(const struct word *w, const char *low, size_t at)
{
    int32_t first = char_at(w->text), before = char_before(low, at);
    enum script script = script_of(first);
    if (script == SCRIPT_HANGUL && !is_name(w->class))
        return true; /* Korean words are glued to each other */
    return !(script && script == script_of(before)) && !(is_figure(first) && is_figure(before));
}

static bool ends_apart(const struct word *w, const char *low, size_t at)
{
    int32_t last = char_before(w->text, w->len), after = char_at(low + at + w->len);
    enum script script = script_of(last);
    if (w->class == WORD_POWER_GLUED || (script == SCRIPT_HANGUL && !is_name(w->class)))
        return true; /* a unit may follow: "10ku" */
    if (script == SCRIPT_KATAKANA && w->len >= 12)
        return true; /* so are long Japanese ones: イーサリアムチェーン */
    if (script && script == script_of(after))
        return script == SCRIPT_HANGUL && is_particle(after);
    return !(is_figure(last) && is_figure(after));
}

/* --- looking up --- */

struct place {
    size_t at, len;    /* `len`: only words so long; 0: any */
    bool follows_word; /* it may begin at once behind another */
};

/* The longest of these classes there. */
static const struct word *find(const struct lexicon *l, uint64_t classes, const char *low,
                               struct place p)
{
    const struct word *best = NULL;
    if (!(l->begun[(unsigned char)low[p.at]] & classes))
        return NULL;
    for (size_t prefix = 1; prefix <= PREFIX && low[p.at + prefix - 1]; prefix++) {
        const struct bucket *bucket = &l->buckets[bucket_of(low + p.at, prefix)];
        uint32_t i = bucket->classes & classes ? bucket->first : 0;
        for (; i; i = l->words[i - 1].next) {
            const struct word *w = &l->words[i - 1];
            if ((IN_CLASS(w->class) & classes) && (!best || w->len > best->len) &&
                (!p.len || w->len == p.len) && !strncmp(low + p.at, w->text, w->len) &&
                (p.follows_word || begins_apart(w, low, p.at)) && ends_apart(w, low, p.at))
                best = w;
        }
    }
    return best;
}

const struct word *lexicon_at(const struct lexicon *l, uint64_t classes, const char *low, size_t at)
{
    return find(l, classes, low, (struct place){at, 0, false});
}

const struct word *lexicon_glued_at(const struct lexicon *l, uint64_t classes, const char *low,
                                    size_t at)
{
    return find(l, classes, low, (struct place){at, 0, true});
}

const struct word *lexicon_before(const struct lexicon *l, uint64_t classes, const char *low,
                                  size_t end)
{
    size_t longest = 0;
    for (enum word_class c = 0; c < WORD_CLASSES; c++)
        if ((IN_CLASS(c) & classes) && l->longest[c] > longest)
            longest = l->longest[c];
    for (size_t len = end < longest ? end : longest; len; len--) {
        bool is_within = ((unsigned char)low[end - len] & 0xC0) == 0x80; /* a character */
        const struct word *w =
            is_within ? NULL : find(l, classes, low, (struct place){end - len, len, false});
        if (w)
            return w;
    }
    return NULL;
}

const char *lexicon_value(const struct lexicon *l, enum word_class class, const char *word)
{
    uint32_t i = l->buckets[bucket_of(word, strlen(word))].first;
    for (; i; i = l->words[i - 1].next)
        if (l->words[i - 1].class == class && str_eq(l->words[i - 1].text, word))
            return l->words[i - 1].value;
    return NULL;
}
