#include "bot/base/log.h"
#include "bot/base/settings.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static const struct setting store_rows[] = {
    {.name = "REDIS_PREFIX", .help = "tenants can share a server", .fallback = "zaide:"},
    {.name = "DATA_DIR", .help = "where files are kept"},
    {0},
};

static const struct setting staff_rows[] = {
    {.name = "CLAIM_IDLE",
     .help = "a silent owner's case goes back\nafter this time",
     .type = SETTING_DURATION,
     .fallback = "15m",
     .min = 60000,
     .max = 86400000},
    {.name = "RETENTION", .help = "how long", .type = SETTING_DURATION},
    {.name = "CAPACITY", .help = "cases", .type = SETTING_INT, .fallback = "5", .max = 100},
    {.name = "OFFSET", .help = "any number", .type = SETTING_INT},
    {.name = "CLAIM_BY_REPLY",
     .help = "first words",
     .type = SETTING_CHOICE,
     .fallback = "ask",
     .choices = "ask|on"},
    {.name = "LANGUAGES",
     .help = "spoken",
     .type = SETTING_LIST,
     .fallback = "zh,en",
     .choices = "zh|en|vi"},
    {.name = "BRAND_HOSTS", .help = "official", .type = SETTING_LIST},
    {.name = "GREETING", .help = "said first", .fallback = "hi #1 \"friend\""},
    {0},
};

static const struct setting telegram_rows[] = {
    {.name = "TELEGRAM_BOT_TOKEN", .help = "from @BotFather", .type = SETTING_SECRET},
    {.name = "TELEGRAM_API_URL",
     .help = "the API",
     .type = SETTING_URL,
     .fallback = "https://api.telegram.org"},
    {.name = "TELEGRAM_STAFF_CHAT", .help = "the forum", .type = SETTING_LIST},
    {0},
};

static char dir[64], path[96];
static struct settings *s;
static struct buf why, out;

static int set_up(void **state)
{
    (void)state;
    snprintf(dir, sizeof(dir), "/tmp/zaide-test-env-XXXXXX");
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof(path), "%s/.env", dir);
    buf_init(&why, 500);
    buf_init(&out, 100000);
    s = settings_new();
    settings_add(s, "Store", store_rows);
    settings_add(s, "Staff", staff_rows);
    settings_add(s, "Telegram", telegram_rows);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(path);
    rmdir(dir);
    settings_free(s);
    buf_release(&why);
    buf_release(&out);
    return 0;
}

static void write_bytes(const char *data, size_t len, mode_t mode)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, len, f), len);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(chmod(path, mode), 0);
}

static void write_file(const char *text, mode_t mode)
{
    write_bytes(text, strlen(text), mode);
}

static int load(const char *text)
{
    buf_clear(&why);
    write_file(text, 0600);
    return settings_load(s, path, NULL, &why);
}

/* `why` must read "<path><rest>" where `rest` begins with ':', else just `rest`. */
static void assert_why(const char *rest)
{
    buf_clear(&out);
    buf_printf(&out, "%s%s", *rest == ':' ? path : "", rest);
    assert_string_equal(why.data, out.data);
}

static void test_fallbacks(void **state)
{
    char *nothing[] = {NULL};
    (void)state;
    assert_int_equal(settings_load(s, path, nothing, &why), 0); /* no file */
    assert_int_equal(settings_load(s, NULL, NULL, &why), 0);
    assert_string_equal(why.data, "");
    assert_string_equal(settings_get(s, "REDIS_PREFIX"), "zaide:");
    assert_null(settings_get(s, "DATA_DIR"));
    assert_true(settings_has(s, "REDIS_PREFIX"));
    assert_false(settings_has(s, "DATA_DIR"));
    assert_int_equal(settings_int(s, "CLAIM_IDLE"), 900000);
    assert_int_equal(settings_int(s, "CAPACITY"), 5);
    assert_int_equal(settings_int(s, "RETENTION"), 0);
    assert_true(settings_is(s, "CLAIM_BY_REPLY", "ask"));
    assert_false(settings_is(s, "CLAIM_BY_REPLY", "on"));
}

static void test_lines(void **state)
{
    static const struct {
        const char *line, *value; /* of DATA_DIR; NULL: unset */
    } cases[] = {
        {"DATA_DIR=/var/lib", "/var/lib"},
        {"  DATA_DIR = /var/lib \t", "/var/lib"},
        {"export DATA_DIR=/var", "/var"},
        {"export\t DATA_DIR=/var", "/var"},
        {"DATA_DIR=/var\r", "/var"},
        {"DATA_DIR=\"a b\"", "a b"},
        {"DATA_DIR='a \"b\" # c' # comment", "a \"b\" # c"},
        {"DATA_DIR=\" a \"\r", " a "},
        {"DATA_DIR=\"a\\nb\"", "a\\nb"},
        {"DATA_DIR=a b # comment", "a b"},
        {"DATA_DIR=a#b", "a#b"},
        {"DATA_DIR=#b", "#b"},
        {"DATA_DIR= #b", NULL},
        {"DATA_DIR=a=b", "a=b"},
        {"DATA_DIR=it's", "it's"},
        {"DATA_DIR=", NULL},
        {"DATA_DIR=''", NULL},
        {"# DATA_DIR=x", NULL},
        {"", NULL},
        {" \t\r", NULL},
        {"\xef\xbb\xbf"
         "DATA_DIR=x",
         "x"},
        {"DATA_DIR=在的", "在的"},
        {"DATA_DIR=first\nDATA_DIR=last\n\n", "last"},
        {"\n\n#\nDATA_DIR=x\n#", "x"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_int_equal(settings_set(s, "DATA_DIR", "", &why), 0);
        assert_int_equal(load(cases[i].line), 0);
        if (!cases[i].value)
            assert_null(settings_get(s, "DATA_DIR"));
        else
            assert_string_equal(settings_get(s, "DATA_DIR"), cases[i].value);
    }
}

static void test_bad_lines(void **state)
{
    static const char *const bad[] = {
        "DATA_DIR",
        "DATA_DIR /var",
        "=x",
        "data_dir=x",
        "DATA-DIR=x",
        "DATA_DIR='x",
        "DATA_DIR=\"x'",
        "DATA_DIR='x'y",
        "export",
        "set DATA_DIR=x",
        "DATA_DIR: x",
        "'DATA_DIR'=x",
        "1234567890:AAEhBOweik6ad9r",
        "DATA_DIR=\"",
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct buf text = BUF_INIT(1000);
        buf_printf(&text, "# one\r\n\r\n%s\nLOG=after", bad[i]);
        assert_int_equal(load(text.data), -1);
        assert_why(":3: expected NAME=value, the name in capitals, quotes closed");
        buf_release(&text);
    }
}

static void test_unknown_names(void **state)
{
    (void)state;
    assert_int_equal(load("DATA_DIR=x\nTELEGRM_BOT_TOKEN=x\n"), -1);
    assert_why(":2: no setting is named TELEGRM_BOT_TOKEN; did you mean TELEGRAM_BOT_TOKEN?");
    assert_int_equal(load("TELEGRAM_TOKEN=x"), -1);
    assert_why(":1: no setting is named TELEGRAM_TOKEN; did you mean TELEGRAM_BOT_TOKEN?");
    assert_int_equal(load("LANGUAGE=x"), -1);
    assert_why(":1: no setting is named LANGUAGE; did you mean LANGUAGES?");
    assert_int_equal(load("HTTP_PORT=80"), -1);
    assert_why(":1: no setting is named HTTP_PORT; `zaide --help` lists them all");
    assert_int_equal(load("X=80"), -1);
    assert_why(":1: no setting is named X; `zaide --help` lists them all");
    assert_int_equal(settings_set(s, "CLAIM_IDEL", "1m", &why), -1);
    assert_why("no setting is named CLAIM_IDEL; did you mean CLAIM_IDLE?");

    struct buf line = BUF_INIT(5000); /* a name longer than any of ours */
    for (int i = 0; i < 4000; i++)
        buf_char(&line, 'A');
    buf_str(&line, "=1");
    assert_int_equal(load(line.data), -1);
    assert_non_null(strstr(why.data, ":1: no setting is named AAAA"));
    buf_release(&line);
}

static void test_types(void **state)
{
#define TIME "a time like 250ms, 15s, 10m, 24h or 90d"
#define URL  "an address that begins with https:// or http://"
    static const struct {
        const char *name, *value, *takes; /* NULL: allowed */
    } cases[] = {
        {"CAPACITY", "0", NULL},
        {"CAPACITY", "100", NULL},
        {"CAPACITY", "101", "a whole number, from 0 to 100"},
        {"CAPACITY", "-1", "a whole number, from 0 to 100"},
        {"CAPACITY", "5 ", "a whole number, from 0 to 100"},
        {"CAPACITY", "five", "a whole number, from 0 to 100"},
        {"CAPACITY", "99999999999999999999", "a whole number, from 0 to 100"},
        {"OFFSET", "-9223372036854775808", NULL},
        {"OFFSET", "1.5", "a whole number"},
        {"CLAIM_IDLE", "1m", NULL},
        {"CLAIM_IDLE", "24h", NULL},
        {"CLAIM_IDLE", "59s", TIME ", from 1m to 1d"},
        {"CLAIM_IDLE", "86400001ms", TIME ", from 1m to 1d"},
        {"CLAIM_IDLE", "15", TIME ", from 1m to 1d"},
        {"CLAIM_IDLE", "15 min", TIME ", from 1m to 1d"},
        {"RETENTION", "365d", NULL},
        {"RETENTION", "-1d", TIME},
        {"CLAIM_BY_REPLY", "on", NULL},
        {"CLAIM_BY_REPLY", "off", "one of: ask, on"},
        {"CLAIM_BY_REPLY", "as", "one of: ask, on"},
        {"CLAIM_BY_REPLY", "ask|on", "one of: ask, on"},
        {"CLAIM_BY_REPLY", "ON", "one of: ask, on"},
        {"LANGUAGES", "vi", NULL},
        {"LANGUAGES", " zh , en,vi,", NULL},
        {"LANGUAGES", "zh,fr", "one or more, with commas between, of: zh, en, vi"},
        {"LANGUAGES", "zh en", "one or more, with commas between, of: zh, en, vi"},
        {"LANGUAGES", ", ,", "one or more, with commas between, of: zh, en, vi"},
        {"BRAND_HOSTS", "a.example,b.example", NULL},
        {"BRAND_HOSTS", ",", "one or more, with commas between"},
        {"TELEGRAM_API_URL", "http://127.0.0.1:8081", NULL},
        {"TELEGRAM_API_URL", "https://x.example/a?b=c#d", NULL},
        {"TELEGRAM_API_URL", "http://[::1]:80/", NULL},
        {"TELEGRAM_API_URL", "api.telegram.org", URL},
        {"TELEGRAM_API_URL", "ftp://x.example", URL},
        {"TELEGRAM_API_URL", "https://", URL},
        {"TELEGRAM_API_URL", "https:///path", URL},
        {"TELEGRAM_API_URL", "https://:80", URL},
        {"TELEGRAM_API_URL", "https://a b", URL},
        {"TELEGRAM_API_URL", "https://a\n", URL},
        {"DATA_DIR", "anything at all, 在的", NULL},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct buf want = BUF_INIT(500);
        int rc = settings_set(s, cases[i].name, cases[i].value, &why);
        if (cases[i].takes) {
            assert_int_equal(rc, -1);
            buf_printf(&want, "%s takes %s, not \"%s\"", cases[i].name, cases[i].takes,
                       cases[i].value);
            assert_string_equal(why.data, want.data);
            assert_int_equal(settings_set(s, cases[i].name, cases[i].value, NULL), -1);
        } else {
            assert_int_equal(rc, 0);
            assert_string_equal(settings_get(s, cases[i].name), cases[i].value);
        }
        buf_release(&want);
    }
    assert_int_equal(settings_int(s, "CAPACITY"), 100); /* a refused value changes nothing */
    assert_true(settings_int(s, "OFFSET") == INT64_MIN);
    assert_int_equal(settings_int(s, "CLAIM_IDLE"), 86400000);
    assert_int_equal(settings_set(s, "CLAIM_IDLE", "", &why), 0);
    assert_int_equal(settings_int(s, "CLAIM_IDLE"), 900000);
}

static void test_wrong_value_in_file(void **state)
{
    (void)state;
    assert_int_equal(load("DATA_DIR=x\nCLAIM_IDLE=15\nCAPACITY=x\n"), -1);
    assert_why(":2: CLAIM_IDLE takes " TIME ", from 1m to 1d, not \"15\"");
}

static void test_environment(void **state)
{
    char *environment[] = {"HOME=/root",    "CLAIM_IDLE=20m", "DATA_DIRX=x", "NOEQUALS",
                           "REDIS_PREFIX=", "DATA_DIR=a=b",   "=x",          NULL};
    char *wrong[] = {"CAPACITY=many", NULL};
    (void)state;
    write_file("CLAIM_IDLE=30m\nREDIS_PREFIX=p:\nCAPACITY=7\n", 0600);
    assert_int_equal(settings_load(s, path, environment, &why), 0);
    assert_int_equal(settings_int(s, "CLAIM_IDLE"), 1200000); /* wins over the file */
    assert_int_equal(settings_int(s, "CAPACITY"), 7);
    assert_string_equal(settings_get(s, "DATA_DIR"), "a=b");
    assert_string_equal(settings_get(s, "REDIS_PREFIX"), "zaide:");

    assert_int_equal(settings_load(s, path, wrong, &why), -1);
    assert_why("environment: CAPACITY takes a whole number, from 0 to 100, not \"many\"");
}

static void test_file_others_can_read(void **state)
{
    static const char secret[] = "TELEGRAM_BOT_TOKEN=777:first-secret\n";
    static const char none[] = "TELEGRAM_BOT_TOKEN=\nDATA_DIR=x\n";
    static const mode_t open_modes[] = {0644, 0640, 0604, 0620, 0601};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(open_modes); i++) {
        write_file(secret, open_modes[i]);
        assert_int_equal(settings_load(s, path, NULL, &why), -1);
        buf_clear(&out);
        buf_printf(&out,
                   "%s:1: TELEGRAM_BOT_TOKEN is secret, but others can read this file: "
                   "chmod 600 %s",
                   path, path);
        assert_string_equal(why.data, out.data);
        assert_false(settings_has(s, "TELEGRAM_BOT_TOKEN"));

        write_file(none, open_modes[i]); /* nothing to hide in it */
        assert_int_equal(settings_load(s, path, NULL, &why), 0);
    }
    write_file(secret, 0600);
    assert_int_equal(settings_load(s, path, NULL, &why), 0);
    write_file(secret, 0400);
    assert_int_equal(settings_load(s, path, NULL, &why), 0);
    assert_string_equal(settings_get(s, "TELEGRAM_BOT_TOKEN"), "777:first-secret");
}

static void test_files_that_are_none(void **state)
{
    char *large = xcalloc(1, 300 * 1024);
    (void)state;
    write_bytes("DATA_DIR=a\0b\n", 13, 0600);
    assert_int_equal(settings_load(s, path, NULL, &why), -1);
    assert_non_null(strstr(why.data, " is no text file of at most 256 KB"));
    memset(large, '#', 300 * 1024);
    write_bytes(large, 300 * 1024, 0600);
    assert_int_equal(settings_load(s, path, NULL, &why), -1);
    assert_non_null(strstr(why.data, " is no text file of at most 256 KB"));
    assert_int_equal(settings_load(s, dir, NULL, &why), -1);
    assert_non_null(strstr(why.data, "Is a directory"));
    free(large);
}

static void test_secrets_are_hidden(void **state)
{
    char *environment[] = {"TELEGRAM_BOT_TOKEN=88:env-secret", NULL};
    (void)state;
    assert_int_equal(load("TELEGRAM_BOT_TOKEN=\"77:file-secret-a, 77:file-secret-b\""), 0);
    assert_int_equal(settings_load(s, NULL, environment, &why), 0);
    assert_int_equal(settings_set(s, "TELEGRAM_BOT_TOKEN", "99:set-secret", &why), 0);
    buf_str(&out, "77:file-secret-b/77:file-secret-a/88:env-secret/99:set-secret");
    log_mask(&out);
    assert_string_equal(out.data, "[secret]/[secret]/[secret]/[secret]");

    assert_int_equal(settings_set(s, "TELEGRAM_BOT_TOKEN", "one,of,commas", &why), 0);
    buf_clear(&out);
    buf_str(&out, "one,of,commas");
    log_mask(&out);
    assert_string_equal(out.data, "[secret]");

    /* a token that stands in the wrong row is not told */
    assert_int_equal(load("CLAIM_IDLE=1234567890:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K"), -1);
    assert_non_null(strstr(why.data, "not \"[token]\""));
    buf_release(&why);
    buf_init(&why, 80); /* the cut falls into the value */
    assert_int_equal(load("CLAIM_IDLE=1234567890:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K"), -1);
    assert_null(strstr(why.data, "AAEh"));
}

static void test_items(void **state)
{
    static const char *const want[] = {"-1001", "-1002", "a b"};
    (void)state;
    assert_false(settings_item(s, "BRAND_HOSTS", 0, &out));
    assert_int_equal(settings_set(s, "TELEGRAM_STAFF_CHAT", " -1001,, -1002 ,a b ,", &why), 0);
    buf_str(&out, "old");
    for (size_t i = 0; i < ARRAY_LEN(want); i++) {
        assert_true(settings_item(s, "TELEGRAM_STAFF_CHAT", i, &out));
        assert_string_equal(out.data, want[i]);
    }
    assert_false(settings_item(s, "TELEGRAM_STAFF_CHAT", 3, &out));
    assert_string_equal(out.data, "");
    assert_true(settings_item(s, "LANGUAGES", 1, &out)); /* of the fallback */
    assert_string_equal(out.data, "en");
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(settings_name(s, "TELEGRAM_", 0), "TELEGRAM_BOT_TOKEN");
    assert_string_equal(settings_name(s, "TELEGRAM_", 2), "TELEGRAM_STAFF_CHAT");
    assert_null(settings_name(s, "TELEGRAM_", 3));
    assert_string_equal(settings_name(s, "", 0), "REDIS_PREFIX");
    assert_string_equal(settings_name(s, "", 12), "TELEGRAM_STAFF_CHAT");
    assert_null(settings_name(s, "", 13));
}

static void print(void (*fn)(const struct settings *, FILE *), const struct settings *from)
{
    char *text = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&text, &len);
    fn(from, f);
    fclose(f);
    buf_clear(&out);
    buf_str(&out, text);
    free(text);
}

static void test_help(void **state)
{
    static const struct setting more[] = {
        {.name = "KEY", .help = "signs", .type = SETTING_SECRET, .fallback = "not-to-be-shown"},
        {.name = "REDIS_PREFIX", .help = "of all keys", .fallback = "zaide:"},
        {0},
    };
    struct settings *few = settings_new();
    (void)state;
    settings_add(few, "Keys", more);
    settings_add(few, "Telegram", telegram_rows);
    print(settings_print_help, few);
    assert_string_equal(out.data,
                        "Keys\n"
                        "  KEY                  signs\n"
                        "  REDIS_PREFIX         of all keys\n"
                        "                       default: zaide:\n"
                        "\n"
                        "Telegram\n"
                        "  TELEGRAM_BOT_TOKEN   from @BotFather\n"
                        "  TELEGRAM_API_URL     the API\n"
                        "                       an address that begins with https:// or http://; "
                        "default: https://api.telegram.org\n"
                        "  TELEGRAM_STAFF_CHAT  the forum\n"
                        "                       one or more, with commas between\n");
    settings_free(few);
}

static void test_example(void **state)
{
    (void)state;
    print(settings_print_example, s);
    assert_non_null(strstr(out.data, "\n# == Staff ==\n"
                                     "\n"
                                     "# a silent owner's case goes back\n"
                                     "# after this time\n"
                                     "# a time like 250ms, 15s, 10m, 24h or 90d, from 1m to 1d\n"
                                     "# CLAIM_IDLE=15m\n"
                                     "\n"
                                     "# how long\n"));
    assert_non_null(strstr(out.data, "\n# == Telegram ==\n"
                                     "\n"
                                     "# from @BotFather\n"
                                     "# TELEGRAM_BOT_TOKEN=\n"));
    for (const char *line = out.data; *line; line = strchr(line, '\n') + 1)
        assert_true(*line == '#' || *line == '\n');
}

/* Uncommented as a whole, the example says what the tables say. */
static void test_example_loads(void **state)
{
    struct buf file = BUF_INIT(100000);
    size_t n = 0;
    (void)state;
    print(settings_print_example, s);
    for (const char *line = out.data; *line; line = strchr(line, '\n') + 1) {
        size_t len = strspn(line, "# ABCDEFGHIJKLMNOPQRSTUVWXYZ_");
        if (len > 2 && line[len] == '=' && line[len + 1] != '=') {
            buf_add(&file, line + 2, strcspn(line, "\n") - 1);
            n++;
        }
    }
    assert_int_equal(n, 13);
    struct settings *again = settings_new();
    settings_add(again, "Store", store_rows);
    settings_add(again, "Staff", staff_rows);
    settings_add(again, "Telegram", telegram_rows);
    write_file(file.data, 0600);
    assert_int_equal(settings_load(again, path, NULL, &why), 0);
    for (size_t i = 0; settings_name(s, "", i); i++) {
        const char *want = settings_get(s, settings_name(s, "", i));
        assert_true(str_eq(settings_get(again, settings_name(s, "", i)), want));
    }
    settings_free(again);
    buf_release(&file);
}

/* Bugs of ours end the process. */

static const struct setting bad_fallback[] = {
    {.name = "N", .help = "", .type = SETTING_INT, .fallback = "x"}, {0}};
static const struct setting no_choices[] = {{.name = "N", .help = "", .type = SETTING_CHOICE}, {0}};
static const struct setting bad_limits[] = {
    {.name = "N", .help = "", .type = SETTING_INT, .min = 1}, {0}};

enum bug { BUG_NONE, BUG_NAME, BUG_TWICE, BUG_FALLBACK, BUG_CHOICES, BUG_LIMITS, BUG_INT, BUG_IS };

static void commit(enum bug bug)
{
    switch (bug) {
    case BUG_NONE:
        break;
    case BUG_NAME:
        settings_get(s, "DATA_DIRR");
        break;
    case BUG_TWICE:
        settings_add(s, "Again", store_rows);
        break;
    case BUG_FALLBACK:
        settings_add(s, "Bad", bad_fallback);
        break;
    case BUG_CHOICES:
        settings_add(s, "Bad", no_choices);
        break;
    case BUG_LIMITS:
        settings_add(s, "Bad", bad_limits);
        break;
    case BUG_INT:
        settings_int(s, "DATA_DIR");
        break;
    case BUG_IS:
        settings_is(s, "CLAIM_BY_REPLY", "off");
        break;
    }
}

static void test_bugs(void **state)
{
    int status;
    (void)state;
    for (enum bug bug = BUG_NONE; bug <= BUG_IS; bug++) {
        fflush(NULL);
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
            int null = open("/dev/null", O_WRONLY);
            dup2(null, STDERR_FILENO);
            close(null);
            commit(bug);
            _exit(0);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), bug == BUG_NONE ? 0 : 70);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_fallbacks, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_lines, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_bad_lines, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_unknown_names, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_types, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_wrong_value_in_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_environment, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_file_others_can_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_files_that_are_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_secrets_are_hidden, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_items, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_names, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_help, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_example, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_example_loads, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_bugs, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
