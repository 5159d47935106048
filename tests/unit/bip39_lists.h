/* For tests: the BIP-39 lists, read from their file, and random phrases with the right checksum. */
#ifndef ZAIDE_TEST_BIP39_LISTS_H
#define ZAIDE_TEST_BIP39_LISTS_H

#include "bot/base/util.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define LISTS 12
#define WORDS 2048

static const char *const list_codes[LISTS] = {"en", "zh-hans", "zh-hant", "ja", "ko", "fr",
                                              "es", "it",      "pt",      "cs", "ru", "tr"};

static char list_words[LISTS][WORDS][40];

/* How many words were read. */
static inline size_t read_lists(void)
{
    char line[120], word[40], code[10];
    unsigned place;
    size_t n = 0;
    FILE *file = fopen("handlers/guard/words/bip39.txt", "r");
    if (!file)
        die("run from the repository's root: handlers/guard/words/bip39.txt is not there");
    while (fgets(line, sizeof(line), file)) {
        if (*line == '#')
            continue;
        if (sscanf(line, "%39s %9s %u", word, code, &place) != 3 || place >= WORDS)
            die("bip39.txt: %s", line);
        for (size_t list = 0; list < LISTS; list++)
            if (str_eq(list_codes[list], code))
                snprintf(list_words[list][place], sizeof(word), "%s", word), n++;
    }
    fclose(file);
    return n;
}

/* A small generator of our own: the same numbers on every machine. */
static uint64_t random_state = 88172645463325252u;

static inline uint32_t random_below(uint32_t n)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 33) % n;
}

/* BIP-39, "Generating the mnemonic". */
static inline void random_phrase(uint16_t *place, size_t n)
{
    unsigned char entropy[32], hash[32], bits[33 * 8];
    size_t bytes = n * 4 / 3;
    for (size_t i = 0; i < bytes; i++)
        entropy[i] = (unsigned char)random_below(256);
    crypto_hash_sha256(hash, entropy, bytes);
    for (size_t i = 0; i < bytes * 8; i++)
        bits[i] = entropy[i / 8] >> (7 - i % 8) & 1;
    for (size_t i = 0; i < n / 3; i++)
        bits[bytes * 8 + i] = hash[0] >> (7 - i) & 1;
    for (size_t w = 0; w < n; w++) {
        place[w] = 0;
        for (size_t i = 0; i < 11; i++)
            place[w] = (uint16_t)(place[w] << 1 | bits[w * 11 + i]);
    }
}

#endif
