/* Who may call himself one of us: lists, look-alikes, links. */
#include "handlers/verify/standing.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const char *const hosts[] = {"nika.example", "nikaexchange.com", NULL};
static const char *const handles[] = {"@Nika_Official", "700000003", "t.me/+NikaVIPabc", NULL};
static const char *const names[] = {"Nika", "Miya", "Harden Lee", "米娅", NULL};
static struct officials ours = {.hosts = hosts, .handles = handles, .names = names};
static struct arena kept = ARENA_INIT;

static struct title_words titles;

static int set_up(void **state)
{
    static const char yaml[] =
        "titles:\n  - [official, support, admin, help, desk, the, 官方, 客服]\n";
    struct buf why = BUF_INIT(1024);
    struct yaml *root = yaml_parse("words", yaml, strlen(yaml), &why);
    (void)state;
    int failed = !root || title_words_load(&titles, root, "words", &why);
    officials_prepare(&ours, &kept, &titles);
    yaml_tree_free(root);
    buf_release(&why);
    return failed;
}

static int tear_down(void **state)
{
    (void)state;
    title_words_release(&titles);
    arena_release(&kept);
    return 0;
}

static const struct {
    const char *claimed, *verdict;
} cases[] = {
    /* handles and ids prove, whatever their case */
    {"@nika_official", "official listed"},
    {"nika_official", "official listed"},
    {"https://t.me/Nika_Official", "official listed"},
    {"t.me/nika_official?start=x", "official listed"},
    {"700000003", "official listed"},
    {"700000004", "unlisted unknown"},
    {"https://t.me/+NikaVIPabc", "official listed"},
    {"https://t.me/+SomethingElse", "unlisted unknown"},
    /* a name proves nothing */
    {"Miya", "unlisted name Miya"},
    {"  miya ", "unlisted name Miya"},
    /* a handle that has the name of one of ours is no handle of ours */
    {"@miya", "impostor name Miya"},
    /* letters that look the same, signs between */
    {"М\xD1\x96\xD1\x83\xD0\xB0", "impostor letters Miya"}, /* Cyrillic */
    {"Ｍｉｙａ", "impostor letters Miya"},
    {"𝗠𝗶𝘆𝗮", "impostor letters Miya"},
    {"M i y a", "impostor letters Miya"},
    {"M.i.y.a ✅", "impostor letters Miya"},
    {"Mi\u200Bya", "impostor letters Miya"},
    {"Míyà", "impostor letters Miya"},
    {"Mlya", "impostor letters Miya"},
    {"Miyaa", "impostor letters Miya"},
    {"@n1ka_0fficial", "impostor letters @Nika_Official"},
    {"@nika_officia1", "impostor letters @Nika_Official"},
    {"米 娅", "impostor letters 米娅"},
    {"米婭", "impostor letters 米娅"},
    /* words and digits beside it */
    {"Miya Support", "impostor added Miya"},
    {"official_miya", "impostor added Miya"},
    {"TheMiyaHelpDesk", "impostor added Miya"},
    {"miya07", "impostor added Miya"},
    {"米娅客服", "impostor added 米娅"},
    {"官方米娅", "impostor added 米娅"},
    {"Nika Admin", "impostor added Nika"},
    /* a letter or two away, in a long name */
    {"Hardn Lee", "impostor close Harden Lee"},
    {"Hraden Lee", "impostor close Harden Lee"},
    {"@nika_officlals", "impostor close @Nika_Official"},
    /* other people */
    {"Mila", "unlisted unknown"},
    {"Maya", "unlisted unknown"},
    {"Monika", "unlisted unknown"},
    {"Veronika", "unlisted unknown"},
    {"Linda Lee", "unlisted unknown"},
    {"米老鼠", "unlisted unknown"},
    {"Miya Tanaka", "unlisted unknown"},
    {"", "unlisted unknown"},
    {"✅✅", "unlisted unknown"},
    {"@", "unlisted unknown"},
    /* links */
    {"https://nika.example/verify", "official listed"},
    {"www.NIKA.example", "official listed"},
    {"https://nika.example:443/", "official listed"},
    {"https://nika.example@evil.example/", "impostor host nika.example"},
    {"https://nika.example.evil.example/", "impostor host nika.example"},
    {"https://evil.example/nika.example", "unlisted unknown"},
    {"https://nіka.example", "impostor host nika.example"},
    {"xn--nka-jhd.example", "impostor host nika.example"}, /* the same in punycode */
    {"nika-support.net", "impostor host nika.example"},
    {"nika.app", "impostor host nika.example"},
    {"nikaexchnage.com", "impostor host nikaexchange.com"},
    {"my-nika-wallet.com", "impostor host nika.example"},
    {"https://example.org/nika", "unlisted unknown"},
    {"veronika-bakery.example", "unlisted unknown"},
    {"https://", "unlisted unknown"},
    {"http:///path", "unlisted unknown"},
};

static void test_cases(void **state)
{
    struct arena a = ARENA_INIT;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct standing_verdict v = standing_of(&a, &titles, &ours, cases[i].claimed);
        bool is_like = *v.like && v.reason != REASON_LISTED;
        const char *got =
            arena_printf(&a, "%s %s%s%s", standing_name(v.standing), standing_reason_name(v.reason),
                         is_like ? " " : "", is_like ? v.like : "");
        if (!str_eq(got, cases[i].verdict))
            print_error("%s: ", cases[i].claimed);
        assert_string_equal(got, cases[i].verdict);
    }
    arena_release(&a);
}

static void test_no_lists(void **state)
{
    static const struct officials nothing = {.hosts = NULL};
    struct arena a = ARENA_INIT;
    (void)state;
    assert_int_equal(standing_of(&a, &titles, &nothing, "Miya").standing, STANDING_UNLISTED);
    assert_int_equal(standing_of(&a, &titles, &nothing, "x.example").standing, STANDING_UNLISTED);
    arena_release(&a);
}

static void test_long_and_ill_formed(void **state)
{
    struct arena a = ARENA_INIT;
    char *s = arena_alloc(&a, 1 << 20);
    (void)state;
    memset(s, 'm', (1 << 20) - 1);
    assert_int_equal(standing_of(&a, &titles, &ours, s).standing, STANDING_UNLISTED);
    memset(s, 0xF0, (1 << 20) - 1);
    assert_int_equal(standing_of(&a, &titles, &ours, s).standing, STANDING_UNLISTED);
    assert_int_equal(standing_of(&a, &titles, &ours, "https://\xFF\xFE.example").standing,
                     STANDING_UNLISTED);
    arena_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_no_lists),
        cmocka_unit_test(test_long_and_ill_formed),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
