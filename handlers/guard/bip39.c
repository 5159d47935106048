#include "handlers/guard/bip39.h"

#include <sodium.h>

__asm__(".section .rodata\n"
        "bip39_lines: .incbin \"handlers/guard/words/bip39.txt\"\n"
        "bip39_lines_end: .byte 0\n"
        ".previous\n");
extern const char bip39_lines[], bip39_lines_end[];

static const char *const list_names[BIP39_LISTS] = {
    [BIP39_EN] = "en",           [BIP39_EN_SHORT] = "", [BIP39_ZH_HANS] = "zh-hans",
    [BIP39_ZH_HANT] = "zh-hant", [BIP39_JA] = "ja",     [BIP39_KO] = "ko",
    [BIP39_FR] = "fr",           [BIP39_ES] = "es",     [BIP39_IT] = "it",
    [BIP39_PT] = "pt",           [BIP39_CS] = "cs",     [BIP39_RU] = "ru",
    [BIP39_TR] = "tr",
};

/* U+0300-U+036F is CC 80 to CD AF, and nothing else in the lists begins with CC or CD. */
static const char *skip_accents(const char *s)
{
    while ((unsigned char)*s == 0xCC || (unsigned char)*s == 0xCD)
        s += 2;
    return s;
}

/* Turkish has an i without a dot (U+0131 is C4 B1, and nothing else in the lists begins with C4).
 */
static bool is_dotless(const char *s)
{
    return (unsigned char)*s == 0xC4;
}

static unsigned char byte_of(const char *line)
{
    return is_dotless(line) ? 'i' : (unsigned char)*line;
}

/* How many bytes of the word the line begins with; *line moves past them. */
static size_t common(const char *word, size_t len, const char **line)
{
    size_t n = 0;
    for (*line = skip_accents(*line); n < len && (unsigned char)word[n] == byte_of(*line); n++)
        *line = skip_accents(*line + (is_dotless(*line) ? 2 : 1));
    return n;
}

static bool is_before(const char *line, const char *word, size_t len)
{
    size_t n = common(word, len, &line);
    return byte_of(line) < (n < len ? (unsigned char)word[n] : ' ');
}

static const char *next_line(const char *s)
{
    return strchr(s, '\n') + 1;
}

/* The first line whose word is not before the given one. */
static const char *lower_bound(const char *word, size_t len)
{
    const char *low = bip39_lines, *high = bip39_lines_end;
    while (low < high) {
        const char *line = low + (high - low) / 2;
        while (line > low && line[-1] != '\n')
            line--;
        if (is_before(line, word, len))
            low = next_line(line);
        else
            high = line;
    }
    return low;
}

/* The list and place at the end of a line; `s` is its first blank. */
static enum bip39_list read_place(const char *s, uint16_t *place)
{
    enum bip39_list list = 0;
    size_t len = strcspn(++s, " ");
    while (strlen(list_names[list]) != len || memcmp(list_names[list], s, len))
        list++;
    *place = (uint16_t)strtoul(s + len, NULL, 10);
    return list;
}

struct bip39_word bip39_find(const char *word, size_t len)
{
    struct bip39_word found = {0};
    if (!len || (unsigned char)*word < 'a') /* the lines above the words begin with # */
        return found;
    const char *line = lower_bound(word, len);
    for (; line < bip39_lines_end; line = next_line(line)) {
        const char *rest = line;
        if (common(word, len, &rest) < len)
            break;
        bool is_whole = *rest == ' ';
        if (!is_whole && len != 4)
            break;
        uint16_t place;
        enum bip39_list list = read_place(strchr(rest, ' '), &place);
        if (is_whole) {
            found.lists |= 1u << list;
            found.place[list] = place;
        }
        if (list == BIP39_EN) {
            found.lists |= 1u << BIP39_EN_SHORT;
            found.place[BIP39_EN_SHORT] = place;
        }
    }
    return found;
}

bool bip39_is_phrase(const uint16_t *place, size_t n)
{
    unsigned char bits[34] = {0}, hash[crypto_hash_sha256_BYTES]; /* 24 words are 33 bytes */
    if (n < 12 || n > 24 || n % 3)
        return false;
    for (size_t i = 0; i < n; i++)
        if (place[i] > 2047)
            return false;
    for (size_t i = 0; i < n * 11; i++)
        if (place[i / 11] >> (10 - i % 11) & 1)
            bits[i / 8] |= (unsigned char)(0x80 >> i % 8);
    size_t entropy = n * 4 / 3; /* bytes; a 33rd of all bits is the checksum */
    crypto_hash_sha256(hash, bits, entropy);
    unsigned shift = (unsigned)(8 - n / 3);
    bool is_right = hash[0] >> shift == bits[entropy] >> shift;
    sodium_memzero(bits, sizeof(bits));
    return is_right;
}
