#include "bot/base/json.h"
#include "bot/base/text.h"

#include <dirent.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct json *parse(const char *text)
{
    struct buf why = BUF_INIT(200);
    struct json *j = json_parse(text, strlen(text), &why);
    if (!j)
        fail_msg("%s: %s", text, why.data);
    buf_release(&why);
    return j;
}

static void assert_refused(const char *text, size_t len, const char *reason)
{
    struct buf why = BUF_INIT(200);
    assert_null(json_parse(text, len, &why));
    assert_string_equal(why.data, reason);
    buf_release(&why);
    assert_null(json_parse(text, len, NULL));
}

/* ---- JSONTestSuite, where it lies beside the repository ---- */

static char *read_file(const char *path, size_t *len)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    char *data = xmalloc(2 * JSON_MAX_BYTES);
    *len = fread(data, 1, 2 * JSON_MAX_BYTES, file);
    fclose(file);
    return data;
}

/* Parse every file of one folder of the suite. The first letter of its name tells what must come of
 * it. */
static void run_folder(const char *folder, int *accept, int *refuse, int *either)
{
    const char *shared = getenv("ZAIDE_SHARED");
    char path[PATH_MAX];
    snprintf(path, sizeof(path), "%s/data/corpora/jsontestsuite/%s", shared ? shared : "../shared",
             folder);
    DIR *dir = opendir(path);
    if (!dir)
        skip();
    for (struct dirent *entry; (entry = readdir(dir));) {
        char file[PATH_MAX + 300];
        size_t len;
        if (entry->d_name[0] == '.')
            continue;
        snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
        char *text = read_file(file, &len);
        char *exact = xmalloc(len); /* so that reading one byte too far is found */
        memcpy(exact, text, len);
        struct json *j = json_parse(exact, len, NULL);
        if (starts_with(entry->d_name, "y_") ? !j : starts_with(entry->d_name, "n_") && j)
            fail_msg("%s was %s", entry->d_name, j ? "accepted" : "refused");
        *accept += starts_with(entry->d_name, "y_");
        *refuse += starts_with(entry->d_name, "n_");
        *either += !starts_with(entry->d_name, "y_") && !starts_with(entry->d_name, "n_");
        json_free(j);
        free(exact);
        free(text);
    }
    closedir(dir);
}

static void test_suite(void **state)
{
    (void)state;
    int accept = 0, refuse = 0, either = 0;
    run_folder("test_parsing", &accept, &refuse, &either);
    run_folder("test_transform", &accept, &refuse, &either);
    assert_true(accept >= 95 && refuse >= 188 && either >= 35);
}

/* ---- Reading ---- */

static void test_numbers(void **state)
{
    struct arena a = ARENA_INIT;
    struct json *j =
        parse("{\"chat\":-1001234567890123456,\"odd\":9007199254740993,\"max\":9223372036854775807,"
              "\"min\":-9223372036854775808,\"over\":9223372036854775808,\"point\":1.0,\"exp\":1e3,"
              "\"text\":\"42\",\"zero\":-0,\"list\":[1,[2,3.5],{\"x\":4}],\"nothing\":null}");
    (void)state;
    assert_true(json_int(j, "chat", 0) == -1001234567890123456);
    assert_true(json_int(j, "odd", 0) == 9007199254740993); /* not a double */
    assert_true(json_int(j, "max", 0) == INT64_MAX);
    assert_true(json_int(j, "min", 0) == INT64_MIN);
    assert_int_equal(json_int(j, "over", -7), -7);
    assert_int_equal(json_int(j, "point", -7), -7);
    assert_int_equal(json_int(j, "exp", -7), -7);
    assert_int_equal(json_int(j, "text", -7), -7);
    assert_int_equal(json_int(j, "zero", -7), 0);
    assert_int_equal(json_int(j, "absent", -7), -7);
    assert_int_equal(json_int(j, "nothing", -7), -7);
    assert_int_equal(json_int(j, "list.0", -7), 1); /* each number has its own source text */
    assert_int_equal(json_int(j, "list.1.0", -7), 2);
    assert_int_equal(json_int(j, "list.2.x", -7), 4);
    assert_null(json_str(j, "chat")); /* the source text is no string */
    assert_string_equal(json_text(j, "chat", &a), "");
    assert_string_equal(json_text(j, "text", &a), "42");

    assert_string_equal(json_id(j, "over", &a), "9223372036854775808");
    assert_string_equal(json_id(j, "chat", &a), "-1001234567890123456");
    assert_string_equal(json_id(j, "text", &a), "42");
    assert_null(json_id(j, "point", &a));
    assert_null(json_id(j, "exp", &a));
    assert_null(json_id(j, "list", &a));
    assert_null(json_id(j, "nothing", &a));
    json_free(j);
    arena_release(&a);
}

/* Of any length. */
static void test_long_number(void **state)
{
    char text[500];
    struct arena a = ARENA_INIT;
    (void)state;
    memset(text, '9', sizeof(text));
    text[0] = '[';
    memcpy(text + 400, ",7]", 4);
    struct json *j = parse(text);
    assert_int_equal(json_int(j, "0", -1), -1);
    assert_int_equal(strlen(json_id(j, "0", &a)), 399);
    assert_int_equal(json_int(j, "1", -1), 7);
    json_free(j);
    arena_release(&a);
}

static void test_paths(void **state)
{
    struct json *j =
        parse(" {\"message\": {\"photo\": [{\"file_id\":\"a\"}, {\"file_id\":\"b\"}], \"ok\":true,"
              "\"no\":false, \"void\":null, \"\":\"unnamed\", \"ok\":false}, \"n\":[]} ");
    (void)state;
    assert_string_equal(json_str(j, "message.photo.-1.file_id"), "b");
    assert_string_equal(json_str(j, "message.photo.-2.file_id"), "a");
    assert_string_equal(json_str(j, "message.photo.0.file_id"), "a");
    assert_null(json_at(j, "message.photo.2"));
    assert_null(json_at(j, "message.photo.-3"));
    assert_null(json_at(j, "message.photo.file_id"));
    assert_null(json_at(j, "message.photo.999999999999999999999999999"));
    assert_null(json_at(j, "message.photo.0x"));
    assert_null(json_at(j, "message.pho"));
    assert_null(json_at(j, "message.photos"));
    assert_null(json_at(j, "message.void"));
    assert_null(json_at(j, "message.void.deeper"));
    assert_null(json_at(j, "message.ok.deeper"));
    assert_null(json_at(j, "n.0"));
    assert_null(json_at(j, "n.-1"));
    assert_null(json_at(NULL, "message"));
    assert_ptr_equal(json_at(j, ""), j);
    assert_true(json_bool(j, "message.ok")); /* the first of two */
    assert_false(json_bool(j, "message.no"));
    assert_false(json_bool(j, "message.photo"));
    assert_false(json_bool(j, "absent"));
    assert_true(json_is_object(j));
    assert_false(json_is_array(j));
    assert_true(json_is_array(json_at(j, "n")));
    assert_false(json_is_object(NULL));

    const struct json *message = json_at(j, "message");
    assert_int_equal(json_len(message), 6);
    assert_int_equal(json_len(json_at(j, "n")), 0);
    assert_int_equal(json_len(json_at(j, "message.ok")), 0);
    assert_int_equal(json_len(NULL), 0);
    assert_string_equal(json_name(json_item(message, 0)), "photo");
    assert_string_equal(json_name(json_item(message, 4)), "");
    assert_string_equal(json_str(json_item(message, 4), ""), "unnamed");
    assert_null(json_item(message, 6));
    assert_null(json_item(NULL, 0));
    assert_null(json_name(j));
    assert_null(json_name(json_at(j, "message.photo.0")));
    json_free(j);
    json_free(NULL);
}

static void test_strings(void **state)
{
    static const struct {
        const char *json, *text;
    } rows[] = {
        {"\"\"", ""},
        {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t"},
        {"\"\\u00e9\\u20AC\"", "é€"},
        {"\"\\ud83d\\ude00!\"", "😀!"},
        {"\"\\\\u0000\"", "\\u0000"},
        {"\"a\\u0000b\"", "a\uFFFDb"},
        {"\"\\ud83d\"", "\uFFFD"},
        {"\"\\ude00\"", "\uFFFD"},
        {"\"\\ud83d\\ud83d\\ude00\"", "\uFFFD😀"},
        {"\"\\ud83d\\u0041\"", "\uFFFDA"},
        {"\"\\ud83d\\n\"", "\uFFFD\n"},
        {"\"\\ud83dx\"", "\uFFFDx"},
        {"\"12\"", "12"},
        {"\"\x7F\"", "\x7F"},
        {"\"用户😀\"", "用户😀"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct json *j = parse(rows[i].json);
        assert_string_equal(json_str(j, ""), rows[i].text);
        json_free(j);
    }
    struct json *j = parse("{\"ok\\u0000\":1}"); /* no other name may pass for "ok" */
    assert_null(json_at(j, "ok"));
    assert_string_equal(json_name(json_item(j, 0)), "ok\uFFFD");
    json_free(j);
}

static void test_refusals(void **state)
{
    static const struct {
        const char *text, *reason;
    } rows[] = {
        {"", "JSON, byte 0: a value is expected here"},
        {"  ", "JSON, byte 2: a value is expected here"},
        {"\xEF\xBB\xBF{}", "JSON, byte 0: a value is expected here"},
        {"nul", "JSON, byte 0: a value is expected here"},
        {"True", "JSON, byte 0: a value is expected here"},
        {"nullx", "JSON, byte 4: the text goes on after the value"},
        {"{} {}", "JSON, byte 3: the text goes on after the value"},
        {"[1,]", "JSON, byte 3: a value is expected here"},
        {"[1 2]", "JSON, byte 3: a comma or a closing bracket is expected here"},
        {"[1}", "JSON, byte 2: a comma or a closing bracket is expected here"},
        {"[", "JSON, byte 1: a value is expected here"},
        {"]", "JSON, byte 0: a value is expected here"},
        {"{\"a\"}", "JSON, byte 4: a colon is expected after the name"},
        {"{\"a\":1,}", "JSON, byte 7: a string is expected here"},
        {"{a:1}", "JSON, byte 1: a string is expected here"},
        {"01", "JSON, byte 1: the text goes on after the value"},
        {"-", "JSON, byte 1: a value is expected here"},
        {"+1", "JSON, byte 0: a value is expected here"},
        {".5", "JSON, byte 0: a value is expected here"},
        {"1.", "JSON, byte 2: a digit is expected after the point"},
        {"1e+", "JSON, byte 3: a digit is expected in the exponent"},
        {"NaN", "JSON, byte 0: a value is expected here"},
        {"\"", "JSON, byte 1: the text ends inside a string"},
        {"\"a\nb\"", "JSON, byte 2: a control character inside a string must be escaped"},
        {"\"\\x\"", "JSON, byte 2: unknown escape"},
        {"\"\\", "JSON, byte 2: unknown escape"},
        {"\"\\u12G4\"", "JSON, byte 2: four hexadecimal digits are expected after \\u"},
        {"\"\\u12", "JSON, byte 2: four hexadecimal digits are expected after \\u"},
        {"\"\xC0\xAF\"", "JSON, byte 1: the text is not UTF-8"},
        {"\"\xED\xA0\x80\"", "JSON, byte 1: the text is not UTF-8"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        assert_refused(rows[i].text, strlen(rows[i].text), rows[i].reason);
    assert_refused("\"a\0b\"", 5,
                   "JSON, byte 2: a control character inside a string must be escaped");
    assert_refused("1\0", 2, "JSON, byte 1: the text goes on after the value");
    assert_refused("{}\0garbage", 10, "JSON, byte 2: the text goes on after the value");
}

static void test_limits(void **state)
{
    struct buf deep = BUF_INIT(1000), wide = BUF_INIT(2 * JSON_MAX_BYTES);
    (void)state;
    for (int i = 0; i < JSON_MAX_DEPTH; i++)
        buf_str(&deep, i % 2 ? "{\"a\":" : "[");
    buf_char(&deep, '1');
    for (int i = JSON_MAX_DEPTH; i-- > 0;)
        buf_char(&deep, i % 2 ? '}' : ']');
    struct json *j = parse(deep.data);
    json_free(j);
    buf_clear(&deep);
    for (int i = 0; i <= JSON_MAX_DEPTH; i++)
        buf_char(&deep, '[');
    assert_refused(deep.data, deep.len, "JSON, byte 64: nested too deeply");

    buf_char(&wide, '[');
    for (int i = 0; i < JSON_MAX_NODES - 2; i++)
        buf_str(&wide, "1,");
    buf_str(&wide, "2]");
    j = parse(wide.data);
    assert_int_equal(json_len(j), JSON_MAX_NODES - 1);
    assert_int_equal(json_int(j, "-1", 0), 2);
    json_free(j);
    wide.data[wide.len - 1] = ',';
    buf_str(&wide, "3]");
    assert_refused(wide.data, wide.len, "JSON, byte 19999: too many values");
    j = json_parse_limits(wide.data, wide.len, wide.len, JSON_MAX_NODES + 1, NULL);
    assert_non_null(j);
    json_free(j);
    assert_null(json_parse_limits(wide.data, wide.len, wide.len - 1, JSON_MAX_NODES + 1, NULL));

    buf_clear(&wide);
    buf_str(&wide, "{}");
    while (wide.len < JSON_MAX_BYTES)
        buf_char(&wide, ' ');
    j = parse(wide.data);
    json_free(j);
    buf_char(&wide, ' ');
    assert_refused(wide.data, wide.len, "JSON: 1048577 bytes, at most 1048576 are read");
    buf_release(&deep);
    buf_release(&wide);
}

/* No prefix of a document is a document, and no changed byte may do more than be refused. */
static void test_damage(void **state)
{
    static const char whole[] =
        "{\"a\":[1,-2.5e+3,true,null,\"x\\u00e9\\ud83d\\ude00ý\"],\"b\":{\"c\":false}}";
    (void)state;
    for (size_t len = 0; len < strlen(whole); len++) {
        char *part = xmalloc(len + 1); /* one spare byte: malloc(0) */
        memcpy(part, whole, len);
        part = xrealloc(part, len ? len : 1);
        assert_null(json_parse(part, len, NULL));
        free(part);
    }
    for (size_t at = 0; at < strlen(whole); at++) {
        for (int byte = 0; byte < 256; byte++) {
            char *changed = xstrdup(whole);
            changed[at] = (char)byte;
            json_free(json_parse(changed, strlen(whole), NULL));
            free(changed);
        }
    }
}

/* ---- Writing ---- */

static void test_writer(void **state)
{
    struct buf out = BUF_INIT(1000);
    struct json_writer w = JSON_WRITER(&out);
    (void)state;
    json_open(&w, NULL, '{');
    json_put_str(&w, "chat\"id", "-100");
    json_put_str(&w, "skipped", NULL);
    json_put_int(&w, "n", INT64_MIN);
    json_put_bool(&w, "ok", true);
    json_open(&w, "list", '[');
    json_put_int(&w, NULL, 1);
    json_open(&w, NULL, '[');
    json_close(&w, ']');
    json_open(&w, NULL, '{');
    json_put_bool(&w, "x", false);
    json_close(&w, '}');
    json_put_raw(&w, NULL, "{\"raw\":1}");
    json_close(&w, ']');
    json_put_raw(&w, "last", "null");
    json_close(&w, '}');
    assert_string_equal(out.data, "{\"chat\\\"id\":\"-100\",\"n\":-9223372036854775808,\"ok\":true,"
                                  "\"list\":[1,[],{\"x\":false},{\"raw\":1}],\"last\":null}");
    json_free(parse(out.data));
    buf_release(&out);
}

static void test_writer_escapes(void **state)
{
    struct buf out = BUF_INIT(1000);
    struct json_writer w = JSON_WRITER(&out);
    char all[300] = "";
    (void)state;
    json_put_str(&w, NULL, "a\x01\n\"\\/é😀\x7F");
    assert_string_equal(out.data, "\"a\\u0001\\n\\\"\\\\/é😀\x7F\"");
    buf_clear(&out);
    w.need_comma = false;
    json_put_str(&w, NULL, "\xFFx\xE2\x82y\xC0\xAF");
    assert_string_equal(out.data, "\"\uFFFDx\uFFFDy\uFFFD\uFFFD\"");

    for (int c = 1; c < 0x80; c++) /* what is written is read again */
        all[c - 1] = (char)c;
    memcpy(all + 127, "用户😀\uFFFF", sizeof("用户😀\uFFFF"));
    buf_clear(&out);
    w.need_comma = false;
    json_put_str(&w, NULL, all);
    struct json *j = parse(out.data);
    assert_string_equal(json_str(j, ""), all);
    json_free(j);
    buf_release(&out);
}

static void test_writer_over(void **state)
{
    struct buf out = BUF_INIT(8);
    struct json_writer w = JSON_WRITER(&out);
    (void)state;
    json_open(&w, NULL, '{');
    json_put_str(&w, "name", "a long value");
    json_close(&w, '}');
    assert_true(buf_over(&out));
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_suite),       cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_long_number), cmocka_unit_test(test_paths),
        cmocka_unit_test(test_strings),     cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_limits),      cmocka_unit_test(test_damage),
        cmocka_unit_test(test_writer),      cmocka_unit_test(test_writer_escapes),
        cmocka_unit_test(test_writer_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
