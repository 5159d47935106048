#include "handlers/faq/vocabulary.h"

#include "handlers/faq/tape.h"

#define FIRST_CAP  1024
#define MANY_TEXTS 4000

/* A hash table. The low half of the hash chooses the place, the high one is kept. */
struct place {
    uint32_t check, id; /* id: plus one; 0: free */
};

struct vocabulary {
    struct place *places;
    size_t n, cap; /* at most three quarters full */
    size_t n_stems, n_pieces;
    uint64_t *hashes;
    uint32_t *texts; /* while it learns, by id: how many have it */
    uint8_t *blocks;
    size_t ids_cap;
};

struct vocabulary *vocabulary_new(void)
{
    struct vocabulary *v = xcalloc(1, sizeof(*v));
    v->cap = FIRST_CAP;
    v->places = xcalloc(v->cap, sizeof(*v->places));
    return v;
}

static void forget_lessons(struct vocabulary *v)
{
    free(v->hashes);
    free(v->texts);
    free(v->blocks);
    v->hashes = NULL;
    v->texts = NULL;
    v->blocks = NULL;
}

void vocabulary_free(struct vocabulary *v)
{
    if (!v)
        return;
    forget_lessons(v);
    free(v->places);
    free(v);
}

size_t vocabulary_len(const struct vocabulary *v)
{
    return v->n;
}

size_t vocabulary_stems(const struct vocabulary *v)
{
    return v->n_stems;
}

size_t vocabulary_pieces(const struct vocabulary *v)
{
    return v->n_pieces;
}

static struct place *place_of(const struct vocabulary *v, uint64_t hash)
{
    size_t i = (uint32_t)hash * (uint64_t)v->cap >> 32;
    while (v->places[i].id && v->places[i].check != hash >> 32)
        i = i + 1 < v->cap ? i + 1 : 0;
    return &v->places[i];
}

static void put(struct vocabulary *v, uint64_t hash, size_t id)
{
    *place_of(v, hash) = (struct place){(uint32_t)(hash >> 32), (uint32_t)id + 1};
}

/* An empty table with room for `n`. */
static void clear_places(struct vocabulary *v, size_t n)
{
    free(v->places);
    v->cap = n / 3 * 4 + FIRST_CAP;
    v->places = xcalloc(v->cap, sizeof(*v->places));
}

static void grow(struct vocabulary *v)
{
    v->ids_cap = v->ids_cap ? 2 * v->ids_cap : FIRST_CAP;
    v->hashes = xrealloc(v->hashes, v->ids_cap * sizeof(*v->hashes));
    v->texts = xrealloc(v->texts, v->ids_cap * sizeof(*v->texts));
    v->blocks = xrealloc(v->blocks, v->ids_cap * sizeof(*v->blocks));
    clear_places(v, v->ids_cap);
    for (size_t i = 0; i < v->n; i++)
        put(v, v->hashes[i], i);
}

static uint32_t pack(size_t id, const struct gram *g)
{
    uint32_t count = g->count < FEATURE_MAX ? g->count : FEATURE_MAX;
    return count << 27 | g->block << 24 | (uint32_t)id;
}

struct bag vocabulary_learn(struct vocabulary *v, struct arena *a, const struct grams *text)
{
    struct bag bag = {.n_words = text->n_words, .is_bare = text->is_bare, .words = text->words};
    bag.features = arena_alloc(a, text->n * sizeof(*bag.features));
    for (size_t i = 0; i < text->n; i++) {
        const struct gram *g = &text->items[i];
        struct place *place = place_of(v, g->hash);
        if (!place->id) {
            if (v->n == FEATURE_IDS)
                continue;
            if (v->n == v->ids_cap)
                grow(v);
            v->hashes[v->n] = g->hash;
            v->texts[v->n] = 0;
            v->blocks[v->n] = (uint8_t)g->block;
            put(v, g->hash, v->n++);
            place = place_of(v, g->hash);
        }
        v->texts[place->id - 1]++;
        bag.features[bag.n++] = pack(place->id - 1, g);
    }
    return bag;
}

/* Of what one text alone has, out of so many. */
static bool is_noise(enum block block, size_t texts)
{
    bool is_word = block == BLOCK_WORDS || block == BLOCK_STEMS;
    return block == BLOCK_PAIRS || (texts >= MANY_TEXTS && !is_word);
}

enum shelf { SHELF_STEMS, SHELF_PIECES, SHELF_OTHERS };

static enum shelf shelf_of(enum block block)
{
    return block == BLOCK_STEMS      ? SHELF_STEMS
           : feature_is_piece(block) ? SHELF_PIECES
                                     : SHELF_OTHERS;
}

/* Those of a shelf keep their order and follow what is kept so far. */
static size_t keep(struct vocabulary *v, enum shelf shelf, size_t n_texts, uint64_t *hashes,
                   uint32_t *new_ids, size_t kept)
{
    for (size_t i = 0; i < v->n; i++) {
        enum block block = (enum block)v->blocks[i];
        if (shelf_of(block) != shelf || (v->texts[i] == 1 && is_noise(block, n_texts)))
            continue;
        hashes[kept++] = v->hashes[i];
        new_ids[i] = (uint32_t)kept;
    }
    return kept;
}

void vocabulary_settle(struct vocabulary *v, struct bag *bags, size_t n)
{
    uint32_t *new_ids = xcalloc(v->n + 1, sizeof(*new_ids)); /* plus one; 0: gone */
    uint64_t *hashes = xcalloc(v->n + 1, sizeof(*hashes));
    size_t kept = v->n_stems = keep(v, SHELF_STEMS, n, hashes, new_ids, 0);
    kept = keep(v, SHELF_PIECES, n, hashes, new_ids, kept);
    v->n_pieces = kept - v->n_stems;
    kept = keep(v, SHELF_OTHERS, n, hashes, new_ids, kept);
    v->n = kept;
    clear_places(v, kept);
    for (size_t i = 0; i < kept; i++)
        put(v, hashes[i], i);
    free(hashes);
    forget_lessons(v);
    for (size_t i = 0; i < n; i++) {
        struct bag *bag = &bags[i];
        size_t left = 0;
        for (size_t k = 0; k < bag->n; k++) {
            uint32_t f = bag->features[k], id = new_ids[feature_id(f)];
            if (id)
                bag->features[left++] = (f & ~(FEATURE_IDS - 1)) | (id - 1);
            else
                bag->unknown[feature_block(f)]++;
        }
        bag->n = left;
    }
    free(new_ids);
}

struct bag vocabulary_bag(const struct vocabulary *v, struct arena *a, const struct grams *text)
{
    struct bag bag = {.n_words = text->n_words, .is_bare = text->is_bare, .words = text->words};
    bag.features = arena_alloc(a, text->n * sizeof(*bag.features));
    for (size_t i = 0; i < text->n; i++) {
        const struct gram *g = &text->items[i];
        uint32_t id = place_of(v, g->hash)->id;
        if (id)
            bag.features[bag.n++] = pack(id - 1, g);
        else
            bag.unknown[g->block]++;
    }
    return bag;
}

void vocabulary_write(const struct vocabulary *v, struct tape *t)
{
    tape_put(t, &v->n, sizeof(v->n));
    tape_put(t, &v->n_stems, sizeof(v->n_stems));
    tape_put(t, &v->n_pieces, sizeof(v->n_pieces));
    tape_put(t, &v->cap, sizeof(v->cap));
    tape_put(t, v->places, v->cap * sizeof(*v->places));
}

struct vocabulary *vocabulary_read(struct tape *t)
{
    struct vocabulary *v = vocabulary_new();
    tape_get(t, &v->n, sizeof(v->n));
    tape_get(t, &v->n_stems, sizeof(v->n_stems));
    tape_get(t, &v->n_pieces, sizeof(v->n_pieces));
    tape_get(t, &v->cap, sizeof(v->cap));
    free(v->places);
    v->places = tape_array(t, v->cap, sizeof(*v->places));
    if (v->places && v->n <= FEATURE_IDS && v->n < v->cap && v->n_stems <= v->n &&
        v->n_pieces <= v->n - v->n_stems)
        return v;
    vocabulary_free(v);
    return NULL;
}
