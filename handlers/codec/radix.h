/* Bytes written in letters: base58, base32, base64. Pure. Numbers met on the way are wiped, since
 * private keys are written so too. */
#ifndef ZAIDE_CODEC_RADIX_H
#define ZAIDE_CODEC_RADIX_H

#include "bot/base/util.h"

extern const char base58_bitcoin[], base58_ripple[];
extern const char base32_rfc4648[], base32_small[], base32_bech[];
extern const char base64_plain[], base64_url[];

#define BASE58_MAX_BYTES 128

/* The place of a letter in its alphabet, or -1. */
int radix_digit(const char *alphabet, char letter);

/* Only letters of this alphabet? */
bool radix_is_all(const char *alphabet, const char *s, size_t len);

/* The bytes that base58 stands for, at most BASE58_MAX_BYTES. Gives how many; 0: not base58, or too
 * long. */
size_t base58_decode(const char *alphabet, const char *s, size_t len, unsigned char *out);

/* The same less the four checksum bytes at its end; 0: they are wrong. */
size_t base58check_decode(const char *alphabet, const char *s, size_t len, unsigned char *out);

/* Base32 and base64, without "=": true when the letters stand for exactly `n` bytes, and the bits
 * left over are zero. */
bool bits_decode(const char *alphabet, const char *s, size_t len, unsigned char *out, size_t n);

#endif
