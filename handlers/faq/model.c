#include "handlers/faq/model.h"

#include "handlers/faq/svm.h"
#include "handlers/faq/tape.h"

#include <math.h>

/* Chosen by cross-validation on public sets of questions. */
static const float block_weight[BLOCKS] = {
    [BLOCK_WORDS] = 1.0F, [BLOCK_BIGRAMS] = 1.0F, [BLOCK_STEMS] = 1.0F,
    [BLOCK_PAIRS] = 0.7F, [BLOCK_PIECES] = 1.4F,  [BLOCK_JAMO] = 0.7F,
};

#define MIN_PAIRED 2       /* a pair that one example alone has is noise */
#define KEPT       0.01F   /* smaller weights are left out */
#define WEIGHT_1   4096.0F /* weights are kept as integers */
#define CENTRE_1   65535.0F
#define NEAREST    5 /* examples of a class */

struct row {        /* of one feature */
    float rarity;   /* 0: not known to this model */
    uint32_t first; /* its weights end where the next row's begin */
};

/* The weights of all rows, one behind the other. Within a row each class is told by its distance
 * from the one before (the first one's from 0); a longer step is bridged by weights of 0. */
#define LONGEST_STEP 255

struct model {
    size_t n_features, n_stems, n_classes, n_weights, first_centre, n_centres;
    float unheard_of; /* rarity of a feature that no example has */
    struct row *rows; /* n_features + 1 */
    uint8_t *steps;
    int16_t *weights;
    uint16_t *centres; /* of pieces, whose weights begin at first_centre: their mean values in the
                          class's examples, scaled so that a class's are a vector of length 1 */
    float *bias;       /* by class */
    uint32_t *members; /* by class */
    struct texts {     /* the examples, class by class */
        uint32_t *stems;
        uint32_t *starts; /* n + 1 */
        size_t n, n_stems;
    } texts;
};

void model_free(struct model *m)
{
    if (!m)
        return;
    free(m->rows);
    free(m->steps);
    free(m->weights);
    free(m->centres);
    free(m->bias);
    free(m->members);
    free(m->texts.stems);
    free(m->texts.starts);
    free(m);
}

size_t model_members(const struct model *m, size_t class)
{
    return m->members[class];
}

/* --- from a bag to a vector of length 1 --- */

static float damped(uint32_t count)
{
    static const float damping[FEATURE_MAX + 1] = {
        /* 1 + log(count) */
        0,       1,       1.6931F, 2.0986F, 2.3863F, 2.6094F, 2.7918F, 2.9459F,
        3.0794F, 3.1972F, 3.3026F, 3.3979F, 3.4849F, 3.5649F, 3.6391F, 3.7081F,
        3.7726F, 3.8332F, 3.8904F, 3.9444F, 3.9957F, 4.0445F, 4.0910F, 4.1355F,
        4.1781F, 4.2189F, 4.2581F, 4.2958F, 4.3322F, 4.3673F, 4.4012F, 4.4340F};
    return damping[count];
}

/* The value of each feature of the bag; `unknown`: what part of each block is not known. */
static void weigh(const struct model *m, const struct bag *bag, float *values, float *unknown)
{
    float known[BLOCKS] = {0}, strange[BLOCKS], scale[BLOCKS], total = 0;
    float square = m->unheard_of * m->unheard_of;
    for (size_t b = 0; b < BLOCKS; b++)
        strange[b] = (float)bag->unknown[b] * square;
    for (size_t i = 0; i < bag->n; i++) {
        uint32_t f = bag->features[i];
        float rarity = m->rows[feature_id(f)].rarity;
        values[i] = damped(feature_count(f)) * rarity;
        known[feature_block(f)] += values[i] * values[i];
        if (rarity == 0)
            strange[feature_block(f)] += square;
    }
    for (size_t b = 0; b < BLOCKS; b++) {
        float all = known[b] + strange[b];
        unknown[b] = all > 0 ? strange[b] / all : 0;
        scale[b] = known[b] > 0 ? block_weight[b] / sqrtf(known[b]) : 0;
        total += known[b] > 0 ? block_weight[b] * block_weight[b] : 0;
    }
    float norm = total > 0 ? 1 / sqrtf(total) : 0;
    for (size_t i = 0; i < bag->n; i++)
        values[i] *= scale[feature_block(bag->features[i])] * norm;
}

void model_values(const struct model *m, const struct bag *bag, float *values)
{
    float unknown[BLOCKS];
    weigh(m, bag, values, unknown);
}

/* --- training --- */

struct training {
    struct model *model;
    const struct lesson *lessons;
    const uint32_t *picked;
    size_t n;
    struct svm_task task;
    struct found { /* a weight that is large enough, in the order of training */
        uint32_t feature;
        uint16_t class;
        int16_t weight;
    } * found;
    size_t n_found, cap_found;
};

static const struct bag *bag_of(const struct training *t, size_t i)
{
    return &t->lessons[t->picked[i]].bag;
}

static void count_rarity(struct training *t)
{
    struct model *m = t->model;
    uint32_t *texts = xcalloc(m->n_features + 1, sizeof(*texts));
    uint8_t *blocks = xcalloc(m->n_features + 1, sizeof(*blocks));
    for (size_t i = 0; i < t->n; i++) {
        const struct bag *bag = bag_of(t, i);
        for (size_t k = 0; k < bag->n; k++) {
            texts[feature_id(bag->features[k])]++;
            blocks[feature_id(bag->features[k])] = (uint8_t)feature_block(bag->features[k]);
        }
    }
    double n = (double)t->n;
    m->unheard_of = (float)(1 + log(1 + n));
    for (size_t i = 0; i < m->n_features; i++)
        if (texts[i] >= (blocks[i] == BLOCK_PAIRS ? MIN_PAIRED : 1))
            m->rows[i].rarity = (float)(1 + log((1 + n) / (1.0 + texts[i])));
    free(texts);
    free(blocks);
}

/* The lessons as the machine wants them. */
static void prepare_task(struct training *t)
{
    size_t total = 0, most = 1, at = 0;
    for (size_t i = 0; i < t->n; i++) {
        total += bag_of(t, i)->n;
        most = bag_of(t, i)->n > most ? bag_of(t, i)->n : most;
    }
    uint32_t *ids = xcalloc(total + 1, sizeof(*ids)), *starts = xcalloc(t->n + 1, sizeof(*starts));
    uint16_t *values = xcalloc(total + 1, sizeof(*values));
    uint16_t *classes = xcalloc(t->n + 1, sizeof(*classes));
    float *exact = xcalloc(most, sizeof(*exact));
    for (size_t i = 0; i < t->n; i++) {
        const struct bag *bag = bag_of(t, i);
        model_values(t->model, bag, exact);
        starts[i] = (uint32_t)at;
        classes[i] = t->lessons[t->picked[i]].class;
        for (size_t k = 0; k < bag->n; k++, at++) {
            ids[at] = bag->features[k];
            values[at] = (uint16_t)lrintf(exact[k] * 65535);
        }
    }
    starts[t->n] = (uint32_t)at;
    free(exact);
    t->task = (struct svm_task){
        ids, values, starts, classes, t->n, t->model->n_features, t->model->n_classes};
}

static void keep_weights(struct training *t, size_t first, const float *weights)
{
    size_t end = t->task.n_classes - first < SVM_LANES ? t->task.n_classes - first : SVM_LANES;
    for (size_t i = 0; i < t->task.n_features; i++) {
        for (size_t k = 0; k < end; k++) {
            float w = weights[i * SVM_LANES + k];
            if (fabsf(w) < KEPT)
                continue;
            w = fmaxf(-7.9F, fminf(7.9F, w));
            ARRAY_GROW(t->found, t->n_found, t->cap_found);
            t->found[t->n_found++] =
                (struct found){(uint32_t)i, (uint16_t)(first + k), (int16_t)lrintf(w * WEIGHT_1)};
        }
    }
}

static void train_classes(struct training *t)
{
    struct model *m = t->model;
    float *weights = xcalloc(m->n_features * SVM_LANES + 1, sizeof(*weights));
    for (size_t first = 0; first < m->n_classes; first += SVM_LANES) {
        svm_train(&t->task, first, weights, m->bias + first);
        keep_weights(t, first, weights);
    }
    free(weights);
}

/* How many weights it takes to go on by so many classes. */
static size_t steps_of(size_t distance)
{
    return distance > LONGEST_STEP ? 1 + (distance - 1) / LONGEST_STEP : 1;
}

/* What was found, by feature. */
static void fill_rows(struct training *t, size_t n_pieces)
{
    struct model *m = t->model;
    uint32_t *ends = xcalloc(m->n_features + 1, sizeof(*ends));
    uint16_t *last = xcalloc(m->n_features + 1, sizeof(*last)); /* class */
    for (size_t i = 0; i < t->n_found; i++) {
        const struct found *f = &t->found[i];
        m->rows[f->feature + 1].first += (uint32_t)steps_of(f->class - last[f->feature]);
        last[f->feature] = f->class;
    }
    for (size_t i = 0; i < m->n_features; i++) {
        m->rows[i + 1].first += m->rows[i].first;
        ends[i] = m->rows[i].first;
    }
    m->n_weights = m->rows[m->n_features].first;
    m->first_centre = m->rows[m->n_stems].first;
    m->n_centres = m->rows[m->n_stems + n_pieces].first - m->first_centre;
    m->steps = xcalloc(m->n_weights + 1, sizeof(*m->steps));
    m->weights = xcalloc(m->n_weights + 1, sizeof(*m->weights));
    m->centres = xcalloc(m->n_centres + 1, sizeof(*m->centres));
    memset(last, 0, m->n_features * sizeof(*last));
    for (size_t i = 0; i < t->n_found; i++) {
        const struct found *f = &t->found[i];
        uint32_t *at = &ends[f->feature];
        for (; last[f->feature] + LONGEST_STEP < f->class; last[f->feature] += LONGEST_STEP)
            m->steps[(*at)++] = LONGEST_STEP;
        m->steps[*at] = (uint8_t)(f->class - last[f->feature]);
        m->weights[(*at)++] = f->weight;
        last[f->feature] = f->class;
    }
    free(last);
    free(ends);
}

#define NO_WEIGHT SIZE_MAX

/* Where the feature's weight for the class is. */
static size_t find_weight(const struct model *m, uint32_t id, size_t class)
{
    size_t at = 0, i = m->rows[id].first, end = m->rows[id + 1].first;
    while (i < end && (at += m->steps[i]) < class)
        i++;
    return i < end && at == class && m->weights[i] ? i : NO_WEIGHT;
}

static void find_centres(struct training *t)
{
    struct model *m = t->model;
    float *sums = xcalloc(m->n_centres + 1, sizeof(*sums));
    uint16_t *classes = xcalloc(m->n_centres + 1, sizeof(*classes));
    double *squares = xcalloc(m->n_classes + 1, sizeof(*squares));
    for (size_t i = 0; i < t->n; i++) {
        size_t class = t->task.classes[i];
        m->members[class]++;
        for (uint32_t k = t->task.starts[i]; k < t->task.starts[i + 1]; k++) {
            uint32_t f = t->task.ids[k];
            size_t w = feature_is_piece(feature_block(f)) ? find_weight(m, feature_id(f), class)
                                                          : NO_WEIGHT;
            if (w == NO_WEIGHT)
                continue;
            sums[w - m->first_centre] += t->task.values[k];
            classes[w - m->first_centre] = (uint16_t) class;
        }
    }
    for (size_t i = 0; i < m->n_centres; i++)
        squares[classes[i]] += sums[i] * sums[i];
    for (size_t i = 0; i < m->n_centres; i++)
        if (sums[i] > 0)
            m->centres[i] = (uint16_t)lrint(sums[i] / sqrt(squares[classes[i]]) * CENTRE_1);
    free(sums);
    free(classes);
    free(squares);
}

static void keep_stems(struct training *t)
{
    struct model *m = t->model;
    struct texts *texts = &m->texts;
    uint32_t *places = xcalloc(m->n_classes + 1, sizeof(*places)); /* in the order of classes */
    uint32_t *order = xcalloc(t->n + 1, sizeof(*order));
    size_t cap = 0;
    for (size_t k = 1; k < m->n_classes; k++)
        places[k] = places[k - 1] + m->members[k - 1];
    for (size_t i = 0; i < t->n; i++)
        order[places[t->task.classes[i]]++] = (uint32_t)i;
    texts->starts = xcalloc(t->n + 1, sizeof(*texts->starts));
    while (texts->n < t->n) {
        const struct bag *bag = bag_of(t, order[texts->n]);
        for (size_t k = 0; k < bag->n; k++) {
            uint32_t id = feature_id(bag->features[k]);
            if (id >= m->n_stems)
                continue;
            ARRAY_GROW(texts->stems, texts->n_stems, cap);
            texts->stems[texts->n_stems++] = id;
        }
        texts->starts[++texts->n] = (uint32_t)texts->n_stems;
    }
    free(places);
    free(order);
}

/* Lanes beyond the last class are trained and forgotten. */
static size_t padded(size_t n_classes)
{
    return (n_classes + SVM_LANES - 1) / SVM_LANES * SVM_LANES;
}

struct model *model_train(const struct lesson *lessons, const uint32_t *picked, size_t n,
                          const struct vocabulary *v, size_t n_classes)
{
    struct model *m = xcalloc(1, sizeof(*m));
    struct training t = {.model = m, .lessons = lessons, .picked = picked, .n = n};
    m->n_features = vocabulary_len(v);
    m->n_stems = vocabulary_stems(v);
    m->n_classes = n_classes;
    m->rows = xcalloc(m->n_features + 1, sizeof(*m->rows));
    m->bias = xcalloc(padded(n_classes), sizeof(*m->bias));
    m->members = xcalloc(n_classes + 1, sizeof(*m->members));
    count_rarity(&t);
    prepare_task(&t);
    train_classes(&t);
    fill_rows(&t, vocabulary_pieces(v));
    find_centres(&t);
    keep_stems(&t);
    free(t.found);
    free((void *)(uintptr_t)t.task.ids);
    free((void *)(uintptr_t)t.task.values);
    free((void *)(uintptr_t)t.task.starts);
    free((void *)(uintptr_t)t.task.classes);
    return m;
}

/* --- looking at a text --- */

static float mass_of(const struct model *m, uint32_t stem)
{
    return m->rows[stem].rarity * m->rows[stem].rarity;
}

static void look_at_stems(const struct model *m, struct arena *a, const struct bag *bag,
                          struct sight *s)
{
    s->stems = arena_alloc(a, m->n_stems / 8 + 1);
    s->stems_mass = (float)bag->unknown[BLOCK_STEMS] * m->unheard_of * m->unheard_of;
    for (size_t i = 0; i < s->n; i++) {
        uint32_t id = s->parts[i].id;
        if (id >= m->n_stems)
            continue;
        s->stems[id / 8] |= (uint8_t)(1U << id % 8);
        s->stems_mass += mass_of(m, id);
    }
}

struct sight model_look(const struct model *m, struct arena *a, const struct bag *bag)
{
    struct sight s = {.n_words = bag->n_words};
    float *values = arena_alloc(a, bag->n * sizeof(*values));
    s.scores = arena_alloc(a, m->n_classes * sizeof(*s.scores));
    s.parts = arena_alloc(a, bag->n * sizeof(*s.parts));
    weigh(m, bag, values, s.unknown);
    memcpy(s.scores, m->bias, m->n_classes * sizeof(*s.scores));
    for (size_t i = 0; i < bag->n; i++) {
        uint32_t id = feature_id(bag->features[i]);
        enum block block = feature_block(bag->features[i]);
        const struct row *row = &m->rows[id];
        if (row->rarity == 0)
            continue;
        s.parts[s.n++] = (struct part){id, block, values[i], row->rarity};
        float x = values[i] / WEIGHT_1;
        for (size_t w = row[0].first, class = 0; w < row[1].first; w++)
            s.scores[class += m->steps[w]] += x * m->weights[w];
    }
    look_at_stems(m, a, bag, &s);
    return s;
}

static bool speaks_for(const struct model *m, const struct part *p, size_t class)
{
    size_t w = find_weight(m, p->id, class);
    return w != NO_WEIGHT && m->weights[w] > 0;
}

float model_support_of_stems(const struct model *m, const struct sight *s, size_t class)
{
    float all = 0, speaking = 0;
    for (size_t i = 0; i < s->n; i++) {
        const struct part *p = &s->parts[i];
        if (p->block != BLOCK_STEMS)
            continue;
        float mass = p->rarity * p->rarity;
        all += mass;
        speaking += speaks_for(m, p, class) ? mass : 0;
    }
    return all > 0 ? speaking * (1 - s->unknown[BLOCK_STEMS]) / all : 0;
}

float model_support(const struct model *m, const struct sight *s, size_t class)
{
    float speaking = 0;
    for (size_t i = 0; i < s->n; i++)
        if (speaks_for(m, &s->parts[i], class))
            speaking += s->parts[i].value * s->parts[i].value;
    return speaking;
}

float model_likeness(const struct model *m, const struct sight *s, size_t class)
{
    float all = 0, common = 0;
    for (size_t i = 0; i < s->n; i++) {
        const struct part *p = &s->parts[i];
        if (!feature_is_piece(p->block))
            continue;
        size_t w = find_weight(m, p->id, class);
        all += p->value * p->value;
        common += w == NO_WEIGHT ? 0 : p->value * m->centres[w - m->first_centre];
    }
    return all > 0 ? common / CENTRE_1 / sqrtf(all) : 0;
}

/* `nearest` are the largest so far, largest first. */
static void put_among(float *nearest, float value)
{
    for (size_t i = 0; i < NEAREST && value > 0; i++) {
        if (value <= nearest[i])
            continue;
        float smaller = nearest[i];
        nearest[i] = value;
        value = smaller;
    }
}

struct nearness model_nearness(const struct model *m, const struct sight *s, size_t class)
{
    const struct texts *texts = &m->texts;
    struct nearness near = {0, 0};
    float nearest[NEAREST] = {0};
    size_t first = 0, n = m->members[class];
    for (size_t k = 0; k < class; k++)
        first += m->members[k];
    for (size_t e = first; e < first + n; e++) {
        float both = 0, its = 0;
        for (uint32_t i = texts->starts[e]; i < texts->starts[e + 1]; i++) {
            uint32_t id = texts->stems[i];
            float mass = mass_of(m, id);
            its += mass;
            both += s->stems[id / 8] >> id % 8 & 1 ? mass : 0;
        }
        if (both == 0)
            continue;
        near.covered = fmaxf(near.covered, both / its);
        put_among(nearest, both / (its + s->stems_mass - both));
    }
    size_t counted = n < NEAREST ? n : NEAREST;
    for (size_t i = 0; i < counted; i++)
        near.shared += nearest[i] / (float)counted;
    return near;
}

/* --- as bytes --- */

void model_write(const struct model *m, struct tape *t)
{
    tape_put(t, &m->n_features, sizeof(m->n_features));
    tape_put(t, &m->n_stems, sizeof(m->n_stems));
    tape_put(t, &m->n_classes, sizeof(m->n_classes));
    tape_put(t, &m->n_weights, sizeof(m->n_weights));
    tape_put(t, &m->first_centre, sizeof(m->first_centre));
    tape_put(t, &m->n_centres, sizeof(m->n_centres));
    tape_put(t, &m->texts.n, sizeof(m->texts.n));
    tape_put(t, &m->texts.n_stems, sizeof(m->texts.n_stems));
    tape_put(t, &m->unheard_of, sizeof(m->unheard_of));
    tape_put(t, m->rows, (m->n_features + 1) * sizeof(*m->rows));
    tape_put(t, m->steps, m->n_weights * sizeof(*m->steps));
    tape_put(t, m->weights, m->n_weights * sizeof(*m->weights));
    tape_put(t, m->centres, m->n_centres * sizeof(*m->centres));
    tape_put(t, m->bias, m->n_classes * sizeof(*m->bias));
    tape_put(t, m->members, m->n_classes * sizeof(*m->members));
    tape_put(t, m->texts.stems, m->texts.n_stems * sizeof(*m->texts.stems));
    tape_put(t, m->texts.starts, (m->texts.n + 1) * sizeof(*m->texts.starts));
}

struct model *model_read(struct tape *t)
{
    struct model *m = xcalloc(1, sizeof(*m));
    tape_get(t, &m->n_features, sizeof(m->n_features));
    tape_get(t, &m->n_stems, sizeof(m->n_stems));
    tape_get(t, &m->n_classes, sizeof(m->n_classes));
    tape_get(t, &m->n_weights, sizeof(m->n_weights));
    tape_get(t, &m->first_centre, sizeof(m->first_centre));
    tape_get(t, &m->n_centres, sizeof(m->n_centres));
    tape_get(t, &m->texts.n, sizeof(m->texts.n));
    tape_get(t, &m->texts.n_stems, sizeof(m->texts.n_stems));
    tape_get(t, &m->unheard_of, sizeof(m->unheard_of));
    m->rows = tape_array(t, m->n_features + 1, sizeof(*m->rows));
    m->steps = tape_array(t, m->n_weights, sizeof(*m->steps));
    m->weights = tape_array(t, m->n_weights, sizeof(*m->weights));
    m->centres = tape_array(t, m->n_centres, sizeof(*m->centres));
    m->bias = tape_array(t, m->n_classes, sizeof(*m->bias));
    m->members = tape_array(t, m->n_classes, sizeof(*m->members));
    m->texts.stems = tape_array(t, m->texts.n_stems, sizeof(*m->texts.stems));
    m->texts.starts = tape_array(t, m->texts.n + 1, sizeof(*m->texts.starts));
    if (!t->failed)
        return m;
    model_free(m);
    return NULL;
}
