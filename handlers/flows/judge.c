#include "handlers/flows/judge.h"

#include "bot/base/decimal.h"
#include "handlers/flows/form.h"

#define LONGEST_COIN 15 /* letters; a contract has more */

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

static const char *network_of(const struct judging *j)
{
    const char *network = get(j, "network_sent");
    return *network ? network : get(j, "network");
}

/* "5 USDT", less than what is credited of the coin over the network it went by? */
static bool is_below_minimum(const struct judging *j, const char *value)
{
    const char *coin = get(j, "coin"), *network = network_of(j);
    size_t len = strcspn(value, " ");
    const char *amount = arena_strndup(j->arena, value, len);
    const char *unit = value[len] ? value + len + 1 : coin;
    const char *least = book_minimum(j->book, arena_printf(j->arena, "%s %s", unit, network));
    if (!least)
        least = book_minimum(j->book, unit);
    return least && decimal_is(amount) && decimal_compare(amount, least) < 0;
}

/* --- tokens --- */

/* Is the row about this coin, over the network that was told? */
static bool is_of_coin(const struct judging *j, const struct token *row, const char *coin)
{
    const char *network = network_of(j);
    return str_eq(row->coin, coin) &&
           (!*row->network || !*network || str_eq(row->network, network));
}

/* Of a contract: by its row; "other" where the coin has other contracts. */
static const char *class_of_contract(const struct judging *j, const char *contract)
{
    const char *coin = get(j, "coin"), *class = "";
    for (size_t i = 0; i < j->book->n_tokens; i++) {
        const struct token *row = &j->book->tokens[i];
        if (*row->contract && is_same(row->contract, contract))
            return row->class;
        if (*row->contract && is_of_coin(j, row, coin))
            class = "other";
    }
    return class;
}

/* Of a coin: as its rows over this network say; else by the set of all that are listed. */
static const char *class_of_coin(const struct judging *j, const char *coin)
{
    const struct named_words *listed = book_set(j->book, "listed");
    bool is_known = !listed || !listed->words.n || set_holds(&listed->words, coin);
    const char *class = is_known ? "" : "unlisted";
    for (size_t i = 0; i < j->book->n_tokens; i++) {
        const struct token *row = &j->book->tokens[i];
        bool is_listed = str_eq(row->class, "listed");
        if (is_of_coin(j, row, coin) && (is_listed || str_eq(row->class, "delisted")))
            class = row->class;
    }
    return class;
}

static bool is_token(const struct judging *j, const char *class, const char *value)
{
    bool is_contract = strlen(value) > LONGEST_COIN;
    return str_eq(class, is_contract ? class_of_contract(j, value) : class_of_coin(j, value));
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
    if (starts_with(word, "token "))
        return is_token(j, word + strlen("token "), value);
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
