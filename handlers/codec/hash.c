#include "handlers/codec/hash.h"

#include <nettle/sha2.h>
#include <nettle/sha3.h>
#include <sodium.h>

void hash_sha256_twice(const void *data, size_t len, unsigned char out[HASH_BYTES])
{
    crypto_hash_sha256(out, data, len);
    crypto_hash_sha256(out, out, HASH_BYTES);
}

void hash_sha512_256(const void *data, size_t len, unsigned char out[HASH_BYTES])
{
    struct sha512_256_ctx hash;
    sha512_256_init(&hash);
    sha512_256_update(&hash, len, data);
    sha512_256_digest(&hash, HASH_BYTES, out);
}

/* No library of Debian's has the old padding. Data that fill whole blocks are absorbed at once, so
 * with a padding of our own behind them the state is the result. */
void hash_keccak256(const void *data, size_t len, unsigned char out[HASH_BYTES])
{
    unsigned char padding[SHA3_256_BLOCK_SIZE] = {0x01};
    size_t n = sizeof(padding) - len % sizeof(padding);
    struct sha3_256_ctx hash;
    padding[n - 1] |= 0x80;
    sha3_256_init(&hash);
    sha3_256_update(&hash, len, data);
    sha3_256_update(&hash, n, padding);
    for (size_t i = 0; i < HASH_BYTES; i++)
        out[i] = (unsigned char)(hash.state.a[i / 8] >> 8 * (i % 8));
}

void hash_blake2b512(const void *data, size_t len, unsigned char out[HASH_BYTES])
{
    unsigned char whole[64];
    crypto_generichash(whole, sizeof(whole), data, len, NULL, 0);
    memcpy(out, whole, HASH_BYTES);
}

uint16_t crc16(const void *data, size_t len)
{
    const unsigned char *at = data;
    unsigned crc = 0;
    for (size_t i = 0; i < len; i++) {
        crc ^= (unsigned)at[i] << 8;
        for (int bit = 0; bit < 8; bit++)
            crc = (crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1) & 0xFFFF;
    }
    return (uint16_t)crc;
}

uint32_t crc32(const void *data, size_t len)
{
    const unsigned char *at = data;
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < len; i++) {
        crc ^= at[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 1 ? crc >> 1 ^ 0xEDB88320 : crc >> 1;
    }
    return ~crc;
}
