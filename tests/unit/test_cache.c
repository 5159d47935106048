/* What handlers keep between starts: whole or not at all. */
#include "bot/commands/cache.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[] = "/tmp/test_cache.XXXXXX", path[100];

static char *found(const char *name)
{
    struct handler_cache c = cache_in(dir);
    size_t len = 0;
    char *data = c.read(c.arg, name, &len);
    if (data)
        data[len] = '\0';
    return data;
}

static void keep(const char *name, const char *text)
{
    struct handler_cache c = cache_in(dir);
    c.write(c.arg, name, text, strlen(text));
}

static void is_found(const char *name, const char *wanted)
{
    char *data = found(name);
    assert_non_null(data);
    assert_string_equal(data, wanted);
    free(data);
}

static void change(long at, int c)
{
    FILE *file = fopen(path, "r+e");
    assert_non_null(file);
    fseek(file, at, at < 0 ? SEEK_END : SEEK_SET);
    fputc(c, file);
    fclose(file);
}

static void test_keeps(void **state)
{
    (void)state;
    assert_null(found("bird"));
    keep("bird", "sings");
    keep("fish", "");
    is_found("bird", "sings");
    is_found("fish", "");
    keep("bird", "sings no more");
    is_found("bird", "sings no more");
}

static void test_ignores_what_is_broken(void **state)
{
    struct stat file;
    (void)state;
    keep("bird", "sings");
    assert_int_equal(stat(path, &file), 0);
    for (long at = 0; at < file.st_size; at++) {
        keep("bird", "sings");
        change(at, 1);
        assert_null(found("bird"));
    }
    for (long len = 0; len < file.st_size; len++) {
        keep("bird", "sings");
        assert_int_equal(truncate(path, len), 0);
        assert_null(found("bird"));
    }
    keep("bird", "sings");
    is_found("bird", "sings");
}

/* A folder that is none: nothing is kept, nothing falls over. */
static void test_nowhere(void **state)
{
    struct handler_cache c = cache_in("/dev/null/here");
    size_t len;
    (void)state;
    c.write(c.arg, "bird", "sings", 5);
    assert_null(c.read(c.arg, "bird", &len));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keeps),
        cmocka_unit_test(test_ignores_what_is_broken),
        cmocka_unit_test(test_nowhere),
    };
    if (!mkdtemp(dir))
        return 1;
    snprintf(path, sizeof(path), "%s/cache/bird", dir);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    char command[100];
    snprintf(command, sizeof(command), "rm -r %s", dir);
    return system(command) || failed;
}
