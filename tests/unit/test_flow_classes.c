/* Which class a form is of: what the customer told, and what the exchange wrote into its lists. */
#include "bot/commands/core_settings.h"
#include "handlers/flows/flows.h"
#include "handlers/flows/form.h"
#include "handlers/flows/judge.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct arena arena;

static const char flows[] = "flows:\n"
                            "  f:\n"
                            "    form: [coin, network_sent, amount, address, {field: seen, "
                            "options: [failed], heard: yes}]\n"
                            "    classes:\n"
                            "      - {class: failed, seen: failed, end: answered}\n"
                            "      - {class: small, amount: below minimums, end: answered}\n"
                            "      - {class: hot, address: hot_wallets}\n"
                            "      - {class: other}\n"
                            "minimums: {USDT: 10, USDT TRC20: 0.5, BTC: 0.0001}\n"
                            "sets:\n"
                            "  hot_wallets: ['0xde0B295669a9FD93d5F28D9Ec85E40f4cb697BAe', "
                            "TQn9Y2khEsLJW1ChVWFMSMeRDow5KcbLSE]\n";

static struct settings *settings;

static struct book *loaded(const char *text, struct buf *why)
{
    struct yaml *tree = yaml_parse("flows/x.yaml", text, strlen(text), why);
    struct yaml *words = yaml_parse("extract/x.yaml", "coin: {BTC: [btc]}\n", 19, why);
    struct file_tree trees[] = {{"flows/x.yaml", tree}, {"extract/x.yaml", words}};
    struct handler_files files = {trees, 2, "knowledge"};
    assert_non_null(tree);
    assert_non_null(words);
    struct book *b = book_load(&files, settings, why);
    yaml_tree_free(tree);
    yaml_tree_free(words);
    return b;
}

static int set_up(void **state)
{
    (void)state;
    settings = settings_new();
    settings_add(settings, "core", core_settings);
    settings_add(settings, "flows", flows_handler.settings);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    settings_free(settings);
    arena_release(&arena);
    return 0;
}

struct row {
    const char *form, *class;
};

static const struct flow_class *judged(const struct book *b, const struct row *row, size_t i)
{
    struct conversation c;
    conversation_init(&c, "telegram:77:12");
    struct effects e = {.arena = &arena, .subject = &c};
    effect_var(&e, FORM, row->form);
    const struct flow_class *class = judge_class(b, book_flow(b, "f"), &c, &arena);
    if (!class || !str_eq(class->name, row->class))
        fail_msg("row %zu: %s, not %s", i, class ? class->name : "none", row->class);
    return class;
}

static void test_the_first_that_holds(void **state)
{
    static const struct row rows[] = {
        {"", "other"},
        {"coin USDT\namount 9.99 USDT\n", "small"},
        {"coin USDT\namount 10 USDT\n", "other"},
        {"coin USDT\namount 9\n", "small"},
        {"coin USDT\nnetwork_sent TRC20\namount 9 USDT\n", "other"},
        {"coin USDT\nnetwork_sent TRC20\namount 0.49 USDT\n", "small"},
        {"coin BTC\namount 0.00009 BTC\n", "small"},
        {"coin ETH\namount 0.00009 ETH\n", "other"}, /* nobody wrote how much is too little */
        {"amount 0.1\n", "other"},
        {"coin USDT\namount –\n", "other"},
        {"address 0xDE0B295669A9FD93D5F28D9EC85E40F4CB697BAE\n", "hot"},
        {"address 0xde0b295669a9fd93d5f28d9ec85e40f4cb697bae\n", "hot"},
        {"address TQn9Y2khEsLJW1ChVWFMSMeRDow5KcbLSE\n", "hot"},
        {"address TQN9Y2khEsLJW1ChVWFMSMeRDow5KcbLSE\n", "other"},
        {"address TQn9Y2khEsLJW1ChVWFMSMeRDow5KcbLSE\nseen failed\n", "failed"},
    };
    struct buf why = BUF_INIT(4000);
    struct book *b = loaded(flows, &why);
    (void)state;
    if (!b)
        fail_msg("%s", why.data);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct flow_class *class = judged(b, &rows[i], i);
        assert_int_equal(class->is_answered,
                         !str_eq(class->name, "hot") && !str_eq(class->name, "other"));
    }
    assert_true(flow_field(book_flow(b, "f"), "seen")->is_heard);
    book_free(b);
    buf_release(&why);
}

/* What the list says of a coin or a contract; of what it does not name. */
static void test_tokens(void **state)
{
    static const char text[] =
        "flows:\n"
        "  f:\n"
        "    form: [coin, network, contract]\n"
        "    classes:\n"
        "      - {class: old, contract: token old}\n"
        "      - {class: fake, contract: token fake}\n"
        "      - {class: other, contract: token other}\n"
        "      - {class: listed, contract: token listed}\n"
        "      - {class: delisted, coin: token delisted}\n"
        "      - {class: unlisted, coin: token unlisted}\n"
        "      - {class: none}\n"
        "tokens:\n"
        "  USDC Polygon: {listed: '0x3c499c542cEF5E3811e1192ce70d8cC03d5c3359', "
        "old: ['0x2791Bca1f2de4661ED88A30C99A7a9449Aa84174'], "
        "fake: '0x0000000000085d4780B73119b644AE5ecd22b376'}\n"
        "  LUNC: delisted\n"
        "  MANTA ERC20: delisted\n"
        "  MANTA Base: listed\n"
        "sets: {listed: [BTC, USDC, LUNC, MANTA]}\n";
    static const struct row rows[] = {
        {"", "none"},
        {"coin USDC\ncontract 0x3c499c542cef5e3811e1192ce70d8cc03d5c3359\n", "listed"},
        {"coin USDC\ncontract 0x2791Bca1f2de4661ED88A30C99A7a9449Aa84174\n", "old"},
        {"contract 0x2791Bca1f2de4661ED88A30C99A7a9449Aa84174\n", "old"},
        {"contract 0x0000000000085d4780b73119b644ae5ecd22b376\n", "fake"},
        {"coin USDC\ncontract 0x8dd5fbCe2F6a956C3022bA3663759011Dd51e73E\n", "other"},
        {"coin USDC\nnetwork ERC20\ncontract 0x8dd5fbCe2F6a956C3022bA3663759011Dd51e73E\n", "none"},
        {"coin BTC\ncontract 0x8dd5fbCe2F6a956C3022bA3663759011Dd51e73E\n", "none"},
        {"coin LUNC\nnetwork ERC20\n", "delisted"},
        {"coin MANTA\nnetwork ERC20\n", "delisted"},
        {"coin MANTA\nnetwork Base\n", "none"},
        {"coin BTC\n", "none"},
        {"coin FLOKI\n", "unlisted"},
        {"coin –\n", "none"},
    };
    struct buf why = BUF_INIT(4000);
    struct book *b = loaded(text, &why);
    (void)state;
    if (!b)
        fail_msg("%s", why.data);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        judged(b, &rows[i], i);
    }
    book_free(b);
    assert_null(loaded("tokens: {LUNC: gone}\n", &why));
    assert_string_equal(why.data, "knowledge/flows/x.yaml:1: LUNC: listed, delisted or contracts "
                                  "are wanted");
    buf_release(&why);
}

static void test_a_minimum_is_an_amount(void **state)
{
    struct buf why = BUF_INIT(4000);
    (void)state;
    assert_null(loaded("minimums: {USDT: ten}\n", &why));
    assert_string_equal(why.data, "knowledge/flows/x.yaml:1: USDT: an amount is wanted, as 0.5");
    buf_release(&why);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_first_that_holds),
        cmocka_unit_test(test_tokens),
        cmocka_unit_test(test_a_minimum_is_an_amount),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
