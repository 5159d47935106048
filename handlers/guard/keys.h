/* Private keys that show themselves by their form or checksum. Pure. */
#ifndef ZAIDE_GUARD_KEYS_H
#define ZAIDE_GUARD_KEYS_H

#include "bot/base/util.h"

/* Is this run of letters and digits a private key, whatever stands around it?
 *     WIF            https://en.bitcoin.it/wiki/Wallet_import_format (of any coin: LTC, DOGE ...)
 *     xprv tprv ...  BIP-32, SLIP-132; found by their looks even when the checksum fails
 *     6P...          BIP-38
 *     s... sEd...    https://xrpl.org/docs/references/protocol/data-types/base58-encodings
 *     S...           Stellar, SEP-23
 *     edsk...        Tezos */
bool key_is_private(const char *s, size_t len);

#endif
