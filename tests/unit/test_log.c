#include "bot/base/log.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define TOKEN  "1234567890:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc" /* made up */
#define SECRET "correct-horse-battery"
#define START  "2026-11-21T20:58:16.123Z "

static char dir[64], path[96];
static struct buf text; /* what read_log() found */

static int set_up(void **state)
{
    struct buf why = BUF_INIT(200);
    (void)state;
    snprintf(dir, sizeof(dir), "/tmp/zaide-test-log-XXXXXX");
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof(path), "%s/log", dir);
    buf_init(&text, 16 * 1024 * 1024);
    clock_set_ms(1795294696123);
    assert_int_equal(log_open(path, &why), 0);
    assert_int_equal(log_configure(NULL, &why), 0);
    log_secret(SECRET);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    log_close();
    unlink(path);
    rmdir(dir);
    buf_release(&text);
    clock_set_ms(0);
    return 0;
}

/* What the log holds since the last call. */
static const char *read_log(void)
{
    char chunk[65536];
    size_t n;
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    buf_clear(&text);
    while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
        buf_add(&text, chunk, n);
    fclose(f);
    assert_int_equal(truncate(path, 0), 0);
    assert_false(buf_over(&text));
    return text.data;
}

static void configure(const char *spec)
{
    struct buf why = BUF_INIT(200);
    assert_int_equal(log_configure(spec, &why), 0);
    assert_string_equal(why.data, "");
}

static void assert_masked(const char *in, const char *want)
{
    struct buf line = BUF_INIT(1000);
    buf_str(&line, in);
    log_mask(&line);
    assert_string_equal(line.data, want);
    assert_int_equal(line.len, strlen(want));
    assert_false(buf_over(&line));
    buf_release(&line);
}

static void test_line(void **state)
{
    (void)state;
    log_warn("telegram", "chat %d: %s", 77, "在的");
    log_error("outbox", "%s", "");
    assert_string_equal(read_log(),
                        START "warn telegram: chat 77: 在的\n" START "error outbox: \n");
}

static void test_levels(void **state)
{
    (void)state;
    log_debug("inbox", "no");
    log_info("inbox", "yes");
    assert_string_equal(read_log(), START "info inbox: yes\n");

    configure("warn, telegram=debug,faq=error");
    assert_true(log_is_on(LOG_WARN, "inbox"));
    assert_false(log_is_on(LOG_INFO, "inbox"));
    assert_true(log_is_on(LOG_DEBUG, "telegram"));
    assert_false(log_is_on(LOG_WARN, "faq"));
    assert_true(log_is_on(LOG_ERROR, "faq"));
    assert_false(log_is_on(LOG_INFO, "tele"));
    log_debug("telegram", "yes");
    log_info("inbox", "no");
    assert_string_equal(read_log(), START "debug telegram: yes\n");

    configure("telegram=error");
    assert_true(log_is_on(LOG_INFO, "inbox"));
    assert_false(log_is_on(LOG_DEBUG, "inbox"));
    assert_false(log_is_on(LOG_WARN, "telegram"));
    configure("");
    assert_true(log_is_on(LOG_WARN, "telegram"));
}

static void test_bad_specs(void **state)
{
    static const struct {
        const char *spec, *names;
    } bad[] = {
        {"loud", "\"loud\" is no level"},  {"info,telegram=", "\"\" is no level"},
        {"INFO", "\"INFO\" is no level"},  {"telegram=debugg", "\"debugg\" is no level"},
        {"=debug", "\"=debug\" names no"}, {"a-topic-with-a-name-far-too-long-=info", "names no"},
    };
    struct buf why = BUF_INIT(200), many = BUF_INIT(1000);
    (void)state;
    configure("error");
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        assert_int_equal(log_configure(bad[i].spec, &why), -1);
        assert_non_null(strstr(why.data, bad[i].names));
        assert_int_equal(log_configure(bad[i].spec, NULL), -1);
        assert_false(log_is_on(LOG_WARN, "telegram")); /* as it was */
    }
    for (int i = 0; i < 33; i++)
        buf_printf(&many, "topic%d=debug,", i);
    assert_int_equal(log_configure(many.data, &why), -1);
    assert_non_null(strstr(why.data, "more than 32 topics"));
    buf_release(&many);
    buf_release(&why);
}

static void test_mask_tokens(void **state)
{
    (void)state;
    assert_masked(TOKEN, "[token]");
    assert_masked("GET https://api.telegram.org/bot" TOKEN "/getMe failed",
                  "GET https://api.telegram.org/bot[token]/getMe failed");
    assert_masked("bot1234567890%3aAAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc.", "bot[token].");
    assert_masked(TOKEN " and " TOKEN ",", "[token] and [token],");
    assert_masked(TOKEN ":" TOKEN, "[token]:[token]");

    assert_masked("12345678:abcdefghijabcdefghijabcdefghij", "[token]"); /* 8 digits, 30 letters */
    assert_masked("123456789012:abcdefghijabcdefghijabcdefghij", "[token]");
    assert_masked("1234567:abcdefghijabcdefghijabcdefghij", /* 7 digits */
                  "1234567:abcdefghijabcdefghijabcdefghij");
    assert_masked("12345678:abcdefghijabcdefghijabcdefghi", /* 29 letters */
                  "12345678:abcdefghijabcdefghijabcdefghi");
    assert_masked("12345678-abcdefghijabcdefghijabcdefghij",
                  "12345678-abcdefghijabcdefghijabcdefghij");
    assert_masked("9912345678901:abcdefghijabcdefghijabcdefghij", "9[token]"); /* 13 digits */
    assert_masked("", "");
    assert_masked("12345678", "12345678");
}

static void test_mask_secrets(void **state)
{
    (void)state;
    log_secret(NULL);
    log_secret("");
    log_secret("short");
    assert_masked("a short word", "a short word");

    log_secret("hunter");
    log_secret("hunter22");
    log_secret("hunter");
    assert_masked("hunter22 hunter hunter2", "[secret] [secret] [secret]2"); /* the longer first */

    log_secret("abcdef");
    log_secret("efghij");
    log_secret("ijklmn");
    assert_masked("<abcdefghijklmn>", "<[secret]>"); /* no end of an overlapping one is left */
    assert_masked("abcdefabcdef", "[secret][secret]");

    log_secret("在的在的");
    assert_masked("口令是在的在的。", "口令是[secret]。");
}

static void test_mask_at_the_maximum(void **state)
{
    struct buf line = BUF_INIT(8);
    (void)state;
    log_secret("tiny-6");
    buf_str(&line, "a tiny-6"); /* the mask is longer than what it hides */
    log_mask(&line);
    assert_null(strstr(line.data, "tiny"));
    assert_true(buf_over(&line));
    assert_true(line.len <= line.max);
    buf_release(&line);

    struct buf over = BUF_INIT(30);
    buf_str(&over, SECRET);
    buf_str(&over, "much more than it holds");
    log_mask(&over);
    assert_string_equal(over.data, "[secret]");
    assert_true(buf_over(&over)); /* is not forgotten */
    buf_release(&over);
}

static void test_one_line(void **state)
{
    (void)state;
    log_info("faq", "a\nb\r\n" START "error faq: forged\tx");
    assert_string_equal(read_log(), START "info faq: a b  " START "error faq: forged x\n");
    log_info("faq", "\x1b[31mred\x7f \x01\x02 \xc2\x9b"
                    "31m \xc2\xa0.");
    assert_string_equal(read_log(), START "info faq: [31mred  31m \xc2\xa0.\n");
    log_info("faq", "\xff \xc0\x8a \xe5\x9c \xf5\x80\x80\x80 \xe5\x9c\xa8 \xf0\x9f\x98\x80 \x9b");
    assert_string_equal(read_log(), START "info faq: ? ?? ? ???? 在 😀 ?\n");
    log_info("faq", "nul%cbyte", '\0');
    assert_string_equal(read_log(), START "info faq: nulbyte\n");
    log_secret("tab\tand\xff!");
    log_info("faq", "tab\tand\xff!"); /* masked as it was registered */
    assert_string_equal(read_log(), START "info faq: [secret]\n");
}

static void test_long_lines(void **state)
{
    static char word[5000], most[5000];
    (void)state;
    size_t head = strlen(START "info faq: ");

    memset(word, 'x', 4095 - head); /* and the newline: 4096 */
    log_info("faq", "%s", word);
    assert_int_equal(strlen(read_log()), 4096);
    assert_null(strstr(text.data, "…"));

    memset(word, 'x', 4096 - head);
    log_info("faq", "%s", word);
    assert_int_equal(strlen(read_log()), 4096);
    assert_string_equal(text.data + 4096 - 5, "x…\n");

    for (size_t shift = 0; shift < 3; shift++) { /* 在 meets the cut at each of its bytes */
        memset(most, 'x', shift);
        most[shift] = '\0';
        for (size_t i = 0; i < 1500; i++)
            memcpy(most + shift + 3 * i, "在", 4);
        log_info("faq", "%s", most);
        size_t len = strlen(read_log());
        assert_in_range(len, 4094, 4096);
        assert_string_equal(text.data + len - 7, "在…\n");
    }

    char *huge = xmalloc(2 * 1024 * 1024);
    memset(huge, 'x', 2 * 1024 * 1024 - 1);
    huge[2 * 1024 * 1024 - 1] = '\0';
    log_info("faq", "%s", huge);
    assert_string_equal(read_log(), START "info faq: (a text of more than 1 MB)\n");
    free(huge);
}

/* The canary: whatever way a secret takes into the log, none of it comes out. */
static void test_canary(void **state)
{
    static const char *const canaries[] = {SECRET, TOKEN};
    static const char *const shapes[] = {
        "%s",           "a %s b",
        "\"%s\"",       "https://api.telegram.org/bot%s/getUpdates?offset=1",
        "user:%s@host", "%s\n",
        "\x1b%s\x1b",   "\xff%s\xff",
        "在%s的",       "%s",
    };
    static char word[8192];
    struct buf line = BUF_INIT(100000);
    (void)state;
    configure("debug");
    for (size_t i = 0; i < ARRAY_LEN(canaries); i++) {
        const char *canary = canaries[i];
        size_t canary_len = strlen(canary), lines = 0;
        for (int level = LOG_ERROR; level <= LOG_DEBUG; level++) {
            for (size_t j = 0; j < ARRAY_LEN(shapes); j++, lines++) {
                buf_clear(&line);
                for (const char *p = shapes[j]; *p; p++) {
                    if (starts_with(p, "%s"))
                        buf_str(&line, canary), p++;
                    else
                        buf_char(&line, *p);
                }
                log_at((enum log_level)level, "telegram", "%s", line.data);
            }
            log_at((enum log_level)level, canary, "in the topic");
            lines++;
        }
        for (size_t at = 1; at < canary_len; at++, lines++) /* split by a character that goes */
            log_info("telegram", "%.*s\x01%s", (int)at, canary, canary + at);
        for (size_t at = 4000; at < 4100; at++, lines++) { /* around the cut */
            memset(word, ' ', at);
            word[at] = '\0';
            log_info("telegram", "%s%s%s", word, canary, canary);
        }

        size_t seen = 0;
        read_log();
        for (char *p = text.data; *p; p = strchr(p, '\n') + 1)
            seen++;
        assert_int_equal(seen, lines); /* all were written */
        for (size_t at = 0; at + 6 <= canary_len; at++) {
            char part[7];
            snprintf(part, sizeof(part), "%s", canary + at);
            assert_null(strstr(text.data, part)); /* not even six bytes of it */
        }
        assert_non_null(strstr(text.data, i == 0 ? "a [secret] b" : "a [token] b"));
        assert_non_null(strstr(text.data, i == 0 ? "bot[secret]/get" : "bot[token]/get"));
    }
    buf_release(&line);
}

static void test_file(void **state)
{
    struct buf why = BUF_INIT(300);
    struct stat st;
    (void)state;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);

    log_info("main", "one");
    assert_int_equal(log_open("/nowhere/at/all", &why), -1);
    assert_non_null(strstr(why.data, "/nowhere/at/all: No such file"));
    log_info("main", "two"); /* still here */
    assert_int_equal(log_open(path, &why), 0);
    log_info("main", "three"); /* appended */
    assert_string_equal(read_log(), START "info main: one\n" START "info main: two\n" START
                                          "info main: three\n");
    buf_release(&why);
}

static void test_stderr(void **state)
{
    int old = dup(STDERR_FILENO), fd = open(path, O_WRONLY | O_APPEND);
    (void)state;
    assert_true(old >= 0 && fd >= 0);
    assert_int_equal(log_open(NULL, NULL), 0);
    dup2(fd, STDERR_FILENO);
    log_info("main", "to stderr");
    log_close(); /* closes no stderr */
    log_info("main", "still");
    dup2(old, STDERR_FILENO);
    close(fd);
    close(old);
    assert_string_equal(read_log(), START "info main: to stderr\n" START "info main: still\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_line, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_levels, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_bad_specs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_mask_tokens, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_mask_secrets, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_mask_at_the_maximum, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_one_line, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_long_lines, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_canary, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_stderr, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
