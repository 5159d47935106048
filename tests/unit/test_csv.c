/* Comma-separated values. */
#include "bot/base/csv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "bot/base/buf.h"

/* All rows as "line:a|b|c", a line each; a faulty one "line!why". */
static void reads(const char *text, const char *want)
{
    struct arena a = ARENA_INIT;
    struct buf got = BUF_INIT(10000);
    struct csv csv;
    struct csv_row row;
    csv_init(&csv, text, strlen(text));
    while (csv_next(&csv, &a, &row)) {
        buf_printf(&got, "%d%s", (int)row.line, row.fault ? "!" : ":");
        buf_str(&got, row.fault);
        for (size_t i = 0; !row.fault && i < row.n; i++)
            buf_printf(&got, "%s%s", i ? "|" : "", row.fields[i]);
        buf_char(&got, '\n');
    }
    assert_string_equal(got.data, want);
    buf_release(&got);
    arena_release(&a);
}

static void test_plain_rows(void **state)
{
    (void)state;
    reads("", "");
    reads("\n\r\n  \n", "");
    reads("a,b\n1,2\n", "1:a|b\n2:1|2\n");
    reads("a,b\r\n1,2", "1:a|b\n2:1|2\n");
    reads("\xEF\xBB\xBF"
          "uid , tags\n\n 7 ,\tvip kol \n",
          "1:uid|tags\n3:7|vip kol\n");
    reads("a,,\n", "1:a||\n");
    reads("a;b,c;d\n", "1:a;b|c;d\n");
    reads("uid;tags\n7;vip,kol\n", "1:uid|tags\n2:7|vip,kol\n");
    reads("uid\ttags\n7\tvip\n", "1:uid|tags\n2:7|vip\n");
    reads("a,\"\n", "1!a quote is not closed\n");
}

static void test_quotes(void **state)
{
    (void)state;
    reads("\"a,b\",c\n", "1:a,b|c\n");
    reads("\"say \"\"hi\"\"\" , x\n", "1:say \"hi\"|x\n");
    reads("\"two\nlines\",b\nnext\n", "1:two\nlines|b\n3:next\n");
    reads("\"\",\"\"\n", "1:|\n");
    reads("5\" screen,b\n", "1:5\" screen|b\n");
    reads("\"a\"b,c\nnext\n", "1!something stands behind a closing quote\n2:next\n");
}

static void test_what_is_not_taken(void **state)
{
    (void)state;
    struct buf text = BUF_INIT(200000);
    for (int i = 0; i < CSV_FIELDS; i++)
        buf_str(&text, ",");
    reads(text.data, "1!it has too many fields\n");
    buf_clear(&text);
    for (int i = 0; i < 100001; i++)
        buf_char(&text, 'x');
    buf_str(&text, ",b\nnext\n");
    reads(text.data, "1!a field is too long\n2:next\n");
    buf_release(&text);
    reads("a\xff,b\n", "1:a\xEF\xBF\xBD|b\n");
}

static void test_columns(void **state)
{
    struct arena a = ARENA_INIT;
    struct csv csv;
    struct csv_row row;
    (void)state;
    csv_init(&csv, "UID,Tags\n7\n", strlen("UID,Tags\n7\n"));
    assert_true(csv_next(&csv, &a, &row));
    assert_int_equal(csv_column(&row, "uid"), 0);
    assert_int_equal(csv_column(&row, "tags"), 1);
    assert_int_equal(csv_column(&row, "tag"), -1);
    assert_true(csv_next(&csv, &a, &row));
    assert_string_equal(csv_field(&row, 0), "7");
    assert_string_equal(csv_field(&row, 1), "");
    assert_string_equal(csv_field(&row, -1), "");
    assert_false(csv_next(&csv, &a, &row));
    arena_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain_rows),
        cmocka_unit_test(test_quotes),
        cmocka_unit_test(test_what_is_not_taken),
        cmocka_unit_test(test_columns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
