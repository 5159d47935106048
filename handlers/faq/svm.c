#include "handlers/faq/svm.h"

#include <string.h>

#define EPOCHS 8
#define COST   1.0F /* of a wrong example against large weights */
#define SLACK  (1 / (2 * COST))
#define FAR    1.1F /* an example beyond it is rested */
#define UNIT   (1 / 65535.0F)

/* GCC and clang make vector instructions of it. */
typedef float lanes __attribute__((vector_size(SVM_LANES * sizeof(float)), aligned(4)));

struct machine {
    const struct svm_task *task;
    size_t first;   /* class of the first lane */
    lanes *weights; /* a row of each feature */
    lanes bias;
    lanes *alphas; /* of each vector */
    bool *rests;   /* vectors that no lane learns from any more */
};

/* The sanitizers would make these two ten times slower; svm_train has checked every id. */
#define HOT __attribute__((no_sanitize("address", "undefined")))

HOT static void score(const struct machine *m, size_t i, lanes *out)
{
    const struct svm_task *t = m->task;
    lanes sum = m->bias;
    for (uint32_t k = t->starts[i]; k < t->starts[i + 1]; k++)
        sum += t->values[k] * UNIT * m->weights[t->ids[k] & 0xFFFFFF];
    *out = sum;
}

HOT static void add(struct machine *m, size_t i, const lanes *step)
{
    const struct svm_task *t = m->task;
    for (uint32_t k = t->starts[i]; k < t->starts[i + 1]; k++)
        m->weights[t->ids[k] & 0xFFFFFF] += t->values[k] * UNIT * *step;
    m->bias += *step;
}

/* One step of the dual problem in each lane: 2 is the square of the vector's length with its bias.
 */
static void visit(struct machine *m, size_t i)
{
    lanes s, step, *alpha = &m->alphas[i];
    size_t own = m->task->classes[i] - m->first; /* beyond the lanes where it has none */
    bool moves = false, is_near = false;
    score(m, i, &s);
    for (size_t k = 0; k < SVM_LANES; k++) {
        float y = k == own ? 1 : -1, old = (*alpha)[k];
        float slope = y * s[k] - 1 + old * SLACK;
        float better = old - slope / (2 + SLACK);
        better = better > 0 ? better : 0;
        step[k] = (better - old) * y;
        (*alpha)[k] = better;
        moves |= better != old;
        is_near |= better > 0 || y * s[k] < FAR;
    }
    m->rests[i] = !is_near;
    if (moves)
        add(m, i, &step);
}

static size_t draw(uint64_t *seed, size_t n)
{
    *seed = *seed * 6364136223846793005ULL + 1442695040888963407ULL;
    return (size_t)(*seed >> 33) % n;
}

void svm_train(const struct svm_task *task, size_t first, float *weights, float *bias)
{
    for (uint32_t k = 0; k < task->starts[task->n]; k++)
        if ((task->ids[k] & 0xFFFFFF) >= task->n_features)
            die("svm: a feature that is none");
    struct machine m = {.task = task, .first = first, .weights = (lanes *)weights};
    uint32_t *order = xcalloc(task->n + 1, sizeof(*order));
    uint64_t seed = 1;
    m.alphas = xcalloc(task->n + 1, sizeof(*m.alphas));
    m.rests = xcalloc(task->n + 1, sizeof(*m.rests));
    memset(weights, 0, task->n_features * sizeof(lanes));
    for (size_t i = 0; i < task->n; i++)
        order[i] = (uint32_t)i;
    for (int epoch = 0; epoch < EPOCHS; epoch++) {
        for (size_t i = task->n; i > 1; i--) {
            size_t k = draw(&seed, i);
            uint32_t swapped = order[i - 1];
            order[i - 1] = order[k];
            order[k] = swapped;
        }
        bool all = epoch == EPOCHS - 2; /* who rested may be needed again */
        for (size_t i = 0; i < task->n; i++)
            if (all || !m.rests[order[i]])
                visit(&m, order[i]);
    }
    memcpy(bias, &m.bias, sizeof(m.bias));
    free(order);
    free(m.alphas);
    free(m.rests);
}
