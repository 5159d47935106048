#include "bot/base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct row {
    const char *language, *text;
};

/* As customers write: short, without punctuation, with slang, typos and coin names. */
static const struct row messages[] = {
    {"zh", "你好"},
    {"zh", "在吗"},
    {"zh", "USDT充值未到账"},
    {"zh", "我把U充到TRC20了，但是页面写的是ERC20"},
    {"zh", "提币三个小时了还是pending"},
    {"zh", "人工"},
    {"zh", "KYC审核要多久啊"},
    {"zh", "为啥提现要绑GA"},
    {"zh", "我的U呢？？？"},
    {"zh", "返佣怎么还没到 昨天的"},
    {"zh", "显示 Withdrawal failed insufficient balance 怎么办"},
    {"zh", "链接https://t.me/xxx_official 是你们的吗"},
    {"zh", "為什麼提不出來"},
    {"zh", "請問客服幾點上班"},
    {"zh", "我嘅USDT未到帳喎"},
    {"zh", "出金一直審核中 已經兩天了"},
    {"zh", "BTC轉錯鏈了可以找回嗎"},
    {"zh", "谢谢🙏"},
    {"zh", "合约爆仓了 系统卡得要死"},
    {"zh", "我の钱没到账"},
    {"zh", "谢谢ヽ(✿ﾟ▽ﾟ)ノ"},
    {"zh", "我用的是アプリ版 一直打不开 怎么回事呀"},
    {"zh", "zenme tixian a"},
    {"zh", "uid 8832912 帮我看下"},
    {"zh", "解绑谷歌"},
    {"zh", "出入金"},
    {"zh", "身份驗證失敗"},
    {"zh", "申诉"},

    {"en", "hi there how are you"},
    {"en", "where is my usdt"},
    {"en", "sent 500 usdt trc20 2 hrs ago still not in my wallet"},
    {"en", "withdrawal stuck since yesterday pls help"},
    {"en", "google auth code not working"},
    {"en", "i forgot to add the memo for xrp"},
    {"en", "how do i bind 2fa"},
    {"en", "ur support sucks, i want to talk to a human"},
    {"en", "why u guys freeze my acc"},
    {"en", "im waiting"},
    {"en", "any update?"},
    {"en", "is this admin real? he ask me seed phrase"},
    {"en", "invite link doesnt open"},
    {"en", "what does 充值 mean"},
    {"en", "my withdraw still pending lah boss"},
    {"en", "wrong network help"},
    {"en", "can't log in"},
    {"en", "SOL deposit not credited txid 5VERv8NMvzbJMEkV8xnrLkEaWRtSz9CosKDYjCJjBRnb"},
    {"en", "ｗｈｅｒｅ ｉｓ ｍｙ ｍｏｎｅｙ"},
    {"en", "thank you so much ❤️"},

    {"vi", "chào ad"},
    {"vi", "em nạp usdt mạng trc20 mà chưa thấy về"},
    {"vi", "rút tiền bị treo từ sáng giờ"},
    {"vi", "Tại sao phải liên kết Google Authenticator?"},
    {"vi", "quên ghi memo có lấy lại được ko ạ"},
    {"vi", "lệnh rút pending hoài vậy ad ơi"},
    {"vi", "có ai không"},
    {"vi", "cho mình hỏi phí rút bnb bao nhiêu"},
    {"vi", "Link mời không mở được"},
    {"vi", "nap tien chua vao"},
    {"vi", "rut usdt 3 tieng roi chua ve vi"},
    {"vi", "ad oi check giup em voi"},
    {"vi", "sao ko rut dc vay ad"},
    {"vi", "e chuyen nham mang bep20 sang erc20 co lay lai dc k"},
    {"vi", "mat dien thoai cu ko vao dc ga thi lam sao"},
    {"vi", "kyc bao lau thi xong"},
    {"vi", "hoa hong gioi thieu chua tra"},
    {"vi", "cần gặp người thật"},
    {"vi", "Tôi bị hack tài khoản rồi"},
    {"vi", "tai khoan bi khoa"},
    {"vi", "dm lua dao tra tien day"},
    {"vi", "bao h tra tien"},
    {"vi", "trang bi sap ha"},
    {"vi", "chuyển nhầm ví rồi help"},

    {"ja", "こんにちは"},
    {"ja", "USDTを入金したのにまだ反映されません"},
    {"ja", "出金できない"},
    {"ja", "タグ忘れ"},
    {"ja", "二段階認証のリセット方法を教えてください"},
    {"ja", "TRC20で送るべきところをERC20で送ってしまいました"},
    {"ja", "本人確認いつ終わりますか"},
    {"ja", "キャンセル"},
    {"ja", "出金 未反映"},
    {"ja", "送金の件"},
    {"ja", "返金要請の的確な回答"},
    {"ja", "手数料"},
    {"ja", "ﾛｸﾞｲﾝできん"},
    {"ja", "BTCの残高が消えた"},
    {"ja", "withdrawがpendingのままです"},
    {"ja", "円に両替"},
    {"ja", "人と話したい"},
    {"ja", "本人確認書類を再提出"},
    {"ja", "二段階認証解除希望"},
    {"ja", "取引履歴"},
    {"ja", "口座凍結解除"},
    {"ja", "強制決済 先物損失"},
    {"ja", "担当者希望"},
    {"ja", "招待特典未着"},

    {"ko", "안녕하세요"},
    {"ko", "USDT 입금이 안 들어왔어요"},
    {"ko", "출금 언제 되나요"},
    {"ko", "trc20으로 보냈는데 안옴"},
    {"ko", "OTP 분실"},
    {"ko", "상담원 연결해주세요"},
    {"ko", "메모 안쓰고 리플 보냈어요 ㅠㅠ"},
    {"ko", "강청 당했는데 서버오류 아님?"},
    {"ko", "KYC는 얼마나 걸리나요"},
    {"ko", "ㅋㅋㅋ 장난하냐"},
    {"ko", "withdraw pending 왜 이래요"},
    {"ko", "추천인 코드"},

    {"ms", "deposit saya tak masuk"},
    {"ms", "macam mana nak withdraw"},
    {"ms", "usdt dah hantar tapi belum sampai"},
    {"ms", "bila boleh keluarkan duit"},
    {"ms", "tolong la admin dah 3 jam pending"},
    {"ms", "salah rangkaian, saya hantar guna trc20"},
    {"ms", "akaun kena hack, camne ni"},
    {"ms", "nape xleh login"},
    {"ms", "sy lupa letak memo xrp"},
    {"ms", "berapa yuran withdraw btc"},
    {"ms", "link jemputan tak boleh buka"},
    {"ms", "nak cakap dengan orang betul"},
    {"ms", "kod google auth salah je"},
    {"ms", "terima kasih boss"},
    {"ms", "KYC berapa lama"},
    {"ms", "Mengapa perlu 2FA untuk pengeluaran?"},
    {"ms", "knp utk withdraw kena tunggu"},
    {"ms", "brp fee usdt ni"},
    {"ms", "otp x sampai smlm"},
    {"ms", "kak saldo saya belum masuk"}, /* Indonesian is answered so */
};

static void test_messages(void **state)
{
    struct arena a = ARENA_INIT;
    int wrong = 0;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(messages); i++) {
        bool sure = false;
        const char *guess = text_language(&a, messages[i].text, "none", &sure);
        if (!str_eq(guess, messages[i].language) || !sure) {
            print_error("%s, not %s: %s\n", guess, messages[i].language, messages[i].text);
            wrong++;
        }
        arena_clear(&a);
    }
    assert_int_equal(wrong, 0);
    assert_true(ARRAY_LEN(messages) >= 80);
    arena_release(&a);
}

/* Too little, or none of the six: what was known before is kept. */
static void test_fallback(void **state)
{
    static const char *const texts[] = {
        "",
        " \n",
        "😀",
        "👍🏻👍🏻",
        "...",
        "???",
        "100",
        "50u",
        "USDT",
        "TRC20",
        "btc eth sol",
        "ok",
        "hello",
        "deposit",
        "withdraw usdt",
        "BTC/USDT",
        "belum chua",
        "8832912",
        "@admin",
        "https://www.example.com/help/how-do-i-withdraw-my-money",
        "TQn9Y2khEsLJW1ChVWFMSMeRDow5KcbLSE",
        "0x52908400098527886E0F7030069857D2E4169EE7",
        "¯\\_(ツ)_/¯",
        "(づ￣3￣)づ",
        "\xFF\xFE",
        "где мои деньги",
        "ฝากเงินไม่เข้า",
        "أين أموالي",
        "mi depósito no llega, ¿dónde está?",
        "où est mon dépôt s'il vous plaît",
    };
    struct arena a = ARENA_INIT;
    int wrong = 0;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        bool sure = true;
        const char *guess = text_language(&a, texts[i], "ja", &sure);
        if (!str_eq(guess, "ja") || sure) {
            print_error("%s: %s\n", guess, texts[i]);
            wrong++;
        }
        arena_clear(&a);
    }
    assert_int_equal(wrong, 0);
    assert_null(text_language(&a, "USDT", NULL, NULL));
    assert_string_equal(text_language(&a, "你好", NULL, NULL), "zh");
    arena_release(&a);
}

/* Han characters that may be either's: what the customer is known to speak decides. */
static void test_either(void **state)
{
    static const char *const either[] = {"確認", "入金", "完了", "取消", "出金"};
    struct arena a = ARENA_INIT;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(either); i++) {
        assert_string_equal(text_language(&a, either[i], "ja", NULL), "ja");
        assert_string_equal(text_language(&a, either[i], "zh", NULL), "zh");
    }
    assert_string_equal(text_language(&a, "入金", "en", NULL), "ja");
    assert_string_equal(text_language(&a, "取消", "en", NULL), "zh");
    assert_string_equal(text_language(&a, "没到", "ja", NULL), "zh");
    assert_string_equal(text_language(&a, "未払い", "zh", NULL), "ja");
    arena_release(&a);
}

/* In none of ours: which? */
static void test_foreign(void **state)
{
    static const struct row rows[] = {
        {"ru", "когда придут деньги"},
        {"ru", "withdraw не работает"},
        {"uk", "де мої кошти"},
        {"ar", "متى يصل السحب"},
        {"fa", "پول من نیامد"},
        {"th", "ฝากเงินไม่เข้า"},
        {"hi", "पैसे कब आएंगे"},
        {"he", "איפה הכסף שלי"},
        {"el", "πού είναι τα λεφτά μου"},
        {"km", "លុយមិនទាន់ចូល"},
        {"es", "hola, mi depósito no llega, ¿dónde está?"},
        {"es", "no puedo retirar"},
        {"pt", "não consigo sacar meu dinheiro"},
        {"fr", "bonjour, où est mon dépôt"},
        {"de", "wann kommt meine Auszahlung"},
        {"it", "dove sono i miei soldi, non riesco a prelevare"},
        {"tr", "merhaba param nerede"},
        {"tr", "Çekim neden gelmedi"},
    };
    static const char *const none[] = {"",          "ok",         "usdt",  "0x52908400098527886E0F",
                                       "asdf qwer", "bonus",      "lol 😂", "Müller",
                                       "µ",         "ツ",         "no",    "para",
                                       "los",       "hey bro que"};
    struct arena a = ARENA_INIT;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        bool sure = true;
        text_language(&a, rows[i].text, "en", &sure);
        const char *found = text_foreign(&a, rows[i].text);
        if (sure || !str_eq(found, rows[i].language))
            fail_msg("%s%s: %s", found ? found : "none", sure ? " (but sure)" : "", rows[i].text);
    }
    for (size_t i = 0; i < ARRAY_LEN(none); i++)
        if (text_foreign(&a, none[i]))
            fail_msg("%s: %s", text_foreign(&a, none[i]), none[i]);
    arena_release(&a);
}

/* The same words typed otherwise: capitals, decomposed accents, full-width letters. */
static void test_spelling(void **state)
{
    static const struct row rows[] = {
        {"vi", "EM NẠP TIỀN CHƯA VỀ"},
        {"vi", "em na\u0323p tie\u0302\u0300n chu\u031Ba ve\u0302\u0300"},
        {"ko", "\u110E\u116E\u11AF\u1100\u1173\u11B7 \u110B\u1161\u11AB\u1103\u116B\u110B\u116D"},
        {"en", "w\u200Bh\u200Bere i\u00ADs m\u2060y money"},
        {"ms", "DEPOSIT SAYA TAK MASUK!!!"},
    };
    struct arena a = ARENA_INIT;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        assert_string_equal(text_language(&a, rows[i].text, "none", NULL), rows[i].language);
    arena_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_messages), cmocka_unit_test(test_fallback),
        cmocka_unit_test(test_either),   cmocka_unit_test(test_foreign),
        cmocka_unit_test(test_spelling),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
