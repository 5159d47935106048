/* libFuzzer: any message against a small knowledge made of its own lines and of fixed ones. */
#include "bot/base/text.h"
#include "handlers/faq/matcher.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const struct example fixed[] = {
    {"where is my deposit", "deposit", NULL}, {"deposit not credited", "deposit", NULL},
    {"充值没到账", "deposit", NULL},          {"nạp tiền chưa về", "deposit", NULL},
    {"how to withdraw", "withdraw", NULL},    {"withdraw my coins", "withdraw", NULL},
    {"怎么提币", "withdraw", NULL},           {"rút tiền thế nào", "withdraw", NULL},
    {"deposit my old car", NULL, NULL},       {"will bitcoin rise", NULL, NULL},
};

#define MAX_EXAMPLES 40

static void check(const struct matcher *m, struct arena *a, const char *text)
{
    struct match found = matcher_match(m, text, NULL), again = matcher_match(m, text, NULL);
    if (!(found.confidence >= 0 && found.confidence <= 1))
        die("confidence %f", found.confidence);
    if (found.sure && (!found.id || found.confidence < matcher_bar(m)))
        die("sure below the bar");
    if (found.id && found.second && str_eq(found.id, found.second))
        die("the best and the next are one");
    if (!str_eq(found.id, again.id) || found.confidence != again.confidence)
        die("two answers to one message");
    struct likeness nearest[3];
    size_t n = matcher_nearest(m, a, text, NULL, nearest, 3);
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
        examples[n] = (struct example){line, n % 3 ? fixed[n % 8].label : NULL, NULL};

    static const struct teaching standing_teaching = {fixed, sizeof(fixed) / sizeof(*fixed), 97,
                                                      NULL, false};
    static struct matcher *standing;
    if (!standing)
        standing = matcher_new(&standing_teaching);
    check(standing, &a, text);
    struct teaching teaching = {examples, n, 50 + (int)(len % 51), NULL, false};
    struct matcher *m = matcher_new(&teaching);
    check(m, &a, text);
    matcher_free(m);
    arena_release(&a);
    return 0;
}
