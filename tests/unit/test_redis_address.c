#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "bot/io/redis.h"

static struct redis_address address(const char *url)
{
    struct redis_address a;
    struct buf why = BUF_INIT(512);
    if (redis_address_parse(&a, url, &why))
        fail_msg("%s: %s", url, why.data);
    buf_release(&why);
    return a;
}

static void test_address(void **state)
{
    (void)state;
    struct redis_address a = address("redis://bob:p%40ss%2fw@db.example:7000/3");
    assert_string_equal(a.user, "bob");
    assert_string_equal(a.password, "p@ss/w");
    assert_string_equal(a.host, "db.example");
    assert_int_equal(a.port, 7000);
    assert_int_equal(a.db, 3);
    assert_null(a.path);
    redis_address_release(&a);

    a = address("redis://:only@[::1]");
    assert_null(a.user);
    assert_string_equal(a.password, "only");
    assert_string_equal(a.host, "::1");
    assert_int_equal(a.port, 6379);
    redis_address_release(&a);

    a = address("unix:///run/a%20b.sock?db=2");
    assert_string_equal(a.path, "/run/a b.sock");
    assert_int_equal(a.db, 2);
    redis_address_release(&a);
}

static void test_wrong_addresses(void **state)
{
    (void)state;
    static const char *const wrong[][2] = {
        {"", "redis:// or unix://"},
        {"rediss://h:1", "redis:// or unix://"},
        {"redis://", "host is missing"},
        {"redis://:1", "host is missing"},
        {"redis://h:", "port"},
        {"redis://h:0", "port"},
        {"redis://h:65536", "port"},
        {"redis://h:6379x", "port"},
        {"redis://h:6379/x", "database"},
        {"redis://h:6379/-1", "database"},
        {"redis://[::1:6379", "']'"},
        {"redis://[::1]6379", "':'|:port"},
        {"redis://bob@h:1", "without a password"},
        {"redis://:hush-hush%4@h:1", "password"},
        {"redis://:hush-hush%00@h:1", "password"},
        {"redis://:hush-hush@h:port", "port"},
        {"unix://relative", "start with '/'"},
        {"unix:///s?x=1", "?db=n"},
        {"unix:///s?db=", "database"},
    };
    struct buf why = BUF_INIT(512);
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        struct redis_address a;
        assert_int_equal(redis_address_parse(&a, wrong[i][0], &why), -1);
        const char *expected =
            strchr(wrong[i][1], '|') ? strchr(wrong[i][1], '|') + 1 : wrong[i][1];
        if (!strstr(why.data, expected) || strstr(why.data, "hush"))
            fail_msg("%s: %s", wrong[i][0], why.data);
        assert_null(a.host);
        assert_null(a.password);
    }
    char path[160] = "unix:///";
    memset(path + strlen(path), 'x', 107);
    struct redis_address a;
    assert_int_equal(redis_address_parse(&a, path, &why), -1);
    assert_non_null(strstr(why.data, "107 bytes"));
    path[strlen(path) - 1] = '\0';
    assert_int_equal(redis_address_parse(&a, path, &why), 0);
    redis_address_release(&a);
    buf_release(&why);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_address),
        cmocka_unit_test(test_wrong_addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
