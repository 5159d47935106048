#include "handlers/flows/judge.h"

#include "bot/base/decimal.h"
#include "handlers/flows/form.h"

struct judging {
    const struct book *book;
    const struct conversation *subject;
    struct arena *arena;
};

/* Hex has no letters of its own case, whatever a checksum makes of them. */
static bool is_same(const char *a, const char *b)
{
    return starts_with(a, "0x") ? !strcasecmp(a, b) : str_eq(a, b);
}

static bool set_holds(const struct words *set, const char *value)
{
    for (size_t i = 0; i < set->n; i++)
        if (is_same(set->items[i], value))
            return true;
    return false;
}

static const char *get(const struct judging *j, const char *field)
{
    const char *value = form_get(j->subject, j->arena, field);
    return str_eq(value, FORM_SKIPPED) ? "" : value;
}

/* "5 USDT", less than what is credited of the coin over the network it went by? */
static bool is_below_minimum(const struct judging *j, const char *value)
{
    const char *coin = get(j, "coin"), *network = get(j, "network_sent");
    if (!*network)
        network = get(j, "network");
    size_t len = strcspn(value, " ");
    const char *amount = arena_strndup(j->arena, value, len);
    const char *unit = value[len] ? value + len + 1 : coin;
    const char *least = book_minimum(j->book, arena_printf(j->arena, "%s %s", unit, network));
    if (!least)
        least = book_minimum(j->book, unit);
    return least && decimal_is(amount) && decimal_compare(amount, least) < 0;
}

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
    if (str_eq(word, "below minimums"))
        return is_below_minimum(j, value);
    const struct named_words *set = book_set(j->book, word);
    return set ? set_holds(&set->words, value) : str_eq(word, value);
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
