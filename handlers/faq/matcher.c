/* Matching, once school.c has taught. */
#include "handlers/faq/learnt.h"

#include "bot/base/text.h"
#include "handlers/faq/tape.h"

#define MAX_CLASSES 60000

/* --- classes --- */

static bool is_kind(const char *label)
{
    return label && starts_with(label, KIND);
}

/* Labels of one item mostly are one string, and stand in a row. */
size_t matcher_class(const struct matcher *m, const char *label, size_t guess)
{
    if (guess < m->classes.n && m->labels[guess] == label)
        return guess;
    for (size_t k = 0; k < m->classes.n; k++)
        if (str_eq(m->labels[k], label))
            return k;
    return m->classes.n;
}

static void add_labels(struct matcher *m, bool kinds, size_t *cap)
{
    for (size_t i = 0, last = 0; i < m->teaching->n; i++) {
        const char *label = m->teaching->examples[i].label;
        if (!label || is_kind(label) != kinds || m->classes.n == MAX_CLASSES)
            continue;
        last = matcher_class(m, label, last);
        if (last < m->classes.n)
            continue;
        ARRAY_GROW(m->labels, m->classes.n, *cap);
        m->labels[m->classes.n++] = label;
    }
}

/* The order that judge.h wants. */
static void name_classes(struct matcher *m)
{
    size_t cap = 1;
    m->labels = xcalloc(1, sizeof(*m->labels));
    m->classes.n = 1;
    add_labels(m, true, &cap);
    m->classes.first_item = m->classes.n;
    add_labels(m, false, &cap);
}

struct matcher *matcher_alloc(const struct teaching *t)
{
    struct matcher *m = xcalloc(1, sizeof(*m));
    m->teaching = t;
    name_classes(m);
    return m;
}

void matcher_free(struct matcher *m)
{
    if (!m)
        return;
    vocabulary_free(m->vocabulary);
    model_free(m->model);
    free(m->labels);
    free(m->verbatim);
    free(m);
}

/* --- asking --- */

double matcher_bar(const struct matcher *m)
{
    return m->bar;
}

const char *matcher_read(const struct matcher *m, struct arena *a, const char *text,
                         const char *lang)
{
    const struct slang *slang = m->teaching->slang;
    const char *folded = text_fold_match(a, text);
    if (slang && !lang)
        lang = text_language(a, text, NULL, NULL);
    return slang && lang ? slang_apply(slang, a, lang, folded) : folded;
}

struct bag matcher_bag(const struct matcher *m, struct arena *a, const char *read)
{
    struct grams grams = grams_of(a, read);
    return vocabulary_bag(m->vocabulary, a, &grams);
}

int verbatim_compare(const void *a, const void *b)
{
    const struct verbatim *x = a, *y = b;
    return (x->words > y->words) - (x->words < y->words);
}

/* The class of the example with these very words; AMBIGUOUS also where there is none. */
static size_t find_verbatim(const struct matcher *m, uint64_t words)
{
    struct verbatim wanted = {words, 0}, *found = NULL;
    if (m->n_verbatim)
        found = bsearch(&wanted, m->verbatim, m->n_verbatim, sizeof(wanted), verbatim_compare);
    return found ? found->class : AMBIGUOUS;
}

static struct match find(const struct matcher *m, struct arena *a, const char *text,
                         const char *lang)
{
    struct bag bag = matcher_bag(m, a, matcher_read(m, a, text, lang));
    if (!bag.n)
        return (struct match){0};
    struct ruling v = judge(m->model, &m->classes, a, &bag);
    if (!v.best)
        return (struct match){0};
    struct match out = {.confidence = trust_of(&m->trust, v.signs)};
    if (bag.is_bare)
        out.confidence /= 2;
    if (v.kind)
        out.kind_confidence = trust_of(&m->kind_trust, v.kind_signs);
    size_t same = find_verbatim(m, bag.words);
    if (same != AMBIGUOUS && same >= m->classes.first_item) {
        v.second = same == v.best ? v.second : v.best;
        v.best = same;
        out.confidence = 1;
        out.kind_confidence = 0;
    } else if (same != AMBIGUOUS) {
        v.kind = same;
        out.confidence = 0;
        out.kind_confidence = same > 0;
    }
    out.id = m->labels[v.best];
    out.second = m->labels[v.second];
    out.kind = v.kind ? m->labels[v.kind] + strlen(KIND) : NULL;
    out.sure = out.confidence >= m->bar && (!bag.is_bare || out.confidence == 1);
    return out;
}

#define SCRATCH 16384 /* enough for most messages */

struct match matcher_match(const struct matcher *m, const char *text, const char *lang)
{
    struct arena scratch = ARENA_INIT;
    arena_reserve(&scratch, SCRATCH);
    struct match found = find(m, &scratch, text, lang);
    arena_release(&scratch);
    return found;
}

/* --- as bytes --- */

/* What the bytes depend on: all that was taught, and the form of what was learnt. */
#define VERSION 4

static uint64_t join_string(uint64_t hash, const char *s)
{
    return (hash ^ (s ? fnv1a64(s, strlen(s)) : 1)) * 0x9E3779B97F4A7C15ULL;
}

static uint64_t key_of(const struct teaching *t)
{
    uint64_t hash = VERSION * 1000 + (uint64_t)t->precision + (t->by_hand ? 500 : 0);
    hash = (hash ^ (t->slang ? slang_hash(t->slang) : 0)) * 0x9E3779B97F4A7C15ULL;
    for (size_t i = 0; i < t->n; i++) {
        hash = join_string(hash, t->examples[i].text);
        hash = join_string(hash, t->examples[i].label);
        hash = join_string(hash, t->examples[i].lang);
    }
    return hash;
}

void matcher_save(const struct matcher *m, struct buf *out)
{
    struct tape t = {.out = out};
    uint64_t key = key_of(m->teaching);
    tape_put(&t, &key, sizeof(key));
    tape_put(&t, &m->bar, sizeof(m->bar));
    tape_put(&t, &m->trust, sizeof(m->trust));
    tape_put(&t, &m->kind_trust, sizeof(m->kind_trust));
    tape_put(&t, &m->n_verbatim, sizeof(m->n_verbatim));
    tape_put(&t, m->verbatim, m->n_verbatim * sizeof(*m->verbatim));
    vocabulary_write(m->vocabulary, &t);
    model_write(m->model, &t);
}

struct matcher *matcher_load(const struct teaching *teaching, const void *data, size_t len)
{
    struct tape t = {.data = data, .len = len};
    struct matcher *m = matcher_alloc(teaching);
    uint64_t key;
    tape_get(&t, &key, sizeof(key));
    tape_get(&t, &m->bar, sizeof(m->bar));
    tape_get(&t, &m->trust, sizeof(m->trust));
    tape_get(&t, &m->kind_trust, sizeof(m->kind_trust));
    tape_get(&t, &m->n_verbatim, sizeof(m->n_verbatim));
    if (!t.failed && key == key_of(teaching)) {
        m->verbatim = tape_array(&t, m->n_verbatim, sizeof(*m->verbatim));
        m->vocabulary = vocabulary_read(&t);
        m->model = m->vocabulary ? model_read(&t) : NULL;
    }
    if (m->model && t.at == len)
        return m;
    matcher_free(m);
    return NULL;
}

#define MAX_BYTES (256UL * 1024 * 1024)
#define NAME      "faq"

struct matcher *matcher_open(const struct teaching *t, const struct handler_cache *cache)
{
    struct buf bytes = BUF_INIT(MAX_BYTES);
    size_t len = 0;
    void *kept = cache ? cache->read(cache->arg, NAME, &len) : NULL;
    struct matcher *m = kept ? matcher_load(t, kept, len) : NULL;
    free(kept);
    if (m)
        return m;
    m = matcher_new(t);
    if (cache) {
        matcher_save(m, &bytes);
        if (!buf_over(&bytes))
            cache->write(cache->arg, NAME, bytes.data, bytes.len);
        buf_release(&bytes);
    }
    return m;
}
