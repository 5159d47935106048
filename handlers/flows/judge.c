#include "handlers/flows/judge.h"

#include "handlers/flows/form.h"

struct judging {
    const struct book *book;
    const struct conversation *subject;
    struct arena *arena;
};

static bool word_holds(const struct judging *j, const char *word, const char *value)
{
    bool is_none = !*value || str_eq(value, FORM_SKIPPED);
    if (starts_with(word, "not "))
        return !word_holds(j, word + strlen("not "), value);
    if (str_eq(word, "none"))
        return is_none;
    if (is_none)
        return false;
    if (starts_with(word, "same "))
        return str_eq(value, form_get(j->subject, j->arena, word + strlen("same ")));
    const struct named_words *set = book_set(j->book, word);
    return set ? words_hold(&set->words, value) : str_eq(word, value);
}

const struct flow_class *judge_class(const struct book *b, const struct flow *flow,
                                     const struct conversation *c, struct arena *a)
{
    struct judging j = {b, c, a};
    for (size_t i = 0; i < flow->n_classes; i++) {
        const struct flow_class *class = &flow->classes[i];
        bool holds = true;
        for (size_t k = 0; holds && k < class->n; k++) {
            const struct condition *condition = &class->conditions[k];
            const char *value = form_get(c, a, condition->field);
            for (size_t w = 0; holds && w < condition->all.n; w++)
                holds = word_holds(&j, condition->all.items[w], value);
        }
        if (holds)
            return class;
    }
    return NULL;
}
