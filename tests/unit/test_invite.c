#include "bot/commands/core_settings.h"
#include "extract_rig.h"
#include "handlers/flows/invite.h"

static struct settings *settings;

static int set_up(void **state)
{
    settings = settings_new();
    settings_add(settings, "core", core_settings);
    assert_int_equal(settings_set(settings, "BRAND_HOSTS", "example.com, www.example.org", NULL),
                     0);
    return rig_setup(state);
}

static int tear_down(void **state)
{
    settings_free(settings);
    return rig_teardown(state);
}

/* "host code parameter clean-link" of each link; "!" before a host that is not ours. */
static const char *show(const char *text)
{
    struct invite_link links[4];
    size_t n = invite_links(lexicon, settings, &arena, text, links, 4);
    char *out = arena_strdup(&arena, "");
    for (size_t i = 0; i < n; i++)
        out = arena_printf(&arena, "%s%s%s%s|%s|%s|%s", out, i ? " " : "",
                           links[i].is_ours ? "" : "!", links[i].host, links[i].code,
                           links[i].parameter, links[i].rest);
    return out;
}

static void test_cleans_and_keeps_the_code(void **state)
{
    static const char *const rows[][2] = {
        {"https://example.com/register?inviteCode=KX7abc",
         "example.com|KX7abc|inviteCode|/register?inviteCode=KX7abc"},
        {"链接：https://example.com/register?inviteCode=KX7abc。",
         "example.com|KX7abc|inviteCode|/register?inviteCode=KX7abc"},
        {"（https://example.com/register？inviteCode＝KX7abc）",
         "example.com|KX7abc|inviteCode|/register?inviteCode=KX7abc"},
        {"https://example.com/register?inviteCode=KX7abc&amp;from=app",
         "example.com|KX7abc|inviteCode|/register?inviteCode=KX7abc&from=app"},
        {"https://example.com/register?\ninviteCode= KX7abc",
         "example.com|KX7abc|inviteCode|/register?inviteCode=KX7abc"},
        {"https://exam\u200bple.com/register?inviteCode=KX\u200b7abc",
         "example.com|KX7abc|inviteCode|/register?inviteCode=KX7abc"},
        {"example.com/ru-RU/register?inviteCode=mexc-KX7abc 快来",
         "example.com|mexc-KX7abc|inviteCode|/ru-RU/register?inviteCode=mexc-KX7abc"},
        {"https://m.example.com/join/KX7abc", "m.example.com|KX7abc||/join/KX7abc"},
        {"https://example.com/r/af/KX7abc/", "example.com|KX7abc||/r/af/KX7abc/"},
        {"https://example.com/register", "example.com|||/register"},
        {"https://example.com/news/KX7abc", "example.com|||/news/KX7abc"},
        {"no link at all", ""},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        assert_string_equal(show(rows[i][0]), rows[i][1]);
}

static void test_a_foreign_host_is_known(void **state)
{
    static const char *const foreign[] = {
        "https://example.com.evil.top/register?inviteCode=KX7abc",
        "https://example.com@evil.top/register?inviteCode=KX7abc",
        "https://evilexample.com/register?inviteCode=KX7abc",
        "https://evil.top/example.com/register?inviteCode=KX7abc",
        "https://evil.top\\@example.com/register?inviteCode=KX7abc",
        "https://еxample.com/register?inviteCode=KX7abc", /* a Cyrillic letter */
        "https://example.org/register?inviteCode=KX7abc", /* only www.example.org is listed */
        "https://xn--xample-9uf.com/join/KX7abc",
        "https://.example.com/join/KX7abc", /* no host at all */
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(foreign); i++) {
        struct invite_link link;
        assert_int_equal(invite_links(lexicon, settings, &arena, foreign[i], &link, 1), 1);
        if (link.is_ours)
            fail_msg("%s is taken for ours: %s", foreign[i], link.host);
    }
    assert_string_equal(show("https://EXAMPLE.com:443/join/KX7abc"),
                        "example.com|KX7abc||/join/KX7abc");
    assert_string_equal(show("https://example.com./join/KX7abc"),
                        "example.com|KX7abc||/join/KX7abc");
}

static void test_builds_by_rule(void **state)
{
    struct invite_link link = {"example.com", "/r?ref=KX7abc", "ref", "KX7abc", true};
    struct invite_rule hole = {"VN", "www.example.com", "vi-VN", "/register?inviteCode={code}&v=1",
                               true};
    struct invite_rule query = {"JP", "jp.example.com", "", "register", true};
    struct invite_rule has_query = {"JP", "jp.example.com", "/ja/", "/register?a=b", true};
    (void)state;
    assert_string_equal(invite_build(&arena, NULL, &link), "https://example.com/r?ref=KX7abc");
    assert_string_equal(invite_build(&arena, &hole, &link),
                        "https://www.example.com/vi-VN/register?inviteCode=KX7abc&v=1");
    assert_string_equal(invite_build(&arena, &query, &link),
                        "https://jp.example.com/register?ref=KX7abc");
    assert_string_equal(invite_build(&arena, &has_query, &link),
                        "https://jp.example.com/ja/register?a=b&ref=KX7abc");
    link.parameter = "";
    assert_string_equal(invite_build(&arena, &query, &link),
                        "https://jp.example.com/register?inviteCode=KX7abc");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cleans_and_keeps_the_code),
        cmocka_unit_test(test_a_foreign_host_is_known),
        cmocka_unit_test(test_builds_by_rule),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
