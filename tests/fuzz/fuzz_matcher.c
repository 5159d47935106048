/* libFuzzer: any message against a small knowledge made of its own lines and of fixed ones. */
#include "bot/base/text.h"
#include "handlers/faq/matcher.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const struct example fixed[] = {
    {"where is my deposit", "deposit"}, {"deposit not credited", "deposit"},
    {"充值没到账", "deposit"},          {"nạp tiền chưa về", "deposit"},
    {"how to withdraw", "withdraw"},    {"withdraw my coins", "withdraw"},
    {"怎么提币", "withdraw"},           {"rút tiền thế nào", "withdraw"},
    {"deposit my old car", NULL},       {"will bitcoin rise", NULL},
};

#define MAX_EXAMPLES 40

static void check(const struct matcher *m, struct arena *a, const char *text)
{
    struct match found = matcher_match(m, a, text), again = matcher_match(m, a, text);
    if (!(found.confidence >= 0 && found.confidence <= 1))
        die("confidence %f", found.confidence);
    if (found.sure && (!found.id || found.confidence < matcher_bar(m)))
        die("sure below the bar");
    if (found.id && found.second && str_eq(found.id, found.second))
        die("the best and the next are one");
    if (!str_eq(found.id, again.id) || found.confidence != again.confidence)
        die("two answers to one message");
    struct likeness nearest[3];
    size_t n = matcher_nearest(m, a, text, nearest, 3);
    for (size_t i = 0; i < n; i++)
        if (!(nearest[i].value > 0 && nearest[i].value < 1.001) ||
            (i && nearest[i].value > nearest[i - 1].value))
            die("likeness %f", nearest[i].value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct arena a = ARENA_INIT;
    struct example examples[MAX_EXAMPLES];
    size_t n = sizeof(fixed) / sizeof(*fixed);
    memcpy(examples, fixed, sizeof(fixed));
    char *rest = text_clean(&a, (const char *)data, len), *text = strsep(&rest, "\n");
    for (char *line; n < MAX_EXAMPLES && (line = strsep(&rest, "\n")); n++)
        examples[n] = (struct example){line, n % 3 ? fixed[n % 8].label : NULL};

    static struct matcher *standing;
    if (!standing)
        standing = matcher_new(fixed, sizeof(fixed) / sizeof(*fixed), 97);
    check(standing, &a, text);
    struct matcher *m = matcher_new(examples, n, 50 + (int)(len % 51));
    check(m, &a, text);
    matcher_free(m);
    arena_release(&a);
    return 0;
}
