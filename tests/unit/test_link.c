/* Sign-in links: the form that an exchange's backend is told of, and what is not taken. */
#include "handlers/identity/link.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* adapters/README.md; made by another implementation. */
#define SECRET  "correct-horse-battery-staple-zaide"
#define PAYLOAD "id_12345678_1790000000_43ed892afbcbabf00fd28b3105c2cd74"
#define LONGEST "id_A1b2C3d4E5f6G7h8J_1790000000_04662a91a9338a231137b6a789176016"
#define EXPIRES INT64_C(1790000000)
#define NOW_MS  ((EXPIRES - 300) * 1000)

static enum link_verdict check(const char *payload, const char *platform, int64_t now_ms)
{
    struct link link;
    return link_check(payload, SECRET, platform, now_ms, &link);
}

static void test_the_vector_of_the_manual(void **state)
{
    struct link link;
    char made[LINK_PAYLOAD + 1];
    (void)state;
    assert_int_equal(link_check(PAYLOAD, SECRET, "telegram", NOW_MS, &link), LINK_GOOD);
    assert_string_equal(link.uid, "12345678");
    assert_int_equal(link.expires_s, EXPIRES);
    assert_int_equal(strlen(link.id), 32);
    assert_null(strstr(PAYLOAD, link.id));
    link_sign(made, SECRET, "telegram", "12345678", EXPIRES);
    assert_string_equal(made, PAYLOAD);
    link_sign(made, SECRET, "web", "A1b2C3d4E5f6G7h8J", EXPIRES);
    assert_string_equal(made, LONGEST);
    assert_int_equal(strlen(made), LINK_PAYLOAD);
    assert_int_equal(link_check(made, SECRET, "web", NOW_MS, &link), LINK_GOOD);
    assert_string_equal(link.uid, "A1b2C3d4E5f6G7h8J");
}

/* Every byte, to every other value. */
static void test_nothing_of_it_can_be_changed(void **state)
{
    char payload[] = PAYLOAD;
    (void)state;
    for (size_t i = 0; i < strlen(PAYLOAD); i++)
        for (int c = 1; c < 256; c++) {
            payload[i] = (char)c;
            bool is_same = payload[i] == PAYLOAD[i];
            assert_int_equal(check(payload, "telegram", NOW_MS), is_same ? LINK_GOOD : LINK_FORGED);
            payload[i] = PAYLOAD[i];
        }
}

static void test_nothing_can_be_added_or_cut(void **state)
{
    char payload[sizeof(PAYLOAD) + 1];
    (void)state;
    for (size_t len = 0; len < strlen(PAYLOAD); len++) {
        snprintf(payload, sizeof(payload), "%.*s", (int)len, PAYLOAD);
        assert_int_equal(check(payload, "telegram", NOW_MS), LINK_FORGED);
    }
    assert_int_equal(check(PAYLOAD "0", "telegram", NOW_MS), LINK_FORGED);
    assert_int_equal(check(PAYLOAD " ", "telegram", NOW_MS), LINK_FORGED);
    assert_int_equal(check(" " PAYLOAD, "telegram", NOW_MS), LINK_FORGED);
    assert_int_equal(check("", "telegram", NOW_MS), LINK_FORGED);
}

static void test_it_is_for_one_platform_and_one_secret(void **state)
{
    struct link link;
    (void)state;
    assert_int_equal(check(PAYLOAD, "web", NOW_MS), LINK_FORGED);
    assert_int_equal(check(PAYLOAD, "", NOW_MS), LINK_FORGED);
    assert_int_equal(link_check(PAYLOAD, SECRET "x", "telegram", NOW_MS, &link), LINK_FORGED);
    assert_int_equal(link_check(PAYLOAD, "", "telegram", NOW_MS, &link), LINK_FORGED);
}

static void test_it_holds_for_ten_minutes(void **state)
{
    (void)state;
    assert_int_equal(check(PAYLOAD, "telegram", EXPIRES * 1000 - 1), LINK_GOOD);
    assert_int_equal(check(PAYLOAD, "telegram", EXPIRES * 1000), LINK_EXPIRED);
    assert_int_equal(check(PAYLOAD, "telegram", EXPIRES * 1000 * 2), LINK_EXPIRED);
    int64_t first_s = EXPIRES - LINK_LIFE_S - LINK_SKEW_S;
    assert_int_equal(check(PAYLOAD, "telegram", first_s * 1000), LINK_GOOD);
    assert_int_equal(check(PAYLOAD, "telegram", (first_s - 1) * 1000), LINK_TOO_LONG);
    assert_int_equal(check(PAYLOAD, "telegram", 0), LINK_TOO_LONG);
}

static void test_uids(void **state)
{
    (void)state;
    assert_true(link_is_uid("1"));
    assert_true(link_is_uid("A1b2C3d4E5f6G7h8J"));
    assert_false(link_is_uid(""));
    assert_false(link_is_uid("123456789012345678"));
    assert_false(link_is_uid("12 34"));
    assert_false(link_is_uid("12_34"));
    assert_false(link_is_uid("ü"));
}

/* --- in what people paste --- */

static void finds(const char *text, const char *want)
{
    size_t len = 0, at = link_find(text, 0, &len);
    if (!want) {
        assert_true(at == SIZE_MAX);
        return;
    }
    assert_true(at != SIZE_MAX);
    assert_int_equal(len, strlen(want));
    assert_memory_equal(text + at, want, len);
}

static void test_pasted_ones_are_found(void **state)
{
    size_t len = 0;
    (void)state;
    finds(PAYLOAD, PAYLOAD);
    finds("https://t.me/the_bot?start=" PAYLOAD, PAYLOAD);
    finds("look: " PAYLOAD ", what is it?", PAYLOAD);
    finds("您看" PAYLOAD "这个", PAYLOAD);
    finds("jd_12345678_1790000000_43ed892afbcbabf00fd28b3105c2cd74",
          "12345678_1790000000_43ed892afbcbabf00fd28b3105c2cd74");
    const char *two = PAYLOAD " " LONGEST;
    size_t first = link_find(two, 0, &len), second = link_find(two, first + len, &len);
    assert_int_equal(first, 0);
    assert_int_equal(second, strlen(PAYLOAD) + 1);
    assert_int_equal(len, strlen(LONGEST));
}

static void test_other_things_are_not(void **state)
{
    (void)state;
    finds("", NULL);
    finds("order_12345678_1790000000", NULL);
    finds("id_12345678_1790000000_aa10db2a", NULL);
    finds("IMG_20261122_180000_1.jpg", NULL);
    finds("txid 9edaf0f7d9c6629c31bbf0471fc07d696c73b566b93783f7e25d8d5d2b62fa4f", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_vector_of_the_manual),
        cmocka_unit_test(test_nothing_of_it_can_be_changed),
        cmocka_unit_test(test_nothing_can_be_added_or_cut),
        cmocka_unit_test(test_it_is_for_one_platform_and_one_secret),
        cmocka_unit_test(test_it_holds_for_ten_minutes),
        cmocka_unit_test(test_uids),
        cmocka_unit_test(test_pasted_ones_are_found),
        cmocka_unit_test(test_other_things_are_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
