#include "handlers/faq/slang.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct slang *some(void)
{
    struct slang *s = slang_new();
    slang_add(s, "en", "pls", "please");
    slang_add(s, "en", "acc", "account");
    slang_add(s, "en", "2fa", "authenticator");
    slang_add(s, "en", "tx hash", "txid");
    slang_add(s, "en", "tx", "transaction");
    slang_add(s, "en", "pls", "plus"); /* the first stays */
    slang_add(s, "vi", "ko", "không");
    slang_add(s, "vi", "tk", "tài khoản");
    slang_add(s, "zh", "大饼", "BTC");
    slang_add(s, "zh", "冲", "充");
    slang_add(s, "zh", "冲值", "充值");
    slang_add(s, "zh", "ga", "谷歌验证");
    slang_add(s, "ko", "오티피", "OTP");
    return s;
}

static void test_rewrites(void **state)
{
    static const struct {
        const char *lang, *folded, *out;
    } rows[] = {
        {"en", "", ""},
        {"en", "nothing to do", "nothing to do"},
        {"en", "pls help", "please help"},
        {"en", "help pls", "help please"},
        {"en", "pls, pls!", "please, please!"},
        {"en", "access acc accounts", "access account accounts"}, /* whole words */
        {"en", "xpls pls2", "xpls pls2"},
        {"en", "my tx hash and tx", "my txid and transaction"}, /* the longest */
        {"en", "tx has", "transaction has"},
        {"en", "2fa acc", "authenticator account"},
        {"vi", "tk của tôi ko vào được", "tài khoản của tôi không vào được"},
        {"vi", "tk cua toi ko vao duoc",
         "tai khoan cua toi khong vao duoc"}, /* no accents at all */
        {"zh", "大饼冲值了", "btc充值了"},
        {"zh", "绑ga要多久", "绑谷歌验证要多久"},
        {"zh", "gas费", "gas费"},
        {"ko", "오티피가 안돼요", "otp가 안돼요"}, /* begins a word */
        {"ko", "구글오티피", "구글오티피"},
        {"ja", "pls 大饼", "pls 大饼"}, /* another language's */
    };
    struct slang *s = some();
    struct arena a = ARENA_INIT;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        assert_string_equal(slang_apply(s, &a, rows[i].lang, rows[i].folded), rows[i].out);
    assert_true(slang_has(s, "ko"));
    assert_false(slang_has(s, "ja"));
    arena_release(&a);
    slang_free(s);
    slang_free(NULL);
}

static void test_hash(void **state)
{
    struct slang *one = some(), *two = some();
    (void)state;
    assert_true(slang_hash(one) == slang_hash(two));
    slang_add(two, "en", "ty", "thank you");
    assert_true(slang_hash(one) != slang_hash(two));
    slang_free(one);
    slang_free(two);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rewrites),
        cmocka_unit_test(test_hash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
