#include "handlers/guard/signs.h"

#include <ctype.h>
#include <strings.h>

const char *const signs_of_keys[SAID_KINDS] = {
    [SAID_KEY] = "key|keys|private|privatekey|privkey|priv|pk|secret|seed|mnemonic|import|"
                 "私钥|私鑰|密钥|密鑰|秘钥|秘鑰|金钥|金鑰|导入|導入|"
                 "khoá|khóa|khoa|개인키|개인 키|비밀키|프라이빗|시크릿|키|"
                 "秘密鍵|秘密キー|プライベート|シークレット|キー|鍵|kunci|rahsia|"
                 "clave|llave|chave|clé|приватный|закрытый",
    [SAID_TOTP] = "ga|2fa|mfa|totp|google|authenticator|谷歌|验证器|驗證器|"
                  "mã|xác thực|xac thuc|인증|구글|認証|グーグル|pengesah",
    [SAID_PUBLIC] =
        "txid|txids|tx|txs|txn|txns|txhash|hash|hashes|transaction|transactions|extrinsic|explorer|"
        "transfer|transferred|deposit|deposits|deposited|withdraw|withdrawal|withdrawals|withdrawn|"
        "withdrew|"
        "sent|send|sending|receipt|address|addresses|addr|account|contract|block|public key|"
        "order|invite|referral|coupon|voucher|uid|http|https|www|"
        "交易|转账|轉賬|转帐|轉帳|哈希|充值|充币|充幣|提现|提現|提币|提幣|到账|到賬|到帳|"
        "入账|地址|区块|區塊|合约|合約|公钥|公鑰|订单|訂單|邀请|邀請|流水号|"
        "giao dịch|giao dich|mã gd|ma gd|nạp|nap|rút|rut|chuyển|chuyen|địa chỉ|dia chi|"
        "giới thiệu|gioi thieu|거래|입금|출금|송금|전송|주소|해시|트랜잭션|공개키|초대|"
        "取引|送金|入金|出金|着金|アドレス|ハッシュ|トランザクション|ﾄﾗﾝｻﾞｸｼｮﾝ|ﾊｯｼｭ|公開鍵|招待|"
        "transaksi|alamat|pindahan|hantar|dihantar|pengeluaran|jemputan",
};

#define MAX_WORDS 500

/* The telling words by their first byte. */
struct index {
    const char *const *lists; /* that are in it */
    struct {
        const char *s;
        size_t len;
        int said;
        uint16_t next; /* the next that begins so, plus 1 */
    } words[MAX_WORDS];
    uint16_t first[256]; /* plus 1 */
    uint16_t n;
};

static void index_words(struct index *x, const char *const *lists, int n)
{
    x->lists = lists;
    x->n = 0;
    memset(x->first, 0, sizeof(x->first));
    for (int said = 1; said < n; said++)
        for (const char *s = lists[said]; *s; x->n++) {
            size_t len = strcspn(s, "|");
            uint16_t *first = &x->first[(unsigned char)*s];
            if (x->n == MAX_WORDS)
                die("more than %d telling words", MAX_WORDS);
            x->words[x->n].s = s;
            x->words[x->n].len = len;
            x->words[x->n].said = said;
            x->words[x->n].next = *first;
            *first = (uint16_t)(x->n + 1);
            s += len + (s[len] == '|');
        }
}

/* The longest telling word at `at`. */
static struct sign sign_at(const struct index *x, const char *text, size_t len, size_t at)
{
    struct sign best = {at, at, 0};
    bool is_word = is_alnum(text[at]);
    if (is_word && at && is_alnum(text[at - 1]))
        return best;
    for (size_t i = x->first[tolower((unsigned char)text[at])]; i; i = x->words[i - 1].next) {
        size_t end = at + x->words[i - 1].len;
        if (end > best.end && end <= len && !strncasecmp(text + at, x->words[i - 1].s, end - at) &&
            !(is_word && is_alnum(text[end])))
            best = (struct sign){at, end, x->words[i - 1].said};
    }
    return best;
}

struct signs signs_find(struct arena *a, const char *const *lists, int n, const char *text,
                        size_t len)
{
    struct signs signs = {0};
    static _Thread_local struct index index; /* most texts are searched for the same ones */
    if (index.lists != lists)
        index_words(&index, lists, n);
    for (size_t at = 0; at < len; at++) {
        struct sign sign = sign_at(&index, text, len, at);
        if (!sign.said)
            continue;
        ARENA_GROW(a, signs.items, signs.n, signs.cap);
        signs.items[signs.n++] = sign;
        at = sign.end - 1;
    }
    return signs;
}

#define NEAR 96 /* bytes */
#define BIAS 8  /* so much nearer must a word behind the string be than one before it */

int signs_near(const struct signs *signs, size_t start, size_t end)
{
    size_t low = 0, high = signs->n; /* `low` becomes the first sign behind the string */
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (signs->items[mid].start < end)
            low = mid + 1;
        else
            high = mid;
    }
    const struct sign *after = low < signs->n ? &signs->items[low] : NULL;
    while (low && signs->items[low - 1].end > start) /* within the string */
        low--;
    const struct sign *before = low ? &signs->items[low - 1] : NULL;
    size_t to_before = before ? start - before->end : NEAR;
    size_t to_after = after ? after->start - end + BIAS : NEAR;
    if (to_before >= NEAR && to_after >= NEAR)
        return 0;
    return to_before <= to_after ? before->said : after->said;
}
