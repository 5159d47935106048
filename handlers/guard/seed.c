#include "handlers/guard/seed.h"

#include "bot/base/text.h"
#include "handlers/guard/bip39.h"

#include <sodium.h>

#define LEAST         12                /* words of the shortest phrase */
#define LEAST_LEN     (3 * (LEAST - 1)) /* bytes: of Chinese characters, one of them missing */
#define LEAST_LETTERS 3                 /* of a list's word that is written in ASCII */

/* --- letters: a word is a run of letters of one script --- */

enum script { SCRIPT_NONE, SCRIPT_MARK, SCRIPT_LATIN, SCRIPT_KANA, SCRIPT_HANGUL, SCRIPT_HAN };

static enum script script_of(int32_t c)
{
    static const struct {
        int32_t from, to;
        enum script script;
    } ranges[] = {
        {'A', 'Z', SCRIPT_LATIN},        {'a', 'z', SCRIPT_LATIN},
        {0xC0, 0x2FF, SCRIPT_LATIN},     {0x300, 0x36F, SCRIPT_MARK},
        {0x370, 0x10FF, SCRIPT_LATIN}, /* Cyrillic is in a list; Greek ... in none, all the same */
        {0x1100, 0x11FF, SCRIPT_HANGUL}, {0x1200, 0x1FFF, SCRIPT_LATIN},
        {0x3005, 0x3007, SCRIPT_HAN},    {0x3041, 0x30FF, SCRIPT_KANA},
        {0x3130, 0x318F, SCRIPT_HANGUL}, {0x3400, 0x9FFF, SCRIPT_HAN},
        {0xAC00, 0xD7A3, SCRIPT_HANGUL}, {0xF900, 0xFAFF, SCRIPT_HAN},
        {0xFF66, 0xFF9F, SCRIPT_KANA},   {0x20000, 0x3FFFF, SCRIPT_HAN},
    };
    for (size_t i = 0; i < ARRAY_LEN(ranges) && c >= ranges[i].from; i++)
        if (c <= ranges[i].to)
            return ranges[i].script;
    return SCRIPT_NONE;
}

/* The word or the stretch of Han characters that is being read. */
struct word {
    enum script script;
    size_t start, end;               /* bytes of the text */
    size_t n;                        /* letters */
    char folded[BIP39_MAX_WORD + 1]; /* as bip39_find wants it */
    size_t len;
    bool is_foreign; /* has what no list has */
    size_t han[64];  /* where the first Han characters begin */
};

static void put(struct word *w, int32_t c)
{
    if (w->len + 3 >= sizeof(w->folded)) {
        w->is_foreign = true;
    } else if (c < 0x80) {
        w->folded[w->len++] = (char)c;
    } else if (c < 0x800) {
        w->folded[w->len++] = (char)(0xC0 | c >> 6);
        w->folded[w->len++] = (char)(0x80 | (c & 0x3F));
    } else {
        w->folded[w->len++] = (char)(0xE0 | c >> 12);
        w->folded[w->len++] = (char)(0x80 | (c >> 6 & 0x3F));
        w->folded[w->len++] = (char)(0x80 | (c & 0x3F));
    }
}

/* Turkish, beyond Latin-1: U+011E, U+0130, U+015E and their small forms; '?': none of them. */
static char turkish(int32_t c)
{
    return c == 0x11E || c == 0x11F   ? 'g'
           : c == 0x130 || c == 0x131 ? 'i'
           : c == 0x15E || c == 0x15F ? 's'
                                      : '?';
}

/* In small letters and without the marks of U+0439 and U+0451; 0: it is no Russian letter. */
static int32_t russian(int32_t c)
{
    if (c >= 0x410 && c <= 0x42F)
        c += 0x20;
    if (c == 0x401 || c == 0x451)
        return 0x435;
    if (c == 0x439)
        return 0x438;
    return c >= 0x430 && c <= 0x44F ? c : 0;
}

static void put_latin(struct word *w, int32_t c)
{
    static const char base[] =
        "aaaaaa?ceeeeiiii?nooooo??uuuuy??"; /* U+00C0-U+00DF, U+00E0-U+00FF */
    char plain = c > 0xFF ? turkish(c) : base[c & 31];
    if (c < 0x80)
        put(w, c | 0x20);
    else if (russian(c))
        put(w, russian(c));
    else if (plain == '?')
        w->is_foreign = true;
    else
        put(w, plain);
}

/* Voiced kana are an unvoiced one and a mark: か U+304B, が U+304C; は U+306F, ば, ぱ. */
static void put_kana(struct word *w, int32_t c)
{
    int32_t mark = 0;
    if (c >= 0x304B && c <= 0x3062)
        mark = c % 2 == 0;
    else if (c >= 0x3064 && c <= 0x3069)
        mark = c % 2 == 1;
    else if (c >= 0x306F && c <= 0x307D)
        mark = (c - 0x306F) % 3;
    put(w, c - mark);
    if (mark)
        put(w, 0x3098 + mark);
}

/* A syllable is two or three jamo (Unicode, 3.12). */
static void put_hangul(struct word *w, int32_t c)
{
    if (c < 0xAC00) {
        put(w, c);
        return;
    }
    c -= 0xAC00;
    put(w, 0x1100 + c / 588);
    put(w, 0x1161 + c % 588 / 28);
    if (c % 28)
        put(w, 0x11A7 + c % 28);
}

static void add_letter(struct word *w, int32_t c, size_t start, size_t end)
{
    if (!w->n)
        w->start = start;
    w->end = end;
    if (w->script == SCRIPT_LATIN)
        put_latin(w, c);
    else if (w->script == SCRIPT_KANA)
        put_kana(w, c);
    else if (w->script == SCRIPT_HANGUL)
        put_hangul(w, c);
    else if (w->n < ARRAY_LEN(w->han))
        w->han[w->n] = start;
    w->n++;
}

/* --- runs of list words --- */

#define KEPT     48
#define NO_PLACE 0xFFFF

struct run {
    size_t start, end;     /* bytes of the text, from the first word to the last */
    size_t n;              /* list words */
    size_t n_short, plain; /* of these: of at most four letters; everyday words */
    size_t kept;
    uint16_t place[KEPT]; /* of the first words; NO_PLACE for one that is in no list */
};

/* A mistyped word is in no list, so a run may have one gap: `whole` is what was read since the gap
 * before the last, `part` what was read since the last. */
struct list_runs {
    struct run whole, part;
};

struct finder {
    struct arena *arena;
    struct secrets *out;
    const char *text;
    struct list_runs runs[BIP39_LISTS];
    struct word word;
};

static int compare_words(const void *a, const void *b)
{
    return strcmp(a, *(const char *const *)b);
}

/* What conversations on exchanges are full of; a phrase has one in twenty of them. */
static bool is_everyday(const char *word)
{
    static const char *const words[] = {
        "about",   "account", "address",  "all",     "always", "amount",  "another", "any",
        "because", "before",  "better",   "can",     "cancel", "change",  "chat",    "check",
        "code",    "coin",    "come",     "confirm", "day",    "deposit", "error",   "exchange",
        "fee",     "find",    "first",    "friend",  "give",   "good",    "great",   "have",
        "help",    "into",    "invite",   "just",    "keep",   "key",     "know",    "like",
        "limit",   "link",    "little",   "long",    "make",   "market",  "message", "minute",
        "mobile",  "month",   "more",     "much",    "must",   "need",    "never",   "nothing",
        "now",     "off",     "once",     "one",     "only",   "open",    "order",   "other",
        "over",    "own",     "people",   "phone",   "photo",  "please",  "price",   "problem",
        "reason",  "receive", "report",   "right",   "same",   "say",     "sell",    "service",
        "short",   "someone", "start",    "still",   "sure",   "system",  "tell",    "that",
        "then",    "there",   "they",     "thing",   "this",   "time",    "today",   "token",
        "total",   "trade",   "transfer", "try",     "two",    "under",   "until",   "update",
        "use",     "used",    "verify",   "very",    "wait",   "want",    "way",     "what",
        "when",    "where",   "will",     "work",    "wrong",  "you",
    };
    return bsearch(word, words, ARRAY_LEN(words), sizeof(*words), compare_words);
}

static size_t distinct(const uint16_t *place, size_t n)
{
    size_t found = 0;
    for (size_t i = 0; i < n; i++) {
        size_t k = 0;
        while (k < i && place[k] != place[i])
            k++;
        found += k == i;
    }
    return found;
}

/* Is it a phrase with the right checksum, and up to two words of the sentence around? */
static bool holds_phrase(const struct run *run)
{
    for (size_t n = 24; n >= LEAST && n + 2 >= run->kept; n -= 3)
        for (size_t i = 0; i + n <= run->kept; i++)
            if (bip39_is_phrase(run->place + i, n))
                return true;
    return false;
}

/* One with a gap, or one word short, must look the less like talk. */
static bool is_seed(const struct run *run, enum bip39_list list, bool unbroken)
{
    size_t words = distinct(run->place, run->kept);
    if (list == BIP39_EN_SHORT && run->n_short * 4 < run->n * 3)
        return false;
    if (unbroken && words * 3 <= run->n) /* "hello hello hello ...", "abandon abandon ... about" */
        return words > 1 && holds_phrase(run);
    if (run->plain * 2 > run->n) /* reads like a sentence */
        return false;
    return unbroken || (run->plain * 4 <= run->n && words * 4 >= run->n * 3);
}

static void found_seed(struct finder *f, size_t start, size_t end)
{
    secrets_add(f->out, f->arena, (struct secret){SECRET_SEED, start, end - start});
}

static void check_run(struct finder *f, const struct run *run, enum bip39_list list, bool unbroken)
{
    if (run->n >= (unbroken ? LEAST : LEAST - 1) && is_seed(run, list, unbroken))
        found_seed(f, run->start, run->end);
}

static void keep(struct run *run, uint16_t place)
{
    if (run->kept < KEPT)
        run->place[run->kept++] = place;
}

static void extend(struct run *run, const struct word *w, uint16_t place, bool plain)
{
    if (!run->n)
        run->start = w->start;
    run->end = w->end;
    run->n++;
    run->n_short += w->n <= 4;
    run->plain += plain;
    keep(run, place);
}

static void add_gap(struct finder *f, enum bip39_list list)
{
    struct run *whole = &f->runs[list].whole, *part = &f->runs[list].part;
    if (!whole->n)
        return;
    check_run(f, part, list, true);
    size_t head = whole->n - part->n; /* a phrase without a gap takes no single words along */
    if ((head >= 3 || part->n < LEAST) && (part->n >= 3 || head < LEAST))
        check_run(f, whole, list, false);
    if (part->n) {
        *whole = *part;
        keep(whole, NO_PLACE);
    } else {
        *whole = (struct run){0};
    }
    *part = (struct run){0};
}

static void add_word(struct finder *f, const struct bip39_word *found)
{
    bool plain = found->lists >> BIP39_EN & 1 && is_everyday(f->word.folded);
    for (enum bip39_list list = 0; list < BIP39_LISTS; list++) {
        if (!(found->lists >> list & 1)) {
            add_gap(f, list);
            continue;
        }
        extend(&f->runs[list].whole, &f->word, found->place[list], plain);
        extend(&f->runs[list].part, &f->word, found->place[list], plain);
    }
}

/* --- Chinese without spaces --- */

/* The lists are sorted by frequency: in a sentence the places have 7.4 bits on average, in a random
 * phrase 10. (A sentence of common words does not repeat half of its characters either.) */
static bool reads_random(const uint16_t *place, size_t n, size_t bits_times_100)
{
    size_t bits = 0, words = distinct(place, n);
    for (size_t i = 0; i < n; i++)
        for (unsigned left = place[i]; left; left >>= 1)
            bits++;
    return words > 1 && (words * 2 <= n || bits * 100 >= n * bits_times_100);
}

static bool is_glued_phrase(const struct finder *f, size_t from, size_t n, size_t bits_times_100)
{
    const struct word *w = &f->word;
    uint16_t place[2][24];
    unsigned lists = 1u << BIP39_ZH_HANS | 1u << BIP39_ZH_HANT;
    for (size_t i = 0; i < n; i++) {
        struct bip39_word found = bip39_find(f->text + w->han[from + i], 3);
        lists &= found.lists;
        place[0][i] = found.place[BIP39_ZH_HANS];
        place[1][i] = found.place[BIP39_ZH_HANT];
    }
    for (size_t k = 0; k < 2; k++)
        if (lists >> (BIP39_ZH_HANS + k) & 1 && bip39_is_phrase(place[k], n) &&
            reads_random(place[k], n, bits_times_100))
            return true;
    return false;
}

/* The index of the character behind "seed phrase", or n. */
static size_t after_announcement(const struct finder *f, size_t n)
{
    static const char *const words[] = {"助记词", "助記詞", "种子", "種子", "短语", "短語", "词组"};
    const struct word *w = &f->word;
    const char *start = f->text + w->start, *found = NULL;
    for (size_t i = 0; i < ARRAY_LEN(words) && !found; i++) {
        found = memmem(start, w->end - w->start, words[i], strlen(words[i]));
        if (found)
            found += strlen(words[i]);
    }
    size_t i = 0;
    while (i < n && (!found || f->text + w->han[i] < found))
        i++;
    return i;
}

/* A stretch of Han characters that nothing divides: it is a phrase, or it holds one behind "seed
 * phrase" and up to three characters ("is as follows"). */
static void check_stretch(struct finder *f)
{
    struct word *w = &f->word;
    if (w->n < LEAST)
        return;
    if (w->n <= 24 && is_glued_phrase(f, 0, w->n, 860)) {
        found_seed(f, w->start, w->end);
        return;
    }
    size_t n = w->n < ARRAY_LEN(w->han) ? w->n : ARRAY_LEN(w->han);
    size_t from = after_announcement(f, n);
    for (size_t last = from + 3; from <= last; from++)
        for (size_t len = 24; len >= LEAST; len -= 3)
            if (from + len <= n && is_glued_phrase(f, from, len, 925)) {
                found_seed(f, w->han[from], w->han[from + len - 1] + 3);
                return;
            }
}

/* --- reading --- */

static void end_word(struct finder *f)
{
    struct word *w = &f->word;
    struct bip39_word found = {0};
    if (w->script == SCRIPT_HAN && w->n == 1)
        found = bip39_find(f->text + w->start, w->end - w->start);
    else if (w->script == SCRIPT_HAN)
        check_stretch(f);
    else if (!w->is_foreign)
        found = bip39_find(w->folded, w->len);
    w->folded[w->len] = '\0';
    add_word(f, &found);
    w->n = w->len = 0;
    w->is_foreign = false;
}

/* Most messages are too short: that is seen without looking up a word. */
static bool has_words_enough(const char *text, size_t len)
{
    size_t words = 0, letters = 0;
    if (len < LEAST_LEN)
        return false;
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)text[i] >= 0x80)
            return true;
        letters = is_alpha(text[i]) ? letters + 1 : 0;
        words += letters == LEAST_LETTERS;
    }
    return words >= LEAST - 1;
}

void seed_find(struct arena *a, const char *text, size_t len, struct secrets *out)
{
    struct finder f = {.arena = a, .out = out, .text = text};
    const char *at = text, *end = text + len;
    if (!has_words_enough(text, len))
        return;
    while (at < end) {
        size_t start = (size_t)(at - text);
        int32_t c = text_next(&at, end);
        enum script script = script_of(c);
        if (script == SCRIPT_MARK) {
            f.word.end = (size_t)(at - text);
            continue;
        }
        if (script != f.word.script && f.word.n)
            end_word(&f);
        f.word.script = script;
        if (script != SCRIPT_NONE)
            add_letter(&f.word, c, start, (size_t)(at - text));
    }
    if (f.word.n)
        end_word(&f);
    for (enum bip39_list list = 0; list < BIP39_LISTS; list++)
        add_gap(&f, list);
    sodium_memzero(&f, sizeof(f));
}
