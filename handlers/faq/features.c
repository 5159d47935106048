#include "handlers/faq/features.h"

#include "bot/base/text.h"

#define MAX_LETTERS 1000 /* more than any question has */
#define MAX_WORD    60   /* letters; beyond are hashes and addresses */
#define WINDOW      12   /* how far apart two stems of a pair may be */
#define PIECE_MIN   2
#define PIECE_MAX   4
#define RUN_MAX     3 /* Chinese or Korean letters in a row */
#define JAMO_MIN    3
#define JAMO_MAX    6
#define HANGUL_STEM 2 /* syllables: what follows is mostly particles and endings */

struct word {
    const int32_t *letters;
    size_t n;
    enum text_kind kind;
    uint64_t hash, stem;
};

struct reading {
    int32_t letters[MAX_LETTERS];
    struct word words[MAX_LETTERS];
    size_t n_letters, n_words;
};

static uint64_t mix(uint64_t hash, uint64_t value)
{
    hash = (hash ^ value) * 0x9E3779B97F4A7C15ULL;
    return hash ^ hash >> 29;
}

static uint64_t hash_letters(uint64_t seed, const int32_t *letters, size_t n)
{
    for (size_t i = 0; i < n; i++)
        seed = mix(seed, (uint64_t)letters[i]);
    return seed;
}

/* --- stems --- */

static bool is_vowel(int32_t c)
{
    return c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u' || c == 'y';
}

static bool has_vowel(const int32_t *w, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (is_vowel(w[i]))
            return true;
    return false;
}

static bool has_ending(const int32_t *w, size_t n, const char *ending)
{
    size_t len = strlen(ending);
    for (size_t i = 0; i < len; i++)
        if (n < len || w[n - len + i] != ending[i])
            return false;
    return true;
}

static size_t drop_plural(int32_t *w, size_t n)
{
    if (!has_ending(w, n, "s") || has_ending(w, n, "ss") || has_ending(w, n, "us") ||
        has_ending(w, n, "is"))
        return n;
    if (n > 4 && has_ending(w, n, "ies")) {
        w[n - 3] = 'y';
        return n - 2;
    }
    return n - 1;
}

/* "stopped" -> "stop", but "called" -> "call". */
static size_t drop_verb_ending(const int32_t *w, size_t n)
{
    size_t stem = n > 5 && has_ending(w, n, "ing")  ? n - 3
                  : n > 4 && has_ending(w, n, "ed") ? n - 2
                                                    : n;
    if (stem == n || !has_vowel(w, stem))
        return n;
    int32_t last = w[stem - 1];
    bool is_double = stem > 3 && last == w[stem - 2] && !is_vowel(last);
    return is_double && last != 'l' && last != 's' && last != 'z' ? stem - 1 : stem;
}

/* English endings; what has other letters than a to z is left alone. May change `w`. */
static size_t stem(int32_t *w, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (w[i] >= 0x80)
            return n;
    if (n <= 3)
        return n;
    n = drop_plural(w, n);
    n = drop_verb_ending(w, n);
    if (n > 4 && has_ending(w, n, "ly"))
        n -= 2;
    if (n > 3 && w[n - 1] == 'e')
        n--;
    if (n > 3 && w[n - 1] == 'y')
        w[n - 1] = 'i';
    return n;
}

static uint64_t stem_hash(const struct word *w)
{
    int32_t copy[MAX_WORD];
    size_t n = w->n;
    if (w->kind == TEXT_HANGUL)
        return hash_letters(1, w->letters, n < HANGUL_STEM ? n : HANGUL_STEM);
    if (w->kind != TEXT_LETTER || n > MAX_WORD)
        return w->hash;
    memcpy(copy, w->letters, n * sizeof(*copy));
    n = stem(copy, n);
    return hash_letters(1, copy, n);
}

/* --- reading --- */

/* A word ends where letters of another kind begin, but "trc20" is one. */
static bool goes_on(enum text_kind kind, enum text_kind next)
{
    if (kind == TEXT_LETTER)
        return next == TEXT_LETTER || next == TEXT_DIGIT;
    return kind == next && (kind == TEXT_DIGIT || kind == TEXT_HANGUL);
}

static void read_words(struct reading *r, const char *folded)
{
    const char *at = folded, *end = folded + strlen(folded);
    enum text_kind before = TEXT_OTHER;
    r->n_letters = r->n_words = 0;
    while (at < end && r->n_letters < MAX_LETTERS) {
        int32_t c = text_next(&at, end);
        enum text_kind kind = text_kind(c);
        struct word *w = r->n_words ? &r->words[r->n_words - 1] : NULL;
        int32_t *letter = &r->letters[r->n_letters++];
        *letter = c;
        if (w && goes_on(before, kind))
            w->n++;
        else if (kind != TEXT_OTHER)
            r->words[r->n_words++] = (struct word){letter, 1, kind, 0, 0};
        before = kind;
    }
    for (size_t i = 0; i < r->n_words; i++) {
        struct word *w = &r->words[i];
        w->hash = w->kind == TEXT_DIGIT ? 1 : hash_letters(1, w->letters, w->n);
        w->stem = stem_hash(w);
    }
}

/* --- counting: a hash table that remembers the order --- */

struct counter {
    struct gram *items;
    uint32_t *places; /* index of items, plus one */
    size_t n, cap, mask;
};

static void counter_init(struct counter *c, struct arena *a, size_t cap)
{
    size_t places = 64;
    while (places < cap + cap / 2)
        places *= 2;
    *c = (struct counter){.cap = cap, .mask = places - 1};
    c->items = arena_alloc(a, cap * sizeof(*c->items));
    c->places = arena_alloc(a, places * sizeof(*c->places));
}

static void count(struct counter *c, enum block block, uint64_t hash)
{
    hash = mix(hash, 77 + block);
    size_t i = hash & c->mask;
    while (c->places[i] && c->items[c->places[i] - 1].hash != hash)
        i = (i + 1) & c->mask;
    if (c->places[i]) {
        c->items[c->places[i] - 1].count++;
    } else if (c->n < c->cap) {
        c->items[c->n] = (struct gram){hash, block, 1};
        c->places[i] = (uint32_t)++c->n;
    }
}

/* All pieces of `min` to `max` letters. */
static void count_runs(struct counter *c, enum block block, const int32_t *letters, size_t n,
                       size_t min, size_t max)
{
    for (size_t i = 0; i < n; i++) {
        uint64_t hash = 9;
        for (size_t end = i; end < n && end < i + max; end++) {
            hash = mix(hash, (uint64_t)letters[end]);
            if (end + 1 >= i + min)
                count(c, block, hash);
        }
    }
}

/* "usdt": ^u us sd dt t$ ^us usd … */
static void count_pieces(struct counter *c, const struct word *w)
{
    int32_t edged[MAX_WORD + 2] = {' '};
    size_t n = w->n < MAX_WORD ? w->n : MAX_WORD;
    memcpy(edged + 1, w->letters, n * sizeof(*edged));
    edged[n + 1] = ' ';
    count_runs(c, BLOCK_PIECES, edged, n + 2, PIECE_MIN, PIECE_MAX);
}

/* 한 is ㅎ, ㅏ and ㄴ. */
static size_t split_syllable(int32_t c, int32_t *out)
{
    size_t n = 0;
    if (c < 0xAC00 || c > 0xD7A3) {
        out[n++] = c;
        return n;
    }
    int32_t place = c - 0xAC00;
    out[n++] = 0x1100 + place / 588;
    out[n++] = 0x1161 + place % 588 / 28;
    if (place % 28)
        out[n++] = 0x11A7 + place % 28;
    return n;
}

static void count_hangul(struct counter *c, const struct word *w)
{
    int32_t jamo[3 * MAX_WORD];
    size_t n = 0, len = w->n < MAX_WORD ? w->n : MAX_WORD;
    count_runs(c, BLOCK_PIECES, w->letters, len, 1, RUN_MAX);
    for (size_t i = 0; i < len; i++)
        n += split_syllable(w->letters[i], jamo + n);
    count_runs(c, BLOCK_JAMO, jamo, n, JAMO_MIN, JAMO_MAX);
}

/* From the i-th word on: one, two and three characters in a row. */
static void count_han(struct counter *c, const struct word *words, size_t n)
{
    uint64_t hash = 9;
    for (size_t i = 0; i < n && i < RUN_MAX && words[i].kind == TEXT_HAN; i++) {
        if (words[i].letters != words[0].letters + i) /* something stood between */
            break;
        hash = mix(hash, (uint64_t)words[i].letters[0]);
        count(c, BLOCK_PIECES, hash);
    }
}

static void count_pair(struct counter *c, uint64_t x, uint64_t y)
{
    count(c, BLOCK_PAIRS, x < y ? mix(x, y) : mix(y, x));
}

static bool is_bare(const struct reading *r)
{
    size_t words = 0, letters = 0;
    enum text_kind kind = TEXT_OTHER;
    for (size_t i = 0; i < r->n_words; i++) {
        if (r->words[i].kind == TEXT_SIGN)
            continue;
        kind = r->words[i].kind;
        letters += r->words[i].n;
        words++;
    }
    return kind == TEXT_HAN || kind == TEXT_HANGUL ? letters <= 2 : words <= 1;
}

/* No more than so many: each word itself, its neighbours', and its pieces. */
static size_t most_grams(const struct reading *r)
{
    size_t n = (3 + WINDOW) * r->n_words;
    for (size_t i = 0; i < r->n_words; i++)
        n += r->words[i].kind == TEXT_HANGUL ? 15 * r->words[i].n : 3 * (r->words[i].n + 2);
    return n;
}

struct grams grams_of(struct arena *a, const char *folded)
{
    struct reading r;
    struct counter c;
    uint64_t before = 3, all = 7;
    read_words(&r, folded);
    counter_init(&c, a, most_grams(&r));
    for (size_t i = 0; i < r.n_words; i++) {
        const struct word *w = &r.words[i];
        count(&c, BLOCK_WORDS, w->hash);
        count(&c, BLOCK_BIGRAMS, mix(before, w->hash));
        count(&c, BLOCK_STEMS, w->stem);
        for (size_t k = i + 1; k < r.n_words && k <= i + WINDOW; k++)
            count_pair(&c, w->stem, r.words[k].stem);
        if (w->kind == TEXT_HAN)
            count_han(&c, w, r.n_words - i);
        else if (w->kind == TEXT_HANGUL)
            count_hangul(&c, w);
        else if (w->kind == TEXT_LETTER)
            count_pieces(&c, w);
        before = w->hash;
        if (w->kind != TEXT_SIGN)
            all = mix(all, w->hash);
    }
    return (struct grams){c.items, c.n, r.n_words, is_bare(&r), all};
}
