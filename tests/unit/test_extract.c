/* Everything but amounts: strings, names, labels, links, times, secrets, and what was asked. */
#include "tests/unit/extract_rig.h"

#include "handlers/extract/address.h"

#define TRX  "TJRyWwFs9wTFGZg3JbrVriFbNfCug5tDeC"
#define BTC  "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
#define EVM  "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
#define SOL  "2gVkYWexTHR5Hb2aLeQN3tnngvWzisFKXDUPrgMHpdST"
#define TON  "EQDKbjIcfM6ezt8KjKJJLshZJJSqX7XOA4ff-W72r5gqPrHF"
#define HASH "9edaf0f7d9c6629c31bbf0471fc07d696c73b566b93783f7e25d8d5d2b62fa4f"
#define SIG                                                                                        \
    "5LmxrEKGchhMuYfw6Qut6CbsvE9pVfb8YvwZKvWssSesDVjHioBCmWKSJQh1WhvcM6CpemhpHNmEMA2a36rzwTa8"
#define PHRASE "legal winner thank year wave sausage worth useful legal winner thank yellow"
#define HEXKEY "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"

/* However the string is wrapped, it is found whole. */
static void test_wrapped_addresses(void **state)
{
    static const char *const wraps[] = {
        "%s",
        "地址%s没到账",
        "地址：%s，麻烦看下",
        "my address is %s.",
        "(%s)",
        "\"%s\"",
        "address=%s;",
        "ví %s ạ",
        "アドレスは%sです",
        "주소는 %s입니다",
        "alamat %s, tolong",
        "[%s]",
        "<%s>",
        "%s!",
        "**%s**",
        "到\n%s\n了",
        "to:%s",
        "　%s　",
        "%s\u3002",
        "地址%s（币安）",
    };
    static const char *const strings[] = {TRX, BTC, EVM, SOL, TON};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(wraps); i++)
        for (size_t k = 0; k < ARRAY_LEN(strings); k++) {
            const char *at = strstr(wraps[i], "%s");
            char *text = arena_printf(&arena, "%.*s%s%s", (int)(at - wraps[i]), wraps[i],
                                      strings[k], at + 2);
            struct extract *e = extract_find(lexicon, &arena, text, "address", "");
            if (e->n != 1 || e->items[0].field != FIELD_ADDRESS || !e->items[0].is_valid ||
                !str_eq(e->items[0].value, strings[k]))
                fail_msg("%s: %s", text, rig_show(text, "address", "", WITH_CHAINS));
            arena_clear(&arena);
        }
}

static void test_strings(void **state)
{
    static const struct rig_row rows[] = {
        ROW(TRX, "address=" TRX "{TRX}"),
        ROW("TJRyWwFs9wTFGZg3JbrVriFbNfCug5tDeD",
            "address=TJRyWwFs9wTFGZg3JbrVriFbNfCug5tDeD{TRX}!"),
        ROW("TJRy\u200BWwFs9wTFGZg3JbrVriFb\u2060NfCug5tDeC", "address=" TRX "{TRX}"),
        ROW("ＴＪＲｙＷｗＦｓ９ｗＴＦＧＺｇ３ＪｂｒＶｒｉＦｂＮｆＣｕｇ５ｔＤｅＣ",
            "address=" TRX "{TRX}"),
        ROW("TJRyWwFs9wTFGZg3Jb\nrVriFbNfCug5tDeC", "address=" TRX "{TRX}"),
        ROW("1FsSia9rv4NeEwvJ2GvXrX7LyxYspbN2mo",
            "address=1FsSia9rv4NeEwvJ2GvXrX7LyxYspbN2mo{BTC BCH}"),
        ROW("BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4",
            "address=BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4{BTC}"),
        ROW("bc1qW508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
            "address=bc1qW508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4{BTC}!"),
        ROW(EVM, "address=" EVM "{EVM}"),
        ROW("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1Beaed",
            "address=0x5aAeb6053F3E94C9b9A09f33669435E7Ef1Beaed{EVM}!"),
        ROW("0X5AAEB6053F3E94C9B9A09F33669435E7EF1BEAED",
            "address=0X5AAEB6053F3E94C9B9A09F33669435E7EF1BEAED{EVM}!"),
        ROW("0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed",
            "address=0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed{EVM}"),
        ROW("0x1234...BeAed", "address=0x1234...BeAed!"),
        ROW("0x5aAeb6…BeAed", "address=0x5aAeb6…BeAed!"),
        ROW("bitcoincash:qr6m7j9njldwwzlg9v7v53unlr4jkmx6eylep8ekg2",
            "address=bitcoincash:qr6m7j9njldwwzlg9v7v53unlr4jkmx6eylep8ekg2{BCH}"),
        ROW("pqx578nanz2h2estzmkr53zqdg6qt8xyqvwhn6qeyc",
            "address=pqx578nanz2h2estzmkr53zqdg6qt8xyqvwhn6qeyc{BCH}"),
        ROW("bcash:pqx578nanz2h2estzmkr53zqdg6qt8xyqvwhn6qeyc",
            "address=bcash:pqx578nanz2h2estzmkr53zqdg6qt8xyqvwhn6qeyc{BCH}!"),
        ROW("XVLhHMPHU98es4dbozjVtdWzVrDjtV18pX8yuPT7y4xaEHi",
            "address=XVLhHMPHU98es4dbozjVtdWzVrDjtV18pX8yuPT7y4xaEHi{XRP} memo=4294967295"),
        ROW("cosmosvaloper1sxx9mszve0gaedz5ld7qdkjkfv8z992ax6",
            "address=cosmosvaloper1sxx9mszve0gaedz5ld7qdkjkfv8z992ax6{ATOM}!"),
        ROW("kQDKbjIcfM6ezt8KjKJJLshZJJSqX7XOA4ff-W72r5gqPgpP",
            "address=kQDKbjIcfM6ezt8KjKJJLshZJJSqX7XOA4ff-W72r5gqPgpP{TON_TEST}"),
        ROW("txid " HASH, "txid=" HASH "{BTC BCH LTC DOGE DASH ZEC TRX XRP XLM TON ADA EOS NEO "
                          "ATOM OSMO TIA INJ SEI KAVA RUNE DYDX CRO AKT BNB_BEACON}"),
        ROW("hash: 0x" HASH, "txid=0x" HASH "{EVM APT DOT KSM VET}"),
        ROW("hash: 0X" HASH, "txid=0X" HASH "{EVM APT DOT KSM VET}"),
        ROW("my aptos address 0x" HASH, "coin=APT{APT} address=0x" HASH "{APT SUI}"),
        ROW("deposit 0x" HASH,
            "txid=0x" HASH "{EVM APT DOT KSM VET}? address=0x" HASH "{APT SUI}?"),
        ROW("txid: 9edaf0f7d9c6629c31bbf0471fc07d69\n6c73b566b93783f7e25d8d5d2b62fa4f",
            "txid=" HASH "{BTC BCH LTC DOGE DASH ZEC TRX XRP XLM TON ADA EOS NEO ATOM OSMO TIA INJ "
            "SEI KAVA RUNE DYDX CRO AKT BNB_BEACON}"),
        ROW(SIG, "txid=" SIG "{SOL}"),
        ROW(SOL, "txid=" SOL "{SUI NEAR}? address=" SOL "{SOL}?"),
        ROW("txid " SOL, "txid=" SOL "{SUI NEAR}"),
        ROW("钱包地址 " SOL, "address=" SOL "{SOL}"),
        ROW("0.0.19790-1666769504-858851231", "txid=0.0.19790-1666769504-858851231{HBAR}"),
        ROW("0.0.19790@1666769504.858851231", "txid=0.0.19790@1666769504.858851231{HBAR}"),
        ROW("hbar 0.0.123", "coin=HBAR{HBAR} address=0.0.123{HBAR}"),
        ROW("hbar 0.0.123-vfmkw", "coin=HBAR{HBAR} address=0.0.123-vfmkw{HBAR}"),
        ROW("hbar 0.0.123-vfmkx", "coin=HBAR{HBAR} address=0.0.123-vfmkx{HBAR}!"),
        ROW("version 0.0.123", ""),
        ROW("EOS bittrexacct1", "coin=EOS{EOS} address=bittrexacct1{EOS}"),
        ROW("EOS transactions are late", "coin=EOS{EOS}"),
        ROW("aptos 0x1", "coin=APT{APT} address=0x1{APT}"),
        ROW("commit bd839e4f6fadb293ba580df5dea7814399989983", ""),
        ROW("thequickbrownfoxjumpsoverthelazydogagain", ""),
        ROW("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", ""),
        ROW("hahahahahahahahahahahahahahahahahahahahaha", ""),
    };
    (void)state;
    rig_check(rows, ARRAY_LEN(rows), WITH_CHAINS);
}

static void test_asked_decides(void **state)
{
    static const struct rig_row rows[] = {
        ASKED("uid", "12345678", "uid=12345678"),
        ASKED("memo", "12345678", "memo=12345678"),
        ASKED("wrong_chain.memo_sent", "12345678", "memo=12345678"),
        ASKED("amount", "12345678", "amount=12345678"),
        ASKED("order_id", "202411211930245678", "order_id=202411211930245678"),
        ASKED("uid", "202411211930245678", "order_id=202411211930245678?"),
        ASKED("order_id", "12345678", "uid=12345678?"),
        ASKED("txid", "12345678", "uid=12345678?"),
        ASKED("", "12345678", "uid=12345678?"),
        ASKED("", "202411211930245678", "order_id=202411211930245678?"),
        ASKED("uid", "1234", "uid=1234!?"),
        ASKED("uid", "我的是12345678哦", "uid=12345678"),
        ASKED("uid", "12345678 or 87654321", "uid=12345678? uid=87654321?"),
        ASKED("uid", "uid 12345678, 500u", "uid=12345678 amount=500@USDT coin=USDT"),
        ASKED("uid_invitee", "his is 87654321", "uid=87654321"),
        ASKED("coin", "U", "coin=USDT"),
        ASKED("coin", "u 走的bsc", "coin=USDT network=BEP20"),
        ASKED("coin", "u tell me", ""),
        ASKED("txid", HASH, "txid=" HASH),
        ASKED("txid", "0x" HASH, "txid=0x" HASH),
        ASKED("address", "0x" HASH, "address=0x" HASH),
        ASKED("contract", EVM, "contract=" EVM),
        ASKED("txid", TRX, "address=" TRX),
        ASKED("txid", "a@b.com", "email=a@b.com"),
        ASKED("txid", "0xb9ae2e80...71cc517d7e", "txid=0xb9ae2e80...71cc517d7e!"),
        ASKED("memo", "bitget77", "memo=bitget77"),
        ASKED("memo", "none", ""),
        ASKED("invite_code", "AbC123", "invite_code=AbC123"),
        ASKED("invite_code", "mexc-12AbC", "invite_code=mexc-12AbC"),
        ASKED("network", "tron", "network=TRC20"),
        ASKED("network_expected", "ETH", "network=ERC20"),
        ASKED("network", "BSC", "network=BEP20"),
        ASKED("network", "base", "network=Base"),
        ASKED("coin", "tron", "coin=TRX"),
        ASKED("coin", "GOMINING", "coin=GOMINING!?"),
        ASKED("coin", "hello", ""),
        ASKED("address", "binancecleos", "address=binancecleos"),
        ASKED("time", "14/1 8:30", "time=14/1 8:30"),
        ASKED("time", "", ""),
    };
    (void)state;
    rig_check(rows, ARRAY_LEN(rows), WITHOUT_CHAINS);
}

static void test_names(void **state)
{
    static const struct rig_row rows[] = {
        ROW("我把U充到TRC20了，但是页面写的是ERC20",
            "coin=USDT network=TRC20{TRX} network=ERC20{EVM:ethereum}"),
        ROW("USDT trên Tron", "coin=USDT network=TRC20{TRX}"),
        ROW("tag salah, saya taip 5520139 padahal 5520193", "memo=5520139 memo=5520193"),
        ROW("forgot the memo! it should have been 44120987", "memo=44120987"),
        ROW("宛先タグを入れ忘れ、本来 3087164412 です", "memo=3087164412"),
        ROW("added after sign up? the invite of a friend is KX4-9921", "invite_code=KX4-9921"),
        ROW("tg @fanyong_king for referrals", ""),
        ROW("Network: Cardano", "network=Cardano{ADA}"),
        ROW("是polygon 不是arb", "network=Polygon{EVM:polygon} network=Arbitrum One{EVM:arbitrum}"),
        ROW("恒星幣 5,000顆", "coin=XLM{XLM} amount=5000@XLM"),
        ROW("充USDT走波场", "coin=USDT network=TRC20{TRX}"),
        ROW("波场", "coin=TRX{TRX}?"),
        ROW("波场链", "network=TRC20{TRX}"),
        ROW("tron network", "network=TRC20{TRX}"),
        ROW("mạng BNB", "network=BEP20{EVM:bsc}"),
        ROW("0.25ETHをBase経由で", "amount=0.25@ETH coin=ETH{EVM:ethereum} network=Base{EVM:base}"),
        ROW("Base链", "network=Base{EVM:base}"),
        ROW("based on what", ""),
        ROW("ETH链的usdt", "network=ERC20{EVM:ethereum} coin=USDT"),
        ROW("이더리움 체인으로 테더를 보냈어요", "network=ERC20{EVM:ethereum} coin=USDT"),
        ROW("イーサリアムチェーンでUSDTを送りました", "network=ERC20{EVM:ethereum} coin=USDT"),
        ROW("Arbitrum One", "network=Arbitrum One{EVM:arbitrum}"),
        ROW("BNB Smart Chain (BEP20)", "network=BEP20{EVM:bsc}"),
        ROW("BEP2 not BEP20", "network=BEP2{BNB_BEACON} network=BEP20{EVM:bsc}"),
        ROW("trc-20 usdt", "network=TRC20{TRX} coin=USDT"),
        ROW("大饼和姨太", "coin=BTC{BTC} coin=ETH{EVM:ethereum}"),
        ROW("비트코인이랑 리플을", "coin=BTC{BTC} coin=XRP{XRP}"),
        ROW("비트겟에서 업비트로", ""),
        ROW("리플라이 주세요", ""),
        ROW("my SOL is on Solana", "coin=SOL{SOL} network=Solana{SOL}"),
        ROW("i have near zero hope", ""),
        ROW("NEAR deposit", "coin=NEAR{NEAR}"),
        ROW("I CAN NOT LINK MY CARD", ""),
        ROW("u should see this", ""),
        ROW("nạp u vào ví", "coin=USDT"),
        ROW("mua u giá bao nhiêu", "coin=USDT"),
        ROW("sub-committee eth", "coin=ETH{EVM:ethereum}"),
        ROW("something method ethics", ""),
        ROW("BTC/USDT", "coin=BTC{BTC} coin=USDT"),
        ROW("btc btc BTC", "coin=BTC{BTC}"),
    };
    (void)state;
    rig_check(rows, ARRAY_LEN(rows), WITH_CHAINS);
}

static void test_labels(void **state)
{
    static const struct rig_row rows[] = {
        ROW("UID 81234567 order 202411211930245678 please",
            "uid=81234567 order_id=202411211930245678"),
        ROW("我的UID是12345678，订单号：202411211930245678",
            "uid=12345678 order_id=202411211930245678"),
        ROW("uid của em là 12345678", "uid=12345678"),
        ROW("12345678 is my uid", "uid=12345678"),
        ROW("ユーザーIDは12345678です", "uid=12345678"),
        ROW("회원번호는 12345678 입니다", "uid=12345678"),
        ROW("ID pengguna saya 12345678", "uid=12345678"),
        ROW("uid:123", "uid=123!"),
        ROW("my account 81234567 is frozen", "uid=81234567"),
        ROW("账号81234567被冻结", "uid=81234567"),
        ROW("tk 81234567", "uid=81234567"),
        ROW("account 2", ""),
        ROW("memo 104235678", "memo=104235678"),
        ROW("tag: 104235678", "memo=104235678"),
        ROW("Memo: abcDEF-12", "memo=abcDEF-12"),
        ROW("标签填了 104235678", "memo=104235678"),
        ROW("备注是104235678", "memo=104235678"),
        ROW("ghi chú là 104235678", "memo=104235678"),
        ROW("メモは104235678", "memo=104235678"),
        ROW("메모 104235678", "memo=104235678"),
        ROW("i forgot the memo", ""),
        ROW("memo is wrong", ""),
        ROW("no memo and no tag", ""),
        ROW("忘记填memo了", ""),
        ROW("invite code AbC123", "invite_code=AbC123"),
        ROW("邀请码是abcd", "invite_code=abcd"),
        ROW("mã giới thiệu: ABCD", "invite_code=ABCD"),
        ROW("my invite code is not working", ""),
        ROW("order 12345678 missing", "order_id=12345678!"),
        ROW("error code 100234", ""),
        ROW("Foo.bar+1@gmail.com.", "email=Foo.bar+1@gmail.com"),
        ROW("我的邮箱是foo@163.com谢谢", "email=foo@163.com"),
        ROW("@someone hi", ""),
        ROW("a@b", ""),
    };
    (void)state;
    rig_check(rows, ARRAY_LEN(rows), WITHOUT_CHAINS);
}

static void test_links(void **state)
{
    static const struct rig_row rows[] = {
        ROW("https://bscscan.com/tx/0x" HASH,
            "link=https://bscscan.com/tx/0x" HASH "{EVM:bsc} txid=0x" HASH "{EVM:bsc}"),
        ROW("看https://bscscan.com/tx/0x" HASH "没到",
            "link=https://bscscan.com/tx/0x" HASH "{EVM:bsc} txid=0x" HASH "{EVM:bsc}"),
        ROW("bscscan.com/tx/0x" HASH "。",
            "link=bscscan.com/tx/0x" HASH "{EVM:bsc} txid=0x" HASH "{EVM:bsc}"),
        ROW("https://cn.etherscan.com/tx/0x" HASH,
            "link=https://cn.etherscan.com/tx/0x" HASH " txid=0x" HASH "{EVM APT DOT KSM VET}"),
        ROW("https://cn.etherscan.io/tx/0x" HASH, "link=https://cn.etherscan.io/tx/0x" HASH
                                                  "{EVM:ethereum} txid=0x" HASH "{EVM:ethereum}"),
        ROW("https://sepolia.etherscan.io/tx/0x" HASH,
            "link=https://sepolia.etherscan.io/tx/0x" HASH " txid=0x" HASH "{EVM APT DOT KSM VET}"),
        ROW("HTTPS://TronScan.org/#/transaction/" HASH "?lang=en",
            "link=HTTPS://TronScan.org/#/transaction/" HASH "?lang=en{TRX} txid=" HASH "{TRX}"),
        ROW("https://tronscan.org/#/transaction/0x" HASH,
            "link=https://tronscan.org/#/transaction/0x" HASH "{TRX} txid=0x" HASH "{TRX}!"),
        ROW("https://tronscan.org/#/address/" TRX,
            "link=https://tronscan.org/#/address/" TRX "{TRX} address=" TRX "{TRX}"),
        ROW("https://etherscan.io/address/" EVM, "link=https://etherscan.io/address/" EVM
                                                 "{EVM:ethereum} address=" EVM "{EVM:ethereum}"),
        ROW("https://solscan.io/tx/" SIG,
            "link=https://solscan.io/tx/" SIG "{SOL} txid=" SIG "{SOL}"),
        ROW("https://solscan.io/account/" SOL,
            "link=https://solscan.io/account/" SOL "{SOL} address=" SOL "{SOL}"),
        ROW("https://tonviewer.com/" TON,
            "link=https://tonviewer.com/" TON "{TON} address=" TON "{TON}"),
        ROW("https://tonviewer.com/transaction/fJXfn0EVhV09HFuEgUHu4Cchb24nUQtIMwSzmzk2tLs%3D",
            "link=https://tonviewer.com/transaction/"
            "fJXfn0EVhV09HFuEgUHu4Cchb24nUQtIMwSzmzk2tLs%3D{TON} "
            "txid=fJXfn0EVhV09HFuEgUHu4Cchb24nUQtIMwSzmzk2tLs={TON}"),
        ROW("https://unknown-scan.example.com/tx/0x" HASH,
            "link=https://unknown-scan.example.com/tx/0x" HASH " txid=0x" HASH
            "{EVM APT DOT KSM VET}"),
        ROW("https://www.bitget.com/referral/register?clacCode=AB12CD&from=referral",
            "link=https://www.bitget.com/referral/register?clacCode=AB12CD&from=referral "
            "invite_code=AB12CD"),
        ROW("https://www.mexc.com/ru-RU/register?inviteCode=mexc-12AbC",
            "link=https://www.mexc.com/ru-RU/register?inviteCode=mexc-12AbC "
            "invite_code=mexc-12AbC"),
        ROW("okx.com/join/12345678", "link=okx.com/join/12345678 invite_code=12345678"),
        ROW("https://www.kucoin.com/r/af/QBSABC",
            "link=https://www.kucoin.com/r/af/QBSABC invite_code=QBSABC"),
        ROW("https://x.com/?a=1&amp;ref=ABC123",
            "link=https://x.com/?a=1&ref=ABC123 invite_code=ABC123"),
        ROW("https：／／bitget.com／a？b＝1", "link=https://bitget.com/a?b=1"),
        ROW("t.me/bitget_support_1", "link=t.me/bitget_support_1"),
        ROW("tg://resolve?domain=abc", "link=tg://resolve?domain=abc"),
        ROW("help.me please", ""),
        ROW("thanks.so much", ""),
        ROW("see bitget.com, please", "link=bitget.com"),
        ROW("(https://a.com/x_(y))", "link=https://a.com/x_(y)"),
        ROW("https://bitget.com@evil.com/x", "link=https://bitget.com@evil.com/x"),
        ROW("https://bіtget.com/x", "link=https://bіtget.com/x"), /* a Cyrillic i */
        ROW("e.g. this, i.e. that... ok", ""),
        ROW("1.5 and 2.0.1", ""),
    };
    (void)state;
    rig_check(rows, ARRAY_LEN(rows), WITH_CHAINS);
}

static void test_times(void **state)
{
    static const struct rig_row rows[] = {
        ROW("2026-01-14 08:30", "time=2026-01-14 08:30"),
        ROW("2026/1/14 8:30:15 UTC+8", "time=2026/1/14 8:30:15 UTC+8"),
        ROW("14/01/2026 at 3pm", "time=14/01/2026 at 3pm"),
        ROW("2026-13-40", "time=2026-13-40!"),
        ROW("2026年1月14日下午3点半", "time=2026年1月14日下午3点半"),
        ROW("1月14号 15:20", "time=1月14号 15:20"),
        ROW("昨天晚上8点多", "time=昨天晚上8点"),
        ROW("2小时前", "time=2小时前"),
        ROW("三天前充的", "time=三天前"),
        ROW("已经3天了", ""),
        ROW("8h30 tối qua", "time=8h30 tối qua"),
        ROW("hôm qua lúc 20h", "time=hôm qua lúc 20h"),
        ROW("2 tiếng trước", "time=2 tiếng trước"),
        ROW("ngày 5 tháng 1", "time=ngày 5 tháng 1"),
        ROW("七点四十左右打的", "time=七点四十左右"),
        ROW("half past nine", "time=half past nine"),
        ROW("an hour and a half ago", "time=an hour and a half ago"),
        ROW("1 tiếng rưỡi trước", "time=1 tiếng rưỡi trước"),
        ROW("cách đây 2 tiếng", "time=cách đây 2 tiếng"),
        ROW("두시간 전에", "time=두시간 전에"),
        ROW("2時間半前に", "time=2時間半前"),
        ROW("sejam tadi", "time=sejam tadi"),
        ROW("3号下午四点一刻", "time=3号下午四点一刻"),
        ROW("akhir oktober", "time=akhir oktober"),
        ROW("open 9:00-18:00", ""),
        ROW("周一到周五都有人吗", ""),
        ROW("오전 9시부터 오후 6시까지", ""),
        ROW("1月14日15時30分", "time=1月14日15時30分"),
        ROW("昨日の午後3時頃", "time=昨日の午後3時頃"),
        ROW("2時間前", "time=2時間前"),
        ROW("어제 오후 3시 20분쯤", "time=어제 오후 3시 20분쯤"),
        ROW("2026년 1월 14일", "time=2026년 1월 14일"),
        ROW("2시간 전에", "time=2시간 전에"),
        ROW("semalam pukul 3 petang", "time=semalam pukul 3 petang"),
        ROW("2 jam lalu", "time=2 jam lalu"),
        ROW("5 Januari 2026", "time=5 Januari 2026"),
        ROW("Jan 5th, 2026", "time=Jan 5th, 2026"),
        ROW("half an hour ago", "time=half an hour ago"),
        ROW("yesterday at 4:30 pm (UTC+8)", "time=yesterday at 4:30 pm (UTC+8"),
        ROW("good morning", ""),
        ROW("12:75", "time=12:75!"),
        ROW("ratio 1:1", ""),
        ROW("2026-01-14T08:30:00Z", "time=2026-01-14T08:30:00"),
    };
    (void)state;
    rig_check(rows, ARRAY_LEN(rows), WITHOUT_CHAINS);
}

/* What is secret appears in nothing that is found, and the rest is found all the same. */
static void test_secrets(void **state)
{
    static const struct rig_row rows[] = {
        ROW(PHRASE, "secret:seed"),
        ROW("uid 12345678, my words: " PHRASE, "secret:seed uid=12345678"),
        ROW("private key 0x" HEXKEY " 500u", "secret:key amount=500@USDT coin=USDT"),
        ROW(HEXKEY, "secret:hex"),
        ROW("private key ac0974bec39a17e36ba4a6b4d238ff94\n4bacb478cbed5efcae784d7bf4f2ff80",
            "secret:key"),
        ROW("https://scan.example.com/tx?pk=" HEXKEY,
            "secret:key link=https://scan.example.com/tx?pk="),
        ROW("GA key JBSW Y3DP EHPK 3PXP", "secret:totp"),
        ROW("google code 482913", "secret:otp"),
        ROW("验证码 771204", "secret:otp"),
        ROW("771204是我的验证码", "secret:otp"),
        ROW("mã otp là 771204", "secret:otp"),
        ROW("인증번호는 771204", "secret:otp"),
        ASKED("uid", "code 482913", "secret:otp"),
        ASKED("txid", HEXKEY, "txid=" HEXKEY),
        ASKED("txid", "my private key " HEXKEY, "secret:key"),
        ROW("invite code 482913", "invite_code=482913"),
        ROW("error code 482913", ""),
    };
    (void)state;
    rig_check(rows, ARRAY_LEN(rows), WITHOUT_CHAINS);
}

/* What is told apart by what stands around it, in a report of a transfer. */
static void test_reports(void **state)
{
    static const struct rig_row rows[] = {
        ROW("dot 60", "coin=DOT amount=60@DOT"),
        ROW("dot your i's", ""),
        ROW("saya ada 2 soalan", ""),
        ROW("the near future", ""),
        ROW("near的充值", "coin=NEAR"),
        ROW("usdt sol 300", "coin=USDT network=Solana amount=300"),
        ROW("トロン 9000枚", "coin=TRX amount=9000@TRX"),
        ROW("baseで送った usdt", "network=Base coin=USDT"),
        ROW("eth, 220, uid 18273645", "coin=ETH amount=220 uid=18273645"),
        ROW("usdt, 30 confirmations, iphone 13, 2026", "coin=USDT"),
        ROW("a quarter eth", "amount=0.25@ETH coin=ETH"),
        ROW("0.5 eth " HASH, "amount=0.5@ETH coin=ETH txid=" HASH),
        ROW("eth " HASH, "secret:hex coin=ETH"),
        ROW("private key of my 0.5 eth " HASH, "secret:key amount=0.5@ETH coin=ETH"),
        ROW("sol to " SOL ", hash " SIG, "coin=SOL address=" SOL " txid=" SIG),
        ROW("memo 772819 instead of 772891", "memo=772819 memo=772891"),
        ROW("his uid 93847561 mine 10293847", "uid=93847561 uid=10293847"),
        ROW("friend 84736251 traded", "uid=84736251?"),
        ROW("call 0912345678", ""),
        ROW("code AbC12x", "invite_code=AbC12x"),
        ROW("kod KL8888 tak jadi", "invite_code=KL8888"),
        ROW("smlm pukul 3 ptg", "time=smlm pukul 3 ptg"),
        ROW("18hb 9.40 malam", "time=18hb 9.40 malam"),
        ROW("chiều qua lúc 04:12", "time=chiều qua lúc 04:12"),
        ROW("上周三晚上十点", "time=上周三晚上十点"),
        ROW("20/11 08:40", "time=20/11 08:40"),
        ROW("tonight at 11", "time=tonight at 11"),
        ROW("open 24/7", ""),
        ROW("9時から18時まで", ""),
        ROW("i may 3 times", ""),
    };
    (void)state;
    rig_check(rows, ARRAY_LEN(rows), WITHOUT_CHAINS);
}

static void test_spans(void **state)
{
    static const char text[] = "转了１，０００Ｕ到 TJRy\u200BWwFs9wTFGZg3JbrVriFbNfCug5tDeC。";
    (void)state;
    struct extract *e = extract_find(lexicon, &arena, text, "", "zh");
    assert_int_equal(e->n, 3);
    assert_memory_equal(text + e->items[0].offset, "１，０００Ｕ", e->items[0].len);
    assert_memory_equal(text + e->items[1].offset, "Ｕ", e->items[1].len);
    assert_memory_equal(text + e->items[2].offset, "TJRy\u200BWwFs9wTFGZg3JbrVriFbNfCug5tDeC",
                        e->items[2].len);
    assert_int_equal(e->items[2].len, strlen("TJRy\u200BWwFs9wTFGZg3JbrVriFbNfCug5tDeC"));
}

static void test_fields(void **state)
{
    (void)state;
    assert_int_equal(field_asked("uid"), FIELD_UID);
    assert_int_equal(field_asked("wrong_chain.network_expected"), FIELD_NETWORK);
    assert_int_equal(field_asked("address_intended"), FIELD_ADDRESS);
    assert_int_equal(field_asked("screenshot"), FIELDS);
    assert_int_equal(field_asked("coinage"), FIELDS);
    assert_int_equal(field_asked(""), FIELDS);
    assert_int_equal(field_asked(NULL), FIELDS);
}

/* More than there is room for. */
static void test_nothing_else(void **state)
{
    static const char *const all[] = {"uid 88123456", "USDT, TRC20, 200", "my uid is: 12345678",
                                      "订单号：738201945566120417", "走的TRC20网络 500u"};
    static const char *const more[] = {"usdt price?", "200 usdt is gone", "hello",
                                       "88123456 没到账"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        if (!extract_find(lexicon, &arena, all[i], "", "")->is_all)
            fail_msg("there is more in %s", all[i]);
    for (size_t i = 0; i < ARRAY_LEN(more); i++)
        if (extract_find(lexicon, &arena, more[i], "", "")->is_all)
            fail_msg("there is no more in %s", more[i]);
}

static void test_a_flood(void **state)
{
    struct buf text = BUF_INIT(100000);
    (void)state;
    for (size_t i = 0; i < 1000; i++)
        buf_printf(&text, "%zu usdt ", i);
    struct extract *e = extract_find(lexicon, &arena, text.data, "", "");
    assert_int_equal(e->n, EXTRACT_MAX);
    buf_release(&text);
}

/* Whatever is repeated, it takes no longer than its length. */
static void test_long_texts(void **state)
{
    static const char *const units[] = {
        "2k ",       "OP ",      "a/a/", "1.1.",   "0.0.1-", "a@",        "a.b.",   "://",
        "http://a ", "uid 123 ", "今天", "1万",    "一",     "비트",      "memo:",  "1-",
        "-1:",       "=",        "%2",   "1 000 ", "\xFF",   "\u200B",    TRX "\n", SOL " ",
        HASH "\n",   "a1B",      "u",    "(",      "and ",   "12345678 ",
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        struct buf text = BUF_INIT(64 * 1024);
        while (!buf_over(&text))
            buf_str(&text, units[i]);
        assert_true(extract_find(lexicon, &arena, text.data, "uid", "")->n <= EXTRACT_MAX);
        buf_release(&text);
        arena_clear(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wrapped_addresses),
        cmocka_unit_test(test_strings),
        cmocka_unit_test(test_asked_decides),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_labels),
        cmocka_unit_test(test_links),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_secrets),
        cmocka_unit_test(test_reports),
        cmocka_unit_test(test_spans),
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_nothing_else),
        cmocka_unit_test(test_a_flood),
        cmocka_unit_test(test_long_texts),
    };
    return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
