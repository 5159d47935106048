/* Amounts as people write them in six languages, and numbers that are none. */
#include "tests/unit/extract_rig.h"

/* What stands for itself, whatever was asked. "coin" is found beside the amount. */
static void test_with_a_unit(void **state)
{
    static const struct rig_row rows[] = {
        ROW("500u", "amount=500@USDT coin=USDT"),
        ROW("500U", "amount=500@USDT coin=USDT"),
        ROW("500 u", "amount=500@USDT coin=USDT"),
        ROW("５００ｕ", "amount=500@USDT coin=USDT"),
        ROW("500usdt", "amount=500@USDT coin=USDT"),
        ROW("500 USDT", "amount=500@USDT coin=USDT"),
        ROW("USDT 500", "coin=USDT amount=500@USDT"),
        ROW("usdt: 500", "coin=USDT amount=500@USDT"),
        ROW("1,000.50 USDT", "amount=1000.50@USDT coin=USDT"),
        ROW("1.000,50 USDT", "amount=1000.50@USDT coin=USDT"),
        ROW("1'000.50 USDT", "amount=1000.50@USDT coin=USDT"),
        ROW("1,234,567.89usdt", "amount=1234567.89@USDT coin=USDT"),
        ROW("1.234.567,89 usdt", "amount=1234567.89@USDT coin=USDT"),
        ROW("**500u**", "amount=500@USDT coin=USDT"),
        ROW("500u/day", "amount=500@USDT coin=USDT"),
        ROW("1 000 000 VND", "amount=1000000@VND"),
        ROW("1 000 usdt", "amount=1000@USDT coin=USDT"),
        ROW("12 500,75 usdt", "amount=12500.75@USDT coin=USDT"),
        ROW("100 USDT-TRC20", "amount=100@USDT coin=USDT network=TRC20"),
        ROW("12,34,567 INR", "amount=1234567@INR"),
        ROW("0.5btc", "amount=0.5@BTC coin=BTC"),
        ROW("0,5 btc", "amount=0.5@BTC coin=BTC"),
        ROW("0.00012345 BTC", "amount=0.00012345@BTC coin=BTC"),
        ROW("0,125 ETH", "amount=0.125@ETH coin=ETH"),
        ROW("0.123456789012345678 ETH", "amount=0.123456789012345678@ETH coin=ETH"),
        ROW("12345678901234.5678 SHIB", "amount=12345678901234.5678@SHIB coin=SHIB"),
        ROW("2 eth", "amount=2@ETH coin=ETH"),
        ROW("2.5 SOL", "amount=2.5@SOL coin=SOL"),
        ROW("2.5sol", "amount=2.5@SOL coin=SOL"),
        ROW("BTC: 0.02", "coin=BTC amount=0.02@BTC"),
        ROW("10k usdt", "amount=10000@USDT coin=USDT"),
        ROW("10ku", "amount=10000@USDT coin=USDT"),
        ROW("2.5k u", "amount=2500@USDT coin=USDT"),
        ROW("1.5m doge", "amount=1500000@DOGE coin=DOGE"),
        ROW("100trx", "amount=100@TRX coin=TRX"),
        ROW("$500", "amount=500@USD"),
        ROW("$ 1,200.99", "amount=1200.99@USD"),
        ROW("500$", "amount=500@USD"),
        ROW("US$500", "amount=500@USD"),
        ROW("usd 500", "amount=500@USD"),
        ROW("500 dollars", "amount=500@USD"),
        ROW("$2k", "amount=2000@USD"),
        ROW("$1.5 million", "amount=1500000@USD"),
        ROW("five hundred dollars", "amount=500@USD"),
        ROW("one hundred and fifty bucks", "amount=150@USD"),
        ROW("twenty-five euros", "amount=25@EUR"),
        ROW("a thousand usdt", "amount=1000@USDT coin=USDT"),
        ROW("two million five hundred thousand won", "amount=2500000@KRW"),
        ROW("half a btc", "amount=0.5@BTC coin=BTC"),
        ROW("€99.90", "amount=99.90@EUR"),
        ROW("99,90 €", "amount=99.90@EUR"),
        ROW("£20", "amount=20@GBP"),
        ROW("500 bucks", "amount=500@USD"),
        ROW("I'm missing 3 grand usdt", "amount=3000@USDT coin=USDT"),
        /* Chinese */
        ROW("500刀", "amount=500@USD"),
        ROW("500美金", "amount=500@USD"),
        ROW("100块", "amount=100@CNY"),
        ROW("100块钱", "amount=100@CNY"),
        ROW("3千块", "amount=3000@CNY"),
        ROW("1万u", "amount=10000@USDT coin=USDT"),
        ROW("1.5万u", "amount=15000@USDT coin=USDT"),
        ROW("2wu", "amount=20000@USDT coin=USDT"),
        ROW("2w u", "amount=20000@USDT coin=USDT"),
        ROW("1万2u", "amount=12000@USDT coin=USDT"),
        ROW("3千5u", "amount=3500@USDT coin=USDT"),
        ROW("15000万韩元", "amount=150000000@KRW"),
        ROW("一万二u", "amount=12000@USDT coin=USDT"),
        ROW("两千u", "amount=2000@USDT coin=USDT"),
        ROW("三百五十u", "amount=350@USDT coin=USDT"),
        ROW("三百五u", "amount=350@USDT coin=USDT"),
        ROW("一百零五u", "amount=105@USDT coin=USDT"),
        ROW("三千五百万元", "amount=35000000@CNY"),
        ROW("一亿三千万韩元", "amount=130000000@KRW"),
        ROW("十五个eth", "amount=15@ETH coin=ETH"),
        ROW("0.5个比特币", "amount=0.5@BTC coin=BTC"),
        ROW("一个半eth", "amount=1.5@ETH coin=ETH"),
        ROW("半个比特币", "amount=0.5@BTC coin=BTC"),
        ROW("3枚以太币", "amount=3@ETH coin=ETH"),
        ROW("100个u", "amount=100@USDT coin=USDT"),
        ROW("人民币5000", "amount=5000@CNY"),
        ROW("¥5,000.00", "amount=5000.00@¥"),
        ROW("贰佰伍拾元", "amount=250@CNY"),
        ROW("我充了500U没到账", "amount=500@USDT coin=USDT"),
        SPOKEN("zh", "我的１，０００U呢", "amount=1000@USDT coin=USDT"),
        ROW("转了500，1000u没到", "amount=500 amount=1000@USDT coin=USDT"),
        /* Vietnamese */
        ROW("500k vnd", "amount=500000@VND"),
        ROW("500.000đ", "amount=500000@VND"),
        ROW("500,000 vnđ", "amount=500000@VND"),
        ROW("1.500.000 đồng", "amount=1500000@VND"),
        ROW("1tr5 vnd", "amount=1500000@VND"),
        ROW("1 triệu đồng", "amount=1000000@VND"),
        ROW("2 triệu rưỡi vnd", "amount=2500000@VND"),
        ROW("3 triệu 500 nghìn đồng", "amount=3500000@VND"),
        ROW("năm trăm nghìn đồng", "amount=500000@VND"),
        ROW("hai mươi lăm đô", "amount=25@USD"),
        ROW("50 đô", "amount=50@USD"),
        ROW("2 con eth", "amount=2@ETH coin=ETH"),
        ROW("1 tỷ đồng", "amount=1000000000@VND"),
        ROW("1ty2 vnd", "amount=1200000000@VND"),
        ROW("300 đồng usdt", "amount=300@USDT coin=USDT"),
        ROW("nửa btc", "amount=0.5@BTC coin=BTC"),
        ROW("5 tram usdt", "amount=500@USDT coin=USDT"),
        /* Japanese */
        ROW("8万円", "amount=80000@JPY"),
        ROW("８万円", "amount=80000@JPY"),
        ROW("8万5000円", "amount=85000@JPY"),
        ROW("1万5千円", "amount=15000@JPY"),
        ROW("三万円", "amount=30000@JPY"),
        ROW("百万円", "amount=1000000@JPY"),
        ROW("5千円", "amount=5000@JPY"),
        ROW("10,000円", "amount=10000@JPY"),
        ROW("１００ドル", "amount=100@USD"),
        ROW("0.5ビットコイン", "amount=0.5@BTC coin=BTC"),
        ROW("ビットコイン0.5枚", "coin=BTC amount=0.5@BTC"),
        ROW("200テザー", "amount=200@USDT coin=USDT"),
        /* Korean */
        ROW("50만원", "amount=500000@KRW"),
        ROW("50만 원", "amount=500000@KRW"),
        ROW("1억원", "amount=100000000@KRW"),
        ROW("3천만원", "amount=30000000@KRW"),
        ROW("1만5천원", "amount=15000@KRW"),
        ROW("백만원", "amount=1000000@KRW"),
        ROW("오만원", "amount=50000@KRW"),
        ROW("이백만원", "amount=2000000@KRW"),
        ROW("500달러", "amount=500@USD"),
        ROW("500불", "amount=500@USD"),
        ROW("100테더", "amount=100@USDT coin=USDT"),
        ROW("비트코인 0.5개", "coin=BTC amount=0.5@BTC"),
        ROW("리플 300개", "coin=XRP amount=300@XRP"),
        ROW("1,000,000원", "amount=1000000@KRW"),
        /* Malay */
        ROW("rm3k", "amount=3000@MYR"),
        ROW("RM50", "amount=50@MYR"),
        ROW("RM 1,250.75", "amount=1250.75@MYR"),
        ROW("50 ringgit", "amount=50@MYR"),
        ROW("lima ratus ringgit", "amount=500@MYR"),
        ROW("dua puluh lima ringgit", "amount=25@MYR"),
        ROW("seribu usdt", "amount=1000@USDT coin=USDT"),
        ROW("sejuta rupiah", "amount=1000000@IDR"),
        ROW("5 ribu ringgit", "amount=5000@MYR"),
        ROW("2 juta rupiah", "amount=2000000@IDR"),
        ROW("Rp 1.500.000", "amount=1500000@IDR"),
        ROW("rp500rb", "amount=500000@IDR"),
        ROW("2jt rupiah", "amount=2000000@IDR"),
        ROW("setengah btc", "amount=0.5@BTC coin=BTC"),
    };
    (void)state;
    assert_true(ARRAY_LEN(rows) >= 120);
    rig_check(rows, ARRAY_LEN(rows), WITHOUT_CHAINS);
}

/* A power of ten or a separator in a message that is nothing else, or a word of money beside it. */
static void test_without_a_unit(void **state)
{
    static const struct rig_row rows[] = {
        ROW("2k", "amount=2000"),
        ROW("1万", "amount=10000"),
        ROW("1tr", "amount=1000000"),
        ROW("50만", "amount=500000"),
        ROW("1,000.50", "amount=1000.50"),
        ROW("1.000,50", "amount=1000.50"),
        ROW("0.5", "amount=0.5"),
        ROW("我充值了1万没到账", "amount=10000"),
        ROW("提现2w还没到", "amount=20000"),
        ROW("充了500没到", "amount=500"),
        ROW("金额：500", "amount=500"),
        ROW("amount: 0.75", "amount=0.75"),
        ROW("amount is about 300", "amount=300"),
        ROW("I deposited 500 yesterday", "amount=500 time=yesterday"),
        ROW("i sent 1200, not credited", "amount=1200"),
        ROW("nạp 500k chưa vào", "amount=500000"),
        ROW("nap 2tr ma chua vao", "amount=2000000"),
        ROW("số lượng 500", "amount=500"),
        ROW("rút 300 chưa về", "amount=300"),
        ROW("50만 입금했는데요", "amount=500000"),
        ROW("수량 300", "amount=300"),
        ROW("入金額は300です", "amount=300"),
        ROW("jumlah 500", "amount=500"),
        ROW("saya hantar 2k semalam", "amount=2000 time=semalam"),
    };
    (void)state;
    rig_check(rows, ARRAY_LEN(rows), WITHOUT_CHAINS);
}

static void test_asked(void **state)
{
    static const struct rig_row rows[] = {
        ASKED("amount", "500", "amount=500"),
        ASKED("wrong_chain.amount", "wrong_chain: 12345678", "amount=12345678"),
        ASKED("amount", "大概三百", "amount=300"),
        ASKED("amount", "it was 2000 i think", "amount=2000"),
        ASKED("amount", "10m", "amount=10000000"),
        ASKED("amount", "100个", "amount=100"),
        ASKED("amount", "500 or 600", "amount=500!? amount=600!?"),
        ASKED("amount", "500 usdt, fee 1", "amount=500@USDT coin=USDT amount=1!?"),
        ASKED("amount", "2 hours ago, 500", "time=2 hours ago amount=500"),
        ASKED("amount", "don't know", ""),
    };
    (void)state;
    rig_check(rows, ARRAY_LEN(rows), WITHOUT_CHAINS);
}

/* A point or comma before three digits: the language decides, else one asks. */
static void test_ambiguous(void **state)
{
    static const struct rig_row rows[] = {
        ROW("1.000 usdt", "amount=1.000@USDT!?|1000 coin=USDT"),
        ROW("1,000 usdt", "amount=1000@USDT!?|1.000 coin=USDT"),
        SPOKEN("en", "1.000 usdt", "amount=1.000@USDT coin=USDT"),
        SPOKEN("en", "1,000 usdt", "amount=1000@USDT coin=USDT"),
        SPOKEN("zh", "1,000u", "amount=1000@USDT coin=USDT"),
        SPOKEN("vi", "1.000 usdt", "amount=1000@USDT!?|1.000 coin=USDT"),
        SPOKEN("ja", "12.345 ETH", "amount=12.345@ETH coin=ETH"),
        ROW("I sent 1,000 usdt and it has not arrived yet", "amount=1000@USDT coin=USDT"),
        ROW("em nạp 1.000 usdt mà chưa thấy vào ví ạ", "amount=1000@USDT!?|1.000 coin=USDT"),
        SPOKEN("vi", "1.000đ", "amount=1000@VND"),
        ROW("8,000円", "amount=8000@JPY"),
        ROW("một trăm hai đô", "amount=102@USD!?|120"),
        ROW("một trăm lẻ hai đô", "amount=102@USD"),
        ROW("step 1 500u", "amount=1500@USDT!?|500 coin=USDT"),
        ROW("500-1000u", "amount=1000@USDT!? coin=USDT"),
        ROW("1000多u", "amount=1000@USDT!? coin=USDT"),
    };
    (void)state;
    rig_check(rows, ARRAY_LEN(rows), WITHOUT_CHAINS);
}

static void test_no_amounts(void **state)
{
    static const char *const rows[] = {
        "ok 500 people",
        "500",
        "I have 2 questions",
        "2k people saw it",
        "我有1万个问题",
        "1万人在用",
        "第3次了",
        "50%",
        "10x leverage",
        "version 1.2.3",
        "v2.0",
        "192.168.1.1",
        "step 3 of 5",
        "i sent 2 emails",
        "I sent 3 times",
        "rút 2 lần rồi",
        "3번 입금했어요",
        "internal transfer 8837261",
        "#500",
        "room 101",
        "iphone 14 pro max",
        "windows 11",
        "android 13",
        "android 13 u know",
        "see u at 5",
        "u got 1 new message",
        "几百u",
        "vài trăm k",
        "十几个u",
        "several hundred dollars",
        "fifteen ninety nine dollars",
        "99999999999999999999999999999999999999999999 usdt",
        "9999999999999999999999999999万亿usdt",
        "1亿2亿3亿4亿5亿6亿7亿8亿9亿10亿usdt",
        "연구원들은",
        "지원이 필요해요",
        "비트코인만 있어요",
        "I have one question",
        "one moment please",
        "a near miss",
        "2 link",
        "error 1000",
        "code 100234x",
        "3g or 4g",
        "8.8.8.8",
        "1/2",
        "+84 912 345 678",
        "0912345678 gọi em",
        "tôi 25 tuổi",
        "2026",
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const char *got = rig_show(rows[i], "", "", WITHOUT_CHAINS);
        if (strstr(got, "amount="))
            fail_msg("%s: %s", rows[i], got);
        arena_clear(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_with_a_unit), cmocka_unit_test(test_without_a_unit),
        cmocka_unit_test(test_asked),       cmocka_unit_test(test_ambiguous),
        cmocka_unit_test(test_no_amounts),
    };
    return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
