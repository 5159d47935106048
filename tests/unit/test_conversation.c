#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "bot/model/conversation.h"

#define ANN  "telegram:77:1001"
#define ROOM "room:telegram:77:-100200"

static struct arena arena;

static const char *const names[] = {
#define NAME_(f) #f,
    CONVERSATION_FIELDS(NAME_, NAME_)
#undef NAME_
};

static const char *const numbers[] = {
#define NAME_(f) #f,
#define NONE_(f)
    CONVERSATION_FIELDS(NAME_, NONE_)
#undef NAME_
#undef NONE_
};

static struct conversation fresh(void)
{
    struct conversation c;
    conversation_init(&c, ANN);
    return c;
}

static void set(struct conversation *c, const char *name, const char *value)
{
    conversation_set(c, &arena, name, value);
}

static const char *get(const struct conversation *c, const char *name)
{
    return conversation_get(c, &arena, name);
}

/* --- fields and vars --- */

static void test_every_field_by_name(void **state)
{
    struct conversation c = fresh();
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        assert_string_equal(get(&c, names[i]), "");
        set(&c, names[i], arena_printf(&arena, "%zu", i + 7));
    }
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        assert_string_equal(get(&c, names[i]), arena_printf(&arena, "%zu", i + 7));
    assert_int_equal(c.n_vars, 0); /* none of them went astray */
    assert_true(c.announced == FIELD_announced + 7);
    assert_string_equal(c.lang, arena_printf(&arena, "%d", FIELD_lang + 7));
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        set(&c, names[i], i % 2 ? "" : NULL);
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        assert_string_equal(get(&c, names[i]), "");
    assert_non_null(c.lang);
}

static void test_numbers(void **state)
{
    struct conversation c = fresh();
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        set(&c, numbers[i], "9007199254740993");
        assert_string_equal(get(&c, numbers[i]), "9007199254740993");
        set(&c, numbers[i], "0");
        assert_string_equal(get(&c, numbers[i]), ""); /* 0 is absent */
        set(&c, numbers[i], "-3");
        set(&c, numbers[i], "many");
        assert_string_equal(get(&c, numbers[i]), "");
    }
}

static void test_version_is_no_field(void **state)
{
    struct conversation c = fresh();
    (void)state;
    set(&c, "version", "41");
    assert_true(c.version == 41);
    set(&c, "version", "x");
    assert_true(c.version == 0);
    assert_int_equal(c.n_vars, 0);
}

static void test_vars(void **state)
{
    struct conversation c = fresh();
    (void)state;
    assert_string_equal(conversation_var(&c, "timer.board"), "");
    assert_true(conversation_var_int(&c, "timer.board") == 0);
    for (int i = 0; i < 40; i++)
        set(&c, arena_printf(&arena, "var.%d", i), arena_printf(&arena, "%d", i * i));
    for (int i = 0; i < 40; i += 2)
        set(&c, arena_printf(&arena, "var.%d", i), "");
    set(&c, "var.1", "other");
    assert_int_equal(c.n_vars, 20);
    assert_string_equal(get(&c, "var.1"), "other");
    assert_true(conversation_var_int(&c, "var.1") == 0);
    assert_true(conversation_var_int(&c, "var.39") == 39 * 39);
    for (int i = 0; i < 40; i += 2)
        assert_string_equal(get(&c, arena_printf(&arena, "var.%d", i)), "");
    set(&c, "var.0", ""); /* removing what is not there */
    assert_int_equal(c.n_vars, 20);
}

/* --- copies and differences --- */

static struct conversation filled(struct arena *a, int64_t seed)
{
    struct conversation c;
    conversation_init(&c, arena_strdup(a, ANN));
    c.version = seed;
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        conversation_set(&c, a, names[i], arena_printf(a, "%zu", i + (size_t)seed));
    conversation_set(&c, a, "home.room", arena_printf(a, "%d", (int)seed));
    conversation_set(&c, a, "held.3", arena_strdup(a, "{}"));
    return c;
}

static void test_copy_is_deep(void **state)
{
    struct arena first = ARENA_INIT;
    struct conversation from = filled(&first, 5), to;
    (void)state;
    conversation_copy(&arena, &to, &from);
    arena_release(&first); /* what still pointed there would be found now */
    assert_string_equal(to.id, ANN);
    assert_true(to.version == 5);
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        assert_string_equal(get(&to, names[i]), arena_printf(&arena, "%zu", i + 5));
    assert_string_equal(get(&to, "home.room"), "5");
    assert_string_equal(get(&to, "held.3"), "{}");
    assert_int_equal(to.n_vars, 2);
}

static void test_packed_is_the_same(void **state)
{
    struct arena first = ARENA_INIT;
    struct conversation from = filled(&first, 5), nobody = fresh(), to;
    size_t n;
    (void)state;
    struct packed_conversation *whole = conversation_pack(&from), *none = conversation_pack(&nobody);
    arena_release(&first);
    from = filled(&arena, 5);
    conversation_unpack(&arena, &to, ANN, whole);
    conversation_diff(&arena, &from, &to, &n);
    assert_int_equal(n, 0);
    assert_string_equal(to.id, ANN);
    assert_true(to.version == 5);
    set(&to, "newcomer.9", "Noob"); /* it may be changed like any other */
    assert_int_equal(to.n_vars, 3);
    conversation_unpack(&arena, &to, ANN, none);
    conversation_diff(&arena, &nobody, &to, &n);
    assert_int_equal(n, 0);
    assert_true(to.version == 0 && to.n_vars == 0);
    free(whole);
    free(none);
}

static void apply(struct conversation *c, const struct pair *pairs, size_t n)
{
    for (size_t i = 0; i < n; i++)
        set(c, pairs[i].name, pairs[i].value);
}

static void test_difference(void **state)
{
    struct conversation before = filled(&arena, 5), after, nobody = fresh();
    size_t n;
    (void)state;
    conversation_copy(&arena, &after, &before);
    after.version = 99;
    conversation_diff(&arena, &before, &after, &n);
    assert_int_equal(n, 0); /* the version is the store's */

    set(&after, "lang", "vi");
    set(&after, "case_no", "");
    set(&after, "home.room", "");
    set(&after, "held.3", "[]");
    set(&after, "newcomer.9", "Noob");
    struct pair *pairs = conversation_diff(&arena, &before, &after, &n);
    assert_int_equal(n, 5);
    apply(&before, pairs, n);
    conversation_diff(&arena, &before, &after, &n);
    assert_int_equal(n, 0);
    assert_string_equal(get(&before, "home.room"), "");
    assert_string_equal(get(&before, "newcomer.9"), "Noob");

    pairs = conversation_diff(&arena, &nobody, &after, &n); /* a new one is all difference */
    apply(&nobody, pairs, n);
    conversation_diff(&arena, &nobody, &after, &n);
    assert_int_equal(n, 0);
}

/* --- names and partitions --- */

static void test_rooms_and_platforms(void **state)
{
    struct conversation c = fresh(), room;
    (void)state;
    conversation_init(&room, ROOM);
    assert_false(conversation_is_room(&c));
    assert_true(conversation_is_room(&room));
    assert_string_equal(conversation_platform(&arena, &c), "telegram");
    assert_string_equal(conversation_platform(&arena, &room), "telegram");
}

static void test_partitions(void **state)
{
    unsigned seen[PARTITIONS] = {0};
    (void)state;
    for (int i = 0; i < 6400; i++)
        seen[conversation_partition(arena_printf(&arena, "telegram:77:%d", 100000 + i))]++;
    for (unsigned p = 0; p < PARTITIONS; p++)
        assert_in_range(seen[p], 50, 200); /* 100 each, more or less */
    assert_int_equal(conversation_partition(ROOM), PARTITION_GLOBAL);
    /* Written down: another answer would orphan every record that is stored. */
    assert_int_equal(conversation_partition("telegram:77:12345"), 59);
}

static void test_words(void **state)
{
    (void)state;
    assert_true(words_have("vip", "vip"));
    assert_true(words_have("vip kol", "kol"));
    assert_true(words_have("kol vip x", "vip"));
    assert_true(words_have("vipvip svip vip", "vip"));
    assert_false(words_have("vips svip", "vip"));
    assert_false(words_have("", "vip"));
    assert_false(words_have("vip", ""));
    assert_false(words_have("telegram:123", "telegram:12"));
}

static void test_state_names(void **state)
{
    (void)state;
    assert_string_equal(conversation_state_name(STATE_BOT), "BOT");
    assert_string_equal(conversation_state_name(STATE_WAITING), "WAITING");
    assert_string_equal(conversation_state_name(STATE_CLAIMED), "CLAIMED");
    assert_string_equal(conversation_state_name(STATE_PENDING), "PENDING");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_field_by_name),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_version_is_no_field),
        cmocka_unit_test(test_vars),
        cmocka_unit_test(test_copy_is_deep),
        cmocka_unit_test(test_packed_is_the_same),
        cmocka_unit_test(test_difference),
        cmocka_unit_test(test_rooms_and_platforms),
        cmocka_unit_test(test_partitions),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_state_names),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_release(&arena);
    return failed;
}
