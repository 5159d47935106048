/* What one training gives: how rare each feature is, and how much it speaks for each class. The
 * machine's small weights are left out, so that a message costs little. */
#ifndef ZAIDE_HANDLERS_FAQ_MODEL_H
#define ZAIDE_HANDLERS_FAQ_MODEL_H

#include "handlers/faq/vocabulary.h"

struct model;

/* A text that somebody has put into a class. */
struct lesson {
    struct bag bag;
    uint16_t class;
    uint32_t origin; /* copies of one example (without accents) have the same */
};

/* Learn from lessons[picked[0]] … of classes below n_classes, with the features of the vocabulary.
 */
struct model *model_train(const struct lesson *lessons, const uint32_t *picked, size_t n,
                          const struct vocabulary *v, size_t n_classes);
void model_free(struct model *m);

/* What the model sees in a text. */
struct sight {
    float *scores;         /* by class: > 0 leans to it, > 1 is clear; in the arena */
    float unknown[BLOCKS]; /* 0..1: how much of the text's weight no example has */
    struct part {          /* the known features */
        uint32_t id;
        enum block block;
        float value, rarity;
    } * parts;
    size_t n;
    size_t n_words;
    uint8_t *stems;   /* bits: which of the vocabulary's stems it has */
    float stems_mass; /* of all its stems, known or not: the rarer one is the more it has */
};
struct sight model_look(const struct model *m, struct arena *a, const struct bag *bag);

size_t model_members(const struct model *m, size_t class); /* how many lessons it had */

/* How far the text's features speak for a class at all, 0..1: the part of the stems' weight, and of
 * all features' squared values, that has a positive weight there. */
float model_support_of_stems(const struct model *m, const struct sight *s, size_t class);
float model_support(const struct model *m, const struct sight *s, size_t class);

/* The cosine of the text's pieces of words and the mean of the class's examples'. */
float model_likeness(const struct model *m, const struct sight *s, size_t class);

/* How near the class's examples come to the text by their stems' mass, 0..1. */
struct nearness {
    float covered; /* what part of an example the text has; of the example where that is most */
    float shared;  /* what part they have in common of all that both have; mean of the five nearest
                      examples */
};
struct nearness model_nearness(const struct model *m, const struct sight *s, size_t class);

/* The value of each feature of the bag in a vector of length 1; for whoever compares texts. */
void model_values(const struct model *m, const struct bag *bag, float *values);

struct tape;
void model_write(const struct model *m, struct tape *t);
struct model *model_read(struct tape *t); /* NULL where it is not whole */

#endif
