/* Addresses in bech32 and its kin: a prefix that names the chain, letters of five bits, a checksum
 * over both. Pure.
 *
 *     bech32, bech32m   https://github.com/bitcoin/bips bip-0173, bip-0350
 *     cashaddr          https://reference.cash/protocol/blockchain/encoding/cashaddr
 *
 * A checksum error is never corrected: that is for the sender to look up (BIP-173). */
#ifndef ZAIDE_CODEC_BECH32_H
#define ZAIDE_CODEC_BECH32_H

#include "bot/base/util.h"

#define BECH32_MAX 128 /* letters; BIP-173 allows 90, Cardano uses more */

enum bech32_kind {
    BECH32_WRONG, /* not of this form, or the checksum fails */
    BECH32_FIRST, /* BIP-173 */
    BECH32_M      /* BIP-350 */
};

/* "prefix", "1", letters. `values` gets what the letters stand for, 0-31, without the checksum. */
enum bech32_kind bech32_decode(const char *s, size_t len, unsigned char values[BECH32_MAX],
                               size_t *n);

/* Letters of five bits as bytes. -1: bits are left over that are not zero. */
int bech32_bytes(const unsigned char *values, size_t n, unsigned char *out, size_t *n_out);

/* A segregated witness address, its prefix apart: right version, length and kind of checksum? */
bool bech32_is_segwit(const char *s, size_t len);

/* Bitcoin Cash's letters behind "bitcoincash:". */
bool cashaddr_is_valid(const char *s, size_t len);

#endif
