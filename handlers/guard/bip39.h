/* The ten word lists of BIP-39, Russian and Turkish, and the checksum of a phrase. Pure: the lists
 * travel inside the program (words/bip39.txt) and are searched where they stand.
 *
 * https://github.com/bitcoin/bips/blob/master/bip-0039.mediawiki */
#ifndef ZAIDE_GUARD_BIP39_H
#define ZAIDE_GUARD_BIP39_H

#include "bot/base/util.h"

enum bip39_list {
    BIP39_EN,
    BIP39_EN_SHORT, /* English words cut to their first four letters, which tell them apart */
    BIP39_ZH_HANS,
    BIP39_ZH_HANT,
    BIP39_JA,
    BIP39_KO,
    BIP39_FR,
    BIP39_ES,
    BIP39_IT,
    BIP39_PT,
    BIP39_CS,
    BIP39_RU, /* in no BIP, but in wallets */
    BIP39_TR,
    BIP39_LISTS
};

#define BIP39_MAX_WORD 36 /* bytes of the longest word, rounded up */

struct bip39_word {
    unsigned lists;              /* the set of lists that have it: 1 << BIP39_EN ... */
    uint16_t place[BIP39_LISTS]; /* where it stands in each of these, 0-2047 */
};

/* Look up a word that is given in NFKD, lower case, without accents (U+0300-U+036F), with i for
 * U+0131. */
struct bip39_word bip39_find(const char *word, size_t len);

/* Are these the places of 12, 15, 18, 21 or 24 words with the right checksum? Of random words one
 * phrase in 16 (12 words) to 256 (24 words) has it. A place above 2047 is no word's. */
bool bip39_is_phrase(const uint16_t *place, size_t n);

#endif
