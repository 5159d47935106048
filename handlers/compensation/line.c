#include "handlers/compensation/line.h"

#include "bot/base/decimal.h"
#include "handlers/identity/link.h"

static const char name_letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-";

bool pay_is_name(const char *s)
{
    size_t len = strspn(s, name_letters);
    return len && len <= PAY_NAME && !s[len];
}

static bool is_asset(const char *s)
{
    size_t len = 0;
    while (is_alnum(s[len]))
        len++;
    return len && len <= PAY_ASSET && !s[len];
}

const char *pay_line_fault(const struct pay_line *line)
{
    if (!link_is_uid(line->uid))
        return "uid: 1 to 17 ASCII letters and digits";
    if (!is_asset(line->asset))
        return "asset: 1 to 15 letters and digits, as USDT";
    if (!decimal_is(line->amount) || decimal_is_zero(line->amount))
        return "amount: digits with a point, more than zero, as 12.50";
    if (strlen(line->reason) > PAY_REASON || strchr(line->reason, '\n'))
        return "reason: one line of 100 bytes at most";
    return NULL;
}

char *pay_line_print(struct arena *a, const struct pay_line *l)
{
    return arena_printf(a, "%s %s %s %s %s %s %s", l->row, l->state, l->at, l->uid, l->asset,
                        l->amount, l->reason);
}

char *pay_line_facts(struct arena *a, const struct pay_line *l)
{
    return arena_printf(a, "%s %s %s %s %s\n", l->row, l->uid, l->asset, l->amount, l->reason);
}

const char *pay_word(struct arena *a, const char **at)
{
    size_t len = strcspn(*at, " \n");
    const char *found = arena_strndup(a, *at, len);
    *at += len + ((*at)[len] == ' ');
    return found;
}

bool pay_line_next(struct arena *a, const char **at, struct pay_line *out)
{
    if (!**at)
        return false;
    const char **const words[] = {&out->row, &out->state, &out->at,
                                  &out->uid, &out->asset, &out->amount};
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        *words[i] = pay_word(a, at);
    size_t len = strcspn(*at, "\n");
    out->reason = arena_strndup(a, *at, len);
    *at += len + ((*at)[len] == '\n');
    return true;
}

char *pay_sums_add(struct arena *a, const char *sums, const char *asset, const char *amount)
{
    char *all = arena_strdup(a, "");
    bool is_new = true;
    for (const char *at = sums; *at; at += *at == '\n') {
        const char *of = pay_word(a, &at), *sum = pay_word(a, &at);
        bool is_it = str_eq(of, asset);
        is_new &= !is_it;
        all = arena_printf(a, "%s%s %s\n", all, of, is_it ? decimal_add(a, sum, amount) : sum);
    }
    return is_new ? arena_printf(a, "%s%s %s\n", all, asset, amount) : all;
}

char *pay_sums_words(struct arena *a, const char *sums)
{
    char *all = arena_strdup(a, "");
    for (const char *at = sums; *at; at += *at == '\n') {
        const char *of = pay_word(a, &at), *sum = pay_word(a, &at);
        all = arena_printf(a, "%s%s%s %s", all, *all ? ", " : "", sum, of);
    }
    return all;
}
