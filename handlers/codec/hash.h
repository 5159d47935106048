/* The hashes and checksums that chains put into addresses. Pure. */
#ifndef ZAIDE_CODEC_HASH_H
#define ZAIDE_CODEC_HASH_H

#include "bot/base/util.h"

#define HASH_BYTES 32

void hash_sha256_twice(const void *data, size_t len, unsigned char out[HASH_BYTES]);
void hash_sha512_256(const void *data, size_t len, unsigned char out[HASH_BYTES]); /* FIPS 180-4 */

/* Ethereum's: SHA-3 as it was before the standard changed its padding. */
void hash_keccak256(const void *data, size_t len, unsigned char out[HASH_BYTES]);

/* The first 32 bytes of BLAKE2b-512. */
void hash_blake2b512(const void *data, size_t len, unsigned char out[HASH_BYTES]);

uint16_t crc16(const void *data, size_t len); /* XModem: Stellar, TON */
uint32_t crc32(const void *data, size_t len); /* ISO-HDLC, as in zip: Cardano's Byron addresses */

#endif
