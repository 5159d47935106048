/* Linear support vector machines, one class against the rest: squared hinge loss, by dual
 * coordinate descent (Hsieh et al., ICML 2008). Deterministic, bit for bit. */
#ifndef ZAIDE_HANDLERS_FAQ_SVM_H
#define ZAIDE_HANDLERS_FAQ_SVM_H

#include "bot/base/util.h"

/* Vectors of length 1 or 0, one behind the other: the i-th has the features from starts[i] to
 * before starts[i + 1]. */
struct svm_task {
    const uint32_t *ids;    /* of features; the low 24 bits count */
    const uint16_t *values; /* of 65535 */
    const uint32_t *starts;
    const uint16_t *classes; /* of each vector */
    size_t n, n_features, n_classes;
};

#define SVM_LANES 16 /* classes that are trained together */

/* Train the classes from `first` on, up to SVM_LANES of them. `weights` has n_features rows of
 * SVM_LANES, `bias` SVM_LANES. */
void svm_train(const struct svm_task *task, size_t first, float *weights, float *bias);

#endif
