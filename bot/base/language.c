/* text_language of text.h: points for each language, by script, spelling and word lists. */
#include "bot/base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum language {
    LANGUAGE_ZH,
    LANGUAGE_EN,
    LANGUAGE_VI,
    LANGUAGE_JA,
    LANGUAGE_KO,
    LANGUAGE_MS,
    LANGUAGE_OTHER, /* none of ours: Thai, Russian … */
    LANGUAGE_ES,    /* … and those that are known by their words */
    LANGUAGE_PT,
    LANGUAGE_FR,
    LANGUAGE_DE,
    LANGUAGE_IT,
    LANGUAGE_TR,
    LANGUAGE_COUNT
};

static const char *const names[] = {"zh", "en", "vi", "ja", "ko", "ms", NULL,
                                    "es", "pt", "fr", "de", "it", "tr"};

/* Scripts that none of ours is written in, and the language that a text in it most likely is. */
static const struct {
    int32_t from, to;
    const char *language;
} scripts[] = {
    {0x0370, 0x03FF, "el"}, {0x0400, 0x052F, "ru"}, {0x0530, 0x058F, "hy"}, {0x0590, 0x05FF, "he"},
    {0x0600, 0x06FF, "ar"}, {0x0750, 0x077F, "ar"}, {0x0900, 0x097F, "hi"}, {0x0980, 0x09FF, "bn"},
    {0x0B80, 0x0BFF, "ta"}, {0x0C00, 0x0C7F, "te"}, {0x0E00, 0x0E7F, "th"}, {0x0E80, 0x0EFF, "lo"},
    {0x1000, 0x109F, "my"}, {0x10A0, 0x10FF, "ka"}, {0x1200, 0x137F, "am"}, {0x1780, 0x17FF, "km"},
};
static const char ukrainian[] = "іїєґ", persian[] = "پچژگکی";

#define ENOUGH       3  /* points below which a text says nothing */
#define LONGEST_WORD 20 /* bytes; beyond are hashes and addresses */

/* Words of exchange customers, folded; Vietnamese ones without marks. 3: of this language alone;
 * 2: likely; 1: a loan word that people mix into any language, or also a word of another one. Coin
 * names and "ok" are nobody's. */
static const struct {
    enum language language;
    int points;
    const char *words;
} lists[] = {
    {LANGUAGE_EN, 3,
     "about after already always and any anybody anyone anything are aren because been before "
     "being but cannot cant could couldn couldnt did didn didnt does doesn doesnt dont every "
     "everybody everyone everything for from had hadnt has hasnt have haven havent he her here "
     "him his how if im into is isn isnt its ive just might must my myself never not nothing "
     "of only our ours should shouldnt some someone something still than that thats the their "
     "them there these they this those us was wasn wasnt we were what whats when where whether "
     "which while who whose why will with without won wont would wouldnt yes yet you your "
     "youre yours"},
    {LANGUAGE_EN, 2,
     "again all another anymore as ask asked back be both by came come day days dear don down "
     "else even ever feel first gave get gets getting give go goes going gone got guys hey "
     "hour hours i id ill it keep keeps know last leave let long look looks make many may "
     "maybe me mean minute minutes month months more morning most much need needs next nobody "
     "now off old one or other out over own really same say says see seems show shows since so "
     "soon start such sure take taking tell thank thanks then theres think through till time "
     "times today tomorrow too took tried try trying until up very waited waiting want wants "
     "way week weeks well went whole work working works year years yesterday"},
    {LANGUAGE_EN, 1,
     "a access account activate address agent an answer app arrive arrived at balance better "
     "big block blocked bonus broken buy buying can cancel change charge check checked click "
     "closed code coin coins commission confirm confirmed connect convert crash crashed credit "
     "credited customer deposit deposited deposits do eat email enough error expired failed "
     "fee fees find forgot friend friends frozen full fund funds good hacked hello help hi "
     "history human in incorrect invalid invite invited issue limit link liquidated live "
     "loading locked log logged login loss lost maximum minimum missing money network new no "
     "number on open opened operator order page password pay people person phone place "
     "platform please pls plz position price problem profit put quick real receive received "
     "referral refund register rejected reply reset reward right scam screen send sent service "
     "sir small speak stolen stop stuck support t talk team ticket to trade transaction "
     "transfer transferred transfers ui unbind use user using verification verified verify "
     "wait wallet website withdraw withdrawal withdrawals withdrawn withdrew wrong"},

    {LANGUAGE_MS, 3,
     "adakah adalah akan akaun alamat anda antara apa apakah atau awak bagaimana bahawa baki "
     "bantu bantuan baru bayar bayaran beli belum berapa beritahu berjaya betul biasa bila "
     "bole boleh buat bubuh bukan cakap camne camner camni cara cari cepat cuba daftar dah "
     "dalam dapat dapatkan daripada dekat dengan dgn dibekukan dicuri ditolak dompet duit dulu "
     "emel encik faham gagal gambar guna hantar hanya harga hari hendak hilang hingga hubungi "
     "ialah ini itu jangan jelas jemputan jer jika jual juga jumlah kalau kali kalian kalo "
     "kami kasih kata kau kawan kejap keluar keluarkan kemudian kena kenal kenapa kenape "
     "kepada kerana khidmat korang kosong lagi laluan lama lambat langkah lebih letak lulus "
     "lupa macam macamana mahu maka malam mana masalah masih masuk mcm mcmana mengapa mereka "
     "mesti minggu mohon naik nak nampak nanti nombor oleh orang padam pakai pautan pelanggan "
     "pengeluaran pengesahan penipu periksa perlu pernah petang pindah pulih pulihkan punya "
     "rakan rangkaian rosak rugi sahaja sahkan salah sampai sangat sapa saya sbb sbg sebab "
     "sebagai sebagainya sebanyak sebarang sebelum sedang sehingga sekarang sekejap selamat "
     "selepas selesai semak semalam sementara semua senang senarai seperti serta setakat "
     "setelah setiap siapa sikit sila silap simpan sini sudah susah tadi tahu tahun tak takda "
     "takde takleh takut telefon tentang terangkan terima terlalu terlupa tersebut tersilap "
     "tertukar terus tetapi tiada tiba tidak tipu tlg tolong tukar tulis tunggu turun untuk "
     "untung utk xblh xboleh xda xde xdpt xleh xmasuk yang yg yuran"},
    {LANGUAGE_MS, 2,
     "abang abg aku bagi buka bulan cik dan dari dh dia dpt esok jadi jam je kan kat ke ko kod "
     "minit minta mintak ni nk org pada pagi pasal puan pulak pun saje skrg sy tapi telah "
     "tengah tp tu tuan wang xnak"},
    {LANGUAGE_MS, 1, "ada bank bos boss bro di la lah masa satu x"},

    {LANGUAGE_VI, 3,
     "anh biet buoc cach cham chua chuyen cua cuoi dau dien duoc duong giai giao giay gioi "
     "giup gui hien hieu hoac hoan huong khac khach khau khi khoa khoan khong kiem lau lenh "
     "lien loi luon luong minh moi muon nao nap ngay nguoi nhan nhap nhieu nhu nhung noi nua "
     "phai phien phuong quen roi rut sao thang thay thieu thoi thuc tien tieng tinh toi trong "
     "truoc tuan vao viet voi xac xem xong"},
    {LANGUAGE_VI, 2,
     "ad alo bao bay bi bik bit bo cai chet chi co coi cskh dang day dc den dia doi dum dung "
     "dzo em fai gap gi gia gio goi hem hix hoi hok hom hong huhu khg khum ko lai lam lun mang "
     "may mk mn mua nay ne neu nha nhe nhiu ntn oi phi phong qua roai sai sdt so stk tai tao "
     "them thi thik thong thu tim tks toan tra tren van vay ve vi xin xu zay zo"},
    {LANGUAGE_VI, 1, "ac ban bn cho ck da di dk don e hang j k la ma mo on r t the tin va vs z"},

    /* Chinese typed in pinyin. */
    {LANGUAGE_ZH, 3,
     "chongzhi daozhang dongjie duoshao fanyong kefu meiyou qianbao qing rengong renzheng "
     "shenhe shenme shoudao shouxufei tibi tixian weishenme yanzheng yaoqingma zenme zenmeban "
     "zhanghao zhuanzhang zhuce"},

    {LANGUAGE_MS, 3,
     "bende blm brp drpd fon jgn kpd mane mcmane nape psl sape sgt smlm utk xbole xjalan xjln xmau "
     "xpaham xpe xtahu xtau"},

    /* Not ours. Filipino, Hindi and pidgin in Latin letters are mixed with English and count as
     * that. */
    {LANGUAGE_ES, 3,
     "ayuda ayer buenas buenos cuando cuanto cuenta dias dinero donde estoy favor gracias hola "
     "hace "
     "llega llegado llego necesito porque puedo quiero retirar retiro tengo todavia usted"},
    {LANGUAGE_ES, 2, "aun codigo como deposito el esta hoy las los mis pero por que una"},
    {LANGUAGE_PT, 3,
     "ainda ajuda conta consigo dinheiro estou meu minha obrigada obrigado ola onde preciso quando "
     "quero sacar saque tenho voce voces"},
    {LANGUAGE_PT, 2, "boa bom deposito dia favor fiz por que tarde uma"},
    {LANGUAGE_FR, 3,
     "argent avec bonjour compte depuis merci peux pourquoi probleme quand recu retirer retrait "
     "salut suis toujours votre vous"},
    {LANGUAGE_FR, 2, "dans des est les mes ne pas une"},
    {LANGUAGE_DE, 3,
     "auszahlung bitte danke einzahlung geld habe hallo hilfe ich immer ist kann keine konto mein "
     "meine nicht noch und wann warum wie wurde"},
    {LANGUAGE_IT, 3,
     "aiuto ancora ciao conto grazie perche posso prelevare prelievo quando riesco soldi sono "
     "voglio"},
    {LANGUAGE_IT, 2, "che della il mio non"},
    {LANGUAGE_TR, 3,
     "cekemiyorum cekim cekme degil gelmedi hesabim hesap icin lutfen merhaba nasil neden nerede "
     "param selam tesekkurler yardim yatirdim yatirma yok"},
    {LANGUAGE_TR, 2, "bir bu cok ne var zaman"},

    /* Of no language, though spelt like Vietnamese syllables. */
    {LANGUAGE_OTHER, 0, "bot chat hot net op otc pi pin sol ton top tron vip"},
};

/* Kanji text without kana is Japanese where a sign of Japanese is in it and none of Chinese. */
static const char japanese_signs[] =
    "円払込戻売読対応図実発変気経済帰検様価択沢両駅働証転収続録処関効営単届"
    "仮圧悪歩県観訳銭顔験黒歳帯拡拠権満継薬譲辺遅隠雑頼駆伝児厳徳戦抜挙捜掲撃楽毎総蔵覧軽隣顕";
/* Brokers' Chinese has the first of these, too: where the customer is known to speak one of the
 * two, that decides. */
static const char *const japanese_words[] = {
    "出金", "入金",   "送金",     "口座", "手数料", "着金", "返金",   "未反映",  "残高",
    "至急", "不具合", "取引",     "先物", "受付",   "特典", "担当者", "返信",    "未着",
    "招待", "退会",   "本人確認", "登録", "追加",   "無効", "未完了", "確認完了"};
static const char *const chinese_words[] = {"出入金", "可以", "不能", "多久", "不了", "不到",
                                            "提幣",   "充值", "交易", "失敗", "入賬", "到賬"};
static const char chinese_signs[] = "我你您她们們这這那哪什么麼吗嗎呢吧啊没沒还怎为给账帐个钱錢说"
                                    "說请谢让讓很也咋啥唔係嘅咗冇喺哋收够找"
                                    "转轉發對實圖應戶單點經顯驗證變處關團從裡續錄總檢幫幾來"
                                    "发错现实图应时间问题认证钟电话网络联码费汇币冻结录败显链户资确"
                                    "绑设验转单场买卖进开关审团队过从处换";

struct word {
    const char *text;
    enum language language;
    int points;
};

static struct word *words; /* the lists, sorted by text at the first use */
static size_t n_words;

static int compare_words(const void *a, const void *b)
{
    const struct word *x = a, *y = b;

    return strcmp(x->text, y->text);
}

static void read_lists(void)
{
    size_t cap = 0;

    for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
        for (const char *s = lists[i].words; *s; s += strspn(s, " ")) {
            size_t len = strcspn(s, " ");
            ARRAY_GROW(words, n_words, cap);
            words[n_words++] = (struct word){xstrndup(s, len), lists[i].language, lists[i].points};
            s += len;
        }
    }
    qsort(words, n_words, sizeof(*words), compare_words);
}

/* The first of the words with this text, or the end. */
static size_t find_word(const char *text)
{
    size_t low = 0, high = n_words;

    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (strcmp(words[mid].text, text) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

/* Whether ASCII letters are spelt like one Vietnamese syllable: an onset, or none, and a rime. */
static bool is_syllable(const char *s)
{
    static const char *const onsets[] = {"",   "b",  "c", "ch", "d", "g",  "gh",  "gi", "h",
                                         "k",  "kh", "l", "m",  "n", "ng", "ngh", "nh", "p",
                                         "ph", "qu", "r", "s",  "t", "th", "tr",  "v",  "x"};
    static const char rimes[] =
        " a ac ach ai am an ang anh ao ap at au ay e ec ech em en eng enh eo ep et eu i ia ich iec "
        "iem ien ieng iep iet ieu im in inh ip it iu o oa oac oach oai oam oan oang oanh oao oat "
        "oay oc oe oen oeo oet oi om on ong op ot u ua uan uang uat uay uc ue uech uenh ui um un "
        "ung uo uoc uoi uom uon uong uop uot uou up ut uu uy uya uych uyen uyet uynh uyt y yem yen "
        "yet yeu ";
    char rime[8];

    for (size_t i = 0; i < ARRAY_LEN(onsets); i++) {
        if (!starts_with(s, onsets[i]))
            continue;
        const char *rest = s + strlen(onsets[i]);
        size_t len = strlen(rest);
        if (!len || len + 3 > sizeof(rime))
            continue;
        rime[0] = rime[len + 1] = ' ';
        rime[len + 2] = '\0';
        memcpy(rime + 1, rest, len);
        if (strstr(rimes, rime))
            return true;
    }
    return false;
}

struct tally {
    int points[LANGUAGE_COUNT];
    int han;
    bool is_japanese, is_chinese;   /* signs of it among the Han characters */
    bool may_be_either;             /* Han characters without such a sign */
    int script[ARRAY_LEN(scripts)]; /* letters of each */
    bool is_ukrainian, is_persian;
    int words, syllables, new_syllables; /* of the letters a to z; new: in no list */
};

enum letter {
    LETTER_NONE, /* a digit, $ or ? */
    LETTER_PLAIN,
    LETTER_ACCENTED, /* Vietnamese, but Spanish or French too */
    LETTER_MARKED,   /* Vietnamese alone */
    LETTER_HAN,
    LETTER_KANA,
    LETTER_HANGUL,
    LETTER_FOREIGN,
    LETTER_COUNT
};

static enum letter letter_of(const char *s, int32_t c)
{
    static const char accented[] = "àáâãèéêìíòóôõùúý", marked[] = "ăđĩũơư";

    if (c < 0x80)
        return c >= 'a' && c <= 'z' ? LETTER_PLAIN : LETTER_NONE;
    if (c < 0x250) {
        const char letter[] = {s[0], s[1], '\0'};
        if (strstr(marked, letter))
            return LETTER_MARKED;
        return strstr(accented, letter) ? LETTER_ACCENTED : LETTER_FOREIGN;
    }
    if (c >= 0x300 && c <= 0x36F) /* stray combining marks */
        return LETTER_PLAIN;
    if (c >= 0x1EA0 && c <= 0x1EF9) /* ạ…ỹ */
        return LETTER_MARKED;
    if ((c >= 0x1100 && c <= 0x11FF) || (c >= 0xAC00 && c <= 0xD7FF))
        return LETTER_HANGUL;
    if (c >= 0x3040 && c <= 0x30FF)
        return LETTER_KANA;
    if (c == 0x3005 || (c >= 0x3400 && c <= 0x9FFF) || (c >= 0xF900 && c <= 0xFAFF) || c >= 0x20000)
        return LETTER_HAN;
    return LETTER_FOREIGN;
}

/* A letter that no language of ours has. */
static void count_foreign(struct tally *t, const char *letter, int32_t c)
{
    const char text[] = {letter[0], letter[1], '\0'}; /* both lists are of two bytes each */
    for (size_t i = 0; i < ARRAY_LEN(scripts); i++)
        t->script[i] += c >= scripts[i].from && c <= scripts[i].to;
    t->is_ukrainian |= c < 0x800 && strstr(ukrainian, text);
    t->is_persian |= c < 0x800 && strstr(persian, text);
}

/* A word with accents that are not Vietnamese. */
static void count_foreign_word(struct tally *t, const char *word)
{
    for (size_t i = find_word(word); i < n_words && str_eq(words[i].text, word); i++)
        if (words[i].language > LANGUAGE_OTHER)
            t->points[words[i].language] += words[i].points;
}

/* An ASCII word: the lists, and whether it could be Vietnamese. */
static void count_word(struct tally *t, const char *word)
{
    size_t i = find_word(word);
    bool is_listed = i < n_words && str_eq(words[i].text, word);

    for (; i < n_words && str_eq(words[i].text, word); i++)
        t->points[words[i].language] += words[i].points;
    t->words++;
    if (is_syllable(word)) {
        t->syllables++;
        t->new_syllables += !is_listed && strlen(word) > 1;
    }
}

static void count_token(struct arena *a, struct tally *t, const char *token)
{
    const char *at = token, *end = token + strlen(token);
    int seen[LETTER_COUNT] = {0};

    while (at < end) {
        const char *letter = at;
        int32_t c = text_next(&at, end);
        enum letter kind = letter_of(letter, c);
        seen[kind]++;
        if (kind == LETTER_FOREIGN)
            count_foreign(t, letter, c);
    }
    if (seen[LETTER_HAN]) { /* a token of its own */
        t->han++;
        t->is_japanese |= strstr(japanese_signs, token) != NULL;
        t->is_chinese |= strstr(chinese_signs, token) != NULL;
    }
    t->points[LANGUAGE_KO] += 3 * seen[LETTER_HANGUL];
    t->points[LANGUAGE_OTHER] += 2 * seen[LETTER_FOREIGN];
    if (end - token > LONGEST_WORD || seen[LETTER_NONE] || seen[LETTER_HANGUL])
        return; /* hashes, "50u", "trc20", "usdt를" */
    if (seen[LETTER_MARKED]) {
        t->points[LANGUAGE_VI] += 3;
    } else if (seen[LETTER_ACCENTED]) {
        const char *plain = text_strip_accents(a, token);
        bool fits = is_syllable(plain);
        t->points[fits ? LANGUAGE_VI : LANGUAGE_OTHER] += 2;
        count_foreign_word(t, plain);
    } else if (seen[LETTER_FOREIGN] && seen[LETTER_PLAIN]) {
        count_foreign_word(t, text_strip_accents(a, token));
    } else if (seen[LETTER_PLAIN]) {
        count_word(t, token);
    }
}

/* Links, mail addresses and @names are nobody's language. Their letters become spaces. */
static void blank_links(char *s)
{
    while (*s) {
        bool is_link = starts_with(s, "http") || starts_with(s, "www.") || starts_with(s, "t.me/");
        if (*s != '@' && !is_link) {
            s++;
            continue;
        }
        while (*s > ' ' && *s < 0x7F)
            *s++ = ' ';
    }
}

/* Kana in runs, and one hiragana after a Han character (送る). What is left out is decoration that
 * all of Asia types: 我の家, (づ￣3￣)づ, ヽ(ツ)ノ. */
static int count_kana(const char *folded)
{
    const char *at = folded, *end = folded + strlen(folded);
    enum letter before = LETTER_NONE; /* what the run follows */
    int32_t c, last = 0;
    int kana = 0, run = 0;

    do {
        const char *start = at;
        c = at < end ? text_next(&at, end) : 0; /* the end closes a run too */
        enum letter letter = letter_of(start, c);
        if (letter == LETTER_KANA) {
            last = c;
            run++;
            continue;
        }
        if (run > 1 || (run == 1 && before == LETTER_HAN && last < 0x30A0 && last != 0x306E))
            kana += run;
        before = letter;
        run = 0;
    } while (c);
    return kana;
}

static bool has_one(const char *text, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strstr(text, list[i]))
            return true;
    return false;
}

/* Chinese or Japanese: kana decides, else the signs, else what the customer is known to speak, else
 * words. */
static void settle_han(struct tally *t, const char *folded, const char *known)
{
    int kana = count_kana(folded);
    bool is_japanese = kana || t->is_japanese;

    if (!t->han && !kana)
        return;
    t->is_chinese |= has_one(folded, chinese_words, ARRAY_LEN(chinese_words));
    t->may_be_either = !kana && t->is_chinese == t->is_japanese;
    if (t->is_chinese)
        is_japanese = kana * 4 >= t->han; /* a Japanese name in a Chinese sentence */
    else if (t->may_be_either && (str_eq(known, "zh") || str_eq(known, "ja")))
        is_japanese = str_eq(known, "ja");
    else
        is_japanese |= has_one(folded, japanese_words, ARRAY_LEN(japanese_words));
    t->points[LANGUAGE_JA] += 3 * kana;
    t->points[is_japanese ? LANGUAGE_JA : LANGUAGE_ZH] += 3 * t->han;
}

static struct tally count(struct arena *a, const char *s, const char *known)
{
    char *folded = text_fold(a, s);
    struct tally t = {0};

    if (!words)
        read_lists();
    blank_links(folded);
    struct text_tokens tokens = text_tokens(a, folded);
    for (size_t i = 0; i < tokens.n; i++)
        count_token(a, &t, tokens.items[i]);
    settle_han(&t, folded, known);
    if (t.syllables * 3 >= t.words * 2)
        t.points[LANGUAGE_VI] += t.new_syllables;
    return t;
}

const char *text_language(struct arena *a, const char *s, const char *fallback, bool *sure)
{
    struct tally t = count(a, s, fallback);
    enum language best = LANGUAGE_ZH;
    bool is_clear = true;

    for (int i = LANGUAGE_OTHER + 1; i < LANGUAGE_COUNT; i++)
        t.points[LANGUAGE_OTHER] += t.points[i];
    for (int i = 1; i <= LANGUAGE_OTHER; i++) {
        if (t.points[i] == t.points[best])
            is_clear = false;
        if (t.points[i] > t.points[best]) {
            best = (enum language)i;
            is_clear = true;
        }
    }
    is_clear = is_clear && t.points[best] >= ENOUGH && names[best];
    if (sure)
        *sure = is_clear;
    return is_clear ? names[best] : fallback;
}

const char *text_foreign(struct arena *a, const char *s)
{
    struct tally t = count(a, s, NULL);
    size_t script = 0;
    int best = LANGUAGE_OTHER + 1, ours = 0;

    for (size_t i = 1; i < ARRAY_LEN(scripts); i++)
        if (t.script[i] > t.script[script])
            script = i;
    if (t.script[script] >= ENOUGH) {
        const char *language = scripts[script].language;
        if (str_eq(language, "ru") && t.is_ukrainian)
            return "uk";
        return str_eq(language, "ar") && t.is_persian ? "fa" : language;
    }
    for (int i = 0; i < LANGUAGE_OTHER; i++)
        ours = t.points[i] > ours ? t.points[i] : ours;
    for (int i = best + 1; i < LANGUAGE_COUNT; i++)
        if (t.points[i] > t.points[best])
            best = i;
    return t.points[best] >= ENOUGH && t.points[best] > ours ? names[best] : NULL;
}
