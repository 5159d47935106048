#include "handlers/guard/given.h"

#include "bot/base/text.h"
#include "handlers/guard/signs.h"

#include <sodium.h>

enum name {
    NAME_NONE,
    NAME_PASSWORD,
    NAME_SHORT,
    NAME_PIN,
    NAME_CODE,
    NAME_CARD,
    NAME_OTHER,
    NAMES
};

/* As signs_find wants them. */
static const char *const names[NAMES] = {
    [NAME_PASSWORD] =
        "password|passwd|passcode|passphrase|login password|密码|密碼|口令|mật khẩu|mat khau|"
        "パスワード|비밀번호|비번|패스워드|kata laluan|katalaluan|kata sandi",
    [NAME_SHORT] = "pass|pwd|psw|pw|mk|パス|암호", /* words of their own, too: only before a sign */
    [NAME_PIN] = "pin|pin code|fund password|trading password|资金密码|資金密碼|交易密码|交易密碼|"
                 "支付密码|mật khẩu quỹ|mật khẩu giao dịch|mã pin|資金パスワード|取引パスワード|"
                 "暗証番号|자금 비밀번호|핀번호|kod pin",
    [NAME_CODE] =
        "code|codes|google code|google authenticator code|authenticator code|otp|otp code|2fa|"
        "2fa code|ga|ga code|sms code|email code|mail code|login code|verification code|verify "
        "code|"
        "security code|auth code|authentication code|confirmation code|验证码|驗證碼|谷歌码|谷歌碼|"
        "动态码|動態碼|校验码|短信码|mã|ma|mã otp|ma otp|mã 2fa|ma 2fa|mã google|ma google|"
        "mã xác thực|ma xac thuc|mã xác minh|ma xac minh|mã xác nhận|ma xac nhan|mã sms|コード|"
        "認証コード|確認コード|ワンタイムパスワード|認証番号|인증번호|인증코드|인증 번호|인증 코드|"
        "구글 코드|보안코드|보안 코드|kod|kod otp|kod google|kod sms|kod pengesahan|kod tac|tac|"
        "kod keselamatan",
    [NAME_CARD] =
        "card|card number|card no|visa|mastercard|unionpay|credit card|debit card|bank card|cvv|"
        "银行卡|銀行卡|信用卡|储蓄卡|儲蓄卡|借记卡|卡号|卡號|银联|thẻ|so the|số "
        "thẻ|カード|카드|kad|"
        "kad debit|kad kredit|kad bank",
    [NAME_OTHER] =
        "uid|user id|id card|id number|id|passport|order|order id|order number|order "
        "no|txid|tx|hash|"
        "memo|tag|phone|tel|mobile|tracking|account|case|ticket|invite code|invitation code|"
        "referral code|ref code|promo code|coupon code|gift code|voucher code|discount code|"
        "bonus code|error code|error|zip code|postal code|country code|area code|qr code|swift "
        "code|"
        "status code|redeem code|anti-phishing code|用户id|订单|訂單|订单号|订单编号|身份证|身分證|"
        "手机号|电话|备注|标签|账号|帐号|工单|邀请码|邀請碼|推荐码|返佣码|优惠码|兑换码|礼品码|"
        "错误码|错误代码|错误|代码|邮编|二维码|đơn|đơn hàng|mã đơn|mã lệnh|ma "
        "don|cccd|cmnd|sđt|sdt|"
        "số điện thoại|tài khoản|tai khoan|stk|mã giới thiệu|ma gioi thieu|mã mời|ma moi|mã ref|"
        "mã giao dịch|ma giao dich|mã gd|ma gd|mã lỗi|ma loi|mã khuyến mãi|mã quà|mã qr|mã số|"
        "注文|注文番号|電話|口座|タグ|メモ|招待コード|紹介コード|エラーコード|エラー|"
        "クーポンコード|"
        "qrコード|주문|주문번호|주문 번호|전화|계좌|태그|메모|초대코드|초대 코드|추천코드|추천 "
        "코드|"
        "추천인 코드|에러코드|에러 코드|오류코드|오류 코드|쿠폰코드|쿠폰 "
        "코드|pesanan|akaun|telefon|"
        "kod jemputan|kod rujukan|kod ralat|kod promo|kod baucar|kod qr|kod pos|kod hadiah",
};

/* Between a name and what it names. A copula says that it follows; the others only may stand there.
 */
static const char copulas[] =
    "is|was|are|as follows|to|=|:|是|为|為|就是|là|la|は|が|은|는|이|가|ialah|"
    "adalah|iaitu";
static const char fillers[] =
    "my|the|your|this|it|its|it's|it’s|here|now|account|login|number|no|no.|"
    "的|我的|了|号|这个|這個|现在|là của em|của em|của tôi|của mình|cua em|"
    "cua toi|em|đây|đây là|này|私の|の|제|저의|요|saya|ini|dia|tu|akaun|kami";

struct reader {
    struct arena *arena;
    const char *text, *low; /* the same in small letters, byte for byte */
    size_t len;
    struct signs signs;
    struct secrets *out;
};

/* The longest of the words that stands here, or that ends here; 0: none does. */
static size_t word_at(const struct reader *r, const char *words, size_t at, bool backwards)
{
    size_t best = 0;
    for (const char *s = words; *s;) {
        size_t len = strcspn(s, "|");
        size_t from = backwards ? at - len : at;
        bool fits = len > best && (backwards ? len <= at : at + len <= r->len);
        if (fits && !memcmp(r->low + from, s, len)) {
            size_t edge = backwards ? from - 1 : from + len;
            bool is_part = is_alnum(*s) &&
                           (backwards ? from && is_alnum(r->low[edge]) : is_alnum(r->low[edge]));
            best = is_part ? best : len;
        }
        s += len + (s[len] == '|');
    }
    return best;
}

struct gap {
    size_t at;    /* where what is between ends (or, backwards, begins) */
    bool is_told; /* by a copula */
};

#define MAX_BETWEEN 4 /* words */

static struct gap skip(const struct reader *r, size_t at, bool backwards)
{
    struct gap gap = {.at = at};
    for (size_t words = 0; words < MAX_BETWEEN;) {
        bool has_more = backwards ? gap.at > 0 : gap.at < r->len;
        char c = has_more ? r->low[backwards ? gap.at - 1 : gap.at] : '\0';
        size_t copula = word_at(r, copulas, gap.at, backwards);
        size_t filler = copula ? 0 : word_at(r, fillers, gap.at, backwards);
        size_t step = copula ? copula : filler;
        if (c && strchr(" \t\n-,>*`#()[]\"'", c))
            step = 1;
        else if (!step)
            break;
        words += filler > 0;
        gap.is_told |= copula > 0;
        gap.at = backwards ? gap.at - step : gap.at + step;
    }
    return gap;
}

static void add(struct reader *r, enum secret_kind kind, size_t start, size_t end)
{
    secrets_add(r->out, r->arena, (struct secret){kind, start, end - start});
}

/* --- passwords --- */

struct shape {
    size_t len, digits, letters, signs; /* signs: those within */
    bool is_mixed;                      /* a capital behind a small letter */
};

static bool is_of_password(char c)
{
    return c > ' ' && c < 0x7F;
}

/* Up to a blank, a quotation mark or a letter of another script; what ends a sentence is no part.
 */
static struct shape shape_of(const char *s)
{
    struct shape f = {0};
    while (is_of_password(s[f.len]) && !strchr("\"'`<>", s[f.len]))
        f.len++;
    while (f.len && strchr(".,;:)?!", s[f.len - 1]))
        f.len--;
    for (size_t i = 0; i < f.len; i++) {
        f.digits += is_digit(s[i]);
        f.letters += is_alpha(s[i]);
        f.signs += strchr("!@#$%^&*", s[i]) && is_alnum(s[i + 1]);
        f.is_mixed |= i && is_upper(s[i]) && is_lower(s[i - 1]);
    }
    return f;
}

/* "wrong!", "8-20", "24h", "2FA" and "https://…" are said of passwords, too. */
static bool is_password(const struct reader *r, size_t start, struct shape f, bool is_told,
                        enum name name)
{
    const char *s = r->text + start;
    size_t least_digits = name == NAME_PIN ? 4 : 6;
    bool is_quoted = start && strchr("\"'`", s[-1]) && s[f.len] == s[-1];
    bool is_odd = f.len >= 5 && f.letters && (f.digits || f.signs);
    if (f.len < 4 || f.len > 64 || starts_with(s, "http"))
        return false;
    if (is_told)
        return is_odd || is_quoted || (f.len >= 8 && f.is_mixed) ||
               (f.digits == f.len && f.len >= least_digits);
    return name != NAME_SHORT && is_odd && f.len >= 6 && f.digits && !is_digit(*s);
}

static size_t token_start(const char *text, size_t end)
{
    while (end && is_of_password(text[end - 1]))
        end--;
    return end;
}

static void find_password(struct reader *r, const struct sign *name)
{
    struct gap after = skip(r, name->end, false), before = skip(r, name->start, true);
    struct shape f = shape_of(r->text + after.at);
    if (is_password(r, after.at, f, after.is_told, (enum name)name->said)) {
        size_t end = after.at + f.len;
        add(r, SECRET_PASSWORD, after.at, end + strspn(r->text + end, "!"));
        return;
    }
    size_t start = token_start(r->text, before.at); /* "hunter22 is my password" */
    f = shape_of(r->text + start);
    if (before.is_told && start + f.len == before.at && f.len >= 6 && f.digits && f.letters &&
        is_password(r, start, f, true, NAME_PASSWORD))
        add(r, SECRET_PASSWORD, start, before.at);
}

/* --- one-time codes --- */

/* "482913", "482 913", "482-913": how long it is; 0: it is none. */
static size_t code_len(const struct reader *r, size_t at)
{
    const char *s = r->text + at;
    size_t n = strspn(s, "0123456789");
    bool is_halved = n == 3 && (s[3] == ' ' || s[3] == '-') && strspn(s + 4, "0123456789") == 3;
    size_t len = is_halved ? 7 : n == 6 ? 6 : 0;
    bool is_more = is_alnum(s[len]) || ((s[len] == '.' || s[len] == ',') && is_digit(s[len + 1]));
    return is_more ? 0 : len;
}

static size_t code_before(const struct reader *r, size_t end)
{
    for (size_t len = 6; len <= 7 && len <= end; len++)
        if (code_len(r, end - len) == len && (end == len || !is_alnum(r->text[end - len - 1])))
            return len;
    return 0;
}

/* Is it a number that something else was said of ("UID 482913")? */
static bool is_other(const struct reader *r, size_t start)
{
    size_t at = skip(r, start, true).at, low = 0, high = r->signs.n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (r->signs.items[mid].end < at)
            low = mid + 1;
        else
            high = mid;
    }
    return low < r->signs.n && r->signs.items[low].end == at &&
           r->signs.items[low].said == NAME_OTHER;
}

static bool begins_line(const struct reader *r, size_t at)
{
    return !at || r->text[at - 1] == '\n';
}

static void find_code(struct reader *r, const struct sign *name)
{
    size_t after = skip(r, name->end, false).at;
    struct gap before = skip(r, name->start, true);
    if (r->low[after] == 'g' && r->low[after + 1] == '-') /* as Google sends it */
        after += 2;
    size_t len = code_len(r, after);
    if (len) {
        add(r, SECRET_OTP, after, after + len);
        return;
    }
    len = code_before(r, before.at); /* "482913 is my code": a bare number may be an amount */
    size_t start = before.at - len;
    if (len && (before.is_told || begins_line(r, start)) && !is_other(r, start))
        add(r, SECRET_OTP, start, before.at);
}

/* --- bank cards --- */

#define CARD_LEAST 13
#define CARD_MOST  19

/* ISO/IEC 7812-1, annex B: every second digit from the last one is doubled. */
static bool is_luhn(const char *digits, size_t n)
{
    unsigned sum = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned d = (unsigned)(digits[n - 1 - i] - '0') * (i % 2 ? 2 : 1);
        sum += d > 9 ? d - 9 : d;
    }
    return sum % 10 == 0 && strspn(digits, "0") < n;
}

struct number {
    char digits[CARD_MOST + 1];
    size_t n, end;
    size_t ends[CARD_MOST + 1]; /* where so many digits end with a group; 0: within one */
};

/* Digits in one piece or in groups. */
static void read_number(const char *s, size_t at, struct number *out)
{
    *out = (struct number){.end = at};
    for (; out->n < CARD_MOST && is_digit(s[at]); at++) {
        out->digits[out->n++] = s[at];
        out->end = at + 1;
        if (!is_alnum(s[at + 1]))
            out->ends[out->n] = at + 1;
        if ((s[at + 1] == ' ' || s[at + 1] == '-') && is_digit(s[at + 2]))
            at++;
    }
}

/* Where the card's number ends: behind it may stand its last month. 0: it is none. */
static size_t card_end(const struct number *number)
{
    for (size_t n = number->n; n >= CARD_LEAST; n--)
        if (number->ends[n] && is_luhn(number->digits, n))
            return number->ends[n];
    return 0;
}

/* The words that tell what a long number is. */
static struct signs of_cards(const struct reader *r)
{
    struct signs signs = {0};
    for (size_t i = 0; i < r->signs.n; i++) {
        if (r->signs.items[i].said != NAME_CARD && r->signs.items[i].said != NAME_OTHER)
            continue;
        ARENA_GROW(r->arena, signs.items, signs.n, signs.cap);
        signs.items[signs.n++] = r->signs.items[i];
    }
    return signs;
}

static void find_cards(struct reader *r)
{
    struct signs signs = {0};
    struct number number;
    bool has_signs = false;
    for (size_t at = 0; at < r->len; at++) {
        if (!is_digit(r->text[at]) || (at && is_alnum(r->text[at - 1])))
            continue;
        read_number(r->text, at, &number);
        size_t end = card_end(&number);
        if (end && !has_signs) {
            signs = of_cards(r);
            has_signs = true;
        }
        if (end && signs_near(&signs, at, end) == NAME_CARD)
            add(r, SECRET_CARD, at, end);
        at = (end ? end : number.end) - 1;
    }
    sodium_memzero(&number, sizeof(number));
}

/* --- all --- */

/* Most texts have nothing that could be given away. */
static bool has_something(const char *s)
{
    for (; *s; s++)
        if (is_digit(*s) || strchr("!@#$%^&*\"'`", *s) || (is_lower(*s) && is_upper(s[1])))
            return true;
    return false;
}

void given_find(struct arena *a, const char *text, size_t len, bool code_was_asked,
                struct secrets *out)
{
    if (!has_something(text))
        return;
    struct reader r = {.arena = a, .text = text, .len = len, .out = out};
    char *low = text_small(a, text);
    r.low = low;
    r.signs = signs_find(a, names, NAMES, low, len);
    for (size_t i = 0; i < r.signs.n; i++) {
        const struct sign *it = &r.signs.items[i];
        if (it->said <= NAME_PIN)
            find_password(&r, it);
        else if (it->said == NAME_CODE && !code_was_asked)
            find_code(&r, it);
    }
    find_cards(&r);
    sodium_memzero(low, len);
}
